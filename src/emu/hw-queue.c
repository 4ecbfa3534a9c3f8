/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hardware queues of a virtual IOMMU: guest memory that the hardware reads by itself. */
#include "internal.h"

#include <errno.h>
#include <limits.h>

static uint64_t page_of(uint64_t iova)
{
	return iova & ~(EMU_PAGE - 1);
}

/* The hardware reads by physical address: each page, all of them pinned, must follow the one before it. */
static int check_contiguous(struct emu_ioas *ioas, uint64_t first, uint64_t last)
{
	struct emu_ident prev = { 0 }, id;
	uint64_t iova;

	for (iova = first;; iova += EMU_PAGE) {
		emu_area_ident(emu_area_first(ioas, iova, iova), iova, &id);
		/* the machine's memory is in one piece as far as its huge pages go */
		if (iova != first &&
		    (id.file != prev.file || id.dev != prev.dev || id.ino != prev.ino ||
		     id.pos != prev.pos + EMU_PAGE || !(id.pos & (EMU_HUGE_PAGE - 1))))
			return -EFAULT;
		prev = id;
		if (last - iova < EMU_PAGE)
			return 0;
	}
}

/* Pins what the queue lies in and keeps it mapped; NULL with *rc set. */
static struct emu_access *pin(const struct iom_hw_queue_alloc *cmd, const struct emu_viommu *v, int *rc)
{
	uint64_t first = page_of(cmd->nesting_parent_iova);
	struct emu_ioas *ioas = v->hwpt->ioas;
	struct emu_access *acc;
	uint64_t length;

	*rc = -ERANGE;
	if (__builtin_add_overflow(cmd->nesting_parent_iova - first, cmd->length, &length) ||
	    __builtin_add_overflow(length, EMU_PAGE - 1, &length))
		return NULL;
	*rc = -ENOMEM; /* Linux has no array for as many pages */
	if (length / EMU_PAGE > INT_MAX / sizeof(void *))
		return NULL;
	length = page_of(length);
	acc = emu_access_lock(v->ctx, ioas, first, first + (length - 1), rc);
	if (!acc)
		return NULL;
	*rc = check_contiguous(ioas, first, first + (length - 1));
	if (!*rc)
		return acc;
	emu_access_unlock(acc);
	return NULL;
}

void emu_hw_queue_destroy(struct emu_obj *o)
{
	struct emu_hw_queue *q = (struct emu_hw_queue *)o;

	if (q->started)
		q->viommu->ops->hw_queue_destroy(q);
	emu_access_unlock(q->access);
	q->viommu->obj.users--;
}

static int start(struct emu_ucmd *u, struct emu_hw_queue *q)
{
	struct iom_hw_queue_alloc *cmd = u->cmd;
	int rc = q->viommu->ops->hw_queue_init(q);

	if (rc)
		return rc;
	q->started = true;
	cmd->out_hw_queue_id = q->obj.id;
	return emu_respond(u, sizeof(*cmd));
}

static int queue_new(struct emu_ucmd *u, struct emu_viommu *v)
{
	const struct iom_hw_queue_alloc *cmd = u->cmd;
	struct emu_hw_queue *q = emu_obj_alloc(u->ctx, sizeof(*q), IOM_OBJ_HW_QUEUE);
	int rc;

	if (!q)
		return -ENOMEM;
	q->viommu = v;
	q->index = cmd->index;
	q->access = pin(cmd, v, &rc);
	if (!q->access) {
		emu_obj_abort(u->ctx, &q->obj);
		return rc;
	}
	v->obj.users++;
	rc = start(u, q);
	if (rc) {
		emu_hw_queue_destroy(&q->obj);
		emu_obj_abort(u->ctx, &q->obj);
		return rc;
	}
	emu_obj_publish(&q->obj);
	return 0;
}

int emu_hw_queue_alloc(struct emu_ucmd *u)
{
	const struct iom_hw_queue_alloc *cmd = u->cmd;
	struct emu_viommu *v;
	uint64_t last;

	if (cmd->flags || cmd->type == IOM_HW_QUEUE_TYPE_DEFAULT)
		return -EOPNOTSUPP;
	if (!cmd->length)
		return -EINVAL;
	if (__builtin_add_overflow(cmd->nesting_parent_iova, cmd->length - 1, &last))
		return -EOVERFLOW;
	v = (struct emu_viommu *)emu_obj_get(u->ctx, cmd->viommu_id, IOM_OBJ_VIOMMU);
	if (!v)
		return -ENOENT;
	if (!v->ops->hw_queue_init || cmd->type != v->ops->hw_queue_type)
		return -EOPNOTSUPP;
	return queue_new(u, v);
}
