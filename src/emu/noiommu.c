/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices without an IOMMU: where the memory behind an IOVA lies, which the machine makes up. */
#include "process.h"

#include <errno.h>
#include <linux/capability.h>

/*
 * Memory is contiguous as far as transparent huge pages go, 2 MiB of a file or of the process, and
 * no two of these lie side by side. They get their places in the order in which they are asked for.
 */
#define FIRST_PHYS ((uint64_t)1 << 32)
#define STRIDE	   (2 * EMU_HUGE_PAGE)

uint64_t emu_phys_new(struct iom_emu *emu)
{
	uint64_t at = emu->next_phys ? emu->next_phys : FIRST_PHYS;

	emu->next_phys = at + STRIDE;
	return at;
}

/* 0 when out of memory. */
static uint64_t chunk_phys(struct iom_emu *emu, const struct emu_ident *id)
{
	uint64_t index = id->pos / EMU_HUGE_PAGE;
	struct emu_chunk *c;

	for (c = emu->chunks; c; c = c->next)
		if (c->index == index && c->file == id->file && c->dev == id->dev && c->ino == id->ino)
			return c->phys;
	c = emu_alloc(sizeof(*c));
	if (!c)
		return 0;
	*c = (struct emu_chunk){ emu->chunks, id->file, id->dev, id->ino, index, emu_phys_new(emu) };
	emu->chunks = c;
	return c->phys;
}

/* A walk upwards through the memory of an area: who it is does not change with every page. */
struct walk {
	struct iom_emu *emu;
	const struct emu_area *area;
	struct emu_ident id; /* of the byte at `at` */
	uint64_t at;
};

/* 0 when there is nothing. */
static uint64_t phys_of(struct walk *w, uint64_t iova)
{
	const struct emu_pages *p = w->area->pages;
	uint64_t at = p->base + emu_area_byte(w->area, iova), base;
	struct emu_ident id;

	if (emu_pages_is_dmabuf(p))
		return p->file->buf->phys + at;
	if (p->file) {
		w->id = (struct emu_ident){ true, p->file->dev, p->file->ino, at, 0 };
		w->at = at;
	} else if (!w->id.len || at - w->at >= w->id.len) {
		emu_mm_ident(p, at, &w->id);
		w->at = at;
	}
	id = w->id;
	id.pos += at - w->at;
	base = chunk_phys(w->emu, &id);
	return base ? base + id.pos % EMU_HUGE_PAGE : 0;
}

/* Bytes that lie side by side from iova on, as Linux counts them: in steps of a page, of which areas are. */
static uint64_t contiguous(struct walk *w, uint64_t iova, uint64_t phys, uint64_t max)
{
	uint64_t last = w->area->node.last, length = EMU_PAGE - (iova & (EMU_PAGE - 1)), next;

	while (iova < last && length < max) {
		if (__builtin_add_overflow(iova, EMU_PAGE, &next) || next > last)
			break;
		if (phys_of(w, next) != phys + EMU_PAGE)
			break;
		iova = next;
		phys += EMU_PAGE;
		length += EMU_PAGE;
	}
	return length < max ? length : max;
}

/* The page tables of devices without an IOMMU are the only ones that may be looked at. */
static bool is_readable(const struct emu_ioas *ioas)
{
	const struct emu_hwpt *h = ioas->hwpts;

	while (h && h->slot)
		h = h->next;
	return h && h->unit == EMU_UNIT_NONE;
}

int emu_noiommu_get_pa(struct emu_ucmd *u)
{
	struct iom_ioas_noiommu_get_pa *cmd = u->cmd;
	struct walk w = { .emu = u->emu };
	struct emu_ioas *ioas;

	if (!emu_capable(u->emu, CAP_SYS_RAWIO))
		return -EPERM;
	if (cmd->flags || cmd->reserved)
		return -EOPNOTSUPP;
	if (!cmd->length)
		return -EINVAL;
	if (cmd->iova == UINT64_MAX)
		return -EOVERFLOW;
	ioas = emu_ioas_get(u->ctx, cmd->ioas_id);
	if (!ioas)
		return -ENOENT;
	w.area = emu_area_first(ioas, cmd->iova, cmd->iova);
	if (!w.area)
		return -ENOENT;
	if (w.area->pages->revoked)
		return -EINVAL;
	if (!is_readable(ioas))
		return -EOPNOTSUPP;
	cmd->out_phys = phys_of(&w, cmd->iova);
	if (!cmd->out_phys)
		return -ENOMEM;
	cmd->length = contiguous(&w, cmd->iova, cmd->out_phys, cmd->length);
	return emu_respond(u, sizeof(*cmd));
}
