/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory of the calling process and of those that share its machine. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "iommuctl/base.h"

/* Addresses are of the calling process, where no pid says another. */
/* 0 or -EFAULT; what was copied before the fault stays copied. */
int emu_copy_from(void *dst, uint64_t src, size_t len) iom_must_check;
int emu_copy_to(uint64_t dst, const void *src, size_t len) iom_must_check;
/* Faults the pages in; -EFAULT when they are not there or not of this access. */
int emu_mem_populate(uint64_t addr, uint64_t len, bool write) iom_must_check;
/*
 * Memory that emu_mem_populate() accepted for writing: -EFAULT when the kernel would not pin it for
 * long because a file system tracks writes to it, else 0. pid 0 is this process.
 */
int emu_mem_pin_check(pid_t pid, uint64_t addr, uint64_t len) iom_must_check;
/* Whether the process's map, 0 for ours, lets all of it be read or written: -EFAULT. */
int emu_mem_check_map(pid_t pid, uint64_t addr, uint64_t end, bool write) iom_must_check;

/* What a page really is: an offset in a shared file, or its own address. */
struct emu_ident {
	bool file;
	dev_t dev;
	ino_t ino; /* without a file: number of the process among those that share the machine */
	uint64_t pos; /* of the byte asked for: offset or address */
	uint64_t len; /* bytes from there on of which the same is true */
};
void emu_mem_ident(uint64_t addr, struct emu_ident *id);
/* Is the mapping there one of huge pages, or one that stands for such? */
bool emu_mem_is_huge(pid_t pid, uint64_t addr);
/* Whether anything is mapped there in a process, which may be gone. */
bool emu_mem_is_mapped(pid_t pid, uint64_t addr);
/* The same in another process. */
void emu_mem_ident_of(pid_t pid, uint64_t addr, struct emu_ident *id);
/* Where this process maps the file at `skip` behind id; *len is cut to what is there. 0: nowhere. */
uint64_t emu_mem_find(const struct emu_ident *id, uint64_t skip, size_t *len);
