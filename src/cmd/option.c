/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* option and sw-msi: the settings of a context, an IOAS or a device. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/internal.h"
#include "cmd/sw-msi.h"
#include "iommuctl/uapi.h"

#define MIB (1ULL << 20)

static const struct iom_value name_values[] = {
	{ .name = "rlimit-mode", .word = "rlimit-mode", .value = IOM_OPTION_RLIMIT_MODE },
	{ .name = "huge-pages", .word = "huge-pages", .value = IOM_OPTION_HUGE_PAGES },
	{ .name = "sw-msi-start", .word = "sw-msi-start", .value = IOM_OPTION_SW_MSI_START },
	{ .name = "sw-msi-size", .word = "sw-msi-size", .value = IOM_OPTION_SW_MSI_SIZE },
	{ 0 },
};
static const struct iom_enum name_enum = { .name = "option", .values = name_values };

static struct iom_option request(uint32_t id, uint16_t op, uint64_t object, uint64_t value)
{
	return (struct iom_option){
		.size = sizeof(struct iom_option), .option_id = id, .op = op,
		.object_id = (uint32_t)object, .val64 = value,
	};
}

/*
 * Options 2 and 3 are in no released kernel, and another series used 2 for something else; 3
 * has one meaning only, and reading it changes nothing, so it decides.
 */
static int check_sw_msi(struct iom_app *app, uint64_t device, struct iom_err *err)
{
	struct iom_option c = request(IOM_OPTION_SW_MSI_SIZE, IOM_OPTION_OP_GET, device, 0);
	int rc;

	if (app->g.dry_run)
		return 0;
	rc = iom_do(app, IOM_NR_OPTION, &c, err);
	if (rc && err->code == -EOPNOTSUPP) {
		bool emu = !strcmp(app->be->name, "emu");

		iom_fact(err, "this %s has no option 3 (SW_MSI_SIZE)", emu ? "emulator" : "kernel");
		iom_hint(err, "the series is in no released kernel; try it with %s",
			 emu ? "--emu abi=sw-msi-v2" : "--backend emu");
		return iom_what(err, rc, "software MSI windows cannot be set or read here");
	}
	/* Any other refusal will come again from the call itself, with its own words. */
	*err = (struct iom_err){ 0 };
	return 0;
}

/* A start without a size: interrupts go to the one, and the driver's window is what is reserved. */
static void check_size(struct iom_app *app, uint32_t device, struct iom_res *res, unsigned int col)
{
	const struct iom_object *o = iom_ctx_object(&app->ctx, device);

	if (!o || o->msi_start == UINT64_MAX || o->msi_mib)
		return;
	iom_warn(app, res, col,
		 "device %u has sw-msi-start 0x%" PRIx64 " and sw-msi-size 0: the series maps "
		 "interrupts at the start, but reserves the driver's window; set start, then size, "
		 "then attach",
		 device, o->msi_start);
}

void iom_sw_msi_check_attach(struct iom_app *app, uint32_t device, uint32_t old_ioas,
			     struct iom_res *res, unsigned int col)
{
	const struct iom_object *o = iom_ctx_object(&app->ctx, device);
	const struct iom_object *now = iom_ctx_ioas_of(&app->ctx, device);

	if (!o || o->msi_start == UINT64_MAX)
		return;
	if (o->msi_mib && old_ioas && now && now->id != old_ioas)
		iom_warn(app, res, col,
			 "device %u moved without a detach: the series reserves the driver's "
			 "window in ioas %u, not 0x%" PRIx64 "-0x%" PRIx64 "; detach, then attach",
			 device, now->id, o->msi_start,
			 (uint64_t)(o->msi_start + o->msi_mib * MIB - 1));
	check_size(app, device, res, col);
}

/* ---- option get, set ---- */

enum { GET_NAME, GET_OBJECT };
static const struct iom_opt get_opts[] = {
	[GET_NAME] = { "name", IOM_ARG_ENUM, IOM_REQ | IOM_POS, "option", .values = &name_enum },
	[GET_OBJECT] = { "object", IOM_ARG_ID, 0,
			 "IOAS (huge-pages) or device (sw-msi-*); 0, the context, by default" },
	{ 0 },
};

enum { SET_NAME, SET_VALUE, SET_OBJECT };
static const struct iom_opt set_opts[] = {
	[SET_NAME] = { "name", IOM_ARG_ENUM, IOM_REQ | IOM_POS, "option", .values = &name_enum },
	[SET_VALUE] = { "value", IOM_ARG_U64, IOM_REQ | IOM_POS,
			"the number as the kernel takes it; sw-msi-size in MiB" },
	[SET_OBJECT] = { "object", IOM_ARG_ID, 0,
			 "IOAS (huge-pages) or device (sw-msi-*); 0, the context, by default" },
	{ 0 },
};

enum { OPTION_NAME, OPTION_OBJECT, OPTION_VALUE, OPTION_ADDRESS, OPTION_WARNINGS };
static const struct iom_col option_cols[] = {
	[OPTION_NAME] = { "option", IOM_T_STR, 0, "name", .values = &name_enum },
	[OPTION_OBJECT] = { "object_id", IOM_T_UINT, 0, "object it belongs to, 0: the context" },
	[OPTION_VALUE] = { "value", IOM_T_UINT, IOM_COL_ID, "the number the kernel answered" },
	[OPTION_ADDRESS] = { "address", IOM_T_HEX, IOM_COL_OPT | IOM_COL_HIDE,
			     "sw-msi-start: the value as an address" },
	[OPTION_WARNINGS] = IOM_COL_WARNINGS,
	{ 0 },
};

static int option_do(struct iom_app *app, uint64_t name, uint16_t op, uint64_t object,
		     uint64_t value, struct iom_res *res, struct iom_err *err)
{
	struct iom_option c = request((uint32_t)name, op, object, value);
	const char *word = iom_value_of(&name_enum, name)->word;
	int rc = name >= IOM_OPTION_SW_MSI_START ? check_sw_msi(app, object, err) : 0;

	if (rc)
		return rc;
	rc = iom_do(app, IOM_NR_OPTION, &c, err);
	if (rc && op == IOM_OPTION_OP_GET)
		return iom_what(err, rc, "cannot read option %s of object %" PRIu64, word, object);
	if (rc)
		return iom_what(err, rc, "cannot set option %s of object %" PRIu64 " to %" PRIu64,
				word, object, value);
	iom_set_str(res->top, OPTION_NAME, word);
	iom_set_uint(res->top, OPTION_OBJECT, object);
	iom_set_uint(res->top, OPTION_VALUE, c.val64);
	if (name == IOM_OPTION_SW_MSI_START)
		iom_set_uint(res->top, OPTION_ADDRESS, c.val64);
	if (name == IOM_OPTION_SW_MSI_SIZE && op == IOM_OPTION_OP_SET)
		check_size(app, (uint32_t)object, res, OPTION_WARNINGS);
	return 0;
}

static int get_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		   struct iom_err *err)
{
	return option_do(app, a->v[GET_NAME].num, IOM_OPTION_OP_GET, a->v[GET_OBJECT].num, 0, res,
			 err);
}

static int set_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		   struct iom_err *err)
{
	return option_do(app, a->v[SET_NAME].num, IOM_OPTION_OP_SET, a->v[SET_OBJECT].num,
			 a->v[SET_VALUE].num, res, err);
}

static const char *const option_calls[] = { "IOMMU_OPTION", NULL };

const struct iom_cmd cmd_option_get = {
	.object = "option", .verb = "get", .brief = "read an option",
	.opts = get_opts, .cols = option_cols, .calls = option_calls,
	.flags = IOM_CMD_CTX, .schema = 1, .run = get_run,
};

const struct iom_cmd cmd_option_set = {
	.object = "option", .verb = "set", .brief = "set an option",
	.opts = set_opts, .cols = option_cols, .calls = option_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = set_run,
};

/* ---- sw-msi get, set ---- */

enum { MSI_DEVICE, MSI_START, MSI_SIZE };
static const struct iom_opt msi_set_opts[] = {
	[MSI_DEVICE] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "device id, not attached yet" },
	[MSI_START] = { "start", IOM_ARG_ADDR, IOM_REQ,
			"first IOVA of the window, a multiple of 1 MiB" },
	[MSI_SIZE] = { "size", IOM_ARG_LEN, IOM_REQ,
		       "bytes, a multiple of 1 MiB; 0: the driver's own window" },
	{ 0 },
};

static const struct iom_opt msi_get_opts[] = {
	[MSI_DEVICE] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "device id, not attached yet" },
	{ 0 },
};

enum { WINDOW_DEVICE, WINDOW_USER, WINDOW_START, WINDOW_LAST, WINDOW_SIZE, WINDOW_WARNINGS };
static const struct iom_col window_cols[] = {
	[WINDOW_DEVICE] = { "device_id", IOM_T_UINT, 0, "device" },
	[WINDOW_USER] = { "user_window", IOM_T_BOOL, 0, "a window of the user's is set" },
	[WINDOW_START] = { "start", IOM_T_HEX, IOM_COL_OPT, "first IOVA; absent when never set" },
	[WINDOW_LAST] = { "last", IOM_T_HEX, IOM_COL_OPT,
			  "last IOVA; absent without a user window" },
	[WINDOW_SIZE] = { "size", IOM_T_SIZE, 0, "bytes; 0: the driver's own window is used" },
	[WINDOW_WARNINGS] = IOM_COL_WARNINGS,
	{ 0 },
};

static void show_window(struct iom_res *res, uint64_t device, uint64_t start, uint64_t mib)
{
	iom_set_uint(res->top, WINDOW_DEVICE, device);
	iom_set_uint(res->top, WINDOW_USER, mib != 0);
	if (start != UINT64_MAX)
		iom_set_uint(res->top, WINDOW_START, start);
	if (mib)
		iom_set_uint(res->top, WINDOW_LAST, start + mib * MIB - 1);
	iom_set_uint(res->top, WINDOW_SIZE, mib * MIB);
}

static int msi_set_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	uint64_t dev = a->v[MSI_DEVICE].num, start = a->v[MSI_START].num, size = a->v[MSI_SIZE].num;
	struct iom_option first, second;
	int rc;

	if (size % MIB) {
		iom_fail(err, IOM_EXIT_USAGE, "--size: %s is not a multiple of 1 MiB",
			 a->v[MSI_SIZE].str);
		return IOM_EXIT_USAGE;
	}
	rc = check_sw_msi(app, dev, err);
	if (rc)
		return rc;
	/* The series checks the size against the start it has, so the start goes first. */
	first = request(IOM_OPTION_SW_MSI_START, IOM_OPTION_OP_SET, dev, start);
	rc = iom_do(app, IOM_NR_OPTION, &first, err);
	if (rc && rc != IOM_EXIT_DRY)
		return iom_what(err, rc, "cannot set the MSI window start of device %" PRIu64
				" to 0x%" PRIx64, dev, start);
	second = request(IOM_OPTION_SW_MSI_SIZE, IOM_OPTION_OP_SET, dev, size / MIB);
	rc = iom_do(app, IOM_NR_OPTION, &second, err);
	if (rc)
		return iom_what(err, rc, "the MSI window of device %" PRIu64 " starts at 0x%" PRIx64
				" now, but its size cannot be set to %s", dev, start,
				a->v[MSI_SIZE].str);
	show_window(res, dev, first.val64, second.val64);
	check_size(app, (uint32_t)dev, res, WINDOW_WARNINGS);
	return 0;
}

static int msi_get_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	uint64_t dev = a->v[MSI_DEVICE].num;
	struct iom_option start = request(IOM_OPTION_SW_MSI_START, IOM_OPTION_OP_GET, dev, 0);
	struct iom_option size = request(IOM_OPTION_SW_MSI_SIZE, IOM_OPTION_OP_GET, dev, 0);
	int rc = check_sw_msi(app, dev, err);

	if (rc)
		return rc;
	rc = iom_do(app, IOM_NR_OPTION, &start, err);
	if (rc && rc != IOM_EXIT_DRY)
		return iom_what(err, rc, "cannot read the MSI window start of device %" PRIu64,
				dev);
	rc = iom_do(app, IOM_NR_OPTION, &size, err);
	if (rc)
		return iom_what(err, rc, "cannot read the MSI window size of device %" PRIu64, dev);
	show_window(res, dev, start.val64, size.val64);
	return 0;
}

const struct iom_cmd cmd_sw_msi_get = {
	.object = "sw-msi", .verb = "get", .brief = "show a device's software MSI window",
	.opts = msi_get_opts, .cols = window_cols, .calls = option_calls,
	.flags = IOM_CMD_CTX, .schema = 1, .run = msi_get_run,
};

const struct iom_cmd cmd_sw_msi_set = {
	.object = "sw-msi", .verb = "set", .brief = "move a device's software MSI window",
	.opts = msi_set_opts, .cols = window_cols, .calls = option_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = msi_set_run,
};
