/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mock trigger-iopf, trigger-vevent: what a device would ask for, or report. */
#include <inttypes.h>
#include <string.h>

#include "cmd/internal.h"
#include "cmd/mock.h"
#include "cmd/queue.h"

/* ---- trigger-iopf ---- */

enum { IOPF_DEV, IOPF_PASID, IOPF_GRPID, IOPF_PERM, IOPF_ADDR };
static const struct iom_opt iopf_opts[] = {
	[IOPF_DEV] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "mock device that asks" },
	[IOPF_PASID] = { "pasid", IOM_ARG_U32, 0, "PASID of the request (default 0: none)" },
	[IOPF_GRPID] = { "grpid", IOM_ARG_U32, 0, "number of its group (default 0)" },
	[IOPF_PERM] = { "perm", IOM_ARG_STR, 0,
			"access that it wants: read, write, exec and priv, joined by commas, "
			"or a number (default read)", .metavar = "ACCESS" },
	[IOPF_ADDR] = { "addr", IOM_ARG_ADDR, 0, "IOVA (default 0)" },
	{ 0 },
};

enum { ASKED_DEVICE, ASKED_PASID, ASKED_GRPID, ASKED_PERM, ASKED_ADDR, ASKED_FAULT };
static const struct iom_col iopf_cols[] = {
	[ASKED_DEVICE] = { "device_id", IOM_T_UINT, 0, "device that asks" },
	[ASKED_PASID] = { "pasid", IOM_T_UINT, IOM_COL_OPT,
			  "of the request; absent when it has none" },
	[ASKED_GRPID] = { "grpid", IOM_T_UINT, 0, "number of its group" },
	[ASKED_PERM] = { "perm", IOM_T_STRS, 0, "access that it wants" },
	[ASKED_ADDR] = { "addr", IOM_T_HEX, 0, "IOVA" },
	[ASKED_FAULT] = { "fault_id", IOM_T_UINT, IOM_COL_OPT | IOM_COL_ID,
			  "queue of the page table that the request takes; absent when this "
			  "context knows of none: the request is refused then, "
			  "and nobody is told" },
	{ 0 },
};

/*
 * The page table that a request takes. A PASID without one goes to that of the device when it is
 * nested, for then the guest's table says what its PASIDs are.
 */
static const struct iom_object *table_of(const struct iom_ctx *ctx, uint32_t dev, uint32_t pasid)
{
	const struct iom_pasid *p = pasid ? iom_ctx_pasid(ctx, dev, pasid) : NULL;
	const struct iom_object *o = iom_ctx_object(ctx, dev);

	o = p ? iom_ctx_object(ctx, p->hwpt) : o ? iom_ctx_object(ctx, o->hwpt) : NULL;
	return o && pasid && !p && o->type != IOM_OBJ_HWPT_NESTED ? NULL : o;
}

/* The fault queue of the page table that a request takes, 0 when there is none. */
static uint32_t queue_of(const struct iom_ctx *ctx, uint32_t dev, uint32_t pasid)
{
	const struct iom_object *o = table_of(ctx, dev, pasid);

	for (unsigned int i = 0; o && i < IOM_ARRAY_SIZE(o->parents); i++) {
		const struct iom_object *p = iom_ctx_object(ctx, o->parents[i]);

		if (p && p->type == IOM_OBJ_FAULT)
			return p->id;
	}
	return 0;
}

static int parse_perm(const struct iom_argval *v, uint32_t *perm, struct iom_err *err)
{
	const struct iom_struct *st = iom_struct_find(NULL, "iommu_hwpt_pgfault");
	uint64_t bits = IOM_PGFAULT_PERM_READ;

	if (v->set && iom_field_parse(iom_field_find(st->fields, "perm"), v->str, &bits)) {
		iom_fail(err, IOM_EXIT_USAGE,
			 "--perm: '%s' is not an access; read, write, exec and priv, "
			 "joined by commas, or a number",
			 v->str);
		return IOM_EXIT_USAGE;
	}
	*perm = (uint32_t)bits;
	return 0;
}

static int iopf_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_TRIGGER_IOPF, 0);
	uint32_t fault;
	int rc;

	c.trigger_iopf.dev_id = (uint32_t)a->v[IOPF_DEV].num;
	c.trigger_iopf.pasid = (uint32_t)a->v[IOPF_PASID].num;
	c.trigger_iopf.grpid = (uint32_t)a->v[IOPF_GRPID].num;
	c.trigger_iopf.addr = a->v[IOPF_ADDR].num;
	rc = parse_perm(&a->v[IOPF_PERM], &c.trigger_iopf.perm, err);
	if (rc)
		return rc;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "device %u cannot ask for a page", c.trigger_iopf.dev_id);
	iom_set_uint(res->top, ASKED_DEVICE, c.trigger_iopf.dev_id);
	if (c.trigger_iopf.pasid)
		iom_set_uint(res->top, ASKED_PASID, c.trigger_iopf.pasid);
	iom_set_uint(res->top, ASKED_GRPID, c.trigger_iopf.grpid);
	iom_open_list(res->top, ASKED_PERM);
	iom_queue_add_flags(res->top, ASKED_PERM, "iommu_hwpt_pgfault", "perm",
			    c.trigger_iopf.perm);
	iom_set_uint(res->top, ASKED_ADDR, c.trigger_iopf.addr);
	fault = queue_of(&app->ctx, c.trigger_iopf.dev_id, c.trigger_iopf.pasid);
	if (fault)
		iom_set_uint(res->top, ASKED_FAULT, fault);
	return 0;
}

const struct iom_cmd cmd_mock_trigger_iopf = {
	.object = "mock", .verb = "trigger-iopf", .brief = "let a mock device ask for a page",
	.opts = iopf_opts, .cols = iopf_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = iopf_run,
};

/* ---- trigger-vevent ---- */

static const struct iom_opt vevent_opts[] = {
	{ "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "mock device that the event is about" },
	{ 0 },
};

static const struct iom_col vevent_cols[] = {
	{ "device_id", IOM_T_UINT, 0, "device that the event is about" },
	{ 0 },
};

static int vevent_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_TRIGGER_VEVENT, 0);
	int rc;

	c.trigger_vevent.dev_id = (uint32_t)a->v[0].num;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "device %u cannot cause an event",
				c.trigger_vevent.dev_id);
	iom_set_uint(res->top, 0, c.trigger_vevent.dev_id);
	return 0;
}

const struct iom_cmd cmd_mock_trigger_vevent = {
	.object = "mock", .verb = "trigger-vevent",
	.brief = "let a mock device cause an event of its vIOMMU",
	.opts = vevent_opts, .cols = vevent_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = vevent_run,
};
