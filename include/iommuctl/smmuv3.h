/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guest may say to an SMMUv3 through iommufd: bits of its stream table entry and commands. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Bits high to low of a 64-bit word. */
#define IOM_BITS(high, low) (~UINT64_C(0) >> (63 - (high)) & ~UINT64_C(0) << (low))

static inline uint64_t iom_bits(uint64_t word, unsigned int high, unsigned int low)
{
	return (word & IOM_BITS(high, low)) >> low;
}

/* Stream table entry: V, Config, S1Fmt, S1ContextPtr, S1CDMax; S1DSS to S1CSH, S1STALLD, EATS. */
#define IOM_STE0_GUEST (IOM_BITS(51, 0) | IOM_BITS(63, 59))
#define IOM_STE1_GUEST (IOM_BITS(7, 0) | IOM_BITS(29, 27))
enum iom_ste_config { IOM_STE_ABORT = 0, IOM_STE_BYPASS = 4, IOM_STE_S1 = 5 };

static inline enum iom_ste_config iom_ste_config(uint64_t ste0)
{
	return (enum iom_ste_config)iom_bits(ste0, 3, 1);
}

enum iom_smmu_op {
	IOM_SMMU_CFGI_CD = 0x05,
	IOM_SMMU_CFGI_CD_ALL = 0x06,
	IOM_SMMU_TLBI_NH_ALL = 0x10,
	IOM_SMMU_TLBI_NH_ASID = 0x11,
	IOM_SMMU_TLBI_NH_VA = 0x12,
	IOM_SMMU_TLBI_NH_VAA = 0x13,
	IOM_SMMU_TLBI_NSNH_ALL = 0x30,
	IOM_SMMU_ATC_INV = 0x40,
};

#define IOM_SMMU_ATC_SIZE_ALL 52 /* largest log2 of pages */

/* A command that a vIOMMU takes, with the bits of it that a guest may set on an SMMU that has all. */
struct iom_smmu_command {
	const char *name; /* as the architecture has it, NULL ends */
	uint8_t op; /* enum iom_smmu_op, in the low byte */
	bool has_sid; /* in the upper half of word 0: the guest's */
	uint64_t guest[2];
};

extern const struct iom_smmu_command iom_smmu_commands[];
/* NULL for an opcode that no guest may send. */
const struct iom_smmu_command *iom_smmu_command_of(uint64_t word0);
