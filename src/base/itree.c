/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Owns the interval tree: a B+ tree by start, in which each page is known with the greatest end
 * below it. A million entries are four or five pages deep, where a binary tree has twenty nodes,
 * each a miss of the cache.
 */
#include "itree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct iom_ipage page;

/* A page with this few entries goes into its neighbour, if both leave room to grow there. */
#define FEW    (IOM_IPAGE_MAX / 4)
#define ENOUGH (IOM_IPAGE_MAX * 3 / 4)
/* What comes in order fills pages up to here; the rest is for what comes between later. */
#define DENSE  (IOM_IPAGE_MAX - 1)

/* Cleared, as a search also looks at what is behind the last entry. */
static page *new_page(const struct iom_itree *t)
{
	page *p = t->mem ? t->mem->alloc(sizeof(page)) : malloc(sizeof(page));

	return p ? memset(p, 0, sizeof(*p)) : NULL;
}

static void free_page(const struct iom_itree *t, page *p)
{
	if (t->mem)
		t->mem->free(p);
	else
		free(p);
}

/* ---- places in a page ---- */

/*
 * Asks for a page at once: one wait for memory instead of one for each of its members. Of one that
 * is only passed through the keys stay where they are.
 */
static inline const page *coming(const page *p, bool leaf)
{
	size_t end = leaf ? sizeof(*p) : offsetof(page, key);

	for (size_t at = 0; at < end; at += 64)
		__builtin_prefetch((const char *)p + at);
	return p;
}

/*
 * Where something is in a page nobody can foresee, and a branch guessed wrong costs as much as a
 * look at all of it: so these look at both ends, where what comes in order is, and then at all.
 */
static inline uint32_t index_of(const page *p, const void *what)
{
	uint32_t at = p->n - 1;

	if (p->at[at] == what)
		return at;
	for (uint32_t i = 0; i < p->n; i++)
		at = p->at[i] == what ? i : at;
	return at;
}

/* The first, from i on, that reaches to `start`; n: none does. */
static inline uint32_t reaching(const page *p, uint32_t i, uint64_t start)
{
	uint32_t at = p->n;

	if (i < at && p->max[i] >= start)
		return i;
	for (uint32_t k = p->n; k-- > i;)
		at = p->max[k] >= start ? k : at;
	return at;
}

/* The same from the first on; in the same time wherever it is, as what is behind n does not count. */
static inline uint32_t first_reaching(const page *p, uint64_t start)
{
	uint32_t low = IOM_IPAGE_MAX, high = IOM_IPAGE_MAX;

	if (p->max[0] >= start)
		return 0;
#pragma GCC unroll 20
	for (uint32_t k = IOM_IPAGE_MAX / 2; k--;) {
		low = p->max[k] >= start ? k : low;
		high = p->max[k + IOM_IPAGE_MAX / 2] >= start ? k + IOM_IPAGE_MAX / 2 : high;
	}
	low = low < high ? low : high;
	return low < p->n ? low : p->n;
}

/* Behind all that begin at `start` or before. */
static inline uint32_t behind(const page *p, uint32_t i, uint64_t start)
{
	if (p->key[p->n - 1] <= start)
		return p->n;
	for (uint32_t k = i; k < p->n; k++)
		i += p->key[k] <= start;
	return i;
}

static inline uint64_t max_of(const page *p)
{
	uint64_t max = 0;

	for (uint32_t i = 0; i < p->n; i++)
		max = p->max[i] > max ? p->max[i] : max;
	return max;
}

static inline void adopt(page *p, void *what)
{
	if (p->level)
		((page *)what)->up = p;
	else
		((struct iom_inode *)what)->page = p;
}

static void put(page *p, uint32_t i, uint64_t key, uint64_t max, void *what)
{
	for (uint32_t k = p->n++; k > i; k--) {
		p->key[k] = p->key[k - 1];
		p->max[k] = p->max[k - 1];
		p->at[k] = p->at[k - 1];
	}
	p->key[i] = key;
	p->max[i] = max;
	p->at[i] = what;
	adopt(p, what);
}

static void take(page *p, uint32_t i)
{
	for (p->n--; i < p->n; i++) {
		p->key[i] = p->key[i + 1];
		p->max[i] = p->max[i + 1];
		p->at[i] = p->at[i + 1];
	}
}

/* Moves the entries of `from` from i on to the end of `to`. */
static void move_tail(page *to, page *from, uint32_t i)
{
	for (uint32_t k = i; k < from->n; k++)
		put(to, to->n, from->key[k], from->max[k], from->at[k]);
	from->n = i;
}

/* ---- adding ---- */

/* Pages for splitting p, and what that leads to above it, linked by up. -ENOMEM. */
static int get_spare(const struct iom_itree *t, const page *p, page **spare)
{
	uint32_t need = 0;
	page *s;

	*spare = NULL;
	do {
		need++;
		p = p->up;
	} while (p && p->n == IOM_IPAGE_MAX);
	if (!p)
		need++; /* a new root */
	while (need--) {
		s = new_page(t);
		if (!s)
			break;
		s->up = *spare;
		*spare = s;
	}
	if (need == UINT32_MAX)
		return 0;
	while ((s = *spare)) {
		*spare = s->up;
		free_page(t, s);
	}
	return -ENOMEM;
}

/* Something came below p that reaches to `last`. */
static void raise_max(const page *p, uint64_t last)
{
	for (; p->up; p = p->up) {
		uint32_t i = index_of(p->up, p);

		if (p->up->max[i] >= last)
			return;
		p->up->max[i] = last;
	}
}

static page *take_spare(page **spare, uint32_t level)
{
	page *p = *spare;

	*spare = p->up;
	p->up = NULL;
	p->n = 0;
	p->level = level;
	return p;
}

/*
 * p is full enough, and gets a neighbour to its right. Returns which of the two takes the entry at
 * *i, where *i is then its place. What comes in order begins a new page.
 */
static page *split(struct iom_itree *t, page *p, uint32_t *i, uint64_t key, page **spare)
{
	page *right = take_spare(spare, p->level), *up = p->up;
	bool append = *i == p->n;
	uint32_t half = append ? p->n : p->n / 2, at;

	if (!append)
		key = p->key[half];
	move_tail(right, p, half);
	if (!up) {
		up = take_spare(spare, p->level + 1);
		put(up, 0, p->key[0], 0, p);
		t->root = up;
		t->levels++;
	}
	at = index_of(up, p);
	up->max[at++] = max_of(p);
	if (up->n == IOM_IPAGE_MAX)
		up = split(t, up, &at, key, spare);
	put(up, at, key, max_of(right), right);
	raise_max(up, max_of(right));
	if (*i <= half && !append)
		return p;
	*i -= half;
	return right;
}

/* Something that begins at `start` is now the first in p. */
static void lower_key(const page *p, uint64_t start)
{
	for (; p->up; p = p->up) {
		uint32_t i = index_of(p->up, p);

		if (!i)
			continue;
		if (p->up->key[i] > start)
			p->up->key[i] = start;
		return;
	}
}

static int add(struct iom_itree *t, page *p, uint32_t i, struct iom_inode *n)
{
	page *spare;

	if (p->n == IOM_IPAGE_MAX || (p->n >= DENSE && i == p->n)) {
		if (get_spare(t, p, &spare))
			return -ENOMEM;
		p = split(t, p, &i, n->start, &spare);
	}
	put(p, i, n->start, n->last, n);
	t->count++;
	if (!i)
		lower_key(p, n->start);
	/* where nothing overlaps this is the end of it */
	if (i + 1 == p->n || p->max[i + 1] < n->last)
		raise_max(p, n->last);
	return 0;
}

int iom_itree_insert(struct iom_itree *t, struct iom_inode *n)
{
	struct iom_inode *only = t->levels ? NULL : t->root;
	uint32_t i;
	page *p;

	if (!t->root) {
		n->page = NULL;
		t->root = n;
		t->count = 1;
		return 0;
	}
	if (only) {
		p = new_page(t);
		if (!p)
			return -ENOMEM;
		put(p, 0, only->start, only->last, only);
		t->root = p;
		t->levels = 1;
	}
	for (p = t->root; p->level; p = p->at[i - 1])
		i = behind(p, 1, n->start);
	return add(t, p, behind(p, 0, n->start), n);
}

int iom_itree_insert_at(struct iom_itree *t, struct iom_inode *n, const struct iom_iplace *where)
{
	return where->page ? add(t, where->page, where->i, n) : iom_itree_insert(t, n);
}

/* ---- removing ---- */

/* Something in p that reached to `was` does so no longer. */
static void lower_max(page *p, uint64_t was)
{
	for (; p->up; p = p->up) {
		uint64_t max = max_of(p);

		if (max >= was)
			return;
		p->up->max[index_of(p->up, p)] = max;
	}
}

/* Takes the pages away that are empty from p upward. Returns the first that is not, or NULL. */
static page *drop_empty(struct iom_itree *t, page *p)
{
	while (p && !p->n) {
		page *up = p->up;

		if (up)
			take(up, index_of(up, p));
		free_page(t, p);
		p = up;
	}
	if (!p) {
		t->root = NULL;
		t->levels = 0;
	}
	return p;
}

/* A root with a single page below it is of no use. */
static void drop_roots(struct iom_itree *t)
{
	page *p = t->root;

	while (p->level && p->n == 1) {
		page *below = p->at[0];

		free_page(t, p);
		below->up = NULL;
		t->root = p = below;
		t->levels--;
	}
}

/* Joins p, which has few entries left, with a neighbour, and so on upward. */
static void join(struct iom_itree *t, page *p)
{
	while (p->up && p->n <= FEW) {
		page *up = p->up, *left, *right;
		uint32_t i = index_of(up, p);

		if (i + 1 == up->n && i)
			i--;
		if (i + 1 == up->n)
			return;
		left = up->at[i];
		right = up->at[i + 1];
		if (left->n + right->n > ENOUGH)
			return;
		if (right->level)
			right->key[0] = up->key[i + 1];
		move_tail(left, right, 0);
		if (up->max[i + 1] > up->max[i])
			up->max[i] = up->max[i + 1];
		take(up, i + 1);
		free_page(t, right);
		p = up;
	}
}

void iom_itree_remove(struct iom_itree *t, struct iom_inode *n)
{
	page *p = n->page;
	uint32_t i;

	t->count--;
	if (!p) {
		t->root = NULL;
		return;
	}
	i = index_of(p, n);
	take(p, i);
	if (i >= p->n || p->max[i] < n->last) {
		p = drop_empty(t, p);
		if (!p)
			return;
		lower_max(p, n->last);
	}
	join(t, p);
	drop_roots(t);
}

void iom_itree_shorten(struct iom_inode *n, uint64_t last)
{
	uint64_t was = n->last;
	page *p = n->page;

	n->last = last;
	if (!p)
		return;
	p->max[index_of(p, n)] = last;
	lower_max(p, was);
}

/* ---- looking ---- */

/* The first entry that reaches to `start`, below the i-th of p, which does. */
static const page *descend(const page *p, uint32_t *i, uint64_t start)
{
	while (p->level) {
		p = coming(p->at[*i], p->level == 1);
		*i = first_reaching(p, start);
	}
	return p;
}

struct iom_inode *iom_itree_look(const struct iom_itree *t, uint64_t start, uint64_t last,
				 struct iom_iplace *where)
{
	page *p = t->root;
	struct iom_inode *only;
	uint32_t i;

	where->page = NULL;
	if (!t->levels) {
		only = t->root;
		return only && only->last >= start && only->start <= last ? only : NULL;
	}
	i = first_reaching(p, start);
	if (i == p->n) {
		while (p->level)
			p = p->at[p->n - 1];
		*where = (struct iom_iplace){ p, p->n };
		return NULL;
	}
	p = (page *)descend(p, &i, start);
	*where = (struct iom_iplace){ p, i };
	return p->key[i] <= last ? p->at[i] : NULL;
}

struct iom_inode *iom_itree_first(const struct iom_itree *t, uint64_t start, uint64_t last)
{
	struct iom_iplace where;

	return iom_itree_look(t, start, last, &where);
}

struct iom_inode *iom_itree_next(const struct iom_inode *n, uint64_t start, uint64_t last)
{
	const void *from = n;
	const page *p;

	for (p = n->page; p; from = p, p = p->up) {
		uint32_t i = reaching(p, index_of(p, from) + 1, start);

		if (i == p->n)
			continue;
		p = descend(p, &i, start);
		return p->key[i] <= last ? p->at[i] : NULL;
	}
	return NULL;
}
