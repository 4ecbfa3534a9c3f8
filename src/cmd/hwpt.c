/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hwpt: page tables made by hand, also nested ones, and invalidation of what they cache. */
#include "cmd/hwpt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "cmd/internal.h"

/* ---- alloc ---- */

static const struct iom_value data_values[] = {
	{ "selftest", "selftest", IOM_HWPT_DATA_SELFTEST, NULL, false },
	{ "vtd-s1", "vtd-s1", IOM_HWPT_DATA_VTD_S1, NULL, false },
	{ "arm-smmuv3", "arm-smmuv3", IOM_HWPT_DATA_ARM_SMMUV3, NULL, false },
	{ "amd-guest", "amd-guest", IOM_HWPT_DATA_AMD_GUEST, NULL, false },
	{ 0 },
};
static const struct iom_enum data_enum = { .name = "hwpt_data", .values = data_values };

static const struct iom_value table_values[] = {
	{ "default", "default", IOM_MOCK_IOMMUPT_DEFAULT, NULL, false },
	{ "huge", "huge", IOM_MOCK_IOMMUPT_HUGE, NULL, false },
	{ 0 },
};
static const struct iom_enum table_enum = { .name = "mock_iommupt", .values = table_values };

enum { ALLOC_DEV, ALLOC_PT, ALLOC_NEST, ALLOC_DIRTY, ALLOC_PASID, ALLOC_FAULT };
static const struct iom_opt alloc_opts[] = {
	[ALLOC_DEV] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "device that it is to fit" },
	[ALLOC_PT] = { "pt", IOM_ARG_ID, IOM_REQ | IOM_POS,
		       "IOAS to translate, or the parent of a nested page table: "
		       "a HWPT or vIOMMU" },
	[ALLOC_NEST] = { "nest-parent", IOM_ARG_FLAG, 0, "it can be the parent of nested ones" },
	[ALLOC_DIRTY] = { "dirty-tracking", IOM_ARG_FLAG, 0,
			  "it can tell which pages were written" },
	[ALLOC_PASID] = { "pasid", IOM_ARG_FLAG, 0, "it can be attached to a PASID" },
	[ALLOC_FAULT] = { "fault", IOM_ARG_ID, 0, "fault queue that gets its page requests" },
	[IOM_HWPT_DATA] = { "data", IOM_ARG_ENUM, 0, "type of the data that describes it",
			    .values = &data_enum },
	[IOM_HWPT_IOTLB] = { "iotlb", IOM_ARG_U32, 0, "selftest: what its cache holds at first" },
	[IOM_HWPT_TABLE_TYPE] = { "pagetable-type", IOM_ARG_ENUM, 0,
				  "selftest: format, of one that is not nested",
				  .values = &table_enum },
	[IOM_HWPT_PGTBL_ADDR] = { "pgtbl-addr", IOM_ARG_ADDR, 0,
				  "vtd-s1: guest address of the first-stage table" },
	[IOM_HWPT_ADDR_WIDTH] = { "addr-width", IOM_ARG_U32, 0,
				  "vtd-s1: bits of an address, 48 or 57" },
	[IOM_HWPT_SRE] = { "sre", IOM_ARG_FLAG, 0, "vtd-s1: supervisor requests" },
	[IOM_HWPT_EAFE] = { "eafe", IOM_ARG_FLAG, 0, "vtd-s1: extended access flag" },
	[IOM_HWPT_WPE] = { "wpe", IOM_ARG_FLAG, 0, "vtd-s1: write protection" },
	[IOM_HWPT_STE0] = { "ste0", IOM_ARG_U64, 0,
			    "arm-smmuv3: word 0 of the stream table entry" },
	[IOM_HWPT_STE1] = { "ste1", IOM_ARG_U64, 0, "arm-smmuv3: word 1" },
	[IOM_HWPT_STE] = { "ste", IOM_ARG_ASSIGN, IOM_MULTI,
			   "arm-smmuv3: a field of the entry by name, put into the words" },
	[IOM_HWPT_DTE] = { "dte", IOM_ARG_U64, IOM_MULTI,
			   "amd-guest: a word of the device table entry, up to four times" },
	{ 0 },
};

enum { ALLOCATED_HWPT, ALLOCATED_DEVICE, ALLOCATED_PT, ALLOCATED_DATA };
static const struct iom_col alloc_cols[] = {
	[ALLOCATED_HWPT] = { "hwpt_id", IOM_T_UINT, IOM_COL_ID, "id of the new page table" },
	[ALLOCATED_DEVICE] = { "device_id", IOM_T_UINT, 0, "device that it fits" },
	[ALLOCATED_PT] = { "pt_id", IOM_T_UINT, 0, "IOAS, or parent" },
	[ALLOCATED_DATA] = { "data_type", IOM_T_STR, IOM_COL_OPT, "type of its data",
			     .values = &data_enum },
	{ 0 },
};

static int alloc_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	union iom_hwpt_data data;
	struct iom_hwpt_alloc c = {
		.size = sizeof(c),
		.flags = (a->v[ALLOC_NEST].set ? IOM_HWPT_ALLOC_NEST_PARENT : 0) |
			 (a->v[ALLOC_DIRTY].set ? IOM_HWPT_ALLOC_DIRTY_TRACKING : 0) |
			 (a->v[ALLOC_PASID].set ? IOM_HWPT_ALLOC_PASID : 0) |
			 (a->v[ALLOC_FAULT].set ? IOM_HWPT_FAULT_ID_VALID : 0),
		.dev_id = (uint32_t)a->v[ALLOC_DEV].num, .pt_id = (uint32_t)a->v[ALLOC_PT].num,
		.fault_id = (uint32_t)a->v[ALLOC_FAULT].num,
		.data_type = (uint32_t)a->v[IOM_HWPT_DATA].num,
	};
	int rc;

	if (iom_hwpt_data(a, &data, &c.data_len, err))
		return IOM_EXIT_USAGE;
	if (c.data_len)
		c.data_uptr = (uintptr_t)&data;
	rc = iom_do(app, IOM_NR_HWPT_ALLOC, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot allocate a page table for device %u on %u",
				c.dev_id, c.pt_id);
	iom_set_uint(res->top, ALLOCATED_HWPT, c.out_hwpt_id);
	iom_set_uint(res->top, ALLOCATED_DEVICE, c.dev_id);
	iom_set_uint(res->top, ALLOCATED_PT, c.pt_id);
	if (a->v[IOM_HWPT_DATA].set)
		iom_set_str(res->top, ALLOCATED_DATA, a->v[IOM_HWPT_DATA].str);
	return 0;
}

const struct iom_cmd cmd_hwpt_alloc = {
	.object = "hwpt", .verb = "alloc", .brief = "allocate a page table, nested or not",
	.opts = alloc_opts, .cols = alloc_cols,
	.calls = (const char *const[]){ "IOMMU_HWPT_ALLOC", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = alloc_run,
};

/* ---- invalidate ---- */

static const struct iom_value kind_values[] = {
	{ "selftest", "selftest", IOM_INV_SELFTEST, NULL, false },
	{ "viommu-selftest", "viommu-selftest", IOM_INV_VIOMMU_SELFTEST, NULL, false },
	{ "vtd-s1", "vtd-s1", IOM_INV_VTD_S1, NULL, false },
	{ "arm-smmuv3", "arm-smmuv3", IOM_INV_ARM_SMMUV3, NULL, false },
	{ 0 },
};
static const struct iom_enum kind_enum = { .name = "invalidate", .values = kind_values };

enum { INV_HWPT, INV_ENTRY, INV_TYPE };
static const struct iom_opt invalidate_opts[] = {
	[INV_HWPT] = { "hwpt", IOM_ARG_ID, IOM_REQ | IOM_POS, "nested page table, or vIOMMU" },
	[INV_ENTRY] = { "entry", IOM_ARG_STR, IOM_POS | IOM_MULTI,
			"what to invalidate, as the type has it", .metavar = "ENTRY" },
	[INV_TYPE] = { "type", IOM_ARG_ENUM, IOM_REQ, "type of the entries", .values = &kind_enum },
	{ 0 },
};

enum { INVALIDATED_HWPT, INVALIDATED_TYPE, INVALIDATED_ENTRIES, INVALIDATED_HANDLED };
static const struct iom_col invalidate_cols[] = {
	[INVALIDATED_HWPT] = { "hwpt_id", IOM_T_UINT, 0, "nested page table, or vIOMMU" },
	[INVALIDATED_TYPE] = { "type", IOM_T_STR, 0, "type of the entries", .values = &kind_enum },
	[INVALIDATED_ENTRIES] = { "entries", IOM_T_UINT, 0, "entries that were given" },
	[INVALIDATED_HANDLED] = { "handled", IOM_T_UINT, 0,
				  "entries that the driver says it handled" },
	{ 0 },
};

static int invalidate_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
			  struct iom_err *err)
{
	uint64_t kind = a->v[INV_TYPE].num;
	uint32_t len = iom_hwpt_entry_len(kind), n = a->n_multi;
	_iom_free_ unsigned char *entries = calloc(n + 1, len);
	struct iom_hwpt_invalidate c = {
		.size = sizeof(c), .hwpt_id = (uint32_t)a->v[INV_HWPT].num,
		.data_uptr = (uintptr_t)entries, .data_type = iom_hwpt_entry_type(kind),
		.entry_len = len, .entry_num = n,
	};
	int rc;

	if (!entries) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	for (uint32_t i = 0; i < n; i++) {
		union iom_hwpt_entry e;

		if (iom_hwpt_entry(kind, a->multi[i].v.str, &e, err))
			return IOM_EXIT_USAGE;
		for (uint32_t k = 0; k < len; k++)
			entries[i * len + k] = ((const unsigned char *)&e)[k];
	}
	rc = iom_do(app, IOM_NR_HWPT_INVALIDATE, &c, err);
	/* The kernel writes the count back unless it refused before the handler. */
	if (rc && (err->code == -ENOTTY || err->code == -EFAULT || rc == IOM_EXIT_DRY))
		return iom_what(err, rc, "cannot invalidate %u %s of object %u", n,
				n == 1 ? "entry" : "entries", c.hwpt_id);
	if (rc)
		return iom_what(err, rc, "cannot invalidate %u %s of object %u, %u handled", n,
				n == 1 ? "entry" : "entries", c.hwpt_id, c.entry_num);
	iom_set_uint(res->top, INVALIDATED_HWPT, c.hwpt_id);
	iom_set_str(res->top, INVALIDATED_TYPE, a->v[INV_TYPE].str);
	iom_set_uint(res->top, INVALIDATED_ENTRIES, n);
	iom_set_uint(res->top, INVALIDATED_HANDLED, c.entry_num);
	return 0;
}

const struct iom_cmd cmd_hwpt_invalidate = {
	.object = "hwpt", .verb = "invalidate",
	.brief = "drop what a nested page table or vIOMMU has cached",
	.opts = invalidate_opts, .cols = invalidate_cols,
	.calls = (const char *const[]){ "IOMMU_HWPT_INVALIDATE", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = invalidate_run,
};
