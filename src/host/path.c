/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths below one root, and reading small files of sysfs and procfs. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"
#include "host/tar.h"

#define SYSFS_PAGE 4096 /* bytes, the smallest that a kernel has */

static void (*observer)(enum iom_access kind, const char *path, void *arg);
static void *observer_arg;

void iom_host_observe(void (*cb)(enum iom_access kind, const char *path, void *arg), void *arg)
{
	observer = cb;
	observer_arg = arg;
}

static int paused;

void host_pause(bool on)
{
	paused += on ? 1 : -1;
}

bool host_is_observed(void)
{
	return observer && !paused;
}

void host_seen(enum iom_access kind, const char *path)
{
	if (observer && !paused)
		observer(kind, path, observer_arg);
}

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

/* 1 more than fits is asked for by callers that want to notice "too big". */
ssize_t host_read_all(int fd, void *buf, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, (char *)buf + got, len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

/*
 * sysfs hands out at least a page at a time, so what is shorter is the end of it; elsewhere only
 * the read that returns nothing tells.
 */
static ssize_t read_sysfs(int fd, char *buf, size_t len)
{
	ssize_t n, more;

	do
		n = read(fd, buf, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n < SYSFS_PAGE || (size_t)n == len)
		return n;
	more = host_read_all(fd, buf + n, len - (size_t)n);
	return more < 0 ? more : n + more;
}

/* Opens relative to a folder, or as fd says for an absolute path, and reads. */
static long read_at(int fd, const char *path, bool sysfs, void *buf, size_t len)
{
	/* A FIFO or a device in the way must not block the tool. */
	int file = openat(fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	long got;

	if (file < 0)
		return -errno;
	got = sysfs ? read_sysfs(file, buf, len) : host_read_all(file, buf, len);
	close(file);
	return got;
}

long iom_read_bytes(const char *root, const char *path, void *buf, size_t len)
{
	char full[PATH_MAX];
	int rc;

	rc = iom_path(root, full, sizeof(full), "%s", path);
	if (rc)
		return rc;
	host_seen(IOM_ACCESS_FILE, path);
	return read_at(AT_FDCWD, full, !strncmp(path, "/sys/", 5), buf, len);
}

/* Makes text of got bytes that were read with room for one more than may be there. */
static long as_text(char *buf, size_t len, long got)
{
	if (got < 0 || (size_t)got == len) {
		buf[0] = '\0';
		return got < 0 ? got : -EFBIG;
	}
	if (got && buf[got - 1] == '\n')
		got--;
	buf[got] = '\0';
	return got;
}

FILE *iom_open_lines(const char *root, const char *path)
{
	_iom_close_ int fd = -1;
	char full[PATH_MAX];
	struct stat st;
	FILE *f;
	int rc;

	rc = iom_path(root, full, sizeof(full), "%s", path);
	if (rc) {
		errno = -rc;
		return NULL;
	}
	host_seen(IOM_ACCESS_FILE, path);
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st))
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	f = fdopen(fd, "r");
	if (f)
		iom_take_fd(&fd);
	return f;
}

long iom_read_file(const char *root, const char *path, char *buf, size_t len)
{
	return len ? as_text(buf, len, iom_read_bytes(root, path, buf, len)) : -EFBIG;
}

int host_at_open(struct host_at *at, const char *root, const char *base)
{
	char full[PATH_MAX];
	int rc;

	*at = (struct host_at){ .root = root, .base = base, .fd = -1 };
	rc = iom_path(root, full, sizeof(full), "%s", base);
	if (rc)
		return rc;
	at->fd = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return at->fd < 0 ? -errno : 0;
}

void host_at_close(struct host_at *at)
{
	iom_close(&at->fd);
}

void host_at_seen(const struct host_at *at, enum iom_access kind, const char *name)
{
	char path[PATH_MAX];

	if (!host_is_observed())
		return;
	if (!iom_path(at->base, path, sizeof(path), "%s%s", *name ? "/" : "", name))
		host_seen(kind, path);
}

long host_at_file(const struct host_at *at, const char *name, char *buf, size_t len)
{
	host_at_seen(at, IOM_ACCESS_FILE, name);
	return as_text(buf, len, read_at(at->fd, name, !strncmp(at->base, "/sys/", 5), buf, len));
}
