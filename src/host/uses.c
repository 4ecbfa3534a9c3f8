/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lives on a device: network interfaces, disks, displays, VFIO nodes. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"

/* The nodes of VFIO first: whether user space can have a group takes no more. */
static const char *const classes[] = {
	"vfio-dev", "net", "block", "nvme", "drm", "graphics", "infiniband", "sound", "tpm",
};

/*
 * The device that a class entry sits on: the last part of "../../devices/pci0000:00/0000:00:1f.2/
 * ata1/.../block/sda" that is the name of one. The target is changed in place.
 */
static struct iom_host_dev *owner_of(const struct iom_host *h, char *target)
{
	for (char *slash; (slash = strrchr(target, '/')); *slash = '\0') {
		struct iom_host_dev *d = iom_host_dev_find(h, slash + 1);

		if (d)
			return d;
	}
	return iom_host_dev_find(h, target);
}

/* Partitions and connectors are parts of what is listed anyway. */
static bool is_part(const struct host_at *at, const char *kind, const char *name)
{
	char path[HOST_PATH], text[16];

	if (!strcmp(kind, "drm"))
		return strchr(name, '-');
	if (!strcmp(kind, "sound"))
		return strncmp(name, "card", 4);
	if (strcmp(kind, "block"))
		return false;
	snprintf(path, sizeof(path), "%.255s/partition", name);
	return host_at_file(at, path, text, sizeof(text)) >= 0;
}

static int add_use(struct iom_host_dev *d, const char *kind, const char *name)
{
	if (iom_grow(&d->uses, d->n_uses, &d->cap_uses, sizeof(*d->uses)))
		return -ENOMEM;
	d->uses[d->n_uses].kind = kind;
	d->uses[d->n_uses].name = strdup(name);
	if (!d->uses[d->n_uses].name)
		return -ENOMEM;
	d->n_uses++;
	return 0;
}

/* A disk of several NVMe controllers is below none of them: they are in its subsystem. */
static int add_to_subsystem(struct iom_host *h, const char *kind, const char *name, char *subsystem)
{
	struct iom_names names = { 0 };
	char dir[HOST_DIR], path[HOST_PATH], target[PATH_MAX];
	int rc;

	subsystem[strcspn(subsystem, "/")] = '\0';
	snprintf(dir, sizeof(dir), "/sys/class/nvme-subsystem/%.200s", subsystem);
	rc = iom_list_dir(h->root, dir, &names);
	if (rc)
		return rc == -ENOMEM ? rc : 0;
	for (size_t i = 0; i < names.n && !rc; i++) {
		struct iom_host_dev *d;

		snprintf(path, sizeof(path), "%s/%.200s", dir, names.v[i]);
		if (strncmp(names.v[i], "nvme", 4) ||
		    iom_read_link(h->root, path, target, sizeof(target)) < 0)
			continue;
		d = owner_of(h, target);
		if (d)
			rc = add_use(d, kind, name);
	}
	iom_names_free(&names);
	return rc;
}

/* at: the folder of the class */
static int take_entry(struct iom_host *h, const struct host_at *at, const char *kind,
		      const char *name)
{
	char target[PATH_MAX], *subsystem;
	struct iom_host_dev *d;

	if (host_at_link(at, name, target, sizeof(target)) < 0 || is_part(at, kind, name))
		return 0;
	subsystem = strstr(target, "/nvme-subsys");
	subsystem = subsystem ? subsystem + 1 : NULL;
	if (subsystem && !strncmp(subsystem, "nvme-subsystem/", 15))
		subsystem += 15;
	if (subsystem && !strcmp(kind, "block"))
		return add_to_subsystem(h, kind, name, subsystem);
	d = owner_of(h, target);
	return d ? add_use(d, kind, name) : 0;
}

static int read_class(struct iom_host *h, const char *kind)
{
	struct iom_names names = { 0 };
	char path[64];
	struct host_at at;
	int rc;

	snprintf(path, sizeof(path), "/sys/class/%s", kind);
	rc = host_at_open(&at, h->root, path);
	if (!rc)
		rc = host_at_list(&at, "", &names);
	if (rc)
		rc = rc == -ENOMEM ? rc : 0;
	for (size_t i = 0; i < names.n && !rc; i++)
		rc = take_entry(h, &at, kind, names.v[i]);
	iom_names_free(&names);
	host_at_close(&at);
	return rc;
}

int host_read_uses(struct iom_host *h, unsigned int what)
{
	size_t n = what & IOM_HOST_USES ? IOM_ARRAY_SIZE(classes) : 1;
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++)
		rc = read_class(h, classes[i]);
	return rc;
}
