/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The old container calls of VFIO on an iommufd context: they work on its compatibility IOAS. */
#include "internal.h"

#include <errno.h>

/* Numbers and layouts of the type 1 container; nobody else speaks them here. */
enum {
	NR_GET_API_VERSION = _IO(IOM_IOC_TYPE, 0x64),
	NR_CHECK_EXTENSION = _IO(IOM_IOC_TYPE, 0x65),
	NR_SET_IOMMU = _IO(IOM_IOC_TYPE, 0x66),
	NR_GET_INFO = _IO(IOM_IOC_TYPE, 0x70),
	NR_MAP_DMA = _IO(IOM_IOC_TYPE, 0x71),
	NR_UNMAP_DMA = _IO(IOM_IOC_TYPE, 0x72),
};

enum { EXT_TYPE1 = 1, EXT_TYPE1V2 = 3, EXT_DMA_CC = 4, EXT_NOIOMMU = 8, EXT_UNMAP_ALL = 9 };
enum { MAP_READ = 1, MAP_WRITE = 2 };
enum { UNMAP_ALL = 2 };
enum { INFO_PGSIZES = 1, INFO_CAPS = 2 };
enum { CAP_IOVA_RANGE = 1, CAP_DMA_AVAIL = 3 };

struct dma_map {
	uint32_t argsz, flags;
	iom_u64 vaddr, iova, size;
};

struct dma_unmap {
	uint32_t argsz, flags;
	iom_u64 iova, size;
};

struct info {
	uint32_t argsz, flags;
	iom_u64 iova_pgsizes;
	uint32_t cap_offset, pad;
};

struct cap_dma_avail {
	struct iom_vfio_info_cap_header header;
	uint32_t avail;
};

struct cap_iova_range {
	struct iom_vfio_info_cap_header header;
	uint32_t nr_iovas, reserved;
};

/* Where the two capabilities of struct info are, from its start. */
#define AVAIL_AT  (uint32_t)sizeof(struct info)
#define RANGES_AT (uint32_t)(AVAIL_AT + (sizeof(struct cap_dma_avail) + 7) / 8 * 8)

static int check_extension(const struct emu_ctx *ctx, uint64_t type)
{
	switch (type) {
	case EXT_TYPE1:
	case EXT_TYPE1V2:
	case EXT_UNMAP_ALL:
	case EXT_NOIOMMU:
		return 1;
	case EXT_DMA_CC:
		/* no emulated IOMMU enforces snooping */
		return ctx->vfio_ioas ? !ctx->vfio_ioas->hwpts : -ENODEV;
	default:
		return 0;
	}
}

static int set_iommu(struct emu_ctx *ctx, uint64_t type)
{
	if (type != EXT_TYPE1 && type != EXT_TYPE1V2)
		return -EINVAL;
	if (!ctx->vfio_ioas)
		return -ENODEV;
	return type == EXT_TYPE1 ? emu_ioas_disable_large_pages(ctx->vfio_ioas) : 0;
}

static int map_dma(struct emu_ctx *ctx, uint64_t uptr)
{
	uint32_t flags = IOM_IOAS_MAP_FIXED_IOVA;
	struct dma_map m;
	uint64_t iova;
	int rc = emu_copy_from(&m, uptr, sizeof(m));

	if (rc)
		return rc;
	if (m.argsz < sizeof(m) || (m.flags & ~(uint32_t)(MAP_READ | MAP_WRITE)))
		return -EINVAL;
	if (!ctx->vfio_ioas)
		return -ENODEV;
	if (m.flags & MAP_READ)
		flags |= IOM_IOAS_MAP_READABLE;
	if (m.flags & MAP_WRITE)
		flags |= IOM_IOAS_MAP_WRITEABLE;
	iova = m.iova;
	return emu_ioas_map_user(ctx->vfio_ioas, m.vaddr, m.size, &iova, flags);
}

/* Type 1 could take a piece out of a mapping: cuts the areas at both ends of it first. */
static int cut(struct emu_ioas *ioas, uint64_t iova, uint64_t size)
{
	int rc = emu_pt_split(ioas, iova + size - 1);

	if (!rc && iova)
		rc = emu_pt_split(ioas, iova - 1);
	return rc;
}

static int unmap_range(struct emu_ioas *ioas, uint64_t iova, uint64_t size, uint64_t *unmapped)
{
	uint64_t last;

	if (!size)
		return -EINVAL;
	if (__builtin_add_overflow(iova, size - 1, &last))
		return -EOVERFLOW;
	return emu_pt_unmap(ioas, iova, last, unmapped);
}

static int unmap_dma(struct emu_ctx *ctx, uint64_t uptr)
{
	struct emu_ioas *ioas = ctx->vfio_ioas;
	uint64_t unmapped = 0;
	struct dma_unmap u;
	int rc = emu_copy_from(&u, uptr, sizeof(u));

	if (rc)
		return rc;
	if (u.argsz < sizeof(u) || (u.flags & ~(uint32_t)UNMAP_ALL))
		return -EINVAL;
	if (!ioas)
		return -ENODEV;
	if (u.flags & UNMAP_ALL) {
		if (u.iova || u.size)
			return -EINVAL;
		rc = emu_pt_unmap(ioas, 0, UINT64_MAX, &unmapped);
	} else {
		if (ioas->no_large_pages)
			rc = cut(ioas, u.iova, u.size);
		if (rc)
			return rc;
		rc = unmap_range(ioas, u.iova, u.size, &unmapped);
	}
	/* the size comes back whatever happened */
	u.size = unmapped;
	return emu_copy_to(uptr, &u, sizeof(u)) ? -EFAULT : rc;
}

static uint64_t page_sizes(const struct emu_ioas *ioas)
{
	uint64_t sizes = UINT64_MAX;
	const struct emu_hwpt *h;

	for (h = ioas->hwpts; h; h = h->next)
		sizes &= h->pgsizes;
	if (sizes & (EMU_PAGE - 1))
		sizes = (sizes & ~(EMU_PAGE - 1)) | EMU_PAGE;
	return sizes > ioas->alignment ? sizes : ioas->alignment;
}

/* Each writes its capability behind the struct at uptr, if there is room for all of it: 0 or -EFAULT. */
static int put_dma_avail(uint64_t uptr, uint32_t argsz)
{
	struct cap_dma_avail cap = { { CAP_DMA_AVAIL, 1, argsz >= RANGES_AT ? RANGES_AT : 0 }, UINT32_MAX };

	return argsz < AVAIL_AT + sizeof(cap) ? 0 : emu_copy_to(uptr + AVAIL_AT, &cap, sizeof(cap));
}

struct range_list {
	uint64_t at, room;
	uint32_t n;
};

static int put_range(uint64_t start, uint64_t last, void *arg)
{
	struct iom_iova_range r = { start, last };
	struct range_list *l = arg;
	uint64_t pos = sizeof(struct cap_iova_range) + (uint64_t)l->n++ * sizeof(r);

	if (l->room < pos + sizeof(r))
		return 0;
	return emu_copy_to(l->at + pos, &r, sizeof(r));
}

/* *size is how much room it needs. */
static int put_iova_ranges(const struct emu_ioas *ioas, uint64_t uptr, uint32_t argsz, uint32_t *size)
{
	struct cap_iova_range cap = { { CAP_IOVA_RANGE, 1, 0 }, 0, 0 };
	struct range_list l = { uptr + RANGES_AT, argsz > RANGES_AT ? argsz - RANGES_AT : 0, 0 };

	if (emu_pt_each_range(ioas, put_range, &l))
		return -EFAULT;
	cap.nr_iovas = l.n;
	*size = (uint32_t)(sizeof(cap) + l.n * sizeof(struct iom_iova_range));
	return l.room < *size ? 0 : emu_copy_to(l.at, &cap, sizeof(cap));
}

static int get_info(struct emu_ctx *ctx, uint64_t uptr)
{
	const size_t min = offsetof(struct info, cap_offset);
	const struct emu_ioas *ioas = ctx->vfio_ioas;
	uint32_t argsz, total, ranges = 0;
	struct info info = { 0 };
	int rc = emu_copy_from(&info, uptr, min);

	if (rc)
		return rc;
	argsz = info.argsz;
	if (argsz < min)
		return -EINVAL;
	if (!ioas)
		return -ENODEV;
	info.flags = INFO_PGSIZES | INFO_CAPS;
	info.iova_pgsizes = page_sizes(ioas);
	rc = put_dma_avail(uptr, argsz);
	if (!rc)
		rc = put_iova_ranges(ioas, uptr, argsz, &ranges);
	if (rc)
		return rc;
	total = RANGES_AT + ranges;
	info.cap_offset = argsz >= total ? AVAIL_AT : 0;
	info.argsz = total;
	return emu_copy_to(uptr, &info, argsz < sizeof(info) ? argsz : sizeof(info));
}

int emu_compat_ioctl(struct emu_ctx *ctx, uint32_t code, uint64_t arg)
{
	switch (code) {
	case NR_GET_API_VERSION:
		return 0;
	case NR_CHECK_EXTENSION:
		return check_extension(ctx, arg);
	case NR_SET_IOMMU:
		return set_iommu(ctx, arg);
	case NR_GET_INFO:
		return get_info(ctx, arg);
	case NR_MAP_DMA:
		return map_dma(ctx, arg);
	case NR_UNMAP_DMA:
		return unmap_dma(ctx, arg);
	default:
		return -ENOTTY;
	}
}
