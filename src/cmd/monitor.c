/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* monitor: what changes on the host as it happens, and IOMMU faults from the kernel log. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/follow.h"
#include "cmd/host.h"
#include "cmd/internal.h"

#define LINE_MAX_ 1024

enum { KIND_DEVICE, KIND_DRIVER, KIND_VFIO, KIND_IOMMU, KIND_FAULT, KIND_LOST };
static const struct iom_value kind_values[] = {
	{ "device", "device", KIND_DEVICE, NULL, false },
	{ "driver", "driver", KIND_DRIVER, NULL, false },
	{ "vfio", "vfio", KIND_VFIO, NULL, false },
	{ "iommu", "iommu", KIND_IOMMU, NULL, false },
	{ "fault", "fault", KIND_FAULT, NULL, false },
	{ "lost", "lost", KIND_LOST, NULL, false },
	{ 0 },
};
static const struct iom_enum kind_enum = { .name = "monitor_kind", .values = kind_values };

enum { OPT_FILTER, OPT_COUNT, OPT_TIMEOUT };
static const struct iom_opt monitor_opts[] = {
	[OPT_FILTER] = { "filter", IOM_ARG_ENUM, IOM_MULTI,
			 "only events of this kind; may be repeated", .values = &kind_enum },
	[OPT_COUNT] = { "count", IOM_ARG_U32, 0, "end after this many events" },
	[OPT_TIMEOUT] = { "timeout", IOM_ARG_TIME, 0,
			  "end after this time (default: without end)" },
	{ 0 },
};

enum {
	EV_KIND,
	EV_ACTION,
	EV_DEVICE,
	EV_GROUP,
	EV_IOMMU,
	EV_DRIVER,
	EV_NODE,
	EV_ADDRESS,
	EV_PASID,
	EV_REASON,
	EV_PATH
};
static const struct iom_col event_cols[] = {
	[EV_KIND] = { "kind", IOM_T_STR, 0, "what the event is about", .values = &kind_enum },
	[EV_ACTION] = { "action", IOM_T_STR, 0,
			"add, remove, bind, unbind ...; of a fault: read, write; "
			"lost: what was lost" },
	[EV_DEVICE] = { "device", IOM_T_STR, IOM_COL_OPT, "as in sysfs" },
	[EV_GROUP] = { "group", IOM_T_UINT, IOM_COL_OPT, "its IOMMU group" },
	[EV_IOMMU] = { "iommu", IOM_T_STR, IOM_COL_OPT, "IOMMU that it is behind" },
	[EV_DRIVER] = { "driver", IOM_T_STR, IOM_COL_OPT, "driver that it has, or was bound to" },
	[EV_NODE] = { "node", IOM_T_STR, IOM_COL_OPT, "its node in /dev/vfio/devices" },
	[EV_ADDRESS] = { "address", IOM_T_HEX, IOM_COL_OPT, "IOVA of a fault" },
	[EV_PASID] = { "pasid", IOM_T_UINT, IOM_COL_OPT, "PASID of a fault" },
	[EV_REASON] = { "reason", IOM_T_STR, IOM_COL_OPT, "in the words of the hardware" },
	[EV_PATH] = { "path", IOM_T_STR, IOM_COL_OPT | IOM_COL_HIDE, "of the object below /sys" },
	{ 0 },
};

enum { MONITOR_WARNINGS, MONITOR_EVENTS };
static const struct iom_col monitor_cols[] = {
	[MONITOR_WARNINGS] = IOM_COL_WARNINGS,
	[MONITOR_EVENTS] = { "events", IOM_T_LIST, 0, "each as it comes", event_cols },
	{ 0 },
};

struct watch {
	struct iom_app *app;
	struct iom_res *res;
	struct iom_err *err;
	struct iom_live *live;
	struct iom_host h; /* as it was last read, for what is gone */
	uint32_t kinds; /* bits that are wanted */
	uint32_t left, n; /* events that may come, events in the result */
};

static bool wants(const struct watch *w, unsigned int kind)
{
	return w->kinds >> kind & 1;
}

/* What is known of the device now, or was when it was last seen. */
static void add_place(struct watch *w, struct iom_rec *r, const char *name)
{
	const struct iom_host_dev *d = iom_host_dev_find(&w->h, name);
	struct iom_host fresh;

	if (!d && !iom_host_load(&fresh, w->app->g.sysroot, IOM_HOST_USES, w->err)) {
		iom_host_free(&w->h);
		w->h = fresh;
		d = iom_host_dev_find(&w->h, name);
	}
	iom_set_str(r, EV_DEVICE, name);
	if (d && d->group >= 0)
		iom_set_uint(r, EV_GROUP, (uint64_t)d->group);
	if (d && d->iommu)
		iom_set_str(r, EV_IOMMU, d->iommu);
}

static struct iom_rec *add_event(struct watch *w, unsigned int kind, const char *action)
{
	struct iom_rec *r = iom_add_rec(w->res->top, MONITOR_EVENTS);

	iom_set_str(r, EV_KIND, kind_values[kind].word);
	iom_set_str(r, EV_ACTION, action);
	w->n++;
	w->left--;
	return r;
}

/* "/devices/pci0000:00/0000:00:02.0/vfio-dev/vfio0": the part before the class. */
static const char *parent_of(const struct iom_host_event *e, char *buf, size_t len)
{
	char path[sizeof(e->path)], *slash;

	strcpy(path, e->path);
	for (int i = 0; i < 2; i++) {
		slash = strrchr(path, '/');
		if (!slash)
			return "";
		*slash = '\0';
	}
	slash = strrchr(path, '/');
	snprintf(buf, len, "%.100s", slash ? slash + 1 : path);
	return buf;
}

static void take_event(struct watch *w, const struct iom_host_event *e)
{
	bool driver = !strcmp(e->action, "bind") || !strcmp(e->action, "unbind");
	bool vfio = !strcmp(e->subsystem, "vfio-dev"), iommu = !strcmp(e->subsystem, "iommu");
	unsigned int kind = vfio     ? KIND_VFIO
			    : iommu  ? KIND_IOMMU
			    : driver ? KIND_DRIVER
				     : KIND_DEVICE;
	struct iom_rec *r;
	char parent[128];

	if (!vfio && !iommu && strcmp(e->subsystem, "pci") && strcmp(e->subsystem, "platform") &&
	    strcmp(e->subsystem, "amba"))
		return;
	if (!wants(w, kind))
		return;
	r = add_event(w, kind, e->action);
	iom_set_strf(r, EV_PATH, "/sys%s", e->path);
	if (iommu) {
		iom_set_str(r, EV_IOMMU, e->name);
		return;
	}
	add_place(w, r, vfio ? parent_of(e, parent, sizeof(parent)) : e->name);
	if (vfio)
		iom_set_str(r, EV_NODE, e->name);
	if (e->driver[0])
		iom_set_str(r, EV_DRIVER, e->driver);
}

/* The IOMMU alone, where its driver names no device. */
static void add_iommu(struct watch *w, struct iom_rec *r, const char *parent)
{
	for (size_t i = 0; i < w->h.n_iommus; i++)
		if (!strcmp(w->h.iommus[i].parent, parent))
			iom_set_str(r, EV_IOMMU, w->h.iommus[i].name);
}

static void take_line(struct watch *w, const char *line)
{
	struct iom_host_fault f;
	struct iom_rec *r;

	if (!wants(w, KIND_FAULT) || !iom_host_fault_parse(line, &f))
		return;
	r = add_event(w, KIND_FAULT, f.access[0] ? f.access : "fault");
	if (f.device[0])
		add_place(w, r, f.device);
	else if (f.parent[0])
		add_iommu(w, r, f.parent);
	if (f.has_address)
		iom_set_uint(r, EV_ADDRESS, f.address);
	if (f.has_pasid)
		iom_set_uint(r, EV_PASID, f.pasid);
	if (f.reason[0])
		iom_set_str(r, EV_REASON, f.reason);
}

/* The kernel had no room for what came, and goes on behind it. */
static bool is_gap(int rc)
{
	return rc == -ENOBUFS || rc == -EPIPE;
}

static bool is_loss(struct watch *w, int rc)
{
	const char *what = rc == -EPIPE ? "log" : "uevents";

	if (!is_gap(rc))
		return false;
	/* Who wants only some kinds must know that one of them may be among what is lost. */
	if (wants(w, KIND_LOST))
		add_event(w, KIND_LOST, what);
	else
		iom_warn(w->app, w->res, MONITOR_WARNINGS,
			 "%s came faster than they were read: some are lost",
			 rc == -EPIPE ? "lines of the log" : what);
	return true;
}

/* Everything that is there now. Exit code with err filled. */
static int take_all(struct watch *w)
{
	char line[LINE_MAX_];
	struct iom_host_event e;
	int rc = 0;

	while (w->left && (rc = iom_live_event(w->live, &e)) != 0) {
		if (rc > 0)
			take_event(w, &e);
		else if (!is_loss(w, rc))
			break;
	}
	while ((rc >= 0 || is_gap(rc)) && w->left && iom_live_log_fd(w->live) >= 0 &&
	       (rc = iom_live_log(w->live, line, sizeof(line))) != 0) {
		if (rc > 0)
			take_line(w, line);
		else if (!is_loss(w, rc))
			break;
	}
	if (rc >= 0 || is_gap(rc))
		return 0;
	w->err->code = rc;
	iom_fail(w->err, IOM_EXIT_INTERNAL, "cannot read what the kernel tells");
	return IOM_EXIT_INTERNAL;
}

static int watch(struct watch *w, uint64_t timeout, const struct iom_signals *s)
{
	int fds[2] = { iom_live_event_fd(w->live), iom_live_log_fd(w->live) };
	uint64_t start = iom_now();

	for (;;) {
		uint64_t gone = iom_now() - start;
		int rc = take_all(w);

		if (rc || !w->left)
			return rc;
		if (w->n) {
			rc = iom_stream(w->app, &cmd_monitor, w->res, w->err);
			if (rc)
				return rc == -EPIPE ? 0 : (int)w->err->exit;
			w->n = 0;
			iom_open_list(w->res->top, MONITOR_EVENTS);
		}
		if (timeout != UINT64_MAX && gone >= timeout)
			return 0;
		rc = iom_wait(fds, fds[1] < 0 ? 1 : 2,
			      timeout == UINT64_MAX ? timeout : timeout - gone, s);
		if (rc == IOM_WAIT_ENOUGH)
			return 0;
		if (rc < 0) {
			w->err->code = rc;
			iom_fail(w->err, IOM_EXIT_INTERNAL, "cannot wait for events");
			return IOM_EXIT_INTERNAL;
		}
	}
}

static int start(struct watch *w)
{
	int rc;

	if (*w->app->g.sysroot) {
		iom_fail(w->err, IOM_EXIT_USAGE,
			 "a saved machine has no events: --sysroot and monitor exclude "
			 "each other");
		return IOM_EXIT_USAGE;
	}
	w->live = iom_live_open(wants(w, KIND_FAULT), &rc);
	if (!w->live) {
		w->err->code = rc;
		iom_fail(w->err, iom_exit_of_errno(rc), "cannot listen to the kernel's events");
		return (int)w->err->exit;
	}
	if (wants(w, KIND_FAULT) && iom_live_log_fd(w->live) < 0)
		iom_warn(w->app, w->res, MONITOR_WARNINGS,
			 "the kernel log may not be read: faults are not shown; they take root");
	return iom_host_of(w->app, IOM_HOST_USES, &w->h, w->err);
}

static int monitor_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	struct watch w = { .app = app,
			   .res = res,
			   .err = err,
			   .left = a->v[OPT_COUNT].set ? (uint32_t)a->v[OPT_COUNT].num
						       : UINT32_MAX };
	struct iom_signals signals;
	int rc;

	for (unsigned int i = 0; i < a->n_multi; i++)
		w.kinds |= 1U << a->multi[i].v.num;
	if (!w.kinds)
		w.kinds = UINT32_MAX;
	if (!w.left) {
		iom_fail(err, IOM_EXIT_USAGE, "--count: at least 1 is needed");
		return IOM_EXIT_USAGE;
	}
	/* First of all: a signal that comes before the first wait ends it as well. */
	iom_signals_take(&signals);
	rc = start(&w);
	iom_open_list(res->top, MONITOR_EVENTS);
	if (!rc) {
		app->following = true;
		rc = watch(&w, a->v[OPT_TIMEOUT].set ? a->v[OPT_TIMEOUT].num : UINT64_MAX,
			   &signals);
		app->nothing_more = !w.n;
	}
	iom_signals_give_back(&signals);
	iom_live_free(w.live);
	iom_host_free(&w.h);
	return rc;
}

const struct iom_cmd cmd_monitor = {
	.object = "monitor",
	.brief = "show changes of the host and IOMMU faults as they happen",
	.opts = monitor_opts,
	.cols = monitor_cols,
	.flags = IOM_CMD_HOST,
	.schema = 1,
	.run = monitor_run,
};
