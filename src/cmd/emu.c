/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands of the emulated machine: running a program on it, showing it. */
#include "cmd/emu.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libiommuctl-emu.so"

enum { RUN_CONFIG, RUN_COMMAND };
static const struct iom_opt run_opts[] = {
	[RUN_CONFIG] = { "config", IOM_ARG_PATH, 0, "file that describes the machine, - for stdin",
			 .metavar = "FILE" },
	[RUN_COMMAND] = { "command", IOM_ARG_PATH, IOM_REQ | IOM_POS | IOM_MULTI | IOM_REST,
			  "program to run, and its arguments", .metavar = "COMMAND" },
	{ 0 },
};

enum { RAN_COMMAND, RAN_LIBRARY, RAN_MACHINE };
static const struct iom_col run_cols[] = {
	[RAN_COMMAND] = { "command", IOM_T_STRS, 0, "program and arguments" },
	[RAN_LIBRARY] = { "library", IOM_T_STR, 0, "what is preloaded" },
	[RAN_MACHINE] = { "machine", IOM_T_STR, 0, "its description; empty: the default machine" },
	{ 0 },
};

/* Beside the binary, as it is built, or where it is installed. */
static int find_library(char *path, struct iom_err *err)
{
	char dir[PATH_MAX], try[3][PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);

	dir[n > 0 ? n : 0] = '\0';
	if (strrchr(dir, '/'))
		*strrchr(dir, '/') = '\0';
	snprintf(try[0], sizeof(try[0]), "%s/" LIBRARY, dir);
	snprintf(try[1], sizeof(try[1]), "%s/../lib/iommuctl/" LIBRARY, dir);
	snprintf(try[2], sizeof(try[2]), IOMMUCTL_LIBDIR "/" LIBRARY);
	for (size_t i = 0; i < IOM_ARRAY_SIZE(try); i++) {
		if (!realpath(try[i], path))
			continue;
		if (!path[strcspn(path, " :")])
			return 0;
		iom_fail(err, IOM_EXIT_NOT_FOUND, "cannot preload %.180s", path);
		iom_fact(err, "LD_PRELOAD takes no path with a blank or a colon in it");
		return IOM_EXIT_NOT_FOUND;
	}
	iom_fail(err, IOM_EXIT_NOT_FOUND, "cannot find " LIBRARY);
	iom_fact(err, "it is neither beside iommuctl nor in " IOMMUCTL_LIBDIR);
	return IOM_EXIT_NOT_FOUND;
}

/* What the program and its children find: the library before all others that are preloaded. */
static int set_variables(const char *library, const char *spec, struct iom_err *err)
{
	const char *others = getenv("LD_PRELOAD");
	_iom_buf_ struct iom_buf list = { 0 };

	iom_buf_puts(&list, library);
	if (others && *others && !strstr(others, LIBRARY)) {
		iom_buf_puts(&list, ":");
		iom_buf_puts(&list, others);
	}
	if (list.failed || setenv("LD_PRELOAD", list.data, 1) || setenv("IOMMUCTL_EMU", spec, 1)) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	return 0;
}

static int run_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		   struct iom_err *err)
{
	_iom_free_ char *spec = iom_machine_spec(app, a->v[RUN_CONFIG].str, err);
	char library[PATH_MAX], path[PATH_MAX];
	int rc;

	if (!spec)
		return (int)err->exit;
	rc = find_library(library, err);
	if (!rc)
		rc = iom_program_check(a->rest[0], path, err);
	if (rc)
		return rc;
	if (app->g.dry_run) {
		for (int i = 0; i < a->n_rest; i++)
			iom_add_str(res->top, RAN_COMMAND, a->rest[i]);
		iom_set_str(res->top, RAN_LIBRARY, library);
		iom_set_str(res->top, RAN_MACHINE, spec);
		return 0;
	}
	rc = set_variables(library, spec, err);
	if (rc)
		return rc;
	fflush(stdout);
	execv(path, a->rest);
	err->code = -errno;
	iom_fail(err, IOM_EXIT_CANNOT_RUN, "cannot run %.120s", path);
	return IOM_EXIT_CANNOT_RUN;
}

const struct iom_cmd cmd_emu_run = {
	.object = "emu", .verb = "run", .brief = "run a program that finds an emulated /dev/iommu",
	.opts = run_opts, .cols = run_cols, .flags = IOM_CMD_TOP, .schema = 1, .run = run_run,
};
