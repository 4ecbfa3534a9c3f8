/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the lines of a batch on the emulator: words, quotes, results, options and the
 * commands themselves. The guard keeps them from files, processes and sockets.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "iommuctl/cmd.h"

static int script;

static int lowest_free_fd(void)
{
	int fd = dup(script);

	close(fd);
	return fd;
}

/* The exit code of the batch. */
static int run(const uint8_t *data, size_t size)
{
	char words[][24] = { "--backend", "emu", "--sysroot", FUZZ_NO_HOST, "--json", "batch",
			     "--keep-going", "-" };
	char *argv[9] = { NULL };
	int argc = 0, rc, first_free = lowest_free_fd();
	uint8_t how = size ? *data : 0;

	/* The first byte: text or JSON, on or not after a failure. */
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if ((i != 4 || how & 1) && (i != 6 || !(how & 2)))
			argv[argc++] = words[i];
	size -= size != 0;
	if (ftruncate(script, 0) || pwrite(script, data + 1, size, 0) != (ssize_t)size ||
	    lseek(script, 0, SEEK_SET))
		fuzz_failed("cannot write the script");
	fuzz_guard_up(NULL);
	rc = fuzz_command(argc, argv);
	fuzz_guard_down();
	if (lowest_free_fd() != first_free)
		fuzz_failed("a file was left open");
	return rc;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct rlimit few = { 256, 256 };

	(void)argc;
	(void)argv;
	script = memfd_create("fuzz", 0);
	if (script < 0 || dup2(script, STDIN_FILENO) < 0)
		fuzz_failed("no memory");
	setrlimit(RLIMIT_NOFILE, &few);
	/* A target that no line gets through finds nothing, and would not say so. */
	if (run((const uint8_t *)"\1ioas alloc\n", 12))
		fuzz_failed("a good batch does not run");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run(data, size);
	return 0;
}

/* ---- mutations that know what a line is ---- */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

static void put_value(struct iom_buf *b, const struct iom_opt *o, unsigned int *seed)
{
	static const char *const sizes[] = { "4K", "8K", "2M", "0x1000", "12288", "2048", "64K", "1" };
	static const char *const places[] = { "0x1000000", "0x1001000", "0", "0x100000", "0x8000000",
					      "0x7ffff000", "$a.iova", "0x1200000" };
	static const char *const words[] = { "vfio0", "vfio1", "ioas-map", "0000:00:02.0", "none",
					     "iova=0x1000", "ioas_id=$a", "tsm-v5" };
	unsigned int n = (unsigned int)rand_r(seed);

	switch (o->type) {
	case IOM_ARG_FLAG:
		break;
	case IOM_ARG_ENUM:
		if (o->values->values[0].name) {
			unsigned int k = 0;

			while (o->values->values[k].name)
				k++;
			iom_buf_printf(b, "%s", o->values->values[n % k].word);
		}
		break;
	case IOM_ARG_LEN:
		iom_buf_puts(b, sizes[n % 8]);
		break;
	case IOM_ARG_ADDR:
	case IOM_ARG_U64:
		iom_buf_puts(b, places[n % 8]);
		break;
	case IOM_ARG_RANGE:
		iom_buf_printf(b, "%s+%s", places[n % 6], sizes[n / 8 % 8]);
		break;
	case IOM_ARG_STR:
	case IOM_ARG_ASSIGN:
		iom_buf_puts(b, words[n % 8]);
		break;
	case IOM_ARG_PATH:
		iom_buf_puts(b, n & 1 ? "/dev/null" : "/dev/zero");
		break;
	case IOM_ARG_TIME:
		iom_buf_puts(b, "0");
		break;
	case IOM_ARG_ID:
	case IOM_ARG_U32:
	case IOM_ARG_FD:
		if (n % 4)
			iom_buf_printf(b, "$%c", 'a' + n / 4 % 4);
		else
			iom_buf_printf(b, "%u", n / 4 % 8);
		break;
	}
}

static void put_line(struct iom_buf *b, unsigned int *seed)
{
	const struct iom_cmd *c;
	size_t n = 0;

	while (iom_cmds[n])
		n++;
	/* What reads the host has a target of its own. */
	do
		c = iom_cmds[(size_t)rand_r(seed) % n];
	while (c->flags & (IOM_CMD_HOST | IOM_CMD_TOP));
	iom_buf_printf(b, "%s %s", c->object, c->verb ? c->verb : "");
	for (const struct iom_opt *o = c->opts; o && o->name; o++) {
		if (!(o->flags & IOM_REQ) && rand_r(seed) % 3)
			continue;
		iom_buf_printf(b, " --%s ", o->name);
		put_value(b, o, seed);
	}
	if (rand_r(seed) % 2)
		iom_buf_printf(b, " as %c", 'a' + rand_r(seed) % 4);
	iom_buf_puts(b, "\n");
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	unsigned int lines = (unsigned int)rand_r(&seed) % 6;
	struct iom_buf b = { 0 };

	if (lines < 2 && LLVMFuzzerMutate)
		return LLVMFuzzerMutate(data, size, max);
	if (lines == 2 && size)
		size = 1 + (size_t)rand_r(&seed) % size;
	iom_buf_add(&b, (const char *)data, size);
	if (!size)
		iom_buf_add(&b, "\1", 1);
	while (lines--)
		put_line(&b, &seed);
	if (!b.failed && b.len < max) {
		memcpy(data, b.data, b.len);
		size = b.len;
	}
	iom_buf_free(&b);
	return size;
}
