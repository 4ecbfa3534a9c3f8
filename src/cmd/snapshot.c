/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot: the files that the commands on the host read, to look at them elsewhere. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/host.h"
#include "cmd/internal.h"
#include "iommuctl/diag.h"

enum { SNAP_FILE, SNAP_LIST };
static const struct iom_opt snapshot_opts[] = {
	[SNAP_FILE] = { "file", IOM_ARG_PATH, IOM_POS, "tar archive to write" },
	[SNAP_LIST] = { "list", IOM_ARG_FLAG, 0, "only list what would be in it" },
	{ 0 },
};

enum { GOT_FILE, GOT_ENTRIES, GOT_PATHS };
static const struct iom_col snapshot_cols[] = {
	[GOT_FILE] = { "file", IOM_T_STR, IOM_COL_OPT, "archive that was written" },
	[GOT_ENTRIES] = { "entries", IOM_T_UINT, 0, "files, folders and links in it" },
	[GOT_PATHS] = { "paths", IOM_T_STRS, IOM_COL_OPT, "with --list: their names" },
	{ 0 },
};

/* What `device show` tells of interfaces and disks. 0 or -ENOMEM */
static int look_at_uses(const struct iom_host *h, const struct iom_host_dev *d)
{
	int rc = 0;

	for (size_t i = 0; i < d->n_uses && rc != -ENOMEM; i++) {
		struct iom_host_pairs mounts;
		struct iom_host_net net;

		if (!strcmp(d->uses[i].kind, "net"))
			iom_host_net_saved(h->root, d->uses[i].name, &net);
		if (strcmp(d->uses[i].kind, "block"))
			continue;
		rc = iom_host_disk_mounts(h->root, d->uses[i].name, &mounts);
		iom_host_pairs_free(&mounts);
	}
	return rc == -ENOMEM ? rc : 0;
}

/* Looks at everything that a command of this tool may look at. */
static int look(struct iom_app *app, struct iom_err *err)
{
	static const char *const of_process[] = { "memlock", "service", "bar-mappings", NULL };
	struct iom_host_kernel k = { 0 };
	struct iom_doctor d = { 0 };
	struct iom_forest f;
	int rc = iom_forest_load(app, &f, err);

	for (size_t i = 0; i < f.h.n_devs && !rc; i++) {
		struct iom_host_dev_more m;

		if (iom_host_dev_more(f.h.root, &f.h.devs[i], &m) ||
		    look_at_uses(&f.h, &f.h.devs[i])) {
			iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
			rc = IOM_EXIT_INTERNAL;
		}
		iom_host_dev_more_free(&m);
	}
	if (!rc && iom_host_kernel_load(&k, app->g.sysroot)) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		rc = IOM_EXIT_INTERNAL;
	}
	iom_host_kernel_free(&k);
	if (!rc)
		rc = iom_doctor_look(&f, &d, err);
	iom_doctor_free(&d);
	/* 'doctor --process' of whoever holds something */
	for (size_t i = 0; i < f.n_procs && !rc; i++) {
		d = (struct iom_doctor){ .pid = f.procs[i].pid, .wanted = of_process };
		rc = iom_doctor_look(&f, &d, err);
		iom_doctor_free(&d);
	}
	iom_forest_free(&f);
	return rc;
}

struct listing {
	struct iom_res *res;
	size_t n;
};

static void list_path(const char *path, void *arg)
{
	struct listing *l = arg;

	iom_add_str(l->res->top, GOT_PATHS, path);
	l->n++;
}

static int list_paths(struct iom_snapshot *s, struct iom_res *res, struct iom_err *err)
{
	struct listing l = { .res = res };

	iom_open_list(res->top, GOT_PATHS);
	if (iom_snapshot_list(s, list_path, &l)) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	iom_set_uint(res->top, GOT_ENTRIES, l.n);
	return 0;
}

static int write_file(struct iom_snapshot *s, const char *path, struct iom_res *res,
		      struct iom_err *err)
{
	FILE *f = fopen(path, "we");
	struct stat st = { 0 };
	size_t n = 0;
	int rc;

	if (!f) {
		err->code = -errno;
		iom_fail(err, iom_exit_of_errno(err->code), "cannot write %s", path);
		return (int)err->exit;
	}
	if (fstat(fileno(f), &st))
		st.st_mode = 0;
	rc = iom_snapshot_write(s, f, &n, err) ? (int)err->exit : 0;
	if (fclose(f) && !rc) {
		err->code = -errno;
		iom_fail(err, IOM_EXIT_INTERNAL, "cannot write %s", path);
		rc = IOM_EXIT_INTERNAL;
	}
	/* Half an archive would pass for a whole one; a device is nobody's to remove. */
	if (rc && S_ISREG(st.st_mode) && unlink(path))
		iom_hint(err, "%s is incomplete and could not be removed", path);
	iom_set_str(res->top, GOT_FILE, path);
	iom_set_uint(res->top, GOT_ENTRIES, n);
	return rc;
}

static int snapshot_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
			struct iom_err *err)
{
	struct iom_snapshot *s;
	int rc;

	if (a->v[SNAP_FILE].set == a->v[SNAP_LIST].set) {
		iom_fail(err, IOM_EXIT_USAGE,
			 a->v[SNAP_FILE].set ? "--list writes no file"
					     : "missing the file to write, or --list");
		return IOM_EXIT_USAGE;
	}
	s = iom_snapshot_new(app->g.sysroot);
	if (!s) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	rc = look(app, err);
	if (!rc)
		rc = a->v[SNAP_LIST].set ? list_paths(s, res, err)
					 : write_file(s, a->v[SNAP_FILE].str, res, err);
	iom_snapshot_free(s);
	return rc;
}

const struct iom_cmd cmd_snapshot = {
	.object = "snapshot", .brief = "save what the commands on the host read, as a tar archive",
	.opts = snapshot_opts, .cols = snapshot_cols, .flags = IOM_CMD_HOST, .schema = 1,
	.run = snapshot_run,
};

int iom_sysroot_open(struct iom_app *app, struct iom_err *err)
{
	struct stat st;

	if (!app->g.sysroot[0] || app->unpacked)
		return 0;
	/* A wrong name must not look like a machine without anything. */
	if (stat(app->g.sysroot, &st)) {
		err->code = -errno;
		iom_fail(err, iom_exit_of_errno(err->code), "--sysroot: cannot read %s",
			 app->g.sysroot);
		return (int)err->exit;
	}
	if (S_ISDIR(st.st_mode))
		return 0;
	if (!S_ISREG(st.st_mode)) {
		iom_fail(err, IOM_EXIT_USAGE, "--sysroot: '%s' is neither a folder nor a snapshot",
			 app->g.sysroot);
		return IOM_EXIT_USAGE;
	}
	if (iom_unpack(app->g.sysroot, &app->unpacked, err))
		return (int)err->exit;
	app->g.sysroot = app->unpacked;
	return 0;
}
