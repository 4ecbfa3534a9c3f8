/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every enum and set of flags: kernel names, the words people type, values. */
#include "table.h"

#define V(n, w, ...) { .name = "IOMMU_" #n, .word = w, .value = IOM_##n, __VA_ARGS__ }
#define VD(n, w, ...) { .name = "IOMMUFD_" #n, .word = w, .value = IOM_##n, __VA_ARGS__ }
#define VF(n, w, ...) \
	{ .name = "VFIO_" #n, .word = w, .value = IOM_VFIO_##n, __VA_ARGS__ }
#define VM(n, w, ...) \
	{ .name = "MOCK_" #n, .word = w, .value = IOM_MOCK_##n, __VA_ARGS__ }
#define V_END { .name = NULL }

#define SINCE(s) .since = (s)
#define SERIES(s) .since = (s), .unmerged = true

#define FLAGS(id, tag) \
	const struct iom_enum iom_e_##id = { .name = tag, .flags = true, \
					  .values = id##_v }
#define ENUM(id, tag) \
	const struct iom_enum iom_e_##id = { .name = tag, .flags = false, \
					  .values = id##_v }

/* ---- contexts ---- */

/* For flags fields in which no bit has a meaning yet. */
static const struct iom_value no_flags_v[] = { V_END };
FLAGS(no_flags, "no_flags");

static const struct iom_value map_flags_v[] = {
	V(IOAS_MAP_FIXED_IOVA, "fixed-iova"),
	V(IOAS_MAP_WRITEABLE, "writeable"),
	V(IOAS_MAP_READABLE, "readable"),
	V_END
};
FLAGS(map_flags, "iommufd_ioas_map_flags");

static const struct iom_value option_v[] = {
	V(OPTION_RLIMIT_MODE, "rlimit-mode"),
	V(OPTION_HUGE_PAGES, "huge-pages"),
	V(OPTION_SW_MSI_START, "sw-msi-start", SERIES("sw-msi-v2")),
	V(OPTION_SW_MSI_SIZE, "sw-msi-size", SERIES("sw-msi-v2")),
	V_END
};
ENUM(option, "iommufd_option");

static const struct iom_value option_op_v[] = {
	V(OPTION_OP_SET, "set"),
	V(OPTION_OP_GET, "get"),
	V_END
};
ENUM(option_op, "iommufd_option_ops");

static const struct iom_value vfio_ioas_op_v[] = {
	V(VFIO_IOAS_GET, "get"),
	V(VFIO_IOAS_SET, "set"),
	V(VFIO_IOAS_CLEAR, "clear"),
	V_END
};
ENUM(vfio_ioas_op, "iommufd_vfio_ioas_op");

static const struct iom_value hwpt_flags_v[] = {
	V(HWPT_ALLOC_NEST_PARENT, "nest-parent", SINCE("6.7")),
	V(HWPT_ALLOC_DIRTY_TRACKING, "dirty-tracking", SINCE("6.7")),
	V(HWPT_FAULT_ID_VALID, "fault-id-valid", SINCE("6.11")),
	V(HWPT_ALLOC_PASID, "pasid", SINCE("6.13")),
	V_END
};
FLAGS(hwpt_flags, "iommufd_hwpt_alloc_flags");

static const struct iom_value hwpt_data_v[] = {
	V(HWPT_DATA_NONE, "none"),
	V(HWPT_DATA_VTD_S1, "vtd-s1", SINCE("6.7")),
	V(HWPT_DATA_ARM_SMMUV3, "arm-smmuv3", SINCE("6.13")),
	V(HWPT_DATA_AMD_GUEST, "amd-guest", SINCE("7.0")),
	V(HWPT_DATA_SELFTEST, "selftest", SINCE("6.7")),
	V_END
};
ENUM(hwpt_data, "iommu_hwpt_data_type");

static const struct iom_value vtd_s1_flags_v[] = {
	V(VTD_S1_SRE, "sre"),
	V(VTD_S1_EAFE, "eafe"),
	V(VTD_S1_WPE, "wpe"),
	V_END
};
FLAGS(vtd_s1_flags, "iommu_hwpt_vtd_s1_flags");

static const struct iom_value dirty_tracking_flags_v[] = {
	V(HWPT_DIRTY_TRACKING_ENABLE, "enable"),
	V_END
};
FLAGS(dirty_tracking_flags, "iommufd_hwpt_set_dirty_tracking_flags");

static const struct iom_value dirty_bitmap_flags_v[] = {
	V(HWPT_GET_DIRTY_BITMAP_NO_CLEAR, "no-clear"),
	V_END
};
FLAGS(dirty_bitmap_flags, "iommufd_hwpt_get_dirty_bitmap_flags");

/* A page table and a vIOMMU share the selftest numbers; the id tells which it is. */
static const struct iom_value invalidate_data_v[] = {
	V(HWPT_INVALIDATE_DATA_VTD_S1, "vtd-s1"),
	V(VIOMMU_INVALIDATE_DATA_ARM_SMMUV3, "arm-smmuv3", SINCE("6.13")),
	V(HWPT_INVALIDATE_DATA_SELFTEST, "selftest"),
	V(HWPT_INVALIDATE_DATA_SELFTEST_INVALID, "selftest-invalid"),
	V(VIOMMU_INVALIDATE_DATA_SELFTEST, "viommu-selftest", SINCE("6.13")),
	V(VIOMMU_INVALIDATE_DATA_SELFTEST_INVALID, "viommu-selftest-invalid",
	  SINCE("6.13")),
	V_END
};
ENUM(invalidate_data, "iommu_hwpt_invalidate_data_type");

static const struct iom_value vtd_invalidate_flags_v[] = {
	V(VTD_INV_FLAGS_LEAF, "leaf"),
	V_END
};
FLAGS(vtd_invalidate_flags, "iommu_hwpt_vtd_s1_invalidate_flags");

static const struct iom_value hw_info_type_v[] = {
	V(HW_INFO_TYPE_NONE, "none"),
	V(HW_INFO_TYPE_DEFAULT, "default", SINCE("6.17")),
	V(HW_INFO_TYPE_INTEL_VTD, "intel-vtd"),
	V(HW_INFO_TYPE_ARM_SMMUV3, "arm-smmuv3", SINCE("6.13")),
	V(HW_INFO_TYPE_TEGRA241_CMDQV, "tegra241-cmdqv", SINCE("6.17")),
	V(HW_INFO_TYPE_AMD, "amd", SINCE("7.0")),
	V(HW_INFO_TYPE_SELFTEST, "selftest"),
	V_END
};
ENUM(hw_info_type, "iommu_hw_info_type");

static const struct iom_value hw_info_flags_v[] = {
	V(HW_INFO_FLAG_INPUT_TYPE, "input-type", SINCE("6.17")),
	V_END
};
FLAGS(hw_info_flags, "iommufd_hw_info_flags");

static const struct iom_value hw_capabilities_v[] = {
	V(HW_CAP_DIRTY_TRACKING, "dirty-tracking", SINCE("6.7")),
	V(HW_CAP_PCI_PASID_EXEC, "pci-pasid-exec", SINCE("6.15")),
	V(HW_CAP_PCI_PASID_PRIV, "pci-pasid-priv", SINCE("6.15")),
	V(HW_CAP_PCI_ATS_NOT_SUPPORTED, "pci-ats-not-supported", SINCE("7.1")),
	V_END
};
FLAGS(hw_capabilities, "iommufd_hw_capabilities");

static const struct iom_value hw_info_vtd_flags_v[] = {
	V(HW_INFO_VTD_ERRATA_772415_SPR17, "errata-772415-spr17"),
	V_END
};
FLAGS(hw_info_vtd_flags, "iommu_hw_info_vtd_flags");

static const struct iom_value hw_info_smmuv3_flags_v[] = {
	V(HW_INFO_ARM_SMMUV3_ERRATA_REPEAT_TLBI_CFGI, "errata-repeat-tlbi-cfgi",
	  SINCE("7.3")),
	V_END
};
FLAGS(hw_info_smmuv3_flags, "iommu_hw_info_arm_smmuv3_flags");

static const struct iom_value pgfault_flags_v[] = {
	V(PGFAULT_FLAGS_PASID_VALID, "pasid-valid"),
	V(PGFAULT_FLAGS_LAST_PAGE, "last-page"),
	V_END
};
FLAGS(pgfault_flags, "iommu_hwpt_pgfault_flags");

static const struct iom_value pgfault_perm_v[] = {
	V(PGFAULT_PERM_READ, "read"),
	V(PGFAULT_PERM_WRITE, "write"),
	V(PGFAULT_PERM_EXEC, "exec"),
	V(PGFAULT_PERM_PRIV, "priv"),
	V_END
};
FLAGS(pgfault_perm, "iommu_hwpt_pgfault_perm");

static const struct iom_value page_response_v[] = {
	VD(PAGE_RESP_SUCCESS, "success"),
	VD(PAGE_RESP_INVALID, "invalid"),
	V_END
};
ENUM(page_response, "iommufd_page_response_code");

static const struct iom_value viommu_type_v[] = {
	V(VIOMMU_TYPE_DEFAULT, "default"),
	V(VIOMMU_TYPE_ARM_SMMUV3, "arm-smmuv3"),
	V(VIOMMU_TYPE_TEGRA241_CMDQV, "tegra241-cmdqv", SINCE("6.17")),
	V(VIOMMU_TYPE_SELFTEST, "selftest"),
	V_END
};
ENUM(viommu_type, "iommu_viommu_type");

static const struct iom_value veventq_type_v[] = {
	V(VEVENTQ_TYPE_DEFAULT, "default"),
	V(VEVENTQ_TYPE_ARM_SMMUV3, "arm-smmuv3"),
	V(VEVENTQ_TYPE_TEGRA241_CMDQV, "tegra241-cmdqv", SINCE("6.17")),
	V(VEVENTQ_TYPE_SELFTEST, "selftest"),
	V_END
};
ENUM(veventq_type, "iommu_veventq_type");

static const struct iom_value veventq_flags_v[] = {
	V(VEVENTQ_FLAG_LOST_EVENTS, "lost-events"),
	V_END
};
FLAGS(veventq_flags, "iommu_veventq_flag");

static const struct iom_value hw_queue_type_v[] = {
	V(HW_QUEUE_TYPE_DEFAULT, "default"),
	V(HW_QUEUE_TYPE_TEGRA241_CMDQV, "tegra241-cmdqv"),
	V(HW_QUEUE_TYPE_SELFTEST, "selftest"),
	V_END
};
ENUM(hw_queue_type, "iommu_hw_queue_type");

/* ---- the selftest driver; the kernel gives most of these enums no tag ---- */

static const struct iom_value test_op_v[] = {
	V(TEST_OP_ADD_RESERVED, "add-reserved"),
	V(TEST_OP_MOCK_DOMAIN, "mock-domain"),
	V(TEST_OP_MD_CHECK_MAP, "md-check-map"),
	V(TEST_OP_MD_CHECK_REFS, "md-check-refs"),
	V(TEST_OP_CREATE_ACCESS, "create-access"),
	V(TEST_OP_DESTROY_ACCESS_PAGES, "destroy-access-pages"),
	V(TEST_OP_ACCESS_PAGES, "access-pages"),
	V(TEST_OP_ACCESS_RW, "access-rw"),
	V(TEST_OP_SET_TEMP_MEMORY_LIMIT, "set-temp-memory-limit"),
	V(TEST_OP_MOCK_DOMAIN_REPLACE, "mock-domain-replace", SINCE("6.6")),
	V(TEST_OP_ACCESS_REPLACE_IOAS, "access-replace-ioas", SINCE("6.6")),
	V(TEST_OP_MOCK_DOMAIN_FLAGS, "mock-domain-flags", SINCE("6.7")),
	V(TEST_OP_DIRTY, "dirty", SINCE("6.7")),
	V(TEST_OP_MD_CHECK_IOTLB, "md-check-iotlb", SINCE("6.8")),
	V(TEST_OP_TRIGGER_IOPF, "trigger-iopf", SINCE("6.11")),
	V(TEST_OP_DEV_CHECK_CACHE, "dev-check-cache", SINCE("6.13")),
	V(TEST_OP_TRIGGER_VEVENT, "trigger-vevent", SINCE("6.15")),
	V(TEST_OP_PASID_ATTACH, "pasid-attach", SINCE("6.15")),
	V(TEST_OP_PASID_REPLACE, "pasid-replace", SINCE("6.15")),
	V(TEST_OP_PASID_DETACH, "pasid-detach", SINCE("6.15")),
	V(TEST_OP_PASID_CHECK_HWPT, "pasid-check-hwpt", SINCE("6.15")),
	V(TEST_OP_DMABUF_GET, "dmabuf-get", SINCE("6.19")),
	V(TEST_OP_DMABUF_REVOKE, "dmabuf-revoke", SINCE("6.19")),
	V_END
};
ENUM(test_op, "iommu_test_op");

static const struct iom_value mock_iommupt_v[] = {
	VM(IOMMUPT_DEFAULT, "default"),
	VM(IOMMUPT_HUGE, "huge"),
	V_END
};
ENUM(mock_iommupt, "mock_iommupt");

static const struct iom_value mock_device_flags_v[] = {
	VM(FLAGS_DEVICE_NO_DIRTY, "no-dirty"),
	VM(FLAGS_DEVICE_PASID, "pasid", SINCE("6.15")),
	VM(FLAGS_DEVICE_NO_ATTACH, "no-attach", SERIES("sw-msi-v2")),
	V_END
};
FLAGS(mock_device_flags, "mock_device_flags");

static const struct iom_value mock_access_create_flags_v[] = {
	VM(FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES, "needs-pin-pages"),
	V_END
};
FLAGS(mock_access_create_flags, "mock_access_create_flags");

static const struct iom_value mock_access_pages_flags_v[] = {
	VM(FLAGS_ACCESS_WRITE, "write"),
	VM(FLAGS_ACCESS_SYZ, "syz"),
	V_END
};
FLAGS(mock_access_pages_flags, "mock_access_pages_flags");

static const struct iom_value mock_access_rw_flags_v[] = {
	VM(ACCESS_RW_WRITE, "write"),
	VM(ACCESS_RW_SLOW_PATH, "slow-path"),
	VM(FLAGS_ACCESS_SYZ, "syz"),
	V_END
};
FLAGS(mock_access_rw_flags, "mock_access_rw_flags");

static const struct iom_value mock_invalidate_flags_v[] = {
	V(TEST_INVALIDATE_FLAG_ALL, "all"),
	V_END
};
FLAGS(mock_invalidate_flags, "mock_invalidate_flags");

/* ---- VFIO devices; no tags either, but for the migration state ---- */

static const struct iom_value vfio_bind_flags_v[] = {
	VF(DEVICE_BIND_FLAG_TOKEN, "token", SINCE("6.18")),
	V_END
};
FLAGS(vfio_bind_flags, "vfio_device_bind_flags");

static const struct iom_value vfio_attach_flags_v[] = {
	VF(DEVICE_ATTACH_PASID, "pasid", SINCE("6.15")),
	V_END
};
FLAGS(vfio_attach_flags, "vfio_device_attach_flags");

static const struct iom_value vfio_detach_flags_v[] = {
	VF(DEVICE_DETACH_PASID, "pasid", SINCE("6.15")),
	V_END
};
FLAGS(vfio_detach_flags, "vfio_device_detach_flags");

static const struct iom_value vfio_device_flags_v[] = {
	VF(DEVICE_FLAGS_RESET, "reset"),
	VF(DEVICE_FLAGS_PCI, "pci"),
	VF(DEVICE_FLAGS_PLATFORM, "platform"),
	VF(DEVICE_FLAGS_AMBA, "amba"),
	VF(DEVICE_FLAGS_CCW, "ccw"),
	VF(DEVICE_FLAGS_AP, "ap"),
	VF(DEVICE_FLAGS_FSL_MC, "fsl-mc"),
	VF(DEVICE_FLAGS_CAPS, "caps"),
	VF(DEVICE_FLAGS_CDX, "cdx"),
	V_END
};
FLAGS(vfio_device_flags, "vfio_device_flags");

static const struct iom_value vfio_device_cap_v[] = {
	VF(DEVICE_INFO_CAP_ZPCI_BASE, "zpci-base"),
	VF(DEVICE_INFO_CAP_ZPCI_GROUP, "zpci-group"),
	VF(DEVICE_INFO_CAP_ZPCI_UTIL, "zpci-util"),
	VF(DEVICE_INFO_CAP_ZPCI_PFIP, "zpci-pfip"),
	VF(DEVICE_INFO_CAP_PCI_ATOMIC_COMP, "pci-atomic-comp"),
	V_END
};
ENUM(vfio_device_cap, "vfio_device_info_cap");

static const struct iom_value vfio_atomic_flags_v[] = {
	VF(PCI_ATOMIC_COMP32, "comp32"),
	VF(PCI_ATOMIC_COMP64, "comp64"),
	VF(PCI_ATOMIC_COMP128, "comp128"),
	V_END
};
FLAGS(vfio_atomic_flags, "vfio_pci_atomic_flags");

static const struct iom_value vfio_region_flags_v[] = {
	VF(REGION_INFO_FLAG_READ, "read"),
	VF(REGION_INFO_FLAG_WRITE, "write"),
	VF(REGION_INFO_FLAG_MMAP, "mmap"),
	VF(REGION_INFO_FLAG_CAPS, "caps"),
	V_END
};
FLAGS(vfio_region_flags, "vfio_region_info_flags");

static const struct iom_value vfio_region_cap_v[] = {
	VF(REGION_INFO_CAP_SPARSE_MMAP, "sparse-mmap"),
	VF(REGION_INFO_CAP_TYPE, "type"),
	VF(REGION_INFO_CAP_MSIX_MAPPABLE, "msix-mappable"),
	VF(REGION_INFO_CAP_NVLINK2_SSATGT, "nvlink2-ssatgt"),
	VF(REGION_INFO_CAP_NVLINK2_LNKSPD, "nvlink2-lnkspd"),
	V_END
};
ENUM(vfio_region_cap, "vfio_region_info_cap");

static const struct iom_value vfio_region_index_v[] = {
	VF(PCI_BAR0_REGION_INDEX, "bar0"),
	VF(PCI_BAR1_REGION_INDEX, "bar1"),
	VF(PCI_BAR2_REGION_INDEX, "bar2"),
	VF(PCI_BAR3_REGION_INDEX, "bar3"),
	VF(PCI_BAR4_REGION_INDEX, "bar4"),
	VF(PCI_BAR5_REGION_INDEX, "bar5"),
	VF(PCI_ROM_REGION_INDEX, "rom"),
	VF(PCI_CONFIG_REGION_INDEX, "config"),
	VF(PCI_VGA_REGION_INDEX, "vga"),
	V_END
};
ENUM(vfio_region_index, "vfio_pci_region_index");

static const struct iom_value vfio_irq_flags_v[] = {
	VF(IRQ_INFO_EVENTFD, "eventfd"),
	VF(IRQ_INFO_MASKABLE, "maskable"),
	VF(IRQ_INFO_AUTOMASKED, "automasked"),
	VF(IRQ_INFO_NORESIZE, "noresize"),
	V_END
};
FLAGS(vfio_irq_flags, "vfio_irq_info_flags");

static const struct iom_value vfio_irq_index_v[] = {
	VF(PCI_INTX_IRQ_INDEX, "intx"),
	VF(PCI_MSI_IRQ_INDEX, "msi"),
	VF(PCI_MSIX_IRQ_INDEX, "msix"),
	VF(PCI_ERR_IRQ_INDEX, "err"),
	VF(PCI_REQ_IRQ_INDEX, "req"),
	V_END
};
ENUM(vfio_irq_index, "vfio_pci_irq_index");

static const struct iom_value vfio_irq_set_flags_v[] = {
	VF(IRQ_SET_DATA_NONE, "data-none"),
	VF(IRQ_SET_DATA_BOOL, "data-bool"),
	VF(IRQ_SET_DATA_EVENTFD, "data-eventfd"),
	VF(IRQ_SET_ACTION_MASK, "action-mask"),
	VF(IRQ_SET_ACTION_UNMASK, "action-unmask"),
	VF(IRQ_SET_ACTION_TRIGGER, "action-trigger"),
	V_END
};
FLAGS(vfio_irq_set_flags, "vfio_irq_set_flags");

static const struct iom_value vfio_hot_reset_flags_v[] = {
	VF(PCI_HOT_RESET_FLAG_DEV_ID, "dev-id", SINCE("6.6")),
	VF(PCI_HOT_RESET_FLAG_DEV_ID_OWNED, "dev-id-owned", SINCE("6.6")),
	V_END
};
FLAGS(vfio_hot_reset_flags, "vfio_pci_hot_reset_flags");

static const struct iom_value vfio_ioeventfd_flags_v[] = {
	VF(DEVICE_IOEVENTFD_8, "write-8"),
	VF(DEVICE_IOEVENTFD_16, "write-16"),
	VF(DEVICE_IOEVENTFD_32, "write-32"),
	VF(DEVICE_IOEVENTFD_64, "write-64"),
	V_END
};
FLAGS(vfio_ioeventfd_flags, "vfio_ioeventfd_flags");

static const struct iom_value vfio_precopy_flags_v[] = {
	VF(PRECOPY_INFO_REINIT, "reinit"),
	V_END
};
FLAGS(vfio_precopy_flags, "vfio_precopy_flags");

static const struct iom_value vfio_feature_flags_v[] = {
	VF(DEVICE_FEATURE_GET, "get"),
	VF(DEVICE_FEATURE_SET, "set"),
	VF(DEVICE_FEATURE_PROBE, "probe"),
	V_END
};
FLAGS(vfio_feature_flags, "vfio_device_feature_flags");

static const struct iom_value vfio_feature_v[] = {
	VF(DEVICE_FEATURE_PCI_VF_TOKEN, "pci-vf-token"),
	VF(DEVICE_FEATURE_MIGRATION, "migration"),
	VF(DEVICE_FEATURE_MIG_DEVICE_STATE, "mig-device-state"),
	VF(DEVICE_FEATURE_LOW_POWER_ENTRY, "low-power-entry"),
	VF(DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP, "low-power-entry-with-wakeup"),
	VF(DEVICE_FEATURE_LOW_POWER_EXIT, "low-power-exit"),
	VF(DEVICE_FEATURE_DMA_LOGGING_START, "dma-logging-start"),
	VF(DEVICE_FEATURE_DMA_LOGGING_STOP, "dma-logging-stop"),
	VF(DEVICE_FEATURE_DMA_LOGGING_REPORT, "dma-logging-report"),
	VF(DEVICE_FEATURE_MIG_DATA_SIZE, "mig-data-size"),
	VF(DEVICE_FEATURE_BUS_MASTER, "bus-master"),
	VF(DEVICE_FEATURE_DMA_BUF, "dma-buf"),
	VF(DEVICE_FEATURE_MIG_PRECOPY_INFOv2, "mig-precopy-infov2"),
	VF(DEVICE_FEATURE_ZPCI_ERROR, "zpci-error"),
	V_END
};
ENUM(vfio_feature, "vfio_device_feature");

static const struct iom_value vfio_migration_flags_v[] = {
	VF(MIGRATION_STOP_COPY, "stop-copy"),
	VF(MIGRATION_P2P, "p2p"),
	VF(MIGRATION_PRE_COPY, "pre-copy"),
	V_END
};
FLAGS(vfio_migration_flags, "vfio_migration_flags");

static const struct iom_value vfio_mig_state_v[] = {
	VF(DEVICE_STATE_ERROR, "error"),
	VF(DEVICE_STATE_STOP, "stop"),
	VF(DEVICE_STATE_RUNNING, "running"),
	VF(DEVICE_STATE_STOP_COPY, "stop-copy"),
	VF(DEVICE_STATE_RESUMING, "resuming"),
	VF(DEVICE_STATE_RUNNING_P2P, "running-p2p"),
	VF(DEVICE_STATE_PRE_COPY, "pre-copy"),
	VF(DEVICE_STATE_PRE_COPY_P2P, "pre-copy-p2p"),
	V_END
};
ENUM(vfio_mig_state, "vfio_device_mig_state");

static const struct iom_value vfio_bus_master_op_v[] = {
	VF(DEVICE_FEATURE_CLEAR_MASTER, "clear-master"),
	VF(DEVICE_FEATURE_SET_MASTER, "set-master"),
	V_END
};
ENUM(vfio_bus_master_op, "vfio_device_bus_master_op");

/* ---- patch series ---- */

static const struct iom_value tsm_op_v[] = {
	V(TSM_OP_BIND, "bind", SERIES("tsm-rfc1")),
	V(TSM_OP_UNBIND, "unbind", SERIES("tsm-rfc1")),
	V_END
};
ENUM(tsm_op, "iommu_tsm_op");

static const struct iom_value tsm_scope_v[] = {
	V(TSM_REQ_SCOPE_INFO, "info", SERIES("tsm-v5")),
	V(TSM_REQ_SCOPE_STATE_CHANGE, "state-change", SERIES("tsm-v5")),
	V(TSM_REQ_SCOPE_DEBUG_READ, "debug-read", SERIES("tsm-v5")),
	V(TSM_REQ_SCOPE_DEBUG_WRITE, "debug-write", SERIES("tsm-v5")),
	V_END
};
ENUM(tsm_scope, "iommu_tsm_req_scope");

static const struct iom_value tsm_arch_v[] = {
	V(TSM_ARCH_CCA, "cca", SERIES("tsm-rework")),
	V(TSM_ARCH_SEV, "sev", SERIES("tsm-rework")),
	V(TSM_ARCH_TDX, "tdx", SERIES("tsm-rework")),
	V_END
};
ENUM(tsm_arch, "iommu_tsm_arch");

static const struct iom_value tsm_rework_op_v[] = {
	V(TSM_REWORK_READ_OBJECT, "read-object", SERIES("tsm-rework")),
	V(TSM_REWORK_REGEN_OBJECT, "regen-object", SERIES("tsm-rework")),
	V(TSM_REWORK_OBJECT_INFO, "object-info", SERIES("tsm-rework")),
	V(TSM_REWORK_VALIDATE_MMIO, "validate-mmio", SERIES("tsm-rework")),
	V(TSM_REWORK_SET_TDI_STATE, "set-tdi-state", SERIES("tsm-rework")),
	V(TSM_REWORK_SEV_ENABLE_DMA, "sev-enable-dma", SERIES("tsm-rework")),
	V(TSM_REWORK_SEV_DISABLE_DMA, "sev-disable-dma", SERIES("tsm-rework")),
	V_END
};
ENUM(tsm_rework_op, "iommu_tsm_rework_op");

static const struct iom_value tsm_integration_op_v[] = {
	V(TSM_INTEGRATION_VALIDATE_MMIO, "validate-mmio", SERIES("tsm-integration")),
	V(TSM_INTEGRATION_SET_TDI_STATE, "set-tdi-state", SERIES("tsm-integration")),
	V(TSM_INTEGRATION_SEV_ENABLE_DMA, "sev-enable-dma", SERIES("tsm-integration")),
	V(TSM_INTEGRATION_SEV_DISABLE_DMA, "sev-disable-dma", SERIES("tsm-integration")),
	V(TSM_INTEGRATION_READ_OBJECT, "read-object", SERIES("tsm-integration")),
	V(TSM_INTEGRATION_REGEN_OBJECT, "regen-object", SERIES("tsm-integration")),
	V(TSM_INTEGRATION_OBJECT_INFO, "object-info", SERIES("tsm-integration")),
	V_END
};
ENUM(tsm_integration_op, "iommu_tsm_integration_op");

static const struct iom_value tsm_tdi_state_v[] = {
	V(TSM_TDI_UNLOCKED, "unlocked", SERIES("tsm-integration")),
	V(TSM_TDI_LOCKED, "locked", SERIES("tsm-integration")),
	V(TSM_TDI_RUN, "run", SERIES("tsm-integration")),
	V_END
};
ENUM(tsm_tdi_state, "iommu_tsm_tdi_state");

static const struct iom_value tsm_object_v[] = {
	V(TSM_OBJECT_VCA, "vca", SERIES("tsm-integration")),
	V(TSM_OBJECT_CERT, "cert", SERIES("tsm-integration")),
	V(TSM_OBJECT_MEAS, "meas", SERIES("tsm-integration")),
	V(TSM_OBJECT_IFREPORT, "ifreport", SERIES("tsm-integration")),
	V_END
};
ENUM(tsm_object, "iommu_tsm_object");

static const struct iom_value viommu_kvm_flags_v[] = {
	V(VIOMMU_ALLOC_KVM_FD, "kvm-fd", SERIES("tsm-rfc1")),
	V_END
};
FLAGS(viommu_kvm_flags, "iommu_viommu_kvm_flags");

const struct iom_enum *const iom_enums[] = {
	&iom_e_no_flags,
	&iom_e_map_flags,
	&iom_e_option,
	&iom_e_option_op,
	&iom_e_vfio_ioas_op,
	&iom_e_hwpt_flags,
	&iom_e_hwpt_data,
	&iom_e_vtd_s1_flags,
	&iom_e_dirty_tracking_flags,
	&iom_e_dirty_bitmap_flags,
	&iom_e_invalidate_data,
	&iom_e_vtd_invalidate_flags,
	&iom_e_hw_info_type,
	&iom_e_hw_info_flags,
	&iom_e_hw_capabilities,
	&iom_e_hw_info_vtd_flags,
	&iom_e_hw_info_smmuv3_flags,
	&iom_e_pgfault_flags,
	&iom_e_pgfault_perm,
	&iom_e_page_response,
	&iom_e_viommu_type,
	&iom_e_veventq_type,
	&iom_e_veventq_flags,
	&iom_e_hw_queue_type,
	&iom_e_test_op,
	&iom_e_mock_iommupt,
	&iom_e_mock_device_flags,
	&iom_e_mock_access_create_flags,
	&iom_e_mock_access_pages_flags,
	&iom_e_mock_access_rw_flags,
	&iom_e_mock_invalidate_flags,
	&iom_e_vfio_bind_flags,
	&iom_e_vfio_attach_flags,
	&iom_e_vfio_detach_flags,
	&iom_e_vfio_device_flags,
	&iom_e_vfio_device_cap,
	&iom_e_vfio_atomic_flags,
	&iom_e_vfio_region_flags,
	&iom_e_vfio_region_cap,
	&iom_e_vfio_region_index,
	&iom_e_vfio_irq_flags,
	&iom_e_vfio_irq_index,
	&iom_e_vfio_irq_set_flags,
	&iom_e_vfio_hot_reset_flags,
	&iom_e_vfio_ioeventfd_flags,
	&iom_e_vfio_precopy_flags,
	&iom_e_vfio_feature_flags,
	&iom_e_vfio_feature,
	&iom_e_vfio_migration_flags,
	&iom_e_vfio_mig_state,
	&iom_e_vfio_bus_master_op,
	&iom_e_tsm_op,
	&iom_e_tsm_scope,
	&iom_e_tsm_arch,
	&iom_e_tsm_rework_op,
	&iom_e_tsm_integration_op,
	&iom_e_tsm_tdi_state,
	&iom_e_tsm_object,
	&iom_e_viommu_kvm_flags,
	NULL,
};
