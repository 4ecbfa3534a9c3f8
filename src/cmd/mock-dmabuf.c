/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mock dmabuf: dma-bufs of the selftest driver, made and revoked. */
#include <inttypes.h>
#include <stdio.h>

#include "cmd/dmabuf.h"
#include "cmd/internal.h"
#include "cmd/mock.h"
#include "iommuctl/uapi.h"

/* ---- get ---- */

enum { GET_LENGTH, GET_OPEN_FLAGS };
static const struct iom_opt get_opts[] = {
	[GET_LENGTH] = { "length", IOM_ARG_LEN, IOM_REQ, "bytes, rounded up to pages; 2M at most" },
	[GET_OPEN_FLAGS] = { "open-flags", IOM_ARG_ENUM, IOM_MULTI,
			     "flags of the new fd; default rdwr and cloexec",
			     .values = &iom_open_flags_enum },
	{ 0 },
};

enum { GOT_FD, GOT_LENGTH };
static const struct iom_col get_cols[] = {
	[GOT_FD] = { "fd", IOM_T_UINT, IOM_COL_ID, "the dma-buf, for `ioas map-file --file-fd`" },
	[GOT_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes that were asked for" },
	{ 0 },
};

static int get_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		   struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_DMABUF_GET, 0);
	const struct iom_handle *before = app->ctx.handles;
	uint64_t length = a->v[GET_LENGTH].num;
	int rc;

	if (length > UINT32_MAX) {
		iom_fail(err, IOM_EXIT_USAGE, "--length: %s does not fit 32 bits",
			 a->v[GET_LENGTH].str);
		return IOM_EXIT_USAGE;
	}
	c.dmabuf_get.length = (uint32_t)length;
	c.dmabuf_get.open_flags = iom_open_flags(a, GET_OPEN_FLAGS);
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot make a mock dma-buf of %s bytes",
				a->v[GET_LENGTH].str);
	/* The call itself does not tell the number: the context has found and kept it. */
	if (app->ctx.handles == before) {
		iom_fail(err, IOM_EXIT_INTERNAL,
			 "a mock dma-buf was made, but its fd is not known");
		return IOM_EXIT_INTERNAL;
	}
	iom_set_uint(res->top, GOT_FD, (uint64_t)app->ctx.handles->fd);
	iom_set_uint(res->top, GOT_LENGTH, length);
	return 0;
}

const struct iom_cmd cmd_mock_dmabuf_get = {
	.object = "mock", .verb = "dmabuf get", .brief = "make a dma-buf of kernel memory",
	.opts = get_opts, .cols = get_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = get_run,
};

/* ---- revoke ---- */

static const struct iom_value revoked_values[] = {
	{ .name = "0", .word = "0", .value = 0 },
	{ .name = "1", .word = "1", .value = 1 },
	{ .name = NULL },
};
static const struct iom_enum revoked_enum = { .name = "revoked", .values = revoked_values };

enum { REVOKE_FD, REVOKE_REVOKED };
static const struct iom_opt revoke_opts[] = {
	[REVOKE_FD] = { "dmabuf-fd", IOM_ARG_FD, IOM_REQ | IOM_POS, "fd of 'mock dmabuf get'" },
	[REVOKE_REVOKED] = { "revoked", IOM_ARG_ENUM, 0,
			     "1, the default: take it back; 0: let it be mapped again",
			     .values = &revoked_enum },
	{ 0 },
};

enum { REVOKED_FD, REVOKED_REVOKED };
static const struct iom_col revoke_cols[] = {
	[REVOKED_FD] = { "fd", IOM_T_UINT, 0, "the dma-buf" },
	[REVOKED_REVOKED] = { "revoked", IOM_T_BOOL, 0, "whether it is revoked now" },
	{ 0 },
};

static int revoke_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_DMABUF_REVOKE, 0);
	int rc;

	c.dmabuf_revoke.dmabuf_fd = (int32_t)a->v[REVOKE_FD].num;
	c.dmabuf_revoke.revoked = a->v[REVOKE_REVOKED].set ? (uint32_t)a->v[REVOKE_REVOKED].num : 1;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot %s the mock dma-buf fd %s",
				c.dmabuf_revoke.revoked ? "revoke" : "restore",
				a->v[REVOKE_FD].str);
	iom_set_uint(res->top, REVOKED_FD, a->v[REVOKE_FD].num);
	iom_set_uint(res->top, REVOKED_REVOKED, c.dmabuf_revoke.revoked);
	return 0;
}

const struct iom_cmd cmd_mock_dmabuf_revoke = {
	.object = "mock", .verb = "dmabuf revoke",
	.brief = "take a mock dma-buf back, or restore it",
	.opts = revoke_opts, .cols = revoke_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = revoke_run,
};
