/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the archive that --sysroot unpacks. Whatever it says, nothing appears outside of
 * the one folder, and nothing is left when it was refused.
 */
#include "fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"
#include "host/tar.h"

static int archive;
static char path[64];
static unsigned int seen;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	archive = memfd_create("fuzz", MFD_CLOEXEC);
	if (archive < 0)
		fuzz_failed("no memory");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", archive);
	return 0;
}

/* Makes the sums of the heads right, as no mutation would, and leaves all the rest. */
static void mend(uint8_t *data, size_t size)
{
	for (size_t at = 0; at + TAR_BLOCK <= size;) {
		struct host_tar_head h;
		char digits[13];
		unsigned long long len;

		memcpy(&h, data + at, sizeof(h));
		if (!h.name[0])
			break;
		snprintf(h.sum, sizeof(h.sum), "%06o", (unsigned int)host_tar_sum(&h) & 0777777);
		memcpy(data + at, &h, sizeof(h));
		snprintf(digits, sizeof(digits), "%.12s", h.size);
		len = strtoull(digits, NULL, 8);
		if (len > size)
			break;
		at += TAR_BLOCK + (len + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
	}
}

static int count(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)name;
	(void)type;
	if (ftw->level)
		seen++;
	if (ftw->level && !S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode) && !S_ISLNK(st->st_mode))
		fuzz_failed("%s is no file, folder or link", name);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *scratch = fuzz_scratch();
	struct iom_err err = { 0 };
	uint8_t *copy = malloc(size + 1);
	char *dir = NULL;
	int rc;

	if (!copy || setenv("TMPDIR", scratch, 1))
		fuzz_failed("no memory");
	memcpy(copy, data, size);
	if (size && copy[0] & 1)
		mend(copy + 1, size - 1);
	if (ftruncate(archive, 0) || (size && pwrite(archive, copy + 1, size - 1, 0) < 0))
		fuzz_failed("cannot write the archive");
	free(copy);
	fuzz_guard_up(scratch);
	rc = iom_unpack(path, &dir, &err);
	fuzz_guard_down();
	if (rc && (dir || !err.exit || !err.what[0]))
		fuzz_failed("refused, but without a word");
	seen = 0;
	nftw(scratch, count, 16, FTW_PHYS);
	if (rc && seen)
		fuzz_failed("%u names left behind", seen);
	fuzz_guard_up(scratch);
	iom_unpack_remove(dir);
	fuzz_guard_down();
	seen = 0;
	nftw(scratch, count, 16, FTW_PHYS);
	if (seen)
		fuzz_failed("%u names left", seen);
	return 0;
}
