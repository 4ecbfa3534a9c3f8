/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* batch: one command a line in one context, with results carried from line to line. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/internal.h"
#include "cmd/token.h"

#define MAX_LINE (1UL << 20) /* bytes of one logical line */

enum { BATCH_FILE, BATCH_KEEP_GOING };
static const struct iom_opt batch_opts[] = {
	[BATCH_FILE] = { "file", IOM_ARG_PATH, IOM_REQ | IOM_POS, "file of commands, - for stdin",
			 .metavar = "FILE|-" },
	[BATCH_KEEP_GOING] = { "keep-going", IOM_ARG_FLAG, 0,
			       "go on after a line that failed; exit 7 when one did" },
	{ 0 },
};

/* One JSON line a command; described here for the schema, printed by print_row(). */
static const struct iom_col any_cols[] = {
	{ 0 },
};
static const struct iom_col batch_cols[] = {
	{ "line", IOM_T_UINT, 0, "line number, from 1" },
	{ "argv", IOM_T_STRS, 0, "words of the command, results put in" },
	{ "status", IOM_T_UINT, 0, "exit code of the command" },
	{ "result", IOM_T_REC, IOM_COL_OPT, "the command's document, when the status is 0",
	  any_cols },
	{ "error", IOM_T_REC, IOM_COL_OPT, "the error, when it is not", any_cols },
	{ 0 },
};

struct batch {
	struct iom_app *app;
	const char *name; /* for messages */
	int fd;
	char *buf;	  /* what was read; lines point into it */
	size_t start, end, room;
	char *line, *line_end; /* the current physical line */
	struct iom_buf joined; /* logical line made of several */
	unsigned int number;   /* physical lines read */
	struct iom_vars vars;
	struct iom_words words;
	struct iom_res res;
};

static int add(struct json_object *o, const char *key, struct json_object *v)
{
	if (v && !json_object_object_add(o, key, v))
		return 0;
	json_object_put(v);
	return -ENOMEM;
}

static struct json_object *argv_json(const struct iom_words *w)
{
	struct json_object *list = json_object_new_array();

	for (int i = 0; list && i < w->argc; i++) {
		struct json_object *s = iom_json_str(w->argv[i]);

		if (!s || json_object_array_add(list, s)) {
			json_object_put(s);
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}

/* Returns 0 or a negative errno. */
static int print_row(struct batch *b, const struct iom_cmd *cmd, unsigned int line, int status,
		     const struct iom_err *err)
{
	struct json_object *o = json_object_new_object();
	struct iom_style compact = { .color = b->app->style_out.color };
	char schema[64] = "iommuctl.dry-run/1";
	int rc = -ENOMEM;

	if (cmd && b->res.cols != iom_dry_cols)
		iom_cmd_schema(cmd, schema, sizeof(schema));
	if (!o || add(o, "schema", json_object_new_string("iommuctl.batch/1")) ||
	    add(o, "line", json_object_new_uint64(line)) || add(o, "argv", argv_json(&b->words)) ||
	    add(o, "status", json_object_new_int(status)))
		goto out;
	if (status ? add(o, "error", iom_err_json(err)) :
		     add(o, "result", iom_res_json(&b->res, schema)))
		goto out;
	rc = iom_json_write(o, &compact, stdout);
out:
	json_object_put(o);
	return rc;
}

/* A piece of what a line is to print: a row of its own. */
static int stream_row(struct iom_app *app, const struct iom_cmd *cmd, struct iom_res *res)
{
	/* There is one result for all lines, and it is the batch's. */
	return print_row(iom_container_of(res, struct batch, res), cmd, app->ctx.line, 0, NULL);
}

/* Prints what one line did. Returns 0, or an exit code when the output itself failed. */
static int present_line(struct batch *b, const struct iom_cmd *cmd, unsigned int line, int *status,
			struct iom_err *err)
{
	struct iom_app *app = b->app;
	char where[100];
	int rc = 0;

	if (!*status && !app->g.json)
		*status = iom_present(app, cmd, &b->res, err);
	if (app->g.json && !app->g.quiet)
		rc = print_row(b, cmd, line, *status, err);
	else if (*status) {
		snprintf(where, sizeof(where), "%.80s:%u: ", b->name, line);
		iom_present_error(app, where, err);
	}
	if (!rc && !app->g.quiet && fflush(stdout))
		rc = -errno;
	if (rc) {
		*err = (struct iom_err){ .code = rc };
		iom_fail(err, IOM_EXIT_INTERNAL, "cannot write the results");
		return IOM_EXIT_INTERNAL;
	}
	/* The message of a broken stdout has been given; going on would repeat it. */
	return *status == IOM_EXIT_INTERNAL && ferror(stdout) ? IOM_EXIT_INTERNAL : 0;
}

/* Takes `as NAME` off the words. Returns the name, NULL when there is none or it is wrong. */
static const char *take_name(struct batch *b, struct iom_err *err)
{
	struct iom_words *w = &b->words;
	const char *name;

	if (w->argc < 2 || w->last_quoted[0] || strcmp(w->argv[w->argc - 2], "as"))
		return NULL;
	name = w->argv[w->argc - 1];
	if (!*name || iom_var_name_len(name) != strlen(name)) {
		iom_hint(err, "letters, digits and '_', not a digit first");
		iom_fail(err, IOM_EXIT_USAGE, "as: '%s' is no name", name);
		return NULL;
	}
	w->argc -= 2;
	return name;
}

/* Runs one logical line. Returns 0 to go on, or an exit code when the output broke. */
static int run_line(struct batch *b, unsigned int line, int split_rc, int *status,
		    struct iom_err *err)
{
	const struct iom_cmd *cmd = NULL;
	const char *name;

	*status = 0;
	if (!split_rc && !b->words.argc)
		return 0;
	name = split_rc ? NULL : take_name(b, err);
	b->words.argv[b->words.argc] = NULL;
	if (!err->exit && !b->words.argc)
		iom_fail(err, IOM_EXIT_USAGE, "a name without a command before it");
	b->app->ctx.line = line;
	/* Nobody will look at it: neither the reader nor a later line. */
	b->app->no_result = b->app->g.quiet && !name;
	if (err->exit)
		*status = (int)err->exit;
	else
		*status = iom_dispatch(b->app, b->words.argc, b->words.argv, &cmd, &b->res, err);
	if (b->app->want_help || b->app->want_version) {
		b->app->want_help = b->app->want_version = false;
		iom_fail(err, IOM_EXIT_USAGE, "--help and --version go before 'batch'");
		*status = IOM_EXIT_USAGE;
	}
	split_rc = present_line(b, cmd, line, status, err);
	/* A dry run has no results: their names stand for 0. */
	if (!split_rc && !*status && name && b->res.cols != iom_dry_cols &&
	    iom_vars_keep(&b->vars, name, &b->res)) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory for the result of line %u", line);
		return IOM_EXIT_INTERNAL;
	}
	return split_rc;
}

/* Reads more behind what is left of the buffer. Bytes read, 0 at the end, negative errno. */
static ssize_t fill(struct batch *b)
{
	ssize_t n;

	if (b->start) {
		memmove(b->buf, b->buf + b->start, b->end - b->start);
		b->end -= b->start;
		b->start = 0;
	}
	if (b->end == b->room) {
		size_t room = b->room ? b->room * 2 : 65536;
		char *p = realloc(b->buf, room + 1);

		if (!p)
			return -ENOMEM;
		b->buf = p;
		b->room = room;
	}
	do
		n = read(b->fd, b->buf + b->end, b->room - b->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	b->end += (size_t)n;
	return n;
}

/*
 * Takes the next physical line: b->line up to b->line_end, NUL-terminated in place. What comes
 * from a pipe is taken as it comes, so that a reader of the answers can write the next line.
 * 1 a line, 0 end of file, negative on error.
 */
static int read_line(struct batch *b, struct iom_err *err)
{
	size_t seen = 0;
	char *nl;

	while (!(nl = b->buf ? memchr(b->buf + b->start + seen, '\n', b->end - b->start - seen)
			     : NULL)) {
		ssize_t n;

		seen = b->end - b->start;
		if (seen > MAX_LINE)
			return iom_fail(err, IOM_EXIT_USAGE, "%s:%u: the line is longer than 1 MiB",
					b->name, b->number + 1);
		n = fill(b);
		if (n < 0) {
			err->code = (int)n;
			return iom_fail(err, iom_exit_of_errno(err->code), "cannot read %s",
					b->name);
		}
		if (!n && !seen)
			return 0;
		if (!n) {
			nl = b->buf + b->end;
			break;
		}
	}
	b->line = b->buf + b->start;
	b->line_end = nl;
	b->start = (size_t)(nl - b->buf) + (nl < b->buf + b->end);
	*nl = '\0';
	b->number++;
	return 1;
}

/* read_line() for the path that keeps more than one line: with all checks. */
static int read_more(struct batch *b, struct iom_err *err)
{
	int rc = read_line(b, err);

	if (rc > 0 && b->joined.len + (size_t)(b->line_end - b->line) > MAX_LINE)
		return iom_fail(err, IOM_EXIT_USAGE, "%s:%u: the line is longer than 1 MiB",
				b->name, b->number);
	return rc;
}

/* A NUL byte would end the line early and hide what follows. */
static int check_nul(const struct batch *b, struct iom_err *err)
{
	if (strlen(b->line) == (size_t)(b->line_end - b->line))
		return 0;
	return iom_fail(err, IOM_EXIT_USAGE, "%s:%u: the line has a NUL byte", b->name, b->number);
}

/* A backslash at the end joins the next line, but not in single quotes, nor in a comment. */
static bool continues(const char *s, size_t len)
{
	bool word_begins = true;
	char quote = '\0';

	if (!len || s[len - 1] != '\\')
		return false;
	for (const char *p = s; *p; p++) {
		if (*p == '\\' && quote != '\'') {
			if (!*++p)
				return true;
			word_begins = false;
			continue;
		}
		if (!quote && word_begins && *p == '#')
			return false;
		if (quote)
			quote = *p == quote ? '\0' : quote;
		else if (*p == '\'' || *p == '"')
			quote = *p;
		word_begins = isspace((unsigned char)*p);
	}
	return false;
}

/*
 * Splits the next logical line into words; it may take more lines when a quote or a backslash
 * asks for it. 1 words (or *split_rc with err filled), 0 end of file, negative on error.
 */
static int next_line(struct batch *b, unsigned int *first, int *split_rc, struct iom_err *err)
{
	int rc;

	b->joined.len = 0;
	rc = read_more(b, err);
	if (rc <= 0)
		return rc;
	*first = b->number;
	*split_rc = 0;
	if (iom_split_plain(&b->words, b->line, b->line_end))
		return 1;
	for (;;) {
		bool backslash;

		rc = check_nul(b, err);
		if (rc)
			return rc;
		iom_buf_add(&b->joined, b->line, (size_t)(b->line_end - b->line));
		if (b->joined.failed)
			return iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		backslash = continues(b->joined.data, b->joined.len);
		if (backslash) {
			b->joined.data[--b->joined.len] = '\0';
		} else {
			*split_rc = iom_split(&b->words, b->joined.data, &b->vars, err);
			if (!b->words.open_quote)
				return 1;
			iom_buf_puts(&b->joined, "\n");
		}
		rc = read_more(b, err);
		if (rc < 0)
			return rc;
		if (!rc) {
			/* The input ended inside a quote or behind a backslash: as it stands. */
			*err = (struct iom_err){ 0 };
			*split_rc = iom_split(&b->words, b->joined.data, &b->vars, err);
			return 1;
		}
		*err = (struct iom_err){ 0 };
	}
}

static int run_all(struct batch *b, bool keep_going, struct iom_err *err)
{
	unsigned int line = 0, failed = 0;
	int split_rc = 0, rc, status;

	while ((rc = next_line(b, &line, &split_rc, err)) > 0) {
		rc = run_line(b, line, split_rc, &status, err);
		if (rc)
			return rc;
		split_rc = 0;
		if (status && !keep_going) {
			err->exit = (enum iom_exit)status;
			b->app->reported = true;
			return status;
		}
		failed += status != 0;
		if (err->exit)
			*err = (struct iom_err){ 0 };
	}
	if (rc < 0)
		return (int)err->exit;
	if (failed)
		b->app->reported = true;
	return failed ? IOM_EXIT_PARTIAL : 0;
}

static int batch_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	const char *path = a->v[BATCH_FILE].str;
	bool is_stdin = !strcmp(path, "-");
	struct batch b = { .app = app, .name = is_stdin ? "stdin" : path };
	int rc;

	(void)res;
	if (app->g.get) {
		iom_hint(err, "name results inside the batch: 'as NAME', then $NAME.field");
		iom_fail(err, IOM_EXIT_USAGE, "--get does not go with batch");
		return IOM_EXIT_USAGE;
	}
	b.fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (b.fd < 0) {
		err->code = -errno;
		iom_fail(err, iom_exit_of_errno(err->code), "cannot open %s", path);
		return (int)err->exit;
	}
	b.vars.dry = app->g.dry_run;
	app->in_batch = true;
	app->stream = stream_row;
	rc = run_all(&b, a->v[BATCH_KEEP_GOING].set, err);
	app->in_batch = false;
	if (!is_stdin)
		close(b.fd);
	iom_res_free(&b.res);
	iom_vars_free(&b.vars);
	iom_buf_free(&b.words.buf);
	iom_buf_free(&b.joined);
	free(b.buf);
	return rc;
}

const struct iom_cmd cmd_batch = {
	.object = "batch", .brief = "run commands from a file in one context",
	.opts = batch_opts, .cols = batch_cols, .flags = IOM_CMD_TOP | IOM_CMD_STREAM | IOM_CMD_CTX,
	.schema = 1, .run = batch_run,
};
