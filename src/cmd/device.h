/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: what the device commands share. */
#pragma once

#include "iommuctl/cmd.h"

/*
 * The fd of a device that this context opened; -1 in a dry run. Returns 0, or an exit code with
 * err filled.
 */
int iom_device_fd(struct iom_app *app, uint64_t id, int *fd, struct iom_err *err) iom_must_check;
