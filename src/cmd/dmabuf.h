/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: what the commands that make dma-bufs share. */
#pragma once

#include "iommuctl/cmd.h"

/* Words of open(2) flags, for an option that may be given more than once. */
extern const struct iom_enum iom_open_flags_enum;
/* What option `opt` says: the flags given, or read-write and close-on-exec without any. */
uint32_t iom_open_flags(const struct iom_args *a, unsigned int opt);
