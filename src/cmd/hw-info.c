/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device hw-info: what the IOMMU behind a device can do, raw and by name. */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/hw-caps.h"
#include "cmd/internal.h"
#include "iommuctl/uapi.h"

#define DATA_MAX 256 /* bytes; the largest type known has 40 */

static const struct iom_value type_values[] = {
	{ "none", "none", IOM_HW_INFO_TYPE_NONE, NULL, false },
	{ "intel-vtd", "intel-vtd", IOM_HW_INFO_TYPE_INTEL_VTD, NULL, false },
	{ "arm-smmuv3", "arm-smmuv3", IOM_HW_INFO_TYPE_ARM_SMMUV3, NULL, false },
	{ "tegra241-cmdqv", "tegra241-cmdqv", IOM_HW_INFO_TYPE_TEGRA241_CMDQV, NULL, false },
	{ "amd", "amd", IOM_HW_INFO_TYPE_AMD, NULL, false },
	{ "selftest", "selftest", IOM_HW_INFO_TYPE_SELFTEST, NULL, false },
	{ 0 },
};
static const struct iom_enum type_enum = { .name = "hw_info", .values = type_values };

enum { INFO_DEV, INFO_TYPE };
static const struct iom_opt info_opts[] = {
	[INFO_DEV] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "device id" },
	[INFO_TYPE] = { "type", IOM_ARG_ENUM, 0,
			"ask for this type of data; without it the driver's own",
			.values = &type_enum },
	{ 0 },
};

enum { GOT_DEVICE, GOT_TYPE, GOT_TYPE_ID, GOT_LEN, GOT_PASID, GOT_CAPS, GOT_CAPS_RAW, GOT_REGS,
       GOT_FEATURES };
static const struct iom_col info_cols[] = {
	[GOT_DEVICE] = { "device_id", IOM_T_UINT, 0, "device" },
	[GOT_TYPE] = { "type", IOM_T_STR, 0, "type of the data, or unknown" },
	[GOT_TYPE_ID] = { "type_id", IOM_T_HEX, IOM_COL_HIDE, "its number" },
	[GOT_LEN] = { "data_len", IOM_T_UINT, IOM_COL_HIDE, "bytes of data that the kernel has" },
	[GOT_PASID] = { "max_pasid_log2", IOM_T_UINT, 0, "PASID bits of the device, 0: none" },
	[GOT_CAPS] = { "capabilities", IOM_T_STRS, 0, "what the device can do with iommufd" },
	[GOT_CAPS_RAW] = { "out_capabilities", IOM_T_HEX, IOM_COL_HIDE,
			   "the same as the kernel's bits" },
	[GOT_REGS] = { "registers", IOM_T_LIST, 0, "registers as the driver gives them",
		       iom_register_cols },
	[GOT_FEATURES] = { "features", IOM_T_LIST, 0, "what they say, by name", iom_feature_cols },
	{ 0 },
};

static void show_capabilities(struct iom_res *res, const struct iom_enum *e, uint64_t bits)
{
	iom_open_list(res->top, GOT_CAPS);
	for (unsigned int i = 0; i < 64; i++) {
		const struct iom_value *v = iom_value_of(e, UINT64_C(1) << i);
		char text[24];

		if (!(bits >> i & 1))
			continue;
		snprintf(text, sizeof(text), "0x%" PRIx64, UINT64_C(1) << i);
		iom_add_str(res->top, GOT_CAPS, v && v->word ? v->word : text);
	}
	iom_set_uint(res->top, GOT_CAPS_RAW, bits);
}

/* One record per member that the kernel filled; returns how many values were stored in regs. */
static unsigned int show_registers(struct iom_res *res, const struct iom_struct *st,
				   const void *data, size_t len, uint64_t *regs,
				   const char **names, unsigned int max)
{
	unsigned int n = 0;

	for (const struct iom_field *f = st->fields; f->name; f++) {
		for (unsigned int i = 0; i < f->count; i++) {
			char name[40];

			if (f->kind == IOM_K_RESERVED || n == max ||
			    f->offset + (size_t)f->width * (i + 1) > len)
				continue;
			regs[n] = iom_field_get(f, data, i);
			names[n] = f->name;
			if (f->count > 1)
				snprintf(name, sizeof(name), "%s%u", f->name, i);
			iom_caps_add_register(res->top, GOT_REGS, f->count > 1 ? name : f->name,
					      regs[n++]);
		}
	}
	return n;
}

static void show_info(struct iom_res *res, const struct iom_hw_info *c, const void *data)
{
	const struct iom_call *call = iom_call_of(IOM_NR_GET_HW_INFO, NULL);
	const struct iom_field *type = iom_field_find(call->fields, "out_data_type");
	const struct iom_field *caps = iom_field_find(call->fields, "out_capabilities");
	const struct iom_value *word = iom_value_of(&type_enum, c->out_data_type);
	const struct iom_struct *st = iom_struct_of(type->values, c->out_data_type);
	size_t len = c->data_len < DATA_MAX ? c->data_len : DATA_MAX;
	const char *names[16];
	uint64_t regs[16];
	unsigned int n = 0;

	iom_set_uint(res->top, GOT_DEVICE, c->dev_id);
	iom_set_str(res->top, GOT_TYPE, word ? word->word : "unknown");
	iom_set_uint(res->top, GOT_TYPE_ID, c->out_data_type);
	iom_set_uint(res->top, GOT_LEN, c->data_len);
	iom_set_uint(res->top, GOT_PASID, c->out_max_pasid_log2);
	show_capabilities(res, caps->values, c->out_capabilities);
	iom_open_list(res->top, GOT_REGS);
	iom_open_list(res->top, GOT_FEATURES);
	if (st)
		n = show_registers(res, st, data, len, regs, names, IOM_ARRAY_SIZE(regs));
	iom_caps_add_features(res->top, GOT_FEATURES, iom_caps_of(c->out_data_type), regs, names,
			      n);
}

static int info_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	uint64_t data[DATA_MAX / 8] = { 0 };
	struct iom_hw_info c = {
		.size = sizeof(c), .dev_id = (uint32_t)a->v[INFO_DEV].num,
		.flags = a->v[INFO_TYPE].set ? IOM_HW_INFO_FLAG_INPUT_TYPE : 0,
		.data_len = sizeof(data), .data_uptr = (uintptr_t)data,
	};
	int rc;

	c.in_data_type = (uint32_t)a->v[INFO_TYPE].num;
	rc = iom_do(app, IOM_NR_GET_HW_INFO, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot read about the IOMMU of device %u", c.dev_id);
	show_info(res, &c, data);
	return 0;
}

const struct iom_cmd cmd_device_hw_info = {
	.object = "device", .verb = "hw-info", .brief = "show what the IOMMU of a device can do",
	.opts = info_opts, .cols = info_cols,
	.calls = (const char *const[]){ "IOMMU_GET_HW_INFO", NULL },
	.flags = IOM_CMD_CTX, .schema = 1, .run = info_run,
};
