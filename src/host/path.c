/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths below one root, and reading small files of sysfs and procfs. */
#include "iommuctl/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int iom_path(const char *root, char *buf, size_t len, const char *fmt, ...)
{
	size_t used = root ? strlen(root) : 0;
	va_list ap;
	int n;

	/* "/tmp/tree/" and "/" must not make a double slash, which shows up in messages. */
	while (used && root[used - 1] == '/')
		used--;
	if (used >= len)
		return -ENAMETOOLONG;
	if (used)
		memcpy(buf, root, used);
	va_start(ap, fmt);
	n = vsnprintf(buf + used, len - used, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= len - used)
		return -ENAMETOOLONG;
	return 0;
}

/* Fills at most len bytes; 1 more than fits is asked for by the caller to notice "too big". */
static long read_all(int fd, char *buf, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, buf + got, len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (long)got;
}

long iom_read_file(const char *root, const char *path, char *buf, size_t len)
{
	_iom_close_ int fd = -1;
	char full[PATH_MAX];
	long got;
	int rc;

	rc = iom_path(root, full, sizeof(full), "%s", path);
	if (rc)
		return rc;
	if (!len)
		return -EFBIG;
	/* A FIFO or a device in the way must not block the tool. */
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	got = read_all(fd, buf, len);
	if (got < 0) {
		buf[0] = '\0';
		return got;
	}
	if ((size_t)got == len) {
		buf[0] = '\0';
		return -EFBIG;
	}
	if (got && buf[got - 1] == '\n')
		got--;
	buf[got] = '\0';
	return got;
}
