/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The OPTION call, including the software MSI window of the unmerged series. */
#include "internal.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

static int rlimit_mode(struct emu_ucmd *u, struct iom_option *cmd)
{
	if (cmd->object_id)
		return -EOPNOTSUPP;
	if (cmd->op == IOM_OPTION_OP_GET) {
		cmd->val64 = u->ctx->account_mm;
		return 0;
	}
	if (cmd->op != IOM_OPTION_OP_SET)
		return -EOPNOTSUPP;
	if (!emu_capable(u->emu, CAP_SYS_RESOURCE))
		return -EPERM;
	if (u->ctx->objs.count)
		return -EBUSY;
	if (cmd->val64 > 1)
		return -EINVAL;
	u->ctx->account_mm = cmd->val64;
	return 0;
}

int emu_ioas_disable_large_pages(struct emu_ioas *ioas)
{
	int rc;

	if (ioas->no_large_pages)
		return 0;
	if (ioas->domains && emu_area_first(ioas, 0, UINT64_MAX))
		return -EINVAL;
	ioas->no_large_pages = true;
	rc = emu_pt_update_alignment(ioas);
	if (rc)
		ioas->no_large_pages = false;
	return rc;
}

/* What is mapped in small pages stays so in the page tables that are there. */
static int enable_large_pages(struct emu_ioas *ioas)
{
	struct emu_hwpt *h;
	struct emu_area *a;

	if (!ioas->no_large_pages)
		return 0;
	for (a = emu_area_first(ioas, 0, UINT64_MAX); a; a = emu_area_next(a, 0, UINT64_MAX))
		a->small_pages = ioas->domains;
	for (h = ioas->hwpts; h; h = h->next)
		h->had_small = true;
	ioas->no_large_pages = false;
	return emu_pt_update_alignment(ioas);
}

static int huge_pages(struct emu_ucmd *u, struct iom_option *cmd)
{
	struct emu_ioas *ioas = emu_ioas_get(u->ctx, cmd->object_id);

	if (!ioas)
		return -ENOENT;
	if (cmd->op == IOM_OPTION_OP_GET) {
		cmd->val64 = !ioas->no_large_pages;
		return 0;
	}
	if (cmd->op != IOM_OPTION_OP_SET)
		return -EOPNOTSUPP;
	if (cmd->val64 > 1)
		return -EINVAL;
	if (!cmd->val64)
		return emu_ioas_disable_large_pages(ioas);
	return enable_large_pages(ioas);
}

/* May the window be there? Its size, of whole MiB, counts as one even while it is not set. */
static int check_window(const struct emu_idev *idev, uint64_t start, uint64_t size)
{
	uint64_t last;
	uint32_t i;

	if (start % EMU_MIB)
		return -EINVAL;
	if (size < EMU_MIB)
		size = EMU_MIB;
	if (__builtin_add_overflow(start, size - 1, &last))
		return -EOVERFLOW;
	for (i = 0; i < idev->dev->n_resv; i++) {
		const struct emu_resv *r = &idev->dev->resv[i];

		if (emu_kind_is(r, "sw-msi") || emu_kind_is(r, "direct-relaxable"))
			continue;
		if (r->start <= last && r->last >= start)
			return -EADDRINUSE;
	}
	return 0;
}

static int set_start(struct emu_idev *idev, uint64_t start)
{
	int rc = check_window(idev, start, idev->sw_msi_size);

	if (!rc)
		idev->sw_msi_start = start;
	return rc;
}

static int set_size(struct emu_idev *idev, uint64_t mib)
{
	int rc = 0;

	if (mib > SIZE_MAX / EMU_MIB)
		return -EINVAL;
	if (mib)
		rc = check_window(idev, idev->sw_msi_start, mib * EMU_MIB);
	if (!rc)
		idev->sw_msi_size = mib * EMU_MIB;
	return rc;
}

static int sw_msi(struct emu_ucmd *u, struct iom_option *cmd)
{
	struct emu_idev *idev =
		(struct emu_idev *)emu_obj_get(u->ctx, cmd->object_id, IOM_OBJ_DEVICE);
	bool start = cmd->option_id == IOM_OPTION_SW_MSI_START;

	if (!idev)
		return -ENOENT;
	if (emu_idev_is_attached(idev, EMU_NO_PASID))
		return -EBUSY;
	if (cmd->op == IOM_OPTION_OP_SET)
		return start ? set_start(idev, cmd->val64) : set_size(idev, cmd->val64);
	if (cmd->op == IOM_OPTION_OP_GET)
		cmd->val64 = start ? idev->sw_msi_start : idev->sw_msi_size / EMU_MIB;
	return 0; /* the series lets any other operation pass */
}

int emu_option(struct emu_ucmd *u)
{
	struct iom_option *cmd = u->cmd;
	int rc = -EOPNOTSUPP;

	if (cmd->reserved)
		return -EOPNOTSUPP;
	switch (cmd->option_id) {
	case IOM_OPTION_RLIMIT_MODE:
		rc = rlimit_mode(u, cmd);
		break;
	case IOM_OPTION_HUGE_PAGES:
		rc = huge_pages(u, cmd);
		break;
	case IOM_OPTION_SW_MSI_START:
	case IOM_OPTION_SW_MSI_SIZE:
		if (u->emu->sw_msi)
			rc = sw_msi(u, cmd);
		break;
	}
	if (rc)
		return rc;
	return emu_copy_to(u->uptr + offsetof(struct iom_option, val64), &cmd->val64,
			   sizeof(cmd->val64));
}
