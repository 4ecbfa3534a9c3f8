/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Man pages: hand-written text with placeholders that are filled from the tables. */
#include "gen/gen.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/internal.h"
#include "iommuctl/diag.h"

/* Text as roff; `words` in backquotes become bold. */
static void roff(const char *s, FILE *f)
{
	bool bold = false;

	if (*s == '.' || *s == '\'')
		fputs("\\&", f);
	for (; *s; s++) {
		switch (*s) {
		case '`':
			bold = !bold;
			fputs(bold ? "\\fB" : "\\fR", f);
			break;
		case '-':
			fputs("\\-", f);
			break;
		case '\\':
			fputs("\\e", f);
			break;
		case '^':
			fputs("\\(ha", f);
			break;
		case '~':
			fputs("\\(ti", f);
			break;
		default:
			fputc(*s, f);
		}
	}
	if (bold)
		gen_die("a backquote is not closed in a text of the tables");
}

static void font(char letter, const char *s, FILE *f)
{
	fprintf(f, "\\f%c", letter);
	roff(s, f);
	fputs("\\fR", f);
}

static void values_of(const struct iom_enum *e, FILE *f)
{
	for (const struct iom_value *v = e->values; v->name; v++) {
		fputs(v == e->values ? "" : v[1].name ? ", " : " or ", f);
		font('B', gen_word(v), f);
	}
}

static void synopsis(const char *name, FILE *f)
{
	const struct iom_cmd *c = gen_cmd(name);

	fputs(".SY iommuctl\n", f);
	font('B', name, f);
	fputc('\n', f);
	for (const struct iom_opt *o = c->opts; o && o->name; o++) {
		bool free = !(o->flags & IOM_REQ);
		const char *meta = iom_opt_metavar(o);

		fputs(free ? "[" : "", f);
		if (o->flags & IOM_POS) {
			font('I', o->metavar || o->type == IOM_ARG_RANGE || o->type == IOM_ARG_ASSIGN ?
				  meta : o->name, f);
			fputs(o->flags & IOM_MULTI ? "..." : "", f);
			fputs(free ? "]\n" : "\n", f);
			continue;
		}
		fputs("\\fB\\-\\-", f);
		roff(o->name, f);
		fputs("\\fR", f);
		if (o->type != IOM_ARG_FLAG) {
			fputs("\\ ", f);
			font('I', meta, f);
		}
		fputs(free ? "]" : "", f);
		fputs(o->flags & IOM_MULTI ? "...\n" : "\n", f);
	}
	fputs(".YS\n", f);
}

/* The help of an option as a sentence, with what it takes. */
static void explain(const struct iom_opt *o, FILE *f)
{
	roff(o->help, f);
	if (o->type == IOM_ARG_ENUM) {
		fputs(": ", f);
		values_of(o->values, f);
	}
	fputs(".\n", f);
}

static void options(const char *name, FILE *f)
{
	const struct iom_cmd *c = gen_cmd(name);

	if (!c->opts)
		gen_die("'%s' has no options", name);
	for (const struct iom_opt *o = c->opts; o->name; o++) {
		fputs(".TP\n", f);
		if (o->flags & IOM_POS) {
			font('I', o->metavar || o->type == IOM_ARG_RANGE || o->type == IOM_ARG_ASSIGN ?
				  iom_opt_metavar(o) : o->name, f);
			fputs(", ", f);
		}
		fputs("\\fB\\-\\-", f);
		roff(o->name, f);
		fputs("\\fR", f);
		if (o->type != IOM_ARG_FLAG) {
			fputc(' ', f);
			font('I', iom_opt_metavar(o), f);
		}
		fputc('\n', f);
		explain(o, f);
		if (o->flags & IOM_REQ)
			fputs("Required.\n", f);
		if (o->flags & IOM_MULTI)
			fputs("May be given more than once.\n", f);
	}
}

static const char *type_words(enum iom_type type)
{
	switch (type) {
	case IOM_T_UINT:
	case IOM_T_INT:
		return "integer";
	case IOM_T_SIZE:
		return "integer, bytes";
	case IOM_T_HEX:
		return "hexadecimal string";
	case IOM_T_BOOL:
		return "boolean";
	case IOM_T_STR:
		return "string";
	case IOM_T_STRS:
		return "list of strings";
	case IOM_T_LIST:
		return "list of objects";
	case IOM_T_REC:
		return "object";
	case IOM_T_ANY:
		return "integer or string";
	}
	gen_die("type %d has no words", (int)type);
}

static void columns(const struct iom_col *cols, const char *prefix, FILE *f)
{
	for (; cols && cols->name; cols++) {
		char path[160];

		snprintf(path, sizeof(path), "%s%s", prefix, cols->name);
		fputs(".TP\n", f);
		font('B', path, f);
		fprintf(f, " (%s)\n", type_words(cols->type));
		roff(cols->help, f);
		if (cols->values) {
			fputs(": ", f);
			values_of(cols->values, f);
		}
		fputs(".\n", f);
		if (cols->flags & IOM_COL_OPT)
			fputs("Not always there.\n", f);
		if (cols->flags & IOM_COL_NULL)
			fputs("May be null.\n", f);
		snprintf(path, sizeof(path), "%s%s%s.", prefix, cols->name,
			 cols->type == IOM_T_LIST ? "[]" : "");
		columns(cols->cols, path, f);
	}
}

static void fields(const char *name, FILE *f)
{
	columns(gen_cmd(name)->cols, "", f);
}

static void calls(const char *name, FILE *f)
{
	const struct iom_cmd *c = gen_cmd(name);

	if (!c->calls)
		gen_die("'%s' names no kernel calls", name);
	for (const char *const *k = c->calls; *k; k++) {
		fputs(k == c->calls ? "" : ", ", f);
		font('B', *k, f);
	}
	fputs(".\n", f);
}

/* The causes of one call; "any": those of every call. */
static void causes(const char *name, FILE *f)
{
	bool any = !strcmp(name, "any");
	const struct iom_cause *c;
	unsigned int n = 0;

	for (size_t i = 0; (c = iom_cause_at(i)); i++) {
		if (any ? c->call != NULL : !c->call || strcmp(c->call, name))
			continue;
		n++;
		fputs(".TP\n", f);
		font('B', iom_errno_name(c->code), f);
		fputs(" (", f);
		font('I', c->key, f);
		fputs(")\n", f);
		roff(c->fact, f);
		fputs(";\n", f);
		if (c->hint)
			roff(c->hint, f);
		fputs(".\n", f);
	}
	if (!n)
		gen_die("the table has no causes for '%s'", name);
}

static void globals(const char *arg, FILE *f)
{
	(void)arg;
	for (unsigned int i = 0; iom_global_opts[i].name; i++) {
		const struct iom_opt *o = &iom_global_opts[i];
		char env[64];

		fputs(".TP\n", f);
		if (iom_global_letters[i])
			fprintf(f, "\\fB\\-%c\\fR, ", iom_global_letters[i]);
		fputs("\\fB\\-\\-", f);
		roff(o->name, f);
		fputs("\\fR", f);
		if (o->type != IOM_ARG_FLAG) {
			fputc(' ', f);
			font('I', iom_opt_metavar(o), f);
		}
		fputc('\n', f);
		explain(o, f);
		if (iom_global_letters[i] == 'h' || iom_global_letters[i] == 'V')
			continue;
		fputs("Variable: ", f);
		font('B', iom_global_env(i, env, sizeof(env)), f);
		fputs(".\n", f);
	}
}

static void exit_codes(const char *arg, FILE *f)
{
	static const char *const text[] = {
		[IOM_EXIT_OK] = "Done. An empty list is a success, too.",
		[IOM_EXIT_REFUSED] = "The kernel, or the emulator, refused the call.",
		[IOM_EXIT_USAGE] = "The command line, a variable or a batch line is wrong.",
		[IOM_EXIT_UNSUPPORTED] = "This kernel or backend does not have it.",
		[IOM_EXIT_PERMISSION] = "Permission was denied.",
		[IOM_EXIT_NOT_FOUND] = "An object, group, file or field does not exist.",
		[IOM_EXIT_BUSY] = "An object is in use.",
		[IOM_EXIT_PARTIAL] = "Some lines of a batch failed, and the others were run.",
		[IOM_EXIT_INTERNAL] = "The output could not be written, or memory ran out.",
		[IOM_EXIT_CANNOT_RUN] = "`emu run`: the program cannot be run on the emulator.",
		[IOM_EXIT_NO_PROGRAM] = "`emu run`: there is no such program.",
	};

	(void)arg;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(text); i++) {
		if (!text[i])
			continue;
		fprintf(f, ".TP\n\\fB%zu\\fR\n", i);
		roff(text[i], f);
		fputc('\n', f);
	}
}

static void commands(const char *arg, FILE *f)
{
	(void)arg;
	for (const struct iom_cmd *const *c = iom_cmds; *c; c++) {
		char name[64];

		fputs(".TP\n", f);
		font('B', iom_cmd_name(*c, name, sizeof(name)), f);
		fputc('\n', f);
		roff((*c)->brief, f);
		fputs(";\nsee \\fBiommuctl\\-", f);
		roff((*c)->object, f);
		fputs("\\fR(1).\n", f);
	}
}

/* Every call that raw knows, one a line. */
static void call_list(const char *arg, FILE *f)
{
	(void)arg;
	fputs(".nf\n\\fBnumber  bytes  since         word\\fR\n", f);
	for (const struct iom_call *c = iom_calls; c->name; c++) {
		char line[160];

		snprintf(line, sizeof(line), "0x%04x  %5u  %-12s  %s", (unsigned int)c->code, c->full,
			 c->abi ? c->abi : c->since ? c->since : "", c->word);
		roff(line, f);
		fputc('\n', f);
	}
	fputs(".fi\n", f);
}

static const struct {
	const char *word;
	bool takes; /* an argument */
	void (*print)(const char *arg, FILE *f);
} placeholders[] = {
	{ "SYNOPSIS", true, synopsis }, { "OPTIONS", true, options }, { "FIELDS", true, fields },
	{ "CALLS", true, calls }, { "CAUSES", true, causes }, { "GLOBALS", false, globals },
	{ "EXIT", false, exit_codes }, { "COMMANDS", false, commands },
	{ "CALLTABLE", false, call_list },
};

/* A line that is one placeholder. Returns false when it is none of that form. */
static bool whole_line(char *line, const char *where, FILE *f)
{
	size_t len = strlen(line), n;
	char *arg;

	if (len < 3 || line[0] != '@' || !isupper((unsigned char)line[1]) || line[len - 1] != '@')
		return false;
	n = strcspn(line + 1, " @");
	if (n + 2 == len && !strcmp(line, "@VERSION@"))
		return false;
	line[len - 1] = '\0';
	arg = line[n + 1] == ' ' ? line + n + 2 : NULL;
	line[n + 1] = '\0';
	for (size_t i = 0; i < IOM_ARRAY_SIZE(placeholders); i++) {
		if (strcmp(placeholders[i].word, line + 1))
			continue;
		if (!placeholders[i].takes != !arg)
			gen_die("%s: @%s@ %s", where, line + 1,
				arg ? "takes no argument" : "needs an argument");
		placeholders[i].print(arg, f);
		return true;
	}
	gen_die("%s: there is no placeholder @%s@", where, line + 1);
}

/* A line of an example, which stands in the page as a person would type it. */
static void verbatim(const char *line, FILE *f)
{
	if (*line == '.' || *line == '\'')
		fputs("\\&", f);
	for (; *line; line++) {
		const char *as = *line == '\\' ? "\\e" : *line == '-' ? "\\-" : *line == '\'' ? "\\(aq" :
				 *line == '`' ? "\\(ga" : *line == '^' ? "\\(ha" :
				 *line == '~' ? "\\(ti" : NULL;

		if (as)
			fputs(as, f);
		else
			fputc(*line, f);
	}
	fputc('\n', f);
}

/* Any other line: roff, with `bold words` and @VERSION@. */
static void copy_line(char *line, const char *where, FILE *f)
{
	char *p = line;

	if (!strncmp(p, ".\\\"", 3)) {
		fprintf(f, "%s\n", p);
		return;
	}
	while (*p) {
		size_t n = *p == '@' ? strspn(p + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") : 0;
		char *end = *p == '`' ? strchr(p + 1, '`') : NULL;

		if (*p == '`' && !end)
			gen_die("%s: a backquote is not closed", where);
		if (end) {
			*end = '\0';
			font('B', p + 1, f);
			p = end + 1;
		} else if (n && p[n + 1] == '@') {
			if (strncmp(p, "@VERSION@", n + 2))
				gen_die("%s: @%.*s@ cannot stand within a line", where, (int)n, p + 1);
			fputs(IOMMUCTL_VERSION, f);
			p += n + 2;
		} else {
			fputc(*p++, f);
		}
	}
	fputc('\n', f);
}

void gen_man(const char *path, FILE *f)
{
	FILE *in = fopen(path, "re");
	char *line = NULL, where[4200];
	unsigned int number = 0;
	bool example = false;
	size_t room = 0;
	ssize_t n;

	if (!in)
		gen_die("cannot open %s: %s", path, strerror(errno));
	while ((n = getline(&line, &room, in)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		snprintf(where, sizeof(where), "%s:%u", path, ++number);
		if (!strcmp(line, ".EX") || !strcmp(line, ".EE"))
			example = line[2] == 'X';
		else if (example) {
			verbatim(line, f);
			continue;
		}
		if (!whole_line(line, where, f))
			copy_line(line, where, f);
	}
	if (example)
		gen_die("%s: .EX without .EE", path);
	if (ferror(in))
		gen_die("cannot read %s", path);
	free(line);
	fclose(in);
}
