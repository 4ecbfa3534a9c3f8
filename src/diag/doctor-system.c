/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of `doctor` that look at the machine and its kernel. */
#include "doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system.h"

#define INTERRUPTS_MAX	 (1024 * 1024) /* bytes of /proc/interrupts, which grows with the CPUs */

/* A word of the boot line. */
static bool has_word(const char *line, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = line; (p = strstr(p, word)); p += len)
		if ((p == line || p[-1] == ' ' || p[-1] == ',' || p[-1] == '=') &&
		    (!p[len] || strchr(" ,=\n", p[len])))
			return true;
	return false;
}

static bool boot_line(const struct iom_doctor *d, char *buf, size_t len)
{
	if (iom_read_file(d->h->root, "/proc/cmdline", buf, len) >= 0)
		return true;
	buf[0] = '\0';
	return false;
}

/* The table in which firmware describes its IOMMUs; NULL: none, or not to be read. */
static const char *acpi_table(const struct iom_doctor *d, bool *readable)
{
	static const char *const tables[] = { "DMAR", "IVRS", "IORT", "VIOT", "RIMT" };
	char path[64];

	*readable = iom_doctor_exists(d, "/sys/firmware/acpi/tables");
	for (size_t i = 0; i < IOM_ARRAY_SIZE(tables); i++) {
		snprintf(path, sizeof(path), "/sys/firmware/acpi/tables/%s", tables[i]);
		if (iom_doctor_exists(d, path))
			return tables[i];
	}
	return NULL;
}

/* The file of the iommufd module, in buf; false: there is none. */
static bool module_file(const struct iom_doctor *d, char *buf, size_t len)
{
	static const char *const ends[] = { "", ".xz", ".zst", ".gz" };

	for (size_t i = 0; i < IOM_ARRAY_SIZE(ends) && *d->release; i++) {
		snprintf(buf, len, "/lib/modules/%s/kernel/drivers/iommu/iommufd/iommufd.ko%s",
			 d->release, ends[i]);
		if (iom_doctor_exists(d, buf))
			return true;
	}
	return false;
}

void iom_check_iommu(struct iom_doctor *d)
{
	static const char *const offs[] = { "intel_iommu=off", "amd_iommu=off", "iommu=off" };
	char line[4096];
	bool readable;
	const char *table = acpi_table(d, &readable), *off = NULL;

	if (d->h->n_iommus) {
		iom_doctor_say(d, IOM_VERDICT_OK, "", "/sys/class/iommu has %zu: %s%s",
			       d->h->n_iommus, d->h->iommus[0].name, d->h->n_iommus > 1 ? " ..." : "");
		return;
	}
	boot_line(d, line, sizeof(line));
	for (size_t i = 0; i < IOM_ARRAY_SIZE(offs) && !off; i++)
		if (has_word(line, offs[i]))
			off = offs[i];
	if (off) {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "",
			       "/sys/class/iommu is empty, and /proc/cmdline has %s", off);
		iom_doctor_remedy(d, "take %s off the boot line and boot again", off);
	} else if (table) {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "",
			       "/sys/class/iommu is empty, although /sys/firmware/acpi/tables has %s: "
			       "the kernel does not use the IOMMU", table);
		if (!strcmp(table, "DMAR"))
			iom_doctor_remedy(d, "add intel_iommu=on to the boot line and boot again");
		else
			iom_doctor_remedy(d, "boot a kernel that has the driver of this IOMMU");
	} else {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "", "/sys/class/iommu is empty, and %s",
			       readable ? "/sys/firmware/acpi/tables has no DMAR, IVRS, IORT, VIOT or "
					  "RIMT: firmware offers no IOMMU"
					: "/sys/firmware/acpi/tables cannot be read");
		iom_doctor_remedy(d, "switch VT-d, AMD-Vi or the SMMU on in the firmware setup; in a "
				  "virtual machine, give it an IOMMU");
	}
}

/* The kernel has it and does not offer it, or has it not. */
static void no_iommufd(struct iom_doctor *d)
{
	static const char said[] = "/proc/misc has no iommu";
	char config = iom_host_config(d->h->root, d->release, "CONFIG_IOMMUFD"), module[256], dir[96];
	bool modules;

	snprintf(dir, sizeof(dir), "/lib/modules/%s", d->release);
	modules = *d->release && iom_doctor_exists(d, dir);
	if (module_file(d, module, sizeof(module))) {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "", "%s; %s is there, and not loaded", said, module);
	} else if (config == 'n') {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "", "%s; kernel %s is built without CONFIG_IOMMUFD",
			       said, d->release);
		iom_doctor_remedy(d, "use a kernel with CONFIG_IOMMUFD=m or =y");
	} else if (config == 'y') {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "",
			       "%s, although kernel %s has CONFIG_IOMMUFD=y: it did not start", said,
			       d->release);
		iom_doctor_remedy(d, "take initcall_blacklist=iommufd_init off the boot line, or boot the "
				  "kernel that this configuration is of");
	} else if (config == 'm' && !modules) {
		/* A snapshot has of /lib/modules only what was there of iommufd. */
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "", "%s; kernel %s has CONFIG_IOMMUFD=m, not loaded",
			       said, d->release);
	} else {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "", "%s, and kernel %s has no iommufd module here",
			       said, *d->release ? d->release : "(unknown)");
		iom_doctor_remedy(d, "install the modules of kernel %s, then modprobe iommufd (in a "
				  "container: on the host)%s", *d->release ? d->release : "(unknown)",
				  config ? "" : "; the kernel needs CONFIG_IOMMUFD");
	}
}

void iom_check_iommufd(struct iom_doctor *d)
{
	enum iom_tri misc = IOM_UNKNOWN;
	char text[8192];

	if (iom_read_file(d->h->root, "/proc/misc", text, sizeof(text)) >= 0)
		misc = iom_system_misc(d->h->root, "iommu");
	if (misc == IOM_YES) {
		iom_doctor_say(d, IOM_VERDICT_OK, "", "/proc/misc has iommu");
	} else if (misc == IOM_UNKNOWN) {
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "", "/proc/misc cannot be read");
	} else {
		no_iommufd(d);
	}
}

void iom_check_node(struct iom_doctor *d)
{
	char text[8192];

	if (iom_doctor_exists(d, "/dev/iommu"))
		iom_doctor_say(d, IOM_VERDICT_OK, "", "/dev/iommu is there");
	else if (!iom_doctor_exists(d, "/dev"))
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "", "/dev cannot be read below this root");
	else if (iom_read_file(d->h->root, "/proc/misc", text, sizeof(text)) >= 0 &&
		 iom_system_misc(d->h->root, "iommu") == IOM_YES)
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "",
			       "/proc/misc has iommu, and /dev/iommu is not in this mount namespace");
	else
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "",
			       "/dev/iommu is not there, as the kernel offers no iommufd yet");
}

void iom_check_config(struct iom_doctor *d)
{
	static const char *const needed[] = { "CONFIG_IOMMU_SUPPORT", "CONFIG_IOMMUFD", "CONFIG_VFIO",
					      "CONFIG_VFIO_PCI", "CONFIG_VFIO_DEVICE_CDEV" };
	char missing[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < IOM_ARRAY_SIZE(needed); i++) {
		char value = iom_host_config(d->h->root, d->release, needed[i]);

		if (!value) {
			iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "",
				       "neither /proc/config.gz nor /boot/config-%s can be read",
				       d->release);
			return;
		}
		if (value == 'n')
			used += (size_t)snprintf(missing + used, sizeof(missing) - used, "%s%s",
						 used ? ", " : "", needed[i]);
	}
	if (used)
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "", "the configuration of kernel %s lacks %s",
			       d->release, missing);
	else
		iom_doctor_say(d, IOM_VERDICT_OK, "",
			       "the configuration of kernel %s has IOMMUFD, VFIO, VFIO_PCI and "
			       "VFIO_DEVICE_CDEV", d->release);
}

/* Interrupts that are remapped have "IR-" in front of the name of their controller. */
static enum iom_tri remapped(const struct iom_doctor *d)
{
	_iom_free_ char *text = malloc(INTERRUPTS_MAX);
	long n = text ? iom_read_bytes(d->h->root, "/proc/interrupts", text, INTERRUPTS_MAX - 1) : -1;

	if (n < 0)
		return IOM_UNKNOWN;
	text[n] = '\0';
	if (strstr(text, "IR-PCI-MSI") || strstr(text, "IR-IO-APIC") || strstr(text, "ITS-"))
		return IOM_YES;
	return strstr(text, "PCI-MSI") || strstr(text, "IO-APIC") ? IOM_NO : IOM_UNKNOWN;
}

void iom_check_msi(struct iom_doctor *d)
{
	static const char path[] = "/sys/module/iommufd/parameters/allow_unsafe_interrupts";
	enum iom_tri is = remapped(d);
	char text[16];
	bool allowed = iom_read_file(d->h->root, path, text, sizeof(text)) > 0 && text[0] == 'Y';

	if (is == IOM_YES)
		iom_doctor_say(d, IOM_VERDICT_OK, "",
			       "/proc/interrupts names remapped controllers (IR-, ITS-)");
	else if (is == IOM_UNKNOWN)
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "",
			       "/proc/interrupts cannot be read, or has no PCI interrupt");
	else if (allowed)
		iom_doctor_say(d, IOM_VERDICT_WARNING, "",
			       "/proc/interrupts has no remapped controller (IR-), and %s is Y: a "
			       "device can forge interrupts of the host", path);
	else
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "",
			       "/proc/interrupts has no remapped controller (IR-), so iommufd refuses "
			       "to bind with EPERM");
}

void iom_check_acs(struct iom_doctor *d)
{
	char line[4096];

	if (!boot_line(d, line, sizeof(line)))
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "", "/proc/cmdline cannot be read");
	else if (has_word(line, "pcie_acs_override"))
		iom_doctor_say(d, IOM_VERDICT_WARNING, "",
			       "/proc/cmdline has pcie_acs_override: devices in different groups may "
			       "still reach each other");
	else
		iom_doctor_say(d, IOM_VERDICT_OK, "", "/proc/cmdline has no pcie_acs_override");
}
