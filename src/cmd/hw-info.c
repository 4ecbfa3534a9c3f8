/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device hw-info: what the IOMMU behind a device can do, raw and by name. */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/internal.h"
#include "iommuctl/uapi.h"

#define DATA_MAX 256 /* bytes; the largest type known has 40 */

/* A capability in a register; names are those of the architecture, in lower case. */
struct cap {
	uint8_t reg, shift, width; /* reg: in the order of the registers; width 0 ends */
	const char *name, *help;
};

enum { VTD_CAP = 1, VTD_ECAP };
static const struct cap vtd_caps[] = {
	{ 0, 0, 1, "errata_772415_spr17", "no read-only mapping below a nested page table" },
	{ VTD_CAP, 0, 3, "nd", "domain ids: 2 to the power of 4 + 2 * value" },
	{ VTD_CAP, 4, 1, "rwbf", "write buffer must be flushed" },
	{ VTD_CAP, 5, 1, "plmr", "protected low memory region" },
	{ VTD_CAP, 6, 1, "phmr", "protected high memory region" },
	{ VTD_CAP, 7, 1, "cm", "caching mode: an emulated IOMMU" },
	{ VTD_CAP, 8, 5, "sagaw", "second-stage widths: bit 1 39, bit 2 48, bit 3 57" },
	{ VTD_CAP, 16, 6, "mgaw", "guest address bits - 1" },
	{ VTD_CAP, 22, 1, "zlr", "zero-length reads" },
	{ VTD_CAP, 24, 10, "fro", "fault registers at 16 * value" },
	{ VTD_CAP, 34, 4, "sslps", "second-stage large pages: bit 0 2M, bit 1 1G" },
	{ VTD_CAP, 39, 1, "psi", "page-selective invalidation" },
	{ VTD_CAP, 40, 8, "nfr", "fault registers - 1" },
	{ VTD_CAP, 48, 6, "mamv", "largest address mask of an invalidation" },
	{ VTD_CAP, 54, 1, "dwd", "write draining" },
	{ VTD_CAP, 55, 1, "drd", "read draining" },
	{ VTD_CAP, 56, 1, "fs1gp", "first-stage 1G pages" },
	{ VTD_CAP, 59, 1, "pi", "posted interrupts" },
	{ VTD_CAP, 60, 1, "fs5lp", "first-stage 5-level tables" },
	{ VTD_CAP, 61, 1, "ecmds", "enhanced commands" },
	{ VTD_CAP, 62, 1, "esirtps", "setting the interrupt table invalidates" },
	{ VTD_CAP, 63, 1, "esrtps", "setting the root table invalidates" },
	{ VTD_ECAP, 0, 1, "c", "page walks are coherent" },
	{ VTD_ECAP, 1, 1, "qi", "queued invalidation" },
	{ VTD_ECAP, 2, 1, "dt", "device TLBs (ATS)" },
	{ VTD_ECAP, 3, 1, "ir", "interrupt remapping" },
	{ VTD_ECAP, 4, 1, "eim", "x2APIC" },
	{ VTD_ECAP, 6, 1, "pt", "pass-through" },
	{ VTD_ECAP, 7, 1, "sc", "snoop control" },
	{ VTD_ECAP, 8, 10, "iro", "IOTLB registers at 16 * value" },
	{ VTD_ECAP, 20, 4, "mhmv", "largest handle mask" },
	{ VTD_ECAP, 25, 1, "mts", "memory types" },
	{ VTD_ECAP, 26, 1, "nest", "nested translation" },
	{ VTD_ECAP, 29, 1, "prs", "page requests" },
	{ VTD_ECAP, 30, 1, "ers", "execute requests" },
	{ VTD_ECAP, 31, 1, "srs", "supervisor requests" },
	{ VTD_ECAP, 33, 1, "nwfs", "no-write flag" },
	{ VTD_ECAP, 34, 1, "eafs", "extended access flag" },
	{ VTD_ECAP, 35, 5, "pss", "PASID bits - 1" },
	{ VTD_ECAP, 40, 1, "pasid", "requests with PASID" },
	{ VTD_ECAP, 41, 1, "dit", "device TLB invalidation throttling" },
	{ VTD_ECAP, 42, 1, "pds", "page request draining" },
	{ VTD_ECAP, 43, 1, "smts", "scalable mode" },
	{ VTD_ECAP, 45, 1, "ssads", "second-stage access and dirty bits" },
	{ VTD_ECAP, 46, 1, "ssts", "second-stage translation" },
	{ VTD_ECAP, 47, 1, "fsts", "first-stage translation" },
	{ VTD_ECAP, 48, 1, "smpwcs", "scalable mode page walks are coherent" },
	{ VTD_ECAP, 49, 1, "rps", "RID_PASID" },
	{ 0 },
};

enum { IDR0 = 1, IDR1, IDR2, IDR3, IDR4, IDR5, IIDR, AIDR };
static const struct cap smmuv3_caps[] = {
	{ 0, 0, 1, "errata_repeat_tlbi_cfgi", "invalidations have to be sent twice" },
	{ IDR0, 0, 1, "s2p", "stage 2" },
	{ IDR0, 1, 1, "s1p", "stage 1" },
	{ IDR0, 2, 2, "ttf", "table formats: bit 0 AArch32, bit 1 AArch64" },
	{ IDR0, 4, 1, "cohacc", "coherent access to tables and queues" },
	{ IDR0, 5, 1, "btm", "broadcast TLB maintenance" },
	{ IDR0, 6, 2, "httu", "hardware update: 1 access flag, 2 and dirty state" },
	{ IDR0, 9, 1, "hyp", "hypervisor stage 1" },
	{ IDR0, 10, 1, "ats", "ATS" },
	{ IDR0, 12, 1, "asid16", "16-bit ASIDs" },
	{ IDR0, 13, 1, "msi", "its own interrupts can be MSIs" },
	{ IDR0, 14, 1, "sev", "sends events" },
	{ IDR0, 16, 1, "pri", "page requests" },
	{ IDR0, 18, 1, "vmid16", "16-bit VMIDs" },
	{ IDR0, 19, 1, "cd2l", "2-level context descriptor tables" },
	{ IDR0, 21, 2, "ttendian", "tables: 0 both, 2 little endian, 3 big endian" },
	{ IDR0, 24, 2, "stall_model", "0 stall or terminate, 1 terminate, 2 stall" },
	{ IDR0, 27, 2, "st_level", "stream tables: 0 linear, 1 also 2-level" },
	{ IDR1, 0, 6, "sidsize", "stream id bits" },
	{ IDR1, 6, 5, "ssidsize", "substream id (PASID) bits" },
	{ IDR1, 11, 5, "priqs", "page request queue: log2 of entries" },
	{ IDR1, 16, 5, "eventqs", "event queue: log2 of entries" },
	{ IDR1, 21, 5, "cmdqs", "command queue: log2 of entries" },
	{ IDR3, 8, 1, "fwb", "stage 2 forces write-back" },
	{ IDR3, 10, 1, "ril", "range invalidation" },
	{ IDR3, 11, 2, "bbml", "break-before-make level" },
	{ IDR5, 0, 3, "oas", "output: 0 32, 1 36, 2 40, 3 42, 4 44, 5 48, 6 52 bits" },
	{ IDR5, 4, 1, "gran4k", "4K granule" },
	{ IDR5, 5, 1, "gran16k", "16K granule" },
	{ IDR5, 6, 1, "gran64k", "64K granule" },
	{ IDR5, 7, 1, "ds", "52-bit addresses with 4K and 16K granules" },
	{ IDR5, 10, 2, "vax", "virtual addresses: 0 48, 1 52 bits" },
	{ IDR5, 16, 16, "stall_max", "most stalled transactions" },
	{ 0 },
};

/* The driver fills members, not registers: each is one number. */
static const struct cap tegra241_caps[] = {
	{ 1, 0, 8, "version", "of the command queue virtualization" },
	{ 2, 0, 8, "log2vcmdqs", "command queues of one guest: log2" },
	{ 3, 0, 8, "log2vsids", "stream ids of one guest: log2" },
	{ 0 },
};

static const struct cap amd_caps[] = {
	{ 0, 0, 1, "prefsup", "prefetch" },
	{ 0, 1, 1, "pprsup", "page requests" },
	{ 0, 2, 1, "xtsup", "x2APIC" },
	{ 0, 3, 1, "nxsup", "no-execute" },
	{ 0, 4, 1, "gtsup", "guest translation" },
	{ 0, 6, 1, "iasup", "invalidate all" },
	{ 0, 7, 1, "gasup", "guest virtual APIC" },
	{ 0, 8, 1, "hesup", "hardware error registers" },
	{ 0, 9, 1, "pcsup", "performance counters" },
	{ 0, 10, 2, "hats", "host table levels: 0 4, 1 5, 2 6" },
	{ 0, 12, 2, "gats", "guest table levels: 0 4, 1 5, 2 6" },
	{ 0, 14, 2, "glxsup", "guest CR3 table levels - 1" },
	{ 0, 32, 5, "pasmax", "PASID bits - 1" },
	{ 0, 48, 1, "giosup", "guest I/O protection" },
	{ 0, 49, 1, "hasup", "host access flag" },
	{ 0, 50, 1, "ephsup", "enhanced page requests" },
	{ 0, 52, 1, "hdsup", "host dirty flag" },
	{ 0, 63, 1, "snpsup", "secure nested paging" },
	{ 1, 3, 1, "gcr3trpmode", "guest CR3 table by guest address" },
	{ 0 },
};

static const struct cap *caps_of(uint32_t type)
{
	switch (type) {
	case IOM_HW_INFO_TYPE_INTEL_VTD: return vtd_caps;
	case IOM_HW_INFO_TYPE_ARM_SMMUV3: return smmuv3_caps;
	case IOM_HW_INFO_TYPE_TEGRA241_CMDQV: return tegra241_caps;
	case IOM_HW_INFO_TYPE_AMD: return amd_caps;
	default: return NULL;
	}
}

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
			"ask for this type of data; without it the driver's own", .values = &type_enum },
	{ 0 },
};

enum { REG_NAME, REG_VALUE };
static const struct iom_col register_cols[] = {
	[REG_NAME] = { "register", IOM_T_STR, 0, "register, or flags of the kernel" },
	[REG_VALUE] = { "value", IOM_T_HEX, 0, "what it holds" },
	{ 0 },
};

enum { CAP_NAME, CAP_REG, CAP_VALUE, CAP_HELP };
static const struct iom_col feature_cols[] = {
	[CAP_NAME] = { "name", IOM_T_STR, 0, "name in the architecture's manual" },
	[CAP_REG] = { "register", IOM_T_STR, 0, "register that has it" },
	[CAP_VALUE] = { "value", IOM_T_UINT, 0, "1 or 0, or the number" },
	[CAP_HELP] = { "meaning", IOM_T_STR, 0, "what the value says" },
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
	[GOT_CAPS_RAW] = { "out_capabilities", IOM_T_HEX, IOM_COL_HIDE, "the same as the kernel's bits" },
	[GOT_REGS] = { "registers", IOM_T_LIST, 0, "registers as the driver gives them", register_cols },
	[GOT_FEATURES] = { "features", IOM_T_LIST, 0, "what they say, by name", feature_cols },
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
			struct iom_rec *r;

			if (f->kind == IOM_K_RESERVED || n == max ||
			    f->offset + (size_t)f->width * (i + 1) > len)
				continue;
			regs[n] = iom_field_get(f, data, i);
			names[n] = f->name;
			r = iom_add_rec(res->top, GOT_REGS);
			if (f->count > 1)
				iom_set_strf(r, REG_NAME, "%s%u", f->name, i);
			else
				iom_set_str(r, REG_NAME, f->name);
			iom_set_uint(r, REG_VALUE, regs[n++]);
		}
	}
	return n;
}

static void show_features(struct iom_res *res, const struct cap *caps, const uint64_t *regs,
			  const char *const *names, unsigned int n)
{
	for (; caps && caps->width; caps++) {
		struct iom_rec *r;

		if (caps->reg >= n)
			continue;
		r = iom_add_rec(res->top, GOT_FEATURES);
		iom_set_str(r, CAP_NAME, caps->name);
		if (caps->reg && !strcmp(names[caps->reg], "idr"))
			iom_set_strf(r, CAP_REG, "idr%u", caps->reg - IDR0);
		else
			iom_set_str(r, CAP_REG, names[caps->reg]);
		iom_set_uint(r, CAP_VALUE, regs[caps->reg] >> caps->shift &
					   ((UINT64_C(1) << caps->width) - 1));
		iom_set_str(r, CAP_HELP, caps->help);
	}
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
	show_features(res, caps_of(c->out_data_type), regs, names, n);
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
