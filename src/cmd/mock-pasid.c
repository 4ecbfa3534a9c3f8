/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mock pasid: what PASIDs of a mock device are attached to. */
#include <inttypes.h>

#include "cmd/internal.h"
#include "cmd/mock.h"
#include "iommuctl/uapi.h"

enum { PASID_MOCK, PASID_PT, PASID_NUMBER };
static const struct iom_opt attach_opts[] = {
	[PASID_MOCK] = { "mock", IOM_ARG_ID, IOM_REQ | IOM_POS, "mock_id of the device" },
	[PASID_PT] = { "pt", IOM_ARG_ID, IOM_REQ | IOM_POS, "HWPT allocated with --pasid" },
	[PASID_NUMBER] = { "pasid", IOM_ARG_U32, IOM_REQ, "PASID; 0 is the device itself" },
	{ 0 },
};

enum { ATTACHED_MOCK, ATTACHED_PASID, ATTACHED_HWPT };
static const struct iom_col attach_cols[] = {
	[ATTACHED_MOCK] = { "mock_id", IOM_T_UINT, 0, "the mock driver's object" },
	[ATTACHED_PASID] = { "pasid", IOM_T_UINT, 0, "PASID" },
	[ATTACHED_HWPT] = { "hwpt_id", IOM_T_UINT, IOM_COL_ID, "HWPT that the PASID uses now" },
	{ 0 },
};

/* Attach and replace differ in nothing but the operation. */
static int change(struct iom_app *app, uint32_t op, const struct iom_args *a, const char *instead,
		  struct iom_res *res, struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(op, a->v[PASID_MOCK].num);
	int rc;

	c.pasid_attach.pasid = (uint32_t)a->v[PASID_NUMBER].num;
	c.pasid_attach.pt_id = (uint32_t)a->v[PASID_PT].num;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc,
				"cannot attach PASID %" PRIu64 " of mock device %u "
				"to %" PRIu64 "%s",
				a->v[PASID_NUMBER].num, c.id, a->v[PASID_PT].num, instead);
	iom_set_uint(res->top, ATTACHED_MOCK, c.id);
	iom_set_uint(res->top, ATTACHED_PASID, c.pasid_attach.pasid);
	iom_set_uint(res->top, ATTACHED_HWPT, c.pasid_attach.pt_id);
	return 0;
}

static int attach_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	return change(app, IOM_TEST_OP_PASID_ATTACH, a, "", res, err);
}

const struct iom_cmd cmd_mock_pasid_attach = {
	.object = "mock", .verb = "pasid attach", .brief = "attach a PASID of a mock device",
	.opts = attach_opts, .cols = attach_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = attach_run,
};

static int replace_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	return change(app, IOM_TEST_OP_PASID_REPLACE, a, " instead", res, err);
}

const struct iom_cmd cmd_mock_pasid_replace = {
	.object = "mock", .verb = "pasid replace",
	.brief = "attach a PASID of a mock device to another HWPT",
	.opts = attach_opts, .cols = attach_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = replace_run,
};

/* ---- detach ---- */

enum { DETACH_MOCK, DETACH_PASID };
static const struct iom_opt detach_opts[] = {
	[DETACH_MOCK] = { "mock", IOM_ARG_ID, IOM_REQ | IOM_POS, "mock_id of the device" },
	[DETACH_PASID] = { "pasid", IOM_ARG_U32, IOM_REQ, "PASID; 0 is the device itself" },
	{ 0 },
};

enum { DETACHED_MOCK, DETACHED_PASID };
static const struct iom_col detach_cols[] = {
	[DETACHED_MOCK] = { "mock_id", IOM_T_UINT, 0, "the mock driver's object" },
	[DETACHED_PASID] = { "pasid", IOM_T_UINT, 0, "PASID that is not attached any more" },
	{ 0 },
};

static int detach_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_PASID_DETACH, a->v[DETACH_MOCK].num);
	int rc;

	c.pasid_detach.pasid = (uint32_t)a->v[DETACH_PASID].num;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot detach PASID %u of mock device %u",
				c.pasid_detach.pasid, c.id);
	iom_set_uint(res->top, DETACHED_MOCK, c.id);
	iom_set_uint(res->top, DETACHED_PASID, c.pasid_detach.pasid);
	return 0;
}

const struct iom_cmd cmd_mock_pasid_detach = {
	.object = "mock", .verb = "pasid detach", .brief = "detach a PASID of a mock device",
	.opts = detach_opts, .cols = detach_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = detach_run,
};

/* ---- check ---- */

enum { CHECK_MOCK, CHECK_PASID, CHECK_HWPT };
static const struct iom_opt check_opts[] = {
	[CHECK_MOCK] = { "mock", IOM_ARG_ID, IOM_REQ | IOM_POS, "mock_id of the device" },
	[CHECK_PASID] = { "pasid", IOM_ARG_U32, IOM_REQ, "PASID; 0 is the device itself" },
	[CHECK_HWPT] = { "hwpt", IOM_ARG_ID, IOM_REQ, "HWPT that it must use; 0: none" },
	{ 0 },
};

enum { CHECKED_MOCK, CHECKED_PASID, CHECKED_HWPT };
static const struct iom_col check_cols[] = {
	[CHECKED_MOCK] = { "mock_id", IOM_T_UINT, 0, "the mock driver's object" },
	[CHECKED_PASID] = { "pasid", IOM_T_UINT, 0, "PASID" },
	[CHECKED_HWPT] = { "hwpt_id", IOM_T_UINT, IOM_COL_ID, "HWPT that it uses, 0 for none" },
	{ 0 },
};

static int check_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_PASID_CHECK_HWPT, a->v[CHECK_MOCK].num);
	int rc;

	c.pasid_check.pasid = (uint32_t)a->v[CHECK_PASID].num;
	c.pasid_check.hwpt_id = (uint32_t)a->v[CHECK_HWPT].num;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc && !c.pasid_check.hwpt_id)
		return iom_what(err, rc, "PASID %u of mock device %u is not detached",
				c.pasid_check.pasid, c.id);
	if (rc)
		return iom_what(err, rc, "PASID %u of mock device %u does not use HWPT %u",
				c.pasid_check.pasid, c.id, c.pasid_check.hwpt_id);
	iom_set_uint(res->top, CHECKED_MOCK, c.id);
	iom_set_uint(res->top, CHECKED_PASID, c.pasid_check.pasid);
	iom_set_uint(res->top, CHECKED_HWPT, c.pasid_check.hwpt_id);
	return 0;
}

const struct iom_cmd cmd_mock_pasid_check = {
	.object = "mock", .verb = "pasid check", .brief = "check what a PASID is attached to",
	.opts = check_opts, .cols = check_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX, .schema = 1, .run = check_run,
};
