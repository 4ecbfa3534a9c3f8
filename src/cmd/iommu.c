/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iommu list, show: the IOMMUs of the machine. */
#include <stdlib.h>
#include <string.h>

#include "cmd/host.h"
#include "cmd/hw-caps.h"
#include "cmd/internal.h"
#include "iommuctl/uapi.h"

/* ---- list ---- */

enum { ROW_NAME, ROW_KIND, ROW_VERSION, ROW_ADDRESS, ROW_DEVICES, ROW_USED, ROW_SUPPORTED };
static const struct iom_col row_cols[] = {
	[ROW_NAME] = { "iommu", IOM_T_STR, 0, "as in sysfs" },
	[ROW_KIND] = { "kind", IOM_T_STR, 0, "architecture", .values = &iom_iommu_enum },
	[ROW_VERSION] = { "version", IOM_T_STR, IOM_COL_OPT,
			  "of the architecture, where it is told" },
	[ROW_ADDRESS] = { "address", IOM_T_HEX, IOM_COL_OPT, "physical address of its registers" },
	[ROW_DEVICES] = { "devices", IOM_T_UINT, 0, "devices behind it" },
	[ROW_USED] = { "domains_used", IOM_T_UINT, IOM_COL_OPT, "domain ids in use" },
	[ROW_SUPPORTED] = { "domains_supported", IOM_T_UINT, IOM_COL_OPT,
			    "domain ids that it has" },
	{ 0 },
};

enum { LIST_IOMMUS };
static const struct iom_col list_cols[] = {
	[LIST_IOMMUS] = { "iommus", IOM_T_LIST, 0, "by name", row_cols },
	{ 0 },
};

static const struct iom_opt no_opts[] = { { 0 } };

static void add_iommu(struct iom_res *res, const struct iom_host_iommu *u)
{
	struct iom_rec *r = iom_add_rec(res->top, LIST_IOMMUS);

	iom_set_str(r, ROW_NAME, u->name);
	iom_set_str(r, ROW_KIND, iom_value_of(&iom_iommu_enum, u->kind)->word);
	if (u->version[0])
		iom_set_str(r, ROW_VERSION, u->version);
	if (u->address >= 0)
		iom_set_uint(r, ROW_ADDRESS, (uint64_t)u->address);
	iom_set_uint(r, ROW_DEVICES, u->devices.n);
	if (u->domains_used >= 0)
		iom_set_uint(r, ROW_USED, (uint64_t)u->domains_used);
	if (u->domains_supported >= 0)
		iom_set_uint(r, ROW_SUPPORTED, (uint64_t)u->domains_supported);
}

static int list_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	struct iom_host h;
	int rc = iom_host_of(app, IOM_HOST_REGISTERS, &h, err);

	(void)a;
	iom_open_list(res->top, LIST_IOMMUS);
	for (size_t i = 0; i < h.n_iommus && !rc; i++)
		add_iommu(res, &h.iommus[i]);
	iom_host_free(&h);
	return rc;
}

const struct iom_cmd cmd_iommu_list = {
	.object = "iommu", .verb = "list", .brief = "list the IOMMUs of the machine",
	.opts = no_opts, .cols = list_cols, .flags = IOM_CMD_HOST, .schema = 1, .run = list_run,
};

/* ---- show ---- */

static const struct iom_opt show_opts[] = {
	{ "name", IOM_ARG_STR, IOM_REQ | IOM_POS, "IOMMU as in sysfs", .metavar = "IOMMU" },
	{ 0 },
};

enum { DEV_NAME, DEV_GROUP, DEV_DRIVER, DEV_CLASS, DEV_VENDOR_NAME, DEV_DEVICE_NAME };
static const struct iom_col device_cols[] = {
	[DEV_NAME] = { "device", IOM_T_STR, 0, "as in sysfs" },
	[DEV_GROUP] = { "group", IOM_T_UINT, IOM_COL_OPT, "IOMMU group" },
	[DEV_DRIVER] = { "driver", IOM_T_STR, IOM_COL_OPT, "absent: none" },
	[DEV_CLASS] = { "class", IOM_T_STR, IOM_COL_OPT, "kind of PCI device" },
	[DEV_VENDOR_NAME] = { "vendor_name", IOM_T_STR, IOM_COL_OPT | IOM_COL_HIDE, "by pci.ids" },
	[DEV_DEVICE_NAME] = { "device_name", IOM_T_STR, IOM_COL_OPT | IOM_COL_SPARSE,
			      "by pci.ids" },
	{ 0 },
};

enum { SHOW_NAME, SHOW_KIND, SHOW_VERSION, SHOW_ADDRESS, SHOW_PARENT, SHOW_DRIVER, SHOW_USED,
       SHOW_SUPPORTED, SHOW_DEVICES, SHOW_REGS, SHOW_FEATURES };
static const struct iom_col show_cols[] = {
	[SHOW_NAME] = { "iommu", IOM_T_STR, 0, "as in sysfs" },
	[SHOW_KIND] = { "kind", IOM_T_STR, 0, "architecture", .values = &iom_iommu_enum },
	[SHOW_VERSION] = { "version", IOM_T_STR, IOM_COL_OPT,
			   "of the architecture, where it is told" },
	[SHOW_ADDRESS] = { "address", IOM_T_HEX, IOM_COL_OPT, "physical address of its registers" },
	[SHOW_PARENT] = { "parent", IOM_T_STR, IOM_COL_OPT, "device that it is itself" },
	[SHOW_DRIVER] = { "driver", IOM_T_STR, IOM_COL_OPT, "driver of that device" },
	[SHOW_USED] = { "domains_used", IOM_T_UINT, IOM_COL_OPT, "domain ids in use" },
	[SHOW_SUPPORTED] = { "domains_supported", IOM_T_UINT, IOM_COL_OPT,
			     "domain ids that it has" },
	[SHOW_DEVICES] = { "devices", IOM_T_LIST, 0, "behind it", device_cols },
	[SHOW_REGS] = { "registers", IOM_T_LIST, 0, "as the kernel shows them", iom_register_cols },
	[SHOW_FEATURES] = { "features", IOM_T_LIST, 0, "what they say, by name", iom_feature_cols },
	{ 0 },
};

static void show_device(struct iom_res *res, const struct iom_host *h, const char *name,
			struct iom_pci_names *names)
{
	const struct iom_host_dev *d = iom_host_dev_find(h, name);
	struct iom_rec *r = iom_add_rec(res->top, SHOW_DEVICES);

	iom_set_str(r, DEV_NAME, name);
	if (!d)
		return;
	if (d->group >= 0)
		iom_set_uint(r, DEV_GROUP, (uint64_t)d->group);
	if (d->driver)
		iom_set_str(r, DEV_DRIVER, d->driver);
	if (iom_host_class(d))
		iom_set_str(r, DEV_CLASS, iom_host_class(d));
	iom_host_set_names(names, d, r, DEV_VENDOR_NAME, DEV_DEVICE_NAME);
}

/* Where the registers of sysfs stand in the table of capabilities, which is that of iommufd. */
static void show_registers(struct iom_res *res, const struct iom_host_iommu *u)
{
	static const char *const vtd[] = { "cap", "ecap", NULL };
	static const char *const amd[] = { "efr", "efr2", "cap" };
	bool intel = u->kind == IOM_IOMMU_INTEL;
	uint32_t type = intel ? IOM_HW_INFO_TYPE_INTEL_VTD : IOM_HW_INFO_TYPE_AMD;
	const char *const *name = intel ? vtd : amd;
	const char *names[4] = { NULL };
	uint64_t regs[4] = { 0 };

	for (unsigned int i = 0; i < IOM_ARRAY_SIZE(u->reg); i++) {
		if (!u->has_reg[i])
			continue;
		iom_caps_add_register(res->top, SHOW_REGS, name[i], u->reg[i]);
		names[i + intel] = name[i];
		regs[i + intel] = u->reg[i];
	}
	iom_caps_add_features(res->top, SHOW_FEATURES, iom_caps_of(type), regs, names,
			      IOM_ARRAY_SIZE(names));
}

static void show_iommu(struct iom_res *res, const struct iom_host *h,
		       const struct iom_host_iommu *u, struct iom_pci_names *names)
{
	struct iom_rec *r = res->top;

	iom_set_str(r, SHOW_NAME, u->name);
	iom_set_str(r, SHOW_KIND, iom_value_of(&iom_iommu_enum, u->kind)->word);
	if (u->version[0])
		iom_set_str(r, SHOW_VERSION, u->version);
	if (u->address >= 0)
		iom_set_uint(r, SHOW_ADDRESS, (uint64_t)u->address);
	if (u->parent[0])
		iom_set_str(r, SHOW_PARENT, u->parent);
	if (u->driver[0])
		iom_set_str(r, SHOW_DRIVER, u->driver);
	if (u->domains_used >= 0)
		iom_set_uint(r, SHOW_USED, (uint64_t)u->domains_used);
	if (u->domains_supported >= 0)
		iom_set_uint(r, SHOW_SUPPORTED, (uint64_t)u->domains_supported);
	iom_open_list(r, SHOW_DEVICES);
	for (size_t i = 0; i < u->devices.n; i++)
		show_device(res, h, u->devices.v[i], names);
	iom_open_list(r, SHOW_REGS);
	iom_open_list(r, SHOW_FEATURES);
	show_registers(res, u);
}

static int show_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	struct iom_pci_names *names = iom_host_names(app, false);
	const struct iom_host_iommu *u = NULL;
	struct iom_host h;
	int rc = iom_host_of(app, IOM_HOST_REGISTERS | IOM_HOST_DEVICES, &h, err);

	for (size_t i = 0; i < h.n_iommus && !rc && !u; i++)
		if (!strcmp(h.iommus[i].name, a->v[0].str))
			u = &h.iommus[i];
	if (u) {
		show_iommu(res, &h, u, names);
	} else if (!rc) {
		rc = IOM_EXIT_NOT_FOUND;
		iom_hint(err, h.n_iommus ? "'iommuctl iommu list' shows all"
					 : "this machine shows no IOMMU at all");
		iom_fail(err, IOM_EXIT_NOT_FOUND, "there is no IOMMU '%s'", a->v[0].str);
	}
	iom_pci_names_free(names);
	iom_host_free(&h);
	return rc;
}

const struct iom_cmd cmd_iommu_show = {
	.object = "iommu", .verb = "show",
	.brief = "show what an IOMMU can do and what is behind it",
	.opts = show_opts, .cols = show_cols, .flags = IOM_CMD_HOST, .schema = 1, .run = show_run,
};
