/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that a guest may have an SMMUv3 carry out. */
#include "iommuctl/smmuv3.h"

#include <stddef.h>

#define OP   IOM_BITS(7, 0)
#define SID  IOM_BITS(63, 32)
#define SSID IOM_BITS(31, 12)
#define VMID IOM_BITS(47, 32)
#define ASID IOM_BITS(63, 48)
/* NUM and SCALE; then LEAF, TTL, TG and the address. */
#define RANGE	(IOM_BITS(16, 12) | IOM_BITS(25, 20))
#define ADDRESS (IOM_BITS(0, 0) | IOM_BITS(63, 8))

const struct iom_smmu_command iom_smmu_commands[] = {
	{ "CFGI_CD", IOM_SMMU_CFGI_CD, true, { OP | SID | SSID, IOM_BITS(0, 0) } },
	{ "CFGI_CD_ALL", IOM_SMMU_CFGI_CD_ALL, true, { OP | SID, 0 } },
	{ "TLBI_NH_ALL", IOM_SMMU_TLBI_NH_ALL, false, { OP | VMID, 0 } },
	{ "TLBI_NH_ASID", IOM_SMMU_TLBI_NH_ASID, false, { OP | VMID | ASID, 0 } },
	{ "TLBI_NH_VA", IOM_SMMU_TLBI_NH_VA, false, { OP | VMID | ASID | RANGE, ADDRESS } },
	{ "TLBI_NH_VAA", IOM_SMMU_TLBI_NH_VAA, false, { OP | VMID | RANGE, ADDRESS } },
	{ "TLBI_NSNH_ALL", IOM_SMMU_TLBI_NSNH_ALL, false, { OP, 0 } },
	/* Global and SSV; then the size */
	{ "ATC_INV", IOM_SMMU_ATC_INV, true,
	  { OP | SID | SSID | IOM_BITS(9, 9) | IOM_BITS(11, 11), IOM_BITS(5, 0) | IOM_BITS(63, 12) } },
	{ 0 },
};

const struct iom_smmu_command *iom_smmu_command_of(uint64_t word0)
{
	for (const struct iom_smmu_command *c = iom_smmu_commands; c->name; c++)
		if (c->op == (word0 & OP))
			return c;
	return NULL;
}
