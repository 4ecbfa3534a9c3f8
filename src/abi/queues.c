/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes of event queues, described like calls. */
#include "table.h"

static const struct iom_field fault_read_fields[] = {
	F(queue_io, id, IN, ID, .obj = IOM_OBJ_FAULT),
	F(queue_io, count, IN, LEN),
	F_END
};

static const struct iom_field fault_write_fields[] = {
	F(queue_io, id, IN, ID, .obj = IOM_OBJ_FAULT),
	F(queue_io, count, IN, LEN),
	F(queue_io, cookie, IN, UINT),
	F(queue_io, code, IN, ENUM, .values = &iom_e_page_response),
	F_END
};

static const struct iom_field veventq_read_fields[] = {
	F(queue_io, id, IN, ID, .obj = IOM_OBJ_VEVENTQ),
	F(queue_io, count, IN, LEN),
	F_END
};

#define QUEUE_OP(n, w, f, s, b) \
	{ .name = n, .word = w, .full = sizeof(struct iom_queue_io), .family = IOM_FAM_QUEUE, \
	  .op = -1, .fields = f, .since = s, .brief = b }

const struct iom_call iom_queue_ops[] = {
	[IOM_FAULT_READ] = QUEUE_OP("fault_read", "fault-read", fault_read_fields, "6.11",
				    "take page requests from their queue"),
	[IOM_FAULT_WRITE] = QUEUE_OP("fault_write", "fault-write", fault_write_fields, "6.11",
				     "answer page requests"),
	[IOM_VEVENTQ_READ] = QUEUE_OP("veventq_read", "veventq-read", veventq_read_fields, "6.15",
				      "take events of a virtual IOMMU from their queue"),
	{ .name = NULL },
};
