/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vdevice tsm-*: the unmerged calls for confidential devices, by revision. */
#include "cmd/tsm.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cmd/device.h"
#include "cmd/internal.h"
#include "cmd/meaning.h"
#include "iommuctl/uapi.h"

/* ---- revisions ---- */

static const struct iom_value abi_values[] = {
	{ "tsm-amd", "tsm-amd", 0, NULL, true },
	{ "tsm-early", "tsm-early", 1, NULL, true },
	{ "tsm-xu", "tsm-xu", 2, NULL, true },
	{ "tsm-rfc1", "tsm-rfc1", 3, NULL, true },
	{ "tsm-v2", "tsm-v2", 4, NULL, true },
	{ "tsm-v4", "tsm-v4", 5, NULL, true },
	{ "tsm-v5", "tsm-v5", 6, NULL, true },
	{ "tsm-rework", "tsm-rework", 7, NULL, true },
	{ "tsm-integration", "tsm-integration", 8, NULL, true },
	{ "tsm-v7", "tsm-v7", 9, NULL, true },
	{ 0 },
};
const struct iom_enum iom_tsm_abi = { .name = "tsm_abi", .values = abi_values };

static const char *const verbs[] = { "tsm-bind", "tsm-unbind", "tsm-request", "tsm-map",
				     "--kvm-fd" };

static const struct iom_call *find(const char *abi, enum iom_tsm_verb verb)
{
	for (const struct iom_call *c = iom_calls; c->name; c++) {
		if (!c->abi || strcmp(c->abi, abi) || !c->verb)
			continue;
		/* One call binds and unbinds, or there is one for each. */
		if (verb == IOM_TSM_UNBIND && !strcmp(c->word, "vdevice-tsm-op"))
			return c;
		if (verb == IOM_TSM_KVM_FD ? c->code == IOM_NR_VIOMMU_ALLOC
					   : !strcmp(c->verb, verbs[verb]))
			return c;
	}
	return NULL;
}

static void hint_revisions(enum iom_tsm_verb verb, struct iom_err *err)
{
	struct iom_buf b __attribute__((cleanup(iom_buf_free))) = { 0 };

	for (const struct iom_value *v = abi_values; v->name; v++)
		if (find(v->word, verb))
			iom_buf_printf(&b, "%s%s", b.len ? ", " : "", v->word);
	iom_hint(err, "%s is in: %s", verbs[verb], b.data ? b.data : "no revision");
}

const struct iom_call *iom_tsm_call(const char *abi, enum iom_tsm_verb verb, struct iom_err *err)
{
	const struct iom_call *c = find(abi, verb);

	if (c)
		return c;
	hint_revisions(verb, err);
	if (strcmp(abi, "tsm-v7"))
		iom_fail(err, IOM_EXIT_USAGE, "revision %s has no %s", abi, verbs[verb]);
	else if (verb == IOM_TSM_REQUEST)
		iom_fail(err, IOM_EXIT_USAGE,
			 "the number of the request of revision tsm-v7 is not known");
	else
		iom_fail(err, IOM_EXIT_USAGE, "revision tsm-v7 has no %s: it binds by itself",
			 verbs[verb]);
	return NULL;
}

int iom_tsm_member(const struct iom_call *call, const struct iom_args *a, unsigned int opt,
		   const char *member, struct iom_err *err)
{
	struct iom_buf b __attribute__((cleanup(iom_buf_free))) = { 0 };

	if (!a->v[opt].set || iom_field_find(call->fields, member))
		return 0;
	for (const struct iom_call *c = iom_calls; c->name; c++)
		if (c->abi && c->verb && call->verb && !strcmp(c->verb, call->verb) &&
		    iom_field_find(c->fields, member))
			iom_buf_printf(&b, "%s%s", b.len ? ", " : "", c->abi);
	iom_hint(err, "--%s goes with: %s", a->opts[opt].name, b.data ? b.data : "no revision");
	iom_fail(err, IOM_EXIT_USAGE, "revision %s has no --%s", call->abi, a->opts[opt].name);
	return IOM_EXIT_USAGE;
}

int iom_tsm_check(struct iom_app *app, const struct iom_call *call, struct iom_err *err)
{
	return app->g.dry_run ? 0 : iom_meaning_check(app, call, err);
}

/* ---- objects ---- */

static int set_member(const struct iom_call *call, const char *name, uint64_t v, void *arg,
		      struct iom_err *err)
{
	const struct iom_field *f = iom_field_find(call->fields, name);

	if (f && !iom_field_set(f, arg, 0, v))
		return 0;
	iom_fail(err, IOM_EXIT_INTERNAL, "%s: %s cannot be set", call->name, name);
	return IOM_EXIT_INTERNAL;
}

/* A parent of the vdevice by its type, 0 when the book does not know. */
static uint32_t parent_of(const struct iom_app *app, uint64_t vdevice, enum iom_obj type)
{
	const struct iom_object *o = iom_ctx_object(&app->ctx, (uint32_t)vdevice), *p;

	for (size_t i = 0; o && i < IOM_ARRAY_SIZE(o->parents); i++) {
		p = iom_ctx_object(&app->ctx, o->parents[i]);
		if (p && p->type == type)
			return p->id;
	}
	return 0;
}

static int set_parent(struct iom_app *app, const struct iom_call *call, uint64_t vdevice,
		      const char *member, const struct iom_argval *given, enum iom_obj type,
		      void *arg, struct iom_err *err)
{
	if (!iom_field_find(call->fields, member))
		return 0;
	return set_member(call, member, given->set ? given->num : parent_of(app, vdevice, type),
			  arg, err);
}

int iom_tsm_objects(struct iom_app *app, const struct iom_call *call, uint64_t vdevice,
		    const struct iom_argval *viommu, const struct iom_argval *dev, void *arg,
		    struct iom_err *err)
{
	int rc = set_member(call, call->family == IOM_FAM_VFIO ? "argsz" : "size", call->full, arg,
			    err);

	if (!rc)
		rc = set_member(call, "vdevice_id", vdevice, arg, err);
	if (!rc)
		rc = set_parent(app, call, vdevice, "viommu_id", viommu, IOM_OBJ_VIOMMU, arg, err);
	if (!rc)
		rc = set_parent(app, call, vdevice, "dev_id", dev, IOM_OBJ_DEVICE, arg, err);
	return rc;
}

/* ---- bind, unbind ---- */

enum { OP_VDEVICE, OP_ABI, OP_DEV, OP_VIOMMU, OP_KVM };
#define OP_OPTS                                                                                    \
	[OP_VDEVICE] = { "vdevice", IOM_ARG_ID, IOM_REQ | IOM_POS, "virtual device" },             \
	[OP_ABI] = { "abi", IOM_ARG_ENUM, IOM_REQ, "revision of the calls",                        \
		     .values = &iom_tsm_abi },                                                     \
	[OP_DEV] = { "dev", IOM_ARG_ID, 0,                                                         \
		     "tsm-amd, tsm-xu: its device; default: as the context knows it" }

static const struct iom_opt bind_opts[] = {
	OP_OPTS,
	[OP_VIOMMU] = { "viommu", IOM_ARG_ID, 0,
			"tsm-amd: its vIOMMU; default: as the context knows it" },
	[OP_KVM] = { "kvm-fd", IOM_ARG_FD, 0, "tsm-amd: open KVM virtual machine" },
	{ 0 },
};

static const struct iom_opt unbind_opts[] = { OP_OPTS, { 0 } };

enum { DONE_VDEVICE, DONE_ABI };
static const struct iom_col op_cols[] = {
	[DONE_VDEVICE] = { "vdevice_id", IOM_T_UINT, IOM_COL_ID, "virtual device" },
	[DONE_ABI] = { "abi", IOM_T_STR, 0, "revision that was spoken", .values = &iom_tsm_abi },
	{ 0 },
};

/* The VFIO device that a call is sent to; -1 for a call on the context. */
static int device_fd(struct iom_app *app, const struct iom_call *call, uint64_t vdevice,
		     const struct iom_argval *dev, int *fd, struct iom_err *err)
{
	uint64_t id = dev->set ? dev->num : parent_of(app, vdevice, IOM_OBJ_DEVICE);

	*fd = -1;
	if (call->family != IOM_FAM_VFIO || app->g.dry_run)
		return 0;
	if (id)
		return iom_device_fd(app, id, fd, err);
	iom_fail(err, IOM_EXIT_USAGE, "the device of vdevice %" PRIu64 " is not known here: --dev",
		 vdevice);
	return IOM_EXIT_USAGE;
}

/* The options that the revision has no use for, and those that it needs. 0 or exit 2. */
static int check_options(const struct iom_args *a, const struct iom_call *call,
			 enum iom_tsm_verb verb, struct iom_err *err)
{
	bool has_dev = call->family == IOM_FAM_VFIO || iom_field_find(call->fields, "dev_id");
	int rc = has_dev ? 0 : iom_tsm_member(call, a, OP_DEV, "dev_id", err);

	if (rc || verb != IOM_TSM_BIND)
		return rc;
	rc = iom_tsm_member(call, a, OP_VIOMMU, "viommu_id", err);
	if (!rc)
		rc = iom_tsm_member(call, a, OP_KVM, "kvmfd", err);
	if (rc || !iom_field_find(call->fields, "kvmfd") || a->v[OP_KVM].set)
		return rc;
	iom_fail(err, IOM_EXIT_USAGE, "revision %s needs --kvm-fd", call->abi);
	return IOM_EXIT_USAGE;
}

/* Fills the struct of whichever call the revision has. 0 or an exit code. */
static int build(struct iom_app *app, const struct iom_args *a, const struct iom_call *call,
		 enum iom_tsm_verb verb, void *arg, struct iom_err *err)
{
	static const struct iom_argval none;
	const struct iom_argval *viommu = verb == IOM_TSM_BIND ? &a->v[OP_VIOMMU] : &none;
	int rc = iom_tsm_objects(app, call, a->v[OP_VDEVICE].num, viommu, &a->v[OP_DEV], arg, err);

	if (!rc && iom_field_find(call->fields, "kvmfd"))
		rc = set_member(call, "kvmfd", a->v[OP_KVM].num, arg, err);
	/* Where one call does both, its second member says what. */
	if (!rc && call->fields[1].kind == IOM_K_ENUM)
		rc = set_member(call, call->fields[1].name,
				verb == IOM_TSM_BIND ? IOM_TSM_OP_BIND : IOM_TSM_OP_UNBIND, arg,
				err);
	return rc;
}

static int op_run(struct iom_app *app, const struct iom_args *a, enum iom_tsm_verb verb,
		  struct iom_res *res, struct iom_err *err)
{
	const struct iom_call *call = iom_tsm_call(a->v[OP_ABI].str, verb, err);
	uint64_t arg[IOM_MAX_ARG / sizeof(uint64_t)] = { 0 };
	int fd, rc;

	if (!call)
		return IOM_EXIT_USAGE;
	rc = check_options(a, call, verb, err);
	if (!rc)
		rc = build(app, a, call, verb, arg, err);
	if (!rc)
		rc = device_fd(app, call, a->v[OP_VDEVICE].num, &a->v[OP_DEV], &fd, err);
	if (!rc)
		rc = iom_tsm_check(app, call, err);
	if (rc)
		return rc;
	rc = iom_do_call(app, fd, call, arg, call->full, NULL, err);
	if (rc)
		return iom_what(err, rc, "cannot %s vdevice %s",
				verb == IOM_TSM_BIND ? "bind" : "unbind", a->v[OP_VDEVICE].str);
	iom_set_uint(res->top, DONE_VDEVICE, a->v[OP_VDEVICE].num);
	iom_set_str(res->top, DONE_ABI, call->abi);
	return 0;
}

static int bind_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	return op_run(app, a, IOM_TSM_BIND, res, err);
}

static int unbind_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	return op_run(app, a, IOM_TSM_UNBIND, res, err);
}

const struct iom_cmd cmd_vdevice_tsm_bind = {
	.object = "vdevice",
	.verb = "tsm-bind",
	.brief = "bind a virtual device to its TSM",
	.opts = bind_opts,
	.cols = op_cols,
	.calls = (const char *const[]){ "IOMMU_VDEVICE_TSM_OP", "IOMMU_VDEVICE_TSM_BIND",
					"IOMMU_TSM_BIND", "VFIO_DEVICE_TSM_BIND", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES,
	.schema = 1,
	.run = bind_run,
};

const struct iom_cmd cmd_vdevice_tsm_unbind = {
	.object = "vdevice",
	.verb = "tsm-unbind",
	.brief = "undo the binding to the TSM",
	.opts = unbind_opts,
	.cols = op_cols,
	.calls = (const char *const[]){ "IOMMU_VDEVICE_TSM_OP", "IOMMU_VDEVICE_TSM_UNBIND",
					"VFIO_DEVICE_TSM_UNBIND", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES,
	.schema = 1,
	.run = unbind_run,
};

/* ---- map ---- */

enum { MAP_VDEVICE, MAP_ABI, MAP_START, MAP_END };
static const struct iom_opt map_opts[] = {
	[MAP_VDEVICE] = { "vdevice", IOM_ARG_ID, IOM_REQ | IOM_POS, "virtual device" },
	[MAP_ABI] = { "abi", IOM_ARG_ENUM, IOM_REQ, "revision of the calls: tsm-rfc1 alone has it",
		      .values = &iom_tsm_abi },
	[MAP_START] = { "start-gpa", IOM_ARG_ADDR, IOM_REQ, "first guest address" },
	[MAP_END] = { "end-gpa", IOM_ARG_ADDR, IOM_REQ, "first guest address behind the range" },
	{ 0 },
};

enum { MAPPED_VDEVICE, MAPPED_START, MAPPED_END, MAPPED_LENGTH };
static const struct iom_col map_cols[] = {
	[MAPPED_VDEVICE] = { "vdevice_id", IOM_T_UINT, IOM_COL_ID, "virtual device" },
	[MAPPED_START] = { "start_gpa", IOM_T_HEX, 0, "first guest address" },
	[MAPPED_END] = { "end_gpa", IOM_T_HEX, 0, "first guest address behind the range" },
	[MAPPED_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes" },
	{ 0 },
};

static int map_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		   struct iom_err *err)
{
	const struct iom_call *call = iom_tsm_call(a->v[MAP_ABI].str, IOM_TSM_MAP, err);
	struct iom_tsm_map c = {
		.size = sizeof(c),
		.vdevice_id = (uint32_t)a->v[MAP_VDEVICE].num,
		.start_gpa = a->v[MAP_START].num,
		.end_gpa = a->v[MAP_END].num,
	};
	int rc;

	if (!call)
		return IOM_EXIT_USAGE;
	rc = iom_tsm_check(app, call, err);
	if (rc)
		return rc;
	rc = iom_do_call(app, -1, call, &c, call->full, NULL, err);
	if (rc)
		return iom_what(err, rc,
				"cannot map private MMIO 0x%" PRIx64 " to 0x%" PRIx64
				" for vdevice %u",
				a->v[MAP_START].num, a->v[MAP_END].num, c.vdevice_id);
	iom_set_uint(res->top, MAPPED_VDEVICE, c.vdevice_id);
	iom_set_uint(res->top, MAPPED_START, c.start_gpa);
	iom_set_uint(res->top, MAPPED_END, c.end_gpa);
	iom_set_uint(res->top, MAPPED_LENGTH, c.end_gpa - c.start_gpa);
	return 0;
}

const struct iom_cmd cmd_vdevice_tsm_map = {
	.object = "vdevice",
	.verb = "tsm-map",
	.brief = "map private MMIO into the guest",
	.opts = map_opts,
	.cols = map_cols,
	.calls = (const char *const[]){ "IOMMU_VDEVICE_TSM_MAP", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES,
	.schema = 1,
	.run = map_run,
};
