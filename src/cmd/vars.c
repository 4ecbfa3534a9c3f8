/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Results of a batch that were given a name: kept small, since a batch may name a million. */
#include "cmd/vars.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct iom_var {
	struct iom_res res;  /* a result with lists, whole; res.top NULL otherwise */
	const char *id_col;  /* name of the column that `$NAME` alone stands for, or NULL */
	char *flat;	     /* otherwise: key NUL value NUL ..., ended by an empty key */
	char name[];
};

size_t iom_var_name_len(const char *s)
{
	size_t n = 0;

	if (isdigit((unsigned char)*s))
		return 0;
	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

static size_t hash(const char *s, size_t len)
{
	size_t h = 14695981039346656037UL;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 1099511628211UL;
	return h;
}

/* The slot of the name: holds it, or is free. */
static struct iom_var **slot_of(const struct iom_vars *vars, const char *name, size_t len)
{
	size_t i = hash(name, len);

	for (;; i++) {
		struct iom_var **s = &vars->slots[i & (vars->n_slots - 1)];

		if (!*s || (!strncmp((*s)->name, name, len) && !(*s)->name[len]))
			return s;
	}
}

static int grow(struct iom_vars *vars)
{
	struct iom_vars bigger = { .n_slots = vars->n_slots ? vars->n_slots * 2 : 64 };

	bigger.slots = calloc(bigger.n_slots, sizeof(struct iom_var *));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < vars->n_slots; i++)
		if (vars->slots[i])
			*slot_of(&bigger, vars->slots[i]->name, strlen(vars->slots[i]->name)) =
				vars->slots[i];
	free(vars->slots);
	vars->slots = bigger.slots;
	vars->n_slots = bigger.n_slots;
	return 0;
}

static bool is_flat(const struct iom_col *cols)
{
	for (; cols->name; cols++)
		if (cols->type == IOM_T_LIST || cols->type == IOM_T_REC || cols->type == IOM_T_STRS)
			return false;
	return true;
}

/* All scalars as text, the caller's to free; NULL when out of memory. */
static char *flatten(const struct iom_res *res)
{
	struct iom_buf out = { 0 };

	for (const struct iom_col *c = res->cols; c->name; c++) {
		struct iom_buf v __attribute__((cleanup(iom_buf_free))) = { 0 };

		if (iom_res_get(res, c->name, &v) || !v.data)
			continue;
		iom_buf_add(&out, c->name, strlen(c->name) + 1);
		iom_buf_add(&out, v.data, v.len + 1);
	}
	iom_buf_add(&out, "", 1);
	if (out.failed)
		iom_buf_free(&out);
	return out.data;
}

static void free_var(struct iom_var *v)
{
	if (!v)
		return;
	iom_res_free(&v->res);
	free(v->flat);
	free(v);
}

int iom_vars_keep(struct iom_vars *vars, const char *name, struct iom_res *res)
{
	size_t len = strlen(name);
	struct iom_var **s, *v;

	if (vars->count * 2 >= vars->n_slots && grow(vars))
		return -ENOMEM;
	v = calloc(1, sizeof(*v) + len + 1);
	if (!v)
		return -ENOMEM;
	memcpy(v->name, name, len + 1);
	for (const struct iom_col *c = res->cols; c->name && !v->id_col; c++)
		if (c->flags & IOM_COL_ID)
			v->id_col = c->name;
	if (is_flat(res->cols)) {
		v->flat = flatten(res);
		if (!v->flat) {
			free(v);
			return -ENOMEM;
		}
	} else {
		v->res = *res;
		*res = (struct iom_res){ 0 };
	}
	s = slot_of(vars, name, len);
	vars->count += !*s;
	free_var(*s);
	*s = v;
	return 0;
}

static int flat_get(const struct iom_var *v, const char *key, struct iom_buf *out)
{
	const char *p = v->flat;

	while (*p) {
		const char *value = p + strlen(p) + 1;

		if (!strcmp(p, key)) {
			iom_buf_puts(out, value);
			return 0;
		}
		p = value + strlen(value) + 1;
	}
	return -ENOENT;
}

/* iom_res_get() fills its buffer anew, and out has the words before this one. */
static int whole_get(const struct iom_var *v, const char *path, struct iom_buf *out)
{
	struct iom_buf b __attribute__((cleanup(iom_buf_free))) = { 0 };
	int rc = iom_res_get(&v->res, path, &b);

	if (!rc && b.data)
		iom_buf_add(out, b.data, b.len);
	return rc;
}

static void known_fields(const struct iom_var *v, struct iom_err *err)
{
	struct iom_buf b __attribute__((cleanup(iom_buf_free))) = { 0 };

	if (v->flat)
		for (const char *p = v->flat; *p; p += strlen(p) + 1, p += strlen(p) + 1)
			iom_buf_printf(&b, "%s%s", b.len ? ", " : "", p);
	else
		for (const struct iom_col *c = v->res.cols; c->name; c++)
			iom_buf_printf(&b, "%s%s", b.len ? ", " : "", c->name);
	iom_hint(err, "$%s has: %s", v->name, b.data ? b.data : "nothing");
}

int iom_vars_expand(const struct iom_vars *vars, const char *ref, size_t len, struct iom_buf *out,
		    struct iom_err *err)
{
	size_t name = iom_var_name_len(ref);
	struct iom_var *v = vars->n_slots ? *slot_of(vars, ref, name) : NULL;
	char path[128];
	int rc;

	if (!v && vars->dry) {
		iom_buf_puts(out, "0");
		return 0;
	}
	if (!v) {
		iom_hint(err, "a line before must end in: as %.*s", (int)name, ref);
		return iom_fail(err, IOM_EXIT_USAGE, "$%.*s: no line has this name", (int)name,
				ref);
	}
	if (len > name) {
		if (len - name - 1 >= sizeof(path))
			return iom_fail(err, IOM_EXIT_USAGE, "$%s: the field's name is too long",
					v->name);
		memcpy(path, ref + name + 1, len - name - 1);
		path[len - name - 1] = '\0';
	} else if (v->id_col) {
		strcpy(path, v->id_col);
	} else {
		known_fields(v, err);
		return iom_fail(err, IOM_EXIT_USAGE, "$%s: this result has no id, name a field",
				v->name);
	}
	rc = v->flat ? flat_get(v, path, out) : whole_get(v, path, out);
	if (rc) {
		known_fields(v, err);
		return iom_fail(err, IOM_EXIT_USAGE, "$%s: no field '%s'", v->name, path);
	}
	return 0;
}

void iom_vars_free(struct iom_vars *vars)
{
	for (size_t i = 0; i < vars->n_slots; i++)
		free_var(vars->slots[i]);
	free(vars->slots);
	*vars = (struct iom_vars){ 0 };
}
