/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ioas get-pa: the physical address behind an IOVA of a device without an IOMMU. */
#include <inttypes.h>

#include "cmd/internal.h"
#include "cmd/meaning.h"
#include "iommuctl/uapi.h"

enum { PA_IOAS, PA_IOVA, PA_LENGTH };
static const struct iom_opt pa_opts[] = {
	[PA_IOAS] = { "ioas", IOM_ARG_ID, IOM_REQ | IOM_POS, "address space" },
	[PA_IOVA] = { "iova", IOM_ARG_ADDR, IOM_REQ, "IOVA to look up" },
	[PA_LENGTH] = { "length", IOM_ARG_LEN, 0, "bytes that are of interest; default: 1" },
	{ 0 },
};

enum { GOT_IOAS, GOT_IOVA, GOT_PHYS, GOT_LENGTH };
static const struct iom_col pa_cols[] = {
	[GOT_IOAS] = { "ioas_id", IOM_T_UINT, 0, "address space" },
	[GOT_IOVA] = { "iova", IOM_T_HEX, 0, "IOVA that was looked up" },
	[GOT_PHYS] = { "phys", IOM_T_HEX, 0, "physical address behind it" },
	[GOT_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes that are contiguous from there on" },
	{ 0 },
};

static int pa_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		  struct iom_err *err)
{
	struct iom_ioas_noiommu_get_pa c = {
		.size = sizeof(c), .ioas_id = (uint32_t)a->v[PA_IOAS].num,
		.iova = a->v[PA_IOVA].num,
		.length = a->v[PA_LENGTH].set ? a->v[PA_LENGTH].num : 1,
	};
	/* The number is that of a series, too, so the mainline call is named. */
	const struct iom_call *call = iom_call_find("IOMMU_IOAS_NOIOMMU_GET_PA", NULL);
	int rc = app->g.dry_run ? 0 : iom_meaning_check(app, call, err);

	if (rc)
		return rc;
	rc = iom_do_call(app, -1, call, &c, sizeof(c), NULL, err);
	if (rc)
		return iom_what(err, rc, "cannot look up the physical address of 0x%" PRIx64
				" in IOAS %u", a->v[PA_IOVA].num, c.ioas_id);
	iom_set_uint(res->top, GOT_IOAS, c.ioas_id);
	iom_set_uint(res->top, GOT_IOVA, c.iova);
	iom_set_uint(res->top, GOT_PHYS, c.out_phys);
	iom_set_uint(res->top, GOT_LENGTH, c.length);
	return 0;
}

const struct iom_cmd cmd_ioas_get_pa = {
	.object = "ioas", .verb = "get-pa", .brief = "look up the physical address behind an IOVA",
	.opts = pa_opts, .cols = pa_cols,
	.calls = (const char *const[]){ "IOMMU_IOAS_NOIOMMU_GET_PA", NULL },
	.flags = IOM_CMD_CTX, .schema = 1, .run = pa_run,
};
