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

#include "iommuctl/itree.h"

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

/* Returns the height, checks links, order, balance and max_last. */
static int check_node(const struct iom_inode *n, uint64_t *max)
{
	uint64_t lmax = 0, rmax = 0, want = n->last;
	int l = 0, r = 0;

	if (n->left) {
		assert_ptr_equal(n->left->up & ~(uintptr_t)3, n);
		assert_true(n->left->start <= n->start);
		l = check_node(n->left, &lmax);
		if (lmax > want)
			want = lmax;
	}
	if (n->right) {
		assert_ptr_equal(n->right->up & ~(uintptr_t)3, n);
		assert_true(n->right->start >= n->start);
		r = check_node(n->right, &rmax);
		if (rmax > want)
			want = rmax;
	}
	assert_int_equal(n->max_last, want);
	assert_true(l - r <= 1 && r - l <= 1);
	assert_int_equal(n->up & 3, l > r ? 1 : r > l ? 2 : 0);
	*max = want;
	return (l > r ? l : r) + 1;
}

static void check_tree(const struct iom_itree *t)
{
	uint64_t max;

	assert_int_equal(t->count, model_n);
	if (!t->root) {
		assert_int_equal(model_n, 0);
		return;
	}
	assert_int_equal(t->root->up & ~(uintptr_t)3, 0);
	check_node(t->root, &max);
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
	struct iom_itree t = { NULL, 0 };
	uint64_t start, last, seq = 0;
	int op;

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
			iom_itree_insert(&t, &it->node);
			model_add(it);
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
	while (model_n) {
		iom_itree_remove(&t, &model[model_n / 2]->node);
		free(model[model_n / 2]);
		model_del(model_n / 2);
		check_tree(&t);
	}
	assert_null(t.root);
}

static void test_edges(void **state)
{
	struct item all = { .node = { .start = 0, .last = UINT64_MAX } };
	struct item zero = { .node = { .start = 0, .last = 0 } };
	struct item top = { .node = { .start = UINT64_MAX, .last = UINT64_MAX } };
	struct iom_itree t = { NULL, 0 };

	(void)state;
	assert_null(iom_itree_first(&t, 0, UINT64_MAX));
	iom_itree_insert(&t, &top.node);
	iom_itree_insert(&t, &zero.node);
	assert_null(iom_itree_first(&t, 1, UINT64_MAX - 1));
	assert_ptr_equal(iom_itree_first(&t, 0, 0), &zero.node);
	assert_ptr_equal(iom_itree_first(&t, UINT64_MAX, UINT64_MAX), &top.node);
	iom_itree_insert(&t, &all.node);
	assert_ptr_equal(iom_itree_first(&t, 7, 7), &all.node);
	assert_ptr_equal(iom_itree_first(&t, 0, UINT64_MAX), &zero.node);
	assert_ptr_equal(iom_itree_next(&zero.node, 0, UINT64_MAX), &all.node);
	assert_ptr_equal(iom_itree_next(&all.node, 0, UINT64_MAX), &top.node);
	assert_null(iom_itree_next(&top.node, 0, UINT64_MAX));
	iom_itree_remove(&t, &all.node);
	iom_itree_remove(&t, &zero.node);
	iom_itree_remove(&t, &top.node);
	assert_int_equal(t.count, 0);
	assert_null(t.root);
}

/* Ascending and descending insertion must stay logarithmic. */
static void test_sorted(void **state)
{
	enum { N = 1 << 15 };
	struct item *it = calloc(N, sizeof(*it));
	struct iom_itree t = { NULL, 0 };
	uint64_t max;
	int i;

	(void)state;
	assert_non_null(it);
	for (i = 0; i < N; i++) {
		it[i].node.start = (uint64_t)(i % 2 ? i : N - i) * 4096;
		it[i].node.last = it[i].node.start + 4095;
		iom_itree_insert(&t, &it[i].node);
	}
	assert_in_range(check_node(t.root, &max), 15, 22);
	for (i = 0; i < N; i++)
		iom_itree_remove(&t, &it[i].node);
	assert_null(t.root);
	free(it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_sorted),
	};

	return cmocka_run_group_tests_name("itree", tests, NULL, NULL);
}
