/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes that share a machine after a fork: files, memory, accounts, and what one leaves behind. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "emu_calls.h"
#include "refuse.h"

static void before(void)
{
	if (emu)
		iom_emu_fork_prepare(emu);
}

static void in_parent(void)
{
	if (emu)
		iom_emu_fork_parent(emu);
}

static void in_child(void)
{
	if (emu)
		iom_emu_fork_child(emu);
}

/* Runs fn in a child and says with which code, or -signal, it ended. A child that returns leaves. */
static int in_other(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		int code = fn();

		iom_emu_leave(emu);
		_exit(code);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* cmocka's own failure would end the parent's test in the child. */
#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond))                                                                       \
			return __LINE__ & 0x7f;                                                    \
	} while (0)

static uint32_t *theirs; /* two pages at the same address everywhere, each process's own */

static int peek(int access, uint64_t iova, uint32_t *word)
{
	return access_rw(access, iova, word, sizeof(*word), 0);
}

static int open_access(uint32_t ioas)
{
	int access;

	assert_int_equal(create_access(ioas, 0, &access), 0);
	return access;
}

static void memory(pid_t pid, uint64_t pinned, uint64_t locked)
{
	uint64_t p, l;

	assert_int_equal(iom_emu_memory(emu, pid, &p, &l), 0);
	assert_int_equal(p, pinned);
	assert_int_equal(l, locked);
}

/* ---- files ---- */

static int close_it(void)
{
	CHECK(!iom_emu_close(emu, fd));
	CHECK(call(IOM_NR_IOAS_ALLOC, buf) == -EBADF);
	return 0;
}

static int make_one(void)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };

	CHECK(!call(IOM_NR_IOAS_ALLOC, &c));
	CHECK(c.out_ioas_id == 2);
	return 0;
}

static void test_files(void **state)
{
	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(in_other(close_it), 0);
	assert_int_equal(in_other(make_one), 0);
	assert_int_equal(ioas_alloc(), 3);
	assert_int_equal(destroy(2), 0);
}

static int wait_to_die(void)
{
	kill(getpid(), SIGKILL);
	return 0;
}

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

/* What a process held that was killed is given back when somebody asks for it. */
static void test_killed(void **state)
{
	struct iom_emu_mmap m;
	uint32_t id;
	void *at = NULL;

	(void)state;
	id = show(7, &m);
	assert_int_equal(iom_emu_mmap(emu, fd, &m, &at), 0);
	assert_int_equal(*(uint32_t *)at, 7);
	assert_int_equal(in_other(wait_to_die), -SIGKILL);
	assert_int_equal(destroy(id), -EBUSY);
	assert_int_equal(munmap(at, m.length), 0);
	iom_emu_munmap(emu, at, m.length);
	assert_int_equal(destroy(id), 0);
}

static struct iom_emu_mmap shown;
static void *shown_at;

static int unmap_shown(void)
{
	CHECK(!munmap(shown_at, shown.length));
	iom_emu_munmap(emu, shown_at, shown.length);
	return 0;
}

static int die_here(const struct iom_region *r, void *arg)
{
	(void)r;
	(void)arg;
	return wait_to_die();
}

static int die_inside(void)
{
	return iom_emu_regions(emu, fd, 1, die_here, NULL);
}

/* In the middle of a call, with the machine to itself: the others go on. */
static void test_killed_inside(void **state)
{
	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(add_reserved(1, 0x10000, 0x1000), 0);
	assert_int_equal(in_other(die_inside), -SIGKILL);
	assert_int_equal(ioas_alloc(), 2);
	assert_int_equal(destroy(1), 0);
}

/* A machine for which there is no memory is not made, and no fd of it is left. */
static void test_no_memory(void **state)
{
	struct iom_err err = { 0 };
	unsigned int nth;
	int next;

	(void)state;
	iom_emu_free(emu);
	next = dup(0);
	close(next);
	emu = NULL;
	for (nth = 1; !emu; nth++) {
		iom_emu_fail_nth(nth);
		emu = iom_emu_new(NULL, &err);
	}
	iom_emu_fail_nth(0);
	assert_true(nth > 5);
	fd = iom_emu_open(emu, "/dev/iommu");
	assert_int_equal(fd, next);
}

/* A child has what is mapped also when nothing is open any more. */
static void test_mapped(void **state)
{
	(void)state;
	show(9, &shown);
	assert_int_equal(iom_emu_mmap(emu, fd, &shown, &shown_at), 0);
	assert_int_equal(iom_emu_close(emu, fd), 0);
	assert_int_equal(in_other(unmap_shown), 0);
	assert_int_equal(*(uint32_t *)shown_at, 9);
	assert_int_equal(unmap_shown(), 0);
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

/* ---- memory ---- */

static int map_theirs(void)
{
	theirs[0] = 0x1234;
	theirs[1025] = 0x5678;
	CHECK(!map_at(1, theirs, 2 * PAGE, APERTURE));
	return 0;
}

/* Pinned when its process ends: it stays. */
static void test_pinned(void **state)
{
	uint32_t word = 0;
	int access;
	struct mock dev;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	access = open_access(1);
	assert_int_equal(in_other(map_theirs), 0);
	assert_int_equal(theirs[0], 0);
	assert_int_equal(peek(access, APERTURE, &word), 0);
	assert_int_equal(word, 0x1234);
	assert_int_equal(peek(access, APERTURE + 1025 * 4, &word), 0);
	assert_int_equal(word, 0x5678);
	assert_int_equal(iom_emu_close(emu, access), 0);
}

/* Not pinned: it is gone with its process. */
static void test_gone(void **state)
{
	uint32_t word = 0;
	int access;
	struct mock dev;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	access = open_access(1);
	assert_int_equal(in_other(map_theirs), 0);
	assert_int_equal(peek(access, APERTURE, &word), -EFAULT);
	assert_int_equal(mock_flags(1, 0, &dev), -EFAULT);
	assert_int_equal(iom_emu_close(emu, access), 0);
}

<<<<<<< HEAD
/* Small pages of another process get their bits one by one. */
static void written_to(uint32_t idev)
{
	struct iom_hwpt_alloc h = { .size = sizeof(h),
				    .flags = IOM_HWPT_ALLOC_DIRTY_TRACKING,
				    .dev_id = idev,
				    .pt_id = 1 };
	struct iom_hwpt_set_dirty_tracking t = { .size = sizeof(t), .flags = 1 };
	uint64_t bits = 1;
	struct iom_test_cmd c = {
		.dirty = { .iova = APERTURE, .length = PAGE, .page_size = PAGE, .uptr = (uintptr_t)&bits }
	};
	struct iom_hwpt_get_dirty_bitmap g = { .size = sizeof(g),
					       .iova = APERTURE,
					       .length = 2 * PAGE,
					       .page_size = PAGE,
					       .data = (uintptr_t)&bits };

	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &h), 0);
	t.hwpt_id = g.hwpt_id = h.out_hwpt_id;
	assert_int_equal(call(IOM_NR_HWPT_SET_DIRTY_TRACKING, &t), 0);
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_DIRTY, h.out_hwpt_id), 0);
	bits = 0;
	assert_int_equal(call(IOM_NR_HWPT_GET_DIRTY_BITMAP, &g), 0);
	assert_int_equal(bits, 1);
	assert_int_equal(destroy(h.out_hwpt_id), 0);
=======
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
>>>>>>> c0d733c (tests: the ends and forks of processes that share a machine)
}

/* Memory of a process that lives is read from there, and written to. */
static void test_present(void **state)
{
	uint32_t word = 0;
	int access;
	struct mock dev;
	pid_t pid;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	access = open_access(1);
	pid = beside(stay_with_memory);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	assert_int_equal(peek(access, APERTURE, &word), 0);
	assert_int_equal(word, 0x1234);
	/* it is not what is here at that address */
	assert_int_equal(check_map(dev.hwpt, APERTURE, theirs, PAGE), -EINVAL);
	word = 0x99;
	assert_int_equal(access_rw(access, APERTURE, &word, 4, IOM_MOCK_ACCESS_RW_WRITE), 0);
	memory(getpid(), 0, 0);
	memory(pid, 2 * PAGE, 0);
<<<<<<< HEAD
	/* the same address here is other memory */
	assert_int_equal(check_map(dev.hwpt, APERTURE, theirs, PAGE), -EINVAL);
	assert_int_equal(check_refs(theirs, PAGE, 0), 0);
	written_to(dev.idev);
	assert_int_equal(write(go[1], &byte, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
=======
	let_go(pid);
>>>>>>> c0d733c (tests: the ends and forks of processes that share a machine)
	assert_int_equal(iom_emu_close(emu, access), 0);
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
	int code = map_theirs();

	CHECK(!munmap((char *)theirs + PAGE, PAGE));
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
	for (uint32_t id = 1; id <= 3; id++)
		assert_int_equal(ioas_alloc(), id);
	access = open_access(1);
	pid = beside(stay_without_memory);
	assert_int_equal(peek(access, APERTURE, &word), 0);
	assert_int_equal(word, 0x1234);
	assert_int_equal(peek(access, APERTURE + PAGE, &word), -EFAULT);
	assert_int_equal(mock_flags(1, 0, &dev), -EFAULT);
	assert_int_equal(mock_flags(2, 0, &dev), 0);
	assert_int_equal(mock_flags(3, 0, &dev), -EFAULT);
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

/* ---- accounts ---- */

static pid_t parent;

static int take_over(void)
{
	struct iom_ioas_change_process c = { .size = sizeof(c) };
	uint64_t pinned, locked, mm = 0;

	CHECK(!option(IOM_OPTION_RLIMIT_MODE, IOM_OPTION_OP_GET, 0, &mm));
	CHECK(!iom_emu_memory(emu, getpid(), &pinned, &locked) && !pinned && !locked);
	CHECK(!call(IOM_NR_IOAS_CHANGE_PROCESS, &c));
	CHECK(!iom_emu_memory(emu, getpid(), &pinned, &locked) && pinned == 2 * PAGE);
	CHECK(locked == (mm ? 2 * PAGE : 0));
	CHECK(!iom_emu_memory(emu, parent, &pinned, &locked) && !pinned && !locked);
	return 0;
}

static int no_room(void)
{
	struct iom_ioas_change_process c = { .size = sizeof(c) };
	const struct rlimit lim = { PAGE, PAGE };

	CHECK(!setrlimit(RLIMIT_MEMLOCK, &lim));
	CHECK(call(IOM_NR_IOAS_CHANGE_PROCESS, &c) == -ENOMEM);
	return 0;
}

static void change_process(bool mm)
{
	struct iom_ioas_change_process c = { .size = sizeof(c) };
	uint64_t locked = mm ? 2 * PAGE : 0;
	struct mock dev;
	int file, other;

	parent = getpid();
	assert_int_equal(set_option(IOM_OPTION_RLIMIT_MODE, 0, mm), 0);
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	file = memfd_create("test", MFD_CLOEXEC);
	assert_int_equal(ftruncate(file, 2 * PAGE), 0);
	assert_int_equal(map_file(1, file, 0, 2 * PAGE, APERTURE), 0);
	memory(parent, 2 * PAGE, locked);
	/* what is shown twice counts once, and what nothing is done with does not */
	assert_int_equal(ioas_alloc(), 5);
	assert_int_equal(copy(5, 1, 2 * PAGE, APERTURE, APERTURE), 0);
	other = memfd_create("test", MFD_CLOEXEC);
	assert_int_equal(map_file(5, other, 0, 2 * PAGE, APERTURE + 2 * PAGE), 0);
	/* who has it already takes nothing over */
	assert_int_equal(call(IOM_NR_IOAS_CHANGE_PROCESS, &c), 0);
	memory(parent, 2 * PAGE, locked);
	assert_int_equal(in_other(no_room), 0);
	memory(parent, 2 * PAGE, locked);
	assert_int_equal(in_other(take_over), 0);
	memory(parent, 0, 0);
	/* the memory map that had the charge is gone: all is done, and the kernel complains */
	assert_int_equal(call(IOM_NR_IOAS_CHANGE_PROCESS, &c), mm ? -EINVAL : 0);
	memory(parent, 2 * PAGE, locked);
	assert_int_equal(unmap(1, 0, UINT64_MAX, NULL), 0);
	memory(parent, 0, 0);
	/* the memory of a process cannot be moved */
	assert_int_equal(map_at(1, theirs, 2 * PAGE, APERTURE), 0);
	assert_int_equal(call(IOM_NR_IOAS_CHANGE_PROCESS, &c), -EINVAL);
	assert_int_equal(close(file) | close(other), 0);
}

static void test_account_user(void **state)
{
	(void)state;
	change_process(false);
}

static void test_account_mm(void **state)
{
	(void)state;
	change_process(true);
}

static int take_over_free(void)
{
	struct iom_ioas_change_process c = { .size = sizeof(c) };
	uint64_t pinned, locked;

	CHECK(!call(IOM_NR_IOAS_CHANGE_PROCESS, &c));
	CHECK(!iom_emu_memory(emu, parent, &pinned, &locked) && pinned == 2 * PAGE && !locked);
	return 0;
}

/* Who may lock what he likes pays for nothing, but is told what he has pinned. */
static void test_account_none(void **state)
{
	int file = memfd_create("test", MFD_CLOEXEC);
	struct mock dev;

	(void)state;
	parent = getpid();
	iom_emu_free(emu);
	machine("abi=7.3;has=cap-ipc-lock");
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	assert_int_equal(ftruncate(file, 4 * PAGE), 0);
	assert_int_equal(map_file(1, file, 0, 2 * PAGE, APERTURE), 0);
	memory(parent, 2 * PAGE, 0);
	/* another process leaves them where they are counted, as Linux has it */
	assert_int_equal(in_other(take_over_free), 0);
	assert_int_equal(unmap(1, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(map_file(1, file, 0, 4 * PAGE, APERTURE), 0);
	assert_int_equal(copy(1, 1, 2 * PAGE, APERTURE + 8 * PAGE, APERTURE), 0);
	assert_int_equal(unmap(1, APERTURE, 4 * PAGE, NULL), 0);
	assert_int_equal(unmap(1, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(close(file), 0);
}

static int their_file = -1;

static int map_their_file(void)
{
	their_file = memfd_create("theirs", MFD_CLOEXEC);
	CHECK(!ftruncate(their_file, PAGE));
	CHECK(!map_file(1, their_file, 0, PAGE, APERTURE));
	return 0;
}

/* A file that only a process had which is gone: unlike Linux, nobody can open it any more. */
static void test_file_gone(void **state)
{
	struct mock dev;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(in_other(map_their_file), 0);
	assert_int_equal(mock_flags(1, 0, &dev), -EINVAL);
	assert_int_equal(unmap(1, APERTURE, PAGE, NULL), 0);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
}

/* Whose memory is locked is counted; root's would not be. */
static int drop_ipc_lock(void **state)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	(void)state;
	if (syscall(SYS_capget, &head, data))
		return -1;
	data[CAP_IPC_LOCK / 32].effective &= ~(1u << (CAP_IPC_LOCK % 32));
	return (int)syscall(SYS_capset, &head, data);
}

static int start(void **state)
{
	(void)state;
	machine("abi=7.3;has=cap-sys-resource");
	memset(theirs, 0, 2 * PAGE);
	return 0;
}

static int finish(void **state)
{
	struct iom_emu *done = emu;

	(void)state;
	emu = NULL;
	iom_emu_free(done);
	return 0;
}

#define P(f) cmocka_unit_test_setup_teardown(f, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
<<<<<<< HEAD
		P(test_files), P(test_killed),	P(test_mapped),	      P(test_pinned),
		P(test_gone),  P(test_present), P(test_account_user), P(test_account_mm),
		P(test_killed_inside), P(test_no_memory), P(test_account_none), P(test_file_gone),
=======
		P(test_files),		 P(test_killed),	 P(test_mapped),
		P(test_mapped_again),	 P(test_own_files),	 P(test_own_files_gone),
		P(test_fork_without_memory), P(test_fork_fails), P(test_files_without_memory),
		P(test_machine_without), P(test_leave),		 P(test_pinned),
		P(test_gone),		 P(test_present),	 P(test_present_in_part),
		P(test_lock_lost),	 P(test_locks_lost),	 P(test_exec),
		P(test_kept),		 P(test_kept_shared),	 P(test_not_kept),
		P(test_account_user),	 P(test_account_mm),
>>>>>>> c0d733c (tests: the ends and forks of processes that share a machine)
	};
	int rc;

	buf = aligned_alloc(PAGE, PAGE);
	theirs = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!buf || theirs == MAP_FAILED || iom_emu_share() ||
	    pthread_atfork(before, in_parent, in_child))
		return 1;
	memset(buf, 0, PAGE);
	rc = cmocka_run_group_tests(tests, drop_ipc_lock, NULL);
	free(buf);
	return rc;
}
