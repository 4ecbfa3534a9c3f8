/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused virtual IOMMUs, devices and queues, and of what is done through them. */
#include "diag_fixture.h"

/* Beside the book of the fixture: 9 a parent, viommu 8 on it, vdevice 10, nested table 11. */
static void put_viommu(void)
{
	struct iom_object *o;

	o = put(9, IOM_OBJ_HWPT_PAGING);
	o->ioas = 1;
	o->hwpt_flags = IOM_HWPT_ALLOC_NEST_PARENT;
	f.store[8].parents[1] = f.store[8].ioas = 9;
	o = put(10, IOM_OBJ_VDEVICE);
	o->parents[0] = o->ioas = 8;
	o->parents[1] = 4;
	o->key = 0x77;
	o = put(11, IOM_OBJ_HWPT_NESTED);
	o->parents[0] = 4;
	o->parents[1] = o->ioas = 8;
	f.hw_type = IOM_HW_INFO_TYPE_SELFTEST;
}

#define VIOMMU(...)                                                                                \
	((struct iom_viommu_alloc){ .size = 40,                                                    \
				    .type = IOM_VIOMMU_TYPE_SELFTEST,                              \
				    .dev_id = 4,                                                   \
				    .hwpt_id = 9,                                                  \
				    .data_uptr = (uintptr_t)f.mem,                                 \
				    __VA_ARGS__ })

void test_viommu_alloc(void **state)
{
	(void)state;
	put_viommu();
	WHY("viommu-alloc", EOPNOTSUPP, "type-zero", "type", "0", VIOMMU(.type = 0));
	WHY("viommu-alloc", EOPNOTSUPP, "type-not-offered", "type", "has selftest", VIOMMU(.type = 1));
	GUESS("viommu-alloc", EOPNOTSUPP, "does not support", VIOMMU(.dev_id = 4));
	f.hw_type = IOM_HW_INFO_TYPE_ARM_SMMUV3;
	WHY("viommu-alloc", EOPNOTSUPP, "type-not-offered", "type", "has arm-smmuv3",
	    VIOMMU(.dev_id = 4));
	WHY("viommu-alloc", EOPNOTSUPP, "nesting-incapable", "type",
	    "lacks s1p (stage 1), s2p (stage 2), fwb", VIOMMU(.type = 2));
	f.hw_data[8] = 3; /* IDR0: both stages */
	WHY("viommu-alloc", EOPNOTSUPP, "nesting-incapable", "type", "device 4 lacks fwb",
	    VIOMMU(.type = 1));
	f.hw_data[21] = 1; /* IDR3: forced write-back */
	GUESS("viommu-alloc", EOPNOTSUPP, "nesting", VIOMMU(.type = 2));
	f.hw_type = IOM_HW_INFO_TYPE_INTEL_VTD;
	WHY("viommu-alloc", EOPNOTSUPP, "type-not-offered", "type", "no virtual IOMMUs",
	    VIOMMU(.dev_id = 4));
	f.store[9].parents[0] = 6;
	f.hw_type6 = IOM_HW_INFO_TYPE_ARM_SMMUV3;
	WHY("viommu-alloc", EINVAL, "parent-other-iommu", "hwpt_id", "device 6", VIOMMU(.dev_id = 4));
	f.store[9].parents[0] = 0;
	f.hw_type = 0;
	GUESS("viommu-alloc", EOPNOTSUPP, "can be", VIOMMU(.type = 1));
	WHY("viommu-alloc", EINVAL, "not-nest-parent", "hwpt_id", "by the kernel", VIOMMU(.hwpt_id = 3));
	WHY("viommu-alloc", EINVAL, "viommu-data", "data_len", "8 to 24", VIOMMU(.data_len = 7));
	WHY("viommu-alloc", EINVAL, "viommu-data", "data_len", "0", VIOMMU(.type = 2));
	GUESS("viommu-alloc", EINVAL, "does not accept", VIOMMU(.data_len = 0));
	GUESS("viommu-alloc", EINVAL, "does not accept", VIOMMU(.data_len = 24));
	GUESS("viommu-alloc", EINVAL, "does not accept", VIOMMU(.type = 1));
}

#define VDEVICE(dev, virt)                                                                         \
	((struct iom_vdevice_alloc){ .size = 24, .viommu_id = 8, .dev_id = (dev), .virt_id = (virt) })

void test_vdevice_alloc(void **state)
{
	(void)state;
	put_viommu();
	WHY("vdevice-alloc", ENOENT, "no-object", "viommu_id", "ioas",
	    (struct iom_vdevice_alloc){ .size = 24, .viommu_id = 1, .dev_id = 4 });
	GUESS("vdevice-alloc", ENOENT, "open it again", VDEVICE(6, 1));
	WHY("vdevice-alloc", EEXIST, "device-has-vdevice", "dev_id", "vdevice 10", VDEVICE(4, 1));
	WHY("vdevice-alloc", EEXIST, "virt-id-taken", "virt_id", "0x77", VDEVICE(6, 0x77));
	GUESS("vdevice-alloc", EEXIST, "", VDEVICE(6, 0x78));
	f.ctx.inherited = true;
	GUESS("vdevice-alloc", EEXIST, "can be", VDEVICE(6, 0x78));
	f.ctx.inherited = false;
	GUESS("vdevice-alloc", EINVAL, "make a virtual IOMMU for each", VDEVICE(6, 1));
	f.hw_type6 = IOM_HW_INFO_TYPE_INTEL_VTD;
	WHY("vdevice-alloc", EINVAL, "device-other-iommu", "dev_id", "device 6", VDEVICE(6, 1));
	GUESS("vdevice-alloc", EOPNOTSUPP, "StreamID", VDEVICE(6, 1));
}

void test_viommu_page(void **state)
{
	struct iom_page_io c = { .mmap_offset = 0x1001, .mmap_length = 0x2000 };

	(void)state;
	WHY("mmap", EINVAL, "mmap-unaligned", "mmap_offset", "0x1001 is not a multiple of 4096", c);
	c.mmap_offset = 0x1000;
	GUESS("mmap", EINVAL, "does not accept", c);
	GUESS("mmap", ENXIO, "exactly these pages", c);
}

void test_viommu_attach(void **state)
{
	struct iom_test_cmd c = { .size = 72, .op = IOM_TEST_OP_MOCK_DOMAIN, .id = 11 };

	(void)state;
	put_viommu();
	WHY("test-mock-domain", ENOENT, "no-vdevice", "id", "a new device", c);
	c.op = IOM_TEST_OP_MOCK_DOMAIN_FLAGS;
	WHY("test-mock-domain-flags", ENOENT, "no-vdevice", "id", "a new device", c);
	c.id = 9;
	GUESS("test-mock-domain-flags", ENOENT, "", c);
	c = (struct iom_test_cmd){ .size = 72, .op = IOM_TEST_OP_MOCK_DOMAIN_REPLACE, .id = 5 };
	c.mock_domain_replace.pt_id = 11;
	GUESS("test-mock-domain-replace", ENOENT, "", c);
	f.store[10].parents[0] = 7; /* of another viommu */
	WHY("test-mock-domain-replace", ENOENT, "no-vdevice", "pt_id", "device 4", c);
	WHY("vfio-attach-iommufd-pt", ENOENT, "no-vdevice", "pt_id", "device 6",
	    (struct iom_vfio_attach){ .argsz = 16, .pt_id = 11 });
	f.store[10] = (struct iom_object){ .id = 10, .type = IOM_OBJ_VDEVICE, .parents = { 8, 6 } };
	GUESS("vfio-attach-iommufd-pt", ENOENT, "", (struct iom_vfio_attach){ .argsz = 16, .pt_id = 11 });
}

#define QUEUE(...)                                                                                 \
	((struct iom_hw_queue_alloc){ .size = 40,                                                  \
				      .viommu_id = 8,                                              \
				      .type = IOM_HW_QUEUE_TYPE_SELFTEST,                          \
				      .index = 0,                                                  \
				      .nesting_parent_iova = 0x2000000,                            \
				      .length = 0x1000,                                            \
				      __VA_ARGS__ })

static void queue_numbers(void)
{
	WHY("hw-queue-alloc", EOPNOTSUPP, "type-zero", "type", "0", QUEUE(.type = 0));
	WHY("hw-queue-alloc", EINVAL, "length-zero", "length", "0", QUEUE(.length = 0));
	WHY("hw-queue-alloc", EOVERFLOW, "iova-wraps", "length", "64 bits",
	    QUEUE(.nesting_parent_iova = UINT64_MAX - 0xfff, .length = 0x1001));
	GUESS("hw-queue-alloc", EOVERFLOW, "none of", QUEUE(.nesting_parent_iova = UINT64_MAX - 0xfff));
	WHY("hw-queue-alloc", ERANGE, "queue-too-long", "length", "pages", QUEUE(.length = UINT64_MAX));
	GUESS("hw-queue-alloc", ERANGE, "", QUEUE(.index = 0));
	WHY("hw-queue-alloc", ENOMEM, "queue-too-long", "length", "pages",
	    QUEUE(.length = UINT64_C(1) << 40));
	GUESS("hw-queue-alloc", ENOMEM, "out of memory", QUEUE(.index = 0));
}

static void queue_memory(void)
{
	WHY("hw-queue-alloc", ENOENT, "queue-gap", "nesting_parent_iova", "0x2011000-0x2011fff",
	    QUEUE(.nesting_parent_iova = 0x2010ff0, .length = 32));
	GUESS("hw-queue-alloc", ENOENT, "", QUEUE(.index = 0));
	f.areas[1].prot = 2;
	WHY("hw-queue-alloc", EPERM, "queue-prot", NULL, "is not readable",
	    QUEUE(.nesting_parent_iova = 0x2010000));
	GUESS("hw-queue-alloc", EPERM, "", QUEUE(.index = 0));
	GUESS("hw-queue-alloc", EADDRINUSE, "", QUEUE(.index = 0));
	f.areas[1].user_va += 0x800;
	WHY("hw-queue-alloc", EADDRINUSE, "mapping-unaligned", NULL, "0x2010000", QUEUE(.index = 0));
	GUESS("hw-queue-alloc", EFAULT, "physical memory", QUEUE(.index = 0));
}

void test_hw_queue_alloc(void **state)
{
	struct iom_object *q;

	(void)state;
	put_viommu();
	queue_numbers();
	queue_memory();
	WHY("hw-queue-alloc", EOPNOTSUPP, "queue-type", "type", "only have selftest", QUEUE(.type = 1));
	GUESS("hw-queue-alloc", EOPNOTSUPP, "support", QUEUE(.index = 0));
	f.hw_type = IOM_HW_INFO_TYPE_INTEL_VTD;
	WHY("hw-queue-alloc", EOPNOTSUPP, "queue-type", "type", "no queues", QUEUE(.index = 0));
	WHY("hw-queue-alloc", EINVAL, "queue-index", "index", "2 queues", QUEUE(.index = 2));
	GUESS("hw-queue-alloc", EINVAL, "power of two", QUEUE(.type = 1, .index = 2));
	GUESS("hw-queue-alloc", EEXIST, "", QUEUE(.index = 0));
	WHY("hw-queue-alloc", EEXIST, "queue-stale", "index", "was destroyed", QUEUE(.index = 1));
	WHY("hw-queue-alloc", EIO, "queue-order", "index", "no queue 0", QUEUE(.index = 1));
	q = put(12, IOM_OBJ_HW_QUEUE);
	q->parents[0] = q->ioas = 8;
	GUESS("hw-queue-alloc", EIO, "", QUEUE(.index = 1));
	WHY("hw-queue-alloc", EEXIST, "queue-taken", "index", "hw-queue 12", QUEUE(.index = 0));
	q = put(13, IOM_OBJ_HW_QUEUE);
	q->parents[0] = q->ioas = 8;
	q->key = 1;
	WHY("destroy", EBUSY, "object-held", "id", "hw-queue 13 comes after it",
	    (struct iom_destroy){ .size = 8, .id = 12 });
	WHY("destroy", EBUSY, "object-held", "id", "hw-queue 12 uses it",
	    (struct iom_destroy){ .size = 8, .id = 8 });
}

#define INVALIDATE(...)                                                                            \
	((struct iom_hwpt_invalidate){ .size = 32,                                                 \
				       .hwpt_id = 8,                                               \
				       .data_uptr = (uintptr_t)f.mem,                              \
				       .data_type = IOM_VIOMMU_INVALIDATE_DATA_SELFTEST,           \
				       .entry_len = 12,                                            \
				       .entry_num = 2,                                             \
				       __VA_ARGS__ })

void test_viommu_invalidate(void **state)
{
	struct iom_viommu_invalidate_selftest *e;
	struct iom_test_cmd c = { .size = 72, .op = IOM_TEST_OP_DEV_CHECK_CACHE, .id = 4 };

	(void)state;
	put_viommu();
	e = (void *)f.mem;
	memset(f.mem, 0, 4096);
	e[0].vdev_id = e[1].vdev_id = 0x77;
	GUESS("hwpt-invalidate", EINVAL, "", INVALIDATE(.entry_num = 2));
	e[1].cache_id = 4;
	WHY("hwpt-invalidate", EINVAL, "viommu-entry", "data_uptr", "entry 1 (from 0) has cache_id 4",
	    INVALIDATE(.entry_num = 2));
	e[0].vdev_id = 0x78;
	WHY("hwpt-invalidate", EINVAL, "viommu-entry", "data_uptr", "vdev_id 0x78",
	    INVALIDATE(.entry_num = 2));
	f.ctx.inherited = true;
	GUESS("hwpt-invalidate", EINVAL, "an entry names", INVALIDATE(.entry_num = 2));
	f.ctx.inherited = false;
	/* Entries without the last member are no iotlb entries. */
	WHY("hwpt-invalidate", EINVAL, "viommu-entry", NULL, "vdev_id 0x78",
	    INVALIDATE(.entry_num = 1, .entry_len = 8));
	WHY("hwpt-invalidate", E2BIG, "entry-tail", "entry_len", "entry 0",
	    INVALIDATE(.entry_num = 1, .entry_len = 24));
	memset(f.mem, 0, 4096);
	GUESS("hwpt-invalidate", E2BIG, "", INVALIDATE(.entry_num = 1, .entry_len = 24));
	c.check_dev_cache.id = 4;
	WHY("test-dev-check-cache", EINVAL, "cache-id", "cache_id", "no entry 4", c);
	c.check_dev_cache.id = 3;
	GUESS("test-dev-check-cache", EINVAL, "another value", c);
}
