/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The address space itself: areas, reserved ranges, choice of IOVAs, domains that follow it. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>

void emu_pt_init(struct emu_ioas *ioas)
{
	emu_areas_init(ioas);
	ioas->allowed.mem = ioas->reserved.mem = &emu_itree_mem;
	ioas->alignment = 1;
	ioas->packed_from = ioas->packed = EMU_PAGE;
}

/* There is a hole at `start`; threads that unmap in different shards may say so at once. */
static void forget_packed(struct emu_ioas *ioas, uint64_t start)
{
	uint64_t packed = __atomic_load_n(&ioas->packed, __ATOMIC_RELAXED);

	while (start < packed &&
	       !__atomic_compare_exchange_n(&ioas->packed, &packed, start, true, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED))
		;
}

static void free_reserved(struct emu_ioas *ioas, struct emu_reserved *r)
{
	iom_itree_remove(&ioas->reserved, &r->node);
	forget_packed(ioas, r->node.start);
	emu_free(r);
}

void emu_pt_free(struct emu_ioas *ioas)
{
	struct iom_inode *n;

	emu_pt_unmap(ioas, 0, UINT64_MAX, NULL);
	while ((n = iom_itree_any(&ioas->reserved)))
		free_reserved(ioas, iom_container_of(n, struct emu_reserved, node));
	while ((n = iom_itree_any(&ioas->allowed))) {
		iom_itree_remove(&ioas->allowed, n);
		emu_free(iom_container_of(n, struct emu_allowed, node));
	}
}

/* ---- choosing an IOVA ---- */

/* Moves *start up to where length bytes begin; false when they do not fit before last. */
static bool fits(uint64_t *start, uint64_t last, uint64_t length, uint64_t alignment,
		 uint64_t page_offset)
{
	uint64_t at;

	if (__builtin_add_overflow(*start, alignment - 1, &at))
		return false;
	at &= ~(alignment - 1);
	at |= page_offset;
	if (at >= last || last - at < length - 1)
		return false;
	*start = at;
	return true;
}

/*
 * The first hole of [from, last] that takes the mapping. What is packed from the bottom is
 * remembered, so that a long run of allocations does not walk over all of its elders.
 */
static bool find_hole(struct emu_ioas *ioas, uint64_t from, uint64_t last, uint64_t length,
		      uint64_t alignment, uint64_t page_offset, uint64_t *iova)
{
	uint64_t pos = from;

	if (from < ioas->packed_from || from > ioas->packed)
		ioas->packed_from = ioas->packed = from;
	else
		pos = ioas->packed;
	/* what is packed may reach beyond a range that was made smaller */
	while (pos <= last) {
		struct emu_area *a = emu_area_first(ioas, pos, last);
		struct iom_inode *r = iom_itree_first(&ioas->reserved, pos, last);
		struct iom_inode *n = !a || (r && r->start < a->node.start) ? r : &a->node;
		uint64_t end = n ? n->start - 1 : last, hole = pos;

		if ((!n || n->start > pos) && fits(&hole, end, length, alignment, page_offset)) {
			*iova = hole;
			return true;
		}
		if (!n || n->last >= last)
			return false;
		if (n->start <= pos && pos == ioas->packed)
			ioas->packed = n->last + 1;
		pos = n->last + 1;
	}
	return false;
}

static uint64_t pow2_at_least(uint64_t v)
{
	return v <= 1 ? 1 : (uint64_t)1 << (64 - __builtin_clzll(v - 1));
}

/* addr: where the memory lies, so that big pages stay possible. Never picks IOVA 0. */
static int choose_iova(struct emu_ioas *ioas, uint64_t addr, uint64_t length, uint64_t *iova)
{
	const uint64_t top = UINT64_MAX - EMU_PAGE;
	uint64_t page_offset = addr & (EMU_PAGE - 1), alignment;
	struct iom_inode *n;

	if (length >= UINT64_MAX / 2)
		return -EOVERFLOW;
	alignment = pow2_at_least(length);
	if (addr && (addr & -addr) < alignment)
		alignment = addr & -addr;
	if (alignment > EMU_HUGE_PAGE)
		alignment = EMU_HUGE_PAGE;
	if (alignment < ioas->alignment)
		return -EINVAL;

	if (!ioas->allowed.count) {
		uint64_t start = EMU_PAGE;

		(void)fits(&start, top, length, alignment, page_offset); /* half of it always does */
		return find_hole(ioas, start, top, length, alignment, page_offset, iova) ? 0 : -ENOSPC;
	}
	for (n = iom_itree_first(&ioas->allowed, EMU_PAGE, top); n;) {
		uint64_t start = n->start < EMU_PAGE ? EMU_PAGE : n->start, last = n->last;

		/* neighbours count as one range */
		while ((n = iom_itree_next(n, EMU_PAGE, top)) && n->start == last + 1)
			last = n->last;
		if (last > top)
			last = top;
		if (fits(&start, last, length, alignment, page_offset) &&
		    find_hole(ioas, start, last, length, alignment, page_offset, iova))
			return 0;
	}
	return -ENOSPC;
}

/* *place is where an area of it belongs. */
static int check_iova(const struct emu_ioas *ioas, uint64_t iova, uint64_t length,
		      struct iom_iplace *place)
{
	uint64_t last;

	if (iova & (ioas->alignment - 1))
		return -EINVAL;
	if (__builtin_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	if (iom_itree_first(&ioas->reserved, iova, last))
		return -EINVAL;
	if (emu_area_look(ioas, iova, last, place))
		return -EEXIST;
	return 0;
}

/* ---- mapping ---- */

static void link_area(struct emu_area *a, struct emu_pages *p)
{
	a->pages = p;
	a->next = p->areas;
	a->link = &p->areas;
	if (a->next)
		a->next->link = &a->next;
	p->areas = a;
}

/* Takes the area out of the address space; its reference to the pages is the caller's. */
static void drop_area(struct emu_area *a)
{
	struct emu_ioas *ioas = a->ioas;
	struct emu_hwpt *h;

	for (h = ioas->hwpts; h; h = h->next)
		emu_dirty_forget(h, a->node.start, a->node.last);
	emu_area_remove(a);
	forget_packed(ioas, a->node.start);
	*a->link = a->next;
	if (a->next)
		a->next->link = a->link;
	emu_pages_unaccount(ioas->ctx->emu, a->pages);
	emu_free(a);
}

static int insert_area(struct emu_ioas *ioas, struct emu_slice *s, uint64_t iova, unsigned int prot,
		       const struct iom_iplace *place)
{
	struct emu_area *a;

	if ((prot & EMU_WRITE) && !s->pages->writable)
		return -EPERM;
	if ((s->start_byte & (EMU_PAGE - 1)) & (ioas->alignment - 1))
		return -EINVAL;
	a = emu_alloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	*a = (struct emu_area){ .node = { .start = iova, .last = iova + s->length - 1 },
				.ioas = ioas,
				.start_byte = s->start_byte,
				.prot = (uint8_t)prot };
	if (emu_area_insert(a, place)) {
		emu_free(a);
		return -ENOMEM;
	}
	link_area(a, s->pages);
	s->area = a;
	return 0;
}

/* An erratum keeps read-only entries out of some page tables. */
static bool refuses(const struct emu_hwpt *hwpt, const struct emu_area *a)
{
	return hwpt->force_writeable && !(a->prot & EMU_WRITE);
}

/* new: a page table that is being added, or NULL */
static int pin_area(const struct emu_area *a, const struct emu_hwpt *new)
{
	uint64_t last = a->start_byte + (a->node.last - a->node.start);
	const struct emu_hwpt *h;
	int rc;

	if (a->pages->revoked)
		return 0;
	rc = emu_pages_is_dmabuf(a->pages) ? 0 :
	     emu_pages_pin(a->pages, a->start_byte >> EMU_PAGE_SHIFT, last >> EMU_PAGE_SHIFT);
	if (rc)
		return rc;
	if (!a->prot) /* no page table takes such an entry */
		return -EINVAL;
	if (new && refuses(new, a))
		return -EINVAL;
	for (h = a->ioas->hwpts; h; h = h->next)
		if (refuses(h, a))
			return -EINVAL;
	return emu_pages_account(a->ioas->ctx->emu, a->pages);
}

int emu_pt_map(struct emu_ioas *ioas, struct emu_slice *s, size_t n, uint64_t length,
	       uint64_t *iova, unsigned int prot, bool alloc)
{
	struct iom_iplace place = { NULL, 0 };
	uint64_t at;
	size_t i;
	int rc;

	if (length & (ioas->alignment - 1))
		return -EINVAL;
	if (alloc) {
		rc = choose_iova(ioas, s[0].start_byte + s[0].pages->base, length, iova);
		if (rc)
			return rc;
	}
	rc = check_iova(ioas, *iova, length, &place);
	if (rc)
		return rc;

	at = *iova;
	for (i = 0; i < n && !rc; i++) {
		rc = insert_area(ioas, &s[i], at, prot, &place);
		place.page = NULL; /* of the first one only */
		at += s[i].length;
	}
	for (i = 0; i < n && !rc && ioas->domains; i++)
		rc = pin_area(s[i].area, NULL);
	if (!rc)
		return 0;
	for (i = 0; i < n; i++) {
		if (s[i].area)
			drop_area(s[i].area);
		s[i].area = NULL;
	}
	return rc;
}

int emu_pt_unmap(struct emu_ioas *ioas, uint64_t start, uint64_t last, uint64_t *unmapped)
{
	struct iom_emu *emu = ioas->ctx->emu;
	struct emu_area *a;
	uint64_t bytes = 0;
	int rc = 0;

	while ((a = emu_area_first(ioas, start, last))) {
		uint64_t area_first = a->node.start, area_last = a->node.last;
		struct emu_pages *p = a->pages;

		if (emu_area_is_locked(a)) {
			rc = -EBUSY;
			break;
		}
		if (area_first < start || area_last > last) {
			rc = -ENOENT;
			break;
		}
		if (a->num_accesses)
			emu_access_notify_unmap(ioas, area_first, area_last);
		drop_area(a);
		emu_pages_put(emu, p);
		bytes += area_last - area_first + 1;
		if (area_last >= last)
			break;
		start = area_last + 1;
	}
	if (unmapped)
		*unmapped = bytes;
	return rc;
}

int emu_pt_split(struct emu_ioas *ioas, uint64_t iova)
{
	static const struct iom_iplace anywhere;
	struct emu_area *a = emu_area_first(ioas, iova, iova), *right;
	uint64_t start = iova + 1;

	if (!a || iova == a->node.start || iova == a->node.last)
		return 0;
	if (emu_pages_is_dmabuf(a->pages))
		return -EOPNOTSUPP;
	/* with small pages only, so what is mapped is aligned, and page tables have a cut everywhere */
	if ((start & (ioas->alignment - 1)) || a->num_accesses)
		return -EINVAL;
	right = emu_alloc(sizeof(*right));
	if (!right)
		return -ENOMEM;
	*right = (struct emu_area){ .node = { .start = start, .last = a->node.last },
				    .ioas = ioas,
				    .start_byte = emu_area_byte(a, start),
				    .prot = a->prot };
	/* they overlap for a moment, so that nothing has to be undone */
	if (emu_area_insert(right, &anywhere)) {
		emu_free(right);
		return -ENOMEM;
	}
	iom_itree_shorten(&a->node, iova);
	link_area(right, a->pages);
	a->pages->refs++;
	return 0;
}

/* ---- reserved ranges ---- */

int emu_pt_each_range(const struct emu_ioas *ioas,
		      int (*fn)(uint64_t start, uint64_t last, void *arg), void *arg)
{
	struct iom_inode *n = iom_itree_first(&ioas->reserved, 0, UINT64_MAX);
	uint64_t pos = 0;
	int rc = 0;

	for (; n && !rc; n = iom_itree_next(n, 0, UINT64_MAX)) {
		if (n->start > pos)
			rc = fn(pos, n->start - 1, arg);
		if (n->last == UINT64_MAX)
			return rc;
		if (n->last >= pos)
			pos = n->last + 1;
	}
	return rc ? rc : fn(pos, UINT64_MAX, arg);
}

int emu_pt_reserve(struct emu_ioas *ioas, uint64_t start, uint64_t last, const void *owner,
		   const char *kind, const char *name)
{
	struct emu_reserved *r;

	if (emu_area_first(ioas, start, last) ||
	    iom_itree_first(&ioas->allowed, start, last))
		return -EADDRINUSE;
	r = emu_zalloc(sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->node.start = start;
	r->node.last = last;
	r->owner = owner;
	r->kind = kind;
	snprintf(r->name, sizeof(r->name), "%s", name);
	if (iom_itree_insert(&ioas->reserved, &r->node)) {
		emu_free(r);
		return -ENOMEM;
	}
	return 0;
}

void emu_pt_unreserve(struct emu_ioas *ioas, const void *owner)
{
	struct iom_inode *n, *next;

	for (n = iom_itree_first(&ioas->reserved, 0, UINT64_MAX); n; n = next) {
		struct emu_reserved *r = iom_container_of(n, struct emu_reserved, node);

		next = iom_itree_next(n, 0, UINT64_MAX);
		if (r->owner == owner)
			free_reserved(ioas, r);
	}
}

/* ---- alignment and domains ---- */

static int check_alignment(const struct emu_ioas *ioas, uint64_t alignment)
{
	uint64_t mask = alignment - 1;
	struct emu_area *a;

	for (a = emu_area_first(ioas, 0, UINT64_MAX); a; a = emu_area_next(a, 0, UINT64_MAX))
		if ((a->node.start & mask) || ((a->node.last + 1) & mask) ||
		    (a->start_byte & (EMU_PAGE - 1) & mask))
			return -EADDRINUSE;
	return 0;
}

static uint64_t smallest_page(const struct emu_hwpt *hwpt)
{
	return hwpt->pgsizes & -hwpt->pgsizes;
}

int emu_pt_update_alignment(struct emu_ioas *ioas)
{
	uint64_t alignment = ioas->no_large_pages ? EMU_PAGE : 1;
	const struct emu_access *acc;
	const struct emu_hwpt *h;
	int rc;

	for (h = ioas->hwpts; h; h = h->next)
		if (smallest_page(h) > alignment)
			alignment = smallest_page(h);
	for (acc = ioas->accesses; acc; acc = acc->next)
		if (acc->alignment > alignment)
			alignment = acc->alignment;
	if (alignment > ioas->alignment) {
		rc = check_alignment(ioas, alignment);
		if (rc)
			return rc;
	}
	ioas->alignment = alignment;
	return 0;
}

/* Nobody follows the areas any more: what only domains held is given back. */
static void unpin_all(struct emu_ioas *ioas)
{
	struct emu_area *a;

	for (a = emu_area_first(ioas, 0, UINT64_MAX); a; a = emu_area_next(a, 0, UINT64_MAX))
		emu_pages_unaccount(ioas->ctx->emu, a->pages);
}

/* The first domain pins everything; later ones find it pinned. */
static int fill_domain(struct emu_ioas *ioas, const struct emu_hwpt *hwpt)
{
	bool first = !ioas->domains++;
	struct emu_area *a = NULL;
	int rc = 0;

	if (first || hwpt->force_writeable)
		a = emu_area_first(ioas, 0, UINT64_MAX);
	for (; a && !rc; a = emu_area_next(a, 0, UINT64_MAX))
		rc = first ? pin_area(a, hwpt) : refuses(hwpt, a) ? -EINVAL : 0;
	if (!rc)
		return 0;
	ioas->domains--;
	if (first)
		unpin_all(ioas);
	return rc;
}

static int reserve_aperture(struct emu_ioas *ioas, const struct emu_hwpt *h)
{
	char name[32];
	int rc = 0;

	snprintf(name, sizeof(name), "hwpt %u", h->obj.id);
	if (h->aperture_start)
		rc = emu_pt_reserve(ioas, 0, h->aperture_start - 1, h, "aperture", name);
	if (!rc && h->aperture_last != UINT64_MAX)
		rc = emu_pt_reserve(ioas, h->aperture_last + 1, UINT64_MAX, h, "aperture", name);
	return rc;
}

int emu_pt_add_domain(struct emu_ioas *ioas, struct emu_hwpt *hwpt)
{
	uint64_t alignment = smallest_page(hwpt);
	struct emu_hwpt **tail;
	int rc;

	if (alignment < ioas->alignment)
		alignment = ioas->alignment;
	if (alignment > EMU_PAGE)
		return -EINVAL;
	if (alignment != ioas->alignment) {
		rc = check_alignment(ioas, alignment);
		if (rc)
			return rc;
	}
	rc = reserve_aperture(ioas, hwpt);
	if (!rc)
		rc = fill_domain(ioas, hwpt);
	if (rc) {
		emu_pt_unreserve(ioas, hwpt);
		return rc;
	}
	ioas->alignment = alignment;
	hwpt->slot = ioas->domains - 1;
	for (tail = &ioas->hwpts; *tail; tail = &(*tail)->next)
		;
	*tail = hwpt;
	return 0;
}

void emu_pt_remove_domain(struct emu_ioas *ioas, struct emu_hwpt *hwpt)
{
	struct emu_hwpt **p, *h;
	int rc;

	for (p = &ioas->hwpts; *p != hwpt; p = &(*p)->next)
		;
	*p = hwpt->next;
	if (!--ioas->domains)
		unpin_all(ioas);
	/* the last slot moves into the hole */
	for (h = ioas->hwpts; h; h = h->next)
		if (h->slot == ioas->domains)
			h->slot = hwpt->slot;
	emu_pt_unreserve(ioas, hwpt);
	rc = emu_pt_update_alignment(ioas);
	(void)rc; /* can only have become smaller */
}
