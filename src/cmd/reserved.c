/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reserved: the IOVA ranges of each IOMMU group that nothing can be mapped at. */
#include <inttypes.h>
#include <string.h>

#include "cmd/internal.h"
#include "iommuctl/host.h"

enum { OPT_GROUP, OPT_DEVICE };
static const struct iom_opt reserved_opts[] = {
	[OPT_GROUP] = { "group", IOM_ARG_U32, 0, "only this IOMMU group" },
	[OPT_DEVICE] = { "device", IOM_ARG_STR, 0, "only the group of this device, as in sysfs",
			 .metavar = "NAME" },
	{ 0 },
};

enum { REGION_GROUP, REGION_RANGE, REGION_START, REGION_LAST, REGION_SIZE, REGION_KIND,
       REGION_DEVICES };
static const struct iom_col region_cols[] = {
	[REGION_GROUP] = { "group", IOM_T_UINT, 0, "IOMMU group" },
	[REGION_RANGE] = { "range", IOM_T_STR, 0, "START-LAST in hex without 0x" },
	[REGION_START] = { "start", IOM_T_HEX, IOM_COL_HIDE, "first IOVA" },
	[REGION_LAST] = { "last", IOM_T_HEX, IOM_COL_HIDE, "last IOVA, inclusive" },
	[REGION_SIZE] = { "size", IOM_T_SIZE, IOM_COL_OPT, "bytes; absent for all 64 bits" },
	[REGION_KIND] = { "kind", IOM_T_STR, 0, "direct, direct-relaxable, reserved or msi" },
	[REGION_DEVICES] = { "devices", IOM_T_STRS, 0, "devices of the group" },
	{ 0 },
};

enum { RES_MALFORMED, RES_UNREADABLE, RES_REGIONS };
static const struct iom_col reserved_cols[] = {
	[RES_MALFORMED] = { "malformed_lines", IOM_T_UINT, IOM_COL_OPT,
			    "lines that are no region; absent when there is none" },
	[RES_UNREADABLE] = { "unreadable_groups", IOM_T_UINT, IOM_COL_OPT,
			     "groups whose file cannot be read; absent when there is none" },
	[RES_REGIONS] = { "regions", IOM_T_LIST, 0, "by group, in the kernel's order", region_cols },
	{ 0 },
};

static bool has_device(const struct iom_host_group *g, const char *name)
{
	for (char **d = g->devices; d && *d; d++)
		if (!strcmp(*d, name))
			return true;
	return false;
}

static void add_group(struct iom_res *res, const struct iom_host_group *g)
{
	for (size_t i = 0; i < g->n_regions; i++) {
		const struct iom_host_region *h = &g->regions[i];
		struct iom_rec *r = iom_add_rec(res->top, RES_REGIONS);

		iom_set_uint(r, REGION_GROUP, g->id);
		iom_set_strf(r, REGION_RANGE, "%" PRIx64 "-%" PRIx64, h->start, h->last);
		iom_set_uint(r, REGION_START, h->start);
		iom_set_uint(r, REGION_LAST, h->last);
		if (h->last - h->start != UINT64_MAX)
			iom_set_uint(r, REGION_SIZE, h->last - h->start + 1);
		iom_set_str(r, REGION_KIND, h->kind);
		iom_open_list(r, REGION_DEVICES);
		for (char **d = g->devices; d && *d; d++)
			iom_add_str(r, REGION_DEVICES, *d);
	}
}

static int nothing_matches(const struct iom_args *a, struct iom_err *err)
{
	if (a->v[OPT_DEVICE].set) {
		iom_hint(err, "PCI devices are named like 0000:01:00.0; only devices behind an IOMMU "
			 "have a group");
		iom_fail(err, IOM_EXIT_NOT_FOUND, "no IOMMU group%s%s holds a device '%s'",
			 a->v[OPT_GROUP].set ? " " : "", a->v[OPT_GROUP].set ? a->v[OPT_GROUP].str : "",
			 a->v[OPT_DEVICE].str);
	} else {
		iom_hint(err, "'iommuctl reserved' shows all");
		iom_fail(err, IOM_EXIT_NOT_FOUND, "there is no IOMMU group %s", a->v[OPT_GROUP].str);
	}
	return IOM_EXIT_NOT_FOUND;
}

static int reserved_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
			struct iom_err *err)
{
	struct iom_host_group *groups = NULL;
	size_t n = 0, malformed = 0, unreadable = 0, matched = 0;

	if (iom_host_groups(app->g.sysroot, &groups, &n, &malformed, err))
		return (int)err->exit;
	iom_open_list(res->top, RES_REGIONS);
	for (size_t i = 0; i < n; i++) {
		if (a->v[OPT_GROUP].set && groups[i].id != a->v[OPT_GROUP].num)
			continue;
		if (a->v[OPT_DEVICE].set && !has_device(&groups[i], a->v[OPT_DEVICE].str))
			continue;
		matched++;
		unreadable += groups[i].regions_unreadable;
		add_group(res, &groups[i]);
	}
	if (malformed)
		iom_set_uint(res->top, RES_MALFORMED, malformed);
	if (unreadable)
		iom_set_uint(res->top, RES_UNREADABLE, unreadable);
	iom_host_groups_free(groups, n);
	if (!matched && (a->v[OPT_GROUP].set || a->v[OPT_DEVICE].set))
		return nothing_matches(a, err);
	return 0;
}

const struct iom_cmd cmd_reserved = {
	.object = "reserved", .brief = "show the reserved IOVA regions of every IOMMU group",
	.opts = reserved_opts, .cols = reserved_cols, .flags = IOM_CMD_HOST, .schema = 1,
	.run = reserved_run,
};
