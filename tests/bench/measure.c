/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the benchmarks share: time of a command, median, giving up. */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double clock_at(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double now(void)
{
	return clock_at(CLOCK_MONOTONIC);
}

double cpu_now(void)
{
	return clock_at(CLOCK_PROCESS_CPUTIME_ID);
}

double run(const char *const argv[])
{
	posix_spawn_file_actions_t fa;
	double start;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	start = now();
	errno = posix_spawnp(&pid, argv[0], &fa, NULL, (char *const *)argv, environ);
	if (errno)
		die(argv[0]);
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid");
	posix_spawn_file_actions_destroy(&fa);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "bench: %s failed with status 0x%x\n", argv[0], status);
		exit(1);
	}
	return now() - start;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}
