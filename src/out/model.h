/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the renderers know about a result; private to src/out. */
#pragma once

#include "iommuctl/out.h"

enum iom_state { IOM_ABSENT, IOM_NULL, IOM_VALUE };

/* Records of a LIST, in the order they were added. */
struct iom_list {
	struct iom_rec *first, **tail;
	size_t n;
};

struct iom_strnode {
	struct iom_strnode *next;
	char s[];
};

struct iom_strs {
	struct iom_strnode *first, **tail;
	size_t n;
};

struct iom_cell {
	union {
		_Alignas(8) uint64_t u;
		int64_t i;
		const char *s;
		struct iom_strs *strs;
		struct iom_list *list;
		struct iom_rec *rec;
	};
	uint8_t state; /* enum iom_state; the union holds nothing until IOM_VALUE */
	bool text; /* an ANY that holds a string */
};

struct iom_rec {
	struct iom_res *res;
	const struct iom_col *cols;
	struct iom_rec *next; /* in its list */
	unsigned int n; /* cells */
	struct iom_cell cell[];
};

#define IOM_TYPE(t) (1U << (t))
/* Types that hold more than one value of their own. */
#define IOM_TYPES_NESTED (IOM_TYPE(IOM_T_LIST) | IOM_TYPE(IOM_T_REC))

static inline bool iom_type_in(enum iom_type t, unsigned int mask)
{
	return mask >> t & 1;
}

/*
 * Length of the UTF-8 sequence at s (1 to 4 bytes) and its code point; 0 when s does not
 * start a valid one. Never reads past a NUL.
 */
size_t iom_utf8_next(const char *s, uint32_t *cp);
/*
 * Appends s with everything that could move a cursor, is not UTF-8 or cannot be shown in the
 * current LC_CTYPE as \xNN.
 */
void iom_clean_text(struct iom_buf *b, const char *s);
/* The same on one line: white space that breaks lines becomes a blank. */
void iom_clean_line(struct iom_buf *b, const char *s);
/* Appends s with U+FFFD for each byte that is not UTF-8. */
void iom_clean_utf8(struct iom_buf *b, const char *s);
bool iom_is_utf8(const char *s);

/* Writes the buffer's text. 0, -ENOMEM when the buffer failed, or the errno of the write. */
int iom_buf_write(const struct iom_buf *b, FILE *f) iom_must_check;
/*
 * Adds v under key and takes v over in any case. v NULL means that v could not be made.
 * Returns false when out of memory.
 */
bool iom_json_add(struct json_object *obj, const char *key, struct json_object *v) iom_must_check;
