/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused virtual IOMMUs, virtual devices and hardware queues. */
#include "causes.h"

#include <unistd.h>

/* An object of a type that the book has, `parent` being its n-th parent; NULL when there is none. */
static const struct iom_object *find_child(const struct iom_case *c, enum iom_obj type,
					   unsigned int n, uint32_t parent, const uint64_t *key)
{
	for (uint32_t i = 0; parent && i < c->ctx->n_objects; i++) {
		const struct iom_object *o = c->ctx->objects[i];

		if (o && o->type == type && o->parents[n] == parent && (!key || o->key == *key))
			return o;
	}
	return NULL;
}

/* Nothing was found: on an inherited context it may be there all the same. */
static bool not_found(struct iom_case *c)
{
	return c->ctx->inherited ? look_blind(c) : false;
}

/* Type of the hardware information of a device; false, and the case blind, when not to be had. */
static bool hardware_of(struct iom_case *c, uint32_t dev, uint32_t *type)
{
	struct iom_hw_info info = { .size = sizeof(info), .dev_id = dev };

	if (!dev || look_issue(c, "IOMMU_GET_HW_INFO", &info) < 0)
		return look_blind(c);
	*type = info.out_data_type;
	return true;
}

static const char *word_of(const struct iom_case *c, const char *member, uint64_t value)
{
	const struct iom_field *f = iom_field_find(c->call->fields, member);
	const struct iom_value *v = f && f->values ? iom_value_of(f->values, value) : NULL;

	return v ? v->word : "a type without a name";
}

/* ---- virtual IOMMUs ---- */

bool cause_type_zero(struct iom_case *c)
{
	if (look_get(c, "type"))
		return false;
	return look_holds(c, "type", "type is 0 (default), which is no type to ask for");
}

bool cause_mmap_unaligned(struct iom_case *c)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), at = look_get(c, "mmap_offset");

	if (!(at & (page - 1)))
		return false;
	return look_holds(c, "mmap_offset", "0x%llx is not a multiple of %llu",
			  (unsigned long long)at, (unsigned long long)page);
}

bool cause_viommu_type(struct iom_case *c)
{
	static const struct {
		uint32_t hw, first, last;
	} offers[] = {
		{ IOM_HW_INFO_TYPE_ARM_SMMUV3, IOM_VIOMMU_TYPE_ARM_SMMUV3,
		  IOM_VIOMMU_TYPE_TEGRA241_CMDQV },
		{ IOM_HW_INFO_TYPE_SELFTEST, IOM_VIOMMU_TYPE_SELFTEST, IOM_VIOMMU_TYPE_SELFTEST },
	};
	uint32_t dev = look_id(c, "dev_id"), type = look_id(c, "type"), hw;

	if (!hardware_of(c, dev, &hw))
		return false;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(offers); i++)
		if (hw == offers[i].hw && type >= offers[i].first && type <= offers[i].last)
			return false;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(offers); i++)
		if (hw == offers[i].hw)
			return look_holds(c, "type", "type is 0x%x (%s), the IOMMU of device %u has %s",
					  type, word_of(c, "type", type), dev,
					  word_of(c, "type", offers[i].first));
	return look_holds(c, "type", "the driver of device %u's IOMMU makes no virtual IOMMUs", dev);
}

bool cause_viommu_parent(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "hwpt_id"));

	if (!o || o->type != IOM_OBJ_HWPT_PAGING || o->hwpt_flags & IOM_HWPT_ALLOC_NEST_PARENT)
		return false;
	return look_holds(c, "hwpt_id", "hwpt %u %s", o->id,
			  o->automatic ? "was made by the kernel for an attach"
				       : "was allocated without nest-parent");
}

bool cause_viommu_data(struct iom_case *c)
{
	uint64_t len = look_get(c, "data_len");
	uint32_t type = look_id(c, "type");
	size_t min, max;

	if (type == IOM_VIOMMU_TYPE_SELFTEST) {
		min = offsetof(struct iom_viommu_selftest, out_mmap_offset);
		max = sizeof(struct iom_viommu_selftest);
		if (!len)
			return false;
	} else if (type == IOM_VIOMMU_TYPE_TEGRA241_CMDQV) {
		min = max = sizeof(struct iom_viommu_tegra241_cmdqv);
	} else {
		return false;
	}
	if (len >= min && len <= max)
		return false;
	return look_holds(c, "data_len", "data_len is %" PRIu64 ", %s takes %zu to %zu bytes", len,
			  word_of(c, "type", type), min, max);
}

/* ---- virtual devices ---- */

bool cause_vdevice_iommu(struct iom_case *c)
{
	const struct iom_object *v = look_object(c, look_id(c, "viommu_id"));
	uint32_t dev = look_id(c, "dev_id"), hw, other;

	if (!v || !hardware_of(c, dev, &hw) || !hardware_of(c, v->parents[0], &other))
		return false;
	if (hw == other)
		return look_blind(c); /* two IOMMUs of one kind look the same */
	return look_holds(c, "dev_id", "device %u is behind another IOMMU than device %u of viommu %u",
			  dev, v->parents[0], v->id);
}

bool cause_vdevice_twice(struct iom_case *c)
{
	uint32_t dev = look_id(c, "dev_id");
	const struct iom_object *o = find_child(c, IOM_OBJ_VDEVICE, 1, dev, NULL);

	if (!o)
		return not_found(c);
	return look_holds(c, "dev_id", "device %u is vdevice %u of viommu %u already", dev, o->id,
			  o->parents[0]);
}

bool cause_virt_id_taken(struct iom_case *c)
{
	uint32_t viommu = look_id(c, "viommu_id");
	uint64_t virt = look_get(c, "virt_id");
	const struct iom_object *o = find_child(c, IOM_OBJ_VDEVICE, 0, viommu, &virt);

	if (!o)
		return not_found(c);
	return look_holds(c, "virt_id", "virt_id 0x%" PRIx64 " of viommu %u is vdevice %u", virt, viommu,
			  o->id);
}

/* ---- attaching to a page table of a virtual IOMMU ---- */

/* The device that an attach is for; 0 when the call makes it, or it is not known. */
static uint32_t attached_device(const struct iom_case *c)
{
	const struct iom_object *o;
	struct iom_handle *h;

	if (c->call->family == IOM_FAM_VFIO) {
		h = look_device(c);
		return h ? h->id : 0;
	}
	if (!look_is(c, "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE"))
		return 0;
	o = iom_ctx_object(c->ctx, look_id(c, "id"));
	return o ? o->peer : 0;
}

bool cause_no_vdevice(struct iom_case *c)
{
	bool replace = look_is(c, "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE");
	bool by_id = c->call->family == IOM_FAM_SELFTEST && !replace;
	uint32_t pt = look_id(c, by_id ? "id" : "pt_id"), dev = attached_device(c);
	const struct iom_object *o = look_object(c, pt), *viommu, *vdev;

	viommu = o && o->type == IOM_OBJ_HWPT_NESTED ? iom_ctx_object(c->ctx, o->ioas) : NULL;
	if (!viommu || viommu->type != IOM_OBJ_VIOMMU)
		return false;
	vdev = find_child(c, IOM_OBJ_VDEVICE, 1, dev, NULL);
	if (vdev && vdev->parents[0] == viommu->id)
		return false;
	if (by_id)
		return look_holds(c, "id", "hwpt %u is of viommu %u, and a new device is in no viommu",
				  pt, viommu->id);
	return look_holds(c, "pt_id", "hwpt %u is of viommu %u, and device %u has no vdevice there", pt,
			  viommu->id, dev);
}

/* ---- hardware queues ---- */

#define ARRAY_MAX (INT32_MAX / sizeof(void *)) /* pages of one queue */

static bool is_selftest_queue(const struct iom_case *c)
{
	return look_id(c, "type") == IOM_HW_QUEUE_TYPE_SELFTEST;
}

/* The whole pages that the queue lies in, and the IOAS; false when they are not known. */
static bool queue_range(const struct iom_case *c, uint32_t *ioas, uint64_t *first, uint64_t *last)
{
	const struct iom_object *v = iom_ctx_object(c->ctx, look_id(c, "viommu_id"));
	const struct iom_object *o =
		v && v->type == IOM_OBJ_VIOMMU ? iom_ctx_ioas_of(c->ctx, v->id) : NULL;
	uint64_t iova = look_get(c, "nesting_parent_iova"), length = look_get(c, "length");

	*ioas = o ? o->id : 0;
	*first = iova & ~UINT64_C(4095);
	return o && length && !__builtin_add_overflow(iova, length - 1, last) && (*last |= 4095);
}

bool cause_queue_type(struct iom_case *c)
{
	const struct iom_object *v = look_object(c, look_id(c, "viommu_id"));
	uint32_t type = look_id(c, "type"), hw, has;

	if (!v || !hardware_of(c, v->parents[0], &hw))
		return false;
	if (hw != IOM_HW_INFO_TYPE_SELFTEST && hw != IOM_HW_INFO_TYPE_ARM_SMMUV3)
		return look_holds(c, "type", "viommu %u has no queues", v->id);
	has = hw == IOM_HW_INFO_TYPE_SELFTEST ? IOM_HW_QUEUE_TYPE_SELFTEST
					      : IOM_HW_QUEUE_TYPE_TEGRA241_CMDQV;
	if (type == has)
		return false;
	return look_holds(c, "type", "type is 0x%x (%s), viommu %u can only have %s", type,
			  word_of(c, "type", type), v->id, word_of(c, "type", has));
}

bool cause_queue_wraps(struct iom_case *c)
{
	uint64_t iova = look_get(c, "nesting_parent_iova"), length = look_get(c, "length"), last;

	if (!length || !__builtin_add_overflow(iova, length - 1, &last))
		return false;
	return look_holds(c, "length", "0x%" PRIx64 " + %" PRIu64 " bytes goes past 64 bits", iova,
			  length);
}

bool cause_queue_pages(struct iom_case *c)
{
	uint64_t length = look_get(c, "length");

	if (length / 4096 < ARRAY_MAX)
		return false;
	return look_holds(c, "length", "length is %" PRIu64 " pages, more than %zu cannot be pinned",
			  length / 4096, ARRAY_MAX);
}

bool cause_queue_areas(struct iom_case *c)
{
	uint64_t first, last;
	uint32_t ioas;

	return queue_range(c, &ioas, &first, &last) &&
	       cause_areas_unaligned(c, ioas, 4096, "viommu_id");
}

bool cause_queue_gap(struct iom_case *c)
{
	uint64_t first, last, at, gap_last;
	uint32_t ioas;

	if (!queue_range(c, &ioas, &first, &last) || !look_gap(c, ioas, first, last, &at, &gap_last))
		return false;
	return look_holds(c, "nesting_parent_iova",
			  "nothing is mapped at 0x%" PRIx64 "-0x%" PRIx64 " of ioas %u", at, gap_last,
			  ioas);
}

bool cause_queue_prot(struct iom_case *c)
{
	uint64_t first, last;
	struct iom_area *a;
	uint32_t ioas;
	char text[96];

	if (!queue_range(c, &ioas, &first, &last))
		return look_blind(c);
	for (a = iom_ctx_area(c->ctx, ioas, first, last); a; a = iom_ctx_area_next(a, first, last))
		if (!(a->prot & 1))
			return look_holds(c, "nesting_parent_iova", "%s is not readable",
					  look_area_text(a, text, sizeof(text)));
	return look_blind(c);
}

bool cause_queue_index(struct iom_case *c)
{
	uint32_t index = look_id(c, "index");

	if (!is_selftest_queue(c) || index < IOM_TEST_HW_QUEUE_MAX)
		return false;
	return look_holds(c, "index", "index is %u, the mock driver has %d queues", index,
			  IOM_TEST_HW_QUEUE_MAX);
}

static const struct iom_object *queue_at(const struct iom_case *c, uint64_t index)
{
	return find_child(c, IOM_OBJ_HW_QUEUE, 0, look_id(c, "viommu_id"), &index);
}

bool cause_queue_taken(struct iom_case *c)
{
	const struct iom_object *q = queue_at(c, look_id(c, "index"));

	if (!q)
		return not_found(c);
	return look_holds(c, "index", "queue %u of viommu %u is hw-queue %u", look_id(c, "index"),
			  q->parents[0], q->id);
}

bool cause_queue_stale(struct iom_case *c)
{
	uint32_t index = look_id(c, "index");

	if (!is_selftest_queue(c) || index != 1)
		return false;
	if (c->ctx->inherited)
		return look_blind(c);
	return look_holds(c, "index", "viommu %u had a queue 1 that was destroyed",
			  look_id(c, "viommu_id"));
}

bool cause_queue_order(struct iom_case *c)
{
	uint32_t index = look_id(c, "index");

	if (!index || queue_at(c, index - 1))
		return false;
	if (c->ctx->inherited)
		return look_blind(c);
	return look_holds(c, "index", "viommu %u has no queue %u yet", look_id(c, "viommu_id"),
			  index - 1);
}

/* ---- the mock device's cache ---- */

bool cause_cache_id(struct iom_case *c)
{
	uint32_t id = look_id(c, "cache_id");

	if (id <= IOM_MOCK_DEV_CACHE_ID_MAX)
		return false;
	return look_holds(c, "cache_id", "there is no entry %u, the last is %u", id,
			  IOM_MOCK_DEV_CACHE_ID_MAX);
}

/* ---- nested page tables ---- */

bool cause_nested_amd(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "pt_id"));
	uint32_t hw;

	if (!o || (o->type != IOM_OBJ_HWPT_PAGING && o->type != IOM_OBJ_VIOMMU) ||
	    !hardware_of(c, look_id(c, "dev_id"), &hw) || hw != IOM_HW_INFO_TYPE_AMD)
		return false;
	return look_holds(c, "pt_id", "device %u is behind an AMD IOMMU and %u is %s", look_id(c, "dev_id"),
			  o->id, o->type == IOM_OBJ_VIOMMU ? "a virtual one" : "a page table");
}

/* ---- invalidations on a virtual IOMMU ---- */

/* The selftest entries that go to a vIOMMU; false for every other invalidation. */
static bool is_mock_viommu(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "hwpt_id"));

	return o && o->type == IOM_OBJ_VIOMMU &&
	       look_id(c, "data_type") == IOM_VIOMMU_INVALIDATE_DATA_SELFTEST;
}

bool cause_viommu_entry(struct iom_case *c)
{
	uint64_t at = look_get(c, "data_uptr"), virt;
	uint32_t len = look_id(c, "entry_len"), n = look_id(c, "entry_num");
	struct iom_viommu_invalidate_selftest e;

	if (!is_mock_viommu(c))
		return false;
	for (uint32_t i = 0; i < n; i++, at += len) {
		memset(&e, 0, sizeof(e));
		if (!look_memory(at, &e, len < sizeof(e) ? len : sizeof(e)))
			return look_blind(c);
		if (e.cache_id > IOM_MOCK_DEV_CACHE_ID_MAX)
			return look_holds(c, "data_uptr",
					  "entry %u (from 0) has cache_id %u, the last is %u", i,
					  e.cache_id, IOM_MOCK_DEV_CACHE_ID_MAX);
		virt = e.vdev_id;
		if (find_child(c, IOM_OBJ_VDEVICE, 0, look_id(c, "hwpt_id"), &virt))
			continue;
		if (c->ctx->inherited)
			return look_blind(c);
		return look_holds(c, "data_uptr",
				  "entry %u (from 0) has vdev_id 0x%x, which no vdevice of viommu %u "
				  "has",
				  i, e.vdev_id, look_id(c, "hwpt_id"));
	}
	return false;
}

bool cause_entry_tail(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "hwpt_id"));
	bool smmu = look_id(c, "data_type") == IOM_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3;
	uint32_t known = smmu ? sizeof(struct iom_viommu_arm_smmuv3_invalidate) :
				sizeof(struct iom_viommu_invalidate_selftest);
	uint32_t len = look_id(c, "entry_len"), n = look_id(c, "entry_num");
	uint64_t at = look_get(c, "data_uptr");
	unsigned char e[4096];

	if (!o || o->type != IOM_OBJ_VIOMMU || (!smmu && !is_mock_viommu(c)) || len <= known ||
	    len > sizeof(e))
		return false;
	for (uint32_t i = 0; i < n; i++, at += len) {
		if (!look_memory(at, e, len))
			return look_blind(c);
		for (uint32_t k = known; k < len; k++)
			if (e[k])
				return look_holds(c, "entry_len",
						  "entry %u (from 0) has %u bytes, and byte %u "
						  "behind them is not zero",
						  i, known, k);
	}
	return false;
}
