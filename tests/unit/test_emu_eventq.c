/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Event queues of the emulator: what their fds yield, take and refuse, and what holds them. */
#include "emu_calls.h"

#include <poll.h>

#define FAULT  IOM_HWPT_FAULT_ID_VALID
#define RECORD sizeof(struct iom_hwpt_pgfault)

static int fault_alloc(uint32_t *id, int *qfd)
{
	struct iom_fault_alloc c = { .size = sizeof(c) };
	int rc = call(IOM_NR_FAULT_QUEUE_ALLOC, &c);

	*id = c.out_fault_id;
	*qfd = (int)c.out_fault_fd;
	return rc;
}

static int hwpt_alloc(uint32_t dev, uint32_t pt, uint32_t flags, uint32_t fault, uint32_t *id)
{
	struct iom_hwpt_selftest d = { .iotlb = IOM_TEST_IOTLB_DEFAULT };
	struct iom_hwpt_alloc c = {
		.size = sizeof(c), .flags = flags, .dev_id = dev, .pt_id = pt, .fault_id = fault
	};
	int rc;

	if (pt != 1) {
		c.data_type = IOM_HWPT_DATA_SELFTEST;
		c.data_len = sizeof(d);
		c.data_uptr = (uintptr_t)&d;
	}
	rc = call(IOM_NR_HWPT_ALLOC, &c);
	*id = c.out_hwpt_id;
	return rc;
}

static int replace(uint32_t stdev, uint32_t pt)
{
	struct iom_test_cmd c = { .mock_domain_replace.pt_id = pt };

	return test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN_REPLACE, stdev);
}

static int trigger(uint32_t dev, uint32_t pasid, uint32_t grpid, uint64_t addr)
{
	struct iom_test_cmd c = { .trigger_iopf = { .dev_id = dev,
						    .pasid = pasid,
						    .grpid = grpid,
						    .perm = IOM_PGFAULT_PERM_WRITE,
						    .addr = addr } };

	return test_cmd(&c, IOM_TEST_OP_TRIGGER_IOPF, 0);
}

static int respond(int qfd, uint32_t cookie, uint32_t code)
{
	struct iom_hwpt_page_response r = { cookie, code };
	ssize_t n = iom_emu_write(emu, qfd, &r, sizeof(r));

	return n == sizeof(r) ? 0 : (int)n;
}

static short ready(int qfd)
{
	struct pollfd p = { .fd = qfd, .events = POLLIN | POLLOUT };

	assert_true(poll(&p, 1, 0) >= 0);
	return p.revents;
}

/* A fault queue: answers can always be written. */
static bool readable(int qfd)
{
	short events = ready(qfd);

	assert_true(events & POLLOUT);
	return events & POLLIN;
}

/* A queue of events: nothing can be. */
static bool has_events(int qfd)
{
	short events = ready(qfd);

	assert_int_equal(events & ~POLLIN, 0);
	return events;
}

/* ioas 1, mock device 2/3 on 4, fault queue 5, page table 6 that the device is attached to */
static int fault_scene(void)
{
	struct mock m;
	uint32_t id;
	int qfd;

	assert_int_equal(ioas_alloc(), 1);
	m = mock_domain(1);
	assert_int_equal(m.idev, 3);
	assert_int_equal(fault_alloc(&id, &qfd), 0);
	assert_int_equal(id, 5);
	assert_true(fcntl(qfd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(hwpt_alloc(3, 1, FAULT, 5, &id), 0);
	assert_int_equal(id, 6);
	assert_int_equal(replace(2, 6), 0);
	return qfd;
}

static void test_alloc(void **state)
{
	struct iom_fault_alloc c = { .size = sizeof(c), .flags = 1 };
	struct iom_destroy d = { .size = sizeof(d) };
	uint32_t id;
	int qfd;

	(void)state;
	assert_int_equal(call(IOM_NR_FAULT_QUEUE_ALLOC, &c), -EOPNOTSUPP);
	assert_int_equal(fault_alloc(&id, &qfd), 0);
	assert_int_equal(id, 1);
	assert_false(readable(qfd));
	assert_int_equal(iom_emu_ioctl(emu, qfd, IOM_NR_DESTROY, &d), -ENOTTY);
	/* the fd holds the object, and both hold the context */
	assert_int_equal(destroy(1), -EBUSY);
	assert_int_equal(iom_emu_close(emu, qfd), 0);
	assert_int_equal(iom_emu_close(emu, qfd), -EBADF);
	assert_int_equal(destroy(1), 0);
	assert_int_equal(fault_alloc(&id, &qfd), 0);
	assert_int_equal(iom_emu_close(emu, fd), 0);
	assert_int_equal(iom_emu_read(emu, qfd, buf, RECORD), 0);
	assert_int_equal(iom_emu_close(emu, qfd), 0);
}

static void test_page_table(void **state)
{
	uint32_t id, parent;
	int qfd = fault_scene();

	(void)state;
	assert_int_equal(hwpt_alloc(3, 1, FAULT, 4, &id), -ENOENT); /* of another type */
	assert_int_equal(hwpt_alloc(3, 1, FAULT | IOM_HWPT_ALLOC_NEST_PARENT, 5, &id), -EOPNOTSUPP);
	assert_int_equal(hwpt_alloc(3, 1, IOM_HWPT_ALLOC_NEST_PARENT, 0, &parent), 0);
	assert_int_equal(hwpt_alloc(3, parent, FAULT, 99, &id), -ENOENT);
	assert_int_equal(hwpt_alloc(3, parent, FAULT, 5, &id), 0);
	assert_int_equal(iom_emu_close(emu, qfd), 0);
	/* each page table holds the queue */
	assert_int_equal(destroy(5), -EBUSY);
	assert_int_equal(destroy(id), 0);
	assert_int_equal(destroy(5), -EBUSY);
	assert_int_equal(replace(2, 1), 0);
	assert_int_equal(destroy(6), 0);
	assert_int_equal(destroy(5), 0);
}

static void test_read(void **state)
{
	struct iom_hwpt_pgfault r[4] = { 0 };
	int qfd = fault_scene();

	(void)state;
	assert_int_equal(iom_emu_read(emu, fd, r, RECORD), -EINVAL);
	assert_int_equal(iom_emu_read(emu, 9999, r, RECORD), -EBADF);
	assert_int_equal(iom_emu_read(emu, qfd, r, RECORD - 1), -ESPIPE);
	assert_int_equal(iom_emu_read(emu, qfd, NULL, 0), 0);
	assert_int_equal(iom_emu_read(emu, qfd, r, RECORD), 0);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(trigger(3, 0, 7 + i, 0x1000 * (i + 1)), 0);
	assert_true(readable(qfd));
	assert_int_equal(iom_emu_read(emu, qfd, r, 0), -EINVAL);
	assert_int_equal(iom_emu_read(emu, qfd, (void *)8, RECORD), -EFAULT);
	assert_int_equal(iom_emu_read(emu, qfd, r, 2 * RECORD), 2 * RECORD);
	assert_true(readable(qfd));
	assert_int_equal(r[0].flags, IOM_PGFAULT_FLAGS_LAST_PAGE);
	assert_int_equal(r[0].dev_id, 3);
	assert_int_equal(r[0].grpid, 7);
	assert_int_equal(r[0].perm, IOM_PGFAULT_PERM_WRITE);
	assert_int_equal(r[0].addr, 0x1000);
	assert_int_equal(r[0].length, 0);
	assert_int_equal(r[0].cookie, 1);
	assert_int_equal(r[1].cookie, 2);
	/* the lowest cookie that is free is given again */
	assert_int_equal(respond(qfd, 1, IOM_PAGE_RESP_SUCCESS), 0);
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(r)), RECORD);
	assert_int_equal(r[0].grpid, 9);
	assert_int_equal(r[0].cookie, 1);
	assert_false(readable(qfd));
}

static void test_many(void **state)
{
	struct iom_hwpt_pgfault *r = calloc(1000, RECORD);
	int qfd = fault_scene();

	(void)state;
	assert_non_null(r);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(trigger(3, 0, i, 0), 0);
	assert_int_equal(iom_emu_read(emu, qfd, r, 1000 * RECORD), 1000 * RECORD);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(r[i].grpid, i);
		assert_int_equal(r[i].cookie, i + 1);
	}
	free(r);
}

static void test_write(void **state)
{
	struct iom_hwpt_page_response w[3] = { { 1, 0 }, { 1, 0 }, { 2, 0 } };
	struct iom_hwpt_pgfault r[2];
	int qfd = fault_scene();

	(void)state;
	assert_int_equal(trigger(3, 0, 1, 0), 0);
	assert_int_equal(trigger(3, 0, 2, 0), 0);
	assert_int_equal(respond(qfd, 1, 0), -EINVAL); /* not read yet */
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(r)), sizeof(r));
	assert_int_equal(iom_emu_write(emu, fd, w, sizeof(w)), -EINVAL);
	assert_int_equal(iom_emu_write(emu, qfd, w, 4), -ESPIPE);
	assert_int_equal(iom_emu_write(emu, qfd, w, 0), 0);
	assert_int_equal(iom_emu_write(emu, qfd, (void *)8, 8), -EFAULT);
	assert_int_equal(respond(qfd, 1, 2), -EINVAL);
	assert_int_equal(respond(qfd, 0, 0), -EINVAL);
	assert_int_equal(respond(qfd, 3, 0), -EINVAL);
	assert_int_equal(respond(qfd, UINT32_MAX, 0), -EINVAL);
	/* what was taken before the one that is wrong counts */
	assert_int_equal(iom_emu_write(emu, qfd, w, sizeof(w)), 8);
	assert_int_equal(respond(qfd, 1, 0), -EINVAL);
	assert_int_equal(respond(qfd, 2, IOM_PAGE_RESP_INVALID), 0);
}

/* A detach or a replace answers what came through the attachment, read or not. */
static void test_forget(void **state)
{
	struct iom_hwpt_pgfault r;
	struct mock other;
	uint32_t id;
	int qfd = fault_scene();

	(void)state;
	assert_int_equal(mock_flags(6, 0, &other), 0);
	assert_int_equal(trigger(3, 0, 1, 0), 0);
	assert_int_equal(iom_emu_read(emu, qfd, &r, RECORD), RECORD);
	assert_int_equal(trigger(3, 0, 2, 0), 0);
	assert_int_equal(trigger(other.idev, 0, 3, 0), 0);
	assert_int_equal(replace(2, 1), 0);
	assert_int_equal(respond(qfd, r.cookie, 0), -EINVAL);
	assert_true(readable(qfd));
	assert_int_equal(iom_emu_read(emu, qfd, &r, RECORD), RECORD);
	assert_int_equal(r.dev_id, other.idev);
	assert_int_equal(r.grpid, 3);
	assert_int_equal(trigger(other.idev, 0, 4, 0), 0);
	assert_int_equal(destroy(other.stdev), 0);
	assert_false(readable(qfd));
	/* the same page table again is no change */
	assert_int_equal(replace(2, 6), 0);
	assert_int_equal(trigger(3, 0, 5, 0), 0);
	assert_int_equal(replace(2, 6), 0);
	assert_true(readable(qfd));
	/* another one of the same queue is */
	assert_int_equal(hwpt_alloc(3, 1, FAULT, 5, &id), 0);
	assert_int_equal(replace(2, id), 0);
	assert_false(readable(qfd));
}

static void test_trigger(void **state)
{
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };
	struct iom_hwpt_pgfault r;
	uint32_t parent, nested;
	int qfd = fault_scene(), dev;

	(void)state;
	assert_int_equal(trigger(99, 0, 0, 0), -ENOENT);
	assert_int_equal(trigger(2, 0, 0, 0), -ENOENT); /* not a device but the mock's object */
	dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0");
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	assert_int_equal(trigger(b.out_devid, 0, 0, 0), -EINVAL);
	assert_int_equal(iom_emu_close(emu, dev), 0);
	/* nothing is attached to the PASID: the request is refused behind our back */
	assert_int_equal(trigger(3, 5, 0, 0), 0);
	assert_false(readable(qfd));
	/* but a nested page table has the guest's PASIDs in it */
	assert_int_equal(hwpt_alloc(3, 1, IOM_HWPT_ALLOC_NEST_PARENT, 0, &parent), 0);
	assert_int_equal(hwpt_alloc(3, parent, FAULT, 5, &nested), 0);
	assert_int_equal(replace(2, nested), 0);
	assert_int_equal(trigger(3, 5, 0, 0), 0);
	assert_int_equal(iom_emu_read(emu, qfd, &r, RECORD), RECORD);
	assert_int_equal(r.flags, IOM_PGFAULT_FLAGS_LAST_PAGE | IOM_PGFAULT_FLAGS_PASID_VALID);
	assert_int_equal(r.pasid, 5);
	/* without a queue nobody hears of it */
	assert_int_equal(replace(2, 1), 0);
	assert_int_equal(trigger(3, 0, 0, 0), 0);
	assert_false(readable(qfd));
}

/* ---- events of a vIOMMU ---- */

#define HEADER sizeof(struct iom_vevent_header)
#define SELF   IOM_VEVENTQ_TYPE_SELFTEST

struct record {
	struct iom_vevent_header h;
	uint32_t virt_id;
};

static int queue_alloc(uint32_t viommu, uint32_t type, uint32_t depth, uint32_t *id, int *qfd)
{
	struct iom_veventq_alloc c = {
		.size = sizeof(c), .viommu_id = viommu, .type = type, .veventq_depth = depth
	};
	int rc = call(IOM_NR_VEVENTQ_ALLOC, &c);

	*id = c.out_veventq_id;
	*qfd = (int)c.out_veventq_fd;
	return rc;
}

static int event(uint32_t dev)
{
	struct iom_test_cmd c = { .trigger_vevent.dev_id = dev };

	return test_cmd(&c, IOM_TEST_OP_TRIGGER_VEVENT, 0);
}

/* ioas 1, mock device 2/3, parent 5, viommu 6, vdevice 7 with this id, nested 8 attached */
static void viommu_scene(uint64_t virt_id)
{
	struct iom_viommu_alloc v = { .size = sizeof(v), .type = IOM_VIOMMU_TYPE_SELFTEST, .dev_id = 3 };
	struct iom_vdevice_alloc d = { .size = sizeof(d), .dev_id = 3, .virt_id = virt_id };

	assert_int_equal(ioas_alloc(), 1);
	assert_int_equal(mock_domain(1).idev, 3);
	assert_int_equal(hwpt_alloc(3, 1, IOM_HWPT_ALLOC_NEST_PARENT, 0, &v.hwpt_id), 0);
	assert_int_equal(call(IOM_NR_VIOMMU_ALLOC, &v), 0);
	assert_int_equal(v.out_viommu_id, 6);
	d.viommu_id = 6;
	assert_int_equal(call(IOM_NR_VDEVICE_ALLOC, &d), 0);
	assert_int_equal(hwpt_alloc(3, 6, 0, 0, &v.hwpt_id), 0);
	assert_int_equal(v.hwpt_id, 8);
	assert_int_equal(replace(2, 8), 0);
}

static void test_events_alloc(void **state)
{
	struct iom_veventq_alloc c = { .size = sizeof(c), .viommu_id = 6, .type = 5, .veventq_depth = 1,
				       .reserved = 1 };
	uint32_t id, other;
	int qfd, ofd;

	(void)state;
	viommu_scene(9);
	assert_int_equal(call(IOM_NR_VEVENTQ_ALLOC, &c), -EOPNOTSUPP);
	assert_int_equal(queue_alloc(99, 0, 0, &id, &qfd), -EOPNOTSUPP);
	assert_int_equal(queue_alloc(99, SELF, 0, &id, &qfd), -EINVAL);
	assert_int_equal(queue_alloc(99, SELF, (1 << 19) + 1, &id, &qfd), -EINVAL);
	assert_int_equal(queue_alloc(99, SELF, 1 << 19, &id, &qfd), -ENOENT);
	assert_int_equal(queue_alloc(8, SELF, 1, &id, &qfd), -ENOENT);
	assert_int_equal(queue_alloc(6, SELF, 1, &id, &qfd), 0);
	assert_int_equal(queue_alloc(6, SELF, 1, &other, &ofd), -EEXIST);
	assert_int_equal(queue_alloc(6, 5, 1, &other, &ofd), 0);
	assert_int_equal(destroy(id), -EBUSY);
	assert_int_equal(iom_emu_close(emu, qfd), 0);
	assert_int_equal(destroy(id), 0);
	assert_int_equal(queue_alloc(6, SELF, 1, &id, &qfd), 0);
	/* what is left of it goes with the context */
	assert_int_equal(event(3), 0);
	assert_int_equal(iom_emu_close(emu, fd), 0);
	assert_true(has_events(qfd));
	assert_int_equal(iom_emu_close(emu, qfd), 0);
}

static void test_events_read(void **state)
{
	struct record r[3] = { 0 };
	uint32_t id;
	int qfd;

	(void)state;
	viommu_scene(0x123456789);
	assert_int_equal(event(99), -ENOENT);
	assert_int_equal(event(3), -EOPNOTSUPP);
	assert_int_equal(queue_alloc(6, SELF, 4, &id, &qfd), 0);
	assert_int_equal(iom_emu_write(emu, qfd, r, 8), -EINVAL);
	assert_int_equal(iom_emu_read(emu, qfd, r, HEADER - 1), -EINVAL);
	assert_int_equal(iom_emu_read(emu, qfd, r, HEADER), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(event(3), 0);
	assert_true(has_events(qfd));
	assert_int_equal(iom_emu_read(emu, qfd, r, HEADER), -EINVAL);
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(*r) - 1), -EINVAL);
	assert_int_equal(iom_emu_read(emu, qfd, (void *)8, sizeof(*r)), -EFAULT);
	/* only whole records */
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(*r) + HEADER), sizeof(*r));
	assert_int_equal(r[0].h.flags, 0);
	assert_int_equal(r[0].h.sequence, 0);
	assert_int_equal(r[0].virt_id, 0x23456789);
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(r)), 2 * sizeof(*r));
	assert_int_equal(r[1].h.sequence, 2);
	assert_false(has_events(qfd));
}

static void test_events_lost(void **state)
{
	struct record r[4] = { 0 };
	uint32_t id;
	int qfd;

	(void)state;
	viommu_scene(1);
	assert_int_equal(queue_alloc(6, SELF, 1, &id, &qfd), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(event(3), 0);
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(*r)), sizeof(*r));
	assert_true(has_events(qfd));
	/* the mark has no data behind it, and the number of the last that was lost */
	assert_int_equal(iom_emu_read(emu, qfd, (void *)8, HEADER), -EFAULT);
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(r)), HEADER);
	assert_int_equal(r[0].h.flags, IOM_VEVENTQ_FLAG_LOST_EVENTS);
	assert_int_equal(r[0].h.sequence, 2);
	assert_false(has_events(qfd));
	/* an event with room behind it takes the mark away */
	assert_int_equal(event(3), 0);
	assert_int_equal(event(3), 0);
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(*r)), sizeof(*r));
	assert_int_equal(event(3), 0);
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(r)), sizeof(*r));
	assert_int_equal(r[0].h.flags, 0);
	assert_int_equal(r[0].h.sequence, 5);
	/* both in one read */
	assert_int_equal(event(3), 0);
	assert_int_equal(event(3), 0);
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(r)), sizeof(*r) + HEADER);
	assert_int_equal(r[1].h.sequence, 7);
}

/* The number that the guest knows is what counts, and that the device is behind the vIOMMU. */
static void test_events_device(void **state)
{
	uint32_t id;
	int qfd;

	(void)state;
	viommu_scene(0);
	assert_int_equal(queue_alloc(6, SELF, 1, &id, &qfd), 0);
	assert_int_equal(event(3), -ENOENT);
	assert_int_equal(replace(2, 1), 0);
	assert_int_equal(event(3), -ENOENT);
	assert_false(has_events(qfd));
}

/* ---- what goes wrong around them ---- */

static int call_read_only(uint32_t code, const void *arg, size_t len)
{
	int rc;

	memcpy(buf, arg, len);
	assert_int_equal(mprotect(buf, PAGE, PROT_READ), 0);
	rc = call(code, buf);
	assert_int_equal(mprotect(buf, PAGE, PROT_READ | PROT_WRITE), 0);
	return rc;
}

/* The fds that were made are gone again, and so are the objects. */
static void test_answer_refused(void **state)
{
	struct iom_fault_alloc f = { .size = sizeof(f) };
	struct iom_veventq_alloc v = {
		.size = sizeof(v), .viommu_id = 6, .type = SELF, .veventq_depth = 1
	};
	uint32_t id;
	int next, qfd;

	(void)state;
	viommu_scene(1);
	next = dup(fd);
	close(next);
	assert_int_equal(call_read_only(IOM_NR_FAULT_QUEUE_ALLOC, &f, sizeof(f)), -EFAULT);
	assert_int_equal(call_read_only(IOM_NR_VEVENTQ_ALLOC, &v, sizeof(v)), -EFAULT);
	assert_int_equal(fault_alloc(&id, &qfd), 0);
	assert_int_equal(id, 4); /* that of the page table which nobody uses any more */
	assert_int_equal(qfd, next);
	assert_int_equal(queue_alloc(6, SELF, 1, &id, &qfd), 0);
	assert_int_equal(id, 9);
}

static rlim_t limit_files(rlim_t n)
{
	struct rlimit lim;
	rlim_t before;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	before = lim.rlim_cur;
	lim.rlim_cur = n;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
	return before;
}

/* While there is no fd: no queue is made, and what poll(2) sees may be behind until the next read. */
static void test_no_fds(void **state)
{
	struct record r[2];
	rlim_t before = limit_files(1000);
	uint32_t id;
	int next, qfd;

	(void)state;
	viommu_scene(1);
	assert_int_equal(queue_alloc(6, SELF, 4, &id, &qfd), 0);
	assert_int_equal(event(3), 0);
	next = dup(fd);
	close(next);
	/* it takes three of them for a while */
	for (rlim_t room = 0; room < 3; room++) {
		int none;

		limit_files((rlim_t)next + room);
		assert_int_equal(fault_alloc(&id, &none), -EMFILE);
	}
	limit_files((rlim_t)next);
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(r)), sizeof(*r));
	assert_true(has_events(qfd));
	limit_files(before);
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(r)), 0);
	assert_false(has_events(qfd));
}

/* A record of which only a part could be written was not read; nor is more than 2 GiB at once. */
static void test_events_cut(void **state)
{
	uint8_t *end = buf + PAGE;
	struct record r;
	uint32_t id;
	int qfd;

	(void)state;
	viommu_scene(1);
	assert_int_equal(queue_alloc(6, SELF, 2, &id, &qfd), 0);
	assert_int_equal(event(3), 0);
	assert_int_equal(mprotect(end, PAGE, PROT_NONE), 0);
	assert_int_equal(iom_emu_read(emu, qfd, end - HEADER, 64), -EFAULT);
	assert_int_equal(event(3), 0);
	assert_int_equal(event(3), 0);
	assert_int_equal(iom_emu_read(emu, qfd, end - sizeof(r) - HEADER, 64), sizeof(r));
	assert_int_equal(iom_emu_read(emu, qfd, end - sizeof(r), 64), sizeof(r));
	/* the mark of the one that was lost is still there */
	assert_int_equal(iom_emu_read(emu, qfd, end - 4, HEADER), -EFAULT);
	assert_true(has_events(qfd));
	assert_int_equal(mprotect(end, PAGE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(iom_emu_read(emu, qfd, buf, (size_t)1 << 31), HEADER);
	assert_false(has_events(qfd));
}

/* As many requests as could be written whole. */
static void test_read_cut(void **state)
{
	int qfd = fault_scene();

	(void)state;
	assert_int_equal(trigger(3, 0, 1, 0), 0);
	assert_int_equal(trigger(3, 0, 2, 0), 0);
	assert_int_equal(mprotect(buf + PAGE, PAGE, PROT_NONE), 0);
	assert_int_equal(iom_emu_read(emu, qfd, buf + PAGE - 2 * RECORD + 8, 2 * RECORD), RECORD);
	assert_int_equal(mprotect(buf + PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(iom_emu_read(emu, qfd, buf, 2 * RECORD), RECORD);
	assert_int_equal(((struct iom_hwpt_pgfault *)(void *)buf)->grpid, 2);
	assert_int_equal(((struct iom_hwpt_pgfault *)(void *)buf)->cookie, 2);
}

/* The lowest cookie that is free, whoever was answered in between. */
static void test_cookies(void **state)
{
	struct iom_hwpt_pgfault r[3];
	int qfd = fault_scene();

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(trigger(3, 0, i, 0), 0);
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(r)), sizeof(r));
	assert_int_equal(respond(qfd, 1, 0), 0);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(trigger(3, 0, i, 0), 0);
	assert_int_equal(iom_emu_read(emu, qfd, r, sizeof(r)), sizeof(r));
	assert_int_equal(r[0].cookie, 1);
	assert_int_equal(r[1].cookie, 4);
	assert_int_equal(r[2].cookie, 5);
}

static int pasid_op(uint32_t op, uint32_t stdev, uint32_t pasid, uint32_t pt)
{
	struct iom_test_cmd c = { .pasid_attach = { pasid, pt } };

	return test_cmd(&c, op, stdev);
}

/* Of one queue: a PASID that is detached answers its own requests only, read or not. */
static void test_forget_pasid(void **state)
{
	struct iom_hwpt_pgfault r;
	uint32_t id;
	struct mock m;
	int qfd = fault_scene();

	(void)state;
	assert_int_equal(mock_flags(1, IOM_MOCK_FLAGS_DEVICE_PASID, &m), 0);
	assert_int_equal(hwpt_alloc(m.idev, 1, FAULT | IOM_HWPT_ALLOC_PASID, 5, &id), 0);
	assert_int_equal(replace(m.stdev, id), 0);
	assert_int_equal(pasid_op(IOM_TEST_OP_PASID_ATTACH, m.stdev, 7, id), 0);
	assert_int_equal(trigger(m.idev, 7, 1, 0), 0);
	assert_int_equal(iom_emu_read(emu, qfd, &r, RECORD), RECORD);
	assert_int_equal(r.cookie, 1);
	assert_int_equal(trigger(m.idev, 0, 2, 0), 0);
	assert_int_equal(iom_emu_read(emu, qfd, &r, RECORD), RECORD);
	assert_int_equal(r.cookie, 2);
	assert_int_equal(trigger(3, 0, 3, 0), 0);
	assert_int_equal(iom_emu_read(emu, qfd, &r, RECORD), RECORD);
	assert_int_equal(r.cookie, 3);
	assert_int_equal(trigger(m.idev, 7, 4, 0), 0);
	assert_int_equal(trigger(m.idev, 0, 5, 0), 0);
	assert_int_equal(trigger(3, 0, 6, 0), 0);
	assert_int_equal(pasid_op(IOM_TEST_OP_PASID_DETACH, m.stdev, 7, 0), 0);
	assert_int_equal(respond(qfd, 1, 0), -EINVAL);
	assert_int_equal(respond(qfd, 2, 0), 0);
	assert_int_equal(respond(qfd, 3, 0), 0);
	assert_int_equal(iom_emu_read(emu, qfd, &r, RECORD), RECORD);
	assert_int_equal(r.grpid, 5);
	assert_int_equal(iom_emu_read(emu, qfd, &r, RECORD), RECORD);
	assert_int_equal(r.grpid, 6);
	assert_false(readable(qfd));
	/* a device that is attached to nothing has nobody to ask */
	assert_int_equal(mock_flags(1, IOM_MOCK_FLAGS_DEVICE_NO_ATTACH, &m), 0);
	assert_int_equal(trigger(m.idev, 0, 7, 0), 0);
	assert_int_equal(trigger(m.idev, 7, 7, 0), 0);
	assert_false(readable(qfd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_alloc),	      T(test_page_table),  T(test_read),	T(test_many),
		T(test_write),	      T(test_forget),	   T(test_trigger),	T(test_events_alloc),
		T(test_events_read),  T(test_events_lost), T(test_events_device), T(test_answer_refused),
		T(test_no_fds),	      T(test_events_cut),  T(test_cookies),	T(test_forget_pasid),
		T(test_read_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
