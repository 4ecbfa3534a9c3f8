/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every room may use: error record, exit codes, cleanup helpers, small macros. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IOM_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define iom_container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/* Exit codes; documented in every man page, never a truncated errno. */
enum iom_exit {
	IOM_EXIT_OK = 0,
	IOM_EXIT_REFUSED = 1,	   /* the kernel (or emulator) refused */
	IOM_EXIT_USAGE = 2,	   /* bad command line or batch line */
	IOM_EXIT_UNSUPPORTED = 3,  /* this kernel or backend does not have it */
	IOM_EXIT_PERMISSION = 4,
	IOM_EXIT_NOT_FOUND = 5,
	IOM_EXIT_BUSY = 6,
	IOM_EXIT_PARTIAL = 7,
	IOM_EXIT_INTERNAL = 8,	   /* stdout broken, out of memory */
	/* as env(1) and nohup(1) have them; a program that runs has exit codes of its own */
	IOM_EXIT_CANNOT_RUN = 126, /* the program is there, but not to be run like this */
	IOM_EXIT_NO_PROGRAM = 127,
};

/*
 * One failure. The lowest layer fills code, op and field; upper layers add what, fact
 * and hint; only the dispatcher or the batch loop prints it, once.
 */
#define IOM_HINT_MAX 640 /* bytes */

struct iom_err {
	int code;	       /* negative errno, 0 when the failure has none */
	enum iom_exit exit;    /* 0 until somebody decided */
	const char *op;	       /* "IOMMU_IOAS_MAP", static storage, or NULL */
	const char *field;     /* struct member under suspicion, static storage, or NULL */
	const char *cause;     /* key of the cause row that matched, or NULL */
	char what[256];	       /* what was being done */
	char fact[384];	       /* checked, never guessed */
	char hint[IOM_HINT_MAX]; /* what to try */
};

#define iom_printf(f, a) __attribute__((format(printf, f, a)))
#define iom_must_check __attribute__((warn_unused_result))

/*
 * Sets e->exit and e->what. Returns a negative number (e->code, or -EINVAL when there is
 * none) so that callers can write `return iom_fail(...)`.
 */
int iom_fail(struct iom_err *e, enum iom_exit exit, const char *fmt, ...) iom_printf(3, 4);
/* Sets e->fact or e->hint. */
void iom_fact(struct iom_err *e, const char *fmt, ...) iom_printf(2, 3);
void iom_hint(struct iom_err *e, const char *fmt, ...) iom_printf(2, 3);
/* The exit code for a negative errno when nothing more exact is known. */
enum iom_exit iom_exit_of_errno(int code);
/* "EINVAL" for 22 or -22; static storage, "E?" for numbers without a name. */
const char *iom_errno_name(int code);

/*
 * Strict numbers: decimal, 0x hex or 0 octal-free (a leading zero is decimal); no sign, no
 * blanks, no trailing junk. Return 0, -EINVAL (not a number) or -ERANGE.
 */
int iom_parse_u64(const char *s, uint64_t *out) iom_must_check;
/* Bytes with an optional suffix K, M, G, T (powers of 1024), also KiB, MiB, GiB, TiB. */
int iom_parse_size(const char *s, uint64_t *out) iom_must_check;
/*
 * A PCI address, "0000:00:02.0" or without the domain "00:02.0", into buf with its domain and in
 * lower case, as sysfs has it. -EINVAL for anything else, -ERANGE when buf is too small.
 */
int iom_parse_bdf(const char *s, char *buf, size_t len) iom_must_check;
/* 16 bytes from "8-4-4-4-12" hex digits, in the order in which they are written. -EINVAL. */
int iom_parse_uuid(const char *s, uint8_t uuid[16]) iom_must_check;
/* Seconds, with up to nine decimals ("2", "0.25"), as nanoseconds. */
int iom_parse_seconds(const char *s, uint64_t *ns) iom_must_check;
/* "4K", "2M", "1G" when exact, else the plain number; buf of at least 24 bytes. */
const char *iom_format_size(uint64_t v, char *buf, size_t len);

/*
 * The nearest of n words to `word` within a small edit distance, or NULL. `next` yields the
 * i-th word, NULL ends the list.
 */
const char *iom_nearest(const char *word, const char *(*next)(const void *arg, size_t i),
			const void *arg);

/*
 * Zeroed memory that has its pages for itself: the kernel may set bits behind the end of a bitmap, to
 * the end of the page. free() frees it; NULL when there is none.
 */
void *iom_alloc_pages(size_t size);
void iom_close(int *fd);
void iom_freep(void *pp);
#define _iom_close_ __attribute__((cleanup(iom_close)))
#define _iom_free_ __attribute__((cleanup(iom_freep)))
#define iom_take_fd(p) ({ int fd__ = *(p); *(p) = -1; fd__; })
#define iom_take_ptr(p) ({ __typeof__(*(p)) ptr__ = *(p); *(p) = NULL; ptr__; })

/* A growing text buffer; .data is NULL or NUL-terminated. Growth failure sets .failed. */
struct iom_buf {
	char *data;
	size_t len, cap;
	bool failed;
};
void iom_buf_add(struct iom_buf *b, const char *s, size_t len);
void iom_buf_puts(struct iom_buf *b, const char *s);
void iom_buf_printf(struct iom_buf *b, const char *fmt, ...) iom_printf(2, 3);
void iom_buf_free(struct iom_buf *b);
#define _iom_buf_ __attribute__((cleanup(iom_buf_free)))
