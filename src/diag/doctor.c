/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the checks of `doctor`, and their findings. */
#include "doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system.h"

const char *const iom_verdict_words[] = { "ok", "warning", "problem", "unknown", NULL };
const char *const iom_severity_words[] = { "fatal", "device", "memory", "risk", NULL };

/* From what nothing works without, to what only makes trouble later. */
static const struct iom_check checks[] = {
	{ "iommu", "the machine has an IOMMU that is on", IOM_SEVERITY_FATAL,
	  iom_check_iommu, "switch the IOMMU on in the firmware setup and on the boot line" },
	{ "iommufd", "the kernel offers iommufd", IOM_SEVERITY_FATAL,
	  iom_check_iommufd, "modprobe iommufd" },
	{ "iommufd-node", "/dev/iommu can be seen here", IOM_SEVERITY_FATAL,
	  iom_check_node, "give the container the node (--device /dev/iommu)" },
	{ "kernel-config", "the kernel is built with what iommufd and VFIO need", IOM_SEVERITY_FATAL,
	  iom_check_config, "use a kernel built with these options" },
	{ "noiommu", "VFIO protects memory", IOM_SEVERITY_RISK,
	  iom_check_noiommu, "echo N >/sys/module/vfio/parameters/enable_unsafe_noiommu_mode" },
	{ "msi-isolation", "interrupts of a device cannot be forged", IOM_SEVERITY_DEVICE,
	  iom_check_msi,
	  "switch interrupt remapping on in the firmware setup and take intremap=off and nointremap "
	  "off the boot line; where every guest is trusted, echo Y "
	  ">/sys/module/iommufd/parameters/allow_unsafe_interrupts lets devices forge interrupts" },
	{ "kernel-log", "the kernel logged no fault and no complaint about IOMMUs", IOM_SEVERITY_DEVICE,
	  iom_check_log, "see the line" },
	{ "device-group", "the device has an IOMMU group", IOM_SEVERITY_DEVICE,
	  iom_check_no_group,
	  "no IOMMU translates for it: switch the IOMMU on, or use another device" },
	{ "device-driver", "the device has a VFIO driver", IOM_SEVERITY_DEVICE,
	  iom_check_driver, "iommuctl device bind" },
	{ "driver-override", "driver_override names the driver that is bound", IOM_SEVERITY_RISK,
	  iom_check_override, "iommuctl device bind" },
	{ "device-kind", "an IOMMU translates for the device itself", IOM_SEVERITY_DEVICE,
	  iom_check_kind,
	  "use it without 'hwpt alloc', PASIDs and a virtual IOMMU, which a mediated device cannot "
	  "have; or use a virtual function (SR-IOV) of the device" },
	{ "vfio-cdev", "VFIO made a character device of it", IOM_SEVERITY_DEVICE,
	  iom_check_cdev, "use a kernel with CONFIG_VFIO_DEVICE_CDEV=y" },
	{ "vfio-node", "the node of the device can be seen here", IOM_SEVERITY_DEVICE,
	  iom_check_cdev_node, "give the container the node (--device)" },
	{ "group-viable", "no other member of the group has a driver of the host", IOM_SEVERITY_DEVICE,
	  iom_check_viable, "iommuctl device bind --group" },
	{ "direct-region", "firmware wants no memory of the device mapped one to one", IOM_SEVERITY_DEVICE,
	  iom_check_direct,
	  "use another device, or firmware that drops the region (RMRR, IVMD, RMR) of this one" },
	{ "cut-off", "nothing in use is cut off with the group", IOM_SEVERITY_RISK,
	  iom_check_cut_off,
	  "move the device to another slot, so that its group does not have them" },
	{ "acs-override", "groups show the true isolation", IOM_SEVERITY_RISK,
	  iom_check_acs,
	  "take pcie_acs_override off the boot line; the groups it splits are not isolated" },
	{ "holder", "no process has the device open", IOM_SEVERITY_DEVICE,
	  iom_check_holder, "end the process, or wait for it" },
	{ "vf-token", "the device opens without a token", IOM_SEVERITY_DEVICE,
	  iom_check_token,
	  "give the opener of the virtual function the UUID that the owner of the physical one set" },
	{ "device-open", "the device can be opened and bound to iommufd", IOM_SEVERITY_DEVICE,
	  iom_check_open, "see the cause" },
	{ "hwpt-flags", "page tables of every kind can be allocated for the device", IOM_SEVERITY_RISK,
	  iom_check_hwpt_flags, "allocate page tables without these flags" },
	{ "memlock", "memory may be locked as needed", IOM_SEVERITY_MEMORY,
	  iom_check_memlock, "raise the limit" },
	{ "service", "the service lets the process use the nodes and lock memory", IOM_SEVERITY_MEMORY,
	  iom_check_service, "change the unit" },
	{ "huge-pages", "the memory of a guest is mapped in large pieces", IOM_SEVERITY_RISK,
	  iom_check_huge_pages, "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled" },
	{ "bar-memory", "BARs of a device can be mapped for others", IOM_SEVERITY_MEMORY,
	  iom_check_bars, "use a kernel with CONFIG_VFIO_PCI_DMABUF=y" },
	{ "bar-mappings", "the process has no BAR where it has memory", IOM_SEVERITY_MEMORY,
	  iom_check_maps, "leave it out of what is mapped" },
	{ "iova-width", "the IOMMU's addresses are wide enough", IOM_SEVERITY_MEMORY,
	  iom_check_width,
	  "let the VMM keep to that width (QEMU: -cpu host,host-phys-bits-limit=BITS)" },
	{ "reserved-regions", "no reserved region is where a guest has memory", IOM_SEVERITY_MEMORY,
	  iom_check_regions,
	  "let the VMM leave a hole there, or begin the memory of the guest above it" },
};

const struct iom_check *iom_check_at(size_t i)
{
	return i < IOM_ARRAY_SIZE(checks) ? &checks[i] : NULL;
}

void iom_doctor_say(struct iom_doctor *d, enum iom_verdict verdict, const char *subject,
		    const char *fmt, ...)
{
	struct iom_finding *f;
	va_list ap;

	if (iom_grow(&d->findings, d->n, &d->cap, sizeof(*d->findings))) {
		d->failed = true;
		return;
	}
	f = &d->findings[d->n++];
	*f = (struct iom_finding){ .check = d->running, .verdict = verdict };
	snprintf(f->subject, sizeof(f->subject), "%s", subject);
	va_start(ap, fmt);
	vsnprintf(f->evidence, sizeof(f->evidence), fmt, ap);
	va_end(ap);
	if (verdict == IOM_VERDICT_PROBLEM || verdict == IOM_VERDICT_WARNING)
		snprintf(f->remedy, sizeof(f->remedy), "%s", d->running->remedy);
}

void iom_doctor_add(struct iom_doctor *d, const char *fmt, ...)
{
	struct iom_finding *f;
	size_t used;
	va_list ap;

	if (d->failed)
		return;
	f = &d->findings[d->n - 1];
	used = strlen(f->evidence);
	va_start(ap, fmt);
	vsnprintf(f->evidence + used, sizeof(f->evidence) - used, fmt, ap);
	va_end(ap);
}

void iom_doctor_remedy(struct iom_doctor *d, const char *fmt, ...)
{
	struct iom_finding *f;
	va_list ap;

	if (d->failed)
		return;
	f = &d->findings[d->n - 1];
	va_start(ap, fmt);
	vsnprintf(f->remedy, sizeof(f->remedy), fmt, ap);
	va_end(ap);
}

bool iom_doctor_means(const struct iom_doctor *d, const struct iom_host_dev *dev)
{
	return d->only ? d->only == dev : iom_member_of(dev) == IOM_MEMBER_VFIO;
}

void iom_doctor_devices(struct iom_doctor *d,
			void (*fn)(struct iom_doctor *d, const struct iom_host_dev *dev),
			const char *fine)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_devs; i++)
		if (iom_doctor_means(d, &d->h->devs[i]))
			fn(d, &d->h->devs[i]);
	if (fine)
		iom_doctor_fine(d, n, fine);
}

/* Is a member of the group meant? */
static bool means_group(const struct iom_doctor *d, const struct iom_host_group *g)
{
	for (char **name = g->devices; *name; name++) {
		const struct iom_host_dev *dev = iom_host_dev_find(d->h, *name);

		if (dev && iom_doctor_means(d, dev))
			return true;
	}
	return false;
}

void iom_doctor_members(struct iom_doctor *d,
			void (*fn)(struct iom_doctor *d, const struct iom_host_group *g,
				   const struct iom_host_dev *dev),
			const char *fine)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_groups; i++) {
		const struct iom_host_group *g = &d->h->groups[i];

		if (!means_group(d, g))
			continue;
		for (char **name = g->devices; *name; name++) {
			const struct iom_host_dev *dev = iom_host_dev_find(d->h, *name);

			if (dev)
				fn(d, g, dev);
		}
	}
	iom_doctor_fine(d, n, fine);
}

void iom_doctor_regions(struct iom_doctor *d,
			void (*fn)(struct iom_doctor *d, const struct iom_host_group *g,
				   const struct iom_host_region *r),
			const char *fine)
{
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_groups; i++) {
		const struct iom_host_group *g = &d->h->groups[i];
		char name[32];

		if (!means_group(d, g))
			continue;
		snprintf(name, sizeof(name), "group %u", g->id);
		if (g->regions_unreadable)
			iom_doctor_say(d, IOM_VERDICT_UNKNOWN, name,
				       "/sys/kernel/iommu_groups/%u/reserved_regions cannot be read",
				       g->id);
		for (size_t k = 0; k < g->n_regions; k++)
			fn(d, g, &g->regions[k]);
	}
	iom_doctor_fine(d, n, fine);
}

void iom_doctor_fine(struct iom_doctor *d, size_t n, const char *evidence)
{
	if (d->n == n)
		iom_doctor_say(d, IOM_VERDICT_OK, d->only ? d->only->name : "", "%s", evidence);
}

enum iom_tri iom_doctor_has(const struct iom_doctor *d, const char *dir, const char *name)
{
	struct iom_names names = { 0 };
	enum iom_tri has = IOM_NO;

	if (iom_list_dir(d->h->root, dir, &names))
		return IOM_UNKNOWN;
	for (size_t i = 0; i < names.n; i++)
		if (!strcmp(names.v[i], name))
			has = IOM_YES;
	iom_names_free(&names);
	return has;
}

/* Asked in the way that snapshots notice, and that keeps nothing but the name. */
bool iom_doctor_exists(const struct iom_doctor *d, const char *path)
{
	char target[256];
	long rc = iom_read_link(d->h->root, path, target, sizeof(target));

	return rc >= 0 || rc == -EINVAL || rc == -ENAMETOOLONG;
}

static bool is_wanted(const struct iom_doctor *d, const struct iom_check *c)
{
	for (const char *const *word = d->wanted; word && *word; word++)
		if (!strcmp(*word, c->id))
			return true;
	return !d->wanted;
}

int iom_doctor_run(struct iom_doctor *d)
{
	iom_system_release(d->h->root, d->release, sizeof(d->release));
	iom_doctor_read_log(d);
	for (size_t i = 0; i < IOM_ARRAY_SIZE(checks) && !d->failed; i++) {
		size_t n = d->n;

		if (!is_wanted(d, &checks[i]))
			continue;
		d->running = &checks[i];
		checks[i].run(d);
		if (!d->failed)
			iom_doctor_quote(d, n);
	}
	return d->failed ? -ENOMEM : 0;
}

void iom_doctor_free(struct iom_doctor *d)
{
	free(d->findings);
	free(d->log);
	d->findings = NULL;
	d->log = NULL;
}
