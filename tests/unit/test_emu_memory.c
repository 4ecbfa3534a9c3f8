/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory behind the emulator's mappings: files shown twice, accesses, dirty bits, physical addresses. */
#include "emu_calls.h"

#include <stdio.h>

#define PINS IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES
#define SYZ  IOM_MOCK_FLAGS_ACCESS_SYZ
#define HUGE (2u << 20)

static int memfd(size_t size)
{
	int file = memfd_create("test", MFD_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(ftruncate(file, (off_t)size), 0);
	return file;
}

/* A file of a disk, or at least of another file system than memfds. */
static int disk_file(size_t size)
{
	char path[] = "/tmp/emu-memory.XXXXXX";
	int file = mkstemp(path);

	assert_true(file >= 0);
	assert_int_equal(unlink(path) | ftruncate(file, (off_t)size), 0);
	return file;
}

static uint8_t *show(int file, uint64_t offset, size_t len, int prot)
{
	void *at = mmap(NULL, len, prot, MAP_SHARED, file, (off_t)offset);

	assert_true(at != MAP_FAILED);
	return at;
}

static int map_flags(uint32_t ioas, uint32_t flags, const void *va, uint64_t length, uint64_t iova)
{
	struct iom_ioas_map c = { .size = sizeof(c),
				  .flags = flags | FIXED,
				  .ioas_id = ioas,
				  .user_va = (uintptr_t)va,
				  .length = length,
				  .iova = iova };

	return call(IOM_NR_IOAS_MAP, &c);
}

/* The selftest's dma-buf, whose number Linux 7.3 keeps to itself: it is the lowest. */
static int dmabuf(uint32_t length)
{
	struct iom_test_cmd c = { .dmabuf_get = { .length = length, .open_flags = O_CLOEXEC | O_RDWR } };
	int next = dup(fd);

	close(next);
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_DMABUF_GET, 0), 0);
	assert_int_equal(iom_emu_kind(emu, next, &(int){ 0 }), IOM_EMU_DMABUF);
	return next;
}

static void take_back(int file)
{
	struct iom_test_cmd c = { .dmabuf_revoke = { file, 1 } };

	assert_int_equal(test_cmd(&c, IOM_TEST_OP_DMABUF_REVOKE, 0), 0);
}

/* ---- which memory it is ---- */

static void test_check_map(void **state)
{
	int one = memfd(4 * PAGE), other = memfd(4 * PAGE), disk = disk_file(4 * PAGE);
	uint8_t *a = show(one, 0, 4 * PAGE, PROT_READ | PROT_WRITE);
	uint8_t *again = show(one, 0, 4 * PAGE, PROT_READ | PROT_WRITE);
	uint8_t *b = show(other, 0, 4 * PAGE, PROT_READ), *d = show(disk, 0, 4 * PAGE, PROT_READ);
	struct mock m;
	int access, buffer;
	uint32_t item;
	uint8_t *shown;

	(void)state;
	memset(a, 1, 4 * PAGE);
	assert_int_equal(ioas_alloc(), 1);
	m = mock_domain(1);
	assert_int_equal(map_at(1, a, 4 * PAGE, APERTURE), 0);
	assert_int_equal(check_map(m.hwpt, APERTURE, a, 4 * PAGE), 0);
	assert_int_equal(check_map(m.hwpt, APERTURE, again, 2 * PAGE), 0);
	assert_int_equal(check_map(m.hwpt, APERTURE, again + PAGE, PAGE), -EINVAL);
	assert_int_equal(check_map(m.hwpt, APERTURE, b, PAGE), -EINVAL);
	assert_int_equal(check_map(m.hwpt, APERTURE, d, PAGE), -EINVAL);
	assert_int_equal(check_map(m.hwpt, APERTURE, buf, PAGE), -EINVAL);
	/* shown in two pieces */
	assert_int_equal(mprotect(again + 2 * PAGE, 2 * PAGE, PROT_READ), 0);
	assert_int_equal(check_map(m.hwpt, APERTURE, again, 4 * PAGE), 0);
	/* and as an access sees it */
	assert_int_equal(create_access(1, PINS, &access), 0);
	assert_int_equal(access_pages(access, APERTURE, again, 4 * PAGE, 0, &item), 0);
	assert_int_equal(access_pages(access, APERTURE, b, PAGE, 0, &item), -EBADE);
	assert_int_equal(iom_emu_close(emu, access), 0);
	/* of what is readable at the address, the whole must be there; then the rest is missing */
	assert_int_equal(munmap(again + 3 * PAGE, PAGE), 0);
	assert_int_equal(check_map(m.hwpt, APERTURE, again, 4 * PAGE), -EFAULT);
	assert_int_equal(check_map(m.hwpt, APERTURE, again, 0), 0);
	/* a dma-buf shows nothing once it was revoked */
	buffer = dmabuf(2 * PAGE);
	shown = show(buffer, 0, 2 * PAGE, PROT_READ);
	assert_int_equal(map_file(1, buffer, 0, 2 * PAGE, APERTURE + HUGE), 0);
	assert_int_equal(check_map(m.hwpt, APERTURE + HUGE, shown, 2 * PAGE), 0);
	take_back(buffer);
	assert_int_equal(check_map(m.hwpt, APERTURE + HUGE, shown, 2 * PAGE), -EINVAL);
	assert_int_equal(munmap(shown, 2 * PAGE) | munmap(a, 4 * PAGE) | munmap(again, 3 * PAGE) |
			 munmap(b, 4 * PAGE) | munmap(d, 4 * PAGE), 0);
	assert_int_equal(iom_emu_close(emu, buffer), 0);
	close(one);
	close(other);
	close(disk);
}

/* How often a part of a huge page is pinned cannot be told. */
static void test_refs_of_huge(void **state)
{
	int file = memfd_create("anon_hugepage", MFD_CLOEXEC);
	uint8_t *p;

	(void)state;
	assert_int_equal(ftruncate(file, HUGE), 0);
	p = show(file, 0, HUGE, PROT_READ | PROT_WRITE);
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_domain(1).idev, 3);
	assert_int_equal(map_at(1, p, HUGE, APERTURE), 0);
	assert_int_equal(check_refs(p, PAGE, 77), 0);
	assert_int_equal(check_refs(buf, PAGE, 77), -EIO);
	assert_int_equal(munmap(p, HUGE) | close(file), 0);
}

/* More than one word of numbers of devices. */
static void test_many_devices(void **state)
{
	struct mock m[66];

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	for (unsigned int i = 0; i < 66; i++) {
		m[i] = mock_domain(1);
		assert_int_equal(m[i].hwpt, m[0].hwpt);
	}
	for (unsigned int i = 66; i-- > 0;)
		assert_int_equal(destroy(m[i].stdev), 0);
	assert_int_equal(destroy(1), 0);
}

/* ---- accesses ---- */

static void test_access(void **state)
{
	struct iom_test_cmd *c = (struct iom_test_cmd *)(void *)(buf + 16 * PAGE);
	struct iom_test_cmd m = { .create_access.flags = PINS };
	char bytes[16] = "";
	uint32_t item;
	int access, plain, buffer;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	strcpy((char *)buf + 2 * PAGE + 8, "there");
	assert_int_equal(map_flags(1, IOM_IOAS_MAP_READABLE, buf, PAGE, APERTURE), 0);
	assert_int_equal(map_flags(1, IOM_IOAS_MAP_WRITEABLE, buf + PAGE, PAGE, APERTURE + PAGE), 0);
	assert_int_equal(map_at(1, buf + 2 * PAGE, PAGE, APERTURE + 4 * PAGE), 0);
	assert_int_equal(create_access(1, PINS, &access), 0);
	assert_int_equal(access_pages(access, APERTURE, NULL, PAGE, IOM_MOCK_FLAGS_ACCESS_WRITE, &item),
			 -EPERM);
	assert_int_equal(access_pages(access, APERTURE + PAGE, NULL, PAGE, 0, &item), -EPERM);
	assert_int_equal(access_pages(access, APERTURE, NULL, PAGE, 0, &item), 0);
	assert_int_equal(access_pages(access, APERTURE + PAGE, NULL, PAGE, IOM_MOCK_FLAGS_ACCESS_WRITE,
				      &item), 0);
	/* the third mapping by its number, and one that is not there */
	assert_int_equal(access_pages(access, 2, NULL, PAGE, SYZ, &item), 0);
	assert_int_equal(access_pages(access, 3, NULL, PAGE, SYZ, &item), -ENOENT);
	assert_int_equal(access_rw(access, 8ull << 32 | 2, bytes, 6, SYZ), 0);
	assert_string_equal(bytes, "there");
	assert_int_equal(access_rw(access, APERTURE, bytes, 6, IOM_MOCK_ACCESS_RW_WRITE), -EPERM);
	assert_int_equal(access_rw(access, APERTURE + PAGE, bytes, 6, 0), -EPERM);
	/* device memory is not for the CPU */
	buffer = dmabuf(PAGE);
	assert_int_equal(map_file(1, buffer, 0, PAGE, APERTURE + 8 * PAGE), 0);
	assert_int_equal(access_rw(access, APERTURE + 8 * PAGE, bytes, 6, 0), -EINVAL);
	assert_int_equal(access_pages(access, APERTURE + 8 * PAGE, NULL, PAGE, 0, &item), -EINVAL);
	assert_int_equal(iom_emu_close(emu, access), 0);
	/* answers that get lost leave no fd, and nothing pinned */
	memset(c, 0, sizeof(*c));
	*c = m;
	c->size = sizeof(*c);
	c->id = 1;
	c->op = IOM_TEST_OP_CREATE_ACCESS;
	assert_int_equal(mprotect(c, PAGE, PROT_READ), 0);
	plain = dup(fd);
	close(plain);
	assert_int_equal(call(IOM_NR_TEST_CMD, c), -EFAULT);
	assert_int_equal(create_access(1, PINS, &access), 0);
	assert_int_equal(access, plain);
	assert_int_equal(mprotect(c, PAGE, PROT_READ | PROT_WRITE), 0);
	memset(c, 0, sizeof(*c));
	c->size = sizeof(*c);
	c->id = (uint32_t)access;
	c->op = IOM_TEST_OP_ACCESS_PAGES;
	c->access_pages.iova = APERTURE;
	c->access_pages.length = PAGE;
	assert_int_equal(mprotect(c, PAGE, PROT_READ), 0);
	assert_int_equal(call(IOM_NR_TEST_CMD, c), -EFAULT);
	assert_int_equal(check_refs(buf, PAGE, 0), 0);
	assert_int_equal(mprotect(c, PAGE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(iom_emu_close(emu, access), 0);
	assert_int_equal(iom_emu_close(emu, buffer), 0);
}

/* What a copy is made of may be many pieces. */
static void test_copy_many(void **state)
{
	struct mock m;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(ioas_alloc(), 2);
	m = mock_domain(2);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(map_at(1, buf + (8 - i) * PAGE, PAGE, APERTURE + i * PAGE), 0);
	assert_int_equal(copy(2, 1, 5 * PAGE, APERTURE, APERTURE), 0);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(check_map(m.hwpt, APERTURE + i * PAGE, buf + (8 - i) * PAGE, PAGE), 0);
}

/* ---- files ---- */

static int read_only(int file)
{
	char path[32];
	int ro;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	ro = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(ro >= 0);
	return ro;
}

static int limit_files(rlim_t n)
{
	struct rlimit lim;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	lim.rlim_cur = n;
	return setrlimit(RLIMIT_NOFILE, &lim);
}

/* Devices write to a file that was opened for reading as well; unless no fd is left for that. */
static void test_read_only_file(void **state)
{
	int file = memfd(PAGE), poor = memfd(PAGE), ro, poor_ro, access, next;
	struct rlimit before;
	char bytes[8] = "new";

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(create_access(1, 0, &access), 0);
	ro = read_only(file);
	poor_ro = read_only(poor);
	assert_int_equal(limit_files(2048), 0);
	assert_int_equal(map_file(1, ro, 0, PAGE, APERTURE), 0);
	assert_int_equal(access_rw(access, APERTURE + 5, bytes, 4, IOM_MOCK_ACCESS_RW_WRITE), 0);
	assert_int_equal(pread(file, bytes, 4, 5), 4);
	assert_string_equal(bytes, "new");
	/* room for one fd and another, but not for a third */
	assert_int_equal(limit_files(1000), 0);
	next = dup(fd);
	close(next);
	assert_int_equal(limit_files((rlim_t)next + 2), 0);
	assert_int_equal(map_file(1, poor_ro, 0, PAGE, APERTURE + PAGE), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(pwrite(poor, "old", 4, 0), 4);
	assert_int_equal(access_rw(access, APERTURE + PAGE, bytes, 4, 0), 0);
	assert_string_equal(bytes, "old");
	assert_int_equal(access_rw(access, APERTURE + PAGE, bytes, 4, IOM_MOCK_ACCESS_RW_WRITE), -EFAULT);
	assert_int_equal(iom_emu_close(emu, access), 0);
	assert_int_equal(close(file) | close(poor) | close(ro) | close(poor_ro), 0);
}

/* What hugetlbfs has no page for is not there. */
static void test_hugetlb(void **state)
{
	int file = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB), access, rc;
	char bytes[8] = "abc";
	void *at;

	(void)state;
	if (file < 0)
		skip();
	assert_int_equal(ftruncate(file, HUGE), 0);
	at = mmap(NULL, HUGE, PROT_READ, MAP_SHARED, file, 0);
	rc = at == MAP_FAILED ? -EFAULT : 0;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(create_access(1, 0, &access), 0);
	assert_int_equal(map_file(1, file, 0, HUGE, APERTURE), 0);
	assert_int_equal(access_rw(access, APERTURE + PAGE, bytes, 4, IOM_MOCK_ACCESS_RW_WRITE), rc);
	bytes[0] = 'x';
	assert_int_equal(access_rw(access, APERTURE + PAGE, bytes, 4, 0), rc);
	assert_string_equal(bytes, rc ? "xbc" : "abc");
	if (!rc)
		assert_int_equal(munmap(at, HUGE), 0);
	assert_int_equal(iom_emu_close(emu, access) | close(file), 0);
}

/* No file reaches to the end of all offsets. */
static void test_last_offset(void **state)
{
	int file = memfd(PAGE);

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(map_file(1, file, -(uint64_t)PAGE, PAGE, APERTURE), 0);
	assert_int_equal(unmap(1, APERTURE, PAGE, NULL), 0);
	mock_domain(1);
	assert_int_equal(map_file(1, file, -(uint64_t)PAGE, PAGE, APERTURE), -EINVAL);
	assert_int_equal(map_file(1, file, PAGE, PAGE, APERTURE), -EINVAL);
	assert_int_equal(map_file(1, file, 0, PAGE, APERTURE), 0);
	close(file);
}

/* ---- dirty bits ---- */

/* The first 64 bits. */
static uint64_t bitmap(uint32_t hwpt, uint64_t iova, uint64_t length)
{
	uint64_t bits[8] = { 0 };
	struct iom_hwpt_get_dirty_bitmap c = { .size = sizeof(c),
					       .hwpt_id = hwpt,
					       .iova = iova,
					       .length = length,
					       .page_size = PAGE,
					       .data = (uintptr_t)bits };

	assert_int_equal(call(IOM_NR_HWPT_GET_DIRTY_BITMAP, &c), 0);
	return bits[0];
}

static void write_to(uint32_t hwpt, uint64_t iova, uint64_t length)
{
	uint64_t all = UINT64_MAX;
	struct iom_test_cmd c = { .dirty = { .iova = iova,
					     .length = length,
					     .page_size = PAGE,
					     .uptr = (uintptr_t)&all } };

	assert_int_equal(test_cmd(&c, IOM_TEST_OP_DIRTY, hwpt), 0);
	assert_int_equal(c.dirty.out_nr_dirty, length / PAGE);
}

/* The very first address of a file at the very first IOVA; holes and what was revoked have no bits. */
static void test_dirty(void **state)
{
	struct iom_hwpt_selftest data = { .iotlb = 1, .pagetable_type = 1 };
	struct iom_hwpt_alloc h = { .size = sizeof(h),
				    .flags = IOM_HWPT_ALLOC_DIRTY_TRACKING,
				    .pt_id = 2,
				    .data_type = IOM_HWPT_DATA_SELFTEST,
				    .data_len = sizeof(data),
				    .data_uptr = (uintptr_t)&data };
	struct iom_hwpt_set_dirty_tracking t = { .size = sizeof(t), .flags = 1 };
	int file = memfd(4 * PAGE), buffer;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(ioas_alloc(), 2);
	h.dev_id = mock_domain(1).idev;
	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &h), 0);
	t.hwpt_id = h.out_hwpt_id;
	assert_int_equal(call(IOM_NR_HWPT_SET_DIRTY_TRACKING, &t), 0);
	assert_int_equal(map_file(2, file, 0, 4 * PAGE, 0), 0);
	write_to(t.hwpt_id, 0, PAGE);
	assert_int_equal(bitmap(t.hwpt_id, 0, 4 * PAGE), 1);
	write_to(t.hwpt_id, 3 * PAGE, 3 * PAGE);
	assert_int_equal(bitmap(t.hwpt_id, 0, 8 * PAGE), 8);
	buffer = dmabuf(2 * PAGE);
	assert_int_equal(map_file(2, buffer, 0, 2 * PAGE, 16 * PAGE), 0);
	write_to(t.hwpt_id, 16 * PAGE, PAGE);
	assert_int_not_equal(bitmap(t.hwpt_id, 16 * PAGE, 2 * PAGE), 0);
	take_back(buffer);
	write_to(t.hwpt_id, 16 * PAGE, PAGE);
	assert_int_equal(bitmap(t.hwpt_id, 16 * PAGE, 2 * PAGE), 0);
	assert_int_equal(iom_emu_close(emu, buffer), 0);
	close(file);
}

/* Memory of huge pages has entries as large as the page table takes. */
static void test_dirty_huge(void **state)
{
	struct iom_hwpt_selftest data = { .iotlb = 1, .pagetable_type = 1 };
	struct iom_hwpt_alloc h = { .size = sizeof(h),
				    .flags = IOM_HWPT_ALLOC_DIRTY_TRACKING,
				    .pt_id = 2,
				    .data_type = IOM_HWPT_DATA_SELFTEST,
				    .data_len = sizeof(data),
				    .data_uptr = (uintptr_t)&data };
	struct iom_hwpt_set_dirty_tracking t = { .size = sizeof(t), .flags = 1 };
	int file = memfd_create("anon_hugepage", MFD_CLOEXEC);
	uint8_t *room, *p;

	(void)state;
	assert_int_equal(ftruncate(file, HUGE), 0);
	room = mmap(NULL, 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(room != MAP_FAILED);
	p = (uint8_t *)(((uintptr_t)room + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
	assert_ptr_equal(mmap(p, HUGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0), p);
	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(ioas_alloc(), 2);
	h.dev_id = mock_domain(1).idev;
	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &h), 0);
	t.hwpt_id = h.out_hwpt_id;
	assert_int_equal(call(IOM_NR_HWPT_SET_DIRTY_TRACKING, &t), 0);
	assert_int_equal(map_at(2, p, HUGE, HUGE), 0);
	assert_int_equal(map_at(2, buf, HUGE, 2 * HUGE), 0);
	write_to(t.hwpt_id, HUGE, PAGE);
	write_to(t.hwpt_id, 2 * HUGE, PAGE);
	assert_true(bitmap(t.hwpt_id, HUGE, 64 * PAGE) == UINT64_MAX);
	assert_int_equal(bitmap(t.hwpt_id, 2 * HUGE, 64 * PAGE), 1);
	assert_int_equal(munmap(room, 2 * HUGE) | close(file), 0);
}

/* ---- where memory lies ---- */

static int get_pa(uint32_t ioas, uint64_t iova, uint64_t *length, uint64_t *phys)
{
	struct iom_ioas_noiommu_get_pa c = {
		.size = sizeof(c), .ioas_id = ioas, .iova = iova, .length = *length
	};
	int rc = call(IOM_NR_IOAS_NOIOMMU_GET_PA, &c);

	*length = c.length;
	*phys = c.out_phys;
	return rc;
}

/* An address space of a device without an IOMMU. */
static uint32_t open_space(void)
{
	struct iom_vfio_bind b = { .argsz = sizeof(b) };
	struct iom_vfio_attach a = { .argsz = sizeof(a) };
	int dev;

	restart("has=cap-sys-rawio;device=noiommu-a,iommu=none");
	b.iommufd = fd;
	dev = iom_emu_open(emu, "/dev/vfio/devices/noiommu-a");
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	a.pt_id = ioas_alloc();
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a), 0);
	return ioas_alloc() - 2;
}

static void test_physical(void **state)
{
	const uint64_t at = (uintptr_t)buf;
	int one = memfd(PAGE), other = memfd(PAGE), sparse = memfd(at + PAGE), disk = disk_file(PAGE);
	uint8_t *shown = show(disk, 0, PAGE, PROT_READ);
	uint32_t ioas = open_space();
	uint64_t phys[6], length;

	(void)state;
	/* two files, one of a disk, no file, a file with the same place in it, and a file again */
	assert_int_equal(map_file(ioas, one, 0, PAGE, 0x10000), 0);
	assert_int_equal(map_file(ioas, other, 0, PAGE, 0x20000), 0);
	assert_int_equal(map_flags(ioas, IOM_IOAS_MAP_READABLE, shown, PAGE, 0x30000), 0);
	assert_int_equal(map_at(ioas, buf, PAGE, 0x40000), 0);
	assert_int_equal(map_file(ioas, sparse, at, PAGE, 0x50000), 0);
	assert_int_equal(map_file(ioas, one, 0, PAGE, 0x60000), 0);
	for (unsigned int i = 0; i < 6; i++) {
		length = 5;
		assert_int_equal(get_pa(ioas, 0x10000 * (i + 1) + 8, &length, &phys[i]), 0);
		assert_int_equal(length, 5);
		assert_int_equal(phys[i] % PAGE, 8);
		for (unsigned int k = 0; k < i; k++)
			if (phys[i] == phys[k] && i < 5)
				fail_msg("%u is where %u is", i, k);
	}
	assert_int_equal(phys[5], phys[0]);
	assert_int_equal(munmap(shown, PAGE) | close(one) | close(other) | close(sparse) | close(disk), 0);
}

static void test_contiguous(void **state)
{
	uint32_t ioas = open_space();
	uint64_t phys, length = HUGE;

	(void)state;
	/* in one huge page, however many mappings of the process it is */
	assert_int_equal(mprotect(buf + 8 * PAGE, 4 * PAGE, PROT_READ), 0);
	assert_int_equal(map_flags(ioas, IOM_IOAS_MAP_READABLE, buf, 16 * PAGE, 0x100000), 0);
	assert_int_equal(get_pa(ioas, 0x100000 + 2 * PAGE + 8, &length, &phys), 0);
	assert_int_equal(length, 14 * PAGE - 8);
	assert_int_equal(mprotect(buf + 8 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE), 0);
	/* behind the last page there is no other */
	assert_int_equal(map_at(ioas, buf, PAGE, -(uint64_t)PAGE), 0);
	length = HUGE;
	assert_int_equal(get_pa(ioas, 5 - (uint64_t)PAGE, &length, &phys), 0);
	assert_int_equal(length, PAGE - 5);
	/* the selftest's build asks for a failure when the object is looked for; then there is no memory */
	ioas = open_space();
	assert_int_equal(map_at(ioas, buf, PAGE, 0x100000), 0);
	length = PAGE;
	iom_emu_fail_nth(2);
	assert_int_equal(get_pa(ioas, 0x100000, &length, &phys), -ENOMEM);
	assert_int_equal(iom_emu_fail_left(), 0);
	assert_int_equal(get_pa(ioas, 0x100000, &length, &phys), 0);
}

/* ---- the old container ---- */

struct dma {
	uint32_t argsz, flags;
	uint64_t vaddr, iova, size;
};

struct undo {
	uint32_t argsz, flags;
	uint64_t iova, size;
};

static int undo(uint64_t iova, uint64_t size, uint64_t *left)
{
	struct undo u = { sizeof(u), 0, iova, size };
	int rc = call(_IO(';', 0x72), &u);

	*left = u.size;
	return rc;
}

static uint32_t container(void)
{
	struct iom_vfio_ioas c = { .size = sizeof(c), .op = IOM_VFIO_IOAS_SET };

	c.ioas_id = ioas_alloc();
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), 0);
	return c.ioas_id;
}

/* Type 1 takes pieces out of a mapping. */
static void test_cut(void **state)
{
	struct dma m = { sizeof(m), 3, (uintptr_t)buf, 0, 8 * PAGE };
	uint32_t item;
	uint64_t size;
	int access;

	(void)state;
	container();
	assert_int_equal(call(_IO(';', 0x66), (void *)1), 0);
	assert_int_equal(call(_IO(';', 0x71), &m), 0);
	assert_int_equal(undo(0, 2 * PAGE, &size), 0);
	assert_int_equal(size, 2 * PAGE);
	assert_int_equal(undo(4 * PAGE, PAGE, &size), 0);
	assert_int_equal(size, PAGE);
	/* where it cannot be cut, not even the size is written back */
	assert_int_equal(undo(5 * PAGE, 100, &size), -EINVAL);
	assert_int_equal(size, 100);
	assert_int_equal(undo(5 * PAGE + 100, 3 * PAGE - 100, &size), -EINVAL);
	assert_int_equal(size, 3 * PAGE - 100);
	assert_int_equal(create_access(1, PINS, &access), 0);
	assert_int_equal(access_pages(access, 5 * PAGE, NULL, PAGE, 0, &item), 0);
	assert_int_equal(undo(6 * PAGE, PAGE, &size), -EINVAL);
	assert_int_equal(size, PAGE);
	assert_int_equal(undo(5 * PAGE, 3 * PAGE, &size), 0);
	assert_int_equal(size, 3 * PAGE);
	assert_int_equal(iom_emu_close(emu, access), 0);
}

/* Everything is reserved, so that no range is written before the head of the list, and that cannot be. */
static void test_no_ranges(void **state)
{
	uint32_t ioas = container(), *info = (uint32_t *)(void *)(buf + PAGE - 40);

	(void)state;
	assert_int_equal(add_reserved(ioas, 0, UINT64_MAX), 0);
	assert_int_equal(add_reserved(ioas, UINT64_MAX, 1), 0);
	info[0] = 256;
	assert_int_equal(mprotect(buf + PAGE, PAGE, PROT_READ), 0);
	assert_int_equal(call(_IO(';', 0x70), info), -EFAULT);
	assert_int_equal(mprotect(buf + PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(call(_IO(';', 0x70), info), 0);
	assert_int_equal(info[0], 56);
	assert_int_equal(info[4], 24);
	/* the first capability is followed by the second, which is the last; it has no ranges */
	assert_int_equal(info[6 + 1], 40);
	assert_int_equal(info[10 + 1], 0);
	assert_int_equal(info[10 + 2], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_check_map),	T(test_refs_of_huge), T(test_many_devices), T(test_access),
		T(test_copy_many),	T(test_read_only_file), T(test_last_offset), T(test_dirty),
		T(test_dirty_huge),     T(test_hugetlb),
		T(test_physical),	T(test_contiguous),   T(test_cut),	    T(test_no_ranges),
	};

	return cmocka_run_group_tests_name("emu_memory", tests, NULL, NULL);
}
