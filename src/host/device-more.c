/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is worth a closer look at one device only: its own files, and PCI configuration space. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"

#define CONFIG_SIZE 4096 /* bytes of extended configuration space */
#define EXT_START   0x100

/* Extended capabilities, as PCI Express numbers them. */
enum { CAP_ATS = 0x0f, CAP_SRIOV = 0x10, CAP_PRI = 0x13, CAP_PASID = 0x1b };

static uint32_t le32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static unsigned int le16(const unsigned char *p)
{
	return p[0] | (unsigned int)p[1] << 8;
}

static void take_cap(struct iom_host_dev_more *m, unsigned int id, const unsigned char *cap)
{
	switch (id) {
	case CAP_ATS:
		m->ats = true;
		m->ats_on = le16(cap + 6) >> 15;
		break;
	case CAP_PRI:
		m->pri = true;
		m->pri_on = le16(cap + 4) & 1;
		break;
	case CAP_PASID:
		m->pasid = true;
		m->pasid_bits = le16(cap + 4) >> 8 & 31;
		m->pasid_on = le16(cap + 6) & 1;
		break;
	case CAP_SRIOV:
		m->sriov = true;
		break;
	default:
		break;
	}
}

/* The kernel shows the first 64 bytes only to those who may not read the rest. */
static void read_config(const char *root, const char *dir, struct iom_host_dev_more *m)
{
	unsigned char config[CONFIG_SIZE + 1];
	unsigned int at = EXT_START;
	char path[HOST_PATH];
	long got;

	snprintf(path, sizeof(path), "%s/config", dir);
	got = iom_read_bytes(root, path, config, sizeof(config));
	/* 256 bytes are all that a conventional device has */
	m->has_config = got >= EXT_START;
	/* Each has at least 8 bytes, so that a list that bites its tail ends as well. */
	for (int steps = 0; got == CONFIG_SIZE && steps < (CONFIG_SIZE - EXT_START) / 8; steps++) {
		uint32_t head;

		if (at < EXT_START || at > CONFIG_SIZE - 8 || at % 4)
			break;
		head = le32(config + at);
		if (!head || head == UINT32_MAX)
			break;
		take_cap(m, head & 0xffff, config + at);
		at = head >> 20;
	}
}

static int read_vfs(const char *root, const char *dir, struct iom_host_dev_more *m)
{
	for (int i = 0; i < m->num_vfs; i++) {
		char path[HOST_PATH], name[64];

		snprintf(path, sizeof(path), "%s/virtfn%d", dir, i);
		if (!iom_link_name(root, path, name, sizeof(name)))
			break;
		if (iom_names_add(&m->vfs, name))
			return -ENOMEM;
	}
	return 0;
}

int iom_host_dev_more(const char *root, const struct iom_host_dev *d, struct iom_host_dev_more *m)
{
	char dir[HOST_DIR], path[HOST_PATH];

	*m = (struct iom_host_dev_more){ .numa = -1, .num_vfs = -1, .total_vfs = -1 };
	iom_host_dev_dir(d, dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/driver_override", dir);
	/* The kernel writes "(null)" for none. */
	if (iom_read_file(root, path, m->override, sizeof(m->override)) < 0 ||
	    !strcmp(m->override, "(null)"))
		m->override[0] = '\0';
	if (!host_number(root, dir, "numa_node", &m->numa))
		m->numa = -1;
	if (strcmp(d->bus, "pci"))
		return 0;
	if (!host_number(root, dir, "sriov_totalvfs", &m->total_vfs) ||
	    !host_number(root, dir, "sriov_numvfs", &m->num_vfs))
		m->total_vfs = m->num_vfs = -1;
	snprintf(path, sizeof(path), "%s/physfn", dir);
	if (!iom_link_name(root, path, m->physfn, sizeof(m->physfn)))
		m->physfn[0] = '\0';
	read_config(root, dir, m);
	return read_vfs(root, dir, m);
}

void iom_host_dev_more_free(struct iom_host_dev_more *m)
{
	iom_names_free(&m->vfs);
}
