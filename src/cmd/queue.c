/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Queues of page requests and events: their fds, waiting for records, reading until enough. */
#include "cmd/queue.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/follow.h"
#include "cmd/internal.h"
#include "iommuctl/diag.h"

#define DEFAULT_TIMEOUT UINT64_C(1000000000) /* a second */

/* ---- fds ---- */

static const char *noun(enum iom_obj type)
{
	return type == IOM_OBJ_FAULT ? "fault queue" : "event queue";
}

/* What the kernel calls the file behind such an fd. */
static const char *link_of(enum iom_obj type)
{
	return type == IOM_OBJ_FAULT ? "anon_inode:[iommufd-pgfault]"
				     : "anon_inode:[iommufd-viommu-event]";
}

static int not_found(struct iom_err *err)
{
	err->exit = IOM_EXIT_NOT_FOUND;
	return IOM_EXIT_NOT_FOUND;
}

/* An fd that was handed to us: anything else must not be read, lest something be lost there. */
static int check_fd(struct iom_app *app, int fd, enum iom_obj type, struct iom_err *err)
{
	const struct iom_handle *h = iom_ctx_handle(&app->ctx, fd);
	const struct iom_object *o = h ? iom_ctx_object(&app->ctx, h->id) : NULL;
	char path[40], link[128] = "not open";
	ssize_t n;

	if (h ? o && o->type == type : false)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link) - 1);
	if (n >= 0)
		link[n] = '\0';
	if (!h && !strcmp(app->be->name, "kernel") && !strcmp(link, link_of(type)))
		return 0;
	iom_fact(err, "file descriptor %d is %s", fd, link);
	iom_fail(err, IOM_EXIT_NOT_FOUND, "--queue-fd: %d is not the fd of %s %s", fd,
		 type == IOM_OBJ_FAULT ? "a" : "an", noun(type));
	return not_found(err);
}

int iom_queue_find(struct iom_app *app, const struct iom_argval *id, const struct iom_argval *fd,
		   enum iom_obj type, struct iom_queue *q, struct iom_err *err)
{
	const struct iom_handle *h;

	*q = (struct iom_queue){ .id = (uint32_t)id->num, .fd = -1 };
	q->obj = iom_ctx_object(&app->ctx, q->id);
	if (app->g.dry_run)
		return 0;
	if (q->obj && q->obj->type != type) {
		iom_fact(err, "id %u is of type %s", q->id, iom_obj_name(q->obj->type));
		iom_fail(err, IOM_EXIT_NOT_FOUND, "object %u is not %s %s", q->id,
			 type == IOM_OBJ_FAULT ? "a" : "an", noun(type));
		return not_found(err);
	}
	if (fd && fd->set) {
		q->fd = (int)fd->num;
		return check_fd(app, q->fd, type, err);
	}
	h = q->obj ? iom_ctx_handle_of(&app->ctx, q->id) : NULL;
	if (h) {
		q->fd = h->fd;
		return 0;
	}
	if (q->obj) {
		iom_fail(err, IOM_EXIT_NOT_FOUND, "the fd of %s %u was closed", noun(type), q->id);
	} else if (app->ctx.inherited) {
		iom_fact(err,
			 "a queue is read through an fd of its own, which ends with the process "
			 "that allocated it");
		iom_hint(err,
			 "read in the batch that allocates, or be handed the fd: --queue-fd FD");
		iom_fail(err, IOM_EXIT_NOT_FOUND, "this process has no fd for %s %u", noun(type),
			 q->id);
	} else {
		iom_hint(err, "ids live as long as the open file: use `iommuctl batch`");
		iom_fail(err, IOM_EXIT_NOT_FOUND, "there is no %s %u in this context", noun(type),
			 q->id);
	}
	return not_found(err);
}

int iom_queue_refused(struct iom_app *app, const struct iom_call *op, const struct iom_queue *q,
		      const struct iom_queue_io *io, struct iom_err *err)
{
	unsigned char sent[IOM_MAX_ARG] = { 0 };

	memcpy(sent, io, sizeof(*io));
	iom_explain_fd(&app->ctx, op, q->fd, sent, err->code, app->g.sysroot, err);
	return (int)err->exit;
}

int iom_queue_close(struct iom_app *app, const struct iom_argval *id, enum iom_obj type,
		    struct iom_err *err)
{
	struct iom_queue q;
	int rc = iom_queue_find(app, id, NULL, type, &q, err);

	if (app->g.dry_run)
		return IOM_EXIT_DRY;
	if (rc)
		return rc;
	rc = iom_ctx_close_handle(&app->ctx, q.fd);
	if (!rc)
		return 0;
	err->code = rc;
	iom_fail(err, iom_exit_of_errno(rc), "cannot close the fd of %s %u", noun(type), q.id);
	return (int)err->exit;
}

void iom_queue_add_flags(struct iom_rec *rec, unsigned int col, const char *record,
			 const char *field, uint64_t bits)
{
	const struct iom_struct *st = iom_struct_find(NULL, record);
	const struct iom_field *f = iom_field_find(st->fields, field);
	char number[24];

	for (const struct iom_value *v = f->values->values; v->name; v++) {
		if (!(bits & v->value))
			continue;
		iom_add_str(rec, col, v->word);
		bits &= ~v->value;
	}
	if (!bits)
		return;
	snprintf(number, sizeof(number), "0x%" PRIx64, bits);
	iom_add_str(rec, col, number);
}

/* ---- reading ---- */

struct progress {
	uint32_t left;	  /* records that may still come */
	uint64_t timeout; /* nanoseconds */
	uint32_t n;	  /* records in the result at hand */
	bool any;
	struct iom_signals *signals; /* NULL: does not follow */
};

static int cannot_wait(int rc, struct iom_err *err)
{
	err->code = rc;
	iom_fail(err, IOM_EXIT_INTERNAL, "cannot wait for a record");
	return IOM_EXIT_INTERNAL;
}

/* Takes what is there into the result. Exit code; *enough: there is nothing to wait for. */
static int take_all(struct iom_reading *r, struct progress *p, bool *enough, struct iom_err *err)
{
	bool full = true;

	while (full && p->left) {
		uint32_t n = 0;
		int rc = r->take(r, p->left, &n, &full, err);

		if (rc && p->any && err->code == -EINVAL) {
			/*
			 * What is still allowed is less than the next group, which comes as a
			 * whole.
			 */
			*err = (struct iom_err){ 0 };
			*enough = true;
			return 0;
		}
		if (rc)
			return rc;
		p->any |= n > 0;
		p->n += n;
		p->left -= n < p->left ? n : p->left;
	}
	*enough = !p->left || (p->n && !p->signals);
	return 0;
}

static int read_until(struct iom_reading *r, struct progress *p, struct iom_err *err)
{
	for (;;) {
		bool enough = false;
		int rc = take_all(r, p, &enough, err);

		if (rc || enough)
			return rc;
		if (p->n) {
			r->finish(r, p->n);
			rc = iom_stream(r->app, r->cmd, r->res, err);
			if (rc == -EPIPE)
				return 0;
			if (rc)
				return (int)err->exit;
			p->n = 0;
		}
		if (!p->timeout)
			return 0;
		rc = iom_wait(&r->q.fd, 1, p->timeout, p->signals);
		if (rc < 0)
			return cannot_wait(rc, err);
		if (rc == IOM_WAIT_ENOUGH)
			return 0;
	}
}

int iom_queue_run(struct iom_reading *r, enum iom_obj type, struct iom_err *err)
{
	const struct iom_argval *v = r->a->v;
	bool follow = v[IOM_QUEUE_FOLLOW].set && !r->app->g.dry_run;
	struct progress p = {
		.left = v[IOM_QUEUE_COUNT].set ? (uint32_t)v[IOM_QUEUE_COUNT].num : UINT32_MAX,
		.timeout = v[IOM_QUEUE_TIMEOUT].set ? v[IOM_QUEUE_TIMEOUT].num
			   : follow		    ? UINT64_MAX
						    : DEFAULT_TIMEOUT,
	};
	struct iom_signals signals;
	int rc;

	if (!p.left) {
		iom_fail(err, IOM_EXIT_USAGE, "--count: at least 1 is needed");
		return IOM_EXIT_USAGE;
	}
	rc = iom_queue_find(r->app, &v[IOM_QUEUE_ID], &v[IOM_QUEUE_FD], type, &r->q, err);
	if (rc)
		return rc;
	r->buf = malloc(IOM_QUEUE_BUFFER);
	if (!r->buf) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	if (follow) {
		iom_signals_take(&signals);
		p.signals = &signals;
		r->app->following = true;
	}
	rc = read_until(r, &p, err);
	if (follow)
		iom_signals_give_back(&signals);
	r->app->nothing_more = follow && !p.n;
	r->finish(r, p.n);
	free(r->buf);
	return rc;
}
