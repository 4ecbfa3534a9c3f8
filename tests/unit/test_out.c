/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the result model and its renderers. */
#include "iommuctl/out.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#include <cmocka.h>
#include <json.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

static const struct iom_col leaf_cols[] = {
	{ .name = "word", .type = IOM_T_STR },
	{ .name = "n", .type = IOM_T_UINT, .flags = IOM_COL_OPT },
	{ .name = NULL },
};

static const struct iom_col row_cols[] = {
	{ .name = "iova", .type = IOM_T_HEX },
	{ .name = "length", .type = IOM_T_SIZE },
	{ .name = "owner", .type = IOM_T_STR, .flags = IOM_COL_OPT | IOM_COL_NULL },
	{ .name = "detail", .type = IOM_T_UINT, .flags = IOM_COL_OPT | IOM_COL_HIDE },
	{ .name = "leaves", .type = IOM_T_LIST, .flags = IOM_COL_OPT, .cols = leaf_cols },
	{ .name = "rights", .type = IOM_T_STRS, .flags = IOM_COL_OPT },
	{ .name = "last", .type = IOM_T_REC, .flags = IOM_COL_OPT, .cols = leaf_cols },
	{ .name = NULL },
};

enum { ROW_IOVA, ROW_LENGTH, ROW_OWNER, ROW_DETAIL, ROW_LEAVES, ROW_RIGHTS, ROW_LAST };

static const struct iom_col rec_cols[] = {
	{ .name = "x", .type = IOM_T_UINT },
	{ .name = "rows", .type = IOM_T_LIST, .flags = IOM_COL_OPT, .cols = row_cols },
	{ .name = NULL },
};

#define OPT_NULL (IOM_COL_OPT | IOM_COL_NULL)

static const struct iom_col all_cols[] = {
	{ .name = "id", .type = IOM_T_UINT, .flags = OPT_NULL | IOM_COL_ID },
	{ .name = "num", .type = IOM_T_INT, .flags = OPT_NULL },
	{ .name = "size", .type = IOM_T_SIZE, .flags = OPT_NULL },
	{ .name = "addr", .type = IOM_T_HEX, .flags = OPT_NULL },
	{ .name = "ok", .type = IOM_T_BOOL, .flags = OPT_NULL },
	{ .name = "str", .type = IOM_T_STR, .flags = OPT_NULL },
	{ .name = "strs", .type = IOM_T_STRS, .flags = OPT_NULL },
	{ .name = "any", .type = IOM_T_ANY, .flags = OPT_NULL },
	{ .name = "rec", .type = IOM_T_REC, .flags = OPT_NULL, .cols = rec_cols },
	{ .name = "rows", .type = IOM_T_LIST, .flags = OPT_NULL, .cols = row_cols },
	{ .name = "more", .type = IOM_T_LIST, .flags = OPT_NULL, .cols = leaf_cols },
	{ .name = "hidden", .type = IOM_T_UINT, .flags = IOM_COL_OPT | IOM_COL_HIDE },
	{ .name = NULL },
};

enum { ID, NUM, SIZE, ADDR, OK, STR, STRS, ANY, REC, ROWS, MORE, HIDDEN, N_ALL };

static const struct iom_style plain, pretty = { .pretty = true }, color = { .color = true };

static struct iom_res res;

static int setup(void **state)
{
	(void)state;
	iom_res_begin(&res, all_cols);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	iom_res_free(&res);
	return 0;
}

static char *text_of(const struct iom_style *st)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	assert_int_equal(iom_render_text(&res, st, f), 0);
	fclose(f);
	return out;
}

/* A line of a batch, which is one object, must have the text of the command alone. */
static void expect_same_as_object(const char *schema, const struct iom_style *st, const char *want)
{
	struct json_object *obj = iom_res_json(&res, schema);
	_iom_free_ char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	assert_int_equal(iom_json_write(obj, st, f), 0);
	fclose(f);
	json_object_put(obj);
	assert_string_equal(want, out);
}

static char *json_of(const char *schema, const struct iom_style *st)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	assert_int_equal(iom_render_json(&res, schema, st, f), 0);
	fclose(f);
	expect_same_as_object(schema, st, out);
	return out;
}

static void expect_text(const char *want)
{
	_iom_free_ char *got = text_of(&plain);

	assert_string_equal(got, want);
}

static void expect_json(const char *want)
{
	_iom_free_ char *got = json_of("t/1", &plain);

	assert_string_equal(got, want);
}

static void expect_get(const char *path, int rc, const char *want)
{
	_iom_buf_ struct iom_buf b = { 0 };

	iom_buf_puts(&b, "left over");
	assert_int_equal(iom_res_get(&res, path, &b), rc);
	if (want)
		assert_string_equal(b.data, want);
}

/* Every scalar type with a plain value. */
static void fill_scalars(void)
{
	iom_set_uint(res.top, ID, 7);
	iom_set_int(res.top, NUM, -5);
	iom_set_uint(res.top, SIZE, 2097152);
	iom_set_uint(res.top, ADDR, 0x1000000);
	iom_set_uint(res.top, OK, 2);
	iom_set_str(res.top, STR, "a/b");
	iom_add_str(res.top, STRS, "read");
	iom_add_str(res.top, STRS, "write");
	iom_set_uint(res.top, ANY, 12);
}

static void test_scalars(void **state)
{
	(void)state;
	fill_scalars();
	expect_text("id    7\nnum   -5\nsize  2M\naddr  0x1000000\nok    yes\nstr   a/b\n"
		    "strs  read,write\nany   12\n");
	expect_json("{\"schema\":\"t/1\",\"id\":7,\"num\":-5,\"size\":2097152,"
		    "\"addr\":\"0x1000000\",\"ok\":true,\"str\":\"a/b\","
		    "\"strs\":[\"read\",\"write\"],\"any\":12}\n");
	expect_get("id", 0, "7");
	expect_get("num", 0, "-5");
	expect_get("size", 0, "2097152");
	expect_get("addr", 0, "0x1000000");
	expect_get("ok", 0, "true");
	expect_get("str", 0, "a/b");
	expect_get("strs", 0, "read write");
	expect_get("strs.1", 0, "write");
	expect_get("any", 0, "12");
}

static void test_one_line(void **state)
{
	(void)state;
	iom_set_uint(res.top, ID, 1);
	iom_set_uint(res.top, SIZE, 4097);
	iom_set_uint(res.top, OK, 0);
	iom_set_strf(res.top, STR, "%s %d", "two", 2);
	iom_set_str(res.top, ANY, "");
	iom_set_uint(res.top, HIDDEN, 3);
	expect_text("id=1  size=4097  ok=no  str=\"two 2\"  any=\"\"\n");
	expect_get("hidden", 0, "3");
	expect_get("any", 0, "");
	expect_get("ok", 0, "false");
	/* The seventh scalar changes the form; the hidden one does not count. */
	iom_set_uint(res.top, ADDR, 0);
	expect_text("id=1  size=4097  addr=0x0  ok=no  str=\"two 2\"  any=\"\"\n");
	iom_set_int(res.top, NUM, 0);
	expect_text("id    1\nnum   0\nsize  4097\naddr  0x0\nok    no\nstr   two 2\n"
		    "any   \"\"\n");
}

static void test_absent_null_empty(void **state)
{
	(void)state;
	expect_text("");
	expect_json("{\"schema\":\"t/1\"}\n");
	iom_set_null(res.top, ID);
	iom_set_null(res.top, ROWS);
	iom_set_null(res.top, REC);
	iom_open_list(res.top, STRS);
	iom_open_list(res.top, STRS);
	iom_open_list(res.top, MORE);
	expect_text("id=unknown  strs=none  rec=unknown  rows=unknown\n\nmore:\n(none)\n");
	expect_json("{\"schema\":\"t/1\",\"id\":null,\"strs\":[],\"rec\":null,\"rows\":null,"
		    "\"more\":[]}\n");
	expect_get("id", 0, "null");
	expect_get("strs", 0, "");
	expect_get("strs.0", -ENODATA, "");
	expect_get("num", -ENODATA, "");
	expect_get("rec.x", -ENODATA, "");
	expect_get("rows.0.iova", -ENODATA, "");
	expect_get("more.0.word", -ENODATA, "");
	/* A value replaces null, and null a value. */
	iom_set_uint(res.top, ID, 4);
	expect_get("id", 0, "4");
	iom_set_null(res.top, ID);
	expect_get("id", 0, "null");
}

static void test_only_empty_list(void **state)
{
	(void)state;
	iom_open_list(res.top, MORE);
	expect_text("(none)\n");
}

static void test_one_element(void **state)
{
	struct iom_rec *r;

	(void)state;
	r = iom_add_rec(res.top, MORE);
	iom_set_str(r, 0, "only");
	iom_add_str(res.top, STRS, "one");
	expect_json("{\"schema\":\"t/1\",\"strs\":[\"one\"],\"more\":[{\"word\":\"only\"}]}\n");
	expect_text("strs=one\n\nmore:\nWORD N\nonly -\n");
}

static struct iom_rec *add_row(struct iom_rec *to, unsigned int col, uint64_t iova, uint64_t len)
{
	struct iom_rec *r = iom_add_rec(to, col);

	iom_set_uint(r, ROW_IOVA, iova);
	iom_set_uint(r, ROW_LENGTH, len);
	return r;
}

static void fill_nested(void)
{
	struct iom_rec *r, *leaf;

	r = add_row(res.top, ROWS, 0x1000, 4096);
	iom_set_str(r, ROW_OWNER, "me");
	iom_set_uint(r, ROW_DETAIL, 99);
	leaf = iom_add_rec(r, ROW_LEAVES);
	iom_set_str(leaf, 0, "p");
	iom_set_uint(leaf, 1, 1);
	leaf = iom_add_rec(r, ROW_LEAVES);
	iom_set_str(leaf, 0, "q");
	leaf = iom_add_rec(r, ROW_LAST);
	iom_set_str(leaf, 0, "z");
	iom_set_uint(leaf, 1, 3);
	assert_ptr_equal(iom_add_rec(r, ROW_LAST), leaf);
	r = add_row(res.top, ROWS, 0xffffffff, 5ULL << 30);
	iom_set_null(r, ROW_OWNER);
	iom_open_list(r, ROW_LEAVES);
	iom_add_str(r, ROW_RIGHTS, "read");
	iom_add_str(r, ROW_RIGHTS, "write");
}

static void test_nested(void **state)
{
	(void)state;
	fill_nested();
	expect_text("      IOVA LENGTH OWNER   LEAVES RIGHTS     LAST\n"
		    "    0x1000     4K me      p, q   -          word=z, n=3\n"
		    "0xffffffff     5G unknown none   read,write -\n");
	expect_json("{\"schema\":\"t/1\",\"rows\":[{\"iova\":\"0x1000\",\"length\":4096,"
		    "\"owner\":\"me\",\"detail\":99,\"leaves\":[{\"word\":\"p\",\"n\":1},"
		    "{\"word\":\"q\"}],\"last\":{\"word\":\"z\",\"n\":3}},"
		    "{\"iova\":\"0xffffffff\",\"length\":5368709120,\"owner\":null,"
		    "\"leaves\":[],\"rights\":[\"read\",\"write\"]}]}\n");
	expect_get("rows.0.leaves.1.word", 0, "q");
	expect_get("rows.0.leaves.1.n", -ENODATA, "");
	expect_get("rows.0.last.n", 0, "3");
	expect_get("rows.0.detail", 0, "99");
	expect_get("rows.1.last.n", -ENODATA, "");
	expect_get("rows.1.rights.0", 0, "read");
	expect_get("rows.1.length", 0, "5368709120");
}

static void test_record_and_tables(void **state)
{
	struct iom_rec *rec;

	(void)state;
	rec = iom_add_rec(res.top, REC);
	iom_set_uint(rec, 0, 5);
	add_row(rec, 1, 0, 1);
	iom_set_uint(res.top, ID, 3);
	iom_set_str(iom_add_rec(res.top, MORE), 0, "w");
	expect_text("id=3  rec.x=5\n\nrec.rows:\nIOVA LENGTH OWNER LEAVES RIGHTS LAST\n"
		    " 0x0      1 -     -      -      -\n\nmore:\nWORD N\nw    -\n");
	expect_json("{\"schema\":\"t/1\",\"id\":3,\"rec\":{\"x\":5,"
		    "\"rows\":[{\"iova\":\"0x0\",\"length\":1}]},\"more\":[{\"word\":\"w\"}]}\n");
	expect_get("rec.x", 0, "5");
	expect_get("rec.rows.0.length", 0, "1");
}

static void test_get_errors(void **state)
{
	_iom_buf_ struct iom_buf b = { 0 };

	(void)state;
	fill_nested();
	iom_add_str(res.top, STRS, "s");
	expect_get("nope", -ENOENT,
		   "id, num, size, addr, ok, str, strs, any, rec, rows, more, hidden");
	expect_get("", -ENOENT, NULL);
	expect_get("i", -ENOENT, NULL);
	expect_get("idx", -ENOENT, NULL);
	expect_get("id.x", -ENOENT, NULL);
	expect_get("rec.", -ENOENT, "rec.x, rec.rows");
	expect_get("rows.0.leaves.0.nope", -ENOENT, "rows.0.leaves.0.word, rows.0.leaves.0.n");
	expect_get("more.word", -ENOENT, "more.N.word, more.N.n");
	expect_get("more.-1.word", -ENOENT, NULL);
	expect_get("more.0x0.word", -ENOENT, NULL);
	expect_get("more.99999999999999999999999.word", -ENOENT, NULL);
	/* A wrong name is wrong even where nothing is. */
	expect_get("more.5.nope", -ENOENT, "more.5.word, more.5.n");
	expect_get("strs.x", -ENOENT, NULL);
	expect_get("strs.0.x", -ENOENT, NULL);
	expect_get("strs.1", -ENODATA, "");
	expect_get("rows.2.iova", -ENODATA, "");
	expect_get("rows.18446744073709551615.iova", -ENODATA, "");
	expect_get("rows", -EISDIR, "rows.0.iova, rows.0.length, rows.0.owner, rows.0.detail, "
		   "rows.0.leaves, rows.0.rights, rows.0.last");
	expect_get("rows.1.last", -EISDIR, "rows.1.last.word, rows.1.last.n");
	expect_get("more.1", -EISDIR, "more.1.word, more.1.n");
	expect_get("rec", -EISDIR, "rec.x, rec.rows");
	b.failed = true;
	assert_int_equal(iom_res_get(&res, "strs", &b), -ENOMEM);
}

static void test_limits(void **state)
{
	static const uint64_t edges[] = { 0x7fffffff,  0x80000000, 0xffffffff,
					  0x100000000, INT64_MAX,  UINT64_MAX };
	static const char *const dec[] = { "2147483647",	  "2147483648",
					   "4294967295",	  "4294967296",
					   "9223372036854775807", "18446744073709551615" };
	static const char *const hex[] = {
		"0x7fffffff",  "0x80000000",	     "0xffffffff",
		"0x100000000", "0x7fffffffffffffff", "0xffffffffffffffff"
	};

	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(edges); i++) {
		char want[256];

		iom_res_begin(&res, all_cols);
		iom_set_uint(res.top, ID, edges[i]);
		iom_set_uint(res.top, SIZE, edges[i]);
		iom_set_uint(res.top, ADDR, edges[i]);
		iom_set_uint(res.top, ANY, edges[i]);
		snprintf(want, sizeof(want),
			 "{\"schema\":\"t/1\",\"id\":%s,\"size\":%s,\"addr\":\"%s\",\"any\":%s}\n",
			 dec[i], dec[i], hex[i], dec[i]);
		expect_json(want);
		expect_get("id", 0, dec[i]);
		expect_get("size", 0, dec[i]);
		expect_get("addr", 0, hex[i]);
	}
	expect_text("id=18446744073709551615  size=18446744073709551615  "
		    "addr=0xffffffffffffffff  any=18446744073709551615\n");
	iom_res_begin(&res, all_cols);
	iom_set_int(res.top, NUM, INT64_MIN);
	expect_json("{\"schema\":\"t/1\",\"num\":-9223372036854775808}\n");
	expect_text("num=-9223372036854775808\n");
	iom_set_int(res.top, NUM, -2147483649LL);
	expect_get("num", 0, "-2147483649");
	/* Any value that is not zero is true, also one whose low half is zero. */
	iom_set_uint(res.top, OK, 0x100000000);
	expect_get("ok", 0, "true");
}

static void expect_clean(const char *in, const char *text, const char *json)
{
	char want[256];

	iom_res_begin(&res, all_cols);
	iom_set_str(res.top, STR, in);
	snprintf(want, sizeof(want), "str=%s\n", text);
	expect_text(want);
	snprintf(want, sizeof(want), "{\"schema\":\"t/1\",\"str\":\"%s\"}\n", json);
	expect_json(want);
	expect_get("str", 0, in);
}

#define FFFD "\xef\xbf\xbd"

static void test_hostile_strings(void **state)
{
	(void)state;
	expect_clean("\033[31m\a", "\\x1b[31m\\x07", "\\u001b[31m\\u0007");
	expect_clean("a\nb\tc\r", "a\\x0ab\\x09c\\x0d", "a\\nb\\tc\\r");
	expect_clean("a\x7f-\x7f", "a\\x7f-\\x7f", "a\\u007f-\\u007f");
	expect_clean("\\x1b", "\\x5cx1b", "\\\\x1b");
	expect_clean("\xff\xfe", "\\xff\\xfe", FFFD FFFD);
	expect_clean("\xc3", "\\xc3", FFFD); /* cut short */
	expect_clean("\xc0\xaf", "\\xc0\\xaf", FFFD FFFD); /* too long a form */
	expect_clean("\xe0\x80\xaf", "\\xe0\\x80\\xaf", FFFD FFFD FFFD);
	expect_clean("\xed\xa0\x80", "\\xed\\xa0\\x80", FFFD FFFD FFFD); /* surrogate */
	expect_clean("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", FFFD FFFD FFFD FFFD);
	expect_clean("\xf0\x9f", "\\xf0\\x9f", FFFD FFFD);
	expect_clean("\xc2\x9b", "\\xc2\\x9b", "\\u009b"); /* C1 control */
	expect_clean("\xc2\xa0\xc2\x80", "\\xc2\\xa0\\xc2\\x80", "\xc2\xa0\\u0080");
	expect_clean("\xe2\x80\xae", "\\xe2\\x80\\xae", "\xe2\x80\xae"); /* bidi override */
	expect_clean("\xc3\xa9", "\\xc3\\xa9", "\xc3\xa9");
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	expect_clean("\xc3\xa9\xf0\x9f\x98\x80", "\xc3\xa9\xf0\x9f\x98\x80",
		     "\xc3\xa9\xf0\x9f\x98\x80");
	expect_clean("\xc3\xa9\xff", "\xc3\xa9\\xff", "\xc3\xa9" FFFD);
	expect_clean("\xc2\x9b", "\\xc2\\x9b", "\\u009b");
	setlocale(LC_CTYPE, "C");
}

/* The table must come back, aligned, whatever the bytes and the locale. */
static void test_hostile_table(void **state)
{
	static const char *const locales[] = { "C", "C.UTF-8" };
	char all[256];

	(void)state;
	for (int i = 1; i < 256; i++)
		all[i - 1] = (char)i;
	all[255] = '\0';
	for (size_t i = 0; i < IOM_ARRAY_SIZE(locales); i++) {
		_iom_free_ char *text = NULL;

		assert_non_null(setlocale(LC_CTYPE, locales[i]));
		iom_res_begin(&res, all_cols);
		iom_set_str(iom_add_rec(res.top, MORE), 0, all);
		iom_set_str(iom_add_rec(res.top, MORE), 0, "\xc2\x80\xcd\xb8\xf3\xa0\x80\x81");
		text = text_of(&plain);
		assert_non_null(strstr(text, "\\x80\\x81"));
		iom_res_begin(&res, all_cols);
		iom_set_str(iom_add_rec(res.top, MORE), 0, "a\033\n\xff");
		iom_set_str(iom_add_rec(res.top, MORE), 0, "b");
		expect_text("WORD          N\na\\x1b\\x0a\\xff -\nb             -\n");
	}
	setlocale(LC_CTYPE, "C");
}

static void test_wide_when_piped(void **state)
{
	_iom_free_ char *word = malloc(100001), *text = NULL;

	(void)state;
	assert_non_null(word);
	memset(word, 'z', 100000);
	word[100000] = '\0';
	iom_set_str(iom_add_rec(res.top, MORE), 0, word);
	text = text_of(&plain);
	assert_non_null(strstr(text, word));
}

/* Renders to a terminal of 40 columns; returns the longest line. */
/* Columns that no row has are left out; pieces have a line for each record. */
static void test_sparse_and_lines(void **state)
{
	static const struct iom_col item_cols[] = {
		{ .name = "a", .type = IOM_T_UINT },
		{ .name = "b", .type = IOM_T_STR, .flags = IOM_COL_OPT | IOM_COL_SPARSE },
		{ .name = "c", .type = IOM_T_HEX, .flags = IOM_COL_OPT | IOM_COL_SPARSE },
		{ .name = "d", .type = IOM_T_UINT, .flags = IOM_COL_HIDE },
		{ .name = NULL },
	};
	static const struct iom_col cols[] = {
		{ .name = "n", .type = IOM_T_UINT },
		{ .name = "items", .type = IOM_T_LIST, .cols = item_cols },
		{ .name = NULL },
	};
	struct iom_rec *r;
	char *out = NULL;
	size_t len;
	FILE *f;

	(void)state;
	iom_res_begin(&res, cols);
	for (unsigned int i = 0; i < 2; i++) {
		r = iom_add_rec(res.top, 1);
		iom_set_uint(r, 0, i);
		iom_set_uint(r, 3, 7);
	}
	expect_text("A\n0\n1\n");
	iom_set_str(r, 1, "x y");
	expect_text("A B\n0 -\n1 x y\n");
	iom_set_uint(res.top, 0, 5);
	f = open_memstream(&out, &len);
	assert_non_null(f);
	assert_int_equal(iom_render_lines(&res, f), 0);
	fclose(f);
	assert_string_equal(out, "a=0\na=1  b=\"x y\"\n");
	free(out);
	res.failed = true;
	assert_int_equal(iom_render_lines(&res, stderr), -ENOMEM);
}

static size_t longest_on_tty(char *out, size_t size)
{
	struct winsize w = { .ws_row = 24, .ws_col = 40 };
	int pt = posix_openpt(O_RDWR | O_NOCTTY), fd;
	size_t len = 0, longest = 0, line = 0;
	FILE *f;

	assert_true(pt >= 0);
	assert_int_equal(grantpt(pt), 0);
	assert_int_equal(unlockpt(pt), 0);
	fd = open(ptsname(pt), O_RDWR | O_NOCTTY);
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, TIOCSWINSZ, &w), 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	assert_int_equal(iom_render_text(&res, NULL, f), 0);
	fputc('\f', f);
	assert_int_equal(fflush(f), 0);
	while (!len || out[len - 1] != '\f') {
		ssize_t n = read(pt, out + len, size - 1 - len);

		assert_true(n > 0);
		len += (size_t)n;
	}
	fclose(f);
	close(pt);
	out[len] = '\0';
	for (size_t i = 0; i < len; i++) {
		line = out[i] == '\n' || out[i] == '\r' ? 0 : line + 1;
		longest = line > longest ? line : longest;
	}
	return longest;
}

static void test_terminal_width(void **state)
{
	struct iom_rec *r;
	char out[4096];

	(void)state;
	r = iom_add_rec(res.top, MORE);
	iom_set_str(r, 0, "a text that is much longer than the terminal is wide, on purpose");
	iom_set_uint(r, 1, UINT64_MAX);
	assert_true(longest_on_tty(out, sizeof(out)) <= 41);
	assert_non_null(strstr(out, "18446744073709551615"));
	assert_non_null(strstr(out, "purpose"));
}

static void test_color(void **state)
{
	_iom_free_ char *text = NULL;

	(void)state;
	iom_set_str(iom_add_rec(res.top, MORE), 0, "w");
	text = text_of(&color);
	assert_non_null(strstr(text, "\033[1mWORD"));
	assert_null(strstr(strstr(text, "w"), "\033"));
}

static void test_json_forms(void **state)
{
	_iom_free_ char *text = NULL, *bare = NULL;
	struct json_object *doc;

	(void)state;
	fill_scalars();
	fill_nested();
	text = json_of("t/1", &pretty);
	assert_non_null(strchr(strchr(text, '\n') + 1, '\n'));
	doc = json_tokener_parse(text);
	assert_non_null(doc);
	json_object_put(doc);
	iom_res_begin(&res, all_cols);
	iom_set_uint(res.top, ID, 1);
	bare = json_of(NULL, NULL);
	assert_string_equal(bare, "{\"id\":1}\n");
}

static void test_shell(void **state)
{
	static const struct iom_col var_cols[] = {
		{ .name = "name", .type = IOM_T_STR },
		{ .name = "value", .type = IOM_T_STR },
		{ .name = NULL },
	};
	static const struct iom_col cols[] = {
		{ .name = "variables", .type = IOM_T_LIST, .cols = var_cols },
		{ .name = NULL },
	};
	_iom_free_ char *out = NULL;
	struct iom_rec *r;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	(void)state;
	assert_non_null(f);
	iom_res_begin(&res, cols);
	assert_int_equal(iom_render_shell(&res, "variables", f), 0);
	r = iom_add_rec(res.top, 0);
	iom_set_str(r, 0, "IOAS");
	iom_set_str(r, 1, "7");
	r = iom_add_rec(res.top, 0);
	iom_set_str(r, 0, "X");
	iom_set_str(r, 1, "it's $(a)");
	assert_int_equal(iom_render_shell(&res, "other", f), 0);
	assert_int_equal(iom_render_shell(&res, "variables", f), 0);
	fclose(f);
	assert_string_equal(out, "IOAS=7\nX='it'\\''s $(a)'\n");
}

static void test_backend_key(void **state)
{
	(void)state;
	res.backend = "emu";
	iom_set_uint(res.top, ID, 1);
	expect_json("{\"schema\":\"t/1\",\"backend\":\"emu\",\"id\":1}\n");
	expect_text("id=1\n");
}

static void test_arena_is_kept(void **state)
{
	const void *block;
	size_t before = 0;

	(void)state;
	for (unsigned int i = 0; i < 100000; i++) {
		unsigned int rows = i * 7919 % 40;

		if (i == 1000)
			before = mallinfo2().uordblks + mallinfo2().hblkhd;
		iom_res_begin(&res, all_cols);
		iom_set_uint(res.top, ID, i);
		iom_set_strf(res.top, STR, "%*u", (int)(i % 600), i);
		for (unsigned int r = 0; r < rows; r++)
			iom_set_str(add_row(res.top, ROWS, r, i), ROW_OWNER, "somebody");
		assert_false(res.failed);
	}
	assert_int_equal(mallinfo2().uordblks + mallinfo2().hblkhd, before);
	block = res.blocks;
	iom_res_begin(&res, all_cols);
	assert_ptr_equal(res.blocks, block);
	assert_ptr_equal(res.block, block);
	expect_text("");
}

/* Values that cross from one block of the arena to the next stay what they were. */
static void test_arena_growth(void **state)
{
	_iom_free_ char *big = malloc(50001);

	(void)state;
	assert_non_null(big);
	memset(big, 'b', 50000);
	big[50000] = '\0';
	iom_set_strf(res.top, STR, "%s%s", big, big);
	for (unsigned int i = 0; i < 5000; i++) {
		struct iom_rec *r = iom_add_rec(res.top, MORE);

		iom_set_strf(r, 0, "word-%u", i);
		iom_set_uint(r, 1, i);
	}
	for (unsigned int i = 0; i < 5000; i += 499) {
		char path[32], want[32];

		snprintf(path, sizeof(path), "more.%u.word", i);
		snprintf(want, sizeof(want), "word-%u", i);
		expect_get(path, 0, want);
	}
	{
		_iom_buf_ struct iom_buf b = { 0 };

		assert_int_equal(iom_res_get(&res, "str", &b), 0);
		assert_int_equal(b.len, 100000);
		assert_int_equal(strspn(b.data, "b"), 100000);
	}
}

static void test_failed_result(void **state)
{
	_iom_buf_ struct iom_buf b = { 0 };
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	/* A wide character that the C locale cannot write makes printf fail. */
	iom_set_strf(res.top, STR, "%lc", (wint_t)0x4e00);
	assert_true(res.failed);
	assert_int_equal(iom_render_text(&res, &plain, f), -ENOMEM);
	assert_int_equal(iom_render_json(&res, "t/1", &plain, f), -ENOMEM);
	assert_int_equal(iom_res_get(&res, "id", &b), -ENOMEM);
	assert_null(iom_res_json(&res, "t/1"));
	assert_int_equal(ftell(f), 0);
	fclose(f);
	iom_res_begin(&res, all_cols);
	assert_false(res.failed);
	/* Setters on a record that could not be made. */
	iom_set_uint(NULL, ID, 1);
	iom_set_int(NULL, NUM, 1);
	iom_set_str(NULL, STR, "s");
	iom_set_strf(NULL, STR, "s");
	iom_set_null(NULL, ID);
	iom_add_str(NULL, STRS, "s");
	iom_open_list(NULL, MORE);
	assert_null(iom_add_rec(NULL, MORE));
}

#ifndef HAVE_ASAN
/* In a child with little memory, fills a result until there is none. 0 when all went well. */
static int starve(void)
{
	struct rlimit lim = { 64UL << 20, 64UL << 20 };
	FILE *f = fopen("/dev/null", "w");

	if (!f || setrlimit(RLIMIT_AS, &lim))
		return 2;
	for (unsigned int i = 0; i < 10000000 && !res.failed; i++) {
		struct iom_rec *r = iom_add_rec(res.top, MORE);

		iom_set_str(r, 0, "word");
		iom_add_str(res.top, STRS, "more");
	}
	if (!res.failed)
		return 3;
	if (iom_render_text(&res, NULL, f) != -ENOMEM)
		return 4;
	iom_res_begin(&res, all_cols);
	return res.failed || !res.top ? 5 : 0;
}

static void test_out_of_memory(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(starve());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}
#endif

static void test_full_disk(void **state)
{
	struct iom_err err = { .what = "w" };
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	iom_set_uint(res.top, ID, 1);
	assert_int_equal(iom_render_text(&res, &plain, f), -ENOSPC);
	assert_int_equal(iom_render_json(&res, "t/1", &plain, f), -ENOSPC);
	assert_int_equal(iom_render_error_json(&err, &plain, f), -ENOSPC);
	iom_render_error(&err, &plain, f);
	fclose(f);
	/* Buffered: the error comes with the flush, or sticks to the stream. */
	f = fopen("/dev/full", "w");
	assert_non_null(f);
	assert_int_equal(iom_render_text(&res, &plain, f), 0);
	assert_int_equal(fflush(f), EOF);
	assert_true(iom_render_text(&res, &plain, f) < 0);
	fclose(f);
}

static char *error_of(const struct iom_err *err, const struct iom_style *st, bool json)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	if (json)
		assert_int_equal(iom_render_error_json(err, st, f), 0);
	else
		iom_render_error(err, st, f);
	fclose(f);
	return out;
}

static void expect_error(const struct iom_err *err, const char *text, const char *json)
{
	_iom_free_ char *t = error_of(err, &plain, false), *j = error_of(err, &plain, true);

	assert_string_equal(t, text);
	assert_string_equal(j, json);
}

#define ERR_HEAD "{\"schema\":\"iommuctl.error/1\",\"error\":{"

static void test_error(void **state)
{
	struct iom_err err = {
		.code = -EINVAL,
		.exit = IOM_EXIT_REFUSED,
		.op = "IOMMU_IOAS_MAP",
		.field = "iova",
		.cause = "map-reserved",
		.what = "map 0x1000 bytes at 0x8000000",
		.fact = "iova 0x8000000 lies in reserved region 0x8000000-0x80fffff (msi)",
		.hint = "choose another IOVA",
	};
	_iom_free_ char *bold = error_of(&err, &color, false);

	(void)state;
	expect_error(&err,
		     "iommuctl: map 0x1000 bytes at 0x8000000: IOMMU_IOAS_MAP: "
		     "EINVAL (Invalid argument)\n"
		     "  fact: iova 0x8000000 lies in reserved region "
		     "0x8000000-0x80fffff (msi)\n"
		     "  hint: choose another IOVA\n",
		     ERR_HEAD
		     "\"call\":\"IOMMU_IOAS_MAP\",\"errno\":\"EINVAL\","
		     "\"message\":\"map 0x1000 bytes at 0x8000000\",\"field\":\"iova\","
		     "\"cause\":\"map-reserved\",\"fact\":\"iova 0x8000000 lies in reserved "
		     "region 0x8000000-0x80fffff (msi)\",\"hint\":\"choose another IOVA\","
		     "\"exit\":1}}\n");
	assert_int_equal(strncmp(bold, "\033[1miommuctl: \033[0mmap ", 22), 0);
}

static void test_error_sparse(void **state)
{
	struct iom_err err = { .exit = IOM_EXIT_USAGE, .what = "iommuctl: missing --ioas" };

	(void)state;
	expect_error(&err, "iommuctl: missing --ioas\n",
		     ERR_HEAD "\"message\":\"missing --ioas\",\"exit\":2}}\n");
	err = (struct iom_err){ .code = -ENOENT, .what = "open /dev/iommu" };
	expect_error(&err, "iommuctl: open /dev/iommu: ENOENT (No such file or directory)\n",
		     ERR_HEAD
		     "\"errno\":\"ENOENT\",\"message\":\"open /dev/iommu\",\"exit\":5}}\n");
	err = (struct iom_err){ .code = -4000, .op = "IOMMU_X" };
	expect_error(&err, "iommuctl: IOMMU_X: E? (unknown error)\n",
		     ERR_HEAD "\"call\":\"IOMMU_X\",\"errno\":\"E?\",\"exit\":1}}\n");
	err = (struct iom_err){ 0 };
	expect_error(&err, "iommuctl: failed\n", ERR_HEAD "}}\n");
	err = (struct iom_err){ .what = "a\nb\033", .fact = "c\r\nd", .hint = "\xff" };
	expect_error(&err, "iommuctl: a b\\x1b\n  fact: c  d\n  hint: \\xff\n",
		     ERR_HEAD "\"message\":\"a\\nb\\u001b\",\"fact\":\"c\\r\\nd\","
			      "\"hint\":\"" FFFD "\"}}\n");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_scalars),
		TEST(test_one_line),
		TEST(test_absent_null_empty),
		TEST(test_only_empty_list),
		TEST(test_one_element),
		TEST(test_nested),
		TEST(test_record_and_tables),
		TEST(test_get_errors),
		TEST(test_limits),
		TEST(test_hostile_strings),
		TEST(test_hostile_table),
		TEST(test_wide_when_piped),
		TEST(test_terminal_width),
		TEST(test_color),
		TEST(test_json_forms),
		TEST(test_backend_key),
		TEST(test_shell),
		TEST(test_sparse_and_lines),
		TEST(test_arena_is_kept),
		TEST(test_arena_growth),
		TEST(test_failed_result),
#ifndef HAVE_ASAN
		TEST(test_out_of_memory),
#endif
		TEST(test_full_disk),
		TEST(test_error),
		TEST(test_error_sparse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
