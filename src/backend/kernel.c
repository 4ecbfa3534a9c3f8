/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel backend: the only place that calls ioctl(2), read(2) and write(2) on such files. */
#include "iommuctl/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int kernel_open(struct iom_backend *be, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	(void)be;
	return fd < 0 ? -errno : fd;
}

static int kernel_ioctl(struct iom_backend *be, int fd, uint32_t code, void *arg)
{
	int rc = ioctl(fd, code, arg);

	(void)be;
	return rc < 0 ? -errno : rc;
}

static ssize_t kernel_read(struct iom_backend *be, int fd, void *buf, size_t count)
{
	ssize_t n = read(fd, buf, count);

	(void)be;
	return n < 0 ? -errno : n;
}

static ssize_t kernel_pread(struct iom_backend *be, int fd, void *buf, size_t count,
			    uint64_t offset)
{
	ssize_t n = pread(fd, buf, count, (off_t)offset);

	(void)be;
	return n < 0 ? -errno : n;
}

static ssize_t kernel_write(struct iom_backend *be, int fd, const void *buf, size_t count)
{
	ssize_t n = write(fd, buf, count);

	(void)be;
	return n < 0 ? -errno : n;
}

static ssize_t kernel_pwrite(struct iom_backend *be, int fd, const void *buf, size_t count,
			     uint64_t offset)
{
	ssize_t n = pwrite(fd, buf, count, (off_t)offset);

	(void)be;
	return n < 0 ? -errno : n;
}

static int kernel_mmap(struct iom_backend *be, int fd, uint64_t offset, size_t length, int prot,
		       void **out)
{
	(void)be;
	*out = mmap(NULL, length, prot, MAP_SHARED, fd, (off_t)offset);
	return *out == MAP_FAILED ? -errno : 0;
}

static int kernel_munmap(struct iom_backend *be, void *addr, size_t length)
{
	(void)be;
	return munmap(addr, length) ? -errno : 0;
}

static int kernel_close(struct iom_backend *be, int fd)
{
	(void)be;
	/* The fd is gone even when close(2) was interrupted: only real failures count. */
	return close(fd) && errno != EINTR ? -errno : 0;
}

static void kernel_free(struct iom_backend *be)
{
	free(be);
}

struct iom_backend *iom_backend_kernel(void)
{
	struct iom_backend *be = calloc(1, sizeof(*be));

	if (!be)
		return NULL;
	*be = (struct iom_backend){
		.name = "kernel",
		.open = kernel_open,
		.ioctl = kernel_ioctl,
		.read = kernel_read,
		.write = kernel_write,
		.pread = kernel_pread,
		.pwrite = kernel_pwrite,
		.mmap = kernel_mmap,
		.munmap = kernel_munmap,
		.close = kernel_close,
		.free = kernel_free,
	};
	return be;
}
