/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: the parts that a host is read in. */
#pragma once

#include "iommuctl/host.h"

/* Bytes of the path of a device's folder, and of one file in it. */
#define HOST_DIR  1024
#define HOST_PATH (HOST_DIR + 256)

/* Between on and off nobody is told: what is read then is only looked through. */
void host_pause(bool on);
bool host_is_observed(void);
/* Tells whoever wants to know that something below the root is about to be read. */
void host_seen(enum iom_access kind, const char *path);

/*
 * A folder below the root, opened once for all that is read in it: the way to it is walked only
 * then. Names may have slashes. Both strings are borrowed.
 */
struct host_at {
	const char *root, *base; /* base: "/sys/class/net" */
	int fd;
};
/* 0 or a negative errno; host_at_close() in either case. */
int host_at_open(struct host_at *at, const char *root, const char *base) iom_must_check;
void host_at_close(struct host_at *at);
/* As iom_read_file(), iom_read_link(), iom_link_name() and iom_list_dir(). */
long host_at_file(const struct host_at *at, const char *name, char *buf, size_t len);
long host_at_link(const struct host_at *at, const char *name, char *buf, size_t len);
const char *host_at_link_name(const struct host_at *at, const char *name, char *buf, size_t len);
int host_at_list(const struct host_at *at, const char *name,
		 struct iom_names *names) iom_must_check;
/* host_seen() for what is in it. */
void host_at_seen(const struct host_at *at, enum iom_access kind, const char *name);

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
/* value NULL: unknown. 0 or -ENOMEM. */
int host_add_pair(struct iom_host_pairs *p, const char *name, const char *value) iom_must_check;
/* Adds the words of a kernel's command line that are about IOMMUs. 0 or -ENOMEM. */
int host_cmdline_words(const char *text, struct iom_names *words) iom_must_check;
/*
 * Is it a log of the kernel (no leading slash)? Of it only lines about IOMMUs go into a snapshot.
 */
bool host_log_is(const char *path);
/* Those lines of an open log, as they stand there. Returns their length, or a negative errno. */
ssize_t host_log_keep(int fd, char *buf, size_t len);
/*
 * Cuts the content of a file down to what of it goes into a snapshot; buf has room for one byte
 * more than len. Returns what is left, or -ENOMEM.
 */
ssize_t host_keep(const char *path, char *buf, size_t len);
