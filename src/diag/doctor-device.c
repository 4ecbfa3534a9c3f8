/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of `doctor` that look at the devices and groups that are to be handed to user space. */
#include "doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void no_group(struct iom_doctor *d, const struct iom_host_dev *dev)
{
	const char *node = iom_host_dev_use(dev, "vfio-dev");

	if (dev->group >= 0)
		return;
	iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name, "/sys/bus/pci/devices/%s has no iommu_group%s%s",
		       dev->name, node ? ", only the node without protection " : "", node ? node : "");
}

void iom_check_no_group(struct iom_doctor *d)
{
	iom_doctor_devices(d, no_group, d->only ? "its iommu_group is there"
						: "no device with a VFIO driver is without an "
						  "iommu_group");
}

void iom_check_driver(struct iom_doctor *d)
{
	const struct iom_host_dev *dev = d->only;
	size_t count = 0;

	for (size_t i = 0; i < d->h->n_devs; i++)
		count += iom_member_of(&d->h->devs[i]) == IOM_MEMBER_VFIO;
	if (!dev) {
		iom_doctor_say(d, IOM_VERDICT_OK, "", "%zu of %zu devices have a VFIO driver", count,
			       d->h->n_devs);
	} else if (iom_member_of(dev) == IOM_MEMBER_VFIO) {
		iom_doctor_say(d, IOM_VERDICT_OK, dev->name, "it has driver %s",
			       dev->driver ? dev->driver : "of VFIO");
	} else if (iom_member_of(dev) == IOM_MEMBER_BRIDGE) {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name,
			       "it is a bridge, which is never handed out");
		iom_doctor_remedy(d, "name a device behind it; the bridge itself is in nobody's way");
	} else {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name, "it has %s%s",
			       dev->driver ? "driver " : "no driver", dev->driver ? dev->driver : "");
		iom_doctor_remedy(d, "iommuctl device bind %s", dev->name);
	}
}

static void left_over(struct iom_doctor *d, const struct iom_host_dev *dev)
{
	struct iom_host_dev_more m;

	if (iom_host_dev_more(d->h->root, dev, &m)) {
		d->failed = true;
	} else if (m.override[0] && strcmp(m.override, dev->driver ? dev->driver : "")) {
		iom_doctor_say(d, IOM_VERDICT_WARNING, dev->name,
			       "driver_override is '%s' and %s%s is bound: no other driver ever takes "
			       "the device by itself", m.override, dev->driver ? "" : "nothing",
			       dev->driver ? dev->driver : "");
		iom_doctor_remedy(d, "iommuctl device bind %s --driver %s; or echo "
				  ">/sys/bus/pci/devices/%s/driver_override to forget it", dev->name,
				  m.override, dev->name);
	}
	iom_host_dev_more_free(&m);
}

void iom_check_override(struct iom_doctor *d)
{
	size_t n = d->n;

	/* Not only those that VFIO has: one that is left over keeps the driver of the host away. */
	for (size_t i = 0; i < d->h->n_devs; i++)
		if (!d->only || d->only == &d->h->devs[i])
			left_over(d, &d->h->devs[i]);
	iom_doctor_fine(d, n, "driver_override is empty, or names the bound driver");
}

static void kind_of(struct iom_doctor *d, const struct iom_host_dev *dev)
{
	char dir[1024], path[1100], type[64];

	if (strcmp(dev->bus, "mdev"))
		return;
	snprintf(path, sizeof(path), "%s/mdev_type", iom_host_dev_dir(dev, dir, sizeof(dir)));
	if (!iom_link_name(d->h->root, path, type, sizeof(type)))
		snprintf(type, sizeof(type), "unknown");
	iom_doctor_say(d, IOM_VERDICT_WARNING, dev->name,
		       "%s/subsystem: it is of bus mdev, type %s: its driver translates by software, and "
		       "no IOMMU does", dir, type);
}

void iom_check_kind(struct iom_doctor *d)
{
	iom_doctor_devices(d, kind_of, "an IOMMU translates for the device itself: it is no mediated one");
}

static void cdev_of(struct iom_doctor *d, const struct iom_host_dev *dev)
{
	const char *node = iom_host_dev_use(dev, "vfio-dev");
	char path[1200], dir[1024], text[32];

	if (iom_member_of(dev) != IOM_MEMBER_VFIO)
		return;
	iom_host_dev_dir(dev, dir, sizeof(dir));
	if (!node) {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name,
			       "driver %s is bound and there is no %s/vfio-dev: the driver did not "
			       "register the device", dev->driver, dir);
		iom_doctor_remedy(d, "iommuctl device unbind %s, then device bind %s", dev->name,
				  dev->name);
		return;
	}
	snprintf(path, sizeof(path), "%s/vfio-dev/%s/dev", dir, node);
	if (iom_read_file(d->h->root, path, text, sizeof(text)) != -ENOENT)
		return;
	iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name, "%s does not exist: ", path);
	if (iom_host_config(d->h->root, d->release, "CONFIG_VFIO_DEVICE_CDEV") == 'y')
		iom_doctor_add(d, "the running kernel has no CONFIG_VFIO_DEVICE_CDEV, although the "
			       "configuration saved for %s has", d->release);
	else
		iom_doctor_add(d, "the kernel is built without CONFIG_VFIO_DEVICE_CDEV");
}

void iom_check_cdev(struct iom_doctor *d)
{
	iom_doctor_devices(d, cdev_of, "each vfio-dev entry has its dev file");
}

static void node_of(struct iom_doctor *d, const struct iom_host_dev *dev)
{
	const char *node = iom_host_dev_use(dev, "vfio-dev");
	enum iom_tri has = node ? iom_doctor_has(d, "/dev/vfio/devices", node) : IOM_YES;

	/* Of a saved machine without /dev nothing can be said. */
	if (has == IOM_UNKNOWN && !iom_doctor_exists(d, "/dev"))
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, dev->name, "/dev cannot be read below this root");
	else if (has != IOM_YES)
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name,
			       "the kernel has %s, and /dev/vfio/devices/%s is not in this mount "
			       "namespace", node, node);
}

void iom_check_cdev_node(struct iom_doctor *d)
{
	iom_doctor_devices(d, node_of, "each VFIO device has its node in /dev/vfio/devices");
}

static void in_the_group(struct iom_doctor *d, const struct iom_host_group *g,
			 const struct iom_host_dev *dev)
{
	/* That of the device itself is another check's. */
	if (dev == d->only || iom_member_of(dev) != IOM_MEMBER_HELD)
		return;
	iom_doctor_say(d, IOM_VERDICT_PROBLEM, dev->name,
		       "/sys/kernel/iommu_groups/%u has it as a member, with driver %s: while the host "
		       "uses one member, nobody else gets another", g->id, dev->driver);
	iom_doctor_remedy(d, "iommuctl device bind %s; or 'device bind --group' with one that is wanted",
			  dev->name);
}

void iom_check_viable(struct iom_doctor *d)
{
	iom_doctor_members(d, in_the_group,
			   "the members of the groups have VFIO drivers, none, or are bridges");
}

static void direct(struct iom_doctor *d, const struct iom_host_group *g, const struct iom_host_region *r)
{
	char name[32];

	if (strcmp(r->kind, "direct"))
		return;
	snprintf(name, sizeof(name), "group %u", g->id);
	iom_doctor_say(d, IOM_VERDICT_PROBLEM, name,
		       "/sys/kernel/iommu_groups/%u/reserved_regions: 0x%" PRIx64 "-0x%" PRIx64
		       " direct", g->id, r->start, r->last);
}

void iom_check_direct(struct iom_doctor *d)
{
	iom_doctor_regions(d, direct, "no reserved_regions file of the groups has a direct region");
}

static void cut_off(struct iom_doctor *d, const struct iom_host_group *g, const struct iom_host_dev *dev)
{
	char why[256];

	if (iom_member_of(dev) != IOM_MEMBER_HELD || !iom_guard(d->h, dev, why, sizeof(why)))
		return;
	iom_doctor_say(d, IOM_VERDICT_WARNING, dev->name, "it goes with group %u, and %s", g->id, why);
	if (dev == d->only)
		iom_doctor_remedy(d, "stop what uses it first; 'iommuctl device bind' refuses otherwise");
}

void iom_check_cut_off(struct iom_doctor *d)
{
	iom_doctor_members(d, cut_off,
			   "no mounted disk, active interface or last console is in the groups");
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

static void holder(struct iom_doctor *d, const struct iom_host_dev *dev)
{
	for (size_t k = 0; k < d->n_procs; k++) {
		const struct iom_host_proc *p = &d->procs[k];

		/* The one asked about is meant to. */
		if (!holds(p, dev) || (d->pid && p->pid == d->pid))
			continue;
		iom_doctor_say(d, IOM_VERDICT_WARNING, dev->name,
			       "/proc/%d/fd: process %d (%s) has it open; a second opener gets EBUSY",
			       p->pid, p->pid, p->command);
		iom_doctor_remedy(d, "if it is not the one that is meant to: kill %d", p->pid);
	}
}

void iom_check_holder(struct iom_doctor *d)
{
	size_t n = d->n;

	iom_doctor_devices(d, holder, NULL);
	if (d->n == n && d->hidden)
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, d->only ? d->only->name : "",
			       "the files of %zu processes can only be seen by root", d->hidden);
	iom_doctor_fine(d, n, "no /proc/PID/fd has the device or its group");
}

static void token(struct iom_doctor *d, const struct iom_host_dev *dev)
{
	const struct iom_host_dev *pf;
	struct iom_host_dev_more m;

	if (iom_host_dev_more(d->h->root, dev, &m))
		d->failed = true;
	pf = m.physfn[0] ? iom_host_dev_find(d->h, m.physfn) : NULL;
	if (pf && iom_member_of(pf) == IOM_MEMBER_VFIO)
		iom_doctor_say(d, IOM_VERDICT_WARNING, dev->name,
			       "its physical function %s has driver %s: who opens the virtual one must "
			       "know the token that was set there", pf->name,
			       pf->driver ? pf->driver : "of VFIO");
	iom_host_dev_more_free(&m);
}

void iom_check_token(struct iom_doctor *d)
{
	iom_doctor_devices(d, token, "no virtual function is meant whose physical one VFIO has");
}

static void without_iommu(struct iom_doctor *d, const struct iom_host_dev *dev)
{
	const char *node = iom_host_dev_use(dev, "vfio-dev");
	char path[80], name[64] = "", builtin;

	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%" PRId64 "/name", dev->group);
	if (dev->group >= 0 && iom_read_file(d->h->root, path, name, sizeof(name)) < 0)
		name[0] = '\0';
	if (strcmp(name, "vfio-noiommu") && (!node || strncmp(node, "noiommu-", 8)))
		return;
	builtin = iom_host_config(d->h->root, d->release, "CONFIG_IOMMUFD_NOIOMMU");
	iom_doctor_say(d, IOM_VERDICT_WARNING, dev->name, "%s%s: its DMA reaches all memory; ",
		       name[0] ? path : "its node is ", name[0] ? " is vfio-noiommu" : node);
	if (builtin == 'y')
		iom_doctor_add(d, "CONFIG_IOMMUFD_NOIOMMU=y lets iommufd have it, for CAP_SYS_RAWIO");
	else
		iom_doctor_add(d, "without CONFIG_IOMMUFD_NOIOMMU iommufd refuses it");
	iom_doctor_remedy(d, "switch the IOMMU on; or keep to programs that need no protection, with "
			  "Linux 7.3 or later for iommufd");
}

void iom_check_noiommu(struct iom_doctor *d)
{
	static const char path[] = "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode";
	size_t n = d->n;
	char text[16];
	long got = iom_read_file(d->h->root, path, text, sizeof(text));

	iom_doctor_devices(d, without_iommu, NULL);
	if (got > 0 && (text[0] == 'Y' || text[0] == '1'))
		iom_doctor_say(d, IOM_VERDICT_WARNING, "",
			       "%s is Y: a device without an IOMMU may be bound, and its DMA reaches "
			       "all memory", path);
	else if (d->n == n)
		iom_doctor_say(d, IOM_VERDICT_OK, "", "%s is %s", path, got > 0 ? text : "not there");
}
