/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: what a device answered when `doctor` opened it. */
#pragma once

#include "iommuctl/diag.h"
#include "iommuctl/uapi.h"

#define IOM_TRIAL_FLAGS 8 /* sets of flags that are asked for */

struct iom_trial {
	char node[160];	     /* of the device, as it was opened */
	const char *step;    /* that failed: "open", "bind", "attach" ...; static storage */
	int failed;	     /* negative errno of it; 0: all of them worked */
	struct iom_err why;  /* its fact and hint */
	unsigned int waited; /* ms until the node was not busy any more, or we gave up */
	struct iom_iova_range *ranges;
	uint32_t n_ranges;
	char ranges_text[200];
	int dma_buf;	     /* negative errno, or 0: a BAR can be exported */
	struct {
		uint32_t flags; /* IOM_HWPT_ALLOC_... */
		int rc;		/* 0 or a negative errno */
		bool asked;
	} hwpt[IOM_TRIAL_FLAGS];
};
