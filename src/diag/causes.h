/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: the predicates that the cause table names. */
#pragma once

#include <stdarg.h>

#include "look.h"

/*
 * Rows of one call and errno stand in the order in which the kernel checks, so that the first
 * one that holds is what the kernel met. A row without a test cannot be looked at: it counts
 * when no other holds. Facts complete "it can be that ..."; `explain` and the man page print
 * them, too.
 */
struct cause_part {
	const struct iom_cause *rows;
	size_t n;
};
/* Makes rows_NAME[] of a file a part of the table, which causes.c puts in its place. */
#define CAUSE_PART(name)                                                                           \
	const struct cause_part cause_part_##name = { rows_##name, IOM_ARRAY_SIZE(rows_##name) }

extern const struct cause_part cause_part_first;
extern const struct cause_part cause_part_map;
extern const struct cause_part cause_part_object;
extern const struct cause_part cause_part_hwpt;
extern const struct cause_part cause_part_viommu;
extern const struct cause_part cause_part_queue;
extern const struct cause_part cause_part_mock;
extern const struct cause_part cause_part_dmabuf;
extern const struct cause_part cause_part_vfio;
extern const struct cause_part cause_part_tsm;
extern const struct cause_part cause_part_last;

/* Shared by predicates: the id in a member is absent or of another type than `need`. */
bool cause_id_is_wrong(struct iom_case *c, const char *field, uint32_t id, enum iom_obj need);
/* A mapping of the IOAS is not aligned; a user's memory address counts as well. */
bool cause_areas_unaligned(struct iom_case *c, uint32_t ioas, uint64_t align, const char *field);

/* Asks about the IOMMU of a device; false, and the case blind, when it cannot be asked. */
bool cause_ask_hardware(struct iom_case *c, uint32_t dev, struct iom_hw_info *info);
/* The HWPT of a device, or of a PASID of it that is not 0, by the book; 0 for none. */
uint32_t cause_hwpt_of(const struct iom_case *c, const struct iom_object *dev, uint32_t pasid);

/* Any call. */
bool cause_fd_not_iommufd(struct iom_case *c);
bool cause_fd_closed(struct iom_case *c);
bool cause_selftest_absent(struct iom_case *c);
bool cause_ioctl_unmerged(struct iom_case *c);
bool cause_feature_absent(struct iom_case *c);
bool cause_ioctl_unknown(struct iom_case *c);
bool cause_size_too_small(struct iom_case *c);
bool cause_feature_flags(struct iom_case *c);
bool cause_group_file(struct iom_case *c);
bool cause_tail_not_zero(struct iom_case *c);
bool cause_reserved_not_zero(struct iom_case *c);
bool cause_flag_unknown(struct iom_case *c);
bool cause_no_object(struct iom_case *c);
bool cause_pt_wrong_kind(struct iom_case *c);
bool cause_bad_pointer(struct iom_case *c);
bool cause_memlock(struct iom_case *c);
bool cause_array_too_small(struct iom_case *c);

/* Maps, copies, unmaps, allowed ranges. */
bool cause_iova_max(struct iom_case *c);
bool cause_length_max(struct iom_case *c);
bool cause_iova_wraps(struct iom_case *c);
bool cause_src_wraps(struct iom_case *c);
bool cause_start_wraps(struct iom_case *c);
bool cause_user_va_wraps(struct iom_case *c);
bool cause_length_half(struct iom_case *c);
bool cause_length_huge(struct iom_case *c);
bool cause_length_zero(struct iom_case *c);
bool cause_no_access(struct iom_case *c);
bool cause_length_unaligned(struct iom_case *c);
bool cause_iova_unaligned(struct iom_case *c);
bool cause_user_va_unaligned(struct iom_case *c);
bool cause_iova_aperture(struct iom_case *c);
bool cause_iova_reserved(struct iom_case *c);
bool cause_iova_unusable(struct iom_case *c);
bool cause_iova_mapped(struct iom_case *c);
bool cause_no_room(struct iom_case *c);
bool cause_user_va_unmapped(struct iom_case *c);
bool cause_user_va_no_right(struct iom_case *c);
bool cause_user_va_device(struct iom_case *c);
bool cause_user_va_past_file(struct iom_case *c);
bool cause_user_va_shared_file(struct iom_case *c);
bool cause_fd_not_open(struct iom_case *c);
bool cause_file_wrong_kind(struct iom_case *c);
bool cause_past_file(struct iom_case *c);
bool cause_src_object(struct iom_case *c);
bool cause_src_gap(struct iom_case *c);
bool cause_src_not_writeable(struct iom_case *c);
bool cause_unmap_splits(struct iom_case *c);
bool cause_nothing_mapped(struct iom_case *c);
bool cause_area_pinned(struct iom_case *c);
bool cause_allow_backwards(struct iom_case *c);
bool cause_allow_overlap(struct iom_case *c);
bool cause_allow_reserved(struct iom_case *c);

/* Options, destroy, change of process. */
bool cause_option_unknown(struct iom_case *c);
bool cause_option_op(struct iom_case *c);
bool cause_option_object(struct iom_case *c);
bool cause_option_value(struct iom_case *c);
bool cause_rlimit_object(struct iom_case *c);
bool cause_rlimit_capability(struct iom_case *c);
bool cause_rlimit_late(struct iom_case *c);
bool cause_huge_mapped(struct iom_case *c);
bool cause_huge_unaligned(struct iom_case *c);
bool cause_sw_msi_attached(struct iom_case *c);
bool cause_sw_msi_huge(struct iom_case *c);
bool cause_sw_msi_unaligned(struct iom_case *c);
bool cause_sw_msi_no_start(struct iom_case *c);
bool cause_sw_msi_wraps(struct iom_case *c);
bool cause_sw_msi_reserved(struct iom_case *c);
bool cause_destroy_held(struct iom_case *c);
bool cause_area_not_file(struct iom_case *c);
bool cause_rawio(struct iom_case *c);
bool cause_iova_not_mapped(struct iom_case *c);
bool cause_pa_revoked(struct iom_case *c);
bool cause_not_noiommu(struct iom_case *c);

/* Mock driver and VFIO. */
bool cause_attach_unaligned(struct iom_case *c);
bool cause_attach_mapped(struct iom_case *c);
bool cause_attach_allowed(struct iom_case *c);
bool cause_attach_memory_gone(struct iom_case *c);
bool cause_attach_dirty(struct iom_case *c);
bool cause_op_unknown(struct iom_case *c);
bool cause_resv_mapped(struct iom_case *c);
bool cause_resv_allowed(struct iom_case *c);
bool cause_not_attached(struct iom_case *c);
bool cause_check_unaligned(struct iom_case *c);
bool cause_uptr_wraps(struct iom_case *c);
bool cause_map_differs(struct iom_case *c);
bool cause_not_access(struct iom_case *c);
bool cause_access_too_long(struct iom_case *c);
bool cause_access_gap(struct iom_case *c);
bool cause_access_prot(struct iom_case *c);
bool cause_access_unaligned(struct iom_case *c);
bool cause_no_fd_left(struct iom_case *c);
bool cause_iommufd_negative(struct iom_case *c);
bool cause_device_bound(struct iom_case *c);
bool cause_device_twice(struct iom_case *c);
bool cause_device_unbound(struct iom_case *c);
bool cause_iommufd_not_open(struct iom_case *c);
bool cause_iommufd_other(struct iom_case *c);
bool cause_sibling_driver(struct iom_case *c);
bool cause_token_missing(struct iom_case *c);
bool cause_token_wrong(struct iom_case *c);
bool cause_token_misuse(struct iom_case *c);
bool cause_attached_elsewhere(struct iom_case *c);
bool cause_memory_off(struct iom_case *c);

/* PASIDs. */
bool cause_pasid_absent(struct iom_case *c);
bool cause_pasid_huge(struct iom_case *c);
bool cause_pasid_attached(struct iom_case *c);
bool cause_pasid_detached(struct iom_case *c);
bool cause_pasid_table(struct iom_case *c);
bool cause_pasid_device(struct iom_case *c);
bool cause_pasid_others(struct iom_case *c);
bool cause_pasid_width(struct iom_case *c);
bool cause_pasid_mock_fails(struct iom_case *c);
bool cause_pasid_no_hwpt(struct iom_case *c);
bool cause_pasid_differs(struct iom_case *c);

/* dma-bufs. */
/* Whether the fd of this process is a dma-buf, the emulator's included. */
bool cause_is_dmabuf(int fd);
bool cause_feature_op(struct iom_case *c);
bool cause_dmabuf_flags(struct iom_case *c);
bool cause_dmabuf_no_ranges(struct iom_case *c);
bool cause_bar_absent(struct iom_case *c);
bool cause_range_empty(struct iom_case *c);
bool cause_range_unaligned(struct iom_case *c);
bool cause_range_wraps(struct iom_case *c);
bool cause_range_past_bar(struct iom_case *c);
bool cause_dmabuf_foreign(struct iom_case *c);
bool cause_dmabuf_ranges(struct iom_case *c);
bool cause_dmabuf_revoked(struct iom_case *c);
bool cause_access_dmabuf(struct iom_case *c);
bool cause_dmabuf_length(struct iom_case *c);
bool cause_dmabuf_not_open(struct iom_case *c);
bool cause_not_dmabuf(struct iom_case *c);
bool cause_dmabuf_other(struct iom_case *c);

/* Nested translation. */
bool cause_viommu_flags(struct iom_case *c);
bool cause_data_on_ioas(struct iom_case *c);
bool cause_data_length(struct iom_case *c);
bool cause_pt_other_iommu(struct iom_case *c);
bool cause_read_only_mapped(struct iom_case *c);
bool cause_read_only_parent(struct iom_case *c);
bool cause_entry_refused(struct iom_case *c);
bool cause_first_stage(struct iom_case *c);
bool cause_no_page_requests(struct iom_case *c);
bool cause_entry_length(struct iom_case *c);
bool cause_entries_none(struct iom_case *c);
bool cause_invalidate_absent(struct iom_case *c);
bool cause_command_refused(struct iom_case *c);

/* Page tables, dirty tracking, invalidation, hardware information. */
bool cause_data_mismatch(struct iom_case *c);
bool cause_pt_absent(struct iom_case *c);
bool cause_pt_no_parent(struct iom_case *c);
bool cause_not_nest_parent(struct iom_case *c);
bool cause_nested_flags(struct iom_case *c);
bool cause_nested_no_data(struct iom_case *c);
bool cause_fault_nest_parent(struct iom_case *c);
bool cause_dirty_incapable(struct iom_case *c);
bool cause_nesting_incapable(struct iom_case *c);
bool cause_viommu_incapable(struct iom_case *c);
bool cause_data_foreign(struct iom_case *c);
bool cause_needs_viommu(struct iom_case *c);
bool cause_nesting_absent(struct iom_case *c);
bool cause_noiommu(struct iom_case *c);
bool cause_flags_driver(struct iom_case *c);
bool cause_parent_other(struct iom_case *c);
bool cause_invalidate_viommu(struct iom_case *c);
bool cause_not_tracking(struct iom_case *c);
bool cause_page_size_zero(struct iom_case *c);
bool cause_dirty_unaligned(struct iom_case *c);
bool cause_page_unaligned(struct iom_case *c);
bool cause_mock_dirty_empty(struct iom_case *c);
bool cause_dirty_too_many(struct iom_case *c);
bool cause_entries_wrong(struct iom_case *c);
bool cause_not_nested(struct iom_case *c);
bool cause_type_foreign(struct iom_case *c);
bool cause_entry_flags(struct iom_case *c);
bool cause_entry_value(struct iom_case *c);
bool cause_hw_type(struct iom_case *c);
bool cause_iotlb_id(struct iom_case *c);

/* Virtual IOMMUs, virtual devices, hardware queues. */
bool cause_type_zero(struct iom_case *c);
bool cause_mmap_unaligned(struct iom_case *c);
bool cause_viommu_type(struct iom_case *c);
bool cause_viommu_parent(struct iom_case *c);
bool cause_viommu_data(struct iom_case *c);
bool cause_vdevice_iommu(struct iom_case *c);
bool cause_vdevice_twice(struct iom_case *c);
bool cause_virt_id_taken(struct iom_case *c);
bool cause_no_vdevice(struct iom_case *c);
bool cause_queue_type(struct iom_case *c);
bool cause_queue_wraps(struct iom_case *c);
bool cause_queue_pages(struct iom_case *c);
bool cause_queue_areas(struct iom_case *c);
bool cause_queue_gap(struct iom_case *c);
bool cause_queue_prot(struct iom_case *c);
bool cause_queue_index(struct iom_case *c);
bool cause_queue_taken(struct iom_case *c);
bool cause_queue_stale(struct iom_case *c);
bool cause_queue_order(struct iom_case *c);
bool cause_cache_id(struct iom_case *c);
bool cause_nested_amd(struct iom_case *c);
bool cause_viommu_entry(struct iom_case *c);
bool cause_entry_tail(struct iom_case *c);

/* Confidential devices (patch series). */
bool cause_tsm_no_kvm(struct iom_case *c);
bool cause_tsm_refused(struct iom_case *c);
bool cause_tsm_op(struct iom_case *c);
bool cause_tsm_not_pci(struct iom_case *c);
bool cause_tsm_not_bound(struct iom_case *c);
bool cause_tsm_kvm_fd(struct iom_case *c);
bool cause_tsm_no_kvm_host(struct iom_case *c);
bool cause_tsm_scope(struct iom_case *c);
bool cause_tsm_scope_debug(struct iom_case *c);
bool cause_tsm_arch(struct iom_case *c);
bool cause_tsm_req_op(struct iom_case *c);
bool cause_tsm_payload(struct iom_case *c);
bool cause_tsm_response(struct iom_case *c);
bool cause_tsm_gpa(struct iom_case *c);
bool cause_tsm_other_device(struct iom_case *c);
/* Queues of page requests and events. */
bool cause_event_type_zero(struct iom_case *c);
bool cause_depth_wrong(struct iom_case *c);
bool cause_veventq_exists(struct iom_case *c);
bool cause_count_uneven(struct iom_case *c);
bool cause_group_too_long(struct iom_case *c);
bool cause_response_code(struct iom_case *c);
bool cause_cookie_unknown(struct iom_case *c);
bool cause_not_mock_device(struct iom_case *c);
bool cause_no_virtual_device(struct iom_case *c);
bool cause_no_veventq(struct iom_case *c);
