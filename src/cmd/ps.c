/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ps: which process holds what of iommufd and VFIO. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/host.h"
#include "cmd/internal.h"

static const struct iom_value hold_values[] = {
	{ "iommufd", "iommufd", IOM_HOLD_IOMMUFD, NULL, false },
	{ "device", "device", IOM_HOLD_DEVICE, NULL, false },
	{ "group", "group", IOM_HOLD_GROUP, NULL, false },
	{ "container", "container", IOM_HOLD_CONTAINER, NULL, false },
	{ "fault-queue", "fault-queue", IOM_HOLD_FAULTS, NULL, false },
	{ "event-queue", "event-queue", IOM_HOLD_EVENTS, NULL, false },
	{ 0 },
};
static const struct iom_enum hold_enum = { .name = "hold", .values = hold_values };

enum { PS_DEVICE, PS_PID };
static const struct iom_opt ps_opts[] = {
	[PS_DEVICE] = { "device", IOM_ARG_STR, 0,
			"only processes that hold this device, or its group",
			.metavar = "NAME" },
	[PS_PID] = { "pid", IOM_ARG_U32, 0, "only this process" },
	{ 0 },
};

enum { HOLD_KIND, HOLD_FD, HOLD_NODE, HOLD_DEVICE };
static const struct iom_col hold_cols[] = {
	[HOLD_KIND] = { "kind", IOM_T_STR, 0, "what it is", .values = &hold_enum },
	[HOLD_FD] = { "fd", IOM_T_UINT, IOM_COL_OPT, "its number; absent: only mapped any more" },
	[HOLD_NODE] = { "node", IOM_T_STR, 0, "as the kernel names the open file" },
	[HOLD_DEVICE] = { "device", IOM_T_STR, IOM_COL_OPT, "device behind it" },
	{ 0 },
};

enum { PROC_PID, PROC_COMMAND, PROC_USER, PROC_UID, PROC_DEVICES, PROC_LOCKED, PROC_PINNED,
       PROC_LIMIT, PROC_UNLIMITED, PROC_HOLDS, PROC_NAMES };
static const struct iom_col proc_cols[] = {
	[PROC_PID] = { "pid", IOM_T_UINT, 0, "process" },
	[PROC_COMMAND] = { "command", IOM_T_STR, 0, "its name" },
	[PROC_USER] = { "user", IOM_T_STR, IOM_COL_OPT,
			"its user; absent when he has no name here" },
	[PROC_UID] = { "uid", IOM_T_UINT, IOM_COL_OPT | IOM_COL_HIDE, "the same as a number" },
	[PROC_DEVICES] = { "devices", IOM_T_STRS, 0, "devices that it holds" },
	[PROC_LOCKED] = { "locked", IOM_T_SIZE, IOM_COL_OPT, "memory that it locked itself" },
	[PROC_PINNED] = { "pinned", IOM_T_SIZE, IOM_COL_OPT,
			  "memory that is pinned and charged to it" },
	[PROC_LIMIT] = { "limit", IOM_T_SIZE, IOM_COL_OPT,
			 "RLIMIT_MEMLOCK; absent: none, or unknown" },
	[PROC_UNLIMITED] = { "unlimited", IOM_T_BOOL, IOM_COL_OPT | IOM_COL_HIDE,
			     "there is no limit" },
	[PROC_HOLDS] = { "holds", IOM_T_LIST, 0,
			 "open files, then mappings without one", hold_cols },
	[PROC_NAMES] = { "names", IOM_T_STRS, IOM_COL_OPT | IOM_COL_SPARSE,
			 "of the devices, by pci.ids" },
	{ 0 },
};

enum { PS_HIDDEN, PS_PROCS };
static const struct iom_col ps_cols[] = {
	[PS_HIDDEN] = { "hidden_processes", IOM_T_UINT, IOM_COL_OPT,
			"processes whose files only root may see; absent when there is none" },
	[PS_PROCS] = { "processes", IOM_T_LIST, 0, "by pid", proc_cols },
	{ 0 },
};

/* 0 or -ENOMEM */
static int add_devices(struct iom_rec *r, const struct iom_host *h, const struct iom_host_proc *p,
		       struct iom_pci_names *names)
{
	_iom_free_ char **devices = calloc(p->n_holds + 1, sizeof(*devices));
	size_t n = 0;

	if (!devices)
		return -ENOMEM;
	iom_open_list(r, PROC_DEVICES);
	for (size_t i = 0; i < p->n_holds; i++) {
		size_t k = 0;

		while (k < n && strcmp(devices[k], p->holds[i].device))
			k++;
		if (k < n || !p->holds[i].device[0])
			continue;
		devices[n++] = p->holds[i].device;
		iom_add_str(r, PROC_DEVICES, p->holds[i].device);
	}
	iom_host_add_names(names, h, devices, r, PROC_NAMES);
	return 0;
}

static void add_holds(struct iom_rec *r, const struct iom_host_proc *p)
{
	iom_open_list(r, PROC_HOLDS);
	for (size_t i = 0; i < p->n_holds; i++) {
		struct iom_rec *x = iom_add_rec(r, PROC_HOLDS);

		iom_set_str(x, HOLD_KIND, iom_value_of(&hold_enum, p->holds[i].kind)->word);
		if (p->holds[i].fd >= 0)
			iom_set_uint(x, HOLD_FD, (uint64_t)p->holds[i].fd);
		iom_set_str(x, HOLD_NODE, p->holds[i].node);
		if (p->holds[i].device[0])
			iom_set_str(x, HOLD_DEVICE, p->holds[i].device);
	}
}

static void add_proc(struct iom_res *res, const struct iom_host *h, const struct iom_host_proc *p,
		     struct iom_pci_names *names)
{
	struct iom_rec *r = iom_add_rec(res->top, PS_PROCS);
	/* The users of another machine are not ours. */
	const struct passwd *pw = *h->root || p->uid == UINT32_MAX ? NULL : getpwuid(p->uid);

	iom_set_uint(r, PROC_PID, (uint64_t)p->pid);
	iom_set_str(r, PROC_COMMAND, p->command);
	if (pw)
		iom_set_str(r, PROC_USER, pw->pw_name);
	if (p->uid != UINT32_MAX)
		iom_set_uint(r, PROC_UID, p->uid);
	if (add_devices(r, h, p, names))
		res->failed = true;
	if (p->locked >= 0)
		iom_set_uint(r, PROC_LOCKED, (uint64_t)p->locked);
	if (p->pinned >= 0)
		iom_set_uint(r, PROC_PINNED, (uint64_t)p->pinned);
	if (p->limit >= 0 && p->limit != INT64_MAX)
		iom_set_uint(r, PROC_LIMIT, (uint64_t)p->limit);
	if (p->limit >= 0)
		iom_set_uint(r, PROC_UNLIMITED, p->limit == INT64_MAX);
	add_holds(r, p);
}

bool iom_host_holds(const struct iom_host_proc *p, const struct iom_host_dev *d)
{
	char group[32];

	snprintf(group, sizeof(group), "/dev/vfio/%lld", (long long)d->group);
	for (size_t i = 0; i < p->n_holds; i++)
		if (!strcmp(p->holds[i].device, d->name) || !strcmp(p->holds[i].node, group))
			return true;
	return false;
}

static int ps_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		  struct iom_err *err)
{
	struct iom_pci_names *names = iom_host_names(app, false);
	const struct iom_host_dev *only = NULL;
	struct iom_host_proc *procs = NULL;
	size_t n = 0, hidden = 0;
	struct iom_host h;
	int rc = iom_host_of(app, IOM_HOST_USES, &h, err);

	if (!rc && a->v[PS_DEVICE].set) {
		only = iom_host_dev_arg(&h, a->v[PS_DEVICE].str, err);
		rc = only ? 0 : IOM_EXIT_NOT_FOUND;
	}
	if (!rc && iom_host_procs(&h, &procs, &n, &hidden, err))
		rc = (int)err->exit;
	iom_open_list(res->top, PS_PROCS);
	for (size_t i = 0; i < n && !rc; i++) {
		if (only && !iom_host_holds(&procs[i], only))
			continue;
		if (!a->v[PS_PID].set || a->v[PS_PID].num == (uint64_t)procs[i].pid)
			add_proc(res, &h, &procs[i], names);
	}
	if (hidden)
		iom_set_uint(res->top, PS_HIDDEN, hidden);
	iom_pci_names_free(names);
	iom_host_procs_free(procs, n);
	iom_host_free(&h);
	return rc;
}

const struct iom_cmd cmd_ps = {
	.object = "ps", .brief = "show which processes hold iommufd and VFIO files",
	.opts = ps_opts, .cols = ps_cols, .flags = IOM_CMD_HOST, .schema = 1, .run = ps_run,
};
