/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices: PCI ones, and those of other buses that are in an IOMMU group. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"

#define PCI_DIR	   "/sys/bus/pci/devices"
#define GROUPS_DIR "/sys/kernel/iommu_groups"
#define UEVENT_MAX 4096 /* bytes; the kernel stops at a page */

/* One to max hex digits up to a character that ends them. NULL: something else stands there. */
static const char *parse_hex(const char *s, int max, char end, uint32_t *v)
{
	uint32_t got = 0;
	int n = 0;

	for (; n < max && isxdigit((unsigned char)s[n]); n++)
		got = got << 4 | (uint32_t)(s[n] <= '9' ? s[n] - '0' : (s[n] | 0x20) - 'a' + 10);
	if (!n || s[n] != end)
		return NULL;
	*v = got;
	return s + n + 1;
}

/* "8086:10D3" */
static bool parse_pair(const char *s, uint16_t *a, uint16_t *b)
{
	uint32_t x, y;

	s = parse_hex(s, 4, ':', &x);
	if (!s || !parse_hex(s, 4, '\0', &y))
		return false;
	*a = (uint16_t)x;
	*b = (uint16_t)y;
	return true;
}

/* One line of the file in which the kernel describes a device to udev. */
static int take_line(struct iom_host_dev *d, const char *line)
{
	if (!strncmp(line, "DRIVER=", 7)) {
		free(d->driver);
		d->driver = strdup(line + 7);
		return d->driver ? 0 : -ENOMEM;
	}
	if (!strncmp(line, "PCI_ID=", 7))
		d->has_ids = parse_pair(line + 7, &d->vendor, &d->device);
	else if (!strncmp(line, "PCI_SUBSYS_ID=", 14))
		parse_pair(line + 14, &d->subvendor, &d->subdevice);
	else if (!strncmp(line, "PCI_CLASS=", 10))
		parse_hex(line + 10, 6, '\0', &d->class_code);
	return 0;
}

/* dir: its folder there. -ENOENT: the device is gone. */
static int read_uevent(const struct host_at *at, const char *dir, struct iom_host_dev *d)
{
	char path[HOST_PATH], text[UEVENT_MAX], *save = NULL;
	long got;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/uevent", dir);
	got = host_at_file(at, path, text, sizeof(text));
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
	free(h->slots);
	h->devs = NULL;
	h->slots = NULL;
	h->n_devs = 0;
}

/*
 * Reads a device and adds it, unless it is gone. PCI devices are in at itself, others in the
 * folder of their group there, and their subsystem link says what they are.
 */
static int add_dev(struct iom_host *h, size_t *cap, const struct host_at *at, const char *name,
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
	if (group < 0)
		snprintf(dir, sizeof(dir), "%s", name);
	else
		snprintf(dir, sizeof(dir), "%lld/devices/%s", (long long)group, name);
	rc = read_uevent(at, dir, &d);
	if (rc) {
		free_dev(&d);
		return rc == -ENOENT ? 0 : rc;
	}
	if (group < 0) {
		strcpy(d.bus, "pci");
	} else {
		snprintf(link, sizeof(link), "%s/subsystem", dir);
		if (!host_at_link_name(at, link, d.bus, sizeof(d.bus)))
			d.bus[0] = '\0';
	}
	h->devs[h->n_devs++] = d;
	return 0;
}

static int compare_devs(const void *a, const void *b)
{
	const struct iom_host_dev *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* FNV-1a, 64 bits */
static size_t hash_of(const char *name)
{
	uint64_t v = 0xcbf29ce484222325;

	for (; *name; name++)
		v = (v ^ (unsigned char)*name) * 0x100000001b3;
	return (size_t)(v ^ v >> 32);
}

/* Of devices with the same name the first in the list is found: a PCI one. */
static int hash_devs(struct iom_host *h)
{
	size_t n = 16;

	while (n < 2 * h->n_devs)
		n *= 2;
	free(h->slots);
	h->n_slots = n;
	h->slots = h->n_devs < UINT32_MAX ? calloc(n, sizeof(*h->slots)) : NULL;
	if (!h->slots)
		return -ENOMEM;
	for (size_t i = 0; i < h->n_devs; i++) {
		size_t at = hash_of(h->devs[i].name) & (n - 1);

		while (h->slots[at])
			at = (at + 1) & (n - 1);
		h->slots[at] = (uint32_t)i + 1;
	}
	return 0;
}

struct iom_host_dev *iom_host_dev_find(const struct iom_host *h, const char *name)
{
	size_t at;

	if (!h->slots)
		return NULL;
	at = hash_of(name) & (h->n_slots - 1);
	for (; h->slots[at]; at = (at + 1) & (h->n_slots - 1)) {
		struct iom_host_dev *d = &h->devs[h->slots[at] - 1];

		if (!strcmp(d->name, name))
			return d;
	}
	return NULL;
}

/* Tells the devices their groups; what is in a group and not on the PCI bus joins the list. */
static int take_groups(struct iom_host *h, size_t *cap)
{
	size_t n_pci = h->n_devs;
	struct host_at at;
	int rc = hash_devs(h);

	if (host_at_open(&at, h->root, GROUPS_DIR))
		return rc;
	for (size_t i = 0; i < h->n_groups; i++) {
		for (char **name = h->groups[i].devices; *name && !rc; name++) {
			struct iom_host_dev *d = iom_host_dev_find(h, *name);

			if (d)
				d->group = h->groups[i].id;
			else
				rc = add_dev(h, cap, &at, *name, h->groups[i].id);
		}
	}
	host_at_close(&at);
	if (rc || h->n_devs == n_pci)
		return rc;
	qsort(h->devs + n_pci, h->n_devs - n_pci, sizeof(*h->devs), compare_devs);
	return hash_devs(h);
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

static int read_pci(struct iom_host *h, size_t *cap)
{
	struct iom_names names = { 0 };
	struct host_at at;
	int rc = host_at_open(&at, h->root, PCI_DIR);

	if (!rc)
		rc = host_at_list(&at, "", &names);
	if (rc == -ENOENT || rc == -ENOTDIR)
		rc = 0;
	for (size_t i = 0; i < names.n && !rc; i++)
		rc = add_dev(h, cap, &at, names.v[i], -1);
	iom_names_free(&names);
	host_at_close(&at);
	return rc;
}

int host_read_devices(struct iom_host *h)
{
	size_t cap = 0;
	int rc = read_pci(h, &cap);

	if (!rc)
		rc = take_groups(h, &cap);
	if (!rc)
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
