/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The floor: opens and reads what a command needs, and does nothing with it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

static const char *root;
static char buf[65536];

static void read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, buf, sizeof(buf)) < 0)
		die(path);
	close(fd);
}

/* Calls each, if there is one, with the path of every entry; a folder may be missing. */
static void read_dir(const char *path, void (*each)(const char *path))
{
	struct dirent *de;
	DIR *dir = opendir(path);

	while (dir && (de = readdir(dir))) {
		char below[PATH_MAX];

		if (de->d_name[0] == '.' || !each)
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, de->d_name) >= PATH_MAX)
			die(path);
		each(below);
	}
	if (dir)
		closedir(dir);
}

static void read_below(const char *dir, const char *name, void (*how)(const char *path))
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= PATH_MAX)
		die(dir);
	how(path);
}

static void read_names(const char *path)
{
	read_dir(path, NULL);
}

static void read_link(const char *path)
{
	if (readlink(path, buf, sizeof(buf)) < 0)
		die(path);
}

static void read_group(const char *path)
{
	read_below(path, "type", read_file);
	read_below(path, "devices", read_names);
	read_below(path, "reserved_regions", read_file);
}

static void read_members(const char *path)
{
	read_below(path, "devices", read_names);
}

static void read_device(const char *path)
{
	read_below(path, "uevent", read_file);
}


static void read_each(const char *path, void (*each)(const char *path))
{
	char full[PATH_MAX];

	if (snprintf(full, sizeof(full), "%s/%s", root, path) >= PATH_MAX)
		die(root);
	read_dir(full, each);
}

static void read_uses(void)
{
	static const char *const classes[] = {
		"vfio-dev", "net", "block", "nvme", "drm", "graphics", "infiniband", "sound", "tpm",
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		char path[64];

		snprintf(path, sizeof(path), "sys/class/%s", classes[i]);
		read_each(path, read_link);
	}
}

int main(int argc, char **argv)
{
	const char *what = argc == 3 ? argv[2] : "";

	root = argv[1];
	if (!strcmp(what, "reserved")) {
		read_each("sys/kernel/iommu_groups", read_group);
	} else if (!strcmp(what, "group")) {
		read_each("sys/kernel/iommu_groups", read_group);
		read_each("sys/bus/pci/devices", read_device);
		read_each("sys/class/vfio-dev", read_link);
	} else if (!strcmp(what, "device")) {
		read_each("sys/kernel/iommu_groups", read_members);
		read_each("sys/class/iommu", read_members);
		read_each("sys/bus/pci/devices", read_device);
		read_uses();
	} else {
		fprintf(stderr, "usage: read-host ROOT group|reserved|device\n");
		return 2;
	}
	return 0;
}
