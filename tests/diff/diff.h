/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the comparer share: random programs, how they are run, what they gave. */
#pragma once

#include "iommuctl/abi.h"
#include "iommuctl/backend.h"
#include "iommuctl/uapi.h"

#define MAX_OPS	  400
#define N_CTX	  2
#define ARG_MAX	  128  /* bytes of a call's struct, its tail included */
#define DATA_MAX  1024 /* bytes that a call finds behind its pointer */
#define MAX_REFS  4
#define PAGE	  4096ull
#define HUGE_PAGE 0x200000ull

/*
 * Where a program's memory lies, the same in each run of it. Everything not named is unmapped, so
 * that a run of pages can go over an end.
 */
#define MEM_PLAIN	0x200000000000ull /* private, 4 KiB pages */
#define MEM_PLAIN_SIZE	(64 * PAGE)
#define MEM_RDONLY	(MEM_PLAIN + 0x60000) /* private, not writable */
#define MEM_RDONLY_SIZE (8 * PAGE)
#define MEM_SHARED	(MEM_PLAIN + 0x80000) /* the first pages of FILE_SHMEM */
#define MEM_SHARED_SIZE (32 * PAGE)
#define MEM_HUGE	(MEM_PLAIN + 0x400000) /* 2 MiB pages */
#define MEM_HUGE_SIZE	(2 * HUGE_PAGE)
/* What calls point to; the byte behind either is unmapped. */
#define ARG_END	     (MEM_PLAIN + 0x1001000)
#define SCRATCH_END  (MEM_PLAIN + 0x1014000)
#define SCRATCH_SIZE (16 * PAGE)

/* Files that a program can map, by number. */
enum { FILE_SHMEM, FILE_HUGE, FILE_DISK, FILE_NONE, N_FILES };
#define FILE_PAGES 48

enum op_kind {
	OP_IOCTL, /* with arg, whose pointers point to data */
	OP_VALUE, /* the argument is the number in `value` */
	OP_READ,  /* `value` bytes of the fd in refs[0] into data */
	OP_WRITE, /* data_len bytes of data to the fd in refs[0] */
	OP_POLL,  /* is the fd in refs[0] readable? */
	OP_CLOSE, /* the fd in refs[0] */
	OP_LIMIT, /* RLIMIT_MEMLOCK becomes `value` bytes */
};

/* A place in arg that takes what an earlier call gave. */
struct ref {
	int16_t op;	 /* that call; negative: file -1 - op */
	uint8_t at, to;	 /* offset in arg, and in the earlier call's arg; bytes */
	uint8_t width;	 /* of both, bytes: 4 or 8 */
	bool fd;
	uint64_t add;
};

struct op {
	uint8_t kind, ctx, n_refs;
	bool skip; /* shrunk away */
	const struct iom_call *call; /* NULL: a call of the VFIO container */
	uint32_t code;
	uint32_t len;	   /* bytes of arg */
	uint32_t data_len; /* bytes of data */
	uint32_t look_len; /* bytes of scratch memory that are compared after the call */
	int32_t look_at;   /* where they begin, and data, counted back from SCRATCH_END */
	uint64_t value;
	struct ref refs[MAX_REFS];
	unsigned char arg[ARG_MAX];
	unsigned char data[DATA_MAX];
};

struct program {
	uint64_t seed;
	bool contiguous; /* only memory of huge pages: how pages lie decides what is dirty */
	bool limited;	 /* runs without CAP_IPC_LOCK */
	int n_ops;
	struct op ops[MAX_OPS];
};

/* What an operation gave. Bytes of memory begin at look of the run's bytes. */
struct rec {
	bool done;
	int64_t ret; /* >= 0, or a negative errno */
	unsigned char arg[ARG_MAX];
	size_t look;
};

struct pasid_use {
	uint32_t ctx, stdev, pasid;
};

struct run {
	struct iom_backend *be; /* owned */
	const struct program *p;
	int ctx[N_CTX], files[N_FILES];
	int out_fd[MAX_OPS]; /* that the operation made and nobody has closed; -1 */
	struct rec recs[MAX_OPS];
	unsigned char *bytes;
	size_t n_bytes, room;
	struct pasid_use *pasids; /* attached now */
	size_t n_pasids;
	bool written; /* an access may have written to memory */
	uint64_t memory_sum; /* of all memory at the end, when it was */
};

/* ---- world.c: the process as every program finds it ---- */

/* Memory, files, limits. Exits with a message when the machine cannot give them. */
void world_begin(const struct program *p, int files[N_FILES]);
void world_end(int files[N_FILES]);
uint64_t world_memory_sum(const struct program *p);

/* ---- exec.c ---- */

/* backend is "kernel" or "emu". Exits with a message when it cannot be opened. */
void run_begin(struct run *r, const struct program *p, const char *backend);
void run_op(struct run *r, int i);
/* Closes what is open, in the order in which it came. What the operations gave stays. */
void run_end(struct run *r);
void run_free(struct run *r);
/* All of the program. */
void run_program(struct run *r, const struct program *p, const char *backend);
/* The first operation whose result differs, n_ops for the memory left behind, or -1. */
int run_compare(const struct run *a, const struct run *b);
/* Value that operation i gave at an offset of its struct. */
uint64_t run_out(const struct run *r, int i, unsigned int at, unsigned int width);

/* ---- generate.c ---- */

/* Writes the program of a seed, choosing by what the emulator answers; r has that run. */
void generate(struct program *p, uint64_t seed, int n_ops, struct run *r);

/* ---- compare.c ---- */

/* Who is compared; plant names a difference that is made up, to see that it is found. */
struct sides {
	const char *left, *right, *plant;
};

/* As run_compare(), after running both. */
int compare_program(const struct sides *s, const struct program *p, struct run *left,
		    struct run *right);
/* Removes what the difference does not need. Returns the number of runs it took. */
int shrink(const struct sides *s, struct program *p);

/* ---- script.c ---- */

/* A batch file that does the same, as far as commands can. */
void print_script(const struct program *p);
/* One operation in one line, with what it gave. */
void print_op(const struct program *p, const struct run *r, int i);
