/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tables claim about the kernel's headers, one checkable statement at a time. */
#pragma once

#include "iommuctl/abi.h"

/* The header that a statement is about. */
enum home { HOME_IOMMUFD, HOME_SELFTEST, HOME_VFIO };

struct fact {
	const char *verb;  /* "size", "offset", "width", "value" or "ioctl" */
	char key[120];	   /* "iommu_ioas_map", "iommu_ioas_map.iova", "IOMMU_IOAS_MAP" */
	const char *scope; /* tag of its struct or enum, may be "" */
	uint64_t value;
	enum home home;
	bool unmerged;	   /* the header is not expected to know the name */
};

struct facts {
	struct fact *v;
	size_t n, cap;
};

/* Appends all statements of the tables. Exits when out of memory. Caller frees v. */
void facts_of_tables(struct facts *out);
enum home home_of(const char *name);

/* A sorted set of lines with an optional number, for looking things up. */
struct line {
	char *text;
	uint64_t value;
};

struct lines {
	struct line *v;
	size_t n, cap;
};

/* text is copied. Exits when out of memory. */
void lines_add(struct lines *l, const char *text, uint64_t value);
void lines_sort(struct lines *l);
/* After lines_sort(). NULL when there is none. */
const struct line *lines_find(const struct lines *l, const char *text);
void lines_free(struct lines *l);
