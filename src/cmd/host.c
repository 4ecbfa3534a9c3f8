/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the commands that show the host share: words, names, arguments. */
#include <stdio.h>
#include <string.h>

#include "cmd/host.h"
#include "cmd/internal.h"
#include "iommuctl/diag.h"

static const struct iom_value viable_values[] = {
	{ "ready", "ready", IOM_VIABLE_READY, NULL, false },
	{ "free", "free", IOM_VIABLE_FREE, NULL, false },
	{ "held", "held", IOM_VIABLE_HELD, NULL, false },
	{ "blocked", "blocked", IOM_VIABLE_BLOCKED, NULL, false },
	{ "nothing", "nothing", IOM_VIABLE_NOTHING, NULL, false },
	{ 0 },
};
const struct iom_enum iom_viable_enum = { .name = "viable", .values = viable_values };

static const struct iom_value member_values[] = {
	{ "vfio", "vfio", IOM_MEMBER_VFIO, NULL, false },
	{ "free", "free", IOM_MEMBER_FREE, NULL, false },
	{ "bridge", "bridge", IOM_MEMBER_BRIDGE, NULL, false },
	{ "stub", "stub", IOM_MEMBER_STUB, NULL, false },
	{ "held", "held", IOM_MEMBER_HELD, NULL, false },
	{ 0 },
};
const struct iom_enum iom_member_enum = { .name = "member", .values = member_values };

static const struct iom_value iommu_values[] = {
	{ "other", "other", IOM_IOMMU_OTHER, NULL, false },
	{ "intel-vtd", "intel-vtd", IOM_IOMMU_INTEL, NULL, false },
	{ "amd", "amd", IOM_IOMMU_AMD, NULL, false },
	{ "arm-smmuv3", "arm-smmuv3", IOM_IOMMU_SMMUV3, NULL, false },
	{ "arm-smmu", "arm-smmu", IOM_IOMMU_SMMU, NULL, false },
	{ "virtio", "virtio", IOM_IOMMU_VIRTIO, NULL, false },
	{ "riscv", "riscv", IOM_IOMMU_RISCV, NULL, false },
	{ "apple-dart", "apple-dart", IOM_IOMMU_APPLE, NULL, false },
	{ "s390", "s390", IOM_IOMMU_S390, NULL, false },
	{ "mediatek", "mediatek", IOM_IOMMU_MTK, NULL, false },
	{ 0 },
};
const struct iom_enum iom_iommu_enum = { .name = "iommu_kind", .values = iommu_values };

int iom_host_of(struct iom_app *app, unsigned int what, struct iom_host *h, struct iom_err *err)
{
	return iom_host_load(h, app->g.sysroot, what, err) ? (int)err->exit : 0;
}

const char *iom_host_ids(const struct iom_host_dev *d, char *buf, size_t len)
{
	buf[0] = '\0';
	if (d->has_ids)
		snprintf(buf, len, "%04x:%04x", d->vendor, d->device);
	return buf;
}

/* Class and subclass; a subclass of 0xff stands for the rest of the class. */
static const struct {
	uint8_t class_, subclass;
	const char *name;
} class_names[] = {
	{ 0x01, 0x06, "sata" }, { 0x01, 0x08, "nvme" }, { 0x01, 0x04, "raid" },
	{ 0x01, 0x00, "scsi" }, { 0x01, 0xff, "storage" },
	{ 0x02, 0x00, "ethernet" }, { 0x02, 0x07, "infiniband" }, { 0x02, 0xff, "network" },
	{ 0x03, 0x00, "vga" }, { 0x03, 0x02, "3d" }, { 0x03, 0xff, "display" },
	{ 0x04, 0x03, "audio" }, { 0x04, 0xff, "multimedia" }, { 0x05, 0xff, "memory" },
	{ 0x06, 0x00, "host-bridge" }, { 0x06, 0x01, "isa-bridge" }, { 0x06, 0x04, "pci-bridge" },
	{ 0x06, 0xff, "bridge" }, { 0x07, 0xff, "communication" }, { 0x08, 0xff, "system" },
	{ 0x09, 0xff, "input" }, { 0x0b, 0x40, "coprocessor" }, { 0x0b, 0xff, "processor" },
	{ 0x0c, 0x03, "usb" }, { 0x0c, 0x05, "smbus" }, { 0x0c, 0xff, "serial-bus" },
	{ 0x0d, 0xff, "wireless" }, { 0x10, 0xff, "crypto" }, { 0x12, 0xff, "accelerator" },
};

const char *iom_host_class(const struct iom_host_dev *d)
{
	uint32_t class_ = d->class_code >> 16, subclass = d->class_code >> 8 & 0xff;

	for (size_t i = 0; d->has_ids && i < IOM_ARRAY_SIZE(class_names); i++)
		if (class_names[i].class_ == class_ &&
		    (class_names[i].subclass == subclass || class_names[i].subclass == 0xff))
			return class_names[i].name;
	return NULL;
}

struct iom_pci_names *iom_host_names(const struct iom_app *app, bool off)
{
	return off ? NULL : iom_pci_names_new(app->g.sysroot);
}

void iom_host_set_names(struct iom_pci_names *names, const struct iom_host_dev *d,
			struct iom_rec *rec, unsigned int vendor, unsigned int device)
{
	const char *name = iom_pci_name(names, d, IOM_PCI_VENDOR);

	if (name)
		iom_set_str(rec, vendor, name);
	name = iom_pci_name(names, d, IOM_PCI_DEVICE);
	if (name)
		iom_set_str(rec, device, name);
}

void iom_host_add_names(struct iom_pci_names *names, const struct iom_host *h, char *const *devices,
			struct iom_rec *rec, unsigned int col)
{
	bool any = false;

	for (char *const *name = devices; *name && names && !any; name++) {
		const struct iom_host_dev *d = iom_host_dev_find(h, *name);

		any = d && iom_pci_name(names, d, IOM_PCI_DEVICE);
	}
	for (char *const *name = devices; *name && any; name++) {
		const struct iom_host_dev *d = iom_host_dev_find(h, *name);
		const char *known = d ? iom_pci_name(names, d, IOM_PCI_DEVICE) : NULL;
		char ids[16] = "";

		if (d && !known)
			iom_host_ids(d, ids, sizeof(ids));
		iom_add_str(rec, col, known ? known : ids);
	}
}

void iom_host_add_uses(const struct iom_host_dev *d, struct iom_rec *rec, unsigned int col)
{
	iom_open_list(rec, col);
	for (size_t i = 0; i < d->n_uses; i++) {
		char text[256];

		/* The node has a column of its own. */
		if (!strcmp(d->uses[i].kind, "vfio-dev"))
			continue;
		snprintf(text, sizeof(text), "%s:%s", d->uses[i].kind, d->uses[i].name);
		iom_add_str(rec, col, text);
	}
}

const struct iom_host_dev *iom_host_dev_arg(const struct iom_host *h, const char *word,
					    struct iom_err *err)
{
	const struct iom_host_dev *d = iom_host_dev_find(h, word);
	char with[64];

	if (!d && strlen(word) < 16) {
		snprintf(with, sizeof(with), "0000:%s", word);
		d = iom_host_dev_find(h, with);
	}
	if (d)
		return d;
	iom_hint(err, "'iommuctl device list' shows all; PCI devices are named like 0000:01:00.0");
	iom_fail(err, IOM_EXIT_NOT_FOUND, "there is no device '%s'", word);
	return NULL;
}

int iom_forest_load(struct iom_app *app, struct iom_forest *f, struct iom_err *err)
{
	int rc;

	*f = (struct iom_forest){ 0 };
	rc = iom_host_of(app, IOM_HOST_USES | IOM_HOST_REGIONS | IOM_HOST_REGISTERS, &f->h, err);
	if (!rc && iom_host_procs(&f->h, &f->procs, &f->n_procs, &f->hidden, err))
		*err = (struct iom_err){ 0 };
	return rc;
}

void iom_forest_free(struct iom_forest *f)
{
	iom_pci_names_free(f->names);
	iom_host_procs_free(f->procs, f->n_procs);
	iom_host_free(&f->h);
}

/* All devices of a group are behind the same IOMMU. */
const struct iom_host_iommu *iom_forest_iommu(const struct iom_forest *f,
					      const struct iom_host_group *g)
{
	for (char **name = g->devices; *name; name++) {
		const struct iom_host_dev *d = iom_host_dev_find(&f->h, *name);

		for (size_t i = 0; d && d->iommu && i < f->h.n_iommus; i++)
			if (d->iommu == f->h.iommus[i].name)
				return &f->h.iommus[i];
	}
	return NULL;
}
