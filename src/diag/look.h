/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: what predicates look at. Nothing here changes the context. */
#pragma once

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "iommuctl/diag.h"
#include "iommuctl/uapi.h"

/* Sets fact and field of a predicate that holds; returns true. field: static storage or NULL. */
bool look_holds(struct iom_case *c, const char *field, const char *fmt, ...) iom_printf(3, 4);
/* "Could not look": returns false. */
bool look_blind(struct iom_case *c);

/* Members of the call's struct by kernel name; 0 when the call has no such member. */
uint64_t look_get(const struct iom_case *c, const char *name);
uint32_t look_id(const struct iom_case *c, const char *name);
bool look_is(const struct iom_case *c, const char *call);

/* Issues a read-only call on the context, untraced. rc of iom_issue(), < 0 also in a dry run. */
int look_issue(struct iom_case *c, const char *call, void *arg);

/* Where a map or copy wants to go. */
struct look_want {
	uint32_t ioas;
	uint64_t iova, length, last; /* last only when neither zero nor wrapping */
	uint64_t va; /* user address or file offset */
	bool fixed, wraps, va_known;
	const char *ioas_name, *iova_name, *va_name;
};
/* False for calls that map nothing. */
bool look_want(const struct iom_case *c, struct look_want *w);

/* The ranges of an IOAS that may be mapped, from IOAS_IOVA_RANGES. */
struct look_ranges {
	struct iom_iova_range *r;
	uint32_t n;
	uint64_t align;
};
/* False, and the case blind, when the kernel cannot be asked. Freed by look_ranges_free(). */
bool look_ranges(struct iom_case *c, uint32_t ioas, struct look_ranges *out);
void look_ranges_free(struct look_ranges *r);
#define _look_ranges_ __attribute__((cleanup(look_ranges_free)))
/* "0x1000000-0x7fffffff, ...", shortened. */
void look_ranges_text(const struct look_ranges *r, char *buf, size_t len);

/* What keeps [start, last] from being mapped: a hole between usable ranges. */
struct look_hole {
	uint64_t at; /* first address of the request that is in it */
	uint64_t start, last; /* the named region, or the hole */
	char kind[24]; /* "msi", "aperture", ...; "" when nobody knows */
	char owner[40];
};
/* False when all of it is usable (or the case is blind). */
bool look_hole(struct iom_case *c, uint32_t ioas, uint64_t start, uint64_t last,
	       struct look_hole *h);
/* A reserved region of the host's groups that meets [start, last]; group -1: any. */
bool look_host_region(struct iom_case *c, long group, uint64_t start, uint64_t last,
		      struct look_hole *h);

/* The book. */
/* NULL when it has no such object; blind then if it may exist all the same. */
struct iom_object *look_object(struct iom_case *c, uint32_t id);
/* First address of [start, last] that the book has nothing mapped at; false when there is none. */
bool look_gap(struct iom_case *c, uint32_t ioas, uint64_t start, uint64_t last, uint64_t *at,
	      uint64_t *gap_last);
/* "the mapping 0x1000-0x1fff (line 4)" */
const char *look_area_text(const struct iom_area *a, char *buf, size_t len);
/* Some HWPT, device or mock device of the book that sits on the IOAS, or NULL. */
struct iom_object *look_user_of_ioas(const struct iom_ctx *ctx, uint32_t ioas);
/* The object that a call of a VFIO device's fd concerns, or its only open device. */
struct iom_handle *look_device(const struct iom_case *c);
/* Group of a VFIO device by its node's name, -1 when not known. */
long look_device_group(const struct iom_case *c, const char *node);

/* This process. */
struct look_vma {
	uint64_t start, end, offset; /* end is exclusive */
	char perms[5];
	char path[160];
};
enum look_span { LOOK_FINE, LOOK_UNMAPPED, LOOK_NO_RIGHT, LOOK_NO_MAPS };
/*
 * Whether all of [addr, addr + len) is mapped and readable, and writable if asked. *vma is the
 * offending mapping; for LOOK_UNMAPPED only its start, the first address without one.
 */
enum look_span look_span(uint64_t addr, uint64_t len, bool writable, struct look_vma *vma);
/* The mapping that addr lies in. */
bool look_vma_at(uint64_t addr, struct look_vma *vma);
/* Whether the mapping that starts at vma->start has one of the two-letter VmFlags. */
bool look_vma_flag(const struct look_vma *vma, const char *flag);
/* "BAR 2", or what else lies at this offset of a VFIO device. */
const char *look_region(uint64_t offset, char *buf, size_t len);
/* "BAR 2 of 0000:01:00.0, /dev/vfio/devices/vfio0"; false: it is no mapping of a VFIO device. */
bool look_vma_vfio(const char *sysroot, const struct look_vma *v, char *buf, size_t len);
/* Copies len bytes of this process's memory; false when some are not readable. */
bool look_memory(uint64_t addr, void *buf, size_t len);
/* Whether this process has the capability in effect; -1 when that cannot be read. */
int look_cap(const struct iom_case *c, unsigned int cap);
/* "/proc/self/fd/N" resolved, "" when not open. */
void look_fd_name(int fd, char *buf, size_t len);
