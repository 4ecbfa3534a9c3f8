/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vIOMMUs of VFIO devices: stream table entries and commands of SMMUv3, and what others have. */
#include "internal.h"
#include "iommuctl/smmuv3.h"

#include <endian.h>
#include <errno.h>

static bool bit(uint32_t reg, unsigned int n)
{
	return reg >> n & 1;
}

/* ---- stream table entries ---- */

/* What a guest may put into its entry; of one that is not valid nothing counts. */
static int check_ste(uint64_t *ste)
{
	enum iom_ste_config config;

	if (!(ste[0] & 1)) {
		ste[0] = ste[1] = 0;
		return 0;
	}
	if ((ste[0] & ~IOM_STE0_GUEST) || (ste[1] & ~IOM_STE1_GUEST))
		return -EIO;
	config = iom_ste_config(ste[0]);
	if (config != IOM_STE_ABORT && config != IOM_STE_BYPASS && config != IOM_STE_S1)
		return -EIO;
	return iom_bits(ste[1], 29, 28) > 1 ? -EIO : 0; /* EATS: neither abort nor full */
}

static int alloc_nested(struct emu_viommu *v, struct emu_hwpt *hwpt,
			const struct iom_hwpt_alloc *cmd)
{
	struct iom_hwpt_arm_smmuv3 data;
	uint64_t ste[2];
	int rc;

	(void)v;
	if (cmd->flags & ~(uint32_t)IOM_HWPT_FAULT_ID_VALID)
		return -EOPNOTSUPP;
	if (cmd->data_type != IOM_HWPT_DATA_ARM_SMMUV3 || cmd->data_len != sizeof(data))
		return -EINVAL;
	rc = emu_copy_from(&data, cmd->data_uptr, sizeof(data));
	if (rc)
		return rc;
	ste[0] = le64toh(data.ste[0]);
	ste[1] = le64toh(data.ste[1]);
	rc = check_ste(ste);
	hwpt->ste_config = (uint8_t)iom_ste_config(ste[0]);
	return rc;
}

/* ---- commands ---- */

/* Fields of a range are reserved without a granule, and so are some of their values. */
static bool range_is_bad(const struct emu_hw *hw, const uint64_t *cmd)
{
	bool range = cmd[0] & (IOM_BITS(16, 12) | IOM_BITS(25, 20));
	uint64_t level = iom_bits(cmd[1], 9, 8), granule = iom_bits(cmd[1], 11, 10);

	if (!granule)
		return range || level;
	if (granule == 2 && level == 1 && !bit(hw->idr[5], 7))
		return true;
	return !range && !level;
}

/* Takes from the bits of a guest those that this SMMU does not have. */
static void limit(const struct emu_hw *hw, uint8_t op, uint64_t *allowed)
{
	bool tlbi = op == IOM_SMMU_TLBI_NH_VA || op == IOM_SMMU_TLBI_NH_VAA;
	bool stream = op == IOM_SMMU_CFGI_CD || op == IOM_SMMU_ATC_INV;

	if ((op == IOM_SMMU_TLBI_NH_VA || op == IOM_SMMU_TLBI_NH_ASID) && !bit(hw->idr[0], 12))
		allowed[0] &= ~IOM_BITS(63, 56);
	if (tlbi && !bit(hw->idr[5], 7))
		allowed[0] &= ~IOM_BITS(25, 25);
	if (tlbi && !bit(hw->idr[3], 10)) {
		allowed[0] &= ~(IOM_BITS(16, 12) | IOM_BITS(25, 20));
		allowed[1] &= ~IOM_BITS(11, 8);
	}
	if (stream && !iom_bits(hw->idr[1], 10, 6))
		allowed[0] &= ~(IOM_BITS(9, 9) | IOM_BITS(11, 11) | IOM_BITS(31, 12));
}

/* A command that a guest may not send, or with a bit that it may not set. */
static bool command_is_bad(const struct emu_hw *hw, const uint64_t *cmd)
{
	const struct iom_smmu_command *c = iom_smmu_command_of(cmd[0]);
	uint64_t allowed[2];

	if (!c)
		return true;
	if ((c->op == IOM_SMMU_TLBI_NH_VA || c->op == IOM_SMMU_TLBI_NH_VAA) &&
	    bit(hw->idr[3], 10) && range_is_bad(hw, cmd))
		return true;
	if (c->op == IOM_SMMU_ATC_INV &&
	    (!bit(hw->idr[0], 10) || iom_bits(cmd[1], 5, 0) > IOM_SMMU_ATC_SIZE_ALL))
		return true;
	allowed[0] = c->guest[0];
	allowed[1] = c->guest[1];
	limit(hw, c->op, allowed);
	return (cmd[0] & ~allowed[0]) || (cmd[1] & ~allowed[1]);
}

static int carry_out(const struct emu_viommu *v, const void *entry)
{
	const struct iom_viommu_arm_smmuv3_invalidate *e = entry;
	uint64_t cmd[2] = { le64toh(e->cmd[0]), le64toh(e->cmd[1]) };

	if (command_is_bad(&v->hw, cmd))
		return -EIO;
	if (iom_smmu_command_of(cmd[0])->has_sid && !emu_viommu_vdevice(v, cmd[0] >> 32))
		return -EIO;
	return 0;
}

/*
 * *done counts the commands that were accepted. On hardware those of the last batch of 63 are not
 * issued when a later one is refused, and are counted all the same.
 */
static int invalidate(struct emu_viommu *v, const struct iom_hwpt_invalidate *cmd, uint32_t *done)
{
	return emu_viommu_each_entry(v, cmd, IOM_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
				     sizeof(struct iom_viommu_arm_smmuv3_invalidate), carry_out,
				     done);
}

/* ---- vIOMMUs ---- */

/* The parent is of this SMMU; data of the call is not looked at. */
static int init(struct emu_ucmd *u, struct emu_viommu *v)
{
	(void)u;
	return v->hwpt->driver == v->hw.driver && v->hwpt->unit == v->unit ? 0 : -EINVAL;
}

static const struct emu_viommu_ops smmu_ops = {
	.init = init,
	.alloc_nested = alloc_nested,
	.invalidate = invalidate,
};

/* The queues of this machine's Tegra are all in use. */
static int tegra_init(struct emu_ucmd *u, struct emu_viommu *v)
{
	const struct iom_viommu_alloc *cmd = u->cmd;
	struct iom_viommu_tegra241_cmdqv data;
	int rc = init(u, v);

	if (!rc && cmd->data_len != sizeof(data))
		rc = -EINVAL;
	if (!rc)
		rc = emu_copy_from(&data, cmd->data_uptr, sizeof(data));
	return rc ? rc : -ENOSPC;
}

static const struct emu_viommu_ops tegra_ops = { .init = tegra_init };

/* Linux 7.3 makes one of any type, and there is nothing that it can do. */
static int amd_init(struct emu_ucmd *u, struct emu_viommu *v)
{
	(void)u;
	(void)v;
	return 0;
}

static const struct emu_viommu_ops amd_ops = { .init = amd_init };

const struct emu_viommu_ops *emu_driver_viommu_ops(const struct emu_hw *hw, uint32_t type)
{
	bool smmu = hw->driver == EMU_DRIVER_SMMUV3 || hw->driver == EMU_DRIVER_TEGRA241;

	if (hw->driver == EMU_DRIVER_AMD)
		return &amd_ops;
	/* both stages, and a guest cannot pass the caches by */
	if (!smmu || (hw->idr[0] & 3) != 3 || !bit(hw->idr[3], 8))
		return NULL;
	if (type == IOM_VIOMMU_TYPE_ARM_SMMUV3)
		return &smmu_ops;
	if (type == IOM_VIOMMU_TYPE_TEGRA241_CMDQV && hw->driver == EMU_DRIVER_TEGRA241)
		return &tegra_ops;
	return NULL;
}
