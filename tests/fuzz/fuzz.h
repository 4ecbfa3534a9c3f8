/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fuzz targets share: reading the input, guarding the host, running a command. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The two functions of a target, as libFuzzer and replay.c call them. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with a message: what a target checks did not hold. */
void fuzz_failed(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* A root that is there, and has nothing of a host in it. */
#define FUZZ_NO_HOST "/proc/self/fdinfo"

/* ---- the input as a stream; behind its end come zeros ---- */

struct fuzz_in {
	const uint8_t *p, *end;
};

uint64_t fuzz_take(struct fuzz_in *in, unsigned int bytes); /* little-endian */
/* At most len bytes, or what is left; returns how many. */
size_t fuzz_bytes(struct fuzz_in *in, void *buf, size_t len);
/*
 * The entry of a list whose name's hash is the next above key. So an input means the same as long
 * as its entries are there, whatever else the list gets. name yields entry i of n.
 */
uint16_t fuzz_key(const char *name);
size_t fuzz_pick(uint16_t key, size_t n, const char *(*name)(size_t i));

/* ---- the guard: while it is up, no input can do anything to the host ---- */

/*
 * Opens for writing, folders, links and removals fail outside of scratch (NULL: everywhere), reads
 * outside of scratch, /proc/self and /dev/null do as well; processes, sockets and libraries
 * cannot be had, nothing waits, mappings have bounds.
 */
void fuzz_guard_up(const char *scratch);
void fuzz_guard_down(void);
/* What copies to and from addresses may reach: [base, base + len) only. NULL: whatever is sane. */
void fuzz_guard_memory(const void *base, size_t len);

/* A folder of this process, removed when it exits. It lies in memory when there is such a place. */
const char *fuzz_scratch(void);
/* Removes what is below it. */
void fuzz_empty(const char *dir);

/* ---- commands ---- */

/*
 * Runs a command in this process as main() does, with stdout and stderr in memory, and checks what
 * any command keeps: the exit code, JSON that can be read, text without control characters, a
 * message for each failure. Returns the exit code.
 */
int fuzz_command(int argc, char **argv);
