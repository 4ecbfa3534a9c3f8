/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refusals, each looked up on a hand-made book: where it holds and where it does not. */
#include "diag_fixture.h"

static bool may_stay_unheld(const struct iom_cause *row)
{
	if (!strcmp(row->key, "tsm-refused") || !strcmp(row->key, "kvm-absent"))
		return true; /* they know only in which revisions they count */
	return !strcmp(row->key, "user-va-device");
}

static bool may_stay_passed(const struct iom_cause *row)
{
	/* The last one of its errno: it always holds. */
	static const char *const keys[] = { "ioctl-unknown", "token-wrong", "dmabuf-revoked",
					    "not-noiommu", "kvm-fd" };

	for (size_t i = 0; i < IOM_ARRAY_SIZE(keys); i++)
		if (!strcmp(row->key, keys[i]))
			return true;
	return false;
}

static void test_table(void **state)
{
	const struct iom_cause *row;
	size_t bad = 0;

	(void)state;
	for (size_t i = 0; (row = iom_cause_at(i)); i++) {
		assert_non_null(row->fact);
		assert_non_null(row->hint);
		assert_true(strlen(row->fact) < 150);
		assert_true(row->code > 0);
		if (row->call)
			assert_true(iom_call_find(row->call, NULL) || iom_region_call_find(row->call) ||
				    iom_queue_op_find(row->call));
		if (!row->test)
			continue;
		if ((!held[i] && !may_stay_unheld(row)) || (!passed[i] && !may_stay_passed(row))) {
			print_error("%s %s %s: held %u, passed over %u\n",
				    row->call ? row->call : "any", iom_errno_name(row->code),
				    row->key, held[i], passed[i]);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

/* Any bytes, any errno, any call: nothing may crash, and there is always something to say. */
static void test_garbage(void **state)
{
	static const int codes[] = { EINVAL, ENOENT, EFAULT, EOPNOTSUPP, EEXIST,     ENOSPC,
				     ENOMEM, EBUSY,  EPERM,  EOVERFLOW,	 EADDRINUSE, E2BIG,
				     ENOTTY, EBADF,  EBADFD, EMSGSIZE };
	unsigned char arg[IOM_MAX_ARG];
	unsigned int seed = 1;

	(void)state;
	f.ctx.trace = NULL;
	for (const struct iom_call *c = iom_calls; c->name; c++)
		for (unsigned int round = 0; round < 6; round++)
			for (size_t i = 0; i < IOM_ARRAY_SIZE(codes); i++) {
				struct iom_err e = { 0 };

				for (size_t k = 0; k < sizeof(arg); k++) {
					seed = seed * 1103515245 + 12345;
					arg[k] = round == 0   ? 0
						 : round == 1 ? 0xff
							      : (unsigned char)(seed >> 16);
				}
				/* A count of billions is a bad pointer, not an hour of work. */
				iom_explain(&f.ctx, c, arg, -codes[i], NO_CAPS, &e);
				assert_int_equal(e.code, -codes[i]);
				assert_true(e.hint[0] != '\0');
			}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_dispatch),
		T(test_size),
		T(test_reserved_and_flags),
		T(test_ids),
		T(test_pointers),
		T(test_map_numbers),
		T(test_file_and_copy_numbers),
		T(test_holes),
		T(test_blind),
		T(test_mapped),
		T(test_no_room),
		T(test_copy_source),
		T(test_unmap),
		T(test_user_memory),
		T(test_device_memory),
		T(test_vfio_mapping),
		T(test_files),
		T(test_memlock),
		T(test_allow),
		T(test_options),
		T(test_huge_pages),
		T(test_sw_msi),
		T(test_destroy),
		T(test_process_and_pa),
		T(test_mock_attach),
		T(test_mock_reserved),
		T(test_mock_check),
		T(test_mock_access),
		T(test_dmabuf_export),
		T(test_dmabuf_map),
		T(test_dmabuf_mock),
		T(test_noiommu),
		T(test_vf_token),
		T(test_vfio_bind),
		T(test_vfio_attach),
		T(test_vfio_detach),
		T(test_vfio_region),
		T(test_mock_pasid),
		T(test_mock_pasid_check),
		T(test_mock_dirty),
		T(test_vfio_pasid),
		T(test_hwpt_alloc),
		T(test_hwpt_fill),
		T(test_hwpt_dirty),
		T(test_hwpt_invalidate),
		T(test_hw_info),
		T(test_mock_hwpt),
		T(test_queue_alloc),
		T(test_queue_io),
		T(test_queue_trigger),
		T(test_nested_flags),
		T(test_nested_data),
		T(test_nested_attach),
		T(test_nested_read_only),
		T(test_stream_entries),
		T(test_stream_commands),
		T(test_viommu_alloc),
		T(test_tsm_bind),
		T(test_tsm_bind_vfio),
		T(test_tsm_viommu),
		T(test_tsm_request),
		T(test_tsm_req),
		T(test_vdevice_alloc),
		T(test_viommu_attach), T(test_viommu_page),
		T(test_hw_queue_alloc),
		T(test_viommu_invalidate),
		T(test_table),
		T(test_garbage),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
