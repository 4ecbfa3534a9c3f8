/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: names of the types of virtual IOMMUs and their queues. */
#pragma once

#include "iommuctl/cmd.h"

/* The word of a value, or the number in decimal in buf when it has none. */
const char *iom_type_word(const struct iom_enum *e, uint64_t value, char *buf, size_t len);
