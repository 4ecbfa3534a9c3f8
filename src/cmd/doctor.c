/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor: what is in the way of handing devices to user space, and what to do about it. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd/host.h"
#include "cmd/internal.h"
#include "iommuctl/diag.h"

static const struct iom_value verdict_values[] = {
	{ "ok", "ok", IOM_VERDICT_OK, NULL, false },
	{ "warning", "warning", IOM_VERDICT_WARNING, NULL, false },
	{ "problem", "problem", IOM_VERDICT_PROBLEM, NULL, false },
	{ "unknown", "unknown", IOM_VERDICT_UNKNOWN, NULL, false },
	{ 0 },
};
static const struct iom_enum verdict_enum = { .name = "verdict", .values = verdict_values };

static const struct iom_value severity_values[] = {
	{ "fatal", "fatal", IOM_SEVERITY_FATAL, NULL, false },
	{ "device", "device", IOM_SEVERITY_DEVICE, NULL, false },
	{ "memory", "memory", IOM_SEVERITY_MEMORY, NULL, false },
	{ "risk", "risk", IOM_SEVERITY_RISK, NULL, false },
	{ 0 },
};
static const struct iom_enum severity_enum = { .name = "severity", .values = severity_values };

enum { OPT_DEVICE, OPT_PLAN, OPT_PROCESS, OPT_OPEN, OPT_CHECK, OPT_LIST };
static const struct iom_opt doctor_opts[] = {
	[OPT_DEVICE] = { "device", IOM_ARG_STR, 0,
			 "the one that is to be used; default: all that have "
			 "a VFIO driver", .metavar = "NAME" },
	[OPT_PLAN] = { "plan", IOM_ARG_STR, 0, "memory of the guest, and address spaces that it is "
		       "mapped into", .metavar = "SIZE,DEVICES" },
	[OPT_PROCESS] = { "process", IOM_ARG_U32, 0, "process that maps it, with its service and "
			  "limits; default: this one", .metavar = "PID" },
	[OPT_OPEN] = { "open", IOM_ARG_FLAG, 0,
		       "open and attach the device, which resets it, and ask "
		       "what it can do" },
	[OPT_CHECK] = { "check", IOM_ARG_STR, IOM_MULTI, "run only these checks",
			.metavar = "WORD" },
	[OPT_LIST] = { "list", IOM_ARG_FLAG, 0, "only list the checks" },
	{ 0 },
};

enum { ROW_CHECK, ROW_VERDICT, ROW_SEVERITY, ROW_SUBJECT, ROW_TITLE, ROW_EVIDENCE, ROW_REMEDY };
static const struct iom_col row_cols[] = {
	[ROW_CHECK] = { "check", IOM_T_STR, 0, "stable word" },
	[ROW_VERDICT] = { "verdict", IOM_T_STR, 0, "what came out", .values = &verdict_enum },
	[ROW_SEVERITY] = { "severity", IOM_T_STR, IOM_COL_HIDE,
			   "what a problem of this kind prevents",
			   .values = &severity_enum },
	[ROW_SUBJECT] = { "subject", IOM_T_STR, IOM_COL_OPT,
			  "device, group or IOMMU; absent: the machine" },
	[ROW_TITLE] = { "title", IOM_T_STR, IOM_COL_HIDE, "what is the case when all is well" },
	[ROW_EVIDENCE] = { "evidence", IOM_T_STR, 0, "what was read, and where" },
	[ROW_REMEDY] = { "remedy", IOM_T_STR, IOM_COL_OPT, "what to do about it" },
	{ 0 },
};

enum { KNOWN_CHECK, KNOWN_SEVERITY, KNOWN_TITLE, KNOWN_REMEDY };
static const struct iom_col known_cols[] = {
	[KNOWN_CHECK] = { "check", IOM_T_STR, 0, "stable word" },
	[KNOWN_SEVERITY] = { "severity", IOM_T_STR, 0, "what a problem of this kind prevents",
			     .values = &severity_enum },
	[KNOWN_TITLE] = { "title", IOM_T_STR, 0, "what is the case when all is well" },
	[KNOWN_REMEDY] = { "remedy", IOM_T_STR, IOM_COL_HIDE,
			   "what to do, where nothing better is known" },
	{ 0 },
};

enum { DOC_PROBLEMS, DOC_WARNINGS, DOC_UNKNOWN, DOC_CHECKS, DOC_KNOWN };
static const struct iom_col doctor_cols[] = {
	[DOC_PROBLEMS] = { "problems", IOM_T_UINT, IOM_COL_OPT, "findings that prevent something" },
	[DOC_WARNINGS] = { "warnings", IOM_T_UINT, IOM_COL_OPT, "findings that may" },
	[DOC_UNKNOWN] = { "unknown", IOM_T_UINT, IOM_COL_OPT, "what could not be looked at" },
	[DOC_CHECKS] = { "checks", IOM_T_LIST, IOM_COL_OPT,
			 "findings, those first without which nothing works", row_cols },
	[DOC_KNOWN] = { "known", IOM_T_LIST, IOM_COL_OPT,
			"with --list, and nothing else then: the checks, none of which is run",
			known_cols },
	{ 0 },
};

static int parse_plan(const char *word, struct iom_doctor *d, struct iom_err *err)
{
	const char *comma = strchr(word, ',');
	char size[32];

	if (comma && (size_t)(comma - word) < sizeof(size)) {
		snprintf(size, sizeof(size), "%.*s", (int)(comma - word), word);
		if (!iom_parse_size(size, &d->plan_size) && d->plan_size &&
		    !iom_parse_u64(comma + 1, &d->plan_devices) && d->plan_devices)
			return 0;
	}
	iom_hint(err, "such as 16G,2");
	iom_fail(err, IOM_EXIT_USAGE, "--plan: '%.60s' is no SIZE,DEVICES", word);
	return IOM_EXIT_USAGE;
}

static void add_finding(struct iom_res *res, const struct iom_finding *f)
{
	struct iom_rec *r = iom_add_rec(res->top, DOC_CHECKS);

	iom_set_str(r, ROW_CHECK, f->check->id);
	iom_set_str(r, ROW_VERDICT, iom_verdict_words[f->verdict]);
	iom_set_str(r, ROW_SEVERITY, iom_severity_words[f->check->severity]);
	if (f->subject[0])
		iom_set_str(r, ROW_SUBJECT, f->subject);
	iom_set_str(r, ROW_TITLE, f->check->title);
	iom_set_str(r, ROW_EVIDENCE, f->evidence);
	if (f->remedy[0])
		iom_set_str(r, ROW_REMEDY, f->remedy);
}

static void show(struct iom_app *app, struct iom_res *res, const struct iom_doctor *d)
{
	unsigned int count[IOM_VERDICT_UNKNOWN + 1] = { 0 };

	iom_open_list(res->top, DOC_CHECKS);
	for (size_t i = 0; i < d->n; i++) {
		count[d->findings[i].verdict]++;
		add_finding(res, &d->findings[i]);
	}
	iom_set_uint(res->top, DOC_PROBLEMS, count[IOM_VERDICT_PROBLEM]);
	iom_set_uint(res->top, DOC_WARNINGS, count[IOM_VERDICT_WARNING]);
	iom_set_uint(res->top, DOC_UNKNOWN, count[IOM_VERDICT_UNKNOWN]);
	if (count[IOM_VERDICT_PROBLEM])
		app->answer = IOM_EXIT_REFUSED;
}

int iom_doctor_look(struct iom_forest *f, struct iom_doctor *d, struct iom_err *err)
{
	d->h = &f->h;
	d->procs = f->procs;
	d->n_procs = f->n_procs;
	d->hidden = f->hidden;
	if (!iom_doctor_run(d))
		return 0;
	iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
	return IOM_EXIT_INTERNAL;
}

static void list_checks(struct iom_res *res)
{
	const struct iom_check *c;

	iom_open_list(res->top, DOC_KNOWN);
	for (size_t i = 0; (c = iom_check_at(i)); i++) {
		struct iom_rec *r = iom_add_rec(res->top, DOC_KNOWN);

		iom_set_str(r, KNOWN_CHECK, c->id);
		iom_set_str(r, KNOWN_SEVERITY, iom_severity_words[c->severity]);
		iom_set_str(r, KNOWN_TITLE, c->title);
		iom_set_str(r, KNOWN_REMEDY, c->remedy);
	}
}

static const char *check_word(const void *arg, size_t i)
{
	const struct iom_check *c = iom_check_at(i);

	(void)arg;
	return c ? c->id : NULL;
}

/* The words of --check into list, which has room for one more than there can be. */
static int take_checks(const struct iom_args *a, const char **list, struct iom_err *err)
{
	size_t n = 0;

	for (unsigned int i = 0; i < a->n_multi; i++) {
		const char *word = a->multi[i].v.str, *near;
		size_t k = 0;

		if (a->multi[i].opt != OPT_CHECK)
			continue;
		while (check_word(NULL, k) && strcmp(check_word(NULL, k), word))
			k++;
		if (check_word(NULL, k)) {
			list[n++] = check_word(NULL, k);
			continue;
		}
		near = iom_nearest(word, check_word, NULL);
		if (near)
			iom_hint(err, "did you mean %s?", near);
		else
			iom_hint(err, "--list shows them");
		iom_fail(err, IOM_EXIT_USAGE, "--check: there is no check '%.60s'", word);
		return IOM_EXIT_USAGE;
	}
	list[n] = NULL;
	return 0;
}

static int open_device(struct iom_app *app, struct iom_doctor *d, struct iom_trial **trial,
		       struct iom_err *err)
{
	const char *node = iom_host_dev_use(d->only, "vfio-dev");
	char path[160];
	int rc = iom_app_backend(app, err);

	if (rc)
		return rc;
	if (!strcmp(app->be->name, "kernel") && app->g.sysroot[0]) {
		iom_fail(err, IOM_EXIT_USAGE, "--open: the devices of --sysroot are not here");
		return IOM_EXIT_USAGE;
	}
	if (node && !strcmp(app->be->name, "kernel"))
		snprintf(path, sizeof(path), "/dev/vfio/devices/%.100s", node);
	else
		rc = iom_find_node(app->be, d->only->name, app->g.sysroot, path, sizeof(path), err);
	if (rc)
		return rc;
	*trial = iom_trial_new(app->be, app->g.device ? app->g.device : "/dev/iommu", path,
			       app->g.sysroot);
	d->trial = *trial;
	if (*trial)
		return 0;
	iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
	return IOM_EXIT_INTERNAL;
}

/* Is there such a process below the root? */
static int find_process(struct iom_app *app, uint64_t pid, struct iom_err *err)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/comm", pid);
	if (pid && pid <= INT_MAX && iom_read_file(app->g.sysroot, path, text, sizeof(text)) >= 0)
		return 0;
	iom_hint(err, "'iommuctl ps' shows those that hold something of iommufd or VFIO");
	iom_fail(err, IOM_EXIT_NOT_FOUND, "there is no process %" PRIu64, pid);
	return IOM_EXIT_NOT_FOUND;
}

static int examine(struct iom_app *app, const struct iom_args *a, struct iom_doctor *d,
		   struct iom_res *res, struct iom_err *err)
{
	struct iom_trial *trial = NULL;
	struct iom_forest f;
	int rc = iom_forest_load(app, &f, err);

	if (!rc && a->v[OPT_DEVICE].set) {
		d->only = iom_host_dev_arg(&f.h, a->v[OPT_DEVICE].str, err);
		rc = d->only ? 0 : IOM_EXIT_NOT_FOUND;
	}
	if (!rc && a->v[OPT_OPEN].set)
		rc = open_device(app, d, &trial, err);
	if (!rc)
		rc = iom_doctor_look(&f, d, err);
	if (!rc)
		show(app, res, d);
	iom_doctor_free(d);
	iom_trial_free(trial);
	iom_forest_free(&f);
	return rc;
}

static int doctor_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	const char *wanted[IOM_MAX_MULTI + 1];
	struct iom_doctor d = { 0 };
	int rc = a->v[OPT_PLAN].set ? parse_plan(a->v[OPT_PLAN].str, &d, err) : 0;

	if (!rc && a->v[OPT_OPEN].set && !a->v[OPT_DEVICE].set) {
		iom_fail(err, IOM_EXIT_USAGE, "--open: missing --device, which one");
		rc = IOM_EXIT_USAGE;
	}
	if (!rc)
		rc = take_checks(a, wanted, err);
	if (!rc && a->v[OPT_PROCESS].set)
		rc = find_process(app, a->v[OPT_PROCESS].num, err);
	if (rc)
		return rc;
	d.pid = (int)a->v[OPT_PROCESS].num;
	d.wanted = wanted[0] ? wanted : NULL;
	if (!a->v[OPT_LIST].set)
		return examine(app, a, &d, res, err);
	list_checks(res);
	return 0;
}

const struct iom_cmd cmd_doctor = {
	.object = "doctor", .brief = "find what keeps devices from user space, and what to do",
	.opts = doctor_opts, .cols = doctor_cols, .flags = IOM_CMD_HOST | IOM_CMD_TOP, .schema = 1,
	.run = doctor_run,
};
