/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: the archive format of POSIX 1003.1 (ustar, pax for long names). */
#pragma once

#include <stdio.h>
#include <sys/types.h>

#include "iommuctl/base.h"

#define TAR_BLOCK 512

/* One header; numbers in octal, names without a NUL when they fill their place. */
struct host_tar_head {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[6], version[2], uname[32], gname[32], major[8], minor[8], prefix[155], pad[12];
};

struct host_tar {
	FILE *f;
};

/* Each writes one entry; paths have no leading slash. 0 or a negative errno. */
int host_tar_dir(struct host_tar *t, const char *path) iom_must_check;
int host_tar_link(struct host_tar *t, const char *path, const char *target) iom_must_check;
int host_tar_file(struct host_tar *t, const char *path, const void *data,
		  size_t len) iom_must_check;
int host_tar_end(struct host_tar *t) iom_must_check;
unsigned int host_tar_sum(const struct host_tar_head *h);
/* Reads up to len bytes; how many there were, or a negative errno. */
ssize_t host_read_all(int fd, void *buf, size_t len);
