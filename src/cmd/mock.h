/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: what the mock commands share. */
#pragma once

#include "iommuctl/cmd.h"
#include "iommuctl/uapi.h"

extern const char *const iom_mock_calls[];

/* The selftest command with its common fields set, the rest zero. */
struct iom_test_cmd iom_mock_cmd(uint32_t op, uint64_t id);
/*
 * The memory behind [iova, iova + length) of the IOAS of object pt: as given, else from the
 * book. Returns 0, or an exit code with err filled.
 */
int iom_mock_user_va(struct iom_app *app, uint32_t pt, const struct iom_argval *given,
		     uint64_t iova, uint64_t length, uint64_t *out,
		     struct iom_err *err) iom_must_check;
