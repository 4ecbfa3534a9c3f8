/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: what queues of page requests and of events have in common. */
#pragma once

#include "iommuctl/cmd.h"
#include "iommuctl/uapi.h"

#define IOM_QUEUE_BUFFER 65520 /* bytes read at once: a multiple of all records of fixed size */

/* The first options of each command that reads a queue. */
enum {
	IOM_QUEUE_ID, IOM_QUEUE_COUNT, IOM_QUEUE_TIMEOUT, IOM_QUEUE_FOLLOW, IOM_QUEUE_FD,
	IOM_QUEUE_OPTS
};
#define IOM_QUEUE_READ_OPTS(name, help) \
	[IOM_QUEUE_ID] = { name, IOM_ARG_ID, IOM_REQ | IOM_POS, help }, \
	[IOM_QUEUE_COUNT] = { "count", IOM_ARG_U32, 0, "at most this many records" }, \
	[IOM_QUEUE_TIMEOUT] = { "timeout", IOM_ARG_TIME, 0, \
				"how long to wait for a record, 0: not at all (default 1; with " \
				"--follow: without end)" }, \
	[IOM_QUEUE_FOLLOW] = { "follow", IOM_ARG_FLAG, 0, \
			       "go on waiting for the next record, and print each as it comes" }, \
	[IOM_QUEUE_FD] = { "queue-fd", IOM_ARG_FD, 0, \
			   "the queue's fd, of a queue that was not allocated in this context" }

struct iom_queue {
	uint32_t id;
	int fd;			/* -1 in a dry run */
	struct iom_object *obj; /* NULL when this context did not make it */
};

/*
 * The fd behind an id, or the one given. Exit code with err filled when there is none, or when it
 * is not that of such a queue.
 */
int iom_queue_find(struct iom_app *app, const struct iom_argval *id, const struct iom_argval *fd,
		   enum iom_obj type, struct iom_queue *q, struct iom_err *err) iom_must_check;
/* Has the cause of a refused read or write looked up. Exit code. */
int iom_queue_refused(struct iom_app *app, const struct iom_call *op, const struct iom_queue *q,
		      const struct iom_queue_io *io, struct iom_err *err);

struct iom_reading {
	struct iom_app *app;
	const struct iom_cmd *cmd;
	const struct iom_args *a;
	struct iom_res *res;
	struct iom_queue q;
	unsigned char *buf; /* IOM_QUEUE_BUFFER bytes */
	/*
	 * Reads once, at most max records, and adds them to the result. *n is their number, *full
	 * whether more may be there. Exit code with err filled.
	 */
	int (*take)(struct iom_reading *r, uint32_t max, uint32_t *n, bool *full,
		    struct iom_err *err);
	/* Completes a result that has n records. */
	void (*finish)(struct iom_reading *r, uint32_t n);
	uint32_t first_cookie; /* fault queues: of the result at hand */
};

/* Runs a command that reads: as the options say, until there is enough. Exit code. */
int iom_queue_run(struct iom_reading *r, enum iom_obj type, struct iom_err *err) iom_must_check;

/* Ends the fd: what is left in the queue is lost, and the object can be destroyed. */
int iom_queue_close(struct iom_app *app, const struct iom_argval *id, enum iom_obj type,
		    struct iom_err *err) iom_must_check;

/* Adds the words of the bits that are set, and what has no name as a number. */
void iom_queue_add_flags(struct iom_rec *rec, unsigned int col, const char *record,
			 const char *field, uint64_t bits);
