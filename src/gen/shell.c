/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completions for bash, zsh and fish: hand-written functions with tables put in. */
#include "gen/gen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/internal.h"

/*
 * What to offer for an option's value, as the shell functions know it: "flag", "word" (nothing
 * can be offered), "path", "dir", "field" (columns of the command), "call" (names for raw), or
 * "a|b|c".
 */
static void kind_of(const struct iom_opt *o, struct iom_buf *b)
{
	const char *meta = iom_opt_metavar(o);

	if (o->type == IOM_ARG_ENUM)
		for (const struct iom_value *v = o->values->values; v->name; v++)
			iom_buf_printf(b, "%s%s", v == o->values->values ? "" : "|", gen_word(v));
	else if (o->type == IOM_ARG_FLAG)
		iom_buf_puts(b, "flag");
	else if (o->type == IOM_ARG_PATH)
		iom_buf_puts(b, !strcmp(meta, "DIR") ? "dir" : "path");
	else if (o->type == IOM_ARG_STR && !strcmp(meta, "FIELD"))
		iom_buf_puts(b, "field");
	else if (o->type == IOM_ARG_STR && !strcmp(meta, "CALL"))
		iom_buf_puts(b, "call");
	else
		iom_buf_puts(b, "word");
	if (b->failed)
		gen_die("out of memory");
}

/* In single quotes, as sh and fish read them. */
static void quoted(const char *s, bool fish, FILE *f)
{
	fputc('\'', f);
	for (; *s; s++) {
		if (*s == '\'')
			fputs(fish ? "\\'" : "'\\''", f);
		else if (*s == '\\' && fish)
			fputs("\\\\", f);
		else
			fputc(*s, f);
	}
	fputc('\'', f);
}

/* name:kind:help; one a line inside an array. */
static void option_lines(const struct iom_opt *opts, const char *letters, FILE *f)
{
	for (unsigned int i = 0; opts && opts[i].name; i++) {
		struct iom_buf b _iom_buf_ = { 0 };

		iom_buf_printf(&b, "--%s:", opts[i].name);
		kind_of(&opts[i], &b);
		iom_buf_printf(&b, ":%s", opts[i].help);
		fputc('\t', f);
		quoted(b.data, false, f);
		fputc('\n', f);
		if (!letters || !letters[i])
			continue;
		b.len = 0;
		iom_buf_printf(&b, "-%c:", letters[i]);
		kind_of(&opts[i], &b);
		iom_buf_printf(&b, ":%s", opts[i].help);
		fputc('\t', f);
		quoted(b.data, false, f);
		fputc('\n', f);
	}
}

/* The words for raw; revisions of one call share theirs. */
static void call_words(const char *before, FILE *f)
{
	for (const struct iom_call *c = iom_calls; c->name; c++) {
		const struct iom_call *first = iom_calls;

		while (strcmp(first->word, c->word))
			first++;
		if (first == c)
			fprintf(f, "%s%s", before, c->word);
	}
}

static const char *function_name(const char *name, char *buf, size_t len)
{
	snprintf(buf, len, "%s", name);
	for (char *p = buf; *p; p++)
		if (*p == ' ' || *p == '-')
			*p = '_';
	return buf;
}

/*
 * For bash and zsh: _iommuctl_commands holds name:brief, _iommuctl_load NAME sets the arrays
 * opts (name:kind:help), free (kinds of the words without a name, in order; "*" behind a kind:
 * the word may come again) and fields.
 */
static void sh_tables(FILE *f)
{
	char name[64];

	fputs("_iommuctl_commands=(\n", f);
	for (const struct iom_cmd *const *c = iom_cmds; *c; c++) {
		char line[256];

		snprintf(line, sizeof(line), "%s:%s", iom_cmd_name(*c, name, sizeof(name)),
			 (*c)->brief);
		fputc('\t', f);
		quoted(line, false, f);
		fputc('\n', f);
	}
	fputs(")\n_iommuctl_globals=(\n", f);
	option_lines(iom_global_opts, iom_global_letters, f);
	fputs(")\n_iommuctl_calls=(", f);
	call_words("\n\t", f);
	fputs("\n)\n\n_iommuctl_load()\n{\n\tcase $1 in\n", f);
	for (const struct iom_cmd *const *c = iom_cmds; *c; c++) {
		fprintf(f, "\t'%s')\n\topts=(\n", iom_cmd_name(*c, name, sizeof(name)));
		option_lines((*c)->opts, NULL, f);
		fputs("\t) free=(", f);
		for (const struct iom_opt *o = (*c)->opts; o && o->name; o++) {
			struct iom_buf b _iom_buf_ = { 0 };

			if (!(o->flags & IOM_POS))
				continue;
			kind_of(o, &b);
			iom_buf_puts(&b, o->flags & IOM_MULTI ? "*" : "");
			fputc(' ', f);
			quoted(b.data, false, f);
		}
		fputs(" ) fields=(", f);
		for (const struct iom_col *col = (*c)->cols; col && col->name; col++)
			fprintf(f, " %s", col->name);
		fputs(" ) ;;\n", f);
	}
	fputs("\t*) opts=() free=() fields=() ;;\n\tesac\n}\n", f);
}

/* What complete -c iommuctl takes for an option's value. */
static void fish_value(const struct iom_opt *o, const char *fields, FILE *f)
{
	struct iom_buf b _iom_buf_ = { 0 };

	kind_of(o, &b);
	if (!strcmp(b.data, "flag"))
		return;
	if (!strcmp(b.data, "path")) {
		fputs(" -r -F", f);
	} else if (!strcmp(b.data, "dir")) {
		fputs(" -x -a '(__fish_complete_directories)'", f);
	} else if (!strcmp(b.data, "field")) {
		fprintf(f, " -x -a '%s'", fields);
	} else if (!strcmp(b.data, "word") || !strcmp(b.data, "call")) {
		fputs(" -x", f);
	} else {
		for (char *p = b.data; *p; p++)
			if (*p == '|')
				*p = ' ';
		fprintf(f, " -x -a '%s'", b.data);
	}
}

/* A global option does not count behind a command that has one of the same name itself. */
static void fish_hidden(const char *global, FILE *f)
{
	const char *join = " -n \"";
	char name[64];

	for (const struct iom_cmd *const *c = iom_cmds; *c; c++)
		for (const struct iom_opt *o = (*c)->opts; o && o->name; o++)
			if (!strcmp(o->name, global)) {
				fprintf(f, "%snot __iommuctl_at '%s'", join,
					iom_cmd_name(*c, name, sizeof(name)));
				join = "; and ";
			}
	fputs(*join == ';' ? "\"" : "", f);
}

/* condition NULL: the global options. */
static void fish_options(const struct iom_opt *opts, const char *letters, const char *condition,
			 const char *fields, FILE *f)
{
	for (unsigned int i = 0; opts && opts[i].name; i++) {
		fputs("complete -c iommuctl", f);
		if (condition)
			fprintf(f, " -n \"%s\"", condition);
		else
			fish_hidden(opts[i].name, f);
		fprintf(f, " -l %s", opts[i].name);
		if (letters && letters[i])
			fprintf(f, " -s %c", letters[i]);
		fish_value(&opts[i], fields, f);
		fputs(" -d ", f);
		quoted(opts[i].help, true, f);
		fputc('\n', f);
	}
}

/* The words that may stand without a name: n is the place, from 0. */
static void fish_free(const struct iom_cmd *c, const char *name, FILE *f)
{
	unsigned int n = 0;

	for (const struct iom_opt *o = c->opts; o && o->name; o++) {
		struct iom_buf b _iom_buf_ = { 0 };

		if (!(o->flags & IOM_POS))
			continue;
		kind_of(o, &b);
		if (strcmp(b.data, "word")) {
			fprintf(f, "complete -c iommuctl -n \"__iommuctl_free '%s' %u\"", name, n);
			if (!strcmp(b.data, "call"))
				fputs(" -a '$__iommuctl_calls'", f);
			else if (!strcmp(b.data, "path") || !strcmp(b.data, "dir"))
				fputs(" -F", f);
			else
				fish_value(o, "", f);
			fputs(" -d ", f);
			quoted(o->help, true, f);
			fputc('\n', f);
		}
		n++;
	}
}

static bool first_of_object(const struct iom_cmd *const *c)
{
	for (const struct iom_cmd *const *p = iom_cmds; p != c; p++)
		if (!strcmp((*p)->object, (*c)->object))
			return false;
	return true;
}

/* The first word of the verb is offered behind the object, the second behind that. */
static void fish_verb(const struct iom_cmd *c, FILE *f)
{
	const char *space = strchr(c->verb, ' ');

	fprintf(f, "complete -c iommuctl -n \"__iommuctl_behind '%s'\" -a %.*s -d ", c->object,
		space ? (int)(space - c->verb) : (int)strlen(c->verb), c->verb);
	quoted(space ? "and what to do with it" : c->brief, true, f);
	fputc('\n', f);
	if (!space)
		return;
	fprintf(f, "complete -c iommuctl -n \"__iommuctl_behind '%s %.*s'\" -a %s -d ", c->object,
		(int)(space - c->verb), c->verb, space + 1);
	quoted(c->brief, true, f);
	fputc('\n', f);
}

static void fish_tables(FILE *f)
{
	char name[64], condition[96];

	fputs("set -g __iommuctl_commands", f);
	for (const struct iom_cmd *const *c = iom_cmds; *c; c++)
		fprintf(f, " \\\n\t'%s'", iom_cmd_name(*c, name, sizeof(name)));
	fputs("\nset -g __iommuctl_calls", f);
	call_words(" \\\n\t", f);
	/* Options with a value, so that the value is not taken for a word of the command. */
	fputs("\nset -g __iommuctl_valued", f);
	for (unsigned int i = 0; iom_global_opts[i].name; i++) {
		if (iom_global_opts[i].type == IOM_ARG_FLAG)
			continue;
		fprintf(f, " --%s", iom_global_opts[i].name);
		if (iom_global_letters[i])
			fprintf(f, " -%c", iom_global_letters[i]);
	}
	for (const struct iom_cmd *const *c = iom_cmds; *c; c++) {
		fprintf(f, "\nset -g __iommuctl_valued_%s",
			function_name(iom_cmd_name(*c, name, sizeof(name)), condition,
				      sizeof(condition)));
		for (const struct iom_opt *o = (*c)->opts; o && o->name; o++)
			if (o->type != IOM_ARG_FLAG)
				fprintf(f, " --%s", o->name);
	}
	fputs("\n\n", f);
	fish_options(iom_global_opts, iom_global_letters, NULL, "(__iommuctl_fields)", f);
	for (const struct iom_cmd *const *c = iom_cmds; *c; c++) {
		if (first_of_object(c)) {
			fprintf(f, "complete -c iommuctl -n \"__iommuctl_behind ''\" -a %s -d ",
				(*c)->object);
			quoted((*c)->verb ? "and what to do with it" : (*c)->brief, true, f);
			fputc('\n', f);
		}
		if ((*c)->verb)
			fish_verb(*c, f);
		iom_cmd_name(*c, name, sizeof(name));
		snprintf(condition, sizeof(condition), "__iommuctl_at '%s'", name);
		fish_options((*c)->opts, NULL, condition, "", f);
		fish_free(*c, name, f);
	}
	fputs("\nfunction __iommuctl_fields\n\tswitch (__iommuctl_command)\n", f);
	for (const struct iom_cmd *const *c = iom_cmds; *c; c++) {
		fprintf(f, "\tcase '%s'\n\t\tprintf '%%s\\n'", iom_cmd_name(*c, name, sizeof(name)));
		for (const struct iom_col *col = (*c)->cols; col && col->name; col++)
			fprintf(f, " %s", col->name);
		fputc('\n', f);
	}
	fputs("\tend\nend\n", f);
}

/* Copies the file; the one line @TABLES@ becomes what tables() prints. */
static void copy(const char *path, void (*tables)(FILE *f), FILE *f)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	bool seen = false;

	if (!in)
		gen_die("cannot open %s: %s", path, strerror(errno));
	while (getline(&line, &room, in) > 0) {
		if (strcmp(line, "@TABLES@\n")) {
			fputs(line, f);
			continue;
		}
		if (seen)
			gen_die("%s has a second @TABLES@", path);
		seen = true;
		tables(f);
	}
	if (ferror(in) || !seen)
		gen_die(seen ? "cannot read %s" : "%s has no line @TABLES@", path);
	free(line);
	fclose(in);
}

void gen_bash(const char *path, FILE *f)
{
	copy(path, sh_tables, f);
}

void gen_zsh(const char *path, FILE *f)
{
	copy(path, sh_tables, f);
}

void gen_fish(const char *path, FILE *f)
{
	copy(path, fish_tables, f);
}
