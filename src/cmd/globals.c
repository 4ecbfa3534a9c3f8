/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The global options: their table, their environment variables, what they set. */
#include "cmd/internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct iom_value backend_values[] = {
	{ .name = "kernel", .word = "kernel", .value = 0 },
	{ .name = "emu", .word = "emu", .value = 1 },
	{ 0 },
};
static const struct iom_enum backend_enum = { .name = "backend", .values = backend_values };

static const struct iom_value color_values[] = {
	{ .name = "auto", .word = "auto", .value = IOM_COLOR_AUTO },
	{ .name = "always", .word = "always", .value = IOM_COLOR_ALWAYS },
	{ .name = "never", .word = "never", .value = IOM_COLOR_NEVER },
	{ 0 },
};
static const struct iom_enum color_enum = { .name = "color", .values = color_values };

enum {
	G_JSON, G_JSONL, G_PRETTY, G_GET, G_BACKEND, G_EMU, G_DEVICE, G_FD, G_SYSROOT,
	G_DRY_RUN, G_VERBOSE, G_QUIET, G_COLOR, G_HELP, G_VERSION,
};

const struct iom_opt iom_global_opts[] = {
	[G_JSON] = { "json", IOM_ARG_FLAG, 0, "print one JSON document" },
	[G_JSONL] = { "jsonl", IOM_ARG_FLAG, 0, "print JSON Lines: one compact document a line" },
	[G_PRETTY] = { "pretty", IOM_ARG_FLAG, 0, "indent JSON documents" },
	[G_GET] = { "get", IOM_ARG_STR, 0, "print the bare value of one field of the result",
		    .metavar = "FIELD" },
	[G_BACKEND] = { "backend", IOM_ARG_ENUM, 0, "who answers the calls",
			.values = &backend_enum },
	[G_EMU] = { "emu", IOM_ARG_STR, 0, "machine that the emulator plays",
		    .metavar = "SPEC" },
	[G_DEVICE] = { "device", IOM_ARG_PATH, 0, "node to open instead of /dev/iommu" },
	[G_FD] = { "fd", IOM_ARG_FD, 0, "use this open /dev/iommu and leave it open" },
	[G_SYSROOT] = { "sysroot", IOM_ARG_PATH, 0,
			"read sysfs and procfs below this folder, or in a snapshot",
			.metavar = "DIR" },
	[G_DRY_RUN] = { "dry-run", IOM_ARG_FLAG, 0, "print the calls, issue none" },
	[G_VERBOSE] = { "verbose", IOM_ARG_FLAG, 0, "show each call on stderr, decoded" },
	[G_QUIET] = { "quiet", IOM_ARG_FLAG, 0, "print no result" },
	[G_COLOR] = { "color", IOM_ARG_ENUM, 0, "colour in text output",
		      .values = &color_enum },
	[G_HELP] = { "help", IOM_ARG_FLAG, 0, "help for the command, the object or all" },
	[G_VERSION] = { "version", IOM_ARG_FLAG, 0, "print the version" },
	{ 0 },
};

/* Letters of the global options, by their index; 0: none. */
const char iom_global_letters[] = {
	[G_JSON] = 'j', [G_PRETTY] = 'p', [G_BACKEND] = 'b', [G_VERBOSE] = 'v',
	[G_QUIET] = 'q', [G_HELP] = 'h', [G_VERSION] = 'V',
};

void iom_globals_init(struct iom_globals *g)
{
	memset(g, 0, sizeof(*g));
	g->fd = -1;
	g->sysroot = "";
	g->backend = "kernel";
}

void iom_global_set(struct iom_app *app, unsigned int opt, const struct iom_argval *v)
{
	struct iom_globals *g = &app->g;

	switch (opt) {
	case G_JSON:
		g->json = true;
		break;
	case G_JSONL:
		g->json = g->jsonl = true;
		break;
	case G_PRETTY:
		g->pretty = true;
		break;
	case G_GET:
		g->get = v->str;
		break;
	case G_BACKEND:
		g->backend = backend_values[v->num].word;
		break;
	case G_EMU:
		g->emu = v->str;
		break;
	case G_DEVICE:
		g->device = v->str;
		break;
	case G_FD:
		g->fd = (int)v->num;
		break;
	case G_SYSROOT:
		g->sysroot = strcmp(v->str, "/") ? v->str : "";
		break;
	case G_DRY_RUN:
		g->dry_run = true;
		break;
	case G_VERBOSE:
		g->verbose = true;
		break;
	case G_QUIET:
		g->quiet = true;
		break;
	case G_COLOR:
		g->color = (enum iom_color)v->num;
		break;
	case G_HELP:
		app->want_help = true;
		break;
	case G_VERSION:
		app->want_version = true;
		break;
	}
}

/* IOMMUCTL_DRY_RUN for "dry-run". */
const char *iom_global_env(unsigned int opt, char *buf, size_t len)
{
	const char *name = iom_global_opts[opt].name;
	size_t n = 0;

	for (const char *p = "IOMMUCTL_"; *p && n + 1 < len; p++)
		buf[n++] = *p;
	for (; *name && n + 1 < len; name++)
		buf[n++] = *name == '-' ? '_' : (char)toupper((unsigned char)*name);
	buf[n] = '\0';
	return buf;
}

int iom_globals_from_env(struct iom_app *app, struct iom_err *err)
{
	for (unsigned int i = 0; i < G_HELP; i++) {
		const struct iom_opt *o = &iom_global_opts[i];
		struct iom_argval v = { 0 };
		char name[64];
		const char *word = getenv(iom_global_env(i, name, sizeof(name)));
		int rc;

		if (!word || !*word)
			continue;
		if (o->type == IOM_ARG_FLAG) {
			if (!strcmp(word, "0"))
				continue;
			if (strcmp(word, "1"))
				return iom_fail(err, IOM_EXIT_USAGE,
						"variable %s: '%s' is neither 0 nor 1", name, word);
		} else {
			rc = iom_parse_value(o, word, &v, err);
			if (rc) {
				iom_hint(err, "set by the variable %s", name);
				return rc;
			}
		}
		iom_global_set(app, i, &v);
	}
	return 0;
}
