/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of `doctor` that look at addresses, and at the memory that is to be mapped. */
#include "doctor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trial.h"

/* x86: interrupts are written there, and no guest has memory at it. */
#define MSI_X86_FIRST 0xfee00000ULL
#define MSI_X86_LAST  0xfeefffffULL
/* Memory of a guest leaves a hole below 4 GiB on most machines; it ends that much higher. */
#define HOLE_MAX (1ULL << 30)

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

/* The number behind a text of the line that the driver of this IOMMU logged; 0 none. */
static unsigned int logged_bits(const struct iom_doctor *d, const struct iom_host_iommu *u,
				const char *text, char *from, size_t len)
{
	const char *line = u->parent[0] ? iom_doctor_logged(d, text, u->parent) : NULL;
	unsigned int bits;

	if (!line || sscanf(strstr(line, text) + strlen(text), "%u", &bits) != 1 || bits > 64)
		return 0;
	snprintf(from, len, "%s: \"%.200s\"", d->log_file, line);
	return bits;
}

/* AMD: levels of the host's page table, from 4 on; 3 is reserved. 0: it has none. */
static unsigned int amd_bits(uint64_t efr)
{
	static const unsigned int bits[] = { 48, 57, 64, 0 };

	return bits[efr >> 10 & 3];
}

/* Bits of an IOVA and what told it; 0: nothing does. */
static unsigned int width_of(const struct iom_doctor *d, const struct iom_host_iommu *u, char *from,
			     size_t len)
{
	switch (u->kind) {
	case IOM_IOMMU_INTEL:
		snprintf(from, len, "/sys/class/iommu/%s/intel-iommu/cap 0x%" PRIx64, u->name, u->reg[0]);
		/* Maximum guest address width, one less than its bits. */
		return u->has_reg[0] ? (unsigned int)(u->reg[0] >> 16 & 0x3f) + 1 : 0;
	case IOM_IOMMU_AMD:
		snprintf(from, len, "/sys/class/iommu/%s/amd-iommu/features 0x%" PRIx64 " (HATS %u)",
			 u->name, u->reg[0], (unsigned int)(u->reg[0] >> 10 & 3));
		return u->has_reg[0] ? amd_bits(u->reg[0]) : 0;
	case IOM_IOMMU_SMMUV3:
		return logged_bits(d, u, " ias ", from, len);
	case IOM_IOMMU_SMMU:
		return logged_bits(d, u, "Stage-1: ", from, len);
	case IOM_IOMMU_VIRTIO:
		return logged_bits(d, u, "input address: ", from, len);
	default:
		return 0;
	}
}

/* How many bytes a guest's memory may have below this address. */
static bool too_narrow(const struct iom_doctor *d, uint64_t last)
{
	return d->plan_size && last < UINT64_MAX && d->plan_size - 1 > last - (last > HOLE_MAX ? HOLE_MAX : 0);
}

static void check_width(struct iom_doctor *d, const struct iom_host_iommu *u, unsigned int cpu)
{
	char from[320] = "";
	unsigned int bits = width_of(d, u, from, sizeof(from));
	const char *oas;

	if (!bits) {
		oas = u->kind == IOM_IOMMU_SMMUV3 && u->parent[0] ? iom_doctor_logged(d, " oas ", u->parent)
								   : NULL;
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, u->name,
			       "sysfs does not tell the width%s%s%s; 'iommuctl doctor --device NAME --open' "
			       "asks IOVA_RANGES", oas ? ", the kernel logged its output only: \"" : "",
			       oas ? oas : "", oas ? "\"" : "");
	} else if (bits < 64 && too_narrow(d, (1ULL << bits) - 1)) {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, u->name,
			       "%s: %u bits, and a guest of %" PRIu64 " bytes needs more", from, bits,
			       d->plan_size);
	} else if (cpu > bits) {
		iom_doctor_say(d, IOM_VERDICT_WARNING, u->name,
			       "%s: %u bits; /proc/cpuinfo: %u. BARs that a VMM puts above the narrower "
			       "width cannot be mapped", from, bits, cpu);
	} else {
		iom_doctor_say(d, IOM_VERDICT_OK, u->name, "%s: %u bits", from, bits);
	}
}

/* What the kernel answered beats what a register lets expect. */
static void check_ranges(struct iom_doctor *d, const struct iom_trial *t)
{
	uint64_t last = t->ranges[t->n_ranges - 1].last;
	bool narrow = too_narrow(d, last);

	iom_doctor_say(d, narrow ? IOM_VERDICT_PROBLEM : IOM_VERDICT_OK, d->only->name,
		       "IOVA_RANGES with the device attached: %s; it ends at 0x%" PRIx64, t->ranges_text,
		       last);
	if (narrow)
		iom_doctor_add(d, ", and a guest of %" PRIu64 " bytes needs more", d->plan_size);
}

void iom_check_width(struct iom_doctor *d)
{
	unsigned int cpu = cpu_bits(d);
	size_t n = d->n;

	if (d->trial && d->trial->n_ranges) {
		check_ranges(d, d->trial);
		return;
	}
	for (size_t i = 0; i < d->h->n_iommus; i++)
		if (!d->only || d->only->iommu == d->h->iommus[i].name)
			check_width(d, &d->h->iommus[i], cpu);
	if (d->n == n)
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, d->only ? d->only->name : "",
			       "/sys/class/iommu lists no IOMMU %s", d->only ? "of it" : "at all");
}

/* Is it where a guest may have memory? Known sizes count; else any beside the window of x86. */
static void in_the_way(struct iom_doctor *d, const struct iom_host_group *g,
		       const struct iom_host_region *r)
{
	char name[32];

	if (!strcmp(r->kind, "direct") || !strcmp(r->kind, "direct-relaxable") ||
	    (r->start >= MSI_X86_FIRST && r->last <= MSI_X86_LAST) || r->start >= d->plan_size)
		return;
	snprintf(name, sizeof(name), "group %u", g->id);
	iom_doctor_say(d, IOM_VERDICT_WARNING, name,
		       "/sys/kernel/iommu_groups/%u/reserved_regions: 0x%" PRIx64 "-0x%" PRIx64 " %s: a "
		       "guest whose %" PRIu64 " bytes begin at 0 has memory there. A map made before a "
		       "device is attached succeeds, and the attach is then refused", g->id, r->start,
		       r->last, r->kind, d->plan_size);
}

void iom_check_regions(struct iom_doctor *d)
{
	iom_doctor_regions(d, in_the_way,
			   d->plan_size ? "no region of the groups is below the size of the guest"
					: "without --plan no memory of a guest is compared");
}

void iom_check_bars(struct iom_doctor *d)
{
	const char option[] = "CONFIG_VFIO_PCI_DMABUF";
	char value = iom_host_config(d->h->root, d->release, option);

	if (d->trial && !d->trial->failed) {
		iom_doctor_say(d, d->trial->dma_buf ? IOM_VERDICT_WARNING : IOM_VERDICT_OK, d->only->name,
			       "VFIO_DEVICE_FEATURE_DMA_BUF: %s",
			       d->trial->dma_buf ? iom_errno_name(d->trial->dma_buf) : "is there");
	} else if (!value) {
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "",
			       "neither /proc/config.gz nor /boot/config-%s can be read; 'iommuctl device "
			       "features' asks a device for dma-buf", d->release);
		return;
	} else {
		iom_doctor_say(d, value == 'y' ? IOM_VERDICT_OK : IOM_VERDICT_WARNING, "",
			       "the configuration of kernel %s has %s%s", d->release,
			       value == 'y' ? "" : "no ", option);
	}
	if (d->findings[d->n - 1].verdict == IOM_VERDICT_OK) {
		iom_doctor_add(d, ": 'device dma-buf' exports a BAR, and 'ioas map-file' maps it");
		return;
	}
	iom_doctor_add(d, ": memory that is a BAR is refused with EFAULT, so devices cannot reach each "
		       "other");
	iom_doctor_remedy(d, "use a kernel with %s=y; until then let the VMM leave BARs out, or take the "
			  "container of VFIO type 1 (CONFIG_VFIO_CONTAINER), which maps them: no kernel has "
			  "to be built without IOMMUFD", option);
}

/* Bytes in free huge pages of every size; *any: the kernel has them at all. */
static uint64_t free_huge_bytes(const struct iom_doctor *d, bool *any)
{
	static const char dir[] = "/sys/kernel/mm/hugepages";
	struct iom_names names = { 0 };
	uint64_t sum = 0;

	*any = !iom_list_dir(d->h->root, dir, &names);
	for (size_t i = 0; i < names.n; i++) {
		char path[160], text[32];
		unsigned long long kib;
		uint64_t pages;

		snprintf(path, sizeof(path), "%s/%.60s/free_hugepages", dir, names.v[i]);
		if (sscanf(names.v[i], "hugepages-%llukB", &kib) == 1 && kib < 1ULL << 32 &&
		    iom_read_file(d->h->root, path, text, sizeof(text)) > 0 &&
		    !iom_parse_u64(text, &pages) && pages < 1ULL << 32)
			sum += kib * 1024 * pages;
	}
	iom_names_free(&names);
	return sum;
}

void iom_check_huge_pages(struct iom_doctor *d)
{
	static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
	char thp[64];
	bool has_thp = iom_read_file(d->h->root, path, thp, sizeof(thp)) > 0, any;
	uint64_t bytes = free_huge_bytes(d, &any), want = d->plan_size;

	if (!has_thp && !any) {
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "", "neither %s nor /sys/kernel/mm/hugepages can be "
			       "read", path);
		return;
	}
	iom_doctor_say(d, want && bytes < want && (!has_thp || strstr(thp, "[never]")) ? IOM_VERDICT_WARNING
											 : IOM_VERDICT_OK,
		       "", "%s: %s; /sys/kernel/mm/hugepages: %" PRIu64 " bytes free", path,
		       has_thp ? thp : "not there", bytes);
	if (d->findings[d->n - 1].verdict == IOM_VERDICT_WARNING)
		iom_doctor_add(d, ": %" PRIu64 " bytes are mapped in %" PRIu64 " pages of 4096, which takes "
			       "minutes where large ones take seconds", want, want / 4096);
}
