/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a file goes into a snapshot, where the whole of it is nobody's business. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* The libraries that a process has mapped say what it is; the rest is its own. */
static bool of_maps(const char *line)
{
	return strstr(line, "/dev/vfio/") || strstr(line, "/dev/iommu") || strstr(line, "anon_inode:[");
}

/* Passwords are in the environment and the commands of units. */
static bool of_unit(const char *line)
{
	static const char *const keys[] = {
		"[", "LimitMEMLOCK", "DefaultLimitMEMLOCK", "CapabilityBoundingSet", "PrivateDevices",
		"DevicePolicy", "DeviceAllow",
	};

	line += strspn(line, " \t");
	for (size_t i = 0; i < IOM_ARRAY_SIZE(keys); i++)
		if (begins(line, keys[i]))
			return true;
	return false;
}

static bool of_limits(const char *line)
{
	return *line != '#' && strstr(line, "memlock");
}

/* NULL: all of its lines may be kept. */
static bool (*keeps(const char *path))(const char *line)
{
	size_t len = strlen(path);

	if (begins(path, "proc/") && len > 5 && !strcmp(path + len - 5, "/maps"))
		return of_maps;
	if (strstr(path, "/systemd/"))
		return of_unit;
	if (begins(path, "etc/security/limits"))
		return of_limits;
	return NULL;
}

/* A command line may hold passwords; commands read these words of it only. */
static ssize_t keep_words(char *buf)
{
	struct iom_names words = { 0 };
	int rc = host_cmdline_words(buf, &words);
	ssize_t len = 0;

	/* Not longer than what it is taken from: words and the blanks between them. */
	for (size_t i = 0; i < words.n && !rc; i++)
		len += sprintf(buf + len, "%s%s", words.v[i], i + 1 < words.n ? " " : "");
	iom_names_free(&words);
	if (rc)
		return rc;
	buf[len++] = '\n';
	return len;
}

ssize_t host_keep(const char *path, char *buf, size_t len)
{
	bool (*keep)(const char *line) = keeps(path);
	char *to = buf, *end;

	buf[len] = '\0';
	if (!strcmp(path, "proc/cmdline"))
		return keep_words(buf);
	if (!keep)
		return (ssize_t)len;
	for (char *line = buf; *line; line = end + 1) {
		size_t n;

		end = strchr(line, '\n');
		if (!end)
			end = line + strlen(line) - 1;
		n = (size_t)(end + 1 - line);
		/* A copy of the line alone, so that what follows it does not speak for it. */
		_iom_free_ char *one = strndup(line, n);

		if (!one)
			return -ENOMEM;
		if (!keep(one))
			continue;
		memmove(to, line, n);
		to += n;
	}
	return to - buf;
}
