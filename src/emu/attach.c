/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the devices of a group and their PASIDs are attached to: attach, replace, detach. */
#include "internal.h"

#include <errno.h>
#include <string.h>

struct emu_attach *emu_attach_of(const struct emu_group *g, uint32_t pasid)
{
	struct emu_attach *at;

	for (at = g->attaches; at && at->pasid <= pasid; at = at->next)
		if (at->pasid == pasid)
			return at;
	return NULL;
}

struct emu_hwpt *emu_device_hwpt(const struct emu_idev *idev, uint32_t pasid)
{
	const struct emu_attach *at = emu_attach_of(idev->dev->group, pasid);

	return at ? at->hwpt : NULL;
}

static bool is_member(const struct emu_attach *at, const struct emu_idev *idev)
{
	uint32_t i;

	for (i = 0; at && i < at->n_devs; i++)
		if (at->devs[i] == idev)
			return true;
	return false;
}

bool emu_idev_is_attached(const struct emu_idev *idev, uint32_t pasid)
{
	return is_member(emu_attach_of(idev->dev->group, pasid), idev);
}

/* ---- the table of a group ---- */

/* Finds the entry of the PASID or makes an empty one. NULL when out of memory. */
static struct emu_attach *open_entry(struct emu_group *g, uint32_t pasid)
{
	struct emu_attach **p = &g->attaches, *at;

	while (*p && (*p)->pasid < pasid)
		p = &(*p)->next;
	at = *p;
	if (at && at->pasid == pasid)
		return at;
	at = emu_zalloc(sizeof(*at));
	if (!at)
		return NULL;
	at->pasid = pasid;
	at->next = *p;
	*p = at;
	return at;
}

/* Drops the entry when no device is left in it. */
static void close_entry(struct emu_group *g, struct emu_attach *at)
{
	struct emu_attach **p = &g->attaches;

	if (at->n_devs)
		return;
	while (*p != at)
		p = &(*p)->next;
	*p = at->next;
	emu_free(at->devs);
	emu_free(at);
}

/* In order of id, as the kernel walks them. */
static int add_member(struct emu_attach *at, struct emu_idev *idev)
{
	struct emu_idev **devs = emu_realloc(at->devs, (at->n_devs + 1) * sizeof(struct emu_idev *));
	uint32_t i;

	if (!devs)
		return -ENOMEM;
	at->devs = devs;
	for (i = at->n_devs++; i && devs[i - 1]->obj.id > idev->obj.id; i--)
		devs[i] = devs[i - 1];
	devs[i] = idev;
	return 0;
}

static void remove_member(struct emu_attach *at, const struct emu_idev *idev)
{
	uint32_t i, n = 0;

	for (i = 0; i < at->n_devs; i++)
		if (at->devs[i] != idev)
			at->devs[n++] = at->devs[i];
	at->n_devs = n;
}

/* ---- reserved regions: of the devices themselves, never of their PASIDs ---- */

/*
 * Takes the device's reserved regions out of the IOAS. `own` puts the window the user chose in
 * the place of the driver's; the series does that on attach, not on replace.
 */
static int reserve_regions(struct emu_ioas *ioas, const struct emu_idev *idev, bool own)
{
	const struct emu_dev *dev = idev->dev;
	uint32_t i;
	int rc = 0;

	if (emu_should_fail())
		return -EINVAL;
	for (i = 0; i < dev->n_resv && !rc && !dev->noiommu; i++) {
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

static void unreserve_all(const struct emu_attach *at, struct emu_ioas *ioas)
{
	uint32_t i;

	for (i = 0; i < at->n_devs; i++)
		emu_pt_unreserve(ioas, at->devs[i]->dev);
}

/* ---- what the IOMMU's driver says ---- */

/* One group has either page tables for PASIDs only, or no PASID attached. */
static bool pasid_compatible(const struct emu_hwpt *hwpt, const struct emu_group *g, uint32_t pasid)
{
	const struct emu_hwpt *own;
	const struct emu_attach *at;

	if (hwpt->pasid_compat) {
		at = pasid ? emu_attach_of(g, EMU_NO_PASID) : NULL;
		own = at ? at->hwpt : NULL;
		return !own || own->pasid_compat;
	}
	if (pasid)
		return false;
	for (at = g->attaches; at; at = at->next)
		if (at->pasid)
			return false;
	return true;
}

/* A table of a vIOMMU is only for devices behind it; the device notes whose guest it serves. */
static int mock_set_device(const struct emu_hwpt *hwpt, struct emu_dev *dev)
{
	const struct emu_vdevice *vdev = NULL;

	if (hwpt->unit != dev->unit)
		return -EINVAL;
	if (hwpt->has_dirty && !emu_dev_has_dirty(dev))
		return -EINVAL;
	if (hwpt->viommu) {
		vdev = emu_viommu_vdevice_of(hwpt->viommu, dev);
		if (!vdev)
			return -ENOENT;
	}
	/* from one table of a vIOMMU to the next nothing changes, not even a new number */
	if (hwpt->viommu != dev->viommu) {
		dev->viommu = hwpt->viommu;
		dev->vdev_id = vdev ? vdev->virt_id : 0;
	}
	return 0;
}

/* Takes every device of the group to the page table, or none. */
static int set_device(const struct emu_hwpt *hwpt, const struct emu_idev *idev)
{
	const struct emu_dev *dev;
	int rc = 0;

	if (idev->dev->unit == EMU_UNIT_MOCK)
		return mock_set_device(hwpt, idev->dev);
	for (dev = idev->ctx->emu->devs; dev && !rc; dev = dev->next)
		if (dev->group == idev->dev->group)
			rc = emu_driver_attach(hwpt, dev);
	return rc;
}

/* The mock driver lets every second change of one PASID fail, to test how that is undone. */
static int mock_set_pasid(struct emu_dev *dev, uint32_t pasid)
{
	if (pasid != IOM_TEST_PASID_RESERVED)
		return 0;
	dev->next_fails = !dev->next_fails;
	return dev->next_fails ? 0 : -ENOMEM;
}

/* The group has more devices than are bound; those without PASIDs do not matter. */
static int set_pasid(struct emu_hwpt *hwpt, struct emu_idev *idev, uint32_t pasid, bool replace)
{
	const struct emu_dev *dev;
	int rc = 0;

	if (hwpt->no_pasid_op)
		return -EOPNOTSUPP;
	if (hwpt->driver != idev->dev->hw.driver)
		return -EINVAL;
	if (idev->dev->unit == EMU_UNIT_MOCK) {
		if (!replace && pasid >= idev->dev->max_pasids)
			return -EINVAL;
		return mock_set_pasid(idev->dev, pasid);
	}
	for (dev = idev->ctx->emu->devs; dev && !replace; dev = dev->next)
		if (dev->group == idev->dev->group && dev->max_pasids && pasid >= dev->max_pasids)
			return -EINVAL;
	for (dev = idev->ctx->emu->devs; dev && !rc; dev = dev->next)
		if (dev->group == idev->dev->group && dev->max_pasids)
			rc = emu_driver_attach(hwpt, dev);
	return rc;
}

static int set_domain(struct emu_hwpt *hwpt, struct emu_idev *idev, uint32_t pasid, bool replace)
{
	if (!pasid_compatible(hwpt, idev->dev->group, pasid))
		return -EINVAL;
	if (idev->dev->noiommu)
		return 0; /* there is no driver to ask */
	if (pasid == EMU_NO_PASID)
		return set_device(hwpt, idev);
	return set_pasid(hwpt, idev, pasid, replace);
}

/* ---- attach, replace, detach ---- */

int emu_attach(struct emu_idev *idev, uint32_t pasid, struct emu_hwpt *hwpt, struct emu_hwpt **old)
{
	struct emu_attach *at = open_entry(idev->dev->group, pasid);
	bool reserve = pasid == EMU_NO_PASID;
	int rc = 0;

	*old = NULL;
	if (!at)
		return -ENOMEM;
	if (is_member(at, idev))
		return -EBUSY;
	if (at->hwpt && at->hwpt != hwpt)
		return -EINVAL;
	rc = add_member(at, idev);
	if (rc)
		goto out_close;
	if (reserve)
		rc = reserve_regions(hwpt->ioas, idev, true);
	if (rc)
		goto out_remove;
	if (!at->hwpt)
		rc = set_domain(hwpt, idev, pasid, false);
	if (rc)
		goto out_unreserve;
	at->hwpt = hwpt;
	hwpt->obj.users++;
	return 0;
out_unreserve:
	if (reserve)
		emu_pt_unreserve(hwpt->ioas, idev->dev);
out_remove:
	remove_member(at, idev);
out_close:
	close_entry(idev->dev->group, at);
	return rc;
}

int emu_replace(struct emu_idev *idev, uint32_t pasid, struct emu_hwpt *hwpt, struct emu_hwpt **old)
{
	struct emu_attach *at = emu_attach_of(idev->dev->group, pasid);
	bool reserve = pasid == EMU_NO_PASID, other_ioas;
	uint32_t i;
	int rc = 0;

	*old = NULL;
	if (!is_member(at, idev))
		return -EINVAL;
	if (at->hwpt == hwpt)
		return 0;
	other_ioas = hwpt->ioas != at->hwpt->ioas;
	for (i = 0; reserve && other_ioas && i < at->n_devs && !rc; i++)
		rc = reserve_regions(hwpt->ioas, at->devs[i], false);
	if (!rc)
		rc = set_domain(hwpt, idev, pasid, true);
	if (rc) {
		/* as Linux does it, even when both belong to the same IOAS */
		if (reserve)
			unreserve_all(at, hwpt->ioas);
		return rc;
	}
	if (reserve && other_ioas)
		unreserve_all(at, at->hwpt->ioas);
	emu_fault_forget(at->hwpt, idev->dev->group, pasid);
	*old = at->hwpt;
	at->hwpt = hwpt;
	hwpt->obj.users += at->n_devs;
	(*old)->obj.users -= at->n_devs - 1; /* the last one is the caller's to put */
	return 0;
}

struct emu_hwpt *emu_detach(struct emu_idev *idev, uint32_t pasid)
{
	struct emu_attach *at = emu_attach_of(idev->dev->group, pasid);
	struct emu_hwpt *hwpt;

	if (!is_member(at, idev))
		return NULL;
	hwpt = at->hwpt;
	remove_member(at, idev);
	if (!at->n_devs)
		emu_fault_forget(hwpt, idev->dev->group, pasid);
	if (pasid == EMU_NO_PASID && !at->n_devs)
		idev->dev->viommu = NULL;
	if (pasid == EMU_NO_PASID)
		emu_pt_unreserve(hwpt->ioas, idev->dev);
	else if (pasid == IOM_TEST_PASID_RESERVED)
		idev->dev->next_fails = false;
	close_entry(idev->dev->group, at);
	return hwpt;
}
