/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From words to a finished command: finding it, opening the context, issuing, tracing. */
#include "cmd/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "iommuctl/diag.h"

const char *iom_cmd_name(const struct iom_cmd *c, char *buf, size_t len)
{
	if (c->verb)
		snprintf(buf, len, "%s %s", c->object, c->verb);
	else
		snprintf(buf, len, "%s", c->object);
	return buf;
}

const char *iom_cmd_schema(const struct iom_cmd *c, char *buf, size_t len)
{
	char name[48], *p;

	iom_cmd_name(c, name, sizeof(name));
	for (p = name; *p; p++)
		if (*p == ' ')
			*p = '.';
	snprintf(buf, len, "iommuctl.%s/%d", name, c->schema);
	return buf;
}

static const char *next_object(const void *arg, size_t i)
{
	(void)arg;
	return iom_cmds[i] ? iom_cmds[i]->object : NULL;
}

/* The i-th verb of the object `arg`. */
static const char *next_verb(const void *arg, size_t i)
{
	for (const struct iom_cmd *const *c = iom_cmds; *c; c++)
		if (!strcmp((*c)->object, arg) && (*c)->verb && !i--)
			return (*c)->verb;
	return NULL;
}

static void list_verbs(const char *object, struct iom_err *err)
{
	char list[300] = "";
	size_t n = 0;
	const char *v;

	for (size_t i = 0; (v = next_verb(object, i)); i++)
		if (n + strlen(v) + 3 < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", v);
	iom_hint(err, "'%s' knows: %s", object, list);
}

struct family {
	const char *object, *first; /* verbs of two words that begin with first */
};

/* Second word of the i-th such verb. */
static const char *next_second(const void *arg, size_t i)
{
	const struct family *f = arg;
	size_t len = strlen(f->first);
	const char *v;

	for (size_t k = 0; (v = next_verb(f->object, k)); k++)
		if (!strncmp(v, f->first, len) && v[len] == ' ' && !i--)
			return v + len + 1;
	return NULL;
}

/* Words of the verb that match argv, 0 when it is another one. */
static int match_verb(const char *verb, int argc, char **argv)
{
	const char *word = argv[0];

	if (argc < 1)
		return 0;
	while (*verb && *verb == *word) {
		verb++;
		word++;
	}
	if (*word)
		return 0;
	if (!*verb)
		return 1;
	return *verb == ' ' && argc > 1 && !strcmp(verb + 1, argv[1]) ? 2 : 0;
}

static const struct iom_cmd *no_verb(int argc, char **argv, struct iom_err *err)
{
	struct family f = { argv[0], argc > 1 ? argv[1] : "" };
	const char *near;

	list_verbs(argv[0], err);
	if (argc < 2 || argv[1][0] == '-') {
		iom_fail(err, IOM_EXIT_USAGE, "'%s' needs a verb", argv[0]);
		return NULL;
	}
	if (argc > 2 && argv[2][0] != '-' && next_second(&f, 0)) {
		/* The first of two words is right: the second is what was mistyped. */
		near = iom_nearest(argv[2], next_second, &f);
		if (near)
			iom_hint(err, "did you mean '%s %s %s'?", argv[0], argv[1], near);
		iom_fail(err, IOM_EXIT_USAGE, "'%s' has no verb '%.60s %.60s'", argv[0], argv[1],
			 argv[2]);
		return NULL;
	}
	near = iom_nearest(argv[1], next_verb, argv[0]);
	if (near && !next_second(&f, 0))
		iom_hint(err, "did you mean '%s %s'?", argv[0], near);
	iom_fail(err, IOM_EXIT_USAGE, "'%s' has no verb '%.60s'", argv[0], argv[1]);
	return NULL;
}

/* Words of the command's name that argv begins with, 0 when it is another one. */
static inline int match_cmd(const struct iom_cmd *c, int argc, char **argv)
{
	const char *a = c->object, *b = argv[0];
	int n;

	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a || *b)
		return 0;
	if (!c->verb)
		return 1;
	n = match_verb(c->verb, argc - 1, argv + 1);
	return n ? n + 1 : 0;
}

const struct iom_cmd *iom_find_cmd(int argc, char **argv, int *used, struct iom_err *err)
{
	/*
	 * The lines of a long batch are of few kinds: by two letters they are found again at once.
	 */
	static const struct iom_cmd *recent[16];
	const struct iom_cmd **last = &recent[(argv[0][0] ^ (argc > 1 ? argv[1][0] : 0)) & 15];
	const char *near;

	*used = *last ? match_cmd(*last, argc, argv) : 0;
	if (*used)
		return *last;
	for (const struct iom_cmd *const *p = iom_cmds; *p; p++) {
		*used = match_cmd(*p, argc, argv);
		if (*used) {
			*last = *p;
			return *p;
		}
	}
	for (const struct iom_cmd *const *p = iom_cmds; *p; p++)
		if (!strcmp((*p)->object, argv[0]))
			return no_verb(argc, argv, err);
	near = iom_nearest(argv[0], next_object, NULL);
	if (near)
		iom_hint(err, "did you mean '%s'?", near);
	else
		iom_hint(err, "'iommuctl --help' lists the commands");
	iom_fail(err, IOM_EXIT_USAGE, "there is no command '%s'", argv[0]);
	return NULL;
}

/* -v: one line a call before and after, on stderr; --dry-run: the call becomes the result. */
enum { DRY_CALL, DRY_CODE, DRY_DECODED, DRY_FIELDS };
enum { FIELD_NAME, FIELD_VALUE };

static const struct iom_col field_cols[] = {
	[FIELD_NAME] = { "name", IOM_T_STR, 0, "member of the struct" },
	[FIELD_VALUE] = { "value", IOM_T_ANY, 0, "its value: addresses as 0x strings" },
	{ 0 },
};

static const struct iom_col call_cols[] = {
	[DRY_CALL] = { "call", IOM_T_STR, 0, "the call that would be issued" },
	[DRY_CODE] = { "code", IOM_T_HEX, IOM_COL_OPT | IOM_COL_HIDE,
		       "its ioctl number; absent where it is a read or write" },
	[DRY_DECODED] = { "decoded", IOM_T_STR, 0, "its struct, as -v shows it" },
	[DRY_FIELDS] = { "fields", IOM_T_LIST, IOM_COL_HIDE, "its struct, field by field",
			 field_cols },
	{ 0 },
};

const struct iom_col iom_dry_cols[] = {
	{ "calls", IOM_T_LIST, 0, "calls in the order they would be issued", call_cols },
	{ 0 },
};

static bool is_address(const struct iom_field *f)
{
	return f->kind == IOM_K_IOVA || f->kind == IOM_K_PTR || f->kind == IOM_K_HEX;
}

void iom_field_any(const struct iom_field *f, const void *arg, struct iom_rec *rec,
		   unsigned int col)
{
	uint64_t v = iom_field_get(f, arg, 0);

	if (is_address(f))
		iom_set_strf(rec, col, "0x%" PRIx64, v);
	else if (f->kind == IOM_K_FD)
		iom_set_strf(rec, col, "%" PRId64, (int64_t)v);
	else
		iom_set_uint(rec, col, v);
}

static void record_dry(struct iom_res *res, const struct iom_call *call, const void *arg)
{
	struct iom_rec *rec = iom_add_rec(res->top, 0);
	struct iom_buf b __attribute__((cleanup(iom_buf_free))) = { 0 };

	iom_set_str(rec, DRY_CALL, call->name);
	if (call->code)
		iom_set_uint(rec, DRY_CODE, call->code);
	iom_call_format(call, arg, IOM_IN, &b);
	iom_set_str(rec, DRY_DECODED, b.data ? b.data : "");
	iom_open_list(rec, DRY_FIELDS);
	for (const struct iom_field *f = call->fields; f->name; f++) {
		struct iom_rec *fr;

		if (f->dir == IOM_OUT || f->kind == IOM_K_RESERVED)
			continue;
		fr = iom_add_rec(rec, DRY_FIELDS);
		iom_set_str(fr, FIELD_NAME, f->name);
		iom_field_any(f, arg, fr, FIELD_VALUE);
	}
}

static void trace(struct iom_ctx *ctx, enum iom_phase phase, const struct iom_call *call, int fd,
		  const void *arg, int rc)
{
	struct iom_app *app = ctx->trace_arg;
	struct iom_buf b __attribute__((cleanup(iom_buf_free))) = { 0 };

	if (phase == IOM_DRY) {
		if (app->dry)
			record_dry(app->dry, call, arg);
		return;
	}
	iom_call_format(call, arg, phase == IOM_BEFORE ? IOM_IN : IOM_OUT, &b);
	if (phase == IOM_BEFORE)
		fprintf(stderr, "> [%d] %s(%s)\n", fd, call->name, b.data ? b.data : "");
	else if (rc < 0)
		fprintf(stderr, "< [%d] %s = -1 %s (%s)\n", fd, call->name, iom_errno_name(rc),
			strerror(-rc));
	else
		fprintf(stderr, "< [%d] %s = %d (%s)\n", fd, call->name, rc, b.data ? b.data : "");
}

int iom_app_backend(struct iom_app *app, struct iom_err *err)
{
	if (app->be)
		return 0;
	if (!strcmp(app->g.backend, "emu"))
		app->be = iom_backend_emu(app->g.emu, err);
	else
		app->be = iom_backend_kernel();
	if (!app->be && !err->exit)
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
	return app->be ? 0 : (int)err->exit;
}

int iom_app_context(struct iom_app *app, struct iom_err *err)
{
	int rc;

	if (app->ctx_ready)
		return 0;
	rc = iom_app_backend(app, err);
	if (rc)
		return rc;
	if (app->g.fd >= 0 && strcmp(app->be->name, "kernel")) {
		iom_hint(err, "a batch keeps the emulator's objects over several commands");
		iom_fail(err, IOM_EXIT_USAGE, "--fd is for the kernel backend, not for emu");
		return (int)err->exit;
	}
	iom_ctx_init(&app->ctx, app->be);
	if (app->g.device)
		app->ctx.path = app->g.device;
	if (app->g.fd >= 0) {
		app->ctx.fd = app->g.fd;
		app->ctx.inherited = true;
	}
	app->ctx.dry_run = app->g.dry_run;
	if (app->g.verbose || app->g.dry_run)
		app->ctx.trace = trace;
	app->ctx.trace_arg = app;
	app->ctx_ready = true;
	return 0;
}

int iom_what(struct iom_err *err, int exit, const char *fmt, ...)
{
	va_list ap;

	if (exit == IOM_EXIT_DRY)
		return exit;
	va_start(ap, fmt);
	vsnprintf(err->what, sizeof(err->what), fmt, ap);
	va_end(ap);
	return exit;
}

/* A wrong --fd is told apart from a context that answers. */
static void explain_fd(struct iom_app *app, int fd, struct iom_err *err)
{
	if (app->ctx.inherited && fd < 0 && (err->code == -EBADF || err->code == -ENOTTY) &&
	    !err->fact[0]) {
		iom_fact(err, "file descriptor %d is %s", app->g.fd,
			 err->code == -EBADF ? "not open" : "not /dev/iommu, or lacks this call");
		iom_hint(err, "in a shell: exec 9<>/dev/iommu; iommuctl --fd 9 ...");
	}
}

int iom_do_call(struct iom_app *app, int fd, const struct iom_call *call, void *arg, size_t len,
		int *rcp, struct iom_err *err)
{
	unsigned char sent[IOM_MAX_ARG];
	int rc = iom_issue(&app->ctx, call, fd, arg, sent, err);

	if (rc == IOM_DRY)
		return IOM_EXIT_DRY;
	if (rcp)
		*rcp = rc;
	if (rc >= 0)
		return 0;
	if (!err->op) {
		if (err->exit != IOM_EXIT_INTERNAL)
			iom_explain_open(app->be->name, app->ctx.path, rc, app->g.sysroot, err);
		return (int)err->exit;
	}
	/* What lies behind the struct is never written by a call, so it is still as it was sent. */
	if (len > sizeof(sent))
		len = sizeof(sent);
	memcpy(sent + call->full, (char *)arg + call->full, len - call->full);
	memset(sent + len, 0, sizeof(sent) - len);
	iom_explain_fd(&app->ctx, call, fd, sent, rc, app->g.sysroot, err);
	explain_fd(app, fd, err);
	if (!err->what[0])
		iom_fail(err, err->exit, "the call was refused");
	return (int)err->exit;
}

int iom_do_fd(struct iom_app *app, int fd, uint32_t code, void *arg, int *rcp, struct iom_err *err)
{
	const struct iom_call *call = iom_call_of(code, arg);

	return iom_do_call(app, fd, call, arg, call->full, rcp, err);
}

int iom_do(struct iom_app *app, uint32_t code, void *arg, struct iom_err *err)
{
	return iom_do_fd(app, -1, code, arg, NULL, err);
}

int iom_dispatch(struct iom_app *app, int argc, char **argv, const struct iom_cmd **cmd,
		 struct iom_res *res, struct iom_err *err)
{
	struct iom_args *args = &app->args[app->in_batch];
	int used, rc;

	app->following = app->nothing_more = false;
	*cmd = iom_find_cmd(argc, argv, &used, err);
	if (!*cmd)
		return (int)err->exit;
	if (iom_parse_args(*cmd, app, argc - used, argv + used, args, err))
		return (int)err->exit;
	if (app->want_help || app->want_version)
		return 0;
	if (app->in_batch && ((*cmd)->flags & IOM_CMD_TOP)) {
		char name[48];

		iom_fail(err, IOM_EXIT_USAGE, "'%s' cannot stand inside a batch",
			 iom_cmd_name(*cmd, name, sizeof(name)));
		return (int)err->exit;
	}
	rc = iom_sysroot_open(app, err);
	if (rc)
		return rc;
	if ((*cmd)->flags & IOM_CMD_CTX) {
		rc = iom_app_context(app, err);
		if (rc)
			return rc;
	}
	if (app->no_result && !app->g.dry_run) {
		/* Setters on no record do nothing. */
		res->top = NULL;
		res->failed = false;
		return (*cmd)->run(app, args, res, err);
	}
	iom_res_begin(res, app->g.dry_run && ((*cmd)->flags & IOM_CMD_CTX) &&
			   !((*cmd)->flags & IOM_CMD_STREAM) ? iom_dry_cols : (*cmd)->cols);
	res->backend = (*cmd)->flags & IOM_CMD_CTX ? app->be->name : NULL;
	if (res->cols == iom_dry_cols) {
		struct iom_res scratch = { 0 };

		iom_open_list(res->top, 0);
		app->dry = res;
		iom_res_begin(&scratch, (*cmd)->cols);
		rc = (*cmd)->run(app, args, &scratch, err);
		iom_res_free(&scratch);
		app->dry = NULL;
		return rc == IOM_EXIT_DRY ? 0 : rc;
	}
	rc = (*cmd)->run(app, args, res, err);
	if (!rc && res->failed) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory for the result");
		rc = IOM_EXIT_INTERNAL;
	}
	return rc;
}
