/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list of name and value as lines that a shell can source. */
#include <errno.h>
#include <string.h>

#include "model.h"

/* Single quotes keep every byte; only a single quote itself has to be spelled. */
static void add_quoted(struct iom_buf *b, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-./:";

	if (!s[strspn(s, plain)]) {
		iom_buf_puts(b, s);
		return;
	}
	iom_buf_puts(b, "'");
	for (; *s; s++) {
		if (*s == '\'')
			iom_buf_puts(b, "'\\''");
		else
			iom_buf_add(b, s, 1);
	}
	iom_buf_puts(b, "'");
}

int iom_render_shell(const struct iom_res *res, const char *list, FILE *f)
{
	_iom_buf_ struct iom_buf b = { 0 };
	unsigned int col = 0;

	while (res->cols[col].name && strcmp(res->cols[col].name, list))
		col++;
	if (res->failed || !res->top)
		return -ENOMEM;
	if (!res->cols[col].name || res->top->cell[col].state != IOM_VALUE)
		return 0;
	for (const struct iom_rec *r = res->top->cell[col].list->first; r; r = r->next) {
		iom_buf_printf(&b, "%s=", r->cell[0].s);
		add_quoted(&b, r->cell[1].s);
		iom_buf_puts(&b, "\n");
	}
	return iom_buf_write(&b, f);
}
