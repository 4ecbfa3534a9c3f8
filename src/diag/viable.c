/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether an IOMMU group can be handed to user space, and which member prevents it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "iommuctl/diag.h"

#define BRIDGE_CLASS 0x06

const char *const iom_member_words[] = {
	[IOM_MEMBER_VFIO] = "vfio", [IOM_MEMBER_FREE] = "free", [IOM_MEMBER_BRIDGE] = "bridge",
	[IOM_MEMBER_STUB] = "stub", [IOM_MEMBER_HELD] = "held", NULL,
};

const char *const iom_viable_words[] = {
	[IOM_VIABLE_READY] = "ready", [IOM_VIABLE_FREE] = "free", [IOM_VIABLE_HELD] = "held",
	[IOM_VIABLE_BLOCKED] = "blocked", [IOM_VIABLE_NOTHING] = "nothing", NULL,
};

/*
 * A driver that manages DMA itself leaves the group to user space; of those, the kernel (7.3) has
 * the VFIO drivers, the one of PCI Express ports and pci-stub.
 */
enum iom_member iom_member_of(const struct iom_host_dev *d)
{
	if (iom_host_dev_use(d, "vfio-dev") || (d->driver && strstr(d->driver, "vfio")))
		return IOM_MEMBER_VFIO;
	if (d->driver && !strcmp(d->driver, "pcieport"))
		return IOM_MEMBER_BRIDGE;
	if (d->driver && !strcmp(d->driver, "pci-stub"))
		return IOM_MEMBER_STUB;
	if (d->driver)
		return IOM_MEMBER_HELD;
	return d->has_ids && d->class_code >> 16 == BRIDGE_CLASS ? IOM_MEMBER_BRIDGE : IOM_MEMBER_FREE;
}

/* A region that firmware wants mapped one to one keeps every other page table away. */
static const struct iom_host_region *direct_region(const struct iom_host_group *g)
{
	for (size_t i = 0; i < g->n_regions; i++)
		if (!strcmp(g->regions[i].kind, "direct"))
			return &g->regions[i];
	return NULL;
}

static void say_held(struct iom_viable *v, const struct iom_host *h, const struct iom_host_group *g)
{
	size_t used = 0;

	for (char **name = g->devices; *name; name++) {
		const struct iom_host_dev *d = iom_host_dev_find(h, *name);
		int n;

		if (!d || iom_member_of(d) != IOM_MEMBER_HELD)
			continue;
		n = snprintf(v->reason + used, sizeof(v->reason) - used, "%s%s has driver %s",
			     used ? ", " : "", d->name, d->driver);
		if (n < 0 || (size_t)n >= sizeof(v->reason) - used)
			break;
		used += (size_t)n;
	}
}

void iom_viable_of(const struct iom_host *h, const struct iom_host_group *g, struct iom_viable *v)
{
	const struct iom_host_region *direct = direct_region(g);
	unsigned int count[IOM_MEMBER_HELD + 1] = { 0 };

	*v = (struct iom_viable){ .state = IOM_VIABLE_NOTHING };
	for (char **name = g->devices; *name; name++) {
		const struct iom_host_dev *d = iom_host_dev_find(h, *name);

		if (d)
			count[iom_member_of(d)]++;
	}
	if (direct) {
		v->state = IOM_VIABLE_BLOCKED;
		snprintf(v->reason, sizeof(v->reason), "firmware wants 0x%" PRIx64 "-0x%" PRIx64
			 " mapped one to one", direct->start, direct->last);
	} else if (count[IOM_MEMBER_HELD]) {
		v->state = IOM_VIABLE_HELD;
		say_held(v, h, g);
	} else if (count[IOM_MEMBER_VFIO]) {
		v->state = IOM_VIABLE_READY;
	} else if (count[IOM_MEMBER_FREE] || count[IOM_MEMBER_STUB]) {
		v->state = IOM_VIABLE_FREE;
		snprintf(v->reason, sizeof(v->reason), "no member is bound to a VFIO driver yet");
	}
}
