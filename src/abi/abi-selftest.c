/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of every operation of the selftest command. */
#include "table.h"

/*
 * Each operation reads id as it likes and uses one member of the union. The access
 * operations want in id the fd that create_access returned, not an object id.
 */
#define HEAD(...) \
	F(test_cmd, size, IN, SIZE), \
	F(test_cmd, op, IN, ENUM, .values = &iom_e_test_op), \
	F(test_cmd, id, IN, __VA_ARGS__), \
	FR(test_cmd, reserved, "__reserved")
#define TAIL FR(test_cmd, last, "last"), F_END
#define U(u, m, d, k, ...) \
	{ .name = #m, .member = #u "." #m, IOM_AT(test_cmd, u.m), .dir = IOM_##d, \
	  .kind = IOM_K_##k, __VA_ARGS__ }

const struct iom_field iom_f_test_cmd[] = { HEAD(UINT), TAIL };

const struct iom_field iom_f_test_add_reserved[] = {
	HEAD(ID, .obj = IOM_OBJ_IOAS),
	U(add_reserved, start, IN, IOVA),
	U(add_reserved, length, IN, LEN),
	TAIL
};

const struct iom_field iom_f_test_mock_domain[] = {
	HEAD(ID, .obj = IOM_OBJ_PT),
	U(mock_domain, out_stdev_id, OUT, ID, .obj = IOM_OBJ_SELFTEST),
	U(mock_domain, out_hwpt_id, OUT, ID, .obj = IOM_OBJ_HWPT_PAGING),
	U(mock_domain, out_idev_id, OUT, ID, .obj = IOM_OBJ_DEVICE),
	TAIL
};

const struct iom_field iom_f_test_mock_domain_flags[] = {
	HEAD(ID, .obj = IOM_OBJ_PT),
	U(mock_domain_flags, out_stdev_id, OUT, ID, .obj = IOM_OBJ_SELFTEST),
	U(mock_domain_flags, out_hwpt_id, OUT, ID, .obj = IOM_OBJ_HWPT_PAGING),
	U(mock_domain_flags, out_idev_id, OUT, ID, .obj = IOM_OBJ_DEVICE),
	U(mock_domain_flags, dev_flags, IN, FLAGS, .values = &iom_e_mock_device_flags),
	TAIL
};

const struct iom_field iom_f_test_mock_domain_replace[] = {
	HEAD(ID, .obj = IOM_OBJ_SELFTEST),
	U(mock_domain_replace, pt_id, INOUT, ID, .obj = IOM_OBJ_PT),
	TAIL
};

const struct iom_field iom_f_test_check_map[] = {
	HEAD(ID, .obj = IOM_OBJ_HWPT_PAGING),
	U(check_map, iova, IN, IOVA),
	U(check_map, length, IN, LEN),
	U(check_map, uptr, IN, PTR, .count_field = "length"),
	TAIL
};

const struct iom_field iom_f_test_check_refs[] = {
	HEAD(UINT),
	U(check_refs, length, IN, LEN),
	U(check_refs, uptr, IN, PTR, .count_field = "length"),
	U(check_refs, refs, IN, UINT),
	TAIL
};

const struct iom_field iom_f_test_create_access[] = {
	HEAD(ID, .obj = IOM_OBJ_IOAS),
	U(create_access, out_access_fd, OUT, FD),
	U(create_access, flags, IN, FLAGS, .values = &iom_e_mock_access_create_flags),
	TAIL
};

const struct iom_field iom_f_test_destroy_access_pages[] = {
	HEAD(FD),
	U(destroy_access_pages, access_pages_id, IN, UINT),
	TAIL
};

const struct iom_field iom_f_test_access_pages[] = {
	HEAD(FD),
	U(access_pages, flags, IN, FLAGS, .values = &iom_e_mock_access_pages_flags),
	U(access_pages, out_access_pages_id, OUT, UINT),
	U(access_pages, iova, IN, IOVA),
	U(access_pages, length, IN, LEN),
	U(access_pages, uptr, IN, PTR, .count_field = "length"),
	TAIL
};

const struct iom_field iom_f_test_access_rw[] = {
	HEAD(FD),
	U(access_rw, iova, IN, IOVA),
	U(access_rw, length, IN, LEN),
	U(access_rw, uptr, IN, PTR, .count_field = "length"),
	U(access_rw, flags, IN, FLAGS, .values = &iom_e_mock_access_rw_flags),
	TAIL
};

const struct iom_field iom_f_test_memory_limit[] = {
	HEAD(UINT),
	U(memory_limit, limit, IN, LEN),
	TAIL
};

const struct iom_field iom_f_test_access_replace_ioas[] = {
	HEAD(FD),
	U(access_replace_ioas, ioas_id, IN, ID, .obj = IOM_OBJ_IOAS),
	TAIL
};

const struct iom_field iom_f_test_dirty[] = {
	HEAD(ID, .obj = IOM_OBJ_HWPT_PAGING),
	U(dirty, flags, IN, FLAGS, .values = &iom_e_no_flags),
	U(dirty, iova, IN, IOVA),
	U(dirty, length, IN, LEN),
	U(dirty, page_size, IN, LEN),
	U(dirty, uptr, IN, PTR),
	U(dirty, out_nr_dirty, OUT, UINT),
	TAIL
};

const struct iom_field iom_f_test_check_iotlb[] = {
	HEAD(ID, .obj = IOM_OBJ_HWPT_NESTED),
	FN(test_cmd, check_iotlb.id, "iotlb_id", IN, UINT),
	U(check_iotlb, iotlb, IN, HEX),
	TAIL
};

const struct iom_field iom_f_test_trigger_iopf[] = {
	HEAD(UINT),
	U(trigger_iopf, dev_id, IN, ID, .obj = IOM_OBJ_DEVICE),
	U(trigger_iopf, pasid, IN, UINT),
	U(trigger_iopf, grpid, IN, UINT),
	U(trigger_iopf, perm, IN, FLAGS, .values = &iom_e_pgfault_perm),
	U(trigger_iopf, addr, IN, IOVA),
	TAIL
};

const struct iom_field iom_f_test_check_dev_cache[] = {
	HEAD(ID, .obj = IOM_OBJ_DEVICE),
	FN(test_cmd, check_dev_cache.id, "cache_id", IN, UINT),
	U(check_dev_cache, cache, IN, HEX),
	TAIL
};

const struct iom_field iom_f_test_trigger_vevent[] = {
	HEAD(UINT),
	U(trigger_vevent, dev_id, IN, ID, .obj = IOM_OBJ_DEVICE),
	TAIL
};

const struct iom_field iom_f_test_pasid_attach[] = {
	HEAD(ID, .obj = IOM_OBJ_SELFTEST),
	U(pasid_attach, pasid, IN, UINT),
	U(pasid_attach, pt_id, INOUT, ID, .obj = IOM_OBJ_PT),
	TAIL
};

const struct iom_field iom_f_test_pasid_replace[] = {
	HEAD(ID, .obj = IOM_OBJ_SELFTEST),
	U(pasid_replace, pasid, IN, UINT),
	U(pasid_replace, pt_id, INOUT, ID, .obj = IOM_OBJ_PT),
	TAIL
};

const struct iom_field iom_f_test_pasid_detach[] = {
	HEAD(ID, .obj = IOM_OBJ_SELFTEST),
	U(pasid_detach, pasid, IN, UINT),
	TAIL
};

const struct iom_field iom_f_test_pasid_check[] = {
	HEAD(ID, .obj = IOM_OBJ_SELFTEST),
	U(pasid_check, pasid, IN, UINT),
	/* Paging or nested; 0 asks whether the PASID is detached. */
	U(pasid_check, hwpt_id, IN, ID, .obj = IOM_OBJ_PT),
	TAIL
};

const struct iom_field iom_f_test_dmabuf_get[] = {
	HEAD(UINT),
	U(dmabuf_get, length, IN, LEN),
	U(dmabuf_get, open_flags, IN, HEX),
	TAIL
};

const struct iom_field iom_f_test_dmabuf_revoke[] = {
	HEAD(UINT),
	U(dmabuf_revoke, dmabuf_fd, IN, FD),
	U(dmabuf_revoke, revoked, IN, UINT),
	TAIL
};
