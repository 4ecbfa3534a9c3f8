/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this context mapped where: one area for each that the kernel made. */
#include "areas.h"

#include <errno.h>
#include <stdlib.h>

#include "iommuctl/uapi.h"

static struct iom_area *area_of(struct iom_inode *n)
{
	return n ? iom_container_of(n, struct iom_area, node) : NULL;
}

/* For the next one: a batch maps and unmaps all the time. */
static void keep(struct iom_ctx *ctx, struct iom_area *a)
{
	a->next_free = ctx->free_area;
	ctx->free_area = a;
}

static struct iom_area *add_area(struct iom_ctx *ctx, struct iom_object *ioas, uint64_t iova,
				 uint64_t length)
{
	struct iom_area *a = ctx->free_area;

	if (a) {
		ctx->free_area = a->next_free;
	} else {
		a = malloc(sizeof(*a));
		if (!a)
			return NULL;
	}
	*a = (struct iom_area){ .line = ctx->line };
	a->node.start = iova;
	a->node.last = iova + length - 1;
	if (iom_itree_insert(&ioas->areas, &a->node)) {
		keep(ctx, a);
		return NULL;
	}
	return a;
}

static void drop_area(struct iom_ctx *ctx, struct iom_object *ioas, struct iom_area *a)
{
	iom_itree_remove(&ioas->areas, &a->node);
	iom_mem_put(ctx, a->mem);
	keep(ctx, a);
}

static uint8_t prot_of(uint32_t flags)
{
	return (flags & IOM_IOAS_MAP_READABLE ? 1 : 0) | (flags & IOM_IOAS_MAP_WRITEABLE ? 2 : 0);
}

int iom_areas_map(struct iom_ctx *ctx, const struct iom_call *call, const void *arg)
{
	/* Both structs agree in all that is read here but the address of the memory. */
	const struct iom_ioas_map *m = arg;
	struct iom_object *ioas = iom_book_adopt(ctx, m->ioas_id);
	struct iom_area *a = ioas ? add_area(ctx, ioas, m->iova, m->length) : NULL;

	if (!a)
		return -ENOMEM;
	a->prot = prot_of(m->flags);
	a->file = call->code == IOM_NR_IOAS_MAP_FILE;
	if (a->file) {
		const struct iom_ioas_map_file *mf = arg;
		const struct iom_handle *h = iom_ctx_handle(ctx, mf->fd);

		a->dmabuf = h && h->ranges;
	}
	if (!a->file)
		a->user_va = m->user_va;
	a->mem = ctx->pending_mem;
	if (a->mem)
		a->mem->refs++;
	return 0;
}

int iom_areas_copy(struct iom_ctx *ctx, const struct iom_ioas_copy *c)
{
	struct iom_object *dst = iom_ctx_object(ctx, c->dst_ioas_id);
	uint64_t last = c->src_iova + c->length - 1;
	struct iom_area *src;

	if (!dst || !iom_ctx_object(ctx, c->src_ioas_id))
		return 0;
	for (src = iom_ctx_area(ctx, c->src_ioas_id, c->src_iova, last); src;
	     src = iom_ctx_area_next(src, c->src_iova, last)) {
		uint64_t from = src->node.start, to = src->node.last;
		struct iom_area *a;

		if (from < c->src_iova)
			from = c->src_iova;
		if (to > last)
			to = last;
		a = add_area(ctx, dst, c->dst_iova + (from - c->src_iova), to - from + 1);
		if (!a)
			return -ENOMEM;
		a->prot = prot_of(c->flags);
		a->file = src->file;
		a->dmabuf = src->dmabuf;
		a->mem = src->mem;
		if (a->mem)
			a->mem->refs++;
		if (src->user_va)
			a->user_va = src->user_va + (from - src->node.start);
		/* A copy inside one IOAS must not walk into what it just added. */
		if (dst->id == c->src_ioas_id && a->node.start <= last && a->node.start > from)
			break;
	}
	return 0;
}

/* Does a hardware queue keep the area mapped? */
static bool is_locked(const struct iom_ctx *ctx, uint32_t ioas, const struct iom_area *a)
{
	for (uint32_t i = 0; i < ctx->n_objects; i++) {
		const struct iom_object *q = ctx->objects[i], *o;

		if (!q || q->type != IOM_OBJ_HW_QUEUE || q->first > a->node.last ||
		    q->last < a->node.start)
			continue;
		o = iom_ctx_ioas_of(ctx, i);
		if (o && o->id == ioas)
			return true;
	}
	return false;
}

/* Does the kernel stop here? Nothing stops an unmap that succeeded (code 0). */
static bool is_stop(const struct iom_ctx *ctx, const struct iom_ioas_unmap *c, uint64_t last,
		    const struct iom_area *a, int code)
{
	if (code == -ENOENT)
		return a->node.start < c->iova || a->node.last > last;
	return code == -EBUSY && is_locked(ctx, c->ioas_id, a);
}

static void unmap_areas(struct iom_ctx *ctx, const struct iom_ioas_unmap *c, int code)
{
	struct iom_object *ioas = iom_ctx_object(ctx, c->ioas_id);
	struct iom_area *a, *next;
	uint64_t last;

	if (!ioas || !c->length)
		return;
	if (__builtin_add_overflow(c->iova, c->length - 1, &last))
		last = UINT64_MAX;
	a = iom_ctx_area(ctx, c->ioas_id, c->iova, last);
	while (code == -EBUSY && a && !is_stop(ctx, c, last, a, code))
		a = iom_ctx_area_next(a, c->iova, last);
	if (code == -EBUSY && !a) /* no queue that the book knows: nothing is certain */
		return;
	for (a = iom_ctx_area(ctx, c->ioas_id, c->iova, last); a; a = next) {
		next = iom_ctx_area_next(a, c->iova, last);
		if (is_stop(ctx, c, last, a, code))
			return;
		drop_area(ctx, ioas, a);
	}
}

void iom_areas_unmap(struct iom_ctx *ctx, const struct iom_ioas_unmap *c)
{
	unmap_areas(ctx, c, 0);
}

void iom_areas_unmap_until(struct iom_ctx *ctx, const struct iom_ioas_unmap *c, int code)
{
	unmap_areas(ctx, c, code);
}

void iom_areas_clear(struct iom_ctx *ctx, struct iom_object *o)
{
	while (o->areas.count)
		drop_area(ctx, o, area_of(iom_itree_any(&o->areas)));
}

void iom_areas_end(struct iom_ctx *ctx)
{
	while (ctx->free_area) {
		struct iom_area *a = ctx->free_area;

		ctx->free_area = a->next_free;
		free(a);
	}
}

struct iom_area *iom_ctx_area(const struct iom_ctx *ctx, uint32_t ioas, uint64_t iova,
			      uint64_t last)
{
	struct iom_object *o = iom_ctx_object(ctx, ioas);

	return o ? area_of(iom_itree_first(&o->areas, iova, last)) : NULL;
}

struct iom_area *iom_ctx_area_next(struct iom_area *a, uint64_t iova, uint64_t last)
{
	return area_of(iom_itree_next(&a->node, iova, last));
}
