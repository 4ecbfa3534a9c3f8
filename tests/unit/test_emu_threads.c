/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads on the emulator: calls within one context, on contexts of their own, and alone. */
#include "emu_calls.h"

#include <sched.h>

#include "emu/internal.h"

#define THREADS 4
#define ROUNDS	3000

static int failures; /* errors that no thread may see */

static int call_on(int file, uint32_t code, void *arg)
{
	int rc = iom_emu_ioctl(emu, file, code, arg);

	if (rc)
		__atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
	return rc;
}

static uint32_t ioas_on(int file)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };

	return call_on(file, IOM_NR_IOAS_ALLOC, &c) ? 0 : c.out_ioas_id;
}

/* Maps, copies next to it, unmaps both; now and then something that nobody else may disturb. */
static void work(int file, uint32_t ioas, unsigned int number)
{
	uint64_t at = APERTURE + number * 0x1000000u;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct iom_ioas_map m = { .size = sizeof(m),
					  .flags = RW | FIXED,
					  .ioas_id = ioas,
					  .user_va = (uintptr_t)buf + number * PAGE,
					  .length = PAGE,
					  .iova = at + i % 16 * PAGE };
		struct iom_ioas_copy c = { .size = sizeof(c),
					   .flags = RW | FIXED,
					   .dst_ioas_id = ioas,
					   .src_ioas_id = ioas,
					   .length = PAGE,
					   .dst_iova = m.iova + 0x100000,
					   .src_iova = m.iova };
		struct iom_ioas_unmap u = {
			.size = sizeof(u), .ioas_id = ioas, .iova = m.iova, .length = PAGE
		};

		call_on(file, IOM_NR_IOAS_MAP, &m);
		call_on(file, IOM_NR_IOAS_COPY, &c);
		call_on(file, IOM_NR_IOAS_UNMAP, &u);
		u.iova = c.dst_iova;
		call_on(file, IOM_NR_IOAS_UNMAP, &u);
		if (i % 64 == 0) {
			struct iom_destroy d = { .size = sizeof(d), .id = ioas_on(file) };

			call_on(file, IOM_NR_DESTROY, &d);
		}
	}
}

static uint32_t common_ioas;

static void *in_one_context(void *number)
{
	work(fd, common_ioas, (unsigned int)(uintptr_t)number);
	return NULL;
}

/* Its files come and go, while others look theirs up. */
static void *in_its_own(void *number)
{
	for (int i = 0; i < 4; i++) {
		int file = iom_emu_open(emu, "/dev/iommu");
		struct iom_test_cmd c = { .size = sizeof(c), .op = IOM_TEST_OP_MOCK_DOMAIN };

		c.id = ioas_on(file);
		call_on(file, IOM_NR_TEST_CMD, &c);
		work(file, c.id, (unsigned int)(uintptr_t)number);
		iom_emu_close(emu, file);
	}
	return NULL;
}

static void expect(int file, uint32_t code, void *arg, int rc)
{
	if (iom_emu_ioctl(emu, file, code, arg) != rc)
		__atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
}

/*
 * Each in a place of its own, where all answers are known: so the context is split, and whole again
 * when somebody copies, maps across two places, or unmaps what is shared.
 */
static void *far_apart(void *number)
{
	uint64_t at = (uint64_t)(uintptr_t)number << 32;
	struct iom_ioas_map m = { .size = sizeof(m),
				  .flags = RW | FIXED,
				  .ioas_id = common_ioas,
				  .user_va = (uintptr_t)buf,
				  .length = PAGE };
	struct iom_ioas_copy c = { .size = sizeof(c),
				   .flags = RW | FIXED,
				   .dst_ioas_id = common_ioas,
				   .src_ioas_id = common_ioas,
				   .length = PAGE };
	struct iom_ioas_unmap u = { .size = sizeof(u), .ioas_id = common_ioas };

	for (unsigned int i = 0; i < 20 * ROUNDS; i++) {
		m.iova = u.iova = at + i % 64 * PAGE;
		m.length = u.length = PAGE;
		expect(fd, IOM_NR_IOAS_MAP, &m, 0);
		expect(fd, IOM_NR_IOAS_MAP, &m, -EEXIST);
		if (i % 512 == 5) {
			c.src_iova = m.iova;
			c.dst_iova = m.iova + 0x100000;
			expect(fd, IOM_NR_IOAS_COPY, &c, 0);
			u.iova = c.dst_iova;
			expect(fd, IOM_NR_IOAS_UNMAP, &u, 0);
			u.iova = m.iova;
		}
		if (i % 512 == 6) {
			m.iova = at + 0x10000000 - PAGE;
			m.length = u.length = 2 * PAGE;
			expect(fd, IOM_NR_IOAS_MAP, &m, 0);
			u.iova = m.iova;
			expect(fd, IOM_NR_IOAS_UNMAP, &u, 0);
			u.iova = at + i % 64 * PAGE;
			u.length = PAGE;
		}
		expect(fd, IOM_NR_IOAS_UNMAP, &u, 0);
		expect(fd, IOM_NR_IOAS_UNMAP, &u, -ENOENT);
	}
	return NULL;
}

static void run(void *(*fn)(void *))
{
	pthread_t t[THREADS];

	failures = 0;
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, fn, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(failures, 0);
}

static void test_threads(void **state)
{
	uint64_t n;

	(void)state;
	common_ioas = ioas_alloc();
	run(in_one_context);
	run(far_apart);
	assert_int_equal(mock_domain(common_ioas).idev, 3);
	run(in_one_context);
	run(in_its_own);
	assert_int_equal(unmap(common_ioas, 0, UINT64_MAX, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(check_refs(buf, THREADS * PAGE, 0), 0);
}

/* A file that is closed under a call is gone or not yet: nothing else. */
static void *close_under(void *arg)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };
	int file = *(int *)arg, rc;

	do
		rc = iom_emu_ioctl(emu, file, IOM_NR_IOAS_ALLOC, &c);
	while (!rc);
	return (void *)(intptr_t)rc;
}

static void test_close(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		int file = iom_emu_open(emu, "/dev/iommu");
		pthread_t t[2];
		void *rc;

		assert_return_code(file, 0);
		for (int k = 0; k < 2; k++)
			assert_int_equal(pthread_create(&t[k], NULL, close_under, &file), 0);
		assert_int_equal(iom_emu_close(emu, file), 0);
		for (int k = 0; k < 2; k++) {
			pthread_join(t[k], &rc);
			assert_int_equal((intptr_t)rc, -EBADF);
		}
	}
}

/* ---- contexts that are split ---- */

#define WAITS 16 /* in vain, until that is done */

static void *map_and_unmap(void *arg)
{
	const uint32_t *ioas = arg;

	if (map_at(*ioas, buf, PAGE, APERTURE) || unmap(*ioas, APERTURE, PAGE, NULL))
		__atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* Has another thread wait for the lock of the context, and may split that before it gets it. */
static void make_wait(struct emu_ctx *ctx, uint32_t *ioas, bool split)
{
	pthread_t t;

	emu_lock_take(&ctx->lock);
	assert_int_equal(pthread_create(&t, NULL, map_and_unmap, ioas), 0);
	while (__atomic_load_n(&ctx->lock.state, __ATOMIC_RELAXED) != 2)
		sched_yield();
	if (split)
		__atomic_store_n(&ctx->split, true, __ATOMIC_RELEASE);
	emu_lock_drop(&ctx->lock);
	assert_int_equal(pthread_join(t, NULL), 0);
}

static void test_split(void **state)
{
	uint32_t ioas = ioas_alloc();
	struct emu_ctx *ctx = emu_file_of(emu, fd)->ctx;
	uint64_t iova;

	(void)state;
	failures = 0;
	for (int i = 0; i < WAITS; i++) {
		assert_false(ctx->split);
		make_wait(ctx, &ioas, false);
	}
	assert_true(ctx->split);
	/* nobody needs the lock of the context now, until one has to look for an IOVA */
	emu_lock_take(&ctx->lock);
	map_and_unmap(&ioas);
	emu_lock_drop(&ctx->lock);
	assert_true(ctx->split);
	assert_int_equal(map_any(ioas, buf, PAGE, &iova), 0);
	assert_false(ctx->split);
	/* split while one waits: it goes on without */
	make_wait(ctx, &ioas, true);
	assert_true(ctx->split);
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { T(test_threads), T(test_close), T(test_split) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
