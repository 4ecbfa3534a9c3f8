/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares two runs of a program, and finds the smallest program that still differs. */
#include <string.h>

#include "diff.h"

static bool did(const struct op *op, const struct rec *rec, const char *word, size_t len)
{
	return op->call && rec->done && !rec->ret && strlen(op->call->word) == len &&
	       !strncmp(op->call->word, word, len);
}

/*
 * "LATER,EARLIER": a success of the first that follows a success of the second gives something
 * else on the right side.
 */
static void plant(struct run *r, const char *what)
{
	const char *comma = strchr(what, ',');
	bool armed = false;

	for (int i = 0; i < r->p->n_ops; i++) {
		if (r->p->ops[i].skip)
			continue;
		if (armed && did(&r->p->ops[i], &r->recs[i], what, (size_t)(comma - what)))
			r->recs[i].arg[r->p->ops[i].len - 1] ^= 0x80;
		armed |= did(&r->p->ops[i], &r->recs[i], comma + 1, strlen(comma + 1));
	}
}

int compare_program(const struct sides *s, const struct program *p, struct run *left,
		    struct run *right)
{
	run_program(left, p, s->left);
	run_program(right, p, s->right);
	if (s->plant)
		plant(right, s->plant);
	return run_compare(left, right);
}

/* The operation that differs first, as what it is: another difference is not to be hunted. */
struct target {
	uint8_t kind;
	uint32_t code;
	const struct iom_call *call;
};

static struct target target_of(const struct program *p, int i)
{
	struct target none = { .kind = UINT8_MAX };

	if (i >= p->n_ops)
		return none;
	return (struct target){ p->ops[i].kind, p->ops[i].code, p->ops[i].call };
}

static bool still(const struct sides *s, const struct program *p, const struct target *t)
{
	static struct run left, right;
	int i = compare_program(s, p, &left, &right);
	struct target now;

	if (i < 0)
		return false;
	now = target_of(p, i);
	return now.kind == t->kind && now.code == t->code && now.call == t->call;
}

static void skip(struct program *p, const int *at, int n, bool on)
{
	for (int i = 0; i < n; i++)
		p->ops[at[i]].skip = on;
}

/* A batch has one context only. Returns the number of runs. */
static int one_context(const struct sides *s, struct program *p, const struct target *t)
{
	int runs = 0;

	for (int i = 0; i < p->n_ops; i++) {
		if (p->ops[i].skip || !p->ops[i].ctx)
			continue;
		p->ops[i].ctx = 0;
		runs++;
		if (!still(s, p, t))
			p->ops[i].ctx = 1;
	}
	return runs;
}

int shrink(const struct sides *s, struct program *p)
{
	static struct run left, right;
	int first = compare_program(s, p, &left, &right), runs = 1, n;
	struct target t = target_of(p, first);

	if (first < 0)
		return runs;
	if (first < p->n_ops)
		p->n_ops = first + 1;
	for (n = p->n_ops; n >= 1;) {
		bool smaller = false;

		/* from the end, since what comes late depends on what comes early */
		for (int end = p->n_ops; end > 0; runs++) {
			int at[MAX_OPS], k = 0;

			while (end > 0 && k < n)
				if (!p->ops[--end].skip)
					at[k++] = end;
			if (!k)
				break;
			skip(p, at, k, true);
			if (still(s, p, &t))
				smaller = true;
			else
				skip(p, at, k, false);
		}
		if (n > 1)
			n /= 2;
		else if (!smaller)
			break;
	}
	return runs + one_context(s, p, &t);
}
