/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls on mock devices and page tables: attaching, nesting, dirty tracking. */
#include <string.h>

#include "generate.h"

static void fill_mock_domain(struct gen *g, struct op *op)
{
	put_id(g, op, "id", chance(g, 75) ? IOM_OBJ_IOAS : IOM_OBJ_PT);
}

static void fill_mock_domain_flags(struct gen *g, struct op *op)
{
	static const uint8_t flags[] = { 0, 1, 4, 4, 4, 5 };

	fill_mock_domain(g, op);
	put(op, "dev_flags", chance(g, 96) ? flags[rnd(g, sizeof(flags))] : rnd(g, 16));
}

static void fill_replace(struct gen *g, struct op *op)
{
	put_id(g, op, "id", IOM_OBJ_SELFTEST);
	put_id(g, op, "pt_id", IOM_OBJ_PT);
}

static void fill_check_map(struct gen *g, struct op *op)
{
	int h = put_id(g, op, "id", IOM_OBJ_HWPT_PAGING), m;
	uint64_t len = pick_length(g);

	m = pick_mapping(g, op->ctx, h >= 0 && chance(g, 90) ? ioas_of(g, h) : -1);
	put(op, "iova", pick_iova(g));
	put(op, "uptr", pick_memory(g));
	put(op, "length", len < HUGE_PAGE ? len : PAGE);
	if (m >= 0 && chance(g, 90)) {
		put_mapped(op, "iova", &g->maps[m], 0);
		put(op, "uptr", g->maps[m].memory);
		if (chance(g, 80))
			put(op, "length", g->maps[m].len < 16 * PAGE ? g->maps[m].len : 16 * PAGE);
	}
}

/* A page table for a nested one to lie on, or to be in a vIOMMU. */
static int pick_parent(struct gen *g, unsigned int ctx)
{
	for (int tries = 0; tries < 8; tries++) {
		int o = pick_obj(g, ctx, IOM_OBJ_HWPT_PAGING);

		if (o >= 0 && (g->objs[o].flags & IOM_HWPT_ALLOC_NEST_PARENT))
			return o;
	}
	return -1;
}

static void put_user_data(struct gen *g, struct op *op, uint32_t type, uint32_t word)
{
	uint32_t len = chance(g, 92) ? 8 : chance(g, 50) ? 4 + (uint32_t)rnd(g, 3) * 4 :
							   (uint32_t)rnd(g, 24);

	put(op, "data_type", chance(g, 96) ? type : rnd(g, 4));
	put_data(g, op, "data_uptr", len);
	memset(op->data, 0, len);
	memcpy(op->data, &(uint32_t){ 0xabc00 + (uint32_t)rnd(g, 2) }, 4);
	memcpy(op->data + 4, &word, 4);
	if (len > 8 && chance(g, 30))
		op->data[len - 1] = 1;
	put(op, "data_len", len);
}

static void fill_nested(struct gen *g, struct op *op, int on)
{
	put_obj(g, op, "pt_id", on);
	put(op, "flags", chance(g, 70) ? 0 : IOM_HWPT_ALLOC_PASID);
	put_user_data(g, op, IOM_HWPT_DATA_SELFTEST, 0);
}

static void fill_hwpt_alloc(struct gen *g, struct op *op)
{
	static const uint8_t flags[] = { 0, 1, 1, 2, 3, 8, 8, 9, 11 };
	int parent = pick_parent(g, op->ctx), viommu = pick_obj(g, op->ctx, IOM_OBJ_VIOMMU);
	int fault = pick_obj(g, op->ctx, IOM_OBJ_FAULT);
	uint64_t r = rnd(g, 100);

	put_id(g, op, "dev_id", IOM_OBJ_DEVICE);
	put(op, "data_type", IOM_HWPT_DATA_NONE);
	if (viommu >= 0 && r < 30) {
		fill_nested(g, op, viommu);
	} else if (parent >= 0 && r < 55) {
		fill_nested(g, op, parent);
	} else {
		put_id(g, op, "pt_id", chance(g, 95) ? IOM_OBJ_IOAS : IOM_OBJ_PT);
		put(op, "flags", chance(g, 96) ? flags[rnd(g, sizeof(flags))] : rnd(g, 32));
		if (g->profile == PROFILE_DIRTY && chance(g, 70))
			put(op, "flags", IOM_HWPT_ALLOC_DIRTY_TRACKING);
		if (chance(g, g->profile == PROFILE_DIRTY ? 30 : 10))
			put_user_data(g, op, IOM_HWPT_DATA_SELFTEST,
				      chance(g, 60) ? IOM_MOCK_IOMMUPT_HUGE : (uint32_t)rnd(g, 3));
	}
	if (fault >= 0 && chance(g, 40)) {
		uint64_t now = 0;

		memcpy(&now, op->arg + offsetof(struct iom_hwpt_alloc, flags), 4);
		put(op, "flags", now | IOM_HWPT_FAULT_ID_VALID);
		put_id(g, op, "fault_id", IOM_OBJ_FAULT);
	}
}

static void fill_hw_info(struct gen *g, struct op *op)
{
	uint32_t len = chance(g, 50) ? 8 : (uint32_t)rnd(g, 40);

	put_id(g, op, "dev_id", IOM_OBJ_DEVICE);
	put_data(g, op, "data_uptr", len);
	op->data_len = 0;
	put(op, "data_len", len);
	put(op, "flags", chance(g, 70) ? 0 : rnd(g, 3));
	put(op, "in_data_type", chance(g, 70) ? 0 : chance(g, 60) ? IOM_HW_INFO_TYPE_SELFTEST :
								     rnd(g, 5));
}

/* A page table, mostly one that can tell what is dirty. */
static int put_dirty_hwpt(struct gen *g, struct op *op, const char *field)
{
	for (int tries = 0; tries < 8; tries++) {
		int o = pick_obj(g, op->ctx, IOM_OBJ_HWPT_PAGING);

		if (o >= 0 && (g->objs[o].flags & IOM_HWPT_ALLOC_DIRTY_TRACKING)) {
			put_obj(g, op, field, o);
			return o;
		}
	}
	return put_id(g, op, field, IOM_OBJ_HWPT_PAGING);
}

static void fill_set_dirty(struct gen *g, struct op *op)
{
	put_dirty_hwpt(g, op, "hwpt_id");
	put(op, "flags", chance(g, 97) ? chance(g, 80) : rnd(g, 4));
}

static uint64_t pick_page_size(struct gen *g)
{
	static const uint64_t sizes[] = { PAGE, PAGE, PAGE / 2, PAGE / 2, 2 * PAGE, 16 * PAGE, HUGE_PAGE };

	return chance(g, 97) ? sizes[rnd(g, IOM_ARRAY_SIZE(sizes))] : rnd(g, 2 * PAGE);
}

/* A range within a mapping, the whole of it, or several. Returns its length as it now stands. */
static uint64_t put_dirty_range(struct gen *g, struct op *op, int hwpt)
{
	int m = pick_mapping(g, op->ctx, hwpt >= 0 && chance(g, 95) ? ioas_of(g, hwpt) : -1);
	uint64_t len = pick_length(g), skip;

	put(op, "iova", pick_iova(g));
	if (m >= 0 && chance(g, 90)) {
		const struct mapping *map = &g->maps[m];

		skip = chance(g, 60) ? 0 : rnd(g, map->len / PAGE + 1) * PAGE;
		put_mapped(op, "iova", map, skip);
		len = chance(g, 70) ? map->len - skip : (1 + rnd(g, map->len / PAGE + 2)) * PAGE;
	}
	/* millions of bits would say nothing new */
	if (len > 2 * HUGE_PAGE && chance(g, 95))
		len = HUGE_PAGE;
	put(op, "length", len);
	return len;
}

static void put_bitmap(struct gen *g, struct op *op, const char *field, uint64_t len, uint64_t page)
{
	uint64_t bytes = page ? (len / page + 63) / 64 * 8 : 8;

	if (bytes > DATA_MAX)
		bytes = DATA_MAX;
	put_data(g, op, field, (uint32_t)bytes);
}

static void fill_get_dirty(struct gen *g, struct op *op)
{
	uint64_t page = pick_page_size(g), len;

	len = put_dirty_range(g, op, put_dirty_hwpt(g, op, "hwpt_id"));
	put(op, "page_size", page);
	put(op, "flags", chance(g, 97) ? chance(g, 30) : rnd(g, 4));
	put_bitmap(g, op, "data", len, page);
	memset(op->data, 0, op->data_len);
	if (op->data_len > 4 && chance(g, 10)) /* what is set already stays */
		op->data[rnd(g, 4)] = 0x11;
}

static void fill_dirty(struct gen *g, struct op *op)
{
	uint64_t page = pick_page_size(g), len;

	len = put_dirty_range(g, op, put_dirty_hwpt(g, op, "id"));
	/* one bit for each page must be in our memory */
	while (page && len / page > DATA_MAX * 8)
		page *= 2;
	put(op, "page_size", page);
	put_bitmap(g, op, "uptr", len, page);
	memset(op->data, 0, op->data_len);
	for (uint32_t i = 0; i < op->data_len; i++)
		op->data[i] = chance(g, 70) ? 0 : (unsigned char)rnd(g, 256);
}

/*
 * More entries than there is memory behind the pointer, and more than the kernel takes at all. Left
 * out: most of what it takes for a vIOMMU. The mock allocates room for all of them, and the kernel
 * warns about so large an allocation before it finds them not to be there.
 */
static uint32_t pick_many(struct gen *g, bool viommu)
{
	const uint32_t max = 1u << 19;

	switch (rnd(g, 4)) {
	case 0:
		return max + 1 + (uint32_t)rnd(g, 2) * (UINT32_MAX - max - 1);
	case 1:
		return viommu ? 500 : max - (uint32_t)rnd(g, 2);
	default:
		return 5 + (uint32_t)rnd(g, 400);
	}
}

static void fill_invalidate(struct gen *g, struct op *op)
{
	bool viommu = chance(g, 50), many = chance(g, 8);
	uint32_t n = (uint32_t)rnd(g, 5), size = viommu ? 12 : 8, len;

	put_id(g, op, "hwpt_id", viommu ? IOM_OBJ_VIOMMU : IOM_OBJ_HWPT_NESTED);
	put(op, "data_type", chance(g, 95) ? IOM_HWPT_INVALIDATE_DATA_SELFTEST : rnd(g, 3));
	if (chance(g, 8))
		size += (uint32_t)rnd(g, 3) * 4 - 4;
	put_data(g, op, "data_uptr", n * size);
	memset(op->data, 0, op->data_len);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t e[3] = { chance(g, 20), (uint32_t)rnd(g, 4), (uint32_t)rnd(g, 4) };

		if (chance(g, 5))
			e[rnd(g, 3)] = (uint32_t)rnd(g, 8);
		memcpy(op->data + (size_t)i * size, e, size < 12 ? size : 12);
	}
	len = size;
	if (chance(g, 4)) /* entries may end in zeros, up to a page of them */
		len = chance(g, 40) ? PAGE + (uint32_t)rnd(g, 2) : (uint32_t)rnd(g, 64);
	put(op, "entry_len", chance(g, 97) ? len : 0);
	put(op, "entry_num", many ? pick_many(g, viommu) : n);
}

static void fill_check_iotlb(struct gen *g, struct op *op)
{
	put_id(g, op, "id", IOM_OBJ_HWPT_NESTED);
	put(op, "iotlb_id", chance(g, 97) ? rnd(g, 4) : rnd(g, 6));
	put(op, "iotlb", chance(g, 50) ? 0 : 0xabc00 + rnd(g, 2));
}

static void fill_check_cache(struct gen *g, struct op *op)
{
	put_id(g, op, "id", IOM_OBJ_DEVICE);
	put(op, "cache_id", chance(g, 97) ? rnd(g, 4) : rnd(g, 6));
	put(op, "cache", chance(g, 50) ? 0 : IOM_TEST_DEV_CACHE_DEFAULT);
}

/*                                    map dirty nest pasid limit any */
const struct shape shapes_hwpt[] = {
	{ "test-mock-domain",		{ 3, 2, 2, 1, 3, 3 }, fill_mock_domain },
	{ "test-mock-domain-flags",	{ 2, 3, 3, 5, 1, 3 }, fill_mock_domain_flags },
	{ "test-mock-domain-replace",	{ 4, 5, 12, 8, 4, 8 }, fill_replace },
	{ "test-md-check-map",		{ 12, 6, 1, 1, 4, 6 }, fill_check_map },
	{ "hwpt-alloc",			{ 3, 8, 18, 14, 3, 10 }, fill_hwpt_alloc },
	{ "get-hw-info",		{ 1, 2, 3, 3, 1, 4 }, fill_hw_info },
	{ "hwpt-set-dirty-tracking",	{ 1, 8, 1, 1, 1, 3 }, fill_set_dirty },
	{ "hwpt-get-dirty-bitmap",	{ 1, 30, 1, 1, 1, 3 }, fill_get_dirty },
	{ "hwpt-invalidate",		{ 1, 1, 14, 3, 1, 4 }, fill_invalidate },
	/* only where it is known how pages lie, since an entry is dirty as a whole */
	{ "test-dirty",			{ 0, 25, 0, 0, 0, 0 }, fill_dirty },
	{ "test-md-check-iotlb",	{ 1, 1, 8, 2, 1, 2 }, fill_check_iotlb },
	{ "test-dev-check-cache",	{ 1, 1, 8, 2, 1, 2 }, fill_check_cache },
	{ 0 },
};
