/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of the cause table: virtual IOMMUs, virtual devices, hardware queues. */
#include "causes.h"

static const struct iom_cause rows_viommu[] = {
	{ "IOMMU_VIOMMU_ALLOC", EOPNOTSUPP, "type-zero", cause_type_zero,
	  "type 0 is not a type of virtual IOMMU", "name the type that the device's IOMMU has" },
	{ "IOMMU_VIOMMU_ALLOC", EOPNOTSUPP, "type-not-offered", cause_viommu_type,
	  "the device's IOMMU has no virtual IOMMUs of this type",
	  "see its own type in `iommuctl device hw-info`" },
	{ "IOMMU_VIOMMU_ALLOC", EINVAL, "not-nest-parent", cause_viommu_parent,
	  "the page table was not allocated as a parent of nested ones",
	  "allocate it with nest-parent" },
	{ "IOMMU_VIOMMU_ALLOC", EINVAL, "viommu-data", cause_viommu_data,
	  "the data of the type is missing or has another size", "give what the type takes" },
	{ "IOMMU_VIOMMU_ALLOC", EOPNOTSUPP, "nesting-incapable", NULL,
	  "the IOMMU lacks what a virtual one needs (SMMUv3: nesting, and stage 2 that forces "
	  "write-back or a coherent device)",
	  "compare the registers in `iommuctl device hw-info`" },
	{ "IOMMU_VDEVICE_ALLOC", EINVAL, "device-other-iommu", cause_vdevice_iommu,
	  "the device is behind another IOMMU than the virtual one, or behind none",
	  "make a virtual IOMMU for each IOMMU" },
	{ "IOMMU_VDEVICE_ALLOC", EEXIST, "device-has-vdevice", cause_vdevice_twice,
	  "the device is behind a virtual IOMMU already", "destroy that vdevice first" },
	{ "IOMMU_VDEVICE_ALLOC", EEXIST, "virt-id-taken", cause_virt_id_taken,
	  "another device has this number in the virtual IOMMU", "give another virt_id" },
	{ "IOMMU_VDEVICE_ALLOC", ENOENT, "device-going", NULL, "the device is being closed",
	  "open it again" },
	{ "IOMMU_VDEVICE_ALLOC", EOPNOTSUPP, "several-streams", NULL,
	  "the device has more than one StreamID", "SMMUv3 takes devices with one" },
	{ "IOMMU_TEST_OP_MOCK_DOMAIN", ENOENT, "no-vdevice", cause_no_vdevice,
	  "the page table is of a virtual IOMMU that the device is not behind",
	  "attach it to an ioas, `vdevice alloc`, then move it" },
	{ "IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", ENOENT, "no-vdevice", cause_no_vdevice,
	  "the page table is of a virtual IOMMU that the device is not behind",
	  "attach it to an ioas, `vdevice alloc`, then move it" },
	{ "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", ENOENT, "no-vdevice", cause_no_vdevice,
	  "the page table is of a virtual IOMMU that the device is not behind",
	  "`vdevice alloc` puts it there" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", ENOENT, "no-vdevice", cause_no_vdevice,
	  "the page table is of a virtual IOMMU that the device is not behind",
	  "`vdevice alloc` puts it there" },
};

CAUSE_PART(viommu);
