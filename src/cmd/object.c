/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object: destroying any object by id, and the list of what this context made. */
#include "cmd/internal.h"
#include "iommuctl/uapi.h"

static const struct iom_opt destroy_opts[] = {
	{ "id", IOM_ARG_ID, IOM_REQ | IOM_POS, "object id" },
	{ 0 },
};

enum { DESTROYED_ID, DESTROYED_TYPE };
static const struct iom_col destroy_cols[] = {
	[DESTROYED_ID] = { "id", IOM_T_UINT, 0, "object that is gone" },
	[DESTROYED_TYPE] = { "type", IOM_T_STR, IOM_COL_OPT,
			     "what it was; absent when this context did not make it" },
	{ 0 },
};

static int destroy_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	struct iom_destroy c = { .size = sizeof(c), .id = (uint32_t)a->v[0].num };
	const struct iom_object *o = iom_ctx_object(&app->ctx, c.id);
	/* The book forgets the object with the call, so its type is read before. */
	const char *type = o ? iom_obj_name(o->type) : NULL;
	int rc = iom_do(app, IOM_NR_DESTROY, &c, err);

	if (rc)
		return iom_what(err, rc, "cannot destroy object %u", c.id);
	iom_set_uint(res->top, DESTROYED_ID, c.id);
	if (type)
		iom_set_str(res->top, DESTROYED_TYPE, type);
	return 0;
}

const struct iom_cmd cmd_object_destroy = {
	.object = "object", .verb = "destroy", .brief = "destroy an object of any type",
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

enum { OBJ_ID, OBJ_TYPE, OBJ_PARENTS, OBJ_HWPT, OBJ_AUTOMATIC, OBJ_MAPPINGS, OBJ_LINE, OBJ_CALL };
static const struct iom_col object_cols[] = {
	[OBJ_ID] = { "id", IOM_T_UINT, IOM_COL_ID, "object id" },
	[OBJ_TYPE] = { "type", IOM_T_STR, 0, "object type" },
	[OBJ_PARENTS] = { "parents", IOM_T_LIST, 0, "objects it was made from", parent_cols },
	[OBJ_HWPT] = { "hwpt_id", IOM_T_UINT, IOM_COL_OPT, "devices: the HWPT they are attached to" },
	[OBJ_AUTOMATIC] = { "automatic", IOM_T_BOOL, IOM_COL_OPT,
			    "HWPTs: made by the kernel on attach" },
	[OBJ_MAPPINGS] = { "mappings", IOM_T_UINT, IOM_COL_OPT, "IOAS: mappings made here" },
	[OBJ_LINE] = { "line", IOM_T_UINT, IOM_COL_OPT, "batch line that made it" },
	[OBJ_CALL] = { "call", IOM_T_STR, 0, "kernel call that made it" },
	{ 0 },
};

enum { LIST_COMPLETE, LIST_OBJECTS };
static const struct iom_col list_cols[] = {
	[LIST_COMPLETE] = { "complete", IOM_T_BOOL, IOM_COL_HIDE,
			    "false on an inherited fd: others may have made more" },
	[LIST_OBJECTS] = { "objects", IOM_T_LIST, 0, "objects by id", object_cols },
	{ 0 },
};

static void list_object(const struct iom_ctx *ctx, struct iom_rec *r, const struct iom_object *o)
{
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
	if (o->type == IOM_OBJ_HWPT_PAGING)
		iom_set_uint(r, OBJ_AUTOMATIC, o->automatic);
	if (o->type == IOM_OBJ_IOAS)
		iom_set_uint(r, OBJ_MAPPINGS, o->areas.count);
	if (o->line)
		iom_set_uint(r, OBJ_LINE, o->line);
	iom_set_str(r, OBJ_CALL, o->by);
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
