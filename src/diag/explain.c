/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The search through the cause table for a call that was refused. */
#include "causes.h"

#include <stdio.h>

static bool is_row_of(const struct iom_cause *row, const struct iom_case *c)
{
	if (row->code != -c->code)
		return false;
	if (row->call)
		return !strcmp(row->call, c->call->name);
	/* What any ioctl meets is nothing to a read of a queue. */
	return c->call->family != IOM_FAM_QUEUE;
}

/* What is left when nothing holds: rows that cannot be looked at, or could not this time. */
struct maybe {
	const struct iom_cause *rows[8];
	unsigned int n;
};

static void add_maybe(struct maybe *m, const struct iom_cause *row)
{
	if (m->n < IOM_ARRAY_SIZE(m->rows))
		m->rows[m->n++] = row;
}

static const struct iom_cause *find_cause(struct iom_case *c, struct maybe *m)
{
	const struct iom_cause *last_resort = NULL, *row;

	for (size_t i = 0; (row = iom_cause_at(i)); i++) {
		if (!is_row_of(row, c))
			continue;
		c->unknown = false;
		if (row->test && row->test(c))
			return row;
		if (row->test && !c->unknown)
			continue;
		if (!row->test && !row->call)
			last_resort = row;
		else
			add_maybe(m, row);
	}
	if (!m->n && last_resort)
		add_maybe(m, last_resort);
	return NULL;
}

static void guess(const struct maybe *m, struct iom_err *err)
{
	if (!m->n) {
		iom_hint(err, "none of the causes known for this error applies");
		return;
	}
	if (m->n == 1) {
		err->cause = m->rows[0]->key;
		iom_hint(err, "probably %s; %s", m->rows[0]->fact, m->rows[0]->hint);
		return;
	}
	iom_hint(err, "it can be that %s", m->rows[0]->fact);
	for (unsigned int i = 1; i < m->n; i++) {
		size_t used = strlen(err->hint);

		/* Half a sentence helps nobody. */
		if (used + strlen(m->rows[i]->fact) + 16 > sizeof(err->hint))
			break;
		snprintf(err->hint + used, sizeof(err->hint) - used, "; or that %s",
			 m->rows[i]->fact);
	}
}

void iom_explain_fd(struct iom_ctx *ctx, const struct iom_call *call, int fd, const void *arg,
		    int code, const char *sysroot, struct iom_err *err)
{
	struct iom_case c = {
		.ctx = ctx,
		.call = call,
		.arg = arg,
		.code = code < 0 ? code : -code,
		.sysroot = sysroot ? sysroot : "",
		.err = err,
		.fd = fd,
	};
	struct maybe m = { 0 };
	const struct iom_cause *row;

	err->code = c.code;
	err->op = call->name;
	err->exit = iom_exit_of_errno(c.code);
	err->fact[0] = err->hint[0] = '\0';
	err->cause = NULL;
	row = find_cause(&c, &m);
	if (!row) {
		guess(&m, err);
		return;
	}
	err->cause = row->key;
	if (!err->fact[0])
		iom_fact(err, "%s", row->fact);
	if (!err->hint[0])
		iom_hint(err, "%s", row->hint);
}

void iom_explain(struct iom_ctx *ctx, const struct iom_call *call, const void *arg, int code,
		 const char *sysroot, struct iom_err *err)
{
	iom_explain_fd(ctx, call, -1, arg, code, sysroot, err);
}
