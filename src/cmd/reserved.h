/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: reserved regions against a guest's memory, and as a picture. */
#pragma once

#include "iommuctl/host.h"

/* Memory of a guest; inclusive bounds. */
struct iova_ram {
	uint64_t start, last;
};

/* Whether the kernel lets somebody map there. */
bool iom_region_is_mappable(const struct iom_host_region *r);
/*
 * Draws the IOVA space of groups, from 0 up, with the memory of a guest in it. Nothing in a name
 * moves a cursor or ends a string of the format. utf8: lines and fills beyond ASCII.
 */
void iom_iova_text(struct iom_buf *b, const struct iom_host_group *g, const struct iova_ram *ram,
		   size_t n_ram, bool utf8);
/* *y: where the picture of the group begins, then where it ends. */
void iom_iova_svg(struct iom_buf *b, const struct iom_host_group *g, const struct iova_ram *ram,
		  size_t n_ram, int *y);
/* The whole document around the pictures, which end at y. */
void iom_iova_svg_end(struct iom_buf *b, const struct iom_buf *pictures, int y);
