/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The result model: records, lists and strings in an arena that outlives one result. */
#include "model.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK 8192 /* bytes; holds what most commands report */

struct block {
	struct block *next;
	size_t size; /* bytes of data */
	_Alignas(uint64_t) char data[];
};

static inline size_t room(const struct iom_res *res)
{
	const struct block *b = res->block;

	return b ? b->size - res->used : 0;
}

/*
 * Moves on to a block that holds len bytes. A new one is at least twice the last, so what a
 * run of results skips over stays below what it uses, and growth ends.
 */
static bool next_block(struct iom_res *res, size_t len)
{
	struct block *b = res->block ? ((struct block *)res->block)->next : res->blocks;
	struct block *last = res->block, *new;
	size_t size;

	for (; b; last = b, b = b->next) {
		if (b->size < len)
			continue;
		res->block = b;
		res->used = 0;
		return true;
	}
	size = last ? last->size : FIRST_BLOCK / 2;
	if (size < len)
		size = len;
	if (size > SIZE_MAX / 4)
		goto fail;
	size *= 2;
	new = malloc(sizeof(*new) + size);
	if (!new)
		goto fail;
	new->next = NULL;
	new->size = size;
	if (last)
		last->next = new;
	else
		res->blocks = new;
	res->block = new;
	res->used = 0;
	return true;
fail:
	res->failed = true;
	return false;
}

static inline void *take(struct iom_res *res, size_t len)
{
	void *p;

	len = (len + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);
	if (__builtin_expect(room(res) < len, 0) && !next_block(res, len))
		return NULL;
	p = ((struct block *)res->block)->data + res->used;
	res->used += len;
	return p;
}

/*
 * Lays a record out in the rest of the block, clearing cells as it counts columns: one pass,
 * for this is most of what a small result costs. NULL when it does not fit.
 */
static inline struct iom_rec *lay_rec(struct iom_res *res, const struct iom_col *cols)
{
	struct block *b = res->block;
	struct iom_rec *rec = (struct iom_rec *)(b->data + res->used);
	const char *last = b->data + b->size - sizeof(struct iom_cell);
	struct iom_cell *cell = rec->cell;

	if (room(res) < sizeof(*rec))
		return NULL;
	for (const struct iom_col *c = cols; c->name; c++, cell++) {
		if ((const char *)cell > last)
			return NULL;
		cell->state = IOM_ABSENT;
	}
	rec->res = res;
	rec->cols = cols;
	rec->next = NULL;
	rec->n = (unsigned int)(cell - rec->cell);
	res->used = (size_t)((const char *)cell - b->data);
	return rec;
}

static __attribute__((noinline)) struct iom_rec *new_rec_slow(struct iom_res *res,
							      const struct iom_col *cols)
{
	size_t len = sizeof(struct iom_rec);

	for (const struct iom_col *c = cols; c->name; c++)
		len += sizeof(struct iom_cell);
	return next_block(res, len) ? lay_rec(res, cols) : NULL;
}

static inline struct iom_rec *new_rec(struct iom_res *res, const struct iom_col *cols)
{
	struct iom_rec *rec = res->block ? lay_rec(res, cols) : NULL;

	return rec ? rec : new_rec_slow(res, cols);
}

void iom_res_begin(struct iom_res *res, const struct iom_col *cols)
{
	res->cols = cols;
	res->block = res->blocks;
	res->used = 0;
	res->failed = false;
	res->top = new_rec(res, cols);
}

void iom_res_free(struct iom_res *res)
{
	struct block *b = res->blocks;

	while (b) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
	*res = (struct iom_res){ 0 };
}

/* The cell of a column whose type must be one of mask. */
static inline struct iom_cell *cell_of(struct iom_rec *rec, unsigned int col, unsigned int mask)
{
	assert(col < rec->n);
	assert(iom_type_in(rec->cols[col].type, mask));
	return &rec->cell[col];
}

void iom_set_uint(struct iom_rec *rec, unsigned int col, uint64_t v)
{
	struct iom_cell *c;

	if (!rec)
		return;
	c = cell_of(rec, col,
		    IOM_TYPE(IOM_T_UINT) | IOM_TYPE(IOM_T_SIZE) | IOM_TYPE(IOM_T_HEX) |
			    IOM_TYPE(IOM_T_BOOL) | IOM_TYPE(IOM_T_ANY));
	c->u = v;
	c->state = IOM_VALUE;
	c->text = false;
}

void iom_set_int(struct iom_rec *rec, unsigned int col, int64_t v)
{
	struct iom_cell *c;

	if (!rec)
		return;
	c = cell_of(rec, col, IOM_TYPE(IOM_T_INT));
	c->i = v;
	c->state = IOM_VALUE;
}

#define TYPES_STR (IOM_TYPE(IOM_T_STR) | IOM_TYPE(IOM_T_ANY))

void iom_set_str(struct iom_rec *rec, unsigned int col, const char *s)
{
	struct iom_cell *c;
	size_t len;
	char *p;

	if (!rec)
		return;
	c = cell_of(rec, col, TYPES_STR);
	assert(s);
	len = strlen(s) + 1;
	p = take(rec->res, len);
	if (!p)
		return;
	c->s = memcpy(p, s, len);
	c->state = IOM_VALUE;
	c->text = true;
}

void iom_set_strf(struct iom_rec *rec, unsigned int col, const char *fmt, ...)
{
	struct iom_res *res;
	struct iom_cell *c;
	size_t left, len;
	va_list ap;
	char *p;
	int n;

	if (!rec)
		return;
	c = cell_of(rec, col, TYPES_STR);
	res = rec->res;
	/* Written where it will stay; only what does not fit is written twice. */
	left = room(res);
	va_start(ap, fmt);
	n = vsnprintf(((struct block *)res->block)->data + res->used, left, fmt, ap);
	va_end(ap);
	if (n < 0) {
		res->failed = true;
		return;
	}
	len = (size_t)n + 1;
	p = take(res, len);
	if (!p)
		return;
	if (len > left) {
		va_start(ap, fmt);
		vsnprintf(p, len, fmt, ap);
		va_end(ap);
	}
	c->s = p;
	c->state = IOM_VALUE;
	c->text = true;
}

void iom_set_null(struct iom_rec *rec, unsigned int col)
{
	if (!rec)
		return;
	assert(col < rec->n);
	assert(rec->cols[col].flags & IOM_COL_NULL);
	rec->cell[col].state = IOM_NULL;
}

static struct iom_strs *strs_of(struct iom_rec *rec, struct iom_cell *c)
{
	if (c->state == IOM_VALUE)
		return c->strs;
	c->strs = take(rec->res, sizeof(*c->strs));
	if (!c->strs)
		return NULL;
	c->strs->first = NULL;
	c->strs->tail = &c->strs->first;
	c->strs->n = 0;
	c->state = IOM_VALUE;
	return c->strs;
}

static struct iom_list *list_of(struct iom_rec *rec, struct iom_cell *c)
{
	if (c->state == IOM_VALUE)
		return c->list;
	c->list = take(rec->res, sizeof(*c->list));
	if (!c->list)
		return NULL;
	c->list->first = NULL;
	c->list->tail = &c->list->first;
	c->list->n = 0;
	c->state = IOM_VALUE;
	return c->list;
}

void iom_add_str(struct iom_rec *rec, unsigned int col, const char *s)
{
	struct iom_strnode *node;
	struct iom_strs *strs;
	struct iom_cell *c;
	size_t len;

	if (!rec)
		return;
	c = cell_of(rec, col, IOM_TYPE(IOM_T_STRS));
	assert(s);
	strs = strs_of(rec, c);
	if (!strs)
		return;
	len = strlen(s) + 1;
	node = take(rec->res, sizeof(*node) + len);
	if (!node)
		return;
	node->next = NULL;
	memcpy(node->s, s, len);
	*strs->tail = node;
	strs->tail = &node->next;
	strs->n++;
}

struct iom_rec *iom_add_rec(struct iom_rec *rec, unsigned int col)
{
	struct iom_rec *child;
	struct iom_list *list;
	struct iom_cell *c;

	if (!rec)
		return NULL;
	c = cell_of(rec, col, IOM_TYPES_NESTED);
	if (rec->cols[col].type == IOM_T_REC) {
		if (c->state == IOM_VALUE)
			return c->rec;
		child = new_rec(rec->res, rec->cols[col].cols);
		if (!child)
			return NULL;
		c->rec = child;
		c->state = IOM_VALUE;
		return child;
	}
	list = list_of(rec, c);
	if (!list)
		return NULL;
	child = new_rec(rec->res, rec->cols[col].cols);
	if (!child)
		return NULL;
	*list->tail = child;
	list->tail = &child->next;
	list->n++;
	return child;
}

void iom_open_list(struct iom_rec *rec, unsigned int col)
{
	struct iom_cell *c;

	if (!rec)
		return;
	c = cell_of(rec, col, IOM_TYPE(IOM_T_LIST) | IOM_TYPE(IOM_T_STRS));
	if (rec->cols[col].type == IOM_T_LIST)
		list_of(rec, c);
	else
		strs_of(rec, c);
}
