/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hwpt dirty: which pages were written through a page table. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/internal.h"
#include "iommuctl/uapi.h"

#define MAX_BITMAP (64U << 20) /* bytes of one answer: 2 TiB of 4 KiB pages */

/* ---- start, stop ---- */

static const struct iom_opt hwpt_pos[] = {
	{ "hwpt", IOM_ARG_ID, IOM_REQ | IOM_POS, "page table made with --dirty-tracking" },
	{ 0 },
};

enum { TRACKED_HWPT, TRACKED };
static const struct iom_col tracking_cols[] = {
	[TRACKED_HWPT] = { "hwpt_id", IOM_T_UINT, 0, "page table" },
	[TRACKED] = { "tracking", IOM_T_BOOL, 0, "writes are tracked now" },
	{ 0 },
};

static int set_tracking(struct iom_app *app, const struct iom_args *a, bool on,
			struct iom_res *res, struct iom_err *err)
{
	struct iom_hwpt_set_dirty_tracking c = {
		.size = sizeof(c), .hwpt_id = (uint32_t)a->v[0].num,
		.flags = on ? IOM_HWPT_DIRTY_TRACKING_ENABLE : 0,
	};
	int rc = iom_do(app, IOM_NR_HWPT_SET_DIRTY_TRACKING, &c, err);

	if (rc)
		return iom_what(err, rc, "cannot %s tracking writes through HWPT %u",
				on ? "start" : "stop", c.hwpt_id);
	iom_set_uint(res->top, TRACKED_HWPT, c.hwpt_id);
	iom_set_uint(res->top, TRACKED, on);
	return 0;
}

static int start_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	return set_tracking(app, a, true, res, err);
}

static int stop_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	return set_tracking(app, a, false, res, err);
}

static const char *const tracking_calls[] = { "IOMMU_HWPT_SET_DIRTY_TRACKING", NULL };

const struct iom_cmd cmd_hwpt_dirty_start = {
	.object = "hwpt", .verb = "dirty start", .brief = "start tracking writes, all pages clean",
	.opts = hwpt_pos, .cols = tracking_cols, .calls = tracking_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = start_run,
};

const struct iom_cmd cmd_hwpt_dirty_stop = {
	.object = "hwpt", .verb = "dirty stop", .brief = "stop tracking writes",
	.opts = hwpt_pos, .cols = tracking_cols, .calls = tracking_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = stop_run,
};

/* ---- read ---- */

enum { READ_HWPT, READ_IOVA, READ_LENGTH, READ_PAGE_SIZE, READ_NO_CLEAR, READ_OUT };
static const struct iom_opt read_opts[] = {
	[READ_HWPT] = { "hwpt", IOM_ARG_ID, IOM_REQ | IOM_POS,
			"page table made with --dirty-tracking" },
	[READ_IOVA] = { "iova", IOM_ARG_ADDR, IOM_REQ, "first IOVA" },
	[READ_LENGTH] = { "length", IOM_ARG_LEN, IOM_REQ, "bytes" },
	[READ_PAGE_SIZE] = { "page-size", IOM_ARG_LEN, IOM_REQ, "bytes that one bit stands for" },
	[READ_NO_CLEAR] = { "no-clear", IOM_ARG_FLAG, 0, "leave the pages dirty" },
	[READ_OUT] = { "out", IOM_ARG_PATH, 0,
		       "write the bitmap to a file, a bit a page from the low one on; "
		       "no ranges then" },
	{ 0 },
};

enum { RANGE_RANGE, RANGE_START, RANGE_LAST, RANGE_PAGES, RANGE_SIZE };
static const struct iom_col range_cols[] = {
	[RANGE_RANGE] = { "range", IOM_T_STR, 0, "START-LAST in hex without 0x" },
	[RANGE_START] = { "start", IOM_T_HEX, IOM_COL_HIDE, "first IOVA" },
	[RANGE_LAST] = { "last", IOM_T_HEX, IOM_COL_HIDE, "last IOVA, inclusive" },
	[RANGE_PAGES] = { "pages", IOM_T_UINT, 0, "pages of the size asked for" },
	[RANGE_SIZE] = { "size", IOM_T_SIZE, 0, "bytes" },
	{ 0 },
};

enum { GOT_HWPT, GOT_IOVA, GOT_LENGTH, GOT_PAGE_SIZE, GOT_DIRTY, GOT_CLEARED, GOT_HOLE, GOT_OUT,
       GOT_RANGES };
static const struct iom_col read_cols[] = {
	[GOT_HWPT] = { "hwpt_id", IOM_T_UINT, 0, "page table" },
	[GOT_IOVA] = { "iova", IOM_T_HEX, 0, "first IOVA" },
	[GOT_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes" },
	[GOT_PAGE_SIZE] = { "page_size", IOM_T_SIZE, 0, "bytes that a page counts" },
	[GOT_DIRTY] = { "dirty_pages", IOM_T_UINT, 0, "pages that were written" },
	[GOT_CLEARED] = { "cleared", IOM_T_BOOL, 0, "they count as clean from now on" },
	[GOT_HOLE] = { "hole", IOM_T_HEX, IOM_COL_OPT,
		       "first IOVA that is not mapped: nothing behind it was read" },
	[GOT_OUT] = { "out", IOM_T_STR, IOM_COL_OPT, "file that has the bitmap" },
	[GOT_RANGES] = { "ranges", IOM_T_LIST, IOM_COL_OPT,
			 "dirty ranges in order; absent with --out", range_cols },
	{ 0 },
};

static bool is_dirty(const uint64_t *bits, uint64_t i)
{
	return bits[i / 64] >> i % 64 & 1;
}

/* Fills the list of ranges, when wanted, and returns the number of dirty pages. */
static uint64_t show_ranges(struct iom_res *res, bool list, const uint64_t *bits, uint64_t pages,
			    uint64_t iova, uint64_t page_size)
{
	uint64_t dirty = 0, first;

	for (uint64_t i = 0; i < pages;) {
		struct iom_rec *r;

		if (!is_dirty(bits, i)) {
			i += bits[i / 64] || i % 64 ? 1 : 64;
			continue;
		}
		for (first = i; i < pages && is_dirty(bits, i); i++)
			dirty++;
		if (!list)
			continue;
		r = iom_add_rec(res->top, GOT_RANGES);
		iom_set_strf(r, RANGE_RANGE, "%" PRIx64 "-%" PRIx64, iova + first * page_size,
			     iova + i * page_size - 1);
		iom_set_uint(r, RANGE_START, iova + first * page_size);
		iom_set_uint(r, RANGE_LAST, iova + i * page_size - 1);
		iom_set_uint(r, RANGE_PAGES, i - first);
		iom_set_uint(r, RANGE_SIZE, (i - first) * page_size);
	}
	return dirty;
}

/* The kernel stops at the first address that is not mapped, and does not say so. */
static void show_hole(struct iom_app *app, uint32_t hwpt, uint64_t iova, uint64_t length,
		      struct iom_res *res)
{
	const struct iom_object *ioas = iom_ctx_ioas_of(&app->ctx, hwpt);
	uint64_t at = iova, last = iova + length - 1;
	struct iom_area *a = ioas ? iom_ctx_area(&app->ctx, ioas->id, iova, last) : NULL;

	if (!ioas || app->ctx.inherited)
		return;
	for (; a && a->node.start <= at; a = iom_ctx_area_next(a, iova, last)) {
		if (a->node.last >= last)
			return;
		at = a->node.last + 1;
	}
	iom_set_uint(res->top, GOT_HOLE, at);
}

static int open_bitmap(int *fd, const char *path, struct iom_err *err)
{
	*fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (*fd >= 0)
		return 0;
	err->code = -errno;
	iom_fail(err, iom_exit_of_errno(err->code), "--out: cannot open %s", path);
	return (int)err->exit;
}

static int write_bitmap(int *fd, const char *path, const void *bits, uint64_t len,
			struct iom_err *err)
{
	const char *p = bits;

	while (len) {
		ssize_t n = write(*fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		p += n;
		len -= (uint64_t)n;
	}
	if (!len && !close(iom_take_fd(fd)))
		return 0;
	err->code = -errno;
	iom_fail(err, IOM_EXIT_INTERNAL, "--out: cannot write %s", path);
	return IOM_EXIT_INTERNAL;
}

/* Checks what the kernel would not; *pages is 0 when it is sure to refuse. Exit code. */
static int check_read(uint64_t length, uint64_t page_size, uint64_t *pages, struct iom_err *err)
{
	*pages = 0;
	if (!page_size)
		return 0;
	if (page_size & (page_size - 1)) {
		iom_fail(err, IOM_EXIT_USAGE, "--page-size: not a power of two");
		return IOM_EXIT_USAGE;
	}
	*pages = length / page_size + !!(length % page_size);
	if (*pages / 8 > MAX_BITMAP) {
		iom_hint(err, "read the range in parts, or take a larger --page-size");
		iom_fail(err, IOM_EXIT_USAGE, "--length: more than %u pages at once",
			 MAX_BITMAP * 8);
		return IOM_EXIT_USAGE;
	}
	return 0;
}

static int read_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	const char *out = a->v[READ_OUT].str;
	bool to_file = a->v[READ_OUT].set;
	struct iom_hwpt_get_dirty_bitmap c = {
		.size = sizeof(c), .hwpt_id = (uint32_t)a->v[READ_HWPT].num,
		.flags = a->v[READ_NO_CLEAR].set ? IOM_HWPT_GET_DIRTY_BITMAP_NO_CLEAR : 0,
		.iova = a->v[READ_IOVA].num, .length = a->v[READ_LENGTH].num,
		.page_size = a->v[READ_PAGE_SIZE].num,
	};
	_iom_free_ uint64_t *bits = NULL;
	_iom_close_ int fd = -1;
	uint64_t pages;
	int rc = check_read(c.length, c.page_size, &pages, err);

	/* Reading clears, so the file must be there before. */
	if (!rc && to_file && !app->g.dry_run)
		rc = open_bitmap(&fd, out, err);
	if (rc)
		return rc;
	bits = iom_alloc_pages((pages / 64 + 1) * sizeof(*bits));
	if (!bits) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory for %" PRIu64 " pages", pages);
		return IOM_EXIT_INTERNAL;
	}
	c.data = (uintptr_t)bits;
	rc = iom_do(app, IOM_NR_HWPT_GET_DIRTY_BITMAP, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot read the dirty pages of %s bytes at 0x%" PRIx64
				" of HWPT %u", a->v[READ_LENGTH].str, c.iova, c.hwpt_id);
	if (to_file)
		rc = write_bitmap(&fd, out, bits, (pages + 7) / 8, err);
	if (rc)
		return rc;
	iom_set_uint(res->top, GOT_HWPT, c.hwpt_id);
	iom_set_uint(res->top, GOT_IOVA, c.iova);
	iom_set_uint(res->top, GOT_LENGTH, c.length);
	iom_set_uint(res->top, GOT_PAGE_SIZE, c.page_size);
	iom_set_uint(res->top, GOT_CLEARED, !a->v[READ_NO_CLEAR].set);
	show_hole(app, c.hwpt_id, c.iova, c.length, res);
	if (to_file)
		iom_set_str(res->top, GOT_OUT, out);
	else
		iom_open_list(res->top, GOT_RANGES);
	iom_set_uint(res->top, GOT_DIRTY,
		     show_ranges(res, !to_file, bits, pages, c.iova, c.page_size));
	return 0;
}

const struct iom_cmd cmd_hwpt_dirty_read = {
	.object = "hwpt", .verb = "dirty read", .brief = "show which pages were written",
	.opts = read_opts, .cols = read_cols,
	.calls = (const char *const[]){ "IOMMU_HWPT_GET_DIRTY_BITMAP", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = read_run,
};
