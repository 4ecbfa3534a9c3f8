/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* raw: any call of the table with any value in any field, also the wrong ones. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/hex.h"
#include "cmd/internal.h"
#include "cmd/meaning.h"

#define MAX_BUFFER (16UL << 20) /* bytes of one buf:, hex: or @FILE */
#define MAX_SIZE 65536U		/* of the struct, bytes */
#define MAX_FIELDS 24
#define MAX_POINTERS 4

enum { RAW_CALL, RAW_ASSIGN, RAW_SIZE, RAW_TAIL, RAW_ABI, RAW_DEV };
static const struct iom_opt raw_opts[] = {
	[RAW_CALL] = { "call", IOM_ARG_STR, IOM_REQ | IOM_POS,
		       "name of the call, as probe lists it",
		       .metavar = "CALL" },
	[RAW_ASSIGN] = { "set", IOM_ARG_ASSIGN, IOM_POS | IOM_MULTI,
			 "field and value: number, names of flags, or for pointers buf:SIZE, "
			 "hex:BYTES, @FILE" },
	[RAW_SIZE] = { "size", IOM_ARG_U32, 0, "value of the size field; default: the whole struct",
		       .metavar = "BYTES" },
	[RAW_TAIL] = { "tail", IOM_ARG_STR, 0, "bytes behind the struct", .metavar = "HEX" },
	[RAW_ABI] = { "abi", IOM_ARG_STR, 0, "revision of an unmerged call" },
	[RAW_DEV] = { "dev", IOM_ARG_ID, 0, "device id, for calls on a VFIO device" },
	{ 0 },
};

enum { BUF_FIELD, BUF_DATA };
static const struct iom_col buffer_cols[] = {
	[BUF_FIELD] = { "field", IOM_T_STR, 0, "pointer that it was given for" },
	[BUF_DATA] = { "data", IOM_T_STR, 0, "its bytes after the call, in hex" },
	{ 0 },
};

enum { GOT_CALL, GOT_CODE, GOT_RETURN, GOT_FIELDS, GOT_BUFFERS };
static const struct iom_col raw_cols[] = {
	[GOT_CALL] = { "call", IOM_T_STR, 0, "name of the call" },
	[GOT_CODE] = { "code", IOM_T_HEX, 0, "its ioctl number" },
	[GOT_RETURN] = { "return", IOM_T_INT, IOM_COL_ID, "what ioctl(2) returned" },
	[GOT_FIELDS] = { "fields", IOM_T_REC, 0, "the struct after the call, by member" },
	[GOT_BUFFERS] = { "buffers", IOM_T_LIST, IOM_COL_OPT, "memory behind pointers",
			  buffer_cols },
	{ 0 },
};

/* One call being put together. */
struct raw {
	const struct iom_call *call;
	unsigned char *arg; /* at least IOM_MAX_ARG bytes */
	size_t room;
	struct {
		const struct iom_field *field;
		unsigned char *data;
		size_t len;
	} ptr[MAX_POINTERS];
	unsigned int n_ptr;
};

static void raw_free(struct raw *r)
{
	free(r->arg);
	for (unsigned int i = 0; i < r->n_ptr; i++)
		free(r->ptr[i].data);
}

static const char *next_call(const void *arg, size_t i)
{
	(void)arg;
	return iom_calls[i].word;
}

/* A call that no series changed is the same in each of them. */
static bool abi_known(const char *abi)
{
	if (!strcmp(abi, "mainline"))
		return true;
	for (const struct iom_call *c = iom_calls; c->name; c++)
		if (c->abi && !strcmp(c->abi, abi))
			return true;
	return false;
}

static int find_call(const struct iom_args *a, struct raw *r, struct iom_err *err)
{
	const char *name = a->v[RAW_CALL].str, *near;

	const char *abi = a->v[RAW_ABI].set ? a->v[RAW_ABI].str : NULL;

	if (abi && !abi_known(abi)) {
		iom_hint(err,
			 "unmerged series are named like tsm-rfc1; released calls need no --abi");
		iom_fail(err, IOM_EXIT_USAGE, "--abi: no call is of '%s'", abi);
		return IOM_EXIT_USAGE;
	}
	r->call = iom_call_find(name, abi);
	if (r->call)
		return 0;
	near = iom_nearest(name, next_call, NULL);
	if (near)
		iom_hint(err, "did you mean %s?", near);
	iom_fail(err, IOM_EXIT_USAGE, "there is no call '%s'%s%s", name,
		 a->v[RAW_ABI].set ? " in ABI " : "", a->v[RAW_ABI].set ? a->v[RAW_ABI].str : "");
	return IOM_EXIT_USAGE;
}

/* buf:SIZE, hex:BYTES, @FILE for a pointer; *used is false when it is something else. */
static int set_pointer(struct raw *r, const struct iom_field *f, const char *value, bool *used,
		       struct iom_err *err)
{
	_iom_free_ unsigned char *given = NULL;
	unsigned char *data;
	size_t len = 0;
	uint64_t n;

	*used = true;
	if (!strncmp(value, "buf:", 4)) {
		if (iom_parse_size(value + 4, &n) || n > MAX_BUFFER)
			return iom_fail(err, IOM_EXIT_USAGE, "%s: buf: takes a size up to 16M",
					f->name);
		len = n;
	} else if (!strncmp(value, "hex:", 4) || *value == '@') {
		const char *word = *value == '@' ? value : value + 4;

		if (iom_hex_argument("set", word, MAX_BUFFER, &given, &len, err))
			return -EINVAL;
	} else {
		*used = false;
		return 0;
	}
	if (r->n_ptr == MAX_POINTERS)
		return iom_fail(err, IOM_EXIT_USAGE, "more than %d buffers", MAX_POINTERS);
	data = iom_alloc_pages(len);
	if (!data)
		return iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
	if (given)
		memcpy(data, given, len);
	r->ptr[r->n_ptr].field = f;
	r->ptr[r->n_ptr].data = data;
	r->ptr[r->n_ptr++].len = len;
	return iom_field_set(f, r->arg, 0, (uintptr_t)data);
}

static const char *next_field(const void *arg, size_t i)
{
	return ((const struct iom_field *)arg)[i].name;
}

static int no_field(const struct raw *r, const char *name, struct iom_err *err)
{
	struct iom_buf b __attribute__((cleanup(iom_buf_free))) = { 0 };
	const char *near = iom_nearest(name, next_field, r->call->fields);

	for (const struct iom_field *f = r->call->fields; f->name; f++)
		iom_buf_printf(&b, "%s%s", b.len ? ", " : "", f->name);
	if (near)
		iom_hint(err, "did you mean %s? Fields: %s", near, b.data);
	else
		iom_hint(err, "fields: %s", b.data ? b.data : "none");
	return iom_fail(err, IOM_EXIT_USAGE, "%s has no field '%s'", r->call->name, name);
}

static int set_field(struct raw *r, const char *word, struct iom_err *err)
{
	const char *eq = strchr(word, '='), *value = eq + 1;
	const struct iom_field *f;
	char name[64];
	bool used = false;
	uint64_t v;
	int rc;

	snprintf(name, sizeof(name), "%.*s", (int)(eq - word), word);
	f = iom_field_find(r->call->fields, name);
	if (!f)
		return no_field(r, name, err);
	if (f->kind == IOM_K_PTR) {
		rc = set_pointer(r, f, value, &used, err);
		if (rc || used)
			return rc;
	}
	rc = iom_field_parse(f, value, &v);
	if (!rc)
		rc = iom_field_set(f, r->arg, 0, v);
	if (rc == -ERANGE)
		return iom_fail(err, IOM_EXIT_USAGE, "%s: '%s' does not fit %u bytes", name, value,
				f->width);
	if (rc)
		return iom_fail(err, IOM_EXIT_USAGE,
				"%s: '%s' is neither a number nor a name it knows", name, value);
	return 0;
}

static int build(const struct iom_args *a, struct raw *r, struct iom_err *err)
{
	uint32_t size = a->v[RAW_SIZE].set ? (uint32_t)a->v[RAW_SIZE].num : r->call->full;
	_iom_free_ unsigned char *tail = NULL;
	size_t tail_len = 0;

	if (size > MAX_SIZE)
		return iom_fail(err, IOM_EXIT_USAGE, "--size: %u is more than %u", size, MAX_SIZE);
	if (a->v[RAW_TAIL].set &&
	    iom_hex_argument("tail", a->v[RAW_TAIL].str, MAX_SIZE, &tail, &tail_len, err))
		return -EINVAL;
	r->room = size > r->call->full + tail_len ? size : r->call->full + tail_len;
	if (r->room < IOM_MAX_ARG)
		r->room = IOM_MAX_ARG;
	r->arg = calloc(1, r->room);
	if (!r->arg)
		return iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
	if (tail)
		memcpy(r->arg + r->call->full, tail, tail_len);
	for (const struct iom_field *f = r->call->fields; f->name; f++)
		if (f->kind == IOM_K_SIZE && iom_field_set(f, r->arg, 0, size))
			return iom_fail(err, IOM_EXIT_USAGE, "--size: %u does not fit", size);
	if (r->call->family == IOM_FAM_SELFTEST)
		for (const struct iom_field *f = r->call->fields; f->name; f++)
			if (!strcmp(f->name, "op") &&
			    iom_field_set(f, r->arg, 0, (uint64_t)r->call->op))
				return iom_fail(err, IOM_EXIT_INTERNAL, "operation does not fit");
	for (unsigned int i = 0; i < a->n_multi; i++)
		if (set_field(r, a->multi[i].v.str, err))
			return -EINVAL;
	return 0;
}

/*
 * The result's columns are the members of the struct, so they differ by call; they are made once
 * for each call and kept, as results refer to them.
 */
static const struct iom_col *columns_for(const struct iom_call *call)
{
	static struct cache {
		struct cache *next;
		const struct iom_call *call;
		struct iom_col fields[MAX_FIELDS + 1];
		struct iom_col top[IOM_ARRAY_SIZE(raw_cols)];
	} *caches;
	struct cache *c;
	unsigned int n = 0;

	for (c = caches; c; c = c->next)
		if (c->call == call)
			return c->top;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	for (const struct iom_field *f = call->fields; f->name && n < MAX_FIELDS; f++)
		c->fields[n++] = (struct iom_col){ f->name, IOM_T_ANY, 0, "member" };
	memcpy(c->top, raw_cols, sizeof(raw_cols));
	c->top[GOT_FIELDS].cols = c->fields;
	c->call = call;
	c->next = caches;
	caches = c;
	return c->top;
}

static int report(const struct raw *r, int ret, struct iom_res *res, struct iom_err *err)
{
	const struct iom_col *cols = columns_for(r->call);
	struct iom_rec *fields;
	unsigned int n = 0;

	if (!cols) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	iom_res_begin(res, cols);
	iom_set_str(res->top, GOT_CALL, r->call->name);
	iom_set_uint(res->top, GOT_CODE, r->call->code);
	iom_set_int(res->top, GOT_RETURN, ret);
	fields = iom_add_rec(res->top, GOT_FIELDS);
	for (const struct iom_field *f = r->call->fields; f->name && n < MAX_FIELDS; f++, n++)
		iom_field_any(f, r->arg, fields, n);
	for (unsigned int i = 0; i < r->n_ptr; i++) {
		struct iom_rec *b = iom_add_rec(res->top, GOT_BUFFERS);
		_iom_free_ char *hex = iom_hex_of(r->ptr[i].data, r->ptr[i].len);

		iom_set_str(b, BUF_FIELD, r->ptr[i].field->name);
		iom_set_str(b, BUF_DATA, hex ? hex : "");
	}
	return 0;
}

static int raw_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		   struct iom_err *err)
{
	struct raw r __attribute__((cleanup(raw_free))) = { 0 };
	int fd = -1, ret = 0, rc = find_call(a, &r, err);

	if (rc)
		return rc;
	if (build(a, &r, err))
		return (int)err->exit;
	if (r.call->family == IOM_FAM_VFIO) {
		const struct iom_handle *h =
			iom_ctx_handle_of(&app->ctx, (uint32_t)a->v[RAW_DEV].num);

		if (!h && !app->g.dry_run) {
			iom_hint(err, "'device open' first, then --dev ID");
			iom_fail(err, IOM_EXIT_USAGE, "%s needs a VFIO device: --dev",
				 r.call->name);
			return IOM_EXIT_USAGE;
		}
		fd = h ? h->fd : -1;
	}
	/*
	 * A number of an unmerged series may mean something else to a released kernel, so nothing
	 * is sent before the kernel was asked what it means there.
	 */
	if (r.call->abi && !app->g.dry_run) {
		rc = iom_meaning_check(app, r.call, err);
		if (rc)
			return rc;
	}
	rc = iom_do_call(app, fd, r.call, r.arg, r.room, &ret, err);
	return rc ? rc : report(&r, ret, res, err);
}

const struct iom_cmd cmd_raw = {
	.object = "raw", .brief = "issue any call with any field values",
	.opts = raw_opts, .cols = raw_cols, .flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1,
	.run = raw_run,
};
