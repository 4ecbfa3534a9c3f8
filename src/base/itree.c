/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns the interval tree: an AVL tree by start, each node knowing the greatest end below it. */
#include "iommuctl/itree.h"

/*
 * A million mappings make a million nodes, so the balance shares a word with the parent
 * pointer: nodes are at least 4-aligned and the two low bits are free.
 */
enum side { EVEN = 0, LEFT = 1, RIGHT = 2 };
#define SIDE_MASK ((uintptr_t)3)

static inline struct iom_inode *parent_of(const struct iom_inode *n)
{
	return (struct iom_inode *)(n->up & ~SIDE_MASK);
}

static inline enum side heavy(const struct iom_inode *n)
{
	return (enum side)(n->up & SIDE_MASK);
}

static inline void set_parent(struct iom_inode *n, struct iom_inode *p)
{
	n->up = (uintptr_t)p | (n->up & SIDE_MASK);
}

static inline void set_heavy(struct iom_inode *n, enum side s)
{
	n->up = (n->up & ~SIDE_MASK) | (uintptr_t)s;
}

static inline enum side other(enum side s)
{
	return (enum side)(s ^ (LEFT | RIGHT));
}

static inline struct iom_inode **child_slot(struct iom_inode *n, enum side s)
{
	return s == LEFT ? &n->left : &n->right;
}

static inline uint64_t max_of(const struct iom_inode *n)
{
	uint64_t max = n->last;

	if (n->left && n->left->max_last > max)
		max = n->left->max_last;
	if (n->right && n->right->max_last > max)
		max = n->right->max_last;
	return max;
}

/* Makes p's link to `was`, or the root, point to `now`. */
static inline void relink(struct iom_itree *t, struct iom_inode *p, struct iom_inode *was,
			  struct iom_inode *now)
{
	if (!p)
		t->root = now;
	else if (p->left == was)
		p->left = now;
	else
		p->right = now;
}

/* Lifts p's child on side s into p's place; balances are the caller's business. */
static void lift(struct iom_itree *t, struct iom_inode *p, enum side s)
{
	struct iom_inode *c = *child_slot(p, s), *g = parent_of(p);
	struct iom_inode **inner = child_slot(c, other(s));

	*child_slot(p, s) = *inner;
	if (*inner)
		set_parent(*inner, p);
	*inner = p;
	set_parent(c, g);
	relink(t, g, p, c);
	set_parent(p, c);
	c->max_last = p->max_last;
	p->max_last = max_of(p);
}

/*
 * p leans to s by two. Restores it and returns the new top; *shorter says whether the subtree
 * lost a level (always after an insertion).
 */
static struct iom_inode *restore(struct iom_itree *t, struct iom_inode *p, enum side s,
				 bool *shorter)
{
	struct iom_inode *c = *child_slot(p, s), *g;
	enum side lean;

	*shorter = true;
	if (heavy(c) != other(s)) {
		lift(t, p, s);
		*shorter = heavy(c) == s;
		set_heavy(p, *shorter ? EVEN : s);
		set_heavy(c, *shorter ? EVEN : other(s));
		return c;
	}
	g = *child_slot(c, other(s));
	lean = heavy(g);
	lift(t, c, other(s));
	lift(t, p, s);
	set_heavy(p, lean == s ? other(s) : EVEN);
	set_heavy(c, lean == other(s) ? s : EVEN);
	set_heavy(g, EVEN);
	return g;
}

void iom_itree_insert(struct iom_itree *t, struct iom_inode *n)
{
	struct iom_inode **slot = &t->root, *p = NULL, *c;
	bool shorter;

	while (*slot) {
		p = *slot;
		if (p->max_last < n->last)
			p->max_last = n->last;
		slot = n->start < p->start ? &p->left : &p->right;
	}
	n->left = n->right = NULL;
	n->up = (uintptr_t)p;
	n->max_last = n->last;
	*slot = n;
	t->count++;

	for (c = n; p; c = p, p = parent_of(p)) {
		enum side s = p->left == c ? LEFT : RIGHT;

		if (heavy(p) == EVEN) {
			set_heavy(p, s);
			continue;
		}
		if (heavy(p) == s)
			restore(t, p, s, &shorter);
		else
			set_heavy(p, EVEN);
		return;
	}
}

/* Side s of p lost a level; walks up as long as subtrees get shorter. */
static void shrink(struct iom_itree *t, struct iom_inode *p, enum side s)
{
	while (p) {
		struct iom_inode *top = p, *up;
		bool shorter = true;

		if (heavy(p) == EVEN) {
			set_heavy(p, other(s));
			return;
		}
		if (heavy(p) == s)
			set_heavy(p, EVEN);
		else
			top = restore(t, p, other(s), &shorter);
		if (!shorter)
			return;
		up = parent_of(top);
		if (up)
			s = up->left == top ? LEFT : RIGHT;
		p = up;
	}
}

/* Puts n's successor s, the leftmost of its right subtree, in n's place. */
static void take_place(struct iom_itree *t, struct iom_inode *n, struct iom_inode *s)
{
	s->left = n->left;
	set_parent(s->left, s);
	s->right = n->right;
	if (s->right)
		set_parent(s->right, s);
	s->up = n->up;
	relink(t, parent_of(n), n, s);
}

void iom_itree_remove(struct iom_itree *t, struct iom_inode *n)
{
	struct iom_inode *p, *c, *s = NULL, *fix;
	enum side side;

	if (n->left && n->right) {
		for (s = n->right; s->left; s = s->left)
			;
		p = parent_of(s);
		c = s->right;
		side = p == n ? RIGHT : LEFT;
		*child_slot(p, side) = c;
		if (c)
			set_parent(c, p);
		take_place(t, n, s);
		if (p == n)
			p = s;
	} else {
		p = parent_of(n);
		c = n->left ? n->left : n->right;
		side = p && p->left == n ? LEFT : RIGHT;
		relink(t, p, n, c);
		if (c)
			set_parent(c, p);
	}
	t->count--;

	for (fix = p; fix; fix = parent_of(fix)) {
		uint64_t max = max_of(fix);

		if (!s && max == fix->max_last)
			break;
		fix->max_last = max;
		if (fix == s)
			s = NULL;
	}
	shrink(t, p, side);
}

/* n's subtree is known to reach `start` or beyond. */
static struct iom_inode *first_in(struct iom_inode *n, uint64_t start, uint64_t last)
{
	for (;;) {
		if (n->left && n->left->max_last >= start) {
			n = n->left;
			continue;
		}
		if (n->start > last)
			return NULL;
		if (n->last >= start)
			return n;
		n = n->right;
		if (!n || n->max_last < start)
			return NULL;
	}
}

struct iom_inode *iom_itree_first(const struct iom_itree *t, uint64_t start, uint64_t last)
{
	if (!t->root || t->root->max_last < start)
		return NULL;
	return first_in(t->root, start, last);
}

struct iom_inode *iom_itree_next(const struct iom_inode *n, uint64_t start, uint64_t last)
{
	for (;;) {
		const struct iom_inode *from;

		if (n->right && n->right->max_last >= start)
			return first_in(n->right, start, last);
		do {
			from = n;
			n = parent_of(n);
			if (!n)
				return NULL;
		} while (n->right == from);
		if (n->start > last)
			return NULL;
		if (n->last >= start)
			return (struct iom_inode *)n;
	}
}
