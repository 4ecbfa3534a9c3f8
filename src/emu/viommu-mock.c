/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The selftest driver's vIOMMU: an echo of its data, and the caches of the devices behind it. */
#include "internal.h"

#include <errno.h>
#include <stddef.h>

#define MMAP_LENGTH (2 * EMU_PAGE)

static int init(struct emu_ucmd *u, struct emu_viommu *v)
{
	const struct iom_viommu_alloc *cmd = u->cmd;
	struct iom_viommu_selftest data;
	int rc;

	if (!cmd->data_len)
		return 0;
	if (cmd->data_len < offsetof(struct iom_viommu_selftest, out_mmap_offset) ||
	    cmd->data_len > sizeof(data))
		return -EINVAL;
	rc = emu_copy_struct(&data, sizeof(data), cmd->data_uptr, cmd->data_len);
	if (rc)
		return rc;
	emu_viommu_add_mmap(v, MMAP_LENGTH);
	v->mmap_word = data.in_data;
	data.out_data = data.in_data;
	data.out_mmap_offset = v->mmap_offset;
	data.out_mmap_length = v->mmap_length;
	rc = emu_copy_to(cmd->data_uptr, &data, cmd->data_len);
	if (rc)
		emu_viommu_remove_mmap(v);
	return rc;
}

static void destroy(struct emu_viommu *v)
{
	if (v->mmap_offset)
		emu_viommu_remove_mmap(v);
}

/* ---- invalidation ---- */

static int carry_out(const struct emu_viommu *v, const void *entry)
{
	const struct iom_viommu_invalidate_selftest *e = entry;
	const struct emu_vdevice *vdev;
	uint32_t *cache;

	if (e->flags & ~(uint32_t)IOM_TEST_INVALIDATE_FLAG_ALL)
		return -EOPNOTSUPP;
	if (e->cache_id > IOM_MOCK_DEV_CACHE_ID_MAX)
		return -EINVAL;
	vdev = emu_viommu_vdevice(v, e->vdev_id);
	if (!vdev)
		return -EINVAL;
	cache = vdev->idev->dev->cache;
	for (uint32_t i = 0; i < IOM_MOCK_DEV_CACHE_NUM; i++)
		if (e->flags || i == e->cache_id)
			cache[i] = 0;
	return 0;
}

static int invalidate(struct emu_viommu *v, const struct iom_hwpt_invalidate *cmd, uint32_t *done)
{
	if (!cmd->entry_num && cmd->data_type == IOM_VIOMMU_INVALIDATE_DATA_SELFTEST)
		return 0;
	return emu_viommu_each_entry(v, cmd, IOM_VIOMMU_INVALIDATE_DATA_SELFTEST,
				     sizeof(struct iom_viommu_invalidate_selftest), carry_out, done);
}

int emu_check_dev_cache(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	uint32_t i = cmd->check_dev_cache.id;
	struct emu_idev *idev =
		(struct emu_idev *)emu_obj_get(u->ctx, cmd->id, IOM_OBJ_DEVICE);

	if (!idev)
		return -ENOENT;
	if (i > IOM_MOCK_DEV_CACHE_ID_MAX || idev->dev->cache[i] != cmd->check_dev_cache.cache)
		return -EINVAL;
	return 0;
}

static int alloc_nested(struct emu_viommu *v, struct emu_hwpt *hwpt,
			const struct iom_hwpt_alloc *cmd)
{
	(void)v;
	return emu_mock_nested_init(hwpt, cmd);
}

/* ---- hardware queues: the first before the second, and gone after it ---- */

static int queue_init(struct emu_hw_queue *q)
{
	struct emu_viommu *v = q->viommu;

	if (q->index >= IOM_TEST_HW_QUEUE_MAX)
		return -EINVAL;
	if (q->index ? v->second_taken : v->first_queue != NULL)
		return -EEXIST;
	if (q->index && !v->first_queue)
		return -EIO;
	if (!q->index) {
		v->first_queue = q;
		return 0;
	}
	q->prev = v->first_queue;
	q->prev->obj.users++;
	v->second_taken = true;
	return 0;
}

/*
 * The driver of Linux 7.3 does not note which queue is which, and lets go of the first one
 * whichever is destroyed: the second can never be made again.
 */
static void queue_destroy(struct emu_hw_queue *q)
{
	q->viommu->first_queue = NULL;
	if (q->prev)
		q->prev->obj.users--;
}

const struct emu_viommu_ops emu_mock_viommu_ops = {
	.init = init,
	.destroy = destroy,
	.alloc_nested = alloc_nested,
	.invalidate = invalidate,
	.hw_queue_init = queue_init,
	.hw_queue_destroy = queue_destroy,
	.hw_queue_type = IOM_HW_QUEUE_TYPE_SELFTEST,
};
