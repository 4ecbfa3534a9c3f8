/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iommuctl-gen: a program of the build that writes documents from the command tables. */
#include "gen/gen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/internal.h"

void gen_die(const char *fmt, ...)
{
	va_list ap;

	fputs("iommuctl-gen: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	exit(1);
}

void gen_put(struct json_object *o, const char *key, struct json_object *v)
{
	if (!o || json_object_object_add(o, key, v))
		gen_die("out of memory");
}

void gen_put_str(struct json_object *o, const char *key, const char *s)
{
	gen_put(o, key, s ? json_object_new_string(s) : NULL);
}

void gen_push(struct json_object *array, struct json_object *v)
{
	if (!array || json_object_array_add(array, v))
		gen_die("out of memory");
}

void gen_write_json(struct json_object *o, FILE *f)
{
	const char *text = json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		gen_die("out of memory");
	fprintf(f, "%s\n", text);
	json_object_put(o);
}

const struct iom_cmd *gen_cmd(const char *name)
{
	char buf[64];

	for (const struct iom_cmd *const *c = iom_cmds; *c; c++)
		if (!strcmp(iom_cmd_name(*c, buf, sizeof(buf)), name))
			return *c;
	gen_die("there is no command '%s'", name);
}

const char *gen_word(const struct iom_value *v)
{
	return v->word ? v->word : v->name;
}

const char *gen_arg_type(enum iom_arg type)
{
	static const char *const words[] = {
		[IOM_ARG_FLAG] = "flag", [IOM_ARG_ID] = "id", [IOM_ARG_U32] = "u32",
		[IOM_ARG_U64] = "u64", [IOM_ARG_ADDR] = "address", [IOM_ARG_LEN] = "length",
		[IOM_ARG_FD] = "fd", [IOM_ARG_STR] = "string", [IOM_ARG_PATH] = "path",
		[IOM_ARG_ENUM] = "enum", [IOM_ARG_RANGE] = "range", [IOM_ARG_ASSIGN] = "assign",
		[IOM_ARG_TIME] = "seconds",
	};

	if ((size_t)type >= IOM_ARRAY_SIZE(words) || !words[type])
		gen_die("argument type %d has no word", (int)type);
	return words[type];
}

const char *gen_schema_file(const char *schema, char *buf, size_t len)
{
	snprintf(buf, len, "%s.json", schema);
	for (char *p = buf; *p; p++)
		if (*p == '/')
			*p = '-';
	return buf;
}

void gen_usage(const struct iom_cmd *c, struct iom_buf *b)
{
	for (const struct iom_opt *o = c->opts; o && o->name; o++) {
		const char *open = o->flags & IOM_REQ ? "" : "[", *shut = o->flags & IOM_REQ ? "" : "]";
		const char *more = o->flags & IOM_MULTI ? "..." : "", *meta = iom_opt_metavar(o);

		if (o->flags & IOM_POS)
			iom_buf_printf(b, " %s%s%s%s", open,
				       o->metavar || o->type == IOM_ARG_RANGE ||
				       o->type == IOM_ARG_ASSIGN ? meta : o->name, more, shut);
		else if (o->type == IOM_ARG_FLAG)
			iom_buf_printf(b, " [--%s]", o->name);
		else
			iom_buf_printf(b, " %s--%s %s%s%s", open, o->name, meta, shut, more);
	}
	if (b->failed)
		gen_die("out of memory");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *word;
		void (*run)(const char *path, FILE *f);
	} copies[] = {
		{ "man", gen_man }, { "bash", gen_bash }, { "zsh", gen_zsh }, { "fish", gen_fish },
	};
	size_t i;

	if (argc == 2 && !strcmp(argv[1], "commands")) {
		gen_commands(stdout);
	} else if (argc == 3 && !strcmp(argv[1], "schemas")) {
		gen_schemas(argv[2]);
	} else {
		for (i = 0; i < IOM_ARRAY_SIZE(copies); i++)
			if (argc == 3 && !strcmp(argv[1], copies[i].word))
				break;
		if (i == IOM_ARRAY_SIZE(copies))
			gen_die("usage: commands | schemas DIR | man PAGE | bash|zsh|fish SKELETON");
		copies[i].run(argv[2], stdout);
	}
	if (fflush(stdout) || ferror(stdout))
		gen_die("cannot write: %s", strerror(errno));
	return 0;
}
