/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object: destroying any object by id, and the list of what this context made. */
#include <stdio.h>
#include <string.h>

#include "cmd/internal.h"
#include "cmd/mock.h"
#include "iommuctl/uapi.h"

static const struct iom_opt destroy_opts[] = {
	{ "id", IOM_ARG_ID, IOM_REQ | IOM_POS | IOM_MULTI,
	  "object id; of several the ones that use others go first" },
	{ 0 },
};

enum { GONE_ID, GONE_TYPE };
static const struct iom_col gone_cols[] = {
	[GONE_ID] = { "id", IOM_T_UINT, 0, "object that is gone" },
	[GONE_TYPE] = { "type", IOM_T_STR, IOM_COL_OPT, "what it was" },
	{ 0 },
};

enum { DESTROYED_ID, DESTROYED_TYPE, DESTROYED_OBJECTS };
static const struct iom_col destroy_cols[] = {
	[DESTROYED_ID] = { "id", IOM_T_UINT, IOM_COL_OPT, "object that is gone, when it was one" },
	[DESTROYED_TYPE] = { "type", IOM_T_STR, IOM_COL_OPT,
			     "what it was; absent when this context did not make it" },
	[DESTROYED_OBJECTS] = { "objects", IOM_T_LIST, IOM_COL_OPT,
				"objects that are gone, in that order, when several were named",
				gone_cols },
	{ 0 },
};

/* The mock driver would leave them attached to a device that is gone, and the kernel complain. */
static int detach_pasids(struct iom_app *app, const struct iom_object *mock, struct iom_err *err)
{
	const struct iom_pasid *p = app->ctx.pasids, *next;
	int rc = 0;

	for (; p && !rc; p = next) {
		struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_PASID_DETACH, mock->id);

		next = p->next; /* the book drops p with the call */
		if (p->device != mock->peer)
			continue;
		c.pasid_detach.pasid = p->pasid;
		rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	}
	return rc;
}

/* Whether an object was made from another, or is attached to it. */
static bool is_user_of(const struct iom_ctx *ctx, uint32_t id, uint32_t of)
{
	const struct iom_object *o = iom_ctx_object(ctx, id);

	for (unsigned int i = 0; o && i < IOM_ARRAY_SIZE(o->parents); i++)
		if (o->parents[i] == of)
			return true;
	for (const struct iom_pasid *p = ctx->pasids; o && p; p = p->next)
		if (p->hwpt == of && (p->device == id || p->device == o->peer))
			return true;
	return o && o->hwpt == of;
}

/* Puts users before what they use; else the order stays. The book has no circles of users. */
static void sort_users_first(const struct iom_ctx *ctx, uint32_t *ids, unsigned int n)
{
	for (unsigned int done = 0; done < n; done++) {
		unsigned int pick = done, user;
		uint32_t id;

		for (unsigned int turns = 0; turns < n; turns++) {
			for (user = done; user < n; user++)
				if (is_user_of(ctx, ids[user], ids[pick]))
					break;
			if (user == n)
				break;
			pick = user;
		}
		id = ids[pick];
		memmove(&ids[done + 1], &ids[done], (pick - done) * sizeof(*ids));
		ids[done] = id;
	}
}

static int destroy_one(struct iom_app *app, uint32_t id, struct iom_rec *r, struct iom_err *err)
{
	struct iom_destroy c = { .size = sizeof(c), .id = id };
	const struct iom_object *o = iom_ctx_object(&app->ctx, c.id);
	/* The book forgets the object with the call, so its type is read before. */
	const char *type = o ? iom_obj_name(o->type) : NULL;
	int rc = o && o->type == IOM_OBJ_SELFTEST ? detach_pasids(app, o, err) : 0;

	if (!rc)
		rc = iom_do(app, IOM_NR_DESTROY, &c, err);
	if (rc)
		return rc;
	iom_set_uint(r, GONE_ID, c.id);
	if (type)
		iom_set_str(r, GONE_TYPE, type);
	return 0;
}

/* "cannot destroy object 3; 5 and 4 are gone" */
static int partly(struct iom_err *err, int exit, const uint32_t *ids, unsigned int done)
{
	char list[160] = "";
	size_t used = 0;

	for (unsigned int i = 0; i < done && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%u",
					 !i ? "" : i + 1 < done ? ", " : " and ", ids[i]);
	if (!done)
		return iom_what(err, exit, "cannot destroy object %u", ids[0]);
	return iom_what(err, exit, "cannot destroy object %u; %s %s gone", ids[done], list,
			done > 1 ? "are" : "is");
}

static int destroy_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	uint32_t ids[IOM_MAX_MULTI];
	unsigned int n = a->n_multi;
	int rc = 0;

	for (unsigned int i = 0; i < n; i++) {
		ids[i] = (uint32_t)a->multi[i].v.num;
		for (unsigned int k = 0; k < i; k++)
			if (ids[k] == ids[i]) {
				iom_fail(err, IOM_EXIT_USAGE, "object %u is named twice", ids[i]);
				return IOM_EXIT_USAGE;
			}
	}
	sort_users_first(&app->ctx, ids, n);
	if (n > 1)
		iom_open_list(res->top, DESTROYED_OBJECTS);
	for (unsigned int i = 0; i < n; i++) {
		struct iom_rec *r = n > 1 && !app->g.dry_run ?
					    iom_add_rec(res->top, DESTROYED_OBJECTS) :
					    res->top;

		rc = destroy_one(app, ids[i], r, err);
		if (rc && rc != IOM_EXIT_DRY)
			return partly(err, rc, ids, i);
	}
	return rc;
}

const struct iom_cmd cmd_object_destroy = {
	.object = "object", .verb = "destroy", .brief = "destroy objects of any type",
	.opts = destroy_opts, .cols = destroy_cols,
	.calls = (const char *const[]){ "IOMMU_DESTROY", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = destroy_run,
};

/* ---- list ---- */

enum { PARENT_ID, PARENT_TYPE };
static const struct iom_col parent_cols[] = {
	[PARENT_ID] = { "id", IOM_T_UINT, 0, "object id" },
	[PARENT_TYPE] = { "type", IOM_T_STR, IOM_COL_OPT, "its type, when this context made it" },
	{ 0 },
};

enum { PASID_NUMBER, PASID_HWPT, PASID_LINE };
static const struct iom_col pasid_cols[] = {
	[PASID_NUMBER] = { "pasid", IOM_T_UINT, 0, "PASID" },
	[PASID_HWPT] = { "hwpt_id", IOM_T_UINT, 0, "the HWPT it is attached to" },
	[PASID_LINE] = { "line", IOM_T_UINT, IOM_COL_OPT, "batch line that attached it first" },
	{ 0 },
};

enum { OBJ_ID, OBJ_TYPE, OBJ_PARENTS, OBJ_HWPT, OBJ_PASIDS, OBJ_AUTOMATIC, OBJ_MAPPINGS, OBJ_LINE,
       OBJ_CALL, OBJ_FD, OBJ_PATH };
static const struct iom_col object_cols[] = {
	[OBJ_ID] = { "id", IOM_T_UINT, IOM_COL_ID, "object id" },
	[OBJ_TYPE] = { "type", IOM_T_STR, 0, "object type" },
	[OBJ_PARENTS] = { "parents", IOM_T_LIST, 0, "objects it was made from", parent_cols },
	[OBJ_HWPT] = { "hwpt_id", IOM_T_UINT, IOM_COL_OPT,
		       "devices: the HWPT they are attached to" },
	[OBJ_PASIDS] = { "pasids", IOM_T_LIST, IOM_COL_OPT,
			 "devices: their PASIDs that are attached", pasid_cols },
	[OBJ_AUTOMATIC] = { "automatic", IOM_T_BOOL, IOM_COL_OPT,
			    "HWPTs: made by the kernel on attach" },
	[OBJ_MAPPINGS] = { "mappings", IOM_T_UINT, IOM_COL_OPT, "IOAS: mappings made here" },
	[OBJ_LINE] = { "line", IOM_T_UINT, IOM_COL_OPT, "batch line that made it" },
	[OBJ_CALL] = { "call", IOM_T_STR, 0, "kernel call that made it" },
	[OBJ_FD] = { "fd", IOM_T_UINT, IOM_COL_OPT | IOM_COL_HIDE,
		     "queues and VFIO devices: their open file" },
	[OBJ_PATH] = { "path", IOM_T_STR, IOM_COL_OPT | IOM_COL_HIDE, "VFIO devices: their node" },
	{ 0 },
};

enum { LIST_COMPLETE, LIST_OBJECTS };
static const struct iom_col list_cols[] = {
	[LIST_COMPLETE] = { "complete", IOM_T_BOOL, IOM_COL_HIDE,
			    "false on an inherited fd: others may have made more" },
	[LIST_OBJECTS] = { "objects", IOM_T_LIST, 0, "objects by id", object_cols },
	{ 0 },
};

static void list_pasid(struct iom_rec *device, const struct iom_pasid *p)
{
	struct iom_rec *r = iom_add_rec(device, OBJ_PASIDS);

	iom_set_uint(r, PASID_NUMBER, p->pasid);
	iom_set_uint(r, PASID_HWPT, p->hwpt);
	if (p->line)
		iom_set_uint(r, PASID_LINE, p->line);
}

static void list_object(const struct iom_ctx *ctx, struct iom_rec *r, const struct iom_object *o)
{
	const struct iom_handle *h = iom_ctx_handle_of(ctx, o->id);

	iom_set_uint(r, OBJ_ID, o->id);
	iom_set_str(r, OBJ_TYPE, iom_obj_name(o->type));
	iom_open_list(r, OBJ_PARENTS);
	for (unsigned int i = 0; i < IOM_ARRAY_SIZE(o->parents) && o->parents[i]; i++) {
		const struct iom_object *p = iom_ctx_object(ctx, o->parents[i]);
		struct iom_rec *pr = iom_add_rec(r, OBJ_PARENTS);

		iom_set_uint(pr, PARENT_ID, o->parents[i]);
		if (p)
			iom_set_str(pr, PARENT_TYPE, iom_obj_name(p->type));
	}
	if (o->hwpt)
		iom_set_uint(r, OBJ_HWPT, o->hwpt);
	if (o->type == IOM_OBJ_DEVICE)
		iom_open_list(r, OBJ_PASIDS);
	for (const struct iom_pasid *p = ctx->pasids; p; p = p->next)
		if (p->device == o->id)
			list_pasid(r, p);
	if (o->type == IOM_OBJ_HWPT_PAGING)
		iom_set_uint(r, OBJ_AUTOMATIC, o->automatic);
	if (o->type == IOM_OBJ_IOAS)
		iom_set_uint(r, OBJ_MAPPINGS, o->areas.count);
	if (o->line)
		iom_set_uint(r, OBJ_LINE, o->line);
	iom_set_str(r, OBJ_CALL, o->by);
	/* The file of an access belongs to its IOAS, which has none itself. */
	if (h && o->type != IOM_OBJ_IOAS)
		iom_set_uint(r, OBJ_FD, (uint64_t)h->fd);
	if (h && h->name[0])
		iom_set_str(r, OBJ_PATH, h->name);
}

static int list_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	(void)a;
	(void)err;
	iom_set_uint(res->top, LIST_COMPLETE, !app->ctx.inherited);
	iom_open_list(res->top, LIST_OBJECTS);
	for (uint32_t i = 0; i < app->ctx.n_objects; i++)
		if (app->ctx.objects[i])
			list_object(&app->ctx, iom_add_rec(res->top, LIST_OBJECTS),
				    app->ctx.objects[i]);
	return 0;
}

const struct iom_cmd cmd_object_list = {
	.object = "object", .verb = "list", .brief = "list what was made in this context",
	.cols = list_cols, .flags = IOM_CMD_CTX, .schema = 1, .run = list_run,
};
