/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The benchmark: ratios of one run, as JSON; it measures and never judges. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "iommuctl/emu.h"
#include "iommuctl/uapi.h"
#include "measure.h"

#define PAGE 4096UL
#define SLOTS 64 /* IOVAs that the loops go round, so that no cache holds one answer */
#define IOVA(i) (0x10000000UL + ((i) % SLOTS) * PAGE)

static struct iom_emu *emu; /* NULL: the kernel */

static int call(int fd, uint32_t code, void *arg)
{
	int rc;

	if (!emu)
		return ioctl(fd, code, arg);
	rc = iom_emu_ioctl(emu, fd, code, arg);
	if (rc >= 0)
		return rc;
	errno = -rc;
	return -1;
}

static int open_node(void)
{
	int fd = emu ? iom_emu_open(emu, "/dev/iommu") : open("/dev/iommu", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("/dev/iommu");
	return fd;
}

static uint32_t new_ioas(int fd)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };

	if (call(fd, IOM_NR_IOAS_ALLOC, &c))
		die("IOAS_ALLOC");
	return c.out_ioas_id;
}

static void map(int fd, uint32_t ioas, uint64_t iova, void *va)
{
	struct iom_ioas_map c = {
		.size = sizeof(c), .ioas_id = ioas, .user_va = (uintptr_t)va, .length = PAGE,
		.iova = iova, .flags = IOM_IOAS_MAP_FIXED_IOVA | IOM_IOAS_MAP_READABLE |
				       IOM_IOAS_MAP_WRITEABLE,
	};

	if (call(fd, IOM_NR_IOAS_MAP, &c))
		die("IOAS_MAP");
}

static void unmap(int fd, uint32_t ioas, uint64_t iova)
{
	struct iom_ioas_unmap c = { .size = sizeof(c), .ioas_id = ioas, .iova = iova, .length = PAGE };

	if (call(fd, IOM_NR_IOAS_UNMAP, &c))
		die("IOAS_UNMAP");
}

static void *new_page(void)
{
	void *va = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (va == MAP_FAILED)
		die("mmap");
	return va;
}

static void close_node(int fd)
{
	if (emu)
		iom_emu_close(emu, fd);
	else
		close(fd);
}

/* A mock device on the address space: mappings are then pinned. */
static void attach_mock(int fd, uint32_t ioas)
{
	struct iom_test_cmd c = { .size = sizeof(c), .op = IOM_TEST_OP_MOCK_DOMAIN, .id = ioas };

	if (call(fd, IOM_NR_TEST_CMD, &c))
		die("MOCK_DOMAIN");
}

/* Seconds of n pairs of map and unmap, nothing else. */
static double pairs_loop(unsigned long n, bool device, double (*clock)(void))
{
	int fd = open_node();
	uint32_t ioas = new_ioas(fd);
	void *va = new_page();
	double start, end;

	if (device)
		attach_mock(fd, ioas);
	start = clock();
	for (unsigned long i = 0; i < n; i++) {
		map(fd, ioas, IOVA(i), va);
		unmap(fd, ioas, IOVA(i));
	}
	end = clock();
	munmap(va, PAGE);
	close_node(fd);
	return end - start;
}

static double bare_loop(unsigned long n)
{
	return pairs_loop(n, false, now);
}

/* A batch of n pairs, as a script would write them; the path is the caller's to unlink. */
static void write_batch(char *path, unsigned long n)
{
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		die(path);
	fputs("ioas alloc\n", f);
	for (unsigned long i = 0; i < n; i++)
		fprintf(f, "ioas map 1 --iova 0x%lx --length 4K\nioas unmap 1 --iova 0x%lx --length 4K\n",
			IOVA(i), IOVA(i));
	if (fclose(f))
		die(path);
}

static void bench_batch(const char *program, const char *backend, unsigned long n, int rounds)
{
	char full[] = "/tmp/iommuctl-bench-XXXXXX", empty[] = "/tmp/iommuctl-bench-XXXXXX";
	const char *argv[] = { program, "-b", backend, "-q", "batch", full, NULL };
	const char *argv0[] = { program, "-b", backend, "-q", "batch", empty, NULL };
	double ratio[32], bare[32], batch[32];

	write_batch(full, n);
	write_batch(empty, 0);
	bare_loop(n / 10 + 1);
	for (int i = 0; i < rounds; i++) {
		bare[i] = bare_loop(n);
		/* The process start is measured on its own below. */
		batch[i] = run(argv) - run(argv0);
		ratio[i] = bare[i] / batch[i];
	}
	unlink(full);
	unlink(empty);
	printf("\"batch\":{\"backend\":\"%s\",\"pairs\":%lu,\"rounds\":%d,"
	       "\"bare_calls_per_s\":%.0f,\"batch_calls_per_s\":%.0f,\"ratio\":%.3f}",
	       backend, n, rounds, 2.0 * (double)n / median(bare, (size_t)rounds),
	       2.0 * (double)n / median(batch, (size_t)rounds), median(ratio, (size_t)rounds));
}

static void bench_start(const char *program, int rounds)
{
	const char *ours[] = { program, "-V", NULL }, *ip[] = { "ip", "-V", NULL };
	double ratio[512], a[512], b[512];

	run(ours);
	run(ip);
	for (int i = 0; i < rounds; i++) {
		a[i] = run(ours);
		b[i] = run(ip);
		ratio[i] = a[i] / b[i];
	}
	printf("\"start\":{\"rounds\":%d,\"iommuctl_us\":%.0f,\"ip_us\":%.0f,\"ratio\":%.3f}", rounds,
	       1e6 * median(a, (size_t)rounds), 1e6 * median(b, (size_t)rounds),
	       median(ratio, (size_t)rounds));
}

struct growth {
	double first;  /* ns of one call: n maps in address order, then n unmaps, in fresh memory */
	double fill;   /* the same again, with the memory that the process got by then */
	double random; /* ns of one call: map and unmap at random places among n mappings */
	long rss_kib;
};

/* ns of one of its calls. */
static double fill_and_empty(int fd, uint32_t ioas, uint64_t base, void *va, unsigned long n)
{
	double start = cpu_now();

	for (unsigned long i = 0; i < n; i++)
		map(fd, ioas, base + 2 * i * PAGE, va);
	for (unsigned long i = 0; i < n; i++)
		unmap(fd, ioas, base + 2 * i * PAGE);
	return (cpu_now() - start) / (double)(2 * n) * 1e9;
}

static struct growth grow_to(unsigned long n)
{
	uint64_t base = 1UL << 32, pick = 12345, repeat = 1000000 / n, pairs = 100000;
	void *va = new_page();
	int fd = open_node();
	uint32_t ioas = new_ioas(fd);
	struct growth g;
	struct rusage ru;
	double start;

	g.first = fill_and_empty(fd, ioas, base, va, n);
	g.fill = 0;
	for (unsigned long r = 0; r < repeat; r++)
		g.fill += fill_and_empty(fd, ioas, base, va, n) / (double)repeat;
	for (unsigned long i = 0; i < n; i++)
		map(fd, ioas, base + 2 * i * PAGE, va);
	start = cpu_now();
	for (unsigned long i = 0; i < pairs; i++) {
		uint64_t iova;

		pick = pick * 6364136223846793005UL + 1442695040888963407UL;
		iova = base + (2 * ((pick >> 33) % n) + 1) * PAGE;
		map(fd, ioas, iova, va);
		unmap(fd, ioas, iova);
	}
	g.random = (cpu_now() - start) / (double)(2 * pairs) * 1e9;
	getrusage(RUSAGE_SELF, &ru);
	g.rss_kib = ru.ru_maxrss;
	munmap(va, PAGE);
	close_node(fd);
	return g;
}

static void bench_growth(void)
{
	static const unsigned long sizes[] = { 1000, 10000, 100000, 1000000 };
	struct growth first = { 0 }, g = { 0 };

	printf("\"growth\":{\"steps\":[");
	for (size_t i = 0; i < IOM_ARRAY_SIZE(sizes); i++) {
		g = grow_to(sizes[i]);
		if (!i)
			first = g;
		printf("%s{\"mappings\":%lu,\"first_ns_per_call\":%.0f,\"ns_per_call\":%.0f,"
		       "\"random_ns_per_call\":%.0f}",
		       i ? "," : "", sizes[i], g.first, g.fill, g.random);
	}
	printf("],\"ratio\":%.3f,\"random_ratio\":%.3f,\"rss_mib\":%ld}", g.fill / first.fill,
	       g.random / first.random, g.rss_kib / 1024);
}

/* ---- threads ---- */

struct worker {
	pthread_t thread;
	unsigned long pairs;
	uint64_t base; /* IOVAs that are its own */
	int fd;
	uint32_t ioas;
};

static void *work(void *arg)
{
	const struct worker *w = arg;
	void *va = new_page();

	for (unsigned long i = 0; i < w->pairs; i++) {
		map(w->fd, w->ioas, w->base + IOVA(i), va);
		unmap(w->fd, w->ioas, w->base + IOVA(i));
	}
	munmap(va, PAGE);
	return NULL;
}

/* Pairs per second of n threads, on contexts of their own or on one. */
static double threads_rate(int n, bool own, unsigned long pairs)
{
	struct worker w[8];
	double start;

	for (int i = 0; i < n; i++) {
		bool opens = own || !i;

		w[i] = (struct worker){ .pairs = pairs, .base = (uint64_t)i << 32 };
		w[i].fd = opens ? open_node() : w[0].fd;
		w[i].ioas = opens ? new_ioas(w[i].fd) : w[0].ioas;
	}
	start = now();
	for (int i = 0; i < n; i++)
		if (pthread_create(&w[i].thread, NULL, work, &w[i]))
			die("thread");
	for (int i = 0; i < n; i++)
		pthread_join(w[i].thread, NULL);
	start = now() - start;
	for (int i = 0; i < n; i++)
		if (own || !i)
			close_node(w[i].fd);
	return (double)pairs * n / start;
}

static void bench_threads(int rounds)
{
	static const char *const names[] = { "one_context", "own_contexts" };
	double ratio[32], one[32], four[32];

	printf("\"threads\":{\"rounds\":%d", rounds);
	for (int own = 0; own < 2; own++) {
		for (int i = 0; i < rounds; i++) {
			one[i] = threads_rate(1, own, 800000);
			four[i] = threads_rate(4, own, 200000);
			ratio[i] = four[i] / one[i];
		}
		printf(",\"%s\":{\"pairs_per_s\":%.0f,\"pairs_per_s_of_4\":%.0f,\"ratio\":%.3f}",
		       names[own], median(one, (size_t)rounds), median(four, (size_t)rounds),
		       median(ratio, (size_t)rounds));
	}
	printf("}");
}

/* ---- the same loop on the kernel and on the emulator ---- */

static void bench_pairs(struct iom_emu *machine, unsigned long n, int rounds)
{
	static const char *const names[] = { "plain", "device" };
	double ratio[32], ours[32], theirs[32];

	printf("\"against_kernel\":{\"pairs\":%lu,\"rounds\":%d", n, rounds);
	for (int device = 0; device < 2; device++) {
		for (int i = 0; i < rounds; i++) {
			emu = NULL;
			theirs[i] = pairs_loop(n, device, cpu_now);
			emu = machine;
			ours[i] = pairs_loop(n, device, cpu_now);
			ratio[i] = theirs[i] / ours[i];
		}
		printf(",\"%s\":{\"kernel_ns_per_call\":%.0f,\"emulator_ns_per_call\":%.0f,"
		       "\"ratio\":%.3f}",
		       names[device], 1e9 * median(theirs, (size_t)rounds) / (double)(2 * n),
		       1e9 * median(ours, (size_t)rounds) / (double)(2 * n),
		       median(ratio, (size_t)rounds));
	}
	printf("}");
}

int main(int argc, char **argv)
{
	const char *backend = argc > 2 ? argv[2] : "emu";
	unsigned long pairs = argc > 3 ? strtoul(argv[3], NULL, 10) : 100000;
	struct iom_err err = { 0 };
	struct iom_emu *machine;
	bool kernel = !strcmp(backend, "kernel");

	if (argc < 2 || pairs < 10) {
		fprintf(stderr, "usage: bench IOMMUCTL [emu|kernel] [PAIRS]\n");
		return 2;
	}
	machine = iom_emu_new(NULL, &err);
	if (!machine)
		die("emulator");
	if (!kernel)
		emu = machine;
	printf("{");
	bench_batch(argv[1], backend, pairs, 5);
	printf(",");
	bench_start(argv[1], 101);
	printf(",");
	if (kernel) {
		bench_pairs(machine, pairs, 5);
	} else {
		bench_growth();
		printf(",");
		bench_threads(5);
	}
	printf("}\n");
	iom_emu_free(machine);
	return 0;
}
