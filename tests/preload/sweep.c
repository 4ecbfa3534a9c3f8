/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that closes all fds but its own, or takes their numbers: nothing that it uses breaks. */
#include <poll.h>

#include "calls.h"

#define IOVA ((uint64_t)IOM_MOCK_APERTURE_START)
#define MOST 1024

/* A context with all that an emulator has to have an fd for: a queue, and memory of a file. */
struct machine {
	int fd, queue, access;
	uint32_t dev;
};

static void make(struct machine *m)
{
	struct iom_fault_alloc q = { .size = sizeof(q) };
	struct iom_ioas_map_file f = { .size = sizeof(f),
				       .flags = IOM_IOAS_MAP_FIXED_IOVA | IOM_IOAS_MAP_READABLE |
						IOM_IOAS_MAP_WRITEABLE,
				       .length = PAGE,
				       .iova = IOVA };
	int file = memfd_create("memory", MFD_CLOEXEC);
	uint32_t stdev, hwpt;

	CHECK(file >= 0 && ftruncate(file, PAGE) == 0);
	m->fd = open_iommu();
	f.ioas_id = ioas_alloc(m->fd);
	f.fd = file;
	CHECK(!ioctl(m->fd, IOM_NR_IOAS_MAP_FILE, &f) && !close(file));
	stdev = mock_device(m->fd, f.ioas_id, &m->dev);
	m->access = access_create(m->fd, f.ioas_id);
	CHECK(!ioctl(m->fd, IOM_NR_FAULT_QUEUE_ALLOC, &q));
	m->queue = (int)q.out_fault_fd;
	hwpt = hwpt_alloc(m->fd, m->dev, f.ioas_id, IOM_HWPT_FAULT_ID_VALID, q.out_fault_id);
	attach(m->fd, stdev, hwpt);
}

static bool is_of(const struct machine *m, int fd)
{
	return fd == m->fd || fd == m->queue || fd == m->access;
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

static void works(const struct machine *m)
{
	struct iom_test_cmd c = { .trigger_iopf = { .dev_id = m->dev, .grpid = 1, .perm = 1 } };
	struct iom_hwpt_pgfault record;
	char bytes[4];

	CHECK(!access_rw(m->fd, m->access, IOVA, "dma", 4, IOM_MOCK_ACCESS_RW_WRITE));
	CHECK(!access_rw(m->fd, m->access, IOVA, bytes, 4, 0) && !strcmp(bytes, "dma"));
	CHECK(!is_readable(m->queue));
	CHECK(!test_cmd(m->fd, &c, IOM_TEST_OP_TRIGGER_IOPF, 0) && is_readable(m->queue));
	CHECK(read(m->queue, &record, sizeof(record)) > 0 && !is_readable(m->queue));
}

static int count(void)
{
	int n = 0;

	for (int fd = 0; fd < MOST; fd++) {
		struct stat st;
		bool open = fcntl(fd, F_GETFD) >= 0;

		CHECK(open == !fstat(fd, &st));
		n += open;
	}
	return n;
}

static void close_all(const struct machine *m, bool ranges)
{
	for (int fd = 3; fd < MOST; fd++) {
		if (is_of(m, fd))
			continue;
		if (ranges)
			CHECK(!close_range((unsigned int)fd, (unsigned int)fd, 0));
		else if (close(fd))
			CHECK(errno == EBADF);
	}
	CHECK(!close_range(MOST, ~0U, 0));
}

static void take_all(const struct machine *m, int null)
{
	for (int fd = 3; fd < MOST; fd++)
		if (!is_of(m, fd))
			CHECK(dup2(null, fd) == fd);
}

int main(void)
{
	struct machine m;
	int before = count(), null;
	pid_t child;

	make(&m);
	CHECK(count() == before + 3);
	works(&m);
	close_all(&m, false);
	works(&m);
	close_all(&m, true);
	works(&m);
	/* a child takes all numbers, and its parent is not harmed */
	null = open("/dev/null", O_RDWR);
	child = fork();
	if (!child) {
		take_all(&m, null);
		works(&m);
		closefrom(3);
		_exit(0);
	}
	wait_for(child);
	works(&m);
	take_all(&m, null);
	works(&m);
	REFUSED(EBADF, dup2(-1, 600));
	for (int fd = 3; fd < MOST; fd++)
		if (!is_of(&m, fd))
			CHECK(!ioctl(fd, FIOCLEX) && !close(fd));
	works(&m);
	child = fork();
	if (!child) {
		works(&m);
		_exit(0);
	}
	wait_for(child);
	closefrom(3);
	REFUSED(EBADF, ioctl(m.fd, IOM_NR_IOAS_ALLOC, NULL));
	make(&m);
	works(&m);
	return 0;
}
