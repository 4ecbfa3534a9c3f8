/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PASIDs of the emulator: what no command can ask for, such as answers that cannot be written. */
#include "emu_calls.h"

static struct mock mock_add(uint32_t pt)
{
	struct mock m;

	assert_int_equal(mock_flags(pt, IOM_MOCK_FLAGS_DEVICE_PASID, &m), 0);
	return m;
}

static uint32_t hwpt_alloc(uint32_t dev, uint32_t pt, uint32_t flags)
{
	struct iom_hwpt_alloc c = { .size = 48, .dev_id = dev, .pt_id = pt, .flags = flags };

	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &c), 0);
	return c.out_hwpt_id;
}

static int change(uint32_t op, uint32_t st, uint32_t pasid, uint32_t pt)
{
	struct iom_test_cmd c = {
		.size = sizeof(c), .op = op, .id = st, .pasid_attach = { pasid, pt }
	};

	return call(IOM_NR_TEST_CMD, &c);
}

static int attach(uint32_t st, uint32_t pasid, uint32_t pt)
{
	return change(IOM_TEST_OP_PASID_ATTACH, st, pasid, pt);
}

static int detach(uint32_t st, uint32_t pasid)
{
	return change(IOM_TEST_OP_PASID_DETACH, st, pasid, 0);
}

static int check(uint32_t st, uint32_t pasid, uint32_t hwpt)
{
	struct iom_test_cmd c = { .size = sizeof(c),
				  .op = IOM_TEST_OP_PASID_CHECK_HWPT,
				  .id = st,
				  .pasid_check = { pasid, hwpt } };

	return call(IOM_NR_TEST_CMD, &c);
}

static int replace(uint32_t st, uint32_t pt)
{
	struct iom_test_cmd c = { .size = sizeof(c),
				  .op = IOM_TEST_OP_MOCK_DOMAIN_REPLACE,
				  .id = st,
				  .mock_domain_replace.pt_id = pt };

	return call(IOM_NR_TEST_CMD, &c);
}

/* The struct in memory that can be read but not written. */
static void *read_only(const void *arg, size_t len)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(page, MAP_FAILED);
	memcpy(page, arg, len);
	assert_int_equal(mprotect(page, PAGE, PROT_READ), 0);
	return page;
}

static void test_answer_lost(void **state)
{
	uint32_t ioas = ioas_alloc(), s, t;
	struct mock m = mock_add(ioas);
	struct iom_test_cmd c = { .size = sizeof(c), .op = IOM_TEST_OP_PASID_ATTACH, .id = m.stdev };
	void *page;

	(void)state;
	s = hwpt_alloc(m.idev, ioas, IOM_HWPT_ALLOC_PASID);
	t = hwpt_alloc(m.idev, ioas, IOM_HWPT_ALLOC_PASID);
	assert_int_equal(replace(m.stdev, s), 0);
	c.pasid_attach.pasid = 7;
	c.pasid_attach.pt_id = s;
	page = read_only(&c, sizeof(c));
	assert_int_equal(call(IOM_NR_TEST_CMD, page), -EFAULT);
	munmap(page, PAGE);
	assert_int_equal(check(m.stdev, 7, 0), 0);
	/* a replace that was done stays done */
	assert_int_equal(attach(m.stdev, 7, s), 0);
	c.op = IOM_TEST_OP_PASID_REPLACE;
	c.pasid_replace.pasid = 7;
	c.pasid_replace.pt_id = t;
	page = read_only(&c, sizeof(c));
	assert_int_equal(call(IOM_NR_TEST_CMD, page), -EFAULT);
	munmap(page, PAGE);
	assert_int_equal(check(m.stdev, 7, t), 0);
	assert_int_equal(detach(m.stdev, 7), 0);
	assert_int_equal(destroy(t), 0);
}

/* The device object outlives the mock device, with what it holds, until the context ends. */
static void test_device_gone(void **state)
{
	uint32_t ioas = ioas_alloc(), s;
	struct mock m = mock_add(ioas), n;

	(void)state;
	s = hwpt_alloc(m.idev, ioas, IOM_HWPT_ALLOC_PASID);
	assert_int_equal(replace(m.stdev, s), 0);
	assert_int_equal(attach(m.stdev, 9, s), 0);
	assert_int_equal(attach(m.stdev, 3, s), 0);
	assert_int_equal(destroy(m.stdev), 0);
	assert_int_equal(attach(m.stdev, 9, s), -ENOENT);
	assert_int_equal(destroy(m.idev), -EBUSY);
	assert_int_equal(destroy(s), -EBUSY);
	/* its number is free again, and the two do not meet */
	n = mock_add(ioas);
	assert_int_equal(n.stdev, m.stdev);
	assert_int_not_equal(n.idev, m.idev);
	assert_int_equal(check(n.stdev, 9, 0), 0);
	assert_int_equal(destroy(n.stdev), 0);
	assert_int_equal(destroy(s), -EBUSY);
}

static void test_order(void **state)
{
	uint32_t ioas = ioas_alloc(), s;
	struct mock m = mock_add(ioas);
	static const uint32_t pasids[] = { 5, 1, 1048575, 3, 2, 4 };

	(void)state;
	s = hwpt_alloc(m.idev, ioas, IOM_HWPT_ALLOC_PASID);
	assert_int_equal(replace(m.stdev, s), 0);
	for (size_t i = 0; i < IOM_ARRAY_SIZE(pasids); i++)
		assert_int_equal(attach(m.stdev, pasids[i], s), 0);
	for (size_t i = 0; i < IOM_ARRAY_SIZE(pasids); i++) {
		assert_int_equal(attach(m.stdev, pasids[i], s), -EBUSY);
		assert_int_equal(check(m.stdev, pasids[i], s), 0);
		assert_int_equal(check(m.stdev, pasids[i] + 100, 0), 0);
	}
	assert_int_equal(attach(m.stdev, 1048576, s), -EINVAL);
	assert_int_equal(replace(m.stdev, ioas), -EINVAL);
	for (size_t i = 0; i < IOM_ARRAY_SIZE(pasids); i++)
		assert_int_equal(detach(m.stdev, pasids[i]), 0);
	assert_int_equal(replace(m.stdev, ioas), 0);
	assert_int_equal(destroy(s), 0);
}

static void test_vfio(void **state)
{
	int dev = iom_emu_open(emu, "/dev/vfio/devices/vfio1");
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };
	uint32_t ioas, s;
	struct iom_vfio_attach a = { .argsz = 12, .flags = IOM_VFIO_DEVICE_ATTACH_PASID, .pasid = 5 };
	struct iom_vfio_detach d = { .argsz = 8, .flags = IOM_VFIO_DEVICE_DETACH_PASID, .pasid = 5 };
	void *page;

	(void)state;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	ioas = ioas_alloc();
	s = hwpt_alloc(b.out_devid, ioas, IOM_HWPT_ALLOC_PASID);
	a.pt_id = s;
	/* the member that the flag makes valid has to be there, and readable */
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a), -EINVAL);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_DETACH_IOMMUFD_PT, &d), -EINVAL);
	a.argsz = 16;
	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	assert_int_equal(munmap((char *)page + PAGE, PAGE), 0);
	memcpy((char *)page + PAGE - 12, &a, 12);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT,
				       (char *)page + PAGE - 12), -EFAULT);
	munmap(page, PAGE);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a), 0);
	/* as Linux 7.3: a lost answer detaches the device itself, and the PASID stays */
	a.flags = 0;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a), 0);
	a.flags = IOM_VFIO_DEVICE_ATTACH_PASID;
	a.pasid = 6;
	page = read_only(&a, sizeof(a));
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, page), -EFAULT);
	munmap(page, PAGE);
	a.pasid = 0;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a), 0);
	/* a PASID that no table has room for, and one that the kernel takes for an errno */
	a.pasid = 0x80000000;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a), -ENOSPC);
	a.pasid = (uint32_t)-EINVAL;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a), -EINVAL);
	d.argsz = 12;
	d.pasid = (uint32_t)-EINVAL;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_DETACH_IOMMUFD_PT, &d), 0);
	/* closing detaches everything */
	assert_int_equal(destroy(s), -EBUSY);
	assert_int_equal(iom_emu_close(emu, dev), 0);
	assert_int_equal(destroy(s), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_answer_lost),
		T(test_device_gone),
		T(test_order),
		T(test_vfio),
	};

	return cmocka_run_group_tests_name("emu_pasid", tests, NULL, NULL);
}
