/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused maps, copies, unmaps and lists of allowed IOVAs. */
#include "causes.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define RANGES_MAX 4096 /* entries of an allowed list that are looked at */
#define HUGE_ALIGN (2ULL << 20) /* the kernel aligns an IOVA it chooses to no more than this */

static uint64_t page_size(void)
{
	long n = sysconf(_SC_PAGESIZE);

	return n > 0 ? (uint64_t)n : 4096;
}

/* ---- numbers ---- */

bool cause_iova_max(struct iom_case *c)
{
	static const char *const names[] = { "iova", "src_iova", "dst_iova" };

	for (size_t i = 0; i < IOM_ARRAY_SIZE(names); i++)
		if (look_get(c, names[i]) == UINT64_MAX)
			return look_holds(c, names[i],
					  "%s is 0x%" PRIx64 ", the one address that "
					  "cannot be used",
					  names[i], UINT64_MAX);
	return false;
}

bool cause_length_max(struct iom_case *c)
{
	if (look_get(c, "length") != UINT64_MAX)
		return false;
	return look_holds(c, "length", "length is 0x%" PRIx64 ", more than an address space holds",
			  UINT64_MAX);
}

static bool wraps(struct iom_case *c, const char *start_name)
{
	uint64_t start = look_get(c, start_name), length = look_get(c, "length"), last;

	if (!length || !__builtin_add_overflow(start, length - 1, &last))
		return false;
	return look_holds(c, "length",
			  "%s 0x%" PRIx64 " + length 0x%" PRIx64 " goes past the end of 64 bits",
			  start_name, start, length);
}

bool cause_iova_wraps(struct iom_case *c)
{
	struct look_want w;

	/* An address that the kernel chooses is not read. */
	if (look_want(c, &w) && !w.fixed)
		return false;
	return wraps(c, look_is(c, "IOMMU_IOAS_COPY") ? "dst_iova" : "iova");
}

bool cause_src_wraps(struct iom_case *c)
{
	return wraps(c, "src_iova");
}

bool cause_start_wraps(struct iom_case *c)
{
	return wraps(c, "start");
}

bool cause_user_va_wraps(struct iom_case *c)
{
	uint64_t va = look_get(c, "user_va"), length = look_get(c, "length"), end;

	/* Here the byte behind the last one counts too. */
	if (!__builtin_add_overflow(va, length, &end))
		return false;
	return look_holds(c, "user_va",
			  "user_va 0x%" PRIx64 " + length 0x%" PRIx64
			  " goes past the end of 64 bits",
			  va, length);
}

bool cause_length_half(struct iom_case *c)
{
	struct look_want w;

	if (!look_want(c, &w) || w.fixed || w.length < UINT64_MAX / 2)
		return false;
	return look_holds(c, "length",
			  "length 0x%" PRIx64 " is too long for an iova that the kernel "
			  "is to choose",
			  w.length);
}

bool cause_length_huge(struct iom_case *c)
{
	uint64_t length = look_get(c, "length");

	if (length <= UINT64_MAX - page_size())
		return false;
	return look_holds(c, "length", "length 0x%" PRIx64 " leaves no room to round to pages",
			  length);
}

bool cause_length_zero(struct iom_case *c)
{
	if (look_get(c, "length"))
		return false;
	return look_holds(c, "length", "length is 0");
}

bool cause_no_access(struct iom_case *c)
{
	if (look_get(c, "flags") & (IOM_IOAS_MAP_READABLE | IOM_IOAS_MAP_WRITEABLE))
		return false;
	return look_holds(c, "flags", "flags say neither readable nor writeable");
}

/* ---- alignment ---- */

static bool unaligned(struct iom_case *c, const char *name, uint64_t v, uint64_t align)
{
	if (!(v & (align - 1)))
		return false;
	return look_holds(c, name,
			  "%s 0x%" PRIx64 " is not a multiple of 0x%" PRIx64
			  ", the alignment of this ioas",
			  name, v, align);
}

bool cause_length_unaligned(struct iom_case *c)
{
	_look_ranges_ struct look_ranges r = { 0 };
	struct look_want w;

	return look_want(c, &w) && look_ranges(c, w.ioas, &r) &&
	       unaligned(c, "length", w.length, r.align);
}

bool cause_iova_unaligned(struct iom_case *c)
{
	_look_ranges_ struct look_ranges r = { 0 };
	struct look_want w;

	return look_want(c, &w) && w.fixed && look_ranges(c, w.ioas, &r) &&
	       unaligned(c, w.iova_name, w.iova, r.align);
}

bool cause_user_va_unaligned(struct iom_case *c)
{
	_look_ranges_ struct look_ranges r = { 0 };
	struct look_want w;

	if (!look_want(c, &w) || !look_ranges(c, w.ioas, &r) || r.align <= 1)
		return false;
	if (!w.va_known)
		return look_blind(c);
	return unaligned(c, w.va_name, w.va, r.align);
}

/* ---- what may be mapped at all ---- */

enum hole_kind { HOLE_APERTURE, HOLE_RESERVED, HOLE_UNNAMED };

static bool hole_holds(struct iom_case *c, enum hole_kind want)
{
	_look_ranges_ struct look_ranges r = { 0 };
	char where[64], ranges[160];
	struct look_hole h;
	struct look_want w;
	enum hole_kind is;

	if (!look_want(c, &w) || !w.fixed || !w.length || w.wraps ||
	    !look_hole(c, w.ioas, w.iova, w.last, &h))
		return false;
	is = !h.kind[0]			   ? HOLE_UNNAMED
	     : !strcmp(h.kind, "aperture") ? HOLE_APERTURE
					   : HOLE_RESERVED;
	if (is != want)
		return false;
	if (h.at == w.iova)
		snprintf(where, sizeof(where), "%s 0x%" PRIx64 " lies in", w.iova_name, w.iova);
	else
		snprintf(where, sizeof(where), "0x%" PRIx64 "-0x%" PRIx64 " reaches into", w.iova,
			 w.last);
	if (is == HOLE_RESERVED)
		return look_holds(c, w.iova_name,
				  "%s reserved region 0x%" PRIx64 "-0x%" PRIx64 " (%s)%s%s",
				  where, h.start, h.last, h.kind, h.owner[0] ? " of " : "", h.owner);
	look_ranges(c, w.ioas, &r);
	look_ranges_text(&r, ranges, sizeof(ranges));
	if (is == HOLE_APERTURE)
		return look_holds(c, w.iova_name,
				  "%s 0x%" PRIx64 "-0x%" PRIx64 ", outside the "
				  "aperture%s%s; usable: %s",
				  where, h.start, h.last, h.owner[0] ? " of " : "", h.owner,
				  ranges);
	return look_holds(c, w.iova_name,
			  "%s 0x%" PRIx64 "-0x%" PRIx64 ", which this ioas cannot "
			  "map; usable: %s",
			  where, h.start, h.last, ranges);
}

bool cause_iova_aperture(struct iom_case *c)
{
	return hole_holds(c, HOLE_APERTURE);
}

bool cause_iova_reserved(struct iom_case *c)
{
	return hole_holds(c, HOLE_RESERVED);
}

bool cause_iova_unusable(struct iom_case *c)
{
	return hole_holds(c, HOLE_UNNAMED);
}

bool cause_iova_mapped(struct iom_case *c)
{
	struct iom_area *a;
	struct look_want w;
	char text[96];

	if (!look_want(c, &w) || !w.fixed || !w.length || w.wraps)
		return false;
	a = iom_ctx_area(c->ctx, w.ioas, w.iova, w.last);
	if (!a)
		return look_blind(c);
	return look_holds(c, w.iova_name, "0x%" PRIx64 "-0x%" PRIx64 " overlaps %s", w.iova, w.last,
			  look_area_text(a, text, sizeof(text)));
}

/* ---- room for an address that the kernel chooses ---- */

struct room {
	uint64_t length, align, offset; /* what is asked for */
	uint64_t largest, at; /* largest free gap */
	bool fits;
};

static void room_gap(struct room *r, uint64_t start, uint64_t last)
{
	uint64_t aligned;

	/* The kernel never hands out the first and the last page. */
	if (start < page_size())
		start = page_size();
	if (last > UINT64_MAX - page_size())
		last = UINT64_MAX - page_size();
	if (start > last)
		return;
	if (last - start >= r->largest) {
		r->largest = last - start + 1;
		r->at = start;
	}
	if (__builtin_add_overflow(start, r->align - 1, &aligned))
		return;
	aligned = (aligned & ~(r->align - 1)) | r->offset;
	if (aligned < last && last - aligned >= r->length - 1)
		r->fits = true;
}

/* The part of a usable range that is not mapped, gap by gap. */
static void room_range(const struct iom_ctx *ctx, uint32_t ioas, struct room *r, uint64_t start,
		       uint64_t last)
{
	struct iom_area *a = iom_ctx_area(ctx, ioas, start, last);
	uint64_t at = start;

	for (; a; a = iom_ctx_area_next(a, start, last)) {
		if (a->node.start > at)
			room_gap(r, at, a->node.start - 1);
		if (a->node.last >= last)
			return;
		at = a->node.last + 1;
	}
	room_gap(r, at, last);
}

static void room_allowed(const struct iom_ctx *ctx, const struct iom_object *o, struct room *r,
			 uint64_t start, uint64_t last)
{
	if (!o->n_allowed) {
		room_range(ctx, o->id, r, start, last);
		return;
	}
	for (unsigned int i = 0; i < o->n_allowed; i++) {
		uint64_t s = o->allowed[i].start > start ? o->allowed[i].start : start;
		uint64_t l = o->allowed[i].last < last ? o->allowed[i].last : last;

		if (s <= l)
			room_range(ctx, o->id, r, s, l);
	}
}

/* As the kernel aligns: to the length, but not more than the memory itself is aligned. */
static uint64_t chosen_alignment(const struct look_want *w)
{
	uint64_t align = 1;

	while (align < w->length && align < HUGE_ALIGN)
		align <<= 1;
	while (w->va & (align - 1))
		align >>= 1;
	return align;
}

bool cause_no_room(struct iom_case *c)
{
	_look_ranges_ struct look_ranges r = { 0 };
	const struct iom_object *o;
	struct look_want w;
	struct room room;

	if (!look_want(c, &w) || w.fixed || !w.length)
		return false;
	o = look_object(c, w.ioas);
	if (!o || c->ctx->inherited || !w.va_known || !look_ranges(c, w.ioas, &r))
		return look_blind(c);
	room = (struct room){ .length = w.length,
			      .align = chosen_alignment(&w),
			      .offset = w.va % page_size() };
	for (uint32_t i = 0; i < r.n; i++)
		room_allowed(c->ctx, o, &room, r.r[i].start, r.r[i].last);
	if (room.fits)
		return look_blind(c);
	if (!room.largest)
		return look_holds(c, "length", "no iova of ioas %u is free%s", o->id,
				  o->n_allowed ? " in its allowed ranges" : "");
	if (room.largest < w.length)
		return look_holds(c, "length",
				  "%" PRIu64 " bytes are asked for, the largest free "
				  "gap%s has %" PRIu64 " (from 0x%" PRIx64 ")",
				  w.length, o->n_allowed ? " in the allowed ranges" : "",
				  room.largest, room.at);
	return look_holds(c, "length",
			  "no free gap has %" PRIu64 " bytes from a multiple of 0x%" PRIx64
			  "; the largest has %" PRIu64 " (from 0x%" PRIx64 ")",
			  w.length, room.align, room.largest, room.at);
}

/* ---- the memory or file behind a map ---- */

static bool map_span(struct iom_case *c, enum look_span want, struct look_vma *v)
{
	bool writes = look_get(c, "flags") & IOM_IOAS_MAP_WRITEABLE;
	enum look_span is = look_span(look_get(c, "user_va"), look_get(c, "length"), writes, v);

	if (is == LOOK_NO_MAPS)
		return look_blind(c);
	return is == want;
}

bool cause_user_va_unmapped(struct iom_case *c)
{
	struct look_vma v;

	if (!map_span(c, LOOK_UNMAPPED, &v))
		return false;
	return look_holds(c, "user_va",
			  "no memory is mapped at 0x%" PRIx64 " of this process "
			  "(user_va 0x%" PRIx64 ", length 0x%" PRIx64 ")",
			  v.start, look_get(c, "user_va"), look_get(c, "length"));
}

bool cause_user_va_no_right(struct iom_case *c)
{
	struct look_vma v;

	if (!map_span(c, LOOK_NO_RIGHT, &v))
		return false;
	return look_holds(c, "user_va",
			  "the memory at 0x%" PRIx64 "-0x%" PRIx64 " has rights %s%s%s, "
			  "the mapping is to be %s",
			  v.start, v.end - 1, v.perms, v.path[0] ? ": " : "", v.path,
			  look_get(c, "flags") & IOM_IOAS_MAP_WRITEABLE ? "writeable" : "readable");
}

/* Calls test for each mapping of this process that user_va reaches; true when it does. */
static bool any_vma(struct iom_case *c, bool (*test)(struct iom_case *c, const struct look_vma *v))
{
	uint64_t at = look_get(c, "user_va"), end = at + look_get(c, "length");
	struct look_vma v;

	while (at < end && look_vma_at(at, &v)) {
		if (test(c, &v))
			return true;
		at = v.end;
	}
	return false;
}

static bool is_device_vma(struct iom_case *c, const struct look_vma *v)
{
	char vfio[256];

	if (!look_vma_flag(v, "pf") && !look_vma_flag(v, "io"))
		return false;
	return look_holds(c, "user_va",
			  "0x%" PRIx64 "-0x%" PRIx64 " is device memory (%s), which has "
			  "no pages to pin",
			  v->start, v->end - 1,
			  look_vma_vfio(c->sysroot, v, vfio, sizeof(vfio)) ? vfio
			  : v->path[0]					   ? v->path
									   : "no name");
}

bool cause_user_va_device(struct iom_case *c)
{
	return any_vma(c, is_device_vma);
}

static bool is_past_file(struct iom_case *c, const struct look_vma *v)
{
	uint64_t pages, reach;
	struct stat st;

	if (v->path[0] != '/' || stat(v->path, &st) || !S_ISREG(st.st_mode))
		return false;
	pages = ((uint64_t)st.st_size + page_size() - 1) & ~(page_size() - 1);
	reach = look_get(c, "user_va") + look_get(c, "length");
	if (reach > v->end)
		reach = v->end;
	if (v->offset + (reach - v->start) <= pages)
		return false;
	return look_holds(c, "length",
			  "user_va reaches past the end of %s, which has %" PRIu64 " bytes",
			  v->path, (uint64_t)st.st_size);
}

bool cause_user_va_past_file(struct iom_case *c)
{
	return any_vma(c, is_past_file);
}

static bool is_tracked_file(struct iom_case *c, const struct look_vma *v)
{
	struct statfs fs;

	if (v->path[0] != '/' || v->perms[3] != 's' || statfs(v->path, &fs))
		return false;
	if (fs.f_type == TMPFS_MAGIC || fs.f_type == HUGETLBFS_MAGIC)
		return false;
	return look_holds(c, "user_va",
			  "0x%" PRIx64 "-0x%" PRIx64 " is a shared mapping of %s, which "
			  "is not on tmpfs or hugetlbfs",
			  v->start, v->end - 1, v->path);
}

bool cause_user_va_shared_file(struct iom_case *c)
{
	return look_get(c, "flags") & IOM_IOAS_MAP_WRITEABLE && any_vma(c, is_tracked_file);
}

bool cause_fd_not_open(struct iom_case *c)
{
	int fd = (int)look_get(c, "fd");

	if (fcntl(fd, F_GETFD) >= 0)
		return false;
	return look_holds(c, "fd", "fd %d is not open in this process", fd);
}

bool cause_file_wrong_kind(struct iom_case *c)
{
	int fd = (int)look_get(c, "fd");
	struct statfs fs;
	char name[128];

	if (cause_is_dmabuf(fd) || fstatfs(fd, &fs))
		return false;
	if (fs.f_type == TMPFS_MAGIC || fs.f_type == HUGETLBFS_MAGIC)
		return false;
	look_fd_name(fd, name, sizeof(name));
	return look_holds(c, "fd",
			  "fd %d (%s) is neither on tmpfs (memfd) nor on hugetlbfs nor a "
			  "dma-buf",
			  fd, name);
}

bool cause_past_file(struct iom_case *c)
{
	uint64_t start = look_get(c, "start"), length = look_get(c, "length"), end;
	struct stat st;

	if (fstat((int)look_get(c, "fd"), &st) || __builtin_add_overflow(start, length, &end))
		return false;
	/* A file is pinned by whole pages of which the last one may be partly filled. */
	if (st.st_size <= 0 || end - 1 < (uint64_t)st.st_size)
		return false;
	return look_holds(c, "length",
			  "start 0x%" PRIx64 " + length 0x%" PRIx64 " is past the end of "
			  "the file, which has %" PRIu64 " bytes",
			  start, length, (uint64_t)st.st_size);
}

/* ---- copy ---- */

bool cause_src_object(struct iom_case *c)
{
	return cause_id_is_wrong(c, "src_ioas_id", look_id(c, "src_ioas_id"), IOM_OBJ_IOAS);
}

bool cause_src_gap(struct iom_case *c)
{
	uint64_t start = look_get(c, "src_iova"), length = look_get(c, "length"), last, at,
		 gap_last;
	uint32_t src = look_id(c, "src_ioas_id");

	if (!length || __builtin_add_overflow(start, length - 1, &last) || !look_object(c, src) ||
	    !look_gap(c, src, start, last, &at, &gap_last))
		return false;
	return look_holds(c, "src_iova",
			  "nothing is mapped at 0x%" PRIx64 "-0x%" PRIx64 " of the "
			  "source ioas %u",
			  at, gap_last, src);
}

bool cause_src_not_writeable(struct iom_case *c)
{
	uint64_t start = look_get(c, "src_iova"), last = start + look_get(c, "length") - 1;
	struct iom_area *a = iom_ctx_area(c->ctx, look_id(c, "src_ioas_id"), start, last);
	char text[96];

	if (!(look_get(c, "flags") & IOM_IOAS_MAP_WRITEABLE))
		return false;
	for (; a; a = iom_ctx_area_next(a, start, last))
		if (!(a->prot & 2))
			return look_holds(c, "flags", "flags say writeable, but %s is not",
					  look_area_text(a, text, sizeof(text)));
	return look_blind(c);
}

/* ---- unmap ---- */

bool cause_unmap_splits(struct iom_case *c)
{
	uint64_t start = look_get(c, "iova"), length = look_get(c, "length"), last;
	struct iom_area *a;
	bool gone = false;
	char text[96];

	if (!length || __builtin_add_overflow(start, length - 1, &last))
		return false;
	a = iom_ctx_area(c->ctx, look_id(c, "ioas_id"), start, last);
	for (; a; a = iom_ctx_area_next(a, start, last)) {
		/* The kernel goes from mapping to mapping and does not bring the first ones back. */
		if (a->node.start >= start && a->node.last <= last) {
			gone = true;
			continue;
		}
		return look_holds(c, a->node.start < start ? "iova" : "length",
				  "0x%" PRIx64 "-0x%" PRIx64 " would split %s%s", start, last,
				  look_area_text(a, text, sizeof(text)),
				  gone ? "; the whole mappings below it are gone" : "");
	}
	return false;
}

bool cause_nothing_mapped(struct iom_case *c)
{
	uint64_t start = look_get(c, "iova"), length = look_get(c, "length"), last;
	uint32_t ioas = look_id(c, "ioas_id");
	const struct iom_object *o = look_object(c, ioas);

	if (!length || __builtin_add_overflow(start, length - 1, &last) || !o ||
	    o->type != IOM_OBJ_IOAS)
		return false;
	if (iom_ctx_area(c->ctx, ioas, start, last))
		return false;
	if (c->ctx->inherited)
		return look_blind(c);
	return look_holds(c, "iova", "nothing is mapped in 0x%" PRIx64 "-0x%" PRIx64 " of ioas %u",
			  start, last, ioas);
}

bool cause_area_pinned(struct iom_case *c)
{
	uint64_t start = look_get(c, "iova"), length = look_get(c, "length"), last;
	uint32_t ioas = look_id(c, "ioas_id");

	if (!length || __builtin_add_overflow(start, length - 1, &last))
		last = UINT64_MAX; /* 0 with all ones stands for everything */
	for (uint32_t i = 0; i < c->ctx->n_objects; i++) {
		const struct iom_object *q = c->ctx->objects[i], *o;
		struct iom_area *a;

		if (!q || q->type != IOM_OBJ_HW_QUEUE)
			continue;
		o = iom_ctx_ioas_of(c->ctx, q->id);
		if (!o || o->id != ioas)
			continue;
		a = iom_ctx_area(c->ctx, ioas, q->first, q->last);
		for (; a; a = iom_ctx_area_next(a, q->first, q->last))
			if (a->node.start <= last && start <= a->node.last)
				return look_holds(c, "iova",
						  "hw-queue %u lies at 0x%" PRIx64 "-0x%" PRIx64
						  " of ioas %u and keeps it pinned",
						  q->id, q->first, q->last, ioas);
	}
	return c->ctx->inherited ? look_blind(c) : false;
}

/* ---- allowed IOVAs ---- */

/* Reads the caller's array through the kernel; NULL when it is not readable. */
static struct iom_iova_range *sent_ranges(const struct iom_case *c, uint32_t *n)
{
	struct iom_iova_range *r;

	*n = look_id(c, "num_iovas");
	if (!*n || *n > RANGES_MAX)
		return NULL;
	r = calloc(*n, sizeof(*r));
	if (r && look_memory(look_get(c, "allowed_iovas"), r, *n * sizeof(*r)))
		return r;
	free(r);
	return NULL;
}

bool cause_allow_backwards(struct iom_case *c)
{
	uint32_t n;
	_iom_free_ struct iom_iova_range *r = sent_ranges(c, &n);

	for (uint32_t i = 0; r && i < n; i++)
		if (r[i].start >= r[i].last)
			return look_holds(c, "allowed_iovas",
					  "range %u, 0x%" PRIx64 "-0x%" PRIx64
					  ", does not end after its start",
					  i, r[i].start, r[i].last);
	return false;
}

bool cause_allow_overlap(struct iom_case *c)
{
	uint32_t n;
	_iom_free_ struct iom_iova_range *r = sent_ranges(c, &n);

	for (uint32_t i = 0; r && i < n; i++)
		for (uint32_t j = 0; j < i; j++)
			if (r[i].start <= r[j].last && r[j].start <= r[i].last)
				return look_holds(c, "allowed_iovas",
						  "ranges %u and %u overlap: 0x%" PRIx64
						  "-0x%" PRIx64 " and 0x%" PRIx64 "-0x%" PRIx64,
						  j, i, r[j].start, r[j].last, r[i].start,
						  r[i].last);
	return false;
}

bool cause_allow_reserved(struct iom_case *c)
{
	uint32_t n;
	_iom_free_ struct iom_iova_range *r = sent_ranges(c, &n);
	struct look_hole h;
	bool reserved;

	for (uint32_t i = 0; r && i < n; i++) {
		if (!look_hole(c, look_id(c, "ioas_id"), r[i].start, r[i].last, &h))
			continue;
		reserved = h.kind[0] && strcmp(h.kind, "aperture");
		return look_holds(c, "allowed_iovas",
				  "range 0x%" PRIx64 "-0x%" PRIx64 " meets %s 0x%" PRIx64
				  "-0x%" PRIx64 "%s%s%s",
				  r[i].start, r[i].last,
				  reserved ? "reserved region" : "what this ioas cannot map,",
				  h.start, h.last, h.kind[0] ? " (" : "", h.kind,
				  h.kind[0] ? ")" : "");
	}
	return r ? false : look_blind(c);
}
