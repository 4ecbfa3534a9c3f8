/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: what its files share. */
#pragma once

#include "iommuctl/cmd.h"

extern const char iom_global_letters[];

/* Unpacks --sysroot when it is an archive. 0, or an exit code with err filled. */
int iom_sysroot_open(struct iom_app *app, struct iom_err *err);

void iom_globals_init(struct iom_globals *g);
/* v->str must outlive the app. */
void iom_global_set(struct iom_app *app, unsigned int opt, const struct iom_argval *v);
const char *iom_global_env(unsigned int opt, char *buf, size_t len);
/* Returns 0, or negative with err filled (exit 2) naming the variable. */
int iom_globals_from_env(struct iom_app *app, struct iom_err *err);

/* Returns 0, or negative with err filled (exit 2). v->str is the word itself, not a copy. */
int iom_parse_value(const struct iom_opt *o, const char *word, struct iom_argval *v,
		    struct iom_err *err);
/*
 * The global options before the first word; *used is their number of words. Returns 0, or
 * negative with err filled.
 */
int iom_parse_leading(struct iom_app *app, int argc, char **argv, int *used, struct iom_err *err);
/* Number of options in a table, at most IOM_MAX_OPTS. */
unsigned int iom_opt_count(const struct iom_opt *opts);
/* "IOVA", "SIZE": what stands for the value in help. */
const char *iom_opt_metavar(const struct iom_opt *o);

/*
 * The command that starts at argv[0]; *used is the number of words of its name. NULL with err
 * filled (exit 2, nearest word) when there is none.
 */
const struct iom_cmd *iom_find_cmd(int argc, char **argv, int *used, struct iom_err *err);

/* Help on stdout-like f: for everything, one object, or one command. */
void iom_help_all(FILE *f);
/* Returns false when there is no such object. */
bool iom_help_object(const char *object, FILE *f);
void iom_help_cmd(const struct iom_cmd *c, FILE *f);

/* After iom_do() failed: says what was being done, passes the exit code on. */
extern const struct iom_col iom_dry_cols[];
/* Sets an IOM_T_ANY column to the value of a field: addresses as 0x strings, else numbers. */
void iom_field_any(const struct iom_field *f, const void *arg, struct iom_rec *rec,
		   unsigned int col);
/* The backend that the globals ask for, made on first use. 0 or an exit code with err filled. */
int iom_app_backend(struct iom_app *app, struct iom_err *err);

int iom_what(struct iom_err *err, int exit, const char *fmt, ...) iom_printf(3, 4);

/*
 * Says on stderr that what was done may not be what was meant. In JSON it is a string of the list
 * in column col of the result instead.
 */
void iom_warn(struct iom_app *app, struct iom_res *res, unsigned int col, const char *fmt, ...)
	iom_printf(4, 5);
/* The column for it. */
#define IOM_COL_WARNINGS \
	{ "warnings", IOM_T_STRS, IOM_COL_OPT | IOM_COL_HIDE, "what to look out for, in words" }

/* Whether colour goes to this stream. */
bool iom_want_color(enum iom_color c, int fd);
/* Loads the character set of the locale, which takes its time, and says whether it is UTF-8. */
bool iom_text_is_utf8(void);
/* Prints one finished command in the style that the globals ask for. Returns an exit code. */
int iom_present(struct iom_app *app, const struct iom_cmd *cmd, struct iom_res *res,
		struct iom_err *err);
/*
 * Prints a piece of a result that is to follow, and makes res ready for the next. 0, -EPIPE when
 * nobody reads any more (nothing is to be said then), or another negative errno with err filled.
 */
int iom_stream(struct iom_app *app, const struct iom_cmd *cmd, struct iom_res *res,
	       struct iom_err *err);
/* Prints err on stderr, prefixed by where ("FILE:LINE: ", or ""). */
void iom_present_error(struct iom_app *app, const char *where, struct iom_err *err);
