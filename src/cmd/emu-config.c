/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that describe an emulated machine, an item a line. */
#include "cmd/emu.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iommuctl/emu.h"

#define MAX_FILE (1 << 20) /* bytes; whatever is larger is no description */

static int out_of_memory(struct iom_err *err)
{
	return iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
}

static int read_file(const char *path, struct iom_buf *text, struct iom_err *err)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char block[4096];
	size_t n;

	if (!f) {
		err->code = -errno;
		return iom_fail(err, iom_exit_of_errno(err->code), "cannot open %s", path);
	}
	while ((n = fread(block, 1, sizeof(block), f)) && text->len <= MAX_FILE)
		iom_buf_add(text, block, n);
	n = (size_t)ferror(f);
	if (n)
		err->code = -errno;
	if (f != stdin)
		fclose(f);
	if (n)
		return iom_fail(err, iom_exit_of_errno(err->code), "cannot read %s", path);
	if (text->failed)
		return out_of_memory(err);
	if (text->len > MAX_FILE || memchr(text->data ? text->data : "", '\0', text->len))
		return iom_fail(err, IOM_EXIT_USAGE, "%s is not a description of a machine", path);
	return 0;
}

/* A line without its comment and the blanks at its ends; true when it goes on with the item. */
static bool tidy(char **line)
{
	char *s = *line, *end;
	bool goes_on = isblank((unsigned char)*s);

	s[strcspn(s, "#")] = '\0';
	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && (isspace((unsigned char)end[-1]) || end[-1] == ','))
		*--end = '\0';
	*line = s;
	return goes_on;
}

/* The words of a line, behind what the item has so far; blanks beside a comma are for the eye. */
static void add_words(struct iom_buf *item, const char *s)
{
	for (; *s; s++)
		if (!isblank((unsigned char)*s))
			iom_buf_add(item, s, 1);
}

/* Where the file is, and the item that is being read. */
struct reader {
	const char *path;
	unsigned int line, first; /* the item's */
	struct iom_buf item;
};

/* Looks at one item by itself, so that what is wrong has a line. */
static int finish(struct reader *r, struct iom_buf *spec, struct iom_err *err)
{
	if (!r->item.len)
		return 0;
	if (iom_emu_check(r->item.data, err)) {
		char why[sizeof(err->what)];

		if (err->exit != IOM_EXIT_USAGE)
			return -ENOMEM;
		strcpy(why, err->what);
		return iom_fail(err, IOM_EXIT_USAGE, "%s:%u: %.200s", r->path, r->first, why);
	}
	if (spec->len)
		iom_buf_puts(spec, ";");
	iom_buf_add(spec, r->item.data, r->item.len);
	r->item.len = 0;
	return 0;
}

static int read_lines(struct reader *r, char *text, struct iom_buf *spec, struct iom_err *err)
{
	char *next;

	for (; text; text = next) {
		char *line = text;
		bool goes_on;
		int rc = 0;

		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		r->line++;
		goes_on = tidy(&line);
		if (!*line)
			continue;
		if (strchr(line, ';'))
			return iom_fail(err, IOM_EXIT_USAGE, "%s:%u: one item a line, without ';'", r->path,
					r->line);
		if (!goes_on)
			rc = finish(r, spec, err);
		else if (!r->item.len)
			rc = iom_fail(err, IOM_EXIT_USAGE, "%s:%u: indented, but there is no item that it goes on with",
				      r->path, r->line);
		if (rc)
			return rc;
		if (goes_on)
			iom_buf_puts(&r->item, ",");
		else
			r->first = r->line;
		add_words(&r->item, line);
	}
	return finish(r, spec, err);
}

static int read_config(const char *path, struct iom_buf *spec, struct iom_err *err)
{
	_iom_buf_ struct iom_buf text = { 0 };
	struct reader r = { .path = strcmp(path, "-") ? path : "stdin" };
	int rc = read_file(path, &text, err);

	if (!rc && text.len)
		rc = read_lines(&r, text.data, spec, err);
	if (!rc && (r.item.failed || spec->failed))
		rc = out_of_memory(err);
	iom_buf_free(&r.item);
	return rc;
}

char *iom_machine_spec(const struct iom_app *app, const char *config, struct iom_err *err)
{
	_iom_buf_ struct iom_buf spec = { 0 };
	struct iom_emu *emu;

	if (config && read_config(config, &spec, err))
		return NULL;
	if (app->g.emu) {
		if (spec.len)
			iom_buf_puts(&spec, ";");
		iom_buf_puts(&spec, app->g.emu);
	}
	if (!spec.len)
		iom_buf_puts(&spec, "");
	if (spec.failed || !spec.data) {
		out_of_memory(err);
		return NULL;
	}
	emu = iom_emu_new(spec.data, err); /* what only the whole can tell */
	if (!emu)
		return NULL;
	iom_emu_free(emu);
	return iom_take_ptr(&spec.data);
}
