/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes that any call can meet: sizes, reserved members, flags, ids, pointers, memory. */
#include "causes.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MISC_MAJOR   10
#define CAP_IPC_LOCK 14

/* The leading size (argsz on a VFIO device) as it was sent. */
static uint32_t sent_size(const struct iom_case *c)
{
	uint32_t size;

	memcpy(&size, c->arg, sizeof(size));
	return size;
}

static bool is_kernel(const struct iom_case *c)
{
	return !strcmp(c->ctx->be->name, "kernel");
}

bool cause_fd_not_iommufd(struct iom_case *c)
{
	char name[128];
	struct stat st;

	if (!is_kernel(c) || c->call->family == IOM_FAM_VFIO || fstat(c->ctx->fd, &st))
		return false;
	if (S_ISCHR(st.st_mode) && major(st.st_rdev) == MISC_MAJOR)
		return false;
	look_fd_name(c->ctx->fd, name, sizeof(name));
	return look_holds(c, NULL, "fd %d is %s, not an iommufd", c->ctx->fd,
			  name[0] ? name : "something else");
}

bool cause_fd_closed(struct iom_case *c)
{
	int fd = c->call->family == IOM_FAM_VFIO ? c->fd : c->ctx->fd;

	if (!is_kernel(c) || fd < 0 || fcntl(fd, F_GETFD) >= 0)
		return false;
	return look_holds(c, NULL, "fd %d is not open in this process", fd);
}

bool cause_selftest_absent(struct iom_case *c)
{
	if (c->call->family != IOM_FAM_SELFTEST)
		return false;
	return look_holds(c, NULL, "this %s has no selftest driver",
			  is_kernel(c) ? "kernel" : "backend");
}

bool cause_ioctl_unmerged(struct iom_case *c)
{
	if (!c->call->abi)
		return false;
	return look_holds(c, NULL,
			  "0x%x is not known here; %s is in no released kernel, only in "
			  "the patch series %s",
			  c->call->code, c->call->name, c->call->abi);
}

bool cause_feature_absent(struct iom_case *c)
{
	if (c->call->family != IOM_FAM_VFIO)
		return false;
	if (c->call->op >= 0)
		return look_holds(c, NULL, "the device does not offer feature %d", c->call->op);
	return look_holds(c, NULL, "the device does not know ioctl 0x%x", c->call->code);
}

bool cause_ioctl_unknown(struct iom_case *c)
{
	return look_holds(c, NULL, "ioctl 0x%x is not known here%s%s", c->call->code,
			  c->call->since ? "; it came with " : "",
			  c->call->since ? c->call->since : "");
}

bool cause_size_too_small(struct iom_case *c)
{
	uint32_t size = sent_size(c), min = c->call->min;

	/* The PASID forms need the member that their flag makes valid. */
	if (look_is(c, "VFIO_DEVICE_ATTACH_IOMMUFD_PT") && look_get(c, "flags") & 1)
		min = 16;
	if (look_is(c, "VFIO_DEVICE_DETACH_IOMMUFD_PT") && look_get(c, "flags") & 1)
		min = 12;
	if (size >= min)
		return false;
	return look_holds(c, c->call->fields[0].name, "%s is %u, at least %u is needed",
			  c->call->fields[0].name, size, min);
}

bool cause_feature_flags(struct iom_case *c)
{
	const uint64_t get = IOM_VFIO_DEVICE_FEATURE_GET, set = IOM_VFIO_DEVICE_FEATURE_SET,
		       probe = IOM_VFIO_DEVICE_FEATURE_PROBE;
	uint64_t flags = look_get(c, "flags"), op = flags & (get | set | probe);

	if (c->call->code != IOM_NR_VFIO_DEVICE_FEATURE)
		return false;
	if (flags & ~(op | IOM_VFIO_DEVICE_FEATURE_MASK))
		return look_holds(c, "flags", "flags have the unknown bits 0x%" PRIx64,
				  flags & ~(op | IOM_VFIO_DEVICE_FEATURE_MASK));
	if (!op)
		return look_holds(c, "flags", "flags say neither get nor set nor probe");
	if (op == (get | set))
		return look_holds(c, "flags", "flags say both get and set");
	return false;
}

static const struct iom_field *field_at(const struct iom_call *call, uint32_t offset)
{
	for (const struct iom_field *f = call->fields; f->name; f++)
		if (offset >= f->offset && offset < f->offset + (uint32_t)f->width * f->count)
			return f;
	return NULL;
}

bool cause_tail_not_zero(struct iom_case *c)
{
	const unsigned char *bytes = c->arg;
	uint32_t size = sent_size(c), n = size > IOM_MAX_ARG ? IOM_MAX_ARG : size;
	const struct iom_field *f;
	uint32_t k = n;

	/* Whatever the kernel knows, the last byte that is not zero lies beyond it. */
	while (k > c->call->min && !bytes[k - 1])
		k--;
	/* The tail was not handed on to us; that it is not zero is what the error says. */
	if (k <= c->call->min && size > c->call->full)
		return look_holds(c, c->call->fields[0].name,
				  "size is %u, %s has %u bytes, and those behind are not all zero",
				  size, c->call->name, c->call->full);
	if (k <= c->call->min)
		return false;
	k--;
	f = field_at(c->call, k);
	if (f && k < c->call->full)
		return look_holds(c, f->name,
				  "byte %u (member %s) is not zero and the struct "
				  "known here ends before it; size sent is %u",
				  k, f->name, size);
	return look_holds(c, c->call->fields[0].name,
			  "byte %u is not zero and lies beyond the "
			  "%u bytes of %s; size sent is %u",
			  k, c->call->full, c->call->name, size);
}

bool cause_reserved_not_zero(struct iom_case *c)
{
	/* Neither of them looks at its reserved member. */
	if (c->call->family == IOM_FAM_SELFTEST || look_is(c, "IOMMU_VIOMMU_ALLOC"))
		return false;
	for (const struct iom_field *f = c->call->fields; f->name; f++) {
		if (f->kind != IOM_K_RESERVED)
			continue;
		for (unsigned int i = 0; i < f->count; i++) {
			uint64_t v = iom_field_get(f, c->arg, i);

			if (v)
				return look_holds(c, f->name,
						  "%s (offset %u) is 0x%" PRIx64 ", it must be 0",
						  f->name, f->offset, v);
		}
	}
	return false;
}

/* A call of a series knows the flags of its series. */
static uint64_t known_flags(const struct iom_case *c, const struct iom_field *f, char *words,
			    size_t len, uint64_t *unmerged)
{
	const struct iom_value *v = f->values ? f->values->values : NULL;
	uint64_t known = 0;
	size_t used = 0;

	words[0] = '\0';
	*unmerged = 0;
	for (; v && v->name; v++) {
		if (v->unmerged && !c->call->abi) {
			*unmerged |= v->value;
			continue;
		}
		known |= v->value;
		if (used < len)
			used += (size_t)snprintf(words + used, len - used, "%s%s", used ? "|" : "",
						 v->word);
	}
	return known;
}

bool cause_flag_unknown(struct iom_case *c)
{
	for (const struct iom_field *f = c->call->fields; f->name; f++) {
		uint64_t v, known, unmerged;
		char words[160];

		if (f->kind != IOM_K_FLAGS || !(f->dir & IOM_IN))
			continue;
		v = iom_field_get(f, c->arg, 0);
		known = known_flags(c, f, words, sizeof(words), &unmerged);
		/* The low half of a feature call's flags is the number of the feature. */
		if (c->call->family == IOM_FAM_VFIO && c->call->op >= 0 && f->offset == 4)
			known |= 0xffff;
		if (!(v & ~known))
			continue;
		if (v & unmerged)
			return look_holds(c, f->name,
					  "%s has bit 0x%" PRIx64 ", which is in no "
					  "released kernel; known: %s",
					  f->name, v & unmerged, words[0] ? words : "none");
		return look_holds(c, f->name, "%s has the unknown bit%s 0x%" PRIx64 "; known: %s",
				  f->name, (v & ~known) & ((v & ~known) - 1) ? "s" : "", v & ~known,
				  words[0] ? words : "none");
	}
	return false;
}

/* Whether this call looks the id up at all, with the values it was given. */
static bool is_looked_up(const struct iom_case *c, const struct iom_field *f)
{
	if (f->kind != IOM_K_ID || !(f->dir & IOM_IN))
		return false;
	if (!strcmp(f->name, "fault_id"))
		return look_get(c, "flags") & IOM_HWPT_FAULT_ID_VALID;
	/* 0 asks whether there is none. */
	if (look_is(c, "IOMMU_TEST_OP_PASID_CHECK_HWPT") && !strcmp(f->name, "hwpt_id"))
		return look_get(c, "hwpt_id");
	if (look_is(c, "IOMMU_VFIO_IOAS"))
		return look_get(c, "op") == IOM_VFIO_IOAS_SET;
	return !look_is(c, "IOMMU_OPTION");
}

/* "an ioas", "a device" */
static const char *with_article(const char *word, char *buf, size_t len)
{
	snprintf(buf, len, "%s %s", strchr("aeiou", word[0]) ? "an" : "a", word);
	return buf;
}

bool cause_id_is_wrong(struct iom_case *c, const char *field, uint32_t id, enum iom_obj need)
{
	const struct iom_object *o = look_object(c, id);
	const char *what =
		need < IOM_OBJ_PT && need != IOM_OBJ_NONE ? iom_obj_name(need) : "object";
	char is[32], wanted[32];

	if (!id)
		return look_holds(c, field, "%s is 0, which is never an object", field);
	if (o && need != IOM_OBJ_NONE && need < IOM_OBJ_PT && o->type != need) {
		iom_hint(c->err, "`object list` in the same context shows its ids and their types");
		return look_holds(c, field, "id %u is %s, %s is needed", id,
				  with_article(iom_obj_name(o->type), is, sizeof(is)),
				  with_article(what, wanted, sizeof(wanted)));
	}
	if (o || c->ctx->inherited)
		return false;
	return look_holds(c, field, "there is no %s %u in this context", what, id);
}

bool cause_no_object(struct iom_case *c)
{
	for (const struct iom_field *f = c->call->fields; f->name; f++) {
		if (!is_looked_up(c, f))
			continue;
		if (cause_id_is_wrong(c, f->name, (uint32_t)iom_field_get(f, c->arg, 0), f->obj))
			return true;
	}
	return false;
}

/* A place that takes an IOAS or a page table was given something else. */
bool cause_pt_wrong_kind(struct iom_case *c)
{
	char is[32];

	for (const struct iom_field *f = c->call->fields; f->name; f++) {
		const struct iom_object *o;

		if (!is_looked_up(c, f) || f->obj != IOM_OBJ_PT)
			continue;
		o = look_object(c, (uint32_t)iom_field_get(f, c->arg, 0));
		if (!o || o->type == IOM_OBJ_IOAS || o->type == IOM_OBJ_HWPT_PAGING ||
		    o->type == IOM_OBJ_HWPT_NESTED)
			continue;
		if (o->type == IOM_OBJ_VIOMMU && !c->call->family && look_is(c, "IOMMU_HWPT_ALLOC"))
			continue;
		return look_holds(c, f->name, "id %u is %s, an ioas or a hwpt is needed", o->id,
				  with_article(iom_obj_name(o->type), is, sizeof(is)));
	}
	return false;
}

static uint64_t pointed_bytes(const struct iom_case *c, const struct iom_field *f)
{
	uint64_t n = f->count_field ? look_get(c, f->count_field) : 1, bytes;

	if (look_is(c, "IOMMU_HWPT_INVALIDATE") &&
	    __builtin_mul_overflow(n, look_get(c, "entry_len"), &n))
		return UINT64_MAX;
	if (__builtin_mul_overflow(n, f->elem ? f->elem->size : 1U, &bytes))
		return UINT64_MAX;
	return bytes;
}

bool cause_bad_pointer(struct iom_case *c)
{
	bool writes = look_is(c, "IOMMU_IOAS_IOVA_RANGES") || look_is(c, "IOMMU_GET_HW_INFO") ||
		      look_is(c, "IOMMU_VIOMMU_ALLOC");

	for (const struct iom_field *f = c->call->fields; f->name; f++) {
		uint64_t p, bytes;
		struct look_vma v;

		if (f->kind != IOM_K_PTR)
			continue;
		p = iom_field_get(f, c->arg, 0);
		bytes = pointed_bytes(c, f);
		switch (look_span(p, bytes, writes, &v)) {
		case LOOK_UNMAPPED:
			return look_holds(c, f->name,
					  "%s: 0x%" PRIx64 " is not mapped in this "
					  "process (%" PRIu64 " bytes are needed from 0x%" PRIx64
					  ")",
					  f->name, v.start, bytes, p);
		case LOOK_NO_RIGHT:
			return look_holds(c, f->name,
					  "%s: 0x%" PRIx64 "-0x%" PRIx64 " is %s in this "
					  "process",
					  f->name, v.start, v.end - 1, v.perms);
		case LOOK_NO_MAPS:
			return look_blind(c);
		case LOOK_FINE:
			break;
		}
	}
	return false;
}

/* Bytes that the book has mapped from user memory, and so may be pinned. */
static uint64_t book_bytes(const struct iom_ctx *ctx)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < ctx->n_objects; i++) {
		struct iom_area *a;

		if (!ctx->objects[i] || ctx->objects[i]->type != IOM_OBJ_IOAS)
			continue;
		a = iom_ctx_area(ctx, i, 0, UINT64_MAX);
		for (; a; a = iom_ctx_area_next(a, 0, UINT64_MAX))
			sum += a->node.last - a->node.start + 1;
	}
	return sum;
}

bool cause_memlock(struct iom_case *c)
{
	uint64_t mine = book_bytes(c->ctx), want = 0;
	int cap = look_cap(c, CAP_IPC_LOCK);
	struct look_want w;
	struct rlimit rl;

	if (cap < 0 || getrlimit(RLIMIT_MEMLOCK, &rl))
		return look_blind(c);
	if (cap || rl.rlim_cur == RLIM_INFINITY)
		return false;
	if (look_want(c, &w) && !look_is(c, "IOMMU_IOAS_COPY"))
		want = w.length;
	if (want > rl.rlim_cur)
		return look_holds(c, "length",
				  "RLIMIT_MEMLOCK is %" PRIu64 " bytes, %" PRIu64
				  " are to be mapped, and the process has no CAP_IPC_LOCK",
				  (uint64_t)rl.rlim_cur, want);
	if (mine + want > rl.rlim_cur)
		return look_holds(c, want ? "length" : NULL,
				  "RLIMIT_MEMLOCK is %" PRIu64 " bytes, "
				  "%" PRIu64 " are mapped already and %" PRIu64 " are to be added, "
				  "and the process has no CAP_IPC_LOCK",
				  (uint64_t)rl.rlim_cur, mine, want);
	/* What other processes of the same user have pinned counts too, and cannot be seen. */
	return look_blind(c);
}

bool cause_array_too_small(struct iom_case *c)
{
	_look_ranges_ struct look_ranges r = { 0 };
	uint32_t room = look_id(c, "num_iovas");

	if (!look_ranges(c, look_id(c, "ioas_id"), &r) || r.n <= room)
		return false;
	return look_holds(c, "num_iovas", "there are %u ranges and room for %u", r.n, room);
}
