/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IOMMU faults out of the kernel log: the lines of VT-d, AMD-Vi, SMMUv3 and virtio. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/host.h"

/* What stands between two texts of a line, cut to fit; false when one is missing. */
static bool between(const char *line, const char *from, const char *to, char *buf, size_t len)
{
	const char *start = strstr(line, from), *end;

	if (!start)
		return false;
	start += strlen(from);
	end = *to ? strstr(start, to) : start + strlen(start);
	if (!end)
		return false;
	snprintf(buf, len, "%.*s", (int)(end - start < 256 ? end - start : 255), start);
	return true;
}

/* The number behind a name such as "address=" or "iova: ". */
static bool number_behind(const char *line, const char *name, uint64_t *v)
{
	const char *at = strstr(line, name);

	return at && sscanf(at + strlen(name), "%" SCNx64, v) == 1;
}

/*
 * "[DMA Write NO_PASID] Request device [0000:00:02.0] fault addr 0x2000000 [fault reason 0x05] ..."
 */
static bool take_dmar(const char *line, struct iom_host_fault *f)
{
	char type[64], reason[160];
	uint64_t pasid;

	if (!strstr(line, "DMAR: ") ||
	    !between(line, "Request device [", "]", f->device, sizeof(f->device)))
		return false;
	f->source = "intel-vtd";
	if (strchr(f->device, ':') == strrchr(f->device, ':')) {
		char with[sizeof(f->device)];

		snprintf(with, sizeof(with), "0000:%.24s", f->device);
		strcpy(f->device, with);
	}
	if (between(line, "DMAR: [", "]", type, sizeof(type)))
		f->access = strstr(type, "DMA Read")	 ? "read"
			    : strstr(type, "DMA Write")	 ? "write"
			    : strstr(type, "INTR-REMAP") ? "interrupt"
							 : "";
	f->has_pasid = strstr(type, " PASID ") && number_behind(type, " PASID ", &pasid);
	if (f->has_pasid)
		f->pasid = (uint32_t)pasid;
	f->has_address = number_behind(line, "fault addr ", &f->address);
	if (between(line, "[fault reason ", "", reason, sizeof(reason)) && strstr(reason, "] "))
		snprintf(f->reason, sizeof(f->reason), "%s", strstr(reason, "] ") + 2);
	return true;
}

#define AMD_WRITE 0x20 /* in the flags of a page fault */

/* A PASID of 0 is the device itself, and is told all the same. */
static void take_pasid(const char *line, const char *name, struct iom_host_fault *f)
{
	uint64_t pasid;

	f->has_pasid = number_behind(line, name, &pasid) && pasid;
	if (f->has_pasid)
		f->pasid = (uint32_t)pasid;
}

/*
 * "vfio-pci 0000:03:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000e address=0x0 flags=0x0]"
 */
static bool take_amd(const char *line, struct iom_host_fault *f)
{
	char body[200], *end;
	const char *colon;
	uint64_t flags;

	if (!between(line, "Event logged [", "]", body, sizeof(body)))
		return false;
	f->source = "amd";
	f->has_address = number_behind(body, " address=", &f->address);
	take_pasid(body, " pasid=", f);
	if (!strncmp(body, "IO_PAGE_FAULT ", 14) && number_behind(body, " flags=", &flags))
		f->access = flags & AMD_WRITE ? "write" : "read";
	if (between(body, " device=", " ", f->device, sizeof(f->device))) {
		f->device[strcspn(f->device, ",")] = '\0';
	} else {
		colon = strstr(line, ": AMD-Vi");
		/* the device's own prefix: the word before it */
		for (const char *p = colon; p && p > line; p--) {
			if (p[-1] != ' ')
				continue;
			snprintf(f->device, sizeof(f->device), "%.*s", (int)(colon - p), p);
			break;
		}
	}
	/* What it is called ends where the first value begins. */
	end = strchr(body, '=');
	if (end) {
		*end = '\0';
		end = strrchr(body, ' ');
	}
	if (end)
		*end = '\0';
	snprintf(f->reason, sizeof(f->reason), "%.100s", body);
	return true;
}

/*
 * "arm-smmu-v3 9050000.smmuv3: event: F_TRANSLATION client: 0000:00:01.0 sid: 0x8 ssid: 0x0 iova:
 * ..."
 */
static bool take_smmuv3(const char *line, struct iom_host_fault *f)
{
	if (!strstr(line, "arm-smmu-v3 ") ||
	    !between(line, "event: ", " client: ", f->reason, sizeof(f->reason)))
		return false;
	f->source = "arm-smmuv3";
	if (!between(line, " client: ", " sid: ", f->device, sizeof(f->device)))
		f->device[0] = '\0';
	take_pasid(line, " ssid: ", f);
	f->has_address = number_behind(line, " iova: ", &f->address);
	return true;
}

/* "virtio_iommu virtio0: page fault from EP 24 at 0x1001000 [W]"; the host made up the number. */
static bool take_virtio(const char *line, struct iom_host_fault *f)
{
	static const char driver[] = "virtio_iommu ", fault[] = " fault from EP ";
	const char *unit = strstr(line, driver), *end = strstr(line, fault), *text;
	char access[8];

	text = unit ? strstr(unit, ": ") : NULL;
	if (!text || !end || end < text + 2)
		return false;
	unit += strlen(driver);
	f->source = "virtio";
	snprintf(f->parent, sizeof(f->parent), "%.*s", (int)(text - unit), unit);
	text += 2;
	end += strlen(fault);
	snprintf(f->reason, sizeof(f->reason), "%.*s", (int)(end + strcspn(end, " ") - text), text);
	f->has_address = number_behind(end, " at ", &f->address);
	if (between(end, " [", "]", access, sizeof(access)))
		f->access = strchr(access, 'W') ? "write" : strchr(access, 'R') ? "read" : "";
	return true;
}

bool iom_host_fault_parse(const char *line, struct iom_host_fault *f)
{
	*f = (struct iom_host_fault){ .source = "", .access = "" };
	return take_dmar(line, f) || take_amd(line, f) || take_smmuv3(line, f) ||
	       take_virtio(line, f);
}
