/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands of the emulated machine: running a program on it, showing it. */
#include "cmd/emu.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iommuctl/emu.h"
#include "iommuctl/host.h"

#define LIBRARY "libiommuctl-emu.so"

enum { RUN_CONFIG, RUN_TRACE, RUN_COMMAND };
static const struct iom_opt run_opts[] = {
	[RUN_CONFIG] = { "config", IOM_ARG_PATH, 0, "file that describes the machine, - for stdin",
			 .metavar = "FILE" },
	[RUN_TRACE] = { "trace", IOM_ARG_PATH, 0, "append each call of the program to a file",
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

static const char *path_of(const struct iom_argval *v)
{
	return v->set ? v->str : NULL;
}

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
static int set_variables(const char *library, const char *spec, const char *trace,
			 struct iom_err *err)
{
	const char *others = getenv("LD_PRELOAD");
	_iom_buf_ struct iom_buf list = { 0 };

	iom_buf_puts(&list, library);
	if (others && *others && !strstr(others, LIBRARY)) {
		iom_buf_puts(&list, ":");
		iom_buf_puts(&list, others);
	}
	if (list.failed || setenv("LD_PRELOAD", list.data, 1) || setenv("IOMMUCTL_EMU", spec, 1) ||
	    (trace ? setenv("IOMMUCTL_EMU_TRACE", trace, 1) : unsetenv("IOMMUCTL_EMU_TRACE"))) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	return 0;
}

/* "-" for stderr, a whole path, as the program may change its folder, or "" for no trace. */
static int trace_path(const struct iom_app *app, const struct iom_argval *v, char *trace,
		      struct iom_err *err)
{
	_iom_close_ int fd = -1;

	strcpy(trace, app->g.verbose ? "-" : "");
	if (!v->set)
		return 0;
	fd = open(v->str, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0 && realpath(v->str, trace))
		return 0;
	err->code = -errno;
	iom_fail(err, iom_exit_of_errno(err->code), "cannot write %s", v->str);
	return (int)err->exit;
}

/* Without it the program runs as well, so what is wrong is no more than said. */
static void show_sysfs(const char *spec)
{
	_iom_free_ char *dir = NULL;
	struct iom_err why = { 0 };
	unsigned int n;
	int rc = iom_keep_for_program(&dir);

	unsetenv(IOM_EMU_ROOT);
	if (!rc && !iom_machine_write(spec, dir, &n, &why) && !setenv(IOM_EMU_ROOT, dir, 1))
		return;
	fprintf(stderr, "iommuctl: warning: the program finds no sysfs of the machine: %s (%s)\n",
		why.what[0] ? why.what : "no folder below TMPDIR, /tmp or /dev/shm",
		strerror(rc ? -rc : why.code ? -why.code : ENOMEM));
}

static int run_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		   struct iom_err *err)
{
	_iom_free_ char *spec = iom_machine_spec(app, path_of(&a->v[RUN_CONFIG]), err);
	char library[PATH_MAX], path[PATH_MAX], trace[PATH_MAX];
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
	rc = trace_path(app, &a->v[RUN_TRACE], trace, err);
	if (!rc)
		rc = set_variables(library, spec, trace[0] ? trace : NULL, err);
	if (rc)
		return rc;
	show_sysfs(spec);
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

/* ---- emu show ---- */

enum { SHOW_CONFIG, SHOW_NAMED };
static const struct iom_opt show_opts[] = {
	[SHOW_CONFIG] = { "config", IOM_ARG_PATH, 0, "file that describes the machine, - for stdin",
			  .metavar = "FILE" },
	[SHOW_NAMED] = { "named", IOM_ARG_FLAG, 0, "also the machines that machine=NAME can name" },
	{ 0 },
};

enum { DEV_NAME, DEV_PATH, DEV_BDF, DEV_IOMMU, DEV_DRIVER, DEV_GROUP, DEV_APERTURE, DEV_PGSIZES,
       DEV_PASID, DEV_PF, DEV_TSM, DEV_RESERVED };
static const struct iom_col device_cols[] = {
	[DEV_NAME] = { "name", IOM_T_STR, 0, "name of the VFIO device" },
	[DEV_PATH] = { "path", IOM_T_STR, IOM_COL_HIDE, "its node" },
	[DEV_BDF] = { "bdf", IOM_T_STR, IOM_COL_OPT, "PCI address" },
	[DEV_IOMMU] = { "iommu", IOM_T_UINT, IOM_COL_OPT,
			"number of its IOMMU; devices of one can share a page table; absent: none" },
	[DEV_DRIVER] = { "driver", IOM_T_STR, IOM_COL_OPT,
			 "driver of the IOMMU; absent: one that only translates" },
	[DEV_GROUP] = { "group", IOM_T_INT, IOM_COL_OPT, "its group; absent: it is alone" },
	[DEV_APERTURE] = { "aperture", IOM_T_STR, 0, "IOVAs that can be mapped, START-LAST" },
	[DEV_PGSIZES] = { "page_sizes", IOM_T_HEX, 0, "bits of the page sizes of the IOMMU" },
	[DEV_PASID] = { "pasid_bits", IOM_T_UINT, 0, "bits of a PASID; 0: the device has none" },
	[DEV_PF] = { "pf", IOM_T_STR, IOM_COL_OPT | IOM_COL_SPARSE,
		     "of a virtual function: the device that it is a part of" },
	[DEV_TSM] = { "tsm", IOM_T_STR, IOM_COL_HIDE, "link, devsec or none" },
	[DEV_RESERVED] = { "reserved", IOM_T_STRS, 0, "reserved regions, START-LAST:KIND" },
	{ 0 },
};

enum { NAMED_NAME, NAMED_BRIEF };
static const struct iom_col named_cols[] = {
	[NAMED_NAME] = { "name", IOM_T_STR, 0, "behind machine=" },
	[NAMED_BRIEF] = { "brief", IOM_T_STR, 0, "what it is like" },
	{ 0 },
};

enum { SHOWN_MACHINE, SHOWN_ABI, SHOWN_LACKS, SHOWN_HAS, SHOWN_DEVICES, SHOWN_NAMED };
static const struct iom_col show_cols[] = {
	[SHOWN_MACHINE] = { "machine", IOM_T_STR, IOM_COL_HIDE, "the description; empty: the default machine" },
	[SHOWN_ABI] = { "abi", IOM_T_STRS, 0, "kernel and series that it answers as" },
	[SHOWN_LACKS] = { "lacks", IOM_T_STRS, 0, "what it is without" },
	[SHOWN_HAS] = { "has", IOM_T_STRS, 0, "what it has though this host has not" },
	[SHOWN_DEVICES] = { "devices", IOM_T_LIST, 0, "VFIO devices", .cols = device_cols },
	[SHOWN_NAMED] = { "named", IOM_T_LIST, IOM_COL_OPT, "with --named: machines that have a name",
			  .cols = named_cols },
	{ 0 },
};

struct words {
	struct iom_rec *rec;
	unsigned int col;
};

static void add_word(const char *word, void *arg)
{
	const struct words *w = arg;

	iom_add_str(w->rec, w->col, word);
}

static void add_region(const struct iom_region *r, void *arg)
{
	char text[96];

	snprintf(text, sizeof(text), "0x%" PRIx64 "-0x%" PRIx64 ":%s", r->start, r->last, r->kind);
	iom_add_str(arg, DEV_RESERVED, text);
}

struct shown {
	struct iom_emu *emu;
	struct iom_rec *top;
};

static void add_device(const struct iom_emu_device *d, void *arg)
{
	const struct shown *s = arg;
	struct iom_rec *rec = iom_add_rec(s->top, SHOWN_DEVICES);

	iom_set_str(rec, DEV_NAME, d->name);
	iom_set_strf(rec, DEV_PATH, "/dev/vfio/devices/%s", d->name);
	if (d->bdf[0])
		iom_set_str(rec, DEV_BDF, d->bdf);
	if (d->iommu >= 0)
		iom_set_uint(rec, DEV_IOMMU, (uint64_t)d->iommu);
	if (d->driver)
		iom_set_str(rec, DEV_DRIVER, d->driver);
	if (d->group >= 0)
		iom_set_int(rec, DEV_GROUP, d->group);
	iom_set_strf(rec, DEV_APERTURE, "0x%" PRIx64 "-0x%" PRIx64, d->aperture_start,
		     d->aperture_last);
	iom_set_uint(rec, DEV_PGSIZES, d->page_sizes);
	iom_set_uint(rec, DEV_PASID, d->pasid_bits);
	if (d->pf)
		iom_set_str(rec, DEV_PF, d->pf);
	iom_set_str(rec, DEV_TSM, d->tsm);
	iom_open_list(rec, DEV_RESERVED);
	iom_emu_device_regions(s->emu, d->name, add_region, rec);
}

static void add_named(const char *name, const char *brief, void *arg)
{
	struct iom_rec *rec = iom_add_rec(arg, SHOWN_NAMED);

	iom_set_str(rec, NAMED_NAME, name);
	iom_set_str(rec, NAMED_BRIEF, brief);
}

static int show_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	_iom_free_ char *spec = iom_machine_spec(app, path_of(&a->v[SHOW_CONFIG]), err);
	struct shown s = { spec ? iom_emu_new(spec, err) : NULL, res->top };

	if (!s.emu)
		return (int)err->exit;
	iom_set_str(res->top, SHOWN_MACHINE, spec);
	for (unsigned int kind = IOM_EMU_ABI; kind <= IOM_EMU_HAS; kind++) {
		struct words w = { res->top, SHOWN_ABI + kind };

		iom_open_list(res->top, w.col);
		iom_emu_words(s.emu, kind, add_word, &w);
	}
	iom_open_list(res->top, SHOWN_DEVICES);
	iom_emu_devices(s.emu, add_device, &s);
	if (a->v[SHOW_NAMED].set) {
		iom_open_list(res->top, SHOWN_NAMED);
		iom_emu_machines(add_named, res->top);
	}
	iom_emu_free(s.emu);
	return 0;
}

const struct iom_cmd cmd_emu_show = {
	.object = "emu", .verb = "show", .brief = "show the machine that programs would find",
	.opts = show_opts, .cols = show_cols, .flags = 0, .schema = 1, .run = show_run,
};

/* ---- emu export ---- */

enum { EXPORT_CONFIG, EXPORT_DIR };
static const struct iom_opt export_opts[] = {
	[EXPORT_CONFIG] = { "config", IOM_ARG_PATH, 0, "file that describes the machine, - for stdin",
			    .metavar = "FILE" },
	[EXPORT_DIR] = { "dir", IOM_ARG_PATH, IOM_REQ | IOM_POS, "folder to write into, new or empty" },
	{ 0 },
};

enum { EXPORTED_DIR, EXPORTED_ENTRIES };
static const struct iom_col export_cols[] = {
	[EXPORTED_DIR] = { "dir", IOM_T_STR, 0, "folder that was written into" },
	[EXPORTED_ENTRIES] = { "entries", IOM_T_UINT, 0, "files, folders and links in it" },
	{ 0 },
};

/* Entries of an earlier machine would stay beside those of this one. */
static int make_root(const char *path, struct iom_err *err)
{
	struct iom_names names = { 0 };
	int rc = mkdir(path, 0777) && errno != EEXIST ? -errno : iom_list_dir("", path, &names);

	if (!rc && names.n)
		rc = -ENOTEMPTY;
	iom_names_free(&names);
	if (!rc)
		return 0;
	err->code = rc;
	iom_fail(err, iom_exit_of_errno(rc), "cannot write into %.180s", path);
	return (int)err->exit;
}

static int export_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	_iom_free_ char *spec = iom_machine_spec(app, path_of(&a->v[EXPORT_CONFIG]), err);
	const char *dir = a->v[EXPORT_DIR].str;
	unsigned int n = 0;
	int rc;

	if (!spec)
		return (int)err->exit;
	rc = app->g.dry_run ? 0 : make_root(dir, err);
	if (!rc)
		rc = iom_machine_write(spec, app->g.dry_run ? NULL : dir, &n, err);
	if (rc)
		return rc;
	iom_set_str(res->top, EXPORTED_DIR, dir);
	iom_set_uint(res->top, EXPORTED_ENTRIES, n);
	return 0;
}

const struct iom_cmd cmd_emu_export = {
	.object = "emu", .verb = "export", .brief = "write sysfs and /dev of the machine into a folder",
	.opts = export_opts, .cols = export_cols, .flags = 0, .schema = 1, .run = export_run,
};
