/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An intrusive balanced interval tree: inclusive [start, last] ranges of uint64_t, overlaps allowed. */
#pragma once

#include "iommuctl/base.h"

struct iom_inode {
	struct iom_inode *left, *right;
	uintptr_t up; /* parent, with the balance in the two low bits */
	uint64_t start, last; /* inclusive, start <= last; fixed while in the tree */
	uint64_t max_last; /* greatest last in the subtree */
};

struct iom_itree {
	struct iom_inode *root;
	size_t count;
};

/* The node stays the caller's; O(log n). */
void iom_itree_insert(struct iom_itree *t, struct iom_inode *n);
void iom_itree_remove(struct iom_itree *t, struct iom_inode *n);
/* First node in order of (start, insertion) that overlaps [start, last], or NULL; O(log n). */
struct iom_inode *iom_itree_first(const struct iom_itree *t, uint64_t start, uint64_t last);
/* Next one after n that overlaps [start, last], or NULL; O(log n). */
struct iom_inode *iom_itree_next(const struct iom_inode *n, uint64_t start, uint64_t last);
