/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* viommu page read, write: what a virtual IOMMU shows behind the descriptor of the context. */
#include <inttypes.h>

#include "cmd/internal.h"
#include "iommuctl/diag.h"

#define MAX_COUNT 4096U

enum { PAGE_MMAP, PAGE_LENGTH, PAGE_OFFSET, PAGE_WIDTH, PAGE_COUNT, PAGE_VALUE = PAGE_COUNT };
#define PLACE_OPTS                                                                                 \
	[PAGE_MMAP] = { "mmap-offset", IOM_ARG_ADDR, IOM_REQ | IOM_POS,                            \
			"where the context's fd is mapped, as `viommu alloc` says",                \
			.metavar = "MMAP-OFFSET" },                                                \
	[PAGE_LENGTH] = { "mmap-length", IOM_ARG_LEN, IOM_REQ | IOM_POS,                           \
			  "bytes that are mapped there, as it says", .metavar = "MMAP-LENGTH" },   \
	[PAGE_OFFSET] = { "offset", IOM_ARG_ADDR, IOM_REQ | IOM_POS,                               \
			  "where in them; a multiple of the width", .metavar = "OFFSET" },         \
	[PAGE_WIDTH] = { "width", IOM_ARG_U32, 0, "bytes of an access: 1, 2, 4 (default) or 8" }

static const struct iom_opt read_opts[] = {
	PLACE_OPTS,
	[PAGE_COUNT] = { "count", IOM_ARG_U32, 0, "read as many, one behind the other" },
	{ 0 },
};
static const struct iom_opt write_opts[] = {
	PLACE_OPTS,
	[PAGE_VALUE] = { "value", IOM_ARG_U64, IOM_REQ | IOM_POS, "what to write" },
	{ 0 },
};

enum { WORD_OFFSET, WORD_VALUE };
static const struct iom_col word_cols[] = {
	[WORD_OFFSET] = { "offset", IOM_T_HEX, 0, "where in the pages" },
	[WORD_VALUE] = { "value", IOM_T_HEX, 0, "what was read there" },
	{ 0 },
};

enum { GOT_MMAP, GOT_LENGTH, GOT_OFFSET, GOT_WIDTH, GOT_VALUE, GOT_WORDS };
#define PLACE_COLS(what)                                                                           \
	[GOT_MMAP] = { "mmap_offset", IOM_T_HEX, 0, "where the context's fd was mapped" },         \
	[GOT_LENGTH] = { "mmap_length", IOM_T_SIZE, 0, "bytes that were mapped there" },           \
	[GOT_OFFSET] = { "offset", IOM_T_HEX, 0, "where in them" },                                \
	[GOT_WIDTH] = { "width", IOM_T_UINT, 0, "bytes of an access" },                            \
	[GOT_VALUE] = { "value", IOM_T_HEX, IOM_COL_ID, what }

static const struct iom_col read_cols[] = {
	PLACE_COLS("what was read there"),
	[GOT_WORDS] = { "words", IOM_T_LIST, IOM_COL_OPT, "with --count: all, the first one too",
			word_cols },
	{ 0 },
};
static const struct iom_col write_cols[] = {
	PLACE_COLS("what was written there"),
	{ 0 },
};

/* The access that the options ask for; `count` of them have to lie within. Exit code. */
static int parse(const struct iom_args *a, uint64_t count, struct iom_page_io *io,
		 struct iom_err *err)
{
	uint64_t bytes;

	*io = (struct iom_page_io){
		.mmap_offset = a->v[PAGE_MMAP].num,
		.mmap_length = a->v[PAGE_LENGTH].num,
		.offset = a->v[PAGE_OFFSET].num,
		.count = a->v[PAGE_WIDTH].set ? (uint32_t)a->v[PAGE_WIDTH].num : 4,
	};
	if (!io->count || io->count > 8 || io->count & (io->count - 1)) {
		iom_fail(err, IOM_EXIT_USAGE, "--width: %" PRIu32 " is not 1, 2, 4 or 8",
			 io->count);
		return IOM_EXIT_USAGE;
	}
	if (io->offset % io->count) {
		iom_fail(err, IOM_EXIT_USAGE,
			 "--offset: 0x%" PRIx64 " is not a multiple of the width %" PRIu32,
			 io->offset, io->count);
		return IOM_EXIT_USAGE;
	}
	bytes = count * io->count;
	if (io->offset >= io->mmap_length || bytes > io->mmap_length - io->offset) {
		iom_fail(err, IOM_EXIT_USAGE,
			 "--offset: %" PRIu64 " bytes at 0x%" PRIx64
			 " do not lie within the 0x%" PRIx64 " that are mapped",
			 bytes, io->offset, io->mmap_length);
		return IOM_EXIT_USAGE;
	}
	return 0;
}

static int access_page(struct iom_app *app, struct iom_page_io *io, struct iom_err *err)
{
	struct iom_page_io sent = *io;
	int rc = iom_issue_page(&app->ctx, io, err);

	if (rc == IOM_DRY)
		return IOM_EXIT_DRY;
	if (!rc)
		return 0;
	if (err->op)
		iom_explain_fd(&app->ctx, &iom_page_access, app->ctx.fd, &sent, rc, app->g.sysroot,
			       err);
	return iom_what(err, (int)err->exit, "cannot map 0x%" PRIx64 " bytes at 0x%" PRIx64,
			sent.mmap_length, sent.mmap_offset);
}

static void show(struct iom_res *res, const struct iom_page_io *io)
{
	iom_set_uint(res->top, GOT_MMAP, io->mmap_offset);
	iom_set_uint(res->top, GOT_LENGTH, io->mmap_length);
	iom_set_uint(res->top, GOT_OFFSET, io->offset);
	iom_set_uint(res->top, GOT_WIDTH, io->count);
	iom_set_uint(res->top, GOT_VALUE, io->value);
}

static int read_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	bool many = a->v[PAGE_COUNT].set;
	uint64_t count = many ? a->v[PAGE_COUNT].num : 1;
	struct iom_page_io io;
	int rc;

	if (!count || count > MAX_COUNT) {
		iom_fail(err, IOM_EXIT_USAGE, "--count: %" PRIu64 " is not 1 to %u", count,
			 MAX_COUNT);
		return IOM_EXIT_USAGE;
	}
	rc = parse(a, count, &io, err);
	if (!rc)
		rc = access_page(app, &io, err);
	if (rc)
		return rc;
	show(res, &io);
	if (many)
		iom_open_list(res->top, GOT_WORDS);
	for (uint64_t i = 0; many && i < count; i++) {
		struct iom_rec *rec;

		if (i) {
			io.offset += io.count;
			rc = access_page(app, &io, err);
			if (rc)
				return rc;
		}
		rec = iom_add_rec(res->top, GOT_WORDS);
		iom_set_uint(rec, WORD_OFFSET, io.offset);
		iom_set_uint(rec, WORD_VALUE, io.value);
	}
	return 0;
}

const struct iom_cmd cmd_viommu_page_read = {
	.object = "viommu",
	.verb = "page read",
	.brief = "read from the pages that a virtual IOMMU shows",
	.opts = read_opts,
	.cols = read_cols,
	.calls = (const char *const[]){ "mmap", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES,
	.schema = 1,
	.run = read_run,
};

static int write_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_page_io io;
	int rc = parse(a, 1, &io, err);

	if (rc)
		return rc;
	io.write = true;
	io.value = a->v[PAGE_VALUE].num;
	if (io.count < 8 && io.value >> (8 * io.count)) {
		iom_fail(err, IOM_EXIT_USAGE,
			 "--value: 0x%" PRIx64 " does not fit %" PRIu32 " bytes", io.value,
			 io.count);
		return IOM_EXIT_USAGE;
	}
	rc = access_page(app, &io, err);
	if (!rc)
		show(res, &io);
	return rc;
}

const struct iom_cmd cmd_viommu_page_write = {
	.object = "viommu",
	.verb = "page write",
	.brief = "write to the pages that a virtual IOMMU shows",
	.opts = write_opts,
	.cols = write_cols,
	.calls = (const char *const[]){ "mmap", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES,
	.schema = 1,
	.run = write_run,
};
