/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choices of the generator: objects, files, mappings, addresses and lengths. */
#include <string.h>

#include "generate.h"

#define APERTURE IOM_MOCK_APERTURE_START
#define WINDOW	 0x2000000ull /* most mappings are here, so that they meet */

uint64_t rnd(struct gen *g, uint64_t n)
{
	uint64_t z = (g->state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (z ^ (z >> 31)) % n;
}

bool chance(struct gen *g, unsigned int percent)
{
	return rnd(g, 100) < percent;
}

static bool fits(const struct obj *o, enum iom_obj type)
{
	bool pt = o->type == IOM_OBJ_IOAS || o->type == IOM_OBJ_HWPT_PAGING ||
		  o->type == IOM_OBJ_HWPT_NESTED;

	return type == IOM_OBJ_ANY || o->type == type || (type == IOM_OBJ_PT && pt);
}

int pick_obj(struct gen *g, unsigned int ctx, enum iom_obj type)
{
	int found = -1;
	uint64_t n = 0;

	for (int i = 0; i < g->n_objs; i++)
		if (g->objs[i].live && g->objs[i].ctx == ctx && fits(&g->objs[i], type) &&
		    !rnd(g, ++n))
			found = i;
	return found;
}

int pick_file(struct gen *g, int kind)
{
	int found = -1;
	uint64_t n = 0;

	for (int i = 0; i < g->n_files; i++)
		if ((g->files[i].live || chance(g, 2)) &&
		    (kind < 0 || g->files[i].kind == kind) && !rnd(g, ++n))
			found = i;
	return found;
}

int pick_mapping(struct gen *g, unsigned int ctx, int ioas)
{
	int found = -1;
	uint64_t n = 0;

	for (int i = 0; i < g->n_maps; i++) {
		const struct mapping *m = &g->maps[i];

		if (m->live && m->ioas >= 0 && g->objs[m->ioas].ctx == ctx &&
		    (ioas < 0 || m->ioas == ioas) && !rnd(g, ++n))
			found = i;
	}
	return found;
}

int ioas_of(const struct gen *g, int hwpt)
{
	while (hwpt >= 0 && g->objs[hwpt].type != IOM_OBJ_IOAS)
		hwpt = g->objs[hwpt].on;
	return hwpt;
}

/* Within a page: mostly none, sometimes the 2 KiB of a mock page table, rarely anything. */
static uint64_t pick_offset(struct gen *g)
{
	uint64_t r = rnd(g, 100);

	return r < 85 ? 0 : r < 95 ? PAGE / 2 : rnd(g, PAGE);
}

uint64_t pick_memory(struct gen *g)
{
	uint64_t r = rnd(g, 100);

	if (r < 1)
		return chance(g, 50) ? 0 : UINT64_MAX - rnd(g, 3 * PAGE);
	if (g->p->contiguous)
		return MEM_HUGE + rnd(g, MEM_HUGE_SIZE / PAGE) * (chance(g, 50) ? PAGE : 16 * PAGE) %
					  MEM_HUGE_SIZE + pick_offset(g);
	if (r < 65)
		return MEM_PLAIN + rnd(g, MEM_PLAIN_SIZE / PAGE) * PAGE + pick_offset(g);
	if (r < 90)
		return MEM_SHARED + rnd(g, MEM_SHARED_SIZE / PAGE) * PAGE + pick_offset(g);
	if (r < 96)
		return MEM_RDONLY + rnd(g, MEM_RDONLY_SIZE / PAGE) * PAGE + pick_offset(g);
	/* behind the plain memory nothing is mapped */
	return MEM_PLAIN + MEM_PLAIN_SIZE - rnd(g, 4) * PAGE;
}

static uint64_t pick_edge(struct gen *g)
{
	static const uint64_t edges[] = {
		0, 1, PAGE / 2, PAGE - 1, PAGE, APERTURE - PAGE, APERTURE, APERTURE + PAGE,
		IOM_MOCK_APERTURE_LAST, IOM_MOCK_APERTURE_LAST + 1ull,
		IOM_MOCK_APERTURE_LAST + 1ull - PAGE, 1ull << 32, 1ull << 48, 1ull << 56, 1ull << 63,
		UINT64_MAX, UINT64_MAX - PAGE + 1, UINT64_MAX - PAGE,
	};

	return edges[rnd(g, IOM_ARRAY_SIZE(edges))];
}

uint64_t pick_iova(struct gen *g)
{
	uint64_t r = rnd(g, 100);
	int m = r < 40 ? pick_mapping(g, chance(g, 5), -1) : -1;

	if (m >= 0) {
		const struct mapping *map = &g->maps[m];

		if (r < 15)
			return map->iova + map->len;
		if (r < 20)
			return map->iova - pick_length(g);
		return map->iova + rnd(g, map->len / PAGE + 1) * PAGE;
	}
	if (r < 46)
		return pick_edge(g);
	if (r < 56)
		return APERTURE + rnd(g, 16) * PAGE;
	if (g->p->contiguous && chance(g, 60))
		return WINDOW + rnd(g, 24) * HUGE_PAGE / 4 + pick_offset(g);
	return WINDOW + rnd(g, 96) * PAGE + pick_offset(g);
}

uint64_t pick_length(struct gen *g)
{
	uint64_t r = rnd(g, 100);

	if (r < 3)
		return pick_edge(g);
	if (r < 8)
		return rnd(g, 3 * PAGE);
	if (r < 16)
		return (1 + rnd(g, 12)) * (PAGE / 2);
	if (g->p->contiguous && r < 60) /* below the 4 MiB that two huge pages could make by chance */
		return PAGE << rnd(g, 10);
	return (1 + rnd(g, r < 80 ? 4 : 24)) * PAGE;
}

/* ---- filling in ---- */

static const struct iom_field *field_of(const struct op *op, const char *name)
{
	return iom_field_find(op->call->fields, name);
}

void put(struct op *op, const char *field, uint64_t value)
{
	const struct iom_field *f = field_of(op, field);

	memcpy(op->arg + f->offset, &value, f->width);
	for (int k = 0; k < op->n_refs; k++)
		if (op->refs[k].at == f->offset)
			op->refs[k--] = op->refs[--op->n_refs];
}

static void put_ref(struct op *op, const char *field, struct ref ref)
{
	const struct iom_field *f = field_of(op, field);

	put(op, field, 0);
	if (op->n_refs == MAX_REFS)
		return;
	ref.at = (uint8_t)f->offset;
	ref.width = (uint8_t)f->width;
	op->refs[op->n_refs++] = ref;
}

void put_obj(struct gen *g, struct op *op, const char *field, int obj)
{
	const struct obj *o = &g->objs[obj];

	put_ref(op, field, (struct ref){ .op = o->op, .to = o->at });
}

void put_fd(struct gen *g, struct op *op, const char *field, int file)
{
	const struct file *f = &g->files[file];

	put_ref(op, field, (struct ref){ .op = f->op, .fd = true });
}

void put_mapped(struct op *op, const char *field, const struct mapping *m, uint64_t add)
{
	put_ref(op, field, (struct ref){ .op = m->op, .to = m->at, .add = add });
}

int put_id(struct gen *g, struct op *op, const char *field, enum iom_obj type)
{
	uint64_t r = rnd(g, 100);
	int o = -1;

	if (r < 93)
		o = pick_obj(g, op->ctx, type);
	else if (r < 96)
		o = pick_obj(g, op->ctx, IOM_OBJ_ANY);
	else if (r < 97 && g->n_objs) /* dead, or of the other context */
		o = (int)rnd(g, (uint64_t)g->n_objs);
	if (o >= 0)
		put_obj(g, op, field, o);
	else
		put(op, field, r < 99 ? rnd(g, 12) : UINT32_MAX - rnd(g, 2));
	return o;
}

void put_data(struct gen *g, struct op *op, const char *field, uint32_t len)
{
	uint64_t r = rnd(g, 200);
	uint32_t room = len < DATA_MAX ? len : DATA_MAX;

	op->data_len = op->look_len = room;
	op->look_at = (int32_t)room;
	if (r < 2 && room > 4) /* ends in unmapped memory */
		op->data_len = op->look_len = (uint32_t)(op->look_at -= (int32_t)rnd(g, room - 1) + 1);
	else if (r < 40) /* not at the end */
		op->look_at += (int32_t)rnd(g, 64) * 8;
	put(op, field, r < 3 ? rnd(g, 2) * PAGE : SCRATCH_END - (uint64_t)op->look_at);
}
