/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The VFIO side of a PCI device in sysfs: its character device, or why it has none. */
#include "iommuctl/host.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first entry of a folder that is not hidden; -ENOENT without one. */
static int only_entry(const char *path, char *name, size_t len)
{
	struct dirent *de;
	int rc = -ENOENT;
	DIR *dir = opendir(path);

	if (!dir)
		return -errno;
	while (rc && (de = readdir(dir)))
		if (de->d_name[0] != '.')
			rc = (size_t)snprintf(name, len, "%s", de->d_name) < len ? 0
										 : -ENAMETOOLONG;
	closedir(dir);
	return rc;
}

static void read_driver(const char *folder, char *driver, size_t len)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *base;
	ssize_t n;

	driver[0] = '\0';
	if (iom_path(folder, path, sizeof(path), "/driver"))
		return;
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return;
	target[n] = '\0';
	base = strrchr(target, '/');
	snprintf(driver, len, "%.*s", (int)len - 1, base ? base + 1 : target);
}

int iom_host_vfio_node(const char *root, const char *bdf, struct iom_host_vfio *v)
{
	char path[PATH_MAX], folder[PATH_MAX];
	struct stat st;
	int rc;

	memset(v, 0, sizeof(*v));
	rc = iom_path(root, path, sizeof(path), "/sys/bus/pci/devices/%s", bdf);
	if (rc)
		return rc;
	if (stat(path, &st))
		return -errno;
	v->present = true;
	read_driver(path, v->driver, sizeof(v->driver));
	rc = iom_path(path, folder, sizeof(folder), "/vfio-dev");
	return rc ? rc : only_entry(folder, v->node, sizeof(v->node));
}
