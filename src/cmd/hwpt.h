/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: data types of page tables, by the names of their fields. */
#pragma once

#include "iommuctl/cmd.h"
#include "iommuctl/uapi.h"

/* A named part of an array of 64-bit words. */
struct iom_bits {
	const char *name;
	uint8_t word, shift, width; /* width 0 ends */
	bool in_place;		    /* an address: its low bits, below shift, must be zero */
	const char *const *words;   /* names of values from 0, NULL-ended; "" for none */
};

/*
 * Puts "name=value" into dst. what: "--ste", for the message. Returns 0, or negative with err
 * filled (exit 2).
 */
int iom_bits_put(const struct iom_bits *table, const char *what, const char *name, size_t len,
		 const char *value, uint64_t *dst, struct iom_err *err) iom_must_check;

/* Options of `hwpt alloc` that describe data; the others stand before them. */
enum {
	IOM_HWPT_DATA = 6,
	IOM_HWPT_IOTLB,
	IOM_HWPT_TABLE_TYPE,
	IOM_HWPT_PGTBL_ADDR,
	IOM_HWPT_ADDR_WIDTH,
	IOM_HWPT_SRE,
	IOM_HWPT_EAFE,
	IOM_HWPT_WPE,
	IOM_HWPT_STE0,
	IOM_HWPT_STE1,
	IOM_HWPT_STE,
	IOM_HWPT_DTE,
};

union iom_hwpt_data {
	struct iom_hwpt_selftest selftest;
	struct iom_hwpt_vtd_s1 vtd;
	struct iom_hwpt_arm_smmuv3 smmuv3;
	struct iom_hwpt_amd_guest amd;
};

/*
 * The data that the options describe; *len is 0 when there is none. Returns 0, or negative with
 * err filled (exit 2).
 */
int iom_hwpt_data(const struct iom_args *a, union iom_hwpt_data *data, uint32_t *len,
		  struct iom_err *err) iom_must_check;

union iom_hwpt_entry {
	struct iom_hwpt_invalidate_selftest selftest;
	struct iom_viommu_invalidate_selftest viommu;
	struct iom_hwpt_vtd_s1_invalidate vtd;
	struct iom_viommu_arm_smmuv3_invalidate smmuv3;
};

/* The kinds of invalidation, as `--type` names them: the vIOMMU's selftest kind shares a number. */
enum { IOM_INV_SELFTEST, IOM_INV_VIOMMU_SELFTEST, IOM_INV_VTD_S1, IOM_INV_ARM_SMMUV3 };

/* Bytes of an entry of the kind, and the number of its type in the call. */
uint32_t iom_hwpt_entry_len(uint64_t kind);
uint32_t iom_hwpt_entry_type(uint64_t kind);
/* One word of the command line. Returns 0, or negative with err filled (exit 2). */
int iom_hwpt_entry(uint64_t kind, const char *word, union iom_hwpt_entry *e,
		   struct iom_err *err) iom_must_check;
