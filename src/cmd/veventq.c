/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* veventq: queues of a virtual IOMMU's events: making them, reading what the hardware reports. */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cmd/hex.h"
#include "cmd/internal.h"
#include "cmd/queue.h"
#include "cmd/registry.h"
#include "cmd/vevent.h"

static const struct iom_value type_values[] = {
	{ "arm-smmuv3", "arm-smmuv3", IOM_VEVENTQ_TYPE_ARM_SMMUV3, NULL, false },
	{ "tegra241-cmdqv", "tegra241-cmdqv", IOM_VEVENTQ_TYPE_TEGRA241_CMDQV, NULL, false },
	{ "selftest", "selftest", IOM_VEVENTQ_TYPE_SELFTEST, NULL, false },
	{ 0 },
};
static const struct iom_enum type_enum = { .name = "veventq_type", .values = type_values };

/* ---- alloc ---- */

enum { ALLOC_VIOMMU, ALLOC_TYPE, ALLOC_DEPTH };
static const struct iom_opt alloc_opts[] = {
	[ALLOC_VIOMMU] = { "viommu", IOM_ARG_ID, IOM_REQ | IOM_POS, "virtual IOMMU" },
	[ALLOC_TYPE] = { "type", IOM_ARG_ENUM, IOM_REQ | IOM_NUM,
			 "type of the events, by name or number",
			 .values = &type_enum },
	[ALLOC_DEPTH] = { "depth", IOM_ARG_U32, IOM_REQ,
			  "events that may wait, 1 to 524288; what comes on top is lost" },
	{ 0 },
};

enum { ALLOCATED_QUEUE, ALLOCATED_FD, ALLOCATED_VIOMMU, ALLOCATED_TYPE, ALLOCATED_DEPTH };
static const struct iom_col alloc_cols[] = {
	[ALLOCATED_QUEUE] = { "veventq_id", IOM_T_UINT, IOM_COL_ID, "id of the new queue" },
	[ALLOCATED_FD] = { "veventq_fd", IOM_T_UINT, 0, "fd through which it is read" },
	[ALLOCATED_VIOMMU] = { "viommu_id", IOM_T_UINT, 0, "virtual IOMMU" },
	[ALLOCATED_TYPE] = { "type", IOM_T_STR, 0, "type of the events, as given" },
	[ALLOCATED_DEPTH] = { "depth", IOM_T_UINT, 0, "events that may wait" },
	{ 0 },
};

static int alloc_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_veventq_alloc c = {
		.size = sizeof(c), .viommu_id = (uint32_t)a->v[ALLOC_VIOMMU].num,
		.type = (uint32_t)a->v[ALLOC_TYPE].num,
		.veventq_depth = (uint32_t)a->v[ALLOC_DEPTH].num,
	};
	int rc = iom_do(app, IOM_NR_VEVENTQ_ALLOC, &c, err);

	if (rc)
		return iom_what(err, rc, "cannot allocate an event queue of vIOMMU %u",
				c.viommu_id);
	iom_set_uint(res->top, ALLOCATED_QUEUE, c.out_veventq_id);
	iom_set_uint(res->top, ALLOCATED_FD, c.out_veventq_fd);
	iom_set_uint(res->top, ALLOCATED_VIOMMU, c.viommu_id);
	iom_set_str(res->top, ALLOCATED_TYPE, a->v[ALLOC_TYPE].str);
	iom_set_uint(res->top, ALLOCATED_DEPTH, c.veventq_depth);
	return 0;
}

const struct iom_cmd cmd_veventq_alloc = {
	.object = "veventq", .verb = "alloc", .brief = "allocate a queue of a vIOMMU's events",
	.opts = alloc_opts, .cols = alloc_cols,
	.calls = (const char *const[]){ "IOMMU_VEVENTQ_ALLOC", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = alloc_run,
};

/* ---- read ---- */

enum { READ_TYPE = IOM_QUEUE_OPTS };
static const struct iom_opt read_opts[] = {
	IOM_QUEUE_READ_OPTS("veventq", "event queue"),
	[READ_TYPE] = { "type", IOM_ARG_ENUM, IOM_NUM,
			"type of the events, by name or number; needed with --queue-fd",
			.values = &type_enum },
	{ 0 },
};

static const struct iom_col lvcmdq_cols[] = {
	{ "index", IOM_T_UINT, 0, "number of the queue" },
	{ 0 },
};

enum {
	EV_SEQUENCE, EV_EVENT, EV_LOST, EV_VIRT_ID, EV_LVCMDQS, EV_SID, EV_SSID, EV_IOVA, EV_IPA,
	EV_FETCH, EV_ACCESS, EV_PRIVILEGED, EV_INSTRUCTION, EV_STAGE, EV_CLASS, EV_WALK, EV_STALL,
	EV_STAG, EV_REASON, EV_DATA, EV_RAW
};
#define MAYBE (IOM_COL_OPT | IOM_COL_SPARSE)
static const struct iom_col event_cols[] = {
	[EV_SEQUENCE] = { "sequence", IOM_T_UINT, 0, "number of the event, from 0" },
	[EV_EVENT] = { "event", IOM_T_STR, 0,
		       "its name; lost-events: what came last found the queue full" },
	[EV_LOST] = { "lost", IOM_T_UINT, MAYBE,
		      "events lost up to here (in lost-events: it is one of them); absent: "
		      "none, or not known" },
	[EV_VIRT_ID] = { "virt_id", IOM_T_HEX, MAYBE, "selftest: virtual id of the device" },
	[EV_LVCMDQS] = { "lvcmdqs", IOM_T_LIST, MAYBE,
			 "tegra241-cmdqv: logical command queues with an error", lvcmdq_cols },
	[EV_SID] = { "sid", IOM_T_HEX, MAYBE, "arm-smmuv3: StreamID that the guest knows" },
	[EV_SSID] = { "ssid", IOM_T_UINT, MAYBE, "arm-smmuv3: SubstreamID, where it is valid" },
	[EV_IOVA] = { "iova", IOM_T_HEX, MAYBE, "arm-smmuv3: address that the device wanted" },
	[EV_IPA] = { "ipa", IOM_T_HEX, MAYBE, "arm-smmuv3: page of stage 2, where that faulted" },
	[EV_FETCH] = { "fetch_addr", IOM_T_HEX, MAYBE, "arm-smmuv3: what could not be fetched" },
	[EV_ACCESS] = { "access", IOM_T_STR, MAYBE, "arm-smmuv3: read or write" },
	[EV_PRIVILEGED] = { "privileged", IOM_T_BOOL, MAYBE, "arm-smmuv3: a privileged access" },
	[EV_INSTRUCTION] = { "instruction", IOM_T_BOOL, MAYBE, "arm-smmuv3: of an instruction" },
	[EV_STAGE] = { "stage", IOM_T_UINT, MAYBE, "arm-smmuv3: that faulted, 1 or 2" },
	[EV_CLASS] = { "class", IOM_T_STR, MAYBE,
		       "arm-smmuv3: of the address: cd, ttd (of a table) or in (the input)" },
	[EV_WALK] = { "walk", IOM_T_STR, MAYBE,
		      "arm-smmuv3: whether the walk would read or write the table" },
	[EV_STALL] = { "stall", IOM_T_BOOL, MAYBE, "arm-smmuv3: the access waits for an answer" },
	[EV_STAG] = { "stag", IOM_T_UINT, MAYBE,
		      "arm-smmuv3: tag for the answer, of one that waits" },
	[EV_REASON] = { "reason", IOM_T_HEX, MAYBE, "arm-smmuv3: as the hardware pleases" },
	[EV_DATA] = { "data", IOM_T_STR, MAYBE, "types without a name: the record, in hex" },
	[EV_RAW] = { "raw", IOM_T_STR, IOM_COL_OPT | IOM_COL_HIDE, "types with a name: the same" },
	{ 0 },
};

enum { READ_QUEUE, READ_COUNT, READ_EVENTS };
static const struct iom_col read_cols[] = {
	[READ_QUEUE] = { "veventq_id", IOM_T_UINT, 0, "queue that was read" },
	[READ_COUNT] = { "count", IOM_T_UINT, IOM_COL_ID, "records that were there" },
	[READ_EVENTS] = { "events", IOM_T_LIST, 0, "in the order of their arrival", event_cols },
	{ 0 },
};

struct reading {
	struct iom_reading r;
	uint32_t type;
	uint32_t len; /* of a record behind its header, bytes; 0: not known */
	uint32_t sequence; /* expected next */
	bool sequence_known;
};

static void add_smmu(struct iom_rec *r, const unsigned char *data)
{
	struct iom_smmu_event e;
	uint64_t words[4];

	memcpy(words, data, sizeof(words));
	iom_smmu_event_decode(words, &e);
	if (e.name)
		iom_set_str(r, EV_EVENT, e.name);
	else
		iom_set_strf(r, EV_EVENT, "0x%02x", e.id);
	iom_set_uint(r, EV_SID, e.sid);
	if (e.has & IOM_EV_SSID)
		iom_set_uint(r, EV_SSID, e.ssid);
	if (e.has & IOM_EV_IOVA)
		iom_set_uint(r, EV_IOVA, e.iova);
	if (e.has & IOM_EV_IPA)
		iom_set_uint(r, EV_IPA, e.ipa);
	if (e.has & IOM_EV_FETCH)
		iom_set_uint(r, EV_FETCH, e.fetch);
	if (e.has & IOM_EV_ACCESS) {
		iom_set_str(r, EV_ACCESS, e.read ? "read" : "write");
		iom_set_uint(r, EV_PRIVILEGED, e.privileged);
		iom_set_uint(r, EV_INSTRUCTION, e.instruction);
		iom_set_uint(r, EV_STAGE, e.stage2 ? 2 : 1);
	}
	if (e.has & IOM_EV_CLASS)
		iom_set_str(r, EV_CLASS, e.fault_class);
	if (e.has & IOM_EV_TT_READ)
		iom_set_str(r, EV_WALK, e.tt_read ? "read" : "write");
	if (e.has & IOM_EV_STALL)
		iom_set_uint(r, EV_STALL, e.stall);
	if (e.has & IOM_EV_STALL && e.stall)
		iom_set_uint(r, EV_STAG, e.stag);
	if (e.has & IOM_EV_REASON)
		iom_set_uint(r, EV_REASON, e.reason);
}

static void add_tegra(struct iom_rec *r, const unsigned char *data)
{
	uint64_t map[2];

	memcpy(map, data, sizeof(map));
	iom_set_str(r, EV_EVENT, "lvcmdq-errors");
	iom_open_list(r, EV_LVCMDQS);
	for (unsigned int i = 0; i < 128; i++)
		if (le64toh(map[i / 64]) >> i % 64 & 1)
			iom_set_uint(iom_add_rec(r, EV_LVCMDQS), 0, i);
}

static void add_selftest(struct iom_rec *r, const unsigned char *data)
{
	uint32_t virt_id;

	memcpy(&virt_id, data, sizeof(virt_id));
	iom_set_str(r, EV_EVENT, "selftest");
	iom_set_uint(r, EV_VIRT_ID, virt_id);
}

static const struct {
	uint32_t type, len;
	void (*add)(struct iom_rec *r, const unsigned char *data);
} decoders[] = {
	{ IOM_VEVENTQ_TYPE_ARM_SMMUV3, sizeof(struct iom_vevent_arm_smmuv3), add_smmu },
	{ IOM_VEVENTQ_TYPE_TEGRA241_CMDQV, sizeof(struct iom_vevent_tegra241_cmdqv), add_tegra },
	{ IOM_VEVENTQ_TYPE_SELFTEST, sizeof(struct iom_viommu_event_selftest), add_selftest },
};

static int add_data(struct reading *v, struct iom_rec *r, const unsigned char *data, uint32_t len)
{
	_iom_free_ char *hex = iom_hex_of(data, len);

	if (!hex)
		return -ENOMEM;
	iom_set_str(r, v->len ? EV_RAW : EV_DATA, hex);
	if (!v->len)
		iom_set_str(r, EV_EVENT, "record");
	for (size_t i = 0; i < IOM_ARRAY_SIZE(decoders); i++)
		if (decoders[i].type == v->type)
			decoders[i].add(r, data);
	return 0;
}

/* Numbers are given to lost events as well, so that a gap tells how many there were. */
static void add_sequence(struct reading *v, struct iom_rec *r, const struct iom_vevent_header *h)
{
	bool lost = h->flags & IOM_VEVENTQ_FLAG_LOST_EVENTS;
	uint32_t gap = ((h->sequence - v->sequence) & INT32_MAX) + lost;

	iom_set_uint(r, EV_SEQUENCE, h->sequence);
	if (v->sequence_known && gap)
		iom_set_uint(r, EV_LOST, gap);
	v->sequence = (h->sequence + 1) & INT32_MAX;
	v->sequence_known = true;
}

/* The records of a read. len: of each; what was read is never cut. */
static int add_events(struct reading *v, uint32_t size, uint32_t len, uint32_t *n)
{
	const unsigned char *at = v->r.buf, *end = at + size;
	struct iom_vevent_header h;

	while ((size_t)(end - at) >= sizeof(h)) {
		struct iom_rec *r = iom_add_rec(v->r.res->top, READ_EVENTS);

		memcpy(&h, at, sizeof(h));
		at += sizeof(h);
		add_sequence(v, r, &h);
		++*n;
		if (h.flags & IOM_VEVENTQ_FLAG_LOST_EVENTS) {
			iom_set_str(r, EV_EVENT, "lost-events");
			continue;
		}
		if ((size_t)(end - at) < len || add_data(v, r, at, len))
			return -EIO;
		at += len;
	}
	return 0;
}

/*
 * Reads into the buffer. Of a type that we do not know a record has any size: the smallest buffer
 * that the kernel takes holds one of them.
 */
static ssize_t read_some(struct reading *v, struct iom_queue_io *io, struct iom_err *err)
{
	const struct iom_call *op = &iom_queue_ops[IOM_VEVENTQ_READ];
	struct iom_reading *r = &v->r;
	ssize_t size;

	for (;;) {
		size = iom_queue_read(&r->app->ctx, op, r->q.fd, io, r->buf, err);
		if (size != -EINVAL || v->len || io->count + 4 > IOM_QUEUE_BUFFER)
			return size;
		*err = (struct iom_err){ 0 };
		io->count += 4;
	}
}

static int take_events(struct iom_reading *r, uint32_t max, uint32_t *n, bool *full,
		       struct iom_err *err)
{
	const struct iom_call *op = &iom_queue_ops[IOM_VEVENTQ_READ];
	struct reading *v = iom_container_of(r, struct reading, r);
	uint32_t one = (uint32_t)sizeof(struct iom_vevent_header) + (v->len ? v->len : 4);
	uint32_t most = v->len ? IOM_QUEUE_BUFFER / one : 1;
	struct iom_queue_io io = { .id = r->q.id, .count = one * (max < most ? max : most) };
	ssize_t size = read_some(v, &io, err);

	if (size == IOM_DRY)
		return IOM_EXIT_DRY;
	if (size < 0)
		return iom_what(err, iom_queue_refused(r->app, op, &r->q, &io, err),
				"cannot read event queue %u", r->q.id);
	if (add_events(v, (uint32_t)size,
		       v->len ? v->len
			      : (uint32_t)size - (uint32_t)sizeof(struct iom_vevent_header),
		       n)) {
		iom_fail(err, IOM_EXIT_INTERNAL,
			 "event queue %u: a record of another size than its type", r->q.id);
		return IOM_EXIT_INTERNAL;
	}
	*full = v->len ? (uint32_t)size + one > io.count : size > 0;
	if (r->q.obj)
		r->q.obj->sequence = v->sequence;
	return 0;
}

static void finish_events(struct iom_reading *r, uint32_t n)
{
	iom_set_uint(r->res->top, READ_QUEUE, r->q.id);
	iom_set_uint(r->res->top, READ_COUNT, n);
	iom_open_list(r->res->top, READ_EVENTS);
}

static int read_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	const struct iom_object *o = iom_ctx_object(&app->ctx, (uint32_t)a->v[IOM_QUEUE_ID].num);
	struct reading v = {
		.r = { .app = app, .cmd = &cmd_veventq_read, .a = a, .res = res,
		       .take = take_events, .finish = finish_events },
		.type = (uint32_t)a->v[READ_TYPE].num,
	};

	if (o && o->type == IOM_OBJ_VEVENTQ) {
		v.sequence = o->sequence;
		v.sequence_known = true;
	} else {
		o = NULL;
	}
	if (!a->v[READ_TYPE].set && o)
		v.type = o->event_type;
	else if (!a->v[READ_TYPE].set && a->v[IOM_QUEUE_FD].set) {
		iom_fail(err, IOM_EXIT_USAGE,
			 "--queue-fd: this context did not allocate the queue; say "
			 "its --type");
		return IOM_EXIT_USAGE;
	}
	for (size_t i = 0; i < IOM_ARRAY_SIZE(decoders); i++)
		if (decoders[i].type == v.type)
			v.len = decoders[i].len;
	return iom_queue_run(&v.r, IOM_OBJ_VEVENTQ, err);
}

const struct iom_cmd cmd_veventq_read = {
	.object = "veventq", .verb = "read", .brief = "read events of a vIOMMU from their queue",
	.opts = read_opts, .cols = read_cols,
	.calls = (const char *const[]){ "veventq_read", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = read_run,
};

/* ---- close ---- */

static const struct iom_opt close_opts[] = {
	{ "veventq", IOM_ARG_ID, IOM_REQ | IOM_POS, "event queue" },
	{ 0 },
};

static const struct iom_col close_cols[] = {
	{ "veventq_id", IOM_T_UINT, 0, "queue whose fd is gone" },
	{ 0 },
};

static int close_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	int rc = iom_queue_close(app, &a->v[0], IOM_OBJ_VEVENTQ, err);

	if (!rc)
		iom_set_uint(res->top, 0, a->v[0].num);
	return rc;
}

const struct iom_cmd cmd_veventq_close = {
	.object = "veventq", .verb = "close",
	.brief = "close an event queue's fd, which holds the object",
	.opts = close_opts, .cols = close_cols,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = close_run,
};
