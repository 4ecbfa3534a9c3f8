/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: capabilities of IOMMUs by name. */
#pragma once

#include "iommuctl/out.h"

/* A capability in a register; names are those of the architecture, in lower case. */
struct iom_cap {
	uint8_t reg, shift, width; /* reg: in the order of the registers; width 0 ends */
	const char *name, *help;
};

/* Columns of the lists that the two functions below fill. */
extern const struct iom_col iom_register_cols[], iom_feature_cols[];

/* The table of a data type of GET_HW_INFO; NULL: none. */
const struct iom_cap *iom_caps_of(uint32_t type);
void iom_caps_add_register(struct iom_rec *rec, unsigned int col, const char *name, uint64_t value);
/* One record for each capability of the first n registers; a name NULL: its register is unknown. */
void iom_caps_add_features(struct iom_rec *rec, unsigned int col, const struct iom_cap *caps,
			   const uint64_t *regs, const char *const *names, unsigned int n);
