/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iommu list: the IOMMUs of the machine. */
#include <stdlib.h>
#include <string.h>

#include "cmd/host.h"
#include "cmd/internal.h"

enum { ROW_NAME, ROW_KIND, ROW_VERSION, ROW_ADDRESS, ROW_DEVICES, ROW_USED, ROW_SUPPORTED };
static const struct iom_col row_cols[] = {
	[ROW_NAME] = { "iommu", IOM_T_STR, 0, "as in sysfs" },
	[ROW_KIND] = { "kind", IOM_T_STR, 0, "architecture", .values = &iom_iommu_enum },
	[ROW_VERSION] = { "version", IOM_T_STR, IOM_COL_OPT, "of the architecture, where it is told" },
	[ROW_ADDRESS] = { "address", IOM_T_HEX, IOM_COL_OPT, "physical address of its registers" },
	[ROW_DEVICES] = { "devices", IOM_T_UINT, 0, "devices behind it" },
	[ROW_USED] = { "domains_used", IOM_T_UINT, IOM_COL_OPT, "domain ids in use" },
	[ROW_SUPPORTED] = { "domains_supported", IOM_T_UINT, IOM_COL_OPT, "domain ids that it has" },
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
