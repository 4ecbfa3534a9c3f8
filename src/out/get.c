/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One field of a result as bare text for a script, found by a dotted path. */
#include "model.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void bare_strs(const struct iom_strs *strs, struct iom_buf *b)
{
	for (const struct iom_strnode *n = strs->first; n; n = n->next) {
		if (n != strs->first)
			iom_buf_puts(b, " ");
		iom_buf_puts(b, n->s);
	}
}

static void bare(const struct iom_col *col, const struct iom_cell *c, struct iom_buf *b)
{
	if (c->state == IOM_NULL) {
		iom_buf_puts(b, "null");
		return;
	}
	switch (col->type) {
	case IOM_T_INT:
		iom_buf_printf(b, "%" PRId64, c->i);
		break;
	case IOM_T_HEX:
		iom_buf_printf(b, "0x%" PRIx64, c->u);
		break;
	case IOM_T_BOOL:
		iom_buf_puts(b, c->u ? "true" : "false");
		break;
	case IOM_T_STR:
		iom_buf_puts(b, c->s);
		break;
	case IOM_T_STRS:
		bare_strs(c->strs, b);
		break;
	default:
		if (c->text)
			iom_buf_puts(b, c->s);
		else
			iom_buf_printf(b, "%" PRIu64, c->u);
	}
}

static const struct iom_col *col_named(const struct iom_col *cols, const char *name, size_t len)
{
	for (; cols->name; cols++)
		if (!strncmp(cols->name, name, len) && !cols->name[len])
			return cols;
	return NULL;
}

/* Fills b with the paths that would have worked after the first `done` bytes of path. */
static int unknown(struct iom_buf *b, const char *path, size_t done, const char *index,
		   const struct iom_col *cols)
{
	for (const struct iom_col *c = cols; c->name; c++) {
		if (c != cols)
			iom_buf_puts(b, ", ");
		iom_buf_add(b, path, done);
		iom_buf_printf(b, "%s%s", index, c->name);
	}
	return b->failed ? -ENOMEM : -ENOENT;
}

/* The path ends at a record, or a list: fills b with the paths that go on from there. */
static int fields_of(struct iom_buf *b, const char *path, const char *index,
		     const struct iom_col *cols)
{
	int rc = unknown(b, path, strlen(path), index, cols);

	return rc == -ENOENT ? -EISDIR : rc;
}

/* Index at p, which ends at a dot or the end of the path. 0 or -EINVAL. */
static int parse_index(const char *p, size_t len, uint64_t *out)
{
	char digits[24];

	if (!len || len >= sizeof(digits) || strspn(p, "0123456789") != len)
		return -EINVAL;
	memcpy(digits, p, len);
	digits[len] = '\0';
	return iom_parse_u64(digits, out) ? -EINVAL : 0;
}

static const struct iom_rec *nth_rec(const struct iom_cell *c, uint64_t i)
{
	const struct iom_rec *rec;

	if (!c || c->state != IOM_VALUE || i >= c->list->n)
		return NULL;
	for (rec = c->list->first; i; i--)
		rec = rec->next;
	return rec;
}

/* The end of a path at a column that is no record: the value, or one string of STRS. */
static int get_value(const struct iom_col *col, const struct iom_cell *c, const char *tail,
		     struct iom_buf *b)
{
	const struct iom_strnode *node;
	uint64_t i = 0;

	if (*tail && parse_index(tail + 1, strlen(tail + 1), &i))
		return -ENOENT;
	if (!c || c->state == IOM_ABSENT)
		return -ENODATA;
	if (!*tail) {
		bare(col, c, b);
		return b->failed ? -ENOMEM : 0;
	}
	if (c->state != IOM_VALUE || i >= c->strs->n)
		return -ENODATA;
	for (node = c->strs->first; i; i--)
		node = node->next;
	iom_buf_puts(b, node->s);
	return b->failed ? -ENOMEM : 0;
}

/*
 * Walks the columns even where the result has no record, so that a wrong name is told apart
 * from a value that is absent.
 */
int iom_res_get(const struct iom_res *res, const char *path, struct iom_buf *b)
{
	const struct iom_col *cols = res->cols, *col;
	const struct iom_rec *rec = res->top;
	const char *p = path;

	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
	if (res->failed || !rec)
		return -ENOMEM;
	for (;;) {
		size_t len = strcspn(p, "."), done = (size_t)(p - path);
		const struct iom_cell *c;
		uint64_t i;
		int rc;

		col = col_named(cols, p, len);
		if (!col)
			return unknown(b, path, done, "", cols);
		c = rec ? &rec->cell[col - cols] : NULL;
		p += len;
		if (!iom_type_in(col->type, IOM_TYPES_NESTED)) {
			if (*p && col->type != IOM_T_STRS)
				return unknown(b, path, done, "", cols);
			rc = get_value(col, c, p, b);
			return rc == -ENOENT ? unknown(b, path, done, "", cols) : rc;
		}
		if (!*p++)
			return fields_of(b, path, col->type == IOM_T_REC ? "." : ".0.", col->cols);
		if (col->type == IOM_T_REC) {
			rec = c && c->state == IOM_VALUE ? c->rec : NULL;
			cols = col->cols;
			continue;
		}
		len = strcspn(p, ".");
		if (parse_index(p, len, &i))
			return unknown(b, path, (size_t)(p - path), "N.", col->cols);
		rec = nth_rec(c, i);
		cols = col->cols;
		p += len;
		if (!*p++)
			return fields_of(b, path, ".", cols);
	}
}
