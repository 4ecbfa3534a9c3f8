/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command-line parser, the batch tokenizer and its variables. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/internal.h"
#include "cmd/token.h"

static const struct iom_value color_values[] = {
	{ .name = "red", .word = "red", .value = 7 },
	{ .name = "blue", .word = "blue", .value = 9 },
	{ 0 },
};
static const struct iom_enum color_enum = { .name = "color", .values = color_values };

enum { ID, LEN, FLAG, TINT, RANGE, SET, FD };
static const struct iom_opt opts[] = {
	[ID] = { "id", IOM_ARG_ID, IOM_REQ | IOM_POS, "id" },
	[LEN] = { "length", IOM_ARG_LEN, IOM_REQ, "length" },
	[FLAG] = { "all", IOM_ARG_FLAG, 0, "all" },
	[TINT] = { "tint", IOM_ARG_ENUM, 0, "tint", .values = &color_enum },
	[RANGE] = { "range", IOM_ARG_RANGE, IOM_MULTI, "range" },
	[SET] = { "set", IOM_ARG_ASSIGN, IOM_POS | IOM_MULTI, "set" },
	[FD] = { "handle", IOM_ARG_FD, 0, "fd" },
	{ 0 },
};
static const struct iom_cmd cmd = { .object = "thing", .verb = "do", .opts = opts };

/* Parses words (split at blanks). Returns what the parser returned. */
static int parse(const char *line, struct iom_args *a, struct iom_err *err, struct iom_app *app)
{
	static char copy[512];
	char *argv[32], *save = NULL;
	int argc = 0;

	strncpy(copy, line, sizeof(copy) - 1);
	for (char *w = strtok_r(copy, " ", &save); w && argc < 32; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	*err = (struct iom_err){ 0 };
	memset(app, 0, sizeof(*app));
	iom_globals_init(&app->g);
	return iom_parse_args(&cmd, app, argc, argv, a, err);
}

static void test_good(void **state)
{
	static struct iom_app app;
	struct iom_err err;
	static struct iom_args a;

	(void)state;
	assert_int_equal(parse("5 --length 4K", &a, &err, &app), 0);
	assert_true(a.v[ID].set);
	assert_int_equal(a.v[ID].num, 5);
	assert_int_equal(a.v[LEN].num, 4096);
	assert_false(a.v[FLAG].set);
	assert_int_equal(a.n_multi, 0);

	assert_int_equal(parse("--length=0x10 --all --id 7 x=1 --tint blue y=2 --range 0x10-0x1f "
			       "--range 32+32 --handle 3", &a, &err, &app), 0);
	assert_int_equal(a.v[ID].num, 7);
	assert_true(a.v[FLAG].set);
	assert_int_equal(a.v[TINT].num, 9);
	assert_int_equal(a.v[FD].num, 3);
	assert_int_equal(a.n_multi, 4);
	assert_int_equal(a.multi[0].opt, SET);
	assert_string_equal(a.multi[0].v.str, "x=1");
	assert_int_equal(a.multi[2].opt, RANGE);
	assert_int_equal(a.multi[2].v.num, 16);
	assert_int_equal(a.multi[2].v.num2, 31);
	assert_int_equal(a.multi[3].v.num2, 63);

	/* Globals behind the command, and words after "--". */
	assert_int_equal(parse("--json -v 1 --length 1 --backend emu -- a=-b", &a, &err, &app), 0);
	assert_true(app.g.json && app.g.verbose);
	assert_string_equal(app.g.backend, "emu");
	assert_string_equal(a.multi[0].v.str, "a=-b");
}

struct bad {
	const char *line, *what, *hint;
};

static void test_bad(void **state)
{
	static const struct bad cases[] = {
		{ "", "missing --id", "thing do --help" },
		{ "5", "missing --length", "SIZE" },
		{ "5 --length", "needs a value", NULL },
		{ "5 --length 4Q", "is not a number", NULL },
		{ "5 --length ''", "is not a number", NULL },
		{ "5 --length -4", "is not a number", NULL },
		{ "5 --length 18446744073709551616", "too large", NULL },
		{ "4294967296 --length 1", "too large", NULL },
		{ "-1 --length 1", "has no option '-1'", NULL },
		{ "5 --length 1 --length 2", "--length is given twice", NULL },
		{ "5 --length 1 --all --all", "--all is given twice", NULL },
		{ "5 --length 1 --all=1", "takes no value", NULL },
		{ "5 --length 1 --tint green", "is not one of red, blue", NULL },
		{ "5 --length 1 --range 5", "is not a range", NULL },
		{ "5 --length 1 --range 5-", "is not a range", NULL },
		{ "5 --length 1 --range 5+0", "has no size", NULL },
		{ "5 --length 1 --range 0xffffffffffffffff+2", "wraps", NULL },
		{ "5 --length 1 --handle 2147483648", "too large", NULL },
		{ "5 --length 1 noassign", "is not FIELD=VALUE", NULL },
		{ "5 --length 1 =x", "is not FIELD=VALUE", NULL },
		{ "5 --lenth 1", "has no option '--lenth'", "--length" },
		{ "5 --length 1 -x", "has no option '-x'", NULL },
		{ "5 --length 1 --backend xen", "is not one of kernel, emu", NULL },
		{ "5 --length 1 --get=", "empty", NULL },
	};
	static struct iom_app app;
	static struct iom_args a;

	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(cases); i++) {
		struct iom_err err;

		if (parse(cases[i].line, &a, &err, &app) >= 0 || err.exit != IOM_EXIT_USAGE ||
		    !strstr(err.what, cases[i].what) ||
		    (cases[i].hint && !strstr(err.hint, cases[i].hint)))
			fail_msg("'%s': exit %d, %s, hint %s", cases[i].line, err.exit, err.what,
				 err.hint);
	}
}

static void test_too_many(void **state)
{
	static struct iom_app app;
	char *argv[IOM_MAX_MULTI + 8];
	struct iom_err err = { 0 };
	static struct iom_args a;
	int argc = 0;

	(void)state;
	argv[argc++] = (char *)"5";
	while (argc < IOM_MAX_MULTI + 2)
		argv[argc++] = (char *)"a=1";
	assert_true(iom_parse_args(&cmd, &app, argc, argv, &a, &err) < 0);
	assert_int_equal(err.exit, IOM_EXIT_USAGE);
	assert_non_null(strstr(err.what, "more than"));
}

/* ---- tokenizer ---- */

struct split_case {
	const char *line;
	const char *words; /* joined with '|' */
};

static void join(const struct iom_words *w, char *out)
{
	*out = '\0';
	for (int i = 0; i < w->argc; i++) {
		if (i)
			strcat(out, "|");
		strcat(out, w->argv[i]);
	}
}

static void test_split(void **state)
{
	static const struct split_case cases[] = {
		{ "", "" },
		{ "   \t ", "" },
		{ "# comment", "" },
		{ "  # comment $nothing 'open", "" },
		{ "a b  c", "a|b|c" },
		{ "a\tb\r", "a|b" },
		{ "a # b", "a" },
		{ "a#b", "a#b" },
		{ "'a b' c", "a b|c" },
		{ "\"a b\"c d", "a bc|d" },
		{ "a''b", "ab" },
		{ "'' x", "|x" },
		{ "a\\ b", "a b" },
		{ "\\#x", "#x" },
		{ "'$x' \\$y \"\\$z\"", "$x|$y|$z" },
		{ "\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d" },
		{ "'a\"b' \"a'b\"", "a\"b|a'b" },
		{ "a '#' \"#\"", "a|#|#" },
	};
	struct iom_words w = { 0 };
	struct iom_vars vars = { 0 };

	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(cases); i++) {
		char got[256], plain[256], *copy = strdup(cases[i].line);
		struct iom_err err = { 0 };

		assert_int_equal(iom_split(&w, cases[i].line, &vars, &err), 0);
		join(&w, got);
		assert_string_equal(got, cases[i].words);
		/* The quick way agrees, or leaves the line as it was (blank for blank). */
		assert_non_null(copy);
		if (iom_split_plain(&w, copy, copy + strlen(copy))) {
			join(&w, plain);
			assert_string_equal(plain, got);
		} else {
			assert_int_equal(strlen(copy), strlen(cases[i].line));
			assert_int_equal(iom_split(&w, copy, &vars, &err), 0);
			join(&w, plain);
			assert_string_equal(plain, got);
		}
		free(copy);
	}
	iom_buf_free(&w.buf);
}

static void test_split_bad(void **state)
{
	static const struct bad cases[] = {
		{ "a 'b", "is not closed", NULL },	  { "a \"b", "is not closed", NULL },
		{ "a \\", "ends the input", NULL },	  { "a $", "without the name", NULL },
		{ "a $5", "without the name", NULL },	  { "a ${b", "without '}'", NULL },
		{ "a $nobody", "no line has this name", "as nobody" },
	};
	struct iom_words w = { 0 };
	struct iom_vars vars = { 0 };

	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(cases); i++) {
		struct iom_err err = { 0 };

		assert_true(iom_split(&w, cases[i].line, &vars, &err) < 0);
		assert_int_equal(err.exit, IOM_EXIT_USAGE);
		assert_non_null(strstr(err.what, cases[i].what));
		if (cases[i].hint)
			assert_non_null(strstr(err.hint, cases[i].hint));
		/* What was read before the error is there. */
		assert_int_equal(w.argc, 1);
		assert_string_equal(w.argv[0], "a");
		assert_null(w.argv[1]);
	}
	iom_buf_free(&w.buf);
}

static void test_split_limits(void **state)
{
	char line[2 * IOM_MAX_WORDS + 8], nul[] = "a b\0c d";
	struct iom_words w = { 0 };
	struct iom_vars vars = { 0 };
	struct iom_err err = { 0 };
	size_t n = 0;

	(void)state;
	while (n < 2 * IOM_MAX_WORDS + 2) {
		line[n++] = 'x';
		line[n++] = ' ';
	}
	line[n] = '\0';
	assert_false(iom_split_plain(&w, line, line + n));
	assert_true(iom_split(&w, line, &vars, &err) < 0);
	assert_non_null(strstr(err.what, "more than"));
	assert_false(iom_split_plain(&w, nul, nul + 7));
	iom_buf_free(&w.buf);
}

/* ---- variables ---- */

enum { V_ID, V_ADDR, V_LIST };
static const struct iom_col row_cols[] = {
	{ "start", IOM_T_HEX, 0, "start" },
	{ 0 },
};
static const struct iom_col flat_cols[] = {
	{ "id", IOM_T_UINT, IOM_COL_ID, "id" },
	{ "addr", IOM_T_HEX, 0, "addr" },
	{ 0 },
};
static const struct iom_col list_cols[] = {
	[V_ID] = { "id", IOM_T_UINT, 0, "id" },
	[V_ADDR] = { "addr", IOM_T_HEX, 0, "addr" },
	[V_LIST] = { "rows", IOM_T_LIST, 0, "rows", row_cols },
	{ 0 },
};

static void test_vars(void **state)
{
	struct iom_vars vars = { 0 };
	struct iom_words w = { 0 };
	struct iom_res res = { 0 };
	struct iom_err err = { 0 };
	char got[256];

	(void)state;
	iom_res_begin(&res, flat_cols);
	iom_set_uint(res.top, 0, 3);
	iom_set_uint(res.top, 1, 0xabc);
	assert_int_equal(iom_vars_keep(&vars, "a", &res), 0);
	iom_res_begin(&res, list_cols);
	iom_set_uint(res.top, V_ADDR, 0x10);
	iom_set_uint(iom_add_rec(res.top, V_LIST), 0, 0x77);
	assert_int_equal(iom_vars_keep(&vars, "b2_", &res), 0);

	assert_int_equal(iom_split(&w, "$a ${a}x $a.addr $b2_.rows.0.start \"$a $a\" $a.addr.",
				   &vars, &err), 0);
	join(&w, got);
	assert_string_equal(got, "3|3x|0xabc|0x77|3 3|0xabc.");
	assert_true(iom_split(&w, "$b2_", &vars, &err) < 0);
	assert_non_null(strstr(err.what, "no id"));
	assert_true(iom_split(&w, "$a.nothing", &vars, &err) < 0);
	assert_non_null(strstr(err.hint, "addr"));
	assert_true(iom_split(&w, "$b2_.rows.1.start", &vars, &err) < 0);

	/* A name is taken again; many names still find theirs. */
	for (unsigned int i = 0; i < 5000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%u", i);
		iom_res_begin(&res, flat_cols);
		iom_set_uint(res.top, 0, i);
		assert_int_equal(iom_vars_keep(&vars, i % 2 ? name : "a", &res), 0);
	}
	assert_int_equal(iom_split(&w, "$a $n1 $n4999", &vars, &err), 0);
	join(&w, got);
	assert_string_equal(got, "4998|1|4999");
	iom_res_free(&res);
	iom_vars_free(&vars);
	iom_buf_free(&w.buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	     cmocka_unit_test(test_bad),
		cmocka_unit_test(test_too_many),     cmocka_unit_test(test_split),
		cmocka_unit_test(test_split_bad),    cmocka_unit_test(test_split_limits),
		cmocka_unit_test(test_vars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
