/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused page tables, dirty tracking, invalidations and hardware questions. */
#include <sys/mman.h>

#include "diag_fixture.h"

/* Beside the book of the fixture: 9 a parent, 10 a nested one, 11 one that tracks. */
static void put_hwpts(void)
{
	struct iom_object *o;

	o = put(9, IOM_OBJ_HWPT_PAGING);
	o->ioas = 1;
	o->hwpt_flags = IOM_HWPT_ALLOC_NEST_PARENT;
	o = put(10, IOM_OBJ_HWPT_NESTED);
	o->parents[0] = 4;
	o->parents[1] = o->ioas = 9;
	o = put(11, IOM_OBJ_HWPT_PAGING);
	o->ioas = 1;
	o->hwpt_flags = IOM_HWPT_ALLOC_DIRTY_TRACKING;
	f.hw_type = IOM_HW_INFO_TYPE_SELFTEST;
}

#define ALLOC(...)                                                                                 \
	((struct iom_hwpt_alloc){ .size = 48,                                                      \
				  .dev_id = 4,                                                     \
				  .pt_id = 1,                                                      \
				  .data_type = 0,                                                  \
				  .data_len = 0,                                                   \
				  .flags = 0,                                                      \
				  .data_uptr = (uintptr_t)f.mem,                                   \
				  __VA_ARGS__ })
#define SELFTEST .data_type = IOM_HWPT_DATA_SELFTEST, .data_len = 8

void test_hwpt_alloc(void **state)
{
	(void)state;
	put_hwpts();
	WHY("hwpt-alloc", EINVAL, "data-mismatch", "data_len", "without a type", ALLOC(.data_len = 8));
	WHY("hwpt-alloc", EINVAL, "data-mismatch", NULL, "data_len is 0", ALLOC(.data_type = 1));
	WHY("hwpt-alloc", EINVAL, "pt-absent", "pt_id", "no object 60", ALLOC(.pt_id = 60));
	WHY("hwpt-alloc", EINVAL, "pt-wrong-kind", "pt_id", "hwpt-nested", ALLOC(.pt_id = 10));
	WHY("hwpt-alloc", EINVAL, "not-nest-parent", "pt_id", "by the kernel",
	    ALLOC(.pt_id = 3, SELFTEST));
	WHY("hwpt-alloc", EINVAL, "not-nest-parent", "pt_id", "without nest-parent",
	    ALLOC(.pt_id = 11, SELFTEST));
	GUESS("hwpt-alloc", EINVAL, "does not accept", ALLOC(.pt_id = 9, SELFTEST));
	WHY("hwpt-alloc", EOPNOTSUPP, "nested-flags", "flags", "nest-parent",
	    ALLOC(.pt_id = 9, .flags = 1, SELFTEST));
	WHY("hwpt-alloc", EOPNOTSUPP, "nested-flags", "flags", "dirty-tracking",
	    ALLOC(.pt_id = 8, .flags = 2, SELFTEST));
	WHY("hwpt-alloc", EOPNOTSUPP, "nested-no-data", "data_type", "needs data", ALLOC(.pt_id = 9));
	WHY("hwpt-alloc", EOPNOTSUPP, "fault-nest-parent", "flags", "both", ALLOC(.flags = 5));
	WHY("hwpt-alloc", EOPNOTSUPP, "dirty-incapable", "flags", "device 4", ALLOC(.flags = 2));
	WHY("hwpt-alloc", EOPNOTSUPP, "data-foreign", "data_type", "selftest hardware",
	    ALLOC(.pt_id = 9, .data_type = 1, .data_len = 24));
	f.hw_caps = IOM_HW_CAP_DIRTY_TRACKING;
	GUESS("hwpt-alloc", EOPNOTSUPP, "support", ALLOC(.flags = 2, SELFTEST));
	f.hw_type = IOM_HW_INFO_TYPE_AMD;
	WHY("hwpt-alloc", EOPNOTSUPP, "nested-amd", "pt_id", "AMD",
	    ALLOC(.pt_id = 9, .data_type = IOM_HWPT_DATA_AMD_GUEST, .data_len = 32));
	f.hw_type = IOM_HW_INFO_TYPE_SELFTEST;
	GUESS("hwpt-alloc", EIO, "none of the causes", ALLOC(.pt_id = 8));
	f.hw_type = IOM_HW_INFO_TYPE_INTEL_VTD;
	WHY("hwpt-alloc", EOPNOTSUPP, "nesting-incapable", "flags",
	    "the IOMMU of device 4 lacks smts (scalable mode), nest (nested translation)",
	    ALLOC(.flags = 1));
	f.hw_data[21] = 0x08; /* extended capabilities, bit 43 */
	WHY("hwpt-alloc", EOPNOTSUPP, "nesting-incapable", "flags", "device 4 lacks nest",
	    ALLOC(.flags = 1));
	f.hw_data[19] = 0x04; /* and bit 26 */
	GUESS("hwpt-alloc", EOPNOTSUPP, "cannot nest", ALLOC(.flags = 1));
	f.hw_type = IOM_HW_INFO_TYPE_ARM_SMMUV3;
	f.hw_data[8] = 2; /* IDR0: only stage 1 */
	WHY("hwpt-alloc", EOPNOTSUPP, "nesting-incapable", "flags", "device 4 lacks s2p (stage 2)",
	    ALLOC(.flags = 1));
	f.hw_type = IOM_HW_INFO_TYPE_AMD;
	WHY("hwpt-alloc", EOPNOTSUPP, "nesting-incapable", "flags", "gcr3trpmode", ALLOC(.flags = 1));
	f.hw_type = IOM_HW_INFO_TYPE_SELFTEST;
	GUESS("hwpt-alloc", EOPNOTSUPP, "cannot nest", ALLOC(.flags = 1));
	f.hw_type = IOM_HW_INFO_TYPE_ARM_SMMUV3;
	WHY("hwpt-alloc", EOPNOTSUPP, "needs-viommu", "pt_id", "9 is no virtual IOMMU",
	    ALLOC(.pt_id = 9, .data_type = IOM_HWPT_DATA_ARM_SMMUV3, .data_len = 16));
	WHY("hwpt-alloc", EOPNOTSUPP, "flags-driver", "flags", "flags 0x8", ALLOC(.flags = 8));
	f.store[9].parents[0] = 6;
	GUESS("hwpt-alloc", EINVAL, "another IOMMU",
	      ALLOC(.pt_id = 9, .data_type = IOM_HWPT_DATA_ARM_SMMUV3, .data_len = 16));
	f.hw_type6 = IOM_HW_INFO_TYPE_INTEL_VTD;
	WHY("hwpt-alloc", EINVAL, "parent-other-iommu", "pt_id", "made for device 6",
	    ALLOC(.pt_id = 9, SELFTEST));
	f.hw_type = NO_HARDWARE;
	WHY("hwpt-alloc", EOPNOTSUPP, "nesting-absent", "pt_id", "device 4",
	    ALLOC(.pt_id = 9, SELFTEST));
	/* A kernel that cannot be asked. */
	f.hw_type = 0;
	GUESS("hwpt-alloc", EOPNOTSUPP, "it can be that", ALLOC(.flags = 2, SELFTEST));
}

/* A page table is filled with what the IOAS holds. */
void test_hwpt_fill(void **state)
{
	unsigned char *gone =
		mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	GUESS("hwpt-alloc", EADDRINUSE, "none of the causes", ALLOC(.pt_id = 2));
	GUESS("hwpt-alloc", EFAULT, "none of the causes", ALLOC(.pt_id = 2));
	map(3, 2, 0x2000400, 0x20007ff, (uintptr_t)f.mem + 0x400, 3, 0);
	WHY("hwpt-alloc", EADDRINUSE, "mapping-unaligned", "pt_id", "0x800", ALLOC(.pt_id = 2));
	iom_itree_remove(&f.store[2].areas, &f.areas[3].node);
	map(3, 2, 0x8000000, 0x8000fff, (uintptr_t)f.mem, 3, 0);
	GUESS("hwpt-alloc", EADDRINUSE, "none of the causes", ALLOC(.pt_id = 2));
	f.be.regions = fake_regions;
	GUESS("hwpt-alloc", EADDRINUSE, "none of the causes", ALLOC(.pt_id = 2));
	map(4, 2, 0x1000, 0x1fff, (uintptr_t)f.mem, 3, 0);
	WHY("hwpt-alloc", EADDRINUSE, "mapping-in-the-way", "pt_id", "0x1000-0x1fff of ioas 2 meets 0x0",
	    ALLOC(.pt_id = 2));
	GUESS("hwpt-alloc", EADDRINUSE, "probably", ALLOC(.pt_id = 2, SELFTEST));
	f.be.regions = NULL;
	WHY("hwpt-alloc", EADDRINUSE, "mapping-in-the-way", "pt_id", "outside its aperture",
	    ALLOC(.pt_id = 2));
	iom_itree_remove(&f.store[2].areas, &f.areas[4].node);
	f.allowed[0] = (struct iom_allow){ 0x7ff00000, 0x80ffffff };
	f.store[2].allowed = f.allowed;
	f.store[2].n_allowed = 1;
	WHY("hwpt-alloc", EADDRINUSE, "allowed-in-the-way", "pt_id", "0x7ff00000", ALLOC(.pt_id = 2));
	GUESS("hwpt-alloc", EADDRINUSE, "it can be", ALLOC(.pt_id = 2, .dev_id = 6));
	map(4, 2, 0x2000000, 0x2000fff, (uintptr_t)gone, 3, 0);
	munmap(gone, 0x1000);
	WHY("hwpt-alloc", EFAULT, "memory-gone", "pt_id", "not mapped any more", ALLOC(.pt_id = 2));
}

#define TRACK(id) ((struct iom_hwpt_set_dirty_tracking){ .size = 16, .flags = 1, .hwpt_id = (id) })
#define READ(...)                                                                                  \
	((struct iom_hwpt_get_dirty_bitmap){ .size = 48,                                           \
					     .hwpt_id = 11,                                        \
					     .iova = 0x2000000,                                    \
					     .length = 0x10000,                                    \
					     .page_size = 0x2000,                                  \
					     .data = (uintptr_t)f.mem,                             \
					     __VA_ARGS__ })

void test_hwpt_dirty(void **state)
{
	(void)state;
	put_hwpts();
	WHY("hwpt-set-dirty-tracking", EOPNOTSUPP, "not-tracking", "hwpt_id", "by the kernel", TRACK(3));
	WHY("hwpt-set-dirty-tracking", EOPNOTSUPP, "not-tracking", "hwpt_id", "without dirty",
	    TRACK(9));
	GUESS("hwpt-set-dirty-tracking", EOPNOTSUPP, "dirty tracking", TRACK(11));
	WHY("hwpt-set-dirty-tracking", ENOENT, "no-object", "hwpt_id", "ioas", TRACK(1));
	WHY("hwpt-get-dirty-bitmap", EINVAL, "length-zero", "length", "0", READ(.length = 0));
	WHY("hwpt-get-dirty-bitmap", EOVERFLOW, "iova-wraps", NULL, "64 bits",
	    READ(.iova = UINT64_MAX - 0xfff, .length = 0x2000));
	GUESS("hwpt-get-dirty-bitmap", EOVERFLOW, "none of the causes", READ(.length = 0x1000));
	WHY("hwpt-get-dirty-bitmap", EINVAL, "range-unaligned", "iova", "alignment of the ioas",
	    READ(.iova = 0x2000800));
	WHY("hwpt-get-dirty-bitmap", EINVAL, "range-unaligned", "length", "0x2000800",
	    READ(.length = 0x800));
	WHY("hwpt-get-dirty-bitmap", EINVAL, "page-size-zero", "page_size", "0",
	    READ(.page_size = 0));
	WHY("hwpt-get-dirty-bitmap", EINVAL, "page-unaligned", "length", "page_size",
	    READ(.length = 0x1000));
	GUESS("hwpt-get-dirty-bitmap", EINVAL, "does not accept", READ(.length = 0x2000));
	WHY("hwpt-get-dirty-bitmap", EOPNOTSUPP, "not-tracking", "hwpt_id", "without dirty",
	    READ(.hwpt_id = 9));
	GUESS("hwpt-get-dirty-bitmap", EOPNOTSUPP, "dirty tracking", READ(.hwpt_id = 11));
}

#define INVALIDATE(...)                                                                            \
	((struct iom_hwpt_invalidate){ .size = 32,                                                 \
				       .hwpt_id = 10,                                              \
				       .data_uptr = (uintptr_t)f.mem,                              \
				       .data_type = IOM_HWPT_INVALIDATE_DATA_SELFTEST,             \
				       .entry_len = 8,                                             \
				       .entry_num = 2,                                             \
				       __VA_ARGS__ })
#define VTD .data_type = IOM_HWPT_INVALIDATE_DATA_VTD_S1, .entry_len = 24

void test_hwpt_invalidate(void **state)
{
	struct iom_hwpt_invalidate_selftest *e;
	struct iom_hwpt_vtd_s1_invalidate *v;

	(void)state;
	put_hwpts();
	e = (void *)f.mem;
	v = (void *)f.mem;
	memset(f.mem, 0, 4096);
	WHY("hwpt-invalidate", EINVAL, "entries-wrong", "data_uptr", "0", INVALIDATE(.data_uptr = 0));
	WHY("hwpt-invalidate", EINVAL, "entries-wrong", "entry_len", "0", INVALIDATE(.entry_len = 0));
	WHY("hwpt-invalidate", EINVAL, "entries-wrong", "entry_len", "1000000",
	    INVALIDATE(.entry_len = 1000000));
	WHY("hwpt-invalidate", EINVAL, "entries-wrong", "entry_num", "524289",
	    INVALIDATE(.entry_num = 524289));
	WHY("hwpt-invalidate", EINVAL, "not-nested", "hwpt_id", "hwpt-paging", INVALIDATE(.hwpt_id = 9));
	WHY("hwpt-invalidate", EINVAL, "type-foreign", "data_type", "takes selftest", INVALIDATE(VTD));
	GUESS("hwpt-invalidate", EINVAL, "does not accept", INVALIDATE(.entry_num = 0));
	GUESS("hwpt-invalidate", EOPNOTSUPP, "support", INVALIDATE(.hwpt_id = 10));
	f.hw_type = IOM_HW_INFO_TYPE_ARM_SMMUV3;
	WHY("hwpt-invalidate", EOPNOTSUPP, "invalidate-viommu", "hwpt_id", "SMMUv3",
	    INVALIDATE(.hwpt_id = 10));
	f.hw_type = IOM_HW_INFO_TYPE_SELFTEST;
	e[1].iotlb_id = 4;
	WHY("hwpt-invalidate", EINVAL, "entry-value", NULL, "entry 1 (from 0) has iotlb_id 4",
	    INVALIDATE(.entry_num = 2));
	e[1] = (struct iom_hwpt_invalidate_selftest){ .flags = 2 };
	WHY("hwpt-invalidate", EOPNOTSUPP, "entry-flags", NULL, "flags 0x2", INVALIDATE(.entry_num = 2));
	f.hw_type = IOM_HW_INFO_TYPE_INTEL_VTD;
	*v = (struct iom_hwpt_vtd_s1_invalidate){ .addr = 0x800 };
	WHY("hwpt-invalidate", EINVAL, "entry-value", NULL, "0x800", INVALIDATE(VTD));
	*v = (struct iom_hwpt_vtd_s1_invalidate){ .addr = 0x1000, .npages = UINT64_MAX };
	WHY("hwpt-invalidate", EINVAL, "entry-value", NULL, "all ones", INVALIDATE(VTD));
	*v = (struct iom_hwpt_vtd_s1_invalidate){ .flags = 4 };
	WHY("hwpt-invalidate", EOPNOTSUPP, "entry-flags", NULL, "flags 0x4", INVALIDATE(VTD));
	*v = (struct iom_hwpt_vtd_s1_invalidate){ .reserved = 9 };
	WHY("hwpt-invalidate", EOPNOTSUPP, "entry-flags", NULL, "__reserved 0x9", INVALIDATE(VTD));
	GUESS("hwpt-invalidate", EOPNOTSUPP, "support", INVALIDATE(.data_type = 1, .entry_len = 16));
}

void test_hw_info(void **state)
{
	struct iom_hw_info c = { .size = 40, .flags = 1, .dev_id = 4 };

	(void)state;
	c.in_data_type = 4;
	WHY("get-hw-info", EOPNOTSUPP, "hw-type", "in_data_type", "0x4", c);
	c.flags = 0;
	GUESS("get-hw-info", EOPNOTSUPP, "no IOMMU", c);
}

void test_mock_hwpt(void **state)
{
	struct iom_test_cmd c = { .size = 72, .op = IOM_TEST_OP_DIRTY, .id = 11 };

	(void)state;
	put_hwpts();
	c.dirty.iova = 0x2000000;
	c.dirty.length = 0x4000;
	c.dirty.page_size = 0x1000;
	c.dirty.uptr = (uintptr_t)f.mem;
	GUESS("test-dirty", EINVAL, "track", c);
	GUESS("test-dirty", EOVERFLOW, "none of", c);
	c.id = 9;
	WHY("test-dirty", EINVAL, "not-tracking", "id", "without dirty", c);
	c.dirty.uptr = 0;
	WHY("test-dirty", EINVAL, "uptr-zero", "uptr", "0", c);
	c.dirty.iova = 0x2000800;
	WHY("test-dirty", EINVAL, "page-unaligned", "iova", "0x1000", c);
	c.dirty.length = 0;
	WHY("test-dirty", EINVAL, "length-zero", "length", "0", c);
	c.dirty.page_size = 0;
	WHY("test-dirty", EINVAL, "page-size-zero", "page_size", "0", c);
	c.dirty.page_size = 0x800;
	c.dirty.length = UINT64_C(1) << 40;
	WHY("test-dirty", EOVERFLOW, "dirty-too-many", "length", "536870912", c);

	c = (struct iom_test_cmd){ .size = 72, .op = IOM_TEST_OP_MD_CHECK_IOTLB, .id = 10 };
	c.check_iotlb.id = 4;
	WHY("test-md-check-iotlb", EINVAL, "iotlb-id", "iotlb_id", "no entry 4", c);
	c.check_iotlb.id = 3;
	GUESS("test-md-check-iotlb", EINVAL, "another value", c);
}
