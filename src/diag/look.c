/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking at a refused call: its members, the context's book, the usable ranges. */
#include "look.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "iommuctl/host.h"

#define RANGES_MAX 65536 /* entries; an IOAS has a handful */

bool look_holds(struct iom_case *c, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->err->fact, sizeof(c->err->fact), fmt, ap);
	va_end(ap);
	if (field)
		c->err->field = field;
	return true;
}

bool look_blind(struct iom_case *c)
{
	c->unknown = true;
	return false;
}

uint64_t look_get(const struct iom_case *c, const char *name)
{
	const struct iom_field *f = iom_field_find(c->call->fields, name);

	return f ? iom_field_get(f, c->arg, 0) : 0;
}

uint32_t look_id(const struct iom_case *c, const char *name)
{
	return (uint32_t)look_get(c, name);
}

bool look_is(const struct iom_case *c, const char *call)
{
	return !strcmp(c->call->name, call);
}

int look_issue(struct iom_case *c, const char *name, void *arg)
{
	const struct iom_call *call = iom_call_find(name, NULL);
	void (*trace)(struct iom_ctx * ctx, enum iom_phase phase, const struct iom_call *call,
		      int fd, const void *arg, int rc) = c->ctx->trace;
	struct iom_err scratch = { 0 };
	int rc;

	/* A context that is not open, or is only rehearsing, has nothing to tell. */
	if (!call || c->ctx->dry_run || c->ctx->fd < 0)
		return -ENOTCONN;
	c->ctx->trace = NULL;
	rc = iom_issue(c->ctx, call, -1, arg, NULL, &scratch);
	c->ctx->trace = trace;
	return rc;
}

bool look_want(const struct iom_case *c, struct look_want *w)
{
	struct iom_area *src;

	*w = (struct look_want){ .ioas_name = "ioas_id", .iova_name = "iova" };
	if (look_is(c, "IOMMU_IOAS_MAP")) {
		w->va = look_get(c, w->va_name = "user_va");
		w->va_known = true;
	} else if (look_is(c, "IOMMU_IOAS_MAP_FILE")) {
		w->va = look_get(c, w->va_name = "start");
		w->va_known = true;
	} else if (look_is(c, "IOMMU_IOAS_COPY")) {
		uint64_t iova = look_get(c, "src_iova");

		w->ioas_name = "dst_ioas_id";
		w->iova_name = "dst_iova";
		w->va_name = "src_iova";
		src = iom_ctx_area(c->ctx, look_id(c, "src_ioas_id"), iova, iova);
		if (src && src->user_va) {
			w->va = src->user_va + (iova - src->node.start);
			w->va_known = true;
		}
	} else {
		return false;
	}
	w->ioas = look_id(c, w->ioas_name);
	w->iova = look_get(c, w->iova_name);
	w->length = look_get(c, "length");
	w->fixed = look_get(c, "flags") & IOM_IOAS_MAP_FIXED_IOVA;
	if (w->length)
		w->wraps = __builtin_add_overflow(w->iova, w->length - 1, &w->last);
	return true;
}

bool look_ranges(struct iom_case *c, uint32_t ioas, struct look_ranges *out)
{
	uint32_t room = 64;

	*out = (struct look_ranges){ 0 };
	for (;;) {
		struct iom_ioas_iova_ranges arg = {
			.size = sizeof(arg),
			.ioas_id = ioas,
			.num_iovas = room,
		};
		int rc;

		out->r = calloc(room, sizeof(*out->r));
		if (!out->r)
			return look_blind(c);
		arg.allowed_iovas = (uintptr_t)out->r;
		rc = look_issue(c, "IOMMU_IOAS_IOVA_RANGES", &arg);
		if (rc == 0 && arg.num_iovas <= room) {
			out->n = arg.num_iovas;
			out->align = arg.out_iova_alignment ? arg.out_iova_alignment : 1;
			return true;
		}
		look_ranges_free(out);
		if (rc != -EMSGSIZE || arg.num_iovas <= room || arg.num_iovas > RANGES_MAX)
			return look_blind(c);
		room = arg.num_iovas;
	}
}

void look_ranges_free(struct look_ranges *r)
{
	free(r->r);
	*r = (struct look_ranges){ 0 };
}

void look_ranges_text(const struct look_ranges *r, char *buf, size_t len)
{
	size_t used = 0;

	snprintf(buf, len, "%s", r->n ? "" : "none");
	for (uint32_t i = 0; i < r->n && used < len; i++) {
		if (i == 4) {
			snprintf(buf + used, len - used, " and %u more", r->n - i);
			return;
		}
		used += (size_t)snprintf(buf + used, len - used, "%s0x%" PRIx64 "-0x%" PRIx64,
					 i ? ", " : "", r->r[i].start, r->r[i].last);
	}
}

struct name_walk {
	uint64_t start, last;
	struct look_hole *h;
};

static void name_hole(struct look_hole *h, uint64_t start, uint64_t last, const char *kind,
		      const char *owner)
{
	h->start = start;
	h->last = last;
	snprintf(h->kind, sizeof(h->kind), "%s", kind);
	snprintf(h->owner, sizeof(h->owner), "%s", owner);
}

static int match_region(const struct iom_region *r, void *arg)
{
	struct name_walk *w = arg;

	if (r->last < w->start || r->start > w->last)
		return 0;
	name_hole(w->h, r->start, r->last, r->kind, r->owner);
	return 1;
}

bool look_host_region(struct iom_case *c, long group, uint64_t start, uint64_t last,
		      struct look_hole *h)
{
	struct iom_host_group *groups;
	struct iom_err scratch = { 0 };
	size_t n, malformed;
	bool found = false;

	if (iom_host_groups(c->sysroot, &groups, &n, &malformed, &scratch))
		return false;
	for (size_t i = 0; i < n && !found; i++) {
		const struct iom_host_group *g = &groups[i];

		for (size_t j = 0; j < g->n_regions && !found; j++) {
			const struct iom_host_region *r = &g->regions[j];

			/* Relaxable ones are not kept out of an IOAS. */
			if ((group >= 0 && g->id != (uint32_t)group) || r->last < start ||
			    r->start > last || !strcmp(r->kind, "direct-relaxable"))
				continue;
			name_hole(h, r->start, r->last, r->kind, "");
			snprintf(h->owner, sizeof(h->owner), "group %u", g->id);
			found = true;
		}
	}
	iom_host_groups_free(groups, n);
	return found;
}

static bool on_ioas(const struct iom_ctx *ctx, const struct iom_object *o, uint32_t ioas)
{
	const struct iom_object *up = iom_ctx_ioas_of(ctx, o->id);

	return up && up->id == ioas;
}

/* Whether a device of the mock driver sits on the IOAS: then its aperture makes the hole. */
static bool mock_aperture(struct iom_case *c, uint32_t ioas, struct look_hole *h)
{
	for (uint32_t i = 0; i < c->ctx->n_objects; i++) {
		const struct iom_object *o = c->ctx->objects[i];

		if (!o || o->type != IOM_OBJ_SELFTEST || !on_ioas(c->ctx, o, ioas))
			continue;
		if (h->at >= IOM_MOCK_APERTURE_START && h->at <= IOM_MOCK_APERTURE_LAST)
			continue;
		name_hole(h, h->start, h->last, "aperture", "");
		snprintf(h->owner, sizeof(h->owner), "mock device %u", o->id);
		return true;
	}
	return false;
}

static void find_name(struct iom_case *c, uint32_t ioas, uint64_t last, struct look_hole *h)
{
	struct name_walk w = { h->at, last < h->last ? last : h->last, h };
	struct iom_backend *be = c->ctx->be;
	uint64_t start = h->start, end = h->last;

	if (be->regions && be->regions(be, c->ctx->fd, ioas, match_region, &w) == 1)
		return;
	for (const struct iom_mock_resv *r = c->ctx->resv; r; r = r->next)
		if (r->ioas == ioas && r->last >= w.start && r->start <= w.last) {
			name_hole(h, r->start, r->last, "mock", "");
			return;
		}
	if (mock_aperture(c, ioas, h))
		return;
	/* sysfs speaks of the real machine only, and a region of it must fit the hole. */
	if (strcmp(be->name, "kernel") || !look_host_region(c, -1, w.start, w.last, h))
		return;
	if (h->start >= start && h->last <= end)
		return;
	name_hole(h, start, end, "", "");
}

bool look_hole(struct iom_case *c, uint32_t ioas, uint64_t start, uint64_t last,
	       struct look_hole *h)
{
	_look_ranges_ struct look_ranges r = { 0 };
	uint64_t at = start, below = 0;

	if (!look_ranges(c, ioas, &r))
		return false;
	*h = (struct look_hole){ .last = UINT64_MAX };
	for (uint32_t i = 0; i < r.n; i++) {
		if (at >= r.r[i].start && at <= r.r[i].last) {
			if (last <= r.r[i].last)
				return false;
			at = r.r[i].last + 1;
		}
		if (r.r[i].start > at) {
			h->last = r.r[i].start - 1;
			break;
		}
		below = r.r[i].last + 1;
	}
	h->at = at;
	h->start = below;
	find_name(c, ioas, last, h);
	return true;
}

struct iom_object *look_object(struct iom_case *c, uint32_t id)
{
	struct iom_object *o = iom_ctx_object(c->ctx, id);

	if (!o && c->ctx->inherited)
		c->unknown = true;
	return o;
}

bool look_gap(struct iom_case *c, uint32_t ioas, uint64_t start, uint64_t last, uint64_t *at,
	      uint64_t *gap_last)
{
	struct iom_area *a = iom_ctx_area(c->ctx, ioas, start, last);

	/* Somebody else may have mapped there through the fd we were given. */
	if (c->ctx->inherited)
		return look_blind(c);
	for (; a && a->node.start <= start; a = iom_ctx_area_next(a, start, last)) {
		if (a->node.last >= last)
			return false;
		start = a->node.last + 1;
	}
	*at = start;
	*gap_last = a ? a->node.start - 1 : last;
	return true;
}

const char *look_area_text(const struct iom_area *a, char *buf, size_t len)
{
	int n = snprintf(buf, len, "the mapping 0x%" PRIx64 "-0x%" PRIx64, a->node.start,
			 a->node.last);

	if (a->line && n > 0 && (size_t)n < len)
		snprintf(buf + n, len - (size_t)n, " (made by line %u)", a->line);
	return buf;
}

struct iom_object *look_user_of_ioas(const struct iom_ctx *ctx, uint32_t ioas)
{
	for (uint32_t i = 0; i < ctx->n_objects; i++) {
		struct iom_object *o = ctx->objects[i];

		if (o && o->type != IOM_OBJ_IOAS && o->type != IOM_OBJ_ACCESS &&
		    on_ioas(ctx, o, ioas))
			return o;
	}
	return NULL;
}

struct iom_handle *look_device(const struct iom_case *c)
{
	struct iom_handle *only = NULL;

	if (c->fd >= 0)
		return iom_ctx_handle(c->ctx, c->fd);
	for (struct iom_handle *h = c->ctx->handles; h; h = h->next) {
		if (!h->name[0])
			continue;
		/* The newest one comes first: what is to be bound was just opened. */
		if (!h->id && look_is(c, "VFIO_DEVICE_BIND_IOMMUFD"))
			return h;
		if (only)
			return NULL;
		only = h;
	}
	return only;
}

long look_device_group(const struct iom_case *c, const char *node)
{
	const char *name = strrchr(node, '/');
	char path[PATH_MAX], target[PATH_MAX];
	uint64_t id;
	ssize_t n;

	if (c->ctx->be->group)
		return c->ctx->be->group(c->ctx->be, node);
	if (iom_path(c->sysroot, path, sizeof(path), "/sys/class/vfio-dev/%s/device/iommu_group",
		     name ? name + 1 : node))
		return -1;
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -1;
	target[n] = '\0';
	name = strrchr(target, '/');
	if (iom_parse_u64(name ? name + 1 : target, &id) || id > UINT32_MAX)
		return -1;
	return (long)id;
}
