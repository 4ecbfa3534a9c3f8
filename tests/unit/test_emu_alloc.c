/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulator's allocator: pieces of all sizes, what is given back, children, failures. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
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
	p = emu_alloc(100u << 20); /* more than a step of the arena */
	assert_non_null(p);
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
	p = emu_alloc(10);
	assert_non_null(p);
	iom_emu_fail_nth(1);
	assert_null(emu_realloc(p, 12)); /* also where there is room */
	emu_free(p);
	iom_emu_fail_nth(1);
	assert_null(emu_zalloc(5));
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

/* Somebody sleeps until the lock is dropped, for longer than anybody spins. */
static void *wait_for_it(void *arg)
{
	(void)arg;
	emu_lock_take(&lock);
	counter = -counter;
	emu_lock_drop(&lock);
	return NULL;
}

static void wait_once(void)
{
	pthread_t t;

	counter = 5;
	emu_lock_take(&lock);
	assert_int_equal(pthread_create(&t, NULL, wait_for_it, NULL), 0);
	while (__atomic_load_n(&lock.state, __ATOMIC_RELAXED) != 2)
		sched_yield();
	assert_int_equal(counter, 5);
	emu_lock_drop(&lock);
	pthread_join(t, NULL);
	assert_int_equal(counter, -5);
	assert_int_equal(lock.state, 0);
}

static void test_wait(void **state)
{
	(void)state;
	lock = (struct emu_lock){ 0 };
	wait_once();
	assert_int_equal(lock.taken, 2);
	assert_int_equal(lock.heat, 1);
	wait_once();
	assert_int_equal(lock.heat, 2); /* again at once */
	for (int i = 0; i < 100; i++) {
		emu_lock_take(&lock);
		emu_lock_drop(&lock);
	}
	wait_once();
	assert_int_equal(lock.taken, 106);
	assert_int_equal(lock.heat, 0); /* seldom */
	lock.heat = 1000; /* hot: it is left alone for a while */
	wait_once();
	assert_in_range(lock.heat, 1, 100);
}

/* Addresses that this process may still use, in bytes; what it has does not count. */
static void limit_addresses(rlim_t more)
{
	struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu", &pages), 1);
	fclose(f);
	getrlimit(RLIMIT_AS, &l);
	l.rlim_cur = more == RLIM_INFINITY ? l.rlim_max : (rlim_t)pages * 4096 + more;
	assert_int_equal(setrlimit(RLIMIT_AS, &l), 0);
}

/* In a child, as there is no way back: 0 when it says so. */
static int in_child(int (*fn)(void))
{
	pid_t pid = fork();
	int status, rc;

	assert_return_code(pid, 0);
	if (!pid) {
		rc = fn();
		limit_addresses(RLIM_INFINITY);
		_exit(rc);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int share_nothing(void)
{
	limit_addresses(1u << 20);
	return emu_alloc_share() != -ENOMEM || emu_alloc_is_shared();
}

static int share_little(void)
{
	void *p;

	limit_addresses((rlim_t)3 << 30);
	if (emu_alloc_share() || !emu_alloc_is_shared())
		return 1;
	p = emu_alloc(1u << 29);
	return !p || emu_alloc((size_t)2 << 30);
}

static void test_few_addresses(void **state)
{
	(void)state;
	assert_int_equal(in_child(share_nothing), 0);
	assert_int_equal(in_child(share_little), 0);
}

#if !EMU_ALLOC_IS_MALLOC
static int use_all(void)
{
	void *kept = emu_alloc(20);

	limit_addresses(1u << 20);
	while (emu_zalloc(100000) || emu_zalloc(10000))
		;
	return !kept || emu_alloc(100000) || emu_realloc(kept, 70000) ||
	       emu_alloc((size_t)1 << 50);
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_int_equal(in_child(use_all), 0);
}
#endif

/* A child's memory is its parent's: what one takes the other does not get, and it can be freed. */
static void test_shared(void **state)
{
	enum { COUNT = 1000 };
	void *before = emu_alloc(1000), *low = emu_alloc(50), *high = emu_alloc(1u << 20), **p;
	pid_t pid;
	int status;

	(void)state;
	assert_non_null(before);
	emu_alloc_recover(); /* nobody else is there yet */
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
	emu_free(low);
	emu_free(high);
	churn(7); /* now all of it in shared memory */
}

/* There is an end to the range that children see. */
static void test_shared_full(void **state)
{
	void **all = NULL, **p;
	size_t n = 0;

	(void)state;
	for (size_t size = (size_t)8 << 30; size >= 48 << 10; size /= 2) {
		while ((p = emu_alloc(size))) {
			*p = all;
			all = p;
			n++;
		}
	}
	assert_true(n > 8);
	while ((p = emu_alloc(3000))) {
		*p = all;
		all = p;
	}
	assert_null(emu_realloc(all, 3 << 20));
	while ((p = all)) {
		all = *p;
		emu_free(p);
	}
	p = emu_alloc((size_t)7 << 30);
	assert_non_null(p);
	emu_free(p);
	p = emu_alloc(3000);
	assert_non_null(p);
	emu_free(p);
}

/* Who is killed in here leaves the lists torn and locks held; nobody else may suffer from it. */
static void test_killed(void **state)
{
	(void)state;
	for (int i = 0; i < 30; i++) {
		unsigned char *mine[64];
		int ready[2];
		char byte;
		pid_t pid;

		for (int k = 0; k < 64; k++) {
			mine[k] = emu_alloc(100);
			assert_non_null(mine[k]);
			memset(mine[k], k, 100);
		}
		assert_int_equal(pipe(ready), 0);
		pid = fork();
		assert_return_code(pid, 0);
		if (!pid) {
			for (unsigned int k = 0;; k++) {
				void *p = emu_alloc(100), *q = emu_alloc(15000);

				if (k == 50 && write(ready[1], "", 1) != 1)
					_exit(1);
				emu_free(q);
				emu_free(p);
			}
		}
		assert_int_equal(read(ready[0], &byte, 1), 1);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		close(ready[0]);
		close(ready[1]);
		emu_alloc_recover();
		for (int k = 0; k < 64; k++) {
			check_filled(mine[k], 100, (unsigned char)k);
			emu_free(mine[k]);
		}
	}
	churn(9);
}

/* The same with malloc in the arena's place, as under valgrind. */
static void test_with_malloc(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	assert_return_code(pid, 0);
	if (!pid) {
		setenv("IOMMUCTL_EMU_MALLOC", "1", 1);
		execl("/proc/self/exe", "test_emu_alloc", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_few_addresses),
#if !EMU_ALLOC_IS_MALLOC
		cmocka_unit_test(test_no_memory),
#endif
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_with_malloc),
		cmocka_unit_test(test_shared), /* from here on there is no way back */
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_shared_full),
	};
	const struct CMUnitTest with_malloc[] = {
		cmocka_unit_test(test_churn),  cmocka_unit_test(test_many),
		cmocka_unit_test(test_fail),   cmocka_unit_test(test_threads),
		cmocka_unit_test(test_shared),
	};

	if (getenv("IOMMUCTL_EMU_MALLOC"))
		return cmocka_run_group_tests(with_malloc, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
