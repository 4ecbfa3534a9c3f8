/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices: PCI ones, and those of other buses that are in an IOMMU group. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"

#define PCI_DIR	   "/sys/bus/pci/devices"
#define UEVENT_MAX 4096 /* bytes; the kernel stops at a page */

/* "8086:10D3" */
static bool parse_pair(const char *s, uint16_t *a, uint16_t *b)
{
	unsigned int x, y;
	char end;

	if (sscanf(s, "%4x:%4x%c", &x, &y, &end) != 2)
		return false;
	*a = (uint16_t)x;
	*b = (uint16_t)y;
	return true;
}

/* One line of the file in which the kernel describes a device to udev. */
static int take_line(struct iom_host_dev *d, const char *line)
{
	unsigned int code;
	char end;

	if (!strncmp(line, "DRIVER=", 7)) {
		free(d->driver);
		d->driver = strdup(line + 7);
		return d->driver ? 0 : -ENOMEM;
	}
	if (!strncmp(line, "PCI_ID=", 7))
		d->has_ids = parse_pair(line + 7, &d->vendor, &d->device);
	else if (!strncmp(line, "PCI_SUBSYS_ID=", 14))
		parse_pair(line + 14, &d->subvendor, &d->subdevice);
	else if (!strncmp(line, "PCI_CLASS=", 10) && sscanf(line + 10, "%6x%c", &code, &end) == 1)
		d->class_code = code;
	return 0;
}

/* -ENOENT: the device is gone. */
static int read_uevent(const char *root, const char *dir, struct iom_host_dev *d)
{
	char path[HOST_PATH], text[UEVENT_MAX], *save = NULL;
	long got;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/uevent", dir);
	got = iom_read_file(root, path, text, sizeof(text));
	if (got == -ENOENT || got == -ENODEV || got == -ENXIO)
		return -ENOENT;
	if (got < 0)
		return 0;
	for (char *l = strtok_r(text, "\n", &save); l && !rc; l = strtok_r(NULL, "\n", &save))
		rc = take_line(d, l);
	return rc;
}

const char *iom_host_dev_dir(const struct iom_host_dev *d, char *buf, size_t len)
{
	if (!strcmp(d->bus, "pci"))
		snprintf(buf, len, PCI_DIR "/%s", d->name);
	else
		snprintf(buf, len, "/sys/kernel/iommu_groups/%lld/devices/%s", (long long)d->group,
			 d->name);
	return buf;
}

static void free_dev(struct iom_host_dev *d)
{
	for (size_t i = 0; i < d->n_uses; i++)
		free(d->uses[i].name);
	free(d->uses);
	free(d->name);
	free(d->driver);
}

void host_free_devices(struct iom_host *h)
{
	for (size_t i = 0; i < h->n_devs; i++)
		free_dev(&h->devs[i]);
	free(h->devs);
	h->devs = NULL;
	h->n_devs = 0;
}

/* Reads a device and adds it, unless it is gone. bus NULL: as its subsystem link says. */
static int add_dev(struct iom_host *h, size_t *cap, const char *name, const char *bus,
		   int64_t group)
{
	struct iom_host_dev d = { .group = group };
	char dir[HOST_DIR], link[HOST_PATH];
	int rc = iom_grow(&h->devs, h->n_devs, cap, sizeof(d));

	if (rc)
		return rc;
	d.name = strdup(name);
	if (!d.name)
		return -ENOMEM;
	if (bus)
		strcpy(d.bus, bus);
	iom_host_dev_dir(&d, dir, sizeof(dir));
	rc = read_uevent(h->root, dir, &d);
	if (rc) {
		free_dev(&d);
		return rc == -ENOENT ? 0 : rc;
	}
	if (!bus) {
		snprintf(link, sizeof(link), "%s/subsystem", dir);
		iom_link_name(h->root, link, d.bus, sizeof(d.bus));
	}
	h->devs[h->n_devs++] = d;
	return 0;
}

static int compare_devs(const void *a, const void *b)
{
	const struct iom_host_dev *x = a, *y = b;
	bool px = !strcmp(x->bus, "pci"), py = !strcmp(y->bus, "pci");

	return px != py ? py - px : strcmp(x->name, y->name);
}

static struct iom_host_dev *find_in(struct iom_host_dev *devs, size_t n, const char *name,
				    const char *bus)
{
	struct iom_host_dev key = { .name = (char *)name };

	strcpy(key.bus, bus);
	return n ? bsearch(&key, devs, n, sizeof(key), compare_devs) : NULL;
}

struct iom_host_dev *iom_host_dev_find(const struct iom_host *h, const char *name)
{
	struct iom_host_dev *d = find_in(h->devs, h->n_devs, name, "pci");

	return d ? d : find_in(h->devs, h->n_devs, name, "");
}

/* Tells the devices their groups; what is in a group and not on the PCI bus joins the list. */
static int take_groups(struct iom_host *h, size_t *cap)
{
	size_t n_pci = h->n_devs;
	int rc = 0;

	for (size_t i = 0; i < h->n_groups; i++) {
		for (char **name = h->groups[i].devices; *name && !rc; name++) {
			struct iom_host_dev *d = find_in(h->devs, n_pci, *name, "pci");

			if (d)
				d->group = h->groups[i].id;
			else
				rc = add_dev(h, cap, *name, NULL, h->groups[i].id);
		}
	}
	return rc;
}

static void take_iommus(struct iom_host *h)
{
	for (size_t i = 0; i < h->n_iommus; i++) {
		for (size_t k = 0; k < h->iommus[i].devices.n; k++) {
			struct iom_host_dev *d = iom_host_dev_find(h, h->iommus[i].devices.v[k]);

			if (d)
				d->iommu = h->iommus[i].name;
		}
	}
}

int host_read_devices(struct iom_host *h)
{
	struct iom_names names = { 0 };
	size_t cap = 0;
	int rc = iom_list_dir(h->root, PCI_DIR, &names);

	if (rc == -ENOENT || rc == -ENOTDIR)
		rc = 0;
	for (size_t i = 0; i < names.n && !rc; i++)
		rc = add_dev(h, &cap, names.v[i], "pci", -1);
	iom_names_free(&names);
	if (rc)
		return rc;
	rc = take_groups(h, &cap);
	if (h->n_devs)
		qsort(h->devs, h->n_devs, sizeof(*h->devs), compare_devs);
	take_iommus(h);
	return rc;
}

const char *iom_host_dev_use(const struct iom_host_dev *d, const char *kind)
{
	for (size_t i = 0; i < d->n_uses; i++)
		if (!strcmp(d->uses[i].kind, kind))
			return d->uses[i].name;
	return NULL;
}
