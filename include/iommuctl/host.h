/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's state from sysfs and procfs, through one root, as plain structs. */
#pragma once

#include "iommuctl/base.h"

/* One line of a group's reserved_regions file. Inclusive bounds. */
struct iom_host_region {
	uint64_t start, last;
	char kind[24]; /* "direct", "direct-relaxable", "reserved", "msi", or what the kernel wrote */
};

struct iom_host_group {
	uint32_t id;
	char type[24];	/* default domain type, "" when unreadable */
	char **devices; /* sorted names, NULL-ended */
	struct iom_host_region *regions; /* in file order */
	size_t n_regions;
	bool regions_unreadable;
};

/* Joins root and the path; root "" is the live system. Returns 0 or -ENAMETOOLONG. */
int iom_path(const char *root, char *buf, size_t len, const char *fmt, ...) iom_printf(4, 5);
/*
 * Reads a small file, drops the trailing newline, NUL-terminates. Returns its length, or a
 * negative errno; -EFBIG when it does not fit.
 */
long iom_read_file(const char *root, const char *path, char *buf, size_t len);
/*
 * All IOMMU groups sorted by number. *groups is freed by iom_host_groups_free(). Returns 0 (also
 * with none), or a negative errno with *err filled (exit 3: this kernel has no IOMMU groups).
 * A group or file that vanishes meanwhile is left out. Malformed lines are skipped and counted
 * in *malformed.
 */
int iom_host_groups(const char *root, struct iom_host_group **groups, size_t *n,
		    size_t *malformed, struct iom_err *err);
void iom_host_groups_free(struct iom_host_group *groups, size_t n);
