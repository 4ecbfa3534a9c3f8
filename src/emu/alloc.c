/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room's allocator: slabs of equal pieces, cut from blocks of an arena; failures on request. */
#include "alloc.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "iommuctl/emu.h"
#include "iommuctl/itree.h"
#include "lock.h"

/* Blocks are of 2^order units and aligned to one, so that a piece finds the head of its block. */
#define UNIT	   ((size_t)64 << 10)
#define N_ORDERS   24
#define HEAD	   64 /* bytes of struct block before the pieces */
#define MAX_PIECE  ((size_t)16 << 10)
#define N_CLASSES  36
#define N_HEAPS	   8

/* The arena grows by as much as it has, within these bounds; big steps may use huge pages. */
#define FIRST_STEP ((size_t)1 << 20)
#define LAST_STEP  ((size_t)64 << 20)
#define HUGE_STEP  ((size_t)8 << 20)
#define HUGE	   ((size_t)2 << 20)
#define MOST_SHARED ((size_t)64 << 30)

/* At the start of a block: of a slab, or of a single big piece. */
struct block {
	struct heap *heap; /* NULL: a big piece */
	struct arena *arena;
	struct block *next, **link; /* among the slabs of its class that have room; free: next only */
	void *free; /* pieces that were given back, each holding the next */
	uint32_t fresh; /* where the pieces begin that were never given out */
	uint32_t size; /* of a piece */
	uint32_t used; /* pieces */
	uint8_t class, order;
	uint32_t age; /* that of its heap, or it is in no list */
};
_Static_assert(sizeof(struct block) <= HEAD, "pieces begin behind the head");

/* Threads spread over the heaps, so that they seldom wait for each other. */
struct heap {
	struct emu_lock lock;
	struct block *room[N_CLASSES]; /* slabs with a free piece */
	struct block *empty; /* slabs without a used one */
	uint32_t age; /* how often somebody was killed in here */
} __attribute__((aligned(64)));

struct arena {
	struct emu_lock lock;
	bool shared;
	char *next, *end; /* of the range that blocks are cut from */
	size_t step;
	struct block *free[N_ORDERS];
	struct heap heaps[N_HEAPS];
};

static struct arena own = { .step = FIRST_STEP };
static struct arena *shared; /* at the start of the range that children see */
static struct arena *current = &own;
static uint32_t threads; /* counts them */
static __thread uint32_t my_heap; /* its number + 1 */
static __thread unsigned int fail_nth;
static bool plain = EMU_ALLOC_IS_MALLOC;

/* valgrind, like the sanitizers, looks at malloc only, but nothing is built for it. */
__attribute__((constructor)) static void choose(void)
{
	if (getenv("IOMMUCTL_EMU_MALLOC"))
		plain = true;
}

/* ---- failures ---- */

void iom_emu_fail_nth(unsigned int nth)
{
	fail_nth = nth;
}

unsigned int iom_emu_fail_left(void)
{
	return fail_nth;
}

bool emu_should_fail(void)
{
	return __builtin_expect(fail_nth != 0, 0) && !--fail_nth;
}

/* ---- the arena ---- */

/* Threads of this process, or of others as well. */
static inline void take_lock(const struct arena *a, struct emu_lock *l)
{
	if (a->shared)
		emu_lock_take(l);
	else
		emu_lock_take_here(l);
}

static inline void drop_lock(const struct arena *a, struct emu_lock *l)
{
	if (a->shared)
		emu_lock_drop(l);
	else
		emu_lock_drop_here(l);
}

static bool grow(struct arena *a, size_t need)
{
	size_t step = a->step, align = UNIT;
	char *at, *start, *end;

	if (a->shared)
		return false;
	while (step < need + UNIT)
		step *= 2;
	if (step >= HUGE_STEP)
		align = HUGE;
	at = mmap(NULL, step + align, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return false;
	start = (char *)(((uintptr_t)at + align - 1) & ~(uintptr_t)(align - 1));
	end = start + step;
	if (start > at)
		munmap(at, (size_t)(start - at));
	munmap(end, (size_t)(at + step + align - end)); /* a page at least */
	if (align == HUGE)
		madvise(start, step, MADV_HUGEPAGE);
	a->next = start;
	a->end = end;
	if (a->step < LAST_STEP)
		a->step *= 2;
	return true;
}

static struct block *new_block(struct arena *a, unsigned int order)
{
	size_t size = UNIT << order;
	struct block *b;

	take_lock(a, &a->lock);
	b = a->free[order];
	if (b) {
		a->free[order] = b->next;
	} else if ((size_t)(a->end - a->next) >= size || grow(a, size)) {
		b = (struct block *)a->next;
		a->next += size;
	}
	drop_lock(a, &a->lock);
	if (b)
		*b = (struct block){ .arena = a, .order = (uint8_t)order };
	return b;
}

/* The block stays the arena's, what is behind its first page goes back to the system. */
static void free_block(struct block *b)
{
	struct arena *a = b->arena;
	const size_t page = 4096;

	madvise((char *)b + page, (UNIT << b->order) - page,
		a->shared ? MADV_REMOVE : MADV_DONTNEED);
	take_lock(a, &a->lock);
	b->next = a->free[b->order];
	a->free[b->order] = b;
	drop_lock(a, &a->lock);
}

/* ---- pieces ---- */

/* 16, 32 ... 128, then four steps to each power of two. */
static unsigned int class_of(size_t n)
{
	unsigned int log;

	if (n <= 128)
		return (unsigned int)(n - !!n) / 16;
	log = 63 - (unsigned int)__builtin_clzll(n - 1);
	return 8 + (log - 7) * 4 + (unsigned int)((n - 1) >> (log - 2) & 3);
}

static uint32_t size_of(unsigned int class)
{
	if (class < 8)
		return (class + 1) * 16;
	return (5 + (class & 3)) << (5 + (class - 8) / 4);
}

static struct block *block_of(const void *p)
{
	return (struct block *)((uintptr_t)p & ~(uintptr_t)(UNIT - 1));
}

static void enlist(struct heap *h, struct block *b)
{
	b->next = h->room[b->class];
	b->link = &h->room[b->class];
	b->age = h->age;
	if (b->next)
		b->next->link = &b->next;
	*b->link = b;
}

static void delist(struct block *b)
{
	*b->link = b->next;
	if (b->next)
		b->next->link = b->link;
}

static bool is_full(const struct block *b)
{
	return !b->free && b->fresh + b->size > UNIT;
}

/* Opens another slab of the class; the heap is locked. */
static struct block *new_slab(struct arena *a, struct heap *h, unsigned int class)
{
	struct block *b = h->empty;

	if (b) {
		h->empty = b->next;
	} else {
		b = new_block(a, 0);
		if (!b)
			return NULL;
	}
	b->heap = h;
	b->class = (uint8_t)class;
	b->size = size_of(class);
	b->fresh = HEAD;
	b->free = NULL;
	b->used = 0;
	enlist(h, b);
	return b;
}

static struct heap *heap_of_thread(struct arena *a)
{
	if (!my_heap)
		my_heap = __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED) % N_HEAPS + 1;
	return &a->heaps[my_heap - 1];
}

static void *new_piece(struct arena *a, size_t n)
{
	struct heap *h = heap_of_thread(a);
	unsigned int class = class_of(n);
	struct block *b;
	void *p = NULL;

	take_lock(a, &h->lock);
	b = h->room[class];
	if (!b)
		b = new_slab(a, h, class);
	if (b) {
		p = b->free;
		if (p) {
			b->free = *(void **)p;
		} else {
			p = (char *)b + b->fresh;
			b->fresh += b->size;
		}
		b->used++;
		if (is_full(b))
			delist(b);
	}
	drop_lock(a, &h->lock);
	return p;
}

/* Empty slabs stay the heap's: giving back parts of huge pages would break these up. */
static void free_piece(struct block *b, void *p)
{
	struct heap *h = b->heap;

	take_lock(b->arena, &h->lock);
	if (is_full(b) || b->age != h->age)
		enlist(h, b);
	*(void **)p = b->free;
	b->free = p;
	/* the only one of its class stays, or one piece that comes and goes would cost a slab */
	if (!--b->used && (b->next || h->room[b->class] != b)) {
		delist(b);
		b->next = h->empty;
		h->empty = b;
	}
	drop_lock(b->arena, &h->lock);
}

static void *new_big(struct arena *a, size_t n)
{
	unsigned int order = 0;
	struct block *b;

	while (order < N_ORDERS && (UNIT << order) - HEAD < n)
		order++;
	b = order < N_ORDERS ? new_block(a, order) : NULL;
	return b ? (char *)b + HEAD : NULL;
}

/* ---- the way in ---- */

static inline bool from_malloc(const void *p)
{
	return plain && (!shared || (const char *)p < (const char *)shared ||
			      (const char *)p >= shared->end);
}

void *emu_alloc(size_t n)
{
	struct arena *a = current;

	if (emu_should_fail())
		return NULL;
	if (plain && !a->shared)
		return malloc(n ? n : 1);
	return n <= MAX_PIECE ? new_piece(a, n) : new_big(a, n);
}

void *emu_zalloc(size_t n)
{
	void *p = emu_alloc(n);

	return p ? memset(p, 0, n) : NULL;
}

void *emu_realloc(void *p, size_t n)
{
	const struct block *b;
	size_t room;
	void *more;

	if (!p)
		return emu_alloc(n);
	if (from_malloc(p))
		return emu_should_fail() ? NULL : realloc(p, n ? n : 1);
	b = block_of(p);
	room = b->heap ? b->size : (UNIT << b->order) - HEAD;
	if (n <= room)
		return emu_should_fail() ? NULL : p;
	more = emu_alloc(n);
	if (more) {
		memcpy(more, p, room);
		emu_free(p);
	}
	return more;
}

void emu_free(void *p)
{
	struct block *b;

	if (!p)
		return;
	if (from_malloc(p)) {
		free(p);
		return;
	}
	b = block_of(p);
	if (b->heap)
		free_piece(b, p);
	else
		free_block(b);
}

const struct iom_imem emu_itree_mem = { emu_alloc, emu_free };

/* ---- with children ---- */

int emu_alloc_share(void)
{
	size_t size = MOST_SHARED;
	char *at, *start;

	if (shared)
		return 0;
	/* only what is touched counts; less where the process may not have as many addresses */
	do {
		at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		size /= 2;
	} while (at == MAP_FAILED && size >= LAST_STEP);
	if (at == MAP_FAILED)
		return -ENOMEM;
	start = (char *)(((uintptr_t)at + UNIT - 1) & ~(uintptr_t)(UNIT - 1));
	shared = (struct arena *)start;
	shared->shared = true;
	shared->next = start + UNIT;
	shared->end = start + ((size * 2 - (size_t)(start - at)) & ~(UNIT - 1));
	current = shared;
	return 0;
}

bool emu_alloc_is_shared(void)
{
	return shared != NULL;
}

/*
 * What was being given or taken may be lost, and the lists may be torn: they begin anew, and the
 * slabs in them come back with the first piece of theirs that is freed.
 */
void emu_alloc_recover(void)
{
	if (!shared)
		return;
	__atomic_store_n(&shared->lock.state, 0, __ATOMIC_RELEASE);
	for (int i = 0; i < N_HEAPS; i++) {
		struct heap *h = &shared->heaps[i];

		memset(h->room, 0, sizeof(h->room));
		h->empty = NULL;
		h->age++;
		__atomic_store_n(&h->lock.state, 0, __ATOMIC_RELEASE);
	}
}
