/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: lines of a batch to words, as sh would split them. */
#pragma once

#include "cmd/vars.h"

#define IOM_MAX_WORDS 300

struct iom_words {
	char *argv[IOM_MAX_WORDS + 1]; /* into buf, NULL-ended */
	int argc;
	bool last_quoted[2];  /* whether the last but one and the last word had quotes */
	struct iom_buf buf;   /* kept between lines */
	bool open_quote;      /* the line ends inside quotes: more lines are needed */
};

/*
 * Splits one logical line. Comments, quotes and backslash as in sh; `$NAME`, `$NAME.field` and
 * `${NAME.field}` are replaced from vars and nothing else is expanded. Returns 0, or negative
 * with err filled (exit 2).
 */
int iom_split(struct iom_words *w, const char *line, const struct iom_vars *vars,
	      struct iom_err *err) iom_must_check;

/*
 * The same for a line without quotes, backslashes and results, in place: the words point into
 * line, which ends with a NUL at end. Returns false, with line as it was, when the line has any of
 * them or a NUL before its end.
 */
bool iom_split_plain(struct iom_words *w, char *line, const char *end) iom_must_check;
