/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulator where the system refuses it something: fds, memory, the memory map, other people's memory. */
#include <sys/stat.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "emu_calls.h"
#include "refuse.h"

#include "emu/internal.h"

/* ---- a machine that cannot be made ---- */

/* Every place where `what` is needed fails once; the machine is then not made, and leaks nothing. */
static void machines_without(enum refused what, int error, unsigned int least)
{
	struct iom_err err = { 0 };
	struct iom_emu *made;
	unsigned int nth = 0;
	bool was;

	do {
		refuse(what, ++nth, 1, error);
		made = iom_emu_new(NULL, &err);
		was = refuse_none();
		assert_int_equal(made == NULL, was);
		if (was)
			assert_string_equal(err.what, "out of memory");
		iom_emu_free(made);
	} while (was);
	assert_true(nth > least);
}

static void test_new_machine(void **state)
{
	(void)state;
	machines_without(REFUSE_MMAP, ENOMEM, 1);
}

/* A PF needs a token that nobody knows. */
static void test_token(void **state)
{
	struct iom_err err = { 0 };

	(void)state;
	refuse(REFUSE_RANDOM, 1, 1, ENOSYS);
	assert_null(iom_emu_new("device=pf;device=vf,pf=pf", &err));
	assert_non_null(strstr(err.what, "no random token for 'pf'"));
	assert_true(refuse_none());
}

/* Without /proc there is no second way into the pipe of a fault queue; nothing of it is left. */
static void test_queue(void **state)
{
	struct iom_fault_alloc c = { .size = sizeof(c) };
	int next = dup(fd);

	(void)state;
	close(next);
	refuse(REFUSE_OPEN, 1, 1, ENOENT);
	assert_int_equal(call(IOM_NR_FAULT_QUEUE_ALLOC, &c), -EMFILE);
	/* nor one when our end has a number beyond all that are written down */
	refuse(REFUSE_DUP, 1, 1, 0);
	assert_int_equal(call(IOM_NR_FAULT_QUEUE_ALLOC, &c), -EMFILE);
	assert_true(refuse_none());
	assert_int_equal(call(IOM_NR_FAULT_QUEUE_ALLOC, &c), 0);
	assert_int_equal(c.out_fault_id, 1);
	assert_int_equal(c.out_fault_fd, next);
}

/* The program wants a number that the machine has: it gets it, unless there is no other one. */
static void test_vacate(void **state)
{
	struct iom_fault_alloc c = { .size = sizeof(c) };
	int ours = 0;

	(void)state;
	assert_int_equal(call(IOM_NR_FAULT_QUEUE_ALLOC, &c), 0);
	while (ours < 1024 && !iom_emu_keeps(ours))
		ours++;
	assert_true(ours < 1024);
	refuse(REFUSE_DUP, 1, 2, EMFILE);
	assert_int_equal(iom_emu_vacate(emu, ours), -EMFILE);
	assert_true(refuse_none());
	assert_true(iom_emu_keeps(ours));
	assert_int_equal(iom_emu_vacate(emu, ours), 0);
	assert_false(iom_emu_keeps(ours));
	assert_int_equal(fcntl(ours, F_GETFD), -1);
	assert_int_equal(iom_emu_vacate(emu, ours), 0);
	assert_int_equal(iom_emu_vacate(emu, -1), 0);
}

static void test_open(void **state)
{
	(void)state;
	refuse(REFUSE_MEMFD_CREATE, 1, 1, ENOMEM);
	assert_int_equal(iom_emu_open(emu, "/dev/iommu"), -ENOMEM);
	refuse(REFUSE_MEMFD_CREATE, 1, 1, EMFILE);
	assert_int_equal(iom_emu_open(emu, "/dev/iommu"), -EMFILE);
	refuse(REFUSE_MEMFD_CREATE, 1, 1, 0);
	assert_int_equal(iom_emu_open(emu, "/dev/iommu"), -ENOMEM);
	assert_true(refuse_none());
}

/* ---- pages of a virtual IOMMU ---- */

static struct iom_emu_mmap pages_of_viommu(uint32_t *id)
{
	struct iom_viommu_selftest data = { .in_data = 7 };
	struct iom_hwpt_alloc h = { .size = sizeof(h), .flags = IOM_HWPT_ALLOC_NEST_PARENT };
	struct iom_viommu_alloc v = { .size = sizeof(v),
				      .type = IOM_VIOMMU_TYPE_SELFTEST,
				      .data_len = sizeof(data),
				      .data_uptr = (uintptr_t)&data };
	struct mock m = mock_domain(ioas_alloc());

	h.dev_id = v.dev_id = m.idev;
	h.pt_id = 1;
	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &h), 0);
	v.hwpt_id = h.out_hwpt_id;
	assert_int_equal(call(IOM_NR_VIOMMU_ALLOC, &v), 0);
	*id = v.out_viommu_id;
	return (struct iom_emu_mmap){ NULL, data.out_mmap_length, PROT_READ, MAP_SHARED,
				      data.out_mmap_offset };
}

static void mmaps_without(const struct iom_emu_mmap *m, enum refused what, unsigned int times)
{
	void *at = NULL;

	refuse(what, 1, times, ENOMEM);
	assert_int_equal(iom_emu_mmap(emu, fd, m, &at), -ENOMEM);
	assert_true(refuse_none());
	assert_false(iom_emu_has_mmaps(emu));
}

static void test_mmap(void **state)
{
	struct iom_emu_mmap m, at_taken;
	void *at = NULL, *other = NULL;
	struct iom_fault_alloc q = { .size = sizeof(q) };
	uint32_t id;

	(void)state;
	m = pages_of_viommu(&id);
	mmaps_without(&m, REFUSE_MEMFD_CREATE, 1);
	mmaps_without(&m, REFUSE_FTRUNCATE, 1);
	mmaps_without(&m, REFUSE_PWRITE, 1);
	mmaps_without(&m, REFUSE_DUP, 2);
	assert_int_equal(iom_emu_mmap(emu, fd, &m, &at), 0);
	assert_int_equal(munmap(at, m.length), 0);
	iom_emu_munmap(emu, at, m.length);
	mmaps_without(&m, REFUSE_MMAP, 1);
	iom_emu_fail_nth(1);
	assert_int_equal(iom_emu_mmap(emu, fd, &m, &at), -ENOMEM);
	assert_int_equal(iom_emu_fail_left(), 0);
	/* what mmap(2) itself refuses; nothing holds the object then */
	at_taken = m;
	at_taken.addr = buf;
	at_taken.flags |= MAP_FIXED_NOREPLACE;
	assert_int_equal(iom_emu_mmap(emu, fd, &at_taken, &at), -EEXIST);
	m.length = UINT64_MAX;
	assert_int_equal(iom_emu_mmap(emu, fd, &m, &at), -ENOMEM);
	m.length = (size_t)1 << 60;
	assert_int_equal(iom_emu_mmap(emu, fd, &m, &at), -ENOMEM);
	assert_int_equal(call(IOM_NR_FAULT_QUEUE_ALLOC, &q), 0);
	m.length = PAGE;
	assert_int_equal(iom_emu_mmap(emu, (int)q.out_fault_fd, &m, &at), -ENODEV);
	assert_int_equal(iom_emu_mmap(emu, iom_emu_open(emu, "/dev/vfio/devices/vfio0"), &m, &at),
			 -EINVAL);
	m.length = at_taken.length;
	/* each end can go alone */
	assert_true(m.length == 2 * PAGE);
	assert_int_equal(iom_emu_mmap(emu, fd, &m, &at), 0);
	assert_int_equal(iom_emu_mmap(emu, fd, &m, &other), 0);
	assert_int_equal(munmap((char *)at + PAGE, PAGE), 0);
	iom_emu_munmap(emu, (char *)at + PAGE, PAGE);
	assert_int_equal(munmap(at, PAGE), 0);
	iom_emu_munmap(emu, at, PAGE);
	assert_int_equal(destroy(id), -EBUSY);
	assert_int_equal(munmap(other, PAGE), 0);
	iom_emu_munmap(emu, other, 1);
	assert_int_equal(destroy(id), -EBUSY);
	assert_int_equal(munmap((char *)other + PAGE, PAGE), 0);
	iom_emu_munmap(emu, (char *)other + PAGE, PAGE);
	assert_false(iom_emu_has_mmaps(emu));
	assert_int_equal(destroy(id), 0);
}

/* Fds of the machine are in the upper half of what a program may have, and may be wanted by it. */
static void test_own_fds(void **state)
{
	struct rlimit lim, was;
	struct iom_emu_mmap m;
	void *at = NULL;
	uint32_t id;
	int high;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	for (rlim_t soft = 256; soft <= 2048; soft *= 8) {
		lim = (struct rlimit){ soft, was.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
		high = emu_dup_high(fd);
		assert_true(high >= (soft == 256 ? 128 : 512));
		assert_true(iom_emu_keeps(high));
		refuse(REFUSE_DUP, 1, 2, EMFILE);
		assert_int_equal(iom_emu_vacate(emu, high), -EMFILE);
		assert_true(refuse_none());
		assert_true(iom_emu_keeps(high));
		/* nobody knows what it is for, so it is closed */
		assert_int_equal(iom_emu_vacate(emu, high), 0);
		assert_false(iom_emu_keeps(high));
		assert_int_equal(iom_emu_vacate(emu, high), 0);
		assert_int_equal(fcntl(high, F_GETFD), -1);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_false(iom_emu_keeps(-1));
	m = pages_of_viommu(&id);
	refuse(REFUSE_DUP, 1, 1, 0);
	assert_int_equal(iom_emu_mmap(emu, fd, &m, &at), -EBADF);
	assert_true(refuse_none());
	assert_false(iom_emu_keeps(1 << 20));
	assert_int_equal(destroy(id), 0);
}

/* Only memory that processes share can be shown a second time. */
static void test_no_bar(void **state)
{
	const struct iom_emu_mmap m = { NULL, PAGE, PROT_READ, MAP_SHARED, 0 };
	int dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0");
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };
	void *at = NULL;

	(void)state;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	assert_int_equal(iom_emu_mmap(emu, dev, &m, &at), -EINVAL);
	assert_false(iom_emu_has_mmaps(emu));
}

/* Memory comes in steps that double, up to a bound; nothing of it is touched here. */
static void test_steps(void **state)
{
	void *pieces[12];

	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(pieces); i++) {
		pieces[i] = emu_alloc((size_t)40 << 20);
		assert_non_null(pieces[i]);
	}
	for (size_t i = 0; i < IOM_ARRAY_SIZE(pieces); i++)
		emu_free(pieces[i]);
}

/* A machine that ends while its pages are mapped. */
static void test_mmap_stays(void **state)
{
	struct iom_emu_mmap m;
	void *at = NULL;
	uint32_t id;

	(void)state;
	m = pages_of_viommu(&id);
	assert_int_equal(iom_emu_mmap(emu, fd, &m, &at), 0);
	restart(NULL);
	assert_int_equal(*(uint32_t *)at, 7);
	assert_int_equal(munmap(at, m.length), 0);
}

/* ---- memory of the caller ---- */

/* Where the system lets nobody read another process's memory, our own is read all the same. */
static void copies(int error, int expected)
{
	char bytes[3 * PAGE], *three = (char *)buf;

	memset(bytes, 0, sizeof(bytes));
	for (unsigned int i = 0; i < 3 * PAGE; i++)
		three[i] = (char)(i * 7);
	refuse(REFUSE_VM_RW, 1, 100, error);
	assert_int_equal(emu_copy_from(bytes, (uintptr_t)three, sizeof(bytes)), expected);
	assert_int_equal(memcmp(bytes, three, sizeof(bytes)) == 0, !expected);
	memset(bytes, 9, sizeof(bytes));
	assert_int_equal(emu_copy_to((uintptr_t)three, bytes, sizeof(bytes)), expected);
	assert_int_equal(memcmp(bytes, three, sizeof(bytes)) == 0, !expected);
	/* the second page is not there, or only to be read */
	assert_int_equal(mprotect(three + PAGE, PAGE, PROT_NONE), 0);
	assert_int_equal(emu_copy_from(bytes, (uintptr_t)three + 8, 2 * PAGE), -EFAULT);
	assert_int_equal(mprotect(three + PAGE, PAGE, PROT_READ), 0);
	assert_int_equal(emu_copy_to((uintptr_t)three + 8, bytes, 2 * PAGE), -EFAULT);
	assert_int_equal(mprotect(three + PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
	assert_true(refuse_none());
}

static void test_copies(void **state)
{
	char byte;

	(void)state;
	copies(EPERM, 0);
	copies(ENOSYS, 0);
	copies(EFAULT, -EFAULT);
	refuse(REFUSE_VM_RW, 1, 1, EPERM);
	refuse(REFUSE_PIPE, 1, 1, EMFILE);
	assert_int_equal(emu_copy_from(&byte, (uintptr_t)buf, 1), -EFAULT);
	assert_true(refuse_none());
}

static char other_stack[1 << 18];
static ucontext_t here, there;
static int answer;

static void call_there(void)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };

	answer = call(IOM_NR_IOAS_ALLOC, &c);
}

/* A stack that nobody finds: every struct is looked at as other memory is. */
static void *call_from_thread(void *arg)
{
	(void)arg;
	refuse(REFUSE_STACK, 1, 1, ENOMEM);
	call_there();
	refuse_none();
	return NULL;
}

/* A struct on the caller's stack is read without asking, if the stack is the thread's. */
static void test_stacks(void **state)
{
	pthread_attr_t attr;
	pthread_t thread;
	char *room;
	void *low;
	size_t size;

	(void)state;
	assert_int_equal(getcontext(&there), 0);
	there.uc_stack.ss_sp = other_stack;
	there.uc_stack.ss_size = sizeof(other_stack);
	there.uc_link = &here;
	makecontext(&there, call_there, 0);
	answer = 1;
	assert_int_equal(swapcontext(&here, &there), 0);
	assert_int_equal(answer, 0);
	/* more than is on it */
	room = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(room != MAP_FAILED);
	assert_int_equal(pthread_getattr_np(pthread_self(), &attr), 0);
	assert_int_equal(pthread_attr_getstack(&attr, &low, &size), 0);
	pthread_attr_destroy(&attr);
	assert_int_equal(emu_copy_from(room, (uintptr_t)low + size - 8, 64 * PAGE), -EFAULT);
	answer = 1;
	assert_int_equal(pthread_create(&thread, NULL, call_from_thread, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(answer, 0);
	assert_int_equal(munmap(room, 64 * PAGE), 0);
}

/* ---- a machine of one process ---- */

static int in_copy(void)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };
	int rc = call(IOM_NR_IOAS_ALLOC, &c), status = 1;
	pid_t pid = fork();

	if (!pid)
		_exit(emu_mem_pin_check(0, (uintptr_t)buf, PAGE) != 0);
	if (waitpid(pid, &status, 0) != pid || status)
		return 1;
	return rc || c.out_ioas_id != 2 || emu_mem_pin_check(0, (uintptr_t)buf, PAGE);
}

/* The child has a copy, with a lock that nobody holds. */
static void test_fork(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(emu_mem_pin_check(0, (uintptr_t)buf, PAGE), 0);
	for (int i = 0; i < 2; i++) {
		/* the second time the memory of the child itself cannot be asked for */
		if (i)
			refuse(REFUSE_OPEN, 1, 2, EMFILE);
		iom_emu_fork_prepare(emu);
		pid = fork();
		if (!pid) {
			iom_emu_fork_child(emu);
			status = in_copy();
			iom_emu_leave(emu);
			_exit(status);
		}
		iom_emu_fork_parent(emu);
		refuse_none();
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	iom_emu_fork_prepare(emu);
	iom_emu_fork_parent(emu);
	iom_emu_fork_failed(emu);
	iom_emu_leave(emu);
	assert_int_equal(ioas_alloc(), 2);
}

/* ---- the memory map ---- */

static void test_populate(void **state)
{
	(void)state;
	/* nothing is as big as this */
	assert_int_equal(emu_mem_populate(UINT64_MAX - 8, 16, false), -EFAULT);
	assert_int_equal(emu_mem_populate(UINT64_MAX - 8, 4, false), -EFAULT);
	assert_int_equal(emu_mem_populate((uintptr_t)buf, 0, false), 0);
	/* a signal, or want of memory that passes */
	refuse(REFUSE_MADVISE, 1, 1, EINTR);
	assert_int_equal(emu_mem_populate((uintptr_t)buf, 2 * PAGE, true), 0);
	assert_true(refuse_none());
	refuse(REFUSE_MADVISE, 1, 2, EAGAIN);
	assert_int_equal(emu_mem_populate((uintptr_t)buf, 2 * PAGE, true), 0);
	assert_true(refuse_none());
	refuse(REFUSE_MADVISE, 1, 1, ENOMEM);
	assert_int_equal(emu_mem_populate((uintptr_t)buf, 2 * PAGE, true), -EFAULT);
	assert_true(refuse_none());
}

/* A kernel that does not know of populating: the map tells, and once asked it is asked no more. */
static void test_old_kernel(void **state)
{
	(void)state;
	refuse(REFUSE_MADVISE, 1, 100, EINVAL);
	assert_int_equal(emu_mem_populate((uintptr_t)buf, 4 * PAGE, true), 0);
	assert_int_equal(mprotect(buf + PAGE, PAGE, PROT_READ), 0);
	assert_int_equal(emu_mem_populate((uintptr_t)buf, 4 * PAGE, true), -EFAULT);
	assert_int_equal(emu_mem_populate((uintptr_t)buf, 4 * PAGE, false), 0);
	assert_int_equal(mprotect(buf + PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(emu_mem_populate(8 * PAGE, PAGE, false), -EFAULT);
	assert_true(refuse_none());
}

/* Who may not look at his own pages has them looked up in the map. */
static void test_pagemap(void **state)
{
	uint64_t at = (uintptr_t)buf;

	(void)state;
	assert_int_equal(emu_mem_pin_check(0, at, PAGE), 0);
	refuse(REFUSE_PREAD, 1, 1, EPERM);
	assert_int_equal(emu_mem_pin_check(0, at, PAGE), 0);
	refuse(REFUSE_PREAD, 1, 1, EPERM);
	assert_int_equal(emu_mem_pin_check(0, 8 * PAGE, PAGE), -EFAULT);
	refuse(REFUSE_PREAD, 2, 1, EPERM);
	assert_int_equal(emu_mem_pin_check(0, at, BUF_SIZE), 0);
	refuse(REFUSE_PREAD, 1, 1, EPERM);
	refuse(REFUSE_FOPEN, 1, 1, EMFILE);
	assert_int_equal(emu_mem_pin_check(0, at, PAGE), -EFAULT);
	assert_true(refuse_none());
}

static int shared_file(const char *path, uint64_t expected_pos, int expected)
{
	int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), rc;
	struct emu_ident id;
	size_t len = 4 * PAGE;
	uint8_t *at;

	assert_true(file >= 0);
	assert_int_equal(ftruncate(file, 4 * PAGE), 0);
	at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, PAGE);
	assert_true(at != MAP_FAILED);
	at[PAGE] = 1;
	assert_int_equal(emu_mem_populate((uintptr_t)at, 2 * PAGE, true), 0);
	rc = emu_mem_pin_check(0, (uintptr_t)at, 2 * PAGE);
	assert_int_equal(rc, expected);
	emu_mem_ident((uintptr_t)at + PAGE, &id);
	assert_true(id.file);
	assert_int_equal(id.pos, expected_pos);
	assert_int_equal(id.len, PAGE);
	/* what lies behind is mapped nowhere, what lies before as far as it goes */
	id.pos = PAGE;
	assert_int_equal(emu_mem_find(&id, 0, &len), (uintptr_t)at);
	assert_int_equal(len, 2 * PAGE);
	len = 1;
	assert_int_equal(emu_mem_find(&id, PAGE, &len), (uintptr_t)at + PAGE);
	assert_int_equal(len, 1);
	assert_int_equal(emu_mem_find(&id, 2 * PAGE, &len), 0);
	id.pos = 0;
	assert_int_equal(emu_mem_find(&id, 0, &len), 0);
	id.pos = PAGE;
	id.dev++;
	assert_int_equal(emu_mem_find(&id, 0, &len), 0);
	id.dev--;
	id.ino++;
	assert_int_equal(emu_mem_find(&id, 0, &len), 0);
	id.ino--;
	refuse(REFUSE_FOPEN, 1, 1, EMFILE);
	assert_int_equal(emu_mem_find(&id, 0, &len), 0);
	assert_true(refuse_none());
	assert_int_equal(munmap(at, 2 * PAGE) | close(file) | unlink(path), 0);
	return rc;
}

#define NAME_LENGTH 200 /* of a folder; four of them do not fit into a line that is read at once */

/* A path that is longer than a line of the map that is read at once. */
static void test_long_paths(void **state)
{
	char path[1024] = "/dev/shm/iommuctl-XXXXXX", *end;
	struct emu_ident id;
	int depth;

	(void)state;
	shared_file("/dev/shm/iommuctl-short", 2 * PAGE, 0);
	assert_non_null(mkdtemp(path));
	for (depth = 0; depth < 4; depth++) {
		end = path + strlen(path);
		*end = '/';
		memset(end + 1, 'd', NAME_LENGTH);
		end[NAME_LENGTH + 1] = '\0';
		if (depth < 3)
			assert_int_equal(mkdir(path, 0700), 0);
	}
	shared_file(path, 2 * PAGE, 0);
	for (depth = 0; depth < 4; depth++) {
		*strrchr(path, '/') = '\0';
		assert_int_equal(rmdir(path), 0);
	}
	/* beyond all that there is, and where nothing is */
	emu_mem_ident(UINT64_MAX - PAGE + 1, &id);
	assert_false(id.file);
	assert_int_equal(id.len, 1);
	emu_mem_ident(8 * PAGE, &id);
	assert_int_equal(id.pos, 8 * PAGE);
	assert_int_equal(id.len, 1);
}

/* A file system on a disk has to know of what is written; nobody may pin its pages for long. */
static void test_tracked_files(void **state)
{
	char path[] = "iommuctl-test-XXXXXX";
	int file = mkstemp(path);

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(close(file) | unlink(path), 0);
	shared_file(path, 2 * PAGE, -EFAULT);
}

static void test_huge(void **state)
{
	(void)state;
	assert_false(emu_mem_is_huge(0, (uintptr_t)buf));
	assert_false(emu_mem_is_huge(0, UINT64_MAX - PAGE + 1));
	assert_false(emu_mem_is_huge(0, 8 * PAGE));
	refuse(REFUSE_FOPEN, 1, 2, EMFILE);
	assert_false(emu_mem_is_huge(0, (uintptr_t)buf));
	assert_true(refuse_none());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_new_machine),
		T(test_token),
		T(test_open),
		T(test_queue),
		T(test_vacate),
		T(test_own_fds),
		T(test_no_bar),
		T(test_mmap),
		T(test_mmap_stays),
		T(test_steps),
		T(test_fork),
		T(test_copies),
		T(test_stacks),
		T(test_populate),
		T(test_old_kernel),
		T(test_pagemap),
		T(test_long_paths),
		T(test_tracked_files),
		T(test_huge),
	};

	return cmocka_run_group_tests_name("emu_refused", tests, NULL, NULL);
}
