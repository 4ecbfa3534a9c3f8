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
	{ "iommu", "the machine has an IOMMU that is on", "24 28", IOM_SEVERITY_FATAL,
	  iom_check_iommu, "switch the IOMMU on in the firmware setup and on the boot line" },
	{ "iommufd", "the kernel offers iommufd", "13 14 15", IOM_SEVERITY_FATAL,
	  iom_check_iommufd, "modprobe iommufd" },
	{ "iommufd-node", "/dev/iommu can be seen here", "11", IOM_SEVERITY_FATAL, iom_check_node,
	  "give the container the node (--device /dev/iommu)" },
	{ "kernel-config", "the kernel is built with what iommufd and VFIO need", "12 13 14",
	  IOM_SEVERITY_FATAL, iom_check_config, "use a kernel built with these options" },
	{ "noiommu", "VFIO protects memory", "27", IOM_SEVERITY_RISK, iom_check_noiommu,
	  "echo N >/sys/module/vfio/parameters/enable_unsafe_noiommu_mode" },
	{ "msi-isolation", "interrupts of a device cannot be forged", "26", IOM_SEVERITY_DEVICE,
	  iom_check_msi,
	  "switch interrupt remapping on in the firmware setup and take intremap=off and nointremap "
	  "off the boot line; where every guest is trusted, echo Y "
	  ">/sys/module/iommufd/parameters/allow_unsafe_interrupts lets devices forge interrupts" },
	{ "device-group", "the device has an IOMMU group", "24 25", IOM_SEVERITY_DEVICE,
	  iom_check_no_group, "no IOMMU translates for it: switch the IOMMU on, or use another device" },
	{ "device-driver", "the device has a VFIO driver", "38", IOM_SEVERITY_DEVICE,
	  iom_check_driver, "iommuctl device bind" },
	{ "driver-override", "driver_override names the driver that is bound", "38",
	  IOM_SEVERITY_RISK, iom_check_override, "iommuctl device bind" },
	{ "vfio-cdev", "VFIO made a character device of it", "12", IOM_SEVERITY_DEVICE,
	  iom_check_cdev, "use a kernel with CONFIG_VFIO_DEVICE_CDEV=y" },
	{ "vfio-node", "the node of the device can be seen here", "11", IOM_SEVERITY_DEVICE,
	  iom_check_cdev_node, "give the container the node (--device)" },
	{ "group-viable", "no other member of the group has a driver of the host", "16 17 18 19 20",
	  IOM_SEVERITY_DEVICE, iom_check_viable, "iommuctl device bind --group" },
	{ "direct-region", "firmware wants no memory of the device mapped one to one", "22 23",
	  IOM_SEVERITY_DEVICE, iom_check_direct,
	  "use another device, or firmware that drops the region (RMRR, IVMD, RMR) of this one" },
	{ "cut-off", "nothing in use is cut off with the group", "21", IOM_SEVERITY_RISK,
	  iom_check_cut_off, "move the device to another slot, so that its group does not have them" },
	{ "acs-override", "groups show the true isolation", "21", IOM_SEVERITY_RISK, iom_check_acs,
	  "take pcie_acs_override off the boot line; the groups it splits are not isolated" },
	{ "holder", "no process has the device open", "34 35", IOM_SEVERITY_DEVICE,
	  iom_check_holder, "end the process, or wait for it" },
	{ "vf-token", "the device opens without a token", "38", IOM_SEVERITY_DEVICE, iom_check_token,
	  "give the opener of the virtual function the UUID that the owner of the physical one set" },
	{ "memlock", "memory may be locked as needed", "1 2 3 4 5 7", IOM_SEVERITY_MEMORY,
	  iom_check_memlock, "raise the limit" },
	{ "iova-width", "the IOMMU's addresses are wide enough", "29 33", IOM_SEVERITY_MEMORY,
	  iom_check_width,
	  "let the VMM keep to that width (QEMU: -cpu host,host-phys-bits-limit=BITS)" },
	{ "reserved-regions", "no reserved region is where a guest has memory", "30 31 32",
	  IOM_SEVERITY_MEMORY, iom_check_regions,
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

bool iom_doctor_means_group(const struct iom_doctor *d, const struct iom_host_group *g)
{
	for (char **name = g->devices; *name; name++) {
		const struct iom_host_dev *dev = iom_host_dev_find(d->h, *name);

		if (dev && iom_doctor_means(d, dev))
			return true;
	}
	return false;
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

int iom_doctor_run(struct iom_doctor *d)
{
	iom_system_release(d->h->root, d->release, sizeof(d->release));
	for (size_t i = 0; i < IOM_ARRAY_SIZE(checks); i++) {
		d->running = &checks[i];
		checks[i].run(d);
	}
	return d->failed ? -ENOMEM : 0;
}

void iom_doctor_free(struct iom_doctor *d)
{
	free(d->findings);
	d->findings = NULL;
}
