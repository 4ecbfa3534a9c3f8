/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vfio-ioas: which IOAS the VFIO container interface of the context works on. */
#include <inttypes.h>

#include "cmd/internal.h"
#include "iommuctl/uapi.h"

static const char *const calls[] = { "IOMMU_VFIO_IOAS", NULL };

static const struct iom_opt no_opts[] = { { 0 } };

static const struct iom_opt set_opts[] = {
	{ "ioas", IOM_ARG_ID, IOM_REQ | IOM_POS, "address space that container calls work on" },
	{ 0 },
};

static const struct iom_col ioas_cols[] = {
	{ "ioas_id", IOM_T_UINT, IOM_COL_ID, "address space that container calls work on" },
	{ 0 },
};

static const struct iom_col clear_cols[] = {
	{ "cleared", IOM_T_BOOL, 0, "true: container calls have no address space now" },
	{ 0 },
};

static int issue(struct iom_app *app, uint16_t op, uint32_t *ioas, struct iom_err *err)
{
	struct iom_vfio_ioas c = { .size = sizeof(c), .ioas_id = *ioas, .op = op };
	int rc = iom_do(app, IOM_NR_VFIO_IOAS, &c, err);

	*ioas = c.ioas_id;
	return rc;
}

static int get_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		   struct iom_err *err)
{
	uint32_t ioas = 0;
	int rc = issue(app, IOM_VFIO_IOAS_GET, &ioas, err);

	(void)a;
	if (rc)
		return iom_what(err, rc, "cannot tell the compatibility IOAS");
	iom_set_uint(res->top, 0, ioas);
	return 0;
}

const struct iom_cmd cmd_vfio_ioas_get = {
	.object = "vfio-ioas", .verb = "get",
	.brief = "show the IOAS of the VFIO container interface",
	.opts = no_opts, .cols = ioas_cols, .calls = calls, .flags = IOM_CMD_CTX, .schema = 1,
	.run = get_run,
};

static int set_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		   struct iom_err *err)
{
	uint32_t ioas = (uint32_t)a->v[0].num;
	int rc = issue(app, IOM_VFIO_IOAS_SET, &ioas, err);

	if (rc)
		return iom_what(err, rc, "cannot make %" PRIu64 " the compatibility IOAS",
				a->v[0].num);
	iom_set_uint(res->top, 0, ioas);
	return 0;
}

const struct iom_cmd cmd_vfio_ioas_set = {
	.object = "vfio-ioas", .verb = "set",
	.brief = "choose the IOAS of the VFIO container interface",
	.opts = set_opts, .cols = ioas_cols, .calls = calls, .flags = IOM_CMD_CTX | IOM_CMD_MUTATES,
	.schema = 1, .run = set_run,
};

static int clear_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	uint32_t ioas = 0;
	int rc = issue(app, IOM_VFIO_IOAS_CLEAR, &ioas, err);

	(void)a;
	if (rc)
		return iom_what(err, rc, "cannot clear the compatibility IOAS");
	iom_set_uint(res->top, 0, true);
	return 0;
}

const struct iom_cmd cmd_vfio_ioas_clear = {
	.object = "vfio-ioas", .verb = "clear",
	.brief = "leave the VFIO container interface without an IOAS",
	.opts = no_opts, .cols = clear_cols, .calls = calls, .flags = IOM_CMD_CTX | IOM_CMD_MUTATES,
	.schema = 1, .run = clear_run,
};
