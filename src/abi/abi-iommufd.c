/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of every ioctl that a released kernel has on a /dev/iommu context. */
#include "table.h"

const struct iom_field iom_f_destroy[] = {
	F(destroy, size, IN, SIZE),
	F(destroy, id, IN, ID, .obj = IOM_OBJ_ANY),
	F_END
};

const struct iom_field iom_f_ioas_alloc[] = {
	F(ioas_alloc, size, IN, SIZE),
	F(ioas_alloc, flags, IN, FLAGS, .values = &iom_e_no_flags),
	F(ioas_alloc, out_ioas_id, OUT, ID, .obj = IOM_OBJ_IOAS),
	F_END
};

const struct iom_field iom_f_ioas_allow_iovas[] = {
	F(ioas_allow_iovas, size, IN, SIZE),
	F(ioas_allow_iovas, ioas_id, IN, ID, .obj = IOM_OBJ_IOAS),
	F(ioas_allow_iovas, num_iovas, IN, UINT),
	FR(ioas_allow_iovas, reserved, "__reserved"),
	F(ioas_allow_iovas, allowed_iovas, IN, PTR,
	  .elem = &iom_structs[IOM_S_IOVA_RANGE], .count_field = "num_iovas"),
	F_END
};

const struct iom_field iom_f_ioas_copy[] = {
	F(ioas_copy, size, IN, SIZE),
	F(ioas_copy, flags, IN, FLAGS, .values = &iom_e_map_flags),
	F(ioas_copy, dst_ioas_id, IN, ID, .obj = IOM_OBJ_IOAS),
	F(ioas_copy, src_ioas_id, IN, ID, .obj = IOM_OBJ_IOAS),
	F(ioas_copy, length, IN, LEN),
	F(ioas_copy, dst_iova, INOUT, IOVA),
	F(ioas_copy, src_iova, IN, IOVA),
	F_END
};

const struct iom_field iom_f_ioas_iova_ranges[] = {
	F(ioas_iova_ranges, size, IN, SIZE),
	F(ioas_iova_ranges, ioas_id, IN, ID, .obj = IOM_OBJ_IOAS),
	F(ioas_iova_ranges, num_iovas, INOUT, UINT),
	FR(ioas_iova_ranges, reserved, "__reserved"),
	F(ioas_iova_ranges, allowed_iovas, IN, PTR,
	  .elem = &iom_structs[IOM_S_IOVA_RANGE], .count_field = "num_iovas"),
	F(ioas_iova_ranges, out_iova_alignment, OUT, LEN),
	F_END
};

const struct iom_field iom_f_ioas_map[] = {
	F(ioas_map, size, IN, SIZE),
	F(ioas_map, flags, IN, FLAGS, .values = &iom_e_map_flags),
	F(ioas_map, ioas_id, IN, ID, .obj = IOM_OBJ_IOAS),
	FR(ioas_map, reserved, "__reserved"),
	F(ioas_map, user_va, IN, PTR, .count_field = "length"),
	F(ioas_map, length, IN, LEN),
	F(ioas_map, iova, INOUT, IOVA),
	F_END
};

const struct iom_field iom_f_ioas_unmap[] = {
	F(ioas_unmap, size, IN, SIZE),
	F(ioas_unmap, ioas_id, IN, ID, .obj = IOM_OBJ_IOAS),
	F(ioas_unmap, iova, IN, IOVA),
	F(ioas_unmap, length, INOUT, LEN),
	F_END
};

const struct iom_field iom_f_option[] = {
	F(option, size, IN, SIZE),
	F(option, option_id, IN, ENUM, .values = &iom_e_option),
	F(option, op, IN, ENUM, .values = &iom_e_option_op),
	FR(option, reserved, "__reserved"),
	/* Nothing, an IOAS or a device, as the option has it. */
	F(option, object_id, IN, ID, .obj = IOM_OBJ_ANY),
	F(option, val64, INOUT, HEX),
	F_END
};

const struct iom_field iom_f_vfio_ioas[] = {
	F(vfio_ioas, size, IN, SIZE),
	F(vfio_ioas, ioas_id, INOUT, ID, .obj = IOM_OBJ_IOAS),
	F(vfio_ioas, op, IN, ENUM, .values = &iom_e_vfio_ioas_op),
	FR(vfio_ioas, reserved, "__reserved"),
	F_END
};

const struct iom_field iom_f_hwpt_alloc[] = {
	F(hwpt_alloc, size, IN, SIZE),
	F(hwpt_alloc, flags, IN, FLAGS, .values = &iom_e_hwpt_flags),
	F(hwpt_alloc, dev_id, IN, ID, .obj = IOM_OBJ_DEVICE),
	F(hwpt_alloc, pt_id, IN, ID, .obj = IOM_OBJ_PT),
	F(hwpt_alloc, out_hwpt_id, OUT, ID, .obj = IOM_OBJ_HWPT_PAGING),
	FR(hwpt_alloc, reserved, "__reserved"),
	F(hwpt_alloc, data_type, IN, ENUM, .values = &iom_e_hwpt_data),
	F(hwpt_alloc, data_len, IN, LEN),
	F(hwpt_alloc, data_uptr, IN, PTR, .count_field = "data_len"),
	F(hwpt_alloc, fault_id, IN, ID, .obj = IOM_OBJ_FAULT),
	FR(hwpt_alloc, reserved2, "__reserved2"),
	F_END
};

const struct iom_field iom_f_hw_info[] = {
	F(hw_info, size, IN, SIZE),
	F(hw_info, flags, IN, FLAGS, .values = &iom_e_hw_info_flags),
	F(hw_info, dev_id, IN, ID, .obj = IOM_OBJ_DEVICE),
	F(hw_info, data_len, INOUT, LEN),
	F(hw_info, data_uptr, IN, PTR, .count_field = "data_len"),
	F(hw_info, in_data_type, IN, ENUM, .values = &iom_e_hw_info_type),
	F(hw_info, out_data_type, OUT, ENUM, .values = &iom_e_hw_info_type),
	F(hw_info, out_max_pasid_log2, OUT, UINT),
	{ .name = "__reserved", .offset = offsetof(struct iom_hw_info, reserved),
	  .width = 1, .count = sizeof(((struct iom_hw_info *)0)->reserved),
	  .dir = IOM_IN, .kind = IOM_K_RESERVED },
	F(hw_info, out_capabilities, OUT, FLAGS, .values = &iom_e_hw_capabilities),
	F_END
};

const struct iom_field iom_f_hwpt_set_dirty_tracking[] = {
	F(hwpt_set_dirty_tracking, size, IN, SIZE),
	F(hwpt_set_dirty_tracking, flags, IN, FLAGS,
	  .values = &iom_e_dirty_tracking_flags),
	F(hwpt_set_dirty_tracking, hwpt_id, IN, ID, .obj = IOM_OBJ_HWPT_PAGING),
	FR(hwpt_set_dirty_tracking, reserved, "__reserved"),
	F_END
};

const struct iom_field iom_f_hwpt_get_dirty_bitmap[] = {
	F(hwpt_get_dirty_bitmap, size, IN, SIZE),
	F(hwpt_get_dirty_bitmap, hwpt_id, IN, ID, .obj = IOM_OBJ_HWPT_PAGING),
	F(hwpt_get_dirty_bitmap, flags, IN, FLAGS, .values = &iom_e_dirty_bitmap_flags),
	FR(hwpt_get_dirty_bitmap, reserved, "__reserved"),
	F(hwpt_get_dirty_bitmap, iova, IN, IOVA),
	F(hwpt_get_dirty_bitmap, length, IN, LEN),
	F(hwpt_get_dirty_bitmap, page_size, IN, LEN),
	F(hwpt_get_dirty_bitmap, data, IN, PTR),
	F_END
};

const struct iom_field iom_f_hwpt_invalidate[] = {
	F(hwpt_invalidate, size, IN, SIZE),
	/* A nested page table, or the vIOMMU on SMMUv3. */
	F(hwpt_invalidate, hwpt_id, IN, ID, .obj = IOM_OBJ_PT),
	F(hwpt_invalidate, data_uptr, IN, PTR, .count_field = "entry_num"),
	F(hwpt_invalidate, data_type, IN, ENUM, .values = &iom_e_invalidate_data),
	F(hwpt_invalidate, entry_len, IN, LEN),
	F(hwpt_invalidate, entry_num, INOUT, UINT),
	FR(hwpt_invalidate, reserved, "__reserved"),
	F_END
};

const struct iom_field iom_f_fault_alloc[] = {
	F(fault_alloc, size, IN, SIZE),
	F(fault_alloc, flags, IN, FLAGS, .values = &iom_e_no_flags),
	F(fault_alloc, out_fault_id, OUT, ID, .obj = IOM_OBJ_FAULT),
	F(fault_alloc, out_fault_fd, OUT, FD),
	F_END
};

const struct iom_field iom_f_ioas_map_file[] = {
	F(ioas_map_file, size, IN, SIZE),
	F(ioas_map_file, flags, IN, FLAGS, .values = &iom_e_map_flags),
	F(ioas_map_file, ioas_id, IN, ID, .obj = IOM_OBJ_IOAS),
	F(ioas_map_file, fd, IN, FD),
	F(ioas_map_file, start, IN, HEX),
	F(ioas_map_file, length, IN, LEN),
	F(ioas_map_file, iova, INOUT, IOVA),
	F_END
};

const struct iom_field iom_f_viommu_alloc[] = {
	F(viommu_alloc, size, IN, SIZE),
	F(viommu_alloc, flags, IN, FLAGS, .values = &iom_e_no_flags),
	F(viommu_alloc, type, IN, ENUM, .values = &iom_e_viommu_type),
	F(viommu_alloc, dev_id, IN, ID, .obj = IOM_OBJ_DEVICE),
	F(viommu_alloc, hwpt_id, IN, ID, .obj = IOM_OBJ_HWPT_PAGING),
	F(viommu_alloc, out_viommu_id, OUT, ID, .obj = IOM_OBJ_VIOMMU),
	F(viommu_alloc, data_len, IN, LEN),
	FR(viommu_alloc, reserved, "__reserved"),
	F(viommu_alloc, data_uptr, IN, PTR, .count_field = "data_len"),
	F_END
};

const struct iom_field iom_f_vdevice_alloc[] = {
	F(vdevice_alloc, size, IN, SIZE),
	F(vdevice_alloc, viommu_id, IN, ID, .obj = IOM_OBJ_VIOMMU),
	F(vdevice_alloc, dev_id, IN, ID, .obj = IOM_OBJ_DEVICE),
	F(vdevice_alloc, out_vdevice_id, OUT, ID, .obj = IOM_OBJ_VDEVICE),
	F(vdevice_alloc, virt_id, IN, HEX),
	F_END
};

const struct iom_field iom_f_ioas_change_process[] = {
	F(ioas_change_process, size, IN, SIZE),
	FR(ioas_change_process, reserved, "__reserved"),
	F_END
};

const struct iom_field iom_f_veventq_alloc[] = {
	F(veventq_alloc, size, IN, SIZE),
	F(veventq_alloc, flags, IN, FLAGS, .values = &iom_e_no_flags),
	F(veventq_alloc, viommu_id, IN, ID, .obj = IOM_OBJ_VIOMMU),
	F(veventq_alloc, type, IN, ENUM, .values = &iom_e_veventq_type),
	F(veventq_alloc, veventq_depth, IN, UINT),
	F(veventq_alloc, out_veventq_id, OUT, ID, .obj = IOM_OBJ_VEVENTQ),
	F(veventq_alloc, out_veventq_fd, OUT, FD),
	FR(veventq_alloc, reserved, "__reserved"),
	F_END
};

const struct iom_field iom_f_hw_queue_alloc[] = {
	F(hw_queue_alloc, size, IN, SIZE),
	F(hw_queue_alloc, flags, IN, FLAGS, .values = &iom_e_no_flags),
	F(hw_queue_alloc, viommu_id, IN, ID, .obj = IOM_OBJ_VIOMMU),
	F(hw_queue_alloc, type, IN, ENUM, .values = &iom_e_hw_queue_type),
	F(hw_queue_alloc, index, IN, UINT),
	F(hw_queue_alloc, out_hw_queue_id, OUT, ID, .obj = IOM_OBJ_HW_QUEUE),
	F(hw_queue_alloc, nesting_parent_iova, IN, IOVA),
	F(hw_queue_alloc, length, IN, LEN),
	F_END
};

const struct iom_field iom_f_ioas_noiommu_get_pa[] = {
	F(ioas_noiommu_get_pa, size, IN, SIZE),
	F(ioas_noiommu_get_pa, flags, IN, FLAGS, .values = &iom_e_no_flags),
	F(ioas_noiommu_get_pa, ioas_id, IN, ID, .obj = IOM_OBJ_IOAS),
	FR(ioas_noiommu_get_pa, reserved, "__reserved"),
	F(ioas_noiommu_get_pa, iova, IN, IOVA),
	F(ioas_noiommu_get_pa, length, INOUT, LEN),
	F(ioas_noiommu_get_pa, out_phys, OUT, HEX),
	F_END
};
