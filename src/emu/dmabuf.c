/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dma-bufs: of the selftest driver and of the BARs of VFIO devices, mapped by iommufd, revoked. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_MOCK_SIZE ((uint64_t)512 * EMU_PAGE)
/* Most bytes that the kernel allocates in one piece, as it does for the ranges. */
#define MAX_RANGES ((uint64_t)4 * EMU_MIB / sizeof(struct iom_vfio_region_dma_range))
/* A bit that the DMA layer keeps for itself in sizes. */
#define SIZE_TOO_BIG ((uint64_t)1 << 63)

/* Where the BARs of the machine's devices lie. */
#define BAR_BASE   ((uint64_t)0xe0000000)
#define BAR_DEVICE ((uint64_t)EMU_MIB)
#define BAR_REGION ((uint64_t)0x10000)

/* ---- making one ---- */

/* The fd for the caller, as small a number as is free; or a negative errno. buf is consumed. */
static int publish(struct iom_emu *emu, struct emu_dmabuf *buf, uint32_t open_flags)
{
	unsigned int flags = open_flags & O_CLOEXEC ? MFD_CLOEXEC : 0;
	int fd = memfd_create("iommuctl-dmabuf", flags), rc = 0;
	struct emu_file *f;

	if (fd < 0 || ftruncate(fd, (off_t)buf->size)) {
		rc = fd < 0 ? -EMFILE : -ENOMEM;
		goto out;
	}
	f = emu_file_add(emu, fd, EMU_FILE_DMABUF);
	if (!f) {
		rc = -ENOMEM;
		goto out;
	}
	f->backing = emu_backing_get(emu, fd, &rc);
	if (!f->backing) {
		emu_file_drop(emu, fd);
		goto out;
	}
	f->backing->buf = buf;
	return fd;
out:
	if (fd >= 0)
		close(fd);
	emu_free(buf);
	return rc;
}

int emu_dmabuf_get(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	uint64_t size = ((uint64_t)cmd->dmabuf_get.length + EMU_PAGE - 1) & ~(EMU_PAGE - 1);
	struct emu_dmabuf *buf;
	int fd;

	if (!size || size > MAX_MOCK_SIZE)
		return -EINVAL;
	buf = emu_alloc(sizeof(*buf));
	if (!buf)
		return -ENOMEM;
	*buf = (struct emu_dmabuf){ .mock = true, .size = size, .ranges = 1 };
	buf->phys = emu_phys_new(u->emu);
	fd = publish(u->emu, buf, cmd->dmabuf_get.open_flags);
	return fd < 0 ? fd : 0; /* Linux 7.3 keeps the number to itself */
}

/* Reads and checks the ranges; *phys is where the first one lies, *size their sum. */
static int read_ranges(uint64_t uptr, uint32_t n, uint64_t bar, uint64_t bar_size, uint64_t *phys,
		       uint64_t *size)
{
	_emu_free_ struct iom_vfio_region_dma_range *r = NULL;
	uint64_t at, end;
	uint32_t i;
	int rc;

	if (n > MAX_RANGES)
		return -ENOMEM;
	r = emu_alloc(n * sizeof(*r));
	if (!r)
		return -ENOMEM;
	rc = emu_copy_from(r, uptr, n * sizeof(*r));
	if (rc)
		return rc;
	*size = 0;
	for (i = 0; i < n; i++)
		if (!r[i].length || r[i].offset % EMU_PAGE || r[i].length % EMU_PAGE ||
		    __builtin_add_overflow(*size, r[i].length, size))
			return -EINVAL;
	if (*size & SIZE_TOO_BIG)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		if (__builtin_add_overflow(bar, r[i].offset, &at) ||
		    __builtin_add_overflow(at, r[i].length, &end))
			return -EOVERFLOW;
		if (end > bar + bar_size)
			return -EINVAL;
	}
	*phys = bar + r[0].offset;
	return 0;
}

int emu_dmabuf_export(struct iom_emu *emu, const struct emu_file *f, uint32_t flags, uint64_t data,
		      size_t room)
{
	struct iom_vfio_feature_dma_buf want;
	struct emu_dmabuf *buf;
	uint64_t bar, phys = 0, size = 0;
	int rc = emu_vfio_check_feature(flags, IOM_VFIO_DEVICE_FEATURE_GET, room, sizeof(want));

	if (rc != 1)
		return rc;
	rc = emu_copy_from(&want, data, sizeof(want));
	if (rc)
		return rc;
	if (!want.nr_ranges || want.flags)
		return -EINVAL;
	if (!emu_vfio_bar_size(want.region_index))
		return -ENODEV;
	bar = BAR_BASE + f->dev->number * BAR_DEVICE + want.region_index * BAR_REGION;
	rc = read_ranges(data + sizeof(want), want.nr_ranges, bar,
			 emu_vfio_bar_size(want.region_index), &phys, &size);
	if (rc)
		return rc;
	buf = emu_alloc(sizeof(*buf));
	if (!buf)
		return -ENOMEM;
	*buf = (struct emu_dmabuf){ .dev = f->dev,
				    .size = size,
				    .phys = phys,
				    .ranges = want.nr_ranges,
				    .revoked = !emu_vfio_has_memory(f) };
	return publish(emu, buf, want.open_flags);
}

/* ---- mapping one ---- */

int emu_dmabuf_check(const struct emu_dmabuf *buf, uint64_t start, uint64_t length)
{
	if (buf->size <= start + length - 1)
		return -EINVAL;
	if (buf->revoked)
		return -ENODEV;
	return buf->ranges == 1 ? 0 : -EOPNOTSUPP;
}

/* ---- taking it back ---- */

static int forget_areas(struct emu_obj *o, void *arg)
{
	struct emu_ioas *ioas = (struct emu_ioas *)o;
	struct emu_hwpt *h;
	struct emu_area *a;

	for (a = emu_area_first(ioas, 0, UINT64_MAX); a; a = emu_area_next(a, 0, UINT64_MAX)) {
		if (a->pages->file != arg)
			continue;
		for (h = ioas->hwpts; h && !a->pages->revoked; h = h->next)
			emu_dirty_forget(h, a->node.start, a->node.last);
	}
	return 0;
}

static int revoke_pages(struct emu_obj *o, void *arg)
{
	const struct emu_ioas *ioas = (struct emu_ioas *)o;
	struct emu_area *a;

	for (a = emu_area_first(ioas, 0, UINT64_MAX); a; a = emu_area_next(a, 0, UINT64_MAX))
		if (a->pages->file == arg)
			a->pages->revoked = true;
	return 0;
}

/* What is mapped now is gone for good; the areas stay, and show nothing. */
static void invalidate(struct iom_emu *emu, struct emu_backing *b)
{
	struct emu_ctx *ctx;

	/* areas of several address spaces may share pages, so these are marked last */
	for (ctx = emu->ctxs; ctx; ctx = ctx->next)
		emu_obj_each(ctx, IOM_OBJ_IOAS, forget_areas, b);
	for (ctx = emu->ctxs; ctx; ctx = ctx->next)
		emu_obj_each(ctx, IOM_OBJ_IOAS, revoke_pages, b);
}

int emu_dmabuf_revoke(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	struct emu_backing *b;
	int rc = 0;

	if (fcntl(cmd->dmabuf_revoke.dmabuf_fd, F_GETFD) < 0)
		return -EBADF;
	b = emu_backing_get(u->emu, cmd->dmabuf_revoke.dmabuf_fd, &rc);
	if (!b)
		return rc;
	if (!b->buf) {
		rc = -EINVAL;
	} else if (!b->buf->mock) {
		rc = -EOPNOTSUPP;
	} else {
		b->buf->revoked = cmd->dmabuf_revoke.revoked;
		invalidate(u->emu, b);
	}
	emu_backing_put(u->emu, b);
	return rc;
}

void emu_dmabuf_move(struct iom_emu *emu, const struct emu_dev *dev, bool revoked)
{
	struct emu_backing *b;

	for (b = emu->backings; b; b = b->next) {
		if (!b->buf || b->buf->dev != dev || b->buf->revoked == revoked)
			continue;
		b->buf->revoked = revoked;
		invalidate(emu, b);
	}
}

void emu_dmabuf_cleanup(struct iom_emu *emu, const struct emu_dev *dev)
{
	struct emu_backing *b;

	emu_dmabuf_move(emu, dev, true);
	for (b = emu->backings; b; b = b->next)
		if (b->buf && b->buf->dev == dev)
			b->buf->dev = NULL;
}
