/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes that are killed at any point of a call: the others go on. */
#include <signal.h>
#include <sys/prctl.h>

#include "calls.h"

#define ROUNDS	 100
#define CHILDREN 2
#define IOVA	 ((uint64_t)IOM_MOCK_APERTURE_START)

/* Calls of every kind, without an end. What fails does, as the others take and give as well. */
static void work(int fd, uint32_t ioas, unsigned int seed)
{
	char *at = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int own;

	for (;;) {
		struct iom_ioas_unmap u = { .size = sizeof(u), .ioas_id = ioas };

		u.iova = IOVA + (uint64_t)(seed % 64) * 16 * PAGE;
		u.length = 16 * PAGE;
		map(fd, ioas, at, u.length, u.iova);
		ioctl(fd, IOM_NR_IOAS_UNMAP, &u);
		destroy(fd, ioas_alloc(fd));
		own = open_iommu();
		map(own, ioas_alloc(own), at, PAGE, IOVA);
		close(dup(own));
		close(own);
		seed = seed * 1103515245 + 12345;
	}
}

int main(void)
{
	int fd = open_iommu(), other;
	uint32_t ioas = ioas_alloc(fd), idev;
	unsigned int seed = 1;

	mock_device(fd, ioas, &idev);
	for (int round = 0; round < ROUNDS; round++) {
		pid_t child[CHILDREN];

		for (int i = 0; i < CHILDREN; i++) {
			child[i] = fork();
			CHECK(child[i] >= 0);
			if (!child[i]) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				work(fd, ioas, seed + (unsigned int)i);
			}
		}
		for (unsigned int n = seed >> 16 & 255; n; n--)
			CHECK(!destroy(fd, ioas_alloc(fd)));
		for (int i = 0; i < CHILDREN; i++) {
			CHECK(!kill(child[i], SIGKILL) && waitpid(child[i], NULL, 0) == child[i]);
			CHECK(!destroy(fd, ioas_alloc(fd)));
		}
		other = open_iommu();
		CHECK(ioas_alloc(other) == 1 && !close(other));
		seed = seed * 1103515245 + 12345;
	}
	CHECK(!close(fd));
	fd = open_iommu();
	CHECK(ioas_alloc(fd) == 1 && !close(fd));
	return 0;
}
