/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes random programs, one operation after the other, by what the emulator answered before. */
#include "generate.h"

#include <err.h>
#include <string.h>

static const struct shape *const tables[] = { shapes_map, shapes_hwpt, shapes_queue };

/* ---- what a program has made ---- */

static void add_obj(struct gen *g, struct obj o)
{
	if (g->n_objs < MAX_THINGS)
		g->objs[g->n_objs++] = o;
}

static void add_file(struct gen *g, struct file f)
{
	if (g->n_files < MAX_THINGS)
		g->files[g->n_files++] = f;
}

static int obj_by_id(const struct gen *g, unsigned int ctx, uint32_t id)
{
	for (int i = 0; i < g->n_objs; i++)
		if (g->objs[i].live && g->objs[i].ctx == ctx && g->objs[i].id == id)
			return i;
	return -1;
}

static uint64_t in(const struct op *op, const struct rec *rec, const char *field)
{
	const struct iom_field *f = iom_field_find(op->call->fields, field);
	uint64_t v = 0;

	memcpy(&v, rec->arg + f->offset, f->width);
	return v;
}

static void learn_objects(struct gen *g, int i, const struct op *op, const struct rec *rec)
{
	for (const struct iom_field *f = op->call->fields; f->name; f++) {
		struct obj o = { .type = f->obj, .ctx = op->ctx, .live = true, .op = (int16_t)i,
				 .at = (uint8_t)f->offset, .on = -1 };

		if (f->kind != IOM_K_ID || f->dir != IOM_OUT)
			continue;
		o.id = (uint32_t)in(op, rec, f->name);
		if (obj_by_id(g, op->ctx, o.id) >= 0)
			continue; /* a page table that was there, made for another device */
		if (op->code == IOM_NR_HWPT_ALLOC) {
			o.on = (int16_t)obj_by_id(g, op->ctx, (uint32_t)in(op, rec, "pt_id"));
			if (o.on < 0 || g->objs[o.on].type != IOM_OBJ_IOAS)
				o.type = IOM_OBJ_HWPT_NESTED;
			o.flags = (uint32_t)in(op, rec, "flags");
		} else if (op->code == IOM_NR_VIOMMU_ALLOC) {
			o.on = (int16_t)obj_by_id(g, op->ctx, (uint32_t)in(op, rec, "hwpt_id"));
		} else if (o.type == IOM_OBJ_HWPT_PAGING) {
			o.on = (int16_t)obj_by_id(g, op->ctx, (uint32_t)in(op, rec, "id"));
		}
		add_obj(g, o);
	}
}

static void learn_mapping(struct gen *g, int i, const struct op *op, const struct rec *rec,
			  const char *ioas, const char *iova, uint64_t memory)
{
	const struct iom_field *f = iom_field_find(op->call->fields, iova);

	if (g->n_maps == MAX_THINGS)
		return;
	g->maps[g->n_maps++] = (struct mapping){
		.live = true,
		.ioas = (int16_t)obj_by_id(g, op->ctx, (uint32_t)in(op, rec, ioas)),
		.op = (int16_t)i,
		.at = (uint8_t)f->offset,
		.iova = in(op, rec, iova),
		.len = in(op, rec, "length"),
		.memory = memory,
	};
}

static void learn_unmap(struct gen *g, const struct op *op, const struct rec *rec)
{
	int ioas = obj_by_id(g, op->ctx, (uint32_t)in(op, rec, "ioas_id"));
	uint64_t start = 0, len = 0;

	memcpy(&start, rec->arg + offsetof(struct iom_ioas_unmap, iova), 8);
	memcpy(&len, op->arg + offsetof(struct iom_ioas_unmap, length), 8);
	for (int i = 0; i < g->n_maps; i++) {
		struct mapping *m = &g->maps[i];

		if (m->ioas == ioas && m->iova >= start && m->iova - start < len)
			m->live = false;
	}
}

static void learn_destroy(struct gen *g, const struct op *op, const struct rec *rec)
{
	int o = obj_by_id(g, op->ctx, (uint32_t)in(op, rec, "id"));

	if (o < 0)
		return;
	g->objs[o].live = false;
	for (int i = 0; i < g->n_maps; i++)
		if (g->maps[i].ioas == o)
			g->maps[i].live = false;
	/* the device goes with the mock, and an automatic page table with its last device */
	for (int i = 0; g->objs[o].type == IOM_OBJ_SELFTEST && i < g->n_objs; i++)
		if (g->objs[i].op == g->objs[o].op && g->objs[i].type == IOM_OBJ_DEVICE)
			g->objs[i].live = false;
}

/* The operation that made the fd in its id; -2 when there is none. */
static int access_of(const struct op *op)
{
	for (int k = 0; k < op->n_refs; k++)
		if (op->refs[k].fd)
			return op->refs[k].op;
	return -2;
}

static void learn_test(struct gen *g, int i, const struct op *op, const struct rec *rec)
{
	struct file f = { .ctx = op->ctx, .live = true, .op = (int16_t)i };

	switch (op->call->op) {
	case IOM_TEST_OP_CREATE_ACCESS:
		f.kind = FD_ACCESS;
		f.pins = in(op, rec, "flags") & 1;
		f.ioas = (int16_t)obj_by_id(g, op->ctx, (uint32_t)in(op, rec, "id"));
		add_file(g, f);
		break;
	case IOM_TEST_OP_ACCESS_REPLACE_IOAS:
		for (int k = 0; k < g->n_files; k++)
			if (g->files[k].op == access_of(op))
				g->files[k].ioas = (int16_t)obj_by_id(
					g, op->ctx, (uint32_t)in(op, rec, "ioas_id"));
		break;
	case IOM_TEST_OP_DMABUF_GET:
		f.kind = FD_DMABUF;
		add_file(g, f);
		break;
	case IOM_TEST_OP_ACCESS_PAGES:
		for (int k = 0; k < g->n_files; k++)
			if (g->files[k].op == access_of(op))
				g->files[k].items++;
		break;
	}
}

static void learn_ioctl(struct gen *g, int i, const struct op *op, const struct rec *rec)
{
	learn_objects(g, i, op, rec);
	switch (op->code) {
	case IOM_NR_IOAS_MAP:
		learn_mapping(g, i, op, rec, "ioas_id", "iova", in(op, rec, "user_va"));
		break;
	case IOM_NR_IOAS_MAP_FILE:
		learn_mapping(g, i, op, rec, "ioas_id", "iova", 0);
		break;
	case IOM_NR_IOAS_COPY:
		learn_mapping(g, i, op, rec, "dst_ioas_id", "dst_iova", 0);
		break;
	case IOM_NR_IOAS_UNMAP:
		learn_unmap(g, op, rec);
		break;
	case IOM_NR_DESTROY:
		learn_destroy(g, op, rec);
		break;
	case IOM_NR_FAULT_QUEUE_ALLOC:
		add_file(g, (struct file){ FD_FAULT, op->ctx, true, false, (int16_t)i, -1, 0 });
		break;
	case IOM_NR_VEVENTQ_ALLOC:
		add_file(g, (struct file){ FD_VEVENTQ, op->ctx, true, false, (int16_t)i, -1, 0 });
		break;
	case IOM_NR_TEST_CMD:
		learn_test(g, i, op, rec);
		break;
	}
}

static void learn(struct gen *g, int i)
{
	const struct op *op = &g->p->ops[i];
	const struct rec *rec = &g->run->recs[i];

	if (op->kind == OP_CLOSE) {
		for (int k = 0; k < g->n_files; k++)
			if (g->files[k].op == op->refs[0].op)
				g->files[k].live = false;
	} else if (op->kind == OP_IOCTL && op->call && !rec->ret) {
		learn_ioctl(g, i, op, rec);
	}
}

/* ---- one operation ---- */

/* Plausible values for what a shape does not fill in. */
static void fill_plain(struct gen *g, struct op *op)
{
	for (const struct iom_field *f = op->call->fields; f->name; f++) {
		uint64_t n = 0, pick;

		if (f->dir == IOM_OUT)
			continue;
		if (f->kind == IOM_K_SIZE)
			put(op, f->name, op->call->full);
		else if (f->kind == IOM_K_ID)
			put_id(g, op, f->name, f->obj);
		else if (f->kind == IOM_K_ENUM && f->values) {
			while (f->values->values[n].name)
				n++;
			pick = rnd(g, n + 1);
			put(op, f->name, pick < n ? f->values->values[pick].value : rnd(g, 300));
		}
		if (f->kind == IOM_K_FLAGS && chance(g, 2))
			put(op, f->name, 1ull << rnd(g, 32));
	}
	if (op->call->op >= 0)
		put(op, "op", (uint64_t)op->call->op);
}

static void set_size(struct op *op, uint32_t size)
{
	memcpy(op->arg, &size, sizeof(size));
}

/* What a careless or malicious caller does: sizes, reserved fields, values at the edge. */
static void spoil(struct gen *g, struct op *op)
{
	const struct iom_field *fields = op->call->fields;
	uint32_t full = op->call->full, extra = (uint32_t)rnd(g, 16) + 1;
	unsigned int n = 0;

	switch (rnd(g, 8)) {
	case 0: /* too short, or as short as an old program's */
		set_size(op, (uint32_t)rnd(g, full));
		break;
	case 1:
		set_size(op, op->call->min);
		break;
	case 2: /* longer than the kernel knows, with zeros behind or something else */
	case 3:
		op->len = full + extra;
		set_size(op, op->len);
		if (chance(g, 50))
			op->arg[full + rnd(g, extra)] = 1;
		break;
	case 4: /* and longer than memory */
		set_size(op, chance(g, 50) ? full + extra : 5000);
		break;
	default:
		while (fields[n].name)
			n++;
		n = (unsigned int)rnd(g, n);
		/* sizes are above, fds and entry_num in their shapes; see there for why */
		if (fields[n].kind == IOM_K_SIZE || fields[n].kind == IOM_K_FD ||
		    !strcmp(fields[n].name, "entry_num") || !strcmp(fields[n].name, "op") ||
		    !strcmp(fields[n].name, "pasid") || fields[n].count > 1)
			break;
		if (fields[n].kind == IOM_K_LEN || fields[n].kind == IOM_K_PTR)
			break;
		put(op, fields[n].name, fields[n].kind == IOM_K_RESERVED || chance(g, 50) ?
						1 : pick_iova(g));
	}
}

static const struct shape *pick_shape(struct gen *g)
{
	uint64_t all = 0, at;

	for (unsigned int t = 0; t < IOM_ARRAY_SIZE(tables); t++)
		for (const struct shape *s = tables[t]; s->word; s++)
			all += s->weight[g->profile];
	at = rnd(g, all);
	for (unsigned int t = 0; t < IOM_ARRAY_SIZE(tables); t++)
		for (const struct shape *s = tables[t]; s->word; s++) {
			if (at < s->weight[g->profile])
				return s;
			at -= s->weight[g->profile];
		}
	return NULL;
}

static const struct shape *shape_of(const char *word)
{
	for (unsigned int t = 0; t < IOM_ARRAY_SIZE(tables); t++)
		for (const struct shape *s = tables[t]; s->word; s++)
			if (!strcmp(s->word, word))
				return s;
	errx(1, "no call %s", word);
}

static void shape_op(struct gen *g, struct op *op, const struct shape *s)
{
	op->kind = OP_IOCTL;
	op->call = iom_call_find(s->word, NULL);
	if (!op->call)
		errx(1, "the table of calls has no %s", s->word);
	op->code = op->call->code;
	op->len = op->call->full;
	fill_plain(g, op);
	if (s->fill)
		s->fill(g, op);
}

/* ---- the other operations ---- */

/* Of the VFIO container on this context. */
static void vfio_op(struct gen *g, struct op *op)
{
	uint64_t arg[4] = { 0 };
	uint32_t head[2] = { 0 };

	op->code = _IO(IOM_IOC_TYPE, (chance(g, 50) ? 0x71 : 0x70) + rnd(g, 2));
	op->kind = OP_IOCTL;
	if (chance(g, 15)) { /* version, extension, kind of IOMMU */
		op->kind = OP_VALUE;
		op->code = _IO(IOM_IOC_TYPE, 0x64 + rnd(g, 3));
		op->value = chance(g, 90) ? rnd(g, 12) : UINT32_MAX;
		return;
	}
	if ((op->code & 0xff) == 0x70) {
		head[0] = op->len = chance(g, 50) ? 128 : (uint32_t)rnd(g, ARG_MAX + 1);
		memcpy(op->arg, head, 4);
		return;
	}
	op->len = (op->code & 0xff) == 0x71 ? 32 : 24;
	head[0] = chance(g, 95) ? op->len : (uint32_t)rnd(g, 40);
	/* Left out: neither to be read nor to be written, of which the page table's code warns. */
	if ((op->code & 0xff) == 0x71)
		head[1] = chance(g, 80) ? 3 : 1 + (uint32_t)rnd(g, 7);
	else
		head[1] = chance(g, 90) ? 0 : (uint32_t)rnd(g, 4);
	arg[0] = pick_memory(g);
	arg[1] = pick_iova(g);
	arg[2] = pick_length(g);
	if ((op->code & 0xff) == 0x72) {
		int m = pick_mapping(g, op->ctx, -1);

		arg[0] = m >= 0 && chance(g, 80) ? g->maps[m].iova : arg[1];
		arg[1] = m >= 0 && chance(g, 60) ? g->maps[m].len : arg[2];
		if (head[1] & 2 && chance(g, 80))
			arg[0] = arg[1] = 0;
	}
	memcpy(op->arg, head, 8);
	memcpy(op->arg + 8, arg, op->len - 8);
}

static void write_op(struct gen *g, struct op *op)
{
	uint32_t n = (uint32_t)rnd(g, 4);

	op->kind = OP_WRITE;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t resp[2] = { (uint32_t)rnd(g, 4), chance(g, 95) ? (uint32_t)rnd(g, 2) : 2 };

		memcpy(op->data + i * 8ul, resp, 8);
	}
	op->data_len = op->look_len = chance(g, 95) ? n * 8 : (uint32_t)rnd(g, 32);
	op->look_at = (int32_t)op->data_len;
}

static void queue_op(struct gen *g, struct op *op)
{
	static const uint16_t counts[] = { 40, 80, 400, 8, 12, 24, 100 };
	uint64_t r = rnd(g, 100);
	int f = pick_file(g, r < 85 ? (chance(g, 50) ? FD_FAULT : FD_VEVENTQ) : -1);

	op->kind = OP_POLL;
	if (f < 0)
		f = pick_file(g, -1);
	if (f < 0) {
		vfio_op(g, op);
		return;
	}
	op->refs[op->n_refs++] = (struct ref){ .op = g->files[f].op, .fd = true };
	if (g->files[f].kind != FD_FAULT && g->files[f].kind != FD_VEVENTQ) {
		op->kind = OP_CLOSE;
	} else if (r < 40) {
		op->kind = OP_READ;
		op->value = chance(g, 95) ? counts[rnd(g, IOM_ARRAY_SIZE(counts))] : rnd(g, 200);
		op->look_len = (uint32_t)op->value;
		op->look_at = (int32_t)op->value;
		if (chance(g, 2) && op->value > 8) /* ends in unmapped memory */
			op->look_len = (uint32_t)(op->look_at -= 8);
	} else if (r < 65) {
		write_op(g, op);
	} else if (r < 72) {
		op->kind = OP_CLOSE;
	}
}

static void limit_op(struct gen *g, struct op *op)
{
	op->kind = OP_LIMIT;
	op->value = rnd(g, 60) * PAGE + (chance(g, 5) ? rnd(g, PAGE) : 0);
}

/* ---- the program ---- */

void make_op(struct gen *g)
{
	int i = g->p->n_ops++;

	run_op(g->run, i);
	learn(g, i);
}

static struct op *fresh(struct gen *g)
{
	struct op *op = &g->p->ops[g->p->n_ops];

	memset(op, 0, sizeof(*op));
	return op;
}

struct op *begin_op(struct gen *g, unsigned int ctx, const char *word)
{
	struct op *op = fresh(g);

	op->ctx = (uint8_t)ctx;
	shape_op(g, op, shape_of(word));
	return op;
}

int made_obj(const struct gen *g, enum iom_obj type)
{
	for (int i = g->n_objs - 1; i >= 0 && g->objs[i].op == g->p->n_ops - 1; i--)
		if (g->objs[i].type == type)
			return i;
	return -1;
}

/* Something to work with. */
static void begin(struct gen *g, unsigned int ctx)
{
	static const char *const first[] = {
		"ioas-alloc", "test-mock-domain-flags", "ioas-alloc", "test-mock-domain",
		"fault-queue-alloc", "hwpt-alloc",
	};

	if (g->profile == PROFILE_LIMIT && chance(g, 50)) {
		struct op *op = begin_op(g, ctx, "option");

		put(op, "option_id", IOM_OPTION_RLIMIT_MODE);
		put(op, "op", IOM_OPTION_OP_SET);
		put(op, "object_id", 0);
		put(op, "val64", 1);
		make_op(g);
	}
	for (unsigned int i = 0; i < IOM_ARRAY_SIZE(first); i++) {
		begin_op(g, ctx, first[i]);
		make_op(g);
	}
}

void generate(struct program *p, uint64_t seed, int n_ops, struct run *r)
{
	static struct gen g;
	bool both;

	memset(&g, 0, sizeof(g));
	g.state = seed * 0x2545f4914f6cdd1dull + 1;
	g.p = p;
	g.run = r;
	g.profile = (enum profile)rnd(&g, N_PROFILES);
	*p = (struct program){ .seed = seed,
			       .contiguous = g.profile == PROFILE_DIRTY,
			       .limited = g.profile == PROFILE_LIMIT };
	run_begin(r, p, "emu");
	begin(&g, 0);
	both = chance(&g, 25);
	if (both)
		begin(&g, 1);
	while (p->n_ops < n_ops) {
		struct op *op = fresh(&g);
		uint64_t what = rnd(&g, 100);

		op->ctx = chance(&g, both ? 30 : 1);
		if (what < 3) {
			recipe(&g, op->ctx, n_ops - p->n_ops);
			continue;
		}
		if (what < 7)
			vfio_op(&g, op);
		else if (what < (g.profile == PROFILE_PASID || g.profile == PROFILE_NEST ? 24 : 11))
			queue_op(&g, op);
		else if (what < 14 && p->limited)
			limit_op(&g, op);
		else
			shape_op(&g, op, pick_shape(&g));
		if (op->kind == OP_IOCTL && op->call && chance(&g, 4))
			spoil(&g, op);
		make_op(&g);
	}
	run_end(r);
}
