/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of `doctor` that look at the devices and groups that are to be handed to user space. */
#include "doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* x86: interrupts are written there, and no guest has memory at it. */
#define MSI_X86_FIRST 0xfee00000ULL
#define MSI_X86_LAST  0xfeefffffULL

void iom_check_no_group(struct iom_doctor *d)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_devs; i++) {
		const struct iom_host_dev *dev = &d->h->devs[i];

		if (iom_doctor_means(d, dev) && dev->group < 0)
			iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name,
				       "/sys/bus/pci/devices/%s has no iommu_group", dev->name);
	}
	iom_doctor_fine(d, n, d->only ? "its iommu_group is there"
				      : "no device with a VFIO driver is without an iommu_group");
}

void iom_check_driver(struct iom_doctor *d)
{
	const struct iom_host_dev *dev = d->only;

	if (!dev) {
		size_t count = 0;

		for (size_t i = 0; i < d->h->n_devs; i++)
			count += iom_member_of(&d->h->devs[i]) == IOM_MEMBER_VFIO;
		iom_doctor_say(d, IOM_VERDICT_OK, "", "%zu of %zu devices have a VFIO driver", count,
			       d->h->n_devs);
		return;
	}
	if (iom_member_of(dev) == IOM_MEMBER_VFIO) {
		iom_doctor_say(d, IOM_VERDICT_OK, dev->name, "it has driver %s", dev->driver);
		return;
	}
	if (iom_member_of(dev) == IOM_MEMBER_BRIDGE) {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name,
			       "it is a bridge, which is never handed out");
		iom_doctor_remedy(d, "name a device behind it; the bridge itself is in nobody's way");
		return;
	}
	iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name, "it has %s%s",
		       dev->driver ? "driver " : "no driver", dev->driver ? dev->driver : "");
	iom_doctor_remedy(d, "iommuctl device bind %s", dev->name);
}

void iom_check_override(struct iom_doctor *d)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_devs; i++) {
		const struct iom_host_dev *dev = &d->h->devs[i];
		struct iom_host_dev_more m;

		if (d->only && d->only != dev)
			continue;
		if (iom_host_dev_more(d->h->root, dev, &m))
			d->failed = true;
		else if (m.override[0] && strcmp(m.override, "(null)") &&
			 strcmp(m.override, dev->driver ? dev->driver : "")) {
			iom_doctor_say(d, IOM_VERDICT_WARNING, dev->name,
				       "driver_override is '%s' and %s%s is bound: no other driver "
				       "ever takes the device by itself",
				       m.override, dev->driver ? "" : "nothing",
				       dev->driver ? dev->driver : "");
			iom_doctor_remedy(d, "iommuctl device bind %s --driver %s; or echo "
					  ">/sys/bus/pci/devices/%s/driver_override to forget it",
					  dev->name, m.override, dev->name);
		}
		iom_host_dev_more_free(&m);
	}
	iom_doctor_fine(d, n, "driver_override is empty, or names the bound driver");
}

void iom_check_cdev(struct iom_doctor *d)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_devs; i++) {
		const struct iom_host_dev *dev = &d->h->devs[i];
		const char *node = iom_host_dev_use(dev, "vfio-dev");
		char path[1200], dir[1024], text[32];

		if (!iom_doctor_means(d, dev) || iom_member_of(dev) != IOM_MEMBER_VFIO)
			continue;
		iom_host_dev_dir(dev, dir, sizeof(dir));
		if (!node) {
			iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name,
				       "driver %s is bound and there is no %s/vfio-dev: the driver "
				       "did not register the device", dev->driver, dir);
			iom_doctor_remedy(d, "iommuctl device unbind %s, then device bind %s", dev->name,
					  dev->name);
			continue;
		}
		snprintf(path, sizeof(path), "%s/vfio-dev/%s/dev", dir, node);
		if (iom_read_file(d->h->root, path, text, sizeof(text)) == -ENOENT)
			iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name,
				       "%s does not exist: the kernel is built without "
				       "CONFIG_VFIO_DEVICE_CDEV", path);
	}
	iom_doctor_fine(d, n, "each vfio-dev entry has its dev file");
}

void iom_check_cdev_node(struct iom_doctor *d)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_devs; i++) {
		const struct iom_host_dev *dev = &d->h->devs[i];
		const char *node = iom_host_dev_use(dev, "vfio-dev");
		enum iom_tri has;

		if (!iom_doctor_means(d, dev) || !node)
			continue;
		has = iom_doctor_has(d, "/dev/vfio/devices", node);
		/* Of a saved machine without /dev nothing can be said. */
		if (has == IOM_UNKNOWN && !iom_doctor_exists(d, "/dev"))
			iom_doctor_say(d, IOM_VERDICT_UNKNOWN, dev->name,
				       "/dev cannot be read below this root");
		else if (has != IOM_YES)
			iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name,
				       "the kernel has %s, and /dev/vfio/devices/%s is not in this "
				       "mount namespace", node, node);
	}
	iom_doctor_fine(d, n, "each VFIO device has its node in /dev/vfio/devices");
}

void iom_check_viable(struct iom_doctor *d)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_groups; i++) {
		const struct iom_host_group *g = &d->h->groups[i];

		if (!iom_doctor_means_group(d, g))
			continue;
		for (char **name = g->devices; *name; name++) {
			const struct iom_host_dev *dev = iom_host_dev_find(d->h, *name);

			/* That of the device itself is another check's. */
			if (!dev || dev == d->only || iom_member_of(dev) != IOM_MEMBER_HELD)
				continue;
			iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name,
				       "/sys/kernel/iommu_groups/%u has it as a member, with driver "
				       "%s: while the host uses one member, nobody else gets another",
				       g->id, dev->driver);
			iom_doctor_remedy(d, "iommuctl device bind %s", dev->name);
		}
	}
	iom_doctor_fine(d, n, "the members of the groups have VFIO drivers, none, or are bridges");
}

void iom_check_direct(struct iom_doctor *d)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_groups; i++) {
		const struct iom_host_group *g = &d->h->groups[i];

		if (!iom_doctor_means_group(d, g))
			continue;
		for (size_t k = 0; k < g->n_regions; k++) {
			char name[32];

			if (strcmp(g->regions[k].kind, "direct"))
				continue;
			snprintf(name, sizeof(name), "group %u", g->id);
			iom_doctor_say(d, IOM_VERDICT_PROBLEM, name,
				       "/sys/kernel/iommu_groups/%u/reserved_regions: 0x%" PRIx64
				       "-0x%" PRIx64 " direct", g->id, g->regions[k].start,
				       g->regions[k].last);
		}
	}
	iom_doctor_fine(d, n, "no reserved_regions file of the groups has a direct region");
}

void iom_check_cut_off(struct iom_doctor *d)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_groups; i++) {
		const struct iom_host_group *g = &d->h->groups[i];

		if (!iom_doctor_means_group(d, g))
			continue;
		for (char **name = g->devices; *name; name++) {
			const struct iom_host_dev *dev = iom_host_dev_find(d->h, *name);
			char why[256];

			if (!dev || iom_member_of(dev) != IOM_MEMBER_HELD ||
			    !iom_guard(d->h, dev, why, sizeof(why)))
				continue;
			iom_doctor_say(d, IOM_VERDICT_WARNING, dev->name,
				       "it goes with group %u, and %s", g->id, why);
			if (dev == d->only)
				iom_doctor_remedy(d, "stop what uses it first; 'iommuctl device bind' "
						  "refuses otherwise");
		}
	}
	iom_doctor_fine(d, n, "no mounted disk, active interface or last console is in the groups");
}

static bool holds(const struct iom_host_proc *p, const struct iom_host_dev *dev)
{
	char group[32];

	snprintf(group, sizeof(group), "/dev/vfio/%" PRId64, dev->group);
	for (size_t i = 0; i < p->n_holds; i++)
		if (!strcmp(p->holds[i].device, dev->name) || !strcmp(p->holds[i].node, group))
			return true;
	return false;
}

void iom_check_holder(struct iom_doctor *d)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_devs; i++) {
		const struct iom_host_dev *dev = &d->h->devs[i];

		if (!iom_doctor_means(d, dev))
			continue;
		for (size_t k = 0; k < d->n_procs; k++) {
			if (!holds(&d->procs[k], dev))
				continue;
			iom_doctor_say(d, IOM_VERDICT_WARNING, dev->name,
				       "/proc/%d/fd: process %d (%s) has it open; a second opener "
				       "gets EBUSY", d->procs[k].pid, d->procs[k].pid,
				       d->procs[k].command);
			iom_doctor_remedy(d, "if it is not the one that is meant to: kill %d",
					  d->procs[k].pid);
		}
	}
	if (d->n == n && d->hidden)
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, d->only ? d->only->name : "",
			       "the files of %zu processes can only be seen by root", d->hidden);
	iom_doctor_fine(d, n, "no /proc/PID/fd has the device or its group");
}

/* Is it where a guest may have memory? Known sizes count; else any beside the window of x86. */
static bool in_the_way(const struct iom_doctor *d, const struct iom_host_region *r)
{
	if (!strcmp(r->kind, "direct") || !strcmp(r->kind, "direct-relaxable"))
		return false;
	if (r->start >= MSI_X86_FIRST && r->last <= MSI_X86_LAST)
		return false;
	return r->start < d->plan_size;
}

void iom_check_regions(struct iom_doctor *d)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_groups; i++) {
		const struct iom_host_group *g = &d->h->groups[i];
		char name[32];

		if (!iom_doctor_means_group(d, g))
			continue;
		snprintf(name, sizeof(name), "group %u", g->id);
		if (g->regions_unreadable)
			iom_doctor_say(d, IOM_VERDICT_UNKNOWN, name,
				       "/sys/kernel/iommu_groups/%u/reserved_regions cannot be read",
				       g->id);
		for (size_t k = 0; k < g->n_regions; k++)
			if (in_the_way(d, &g->regions[k]))
				iom_doctor_say(d, IOM_VERDICT_WARNING, name,
					       "/sys/kernel/iommu_groups/%u/reserved_regions: 0x%" PRIx64
					       "-0x%" PRIx64 " %s: a guest whose %" PRIu64 " bytes begin "
					       "at 0 has memory there", g->id, g->regions[k].start,
					       g->regions[k].last, g->regions[k].kind, d->plan_size);
	}
	iom_doctor_fine(d, n, d->plan_size ? "no region of the groups is below the size of the guest"
					   : "without --plan no memory of a guest is compared");
}

void iom_check_token(struct iom_doctor *d)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_devs; i++) {
		const struct iom_host_dev *dev = &d->h->devs[i], *pf;
		struct iom_host_dev_more m;

		if (!iom_doctor_means(d, dev))
			continue;
		if (iom_host_dev_more(d->h->root, dev, &m))
			d->failed = true;
		pf = m.physfn[0] ? iom_host_dev_find(d->h, m.physfn) : NULL;
		if (pf && iom_member_of(pf) == IOM_MEMBER_VFIO)
			iom_doctor_say(d, IOM_VERDICT_WARNING, dev->name,
				       "its physical function %s has driver %s: who opens the virtual "
				       "one must know the token that was set there", pf->name,
				       pf->driver ? pf->driver : "of VFIO");
		iom_host_dev_more_free(&m);
	}
	iom_doctor_fine(d, n, "no virtual function is meant whose physical one VFIO has");
}
