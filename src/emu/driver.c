/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The IOMMU drivers behind VFIO devices: what each makes of flags, nested data and an attach. */
#include "internal.h"
#include "iommuctl/smmuv3.h"

#include <errno.h>
#include <string.h>

#define FLAGS (~(uint32_t)IOM_HWPT_FAULT_ID_VALID) /* those that reach a driver */

#define SIZE_2M ((uint64_t)1 << 21)
#define SIZE_1G ((uint64_t)1 << 30)

static bool bit(uint64_t reg, unsigned int n)
{
	return reg >> n & 1;
}

static void limit(struct emu_hwpt *hwpt, unsigned int bits)
{
	uint64_t last = ((uint64_t)1 << bits) - 1;

	if (hwpt->aperture_last > last)
		hwpt->aperture_last = last;
}

/* ---- VT-d ---- */

static bool vtd_scalable(const struct emu_hw *hw)
{
	return bit(hw->ecap, 43);
}

static bool vtd_nests(const struct emu_hw *hw)
{
	return vtd_scalable(hw) && bit(hw->ecap, 26);
}

static bool vtd_has_dirty(const struct emu_hw *hw)
{
	return vtd_scalable(hw) && bit(hw->ecap, 45) && bit(hw->ecap, 48);
}

static bool vtd_first_stage(const struct emu_hw *hw)
{
	return vtd_scalable(hw) && bit(hw->ecap, 47);
}

static bool vtd_second_stage(const struct emu_hw *hw)
{
	return !vtd_scalable(hw) || bit(hw->ecap, 46);
}

static unsigned int vtd_address_bits(const struct emu_hw *hw)
{
	return (unsigned int)(hw->cap >> 16 & 0x3f) + 1;
}

/* The widest second-stage table that both MGAW and SAGAW have; 0 when there is none. */
static unsigned int vtd_second_bits(const struct emu_hw *hw)
{
	unsigned int widths = (unsigned int)(hw->cap >> 8 & 0x1f), mgaw = vtd_address_bits(hw);

	if (mgaw > 48 && widths >= 8)
		return mgaw < 57 ? mgaw : 57;
	if (mgaw > 39 && widths >= 4)
		return mgaw < 48 ? mgaw : 48;
	if (mgaw > 30 && widths >= 2)
		return mgaw < 39 ? mgaw : 39;
	return 0;
}

/* Addresses of the first stage are sign-extended: half of the table is for devices. */
static unsigned int vtd_first_bits(const struct emu_hw *hw)
{
	unsigned int mgaw = vtd_address_bits(hw);

	if (mgaw > 48 && bit(hw->cap, 60))
		return (mgaw < 57 ? mgaw : 57) - 1;
	return (mgaw < 48 ? mgaw : 48) - 1;
}

/* A first-stage table where that does, else one of the second. Whoever asks for dirty bits can have them. */
static int vtd_paging(struct emu_hwpt *hwpt, const struct emu_hw *hw, uint32_t flags)
{
	if (!(flags & ~(uint32_t)IOM_HWPT_ALLOC_PASID) && vtd_first_stage(hw)) {
		limit(hwpt, vtd_first_bits(hw));
		if (!bit(hw->cap, 56))
			hwpt->pgsizes &= ~SIZE_1G;
		return 0;
	}
	if (((flags & IOM_HWPT_ALLOC_NEST_PARENT) && !vtd_nests(hw)) ||
	    !vtd_second_stage(hw))
		return -EOPNOTSUPP;
	hwpt->second_stage = true;
	hwpt->force_writeable = flags & IOM_HWPT_ALLOC_NEST_PARENT;
	limit(hwpt, vtd_second_bits(hw));
	if (!bit(hw->cap, 34))
		hwpt->pgsizes &= ~SIZE_2M;
	if (!bit(hw->cap, 35))
		hwpt->pgsizes &= ~SIZE_1G;
	return 0;
}

/* Can the unit of the device walk a table that was perhaps made for another one? */
static bool vtd_compatible(const struct emu_hwpt *hwpt, const struct emu_hw *hw)
{
	unsigned int bits = 64 - (unsigned int)__builtin_clzll(hwpt->aperture_last);

	if (!hwpt->second_stage)
		return vtd_first_stage(hw) && bits <= vtd_first_bits(hw) &&
		       (bit(hw->cap, 56) || !(hwpt->pgsizes & SIZE_1G));
	if ((hwpt->has_dirty && !vtd_has_dirty(hw)) || (hwpt->nest_parent && !vtd_nests(hw)) ||
	    !vtd_second_stage(hw) || bits > vtd_second_bits(hw))
		return false;
	return (bit(hw->cap, 34) || !(hwpt->pgsizes & SIZE_2M)) &&
	       (bit(hw->cap, 35) || !(hwpt->pgsizes & SIZE_1G));
}

static int vtd_nested(struct emu_hwpt *hwpt, const struct emu_hw *hw,
		      const struct iom_hwpt_alloc *cmd)
{
	if (!vtd_nests(hw) || cmd->data_type != IOM_HWPT_DATA_VTD_S1)
		return -EOPNOTSUPP;
	if (cmd->data_len != sizeof(hwpt->vtd))
		return -EINVAL;
	return emu_copy_from(&hwpt->vtd, cmd->data_uptr, sizeof(hwpt->vtd));
}

/* What the guest's table needs is looked at only here, not when the page table is allocated. */
static int vtd_attach(const struct emu_hwpt *hwpt, const struct emu_hw *hw)
{
	const struct iom_hwpt_vtd_s1 *s1 = &hwpt->vtd;

	if (!vtd_compatible(hwpt->parent ? hwpt->parent : hwpt, hw))
		return -EINVAL;
	if (hwpt->fault) /* no device here makes page requests */
		return -ENODEV;
	if (!hwpt->parent)
		return 0;
	if (s1->addr_width != 48 && (s1->addr_width != 57 || !bit(hw->cap, 60)))
		return -EINVAL;
	if (((s1->flags & IOM_VTD_S1_SRE) && !bit(hw->ecap, 31)) ||
	    ((s1->flags & IOM_VTD_S1_EAFE) && !bit(hw->ecap, 34)))
		return -EINVAL;
	return 0;
}

static int vtd_invalidate(const struct iom_hwpt_invalidate *cmd, uint32_t *done)
{
	struct iom_hwpt_vtd_s1_invalidate inv;
	int rc;

	if (cmd->data_type != IOM_HWPT_INVALIDATE_DATA_VTD_S1)
		return -EINVAL;
	for (*done = 0; *done < cmd->entry_num; ++*done) {
		if (cmd->entry_len != sizeof(inv))
			return -EINVAL;
		rc = emu_copy_from(&inv, cmd->data_uptr + *done * sizeof(inv), sizeof(inv));
		if (rc)
			return rc;
		if ((inv.flags & ~(uint32_t)IOM_VTD_INV_FLAGS_LEAF) || inv.reserved)
			return -EOPNOTSUPP;
		if ((inv.addr & (EMU_PAGE - 1)) || (inv.npages == UINT64_MAX && inv.addr))
			return -EINVAL;
	}
	return 0;
}

/* ---- SMMUv3 ---- */

static bool smmu_has_dirty(const struct emu_hw *hw)
{
	return (hw->idr[0] >> 6 & 3) >= 2 && bit(hw->idr[0], 4);
}

static int smmu_paging(struct emu_hwpt *hwpt, const struct emu_hw *hw, uint32_t flags)
{
	static const uint8_t output_bits[8] = { 32, 36, 40, 42, 44, 48, 52, 48 };
	bool first = bit(hw->idr[0], 1), second = bit(hw->idr[0], 0);

	switch (flags) {
	case 0:
		break;
	case IOM_HWPT_ALLOC_NEST_PARENT:
		if (!first || !second)
			return -EOPNOTSUPP;
		first = false;
		break;
	case IOM_HWPT_ALLOC_DIRTY_TRACKING:
	case IOM_HWPT_ALLOC_DIRTY_TRACKING | IOM_HWPT_ALLOC_PASID:
	case IOM_HWPT_ALLOC_PASID:
		if (!first)
			return -EOPNOTSUPP;
		break;
	default: return -EOPNOTSUPP;
	}
	hwpt->second_stage = !first;
	limit(hwpt, first ? (hw->idr[5] >> 10 & 3) == 1 ? 52 : 48 : output_bits[hw->idr[5] & 7]);
	return 0;
}

/* What a guest invalidates has to find its way to the device, unless nothing is cached. */
static int smmu_attach_nested(const struct emu_hwpt *hwpt, const struct emu_dev *dev)
{
	if (hwpt->ste_config != IOM_STE_S1 || emu_viommu_vdevice_of(hwpt->viommu, dev))
		return 0;
	return -ENOENT;
}

/* ---- AMD ---- */

static int amd_paging(const struct emu_hw *hw, uint32_t flags)
{
	bool nests = bit(hw->efr, 4) && bit(hw->efr, 48) && bit(hw->efr2, 3);

	switch (flags) {
	case 0: return 0;
	case IOM_HWPT_ALLOC_PASID: return bit(hw->efr, 4) ? 0 : -EOPNOTSUPP;
	case IOM_HWPT_ALLOC_DIRTY_TRACKING:
	case IOM_HWPT_ALLOC_NEST_PARENT:
	case IOM_HWPT_ALLOC_NEST_PARENT | IOM_HWPT_ALLOC_DIRTY_TRACKING:
		if ((flags & IOM_HWPT_ALLOC_NEST_PARENT) && !nests)
			return -EOPNOTSUPP;
		return 0;
	default: return -EOPNOTSUPP;
	}
}

/* ---- which of them ---- */

bool emu_driver_has_dirty(const struct emu_hw *hw)
{
	switch (hw->driver) {
	case EMU_DRIVER_INTEL: return vtd_has_dirty(hw);
	case EMU_DRIVER_SMMUV3:
	case EMU_DRIVER_TEGRA241: return smmu_has_dirty(hw);
	case EMU_DRIVER_AMD: return bit(hw->efr, 52);
	default: return false;
	}
}

bool emu_driver_coherent(const struct emu_hw *hw)
{
	if (hw->driver != EMU_DRIVER_SMMUV3 && hw->driver != EMU_DRIVER_TEGRA241)
		return true;
	return bit(hw->idr[0], 4);
}

unsigned int emu_driver_pasid_bits(const struct emu_hw *hw)
{
	switch (hw->driver) {
	case EMU_DRIVER_INTEL:
		if (!vtd_scalable(hw) || !bit(hw->ecap, 40))
			return 0;
		return (unsigned int)(hw->ecap >> 35 & 0x1f) + 1;
	case EMU_DRIVER_SMMUV3:
	case EMU_DRIVER_TEGRA241:
		return bit(hw->idr[0], 1) ? hw->idr[1] >> 6 & 0x1f : 0;
	case EMU_DRIVER_AMD: return bit(hw->efr, 4) ? (unsigned int)(hw->efr >> 32 & 0x1f) + 1 : 0;
	default: return 32;
	}
}

bool emu_driver_translates(const struct emu_hw *hw)
{
	switch (hw->driver) {
	case EMU_DRIVER_INTEL:
		return vtd_first_stage(hw) || (vtd_second_stage(hw) && vtd_second_bits(hw));
	case EMU_DRIVER_SMMUV3:
	case EMU_DRIVER_TEGRA241: return hw->idr[0] & 3;
	default: return true;
	}
}

int emu_driver_paging(struct emu_hwpt *hwpt, const struct emu_hw *hw, uint32_t flags)
{
	int rc = 0;

	flags &= FLAGS;
	switch (hw->driver) {
	case EMU_DRIVER_INTEL: rc = vtd_paging(hwpt, hw, flags); break;
	case EMU_DRIVER_SMMUV3:
	case EMU_DRIVER_TEGRA241: rc = smmu_paging(hwpt, hw, flags); break;
	case EMU_DRIVER_AMD:
		rc = amd_paging(hw, flags);
		hwpt->no_pasid_op = true;
		break;
	default: break;
	}
	if (rc)
		return rc;
	hwpt->has_dirty = flags & IOM_HWPT_ALLOC_DIRTY_TRACKING;
	hwpt->nest_parent = flags & IOM_HWPT_ALLOC_NEST_PARENT;
	return 0;
}

bool emu_driver_nests(const struct emu_hw *hw)
{
	return hw->driver == EMU_DRIVER_INTEL;
}

int emu_driver_nested(struct emu_hwpt *hwpt, const struct emu_hw *hw,
		      const struct iom_hwpt_alloc *cmd)
{
	return vtd_nested(hwpt, hw, cmd);
}

int emu_driver_attach(const struct emu_hwpt *hwpt, const struct emu_dev *dev)
{
	if (hwpt->driver != dev->hw.driver)
		return -EINVAL;
	if (dev->hw.driver == EMU_DRIVER_INTEL)
		return vtd_attach(hwpt, &dev->hw);
	if (dev->hw.driver != EMU_DRIVER_AMD && hwpt->unit != dev->unit)
		return -EINVAL;
	if (hwpt->viommu)
		return smmu_attach_nested(hwpt, dev);
	return hwpt->has_dirty && !emu_driver_has_dirty(&dev->hw) ? -EINVAL : 0;
}

int emu_driver_invalidate(const struct iom_hwpt_invalidate *cmd, uint32_t *done)
{
	return vtd_invalidate(cmd, done);
}

/* ---- what they say about the hardware ---- */

static uint32_t smmu_info(const struct emu_hw *hw, struct iom_hw_info_arm_smmuv3 *info)
{
	memcpy(info->idr, hw->idr, sizeof(info->idr));
	info->iidr = hw->iidr;
	info->aidr = hw->aidr;
	return sizeof(*info);
}

/* Each type has one driver, and the default is its own; only Tegra has a second one. */
int emu_driver_info(const struct emu_hw *hw, uint32_t *type, union emu_hw_info *info, uint32_t *len)
{
	static const uint32_t own[] = {
		[EMU_DRIVER_INTEL] = IOM_HW_INFO_TYPE_INTEL_VTD,
		[EMU_DRIVER_SMMUV3] = IOM_HW_INFO_TYPE_ARM_SMMUV3,
		[EMU_DRIVER_TEGRA241] = IOM_HW_INFO_TYPE_ARM_SMMUV3,
		[EMU_DRIVER_AMD] = IOM_HW_INFO_TYPE_AMD,
		[EMU_DRIVER_MOCK] = IOM_HW_INFO_TYPE_SELFTEST,
	};

	memset(info, 0, sizeof(*info));
	*len = 0;
	if (hw->driver == EMU_DRIVER_PLAIN) {
		*type = IOM_HW_INFO_TYPE_NONE;
		return 0;
	}
	if (hw->driver == EMU_DRIVER_TEGRA241 && *type == IOM_HW_INFO_TYPE_TEGRA241_CMDQV) {
		info->tegra = hw->cmdqv;
		*len = sizeof(info->tegra);
		return 0;
	}
	if (*type != IOM_HW_INFO_TYPE_DEFAULT && *type != own[hw->driver])
		return -EOPNOTSUPP;
	*type = own[hw->driver];
	switch (*type) {
	case IOM_HW_INFO_TYPE_INTEL_VTD:
		info->vtd.flags = IOM_HW_INFO_VTD_ERRATA_772415_SPR17;
		info->vtd.cap_reg = hw->cap;
		info->vtd.ecap_reg = hw->ecap;
		*len = sizeof(info->vtd);
		break;
	case IOM_HW_INFO_TYPE_ARM_SMMUV3: *len = smmu_info(hw, &info->smmuv3); break;
	case IOM_HW_INFO_TYPE_AMD:
		info->amd.efr = hw->efr;
		info->amd.efr2 = hw->efr2;
		*len = sizeof(info->amd);
		break;
	default:
		info->mock.test_reg = IOM_HW_INFO_SELFTEST_REGVAL;
		*len = sizeof(info->mock);
		break;
	}
	return 0;
}
