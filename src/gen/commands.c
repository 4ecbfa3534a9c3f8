/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables as one JSON document, for the tests that compare everything else with them. */
#include "cmd/internal.h"
#include "gen/gen.h"
#include "iommuctl/diag.h"

static const char *const types[] = {
	[IOM_T_UINT] = "uint", [IOM_T_INT] = "int", [IOM_T_SIZE] = "size", [IOM_T_HEX] = "hex",
	[IOM_T_BOOL] = "bool", [IOM_T_STR] = "string", [IOM_T_STRS] = "strings",
	[IOM_T_LIST] = "list", [IOM_T_REC] = "record", [IOM_T_ANY] = "any",
};

static struct json_object *values_of(const struct iom_enum *e)
{
	struct json_object *list = json_object_new_array();

	for (const struct iom_value *v = e->values; v->name; v++)
		gen_push(list, json_object_new_string(gen_word(v)));
	return list;
}

static void put_bool(struct json_object *o, const char *key, bool v)
{
	gen_put(o, key, json_object_new_boolean(v));
}

static struct json_object *option(const struct iom_opt *opt)
{
	struct json_object *o = json_object_new_object();

	gen_put_str(o, "name", opt->name);
	gen_put_str(o, "type", gen_arg_type(opt->type));
	gen_put_str(o, "metavar", iom_opt_metavar(opt));
	gen_put_str(o, "help", opt->help);
	put_bool(o, "required", opt->flags & IOM_REQ);
	put_bool(o, "positional", opt->flags & IOM_POS);
	put_bool(o, "multiple", opt->flags & IOM_MULTI);
	if (opt->values)
		gen_put(o, "values", values_of(opt->values));
	return o;
}

static struct json_object *columns(const struct iom_col *cols)
{
	struct json_object *list = json_object_new_array();

	for (; cols && cols->name; cols++) {
		struct json_object *o = json_object_new_object();

		gen_put_str(o, "name", cols->name);
		gen_put_str(o, "type", types[cols->type]);
		gen_put_str(o, "help", cols->help);
		put_bool(o, "optional", cols->flags & IOM_COL_OPT);
		put_bool(o, "nullable", cols->flags & IOM_COL_NULL);
		put_bool(o, "id", cols->flags & IOM_COL_ID);
		if (cols->values)
			gen_put(o, "values", values_of(cols->values));
		if (cols->type == IOM_T_LIST || cols->type == IOM_T_REC)
			gen_put(o, "columns", columns(cols->cols));
		gen_push(list, o);
	}
	return list;
}

static struct json_object *flags_of(const struct iom_cmd *c)
{
	static const struct {
		unsigned int bit;
		const char *word;
	} words[] = {
		{ IOM_CMD_CTX, "context" }, { IOM_CMD_MUTATES, "mutates" }, { IOM_CMD_TOP, "top" },
		{ IOM_CMD_HOST, "host" }, { IOM_CMD_STREAM, "stream" },
	};
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < IOM_ARRAY_SIZE(words); i++)
		if (c->flags & words[i].bit)
			gen_push(list, json_object_new_string(words[i].word));
	return list;
}

static struct json_object *command(const struct iom_cmd *c)
{
	struct json_object *o = json_object_new_object(), *list;
	struct iom_buf usage _iom_buf_ = { 0 };
	char name[64], schema[96], file[128];

	gen_usage(c, &usage);
	gen_put_str(o, "name", iom_cmd_name(c, name, sizeof(name)));
	gen_put_str(o, "object", c->object);
	gen_put_str(o, "verb", c->verb);
	gen_put_str(o, "brief", c->brief);
	gen_put_str(o, "usage", usage.data ? usage.data + 1 : "");
	gen_put_str(o, "schema", iom_cmd_schema(c, schema, sizeof(schema)));
	gen_put_str(o, "schema_file", gen_schema_file(schema, file, sizeof(file)));
	gen_put(o, "flags", flags_of(c));
	list = json_object_new_array();
	for (const struct iom_opt *opt = c->opts; opt && opt->name; opt++)
		gen_push(list, option(opt));
	gen_put(o, "options", list);
	gen_put(o, "columns", columns(c->cols));
	list = json_object_new_array();
	for (const char *const *k = c->calls; k && *k; k++)
		gen_push(list, json_object_new_string(*k));
	gen_put(o, "calls", list);
	return o;
}

static struct json_object *globals(void)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; iom_global_opts[i].name; i++) {
		struct json_object *o = option(&iom_global_opts[i]);
		const char letter[2] = { iom_global_letters[i], '\0' };

		gen_put_str(o, "letter", *letter ? letter : NULL);
		/* These two end the program, so they have no variable. */
		if (*letter != 'h' && *letter != 'V') {
			char env[64];

			gen_put_str(o, "variable", iom_global_env(i, env, sizeof(env)));
		}
		gen_push(list, o);
	}
	return list;
}

static struct json_object *calls(void)
{
	struct json_object *list = json_object_new_array();

	for (const struct iom_call *c = iom_calls; c->name; c++) {
		struct json_object *o = json_object_new_object();

		gen_put_str(o, "name", c->name);
		gen_put_str(o, "word", c->word);
		gen_put(o, "code", json_object_new_uint64(c->code));
		gen_put(o, "min", json_object_new_int(c->min));
		gen_put(o, "full", json_object_new_int(c->full));
		gen_put_str(o, "abi", c->abi);
		gen_push(list, o);
	}
	return list;
}

static struct json_object *causes(void)
{
	struct json_object *list = json_object_new_array();
	const struct iom_cause *c;

	for (size_t i = 0; (c = iom_cause_at(i)); i++) {
		struct json_object *o = json_object_new_object();

		gen_put_str(o, "call", c->call);
		gen_put_str(o, "errno", iom_errno_name(c->code));
		gen_put_str(o, "key", c->key);
		gen_put_str(o, "fact", c->fact);
		gen_put_str(o, "hint", c->hint);
		gen_push(list, o);
	}
	return list;
}

void gen_commands(FILE *f)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();

	for (const struct iom_cmd *const *c = iom_cmds; *c; c++)
		gen_push(list, command(*c));
	gen_put_str(o, "version", IOMMUCTL_VERSION);
	gen_put(o, "globals", globals());
	gen_put(o, "commands", list);
	gen_put(o, "calls", calls());
	gen_put(o, "causes", causes());
	gen_write_json(o, f);
}
