/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One failure as text or JSON. */
#include "model.h"

#include <errno.h>
#include <string.h>

#include <json.h>

#define PROGRAM "iommuctl: "

static bool add_str(struct json_object *obj, const char *key, const char *s)
{
	return !s || !*s || iom_json_add(obj, key, iom_json_str(s));
}

/* Without the program's name, which a lower layer may have put in front already. */
static const char *message(const struct iom_err *err)
{
	size_t len = strlen(PROGRAM);

	return strncmp(err->what, PROGRAM, len) ? err->what : err->what + len;
}

static bool fill(struct json_object *obj, const struct iom_err *err)
{
	int status = err->exit ? (int)err->exit : (int)iom_exit_of_errno(err->code);

	if (!add_str(obj, "call", err->op) ||
	    !add_str(obj, "errno", err->code ? iom_errno_name(err->code) : NULL) ||
	    !add_str(obj, "message", message(err)) || !add_str(obj, "field", err->field) ||
	    !add_str(obj, "cause", err->cause) || !add_str(obj, "fact", err->fact) ||
	    !add_str(obj, "hint", err->hint))
		return false;
	return !status || iom_json_add(obj, "exit", json_object_new_int(status));
}

struct json_object *iom_err_json(const struct iom_err *err)
{
	struct json_object *obj = json_object_new_object();

	if (!obj || fill(obj, err))
		return obj;
	json_object_put(obj);
	return NULL;
}

int iom_render_error_json(const struct iom_err *err, const struct iom_style *st, FILE *f)
{
	struct json_object *doc = json_object_new_object();
	int rc = -ENOMEM;

	if (doc && iom_json_add(doc, "schema", json_object_new_string("iommuctl.error/1")) &&
	    iom_json_add(doc, "error", iom_err_json(err)))
		rc = iom_json_write(doc, st, f);
	json_object_put(doc);
	return rc;
}

static void add_line(struct iom_buf *b, const char *label, const char *s)
{
	if (!*s)
		return;
	iom_buf_puts(b, label);
	iom_clean_line(b, s);
	iom_buf_puts(b, "\n");
}

void iom_render_error(const struct iom_err *err, const struct iom_style *st, FILE *f)
{
	_iom_buf_ struct iom_buf b = { 0 };
	const char *what = message(err), *sep = "";

	iom_buf_puts(&b, st && st->color ? "\033[1m" PROGRAM "\033[0m" : PROGRAM);
	if (*what) {
		iom_clean_line(&b, what);
		sep = ": ";
	}
	if (err->op) {
		iom_buf_printf(&b, "%s%s", sep, err->op);
		sep = ": ";
	}
	if (err->code) {
		const char *text = strerrordesc_np(err->code < 0 ? -err->code : err->code);

		iom_buf_printf(&b, "%s%s (%s)", sep, iom_errno_name(err->code),
			       text ? text : "unknown error");
		sep = ": ";
	}
	iom_buf_puts(&b, *sep ? "\n" : "failed\n");
	add_line(&b, "  fact: ", err->fact);
	add_line(&b, "  hint: ", err->hint);
	/* There is no channel left on which a broken stderr could be reported. */
	if (iom_buf_write(&b, f) == -ENOMEM)
		fputs(PROGRAM "out of memory\n", f);
}
