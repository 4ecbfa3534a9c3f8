/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: the running kernel and the place this process runs in. */
#pragma once

#include "iommuctl/diag.h"

/* Release of the kernel of the root, "" when not known. */
void iom_system_release(const char *root, char *buf, size_t len);
/* Whether /lib/modules/RELEASE/LIST names the module. */
bool iom_system_module(const char *root, const char *release, const char *list, const char *module);
/* Whether /proc/misc lists the device; UNKNOWN when it cannot be read. */
enum iom_tri iom_system_misc(const char *root, const char *name);
/* Whether /sys/class/iommu has an entry; UNKNOWN when it cannot be read. */
enum iom_tri iom_system_has_iommu(const char *root);
/* What tells that this is a container, static storage; NULL when nothing does. */
const char *iom_system_container(const char *root);
bool iom_system_exists(const char *root, const char *fmt, ...) iom_printf(2, 3);
