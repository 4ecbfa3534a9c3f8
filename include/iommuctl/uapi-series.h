/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Structures of patch series on confidential devices, in no released kernel. */
#pragma once

#ifndef IOM_SIZE_IS
#error "include iommuctl/uapi.h instead"
#endif

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

/* "tsm-rfc1", "tsm-v2" and "tsm-v4". */
struct iom_tsm_op {
	uint32_t size;
	uint32_t op;
	uint32_t flags;
	uint32_t vdevice_id;
};
IOM_SIZE_IS(iom_tsm_op, 16);

/* "tsm-v5", "tsm-rework", "tsm-integration": the same bytes, another member name. */
struct iom_tsm_op_v5 {
	uint32_t size;
	uint32_t type;
	uint32_t flags;
	uint32_t vdevice_id;
};
IOM_SIZE_IS(iom_tsm_op_v5, 16);

/* "tsm-xu", "tsm-rfc1", "tsm-v2" and "tsm-v4". */
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
	IOM_TSM_INTEGRATION_SEV_ENABLE_DMA = 3, /* 3 and 4: by what is left over */
	IOM_TSM_INTEGRATION_SEV_DISABLE_DMA = 4,
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

/* What req_uptr of a tsm_req points to, by operation. gpa_top is the first byte after. */
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
