/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An open iommufd context: opening, issuing calls, handles, the end. */
#include "iommuctl/context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iommuctl/uapi.h"
#include "memory.h"
#include "pasids.h"

void iom_ctx_init(struct iom_ctx *ctx, struct iom_backend *be)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->be = be;
	ctx->path = "/dev/iommu";
	ctx->fd = -1;
}

static void keep_first(int rc, int *first)
{
	if (rc < 0 && !*first)
		*first = rc;
}

int iom_ctx_fini(struct iom_ctx *ctx, struct iom_err *err)
{
	struct iom_handle *h, *next;
	int first = 0;

	/* Handles die before the context, in reverse order: they hold references into it. */
	for (h = ctx->handles; h; h = next) {
		next = h->next;
		keep_first(ctx->be->close(ctx->be, h->fd), &first);
		free(h);
	}
	ctx->handles = NULL;
	if (ctx->fd >= 0 && !ctx->inherited)
		keep_first(iom_pasids_detach(ctx), &first);
	if (ctx->fd >= 0 && !ctx->inherited)
		keep_first(ctx->be->close(ctx->be, ctx->fd), &first);
	ctx->fd = -1;
	iom_book_free(ctx);
	iom_mem_free_all(ctx);
	if (!first)
		return 0;
	err->code = first;
	return iom_fail(err, IOM_EXIT_INTERNAL, "closing %s failed", ctx->path);
}

int iom_ctx_need(struct iom_ctx *ctx, struct iom_err *err)
{
	int fd;

	if (ctx->fd >= 0)
		return 0;
	fd = ctx->be->open(ctx->be, ctx->path);
	if (fd < 0) {
		err->code = fd;
		return iom_fail(err, iom_exit_of_errno(fd), "cannot open %s", ctx->path);
	}
	ctx->fd = fd;
	return 0;
}

static bool is_mock_dmabuf(const struct iom_call *call, const void *arg)
{
	return call->code == IOM_NR_TEST_CMD &&
	       ((const struct iom_test_cmd *)arg)->op == IOM_TEST_OP_DMABUF_GET;
}

/* The number that the next open file would get, -1 when none is left. */
static int next_fd(const struct iom_ctx *ctx)
{
	int fd = fcntl(ctx->fd, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd;
}

/*
 * The dma-buf that a successful call made, or -1. Linux 7.3 does not say which number a mock one
 * got; it is the lowest that was free.
 */
static int dmabuf_made(const struct iom_call *call, const void *before, int rc, int next)
{
	const struct iom_vfio_feature *feature = before;

	if (call->code == IOM_NR_VFIO_DEVICE_FEATURE &&
	    (feature->flags & IOM_VFIO_DEVICE_FEATURE_MASK) == IOM_VFIO_DEVICE_FEATURE_DMA_BUF &&
	    !(feature->flags & IOM_VFIO_DEVICE_FEATURE_PROBE))
		return rc;
	if (!is_mock_dmabuf(call, before))
		return -1;
	if (rc > 0)
		return rc;
	return next >= 0 && fcntl(next, F_GETFD) >= 0 ? next : -1;
}

static int note_dmabuf(struct iom_ctx *ctx, const struct iom_call *call, const void *before, int fd)
{
	const struct iom_vfio_feature *head = before;
	const struct iom_vfio_feature_dma_buf *buf = (const void *)(head + 1);

	if (iom_ctx_add_handle(ctx, fd, 0, call->name, ""))
		return -ENOMEM;
	ctx->handles->ranges = is_mock_dmabuf(call, before) ? 1 : buf->nr_ranges;
	return 0;
}

int iom_issue(struct iom_ctx *ctx, const struct iom_call *call, int fd, void *arg, void *sent,
	      struct iom_err *err)
{
	unsigned char own[IOM_MAX_ARG], *before = sent ? sent : own;
	int rc, next = -1, made;
	bool speaks;

	if (ctx->dry_run) {
		if (ctx->trace)
			ctx->trace(ctx, IOM_DRY, call, fd, arg, 0);
		return IOM_DRY;
	}
	if (fd < 0) {
		rc = iom_ctx_need(ctx, err);
		if (rc)
			return rc;
		fd = ctx->fd;
	}
	memcpy(before, arg, call->full);
	if (ctx->trace)
		ctx->trace(ctx, IOM_BEFORE, call, fd, arg, 0);
	/* A call of a series goes to a backend that plays a kernel with that series, if it can. */
	speaks = call->abi && ctx->be->speak && !ctx->be->speak(ctx->be, call->abi);
	if (is_mock_dmabuf(call, arg))
		next = next_fd(ctx);
	rc = ctx->be->ioctl(ctx->be, fd, call->code, arg);
	if (speaks)
		(void)ctx->be->speak(ctx->be, NULL);
	if (ctx->trace)
		ctx->trace(ctx, IOM_AFTER, call, fd, arg, rc);
	if (rc < 0) {
		err->code = rc;
		err->op = call->name;
		err->exit = iom_exit_of_errno(rc);
		iom_book_note_refused(ctx, call, before, rc);
		return rc;
	}
	made = dmabuf_made(call, before, rc, next);
	if ((made >= 0 && note_dmabuf(ctx, call, before, made)) ||
	    iom_book_note(ctx, call, fd, before, arg)) {
		err->code = -ENOMEM;
		return iom_fail(err, IOM_EXIT_INTERNAL, "out of memory: %s succeeded but is not recorded",
				call->name);
	}
	return rc;
}

static ssize_t moved(struct iom_ctx *ctx, const struct iom_call *op, int fd,
		     const struct iom_queue_io *io, ssize_t n, struct iom_err *err)
{
	if (ctx->trace)
		ctx->trace(ctx, IOM_AFTER, op, fd, io, (int)n);
	if (n < 0) {
		err->code = (int)n;
		err->op = op->name;
		err->exit = iom_exit_of_errno((int)n);
	}
	return n;
}

/* Whether it is to be done at all; tells whoever traces. */
static bool moves(struct iom_ctx *ctx, const struct iom_call *op, int fd,
		  const struct iom_queue_io *io)
{
	if (ctx->trace)
		ctx->trace(ctx, ctx->dry_run ? (enum iom_phase)IOM_DRY : IOM_BEFORE, op, fd, io, 0);
	return !ctx->dry_run;
}

ssize_t iom_queue_read(struct iom_ctx *ctx, const struct iom_call *op, int fd,
		       const struct iom_queue_io *io, void *buf, struct iom_err *err)
{
	if (!moves(ctx, op, fd, io))
		return IOM_DRY;
	return moved(ctx, op, fd, io, ctx->be->read(ctx->be, fd, buf, io->count), err);
}

ssize_t iom_queue_write(struct iom_ctx *ctx, const struct iom_call *op, int fd,
			const struct iom_queue_io *io, const void *buf, struct iom_err *err)
{
	if (!moves(ctx, op, fd, io))
		return IOM_DRY;
	return moved(ctx, op, fd, io, ctx->be->write(ctx->be, fd, buf, io->count), err);
}

int iom_ctx_add_handle(struct iom_ctx *ctx, int fd, uint32_t id, const char *by, const char *name)
{
	struct iom_handle *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->fd = fd;
	h->id = id;
	h->by = by;
	strncpy(h->name, name, sizeof(h->name) - 1);
	h->next = ctx->handles;
	ctx->handles = h;
	return 0;
}

struct iom_handle *iom_ctx_handle(const struct iom_ctx *ctx, int fd)
{
	struct iom_handle *h = ctx->handles;

	while (h && h->fd != fd)
		h = h->next;
	return h;
}

struct iom_handle *iom_ctx_handle_of(const struct iom_ctx *ctx, uint32_t id)
{
	struct iom_handle *h = ctx->handles;

	while (h && (!id || h->id != id))
		h = h->next;
	return h;
}

int iom_ctx_close_handle(struct iom_ctx *ctx, int fd)
{
	for (struct iom_handle **p = &ctx->handles; *p; p = &(*p)->next) {
		struct iom_handle *h = *p;

		if (h->fd != fd)
			continue;
		*p = h->next;
		free(h);
		return ctx->be->close(ctx->be, fd);
	}
	return -EBADF;
}
