/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes that share a machine after a fork. Without emu_alloc_share() there is only this one. */
#pragma once

#include "internal.h"

/* One process, and what a kernel knows of its memory. */
struct emu_mm {
	struct emu_mm *next;
	pid_t pid;
	uint32_t number; /* of its byte in the file of those who live */
	uint32_t refs; /* pages that are its memory */
	bool claimed; /* by the child that it was made for */
	bool gone; /* has no files any more; its pinned memory was kept */
	struct emu_file **files; /* by fd, as emu->files of the process has them */
	int n_files;
	uint64_t pinned, locked; /* pages: VmPin and VmLck */
};

/* A copy of memory whose process ended while it was pinned. */
struct emu_kept {
	struct emu_kept *next;
	uint64_t at; /* address that it had */
	struct emu_ident id; /* of its first byte; len bytes */
	char bytes[];
};

/* From a machine that is made in shared memory, once: 0 or -ENOMEM. */
int emu_mm_first(struct iom_emu *emu) iom_must_check;
bool emu_is_shared(const struct iom_emu *emu);
/* This process, with a reference more; only of a shared machine. Elsewhere NULL stands for it. */
struct emu_mm *emu_mm_get(void);
void emu_mm_put(struct emu_mm *mm);
bool emu_mm_is_self(const struct emu_mm *mm);
struct emu_mm *emu_mm_self(void);
static inline struct emu_mm *emu_mm_self_of(const struct iom_emu *emu)
{
	return emu->mms ? emu_mm_self() : NULL;
}
/* Writes a change of this process's table down for the time when it is gone. False: no memory. */
bool emu_mm_note(struct iom_emu *emu, int fd, struct emu_file *f);
/* With the machine itself. */
void emu_mm_free(struct iom_emu *emu);
/* Ends those that are gone without having said so. */
void emu_mm_reap(struct iom_emu *emu);
void emu_kept_free(struct emu_pages *p);

/* mmap.c: what a process has mapped goes with it, or is its child's as well */
void emu_mmap_drop(struct iom_emu *emu, const struct emu_mm *mm);
void emu_mmap_copy(struct iom_emu *emu, const struct emu_mm *from, struct emu_mm *to);

/* own.c */
/* The file that tells who lives has another number in this process; false: it was not this one. */
bool emu_life_moved(int from, int to);
/* Of a new object; the fd, of emu_dup_high(), is its from here on. The machine is locked. */
void emu_own_set(struct iom_emu *emu, struct emu_own_fd *o, int fd);
/* As this process can use it, -1 when it cannot; given back with emu_own_return(). */
int emu_own_borrow(const struct emu_own_fd *o, int flags);
void emu_own_return(const struct emu_own_fd *o, int fd);
void emu_own_close(struct emu_own_fd *o);

/* remote.c: the memory of any process, as emu_mem_*() and emu_copy_*() of memory.c have their own */
int emu_mm_populate(const struct emu_mm *mm, uint64_t addr, uint64_t len,
		    bool write) iom_must_check;
int emu_mm_pin_check(const struct emu_mm *mm, uint64_t addr, uint64_t len) iom_must_check;
/* Bytes of pages that are a process's memory; that may have ended. */
int emu_mm_rw(struct emu_pages *p, uint64_t addr, void *buf, size_t len, bool write) iom_must_check;
void emu_mm_ident(const struct emu_pages *p, uint64_t addr, struct emu_ident *id);
