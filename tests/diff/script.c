/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shows a program: one line for each operation, and as a batch file of iommuctl. */
#include <stdio.h>
#include <string.h>

#include "diff.h"

#define SHARED_FILE "/dev/shm/iommuctl-diff"

static void print_hex(const char *what, const unsigned char *p, size_t n)
{
	fputs(what, stdout);
	for (size_t i = 0; i < n; i++)
		printf("%02x", p[i]);
}

static void print_call(const struct op *op, const struct rec *rec)
{
	struct iom_buf b __attribute__((cleanup(iom_buf_free))) = { 0 };

	iom_call_format(op->call, rec->arg, IOM_INOUT, &b);
	printf("%s(%s)", op->call->word, b.data ? b.data : "");
}

void print_op(const struct program *p, const struct run *r, int i)
{
	static const char *const kinds[] = { [OP_READ] = "read", [OP_WRITE] = "write",
					     [OP_POLL] = "poll", [OP_CLOSE] = "close",
					     [OP_LIMIT] = "memlock limit" };
	const struct op *op = &p->ops[i];
	const struct rec *rec = &r->recs[i];

	printf("#   %d: ", i);
	if (op->kind == OP_IOCTL || op->kind == OP_VALUE)
		printf("context %u: ", op->ctx);
	if (op->call)
		print_call(op, rec);
	else if (op->kind == OP_IOCTL || op->kind == OP_VALUE)
		printf("VFIO call %#x(%#llx)", op->code, (unsigned long long)op->value);
	else
		printf("%s(%llu)", kinds[op->kind], (unsigned long long)op->value);
	for (int k = 0; k < op->n_refs; k++)
		if (op->refs[k].fd)
			printf(" with the file of %d", op->refs[k].op);
	if (rec->ret < 0)
		printf(" = %s", iom_errno_name((int)rec->ret));
	else
		printf(" = %lld", (long long)rec->ret);
	if (op->kind == OP_IOCTL && !op->call)
		print_hex(", struct ", rec->arg, op->len);
	if (op->data_len)
		print_hex(", given ", op->data, op->data_len);
	if (op->look_len)
		print_hex(", left ", r->bytes + rec->look, op->look_len);
	printf("\n");
}

/* ---- the batch file ---- */

/* The field of an earlier call that a reference takes; a dma-buf's fd is in no struct. */
static const char *out_name(const struct op *from, const struct ref *ref)
{
	for (const struct iom_field *f = from->call->fields; f->name; f++)
		if (ref->fd ? f->kind == IOM_K_FD && (f->dir & IOM_OUT) :
			      f->offset == ref->to && (f->dir & IOM_OUT))
			return f->name;
	return NULL;
}

static const struct ref *ref_at(const struct op *op, unsigned int at)
{
	for (int k = 0; k < op->n_refs; k++)
		if (op->refs[k].at == at)
			return &op->refs[k];
	return NULL;
}

/* Is it `ioas map-file` in the batch? Its fd must be the file's of the program. */
static bool is_map_file(const struct op *op)
{
	const struct ref *file = ref_at(op, offsetof(struct iom_ioas_map_file, fd));

	return op->code == IOM_NR_IOAS_MAP_FILE && file && file->op == -1 - FILE_SHMEM &&
	       ref_at(op, offsetof(struct iom_ioas_map_file, ioas_id));
}

/* Prints $NAME.FIELD, or what a reference to something that is not there comes to. */
static void print_ref(const struct program *p, const struct ref *ref)
{
	const struct op *from = ref->op < 0 ? NULL : &p->ops[ref->op];
	const char *name = from && from->call && !from->skip ? out_name(from, ref) : NULL;
	const char *in = from && is_map_file(from) ? "" : "fields.";

	if (from && !from->skip && ref->fd && !name)
		printf("$o%d.fd", ref->op);
	else if (!name)
		printf(ref->fd ? "900" : "0xdead");
	else if (ref->add >> 63)
		/* sums of a batch do not wrap round, so this one is spelt out where it is made */
		printf("0x%llx", (unsigned long long)ref->add);
	else if (ref->add)
		printf("${o%d.%s%s+0x%llx}", ref->op, in, name, (unsigned long long)ref->add);
	else
		printf("$o%d.%s%s", ref->op, in, name);
}

/* An address of the program's memory, as the lines before it have it. */
static void print_address(uint64_t v)
{
	static const struct {
		const char *name;
		uint64_t start, size;
	} memory[] = {
		{ "plain", MEM_PLAIN, MEM_PLAIN_SIZE },
		{ "rdonly", MEM_RDONLY, MEM_RDONLY_SIZE },
		{ "shared", MEM_SHARED, MEM_SHARED_SIZE },
		{ "huge", MEM_HUGE, MEM_HUGE_SIZE },
	};

	for (size_t i = 0; i < IOM_ARRAY_SIZE(memory); i++)
		if (v >= memory[i].start && v - memory[i].start < memory[i].size) {
			printf("${%s.user_va+0x%llx}", memory[i].name,
			       (unsigned long long)(v - memory[i].start));
			return;
		}
	printf("0x%llx", (unsigned long long)v);
}

static void print_field(const struct program *p, const struct op *op, const struct iom_field *f)
{
	const struct ref *ref = ref_at(op, f->offset);
	uint64_t v = iom_field_get(f, op->arg, 0);

	if (f->dir == IOM_OUT || f->kind == IOM_K_SIZE || (!ref && !v) || !strcmp(f->name, "op"))
		return;
	printf(" %s=", f->name);
	if (ref)
		print_ref(p, ref);
	else if (f->kind == IOM_K_PTR && op->look_len && v == SCRATCH_END - (uint64_t)op->look_at)
		print_hex("hex:", op->data, op->data_len ? op->data_len : op->look_len);
	else if (f->kind == IOM_K_PTR)
		print_address(v);
	else
		printf("0x%llx", (unsigned long long)v);
}

static uint32_t u32_at(const struct op *op, size_t at)
{
	uint32_t v;

	memcpy(&v, op->arg + at, sizeof(v));
	return v;
}

static void print_raw(const struct program *p, const struct op *op, int i)
{
	uint32_t size = u32_at(op, 0);

	printf("raw %s", op->call->word);
	for (const struct iom_field *f = op->call->fields; f->name; f++)
		print_field(p, op, f);
	if (op->call->family == IOM_FAM_IOMMUFD && op->code == IOM_NR_OPTION)
		printf(" op=%u", u32_at(op, offsetof(struct iom_option, op)) & 0xffff);
	if (op->call->family == IOM_FAM_IOMMUFD && op->code == IOM_NR_VFIO_IOAS)
		printf(" op=%u", u32_at(op, offsetof(struct iom_vfio_ioas, op)) & 0xffff);
	if (size != op->call->full)
		printf(" --size %u", size);
	if (op->len > op->call->full)
		print_hex(" --tail ", op->arg + op->call->full, op->len - op->call->full);
	printf(" as o%d\n", i);
}

static void print_map_file(const struct program *p, const struct op *op, int i)
{
	struct iom_ioas_map_file m;

	memcpy(&m, op->arg, sizeof(m));
	printf("ioas map-file ");
	print_ref(p, ref_at(op, offsetof(struct iom_ioas_map_file, ioas_id)));
	printf(" --file " SHARED_FILE " --offset 0x%llx --length 0x%llx", (unsigned long long)m.start,
	       (unsigned long long)m.length);
	if (m.flags & IOM_IOAS_MAP_FIXED_IOVA)
		printf(" --iova 0x%llx", (unsigned long long)m.iova);
	printf("%s%s as o%d\n", m.flags & IOM_IOAS_MAP_READABLE ? " --read" : "",
	       m.flags & IOM_IOAS_MAP_WRITEABLE ? " --write" : "", i);
}

static void print_ioctl(const struct program *p, const struct op *op, int i)
{
	const struct ref *ref;

	if (!op->call) {
		printf("# VFIO call %#x(%#llx", op->code, (unsigned long long)op->value);
		print_hex(", struct ", op->arg, op->len);
		printf("): no command has it\n");
	} else if (op->code == IOM_NR_DESTROY && (ref = ref_at(op, 4)) && u32_at(op, 0) == 8) {
		printf("object destroy ");
		print_ref(p, ref);
		printf("\n");
	} else if (is_map_file(op)) {
		print_map_file(p, op, i);
	} else if (op->call->family == IOM_FAM_SELFTEST &&
		   op->call->op == IOM_TEST_OP_DMABUF_GET && u32_at(op, 0) == op->call->full) {
		printf("mock dmabuf get --length 0x%x as o%d\n",
		       u32_at(op, offsetof(struct iom_test_cmd, dmabuf_get.length)), i);
	} else {
		print_raw(p, op, i);
	}
}

/* Operations on the file of a queue or access, which commands know by its object. */
static void print_queue(const struct program *p, const struct op *op)
{
	const struct op *from = op->n_refs && op->refs[0].op >= 0 ? &p->ops[op->refs[0].op] : NULL;
	bool fault = from && from->code == IOM_NR_FAULT_QUEUE_ALLOC;
	bool access = from && from->code == IOM_NR_TEST_CMD;
	int made = op->refs[0].op;

	if (!from || from->skip) {
		printf("# something with a file that is not open\n");
	} else if (op->kind == OP_CLOSE && access) {
		printf("mock access close $o%d.fields.out_access_fd\n", made);
	} else if (op->kind == OP_CLOSE || op->kind == OP_READ) {
		printf("%s %s $o%d.fields.%s%s\n", fault ? "fault" : "veventq",
		       op->kind == OP_CLOSE ? "close" : "read", made,
		       fault ? "out_fault_id" : "out_veventq_id",
		       op->kind == OP_READ ? " --timeout 0" : "");
	} else if (op->kind == OP_WRITE && op->data_len == 8 && fault) {
		printf("fault respond $o%d.fields.out_fault_id --cookie %u --code %s\n", made,
		       op->data[0], op->data[4] ? "invalid" : "success");
	} else if (op->kind == OP_WRITE) {
		print_hex("# write to the queue: ", op->data, op->data_len);
		printf("\n");
	} else {
		printf("# is the queue of o%d readable?\n", made);
	}
}

/* Memory in an address space of its own, which leaves the others as they are. */
static void print_memory(const struct program *p)
{
	printf("ioas alloc as memory\n");
	printf("ioas map $memory --length 0x%llx as plain\n", MEM_PLAIN_SIZE);
	printf("ioas map $memory --length 0x%llx as rdonly # is writable here\n", MEM_RDONLY_SIZE);
	printf("ioas map $memory --file " SHARED_FILE " --length 0x%llx as shared\n", MEM_SHARED_SIZE);
	if (p->contiguous)
		printf("ioas map $memory --hugepages --length 0x%llx as huge\n", MEM_HUGE_SIZE);
}

void print_script(const struct program *p)
{
	printf("# ---- as a batch, to be run with --keep-going after\n"
	       "# ---- truncate -s %llu " SHARED_FILE "\n",
	       FILE_PAGES * PAGE);
	if (p->limited)
		printf("# ---- and without CAP_IPC_LOCK: ulimit -l 160; setpriv --bounding-set "
		       "-ipc_lock --inh-caps -all ...\n");
	print_memory(p);
	for (int i = 0; i < p->n_ops; i++) {
		const struct op *op = &p->ops[i];

		if (op->skip)
			continue;
		if (op->ctx)
			printf("# in a second context:\n# ");
		if (op->kind == OP_IOCTL || op->kind == OP_VALUE)
			print_ioctl(p, op, i);
		else if (op->kind == OP_LIMIT)
			printf("# now: ulimit -l %llu\n", (unsigned long long)op->value / 1024);
		else
			print_queue(p, op);
	}
	printf("# ----\n");
}
