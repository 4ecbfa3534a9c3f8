/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hardware page tables: made by the user or for a device, nested ones and their mock IOTLB. */
#include "internal.h"

#include <errno.h>

#define PAGING_FLAGS                                                                               \
	((uint32_t)(IOM_HWPT_ALLOC_NEST_PARENT | IOM_HWPT_ALLOC_DIRTY_TRACKING |                   \
		    IOM_HWPT_FAULT_ID_VALID | IOM_HWPT_ALLOC_PASID))
#define NESTED_FLAGS ((uint32_t)(IOM_HWPT_FAULT_ID_VALID | IOM_HWPT_ALLOC_PASID))

/* A mock table of huge pages takes 1 MiB and 4 KiB, in all of what three levels reach. */
#define HUGE_PGSIZES	   (EMU_MIB | EMU_PAGE)
#define HUGE_APERTURE_LAST (((uint64_t)1 << 38) - 1)
enum { PAGETABLE_DEFAULT, PAGETABLE_HUGE };

#define MAX_INVALIDATIONS ((uint32_t)1 << 19)

bool emu_dev_has_dirty(const struct emu_dev *dev)
{
	if (dev->unit != EMU_UNIT_MOCK)
		return emu_driver_has_dirty(&dev->hw);
	return !(dev->mock_flags & IOM_MOCK_FLAGS_DEVICE_NO_DIRTY);
}

struct emu_hwpt *emu_hwpt_new(struct emu_idev *idev, struct emu_ioas *ioas, uint32_t flags,
			      int *rc)
{
	const struct emu_dev *dev = idev->dev;
	struct emu_hwpt *hwpt = emu_obj_alloc(idev->ctx, sizeof(*hwpt), IOM_OBJ_HWPT_PAGING);

	*rc = -ENOMEM;
	if (!hwpt)
		return NULL;
	hwpt->ioas = ioas;
	hwpt->dirty.mem = &emu_itree_mem;
	ioas->obj.users++;
	hwpt->unit = dev->unit;
	hwpt->driver = dev->hw.driver;
	hwpt->aperture_start = dev->aperture_start;
	hwpt->aperture_last = dev->aperture_last;
	hwpt->pgsizes = dev->pgsizes;
	*rc = emu_driver_paging(hwpt, &dev->hw, flags);
	if (!*rc)
		return hwpt;
	emu_hwpt_abort(hwpt);
	return NULL;
}

void emu_hwpt_abort(struct emu_hwpt *hwpt)
{
	struct emu_ioas *ioas = hwpt->ioas;

	ioas->obj.users--;
	emu_obj_abort(ioas->ctx, &hwpt->obj);
}

static void put_fault(struct emu_hwpt *hwpt)
{
	if (hwpt->fault)
		hwpt->fault->q.obj.users--;
}

void emu_hwpt_destroy(struct emu_obj *o)
{
	struct emu_hwpt *hwpt = (struct emu_hwpt *)o;

	emu_pt_remove_domain(hwpt->ioas, hwpt);
	emu_dirty_forget(hwpt, 0, UINT64_MAX);
	put_fault(hwpt);
	hwpt->ioas->obj.users--;
}

void emu_hwpt_nested_destroy(struct emu_obj *o)
{
	struct emu_hwpt *hwpt = (struct emu_hwpt *)o;

	put_fault(hwpt);
	if (hwpt->viommu)
		hwpt->viommu->obj.users--;
	else
		hwpt->parent->obj.users--;
}

/* ---- allocation ---- */

/* What the user says about a mock table: the first member is a must. */
static int copy_config(const struct iom_hwpt_alloc *cmd, struct iom_hwpt_selftest *cfg)
{
	if (cmd->data_len < sizeof(cfg->iotlb) || cmd->data_len > sizeof(*cfg))
		return -EINVAL;
	return emu_copy_struct(cfg, sizeof(*cfg), cmd->data_uptr, cmd->data_len);
}

/* The mock driver's part: what kind of table it makes. */
static int mock_paging_init(struct emu_hwpt *hwpt, const struct iom_hwpt_alloc *cmd)
{
	struct iom_hwpt_selftest cfg = { 0 };
	int rc = 0;

	if (cmd->data_len && cmd->data_type != IOM_HWPT_DATA_SELFTEST)
		return -EOPNOTSUPP;
	if (cmd->data_len)
		rc = copy_config(cmd, &cfg);
	if (rc)
		return rc;
	if (cfg.pagetable_type > PAGETABLE_HUGE)
		return -EOPNOTSUPP;
	if (cfg.pagetable_type == PAGETABLE_HUGE) {
		hwpt->pgsizes = HUGE_PGSIZES;
		hwpt->aperture_start = 0;
		hwpt->aperture_last = HUGE_APERTURE_LAST;
	}
	return 0;
}

static struct emu_hwpt *alloc_paging(struct emu_idev *idev, struct emu_ioas *ioas,
				     const struct iom_hwpt_alloc *cmd, int *rc)
{
	bool mock = idev->dev->unit == EMU_UNIT_MOCK;
	uint32_t flags = cmd->flags;
	/* a fault queue is not the driver's business */
	uint32_t plain = IOM_HWPT_FAULT_ID_VALID | (idev->dev->noiommu ? 0 : IOM_HWPT_ALLOC_PASID);
	struct emu_hwpt *hwpt;

	*rc = -EOPNOTSUPP;
	if (((flags & ~plain) || cmd->data_len) &&
	    idev->dev->hw.driver == EMU_DRIVER_PLAIN)
		return NULL;
	if (flags & ~PAGING_FLAGS)
		return NULL;
	if ((flags & IOM_HWPT_ALLOC_DIRTY_TRACKING) && !emu_dev_has_dirty(idev->dev))
		return NULL;
	if ((flags & IOM_HWPT_FAULT_ID_VALID) && (flags & IOM_HWPT_ALLOC_NEST_PARENT))
		return NULL;
	if (cmd->data_len && !mock)
		return NULL;
	hwpt = emu_hwpt_new(idev, ioas, flags, rc);
	if (!hwpt)
		return NULL;
	hwpt->pasid_compat = flags & IOM_HWPT_ALLOC_PASID;
	if (mock)
		*rc = mock_paging_init(hwpt, cmd);
	if (!*rc)
		*rc = emu_pt_add_domain(ioas, hwpt);
	if (!*rc)
		return hwpt;
	emu_hwpt_abort(hwpt);
	return NULL;
}

int emu_mock_nested_init(struct emu_hwpt *hwpt, const struct iom_hwpt_alloc *cmd)
{
	struct iom_hwpt_selftest cfg = { 0 };
	int rc, i;

	if (cmd->data_type != IOM_HWPT_DATA_SELFTEST)
		return -EOPNOTSUPP;
	rc = copy_config(cmd, &cfg);
	for (i = 0; i < IOM_MOCK_NESTED_DOMAIN_IOTLB_NUM; i++)
		hwpt->iotlb[i] = cfg.iotlb;
	return rc;
}

static struct emu_hwpt *alloc_nested(struct emu_idev *idev, struct emu_hwpt *parent,
				     const struct iom_hwpt_alloc *cmd, int *rc)
{
	const struct emu_hw *hw = &idev->dev->hw;
	bool mock = hw->driver == EMU_DRIVER_MOCK;
	struct emu_hwpt *hwpt;

	*rc = -EOPNOTSUPP;
	if ((cmd->flags & ~NESTED_FLAGS) || !cmd->data_len || (!mock && !emu_driver_nests(hw)))
		return NULL;
	*rc = -EINVAL;
	if (parent->automatic || !parent->nest_parent || parent->driver != hw->driver)
		return NULL;
	*rc = -ENOMEM;
	hwpt = emu_obj_alloc(idev->ctx, sizeof(*hwpt), IOM_OBJ_HWPT_NESTED);
	if (!hwpt)
		return NULL;
	hwpt->pasid_compat = cmd->flags & IOM_HWPT_ALLOC_PASID;
	*rc = mock ? emu_mock_nested_init(hwpt, cmd) : emu_driver_nested(hwpt, hw, cmd);
	if (*rc) {
		emu_obj_abort(idev->ctx, &hwpt->obj);
		return NULL;
	}
	hwpt->parent = parent;
	hwpt->ioas = parent->ioas;
	hwpt->unit = parent->unit;
	hwpt->driver = parent->driver;
	parent->obj.users++;
	return hwpt;
}

static struct emu_hwpt *alloc_on_viommu(struct emu_idev *idev, struct emu_viommu *v,
					const struct iom_hwpt_alloc *cmd, int *rc)
{
	struct emu_hwpt *hwpt;

	*rc = -EINVAL;
	if (v->unit != idev->dev->unit)
		return NULL;
	*rc = -EOPNOTSUPP;
	if ((cmd->flags & ~NESTED_FLAGS) || !cmd->data_len || !v->ops->alloc_nested)
		return NULL;
	*rc = -ENOMEM;
	hwpt = emu_obj_alloc(idev->ctx, sizeof(*hwpt), IOM_OBJ_HWPT_NESTED);
	if (!hwpt)
		return NULL;
	hwpt->pasid_compat = cmd->flags & IOM_HWPT_ALLOC_PASID;
	*rc = v->ops->alloc_nested(v, hwpt, cmd);
	if (*rc) {
		emu_obj_abort(idev->ctx, &hwpt->obj);
		return NULL;
	}
	hwpt->viommu = v;
	hwpt->parent = v->hwpt;
	hwpt->ioas = v->hwpt->ioas;
	hwpt->unit = v->unit;
	hwpt->driver = v->hwpt->driver;
	v->obj.users++;
	return hwpt;
}

/* Undoes an allocation that was complete but for its answer. */
static void drop(struct emu_ctx *ctx, struct emu_hwpt *hwpt)
{
	if (hwpt->parent)
		emu_hwpt_nested_destroy(&hwpt->obj);
	else
		emu_hwpt_destroy(&hwpt->obj);
	emu_obj_abort(ctx, &hwpt->obj);
}

static int take_fault(struct emu_hwpt *hwpt, const struct emu_ctx *ctx,
		      const struct iom_hwpt_alloc *cmd)
{
	struct emu_obj *fault;

	if (!(cmd->flags & IOM_HWPT_FAULT_ID_VALID))
		return 0;
	fault = emu_obj_get(ctx, cmd->fault_id, IOM_OBJ_FAULT);
	if (!fault)
		return -ENOENT;
	hwpt->fault = (struct emu_fault *)fault;
	fault->users++;
	return 0;
}

int emu_hwpt_alloc(struct emu_ucmd *u)
{
	struct iom_hwpt_alloc *cmd = u->cmd;
	struct emu_hwpt *hwpt = NULL;
	struct emu_idev *idev;
	struct emu_obj *pt;
	int rc = -EINVAL;

	if (cmd->reserved)
		return -EOPNOTSUPP;
	if ((cmd->data_type == IOM_HWPT_DATA_NONE) != !cmd->data_len)
		return -EINVAL;
	idev = (struct emu_idev *)emu_obj_get(u->ctx, cmd->dev_id, IOM_OBJ_DEVICE);
	if (!idev)
		return -ENOENT;
	pt = emu_obj_get(u->ctx, cmd->pt_id, IOM_OBJ_ANY);
	if (!pt)
		return -EINVAL;
	if (pt->type == IOM_OBJ_IOAS)
		hwpt = alloc_paging(idev, (struct emu_ioas *)pt, cmd, &rc);
	else if (pt->type == IOM_OBJ_HWPT_PAGING)
		hwpt = alloc_nested(idev, (struct emu_hwpt *)pt, cmd, &rc);
	else if (pt->type == IOM_OBJ_VIOMMU)
		hwpt = alloc_on_viommu(idev, (struct emu_viommu *)pt, cmd, &rc);
	if (!hwpt)
		return rc;
	rc = take_fault(hwpt, u->ctx, cmd);
	if (!rc) {
		cmd->out_hwpt_id = hwpt->obj.id;
		rc = emu_respond(u, sizeof(*cmd));
	}
	if (rc)
		drop(u->ctx, hwpt);
	else
		emu_obj_publish(&hwpt->obj);
	return rc;
}

/* ---- invalidation ---- */

/* *done counts the entries that were carried out, whatever comes of the next one. */
static int mock_invalidate(struct emu_hwpt *hwpt, const struct iom_hwpt_invalidate *cmd,
			   uint32_t *done)
{
	struct iom_hwpt_invalidate_selftest inv;
	int rc, i;

	if (cmd->data_type != IOM_HWPT_INVALIDATE_DATA_SELFTEST)
		return -EINVAL;
	for (*done = 0; *done < cmd->entry_num; ++*done) {
		if (cmd->entry_len != sizeof(inv))
			return -EINVAL;
		rc = emu_copy_from(&inv, cmd->data_uptr + *done * sizeof(inv), sizeof(inv));
		if (rc)
			return rc;
		if (inv.flags & ~(uint32_t)IOM_TEST_INVALIDATE_FLAG_ALL)
			return -EOPNOTSUPP;
		if (inv.iotlb_id > IOM_MOCK_NESTED_DOMAIN_IOTLB_ID_MAX)
			return -EINVAL;
		for (i = 0; i < IOM_MOCK_NESTED_DOMAIN_IOTLB_NUM; i++)
			if (inv.flags || (uint32_t)i == inv.iotlb_id)
				hwpt->iotlb[i] = 0;
	}
	return 0;
}

static int invalidate_nested(struct emu_hwpt *hwpt, const struct iom_hwpt_invalidate *cmd,
			     uint32_t *done)
{
	if (hwpt->driver == EMU_DRIVER_MOCK)
		return mock_invalidate(hwpt, cmd, done);
	if (hwpt->viommu) /* what it caches is the vIOMMU's to drop */
		return -EOPNOTSUPP;
	return emu_driver_invalidate(cmd, done);
}

static int invalidate(struct emu_ucmd *u, uint32_t *done)
{
	const struct iom_hwpt_invalidate *cmd = u->cmd;
	struct emu_viommu *v;
	struct emu_obj *o;

	if (cmd->reserved)
		return -EOPNOTSUPP;
	if (cmd->entry_num && (!cmd->data_uptr || !cmd->entry_len || cmd->entry_len > EMU_PAGE ||
			       cmd->entry_num > MAX_INVALIDATIONS))
		return -EINVAL;
	o = emu_obj_get(u->ctx, cmd->hwpt_id, IOM_OBJ_ANY);
	if (!o)
		return -ENOENT;
	if (o->type == IOM_OBJ_HWPT_NESTED)
		return invalidate_nested((struct emu_hwpt *)o, cmd, done);
	if (o->type != IOM_OBJ_VIOMMU)
		return -EINVAL;
	v = (struct emu_viommu *)o;
	return v->ops->invalidate ? v->ops->invalidate(v, cmd, done) : -EOPNOTSUPP;
}

int emu_hwpt_invalidate(struct emu_ucmd *u)
{
	struct iom_hwpt_invalidate *cmd = u->cmd;
	uint32_t done = 0;
	int rc = invalidate(u, &done);

	/* the number of entries done comes back with a refusal, too */
	cmd->entry_num = done;
	return emu_respond(u, sizeof(*cmd)) ? -EFAULT : rc;
}

int emu_check_iotlb(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	uint32_t i = cmd->check_iotlb.id;
	struct emu_hwpt *hwpt =
		(struct emu_hwpt *)emu_obj_get(u->ctx, cmd->id, IOM_OBJ_HWPT_NESTED);

	if (!hwpt)
		return -ENOENT;
	if (hwpt->driver != EMU_DRIVER_MOCK)
		return -EINVAL;
	if (i > IOM_MOCK_NESTED_DOMAIN_IOTLB_ID_MAX || hwpt->iotlb[i] != cmd->check_iotlb.iotlb)
		return -EINVAL;
	return 0;
}
