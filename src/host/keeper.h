/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: temporary folders that are deleted also when this process is killed. */
#pragma once

#include "iommuctl/host.h"

/*
 * A new folder below the one for temporary files. *dir is freed by the caller. 0 or a negative
 * errno.
 */
int host_keep_dir(char **dir) iom_must_check;
/* Deletes it with all that is in it. */
void host_drop_dir(const char *dir);
