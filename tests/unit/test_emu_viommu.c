/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual IOMMUs of the emulator: what is undone on a refusal, and every count of references. */
#include "emu_calls.h"

#define SELFTEST IOM_VIOMMU_TYPE_SELFTEST

/* A page that can be read only: a call is carried out until it answers. */
static void *read_only(const void *arg, size_t len)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	memcpy(p, arg, len);
	assert_int_equal(mprotect(p, PAGE, PROT_READ), 0);
	return p;
}

static int call_read_only(uint32_t code, const void *arg, size_t len)
{
	void *p = read_only(arg, len);
	int rc = call(code, p);

	assert_int_equal(munmap(p, PAGE), 0);
	return rc;
}

static int viommu_data(uint32_t dev, uint32_t hwpt, void *data, uint32_t len, uint32_t *id)
{
	struct iom_viommu_alloc c = { .size = sizeof(c),
				      .type = SELFTEST,
				      .dev_id = dev,
				      .hwpt_id = hwpt,
				      .data_len = len,
				      .data_uptr = (uintptr_t)data };
	int rc = call(IOM_NR_VIOMMU_ALLOC, &c);

	*id = c.out_viommu_id;
	return rc;
}

static uint32_t viommu(uint32_t dev, uint32_t hwpt)
{
	uint32_t id;

	assert_int_equal(viommu_data(dev, hwpt, NULL, 0, &id), 0);
	return id;
}

static int vdevice(uint32_t v, uint32_t dev, uint64_t virt, uint32_t *id)
{
	struct iom_vdevice_alloc c = {
		.size = sizeof(c), .viommu_id = v, .dev_id = dev, .virt_id = virt
	};
	int rc = call(IOM_NR_VDEVICE_ALLOC, &c);

	*id = c.out_vdevice_id;
	return rc;
}

static int queue(uint32_t v, uint32_t index, uint64_t iova, uint64_t length, uint32_t *id)
{
	struct iom_hw_queue_alloc c = { .size = sizeof(c),
					.viommu_id = v,
					.type = IOM_HW_QUEUE_TYPE_SELFTEST,
					.index = index,
					.nesting_parent_iova = iova,
					.length = length };
	int rc = call(IOM_NR_HW_QUEUE_ALLOC, &c);

	*id = c.out_hw_queue_id;
	return rc;
}

static int nested(uint32_t dev, uint32_t pt, uint32_t *id)
{
	struct iom_hwpt_selftest d = { .iotlb = 1 };
	struct iom_hwpt_alloc c = { .size = sizeof(c),
				    .dev_id = dev,
				    .pt_id = pt,
				    .data_type = IOM_HWPT_DATA_SELFTEST,
				    .data_len = sizeof(d),
				    .data_uptr = (uintptr_t)&d };
	int rc = call(IOM_NR_HWPT_ALLOC, &c);

	*id = c.out_hwpt_id;
	return rc;
}

static int replace(uint32_t stdev, uint32_t pt)
{
	struct iom_test_cmd c = { .mock_domain_replace.pt_id = pt };

	return test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN_REPLACE, stdev);
}

static int check_cache(uint32_t dev, uint32_t id, uint32_t value)
{
	struct iom_test_cmd c = { .check_dev_cache = { id, value } };

	return test_cmd(&c, IOM_TEST_OP_DEV_CHECK_CACHE, dev);
}

/* ioas 1 with 1 MiB at the aperture, mock device 2/3 with hwpt 4, a parent 5. */
static void scene(void)
{
	struct iom_hwpt_alloc c = {
		.size = sizeof(c), .flags = IOM_HWPT_ALLOC_NEST_PARENT, .dev_id = 3, .pt_id = 1
	};

	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(map_at(1, buf, 1 << 20, APERTURE), 0);
	assert_int_equal(mock_domain(1).idev, 3);
	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &c), 0);
	assert_int_equal(c.out_hwpt_id, 5);
}

/* A call that fails in its answer leaves nothing behind: no id, no use, no number. */
static void test_answer_refused(void **state)
{
	struct iom_viommu_alloc v = { .size = sizeof(v), .type = SELFTEST, .dev_id = 3, .hwpt_id = 5 };
	struct iom_vdevice_alloc d = { .size = sizeof(d), .viommu_id = 6, .dev_id = 3, .virt_id = 1 };
	struct iom_hw_queue_alloc q = { .size = sizeof(q),
					.viommu_id = 6,
					.type = IOM_HW_QUEUE_TYPE_SELFTEST,
					.nesting_parent_iova = APERTURE,
					.length = PAGE };
	uint32_t id;

	(void)state;
	scene();
	assert_int_equal(call_read_only(IOM_NR_VIOMMU_ALLOC, &v, sizeof(v)), -EFAULT);
	assert_int_equal(viommu(3, 5), 6);
	assert_int_equal(call_read_only(IOM_NR_VDEVICE_ALLOC, &d, sizeof(d)), -EFAULT);
	assert_int_equal(call_read_only(IOM_NR_HW_QUEUE_ALLOC, &q, sizeof(q)), -EFAULT);
	assert_int_equal(unmap(1, APERTURE, 1 << 20, NULL), 0);
	assert_int_equal(map_at(1, buf, 1 << 20, APERTURE), 0);
	assert_int_equal(vdevice(6, 3, 1, &id), 0);
	assert_int_equal(id, 7);
	assert_int_equal(queue(6, 0, APERTURE, PAGE, &id), 0);
	assert_int_equal(id, 8);
	assert_int_equal(destroy(7), 0);
	assert_int_equal(destroy(8), 0);
	assert_int_equal(destroy(6), 0);
	assert_int_equal(destroy(5), 0);
}

static void test_viommu_data(void **state)
{
	struct iom_viommu_selftest data = { .in_data = 0xabcd, .out_data = 1 }, *ro;
	unsigned char more[32] = { 0 };
	uint32_t id;

	(void)state;
	scene();
	assert_int_equal(viommu_data(3, 5, &data, 7, &id), -EINVAL);
	assert_int_equal(viommu_data(3, 5, more, 25, &id), -EINVAL);
	assert_int_equal(viommu_data(3, 5, NULL, 24, &id), -EFAULT);
	/* read, but not answered: the range of the fd is free again */
	ro = read_only(&data, sizeof(data));
	assert_int_equal(viommu_data(3, 5, ro, sizeof(data), &id), -EFAULT);
	assert_int_equal(munmap(ro, PAGE), 0);
	/* the oldest form has no room for the range, which is taken all the same */
	assert_int_equal(viommu_data(3, 5, &data, 8, &id), 0);
	assert_int_equal(id, 6);
	assert_int_equal(data.out_data, 0xabcd);
	assert_int_equal(data.out_mmap_offset, 0);
	assert_int_equal(viommu_data(3, 5, &data, sizeof(data), &id), 0);
	assert_int_equal(data.out_mmap_offset, 0x3000);
	assert_int_equal(data.out_mmap_length, 0x2000);
	assert_int_equal(viommu_data(3, 5, &data, sizeof(data), &id), 0);
	assert_int_equal(data.out_mmap_offset, 0x5000);
	assert_int_equal(destroy(7), 0);
	assert_int_equal(viommu_data(3, 5, &data, sizeof(data), &id), 0);
	assert_int_equal(data.out_mmap_offset, 0x3000);
}

static void test_invalidate(void **state)
{
	struct iom_viommu_invalidate_selftest *e = (void *)buf;
	struct iom_hwpt_invalidate c = { .size = sizeof(c),
					 .hwpt_id = 6,
					 .data_uptr = (uintptr_t)buf,
					 .data_type = IOM_VIOMMU_INVALIDATE_DATA_SELFTEST,
					 .entry_len = 12,
					 .entry_num = 3 };
	uint32_t id;

	(void)state;
	scene();
	assert_int_equal(viommu(3, 5), 6);
	assert_int_equal(vdevice(6, 3, 7, &id), 0);
	e[0] = (struct iom_viommu_invalidate_selftest){ 0, 7, 1 };
	e[1] = (struct iom_viommu_invalidate_selftest){ 0, 7, 9 };
	e[2] = e[0];
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -EINVAL);
	assert_int_equal(c.entry_num, 1);
	assert_int_equal(check_cache(3, 1, 0), 0);
	/* without the last entry's last byte: nothing is carried out */
	c.entry_num = 2;
	c.data_uptr = (uintptr_t)buf + BUF_SIZE + (UINT64_C(1) << 46);
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -EFAULT);
	assert_int_equal(c.entry_num, 0);
	/* more than the driver has memory for in one piece: the number stays as it was */
	c.entry_num = (4 << 20) / 12 + 1;
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -ENOMEM);
	assert_int_equal(c.entry_num, (4 << 20) / 12 + 1);
	c.entry_num = (1 << 19) + 1;
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -EINVAL);
	assert_int_equal(c.entry_num, 0);
	/* longer entries end in zeros, shorter ones are filled up */
	memset(buf, 0, 2 * PAGE);
	buf[4] = buf[PAGE + 4] = 7;
	c.data_uptr = (uintptr_t)buf;
	c.entry_len = PAGE;
	c.entry_num = 2;
	buf[2 * PAGE - 1] = 1;
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -E2BIG);
	assert_int_equal(c.entry_num, 0);
	assert_int_equal(check_cache(3, 0, IOM_TEST_DEV_CACHE_DEFAULT), 0);
	buf[2 * PAGE - 1] = 0;
	c.entry_num = 2;
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), 0);
	assert_int_equal(c.entry_num, 2);
	assert_int_equal(check_cache(3, 0, 0), 0);
	c.entry_len = 5;
	c.entry_num = 1;
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), 0);
	c.entry_len = PAGE + 1;
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -EINVAL);
}

static void test_references(void **state)
{
	uint32_t n, d, q, r;

	(void)state;
	scene();
	assert_int_equal(viommu(3, 5), 6);
	assert_int_equal(nested(3, 6, &n), 0);
	assert_int_equal(replace(2, n), -ENOENT);
	assert_int_equal(vdevice(6, 3, 1, &d), 0);
	assert_int_equal(replace(2, n), 0);
	assert_int_equal(queue(6, 0, APERTURE, 1, &q), 0);
	assert_int_equal(queue(6, 1, APERTURE + PAGE - 1, 2, &r), 0);
	assert_int_equal(destroy(q), -EBUSY);
	assert_int_equal(destroy(6), -EBUSY);
	assert_int_equal(destroy(5), -EBUSY);
	/* a vdevice can go while its device is attached */
	assert_int_equal(destroy(d), 0);
	assert_int_equal(destroy(n), -EBUSY);
	assert_int_equal(replace(2, 1), 0);
	assert_int_equal(replace(2, n), -ENOENT);
	assert_int_equal(destroy(n), 0);
	assert_int_equal(destroy(r), 0);
	assert_int_equal(destroy(6), -EBUSY);
	/* the driver takes the first for gone now, and the second for there */
	assert_int_equal(queue(6, 1, APERTURE, 1, &r), -EEXIST);
	assert_int_equal(queue(6, 0, APERTURE, 1, &r), 0);
	assert_int_equal(destroy(q), 0);
	assert_int_equal(destroy(r), 0);
	assert_int_equal(destroy(6), 0);
	assert_int_equal(destroy(5), 0);
}

/* Whatever is left goes with the file; the sanitiser sees what does not. */
static void test_close_with_all(void **state)
{
	uint32_t n, d, q;

	(void)state;
	scene();
	assert_int_equal(viommu(3, 5), 6);
	assert_int_equal(vdevice(6, 3, 1, &d), 0);
	assert_int_equal(nested(3, 6, &n), 0);
	assert_int_equal(replace(2, n), 0);
	assert_int_equal(queue(6, 0, APERTURE, PAGE, &q), 0);
	assert_int_equal(queue(6, 1, APERTURE, PAGE, &q), 0);
	assert_int_equal(destroy(2), 0); /* the device goes, its vdevice with it */
	assert_int_equal(destroy(d), -ENOENT);
	assert_int_equal(mock_domain(1).stdev, 2);
	assert_int_equal(iom_emu_close(emu, fd), 0);
	fd = iom_emu_open(emu, "/dev/iommu");
	assert_true(fd >= 0);
	assert_int_equal(ioas_alloc(), 1);
}

static void test_queue_memory(void **state)
{
	struct iom_iova_range any[8];
	uint64_t done, alignment;
	uint32_t id, n = 8;

	(void)state;
	scene();
	assert_int_equal(viommu(3, 5), 6);
	/* the machine's memory is in one piece inside a huge page, and not beyond */
	assert_int_equal(queue(6, 0, APERTURE, 1 << 20, &id), 0);
	assert_int_equal(ranges(1, any, &n, &alignment), 0);
	assert_int_equal(alignment, PAGE);
	assert_int_equal(unmap(1, 0, UINT64_MAX, &done), -EBUSY);
	assert_int_equal(destroy(id), 0);
	assert_int_equal(ranges(1, any, &n, &alignment), 0);
	assert_int_equal(alignment, 2048);
	assert_int_equal(map_at(1, buf, PAGE, APERTURE + (2 << 20)), 0);
	assert_int_equal(map_at(1, buf + PAGE, PAGE, APERTURE + (2 << 20) + PAGE), 0);
	assert_int_equal(map_at(1, buf + 3 * PAGE, PAGE, APERTURE + (2 << 20) + 2 * PAGE), 0);
	assert_int_equal(queue(6, 0, APERTURE + (2 << 20), 2 * PAGE, &id), 0);
	assert_int_equal(destroy(id), 0);
	assert_int_equal(queue(6, 0, APERTURE + (2 << 20), 3 * PAGE, &id), -EFAULT);
	assert_int_equal(queue(6, 0, APERTURE + (2 << 20), 4 * PAGE, &id), -ENOENT);
	assert_int_equal(queue(6, 2, APERTURE, PAGE, &id), -EINVAL);
	/* nothing of the refused ones is left pinned */
	assert_int_equal(unmap(1, 0, UINT64_MAX, &done), 0);
	assert_int_equal(ioas_alloc(), 7);
}

/* A mock device that PASIDs keep alive lost its vdevice and gets no other. */
static void test_orphan(void **state)
{
	struct iom_hwpt_alloc p = { .size = sizeof(p), .flags = IOM_HWPT_ALLOC_PASID, .pt_id = 1 };
	struct iom_test_cmd c = { .pasid_attach = { .pasid = 5 } };
	uint32_t id, v;
	struct mock m;

	(void)state;
	scene();
	assert_int_equal(mock_flags(1, IOM_MOCK_FLAGS_DEVICE_PASID, &m), 0);
	p.dev_id = m.idev;
	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &p), 0);
	assert_int_equal(replace(m.stdev, p.out_hwpt_id), 0);
	c.pasid_attach.pt_id = p.out_hwpt_id;
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_PASID_ATTACH, m.stdev), 0);
	v = viommu(m.idev, 5);
	assert_int_equal(vdevice(v, m.idev, 1, &id), 0);
	assert_int_equal(destroy(m.stdev), 0);
	assert_int_equal(destroy(id), -ENOENT);
	assert_int_equal(vdevice(v, m.idev, 1, &id), -ENOENT);
	assert_int_equal(destroy(v), 0);
}

/* Pages that do not follow each other, for each of the reasons there are. */
static void test_queue_pieces(void **state)
{
	int one = memfd_create("one", MFD_CLOEXEC), other = memfd_create("other", MFD_CLOEXEC);
	char path[] = "/tmp/emu-queue.XXXXXX";
	int disk = mkstemp(path);
	struct iom_ioas_map m = { .size = sizeof(m),
				  .flags = IOM_IOAS_MAP_READABLE | FIXED,
				  .ioas_id = 1,
				  .length = PAGE };
	const uint64_t at = APERTURE + (4 << 20);
	uint8_t *shown;
	uint32_t id;

	(void)state;
	scene();
	assert_int_equal(viommu(3, 5), 6);
	assert_int_equal(unlink(path) | ftruncate(one, 2 << 20) | ftruncate(other, 2 << 20) |
			 ftruncate(disk, 2 << 20), 0);
	shown = mmap(NULL, 2 << 20, PROT_READ, MAP_SHARED, disk, 0);
	assert_true(shown != MAP_FAILED);
	/* two files; a file of another file system; memory of nobody's file */
	assert_int_equal(map_file(1, one, 0, PAGE, at), 0);
	assert_int_equal(map_file(1, other, PAGE, PAGE, at + PAGE), 0);
	m.iova = at + 2 * PAGE;
	m.user_va = (uintptr_t)shown + 2 * PAGE;
	assert_int_equal(call(IOM_NR_IOAS_MAP, &m), 0);
	assert_int_equal(map_at(1, buf, PAGE, at + 3 * PAGE), 0);
	assert_int_equal(map_file(1, one, PAGE, PAGE, at + 4 * PAGE), 0);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(queue(6, 0, at + i * PAGE, 2 * PAGE, &id), -EFAULT);
	/* a file's pages from a huge one to the next, and inside */
	assert_int_equal(map_file(1, one, 0, 4 * PAGE, at + (8 << 20)), 0);
	assert_int_equal(queue(6, 0, at + (8 << 20), 4 * PAGE, &id), 0);
	assert_int_equal(destroy(id), 0);
	assert_int_equal(unmap(1, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(ftruncate(one, 4 << 20), 0);
	assert_int_equal(map_file(1, one, (2 << 20) - PAGE, 2 * PAGE, at), 0);
	assert_int_equal(queue(6, 0, at, 2 * PAGE, &id), -EFAULT);
	assert_int_equal(munmap(shown, 2 << 20) | close(one) | close(other) | close(disk), 0);
}

static int refused_type(uint32_t type)
{
	struct iom_hw_queue_alloc c = {
		.size = sizeof(c), .viommu_id = 6, .type = type, .length = PAGE
	};

	return call(IOM_NR_HW_QUEUE_ALLOC, &c);
}

/* Of what is pinned, only that which a queue lies in cannot be unmapped. */
static void test_queue_locks(void **state)
{
	uint32_t id, item, d;
	int access;

	(void)state;
	scene();
	assert_int_equal(viommu(3, 5), 6);
	assert_int_equal(refused_type(IOM_HW_QUEUE_TYPE_SELFTEST + 1), -EOPNOTSUPP);
	assert_int_equal(unmap(1, 0, UINT64_MAX, NULL), 0);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(map_at(1, buf + i * PAGE, PAGE, APERTURE + i * PAGE), 0);
	assert_int_equal(create_access(1, IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES, &access), 0);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(access_pages(access, APERTURE + i * PAGE, NULL, PAGE, 0, &item), 0);
	assert_int_equal(queue(6, 0, APERTURE + PAGE, PAGE, &id), 0);
	assert_int_equal(unmap(1, APERTURE, PAGE, NULL), 0);
	assert_int_equal(unmap(1, APERTURE + 2 * PAGE, PAGE, NULL), 0);
	assert_int_equal(unmap(1, APERTURE + PAGE, PAGE, NULL), -EBUSY);
	/* and what goes with the queue is not what the access holds */
	assert_int_equal(destroy(id), 0);
	assert_int_equal(unmap(1, APERTURE + PAGE, PAGE, NULL), 0);
	assert_int_equal(access_unpin(access, item), -ENOENT);
	assert_int_equal(iom_emu_close(emu, access), 0);
	/* one number for two devices */
	assert_int_equal(vdevice(6, 3, 1, &d), 0);
	assert_int_equal(vdevice(6, mock_domain(1).idev, 1, &id), -EEXIST);
	assert_int_equal(destroy(d), 0);
}

/* The answer to an invalidation gets lost, and it was carried out. */
static void test_invalidate_unheard(void **state)
{
	struct iom_viommu_invalidate_selftest e = { .vdev_id = 7, .cache_id = 1 };
	struct iom_hwpt_invalidate c = { .size = sizeof(c),
					 .hwpt_id = 6,
					 .data_uptr = (uintptr_t)&e,
					 .data_type = IOM_VIOMMU_INVALIDATE_DATA_SELFTEST,
					 .entry_len = sizeof(e),
					 .entry_num = 1 };
	uint32_t id;

	(void)state;
	scene();
	assert_int_equal(viommu(3, 5), 6);
	assert_int_equal(vdevice(6, 3, 7, &id), 0);
	assert_int_equal(call_read_only(IOM_NR_HWPT_INVALIDATE, &c, sizeof(c)), -EFAULT);
	assert_int_equal(check_cache(3, 1, 0), 0);
	c.data_type = IOM_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3;
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -EINVAL);
	assert_int_equal(c.entry_num, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_answer_refused), T(test_viommu_data),	T(test_invalidate),
		T(test_references),	T(test_close_with_all), T(test_queue_memory),
		T(test_orphan),		T(test_queue_pieces),	T(test_queue_locks),
		T(test_invalidate_unheard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
