/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the benchmarks share: time of a command, median, giving up. */
#pragma once

#include <stddef.h>

/* Says what failed with errno, and exits 1. */
__attribute__((noreturn)) void die(const char *what);
/* Seconds of a clock that never goes back. */
double now(void);
/* Seconds that this process worked, whatever else the machine had to do. */
double cpu_now(void);
/* Seconds until the command has ended; its output goes to /dev/null. It must succeed. */
double run(const char *const argv[]);
/* Sorts v. */
double median(double *v, size_t n);
