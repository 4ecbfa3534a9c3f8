/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program: globals, one command, the exit code. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/internal.h"
#include "iommuctl/host.h"

#ifndef IOMMUCTL_VERSION
#define IOMMUCTL_VERSION "unknown"
#endif

/* -h with an object alone, or with a command. Returns false when neither fits. */
static bool print_help(int argc, char **argv, const struct iom_cmd *cmd)
{
	if (cmd)
		iom_help_cmd(cmd, stdout);
	else if (argc < 1)
		iom_help_all(stdout);
	else
		return iom_help_object(argv[0], stdout);
	return true;
}

/* Whether -h or --help stands behind an object that wants a verb. */
static bool asks_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

static int run(struct iom_app *app, int argc, char **argv, struct iom_res *res,
	       struct iom_err *err)
{
	const struct iom_cmd *cmd = NULL;
	int used, rc;

	if (iom_globals_from_env(app, err) || iom_parse_leading(app, argc - 1, argv + 1, &used, err))
		return (int)err->exit;
	argc -= 1 + used;
	argv += 1 + used;
	if (!argc && !app->want_help && !app->want_version) {
		iom_help_all(stderr);
		app->reported = true;
		return IOM_EXIT_USAGE;
	}
	rc = 0;
	if (argc && !app->want_version) {
		rc = iom_dispatch(app, argc, argv, &cmd, res, err);
		/* Now that behind the command has been read, too. */
		app->style_out = (struct iom_style){
			app->g.pretty, iom_want_color(app->g.color, STDOUT_FILENO),
		};
		app->style_err = (struct iom_style){
			app->g.pretty, iom_want_color(app->g.color, STDERR_FILENO),
		};
	}
	if (app->want_version) {
		puts("iommuctl " IOMMUCTL_VERSION);
		return 0;
	}
	if (app->want_help || (!cmd && argc && asks_help(argc, argv))) {
		if (!print_help(argc, argv, cmd))
			return (int)err->exit;
		*err = (struct iom_err){ 0 };
		return 0;
	}
	return rc ? rc : iom_present(app, cmd, res, err);
}

/* A result that did not reach its reader is a failure, unless the reader went away. */
static int close_stdout(int rc)
{
	bool bad = ferror(stdout);

	if (fclose(stdout) && errno != EPIPE)
		bad = true;
	else if (errno == EPIPE)
		return rc;
	/* The renderer has told already, or was quiet about a reader that went away. */
	if (!bad || rc == IOM_EXIT_INTERNAL)
		return rc;
	fputs("iommuctl: cannot write to standard output\n", stderr);
	return rc ? rc : IOM_EXIT_INTERNAL;
}

int main(int argc, char **argv)
{
	static struct iom_app app;
	struct iom_res res = { 0 };
	struct iom_err err = { 0 };
	int rc;

	signal(SIGPIPE, SIG_IGN);
	iom_globals_init(&app.g);
	rc = run(&app, argc, argv, &res, &err);
	if (rc && !app.reported)
		iom_present_error(&app, "", &err);
	if (!rc)
		rc = app.answer;
	iom_res_free(&res);
	if (app.ctx_ready) {
		err = (struct iom_err){ 0 };
		if (iom_ctx_fini(&app.ctx, &err)) {
			iom_present_error(&app, "", &err);
			rc = rc ? rc : (int)err.exit;
		}
	}
	iom_unpack_remove(app.unpacked);
	if (app.be)
		app.be->free(app.be);
	errno = 0;
	return close_stdout(rc);
}
