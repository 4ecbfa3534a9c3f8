/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dirty tracking of hardware page tables: the bits of their entries, and the user's bitmap. */
#include "internal.h"

#include <errno.h>

/*
 * A bit stands for the entry that begins at an IOVA. Entries are as big as the hardware can make
 * them of contiguous memory. Small pages of this machine never lie side by side, so of them that is
 * one page, or half of one where IOVA and memory are not aligned alike.
 */
#define HALF_SHIFT 11
#define HALF	   ((uint64_t)1 << HALF_SHIFT)
#define CHUNK	   (64 * HALF)

/* Most bits that the mock operation takes at once: 16 MiB of them. */
#define MAX_MOCK_BITS ((uint64_t)16 * EMU_MIB * 8)

/* Pages of a user's bitmap that are pinned at once. */
#define MAX_PINNED (EMU_PAGE / sizeof(void *))

struct emu_dirty {
	struct iom_inode node; /* one aligned CHUNK */
	uint64_t bits; /* a chunk without any is freed */
};

static struct emu_dirty *chunk_of(struct iom_inode *n)
{
	return n ? iom_container_of(n, struct emu_dirty, node) : NULL;
}

static void put_chunk(struct emu_hwpt *hwpt, struct emu_dirty *d)
{
	if (d->bits)
		return;
	iom_itree_remove(&hwpt->dirty, &d->node);
	emu_free(d);
}

/* Those of the bits of d that stand for IOVAs in [start, last]; start is that of an entry. */
static uint64_t within(const struct emu_dirty *d, uint64_t start, uint64_t last)
{
	uint64_t bits = d->bits;

	if (start > d->node.start)
		bits &= ~(uint64_t)0 << ((start - d->node.start) >> HALF_SHIFT);
	if (last < d->node.last)
		bits &= ~(uint64_t)0 >> (63 - ((last - d->node.start) >> HALF_SHIFT));
	return bits;
}

void emu_dirty_forget(struct emu_hwpt *hwpt, uint64_t start, uint64_t last)
{
	struct iom_inode *n, *next;

	if (!hwpt->dirty.count)
		return;
	for (n = iom_itree_first(&hwpt->dirty, start, last); n; n = next) {
		struct emu_dirty *d = chunk_of(n);

		next = iom_itree_next(n, start, last);
		d->bits &= ~within(d, start, last);
		put_chunk(hwpt, d);
	}
}

/* The largest page that can begin at IOVA and physical address and ends at last or before; one does. */
static uint64_t best_size(uint64_t pgsizes, uint64_t iova, uint64_t phys, uint64_t last)
{
	uint64_t align = iova | phys, sizes = pgsizes;

	if (align)
		sizes &= (align & -align) | ((align & -align) - 1);
	for (;;) {
		uint64_t size = (uint64_t)1 << (63 - __builtin_clzll(sizes));

		if (size - 1 <= last - iova)
			return size;
		sizes &= ~size;
	}
}

/* The entry of the area that the IOVA is in. */
static uint64_t entry_of(const struct emu_hwpt *hwpt, const struct emu_area *a, uint64_t iova,
			 uint64_t *length)
{
	bool small = hwpt->ioas->no_large_pages || (a->small_pages && hwpt->had_small);
	uint64_t block = small ? EMU_PAGE : emu_pages_block(a->pages);
	uint64_t phys = a->pages->base + emu_area_byte(a, iova);
	uint64_t before = phys & (block - 1), behind = block - 1 - before, first, last;

	/* what of the block is in the area */
	first = iova - (before < iova - a->node.start ? before : iova - a->node.start);
	last = iova + (behind < a->node.last - iova ? behind : a->node.last - iova);
	phys -= iova - first;
	for (;; first += *length, phys += *length) {
		*length = best_size(hwpt->pgsizes, first, phys, last);
		if (iova - first < *length)
			return first;
	}
}

/* ---- switching it ---- */

int emu_set_dirty_tracking(struct emu_ucmd *u)
{
	const struct iom_hwpt_set_dirty_tracking *cmd = u->cmd;
	struct emu_hwpt *hwpt;

	if (cmd->flags & ~(uint32_t)IOM_HWPT_DIRTY_TRACKING_ENABLE)
		return -EOPNOTSUPP;
	hwpt = (struct emu_hwpt *)emu_obj_get(u->ctx, cmd->hwpt_id, IOM_OBJ_HWPT_PAGING);
	if (!hwpt)
		return -ENOENT;
	if (!hwpt->has_dirty)
		return -EOPNOTSUPP;
	hwpt->tracking = cmd->flags & IOM_HWPT_DIRTY_TRACKING_ENABLE;
	if (hwpt->tracking)
		emu_dirty_forget(hwpt, 0, UINT64_MAX);
	return 0;
}

/* ---- reading ---- */

/* Sets the bits [first, last] of the bitmap within one page of memory; -EFAULT. */
static int set_bits(uint64_t data, uint64_t first, uint64_t last)
{
	size_t n = (size_t)(last / 8 - first / 8 + 1);
	uint8_t buf[EMU_PAGE];
	uint64_t i;
	int rc;

	rc = emu_mem_populate(data + first / 8, n, true);
	if (!rc)
		rc = emu_copy_from(buf, data + first / 8, n);
	if (rc)
		return rc;
	for (i = first; i <= last; i++)
		buf[i / 8 - first / 8] |= (uint8_t)(1u << (i % 8));
	return emu_copy_to(data + first / 8, buf, n);
}

/* The end of what the kernel pins of the bitmap from `at`, of which `left` bytes belong to the range. */
static uint64_t pinned_end(uint64_t at, uint64_t left)
{
	uint64_t pages = (left + EMU_PAGE - 1) / EMU_PAGE + !!(at & (EMU_PAGE - 1));

	return (at & ~(EMU_PAGE - 1)) + (pages < MAX_PINNED ? pages : MAX_PINNED) * EMU_PAGE;
}

/*
 * Writes an entry into the user's bitmap. Nobody hears of memory that is not there. An entry that
 * begins before the range is left out, one that reaches behind it sets the bits behind as well, to
 * the end of the pages that the bitmap is in.
 */
static void record(const struct iom_hwpt_get_dirty_bitmap *cmd, uint64_t start, uint64_t length)
{
	unsigned int shift = (unsigned int)__builtin_ctzll(cmd->page_size);
	uint64_t total = ((cmd->length - 1) >> shift) / 8 + 1, stop = 0;
	uint64_t first, last, end, at, room;

	if (start < cmd->iova)
		return;
	first = (start - cmd->iova) >> shift;
	last = (start + (length - 1) - cmd->iova) >> shift;
	for (; first <= last; first = end + 1) {
		at = cmd->data + first / 8;
		if (at >= stop) {
			if (first / 8 >= total)
				return;
			stop = pinned_end(at, total - first / 8);
		}
		/* page by page: bytes that follow in the same page of memory */
		room = EMU_PAGE - 1 - (at & (EMU_PAGE - 1));
		end = last;
		if (last / 8 - first / 8 > room)
			end = (first | 7) + room * 8;
		if (set_bits(cmd->data, first, end))
			return;
	}
}

static void read_area(struct emu_hwpt *hwpt, const struct emu_area *a, uint64_t start,
		      uint64_t last, const struct iom_hwpt_get_dirty_bitmap *cmd)
{
	struct iom_inode *n, *next;
	uint64_t length;

	start = entry_of(hwpt, a, start, &length);
	for (n = iom_itree_first(&hwpt->dirty, start, last); n; n = next) {
		struct emu_dirty *d = chunk_of(n);
		uint64_t bits = within(d, start, last), todo = bits;

		next = iom_itree_next(n, start, last);
		for (; todo; todo &= todo - 1) {
			uint64_t nth = (uint64_t)__builtin_ctzll(todo);
			uint64_t at = d->node.start + (nth << HALF_SHIFT);

			entry_of(hwpt, a, at, &length);
			record(cmd, at, length);
		}
		if (!(cmd->flags & IOM_HWPT_GET_DIRTY_BITMAP_NO_CLEAR)) {
			d->bits &= ~bits;
			put_chunk(hwpt, d);
		}
	}
}

static int check_range(const struct emu_ioas *ioas, const struct iom_hwpt_get_dirty_bitmap *cmd,
		       uint64_t *last)
{
	uint64_t mask = ioas->alignment - 1;

	if (!cmd->length)
		return -EINVAL;
	if (__builtin_add_overflow(cmd->iova, cmd->length - 1, last))
		return -EOVERFLOW;
	if ((cmd->iova & mask) || ((*last + 1) & mask) || !cmd->page_size)
		return -EINVAL;
	mask = cmd->page_size - 1;
	return (cmd->iova & mask) || ((*last + 1) & mask) ? -EINVAL : 0;
}

int emu_get_dirty_bitmap(struct emu_ucmd *u)
{
	const struct iom_hwpt_get_dirty_bitmap *cmd = u->cmd;
	const struct emu_area *a;
	struct emu_hwpt *hwpt;
	uint64_t pos, last;
	int rc;

	if ((cmd->flags & ~(uint32_t)IOM_HWPT_GET_DIRTY_BITMAP_NO_CLEAR) || cmd->reserved)
		return -EOPNOTSUPP;
	hwpt = (struct emu_hwpt *)emu_obj_get(u->ctx, cmd->hwpt_id, IOM_OBJ_HWPT_PAGING);
	if (!hwpt)
		return -ENOENT;
	rc = check_range(hwpt->ioas, cmd, &last);
	if (rc)
		return rc;
	if (!hwpt->has_dirty)
		return -EOPNOTSUPP;
	/* up to the first hole, which is no error */
	a = emu_area_first(hwpt->ioas, cmd->iova, cmd->iova);
	for (pos = cmd->iova; a && hwpt->dirty.count; a = emu_area_contig(a)) {
		read_area(hwpt, a, pos, a->node.last < last ? a->node.last : last, cmd);
		if (a->node.last >= last)
			break;
		pos = a->node.last + 1;
	}
	return 0;
}

/* ---- what the mock hardware writes to ---- */

static int make_dirty(struct emu_hwpt *hwpt, uint64_t iova)
{
	const struct emu_area *a = emu_area_first(hwpt->ioas, iova, iova);
	struct emu_dirty *d;
	uint64_t at, length;

	if (!a || a->pages->revoked)
		return 0;
	at = entry_of(hwpt, a, iova, &length);
	d = chunk_of(iom_itree_first(&hwpt->dirty, at, at));
	if (!d) {
		d = emu_zalloc(sizeof(*d));
		if (!d)
			return -ENOMEM;
		d->node.start = at & ~(CHUNK - 1);
		d->node.last = d->node.start + (CHUNK - 1);
		if (iom_itree_insert(&hwpt->dirty, &d->node)) {
			emu_free(d);
			return -ENOMEM;
		}
	}
	d->bits |= (uint64_t)1 << ((at - d->node.start) >> HALF_SHIFT);
	return 0;
}

int emu_mock_dirty(struct emu_ucmd *u)
{
	struct iom_test_cmd *cmd = u->cmd;
	uint64_t step = cmd->dirty.page_size, max, i, count = 0;
	struct emu_hwpt *hwpt;
	uint8_t *bits;
	int rc;

	if (!step || !cmd->dirty.length || cmd->dirty.iova % step || cmd->dirty.length % step ||
	    !cmd->dirty.uptr)
		return -EINVAL;
	max = cmd->dirty.length / step;
	if (max > MAX_MOCK_BITS)
		return -EOVERFLOW;
	hwpt = (struct emu_hwpt *)emu_obj_get(u->ctx, cmd->id, IOM_OBJ_HWPT_PAGING);
	if (!hwpt)
		return -ENOENT;
	if (hwpt->unit != EMU_UNIT_MOCK || !hwpt->tracking)
		return -EINVAL;
	bits = emu_alloc((max + 7) / 8);
	if (!bits)
		return -ENOMEM;
	rc = emu_copy_from(bits, cmd->dirty.uptr, (max + 7) / 8);
	for (i = 0; i < max && !rc; i++) {
		if (!bits[i / 8]) {
			i |= 7;
		} else if (bits[i / 8] & (1u << (i % 8))) {
			rc = make_dirty(hwpt, cmd->dirty.iova + i * step);
			count++;
		}
	}
	emu_free(bits);
	if (rc)
		return rc;
	cmd->dirty.out_nr_dirty = count;
	return emu_respond(u, sizeof(*cmd));
}
