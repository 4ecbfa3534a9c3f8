/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the generator: what its files share. */
#pragma once

#include <json.h>
#include <stdio.h>

#include "iommuctl/cmd.h"

/* Prints "iommuctl-gen: ..." on stderr and ends the build step. */
void gen_die(const char *fmt, ...) iom_printf(1, 2) __attribute__((noreturn));
/* Adds v to the object; the object owns it then. Ends the program when out of memory. */
void gen_put(struct json_object *o, const char *key, struct json_object *v);
void gen_put_str(struct json_object *o, const char *key, const char *s);
void gen_push(struct json_object *array, struct json_object *v);
/* Writes the document, indented, and a newline; puts it. */
void gen_write_json(struct json_object *o, FILE *f);

/* The command of that name ("ioas map"). Ends the program when there is none. */
const struct iom_cmd *gen_cmd(const char *name);
/* The word that a person types for a value. */
const char *gen_word(const struct iom_value *v);
/* "flag", "id", "path" ...: the argument types as words. */
const char *gen_arg_type(enum iom_arg type);
/* "iommuctl.ioas.map-1.json" of "iommuctl.ioas.map/1". */
const char *gen_schema_file(const char *schema, char *buf, size_t len);
/* What --help shows behind the command's name: " ioas --length SIZE [--iova ADDR]". */
void gen_usage(const struct iom_cmd *c, struct iom_buf *b);

/* The generators; each writes all of its output or ends the program. */
void gen_commands(FILE *f);
void gen_schemas(const char *dir);
/* Copies a page, with its placeholders replaced. An unknown one ends the program. */
void gen_man(const char *path, FILE *f);
/* Copies the hand-written part of a completion script, with @TABLES@ replaced. */
void gen_bash(const char *path, FILE *f);
void gen_zsh(const char *path, FILE *f);
void gen_fish(const char *path, FILE *f);
