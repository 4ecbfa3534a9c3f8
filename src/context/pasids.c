/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PASIDs in the book: which of a device are attached, and to what. */
#include "pasids.h"

#include <errno.h>
#include <stdlib.h>

#include "iommuctl/uapi.h"

struct iom_pasid *iom_ctx_pasid(const struct iom_ctx *ctx, uint32_t device, uint32_t pasid)
{
	struct iom_pasid *p = ctx->pasids;

	while (p && (p->device != device || p->pasid != pasid))
		p = p->next;
	return p;
}

int iom_pasids_set(struct iom_ctx *ctx, uint32_t device, uint32_t pasid, uint32_t hwpt)
{
	struct iom_pasid **at = &ctx->pasids, *p;

	while (*at && ((*at)->device < device ||
		       ((*at)->device == device && (*at)->pasid < pasid)))
		at = &(*at)->next;
	p = *at;
	if (p && p->device == device && p->pasid == pasid) {
		p->hwpt = hwpt;
		if (hwpt)
			return 0;
		*at = p->next;
		free(p);
		return 0;
	}
	if (!hwpt)
		return 0;
	p = malloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	*p = (struct iom_pasid){ device, pasid, hwpt, ctx->line, *at };
	*at = p;
	return 0;
}

void iom_pasids_drop(struct iom_ctx *ctx, uint32_t device)
{
	struct iom_pasid **at = &ctx->pasids;

	while (*at) {
		struct iom_pasid *p = *at;

		if (device && p->device != device) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		free(p);
	}
}

/* The mock driver does not detach PASIDs when their device goes: the kernel would complain. */
int iom_pasids_detach(struct iom_ctx *ctx)
{
	const struct iom_pasid *p;
	int rc, first = 0;

	for (p = ctx->pasids; p; p = p->next) {
		const struct iom_object *dev = iom_ctx_object(ctx, p->device);
		struct iom_test_cmd c = { .size = sizeof(c), .op = IOM_TEST_OP_PASID_DETACH };

		if (!dev || !dev->peer)
			continue;
		c.id = dev->peer;
		c.pasid_detach.pasid = p->pasid;
		rc = ctx->be->ioctl(ctx->be, ctx->fd, IOM_NR_TEST_CMD, &c);
		if (rc < 0 && !first)
			first = rc;
	}
	iom_pasids_drop(ctx, 0);
	return first;
}
