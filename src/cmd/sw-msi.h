/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: the traps of the series that moves MSI windows. */
#pragma once

#include "iommuctl/cmd.h"

/*
 * Warns when the window of a device that was attached was not set as the series wants it: start,
 * size, attach. What was set is known from the book of this context. old_ioas is where the device
 * was before, 0: nowhere.
 */
void iom_sw_msi_check_attach(struct iom_app *app, uint32_t device, uint32_t old_ioas,
			     struct iom_res *res, unsigned int col);
