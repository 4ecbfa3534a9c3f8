/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused calls of the confidential-device series. */
#include "causes.h"

static bool is_abi(const struct iom_case *c, const char *abi)
{
	return c->call->abi && !strcmp(c->call->abi, abi);
}

static struct iom_object *vdevice(struct iom_case *c)
{
	struct iom_object *o = look_object(c, look_id(c, "vdevice_id"));

	return o && o->type == IOM_OBJ_VDEVICE ? o : NULL;
}

/* A parent of the vdevice by its type, NULL when the book has none. */
static const struct iom_object *parent(struct iom_case *c, enum iom_obj type)
{
	const struct iom_object *o = vdevice(c), *p;

	for (size_t i = 0; o && i < IOM_ARRAY_SIZE(o->parents); i++) {
		p = iom_ctx_object(c->ctx, o->parents[i]);
		if (p && p->type == type)
			return p;
	}
	return NULL;
}

bool cause_tsm_no_kvm(struct iom_case *c)
{
	const struct iom_object *v = parent(c, IOM_OBJ_VIOMMU);

	/* Where it is learnt from the VFIO device, nobody here knows what the VMM told that. */
	if (!v || (!is_abi(c, "tsm-rfc1") && !is_abi(c, "tsm-v2")))
		return v ? look_blind(c) : false;
	if (v->kvm)
		return false;
	return look_holds(c, "vdevice_id", "viommu %u of vdevice %u was made without a KVM fd",
			  v->id, look_id(c, "vdevice_id"));
}

/* From tsm-v5 on the errno of the TSM core comes through. */
static bool is_up_to_v4(const struct iom_case *c)
{
	return is_abi(c, "tsm-rfc1") || is_abi(c, "tsm-v2") || is_abi(c, "tsm-v4");
}

bool cause_tsm_refused(struct iom_case *c)
{
	return is_up_to_v4(c) ? look_blind(c) : false;
}

bool cause_tsm_op(struct iom_case *c)
{
	const struct iom_field *f = &c->call->fields[1];
	uint64_t op = iom_field_get(f, c->arg, 0);

	if (f->kind != IOM_K_ENUM || iom_value_of(f->values, op))
		return false;
	/* Later revisions look for the virtual machine before. */
	if (c->code == -ENODEV && !is_up_to_v4(c))
		return false;
	return look_holds(c, f->name, "%s is %" PRIu64 ", neither bind (1) nor unbind (2)", f->name,
			  op);
}

bool cause_tsm_not_pci(struct iom_case *c)
{
	const struct iom_object *d = parent(c, IOM_OBJ_DEVICE);

	if (!d || !d->peer)
		return false;
	return look_holds(c, "vdevice_id", "device %u is a mock device, not a PCI device", d->id);
}

bool cause_tsm_not_bound(struct iom_case *c)
{
	const struct iom_object *o = vdevice(c);

	if (!o || o->tsm_bound)
		return false;
	if (c->ctx->inherited)
		return look_blind(c);
	return look_holds(c, "vdevice_id", "vdevice %u is not bound", o->id);
}

bool cause_tsm_kvm_fd(struct iom_case *c)
{
	const char *field = look_is(c, "IOMMU_TSM_BIND") ? "kvmfd" : "kvm_vm_fd";
	char name[128];
	int fd = (int)look_get(c, field);

	/* VIOMMU_ALLOC of mainline has no such member. */
	if (!iom_field_find(c->call->fields, field))
		return false;
	look_fd_name(fd, name, sizeof(name));
	return look_holds(c, field, "fd %d is %s, not a KVM virtual machine", fd,
			  name[0] ? name : "not open");
}

bool cause_tsm_no_kvm_host(struct iom_case *c)
{
	return is_abi(c, "tsm-v2") && look_get(c, "flags") & IOM_VIOMMU_ALLOC_KVM_FD ? look_blind(c)
										     : false;
}

bool cause_tsm_scope(struct iom_case *c)
{
	uint64_t scope = look_get(c, "scope");

	if (!is_abi(c, "tsm-v5") || scope <= IOM_TSM_REQ_SCOPE_DEBUG_WRITE)
		return false;
	return look_holds(c, "scope", "scope is %" PRIu64 ", 3 is the last one", scope);
}

bool cause_tsm_scope_debug(struct iom_case *c)
{
	uint64_t scope = look_get(c, "scope");

	if (!is_abi(c, "tsm-v5") || scope <= IOM_TSM_REQ_SCOPE_STATE_CHANGE)
		return false;
	return look_holds(c, "scope",
			  "scope is %s, the TSM core lets info and state-change through",
			  scope == IOM_TSM_REQ_SCOPE_DEBUG_READ ? "debug-read" : "debug-write");
}

/* An enum member of the request with a value that the revision does not have. */
static bool unknown_value(struct iom_case *c, const char *field)
{
	const struct iom_field *f = iom_field_find(c->call->fields, field);
	uint64_t v = f ? iom_field_get(f, c->arg, 0) : 0;

	if (!f || !f->values || iom_value_of(f->values, v))
		return false;
	return look_holds(c, f->name, "%s is %" PRIu64 ", which %s does not have", f->name, v,
			  c->call->abi);
}

bool cause_tsm_arch(struct iom_case *c)
{
	return unknown_value(c, "tvm_arch");
}

static const char *op_word(const struct iom_case *c)
{
	const struct iom_field *f = iom_field_find(c->call->fields, "op");
	const struct iom_value *v =
		f && f->values ? iom_value_of(f->values, look_get(c, "op")) : NULL;

	return v ? v->word : "";
}

bool cause_tsm_req_op(struct iom_case *c)
{
	const char *word = op_word(c);

	if (unknown_value(c, "op"))
		return true;
	if (strncmp(word, "sev-", 4) || look_get(c, "tvm_arch") == IOM_TSM_ARCH_SEV)
		return false;
	return look_holds(c, "op", "operation %s is for tvm_arch sev alone", word);
}

bool cause_tsm_payload(struct iom_case *c)
{
	const char *word = op_word(c);
	const struct iom_struct *s = *word ? iom_struct_find("tsm-req", word) : NULL;

	if (!s || look_get(c, "req_len") >= s->size)
		return false;
	return look_holds(c, "req_len", "the payload of %s has %u bytes, %" PRIu64 " are given",
			  word, s->size, look_get(c, "req_len"));
}

bool cause_tsm_response(struct iom_case *c)
{
	const char *word = op_word(c);
	uint64_t len = look_get(c, "resp_len");

	if (!strcmp(word, "object-info") && len != 4)
		return look_holds(c, "resp_len",
				  "object-info wants a response of 4 bytes, not %" PRIu64, len);
	if (!*word || !strcmp(word, "object-info") || !strcmp(word, "read-object") || !len)
		return false;
	return look_holds(c, "resp_len", "%s has no response, room is for %" PRIu64 " bytes", word,
			  len);
}

bool cause_tsm_gpa(struct iom_case *c)
{
	uint64_t start = look_get(c, "start_gpa"), end = look_get(c, "end_gpa");

	if (start >= end)
		return look_holds(c, "end_gpa",
				  "end_gpa 0x%" PRIx64 " is not behind start_gpa 0x%" PRIx64, end,
				  start);
	if (!((start | end) & 4095))
		return false;
	return look_holds(c, start & 4095 ? "start_gpa" : "end_gpa",
			  "0x%" PRIx64 " is not a multiple of the page size",
			  start & 4095 ? start : end);
}

bool cause_tsm_other_device(struct iom_case *c)
{
	const struct iom_object *d = parent(c, IOM_OBJ_DEVICE);
	const struct iom_handle *h = look_device(c);

	if (!d || !h || !h->id || h->id == d->id)
		return false;
	return look_holds(c, "vdevice_id", "vdevice %u is of device %u, the call went to device %u",
			  look_id(c, "vdevice_id"), d->id, h->id);
}
