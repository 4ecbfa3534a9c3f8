/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running kernel, its modules and configuration, and containers. */
#include "system.h"

#include <dirent.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "iommuctl/host.h"

void iom_system_release(const char *root, char *buf, size_t len)
{
	struct utsname u;

	if (iom_read_file(root, "/proc/sys/kernel/osrelease", buf, len) > 0)
		return;
	/* Another root is another machine: ours says nothing about it. */
	if (root && root[0])
		buf[0] = '\0';
	else
		snprintf(buf, len, "%s", uname(&u) ? "" : u.release);
}

static FILE *open_below(const char *root, const char *fmt, const char *release, const char *name)
{
	char tail[256];
	int n = snprintf(tail, sizeof(tail), fmt, release, name);

	return n < 0 || (size_t)n >= sizeof(tail) ? NULL : iom_open_lines(root, tail);
}

bool iom_system_module(const char *root, const char *release, const char *list, const char *module)
{
	_iom_free_ char *line = NULL;
	size_t cap = 0, len = strlen(module);
	bool found = false;
	FILE *f;

	if (!release[0])
		return false;
	f = open_below(root, "/lib/modules/%s/%s", release, list);
	while (f && !found && getline(&line, &cap, f) > 0) {
		const char *base;

		/* "kernel/drivers/iommu/iommufd/iommufd.ko.xz: ..." */
		line[strcspn(line, ": \n")] = '\0';
		base = strrchr(line, '/');
		base = base ? base + 1 : line;
		found = !strncmp(base, module, len) && !strncmp(base + len, ".ko", 3);
	}
	if (f)
		fclose(f);
	return found;
}

enum iom_tri iom_system_misc(const char *root, const char *name)
{
	char text[8192], *save = NULL;

	if (iom_read_file(root, "/proc/misc", text, sizeof(text)) < 0)
		return IOM_UNKNOWN;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *space = strrchr(line, ' ');

		if (space && !strcmp(space + 1, name))
			return IOM_YES;
	}
	return IOM_NO;
}

enum iom_tri iom_system_has_iommu(const char *root)
{
	enum iom_tri has = IOM_NO;
	char path[PATH_MAX];
	struct dirent *de;
	DIR *dir;

	if (iom_path(root, path, sizeof(path), "/sys/class/iommu"))
		return IOM_UNKNOWN;
	dir = opendir(path);
	if (!dir)
		return IOM_UNKNOWN;
	while ((de = readdir(dir)))
		if (de->d_name[0] != '.')
			has = IOM_YES;
	closedir(dir);
	return has;
}

bool iom_system_exists(const char *root, const char *fmt, ...)
{
	char tail[256], path[PATH_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(tail, sizeof(tail), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(tail) || iom_path(root, path, sizeof(path), "%s", tail))
		return false;
	return !access(path, F_OK);
}

const char *iom_system_container(const char *root)
{
	static const char *const marks[] = { "/run/.containerenv", "/.dockerenv" };
	static const char *const words[] = { "docker", "kubepods", "libpod", "containerd", "/lxc" };
	char text[8192];
	long n;

	for (size_t i = 0; i < IOM_ARRAY_SIZE(marks); i++)
		if (iom_system_exists(root, "%s", marks[i]))
			return marks[i];
	/* Variables end with NUL bytes; each is a string of its own. */
	n = iom_read_file(root, "/proc/1/environ", text, sizeof(text));
	for (long i = 0; i < n; i += (long)strlen(text + i) + 1)
		if (!strncmp(text + i, "container=", 10))
			return "/proc/1/environ";
	if (iom_read_file(root, "/proc/1/cgroup", text, sizeof(text)) < 0)
		return NULL;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(words); i++)
		if (strstr(text, words[i]))
			return "/proc/1/cgroup";
	return NULL;
}
