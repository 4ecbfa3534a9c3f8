/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mock: the selftest driver's limit on memory for pinning, and its check of pinned pages. */
#include <inttypes.h>

#include "cmd/internal.h"
#include "cmd/mock.h"
#include "iommuctl/uapi.h"

/* ---- memory-limit ---- */

static const struct iom_opt limit_opts[] = {
	{ "limit", IOM_ARG_LEN, IOM_REQ | IOM_POS,
	  "bytes that may be used at a time; at least 12" },
	{ 0 },
};

static const struct iom_col limit_cols[] = {
	{ "limit", IOM_T_SIZE, 0, "bytes that may be used at a time" },
	{ 0 },
};

static int limit_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_SET_TEMP_MEMORY_LIMIT, 0);
	uint64_t limit = a->v[0].num;
	int rc;

	if (limit > UINT32_MAX) {
		iom_fail(err, IOM_EXIT_USAGE, "--limit: %s does not fit 32 bits", a->v[0].str);
		return IOM_EXIT_USAGE;
	}
	c.memory_limit.limit = (uint32_t)limit;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot limit temporary memory to %s bytes", a->v[0].str);
	iom_set_uint(res->top, 0, limit);
	return 0;
}

const struct iom_cmd cmd_mock_memory_limit = {
	.object = "mock", .verb = "memory-limit",
	.brief = "limit the memory that pinning uses meanwhile",
	.opts = limit_opts, .cols = limit_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = limit_run,
};

/* ---- check-refs ---- */

enum { REFS_USER_VA, REFS_LENGTH, REFS_REFS };
static const struct iom_opt refs_opts[] = {
	[REFS_USER_VA] = { "user-va", IOM_ARG_ADDR, IOM_REQ,
			   "address in this process, as another line's user_va" },
	[REFS_LENGTH] = { "length", IOM_ARG_LEN, IOM_REQ, "bytes" },
	[REFS_REFS] = { "refs", IOM_ARG_U32, IOM_REQ, "how often each page is to be pinned",
			.metavar = "N" },
	{ 0 },
};

enum { CHECKED_USER_VA, CHECKED_LENGTH, CHECKED_REFS };
static const struct iom_col refs_cols[] = {
	[CHECKED_USER_VA] = { "user_va", IOM_T_HEX, 0, "address in this process" },
	[CHECKED_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes" },
	[CHECKED_REFS] = { "refs", IOM_T_UINT, 0, "how often each page is pinned" },
	{ 0 },
};

static int refs_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_MD_CHECK_REFS, 0);
	int rc;

	c.check_refs.uptr = a->v[REFS_USER_VA].num;
	c.check_refs.length = a->v[REFS_LENGTH].num;
	c.check_refs.refs = (uint32_t)a->v[REFS_REFS].num;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "the pages of %s bytes at 0x%" PRIx64
				" are not all pinned %u times", a->v[REFS_LENGTH].str,
				a->v[REFS_USER_VA].num, c.check_refs.refs);
	iom_set_uint(res->top, CHECKED_USER_VA, a->v[REFS_USER_VA].num);
	iom_set_uint(res->top, CHECKED_LENGTH, a->v[REFS_LENGTH].num);
	iom_set_uint(res->top, CHECKED_REFS, a->v[REFS_REFS].num);
	return 0;
}

const struct iom_cmd cmd_mock_check_refs = {
	.object = "mock", .verb = "check-refs", .brief = "check how often pages are pinned",
	.opts = refs_opts, .cols = refs_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX, .schema = 1, .run = refs_run,
};
