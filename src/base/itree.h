/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A page of the interval tree, for the tree and its test. */
#pragma once

#include "iommuctl/itree.h"

/*
 * A search reads one page a level, and of it only the member that it looks for. As many entries
 * as this make a page of just under 512 bytes.
 */
#define IOM_IPAGE_MAX 20

struct iom_ipage {
	struct iom_ipage *up; /* NULL: the root */
	uint32_t n;
	uint32_t level; /* 0: at[] are entries, else pages */
	uint64_t max[IOM_IPAGE_MAX]; /* the last of an entry; the greatest of a page */
	void *at[IOM_IPAGE_MAX];
	/*
	 * The start of an entry. Of pages: not above any start in this page, not below any in the
	 * one before; that of the first means nothing.
	 */
	uint64_t key[IOM_IPAGE_MAX];
};
