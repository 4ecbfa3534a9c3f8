/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Results as data: handlers fill records described by columns, renderers print them. */
#pragma once

#include <stdio.h>

#include "iommuctl/abi.h"

enum iom_type {
	IOM_T_UINT,  /* count, id: integer in JSON, decimal in text */
	IOM_T_INT,   /* signed */
	IOM_T_SIZE,  /* bytes: integer in JSON, 4K / 2M in text when exact */
	IOM_T_HEX,   /* address or mask: string "0x..." in JSON */
	IOM_T_BOOL,  /* true/false; yes/no in text */
	IOM_T_STR,
	IOM_T_STRS,  /* list of strings */
	IOM_T_LIST,  /* list of records, .cols */
	IOM_T_REC,   /* one record, .cols */
	IOM_T_ANY,   /* unsigned integer or string: fields of `raw` and of a dry run */
};

enum {
	IOM_COL_OPT = 1,    /* may be absent; absent means "not known or does not apply" */
	IOM_COL_ID = 2,	    /* what `$NAME` of a batch stands for */
	IOM_COL_NULL = 4,   /* may be null: asked for, and the answer is that nobody knows */
	IOM_COL_TREE = 16,  /* LIST: text shows a tree; such lists of its records are the branches */
	IOM_COL_RAW = 32,   /* STR of the top record: text is this and nothing else, as it stands */
	IOM_COL_HIDE = 8,   /* JSON and --get only: detail that would drown the table */
	IOM_COL_SPARSE = 16, /* no column of a table in which no row has it */
};

struct iom_col {
	const char *name;   /* JSON key, snake_case; NULL ends */
	enum iom_type type;
	unsigned int flags;
	const char *help;
	const struct iom_col *cols;	/* for LIST and REC */
	const struct iom_enum *values;	/* for STR and STRS: the words that may appear */
};

struct iom_rec;

/* Owns every record and string of one result. */
struct iom_res {
	const struct iom_col *cols;
	const char *backend; /* JSON key "backend" behind the schema; NULL: none */
	struct iom_rec *top;
	void *blocks;	 /* arena */
	void *block;	 /* the block of it being filled */
	size_t used;	 /* bytes used of that block */
	bool failed;	 /* out of memory somewhere: the result must not be printed */
};

/*
 * Starts an empty result; keeps the arena of an earlier one, so a loop allocates only while
 * its results still grow. The first call needs a zeroed struct. cols must outlive the result.
 */
void iom_res_begin(struct iom_res *res, const struct iom_col *cols);
void iom_res_free(struct iom_res *res);

/*
 * Setters take the column's index in the record's table and check its type (assert). Strings
 * are copied. rec may be NULL (after a failed add): then nothing happens, res->failed is set.
 * Setting twice keeps the last value; iom_set_null() needs a column with IOM_COL_NULL.
 */
void iom_set_uint(struct iom_rec *rec, unsigned int col, uint64_t v); /* UINT, SIZE, HEX, BOOL, ANY */
void iom_set_int(struct iom_rec *rec, unsigned int col, int64_t v);
void iom_set_str(struct iom_rec *rec, unsigned int col, const char *s); /* STR, ANY */
void iom_set_strf(struct iom_rec *rec, unsigned int col, const char *fmt, ...) iom_printf(3, 4);
void iom_set_null(struct iom_rec *rec, unsigned int col);
void iom_add_str(struct iom_rec *rec, unsigned int col, const char *s);	/* STRS */
/* LIST: a new record at the end. REC: the one record, made on first use. NULL: no memory. */
struct iom_rec *iom_add_rec(struct iom_rec *rec, unsigned int col);
/* Makes an empty list present (a list is absent until it is opened). */
void iom_open_list(struct iom_rec *rec, unsigned int col);

/*
 * Bare value of a field of the top record, replacing the text of buf. path is "name",
 * "rec.name", "list.0.name" or "strs.0". HEX is "0x1000", UINT and SIZE are decimal without a
 * unit, BOOL is true or false, STRS are joined with a space, null is "null"; strings are
 * exactly as stored. Returns
 *	0
 *	-ENOENT  no such column; buf then holds the names that would do, "a, b, c"
 *	-ENODATA absent in this result, or an index past the end
 *	-EISDIR  a list of records or a record; buf then holds paths to the fields in it
 *	-ENOMEM
 */
int iom_res_get(const struct iom_res *res, const char *path, struct iom_buf *buf);

enum iom_color { IOM_COLOR_AUTO, IOM_COLOR_ALWAYS, IOM_COLOR_NEVER };

struct iom_style {
	bool pretty;
	bool color;
};

/*
 * The renderers return 0 or a negative errno: -ENOMEM (nothing was written), or that of the
 * write. They do not flush: the caller's fflush() or fclose() reports what stdio still holds.
 * st may be NULL.
 */
/*
 * Text for people: scalars first ("key=value" on one line when there are few, else a line
 * each), then a table per list. Absent is not shown ("-" in a table), null is "unknown", an
 * empty list "none". Strings are sanitised: control characters and bytes that are not UTF-8
 * are shown as \xNN, and so is all but ASCII unless LC_CTYPE says UTF-8 (main calls
 * setlocale(LC_CTYPE, "")). Only a terminal's width wraps a table; nothing is ever cut.
 */
int iom_render_text(const struct iom_res *res, const struct iom_style *st, FILE *f);
/* The lists alone, a record a line, as "key=value" pairs: for what comes piece by piece. */
int iom_render_lines(const struct iom_res *res, FILE *f);
/* NAME=VALUE lines of one list of the top record, whose first two columns are STR. */
int iom_render_shell(const struct iom_res *res, const char *list, FILE *f);
/*
 * One JSON document and a newline; schema like "iommuctl.ioas.map/1", NULL: no such key. Bytes
 * that are not UTF-8 become U+FFFD.
 */
int iom_render_json(const struct iom_res *res, const char *schema, const struct iom_style *st, FILE *f);
struct json_object;
/* The document as an object; the caller puts it. NULL when out of memory. */
struct json_object *iom_res_json(const struct iom_res *res, const char *schema);
/* The "error" object of an error, empty members left out; the caller puts it. NULL: no memory. */
struct json_object *iom_err_json(const struct iom_err *err);
/* A JSON string, made valid UTF-8; the caller puts it. NULL when out of memory. */
struct json_object *iom_json_str(const char *s);
/* Writes an object and a newline. 0, or a negative errno (-ENOMEM for NULL). */
int iom_json_write(struct json_object *obj, const struct iom_style *st, FILE *f) iom_must_check;
/* Human message: what, errno, fact, hint, on one to three lines; once per failure. */
void iom_render_error(const struct iom_err *err, const struct iom_style *st, FILE *f);
/* {"schema":"iommuctl.error/1","error":{...}} and a newline. */
int iom_render_error_json(const struct iom_err *err, const struct iom_style *st, FILE *f);
