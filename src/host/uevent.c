/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel tells about devices as it happens: kobject uevents and its log. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "host/host.h"

#define KERNEL_GROUP 1	  /* multicast group of the kernel itself; 2 is udev's */
#define MESSAGE_MAX  8192 /* bytes; the kernel stops at 2048 of variables */

struct iom_live {
	struct mnl_socket *events;
	int log; /* -1: may not be read */
};

struct iom_live *iom_live_open(bool log, int *rc)
{
	struct iom_live *l = calloc(1, sizeof(*l));

	*rc = -ENOMEM;
	if (!l)
		return NULL;
	l->log = -1;
	l->events = mnl_socket_open2(NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!l->events || mnl_socket_bind(l->events, KERNEL_GROUP, MNL_SOCKET_AUTOPID) < 0) {
		*rc = -errno;
		iom_live_free(l);
		return NULL;
	}
	if (log)
		l->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	/* What was logged before is no news. */
	if (l->log >= 0 && lseek(l->log, 0, SEEK_END) < 0) {
		close(l->log);
		l->log = -1;
	}
	*rc = 0;
	return l;
}

void iom_live_free(struct iom_live *l)
{
	if (!l)
		return;
	if (l->events)
		mnl_socket_close(l->events);
	if (l->log >= 0)
		close(l->log);
	free(l);
}

int iom_live_event_fd(const struct iom_live *l)
{
	return mnl_socket_get_fd(l->events);
}

int iom_live_log_fd(const struct iom_live *l)
{
	return l->log;
}

static void keep(char *dst, size_t len, const char *value)
{
	snprintf(dst, len, "%.*s", (int)len - 1, value);
}

bool iom_host_event_parse(const char *msg, size_t len, struct iom_host_event *e)
{
	const char *at, *slash;

	*e = (struct iom_host_event){ 0 };
	if (!len || msg[len - 1])
		return false;
	/* "ACTION@PATH" is the first of its texts */
	at = strchr(msg, '@');
	if (!at || at == msg)
		return false;
	snprintf(e->action, sizeof(e->action), "%.*s", (int)(at - msg < 31 ? at - msg : 31), msg);
	for (const char *p = msg; p < msg + len; p += strlen(p) + 1) {
		if (!strncmp(p, "SUBSYSTEM=", 10))
			keep(e->subsystem, sizeof(e->subsystem), p + 10);
		else if (!strncmp(p, "DRIVER=", 7))
			keep(e->driver, sizeof(e->driver), p + 7);
		else if (!strncmp(p, "DEVPATH=", 8))
			keep(e->path, sizeof(e->path), p + 8);
	}
	slash = strrchr(e->path, '/');
	if (!slash)
		return false;
	keep(e->name, sizeof(e->name), slash + 1);
	return true;
}

int iom_live_event(struct iom_live *l, struct iom_host_event *e)
{
	char msg[MESSAGE_MAX];
	ssize_t n;

	do {
		n = mnl_socket_recvfrom(l->events, msg, sizeof(msg));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		/* udev's own messages begin with "libudev" and come to another group */
	} while (n < 0 || !iom_host_event_parse(msg, (size_t)n, e));
	return 1;
}

int iom_live_log(struct iom_live *l, char *line, size_t len)
{
	char record[MESSAGE_MAX], *text;
	unsigned int priority;
	ssize_t n;

	do {
		n = read(l->log, record, sizeof(record) - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		record[n] = '\0';
		/*
		 * The level and eight times who wrote it: 0 the kernel. What a program wrote is no
		 * event.
		 */
	} while (n <= 0 || (sscanf(record, "%u,", &priority) == 1 && priority >> 3));
	/* "6,1234,5678,-;text" and lines of details behind it */
	text = strchr(record, ';');
	text = text ? text + 1 : record;
	text[strcspn(text, "\n")] = '\0';
	snprintf(line, len, "%.*s", (int)len - 1, text);
	return 1;
}
