/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way into a call: order of checks, sizes, copying the struct in and out. */
#include "process.h"
#include "tsm.h"

#include <errno.h>
#include <string.h>

#define ENOUGH_WAITS 16 /* of threads for each other, before their context is split */

static const struct {
	uint32_t code;
	int (*run)(struct emu_ucmd *u);
	bool local;
	bool (*reach)(const void *cmd, struct emu_reach *r);
} handlers[] = {
	{ IOM_NR_DESTROY, emu_destroy },
	{ IOM_NR_IOAS_ALLOC, emu_ioas_alloc, true },
	{ IOM_NR_IOAS_ALLOW_IOVAS, emu_ioas_allow_iovas, true },
	{ IOM_NR_IOAS_COPY, emu_ioas_copy, true },
	{ IOM_NR_IOAS_IOVA_RANGES, emu_ioas_iova_ranges, true },
	{ IOM_NR_IOAS_MAP, emu_ioas_map, true, emu_ioas_map_reach },
	{ IOM_NR_IOAS_UNMAP, emu_ioas_unmap, true, emu_ioas_unmap_reach },
	{ IOM_NR_OPTION, emu_option },
	{ IOM_NR_VFIO_IOAS, emu_vfio_ioas },
	{ IOM_NR_HWPT_ALLOC, emu_hwpt_alloc },
	{ IOM_NR_GET_HW_INFO, emu_get_hw_info },
	{ IOM_NR_HWPT_SET_DIRTY_TRACKING, emu_set_dirty_tracking },
	{ IOM_NR_HWPT_GET_DIRTY_BITMAP, emu_get_dirty_bitmap, true },
	{ IOM_NR_HWPT_INVALIDATE, emu_hwpt_invalidate },
	{ IOM_NR_IOAS_MAP_FILE, emu_ioas_map_file },
	{ IOM_NR_VIOMMU_ALLOC, emu_viommu_alloc },
	{ IOM_NR_VDEVICE_ALLOC, emu_vdevice_alloc },
	{ IOM_NR_HW_QUEUE_ALLOC, emu_hw_queue_alloc },
	{ IOM_NR_IOAS_CHANGE_PROCESS, emu_ioas_change_process },
	{ IOM_NR_FAULT_QUEUE_ALLOC, emu_fault_alloc },
	{ IOM_NR_VEVENTQ_ALLOC, emu_veventq_alloc },
	{ IOM_NR_IOAS_NOIOMMU_GET_PA, emu_noiommu_get_pa },
	{ IOM_NR_TEST_CMD, emu_test_cmd },
};

void emu_dispatch_init(struct iom_emu *emu)
{
	size_t i;

	for (i = 0; i < IOM_ARRAY_SIZE(handlers); i++) {
		struct emu_op *op = &emu->ops[(handlers[i].code & 0xff) - EMU_FIRST_NR];
		const struct iom_call *c;

		op->code = handlers[i].code;
		op->run = handlers[i].run;
		op->local = handlers[i].local;
		op->reach = handlers[i].reach;
		if (op->code != IOM_NR_TEST_CMD) {
			c = iom_call_of(op->code, NULL);
			op->min = c->min;
			op->full = c->full;
		} else {
			/* all operations of the selftest command share one struct */
			op->min = offsetof(struct iom_test_cmd, last) + sizeof(uint32_t);
			op->full = sizeof(struct iom_test_cmd);
		}
	}
}

/* 1: only zeros, 0: something else, or -EFAULT if that comes first. */
static int only_zeros(uint64_t uptr, size_t len)
{
	char buf[EMU_PAGE];
	size_t i;

	while (len) {
		/* never across a page, so that a fault does not hide an earlier byte */
		size_t n = EMU_PAGE - (uptr & (EMU_PAGE - 1));
		int rc;

		if (n > len)
			n = len;
		rc = emu_copy_from(buf, uptr, n);
		if (rc)
			return rc;
		for (i = 0; i < n; i++)
			if (buf[i])
				return 0;
		uptr += n;
		len -= n;
	}
	return 1;
}

int emu_copy_struct(void *dst, size_t len, uint64_t uptr, size_t size)
{
	if (size < len) {
		memset((char *)dst + size, 0, len - size);
		len = size;
	} else if (size > len) {
		int rc = only_zeros(uptr + len, size - len);

		if (rc <= 0)
			return rc ? rc : -E2BIG;
	}
	return emu_copy_from(dst, uptr, len);
}

int emu_respond(struct emu_ucmd *u, size_t len)
{
	return emu_copy_to(u->uptr, u->cmd, len < u->user_size ? len : u->user_size);
}

/* Copies the caller's struct to u->cmd, as far as it agrees with the call. */
static int get_command(struct emu_ucmd *u, const struct emu_op *op)
{
	int rc;

	/* mostly there is as much to read as we know, and one look is enough */
	if (!emu_copy_from(u->cmd, u->uptr, op->full)) {
		memcpy(&u->user_size, u->cmd, sizeof(u->user_size));
		if (u->user_size >= op->min && u->user_size <= op->full) {
			memset((char *)u->cmd + u->user_size, 0, op->full - u->user_size);
			return 0;
		}
	} else {
		rc = emu_copy_from(&u->user_size, u->uptr, sizeof(u->user_size));
		if (rc)
			return rc;
	}
	if (u->user_size < op->min)
		return -EINVAL;
	return emu_copy_struct(u->cmd, op->full, u->uptr, u->user_size);
}

static int ctx_ioctl(struct iom_emu *emu, struct emu_ctx *ctx, uint32_t code, uint64_t uptr)
{
	uint64_t buf[IOM_MAX_ARG / sizeof(uint64_t)];
	struct emu_ucmd u = { .emu = emu, .ctx = ctx, .uptr = uptr, .cmd = buf };
	uint32_t nr = code & 0xff;
	const struct emu_op *op;
	struct emu_op series;
	int rc;

	if (nr < EMU_FIRST_NR || nr - EMU_FIRST_NR >= EMU_N_OPS)
		return emu_compat_ioctl(ctx, code, uptr);
	op = &emu->ops[nr - EMU_FIRST_NR];
	/* a series may have taken the number of a released call, or changed its struct */
	if (emu->speaks && emu_tsm_op(emu, code, &series))
		op = &series;
	if (!op->code || op->code != code ||
	    (code == IOM_NR_TEST_CMD && emu->lacks & EMU_LACKS_SELFTEST)) {
		rc = emu_copy_from(&u.user_size, uptr, sizeof(u.user_size));
		return rc ? rc : -ENOTTY;
	}
	rc = get_command(&u, op);
	return rc ? rc : op->run(&u);
}

/* ---- locks ---- */

void emu_enter(struct iom_emu *emu)
{
	if (pthread_mutex_lock(&emu->lock) == EOWNERDEAD) {
		/* killed in the middle of a call: what it had begun stays as it is */
		emu_alloc_recover();
		pthread_mutex_consistent(&emu->lock);
	}
	emu->striped = !emu->forked && !__libc_single_threaded;
	for (int i = 0; i < EMU_STRIPES && emu->striped; i++)
		emu_lock_take(&emu->stripes[i].lock);
}

void emu_leave(struct iom_emu *emu)
{
	for (int i = EMU_STRIPES; i-- && emu->striped;)
		emu_lock_drop(&emu->stripes[i].lock);
	pthread_mutex_unlock(&emu->lock);
}

void emu_locks_init(struct iom_emu *emu)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	if (emu_alloc_is_shared()) {
		pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
		pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	}
	pthread_mutex_init(&emu->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	if (emu_alloc_is_shared())
		return;
	/* also in a child that got the machine as a copy, with the locks of who forked */
	memset(emu->stripes, 0, sizeof(emu->stripes));
	emu->striped = false;
}

/* Threads spread over the stripes, so that they seldom wait for each other. */
static struct emu_lock *my_stripe(struct iom_emu *emu)
{
	static __thread uint32_t mine; /* its number + 1 */
	static uint32_t threads;

	if (!mine)
		mine = __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED) % EMU_STRIPES + 1;
	return &emu->stripes[mine - 1].lock;
}

/* Leaves false what has to be made alone in its context. */
static bool run_in_shard(struct emu_ucmd *u, const struct emu_op *op, int *rc)
{
	struct emu_lock *lock;
	struct emu_reach r;
	bool done;

	if (!op->reach || !op->reach(u->cmd, &r))
		return false;
	lock = &u->ctx->shards[emu_shard_of(r.start)].lock;
	emu_lock_take(lock);
	done = __atomic_load_n(&u->ctx->split, __ATOMIC_ACQUIRE) && emu_area_is_apart(u->ctx, &r);
	if (done)
		*rc = op->run(u);
	emu_lock_drop(lock);
	return done;
}

/* Who has the lock of the context has all of it again. */
static void unsplit(struct emu_ctx *ctx)
{
	for (int i = 0; i < EMU_SHARDS; i++)
		emu_lock_take(&ctx->shards[i].lock);
	__atomic_store_n(&ctx->split, false, __ATOMIC_RELAXED);
	for (int i = EMU_SHARDS; i--;)
		emu_lock_drop(&ctx->shards[i].lock);
}

/* Waiting for others again and again is a reason to split, if it was for nothing. */
static bool waits_too_much(const struct emu_ucmd *u, const struct emu_op *op)
{
	struct emu_ctx *ctx = u->ctx;
	struct emu_reach r;

	if (!op->reach || !op->reach(u->cmd, &r) || !emu_area_is_apart(ctx, &r) ||
	    ++ctx->waits < ENOUGH_WAITS)
		return false;
	ctx->waits = 0;
	return true;
}

/*
 * A context is under its own lock, or split: then maps and unmaps in different shards are made at
 * once, and the first call that needs more ends it. The lock of the context is needed to split it,
 * that and those of all shards to end it.
 */
static int run_in_context(struct emu_ucmd *u, const struct emu_op *op)
{
	struct emu_ctx *ctx = u->ctx;
	bool was_split, waited, split = false;
	int rc;

	for (;;) {
		was_split = __atomic_load_n(&ctx->split, __ATOMIC_ACQUIRE);
		if (was_split && run_in_shard(u, op, &rc))
			return rc;
		waited = !emu_lock_try(&ctx->lock);
		if (waited)
			emu_lock_wait(&ctx->lock);
		if (was_split || !__atomic_load_n(&ctx->split, __ATOMIC_RELAXED))
			break;
		/* split meanwhile */
		emu_lock_drop(&ctx->lock);
	}
	if (__atomic_load_n(&ctx->split, __ATOMIC_RELAXED))
		unsplit(ctx);
	else if (waited)
		split = waits_too_much(u, op);
	rc = op->run(u);
	if (split)
		__atomic_store_n(&ctx->split, true, __ATOMIC_RELEASE);
	emu_lock_drop(&ctx->lock);
	return rc;
}

/*
 * Returns false when the call has to be made alone. Between processes it always has to: there a
 * lock must be known to be free again when its holder was killed.
 */
static bool local_ioctl(struct iom_emu *emu, int fd, uint32_t code, uint64_t uptr, int *rc)
{
	uint64_t buf[IOM_MAX_ARG / sizeof(uint64_t)];
	struct emu_ucmd u = { .emu = emu, .uptr = uptr, .cmd = buf };
	uint32_t nr = (code & 0xff) - EMU_FIRST_NR;
	bool threads = !__libc_single_threaded;
	const struct emu_op *op;
	struct emu_file *f;
	bool done = false;

	if (nr >= EMU_N_OPS || emu->ops[nr].code != code || !emu->ops[nr].local)
		return false;
	op = &emu->ops[nr];
	if (threads)
		emu_lock_take(my_stripe(emu));
	f = emu_file_of(emu, fd);
	if (f && f->kind == EMU_FILE_CTX && !emu->speaks && !emu->forked) {
		u.ctx = f->ctx;
		*rc = get_command(&u, op);
		if (!*rc)
			*rc = threads ? run_in_context(&u, op) : op->run(&u);
		done = true;
	}
	if (threads)
		emu_lock_drop(my_stripe(emu));
	return done;
}

int iom_emu_ioctl(struct iom_emu *emu, int fd, uint32_t code, void *arg)
{
	uint64_t uptr = (uintptr_t)arg;
	struct emu_file *f;
	int rc;

	if (local_ioctl(emu, fd, code, uptr, &rc))
		return rc;
	emu_enter(emu);
	if (emu->mms && emu->mms->next)
		emu_mm_reap(emu);
	f = emu_file_of(emu, fd);
	if (!f)
		rc = -EBADF;
	else if (f->kind == EMU_FILE_CTX)
		rc = ctx_ioctl(emu, f->ctx, code, uptr);
	else if (f->kind == EMU_FILE_VFIO)
		rc = emu_vfio_ioctl(emu, f, code, uptr);
	else
		rc = -ENOTTY;
	emu_leave(emu);
	return rc;
}

typedef int region_cb(const struct iom_region *r, void *arg);

static int ioas_regions(const struct emu_ioas *ioas, region_cb *cb, void *arg)
{
	struct iom_inode *n = iom_itree_first(&ioas->reserved, 0, UINT64_MAX);
	int rc = 0;

	for (; n && !rc; n = iom_itree_next(n, 0, UINT64_MAX)) {
		struct emu_reserved *r = iom_container_of(n, struct emu_reserved, node);
		struct iom_region out = { n->start, n->last, r->kind, "" };

		memcpy(out.owner, r->name, sizeof(out.owner));
		rc = cb(&out, arg);
	}
	return rc;
}

static int one_region(const struct emu_idev *idev, uint64_t start, uint64_t last, const char *kind,
		      region_cb *cb, void *arg)
{
	struct iom_region out = { start, last, kind, "" };

	memcpy(out.owner, idev->dev->name, sizeof(out.owner));
	return cb(&out, arg);
}

/* What the device would reserve if it were attached now. */
static int device_regions(const struct emu_idev *idev, region_cb *cb, void *arg)
{
	const struct emu_dev *dev = idev->dev;
	int rc = 0;

	if (dev->aperture_start)
		rc = one_region(idev, 0, dev->aperture_start - 1, "aperture", cb, arg);
	if (!rc && dev->aperture_last != UINT64_MAX)
		rc = one_region(idev, dev->aperture_last + 1, UINT64_MAX, "aperture", cb, arg);
	for (uint32_t i = 0; i < dev->n_resv && !rc; i++) {
		const struct emu_resv *r = &dev->resv[i];
		bool moved = !strcmp(r->kind, "sw-msi") && idev->sw_msi_size;
		uint64_t start = moved ? idev->sw_msi_start : r->start;

		rc = one_region(idev, start, moved ? start + idev->sw_msi_size - 1 : r->last, r->kind,
				cb, arg);
	}
	return rc;
}

int iom_emu_regions(struct iom_emu *emu, int fd, uint32_t id, region_cb *cb, void *arg)
{
	struct emu_idev *idev;
	struct emu_ioas *ioas;
	struct emu_file *f;
	int rc = -ENOENT;

	emu_enter(emu);
	f = emu_file_of(emu, fd);
	if (!f || f->kind != EMU_FILE_CTX) {
		rc = -EBADF;
	} else if ((ioas = emu_ioas_get(f->ctx, id))) {
		rc = ioas_regions(ioas, cb, arg);
	} else if ((idev = (struct emu_idev *)emu_obj_get(f->ctx, id, IOM_OBJ_DEVICE))) {
		rc = device_regions(idev, cb, arg);
	}
	emu_leave(emu);
	return rc;
}
