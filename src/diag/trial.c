/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens a device as a VMM would, asks what it can do, and closes it again. */
#include "trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "look.h"

#define BUSY_MS	 1000 /* how long a node may stay busy: who had it may just be ending */
#define PAUSE_MS 50

/* Each flag alone, then the pairs of those that are granted. */
static const uint32_t flag_sets[IOM_TRIAL_FLAGS] = {
	0, IOM_HWPT_ALLOC_NEST_PARENT, IOM_HWPT_ALLOC_DIRTY_TRACKING, IOM_HWPT_ALLOC_PASID,
	IOM_HWPT_FAULT_ID_VALID,
	IOM_HWPT_ALLOC_NEST_PARENT | IOM_HWPT_ALLOC_DIRTY_TRACKING,
	IOM_HWPT_ALLOC_NEST_PARENT | IOM_HWPT_ALLOC_PASID,
	IOM_HWPT_ALLOC_DIRTY_TRACKING | IOM_HWPT_ALLOC_PASID,
};

struct trying {
	struct iom_trial *t;
	struct iom_ctx *ctx;
	const char *sysroot;
	int fd; /* of the device */
};

/* Issues a call; a refusal ends the trial, with its cause. */
static int call(struct trying *y, const char *step, const char *name, int fd, void *arg)
{
	const struct iom_call *c = iom_call_find(name, NULL);
	unsigned char sent[IOM_MAX_ARG];
	int rc = iom_issue(y->ctx, c, fd, arg, sent, &y->t->why);

	if (rc >= 0)
		return 0;
	y->t->step = step;
	y->t->failed = rc;
	iom_explain_fd(y->ctx, c, fd, sent, rc, y->sysroot, &y->t->why);
	return rc;
}

/* A question, whose refusal is an answer. */
static int question(struct trying *y, const char *name, int fd, void *arg)
{
	struct iom_err unused = { 0 };
	int rc = iom_issue(y->ctx, iom_call_find(name, NULL), fd, arg, NULL, &unused);

	return rc < 0 ? rc : 0;
}

static int open_node(struct trying *y)
{
	struct iom_trial *t = y->t;
	int fd;

	if (iom_ctx_need(y->ctx, &t->why)) {
		t->step = "open /dev/iommu";
		t->failed = t->why.code;
		iom_explain_open(y->ctx->be->name, y->ctx->path, t->why.code, y->sysroot, &t->why);
		return t->failed;
	}
	while ((fd = y->ctx->be->open(y->ctx->be, t->node)) == -EBUSY && t->waited < BUSY_MS) {
		usleep(PAUSE_MS * 1000);
		t->waited += PAUSE_MS;
	}
	if (fd < 0) {
		t->step = "open";
		t->failed = fd;
		iom_explain_open(y->ctx->be->name, t->node, fd, y->sysroot, &t->why);
		return fd;
	}
	y->fd = fd;
	if (!iom_ctx_add_handle(y->ctx, fd, 0, "open", t->node))
		return 0;
	y->ctx->be->close(y->ctx->be, fd);
	t->step = "open";
	t->failed = -ENOMEM;
	return -ENOMEM;
}

/* The queue that a page table with page requests needs ends with the context; 0: there is none. */
static uint32_t make_queue(struct trying *y)
{
	struct iom_fault_alloc q = { .size = sizeof(q) };

	return question(y, "IOMMU_FAULT_QUEUE_ALLOC", -1, &q) ? 0 : q.out_fault_id;
}

static void ask_flags(struct trying *y, uint32_t dev, uint32_t ioas)
{
	uint32_t granted = 0, queue = make_queue(y);

	for (size_t i = 0; i < IOM_ARRAY_SIZE(flag_sets); i++) {
		struct iom_hwpt_alloc a = { .size = sizeof(a), .flags = flag_sets[i], .dev_id = dev,
					    .pt_id = ioas };
		struct iom_destroy gone = { .size = sizeof(gone) };
		bool pair = flag_sets[i] & (flag_sets[i] - 1);

		y->t->hwpt[i].flags = flag_sets[i];
		if (pair && (flag_sets[i] & granted) != flag_sets[i])
			continue;
		if (flag_sets[i] & IOM_HWPT_FAULT_ID_VALID) {
			if (!queue)
				continue;
			a.fault_id = queue;
		}
		y->t->hwpt[i].asked = true;
		y->t->hwpt[i].rc = question(y, "IOMMU_HWPT_ALLOC", -1, &a);
		if (y->t->hwpt[i].rc)
			continue;
		granted |= flag_sets[i];
		gone.id = a.out_hwpt_id;
		if (call(y, "destroy a page table", "IOMMU_DESTROY", -1, &gone))
			return;
	}
}

static void ask_dma_buf(struct trying *y)
{
	uint64_t buf[IOM_MAX_ARG / sizeof(uint64_t)] = { 0 };
	struct iom_vfio_feature *h = (void *)buf;

	h->argsz = sizeof(*h);
	h->flags = IOM_VFIO_DEVICE_FEATURE_DMA_BUF | IOM_VFIO_DEVICE_FEATURE_GET |
		   IOM_VFIO_DEVICE_FEATURE_PROBE;
	y->t->dma_buf = question(y, "VFIO_DEVICE_FEATURE", y->fd, buf);
}

/* The ranges are narrowed by what the IOMMU can address and by the device's reserved regions. */
static void ask_ranges(struct trying *y, uint32_t ioas)
{
	struct iom_case c = { .ctx = y->ctx, .sysroot = y->sysroot, .err = &y->t->why, .fd = -1 };
	struct look_ranges r;

	if (!look_ranges(&c, ioas, &r))
		return;
	look_ranges_text(&r, y->t->ranges_text, sizeof(y->t->ranges_text));
	y->t->ranges = r.r;
	y->t->n_ranges = r.n;
}

static void try_device(struct trying *y)
{
	struct iom_vfio_bind bind = { .argsz = sizeof(bind) };
	struct iom_ioas_alloc ioas = { .size = sizeof(ioas) };
	struct iom_vfio_attach attach = { .argsz = sizeof(attach) };
	struct iom_vfio_detach detach = { .argsz = sizeof(detach) };

	if (open_node(y))
		return;
	bind.iommufd = y->ctx->fd;
	while (call(y, "bind", "VFIO_DEVICE_BIND_IOMMUFD", y->fd, &bind) == -EBUSY &&
	       y->t->waited < BUSY_MS) {
		usleep(PAUSE_MS * 1000);
		y->t->waited += PAUSE_MS;
		y->t->failed = 0;
		y->t->why = (struct iom_err){ 0 };
	}
	if (y->t->failed || call(y, "make an IOAS", "IOMMU_IOAS_ALLOC", -1, &ioas))
		return;
	attach.pt_id = ioas.out_ioas_id;
	if (call(y, "attach", "VFIO_DEVICE_ATTACH_IOMMUFD_PT", y->fd, &attach))
		return;
	ask_ranges(y, ioas.out_ioas_id);
	ask_flags(y, bind.out_devid, ioas.out_ioas_id);
	ask_dma_buf(y);
	if (!y->t->failed)
		call(y, "detach", "VFIO_DEVICE_DETACH_IOMMUFD_PT", y->fd, &detach);
}

struct iom_trial *iom_trial_new(struct iom_backend *be, const char *iommufd, const char *node,
				const char *sysroot)
{
	struct iom_trial *t = calloc(1, sizeof(*t));
	struct iom_ctx ctx;
	struct trying y = { .t = t, .ctx = &ctx, .sysroot = sysroot, .fd = -1 };
	struct iom_err last = { 0 };

	if (!t)
		return NULL;
	snprintf(t->node, sizeof(t->node), "%s", node);
	iom_ctx_init(&ctx, be);
	ctx.path = iommufd;
	try_device(&y);
	if (iom_ctx_fini(&ctx, &last) && !t->failed) {
		t->step = "close";
		t->failed = last.code ? last.code : -EIO;
		t->why = last;
	}
	return t;
}

void iom_trial_free(struct iom_trial *t)
{
	if (t)
		free(t->ranges);
	free(t);
}

/* ---- the checks ---- */

void iom_check_open(struct iom_doctor *d)
{
	const struct iom_trial *t = d->trial;

	if (!t) {
		iom_doctor_say(d, IOM_VERDICT_OK, d->only ? d->only->name : "",
			       "without --open no device is opened");
		return;
	}
	if (!t->failed) {
		iom_doctor_say(d, IOM_VERDICT_OK, d->only->name,
			       "%s was opened, bound to iommufd and attached to an IOAS", t->node);
		return;
	}
	iom_doctor_say(d, IOM_VERDICT_PROBLEM, d->only->name, "%s: cannot %s: %s%s%s", t->node, t->step,
		       iom_errno_name(t->failed), t->why.fact[0] ? ": " : "", t->why.fact);
	if (t->waited)
		iom_doctor_add(d, " (also after %u ms)", t->waited);
	if (t->why.hint[0])
		iom_doctor_remedy(d, "%s", t->why.hint);
}

static const char *flags_text(uint32_t flags, char *buf, size_t len)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = {
		{ IOM_HWPT_ALLOC_NEST_PARENT, "nest-parent" },
		{ IOM_HWPT_ALLOC_DIRTY_TRACKING, "dirty-tracking" },
		{ IOM_HWPT_ALLOC_PASID, "pasid" },
		{ IOM_HWPT_FAULT_ID_VALID, "fault-id-valid" },
	};
	size_t used = 0;

	for (size_t i = 0; i < IOM_ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			used += (size_t)snprintf(buf + used, len - used, "%s%s", used ? "+" : "",
						 names[i].name);
	return flags ? buf : "no flag";
}

void iom_check_hwpt_flags(struct iom_doctor *d)
{
	const struct iom_trial *t = d->trial;
	char refused[160] = "", text[64];
	size_t used = 0;

	if (!t || !t->hwpt[0].asked) {
		iom_doctor_say(d, t ? IOM_VERDICT_UNKNOWN : IOM_VERDICT_OK, d->only ? d->only->name : "",
			       t ? "the device could not be attached"
				 : "without --open no page table is asked for");
		return;
	}
	for (size_t i = 0; i < IOM_TRIAL_FLAGS; i++)
		if (t->hwpt[i].asked && t->hwpt[i].rc)
			used += (size_t)snprintf(refused + used, sizeof(refused) - used, "%s%s",
						 used ? ", " : "", flags_text(t->hwpt[i].flags, text,
									      sizeof(text)));
	iom_doctor_say(d, used ? IOM_VERDICT_WARNING : IOM_VERDICT_OK, d->only->name, "HWPT_ALLOC with");
	for (size_t i = 0; i < IOM_TRIAL_FLAGS; i++)
		if (t->hwpt[i].asked)
			iom_doctor_add(d, "%s %s: %s", i ? "," : "",
				       flags_text(t->hwpt[i].flags, text, sizeof(text)),
				       t->hwpt[i].rc ? iom_errno_name(t->hwpt[i].rc) : "granted");
	if (used)
		iom_doctor_remedy(d, "leave out %s: this IOMMU and its driver do not have it for this "
				  "device", refused);
}
