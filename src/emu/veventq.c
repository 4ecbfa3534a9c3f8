/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of virtual IOMMUs: queues of them by type, and what a reader gets. */
#include "internal.h"

#include <errno.h>
#include <string.h>

#define MAX_DEPTH ((uint32_t)1 << 19)

struct emu_vevent {
	struct emu_vevent *next;
	struct iom_vevent_header header;
	uint32_t len; /* bytes of data */
	unsigned char data[];
};

static struct emu_veventq *find_queue(const struct emu_viommu *v, uint32_t type)
{
	struct emu_veventq *q = v->veventqs;

	while (q && q->type != type)
		q = q->next;
	return q;
}

static void update(struct emu_veventq *q)
{
	emu_eventq_signal(&q->q, q->deliver || q->lost);
}

/* ---- the object ---- */

void emu_veventq_destroy(struct emu_obj *o)
{
	struct emu_veventq *q = (struct emu_veventq *)o, **p;

	while (q->deliver) {
		struct emu_vevent *e = q->deliver;

		q->deliver = e->next;
		emu_free(e);
	}
	for (p = &q->viommu->veventqs; *p != q; p = &(*p)->next)
		;
	*p = q->next;
	q->viommu->obj.users--;
}

static int start(struct emu_ucmd *u, struct emu_veventq *q)
{
	struct iom_veventq_alloc *cmd = u->cmd;
	int fd = emu_eventq_open(&q->q, u->ctx, EMU_FILE_VEVENTQ), rc;

	if (fd < 0)
		return fd;
	cmd->out_veventq_id = q->q.obj.id;
	cmd->out_veventq_fd = (uint32_t)fd;
	rc = emu_respond(u, sizeof(*cmd));
	if (rc)
		emu_file_close(u->emu, fd);
	return rc;
}

int emu_veventq_alloc(struct emu_ucmd *u)
{
	const struct iom_veventq_alloc *cmd = u->cmd;
	struct emu_veventq *q;
	struct emu_viommu *v;
	int rc;

	if (cmd->flags || cmd->reserved || cmd->type == IOM_VEVENTQ_TYPE_DEFAULT)
		return -EOPNOTSUPP;
	if (!cmd->veventq_depth || cmd->veventq_depth > MAX_DEPTH)
		return -EINVAL;
	v = (struct emu_viommu *)emu_obj_get(u->ctx, cmd->viommu_id, IOM_OBJ_VIOMMU);
	if (!v)
		return -ENOENT;
	if (find_queue(v, cmd->type))
		return -EEXIST;
	q = emu_obj_alloc(u->ctx, sizeof(*q), IOM_OBJ_VEVENTQ);
	if (!q)
		return -ENOMEM;
	q->type = cmd->type;
	q->depth = cmd->veventq_depth;
	q->tail = &q->deliver;
	q->viommu = v;
	v->obj.users++;
	q->next = v->veventqs;
	v->veventqs = q;
	rc = start(u, q);
	if (rc) {
		emu_veventq_destroy(&q->q.obj);
		emu_obj_abort(u->ctx, &q->q.obj);
		return rc;
	}
	emu_obj_publish(&q->q.obj);
	return 0;
}

/* ---- events ---- */

/*
 * Only the last place can be the mark of lost events: what comes next takes it away, for the gap
 * in the numbers says the same.
 */
static int report(const struct emu_viommu *v, uint32_t type, const void *data, uint32_t len)
{
	struct emu_veventq *q = find_queue(v, type);
	struct emu_vevent *e = NULL;

	if (!q)
		return -EOPNOTSUPP;
	e = emu_alloc(sizeof(*e) + len);
	if (!e)
		return -ENOMEM;
	q->lost = q->waiting == q->depth;
	if (q->lost) {
		emu_free(e);
		q->lost_sequence = q->sequence;
	} else {
		*e = (struct emu_vevent){ .header.sequence = q->sequence, .len = len };
		memcpy(e->data, data, len);
		*q->tail = e;
		q->tail = &e->next;
		q->waiting++;
	}
	q->sequence = (q->sequence + 1) & INT32_MAX;
	update(q);
	return 0;
}

int emu_trigger_vevent(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	struct iom_viommu_event_selftest event;
	const struct emu_idev *idev;

	idev = (struct emu_idev *)emu_obj_get(u->ctx, cmd->trigger_vevent.dev_id, IOM_OBJ_DEVICE);
	if (!idev || !idev->dev->viommu || !idev->dev->vdev_id)
		return -ENOENT;
	event.virt_id = (uint32_t)idev->dev->vdev_id;
	return report(idev->dev->viommu, IOM_VEVENTQ_TYPE_SELFTEST, &event, sizeof(event));
}

static ssize_t read_some(struct emu_veventq *q, uint64_t uptr, size_t count)
{
	const size_t head = sizeof(struct iom_vevent_header);
	size_t done = 0;

	while (q->deliver && head <= count - done) {
		struct emu_vevent *e = q->deliver;

		if (head + e->len > count - done)
			return done ? (ssize_t)done : -EINVAL;
		if (emu_copy_to(uptr + done, &e->header, head) ||
		    emu_copy_to(uptr + done + head, e->data, e->len))
			return done ? (ssize_t)done : -EFAULT;
		done += head + e->len;
		q->deliver = e->next;
		if (!q->deliver)
			q->tail = &q->deliver;
		q->waiting--;
		emu_free(e);
	}
	if (!q->deliver && q->lost && head <= count - done) {
		struct iom_vevent_header h = { IOM_VEVENTQ_FLAG_LOST_EVENTS, q->lost_sequence };

		if (emu_copy_to(uptr + done, &h, head))
			return done ? (ssize_t)done : -EFAULT;
		q->lost = false;
		done += head;
	}
	return (ssize_t)done;
}

ssize_t emu_veventq_read(struct emu_veventq *q, uint64_t uptr, size_t count)
{
	ssize_t n;

	if (count < sizeof(struct iom_vevent_header))
		return -EINVAL;
	n = read_some(q, uptr, count);
	update(q);
	return n;
}
