/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device bind, unbind, restore: which driver has a device of the host, changed with care. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/host.h"
#include "cmd/internal.h"
#include "iommuctl/diag.h"

#define BOUND_MS 10000 /* for one write, and for the driver to appear afterwards */

enum { WRITE_DEVICE, WRITE_PATH, WRITE_VALUE };
static const struct iom_col write_cols[] = {
	[WRITE_DEVICE] = { "device", IOM_T_STR, 0, "device" },
	[WRITE_PATH] = { "path", IOM_T_STR, 0,
			 "file that is written; modprobe: a module is loaded" },
	[WRITE_VALUE] = { "value", IOM_T_STR, 0, "what is written" },
	{ 0 },
};

enum { ROW_DEVICE, ROW_BEFORE, ROW_DRIVER, ROW_VFIO };
static const struct iom_col row_cols[] = {
	[ROW_DEVICE] = { "device", IOM_T_STR, 0, "device" },
	[ROW_BEFORE] = { "before", IOM_T_STR, IOM_COL_OPT, "driver that it had; absent: none" },
	[ROW_DRIVER] = { "driver", IOM_T_STR, IOM_COL_OPT, "driver that it has now; absent: none" },
	[ROW_VFIO] = { "vfio", IOM_T_STR, IOM_COL_OPT, "its node in /dev/vfio/devices" },
	{ 0 },
};

enum { BIND_WRITES, BIND_DEVICES };
static const struct iom_col bind_cols[] = {
	[BIND_WRITES] = { "writes", IOM_T_LIST, IOM_COL_OPT, "with --dry-run: what would be done",
			  write_cols },
	[BIND_DEVICES] = { "devices", IOM_T_LIST, IOM_COL_OPT, "what is the case afterwards",
			   row_cols },
	{ 0 },
};

/* What one command is to do. */
struct job {
	struct iom_app *app;
	struct iom_res *res;
	struct iom_err *err;
	struct iom_forest f;
	const char *driver; /* "" none; NULL: the VFIO driver of the device's bus */
	bool override;	    /* the driver is written into driver_override, too */
	bool restore, force; /* restore: each device's own driver and override */
};

static const char *wanted(const struct job *j, const struct iom_host_dev *d)
{
	if (j->driver)
		return j->driver;
	return strcmp(d->bus, "pci") ? "vfio-platform" : "vfio-pci";
}

static const char *show_before(const struct iom_host_dev *d)
{
	return d->driver ? d->driver : "";
}

/* What is as it shall be is not touched, and takes nothing away from anybody. */
static bool is_done(const struct job *j, const struct iom_host_dev *d)
{
	return !j->restore && !strcmp(show_before(d), wanted(j, d));
}

static bool is_busy(struct job *j, const struct iom_host_dev *d)
{
	char why[256] = "";

	if (j->force || is_done(j, d))
		return false;
	for (size_t i = 0; i < j->f.n_procs && !*why; i++)
		if (iom_host_holds(&j->f.procs[i], d))
			snprintf(why, sizeof(why), "process %d (%s) has it open", j->f.procs[i].pid,
				 j->f.procs[i].command);
	if (!*why && !iom_guard(&j->f.h, d, why, sizeof(why)))
		return false;
	iom_fact(j->err, "%s", why);
	iom_hint(j->err, "--force does it all the same; nothing was changed");
	iom_fail(j->err, IOM_EXIT_BUSY, "%s is in use", d->name);
	return true;
}

static void show_write(struct job *j, const struct iom_host_dev *d, const char *path,
		       const char *value)
{
	struct iom_rec *r = iom_add_rec(j->res->top, BIND_WRITES);

	iom_set_str(r, WRITE_DEVICE, d->name);
	iom_set_str(r, WRITE_PATH, path);
	iom_set_str(r, WRITE_VALUE, value);
}

static int step_failed(struct job *j, const struct iom_host_dev *d, const struct iom_host_step *s,
		       int code)
{
	j->err->code = code;
	if (code == -ETIMEDOUT) {
		iom_fact(j->err, "the kernel has not come back from the write within %d s",
			 BOUND_MS / 1000);
		iom_hint(j->err,
			 "'iommuctl ps --device %s' shows who has it open; it ends when they "
			 "let go",
			 d->name);
	} else if (code == -ENODEV && strstr(s->path, "drivers_probe")) {
		iom_fact(j->err, "no driver of this kernel takes the device");
	}
	iom_fail(j->err, code == -ETIMEDOUT ? IOM_EXIT_BUSY : iom_exit_of_errno(code),
		 "cannot write '%s' to %s", s->value, s->path);
	return (int)j->err->exit;
}

static int load_module(struct job *j, const char *name)
{
	int rc;

	/* The modules of another machine are not ours. */
	if (*j->f.h.root)
		return 0;
	rc = iom_host_load_module(name);
	if (!rc)
		return 0;
	j->err->code = rc;
	iom_fact(j->err, "there is no driver %s, and its module cannot be loaded", name);
	if (rc == -ELIBACC || rc == -ELIBBAD)
		iom_fact(j->err, "libkmod (libkmod2), which loads modules, is not installed");
	iom_hint(j->err,
		 rc == -ENOENT ? "check the name; VFIO's driver for PCI devices is vfio-pci"
			       : "modprobe %s, as root",
		 name);
	iom_fail(j->err, rc == -ENOENT ? IOM_EXIT_NOT_FOUND : iom_exit_of_errno(rc),
		 "cannot load module %s", name);
	return (int)j->err->exit;
}

/* The driver appears a little later than the write returns. Returns what is true in the end. */
static const char *wait_driver(struct job *j, const struct iom_host_dev *d, const char *want,
			       char *buf, size_t len)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	const char *now = NULL;

	for (int ms = 0; ms < BOUND_MS / 5; ms += 10) {
		now = iom_host_driver_now(j->f.h.root, d, buf, len);
		if (!strcmp(now ? now : "", want))
			break;
		nanosleep(&pause, NULL);
	}
	return now;
}

static int finish(struct job *j, const struct iom_host_dev *d, const char *want)
{
	struct iom_rec *r = iom_add_rec(j->res->top, BIND_DEVICES);
	char now[64], path[1200], dir[1024];
	const char *driver = wait_driver(j, d, want, now, sizeof(now));
	struct iom_names nodes = { 0 };

	iom_set_str(r, ROW_DEVICE, d->name);
	if (d->driver)
		iom_set_str(r, ROW_BEFORE, d->driver);
	if (driver)
		iom_set_str(r, ROW_DRIVER, driver);
	snprintf(path, sizeof(path), "%s/vfio-dev", iom_host_dev_dir(d, dir, sizeof(dir)));
	if (!iom_list_dir(j->f.h.root, path, &nodes) && nodes.n)
		iom_set_str(r, ROW_VFIO, nodes.v[0]);
	iom_names_free(&nodes);
	if (!strcmp(driver ? driver : "", want))
		return 0;
	iom_fact(j->err, "it has %s%s", driver ? "driver " : "no driver", driver ? driver : "");
	iom_hint(j->err,
		 "the driver refused the device, or another one was faster; 'device restore %s' "
		 "gives it back",
		 d->name);
	iom_fail(j->err, IOM_EXIT_REFUSED, "%s did not come to %s%s", d->name,
		 *want ? "driver " : "be without a driver", want);
	return IOM_EXIT_REFUSED;
}

static int do_plan(struct job *j, const struct iom_host_dev *d, const struct iom_host_plan *p)
{
	int rc = *p->module ? load_module(j, p->module) : 0;

	for (size_t i = 0; i < p->n && !rc; i++) {
		int code = iom_host_do(j->f.h.root, &p->steps[i], BOUND_MS);

		/* A probe that fails says so; what is true is looked up afterwards. */
		if (code && !(code == -EINVAL && strstr(p->steps[i].path, "drivers_probe")))
			rc = step_failed(j, d, &p->steps[i], code);
	}
	return rc;
}

static int change(struct job *j, const struct iom_host_dev *d, const char *driver,
		  const char *override)
{
	struct iom_host_dev_more more;
	struct iom_host_plan p;
	int rc = iom_host_plan_bind(j->f.h.root, d, driver, override, &p);

	if (rc) {
		iom_fail(j->err, IOM_EXIT_USAGE, "the name of the driver is too long");
		return IOM_EXIT_USAGE;
	}
	if (j->app->g.dry_run) {
		if (*p.module)
			show_write(j, d, "modprobe", p.module);
		for (size_t i = 0; i < p.n; i++)
			show_write(j, d, p.steps[i].path, p.steps[i].value);
		return 0;
	}
	if (!j->restore) {
		rc = iom_host_dev_more(j->f.h.root, d, &more);
		if (!rc)
			rc = iom_host_remember(j->f.h.root, d, more.override);
		iom_host_dev_more_free(&more);
	}
	if (rc) {
		j->err->code = rc;
		iom_fail(j->err, iom_exit_of_errno(rc),
			 "cannot remember the driver of %s below /run", d->name);
		return (int)j->err->exit;
	}
	rc = do_plan(j, d, &p);
	return rc ? rc : finish(j, d, driver);
}

static int change_one(struct job *j, const struct iom_host_dev *d)
{
	struct iom_host_before before;
	int rc;

	if (is_done(j, d))
		return j->app->g.dry_run ? 0 : finish(j, d, wanted(j, d));
	if (!j->restore)
		return change(j, d, wanted(j, d), j->override ? wanted(j, d) : NULL);
	if (iom_host_recall(j->f.h.root, d, &before)) {
		iom_hint(j->err, "only what 'device bind' or 'unbind' changed since the last boot "
				 "is remembered");
		iom_fail(j->err, IOM_EXIT_NOT_FOUND, "nothing is remembered of %s", d->name);
		return IOM_EXIT_NOT_FOUND;
	}
	rc = change(j, d, before.driver, before.override);
	if (!rc && !j->app->g.dry_run && iom_host_forget(j->f.h.root, d)) {
		iom_fail(j->err, IOM_EXIT_INTERNAL, "cannot forget the old driver of %s", d->name);
		rc = IOM_EXIT_INTERNAL;
	}
	return rc;
}

/* The devices that the job is about: the one, or the members of its group that are no bridges. */
static bool is_meant(const struct iom_host_dev *d, const struct iom_host_dev *named, bool group)
{
	if (!group || named->group < 0)
		return d == named;
	return d->group == named->group && iom_member_of(d) != IOM_MEMBER_BRIDGE;
}

static int run_job(struct job *j, const char *word, bool group)
{
	const struct iom_host_dev *named;
	int rc = iom_forest_load(j->app, &j->f, j->err);

	named = rc ? NULL : iom_host_dev_arg(&j->f.h, word, j->err);
	if (!rc && !named)
		rc = IOM_EXIT_NOT_FOUND;
	/* All are looked at before the first is touched. */
	for (size_t i = 0; i < j->f.h.n_devs && !rc; i++)
		if (is_meant(&j->f.h.devs[i], named, group) && is_busy(j, &j->f.h.devs[i]))
			rc = IOM_EXIT_BUSY;
	if (!rc)
		iom_open_list(j->res->top, j->app->g.dry_run ? BIND_WRITES : BIND_DEVICES);
	for (size_t i = 0; i < j->f.h.n_devs && !rc; i++)
		if (is_meant(&j->f.h.devs[i], named, group))
			rc = change_one(j, &j->f.h.devs[i]);
	iom_forest_free(&j->f);
	return rc;
}

enum { OPT_NAME, OPT_DRIVER, OPT_GROUP, OPT_FORCE };
#define OPT_COMMON                                                                                 \
	[OPT_NAME] = { "name", IOM_ARG_STR, IOM_REQ | IOM_POS,                                     \
		       "device as in sysfs, or PCI address", .metavar = "DEVICE" }

static const struct iom_opt bind_opts[] = {
	OPT_COMMON,
	[OPT_DRIVER] = { "driver", IOM_ARG_STR, 0,
			 "default: vfio-pci, vfio-platform off the PCI bus", .metavar = "NAME" },
	[OPT_GROUP] = { "group", IOM_ARG_FLAG, 0,
			"all members of its IOMMU group, except bridges" },
	[OPT_FORCE] = { "force", IOM_ARG_FLAG, 0, "also when something in use is cut off" },
	{ 0 },
};

static int bind_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	const char *driver = a->v[OPT_DRIVER].set ? a->v[OPT_DRIVER].str : NULL;
	struct job j = {
		.app = app, .res = res, .err = err, .driver = driver, .override = true,
		.force = a->v[OPT_FORCE].set
	};

	if (driver && (strchr(driver, '/') || *driver == '.')) {
		iom_fail(err, IOM_EXIT_USAGE, "--driver: '%s' is not the name of a driver", driver);
		return IOM_EXIT_USAGE;
	}
	return run_job(&j, a->v[OPT_NAME].str, a->v[OPT_GROUP].set);
}

const struct iom_cmd cmd_device_bind = {
	.object = "device",
	.verb = "bind",
	.brief = "give a device of the host to another driver",
	.opts = bind_opts,
	.cols = bind_cols,
	.flags = IOM_CMD_HOST | IOM_CMD_MUTATES,
	.schema = 1,
	.run = bind_run,
};

enum { UN_NAME, UN_GROUP, UN_FORCE };
static const struct iom_opt unbind_opts[] = {
	OPT_COMMON,
	[UN_GROUP] = { "group", IOM_ARG_FLAG, 0, "all members of its IOMMU group, except bridges" },
	[UN_FORCE] = { "force", IOM_ARG_FLAG, 0, "also when something in use is cut off" },
	{ 0 },
};

static int unbind_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	struct job j = {
		.app = app, .res = res, .err = err, .force = a->v[UN_FORCE].set, .driver = ""
	};

	return run_job(&j, a->v[UN_NAME].str, a->v[UN_GROUP].set);
}

const struct iom_cmd cmd_device_unbind = {
	.object = "device",
	.verb = "unbind",
	.brief = "take a device of the host from its driver",
	.opts = unbind_opts,
	.cols = bind_cols,
	.flags = IOM_CMD_HOST | IOM_CMD_MUTATES,
	.schema = 1,
	.run = unbind_run,
};

static int restore_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	struct job j = { .app = app,
			 .res = res,
			 .err = err,
			 .force = a->v[UN_FORCE].set,
			 .driver = "",
			 .restore = true };

	return run_job(&j, a->v[UN_NAME].str, a->v[UN_GROUP].set);
}

const struct iom_cmd cmd_device_restore = {
	.object = "device",
	.verb = "restore",
	.brief = "give a device of the host back to the driver that it had",
	.opts = unbind_opts,
	.cols = bind_cols,
	.flags = IOM_CMD_HOST | IOM_CMD_MUTATES,
	.schema = 1,
	.run = restore_run,
};
