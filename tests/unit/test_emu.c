/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulated iommufd: dispatch, objects, options, devices, machines, as Linux 7.3 does it. */
#include "emu_calls.h"

/* ---- dispatch ---- */

static void test_dispatch(void **state)
{
	static const struct {
		uint32_t code, min;
	} sizes[] = {
		{ IOM_NR_DESTROY, 8 },
		{ IOM_NR_IOAS_ALLOC, 12 },
		{ IOM_NR_IOAS_ALLOW_IOVAS, 24 },
		{ IOM_NR_IOAS_COPY, 40 },
		{ IOM_NR_IOAS_IOVA_RANGES, 32 },
		{ IOM_NR_IOAS_MAP, 40 },
		{ IOM_NR_IOAS_UNMAP, 24 },
		{ IOM_NR_OPTION, 24 },
		{ IOM_NR_VFIO_IOAS, 12 },
		{ IOM_NR_IOAS_MAP_FILE, 40 },
		{ IOM_NR_IOAS_CHANGE_PROCESS, 8 },
		{ IOM_NR_TEST_CMD, 68 },
	};
	uint32_t word[1024] = { 0 }, full, i;

	(void)state;
	assert_int_equal(iom_emu_ioctl(emu, -1, IOM_NR_DESTROY, word), -EBADF);
	assert_int_equal(iom_emu_ioctl(emu, 100000, IOM_NR_DESTROY, word), -EBADF);
	for (i = 0; i < IOM_ARRAY_SIZE(sizes); i++) {
		word[0] = 4;
		assert_int_equal(call(sizes[i].code, word), -EINVAL);
		word[0] = sizes[i].min - 1;
		assert_int_equal(call(sizes[i].code, word), -EINVAL);
		assert_int_equal(call(sizes[i].code, NULL), -EFAULT);
		full = sizes[i].code == IOM_NR_TEST_CMD ? 72 : sizes[i].min;
		word[0] = 4096;
		word[1023] = 1;
		assert_int_equal(call(sizes[i].code, word), -E2BIG);
		word[1023] = 0;
		word[full / 4] = 1;
		assert_int_equal(call(sizes[i].code, word), -E2BIG);
		word[full / 4] = 0;
	}
	/* wrong number, wrong direction bits, past the end, VFIO compatibility */
	assert_int_equal(call(_IO(';', 0x96), word), -ENOTTY);
	assert_int_equal(call(_IO(';', 0x96), NULL), -EFAULT);
	assert_int_equal(call(_IO('x', 0x81), word), -ENOTTY);
	assert_int_equal(call(_IO(';', 0xa1), NULL), -ENOTTY);
	assert_int_equal(call(_IO(';', 0x75), NULL), -ENOTTY);
	/* a longer struct of zeros is a struct */
	word[0] = 4096;
	assert_int_equal(call(IOM_NR_IOAS_ALLOC, word), 0);
	assert_int_equal(word[2], 1);
}

static void test_bad_pointers(void **state)
{
	uint8_t *map =
		mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iom_ioas_alloc *c;

	(void)state;
	assert_true(map != MAP_FAILED);
	assert_int_equal(munmap(map + PAGE, PAGE), 0);
	/* cut off by the hole: in the size, in the struct, in the tail */
	c = (void *)(map + PAGE - 2);
	assert_int_equal(call(IOM_NR_IOAS_ALLOC, c), -EFAULT);
	c = (void *)(map + PAGE - 8);
	c->size = 12;
	assert_int_equal(call(IOM_NR_IOAS_ALLOC, c), -EFAULT);
	c = (void *)(map + PAGE - 64);
	memset(c, 0, 64);
	c->size = 100;
	assert_int_equal(call(IOM_NR_IOAS_ALLOC, c), -EFAULT);
	map[PAGE - 1] = 1;
	assert_int_equal(call(IOM_NR_IOAS_ALLOC, c), -E2BIG);
	c->size = UINT32_MAX;
	assert_int_equal(call(IOM_NR_IOAS_ALLOC, c), -E2BIG);
	assert_int_equal(call(IOM_NR_IOAS_ALLOC, (void *)(uintptr_t)-8), -EFAULT);
	/* the answer has nowhere to go: the id is given back */
	c = (void *)(map + 2 * PAGE);
	c->size = sizeof(*c);
	assert_int_equal(mprotect(c, PAGE, PROT_READ), 0);
	assert_int_equal(call(IOM_NR_IOAS_ALLOC, c), -EFAULT);
	assert_int_equal(ioas_alloc(), 1);
	munmap(map, 3 * PAGE);
}

/* ---- objects ---- */

static void test_ids(void **state)
{
	struct mock m, m2;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	m = mock_domain(1);
	assert_int_equal(m.stdev, 2);
	assert_int_equal(m.idev, 3);
	assert_int_equal(m.hwpt, 4);
	m2 = mock_domain(1);
	assert_int_equal(m2.stdev, 5);
	assert_int_equal(m2.idev, 6);
	assert_int_equal(m2.hwpt, 4); /* shared */
	assert_int_equal(destroy(1), -EBUSY);
	assert_int_equal(destroy(m.idev), -EBUSY);
	assert_int_equal(destroy(m.hwpt), -EBUSY);
	assert_int_equal(destroy(77), -ENOENT);
	assert_int_equal(destroy(0), -ENOENT);
	assert_int_equal(destroy(m.stdev), 0);
	assert_int_equal(destroy(m.stdev), -ENOENT);
	assert_int_equal(destroy(m.idev), -ENOENT);
	assert_int_equal(destroy(m.hwpt), -EBUSY);
	assert_int_equal(ioas_alloc(), 2); /* the lowest free */
	assert_int_equal(ioas_alloc(), 3);
	assert_int_equal(destroy(m2.stdev), 0); /* the HWPT goes with the last device */
	assert_int_equal(destroy(m2.hwpt), -ENOENT);
	assert_int_equal(ioas_alloc(), 4);
	assert_int_equal(destroy(1), 0);
	assert_int_equal(ioas_alloc(), 1);
}

static void test_mock_errors(void **state)
{
	struct iom_test_cmd c = { 0 };
	struct mock m;

	(void)state;
	assert_int_equal(test_cmd(&c, 0, 0), -EOPNOTSUPP);
	assert_int_equal(test_cmd(&c, 24, 0), -EOPNOTSUPP);
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN, 9), -ENOENT);
	/* the ids it is about to give away: the first is not there yet, the second no table */
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN, 1), -ENOENT);
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN, 2), -EINVAL);
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_flags(1, 1u << 4, &m), -EINVAL);
	assert_int_equal(mock_flags(1, IOM_MOCK_FLAGS_DEVICE_NO_DIRTY, &m), 0);
	c.memory_limit.limit = 11;
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_SET_TEMP_MEMORY_LIMIT, 0), -EINVAL);
	c.memory_limit.limit = 12;
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_SET_TEMP_MEMORY_LIMIT, 0), 0);
	assert_int_equal(add_reserved(1, 0, 0), -EINVAL);
	assert_int_equal(add_reserved(1, 2, UINT64_MAX), -EOVERFLOW);
	assert_int_equal(add_reserved(9, 0, 1), -ENOENT);
	assert_int_equal(check_map(1, 0, buf, 0), -ENOENT);
	assert_int_equal(check_map(m.hwpt, 1, buf, 2048), -EINVAL);
	assert_int_equal(check_map(m.hwpt, 0, buf, 2047), -EINVAL);
	assert_int_equal(check_map(m.hwpt, 0, buf, 2048), -EINVAL);
	assert_int_equal(check_map(m.hwpt, 0, NULL, 2048), -EFAULT);
	assert_int_equal(check_refs(buf + 1, PAGE, 0), -EINVAL);
	assert_int_equal(check_refs(NULL, PAGE, 0), -EFAULT);
	assert_int_equal(check_refs(buf, PAGE, 0), 0);
	assert_int_equal(check_refs(buf, PAGE, 1), -EIO);
}

static void test_replace(void **state)
{
	struct iom_test_cmd c = { 0 };
	uint32_t a = ioas_alloc(), b = ioas_alloc();
	struct mock m = mock_domain(a);

	(void)state;
	c.mock_domain_replace.pt_id = m.hwpt;
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN_REPLACE, a), -ENOENT);
	c.mock_domain_replace.pt_id = 99;
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN_REPLACE, m.stdev), -ENOENT);
	c.mock_domain_replace.pt_id = m.idev;
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN_REPLACE, m.stdev), -EINVAL);
	c.mock_domain_replace.pt_id = a;
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN_REPLACE, m.stdev), 0);
	assert_int_equal(c.mock_domain_replace.pt_id, m.hwpt);
	c.mock_domain_replace.pt_id = b;
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN_REPLACE, m.stdev), 0);
	assert_int_equal(c.mock_domain_replace.pt_id, m.hwpt + 1);
	assert_int_equal(destroy(m.hwpt), -ENOENT);
	assert_int_equal(destroy(a), 0);
	assert_int_equal(destroy(b), -EBUSY);
	assert_int_equal(map_at(b, buf, PAGE, 0), -EINVAL);
	assert_int_equal(map_at(b, buf, PAGE, APERTURE), 0);
	assert_int_equal(destroy(m.stdev), 0);
	assert_int_equal(unmap(b, APERTURE, PAGE, NULL), 0);
	assert_int_equal(map_at(b, buf, PAGE, 0), 0);
	assert_int_equal(destroy(b), 0);
}

/* ---- options ---- */

static bool has_cap(unsigned int cap)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	assert_int_equal(syscall(SYS_capget, &h, d), 0);
	return d[cap / 32].effective & (1u << (cap % 32));
}

static void set_cap(unsigned int cap, bool on)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	assert_int_equal(syscall(SYS_capget, &h, d), 0);
	if (on)
		d[cap / 32].effective |= 1u << (cap % 32);
	else
		d[cap / 32].effective &= ~(1u << (cap % 32));
	assert_int_equal(syscall(SYS_capset, &h, d), 0);
}

static void test_options(void **state)
{
	uint64_t val = 7, one = 1;
	uint32_t ioas;
	struct iom_option bad = { .size = sizeof(bad), .reserved = 1 };

	(void)state;
	assert_int_equal(call(IOM_NR_OPTION, &bad), -EOPNOTSUPP);
	assert_int_equal(set_option(4, 0, 0), -EOPNOTSUPP);
	assert_int_equal(set_option(IOM_OPTION_RLIMIT_MODE, 1, 0), -EOPNOTSUPP);
	assert_int_equal(option(IOM_OPTION_RLIMIT_MODE, 2, 0, &val), -EOPNOTSUPP);
	assert_int_equal(option(IOM_OPTION_RLIMIT_MODE, IOM_OPTION_OP_GET, 0, &val), 0);
	assert_int_equal(val, 0);
	if (has_cap(CAP_SYS_RESOURCE)) {
		assert_int_equal(set_option(IOM_OPTION_RLIMIT_MODE, 0, 2), -EINVAL);
		assert_int_equal(set_option(IOM_OPTION_RLIMIT_MODE, 0, 1), 0);
		assert_int_equal(option(IOM_OPTION_RLIMIT_MODE, IOM_OPTION_OP_GET, 0, &val), 0);
		assert_int_equal(val, 1);
		ioas = ioas_alloc();
		assert_int_equal(set_option(IOM_OPTION_RLIMIT_MODE, 0, 2), -EBUSY);
		assert_int_equal(destroy(ioas), 0);
		assert_int_equal(set_option(IOM_OPTION_RLIMIT_MODE, 0, 0), 0);
	} else {
		assert_int_equal(set_option(IOM_OPTION_RLIMIT_MODE, 0, 2), -EPERM);
	}

	assert_int_equal(set_option(IOM_OPTION_HUGE_PAGES, 1, 0), -ENOENT);
	ioas = ioas_alloc();
	assert_int_equal(set_option(IOM_OPTION_HUGE_PAGES, ioas, 2), -EINVAL);
	assert_int_equal(option(IOM_OPTION_HUGE_PAGES, 2, ioas, &one), -EOPNOTSUPP);
	assert_int_equal(option(IOM_OPTION_HUGE_PAGES, IOM_OPTION_OP_GET, ioas, &val), 0);
	assert_int_equal(val, 1);
	assert_int_equal(map_at(ioas, buf, 2048, APERTURE), 0);
	assert_int_equal(set_option(IOM_OPTION_HUGE_PAGES, ioas, 0), -EADDRINUSE);
	assert_int_equal(unmap(ioas, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(set_option(IOM_OPTION_HUGE_PAGES, ioas, 0), 0);
	assert_int_equal(map_at(ioas, buf, 2048, APERTURE), -EINVAL);
	assert_int_equal(option(IOM_OPTION_HUGE_PAGES, IOM_OPTION_OP_GET, ioas, &val), 0);
	assert_int_equal(val, 0);
	assert_int_equal(set_option(IOM_OPTION_HUGE_PAGES, ioas, 1), 0);
	mock_domain(ioas);
	assert_int_equal(map_at(ioas, buf, 2048, APERTURE), 0);
	assert_int_equal(set_option(IOM_OPTION_HUGE_PAGES, ioas, 0), -EINVAL);
	assert_int_equal(unmap(ioas, APERTURE, 2048, NULL), 0);
	assert_int_equal(set_option(IOM_OPTION_HUGE_PAGES, ioas, 0), 0);
	assert_int_equal(set_option(IOM_OPTION_HUGE_PAGES, ioas, 0), 0);
}

static void test_vfio_ioas(void **state)
{
	struct iom_vfio_ioas c = { .size = sizeof(c), .op = IOM_VFIO_IOAS_GET };
	uint32_t ioas = ioas_alloc();

	(void)state;
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), -ENODEV);
	c.op = IOM_VFIO_IOAS_SET;
	c.ioas_id = 9;
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), -ENOENT);
	c.ioas_id = ioas;
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), 0);
	c = (struct iom_vfio_ioas){ .size = sizeof(c), .op = IOM_VFIO_IOAS_GET };
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), 0);
	assert_int_equal(c.ioas_id, ioas);
	c.op = 3;
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), -EOPNOTSUPP);
	c.reserved = 1;
	c.op = IOM_VFIO_IOAS_CLEAR;
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), -EOPNOTSUPP);
	assert_int_equal(destroy(ioas), 0); /* being the default one does not hold it */
	c = (struct iom_vfio_ioas){ .size = sizeof(c), .op = IOM_VFIO_IOAS_GET };
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), -ENODEV);
}

/* The container calls of VFIO on an iommufd. */
static void test_vfio_compat(void **state)
{
	struct {
		uint32_t argsz, flags;
		uint64_t vaddr, iova, size;
	} m = { sizeof(m), 4, (uintptr_t)buf, 0x2000000, 8 * PAGE };
	struct {
		uint32_t argsz, flags;
		uint64_t iova, size;
	} u = { sizeof(u), 0, 0x2001000, PAGE };
	struct iom_vfio_ioas c = { .size = sizeof(c), .op = IOM_VFIO_IOAS_SET };
	struct mock d;

	(void)state;
	assert_int_equal(call(_IO(';', 0x64), NULL), 0);
	assert_int_equal(call(_IO(';', 0x65), (void *)1), 1);
	assert_int_equal(call(_IO(';', 0x65), (void *)2), 0);
	assert_int_equal(call(_IO(';', 0x65), (void *)4), -ENODEV);
	assert_int_equal(call(_IO(';', 0x66), (void *)8), -EINVAL);
	assert_int_equal(call(_IO(';', 0x66), (void *)1), -ENODEV);
	assert_int_equal(call(_IO(';', 0x71), NULL), -EFAULT);
	assert_int_equal(call(_IO(';', 0x71), &m), -EINVAL);
	m.flags = 3;
	assert_int_equal(call(_IO(';', 0x71), &m), -ENODEV);
	assert_int_equal(call(_IO(';', 0x72), &u), -ENODEV);
	c.ioas_id = ioas_alloc();
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), 0);
	assert_int_equal(call(_IO(';', 0x65), (void *)4), 1);
	assert_int_equal(call(_IO(';', 0x66), (void *)3), 0);
	d = mock_domain(c.ioas_id);
	assert_int_equal(call(_IO(';', 0x65), (void *)4), 0);
	m.argsz = 31;
	assert_int_equal(call(_IO(';', 0x71), &m), -EINVAL);
	m.argsz = sizeof(m);
	assert_int_equal(call(_IO(';', 0x71), &m), 0);
	/* version 2 of type 1 cannot take a page out of the middle */
	assert_int_equal(call(_IO(';', 0x72), &u), -ENOENT);
	assert_int_equal(u.size, 0);
	u.iova = 0x2000000;
	u.size = 0x100000;
	assert_int_equal(call(_IO(';', 0x72), &u), 0);
	assert_int_equal(u.size, 8 * PAGE);
	/* version 1 can */
	assert_int_equal(call(_IO(';', 0x66), (void *)1), 0);
	assert_int_equal(call(_IO(';', 0x71), &m), 0);
	u.iova = 0x2002000;
	u.size = PAGE;
	assert_int_equal(call(_IO(';', 0x72), &u), 0);
	assert_int_equal(u.size, PAGE);
	assert_int_equal(check_map(d.hwpt, 0x2000000, buf, 2 * PAGE), 0);
	assert_int_equal(check_map(d.hwpt, 0x2002000, buf + 2 * PAGE, PAGE), -EINVAL);
	assert_int_equal(check_map(d.hwpt, 0x2003000, buf + 3 * PAGE, 5 * PAGE), 0);
	assert_int_equal(check_refs(buf + 2 * PAGE, PAGE, 0), 0);
	assert_int_equal(check_refs(buf + 3 * PAGE, 5 * PAGE, 1), 0);
	u.flags = 2;
	assert_int_equal(call(_IO(';', 0x72), &u), -EINVAL);
	u.iova = u.size = 0;
	assert_int_equal(call(_IO(';', 0x72), &u), 0);
	assert_int_equal(u.size, 7 * PAGE);
}

static void test_vfio_compat_info(void **state)
{
	uint32_t info[64] = { sizeof(info) }, whole = 24 + 16 + 32;
	struct iom_vfio_ioas c = { .size = sizeof(c), .op = IOM_VFIO_IOAS_SET };

	(void)state;
	assert_int_equal(call(_IO(';', 0x70), NULL), -EFAULT);
	assert_int_equal(call(_IO(';', 0x70), info), -ENODEV);
	c.ioas_id = ioas_alloc();
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), 0);
	mock_domain(c.ioas_id);
	assert_int_equal(call(_IO(';', 0x70), info), 0);
	assert_int_equal(info[0], whole);
	assert_int_equal(info[1], 3);
	assert_int_equal(info[2], 0xfffff000); /* page sizes */
	assert_int_equal(info[4], 24);
	assert_int_equal(info[6], 0x10003); /* how many mappings */
	assert_int_equal(info[7], 40);
	assert_int_equal(info[8], UINT32_MAX);
	assert_int_equal(info[10], 0x10001); /* ranges */
	assert_int_equal(info[12], 1);
	assert_int_equal(info[14], APERTURE);
	assert_int_equal(info[16], IOM_MOCK_APERTURE_LAST);
	info[0] = 16;
	info[4] = 7;
	assert_int_equal(call(_IO(';', 0x70), info), 0);
	assert_int_equal(info[0], whole);
	assert_int_equal(info[4], 7);
	info[0] = 15;
	assert_int_equal(call(_IO(';', 0x70), info), -EINVAL);
}

/* ---- the software MSI window of the unmerged series ---- */

static void test_sw_msi(void **state)
{
	uint32_t ioas = ioas_alloc();
	struct mock d0 = mock_domain(ioas), d1;
	enum { START = IOM_OPTION_SW_MSI_START, SIZE = IOM_OPTION_SW_MSI_SIZE };
	const uint64_t top = UINT64_MAX - 0x100000 + 1;
	uint64_t val = 0;

	(void)state;
	assert_int_equal(mock_flags(ioas, IOM_MOCK_FLAGS_DEVICE_NO_ATTACH, &d1), 0);
	assert_int_equal(d1.hwpt, 0);
	assert_int_equal(option(START, IOM_OPTION_OP_GET, d1.idev, &val), 0);
	assert_true(val == UINT64_MAX);
	assert_int_equal(set_option(SIZE, d1.idev, 1), -EINVAL); /* no START yet */

	/* the rows of the series' own test, in its order */
	assert_int_equal(set_option(START, ioas, 0x70000000), -ENOENT);
	assert_int_equal(set_option(SIZE, 0, 2), -ENOENT);
	assert_int_equal(set_option(START, d0.idev, 0x70000000), -EBUSY);
	assert_int_equal(set_option(START, d1.idev, 0x7fffffff), -EINVAL);
	assert_int_equal(set_option(START, d1.idev, 0x7fffff00), -EINVAL);
	assert_int_equal(set_option(START, d1.idev, 0x7fff0000), -EINVAL);
	assert_int_equal(set_option(START, d1.idev, 0x80000000), -EADDRINUSE);
	assert_int_equal(set_option(START, d1.idev, 0x80400000), -EADDRINUSE);
	assert_int_equal(set_option(START, d1.idev, 0x80800000), -EADDRINUSE);
	assert_int_equal(set_option(START, d1.idev, 0x80c00000), -EADDRINUSE);
	assert_int_equal(set_option(START, d1.idev, 0x7ff00000), 0);
	assert_int_equal(set_option(SIZE, d1.idev, 2), -EADDRINUSE);
	assert_int_equal(set_option(START, d1.idev, top), 0);
	assert_int_equal(set_option(SIZE, d1.idev, 2), -EOVERFLOW);
	assert_int_equal(set_option(START, d1.idev, 0x70000000), 0);
	assert_int_equal(set_option(SIZE, d1.idev, 2), 0);
	assert_int_equal(option(START, IOM_OPTION_OP_GET, d1.idev, &val), 0);
	assert_int_equal(val, 0x70000000);
	assert_int_equal(option(SIZE, IOM_OPTION_OP_GET, d1.idev, &val), 0);
	assert_int_equal(val, 2);

	/* what the text says beyond them */
	assert_int_equal(set_option(SIZE, d1.idev, (SIZE_MAX >> 20) + 1), -EINVAL);
	assert_int_equal(set_option(SIZE, d1.idev, SIZE_MAX >> 20), -EOVERFLOW);
	assert_int_equal(option(SIZE, IOM_OPTION_OP_GET, d0.idev, &val), -EBUSY);
	assert_int_equal(option(SIZE, 7, d1.idev, &val), 0);
	assert_int_equal(set_option(START, d1.idev, 0), 0);
	assert_int_equal(set_option(SIZE, d1.idev, 0), 0);
	assert_int_equal(destroy(d1.idev), -EBUSY);
	assert_int_equal(destroy(d1.stdev), 0);

	restart("abi=7.3");
	ioas = ioas_alloc();
	assert_int_equal(mock_flags(ioas, IOM_MOCK_FLAGS_DEVICE_NO_ATTACH, &d1), -EINVAL);
	assert_int_equal(set_option(START, 0, 0), -EOPNOTSUPP);
	assert_int_equal(set_option(SIZE, ioas, 0), -EOPNOTSUPP);
}

/* ---- accounting ---- */

static void test_memlock(void **state)
{
	struct rlimit old, lim;
	bool cap = has_cap(CAP_IPC_LOCK);
	uint32_t ioas = ioas_alloc();

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &old), 0);
	lim = old;
	lim.rlim_cur = 4 * PAGE;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &lim), 0);
	if (cap)
		set_cap(CAP_IPC_LOCK, false);
	assert_int_equal(map_at(ioas, buf, 64 * PAGE, APERTURE), 0); /* nothing pinned */
	assert_int_equal(unmap(ioas, APERTURE, 64 * PAGE, NULL), 0);
	mock_domain(ioas);
	assert_int_equal(map_at(ioas, buf, 5 * PAGE, APERTURE), -ENOMEM);
	assert_int_equal(map_at(ioas, buf, 3 * PAGE, APERTURE), 0);
	/* a copy shares the pins */
	assert_int_equal(copy(ioas, ioas, 3 * PAGE, APERTURE + 8 * PAGE, APERTURE), 0);
	assert_int_equal(map_at(ioas, buf, PAGE, APERTURE + 4 * PAGE), 0);
	assert_int_equal(map_at(ioas, buf, PAGE, APERTURE + 5 * PAGE), -ENOMEM);
	assert_int_equal(unmap(ioas, APERTURE, 3 * PAGE, NULL), 0);
	assert_int_equal(map_at(ioas, buf, PAGE, APERTURE + 5 * PAGE), -ENOMEM);
	assert_int_equal(unmap(ioas, APERTURE + 8 * PAGE, 3 * PAGE, NULL), 0);
	assert_int_equal(map_at(ioas, buf, 3 * PAGE, APERTURE), 0);
	if (cap)
		set_cap(CAP_IPC_LOCK, true);
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &old), 0);
}

/* ---- VFIO devices ---- */

static int vfio_bind(int dev, int ctx, uint32_t *id)
{
	struct iom_vfio_bind b = { .argsz = 16, .iommufd = ctx };
	int rc = iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b);

	*id = b.out_devid;
	return rc;
}

static int vfio_attach(int dev, uint32_t pt, uint32_t *hwpt)
{
	struct iom_vfio_attach a = { .argsz = 12, .pt_id = pt };
	int rc = iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a);

	*hwpt = a.pt_id;
	return rc;
}

static int vfio_detach(int dev)
{
	struct iom_vfio_detach d = { .argsz = 8 };

	return iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_DETACH_IOMMUFD_PT, &d);
}

static void test_vfio_bind(void **state)
{
	int dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0"), twin, other;
	struct iom_vfio_bind b = { .argsz = 15, .iommufd = fd };
	struct iom_vfio_device_info info = { .argsz = sizeof(info) };
	uint8_t uuid[16] = { 0 };
	uint32_t id;

	(void)state;
	assert_true(dev >= 0);
	assert_int_equal(iom_emu_open(emu, "/dev/vfio/devices/vfio9"), -ENOENT);
	assert_int_equal(iom_emu_open(emu, "/dev/nothing"), -ENOENT);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_GET_INFO, &info), -EINVAL);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, NULL), -EFAULT);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), -EINVAL);
	b.argsz = 16;
	b.flags = 2;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), -EINVAL);
	b.argsz = 24;
	b.flags = IOM_VFIO_DEVICE_BIND_FLAG_TOKEN;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), -EFAULT);
	b.token_uuid_ptr = (uintptr_t)uuid;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), -EINVAL);
	assert_int_equal(vfio_bind(dev, -1, &id), -EINVAL);
	assert_int_equal(vfio_bind(dev, 999, &id), -EBADF);
	assert_int_equal(vfio_bind(dev, 0, &id), -EBADFD);
	assert_int_equal(vfio_bind(dev, dev, &id), -EBADFD);
	assert_int_equal(vfio_bind(dev, fd, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(vfio_bind(dev, fd, &id), -EINVAL);
	twin = iom_emu_open(emu, "/dev/vfio/devices/vfio0");
	assert_int_equal(vfio_bind(twin, fd, &id), -EINVAL);
	assert_int_equal(destroy(1), -EBUSY);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_GET_INFO, &info), 0);
	assert_int_equal(info.flags, 3);
	assert_int_equal(info.num_regions, 9);
	assert_int_equal(info.num_irqs, 5);
	info.argsz = 15;
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_GET_INFO, &info), -EINVAL);
	assert_int_equal(iom_emu_ioctl(emu, dev, _IO(';', 0x7f), &info), -ENOTTY);
	assert_int_equal(iom_emu_close(emu, dev), 0);
	assert_int_equal(vfio_bind(twin, fd, &id), 0);
	/* the device keeps the context */
	other = fd;
	fd = iom_emu_open(emu, "/dev/iommu");
	assert_int_equal(iom_emu_close(emu, other), 0);
	assert_int_equal(iom_emu_close(emu, twin), 0);
}

#define REGION(index) ((uint64_t)(index) << 40)

static void test_vfio_region(void **state)
{
	int dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0");
	uint8_t out[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 }, in[16];
	uint32_t id;

	(void)state;
	assert_int_equal(iom_emu_pread(emu, 999, in, 4, 0), -EBADF);
	assert_int_equal(iom_emu_pread(emu, fd, in, 4, 0), -EINVAL);
	assert_int_equal(iom_emu_pread(emu, dev, in, 4, 0), -EINVAL);
	assert_int_equal(iom_emu_pwrite(emu, dev, out, 4, 0), -EINVAL);
	assert_int_equal(vfio_bind(dev, fd, &id), 0);
	assert_int_equal(iom_emu_pread(emu, dev, in, 0, REGION(77)), 0);
	assert_int_equal(iom_emu_pread(emu, dev, in, 4, REGION(77)), -EINVAL);
	assert_int_equal(iom_emu_pread(emu, dev, in, 4, UINT64_MAX), -EINVAL);
	for (unsigned int i = 1; i < 9; i++)
		if (i != IOM_VFIO_PCI_BAR4_REGION_INDEX && i != IOM_VFIO_PCI_CONFIG_REGION_INDEX)
			assert_int_equal(iom_emu_pwrite(emu, dev, out, 4, REGION(i)), -EINVAL);
	/* A BAR takes what fits, the configuration space all or nothing. */
	assert_int_equal(iom_emu_pwrite(emu, dev, out, 16, 0xff4), 12);
	assert_int_equal(iom_emu_pread(emu, dev, in, 16, 0xff8), 8);
	assert_memory_equal(in, out + 4, 8);
	assert_int_equal(iom_emu_pread(emu, dev, in, 1, 0x1000), -EINVAL);
	assert_int_equal(iom_emu_pread(emu, dev, in, 2, REGION(7) + 0xfff), -EFAULT);
	assert_int_equal(iom_emu_pread(emu, dev, in, 1, REGION(7) + 0x1000), -EFAULT);
	assert_int_equal(iom_emu_pread(emu, dev, in, 16, REGION(7) + 0xff0), 16);
	/* Bytes of the caller that are not there: what lies before them was moved. */
	assert_int_equal(mprotect(buf + PAGE, PAGE, PROT_NONE), 0);
	assert_int_equal(iom_emu_pwrite(emu, dev, buf + PAGE - 4, 8, 0xff8), -EFAULT);
	assert_int_equal(iom_emu_pread(emu, dev, in, 8, 0xff8), 8);
	assert_memory_equal(in, ((uint8_t[8]){ [4] = 9, 10, 11, 12 }), 8);
	assert_int_equal(iom_emu_pread(emu, dev, buf + PAGE, 1, 0xff8), -EFAULT);
	assert_int_equal(iom_emu_pread(emu, dev, buf + PAGE, 1, REGION(7)), -EFAULT);
	assert_int_equal(iom_emu_pwrite(emu, dev, buf + PAGE, 1, REGION(7)), -EFAULT);
	assert_int_equal(iom_emu_pread(emu, dev, buf + PAGE, 1, REGION(4)), -EFAULT);
	assert_int_equal(mprotect(buf + PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
	/* The table of MSI-X is readable even when memory is off, what lies behind it is not. */
	assert_int_equal(iom_emu_pwrite(emu, dev, (uint8_t[2]){ 0 }, 2, REGION(7) + 4), 2);
	assert_int_equal(iom_emu_pread(emu, dev, in, 8, REGION(4) + 0x38), 8);
	assert_int_equal(in[7], 0xff);
	assert_int_equal(iom_emu_pread(emu, dev, in, 8, REGION(4) + 0x3c), -EIO);
	assert_int_equal(iom_emu_pwrite(emu, dev, out, 8, REGION(4)), 8);
	assert_int_equal(iom_emu_pwrite(emu, dev, out, 1, 0), -EIO);
	/* The next user finds a fresh device. */
	assert_int_equal(iom_emu_close(emu, dev), 0);
	dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0");
	assert_int_equal(vfio_bind(dev, fd, &id), 0);
	assert_int_equal(iom_emu_pread(emu, dev, in, 1, 0xff8), 1);
	assert_int_equal(in[0], 0);
	assert_int_equal(iom_emu_close(emu, dev), 0);
}

static void test_vfio_attach(void **state)
{
	int smmu = iom_emu_open(emu, "/dev/vfio/devices/vfio0");
	int vtd = iom_emu_open(emu, "/dev/vfio/devices/vfio1");
	struct iom_vfio_attach a = { .argsz = 16, .flags = 1 };
	struct iom_iova_range r[4];
	uint32_t ioas = ioas_alloc(), id, h, h2, n = 4;
	uint64_t alignment = 0;

	(void)state;
	assert_int_equal(vfio_attach(smmu, ioas, &h), -EINVAL);
	assert_int_equal(vfio_bind(smmu, fd, &id), 0);
	assert_int_equal(id, 2);
	assert_int_equal(vfio_bind(vtd, fd, &id), 0);
	assert_int_equal(iom_emu_ioctl(emu, smmu, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, NULL),
			 -EFAULT);
	assert_int_equal(iom_emu_ioctl(emu, smmu, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a),
			 -ENOENT);
	a.flags = 2;
	assert_int_equal(iom_emu_ioctl(emu, smmu, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a),
			 -EINVAL);
	assert_int_equal(vfio_detach(smmu), 0);
	assert_int_equal(vfio_attach(smmu, 99, &h), -ENOENT);
	assert_int_equal(vfio_attach(smmu, id, &h), -EINVAL);
	assert_int_equal(map_at(ioas, buf, PAGE, 0x8000000), 0);
	assert_int_equal(vfio_attach(smmu, ioas, &h), -EADDRINUSE);
	assert_int_equal(unmap(ioas, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(vfio_attach(smmu, ioas, &h), 0);
	assert_int_equal(h, 4);
	assert_int_equal(ranges(ioas, r, &n, &alignment), 0);
	assert_int_equal(n, 2);
	assert_int_equal(r[0].last, 0x7ffffff);
	assert_int_equal(r[1].start, 0x8100000);
	assert_int_equal(r[1].last, 0xffffffffffff);
	assert_int_equal(alignment, PAGE);
	assert_int_equal(vfio_attach(vtd, h, &h2), -EINVAL); /* another IOMMU's */
	assert_int_equal(vfio_attach(vtd, ioas, &h2), 0);
	assert_int_equal(h2, 5);
	n = 4;
	assert_int_equal(ranges(ioas, r, &n, &alignment), 0);
	assert_int_equal(n, 3);
	assert_int_equal(r[1].last, 0xfedfffff);
	assert_int_equal(vfio_attach(vtd, h2, &h2), 0); /* again: replace by itself */
	assert_int_equal(destroy(h2), -EBUSY);
	assert_int_equal(vfio_detach(vtd), 0);
	assert_int_equal(destroy(h2), -ENOENT);
	assert_int_equal(iom_emu_close(emu, smmu), 0); /* detaches */
	n = 4;
	assert_int_equal(ranges(ioas, r, &n, &alignment), 0);
	assert_int_equal(n, 1);
	assert_int_equal(alignment, 1);
	assert_int_equal(destroy(ioas), 0);
}

struct seen {
	struct iom_region r[8];
	unsigned int n;
};

static int note_region(const struct iom_region *r, void *arg)
{
	struct seen *s = arg;

	assert_true(s->n < 8);
	s->r[s->n++] = *r;
	return 0;
}

static int stop_region(const struct iom_region *r, void *arg)
{
	(void)r;
	(void)arg;
	return 5;
}

static void test_vfio_sw_msi(void **state)
{
	int dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0");
	uint32_t ioas = ioas_alloc(), second = ioas_alloc(), id, h;
	struct seen s = { .n = 0 };

	(void)state;
	assert_int_equal(vfio_bind(dev, fd, &id), 0);
	assert_int_equal(set_option(IOM_OPTION_SW_MSI_START, id, 0x40000000), 0);
	assert_int_equal(set_option(IOM_OPTION_SW_MSI_SIZE, id, 2), 0);
	assert_int_equal(vfio_attach(dev, ioas, &h), 0);
	assert_int_equal(iom_emu_regions(emu, fd, ioas, note_region, &s), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.r[0].start, 0x40000000);
	assert_int_equal(s.r[0].last, 0x401fffff);
	assert_string_equal(s.r[0].kind, "sw-msi");
	assert_string_equal(s.r[0].owner, "vfio0");
	assert_string_equal(s.r[1].kind, "aperture");
	assert_int_equal(iom_emu_regions(emu, fd, ioas, stop_region, &s), 5);
	assert_int_equal(iom_emu_regions(emu, fd, 99, note_region, &s), -ENOENT);
	assert_int_equal(iom_emu_regions(emu, dev, ioas, note_region, &s), -EBADF);
	assert_int_equal(set_option(IOM_OPTION_SW_MSI_SIZE, id, 1), -EBUSY);
	/* replacing an attachment goes back to the driver's window */
	s.n = 0;
	assert_int_equal(vfio_attach(dev, second, &h), 0);
	assert_int_equal(iom_emu_regions(emu, fd, second, note_region, &s), 0);
	assert_int_equal(s.r[0].start, 0x8000000);
	s.n = 0;
	assert_int_equal(iom_emu_regions(emu, fd, ioas, note_region, &s), 0);
	assert_int_equal(s.n, 0);
}

/* Devices of one group stand and fall together. */
static void test_vfio_group(void **state)
{
	uint32_t a, b, id, h, h2;
	int d0, d1, other;

	(void)state;
	restart("device=x,group=1,aperture=0-0xffffffff,resv=0x1000-0x1fff:direct,"
		"resv=0x4000-0x4fff:direct-relaxable\n"
		"device=y,group=1,aperture=0-0xffffffff,resv=0x2000-0x2fff:reserved;abi=7.3");
	a = ioas_alloc();
	b = ioas_alloc();
	d0 = iom_emu_open(emu, "/dev/vfio/devices/x");
	d1 = iom_emu_open(emu, "/dev/vfio/devices/y");
	assert_int_equal(iom_emu_open(emu, "/dev/vfio/devices/vfio0"), -ENOENT);
	other = iom_emu_open(emu, "/dev/iommu");
	assert_int_equal(vfio_bind(d0, fd, &id), 0);
	assert_int_equal(vfio_bind(d1, other, &id), -EPERM);
	assert_int_equal(vfio_bind(d1, fd, &id), 0);
	assert_int_equal(vfio_attach(d0, a, &h), 0);
	assert_int_equal(vfio_attach(d1, b, &h2), -EINVAL);
	assert_int_equal(map_at(a, buf, PAGE, 0x1000), -EINVAL);
	assert_int_equal(map_at(a, buf, PAGE, 0x4000), 0);
	assert_int_equal(map_at(a, buf, PAGE, 0x2000), 0);
	assert_int_equal(vfio_attach(d1, a, &h2), -EADDRINUSE);
	assert_int_equal(unmap(a, 0x2000, PAGE, NULL), 0);
	assert_int_equal(vfio_attach(d1, a, &h2), 0);
	assert_int_equal(h, h2);
	/* both move */
	assert_int_equal(vfio_attach(d0, b, &h2), 0);
	assert_int_equal(map_at(b, buf, PAGE, 0x2000), -EINVAL);
	assert_int_equal(map_at(a, buf, PAGE, 0x2000), 0);
	assert_int_equal(destroy(a), 0);
	assert_int_equal(vfio_detach(d0), 0);
	assert_int_equal(destroy(h2), -EBUSY);
	assert_int_equal(vfio_detach(d1), 0);
	assert_int_equal(destroy(h2), -ENOENT);
}

static void test_spec(void **state)
{
	static const char *const wrong[] = {
		"what=1",
		"abi=tsm",
		"device=",
		"device=a/b",
		"device=a;device=a",
		"device=a,colour=red",
		"device=a,iommu",
		"device=a,iommu=x",
		"device=a,group=-1",
		"device=a,aperture=5",
		"device=a,aperture=9-5",
		"device=a,pgsizes=0",
		"device=a,driver=nvidia",
		"device=a,cap=1",
		"device=a,cap=1,driver=intel",
		"device=a,driver=intel,cap=red",
		"device=a,driver=intel,idr0=1",
		"device=a,driver=intel,ecap=0x80000000000",
		"device=a,driver=intel,ecap=0,cap=0",
		"device=a,driver=arm-smmuv3,idr0=0x100000000",
		"device=a,driver=arm-smmuv3,idr0=0x10",
		"device=a,driver=tegra241,efr=1",
		"device=a,resv=1-2",
		"device=a,resv=1-2:soft",
		"device=a,resv=2-1:msi",
		"device=a,bdf=0123456789abcdef",
		"device=a,resv=1-2:sw-msi,resv=4-5:sw-msi",
		"device=0123456789012345678901234567890123456789",
	};
	size_t i;

	(void)state;
	for (i = 0; i < IOM_ARRAY_SIZE(wrong); i++) {
		struct iom_err err = { 0 };

		if (iom_emu_new(wrong[i], &err))
			fail_msg("accepted: %s", wrong[i]);
		assert_int_equal(err.exit, IOM_EXIT_USAGE);
		assert_true(err.what[0] != '\0');
	}
	restart("abi=sw-msi-v2;device=a,bdf=0000:01:00.0,iommu=3,pgsizes=0x1000");
	iom_emu_free(NULL);
}

/* ---- threads, many ---- */

static void *map_a_lot(void *arg)
{
	uint32_t ioas = *(uint32_t *)arg;
	uint64_t iova = 0;
	int i, bad = 0;

	for (i = 0; i < 2000; i++) {
		bad |= map_any(ioas, buf + PAGE, PAGE, &iova);
		bad |= unmap(ioas, iova, PAGE, NULL);
	}
	return bad ? arg : NULL;
}

static void test_threads(void **state)
{
	uint32_t ioas = ioas_alloc(), two = ioas_alloc();
	pthread_t t[4];
	void *bad;
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, map_a_lot, i % 2 ? &ioas : &two), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(t[i], &bad), 0);
		assert_null(bad);
	}
}

/* What is still open and mapped is freed with the machine; the sanitizer watches. */
static void test_left_open(void **state)
{
	uint32_t ioas = ioas_alloc(), item, id, h;
	int afd, dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0");
	uint64_t i;

	(void)state;
	mock_domain(ioas);
	for (i = 0; i < 100; i++)
		assert_int_equal(map_at(ioas, buf, PAGE, APERTURE + i * PAGE), 0);
	assert_int_equal(create_access(ioas, 1, &afd), 0);
	assert_int_equal(access_pages(afd, APERTURE, NULL, 50 * PAGE, 0, &item), 0);
	assert_int_equal(vfio_bind(dev, fd, &id), 0);
	assert_int_equal(vfio_attach(dev, ioas, &h), 0);
	assert_int_equal(add_reserved(ioas, 0x20000000, PAGE), 0);
	/* a number that was closed behind our back is taken again */
	close(afd);
	assert_true(iom_emu_open(emu, "/dev/iommu") >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_dispatch),    T(test_bad_pointers), T(test_ids),
		T(test_mock_errors), T(test_replace),	   T(test_options),
		T(test_vfio_ioas),   T(test_vfio_compat),  T(test_vfio_compat_info),
		T(test_sw_msi),	     T(test_memlock),	   T(test_vfio_bind),
		T(test_vfio_region), T(test_vfio_attach), T(test_vfio_sw_msi),  T(test_vfio_group),
		T(test_spec),	     T(test_threads),	   T(test_left_open),
	};

	return cmocka_run_group_tests_name("emu", tests, NULL, NULL);
}
