/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who pays for memory that devices hold: nobody, the user or the process, named by the argument. All
 * of it is compared with RLIMIT_MEMLOCK and with what /proc tells of this process and its children.
 */
#include <inttypes.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "calls.h"

#define IOVA  ((uint64_t)IOM_MOCK_APERTURE_START)
#define LIMIT 16u /* pages */

static enum { NOBODY, USER, PROCESS } payer;

/* In pages. */
static uint64_t status(pid_t pid, const char *key)
{
	char path[48], line[256], format[32];
	uint64_t kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	snprintf(format, sizeof(format), "%s: %%" SCNu64, key);
	f = fopen(path, "r");
	CHECK(f != NULL);
	while (fgets(line, sizeof(line), f) && sscanf(line, format, &kib) != 1)
		;
	CHECK(!fclose(f));
	return kib * 1024 / PAGE;
}

static bool costs(pid_t pid, uint64_t pages)
{
	return status(pid, "VmPin") == pages &&
	       status(pid, "VmLck") == (payer == PROCESS ? pages : 0);
}

static void limit_to(uint64_t pages)
{
	struct rlimit lim;

	CHECK(!getrlimit(RLIMIT_MEMLOCK, &lim));
	lim.rlim_cur = pages * PAGE;
	CHECK(!setrlimit(RLIMIT_MEMLOCK, &lim));
}

static void lose_ipc_lock(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	CHECK(!syscall(SYS_capget, &head, data));
	data[0].effective &= ~(1u << CAP_IPC_LOCK);
	CHECK(!syscall(SYS_capset, &head, data));
}

static int open_context(void)
{
	struct iom_option o = { .size = sizeof(o), .option_id = IOM_OPTION_RLIMIT_MODE,
				.op = IOM_OPTION_OP_SET, .val64 = 1 };
	int fd = open_iommu();

	if (payer == PROCESS)
		CHECK(!ioctl(fd, IOM_NR_OPTION, &o));
	return fd;
}

static char *memory(unsigned int pages)
{
	char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	CHECK(at != MAP_FAILED);
	return at;
}

static int unmap(int fd, uint32_t ioas)
{
	struct iom_ioas_unmap c = { .size = sizeof(c), .ioas_id = ioas, .length = UINT64_MAX };

	return ioctl(fd, IOM_NR_IOAS_UNMAP, &c);
}

/* Beyond the limit, unless nobody pays: then `pages` more are held, and given back. */
static void more_is_refused(int fd, uint32_t ioas, const char *at, unsigned int pages)
{
	struct iom_ioas_unmap c = { .size = sizeof(c), .ioas_id = ioas, .iova = 2 * IOVA,
				    .length = pages * PAGE };
	uint64_t before = status(getpid(), "VmPin");

	if (payer == NOBODY) {
		CHECK(!map(fd, ioas, at, pages * PAGE, 2 * IOVA));
		CHECK(costs(getpid(), before + pages));
		CHECK(!ioctl(fd, IOM_NR_IOAS_UNMAP, &c));
	} else {
		REFUSED(ENOMEM, map(fd, ioas, at, pages * PAGE, 2 * IOVA));
	}
	CHECK(costs(getpid(), before));
}

/* What is held once is paid for once, until the last one lets go. */
static void one_process(void)
{
	char *at = memory(LIMIT + 1);
	int fd = open_context();
	uint32_t idev, a = ioas_alloc(fd), b = ioas_alloc(fd), stdev = mock_device(fd, a, &idev);
	struct iom_ioas_copy copy = { .size = sizeof(copy), .dst_ioas_id = b, .src_ioas_id = a,
				      .flags = IOM_IOAS_MAP_FIXED_IOVA | IOM_IOAS_MAP_READABLE,
				      .length = LIMIT * PAGE, .dst_iova = IOVA, .src_iova = IOVA };

	CHECK(!map(fd, b, at, PAGE, 2 * IOVA) && costs(getpid(), 0) && !unmap(fd, b));
	CHECK(!map(fd, a, at, LIMIT * PAGE, IOVA) && costs(getpid(), LIMIT));
	more_is_refused(fd, a, at, 1);
	more_is_refused(fd, a, at + LIMIT * PAGE, 1);
	CHECK(!ioctl(fd, IOM_NR_IOAS_COPY, &copy));
	attach(fd, stdev, b);
	CHECK(costs(getpid(), LIMIT) && !unmap(fd, a) && costs(getpid(), LIMIT));
	attach(fd, stdev, a);
	CHECK(costs(getpid(), 0));
	attach(fd, stdev, b);
	CHECK(costs(getpid(), LIMIT) && !destroy(fd, stdev) && costs(getpid(), 0));
	CHECK(!close(fd) && !munmap(at, (LIMIT + 1) * PAGE));
}

/* Software that pins pays as a device does; the page between two pins is not held. */
static void accesses(void)
{
	char *at = memory(LIMIT + 2);
	int fd = open_context(), access;
	uint32_t a = ioas_alloc(fd), pins[3];
	struct iom_test_cmd c = { .create_access.flags = IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES };

	CHECK(!test_cmd(fd, &c, IOM_TEST_OP_CREATE_ACCESS, a));
	access = (int)c.create_access.out_access_fd;
	CHECK(!map(fd, a, at, (LIMIT + 2) * PAGE, IOVA) && costs(getpid(), 0));
	for (unsigned int i = 0; i < 3; i++) {
		static const unsigned int first[] = { 0, 2, 1 }, pages[] = { 1, LIMIT - 1, 2 };

		c = (struct iom_test_cmd){ .access_pages = { .iova = IOVA + first[i] * PAGE,
							     .length = pages[i] * PAGE,
							     .uptr = (uintptr_t)at +
								     first[i] * PAGE } };
		if (i == 2 && payer != NOBODY) {
			REFUSED(ENOMEM, test_cmd(fd, &c, IOM_TEST_OP_ACCESS_PAGES,
						 (uint32_t)access));
			CHECK(costs(getpid(), LIMIT));
			continue;
		}
		CHECK(!test_cmd(fd, &c, IOM_TEST_OP_ACCESS_PAGES, (uint32_t)access));
		pins[i] = c.access_pages.out_access_pages_id;
		CHECK(costs(getpid(), i == 0 ? 1 : LIMIT + i - 1));
	}
	for (unsigned int i = 0; i < (payer == NOBODY ? 3u : 2u); i++) {
		c = (struct iom_test_cmd){ .destroy_access_pages = { pins[i] } };
		CHECK(!test_cmd(fd, &c, IOM_TEST_OP_DESTROY_ACCESS_PAGES, (uint32_t)access));
	}
	CHECK(costs(getpid(), 0) && !close(access) && !close(fd));
	CHECK(!munmap(at, (LIMIT + 2) * PAGE));
}

/* The processes of a user have one limit together when the user pays, else each has its own. */
static void two_processes(void)
{
	char *at = memory(LIMIT);
	int fd = open_context(), other;
	uint32_t idev, a = ioas_alloc(fd);
	pid_t child;

	mock_device(fd, a, &idev);
	CHECK(!map(fd, a, at, LIMIT / 2 * PAGE, IOVA) && costs(getpid(), LIMIT / 2));
	child = fork();
	if (!child) {
		other = open_context();
		a = ioas_alloc(other);
		mock_device(other, a, &idev);
		CHECK(costs(getpid(), 0));
		if (payer == USER)
			REFUSED(ENOMEM, map(other, a, at, (LIMIT / 2 + 1) * PAGE, IOVA));
		else
			CHECK(!map(other, a, at, (LIMIT / 2 + 1) * PAGE, IOVA));
		CHECK(costs(getpid(), payer == USER ? 0 : LIMIT / 2 + 1));
		CHECK(costs(getppid(), LIMIT / 2) && !unmap(other, a));
		CHECK(!map(other, a, at, LIMIT / 2 * PAGE, IOVA));
		CHECK(costs(getpid(), LIMIT / 2) && costs(getppid(), LIMIT / 2));
		/* what is left open when a process ends is given back */
		_exit(0);
	}
	wait_for(child);
	CHECK(!map(fd, a, at, LIMIT / 2 * PAGE, 2 * IOVA) && costs(getpid(), LIMIT));
	CHECK(!close(fd) && costs(getpid(), 0) && !munmap(at, LIMIT * PAGE));
}

/*
 * The child takes over what its parent pays for: when it may, and all of it or nothing. The user pays
 * for a moment twice. What nobody pays for stays where it is counted.
 */
static void take_over(int fd, uint64_t pages)
{
	struct iom_ioas_change_process c = { .size = sizeof(c) };
	bool moves = payer != NOBODY;

	CHECK(costs(getpid(), 0) && costs(getppid(), pages));
	if (moves) {
		limit_to(payer == USER ? 2 * pages - 1 : pages - 1);
		REFUSED(ENOMEM, ioctl(fd, IOM_NR_IOAS_CHANGE_PROCESS, &c));
		CHECK(costs(getpid(), 0) && costs(getppid(), pages));
		limit_to(payer == USER ? 2 * pages : pages);
	}
	CHECK(!ioctl(fd, IOM_NR_IOAS_CHANGE_PROCESS, &c));
	CHECK(costs(getpid(), moves ? pages : 0) && costs(getppid(), moves ? 0 : pages));
	CHECK(!ioctl(fd, IOM_NR_IOAS_CHANGE_PROCESS, &c));
	CHECK(costs(getpid(), moves ? pages : 0) && costs(getppid(), moves ? 0 : pages));
}

static void change_process(void)
{
	struct iom_ioas_change_process c = { .size = sizeof(c) };
	struct iom_ioas_map_file m = { .size = sizeof(m),
				       .flags = IOM_IOAS_MAP_FIXED_IOVA | IOM_IOAS_MAP_READABLE,
				       .length = 4 * PAGE,
				       .iova = IOVA };
	int fd = open_context(), file = memfd_create("memory", MFD_CLOEXEC), ends[2], back[2];
	struct iom_ioas_copy copy = { .size = sizeof(copy),
				      .flags = IOM_IOAS_MAP_FIXED_IOVA | IOM_IOAS_MAP_READABLE,
				      .length = 2 * PAGE, .dst_iova = 2 * IOVA, .src_iova = IOVA };
	uint32_t idev, stdev;
	pid_t child;

	CHECK(file >= 0 && !ftruncate(file, 8 * PAGE));
	m.fd = file;
	copy.src_ioas_id = copy.dst_ioas_id = m.ioas_id = ioas_alloc(fd);
	stdev = mock_device(fd, m.ioas_id, &idev);
	CHECK(!ioctl(fd, IOM_NR_IOAS_MAP_FILE, &m));
	m.start = 4 * PAGE;
	m.iova = IOVA + 4 * PAGE;
	m.length = PAGE;
	CHECK(!ioctl(fd, IOM_NR_IOAS_MAP_FILE, &m));
	/* the same pages twice, and some that no device holds */
	CHECK(!ioctl(fd, IOM_NR_IOAS_COPY, &copy));
	m.ioas_id = ioas_alloc(fd);
	CHECK(!ioctl(fd, IOM_NR_IOAS_MAP_FILE, &m) && costs(getpid(), 5));
	CHECK(!pipe(ends) && !pipe(back));
	child = fork();
	if (!child) {
		take_over(fd, 5);
		if (payer != NOBODY) {
			CHECK(!destroy(fd, stdev) && costs(getpid(), 0) && costs(getppid(), 0));
			mock_device(fd, copy.src_ioas_id, &idev);
			CHECK(costs(getpid(), 5) && costs(getppid(), 0));
		}
		CHECK(write(ends[1], "", 1) == 1 && read(back[0], &idev, 1) == 1);
		_exit(0);
	}
	CHECK(read(ends[0], &idev, 1) == 1);
	if (payer != NOBODY) {
		CHECK(costs(getpid(), 0) && costs(child, 5));
		CHECK(!ioctl(fd, IOM_NR_IOAS_CHANGE_PROCESS, &c));
		CHECK(costs(getpid(), 5) && costs(child, 0));
	}
	CHECK(write(back[1], "", 1) == 1);
	wait_for(child);
	CHECK(!close(fd) && !close(file) && !close(ends[0]) && !close(ends[1]));
	CHECK((payer == NOBODY || costs(getpid(), 0)) && !close(back[0]) && !close(back[1]));
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "nobody", "user", "process" };

	CHECK(argc == 2);
	while (payer < PROCESS && strcmp(argv[1], names[payer]) != 0)
		payer++;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (payer == NOBODY) {
		limit_to(0);
	} else {
		limit_to(LIMIT);
		lose_ipc_lock();
	}
	one_process();
	accesses();
	two_processes();
	change_process();
	return 0;
}
