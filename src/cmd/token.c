/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of a batch to words: quotes, backslash, comments and results, as in sh. */
#include "cmd/token.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Positions in buf, since it may move while it grows. */
struct split {
	struct iom_words *w;
	const struct iom_vars *vars;
	struct iom_err *err;
	size_t starts[IOM_MAX_WORDS];
	bool quoted[IOM_MAX_WORDS];
};

static void put(struct split *s, char c)
{
	iom_buf_add(&s->w->buf, &c, 1);
}

/* A result path after the name: ".a.0.b", without a dot at its end. */
static size_t path_len(const char *p)
{
	size_t n = 0;

	while (p[n] == '.' && (isalnum((unsigned char)p[n + 1]) || p[n + 1] == '_')) {
		n++;
		while (isalnum((unsigned char)p[n]) || p[n] == '_')
			n++;
	}
	return n;
}

/*
 * "NAME.field+NUMBER" up to end, the plus sign at len: an address as hex, any other number decimal.
 */
static int expand_sum(struct split *s, const char *ref, size_t len, size_t end)
{
	struct iom_buf value _iom_buf_ = { 0 };
	char number[32];
	uint64_t v, add;
	int rc = iom_vars_expand(s->vars, ref, len, &value, s->err);

	if (rc)
		return rc;
	snprintf(number, sizeof(number), "%.*s", (int)(end - len - 1), ref + len + 1);
	if (end - len - 1 >= sizeof(number) || iom_parse_size(number, &add))
		return iom_fail(s->err, IOM_EXIT_USAGE, "${%.*s}: '+' takes a number", (int)end,
				ref);
	if (!value.data || iom_parse_u64(value.data, &v) || __builtin_add_overflow(v, add, &v))
		return iom_fail(s->err, IOM_EXIT_USAGE,
				"${%.*s}: there is nothing to add to in '%s'", (int)end, ref,
				value.data ? value.data : "");
	iom_buf_printf(&s->w->buf, !strncmp(value.data, "0x", 2) ? "0x%" PRIx64 : "%" PRIu64, v);
	return 0;
}

/* At '$'. Moves *pp behind the reference. */
static int expand(struct split *s, const char **pp)
{
	const char *p = *pp + 1;
	bool brace = *p == '{';
	size_t name, len, end;

	p += brace;
	name = iom_var_name_len(p);
	if (!name) {
		iom_hint(s->err, "'\\$' or '$' in single quotes is the character itself");
		return iom_fail(s->err, IOM_EXIT_USAGE, "'$' without the name of a result");
	}
	len = name + path_len(p + name);
	end = brace && p[len] == '+' ? len + strcspn(p + len, "} \t\r\n\"") : len;
	if (brace && p[end] != '}')
		return iom_fail(s->err, IOM_EXIT_USAGE, "'${' without '}'");
	*pp = p + end + brace;
	if (end == len)
		return iom_vars_expand(s->vars, p, len, &s->w->buf, s->err);
	return expand_sum(s, p, len, end);
}

/* Inside double quotes, after the first one. Moves *pp behind the last one. */
static int double_quoted(struct split *s, const char **pp)
{
	const char *p = *pp;

	while (*p && *p != '"') {
		if (*p == '\\' && p[1] && strchr("\"\\$", p[1])) {
			put(s, p[1]);
			p += 2;
		} else if (*p == '$') {
			int rc = expand(s, &p);

			if (rc)
				return rc;
		} else {
			put(s, *p++);
		}
	}
	if (!*p) {
		s->w->open_quote = true;
		return iom_fail(s->err, IOM_EXIT_USAGE, "a '\"' is not closed");
	}
	*pp = p + 1;
	return 0;
}

static int single_quoted(struct split *s, const char **pp)
{
	const char *end = strchr(*pp, '\'');

	if (!end) {
		s->w->open_quote = true;
		return iom_fail(s->err, IOM_EXIT_USAGE, "a ''' is not closed");
	}
	iom_buf_add(&s->w->buf, *pp, (size_t)(end - *pp));
	*pp = end + 1;
	return 0;
}

/* One word; *pp is at its first character. */
static int word(struct split *s, const char **pp, bool *quoted)
{
	const char *p = *pp;
	int rc = 0;

	while (!rc && *p && !isspace((unsigned char)*p)) {
		size_t n = strcspn(p, " \t\r\n\v\f'\"\\$");

		iom_buf_add(&s->w->buf, p, n);
		p += n;
		if (*p == '\'' || *p == '"') {
			char q = *p++;

			*quoted = true;
			rc = q == '"' ? double_quoted(s, &p) : single_quoted(s, &p);
		} else if (*p == '\\') {
			if (!p[1])
				return iom_fail(s->err, IOM_EXIT_USAGE, "a '\\' ends the input");
			put(s, p[1]);
			*quoted = true;
			p += 2;
		} else if (*p == '$') {
			rc = expand(s, &p);
		}
	}
	iom_buf_add(&s->w->buf, "", 1);
	*pp = p;
	return rc;
}

/* All words so far as pointers, also those before an error. */
static void finish(struct split *s)
{
	struct iom_words *w = s->w;

	if (w->buf.failed)
		w->argc = 0;
	for (int i = 0; i < w->argc; i++)
		w->argv[i] = w->buf.data + s->starts[i];
	w->argv[w->argc] = NULL;
	for (int i = 0; i < 2; i++)
		w->last_quoted[i] = w->argc >= 2 && s->quoted[w->argc - 2 + i];
}

/* Every word of the line; stops at the first error. */
static int split_all(struct split *s, const char *p)
{
	struct iom_words *w = s->w;

	for (;;) {
		int rc;

		while (isspace((unsigned char)*p))
			p++;
		if (!*p || *p == '#')
			return 0;
		if (w->argc == IOM_MAX_WORDS)
			return iom_fail(s->err, IOM_EXIT_USAGE, "more than %d words in a line",
					IOM_MAX_WORDS);
		s->starts[w->argc] = w->buf.len;
		s->quoted[w->argc] = false;
		rc = word(s, &p, &s->quoted[w->argc]);
		if (rc)
			return rc;
		w->argc++;
	}
}

int iom_split(struct iom_words *w, const char *line, const struct iom_vars *vars,
	      struct iom_err *err)
{
	struct split s;
	int rc;

	/* The arrays are filled as far as they are read; zeroing them would cost every line. */
	s.w = w;
	s.vars = vars;
	s.err = err;
	w->argc = 0;
	w->buf.len = 0;
	w->open_quote = false;
	rc = split_all(&s, line);
	finish(&s);
	if (!rc && w->buf.failed)
		return iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
	return rc;
}

/* What ends a word of a line that needs no expansion; other bytes belong to it. */
enum { NORMAL, BLANK, END, SPECIAL };
static const unsigned char class_of[256] = {
	[0] = END, [' '] = BLANK, ['\t'] = BLANK, ['\r'] = BLANK, ['\n'] = BLANK, ['\v'] = BLANK,
	['\f'] = BLANK, ['\''] = SPECIAL, ['"'] = SPECIAL, ['\\'] = SPECIAL, ['$'] = SPECIAL,
};

/* Puts blanks back where words were ended: outside quotes one blank is like another. */
static bool give_up(char *line, const char *until)
{
	for (; line < until; line++)
		if (!*line)
			*line = ' ';
	return false;
}

bool iom_split_plain(struct iom_words *w, char *line, const char *end)
{
	char *p = line;
	int n = 0;

	for (;;) {
		unsigned int c = class_of[(unsigned char)*p];

		if (c == BLANK) {
			p++;
			continue;
		}
		if (c == END || *p == '#')
			break;
		if (n == IOM_MAX_WORDS)
			return give_up(line, p);
		w->argv[n++] = p;
		while (!(c = class_of[(unsigned char)*p]))
			p++;
		if (c == END)
			break;
		if (c == SPECIAL)
			return give_up(line, p);
		*p++ = '\0';
	}
	/* A comment may hold anything but NUL and a backslash that joins the next line. */
	if (*p == '#' ? strlen(p) != (size_t)(end - p) || end[-1] == '\\' : p != end)
		return give_up(line, p);
	w->argc = n;
	w->argv[n] = NULL;
	w->open_quote = false;
	w->last_quoted[0] = w->last_quoted[1] = false;
	return true;
}
