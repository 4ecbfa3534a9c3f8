/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mock: pages made dirty, and a look into the caches of nested page tables and devices. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/internal.h"
#include "cmd/mock.h"
#include "iommuctl/uapi.h"

#define MAX_PAGES ((uint64_t)16 << 20 << 3) /* the driver refuses more at once */

/* ---- dirty ---- */

enum { DIRTY_HWPT, DIRTY_IOVA, DIRTY_LENGTH, DIRTY_PAGE_SIZE, DIRTY_PAGES };
static const struct iom_opt dirty_opts[] = {
	[DIRTY_HWPT] = { "hwpt", IOM_ARG_ID, IOM_REQ | IOM_POS, "HWPT of a mock device" },
	[DIRTY_IOVA] = { "iova", IOM_ARG_ADDR, IOM_REQ, "IOVA of page 0" },
	[DIRTY_LENGTH] = { "length", IOM_ARG_LEN, IOM_REQ, "bytes" },
	[DIRTY_PAGE_SIZE] = { "page-size", IOM_ARG_LEN, IOM_REQ, "bytes of a page" },
	[DIRTY_PAGES] = { "pages", IOM_ARG_STR, 0, "pages by number, such as 0,2,5-7; default all",
			  .metavar = "LIST" },
	{ 0 },
};

enum { DIRTIED_HWPT, DIRTIED_IOVA, DIRTIED_LENGTH, DIRTIED_PAGES };
static const struct iom_col dirty_cols[] = {
	[DIRTIED_HWPT] = { "hwpt_id", IOM_T_UINT, 0, "page table" },
	[DIRTIED_IOVA] = { "iova", IOM_T_HEX, 0, "IOVA of page 0" },
	[DIRTIED_LENGTH] = { "length", IOM_T_SIZE, 0, "bytes" },
	[DIRTIED_PAGES] = { "dirty_pages", IOM_T_UINT, 0, "pages that were made dirty" },
	{ 0 },
};

static int bad_list(const char *list, struct iom_err *err)
{
	return iom_fail(err, IOM_EXIT_USAGE, "--pages: '%s' is not a list such as 0,2,5-7", list);
}

/* "N" or "N-M" of len characters. */
static int one_span(const char *list, const char *part, size_t len, uint64_t *first, uint64_t *last,
		    struct iom_err *err)
{
	char text[48];
	char *dash;

	if (!len || len >= sizeof(text))
		return bad_list(list, err);
	memcpy(text, part, len);
	text[len] = '\0';
	dash = strchr(text, '-');
	if (dash)
		*dash = '\0';
	if (iom_parse_u64(text, first))
		return bad_list(list, err);
	*last = *first;
	if (dash && (iom_parse_u64(dash + 1, last) || *last < *first))
		return bad_list(list, err);
	return 0;
}

static int set_pages(const char *list, unsigned char *bits, uint64_t pages, struct iom_err *err)
{
	const char *part = list;

	for (;;) {
		size_t len = strcspn(part, ",");
		uint64_t first, last;

		if (one_span(list, part, len, &first, &last, err))
			return -1;
		if (last >= pages)
			return iom_fail(err, IOM_EXIT_USAGE, "--pages: there are only %" PRIu64
					" pages, no page %" PRIu64, pages, last);
		for (uint64_t i = first; i <= last; i++)
			bits[i / 8] |= (unsigned char)(1U << i % 8);
		if (!part[len])
			return 0;
		part += len + 1;
	}
}

static int dirty_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_DIRTY, a->v[DIRTY_HWPT].num);
	uint64_t length = a->v[DIRTY_LENGTH].num, size = a->v[DIRTY_PAGE_SIZE].num;
	uint64_t pages = size ? length / size : 0;
	_iom_free_ unsigned char *bits = NULL;
	int rc;

	/* What the driver will refuse needs no bitmap. */
	if (pages > MAX_PAGES)
		pages = 0;
	bits = calloc(pages / 8 + 8, 1);
	if (!bits) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	if (!a->v[DIRTY_PAGES].set)
		memset(bits, 0xff, pages / 8 + 8);
	else if (pages && set_pages(a->v[DIRTY_PAGES].str, bits, pages, err))
		return IOM_EXIT_USAGE;
	c.dirty.iova = a->v[DIRTY_IOVA].num;
	c.dirty.length = length;
	c.dirty.page_size = size;
	c.dirty.uptr = (uintptr_t)bits;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cannot make pages at 0x%" PRIx64 " of HWPT %u dirty",
				a->v[DIRTY_IOVA].num, c.id);
	iom_set_uint(res->top, DIRTIED_HWPT, c.id);
	iom_set_uint(res->top, DIRTIED_IOVA, a->v[DIRTY_IOVA].num);
	iom_set_uint(res->top, DIRTIED_LENGTH, length);
	iom_set_uint(res->top, DIRTIED_PAGES, c.dirty.out_nr_dirty);
	return 0;
}

const struct iom_cmd cmd_mock_dirty = {
	.object = "mock", .verb = "dirty", .brief = "make pages dirty, as a device's writes would",
	.opts = dirty_opts, .cols = dirty_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = dirty_run,
};

/* ---- check-iotlb ---- */

enum { IOTLB_HWPT, IOTLB_ID, IOTLB_VALUE };
static const struct iom_opt iotlb_opts[] = {
	[IOTLB_HWPT] = { "hwpt", IOM_ARG_ID, IOM_REQ | IOM_POS, "nested HWPT of a mock device" },
	[IOTLB_ID] = { "id", IOM_ARG_U32, IOM_REQ, "number of the cache entry, 0 to 3" },
	[IOTLB_VALUE] = { "value", IOM_ARG_U32, IOM_REQ, "what it must hold" },
	{ 0 },
};

enum { CHECKED_HWPT, CHECKED_ID, CHECKED_VALUE };
static const struct iom_col iotlb_cols[] = {
	[CHECKED_HWPT] = { "hwpt_id", IOM_T_UINT, 0, "nested page table" },
	[CHECKED_ID] = { "iotlb_id", IOM_T_UINT, 0, "number of the cache entry" },
	[CHECKED_VALUE] = { "value", IOM_T_HEX, 0, "what it holds" },
	{ 0 },
};

static int iotlb_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_MD_CHECK_IOTLB, a->v[IOTLB_HWPT].num);
	int rc;

	c.check_iotlb.id = (uint32_t)a->v[IOTLB_ID].num;
	c.check_iotlb.iotlb = (uint32_t)a->v[IOTLB_VALUE].num;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cache entry %" PRIu64 " of HWPT %u is not 0x%" PRIx64,
				a->v[IOTLB_ID].num, c.id, a->v[IOTLB_VALUE].num);
	iom_set_uint(res->top, CHECKED_HWPT, c.id);
	iom_set_uint(res->top, CHECKED_ID, a->v[IOTLB_ID].num);
	iom_set_uint(res->top, CHECKED_VALUE, a->v[IOTLB_VALUE].num);
	return 0;
}

const struct iom_cmd cmd_mock_check_iotlb = {
	.object = "mock", .verb = "check-iotlb",
	.brief = "check the cache of a nested page table",
	.opts = iotlb_opts, .cols = iotlb_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX, .schema = 1, .run = iotlb_run,
};

/* ---- check-dev-cache ---- */

enum { CACHE_DEV, CACHE_ID, CACHE_VALUE };
static const struct iom_opt cache_opts[] = {
	[CACHE_DEV] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "mock device, by its device id" },
	[CACHE_ID] = { "id", IOM_ARG_U32, IOM_REQ, "number of the cache entry, 0 to 3" },
	[CACHE_VALUE] = { "cache", IOM_ARG_U32, IOM_REQ, "what it must hold" },
	{ 0 },
};

enum { CACHED_DEV, CACHED_ID, CACHED_VALUE };
static const struct iom_col cache_cols[] = {
	[CACHED_DEV] = { "device_id", IOM_T_UINT, 0, "mock device" },
	[CACHED_ID] = { "cache_id", IOM_T_UINT, 0, "number of the cache entry" },
	[CACHED_VALUE] = { "value", IOM_T_HEX, 0, "what it holds" },
	{ 0 },
};

static int cache_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_test_cmd c = iom_mock_cmd(IOM_TEST_OP_DEV_CHECK_CACHE, a->v[CACHE_DEV].num);
	int rc;

	c.check_dev_cache.id = (uint32_t)a->v[CACHE_ID].num;
	c.check_dev_cache.cache = (uint32_t)a->v[CACHE_VALUE].num;
	rc = iom_do(app, IOM_NR_TEST_CMD, &c, err);
	if (rc)
		return iom_what(err, rc, "cache entry %" PRIu64 " of device %u is not 0x%" PRIx64,
				a->v[CACHE_ID].num, c.id, a->v[CACHE_VALUE].num);
	iom_set_uint(res->top, CACHED_DEV, c.id);
	iom_set_uint(res->top, CACHED_ID, a->v[CACHE_ID].num);
	iom_set_uint(res->top, CACHED_VALUE, a->v[CACHE_VALUE].num);
	return 0;
}

const struct iom_cmd cmd_mock_check_dev_cache = {
	.object = "mock", .verb = "check-dev-cache",
	.brief = "check the cache of a device behind a virtual IOMMU",
	.opts = cache_opts, .cols = cache_cols, .calls = iom_mock_calls,
	.flags = IOM_CMD_CTX, .schema = 1, .run = cache_run,
};
