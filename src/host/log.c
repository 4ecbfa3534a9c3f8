/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel logged until now about IOMMUs. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"

#define RECORD_MAX 8192 /* bytes of a line of the log; the kernel's are shorter */

/* The log itself, and where distributions keep that of the boot. */
static const char *const files[] = { "/dev/kmsg", "/var/log/dmesg" };

static const char *const ours[] = {
	"DMAR", "AMD-Vi", "IVRS", "IORT", "VIOT", "RIMT", "RMRR", "iommu", "IOMMU", "smmu", "SMMU",
	"vfio", "VFIO", "remapping", "x2apic",
};
/* What others wrote may hold passwords: command lines, and what programs did. */
static const char *const not_ours[] = { "ommand line", "audit:", "iommuctl" };

static bool is_ours(const char *text)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(not_ours); i++)
		if (strstr(text, not_ours[i]))
			return false;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(ours); i++)
		if (strstr(text, ours[i]))
			return true;
	return false;
}

/*
 * The text of a line: "6,1234,5678,-;text" of the kernel itself, or "[    0.012345] text". NULL:
 * details of the line before, or what a program wrote into the log.
 */
static const char *text_of(const char *line)
{
	const char *text = strchr(line, ';'), *end;
	unsigned int priority;

	if (*line == '[') {
		end = strstr(line, "] ");
		return end ? end + 2 : NULL;
	}
	/* The priority is the level and eight times who wrote it: 0 the kernel. */
	if (*line == ' ' || !text || sscanf(line, "%u,", &priority) != 1 || priority >> 3)
		return NULL;
	return text + 1;
}

/* One record each time; a saved log is a file, whose lines end anywhere in what is read. */
static int read_lines(int fd, void (*cb)(const char *line, const char *text, void *arg), void *arg)
{
	char record[RECORD_MAX];
	size_t kept = 0;
	ssize_t n;

	while ((n = read(fd, record + kept, sizeof(record) - 1 - kept)) != 0) {
		char *line = record, *end;

		/* EPIPE: lines were lost before they were read; the next one is there. */
		if (n < 0 && (errno == EINTR || errno == EPIPE))
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		record[kept + (size_t)n] = '\0';
		for (; (end = strchr(line, '\n')); line = end + 1) {
			const char *text;

			*end = '\0';
			text = text_of(line);
			if (text)
				cb(line, text, arg);
		}
		kept = strlen(line);
		/* A line that does not fit, which no record has, is dropped. */
		if (kept == sizeof(record) - 1)
			kept = 0;
		memmove(record, line, kept);
	}
	return 0;
}

struct telling {
	void (*cb)(const char *text, void *arg);
	void *arg;
};

static void tell(const char *line, const char *text, void *arg)
{
	const struct telling *t = arg;

	(void)line;
	if (is_ours(text))
		t->cb(text, t->arg);
}

int iom_host_log(const char *root, void (*cb)(const char *text, void *arg), void *arg,
		 const char **file)
{
	struct telling t = { cb, arg };
	int first = 0;

	for (size_t i = 0; i < IOM_ARRAY_SIZE(files); i++) {
		_iom_close_ int fd = -1;
		char path[PATH_MAX];
		int rc = iom_path(root, path, sizeof(path), "%s", files[i]);

		if (!rc) {
			host_seen(IOM_ACCESS_FILE, files[i]);
			fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
			rc = fd < 0 ? -errno : read_lines(fd, tell, &t);
		}
		if (file)
			*file = files[rc ? 0 : i];
		if (!rc)
			return 0;
		/* What kept us from the log itself counts, not that there is no copy of it. */
		if (!i)
			first = rc;
	}
	return first;
}

struct keeping {
	char *buf;
	size_t len, used;
};

static void keep(const char *line, const char *text, void *arg)
{
	struct keeping *k = arg;
	size_t len = strlen(line);

	if (!is_ours(text) || len + 1 > k->len - k->used)
		return;
	memcpy(k->buf + k->used, line, len);
	k->buf[k->used + len] = '\n';
	k->used += len + 1;
}

ssize_t host_log_keep(int fd, char *buf, size_t len)
{
	struct keeping k = { .buf = buf, .len = len };
	int rc = read_lines(fd, keep, &k);

	return rc ? rc : (ssize_t)k.used;
}

bool host_log_is(const char *path)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(files); i++)
		if (!strcmp(path, files[i] + 1))
			return true;
	return false;
}
