/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel logged, as evidence of the checks of `doctor`. */
#include "doctor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUOTE_MAX 300 /* bytes of a line that are quoted */

/* A text of the kernel (Linux 5.10 to 7.3), and the check that it is evidence of. */
struct log_row {
	const char *text, *check;
	enum iom_verdict alone; /* OK: it only supports what the check found otherwise */
	const char *remedy;	/* NULL: that of the check */
	bool apart;		/* lines of it that differ are told one by one */
};

#define FIRMWARE "install newer firmware (BIOS), or tell its vendor"
#define HARDWARE "reset or replace the device that it names; look for newer firmware of both"

static const struct log_row rows[] = {
	{ "Firmware forces DMA remapping off", "iommu", IOM_VERDICT_OK, NULL, false },
	{ "IOMMU disabled", "iommu", IOM_VERDICT_OK, NULL, false },
	{ "No DMAR devices found", "iommu", IOM_VERDICT_OK, NULL, false },
	{ "Parse DMAR table failure", "iommu", IOM_VERDICT_OK, NULL, false },
	{ "DMAR reported at address", "iommu", IOM_VERDICT_OK, NULL, false },
	{ "Can't validate DRHD address", "iommu", IOM_VERDICT_OK, NULL, false },
	{ "IVRS invalid checksum", "iommu", IOM_VERDICT_OK, NULL, false },
	{ "DMA translation not supported by iommu", "iommu", IOM_VERDICT_OK, NULL, false },
	{ "DMAR: Initialization failed", "iommu", IOM_VERDICT_OK, NULL, false },
	{ "vfio-noiommu device opened", "noiommu", IOM_VERDICT_WARNING, NULL, false },
	{ "kernel taint for vfio-noiommu", "noiommu", IOM_VERDICT_WARNING, NULL, false },
	{ "MSI interrupts are not secure", "msi-isolation", IOM_VERDICT_WARNING, NULL, false },
	{ "sets x2apic opt out", "msi-isolation", IOM_VERDICT_OK, NULL, false },
	{ "Not enabling interrupt remapping", "msi-isolation", IOM_VERDICT_OK, NULL, false },
	{ "Failed to enable irq remapping", "msi-isolation", IOM_VERDICT_OK, NULL, false },
	{ "has enabled interrupt remapping", "msi-isolation", IOM_VERDICT_OK, NULL, false },
	{ "interrupt remapping will be disabled", "msi-isolation", IOM_VERDICT_OK, NULL, false },
	{ "probe with driver vfio-pci failed", "device-driver", IOM_VERDICT_PROBLEM, NULL, false },
	{ "vfio-pci: probe of ", "device-driver", IOM_VERDICT_PROBLEM, NULL, false },
	{ "failed to add dynamic id", "driver-override", IOM_VERDICT_WARNING,
	  "use driver_override, which 'iommuctl device bind' does, not new_id", false },
	{ "have a 1:1 IOMMU mapping", "direct-region", IOM_VERDICT_PROBLEM, NULL, false },
	{ "due to platform RMRR", "direct-region", IOM_VERDICT_PROBLEM, NULL, false },
	{ "Device is currently in use, task", "holder", IOM_VERDICT_OK, NULL, false },
	{ " ias ", "iova-width", IOM_VERDICT_OK, NULL, true },
	{ " oas ", "iova-width", IOM_VERDICT_OK, NULL, true },
	{ "input address: ", "iova-width", IOM_VERDICT_OK, NULL, true },
	{ "Stage-1: ", "iova-width", IOM_VERDICT_OK, NULL, true },
	{ "Failed to add to iommu group", "kernel-log", IOM_VERDICT_PROBLEM,
	  "without a group the device cannot be used: use another one", false },
	{ "requesting conflicting def_domain_type", "kernel-log", IOM_VERDICT_WARNING, FIRMWARE, false },
	{ "but driver is overriding group", "kernel-log", IOM_VERDICT_WARNING,
	  "plug the device into a slot that is not external", false },
	{ "FW requested direct mapping", "kernel-log", IOM_VERDICT_WARNING, FIRMWARE, false },
	{ "Your BIOS is broken", "kernel-log", IOM_VERDICT_WARNING, FIRMWARE, true },
	{ "[Firmware Bug]", "kernel-log", IOM_VERDICT_WARNING, FIRMWARE, true },
	{ "No supported address widths", "kernel-log", IOM_VERDICT_WARNING, FIRMWARE, true },
	{ "Invalidation Time-out Error", "kernel-log", IOM_VERDICT_PROBLEM, HARDWARE, false },
	{ "Invalidation Queue Error", "kernel-log", IOM_VERDICT_PROBLEM, HARDWARE, false },
	{ "Completion-Wait loop timed out", "kernel-log", IOM_VERDICT_PROBLEM, HARDWARE, false },
	{ "CMD_SYNC timeout", "kernel-log", IOM_VERDICT_PROBLEM, HARDWARE, false },
};

static const struct log_row fault = {
	NULL, "kernel-log", IOM_VERDICT_WARNING,
	"map what the device is to reach ('iommuctl ioas map'), or end the program that drives it; "
	"'iommuctl monitor' shows the next ones", false,
};

/* What is alike is told once, with the last line of it. */
struct iom_log_line {
	const struct log_row *row;
	const struct iom_host_dev *dev; /* NULL: it names none that the machine has */
	unsigned int count;
	char text[QUOTE_MAX];
};

/* The first word of the line that is the name of a device. */
static const struct iom_host_dev *device_in(const struct iom_host *h, const char *line)
{
	static const char ends[] = " []()=,;\"";
	char word[64];

	for (const char *p = line; *p; p += strspn(p, ends)) {
		const struct iom_host_dev *dev;
		size_t len = strcspn(p, ends), has = len;

		while (has && p[has - 1] == ':')
			has--;
		snprintf(word, sizeof(word), "%.*s", (int)(has < 63 ? has : 63), p);
		dev = strchr(word, '.') ? iom_host_dev_find(h, word) : NULL;
		if (dev)
			return dev;
		p += len;
	}
	return NULL;
}

static void keep(struct iom_doctor *d, const struct log_row *row, const struct iom_host_dev *dev,
		 const char *text)
{
	struct iom_log_line *l;

	for (size_t i = 0; i < d->n_log; i++) {
		l = &d->log[i];
		if (l->row != row || l->dev != dev || (row->apart && strncmp(l->text, text, QUOTE_MAX - 1)))
			continue;
		l->count++;
		snprintf(l->text, sizeof(l->text), "%s", text);
		return;
	}
	if (iom_grow(&d->log, d->n_log, &d->cap_log, sizeof(*d->log))) {
		d->failed = true;
		return;
	}
	l = &d->log[d->n_log++];
	*l = (struct iom_log_line){ .row = row, .dev = dev, .count = 1 };
	snprintf(l->text, sizeof(l->text), "%s", text);
}

static void take_line(const char *text, void *arg)
{
	struct iom_doctor *d = arg;
	struct iom_host_fault f;

	if (iom_host_fault_parse(text, &f)) {
		keep(d, &fault, iom_host_dev_find(d->h, f.device), text);
		return;
	}
	for (size_t i = 0; i < IOM_ARRAY_SIZE(rows); i++) {
		if (!strstr(text, rows[i].text))
			continue;
		keep(d, &rows[i], device_in(d->h, text), text);
		return;
	}
}

void iom_doctor_read_log(struct iom_doctor *d)
{
	d->log_error = iom_host_log(d->h->root, take_line, d, &d->log_file);
}

const char *iom_doctor_logged(const struct iom_doctor *d, const char *text, const char *also)
{
	for (size_t i = 0; i < d->n_log; i++)
		if (d->log[i].row->text && !strcmp(d->log[i].row->check, d->running->id) &&
		    strstr(d->log[i].text, text) && strstr(d->log[i].text, also))
			return d->log[i].text;
	return NULL;
}

/* Does the finding concern what the line is about? */
static bool concerns(const struct iom_finding *f, const struct iom_log_line *l)
{
	char group[32];

	if (f->verdict == IOM_VERDICT_OK)
		return false;
	if (!l->dev || !f->subject[0] || !strcmp(f->subject, l->dev->name))
		return true;
	snprintf(group, sizeof(group), "group %lld", (long long)l->dev->group);
	return !strcmp(f->subject, group);
}

static void quote(struct iom_finding *f, const struct iom_log_line *l, const char *file)
{
	size_t used = strlen(f->evidence);

	snprintf(f->evidence + used, sizeof(f->evidence) - used, "; %s: \"%s\"", file, l->text);
}

/* A line that is enough by itself; it takes the place of the finding that all is well. */
static void tell(struct iom_doctor *d, size_t n, const struct iom_log_line *l)
{
	if (d->n == n + 1 && d->findings[n].verdict == IOM_VERDICT_OK)
		d->n = n;
	iom_doctor_say(d, l->row->alone, l->dev ? l->dev->name : "", "%s: \"%s\"", d->log_file, l->text);
	if (l->row->remedy)
		iom_doctor_remedy(d, "%s", l->row->remedy);
}

void iom_doctor_quote(struct iom_doctor *d, size_t n)
{
	size_t end = d->n;

	for (size_t i = 0; i < d->n_log && !d->failed; i++) {
		const struct iom_log_line *l = &d->log[i];
		size_t k = n;

		if (strcmp(l->row->check, d->running->id) || !strcmp(d->running->id, "kernel-log") ||
		    l->row->apart || (l->dev && !iom_doctor_means(d, l->dev)))
			continue;
		while (k < end && !concerns(&d->findings[k], l))
			k++;
		if (k < end)
			quote(&d->findings[k], l, d->log_file);
		else if (l->row->alone != IOM_VERDICT_OK)
			tell(d, n, l);
	}
}

/* Who may read the log, as far as it can be told. */
static void cannot_read(struct iom_doctor *d)
{
	static const char path[] = "/proc/sys/kernel/dmesg_restrict";
	char text[16];

	if (d->log_error != -EPERM && d->log_error != -EACCES)
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "", "neither /dev/kmsg nor /var/log/dmesg is %s",
			       *d->h->root ? "saved below this root" : "there");
	else if (iom_read_file(d->h->root, path, text, sizeof(text)) > 0 && text[0] == '1')
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "", "%s may not be read: %s is 1, which takes "
			       "CAP_SYSLOG; run it as root", d->log_file, path);
	else
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "", "%s may not be read: its permissions take root",
			       d->log_file);
}

void iom_check_log(struct iom_doctor *d)
{
	size_t n = d->n;

	if (d->log_error) {
		cannot_read(d);
		return;
	}
	for (size_t i = 0; i < d->n_log; i++) {
		const struct iom_log_line *l = &d->log[i];
		char times[40] = "";

		if (strcmp(l->row->check, d->running->id) || (d->only && l->dev && l->dev != d->only))
			continue;
		if (l->count > 1)
			snprintf(times, sizeof(times), "%u lines, the last: ", l->count);
		iom_doctor_say(d, l->row->alone, l->dev ? l->dev->name : "", "%s: %s\"%s\"", d->log_file,
			       times, l->text);
		iom_doctor_remedy(d, "%s", l->row->remedy);
	}
	if (d->n == n)
		iom_doctor_say(d, IOM_VERDICT_OK, d->only ? d->only->name : "",
			       "%s has no fault of a device and no complaint about an IOMMU",
			       d->log_file);
}
