/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ioas: address spaces, what is mapped in them, and which IOVAs they may use. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/internal.h"
#include "cmd/mapping.h"
#include "iommuctl/uapi.h"

static const struct iom_opt ioas_pos[] = {
	{ "ioas", IOM_ARG_ID, IOM_REQ | IOM_POS, "address space" },
	{ 0 },
};

/* ---- alloc ---- */

static const struct iom_col alloc_cols[] = {
	{ "ioas_id", IOM_T_UINT, IOM_COL_ID, "id of the new address space" },
	{ 0 },
};

static int alloc_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };
	int rc = iom_do(app, IOM_NR_IOAS_ALLOC, &c, err);

	(void)a;
	if (rc)
		return iom_what(err, rc, "cannot allocate an IOAS");
	iom_set_uint(res->top, 0, c.out_ioas_id);
	return 0;
}

const struct iom_cmd cmd_ioas_alloc = {
	.object = "ioas", .verb = "alloc", .brief = "allocate an empty I/O address space",
	.cols = alloc_cols, .calls = (const char *const[]){ "IOMMU_IOAS_ALLOC", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = alloc_run,
};

/* ---- unmap ---- */

enum { UNMAP_IOAS, UNMAP_IOVA, UNMAP_LENGTH, UNMAP_ALL };
static const struct iom_opt unmap_opts[] = {
	[UNMAP_IOAS] = { "ioas", IOM_ARG_ID, IOM_REQ | IOM_POS, "address space" },
	[UNMAP_IOVA] = { "iova", IOM_ARG_ADDR, 0, "first IOVA of the range" },
	[UNMAP_LENGTH] = { "length", IOM_ARG_LEN, 0, "length of the range" },
	[UNMAP_ALL] = { "all", IOM_ARG_FLAG, 0, "unmap everything in the IOAS" },
	{ 0 },
};

enum { UNMAPPED_IOAS, UNMAPPED_BYTES };
static const struct iom_col unmap_cols[] = {
	[UNMAPPED_IOAS] = { "ioas_id", IOM_T_UINT, 0, "address space" },
	[UNMAPPED_BYTES] = { "unmapped", IOM_T_SIZE, 0, "bytes that were unmapped" },
	{ 0 },
};

static int unmap_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	const struct iom_argval *iova = &a->v[UNMAP_IOVA], *length = &a->v[UNMAP_LENGTH];
	struct iom_ioas_unmap c = { .size = sizeof(c), .ioas_id = (uint32_t)a->v[UNMAP_IOAS].num };
	int rc;

	if (a->v[UNMAP_ALL].set == (iova->set || length->set) || iova->set != length->set) {
		iom_fail(err, IOM_EXIT_USAGE,
			 "'ioas unmap' takes either --iova with --length, or --all");
		return IOM_EXIT_USAGE;
	}
	c.iova = iova->num;
	c.length = a->v[UNMAP_ALL].set ? UINT64_MAX : length->num;
	rc = iom_do(app, IOM_NR_IOAS_UNMAP, &c, err);
	if (rc && a->v[UNMAP_ALL].set)
		return iom_what(err, rc, "cannot unmap all of IOAS %u", c.ioas_id);
	if (rc)
		return iom_what(err, rc, "cannot unmap %s bytes at 0x%" PRIx64 " from IOAS %u",
				length->str, iova->num, c.ioas_id);
	iom_set_uint(res->top, UNMAPPED_IOAS, c.ioas_id);
	iom_set_uint(res->top, UNMAPPED_BYTES, c.length);
	return 0;
}

const struct iom_cmd cmd_ioas_unmap = {
	.object = "ioas", .verb = "unmap", .brief = "unmap a range, or everything, from an IOAS",
	.opts = unmap_opts, .cols = unmap_cols,
	.calls = (const char *const[]){ "IOMMU_IOAS_UNMAP", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = unmap_run,
};

/* ---- copy ---- */

enum { COPY_SRC, COPY_DST, COPY_SRC_IOVA, COPY_LENGTH, COPY_DST_IOVA, COPY_READ, COPY_WRITE };
static const struct iom_opt copy_opts[] = {
	[COPY_SRC] = { "src-ioas-id", IOM_ARG_ID, IOM_REQ, "IOAS to take the mapping from" },
	[COPY_DST] = { "dst-ioas-id", IOM_ARG_ID, IOM_REQ, "IOAS to map into" },
	[COPY_SRC_IOVA] = { "src-iova", IOM_ARG_ADDR, IOM_REQ, "first IOVA in the source" },
	[COPY_LENGTH] = { "length", IOM_ARG_LEN, IOM_REQ, "length of the range" },
	[COPY_DST_IOVA] = { "dst-iova", IOM_ARG_ADDR, 0,
			    "IOVA in the destination; without it the kernel chooses" },
	[COPY_READ] = { "read", IOM_ARG_FLAG, 0, "devices may read; default with --write: both" },
	[COPY_WRITE] = { "write", IOM_ARG_FLAG, 0, "devices may write; default with --read: both" },
	{ 0 },
};

enum { COPIED_SRC, COPIED_DST, COPIED_SRC_IOVA, COPIED_IOVA, COPIED_LENGTH };
static const struct iom_col copy_cols[] = {
	[COPIED_SRC] = { "src_ioas_id", IOM_T_UINT, 0, "IOAS the mapping came from" },
	[COPIED_DST] = { "dst_ioas_id", IOM_T_UINT, 0, "IOAS that has it now, too" },
	[COPIED_SRC_IOVA] = { "src_iova", IOM_T_HEX, 0, "first IOVA in the source" },
	[COPIED_IOVA] = { "iova", IOM_T_HEX, IOM_COL_ID, "first IOVA in the destination" },
	[COPIED_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes" },
	{ 0 },
};

static int copy_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	struct iom_ioas_copy c = {
		.size = sizeof(c),
		.flags = iom_map_flags(&a->v[COPY_READ], &a->v[COPY_WRITE], &a->v[COPY_DST_IOVA]),
		.dst_ioas_id = (uint32_t)a->v[COPY_DST].num,
		.src_ioas_id = (uint32_t)a->v[COPY_SRC].num,
		.length = a->v[COPY_LENGTH].num,
		.dst_iova = a->v[COPY_DST_IOVA].num,
		.src_iova = a->v[COPY_SRC_IOVA].num,
	};
	int rc = iom_do(app, IOM_NR_IOAS_COPY, &c, err);

	if (rc)
		return iom_what(err, rc,
				"cannot copy %s bytes at 0x%" PRIx64 " of IOAS %u to IOAS %u",
				a->v[COPY_LENGTH].str, c.src_iova, c.src_ioas_id, c.dst_ioas_id);
	iom_set_uint(res->top, COPIED_SRC, c.src_ioas_id);
	iom_set_uint(res->top, COPIED_DST, c.dst_ioas_id);
	iom_set_uint(res->top, COPIED_SRC_IOVA, c.src_iova);
	iom_set_uint(res->top, COPIED_IOVA, c.dst_iova);
	iom_set_uint(res->top, COPIED_LENGTH, c.length);
	return 0;
}

const struct iom_cmd cmd_ioas_copy = {
	.object = "ioas", .verb = "copy", .brief = "map memory of one IOAS into another, too",
	.opts = copy_opts, .cols = copy_cols,
	.calls = (const char *const[]){ "IOMMU_IOAS_COPY", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = copy_run,
};

/* ---- iova-ranges ---- */

enum { RANGE_RANGE, RANGE_START, RANGE_LAST, RANGE_SIZE };
static const struct iom_col range_cols[] = {
	[RANGE_RANGE] = { "range", IOM_T_STR, 0, "START-LAST in hex without 0x" },
	[RANGE_START] = { "start", IOM_T_HEX, IOM_COL_HIDE, "first IOVA" },
	[RANGE_LAST] = { "last", IOM_T_HEX, IOM_COL_HIDE, "last IOVA, inclusive" },
	[RANGE_SIZE] = { "size", IOM_T_SIZE, IOM_COL_OPT,
			 "bytes; absent for the whole 64-bit space" },
	{ 0 },
};

enum { RANGES_IOAS, RANGES_ALIGNMENT, RANGES_LIST };
static const struct iom_col ranges_cols[] = {
	[RANGES_IOAS] = { "ioas_id", IOM_T_UINT, 0, "address space" },
	[RANGES_ALIGNMENT] = { "iova_alignment", IOM_T_SIZE, 0,
			       "what IOVA and length must be multiples of" },
	[RANGES_LIST] = { "ranges", IOM_T_LIST, 0, "usable IOVA ranges in order", range_cols },
	{ 0 },
};

/* One retry for each time that ranges appear between two calls; then it is not a race. */
#define MAX_RANGE_TRIES 8

/* Fills *list (caller frees), also when it fails; c holds the answer. Exit code, or DRY. */
static int fetch_ranges(struct iom_app *app, struct iom_ioas_iova_ranges *c,
			struct iom_iova_range **list, struct iom_err *err)
{
	uint32_t room = 16, ioas = c->ioas_id;
	int rc = 0;

	for (int try = 0; try < MAX_RANGE_TRIES; try++) {
		struct iom_iova_range *p = calloc(room, sizeof(**list));

		free(*list);
		*list = p;
		if (!p) {
			iom_fail(err, IOM_EXIT_INTERNAL, "out of memory for %u ranges", room);
			return IOM_EXIT_INTERNAL;
		}
		*c = (struct iom_ioas_iova_ranges){
			.size = sizeof(*c), .ioas_id = ioas, .num_iovas = room,
			.allowed_iovas = (uintptr_t)p,
		};
		*err = (struct iom_err){ 0 };
		rc = iom_do(app, IOM_NR_IOAS_IOVA_RANGES, c, err);
		if (err->code != -EMSGSIZE)
			break;
		room = c->num_iovas + 4;
	}
	return rc;
}

static int ranges_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	struct iom_ioas_iova_ranges c = { .ioas_id = (uint32_t)a->v[0].num };
	_iom_free_ struct iom_iova_range *list = NULL;
	int rc = fetch_ranges(app, &c, &list, err);

	if (rc)
		return iom_what(err, rc, "cannot read the IOVA ranges of IOAS %" PRIu64,
				a->v[0].num);
	iom_set_uint(res->top, RANGES_IOAS, c.ioas_id);
	iom_set_uint(res->top, RANGES_ALIGNMENT, c.out_iova_alignment);
	iom_open_list(res->top, RANGES_LIST);
	for (uint32_t i = 0; i < c.num_iovas; i++) {
		struct iom_rec *r = iom_add_rec(res->top, RANGES_LIST);
		uint64_t start = list[i].start, last = list[i].last;

		iom_set_strf(r, RANGE_RANGE, "%" PRIx64 "-%" PRIx64, start, last);
		iom_set_uint(r, RANGE_START, start);
		iom_set_uint(r, RANGE_LAST, last);
		if (last - start != UINT64_MAX)
			iom_set_uint(r, RANGE_SIZE, last - start + 1);
	}
	return 0;
}

const struct iom_cmd cmd_ioas_iova_ranges = {
	.object = "ioas", .verb = "iova-ranges", .brief = "show which IOVAs can be mapped",
	.opts = ioas_pos, .cols = ranges_cols,
	.calls = (const char *const[]){ "IOMMU_IOAS_IOVA_RANGES", NULL },
	.flags = IOM_CMD_CTX, .schema = 1, .run = ranges_run,
};

/* ---- allow-iovas ---- */

enum { ALLOW_IOAS, ALLOW_RANGE, ALLOW_NONE };
static const struct iom_opt allow_opts[] = {
	[ALLOW_IOAS] = { "ioas", IOM_ARG_ID, IOM_REQ | IOM_POS, "address space" },
	[ALLOW_RANGE] = { "range", IOM_ARG_RANGE, IOM_POS | IOM_MULTI,
			  "a range that must stay usable" },
	[ALLOW_NONE] = { "none", IOM_ARG_FLAG, 0, "drop the list: every usable IOVA is allowed" },
	{ 0 },
};

enum { ALLOWED_IOAS, ALLOWED_COUNT };
static const struct iom_col allow_cols[] = {
	[ALLOWED_IOAS] = { "ioas_id", IOM_T_UINT, 0, "address space" },
	[ALLOWED_COUNT] = { "allowed", IOM_T_UINT, 0, "number of ranges in the new list" },
	{ 0 },
};

static int allow_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_iova_range list[IOM_MAX_MULTI];
	struct iom_ioas_allow_iovas c = {
		.size = sizeof(c), .ioas_id = (uint32_t)a->v[ALLOW_IOAS].num,
		.num_iovas = a->n_multi, .allowed_iovas = (uintptr_t)list,
	};
	int rc;

	if (a->v[ALLOW_RANGE].set == a->v[ALLOW_NONE].set) {
		iom_fail(err, IOM_EXIT_USAGE, "'ioas allow-iovas' takes ranges, or --none");
		return IOM_EXIT_USAGE;
	}
	for (unsigned int i = 0; i < a->n_multi; i++) {
		list[i].start = a->multi[i].v.num;
		list[i].last = a->multi[i].v.num2;
	}
	rc = iom_do(app, IOM_NR_IOAS_ALLOW_IOVAS, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot set the allowed IOVAs of IOAS %u", c.ioas_id);
	iom_set_uint(res->top, ALLOWED_IOAS, c.ioas_id);
	iom_set_uint(res->top, ALLOWED_COUNT, c.num_iovas);
	return 0;
}

const struct iom_cmd cmd_ioas_allow_iovas = {
	.object = "ioas", .verb = "allow-iovas",
	.brief = "promise which IOVAs stay usable when devices attach",
	.opts = allow_opts, .cols = allow_cols,
	.calls = (const char *const[]){ "IOMMU_IOAS_ALLOW_IOVAS", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = allow_run,
};

/* ---- change-process ---- */

static const struct iom_col change_cols[] = {
	{ "pid", IOM_T_UINT, 0, "process that the pinned memory is charged to now" },
	{ 0 },
};

static int change_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	struct iom_ioas_change_process c = { .size = sizeof(c) };
	int rc = iom_do(app, IOM_NR_IOAS_CHANGE_PROCESS, &c, err);

	(void)a;
	if (rc)
		return iom_what(err, rc, "cannot make this process the owner of the mappings");
	iom_set_uint(res->top, 0, (uint64_t)iom_own_pid());
	return 0;
}

const struct iom_cmd cmd_ioas_change_process = {
	.object = "ioas", .verb = "change-process",
	.brief = "charge the pinned memory of all file mappings to this process",
	.cols = change_cols, .calls = (const char *const[]){ "IOMMU_IOAS_CHANGE_PROCESS", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = change_run,
};
