/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused nested translation: what VT-d, SMMUv3 and AMD drivers take, and when. */
#include "causes.h"

#include <endian.h>

#include "iommuctl/smmuv3.h"

/* What a driver says about its hardware. */
struct hardware {
	uint32_t type;
	union {
		struct iom_hw_info_vtd vtd;
		struct iom_hw_info_arm_smmuv3 smmuv3;
		struct iom_hw_info_amd amd;
	};
};

static bool bit(uint64_t reg, unsigned int n)
{
	return reg >> n & 1;
}

/* False, and the case blind, when it cannot be asked. */
static bool ask(struct iom_case *c, uint32_t dev, struct hardware *hw)
{
	struct iom_hw_info info = { .size = sizeof(info), .dev_id = dev,
				    .data_len = sizeof(*hw) - offsetof(struct hardware, vtd),
				    .data_uptr = (uintptr_t)&hw->vtd };

	memset(hw, 0, sizeof(*hw));
	if (!dev || look_issue(c, "IOMMU_GET_HW_INFO", &info) < 0)
		return look_blind(c);
	hw->type = info.out_data_type;
	return true;
}

static const char *hw_word(uint32_t type)
{
	switch (type) {
	case IOM_HW_INFO_TYPE_NONE: return "hardware without a description";
	case IOM_HW_INFO_TYPE_INTEL_VTD: return "intel-vtd hardware";
	case IOM_HW_INFO_TYPE_ARM_SMMUV3: return "arm-smmuv3 hardware";
	case IOM_HW_INFO_TYPE_AMD: return "amd hardware";
	case IOM_HW_INFO_TYPE_SELFTEST: return "selftest hardware";
	default: return "hardware of another type";
	}
}

static bool vtd_nests(const struct hardware *hw)
{
	return bit(hw->vtd.ecap_reg, 43) && bit(hw->vtd.ecap_reg, 26);
}

/* What lies below the page table that is to be made. */
static const struct iom_object *below(struct iom_case *c, enum iom_obj type)
{
	const struct iom_object *o = look_object(c, look_id(c, "pt_id"));

	return o && o->type == type ? o : NULL;
}

/* ---- flags ---- */

/* Page tables of an IOAS: what each driver takes together. */
bool cause_flags_driver(struct iom_case *c)
{
	uint64_t flags = look_get(c, "flags") & ~(uint64_t)IOM_HWPT_FAULT_ID_VALID;
	bool nest = flags & IOM_HWPT_ALLOC_NEST_PARENT, pasid = flags & IOM_HWPT_ALLOC_PASID;
	uint32_t dev = look_id(c, "dev_id");
	struct hardware hw;

	if (!flags || look_get(c, "data_type") || !below(c, IOM_OBJ_IOAS) || !ask(c, dev, &hw))
		return false;
	if (hw.type == IOM_HW_INFO_TYPE_ARM_SMMUV3 && nest && flags != IOM_HWPT_ALLOC_NEST_PARENT)
		return look_holds(c, "flags", "arm-smmuv3 takes nest-parent only alone");
	if (hw.type == IOM_HW_INFO_TYPE_AMD && pasid && flags != IOM_HWPT_ALLOC_PASID)
		return look_holds(c, "flags", "amd takes pasid only alone");
	if (hw.type == IOM_HW_INFO_TYPE_AMD && pasid && !bit(hw.amd.efr, 4))
		return look_holds(c, "flags", "the IOMMU of device %u has no PASIDs: gtsup 0", dev);
	/* whether it can be a parent is a question of its own */
	if (flags == IOM_HWPT_ALLOC_NEST_PARENT && hw.type != IOM_HW_INFO_TYPE_NONE)
		return false;
	return look_holds(c, "flags", "the driver of device %u's IOMMU does not take flags 0x%" PRIx64,
			  dev, flags);
}

bool cause_viommu_flags(struct iom_case *c)
{
	struct hardware hw;

	if (!(look_get(c, "flags") & IOM_HWPT_ALLOC_PASID) || !below(c, IOM_OBJ_VIOMMU) ||
	    !ask(c, look_id(c, "dev_id"), &hw) || hw.type != IOM_HW_INFO_TYPE_ARM_SMMUV3)
		return false;
	return look_holds(c, "flags",
			  "flags have pasid; on arm-smmuv3 the guest's own tables have its PASIDs");
}

/* ---- data ---- */

static const struct {
	uint32_t type;
	uint32_t min, max; /* bytes */
	const char *word;
} data_types[] = {
	{ IOM_HWPT_DATA_VTD_S1, sizeof(struct iom_hwpt_vtd_s1), sizeof(struct iom_hwpt_vtd_s1),
	  "vtd-s1" },
	{ IOM_HWPT_DATA_ARM_SMMUV3, sizeof(struct iom_hwpt_arm_smmuv3),
	  sizeof(struct iom_hwpt_arm_smmuv3), "arm-smmuv3" },
	{ IOM_HWPT_DATA_AMD_GUEST, sizeof(struct iom_hwpt_amd_guest),
	  sizeof(struct iom_hwpt_amd_guest), "amd-guest" },
	{ IOM_HWPT_DATA_SELFTEST, 4, sizeof(struct iom_hwpt_selftest), "selftest" },
};

bool cause_data_on_ioas(struct iom_case *c)
{
	uint64_t type = look_get(c, "data_type");

	if (!below(c, IOM_OBJ_IOAS))
		return false;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(data_types); i++)
		if (data_types[i].type == type && type != IOM_HWPT_DATA_SELFTEST)
			return look_holds(c, "data_type",
					  "%s describes a nested page table, and %u is an ioas",
					  data_types[i].word, look_id(c, "pt_id"));
	return false;
}

bool cause_data_length(struct iom_case *c)
{
	uint64_t type = look_get(c, "data_type"), len = look_get(c, "data_len");

	for (size_t i = 0; i < IOM_ARRAY_SIZE(data_types); i++) {
		uint32_t min = data_types[i].min, max = data_types[i].max;

		if (data_types[i].type != type || (len >= min && len <= max))
			continue;
		if (min == max)
			return look_holds(c, "data_len", "data_len is %" PRIu64 ", %s has %u bytes",
					  len, data_types[i].word, max);
		return look_holds(c, "data_len", "data_len is %" PRIu64 ", %s has %u to %u bytes", len,
				  data_types[i].word, min, max);
	}
	return false;
}

bool cause_nesting_absent(struct iom_case *c)
{
	uint32_t dev = look_id(c, "dev_id");
	struct hardware hw;

	if (below(c, IOM_OBJ_IOAS) || !ask(c, dev, &hw))
		return false;
	if (hw.type == IOM_HW_INFO_TYPE_NONE)
		return look_holds(c, "pt_id", "the driver of device %u's IOMMU has no nested page tables",
				  dev);
	if (hw.type != IOM_HW_INFO_TYPE_INTEL_VTD || vtd_nests(&hw))
		return false;
	return look_holds(c, "pt_id", "the IOMMU of device %u cannot nest: smts %d, nest %d", dev,
			  bit(hw.vtd.ecap_reg, 43), bit(hw.vtd.ecap_reg, 26));
}

/* The device that an object was made for is the first id of the call. */
bool cause_pt_other_iommu(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "pt_id")), *maker;
	const struct iom_handle *h = look_device(c);
	struct hardware own, other;

	/* one that the kernel made for an attach has no device there */
	maker = o && o->type != IOM_OBJ_IOAS ? iom_ctx_object(c->ctx, o->parents[0]) : NULL;
	if (!h || !h->id || !maker || maker->type != IOM_OBJ_DEVICE || maker->id == h->id)
		return false;
	if (!ask(c, h->id, &own) || !ask(c, maker->id, &other))
		return false;
	if (own.type == other.type) /* two units of one kind look alike: pt-incompatible */
		return false;
	return look_holds(c, "pt_id", "hwpt %u was made for device %u, behind %s; device %u is behind %s",
			  o->id, maker->id, hw_word(other.type), h->id, hw_word(own.type));
}

/* ---- the erratum of VT-d: no read-only entry in a parent ---- */

static bool has_erratum(struct iom_case *c, uint32_t dev)
{
	struct hardware hw;

	return ask(c, dev, &hw) && hw.type == IOM_HW_INFO_TYPE_INTEL_VTD &&
	       hw.vtd.flags & IOM_HW_INFO_VTD_ERRATA_772415_SPR17;
}

bool cause_read_only_mapped(struct iom_case *c)
{
	const struct iom_object *ioas = below(c, IOM_OBJ_IOAS);
	struct iom_inode *n;
	char text[80];

	if (!ioas || !(look_get(c, "flags") & IOM_HWPT_ALLOC_NEST_PARENT) ||
	    !has_erratum(c, look_id(c, "dev_id")))
		return false;
	for (n = iom_itree_first(&ioas->areas, 0, UINT64_MAX); n;
	     n = iom_itree_next(n, 0, UINT64_MAX)) {
		const struct iom_area *a = iom_container_of(n, struct iom_area, node);

		if (!(a->prot & 2))
			return look_holds(c, "flags", "%s is read-only",
					  look_area_text(a, text, sizeof(text)));
	}
	return look_blind(c);
}

bool cause_read_only_parent(struct iom_case *c)
{
	struct look_want w;

	if (!look_want(c, &w) || look_get(c, "flags") & IOM_IOAS_MAP_WRITEABLE)
		return false;
	for (uint32_t i = 0; i < c->ctx->n_objects; i++) {
		const struct iom_object *o = c->ctx->objects[i];

		if (!o || o->type != IOM_OBJ_HWPT_PAGING || o->ioas != w.ioas ||
		    !(o->hwpt_flags & IOM_HWPT_ALLOC_NEST_PARENT) || !has_erratum(c, o->parents[0]))
			continue;
		return look_holds(c, "flags",
				  "flags lack writeable, and hwpt %u of ioas %u is a nest parent on VT-d",
				  o->id, w.ioas);
	}
	return false;
}

/* ---- stream table entries ---- */

bool cause_entry_refused(struct iom_case *c)
{
	uint64_t word[2], bad;
	unsigned int eats;

	if (look_get(c, "data_type") != IOM_HWPT_DATA_ARM_SMMUV3)
		return false;
	if (look_get(c, "data_len") != sizeof(word) ||
	    !look_memory(look_get(c, "data_uptr"), word, sizeof(word)))
		return look_blind(c);
	word[0] = le64toh(word[0]);
	word[1] = le64toh(word[1]);
	if (!(word[0] & 1))
		return false;
	for (unsigned int i = 0; i < 2; i++) {
		bad = word[i] & ~(i ? IOM_STE1_GUEST : IOM_STE0_GUEST);
		if (bad)
			return look_holds(c, "data_uptr", "word %u has 0x%" PRIx64
					  ", bits that a guest may not set", i, bad);
	}
	switch (iom_ste_config(word[0])) {
	case IOM_STE_ABORT:
	case IOM_STE_BYPASS:
	case IOM_STE_S1: break;
	default:
		return look_holds(c, "data_uptr", "config is %u; 0 (abort), 4 (bypass), 5 (s1) are taken",
				  (unsigned int)iom_ste_config(word[0]));
	}
	eats = (unsigned int)iom_bits(word[1], 29, 28);
	if (eats > 1)
		return look_holds(c, "data_uptr", "eats is %u; 0 (abort) and 1 (full) are taken", eats);
	return look_blind(c);
}

/* ---- the first stage of VT-d ---- */

bool cause_first_stage(struct iom_case *c)
{
	const struct iom_handle *h = look_device(c);
	const struct iom_object *o = look_object(c, look_id(c, "pt_id"));
	struct hardware hw;

	if (!o || o->type != IOM_OBJ_HWPT_NESTED || !o->has_vtd)
		return false;
	if (!h || !ask(c, h->id, &hw))
		return look_blind(c);
	if (hw.type != IOM_HW_INFO_TYPE_INTEL_VTD)
		return false;
	if (o->vtd_width != 48 && o->vtd_width != 57)
		return look_holds(c, "pt_id", "addr_width of hwpt %u is %u; 48 and 57 are possible", o->id,
				  o->vtd_width);
	if (o->vtd_width == 57 && !bit(hw.vtd.cap_reg, 60))
		return look_holds(c, "pt_id", "addr_width of hwpt %u is 57, and the IOMMU has no fs5lp",
				  o->id);
	if (o->vtd_flags & IOM_VTD_S1_SRE && !bit(hw.vtd.ecap_reg, 31))
		return look_holds(c, "pt_id", "hwpt %u has sre, and the IOMMU has no srs", o->id);
	if (o->vtd_flags & IOM_VTD_S1_EAFE && !bit(hw.vtd.ecap_reg, 34))
		return look_holds(c, "pt_id", "hwpt %u has eafe, and the IOMMU has no eafs", o->id);
	return false;
}

bool cause_no_page_requests(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "pt_id"));

	if (!o || !(o->hwpt_flags & IOM_HWPT_FAULT_ID_VALID))
		return false;
	return look_holds(c, "pt_id", "hwpt %u has a fault queue", o->id);
}

/* ---- invalidation ---- */

bool cause_entry_length(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "hwpt_id"));
	uint64_t len = look_get(c, "entry_len"), want;

	if (!o || o->type != IOM_OBJ_HWPT_NESTED || !look_get(c, "entry_num"))
		return false;
	switch (look_id(c, "data_type")) {
	case IOM_HWPT_INVALIDATE_DATA_VTD_S1:
		want = sizeof(struct iom_hwpt_vtd_s1_invalidate);
		break;
	case IOM_HWPT_INVALIDATE_DATA_SELFTEST:
		want = sizeof(struct iom_hwpt_invalidate_selftest);
		break;
	default: return false;
	}
	if (len == want)
		return false;
	return look_holds(c, "entry_len",
			  "entry_len is %" PRIu64 ", entries of the type have %" PRIu64 " bytes", len,
			  want);
}

bool cause_entries_none(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "hwpt_id"));

	if (!o || o->type != IOM_OBJ_VIOMMU || look_get(c, "entry_num") ||
	    look_id(c, "data_type") != IOM_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3)
		return false;
	return look_holds(c, "entry_num", "entry_num is 0");
}

bool cause_invalidate_absent(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "hwpt_id"));
	struct hardware hw;

	if (!o || o->type != IOM_OBJ_VIOMMU || !ask(c, o->parents[0], &hw) ||
	    hw.type != IOM_HW_INFO_TYPE_AMD)
		return false;
	return look_holds(c, "hwpt_id", "viommu %u is of amd hardware", o->id);
}

/* Does the book have this number behind the vIOMMU? */
static bool has_stream(const struct iom_case *c, uint32_t viommu, uint64_t sid)
{
	for (uint32_t i = 0; i < c->ctx->n_objects; i++) {
		const struct iom_object *o = c->ctx->objects[i];

		if (o && o->type == IOM_OBJ_VDEVICE && o->parents[0] == viommu && o->key == sid)
			return true;
	}
	return false;
}

/* What is wrong with a command on any SMMUv3; some lack features, and refuse more. */
static bool command_is_bad(struct iom_case *c, uint32_t i, const uint64_t *entry)
{
	uint64_t cmd[2] = { le64toh(entry[0]), le64toh(entry[1]) }, bad;
	const struct iom_smmu_command *k = iom_smmu_command_of(cmd[0]);

	if (!k)
		return look_holds(c, "data_uptr", "entry %u (from 0) has opcode 0x%x, which no guest may use",
				  i, (unsigned int)(cmd[0] & 0xff));
	for (unsigned int w = 0; w < 2; w++) {
		bad = cmd[w] & ~k->guest[w];
		if (bad)
			return look_holds(c, "data_uptr",
					  "entry %u (from 0), %s, has bits 0x%" PRIx64 " in cmd%u", i,
					  k->name, bad, w);
	}
	if (k->op == IOM_SMMU_ATC_INV && iom_bits(cmd[1], 5, 0) > IOM_SMMU_ATC_SIZE_ALL)
		return look_holds(c, "data_uptr", "entry %u (from 0), %s, has size %u, the largest is %u",
				  i, k->name, (unsigned int)iom_bits(cmd[1], 5, 0),
				  IOM_SMMU_ATC_SIZE_ALL);
	if (k->op == IOM_SMMU_TLBI_NH_VA || k->op == IOM_SMMU_TLBI_NH_VAA) {
		bool range = cmd[0] & (IOM_BITS(16, 12) | IOM_BITS(25, 20)) ||
			     iom_bits(cmd[1], 9, 8);

		if (range == !iom_bits(cmd[1], 11, 10))
			return look_holds(c, "data_uptr", "entry %u (from 0), %s, has %s", i, k->name,
					  range ? "num, scale or ttl, which need tg" :
						  "tg, which needs num, scale or ttl");
	}
	if (k->has_sid && !c->ctx->inherited && !has_stream(c, look_id(c, "hwpt_id"), cmd[0] >> 32))
		return look_holds(c, "data_uptr",
				  "entry %u (from 0), %s, has sid 0x%x, which no vdevice of viommu %u has", i,
				  k->name, (unsigned int)(cmd[0] >> 32), look_id(c, "hwpt_id"));
	return false;
}

bool cause_command_refused(struct iom_case *c)
{
	uint32_t len = look_id(c, "entry_len"), n = look_id(c, "entry_num");
	uint64_t at = look_get(c, "data_uptr");

	for (uint32_t i = 0; i < n; i++, at += len) {
		uint64_t e[2] = { 0 };

		if (!look_memory(at, e, len < sizeof(e) ? len : sizeof(e)))
			return look_blind(c);
		if (command_is_bad(c, i, e))
			return true;
	}
	return look_blind(c);
}
