/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device dma-buf: a BAR of an opened device, or ranges of one, as a file for `ioas map-file`. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/device.h"
#include "cmd/dmabuf.h"
#include "cmd/internal.h"
#include "iommuctl/uapi.h"

/* ---- open flags ---- */

static const struct iom_value open_values[] = {
	{ .name = "O_RDONLY", .word = "rdonly", .value = O_RDONLY },
	{ .name = "O_WRONLY", .word = "wronly", .value = O_WRONLY },
	{ .name = "O_RDWR", .word = "rdwr", .value = O_RDWR },
	{ .name = "O_NONBLOCK", .word = "nonblock", .value = O_NONBLOCK },
	{ .name = "O_CLOEXEC", .word = "cloexec", .value = O_CLOEXEC },
	{ .name = NULL },
};
const struct iom_enum iom_open_flags_enum = { .name = "open-flags", .values = open_values };

uint32_t iom_open_flags(const struct iom_args *a, unsigned int opt)
{
	uint32_t flags = 0;

	if (!a->v[opt].set)
		return O_RDWR | O_CLOEXEC;
	for (unsigned int i = 0; i < a->n_multi; i++)
		if (a->multi[i].opt == opt)
			flags |= (uint32_t)a->multi[i].v.num;
	return flags;
}

/* ---- device dma-buf ---- */

static const struct iom_value region_values[] = {
	{ .name = "bar0", .word = "bar0", .value = 0 }, { .name = "0", .word = "0", .value = 0 },
	{ .name = "bar1", .word = "bar1", .value = 1 }, { .name = "1", .word = "1", .value = 1 },
	{ .name = "bar2", .word = "bar2", .value = 2 }, { .name = "2", .word = "2", .value = 2 },
	{ .name = "bar3", .word = "bar3", .value = 3 }, { .name = "3", .word = "3", .value = 3 },
	{ .name = "bar4", .word = "bar4", .value = 4 }, { .name = "4", .word = "4", .value = 4 },
	{ .name = "bar5", .word = "bar5", .value = 5 }, { .name = "5", .word = "5", .value = 5 },
	{ .name = NULL },
};
static const struct iom_enum region_enum = { .name = "region", .values = region_values };

enum { BUF_DEVICE, BUF_REGION, BUF_OFFSET, BUF_LENGTH, BUF_OPEN_FLAGS };
static const struct iom_opt buf_opts[] = {
	[BUF_DEVICE] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "device id" },
	[BUF_REGION] = { "region", IOM_ARG_ENUM, IOM_REQ | IOM_POS, "BAR, as a name or a number",
			 .values = &region_enum },
	[BUF_OFFSET] = { "offset", IOM_ARG_LEN, IOM_MULTI,
			 "where in the BAR a range begins; default 0" },
	[BUF_LENGTH] = { "length", IOM_ARG_LEN, IOM_REQ | IOM_MULTI,
			 "bytes of the range; again, with --offset, for a further one" },
	[BUF_OPEN_FLAGS] = { "open-flags", IOM_ARG_ENUM, IOM_MULTI,
			     "flags of the new fd; default rdwr and cloexec",
			     .values = &iom_open_flags_enum },
	{ 0 },
};

enum { MADE_DEVICE, MADE_REGION, MADE_FD, MADE_SIZE, MADE_RANGES };
static const struct iom_col buf_cols[] = {
	[MADE_DEVICE] = { "device_id", IOM_T_UINT, 0, "device" },
	[MADE_REGION] = { "region_index", IOM_T_UINT, 0, "number of the BAR" },
	[MADE_FD] = { "fd", IOM_T_UINT, IOM_COL_ID, "the dma-buf, for `ioas map-file --file-fd`" },
	[MADE_SIZE] = { "size", IOM_T_SIZE, 0, "bytes of all ranges" },
	[MADE_RANGES] = { "nr_ranges", IOM_T_UINT, 0,
			  "ranges; iommufd maps a dma-buf of one only" },
	{ 0 },
};

struct request {
	struct iom_vfio_feature head;
	struct iom_vfio_feature_dma_buf buf;
	struct iom_vfio_region_dma_range ranges[IOM_MAX_MULTI];
	uint64_t room[IOM_MAX_ARG / sizeof(uint64_t)]; /* as every argument has it */
};

/* The n-th --offset belongs to the n-th --length. */
static int fill_ranges(const struct iom_args *a, struct request *r, struct iom_err *err)
{
	unsigned int n_offset = 0, n = 0;

	for (unsigned int i = 0; i < a->n_multi; i++) {
		if (a->multi[i].opt == BUF_OFFSET)
			r->ranges[n_offset++].offset = a->multi[i].v.num;
		else if (a->multi[i].opt == BUF_LENGTH)
			r->ranges[n++].length = a->multi[i].v.num;
	}
	if (n_offset != n && (n_offset || n > 1)) {
		iom_hint(err, "each further range takes both");
		iom_fail(err, IOM_EXIT_USAGE, "%u --offset and %u --length do not go together",
			 n_offset, n);
		return IOM_EXIT_USAGE;
	}
	r->buf.nr_ranges = n;
	r->head.argsz = (uint32_t)(offsetof(struct request, ranges) + n * sizeof(r->ranges[0]));
	return 0;
}

static int dma_buf_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	const struct iom_call *call = iom_call_find("VFIO_DEVICE_FEATURE_DMA_BUF", NULL);
	_iom_free_ struct request *r = calloc(1, sizeof(*r));
	int dev, fd = -1, rc;
	uint64_t size = 0;

	if (!r) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	r->head.flags = IOM_VFIO_DEVICE_FEATURE_GET | IOM_VFIO_DEVICE_FEATURE_DMA_BUF;
	r->buf.region_index = (uint32_t)a->v[BUF_REGION].num;
	r->buf.open_flags = iom_open_flags(a, BUF_OPEN_FLAGS);
	rc = fill_ranges(a, r, err);
	if (!rc)
		rc = iom_device_fd(app, a->v[BUF_DEVICE].num, &dev, err);
	if (rc)
		return rc;
	rc = iom_do_call(app, dev, call, r, r->head.argsz, &fd, err);
	if (rc)
		return iom_what(err, rc, "cannot export BAR %u of device %s", r->buf.region_index,
				a->v[BUF_DEVICE].str);
	for (uint32_t i = 0; i < r->buf.nr_ranges; i++)
		size += r->ranges[i].length;
	iom_set_uint(res->top, MADE_DEVICE, a->v[BUF_DEVICE].num);
	iom_set_uint(res->top, MADE_REGION, r->buf.region_index);
	iom_set_uint(res->top, MADE_FD, (uint64_t)fd);
	iom_set_uint(res->top, MADE_SIZE, size);
	iom_set_uint(res->top, MADE_RANGES, r->buf.nr_ranges);
	return 0;
}

const struct iom_cmd cmd_device_dma_buf = {
	.object = "device", .verb = "dma-buf",
	.brief = "export a BAR, or ranges of it, as a dma-buf",
	.opts = buf_opts, .cols = buf_cols,
	.calls = (const char *const[]){ "VFIO_DEVICE_FEATURE_DMA_BUF", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = dma_buf_run,
};
