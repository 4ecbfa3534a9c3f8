/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Areas within runs of IOVAs and across them, against a plain array: what is refused, what is found
 * and in which order. The mappings have no pages present, and are of any size.
 */
#include "emu_calls.h"

#include "emu/internal.h"

#define RUN	 (UINT64_C(1) << EMU_RUN_SHIFT)
#define RUNS	 40
#define MAX_KEPT 400
#define OPS	 20000

static struct range {
	uint64_t start, last;
} kept[MAX_KEPT];
static size_t n_kept;
static unsigned int seed = 2026;

static uint64_t any(uint64_t n)
{
	return (((uint64_t)rand_r(&seed) << 31) ^ (uint64_t)rand_r(&seed)) % n;
}

static struct range any_range(uint64_t most)
{
	uint64_t start = any(RUNS * RUN / PAGE) * PAGE;

	/* often at the border of a run */
	if (!any(4))
		start &= ~(RUN - 1);
	return (struct range){ start, start + (any(most / PAGE) + 1) * PAGE - 1 };
}

static size_t first_in(uint64_t start, uint64_t last)
{
	size_t i = 0;

	while (i < n_kept && kept[i].last < start)
		i++;
	return i < n_kept && kept[i].start <= last ? i : n_kept;
}

static void keep(struct range r)
{
	size_t i = n_kept++;

	for (; i && kept[i - 1].start > r.start; i--)
		kept[i] = kept[i - 1];
	kept[i] = r;
}

static void forget(size_t i)
{
	memmove(&kept[i], &kept[i + 1], (--n_kept - i) * sizeof(kept[0]));
}

static void map_some(uint32_t ioas)
{
	struct range r = any_range(any(6) ? 64 * PAGE : 3 * RUN);
	uint64_t length = r.last - r.start + 1;
	bool taken = first_in(r.start, r.last) < n_kept;

	if (n_kept == MAX_KEPT)
		return;
	assert_int_equal(map_at(ioas, buf, length, r.start), taken ? -EEXIST : 0);
	if (!taken)
		keep(r);
}

static void unmap_some(uint32_t ioas)
{
	struct range r = any_range(any(3) ? 64 * PAGE : 2 * RUN);
	uint64_t bytes = 0, done;
	int rc = 0;
	size_t i;

	if (n_kept && any(2))
		r = kept[any(n_kept)];
	while (!rc && (i = first_in(r.start, r.last)) < n_kept) {
		if (kept[i].start < r.start || kept[i].last > r.last) {
			rc = -ENOENT;
		} else {
			bytes += kept[i].last - kept[i].start + 1;
			forget(i);
		}
	}
	if (!bytes)
		rc = -ENOENT;
	assert_int_equal(unmap(ioas, r.start, r.last - r.start + 1, &done), rc);
	if (!rc)
		assert_int_equal(done, bytes);
}

static struct emu_ioas *ioas_of(uint32_t id)
{
	return emu_ioas_get(emu_file_of(emu, fd)->ctx, id);
}

/* As type 1 of VFIO does it when it takes out a part. */
static void cut_some(uint32_t ioas)
{
	size_t i = any(n_kept);
	struct range r = kept[i];
	uint64_t half = (r.last - r.start + 1) / 2 & ~(uint64_t)(PAGE - 1);

	if (!half || n_kept == MAX_KEPT)
		return;
	assert_int_equal(emu_pt_split(ioas_of(ioas), r.start + half - 1), 0);
	kept[i].last = r.start + half - 1;
	r.start += half;
	keep(r);
}

static void compare(uint32_t ioas)
{
	const struct emu_ioas *o = ioas_of(ioas);
	struct range w = any_range(3 * RUN);
	const struct emu_area *a = emu_area_first(o, 0, UINT64_MAX);

	for (size_t i = 0; i < n_kept; i++, a = emu_area_next(a, 0, UINT64_MAX)) {
		assert_non_null(a);
		assert_int_equal(a->node.start, kept[i].start);
		assert_int_equal(a->node.last, kept[i].last);
	}
	assert_null(a);
	a = emu_area_first(o, w.start, w.last);
	for (size_t i = first_in(w.start, w.last); i < n_kept && kept[i].start <= w.last; i++) {
		assert_int_equal(a->node.start, kept[i].start);
		a = emu_area_next(a, w.start, w.last);
	}
	assert_null(a);
}

static void test_model(void **state)
{
	uint32_t ioas = ioas_alloc();
	uint64_t n;

	(void)state;
	for (unsigned int i = 0; i < OPS; i++) {
		if (any(2))
			map_some(ioas);
		else if (any(8) || !n_kept)
			unmap_some(ioas);
		else
			cut_some(ioas);
		if (i % 16 == 0)
			compare(ioas);
		/* now and then nothing is wide */
		if (i % 1000 == 999) {
			assert_int_equal(unmap(ioas, 0, UINT64_MAX, &n), 0);
			n_kept = 0;
		}
	}
	assert_int_equal(destroy(ioas), 0);
}

/* A wide area that is cut stays where it is, also when what is left would fit in a run. */
static void test_cut(void **state)
{
	uint32_t ioas = ioas_alloc();

	(void)state;
	n_kept = 0;
	for (uint64_t i = 0; i < 12; i++) {
		struct range r = { (2 * i + 1) * RUN - 4 * PAGE, (2 * i + 1) * RUN + 4 * PAGE - 1 };

		assert_int_equal(map_at(ioas, buf, 8 * PAGE, r.start), 0);
		keep(r);
	}
	for (int i = 0; i < 30; i++) {
		cut_some(ioas);
		compare(ioas);
	}
	while (n_kept) {
		assert_int_equal(unmap(ioas, kept[0].start, kept[0].last - kept[0].start + 1, NULL), 0);
		forget(0);
		compare(ioas);
	}
}

static void test_reach(void **state)
{
	struct iom_ioas_map m = { .flags = FIXED, .iova = RUN, .length = RUN };
	struct iom_ioas_unmap u = { .iova = RUN, .length = RUN, .ioas_id = 5 };
	struct emu_reach r;
	unsigned int seen = 0;

	(void)state;
	assert_true(emu_ioas_map_reach(&m, &r));
	assert_true(emu_ioas_unmap_reach(&u, &r));
	assert_int_equal(r.start, RUN);
	assert_int_equal(r.last, 2 * RUN - 1);
	assert_int_equal(r.ioas_id, 5);
	m.flags = 0;
	assert_false(emu_ioas_map_reach(&m, &r));
	u.iova++;
	assert_false(emu_ioas_unmap_reach(&u, &r));
	u.length = 0;
	assert_false(emu_ioas_unmap_reach(&u, &r));
	u.length = UINT64_MAX;
	assert_false(emu_ioas_unmap_reach(&u, &r));
	/* what is a power of 2 apart is in different shards */
	for (int shift = 0; shift < 36; shift++) {
		seen = 0;
		for (uint64_t i = 0; i < 4; i++)
			seen |= 1u << emu_shard_of((i << shift) * RUN);
		assert_int_equal(__builtin_popcount(seen), 4);
	}
}

static bool is_apart(uint32_t ioas, uint64_t first_page, uint64_t pages)
{
	struct emu_reach r = { ioas, first_page * PAGE, (first_page + pages) * PAGE - 1 };

	return emu_area_is_apart(emu_file_of(emu, fd)->ctx, &r);
}

/* What a call in a shard must not touch is found out before. */
static void test_apart(void **state)
{
	const uint64_t at = APERTURE / PAGE, border = RUN / PAGE;
	uint32_t ioas = ioas_alloc(), other = ioas_alloc();
	struct iom_test_cmd c = { .size = sizeof(c), .op = IOM_TEST_OP_CREATE_ACCESS };

	(void)state;
	assert_false(is_apart(77, at, 1));
	assert_true(is_apart(ioas, at, 1));
	assert_int_equal(map_at(ioas, buf, PAGE, at * PAGE), 0);
	assert_int_equal(map_at(ioas, buf, PAGE, (at + 1) * PAGE), 0);
	assert_int_equal(map_at(ioas, buf, 2 * PAGE, RUN - PAGE), 0);
	assert_true(is_apart(ioas, at, 1));
	assert_false(is_apart(ioas, at, 2)); /* two areas */
	assert_false(is_apart(ioas, border, 1)); /* of two runs */
	/* pages that somebody else has as well */
	assert_int_equal(copy(other, ioas, PAGE, at * PAGE, at * PAGE), 0);
	assert_false(is_apart(ioas, at, 1));
	assert_false(is_apart(other, at, 1));
	assert_true(is_apart(ioas, at + 1, 1));
	/* whom to ask before it is unmapped */
	c.id = other;
	assert_int_equal(call(IOM_NR_TEST_CMD, &c), 0);
	assert_false(is_apart(other, at + 2, 1));
	/* page tables that follow */
	mock_domain(ioas_alloc());
	assert_true(is_apart(ioas, at + 1, 1));
	mock_domain(ioas);
	assert_false(is_apart(ioas, at + 1, 1));
	iom_emu_close(emu, (int)c.create_access.out_access_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = { T(test_model), T(test_cut), T(test_reach), T(test_apart) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
