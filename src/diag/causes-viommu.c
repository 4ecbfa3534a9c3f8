/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused virtual IOMMUs, virtual devices and hardware queues. */
#include "causes.h"

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
