/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices bound to a context: attach to a page table or to one made for them, replace, detach. */
#include "internal.h"

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

	if (!idev) {
		*rc = -ENOMEM;
		return NULL;
	}
	if (g->owner_cnt && g->owner != ctx) {
		emu_obj_abort(ctx, &idev->obj);
		*rc = -EPERM;
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
	emu_obj_put_and_destroy(idev->ctx, &idev->obj);
}

void emu_idev_destroy(struct emu_obj *o)
{
	struct emu_idev *idev = (struct emu_idev *)o;
	struct emu_group *g = idev->dev->group;

	if (!--g->owner_cnt)
		g->owner = NULL;
	if (!is_mock(idev->dev))
		emu_ctx_put(idev->ctx);
}

struct emu_hwpt *emu_device_hwpt(const struct emu_idev *idev, uint32_t pasid)
{
	return pasid ? NULL : idev->dev->group->hwpt;
}

/* Gives a use back. An automatic one goes with its last device. */
static void hwpt_put(struct emu_hwpt *hwpt)
{
	if (hwpt->automatic)
		emu_obj_put_and_destroy(hwpt->ioas->ctx, &hwpt->obj);
	else
		hwpt->obj.users--;
}

/* ---- attaching ---- */

/*
 * Takes the device's reserved regions out of the IOAS. `own` puts the window the user chose in
 * the place of the driver's; the series does that on attach, not on replace.
 */
static int reserve_regions(struct emu_ioas *ioas, const struct emu_idev *idev, bool own)
{
	const struct emu_dev *dev = idev->dev;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < dev->n_resv && !rc; i++) {
		struct emu_resv r = dev->resv[i];

		if (emu_kind_is(&r, "direct-relaxable"))
			continue;
		if (own && emu_kind_is(&r, "sw-msi") && idev->sw_msi_size) {
			r.start = idev->sw_msi_start;
			r.last = r.start + idev->sw_msi_size - 1;
		}
		rc = emu_pt_reserve(ioas, r.start, r.last, dev, r.kind, dev->name);
	}
	if (rc)
		emu_pt_unreserve(ioas, dev);
	return rc;
}

/* Does the driver let the device use it? */
static bool suits(const struct emu_hwpt *hwpt, const struct emu_dev *dev)
{
	if (hwpt->unit != dev->unit)
		return false;
	return !hwpt->has_dirty || emu_dev_can(dev, IOM_HW_CAP_DIRTY_TRACKING);
}

/* One way of getting a device to a page table; *old is then the one to be put, or NULL. */
typedef int (*connect_fn)(struct emu_idev *idev, struct emu_hwpt *hwpt, struct emu_hwpt **old);

static int do_attach(struct emu_idev *idev, struct emu_hwpt *hwpt, struct emu_hwpt **old)
{
	struct emu_group *g = idev->dev->group;
	int rc;

	*old = NULL;
	if (g->hwpt && g->hwpt != hwpt)
		return -EINVAL;
	rc = reserve_regions(hwpt->ioas, idev, true);
	if (rc)
		return rc;
	if (!g->hwpt && !suits(hwpt, idev->dev)) {
		emu_pt_unreserve(hwpt->ioas, idev->dev);
		return -EINVAL;
	}
	g->hwpt = hwpt;
	hwpt->obj.users++;
	idev->attached = true;
	idev->next = g->attached;
	g->attached = idev;
	return 0;
}

static void unreserve_group(const struct emu_group *g, struct emu_ioas *ioas)
{
	const struct emu_idev *idev;

	for (idev = g->attached; idev; idev = idev->next)
		emu_pt_unreserve(ioas, idev->dev);
}

static int do_replace(struct emu_idev *idev, struct emu_hwpt *hwpt, struct emu_hwpt **old)
{
	struct emu_group *g = idev->dev->group;
	const struct emu_idev *cur;
	uint32_t n = 0;
	int rc = 0;

	*old = NULL;
	if (!idev->attached)
		return -EINVAL;
	if (g->hwpt == hwpt)
		return 0;
	for (cur = g->attached; cur; cur = cur->next) {
		n++;
		if (!rc && hwpt->ioas != g->hwpt->ioas)
			rc = reserve_regions(hwpt->ioas, cur, false);
	}
	if (!rc && !suits(hwpt, idev->dev))
		rc = -EINVAL;
	if (rc) {
		/* as Linux does it, even when both belong to the same IOAS */
		unreserve_group(g, hwpt->ioas);
		return rc;
	}
	if (hwpt->ioas != g->hwpt->ioas)
		unreserve_group(g, g->hwpt->ioas);
	emu_fault_forget(g->hwpt, g, 0);
	*old = g->hwpt;
	g->hwpt = hwpt;
	hwpt->obj.users += n;
	(*old)->obj.users -= n - 1; /* the last one is the caller's to put */
	return 0;
}

static void leave(struct emu_idev *idev, struct emu_hwpt *hwpt)
{
	struct emu_group *g = idev->dev->group;
	struct emu_idev **p;

	for (p = &g->attached; *p != idev; p = &(*p)->next)
		;
	*p = idev->next;
	idev->attached = false;
	if (!g->attached) {
		emu_fault_forget(hwpt, g, 0);
		g->hwpt = NULL;
	}
	emu_pt_unreserve(hwpt->ioas, idev->dev);
	hwpt_put(hwpt);
}

/* A page table made for this IOAS and device. On attach the device comes first, then the fill. */
static int connect_new(struct emu_idev *idev, struct emu_ioas *ioas, uint32_t *pt_id,
		       connect_fn connect, struct emu_hwpt **old)
{
	struct emu_hwpt *hwpt = emu_hwpt_new(idev, ioas);
	bool first = connect == do_attach;
	int rc = 0;

	if (!hwpt)
		return -ENOMEM;
	if (first)
		rc = connect(idev, hwpt, old);
	if (!rc) {
		rc = emu_pt_add_domain(ioas, hwpt);
		if (rc && first)
			leave(idev, hwpt);
	}
	if (rc) {
		emu_hwpt_abort(hwpt);
		return rc;
	}
	if (!first)
		rc = connect(idev, hwpt, old);
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
static int connect_auto(struct emu_idev *idev, struct emu_ioas *ioas, uint32_t *pt_id,
			connect_fn connect, struct emu_hwpt **old)
{
	struct emu_hwpt *hwpt;
	int rc;

	for (hwpt = ioas->hwpts; hwpt; hwpt = hwpt->next) {
		if (!hwpt->automatic)
			continue;
		rc = connect(idev, hwpt, old);
		if (rc == -EINVAL)
			continue;
		if (!rc)
			*pt_id = hwpt->obj.id;
		return rc;
	}
	return connect_new(idev, ioas, pt_id, connect, old);
}

static int change_pt(struct emu_idev *idev, uint32_t *pt_id, connect_fn connect)
{
	struct emu_obj *pt = emu_obj_get(idev->ctx, *pt_id, IOM_OBJ_ANY);
	struct emu_hwpt *old = NULL;
	int rc;

	if (!pt)
		return -ENOENT;
	if (pt->type == IOM_OBJ_HWPT_PAGING || pt->type == IOM_OBJ_HWPT_NESTED)
		rc = connect(idev, (struct emu_hwpt *)pt, &old);
	else if (pt->type == IOM_OBJ_IOAS)
		rc = connect_auto(idev, (struct emu_ioas *)pt, pt_id, connect, &old);
	else
		rc = -EINVAL;
	if (!rc && old)
		hwpt_put(old);
	return rc;
}

int emu_device_attach(struct emu_idev *idev, uint32_t *pt_id)
{
	int rc = change_pt(idev, pt_id, do_attach);

	if (!rc)
		idev->obj.users++;
	return rc;
}

int emu_device_replace(struct emu_idev *idev, uint32_t *pt_id)
{
	return change_pt(idev, pt_id, do_replace);
}

void emu_device_detach(struct emu_idev *idev)
{
	if (!idev->attached)
		return;
	leave(idev, idev->dev->group->hwpt);
	idev->obj.users--;
}
