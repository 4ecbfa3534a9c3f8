/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused virtual IOMMUs and virtual devices, and of attaches to their page tables. */
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
	GUESS("viommu-alloc", EOPNOTSUPP, "nesting", VIOMMU(.dev_id = 4));
	f.hw_type = IOM_HW_INFO_TYPE_ARM_SMMUV3;
	WHY("viommu-alloc", EOPNOTSUPP, "type-not-offered", "type", "has arm-smmuv3",
	    VIOMMU(.dev_id = 4));
	GUESS("viommu-alloc", EOPNOTSUPP, "nesting", VIOMMU(.type = 2));
	f.hw_type = IOM_HW_INFO_TYPE_INTEL_VTD;
	WHY("viommu-alloc", EOPNOTSUPP, "type-not-offered", "type", "no virtual IOMMUs",
	    VIOMMU(.dev_id = 4));
	f.hw_type = 0;
	GUESS("viommu-alloc", EOPNOTSUPP, "can be", VIOMMU(.dev_id = 4));
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
