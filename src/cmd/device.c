/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device: VFIO character devices bound to this context, attached and detached. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/device.h"
#include "cmd/internal.h"
#include "cmd/sw-msi.h"
#include "iommuctl/diag.h"
#include "iommuctl/uapi.h"

/* ---- open ---- */

enum { OPEN_DEVICE, OPEN_TOKEN };
static const struct iom_opt open_opts[] = {
	[OPEN_DEVICE] = { "path", IOM_ARG_PATH, IOM_REQ | IOM_POS,
			  "PCI address (0000:00:03.0, 00:03.0), vfioN, or the path of a VFIO "
			  "device node",
			  .metavar = "ADDRESS|VFION|PATH" },
	[OPEN_TOKEN] = { "token", IOM_ARG_STR, 0,
			 "VF token: what a virtual function and its PF have to agree on",
			 .metavar = "UUID" },
	{ 0 },
};

enum { OPENED_DEVICE, OPENED_PATH, OPENED_PCI, OPENED_FD };
static const struct iom_col open_cols[] = {
	[OPENED_DEVICE] = { "device_id", IOM_T_UINT, IOM_COL_ID, "device object in this context" },
	[OPENED_PATH] = { "path", IOM_T_STR, 0, "node that was opened" },
	[OPENED_PCI] = { "pci_address", IOM_T_STR, IOM_COL_OPT | IOM_COL_HIDE,
			 "the PCI address that it was found by" },
	[OPENED_FD] = { "fd", IOM_T_UINT, IOM_COL_HIDE, "the device's fd in this process" },
	{ 0 },
};

/* The node that the user means: *bdf is "" unless a PCI address says it. */
static int find_node(struct iom_app *app, const char *word, char *path, size_t len, char *bdf,
		     size_t bdf_len, struct iom_err *err)
{
	int n;

	bdf[0] = '\0';
	if (!strchr(word, '/') && strchr(word, ':')) {
		if (iom_parse_bdf(word, bdf, bdf_len)) {
			iom_hint(err, "bus, device and function in hex, like 00:03.0, or with the "
				      "domain before: 0000:00:03.0");
			iom_fail(err, IOM_EXIT_USAGE, "--path: '%s' is no PCI address", word);
			return IOM_EXIT_USAGE;
		}
		return iom_find_node(app->be, bdf, app->g.sysroot, path, len, err);
	}
	n = snprintf(path, len, "%s%s", strchr(word, '/') ? "" : "/dev/vfio/devices/", word);
	if (n >= 0 && (size_t)n < len)
		return 0;
	iom_fail(err, IOM_EXIT_USAGE, "--path: longer than %zu bytes", len - 1);
	return IOM_EXIT_USAGE;
}

static int open_node(struct iom_app *app, const char *path, int *fd, struct iom_err *err)
{
	*fd = app->be->open(app->be, path);
	if (*fd < 0) {
		err->code = *fd;
		iom_fail(err, iom_exit_of_errno(*fd), "cannot open %s", path);
		iom_explain_open(app->be->name, path, *fd, app->g.sysroot, err);
		return (int)err->exit;
	}
	if (iom_ctx_add_handle(&app->ctx, *fd, 0, "open", path)) {
		app->be->close(app->be, *fd);
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	return 0;
}

static int open_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	struct iom_vfio_bind c = { .argsz = sizeof(c) };
	char path[sizeof(((struct iom_handle *)0)->name)], bdf[20];
	const struct iom_argval *token = &a->v[OPEN_TOKEN];
	uint8_t uuid[16];
	int fd = -1, rc;

	if (token->set) {
		if (iom_parse_uuid(token->str, uuid)) {
			iom_hint(err, "32 hex digits, like 14d63f20-8445-11ea-8900-1f9ce7d5650d");
			iom_fail(err, IOM_EXIT_USAGE, "--token: '%s' is no UUID", token->str);
			return IOM_EXIT_USAGE;
		}
		c.flags = IOM_VFIO_DEVICE_BIND_FLAG_TOKEN;
		c.token_uuid_ptr = (uintptr_t)uuid;
	}
	rc = find_node(app, a->v[OPEN_DEVICE].str, path, sizeof(path), bdf, sizeof(bdf), err);
	if (rc)
		return rc;
	if (!app->g.dry_run) {
		if (iom_ctx_need(&app->ctx, err)) {
			iom_explain_open(app->be->name, app->ctx.path, err->code, app->g.sysroot,
					 err);
			return (int)err->exit;
		}
		rc = open_node(app, path, &fd, err);
		if (rc)
			return rc;
		c.iommufd = app->ctx.fd;
	}
	rc = iom_do_fd(app, fd, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &c, NULL, err);
	if (rc && rc != IOM_EXIT_DRY && iom_ctx_close_handle(&app->ctx, fd))
		iom_hint(err, "the device node could not be closed again");
	if (rc)
		return iom_what(err, rc, "cannot bind %s to this context", path);
	iom_set_uint(res->top, OPENED_DEVICE, c.out_devid);
	iom_set_str(res->top, OPENED_PATH, path);
	if (bdf[0])
		iom_set_str(res->top, OPENED_PCI, bdf);
	iom_set_uint(res->top, OPENED_FD, (uint64_t)fd);
	return 0;
}

const struct iom_cmd cmd_device_open = {
	.object = "device", .verb = "open",
	.brief = "open a VFIO device and bind it to the context",
	.opts = open_opts, .cols = open_cols,
	.calls = (const char *const[]){ "VFIO_DEVICE_BIND_IOMMUFD", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = open_run,
};

/* ---- attach, detach ---- */

int iom_device_fd(struct iom_app *app, uint64_t id, int *fd, struct iom_err *err)
{
	const struct iom_handle *h = iom_ctx_handle_of(&app->ctx, (uint32_t)id);

	*fd = h ? h->fd : -1;
	if (h || app->g.dry_run)
		return 0;
	iom_hint(err, "'device open' gives the id; a mock device is moved by 'mock replace'");
	iom_fail(err, IOM_EXIT_NOT_FOUND, "this context opened no VFIO device with id %" PRIu64,
		 id);
	return IOM_EXIT_NOT_FOUND;
}

enum { ATTACH_DEVICE, ATTACH_PT, ATTACH_PASID };
static const struct iom_opt attach_opts[] = {
	[ATTACH_DEVICE] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "device id" },
	[ATTACH_PT] = { "pt", IOM_ARG_ID, IOM_REQ | IOM_POS, "IOAS or HWPT" },
	[ATTACH_PASID] = { "pasid", IOM_ARG_U32, 0,
			   "attach this PASID only, to an HWPT allocated with --pasid" },
	{ 0 },
};

enum { ATTACHED_DEVICE, ATTACHED_PASID, ATTACHED_HWPT, ATTACHED_WARNINGS };
static const struct iom_col attach_cols[] = {
	[ATTACHED_DEVICE] = { "device_id", IOM_T_UINT, 0, "device" },
	[ATTACHED_PASID] = { "pasid", IOM_T_UINT, IOM_COL_OPT, "PASID that was attached" },
	[ATTACHED_HWPT] = { "hwpt_id", IOM_T_UINT, IOM_COL_ID, "HWPT that it uses now" },
	[ATTACHED_WARNINGS] = IOM_COL_WARNINGS,
	{ 0 },
};

static int attach_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	const struct iom_argval *pasid = &a->v[ATTACH_PASID];
	struct iom_vfio_attach c = {
		.argsz = sizeof(c), .flags = pasid->set ? IOM_VFIO_DEVICE_ATTACH_PASID : 0,
		.pt_id = (uint32_t)a->v[ATTACH_PT].num, .pasid = (uint32_t)pasid->num,
	};
	uint32_t dev = (uint32_t)a->v[ATTACH_DEVICE].num;
	const struct iom_object *old = iom_ctx_ioas_of(&app->ctx, dev);
	uint32_t old_id = old ? old->id : 0;
	int fd, rc = iom_device_fd(app, dev, &fd, err);

	if (rc)
		return rc;
	rc = iom_do_fd(app, fd, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &c, NULL, err);
	if (rc && pasid->set)
		return iom_what(err, rc, "cannot attach PASID %u of device %s to %" PRIu64, c.pasid,
				a->v[ATTACH_DEVICE].str, a->v[ATTACH_PT].num);
	if (rc)
		return iom_what(err, rc, "cannot attach device %s to %" PRIu64,
				a->v[ATTACH_DEVICE].str, a->v[ATTACH_PT].num);
	iom_set_uint(res->top, ATTACHED_DEVICE, a->v[ATTACH_DEVICE].num);
	if (pasid->set)
		iom_set_uint(res->top, ATTACHED_PASID, c.pasid);
	iom_set_uint(res->top, ATTACHED_HWPT, c.pt_id);
	if (!pasid->set)
		iom_sw_msi_check_attach(app, dev, old_id, res, ATTACHED_WARNINGS);
	return 0;
}

const struct iom_cmd cmd_device_attach = {
	.object = "device", .verb = "attach", .brief = "attach an opened device to an IOAS or HWPT",
	.opts = attach_opts, .cols = attach_cols,
	.calls = (const char *const[]){ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = attach_run,
};

enum { DETACH_DEVICE, DETACH_PASID };
static const struct iom_opt detach_opts[] = {
	[DETACH_DEVICE] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "device id" },
	[DETACH_PASID] = { "pasid", IOM_ARG_U32, 0, "detach this PASID only" },
	{ 0 },
};

enum { DETACHED_DEVICE, DETACHED_PASID };
static const struct iom_col detach_cols[] = {
	[DETACHED_DEVICE] = { "device_id", IOM_T_UINT, 0, "device that is not attached any more" },
	[DETACHED_PASID] = { "pasid", IOM_T_UINT, IOM_COL_OPT,
			     "the only PASID of it that is not attached any more" },
	{ 0 },
};

static int detach_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	const struct iom_argval *pasid = &a->v[DETACH_PASID];
	struct iom_vfio_detach c = {
		.argsz = sizeof(c), .flags = pasid->set ? IOM_VFIO_DEVICE_DETACH_PASID : 0,
		.pasid = (uint32_t)pasid->num,
	};
	int fd, rc = iom_device_fd(app, a->v[DETACH_DEVICE].num, &fd, err);

	if (rc)
		return rc;
	rc = iom_do_fd(app, fd, IOM_NR_VFIO_DEVICE_DETACH_IOMMUFD_PT, &c, NULL, err);
	if (rc)
		return iom_what(err, rc, "cannot detach device %s", a->v[DETACH_DEVICE].str);
	iom_set_uint(res->top, DETACHED_DEVICE, a->v[DETACH_DEVICE].num);
	if (pasid->set)
		iom_set_uint(res->top, DETACHED_PASID, c.pasid);
	return 0;
}

const struct iom_cmd cmd_device_detach = {
	.object = "device", .verb = "detach", .brief = "detach an opened device",
	.opts = detach_opts, .cols = detach_cols,
	.calls = (const char *const[]){ "VFIO_DEVICE_DETACH_IOMMUFD_PT", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = detach_run,
};
