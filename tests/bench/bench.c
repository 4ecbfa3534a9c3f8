/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The benchmark: ratios of one run, as JSON; it measures and never judges. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

/* Seconds of n pairs of map and unmap, nothing else. */
static double bare_loop(unsigned long n)
{
	int fd = open_node();
	uint32_t ioas = new_ioas(fd);
	void *va = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	double start, end;

	if (va == MAP_FAILED)
		die("mmap");
	start = now();
	for (unsigned long i = 0; i < n; i++) {
		map(fd, ioas, IOVA(i), va);
		unmap(fd, ioas, IOVA(i));
	}
	end = now();
	munmap(va, PAGE);
	if (emu)
		iom_emu_close(emu, fd);
	else
		close(fd);
	return end - start;
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
	double fill;   /* ns of one call: n maps in address order, then n unmaps */
	double random; /* ns of one call: map and unmap at random places among n mappings */
	long rss_kib;
};

static struct growth grow_to(unsigned long n)
{
	uint64_t base = 1UL << 32, pick = 12345, repeat = 1000000 / n, pairs = 100000;
	void *va = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open_node();
	uint32_t ioas = new_ioas(fd);
	struct growth g;
	struct rusage ru;
	double start = now();

	for (unsigned long r = 0; r < repeat; r++) {
		for (unsigned long i = 0; i < n; i++)
			map(fd, ioas, base + 2 * i * PAGE, va);
		for (unsigned long i = 0; i < n; i++)
			unmap(fd, ioas, base + 2 * i * PAGE);
	}
	g.fill = (now() - start) / (double)(2 * n * repeat) * 1e9;
	for (unsigned long i = 0; i < n; i++)
		map(fd, ioas, base + 2 * i * PAGE, va);
	start = now();
	for (unsigned long i = 0; i < pairs; i++) {
		uint64_t iova;

		pick = pick * 6364136223846793005UL + 1442695040888963407UL;
		iova = base + (2 * ((pick >> 33) % n) + 1) * PAGE;
		map(fd, ioas, iova, va);
		unmap(fd, ioas, iova);
	}
	g.random = (now() - start) / (double)(2 * pairs) * 1e9;
	getrusage(RUSAGE_SELF, &ru);
	g.rss_kib = ru.ru_maxrss;
	munmap(va, PAGE);
	if (emu)
		iom_emu_close(emu, fd);
	else
		close(fd);
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
		printf("%s{\"mappings\":%lu,\"ns_per_call\":%.0f,\"random_ns_per_call\":%.0f}",
		       i ? "," : "", sizes[i], g.fill, g.random);
	}
	printf("],\"ratio\":%.3f,\"random_ratio\":%.3f,\"rss_mib\":%ld}", g.fill / first.fill,
	       g.random / first.random, g.rss_kib / 1024);
}

int main(int argc, char **argv)
{
	const char *backend = argc > 2 ? argv[2] : "emu";
	unsigned long pairs = argc > 3 ? strtoul(argv[3], NULL, 10) : 100000;
	struct iom_err err = { 0 };

	if (argc < 2 || pairs < 10) {
		fprintf(stderr, "usage: bench IOMMUCTL [emu|kernel] [PAIRS]\n");
		return 2;
	}
	if (!strcmp(backend, "emu")) {
		emu = iom_emu_new(NULL, &err);
		if (!emu)
			die("emulator");
	}
	printf("{");
	bench_batch(argv[1], backend, pairs, 5);
	printf(",");
	bench_start(argv[1], 101);
	if (emu) {
		printf(",");
		bench_growth();
	}
	printf("}\n");
	if (emu)
		iom_emu_free(emu);
	return 0;
}
