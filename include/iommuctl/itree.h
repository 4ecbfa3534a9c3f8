/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An interval tree of wide pages: inclusive [start, last] ranges of uint64_t, overlaps allowed. */
#pragma once

#include "iommuctl/base.h"

struct iom_ipage;

/* Part of what is kept in the tree. */
struct iom_inode {
	uint64_t start, last; /* inclusive, start <= last; fixed while in the tree */
	struct iom_ipage *page; /* the tree's */
};

/* Where pages come from. */
struct iom_imem {
	void *(*alloc)(size_t n);
	void (*free)(void *p);
};

/* All zeros is empty. An empty one holds no memory. */
struct iom_itree {
	void *root; /* page, or with no levels the only entry */
	size_t count;
	uint32_t levels; /* of pages */
	const struct iom_imem *mem; /* NULL: malloc and free */
};

/* The node stays the caller's; 0, or -ENOMEM with the tree as it was. O(log n). */
int iom_itree_insert(struct iom_itree *t, struct iom_inode *n) iom_must_check;
void iom_itree_remove(struct iom_itree *t, struct iom_inode *n);
/* Lets n end earlier. */
void iom_itree_shorten(struct iom_inode *n, uint64_t last);
/* First node in order of (start, insertion) that overlaps [start, last], or NULL; O(log n). */
struct iom_inode *iom_itree_first(const struct iom_itree *t, uint64_t start, uint64_t last);
/*
 * As iom_itree_first(), in a tree without overlaps: when NULL, *where is the place of a node of this
 * range until the tree changes, and saves iom_itree_insert_at() the way there.
 */
struct iom_iplace {
	struct iom_ipage *page;
	uint32_t i;
};
struct iom_inode *iom_itree_look(const struct iom_itree *t, uint64_t start, uint64_t last,
				 struct iom_iplace *where);
int iom_itree_insert_at(struct iom_itree *t, struct iom_inode *n,
			const struct iom_iplace *where) iom_must_check;
/* Next one after n that overlaps [start, last], or NULL; O(log n). */
struct iom_inode *iom_itree_next(const struct iom_inode *n, uint64_t start, uint64_t last);
static inline struct iom_inode *iom_itree_any(const struct iom_itree *t)
{
	return iom_itree_first(t, 0, UINT64_MAX);
}
