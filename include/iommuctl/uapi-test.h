/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The structures of the iommufd selftest driver (CONFIG_IOMMUFD_TEST). */
#pragma once

#ifndef IOM_SIZE_IS
#error "include iommuctl/uapi.h instead"
#endif

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
