/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of ioctls that exist only in patch series, every layout that was posted. */
#include "table.h"

const struct iom_field iom_f_tsm_bind_amd[] = {
	F(tsm_bind_amd, size, IN, SIZE),
	F(tsm_bind_amd, viommu_id, IN, ID, .obj = IOM_OBJ_VIOMMU),
	F(tsm_bind_amd, dev_id, IN, ID, .obj = IOM_OBJ_DEVICE),
	F(tsm_bind_amd, vdevice_id, IN, ID, .obj = IOM_OBJ_VDEVICE),
	F(tsm_bind_amd, kvmfd, IN, FD),
	FR(tsm_bind_amd, pad, "pad"),
	F_END
};

const struct iom_field iom_f_tsm_guest_request_amd[] = {
	F(tsm_guest_request_amd, size, IN, SIZE),
	F(tsm_guest_request_amd, viommu_id, IN, ID, .obj = IOM_OBJ_VIOMMU),
	F(tsm_guest_request_amd, dev_id, IN, ID, .obj = IOM_OBJ_DEVICE),
	F(tsm_guest_request_amd, vdevice_id, IN, ID, .obj = IOM_OBJ_VDEVICE),
	F(tsm_guest_request_amd, req, IN, PTR, .count_field = "req_len"),
	F(tsm_guest_request_amd, rsp, IN, PTR, .count_field = "rsp_len"),
	F(tsm_guest_request_amd, rsp_len, IN, LEN),
	F(tsm_guest_request_amd, req_len, IN, LEN),
	F(tsm_guest_request_amd, fw_err, OUT, HEX),
	F_END
};

const struct iom_field iom_f_tsm_bind_early[] = {
	F(tsm_bind_early, size, IN, SIZE),
	F(tsm_bind_early, vdevice_id, IN, ID, .obj = IOM_OBJ_VDEVICE),
	F_END
};

const struct iom_field iom_f_tsm_op[] = {
	F(tsm_op, size, IN, SIZE),
	F(tsm_op, op, IN, ENUM, .values = &iom_e_tsm_op),
	F(tsm_op, flags, IN, FLAGS, .values = &iom_e_no_flags),
	F(tsm_op, vdevice_id, IN, ID, .obj = IOM_OBJ_VDEVICE),
	F_END
};

const struct iom_field iom_f_tsm_op_v5[] = {
	F(tsm_op_v5, size, IN, SIZE),
	F(tsm_op_v5, type, IN, ENUM, .values = &iom_e_tsm_op),
	F(tsm_op_v5, flags, IN, FLAGS, .values = &iom_e_no_flags),
	F(tsm_op_v5, vdevice_id, IN, ID, .obj = IOM_OBJ_VDEVICE),
	F_END
};

const struct iom_field iom_f_tsm_guest_request[] = {
	F(tsm_guest_request, size, IN, SIZE),
	F(tsm_guest_request, vdevice_id, IN, ID, .obj = IOM_OBJ_VDEVICE),
	F(tsm_guest_request, type, IN, UINT),
	F(tsm_guest_request, type_info_len, IN, LEN),
	F(tsm_guest_request, req_len, IN, LEN),
	F(tsm_guest_request, resp_len, INOUT, LEN),
	F(tsm_guest_request, type_info_uptr, IN, PTR, .count_field = "type_info_len"),
	F(tsm_guest_request, req_uptr, IN, PTR, .count_field = "req_len"),
	F(tsm_guest_request, resp_uptr, IN, PTR, .count_field = "resp_len"),
	F_END
};

const struct iom_field iom_f_tsm_map[] = {
	F(tsm_map, size, IN, SIZE),
	F(tsm_map, flags, IN, FLAGS, .values = &iom_e_no_flags),
	F(tsm_map, start_gpa, IN, IOVA),
	F(tsm_map, end_gpa, IN, IOVA),
	F(tsm_map, vdevice_id, IN, ID, .obj = IOM_OBJ_VDEVICE),
	F_END
};

const struct iom_field iom_f_viommu_alloc_kvm[] = {
	F(viommu_alloc_kvm, size, IN, SIZE),
	F(viommu_alloc_kvm, flags, IN, FLAGS, .values = &iom_e_viommu_kvm_flags),
	F(viommu_alloc_kvm, type, IN, ENUM, .values = &iom_e_viommu_type),
	F(viommu_alloc_kvm, dev_id, IN, ID, .obj = IOM_OBJ_DEVICE),
	F(viommu_alloc_kvm, hwpt_id, IN, ID, .obj = IOM_OBJ_HWPT_PAGING),
	F(viommu_alloc_kvm, out_viommu_id, OUT, ID, .obj = IOM_OBJ_VIOMMU),
	F(viommu_alloc_kvm, data_len, IN, LEN),
	FR(viommu_alloc_kvm, reserved, "__reserved"),
	F(viommu_alloc_kvm, data_uptr, IN, PTR, .count_field = "data_len"),
	F(viommu_alloc_kvm, kvm_vm_fd, IN, FD),
	F_END
};

const struct iom_field iom_f_tsm_req_v5[] = {
	F(tsm_req_v5, size, IN, SIZE),
	F(tsm_req_v5, vdevice_id, IN, ID, .obj = IOM_OBJ_VDEVICE),
	F(tsm_req_v5, scope, IN, ENUM, .values = &iom_e_tsm_scope),
	F(tsm_req_v5, req_len, IN, LEN),
	F(tsm_req_v5, resp_len, IN, LEN),
	FR(tsm_req_v5, reserved, "__reserved"),
	F(tsm_req_v5, req_uptr, IN, PTR, .count_field = "req_len"),
	F(tsm_req_v5, resp_uptr, IN, PTR, .count_field = "resp_len"),
	F_END
};

/* One layout, two numberings of its operations. */
#define TSM_REQ_FIELDS(ops) \
	F(tsm_req, size, IN, SIZE), \
	F(tsm_req, vdevice_id, IN, ID, .obj = IOM_OBJ_VDEVICE), \
	F(tsm_req, op, IN, ENUM, .values = (ops)), \
	F(tsm_req, tvm_arch, IN, ENUM, .values = &iom_e_tsm_arch), \
	F(tsm_req, req_len, IN, LEN), \
	F(tsm_req, resp_len, IN, LEN), \
	F(tsm_req, req_uptr, IN, PTR, .count_field = "req_len"), \
	F(tsm_req, resp_uptr, IN, PTR, .count_field = "resp_len"), \
	F(tsm_req, tsm_code, OUT, HEX), \
	F_END

const struct iom_field iom_f_tsm_req_rework[] = { TSM_REQ_FIELDS(&iom_e_tsm_rework_op) };

const struct iom_field iom_f_tsm_req_integration[] = {
	TSM_REQ_FIELDS(&iom_e_tsm_integration_op)
};

const struct iom_field iom_f_vfio_tsm_bind[] = {
	F(vfio_tsm_bind, argsz, IN, SIZE),
	F(vfio_tsm_bind, flags, IN, FLAGS, .values = &iom_e_no_flags),
	F(vfio_tsm_bind, vdevice_id, IN, ID, .obj = IOM_OBJ_VDEVICE),
	FR(vfio_tsm_bind, pad, "pad"),
	F_END
};
