/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused attachments of PASIDs, and of devices that have some attached. */
#include "causes.h"

static bool is_vfio(const struct iom_case *c)
{
	return c->call->family == IOM_FAM_VFIO;
}

/* The PASID that the call is about, 0 for the device itself. */
static uint32_t pasid_of(const struct iom_case *c)
{
	if (is_vfio(c) && !(look_get(c, "flags") & 1))
		return 0;
	return look_id(c, "pasid");
}

/* The DEVICE that the call is about; NULL, and the case blind, when the book does not know it. */
static const struct iom_object *device_of(struct iom_case *c)
{
	const struct iom_handle *h = is_vfio(c) ? look_device(c) : NULL;
	const struct iom_object *o = NULL;

	if (h)
		o = iom_ctx_object(c->ctx, h->id);
	if (!is_vfio(c)) {
		o = look_object(c, look_id(c, "id"));
		o = o ? iom_ctx_object(c->ctx, o->peer) : NULL;
	}
	if (!o)
		look_blind(c);
	return o;
}

uint32_t cause_hwpt_of(const struct iom_case *c, const struct iom_object *dev, uint32_t pasid)
{
	const struct iom_pasid *p = pasid ? iom_ctx_pasid(c->ctx, dev->id, pasid) : NULL;

	return pasid ? (p ? p->hwpt : 0) : dev->hwpt;
}

/* Why no PASID can use the page table that an attach to this object leads to; NULL: it can. */
static const char *not_made_for(const struct iom_object *pt)
{
	if (pt->type == IOM_OBJ_IOAS)
		return "gets a page table that is not made for PASIDs";
	if (pt->automatic)
		return "was made by the kernel for an attach, not for PASIDs";
	if (!(pt->hwpt_flags & IOM_HWPT_ALLOC_PASID))
		return "was allocated without pasid";
	return NULL;
}

bool cause_pasid_absent(struct iom_case *c)
{
	if (!(look_get(c, "flags") & 1))
		return false;
	return look_holds(c, "flags",
			  "the driver has no PASID attach for the device or the page table");
}

bool cause_pasid_huge(struct iom_case *c)
{
	if (pasid_of(c) <= INT32_MAX)
		return false;
	return look_holds(c, "pasid", "pasid 0x%x is above 0x7fffffff", pasid_of(c));
}

bool cause_pasid_attached(struct iom_case *c)
{
	const struct iom_object *dev = device_of(c);
	uint32_t pasid = pasid_of(c), hwpt = dev ? cause_hwpt_of(c, dev, pasid) : 0;

	if (!hwpt)
		return dev && c->ctx->inherited ? look_blind(c) : false;
	if (!pasid)
		return look_holds(c, "pasid",
				  "pasid 0 is device %u itself, which is attached to hwpt %u "
				  "already",
				  dev->id, hwpt);
	return look_holds(c, "pasid", "pasid %u of device %u is attached to hwpt %u already", pasid,
			  dev->id, hwpt);
}

bool cause_pasid_detached(struct iom_case *c)
{
	const struct iom_object *dev = device_of(c);

	if (!dev || cause_hwpt_of(c, dev, pasid_of(c)))
		return false;
	if (c->ctx->inherited)
		return look_blind(c);
	return look_holds(c, "pasid", "pasid %u of device %u is not attached", pasid_of(c),
			  dev->id);
}

bool cause_pasid_table(struct iom_case *c)
{
	const struct iom_object *pt = pasid_of(c) ? look_object(c, look_id(c, "pt_id")) : NULL;
	const char *why = pt ? not_made_for(pt) : NULL;

	if (!why)
		return false;
	return look_holds(c, "pt_id", "%s %u %s", iom_obj_name(pt->type), pt->id, why);
}

bool cause_pasid_device(struct iom_case *c)
{
	const struct iom_object *dev = pasid_of(c) ? device_of(c) : NULL;
	const struct iom_object *own = dev && dev->hwpt ? look_object(c, dev->hwpt) : NULL;
	const char *why = own ? not_made_for(own) : NULL;

	if (!why)
		return false;
	return look_holds(c, "pasid", "device %u itself is attached to hwpt %u, which %s", dev->id,
			  own->id, why);
}

bool cause_pasid_others(struct iom_case *c)
{
	const struct iom_object *dev = pasid_of(c) ? NULL : device_of(c);
	const struct iom_object *pt = dev ? look_object(c, look_id(c, "pt_id")) : NULL;
	const char *why = pt ? not_made_for(pt) : NULL;

	for (const struct iom_pasid *p = why ? c->ctx->pasids : NULL; p; p = p->next)
		if (p->device == dev->id)
			return look_holds(c, "pt_id",
					  "%s %u %s, and pasid %u of device %u is attached to "
					  "hwpt %u",
					  iom_obj_name(pt->type), pt->id, why, p->pasid, dev->id,
					  p->hwpt);
	return false;
}

/* Whether the PASID is too wide for the device; *bits of it. One without PASIDs does not count. */
static bool too_wide(struct iom_case *c, uint32_t dev, unsigned int *bits)
{
	struct iom_hw_info info;

	if (!cause_ask_hardware(c, dev, &info))
		return false;
	*bits = info.out_max_pasid_log2;
	if (*bits > 31 || (is_vfio(c) && !*bits))
		return false;
	return pasid_of(c) >> *bits;
}

/* The narrowest of a group decides. */
static bool sibling_too_narrow(struct iom_case *c)
{
	const struct iom_handle *h = look_device(c);
	long group = h ? look_device_group(c, h->name) : -1;
	unsigned int bits;

	for (const struct iom_handle *s = c->ctx->handles; group >= 0 && s; s = s->next) {
		if (s == h || !s->id || !s->name[0] || look_device_group(c, s->name) != group ||
		    !too_wide(c, s->id, &bits))
			continue;
		return look_holds(c, "pasid",
				  "pasid %u does not fit into the %u bits of device %u (%s) of the "
				  "same group",
				  pasid_of(c), bits, s->id, s->name);
	}
	return false;
}

bool cause_pasid_width(struct iom_case *c)
{
	const struct iom_object *dev = pasid_of(c) ? device_of(c) : NULL;
	unsigned int bits;

	if (!dev)
		return false;
	if (!too_wide(c, dev->id, &bits))
		return is_vfio(c) && sibling_too_narrow(c);
	if (!bits)
		return look_holds(c, "pasid", "device %u has no PASIDs", dev->id);
	return look_holds(c, "pasid", "pasid %u does not fit into the %u bits of device %u",
			  pasid_of(c), bits, dev->id);
}

bool cause_pasid_mock_fails(struct iom_case *c)
{
	if (pasid_of(c) != IOM_TEST_PASID_RESERVED)
		return false;
	return look_holds(c, "pasid", "the mock driver refuses every second change of pasid %u",
			  IOM_TEST_PASID_RESERVED);
}

bool cause_pasid_no_hwpt(struct iom_case *c)
{
	uint32_t id = look_id(c, "hwpt_id");
	const struct iom_object *o = id ? look_object(c, id) : NULL;

	if (!o || o->type == IOM_OBJ_HWPT_PAGING || o->type == IOM_OBJ_HWPT_NESTED)
		return false;
	return look_holds(c, "hwpt_id", "object %u is of type %s, a hwpt is needed", id,
			  iom_obj_name(o->type));
}

bool cause_pasid_differs(struct iom_case *c)
{
	const struct iom_object *dev = device_of(c);
	uint32_t hwpt = dev ? cause_hwpt_of(c, dev, pasid_of(c)) : 0;

	if (!dev || (c->ctx->inherited && !hwpt))
		return look_blind(c);
	if (!hwpt)
		return look_holds(c, "hwpt_id", "pasid %u of device %u is not attached",
				  pasid_of(c), dev->id);
	return look_holds(c, "hwpt_id", "pasid %u of device %u is attached to hwpt %u", pasid_of(c),
			  dev->id, hwpt);
}
