/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A context in two processes: objects in common, memory of each, and who closes last. */
#include <signal.h>
#include <sys/prctl.h>

#include "calls.h"

#define IOVA ((uint64_t)IOM_MOCK_APERTURE_START)

static void *memory(int flags)
{
	void *at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	CHECK(at != MAP_FAILED);
	return at;
}

/* Ids advance in common, and a context lives until the last copy is closed. */
static void objects(void)
{
	int fd = open_iommu(), other;
	pid_t child;

	CHECK(ioas_alloc(fd) == 1);
	child = fork();
	if (!child) {
		CHECK(ioas_alloc(fd) == 2 && !destroy(fd, 1));
		other = open_iommu();
		CHECK(ioas_alloc(other) == 1 && !close(other) && !close(fd));
		_exit(0);
	}
	wait_for(child);
	REFUSED(ENOENT, destroy(fd, 1));
	CHECK(ioas_alloc(fd) == 1 && !destroy(fd, 2));
	child = vfork();
	if (!child) {
		close(fd);
		_exit(0);
	}
	wait_for(child);
	CHECK(ioas_alloc(fd) == 2 && !close(fd));
}

/* What a child leaves open when it is killed goes with it. */
static void killed(void)
{
	int fd = open_iommu(), ends[2];
	uint32_t idev, ioas = ioas_alloc(fd), stdev = mock_device(fd, ioas, &idev);
	struct iom_fault_alloc q = { .size = sizeof(q) };
	pid_t child;

	CHECK(!pipe(ends));
	child = fork();
	if (!child) {
		CHECK(!ioctl(fd, IOM_NR_FAULT_QUEUE_ALLOC, &q));
		CHECK(write(ends[1], &q.out_fault_id, sizeof(q.out_fault_id)) > 0);
		pause();
	}
	CHECK(read(ends[0], &q.out_fault_id, sizeof(q.out_fault_id)) > 0);
	REFUSED(EBUSY, destroy(fd, q.out_fault_id));
	CHECK(!kill(child, SIGKILL) && waitpid(child, NULL, 0) == child);
	CHECK(!destroy(fd, q.out_fault_id) && !destroy(fd, stdev));
	CHECK(!close(fd) && !close(ends[0]) && !close(ends[1]));
}

/* The child maps its own memory; the parent's device reads it, and what is at the same address. */
static void other_memory(bool shared)
{
	char *at = memory(shared ? MAP_SHARED : MAP_PRIVATE), bytes[4];
	int fd = open_iommu(), ends[2], back[2], access;
	uint32_t ioas = ioas_alloc(fd);
	pid_t child;

	access = access_create(fd, ioas);
	strcpy(at, "old");
	CHECK(!pipe(ends) && !pipe(back));
	child = fork();
	if (!child) {
		strcpy(at, "new");
		CHECK(!map(fd, ioas, at, 2 * PAGE, IOVA));
		CHECK(write(ends[1], "", 1) == 1);
		CHECK(read(back[0], bytes, 1) == 1);
		CHECK(!strcmp(at, "dma"));
		_exit(0);
	}
	CHECK(read(ends[0], bytes, 1) == 1);
	CHECK(!access_rw(fd, access, IOVA, bytes, 4, IOM_MOCK_ACCESS_RW_SLOW_PATH));
	CHECK(!strcmp(bytes, "new") && !strcmp(at, shared ? "new" : "old"));
	CHECK(!access_rw(fd, access, IOVA, "dma", 4, IOM_MOCK_ACCESS_RW_WRITE));
	CHECK(write(back[1], "", 1) == 1);
	wait_for(child);
	CHECK(!close(access) && !close(fd) && !munmap(at, 2 * PAGE));
	CHECK(!close(ends[0]) && !close(ends[1]) && !close(back[0]) && !close(back[1]));
}

/* Memory that a device held stays when its process ends, other memory does not. */
static void gone(bool pinned)
{
	char *at = memory(MAP_SHARED), bytes[4];
	struct iom_test_cmd c = { 0 };
	int fd = open_iommu(), access;
	uint32_t ioas = ioas_alloc(fd), idev;
	pid_t child;

	if (pinned)
		mock_device(fd, ioas, &idev);
	access = access_create(fd, ioas);
	child = fork();
	if (!child) {
		strcpy(at, "mem");
		CHECK(!map(fd, ioas, at, 2 * PAGE, IOVA));
		_exit(0);
	}
	wait_for(child);
	if (pinned) {
		CHECK(!test_cmd(fd, &c, IOM_TEST_OP_MOCK_DOMAIN, ioas));
		CHECK(!access_rw(fd, access, IOVA, bytes, 4, 0) && !strcmp(bytes, "mem"));
	} else {
		REFUSED(EFAULT, test_cmd(fd, &c, IOM_TEST_OP_MOCK_DOMAIN, ioas));
	}
	CHECK(!close(access) && !close(fd) && !munmap(at, 2 * PAGE));
}

/* Memory of a file is charged to another process. */
static void change_process(void)
{
	struct iom_ioas_change_process c = { .size = sizeof(c) };
	struct iom_ioas_map_file m = { .size = sizeof(m),
				       .flags = IOM_IOAS_MAP_FIXED_IOVA | IOM_IOAS_MAP_READABLE,
				       .length = PAGE,
				       .iova = IOVA };
	int fd = open_iommu(), file = memfd_create("memory", MFD_CLOEXEC);
	uint32_t idev;
	pid_t child;

	CHECK(file >= 0 && !ftruncate(file, PAGE));
	m.fd = file;
	m.ioas_id = ioas_alloc(fd);
	mock_device(fd, m.ioas_id, &idev);
	CHECK(!ioctl(fd, IOM_NR_IOAS_MAP_FILE, &m));
	child = fork();
	if (!child) {
		CHECK(!ioctl(fd, IOM_NR_IOAS_CHANGE_PROCESS, &c));
		_exit(0);
	}
	wait_for(child);
	CHECK(!ioctl(fd, IOM_NR_IOAS_CHANGE_PROCESS, &c));
	CHECK(!close(fd) && !close(file));
}

int main(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	objects();
	killed();
	other_memory(true);
	other_memory(false);
	gone(true);
	gone(false);
	change_process();
	return 0;
}
