/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hardware page tables of the emulator: allocation, nesting, dirty tracking, hardware information. */
#include "emu_calls.h"

#define NEST   IOM_HWPT_ALLOC_NEST_PARENT
#define DIRTY  IOM_HWPT_ALLOC_DIRTY_TRACKING
#define PASID  IOM_HWPT_ALLOC_PASID
#define FAULT  IOM_HWPT_FAULT_ID_VALID
#define SELF   IOM_HWPT_DATA_SELFTEST
#define IOTLB0 IOM_TEST_IOTLB_DEFAULT

static int hwpt_data(uint32_t dev, uint32_t pt, uint32_t flags, uint32_t type, const void *data,
		     uint32_t len, uint32_t *id)
{
	struct iom_hwpt_alloc c = { .size = sizeof(c),
				    .flags = flags,
				    .dev_id = dev,
				    .pt_id = pt,
				    .data_type = type,
				    .data_len = len,
				    .data_uptr = (uintptr_t)data };
	int rc = call(IOM_NR_HWPT_ALLOC, &c);

	*id = c.out_hwpt_id;
	return rc;
}

static uint32_t hwpt(uint32_t dev, uint32_t pt, uint32_t flags)
{
	uint32_t id;

	assert_int_equal(hwpt_data(dev, pt, flags, 0, NULL, 0, &id), 0);
	return id;
}

static uint32_t nested(uint32_t dev, uint32_t parent)
{
	struct iom_hwpt_selftest d = { .iotlb = IOTLB0 };
	uint32_t id;

	assert_int_equal(hwpt_data(dev, parent, 0, SELF, &d, sizeof(d), &id), 0);
	return id;
}

static int replace(uint32_t stdev, uint32_t pt)
{
	struct iom_test_cmd c = { .mock_domain_replace.pt_id = pt };

	return test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN_REPLACE, stdev);
}

/* ---- allocation ---- */

/* In a context with ioas 1, mock device 2/3 with hwpt 4, no-dirty 5/6 (hwpt 4), nest parent 7. */
static void scene(void)
{
	struct mock m;

	assert_int_equal(ioas_alloc(), 1);
	m = mock_domain(1);
	assert_int_equal(m.stdev, 2);
	assert_int_equal(m.idev, 3);
	assert_int_equal(m.hwpt, 4);
	assert_int_equal(mock_flags(1, IOM_MOCK_FLAGS_DEVICE_NO_DIRTY, &m), 0);
	assert_int_equal(m.idev, 6);
	assert_int_equal(m.hwpt, 4);
	assert_int_equal(hwpt(3, 1, NEST), 7);
}

static void test_alloc(void **state)
{
	struct iom_hwpt_selftest d = { .iotlb = 1 }, other = { .pagetable_type = 2 };
	const struct {
		uint32_t dev, pt, flags, type;
		const void *data;
		uint32_t len;
		int rc;
	} rows[] = {
		/* the data and its type belong together, before any id */
		{ 99, 99, 0x10, SELF, NULL, 0, -EINVAL },
		{ 99, 99, 0x10, 0, NULL, 4, -EINVAL },
		{ 99, 99, 0x10, 0, NULL, 0, -ENOENT },
		{ 4, 1, 0, 0, NULL, 0, -ENOENT },
		{ 3, 99, 0, 0, NULL, 0, -EINVAL },
		{ 3, 2, 0, 0, NULL, 0, -EINVAL },
		{ 3, 3, 0, 0, NULL, 0, -EINVAL },
		{ 3, 1, 0x10, 0, NULL, 0, -EOPNOTSUPP },
		{ 6, 1, DIRTY, 0, NULL, 0, -EOPNOTSUPP },
		{ 3, 1, FAULT | NEST, 0, NULL, 0, -EOPNOTSUPP },
		{ 3, 1, FAULT, 0, NULL, 0, -ENOENT },
		{ 3, 1, NEST | DIRTY | PASID, 0, NULL, 0, 0 },
		/* a paging table of the mock driver */
		{ 3, 1, 0, 1, &d, 8, -EOPNOTSUPP },
		{ 3, 1, 0, SELF, &d, 3, -EINVAL },
		{ 3, 1, 0, SELF, &d, 9, -EINVAL },
		{ 3, 1, 0, SELF, NULL, 8, -EFAULT },
		{ 3, 1, 0, SELF, &other, 8, -EOPNOTSUPP },
		{ 3, 1, 0, SELF, &d, 4, 0 },
		/* a nested one */
		{ 3, 7, NEST, SELF, &d, 8, -EOPNOTSUPP },
		{ 3, 7, DIRTY, SELF, &d, 8, -EOPNOTSUPP },
		{ 3, 4, 0, 0, NULL, 0, -EOPNOTSUPP },
		{ 3, 4, 0, SELF, &d, 8, -EINVAL },
		{ 3, 7, 0, 1, &d, 8, -EOPNOTSUPP },
		{ 3, 7, 0, SELF, &d, 2, -EINVAL },
		{ 3, 7, 0, SELF, NULL, 4, -EFAULT },
		{ 3, 7, FAULT, SELF, &d, 8, -ENOENT },
		{ 6, 7, PASID, SELF, &other, 8, 0 },
	};
	struct iom_hwpt_alloc c = { .size = 24, .dev_id = 3, .pt_id = 1, .reserved = 1 };
	uint32_t id;
	size_t i;

	(void)state;
	scene();
	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &c), -EOPNOTSUPP);
	c.reserved = 0;
	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &c), 0);
	assert_int_equal(c.out_hwpt_id, 8);
	assert_int_equal(destroy(8), 0);
	for (i = 0; i < IOM_ARRAY_SIZE(rows); i++) {
		int rc = hwpt_data(rows[i].dev, rows[i].pt, rows[i].flags, rows[i].type,
				   rows[i].data, rows[i].len, &id);

		if (rc != rows[i].rc)
			fail_msg("row %zu: %d instead of %d", i, rc, rows[i].rc);
		/* a refusal leaves no id behind */
		assert_int_equal(id, rc ? 0 : 8);
		if (!rc)
			assert_int_equal(destroy(8), 0);
	}
}

static void test_uses(void **state)
{
	uint32_t h, n;

	(void)state;
	scene();
	h = hwpt(3, 1, 0);
	n = nested(3, 7);
	assert_int_equal(destroy(7), -EBUSY); /* the parent */
	assert_int_equal(replace(2, n), 0);
	assert_int_equal(destroy(n), -EBUSY);
	assert_int_equal(replace(2, h), 0);
	assert_int_equal(destroy(n), 0);
	assert_int_equal(destroy(7), 0);
	assert_int_equal(destroy(h), -EBUSY);
	assert_int_equal(destroy(2), 0); /* the device lets go, the table stays */
	assert_int_equal(destroy(5), 0);
	assert_int_equal(destroy(1), -EBUSY);
	assert_int_equal(destroy(h), 0);
	assert_int_equal(destroy(1), 0);
}

static void test_attach(void **state)
{
	uint32_t dirty, n;
	struct mock m;

	(void)state;
	scene();
	dirty = hwpt(3, 1, DIRTY);
	n = nested(3, 7);
	assert_int_equal(replace(5, dirty), -EINVAL); /* a device that cannot track */
	assert_int_equal(replace(2, dirty), 0);
	assert_int_equal(mock_flags(dirty, IOM_MOCK_FLAGS_DEVICE_NO_DIRTY, &m), -EINVAL);
	assert_int_equal(mock_flags(n, 0, &m), 0);
	assert_int_equal(m.hwpt, n);
	/* a table made by the user is never chosen for a device */
	assert_int_equal(replace(m.stdev, 1), 0);
	assert_int_equal(destroy(n), 0);
	assert_int_equal(map_at(1, buf, PAGE, APERTURE), 0);
	assert_int_equal(check_map(7, APERTURE, buf, PAGE), 0);
	assert_int_equal(check_map(dirty, APERTURE, buf, PAGE), 0);
}

static void test_huge(void **state)
{
	struct iom_hwpt_selftest d = { .pagetable_type = 1 };
	struct iom_iova_range r[2];
	uint32_t ioas, id, n = 2;
	uint64_t alignment;

	(void)state;
	scene();
	ioas = ioas_alloc();
	assert_int_equal(hwpt_data(3, ioas, 0, SELF, &d, sizeof(d), &id), 0);
	assert_int_equal(ranges(ioas, r, &n, &alignment), 0);
	assert_int_equal(n, 1);
	assert_int_equal(r[0].start, 0);
	assert_int_equal(r[0].last, ((uint64_t)1 << 38) - 1);
	assert_int_equal(alignment, PAGE);
	assert_int_equal(map_at(ioas, buf, BUF_SIZE, 0), 0);
	assert_int_equal(check_map(id, 0, buf, BUF_SIZE), 0);
	assert_int_equal(check_map(id, 2048, buf + 2048, PAGE), -EINVAL);
}

/* ---- invalidation ---- */

static int check_iotlb(uint32_t id, uint32_t entry, uint32_t value)
{
	struct iom_test_cmd c = { .check_iotlb = { entry, value } };

	return test_cmd(&c, IOM_TEST_OP_MD_CHECK_IOTLB, id);
}

static void test_invalidate(void **state)
{
	struct iom_hwpt_invalidate_selftest e[4] = { { 0, 1 }, { 0, 3 }, { 2, 0 }, { 0, 4 } };
	const struct {
		uint32_t id, type, len, num, reserved;
		int rc;
		uint32_t done;
	} rows[] = {
		{ 99, 1, 0, 1, 1, -EOPNOTSUPP, 0 },
		{ 99, 1, 0, 1, 0, -EINVAL, 0 },
		{ 99, 1, 4097, 1, 0, -EINVAL, 0 },
		{ 99, 1, 8, (1u << 19) + 1, 0, -EINVAL, 0 },
		{ 99, 1, 8, 1, 0, -ENOENT, 0 },
		{ 7, IOM_HWPT_INVALIDATE_DATA_SELFTEST, 8, 1, 0, -EINVAL, 0 },
		{ 8, IOM_HWPT_INVALIDATE_DATA_SELFTEST_INVALID, 0, 0, 0, -EINVAL, 0 },
		{ 8, IOM_HWPT_INVALIDATE_DATA_SELFTEST, 0, 0, 0, 0, 0 },
		{ 8, IOM_HWPT_INVALIDATE_DATA_SELFTEST, 4, 1, 0, -EINVAL, 0 },
		{ 8, IOM_HWPT_INVALIDATE_DATA_SELFTEST, 16, 1, 0, -EINVAL, 0 },
		{ 8, IOM_HWPT_INVALIDATE_DATA_SELFTEST, 8, 1, 0, 0, 1 },
		{ 8, IOM_HWPT_INVALIDATE_DATA_SELFTEST, 8, 3, 0, -EOPNOTSUPP, 2 },
	};
	struct iom_hwpt_invalidate c;
	uint32_t n;
	size_t i;

	(void)state;
	scene();
	n = nested(3, 7);
	assert_int_equal(n, 8);
	assert_int_equal(check_iotlb(7, 0, IOTLB0), -ENOENT);
	assert_int_equal(check_iotlb(n, 4, IOTLB0), -EINVAL);
	for (i = 0; i < 4; i++)
		assert_int_equal(check_iotlb(n, (uint32_t)i, IOTLB0), 0);
	for (i = 0; i < IOM_ARRAY_SIZE(rows); i++) {
		c = (struct iom_hwpt_invalidate){ .size = sizeof(c),
						  .hwpt_id = rows[i].id,
						  .data_uptr = (uintptr_t)e,
						  .data_type = rows[i].type,
						  .entry_len = rows[i].len,
						  .entry_num = rows[i].num,
						  .reserved = rows[i].reserved };
		if (call(IOM_NR_HWPT_INVALIDATE, &c) != rows[i].rc)
			fail_msg("row %zu", i);
		assert_int_equal(c.entry_num, rows[i].done);
	}
	assert_int_equal(check_iotlb(n, 0, IOTLB0), 0);
	assert_int_equal(check_iotlb(n, 1, 0), 0);
	assert_int_equal(check_iotlb(n, 3, 0), 0);
	e[0] = (struct iom_hwpt_invalidate_selftest){ IOM_TEST_INVALIDATE_FLAG_ALL, 4 };
	c = (struct iom_hwpt_invalidate){ .size = sizeof(c),
					  .hwpt_id = n,
					  .data_uptr = (uintptr_t)e,
					  .data_type = IOM_HWPT_INVALIDATE_DATA_SELFTEST,
					  .entry_len = 8,
					  .entry_num = 1 };
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -EINVAL);
	e[0].iotlb_id = 0;
	c.entry_num = 1;
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), 0);
	assert_int_equal(check_iotlb(n, 0, 0), 0);
}

/* ---- dirty tracking ---- */

static int track(uint32_t id, uint32_t flags)
{
	struct iom_hwpt_set_dirty_tracking c = { .size = sizeof(c), .flags = flags, .hwpt_id = id };

	return call(IOM_NR_HWPT_SET_DIRTY_TRACKING, &c);
}

static int get_dirty(uint32_t id, uint32_t flags, uint64_t iova, uint64_t length,
		     uint64_t page_size, void *bits)
{
	struct iom_hwpt_get_dirty_bitmap c = { .size = sizeof(c),
					       .hwpt_id = id,
					       .flags = flags,
					       .iova = iova,
					       .length = length,
					       .page_size = page_size,
					       .data = (uintptr_t)bits };

	return call(IOM_NR_HWPT_GET_DIRTY_BITMAP, &c);
}

static int make_dirty(uint32_t id, uint64_t iova, uint64_t length, uint64_t page_size,
		      const void *bits, uint64_t *n)
{
	struct iom_test_cmd c = { .dirty = { .iova = iova,
					     .length = length,
					     .page_size = page_size,
					     .uptr = (uintptr_t)bits } };
	int rc = test_cmd(&c, IOM_TEST_OP_DIRTY, id);

	*n = c.dirty.out_nr_dirty;
	return rc;
}

static void test_dirty_errors(void **state)
{
	uint8_t bits[64] = { 1 };
	uint64_t n;
	uint32_t h;

	(void)state;
	scene();
	h = hwpt(3, 1, DIRTY);
	assert_int_equal(track(99, 2), -EOPNOTSUPP);
	assert_int_equal(track(99, 1), -ENOENT);
	assert_int_equal(track(4, 0), -EOPNOTSUPP);
	assert_int_equal(make_dirty(99, APERTURE, 0, PAGE, bits, &n), -EINVAL);
	assert_int_equal(make_dirty(99, APERTURE, PAGE, 0, bits, &n), -EINVAL);
	assert_int_equal(make_dirty(99, APERTURE + 1, PAGE, PAGE, bits, &n), -EINVAL);
	assert_int_equal(make_dirty(99, APERTURE, PAGE, PAGE, NULL, &n), -EINVAL);
	assert_int_equal(make_dirty(99, APERTURE, (1u << 27) + 1, 1, bits, &n), -EOVERFLOW);
	assert_int_equal(make_dirty(99, APERTURE, PAGE, PAGE, bits, &n), -ENOENT);
	assert_int_equal(make_dirty(h, APERTURE, PAGE, PAGE, bits, &n), -EINVAL);
	assert_int_equal(track(h, 1), 0);
	assert_int_equal(make_dirty(h, APERTURE, PAGE, PAGE, (void *)8, &n), -EFAULT);
	/* where nothing is mapped a write is counted and lost */
	assert_int_equal(make_dirty(h, APERTURE, PAGE, PAGE, bits, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(get_dirty(99, 2, 0, 0, 0, NULL), -EOPNOTSUPP);
	assert_int_equal(get_dirty(99, 0, 0, 0, 0, NULL), -ENOENT);
	assert_int_equal(get_dirty(4, 0, 0, 0, PAGE, NULL), -EINVAL);
	assert_int_equal(get_dirty(4, 0, UINT64_MAX, 2, PAGE, NULL), -EOVERFLOW);
	assert_int_equal(get_dirty(4, 0, APERTURE + 1024, PAGE, 1024, NULL), -EINVAL);
	assert_int_equal(get_dirty(4, 0, APERTURE, PAGE, 0, NULL), -EINVAL);
	assert_int_equal(get_dirty(4, 0, APERTURE, PAGE, 2 * PAGE, NULL), -EINVAL);
	assert_int_equal(get_dirty(4, 0, APERTURE, PAGE, PAGE, NULL), -EOPNOTSUPP);
	assert_int_equal(get_dirty(h, 0, APERTURE, PAGE, PAGE, NULL), 0);
}

static void test_dirty(void **state)
{
	const uint8_t wrote[2] = { 0x85, 0x02 }; /* pages 0, 2, 7, 9 */
	uint8_t bits[4] = { 0 };
	uint64_t n;
	uint32_t h, other;

	(void)state;
	scene();
	h = hwpt(3, 1, DIRTY);
	other = hwpt(3, 1, DIRTY);
	assert_int_equal(map_at(1, buf, 16 * PAGE, APERTURE), 0);
	assert_int_equal(track(h, 1), 0);
	assert_int_equal(make_dirty(h, APERTURE, 16 * PAGE, PAGE, wrote, &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(get_dirty(h, 1, APERTURE, 16 * PAGE, PAGE, bits), 0);
	assert_memory_equal(bits, wrote, 2);
	bits[0] = 0x08; /* what is set stays set */
	assert_int_equal(get_dirty(h, 0, APERTURE, 8 * PAGE, PAGE, bits), 0);
	assert_int_equal(bits[0], 0x8d);
	memset(bits, 0, sizeof(bits));
	assert_int_equal(get_dirty(h, 1, APERTURE, 16 * PAGE, PAGE, bits), 0);
	assert_int_equal(bits[0], 0); /* read and cleared */
	assert_int_equal(bits[1], 2);
	assert_int_equal(get_dirty(other, 0, APERTURE, 16 * PAGE, PAGE, bits + 2), 0);
	assert_int_equal(bits[3], 0); /* each table has its own */
	/* an entry is a page: both of its halves, or a part of a bigger page */
	bits[1] = 0;
	assert_int_equal(get_dirty(h, 1, APERTURE + 8 * PAGE, 4 * PAGE, 2048, bits), 0);
	assert_int_equal(bits[0], 0x0c);
	assert_int_equal(get_dirty(h, 1, APERTURE + 8 * PAGE, 8 * PAGE, 4 * PAGE, bits + 1), 0);
	assert_int_equal(bits[1], 1);
	/* one that begins before the range is cleared, but not told */
	memset(bits, 0, sizeof(bits));
	assert_int_equal(get_dirty(h, 0, APERTURE + 9 * PAGE + 2048, 2048, 2048, bits), 0);
	assert_int_equal(bits[0], 0);
	assert_int_equal(get_dirty(h, 0, APERTURE, 16 * PAGE, PAGE, bits), 0);
	assert_int_equal(bits[1], 0);
	/* switching it on begins anew, what is unmapped is forgotten */
	assert_int_equal(make_dirty(h, APERTURE, 16 * PAGE, PAGE, wrote, &n), 0);
	assert_int_equal(track(h, 1), 0);
	assert_int_equal(get_dirty(h, 0, APERTURE, 16 * PAGE, PAGE, bits), 0);
	assert_int_equal(bits[0] | bits[1], 0);
	assert_int_equal(make_dirty(h, APERTURE, 16 * PAGE, PAGE, wrote, &n), 0);
	assert_int_equal(unmap(1, APERTURE, 16 * PAGE, NULL), 0);
	assert_int_equal(map_at(1, buf, 16 * PAGE, APERTURE), 0);
	assert_int_equal(get_dirty(h, 0, APERTURE, 16 * PAGE, PAGE, bits), 0);
	assert_int_equal(bits[0] | bits[1], 0);
	/* switched off, the bits stay readable */
	assert_int_equal(make_dirty(h, APERTURE, 16 * PAGE, PAGE, wrote, &n), 0);
	assert_int_equal(track(h, 0), 0);
	assert_int_equal(make_dirty(h, APERTURE, 16 * PAGE, PAGE, wrote, &n), -EINVAL);
	assert_int_equal(get_dirty(h, 0, APERTURE, 16 * PAGE, PAGE, bits), 0);
	assert_memory_equal(bits, wrote, 2);
}

/* Holes end the walk, memory that is not there is not written: neither is told. */
static void test_dirty_silence(void **state)
{
	static const uint8_t ones[512] = { [0 ... 511] = 0xff };
	uint8_t *two =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t bits[2] = { 0 };
	uint64_t n;
	uint32_t h;

	(void)state;
	assert_true(two != MAP_FAILED);
	scene();
	h = hwpt(3, 1, DIRTY);
	assert_int_equal(track(h, 1), 0);
	assert_int_equal(map_at(1, buf, PAGE, APERTURE), 0);
	assert_int_equal(map_at(1, buf, PAGE, APERTURE + 2 * PAGE), 0);
	assert_int_equal(make_dirty(h, APERTURE, 3 * PAGE, PAGE, ones, &n), 0);
	assert_int_equal(get_dirty(h, 1, APERTURE, 3 * PAGE, PAGE, bits), 0);
	assert_int_equal(bits[0], 1);
	assert_int_equal(unmap(1, 0, UINT64_MAX, NULL), 0);

	/* a bitmap across two pages, the second of which cannot be written */
	assert_int_equal(map_at(1, buf, 16 * PAGE, APERTURE), 0);
	assert_int_equal(make_dirty(h, APERTURE, 16 * PAGE, PAGE, ones, &n), 0);
	assert_int_equal(get_dirty(h, 1, APERTURE, 16 * PAGE, PAGE, two + PAGE - 1), 0);
	assert_int_equal(two[PAGE - 1], 0xff);
	assert_int_equal(two[PAGE], 0xff);
	memset(two, 0, 2 * PAGE);
	assert_int_equal(mprotect(two + PAGE, PAGE, PROT_READ), 0);
	assert_int_equal(get_dirty(h, 1, APERTURE, 16 * PAGE, PAGE, two + PAGE - 1), 0);
	assert_int_equal(two[PAGE - 1], 0xff);
	assert_int_equal(two[PAGE], 0);
	/* one entry of many bits */
	assert_int_equal(mprotect(two + PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
	memset(two, 0, 2 * PAGE);
	assert_int_equal(unmap(1, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(map_at(1, buf, PAGE, APERTURE), 0);
	assert_int_equal(make_dirty(h, APERTURE, PAGE, PAGE, ones, &n), 0);
	assert_int_equal(get_dirty(h, 0, APERTURE, PAGE, 1, two + PAGE - 100), 0);
	assert_memory_equal(two + PAGE - 100, ones, 512);
	assert_int_equal(two[PAGE - 101] | two[PAGE + 412], 0);
	assert_int_equal(munmap(two, 2 * PAGE), 0);
}

/* ---- hardware information ---- */

static void test_hw_info(void **state)
{
	struct iom_test_hw_info info[2];
	struct iom_hw_info c = { .size = sizeof(c),
				 .dev_id = 3,
				 .data_len = sizeof(info),
				 .data_uptr = (uintptr_t)info };
	struct iom_hw_info ask = c;
	struct mock m;

	(void)state;
	scene();
	memset(info, 0xff, sizeof(info));
	assert_int_equal(call(IOM_NR_GET_HW_INFO, &c), 0);
	assert_int_equal(c.out_data_type, IOM_HW_INFO_TYPE_SELFTEST);
	assert_int_equal(c.data_len, 8);
	assert_int_equal(c.out_capabilities,
			 IOM_HW_CAP_DIRTY_TRACKING | IOM_HW_CAP_PCI_ATS_NOT_SUPPORTED);
	assert_int_equal(c.out_max_pasid_log2, 0);
	assert_int_equal(info[0].flags, 0);
	assert_int_equal(info[0].test_reg, IOM_HW_INFO_SELFTEST_REGVAL);
	assert_int_equal(info[1].flags | info[1].test_reg, 0);

	/* a short buffer, a device without and one with PASIDs */
	memset(info, 0xff, sizeof(info));
	c = ask;
	c.data_len = 4;
	c.dev_id = 6;
	assert_int_equal(call(IOM_NR_GET_HW_INFO, &c), 0);
	assert_int_equal(c.data_len, 8);
	assert_int_equal(info[0].flags, 0);
	assert_int_equal(info[0].test_reg, UINT32_MAX);
	assert_int_equal(c.out_capabilities, IOM_HW_CAP_PCI_ATS_NOT_SUPPORTED);
	assert_int_equal(mock_flags(1, IOM_MOCK_FLAGS_DEVICE_PASID, &m), 0);
	c = ask;
	c.dev_id = m.idev;
	c.flags = IOM_HW_INFO_FLAG_INPUT_TYPE;
	c.in_data_type = IOM_HW_INFO_TYPE_SELFTEST;
	assert_int_equal(call(IOM_NR_GET_HW_INFO, &c), 0);
	assert_int_equal(c.out_max_pasid_log2, IOM_MOCK_PASID_WIDTH);

	c = ask;
	c.in_data_type = IOM_HW_INFO_TYPE_AMD; /* without the flag nobody looks at it */
	assert_int_equal(call(IOM_NR_GET_HW_INFO, &c), 0);
	c = ask;
	c.flags = IOM_HW_INFO_FLAG_INPUT_TYPE;
	c.in_data_type = IOM_HW_INFO_TYPE_AMD;
	assert_int_equal(call(IOM_NR_GET_HW_INFO, &c), -EOPNOTSUPP);
	c.dev_id = 99;
	assert_int_equal(call(IOM_NR_GET_HW_INFO, &c), -ENOENT);
	c.reserved[2] = 1;
	assert_int_equal(call(IOM_NR_GET_HW_INFO, &c), -EOPNOTSUPP);
	c = ask;
	c.flags = 2;
	assert_int_equal(call(IOM_NR_GET_HW_INFO, &c), -EOPNOTSUPP);
	c = ask;
	c.data_uptr = 8;
	assert_int_equal(call(IOM_NR_GET_HW_INFO, &c), -EFAULT);
	c.data_len = 0;
	assert_int_equal(call(IOM_NR_GET_HW_INFO, &c), 0);
}

/* An IOMMU whose driver is not named: plain page tables, nothing to tell. */
static void test_vfio(void **state)
{
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };
	uint8_t bytes[4] = { 1, 1, 1, 1 };
	struct iom_hw_info c = { .size = sizeof(c),
				 .data_len = sizeof(bytes),
				 .data_uptr = (uintptr_t)bytes };
	struct mock m;
	uint32_t id;
	int dev;

	(void)state;
	restart("device=plain");
	dev = iom_emu_open(emu, "/dev/vfio/devices/plain");
	assert_true(dev >= 0);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	c.dev_id = b.out_devid;
	assert_int_equal(call(IOM_NR_GET_HW_INFO, &c), 0);
	assert_int_equal(c.out_data_type, IOM_HW_INFO_TYPE_NONE);
	assert_int_equal(c.data_len, 0);
	assert_int_equal(bytes[0] | bytes[3], 0);
	assert_int_equal(ioas_alloc(), 2);
	assert_int_equal(hwpt_data(b.out_devid, 2, NEST, 0, NULL, 0, &id), -EOPNOTSUPP);
	assert_int_equal(hwpt_data(b.out_devid, 2, DIRTY, 0, NULL, 0, &id), -EOPNOTSUPP);
	assert_int_equal(hwpt_data(b.out_devid, 2, 0, SELF, bytes, 4, &id), -EOPNOTSUPP);
	id = hwpt(b.out_devid, 2, 0);
	assert_int_equal(track(id, 1), -EOPNOTSUPP);
	assert_int_equal(mock_flags(id, 0, &m), -EINVAL); /* another IOMMU */
	assert_int_equal(iom_emu_close(emu, dev), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_alloc),	    T(test_uses),	  T(test_attach), T(test_huge),
		T(test_invalidate), T(test_dirty_errors), T(test_dirty),  T(test_dirty_silence),
		T(test_hw_info),    T(test_vfio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
