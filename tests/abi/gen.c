/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes a C program that asks the real headers for everything the tables claim. */
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE 512

/* What names.sh found: "struct T", "member T.m", "macro N", "enumerator TAG N". */
static void read_names(struct lines *known, struct lines *all)
{
	char buf[MAX_LINE], *name;

	while (fgets(buf, sizeof(buf), stdin)) {
		buf[strcspn(buf, "\n")] = '\0';
		lines_add(all, buf, 0);
		name = strrchr(buf, ' ');
		if (name)
			lines_add(known, name + 1, 0);
	}
	lines_sort(known);
}

/* A member of a member is there when the outer one is; the compiler sees to the rest. */
static bool is_known(const struct lines *known, const char *key)
{
	char name[sizeof(((struct fact *)0)->key)];
	char *dot;

	snprintf(name, sizeof(name), "%s", key);
	while (!lines_find(known, name)) {
		dot = strrchr(name, '.');
		if (!dot || dot == strchr(name, '.'))
			return false;
		*dot = '\0';
	}
	return true;
}

static void print_fact(const struct fact *f)
{
	const char *dot = strchr(f->key, '.');
	int tag = dot ? (int)(dot - f->key) : 0;

	printf("\tprintf(\"%s %s %%llu\\n\", (unsigned long long)", f->verb, f->key);
	if (!strcmp(f->verb, "size"))
		printf("sizeof(struct %s)", f->key);
	else if (!strcmp(f->verb, "offset"))
		printf("__builtin_offsetof(struct %.*s, %s)", tag, f->key, dot + 1);
	else if (!strcmp(f->verb, "width"))
		printf("sizeof(((struct %.*s *)0)->%s)", tag, f->key, dot + 1);
	else
		fputs(f->key, stdout);
	puts(");");
}

/* Enumerators come with their value, so that compare can look for clashes. */
static void print_name(const char *line)
{
	const char *name = strrchr(line, ' ') + 1;

	if (strncmp(line, "enumerator ", 11))
		printf("\tprintf(\"%s\\n\");\n", line);
	else
		printf("\tprintf(\"%s %%llu\\n\", (unsigned long long)%s);\n", line,
		       name);
}

int main(int argc, char **argv)
{
	bool selftest = argc > 1 && !strcmp(argv[1], "--selftest");
	struct lines known = { 0 }, all = { 0 };
	struct facts facts = { 0 };
	size_t i;

	read_names(&known, &all);
	facts_of_tables(&facts);
	puts("#include <stdio.h>\n#include <linux/iommufd.h>\n#include <linux/vfio.h>\n"
	     "int main(void)\n{");
	if (selftest)
		puts("\tputs(\"selftest\");");
	for (i = 0; i < facts.n; i++)
		if (is_known(&known, facts.v[i].key))
			print_fact(&facts.v[i]);
	for (i = 0; i < all.n; i++)
		print_name(all.v[i].text);
	puts("\treturn 0;\n}");
	lines_free(&known);
	lines_free(&all);
	free(facts.v);
	return fflush(stdout) || ferror(stdout) ? 2 : 0;
}
