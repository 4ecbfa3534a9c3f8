/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interval tree against a plain array: random operations, overlap queries, whole range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/itree.h"

#define SEED	  0x5eed2026u
#define OPS	  200000
#define MAX_NODES 600

static uint64_t rnd_state;

static uint64_t rnd(void)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return rnd_state;
}

struct item {
	struct iom_inode node;
	uint64_t seq; /* insertion number, the tie-break of equal starts */
};

/* Kept sorted by (start, seq). */
static struct item *model[MAX_NODES];
static size_t model_n;

/* Pages in use; the tree must take and give back each. */
static long pages, pages_left = -1; /* the second: until there are no more; -1: always more */

static void *page_alloc(size_t n)
{
	if (!pages_left)
		return NULL;
	pages_left -= pages_left > 0;
	pages++;
	return malloc(n);
}

static void page_free(void *p)
{
	pages--;
	free(p);
}

static const struct iom_imem counted = { page_alloc, page_free };

static void model_add(struct item *it)
{
	size_t i = model_n++;

	while (i > 0 && model[i - 1]->node.start > it->node.start) {
		model[i] = model[i - 1];
		i--;
	}
	model[i] = it;
}

static void model_del(size_t i)
{
	memmove(&model[i], &model[i + 1], (model_n - i - 1) * sizeof(model[0]));
	model_n--;
}

/* Checks links, order, what is known of pages, and returns how many entries there are. */
static size_t check_page(const struct iom_ipage *p, uint64_t low, uint64_t high, uint64_t *max)
{
	size_t n = 0;

	assert_in_range(p->n, 1, IOM_IPAGE_MAX);
	*max = 0;
	for (uint32_t i = 0; i < p->n; i++) {
		uint64_t below = p->max[i];

		if (!p->level) {
			const struct iom_inode *e = p->at[i];

			assert_ptr_equal(e->page, p);
			assert_int_equal(e->start, p->key[i]);
			assert_int_equal(e->last, p->max[i]);
			assert_in_range(e->start, low, high);
			low = e->start;
			n++;
		} else {
			const struct iom_ipage *child = p->at[i];

			assert_ptr_equal(child->up, p);
			assert_int_equal(child->level, p->level - 1);
			if (i)
				assert_in_range(p->key[i], low, high);
			n += check_page(child, i ? p->key[i] : low,
					i + 1 < p->n ? p->key[i + 1] : high, &below);
			assert_int_equal(below, p->max[i]);
			low = i ? p->key[i] : low;
		}
		if (below > *max)
			*max = below;
	}
	return n;
}

static void check_tree(const struct iom_itree *t)
{
	const struct iom_ipage *p = t->root;
	uint64_t max;

	assert_int_equal(t->count, model_n);
	if (!t->levels) {
		assert_true(model_n <= 1);
		assert_ptr_equal(t->root, model_n ? &model[0]->node : NULL);
		return;
	}
	assert_null(p->up);
	assert_int_equal(p->level, t->levels - 1);
	assert_true(!p->level || p->n > 1);
	assert_int_equal(check_page(p, 0, UINT64_MAX, &max), model_n);
}

static void check_query(const struct iom_itree *t, uint64_t start, uint64_t last)
{
	struct iom_inode *n = iom_itree_first(t, start, last);
	size_t i;

	for (i = 0; i < model_n; i++) {
		if (model[i]->node.start > last || model[i]->node.last < start)
			continue;
		assert_ptr_equal(n, &model[i]->node);
		n = iom_itree_next(n, start, last);
	}
	assert_null(n);
}

static void pick_range(uint64_t *start, uint64_t *last)
{
	uint64_t a, b, tmp;

	switch (rnd() % 8) {
	case 0:
		a = 0;
		b = UINT64_MAX;
		break;
	case 1:
		a = rnd();
		b = rnd();
		break;
	case 2:
		a = UINT64_MAX - rnd() % 64;
		b = UINT64_MAX;
		break;
	case 3:
		a = 0;
		b = rnd() % 64;
		break;
	default:
		a = rnd() % 4096;
		b = a + rnd() % 64;
	}
	if (a > b) {
		tmp = a;
		a = b;
		b = tmp;
	}
	*start = a;
	*last = b;
}

static void test_random(void **state)
{
	struct iom_itree t = { .mem = &counted };
	uint64_t start, last, seq = 0;
	int op, refused = 0;

	(void)state;
	rnd_state = SEED;
	print_message("seed %#x, %d operations\n", SEED, OPS);
	for (op = 0; op < OPS; op++) {
		/* grow and shrink in phases, so that both ends are reached */
		bool grow = (op / 3000) % 2 == 0 ? rnd() % 4 != 0 : rnd() % 4 == 0;

		if (model_n == 0 || (grow && model_n < MAX_NODES)) {
			struct item *it = malloc(sizeof(*it));

			assert_non_null(it);
			pick_range(&it->node.start, &it->node.last);
			it->seq = seq++;
			/* now and then there is no memory, and nothing happens */
			pages_left = rnd() % 4 ? -1 : (long)(rnd() % 3);
			if (iom_itree_insert(&t, &it->node)) {
				assert_int_equal(pages_left, 0);
				check_tree(&t);
				refused++;
				free(it);
			} else {
				model_add(it);
			}
		} else if (rnd() % 8 == 0) {
			struct iom_inode *n = &model[rnd() % model_n]->node;

			iom_itree_shorten(n, n->start + (n->last - n->start) / 2);
		} else {
			size_t i = rnd() % model_n;

			iom_itree_remove(&t, &model[i]->node);
			free(model[i]);
			model_del(i);
		}
		if (op % 16 == 0)
			check_tree(&t);
		if (op % 8 == 0) {
			pick_range(&start, &last);
			check_query(&t, start, last);
		}
	}
	pages_left = -1;
	while (model_n) {
		iom_itree_remove(&t, &model[model_n / 2]->node);
		free(model[model_n / 2]);
		model_del(model_n / 2);
		check_tree(&t);
	}
	assert_null(t.root);
	assert_int_equal(pages, 0);
	assert_in_range(refused, 10, OPS);
}

/* Ranges that never overlap, put where the look for what is in the way ended. */
static void test_places(void **state)
{
	struct iom_itree t = { .mem = &counted };
	struct iom_iplace where;
	uint64_t seq = 0;
	int taken = 0;

	(void)state;
	rnd_state = SEED;
	for (int op = 0; op < OPS; op++) {
		bool grow = (op / 3000) % 2 == 0 ? rnd() % 4 != 0 : rnd() % 4 == 0;
		struct item *it;
		size_t i;

		if (model_n && (!grow || model_n == MAX_NODES)) {
			i = rnd() % model_n;
			iom_itree_remove(&t, &model[i]->node);
			free(model[i]);
			model_del(i);
		} else {
			it = malloc(sizeof(*it));
			assert_non_null(it);
			it->node.start = rnd() % 20000;
			it->node.last = it->node.start + rnd() % 10;
			it->seq = seq++;
			if (iom_itree_look(&t, it->node.start, it->node.last, &where)) {
				taken++;
				free(it);
				continue;
			}
			assert_int_equal(iom_itree_insert_at(&t, &it->node, &where), 0);
			model_add(it);
		}
		if (op % 16 == 0)
			check_tree(&t);
		if (op % 8 == 0)
			check_query(&t, rnd() % 20000, 20000);
	}
	while (model_n) {
		iom_itree_remove(&t, &model[0]->node);
		free(model[0]);
		model_del(0);
	}
	assert_int_equal(pages, 0);
	assert_in_range(taken, 1000, OPS);
}

static void test_edges(void **state)
{
	struct item all = { .node = { .start = 0, .last = UINT64_MAX } };
	struct item zero = { .node = { .start = 0, .last = 0 } };
	struct item top = { .node = { .start = UINT64_MAX, .last = UINT64_MAX } };
	struct iom_itree t = { .mem = &counted };

	(void)state;
	assert_null(iom_itree_first(&t, 0, UINT64_MAX));
	assert_int_equal(iom_itree_insert(&t, &top.node), 0);
	assert_int_equal(iom_itree_insert(&t, &zero.node), 0);
	assert_null(iom_itree_first(&t, 1, UINT64_MAX - 1));
	assert_ptr_equal(iom_itree_first(&t, 0, 0), &zero.node);
	assert_ptr_equal(iom_itree_first(&t, UINT64_MAX, UINT64_MAX), &top.node);
	assert_int_equal(iom_itree_insert(&t, &all.node), 0);
	assert_ptr_equal(iom_itree_first(&t, 7, 7), &all.node);
	assert_ptr_equal(iom_itree_first(&t, 0, UINT64_MAX), &zero.node);
	assert_ptr_equal(iom_itree_next(&zero.node, 0, UINT64_MAX), &all.node);
	assert_ptr_equal(iom_itree_next(&all.node, 0, UINT64_MAX), &top.node);
	assert_null(iom_itree_next(&top.node, 0, UINT64_MAX));
	iom_itree_remove(&t, &all.node);
	iom_itree_remove(&t, &zero.node);
	iom_itree_remove(&t, &top.node);
	assert_int_equal(t.count, 0);
	assert_int_equal(pages, 0);
	assert_null(t.root);
}

/* Ascending and descending insertion must stay logarithmic, and dense. */
static void test_sorted(void **state)
{
	enum { N = 1 << 15 };
	struct item *it = calloc(N, sizeof(*it));
	struct iom_itree t = { .mem = &counted };
	uint64_t max;
	int i;

	(void)state;
	assert_non_null(it);
	for (i = 0; i < N; i++) {
		it[i].node.start = (uint64_t)(i % 2 ? i : N - i) * 4096;
		it[i].node.last = it[i].node.start + 4095;
		assert_int_equal(iom_itree_insert(&t, &it[i].node), 0);
	}
	assert_int_equal(check_page(t.root, 0, UINT64_MAX, &max), N);
	assert_in_range(t.levels, 3, 5);
	for (i = 0; i < N; i++)
		iom_itree_remove(&t, &it[i].node);
	assert_null(t.root);
	/* what comes in order fills the pages */
	for (i = 0; i < N; i++) {
		it[i].node.start = (uint64_t)i * 4096;
		it[i].node.last = it[i].node.start + 4095;
		assert_int_equal(iom_itree_insert(&t, &it[i].node), 0);
	}
	assert_in_range(pages, N / IOM_IPAGE_MAX, N / IOM_IPAGE_MAX * 13 / 10);
	for (i = N - 1; i >= 0; i--)
		iom_itree_remove(&t, &it[i].node);
	assert_int_equal(pages, 0);
	free(it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_sorted),
	};

	return cmocka_run_group_tests_name("itree", tests, NULL, NULL);
}
