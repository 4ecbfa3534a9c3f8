/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: the PASIDs of the book. */
#pragma once

#include "iommuctl/context.h"

/* Enters what a PASID of a DEVICE is attached to now; hwpt 0: nothing. 0 or -ENOMEM. */
int iom_pasids_set(struct iom_ctx *ctx, uint32_t device, uint32_t pasid,
		   uint32_t hwpt) iom_must_check;
/* Detaches those of mock devices before the context ends. 0 or the first negative errno. */
int iom_pasids_detach(struct iom_ctx *ctx) iom_must_check;
/* The device is gone, or with device 0 all of them are. */
void iom_pasids_drop(struct iom_ctx *ctx, uint32_t device);
