/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A result as text for people: pairs, then tables. */
#include "model.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <libsmartcols.h>

#define MAX_PAIRS 6 /* more than that are easier to read one below the other */

/* Two strings each, with their NULs: key and value, or title and table. */
struct pairs {
	struct iom_buf b;
	unsigned int n;
	size_t width; /* of the longest first string */
};

struct view {
	const struct iom_style *st;
	size_t termwidth; /* 0: no limit */
	struct pairs scalars, tables;
};

static void cell_text(const struct iom_col *col, const struct iom_cell *c, struct iom_buf *b);

static void add_string(struct iom_buf *b, const char *s)
{
	if (*s)
		iom_clean_text(b, s);
	else
		iom_buf_puts(b, "\"\"");
}

static void add_strs(struct iom_buf *b, const struct iom_strs *strs)
{
	if (!strs->n)
		iom_buf_puts(b, "none");
	for (const struct iom_strnode *n = strs->first; n; n = n->next) {
		if (n != strs->first)
			iom_buf_puts(b, ",");
		add_string(b, n->s);
	}
}

/* A list in one cell: what its first column says of each record. */
static void add_list(struct iom_buf *b, const struct iom_list *list)
{
	if (!list->n)
		iom_buf_puts(b, "none");
	for (const struct iom_rec *rec = list->first; rec; rec = rec->next) {
		if (rec != list->first)
			iom_buf_puts(b, ", ");
		cell_text(&rec->cols[0], &rec->cell[0], b);
	}
}

/* A record in one cell. */
static void add_record(struct iom_buf *b, const struct iom_rec *rec)
{
	const char *sep = "";

	for (unsigned int i = 0; i < rec->n; i++) {
		if (rec->cols[i].flags & IOM_COL_HIDE || rec->cell[i].state == IOM_ABSENT)
			continue;
		iom_buf_printf(b, "%s%s=", sep, rec->cols[i].name);
		cell_text(&rec->cols[i], &rec->cell[i], b);
		sep = ", ";
	}
	if (!*sep)
		iom_buf_puts(b, "-");
}

static void value_text(const struct iom_col *col, const struct iom_cell *c, struct iom_buf *b)
{
	char size[24];

	switch (col->type) {
	case IOM_T_INT:
		iom_buf_printf(b, "%" PRId64, c->i);
		return;
	case IOM_T_SIZE:
		iom_buf_puts(b, iom_format_size(c->u, size, sizeof(size)));
		return;
	case IOM_T_HEX:
		iom_buf_printf(b, "0x%" PRIx64, c->u);
		return;
	case IOM_T_BOOL:
		iom_buf_puts(b, c->u ? "yes" : "no");
		return;
	case IOM_T_STR:
		add_string(b, c->s);
		return;
	case IOM_T_STRS:
		add_strs(b, c->strs);
		return;
	case IOM_T_LIST:
		add_list(b, c->list);
		return;
	case IOM_T_REC:
		add_record(b, c->rec);
		return;
	case IOM_T_ANY:
		if (c->text) {
			add_string(b, c->s);
			return;
		}
		break;
	case IOM_T_UINT:
		break;
	}
	iom_buf_printf(b, "%" PRIu64, c->u);
}

static void cell_text(const struct iom_col *col, const struct iom_cell *c, struct iom_buf *b)
{
	if (c->state == IOM_ABSENT)
		iom_buf_puts(b, "-");
	else if (c->state == IOM_NULL)
		iom_buf_puts(b, "unknown");
	else
		value_text(col, c, b);
}

static int column_flags(const struct iom_col *col, const struct view *v)
{
	switch (col->type) {
	case IOM_T_UINT:
	case IOM_T_INT:
	case IOM_T_SIZE:
	case IOM_T_HEX:
		return SCOLS_FL_RIGHT;
	case IOM_T_BOOL:
		return 0;
	default:
		return v->termwidth ? SCOLS_FL_WRAP : 0;
	}
}

static int add_column(struct libscols_table *tb, const struct iom_col *col, const struct view *v)
{
	struct libscols_column *cl;
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(name) - 1 && col->name[i]; i++)
		name[i] = (char)toupper((unsigned char)col->name[i]);
	name[i] = '\0';
	cl = scols_table_new_column(tb, name, 0, column_flags(col, v));
	if (!cl)
		return -ENOMEM;
	if (v->st->color)
		return scols_cell_set_color(scols_column_get_header(cl), "bold");
	return 0;
}

/* Bit i: column i is not in the table. */
static uint64_t left_out(const struct iom_col *cols, const struct iom_list *list)
{
	uint64_t out = 0;

	for (unsigned int i = 0; i < 64 && cols[i].name; i++)
		if (cols[i].flags & (IOM_COL_HIDE | IOM_COL_SPARSE))
			out |= (uint64_t)1 << i;
	for (const struct iom_rec *rec = list->first; rec; rec = rec->next)
		for (unsigned int i = 0; i < rec->n && i < 64; i++)
			if (rec->cell[i].state != IOM_ABSENT && !(cols[i].flags & IOM_COL_HIDE))
				out &= ~((uint64_t)1 << i);
	return out;
}

static int add_row(struct libscols_table *tb, const struct iom_rec *rec, uint64_t out)
{
	struct libscols_line *line = scols_table_new_line(tb, NULL);
	size_t at = 0;

	if (!line)
		return -ENOMEM;
	for (unsigned int i = 0; i < rec->n; i++) {
		struct iom_buf b = { 0 };
		int rc;

		if (out >> i & 1)
			continue;
		cell_text(&rec->cols[i], &rec->cell[i], &b);
		if (b.failed) {
			iom_buf_free(&b);
			return -ENOMEM;
		}
		rc = scols_line_refer_data(line, at++, b.data);
		if (rc) {
			iom_buf_free(&b);
			return rc;
		}
	}
	return 0;
}

static int fill_table(struct libscols_table *tb, const struct iom_col *cols,
		      const struct iom_list *list, const struct view *v)
{
	uint64_t out = left_out(cols, list);
	int rc = 0;

	/*
	 * Cells are clean already, and the library would escape the escapes. Without its help
	 * it must not see a byte the locale cannot decode: libsmartcols 2.38 then never returns.
	 */
	scols_table_enable_noencoding(tb, 1);
	scols_table_enable_colors(tb, v->st->color);
	scols_table_set_termforce(tb,
				  v->termwidth ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
	if (v->termwidth)
		scols_table_set_termwidth(tb, v->termwidth);
	for (unsigned int i = 0; !rc && cols[i].name; i++)
		if (!(out >> i & 1))
			rc = add_column(tb, &cols[i], v);
	for (const struct iom_rec *rec = list->first; !rc && rec; rec = rec->next)
		rc = add_row(tb, rec, out);
	return rc;
}

/* What stands behind a node of a tree: its fields but the first, which is the node. */
static void add_details(struct iom_buf *b, const struct iom_rec *rec)
{
	const char *sep = "";

	for (unsigned int i = 1; i < rec->n; i++) {
		const struct iom_col *col = &rec->cols[i];

		if (col->flags & (IOM_COL_HIDE | IOM_COL_TREE) || rec->cell[i].state == IOM_ABSENT)
			continue;
		if (col->type == IOM_T_STRS && rec->cell[i].state == IOM_VALUE && !rec->cell[i].strs->n)
			continue;
		iom_buf_printf(b, "%s%s=", sep, col->name);
		cell_text(col, &rec->cell[i], b);
		sep = " ";
	}
}

static int add_branch(struct libscols_table *tb, struct libscols_line *parent,
		      const struct iom_list *list)
{
	int rc = 0;

	for (const struct iom_rec *rec = list->first; rec && !rc; rec = rec->next) {
		struct libscols_line *line = scols_table_new_line(tb, parent);
		struct iom_buf node = { 0 }, details = { 0 };

		cell_text(&rec->cols[0], &rec->cell[0], &node);
		add_details(&details, rec);
		rc = !line || node.failed || details.failed ? -ENOMEM : 0;
		if (!rc)
			rc = scols_line_set_data(line, 0, node.data ? node.data : "");
		if (!rc)
			rc = scols_line_set_data(line, 1, details.data ? details.data : "");
		iom_buf_free(&node);
		iom_buf_free(&details);
		for (unsigned int i = 1; i < rec->n && !rc; i++)
			if (rec->cols[i].flags & IOM_COL_TREE && rec->cell[i].state == IOM_VALUE)
				rc = add_branch(tb, line, rec->cell[i].list);
	}
	return rc;
}

static int fill_tree(struct libscols_table *tb, const struct iom_list *list, const struct view *v)
{
	scols_table_enable_noencoding(tb, 1);
	scols_table_enable_noheadings(tb, 1);
	/* Lines of a locale that cannot show them would be cut. */
	scols_table_enable_ascii(tb, MB_CUR_MAX == 1);
	scols_table_set_termforce(tb, SCOLS_TERMFORCE_NEVER);
	(void)v;
	if (!scols_table_new_column(tb, "node", 0, SCOLS_FL_TREE) ||
	    !scols_table_new_column(tb, "details", 0, 0))
		return -ENOMEM;
	return add_branch(tb, NULL, list);
}

/* Appends the table; every line ends with a newline. */
static int add_table(struct iom_buf *b, const struct iom_col *col, const struct iom_list *list,
		     const struct view *v)
{
	_iom_free_ char *text = NULL;
	struct libscols_table *tb;
	int rc;

	if (!list->n) {
		iom_buf_puts(b, "(none)\n");
		return 0;
	}
	tb = scols_new_table();
	if (!tb)
		return -ENOMEM;
	rc = col->flags & IOM_COL_TREE ? fill_tree(tb, list, v) : fill_table(tb, col->cols, list, v);
	if (!rc)
		rc = scols_print_table_to_string(tb, &text);
	scols_unref_table(tb);
	if (rc)
		return rc;
	iom_buf_puts(b, text);
	if (b->len && b->data[b->len - 1] != '\n')
		iom_buf_puts(b, "\n");
	return 0;
}

/* Adds "prefix" "name" as the first string of a pair. */
static void add_key(struct pairs *p, const char *prefix, const char *name)
{
	size_t len = strlen(prefix) + strlen(name);

	iom_buf_printf(&p->b, "%s%s", prefix, name);
	iom_buf_add(&p->b, "", 1);
	if (len > p->width)
		p->width = len;
	p->n++;
}

/* Sorts the fields of a record into scalars and tables; records in it get a prefix. */
static int collect(struct view *v, const struct iom_rec *rec, const char *prefix)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < rec->n; i++) {
		const struct iom_col *col = &rec->cols[i];
		const struct iom_cell *c = &rec->cell[i];

		if (col->flags & IOM_COL_HIDE || c->state == IOM_ABSENT)
			continue;
		if (c->state == IOM_VALUE && col->type == IOM_T_REC) {
			_iom_buf_ struct iom_buf below = { 0 };

			iom_buf_printf(&below, "%s%s.", prefix, col->name);
			rc = below.failed ? -ENOMEM : collect(v, c->rec, below.data);
		} else if (c->state == IOM_VALUE && col->type == IOM_T_LIST) {
			add_key(&v->tables, prefix, col->name);
			rc = add_table(&v->tables.b, col, c->list, v);
			iom_buf_add(&v->tables.b, "", 1);
		} else {
			add_key(&v->scalars, prefix, col->name);
			cell_text(col, c, &v->scalars.b);
			iom_buf_add(&v->scalars.b, "", 1);
		}
	}
	return rc;
}

static void put_scalars(struct iom_buf *out, const struct pairs *p)
{
	const char *key = p->b.data;
	bool line = p->n <= MAX_PAIRS;

	for (unsigned int i = 0; i < p->n; i++) {
		const char *value = key + strlen(key) + 1;
		const char *quote = strchr(value, ' ') ? "\"" : "";

		if (line) {
			iom_buf_puts(out, i ? "  " : "");
			iom_buf_puts(out, key);
			iom_buf_puts(out, "=");
			iom_buf_puts(out, quote);
			iom_buf_puts(out, value);
			iom_buf_puts(out, quote);
		} else {
			iom_buf_printf(out, "%-*s  ", (int)p->width, key);
			iom_buf_puts(out, value);
			iom_buf_puts(out, "\n");
		}
		key = value + strlen(value) + 1;
	}
	if (line && p->n)
		iom_buf_puts(out, "\n");
}

static void put_tables(struct iom_buf *out, const struct pairs *p, bool titles)
{
	const char *title = p->b.data;

	for (unsigned int i = 0; i < p->n; i++) {
		const char *table = title + strlen(title) + 1;

		if (titles)
			iom_buf_printf(out, "%s%s:\n", out->len ? "\n" : "", title);
		iom_buf_puts(out, table);
		title = table + strlen(table) + 1;
	}
}

/* Columns of the terminal behind f, 0 when there is none or it does not know. */
static size_t width_of(FILE *f)
{
	struct winsize w;
	int fd = fileno(f);

	if (fd < 0 || !isatty(fd) || ioctl(fd, TIOCGWINSZ, &w))
		return 0;
	return w.ws_col;
}

/* A text that a command made to be read by another program, or NULL. */
static const char *raw_text(const struct iom_rec *top)
{
	for (unsigned int i = 0; i < top->n; i++)
		if (top->cols[i].flags & IOM_COL_RAW && top->cell[i].state == IOM_VALUE)
			return top->cell[i].s;
	return NULL;
}

int iom_render_text(const struct iom_res *res, const struct iom_style *st, FILE *f)
{
	static const struct iom_style plain;
	_iom_buf_ struct iom_buf out = { 0 };
	struct view v = { .st = st ? st : &plain };
	int rc;

	if (res->failed || !res->top)
		return -ENOMEM;
	if (raw_text(res->top)) {
		iom_buf_puts(&out, raw_text(res->top));
		return iom_buf_write(&out, f);
	}
	v.termwidth = width_of(f);
	rc = collect(&v, res->top, "");
	if (!rc && (v.scalars.b.failed || v.tables.b.failed))
		rc = -ENOMEM;
	if (!rc) {
		put_scalars(&out, &v.scalars);
		put_tables(&out, &v.tables, v.tables.n > 1 || (v.tables.n && v.scalars.n));
		rc = iom_buf_write(&out, f);
	}
	iom_buf_free(&v.scalars.b);
	iom_buf_free(&v.tables.b);
	return rc;
}

/* One record of a list on a line of its own. */
static void put_record(struct iom_buf *out, const struct iom_rec *rec)
{
	const char *sep = "";

	for (unsigned int i = 0; i < rec->n; i++) {
		_iom_buf_ struct iom_buf b = { 0 };
		const char *quote;

		if (rec->cols[i].flags & IOM_COL_HIDE || rec->cell[i].state == IOM_ABSENT)
			continue;
		cell_text(&rec->cols[i], &rec->cell[i], &b);
		out->failed |= b.failed;
		quote = b.data && strchr(b.data, ' ') ? "\"" : "";
		iom_buf_printf(out, "%s%s=%s", sep, rec->cols[i].name, quote);
		iom_buf_puts(out, b.data ? b.data : "");
		iom_buf_puts(out, quote);
		sep = "  ";
	}
	iom_buf_puts(out, "\n");
}

int iom_render_lines(const struct iom_res *res, FILE *f)
{
	_iom_buf_ struct iom_buf out = { 0 };

	if (res->failed || !res->top)
		return -ENOMEM;
	for (unsigned int i = 0; i < res->top->n; i++) {
		const struct iom_cell *c = &res->top->cell[i];

		if (res->cols[i].type != IOM_T_LIST || c->state != IOM_VALUE)
			continue;
		for (const struct iom_rec *rec = c->list->first; rec; rec = rec->next)
			put_record(&out, rec);
	}
	return iom_buf_write(&out, f);
}
