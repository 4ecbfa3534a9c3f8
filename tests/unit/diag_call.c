/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes that any call can have: dispatch, size, reserved members, flags, ids, pointers. */
#include <fcntl.h>
#include <unistd.h>

#include "diag_fixture.h"

void test_dispatch(void **state)
{
	struct iom_tsm_op tsm = { .size = 16 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	WHY("IOMMU_IOAS_MAP", ENOTTY, "ioctl-unknown", NULL, "0x3b85", MAPARG());
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN", ENOTTY, "selftest-absent", NULL, "selftest driver",
	    (struct iom_test_cmd){ .size = 72 });
	WHY("IOMMU_VDEVICE_TSM_OP", ENOTTY, "ioctl-unmerged", NULL, "no released kernel", tsm);
	WHY("VFIO_DEVICE_ATTACH_IOMMUFD_PT", ENOTTY, "feature-absent", NULL, "0x3b77",
	    (struct iom_vfio_attach){ .argsz = 16 });
	WHY("VFIO_DEVICE_FEATURE_DMA_BUF", ENOTTY, "feature-absent", NULL, "feature 11",
	    (struct iom_vfio_feature){ .argsz = 24 });
	WHY("IOMMU_IOAS_MAP", EBADF, "fd-closed", NULL, "fd 1001 is not open", MAPARG());
	f.ctx.fd = null;
	WHY("IOMMU_IOAS_MAP", ENOTTY, "fd-not-iommufd", NULL, "is /dev/null, not an iommufd",
	    MAPARG());
	GUESS("IOMMU_IOAS_MAP", EBADF, "none of the causes", MAPARG());
	close(null);
}

void test_size(void **state)
{
	struct {
		unsigned char bytes[64];
	} big = { { 64 } };
	struct iom_hwpt_alloc hwpt = { .size = 48, .fault_id = 7 };
	struct iom_vfio_attach pasid = { .argsz = 12, .flags = 1 };

	(void)state;
	WHY("IOMMU_IOAS_MAP", EINVAL, "size-too-small", "size", "size is 4, at least 40",
	    MAPARG(.size = 4));
	WHY("VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "size-too-small", "argsz", "12, at least 16",
	    pasid);
	WHY("VFIO_DEVICE_DETACH_IOMMUFD_PT", EINVAL, "size-too-small", "argsz", "8, at least 12",
	    (struct iom_vfio_detach){ .argsz = 8, .flags = 1 });
	WHY("VFIO_DEVICE_FEATURE", EINVAL, "feature-flags", "flags", "unknown bits 0x80000",
	    (struct iom_vfio_feature){ .argsz = 8, .flags = 0x90001 });
	WHY("VFIO_DEVICE_FEATURE", EINVAL, "feature-flags", "flags", "neither",
	    (struct iom_vfio_feature){ .argsz = 8, .flags = 1 });
	WHY("VFIO_DEVICE_FEATURE", EINVAL, "feature-flags", "flags", "both",
	    (struct iom_vfio_feature){ .argsz = 8, .flags = 0x30001 });
	GUESS("VFIO_DEVICE_FEATURE", EINVAL, "does not accept",
	      (struct iom_vfio_feature){ .argsz = 8, .flags = 0x70001 });
	/* Beyond what we know, and beyond what an older kernel knows. */
	big.bytes[50] = 1;
	WHY("IOMMU_IOAS_MAP", E2BIG, "tail-not-zero", "size", "byte 50 is not zero", big);
	WHY("IOMMU_HWPT_ALLOC", E2BIG, "tail-not-zero", "fault_id", "byte 40 (member fault_id)",
	    hwpt);
	hwpt.fault_id = 0;
	GUESS("IOMMU_HWPT_ALLOC", E2BIG, "none of the causes", hwpt);
	/* A tail that was not handed on: only its size is known. */
	WHY("IOMMU_IOAS_UNMAP", E2BIG, "tail-not-zero", "size",
	    "size is 4096, IOMMU_IOAS_UNMAP has 24", (struct iom_ioas_unmap){ .size = 4096 });
}

void test_reserved_and_flags(void **state)
{
	struct iom_hw_info info = { .size = 40, .dev_id = 4, .reserved = { 0, 9 } };

	(void)state;
	WHY("IOMMU_IOAS_MAP", EOPNOTSUPP, "reserved-not-zero", "__reserved", "(offset 12) is 0x5",
	    MAPARG(.reserved = 5));
	WHY("IOMMU_GET_HW_INFO", EOPNOTSUPP, "reserved-not-zero", "__reserved", "is 0x9", info);
	WHY("IOMMU_IOAS_MAP", EOPNOTSUPP, "flag-unknown", "flags",
	    "unknown bit 0x8; known: ", MAPARG(.flags = 15));
	WHY("IOMMU_IOAS_MAP", EOPNOTSUPP, "flag-unknown", "flags",
	    "unknown bits 0x28; known: ", MAPARG(.flags = 0x2c));
	WHY("IOMMU_IOAS_ALLOC", EOPNOTSUPP, "flag-unknown", "flags", "known: none",
	    (struct iom_ioas_alloc){ .size = 12, .flags = 1 });
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", EINVAL, "flag-unknown", "dev_flags",
	    "no released kernel",
	    (struct iom_test_cmd){ .size = 72,
				   .op = IOM_TEST_OP_MOCK_DOMAIN_FLAGS,
				   .id = 1,
				   .mock_domain_flags.dev_flags = 8 });
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", EINVAL, "flag-unknown", "dev_flags", "0x10",
	    (struct iom_test_cmd){ .size = 72,
				   .op = IOM_TEST_OP_MOCK_DOMAIN_FLAGS,
				   .id = 1,
				   .mock_domain_flags.dev_flags = 16 });
	GUESS("IOMMU_IOAS_MAP", EOPNOTSUPP, "does not support", MAPARG());
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN", EOPNOTSUPP, "op-unknown", "op", "no operation 99",
	    (struct iom_test_cmd){ .size = 72, .op = 99 });
	GUESS("IOMMU_TEST_OP_MOCK_DOMAIN", EOPNOTSUPP, "does not support",
	      (struct iom_test_cmd){ .size = 72, .op = 2 });
}

void test_ids(void **state)
{
	struct iom_hwpt_alloc hwpt = { .size = 48, .dev_id = 4, .pt_id = 1 };

	(void)state;
	WHY("IOMMU_IOAS_MAP", ENOENT, "no-object", "ioas_id", "there is no ioas 12 in this context",
	    MAPARG(.ioas_id = 12));
	WHY("IOMMU_IOAS_MAP", ENOENT, "no-object", "ioas_id", "no ioas 4294967295",
	    MAPARG(.ioas_id = ~0u));
	WHY("IOMMU_IOAS_MAP", ENOENT, "no-object", "ioas_id",
	    "id 3 is a hwpt-paging, an ioas is needed", MAPARG(.ioas_id = 3));
	WHY("IOMMU_IOAS_MAP", ENOENT, "no-object", "ioas_id", "ioas_id is 0", MAPARG(.ioas_id = 0));
	WHY("IOMMU_DESTROY", ENOENT, "no-object", "id", "no object 9",
	    (struct iom_destroy){ 8, 9 });
	/* An id of the right type that the kernel refuses is not explained away. */
	GUESS("IOMMU_IOAS_MAP", ENOENT, "none of the causes", MAPARG());
	/* fault_id counts only with its flag. */
	GUESS("IOMMU_HWPT_ALLOC", ENOENT, "none of the causes", hwpt);
	hwpt.flags = IOM_HWPT_FAULT_ID_VALID;
	WHY("IOMMU_HWPT_ALLOC", ENOENT, "no-object", "fault_id", "fault_id is 0", hwpt);
	hwpt.fault_id = 7;
	GUESS("IOMMU_HWPT_ALLOC", ENOENT, "none of the causes", hwpt);
	GUESS("IOMMU_VFIO_IOAS", ENOENT, "none of the causes",
	      (struct iom_vfio_ioas){ 12, 55, 0, 0 });
	WHY("IOMMU_VFIO_IOAS", ENOENT, "no-object", "ioas_id", "no ioas 55",
	    (struct iom_vfio_ioas){ 12, 55, IOM_VFIO_IOAS_SET, 0 });
	/* On an fd we were given there may be objects that we never saw. */
	f.ctx.inherited = true;
	GUESS("IOMMU_IOAS_MAP", ENOENT, "probably an id is not an object", MAPARG(.ioas_id = 12));
	WHY("IOMMU_IOAS_MAP", ENOENT, "no-object", "ioas_id", "hwpt-paging", MAPARG(.ioas_id = 3));
}

void test_pointers(void **state)
{
	struct iom_ioas_iova_ranges r = {
		.size = 32, .ioas_id = 1, .num_iovas = 4, .allowed_iovas = 64
	};
	struct iom_ioas_allow_iovas a = {
		.size = 24, .ioas_id = 1, .num_iovas = 1, .allowed_iovas = (uintptr_t)usable
	};

	(void)state;
	WHY("IOMMU_IOAS_IOVA_RANGES", EFAULT, "bad-pointer", "allowed_iovas", "0x40 is not mapped",
	    r);
	r.num_iovas = 0;
	GUESS("IOMMU_IOAS_IOVA_RANGES", EFAULT, "none of the causes", r);
	/* Constants may be read, not written. */
	GUESS("IOMMU_IOAS_ALLOW_IOVAS", EFAULT, "none of the causes", a);
	r.num_iovas = 1;
	r.allowed_iovas = (uintptr_t)usable;
	WHY("IOMMU_IOAS_IOVA_RANGES", EFAULT, "bad-pointer", "allowed_iovas", "is r--", r);
	/* The count times the element, and an address at the very top. */
	a.num_iovas = ~0u;
	WHY("IOMMU_IOAS_ALLOW_IOVAS", EFAULT, "bad-pointer", "allowed_iovas", "68719476720 bytes",
	    a);
	a.allowed_iovas = UINT64_MAX - 7;
	WHY("IOMMU_IOAS_ALLOW_IOVAS", EFAULT, "bad-pointer", "allowed_iovas", "not mapped", a);
	r.num_iovas = 1;
	r.allowed_iovas = (uintptr_t)&r;
	WHY("IOMMU_IOAS_IOVA_RANGES", EMSGSIZE, "array-too-small", "num_iovas",
	    "2 ranges and room for 1", r);
	r.num_iovas = 2;
	GUESS("IOMMU_IOAS_IOVA_RANGES", EMSGSIZE, "none of the causes", r);
}
