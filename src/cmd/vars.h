/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: results of a batch that were given a name. */
#pragma once

#include "iommuctl/out.h"

struct iom_vars {
	struct iom_var **slots; /* open hash, power of two */
	size_t n_slots, count;
	bool dry; /* --dry-run: names have no values, they expand to 0 */
};

/* A name: letters, digits and '_', not a digit first. len bytes of it may be used. */
size_t iom_var_name_len(const char *s);
/*
 * Keeps the result under the name, in place of an older one. The result may be taken over: *res
 * is ready for iom_res_begin() again. Returns 0 or -ENOMEM.
 */
int iom_vars_keep(struct iom_vars *vars, const char *name, struct iom_res *res) iom_must_check;
/*
 * Appends the value of "NAME" (its id) or "NAME.path". Returns 0, or negative with err filled
 * (exit 2: no such name or field).
 */
int iom_vars_expand(const struct iom_vars *vars, const char *ref, size_t len, struct iom_buf *out,
		    struct iom_err *err) iom_must_check;
void iom_vars_free(struct iom_vars *vars);
