/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused page tables, dirty tracking, invalidations and questions about hardware. */
#include "causes.h"

#include <stdio.h>
#include <unistd.h>

#define ENTRIES_MAX (1U << 19) /* of one invalidation */
#define DIRTY_MAX   (UINT64_C(16) << 20 << 3) /* pages that the mock driver marks at once */

/* ---- allocation ---- */

bool cause_data_mismatch(struct iom_case *c)
{
	uint64_t type = look_get(c, "data_type"), len = look_get(c, "data_len");

	if (!type == !len)
		return false;
	return look_holds(c, "data_len", "data_type is %" PRIu64 " and data_len is %" PRIu64 "%s", type,
			  len, type ? "" : ": data without a type");
}

bool cause_pt_absent(struct iom_case *c)
{
	return cause_id_is_wrong(c, "pt_id", look_id(c, "pt_id"), IOM_OBJ_NONE);
}

bool cause_pt_no_parent(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "pt_id"));

	if (!o || o->type == IOM_OBJ_IOAS || o->type == IOM_OBJ_HWPT_PAGING ||
	    o->type == IOM_OBJ_VIOMMU)
		return false;
	return look_holds(c, "pt_id", "id %u is of type %s; an ioas, a hwpt-paging or a viommu is needed",
			  o->id, iom_obj_name(o->type));
}

bool cause_not_nest_parent(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "pt_id"));

	if (!o || o->type != IOM_OBJ_HWPT_PAGING || o->hwpt_flags & IOM_HWPT_ALLOC_NEST_PARENT)
		return false;
	return look_holds(c, "pt_id", "hwpt %u %s", o->id,
			  o->automatic ? "was made by the kernel for an attach"
				       : "was allocated without nest-parent");
}

static bool is_nested(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "pt_id"));

	return o && (o->type == IOM_OBJ_HWPT_PAGING || o->type == IOM_OBJ_VIOMMU);
}

bool cause_nested_flags(struct iom_case *c)
{
	uint64_t bad = look_get(c, "flags") &
		       (IOM_HWPT_ALLOC_NEST_PARENT | IOM_HWPT_ALLOC_DIRTY_TRACKING);

	if (!bad || !is_nested(c))
		return false;
	return look_holds(c, "flags", "flags have %s, which a nested page table cannot",
			  bad & IOM_HWPT_ALLOC_NEST_PARENT ? "nest-parent" : "dirty-tracking");
}

bool cause_nested_no_data(struct iom_case *c)
{
	if (look_get(c, "data_len") || !is_nested(c))
		return false;
	return look_holds(c, "data_type", "%u is the parent of a nested page table, which needs data",
			  look_id(c, "pt_id"));
}

bool cause_fault_nest_parent(struct iom_case *c)
{
	uint64_t both = IOM_HWPT_FAULT_ID_VALID | IOM_HWPT_ALLOC_NEST_PARENT;

	if ((look_get(c, "flags") & both) != both)
		return false;
	return look_holds(c, "flags", "flags have both nest-parent and fault-id-valid");
}

bool cause_ask_hardware(struct iom_case *c, uint32_t dev, struct iom_hw_info *info)
{
	*info = (struct iom_hw_info){ .size = sizeof(*info), .dev_id = dev };
	if (!dev || look_issue(c, "IOMMU_GET_HW_INFO", info) < 0)
		return look_blind(c);
	return true;
}

bool cause_dirty_incapable(struct iom_case *c)
{
	uint32_t dev = look_id(c, "dev_id");
	struct iom_hw_info info;

	if (!(look_get(c, "flags") & IOM_HWPT_ALLOC_DIRTY_TRACKING) ||
	    !cause_ask_hardware(c, dev, &info) || info.out_capabilities & IOM_HW_CAP_DIRTY_TRACKING)
		return false;
	return look_holds(c, "flags", "device %u cannot track dirty pages", dev);
}

/* One bit of a register that nesting needs. */
struct need {
	uint32_t hw;	  /* type of the hardware information */
	uint8_t byte, bit; /* byte: of the register in the information */
	bool viommu;	  /* only virtual IOMMUs need it */
	const char *name; /* as `device hw-info` has it */
};

static const struct need needs[] = {
#define VTD(m)	offsetof(struct iom_hw_info_vtd, m)
#define SMMU(m) offsetof(struct iom_hw_info_arm_smmuv3, m)
#define AMD(m)	offsetof(struct iom_hw_info_amd, m)
	{ IOM_HW_INFO_TYPE_INTEL_VTD, VTD(ecap_reg), 43, false, "smts (scalable mode)" },
	{ IOM_HW_INFO_TYPE_INTEL_VTD, VTD(ecap_reg), 26, false, "nest (nested translation)" },
	{ IOM_HW_INFO_TYPE_ARM_SMMUV3, SMMU(idr[0]), 1, false, "s1p (stage 1)" },
	{ IOM_HW_INFO_TYPE_ARM_SMMUV3, SMMU(idr[0]), 0, false, "s2p (stage 2)" },
	{ IOM_HW_INFO_TYPE_ARM_SMMUV3, SMMU(idr[3]), 8, true, "fwb (stage 2 forces write-back)" },
	{ IOM_HW_INFO_TYPE_AMD, AMD(efr), 4, false, "gtsup (guest translation)" },
	{ IOM_HW_INFO_TYPE_AMD, AMD(efr), 48, false, "giosup (guest I/O protection)" },
	{ IOM_HW_INFO_TYPE_AMD, AMD(efr2), 3, false, "gcr3trpmode" },
};

/* Which capabilities for nesting the IOMMU of a device lacks; blind when it has them all. */
static bool nesting_lacks(struct iom_case *c, const char *field, bool viommu)
{
	unsigned char data[64] = { 0 };
	struct iom_hw_info info = {
		.size = sizeof(info), .dev_id = look_id(c, "dev_id"), .data_len = sizeof(data),
		.data_uptr = (uintptr_t)data,
	};
	char list[160] = "";
	size_t len = 0;

	if (!info.dev_id || look_issue(c, "IOMMU_GET_HW_INFO", &info) < 0)
		return look_blind(c);
	/* A vIOMMU of the mock driver needs nothing of any hardware. */
	if (viommu && info.out_data_type == IOM_HW_INFO_TYPE_SELFTEST)
		return false;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(needs); i++) {
		const struct need *n = &needs[i];

		if (n->hw != info.out_data_type || (n->viommu && !viommu) ||
		    data[n->byte + n->bit / 8] >> n->bit % 8 & 1)
			continue;
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", len ? ", " : "",
					n->name);
	}
	if (!len)
		return look_blind(c);
	return look_holds(c, field, "the IOMMU of device %u lacks %s", info.dev_id, list);
}

bool cause_nesting_incapable(struct iom_case *c)
{
	if (!(look_get(c, "flags") & IOM_HWPT_ALLOC_NEST_PARENT))
		return false;
	return nesting_lacks(c, "flags", false);
}

bool cause_viommu_incapable(struct iom_case *c)
{
	/* The mock driver lacks nothing. */
	if (look_id(c, "type") == IOM_VIOMMU_TYPE_SELFTEST)
		return false;
	return nesting_lacks(c, "type", true);
}

static const struct {
	uint32_t hw, data;
	const char *hw_word, *data_word;
} families[] = {
	{ IOM_HW_INFO_TYPE_INTEL_VTD, IOM_HWPT_DATA_VTD_S1, "intel-vtd", "vtd-s1" },
	{ IOM_HW_INFO_TYPE_ARM_SMMUV3, IOM_HWPT_DATA_ARM_SMMUV3, "arm-smmuv3", "arm-smmuv3" },
	{ IOM_HW_INFO_TYPE_AMD, IOM_HWPT_DATA_AMD_GUEST, "amd", "amd-guest" },
	{ IOM_HW_INFO_TYPE_SELFTEST, IOM_HWPT_DATA_SELFTEST, "selftest", "selftest" },
};

bool cause_data_foreign(struct iom_case *c)
{
	uint32_t dev = look_id(c, "dev_id");
	uint64_t type = look_get(c, "data_type");
	struct iom_hw_info info;

	if (!type || !cause_ask_hardware(c, dev, &info))
		return false;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(families); i++)
		if (families[i].hw == info.out_data_type && families[i].data != type)
			return look_holds(c, "data_type",
					  "device %u is behind %s hardware, whose data is %s", dev,
					  families[i].hw_word, families[i].data_word);
	return false;
}

/* Nested page tables of an SMMUv3 are made on a vIOMMU alone. */
bool cause_needs_viommu(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "pt_id"));
	struct iom_hw_info info;

	if (!o || o->type != IOM_OBJ_HWPT_PAGING || !cause_ask_hardware(c, look_id(c, "dev_id"), &info) ||
	    info.out_data_type != IOM_HW_INFO_TYPE_ARM_SMMUV3)
		return false;
	return look_holds(c, "pt_id", "device %u is behind an SMMUv3 and %u is no virtual IOMMU",
			  look_id(c, "dev_id"), o->id);
}

/* The device that the parent was made for has an IOMMU of another kind. */
bool cause_parent_other(struct iom_case *c)
{
	const char *field = look_is(c, "IOMMU_VIOMMU_ALLOC") ? "hwpt_id" : "pt_id";
	const struct iom_object *o = look_object(c, look_id(c, field));
	uint32_t dev = look_id(c, "dev_id"), other = o ? o->parents[0] : 0;
	struct iom_hw_info own, its;

	if (!o || o->type == IOM_OBJ_IOAS || !other)
		return false;
	if (!cause_ask_hardware(c, dev, &own) || !cause_ask_hardware(c, other, &its))
		return false;
	/* Two IOMMUs of one kind cannot be told apart from here. */
	if (own.out_data_type == its.out_data_type)
		return dev != other && look_blind(c);
	return look_holds(c, field, "%u was made for device %u, behind another IOMMU than device %u",
			  o->id, other, dev);
}

/* ---- dirty tracking ---- */

bool cause_not_tracking(struct iom_case *c)
{
	const char *field = c->call->family == IOM_FAM_SELFTEST ? "id" : "hwpt_id";
	const struct iom_object *o = look_object(c, look_id(c, field));

	if (!o || o->type != IOM_OBJ_HWPT_PAGING)
		return false;
	if (!(o->hwpt_flags & IOM_HWPT_ALLOC_DIRTY_TRACKING))
		return look_holds(c, field, "hwpt %u %s", o->id,
				  o->automatic ? "was made by the kernel for an attach"
					       : "was allocated without dirty-tracking");
	/* Whether it was started is not in the book. */
	return look_blind(c);
}

bool cause_page_size_zero(struct iom_case *c)
{
	if (look_get(c, "page_size"))
		return false;
	return look_holds(c, "page_size", "page_size is 0");
}

static bool unaligned_to(struct iom_case *c, uint64_t align, const char *what)
{
	uint64_t iova = look_get(c, "iova"), length = look_get(c, "length");

	if (!align || (iova % align == 0 && (iova + length) % align == 0))
		return false;
	return look_holds(c, iova % align ? "iova" : "length",
			  "%s 0x%" PRIx64 " is not a multiple of 0x%" PRIx64 ", %s",
			  iova % align ? "iova" : "iova + length",
			  iova % align ? iova : iova + length, align, what);
}

bool cause_dirty_unaligned(struct iom_case *c)
{
	const struct iom_object *o = iom_ctx_ioas_of(c->ctx, look_id(c, "hwpt_id"));
	_look_ranges_ struct look_ranges r = { 0 };

	if (!o)
		return look_blind(c);
	return look_ranges(c, o->id, &r) && unaligned_to(c, r.align, "the alignment of the ioas");
}

bool cause_page_unaligned(struct iom_case *c)
{
	return unaligned_to(c, look_get(c, "page_size"), "the page_size");
}

bool cause_mock_dirty_empty(struct iom_case *c)
{
	if (look_get(c, "uptr"))
		return false;
	return look_holds(c, "uptr", "uptr is 0");
}

bool cause_dirty_too_many(struct iom_case *c)
{
	uint64_t size = look_get(c, "page_size");

	if (!size || look_get(c, "length") / size <= DIRTY_MAX)
		return false;
	return look_holds(c, "length", "length is %" PRIu64 " pages, at most %" PRIu64 " are taken",
			  look_get(c, "length") / size, DIRTY_MAX);
}

/* ---- invalidation ---- */

bool cause_entries_wrong(struct iom_case *c)
{
	uint64_t n = look_get(c, "entry_num"), len = look_get(c, "entry_len");
	long page = sysconf(_SC_PAGESIZE);

	if (!n)
		return false;
	if (!look_get(c, "data_uptr"))
		return look_holds(c, "data_uptr", "data_uptr is 0 and entry_num is not");
	if (!len || (page > 0 && len > (uint64_t)page))
		return look_holds(c, "entry_len", "entry_len is %" PRIu64 ", 1 to %ld is possible", len,
				  page);
	if (n > ENTRIES_MAX)
		return look_holds(c, "entry_num", "entry_num is %" PRIu64 ", at most %u are taken", n,
				  ENTRIES_MAX);
	return false;
}

bool cause_not_nested(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "hwpt_id"));

	if (!o || o->type == IOM_OBJ_HWPT_NESTED || o->type == IOM_OBJ_VIOMMU)
		return false;
	return look_holds(c, "hwpt_id", "id %u is of type %s; a hwpt-nested or a viommu is needed", o->id,
			  iom_obj_name(o->type));
}

/* The device that an object was made for is the first id of the call. */
bool cause_type_foreign(struct iom_case *c)
{
	static const struct {
		uint32_t hw, type;
		const char *word;
	} takes[] = {
		{ IOM_HW_INFO_TYPE_INTEL_VTD, IOM_HWPT_INVALIDATE_DATA_VTD_S1, "vtd-s1" },
		{ IOM_HW_INFO_TYPE_ARM_SMMUV3, IOM_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3, "arm-smmuv3" },
		{ IOM_HW_INFO_TYPE_SELFTEST, IOM_HWPT_INVALIDATE_DATA_SELFTEST, "selftest" },
	};
	const struct iom_object *o = look_object(c, look_id(c, "hwpt_id"));
	struct iom_hw_info info;

	if (!o || !cause_ask_hardware(c, o->parents[0], &info))
		return false;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(takes); i++)
		if (takes[i].hw == info.out_data_type && takes[i].type != look_id(c, "data_type"))
			return look_holds(c, "data_type", "data_type is 0x%x, %s %u takes %s (0x%x)",
					  look_id(c, "data_type"), iom_obj_name(o->type), o->id,
					  takes[i].word, takes[i].type);
	return false;
}

/* The first entry that `is_bad` says something about, as sent. */
static bool find_entry(struct iom_case *c, bool (*is_bad)(struct iom_case *c, uint32_t i,
							  const uint64_t *e))
{
	uint64_t at = look_get(c, "data_uptr");
	uint32_t len = look_id(c, "entry_len"), n = look_id(c, "entry_num");

	for (uint32_t i = 0; i < n && n <= ENTRIES_MAX; i++, at += len) {
		uint64_t e[3] = { 0 };

		if (!look_memory(at, e, len < sizeof(e) ? len : sizeof(e)))
			return look_blind(c);
		if (is_bad(c, i, e))
			return true;
	}
	return false;
}

static bool flag_is_bad(struct iom_case *c, uint32_t i, const uint64_t *e)
{
	uint32_t flags = look_id(c, "data_type") ? (uint32_t)e[0] : (uint32_t)e[2];

	/* The last member of an entry of VT-d is for flags to come. */
	if (look_id(c, "data_type") == IOM_HWPT_INVALIDATE_DATA_VTD_S1 && e[2] >> 32)
		return look_holds(c, "data_uptr", "entry %u (from 0) has __reserved 0x%x, not 0", i,
				  (uint32_t)(e[2] >> 32));
	/* Both kinds know one bit, the lowest; commands of SMMUv3 have no flags. */
	if (!(flags & ~1U) || look_id(c, "data_type") == IOM_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3)
		return false;
	return look_holds(c, "data_uptr", "entry %u (from 0) has flags 0x%x; only 0x1 is known", i,
			  flags);
}

/* An SMMUv3 has the caches of nested page tables in its vIOMMU. */
bool cause_invalidate_viommu(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "hwpt_id"));
	struct iom_hw_info info;

	if (!o || o->type != IOM_OBJ_HWPT_NESTED || !cause_ask_hardware(c, o->parents[0], &info) ||
	    info.out_data_type != IOM_HW_INFO_TYPE_ARM_SMMUV3)
		return false;
	return look_holds(c, "hwpt_id", "hwpt-nested %u is on viommu %u of an SMMUv3", o->id,
			  o->parents[1]);
}

bool cause_entry_flags(struct iom_case *c)
{
	return find_entry(c, flag_is_bad);
}

static bool value_is_bad(struct iom_case *c, uint32_t i, const uint64_t *e)
{
	const struct iom_object *o = look_object(c, look_id(c, "hwpt_id"));
	uint32_t id;

	if (o && o->type == IOM_OBJ_VIOMMU) /* its entries are others */
		return false;
	if (look_id(c, "data_type") == IOM_HWPT_INVALIDATE_DATA_SELFTEST) {
		memcpy(&id, (const unsigned char *)e + 4, sizeof(id));
		if (look_id(c, "entry_len") != sizeof(struct iom_hwpt_invalidate_selftest) ||
		    id <= IOM_MOCK_NESTED_DOMAIN_IOTLB_ID_MAX)
			return false;
		return look_holds(c, "data_uptr", "entry %u (from 0) has iotlb_id %u, the last is %u", i,
				  id, IOM_MOCK_NESTED_DOMAIN_IOTLB_ID_MAX);
	}
	if (look_id(c, "data_type") != IOM_HWPT_INVALIDATE_DATA_VTD_S1)
		return false;
	if (e[0] % 4096)
		return look_holds(c, "data_uptr",
				  "entry %u (from 0) has addr 0x%" PRIx64 ", not a multiple of 4096", i,
				  e[0]);
	if (e[0] && e[1] == UINT64_MAX)
		return look_holds(c, "data_uptr",
				  "entry %u (from 0) has npages all ones, which needs addr 0", i);
	return false;
}

bool cause_entry_value(struct iom_case *c)
{
	return find_entry(c, value_is_bad);
}

/* ---- hardware information ---- */

bool cause_hw_type(struct iom_case *c)
{
	uint64_t type = look_get(c, "in_data_type");

	if (!(look_get(c, "flags") & IOM_HW_INFO_FLAG_INPUT_TYPE) || !type)
		return false;
	return look_holds(c, "in_data_type", "the driver of device %u has no data of type 0x%" PRIx64,
			  look_id(c, "dev_id"), type);
}

/* ---- mock ---- */

bool cause_iotlb_id(struct iom_case *c)
{
	uint32_t id = look_id(c, "iotlb_id");

	if (id <= IOM_MOCK_NESTED_DOMAIN_IOTLB_ID_MAX)
		return false;
	return look_holds(c, "iotlb_id", "there is no entry %u, the last is %u", id,
			  IOM_MOCK_NESTED_DOMAIN_IOTLB_ID_MAX);
}
