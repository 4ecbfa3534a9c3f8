/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused options, destroys and changes of process. */
#include "causes.h"

#include <stdio.h>
#include <unistd.h>

#define CAP_SYS_RAWIO	 17
#define CAP_SYS_RESOURCE 24
#define MIB		 (UINT64_C(1) << 20)
#define CHAIN_MAX	 12U /* objects that a hint names */

static bool is_set(const struct iom_case *c)
{
	return look_get(c, "op") == IOM_OPTION_OP_SET;
}

static bool is_option(const struct iom_case *c, uint32_t option)
{
	return look_id(c, "option_id") == option;
}

static bool is_sw_msi(const struct iom_case *c)
{
	return is_option(c, IOM_OPTION_SW_MSI_START) || is_option(c, IOM_OPTION_SW_MSI_SIZE);
}

/* ---- any option ---- */

bool cause_option_unknown(struct iom_case *c)
{
	const struct iom_field *f = iom_field_find(c->call->fields, "option_id");
	uint32_t id = look_id(c, "option_id");
	const struct iom_value *v = f && f->values ? iom_value_of(f->values, id) : NULL;

	if (v && !v->unmerged)
		return false;
	if (v)
		return look_holds(c, "option_id",
				  "option %u (%s) is not known here; it is in no "
				  "released kernel, only in the patch series %s",
				  id, v->word, v->since ? v->since : "of its own");
	return look_holds(c, "option_id", "there is no option %u", id);
}

bool cause_option_op(struct iom_case *c)
{
	uint64_t op = look_get(c, "op");

	if (op <= IOM_OPTION_OP_GET)
		return false;
	return look_holds(c, "op", "op is %" PRIu64 ", neither set (0) nor get (1)", op);
}

bool cause_option_object(struct iom_case *c)
{
	uint32_t id = look_id(c, "object_id");

	if (is_option(c, IOM_OPTION_HUGE_PAGES))
		return cause_id_is_wrong(c, "object_id", id, IOM_OBJ_IOAS);
	return is_sw_msi(c) && cause_id_is_wrong(c, "object_id", id, IOM_OBJ_DEVICE);
}

bool cause_option_value(struct iom_case *c)
{
	uint64_t v = look_get(c, "val64");

	if (is_sw_msi(c) || !is_set(c) || v <= 1)
		return false;
	return look_holds(c, "val64", "the value is %" PRIu64 ", only 0 and 1 are taken", v);
}

/* ---- rlimit-mode ---- */

bool cause_rlimit_object(struct iom_case *c)
{
	uint32_t id = look_id(c, "object_id");

	if (!is_option(c, IOM_OPTION_RLIMIT_MODE) || !id)
		return false;
	return look_holds(c, "object_id", "rlimit-mode is of the whole context, object_id is %u",
			  id);
}

bool cause_rlimit_capability(struct iom_case *c)
{
	int cap = look_cap(c, CAP_SYS_RESOURCE);

	if (!is_option(c, IOM_OPTION_RLIMIT_MODE) || !is_set(c))
		return false;
	if (cap < 0)
		return look_blind(c);
	if (cap)
		return false;
	return look_holds(c, "op", "the process has no CAP_SYS_RESOURCE");
}

bool cause_rlimit_late(struct iom_case *c)
{
	unsigned int more = 0;
	const struct iom_object *first = NULL;

	if (!is_option(c, IOM_OPTION_RLIMIT_MODE))
		return false;
	for (uint32_t i = 0; i < c->ctx->n_objects; i++) {
		if (!c->ctx->objects[i])
			continue;
		if (first)
			more++;
		else
			first = c->ctx->objects[i];
	}
	if (!first)
		return look_blind(c);
	if (more)
		return look_holds(c, "op", "the context has %s %u and %u more object%s",
				  iom_obj_name(first->type), first->id, more, more > 1 ? "s" : "");
	return look_holds(c, "op", "the context has %s %u already", iom_obj_name(first->type),
			  first->id);
}

/* ---- huge-pages ---- */

static struct iom_area *first_area(const struct iom_case *c, uint32_t ioas)
{
	return iom_ctx_area(c->ctx, ioas, 0, UINT64_MAX);
}

bool cause_huge_mapped(struct iom_case *c)
{
	uint32_t id = look_id(c, "object_id");
	const struct iom_object *user;
	struct iom_area *a;
	char text[96];

	if (!is_option(c, IOM_OPTION_HUGE_PAGES) || !is_set(c) || look_get(c, "val64"))
		return false;
	user = look_user_of_ioas(c->ctx, id);
	a = first_area(c, id);
	if (!user || !a)
		return c->ctx->inherited ? look_blind(c) : false;
	return look_holds(c, "val64", "%s %u is on ioas %u, which holds %s",
			  iom_obj_name(user->type), user->id, id,
			  look_area_text(a, text, sizeof(text)));
}

/* A mapping of the IOAS whose iova, length or memory is not aligned, or NULL. */
static struct iom_area *unaligned_area(const struct iom_case *c, uint32_t ioas, uint64_t align)
{
	struct iom_area *a = first_area(c, ioas);

	for (; a; a = iom_ctx_area_next(a, 0, UINT64_MAX))
		if ((a->node.start | (a->node.last + 1) | a->user_va) & (align - 1))
			return a;
	return NULL;
}

bool cause_areas_unaligned(struct iom_case *c, uint32_t ioas, uint64_t align, const char *field)
{
	struct iom_area *a = unaligned_area(c, ioas, align);
	char text[96];

	if (!a)
		return c->ctx->inherited ? look_blind(c) : false;
	return look_holds(c, field,
			  "%s of ioas %u is not aligned to 0x%" PRIx64 " (its memory is at "
			  "0x%" PRIx64 ")",
			  look_area_text(a, text, sizeof(text)), ioas, align, a->user_va);
}

bool cause_huge_unaligned(struct iom_case *c)
{
	long page = sysconf(_SC_PAGESIZE);

	if (!is_option(c, IOM_OPTION_HUGE_PAGES) || !is_set(c) || page <= 0)
		return false;
	return cause_areas_unaligned(c, look_id(c, "object_id"), (uint64_t)page, "val64");
}

/* ---- sw-msi ---- */

/* Another option of the same device, as the kernel has it now. */
static bool other_option(struct iom_case *c, uint32_t option, uint64_t *v)
{
	struct iom_option arg = {
		.size = sizeof(arg),
		.option_id = option,
		.op = IOM_OPTION_OP_GET,
		.object_id = look_id(c, "object_id"),
	};

	if (look_issue(c, "IOMMU_OPTION", &arg) != 0)
		return look_blind(c);
	*v = arg.val64;
	return true;
}

bool cause_sw_msi_attached(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "object_id"));

	if (!is_sw_msi(c) || !o)
		return false;
	if (!o->hwpt)
		return c->ctx->inherited ? look_blind(c) : false;
	return look_holds(c, "object_id", "device %u is attached to hwpt %u", o->id, o->hwpt);
}

bool cause_sw_msi_huge(struct iom_case *c)
{
	uint64_t v = look_get(c, "val64");

	if (!is_option(c, IOM_OPTION_SW_MSI_SIZE) || v <= UINT64_MAX / MIB)
		return false;
	return look_holds(c, "val64", "size is %" PRIu64 " MiB, more than 64 bits of bytes", v);
}

bool cause_sw_msi_unaligned(struct iom_case *c)
{
	uint64_t v = look_get(c, "val64");

	if (!is_option(c, IOM_OPTION_SW_MSI_START) || !is_set(c) || !(v % MIB))
		return false;
	return look_holds(c, "val64", "start 0x%" PRIx64 " is not a multiple of 1 MiB", v);
}

bool cause_sw_msi_no_start(struct iom_case *c)
{
	uint64_t start;

	if (!is_option(c, IOM_OPTION_SW_MSI_SIZE) || !is_set(c) || !look_get(c, "val64") ||
	    !other_option(c, IOM_OPTION_SW_MSI_START, &start) || start != UINT64_MAX)
		return false;
	return look_holds(c, "val64", "sw-msi-start of device %u was never set",
			  look_id(c, "object_id"));
}

/* The window that the call would make: start and bytes. */
static bool window(struct iom_case *c, uint64_t *start, uint64_t *bytes)
{
	uint64_t mib;

	if (!is_sw_msi(c) || !is_set(c))
		return false;
	if (is_option(c, IOM_OPTION_SW_MSI_START)) {
		*start = look_get(c, "val64");
		if (!other_option(c, IOM_OPTION_SW_MSI_SIZE, &mib))
			return false;
	} else {
		mib = look_get(c, "val64");
		if (!other_option(c, IOM_OPTION_SW_MSI_START, start))
			return false;
	}
	/* A start alone counts as one MiB. */
	return !__builtin_mul_overflow(mib ? mib : 1, MIB, bytes);
}

bool cause_sw_msi_wraps(struct iom_case *c)
{
	uint64_t start, bytes, last;

	if (!window(c, &start, &bytes) || !__builtin_add_overflow(start, bytes - 1, &last))
		return false;
	return look_holds(c, "val64",
			  "the window of %" PRIu64 " MiB from 0x%" PRIx64
			  " goes past the end of 64 bits",
			  bytes / MIB, start);
}

struct meet {
	uint64_t start, last;
	struct look_hole h;
};

static int meet_region(const struct iom_region *r, void *arg)
{
	struct meet *m = arg;

	if (r->last < m->start || r->start > m->last || !strcmp(r->kind, "sw-msi") ||
	    !strcmp(r->kind, "aperture") || !strcmp(r->kind, "direct-relaxable"))
		return 0;
	m->h.start = r->start;
	m->h.last = r->last;
	snprintf(m->h.kind, sizeof(m->h.kind), "%s", r->kind);
	return 1;
}

bool cause_sw_msi_reserved(struct iom_case *c)
{
	/* The one region of a mock device of the series that brings the option. */
	static const struct iom_region mock = { 0x80000000, 0x8fffffff, "reserved", "" };
	const struct iom_object *o = iom_ctx_object(c->ctx, look_id(c, "object_id"));
	struct iom_backend *be = c->ctx->be;
	struct iom_handle *node;
	struct meet m = { 0 };
	uint64_t bytes;
	bool found;

	if (!window(c, &m.start, &bytes) || __builtin_add_overflow(m.start, bytes - 1, &m.last))
		return false;
	node = iom_ctx_handle_of(c->ctx, look_id(c, "object_id"));
	if (o && o->peer)
		found = meet_region(&mock, &m) == 1;
	else if (be->regions)
		found = be->regions(be, c->ctx->fd, look_id(c, "object_id"), meet_region, &m) == 1;
	else
		found = look_host_region(c, node ? look_device_group(c, node->name) : -1, m.start,
					 m.last, &m.h);
	if (!found)
		return look_holds(c, "val64",
				  "the window 0x%" PRIx64 "-0x%" PRIx64 " meets a reserved "
				  "region of device %u",
				  m.start, m.last, look_id(c, "object_id"));
	return look_holds(c, "val64",
			  "the window 0x%" PRIx64 "-0x%" PRIx64 " meets reserved region "
			  "0x%" PRIx64 "-0x%" PRIx64 " (%s)",
			  m.start, m.last, m.h.start, m.h.last, m.h.kind);
}

/* ---- destroy ---- */

struct holders {
	char text[280];
	size_t used;
	unsigned int n;
};

static void holder(struct holders *h, const char *fmt, ...) iom_printf(2, 3);

static void holder(struct holders *h, const char *fmt, ...)
{
	size_t room = sizeof(h->text) - h->used;
	va_list ap;
	int n;

	/* The rest is counted only. */
	if (h->n++ >= 4 || room < 3)
		return;
	if (h->used) {
		memcpy(h->text + h->used, ", ", 3);
		h->used += 2;
		room -= 2;
	}
	va_start(ap, fmt);
	n = vsnprintf(h->text + h->used, room, fmt, ap);
	va_end(ap);
	h->used += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

static bool has_parent(const struct iom_object *o, uint32_t id)
{
	for (unsigned int i = 0; i < IOM_ARRAY_SIZE(o->parents); i++)
		if (o->parents[i] == id)
			return true;
	return false;
}

/* A page table that the kernel made for an attach: who attached is what counts. */
static void automatic_holder(const struct iom_case *c, const struct iom_object *hwpt,
			     struct holders *h)
{
	for (uint32_t i = 0; i < c->ctx->n_objects; i++) {
		const struct iom_object *o = c->ctx->objects[i];

		if (!o || o->hwpt != hwpt->id || (o->peer && o->type == IOM_OBJ_DEVICE))
			continue;
		holder(h, "%s %u is attached to it through hwpt %u",
		       o->type == IOM_OBJ_SELFTEST ? "mock device" : "device", o->id, hwpt->id);
		return;
	}
	holder(h, "hwpt %u uses it", hwpt->id);
}

/* Objects made on top of this one, and devices attached to it. */
static void object_holders(const struct iom_case *c, const struct iom_object *it, struct holders *h)
{
	for (uint32_t i = 0; i < c->ctx->n_objects; i++) {
		const struct iom_object *o = c->ctx->objects[i];

		/* A mock device is one thing with two ids. */
		if (!o || o == it || o->peer == it->id || (o->peer && o->type == IOM_OBJ_DEVICE))
			continue;
		if (o->hwpt == it->id)
			holder(h, "%s %u is attached to it",
			       o->type == IOM_OBJ_SELFTEST ? "mock device" : iom_obj_name(o->type),
			       o->id);
		else if (o->automatic && o->ioas == it->id)
			automatic_holder(c, o, h);
		/* What was made for a device holds the IOAS or HWPT below, not the device. */
		else if (has_parent(o, it->id) && o->type != IOM_OBJ_SELFTEST &&
			 it->type != IOM_OBJ_DEVICE)
			holder(h, "%s %u uses it", iom_obj_name(o->type), o->id);
		/* Queues go in the opposite order of their making. */
		else if (it->type == IOM_OBJ_HW_QUEUE && o->type == it->type &&
			 o->parents[0] == it->parents[0] && o->key == it->key + 1)
			holder(h, "hw-queue %u comes after it", o->id);
	}
}

static void pasid_holders(const struct iom_case *c, const struct iom_object *it, struct holders *h)
{
	for (const struct iom_pasid *p = c->ctx->pasids; p; p = p->next)
		if (p->hwpt == it->id)
			holder(h, "pasid %u of device %u is attached to it", p->pasid, p->device);
}

static void fd_holders(const struct iom_case *c, const struct iom_object *it, struct holders *h)
{
	for (const struct iom_handle *fd = c->ctx->handles; fd; fd = fd->next)
		if (fd->id == it->id && (it->type == IOM_OBJ_FAULT || it->type == IOM_OBJ_VEVENTQ)) {
			holder(h, "its fd %d is open", fd->fd);
			iom_hint(c->err, "`%s close %u` closes the fd", iom_obj_name(it->type), it->id);
		} else if (fd->id == it->id)
			holder(h, "%s%sfd %d is open",
			       fd->name[0] ? fd->name
			       : fd->by	   ? fd->by
					   : "",
			       fd->name[0] || fd->by ? " " : "", fd->fd);
}

/* What must go before it, as far as `object destroy` can do that; false when something cannot. */
static bool add_users(const struct iom_case *c, uint32_t id, uint32_t *chain, unsigned int *n)
{
	for (const struct iom_handle *fd = c->ctx->handles; fd; fd = fd->next)
		if (fd->id == id)
			return false;
	for (uint32_t i = 0; i < c->ctx->n_objects; i++) {
		const struct iom_object *o = c->ctx->objects[i];
		bool known = false;

		if (!o || o->id == id || (o->hwpt != id && !has_parent(o, id)))
			continue;
		/* A mock device goes as a whole, with the page table that the attach made. */
		if (o->automatic || (o->peer && o->type == IOM_OBJ_DEVICE))
			continue;
		if (!o->peer && o->type == IOM_OBJ_DEVICE)
			return false;
		for (unsigned int k = 0; k < *n; k++)
			known = known || chain[k] == o->id;
		if (known)
			continue;
		if (*n == CHAIN_MAX)
			return false;
		chain[(*n)++] = o->id;
	}
	return true;
}

static void hint_chain(const struct iom_case *c, const struct iom_object *it)
{
	uint32_t chain[CHAIN_MAX] = { it->id };
	char list[CHAIN_MAX * 11 + 1] = "";
	unsigned int n = 1;
	size_t used = 0;

	if (it->peer || it->automatic)
		return;
	for (unsigned int i = 0; i < n; i++)
		if (!add_users(c, chain[i], chain, &n))
			return;
	for (unsigned int i = n; n > 1 && i > 0; i--)
		used += (size_t)snprintf(list + used, sizeof(list) - used, " %u", chain[i - 1]);
	if (n > 1)
		iom_hint(c->err, "`object destroy%s` destroys what uses it first", list);
}

bool cause_destroy_held(struct iom_case *c)
{
	const struct iom_object *it = look_object(c, look_id(c, "id"));
	struct holders h = { 0 };

	if (!it)
		return false;
	object_holders(c, it, &h);
	pasid_holders(c, it, &h);
	fd_holders(c, it, &h);
	if (it->type == IOM_OBJ_DEVICE && it->peer) {
		holder(&h, "it is part of mock device %u", it->peer);
		iom_hint(c->err, "destroy mock device %u: the device goes with it", it->peer);
	}
	if (!h.n)
		return look_blind(c);
	hint_chain(c, it);
	if (it->automatic)
		iom_hint(c->err,
			 "the kernel made hwpt %u by itself and destroys it when the last "
			 "device is detached",
			 it->id);
	if (h.n > 4)
		return look_holds(c, "id", "%s %u is in use: %s and %u more",
				  iom_obj_name(it->type), it->id, h.text, h.n - 4);
	return look_holds(c, "id", "%s %u is in use: %s", iom_obj_name(it->type), it->id, h.text);
}

/* ---- change process, noiommu ---- */

bool cause_area_not_file(struct iom_case *c)
{
	for (uint32_t i = 0; i < c->ctx->n_objects; i++) {
		const struct iom_object *o = c->ctx->objects[i];
		struct iom_area *a = o && o->type == IOM_OBJ_IOAS ? first_area(c, i) : NULL;
		char text[96];

		for (; a; a = iom_ctx_area_next(a, 0, UINT64_MAX))
			if (!a->file || a->dmabuf)
				return look_holds(c, NULL, "%s of ioas %u is %s, not of a file",
						  look_area_text(a, text, sizeof(text)), i,
						  a->dmabuf ? "of a dma-buf"
							    : "memory of a process");
	}
	return c->ctx->inherited ? look_blind(c) : false;
}

bool cause_rawio(struct iom_case *c)
{
	int cap = look_cap(c, CAP_SYS_RAWIO);

	if (cap < 0)
		return look_blind(c);
	return cap ? false : look_holds(c, NULL, "the process has no CAP_SYS_RAWIO");
}

bool cause_pa_revoked(struct iom_case *c)
{
	return look_holds(c, "iova", "what is mapped at 0x%" PRIx64 " is a dma-buf that was revoked",
			  look_get(c, "iova"));
}

bool cause_not_noiommu(struct iom_case *c)
{
	return look_holds(c, "ioas_id",
			  "the first page table of ioas %u, if it has any, is not that of a device "
			  "without an IOMMU", look_id(c, "ioas_id"));
}

bool cause_iova_not_mapped(struct iom_case *c)
{
	uint64_t iova = look_get(c, "iova");
	uint32_t ioas = look_id(c, "ioas_id");

	if (!look_object(c, ioas) || iom_ctx_area(c->ctx, ioas, iova, iova))
		return false;
	if (c->ctx->inherited)
		return look_blind(c);
	return look_holds(c, "iova", "nothing is mapped at 0x%" PRIx64 " of ioas %u", iova, ioas);
}
