/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mock access: in-kernel users of an IOAS, which pin its pages or read and write through it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/hex.h"
#include "cmd/internal.h"
#include "cmd/mock.h"

#define MAX_RW (16UL << 20) /* the driver refuses more at once */

/* ---- create, close ---- */

enum { CREATE_IOAS, CREATE_PIN };
static const struct iom_opt create_opts[] = {
	[CREATE_IOAS] = { "ioas", IOM_ARG_ID, IOM_REQ | IOM_POS, "address space to access" },
	[CREATE_PIN] = { "pin", IOM_ARG_FLAG, 0, "the access can pin pages" },
	{ 0 },
};

enum { CREATED_FD, CREATED_IOAS };
static const struct iom_col create_cols[] = {
	[CREATED_FD] = { "access_fd", IOM_T_UINT, IOM_COL_ID, "fd that stands for the access" },
	[CREATED_IOAS] = { "ioas_id", IOM_T_UINT, 0, "address space" },
	{ 0 },
};

static int create_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_CREATE_ACCESS, a->v[CREATE_IOAS].num);
	int rc;

	if (a->v[CREATE_PIN].set)
		c.create_access.flags = IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot create an access to IOAS %u", c.id);
	iom_set_uint(res->top, CREATED_FD, c.create_access.out_access_fd);
	iom_set_uint(res->top, CREATED_IOAS, c.id);
	return 0;
}

const struct iom_cmd cmd_mock_access_create = {
	.object = "mock", .verb = "access create", .brief = "create an in-kernel user of an IOAS",
	.opts = create_opts, .cols = create_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = create_run,
};

static const struct iom_opt access_pos[] = {
	{ "access", IOM_ARG_FD, IOM_REQ | IOM_POS, "access_fd" },
	{ 0 },
};

static const struct iom_col close_cols[] = {
	{ "access_fd", IOM_T_UINT, 0, "access that is gone" },
	{ 0 },
};

static int close_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	int fd = (int)a->v[0].num, rc;

	if (app->g.dry_run)
		return IOM_EXIT_DRY;
	rc = iom_ctx_close_handle(&app->ctx, fd);
	if (rc) {
		err->code = rc;
		iom_hint(err, "'mock access create' gives the number");
		iom_fail(err, iom_exit_of_errno(rc == -EBADF ? -ENOENT : rc),
			 "this context has no access with fd %d", fd);
		return (int)err->exit;
	}
	iom_set_uint(res->top, 0, (uint64_t)fd);
	return 0;
}

const struct iom_cmd cmd_mock_access_close = {
	.object = "mock", .verb = "access close", .brief = "end an access and unpin its pages",
	.opts = access_pos, .cols = close_cols,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = close_run,
};

/* ---- pages, unpin ---- */

enum { PAGES_ACCESS, PAGES_IOVA, PAGES_LENGTH, PAGES_WRITE, PAGES_USER_VA };
static const struct iom_opt pages_opts[] = {
	[PAGES_ACCESS] = { "access", IOM_ARG_FD, IOM_REQ | IOM_POS, "access_fd" },
	[PAGES_IOVA] = { "iova", IOM_ARG_ADDR, IOM_REQ, "first IOVA" },
	[PAGES_LENGTH] = { "length", IOM_ARG_LEN, IOM_REQ, "bytes" },
	[PAGES_WRITE] = { "write", IOM_ARG_FLAG, 0, "pin for writing" },
	[PAGES_USER_VA] = { "user-va", IOM_ARG_ADDR, 0,
			    "memory expected there; without it the driver does not compare" },
	{ 0 },
};

enum { PINNED_ACCESS, PINNED_ID, PINNED_IOVA, PINNED_LENGTH };
static const struct iom_col pages_cols[] = {
	[PINNED_ACCESS] = { "access_fd", IOM_T_UINT, 0, "access that holds the pages" },
	[PINNED_ID] = { "pages_id", IOM_T_UINT, IOM_COL_ID, "number for 'mock access unpin'" },
	[PINNED_IOVA] = { "iova", IOM_T_HEX, 0, "first IOVA" },
	[PINNED_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes" },
	{ 0 },
};

static int pages_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_ACCESS_PAGES, a->v[PAGES_ACCESS].num);
	int rc;

	c.access_pages.flags = a->v[PAGES_WRITE].set ? IOM_MOCK_FLAGS_ACCESS_WRITE : 0;
	c.access_pages.iova = a->v[PAGES_IOVA].num;
	c.access_pages.length = a->v[PAGES_LENGTH].num;
	c.access_pages.uptr = a->v[PAGES_USER_VA].num;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot pin %s bytes at 0x%" PRIx64 " through access %u",
				a->v[PAGES_LENGTH].str, a->v[PAGES_IOVA].num, c.id);
	iom_set_uint(res->top, PINNED_ACCESS, c.id);
	iom_set_uint(res->top, PINNED_ID, c.access_pages.out_access_pages_id);
	iom_set_uint(res->top, PINNED_IOVA, a->v[PAGES_IOVA].num);
	iom_set_uint(res->top, PINNED_LENGTH, a->v[PAGES_LENGTH].num);
	return 0;
}

const struct iom_cmd cmd_mock_access_pages = {
	.object = "mock", .verb = "access pages", .brief = "pin pages of an IOAS through an access",
	.opts = pages_opts, .cols = pages_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = pages_run,
};

enum { UNPIN_ACCESS, UNPIN_PAGES };
static const struct iom_opt unpin_opts[] = {
	[UNPIN_ACCESS] = { "access", IOM_ARG_FD, IOM_REQ | IOM_POS, "access_fd" },
	[UNPIN_PAGES] = { "pages", IOM_ARG_ID, IOM_REQ | IOM_POS, "pages_id" },
	{ 0 },
};

enum { UNPINNED_ACCESS, UNPINNED_ID };
static const struct iom_col unpin_cols[] = {
	[UNPINNED_ACCESS] = { "access_fd", IOM_T_UINT, 0, "access that held the pages" },
	[UNPINNED_ID] = { "pages_id", IOM_T_UINT, 0, "pin that is gone" },
	{ 0 },
};

static int unpin_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_DESTROY_ACCESS_PAGES,
					     a->v[UNPIN_ACCESS].num);
	int rc;

	c.destroy_access_pages.access_pages_id = (uint32_t)a->v[UNPIN_PAGES].num;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "access %u cannot unpin %" PRIu64, c.id,
				a->v[UNPIN_PAGES].num);
	iom_set_uint(res->top, UNPINNED_ACCESS, c.id);
	iom_set_uint(res->top, UNPINNED_ID, a->v[UNPIN_PAGES].num);
	return 0;
}

const struct iom_cmd cmd_mock_access_unpin = {
	.object = "mock", .verb = "access unpin", .brief = "unpin pages that an access pinned",
	.opts = unpin_opts, .cols = unpin_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = unpin_run,
};

/* ---- rw ---- */

enum { RW_ACCESS, RW_IOVA, RW_READ, RW_WRITE, RW_SLOW };
static const struct iom_opt rw_opts[] = {
	[RW_ACCESS] = { "access", IOM_ARG_FD, IOM_REQ | IOM_POS, "access_fd" },
	[RW_IOVA] = { "iova", IOM_ARG_ADDR, IOM_REQ, "first IOVA" },
	[RW_READ] = { "read", IOM_ARG_LEN, 0, "read this many bytes" },
	[RW_WRITE] = { "write", IOM_ARG_STR, 0, "write these bytes", .metavar = "HEX|@FILE" },
	[RW_SLOW] = { "slow", IOM_ARG_FLAG, 0, "make the kernel take its slow path" },
	{ 0 },
};

enum { MOVED_ACCESS, MOVED_IOVA, MOVED_LENGTH, MOVED_DATA };
static const struct iom_col rw_cols[] = {
	[MOVED_ACCESS] = { "access_fd", IOM_T_UINT, 0, "access" },
	[MOVED_IOVA] = { "iova", IOM_T_HEX, 0, "first IOVA" },
	[MOVED_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes" },
	[MOVED_DATA] = { "data", IOM_T_STR, IOM_COL_OPT | IOM_COL_ID, "bytes read, in hex" },
	{ 0 },
};

static int rw_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		  struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_ACCESS_RW, a->v[RW_ACCESS].num);
	_iom_free_ unsigned char *data = NULL;
	_iom_free_ char *hex = NULL;
	size_t len = a->v[RW_READ].num;
	bool write = a->v[RW_WRITE].set;
	int rc;

	if (write == a->v[RW_READ].set) {
		iom_fail(err, IOM_EXIT_USAGE,
			 "'mock access rw' takes either --read SIZE or --write HEX");
		return IOM_EXIT_USAGE;
	}
	if (write && iom_hex_argument("write", a->v[RW_WRITE].str, MAX_RW, &data, &len, err))
		return (int)err->exit;
	if (!write && len > MAX_RW) {
		iom_fail(err, IOM_EXIT_USAGE, "--read: %s is more than 16M", a->v[RW_READ].str);
		return IOM_EXIT_USAGE;
	}
	if (!write)
		data = calloc(1, len ? len : 1);
	if (!data) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	c.access_rw.iova = a->v[RW_IOVA].num;
	c.access_rw.length = len;
	c.access_rw.uptr = (uintptr_t)data;
	c.access_rw.flags = (write ? IOM_MOCK_ACCESS_RW_WRITE : 0) |
			    (a->v[RW_SLOW].set ? IOM_MOCK_ACCESS_RW_SLOW_PATH : 0);
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot %s %zu bytes at 0x%" PRIx64 " through access %u",
				write ? "write" : "read", len, a->v[RW_IOVA].num, c.id);
	iom_set_uint(res->top, MOVED_ACCESS, c.id);
	iom_set_uint(res->top, MOVED_IOVA, a->v[RW_IOVA].num);
	iom_set_uint(res->top, MOVED_LENGTH, len);
	if (write)
		return 0;
	hex = iom_hex_of(data, len);
	iom_set_str(res->top, MOVED_DATA, hex ? hex : "");
	if (!hex)
		res->failed = true;
	return 0;
}

const struct iom_cmd cmd_mock_access_rw = {
	.object = "mock", .verb = "access rw",
	.brief = "read or write mapped memory through an access",
	.opts = rw_opts, .cols = rw_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = rw_run,
};

/* ---- replace-ioas ---- */

enum { MOVE_ACCESS, MOVE_IOAS };
static const struct iom_opt move_opts[] = {
	[MOVE_ACCESS] = { "access", IOM_ARG_FD, IOM_REQ | IOM_POS, "access_fd" },
	[MOVE_IOAS] = { "ioas", IOM_ARG_ID, IOM_REQ | IOM_POS, "IOAS to use instead" },
	{ 0 },
};

static int move_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	struct iom_test_cmd c =
		iom_mock_cmd(IOM_TEST_OP_ACCESS_REPLACE_IOAS, a->v[MOVE_ACCESS].num);
	int rc;

	c.access_replace_ioas.ioas_id = (uint32_t)a->v[MOVE_IOAS].num;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot move access %u to IOAS %" PRIu64, c.id,
				a->v[MOVE_IOAS].num);
	iom_set_uint(res->top, CREATED_FD, c.id);
	iom_set_uint(res->top, CREATED_IOAS, a->v[MOVE_IOAS].num);
	return 0;
}

const struct iom_cmd cmd_mock_access_replace_ioas = {
	.object = "mock", .verb = "access replace-ioas", .brief = "let an access use another IOAS",
	.opts = move_opts, .cols = create_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = move_run,
};
