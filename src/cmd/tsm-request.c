/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vdevice tsm-request: what a guest asks of its TSM, passed on with whatever comes back. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/hex.h"
#include "cmd/internal.h"
#include "cmd/tsm.h"
#include "iommuctl/uapi.h"

#define MAX_BUFFER   (16UL << 20) /* bytes of a request or response */
#define MAX_POINTERS 2

enum {
	REQ_VDEVICE,
	REQ_ABI,
	REQ_REQUEST,
	REQ_SET,
	REQ_LEN,
	REQ_RESPONSE,
	REQ_TYPE,
	REQ_INFO,
	REQ_SCOPE,
	REQ_OP,
	REQ_ARCH,
	REQ_DEV,
	REQ_VIOMMU,
};

/* Words of both numberings; the number comes from the revision's own table. */
static const struct iom_value op_values[] = {
	{ "read-object", "read-object", IOM_TSM_REWORK_READ_OBJECT, NULL, true },
	{ "regen-object", "regen-object", IOM_TSM_REWORK_REGEN_OBJECT, NULL, true },
	{ "object-info", "object-info", IOM_TSM_REWORK_OBJECT_INFO, NULL, true },
	{ "validate-mmio", "validate-mmio", IOM_TSM_REWORK_VALIDATE_MMIO, NULL, true },
	{ "set-tdi-state", "set-tdi-state", IOM_TSM_REWORK_SET_TDI_STATE, NULL, true },
	{ "sev-enable-dma", "sev-enable-dma", IOM_TSM_REWORK_SEV_ENABLE_DMA, NULL, true },
	{ "sev-disable-dma", "sev-disable-dma", IOM_TSM_REWORK_SEV_DISABLE_DMA, NULL, true },
	{ 0 },
};
static const struct iom_enum op_enum = { .name = "tsm_op", .values = op_values };

static const struct iom_value scope_values[] = {
	{ "info", "info", IOM_TSM_REQ_SCOPE_INFO, NULL, true },
	{ "state-change", "state-change", IOM_TSM_REQ_SCOPE_STATE_CHANGE, NULL, true },
	{ "debug-read", "debug-read", IOM_TSM_REQ_SCOPE_DEBUG_READ, NULL, true },
	{ "debug-write", "debug-write", IOM_TSM_REQ_SCOPE_DEBUG_WRITE, NULL, true },
	{ 0 },
};
static const struct iom_enum scope_enum = { .name = "tsm_scope", .values = scope_values };

static const struct iom_value arch_values[] = {
	{ "cca", "cca", IOM_TSM_ARCH_CCA, NULL, true },
	{ "sev", "sev", IOM_TSM_ARCH_SEV, NULL, true },
	{ "tdx", "tdx", IOM_TSM_ARCH_TDX, NULL, true },
	{ 0 },
};
static const struct iom_enum arch_enum = { .name = "tsm_arch", .values = arch_values };

static const struct iom_opt request_opts[] = {
	[REQ_VDEVICE] = { "vdevice", IOM_ARG_ID, IOM_REQ | IOM_POS, "virtual device" },
	[REQ_ABI] = { "abi", IOM_ARG_ENUM, IOM_REQ, "revision of the calls",
		      .values = &iom_tsm_abi },
	[REQ_REQUEST] = { "request", IOM_ARG_STR, 0, "the request", .metavar = "HEX|@FILE" },
	[REQ_SET] = { "set", IOM_ARG_ASSIGN, IOM_MULTI,
		      "instead of --request: a field of the payload that --op has" },
	[REQ_LEN] = { "response-len", IOM_ARG_LEN, 0, "room for a response; default: none" },
	[REQ_RESPONSE] = { "response", IOM_ARG_PATH, 0, "write the response to this file" },
	[REQ_TYPE] = { "type", IOM_ARG_U32, 0,
		       "tsm-xu to tsm-v4: format of the request; default: 0" },
	[REQ_INFO] = { "type-info", IOM_ARG_STR, 0,
		       "tsm-xu to tsm-v4: what the format needs beside it",
		       .metavar = "HEX|@FILE" },
	[REQ_SCOPE] = { "scope", IOM_ARG_ENUM, 0, "tsm-v5: what it is about; default: info",
			.values = &scope_enum },
	[REQ_OP] = { "op", IOM_ARG_ENUM, 0, "tsm-rework, tsm-integration: operation",
		     .values = &op_enum },
	[REQ_ARCH] = { "tvm-arch", IOM_ARG_ENUM, 0,
		       "tsm-rework, tsm-integration: architecture of the guest; default: cca",
		       .values = &arch_enum },
	[REQ_DEV] = { "dev", IOM_ARG_ID, 0,
		      "tsm-amd: its device; default: as the context knows it" },
	[REQ_VIOMMU] = { "viommu", IOM_ARG_ID, 0,
			 "tsm-amd: its vIOMMU; default: as the context knows it" },
	{ 0 },
};

enum { GOT_VDEVICE, GOT_ABI, GOT_RESIDUE, GOT_CODE, GOT_FW, GOT_LEN, GOT_RESPONSE, GOT_FILE };
static const struct iom_col request_cols[] = {
	[GOT_VDEVICE] = { "vdevice_id", IOM_T_UINT, 0, "virtual device" },
	[GOT_ABI] = { "abi", IOM_T_STR, 0, "revision that was spoken", .values = &iom_tsm_abi },
	[GOT_RESIDUE] = { "residue", IOM_T_UINT, 0,
			  "return value: bytes of the response not used, without one of the "
			  "request" },
	[GOT_CODE] = { "tsm_code", IOM_T_HEX, IOM_COL_OPT,
		       "what the TSM says; 0 is success; absent where the revision has none" },
	[GOT_FW] = { "fw_err", IOM_T_INT, IOM_COL_OPT, "tsm-amd: what the firmware says" },
	[GOT_LEN] = { "response_len", IOM_T_UINT, 0, "bytes of the response" },
	[GOT_RESPONSE] = { "response", IOM_T_STR, IOM_COL_OPT | IOM_COL_ID,
			   "the response in hex; absent with --response, or without room for one" },
	[GOT_FILE] = { "file", IOM_T_STR, IOM_COL_OPT, "file that it was written to" },
	{ 0 },
};

/* One request being put together; everything in it is freed with it. */
struct request {
	const struct iom_call *call;
	uint64_t arg[IOM_MAX_ARG / sizeof(uint64_t)];
	unsigned char *req, *info, *resp, *ptr[MAX_POINTERS];
	size_t req_len, info_len, resp_len;
	unsigned int n_ptr;
};

static void request_free(struct request *r)
{
	free(r->req);
	free(r->info);
	free(r->resp);
	for (unsigned int i = 0; i < r->n_ptr; i++)
		free(r->ptr[i]);
}

static int out_of_memory(struct iom_err *err)
{
	iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
	return IOM_EXIT_INTERNAL;
}

/* ---- the payload by its fields ---- */

static const char *next_field(const void *arg, size_t i)
{
	return ((const struct iom_field *)arg)[i].name;
}

/* hex:BYTES or @FILE behind a pointer. */
static int set_pointer(struct request *r, const struct iom_field *f, const char *value,
		       struct iom_err *err)
{
	unsigned char *data = NULL;
	size_t len = 0;

	if (r->n_ptr == MAX_POINTERS)
		return iom_fail(err, IOM_EXIT_USAGE, "--set: more than %d buffers", MAX_POINTERS);
	if (!strncmp(value, "hex:", 4))
		value += 4;
	if (iom_hex_argument("set", value, MAX_BUFFER, &data, &len, err))
		return -EINVAL;
	r->ptr[r->n_ptr++] = data;
	/* The nonce is the one pointer of the payloads. */
	if (len != 32)
		return iom_fail(err, IOM_EXIT_USAGE, "--set: %s is 32 bytes, not %zu", f->name,
				len);
	return iom_field_set(f, r->req, 0, (uintptr_t)data);
}

static int set_field(struct request *r, const struct iom_struct *s, const char *word,
		     struct iom_err *err)
{
	const char *eq = strchr(word, '='), *near;
	const struct iom_field *f;
	char name[64];
	uint64_t v;

	snprintf(name, sizeof(name), "%.*s", (int)(eq - word), word);
	f = iom_field_find(s->fields, name);
	if (!f) {
		near = iom_nearest(name, next_field, s->fields);
		if (near)
			iom_hint(err, "did you mean %s?", near);
		return iom_fail(err, IOM_EXIT_USAGE, "--set: %s has no field '%s'", s->word, name);
	}
	if (f->kind == IOM_K_PTR)
		return set_pointer(r, f, eq + 1, err);
	if (iom_field_parse(f, eq + 1, &v) || iom_field_set(f, r->req, 0, v))
		return iom_fail(err, IOM_EXIT_USAGE, "--set: %s cannot be '%s'", name, eq + 1);
	return 0;
}

static int build_payload(const struct iom_args *a, struct request *r, struct iom_err *err)
{
	const struct iom_struct *s;

	if (a->v[REQ_REQUEST].set)
		return iom_fail(err, IOM_EXIT_USAGE, "--request and --set exclude each other");
	s = a->v[REQ_OP].set ? iom_struct_find("tsm-req", a->v[REQ_OP].str) : NULL;
	if (!s)
		return iom_fail(err, IOM_EXIT_USAGE, "--set goes with an --op that has a payload");
	r->req = calloc(1, s->size);
	if (!r->req)
		return iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
	r->req_len = s->size;
	for (unsigned int i = 0; i < a->n_multi; i++)
		if (set_field(r, s, a->multi[i].v.str, err))
			return -EINVAL;
	return 0;
}

/* ---- the call ---- */

/* Options that this revision has no member for are not ignored. */
static int check_options(const struct iom_args *a, const struct request *r, struct iom_err *err)
{
	static const struct {
		uint8_t opt;
		const char *member;
	} needs[] = {
		{ REQ_TYPE, "type" },	     { REQ_INFO, "type_info_uptr" },
		{ REQ_SCOPE, "scope" },	     { REQ_OP, "op" },
		{ REQ_ARCH, "tvm_arch" },    { REQ_DEV, "dev_id" },
		{ REQ_VIOMMU, "viommu_id" },
	};
	int rc = 0;

	for (size_t i = 0; i < IOM_ARRAY_SIZE(needs) && !rc; i++)
		rc = iom_tsm_member(r->call, a, needs[i].opt, needs[i].member, err);
	if (rc)
		return rc;
	if (iom_field_find(r->call->fields, "op") && !a->v[REQ_OP].set) {
		iom_fail(err, IOM_EXIT_USAGE, "revision %s needs --op", r->call->abi);
		return IOM_EXIT_USAGE;
	}
	return 0;
}

/* Sets a member that the revision may not have. */
static int put(struct request *r, const char *member, uint64_t v, struct iom_err *err)
{
	const struct iom_field *f = iom_field_find(r->call->fields, member);

	if (!f || !iom_field_set(f, r->arg, 0, v))
		return 0;
	return iom_fail(err, IOM_EXIT_USAGE, "%s does not fit", member);
}

static int put_buffers(struct request *r, struct iom_err *err)
{
	const struct {
		const char *ptr, *len;
		const unsigned char *data;
		size_t n;
	} b[] = {
		{ "req_uptr", "req_len", r->req, r->req_len },
		{ "req", "req_len", r->req, r->req_len },
		{ "resp_uptr", "resp_len", r->resp, r->resp_len },
		{ "rsp", "rsp_len", r->resp, r->resp_len },
		{ "type_info_uptr", "type_info_len", r->info, r->info_len },
	};

	for (size_t i = 0; i < IOM_ARRAY_SIZE(b); i++)
		if (put(r, b[i].ptr, b[i].n ? (uintptr_t)b[i].data : 0, err) ||
		    put(r, b[i].len, b[i].n, err))
			return -EINVAL;
	return 0;
}

static int build(struct iom_app *app, const struct iom_args *a, struct request *r,
		 struct iom_err *err)
{
	const struct iom_field *op = iom_field_find(r->call->fields, "op");
	const struct iom_value *v = NULL;
	uint64_t room = a->v[REQ_LEN].num;
	int rc = 0;

	if (room > MAX_BUFFER)
		return iom_fail(err, IOM_EXIT_USAGE, "--response-len: at most 16M");
	if (a->v[REQ_RESPONSE].set && !room)
		return iom_fail(err, IOM_EXIT_USAGE, "--response needs --response-len");
	if (a->n_multi)
		rc = build_payload(a, r, err);
	else if (a->v[REQ_REQUEST].set)
		rc = iom_hex_argument("request", a->v[REQ_REQUEST].str, MAX_BUFFER, &r->req,
				      &r->req_len, err);
	if (!rc && a->v[REQ_INFO].set)
		rc = iom_hex_argument("type-info", a->v[REQ_INFO].str, MAX_BUFFER, &r->info,
				      &r->info_len, err);
	if (rc)
		return rc;
	r->resp_len = room;
	r->resp = calloc(1, room ? room : 1);
	if (!r->resp)
		return -out_of_memory(err);
	if (op)
		v = iom_value_find(op->values, a->v[REQ_OP].str);
	if (op && !v)
		return iom_fail(err, IOM_EXIT_USAGE, "revision %s has no operation %s",
				r->call->abi, a->v[REQ_OP].str);
	if (iom_tsm_objects(app, r->call, a->v[REQ_VDEVICE].num, &a->v[REQ_VIOMMU], &a->v[REQ_DEV],
			    r->arg, err) ||
	    put_buffers(r, err) || put(r, "type", a->v[REQ_TYPE].num, err) ||
	    put(r, "scope", a->v[REQ_SCOPE].num, err) || put(r, "op", v ? v->value : 0, err))
		return -EINVAL;
	return put(r, "tvm_arch", a->v[REQ_ARCH].set ? a->v[REQ_ARCH].num : IOM_TSM_ARCH_CCA, err);
}

/* ---- the answer ---- */

static int write_file(const char *path, const unsigned char *data, size_t len, struct iom_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	size_t done = 0;
	int code = fd < 0 ? errno : 0;

	while (!code && done < len) {
		ssize_t n = write(fd, data + done, len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			code = errno;
	}
	if (fd >= 0 && close(fd) && !code)
		code = errno;
	if (!code)
		return 0;
	err->code = -code;
	iom_hint(err, "the request was done all the same; look before you send it again");
	iom_fail(err, iom_exit_of_errno(-code), "--response: cannot write %s", path);
	return (int)err->exit;
}

/* Bytes of the response: the kernel says how many, or how many are left over. */
static size_t response_len(const struct request *r, int residue)
{
	const struct iom_field *f = iom_field_find(r->call->fields, "resp_len");
	uint64_t n = r->resp_len;

	if (!f)
		f = iom_field_find(r->call->fields, "rsp_len");
	if (residue > 0)
		n = (uint64_t)residue < n ? n - (uint64_t)residue : 0;
	else if (f && (f->dir & IOM_OUT))
		n = iom_field_get(f, r->arg, 0);
	return n < r->resp_len ? n : r->resp_len;
}

static int report(const struct iom_args *a, const struct request *r, int residue,
		  struct iom_res *res, struct iom_err *err)
{
	const struct iom_field *code = iom_field_find(r->call->fields, "tsm_code");
	const struct iom_field *fw = iom_field_find(r->call->fields, "fw_err");
	size_t len = response_len(r, residue);
	_iom_free_ char *hex = NULL;

	iom_set_uint(res->top, GOT_VDEVICE, a->v[REQ_VDEVICE].num);
	iom_set_str(res->top, GOT_ABI, r->call->abi);
	iom_set_uint(res->top, GOT_RESIDUE, (uint64_t)residue);
	if (code)
		iom_set_uint(res->top, GOT_CODE, iom_field_get(code, r->arg, 0));
	if (fw)
		iom_set_int(res->top, GOT_FW, (int32_t)iom_field_get(fw, r->arg, 0));
	iom_set_uint(res->top, GOT_LEN, len);
	if (a->v[REQ_RESPONSE].set) {
		iom_set_str(res->top, GOT_FILE, a->v[REQ_RESPONSE].str);
		return write_file(a->v[REQ_RESPONSE].str, r->resp, len, err);
	}
	if (!r->resp_len)
		return 0;
	hex = iom_hex_of(r->resp, len);
	if (!hex)
		return out_of_memory(err);
	iom_set_str(res->top, GOT_RESPONSE, hex);
	return 0;
}

static int request_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		       struct iom_err *err)
{
	struct request r __attribute__((cleanup(request_free))) = {
		.call = iom_tsm_call(a->v[REQ_ABI].str, IOM_TSM_REQUEST, err),
	};
	int ret = 0, rc;

	if (!r.call)
		return IOM_EXIT_USAGE;
	rc = check_options(a, &r, err);
	if (rc)
		return rc;
	if (build(app, a, &r, err))
		return (int)err->exit;
	rc = iom_tsm_check(app, r.call, err);
	if (rc)
		return rc;
	rc = iom_do_call(app, -1, r.call, r.arg, r.call->full, &ret, err);
	if (rc)
		return iom_what(err, rc, "cannot pass on a request for vdevice %s",
				a->v[REQ_VDEVICE].str);
	return report(a, &r, ret, res, err);
}

const struct iom_cmd cmd_vdevice_tsm_request = {
	.object = "vdevice",
	.verb = "tsm-request",
	.brief = "pass a guest's request on to the TSM",
	.opts = request_opts,
	.cols = request_cols,
	.calls = (const char *const[]){ "IOMMU_VDEVICE_TSM_REQ", "IOMMU_VDEVICE_TSM_GUEST_REQUEST",
					"IOMMU_TSM_GUEST_REQUEST", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES,
	.schema = 1,
	.run = request_run,
};
