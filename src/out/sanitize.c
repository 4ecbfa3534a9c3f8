/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strings from outside made fit for a terminal or a JSON document, and the write itself. */
#include "model.h"

#include <errno.h>
#include <langinfo.h>
#include <string.h>
#include <wctype.h>

static inline bool is_cont(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t iom_utf8_next(const char *str, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)str;
	uint32_t v;
	size_t len;

	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2, v = s[0] & 0x1f;
	else if ((s[0] & 0xf0) == 0xe0)
		len = 3, v = s[0] & 0x0f;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4, v = s[0] & 0x07;
	else
		return 0;
	for (size_t i = 1; i < len; i++) {
		if (!is_cont(s[i]))
			return 0;
		v = v << 6 | (s[i] & 0x3f);
	}
	/* Too long a form, a surrogate half, or past the last code point. */
	if (v < least[len] || (v >= 0xd800 && v <= 0xdfff) || v > 0x10ffff)
		return 0;
	*cp = v;
	return len;
}

/* Controls, and what reorders or breaks a line without being seen. */
static bool is_hostile(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x61c ||
	       (cp >= 0x200e && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

/* Whether a sequence of len bytes may be shown as it is. */
static bool is_shown(size_t len, uint32_t cp, bool utf8)
{
	if (!len || is_hostile(cp))
		return false;
	return len == 1 || (utf8 && iswprint((wint_t)cp));
}

static void clean(struct iom_buf *b, const char *s, bool line)
{
	bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	const char *run = s;
	uint32_t cp = 0;

	while (*s) {
		size_t len = iom_utf8_next(s, &cp);
		/* A real "\x" must not look like one of ours. */
		bool bad = !is_shown(len, cp, utf8) || (cp == '\\' && s[1] == 'x');

		if (!bad) {
			s += len;
			continue;
		}
		iom_buf_add(b, run, (size_t)(s - run));
		if (line && len && cp >= '\t' && cp <= '\r') {
			iom_buf_puts(b, " ");
			s++;
		} else {
			for (size_t i = len ? len : 1; i; i--)
				iom_buf_printf(b, "\\x%02x", (unsigned char)*s++);
		}
		run = s;
	}
	iom_buf_add(b, run, (size_t)(s - run));
}

void iom_clean_text(struct iom_buf *b, const char *s)
{
	clean(b, s, false);
}

void iom_clean_line(struct iom_buf *b, const char *s)
{
	clean(b, s, true);
}

void iom_clean_utf8(struct iom_buf *b, const char *s)
{
	uint32_t cp;

	while (*s) {
		size_t len = iom_utf8_next(s, &cp);

		if (len)
			iom_buf_add(b, s, len);
		else
			iom_buf_puts(b, "\xef\xbf\xbd");
		s += len ? len : 1;
	}
}

bool iom_is_utf8(const char *s)
{
	uint32_t cp;

	while (*s) {
		size_t len = iom_utf8_next(s, &cp);

		if (!len)
			return false;
		s += len;
	}
	return true;
}

int iom_buf_write(const struct iom_buf *b, FILE *f)
{
	size_t n;

	if (b->failed)
		return -ENOMEM;
	if (!b->len)
		return 0;
	errno = 0;
	n = fwrite(b->data, 1, b->len, f);
	if (n == b->len && !ferror(f))
		return 0;
	return errno ? -errno : -EIO;
}
