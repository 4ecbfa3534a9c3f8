/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of `doctor` that look at the machine, its kernel and this process. */
#include "doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system.h"

#define CAP_IPC_LOCK_BIT 14
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

void iom_check_iommufd(struct iom_doctor *d)
{
	enum iom_tri misc = IOM_UNKNOWN;
	char config = iom_host_config(d->h->root, d->release, "CONFIG_IOMMUFD"), text[8192];
	char module[256];

	if (iom_read_file(d->h->root, "/proc/misc", text, sizeof(text)) >= 0)
		misc = iom_system_misc(d->h->root, "iommu");
	if (misc == IOM_YES) {
		iom_doctor_say(d, IOM_VERDICT_OK, "", "/proc/misc has iommu");
	} else if (misc == IOM_UNKNOWN) {
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "", "/proc/misc cannot be read");
	} else if (module_file(d, module, sizeof(module))) {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "",
			       "/proc/misc has no iommu; %s is there, and not loaded", module);
	} else if (config == 'n') {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "",
			       "/proc/misc has no iommu; kernel %s is built without CONFIG_IOMMUFD",
			       d->release);
		iom_doctor_remedy(d, "use a kernel with CONFIG_IOMMUFD=m or =y");
	} else {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "",
			       "/proc/misc has no iommu, and kernel %s has no iommufd module here",
			       *d->release ? d->release : "(unknown)");
		iom_doctor_remedy(d, "modprobe iommufd on the host; the kernel needs CONFIG_IOMMUFD");
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

void iom_check_noiommu(struct iom_doctor *d)
{
	static const char path[] = "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode";
	char text[16];

	if (iom_read_file(d->h->root, path, text, sizeof(text)) < 0)
		iom_doctor_say(d, IOM_VERDICT_OK, "", "%s is not there", path);
	else if (text[0] == 'Y' || text[0] == '1')
		iom_doctor_say(d, IOM_VERDICT_WARNING, "",
			       "%s is Y: a device without an IOMMU may be bound, and its DMA reaches "
			       "all memory", path);
	else
		iom_doctor_say(d, IOM_VERDICT_OK, "", "%s is %s", path, text);
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

/* Physical address bits of the CPUs, 0 not known. */
static unsigned int cpu_bits(const struct iom_doctor *d)
{
	static const char key[] = "address sizes\t: ";
	char text[8192];
	unsigned int bits;
	const char *p;
	long n = iom_read_bytes(d->h->root, "/proc/cpuinfo", text, sizeof(text) - 1);

	if (n < 0)
		return 0;
	text[n] = '\0';
	p = strstr(text, key);
	return p && sscanf(p + sizeof(key) - 1, "%u bits physical", &bits) == 1 ? bits : 0;
}

/* Memory of a guest leaves a hole below 4 GiB on most machines; it ends that much higher. */
#define HOLE_MAX (1ULL << 30)

void iom_check_width(struct iom_doctor *d)
{
	unsigned int cpu = cpu_bits(d);
	size_t n = d->n;

	for (size_t i = 0; i < d->h->n_iommus; i++) {
		const struct iom_host_iommu *u = &d->h->iommus[i];
		unsigned int bits;

		if (u->kind != IOM_IOMMU_INTEL || !u->has_reg[0] ||
		    (d->only && d->only->iommu != u->name))
			continue;
		/* Maximum guest address width, one less than its bits. */
		bits = (unsigned int)(u->reg[0] >> 16 & 0x3f) + 1;
		if (bits < 64 && d->plan_size && d->plan_size > (1ULL << bits) - HOLE_MAX)
			iom_doctor_say(d, IOM_VERDICT_PROBLEM, u->name,
				       "/sys/class/iommu/%s/intel-iommu/cap 0x%" PRIx64 ": %u bits, and a "
				       "guest of %" PRIu64 " bytes needs more", u->name, u->reg[0], bits,
				       d->plan_size);
		else if (cpu > bits)
			iom_doctor_say(d, IOM_VERDICT_WARNING, u->name,
				       "/sys/class/iommu/%s/intel-iommu/cap 0x%" PRIx64 ": %u bits; "
				       "/proc/cpuinfo: %u. BARs that a VMM puts above the narrower "
				       "width cannot be mapped", u->name, u->reg[0], bits, cpu);
		else
			iom_doctor_say(d, IOM_VERDICT_OK, u->name,
				       "/sys/class/iommu/%s/intel-iommu/cap 0x%" PRIx64 ": %u bits",
				       u->name, u->reg[0], bits);
	}
	if (d->n == n)
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, d->only ? d->only->name : "",
			       "sysfs does not tell the width; 'iommuctl ioas iova-ranges' does once "
			       "a device is attached");
}

/* RLIMIT_MEMLOCK of this process; false: not known. UINT64_MAX: none. */
static bool memlock(const struct iom_doctor *d, uint64_t *soft, uint64_t *hard)
{
	char text[4096], a[32], b[32];
	const char *line;

	if (iom_read_file(d->h->root, "/proc/self/limits", text, sizeof(text)) < 0)
		return false;
	line = strstr(text, "Max locked memory");
	if (!line || sscanf(line + 17, " %31s %31s", a, b) != 2)
		return false;
	if (iom_parse_u64(a, soft))
		*soft = UINT64_MAX;
	if (iom_parse_u64(b, hard))
		*hard = UINT64_MAX;
	return true;
}

static bool may_lock(const struct iom_doctor *d)
{
	char text[8192];
	const char *line;
	unsigned long long caps;

	if (iom_read_file(d->h->root, "/proc/self/status", text, sizeof(text)) < 0)
		return false;
	line = strstr(text, "CapEff:");
	return line && sscanf(line + 7, " %llx", &caps) == 1 && caps >> CAP_IPC_LOCK_BIT & 1;
}

void iom_check_memlock(struct iom_doctor *d)
{
	uint64_t soft, hard, need;
	char has[64];

	if (!memlock(d, &soft, &hard)) {
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "", "/proc/self/limits cannot be read");
		return;
	}
	if (soft == UINT64_MAX)
		snprintf(has, sizeof(has), "no limit");
	else
		snprintf(has, sizeof(has), "%" PRIu64 " bytes", soft);
	if (may_lock(d)) {
		iom_doctor_say(d, IOM_VERDICT_OK, "", "/proc/self/status: CAP_IPC_LOCK, so the limit "
			       "(/proc/self/limits: %s) does not count", has);
		return;
	}
	if (!d->plan_size) {
		iom_doctor_say(d, IOM_VERDICT_OK, "", "/proc/self/limits: %s; --plan SIZE,DEVICES "
			       "compares it with a guest", has);
		return;
	}
	/* Each address space pins and counts the memory anew. */
	if (__builtin_mul_overflow(d->plan_size, d->plan_devices, &need))
		need = UINT64_MAX;
	if (need <= soft) {
		iom_doctor_say(d, IOM_VERDICT_OK, "", "%" PRIu64 " bytes are needed; /proc/self/limits: "
			       "%s", need, has);
		return;
	}
	iom_doctor_say(d, IOM_VERDICT_PROBLEM, "",
		       "%" PRIu64 " bytes are needed, %" PRIu64 " in each of %" PRIu64 " address spaces, "
		       "by all processes of the user together; /proc/self/limits: %s", need,
		       d->plan_size, d->plan_devices, has);
	iom_doctor_remedy(d, "%s%" PRIu64 " (systemd: LimitMEMLOCK=, limits.conf: memlock in KiB, "
			  "container: --ulimit memlock=)%s; 'option set rlimit-mode 1' before any "
			  "object, with CAP_SYS_RESOURCE, counts the process alone",
			  hard < need ? "raise the limit, which takes CAP_SYS_RESOURCE, to "
				      : "raise the soft limit to ", need,
			  hard < need ? "" : ", no right needed");
}
