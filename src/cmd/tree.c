/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tree: from each IOMMU through groups and devices to the processes that hold them. */
#include <string.h>

#include "cmd/host.h"
#include "cmd/internal.h"
#include "iommuctl/diag.h"

enum { HOLDER_COMMAND, HOLDER_PID };
static const struct iom_col holder_cols[] = {
	[HOLDER_COMMAND] = { "command", IOM_T_STR, 0, "name of the process" },
	[HOLDER_PID] = { "pid", IOM_T_UINT, 0, "its number" },
	{ 0 },
};

enum { DEV_NAME, DEV_DRIVER, DEV_ROLE, DEV_VFIO, DEV_CLASS, DEV_USES, DEV_VENDOR_NAME,
       DEV_DEVICE_NAME, DEV_HOLDERS };
static const struct iom_col dev_cols[] = {
	[DEV_NAME] = { "device", IOM_T_STR, 0, "as in sysfs" },
	[DEV_DRIVER] = { "driver", IOM_T_STR, IOM_COL_OPT, "absent: none" },
	[DEV_ROLE] = { "role", IOM_T_STR, IOM_COL_HIDE,
		       "held: this one keeps the group from user space",
		       .values = &iom_member_enum },
	[DEV_VFIO] = { "vfio", IOM_T_STR, IOM_COL_OPT, "its node in /dev/vfio/devices" },
	[DEV_CLASS] = { "class", IOM_T_STR, IOM_COL_OPT, "kind of PCI device" },
	[DEV_USES] = { "uses", IOM_T_STRS, 0, "what of the system lives on it" },
	[DEV_VENDOR_NAME] = { "vendor_name", IOM_T_STR, IOM_COL_OPT | IOM_COL_HIDE, "by pci.ids" },
	[DEV_DEVICE_NAME] = { "device_name", IOM_T_STR, IOM_COL_OPT, "by pci.ids" },
	[DEV_HOLDERS] = { "holders", IOM_T_LIST, IOM_COL_TREE, "processes that have it open",
			  holder_cols },
	{ 0 },
};

enum { GROUP_NAME, GROUP_ID, GROUP_STATE, GROUP_TYPE, GROUP_DEVICES };
static const struct iom_col group_cols[] = {
	[GROUP_NAME] = { "name", IOM_T_STR, 0, "\"group N\"" },
	[GROUP_ID] = { "group", IOM_T_UINT, IOM_COL_HIDE, "its number" },
	[GROUP_STATE] = { "state", IOM_T_STR, 0, "can user space have the group",
			  .values = &iom_viable_enum },
	[GROUP_TYPE] = { "type", IOM_T_STR, IOM_COL_OPT, "default domain; absent when unreadable" },
	[GROUP_DEVICES] = { "devices", IOM_T_LIST, IOM_COL_TREE, "members", dev_cols },
	{ 0 },
};

enum { IOMMU_NAME, IOMMU_KIND, IOMMU_GROUPS };
static const struct iom_col iommu_cols[] = {
	[IOMMU_NAME] = { "iommu", IOM_T_STR, 0,
			 "as in sysfs; unknown: no IOMMU lists the group's devices" },
	[IOMMU_KIND] = { "kind", IOM_T_STR, IOM_COL_OPT, "architecture",
			 .values = &iom_iommu_enum },
	[IOMMU_GROUPS] = { "groups", IOM_T_LIST, IOM_COL_TREE, "groups behind it", group_cols },
	{ 0 },
};

enum { TREE_HIDDEN, TREE_IOMMUS };
static const struct iom_col tree_cols[] = {
	[TREE_HIDDEN] = { "hidden_processes", IOM_T_UINT, IOM_COL_OPT,
			  "processes whose files only root may see; absent when there is none" },
	[TREE_IOMMUS] = { "iommus", IOM_T_LIST, IOM_COL_TREE, "by name", iommu_cols },
	{ 0 },
};

static void add_device(struct iom_rec *group, const struct iom_forest *f,
		       const struct iom_host_dev *d)
{
	struct iom_rec *r = iom_add_rec(group, GROUP_DEVICES);
	const char *node = iom_host_dev_use(d, "vfio-dev");

	iom_set_str(r, DEV_NAME, d->name);
	if (d->driver)
		iom_set_str(r, DEV_DRIVER, d->driver);
	iom_set_str(r, DEV_ROLE, iom_member_words[iom_member_of(d)]);
	if (node)
		iom_set_str(r, DEV_VFIO, node);
	if (iom_host_class(d))
		iom_set_str(r, DEV_CLASS, iom_host_class(d));
	iom_host_add_uses(d, r, DEV_USES);
	iom_host_set_names(f->names, d, r, DEV_VENDOR_NAME, DEV_DEVICE_NAME);
	iom_open_list(r, DEV_HOLDERS);
	for (size_t i = 0; i < f->n_procs; i++) {
		struct iom_rec *x;

		if (!iom_host_holds(&f->procs[i], d))
			continue;
		x = iom_add_rec(r, DEV_HOLDERS);
		iom_set_str(x, HOLDER_COMMAND, f->procs[i].command);
		iom_set_uint(x, HOLDER_PID, (uint64_t)f->procs[i].pid);
	}
}

static void add_group(struct iom_rec *iommu, const struct iom_forest *f,
		      const struct iom_host_group *g)
{
	struct iom_rec *r = iom_add_rec(iommu, IOMMU_GROUPS);
	struct iom_viable v;

	iom_viable_of(&f->h, g, &v);
	iom_set_strf(r, GROUP_NAME, "group %u", g->id);
	iom_set_uint(r, GROUP_ID, g->id);
	iom_set_str(r, GROUP_STATE, iom_viable_words[v.state]);
	if (g->type[0])
		iom_set_str(r, GROUP_TYPE, g->type);
	iom_open_list(r, GROUP_DEVICES);
	for (char **name = g->devices; *name; name++) {
		const struct iom_host_dev *d = iom_host_dev_find(&f->h, *name);

		if (d)
			add_device(r, f, d);
	}
}

/* iommu NULL: the groups that no IOMMU lists. */
static void add_iommu(struct iom_res *res, const struct iom_forest *f,
		      const struct iom_host_iommu *u)
{
	struct iom_rec *r = NULL;

	if (u) {
		r = iom_add_rec(res->top, TREE_IOMMUS);
		iom_set_str(r, IOMMU_NAME, u->name);
		iom_set_str(r, IOMMU_KIND, iom_value_of(&iom_iommu_enum, u->kind)->word);
		iom_open_list(r, IOMMU_GROUPS);
	}
	for (size_t i = 0; i < f->h.n_groups; i++) {
		if (iom_forest_iommu(f, &f->h.groups[i]) != u)
			continue;
		if (!r) {
			r = iom_add_rec(res->top, TREE_IOMMUS);
			iom_set_str(r, IOMMU_NAME, "unknown");
			iom_open_list(r, IOMMU_GROUPS);
		}
		add_group(r, f, &f->h.groups[i]);
	}
}

static int tree_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	struct iom_forest f;
	int rc = iom_forest_load(app, &f, err);

	f.names = iom_host_names(app, a->v[0].set);
	iom_open_list(res->top, TREE_IOMMUS);
	for (size_t i = 0; i < f.h.n_iommus && !rc; i++)
		add_iommu(res, &f, &f.h.iommus[i]);
	if (!rc)
		add_iommu(res, &f, NULL);
	if (f.hidden)
		iom_set_uint(res->top, TREE_HIDDEN, f.hidden);
	iom_forest_free(&f);
	return rc;
}

static const struct iom_opt tree_opts[] = { IOM_HOST_NO_NAMES, { 0 } };

const struct iom_cmd cmd_tree = {
	.object = "tree",
	.brief = "show IOMMUs, groups, devices and their holders as a tree",
	.opts = tree_opts,
	.cols = tree_cols,
	.flags = IOM_CMD_HOST,
	.schema = 1,
	.run = tree_run,
};
