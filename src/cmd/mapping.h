/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: what the mapping commands share. */
#pragma once

#include "iommuctl/cmd.h"

/* IOAS_MAP flags: both rights unless one is named; FIXED_IOVA when an IOVA is given. */
uint32_t iom_map_flags(const struct iom_argval *read, const struct iom_argval *write,
		       const struct iom_argval *iova);
/* The pid of this process, as an unsigned number for results. */
unsigned int iom_own_pid(void);
