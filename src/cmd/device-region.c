/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device region read, write: registers of an opened VFIO device. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/device.h"
#include "cmd/internal.h"
#include "iommuctl/diag.h"
#include "iommuctl/uapi.h"

#define MAX_COUNT 4096U

enum { REGION_DEV, REGION_REGION, REGION_OFFSET, REGION_WIDTH, REGION_COUNT };
static const struct iom_opt read_opts[] = {
	[REGION_DEV] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "device id" },
	[REGION_REGION] = { "region", IOM_ARG_STR, IOM_REQ | IOM_POS,
			    "bar0 to bar5, rom, config, vga, or its number", .metavar = "REGION" },
	[REGION_OFFSET] = { "offset", IOM_ARG_ADDR, IOM_REQ | IOM_POS,
			    "where in the region; a multiple of the width", .metavar = "OFFSET" },
	[REGION_WIDTH] = { "width", IOM_ARG_U32, 0, "bytes of an access: 1, 2, 4 (default) or 8" },
	[REGION_COUNT] = { "count", IOM_ARG_U32, 0, "read as many, one behind the other" },
	{ 0 },
};

enum { REGION_VALUE = REGION_COUNT };
static const struct iom_opt write_opts[] = {
	[REGION_DEV] = { "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "device id" },
	[REGION_REGION] = { "region", IOM_ARG_STR, IOM_REQ | IOM_POS,
			    "bar0 to bar5, rom, config, vga, or its number", .metavar = "REGION" },
	[REGION_OFFSET] = { "offset", IOM_ARG_ADDR, IOM_REQ | IOM_POS,
			    "where in the region; a multiple of the width", .metavar = "OFFSET" },
	[REGION_WIDTH] = { "width", IOM_ARG_U32, 0, "bytes of the access: 1, 2, 4 (default) or 8" },
	[REGION_VALUE] = { "value", IOM_ARG_U64, IOM_REQ | IOM_POS, "what to write" },
	{ 0 },
};

enum { WORD_OFFSET, WORD_VALUE };
static const struct iom_col word_cols[] = {
	[WORD_OFFSET] = { "offset", IOM_T_HEX, 0, "where in the region" },
	[WORD_VALUE] = { "value", IOM_T_HEX, 0, "what was read there" },
	{ 0 },
};

enum { GOT_DEVICE, GOT_INDEX, GOT_REGION, GOT_OFFSET, GOT_WIDTH, GOT_VALUE, GOT_WORDS };
static const struct iom_col read_cols[] = {
	[GOT_DEVICE] = { "device_id", IOM_T_UINT, 0, "device" },
	[GOT_INDEX] = { "index", IOM_T_UINT, IOM_COL_HIDE, "number of the region" },
	[GOT_REGION] = { "region", IOM_T_STR, 0, "its name, or the number again" },
	[GOT_OFFSET] = { "offset", IOM_T_HEX, 0, "where in the region" },
	[GOT_WIDTH] = { "width", IOM_T_UINT, 0, "bytes of an access" },
	[GOT_VALUE] = { "value", IOM_T_HEX, IOM_COL_ID, "what was read there, little endian" },
	[GOT_WORDS] = { "words", IOM_T_LIST, IOM_COL_OPT, "with --count: all, the first one too",
			word_cols },
	{ 0 },
};

static const struct iom_col write_cols[] = {
	[GOT_DEVICE] = { "device_id", IOM_T_UINT, 0, "device" },
	[GOT_INDEX] = { "index", IOM_T_UINT, IOM_COL_HIDE, "number of the region" },
	[GOT_REGION] = { "region", IOM_T_STR, 0, "its name, or the number again" },
	[GOT_OFFSET] = { "offset", IOM_T_HEX, 0, "where in the region" },
	[GOT_WIDTH] = { "width", IOM_T_UINT, 0, "bytes of the access" },
	[GOT_VALUE] = { "value", IOM_T_HEX, IOM_COL_ID, "what was written, little endian" },
	{ 0 },
};

/* What an access needs to know. */
struct target {
	int fd;
	const char *word;	 /* region as given */
	uint64_t start, size;	 /* of the region in the fd */
	struct iom_region_io io;
};

static const struct iom_enum *region_names(void)
{
	const struct iom_call *c = iom_call_of(IOM_NR_VFIO_DEVICE_GET_REGION_INFO, NULL);

	return iom_field_find(c->fields, "index")->values;
}

static int bad_region(const char *word, struct iom_err *err)
{
	iom_fail(err, IOM_EXIT_USAGE,
		 "--region: '%s' is neither bar0 to bar5, rom, config, vga, nor a number", word);
	return IOM_EXIT_USAGE;
}

static int parse_target(const struct iom_args *a, struct target *t, struct iom_err *err)
{
	const struct iom_value *v = iom_value_find(region_names(), a->v[REGION_REGION].str);
	uint64_t index = v ? v->value : 0;

	t->word = a->v[REGION_REGION].str;
	if (!v && (iom_parse_u64(t->word, &index) || index > UINT32_MAX))
		return bad_region(t->word, err);
	t->io.index = (uint32_t)index;
	t->io.offset = a->v[REGION_OFFSET].num;
	t->io.count = a->v[REGION_WIDTH].set ? (uint32_t)a->v[REGION_WIDTH].num : 4;
	if (!t->io.count || t->io.count > 8 || t->io.count & (t->io.count - 1)) {
		iom_fail(err, IOM_EXIT_USAGE, "--width: %" PRIu32 " is not 1, 2, 4 or 8",
			 t->io.count);
		return IOM_EXIT_USAGE;
	}
	if (t->io.offset % t->io.count) {
		iom_hint(err, "the kernel would make several accesses of it; use a smaller "
			 "--width");
		iom_fail(err, IOM_EXIT_USAGE,
			 "--offset: 0x%" PRIx64 " is not a multiple of the width %" PRIu32,
			 t->io.offset, t->io.count);
		return IOM_EXIT_USAGE;
	}
	return 0;
}

/* Asks for the region and checks that bytes at the offset exist. */
static int find_region(struct iom_app *app, struct target *t, uint32_t flag, uint64_t bytes,
		       struct iom_err *err)
{
	struct iom_vfio_region_info info = { .argsz = sizeof(info), .index = t->io.index };
	int rc = iom_do_fd(app, t->fd, IOM_NR_VFIO_DEVICE_GET_REGION_INFO, &info, NULL, err);

	if (rc)
		return iom_what(err, rc, "cannot find region %s", t->word);
	t->start = info.offset;
	t->size = info.size;
	if (!info.size) {
		iom_hint(err, "`device info` lists the regions");
		iom_fail(err, IOM_EXIT_NOT_FOUND, "the device has no region %s", t->word);
		return IOM_EXIT_NOT_FOUND;
	}
	if (!(info.flags & flag)) {
		iom_fail(err, IOM_EXIT_UNSUPPORTED, "region %s cannot be %s", t->word,
			 flag == IOM_VFIO_REGION_INFO_FLAG_READ ? "read" : "written");
		return IOM_EXIT_UNSUPPORTED;
	}
	if (t->io.offset >= info.size || bytes > info.size - t->io.offset) {
		iom_fail(err, IOM_EXIT_USAGE, "--offset: %" PRIu64 " bytes at 0x%" PRIx64
			 " do not lie within region %s of 0x%" PRIx64, bytes, t->io.offset, t->word,
			 (uint64_t)info.size);
		return IOM_EXIT_USAGE;
	}
	return 0;
}

static int access_region(struct iom_app *app, const struct iom_call *call, struct target *t,
			 struct iom_err *err)
{
	struct iom_region_io sent = t->io;
	int rc = iom_issue_region(&app->ctx, call, t->fd, t->start, &t->io, err);

	if (rc == IOM_DRY)
		return IOM_EXIT_DRY;
	if (!rc)
		return 0;
	iom_explain_fd(&app->ctx, call, t->fd, &sent, rc, app->g.sysroot, err);
	iom_fail(err, err->exit, "cannot %s %s at 0x%" PRIx64,
		 call == &iom_region_write ? "write to" : "read", t->word, sent.offset);
	return (int)err->exit;
}

static void show_target(struct iom_res *res, const struct iom_args *a, const struct target *t)
{
	const struct iom_value *v = iom_value_of(region_names(), t->io.index);

	iom_set_uint(res->top, GOT_DEVICE, a->v[REGION_DEV].num);
	iom_set_uint(res->top, GOT_INDEX, t->io.index);
	if (v)
		iom_set_str(res->top, GOT_REGION, v->word);
	else
		iom_set_strf(res->top, GOT_REGION, "%" PRIu32, t->io.index);
	iom_set_uint(res->top, GOT_OFFSET, t->io.offset);
	iom_set_uint(res->top, GOT_WIDTH, t->io.count);
	iom_set_uint(res->top, GOT_VALUE, t->io.value);
}

static int read_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	bool many = a->v[REGION_COUNT].set;
	uint64_t count = many ? a->v[REGION_COUNT].num : 1;
	struct target t = { 0 };
	int rc = parse_target(a, &t, err);

	if (rc)
		return rc;
	if (!count || count > MAX_COUNT) {
		iom_fail(err, IOM_EXIT_USAGE, "--count: %" PRIu64 " is not 1 to %u", count,
			 MAX_COUNT);
		return IOM_EXIT_USAGE;
	}
	rc = iom_device_fd(app, a->v[REGION_DEV].num, &t.fd, err);
	if (!rc)
		rc = find_region(app, &t, IOM_VFIO_REGION_INFO_FLAG_READ, count * t.io.count, err);
	if (rc && rc != IOM_EXIT_DRY)
		return rc;
	rc = access_region(app, &iom_region_read, &t, err);
	if (rc)
		return rc;
	show_target(res, a, &t);
	if (many)
		iom_open_list(res->top, GOT_WORDS);
	for (uint64_t i = 0; many && i < count; i++) {
		struct iom_rec *rec;

		if (i) {
			t.io.offset += t.io.count;
			rc = access_region(app, &iom_region_read, &t, err);
			if (rc)
				return rc;
		}
		rec = iom_add_rec(res->top, GOT_WORDS);
		iom_set_uint(rec, WORD_OFFSET, t.io.offset);
		iom_set_uint(rec, WORD_VALUE, t.io.value);
	}
	return 0;
}

const struct iom_cmd cmd_device_region_read = {
	.object = "device", .verb = "region read",
	.brief = "read registers of an opened device",
	.opts = read_opts, .cols = read_cols,
	.calls = (const char *const[]){ "VFIO_DEVICE_GET_REGION_INFO", "pread", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = read_run,
};

static int write_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct target t = { 0 };
	int rc = parse_target(a, &t, err);

	if (rc)
		return rc;
	t.io.value = a->v[REGION_VALUE].num;
	if (t.io.count < 8 && t.io.value >> (8 * t.io.count)) {
		iom_fail(err, IOM_EXIT_USAGE,
			 "--value: 0x%" PRIx64 " does not fit %" PRIu32 " bytes", t.io.value,
			 t.io.count);
		return IOM_EXIT_USAGE;
	}
	rc = iom_device_fd(app, a->v[REGION_DEV].num, &t.fd, err);
	if (!rc)
		rc = find_region(app, &t, IOM_VFIO_REGION_INFO_FLAG_WRITE, t.io.count, err);
	if (rc && rc != IOM_EXIT_DRY)
		return rc;
	rc = access_region(app, &iom_region_write, &t, err);
	if (!rc)
		show_target(res, a, &t);
	return rc;
}

const struct iom_cmd cmd_device_region_write = {
	.object = "device", .verb = "region write",
	.brief = "write a register of an opened device",
	.opts = write_opts, .cols = write_cols,
	.calls = (const char *const[]){ "VFIO_DEVICE_GET_REGION_INFO", "pwrite", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = write_run,
};
