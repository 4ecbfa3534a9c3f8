/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hw-queue: queues in guest memory that the hardware of a virtual IOMMU reads by itself. */
#include <inttypes.h>

#include "cmd/internal.h"
#include "cmd/viommu.h"
#include "iommuctl/uapi.h"

static const struct iom_value type_values[] = {
	{ "tegra241-cmdqv", "tegra241-cmdqv", IOM_HW_QUEUE_TYPE_TEGRA241_CMDQV, NULL, false },
	{ "selftest", "selftest", IOM_HW_QUEUE_TYPE_SELFTEST, NULL, false },
	{ 0 },
};
static const struct iom_enum type_enum = { .name = "hw_queue_type", .values = type_values };

enum { ALLOC_VIOMMU, ALLOC_TYPE, ALLOC_INDEX, ALLOC_IOVA, ALLOC_LENGTH };
static const struct iom_opt alloc_opts[] = {
	[ALLOC_VIOMMU] = { "viommu", IOM_ARG_ID, IOM_REQ | IOM_POS, "virtual IOMMU" },
	[ALLOC_TYPE] = { "type", IOM_ARG_ENUM, IOM_REQ | IOM_NUM,
			 "type of the queue, by name or number",
			 .values = &type_enum },
	[ALLOC_INDEX] = { "index", IOM_ARG_U32, IOM_REQ,
			  "number of the queue, from 0, without gaps" },
	[ALLOC_IOVA] = { "nesting-parent-iova", IOM_ARG_ADDR, IOM_REQ,
			 "where it lies in the IOAS of the guest's memory" },
	[ALLOC_LENGTH] = { "length", IOM_ARG_LEN, IOM_REQ, "bytes" },
	{ 0 },
};

enum { MADE_QUEUE, MADE_VIOMMU, MADE_TYPE, MADE_INDEX, MADE_IOVA, MADE_LENGTH };
static const struct iom_col alloc_cols[] = {
	[MADE_QUEUE] = { "hw_queue_id", IOM_T_UINT, IOM_COL_ID, "id of the new queue" },
	[MADE_VIOMMU] = { "viommu_id", IOM_T_UINT, 0, "virtual IOMMU" },
	[MADE_TYPE] = { "type", IOM_T_STR, 0, "its type by name, or as a number" },
	[MADE_INDEX] = { "index", IOM_T_UINT, 0, "number of the queue" },
	[MADE_IOVA] = { "nesting_parent_iova", IOM_T_HEX, 0, "where it lies" },
	[MADE_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes" },
	{ 0 },
};

static int alloc_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_hw_queue_alloc c = {
		.size = sizeof(c), .viommu_id = (uint32_t)a->v[ALLOC_VIOMMU].num,
		.type = (uint32_t)a->v[ALLOC_TYPE].num, .index = (uint32_t)a->v[ALLOC_INDEX].num,
		.nesting_parent_iova = a->v[ALLOC_IOVA].num, .length = a->v[ALLOC_LENGTH].num,
	};
	char buf[24];
	int rc = iom_do(app, IOM_NR_HW_QUEUE_ALLOC, &c, err);

	if (rc)
		return iom_what(err, rc, "cannot make queue %u of vIOMMU %u at 0x%" PRIx64, c.index,
				c.viommu_id, (uint64_t)c.nesting_parent_iova);
	iom_set_uint(res->top, MADE_QUEUE, c.out_hw_queue_id);
	iom_set_uint(res->top, MADE_VIOMMU, c.viommu_id);
	iom_set_str(res->top, MADE_TYPE, iom_type_word(&type_enum, c.type, buf, sizeof(buf)));
	iom_set_uint(res->top, MADE_INDEX, c.index);
	iom_set_uint(res->top, MADE_IOVA, c.nesting_parent_iova);
	iom_set_uint(res->top, MADE_LENGTH, c.length);
	return 0;
}

const struct iom_cmd cmd_hw_queue_alloc = {
	.object = "hw-queue", .verb = "alloc",
	.brief = "give a virtual IOMMU a queue in guest memory",
	.opts = alloc_opts, .cols = alloc_cols,
	.calls = (const char *const[]){ "IOMMU_HW_QUEUE_ALLOC", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = alloc_run,
};
