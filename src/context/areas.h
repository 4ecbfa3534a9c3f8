/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: the areas of the book. */
#pragma once

#include "iommuctl/context.h"

struct iom_ioas_copy;
struct iom_ioas_unmap;

/* The IOAS of an inherited fd, on which a call has just succeeded. NULL: out of memory. */
struct iom_object *iom_book_adopt(struct iom_ctx *ctx, uint32_t id);
/* arg: struct iom_ioas_map or struct iom_ioas_map_file after success. 0 or -ENOMEM. */
int iom_areas_map(struct iom_ctx *ctx, const struct iom_call *call, const void *arg);
int iom_areas_copy(struct iom_ctx *ctx, const struct iom_ioas_copy *c);
void iom_areas_unmap(struct iom_ctx *ctx, const struct iom_ioas_unmap *c);
/*
 * The same for a refused unmap: what the kernel removed before it met a mapping that it would
 * split (code -ENOENT), or one that a hardware queue lies in (-EBUSY).
 */
void iom_areas_unmap_until(struct iom_ctx *ctx, const struct iom_ioas_unmap *c, int code);
/* Drops all areas of one object. */
void iom_areas_clear(struct iom_ctx *ctx, struct iom_object *o);
/* Frees the cache of area records. */
void iom_areas_end(struct iom_ctx *ctx);
