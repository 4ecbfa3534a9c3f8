/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain: the causes that a refused call can have, from the table that errors are explained by. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cmd/internal.h"
#include "iommuctl/diag.h"

#define MAX_ERRNO 200 /* no errno of Linux is larger */
#define MAX_NAME  160 /* of a call or command, all words of it */

enum { EXPLAIN_CALL, EXPLAIN_ERRNO };
static const struct iom_opt explain_opts[] = {
	[EXPLAIN_CALL] = { "call", IOM_ARG_STR, IOM_POS | IOM_MULTI,
			   "name of a call, as raw has it, or a command; an errno may follow; "
			   "without it all calls",
			   .metavar = "CALL" },
	[EXPLAIN_ERRNO] = { "errno", IOM_ARG_STR, 0, "only this errno, by name or number",
			    .metavar = "ERRNO" },
	{ 0 },
};

/* The call of a row is worth a column of text where there are several. */
enum { ROW_ERRNO, ROW_CAUSE, ROW_FACT, ROW_HINT, ROW_CALL, ROW_CHECKED };
#define ROW_COLS(call_flags)                                                                       \
	{                                                                                          \
		[ROW_ERRNO] = { "errno", IOM_T_STR, 0, "errno of the refusal" },                   \
		[ROW_CAUSE] = { "cause", IOM_T_STR, 0, "key of the cause, as in error documents" },\
		[ROW_FACT] = { "fact", IOM_T_STR, 0, "what is the case then" },                    \
		[ROW_HINT] = { "hint", IOM_T_STR, 0, "what to try" },                              \
		[ROW_CALL] = { "call", IOM_T_STR, call_flags,                                      \
			       "the call; absent for what any call can meet" },                    \
		[ROW_CHECKED] = { "checked", IOM_T_BOOL, IOM_COL_HIDE,                             \
				  "the tool looks whether it is so; false: it can only be named" },\
		{ 0 },                                                                             \
	}
static const struct iom_col row_cols[] = ROW_COLS(IOM_COL_OPT | IOM_COL_HIDE);
static const struct iom_col row_cols_many[] = ROW_COLS(IOM_COL_OPT);

enum { EXPLAINED_CALL, EXPLAINED_CAUSES };
#define EXPLAIN_COLS(rows)                                                                         \
	{                                                                                          \
		[EXPLAINED_CALL] = { "call", IOM_T_STR, IOM_COL_OPT,                               \
				     "name of the call; absent when there are several" },          \
		[EXPLAINED_CAUSES] = { "causes", IOM_T_LIST, 0,                                    \
				       "in the order in which the kernel checks", rows },          \
		{ 0 },                                                                             \
	}
static const struct iom_col explain_cols[] = EXPLAIN_COLS(row_cols);
static const struct iom_col explain_cols_many[] = EXPLAIN_COLS(row_cols_many);

/* What is to be explained: all calls, one call, or those of all commands of a name. */
struct topic {
	char name[MAX_NAME]; /* words joined by blanks, "" for all calls */
	const struct iom_call *call;
	bool commands;
	int code; /* positive errno, 0: any */
};

/* All calls: ioctls, then what is read and written without one. NULL past the end. */
static const struct iom_call *call_at(size_t i)
{
	static const struct iom_call *const more[] = {
		&iom_region_read,
		&iom_region_write,
		&iom_page_access,
		&iom_queue_ops[IOM_FAULT_READ],
		&iom_queue_ops[IOM_FAULT_WRITE],
		&iom_queue_ops[IOM_VEVENTQ_READ],
	};
	size_t n = 0;

	while (n < i && iom_calls[n].name)
		n++;
	if (iom_calls[n].name)
		return &iom_calls[n];
	return i - n < IOM_ARRAY_SIZE(more) ? more[i - n] : NULL;
}

static const char *next_call(const void *arg, size_t i)
{
	const struct iom_call *c = call_at(i);

	(void)arg;
	return c ? c->word : NULL;
}

static const struct iom_call *call_named(const char *name)
{
	const struct iom_call *c = iom_call_find(name, NULL);

	if (!c)
		c = iom_region_call_find(name);
	return c ? c : iom_queue_op_find(name);
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

/* Whether the command is the one of this name, or one of the object of this name. */
static bool is_command(const struct iom_cmd *cmd, const char *name)
{
	char own[48];
	size_t len = strlen(name);

	iom_cmd_name(cmd, own, sizeof(own));
	return !strncmp(own, name, len) && (!own[len] || own[len] == ' ');
}

static bool is_issued(const struct iom_cmd *cmd, const char *call)
{
	for (const char *const *c = cmd->calls; c && *c; c++)
		if (!strcmp(*c, call))
			return true;
	return false;
}

static bool is_wanted(const struct topic *t, const struct iom_call *call)
{
	if (t->call)
		return !strcmp(t->call->name, call->name);
	for (const struct iom_cmd *const *c = iom_cmds; t->commands && *c; c++)
		if (is_command(*c, t->name) && is_issued(*c, call->name))
			return true;
	return !t->commands;
}

/* Calls that have the word in their names, or those of iommufd when none has. */
static void hint_calls(const char *word, struct iom_err *err)
{
	char list[IOM_HINT_MAX - 80] = "";
	size_t n = 0;
	bool some = false;

	for (const struct iom_call *c = iom_calls; c->name && !some; c++)
		some = strstr(c->word, word) != NULL;
	for (const struct iom_call *c = iom_calls; c->name; c++) {
		if (some ? !strstr(c->word, word) : c->family != IOM_FAM_IOMMUFD || c->abi)
			continue;
		if (n + strlen(c->word) + 3 < sizeof(list) && !strstr(list, c->word))
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "",
					      c->word);
	}
	iom_hint(err, "%s: %s%s", some ? "calls of that name" : "calls of iommufd", list,
		 some ? "" : "; iommuctl-raw(1) lists all");
}

static int no_call(const char *name, struct iom_err *err)
{
	const char *near = iom_nearest(name, next_call, NULL);

	if (near)
		iom_hint(err, "did you mean %s?", near);
	else
		hint_calls(name, err);
	iom_fail(err, IOM_EXIT_USAGE, "there is no call or command '%s'", name);
	return IOM_EXIT_USAGE;
}

static int no_certain_call(const char *name, struct iom_err *err)
{
	iom_fail(err, IOM_EXIT_USAGE, "'%s' stands for no certain call", name);
	return IOM_EXIT_USAGE;
}

/* The call that all commands of this name make, NULL when there are several. */
static const struct iom_call *only_call(const char *name)
{
	const char *only = NULL;

	for (const struct iom_cmd *const *c = iom_cmds; *c; c++)
		for (const char *const *k = (*c)->calls; k && *k && is_command(*c, name); k++) {
			if (only && strcmp(only, *k))
				return NULL;
			only = *k;
		}
	return only ? call_named(only) : NULL;
}

static int find_topic(struct topic *t, struct iom_err *err)
{
	char dashed[MAX_NAME];
	bool idle = false;

	snprintf(dashed, sizeof(dashed), "%s", t->name);
	for (char *p = dashed; *p; p++)
		if (*p == ' ')
			*p = '-';
	/* The name of a call is the narrower one; `option` and `ioas map` are both. */
	t->call = call_named(dashed);
	if (t->call)
		return 0;
	for (const struct iom_cmd *const *c = iom_cmds; *c; c++) {
		if (!is_command(*c, t->name))
			continue;
		idle = idle || !(*c)->calls;
		t->commands = t->commands || (*c)->calls;
	}
	if (!t->commands)
		return idle ? no_certain_call(t->name, err) : no_call(t->name, err);
	t->call = only_call(t->name);
	return 0;
}

/* Whether it was meant as an errno, be it a wrong one: no call is written like that. */
static bool is_errno_word(const char *word, bool behind_name)
{
	return errno_of(word) || (behind_name && (word[0] == 'E' || isdigit((unsigned char)*word)));
}

/* Takes the words apart: an errno as the last one, and the name. */
static int read_words(const struct iom_args *a, struct topic *t, struct iom_err *err)
{
	const char *code = a->v[EXPLAIN_ERRNO].set ? a->v[EXPLAIN_ERRNO].str : NULL;
	unsigned int n = a->n_multi;
	size_t used = 0;

	if (!code && n && is_errno_word(a->multi[n - 1].v.str, n > 1))
		code = a->multi[--n].v.str;
	t->code = code ? errno_of(code) : 0;
	if (code && !t->code) {
		iom_fail(err, IOM_EXIT_USAGE,
			 "--errno: '%s' is no errno; a name or number, like EINVAL or 22", code);
		return IOM_EXIT_USAGE;
	}
	for (unsigned int i = 0; i < n && used < sizeof(t->name); i++)
		used += (size_t)snprintf(t->name + used, sizeof(t->name) - used, "%s%s",
					 i ? " " : "", a->multi[i].v.str);
	return n ? find_topic(t, err) : 0;
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

/* Whether the row is for the call itself (any: for any call, this one among them). */
static bool is_row_of(const struct iom_cause *row, const struct iom_call *call, bool any)
{
	if (!any)
		return row->call && !strcmp(row->call, call->name);
	return !row->call && call->family != IOM_FAM_QUEUE &&
	       (!row->families || row->families & 1U << call->family);
}

static void add_rows(struct iom_res *res, const struct topic *t, bool any)
{
	const struct iom_cause *row;

	for (size_t i = 0; (row = iom_cause_at(i)); i++) {
		const struct iom_call *c;
		bool wanted = false;

		if (t->code && row->code != t->code)
			continue;
		for (size_t k = 0; !wanted && (c = call_at(k)); k++)
			wanted = is_row_of(row, c, any) && is_wanted(t, c);
		if (wanted)
			add_cause(res, row);
	}
}

static int explain_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	struct topic t = { 0 };
	int rc = read_words(a, &t, err);

	(void)app;
	if (rc)
		return rc;
	if (t.call)
		iom_set_str(res->top, EXPLAINED_CALL, t.call->name);
	else
		iom_res_begin(res, explain_cols_many);
	iom_open_list(res->top, EXPLAINED_CAUSES);
	add_rows(res, &t, false);
	add_rows(res, &t, true);
	return 0;
}

const struct iom_cmd cmd_explain = {
	.object = "explain", .brief = "list the causes that a refused call can have",
	.opts = explain_opts, .cols = explain_cols, .flags = 0, .schema = 1, .run = explain_run,
};
