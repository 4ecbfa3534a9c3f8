/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the globals make of a finished command: text, JSON, one bare value, or nothing. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/internal.h"

bool iom_want_color(enum iom_color c, int fd)
{
	const char *no = getenv("NO_COLOR");

	if (c != IOM_COLOR_AUTO)
		return c == IOM_COLOR_ALWAYS;
	return !(no && *no) && isatty(fd);
}

static int present_get(struct iom_app *app, const struct iom_cmd *cmd, struct iom_res *res,
		       struct iom_err *err)
{
	struct iom_buf b __attribute__((cleanup(iom_buf_free))) = { 0 };
	int rc = iom_res_get(res, app->g.get, &b);
	char name[48];

	if (!rc)
		return fprintf(stdout, "%s\n", b.data ? b.data : "") < 0 ? -errno : 0;
	iom_cmd_name(cmd, name, sizeof(name));
	if (rc == -ENODATA) {
		iom_fail(err, IOM_EXIT_NOT_FOUND, "--get: '%s' has no value here", app->g.get);
		return 0;
	}
	if (rc == -EISDIR)
		iom_hint(err, "name one of its values: %s", b.data);
	else if (b.data)
		iom_hint(err, "it has: %s", b.data);
	iom_fail(err, IOM_EXIT_USAGE, "--get: '%s' has no single value '%s'", name, app->g.get);
	return 0;
}

bool iom_text_is_utf8(void)
{
	static bool have_locale;

	if (!have_locale)
		setlocale(LC_CTYPE, "");
	have_locale = true;
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* Only text depends on what characters the terminal can show. */
static int present_text(struct iom_app *app, const struct iom_res *res)
{
	iom_text_is_utf8();
	return iom_render_text(res, &app->style_out, stdout);
}

int iom_present(struct iom_app *app, const struct iom_cmd *cmd, struct iom_res *res,
		struct iom_err *err)
{
	const struct iom_style line = { .color = app->style_out.color };
	char schema[64] = "iommuctl.dry-run/1";
	int rc = 0;

	if (app->g.quiet || app->nothing_more || (cmd->flags & IOM_CMD_STREAM))
		return 0;
	if (res->cols != iom_dry_cols)
		iom_cmd_schema(cmd, schema, sizeof(schema));
	if (app->g.get)
		rc = present_get(app, cmd, res, err);
	else if (app->g.json)
		rc = iom_render_json(res, schema, app->following ? &line : &app->style_out, stdout);
	else if (app->shell)
		rc = iom_render_shell(res, "variables", stdout);
	else if (app->following)
		rc = iom_render_lines(res, stdout);
	else
		rc = present_text(app, res);
	if (rc < 0) {
		err->code = rc;
		iom_fail(err, IOM_EXIT_INTERNAL, "cannot write the result");
	}
	return (int)err->exit;
}

void iom_warn(struct iom_app *app, struct iom_res *res, unsigned int col, const char *fmt, ...)
{
	char text[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (app->g.json)
		iom_add_str(res->top, col, text);
	else if (app->ctx.line)
		fprintf(stderr, "iommuctl: warning: line %u: %s\n", app->ctx.line, text);
	else
		fprintf(stderr, "iommuctl: warning: %s\n", text);
}

int iom_stream(struct iom_app *app, const struct iom_cmd *cmd, struct iom_res *res,
	       struct iom_err *err)
{
	int rc = 0;

	if (app->in_batch && app->g.json && !app->g.quiet)
		rc = app->stream(app, cmd, res);
	else if (iom_present(app, cmd, res, err))
		rc = err->code ? err->code : -EINVAL;
	if (!rc && !app->g.quiet && fflush(stdout))
		rc = -errno;
	if (rc == -EPIPE) {
		*err = (struct iom_err){ 0 };
		return rc;
	}
	if (rc && !err->exit) {
		err->code = rc;
		iom_fail(err, IOM_EXIT_INTERNAL, "cannot write the result");
	}
	if (!rc && res->top)
		iom_res_begin(res, cmd->cols);
	return rc;
}

void iom_present_error(struct iom_app *app, const char *where, struct iom_err *err)
{
	struct iom_err shown = *err;

	/* A reader that has gone away asked for no complaint. */
	if (err->exit == IOM_EXIT_INTERNAL && err->code == -EPIPE)
		return;
	if (app->g.json)
		iom_render_error_json(err, &app->style_err, stderr);
	else {
		snprintf(shown.what, sizeof(shown.what), "%s%.*s", where,
			 (int)(sizeof(shown.what) - 1 - strnlen(where, 100)), err->what);
		iom_render_error(&shown, &app->style_err, stderr);
	}
}
