/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes of the regions of a VFIO device, traced and kept back like calls. */
#include <endian.h>
#include <errno.h>

#include "iommuctl/context.h"

static ssize_t transfer(struct iom_ctx *ctx, bool write, int fd, uint64_t at,
			struct iom_region_io *io)
{
	uint64_t bytes = htole64(io->value); /* the first count of them, as devices have them */
	ssize_t n;

	if (write)
		return ctx->be->pwrite(ctx->be, fd, &bytes, io->count, at);
	bytes = 0;
	n = ctx->be->pread(ctx->be, fd, &bytes, io->count, at);
	if (n == (ssize_t)io->count)
		io->value = le64toh(bytes);
	return n;
}

int iom_issue_region(struct iom_ctx *ctx, const struct iom_call *call, int fd, uint64_t start,
		     struct iom_region_io *io, struct iom_err *err)
{
	ssize_t n;

	if (ctx->dry_run) {
		if (ctx->trace)
			ctx->trace(ctx, IOM_DRY, call, fd, io, 0);
		return IOM_DRY;
	}
	if (ctx->trace)
		ctx->trace(ctx, IOM_BEFORE, call, fd, io, 0);
	n = transfer(ctx, call == &iom_region_write, fd, start + io->offset, io);
	/* Less than a register says nothing about it. */
	if (n >= 0 && n != (ssize_t)io->count)
		n = -EIO;
	if (ctx->trace)
		ctx->trace(ctx, IOM_AFTER, call, fd, io, (int)n);
	if (n >= 0)
		return 0;
	err->code = (int)n;
	err->op = call->name;
	err->exit = iom_exit_of_errno((int)n);
	return (int)n;
}
