/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binding a device to a driver: what has to be written where, and doing it in bounded time. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/host.h"

#define STATE_DIR "/run/iommuctl/bind"

static int add_step(struct iom_host_plan *p, const char *value, const char *fmt, ...)
	iom_printf(3, 4);

static int add_step(struct iom_host_plan *p, const char *value, const char *fmt, ...)
{
	struct iom_host_step *s;
	va_list ap;
	int n;

	if (p->n == IOM_ARRAY_SIZE(p->steps))
		return -ENOSPC;
	s = &p->steps[p->n];
	va_start(ap, fmt);
	n = vsnprintf(s->path, sizeof(s->path), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(s->path) || strlen(value) >= sizeof(s->value))
		return -ENAMETOOLONG;
	strcpy(s->value, value);
	p->n++;
	return 0;
}

static bool exists(const char *root, const char *path)
{
	char full[PATH_MAX];

	return !iom_path(root, full, sizeof(full), "%s", path) && !access(full, F_OK);
}

int iom_host_plan_bind(const char *root, const struct iom_host_dev *d, const char *driver,
		       const char *override, struct iom_host_plan *p)
{
	char dir[HOST_DIR], path[HOST_PATH];
	int rc = 0;

	*p = (struct iom_host_plan){ 0 };
	iom_host_dev_dir(d, dir, sizeof(dir));
	snprintf(path, sizeof(path), "/sys/bus/%s/drivers/%.64s", d->bus, driver);
	if (*driver && !exists(root, path))
		snprintf(p->module, sizeof(p->module), "%s", driver);
	if (override)
		rc = add_step(p, override, "%s/driver_override", dir);
	if (!rc && d->driver)
		rc = add_step(p, d->name, "%s/driver/unbind", dir);
	if (!rc && *driver)
		rc = add_step(p, d->name, "/sys/bus/%s/drivers_probe", d->bus);
	return rc;
}

static int write_now(const char *full, const char *value)
{
	_iom_close_ int fd = open(full, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = strlen(value);

	if (fd < 0)
		return errno;
	/* An empty write does nothing; a line end clears. */
	if (!len)
		return write(fd, "\n", 1) == 1 ? 0 : errno;
	return write(fd, value, len) == (ssize_t)len ? 0 : errno ? errno : EIO;
}

/* Waits for the child; a child that is still writing then is left to the kernel. */
static int wait_bounded(pid_t child, unsigned int ms)
{
	_iom_close_ int fd = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int status;

	while (fd >= 0 && poll(&p, 1, (int)ms) < 0)
		if (errno != EINTR)
			return -errno;
	if (fd >= 0 && !(p.revents & POLLIN)) {
		kill(child, SIGKILL);
		return -ETIMEDOUT;
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

int iom_host_do(const char *root, const struct iom_host_step *s, unsigned int ms)
{
	char full[PATH_MAX];
	pid_t child;
	int rc;

	rc = iom_path(root, full, sizeof(full), "%s", s->path);
	if (rc)
		return rc;
	/*
	 * A driver may never let go of a device that is in use, and nothing would end this process.
	 */
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		/* An inherited fd of the very device would make the kernel wait for ourselves. */
		if (close_range(3, ~0U, 0))
			_exit(errno & 0xff);
		_exit(write_now(full, s->value) & 0xff);
	}
	return wait_bounded(child, ms);
}

const char *iom_host_driver_now(const char *root, const struct iom_host_dev *d, char *buf,
				size_t len)
{
	char dir[HOST_DIR], path[HOST_PATH];

	snprintf(path, sizeof(path), "%s/driver", iom_host_dev_dir(d, dir, sizeof(dir)));
	return iom_link_name(root, path, buf, len) ? buf : NULL;
}

/* ---- what was there before ---- */

static void state_path(const struct iom_host_dev *d, char *buf, size_t len)
{
	snprintf(buf, len, STATE_DIR "/%s-%s", d->bus, d->name);
}

static int make_dirs(const char *root)
{
	static const char *const dirs[] = { "/run", "/run/iommuctl", STATE_DIR };

	for (size_t i = 0; i < IOM_ARRAY_SIZE(dirs); i++) {
		char full[PATH_MAX];
		int rc = iom_path(root, full, sizeof(full), "%s", dirs[i]);

		if (rc || (mkdir(full, 0755) && errno != EEXIST))
			return rc ? rc : -errno;
	}
	return 0;
}

int iom_host_remember(const char *root, const struct iom_host_dev *d, const char *override)
{
	char path[HOST_PATH], full[PATH_MAX];
	FILE *f;
	int rc;

	state_path(d, path, sizeof(path));
	/* What was there first is what restore is asked for. */
	if (exists(root, path))
		return 0;
	rc = make_dirs(root);
	if (!rc)
		rc = iom_path(root, full, sizeof(full), "%s", path);
	if (rc)
		return rc;
	f = fopen(full, "wxe");
	if (!f)
		return -errno;
	rc = fprintf(f, "%s\n%s\n", d->driver ? d->driver : "", override) < 0 ? -EIO : 0;
	if (fclose(f) && !rc)
		rc = -errno;
	return rc;
}

int iom_host_recall(const char *root, const struct iom_host_dev *d, struct iom_host_before *b)
{
	char path[HOST_PATH], text[2 * sizeof(b->driver)], *nl;

	state_path(d, path, sizeof(path));
	if (iom_read_file(root, path, text, sizeof(text)) < 0)
		return -ENOENT;
	nl = strchr(text, '\n');
	if (nl)
		*nl++ = '\0';
	snprintf(b->driver, sizeof(b->driver), "%.*s", (int)sizeof(b->driver) - 1, text);
	snprintf(b->override, sizeof(b->override), "%.*s", (int)sizeof(b->override) - 1,
		 nl ? nl : "");
	return 0;
}

int iom_host_forget(const char *root, const struct iom_host_dev *d)
{
	char path[HOST_PATH], full[PATH_MAX];
	int rc;

	state_path(d, path, sizeof(path));
	rc = iom_path(root, full, sizeof(full), "%s", path);
	return rc ? rc : unlink(full) ? -errno : 0;
}
