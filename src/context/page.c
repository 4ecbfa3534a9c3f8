/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A word of the pages that a virtual IOMMU shows behind the context's fd, traced like a call. */
#include <errno.h>
#include <sys/mman.h>

#include "iommuctl/context.h"

/* Registers are touched once, and with the width that was asked for. */
static void move(volatile void *at, struct iom_page_io *io)
{
	switch (io->count) {
	case 1:
		if (io->write)
			*(volatile uint8_t *)at = (uint8_t)io->value;
		else
			io->value = *(volatile uint8_t *)at;
		break;
	case 2:
		if (io->write)
			*(volatile uint16_t *)at = (uint16_t)io->value;
		else
			io->value = *(volatile uint16_t *)at;
		break;
	case 4:
		if (io->write)
			*(volatile uint32_t *)at = (uint32_t)io->value;
		else
			io->value = *(volatile uint32_t *)at;
		break;
	default:
		if (io->write)
			*(volatile uint64_t *)at = io->value;
		else
			io->value = *(volatile uint64_t *)at;
	}
}

static int transfer(struct iom_ctx *ctx, struct iom_page_io *io)
{
	int prot = io->write ? PROT_READ | PROT_WRITE : PROT_READ;
	void *at = NULL;
	int rc;

	if (!ctx->be->mmap)
		return -ENODEV;
	rc = ctx->be->mmap(ctx->be, ctx->fd, io->mmap_offset, io->mmap_length, prot, &at);
	if (rc)
		return rc;
	move((char *)at + io->offset, io);
	return ctx->be->munmap(ctx->be, at, io->mmap_length);
}

int iom_issue_page(struct iom_ctx *ctx, struct iom_page_io *io, struct iom_err *err)
{
	const struct iom_call *call = &iom_page_access;
	int rc;

	if (ctx->dry_run) {
		if (ctx->trace)
			ctx->trace(ctx, IOM_DRY, call, -1, io, 0);
		return IOM_DRY;
	}
	rc = iom_ctx_need(ctx, err);
	if (rc)
		return rc;
	if (ctx->trace)
		ctx->trace(ctx, IOM_BEFORE, call, ctx->fd, io, 0);
	rc = transfer(ctx, io);
	if (ctx->trace)
		ctx->trace(ctx, IOM_AFTER, call, ctx->fd, io, rc);
	if (!rc)
		return 0;
	err->code = rc;
	err->op = call->name;
	err->exit = iom_exit_of_errno(rc);
	return rc;
}
