/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sysfs and /dev show of the machine: PCI devices, groups, IOMMUs, nodes. */
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_PATH   256
#define CONFIG	   4096 /* bytes of the configuration space */
#define EXTENDED   256 /* where its second part begins */
#define PASID_CAP  0x1b
#define SMMU_AT	   UINT64_C(0x9050000) /* addresses of the IOMMUs, each behind the one before */
#define DMAR_AT	   UINT64_C(0xfed90000)
#define APART	   UINT64_C(0x20000)
#define BAR_MEMORY 0x40200 /* flags of a resource: memory, aligned to its size */

/* Where it goes; the first error ends it. */
struct tree {
	struct iom_emu *emu;
	int (*cb)(const struct iom_emu_entry *e, void *arg);
	void *arg;
	int rc;
};

static void put(struct tree *t, enum iom_emu_entry_kind kind, const char *path, const void *data,
		size_t len)
{
	struct iom_emu_entry e = { kind, path, data, len };

	if (!t->rc)
		t->rc = t->cb(&e, t->arg);
}

/* Names of devices and addresses are short, so MAX_PATH is room for all that is made here. */
static void join(char *path, const char *dir, const char *name)
{
	char *end = stpcpy(path, dir);

	*end++ = '/';
	strcpy(end, name);
}

static void put_dir(struct tree *t, const char *path)
{
	put(t, IOM_EMU_ENTRY_DIR, path, NULL, 0);
}

/* dir/name, of this text and a newline. */
static iom_printf(4, 5) void put_text(struct tree *t, const char *dir, const char *name,
				      const char *fmt, ...)
{
	char path[MAX_PATH], text[512];
	va_list ap;
	int n;

	join(path, dir, name);
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text) - 1, fmt, ap);
	va_end(ap);
	text[n++] = '\n';
	put(t, IOM_EMU_ENTRY_TEXT, path, text, (size_t)n);
}

/* dir/name leads to target; both begin with "/sys/", and the link is relative as all of sysfs are. */
static void put_link(struct tree *t, const char *dir, const char *name, const char *target)
{
	char path[MAX_PATH], text[MAX_PATH] = "";
	const char *s = strchr(dir + 1, '/');

	join(path, dir, name);
	for (; s; s = strchr(s + 1, '/'))
		strcat(text, "../");
	strncat(text, target + strlen("/sys/"), sizeof(text) - strlen(text) - 1);
	put(t, IOM_EMU_ENTRY_LINK, path, text, strlen(text));
}

/* ---- numbers of groups ---- */

/* The number in sysfs of a device's group: as described, or the lowest that is free. */
static int64_t group_number(const struct iom_emu *emu, const struct emu_dev *dev)
{
	const struct emu_dev *other;
	int64_t number = -1, before = 0;

	if (dev->noiommu || dev->group->number >= 0)
		return dev->noiommu ? -1 : dev->group->number;
	for (other = emu->devs; other != dev; other = other->next)
		before += !other->noiommu && other->group->number < 0;
	do {
		number++;
		for (other = emu->devs; other && other->group->number != number; other = other->next)
			;
		before -= !other;
	} while (before >= 0);
	return number;
}

/* ---- groups ---- */

struct region {
	uint64_t start, last;
	const char *kind;
};

/* As the kernel lists them: by address, those of a kind that touch are one. */
static size_t add_region(struct region *list, size_t n, struct region r)
{
	size_t at, i;

	for (i = 0; i < n;) {
		bool apart = list[i].kind != r.kind ||
			     (list[i].last != UINT64_MAX && list[i].last + 1 < r.start) ||
			     (r.last != UINT64_MAX && r.last + 1 < list[i].start);

		if (apart) {
			i++;
			continue;
		}
		if (list[i].start < r.start)
			r.start = list[i].start;
		if (list[i].last > r.last)
			r.last = list[i].last;
		memmove(&list[i], &list[i + 1], (--n - i) * sizeof(*list));
	}
	for (at = 0; at < n && list[at].start < r.start; at++)
		;
	memmove(&list[at + 1], &list[at], (n - at) * sizeof(*list));
	list[at] = r;
	return n + 1;
}

static void put_regions(struct tree *t, const char *dir, int64_t number)
{
	const struct emu_dev *dev;
	_emu_free_ struct region *list = NULL;
	_emu_free_ char *text = NULL;
	size_t most = 1, n = 0, len = 0;
	char path[MAX_PATH];

	for (dev = t->emu->devs; dev; dev = dev->next)
		most += dev->n_resv;
	list = emu_alloc(most * sizeof(*list));
	text = emu_alloc(most * 64);
	if (!list || !text) {
		t->rc = -ENOMEM;
		return;
	}
	for (dev = t->emu->devs; dev; dev = dev->next) {
		if (group_number(t->emu, dev) != number)
			continue;
		for (uint32_t i = 0; i < dev->n_resv; i++) {
			const struct emu_resv *r = &dev->resv[i];
			/* the kernel's name for both */
			const char *kind = emu_kind_is(r, "sw-msi") ? "msi" : r->kind;

			n = add_region(list, n, (struct region){ r->start, r->last, kind });
		}
	}
	for (size_t i = 0; i < n; i++)
		len += (size_t)sprintf(text + len, "0x%016" PRIx64 " 0x%016" PRIx64 " %s\n",
				       list[i].start, list[i].last, list[i].kind);
	join(path, dir, "reserved_regions");
	put(t, IOM_EMU_ENTRY_TEXT, path, text, len);
}

/* ---- IOMMUs ---- */

/* The folder of the IOMMU that a device is behind. */
static void iommu_dir(const struct emu_dev *dev, char *dir, size_t len)
{
	const char *driver = emu_hw_driver_name(&dev->hw);

	if (!driver)
		snprintf(dir, len, "/sys/devices/virtual/iommu/iommu%d", dev->unit);
	else if (!strcmp(driver, "intel"))
		snprintf(dir, len, "/sys/devices/virtual/iommu/dmar%d", dev->unit);
	else if (!strcmp(driver, "amd"))
		snprintf(dir, len, "/sys/devices/virtual/iommu/ivhd%d", dev->unit);
	else
		snprintf(dir, len, "/sys/devices/platform/arm-smmu-v3.%d.auto/iommu/smmu3.0x%016" PRIx64,
			 dev->unit, SMMU_AT + (uint64_t)dev->unit * APART);
}

static void put_iommu(struct tree *t, const struct emu_dev *dev, const char *dir)
{
	const char *driver = emu_hw_driver_name(&dev->hw);
	char path[MAX_PATH];

	put_dir(t, dir);
	put_link(t, "/sys/class/iommu", strrchr(dir, '/') + 1, dir);
	put_link(t, dir, "subsystem", "/sys/class/iommu");
	join(path, dir, "devices");
	put_dir(t, path);
	if (driver && !strcmp(driver, "intel")) {
		join(path, dir, "intel-iommu");
		put_dir(t, path);
		put_text(t, path, "version", "7:0");
		put_text(t, path, "address", "%" PRIx64, DMAR_AT + (uint64_t)dev->unit * APART);
		put_text(t, path, "cap", "%" PRIx64, dev->hw.cap);
		put_text(t, path, "ecap", "%" PRIx64, dev->hw.ecap);
		put_text(t, path, "domains_supported", "%u", 1u << (4 + 2 * (dev->hw.cap & 7)));
		put_text(t, path, "domains_used", "1");
	} else if (driver && !strcmp(driver, "amd")) {
		join(path, dir, "amd-iommu");
		put_dir(t, path);
		put_text(t, path, "cap", "%x", 0x190b640f);
		put_text(t, path, "features", "%" PRIx64 ":%" PRIx64, dev->hw.efr, dev->hw.efr2);
	} else if (driver) {
		snprintf(path, sizeof(path), "/sys/devices/platform/arm-smmu-v3.%d.auto", dev->unit);
		put_link(t, dir, "device", path);
		put_dir(t, path);
		put_link(t, path, "driver", "/sys/bus/platform/drivers/arm-smmu-v3");
		put_dir(t, "/sys/bus/platform/drivers/arm-smmu-v3");
	}
}

/* ---- PCI devices ---- */

/* With the capability that a device with PASIDs has; VFIO hides it. */
static void put_config(struct tree *t, const char *dir, unsigned int pasid_bits)
{
	uint8_t config[CONFIG];
	char path[MAX_PATH];

	emu_vfio_config(config, sizeof(config));
	if (pasid_bits) {
		config[EXTENDED] = PASID_CAP;
		config[EXTENDED + 2] = 1; /* its version */
		config[EXTENDED + 5] = (uint8_t)pasid_bits;
		config[EXTENDED + 6] = 1; /* in use */
	}
	join(path, dir, "config");
	put(t, IOM_EMU_ENTRY_TEXT, path, config, sizeof(config));
}

static void put_resource(struct tree *t, const char *dir, const uint8_t *config)
{
	char text[13 * 57 + 1], path[MAX_PATH];
	size_t len = 0;

	for (uint32_t i = 0; i < 13; i++) {
		uint64_t size = emu_vfio_bar_size(i);
		uint32_t at = 0;

		if (size)
			memcpy(&at, config + 0x10 + 4 * i, sizeof(at));
		len += (size_t)sprintf(text + len, "0x%016" PRIx64 " 0x%016" PRIx64 " 0x%016x\n",
				       (uint64_t)at, size ? at + size - 1 : 0,
				       size ? BAR_MEMORY : 0);
	}
	join(path, dir, "resource");
	put(t, IOM_EMU_ENTRY_TEXT, path, text, len);
}

static void put_ids(struct tree *t, const struct emu_dev *dev, const char *dir)
{
	unsigned int vendor, device, class, bits = 0;
	uint8_t config[EXTENDED];

	emu_vfio_config(config, sizeof(config));
	vendor = config[0] | (unsigned int)config[1] << 8;
	device = config[2] | (unsigned int)config[3] << 8;
	class = config[9] | (unsigned int)config[10] << 8 | (unsigned int)config[11] << 16;
	while (dev->max_pasids >> bits > 1)
		bits++;
	put_text(t, dir, "vendor", "0x%04x", vendor);
	put_text(t, dir, "device", "0x%04x", device);
	put_text(t, dir, "subsystem_vendor", "0x%04x", vendor);
	put_text(t, dir, "subsystem_device", "0x%04x", device);
	put_text(t, dir, "class", "0x%06x", class);
	put_text(t, dir, "revision", "0x%02x", config[8]);
	put_text(t, dir, "modalias", "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", vendor, device,
		 vendor, device, class >> 16, class >> 8 & 0xff, class & 0xff);
	put_text(t, dir, "uevent",
		 "DRIVER=vfio-pci\nPCI_CLASS=%04X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\n"
		 "PCI_SLOT_NAME=%s\nMODALIAS=pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X",
		 class, vendor, device, vendor, device, dev->bdf, vendor, device, vendor, device,
		 class >> 16, class >> 8 & 0xff, class & 0xff);
	put_config(t, dir, bits);
	put_resource(t, dir, config);
}

/* Links between a physical function and those that are parts of it. */
static void put_functions(struct tree *t, const struct emu_dev *dev, const char *dir)
{
	const struct emu_dev *vf;
	char target[MAX_PATH], name[32];
	unsigned int n = 0;

	if (dev->pf && dev->pf->bdf[0]) {
		snprintf(target, sizeof(target), "/sys/devices/pci%.7s/%s", dev->pf->bdf, dev->pf->bdf);
		put_link(t, dir, "physfn", target);
	}
	for (vf = t->emu->devs; vf; vf = vf->next) {
		if (vf->pf != dev || !vf->bdf[0])
			continue;
		snprintf(name, sizeof(name), "virtfn%u", n++);
		snprintf(target, sizeof(target), "/sys/devices/pci%.7s/%s", vf->bdf, vf->bdf);
		put_link(t, dir, name, target);
	}
	if (n) {
		put_text(t, dir, "sriov_numvfs", "%u", n);
		put_text(t, dir, "sriov_totalvfs", "%u", n);
	}
}

/* The character device of VFIO, below the folder of its device. */
static void put_vfio(struct tree *t, const struct emu_dev *dev, const char *parent)
{
	char dir[MAX_PATH], path[MAX_PATH];

	join(path, parent, "vfio-dev");
	put_dir(t, path);
	join(dir, path, dev->name);
	put_dir(t, dir);
	put_text(t, dir, "dev", "%d:%u", IOM_EMU_VFIO_MAJOR, dev->number);
	put_text(t, dir, "uevent", "MAJOR=%d\nMINOR=%u\nDEVNAME=vfio/devices/%s", IOM_EMU_VFIO_MAJOR,
		 dev->number, dev->name);
	put_link(t, dir, "subsystem", "/sys/class/vfio-dev");
	if (dev->bdf[0])
		put_link(t, dir, "device", parent);
	put_link(t, "/sys/class/vfio-dev", dev->name, dir);
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", dev->name);
	put(t, IOM_EMU_ENTRY_NODE, path, NULL, 0);
	snprintf(dir, sizeof(dir), "../vfio/devices/%s", dev->name);
	snprintf(path, sizeof(path), "/dev/char/%d:%u", IOM_EMU_VFIO_MAJOR, dev->number);
	put(t, IOM_EMU_ENTRY_LINK, path, dir, strlen(dir));
}

static void put_pci(struct tree *t, const struct emu_dev *dev)
{
	char dir[MAX_PATH], iommu[MAX_PATH], path[MAX_PATH];
	int64_t number = group_number(t->emu, dev);

	/* "0000:00" names the bus; nobody is told of bridges */
	snprintf(dir, sizeof(dir), "/sys/devices/pci%.7s/%s", dev->bdf, dev->bdf);
	put_dir(t, dir);
	put_link(t, "/sys/bus/pci/devices", dev->bdf, dir);
	put_link(t, "/sys/bus/pci/drivers/vfio-pci", dev->bdf, dir);
	put_link(t, dir, "subsystem", "/sys/bus/pci");
	put_link(t, dir, "driver", "/sys/bus/pci/drivers/vfio-pci");
	put_ids(t, dev, dir);
	put_text(t, dir, "driver_override", "vfio-pci");
	put_text(t, dir, "enable", "0");
	put_text(t, dir, "irq", "11");
	put_text(t, dir, "numa_node", "-1");
	put_functions(t, dev, dir);
	put_vfio(t, dev, dir);
	if (number < 0)
		return;
	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%" PRId64, number);
	put_link(t, dir, "iommu_group", path);
	strcat(path, "/devices");
	put_dir(t, path);
	put_link(t, path, dev->bdf, dir);
	iommu_dir(dev, iommu, sizeof(iommu));
	put_link(t, dir, "iommu", iommu);
	strcat(iommu, "/devices");
	put_link(t, iommu, dev->bdf, dir);
}

/* ---- all of it ---- */

/* Whether an earlier device has told of it already. */
static bool is_first(const struct iom_emu *emu, const struct emu_dev *dev, bool iommu)
{
	const struct emu_dev *other;

	for (other = emu->devs; other != dev; other = other->next)
		if (other->bdf[0] && !other->noiommu &&
		    (iommu ? other->unit == dev->unit
			   : group_number(emu, other) == group_number(emu, dev)))
			return false;
	return true;
}

static void put_shared(struct tree *t)
{
	static const char *const dirs[] = {
		"/sys/kernel/iommu_groups", "/sys/class/iommu", "/sys/class/vfio-dev",
		"/sys/bus/pci/devices", "/sys/bus/pci/drivers/vfio-pci", "/dev/vfio/devices",
	};
	const char *misc = "/sys/devices/virtual/misc/iommu";

	for (size_t i = 0; i < IOM_ARRAY_SIZE(dirs); i++)
		put_dir(t, dirs[i]);
	put_dir(t, misc);
	put_text(t, misc, "dev", "%d:%d", IOM_EMU_MISC_MAJOR, IOM_EMU_IOMMU_MINOR);
	put_text(t, misc, "uevent", "MAJOR=%d\nMINOR=%d\nDEVNAME=iommu", IOM_EMU_MISC_MAJOR,
		 IOM_EMU_IOMMU_MINOR);
	put_link(t, misc, "subsystem", "/sys/class/misc");
	put_link(t, "/sys/class/misc", "iommu", misc);
	put(t, IOM_EMU_ENTRY_NODE, "/dev/iommu", NULL, 0);
}

int iom_emu_tree(struct iom_emu *emu, int (*cb)(const struct iom_emu_entry *e, void *arg), void *arg)
{
	struct tree t = { emu, cb, arg, 0 };
	const struct emu_dev *dev;
	char dir[MAX_PATH];

	put_shared(&t);
	for (dev = emu->devs; dev; dev = dev->next) {
		if (!dev->bdf[0]) {
			put_vfio(&t, dev, "/sys/devices/virtual");
			continue;
		}
		if (!dev->noiommu && is_first(emu, dev, true)) {
			iommu_dir(dev, dir, sizeof(dir));
			put_iommu(&t, dev, dir);
		}
		if (!dev->noiommu && is_first(emu, dev, false)) {
			snprintf(dir, sizeof(dir), "/sys/kernel/iommu_groups/%" PRId64,
				 group_number(emu, dev));
			put_dir(&t, dir);
			put_text(&t, dir, "type", "DMA");
			put_regions(&t, dir, group_number(emu, dev));
		}
		put_pci(&t, dev);
	}
	return t.rc;
}
