/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our description of the kernel ABI: numbers, and the structures of /dev/iommu itself. */
#pragma once

#include <stdint.h>
#include <sys/ioctl.h>

/*
 * Naming: a kernel struct iommu_X is struct iom_X here, iommufd_X is iom_X, vfio_X and
 * vfio_device_X are iom_vfio_X; a constant IOMMU_X is IOM_X, VFIO_X is IOM_VFIO_X, MOCK_X
 * is IOM_MOCK_X; an ioctl number is IOM_NR_X. Members keep their names, except that the
 * leading underscores of __reserved are dropped. This header brings the uapi-*.h with it.
 */

/* 64 bits at a multiple of 8 also where the C ABI would be content with 4. */
typedef uint64_t iom_u64 __attribute__((aligned(8)));

#define IOM_SIZE_IS(tag, bytes) \
	_Static_assert(sizeof(struct tag) == (bytes), "size of struct " #tag)

/* ---- ioctl numbers on a /dev/iommu context ---- */

#define IOM_IOC_TYPE ';'

enum {
	IOM_NR_DESTROY = _IO(IOM_IOC_TYPE, 0x80),
	IOM_NR_IOAS_ALLOC = _IO(IOM_IOC_TYPE, 0x81),
	IOM_NR_IOAS_ALLOW_IOVAS = _IO(IOM_IOC_TYPE, 0x82),
	IOM_NR_IOAS_COPY = _IO(IOM_IOC_TYPE, 0x83),
	IOM_NR_IOAS_IOVA_RANGES = _IO(IOM_IOC_TYPE, 0x84),
	IOM_NR_IOAS_MAP = _IO(IOM_IOC_TYPE, 0x85),
	IOM_NR_IOAS_UNMAP = _IO(IOM_IOC_TYPE, 0x86),
	IOM_NR_OPTION = _IO(IOM_IOC_TYPE, 0x87),
	IOM_NR_VFIO_IOAS = _IO(IOM_IOC_TYPE, 0x88),
	IOM_NR_HWPT_ALLOC = _IO(IOM_IOC_TYPE, 0x89),
	IOM_NR_GET_HW_INFO = _IO(IOM_IOC_TYPE, 0x8a),
	IOM_NR_HWPT_SET_DIRTY_TRACKING = _IO(IOM_IOC_TYPE, 0x8b),
	IOM_NR_HWPT_GET_DIRTY_BITMAP = _IO(IOM_IOC_TYPE, 0x8c),
	IOM_NR_HWPT_INVALIDATE = _IO(IOM_IOC_TYPE, 0x8d),
	IOM_NR_FAULT_QUEUE_ALLOC = _IO(IOM_IOC_TYPE, 0x8e),
	IOM_NR_IOAS_MAP_FILE = _IO(IOM_IOC_TYPE, 0x8f),
	IOM_NR_VIOMMU_ALLOC = _IO(IOM_IOC_TYPE, 0x90),
	IOM_NR_VDEVICE_ALLOC = _IO(IOM_IOC_TYPE, 0x91),
	IOM_NR_IOAS_CHANGE_PROCESS = _IO(IOM_IOC_TYPE, 0x92),
	IOM_NR_VEVENTQ_ALLOC = _IO(IOM_IOC_TYPE, 0x93),
	IOM_NR_HW_QUEUE_ALLOC = _IO(IOM_IOC_TYPE, 0x94),
	IOM_NR_IOAS_NOIOMMU_GET_PA = _IO(IOM_IOC_TYPE, 0x95),
	IOM_NR_TEST_CMD = _IO(IOM_IOC_TYPE, 0xa0),

	/* Never merged; most of these numbers mean something else today. */
	IOM_NR_TSM_BIND_AMD = _IO(IOM_IOC_TYPE, 0x93),
	IOM_NR_TSM_GUEST_REQUEST_AMD = _IO(IOM_IOC_TYPE, 0x94),
	IOM_NR_TSM_BIND_EARLY = _IO(IOM_IOC_TYPE, 0x94),
	IOM_NR_TSM_UNBIND_EARLY = _IO(IOM_IOC_TYPE, 0x95),
	IOM_NR_TSM_GUEST_REQUEST_XU = _IO(IOM_IOC_TYPE, 0x94),
	IOM_NR_TSM_OP = _IO(IOM_IOC_TYPE, 0x95),
	IOM_NR_TSM_GUEST_REQUEST = _IO(IOM_IOC_TYPE, 0x96),
	IOM_NR_TSM_REQ = _IO(IOM_IOC_TYPE, 0x96),
	IOM_NR_TSM_MAP = _IO(IOM_IOC_TYPE, 0x97),
};

/* ---- ioctl numbers on a VFIO device ---- */

enum {
	IOM_NR_VFIO_DEVICE_GET_INFO = _IO(IOM_IOC_TYPE, 0x6b),
	IOM_NR_VFIO_DEVICE_GET_REGION_INFO = _IO(IOM_IOC_TYPE, 0x6c),
	IOM_NR_VFIO_DEVICE_GET_IRQ_INFO = _IO(IOM_IOC_TYPE, 0x6d),
	IOM_NR_VFIO_DEVICE_SET_IRQS = _IO(IOM_IOC_TYPE, 0x6e),
	IOM_NR_VFIO_DEVICE_RESET = _IO(IOM_IOC_TYPE, 0x6f),
	IOM_NR_VFIO_DEVICE_GET_PCI_HOT_RESET_INFO = _IO(IOM_IOC_TYPE, 0x70),
	IOM_NR_VFIO_DEVICE_PCI_HOT_RESET = _IO(IOM_IOC_TYPE, 0x71),
	IOM_NR_VFIO_DEVICE_IOEVENTFD = _IO(IOM_IOC_TYPE, 0x74),
	IOM_NR_VFIO_DEVICE_FEATURE = _IO(IOM_IOC_TYPE, 0x75),
	IOM_NR_VFIO_DEVICE_BIND_IOMMUFD = _IO(IOM_IOC_TYPE, 0x76),
	IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT = _IO(IOM_IOC_TYPE, 0x77),
	IOM_NR_VFIO_DEVICE_DETACH_IOMMUFD_PT = _IO(IOM_IOC_TYPE, 0x78),
	IOM_NR_VFIO_MIG_GET_PRECOPY_INFO = _IO(IOM_IOC_TYPE, 0x79),

	/* Never merged. */
	IOM_NR_VFIO_DEVICE_TSM_BIND = _IO(IOM_IOC_TYPE, 0x7a),
	IOM_NR_VFIO_DEVICE_TSM_UNBIND = _IO(IOM_IOC_TYPE, 0x7b),
};

/* ---- any object ---- */

struct iom_destroy {
	uint32_t size;
	uint32_t id;
};
IOM_SIZE_IS(iom_destroy, 8);

/* ---- address spaces ---- */

struct iom_ioas_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t out_ioas_id;
};
IOM_SIZE_IS(iom_ioas_alloc, 12);

/* Both ends belong to the range. */
struct iom_iova_range {
	iom_u64 start;
	iom_u64 last;
};
IOM_SIZE_IS(iom_iova_range, 16);

struct iom_ioas_iova_ranges {
	uint32_t size;
	uint32_t ioas_id;
	uint32_t num_iovas;
	uint32_t reserved;
	iom_u64 allowed_iovas;
	iom_u64 out_iova_alignment;
};
IOM_SIZE_IS(iom_ioas_iova_ranges, 32);

struct iom_ioas_allow_iovas {
	uint32_t size;
	uint32_t ioas_id;
	uint32_t num_iovas;
	uint32_t reserved;
	iom_u64 allowed_iovas;
};
IOM_SIZE_IS(iom_ioas_allow_iovas, 24);

enum {
	IOM_IOAS_MAP_FIXED_IOVA = 1,
	IOM_IOAS_MAP_WRITEABLE = 2,
	IOM_IOAS_MAP_READABLE = 4,
};

struct iom_ioas_map {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	uint32_t reserved;
	iom_u64 user_va;
	iom_u64 length;
	iom_u64 iova;
};
IOM_SIZE_IS(iom_ioas_map, 40);

struct iom_ioas_map_file {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	int32_t fd;
	iom_u64 start;
	iom_u64 length;
	iom_u64 iova;
};
IOM_SIZE_IS(iom_ioas_map_file, 40);

struct iom_ioas_copy {
	uint32_t size;
	uint32_t flags;
	uint32_t dst_ioas_id;
	uint32_t src_ioas_id;
	iom_u64 length;
	iom_u64 dst_iova;
	iom_u64 src_iova;
};
IOM_SIZE_IS(iom_ioas_copy, 40);

struct iom_ioas_unmap {
	uint32_t size;
	uint32_t ioas_id;
	iom_u64 iova;
	iom_u64 length;
};
IOM_SIZE_IS(iom_ioas_unmap, 24);

struct iom_ioas_change_process {
	uint32_t size;
	uint32_t reserved;
};
IOM_SIZE_IS(iom_ioas_change_process, 8);

struct iom_ioas_noiommu_get_pa {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	uint32_t reserved;
	iom_u64 iova;
	iom_u64 length;
	iom_u64 out_phys;
};
IOM_SIZE_IS(iom_ioas_noiommu_get_pa, 40);

/* ---- options and the VFIO compatibility address space ---- */

enum {
	IOM_OPTION_RLIMIT_MODE = 0,
	IOM_OPTION_HUGE_PAGES = 1,
	IOM_OPTION_SW_MSI_START = 2, /* in no released kernel; bytes */
	IOM_OPTION_SW_MSI_SIZE = 3,  /* in no released kernel; MiB */
};

enum {
	IOM_OPTION_OP_SET = 0,
	IOM_OPTION_OP_GET = 1,
};

struct iom_option {
	uint32_t size;
	uint32_t option_id;
	uint16_t op;
	uint16_t reserved;
	uint32_t object_id;
	iom_u64 val64;
};
IOM_SIZE_IS(iom_option, 24);

enum {
	IOM_VFIO_IOAS_GET = 0,
	IOM_VFIO_IOAS_SET = 1,
	IOM_VFIO_IOAS_CLEAR = 2,
};

struct iom_vfio_ioas {
	uint32_t size;
	uint32_t ioas_id;
	uint16_t op;
	uint16_t reserved;
};
IOM_SIZE_IS(iom_vfio_ioas, 12);

/* ---- hardware page tables ---- */

enum {
	IOM_HWPT_ALLOC_NEST_PARENT = 1,
	IOM_HWPT_ALLOC_DIRTY_TRACKING = 2,
	IOM_HWPT_FAULT_ID_VALID = 4,
	IOM_HWPT_ALLOC_PASID = 8,
};

enum {
	IOM_HWPT_DATA_NONE = 0,
	IOM_HWPT_DATA_VTD_S1 = 1,
	IOM_HWPT_DATA_ARM_SMMUV3 = 2,
	IOM_HWPT_DATA_AMD_GUEST = 3,
	IOM_HWPT_DATA_SELFTEST = 0xdead,
};

struct iom_hwpt_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t dev_id;
	uint32_t pt_id;
	uint32_t out_hwpt_id;
	uint32_t reserved;
	uint32_t data_type;
	uint32_t data_len;
	iom_u64 data_uptr;
	uint32_t fault_id;
	uint32_t reserved2;
};
IOM_SIZE_IS(iom_hwpt_alloc, 48);

enum {
	IOM_VTD_S1_SRE = 1,
	IOM_VTD_S1_EAFE = 2,
	IOM_VTD_S1_WPE = 4,
};

struct iom_hwpt_vtd_s1 {
	iom_u64 flags;
	iom_u64 pgtbl_addr;
	uint32_t addr_width;
	uint32_t reserved;
};
IOM_SIZE_IS(iom_hwpt_vtd_s1, 24);

/* Little-endian words. */
struct iom_hwpt_arm_smmuv3 {
	iom_u64 ste[2];
};
IOM_SIZE_IS(iom_hwpt_arm_smmuv3, 16);

struct iom_hwpt_amd_guest {
	iom_u64 dte[4];
};
IOM_SIZE_IS(iom_hwpt_amd_guest, 32);

enum {
	IOM_HWPT_DIRTY_TRACKING_ENABLE = 1,
};

struct iom_hwpt_set_dirty_tracking {
	uint32_t size;
	uint32_t flags;
	uint32_t hwpt_id;
	uint32_t reserved;
};
IOM_SIZE_IS(iom_hwpt_set_dirty_tracking, 16);

enum {
	IOM_HWPT_GET_DIRTY_BITMAP_NO_CLEAR = 1,
};

struct iom_hwpt_get_dirty_bitmap {
	uint32_t size;
	uint32_t hwpt_id;
	uint32_t flags;
	uint32_t reserved;
	iom_u64 iova;
	iom_u64 length;
	iom_u64 page_size;
	iom_u64 data;
};
IOM_SIZE_IS(iom_hwpt_get_dirty_bitmap, 48);

enum {
	IOM_HWPT_INVALIDATE_DATA_VTD_S1 = 0,
	IOM_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3 = 1,
};
#define IOM_HWPT_INVALIDATE_DATA_SELFTEST 0xdeadbeefu
#define IOM_HWPT_INVALIDATE_DATA_SELFTEST_INVALID 0x0dadbeefu
#define IOM_VIOMMU_INVALIDATE_DATA_SELFTEST 0xdeadbeefu
#define IOM_VIOMMU_INVALIDATE_DATA_SELFTEST_INVALID 0x0dadbeefu

struct iom_hwpt_invalidate {
	uint32_t size;
	uint32_t hwpt_id;
	iom_u64 data_uptr;
	uint32_t data_type;
	uint32_t entry_len;
	uint32_t entry_num;
	uint32_t reserved;
};
IOM_SIZE_IS(iom_hwpt_invalidate, 32);

enum {
	IOM_VTD_INV_FLAGS_LEAF = 1,
};

struct iom_hwpt_vtd_s1_invalidate {
	iom_u64 addr;
	iom_u64 npages;
	uint32_t flags;
	uint32_t reserved;
};
IOM_SIZE_IS(iom_hwpt_vtd_s1_invalidate, 24);

/* Little-endian words. */
struct iom_viommu_arm_smmuv3_invalidate {
	iom_u64 cmd[2];
};
IOM_SIZE_IS(iom_viommu_arm_smmuv3_invalidate, 16);

/* ---- hardware information ---- */

enum {
	IOM_HW_INFO_TYPE_NONE = 0,
	IOM_HW_INFO_TYPE_DEFAULT = 0,
	IOM_HW_INFO_TYPE_INTEL_VTD = 1,
	IOM_HW_INFO_TYPE_ARM_SMMUV3 = 2,
	IOM_HW_INFO_TYPE_TEGRA241_CMDQV = 3,
	IOM_HW_INFO_TYPE_AMD = 4,
};
#define IOM_HW_INFO_TYPE_SELFTEST 0xfeedbeefu
#define IOM_HW_INFO_SELFTEST_REGVAL 0xdeadbeefu

enum {
	IOM_HW_INFO_FLAG_INPUT_TYPE = 1,
};

enum {
	IOM_HW_CAP_DIRTY_TRACKING = 1,
	IOM_HW_CAP_PCI_PASID_EXEC = 2,
	IOM_HW_CAP_PCI_PASID_PRIV = 4,
	IOM_HW_CAP_PCI_ATS_NOT_SUPPORTED = 8,
};

struct iom_hw_info {
	uint32_t size;
	uint32_t flags;
	uint32_t dev_id;
	uint32_t data_len;
	iom_u64 data_uptr;
	union {
		uint32_t in_data_type;
		uint32_t out_data_type;
	};
	uint8_t out_max_pasid_log2;
	uint8_t reserved[3];
	iom_u64 out_capabilities;
};
IOM_SIZE_IS(iom_hw_info, 40);

enum {
	IOM_HW_INFO_VTD_ERRATA_772415_SPR17 = 1,
};

struct iom_hw_info_vtd {
	uint32_t flags;
	uint32_t reserved;
	iom_u64 cap_reg;
	iom_u64 ecap_reg;
};
IOM_SIZE_IS(iom_hw_info_vtd, 24);

enum {
	IOM_HW_INFO_ARM_SMMUV3_ERRATA_REPEAT_TLBI_CFGI = 1,
};

struct iom_hw_info_arm_smmuv3 {
	uint32_t flags;
	uint32_t reserved;
	uint32_t idr[6];
	uint32_t iidr;
	uint32_t aidr;
};
IOM_SIZE_IS(iom_hw_info_arm_smmuv3, 40);

struct iom_hw_info_tegra241_cmdqv {
	uint32_t flags;
	uint8_t version;
	uint8_t log2vcmdqs;
	uint8_t log2vsids;
	uint8_t reserved;
};
IOM_SIZE_IS(iom_hw_info_tegra241_cmdqv, 8);

struct iom_hw_info_amd {
	iom_u64 efr;
	iom_u64 efr2;
};
IOM_SIZE_IS(iom_hw_info_amd, 16);

/* ---- page request queue ---- */

struct iom_fault_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t out_fault_id;
	uint32_t out_fault_fd;
};
IOM_SIZE_IS(iom_fault_alloc, 16);

enum {
	IOM_PGFAULT_FLAGS_PASID_VALID = 1,
	IOM_PGFAULT_FLAGS_LAST_PAGE = 2,
};

enum {
	IOM_PGFAULT_PERM_READ = 1,
	IOM_PGFAULT_PERM_WRITE = 2,
	IOM_PGFAULT_PERM_EXEC = 4,
	IOM_PGFAULT_PERM_PRIV = 8,
};

/* What a read of the fault fd yields, one per page request. */
struct iom_hwpt_pgfault {
	uint32_t flags;
	uint32_t dev_id;
	uint32_t pasid;
	uint32_t grpid;
	uint32_t perm;
	uint32_t reserved;
	iom_u64 addr;
	uint32_t length;
	uint32_t cookie;
};
IOM_SIZE_IS(iom_hwpt_pgfault, 40);

enum {
	IOM_PAGE_RESP_SUCCESS = 0,
	IOM_PAGE_RESP_INVALID = 1,
};

/* What a write to the fault fd takes, one per group of requests. */
struct iom_hwpt_page_response {
	uint32_t cookie;
	uint32_t code;
};
IOM_SIZE_IS(iom_hwpt_page_response, 8);

/* ---- virtual IOMMUs ---- */

enum {
	IOM_VIOMMU_TYPE_DEFAULT = 0,
	IOM_VIOMMU_TYPE_ARM_SMMUV3 = 1,
	IOM_VIOMMU_TYPE_TEGRA241_CMDQV = 2,
};
#define IOM_VIOMMU_TYPE_SELFTEST 0xdeadbeefu

struct iom_viommu_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t type;
	uint32_t dev_id;
	uint32_t hwpt_id;
	uint32_t out_viommu_id;
	uint32_t data_len;
	uint32_t reserved;
	iom_u64 data_uptr;
};
IOM_SIZE_IS(iom_viommu_alloc, 40);

struct iom_viommu_tegra241_cmdqv {
	iom_u64 out_vintf_mmap_offset;
	iom_u64 out_vintf_mmap_length;
};
IOM_SIZE_IS(iom_viommu_tegra241_cmdqv, 16);

struct iom_vdevice_alloc {
	uint32_t size;
	uint32_t viommu_id;
	uint32_t dev_id;
	uint32_t out_vdevice_id;
	iom_u64 virt_id;
};
IOM_SIZE_IS(iom_vdevice_alloc, 24);

enum {
	IOM_VEVENTQ_TYPE_DEFAULT = 0,
	IOM_VEVENTQ_TYPE_ARM_SMMUV3 = 1,
	IOM_VEVENTQ_TYPE_TEGRA241_CMDQV = 2,
};
#define IOM_VEVENTQ_TYPE_SELFTEST 0xbeefbeefu

struct iom_veventq_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t viommu_id;
	uint32_t type;
	uint32_t veventq_depth;
	uint32_t out_veventq_id;
	uint32_t out_veventq_fd;
	uint32_t reserved;
};
IOM_SIZE_IS(iom_veventq_alloc, 32);

enum {
	IOM_VEVENTQ_FLAG_LOST_EVENTS = 1,
};

/* Precedes each record that an event fd yields; nothing follows when events were lost. */
struct iom_vevent_header {
	uint32_t flags;
	uint32_t sequence;
};
IOM_SIZE_IS(iom_vevent_header, 8);

/* Little-endian words. */
struct iom_vevent_arm_smmuv3 {
	iom_u64 evt[4];
};
IOM_SIZE_IS(iom_vevent_arm_smmuv3, 32);

/* Little-endian words. */
struct iom_vevent_tegra241_cmdqv {
	iom_u64 lvcmdq_err_map[2];
};
IOM_SIZE_IS(iom_vevent_tegra241_cmdqv, 16);

enum {
	IOM_HW_QUEUE_TYPE_DEFAULT = 0,
	IOM_HW_QUEUE_TYPE_TEGRA241_CMDQV = 1,
};
#define IOM_HW_QUEUE_TYPE_SELFTEST 0xdeadbeefu

struct iom_hw_queue_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t viommu_id;
	uint32_t type;
	uint32_t index;
	uint32_t out_hw_queue_id;
	iom_u64 nesting_parent_iova;
	iom_u64 length;
};
IOM_SIZE_IS(iom_hw_queue_alloc, 40);

#include "iommuctl/uapi-series.h"
#include "iommuctl/uapi-test.h"
#include "iommuctl/uapi-vfio.h"

#undef IOM_SIZE_IS
