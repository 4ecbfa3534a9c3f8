/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a command as src/main.c does, with its output in memory, and checks what each one keeps. */
#include "fuzz.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/internal.h"
#include "iommuctl/host.h"

/* As run() of main.c; help and version are not of interest here. */
static int run(struct iom_app *app, int argc, char **argv, struct iom_res *res, struct iom_err *err)
{
	const struct iom_cmd *cmd = NULL;
	int used, rc;

	if (iom_parse_leading(app, argc, argv, &used, err))
		return (int)err->exit;
	if (argc == used || app->want_help || app->want_version)
		return 0;
	rc = iom_dispatch(app, argc - used, argv + used, &cmd, res, err);
	app->style_out = app->style_err = (struct iom_style){ app->g.pretty, false };
	if (app->want_help || app->want_version)
		return 0;
	return rc ? rc : iom_present(app, cmd, res, err);
}

static int finish(struct iom_app *app, struct iom_res *res, struct iom_err *err, int rc)
{
	if (rc && !app->reported)
		iom_present_error(app, "", err);
	if (!rc)
		rc = app->answer;
	iom_res_free(res);
	if (app->ctx_ready) {
		*err = (struct iom_err){ 0 };
		if (iom_ctx_fini(&app->ctx, err)) {
			iom_present_error(app, "", err);
			rc = rc ? rc : (int)err->exit;
		}
	}
	iom_unpack_remove(app->unpacked);
	if (app->be)
		app->be->free(app->be);
	return rc;
}

static void check_json(const char *text)
{
	struct json_object *o;

	for (const char *line = text; *line;) {
		const char *end = strchr(line, '\n');
		struct json_tokener *tok = json_tokener_new();

		if (!end)
			fuzz_failed("output ends within a line: %s", line);
		o = tok ? json_tokener_parse_ex(tok, line, (int)(end - line) + 1) : NULL;
		if (tok && !json_object_is_type(o, json_type_object))
			fuzz_failed("no JSON object: %.*s", (int)(end - line), line);
		json_object_put(o);
		json_tokener_free(tok);
		line = end + 1;
	}
}

/* What came from a file must not reach the terminal as a command for it. */
static void check_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\n' && text[i] != '\t') ||
		    text[i] == 0x7f ||
		    ((unsigned char)text[i] == 0xc2 && (unsigned char)text[i + 1] - 0x80u < 0x20))
			fuzz_failed("character 0x%02x in: %s", (unsigned char)text[i], text);
}

static void check(const struct iom_app *app, int rc, const char *out, size_t out_len,
		  const char *err, size_t err_len)
{
	if (rc < 0 || rc > IOM_EXIT_INTERNAL)
		fuzz_failed("exit code %d", rc);
	check_text(err, err_len);
	if (rc && rc != app->answer && !err_len && !(out_len && app->g.json))
		fuzz_failed("exit code %d without a word", rc);
	if (app->g.json && !app->g.pretty && !app->g.get && !app->want_help && !app->want_version)
		check_json(out);
	check_text(out, out_len);
	if (app->g.json && !app->g.pretty && rc && rc != app->answer && !app->reported &&
	    *err != '{')
		fuzz_failed("no JSON: %s", err);
}

int fuzz_command(int argc, char **argv)
{
	static struct iom_app app;
	struct iom_res res = { 0 };
	struct iom_err err = { 0 };
	FILE *own_out = stdout, *own_err = stderr;
	char *out_text = NULL, *err_text = NULL;
	size_t out_len, err_len;
	int rc;

	memset(&app, 0, sizeof(app));
	iom_globals_init(&app.g);
	stdout = open_memstream(&out_text, &out_len);
	stderr = open_memstream(&err_text, &err_len);
	if (!stdout || !stderr)
		fuzz_failed("no memory");
	rc = finish(&app, &res, &err, run(&app, argc, argv, &res, &err));
	fclose(stdout);
	fclose(stderr);
	stdout = own_out;
	stderr = own_err;
	check(&app, rc, out_text, out_len, err_text, err_len);
	free(out_text);
	free(err_text);
	return rc;
}
