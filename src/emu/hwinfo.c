/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the hardware behind a device can do: IOMMU_GET_HW_INFO. */
#include "internal.h"

#include <errno.h>

static int clear_user(uint64_t uptr, uint64_t len)
{
	static const char zeros[EMU_PAGE];
	uint64_t n;
	int rc = 0;

	for (; len && !rc; len -= n, uptr += n) {
		n = len < sizeof(zeros) ? len : sizeof(zeros);
		rc = emu_copy_to(uptr, zeros, n);
	}
	return rc;
}

int emu_get_hw_info(struct emu_ucmd *u)
{
	struct iom_hw_info *cmd = u->cmd;
	union emu_hw_info info;
	const struct emu_idev *idev;
	uint32_t len, n;
	int rc;

	if (cmd->flags & ~(uint32_t)IOM_HW_INFO_FLAG_INPUT_TYPE)
		return -EOPNOTSUPP;
	if (cmd->reserved[0] || cmd->reserved[1] || cmd->reserved[2])
		return -EOPNOTSUPP;
	if (!(cmd->flags & IOM_HW_INFO_FLAG_INPUT_TYPE))
		cmd->in_data_type = IOM_HW_INFO_TYPE_DEFAULT;
	idev = (struct emu_idev *)emu_obj_get(u->ctx, cmd->dev_id, IOM_OBJ_DEVICE);
	if (!idev)
		return -ENOENT;
	if (idev->dev->noiommu)
		return -EOPNOTSUPP;
	rc = emu_driver_info(&idev->dev->hw, &cmd->out_data_type, &info, &len);
	if (rc)
		return rc;
	/* a shorter buffer gets the beginning, a longer one zeros behind */
	n = cmd->data_len < len ? cmd->data_len : len;
	rc = emu_copy_to(cmd->data_uptr, &info, n);
	if (!rc)
		rc = clear_user(cmd->data_uptr + n, cmd->data_len - n);
	if (rc)
		return rc;
	cmd->data_len = len;
	cmd->out_capabilities = IOM_HW_CAP_PCI_ATS_NOT_SUPPORTED;
	if (emu_dev_has_dirty(idev->dev))
		cmd->out_capabilities |= IOM_HW_CAP_DIRTY_TRACKING;
	cmd->out_max_pasid_log2 = 0;
	if (idev->dev->max_pasids)
		cmd->out_max_pasid_log2 = (uint8_t)__builtin_ctz(idev->dev->max_pasids);
	return emu_respond(u, sizeof(*cmd));
}
