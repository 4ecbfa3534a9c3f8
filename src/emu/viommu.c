/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual IOMMUs, and the virtual devices behind them; what the IOMMU adds is behind an ops table. */
#include "process.h"
#include "tsm.h"

#include <errno.h>
#include <unistd.h>

#define MAX_KMALLOC ((size_t)4 << 20) /* bytes that a driver gets in one piece */

static const struct emu_viommu_ops *ops_for(const struct emu_dev *dev, uint32_t type)
{
	if (dev->unit != EMU_UNIT_MOCK)
		return emu_driver_viommu_ops(&dev->hw, type);
	return type == IOM_VIOMMU_TYPE_SELFTEST ? &emu_mock_viommu_ops : NULL;
}

/* ---- vIOMMU ---- */

void emu_viommu_destroy(struct emu_obj *o)
{
	struct emu_viommu *v = (struct emu_viommu *)o;

	if (v->ops && v->ops->destroy)
		v->ops->destroy(v);
	emu_kvm_put(v->kvm);
	emu_kvm_put(v->vfio_kvm);
	v->hwpt->obj.users--;
}

static int start(struct emu_ucmd *u, struct emu_viommu *v, const struct emu_viommu_ops *ops,
		 struct emu_kvm *kvm, int kvm_rc)
{
	struct iom_viommu_alloc *cmd = u->cmd;
	int rc = ops->init(u, v);

	if (rc)
		return rc;
	v->ops = ops; /* from here on there is something to destroy */
	if (kvm_rc)
		return kvm_rc;
	v->kvm = emu_kvm_get(kvm);
	cmd->out_viommu_id = v->obj.id;
	return emu_respond(u, sizeof(*cmd));
}

int emu_viommu_alloc(struct emu_ucmd *u)
{
	const struct iom_viommu_alloc *cmd = u->cmd;

	if (cmd->flags)
		return -EOPNOTSUPP;
	return emu_viommu_alloc_with(u, NULL, 0);
}

int emu_viommu_alloc_with(struct emu_ucmd *u, struct emu_kvm *kvm, int kvm_rc)
{
	const struct iom_viommu_alloc *cmd = u->cmd;
	const struct emu_viommu_ops *ops;
	struct emu_viommu *v;
	struct emu_hwpt *hwpt;
	struct emu_idev *idev;
	int rc;

	if (cmd->type == IOM_VIOMMU_TYPE_DEFAULT)
		return -EOPNOTSUPP;
	idev = (struct emu_idev *)emu_obj_get(u->ctx, cmd->dev_id, IOM_OBJ_DEVICE);
	if (!idev)
		return -ENOENT;
	ops = ops_for(idev->dev, cmd->type);
	if (!ops)
		return -EOPNOTSUPP;
	hwpt = (struct emu_hwpt *)emu_obj_get(u->ctx, cmd->hwpt_id, IOM_OBJ_HWPT_PAGING);
	if (!hwpt)
		return -ENOENT;
	if (!hwpt->nest_parent)
		return -EINVAL;
	v = emu_obj_alloc(u->ctx, sizeof(*v), IOM_OBJ_VIOMMU);
	if (!v)
		return -ENOMEM;
	v->ctx = u->ctx;
	v->type = cmd->type;
	v->unit = idev->dev->unit;
	v->hw = idev->dev->hw;
	v->hwpt = hwpt;
	hwpt->obj.users++;
	v->vfio_kvm = emu_kvm_get(idev->kvm);
	rc = start(u, v, ops, kvm, kvm_rc);
	if (rc) {
		emu_viommu_destroy(&v->obj);
		emu_obj_abort(u->ctx, &v->obj);
		return rc;
	}
	emu_obj_publish(&v->obj);
	return 0;
}

/* ---- a range of the context's fd that can be mapped ---- */

void emu_viommu_add_mmap(struct emu_viommu *v, uint64_t length)
{
	struct emu_viommu **p = &v->ctx->mmaps;
	uint64_t at = EMU_PAGE; /* never 0, so that 0 means none */

	/* the lowest gap that is large enough */
	for (; *p && (*p)->mmap_offset - at < length; p = &(*p)->next_mmap)
		at = (*p)->mmap_offset + (*p)->mmap_length;
	v->mmap_offset = at;
	v->mmap_length = length;
	v->mmap_pages.fd = -1;
	v->next_mmap = *p;
	*p = v;
}

void emu_viommu_remove_mmap(struct emu_viommu *v)
{
	struct emu_viommu **p;

	for (p = &v->ctx->mmaps; *p != v; p = &(*p)->next_mmap)
		;
	*p = v->next_mmap;
	emu_own_close(&v->mmap_pages);
	v->mmap_offset = 0;
}

/* ---- virtual devices ---- */

struct emu_vdevice *emu_viommu_vdevice(const struct emu_viommu *v, uint64_t virt_id)
{
	struct emu_vdevice *vdev;

	for (vdev = v->vdevs; vdev; vdev = vdev->next)
		if (vdev->virt_id == virt_id)
			break;
	return vdev;
}

struct emu_vdevice *emu_viommu_vdevice_of(const struct emu_viommu *v, const struct emu_dev *dev)
{
	struct emu_vdevice *vdev;

	for (vdev = v->vdevs; vdev; vdev = vdev->next)
		if (vdev->idev->dev == dev)
			break;
	return vdev;
}

void emu_vdevice_destroy(struct emu_obj *o)
{
	struct emu_vdevice *vdev = (struct emu_vdevice *)o, **p;

	for (p = &vdev->viommu->vdevs; *p && *p != vdev; p = &(*p)->next)
		;
	if (*p)
		*p = vdev->next;
	emu_tdi_unbind(vdev->idev->dev);
	vdev->viommu->obj.users--;
	vdev->idev->vdev = NULL;
	vdev->idev->obj.users--;
}

static int vdevice_start(struct emu_ucmd *u, struct emu_vdevice *vdev)
{
	struct iom_vdevice_alloc *cmd = u->cmd;
	struct emu_viommu *v = vdev->viommu;

	if (emu_viommu_vdevice(v, vdev->virt_id))
		return -EEXIST;
	vdev->next = v->vdevs;
	v->vdevs = vdev;
	cmd->out_vdevice_id = vdev->obj.id;
	return emu_respond(u, sizeof(*cmd));
}

int emu_vdevice_alloc(struct emu_ucmd *u)
{
	const struct iom_vdevice_alloc *cmd = u->cmd;
	struct emu_vdevice *vdev;
	struct emu_viommu *v;
	struct emu_idev *idev;
	int rc;

	v = (struct emu_viommu *)emu_obj_get(u->ctx, cmd->viommu_id, IOM_OBJ_VIOMMU);
	if (!v)
		return -ENOENT;
	idev = (struct emu_idev *)emu_obj_get(u->ctx, cmd->dev_id, IOM_OBJ_DEVICE);
	if (!idev)
		return -ENOENT;
	if (v->unit != idev->dev->unit)
		return -EINVAL;
	if (idev->going)
		return -ENOENT;
	if (idev->vdev)
		return -EEXIST;
	vdev = emu_obj_alloc(u->ctx, sizeof(*vdev), IOM_OBJ_VDEVICE);
	if (!vdev)
		return -ENOMEM;
	vdev->virt_id = cmd->virt_id;
	vdev->viommu = v;
	v->obj.users++;
	vdev->idev = idev;
	idev->obj.users++;
	idev->vdev = vdev;
	rc = vdevice_start(u, vdev);
	if (rc) {
		emu_vdevice_destroy(&vdev->obj);
		emu_obj_abort(u->ctx, &vdev->obj);
		return rc;
	}
	emu_obj_publish(&vdev->obj);
	return 0;
}

/* ---- invalidation ---- */

static int copy_entries(char *to, const struct iom_hwpt_invalidate *cmd, size_t size)
{
	uint64_t from = cmd->data_uptr;
	int rc = 0;

	if (cmd->entry_len == size)
		return emu_copy_from(to, from, cmd->entry_num * size);
	for (uint32_t i = 0; i < cmd->entry_num && !rc; i++, from += cmd->entry_len, to += size)
		rc = emu_copy_struct(to, size, from, cmd->entry_len);
	return rc;
}

int emu_viommu_each_entry(const struct emu_viommu *v, const struct iom_hwpt_invalidate *cmd,
			  uint32_t type, size_t size,
			  int (*carry_out)(const struct emu_viommu *v, const void *entry),
			  uint32_t *done)
{
	size_t bytes = cmd->entry_num * size;
	_emu_free_ char *entries = NULL;
	int rc;

	*done = cmd->entry_num; /* as Linux leaves it when it has no memory */
	if (bytes > MAX_KMALLOC)
		return -ENOMEM;
	entries = emu_alloc(bytes ? bytes : 1);
	if (!entries)
		return -ENOMEM;
	*done = 0;
	if (cmd->data_type != type || !cmd->entry_num)
		return -EINVAL;
	rc = copy_entries(entries, cmd, size);
	while (!rc && *done < cmd->entry_num) {
		rc = carry_out(v, entries + *done * size);
		if (!rc)
			++*done;
	}
	return rc;
}
