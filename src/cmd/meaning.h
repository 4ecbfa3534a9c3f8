/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: whether a number means the call that is about to be sent. */
#pragma once

#include "iommuctl/cmd.h"

/*
 * Asks a fresh context of the backend what the number of the call means there; sends nothing of
 * the call itself. Returns 0 when it means this call, else an exit code with err filled.
 */
int iom_meaning_check(struct iom_app *app, const struct iom_call *call,
		      struct iom_err *err) iom_must_check;
