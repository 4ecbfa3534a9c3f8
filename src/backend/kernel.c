/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel backend: the only place that calls ioctl(2) on iommufd and VFIO device files. */
#include "iommuctl/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
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
		.close = kernel_close,
		.free = kernel_free,
	};
	return be;
}
