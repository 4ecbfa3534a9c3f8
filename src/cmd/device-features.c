/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device features: which VFIO features an opened device has, asked without using any. */
#include <errno.h>
#include <string.h>

#include "cmd/device.h"
#include "cmd/internal.h"
#include "iommuctl/uapi.h"

static const struct iom_value why_values[] = {
	{ .value = ENOTTY, .name = "UNKNOWN", .word = "unknown" },
	{ .value = EOPNOTSUPP, .name = "NO_PEER_TO_PEER", .word = "no-peer-to-peer" },
	{ .value = EINVAL, .name = "NO_PRE_COPY", .word = "no-pre-copy" },
	{ .value = 0, .name = "OTHER", .word = "other" },
	{ .name = NULL },
};
static const struct iom_enum why_enum = { .name = "why-absent", .values = why_values };

enum { FEAT_NUMBER, FEAT_NAME, FEAT_PRESENT, FEAT_OPS, FEAT_WHY, FEAT_ERRNO };
static const struct iom_col feature_cols[] = {
	[FEAT_NUMBER] = { "number", IOM_T_UINT, 0, "number of the feature" },
	[FEAT_NAME] = { "name", IOM_T_STR, 0, "its name" },
	[FEAT_PRESENT] = { "present", IOM_T_BOOL, 0, "whether the device has it" },
	[FEAT_OPS] = { "ops", IOM_T_STRS, IOM_COL_OPT, "what can be done with it: get, set" },
	[FEAT_WHY] = { "why", IOM_T_STR, IOM_COL_OPT, "why it is absent", .values = &why_enum },
	[FEAT_ERRNO] = { "errno", IOM_T_STR, IOM_COL_OPT, "the answer when it is absent" },
	{ 0 },
};

enum { FEATS_DEVICE, FEATS_LIST };
static const struct iom_col features_cols[] = {
	[FEATS_DEVICE] = { "device_id", IOM_T_UINT, IOM_COL_ID, "device object in this context" },
	[FEATS_LIST] = { "features", IOM_T_LIST, 0, "every feature that is known", feature_cols },
	{ 0 },
};

static const struct iom_opt features_opts[] = {
	{ "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "device id" },
	{ 0 },
};

/* Returns 0, IOM_DRY, or the negative errno of the refusal. Changes nothing on the device. */
static int probe(struct iom_app *app, int fd, uint32_t feature, uint32_t ops)
{
	/* the plain call: that of a feature has data behind the header, a probe has none */
	const struct iom_call *call = iom_call_find("VFIO_DEVICE_FEATURE", NULL);
	uint64_t buf[IOM_MAX_ARG / sizeof(uint64_t)] = { 0 };
	struct iom_vfio_feature *h = (void *)buf;
	struct iom_err unused = { 0 };

	h->argsz = sizeof(*h);
	h->flags = feature | ops | IOM_VFIO_DEVICE_FEATURE_PROBE;
	return iom_issue(&app->ctx, call, fd, buf, NULL, &unused);
}

/* What a refused probe means; the errnos are those that the kernel gives for this reason only. */
static const char *why(uint32_t feature, int rc)
{
	if (rc == -ENOTTY)
		return "unknown";
	if (rc == -EOPNOTSUPP && feature == IOM_VFIO_DEVICE_FEATURE_DMA_BUF)
		return "no-peer-to-peer";
	if (rc == -EINVAL && feature == IOM_VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2)
		return "no-pre-copy";
	return "other";
}

static int features_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
			struct iom_err *err)
{
	int fd, rc = iom_device_fd(app, a->v[0].num, &fd, err);

	if (rc)
		return rc;
	iom_set_uint(res->top, FEATS_DEVICE, a->v[0].num);
	iom_open_list(res->top, FEATS_LIST);
	for (size_t i = 0; iom_enums[i]; i++) {
		if (strcmp(iom_enums[i]->name, "vfio_device_feature"))
			continue;
		for (const struct iom_value *v = iom_enums[i]->values; v->name; v++) {
			uint32_t number = (uint32_t)v->value;
			int got = probe(app, fd, number, 0);
			struct iom_rec *rec;

			if (got == IOM_DRY)
				return IOM_EXIT_DRY;
			rec = iom_add_rec(res->top, FEATS_LIST);
			iom_set_uint(rec, FEAT_NUMBER, number);
			iom_set_str(rec, FEAT_NAME, v->word);
			iom_set_uint(rec, FEAT_PRESENT, got >= 0);
			if (got < 0) {
				iom_set_str(rec, FEAT_WHY, why(number, got));
				iom_set_str(rec, FEAT_ERRNO, iom_errno_name(got));
				continue;
			}
			if (probe(app, fd, number, IOM_VFIO_DEVICE_FEATURE_GET) >= 0)
				iom_add_str(rec, FEAT_OPS, "get");
			if (probe(app, fd, number, IOM_VFIO_DEVICE_FEATURE_SET) >= 0)
				iom_add_str(rec, FEAT_OPS, "set");
		}
	}
	return 0;
}

const struct iom_cmd cmd_device_features = {
	.object = "device", .verb = "features",
	.brief = "show which VFIO features an opened device has",
	.opts = features_opts, .cols = features_cols,
	.calls = (const char *const[]){ "VFIO_DEVICE_FEATURE", NULL },
	.flags = IOM_CMD_CTX, .schema = 1, .run = features_run,
};
