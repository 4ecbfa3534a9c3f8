/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused queues of page requests and events, and of their reads and writes. */
#include "causes.h"

#define MAX_DEPTH (1U << 19)

/* ---- event queues ---- */

bool cause_event_type_zero(struct iom_case *c)
{
	if (look_id(c, "type") || look_get(c, "flags"))
		return false;
	return look_holds(c, "type", "the type is 0, that of no event");
}

bool cause_depth_wrong(struct iom_case *c)
{
	uint32_t depth = look_id(c, "veventq_depth");

	if (depth && depth <= MAX_DEPTH)
		return false;
	return look_holds(c, "veventq_depth", "the depth is %u, at %s", depth,
			  depth ? "most 524288 is possible" : "least 1 is needed");
}

static const struct iom_object *queue_of(const struct iom_ctx *ctx, uint32_t viommu, uint32_t type)
{
	for (uint32_t i = 0; i < ctx->n_objects; i++) {
		const struct iom_object *o = ctx->objects[i];

		if (o && o->type == IOM_OBJ_VEVENTQ && o->event_type == type &&
		    o->parents[0] == viommu)
			return o;
	}
	return NULL;
}

bool cause_veventq_exists(struct iom_case *c)
{
	uint32_t viommu = look_id(c, "viommu_id"), type = look_id(c, "type");
	const struct iom_object *o = queue_of(c->ctx, viommu, type);

	if (!o)
		return look_blind(c);
	return look_holds(c, "type", "veventq %u is the queue of type 0x%x of viommu %u", o->id, type,
			  viommu);
}

/* ---- reads and writes ---- */

bool cause_count_uneven(struct iom_case *c)
{
	uint64_t count = look_get(c, "count");
	uint32_t one = look_is(c, "fault_read") ? (uint32_t)sizeof(struct iom_hwpt_pgfault)
						 : (uint32_t)sizeof(struct iom_hwpt_page_response);

	if (count % one == 0)
		return false;
	return look_holds(c, "count", "%" PRIu64 " bytes are not a multiple of %u", count, one);
}

bool cause_group_too_long(struct iom_case *c)
{
	uint64_t count = look_get(c, "count"), n = count / sizeof(struct iom_hwpt_pgfault);

	/* Of whole requests nothing else is refused. */
	if (count % sizeof(struct iom_hwpt_pgfault))
		return false;
	return look_holds(c, "count", "the next group has more than %" PRIu64 " page request%s", n,
			  n == 1 ? "" : "s");
}

bool cause_response_code(struct iom_case *c)
{
	if (look_id(c, "code") <= IOM_PAGE_RESP_INVALID)
		return false;
	return look_holds(c, "code", "the code is %u; 0 is success, 1 is invalid", look_id(c, "code"));
}

bool cause_cookie_unknown(struct iom_case *c)
{
	/* With a code that is right there is nothing else in a response. */
	if (look_id(c, "code") > IOM_PAGE_RESP_INVALID || !look_get(c, "count"))
		return false;
	return look_holds(c, "cookie", "no group waits for an answer under cookie %u",
			  look_id(c, "cookie"));
}

/* ---- mock ---- */

bool cause_not_mock_device(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "dev_id"));

	if (!o || o->type != IOM_OBJ_DEVICE || o->peer)
		return false;
	return look_holds(c, "dev_id", "device %u is a VFIO device", o->id);
}

/* The vIOMMU behind the page table that a mock device is attached to, or NULL. */
static const struct iom_object *viommu_of(const struct iom_ctx *ctx, const struct iom_object *dev)
{
	const struct iom_object *hwpt = iom_ctx_object(ctx, dev->hwpt);

	for (unsigned int i = 0; hwpt && i < IOM_ARRAY_SIZE(hwpt->parents); i++) {
		const struct iom_object *o = iom_ctx_object(ctx, hwpt->parents[i]);

		if (o && o->type == IOM_OBJ_VIOMMU)
			return o;
	}
	return NULL;
}

bool cause_no_virtual_device(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "dev_id"));

	if (!o || o->type != IOM_OBJ_DEVICE)
		return false;
	if (!viommu_of(c->ctx, o))
		return look_holds(c, "dev_id",
				  "device %u is not attached to a page table of a viommu", o->id);
	return look_holds(c, "dev_id", "the virtual id of device %u is 0", o->id);
}

bool cause_no_veventq(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "dev_id"));
	const struct iom_object *v = o ? viommu_of(c->ctx, o) : NULL;

	if (!v)
		return look_blind(c);
	if (queue_of(c->ctx, v->id, IOM_VEVENTQ_TYPE_SELFTEST))
		return false;
	return look_holds(c, "dev_id", "viommu %u, which device %u is behind, has no event queue of "
			  "type selftest", v->id, o->id);
}
