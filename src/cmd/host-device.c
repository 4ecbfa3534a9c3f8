/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device list, show: PCI devices and those behind an IOMMU, as the host sees them. */
#include <errno.h>
#include <string.h>

#include "cmd/host.h"
#include "cmd/internal.h"
#include "iommuctl/diag.h"

/* ---- list ---- */

enum { LIST_DRIVER, LIST_GROUP, LIST_IOMMU, LIST_NO_NAMES };
static const struct iom_opt list_opts[] = {
	[LIST_DRIVER] = { "driver", IOM_ARG_STR, 0,
			  "only devices of this driver; none: without one",
			  .metavar = "NAME" },
	[LIST_GROUP] = { "group", IOM_ARG_U32, 0, "only members of this IOMMU group" },
	[LIST_IOMMU] = { "iommu", IOM_ARG_STR, 0,
			 "only devices behind this IOMMU", .metavar = "NAME" },
	[LIST_NO_NAMES] = IOM_HOST_NO_NAMES,
	{ 0 },
};

enum { ROW_NAME, ROW_BUS, ROW_GROUP, ROW_IOMMU, ROW_DRIVER, ROW_VFIO, ROW_CLASS, ROW_CLASS_CODE,
       ROW_IDS, ROW_USES, ROW_VENDOR_NAME, ROW_DEVICE_NAME };
static const struct iom_col row_cols[] = {
	[ROW_NAME] = { "device", IOM_T_STR, 0, "as in sysfs" },
	[ROW_BUS] = { "bus", IOM_T_STR, IOM_COL_OPT | IOM_COL_HIDE, "pci, platform ..." },
	[ROW_GROUP] = { "group", IOM_T_UINT, IOM_COL_OPT,
			"IOMMU group; absent: not behind an IOMMU" },
	[ROW_IOMMU] = { "iommu", IOM_T_STR, IOM_COL_OPT, "IOMMU that it is behind" },
	[ROW_DRIVER] = { "driver", IOM_T_STR, IOM_COL_OPT, "absent: none" },
	[ROW_VFIO] = { "vfio", IOM_T_STR, IOM_COL_OPT, "its node in /dev/vfio/devices" },
	[ROW_CLASS] = { "class", IOM_T_STR, IOM_COL_OPT, "kind of PCI device" },
	[ROW_CLASS_CODE] = { "class_code", IOM_T_HEX, IOM_COL_OPT | IOM_COL_HIDE,
			     "the same as a number" },
	[ROW_IDS] = { "ids", IOM_T_STR, IOM_COL_OPT, "vendor and device in hex" },
	[ROW_USES] = { "uses", IOM_T_STRS, 0, "what of the system lives on it" },
	[ROW_VENDOR_NAME] = { "vendor_name", IOM_T_STR, IOM_COL_OPT | IOM_COL_HIDE, "by pci.ids" },
	[ROW_DEVICE_NAME] = { "device_name", IOM_T_STR, IOM_COL_OPT | IOM_COL_SPARSE,
			      "by pci.ids" },
	{ 0 },
};

enum { LIST_DEVICES };
static const struct iom_col list_cols[] = {
	[LIST_DEVICES] = { "devices", IOM_T_LIST, 0,
			   "PCI by address, then others by name", row_cols },
	{ 0 },
};

static bool is_wanted(const struct iom_host_dev *d, const struct iom_args *a)
{
	const char *driver = d->driver ? d->driver : "none";

	if (a->v[LIST_DRIVER].set && strcmp(driver, a->v[LIST_DRIVER].str))
		return false;
	if (a->v[LIST_GROUP].set && d->group != (int64_t)a->v[LIST_GROUP].num)
		return false;
	return !a->v[LIST_IOMMU].set || (d->iommu && !strcmp(d->iommu, a->v[LIST_IOMMU].str));
}

static void add_device(struct iom_res *res, const struct iom_host_dev *d,
		       struct iom_pci_names *names)
{
	struct iom_rec *r = iom_add_rec(res->top, LIST_DEVICES);
	const char *node = iom_host_dev_use(d, "vfio-dev");
	char ids[16];

	iom_set_str(r, ROW_NAME, d->name);
	if (d->bus[0])
		iom_set_str(r, ROW_BUS, d->bus);
	if (d->group >= 0)
		iom_set_uint(r, ROW_GROUP, (uint64_t)d->group);
	if (d->iommu)
		iom_set_str(r, ROW_IOMMU, d->iommu);
	if (d->driver)
		iom_set_str(r, ROW_DRIVER, d->driver);
	if (node)
		iom_set_str(r, ROW_VFIO, node);
	if (iom_host_class(d))
		iom_set_str(r, ROW_CLASS, iom_host_class(d));
	if (d->has_ids) {
		iom_set_uint(r, ROW_CLASS_CODE, d->class_code);
		iom_set_str(r, ROW_IDS, iom_host_ids(d, ids, sizeof(ids)));
	}
	iom_host_add_uses(d, r, ROW_USES);
	iom_host_set_names(names, d, r, ROW_VENDOR_NAME, ROW_DEVICE_NAME);
}

static int list_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	struct iom_pci_names *names = iom_host_names(app, a->v[LIST_NO_NAMES].set);
	struct iom_host h;
	int rc = iom_host_of(app, IOM_HOST_USES, &h, err);

	iom_open_list(res->top, LIST_DEVICES);
	for (size_t i = 0; i < h.n_devs && !rc; i++)
		if (is_wanted(&h.devs[i], a))
			add_device(res, &h.devs[i], names);
	iom_pci_names_free(names);
	iom_host_free(&h);
	return rc;
}

const struct iom_cmd cmd_device_list = {
	.object = "device", .verb = "list", .brief = "list devices with their groups and drivers",
	.opts = list_opts, .cols = list_cols, .flags = IOM_CMD_HOST, .schema = 1, .run = list_run,
};

/* ---- show ---- */

static const struct iom_opt show_opts[] = {
	{ "name", IOM_ARG_STR, IOM_REQ | IOM_POS, "device as in sysfs, or PCI address",
	  .metavar = "DEVICE" },
	{ 0 },
};

enum { SHOW_NAME, SHOW_BUS, SHOW_CLASS, SHOW_CLASS_CODE, SHOW_IDS, SHOW_SUBSYSTEM, SHOW_VENDOR_NAME,
       SHOW_DEVICE_NAME, SHOW_CLASS_NAME, SHOW_SUBVENDOR_NAME, SHOW_SUBSYSTEM_NAME, SHOW_DRIVER,
       SHOW_OVERRIDE, SHOW_VFIO, SHOW_GROUP, SHOW_IOMMU, SHOW_STATE, SHOW_REASON, SHOW_NUMA,
       SHOW_ATS, SHOW_PRI, SHOW_PASID, SHOW_PASID_BITS, SHOW_SRIOV, SHOW_PHYSFN, SHOW_NUM_VFS,
       SHOW_TOTAL_VFS,
       SHOW_VFS, SHOW_USES, SHOW_NETS, SHOW_MOUNTS };

enum { NET_NAME, NET_STATE, NET_CARRIER, NET_ADDRESSES, NET_ROUTES, NET_MASTER };
static const struct iom_col net_cols[] = {
	[NET_NAME] = { "interface", IOM_T_STR, 0, "its name" },
	[NET_STATE] = { "state", IOM_T_STR, IOM_COL_OPT | IOM_COL_SPARSE,
			"operational: up, down, dormant ..." },
	[NET_CARRIER] = { "carrier", IOM_T_BOOL, IOM_COL_OPT | IOM_COL_SPARSE, "is a link there" },
	[NET_ADDRESSES] = { "addresses", IOM_T_STRS, IOM_COL_OPT | IOM_COL_SPARSE,
			    "absent for another machine" },
	[NET_ROUTES] = { "routes", IOM_T_UINT, IOM_COL_OPT | IOM_COL_SPARSE,
			 "through it, of the main table" },
	[NET_MASTER] = { "part_of", IOM_T_STR, IOM_COL_OPT | IOM_COL_SPARSE,
			 "bridge or bond that has it" },
	{ 0 },
};

enum { MOUNT_DISK, MOUNT_NODE, MOUNT_WHERE };
static const struct iom_col mount_cols[] = {
	[MOUNT_DISK] = { "disk", IOM_T_STR, 0, "as in uses" },
	[MOUNT_NODE] = { "node", IOM_T_STR, 0, "the disk, a part of it, or what is built on it" },
	[MOUNT_WHERE] = { "mounted", IOM_T_STR, 0, "where; swap: as swap space" },
	{ 0 },
};

static const struct iom_value cap_values[] = {
	{ "no", "no", 0, NULL, false },
	{ "off", "off", 1, NULL, false },
	{ "on", "on", 2, NULL, false },
	{ 0 },
};
static const struct iom_enum cap_enum = { .name = "device_cap", .values = cap_values };

static const struct iom_col show_cols[] = {
	[SHOW_NAME] = { "device", IOM_T_STR, 0, "as in sysfs" },
	[SHOW_BUS] = { "bus", IOM_T_STR, IOM_COL_OPT, "pci, platform ..." },
	[SHOW_CLASS] = { "class", IOM_T_STR, IOM_COL_OPT, "kind of PCI device" },
	[SHOW_CLASS_CODE] = { "class_code", IOM_T_HEX, IOM_COL_OPT | IOM_COL_HIDE,
			      "the same as a number" },
	[SHOW_IDS] = { "ids", IOM_T_STR, IOM_COL_OPT, "vendor and device in hex" },
	[SHOW_SUBSYSTEM] = { "subsystem_ids", IOM_T_STR, IOM_COL_OPT, "of the board, in hex" },
	[SHOW_VENDOR_NAME] = { "vendor_name", IOM_T_STR, IOM_COL_OPT, "by pci.ids" },
	[SHOW_DEVICE_NAME] = { "device_name", IOM_T_STR, IOM_COL_OPT, "by pci.ids" },
	[SHOW_CLASS_NAME] = { "class_name", IOM_T_STR, IOM_COL_OPT, "by pci.ids" },
	[SHOW_SUBVENDOR_NAME] = { "subsystem_vendor_name", IOM_T_STR, IOM_COL_OPT,
				  "of the board, by pci.ids" },
	[SHOW_SUBSYSTEM_NAME] = { "subsystem_name", IOM_T_STR, IOM_COL_OPT,
				  "the board, by pci.ids" },
	[SHOW_DRIVER] = { "driver", IOM_T_STR, IOM_COL_OPT, "absent: none" },
	[SHOW_OVERRIDE] = { "driver_override", IOM_T_STR, IOM_COL_OPT,
			    "the only driver that may bind" },
	[SHOW_VFIO] = { "vfio", IOM_T_STR, IOM_COL_OPT, "its node in /dev/vfio/devices" },
	[SHOW_GROUP] = { "group", IOM_T_UINT, IOM_COL_OPT,
			 "IOMMU group; absent: not behind an IOMMU" },
	[SHOW_IOMMU] = { "iommu", IOM_T_STR, IOM_COL_OPT, "IOMMU that it is behind" },
	[SHOW_STATE] = { "group_state", IOM_T_STR, IOM_COL_OPT, "can user space have the group",
			 .values = &iom_viable_enum },
	[SHOW_REASON] = { "reason", IOM_T_STR, IOM_COL_OPT, "who or what is in the way" },
	[SHOW_NUMA] = { "numa_node", IOM_T_UINT, IOM_COL_OPT, "absent: none" },
	[SHOW_ATS] = { "ats", IOM_T_STR, IOM_COL_NULL | IOM_COL_OPT, "address translation service",
		       .values = &cap_enum },
	[SHOW_PRI] = { "pri", IOM_T_STR, IOM_COL_NULL | IOM_COL_OPT, "page request interface",
		       .values = &cap_enum },
	[SHOW_PASID] = { "pasid", IOM_T_STR, IOM_COL_NULL | IOM_COL_OPT, "process address spaces",
			 .values = &cap_enum },
	[SHOW_PASID_BITS] = { "pasid_bits", IOM_T_UINT, IOM_COL_OPT, "width of a PASID" },
	[SHOW_SRIOV] = { "sriov", IOM_T_STR, IOM_COL_NULL | IOM_COL_OPT,
			 "can have virtual functions; on: has some", .values = &cap_enum },
	[SHOW_PHYSFN] = { "physical_function", IOM_T_STR, IOM_COL_OPT, "of a virtual function" },
	[SHOW_NUM_VFS] = { "virtual_functions", IOM_T_UINT, IOM_COL_OPT, "how many are there now" },
	[SHOW_TOTAL_VFS] = { "virtual_functions_max", IOM_T_UINT, IOM_COL_OPT,
			     "how many there can be" },
	[SHOW_VFS] = { "vfs", IOM_T_STRS, IOM_COL_OPT, "names of the virtual functions" },
	[SHOW_USES] = { "uses", IOM_T_STRS, 0, "what of the system lives on it" },
	[SHOW_NETS] = { "interfaces", IOM_T_LIST, IOM_COL_OPT,
			"network interfaces on it", net_cols },
	[SHOW_MOUNTS] = { "mounts", IOM_T_LIST, IOM_COL_OPT,
			  "what its disks carry; absent: no disk, or not known", mount_cols },
	{ 0 },
};

static void show_cap(struct iom_rec *r, unsigned int col, const struct iom_host_dev_more *m,
		     bool has, bool on)
{
	if (!m->has_config)
		iom_set_null(r, col);
	else
		iom_set_str(r, col, !has ? "no" : on ? "on" : "off");
}

static void show_pci(struct iom_rec *r, const struct iom_host_dev *d,
		     const struct iom_host_dev_more *m)
{
	char ids[16];

	if (d->has_ids) {
		iom_set_uint(r, SHOW_CLASS_CODE, d->class_code);
		iom_set_str(r, SHOW_IDS, iom_host_ids(d, ids, sizeof(ids)));
		iom_set_strf(r, SHOW_SUBSYSTEM, "%04x:%04x", d->subvendor, d->subdevice);
	}
	show_cap(r, SHOW_ATS, m, m->ats, m->ats_on);
	show_cap(r, SHOW_PRI, m, m->pri, m->pri_on);
	show_cap(r, SHOW_PASID, m, m->pasid, m->pasid_on);
	if (m->pasid)
		iom_set_uint(r, SHOW_PASID_BITS, m->pasid_bits);
	/* the kernel has these files of a device with the capability, for everyone to read */
	if (m->total_vfs >= 0)
		iom_set_str(r, SHOW_SRIOV, m->num_vfs > 0 ? "on" : "off");
	else
		show_cap(r, SHOW_SRIOV, m, m->sriov, false);
	if (m->physfn[0])
		iom_set_str(r, SHOW_PHYSFN, m->physfn);
	if (m->total_vfs < 0)
		return;
	iom_set_uint(r, SHOW_NUM_VFS, (uint64_t)m->num_vfs);
	iom_set_uint(r, SHOW_TOTAL_VFS, (uint64_t)m->total_vfs);
	iom_open_list(r, SHOW_VFS);
	for (size_t i = 0; i < m->vfs.n; i++)
		iom_add_str(r, SHOW_VFS, m->vfs.v[i]);
}

static void show_names(struct iom_rec *r, const struct iom_host *h, const struct iom_host_dev *d)
{
	static const struct {
		enum iom_pci_name_kind kind;
		unsigned int col;
	} shown[] = {
		{ IOM_PCI_VENDOR, SHOW_VENDOR_NAME }, { IOM_PCI_DEVICE, SHOW_DEVICE_NAME },
		{ IOM_PCI_CLASS, SHOW_CLASS_NAME }, { IOM_PCI_SUBVENDOR, SHOW_SUBVENDOR_NAME },
		{ IOM_PCI_SUBSYSTEM, SHOW_SUBSYSTEM_NAME },
	};
	struct iom_pci_names *names = iom_pci_names_new(h->root);

	for (size_t i = 0; i < IOM_ARRAY_SIZE(shown); i++) {
		const char *name = iom_pci_name(names, d, shown[i].kind);

		if (name)
			iom_set_str(r, shown[i].col, name);
	}
	iom_pci_names_free(names);
}

static void show_net(struct iom_rec *top, const struct iom_host *h, const char *name)
{
	struct iom_rec *r = iom_add_rec(top, SHOW_NETS);
	struct iom_names addresses = { 0 };
	struct iom_host_net net;
	int rc = iom_host_net(h->root, name, &net, &addresses);

	iom_set_str(r, NET_NAME, name);
	if (!rc && net.state[0])
		iom_set_str(r, NET_STATE, net.state);
	if (!rc && net.carrier >= 0)
		iom_set_uint(r, NET_CARRIER, (uint64_t)net.carrier);
	if (!rc && !*h->root) {
		iom_open_list(r, NET_ADDRESSES);
		for (size_t i = 0; i < addresses.n; i++)
			iom_add_str(r, NET_ADDRESSES, addresses.v[i]);
		iom_set_uint(r, NET_ROUTES, net.routes);
	}
	if (!rc && net.master[0])
		iom_set_str(r, NET_MASTER, net.master);
	iom_names_free(&addresses);
}

static int show_disk(struct iom_rec *top, const struct iom_host *h, const char *name)
{
	struct iom_host_pairs mounts;
	int rc = iom_host_disk_mounts(h->root, name, &mounts);

	if (!rc)
		iom_open_list(top, SHOW_MOUNTS);
	for (size_t i = 0; i < mounts.n; i++) {
		struct iom_rec *r = iom_add_rec(top, SHOW_MOUNTS);

		iom_set_str(r, MOUNT_DISK, name);
		iom_set_str(r, MOUNT_NODE, mounts.v[i].name);
		iom_set_str(r, MOUNT_WHERE, mounts.v[i].value);
	}
	iom_host_pairs_free(&mounts);
	return rc == -ENOMEM ? rc : 0;
}

/* What would be lost with the device is worth more than its name. */
static int show_uses(struct iom_rec *r, const struct iom_host *h, const struct iom_host_dev *d)
{
	int rc = 0;

	iom_host_add_uses(d, r, SHOW_USES);
	for (size_t i = 0; i < d->n_uses && !rc; i++) {
		if (!strcmp(d->uses[i].kind, "net"))
			show_net(r, h, d->uses[i].name);
		else if (!strcmp(d->uses[i].kind, "block"))
			rc = show_disk(r, h, d->uses[i].name);
	}
	return rc;
}

static void show_group(struct iom_rec *r, const struct iom_host *h, const struct iom_host_dev *d)
{
	const struct iom_host_group *g = iom_host_group_find(h, d->group);
	struct iom_viable v;

	if (d->iommu)
		iom_set_str(r, SHOW_IOMMU, d->iommu);
	if (!g)
		return;
	iom_viable_of(h, g, &v);
	iom_set_uint(r, SHOW_GROUP, g->id);
	iom_set_str(r, SHOW_STATE, iom_viable_words[v.state]);
	if (v.reason[0])
		iom_set_str(r, SHOW_REASON, v.reason);
}

static int show_device(struct iom_rec *r, const struct iom_host *h, const struct iom_host_dev *d)
{
	const char *node = iom_host_dev_use(d, "vfio-dev");
	struct iom_host_dev_more m;
	int rc = iom_host_dev_more(h->root, d, &m);

	iom_set_str(r, SHOW_NAME, d->name);
	if (d->bus[0])
		iom_set_str(r, SHOW_BUS, d->bus);
	if (iom_host_class(d))
		iom_set_str(r, SHOW_CLASS, iom_host_class(d));
	if (d->driver)
		iom_set_str(r, SHOW_DRIVER, d->driver);
	if (m.override[0])
		iom_set_str(r, SHOW_OVERRIDE, m.override);
	if (node)
		iom_set_str(r, SHOW_VFIO, node);
	show_group(r, h, d);
	if (m.numa >= 0)
		iom_set_uint(r, SHOW_NUMA, (uint64_t)m.numa);
	if (!strcmp(d->bus, "pci"))
		show_pci(r, d, &m);
	show_names(r, h, d);
	iom_host_dev_more_free(&m);
	return rc ? rc : show_uses(r, h, d);
}

static int show_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	const struct iom_host_dev *d;
	struct iom_host h;
	int rc = iom_host_of(app, IOM_HOST_USES | IOM_HOST_REGIONS, &h, err);

	d = rc ? NULL : iom_host_dev_arg(&h, a->v[0].str, err);
	if (!rc && !d)
		rc = IOM_EXIT_NOT_FOUND;
	if (d && show_device(res->top, &h, d)) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		rc = IOM_EXIT_INTERNAL;
	}
	iom_host_free(&h);
	return rc;
}

const struct iom_cmd cmd_device_show = {
	.object = "device", .verb = "show", .brief = "show one device of the host",
	.opts = show_opts, .cols = show_cols, .flags = IOM_CMD_HOST, .schema = 1, .run = show_run,
};
