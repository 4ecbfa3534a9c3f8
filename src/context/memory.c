/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is mapped into address spaces: small blocks from chunks, the rest from mmap. */
#include "iommuctl/context.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"

#define PAGE 4096UL
#define CHUNK_SIZE (4UL << 20)
#define MAX_SLOT 16 /* pages in the largest small block */

/* Chunks are kept until the context ends; the blocks cut from them are reused by size. */
struct chunk {
	struct chunk *next;
	char *base;
	size_t used;
};

static struct iom_mem *new_mem(void *addr, size_t len)
{
	struct iom_mem *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->addr = addr;
	m->len = len;
	m->refs = 1;
	return m;
}

static void *map_anon(size_t len, int flags)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/*
 * The kernel aligns an IOVA that it chooses as the memory is aligned, so memory is aligned by its
 * size (to 4 MiB at most): the same batch gets the same IOVAs each time.
 */
static void *map_aligned(size_t len)
{
	size_t align = PAGE, want;
	uintptr_t at, start;
	char *p;

	while (align < len && align < CHUNK_SIZE)
		align *= 2;
	if (__builtin_add_overflow(len, align, &want)) {
		errno = ENOMEM;
		return NULL;
	}
	p = map_anon(want, MAP_NORESERVE);
	if (!p)
		return NULL;
	at = (uintptr_t)p;
	start = (at + align - 1) & ~(align - 1);
	if (start > at)
		munmap(p, start - at);
	if (start + len < at + want)
		munmap(p + (start - at) + len, at + want - start - len);
	return p + (start - at);
}

static struct iom_mem *cut_small(struct iom_ctx *ctx, unsigned int slot)
{
	struct chunk *c = ctx->chunks;
	size_t len = slot * PAGE, align = PAGE;
	struct iom_mem *m;

	while (align < len)
		align *= 2;
	if (c)
		c->used = (c->used + align - 1) & ~(align - 1);
	if (!c || c->used + len > CHUNK_SIZE) {
		c = calloc(1, sizeof(*c));
		if (!c)
			return NULL;
		c->base = map_aligned(CHUNK_SIZE);
		if (!c->base) {
			free(c);
			errno = ENOMEM;
			return NULL;
		}
		/* A huge page under blocks of 4 KiB would hide how the IOAS was mapped. */
		madvise(c->base, CHUNK_SIZE, MADV_NOHUGEPAGE);
		c->next = ctx->chunks;
		ctx->chunks = c;
	}
	m = new_mem(c->base + c->used, len);
	if (!m)
		return NULL;
	m->slot = slot;
	c->used += len;
	return m;
}

struct iom_mem *iom_mem_anon(struct iom_ctx *ctx, size_t len, size_t huge_size)
{
	size_t unit = huge_size ? huge_size : PAGE, rounded = len ? len : 1;
	struct iom_mem *m;
	int flags = 0;
	void *p;

	if (__builtin_add_overflow(rounded, unit - 1, &rounded)) {
		errno = ENOMEM;
		return NULL;
	}
	rounded &= ~(unit - 1);
	if (!huge_size && rounded <= MAX_SLOT * PAGE) {
		unsigned int slot = (unsigned int)(rounded / PAGE);

		m = ctx->free_mem[slot];
		if (!m)
			return cut_small(ctx, slot);
		ctx->free_mem[slot] = m->next;
		m->refs = 1;
		return m;
	}
	/* huge pages are reserved: where there are too few, nothing is mapped */
	if (huge_size)
		flags = MAP_HUGETLB | (__builtin_ctzl(huge_size) << MAP_HUGE_SHIFT);
	p = huge_size ? map_anon(rounded, flags) : map_aligned(rounded);
	if (!p)
		return NULL;
	m = new_mem(p, rounded);
	if (!m)
		munmap(p, rounded);
	return m;
}

struct iom_mem *iom_mem_file(struct iom_ctx *ctx, int fd, uint64_t offset, size_t len,
			     bool writable)
{
	struct iom_mem *m;
	void *p;

	(void)ctx;
	p = mmap(NULL, len, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd,
		 (off_t)offset);
	if (p == MAP_FAILED)
		return NULL;
	m = new_mem(p, len);
	if (!m)
		munmap(p, len);
	return m;
}

void iom_mem_put(struct iom_ctx *ctx, struct iom_mem *m)
{
	if (!m || --m->refs)
		return;
	if (m->slot) {
		/* The next owner must find zeroes; nothing wrote unless the context says so. */
		if (ctx->touched)
			madvise(m->addr, m->len, MADV_DONTNEED);
		m->next = ctx->free_mem[m->slot];
		ctx->free_mem[m->slot] = m;
		return;
	}
	munmap(m->addr, m->len);
	free(m);
}

void iom_mem_free_all(struct iom_ctx *ctx)
{
	struct chunk *c, *next;

	for (unsigned int slot = 0; slot < IOM_ARRAY_SIZE(ctx->free_mem); slot++)
		while (ctx->free_mem[slot]) {
			struct iom_mem *m = ctx->free_mem[slot];

			ctx->free_mem[slot] = m->next;
			free(m);
		}
	for (c = ctx->chunks; c; c = next) {
		next = c->next;
		munmap(c->base, CHUNK_SIZE);
		free(c);
	}
	ctx->chunks = NULL;
}
