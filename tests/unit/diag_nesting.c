/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused nested translation: VT-d, SMMUv3 and AMD. */
#include <endian.h>
#include <sys/mman.h>
#include <unistd.h>

#include "diag_fixture.h"
#include "iommuctl/smmuv3.h"

#define NEST  IOM_HWPT_ALLOC_NEST_PARENT
#define DIRTY IOM_HWPT_ALLOC_DIRTY_TRACKING
#define PASID IOM_HWPT_ALLOC_PASID
#define FAULT IOM_HWPT_FAULT_ID_VALID

/*
 * Beside the book of the fixture: parent 9 of device 4, nested 10 on it, vIOMMU 8 on the parent with
 * vdevice 12 and the nested 11. Hardware registers go to hw_data as the structs have them.
 */
static void put_nesting(uint32_t hw_type)
{
	struct iom_object *o;

	o = put(9, IOM_OBJ_HWPT_PAGING);
	o->parents[0] = 4;
	o->ioas = 1;
	o->hwpt_flags = NEST;
	o = put(10, IOM_OBJ_HWPT_NESTED);
	o->parents[0] = 4;
	o->parents[1] = o->ioas = 9;
	o->has_vtd = true;
	o->vtd_width = 48;
	f.store[8].parents[1] = f.store[8].ioas = 9;
	o = put(11, IOM_OBJ_HWPT_NESTED);
	o->parents[0] = 4;
	o->parents[1] = o->ioas = 8;
	o = put(12, IOM_OBJ_VDEVICE);
	o->parents[0] = o->ioas = 8;
	o->parents[1] = 4;
	o->key = 0x17;
	f.hw_type = hw_type;
	f.hw_caps = IOM_HW_CAP_DIRTY_TRACKING;
}

static void vtd(uint64_t cap, uint64_t ecap)
{
	struct iom_hw_info_vtd info = { .flags = IOM_HW_INFO_VTD_ERRATA_772415_SPR17,
					.cap_reg = cap,
					.ecap_reg = ecap };

	memcpy(f.hw_data, &info, sizeof(info));
}
#define VTD_NEST (UINT64_C(1) << 43 | UINT64_C(1) << 26)

#define ALLOC(...)                                                                                 \
	((struct iom_hwpt_alloc){ .size = 48,                                                      \
				  .dev_id = 4,                                                     \
				  .pt_id = 1,                                                      \
				  .data_type = 0,                                                  \
				  .data_len = 0,                                                   \
				  .flags = 0,                                                      \
				  .data_uptr = (uintptr_t)f.mem,                                   \
				  __VA_ARGS__ })
#define VTD_S1 .data_type = IOM_HWPT_DATA_VTD_S1, .data_len = 24
#define SMMU   .data_type = IOM_HWPT_DATA_ARM_SMMUV3, .data_len = 16

void test_nested_flags(void **state)
{
	const char *key = "flags-driver";

	(void)state;
	put_nesting(IOM_HW_INFO_TYPE_INTEL_VTD);
	vtd(0, VTD_NEST);
	WHY("hwpt-alloc", EOPNOTSUPP, key, "flags", "flags 0x8", ALLOC(.flags = PASID));
	put_nesting(IOM_HW_INFO_TYPE_ARM_SMMUV3);
	memset(f.hw_data, 0xff, sizeof(f.hw_data));
	WHY("hwpt-alloc", EOPNOTSUPP, key, "flags", "only alone", ALLOC(.flags = NEST | PASID));
	WHY("hwpt-alloc", EOPNOTSUPP, "viommu-flags", "flags", "pasid", ALLOC(.pt_id = 8, .flags = PASID, SMMU));
	GUESS("hwpt-alloc", EOPNOTSUPP, "support", ALLOC(.pt_id = 8, .flags = FAULT, SMMU));
	put_nesting(IOM_HW_INFO_TYPE_AMD);
	WHY("hwpt-alloc", EOPNOTSUPP, key, "flags", "only alone", ALLOC(.flags = DIRTY | PASID));
	memset(f.hw_data, 0, sizeof(f.hw_data));
	WHY("hwpt-alloc", EOPNOTSUPP, key, "flags", "gtsup 0", ALLOC(.flags = PASID));
	WHY("hwpt-alloc", EOPNOTSUPP, "nesting-incapable", "flags", "gtsup", ALLOC(.flags = NEST));
}

void test_nested_data(void **state)
{
	(void)state;
	put_nesting(IOM_HW_INFO_TYPE_INTEL_VTD);
	vtd(0, 0);
	WHY("hwpt-alloc", EOPNOTSUPP, "nesting-absent", NULL, "smts", ALLOC(.pt_id = 9, VTD_S1));
	vtd(0, VTD_NEST);
	WHY("hwpt-alloc", EOPNOTSUPP, "data-on-ioas", "data_type", "vtd-s1 describes", ALLOC(VTD_S1));
	GUESS("hwpt-alloc", EOPNOTSUPP, "support", ALLOC(.pt_id = 9, VTD_S1));
	WHY("hwpt-alloc", EINVAL, "data-length", "data_len", "16, vtd-s1 has 24",
	    ALLOC(.pt_id = 9, .data_type = IOM_HWPT_DATA_VTD_S1, .data_len = 16));
	put_nesting(IOM_HW_INFO_TYPE_SELFTEST);
	WHY("hwpt-alloc", EINVAL, "data-length", "data_len", "9, selftest has 4 to 8",
	    ALLOC(.pt_id = 9, .data_type = IOM_HWPT_DATA_SELFTEST, .data_len = 9));
	put_nesting(IOM_HW_INFO_TYPE_ARM_SMMUV3);
	WHY("hwpt-alloc", EINVAL, "data-foreign", "data_type", "is arm-smmuv3", ALLOC(.pt_id = 8, VTD_S1));
	WHY("hwpt-alloc", EOPNOTSUPP, "data-on-ioas", "data_type", "arm-smmuv3", ALLOC(SMMU));
}

void test_nested_attach(void **state)
{
	const char *call = "VFIO_DEVICE_ATTACH_IOMMUFD_PT";
	struct iom_vfio_attach a = { .argsz = 12, .pt_id = 10 };
	struct iom_object *n;

	(void)state;
	put_nesting(IOM_HW_INFO_TYPE_INTEL_VTD);
	n = &f.store[10];
	n->parents[0] = 6;
	vtd(0, VTD_NEST);
	GUESS(call, EINVAL, "another IOMMU", a);
	n->vtd_width = 39;
	WHY(call, EINVAL, "first-stage", "pt_id", "39; 48 and 57", a);
	n->vtd_width = 57;
	WHY(call, EINVAL, "first-stage", "pt_id", "no fs5lp", a);
	vtd(UINT64_C(1) << 60, VTD_NEST);
	n->vtd_flags = IOM_VTD_S1_SRE | IOM_VTD_S1_EAFE;
	WHY(call, EINVAL, "first-stage", "pt_id", "sre", a);
	vtd(UINT64_C(1) << 60, VTD_NEST | UINT64_C(1) << 31);
	WHY(call, EINVAL, "first-stage", "pt_id", "eafe", a);
	n->parents[0] = 4;
	f.hw_type6 = IOM_HW_INFO_TYPE_ARM_SMMUV3;
	WHY(call, EINVAL, "pt-other-iommu", "pt_id", "intel-vtd hardware; device 6", a);
	GUESS(call, ENODEV, "none of the causes", a);
	n->hwpt_flags = FAULT;
	WHY(call, ENODEV, "no-page-requests", "pt_id", "fault queue", a);
}

void test_nested_read_only(void **state)
{
	int file = memfd_create("nesting", MFD_CLOEXEC);

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(ftruncate(file, 0x1000), 0);
	put_nesting(IOM_HW_INFO_TYPE_INTEL_VTD);
	vtd(0, VTD_NEST);
	WHY("hwpt-alloc", EINVAL, "read-only-mapped", "flags", "is read-only", ALLOC(.flags = NEST));
	GUESS("hwpt-alloc", EINVAL, "does not accept", ALLOC(.flags = DIRTY));
	WHY("ioas-map", EINVAL, "read-only-parent", "flags", "hwpt 9", MAPARG(.flags = 5));
	WHY("ioas-copy", EINVAL, "read-only-parent", "flags", "hwpt 9",
	    COPYARG(.flags = 5, .dst_ioas_id = 1));
	WHY("ioas-map-file", EINVAL, "read-only-parent", "flags", "hwpt 9",
	    FILEARG(.flags = 5, .fd = file));
	GUESS("ioas-map", EINVAL, "does not accept", MAPARG(.flags = 7));
	close(file);
}

void test_stream_entries(void **state)
{
	uint64_t *ste = (void *)f.mem;

	(void)state;
	put_nesting(IOM_HW_INFO_TYPE_ARM_SMMUV3);
	ste[0] = htole64(1 | UINT64_C(1) << 56);
	ste[1] = 0;
	WHY("hwpt-alloc", EIO, "entry-refused", "data_uptr", "word 0 has 0x100000000000000",
	    ALLOC(.pt_id = 8, SMMU));
	ste[0] = htole64(1);
	ste[1] = htole64(UINT64_C(1) << 40);
	WHY("hwpt-alloc", EIO, "entry-refused", "data_uptr", "word 1 has 0x10000000000",
	    ALLOC(.pt_id = 8, SMMU));
	ste[0] = htole64(1 | 3 << 1);
	ste[1] = 0;
	WHY("hwpt-alloc", EIO, "entry-refused", "data_uptr", "config is 3", ALLOC(.pt_id = 8, SMMU));
	ste[0] = htole64(1 | 5 << 1);
	ste[1] = htole64(2 << 28);
	WHY("hwpt-alloc", EIO, "entry-refused", "data_uptr", "eats is 2", ALLOC(.pt_id = 8, SMMU));
	ste[1] = 0;
	GUESS("hwpt-alloc", EIO, "stream table entry", ALLOC(.pt_id = 8, SMMU));
	ste[0] = 0;
	GUESS("hwpt-alloc", EIO, "none of the causes", ALLOC(.pt_id = 8, SMMU));
}

#define INVALIDATE(...)                                                                            \
	((struct iom_hwpt_invalidate){ .size = 32,                                                 \
				       .hwpt_id = 8,                                               \
				       .data_uptr = (uintptr_t)f.mem,                              \
				       .data_type = IOM_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,         \
				       .entry_len = 16,                                            \
				       .entry_num = 2,                                             \
				       __VA_ARGS__ })

/* The second of two commands is the one. */
static void refused(uint64_t cmd0, uint64_t cmd1, const char *part)
{
	uint64_t *cmd = (void *)f.mem;

	cmd[0] = htole64(IOM_SMMU_TLBI_NSNH_ALL);
	cmd[1] = 0;
	cmd[2] = htole64(cmd0);
	cmd[3] = htole64(cmd1);
	WHY("hwpt-invalidate", EIO, "command-refused", "data_uptr", part, INVALIDATE(.entry_num = 2));
}

void test_stream_commands(void **state)
{
	(void)state;
	put_nesting(IOM_HW_INFO_TYPE_ARM_SMMUV3);
	refused(0x20, 0, "entry 1 (from 0) has opcode 0x20");
	refused(IOM_SMMU_TLBI_NH_ALL | 1 << 11, 0, "TLBI_NH_ALL, has bits 0x800 in cmd0");
	refused(IOM_SMMU_CFGI_CD_ALL, 1, "CFGI_CD_ALL, has bits 0x1 in cmd1");
	refused(IOM_SMMU_ATC_INV, 53, "size 53, the largest is 52");
	refused(IOM_SMMU_TLBI_NH_VA | 3 << 12, 0, "which need tg");
	refused(IOM_SMMU_TLBI_NH_VAA, 1 << 10, "which needs num");
	refused(IOM_SMMU_CFGI_CD | UINT64_C(0x18) << 32, 0, "sid 0x18, which no vdevice of viommu 8");
	f.mem[16] = IOM_SMMU_CFGI_CD;
	f.mem[20] = 0x17;
	GUESS("hwpt-invalidate", EIO, "a command", INVALIDATE(.entry_num = 2));
	f.ctx.inherited = true;
	f.mem[20] = 0x18;
	GUESS("hwpt-invalidate", EIO, "a command", INVALIDATE(.entry_num = 2));
	f.ctx.inherited = false;
	WHY("hwpt-invalidate", EINVAL, "entries-none", "entry_num", "0", INVALIDATE(.entry_num = 0));
	WHY("hwpt-invalidate", EOPNOTSUPP, "invalidate-viommu", "hwpt_id", "hwpt-nested 11 is on viommu 8",
	    INVALIDATE(.hwpt_id = 11));
	GUESS("hwpt-invalidate", EOPNOTSUPP, "support", INVALIDATE(.hwpt_id = 8));
	f.hw_type = IOM_HW_INFO_TYPE_AMD;
	WHY("hwpt-invalidate", EOPNOTSUPP, "nothing-to-invalidate", "hwpt_id", "viommu 8 is of amd",
	    INVALIDATE(.hwpt_id = 8));
	f.hw_type = IOM_HW_INFO_TYPE_INTEL_VTD;
	WHY("hwpt-invalidate", EINVAL, "entry-length", "entry_len", "16, entries of the type have 24",
	    INVALIDATE(.hwpt_id = 10, .data_type = IOM_HWPT_INVALIDATE_DATA_VTD_S1));
}
