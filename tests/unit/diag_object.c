/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of options, of destroying an object, and of the two rare calls on an ioas. */
#include "diag_fixture.h"

#define OPT(id_, op_, object_, value_)                                                             \
	((struct iom_option){                                                                      \
		.size = 24, .option_id = id_, .op = op_, .object_id = object_, .val64 = value_ })

void test_options(void **state)
{
	(void)state;
	WHY("IOMMU_OPTION", EOPNOTSUPP, "option-unknown", "option_id", "no option 77",
	    OPT(77, 0, 0, 0));
	WHY("IOMMU_OPTION", EOPNOTSUPP, "option-unknown", "option_id", "option 2 (",
	    OPT(2, 0, 6, 0));
	WHY("IOMMU_OPTION", EOPNOTSUPP, "option-object", "object_id", "object_id is 6",
	    OPT(0, 0, 6, 0));
	WHY("IOMMU_OPTION", EOPNOTSUPP, "option-op", "op", "op is 2", OPT(0, 2, 0, 0));
	GUESS("IOMMU_OPTION", EOPNOTSUPP, "does not support", OPT(1, 0, 1, 0));
	WHY("IOMMU_OPTION", ENOENT, "no-object", "object_id", "no ioas 12", OPT(1, 0, 12, 0));
	WHY("IOMMU_OPTION", ENOENT, "no-object", "object_id", "id 1 is an ioas", OPT(2, 0, 1, 0));
	WHY("IOMMU_OPTION", ENOENT, "no-object", "object_id", "object_id is 0", OPT(3, 0, 0, 2));
	GUESS("IOMMU_OPTION", ENOENT, "none of the causes", OPT(2, 0, 6, 0));
	GUESS("IOMMU_OPTION", EPERM, "probably setting rlimit-mode", OPT(0, 0, 0, 1));
	f.root = ALL_CAPS;
	GUESS("IOMMU_OPTION", EPERM, "lacks a capability", OPT(0, 0, 0, 1));
	f.root = NO_CAPS;
	WHY("IOMMU_OPTION", EPERM, "no-sys-resource", "op", "CAP_SYS_RESOURCE", OPT(0, 0, 0, 1));
	WHY("IOMMU_OPTION", EBUSY, "rlimit-late", "op", "has ioas 1 and 7 more objects",
	    OPT(0, 0, 0, 1));
	for (size_t i = 2; i < IOM_ARRAY_SIZE(f.objects); i++)
		f.objects[i] = NULL;
	WHY("IOMMU_OPTION", EBUSY, "rlimit-late", "op", "has ioas 1 already", OPT(0, 0, 0, 1));
	f.objects[1] = NULL;
	GUESS("IOMMU_OPTION", EBUSY, "probably rlimit-mode", OPT(0, 0, 0, 1));
	WHY("IOMMU_OPTION", EINVAL, "option-value", "val64", "the value is 2", OPT(0, 0, 0, 2));
}

void test_huge_pages(void **state)
{
	(void)state;
	WHY("IOMMU_OPTION", EINVAL, "option-value", "val64", "the value is 9", OPT(1, 0, 1, 9));
	WHY("IOMMU_OPTION", EINVAL, "huge-mapped", "val64",
	    "is on ioas 1, which holds the mapping 0x2000000", OPT(1, 0, 1, 0));
	GUESS("IOMMU_OPTION", EINVAL, "does not accept", OPT(1, 0, 2, 0));
	GUESS("IOMMU_OPTION", EADDRINUSE, "none of the causes", OPT(1, 0, 1, 0));
	map(3, 2, 0x2000800, 0x2000fff, (uintptr_t)f.mem + 0x800, 3, 0);
	WHY("IOMMU_OPTION", EADDRINUSE, "huge-unaligned", "val64",
	    "0x2000800-0x2000fff of ioas 2 is not aligned", OPT(1, 0, 2, 0));
}

void test_sw_msi(void **state)
{
	(void)state;
	f.sw_msi_start = UINT64_MAX;
	WHY("IOMMU_OPTION", EBUSY, "device-attached", "object_id", "device 4 is attached to hwpt 3",
	    OPT(2, 0, 4, 0));
	GUESS("IOMMU_OPTION", EBUSY, "uses the object", OPT(2, 0, 6, 0));
	WHY("IOMMU_OPTION", EINVAL, "sw-msi-unaligned", "val64", "0x7fff0000 is not",
	    OPT(2, 0, 6, 0x7fff0000));
	GUESS("IOMMU_OPTION", EINVAL, "does not accept", OPT(2, 0, 6, 0x7ff00000));
	WHY("IOMMU_OPTION", EINVAL, "sw-msi-huge", "val64", "17592186044416 MiB",
	    OPT(3, 0, 6, 1ULL << 44));
	WHY("IOMMU_OPTION", EINVAL, "sw-msi-no-start", "val64",
	    "sw-msi-start of device 6 was never set", OPT(3, 0, 6, 2));
	f.sw_msi_start = 0xfffffffffff00000;
	GUESS("IOMMU_OPTION", EINVAL, "does not accept", OPT(3, 0, 6, 2));
	WHY("IOMMU_OPTION", EOVERFLOW, "sw-msi-wraps", "val64",
	    "window of 2 MiB from 0xfffffffffff00000", OPT(3, 0, 6, 2));
	GUESS("IOMMU_OPTION", EOVERFLOW, "none of the causes", OPT(2, 0, 6, 0xfffffffffff00000));
	f.sw_msi_mib = 2;
	WHY("IOMMU_OPTION", EOVERFLOW, "sw-msi-wraps", "val64", "2 MiB",
	    OPT(2, 0, 6, 0xfffffffffff00000));
	/* Which region: nobody knows, the host knows, the backend knows. */
	f.sw_msi_mib = 0;
	WHY("IOMMU_OPTION", EADDRINUSE, "sw-msi-reserved", "val64",
	    "0x80000000-0x800fffff meets a reserved region "
	    "of device 6",
	    OPT(2, 0, 6, 0x80000000));
	f.root = NO_CAPS;
	WHY("IOMMU_OPTION", EADDRINUSE, "sw-msi-reserved", "val64", "0xfee00000-0xfeefffff (msi)",
	    OPT(2, 0, 6, 0xfee00000));
	f.be.regions = fake_regions;
	f.sw_msi_start = 0x7ff00000;
	WHY("IOMMU_OPTION", EADDRINUSE, "sw-msi-reserved", "val64",
	    "window 0x7ff00000-0x800fffff meets reserved region 0x80000000-0x8fffffff "
	    "(reserved)",
	    OPT(3, 0, 6, 2));
	/* Not about a window at all. */
	GUESS("IOMMU_OPTION", EADDRINUSE, "none of the causes", OPT(1, 0, 2, 0));
}

void test_destroy(void **state)
{
	(void)state;
	WHY("IOMMU_DESTROY", EBUSY, "object-held", "id",
	    "ioas 1 is in use: mock device 5 is attached to it through hwpt 3, "
	    "IOMMU_TEST_OP_CREATE_ACCESS fd 101 is open",
	    (struct iom_destroy){ 8, 1 });
	WHY("IOMMU_DESTROY", EBUSY, "object-held", "id", "mock device 5 is attached to it",
	    (struct iom_destroy){ 8, 3 });
	assert_non_null(strstr(last_err.hint, "made hwpt 3 by itself"));
	WHY("IOMMU_DESTROY", EBUSY, "object-held", "id", "part of mock device 5",
	    (struct iom_destroy){ 8, 4 });
	WHY("IOMMU_DESTROY", EBUSY, "object-held", "id", "/dev/vfio/devices/vfio0 fd 100 is open",
	    (struct iom_destroy){ 8, 6 });
	GUESS("IOMMU_DESTROY", EBUSY, "probably something uses", (struct iom_destroy){ 8, 2 });
	for (uint32_t id = 9; id < 15; id++)
		put(id, IOM_OBJ_HWPT_PAGING)->parents[0] = 2;
	WHY("IOMMU_DESTROY", EBUSY, "object-held", "id", "hwpt-paging 12 uses it and 2 more",
	    (struct iom_destroy){ 8, 2 });
}

void test_process_and_pa(void **state)
{
	struct iom_ioas_change_process c = { 8, 0 };
	struct iom_ioas_noiommu_get_pa pa = {
		.size = 40, .ioas_id = 1, .iova = 0x2011000, .length = 1
	};

	(void)state;
	WHY("IOMMU_IOAS_CHANGE_PROCESS", EINVAL, "area-not-file", NULL,
	    "0x2000000-0x200ffff (made by line 3) of ioas 1", c);
	GUESS("IOMMU_IOAS_CHANGE_PROCESS", EBUSY, "another thread", c);
	WHY("IOMMU_IOAS_NOIOMMU_GET_PA", ENOENT, "nothing-mapped", "iova", "0x2011000", pa);
	GUESS("IOMMU_IOAS_NOIOMMU_GET_PA", EPERM, "CAP_SYS_RAWIO", pa);
	f.root = NO_CAPS;
	WHY("IOMMU_IOAS_NOIOMMU_GET_PA", EPERM, "no-rawio", NULL, "CAP_SYS_RAWIO", pa);
	WHY("IOMMU_IOAS_NOIOMMU_GET_PA", EOPNOTSUPP, "not-noiommu", "ioas_id", "of ioas 1", pa);
	WHY("IOMMU_IOAS_NOIOMMU_GET_PA", EINVAL, "dmabuf-revoked", "iova", "0x20110", pa);
	GUESS("IOMMU_IOAS_NOIOMMU_GET_PA", EOVERFLOW, "none of the causes", pa);
	pa.iova = 0x2010fff;
	GUESS("IOMMU_IOAS_NOIOMMU_GET_PA", ENOENT, "none of the causes", pa);
	pa.length = 0;
	WHY("IOMMU_IOAS_NOIOMMU_GET_PA", EINVAL, "length-zero", "length", "", pa);
	pa.iova = UINT64_MAX;
	WHY("IOMMU_IOAS_NOIOMMU_GET_PA", EOVERFLOW, "iova-max", "iova", "", pa);
	for (int i = 0; i < 3; i++)
		f.areas[i].file = true;
	GUESS("IOMMU_IOAS_CHANGE_PROCESS", EINVAL, "does not accept", c);
	GUESS("IOMMU_VFIO_IOAS", ENODEV, "compatibility ioas",
	      (struct iom_vfio_ioas){ .size = 12 });
}
