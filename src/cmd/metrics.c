/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* metrics: numbers about the host as OpenMetrics text, for the textfile collector. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/host.h"
#include "cmd/internal.h"
#include "iommuctl/diag.h"

enum { SAMPLE_NAME, SAMPLE_LABEL, SAMPLE_LABEL_VALUE, SAMPLE_VALUE };
static const struct iom_col sample_cols[] = {
	[SAMPLE_NAME] = { "metric", IOM_T_STR, 0, "name of the metric" },
	[SAMPLE_LABEL] = { "label", IOM_T_STR, IOM_COL_OPT, "what it is counted by" },
	[SAMPLE_LABEL_VALUE] = { "of", IOM_T_STR, IOM_COL_OPT, "which one of them" },
	[SAMPLE_VALUE] = { "value", IOM_T_UINT, 0, "number" },
	{ 0 },
};

enum { METRICS_TEXT, METRICS_SAMPLES };
static const struct iom_col metrics_cols[] = {
	[METRICS_TEXT] = { "text", IOM_T_STR, IOM_COL_OPT | IOM_COL_RAW,
			   "OpenMetrics, in text only" },
	[METRICS_SAMPLES] = { "samples", IOM_T_LIST, 0, "the same as data", sample_cols },
	{ 0 },
};

static const struct iom_opt no_opts[] = { { 0 } };

struct writer {
	struct iom_res *res;
	struct iom_buf b;
	const char *name, *label; /* of the metric being written; label NULL: one value */
};

/* Begins a metric; the unit, if there is one, is the end of the name, as the format wants. */
static void metric(struct writer *w, const char *name, const char *label, const char *unit,
		   const char *help)
{
	w->name = name;
	w->label = label;
	iom_buf_printf(&w->b, "# TYPE %s gauge\n", name);
	if (unit)
		iom_buf_printf(&w->b, "# UNIT %s %s\n", name, unit);
	iom_buf_printf(&w->b, "# HELP %s %s\n", name, help);
}

static void put_label(struct iom_buf *b, const char *s)
{
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			iom_buf_puts(b, "\\");
		if ((unsigned char)*s < ' ' || (unsigned char)*s >= 0x7f)
			iom_buf_puts(b, "?");
		else
			iom_buf_add(b, s, 1);
	}
}

static void sample(struct writer *w, const char *of, uint64_t v)
{
	struct iom_rec *r = iom_add_rec(w->res->top, METRICS_SAMPLES);

	iom_set_str(r, SAMPLE_NAME, w->name);
	iom_buf_puts(&w->b, w->name);
	if (w->label) {
		iom_set_str(r, SAMPLE_LABEL, w->label);
		iom_set_str(r, SAMPLE_LABEL_VALUE, of);
		iom_buf_printf(&w->b, "{%s=\"", w->label);
		put_label(&w->b, of);
		iom_buf_puts(&w->b, "\"}");
	}
	iom_set_uint(r, SAMPLE_VALUE, v);
	iom_buf_printf(&w->b, " %" PRIu64 "\n", v);
}

static void put_groups(struct writer *w, const struct iom_host *h)
{
	uint64_t count[IOM_VIABLE_NOTHING + 1] = { 0 };

	metric(w, "iommuctl_groups", "state", NULL,
	       "IOMMU groups by whether user space can have them.");
	for (size_t i = 0; i < h->n_groups; i++) {
		struct iom_viable v;

		iom_viable_of(h, &h->groups[i], &v);
		count[v.state]++;
	}
	for (size_t i = 0; i < IOM_ARRAY_SIZE(count); i++)
		sample(w, iom_viable_words[i], count[i]);
}

/* A name with a number, counted up in the order of first sight. */
struct tally {
	const char **names;
	uint64_t *counts;
	size_t n, cap, cap_counts;
	bool failed;
};

static void add_to(struct tally *t, const char *name, uint64_t v)
{
	size_t i = 0;

	while (i < t->n && strcmp(t->names[i], name))
		i++;
	if (i == t->n) {
		if (iom_grow(&t->names, t->n, &t->cap, sizeof(*t->names)) ||
		    iom_grow(&t->counts, t->n, &t->cap_counts, sizeof(*t->counts))) {
			t->failed = true;
			return;
		}
		t->names[t->n] = name;
		t->counts[t->n++] = 0;
	}
	t->counts[i] += v;
}

static void put_tally(struct writer *w, struct tally *t)
{
	for (size_t i = 0; i < t->n; i++)
		sample(w, t->names[i], t->counts[i]);
	w->b.failed |= t->failed;
	free(t->names);
	free(t->counts);
	*t = (struct tally){ 0 };
}

static void put_devices(struct writer *w, const struct iom_host *h)
{
	struct tally t = { 0 };

	metric(w, "iommuctl_devices", "driver", NULL, "Devices in IOMMU groups by driver.");
	for (size_t i = 0; i < h->n_devs; i++)
		if (h->devs[i].group >= 0)
			add_to(&t, h->devs[i].driver ? h->devs[i].driver : "none", 1);
	put_tally(w, &t);
}

static void put_reserved(struct writer *w, const struct iom_host *h)
{
	struct tally t = { 0 };

	metric(w, "iommuctl_reserved_bytes", "kind", "bytes",
	       "Reserved IOVA regions of all groups, by kind.");
	for (size_t i = 0; i < h->n_groups; i++)
		for (size_t k = 0; k < h->groups[i].n_regions; k++) {
			const struct iom_host_region *r = &h->groups[i].regions[k];

			if (r->last - r->start != UINT64_MAX)
				add_to(&t, r->kind, r->last - r->start + 1);
		}
	put_tally(w, &t);
}

static void put_domains(struct writer *w, const struct iom_host *h)
{
	metric(w, "iommuctl_domains_used", "iommu", NULL,
	       "Domain ids of an IOMMU that are in use.");
	for (size_t i = 0; i < h->n_iommus; i++)
		if (h->iommus[i].domains_used >= 0)
			sample(w, h->iommus[i].name, (uint64_t)h->iommus[i].domains_used);
	metric(w, "iommuctl_domains_supported", "iommu", NULL, "Domain ids that an IOMMU has.");
	for (size_t i = 0; i < h->n_iommus; i++)
		if (h->iommus[i].domains_supported >= 0)
			sample(w, h->iommus[i].name, (uint64_t)h->iommus[i].domains_supported);
}

static void put_holders(struct writer *w, const struct iom_forest *f)
{
	static const char *const words[] = {
		[IOM_HOLD_IOMMUFD] = "iommufd", [IOM_HOLD_DEVICE] = "device",
		[IOM_HOLD_GROUP] = "group", [IOM_HOLD_CONTAINER] = "container",
		[IOM_HOLD_FAULTS] = "fault-queue", [IOM_HOLD_EVENTS] = "event-queue",
	};
	uint64_t count[IOM_ARRAY_SIZE(words)] = { 0 };

	metric(w, "iommuctl_holder_processes", NULL, NULL,
	       "Processes that hold iommufd or VFIO files, as far as they can be seen.");
	sample(w, NULL, f->n_procs);
	metric(w, "iommuctl_hidden_processes", NULL, NULL, "Processes whose files cannot be seen.");
	sample(w, NULL, f->hidden);
	for (size_t i = 0; i < f->n_procs; i++)
		for (size_t k = 0; k < f->procs[i].n_holds; k++)
			count[f->procs[i].holds[k].kind]++;
	metric(w, "iommuctl_open_files", "kind", NULL, "Open iommufd and VFIO files of processes.");
	for (size_t i = 0; i < IOM_ARRAY_SIZE(words); i++)
		sample(w, words[i], count[i]);
}

static const char *const fault_sources[] = { "amd", "arm-smmuv3", "intel-vtd", "virtio" };

static void count_fault(const char *line, void *arg)
{
	uint64_t *counts = arg;
	struct iom_host_fault f;

	if (!iom_host_fault_parse(line, &f))
		return;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(fault_sources); i++)
		counts[i] += !strcmp(f.source, fault_sources[i]);
}

/* The log is a ring: old lines go, so this is no counter. */
static void put_faults(struct writer *w, const char *root)
{
	uint64_t counts[IOM_ARRAY_SIZE(fault_sources)] = { 0 };

	/* Nobody may take "not looked" for "none". */
	if (iom_host_log(root, count_fault, counts, NULL))
		return;
	metric(w, "iommuctl_faults", "kind", NULL,
	       "Lines of faults in the kernel log now, by kind of IOMMU.");
	for (size_t i = 0; i < IOM_ARRAY_SIZE(fault_sources); i++)
		sample(w, fault_sources[i], counts[i]);
}

static int metrics_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	struct writer w = { .res = res };
	struct iom_forest f;
	int rc = iom_forest_load(app, &f, err);

	(void)a;
	iom_open_list(res->top, METRICS_SAMPLES);
	if (!rc) {
		metric(&w, "iommuctl_iommus", NULL, NULL, "IOMMUs of the machine.");
		sample(&w, NULL, f.h.n_iommus);
		put_groups(&w, &f.h);
		put_devices(&w, &f.h);
		put_reserved(&w, &f.h);
		put_domains(&w, &f.h);
		put_holders(&w, &f);
		put_faults(&w, app->g.sysroot);
		iom_buf_puts(&w.b, "# EOF\n");
		if (w.b.failed)
			res->failed = true;
		else if (!app->g.json)
			iom_set_str(res->top, METRICS_TEXT, w.b.data);
	}
	iom_buf_free(&w.b);
	iom_forest_free(&f);
	return rc;
}

const struct iom_cmd cmd_metrics = {
	.object = "metrics", .brief = "print numbers about the host as OpenMetrics text",
	.opts = no_opts, .cols = metrics_cols, .flags = IOM_CMD_HOST, .schema = 1,
	.run = metrics_run,
};
