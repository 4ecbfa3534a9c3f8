/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Event queues through read, write, poll and epoll; the pages of a virtual IOMMU through mmap. */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/uio.h>

#include "calls.h"

static short ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	CHECK(poll(&p, 1, 0) >= 0);
	return p.revents;
}

static bool selects(int fd)
{
	struct timeval none = { 0 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, &set, NULL, NULL, &none) == 1;
}

static bool wakes(int watch)
{
	struct epoll_event event;

	return epoll_wait(watch, &event, 1, 0) == 1;
}

static int watch_for(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int watch = epoll_create1(EPOLL_CLOEXEC);

	CHECK(watch >= 0 && !epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event));
	return watch;
}

static void page_requests(int fd)
{
	struct iom_fault_alloc q = { .size = sizeof(q) };
	struct iom_test_cmd c = { .trigger_iopf = { .grpid = 7, .perm = 1, .addr = 0x5000 } };
	struct iom_hwpt_pgfault got[2];
	struct iom_hwpt_page_response answer = { 0 };
	uint32_t ioas = ioas_alloc(fd), idev, stdev = mock_device(fd, ioas, &idev);
	struct iovec iov[2] = { { &got[0], sizeof(got[0]) }, { &got[1], sizeof(got[1]) } };
	void *volatile nowhere = (void *)16;
	int queue, watch;

	CHECK(!ioctl(fd, IOM_NR_FAULT_QUEUE_ALLOC, &q));
	queue = (int)q.out_fault_fd;
	CHECK(fcntl(queue, F_GETFD) == FD_CLOEXEC);
	watch = watch_for(queue);
	attach(fd, stdev, hwpt_alloc(fd, idev, ioas, IOM_HWPT_FAULT_ID_VALID, q.out_fault_id));
	CHECK(ready(queue) == POLLOUT && !selects(queue) && !wakes(watch));
	CHECK(read(queue, got, sizeof(got[0])) == 0);
	c.trigger_iopf.dev_id = idev;
	CHECK(!test_cmd(fd, &c, IOM_TEST_OP_TRIGGER_IOPF, 0));
	CHECK(ready(queue) == (POLLIN | POLLOUT) && selects(queue) && wakes(watch));
	CHECK(!test_cmd(fd, &c, IOM_TEST_OP_TRIGGER_IOPF, 0));
	REFUSED(ESPIPE, read(queue, got, 1));
	REFUSED(EFAULT, read(queue, nowhere, sizeof(got[0])));
	CHECK(readv(queue, iov, 2) == sizeof(got));
	CHECK(got[1].dev_id == idev && got[1].grpid == 7 && got[1].addr == 0x5000);
	CHECK(ready(queue) == POLLOUT && !selects(queue) && !wakes(watch));
	answer.cookie = got[0].cookie;
	CHECK(write(queue, &answer, sizeof(answer)) == sizeof(answer));
	REFUSED(EINVAL, write(queue, &answer, sizeof(answer)));
	REFUSED(ESPIPE, pread(queue, got, sizeof(got[0]), 0));
	REFUSED(ESPIPE, lseek(queue, 0, SEEK_SET));
	REFUSED(ENOTTY, ioctl(queue, IOM_NR_IOAS_ALLOC, &q));
	REFUSED(EBUSY, destroy(fd, q.out_fault_id));
	CHECK(!close(watch) && !close(queue));
}

static uint32_t nested_alloc(int fd, uint32_t dev, uint32_t viommu)
{
	struct iom_hwpt_selftest data = { 0 };
	struct iom_hwpt_alloc c = { .size = sizeof(c), .dev_id = dev, .pt_id = viommu,
				    .data_type = IOM_HWPT_DATA_SELFTEST, .data_len = sizeof(data),
				    .data_uptr = (uintptr_t)&data };

	CHECK(!ioctl(fd, IOM_NR_HWPT_ALLOC, &c));
	return c.out_hwpt_id;
}

static void events(int fd)
{
	struct iom_veventq_alloc q = { .size = sizeof(q), .type = IOM_VEVENTQ_TYPE_SELFTEST,
				       .veventq_depth = 2 };
	struct iom_viommu_selftest data = { .in_data = 0xbeef };
	struct iom_viommu_alloc v = { .size = sizeof(v), .type = IOM_VIOMMU_TYPE_SELFTEST,
				      .data_len = sizeof(data), .data_uptr = (uintptr_t)&data };
	struct iom_vdevice_alloc d = { .size = sizeof(d), .virt_id = 9 };
	struct iom_test_cmd c = { 0 };
	uint32_t ioas = ioas_alloc(fd), idev, stdev = mock_device(fd, ioas, &idev), *page;
	unsigned char record[64];
	int queue, watch;
	off_t at;

	v.dev_id = d.dev_id = c.trigger_vevent.dev_id = idev;
	v.hwpt_id = hwpt_alloc(fd, idev, ioas, IOM_HWPT_ALLOC_NEST_PARENT, 0);
	CHECK(!ioctl(fd, IOM_NR_VIOMMU_ALLOC, &v));
	q.viommu_id = d.viommu_id = v.out_viommu_id;
	CHECK(!ioctl(fd, IOM_NR_VDEVICE_ALLOC, &d));
	CHECK(!ioctl(fd, IOM_NR_VEVENTQ_ALLOC, &q));
	attach(fd, stdev, nested_alloc(fd, idev, v.out_viommu_id));
	queue = (int)q.out_veventq_fd;
	watch = watch_for(queue);
	CHECK(ready(queue) == 0 && !wakes(watch));
	CHECK(!test_cmd(fd, &c, IOM_TEST_OP_TRIGGER_VEVENT, 0));
	CHECK(ready(queue) == POLLIN && wakes(watch) && selects(queue));
	REFUSED(EINVAL, write(queue, record, sizeof(record)));
	CHECK(read(queue, record, sizeof(record)) == 12);
	CHECK(ready(queue) == 0 && !wakes(watch));
	CHECK(!close(watch) && !close(queue));

	at = (off_t)data.out_mmap_offset;
	REFUSED(ENXIO, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, at));
	REFUSED(EPERM, mmap(NULL, data.out_mmap_length, PROT_READ | PROT_EXEC, MAP_SHARED, fd, at));
	page = mmap(NULL, data.out_mmap_length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at);
	CHECK(page != MAP_FAILED && *page == 0xbeef && page[PAGE / 4] == 0);
	*page = 1;
	/* the vIOMMU stays as long as a page of it is mapped */
	REFUSED(EBUSY, destroy(fd, v.out_viommu_id));
	CHECK(!munmap(page, PAGE));
	page[PAGE / 4] = 2;
	CHECK(!munmap((char *)page + PAGE, PAGE));
	page = mmap(NULL, data.out_mmap_length, PROT_READ, MAP_SHARED, fd, at);
	CHECK(page != MAP_FAILED && page[0] == 1 && page[PAGE / 4] == 2);
	CHECK(!munmap(page, data.out_mmap_length));
}

int main(void)
{
	int fd = open_iommu();

	page_requests(fd);
	events(fd);
	CHECK(!close(fd));
	return 0;
}
