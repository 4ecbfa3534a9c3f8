/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sequences of calls that chance alone would rarely find: each leaves objects that others work on. */
#include <string.h>

#include "generate.h"

/* Makes the operation at hand; the object of a type that came of it, -1 when none did. */
static int made(struct gen *g, enum iom_obj type)
{
	make_op(g);
	return made_obj(g, type);
}

/* A mock device on a new IOAS, DEVICE in *dev. Returns the mock's object or -1. */
static int new_device(struct gen *g, unsigned int ctx, uint64_t flags, int *ioas, int *dev)
{
	struct op *op;

	begin_op(g, ctx, "ioas-alloc");
	*ioas = made(g, IOM_OBJ_IOAS);
	*dev = -1;
	if (*ioas < 0)
		return -1;
	op = begin_op(g, ctx, "test-mock-domain-flags");
	put_obj(g, op, "id", *ioas);
	put(op, "dev_flags", flags);
	make_op(g);
	*dev = made_obj(g, IOM_OBJ_DEVICE);
	return made_obj(g, IOM_OBJ_SELFTEST);
}

static int new_hwpt(struct gen *g, unsigned int ctx, int dev, int on, uint64_t flags, int fault)
{
	struct op *op = begin_op(g, ctx, "hwpt-alloc");
	bool nested = g->objs[on].type != IOM_OBJ_IOAS;

	put_obj(g, op, "dev_id", dev);
	put_obj(g, op, "pt_id", on);
	put(op, "flags", flags | (fault >= 0 ? IOM_HWPT_FAULT_ID_VALID : 0));
	put(op, "fault_id", 0);
	put(op, "data_type", nested ? IOM_HWPT_DATA_SELFTEST : IOM_HWPT_DATA_NONE);
	put(op, "data_len", nested ? 8 : 0);
	put(op, "data_uptr", 0);
	op->data_len = op->look_len = 0;
	if (nested) {
		op->data_len = op->look_len = 8;
		op->look_at = 8;
		memset(op->data, 0, 8);
		put(op, "data_uptr", SCRATCH_END - 8);
	}
	if (fault >= 0)
		put_obj(g, op, "fault_id", fault);
	return made(g, nested ? IOM_OBJ_HWPT_NESTED : IOM_OBJ_HWPT_PAGING);
}

static void replace(struct gen *g, unsigned int ctx, int stdev, int pt)
{
	struct op *op = begin_op(g, ctx, "test-mock-domain-replace");

	put_obj(g, op, "id", stdev);
	put_obj(g, op, "pt_id", pt);
	make_op(g);
}

/* A mapping in whole pages where devices reach it. */
static void new_mapping(struct gen *g, unsigned int ctx, int ioas)
{
	struct op *op = begin_op(g, ctx, "ioas-map");
	uint64_t memory = g->p->contiguous ? MEM_HUGE + rnd(g, 512) * PAGE
					   : MEM_PLAIN + rnd(g, 48) * PAGE;

	put_obj(g, op, "ioas_id", ioas);
	put(op, "flags", 7);
	put(op, "user_va", memory);
	put(op, "length", (1 + rnd(g, 16)) * PAGE);
	put(op, "iova", 0x3000000 + rnd(g, 64) * PAGE);
	make_op(g);
}

static void pasids(struct gen *g, unsigned int ctx)
{
	int ioas, dev, stdev = new_device(g, ctx, IOM_MOCK_FLAGS_DEVICE_PASID, &ioas, &dev);
	int own, other, fault = -1;
	struct op *op;

	if (stdev < 0 || dev < 0)
		return;
	if (chance(g, 50)) {
		begin_op(g, ctx, "fault-queue-alloc");
		fault = made(g, IOM_OBJ_FAULT);
	}
	own = new_hwpt(g, ctx, dev, ioas, IOM_HWPT_ALLOC_PASID, -1);
	other = new_hwpt(g, ctx, dev, ioas, IOM_HWPT_ALLOC_PASID, fault);
	if (own < 0 || other < 0)
		return;
	replace(g, ctx, stdev, own);
	for (int i = 0; i < 2; i++) {
		op = begin_op(g, ctx, "test-pasid-attach");
		put_obj(g, op, "id", stdev);
		put_obj(g, op, "pt_id", other);
		make_op(g);
	}
	op = begin_op(g, ctx, "test-trigger-iopf");
	put_obj(g, op, "dev_id", dev);
	make_op(g);
}

static void nesting(struct gen *g, unsigned int ctx)
{
	int ioas, dev, stdev = new_device(g, ctx, chance(g, 30) ? 4 : 0, &ioas, &dev);
	int parent, viommu, nested;
	struct op *op;

	if (stdev < 0 || dev < 0)
		return;
	parent = new_hwpt(g, ctx, dev, ioas, IOM_HWPT_ALLOC_NEST_PARENT, -1);
	if (parent < 0)
		return;
	op = begin_op(g, ctx, "viommu-alloc");
	put_obj(g, op, "dev_id", dev);
	put_obj(g, op, "hwpt_id", parent);
	put(op, "type", IOM_VIOMMU_TYPE_SELFTEST);
	viommu = made(g, IOM_OBJ_VIOMMU);
	if (viommu < 0)
		return;
	op = begin_op(g, ctx, "vdevice-alloc");
	put_obj(g, op, "viommu_id", viommu);
	put_obj(g, op, "dev_id", dev);
	make_op(g);
	op = begin_op(g, ctx, "veventq-alloc");
	put_obj(g, op, "viommu_id", viommu);
	make_op(g);
	nested = new_hwpt(g, ctx, dev, viommu, 0, -1);
	if (nested < 0)
		return;
	replace(g, ctx, stdev, nested);
	for (uint64_t i = rnd(g, 4); i > 0; i--) {
		op = begin_op(g, ctx, "test-trigger-vevent");
		put_obj(g, op, "dev_id", dev);
		make_op(g);
	}
	new_mapping(g, ctx, ioas);
	for (int i = 0; i < 2; i++) {
		op = begin_op(g, ctx, "hw-queue-alloc");
		put_obj(g, op, "viommu_id", viommu);
		put(op, "index", (uint64_t)i);
		make_op(g);
	}
}

static void dirty(struct gen *g, unsigned int ctx)
{
	int ioas, dev, stdev = new_device(g, ctx, chance(g, 30) ? 4 : 0, &ioas, &dev), hwpt;
	struct op *op;

	if (stdev < 0 || dev < 0)
		return;
	hwpt = new_hwpt(g, ctx, dev, ioas, IOM_HWPT_ALLOC_DIRTY_TRACKING, -1);
	if (hwpt < 0)
		return;
	op = begin_op(g, ctx, "hwpt-set-dirty-tracking");
	put_obj(g, op, "hwpt_id", hwpt);
	put(op, "flags", 1);
	make_op(g);
	for (int i = 0; i < 3; i++)
		new_mapping(g, ctx, ioas);
	/* where pages lie by chance it is better not asked what is dirty */
	for (int i = 0; i < 3 && g->p->contiguous; i++) {
		begin_op(g, ctx, "test-dirty");
		make_op(g);
		begin_op(g, ctx, "hwpt-get-dirty-bitmap");
		make_op(g);
	}
}

static void faults(struct gen *g, unsigned int ctx)
{
	int ioas, dev, stdev = new_device(g, ctx, chance(g, 50) ? 4 : 0, &ioas, &dev), fault, hwpt;
	struct op *op;

	begin_op(g, ctx, "fault-queue-alloc");
	fault = made(g, IOM_OBJ_FAULT);
	if (stdev < 0 || dev < 0 || fault < 0)
		return;
	hwpt = new_hwpt(g, ctx, dev, ioas, 0, fault);
	if (hwpt < 0)
		return;
	replace(g, ctx, stdev, hwpt);
	for (int i = 0; i < 3; i++) {
		op = begin_op(g, ctx, "test-trigger-iopf");
		put_obj(g, op, "dev_id", dev);
		put(op, "pasid", 0);
		make_op(g);
	}
}

static void accesses(struct gen *g, unsigned int ctx)
{
	struct op *op;
	int ioas;

	begin_op(g, ctx, "ioas-alloc");
	ioas = made(g, IOM_OBJ_IOAS);
	if (ioas < 0)
		return;
	for (int i = 0; i < 3; i++)
		new_mapping(g, ctx, ioas);
	op = begin_op(g, ctx, "test-create-access");
	put_obj(g, op, "id", ioas);
	put(op, "flags", 1);
	make_op(g);
	for (int i = 0; i < 4; i++) {
		begin_op(g, ctx, "test-access-pages");
		make_op(g);
	}
}

static void container(struct gen *g, unsigned int ctx)
{
	struct op *op = begin_op(g, ctx, "vfio-ioas");
	int ioas = pick_obj(g, ctx, IOM_OBJ_IOAS);

	put(op, "op", IOM_VFIO_IOAS_SET);
	if (ioas >= 0)
		put_obj(g, op, "ioas_id", ioas);
	make_op(g);
}

void recipe(struct gen *g, unsigned int ctx, int room)
{
	static void (*const recipes[])(struct gen *, unsigned int) = {
		[PROFILE_MAP] = accesses, [PROFILE_DIRTY] = dirty, [PROFILE_NEST] = nesting,
		[PROFILE_PASID] = pasids, [PROFILE_LIMIT] = container, [PROFILE_ANY] = faults,
	};

	if (room < 20) /* more than any of them takes */
		container(g, ctx);
	else
		recipes[chance(g, 60) ? (uint64_t)g->profile : rnd(g, N_PROFILES)](g, ctx);
}
