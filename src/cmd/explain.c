/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain: the causes that a refused call can have, from the table that errors are explained by. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cmd/internal.h"
#include "iommuctl/diag.h"

#define MAX_ERRNO 200 /* no errno of Linux is larger */

enum { EXPLAIN_CALL, EXPLAIN_ERRNO };
static const struct iom_opt explain_opts[] = {
	[EXPLAIN_CALL] = { "call", IOM_ARG_STR, IOM_REQ | IOM_POS, "name of the call, as probe lists it",
			   .metavar = "CALL" },
	[EXPLAIN_ERRNO] = { "errno", IOM_ARG_STR, IOM_POS, "only this errno, by name or number",
			    .metavar = "ERRNO" },
	{ 0 },
};

enum { ROW_ERRNO, ROW_CAUSE, ROW_FACT, ROW_HINT, ROW_CALL, ROW_CHECKED };
static const struct iom_col row_cols[] = {
	[ROW_ERRNO] = { "errno", IOM_T_STR, 0, "errno of the refusal" },
	[ROW_CAUSE] = { "cause", IOM_T_STR, 0, "key of the cause, as in error documents" },
	[ROW_FACT] = { "fact", IOM_T_STR, 0, "what is the case then" },
	[ROW_HINT] = { "hint", IOM_T_STR, 0, "what to try" },
	[ROW_CALL] = { "call", IOM_T_STR, IOM_COL_OPT | IOM_COL_HIDE,
		       "the call; absent for what any call can meet" },
	[ROW_CHECKED] = { "checked", IOM_T_BOOL, IOM_COL_HIDE,
			  "the tool looks whether it is so; false: it can only be named" },
	{ 0 },
};

enum { EXPLAINED_CALL, EXPLAINED_CAUSES };
static const struct iom_col explain_cols[] = {
	[EXPLAINED_CALL] = { "call", IOM_T_STR, 0, "name of the call" },
	[EXPLAINED_CAUSES] = { "causes", IOM_T_LIST, 0, "in the order in which the kernel checks",
			       row_cols },
	{ 0 },
};

static const char *next_call(const void *arg, size_t i)
{
	(void)arg;
	return iom_calls[i].word;
}

/* Returns a positive errno, or 0 when the word is none. */
static int errno_of(const char *word)
{
	uint64_t n;

	if (!iom_parse_u64(word, &n))
		return n && n < MAX_ERRNO && strcmp(iom_errno_name((int)n), "E?") ? (int)n : 0;
	for (int e = 1; e < MAX_ERRNO; e++)
		if (!strcasecmp(iom_errno_name(e), word))
			return e;
	return 0;
}

static void add_cause(struct iom_res *res, const struct iom_cause *c)
{
	struct iom_rec *r = iom_add_rec(res->top, EXPLAINED_CAUSES);

	iom_set_str(r, ROW_ERRNO, iom_errno_name(c->code));
	iom_set_str(r, ROW_CAUSE, c->key);
	iom_set_str(r, ROW_FACT, c->fact);
	iom_set_str(r, ROW_HINT, c->hint);
	if (c->call)
		iom_set_str(r, ROW_CALL, c->call);
	iom_set_uint(r, ROW_CHECKED, c->test != NULL);
}

static int explain_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	const struct iom_call *call = iom_call_find(a->v[EXPLAIN_CALL].str, NULL);
	const char *word = a->v[EXPLAIN_ERRNO].str, *near;
	const struct iom_cause *c;
	int code = 0;

	(void)app;
	if (!call)
		call = iom_region_call_find(a->v[EXPLAIN_CALL].str);
	if (!call) {
		near = iom_nearest(a->v[EXPLAIN_CALL].str, next_call, NULL);
		if (near)
			iom_hint(err, "did you mean %s?", near);
		iom_fail(err, IOM_EXIT_USAGE, "there is no call '%s'", a->v[EXPLAIN_CALL].str);
		return IOM_EXIT_USAGE;
	}
	if (a->v[EXPLAIN_ERRNO].set) {
		code = errno_of(word);
		if (!code) {
			iom_fail(err, IOM_EXIT_USAGE, "--errno: '%s' is no errno; a name or number, like "
				 "EINVAL or 22", word);
			return IOM_EXIT_USAGE;
		}
	}
	iom_set_str(res->top, EXPLAINED_CALL, call->name);
	iom_open_list(res->top, EXPLAINED_CAUSES);
	for (int any = 0; any < 2; any++)
		for (size_t i = 0; (c = iom_cause_at(i)); i++) {
			if (code && c->code != code)
				continue;
			if (c->call ? any || strcmp(c->call, call->name) : !any)
				continue;
			if (c->families && !(c->families & 1U << call->family))
				continue;
			add_cause(res, c);
		}
	return 0;
}

const struct iom_cmd cmd_explain = {
	.object = "explain", .brief = "list the causes that a refused call can have",
	.opts = explain_opts, .cols = explain_cols, .flags = 0, .schema = 1, .run = explain_run,
};
