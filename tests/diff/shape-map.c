/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls on address spaces: mappings, ranges, options, accesses. */
#include <string.h>

#include "generate.h"

static void map_flags(struct gen *g, struct op *op, bool fixed)
{
	uint64_t flags = (fixed ? IOM_IOAS_MAP_FIXED_IOVA : 0) | IOM_IOAS_MAP_READABLE;

	if (chance(g, 75))
		flags |= IOM_IOAS_MAP_WRITEABLE;
	if (chance(g, 4))
		flags &= ~(uint64_t)IOM_IOAS_MAP_READABLE;
	put(op, "flags", flags);
}

static void fill_map(struct gen *g, struct op *op)
{
	uint64_t memory = pick_memory(g), iova = pick_iova(g);
	uint64_t len = pick_length(g);

	/* page tables want both ends alike */
	if (chance(g, 85))
		iova = (iova & ~(PAGE - 1)) | (memory & (PAGE - 1));
	if (chance(g, 70) && len < 64 * HUGE_PAGE)
		len = (len + PAGE / 2 - 1) & ~(PAGE / 2 - 1);
	map_flags(g, op, chance(g, 65));
	put_id(g, op, "ioas_id", IOM_OBJ_IOAS);
	put(op, "user_va", memory);
	put(op, "length", len);
	put(op, "iova", iova);
}

static void fill_map_file(struct gen *g, struct op *op)
{
	int which = g->p->contiguous ? FILE_HUGE : FILE_SHMEM, f = -1;
	uint64_t start = rnd(g, FILE_PAGES) * PAGE, iova = pick_iova(g);

	if (chance(g, 6))
		which = (int)(g->p->contiguous ? FILE_HUGE + rnd(g, N_FILES - FILE_HUGE) : rnd(g, N_FILES));
	if (chance(g, 25))
		f = pick_file(g, FD_DMABUF);
	/*
	 * Left out: files of queues and accesses. Without a page table the kernel takes any file,
	 * and such a one holds the context, which would then hold itself for ever.
	 */
	if (chance(g, 8))
		start += chance(g, 50) ? PAGE / 2 : rnd(g, PAGE);
	if (f >= 0 && chance(g, 80))
		start %= 4 * PAGE;
	if (chance(g, 85))
		iova = (iova & ~(PAGE - 1)) | (start & (PAGE - 1));
	map_flags(g, op, chance(g, 65));
	put_id(g, op, "ioas_id", IOM_OBJ_IOAS);
	put(op, "start", chance(g, 2) ? UINT64_MAX - rnd(g, 3) * PAGE : start);
	put(op, "length", pick_length(g));
	put(op, "iova", iova);
	put(op, "fd", 0);
	if (f >= 0)
		put_fd(g, op, "fd", f);
	else
		op->refs[op->n_refs++] = (struct ref){
			.op = (int16_t)(-1 - which), .fd = true, .width = 4,
			.at = (uint8_t)iom_field_find(op->call->fields, "fd")->offset };
}

/* A mapping of this context and its IOAS; -1 when there is none. */
static int own_mapping(struct gen *g, const struct op *op, int *ioas)
{
	int m = pick_mapping(g, op->ctx, -1);

	*ioas = m < 0 ? -1 : g->maps[m].ioas;
	return m;
}

static void fill_unmap(struct gen *g, struct op *op)
{
	int ioas, m = own_mapping(g, op, &ioas);
	uint64_t r = rnd(g, 100);

	put_id(g, op, "ioas_id", IOM_OBJ_IOAS);
	put(op, "iova", pick_iova(g));
	put(op, "length", pick_length(g));
	if (r < 4) {
		put(op, "iova", 0);
		put(op, "length", UINT64_MAX);
	} else if (m >= 0 && r < 85) {
		const struct mapping *map = &g->maps[m];

		put_obj(g, op, "ioas_id", ioas);
		put_mapped(op, "iova", map, r > 75 ? 0 - rnd(g, 8) * PAGE : 0);
		put(op, "length", map->len + (r > 65 ? rnd(g, 8) * PAGE : 0));
		if (r > 60 && r < 65)
			put(op, "length", map->len / 2 & ~(PAGE - 1));
	}
}

/* Names an address by the number of an area and an offset, as the selftest driver lets fuzzers do. */
static void put_nth(struct gen *g, struct op *op, const char *flags, const char *iova)
{
	uint64_t now = 0;

	if (!chance(g, 5))
		return;
	memcpy(&now, op->arg + iom_field_find(op->call->fields, flags)->offset, 4);
	put(op, flags, now | IOM_MOCK_FLAGS_ACCESS_SYZ);
	put(op, iova, rnd(g, 4) | (chance(g, 60) ? 0 : rnd(g, 5) * PAGE / 2) << 32);
}

static void fill_copy(struct gen *g, struct op *op)
{
	int ioas, m = own_mapping(g, op, &ioas);

	map_flags(g, op, chance(g, 65));
	put_id(g, op, "dst_ioas_id", IOM_OBJ_IOAS);
	put_id(g, op, "src_ioas_id", IOM_OBJ_IOAS);
	put(op, "length", pick_length(g));
	put(op, "dst_iova", pick_iova(g));
	put(op, "src_iova", pick_iova(g));
	if (m >= 0 && chance(g, 85)) {
		const struct mapping *map = &g->maps[m];
		uint64_t pages = map->len / PAGE, skip = chance(g, 40) ? rnd(g, pages + 1) : 0;

		put_obj(g, op, "src_ioas_id", ioas);
		put_mapped(op, "src_iova", map, skip * PAGE);
		put(op, "length", chance(g, 60) ? map->len - skip * PAGE :
						  (1 + rnd(g, pages + 2)) * PAGE);
	}
	put_nth(g, op, "flags", "src_iova");
}

static void fill_iova_ranges(struct gen *g, struct op *op)
{
	uint32_t n = (uint32_t)rnd(g, 12);

	put_id(g, op, "ioas_id", IOM_OBJ_IOAS);
	put_data(g, op, "allowed_iovas", n * 16);
	put(op, "num_iovas", n);
}

static void fill_allow_iovas(struct gen *g, struct op *op)
{
	uint32_t n = (uint32_t)rnd(g, 4);
	uint64_t pos = chance(g, 90) ? chance(g, 50) ? 0x1000000 : PAGE : 0;

	put_id(g, op, "ioas_id", IOM_OBJ_IOAS);
	put_data(g, op, "allowed_iovas", n * 16);
	put(op, "num_iovas", n);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t range[2];

		range[0] = chance(g, 92) ? pos + rnd(g, 16) * PAGE : pick_iova(g);
		range[1] = range[0] + (chance(g, 50) ? 0x4000000 : pick_length(g)) - 1;
		if (chance(g, 4))
			range[1] = chance(g, 50) ? UINT64_MAX : range[0] - 1;
		pos = range[1] + 1;
		memcpy(op->data + i * 16ul, range, 16);
	}
}

static void fill_option(struct gen *g, struct op *op)
{
	put(op, "val64", chance(g, 90) ? rnd(g, 2) : rnd(g, 4));
	if (chance(g, 50)) {
		put(op, "option_id", IOM_OPTION_HUGE_PAGES);
		put_id(g, op, "object_id", IOM_OBJ_IOAS);
	} else {
		put(op, "option_id", chance(g, 80) ? IOM_OPTION_RLIMIT_MODE : rnd(g, 6));
		put(op, "object_id", chance(g, 90) ? 0 : rnd(g, 8));
	}
}

static void fill_vfio_ioas(struct gen *g, struct op *op)
{
	put(op, "op", chance(g, 97) ? rnd(g, 3) : rnd(g, 6));
	put_id(g, op, "ioas_id", IOM_OBJ_IOAS);
}

static void fill_get_pa(struct gen *g, struct op *op)
{
	put_id(g, op, "ioas_id", IOM_OBJ_IOAS);
	put(op, "iova", pick_iova(g));
	put(op, "length", pick_length(g));
}

static void fill_add_reserved(struct gen *g, struct op *op)
{
	put_id(g, op, "id", IOM_OBJ_IOAS);
	put(op, "start", pick_iova(g));
	put(op, "length", pick_length(g));
}

static void fill_create_access(struct gen *g, struct op *op)
{
	put_id(g, op, "id", IOM_OBJ_IOAS);
	put(op, "flags", chance(g, 75) ? 1 : chance(g, 90) ? 0 : rnd(g, 4));
}

/* Returns the IOAS that the access uses, -1 when there is none. */
static int fill_access(struct gen *g, struct op *op)
{
	int f = pick_file(g, chance(g, 97) ? FD_ACCESS : -1);

	/* those that pin can do more */
	for (int tries = 0; tries < 2 && f >= 0 && !g->files[f].pins; tries++)
		f = pick_file(g, FD_ACCESS);
	if (f >= 0)
		put_fd(g, op, "id", f);
	else
		put(op, "id", 901);
	return f >= 0 && g->files[f].kind == FD_ACCESS ? g->files[f].ioas : -1;
}

static void fill_access_replace(struct gen *g, struct op *op)
{
	fill_access(g, op);
	put_id(g, op, "ioas_id", IOM_OBJ_IOAS);
	if (chance(g, 5))
		put(op, "ioas_id", 0);
}

/* A range of some mapping, or beside one. */
static const struct mapping *put_range(struct gen *g, struct op *op, int ioas, uint64_t max)
{
	int m = chance(g, 90) ? pick_mapping(g, op->ctx, ioas) : -1;
	uint64_t len = pick_length(g), skip;

	put(op, "iova", pick_iova(g));
	if (m < 0) {
		put(op, "length", len < max ? len : max);
		return NULL;
	}
	skip = chance(g, 50) ? 0 : rnd(g, g->maps[m].len + 1);
	if (chance(g, 60))
		skip &= ~(PAGE - 1);
	if (chance(g, 70))
		len = g->maps[m].len - skip;
	put_mapped(op, "iova", &g->maps[m], skip);
	put(op, "length", len < max ? len : max);
	return &g->maps[m];
}

static void fill_access_pages(struct gen *g, struct op *op)
{
	int ioas = fill_access(g, op);
	const struct mapping *m = put_range(g, op, ioas, 24 * PAGE);

	put(op, "flags", chance(g, 55) ? 0 : chance(g, 95) ? 1 : rnd(g, 8));
	put(op, "uptr", m && m->memory && chance(g, 40) ? m->memory : 0);
	put_nth(g, op, "flags", "iova");
}

static void fill_access_unpin(struct gen *g, struct op *op)
{
	int f;

	fill_access(g, op);
	f = op->n_refs ? op->refs[0].op : -1;
	put(op, "access_pages_id", rnd(g, 3));
	for (int i = 0; i < g->n_files; i++)
		if (g->files[i].op == f)
			put(op, "access_pages_id", rnd(g, g->files[i].items + 1u));
}

static void fill_access_rw(struct gen *g, struct op *op)
{
	uint64_t len = 0;
	int ioas = fill_access(g, op);

	put_range(g, op, ioas, DATA_MAX);
	memcpy(&len, op->arg + iom_field_find(op->call->fields, "length")->offset, 8);
	put_data(g, op, "uptr", (uint32_t)len);
	for (uint32_t i = 0; i < op->data_len; i++)
		op->data[i] = (unsigned char)(i * 7 + g->p->n_ops);
	put(op, "flags", chance(g, 92) ? rnd(g, 2) | (rnd(g, 2) << 2) : rnd(g, 16));
	put_nth(g, op, "flags", "iova");
}

static void fill_check_refs(struct gen *g, struct op *op)
{
	uint64_t memory = chance(g, 50) ? MEM_PLAIN + rnd(g, MEM_PLAIN_SIZE / PAGE) * PAGE :
					  MEM_SHARED + rnd(g, MEM_SHARED_SIZE / PAGE) * PAGE;
	int m = pick_mapping(g, op->ctx, -1);

	/* how often a page is held that another one's memory is part of cannot be told */
	if (m >= 0 && g->maps[m].memory && chance(g, 85))
		memory = g->maps[m].memory & ~(PAGE - 1);
	put(op, "uptr", memory + (chance(g, 2) ? 1 : 0));
	put(op, "length", (1 + rnd(g, 3)) * PAGE);
	put(op, "refs", rnd(g, 4));
}

static void fill_memory_limit(struct gen *g, struct op *op)
{
	put(op, "limit", chance(g, 60) ? 12 + rnd(g, 200) : chance(g, 90) ? 65536 : rnd(g, 16));
}

static void fill_dmabuf_get(struct gen *g, struct op *op)
{
	put(op, "length", chance(g, 90) ? (1 + rnd(g, 8)) * PAGE : rnd(g, 1 << 21));
	put(op, "open_flags", chance(g, 95) ? 02000002 : 0);
}

static void fill_dmabuf_revoke(struct gen *g, struct op *op)
{
	int f = pick_file(g, chance(g, 95) ? FD_DMABUF : -1);

	if (f >= 0)
		put_fd(g, op, "dmabuf_fd", f);
	else
		put(op, "dmabuf_fd", 901);
	put(op, "revoked", chance(g, 70));
}

/*                                       map dirty nest pasid limit any */
const struct shape shapes_map[] = {
	{ "ioas-alloc",			{ 3, 1, 1, 1, 2, 3 }, NULL },
	{ "destroy",			{ 4, 3, 8, 6, 3, 6 }, NULL },
	{ "ioas-map",			{ 40, 25, 6, 3, 40, 20 }, fill_map },
	{ "ioas-map-file",		{ 12, 4, 1, 1, 15, 6 }, fill_map_file },
	{ "ioas-unmap",			{ 25, 10, 3, 2, 15, 12 }, fill_unmap },
	{ "ioas-copy",			{ 20, 8, 1, 1, 14, 8 }, fill_copy },
	{ "ioas-iova-ranges",		{ 8, 2, 1, 1, 1, 4 }, fill_iova_ranges },
	{ "ioas-allow-iovas",		{ 4, 1, 1, 1, 1, 2 }, fill_allow_iovas },
	{ "option",			{ 3, 3, 1, 1, 6, 3 }, fill_option },
	{ "vfio-ioas",			{ 3, 1, 1, 1, 1, 3 }, fill_vfio_ioas },
	{ "ioas-change-process",	{ 1, 1, 1, 1, 8, 1 }, NULL },
	{ "ioas-noiommu-get-pa",	{ 1, 1, 1, 1, 1, 1 }, fill_get_pa },
	{ "test-add-reserved",		{ 3, 1, 1, 1, 1, 2 }, fill_add_reserved },
	{ "test-create-access",		{ 5, 1, 2, 1, 4, 3 }, fill_create_access },
	{ "test-access-replace-ioas",	{ 3, 1, 1, 1, 2, 2 }, fill_access_replace },
	{ "test-access-pages",		{ 18, 3, 2, 1, 16, 8 }, fill_access_pages },
	{ "test-destroy-access-pages",	{ 8, 2, 1, 1, 6, 4 }, fill_access_unpin },
	{ "test-access-rw",		{ 14, 5, 1, 1, 3, 6 }, fill_access_rw },
	{ "test-md-check-refs",		{ 10, 1, 1, 1, 3, 4 }, fill_check_refs },
	{ "test-set-temp-memory-limit", { 3, 3, 1, 1, 2, 1 }, fill_memory_limit },
	{ "test-dmabuf-get",		{ 3, 1, 1, 1, 2, 2 }, fill_dmabuf_get },
	{ "test-dmabuf-revoke",		{ 2, 1, 1, 1, 1, 1 }, fill_dmabuf_revoke },
	{ 0 },
};
