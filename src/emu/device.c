/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices bound to a context, and the page tables that are made for them when they are attached. */
#include "tsm.h"

#include <errno.h>
#include <string.h>

bool emu_kind_is(const struct emu_resv *r, const char *kind)
{
	return strcmp(r->kind, kind) == 0;
}

static bool is_mock(const struct emu_dev *dev)
{
	return dev->unit == EMU_UNIT_MOCK;
}

struct emu_idev *emu_device_bind(struct emu_ctx *ctx, struct emu_dev *dev, int *rc)
{
	struct emu_group *g = dev->group;
	struct emu_idev *idev = emu_obj_alloc(ctx, sizeof(*idev), IOM_OBJ_DEVICE);

	*rc = -ENOMEM;
	if (!idev)
		return NULL;
	*rc = emu_driver_coherent(&dev->hw) ? 0 : -EINVAL;
	if (!*rc && g->owner_cnt && g->owner != ctx)
		*rc = -EPERM;
	if (*rc) {
		emu_obj_abort(ctx, &idev->obj);
		return NULL;
	}
	g->owner = ctx;
	g->owner_cnt++;
	idev->ctx = ctx;
	idev->dev = dev;
	idev->sw_msi_start = UINT64_MAX;
	idev->obj.users++; /* the driver's, until unbind */
	if (!is_mock(dev))
		ctx->refs++;
	emu_obj_publish(&idev->obj);
	return idev;
}

void emu_device_unbind(struct emu_idev *idev)
{
	if (idev->vdev) {
		idev->going = true;
		emu_obj_tombstone(idev->ctx, &idev->vdev->obj);
	}
	emu_obj_put_and_destroy(idev->ctx, &idev->obj);
}

void emu_idev_destroy(struct emu_obj *o)
{
	struct emu_idev *idev = (struct emu_idev *)o;
	struct emu_group *g = idev->dev->group;

	if (!--g->owner_cnt)
		g->owner = NULL;
	emu_kvm_put(idev->kvm);
	if (!is_mock(idev->dev))
		emu_ctx_put(idev->ctx);
	else if (idev->orphan)
		emu_mock_free(idev->dev);
}

/* Gives a use back. An automatic one goes with its last device. */
static void put(struct emu_hwpt *hwpt)
{
	if (hwpt->automatic)
		emu_obj_put_and_destroy(hwpt->ioas->ctx, &hwpt->obj);
	else
		hwpt->obj.users--;
}

/* A page table made for this IOAS and device. On attach the device comes first, then the fill. */
static int connect_new(struct emu_idev *idev, uint32_t pasid, struct emu_ioas *ioas, uint32_t *pt_id,
		       emu_connect_fn connect, struct emu_hwpt **old)
{
	bool first = connect == emu_attach;
	int rc;
	struct emu_hwpt *hwpt = emu_hwpt_new(idev, ioas, 0, &rc);

	if (!hwpt)
		return rc;
	if (first)
		rc = connect(idev, pasid, hwpt, old);
	if (!rc) {
		rc = emu_pt_add_domain(ioas, hwpt);
		if (rc && first)
			put(emu_detach(idev, pasid));
	}
	if (rc) {
		emu_hwpt_abort(hwpt);
		return rc;
	}
	if (!first)
		rc = connect(idev, pasid, hwpt, old);
	if (rc) {
		emu_pt_remove_domain(ioas, hwpt);
		emu_hwpt_abort(hwpt);
		return rc;
	}
	hwpt->automatic = true;
	*pt_id = hwpt->obj.id;
	emu_obj_publish(&hwpt->obj);
	return 0;
}

/* Any automatic page table of the IOAS will do; -EINVAL means this one does not. */
static int connect_auto(struct emu_idev *idev, uint32_t pasid, struct emu_ioas *ioas,
			uint32_t *pt_id, emu_connect_fn connect, struct emu_hwpt **old)
{
	struct emu_hwpt *hwpt;
	int rc;

	for (hwpt = ioas->hwpts; hwpt; hwpt = hwpt->next) {
		if (!hwpt->automatic)
			continue;
		rc = connect(idev, pasid, hwpt, old);
		if (rc == -EINVAL)
			continue;
		if (!rc)
			*pt_id = hwpt->obj.id;
		return rc;
	}
	return connect_new(idev, pasid, ioas, pt_id, connect, old);
}

static int change_pt(struct emu_idev *idev, uint32_t pasid, uint32_t *pt_id, emu_connect_fn connect)
{
	struct emu_obj *pt = emu_obj_get(idev->ctx, *pt_id, IOM_OBJ_ANY);
	struct emu_hwpt *old = NULL;
	int rc;

	if (!pt)
		return -ENOENT;
	if (pt->type == IOM_OBJ_HWPT_PAGING || pt->type == IOM_OBJ_HWPT_NESTED)
		rc = connect(idev, pasid, (struct emu_hwpt *)pt, &old);
	else if (pt->type == IOM_OBJ_IOAS)
		rc = connect_auto(idev, pasid, (struct emu_ioas *)pt, pt_id, connect, &old);
	else
		rc = -EINVAL;
	if (!rc && old)
		put(old);
	return rc;
}

int emu_device_attach(struct emu_idev *idev, uint32_t pasid, uint32_t *pt_id)
{
	int rc = change_pt(idev, pasid, pt_id, emu_attach);

	if (!rc)
		idev->obj.users++;
	return rc;
}

int emu_device_replace(struct emu_idev *idev, uint32_t pasid, uint32_t *pt_id)
{
	return change_pt(idev, pasid, pt_id, emu_replace);
}

void emu_device_detach(struct emu_idev *idev, uint32_t pasid)
{
	struct emu_hwpt *hwpt = emu_detach(idev, pasid);

	if (!hwpt)
		return;
	put(hwpt);
	idev->obj.users--;
}

bool emu_device_abandon(struct emu_idev *idev)
{
	const struct emu_group *g = idev->dev->group;
	bool any = g->attaches;

	while (g->attaches)
		emu_device_detach(idev, g->attaches->pasid);
	return any;
}
