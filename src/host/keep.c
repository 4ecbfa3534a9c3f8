/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a file goes into a snapshot, where the whole of it is nobody's business. */
#include <errno.h>
#include <fnmatch.h>
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
	return strstr(line, "/dev/vfio/") || strstr(line, "/dev/iommu") ||
	       strstr(line, "anon_inode:[");
}

/* Passwords are in the environment and the commands of units. */
static bool of_unit(const char *line)
{
	static const char *const keys[] = {
		"[", "LimitMEMLOCK", "DefaultLimitMEMLOCK", "CapabilityBoundingSet",
		"PrivateDevices",
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

/* Counters of a process change while nothing else does. */
static bool of_status(const char *line)
{
	static const char *const keys[] = { "Name:",  "Uid:",	 "VmLck:",
					    "VmPin:", "CapEff:", "CapBnd:" };

	for (size_t i = 0; i < IOM_ARRAY_SIZE(keys); i++)
		if (begins(line, keys[i]))
			return true;
	return false;
}

static bool of_process_limits(const char *line)
{
	return begins(line, "Max locked memory");
}

static bool of_fdinfo(const char *line)
{
	return begins(line, "vfio-device-syspath:");
}

/* The clock of a CPU is not what it was a moment ago. */
static bool of_cpuinfo(const char *line)
{
	return begins(line, "address sizes");
}

/* What is no disk is nobody's business: "36 35 8:2 / /home rw - ext4 /dev/sda2 rw". */
static bool of_mounts(const char *line)
{
	const char *tail = strstr(line, " - ");
	unsigned int major;

	return (tail && strstr(tail, " /dev/")) ||
	       (sscanf(line, "%*u %*u %u:", &major) == 1 && major);
}

/* NULL: all of its lines may be kept. */
static bool (*keeps(const char *path))(const char *line)
{
	static const struct {
		const char *pattern;
		bool (*keep)(const char *line);
	} some[] = {
		{ "proc/*/maps", of_maps },	      { "proc/*/status", of_status },
		{ "proc/*/limits", of_process_limits }, { "proc/*/fdinfo/*", of_fdinfo },
		{ "proc/*/mountinfo", of_mounts },    { "proc/cpuinfo", of_cpuinfo },
		{ "*/systemd/*", of_unit },	      { "etc/security/limits*", of_limits },
	};

	for (size_t i = 0; i < IOM_ARRAY_SIZE(some); i++)
		if (!fnmatch(some[i].pattern, path, 0))
			return some[i].keep;
	return NULL;
}

/*
 * " 32:      258    0  IR-PCI-MSIX-0000:00:05.0    1-edge      nvme0q1": without the counts, and of
 * devices only.
 */
static ssize_t keep_interrupts(char *buf)
{
	char *to = buf, *end;

	for (char *line = buf; *line; line = end) {
		char *word = line + strspn(line, " ");
		size_t digits = strspn(word, "0123456789");

		end = strchr(line, '\n');
		end = end ? end + 1 : line + strlen(line);
		if (!digits || word[digits] != ':')
			continue;
		memmove(to, word, digits + 1);
		to += digits + 1;
		word += digits + 1;
		/* A count is a number and nothing else. */
		do {
			word += strspn(word, " ");
			digits = strspn(word, "0123456789");
			word += digits;
		} while (digits && *word == ' ');
		word -= digits;
		*to++ = ' ';
		memmove(to, word, (size_t)(end - word));
		to += end - word;
	}
	return to - buf;
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
	if (!strcmp(path, "proc/interrupts"))
		return keep_interrupts(buf);
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
