/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor: what is in the way of handing devices to user space, and what to do about it. */
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

enum { OPT_DEVICE, OPT_PLAN };
static const struct iom_opt doctor_opts[] = {
	[OPT_DEVICE] = { "device", IOM_ARG_STR, 0, "the one that is to be used; default: all that have "
			 "a VFIO driver", .metavar = "NAME" },
	[OPT_PLAN] = { "plan", IOM_ARG_STR, 0, "memory of the guest, and address spaces that it is "
		       "mapped into", .metavar = "SIZE,DEVICES" },
	{ 0 },
};

enum { ROW_CHECK, ROW_VERDICT, ROW_SEVERITY, ROW_SUBJECT, ROW_TITLE, ROW_EVIDENCE, ROW_REMEDY };
static const struct iom_col row_cols[] = {
	[ROW_CHECK] = { "check", IOM_T_STR, 0, "stable word" },
	[ROW_VERDICT] = { "verdict", IOM_T_STR, 0, "what came out", .values = &verdict_enum },
	[ROW_SEVERITY] = { "severity", IOM_T_STR, IOM_COL_HIDE, "what a problem of this kind prevents",
			   .values = &severity_enum },
	[ROW_SUBJECT] = { "subject", IOM_T_STR, IOM_COL_OPT,
			  "device, group or IOMMU; absent: the machine" },
	[ROW_TITLE] = { "title", IOM_T_STR, IOM_COL_HIDE, "what is the case when all is well" },
	[ROW_EVIDENCE] = { "evidence", IOM_T_STR, 0, "what was read, and where" },
	[ROW_REMEDY] = { "remedy", IOM_T_STR, IOM_COL_OPT, "what to do about it" },
	{ 0 },
};

enum { DOC_PROBLEMS, DOC_WARNINGS, DOC_UNKNOWN, DOC_CHECKS };
static const struct iom_col doctor_cols[] = {
	[DOC_PROBLEMS] = { "problems", IOM_T_UINT, 0, "findings that prevent something" },
	[DOC_WARNINGS] = { "warnings", IOM_T_UINT, 0, "findings that may" },
	[DOC_UNKNOWN] = { "unknown", IOM_T_UINT, 0, "what could not be looked at" },
	[DOC_CHECKS] = { "checks", IOM_T_LIST, 0, "findings, those first without which nothing works",
			 row_cols },
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

static int doctor_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	struct iom_doctor d = { 0 };
	struct iom_forest f;
	int rc = a->v[OPT_PLAN].set ? parse_plan(a->v[OPT_PLAN].str, &d, err) : 0;

	if (rc)
		return rc;
	rc = iom_forest_load(app, &f, err);
	if (!rc && a->v[OPT_DEVICE].set) {
		d.only = iom_host_dev_arg(&f.h, a->v[OPT_DEVICE].str, err);
		rc = d.only ? 0 : IOM_EXIT_NOT_FOUND;
	}
	if (!rc)
		rc = iom_doctor_look(&f, &d, err);
	if (!rc)
		show(app, res, &d);
	iom_doctor_free(&d);
	iom_forest_free(&f);
	return rc;
}

const struct iom_cmd cmd_doctor = {
	.object = "doctor", .brief = "find what keeps devices from user space, and what to do",
	.opts = doctor_opts, .cols = doctor_cols, .flags = IOM_CMD_HOST | IOM_CMD_TOP, .schema = 1,
	.run = doctor_run,
};
