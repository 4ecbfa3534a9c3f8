/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Address spaces where mappings are cut, refused by a page table, or find no room any more. */
#include "emu_calls.h"

#define VFIO_TYPE1     1
#define VFIO_SET_IOMMU _IO(';', 0x66)
#define VFIO_MAP_DMA   _IO(';', 0x71)
#define VFIO_UNMAP_DMA _IO(';', 0x72)

static uint32_t vfio_ioas(void)
{
	struct iom_vfio_ioas c = { .size = sizeof(c), .op = IOM_VFIO_IOAS_SET };

	c.ioas_id = ioas_alloc();
	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), 0);
	return c.ioas_id;
}

static int vfio_map(uint32_t flags, uint64_t length, uint64_t iova)
{
	struct {
		uint32_t argsz, flags;
		uint64_t vaddr, iova, size;
	} m = { sizeof(m), flags, (uintptr_t)buf, iova, length };

	return call(VFIO_MAP_DMA, &m);
}

static int vfio_unmap(uint64_t iova, uint64_t size, uint64_t *unmapped)
{
	struct {
		uint32_t argsz, flags;
		uint64_t iova, size;
	} u = { sizeof(u), 0, iova, size };
	int rc = call(VFIO_UNMAP_DMA, &u);

	*unmapped = u.size;
	return rc;
}

static int dmabuf(uint64_t length)
{
	struct iom_test_cmd c = { .dmabuf_get.length = length };
	int kind, number;

	assert_int_equal(test_cmd(&c, IOM_TEST_OP_DMABUF_GET, 0), 0);
	/* Linux 7.3 does not tell the number */
	for (int i = 3; i < 64; i++) {
		kind = iom_emu_kind(emu, i, &number);
		if (kind == IOM_EMU_DMABUF)
			return i;
	}
	fail();
	return -1;
}

/* ---- cutting, as type 1 of VFIO did ---- */

static void test_cut(void **state)
{
	struct iom_ioas_unmap probe = { .size = sizeof(probe) };
	uint64_t done;
	uint32_t ioas = vfio_ioas();

	(void)state;
	assert_int_equal(call(VFIO_SET_IOMMU, (void *)VFIO_TYPE1), 0);
	assert_int_equal(vfio_map(3, 8 * PAGE, APERTURE), 0);
	/* a cut is between pages */
	assert_int_equal(vfio_unmap(APERTURE + PAGE, 100, &done), -EINVAL);
	assert_int_equal(vfio_unmap(APERTURE + 100, PAGE - 100, &done), -EINVAL);
	assert_int_equal(vfio_unmap(APERTURE, 8 * PAGE - 1, &done), -EINVAL);
	/* but behind the first byte there is none, and then nothing that it is all of */
	assert_int_equal(vfio_unmap(APERTURE + 1, 8 * PAGE - 1, &done), -ENOENT);
	/* out of the middle: memory for either part may be missing, and nothing has happened then */
	for (unsigned int nth = 1;; nth++) {
		int rc;

		iom_emu_fail_nth(nth);
		rc = vfio_unmap(APERTURE + 2 * PAGE, PAGE, &done);
		iom_emu_fail_nth(0);
		if (!rc)
			break;
		assert_int_equal(rc, -ENOMEM);
		assert_true(nth < 100);
	}
	assert_int_equal(done, PAGE);
	/* three are left: two pages, five, and between them room for one */
	assert_int_equal(vfio_map(3, PAGE, APERTURE + PAGE), -EEXIST);
	assert_int_equal(vfio_map(3, PAGE, APERTURE + 3 * PAGE), -EEXIST);
	assert_int_equal(vfio_map(3, PAGE, APERTURE + 2 * PAGE), 0);
	probe.ioas_id = ioas;
	probe.length = UINT64_MAX;
	assert_int_equal(call(IOM_NR_IOAS_UNMAP, &probe), 0);
	assert_int_equal(probe.length, 8 * PAGE);
}

/* What somebody has pinned, or what is a dma-buf, is not cut. */
static void test_cut_refused(void **state)
{
	uint32_t ioas = vfio_ioas(), item;
	int access, pages = dmabuf(4 * PAGE);
	uint64_t done;

	(void)state;
	assert_int_equal(call(VFIO_SET_IOMMU, (void *)VFIO_TYPE1), 0);
	assert_int_equal(vfio_map(3, 4 * PAGE, APERTURE), 0);
	assert_int_equal(create_access(ioas, IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES, &access), 0);
	assert_int_equal(access_pages(access, APERTURE, buf, PAGE, 0, &item), 0);
	assert_int_equal(vfio_unmap(APERTURE + PAGE, PAGE, &done), -EINVAL);
	assert_int_equal(access_unpin(access, item), 0);
	assert_int_equal(vfio_unmap(APERTURE + PAGE, PAGE, &done), 0);
	assert_int_equal(done, PAGE);
	assert_int_equal(iom_emu_close(emu, access), 0);
	assert_int_equal(map_file(ioas, pages, 0, 4 * PAGE, APERTURE + 0x10000), 0);
	assert_int_equal(vfio_unmap(APERTURE + 0x10000, PAGE, &done), -EOPNOTSUPP);
	assert_int_equal(vfio_unmap(APERTURE + 0x10000, 4 * PAGE, &done), 0);
}

/* ---- what a page table takes ---- */

/* VFIO maps also what nobody may touch; there is no entry of a page table for it. */
static void test_no_access(void **state)
{
	uint32_t ioas = vfio_ioas();
	struct mock m;

	(void)state;
	assert_int_equal(vfio_map(0, PAGE, APERTURE), 0);
	assert_int_equal(mock_flags(ioas, 0, &m), -EINVAL);
	assert_int_equal(unmap(ioas, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(mock_flags(ioas, 0, &m), 0);
	assert_int_equal(vfio_map(0, PAGE, APERTURE), -EINVAL);
}

/* A dma-buf without its memory is not mapped, and hinders nobody. */
static void test_revoked(void **state)
{
	struct iom_test_cmd c = { 0 };
	uint32_t ioas = ioas_alloc();
	int pages = dmabuf(4 * PAGE);
	struct mock m;

	(void)state;
	m = mock_domain(ioas);
	assert_int_equal(map_file(ioas, pages, 0, 4 * PAGE, APERTURE), 0);
	c.dmabuf_revoke.dmabuf_fd = pages;
	c.dmabuf_revoke.revoked = 1;
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_DMABUF_REVOKE, 0), 0);
	assert_int_equal(destroy(m.stdev), 0);
	assert_int_equal(mock_flags(ioas, 0, &m), 0);
	assert_int_equal(unmap(ioas, APERTURE, 4 * PAGE, NULL), 0);
}

static int bind_vfio(const char *path, struct iom_vfio_bind *b)
{
	int dev = iom_emu_open(emu, path);

	*b = (struct iom_vfio_bind){ .argsz = sizeof(*b), .iommufd = fd };
	assert_true(dev >= 0);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, b), 0);
	return dev;
}

static int attach(int dev, uint32_t ioas)
{
	struct iom_vfio_attach a = { .argsz = sizeof(a), .pt_id = ioas };

	return iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a);
}

static int nest_parent(uint32_t dev, uint32_t ioas)
{
	struct iom_hwpt_alloc h = {
		.size = sizeof(h), .flags = IOM_HWPT_ALLOC_NEST_PARENT, .dev_id = dev, .pt_id = ioas
	};

	return call(IOM_NR_HWPT_ALLOC, &h);
}

/* VT-d's nest parents take no read-only mapping: neither one that is there, nor one to come. */
static void test_force_writeable(void **state)
{
	uint32_t ioas = ioas_alloc(), other = ioas_alloc();
	struct iom_ioas_map c = { .size = sizeof(c),
				  .flags = IOM_IOAS_MAP_READABLE | FIXED,
				  .ioas_id = ioas,
				  .user_va = (uintptr_t)buf,
				  .length = PAGE,
				  .iova = 0x10000 };
	struct iom_vfio_bind b;
	int dev;

	(void)state;
	dev = bind_vfio("/dev/vfio/devices/vfio1", &b);
	assert_int_equal(map_at(ioas, buf + PAGE, PAGE, 0x20000), 0);
	assert_int_equal(call(IOM_NR_IOAS_MAP, &c), 0);
	assert_int_equal(attach(dev, ioas), 0);
	/* beside the page table that the device uses, which took it */
	assert_int_equal(nest_parent(b.out_devid, ioas), -EINVAL);
	assert_int_equal(unmap(ioas, 0x10000, PAGE, NULL), 0);
	assert_int_equal(nest_parent(b.out_devid, ioas), 0);
	assert_int_equal(call(IOM_NR_IOAS_MAP, &c), -EINVAL);
	/* and as the first of an address space */
	c.ioas_id = other;
	assert_int_equal(call(IOM_NR_IOAS_MAP, &c), 0);
	assert_int_equal(nest_parent(b.out_devid, other), -EINVAL);
	assert_int_equal(unmap(other, 0x10000, PAGE, NULL), 0);
	assert_int_equal(nest_parent(b.out_devid, other), 0);
}

/* Pages that are larger than those of the memory. */
static void test_large_pages_only(void **state)
{
	struct iom_vfio_bind b;
	int dev;

	(void)state;
	restart("device=vfio0,iommu=0,pgsizes=0x40200000");
	dev = bind_vfio("/dev/vfio/devices/vfio0", &b);
	assert_int_equal(attach(dev, ioas_alloc()), -EINVAL);
}

/* ---- room ---- */

/* What was packed from the bottom may be more than a range that is allowed later. */
static void test_less_room(void **state)
{
	struct iom_iova_range wide = { 0x10000, 0xfffff }, narrow = { 0x10000, 0x12fff };
	uint32_t ioas = ioas_alloc();
	uint64_t iova;

	(void)state;
	assert_int_equal(allow(ioas, &wide, 1), 0);
	for (uint64_t i = 0; i < 8; i++) {
		assert_int_equal(map_any(ioas, buf, PAGE, &iova), 0);
		assert_int_equal(iova, 0x10000 + i * PAGE);
	}
	assert_int_equal(allow(ioas, &narrow, 1), 0);
	assert_int_equal(map_any(ioas, buf, PAGE, &iova), -ENOSPC);
	assert_int_equal(unmap(ioas, 0x11000, PAGE, NULL), 0);
	assert_int_equal(map_any(ioas, buf, PAGE, &iova), 0);
	assert_int_equal(iova, 0x11000);
}

/* ---- files ---- */

static void test_kinds(void **state)
{
	int number, dev, pages = dmabuf(PAGE);
	struct iom_fault_alloc q = { .size = sizeof(q) };

	(void)state;
	dev = iom_emu_open(emu, "/dev/vfio/devices/vfio1");
	assert_int_equal(call(IOM_NR_FAULT_QUEUE_ALLOC, &q), 0);
	assert_int_equal(iom_emu_kind(emu, fd, &number), IOM_EMU_CONTEXT);
	assert_int_equal(number, -1);
	assert_int_equal(iom_emu_kind(emu, dev, &number), IOM_EMU_DEVICE);
	assert_int_equal(number, 1);
	assert_int_equal(iom_emu_kind(emu, pages, &number), IOM_EMU_DMABUF);
	assert_int_equal(iom_emu_kind(emu, (int)q.out_fault_fd, &number), IOM_EMU_ANON);
	assert_int_equal(iom_emu_kind(emu, 0, &number), IOM_EMU_NONE);
	assert_int_equal(iom_emu_kind(emu, -1, &number), IOM_EMU_NONE);
	assert_int_equal(number, -1);
	/* one device has a group, one an IOMMU of its own, one is not there */
	restart("device=a,iommu=0,group=4;device=noiommu-b,iommu=none");
	assert_int_equal(iom_emu_group(emu, "/dev/vfio/devices/a"), 4);
	assert_int_equal(iom_emu_group(emu, "/dev/vfio/devices/noiommu-b"), -1);
	assert_int_equal(iom_emu_group(emu, "/dev/vfio/devices/c"), -1);
	assert_int_equal(iom_emu_group(emu, "/dev/iommu"), -1);
}

static int vm_with(const struct iom_kvm_slot *slots, size_t n)
{
	const struct iom_kvm_vm vm = { slots, n, NULL, 0 };
	int made = iom_emu_kvm_create(emu, &vm);

	if (made < 0)
		return made;
	return iom_emu_close(emu, made);
}

/* Slots of a virtual machine, in any order, do not overlap. */
static void test_slots(void **state)
{
	const struct iom_kvm_slot apart[] = { { 0x4000, 0x4fff }, { 0, 0xfff }, { 0x2000, 0x2fff } },
				  begin[] = { { 0x4000, 0x5fff }, { 0x5000, 0x6fff } },
				  end[] = { { 0x4000, 0x5fff }, { 0x3000, 0x4fff } };

	(void)state;
	assert_int_equal(vm_with(apart, 3), 0);
	assert_int_equal(vm_with(begin, 2), -EEXIST);
	assert_int_equal(vm_with(end, 2), -EEXIST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_cut),	 T(test_cut_refused),	  T(test_no_access),
		T(test_revoked), T(test_force_writeable), T(test_large_pages_only),
		T(test_less_room), T(test_kinds),	  T(test_slots),
	};

	return cmocka_run_group_tests_name("emu_pagetable", tests, NULL, NULL);
}
