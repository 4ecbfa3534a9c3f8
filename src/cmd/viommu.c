/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* viommu, vdevice: virtual IOMMUs on a nesting parent, and the devices behind them. */
#include <inttypes.h>
#include <stdio.h>

#include "cmd/internal.h"
#include "cmd/tsm.h"
#include "cmd/viommu.h"
#include "iommuctl/uapi.h"

const char *iom_type_word(const struct iom_enum *e, uint64_t value, char *buf, size_t len)
{
	for (const struct iom_value *v = e->values; v->name; v++)
		if (v->value == value)
			return v->word;
	snprintf(buf, len, "%" PRIu64, value);
	return buf;
}

/* ---- viommu alloc ---- */

static const struct iom_value type_values[] = {
	{ "arm-smmuv3", "arm-smmuv3", IOM_VIOMMU_TYPE_ARM_SMMUV3, NULL, false },
	{ "tegra241-cmdqv", "tegra241-cmdqv", IOM_VIOMMU_TYPE_TEGRA241_CMDQV, NULL, false },
	{ "selftest", "selftest", IOM_VIOMMU_TYPE_SELFTEST, NULL, false },
	{ 0 },
};
static const struct iom_enum type_enum = { .name = "viommu_type", .values = type_values };

enum { ALLOC_DEV, ALLOC_HWPT, ALLOC_TYPE, ALLOC_IN_DATA, ALLOC_KVM, ALLOC_ABI };
static const struct iom_opt alloc_opts[] = {
	[ALLOC_DEV] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS,
			"device whose IOMMU it is a part of" },
	[ALLOC_HWPT] = { "hwpt", IOM_ARG_ID, IOM_REQ | IOM_POS,
			 "page table of the guest's memory, made with --nest-parent" },
	[ALLOC_TYPE] = { "type", IOM_ARG_ENUM, IOM_REQ | IOM_NUM,
			 "type of the virtual IOMMU, by name or number",
			 .values = &type_enum },
	[ALLOC_IN_DATA] = { "in-data", IOM_ARG_U32, 0,
			    "selftest: a number that comes back; without it there is no data" },
	[ALLOC_KVM] = { "kvm-fd", IOM_ARG_FD, 0,
			"open KVM virtual machine that it is for (unmerged, goes with --abi)" },
	[ALLOC_ABI] = { "abi", IOM_ARG_ENUM, 0, "revision of the call: tsm-rfc1 or tsm-v2",
			.values = &iom_tsm_abi },
	{ 0 },
};

enum { MADE_VIOMMU, MADE_DEVICE, MADE_HWPT, MADE_TYPE, MADE_OUT, MADE_OFFSET, MADE_LENGTH };
static const struct iom_col alloc_cols[] = {
	[MADE_VIOMMU] = { "viommu_id", IOM_T_UINT, IOM_COL_ID, "id of the new virtual IOMMU" },
	[MADE_DEVICE] = { "device_id", IOM_T_UINT, 0, "device whose IOMMU it is a part of" },
	[MADE_HWPT] = { "hwpt_id", IOM_T_UINT, 0, "page table of the guest's memory" },
	[MADE_TYPE] = { "type", IOM_T_STR, 0, "its type by name, or as a number" },
	[MADE_OUT] = { "out_data", IOM_T_HEX, IOM_COL_OPT,
		       "selftest: the number given as in-data" },
	[MADE_OFFSET] = { "mmap_offset", IOM_T_HEX, IOM_COL_OPT,
			  "where the context's fd can be mapped" },
	[MADE_LENGTH] = { "mmap_length", IOM_T_SIZE, IOM_COL_OPT,
			  "bytes that must be mapped there" },
	{ 0 },
};

union viommu_data {
	struct iom_viommu_selftest selftest;
	struct iom_viommu_tegra241_cmdqv tegra;
};

static void set_mmap(struct iom_res *res, uint64_t offset, uint64_t length)
{
	iom_set_uint(res->top, MADE_OFFSET, offset);
	iom_set_uint(res->top, MADE_LENGTH, length);
}

/* As it is, or as the series have it that give it the guest. 0 or an exit code. */
static int choose(struct iom_app *app, const struct iom_args *a, const struct iom_call **call,
		  struct iom_viommu_alloc_kvm *c, struct iom_err *err)
{
	if (!a->v[ALLOC_ABI].set && a->v[ALLOC_KVM].set) {
		iom_fail(err, IOM_EXIT_USAGE, "--kvm-fd goes with --abi tsm-rfc1 or tsm-v2");
		return IOM_EXIT_USAGE;
	}
	c->size = sizeof(struct iom_viommu_alloc);
	*call = iom_call_of(IOM_NR_VIOMMU_ALLOC, c);
	if (!a->v[ALLOC_ABI].set)
		return 0;
	c->size = sizeof(*c);
	c->flags = a->v[ALLOC_KVM].set ? IOM_VIOMMU_ALLOC_KVM_FD : 0;
	c->kvm_vm_fd = (int32_t)a->v[ALLOC_KVM].num;
	*call = iom_tsm_call(a->v[ALLOC_ABI].str, IOM_TSM_KVM_FD, err);
	return *call ? iom_tsm_check(app, *call, err) : IOM_EXIT_USAGE;
}

static int alloc_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	union viommu_data data = { 0 };
	const struct iom_call *call;
	struct iom_viommu_alloc_kvm c = {
		.type = (uint32_t)a->v[ALLOC_TYPE].num,
		.dev_id = (uint32_t)a->v[ALLOC_DEV].num, .hwpt_id = (uint32_t)a->v[ALLOC_HWPT].num,
	};
	bool echo = a->v[ALLOC_IN_DATA].set, tegra = c.type == IOM_VIOMMU_TYPE_TEGRA241_CMDQV;
	char buf[24];
	int rc;

	if (echo && c.type != IOM_VIOMMU_TYPE_SELFTEST) {
		iom_fail(err, IOM_EXIT_USAGE, "--in-data goes with --type selftest");
		return IOM_EXIT_USAGE;
	}
	data.selftest.in_data = (uint32_t)a->v[ALLOC_IN_DATA].num;
	if (echo || tegra) {
		c.data_len = echo ? sizeof(data.selftest) : sizeof(data.tegra);
		c.data_uptr = (uintptr_t)&data;
	}
	rc = choose(app, a, &call, &c, err);
	if (rc)
		return rc;
	rc = iom_do_call(app, -1, call, &c, call->full, NULL, err);
	if (rc)
		return iom_what(err, rc, "cannot allocate a vIOMMU for device %u on HWPT %u",
				c.dev_id, c.hwpt_id);
	iom_set_uint(res->top, MADE_VIOMMU, c.out_viommu_id);
	iom_set_uint(res->top, MADE_DEVICE, c.dev_id);
	iom_set_uint(res->top, MADE_HWPT, c.hwpt_id);
	iom_set_str(res->top, MADE_TYPE, iom_type_word(&type_enum, c.type, buf, sizeof(buf)));
	if (echo) {
		iom_set_uint(res->top, MADE_OUT, data.selftest.out_data);
		set_mmap(res, data.selftest.out_mmap_offset, data.selftest.out_mmap_length);
	} else if (tegra) {
		set_mmap(res, data.tegra.out_vintf_mmap_offset, data.tegra.out_vintf_mmap_length);
	}
	return 0;
}

const struct iom_cmd cmd_viommu_alloc = {
	.object = "viommu", .verb = "alloc", .brief = "make a virtual IOMMU for a guest",
	.opts = alloc_opts, .cols = alloc_cols,
	.calls = (const char *const[]){ "IOMMU_VIOMMU_ALLOC", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = alloc_run,
};

/* ---- vdevice alloc ---- */

enum { VDEV_VIOMMU, VDEV_DEV, VDEV_VIRT };
static const struct iom_opt vdevice_opts[] = {
	[VDEV_VIOMMU] = { "viommu", IOM_ARG_ID, IOM_REQ | IOM_POS,
			  "virtual IOMMU that it is behind" },
	[VDEV_DEV] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "device" },
	[VDEV_VIRT] = { "virt-id", IOM_ARG_U64, IOM_REQ,
			"number that the guest's IOMMU knows it by: a StreamID or a RID" },
	{ 0 },
};

enum { VMADE_VDEVICE, VMADE_VIOMMU, VMADE_DEVICE, VMADE_VIRT };
static const struct iom_col vdevice_cols[] = {
	[VMADE_VDEVICE] = { "vdevice_id", IOM_T_UINT, IOM_COL_ID, "id of the new virtual device" },
	[VMADE_VIOMMU] = { "viommu_id", IOM_T_UINT, 0, "virtual IOMMU" },
	[VMADE_DEVICE] = { "device_id", IOM_T_UINT, 0, "device" },
	[VMADE_VIRT] = { "virt_id", IOM_T_HEX, 0, "number that the guest's IOMMU knows it by" },
	{ 0 },
};

static int vdevice_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	struct iom_vdevice_alloc c = {
		.size = sizeof(c), .viommu_id = (uint32_t)a->v[VDEV_VIOMMU].num,
		.dev_id = (uint32_t)a->v[VDEV_DEV].num, .virt_id = a->v[VDEV_VIRT].num,
	};
	int rc = iom_do(app, IOM_NR_VDEVICE_ALLOC, &c, err);

	if (rc)
		return iom_what(err, rc, "cannot put device %u behind vIOMMU %u", c.dev_id,
				c.viommu_id);
	iom_set_uint(res->top, VMADE_VDEVICE, c.out_vdevice_id);
	iom_set_uint(res->top, VMADE_VIOMMU, c.viommu_id);
	iom_set_uint(res->top, VMADE_DEVICE, c.dev_id);
	iom_set_uint(res->top, VMADE_VIRT, c.virt_id);
	return 0;
}

const struct iom_cmd cmd_vdevice_alloc = {
	.object = "vdevice", .verb = "alloc",
	.brief = "put a device behind a virtual IOMMU, under the guest's number for it",
	.opts = vdevice_opts, .cols = vdevice_cols,
	.calls = (const char *const[]){ "IOMMU_VDEVICE_ALLOC", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = vdevice_run,
};
