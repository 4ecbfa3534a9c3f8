/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the tables of this room are written, and what its files know of each other. */
#pragma once

#include "iommuctl/abi.h"
#include "iommuctl/uapi.h"

/*
 * A field is described by the struct and member of uapi.h it stands for, so that offset
 * and width can never be typed wrong. What follows the kind fills obj, values, elem.
 */
#define IOM_AT(st, m) \
	.offset = offsetof(struct iom_##st, m), \
	.width = sizeof(((struct iom_##st *)0)->m), .count = 1

#define F(st, m, d, k, ...) \
	{ .name = #m, IOM_AT(st, m), .dir = IOM_##d, .kind = IOM_K_##k, __VA_ARGS__ }

/* A field whose name is not the member's: unions, nested structs, duplicates. */
#define FN(st, m, n, d, k, ...) \
	{ .name = n, .member = #m, IOM_AT(st, m), .dir = IOM_##d, .kind = IOM_K_##k, \
	  __VA_ARGS__ }

/* An array. */
#define FA(st, m, d, k, ...) \
	{ .name = #m, .offset = offsetof(struct iom_##st, m), \
	  .width = sizeof(((struct iom_##st *)0)->m[0]), \
	  .count = IOM_ARRAY_SIZE(((struct iom_##st *)0)->m), \
	  .dir = IOM_##d, .kind = IOM_K_##k, __VA_ARGS__ }

/* A reserved field; n is the kernel's name, underscores included. */
#define FR(st, m, n) \
	{ .name = n, IOM_AT(st, m), .dir = IOM_IN, .kind = IOM_K_RESERVED }

#define F_END { .name = NULL }

/* Bytes up to and including member m. */
#define IOM_UPTO(st, m) (offsetof(struct st, m) + sizeof(((struct st *)0)->m))

/* Field lists, one per layout; calls.c gives them a name and a number. */
#define IOM_FIELDS(id) extern const struct iom_field iom_f_##id[]
IOM_FIELDS(destroy);
IOM_FIELDS(ioas_alloc);
IOM_FIELDS(ioas_allow_iovas);
IOM_FIELDS(ioas_copy);
IOM_FIELDS(ioas_iova_ranges);
IOM_FIELDS(ioas_map);
IOM_FIELDS(ioas_unmap);
IOM_FIELDS(option);
IOM_FIELDS(vfio_ioas);
IOM_FIELDS(hwpt_alloc);
IOM_FIELDS(hw_info);
IOM_FIELDS(hwpt_set_dirty_tracking);
IOM_FIELDS(hwpt_get_dirty_bitmap);
IOM_FIELDS(hwpt_invalidate);
IOM_FIELDS(fault_alloc);
IOM_FIELDS(ioas_map_file);
IOM_FIELDS(viommu_alloc);
IOM_FIELDS(vdevice_alloc);
IOM_FIELDS(ioas_change_process);
IOM_FIELDS(veventq_alloc);
IOM_FIELDS(hw_queue_alloc);
IOM_FIELDS(ioas_noiommu_get_pa);

IOM_FIELDS(tsm_bind_amd);
IOM_FIELDS(tsm_guest_request_amd);
IOM_FIELDS(tsm_bind_early);
IOM_FIELDS(tsm_op);
IOM_FIELDS(tsm_op_v5);
IOM_FIELDS(tsm_guest_request);
IOM_FIELDS(tsm_map);
IOM_FIELDS(viommu_alloc_kvm);
IOM_FIELDS(tsm_req_v5);
IOM_FIELDS(tsm_req_rework);
IOM_FIELDS(tsm_req_integration);
IOM_FIELDS(vfio_tsm_bind);

IOM_FIELDS(test_cmd);
IOM_FIELDS(test_add_reserved);
IOM_FIELDS(test_mock_domain);
IOM_FIELDS(test_check_map);
IOM_FIELDS(test_check_refs);
IOM_FIELDS(test_create_access);
IOM_FIELDS(test_destroy_access_pages);
IOM_FIELDS(test_access_pages);
IOM_FIELDS(test_access_rw);
IOM_FIELDS(test_memory_limit);
IOM_FIELDS(test_mock_domain_replace);
IOM_FIELDS(test_access_replace_ioas);
IOM_FIELDS(test_mock_domain_flags);
IOM_FIELDS(test_dirty);
IOM_FIELDS(test_check_iotlb);
IOM_FIELDS(test_trigger_iopf);
IOM_FIELDS(test_check_dev_cache);
IOM_FIELDS(test_trigger_vevent);
IOM_FIELDS(test_pasid_attach);
IOM_FIELDS(test_pasid_replace);
IOM_FIELDS(test_pasid_detach);
IOM_FIELDS(test_pasid_check);
IOM_FIELDS(test_dmabuf_get);
IOM_FIELDS(test_dmabuf_revoke);

IOM_FIELDS(none);
IOM_FIELDS(vfio_device_info);
IOM_FIELDS(vfio_region_info);
IOM_FIELDS(vfio_irq_info);
IOM_FIELDS(vfio_irq_set);
IOM_FIELDS(vfio_pci_hot_reset_info);
IOM_FIELDS(vfio_pci_hot_reset);
IOM_FIELDS(vfio_ioeventfd);
IOM_FIELDS(vfio_bind);
IOM_FIELDS(vfio_attach);
IOM_FIELDS(vfio_detach);
IOM_FIELDS(vfio_precopy_info);
IOM_FIELDS(vfio_feature);
IOM_FIELDS(feature_pci_vf_token);
IOM_FIELDS(feature_migration);
IOM_FIELDS(feature_mig_state);
IOM_FIELDS(feature_low_power_wakeup);
IOM_FIELDS(feature_dma_logging_start);
IOM_FIELDS(feature_dma_logging_report);
IOM_FIELDS(feature_mig_data_size);
IOM_FIELDS(feature_bus_master);
IOM_FIELDS(feature_dma_buf);
IOM_FIELDS(feature_zpci_error);
#undef IOM_FIELDS

/* The rows of iom_structs that pointer fields name as their elements. */
enum {
	IOM_S_IOVA_RANGE,
	IOM_S_DMA_LOGGING_RANGE,
};

#define IOM_ENUM(id) extern const struct iom_enum iom_e_##id
IOM_ENUM(no_flags);
IOM_ENUM(map_flags);
IOM_ENUM(option);
IOM_ENUM(option_op);
IOM_ENUM(vfio_ioas_op);
IOM_ENUM(hwpt_flags);
IOM_ENUM(hwpt_data);
IOM_ENUM(vtd_s1_flags);
IOM_ENUM(dirty_tracking_flags);
IOM_ENUM(dirty_bitmap_flags);
IOM_ENUM(invalidate_data);
IOM_ENUM(vtd_invalidate_flags);
IOM_ENUM(hw_info_type);
IOM_ENUM(hw_info_flags);
IOM_ENUM(hw_capabilities);
IOM_ENUM(hw_info_vtd_flags);
IOM_ENUM(hw_info_smmuv3_flags);
IOM_ENUM(pgfault_flags);
IOM_ENUM(pgfault_perm);
IOM_ENUM(page_response);
IOM_ENUM(viommu_type);
IOM_ENUM(veventq_type);
IOM_ENUM(veventq_flags);
IOM_ENUM(hw_queue_type);
IOM_ENUM(test_op);
IOM_ENUM(mock_iommupt);
IOM_ENUM(mock_device_flags);
IOM_ENUM(mock_access_create_flags);
IOM_ENUM(mock_access_pages_flags);
IOM_ENUM(mock_access_rw_flags);
IOM_ENUM(mock_invalidate_flags);
IOM_ENUM(vfio_bind_flags);
IOM_ENUM(vfio_attach_flags);
IOM_ENUM(vfio_detach_flags);
IOM_ENUM(vfio_device_flags);
IOM_ENUM(vfio_device_cap);
IOM_ENUM(vfio_atomic_flags);
IOM_ENUM(vfio_region_flags);
IOM_ENUM(vfio_region_cap);
IOM_ENUM(vfio_region_index);
IOM_ENUM(vfio_irq_flags);
IOM_ENUM(vfio_irq_index);
IOM_ENUM(vfio_irq_set_flags);
IOM_ENUM(vfio_hot_reset_flags);
IOM_ENUM(vfio_ioeventfd_flags);
IOM_ENUM(vfio_precopy_flags);
IOM_ENUM(vfio_feature_flags);
IOM_ENUM(vfio_feature);
IOM_ENUM(vfio_migration_flags);
IOM_ENUM(vfio_mig_state);
IOM_ENUM(vfio_bus_master_op);
IOM_ENUM(tsm_op);
IOM_ENUM(tsm_scope);
IOM_ENUM(tsm_arch);
IOM_ENUM(tsm_rework_op);
IOM_ENUM(tsm_integration_op);
IOM_ENUM(tsm_tdi_state);
IOM_ENUM(tsm_object);
IOM_ENUM(viommu_kvm_flags);
#undef IOM_ENUM

/*
 * True when two words are the same but for case and '-' against '_'. One may carry the
 * prefix "IOMMU_" that the other lacks.
 */
bool iom_word_is(const char *a, const char *b);
