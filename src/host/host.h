/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: the parts that a host is read in. */
#pragma once

#include "iommuctl/host.h"

/* Bytes of the path of a device's folder, and of one file in it. */
#define HOST_DIR  1024
#define HOST_PATH (HOST_DIR + 256)

/* Tells whoever wants to know that something below the root is about to be read. */
/* Between on and off nobody is told: what is read then is only looked through. */
void host_pause(bool on);
bool host_is_observed(void);
void host_seen(enum iom_access kind, const char *path);

/* Each returns 0 or a negative errno; a folder that is not there is an empty list. */
int host_read_groups(struct iom_host *h, unsigned int what) iom_must_check;
int host_read_iommus(struct iom_host *h, bool registers) iom_must_check;
/* Needs the groups and the IOMMUs. */
int host_read_devices(struct iom_host *h) iom_must_check;
/* what: IOM_HOST_USES, or only IOM_HOST_NODES */
int host_read_uses(struct iom_host *h, unsigned int what) iom_must_check;
void host_free_iommus(struct iom_host *h);
void host_free_devices(struct iom_host *h);
/*
 * Reads a small file of numbers or words below the device or IOMMU; false when it cannot be read
 * or is no number.
 */
bool host_number(const char *root, const char *dir, const char *file, int64_t *v);
bool host_hex(const char *root, const char *dir, const char *file, uint64_t *v);
/* Adds the words of a kernel's command line that are about IOMMUs. 0 or -ENOMEM. */
int host_cmdline_words(const char *text, struct iom_names *words) iom_must_check;
