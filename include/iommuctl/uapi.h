/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our description of the structures and numbers of iommufd, its selftest driver and VFIO. */
#pragma once

#include <stdint.h>
#include <sys/ioctl.h>

/*
 * Naming: a kernel struct iommu_X is struct iom_X here, iommufd_X is iom_X, vfio_X and
 * vfio_device_X are iom_vfio_X; a constant IOMMU_X is IOM_X, VFIO_X is IOM_VFIO_X, MOCK_X is
 * IOM_MOCK_X; an ioctl number is IOM_NR_X. Members keep their names, except that the leading
 * underscores of __reserved are dropped.
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

	/* Series that were never merged; most of these numbers mean something else today. */
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

/* Precedes each record that a read of the event fd yields; no record follows a lost one. */
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

/* ---- the selftest driver (CONFIG_IOMMUFD_TEST) ---- */

enum {
	IOM_TEST_OP_ADD_RESERVED = 1,
	IOM_TEST_OP_MOCK_DOMAIN = 2,
	IOM_TEST_OP_MD_CHECK_MAP = 3,
	IOM_TEST_OP_MD_CHECK_REFS = 4,
	IOM_TEST_OP_CREATE_ACCESS = 5,
	IOM_TEST_OP_DESTROY_ACCESS_PAGES = 6,
	IOM_TEST_OP_ACCESS_PAGES = 7,
	IOM_TEST_OP_ACCESS_RW = 8,
	IOM_TEST_OP_SET_TEMP_MEMORY_LIMIT = 9,
	IOM_TEST_OP_MOCK_DOMAIN_REPLACE = 10,
	IOM_TEST_OP_ACCESS_REPLACE_IOAS = 11,
	IOM_TEST_OP_MOCK_DOMAIN_FLAGS = 12,
	IOM_TEST_OP_DIRTY = 13,
	IOM_TEST_OP_MD_CHECK_IOTLB = 14,
	IOM_TEST_OP_TRIGGER_IOPF = 15,
	IOM_TEST_OP_DEV_CHECK_CACHE = 16,
	IOM_TEST_OP_TRIGGER_VEVENT = 17,
	IOM_TEST_OP_PASID_ATTACH = 18,
	IOM_TEST_OP_PASID_REPLACE = 19,
	IOM_TEST_OP_PASID_DETACH = 20,
	IOM_TEST_OP_PASID_CHECK_HWPT = 21,
	IOM_TEST_OP_DMABUF_GET = 22,
	IOM_TEST_OP_DMABUF_REVOKE = 23,
};

enum {
	IOM_MOCK_IOMMUPT_DEFAULT = 0,
	IOM_MOCK_IOMMUPT_HUGE = 1,
};

/* The geometry of a mock page table of the default type, bytes. */
#define IOM_MOCK_APERTURE_START 0x1000000u
#define IOM_MOCK_APERTURE_LAST 0x7fffffffu
#define IOM_MOCK_PAGE_SIZE 2048u
#define IOM_MOCK_HUGE_PAGE_SIZE (512u * IOM_MOCK_PAGE_SIZE)

enum {
	IOM_MOCK_FLAGS_ACCESS_WRITE = 1,
	IOM_MOCK_FLAGS_ACCESS_SYZ = 1 << 16,
};

enum {
	IOM_MOCK_ACCESS_RW_WRITE = 1,
	IOM_MOCK_ACCESS_RW_SLOW_PATH = 4,
};

enum {
	IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES = 1,
};

enum {
	IOM_MOCK_FLAGS_DEVICE_NO_DIRTY = 1,
	IOM_MOCK_FLAGS_DEVICE_PASID = 4,
	IOM_MOCK_FLAGS_DEVICE_NO_ATTACH = 8, /* in no released kernel */
};

#define IOM_MOCK_NESTED_DOMAIN_IOTLB_ID_MAX 3
#define IOM_MOCK_NESTED_DOMAIN_IOTLB_NUM 4
#define IOM_MOCK_DEV_CACHE_ID_MAX 3
#define IOM_MOCK_DEV_CACHE_NUM 4
#define IOM_MOCK_PASID_WIDTH 20
#define IOM_TEST_PASID_RESERVED 1024
#define IOM_TEST_IOTLB_DEFAULT 0x0badbeefu
#define IOM_TEST_DEV_CACHE_DEFAULT 0x00baddadu
#define IOM_TEST_HW_QUEUE_MAX 2

struct iom_test_cmd {
	uint32_t size;
	uint32_t op;
	uint32_t id;
	uint32_t reserved;
	union {
		struct {
			iom_u64 start;
			iom_u64 length;
		} add_reserved;
		struct {
			uint32_t out_stdev_id;
			uint32_t out_hwpt_id;
			uint32_t out_idev_id;
		} mock_domain;
		struct {
			uint32_t out_stdev_id;
			uint32_t out_hwpt_id;
			uint32_t out_idev_id;
			uint32_t dev_flags;
		} mock_domain_flags;
		struct {
			uint32_t pt_id;
		} mock_domain_replace;
		struct {
			iom_u64 iova;
			iom_u64 length;
			iom_u64 uptr;
		} check_map;
		struct {
			iom_u64 length;
			iom_u64 uptr;
			uint32_t refs;
		} check_refs;
		struct {
			uint32_t out_access_fd;
			uint32_t flags;
		} create_access;
		struct {
			uint32_t access_pages_id;
		} destroy_access_pages;
		struct {
			uint32_t flags;
			uint32_t out_access_pages_id;
			iom_u64 iova;
			iom_u64 length;
			iom_u64 uptr;
		} access_pages;
		struct {
			iom_u64 iova;
			iom_u64 length;
			iom_u64 uptr;
			uint32_t flags;
		} access_rw;
		struct {
			uint32_t limit;
		} memory_limit;
		struct {
			uint32_t ioas_id;
		} access_replace_ioas;
		struct {
			uint32_t flags;
			iom_u64 iova;
			iom_u64 length;
			iom_u64 page_size;
			iom_u64 uptr;
			iom_u64 out_nr_dirty;
		} dirty;
		struct {
			uint32_t id;
			uint32_t iotlb;
		} check_iotlb;
		struct {
			uint32_t dev_id;
			uint32_t pasid;
			uint32_t grpid;
			uint32_t perm;
			uint64_t addr;
		} trigger_iopf;
		struct {
			uint32_t id;
			uint32_t cache;
		} check_dev_cache;
		struct {
			uint32_t dev_id;
		} trigger_vevent;
		struct {
			uint32_t pasid;
			uint32_t pt_id;
		} pasid_attach;
		struct {
			uint32_t pasid;
			uint32_t pt_id;
		} pasid_replace;
		struct {
			uint32_t pasid;
		} pasid_detach;
		struct {
			uint32_t pasid;
			uint32_t hwpt_id;
		} pasid_check;
		struct {
			uint32_t length;
			uint32_t open_flags;
		} dmabuf_get;
		struct {
			int32_t dmabuf_fd;
			uint32_t revoked;
		} dmabuf_revoke;
	};
	uint32_t last;
};
IOM_SIZE_IS(iom_test_cmd, 72);

struct iom_test_hw_info {
	uint32_t flags;
	uint32_t test_reg;
};
IOM_SIZE_IS(iom_test_hw_info, 8);

struct iom_hwpt_selftest {
	uint32_t iotlb;
	uint32_t pagetable_type;
};
IOM_SIZE_IS(iom_hwpt_selftest, 8);

enum {
	IOM_TEST_INVALIDATE_FLAG_ALL = 1,
};

struct iom_hwpt_invalidate_selftest {
	uint32_t flags;
	uint32_t iotlb_id;
};
IOM_SIZE_IS(iom_hwpt_invalidate_selftest, 8);

struct iom_viommu_selftest {
	uint32_t in_data;
	uint32_t out_data;
	iom_u64 out_mmap_offset;
	iom_u64 out_mmap_length;
};
IOM_SIZE_IS(iom_viommu_selftest, 24);

struct iom_viommu_invalidate_selftest {
	uint32_t flags;
	uint32_t vdev_id;
	uint32_t cache_id;
};
IOM_SIZE_IS(iom_viommu_invalidate_selftest, 12);

struct iom_viommu_event_selftest {
	uint32_t virt_id;
};
IOM_SIZE_IS(iom_viommu_event_selftest, 4);

/* ---- VFIO devices ---- */

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

/* One link of a capability chain; next is an offset from the start of the answer, 0 ends. */
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

/* Followed by count group fds; a count of 0 is the form for devices bound to an iommufd. */
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

/* ---- confidential devices: patch series, in no released kernel ---- */

/* AMD, February 2025 ("tsm-amd"). */
struct iom_tsm_bind_amd {
	uint32_t size;
	uint32_t viommu_id;
	uint32_t dev_id;
	uint32_t vdevice_id;
	int32_t kvmfd;
	uint32_t pad;
} __attribute__((packed));
IOM_SIZE_IS(iom_tsm_bind_amd, 24);

struct iom_tsm_guest_request_amd {
	uint32_t size;
	uint32_t viommu_id;
	uint32_t dev_id;
	uint32_t vdevice_id;
	uint64_t req;
	uint64_t rsp;
	uint32_t rsp_len;
	uint32_t req_len;
	int32_t fw_err;
} __attribute__((packed));
IOM_SIZE_IS(iom_tsm_guest_request_amd, 44);

/* May 2025 ("tsm-early"): two calls, one layout. */
struct iom_tsm_bind_early {
	uint32_t size;
	uint32_t vdevice_id;
};
IOM_SIZE_IS(iom_tsm_bind_early, 8);

enum {
	IOM_TSM_OP_BIND = 1,
	IOM_TSM_OP_UNBIND = 2,
};

/* "tsm-rfc1" and "tsm-v2". */
struct iom_tsm_op {
	uint32_t size;
	uint32_t op;
	uint32_t flags;
	uint32_t vdevice_id;
};
IOM_SIZE_IS(iom_tsm_op, 16);

/* "tsm-v5": the same bytes, another member name. */
struct iom_tsm_op_v5 {
	uint32_t size;
	uint32_t type;
	uint32_t flags;
	uint32_t vdevice_id;
};
IOM_SIZE_IS(iom_tsm_op_v5, 16);

/* "tsm-xu", "tsm-rfc1" and "tsm-v2". */
struct iom_tsm_guest_request {
	uint32_t size;
	uint32_t vdevice_id;
	uint32_t type;
	uint32_t type_info_len;
	uint32_t req_len;
	uint32_t resp_len;
	iom_u64 type_info_uptr;
	iom_u64 req_uptr;
	iom_u64 resp_uptr;
};
IOM_SIZE_IS(iom_tsm_guest_request, 48);

/* "tsm-rfc1" only; end_gpa is the first address behind the range. */
struct iom_tsm_map {
	uint32_t size;
	uint32_t flags;
	iom_u64 start_gpa;
	iom_u64 end_gpa;
	uint32_t vdevice_id;
};
IOM_SIZE_IS(iom_tsm_map, 32);

enum {
	IOM_VIOMMU_ALLOC_KVM_FD = 1,
};

/* VIOMMU_ALLOC as "tsm-rfc1" and "tsm-v2" extend it. */
struct iom_viommu_alloc_kvm {
	uint32_t size;
	uint32_t flags;
	uint32_t type;
	uint32_t dev_id;
	uint32_t hwpt_id;
	uint32_t out_viommu_id;
	uint32_t data_len;
	uint32_t reserved;
	iom_u64 data_uptr;
	int32_t kvm_vm_fd;
};
IOM_SIZE_IS(iom_viommu_alloc_kvm, 48);

enum {
	IOM_TSM_REQ_SCOPE_INFO = 0,
	IOM_TSM_REQ_SCOPE_STATE_CHANGE = 1,
	IOM_TSM_REQ_SCOPE_DEBUG_READ = 2,
	IOM_TSM_REQ_SCOPE_DEBUG_WRITE = 3,
};

/* "tsm-v5". */
struct iom_tsm_req_v5 {
	uint32_t size;
	uint32_t vdevice_id;
	uint32_t scope;
	uint32_t req_len;
	uint32_t resp_len;
	uint32_t reserved;
	iom_u64 req_uptr;
	iom_u64 resp_uptr;
};
IOM_SIZE_IS(iom_tsm_req_v5, 40);

enum {
	IOM_TSM_ARCH_CCA = 1,
	IOM_TSM_ARCH_SEV = 2,
	IOM_TSM_ARCH_TDX = 3,
};

/* Operations of the rework that followed v5 on the list ("tsm-rework"). */
enum {
	IOM_TSM_REWORK_READ_OBJECT = 1,
	IOM_TSM_REWORK_REGEN_OBJECT = 2,
	IOM_TSM_REWORK_OBJECT_INFO = 3,
	IOM_TSM_REWORK_VALIDATE_MMIO = 4,
	IOM_TSM_REWORK_SET_TDI_STATE = 5,
	IOM_TSM_REWORK_SEV_ENABLE_DMA = 6,
	IOM_TSM_REWORK_SEV_DISABLE_DMA = 7,
};

/* The same operations as the integration tree numbers them ("tsm-integration"). */
enum {
	IOM_TSM_INTEGRATION_VALIDATE_MMIO = 1,
	IOM_TSM_INTEGRATION_SET_TDI_STATE = 2,
	IOM_TSM_INTEGRATION_READ_OBJECT = 5,
	IOM_TSM_INTEGRATION_REGEN_OBJECT = 6,
	IOM_TSM_INTEGRATION_OBJECT_INFO = 7,
};

/* "tsm-rework" and "tsm-integration". */
struct iom_tsm_req {
	uint32_t size;
	uint32_t vdevice_id;
	uint32_t op;
	uint32_t tvm_arch;
	uint32_t req_len;
	uint32_t resp_len;
	iom_u64 req_uptr;
	iom_u64 resp_uptr;
	iom_u64 tsm_code;
};
IOM_SIZE_IS(iom_tsm_req, 48);

enum {
	IOM_TSM_TDI_UNLOCKED = 0,
	IOM_TSM_TDI_LOCKED = 1,
	IOM_TSM_TDI_RUN = 2,
};

enum {
	IOM_TSM_OBJECT_VCA = 0,
	IOM_TSM_OBJECT_CERT = 1,
	IOM_TSM_OBJECT_MEAS = 2,
	IOM_TSM_OBJECT_IFREPORT = 3,
};

/* What req_uptr of a tsm_req points to, by operation. gpa_top is the first byte behind. */
struct iom_tsm_validate_mmio {
	iom_u64 gpa_base;
	iom_u64 gpa_top;
	iom_u64 pa_base;
};
IOM_SIZE_IS(iom_tsm_validate_mmio, 24);

struct iom_tsm_set_tdi_state {
	uint32_t state;
};
IOM_SIZE_IS(iom_tsm_set_tdi_state, 4);

struct iom_tsm_object_info {
	uint32_t type;
};
IOM_SIZE_IS(iom_tsm_object_info, 4);

struct iom_tsm_read_object {
	uint32_t type;
	uint32_t reserved;
	iom_u64 offset;
};
IOM_SIZE_IS(iom_tsm_read_object, 16);

/* nonce is the address of 32 bytes. */
struct iom_tsm_regen_object {
	uint32_t type;
	uint32_t reserved;
	iom_u64 flags;
	iom_u64 nonce;
};
IOM_SIZE_IS(iom_tsm_regen_object, 24);

/* May 2025, on the VFIO device ("tsm-xu"). */
struct iom_vfio_tsm_bind {
	uint32_t argsz;
	uint32_t flags;
	uint32_t vdevice_id;
	uint32_t pad;
};
IOM_SIZE_IS(iom_vfio_tsm_bind, 16);

#undef IOM_SIZE_IS
