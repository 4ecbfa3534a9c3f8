/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The benchmark of the host's view: ratios of one run, as JSON; it measures and never judges. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

#define ROUNDS 11

static const struct {
	const char *name;    /* also what the reader is asked for */
	const char *argv[3]; /* of iommuctl, behind its globals */
} commands[] = {
	{ "group", { "group", "list", NULL } },
	{ "reserved", { "reserved", NULL } },
	{ "device", { "device", "list", NULL } },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char *program, *reader;

static double run_ours(size_t c, const char *tree)
{
	const char *argv[] = { program, "--sysroot", tree, "-j", commands[c].argv[0],
			       commands[c].argv[1], NULL };

	return run(argv);
}

static double run_reader(size_t c, const char *tree)
{
	const char *argv[] = { reader, tree, commands[c].name, NULL };

	return run(argv);
}

/* Against what only reads the same; both take turns, so that both meet the same machine. */
static void bench_command(size_t c, const char *small, const char *big)
{
	double ours[ROUNDS], floor_[ROUNDS], ratio[ROUNDS], few[ROUNDS], growth[ROUNDS];

	run_ours(c, big);
	run_reader(c, big);
	for (int i = 0; i < ROUNDS; i++) {
		few[i] = run_ours(c, small);
		ours[i] = run_ours(c, big);
		floor_[i] = run_reader(c, big);
		ratio[i] = ours[i] / floor_[i];
		growth[i] = ours[i] / few[i];
	}
	printf("\"%s\":{\"ms\":%.1f,\"reader_ms\":%.1f,\"ratio\":%.3f,\"growth\":%.3f}",
	       commands[c].name, 1e3 * median(ours, ROUNDS), 1e3 * median(floor_, ROUNDS), median(ratio, ROUNDS),
	       median(growth, ROUNDS));
}

/* The loop starts some processes a device: the small tree is enough for it, and kinder to it. */
static void bench_loop(const char *loop, const char *small)
{
	double ours[ROUNDS], t = run((const char *const[]){ loop, small, NULL });

	for (int i = 0; i < ROUNDS; i++)
		ours[i] = run_ours(0, small);
	printf("\"loop\":{\"ms\":%.1f,\"ratio\":%.1f}", 1e3 * t, t / median(ours, ROUNDS));
}

static void bench_lspci(const char *big)
{
	char option[4096];
	const char *argv[] = { "lspci", "-A", "linux-sysfs", "-O", option, "-D", NULL };
	double t[ROUNDS], ratio[ROUNDS];

	snprintf(option, sizeof(option), "sysfs.path=%s/sys/bus/pci", big);
	for (int i = 0; i < ROUNDS; i++) {
		t[i] = run(argv);
		ratio[i] = run_ours(2, big) / t[i];
	}
	printf(",\"lspci\":{\"ms\":%.1f,\"ratio\":%.3f}", 1e3 * median(t, ROUNDS),
	       median(ratio, ROUNDS));
}

int main(int argc, char **argv)
{
	if (argc < 6) {
		fprintf(stderr, "usage: host IOMMUCTL READER LOOP SMALL-TREE BIG-TREE [lspci]\n");
		return 2;
	}
	program = argv[1];
	reader = argv[2];
	printf("{\"rounds\":%d,", ROUNDS);
	for (size_t c = 0; c < N_COMMANDS; c++) {
		bench_command(c, argv[4], argv[5]);
		printf(",");
	}
	bench_loop(argv[3], argv[4]);
	if (argc > 6)
		bench_lspci(argv[5]);
	printf("}\n");
	return 0;
}
