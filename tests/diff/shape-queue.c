/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls on virtual IOMMUs, PASIDs and event queues. */
#include <string.h>

#include "generate.h"

static void fill_viommu(struct gen *g, struct op *op)
{
	put_id(g, op, "dev_id", IOM_OBJ_DEVICE);
	put_id(g, op, "hwpt_id", IOM_OBJ_HWPT_PAGING);
	for (int tries = 0; tries < 6; tries++) {
		int o = pick_obj(g, op->ctx, IOM_OBJ_HWPT_PAGING);

		if (o >= 0 && (g->objs[o].flags & IOM_HWPT_ALLOC_NEST_PARENT)) {
			put_obj(g, op, "hwpt_id", o);
			break;
		}
	}
	put(op, "type", chance(g, 96) ? IOM_VIOMMU_TYPE_SELFTEST : rnd(g, 4));
	if (chance(g, 40)) {
		uint32_t len = chance(g, 80) ? 24 : (uint32_t)rnd(g, 40);

		put_data(g, op, "data_uptr", len);
		memset(op->data, 0, op->data_len);
		for (uint32_t i = 0; i < op->data_len; i++)
			op->data[i] = i < 4 || chance(g, 5) ? (unsigned char)rnd(g, 256) : 0;
		put(op, "data_len", len);
	}
}

static uint64_t pick_virt_id(struct gen *g)
{
	uint64_t r = rnd(g, 100);

	return r < 80 ? rnd(g, 4) : r < 90 ? rnd(g, 4) << 32 : r < 95 ? UINT64_MAX : rnd(g, 1 << 20);
}

static void fill_vdevice(struct gen *g, struct op *op)
{
	put_id(g, op, "viommu_id", IOM_OBJ_VIOMMU);
	put_id(g, op, "dev_id", IOM_OBJ_DEVICE);
	put(op, "virt_id", pick_virt_id(g));
}

static void fill_veventq(struct gen *g, struct op *op)
{
	put_id(g, op, "viommu_id", IOM_OBJ_VIOMMU);
	put(op, "type", chance(g, 95) ? IOM_VEVENTQ_TYPE_SELFTEST : rnd(g, 4));
	put(op, "veventq_depth", chance(g, 95) ? rnd(g, 5) : UINT32_MAX);
}

static void fill_hw_queue(struct gen *g, struct op *op)
{
	int v = put_id(g, op, "viommu_id", IOM_OBJ_VIOMMU);
	int m = pick_mapping(g, op->ctx, v >= 0 ? ioas_of(g, v) : -1);
	uint64_t iova = pick_iova(g), len;

	put(op, "type", chance(g, 96) ? IOM_HW_QUEUE_TYPE_SELFTEST : rnd(g, 3));
	put(op, "index", chance(g, 92) ? rnd(g, 2) : rnd(g, 4));
	put(op, "nesting_parent_iova", iova);
	if (m >= 0 && chance(g, 92)) {
		uint64_t skip = rnd(g, g->maps[m].len / PAGE + 1) * PAGE;

		iova = g->maps[m].iova + skip;
		put_mapped(op, "nesting_parent_iova", &g->maps[m], skip);
	}
	/* pages of small memory lie as luck has it, so the queue is within one of them */
	len = PAGE - (iova & (PAGE - 1));
	if (chance(g, 30))
		len = rnd(g, len + 1);
	if (g->p->contiguous && chance(g, 60))
		len = pick_length(g);
	put(op, "length", chance(g, 98) ? len : UINT64_MAX - rnd(g, 2 * PAGE));
}

static uint64_t pick_pasid(struct gen *g)
{
	uint64_t r = rnd(g, 100);

	if (r < 70)
		return 1 + rnd(g, 4);
	if (r < 85)
		return IOM_TEST_PASID_RESERVED; /* every second change of it fails */
	return r < 88 ? 0 : r < 96 ? (1u << IOM_MOCK_PASID_WIDTH) - rnd(g, 3) : UINT32_MAX - rnd(g, 2);
}

/* A table for a PASID must have been made for one. */
static void put_pasid_table(struct gen *g, struct op *op, const char *field)
{
	put_id(g, op, field, IOM_OBJ_PT);
	for (int tries = 0; tries < 8 && chance(g, 90); tries++) {
		int o = pick_obj(g, op->ctx, IOM_OBJ_PT);

		if (o >= 0 && g->objs[o].type != IOM_OBJ_IOAS &&
		    (g->objs[o].flags & IOM_HWPT_ALLOC_PASID)) {
			put_obj(g, op, field, o);
			break;
		}
	}
}

/* A PASID that is attached, and its device. */
static void put_attached(struct gen *g, struct op *op, bool test)
{
	const struct pasid_use *use;

	if (!g->run->n_pasids || chance(g, 25))
		return;
	use = &g->run->pasids[rnd(g, g->run->n_pasids)];
	for (int i = 0; i < g->n_objs; i++) {
		const struct obj *o = &g->objs[i];

		if (!o->live || o->ctx != use->ctx || o->ctx != op->ctx)
			continue;
		if (test && o->type == IOM_OBJ_SELFTEST && o->id == use->stdev)
			put_obj(g, op, "id", i);
		if (!test && o->type == IOM_OBJ_DEVICE &&
		    run_out(g->run, o->op, offsetof(struct iom_test_cmd, mock_domain.out_stdev_id),
			    4) == use->stdev)
			put_obj(g, op, "dev_id", i);
	}
	put(op, "pasid", use->pasid);
}

static void fill_pasid_replace(struct gen *g, struct op *op)
{
	put_id(g, op, "id", IOM_OBJ_SELFTEST);
	put(op, "pasid", pick_pasid(g));
	put_pasid_table(g, op, "pt_id");
	put_attached(g, op, true);
}

static void fill_pasid_attach(struct gen *g, struct op *op)
{
	put_id(g, op, "id", IOM_OBJ_SELFTEST);
	put(op, "pasid", pick_pasid(g));
	put_pasid_table(g, op, "pt_id");
}

/* PASID 0, which is the device itself, is among them. */
static void fill_pasid_detach(struct gen *g, struct op *op)
{
	put_id(g, op, "id", IOM_OBJ_SELFTEST);
	put(op, "pasid", pick_pasid(g));
	put_attached(g, op, true);
}

static void fill_pasid_check(struct gen *g, struct op *op)
{
	put_id(g, op, "id", IOM_OBJ_SELFTEST);
	put(op, "pasid", pick_pasid(g));
	put_pasid_table(g, op, "hwpt_id");
	if (chance(g, 40))
		put(op, "hwpt_id", 0);
	put_attached(g, op, true);
}

static void fill_iopf(struct gen *g, struct op *op)
{
	put_id(g, op, "dev_id", IOM_OBJ_DEVICE);
	put(op, "pasid", chance(g, 55) ? 0 : pick_pasid(g));
	put(op, "grpid", chance(g, 95) ? rnd(g, 4) : rnd(g, UINT32_MAX));
	put(op, "perm", chance(g, 95) ? rnd(g, 16) : rnd(g, UINT32_MAX));
	put(op, "addr", pick_iova(g));
	if (chance(g, 50))
		put_attached(g, op, false);
}

static void fill_trigger_vevent(struct gen *g, struct op *op)
{
	put_id(g, op, "dev_id", IOM_OBJ_DEVICE);
}

/*                                    map dirty nest pasid limit any */
const struct shape shapes_queue[] = {
	{ "fault-queue-alloc",		{ 1, 1, 1, 6, 1, 2 }, NULL },
	{ "viommu-alloc",		{ 1, 1, 8, 1, 1, 3 }, fill_viommu },
	{ "vdevice-alloc",		{ 1, 1, 10, 1, 1, 3 }, fill_vdevice },
	{ "veventq-alloc",		{ 1, 1, 6, 1, 1, 2 }, fill_veventq },
	{ "hw-queue-alloc",		{ 1, 1, 8, 1, 1, 3 }, fill_hw_queue },
	{ "test-pasid-attach",		{ 1, 1, 3, 18, 1, 5 }, fill_pasid_attach },
	{ "test-pasid-replace",		{ 1, 1, 3, 10, 1, 3 }, fill_pasid_replace },
	{ "test-pasid-detach",		{ 1, 1, 2, 8, 1, 3 }, fill_pasid_detach },
	{ "test-pasid-check-hwpt",	{ 1, 1, 1, 8, 1, 2 }, fill_pasid_check },
	{ "test-trigger-iopf",		{ 1, 1, 2, 16, 1, 4 }, fill_iopf },
	{ "test-trigger-vevent",	{ 1, 1, 12, 1, 1, 3 }, fill_trigger_vevent },
	{ 0 },
};
