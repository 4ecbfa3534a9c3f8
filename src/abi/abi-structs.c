/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The data types that calls point to, and the records that event queues carry. */
#include "table.h"

#define FIELDS(id) static const struct iom_field id##_f[]

FIELDS(iova_range) = {
	F(iova_range, start, INOUT, IOVA),
	F(iova_range, last, INOUT, IOVA),
	F_END
};

/* ---- hw-info ---- */

FIELDS(hw_info_vtd) = {
	F(hw_info_vtd, flags, OUT, FLAGS, .values = &iom_e_hw_info_vtd_flags),
	FR(hw_info_vtd, reserved, "__reserved"),
	F(hw_info_vtd, cap_reg, OUT, HEX),
	F(hw_info_vtd, ecap_reg, OUT, HEX),
	F_END
};

FIELDS(hw_info_arm_smmuv3) = {
	F(hw_info_arm_smmuv3, flags, OUT, FLAGS, .values = &iom_e_hw_info_smmuv3_flags),
	FR(hw_info_arm_smmuv3, reserved, "__reserved"),
	FA(hw_info_arm_smmuv3, idr, OUT, HEX),
	F(hw_info_arm_smmuv3, iidr, OUT, HEX),
	F(hw_info_arm_smmuv3, aidr, OUT, HEX),
	F_END
};

FIELDS(hw_info_tegra241_cmdqv) = {
	F(hw_info_tegra241_cmdqv, flags, OUT, FLAGS, .values = &iom_e_no_flags),
	F(hw_info_tegra241_cmdqv, version, OUT, UINT),
	F(hw_info_tegra241_cmdqv, log2vcmdqs, OUT, UINT),
	F(hw_info_tegra241_cmdqv, log2vsids, OUT, UINT),
	FR(hw_info_tegra241_cmdqv, reserved, "__reserved"),
	F_END
};

FIELDS(hw_info_amd) = {
	F(hw_info_amd, efr, OUT, HEX),
	F(hw_info_amd, efr2, OUT, HEX),
	F_END
};

FIELDS(test_hw_info) = {
	F(test_hw_info, flags, OUT, FLAGS, .values = &iom_e_no_flags),
	F(test_hw_info, test_reg, OUT, HEX),
	F_END
};

/* ---- hwpt-data ---- */

FIELDS(hwpt_vtd_s1) = {
	F(hwpt_vtd_s1, flags, IN, FLAGS, .values = &iom_e_vtd_s1_flags),
	F(hwpt_vtd_s1, pgtbl_addr, IN, IOVA),
	F(hwpt_vtd_s1, addr_width, IN, UINT),
	FR(hwpt_vtd_s1, reserved, "__reserved"),
	F_END
};

FIELDS(hwpt_arm_smmuv3) = { FA(hwpt_arm_smmuv3, ste, IN, HEX), F_END };

FIELDS(hwpt_amd_guest) = { FA(hwpt_amd_guest, dte, IN, HEX), F_END };

FIELDS(hwpt_selftest) = {
	F(hwpt_selftest, iotlb, IN, HEX),
	F(hwpt_selftest, pagetable_type, IN, ENUM, .values = &iom_e_mock_iommupt),
	F_END
};

/* ---- invalidate ---- */

FIELDS(hwpt_vtd_s1_invalidate) = {
	F(hwpt_vtd_s1_invalidate, addr, IN, IOVA),
	F(hwpt_vtd_s1_invalidate, npages, IN, HEX),
	F(hwpt_vtd_s1_invalidate, flags, IN, FLAGS,
	  .values = &iom_e_vtd_invalidate_flags),
	FR(hwpt_vtd_s1_invalidate, reserved, "__reserved"),
	F_END
};

FIELDS(viommu_arm_smmuv3_invalidate) = {
	FA(viommu_arm_smmuv3_invalidate, cmd, IN, HEX),
	F_END
};

FIELDS(hwpt_invalidate_selftest) = {
	F(hwpt_invalidate_selftest, flags, IN, FLAGS,
	  .values = &iom_e_mock_invalidate_flags),
	F(hwpt_invalidate_selftest, iotlb_id, IN, UINT),
	F_END
};

FIELDS(viommu_invalidate_selftest) = {
	F(viommu_invalidate_selftest, flags, IN, FLAGS,
	  .values = &iom_e_mock_invalidate_flags),
	F(viommu_invalidate_selftest, vdev_id, IN, UINT),
	F(viommu_invalidate_selftest, cache_id, IN, UINT),
	F_END
};

/* ---- viommu, veventq, fault ---- */

FIELDS(viommu_tegra241_cmdqv) = {
	F(viommu_tegra241_cmdqv, out_vintf_mmap_offset, OUT, HEX),
	F(viommu_tegra241_cmdqv, out_vintf_mmap_length, OUT, LEN),
	F_END
};

FIELDS(viommu_selftest) = {
	F(viommu_selftest, in_data, IN, HEX),
	F(viommu_selftest, out_data, OUT, HEX),
	F(viommu_selftest, out_mmap_offset, OUT, HEX),
	F(viommu_selftest, out_mmap_length, OUT, LEN),
	F_END
};

FIELDS(vevent_header) = {
	F(vevent_header, flags, OUT, FLAGS, .values = &iom_e_veventq_flags),
	F(vevent_header, sequence, OUT, UINT),
	F_END
};

FIELDS(vevent_arm_smmuv3) = { FA(vevent_arm_smmuv3, evt, OUT, HEX), F_END };

FIELDS(vevent_tegra241_cmdqv) = {
	FA(vevent_tegra241_cmdqv, lvcmdq_err_map, OUT, HEX),
	F_END
};

FIELDS(viommu_event_selftest) = { F(viommu_event_selftest, virt_id, OUT, HEX), F_END };

FIELDS(hwpt_pgfault) = {
	F(hwpt_pgfault, flags, OUT, FLAGS, .values = &iom_e_pgfault_flags),
	F(hwpt_pgfault, dev_id, OUT, ID, .obj = IOM_OBJ_DEVICE),
	F(hwpt_pgfault, pasid, OUT, UINT),
	F(hwpt_pgfault, grpid, OUT, UINT),
	F(hwpt_pgfault, perm, OUT, FLAGS, .values = &iom_e_pgfault_perm),
	FR(hwpt_pgfault, reserved, "__reserved"),
	F(hwpt_pgfault, addr, OUT, IOVA),
	F(hwpt_pgfault, length, OUT, LEN),
	F(hwpt_pgfault, cookie, OUT, UINT),
	F_END
};

FIELDS(hwpt_page_response) = {
	F(hwpt_page_response, cookie, IN, UINT),
	F(hwpt_page_response, code, IN, ENUM, .values = &iom_e_page_response),
	F_END
};

/* ---- VFIO ---- */

FIELDS(vfio_cap_header) = {
	F(vfio_info_cap_header, id, OUT, UINT),
	F(vfio_info_cap_header, version, OUT, UINT),
	F(vfio_info_cap_header, next, OUT, UINT),
	F_END
};

#define CAP_HEADER(st, caps) \
	FN(st, header.id, "id", OUT, ENUM, .values = (caps)), \
	FN(st, header.version, "version", OUT, UINT), \
	FN(st, header.next, "next", OUT, UINT)

FIELDS(vfio_cap_atomic) = {
	CAP_HEADER(vfio_info_cap_pci_atomic_comp, &iom_e_vfio_device_cap),
	F(vfio_info_cap_pci_atomic_comp, flags, OUT, FLAGS,
	  .values = &iom_e_vfio_atomic_flags),
	FR(vfio_info_cap_pci_atomic_comp, reserved, "reserved"),
	F_END
};

FIELDS(vfio_cap_sparse) = {
	CAP_HEADER(vfio_region_info_cap_sparse_mmap, &iom_e_vfio_region_cap),
	F(vfio_region_info_cap_sparse_mmap, nr_areas, OUT, UINT),
	FR(vfio_region_info_cap_sparse_mmap, reserved, "reserved"),
	F_END
};

FIELDS(vfio_sparse_area) = {
	F(vfio_region_sparse_mmap_area, offset, OUT, HEX),
	F(vfio_region_sparse_mmap_area, size, OUT, LEN),
	F_END
};

FIELDS(vfio_cap_type) = {
	CAP_HEADER(vfio_region_info_cap_type, &iom_e_vfio_region_cap),
	F(vfio_region_info_cap_type, type, OUT, HEX),
	F(vfio_region_info_cap_type, subtype, OUT, UINT),
	F_END
};

FIELDS(vfio_dependent_device) = {
	F(vfio_pci_dependent_device, devid, OUT, UINT),
	F(vfio_pci_dependent_device, segment, OUT, UINT),
	F(vfio_pci_dependent_device, bus, OUT, UINT),
	F(vfio_pci_dependent_device, devfn, OUT, UINT),
	F_END
};

FIELDS(vfio_migration) = {
	F(vfio_feature_migration, flags, OUT, FLAGS,
	  .values = &iom_e_vfio_migration_flags),
	F_END
};

FIELDS(vfio_mig_state) = {
	F(vfio_feature_mig_state, device_state, INOUT, ENUM,
	  .values = &iom_e_vfio_mig_state),
	F(vfio_feature_mig_state, data_fd, OUT, FD),
	F_END
};

FIELDS(vfio_low_power_wakeup) = {
	F(vfio_low_power_entry_with_wakeup, wakeup_eventfd, IN, FD),
	FR(vfio_low_power_entry_with_wakeup, reserved, "reserved"),
	F_END
};

FIELDS(vfio_dma_logging_range) = {
	F(vfio_feature_dma_logging_range, iova, IN, IOVA),
	F(vfio_feature_dma_logging_range, length, IN, LEN),
	F_END
};

FIELDS(vfio_dma_logging_control) = {
	F(vfio_feature_dma_logging_control, page_size, INOUT, LEN),
	F(vfio_feature_dma_logging_control, num_ranges, IN, UINT),
	FR(vfio_feature_dma_logging_control, reserved, "__reserved"),
	F(vfio_feature_dma_logging_control, ranges, IN, PTR,
	  .elem = &iom_structs[IOM_S_DMA_LOGGING_RANGE], .count_field = "num_ranges"),
	F_END
};

FIELDS(vfio_dma_logging_report) = {
	F(vfio_feature_dma_logging_report, iova, IN, IOVA),
	F(vfio_feature_dma_logging_report, length, IN, LEN),
	F(vfio_feature_dma_logging_report, page_size, IN, LEN),
	F(vfio_feature_dma_logging_report, bitmap, IN, PTR),
	F_END
};

FIELDS(vfio_mig_data_size) = {
	F(vfio_feature_mig_data_size, stop_copy_length, OUT, LEN),
	F_END
};

FIELDS(vfio_bus_master) = {
	F(vfio_feature_bus_master, op, IN, ENUM, .values = &iom_e_vfio_bus_master_op),
	F_END
};

FIELDS(vfio_dma_buf) = {
	F(vfio_feature_dma_buf, region_index, IN, ENUM,
	  .values = &iom_e_vfio_region_index),
	F(vfio_feature_dma_buf, open_flags, IN, HEX),
	F(vfio_feature_dma_buf, flags, IN, FLAGS, .values = &iom_e_no_flags),
	F(vfio_feature_dma_buf, nr_ranges, IN, UINT),
	F_END
};

FIELDS(vfio_region_dma_range) = {
	F(vfio_region_dma_range, offset, IN, HEX),
	F(vfio_region_dma_range, length, IN, LEN),
	F_END
};

FIELDS(vfio_zpci_err) = { F(vfio_feature_zpci_err, data, IN, PTR), F_END };

/* ---- patch series ---- */

FIELDS(tsm_validate_mmio) = {
	F(tsm_validate_mmio, gpa_base, IN, IOVA),
	F(tsm_validate_mmio, gpa_top, IN, IOVA),
	F(tsm_validate_mmio, pa_base, IN, HEX),
	F_END
};

FIELDS(tsm_set_tdi_state) = {
	F(tsm_set_tdi_state, state, IN, ENUM, .values = &iom_e_tsm_tdi_state),
	F_END
};

FIELDS(tsm_object_info) = {
	F(tsm_object_info, type, IN, ENUM, .values = &iom_e_tsm_object),
	F_END
};

FIELDS(tsm_read_object) = {
	F(tsm_read_object, type, IN, ENUM, .values = &iom_e_tsm_object),
	FR(tsm_read_object, reserved, "reserved"),
	F(tsm_read_object, offset, IN, HEX),
	F_END
};

FIELDS(tsm_regen_object) = {
	F(tsm_regen_object, type, IN, ENUM, .values = &iom_e_tsm_object),
	FR(tsm_regen_object, reserved, "reserved"),
	F(tsm_regen_object, flags, IN, HEX),
	F(tsm_regen_object, nonce, IN, PTR),
	F_END
};

/* ---- the list ---- */

#define BODY(st, f, g, w, ...) \
	.word = w, .group = g, .size = sizeof(struct iom_##st), .fields = f##_f, \
	__VA_ARGS__
#define IOMMU(st, g, w, ...) { .name = "iommu_" #st, BODY(st, st, g, w, __VA_ARGS__) }
#define VFIO(n, st, f, g, w, ...) { .name = n, BODY(st, f, g, w, __VA_ARGS__) }
#define TYPE(e, id) .types = &iom_e_##e, .type_id = IOM_##id
#define SINCE(s) .since = (s)
#define SERIES(s) .since = (s), .unmerged = true

const struct iom_struct iom_structs[] = {
	[IOM_S_IOVA_RANGE] = IOMMU(iova_range, "ioas", "iova-range", SINCE("6.2")),
	[IOM_S_DMA_LOGGING_RANGE] = VFIO("vfio_device_feature_dma_logging_range",
					 vfio_feature_dma_logging_range,
					 vfio_dma_logging_range, "vfio",
					 "dma-logging-range", SINCE("6.1")),

	IOMMU(hw_info_vtd, "hw-info", "intel-vtd",
	      TYPE(hw_info_type, HW_INFO_TYPE_INTEL_VTD), SINCE("6.6")),
	IOMMU(hw_info_arm_smmuv3, "hw-info", "arm-smmuv3",
	      TYPE(hw_info_type, HW_INFO_TYPE_ARM_SMMUV3), SINCE("6.13")),
	IOMMU(hw_info_tegra241_cmdqv, "hw-info", "tegra241-cmdqv",
	      TYPE(hw_info_type, HW_INFO_TYPE_TEGRA241_CMDQV), SINCE("6.17")),
	IOMMU(hw_info_amd, "hw-info", "amd", TYPE(hw_info_type, HW_INFO_TYPE_AMD),
	      SINCE("7.0")),
	IOMMU(test_hw_info, "hw-info", "selftest",
	      TYPE(hw_info_type, HW_INFO_TYPE_SELFTEST), SINCE("6.6")),

	IOMMU(hwpt_vtd_s1, "hwpt-data", "vtd-s1", TYPE(hwpt_data, HWPT_DATA_VTD_S1),
	      SINCE("6.7")),
	IOMMU(hwpt_arm_smmuv3, "hwpt-data", "arm-smmuv3",
	      TYPE(hwpt_data, HWPT_DATA_ARM_SMMUV3), SINCE("6.13")),
	IOMMU(hwpt_amd_guest, "hwpt-data", "amd-guest",
	      TYPE(hwpt_data, HWPT_DATA_AMD_GUEST), SINCE("7.0")),
	IOMMU(hwpt_selftest, "hwpt-data", "selftest", TYPE(hwpt_data, HWPT_DATA_SELFTEST),
	      SINCE("6.7")),

	IOMMU(hwpt_vtd_s1_invalidate, "invalidate", "vtd-s1",
	      TYPE(invalidate_data, HWPT_INVALIDATE_DATA_VTD_S1), SINCE("6.8")),
	IOMMU(viommu_arm_smmuv3_invalidate, "invalidate", "arm-smmuv3",
	      TYPE(invalidate_data, VIOMMU_INVALIDATE_DATA_ARM_SMMUV3), SINCE("6.13")),
	IOMMU(hwpt_invalidate_selftest, "invalidate", "selftest",
	      TYPE(invalidate_data, HWPT_INVALIDATE_DATA_SELFTEST), SINCE("6.8")),
	IOMMU(viommu_invalidate_selftest, "invalidate", "viommu-selftest",
	      TYPE(invalidate_data, VIOMMU_INVALIDATE_DATA_SELFTEST), SINCE("6.13")),

	IOMMU(viommu_tegra241_cmdqv, "viommu", "tegra241-cmdqv",
	      TYPE(viommu_type, VIOMMU_TYPE_TEGRA241_CMDQV), SINCE("6.17")),
	IOMMU(viommu_selftest, "viommu", "selftest",
	      TYPE(viommu_type, VIOMMU_TYPE_SELFTEST), SINCE("6.13")),

	{ .name = "iommufd_vevent_header",
	  BODY(vevent_header, vevent_header, "veventq", "header", SINCE("6.15")) },
	IOMMU(vevent_arm_smmuv3, "veventq", "arm-smmuv3",
	      TYPE(veventq_type, VEVENTQ_TYPE_ARM_SMMUV3), SINCE("6.15")),
	IOMMU(vevent_tegra241_cmdqv, "veventq", "tegra241-cmdqv",
	      TYPE(veventq_type, VEVENTQ_TYPE_TEGRA241_CMDQV), SINCE("6.17")),
	IOMMU(viommu_event_selftest, "veventq", "selftest",
	      TYPE(veventq_type, VEVENTQ_TYPE_SELFTEST), SINCE("6.15")),

	IOMMU(hwpt_pgfault, "fault", "pgfault", SINCE("6.11")),
	IOMMU(hwpt_page_response, "fault", "page-response", SINCE("6.11")),

	VFIO("vfio_info_cap_header", vfio_info_cap_header, vfio_cap_header, "vfio",
	     "cap-header", SINCE("4.6")),
	VFIO("vfio_region_sparse_mmap_area", vfio_region_sparse_mmap_area,
	     vfio_sparse_area, "vfio", "sparse-mmap-area", SINCE("4.6")),
	VFIO("vfio_pci_dependent_device", vfio_pci_dependent_device,
	     vfio_dependent_device, "vfio", "dependent-device", SINCE("3.12")),
	VFIO("vfio_region_dma_range", vfio_region_dma_range, vfio_region_dma_range,
	     "vfio", "dma-range", SINCE("6.19")),
	VFIO("vfio_device_info_cap_pci_atomic_comp", vfio_info_cap_pci_atomic_comp,
	     vfio_cap_atomic, "vfio-device-cap", "pci-atomic-comp",
	     TYPE(vfio_device_cap, VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP), SINCE("6.5")),
	VFIO("vfio_region_info_cap_sparse_mmap", vfio_region_info_cap_sparse_mmap,
	     vfio_cap_sparse, "vfio-region-cap", "sparse-mmap",
	     TYPE(vfio_region_cap, VFIO_REGION_INFO_CAP_SPARSE_MMAP), SINCE("4.6")),
	VFIO("vfio_region_info_cap_type", vfio_region_info_cap_type, vfio_cap_type,
	     "vfio-region-cap", "type", TYPE(vfio_region_cap, VFIO_REGION_INFO_CAP_TYPE),
	     SINCE("4.6")),

	VFIO("vfio_device_feature_migration", vfio_feature_migration, vfio_migration,
	     "vfio-feature", "migration",
	     TYPE(vfio_feature, VFIO_DEVICE_FEATURE_MIGRATION), SINCE("5.18")),
	VFIO("vfio_device_feature_mig_state", vfio_feature_mig_state, vfio_mig_state,
	     "vfio-feature", "mig-device-state",
	     TYPE(vfio_feature, VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE), SINCE("5.18")),
	VFIO("vfio_device_low_power_entry_with_wakeup", vfio_low_power_entry_with_wakeup,
	     vfio_low_power_wakeup, "vfio-feature", "low-power-entry-with-wakeup",
	     TYPE(vfio_feature, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP),
	     SINCE("6.1")),
	VFIO("vfio_device_feature_dma_logging_control", vfio_feature_dma_logging_control,
	     vfio_dma_logging_control, "vfio-feature", "dma-logging-start",
	     TYPE(vfio_feature, VFIO_DEVICE_FEATURE_DMA_LOGGING_START), SINCE("6.1")),
	VFIO("vfio_device_feature_dma_logging_report", vfio_feature_dma_logging_report,
	     vfio_dma_logging_report, "vfio-feature", "dma-logging-report",
	     TYPE(vfio_feature, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT), SINCE("6.1")),
	VFIO("vfio_device_feature_mig_data_size", vfio_feature_mig_data_size,
	     vfio_mig_data_size, "vfio-feature", "mig-data-size",
	     TYPE(vfio_feature, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE), SINCE("6.2")),
	VFIO("vfio_device_feature_bus_master", vfio_feature_bus_master, vfio_bus_master,
	     "vfio-feature", "bus-master",
	     TYPE(vfio_feature, VFIO_DEVICE_FEATURE_BUS_MASTER), SINCE("6.7")),
	VFIO("vfio_device_feature_dma_buf", vfio_feature_dma_buf, vfio_dma_buf,
	     "vfio-feature", "dma-buf", TYPE(vfio_feature, VFIO_DEVICE_FEATURE_DMA_BUF),
	     SINCE("6.19")),
	VFIO("vfio_device_feature_zpci_err", vfio_feature_zpci_err, vfio_zpci_err,
	     "vfio-feature", "zpci-error",
	     TYPE(vfio_feature, VFIO_DEVICE_FEATURE_ZPCI_ERROR), SINCE("7.2")),

	IOMMU(tsm_validate_mmio, "tsm-req", "validate-mmio",
	      TYPE(tsm_integration_op, TSM_INTEGRATION_VALIDATE_MMIO),
	      SERIES("tsm-integration")),
	IOMMU(tsm_set_tdi_state, "tsm-req", "set-tdi-state",
	      TYPE(tsm_integration_op, TSM_INTEGRATION_SET_TDI_STATE),
	      SERIES("tsm-integration")),
	IOMMU(tsm_read_object, "tsm-req", "read-object",
	      TYPE(tsm_integration_op, TSM_INTEGRATION_READ_OBJECT),
	      SERIES("tsm-integration")),
	IOMMU(tsm_regen_object, "tsm-req", "regen-object",
	      TYPE(tsm_integration_op, TSM_INTEGRATION_REGEN_OBJECT),
	      SERIES("tsm-integration")),
	IOMMU(tsm_object_info, "tsm-req", "object-info",
	      TYPE(tsm_integration_op, TSM_INTEGRATION_OBJECT_INFO),
	      SERIES("tsm-integration")),
	{ .name = NULL },
};
