/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parsers of single words and lines: numbers, names of values, the emulator's machine, uevents,
 * faults in the kernel log, words of a batch, options, the path of --get.
 */
#include "fuzz.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/internal.h"
#include "cmd/token.h"
#include "iommuctl/abi.h"
#include "iommuctl/emu.h"
#include "iommuctl/host.h"

static void numbers(const char *s)
{
	uint64_t v, again;
	uint8_t uuid[16];
	char bdf[24], text[32];

	if (!iom_parse_u64(s, &v)) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
		if (!isdigit((unsigned char)*s) || iom_parse_u64(text, &again) || again != v)
			fuzz_failed("'%s' is no number", s);
		if (iom_parse_size(s, &again) || again != v)
			fuzz_failed("'%s' is a number, but no size", s);
	}
	if (!iom_parse_size(s, &v) &&
	    (iom_parse_size(iom_format_size(v, text, sizeof(text)), &again) || again != v))
		fuzz_failed("size '%s' comes back as '%s'", s, text);
	if (!iom_parse_bdf(s, bdf, sizeof(bdf)) && (strlen(bdf) < 12 || strlen(s) > strlen(bdf)))
		fuzz_failed("'%s' is no PCI address", s);
	if (!iom_parse_uuid(s, uuid) && strlen(s) != 36)
		fuzz_failed("'%s' is no UUID", s);
	if (!iom_parse_seconds(s, &v) && !strchr("0123456789.", *s))
		fuzz_failed("'%s' is no time", s);
}

/* What is written comes back as it was. */
static void values(uint16_t key, const char *s)
{
	for (const struct iom_call *c = iom_calls; c->name; c++) {
		for (const struct iom_field *f = c->fields; f->name; f++) {
			struct iom_buf _iom_buf_ b = { 0 };
			uint8_t arg[IOM_MAX_ARG] = { 0 };
			uint64_t v, again;

			if ((uint16_t)(f->offset + f->kind + c->code) % 8 != key % 8 ||
			    iom_field_parse(f, s, &v))
				continue;
			if (iom_field_set(f, arg, 0, v))
				fuzz_failed("%s %s: '%s' does not fit", c->name, f->name, s);
			if (f->kind != IOM_K_FD && iom_field_get(f, arg, 0) != v)
				fuzz_failed("%s %s: '%s' changed", c->name, f->name, s);
			iom_field_format(f, arg, 0, &b);
			if ((f->kind == IOM_K_FLAGS || f->kind == IOM_K_ENUM) &&
			    (iom_field_parse(f, b.data, &again) || again != v))
				fuzz_failed("%s %s: '%s' is written as '%s'", c->name, f->name, s,
					    b.data);
		}
	}
	iom_call_find(s, key & 1 ? "tsm-v5" : NULL);
	iom_struct_find(NULL, s);
}

static void machine(const char *s)
{
	struct iom_err err = { 0 };
	struct iom_emu *emu = iom_emu_new(s, &err);

	if (!emu && (!err.what[0] || !err.exit))
		fuzz_failed("no machine, and no word why: %s", s);
	iom_emu_free(emu);
}

static void events(const char *s, size_t len)
{
	struct iom_host_event e;
	struct iom_host_fault f;

	if (iom_host_event_parse(s, len, &e) && !e.action[0])
		fuzz_failed("an event that does nothing");
	if (iom_host_fault_parse(s, &f) && (!f.source || !f.access))
		fuzz_failed("a fault from nowhere: %s", s);
}

static void words(const char *s)
{
	struct iom_vars vars = { 0 };
	struct iom_words w = { 0 }, plain = { 0 };
	struct iom_err err = { 0 };
	char *copy = strdup(s);

	if (!copy)
		fuzz_failed("no memory");
	if (!iom_split(&w, s, &vars, &err) && iom_split_plain(&plain, copy, copy + strlen(copy))) {
		/* The short way and the long way must agree. */
		if (plain.argc != w.argc)
			fuzz_failed("%d or %d words: %s", plain.argc, w.argc, s);
		for (int i = 0; i < w.argc; i++)
			if (strcmp(plain.argv[i], w.argv[i]))
				fuzz_failed("word %d is '%s' or '%s'", i, plain.argv[i], w.argv[i]);
	}
	free(copy);
	iom_buf_free(&w.buf);
	iom_vars_free(&vars);
}

/* Options of any command, words apart by line ends; nothing is issued. The exit code. */
static int options(uint16_t key, char *s)
{
	char lead[][24] = { "--dry-run", "--backend", "emu", "--sysroot", FUZZ_NO_HOST, "--get" };
	char *argv[64], *save = NULL;
	int argc = 5, n = key & 1 ? 5 : 4, rc;

	for (int i = 0; i < 5; i++)
		argv[i] = lead[i];
	if (n == 4 && (s[0] != '\n'))
		argv[argc++] = lead[5];
	for (char *w = strtok_r(s, "\n", &save); w && argc < 60; w = strtok_r(NULL, "\n", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	fuzz_guard_up(NULL);
	rc = fuzz_command(argc, argv);
	fuzz_guard_down();
	return rc;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char good[] = "ioas\nalloc";

	(void)argc;
	(void)argv;
	/* A target that no command gets through finds nothing, and would not say so. */
	if (options(1, good))
		fuzz_failed("a good command does not run");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, data + size };
	uint8_t which = (uint8_t)fuzz_take(&in, 1);
	uint16_t key = (uint16_t)fuzz_take(&in, 1);
	size_t len = (size_t)(in.end - in.p);
	char *text = malloc(len + 1);

	if (!text)
		fuzz_failed("no memory");
	memcpy(text, in.p, len);
	text[len] = '\0';
	switch (which % 6) {
	case 0:
		numbers(text);
		break;
	case 1:
		values(key, text);
		break;
	case 2:
		machine(text);
		break;
	case 3:
		events(text, len);
		break;
	case 4:
		words(text);
		break;
	default:
		options(key, text);
	}
	free(text);
	return 0;
}
