/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulator's answers at the edges of calls that no command makes: odd counts, ranges and fds. */
#include "emu_calls.h"

#include <sys/eventfd.h>

static void test_queue_counts(void **state)
{
	struct iom_fault_alloc q = { .size = sizeof(q) };
	void *end = (void *)(uintptr_t)(UINT64_MAX - 7);
	int queue;

	(void)state;
	assert_int_equal(call(IOM_NR_FAULT_QUEUE_ALLOC, &q), 0);
	queue = (int)q.out_fault_fd;
	/* What read(2) and write(2) refuse before the file is asked. */
	assert_int_equal(iom_emu_read(emu, queue, buf, SIZE_MAX), -EINVAL);
	assert_int_equal(iom_emu_write(emu, queue, buf, SIZE_MAX), -EINVAL);
	assert_int_equal(iom_emu_read(emu, queue, end, 64), -EFAULT);
	assert_int_equal(iom_emu_write(emu, queue, end, 64), -EFAULT);
	assert_int_equal(iom_emu_read(emu, queue, (void *)(uintptr_t)(UINT64_MAX - 4096), 64), -EFAULT);
	/* Nothing waits, and nothing was answered. */
	assert_int_equal(iom_emu_read(emu, queue, buf, 2 * sizeof(struct iom_hwpt_pgfault)), 0);
	assert_int_equal(iom_emu_read(emu, queue, buf, 64), -ESPIPE);
	assert_int_equal(iom_emu_write(emu, queue, buf, 0), 0);
	assert_int_equal(iom_emu_write(emu, queue, buf, 9), -ESPIPE);
	assert_int_equal(iom_emu_write(emu, queue, buf, 8), -EINVAL);
	assert_int_equal(iom_emu_read(emu, fd, buf, 64), -EINVAL);
	assert_int_equal(iom_emu_write(emu, fd, buf, 64), -EINVAL);
	assert_int_equal(iom_emu_read(emu, 999, buf, 64), -EBADF);
	assert_int_equal(iom_emu_write(emu, 999, buf, 64), -EBADF);
}

/* A machine of one process has nobody to pass a file to. */
static void test_no_messages(void **state)
{
	int copy = dup(fd);

	(void)state;
	assert_int_equal(iom_emu_post(emu, fd), 0);
	iom_emu_adopt(emu, copy, false);
	assert_false(iom_emu_has(emu, copy));
	iom_emu_unpost(emu, fd);
	close(copy);
}

static void test_compat_ranges(void **state)
{
	struct {
		uint32_t argsz, flags;
		uint64_t iova, size;
	} u = { sizeof(u), 0, 0x2000000, 0 };
	struct iom_vfio_ioas c = { .size = sizeof(c), .op = IOM_VFIO_IOAS_SET };

	(void)state;
	c.ioas_id = ioas_alloc();
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), 0);
	assert_int_equal(call(_IO(';', 0x72), &u), -EINVAL);
	u.iova = UINT64_MAX - PAGE;
	u.size = 2 * PAGE;
	/* The size comes back also with a refusal. */
	assert_int_equal(call(_IO(';', 0x72), &u), -EOVERFLOW);
	assert_int_equal(u.size, 0);
	/* Everything is one range, and no part of it can be named. */
	u.flags = 2;
	u.iova = 0;
	u.size = PAGE;
	assert_int_equal(call(_IO(';', 0x72), &u), -EINVAL);
	assert_int_equal(u.size, PAGE);
	/* A struct that cannot be written to. */
	u.flags = 2;
	u.size = 0;
	memcpy(buf, &u, sizeof(u));
	assert_int_equal(mprotect(buf, PAGE, PROT_READ), 0);
	assert_int_equal(call(_IO(';', 0x72), buf), -EFAULT);
	assert_int_equal(mprotect(buf, PAGE, PROT_READ | PROT_WRITE), 0);
}

/* GET_INFO with room for all of it that ends where memory does. */
static void test_compat_info_fault(void **state)
{
	struct iom_vfio_ioas c = { .size = sizeof(c), .op = IOM_VFIO_IOAS_SET };
	uint32_t *info;

	(void)state;
	c.ioas_id = ioas_alloc();
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), 0);
	assert_int_equal(mprotect(buf + PAGE, PAGE, PROT_NONE), 0);
	for (size_t there = 16; there <= 72; there += 8) {
		info = (uint32_t *)(void *)(buf + PAGE - there);
		memset(info, 0, there);
		info[0] = 256;
		assert_int_equal(call(_IO(';', 0x70), info), there < 72 ? -EFAULT : 0);
	}
	assert_int_equal(mprotect(buf + PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
}

static int wakeup(int dev, int event, uint32_t room)
{
	struct {
		uint32_t argsz, flags;
		struct iom_vfio_low_power_entry_with_wakeup entry;
	} f = { .argsz = 8 + room,
		.flags = IOM_VFIO_DEVICE_FEATURE_SET |
			 IOM_VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP,
		.entry.wakeup_eventfd = event };

	return iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_FEATURE, &f);
}

static void test_wakeup(void **state)
{
	int dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0"), event = eventfd(0, EFD_CLOEXEC);
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };

	(void)state;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	assert_int_equal(wakeup(dev, event, 4), -EINVAL);
	assert_int_equal(wakeup(dev, -1, 8), -EINVAL);
	assert_int_equal(wakeup(dev, 999, 8), -EBADF);
	/* open, but not one that can be told of anything */
	assert_int_equal(wakeup(dev, fd, 8), -EINVAL);
	assert_int_equal(wakeup(dev, event, 8), 0);
	assert_int_equal(wakeup(dev, event, 8), -EINVAL);
	close(event);
	assert_int_equal(iom_emu_close(emu, dev), 0);
}

/* What a device of that machine gets when it asks for a page table. */
static int hwpt_on(const char *spec, uint32_t flags)
{
	struct iom_vfio_bind b = { .argsz = sizeof(b) };
	struct iom_hwpt_alloc h = { .size = sizeof(h), .flags = flags };
	int dev;

	iom_emu_free(emu);
	machine(spec);
	b.iommufd = fd;
	dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0");
	assert_true(dev >= 0);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	h.dev_id = b.out_devid;
	h.pt_id = ioas_alloc();
	return call(IOM_NR_HWPT_ALLOC, &h);
}

static void test_registers_decide(void **state)
{
	(void)state;
	/* AMD: guest page tables only with the feature for them, and so PASIDs */
	assert_int_equal(hwpt_on("device=vfio0,driver=amd,efr=0", 0), 0);
	assert_int_equal(hwpt_on("device=vfio0,driver=amd,efr=0", IOM_HWPT_ALLOC_PASID), -EOPNOTSUPP);
	assert_int_equal(hwpt_on("device=vfio0,driver=amd,efr=0x10", IOM_HWPT_ALLOC_PASID), 0);
	assert_int_equal(hwpt_on("device=vfio0,driver=amd,efr=0x10", IOM_HWPT_ALLOC_DIRTY_TRACKING),
			 -EOPNOTSUPP);
	assert_int_equal(hwpt_on("device=vfio0,driver=amd,efr=0x10", IOM_HWPT_ALLOC_NEST_PARENT),
			 -EOPNOTSUPP);
	assert_int_equal(hwpt_on("device=vfio0,driver=amd,efr=0x10000000000010",
				  IOM_HWPT_ALLOC_DIRTY_TRACKING), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_queue_counts), T(test_no_messages), T(test_compat_ranges), T(test_compat_info_fault),
		T(test_wakeup),	      T(test_registers_decide),
	};

	return cmocka_run_group_tests_name("emu_edges", tests, NULL, NULL);
}
