/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: the revisions of the TSM calls. */
#pragma once

#include "iommuctl/cmd.h"

/* All revisions; a value indexes nothing, the word is what the tables call the series. */
extern const struct iom_enum iom_tsm_abi;

/* What a revision can be asked for. */
enum iom_tsm_verb { IOM_TSM_BIND, IOM_TSM_UNBIND, IOM_TSM_REQUEST, IOM_TSM_MAP, IOM_TSM_KVM_FD };

/*
 * The call behind a verb in a revision. NULL with err filled (exit 2, naming the revisions that
 * have the verb) when it has none.
 */
const struct iom_call *iom_tsm_call(const char *abi, enum iom_tsm_verb verb, struct iom_err *err);
/* "--OPT goes with ..." unless the revision has a member of that name. 0, or exit 2. */
int iom_tsm_member(const struct iom_call *call, const struct iom_args *a, unsigned int opt,
		   const char *member, struct iom_err *err) iom_must_check;
/* Whether the number means the call to the kernel; a dry run asks nothing. 0 or an exit code. */
int iom_tsm_check(struct iom_app *app, const struct iom_call *call,
		  struct iom_err *err) iom_must_check;
/*
 * Sets the members that name objects: vdevice_id, and where the revision has them viommu_id and
 * dev_id, which are taken from the options or the book. 0 or an exit code.
 */
int iom_tsm_objects(struct iom_app *app, const struct iom_call *call, uint64_t vdevice,
		    const struct iom_argval *viommu, const struct iom_argval *dev, void *arg,
		    struct iom_err *err) iom_must_check;
