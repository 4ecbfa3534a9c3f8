/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The comparer's command line: runs random programs on two backends and shows where they differ. */
#include <err.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "diff.h"

#define MAX_WORKERS 16
#define PER_LINE    100 /* programs behind one passed line of TAP */
#define SHRUNK_MAX  3	/* of a worker: the others are named only */

#define MAX_CALLS   256

/* In memory that all processes see. */
struct shared {
	uint64_t next, failed, calls, refused;
	uint64_t at[MAX_WORKERS]; /* seed that each is at */
	uint64_t bad[4096];
	uint32_t made[MAX_CALLS], done[MAX_CALLS]; /* by place in the table of calls */
	bool ok[1 << 16]; /* lines without a difference */
};

static struct {
	struct sides sides;
	uint64_t seed, count;
	int calls, workers;
	bool show;
} opt = { { "kernel", "emu", NULL }, 1, 100, 200, 0, false };

static void usage(void)
{
	fputs("usage: diff [--seed N] [--count N] [--calls N] [--left BACKEND] [--right BACKEND]\n"
	      "            [--workers N] [--plant LATER,EARLIER] [--show]\n"
	      "Compares COUNT random programs from a seed on, on two backends (kernel, emu).\n"
	      "--plant makes up a difference: a success of the call LATER behind one of EARLIER.\n"
	      "--show prints the program of the seed and what the left backend answers.\n",
	      stderr);
	exit(2);
}

static uint64_t number(const char *text)
{
	uint64_t v;

	if (iom_parse_u64(text, &v))
		usage();
	return v;
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", 1, NULL, 's' },  { "count", 1, NULL, 'c' },	{ "calls", 1, NULL, 'n' },
		{ "left", 1, NULL, 'l' },  { "right", 1, NULL, 'r' },	{ "workers", 1, NULL, 'w' },
		{ "plant", 1, NULL, 'p' }, { "show", 0, NULL, 'S' }, { 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's': opt.seed = number(optarg); break;
		case 'c': opt.count = number(optarg); break;
		case 'n': opt.calls = (int)number(optarg); break;
		case 'l': opt.sides.left = optarg; break;
		case 'r': opt.sides.right = optarg; break;
		case 'w': opt.workers = (int)number(optarg); break;
		case 'p': opt.sides.plant = optarg; break;
		case 'S': opt.show = true; break;
		default: usage();
		}
	}
	if (!opt.workers)
		opt.workers = (int)sysconf(_SC_NPROCESSORS_ONLN);
	if (opt.workers < 1 || opt.workers > MAX_WORKERS)
		opt.workers = opt.workers < 1 ? 1 : MAX_WORKERS;
	if (optind != argc || opt.calls < 8 || opt.calls > MAX_OPS || !opt.count ||
	    opt.count > sizeof(((struct shared *)0)->ok) * (uint64_t)PER_LINE ||
	    (opt.sides.plant && !strchr(opt.sides.plant, ',')))
		usage();
}

/*
 * Locked memory is counted by user, so each worker is another one; it keeps the capabilities that
 * programs need.
 */
static void become_user(int worker)
{
	uid_t uid = (uid_t)(60000 + worker);

	if (geteuid())
		return;
	if (prctl(PR_SET_SECUREBITS, 1 << 2 /* SECBIT_NO_SETUID_FIXUP */) || setresuid(uid, uid, uid))
		err(1, "cannot become user %u", (unsigned int)uid);
}

static void print_difference(const struct program *p, const struct run *left,
			     const struct run *right, int at)
{
	if (at == p->n_ops) {
		printf("#   memory holds something else\n");
		return;
	}
	print_op(p, left, at);
	printf("#   but %s:\n", opt.sides.right);
	print_op(p, right, at);
}

/* The program, smaller. */
static void report(struct program *p)
{
	static struct run left, right;
	int runs = shrink(&opt.sides, p), kept = 0, at;

	at = compare_program(&opt.sides, p, &left, &right);
	if (at < 0) {
		printf("# seed %llu: does not differ when it is run again\n",
		       (unsigned long long)p->seed);
		return;
	}
	for (int i = 0; i < p->n_ops; i++)
		kept += !p->ops[i].skip;
	printf("# seed %llu: shrunk to %d calls in %d runs\n", (unsigned long long)p->seed, kept, runs);
	for (int i = 0; i < p->n_ops && i < at; i++)
		if (!p->ops[i].skip)
			print_op(p, &left, i);
	print_difference(p, &left, &right, at);
	print_script(p);
}

static void count(struct shared *sh, const struct program *p, const struct run *r)
{
	__atomic_fetch_add(&sh->calls, (uint64_t)p->n_ops, __ATOMIC_RELAXED);
	for (int i = 0; i < p->n_ops; i++) {
		const struct iom_call *call = p->ops[i].call;
		bool refused = r->recs[i].ret < 0;

		__atomic_fetch_add(&sh->refused, refused, __ATOMIC_RELAXED);
		if (!call || call - iom_calls >= MAX_CALLS)
			continue;
		__atomic_fetch_add(&sh->made[call - iom_calls], 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&sh->done[call - iom_calls], !refused, __ATOMIC_RELAXED);
	}
}

static void one_program(struct shared *sh, uint64_t seed, unsigned int *shrunk)
{
	static struct program p;
	static struct run first, left, right;
	int at;

	generate(&p, seed, opt.calls, &first);
	count(sh, &p, &first);
	at = compare_program(&opt.sides, &p, &left, &right);
	if (at < 0)
		return;
	sh->ok[(seed - opt.seed) / PER_LINE] = false;
	sh->bad[__atomic_fetch_add(&sh->failed, 1, __ATOMIC_RELAXED) % IOM_ARRAY_SIZE(sh->bad)] = seed;
	printf("not ok - the program of seed %llu differs at call %d\n", (unsigned long long)seed, at);
	print_difference(&p, &left, &right, at);
	if ((*shrunk)++ < SHRUNK_MAX)
		report(&p);
	fflush(stdout);
}

static void work(struct shared *sh, int worker)
{
	unsigned int shrunk = 0;
	uint64_t k;

	become_user(worker);
	/* what is said of one program is written at once */
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	while ((k = __atomic_fetch_add(&sh->next, 1, __ATOMIC_RELAXED)) < opt.count) {
		sh->at[worker] = opt.seed + k;
		one_program(sh, opt.seed + k, &shrunk);
	}
	exit(0);
}

static void show(void)
{
	static struct program p;
	static struct run first, left;

	generate(&p, opt.seed, opt.calls, &first);
	run_program(&left, &p, opt.sides.left);
	for (int i = 0; i < p.n_ops; i++)
		print_op(&p, &left, i);
	print_script(&p);
}

/* Returns whether every worker ended as it should. */
static bool wait_all(struct shared *sh, const pid_t *pids)
{
	bool fine = true;

	for (int w = 0; w < opt.workers; w++) {
		int status = 0;

		if (waitpid(pids[w], &status, 0) == pids[w] && !status)
			continue;
		printf("not ok - a worker ended with status %#x at seed %llu\n", (unsigned int)status,
		       (unsigned long long)sh->at[w]);
		if (sh->at[w] >= opt.seed)
			sh->ok[(sh->at[w] - opt.seed) / PER_LINE] = false;
		sh->failed++;
		fine = false;
	}
	return fine;
}

/* Which calls of iommufd and of the selftest driver no program made, or none with success. */
static void print_missed(const char *what, const uint32_t *counts)
{
	printf("# never %s:", what);
	for (const struct iom_call *c = iom_calls; c->name; c++) {
		bool ours = (c->family == IOM_FAM_IOMMUFD && !c->abi) ||
			    (c->family == IOM_FAM_SELFTEST && c->op > 0);

		if (ours && !counts[c - iom_calls])
			printf(" %s", c->word);
	}
	printf("\n");
}

static int summary(const struct shared *sh, bool fine)
{
	uint64_t lines = (opt.count + PER_LINE - 1) / PER_LINE;

	for (uint64_t i = 0; i < lines; i++) {
		uint64_t first = opt.seed + i * PER_LINE, last = first + PER_LINE - 1;

		if (last > opt.seed + opt.count - 1)
			last = opt.seed + opt.count - 1;
		if (sh->ok[i])
			printf("ok - programs of seeds %llu to %llu\n", (unsigned long long)first,
			       (unsigned long long)last);
	}
	printf("# %llu programs, %llu calls, %llu%% of them refused; %llu programs differ\n",
	       (unsigned long long)opt.count, (unsigned long long)sh->calls,
	       (unsigned long long)(sh->calls ? sh->refused * 100 / sh->calls : 0),
	       (unsigned long long)sh->failed);
	print_missed("made", sh->made);
	print_missed("made with success", sh->done);
	for (uint64_t i = 0; i < sh->failed && i < IOM_ARRAY_SIZE(sh->bad); i++)
		printf("# differs: --seed %llu\n", (unsigned long long)sh->bad[i]);
	return !fine || sh->failed;
}

int main(int argc, char **argv)
{
	pid_t pids[MAX_WORKERS];
	struct shared *sh;
	bool fine;

	parse(argc, argv);
	if (opt.show) {
		show();
		return 0;
	}
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		err(1, "out of memory");
	memset(sh->ok, true, sizeof(sh->ok));
	printf("1..%llu\n", (unsigned long long)(opt.count + PER_LINE - 1) / PER_LINE);
	fflush(stdout);
	for (int w = 0; w < opt.workers; w++) {
		pids[w] = fork();
		if (pids[w] < 0)
			err(1, "cannot fork");
		if (!pids[w])
			work(sh, w);
	}
	fine = wait_all(sh, pids);
	return summary(sh, fine);
}
