/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of SMMUv3, decoded from words made by hand. */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cmd/vevent.h"

static struct iom_smmu_event decode(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3)
{
	uint64_t evt[4] = { htole64(w0), htole64(w1), htole64(w2), htole64(w3) };
	struct iom_smmu_event e;

	iom_smmu_event_decode(evt, &e);
	return e;
}

static void test_names(void **state)
{
	static const struct {
		uint8_t id;
		const char *name;
	} known[] = {
		{ 0x02, "C_BAD_STREAMID" }, { 0x03, "F_STE_FETCH" },	   { 0x04, "C_BAD_STE" },
		{ 0x06, "F_STREAM_DISABLED" }, { 0x08, "C_BAD_SUBSTREAMID" }, { 0x09, "F_CD_FETCH" },
		{ 0x0a, "C_BAD_CD" },	    { 0x10, "F_TRANSLATION" },	   { 0x11, "F_ADDR_SIZE" },
		{ 0x12, "F_ACCESS" },	    { 0x13, "F_PERMISSION" },	   { 0x25, "F_VMS_FETCH" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct iom_smmu_event e = decode(known[i].id, 0, 0, 0);

		assert_int_equal(e.id, known[i].id);
		assert_string_equal(e.name, known[i].name);
	}
	assert_null(decode(0x00, 0, 0, 0).name);
	assert_null(decode(0x7f, 0, 0, 0).name);
	assert_int_equal(decode(0xff, ~0ULL, ~0ULL, ~0ULL).has, 0);
}

/* A stalled privileged read of stage 2 in substream 0x1a, sid 0x8007. */
static void test_translation(void **state)
{
	struct iom_smmu_event e = decode(0x000080070001a810, 0x0000028a80001234, 0xdead000, 0x1234567fff);

	(void)state;
	assert_string_equal(e.name, "F_TRANSLATION");
	assert_int_equal(e.sid, 0x8007);
	assert_true(e.has & IOM_EV_SSID);
	assert_int_equal(e.ssid, 0x1a);
	assert_true(e.has & IOM_EV_IOVA);
	assert_true(e.iova == 0xdead000);
	assert_true(e.has & IOM_EV_STALL);
	assert_true(e.stall);
	assert_int_equal(e.stag, 0x1234);
	assert_true(e.has & IOM_EV_ACCESS);
	assert_true(e.privileged);
	assert_false(e.instruction);
	assert_true(e.read);
	assert_true(e.stage2);
	assert_true(e.has & IOM_EV_IPA);
	assert_true(e.ipa == 0x1234567000);
	assert_true(e.has & IOM_EV_CLASS);
	assert_string_equal(e.fault_class, "in");
	assert_false(e.has & (IOM_EV_TT_READ | IOM_EV_FETCH | IOM_EV_REASON));
}

/* An instruction fetch of stage 1 without a substream, that writes nothing anywhere. */
static void test_stage_1(void **state)
{
	struct iom_smmu_event e = decode(0xffffffffffff0011 & ~(1ULL << 11), 1ULL << 34, 0, ~0ULL);

	(void)state;
	assert_string_equal(e.name, "F_ADDR_SIZE");
	assert_int_equal(e.sid, 0xffffffff);
	assert_false(e.has & (IOM_EV_SSID | IOM_EV_IPA));
	assert_true(e.instruction);
	assert_false(e.read || e.privileged || e.stall || e.stage2);
	assert_string_equal(e.fault_class, "cd");
}

/* What the walk of a table was refused is told of permissions only, and of that class. */
static void test_walk(void **state)
{
	const uint64_t ttd = 1ULL << 40, in = 2ULL << 40, walk_read = 1ULL << 44;
	struct iom_smmu_event e = decode(0x13, ttd | walk_read, 0, 0);

	(void)state;
	assert_true(e.has & IOM_EV_TT_READ);
	assert_true(e.tt_read);
	assert_string_equal(e.fault_class, "ttd");
	e = decode(0x13, ttd, 0, 0);
	assert_true(e.has & IOM_EV_TT_READ);
	assert_false(e.tt_read);
	assert_false(decode(0x13, in | walk_read, 0, 0).has & IOM_EV_TT_READ);
	assert_false(decode(0x12, ttd | walk_read, 0, 0).has & IOM_EV_TT_READ);
	assert_string_equal(decode(0x12, ttd | in, 0, 0).fault_class, "reserved");
}

static void test_fetch(void **state)
{
	struct iom_smmu_event e = decode(0x0000000500000003, 0xabcd, ~0ULL, ~0ULL);

	(void)state;
	assert_string_equal(e.name, "F_STE_FETCH");
	assert_int_equal(e.sid, 5);
	assert_true(e.has & IOM_EV_FETCH);
	assert_true(e.fetch == 0x000ffffffffffff8);
	assert_int_equal(e.reason, 0xabcd);
	assert_false(e.has & (IOM_EV_IOVA | IOM_EV_ACCESS | IOM_EV_STALL | IOM_EV_SSID));
	assert_int_equal(decode(0x02, ~0ULL, ~0ULL, ~0ULL).has, 0);
	assert_int_equal(decode(0x02 | 1 << 11, 0, 0, 0).has, IOM_EV_SSID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_translation),
		cmocka_unit_test(test_stage_1), cmocka_unit_test(test_walk),
		cmocka_unit_test(test_fetch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
