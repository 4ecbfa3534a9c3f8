/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns the objects of a context: ids as the kernel hands them out, uses, destruction. */
#include "internal.h"

#include <errno.h>
#include <string.h>

#define MAX_WORDS (1u << 25) /* ids have 31 bits */

static void (*const destroy_ops[])(struct emu_obj *o) = {
	[IOM_OBJ_DEVICE] = emu_idev_destroy,	   [IOM_OBJ_HWPT_PAGING] = emu_hwpt_destroy,
	[IOM_OBJ_IOAS] = emu_ioas_destroy,	   [IOM_OBJ_ACCESS] = emu_access_destroy,
	[IOM_OBJ_SELFTEST] = emu_selftest_destroy, [IOM_OBJ_HWPT_NESTED] = emu_hwpt_nested_destroy,
	[IOM_OBJ_FAULT] = emu_fault_destroy,	   [IOM_OBJ_VEVENTQ] = emu_veventq_destroy,
	[IOM_OBJ_VIOMMU] = emu_viommu_destroy,	   [IOM_OBJ_VDEVICE] = emu_vdevice_destroy,
	[IOM_OBJ_HW_QUEUE] = emu_hw_queue_destroy,
};

static bool grow(struct emu_objtab *t)
{
	uint32_t words = t->words ? t->words * 2 : 1;
	struct emu_obj **slot;
	uint64_t *used;

	if (words > MAX_WORDS)
		return false;
	slot = emu_realloc(t->slot, (size_t)words * 64 * sizeof(*slot));
	if (!slot)
		return false;
	t->slot = slot;
	used = emu_realloc(t->used, words * sizeof(*used));
	if (!used)
		return false;
	t->used = used;
	memset(slot + (size_t)t->words * 64, 0, (size_t)(words - t->words) * 64 * sizeof(*slot));
	memset(used + t->words, 0, (words - t->words) * sizeof(*used));
	used[0] |= 1; /* ids start at 1 */
	t->words = words;
	return true;
}

/* The lowest free id, 0 when out of memory. */
static uint32_t reserve_id(struct emu_objtab *t)
{
	uint32_t w, bit;

	for (w = t->first_free; w < t->words; w++)
		if (~t->used[w])
			break;
	if (w == t->words && !grow(t))
		return 0;
	bit = (uint32_t)__builtin_ctzll(~t->used[w]);
	t->used[w] |= (uint64_t)1 << bit;
	t->first_free = w;
	t->count++;
	return w * 64 + bit;
}

static void release_id(struct emu_objtab *t, uint32_t id)
{
	t->slot[id] = NULL;
	t->used[id / 64] &= ~((uint64_t)1 << (id % 64));
	if (id / 64 < t->first_free)
		t->first_free = id / 64;
	t->count--;
}

void *emu_obj_alloc(struct emu_ctx *ctx, size_t size, enum iom_obj type)
{
	struct emu_obj *o = emu_zalloc(size);

	if (!o)
		return NULL;
	o->id = reserve_id(&ctx->objs);
	if (!o->id) {
		emu_free(o);
		return NULL;
	}
	o->type = (uint8_t)type;
	o->users = 1;
	ctx->objs.slot[o->id] = o;
	return o;
}

void emu_obj_abort(struct emu_ctx *ctx, struct emu_obj *o)
{
	release_id(&ctx->objs, o->id);
	emu_free(o);
}

static struct emu_obj *find(const struct emu_ctx *ctx, uint32_t id, enum iom_obj type)
{
	struct emu_obj *o;

	if (id / 64 >= ctx->objs.words)
		return NULL;
	o = ctx->objs.slot[id];
	if (!o || !o->live || (type != IOM_OBJ_ANY && o->type != type))
		return NULL;
	return o;
}

struct emu_obj *emu_obj_get(const struct emu_ctx *ctx, uint32_t id, enum iom_obj type)
{
	return emu_should_fail() ? NULL : find(ctx, id, type);
}

static void destroy(struct emu_ctx *ctx, struct emu_obj *o)
{
	if (ctx->vfio_ioas && &ctx->vfio_ioas->obj == o)
		ctx->vfio_ioas = NULL;
	release_id(&ctx->objs, o->id);
	destroy_ops[o->type](o);
	emu_free(o);
}

void emu_obj_tombstone(struct emu_ctx *ctx, struct emu_obj *o)
{
	ctx->objs.slot[o->id] = NULL;
	destroy_ops[o->type](o);
	emu_free(o);
}

void emu_obj_put_and_destroy(struct emu_ctx *ctx, struct emu_obj *o)
{
	if (--o->users == 1)
		destroy(ctx, o);
}

static bool abandon_devices(const struct emu_objtab *t)
{
	bool any = false;
	uint32_t id;

	for (id = 1; id < t->words * 64; id++)
		if (t->slot[id] && t->slot[id]->type == IOM_OBJ_DEVICE)
			any |= emu_device_abandon((struct emu_idev *)t->slot[id]);
	return any;
}

void emu_obj_destroy_all(struct emu_ctx *ctx)
{
	struct emu_objtab *t = &ctx->objs;
	uint32_t before, id;

	do {
		before = t->count;
		for (id = 1; id < t->words * 64; id++)
			if (t->slot[id] && t->slot[id]->users == 1)
				destroy(ctx, t->slot[id]);
	} while (t->count && (t->count != before || abandon_devices(t)));
	emu_free(t->slot);
	emu_free(t->used);
	memset(t, 0, sizeof(*t));
}

int emu_obj_each(const struct emu_ctx *ctx, enum iom_obj type,
		 int (*fn)(struct emu_obj *o, void *arg), void *arg)
{
	uint32_t id;
	int rc = 0;

	for (id = 1; !rc && id < ctx->objs.words * 64; id++) {
		struct emu_obj *o = find(ctx, id, type);

		if (o)
			rc = fn(o, arg);
	}
	return rc;
}

int emu_destroy(struct emu_ucmd *u)
{
	struct iom_destroy *cmd = u->cmd;
	struct emu_obj *o = find(u->ctx, cmd->id, IOM_OBJ_ANY);

	if (!o)
		return -ENOENT;
	if (o->users != 1)
		return -EBUSY;
	destroy(u->ctx, o);
	return 0;
}
