/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Page requests: queues of them, what a reader gets, and the answers that end them. */
#include "internal.h"

#include <errno.h>

static void update(struct emu_fault *fault)
{
	emu_eventq_signal(&fault->q, fault->deliver != NULL);
}

/*
 * ---- cookies: as the kernel, the lowest free one from 1 on ----
 *
 * But whoever answers cookie 0 while another one waits frees it there, and it is given out from then
 * on.
 */

static int take_cookie(struct emu_fault *fault, struct emu_iopf *p)
{
	uint32_t i = fault->first_free ? fault->first_free : 1;

	if (fault->zero_free) {
		fault->zero_free = false;
		fault->response[0] = p;
		p->msg.cookie = 0;
		return 0;
	}
	while (i < fault->n_response && fault->response[i])
		i++;
	if (i >= fault->n_response) {
		uint32_t n = fault->n_response ? fault->n_response * 2 : 16;
		struct emu_iopf **more = emu_realloc(fault->response, n * sizeof(struct emu_iopf *));

		if (!more)
			return -ENOMEM;
		for (uint32_t k = fault->n_response; k < n; k++)
			more[k] = NULL;
		fault->response = more;
		fault->n_response = n;
	}
	fault->response[i] = p;
	fault->first_free = i + 1;
	p->msg.cookie = i;
	return 0;
}

static bool any_waits(const struct emu_fault *fault)
{
	for (uint32_t i = 1; i < fault->n_response; i++)
		if (fault->response[i])
			return true;
	return false;
}

static struct emu_iopf *release_cookie(struct emu_fault *fault, uint32_t cookie)
{
	struct emu_iopf *p = cookie < fault->n_response ? fault->response[cookie] : NULL;

	if (!cookie)
		fault->zero_free |= p || any_waits(fault);
	if (!p)
		return NULL;
	fault->response[cookie] = NULL;
	if (cookie && cookie < fault->first_free)
		fault->first_free = cookie;
	return p;
}

/* ---- the object ---- */

int emu_fault_alloc(struct emu_ucmd *u)
{
	struct iom_fault_alloc *cmd = u->cmd;
	struct emu_fault *fault;
	int fd, rc;

	if (cmd->flags)
		return -EOPNOTSUPP;
	fault = emu_obj_alloc(u->ctx, sizeof(*fault), IOM_OBJ_FAULT);
	if (!fault)
		return -ENOMEM;
	fault->tail = &fault->deliver;
	fd = emu_eventq_open(&fault->q, u->ctx, EMU_FILE_FAULT);
	if (fd < 0) {
		emu_obj_abort(u->ctx, &fault->q.obj);
		return fd;
	}
	cmd->out_fault_id = fault->q.obj.id;
	cmd->out_fault_fd = (uint32_t)fd;
	rc = emu_respond(u, sizeof(*cmd));
	if (rc) {
		emu_file_close(u->emu, fd);
		emu_obj_abort(u->ctx, &fault->q.obj);
		return rc;
	}
	emu_obj_publish(&fault->q.obj);
	return 0;
}

/* Of everything that waits, what came through one attachment. */
static void drop(struct emu_fault *fault, const struct emu_group *group, uint32_t pasid)
{
	struct emu_iopf **at = &fault->deliver;

	while (*at) {
		struct emu_iopf *p = *at;

		if (p->group != group || p->pasid != pasid) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		emu_free(p);
	}
	fault->tail = at;
	for (uint32_t i = 0; i < fault->n_response; i++) {
		const struct emu_iopf *p = fault->response[i];

		if (p && p->group == group && p->pasid == pasid)
			emu_free(release_cookie(fault, i));
	}
}

void emu_fault_destroy(struct emu_obj *o)
{
	/* nothing waits: what could still be answered came through page tables that use it */
	emu_free(((struct emu_fault *)o)->response);
}

void emu_fault_forget(struct emu_hwpt *hwpt, const struct emu_group *group, uint32_t pasid)
{
	if (!hwpt->fault)
		return;
	drop(hwpt->fault, group, pasid);
	update(hwpt->fault);
}

/* ---- read and write ---- */

static ssize_t read_some(struct emu_fault *fault, uint64_t uptr, size_t count)
{
	const size_t one = sizeof(struct iom_hwpt_pgfault);
	size_t done = 0;

	while (fault->deliver) {
		struct emu_iopf *p = fault->deliver;
		int rc = 0;

		if (one > count - done)
			return done ? (ssize_t)done : -EINVAL;
		rc = take_cookie(fault, p);
		if (!rc) {
			rc = emu_copy_to(uptr + done, &p->msg, one);
			if (rc)
				release_cookie(fault, p->msg.cookie);
		}
		if (rc)
			return done ? (ssize_t)done : rc;
		fault->deliver = p->next;
		if (!p->next)
			fault->tail = &fault->deliver;
		p->next = NULL;
		done += one;
	}
	return (ssize_t)done;
}

ssize_t emu_fault_read(struct emu_fault *fault, uint64_t uptr, size_t count)
{
	ssize_t n;

	if (count % sizeof(struct iom_hwpt_pgfault))
		return -ESPIPE;
	n = read_some(fault, uptr, count);
	update(fault);
	return n;
}

ssize_t emu_fault_write(struct emu_fault *fault, uint64_t uptr, size_t count)
{
	struct iom_hwpt_page_response resp;
	struct emu_iopf *p;
	size_t done;
	int rc = 0;

	if (count % sizeof(resp))
		return -ESPIPE;
	for (done = 0; done < count; done += sizeof(resp)) {
		rc = emu_copy_from(&resp, uptr + done, sizeof(resp));
		if (rc)
			break;
		rc = -EINVAL;
		if (resp.code != IOM_PAGE_RESP_SUCCESS && resp.code != IOM_PAGE_RESP_INVALID)
			break;
		p = release_cookie(fault, resp.cookie);
		if (!p)
			break;
		emu_free(p);
	}
	return done || done == count ? (ssize_t)done : rc;
}

/* ---- the mock's faults ---- */

/* Where a request of the device arrives; *pasid is then that of the attachment. */
static struct emu_hwpt *find_handler(const struct emu_idev *idev, uint32_t *pasid)
{
	struct emu_hwpt *hwpt = emu_device_hwpt(idev, *pasid);

	if (!hwpt && *pasid) {
		/* the guest has the PASID table: all of them go through the nested page table */
		*pasid = 0;
		hwpt = emu_device_hwpt(idev, 0);
		if (hwpt && hwpt->obj.type != IOM_OBJ_HWPT_NESTED)
			hwpt = NULL;
	}
	return hwpt && hwpt->fault ? hwpt : NULL;
}

int emu_trigger_iopf(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	uint32_t pasid = cmd->trigger_iopf.pasid;
	struct emu_hwpt *hwpt;
	struct emu_iopf *p;
	struct emu_idev *idev;

	idev = (struct emu_idev *)emu_obj_get(u->ctx, cmd->trigger_iopf.dev_id, IOM_OBJ_DEVICE);
	if (!idev)
		return -ENOENT;
	if (idev->dev->unit != EMU_UNIT_MOCK)
		return -EINVAL;
	hwpt = find_handler(idev, &pasid);
	p = hwpt ? emu_zalloc(sizeof(*p)) : NULL;
	if (!p)
		return 0; /* the device gets its refusal, and the caller is not told */
	p->group = idev->dev->group;
	p->pasid = pasid;
	p->msg = (struct iom_hwpt_pgfault){
		.flags = IOM_PGFAULT_FLAGS_LAST_PAGE |
			 (cmd->trigger_iopf.pasid ? IOM_PGFAULT_FLAGS_PASID_VALID : 0),
		.dev_id = idev->obj.id,
		.pasid = cmd->trigger_iopf.pasid,
		.grpid = cmd->trigger_iopf.grpid,
		.perm = cmd->trigger_iopf.perm,
		.addr = cmd->trigger_iopf.addr,
	};
	*hwpt->fault->tail = p;
	hwpt->fault->tail = &p->next;
	update(hwpt->fault);
	return 0;
}
