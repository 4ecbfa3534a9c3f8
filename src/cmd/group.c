/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* group: IOMMU groups, their members, and whether user space can have them. */
#include <inttypes.h>
#include <string.h>

#include "cmd/host.h"
#include "cmd/internal.h"
#include "iommuctl/diag.h"

/* ---- list ---- */

enum { LIST_STATE, LIST_DEVICE, LIST_NO_NAMES };
static const struct iom_opt list_opts[] = {
	[LIST_STATE] = { "state", IOM_ARG_ENUM, 0, "only groups in this state",
			 .values = &iom_viable_enum },
	[LIST_DEVICE] = { "device", IOM_ARG_STR, 0, "only the group of this device, as in sysfs",
			  .metavar = "NAME" },
	[LIST_NO_NAMES] = IOM_HOST_NO_NAMES,
	{ 0 },
};

enum { ROW_GROUP, ROW_TYPE, ROW_STATE, ROW_DEVICES, ROW_RESERVED, ROW_REASON, ROW_NAMES };
static const struct iom_col row_cols[] = {
	[ROW_GROUP] = { "group", IOM_T_UINT, 0, "IOMMU group" },
	[ROW_TYPE] = { "type", IOM_T_STR, IOM_COL_OPT, "default domain; absent when unreadable" },
	[ROW_STATE] = { "state", IOM_T_STR, 0, "can user space have the group",
			.values = &iom_viable_enum },
	[ROW_DEVICES] = { "devices", IOM_T_STRS, 0, "members" },
	[ROW_RESERVED] = { "reserved", IOM_T_STRS, 0, "kinds of its reserved regions" },
	[ROW_REASON] = { "reason", IOM_T_STR, IOM_COL_OPT, "who or what is in the way" },
	[ROW_NAMES] = { "names", IOM_T_STRS, IOM_COL_OPT | IOM_COL_SPARSE,
			"of the members, by pci.ids; vendor:device where that has none" },
	{ 0 },
};

enum { LIST_MALFORMED, LIST_GROUPS };
static const struct iom_col list_cols[] = {
	[LIST_MALFORMED] = { "malformed_lines", IOM_T_UINT, IOM_COL_OPT,
			     "names and lines that cannot be read; absent when there is none" },
	[LIST_GROUPS] = { "groups", IOM_T_LIST, 0, "by number", row_cols },
	{ 0 },
};

static void add_kinds(const struct iom_host_group *g, struct iom_rec *r)
{
	iom_open_list(r, ROW_RESERVED);
	for (size_t i = 0; i < g->n_regions; i++) {
		size_t k = 0;

		while (k < i && strcmp(g->regions[k].kind, g->regions[i].kind))
			k++;
		if (k == i)
			iom_add_str(r, ROW_RESERVED, g->regions[i].kind);
	}
}

static void add_group(struct iom_res *res, const struct iom_host *h,
		      const struct iom_host_group *g, const struct iom_viable *v,
		      struct iom_pci_names *names)
{
	struct iom_rec *r = iom_add_rec(res->top, LIST_GROUPS);

	iom_set_uint(r, ROW_GROUP, g->id);
	if (g->type[0])
		iom_set_str(r, ROW_TYPE, g->type);
	iom_set_str(r, ROW_STATE, iom_viable_words[v->state]);
	iom_open_list(r, ROW_DEVICES);
	for (char **name = g->devices; *name; name++)
		iom_add_str(r, ROW_DEVICES, *name);
	add_kinds(g, r);
	if (v->reason[0])
		iom_set_str(r, ROW_REASON, v->reason);
	iom_host_add_names(names, h, g->devices, r, ROW_NAMES);
}

static int list_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	struct iom_pci_names *names = iom_host_names(app, a->v[LIST_NO_NAMES].set);
	const struct iom_host_dev *only = NULL;
	struct iom_host h;
	int rc = iom_host_of(app, IOM_HOST_GROUPS | IOM_HOST_REGIONS | IOM_HOST_NODES, &h, err);

	if (!rc && a->v[LIST_DEVICE].set) {
		only = iom_host_dev_arg(&h, a->v[LIST_DEVICE].str, err);
		rc = only ? 0 : IOM_EXIT_NOT_FOUND;
	}
	iom_open_list(res->top, LIST_GROUPS);
	for (size_t i = 0; i < h.n_groups && !rc; i++) {
		struct iom_viable v;

		if (only && only->group != h.groups[i].id)
			continue;
		iom_viable_of(&h, &h.groups[i], &v);
		if (!a->v[LIST_STATE].set || a->v[LIST_STATE].num == v.state)
			add_group(res, &h, &h.groups[i], &v, names);
	}
	if (h.malformed)
		iom_set_uint(res->top, LIST_MALFORMED, h.malformed);
	iom_pci_names_free(names);
	iom_host_free(&h);
	return rc;
}

const struct iom_cmd cmd_group_list = {
	.object = "group", .verb = "list",
	.brief = "list IOMMU groups and what is in the way of each",
	.opts = list_opts, .cols = list_cols, .flags = IOM_CMD_HOST, .schema = 1, .run = list_run,
};

/* ---- show ---- */

static const struct iom_opt show_opts[] = {
	{ "group", IOM_ARG_U32, IOM_REQ | IOM_POS, "IOMMU group" },
	{ 0 },
};

enum { MEMBER_NAME, MEMBER_ROLE, MEMBER_DRIVER, MEMBER_CLASS, MEMBER_IDS, MEMBER_VFIO, MEMBER_USES,
       MEMBER_VENDOR_NAME, MEMBER_DEVICE_NAME };
static const struct iom_col member_cols[] = {
	[MEMBER_NAME] = { "device", IOM_T_STR, 0, "as in sysfs" },
	[MEMBER_ROLE] = { "role", IOM_T_STR, 0, "held: this one prevents it",
			  .values = &iom_member_enum },
	[MEMBER_DRIVER] = { "driver", IOM_T_STR, IOM_COL_OPT, "absent: none" },
	[MEMBER_CLASS] = { "class", IOM_T_STR, IOM_COL_OPT, "kind of PCI device" },
	[MEMBER_IDS] = { "ids", IOM_T_STR, IOM_COL_OPT, "vendor and device in hex" },
	[MEMBER_VFIO] = { "vfio", IOM_T_STR, IOM_COL_OPT, "its node in /dev/vfio/devices" },
	[MEMBER_USES] = { "uses", IOM_T_STRS, 0, "what of the system lives on it" },
	[MEMBER_VENDOR_NAME] = { "vendor_name", IOM_T_STR, IOM_COL_OPT | IOM_COL_HIDE,
				 "by pci.ids" },
	[MEMBER_DEVICE_NAME] = { "device_name", IOM_T_STR, IOM_COL_OPT | IOM_COL_SPARSE,
				 "by pci.ids" },
	{ 0 },
};

enum { REGION_START, REGION_LAST, REGION_SIZE, REGION_KIND };
static const struct iom_col region_cols[] = {
	[REGION_START] = { "start", IOM_T_HEX, 0, "first IOVA" },
	[REGION_LAST] = { "last", IOM_T_HEX, 0, "last IOVA, inclusive" },
	[REGION_SIZE] = { "size", IOM_T_SIZE, IOM_COL_OPT, "bytes; absent for all 64 bits" },
	[REGION_KIND] = { "kind", IOM_T_STR, 0, "direct, direct-relaxable, reserved or msi" },
	{ 0 },
};

enum { SHOW_GROUP, SHOW_TYPE, SHOW_STATE, SHOW_REASON, SHOW_IOMMU, SHOW_DEVICES, SHOW_REGIONS };
static const struct iom_col show_cols[] = {
	[SHOW_GROUP] = { "group", IOM_T_UINT, 0, "IOMMU group" },
	[SHOW_TYPE] = { "type", IOM_T_STR, IOM_COL_OPT, "default domain; absent when unreadable" },
	[SHOW_STATE] = { "state", IOM_T_STR, 0, "can user space have the group",
			 .values = &iom_viable_enum },
	[SHOW_REASON] = { "reason", IOM_T_STR, IOM_COL_OPT, "who or what is in the way" },
	[SHOW_IOMMU] = { "iommu", IOM_T_STR, IOM_COL_OPT, "IOMMU of its devices" },
	[SHOW_DEVICES] = { "devices", IOM_T_LIST, 0, "members", member_cols },
	[SHOW_REGIONS] = { "regions", IOM_T_LIST, 0, "reserved regions, in the kernel's order",
			   region_cols },
	{ 0 },
};

static void add_member(struct iom_res *res, const struct iom_host_dev *d,
		       struct iom_pci_names *names)
{
	struct iom_rec *r = iom_add_rec(res->top, SHOW_DEVICES);
	const char *node = iom_host_dev_use(d, "vfio-dev");
	char ids[16];

	iom_set_str(r, MEMBER_NAME, d->name);
	iom_set_str(r, MEMBER_ROLE, iom_member_words[iom_member_of(d)]);
	if (d->driver)
		iom_set_str(r, MEMBER_DRIVER, d->driver);
	if (iom_host_class(d))
		iom_set_str(r, MEMBER_CLASS, iom_host_class(d));
	if (d->has_ids)
		iom_set_str(r, MEMBER_IDS, iom_host_ids(d, ids, sizeof(ids)));
	if (node)
		iom_set_str(r, MEMBER_VFIO, node);
	iom_host_add_uses(d, r, MEMBER_USES);
	iom_host_set_names(names, d, r, MEMBER_VENDOR_NAME, MEMBER_DEVICE_NAME);
	if (d->iommu)
		iom_set_str(res->top, SHOW_IOMMU, d->iommu);
}

static void add_region(struct iom_res *res, const struct iom_host_region *h)
{
	struct iom_rec *r = iom_add_rec(res->top, SHOW_REGIONS);

	iom_set_uint(r, REGION_START, h->start);
	iom_set_uint(r, REGION_LAST, h->last);
	if (h->last - h->start != UINT64_MAX)
		iom_set_uint(r, REGION_SIZE, h->last - h->start + 1);
	iom_set_str(r, REGION_KIND, h->kind);
}

static void show_group(struct iom_res *res, const struct iom_host *h,
		       const struct iom_host_group *g, struct iom_pci_names *names)
{
	struct iom_viable v;

	iom_viable_of(h, g, &v);
	iom_set_uint(res->top, SHOW_GROUP, g->id);
	if (g->type[0])
		iom_set_str(res->top, SHOW_TYPE, g->type);
	iom_set_str(res->top, SHOW_STATE, iom_viable_words[v.state]);
	if (v.reason[0])
		iom_set_str(res->top, SHOW_REASON, v.reason);
	iom_open_list(res->top, SHOW_DEVICES);
	for (char **name = g->devices; *name; name++) {
		const struct iom_host_dev *d = iom_host_dev_find(h, *name);

		if (d)
			add_member(res, d, names);
	}
	iom_open_list(res->top, SHOW_REGIONS);
	for (size_t i = 0; i < g->n_regions; i++)
		add_region(res, &g->regions[i]);
}

static int show_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	struct iom_pci_names *names = iom_host_names(app, false);
	const struct iom_host_group *g;
	struct iom_host h;
	int rc = iom_host_of(app, IOM_HOST_REGIONS | IOM_HOST_USES, &h, err);

	g = rc ? NULL : iom_host_group_find(&h, (int64_t)a->v[0].num);
	if (g) {
		show_group(res, &h, g, names);
	} else if (!rc) {
		rc = IOM_EXIT_NOT_FOUND;
		iom_hint(err, h.n_groups ? "'iommuctl group list' shows all"
					 : "this machine shows no IOMMU group at all");
		iom_fail(err, IOM_EXIT_NOT_FOUND, "there is no IOMMU group %s", a->v[0].str);
	}
	iom_pci_names_free(names);
	iom_host_free(&h);
	return rc;
}

const struct iom_cmd cmd_group_show = {
	.object = "group", .verb = "show",
	.brief = "show the members and regions of an IOMMU group",
	.opts = show_opts, .cols = show_cols, .flags = IOM_CMD_HOST, .schema = 1, .run = show_run,
};
