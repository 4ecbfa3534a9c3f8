/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers, sizes, the nearest word, the text buffer and the error record. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "iommuctl/base.h"

struct num_case {
	const char *text;
	int rc;
	uint64_t value;
};

static void test_u64(void **state)
{
	static const struct num_case cases[] = {
		{ "0", 0, 0 },
		{ "42", 0, 42 },
		{ "007", 0, 7 },
		{ "0x0", 0, 0 },
		{ "0xfee00000", 0, 0xfee00000 },
		{ "0XdeadBEEF", 0, 0xdeadbeef },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "0xffffffffffffffff", 0, UINT64_MAX },
		{ "0x00000000000000000001", 0, 1 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "99999999999999999999", -ERANGE, 0 },
		{ "0x10000000000000000", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "0x", -EINVAL, 0 },
		{ "x", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1K", -EINVAL, 0 },
		{ "0x1g", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(cases); i++) {
		uint64_t v = 12345;
		int rc = iom_parse_u64(cases[i].text, &v);

		if (rc != cases[i].rc || v != (rc ? 12345 : cases[i].value))
			fail_msg("'%s': %d, %" PRIu64, cases[i].text, rc, v);
	}
}

static void test_size(void **state)
{
	static const struct num_case cases[] = {
		{ "0", 0, 0 },
		{ "4096", 0, 4096 },
		{ "0x1000", 0, 4096 },
		{ "4K", 0, 4096 },
		{ "4k", 0, 4096 },
		{ "4KiB", 0, 4096 },
		{ "512K", 0, 512 << 10 },
		{ "2M", 0, 2 << 20 },
		{ "0x10M", 0, 16 << 20 },
		{ "1G", 0, 1 << 30 },
		{ "3T", 0, 3ULL << 40 },
		{ "16777215T", 0, 16777215ULL << 40 },
		{ "16777216T", -ERANGE, 0 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "K", -EINVAL, 0 },
		{ "4KB", -EINVAL, 0 },
		{ "4Ki", -EINVAL, 0 },
		{ "4KiBx", -EINVAL, 0 },
		{ "4 K", -EINVAL, 0 },
		{ "4KK", -EINVAL, 0 },
		{ "4P", -EINVAL, 0 },
		{ "-4K", -EINVAL, 0 },
		{ "1.5M", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(cases); i++) {
		uint64_t v = 12345;
		int rc = iom_parse_size(cases[i].text, &v);

		if (rc != cases[i].rc || v != (rc ? 12345 : cases[i].value))
			fail_msg("'%s': %d, %" PRIu64, cases[i].text, rc, v);
	}
}

/* What is shown can be typed again and means the same. */
static void test_seconds(void **state)
{
	static const struct num_case cases[] = {
		{ "0", 0, 0 },
		{ "0.0", 0, 0 },
		{ "2", 0, 2000000000 },
		{ "0.25", 0, 250000000 },
		{ "1.5", 0, 1500000000 },
		{ "0.000000001", 0, 1 },
		{ "010.100", 0, 10100000000 },
		{ "18446744073.709551615", 0, UINT64_MAX },
		{ "18446744073.709551616", -ERANGE, 0 },
		{ "18446744074", -ERANGE, 0 },
		{ "99999999999999999999", -ERANGE, 0 },
		{ "0.0000000001", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ ".5", -EINVAL, 0 },
		{ "1.", -EINVAL, 0 },
		{ "1.5.", -EINVAL, 0 },
		{ "1,5", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "1s", -EINVAL, 0 },
		{ "0x1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "inf", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(cases); i++) {
		uint64_t v = 12345;
		int rc = iom_parse_seconds(cases[i].text, &v);

		if (rc != cases[i].rc || v != (rc ? 12345 : cases[i].value))
			fail_msg("'%s': %d, %" PRIu64, cases[i].text, rc, v);
	}
}

static void test_size_round_trip(void **state)
{
	static const uint64_t values[] = {
		0, 1, 1023, 1024, 1025, 4096, 1 << 20, (1 << 20) + 1, 5ULL << 30, 7ULL << 40,
		1ULL << 63, UINT64_MAX,
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(values); i++) {
		uint64_t back;

		assert_int_equal(iom_parse_size(iom_format_size(values[i], buf, sizeof(buf)), &back), 0);
		assert_int_equal(back, values[i]);
	}
	assert_string_equal(iom_format_size(512 << 10, buf, sizeof(buf)), "512K");
	assert_string_equal(iom_format_size(1000, buf, sizeof(buf)), "1000");
	assert_string_equal(iom_format_size(1ULL << 50, buf, sizeof(buf)), "1024T");
}

static const char *nth(const void *arg, size_t i)
{
	return ((const char *const *)arg)[i];
}

static void test_nearest(void **state)
{
	static const char *const words[] = { "ioas", "option", "mock", "reserved", NULL };

	(void)state;
	assert_string_equal(iom_nearest("iaos", nth, words), "ioas");
	assert_string_equal(iom_nearest("optoin", nth, words), "option");
	assert_string_equal(iom_nearest("resreved", nth, words), "reserved");
	assert_string_equal(iom_nearest("res", nth, words), "reserved");
	assert_null(iom_nearest("zebra-crossing", nth, words));
	assert_null(iom_nearest("a-word-that-is-longer-than-any-word-of-ours", nth, words));
}

static void test_buf(void **state)
{
	struct iom_buf b = { 0 };
	char *big = malloc(5001);

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 5000);
	big[5000] = '\0';
	iom_buf_puts(&b, "a");
	iom_buf_printf(&b, "%d-%s", 7, "b");
	iom_buf_add(&b, "\0c", 2);
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "a7-b\0c", 7);
	iom_buf_printf(&b, "%s", big);
	assert_int_equal(b.len, 5006);
	assert_false(b.failed);
	iom_buf_add(&b, "", SIZE_MAX);
	assert_true(b.failed);
	iom_buf_puts(&b, "ignored");
	assert_int_equal(b.len, 5006);
	iom_buf_free(&b);
	assert_null(b.data);
	free(big);
}

static void test_err(void **state)
{
	struct iom_err e = { .code = -EBUSY };
	char big[1000];

	(void)state;
	assert_int_equal(iom_fail(&e, IOM_EXIT_BUSY, "object %d", 4), -EBUSY);
	assert_string_equal(e.what, "object 4");
	assert_int_equal(e.exit, IOM_EXIT_BUSY);
	e.code = 0;
	assert_int_equal(iom_fail(&e, IOM_EXIT_USAGE, "no"), -EINVAL);
	memset(big, 'y', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	iom_fact(&e, "%s", big);
	assert_int_equal(strlen(e.fact), sizeof(e.fact) - 1);
	assert_string_equal(iom_errno_name(-ENOTTY), "ENOTTY");
	assert_string_equal(iom_errno_name(EINVAL), "EINVAL");
	assert_string_equal(iom_errno_name(100000), "E?");
}

static void test_exit_codes(void **state)
{
	(void)state;
	assert_int_equal(iom_exit_of_errno(0), 0);
	assert_int_equal(iom_exit_of_errno(-EINVAL), 1);
	assert_int_equal(iom_exit_of_errno(-ENOTTY), 3);
	assert_int_equal(iom_exit_of_errno(-EOPNOTSUPP), 3);
	assert_int_equal(iom_exit_of_errno(-EPERM), 4);
	assert_int_equal(iom_exit_of_errno(EACCES), 4);
	assert_int_equal(iom_exit_of_errno(-ENOENT), 5);
	assert_int_equal(iom_exit_of_errno(-EBUSY), 6);
}

static void test_bdf(void **state)
{
	static const char *const wrong[] = {
		"", "0", "00:02", "00:02.", "00:02.8", "00:20.0", "0:02.0", "000:00:02.0", "00:02.0 ",
		" 00:02.0", "0000:00:02.00", "g000:00:02.0", "0000:00:02.0x", "0000:00:02:0",
		"123456789:00:02.0", "0000:000:02.0", "vfio0", "0000::02.0", ":00:02.0",
	};
	char buf[20];

	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(wrong); i++)
		assert_int_equal(iom_parse_bdf(wrong[i], buf, sizeof(buf)), -EINVAL);
	assert_int_equal(iom_parse_bdf("00:02.0", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "0000:00:02.0");
	assert_int_equal(iom_parse_bdf("ABCD:Fe:1f.7", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "abcd:fe:1f.7");
	assert_int_equal(iom_parse_bdf("12345678:00:1F.0", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "12345678:00:1f.0");
	assert_int_equal(iom_parse_bdf("00:02.0", buf, 12), -ERANGE);
}

static void test_uuid(void **state)
{
	static const char *const wrong[] = {
		"", "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeeff0",
		"001122334455-6677-8899-aabbccddeeff00", "0011223g-4455-6677-8899-aabbccddeeff",
		"{00112233-4455-6677-8899-aabbccddeeff}", "00112233445566778899aabbccddeeff",
		"00112233-4455-6677-8899-aabbccddeeff ", "00112233-44556-677-8899-aabbccddeeff",
	};
	uint8_t uuid[16];

	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(wrong); i++)
		assert_int_equal(iom_parse_uuid(wrong[i], uuid), -EINVAL);
	assert_int_equal(iom_parse_uuid("00112233-4455-6677-8899-AAbbccddeeff", uuid), 0);
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(uuid[i], i * 0x11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bdf),
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_u64),	cmocka_unit_test(test_size),
		cmocka_unit_test(test_seconds), cmocka_unit_test(test_size_round_trip), cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_buf),	cmocka_unit_test(test_err),
		cmocka_unit_test(test_exit_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
