/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes that share a machine after a fork: files, memory, accounts, and what one leaves behind. */
#include "emu_process.h"

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

/* What a process held that was killed is given back when somebody asks for it. */
static void test_killed(void **state)
{
	struct iom_viommu_selftest data = { .in_data = 7 };
	struct iom_hwpt_alloc h = {
		.size = sizeof(h), .flags = IOM_HWPT_ALLOC_NEST_PARENT, .dev_id = 3, .pt_id = 1
	};
	struct iom_viommu_alloc v = { .size = sizeof(v),
				      .type = IOM_VIOMMU_TYPE_SELFTEST,
				      .dev_id = 3,
				      .data_len = sizeof(data),
				      .data_uptr = (uintptr_t)&data };
	struct iom_emu_mmap m = { NULL, 2 * PAGE, PROT_READ, MAP_SHARED, 0x1000 };
	struct mock dev;
	void *at = NULL;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &h), 0);
	v.hwpt_id = h.out_hwpt_id;
	assert_int_equal(call(IOM_NR_VIOMMU_ALLOC, &v), 0);
	m.offset = data.out_mmap_offset;
	assert_int_equal(iom_emu_mmap(emu, fd, &m, &at), 0);
	assert_int_equal(*(uint32_t *)at, 7);
	assert_int_equal(in_other(wait_to_die), -SIGKILL);
	assert_int_equal(destroy(v.out_viommu_id), -EBUSY);
	assert_int_equal(munmap(at, 2 * PAGE), 0);
	iom_emu_munmap(emu, at, 2 * PAGE);
	assert_int_equal(destroy(v.out_viommu_id), 0);
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
	struct iom_viommu_selftest data = { .in_data = 9 };
	struct iom_hwpt_alloc h = {
		.size = sizeof(h), .flags = IOM_HWPT_ALLOC_NEST_PARENT, .dev_id = 3, .pt_id = 1
	};
	struct iom_viommu_alloc v = { .size = sizeof(v),
				      .type = IOM_VIOMMU_TYPE_SELFTEST,
				      .dev_id = 3,
				      .data_len = sizeof(data),
				      .data_uptr = (uintptr_t)&data };
	struct mock dev;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &h), 0);
	v.hwpt_id = h.out_hwpt_id;
	assert_int_equal(call(IOM_NR_VIOMMU_ALLOC, &v), 0);
	shown = (struct iom_emu_mmap){ NULL, data.out_mmap_length, PROT_READ, MAP_SHARED,
				       data.out_mmap_offset };
	assert_int_equal(iom_emu_mmap(emu, fd, &shown, &shown_at), 0);
	assert_int_equal(iom_emu_close(emu, fd), 0);
	assert_int_equal(in_other(unmap_shown), 0);
	assert_int_equal(*(uint32_t *)shown_at, 9);
	assert_int_equal(unmap_shown(), 0);
}

/* ---- memory ---- */

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
}

/* Memory of a process that lives is read from there, and written to. */
static void test_present(void **state)
{
	uint32_t word = 0;
	int access;
	struct mock dev;
	int ready[2], go[2], status;
	char byte = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	access = open_access(1);
	assert_int_equal(pipe(ready) | pipe(go), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int code = map_theirs();

		if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1)
			code = 2;
		_exit(code ? code : theirs[0] != 0x99);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
	assert_int_equal(peek(access, APERTURE, &word), 0);
	assert_int_equal(word, 0x1234);
	word = 0x99;
	assert_int_equal(access_rw(access, APERTURE, &word, 4, IOM_MOCK_ACCESS_RW_WRITE), 0);
	memory(getpid(), 0, 0);
	memory(pid, 2 * PAGE, 0);
	/* the same address here is other memory */
	assert_int_equal(check_map(dev.hwpt, APERTURE, theirs, PAGE), -EINVAL);
	assert_int_equal(check_refs(theirs, PAGE, 0), 0);
	written_to(dev.idev);
	assert_int_equal(write(go[1], &byte, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(iom_emu_close(emu, access), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(close(ready[i]) | close(go[i]), 0);
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
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), others[16];
	struct mock dev;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(in_other(map_their_file), 0);
	assert_int_equal(mock_flags(1, 0, &dev), -EINVAL);
	/* also when another file has its number */
	for (int i = 0; i < 16; i++)
		others[i] = fcntl(null, F_DUPFD_CLOEXEC, 512);
	assert_int_equal(mock_flags(1, 0, &dev), -EINVAL);
	for (int i = 0; i < 16; i++)
		assert_int_equal(close(others[i]), 0);
	assert_int_equal(close(null), 0);
	assert_int_equal(unmap(1, APERTURE, PAGE, NULL), 0);
	assert_int_equal(mock_flags(1, 0, &dev), 0);
}

static uint64_t region(unsigned int index, uint64_t at)
{
	return (uint64_t)index << 40 | at;
}

/* What of a device's regions can be mapped: BARs, and no byte behind them. */
static void test_bars(void **state)
{
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };
	struct iom_emu_mmap m = { NULL, PAGE, PROT_READ, MAP_SHARED, 0 };
	int dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0");
	void *at;

	(void)state;
	assert_int_equal(iom_emu_mmap(emu, dev, &m, &at), -EINVAL);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	m.offset = region(IOM_VFIO_PCI_BAR5_REGION_INDEX, 0);
	assert_int_equal(iom_emu_mmap(emu, dev, &m, &at), -EINVAL);
	m.offset = region(IOM_VFIO_PCI_CONFIG_REGION_INDEX, 0);
	assert_int_equal(iom_emu_mmap(emu, dev, &m, &at), -EINVAL);
	m.offset = region(IOM_VFIO_PCI_BAR0_REGION_INDEX, 64 * PAGE);
	assert_int_equal(iom_emu_mmap(emu, dev, &m, &at), -EINVAL);
	m.offset = region(IOM_VFIO_PCI_BAR0_REGION_INDEX, 0);
	m.length = 64 * PAGE;
	assert_int_equal(iom_emu_mmap(emu, dev, &m, &at), -EINVAL);
	m.length = PAGE;
	assert_int_equal(iom_emu_mmap(emu, dev, &m, &at), 0);
	assert_int_equal(munmap(at, PAGE), 0);
	iom_emu_munmap(emu, at, PAGE);
	assert_int_equal(iom_emu_close(emu, dev), 0);
}

/* ---- files in messages ---- */

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(iom_emu_close(emu, fds[i]), 0);
}

/* A message holds what is passed; who receives it has the same file. */
static void test_messages(void **state)
{
	int dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0"), got[4], null;

	(void)state;
	for (int i = 0; i < 4; i++)
		got[i] = dup(fd);
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(iom_emu_post(emu, fd), 0);
	assert_int_equal(iom_emu_post(emu, dev), 0);
	/* looked at, and there still; then taken from behind another one */
	iom_emu_adopt(emu, got[0], true);
	iom_emu_adopt(emu, got[1], false);
	assert_true(iom_emu_has(emu, got[0]) && iom_emu_has(emu, got[1]));
	assert_int_equal(iom_emu_close(emu, fd), 0);
	fd = got[1];
	assert_int_equal(ioas_alloc(), 2);
	/* nothing more is on its way, nor was anything that is not the machine's */
	iom_emu_adopt(emu, got[2], false);
	assert_false(iom_emu_has(emu, got[2]));
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_int_equal(iom_emu_post(emu, null), 0);
	iom_emu_adopt(emu, null, false);
	assert_false(iom_emu_has(emu, null));
	iom_emu_adopt(emu, 999, false);
	iom_emu_adopt(emu, 1 << 20, false);
	/* one that was not sent after all */
	assert_int_equal(iom_emu_post(emu, fd), 0);
	iom_emu_unpost(emu, fd);
	iom_emu_unpost(emu, fd);
	iom_emu_unpost(emu, 999);
	iom_emu_adopt(emu, got[2], false);
	assert_false(iom_emu_has(emu, got[2]));
	close_all(got, 2);
	assert_int_equal(close(got[2]) | close(got[3]) | close(null), 0);
	assert_int_equal(iom_emu_close(emu, dev), 0);
}

/* The last of it is the message that nobody receives: with that it is closed, or with the machine. */
static void test_lost_message(void **state)
{
	int dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0"), copy = dup(dev), high;
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };

	(void)state;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	assert_int_equal(iom_emu_post(emu, dev), 0);
	assert_int_equal(iom_emu_close(emu, dev), 0);
	iom_emu_unpost(emu, copy);
	assert_int_equal(destroy(b.out_devid), -ENOENT);
	assert_int_equal(close(copy), 0);
	/* without memory it is neither sent nor received */
	iom_emu_fail_nth(1);
	assert_int_equal(iom_emu_post(emu, fd), -ENOMEM);
	assert_int_equal(iom_emu_post(emu, fd), 0);
	high = fcntl(fd, F_DUPFD_CLOEXEC, 400);
	iom_emu_fail_nth(1);
	iom_emu_adopt(emu, high, false);
	assert_int_equal(iom_emu_fail_left(), 0);
	assert_false(iom_emu_has(emu, high));
	assert_int_equal(close(high), 0);
	assert_int_equal(iom_emu_post(emu, fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		P(test_files), P(test_killed),	P(test_mapped),	      P(test_pinned),
		P(test_gone),  P(test_present), P(test_account_user), P(test_account_mm),
		P(test_killed_inside), P(test_no_memory), P(test_account_none), P(test_file_gone),
		P(test_bars), P(test_messages), P(test_lost_message),
	};
	int rc;

	if (!prepare_processes())
		return 1;
	rc = cmocka_run_group_tests(tests, drop_ipc_lock, NULL);
	free(buf);
	return rc;
}
