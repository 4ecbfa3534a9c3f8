/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused attachments of PASIDs. */
#include "diag_fixture.h"

#define TEST(op_, id_, ...) ((struct iom_test_cmd){ .size = 72, .op = op_, .id = id_, __VA_ARGS__ })

/* Beside the book of the fixture: 12 for PASIDs, 13 not; pasid 9 of device 4 uses 12. */
static void put_pasids(void)
{
	put(12, IOM_OBJ_HWPT_PAGING)->ioas = 1;
	f.store[12].hwpt_flags = IOM_HWPT_ALLOC_PASID;
	put(13, IOM_OBJ_HWPT_PAGING)->ioas = 1;
	f.pasid = (struct iom_pasid){ 4, 9, 12, 0, NULL };
	f.ctx.pasids = &f.pasid;
	f.store[4].hwpt = f.store[5].hwpt = 12;
	f.hw_type = IOM_HW_INFO_TYPE_SELFTEST;
	f.hw_pasids = 20;
}

static void change_cases(const char *call, uint32_t op)
{
#define CHANGE(pasid_, pt) TEST(op, 5, .pasid_attach = { pasid_, pt })
	WHY(call, EINVAL, "pasid-page-table", "pt_id", "hwpt-paging 13 was allocated without pasid",
	    CHANGE(9, 13));
	WHY(call, EINVAL, "pasid-page-table", "pt_id", "hwpt-paging 3 was made by the kernel",
	    CHANGE(9, 3));
	WHY(call, EINVAL, "pasid-page-table", "pt_id", "ioas 1 gets a page table", CHANGE(9, 1));
	WHY(call, EINVAL, "pasids-attached", "pt_id",
	    "13 was allocated without pasid, and pasid 9 of device 4 is attached to hwpt 12",
	    CHANGE(0, 13));
	GUESS(call, EINVAL, "not of a mock device", CHANGE(9, 12));
#undef CHANGE
}

void test_mock_pasid(void **state)
{
	const char *attach = "IOMMU_TEST_OP_PASID_ATTACH";
	const char *replace = "IOMMU_TEST_OP_PASID_REPLACE";
	uint32_t op = IOM_TEST_OP_PASID_ATTACH;

	(void)state;
	f.root = ALL_CAPS;
	put_pasids();
	change_cases(attach, IOM_TEST_OP_PASID_ATTACH);
	change_cases(replace, IOM_TEST_OP_PASID_REPLACE);
	WHY(replace, ENOMEM, "pasid-fails", "pasid", "1024",
	    TEST(IOM_TEST_OP_PASID_REPLACE, 5, .pasid_attach = { 1024, 12 }));
	GUESS(replace, ENOMEM, "probably",
	      TEST(IOM_TEST_OP_PASID_REPLACE, 5, .pasid_attach = { 9, 12 }));
	WHY(attach, EBUSY, "pasid-attached", "pasid",
	    "pasid 9 of device 4 is attached to hwpt 12 already",
	    TEST(op, 5, .pasid_attach = { 9, 12 }));
	WHY(attach, EBUSY, "pasid-attached", "pasid", "pasid 0 is device 4 itself",
	    TEST(op, 5, .pasid_attach = { 0, 12 }));
	GUESS(attach, EBUSY, "probably", TEST(op, 5, .pasid_attach = { 8, 12 }));
	WHY(attach, EINVAL, "pasid-too-wide", "pasid",
	    "1048576 does not fit into the 20 bits of device 4",
	    TEST(op, 5, .pasid_attach = { 1048576, 12 }));
	f.hw_pasids = 0;
	WHY(attach, EINVAL, "pasid-too-wide", "pasid", "device 4 has no PASIDs",
	    TEST(op, 5, .pasid_attach = { 1, 12 }));
	f.store[4].hwpt = 13;
	WHY(attach, EINVAL, "device-page-table", "pasid",
	    "device 4 itself is attached to hwpt 13, which was allocated without pasid",
	    TEST(op, 5, .pasid_attach = { 8, 12 }));
	WHY(replace, EINVAL, "pasid-not-attached", "pasid", "pasid 8 of device 4 is not",
	    TEST(IOM_TEST_OP_PASID_REPLACE, 5, .pasid_attach = { 8, 12 }));
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", EINVAL, "pasids-attached", "pt_id",
	    "ioas 2 gets a page table that is not made for PASIDs, and pasid 9",
	    TEST(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, 5, .mock_domain_replace.pt_id = 2));
	/* The book of an inherited fd knows only a part. */
	f.ctx.inherited = true;
	GUESS(replace, EINVAL, "it can be that the PASID is not attached",
	      TEST(IOM_TEST_OP_PASID_REPLACE, 5, .pasid_attach = { 8, 12 }));
	GUESS(attach, EBUSY, "probably", TEST(op, 5, .pasid_attach = { 8, 12 }));
	GUESS(attach, EINVAL, "it can be", TEST(op, 60, .pasid_attach = { 8, 12 }));
}

void test_mock_pasid_check(void **state)
{
	const char *call = "IOMMU_TEST_OP_PASID_CHECK_HWPT";
#define CHECK(pasid_, hwpt)                                                                        \
	TEST(IOM_TEST_OP_PASID_CHECK_HWPT, 5, .pasid_check = { .pasid = pasid_, .hwpt_id = hwpt })

	(void)state;
	put_pasids();
	WHY(call, EINVAL, "not-hwpt", "hwpt_id", "object 1 is of type ioas", CHECK(9, 1));
	WHY(call, EINVAL, "pasid-differs", "hwpt_id", "pasid 9 of device 4 is attached to hwpt 12",
	    CHECK(9, 13));
	WHY(call, EINVAL, "pasid-differs", "hwpt_id", "attached to hwpt 12", CHECK(9, 0));
	WHY(call, EINVAL, "pasid-differs", "hwpt_id", "pasid 8 of device 4 is not attached",
	    CHECK(8, 12));
	WHY(call, ENOENT, "no-object", "hwpt_id", "no object 60", CHECK(9, 60));
	f.ctx.inherited = true;
	GUESS(call, EINVAL, "probably", CHECK(8, 12));
	WHY("IOMMU_DESTROY", EBUSY, "object-held", "id", "pasid 9 of device 4 is attached to it",
	    (struct iom_destroy){ .size = 8, .id = 12 });
#undef CHECK
}

/* A page table that tracks dirty pages, and a device that cannot. */
void test_mock_dirty(void **state)
{
	struct iom_test_cmd c = TEST(IOM_TEST_OP_MOCK_DOMAIN_FLAGS, 12);

	(void)state;
	put_pasids();
	f.ctx.pasids = NULL;
	f.store[12].hwpt_flags |= IOM_HWPT_ALLOC_DIRTY_TRACKING;
	GUESS("IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", EINVAL, "probably", c);
	c.mock_domain_flags.dev_flags = IOM_MOCK_FLAGS_DEVICE_NO_DIRTY;
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", EINVAL, "dirty-incapable", "id", "hwpt 12", c);
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", EINVAL, "dirty-incapable", "pt_id",
	    "hwpt 12 tracks dirty pages, and device 4 cannot",
	    TEST(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, 5, .mock_domain_replace.pt_id = 12));
	WHY("IOMMU_TEST_OP_PASID_ATTACH", EINVAL, "dirty-incapable", "pt_id", "device 4",
	    TEST(IOM_TEST_OP_PASID_ATTACH, 5, .pasid_attach = { 0, 12 }));
	WHY("IOMMU_TEST_OP_PASID_REPLACE", EINVAL, "dirty-incapable", "pt_id", "device 4",
	    TEST(IOM_TEST_OP_PASID_REPLACE, 5, .pasid_attach = { 0, 12 }));
	GUESS("IOMMU_TEST_OP_PASID_ATTACH", EINVAL, "not of a mock",
	      TEST(IOM_TEST_OP_PASID_ATTACH, 5, .pasid_attach = { 1, 12 }));
	f.hw_caps = IOM_HW_CAP_DIRTY_TRACKING;
	GUESS("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", EINVAL, "probably",
	      TEST(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, 5, .mock_domain_replace.pt_id = 12));
}

void test_vfio_pasid(void **state)
{
	const char *call = "VFIO_DEVICE_ATTACH_IOMMUFD_PT";
#define ATTACH(pasid_, pt) ((struct iom_vfio_attach){ 16, 1, pt, pasid_ })

	(void)state;
	put_pasids();
	f.pasid.device = 6;
	WHY(call, EINVAL, "pasid-page-table", "pt_id", "without pasid", ATTACH(9, 13));
	WHY(call, EINVAL, "pasids-attached", "pt_id", "pasid 9 of device 6 is attached",
	    (struct iom_vfio_attach){ 16, 0, 13, 9 });
	WHY(call, EINVAL, "pasid-too-wide", "pasid", "20 bits of device 6", ATTACH(0x100000, 12));
	f.hw_pasids = 0;
	GUESS(call, EINVAL, "another IOMMU", ATTACH(0x100000, 12));
	f.store[6].hwpt = 13;
	WHY(call, EINVAL, "device-page-table", "pasid", "device 6 itself is attached to hwpt 13",
	    ATTACH(8, 12));
	WHY(call, EBUSY, "pasid-attached", "pasid", "pasid 0 is device 6 itself", ATTACH(0, 12));
	f.store[6].hwpt = 0;
	GUESS(call, EBUSY, "being reset", ATTACH(0, 12));
	WHY(call, ENOSPC, "pasid-huge", "pasid", "0x80000000", ATTACH(0x80000000, 12));
	GUESS(call, ENOSPC, "none", ATTACH(5, 12));
	/* A sibling of the group has the same PASID elsewhere. */
	f.twin = (struct iom_handle){
		.fd = 102, .id = 4, .name = "/dev/vfio/devices/vfio0", .next = &f.vfio
	};
	f.ctx.handles = &f.twin;
	f.root = NO_CAPS;
	f.pasid.device = 4;
	f.hw_pasids = 8;
	{
		struct iom_vfio_attach a = ATTACH(256, 12);
		struct iom_err e = { 0 };

		iom_explain_fd(&f.ctx, iom_call_find(call, NULL), 100, &a, -EINVAL, f.root, &e);
		is_cause(&e, "pasid-too-wide", "pasid", "8 bits of device 6");
	}
	{
		struct iom_vfio_attach a = ATTACH(9, 13);
		struct iom_err e = { 0 };

		iom_explain_fd(&f.ctx, iom_call_find(call, NULL), 100, &a, -EINVAL, f.root, &e);
		note_rows(call, EINVAL, e.cause);
		is_cause(&e, "group-attached", "pt_id", "pasid 9 of device 4");
	}
	f.ctx.handles = &f.vfio;
#undef ATTACH
}
