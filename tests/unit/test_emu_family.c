/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forks that fail, locks and files that get lost, ends of all kinds: processes that share a machine. */
#include <dirent.h>
#include <stdio.h>

#include "emu_process.h"
#include "refuse.h"

/* ---- files ---- */

/* A virtual IOMMU whose pages show that word; its id. */
static uint32_t show(uint32_t word, struct iom_emu_mmap *m)
{
	struct iom_viommu_selftest data = { .in_data = word };
	struct iom_hwpt_alloc h = {
		.size = sizeof(h), .flags = IOM_HWPT_ALLOC_NEST_PARENT, .dev_id = 3, .pt_id = 1
	};
	struct iom_viommu_alloc v = { .size = sizeof(v),
				      .type = IOM_VIOMMU_TYPE_SELFTEST,
				      .dev_id = 3,
				      .data_len = sizeof(data),
				      .data_uptr = (uintptr_t)&data };
	struct mock dev;

	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &h), 0);
	v.hwpt_id = h.out_hwpt_id;
	assert_int_equal(call(IOM_NR_VIOMMU_ALLOC, &v), 0);
	*m = (struct iom_emu_mmap){ NULL, data.out_mmap_length, PROT_READ, MAP_SHARED,
				    data.out_mmap_offset };
	return v.out_viommu_id;
}

static struct iom_emu_mmap shown;
static void *shown_at;

static int unmap_shown(void)
{
	CHECK(!munmap(shown_at, shown.length));
	iom_emu_munmap(emu, shown_at, shown.length);
	return 0;
}

/* A child of a child sees the mappings of both, and lets go of its own only. */
static int map_and_fork(void)
{
	void *old = shown_at, *more = NULL;

	CHECK(!iom_emu_mmap(emu, fd, &shown, &more));
	shown_at = more;
	CHECK(!in_other(unmap_shown));
	CHECK(*(uint32_t *)more == 9 && !unmap_shown());
	shown_at = old;
	return unmap_shown();
}

static void test_mapped_again(void **state)
{
	uint32_t id;

	(void)state;
	id = show(9, &shown);
	assert_int_equal(iom_emu_mmap(emu, fd, &shown, &shown_at), 0);
	assert_int_equal(in_other(map_and_fork), 0);
	assert_int_equal(destroy(id), -EBUSY);
	assert_int_equal(unmap_shown(), 0);
	assert_int_equal(destroy(id), 0);
}

/* The fd that the machine opened under this name; -1: none. */
static int fd_named(const char *part)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	char link[300], target[128];
	int found = -1;
	ssize_t n;

	while (dir && found < 0 && (e = readdir(dir))) {
		snprintf(link, sizeof(link), "/proc/self/fd/%s", e->d_name);
		n = readlink(link, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		if (strstr(target, part))
			found = atoi(e->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* The machine's own file is not what the child has under its number any more. */
static int map_without(int other)
{
	int own = fd_named("iommuctl-mmap");

	CHECK(own >= 0);
	CHECK(other < 0 ? !close(own) : dup2(other, own) == own && !close(other));
	CHECK(!iom_emu_mmap(emu, fd, &shown, &shown_at));
	CHECK(*(uint32_t *)shown_at == 11);
	return 0;
}

static int map_closed(void)
{
	return map_without(-1);
}

static int map_other_device(void)
{
	return map_without(open("/dev/null", O_RDWR | O_CLOEXEC));
}

static int map_other_file(void)
{
	return map_without(memfd_create("other", MFD_CLOEXEC));
}

static int map_first(void)
{
	return iom_emu_mmap(emu, fd, &shown, &shown_at) || *(uint32_t *)shown_at != 11;
}

static void test_own_files(void **state)
{
	(void)state;
	show(11, &shown);
	assert_int_equal(iom_emu_mmap(emu, fd, &shown, &shown_at), 0);
	assert_int_equal(unmap_shown(), 0);
	assert_int_equal(in_other(map_closed), 0);
	assert_int_equal(in_other(map_other_device), 0);
	assert_int_equal(in_other(map_other_file), 0);
	/* still ours */
	assert_int_equal(iom_emu_mmap(emu, fd, &shown, &shown_at), 0);
	assert_int_equal(unmap_shown(), 0);
}

/* Pages that only a process had which is gone cannot be had from it. */
static void test_own_files_gone(void **state)
{
	(void)state;
	show(11, &shown);
	assert_int_equal(in_other(map_first), 0);
	assert_int_equal(iom_emu_mmap(emu, fd, &shown, &shown_at), -EBADF);
}

/* ---- BARs ---- */

static void unmap_bar(char *at, size_t length)
{
	assert_int_equal(munmap(at, length), 0);
	iom_emu_munmap(emu, at, length);
}

static void test_bars(void **state)
{
	const uint64_t bar1 = UINT64_C(1) << 40;
	int dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0");
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };
	struct iom_vfio_region_info info = { .argsz = sizeof(info),
					     .index = IOM_VFIO_PCI_BAR4_REGION_INDEX };
	struct iom_emu_mmap m = { NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0 }, wrong;
	void *at = NULL, *taken = NULL;

	(void)state;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_GET_REGION_INFO, &info), 0);
	assert_true(info.size >= 3 * PAGE);
	m.length = info.size;
	m.offset = info.offset;
	wrong = m;
	wrong.length += PAGE;
	assert_int_equal(iom_emu_mmap(emu, dev, &wrong, &at), -EINVAL);
	wrong = m;
	wrong.offset += info.size + PAGE;
	assert_int_equal(iom_emu_mmap(emu, dev, &wrong, &at), -EINVAL);
	wrong.offset = bar1;
	assert_int_equal(iom_emu_mmap(emu, dev, &wrong, &at), -EINVAL);
	wrong = m;
	wrong.prot |= 0x100;
	assert_int_equal(iom_emu_mmap(emu, dev, &wrong, &at), -EINVAL);
	refuse(REFUSE_MREMAP, 1, 1, ENOMEM);
	assert_int_equal(iom_emu_mmap(emu, dev, &m, &at), -ENOMEM);
	assert_true(refuse_none());
	assert_false(iom_emu_has_mmaps(emu));
	assert_int_equal(iom_emu_mmap(emu, dev, &m, &at), 0);
	wrong = m;
	wrong.addr = at;
	wrong.flags |= MAP_FIXED_NOREPLACE;
	assert_int_equal(iom_emu_mmap(emu, dev, &wrong, &taken), -EEXIST);
	/* a hole: two parts; without memory one that spans it, until something else is there */
	for (int i = 0; i < 2; i++) {
		char *bar = at;

		iom_emu_fail_nth(i);
		unmap_bar(bar + PAGE, PAGE);
		assert_int_equal(iom_emu_fail_left(), 0);
		unmap_bar(bar, PAGE);
		assert_true(iom_emu_has_mmaps(emu));
		unmap_bar(bar + 2 * PAGE, info.size - 2 * PAGE);
		assert_int_equal(iom_emu_has_mmaps(emu), i);
		iom_emu_munmap(emu, bar, info.size);
		assert_false(iom_emu_has_mmaps(emu));
		assert_int_equal(iom_emu_mmap(emu, dev, &m, &at), 0);
	}
	unmap_bar(at, m.length);
	assert_int_equal(iom_emu_close(emu, dev), 0);
}

/* ---- without memory ---- */

static int is_alone(void)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };
	uint64_t pinned, locked;

	CHECK(call(IOM_NR_IOAS_ALLOC, &c) == -EBADF);
	CHECK(iom_emu_memory(emu, getpid(), &pinned, &locked) == -ESRCH);
	/* but it can have a context of its own */
	CHECK((fd = iom_emu_open(emu, "/dev/iommu")) >= 0);
	CHECK(!call(IOM_NR_IOAS_ALLOC, &c) && c.out_ioas_id == 1);
	return 0;
}

static int is_complete(void)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };

	return call(IOM_NR_IOAS_ALLOC, &c);
}

/* fork(2) goes on when there is no memory for the child: it has no files then, the parent has its own. */
static void test_fork_without_memory(void **state)
{
	unsigned int nth;
	uint32_t id;

	(void)state;
	id = show(9, &shown);
	assert_int_equal(iom_emu_mmap(emu, fd, &shown, &shown_at), 0);
	for (nth = 1; nth <= 2; nth++) {
		iom_emu_fail_nth(nth);
		assert_int_equal(in_other(is_alone), 0);
		assert_int_equal(iom_emu_fail_left(), 0);
	}
	/* only the mapping is not the child's */
	iom_emu_fail_nth(3);
	assert_int_equal(in_other(is_complete), 0);
	assert_int_equal(iom_emu_fail_left(), 0);
	assert_int_equal(unmap_shown(), 0);
	assert_int_equal(destroy(id), 0);
	/* a fork that fails after all, with a child in the book and without */
	iom_emu_fail_nth(1);
	before();
	in_parent();
	assert_int_equal(iom_emu_fail_left(), 0);
	iom_emu_fork_failed(emu);
	assert_int_equal(is_complete(), 0);
}

/* Between fork(2) and the first step of the child nothing of it is given up. */
static void test_fork_fails(void **state)
{
	struct mock dev;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	assert_int_equal(map_at(1, theirs, 2 * PAGE, APERTURE), 0);
	memory(getpid(), 2 * PAGE, 0);
	before();
	in_parent();
	assert_int_equal(iom_emu_close(emu, fd), 0);
	fd = iom_emu_open(emu, "/dev/iommu");
	assert_int_equal(ioas_alloc(), 1);
	memory(getpid(), 2 * PAGE, 0);
	iom_emu_fork_failed(emu);
	memory(getpid(), 0, 0);
}

static void test_files_without_memory(void **state)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 200), copies[64], n = 0, more = -1;

	(void)state;
	assert_true(high >= 200);
	iom_emu_fail_nth(1);
	assert_int_equal(iom_emu_dup(emu, fd, high), -ENOMEM);
	assert_false(iom_emu_has(emu, high));
	/* an open file of which nobody writes down that the process has it */
	while (n < 64) {
		copies[n] = dup(fd);
		assert_true(copies[n] >= 0);
		if (copies[n++] % 64 == 63)
			break;
	}
	iom_emu_fail_nth(4);
	assert_int_equal(iom_emu_open(emu, "/dev/iommu"), -ENOMEM);
	assert_int_equal(iom_emu_fail_left(), 0);
	more = iom_emu_open(emu, "/dev/iommu");
	assert_true(more > copies[n - 1]);
	assert_int_equal(iom_emu_close(emu, more), 0);
	assert_int_equal(iom_emu_dup(emu, fd, high), 0);
	assert_int_equal(iom_emu_dup(emu, high, fd), 0);
	assert_int_equal(iom_emu_dup(emu, fd, fd), 0);
	assert_int_equal(iom_emu_dup(emu, more, high), -EBADF);
	assert_int_equal(iom_emu_dup(emu, fd, 1 << 20), -ENOMEM);
	assert_int_equal(iom_emu_close(emu, high), 0);
	assert_int_equal(iom_emu_close(emu, high), -EBADF);
	while (n)
		assert_int_equal(close(copies[--n]), 0);
}

/* Every place where a shared machine needs what the system or the memory does not give. */
static void test_machine_without(void **state)
{
	static const enum refused what[] = { REFUSE_MEMFD_CREATE, REFUSE_DUP };
	struct iom_err err;
	struct iom_emu *made;
	unsigned int nth = 0;

	(void)state;
	iom_emu_free(emu);
	emu = NULL;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(what); i++) {
		refuse(what[i], 1, 2, EMFILE);
		assert_null(iom_emu_new(NULL, &err));
		assert_string_equal(err.what, "out of memory");
		assert_true(refuse_none());
	}
	do {
		iom_emu_fail_nth(++nth);
		made = iom_emu_new(NULL, &err);
		assert_true(made || !iom_emu_fail_left());
	} while (!made);
	iom_emu_fail_nth(0);
	assert_true(nth > 3);
	emu = made;
	fd = iom_emu_open(emu, "/dev/iommu");
	assert_int_equal(ioas_alloc(), 1);
}

/* ---- the end ---- */

static int leave_twice(void)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };
	uint64_t pinned, locked;

	iom_emu_leave(emu);
	iom_emu_leave(emu);
	CHECK(iom_emu_memory(emu, getpid(), &pinned, &locked) == -ESRCH);
	CHECK(call(IOM_NR_IOAS_ALLOC, &c) == -EBADF);
	/* a handler of its end may still ask, and even fork */
	CHECK(!in_other(is_alone));
	CHECK((fd = iom_emu_open(emu, "/dev/iommu")) >= 0);
	CHECK(!call(IOM_NR_IOAS_ALLOC, &c) && c.out_ioas_id == 1);
	return 0;
}

static void test_leave(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(in_other(leave_twice), 0);
	/* a child that no handler saw: what it leaves is not its own */
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (!pid) {
		iom_emu_leave(emu);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(ioas_alloc(), 2);
}

/* ---- a process beside this one ---- */

static int ready[2], go[2];

/* Starts fn in a child; it is told to go on with let_go(), and ends with its answer. */
static pid_t beside(int (*fn)(void))
{
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(ready) | pipe(go), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int code;

		/* a test that fails does not let it go */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		code = fn();
		iom_emu_leave(emu);
		_exit(code);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	return pid;
}

static int wait_for_word(void)
{
	char byte = 0;

	return write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1;
}

static void let_go(pid_t pid)
{
	char byte = 0;
	int status;

	assert_int_equal(write(go[1], &byte, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(close(ready[i]) | close(go[i]), 0);
}

static int stay_with_memory(void)
{
	int code = map_theirs();

	CHECK(!wait_for_word());
	return code ? code : theirs[0] != 0x99;
}

static int stay_without_memory(void)
{
	void *other = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iom_ioas_map c = { .size = sizeof(c),
				  .flags = IOM_IOAS_MAP_READABLE | FIXED,
				  .ioas_id = 2,
				  .user_va = (uintptr_t)other,
				  .length = PAGE,
				  .iova = APERTURE };
	void *holed = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int code = map_theirs();

	CHECK(!munmap((char *)theirs + PAGE, PAGE));
	CHECK(!map_at(4, holed, 2 * PAGE, APERTURE) && !munmap(holed, PAGE));
	CHECK(!call(IOM_NR_IOAS_MAP, &c));
	/* for writing, what may only be read */
	CHECK(!map_at(3, other, PAGE, APERTURE));
	CHECK(!wait_for_word());
	return code;
}

static void test_present_in_part(void **state)
{
	uint32_t word = 0;
	int access;
	struct mock dev;
	pid_t pid;

	(void)state;
	for (uint32_t id = 1; id <= 4; id++)
		assert_int_equal(ioas_alloc(), id);
	access = open_access(1);
	pid = beside(stay_without_memory);
	assert_int_equal(peek(access, APERTURE, &word), 0);
	assert_int_equal(word, 0x1234);
	assert_int_equal(peek(access, APERTURE + PAGE, &word), -EFAULT);
	assert_int_equal(mock_flags(1, 0, &dev), -EFAULT);
	assert_int_equal(mock_flags(2, 0, &dev), 0);
	assert_int_equal(mock_flags(3, 0, &dev), -EFAULT);
	assert_int_equal(mock_flags(4, 0, &dev), -EFAULT);
	let_go(pid);
	assert_int_equal(iom_emu_close(emu, access), 0);
}

/* A program that closes everything gives its lock away; it lives all the same. */
static int stay_without_lock(void)
{
	int life = fd_named("iommuctl-processes");

	CHECK(life >= 0 && !close(life));
	return stay_with_memory();
}

static void test_lock_lost(void **state)
{
	uint32_t word = 0x99;
	int access;
	struct mock dev;
	pid_t pid;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	access = open_access(1);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	pid = beside(stay_without_lock);
	memory(pid, 2 * PAGE, 0);
	assert_int_equal(ioas_alloc(), 6);
	memory(pid, 2 * PAGE, 0);
	assert_int_equal(access_rw(access, APERTURE, &word, 4, IOM_MOCK_ACCESS_RW_WRITE), 0);
	let_go(pid);
	assert_int_equal(iom_emu_close(emu, access), 0);
}

/* Without the file of the locks here nobody's can be asked for. */
static void test_locks_lost(void **state)
{
	int life = fd_named("iommuctl-processes");
	uint64_t pinned, locked;
	pid_t pid;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	pid = beside(wait_for_word);
	assert_int_equal(close(life), 0);
	assert_int_equal(ioas_alloc(), 2);
	memory(pid, 0, 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(ioas_alloc(), 3);
	assert_int_equal(iom_emu_memory(emu, pid, &pinned, &locked), -ESRCH);
	for (int i = 0; i < 2; i++)
		assert_int_equal(close(ready[i]) | close(go[i]), 0);
}

/* The next program of a process has nothing of the machine. */
static int become_cat(void)
{
	CHECK(dup2(go[0], STDIN_FILENO) >= 0 && dup2(ready[1], STDOUT_FILENO) >= 0);
	close(go[1]);
	execl("/bin/cat", "cat", NULL);
	return 1;
}

static void test_exec(void **state)
{
	uint64_t pinned, locked;
	char byte = 'x';
	pid_t pid;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(pipe(ready) | pipe(go), 0);
	pid = fork();
	if (!pid)
		_exit(become_cat());
	assert_int_equal(write(go[1], &byte, 1), 1);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(ioas_alloc(), 2);
	assert_int_equal(iom_emu_memory(emu, pid, &pinned, &locked), -ESRCH);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (int i = 0; i < 2; i++)
		assert_int_equal(close(ready[i]) | close(go[i]), 0);
}

/* ---- memory of a process that ended ---- */

static int map_in_two(void)
{
	int code = map_theirs(), file = memfd_create("test", MFD_CLOEXEC);

	/* one mapping of ours, two of the system's; a file, and the same pages once more */
	CHECK(!madvise((char *)theirs + PAGE, PAGE, MADV_DONTDUMP));
	CHECK(!ftruncate(file, PAGE) && !map_file(1, file, 0, PAGE, APERTURE + 0x10000));
	CHECK(!copy(1, 1, 2 * PAGE, APERTURE + 0x20000, APERTURE));
	return code;
}

/* What was pinned can be read and written, by every address that it has. */
static void test_kept(void **state)
{
	uint32_t word = 0x42;
	int access;
	struct mock dev;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	assert_int_equal(map_at(1, theirs, 2 * PAGE, APERTURE + 0x30000), 0);
	access = open_access(1);
	assert_int_equal(in_other(map_in_two), 0);
	assert_int_equal(access_rw(access, APERTURE + 8, &word, 4, IOM_MOCK_ACCESS_RW_WRITE), 0);
	assert_int_equal(peek(access, APERTURE + 0x20000 + 8, &word), 0);
	assert_int_equal(word, 0x42);
	assert_int_equal(peek(access, APERTURE + 1025 * 4, &word), 0);
	assert_int_equal(word, 0x5678);
	assert_int_equal(theirs[2], 0);
	assert_int_equal(check_map(dev.hwpt, APERTURE, theirs, 2 * PAGE), -EINVAL);
	assert_int_equal(check_map(dev.hwpt, APERTURE + 0x30000, theirs, 2 * PAGE), 0);
	assert_int_equal(iom_emu_close(emu, access), 0);
}

static uint32_t *common; /* two pages that all processes see */

static int map_common(void)
{
	common[1] = 0x77;
	return map_at(1, common, 2 * PAGE, APERTURE);
}

/* Shared memory is the same one here. */
static void test_kept_shared(void **state)
{
	uint32_t word = 0;
	int access;
	struct mock dev;

	(void)state;
	common = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(common != MAP_FAILED);
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	access = open_access(1);
	assert_int_equal(in_other(map_common), 0);
	assert_int_equal(check_map(dev.hwpt, APERTURE, common, 2 * PAGE), 0);
	assert_int_equal(check_map(dev.hwpt, APERTURE, theirs, 2 * PAGE), -EINVAL);
	assert_int_equal(peek(access, APERTURE + 4, &word), 0);
	assert_int_equal(word, 0x77);
	word = 0x78;
	assert_int_equal(access_rw(access, APERTURE + PAGE, &word, 4, IOM_MOCK_ACCESS_RW_WRITE), 0);
	assert_int_equal(common[PAGE / 4], 0x78);
	/* the copy stays when nobody maps it any more */
	assert_int_equal(munmap(common, 2 * PAGE), 0);
	assert_int_equal(peek(access, APERTURE + 4, &word), 0);
	assert_int_equal(word, 0x77);
	assert_int_equal(iom_emu_close(emu, access), 0);
}

static int map_and_lose(void)
{
	int code = map_theirs();

	iom_emu_fail_nth(1);
	iom_emu_leave(emu);
	CHECK(!iom_emu_fail_left());
	return code;
}

static int map_and_unmap(void)
{
	int code = map_theirs();

	CHECK(!munmap(theirs, 2 * PAGE));
	return code;
}

/* Without memory for a copy, or without what to copy, it is gone as if it had not been pinned. */
static void test_not_kept(void **state)
{
	static int (*const lose[])(void) = { map_and_lose, map_and_unmap };
	uint32_t word = 0;
	int access;
	struct mock dev;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	access = open_access(1);
	for (size_t i = 0; i < IOM_ARRAY_SIZE(lose); i++) {
		assert_int_equal(in_other(lose[i]), 0);
		assert_int_equal(peek(access, APERTURE, &word), -EFAULT);
		assert_int_equal(check_map(dev.hwpt, APERTURE, theirs, PAGE), -EINVAL);
		assert_int_equal(unmap(1, APERTURE, 2 * PAGE, NULL), 0);
	}
	assert_int_equal(iom_emu_close(emu, access), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		P(test_bars),		  P(test_mapped_again),
		P(test_own_files),	P(test_own_files_gone),
		P(test_fork_without_memory), P(test_fork_fails), P(test_files_without_memory),
		P(test_machine_without),  P(test_leave),	P(test_present_in_part),
		P(test_lock_lost),	  P(test_locks_lost),	P(test_exec),
		P(test_kept),		  P(test_kept_shared),	P(test_not_kept),
	};
	int rc;

	if (!prepare_processes())
		return 1;
	rc = cmocka_run_group_tests(tests, drop_ipc_lock, NULL);
	free(buf);
	return rc;
}
