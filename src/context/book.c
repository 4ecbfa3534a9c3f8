/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The book: objects, attachments and areas that successful calls of this context made. */
#include "iommuctl/context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iommuctl/uapi.h"
#include "areas.h"
#include "pasids.h"

#define MAX_BOOK_ID (1U << 24) /* the kernel hands out the lowest free id: none is larger */

struct iom_object *iom_ctx_object(const struct iom_ctx *ctx, uint32_t id)
{
	return id < ctx->n_objects ? ctx->objects[id] : NULL;
}

struct iom_object *iom_ctx_ioas_of(const struct iom_ctx *ctx, uint32_t id)
{
	struct iom_object *o = iom_ctx_object(ctx, id);

	/* DEVICE -> nested HWPT -> VIOMMU -> HWPT -> IOAS is the longest way. */
	for (int hops = 0; o && o->type != IOM_OBJ_IOAS && hops < 4; hops++)
		o = iom_ctx_object(ctx, o->hwpt ? o->hwpt : o->ioas);
	return o && o->type == IOM_OBJ_IOAS ? o : NULL;
}

static void drop_object(struct iom_ctx *ctx, struct iom_object *o)
{
	if (!o)
		return;
	ctx->objects[o->id] = NULL;
	iom_areas_clear(ctx, o);
	free(o->allowed);
	free(o);
}

static struct iom_object *add_object(struct iom_ctx *ctx, uint32_t id, enum iom_obj type,
				     const char *by)
{
	struct iom_object *o = iom_ctx_object(ctx, id);

	if (!id || id >= MAX_BOOK_ID)
		return NULL;
	if (o)
		drop_object(ctx, o);
	if (id >= ctx->n_objects) {
		uint32_t n = ctx->n_objects ? ctx->n_objects : 64;
		struct iom_object **p;

		while (n <= id)
			n *= 2;
		p = realloc(ctx->objects, n * sizeof(struct iom_object *));
		if (!p)
			return NULL;
		memset(p + ctx->n_objects, 0, (n - ctx->n_objects) * sizeof(struct iom_object *));
		ctx->objects = p;
		ctx->n_objects = n;
	}
	o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	o->id = id;
	o->type = type;
	o->by = by;
	o->line = ctx->line;
	o->msi_start = UINT64_MAX;
	ctx->objects[id] = o;
	return o;
}

struct iom_object *iom_book_adopt(struct iom_ctx *ctx, uint32_t id)
{
	struct iom_object *o = iom_ctx_object(ctx, id);

	return o ? o : add_object(ctx, id, IOM_OBJ_IOAS, "inherited");
}

/* The HWPT that an attach answered with; the kernel may just have made it by itself. */
static int note_hwpt(struct iom_ctx *ctx, uint32_t hwpt, uint32_t pt, const char *by)
{
	struct iom_object *o = iom_ctx_object(ctx, hwpt), *parent = iom_ctx_ioas_of(ctx, pt);

	if (!hwpt || o)
		return 0;
	o = add_object(ctx, hwpt, IOM_OBJ_HWPT_PAGING, by);
	if (!o)
		return -ENOMEM;
	o->automatic = true;
	o->ioas = parent ? parent->id : pt;
	o->parents[0] = o->ioas;
	return 0;
}

/* An automatic HWPT lives as long as a device is attached to it. */
static void drop_unused_hwpt(struct iom_ctx *ctx, uint32_t hwpt)
{
	struct iom_object *h = iom_ctx_object(ctx, hwpt);

	if (!h || !h->automatic)
		return;
	for (uint32_t i = 0; i < ctx->n_objects; i++)
		if (ctx->objects[i] && ctx->objects[i]->type == IOM_OBJ_DEVICE &&
		    ctx->objects[i]->hwpt == hwpt)
			return;
	drop_object(ctx, h);
}

static void set_hwpt(struct iom_ctx *ctx, struct iom_object *dev, uint32_t hwpt)
{
	uint32_t old = dev->hwpt;
	struct iom_object *peer = iom_ctx_object(ctx, dev->peer);

	dev->hwpt = hwpt;
	if (peer)
		peer->hwpt = hwpt;
	if (old && old != hwpt)
		drop_unused_hwpt(ctx, old);
}

static int note_mock_device(struct iom_ctx *ctx, const struct iom_call *call,
			    const struct iom_test_cmd *c)
{
	struct iom_object *st, *dev;

	if (note_hwpt(ctx, c->mock_domain.out_hwpt_id, c->id, call->name))
		return -ENOMEM;
	dev = add_object(ctx, c->mock_domain.out_idev_id, IOM_OBJ_DEVICE, call->name);
	st = add_object(ctx, c->mock_domain.out_stdev_id, IOM_OBJ_SELFTEST, call->name);
	if (!dev || !st)
		return -ENOMEM;
	dev->parents[0] = st->id;
	dev->peer = st->id;
	st->parents[0] = c->id;
	st->peer = dev->id;
	dev->hwpt = st->hwpt = c->mock_domain.out_hwpt_id;
	return 0;
}

/* After an attach or replace, or with hwpt 0 a detach, of a DEVICE or one of its PASIDs. */
static int note_pasid(struct iom_ctx *ctx, struct iom_object *dev, uint32_t pasid, uint32_t pt,
		      uint32_t hwpt, const char *by)
{
	if (!dev)
		return 0;
	if (pasid)
		return iom_pasids_set(ctx, dev->id, pasid, hwpt);
	if (note_hwpt(ctx, hwpt, pt, by))
		return -ENOMEM;
	set_hwpt(ctx, dev, hwpt);
	return 0;
}

static int note_test(struct iom_ctx *ctx, const struct iom_call *call, const void *before,
		     const struct iom_test_cmd *c)
{
	const struct iom_test_cmd *sent = before;
	struct iom_object *o = iom_ctx_object(ctx, sent->id), *dev;
	struct iom_mock_resv *r;

	dev = o ? iom_ctx_object(ctx, o->peer) : NULL;
	switch (sent->op) {
	case IOM_TEST_OP_MOCK_DOMAIN:
	case IOM_TEST_OP_MOCK_DOMAIN_FLAGS:
		return note_mock_device(ctx, call, c);
	case IOM_TEST_OP_MOCK_DOMAIN_REPLACE:
		return note_pasid(ctx, dev, 0, sent->mock_domain_replace.pt_id,
				  c->mock_domain_replace.pt_id, call->name);
	case IOM_TEST_OP_PASID_ATTACH:
	case IOM_TEST_OP_PASID_REPLACE: /* the same members */
		return note_pasid(ctx, dev, sent->pasid_attach.pasid, sent->pasid_attach.pt_id,
				  c->pasid_attach.pt_id, call->name);
	case IOM_TEST_OP_PASID_DETACH:
		return note_pasid(ctx, dev, sent->pasid_detach.pasid, 0, 0, call->name);
	case IOM_TEST_OP_ADD_RESERVED:
		r = calloc(1, sizeof(*r));
		if (!r)
			return -ENOMEM;
		r->ioas = sent->id;
		r->start = sent->add_reserved.start;
		r->last = r->start + sent->add_reserved.length - 1;
		r->next = ctx->resv;
		ctx->resv = r;
		return 0;
	case IOM_TEST_OP_CREATE_ACCESS:
		return iom_ctx_add_handle(ctx, (int)c->create_access.out_access_fd, sent->id,
					  call->name, "");
	case IOM_TEST_OP_ACCESS_RW:
		ctx->touched = true;
		return 0;
	default:
		return 0;
	}
}

/* The kernel ends what a device was for a guest before the device itself. */
static void drop_vdevice_of(struct iom_ctx *ctx, uint32_t dev)
{
	for (uint32_t i = 0; i < ctx->n_objects; i++)
		if (ctx->objects[i] && ctx->objects[i]->type == IOM_OBJ_VDEVICE &&
		    ctx->objects[i]->parents[1] == dev)
			drop_object(ctx, ctx->objects[i]);
}

static void note_destroy(struct iom_ctx *ctx, uint32_t id)
{
	struct iom_object *o = iom_ctx_object(ctx, id), *dev = o;

	if (!o)
		return;
	if (o->type == IOM_OBJ_SELFTEST) {
		dev = iom_ctx_object(ctx, o->peer);
		if (dev) {
			uint32_t hwpt = dev->hwpt;

			drop_vdevice_of(ctx, dev->id);
			iom_pasids_drop(ctx, dev->id);
			drop_object(ctx, dev);
			drop_unused_hwpt(ctx, hwpt);
		}
	}
	if (o->type == IOM_OBJ_IOAS)
		for (struct iom_mock_resv **p = &ctx->resv; *p;) {
			struct iom_mock_resv *r = *p;

			if (r->ioas != id) {
				p = &r->next;
				continue;
			}
			*p = r->next;
			free(r);
		}
	drop_object(ctx, o);
}

static int note_allow(struct iom_ctx *ctx, const struct iom_ioas_allow_iovas *c)
{
	struct iom_object *o = iom_ctx_object(ctx, c->ioas_id);
	size_t bytes = (size_t)c->num_iovas * sizeof(struct iom_allow);
	struct iom_allow *list = NULL;

	if (!o)
		return 0;
	if (bytes) {
		list = malloc(bytes);
		if (!list)
			return -ENOMEM;
		/* The kernel has just read these bytes from the same place. */
		memcpy(list, (const void *)(uintptr_t)c->allowed_iovas, bytes);
	}
	free(o->allowed);
	o->allowed = list;
	o->n_allowed = c->num_iovas;
	return 0;
}

/* One call makes two types of HWPT: what lies below decides. */
static void note_hwpt_kind(struct iom_ctx *ctx, struct iom_object *o,
			   const struct iom_hwpt_alloc *c)
{
	const struct iom_object *pt = iom_ctx_object(ctx, c->pt_id);
	struct iom_hwpt_vtd_s1 s1;

	o->hwpt_flags = c->flags;
	if (pt && pt->type != IOM_OBJ_IOAS)
		o->type = IOM_OBJ_HWPT_NESTED;
	if (c->data_type != IOM_HWPT_DATA_VTD_S1 || c->data_len != sizeof(s1))
		return;
	/* the kernel looks at it only when a device is attached */
	memcpy(&s1, (const void *)(uintptr_t)c->data_uptr, sizeof(s1));
	o->has_vtd = true;
	o->vtd_flags = s1.flags;
	o->vtd_width = s1.addr_width;
}

static void note_option(struct iom_ctx *ctx, const struct iom_option *c)
{
	struct iom_object *o = iom_ctx_object(ctx, c->object_id);

	if (!o || o->type != IOM_OBJ_DEVICE || c->op != IOM_OPTION_OP_SET)
		return;
	if (c->option_id == IOM_OPTION_SW_MSI_START)
		o->msi_start = c->val64;
	else if (c->option_id == IOM_OPTION_SW_MSI_SIZE)
		o->msi_mib = c->val64;
}

/* A queue is read through an fd that came with it. */
static int note_queue(struct iom_ctx *ctx, const struct iom_call *call, struct iom_object *o,
		      const void *arg)
{
	if (call->code == IOM_NR_VEVENTQ_ALLOC)
		o->event_type = ((const struct iom_veventq_alloc *)arg)->type;
	for (const struct iom_field *f = call->fields; f->name; f++)
		if (f->kind == IOM_K_FD && f->dir == IOM_OUT)
			return iom_ctx_add_handle(ctx, (int)iom_field_get(f, arg, 0), o->id,
						  call->name, "");
	return 0;
}

/* The id is one only where a flag says so. */
static bool is_given(const struct iom_call *call, const struct iom_field *f, const void *arg)
{
	return call->code != IOM_NR_HWPT_ALLOC || f->obj != IOM_OBJ_FAULT ||
	       ((const struct iom_hwpt_alloc *)arg)->flags & IOM_HWPT_FAULT_ID_VALID;
}

/* Any other call that makes one object: the table says which field is its id. */
static int note_created(struct iom_ctx *ctx, const struct iom_call *call, const void *arg)
{
	struct iom_object *o = NULL;
	unsigned int n = 0;

	for (const struct iom_field *f = call->fields; f->name; f++)
		if (f->kind == IOM_K_ID && f->dir == IOM_OUT) {
			o = add_object(ctx, (uint32_t)iom_field_get(f, arg, 0), call->creates,
				       call->name);
			break;
		}
	if (!o)
		return -ENOMEM;
	for (const struct iom_field *f = call->fields; f->name; f++) {
		uint32_t id = (uint32_t)iom_field_get(f, arg, 0);

		if (f->kind != IOM_K_ID || f->dir == IOM_OUT || !id || !is_given(call, f, arg))
			continue;
		if (n < IOM_ARRAY_SIZE(o->parents))
			o->parents[n++] = id;
		/* the next object on the way to the IOAS */
		if (f->obj == IOM_OBJ_PT || f->obj == IOM_OBJ_IOAS || f->obj == IOM_OBJ_HWPT_PAGING ||
		    f->obj == IOM_OBJ_VIOMMU)
			o->ioas = id;
	}
	if (call->code == IOM_NR_HWPT_ALLOC)
		note_hwpt_kind(ctx, o, arg);
	if (call->code == IOM_NR_VIOMMU_ALLOC && call->abi)
		o->kvm = ((const struct iom_viommu_alloc_kvm *)arg)->flags & IOM_VIOMMU_ALLOC_KVM_FD;
	if (call->code == IOM_NR_VDEVICE_ALLOC)
		o->key = ((const struct iom_vdevice_alloc *)arg)->virt_id;
	if (call->code == IOM_NR_HW_QUEUE_ALLOC) {
		const struct iom_hw_queue_alloc *q = arg;

		o->key = q->index;
		o->first = q->nesting_parent_iova;
		o->last = o->first + (q->length - 1);
	}
	return note_queue(ctx, call, o, arg);
}

static int note_vfio(struct iom_ctx *ctx, const struct iom_call *call, int fd, const void *before,
		     const void *arg)
{
	struct iom_handle *h = iom_ctx_handle(ctx, fd);
	struct iom_object *o = h && h->id ? iom_ctx_object(ctx, h->id) : NULL;

	if (call->code == IOM_NR_VFIO_DEVICE_BIND_IOMMUFD && h) {
		h->id = ((const struct iom_vfio_bind *)arg)->out_devid;
		return add_object(ctx, h->id, IOM_OBJ_DEVICE, call->name) ? 0 : -ENOMEM;
	}
	if (call->code == IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT && o) {
		/* from now on the device may write to what is mapped */
		ctx->touched = true;
		const struct iom_vfio_attach *sent = before, *got = arg;

		if (!sent->flags || !sent->pasid)
			o->by_pasid_0 = sent->flags;
		return note_pasid(ctx, o, sent->flags ? sent->pasid : 0, sent->pt_id, got->pt_id,
				  call->name);
	}
	if (call->code == IOM_NR_VFIO_DEVICE_DETACH_IOMMUFD_PT && o) {
		const struct iom_vfio_detach *sent = before;
		bool own = !sent->flags || !sent->pasid;

		/* VFIO remembers which way it was attached, and ignores the other one. */
		if (own && o->by_pasid_0 != (sent->flags != 0))
			return 0;
		return note_pasid(ctx, o, sent->flags ? sent->pasid : 0, 0, 0, call->name);
	}
	return 0;
}

/* Numbers of series mean other calls elsewhere, so these go by their names. */
static void note_tsm(struct iom_ctx *ctx, const struct iom_call *call, const void *arg)
{
	const struct iom_field *id = iom_field_find(call->fields, "vdevice_id");
	const struct iom_field *op = &call->fields[1];
	struct iom_object *o = id ? iom_ctx_object(ctx, (uint32_t)iom_field_get(id, arg, 0)) : NULL;

	if (!o)
		return;
	if (!strcmp(call->word, "vdevice-tsm-op"))
		o->tsm_bound = iom_field_get(op, arg, 0) == IOM_TSM_OP_BIND;
	else if (!strcmp(call->verb, "tsm-bind"))
		o->tsm_bound = true;
	else if (!strcmp(call->verb, "tsm-unbind"))
		o->tsm_bound = false;
}

int iom_book_note(struct iom_ctx *ctx, const struct iom_call *call, int fd, const void *before,
		  const void *arg)
{
	if (call->abi && !call->creates) {
		note_tsm(ctx, call, before);
		return 0;
	}
	switch (call->code) {
	case IOM_NR_IOAS_MAP:
	case IOM_NR_IOAS_MAP_FILE:
		return iom_areas_map(ctx, call, arg);
	case IOM_NR_IOAS_COPY:
		return iom_areas_copy(ctx, arg);
	case IOM_NR_IOAS_UNMAP:
		iom_areas_unmap(ctx, before);
		return 0;
	case IOM_NR_IOAS_ALLOW_IOVAS:
		return note_allow(ctx, before);
	case IOM_NR_DESTROY:
		note_destroy(ctx, ((const struct iom_destroy *)before)->id);
		return 0;
	case IOM_NR_OPTION:
		note_option(ctx, before);
		return 0;
	case IOM_NR_TEST_CMD:
		return note_test(ctx, call, before, arg);
	}
	if (call->family == IOM_FAM_VFIO)
		return note_vfio(ctx, call, fd, before, arg);
	if (call->creates)
		return note_created(ctx, call, arg);
	return 0;
}

void iom_book_note_refused(struct iom_ctx *ctx, const struct iom_call *call, const void *before,
			   int code)
{
	/*
	 * An unmap stops where it would split a mapping, or at one that a queue lies in; the ones
	 * below are gone already.
	 */
	if (call->code == IOM_NR_IOAS_UNMAP && (code == -ENOENT || code == -EBUSY))
		iom_areas_unmap_until(ctx, before, code);
}

void iom_book_free(struct iom_ctx *ctx)
{
	for (uint32_t i = 0; i < ctx->n_objects; i++)
		drop_object(ctx, ctx->objects[i]);
	free(ctx->objects);
	ctx->objects = NULL;
	ctx->n_objects = 0;
	while (ctx->resv) {
		struct iom_mock_resv *r = ctx->resv;

		ctx->resv = r->next;
		free(r);
	}
	iom_pasids_drop(ctx, 0);
	iom_areas_end(ctx);
}
