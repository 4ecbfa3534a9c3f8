/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strict numbers and sizes, and the nearest word for a mistyped one. */
#include "iommuctl/base.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One more than the value of a hex digit, 0 for anything else. */
static const unsigned char digit_of[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8,
	['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15,
	['f'] = 16, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* Digits up to the first other character, which *end points at. */
static inline int parse_digits(const char *s, uint64_t *out, const char **end)
{
	uint64_t v = 0;
	const char *p = s;

	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		unsigned int d;

		p += 2;
		s = p;
		for (; (d = digit_of[(unsigned char)*p]); p++) {
			if (v >> 60)
				return -ERANGE;
			v = v << 4 | (d - 1);
		}
	} else {
		for (; *p >= '0' && *p <= '9'; p++)
			if (__builtin_mul_overflow(v, 10, &v) ||
			    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
				return -ERANGE;
	}
	if (p == s)
		return -EINVAL;
	*out = v;
	*end = p;
	return 0;
}

int iom_parse_u64(const char *s, uint64_t *out)
{
	const char *end;
	uint64_t v;
	int rc = parse_digits(s, &v, &end);

	if (rc)
		return rc;
	if (*end)
		return -EINVAL;
	*out = v;
	return 0;
}

/* Between min and max hex digits; *s moves behind them. */
static bool hex_digits(const char **s, unsigned int min, unsigned int max, unsigned long *v)
{
	unsigned int n, d;

	*v = 0;
	for (n = 0; n < max && (d = digit_of[(unsigned char)**s]); n++, ++*s)
		*v = *v << 4 | (d - 1);
	return n >= min;
}

static bool skip(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

int iom_parse_bdf(const char *s, char *buf, size_t len)
{
	unsigned long domain = 0, bus, dev, fn;
	const char *colon = strchr(s, ':');

	if (colon && strchr(colon + 1, ':') && !(hex_digits(&s, 4, 8, &domain) && skip(&s, ':')))
		return -EINVAL;
	if (!hex_digits(&s, 2, 2, &bus) || !skip(&s, ':') || !hex_digits(&s, 2, 2, &dev) ||
	    !skip(&s, '.') || !hex_digits(&s, 1, 1, &fn) || *s || dev > 0x1f || fn > 7)
		return -EINVAL;
	if ((size_t)snprintf(buf, len, "%04lx:%02lx:%02lx.%lx", domain, bus, dev, fn) >= len)
		return -ERANGE;
	return 0;
}

int iom_parse_uuid(const char *s, uint8_t uuid[16])
{
	for (unsigned int i = 0; i < 16; i++) {
		unsigned long v;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && !skip(&s, '-'))
			return -EINVAL;
		if (!hex_digits(&s, 2, 2, &v))
			return -EINVAL;
		uuid[i] = (uint8_t)v;
	}
	return *s ? -EINVAL : 0;
}

int iom_parse_size(const char *s, uint64_t *out)
{
	static const char units[] = "KMGT";
	const char *end, *unit;
	unsigned int shift;
	uint64_t v;
	int rc = parse_digits(s, &v, &end);

	if (rc)
		return rc;
	if (!*end) {
		*out = v;
		return 0;
	}
	unit = strchr(units, *end >= 'a' && *end <= 'z' ? *end - 'a' + 'A' : *end);
	if (!unit)
		return -EINVAL;
	if (end[1] && strcmp(end + 1, "iB"))
		return -EINVAL;
	shift = 10 * (unsigned int)(unit - units + 1);
	if (v > UINT64_MAX >> shift)
		return -ERANGE;
	*out = v << shift;
	return 0;
}

int iom_parse_seconds(const char *s, uint64_t *ns)
{
	uint64_t v = 0, part = 1000000000;
	const char *p = s;

	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return -ERANGE;
	if (p == s || __builtin_mul_overflow(v, part, &v))
		return p == s ? -EINVAL : -ERANGE;
	if (*p == '.') {
		s = ++p;
		for (; *p >= '0' && *p <= '9' && part > 1; p++) {
			part /= 10;
			if (__builtin_add_overflow(v, (uint64_t)(*p - '0') * part, &v))
				return -ERANGE;
		}
		if (p == s)
			return -EINVAL;
	}
	if (*p)
		return -EINVAL;
	*ns = v;
	return 0;
}

const char *iom_format_size(uint64_t v, char *buf, size_t len)
{
	static const char units[] = "KMGT";

	for (int i = 3; i >= 0; i--) {
		unsigned int shift = 10 * ((unsigned int)i + 1);

		if (v && !(v & ((1ULL << shift) - 1))) {
			snprintf(buf, len, "%" PRIu64 "%c", v >> shift, units[i]);
			return buf;
		}
	}
	snprintf(buf, len, "%" PRIu64, v);
	return buf;
}

/* Edits between a and b, counted up to words of 31 bytes. */
static unsigned int edits(const char *a, const char *b)
{
	unsigned int row[32];
	size_t la = strlen(a), lb = strlen(b);

	if (la > 31 || lb > 31)
		return 99;
	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int diag = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned int keep = row[j];
			unsigned int best = diag + (a[i - 1] != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diag = keep;
		}
	}
	return row[lb];
}

const char *iom_nearest(const char *word, const char *(*next)(const void *arg, size_t i),
			const void *arg)
{
	unsigned int best = strlen(word) / 3 + 2;
	const char *found = NULL, *w;

	for (size_t i = 0; (w = next(arg, i)); i++) {
		unsigned int d = edits(word, w);

		/* A word that starts as typed is what was meant more often than not. */
		if (d && !strncmp(word, w, strlen(word)) && strlen(word) >= 2)
			d = 1;
		if (d < best) {
			best = d;
			found = w;
		}
	}
	return found;
}
