/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mock: devices, reserved ranges and checks of the kernel's selftest driver. */
#include <inttypes.h>

#include "cmd/internal.h"
#include "cmd/mock.h"
#include "iommuctl/uapi.h"

const char *const iom_mock_calls[] = { "IOMMU_TEST_CMD", NULL };

struct iom_test_cmd iom_mock_cmd(uint32_t op, uint64_t id)
{
	return (struct iom_test_cmd){
		.size = sizeof(struct iom_test_cmd), .op = op, .id = (uint32_t)id,
	};
}

/* ---- add-device ---- */

enum { DEV_IOAS, DEV_NO_DIRTY, DEV_PASID, DEV_NO_ATTACH };
static const struct iom_opt device_opts[] = {
	[DEV_IOAS] = { "ioas", IOM_ARG_ID, IOM_REQ | IOM_POS,
		       "IOAS or HWPT to attach the device to" },
	[DEV_NO_DIRTY] = { "no-dirty", IOM_ARG_FLAG, 0, "the device cannot track dirty pages" },
	[DEV_PASID] = { "pasid", IOM_ARG_FLAG, 0, "the device has PASIDs" },
	[DEV_NO_ATTACH] = { "no-attach", IOM_ARG_FLAG, 0,
			    "bind only (SW_MSI series, in no released kernel)" },
	{ 0 },
};

enum { ADDED_DEVICE, ADDED_MOCK, ADDED_HWPT };
static const struct iom_col device_cols[] = {
	[ADDED_DEVICE] = { "device_id", IOM_T_UINT, IOM_COL_ID,
			   "device object, as a VFIO bind gives it" },
	[ADDED_MOCK] = { "mock_id", IOM_T_UINT, 0,
			 "the mock driver's object: destroy it to remove the device" },
	[ADDED_HWPT] = { "hwpt_id", IOM_T_UINT, IOM_COL_OPT,
			 "HWPT it is attached to; absent with --no-attach" },
	{ 0 },
};

static int device_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	uint32_t flags = (a->v[DEV_NO_DIRTY].set ? IOM_MOCK_FLAGS_DEVICE_NO_DIRTY : 0) |
			 (a->v[DEV_PASID].set ? IOM_MOCK_FLAGS_DEVICE_PASID : 0) |
			 (a->v[DEV_NO_ATTACH].set ? IOM_MOCK_FLAGS_DEVICE_NO_ATTACH : 0);
	struct iom_test_cmd c = iom_mock_cmd(flags ? IOM_TEST_OP_MOCK_DOMAIN_FLAGS
						   : IOM_TEST_OP_MOCK_DOMAIN, a->v[DEV_IOAS].num);
	int rc;

	if (flags)
		c.mock_domain_flags.dev_flags = flags;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot add a mock device to IOAS %u", c.id);
	iom_set_uint(res->top, ADDED_DEVICE, c.mock_domain.out_idev_id);
	iom_set_uint(res->top, ADDED_MOCK, c.mock_domain.out_stdev_id);
	if (c.mock_domain.out_hwpt_id)
		iom_set_uint(res->top, ADDED_HWPT, c.mock_domain.out_hwpt_id);
	return 0;
}

const struct iom_cmd cmd_mock_add_device = {
	.object = "mock", .verb = "add-device", .brief = "add a mock device, attached to an IOAS",
	.opts = device_opts, .cols = device_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = device_run,
};

/* ---- replace ---- */

enum { REPLACE_MOCK, REPLACE_PT };
static const struct iom_opt replace_opts[] = {
	[REPLACE_MOCK] = { "mock", IOM_ARG_ID, IOM_REQ | IOM_POS, "mock_id of the device" },
	[REPLACE_PT] = { "pt", IOM_ARG_ID, IOM_REQ | IOM_POS,
			 "IOAS or HWPT to attach it to instead" },
	{ 0 },
};

enum { REPLACED_MOCK, REPLACED_HWPT };
static const struct iom_col replace_cols[] = {
	[REPLACED_MOCK] = { "mock_id", IOM_T_UINT, 0, "the mock driver's object" },
	[REPLACED_HWPT] = { "hwpt_id", IOM_T_UINT, IOM_COL_ID, "HWPT it is attached to now" },
	{ 0 },
};

static int replace_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	struct iom_test_cmd c =
		iom_mock_cmd(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, a->v[REPLACE_MOCK].num);
	int rc;

	c.mock_domain_replace.pt_id = (uint32_t)a->v[REPLACE_PT].num;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot attach mock device %u to %" PRIu64 " instead",
				c.id, a->v[REPLACE_PT].num);
	iom_set_uint(res->top, REPLACED_MOCK, c.id);
	iom_set_uint(res->top, REPLACED_HWPT, c.mock_domain_replace.pt_id);
	return 0;
}

const struct iom_cmd cmd_mock_replace = {
	.object = "mock", .verb = "replace",
	.brief = "attach a mock device to another IOAS or HWPT",
	.opts = replace_opts, .cols = replace_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = replace_run,
};

/* ---- add-reserved ---- */

enum { RESV_IOAS, RESV_START, RESV_LENGTH };
static const struct iom_opt reserved_opts[] = {
	[RESV_IOAS] = { "ioas", IOM_ARG_ID, IOM_REQ | IOM_POS, "address space" },
	[RESV_START] = { "start", IOM_ARG_ADDR, IOM_REQ, "first IOVA of the range" },
	[RESV_LENGTH] = { "length", IOM_ARG_LEN, IOM_REQ, "bytes" },
	{ 0 },
};

enum { RESERVED_IOAS, RESERVED_START, RESERVED_LAST };
static const struct iom_col reserved_cols[] = {
	[RESERVED_IOAS] = { "ioas_id", IOM_T_UINT, 0, "address space" },
	[RESERVED_START] = { "start", IOM_T_HEX, 0, "first IOVA" },
	[RESERVED_LAST] = { "last", IOM_T_HEX, 0, "last IOVA, inclusive" },
	{ 0 },
};

static int reserved_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
			struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_ADD_RESERVED, a->v[RESV_IOAS].num);
	uint64_t start = a->v[RESV_START].num, length = a->v[RESV_LENGTH].num, last;
	int rc;

	/* The driver stores what it is given, and an empty range would upset its tree. */
	if (!length || __builtin_add_overflow(start, length - 1, &last)) {
		iom_fail(err, IOM_EXIT_USAGE, "--start and --length: the range is empty or wraps");
		return IOM_EXIT_USAGE;
	}
	c.add_reserved.start = start;
	c.add_reserved.length = length;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot reserve 0x%" PRIx64 "-0x%" PRIx64 " in IOAS %u",
				start, last, c.id);
	iom_set_uint(res->top, RESERVED_IOAS, c.id);
	iom_set_uint(res->top, RESERVED_START, start);
	iom_set_uint(res->top, RESERVED_LAST, last);
	return 0;
}

const struct iom_cmd cmd_mock_add_reserved = {
	.object = "mock", .verb = "add-reserved",
	.brief = "reserve an IOVA range as a device would",
	.opts = reserved_opts, .cols = reserved_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = reserved_run,
};

/* ---- check-map ---- */

enum { CHECK_HWPT, CHECK_IOVA, CHECK_LENGTH, CHECK_USER_VA };
static const struct iom_opt check_opts[] = {
	[CHECK_HWPT] = { "hwpt", IOM_ARG_ID, IOM_REQ | IOM_POS, "HWPT of a mock device" },
	[CHECK_IOVA] = { "iova", IOM_ARG_ADDR, IOM_REQ, "first IOVA" },
	[CHECK_LENGTH] = { "length", IOM_ARG_LEN, IOM_REQ, "bytes" },
	[CHECK_USER_VA] = { "user-va", IOM_ARG_ADDR, 0,
			    "memory expected there; without it what this context mapped there" },
	{ 0 },
};

enum { CHECKED_HWPT, CHECKED_IOVA, CHECKED_LENGTH, CHECKED_USER_VA };
static const struct iom_col check_cols[] = {
	[CHECKED_HWPT] = { "hwpt_id", IOM_T_UINT, 0, "HWPT that was read" },
	[CHECKED_IOVA] = { "iova", IOM_T_HEX, 0, "first IOVA" },
	[CHECKED_LENGTH] = { "length", IOM_T_SIZE, 0,
			     "bytes that the page table maps as expected" },
	[CHECKED_USER_VA] = { "user_va", IOM_T_HEX, IOM_COL_HIDE, "memory that was found there" },
	{ 0 },
};

int iom_mock_user_va(struct iom_app *app, uint32_t pt, const struct iom_argval *given,
		     uint64_t iova, uint64_t length, uint64_t *out, struct iom_err *err)
{
	const struct iom_object *ioas = iom_ctx_ioas_of(&app->ctx, pt);
	uint64_t last = iova + (length ? length - 1 : 0);
	const struct iom_area *area;

	*out = given->num;
	if (given->set || app->g.dry_run)
		return 0;
	area = ioas ? iom_ctx_area(&app->ctx, ioas->id, iova, last) : NULL;
	if (area && area->user_va && area->node.start <= iova && area->node.last >= last) {
		*out = area->user_va + (iova - area->node.start);
		return 0;
	}
	iom_hint(err, "name the memory: --user-va ADDR");
	iom_fail(err, IOM_EXIT_USAGE,
		 "this context mapped no memory of its own over all of 0x%" PRIx64 "-0x%" PRIx64
		 " under object %u",
		 iova, last, pt);
	return IOM_EXIT_USAGE;
}

static int check_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_MD_CHECK_MAP, a->v[CHECK_HWPT].num);
	uint64_t va;
	int rc = iom_mock_user_va(app, c.id, &a->v[CHECK_USER_VA], a->v[CHECK_IOVA].num,
				  a->v[CHECK_LENGTH].num, &va, err);

	if (rc)
		return rc;
	c.check_map.iova = a->v[CHECK_IOVA].num;
	c.check_map.length = a->v[CHECK_LENGTH].num;
	c.check_map.uptr = va;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc,
				"HWPT %u does not map %s bytes at 0x%" PRIx64 " as expected", c.id,
				a->v[CHECK_LENGTH].str, a->v[CHECK_IOVA].num);
	iom_set_uint(res->top, CHECKED_HWPT, c.id);
	iom_set_uint(res->top, CHECKED_IOVA, a->v[CHECK_IOVA].num);
	iom_set_uint(res->top, CHECKED_LENGTH, a->v[CHECK_LENGTH].num);
	iom_set_uint(res->top, CHECKED_USER_VA, va);
	return 0;
}

const struct iom_cmd cmd_mock_check_map = {
	.object = "mock", .verb = "check-map",
	.brief = "check that a page table maps the right memory",
	.opts = check_opts, .cols = check_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX, .schema = 1, .run = check_run,
};
