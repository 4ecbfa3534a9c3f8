/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The areas of an address space. Each lies in the shard of the run of IOVAs that it begins in, and
 * calls on different shards can be made at once; what does not fit in one run lies apart.
 */
#include "internal.h"

static struct emu_area *area_of(struct iom_inode *n)
{
	return n ? iom_container_of(n, struct emu_area, node) : NULL;
}

static struct iom_inode *lower(struct iom_inode *a, struct iom_inode *b)
{
	return !a || (b && b->start < a->start) ? b : a;
}

static struct iom_itree *tree_of(const struct emu_area *a)
{
	return a->wide ? &a->ioas->wide : &a->ioas->shards[emu_shard_of(a->node.start)].areas;
}

void emu_areas_init(struct emu_ioas *ioas)
{
	for (int i = 0; i < EMU_SHARDS; i++)
		ioas->shards[i].areas.mem = &emu_itree_mem;
	ioas->wide.mem = &emu_itree_mem;
}

struct emu_area *emu_area_first(const struct emu_ioas *ioas, uint64_t start, uint64_t last)
{
	struct iom_inode *n;

	n = iom_itree_first(&ioas->shards[emu_shard_of(start)].areas, start, last);
	/* what begins in a later run may have another before it, of another shard */
	if (!emu_is_one_run(start, n ? n->start : last))
		for (int i = 0; i < EMU_SHARDS; i++)
			n = lower(n, iom_itree_first(&ioas->shards[i].areas, start, last));
	if (ioas->wide.count)
		n = lower(n, iom_itree_first(&ioas->wide, start, last));
	return area_of(n);
}

struct emu_area *emu_area_next(const struct emu_area *a, uint64_t start, uint64_t last)
{
	struct iom_inode *n;

	if (a->node.last >= last)
		return NULL;
	if (!a->ioas->wide.count) {
		n = iom_itree_next(&a->node, start, last);
		if (n && emu_is_one_run(a->node.start, n->start))
			return area_of(n);
	}
	return emu_area_first(a->ioas, a->node.last + 1, last);
}

struct emu_area *emu_area_look(const struct emu_ioas *ioas, uint64_t start, uint64_t last,
			       struct iom_iplace *place)
{
	place->page = NULL;
	/* one of another tree would have its place there */
	if (!emu_is_one_run(start, last) || ioas->wide.count)
		return emu_area_first(ioas, start, last);
	return area_of(iom_itree_look(&ioas->shards[emu_shard_of(start)].areas, start, last,
				      place));
}

int emu_area_insert(struct emu_area *a, const struct iom_iplace *place)
{
	a->wide = !emu_is_one_run(a->node.start, a->node.last);
	return iom_itree_insert_at(tree_of(a), &a->node, place);
}

void emu_area_remove(struct emu_area *a)
{
	iom_itree_remove(tree_of(a), &a->node);
}

bool emu_area_is_apart(const struct emu_ctx *ctx, const struct emu_reach *r)
{
	const struct emu_ioas *ioas = emu_ioas_get(ctx, r->ioas_id);
	const struct emu_area *a;

	if (!ioas || ioas->domains || ioas->accesses)
		return false;
	a = emu_area_first(ioas, r->start, r->last);
	return !a || (a->pages->refs == 1 && a->node.last >= r->last && !a->wide);
}
