/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulator's allocator: pieces of all sizes, what is given back, children, failures. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/alloc.h"
#include "emu/lock.h"
#include "iommuctl/emu.h"

#define N 3000

static unsigned int rnd(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 8;
}

static size_t pick_size(unsigned int *seed)
{
	unsigned int r = rnd(seed);

	return r % 100 < 97 ? r / 100 % 700 : r / 100 % 200000;
}

static void check_filled(const unsigned char *p, size_t n, unsigned char with)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != with)
			fail_msg("byte %zu of %zu is %u, not %u", i, n, p[i], with);
}

/* Pieces live next to each other, change size, go and come, and keep what is in them. */
static void churn(unsigned int seed)
{
	static const unsigned char zeros[700];
	struct {
		unsigned char *p;
		size_t n;
		unsigned char with;
	} *v = emu_zalloc(N * sizeof(*v));

	assert_non_null(v);
	for (int i = 0; i < 20 * N; i++) {
		unsigned int k = rnd(&seed) % N;
		size_t n = pick_size(&seed), kept = n < v[k].n ? n : v[k].n;

		if (v[k].p && rnd(&seed) % 2) {
			check_filled(v[k].p, v[k].n, v[k].with);
			emu_free(v[k].p);
			v[k].p = NULL;
			continue;
		}
		if (v[k].p) {
			v[k].p = emu_realloc(v[k].p, n);
			assert_non_null(v[k].p);
			check_filled(v[k].p, kept, v[k].with);
		} else {
			v[k].p = emu_zalloc(n);
			assert_non_null(v[k].p);
			assert_memory_equal(v[k].p, zeros, n < sizeof(zeros) ? n : sizeof(zeros));
		}
		assert_int_equal((uintptr_t)v[k].p % 16, 0);
		v[k].n = n;
		v[k].with = (unsigned char)i;
		memset(v[k].p, v[k].with, n);
	}
	for (int k = 0; k < N; k++) {
		if (v[k].p)
			check_filled(v[k].p, v[k].n, v[k].with);
		emu_free(v[k].p);
	}
	emu_free(v);
}

static void test_churn(void **state)
{
	(void)state;
	churn(1);
	churn(2);
}

/* As many small pieces as fill several slabs, twice: the second time in the same memory. */
static void test_many(void **state)
{
	enum { COUNT = 20000 };
	void **p = emu_alloc(COUNT * sizeof(*p));

	(void)state;
	assert_non_null(p);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < COUNT; i++) {
			p[i] = emu_alloc(96);
			assert_non_null(p[i]);
			memset(p[i], i, 96);
		}
		for (int i = 0; i < COUNT; i++) {
			check_filled(p[i], 96, (unsigned char)i);
			emu_free(p[i]);
		}
	}
	emu_free(p);
	emu_free(NULL);
}

static void test_fail(void **state)
{
	void *p, *q;

	(void)state;
	iom_emu_fail_nth(2);
	assert_int_equal(iom_emu_fail_left(), 2);
	p = emu_alloc(8);
	assert_non_null(p);
	assert_int_equal(iom_emu_fail_left(), 1);
	assert_null(emu_realloc(p, 100000));
	assert_int_equal(iom_emu_fail_left(), 0);
	q = emu_realloc(p, 100000); /* once only */
	assert_non_null(q);
	emu_free(q);
	iom_emu_fail_nth(1);
	assert_true(emu_should_fail());
	assert_false(emu_should_fail());
	iom_emu_fail_nth(7);
	iom_emu_fail_nth(0);
	assert_int_equal(iom_emu_fail_left(), 0);
}

static struct emu_lock lock;
static long counter;

static void *work(void *arg)
{
	churn(*(unsigned int *)arg);
	for (int i = 0; i < 20000; i++) {
		emu_lock_take(&lock);
		counter++;
		emu_lock_drop(&lock);
	}
	return NULL;
}

static void test_threads(void **state)
{
	unsigned int seeds[4] = { 3, 4, 5, 6 };
	pthread_t t[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, work, &seeds[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(counter, 80000);
}

/* A child's memory is its parent's: what one takes the other does not get, and it can be freed. */
static void test_shared(void **state)
{
	enum { COUNT = 1000 };
	void *before = emu_alloc(1000), **p;
	pid_t pid;
	int status;

	(void)state;
	assert_non_null(before);
	assert_int_equal(emu_alloc_share(), 0);
	assert_int_equal(emu_alloc_share(), 0);
	assert_true(emu_alloc_is_shared());
	before = emu_realloc(before, 5000);
	assert_non_null(before);
	p = emu_zalloc(2 * COUNT * sizeof(*p));
	assert_non_null(p);
	pid = fork();
	assert_return_code(pid, 0);
	for (int i = 0; i < COUNT; i++) {
		int k = pid ? i : COUNT + i;

		p[k] = emu_alloc(200);
		if (!p[k])
			_exit(1);
		memset(p[k], pid ? 1 : 2, 200);
	}
	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	for (int k = 0; k < 2 * COUNT; k++) {
		check_filled(p[k], 200, k < COUNT ? 1 : 2);
		emu_free(p[k]);
	}
	emu_free(p);
	emu_free(before);
	churn(7); /* now all of it in shared memory */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_churn),  cmocka_unit_test(test_many),
		cmocka_unit_test(test_fail),   cmocka_unit_test(test_threads),
		cmocka_unit_test(test_shared), /* last: there is no way back */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
