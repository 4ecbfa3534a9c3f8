/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Help, from the tables: everything, one object, one command. */
#include <stdio.h>
#include <string.h>

#include "cmd/internal.h"

static void usage_option(const struct iom_opt *o, FILE *f)
{
	bool optional = !(o->flags & IOM_REQ), multi = o->flags & IOM_MULTI;
	const char *meta = iom_opt_metavar(o);

	if (o->flags & IOM_POS)
		fprintf(f, " %s%s%s%s", optional ? "[" : "",
			o->metavar || o->type == IOM_ARG_RANGE || o->type == IOM_ARG_ASSIGN
				? meta
				: o->name,
			multi ? "..." : "", optional ? "]" : "");
	else if (o->type == IOM_ARG_FLAG)
		fprintf(f, " [--%s]", o->name);
	else
		fprintf(f, " %s--%s %s%s%s", optional ? "[" : "", o->name, meta,
			optional ? "]" : "", multi ? "..." : "");
}

static void print_values(const struct iom_opt *o, FILE *f)
{
	if (o->type != IOM_ARG_ENUM)
		return;
	fputs(" (", f);
	for (const struct iom_value *v = o->values->values; v->name; v++)
		fprintf(f, "%s%s", v == o->values->values ? "" : ", ", v->word ? v->word : v->name);
	fputs(")", f);
}

static void print_options(const struct iom_opt *opts, const char *letters, FILE *f)
{
	for (unsigned int i = 0; opts && opts[i].name; i++) {
		const struct iom_opt *o = &opts[i];
		char left[64], letter[8] = "";

		if (letters && letters[i])
			snprintf(letter, sizeof(letter), "-%c, ", letters[i]);
		if ((o->flags & IOM_POS) && !letters)
			snprintf(left, sizeof(left), "%s (or --%s)",
				 o->metavar ? o->metavar : o->name, o->name);
		else
			snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name,
				 o->type == IOM_ARG_FLAG ? "" : " ", iom_opt_metavar(o));
		fprintf(f, "  %-28s %s", left, o->help);
		print_values(o, f);
		fputs("\n", f);
	}
}

void iom_help_cmd(const struct iom_cmd *c, FILE *f)
{
	char name[48];

	fprintf(f, "Usage: iommuctl [GLOBAL] %s", iom_cmd_name(c, name, sizeof(name)));
	for (const struct iom_opt *o = c->opts; o && o->name; o++)
		usage_option(o, f);
	fprintf(f, "\n\n%s\n", c->brief);
	if (c->opts) {
		fputs("\nOptions:\n", f);
		print_options(c->opts, NULL, f);
	}
	if (c->cols && c->cols->name) {
		fputs("\nFields of the result:\n", f);
		for (const struct iom_col *col = c->cols; col->name; col++)
			fprintf(f, "  %-28s %s\n", col->name, col->help);
	}
	if (c->calls) {
		fputs("\nKernel calls:", f);
		for (const char *const *k = c->calls; *k; k++)
			fprintf(f, " %s", *k);
		fputs("\n", f);
	}
	fprintf(f, "\nSee iommuctl-%s(1).\n", c->object);
}

bool iom_help_object(const char *object, FILE *f)
{
	char name[48];
	bool found = false;

	for (const struct iom_cmd *const *c = iom_cmds; *c; c++) {
		if (strcmp((*c)->object, object))
			continue;
		if (!found)
			fprintf(f, "Usage: iommuctl [GLOBAL] %s VERB ...\n\n", object);
		found = true;
		fprintf(f, "  %-28s %s\n", iom_cmd_name(*c, name, sizeof(name)), (*c)->brief);
	}
	if (found)
		fprintf(f, "\nSee iommuctl-%s(1).\n", object);
	return found;
}

void iom_help_all(FILE *f)
{
	char name[48];

	fputs("Usage: iommuctl [GLOBAL] OBJECT [VERB] ...\n\n"
	      "Administer and debug IOMMU user space: /dev/iommu, VFIO devices, IOMMU groups.\n\n"
	      "Commands:\n", f);
	for (const struct iom_cmd *const *c = iom_cmds; *c; c++)
		fprintf(f, "  %-28s %s\n", iom_cmd_name(*c, name, sizeof(name)), (*c)->brief);
	fputs("\nGlobal options, before or behind the command:\n", f);
	print_options(iom_global_opts, iom_global_letters, f);
	fputs("\nEach but --help and --version has a variable, such as IOMMUCTL_BACKEND=emu.\n"
	      "Exit: 0 done, 1 refused, 2 usage, 3 not supported, 4 permission, 5 not found,\n"
	      "6 busy, 7 partial, 8 output or internal failure. See iommuctl(1).\n", f);
}
