/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way into a call: order of checks, sizes, copying the struct in and out. */
#include "internal.h"

#include <errno.h>
#include <string.h>

static const struct {
	uint32_t code;
	int (*run)(struct emu_ucmd *u);
} handlers[] = {
	{ IOM_NR_DESTROY, emu_destroy },
	{ IOM_NR_IOAS_ALLOC, emu_ioas_alloc },
	{ IOM_NR_IOAS_ALLOW_IOVAS, emu_ioas_allow_iovas },
	{ IOM_NR_IOAS_COPY, emu_ioas_copy },
	{ IOM_NR_IOAS_IOVA_RANGES, emu_ioas_iova_ranges },
	{ IOM_NR_IOAS_MAP, emu_ioas_map },
	{ IOM_NR_IOAS_UNMAP, emu_ioas_unmap },
	{ IOM_NR_OPTION, emu_option },
	{ IOM_NR_VFIO_IOAS, emu_vfio_ioas },
	{ IOM_NR_IOAS_MAP_FILE, emu_ioas_map_file },
	{ IOM_NR_IOAS_CHANGE_PROCESS, emu_ioas_change_process },
	{ IOM_NR_TEST_CMD, emu_test_cmd },
};

void emu_dispatch_init(struct iom_emu *emu)
{
	size_t i;

	for (i = 0; i < IOM_ARRAY_SIZE(handlers); i++) {
		struct emu_op *op = &emu->ops[(handlers[i].code & 0xff) - EMU_FIRST_NR];
		const struct iom_call *c = iom_call_of(handlers[i].code, NULL);

		op->code = handlers[i].code;
		op->run = handlers[i].run;
		if (c && c->family == IOM_FAM_IOMMUFD) {
			op->min = c->min;
			op->full = c->full;
		} else {
			/* all operations of the selftest command share one struct */
			op->min = offsetof(struct iom_test_cmd, last) + sizeof(uint32_t);
			op->full = sizeof(struct iom_test_cmd);
		}
	}
}

/* 1: only zeros, 0: something else, or -EFAULT if that comes first. */
static int only_zeros(uint64_t uptr, size_t len)
{
	char buf[EMU_PAGE];
	size_t i;

	while (len) {
		/* never across a page, so that a fault does not hide an earlier byte */
		size_t n = EMU_PAGE - (uptr & (EMU_PAGE - 1));
		int rc;

		if (n > len)
			n = len;
		rc = emu_copy_from(buf, uptr, n);
		if (rc)
			return rc;
		for (i = 0; i < n; i++)
			if (buf[i])
				return 0;
		uptr += n;
		len -= n;
	}
	return 1;
}

int emu_copy_struct(void *dst, size_t len, uint64_t uptr, size_t size)
{
	if (size < len) {
		memset((char *)dst + size, 0, len - size);
		len = size;
	} else if (size > len) {
		int rc = only_zeros(uptr + len, size - len);

		if (rc <= 0)
			return rc ? rc : -E2BIG;
	}
	return emu_copy_from(dst, uptr, len);
}

int emu_respond(struct emu_ucmd *u, size_t len)
{
	return emu_copy_to(u->uptr, u->cmd, len < u->user_size ? len : u->user_size);
}

static int ctx_ioctl(struct iom_emu *emu, struct emu_ctx *ctx, uint32_t code, uint64_t uptr)
{
	uint64_t buf[IOM_MAX_ARG / sizeof(uint64_t)];
	struct emu_ucmd u = { .emu = emu, .ctx = ctx, .uptr = uptr, .cmd = buf };
	uint32_t nr = code & 0xff;
	const struct emu_op *op;
	int rc;

	if (nr < EMU_FIRST_NR || nr - EMU_FIRST_NR >= EMU_N_OPS)
		return emu_compat_ioctl(ctx, code, uptr);
	rc = emu_copy_from(&u.user_size, uptr, sizeof(u.user_size));
	if (rc)
		return rc;
	op = &emu->ops[nr - EMU_FIRST_NR];
	if (!op->code || op->code != code)
		return -ENOTTY;
	if (u.user_size < op->min)
		return -EINVAL;
	rc = emu_copy_struct(buf, op->full, uptr, u.user_size);
	if (rc)
		return rc;
	return op->run(&u);
}

int iom_emu_ioctl(struct iom_emu *emu, int fd, uint32_t code, void *arg)
{
	uint64_t uptr = (uintptr_t)arg;
	struct emu_file *f;
	int rc;

	pthread_mutex_lock(&emu->lock);
	f = emu_file_of(emu, fd);
	if (!f)
		rc = -EBADF;
	else if (f->kind == EMU_FILE_CTX)
		rc = ctx_ioctl(emu, f->ctx, code, uptr);
	else if (f->kind == EMU_FILE_VFIO)
		rc = emu_vfio_ioctl(emu, f, code, uptr);
	else
		rc = -ENOTTY;
	pthread_mutex_unlock(&emu->lock);
	return rc;
}

int iom_emu_regions(struct iom_emu *emu, int fd, uint32_t ioas_id,
		    int (*cb)(const struct iom_region *r, void *arg), void *arg)
{
	struct emu_ioas *ioas = NULL;
	struct emu_file *f;
	struct iom_inode *n;
	int rc = 0;

	pthread_mutex_lock(&emu->lock);
	f = emu_file_of(emu, fd);
	if (!f || f->kind != EMU_FILE_CTX)
		rc = -EBADF;
	else
		ioas = emu_ioas_get(f->ctx, ioas_id);
	if (!rc && !ioas)
		rc = -ENOENT;
	n = rc ? NULL : iom_itree_first(&ioas->reserved, 0, UINT64_MAX);
	for (; n && !rc; n = iom_itree_next(n, 0, UINT64_MAX)) {
		struct emu_reserved *r = iom_container_of(n, struct emu_reserved, node);
		struct iom_region out = { n->start, n->last, r->kind, "" };

		memcpy(out.owner, r->name, sizeof(out.owner));
		rc = cb(&out, arg);
	}
	pthread_mutex_unlock(&emu->lock);
	return rc;
}
