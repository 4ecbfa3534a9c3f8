/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fault: queues of page requests: making them, reading what devices ask for, answering. */
#include <inttypes.h>

#include "cmd/internal.h"
#include "cmd/queue.h"
#include "cmd/registry.h"

/* ---- alloc ---- */

enum { ALLOCATED_FAULT, ALLOCATED_FD };
static const struct iom_col alloc_cols[] = {
	[ALLOCATED_FAULT] = { "fault_id", IOM_T_UINT, IOM_COL_ID, "id of the new queue" },
	[ALLOCATED_FD] = { "fault_fd", IOM_T_UINT, 0, "fd through which it is read and answered" },
	{ 0 },
};

static int alloc_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_fault_alloc c = { .size = sizeof(c) };
	int rc = iom_do(app, IOM_NR_FAULT_QUEUE_ALLOC, &c, err);

	(void)a;
	if (rc)
		return iom_what(err, rc, "cannot allocate a fault queue");
	iom_set_uint(res->top, ALLOCATED_FAULT, c.out_fault_id);
	iom_set_uint(res->top, ALLOCATED_FD, c.out_fault_fd);
	return 0;
}

const struct iom_cmd cmd_fault_alloc = {
	.object = "fault", .verb = "alloc", .brief = "allocate a queue of page requests",
	.cols = alloc_cols,
	.calls = (const char *const[]){ "IOMMU_FAULT_QUEUE_ALLOC", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = alloc_run,
};

/* ---- read ---- */

static const struct iom_opt read_opts[] = {
	IOM_QUEUE_READ_OPTS("fault", "fault queue"),
	{ 0 },
};

enum { REQ_COOKIE, REQ_DEVICE, REQ_PASID, REQ_GROUP, REQ_PERM, REQ_ADDR, REQ_LENGTH, REQ_FLAGS };
static const struct iom_col request_cols[] = {
	[REQ_COOKIE] = { "cookie", IOM_T_UINT, 0, "names the group in the answer" },
	[REQ_DEVICE] = { "device_id", IOM_T_UINT, 0, "device that asks" },
	[REQ_PASID] = { "pasid", IOM_T_UINT, IOM_COL_OPT | IOM_COL_SPARSE,
			"of the request; absent when it has none" },
	[REQ_GROUP] = { "grpid", IOM_T_UINT, 0, "the device's number of the group" },
	[REQ_PERM] = { "perm", IOM_T_STRS, 0, "access that it wants: read, write, exec, priv" },
	[REQ_ADDR] = { "addr", IOM_T_HEX, 0, "IOVA" },
	[REQ_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes from there on; 0: a page" },
	[REQ_FLAGS] = { "flags", IOM_T_STRS, 0, "pasid-valid, last-page (of its group)" },
	{ 0 },
};

enum { READ_FAULT, READ_COUNT, READ_COOKIE, READ_REQUESTS };
static const struct iom_col read_cols[] = {
	[READ_FAULT] = { "fault_id", IOM_T_UINT, 0, "queue that was read" },
	[READ_COUNT] = { "count", IOM_T_UINT, 0, "page requests that were there" },
	[READ_COOKIE] = { "cookie", IOM_T_UINT, IOM_COL_OPT | IOM_COL_HIDE | IOM_COL_ID,
			  "of the first of them; absent when there are none" },
	[READ_REQUESTS] = { "requests", IOM_T_LIST, 0, "in the order of their arrival",
			    request_cols },
	{ 0 },
};

static void add_request(struct iom_res *res, const struct iom_hwpt_pgfault *f)
{
	static const char record[] = "iommu_hwpt_pgfault";
	struct iom_rec *r = iom_add_rec(res->top, READ_REQUESTS);

	iom_set_uint(r, REQ_COOKIE, f->cookie);
	iom_set_uint(r, REQ_DEVICE, f->dev_id);
	if (f->flags & IOM_PGFAULT_FLAGS_PASID_VALID)
		iom_set_uint(r, REQ_PASID, f->pasid);
	iom_set_uint(r, REQ_GROUP, f->grpid);
	iom_open_list(r, REQ_PERM);
	iom_queue_add_flags(r, REQ_PERM, record, "perm", f->perm);
	iom_set_uint(r, REQ_ADDR, f->addr);
	iom_set_uint(r, REQ_LENGTH, f->length);
	iom_open_list(r, REQ_FLAGS);
	iom_queue_add_flags(r, REQ_FLAGS, record, "flags", f->flags);
}

static int take_requests(struct iom_reading *r, uint32_t max, uint32_t *n, bool *full,
			 struct iom_err *err)
{
	const struct iom_call *op = &iom_queue_ops[IOM_FAULT_READ];
	const uint32_t most = IOM_QUEUE_BUFFER / sizeof(struct iom_hwpt_pgfault);
	const struct iom_hwpt_pgfault *f = (const struct iom_hwpt_pgfault *)(void *)r->buf;
	struct iom_queue_io io = { .id = r->q.id };
	ssize_t len;

	io.count = (uint32_t)sizeof(*f) * (max < most ? max : most);
	len = iom_queue_read(&r->app->ctx, op, r->q.fd, &io, r->buf, err);
	if (len == IOM_DRY)
		return IOM_EXIT_DRY;
	if (len < 0)
		return iom_what(err, iom_queue_refused(r->app, op, &r->q, &io, err),
				"cannot read fault queue %u", r->q.id);
	*n = (uint32_t)((size_t)len / sizeof(*f));
	*full = (uint32_t)len == io.count;
	for (uint32_t i = 0; i < *n; i++)
		add_request(r->res, &f[i]);
	if (*n && !r->first_cookie)
		r->first_cookie = f->cookie;
	return 0;
}

static void finish_requests(struct iom_reading *r, uint32_t n)
{
	iom_set_uint(r->res->top, READ_FAULT, r->q.id);
	iom_set_uint(r->res->top, READ_COUNT, n);
	if (n)
		iom_set_uint(r->res->top, READ_COOKIE, r->first_cookie);
	iom_open_list(r->res->top, READ_REQUESTS);
	r->first_cookie = 0;
}

static int read_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	struct iom_reading r = {
		.app = app, .cmd = &cmd_fault_read, .a = a, .res = res,
		.take = take_requests, .finish = finish_requests,
	};

	return iom_queue_run(&r, IOM_OBJ_FAULT, err);
}

const struct iom_cmd cmd_fault_read = {
	.object = "fault", .verb = "read", .brief = "read page requests from their queue",
	.opts = read_opts, .cols = read_cols, .calls = (const char *const[]){ "fault_read", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = read_run,
};

/* ---- respond ---- */

static const struct iom_value code_values[] = {
	{ "success", "success", IOM_PAGE_RESP_SUCCESS, NULL, false },
	{ "invalid", "invalid", IOM_PAGE_RESP_INVALID, NULL, false },
	{ 0 },
};
static const struct iom_enum code_enum = { .name = "page_response", .values = code_values };

enum { RESPOND_FAULT, RESPOND_COOKIE, RESPOND_CODE, RESPOND_FD };
static const struct iom_opt respond_opts[] = {
	[RESPOND_FAULT] = { "fault", IOM_ARG_ID, IOM_REQ | IOM_POS, "fault queue" },
	[RESPOND_COOKIE] = { "cookie", IOM_ARG_U32, IOM_REQ | IOM_MULTI, "group that is answered" },
	[RESPOND_CODE] = { "code", IOM_ARG_ENUM, IOM_REQ, "the answer", .values = &code_enum },
	[RESPOND_FD] = { "queue-fd", IOM_ARG_FD, 0,
			 "the queue's fd, of a queue that was not allocated in this context" },
	{ 0 },
};

enum { RESPONDED_FAULT, RESPONDED_CODE, RESPONDED_GROUPS };
static const struct iom_col respond_cols[] = {
	[RESPONDED_FAULT] = { "fault_id", IOM_T_UINT, 0, "fault queue" },
	[RESPONDED_CODE] = { "code", IOM_T_STR, 0, "the answer", .values = &code_enum },
	[RESPONDED_GROUPS] = { "answered", IOM_T_UINT, IOM_COL_ID, "groups that were answered" },
	{ 0 },
};

static int respond_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	const struct iom_call *op = &iom_queue_ops[IOM_FAULT_WRITE];
	struct iom_hwpt_page_response resp[IOM_MAX_MULTI];
	uint32_t done = 0, n = a->n_multi;
	struct iom_queue q;
	int rc = iom_queue_find(app, &a->v[RESPOND_FAULT], &a->v[RESPOND_FD], IOM_OBJ_FAULT, &q,
				err);

	if (rc)
		return rc;
	for (uint32_t i = 0; i < n; i++)
		resp[i] = (struct iom_hwpt_page_response){
			.cookie = (uint32_t)a->multi[i].v.num,
			.code = (uint32_t)a->v[RESPOND_CODE].num,
		};
	/* The kernel stops at the first that it refuses, which only another write tells about. */
	while (done < n) {
		struct iom_queue_io io = {
			.id = q.id, .count = (n - done) * (uint32_t)sizeof(*resp),
			.cookie = resp[done].cookie, .code = resp[done].code,
		};
		ssize_t len = iom_queue_write(&app->ctx, op, q.fd, &io, resp + done, err);

		if (len == IOM_DRY)
			return IOM_EXIT_DRY;
		if (len < 0)
			return iom_what(err, iom_queue_refused(app, op, &q, &io, err),
					"cannot answer cookie %u of fault queue %u, "
					"%u of %u answered",
					io.cookie, q.id, done, n);
		done += (uint32_t)((size_t)len / sizeof(*resp));
	}
	iom_set_uint(res->top, RESPONDED_FAULT, q.id);
	iom_set_str(res->top, RESPONDED_CODE, a->v[RESPOND_CODE].str);
	iom_set_uint(res->top, RESPONDED_GROUPS, done);
	return 0;
}

const struct iom_cmd cmd_fault_respond = {
	.object = "fault", .verb = "respond", .brief = "answer page requests that were read",
	.opts = respond_opts, .cols = respond_cols,
	.calls = (const char *const[]){ "fault_write", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = respond_run,
};

/* ---- close ---- */

static const struct iom_opt close_opts[] = {
	{ "fault", IOM_ARG_ID, IOM_REQ | IOM_POS, "fault queue" },
	{ 0 },
};

static const struct iom_col close_cols[] = {
	{ "fault_id", IOM_T_UINT, 0, "queue whose fd is gone" },
	{ 0 },
};

static int close_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	int rc = iom_queue_close(app, &a->v[0], IOM_OBJ_FAULT, err);

	if (!rc)
		iom_set_uint(res->top, 0, a->v[0].num);
	return rc;
}

const struct iom_cmd cmd_fault_close = {
	.object = "fault", .verb = "close",
	.brief = "close a fault queue's fd, which holds the object",
	.opts = close_opts, .cols = close_cols,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = close_run,
};
