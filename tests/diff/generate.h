/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the generator share: what a program has made so far, and how it is chosen from. */
#pragma once

#include "diff.h"

/* What a program does most. */
enum profile {
	PROFILE_MAP,	/* mappings, areas, accesses */
	PROFILE_DIRTY,	/* huge pages and dirty tracking */
	PROFILE_NEST,	/* nested tables, vIOMMUs and their queues */
	PROFILE_PASID,	/* PASIDs and page requests */
	PROFILE_LIMIT,	/* limits of locked memory */
	PROFILE_ANY,
	N_PROFILES,
};

struct obj {
	uint8_t type, ctx; /* enum iom_obj */
	bool live;
	int16_t op; /* that made it, */
	uint8_t at; /* and where its id stands there */
	uint32_t id;
	uint32_t flags; /* of the call that made it */
	int16_t on; /* HWPT, vIOMMU: object that it was made on; mock device: its DEVICE; -1 */
};

enum fd_kind { FD_ACCESS, FD_FAULT, FD_VEVENTQ, FD_DMABUF, FD_FILE };

struct file {
	uint8_t kind, ctx;
	bool live, pins;
	int16_t op;
	int16_t ioas;	/* FD_ACCESS: object; -1 */
	uint32_t items; /* FD_ACCESS: pinned so far */
};

struct mapping {
	bool live;
	int16_t ioas, op; /* object; the call that made it, */
	uint8_t at;	  /* and where the IOVA stands in its struct */
	uint64_t iova, len, memory;
};

#define MAX_THINGS 512

struct gen {
	struct program *p;
	struct run *run;
	uint64_t state; /* of the random numbers */
	enum profile profile;
	struct obj objs[MAX_THINGS];
	struct file files[MAX_THINGS];
	struct mapping maps[MAX_THINGS];
	int n_objs, n_files, n_maps;
};

/* ---- pick.c ---- */

uint64_t rnd(struct gen *g, uint64_t n); /* below n, which is not 0 */
bool chance(struct gen *g, unsigned int percent);
/* Where the random one of these stands, -1 when there is none. obj type as a field has it. */
int pick_obj(struct gen *g, unsigned int ctx, enum iom_obj type);
int pick_file(struct gen *g, int kind); /* -1: of any kind */
/* Of an IOAS; -1: of any of the context. */
int pick_mapping(struct gen *g, unsigned int ctx, int ioas);
/* The IOAS whose mappings a page table has, -1 when that is not known. */
int ioas_of(const struct gen *g, int hwpt);
uint64_t pick_memory(struct gen *g);
uint64_t pick_iova(struct gen *g);
uint64_t pick_length(struct gen *g);

/* Puts a value, a reference to an object or an fd into the struct at a field. */
void put(struct op *op, const char *field, uint64_t value);
void put_obj(struct gen *g, struct op *op, const char *field, int obj);
void put_fd(struct gen *g, struct op *op, const char *field, int file);
/* The IOVA of a mapping, moved by `add`. */
void put_mapped(struct op *op, const char *field, const struct mapping *m, uint64_t add);
/* An object of the type; rarely one of another type, a dead one, or none. Returns it or -1. */
int put_id(struct gen *g, struct op *op, const char *field, enum iom_obj type);
/*
 * Lets a pointer have `len` bytes of data, of which the caller fills in what it likes. Now and then
 * the memory ends too early.
 */
void put_data(struct gen *g, struct op *op, const char *field, uint32_t len);

/* ---- shape-*.c: fill in a call whose fields have got plausible values ---- */

typedef void shape_fn(struct gen *g, struct op *op);

struct shape {
	const char *word; /* of the call */
	uint8_t weight[N_PROFILES];
	shape_fn *fill;
};

/* Ended by a NULL word. */
extern const struct shape shapes_map[], shapes_hwpt[], shapes_queue[];

/* ---- generate.c, recipe.c ---- */

/* A call of that name at the end of the program, filled in but not made, and made. */
struct op *begin_op(struct gen *g, unsigned int ctx, const char *word);
void make_op(struct gen *g);
/* The object that the last operation made, -1 when it made none. */
int made_obj(const struct gen *g, enum iom_obj type);
/* Several calls that lead somewhere, as far as `room` more calls go. */
void recipe(struct gen *g, unsigned int ctx, int room);
