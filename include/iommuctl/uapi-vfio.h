/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The structures of VFIO devices and of their features. */
#pragma once

#ifndef IOM_SIZE_IS
#error "include iommuctl/uapi.h instead"
#endif

enum {
	IOM_VFIO_DEVICE_BIND_FLAG_TOKEN = 1,
};

struct iom_vfio_bind {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
	iom_u64 token_uuid_ptr;
};
IOM_SIZE_IS(iom_vfio_bind, 24);

enum {
	IOM_VFIO_DEVICE_ATTACH_PASID = 1,
};

struct iom_vfio_attach {
	uint32_t argsz;
	uint32_t flags;
	uint32_t pt_id;
	uint32_t pasid;
};
IOM_SIZE_IS(iom_vfio_attach, 16);

enum {
	IOM_VFIO_DEVICE_DETACH_PASID = 1,
};

struct iom_vfio_detach {
	uint32_t argsz;
	uint32_t flags;
	uint32_t pasid;
};
IOM_SIZE_IS(iom_vfio_detach, 12);

enum {
	IOM_VFIO_DEVICE_FLAGS_RESET = 1,
	IOM_VFIO_DEVICE_FLAGS_PCI = 2,
	IOM_VFIO_DEVICE_FLAGS_PLATFORM = 4,
	IOM_VFIO_DEVICE_FLAGS_AMBA = 8,
	IOM_VFIO_DEVICE_FLAGS_CCW = 16,
	IOM_VFIO_DEVICE_FLAGS_AP = 32,
	IOM_VFIO_DEVICE_FLAGS_FSL_MC = 64,
	IOM_VFIO_DEVICE_FLAGS_CAPS = 128,
	IOM_VFIO_DEVICE_FLAGS_CDX = 256,
};

struct iom_vfio_device_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t num_regions;
	uint32_t num_irqs;
	uint32_t cap_offset;
	uint32_t pad;
};
IOM_SIZE_IS(iom_vfio_device_info, 24);

/* A link of a capability chain; next counts from the start of the answer, 0 ends. */
struct iom_vfio_info_cap_header {
	uint16_t id;
	uint16_t version;
	uint32_t next;
};
IOM_SIZE_IS(iom_vfio_info_cap_header, 8);

enum {
	IOM_VFIO_DEVICE_INFO_CAP_ZPCI_BASE = 1,
	IOM_VFIO_DEVICE_INFO_CAP_ZPCI_GROUP = 2,
	IOM_VFIO_DEVICE_INFO_CAP_ZPCI_UTIL = 3,
	IOM_VFIO_DEVICE_INFO_CAP_ZPCI_PFIP = 4,
	IOM_VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP = 5,
};

enum {
	IOM_VFIO_PCI_ATOMIC_COMP32 = 1,
	IOM_VFIO_PCI_ATOMIC_COMP64 = 2,
	IOM_VFIO_PCI_ATOMIC_COMP128 = 4,
};

struct iom_vfio_info_cap_pci_atomic_comp {
	struct iom_vfio_info_cap_header header;
	uint32_t flags;
	uint32_t reserved;
};
IOM_SIZE_IS(iom_vfio_info_cap_pci_atomic_comp, 16);

enum {
	IOM_VFIO_REGION_INFO_FLAG_READ = 1,
	IOM_VFIO_REGION_INFO_FLAG_WRITE = 2,
	IOM_VFIO_REGION_INFO_FLAG_MMAP = 4,
	IOM_VFIO_REGION_INFO_FLAG_CAPS = 8,
};

struct iom_vfio_region_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t cap_offset;
	iom_u64 size;
	iom_u64 offset;
};
IOM_SIZE_IS(iom_vfio_region_info, 32);

enum {
	IOM_VFIO_REGION_INFO_CAP_SPARSE_MMAP = 1,
	IOM_VFIO_REGION_INFO_CAP_TYPE = 2,
	IOM_VFIO_REGION_INFO_CAP_MSIX_MAPPABLE = 3,
	IOM_VFIO_REGION_INFO_CAP_NVLINK2_SSATGT = 4,
	IOM_VFIO_REGION_INFO_CAP_NVLINK2_LNKSPD = 5,
};

struct iom_vfio_region_sparse_mmap_area {
	iom_u64 offset;
	iom_u64 size;
};
IOM_SIZE_IS(iom_vfio_region_sparse_mmap_area, 16);

/* Followed by nr_areas areas. */
struct iom_vfio_region_info_cap_sparse_mmap {
	struct iom_vfio_info_cap_header header;
	uint32_t nr_areas;
	uint32_t reserved;
};
IOM_SIZE_IS(iom_vfio_region_info_cap_sparse_mmap, 16);

struct iom_vfio_region_info_cap_type {
	struct iom_vfio_info_cap_header header;
	uint32_t type;
	uint32_t subtype;
};
IOM_SIZE_IS(iom_vfio_region_info_cap_type, 16);

/* Region indexes of a PCI device. */
enum {
	IOM_VFIO_PCI_BAR0_REGION_INDEX = 0,
	IOM_VFIO_PCI_BAR1_REGION_INDEX = 1,
	IOM_VFIO_PCI_BAR2_REGION_INDEX = 2,
	IOM_VFIO_PCI_BAR3_REGION_INDEX = 3,
	IOM_VFIO_PCI_BAR4_REGION_INDEX = 4,
	IOM_VFIO_PCI_BAR5_REGION_INDEX = 5,
	IOM_VFIO_PCI_ROM_REGION_INDEX = 6,
	IOM_VFIO_PCI_CONFIG_REGION_INDEX = 7,
	IOM_VFIO_PCI_VGA_REGION_INDEX = 8,
	IOM_VFIO_PCI_NUM_REGIONS = 9,
};

/* Interrupt indexes of a PCI device. */
enum {
	IOM_VFIO_PCI_INTX_IRQ_INDEX = 0,
	IOM_VFIO_PCI_MSI_IRQ_INDEX = 1,
	IOM_VFIO_PCI_MSIX_IRQ_INDEX = 2,
	IOM_VFIO_PCI_ERR_IRQ_INDEX = 3,
	IOM_VFIO_PCI_REQ_IRQ_INDEX = 4,
	IOM_VFIO_PCI_NUM_IRQS = 5,
};

enum {
	IOM_VFIO_IRQ_INFO_EVENTFD = 1,
	IOM_VFIO_IRQ_INFO_MASKABLE = 2,
	IOM_VFIO_IRQ_INFO_AUTOMASKED = 4,
	IOM_VFIO_IRQ_INFO_NORESIZE = 8,
};

struct iom_vfio_irq_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
};
IOM_SIZE_IS(iom_vfio_irq_info, 16);

enum {
	IOM_VFIO_IRQ_SET_DATA_NONE = 1,
	IOM_VFIO_IRQ_SET_DATA_BOOL = 2,
	IOM_VFIO_IRQ_SET_DATA_EVENTFD = 4,
	IOM_VFIO_IRQ_SET_ACTION_MASK = 8,
	IOM_VFIO_IRQ_SET_ACTION_UNMASK = 16,
	IOM_VFIO_IRQ_SET_ACTION_TRIGGER = 32,
};

/* Followed by count booleans or eventfds, as flags say. */
struct iom_vfio_irq_set {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t start;
	uint32_t count;
};
IOM_SIZE_IS(iom_vfio_irq_set, 20);

enum {
	IOM_VFIO_PCI_HOT_RESET_FLAG_DEV_ID = 1,
	IOM_VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED = 2,
};

struct iom_vfio_pci_dependent_device {
	union {
		uint32_t group_id;
		uint32_t devid;
	};
	uint16_t segment;
	uint8_t bus;
	uint8_t devfn;
};
IOM_SIZE_IS(iom_vfio_pci_dependent_device, 8);

/* Followed by count dependent devices. */
struct iom_vfio_pci_hot_reset_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t count;
};
IOM_SIZE_IS(iom_vfio_pci_hot_reset_info, 12);

/* Followed by count group fds; none at all for devices bound to an iommufd. */
struct iom_vfio_pci_hot_reset {
	uint32_t argsz;
	uint32_t flags;
	uint32_t count;
};
IOM_SIZE_IS(iom_vfio_pci_hot_reset, 12);

enum {
	IOM_VFIO_DEVICE_IOEVENTFD_8 = 1,
	IOM_VFIO_DEVICE_IOEVENTFD_16 = 2,
	IOM_VFIO_DEVICE_IOEVENTFD_32 = 4,
	IOM_VFIO_DEVICE_IOEVENTFD_64 = 8,
};

struct iom_vfio_ioeventfd {
	uint32_t argsz;
	uint32_t flags;
	iom_u64 offset;
	iom_u64 data;
	int32_t fd;
	uint32_t reserved;
};
IOM_SIZE_IS(iom_vfio_ioeventfd, 32);

enum {
	IOM_VFIO_PRECOPY_INFO_REINIT = 1,
};

struct iom_vfio_precopy_info {
	uint32_t argsz;
	uint32_t flags;
	iom_u64 initial_bytes;
	iom_u64 dirty_bytes;
};
IOM_SIZE_IS(iom_vfio_precopy_info, 24);

/* ---- VFIO device features ---- */

#define IOM_VFIO_DEVICE_FEATURE_MASK 0xffffu

enum {
	IOM_VFIO_DEVICE_FEATURE_GET = 1 << 16,
	IOM_VFIO_DEVICE_FEATURE_SET = 1 << 17,
	IOM_VFIO_DEVICE_FEATURE_PROBE = 1 << 18,
};

enum {
	IOM_VFIO_DEVICE_FEATURE_PCI_VF_TOKEN = 0,
	IOM_VFIO_DEVICE_FEATURE_MIGRATION = 1,
	IOM_VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE = 2,
	IOM_VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY = 3,
	IOM_VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP = 4,
	IOM_VFIO_DEVICE_FEATURE_LOW_POWER_EXIT = 5,
	IOM_VFIO_DEVICE_FEATURE_DMA_LOGGING_START = 6,
	IOM_VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP = 7,
	IOM_VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT = 8,
	IOM_VFIO_DEVICE_FEATURE_MIG_DATA_SIZE = 9,
	IOM_VFIO_DEVICE_FEATURE_BUS_MASTER = 10,
	IOM_VFIO_DEVICE_FEATURE_DMA_BUF = 11,
	IOM_VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2 = 12,
	IOM_VFIO_DEVICE_FEATURE_ZPCI_ERROR = 13,
};

/* Followed by the feature's own data. */
struct iom_vfio_feature {
	uint32_t argsz;
	uint32_t flags;
};
IOM_SIZE_IS(iom_vfio_feature, 8);

enum {
	IOM_VFIO_MIGRATION_STOP_COPY = 1,
	IOM_VFIO_MIGRATION_P2P = 2,
	IOM_VFIO_MIGRATION_PRE_COPY = 4,
};

struct iom_vfio_feature_migration {
	iom_u64 flags;
};
IOM_SIZE_IS(iom_vfio_feature_migration, 8);

enum {
	IOM_VFIO_DEVICE_STATE_ERROR = 0,
	IOM_VFIO_DEVICE_STATE_STOP = 1,
	IOM_VFIO_DEVICE_STATE_RUNNING = 2,
	IOM_VFIO_DEVICE_STATE_STOP_COPY = 3,
	IOM_VFIO_DEVICE_STATE_RESUMING = 4,
	IOM_VFIO_DEVICE_STATE_RUNNING_P2P = 5,
	IOM_VFIO_DEVICE_STATE_PRE_COPY = 6,
	IOM_VFIO_DEVICE_STATE_PRE_COPY_P2P = 7,
};

struct iom_vfio_feature_mig_state {
	uint32_t device_state;
	int32_t data_fd;
};
IOM_SIZE_IS(iom_vfio_feature_mig_state, 8);

struct iom_vfio_low_power_entry_with_wakeup {
	int32_t wakeup_eventfd;
	uint32_t reserved;
};
IOM_SIZE_IS(iom_vfio_low_power_entry_with_wakeup, 8);

struct iom_vfio_feature_dma_logging_range {
	iom_u64 iova;
	iom_u64 length;
};
IOM_SIZE_IS(iom_vfio_feature_dma_logging_range, 16);

struct iom_vfio_feature_dma_logging_control {
	iom_u64 page_size;
	uint32_t num_ranges;
	uint32_t reserved;
	iom_u64 ranges;
};
IOM_SIZE_IS(iom_vfio_feature_dma_logging_control, 24);

struct iom_vfio_feature_dma_logging_report {
	iom_u64 iova;
	iom_u64 length;
	iom_u64 page_size;
	iom_u64 bitmap;
};
IOM_SIZE_IS(iom_vfio_feature_dma_logging_report, 32);

struct iom_vfio_feature_mig_data_size {
	iom_u64 stop_copy_length;
};
IOM_SIZE_IS(iom_vfio_feature_mig_data_size, 8);

enum {
	IOM_VFIO_DEVICE_FEATURE_CLEAR_MASTER = 0,
	IOM_VFIO_DEVICE_FEATURE_SET_MASTER = 1,
};

struct iom_vfio_feature_bus_master {
	uint32_t op;
};
IOM_SIZE_IS(iom_vfio_feature_bus_master, 4);

struct iom_vfio_region_dma_range {
	uint64_t offset;
	uint64_t length;
};
IOM_SIZE_IS(iom_vfio_region_dma_range, 16);

/* Followed by nr_ranges ranges; the dma-buf fd is the return value of the call. */
struct iom_vfio_feature_dma_buf {
	uint32_t region_index;
	uint32_t open_flags;
	uint32_t flags;
	uint32_t nr_ranges;
};
IOM_SIZE_IS(iom_vfio_feature_dma_buf, 16);

struct iom_vfio_feature_zpci_err {
	iom_u64 data;
};
IOM_SIZE_IS(iom_vfio_feature_zpci_err, 8);
