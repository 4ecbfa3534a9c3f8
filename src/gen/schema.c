/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON Schema (draft-07) of every document that the program can print, from the columns. */
#include "gen/gen.h"

#include <errno.h>
#include <string.h>

#include "cmd/internal.h"

#define HEX_PATTERN "^0x[0-9a-f]+$"

static struct json_object *typed(const char *type)
{
	struct json_object *o = json_object_new_object();

	gen_put_str(o, "type", type);
	return o;
}

static struct json_object *unsigned_integer(void)
{
	struct json_object *o = typed("integer");

	gen_put(o, "minimum", json_object_new_int(0));
	return o;
}

static struct json_object *constant(const char *word)
{
	struct json_object *o = json_object_new_object();

	gen_put_str(o, "const", word);
	return o;
}

static struct json_object *ref(const char *target)
{
	struct json_object *o = json_object_new_object();

	gen_put_str(o, "$ref", target);
	return o;
}

static struct json_object *any(void)
{
	struct json_object *o = json_object_new_object(), *types = json_object_new_array();

	gen_push(types, json_object_new_string("integer"));
	gen_push(types, json_object_new_string("string"));
	gen_put(o, "type", types);
	gen_put(o, "minimum", json_object_new_int(0));
	return o;
}

static struct json_object *string_of(const struct iom_enum *values)
{
	struct json_object *o = typed("string"), *list;

	if (!values)
		return o;
	list = json_object_new_array();
	for (const struct iom_value *v = values->values; v->name; v++)
		gen_push(list, json_object_new_string(gen_word(v)));
	gen_put(o, "enum", list);
	return o;
}

static struct json_object *array_of(struct json_object *items)
{
	struct json_object *o = typed("array");

	gen_put(o, "items", items);
	return o;
}

/* Makes o the schema of an object with these properties and no other; takes the lists over. */
static struct json_object *close_object(struct json_object *o, struct json_object *properties,
					struct json_object *required)
{
	gen_put_str(o, "type", "object");
	gen_put(o, "properties", properties);
	gen_put(o, "required", required);
	gen_put(o, "additionalProperties", json_object_new_boolean(false));
	return o;
}

static struct json_object *column(const struct iom_col *col);

static void add_columns(const struct iom_col *cols, struct json_object *properties,
			struct json_object *required)
{
	for (; cols && cols->name; cols++) {
		gen_put(properties, cols->name, column(cols));
		if (!(cols->flags & IOM_COL_OPT))
			gen_push(required, json_object_new_string(cols->name));
	}
}

static struct json_object *record(const struct iom_col *cols)
{
	struct json_object *properties, *required;

	if (!cols || !cols->name) {
		/* The members of a struct, which differ by call. */
		struct json_object *o = typed("object");

		gen_put(o, "additionalProperties", any());
		return o;
	}
	properties = json_object_new_object();
	required = json_object_new_array();
	add_columns(cols, properties, required);
	return close_object(json_object_new_object(), properties, required);
}

static struct json_object *hex(void)
{
	struct json_object *o = typed("string");

	gen_put_str(o, "pattern", HEX_PATTERN);
	return o;
}

/* Either of the two. */
static struct json_object *one_of(struct json_object *a, struct json_object *b)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();

	gen_push(list, a);
	gen_push(list, b);
	gen_put(o, "anyOf", list);
	return o;
}

static struct json_object *value(const struct iom_col *col)
{
	switch (col->type) {
	case IOM_T_UINT:
	case IOM_T_SIZE:
		return unsigned_integer();
	case IOM_T_INT:
		return typed("integer");
	case IOM_T_HEX:
		return hex();
	case IOM_T_BOOL:
		return typed("boolean");
	case IOM_T_STR:
		return string_of(col->values);
	case IOM_T_STRS:
		return array_of(string_of(col->values));
	case IOM_T_LIST:
		return array_of(record(col->cols));
	case IOM_T_REC:
		return record(col->cols);
	case IOM_T_ANY:
		return any();
	}
	gen_die("column %s has a type without a schema", col->name);
}

static struct json_object *column(const struct iom_col *col)
{
	struct json_object *o = value(col);

	if (col->flags & IOM_COL_NULL)
		o = one_of(o, typed("null"));
	if (col->help)
		gen_put_str(o, "description", col->help);
	return o;
}

/* What every schema begins with. */
static struct json_object *document(const char *schema, const char *title)
{
	struct json_object *o = json_object_new_object();
	char file[128];

	gen_put_str(o, "$schema", "http://json-schema.org/draft-07/schema#");
	gen_put_str(o, "$id", gen_schema_file(schema, file, sizeof(file)));
	gen_put_str(o, "title", title);
	return o;
}

/* The properties that every document begins with. */
static void add_head(const char *schema, bool backend, struct json_object *properties,
		     struct json_object *required)
{
	struct json_object *o, *words;

	gen_put(properties, "schema", constant(schema));
	gen_push(required, json_object_new_string("schema"));
	if (!backend)
		return;
	o = typed("string");
	words = json_object_new_array();
	gen_push(words, json_object_new_string("kernel"));
	gen_push(words, json_object_new_string("emu"));
	gen_put(o, "enum", words);
	gen_put_str(o, "description", "who answered");
	gen_put(properties, "backend", o);
	gen_push(required, json_object_new_string("backend"));
}

static struct json_object *of_columns(const char *schema, const char *title, bool backend,
				      const struct iom_col *cols)
{
	struct json_object *properties = json_object_new_object();
	struct json_object *required = json_object_new_array();

	add_head(schema, backend, properties, required);
	add_columns(cols, properties, required);
	return close_object(document(schema, title), properties, required);
}

/* A string with a pattern and a description. */
static struct json_object *text(const char *pattern, const char *help)
{
	struct json_object *o = typed("string");

	if (pattern)
		gen_put_str(o, "pattern", pattern);
	else
		gen_put(o, "minLength", json_object_new_int(1));
	gen_put_str(o, "description", help);
	return o;
}

static struct json_object *exit_code(int from)
{
	struct json_object *o = typed("integer");

	gen_put(o, "minimum", json_object_new_int(from));
	gen_put(o, "maximum", json_object_new_int(IOM_EXIT_NO_PROGRAM));
	gen_put_str(o, "description", "exit code of the command");
	return o;
}

static struct json_object *error_members(void)
{
	struct json_object *p = json_object_new_object(), *required = json_object_new_array();

	gen_put(p, "call", text("^([A-Z][A-Z0-9_]*|(p|[a-z]+_)?(read|write)|mmap)$", "kernel call that was refused"));
	gen_put(p, "errno", text("^E([A-Z0-9]+|\\?)$", "symbolic errno"));
	gen_put(p, "message", text(NULL, "what could not be done"));
	gen_put(p, "field", text(NULL, "member of the struct that is to blame"));
	gen_put(p, "cause", text("^[a-z0-9-]+$", "key of the cause, for scripts"));
	gen_put(p, "fact", text(NULL, "what was found by looking"));
	gen_put(p, "hint", text(NULL, "what to try"));
	gen_put(p, "exit", exit_code(1));
	gen_push(required, json_object_new_string("message"));
	gen_push(required, json_object_new_string("exit"));
	return close_object(json_object_new_object(), p, required);
}

static struct json_object *error_schema(void)
{
	struct json_object *p = json_object_new_object(), *required = json_object_new_array();
	struct json_object *o, *definitions = json_object_new_object();

	add_head("iommuctl.error/1", false, p, required);
	gen_put(p, "error", ref("#/definitions/error"));
	gen_push(required, json_object_new_string("error"));
	o = close_object(document("iommuctl.error/1", "a failure, on standard error"), p, required);
	gen_put(definitions, "error", error_members());
	gen_put(o, "definitions", definitions);
	return o;
}

/* if the result says it is `schema`, then it is as the schema's file says. */
static struct json_object *result_rule(const char *schema)
{
	struct json_object *rule = json_object_new_object();
	struct json_object *says = json_object_new_object(), *p = json_object_new_object();
	struct json_object *inner = json_object_new_object(), *outer = json_object_new_object();
	struct json_object *is = json_object_new_object(), *need = json_object_new_array();
	char file[128];

	gen_put(inner, "schema", constant(schema));
	gen_put(says, "properties", inner);
	gen_put(outer, "result", says);
	gen_put(is, "properties", outer);
	gen_push(need, json_object_new_string("result"));
	gen_put(is, "required", need);
	gen_put(rule, "if", is);
	gen_put(p, "result", ref(gen_schema_file(schema, file, sizeof(file))));
	is = json_object_new_object();
	gen_put(is, "properties", p);
	gen_put(rule, "then", is);
	return rule;
}

static struct json_object *has_key(const char *key)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();

	gen_push(list, json_object_new_string(key));
	gen_put(o, "required", list);
	return o;
}

/* The one key and not the other, and a status that goes with it. */
static struct json_object *one_of_two(const char *key, const char *other,
				      struct json_object *status)
{
	struct json_object *o = has_key(key), *p = json_object_new_object();

	gen_put(o, "not", has_key(other));
	gen_put(p, "status", status);
	gen_put(o, "properties", p);
	return o;
}

/* One line of a batch: the columns of its table, and either a result or an error. */
static struct json_object *batch_schema(const struct iom_cmd *cmd, const char *schema)
{
	struct json_object *o = of_columns(schema, cmd->brief, false, cmd->cols);
	struct json_object *p, *words = json_object_new_array(), *rules = json_object_new_array();
	struct json_object *result = typed("object"), *one = json_object_new_array(), *inner, *zero;

	for (const struct iom_cmd *const *c = iom_cmds; *c; c++) {
		char name[96];

		if ((*c)->flags & IOM_CMD_TOP)
			continue;
		iom_cmd_schema(*c, name, sizeof(name));
		gen_push(words, json_object_new_string(name));
		gen_push(rules, result_rule(name));
	}
	gen_push(words, json_object_new_string("iommuctl.dry-run/1"));
	gen_push(rules, result_rule("iommuctl.dry-run/1"));
	inner = json_object_new_object();
	gen_put(inner, "schema", json_object_new_object());
	gen_put(json_object_object_get(inner, "schema"), "enum", words);
	gen_put(result, "properties", inner);
	words = json_object_new_array();
	gen_push(words, json_object_new_string("schema"));
	gen_put(result, "required", words);
	gen_put_str(result, "description", "the command's document, when the status is 0");
	p = json_object_object_get(o, "properties");
	gen_put(p, "result", result);
	gen_put(p, "error", ref("iommuctl.error-1.json#/definitions/error"));
	gen_put(p, "status", exit_code(0));
	zero = json_object_new_object();
	gen_put(zero, "const", json_object_new_int(0));
	gen_push(one, one_of_two("result", "error", zero));
	gen_push(one, one_of_two("error", "result", exit_code(1)));
	gen_put(o, "oneOf", one);
	gen_put(o, "allOf", rules);
	return o;
}

static void write_schema(const char *dir, const char *schema, struct json_object *o)
{
	char path[4096], file[128];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, gen_schema_file(schema, file, sizeof(file)));
	FILE *f;

	if (n < 0 || (size_t)n >= sizeof(path))
		gen_die("%s: the name is too long", dir);
	f = fopen(path, "we");
	if (!f)
		gen_die("cannot write %s: %s", path, strerror(errno));
	gen_write_json(o, f);
	if (ferror(f) | fclose(f))
		gen_die("cannot write %s", path);
}

void gen_schemas(const char *dir)
{
	char name[96];

	for (const struct iom_cmd *const *c = iom_cmds; *c; c++) {
		iom_cmd_schema(*c, name, sizeof(name));
		if ((*c)->flags & IOM_CMD_STREAM)
			write_schema(dir, name, batch_schema(*c, name));
		else
			write_schema(dir, name, of_columns(name, (*c)->brief, (*c)->flags & IOM_CMD_CTX,
							   (*c)->cols));
	}
	write_schema(dir, "iommuctl.error/1", error_schema());
	write_schema(dir, "iommuctl.dry-run/1",
		     of_columns("iommuctl.dry-run/1", "the calls that --dry-run kept back", true,
				iom_dry_cols));
}
