/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A result as a JSON document. */
#include "model.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <json.h>

#define FLAGS JSON_C_TO_STRING_NOSLASHESCAPE

struct json_object *iom_json_str(const char *s)
{
	_iom_buf_ struct iom_buf b = { 0 };

	if (iom_is_utf8(s))
		return json_object_new_string(s);
	iom_clean_utf8(&b, s);
	return b.failed ? NULL : json_object_new_string(b.data);
}

bool iom_json_add(struct json_object *obj, const char *key, struct json_object *v)
{
	if (v && !json_object_object_add(obj, key, v))
		return true;
	json_object_put(v);
	return false;
}

static bool push(struct json_object *array, struct json_object *v)
{
	if (v && !json_object_array_add(array, v))
		return true;
	json_object_put(v);
	return false;
}

static struct json_object *hex(uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, v);
	return json_object_new_string(text);
}

static struct json_object *strs(const struct iom_strs *list)
{
	struct json_object *array = json_object_new_array();

	if (!array)
		return NULL;
	for (const struct iom_strnode *n = list->first; n; n = n->next) {
		if (!push(array, iom_json_str(n->s))) {
			json_object_put(array);
			return NULL;
		}
	}
	return array;
}

static bool fill(struct json_object *obj, const struct iom_rec *rec);

static struct json_object *record(const struct iom_rec *rec)
{
	struct json_object *obj = json_object_new_object();

	if (!obj || fill(obj, rec))
		return obj;
	json_object_put(obj);
	return NULL;
}

static struct json_object *records(const struct iom_list *list)
{
	struct json_object *array = json_object_new_array();

	if (!array)
		return NULL;
	for (const struct iom_rec *rec = list->first; rec; rec = rec->next) {
		if (!push(array, record(rec))) {
			json_object_put(array);
			return NULL;
		}
	}
	return array;
}

static struct json_object *value(const struct iom_col *col, const struct iom_cell *c)
{
	switch (col->type) {
	case IOM_T_INT:
		return json_object_new_int64(c->i);
	case IOM_T_HEX:
		return hex(c->u);
	case IOM_T_BOOL:
		return json_object_new_boolean(c->u != 0);
	case IOM_T_STR:
		return iom_json_str(c->s);
	case IOM_T_STRS:
		return strs(c->strs);
	case IOM_T_LIST:
		return records(c->list);
	case IOM_T_REC:
		return record(c->rec);
	case IOM_T_ANY:
		if (c->text)
			return iom_json_str(c->s);
		break;
	default:
		break;
	}
	return json_object_new_uint64(c->u);
}

static bool fill(struct json_object *obj, const struct iom_rec *rec)
{
	const unsigned int flags = JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_KEY_IS_CONSTANT;

	for (unsigned int i = 0; i < rec->n; i++) {
		const struct iom_col *col = &rec->cols[i];
		const struct iom_cell *c = &rec->cell[i];

		if (c->state == IOM_NULL) {
			/* json-c's null is no object. */
			if (json_object_object_add(obj, col->name, NULL))
				return false;
		} else if (c->state == IOM_VALUE) {
			struct json_object *v = value(col, c);

			/*
			 * No two columns of a record have the same name, which is a constant: no
			 * need to look for it, or to copy it.
			 */
			if (!v || json_object_object_add_ex(obj, col->name, v, flags)) {
				json_object_put(v);
				return false;
			}
		}
	}
	return true;
}

struct json_object *iom_res_json(const struct iom_res *res, const char *schema)
{
	struct json_object *obj;

	if (res->failed || !res->top)
		return NULL;
	obj = json_object_new_object();
	if (!obj)
		return NULL;
	if (schema && !iom_json_add(obj, "schema", iom_json_str(schema)))
		goto fail;
	if (res->backend && !iom_json_add(obj, "backend", iom_json_str(res->backend)))
		goto fail;
	if (!fill(obj, res->top))
		goto fail;
	return obj;
fail:
	json_object_put(obj);
	return NULL;
}

/* How many bytes at s are a character that json-c leaves as it is and a terminal may obey. */
static size_t control(const char *s, const char *end)
{
	const unsigned char *c = (const unsigned char *)s;

	if (c[0] == 0x7f)
		return 1;
	/* U+0080 to U+009F; U+009B begins a sequence for the terminal as ESC [ does */
	return c[0] == 0xc2 && end - s > 1 && c[1] >= 0x80 && c[1] <= 0x9f ? 2 : 0;
}

/* Appends a text of json-c, where those characters stand in strings only. */
static void put_text(struct iom_buf *b, const char *text, size_t len)
{
	const char *end = text + len, *from = text;

	if (!memchr(text, 0x7f, len) && !memchr(text, 0xc2, len)) {
		iom_buf_add(b, text, len);
		return;
	}
	for (const char *p = text; p < end; p++) {
		size_t n = control(p, end);

		if (!n)
			continue;
		iom_buf_add(b, from, (size_t)(p - from));
		iom_buf_printf(b, "\\u%04x", (unsigned char)p[n - 1]);
		p += n - 1;
		from = p + 1;
	}
	iom_buf_add(b, from, (size_t)(end - from));
}

int iom_json_write(struct json_object *obj, const struct iom_style *st, FILE *f)
{
	_iom_buf_ struct iom_buf b = { 0 };
	int flags = FLAGS;
	const char *text;
	size_t len;

	if (!obj)
		return -ENOMEM;
	if (st && st->pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	text = json_object_to_json_string_length(obj, flags, &len);
	if (!text)
		return -ENOMEM;
	put_text(&b, text, len);
	iom_buf_puts(&b, "\n");
	return iom_buf_write(&b, f);
}

static bool put_value(struct iom_buf *b, struct json_object *v)
{
	size_t len;
	const char *text = v ? json_object_to_json_string_length(v, FLAGS, &len) : NULL;

	if (text)
		put_text(b, text, len);
	json_object_put(v);
	return text;
}

static void put_key(struct iom_buf *b, const char *key)
{
	iom_buf_printf(b, "%s\"%s\":", b->len > 1 ? "," : "", key);
}

static bool put_cell(struct iom_buf *b, const struct iom_col *col, const struct iom_cell *c)
{
	if (c->state == IOM_NULL || col->type != IOM_T_LIST) {
		if (c->state == IOM_VALUE)
			return put_value(b, value(col, c));
		iom_buf_puts(b, "null");
		return true;
	}
	iom_buf_puts(b, "[");
	for (const struct iom_rec *rec = c->list->first; rec; rec = rec->next) {
		if (rec != c->list->first)
			iom_buf_puts(b, ",");
		if (!put_value(b, record(rec)))
			return false;
	}
	iom_buf_puts(b, "]");
	return true;
}

/*
 * The same text as of the whole as one object, which for a list of thousands of records would be
 * some ten times as large: those of the top's lists are made one after the other.
 */
static bool put_top(struct iom_buf *b, const struct iom_res *res, const char *schema)
{
	const struct iom_rec *top = res->top;
	bool ok = true;

	if (res->failed || !top)
		return false;
	iom_buf_puts(b, "{");
	if (schema) {
		put_key(b, "schema");
		ok = put_value(b, iom_json_str(schema));
	}
	if (res->backend && ok) {
		put_key(b, "backend");
		ok = put_value(b, iom_json_str(res->backend));
	}
	for (unsigned int i = 0; i < top->n && ok; i++) {
		if (top->cell[i].state == IOM_ABSENT)
			continue;
		put_key(b, top->cols[i].name);
		ok = put_cell(b, &top->cols[i], &top->cell[i]);
	}
	iom_buf_puts(b, "}\n");
	return ok && !b->failed;
}

int iom_render_json(const struct iom_res *res, const char *schema, const struct iom_style *st,
		    FILE *f)
{
	_iom_buf_ struct iom_buf b = { 0 };
	struct json_object *obj;
	int rc;

	if (!st || !st->pretty)
		return put_top(&b, res, schema) ? iom_buf_write(&b, f) : -ENOMEM;
	obj = iom_res_json(res, schema);
	rc = iom_json_write(obj, st, f);
	json_object_put(obj);
	return rc;
}
