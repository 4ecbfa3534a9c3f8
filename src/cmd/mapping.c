/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ioas map and map-file: where the memory comes from and how it gets into the IOAS. */
#include "cmd/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/internal.h"
#include "iommuctl/uapi.h"

uint32_t iom_map_flags(const struct iom_argval *read, const struct iom_argval *write,
		       const struct iom_argval *iova)
{
	bool both = read->set == write->set;

	return (both || read->set ? IOM_IOAS_MAP_READABLE : 0) |
	       (both || write->set ? IOM_IOAS_MAP_WRITEABLE : 0) |
	       (iova->set ? IOM_IOAS_MAP_FIXED_IOVA : 0);
}

unsigned int iom_own_pid(void)
{
	return (unsigned int)getpid();
}

static int internal(struct iom_err *err, const char *what, const char *detail)
{
	err->code = -errno;
	iom_fail(err, iom_exit_of_errno(err->code), "%s%s", what, detail);
	return (int)err->exit;
}

/* ---- map ---- */

enum { MAP_IOAS, MAP_LENGTH, MAP_IOVA, MAP_READ, MAP_WRITE, MAP_FILE_, MAP_OFFSET, MAP_HUGEPAGES,
       MAP_HUGE_SIZE, MAP_USER_VA };

static const struct iom_value huge_values[] = {
	{ .name = "2M", .word = "2M", .value = 2UL << 20 },
	{ .name = "1G", .word = "1G", .value = 1UL << 30 },
	{ 0 },
};
static const struct iom_enum huge_enum = { .name = "hugepage-size", .values = huge_values };

static const struct iom_opt map_opts[] = {
	[MAP_IOAS] = { "ioas", IOM_ARG_ID, IOM_REQ | IOM_POS, "address space to map into" },
	[MAP_LENGTH] = { "length", IOM_ARG_LEN, IOM_REQ, "bytes to map" },
	[MAP_IOVA] = { "iova", IOM_ARG_ADDR, 0, "where to map; without it the kernel chooses" },
	[MAP_READ] = { "read", IOM_ARG_FLAG, 0, "devices may read; neither right named: both" },
	[MAP_WRITE] = { "write", IOM_ARG_FLAG, 0, "devices may write; neither right named: both" },
	[MAP_FILE_] = { "file", IOM_ARG_PATH, 0, "map this file's memory instead of fresh memory" },
	[MAP_OFFSET] = { "offset", IOM_ARG_LEN, 0, "where in the file to begin" },
	[MAP_HUGEPAGES] = { "hugepages", IOM_ARG_FLAG, 0, "back the memory with huge pages" },
	[MAP_HUGE_SIZE] = { "hugepage-size", IOM_ARG_ENUM, 0, "their size; default 2M",
			    .values = &huge_enum },
	[MAP_USER_VA] = { "user-va", IOM_ARG_ADDR, 0,
			  "address in this process, as another line's user_va" },
	{ 0 },
};

enum { MAPPED_IOAS, MAPPED_IOVA, MAPPED_LENGTH, MAPPED_USER_VA, MAPPED_ACCESS };

static const struct iom_value access_values[] = {
	{ .name = "r", .word = "r", .value = IOM_IOAS_MAP_READABLE },
	{ .name = "w", .word = "w", .value = IOM_IOAS_MAP_WRITEABLE },
	{ .name = "rw", .word = "rw", .value = IOM_IOAS_MAP_READABLE | IOM_IOAS_MAP_WRITEABLE },
	{ 0 },
};
static const struct iom_enum access_enum = { .name = "access", .values = access_values };

static const struct iom_col map_cols[] = {
	[MAPPED_IOAS] = { "ioas_id", IOM_T_UINT, 0, "address space" },
	[MAPPED_IOVA] = { "iova", IOM_T_HEX, IOM_COL_ID,
			  "first IOVA, also when the kernel chose it" },
	[MAPPED_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes" },
	[MAPPED_USER_VA] = { "user_va", IOM_T_HEX, IOM_COL_HIDE,
			     "where the memory is in the process" },
	[MAPPED_ACCESS] = { "access", IOM_T_STR, 0, "what devices may do", .values = &access_enum },
	{ 0 },
};

static const char *access_word(uint32_t flags)
{
	flags &= IOM_IOAS_MAP_READABLE | IOM_IOAS_MAP_WRITEABLE;
	return flags == IOM_IOAS_MAP_READABLE ? "r" : flags == IOM_IOAS_MAP_WRITEABLE ? "w" : "rw";
}

static int map_usage(const struct iom_args *a, struct iom_err *err)
{
	if (a->v[MAP_OFFSET].set && !a->v[MAP_FILE_].set) {
		iom_fail(err, IOM_EXIT_USAGE, "--offset needs --file");
		return IOM_EXIT_USAGE;
	}
	if (a->v[MAP_HUGE_SIZE].set && !a->v[MAP_HUGEPAGES].set) {
		iom_fail(err, IOM_EXIT_USAGE, "--hugepage-size needs --hugepages");
		return IOM_EXIT_USAGE;
	}
	if (a->v[MAP_FILE_].set + a->v[MAP_HUGEPAGES].set + a->v[MAP_USER_VA].set > 1) {
		iom_fail(err, IOM_EXIT_USAGE,
			 "--file, --hugepages and --user-va exclude each other");
		return IOM_EXIT_USAGE;
	}
	return 0;
}

static struct iom_mem *file_memory(struct iom_app *app, const struct iom_args *a, uint32_t flags,
				   struct iom_err *err)
{
	const char *path = a->v[MAP_FILE_].str;
	bool writable = flags & IOM_IOAS_MAP_WRITEABLE;
	_iom_close_ int fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	uint64_t end, offset = a->v[MAP_OFFSET].num, len = a->v[MAP_LENGTH].num;
	struct iom_mem *m;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		internal(err, "cannot open ", path);
		return NULL;
	}
	if (S_ISREG(st.st_mode) &&
	    (__builtin_add_overflow(offset, len, &end) || end > (uint64_t)st.st_size)) {
		iom_hint(err, "truncate -s SIZE makes it larger");
		iom_fail(err, IOM_EXIT_USAGE,
			 "%s has %" PRIu64 " bytes: --offset and --length reach past its end", path,
			 (uint64_t)st.st_size);
		return NULL;
	}
	m = iom_mem_file(&app->ctx, fd, offset, len, writable);
	if (!m) {
		if (offset % 4096)
			iom_fact(err, "offset %" PRIu64 " is not a multiple of 4096", offset);
		internal(err, "cannot map ", path);
	}
	return m;
}

static struct iom_mem *fresh_memory(struct iom_app *app, const struct iom_args *a,
				    struct iom_err *err)
{
	size_t huge = !a->v[MAP_HUGEPAGES].set ? 0 :
		      a->v[MAP_HUGE_SIZE].set ? a->v[MAP_HUGE_SIZE].num : 2UL << 20;
	struct iom_mem *m = iom_mem_anon(&app->ctx, a->v[MAP_LENGTH].num, huge);

	if (m)
		return m;
	if (huge)
		iom_hint(err,
			 "reserve huge pages: "
			 "/sys/kernel/mm/hugepages/hugepages-%zukB/nr_hugepages",
			 huge >> 10);
	internal(err, "cannot allocate memory: ", a->v[MAP_LENGTH].str);
	return NULL;
}

static int map_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		   struct iom_err *err)
{
	struct iom_ioas_map c = {
		.size = sizeof(c),
		.flags = iom_map_flags(&a->v[MAP_READ], &a->v[MAP_WRITE], &a->v[MAP_IOVA]),
		.ioas_id = (uint32_t)a->v[MAP_IOAS].num,
		.user_va = a->v[MAP_USER_VA].num,
		.length = a->v[MAP_LENGTH].num,
		.iova = a->v[MAP_IOVA].num,
	};
	struct iom_mem *mem = NULL;
	int rc = map_usage(a, err);

	if (rc)
		return rc;
	/* A dry run, and a length that the call will refuse, need no memory. */
	if (!a->v[MAP_USER_VA].set && !app->g.dry_run && c.length) {
		mem = a->v[MAP_FILE_].set ? file_memory(app, a, c.flags, err)
					  : fresh_memory(app, a, err);
		if (!mem)
			return (int)err->exit;
		c.user_va = (uintptr_t)mem->addr;
	}
	app->ctx.pending_mem = mem;
	rc = iom_do(app, IOM_NR_IOAS_MAP, &c, err);
	app->ctx.pending_mem = NULL;
	iom_mem_put(&app->ctx, mem);
	if (rc && a->v[MAP_IOVA].set)
		return iom_what(err, rc, "cannot map %s bytes at 0x%" PRIx64 " in IOAS %u",
				a->v[MAP_LENGTH].str, a->v[MAP_IOVA].num, c.ioas_id);
	if (rc)
		return iom_what(err, rc, "cannot map %s bytes in IOAS %u", a->v[MAP_LENGTH].str,
				c.ioas_id);
	iom_set_uint(res->top, MAPPED_IOAS, c.ioas_id);
	iom_set_uint(res->top, MAPPED_IOVA, c.iova);
	iom_set_uint(res->top, MAPPED_LENGTH, c.length);
	iom_set_uint(res->top, MAPPED_USER_VA, c.user_va);
	iom_set_str(res->top, MAPPED_ACCESS, access_word(c.flags));
	return 0;
}

const struct iom_cmd cmd_ioas_map = {
	.object = "ioas", .verb = "map", .brief = "map memory into an IOAS",
	.opts = map_opts, .cols = map_cols,
	.calls = (const char *const[]){ "IOMMU_IOAS_MAP", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = map_run,
};

/* ---- map-file ---- */

enum { MF_IOAS, MF_LENGTH, MF_FILE, MF_FILE_FD, MF_OFFSET, MF_IOVA, MF_READ, MF_WRITE };
static const struct iom_opt map_file_opts[] = {
	[MF_IOAS] = { "ioas", IOM_ARG_ID, IOM_REQ | IOM_POS, "address space to map into" },
	[MF_LENGTH] = { "length", IOM_ARG_LEN, IOM_REQ, "bytes to map" },
	[MF_FILE] = { "file", IOM_ARG_PATH, 0,
		      "file in tmpfs or hugetlbfs; without it a fresh memfd" },
	[MF_FILE_FD] = { "file-fd", IOM_ARG_FD, 0, "open file (memfd, dma-buf) instead of --file" },
	[MF_OFFSET] = { "offset", IOM_ARG_LEN, 0, "where in the file to begin" },
	[MF_IOVA] = { "iova", IOM_ARG_ADDR, 0, "where to map; without it the kernel chooses" },
	[MF_READ] = { "read", IOM_ARG_FLAG, 0, "devices may read; neither right named: both" },
	[MF_WRITE] = { "write", IOM_ARG_FLAG, 0, "devices may write; neither right named: both" },
	{ 0 },
};

enum { MFD_IOAS, MFD_IOVA, MFD_LENGTH, MFD_OFFSET, MFD_ACCESS };
static const struct iom_col map_file_cols[] = {
	[MFD_IOAS] = { "ioas_id", IOM_T_UINT, 0, "address space" },
	[MFD_IOVA] = { "iova", IOM_T_HEX, IOM_COL_ID, "first IOVA, also when the kernel chose it" },
	[MFD_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes" },
	[MFD_OFFSET] = { "offset", IOM_T_SIZE, 0, "where in the file the mapping begins" },
	[MFD_ACCESS] = { "access", IOM_T_STR, 0, "what devices may do", .values = &access_enum },
	{ 0 },
};

/* The fd to map: own (closed by the caller, the kernel keeps the file) or the user's. */
static int open_source(const struct iom_args *a, bool writable, int *own, struct iom_err *err)
{
	uint64_t end;

	if (a->v[MF_FILE].set && a->v[MF_FILE_FD].set) {
		iom_fail(err, IOM_EXIT_USAGE, "--file and --file-fd exclude each other");
		return IOM_EXIT_USAGE;
	}
	if (a->v[MF_FILE_FD].set)
		return 0;
	if (a->v[MF_FILE].set) {
		*own = open(a->v[MF_FILE].str, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
		return *own < 0 ? internal(err, "cannot open ", a->v[MF_FILE].str) : 0;
	}
	if (__builtin_add_overflow(a->v[MF_OFFSET].num, a->v[MF_LENGTH].num, &end))
		end = 0;
	*own = memfd_create("iommuctl", MFD_CLOEXEC);
	if (*own < 0 || ftruncate(*own, (off_t)end))
		return internal(err, "cannot make a memfd of ", a->v[MF_LENGTH].str);
	return 0;
}

static int map_file_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
			struct iom_err *err)
{
	_iom_close_ int own = -1;
	struct iom_ioas_map_file c = {
		.size = sizeof(c),
		.flags = iom_map_flags(&a->v[MF_READ], &a->v[MF_WRITE], &a->v[MF_IOVA]),
		.ioas_id = (uint32_t)a->v[MF_IOAS].num,
		.start = a->v[MF_OFFSET].num,
		.length = a->v[MF_LENGTH].num,
		.iova = a->v[MF_IOVA].num,
	};
	int rc = open_source(a, c.flags & IOM_IOAS_MAP_WRITEABLE, &own, err);

	if (rc)
		return rc;
	c.fd = own >= 0 ? own : (int)a->v[MF_FILE_FD].num;
	rc = iom_do(app, IOM_NR_IOAS_MAP_FILE, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot map %s bytes of %s in IOAS %u",
				a->v[MF_LENGTH].str,
				a->v[MF_FILE].set ? a->v[MF_FILE].str : "a file", c.ioas_id);
	iom_set_uint(res->top, MFD_IOAS, c.ioas_id);
	iom_set_uint(res->top, MFD_IOVA, c.iova);
	iom_set_uint(res->top, MFD_LENGTH, c.length);
	iom_set_uint(res->top, MFD_OFFSET, c.start);
	iom_set_str(res->top, MFD_ACCESS, access_word(c.flags));
	return 0;
}

const struct iom_cmd cmd_ioas_map_file = {
	.object = "ioas", .verb = "map-file", .brief = "map a file's memory into an IOAS by its fd",
	.opts = map_file_opts, .cols = map_file_cols,
	.calls = (const char *const[]){ "IOMMU_IOAS_MAP_FILE", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = map_file_run,
};
