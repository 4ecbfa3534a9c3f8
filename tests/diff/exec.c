/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a program on a backend and keeps what every operation gave. */
#include "diff.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DEAD_ID 0xdeadu
#define DEAD_FD 900u
#define FILL	0xa5 /* memory that a call did not write to */

static unsigned char *scratch(int32_t back)
{
	return (unsigned char *)(uintptr_t)(SCRATCH_END - (uint64_t)(int64_t)back);
}

void run_begin(struct run *r, const struct program *p, const char *backend)
{
	struct iom_err e = { 0 };

	memset(r->out_fd, 0xff, sizeof(r->out_fd));
	memset(r->recs, 0, sizeof(r->recs));
	r->p = p;
	r->n_bytes = r->n_pasids = 0;
	r->written = false;
	r->memory_sum = 0;
	world_begin(p, r->files);
	r->be = strcmp(backend, "emu") ? iom_backend_kernel() : iom_backend_emu("abi=7.3", &e);
	if (!r->be)
		errx(1, "cannot make the backend %s: %s", backend, e.what);
	for (int i = 0; i < N_CTX; i++) {
		struct iom_test_cmd limit = { .size = sizeof(limit),
					      .op = IOM_TEST_OP_SET_TEMP_MEMORY_LIMIT };

		r->ctx[i] = r->be->open(r->be, "/dev/iommu");
		if (r->ctx[i] < 0)
			errx(1, "cannot open /dev/iommu: %s", iom_errno_name(r->ctx[i]));
		/* the limit is the whole kernel's and may be another program's */
		limit.memory_limit.limit = 65536;
		if (r->be->ioctl(r->be, r->ctx[i], IOM_NR_TEST_CMD, &limit))
			errx(1, "%s has no selftest driver", backend);
	}
	if (fcntl(DEAD_FD, F_GETFD) != -1)
		errx(1, "file descriptor %u is open", DEAD_FD);
}

uint64_t run_out(const struct run *r, int i, unsigned int at, unsigned int width)
{
	uint64_t v = 0;

	memcpy(&v, r->recs[i].arg + at, width);
	return v;
}

static uint64_t resolve(const struct run *r, const struct ref *ref)
{
	if (ref->op < 0)
		return (uint64_t)(int64_t)r->files[-1 - ref->op];
	if (ref->fd)
		return r->out_fd[ref->op] >= 0 ? (uint64_t)r->out_fd[ref->op] : DEAD_FD;
	if (!r->recs[ref->op].done || r->recs[ref->op].ret)
		return DEAD_ID;
	return run_out(r, ref->op, ref->to, ref->width) + ref->add;
}

/* ---- PASIDs ---- */

static uint32_t arg_u32(const unsigned char *arg, size_t at)
{
	uint32_t v;

	memcpy(&v, arg + at, sizeof(v));
	return v;
}

static void pasid_learn(struct run *r, const struct op *op, const unsigned char *arg)
{
	struct iom_test_cmd c;
	struct pasid_use *more;

	if (!op->call || op->call->family != IOM_FAM_SELFTEST)
		return;
	memcpy(&c, arg, sizeof(c));
	if (c.op == IOM_TEST_OP_PASID_DETACH) {
		for (size_t i = 0; i < r->n_pasids; i++)
			if (r->pasids[i].ctx == op->ctx && r->pasids[i].stdev == c.id &&
			    r->pasids[i].pasid == c.pasid_detach.pasid)
				r->pasids[i--] = r->pasids[--r->n_pasids];
		return;
	}
	if (c.op != IOM_TEST_OP_PASID_ATTACH || !c.pasid_attach.pasid)
		return;
	more = realloc(r->pasids, (r->n_pasids + 1) * sizeof(*more));
	if (!more)
		errx(1, "out of memory");
	r->pasids = more;
	more[r->n_pasids++] = (struct pasid_use){ op->ctx, c.id, c.pasid_attach.pasid };
}

/*
 * Left out: a mock device that goes while a PASID of it is attached. The kernel then warns and
 * keeps the device, so the PASIDs are detached first, as `object destroy` does. stdev 0: of all.
 */
static void pasid_detach(struct run *r, unsigned int ctx, uint32_t stdev)
{
	for (size_t i = 0; i < r->n_pasids; i++) {
		struct iom_test_cmd c = { .size = sizeof(c), .op = IOM_TEST_OP_PASID_DETACH };

		if (r->pasids[i].ctx != ctx || (stdev && r->pasids[i].stdev != stdev))
			continue;
		c.id = r->pasids[i].stdev;
		c.pasid_detach.pasid = r->pasids[i].pasid;
		r->be->ioctl(r->be, r->ctx[ctx], IOM_NR_TEST_CMD, &c);
		r->pasids[i--] = r->pasids[--r->n_pasids];
	}
}

/* ---- one operation ---- */

/* Keeps the memory that the call could have written to. */
static void keep_look(struct run *r, const struct op *op, struct rec *rec)
{
	rec->look = r->n_bytes;
	if (!op->look_len)
		return;
	if (r->n_bytes + op->look_len > r->room) {
		r->room = (r->room + op->look_len) * 2;
		r->bytes = realloc(r->bytes, r->room);
		if (!r->bytes)
			errx(1, "out of memory");
	}
	memcpy(r->bytes + r->n_bytes, scratch(op->look_at), op->look_len);
	r->n_bytes += op->look_len;
}

/* Numbers of files are the process's affair: all that counts is that there is one. */
static void keep_fd(struct run *r, int i, const struct op *op, struct rec *rec)
{
	if (rec->ret)
		return;
	for (const struct iom_field *f = op->call->fields; f->name; f++) {
		bool fd = f->kind == IOM_K_FD && (f->dir & IOM_OUT);

		if (!fd || f->offset + f->width > op->len)
			continue;
		r->out_fd[i] = (int)arg_u32(rec->arg, f->offset);
		memset(rec->arg + f->offset, 0, f->width);
		rec->arg[f->offset] = r->out_fd[i] >= 0;
	}
}

static int lowest_free_fd(void)
{
	int fd = dup(0);

	if (fd >= 0)
		close(fd);
	return fd;
}

static void hide_fds(const struct op *op, struct rec *rec)
{
	for (int k = 0; k < op->n_refs; k++)
		if (op->refs[k].fd)
			memset(rec->arg + op->refs[k].at, 0, op->refs[k].width);
}

static bool is_test(const struct op *op, int32_t number)
{
	return op->call && op->call->family == IOM_FAM_SELFTEST && op->call->op == number;
}

static void run_ioctl(struct run *r, int i, const struct op *op, struct rec *rec)
{
	unsigned char *arg = (unsigned char *)(uintptr_t)(ARG_END - op->len);
	bool get_dmabuf = is_test(op, IOM_TEST_OP_DMABUF_GET);
	int fd = get_dmabuf ? lowest_free_fd() : -1;

	memcpy(arg, op->arg, op->len);
	for (int k = 0; k < op->n_refs; k++) {
		uint64_t v = resolve(r, &op->refs[k]);

		memcpy(arg + op->refs[k].at, &v, op->refs[k].width);
	}
	if (op->code == IOM_NR_DESTROY && op->len >= 8)
		pasid_detach(r, op->ctx, arg_u32(arg, 4));
	rec->ret = r->be->ioctl(r->be, r->ctx[op->ctx], op->code, arg);
	memcpy(rec->arg, arg, op->len);
	r->written |= is_test(op, IOM_TEST_OP_ACCESS_RW);
	/* 7.3 does not return the number of the dma-buf */
	if (get_dmabuf && !rec->ret)
		r->out_fd[i] = fd;
	if (!rec->ret)
		pasid_learn(r, op, rec->arg);
	if (op->call)
		keep_fd(r, i, op, rec);
	hide_fds(op, rec);
}

static int64_t run_close(struct run *r, const struct op *op)
{
	int made = op->refs[0].op, fd = made < 0 ? -1 : r->out_fd[made];

	if (fd < 0)
		return -EBADF;
	r->out_fd[made] = -1;
	return r->be->close(r->be, fd);
}

static int64_t run_poll(const struct run *r, const struct op *op)
{
	struct pollfd p = { .fd = (int)resolve(r, &op->refs[0]), .events = POLLIN };

	if (p.fd == (int)DEAD_FD)
		return -EBADF;
	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

static int64_t run_limit(const struct op *op)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_MEMLOCK, &lim))
		return -errno;
	lim.rlim_cur = op->value;
	return setrlimit(RLIMIT_MEMLOCK, &lim) ? -errno : 0;
}

/* On the fd of a queue; one that is closed is nobody's, not some other file's. */
static int64_t run_queue(const struct run *r, const struct op *op)
{
	int fd = (int)resolve(r, &op->refs[0]);

	if (fd == (int)DEAD_FD)
		return -EBADF;
	if (op->kind == OP_READ)
		return r->be->read(r->be, fd, scratch(op->look_at), op->value);
	return r->be->write(r->be, fd, scratch(op->look_at), op->data_len);
}

void run_op(struct run *r, int i)
{
	const struct op *op = &r->p->ops[i];
	struct rec *rec = &r->recs[i];

	if (op->skip)
		return;
	if (op->look_len)
		memset(scratch(op->look_at), FILL, op->look_len);
	if (op->data_len)
		memcpy(scratch(op->look_at), op->data, op->data_len);
	switch (op->kind) {
	case OP_IOCTL:
		run_ioctl(r, i, op, rec);
		break;
	case OP_VALUE:
		rec->ret = r->be->ioctl(r->be, r->ctx[op->ctx], op->code,
					(void *)(uintptr_t)op->value);
		break;
	case OP_READ:
	case OP_WRITE:
		rec->ret = run_queue(r, op);
		break;
	case OP_POLL:
		rec->ret = run_poll(r, op);
		break;
	case OP_CLOSE:
		rec->ret = run_close(r, op);
		break;
	case OP_LIMIT:
		rec->ret = run_limit(op);
		break;
	}
	rec->done = true;
	keep_look(r, op, rec);
}

void run_end(struct run *r)
{
	if (r->written)
		r->memory_sum = world_memory_sum(r->p);
	/* even programs close their contexts before what holds them */
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < N_CTX && pass == (int)(r->p->seed & 1); i++) {
			pasid_detach(r, (unsigned int)i, 0);
			if (r->be->close(r->be, r->ctx[i]))
				errx(1, "a context does not close");
		}
		for (int i = 0; i < r->p->n_ops && pass != (int)(r->p->seed & 1); i++)
			if (r->out_fd[i] >= 0 && r->be->close(r->be, r->out_fd[i]))
				errx(1, "the file of operation %d does not close", i);
	}
	r->be->free(r->be);
	r->be = NULL;
	world_end(r->files);
}

void run_free(struct run *r)
{
	free(r->bytes);
	free(r->pasids);
	r->bytes = NULL;
	r->pasids = NULL;
	r->room = 0;
}

void run_program(struct run *r, const struct program *p, const char *backend)
{
	run_begin(r, p, backend);
	for (int i = 0; i < p->n_ops; i++)
		run_op(r, i);
	run_end(r);
}

int run_compare(const struct run *a, const struct run *b)
{
	for (int i = 0; i < a->p->n_ops; i++) {
		const struct op *op = &a->p->ops[i];
		const struct rec *x = &a->recs[i], *y = &b->recs[i];

		if (op->skip)
			continue;
		if (x->ret != y->ret || memcmp(x->arg, y->arg, sizeof(x->arg)) ||
		    (op->look_len &&
		     memcmp(a->bytes + x->look, b->bytes + y->look, op->look_len)))
			return i;
	}
	return a->memory_sum == b->memory_sum ? -1 : a->p->n_ops;
}
