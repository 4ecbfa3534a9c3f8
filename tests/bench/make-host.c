/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the sysfs of a large machine: make-host DIR DEVICES, two devices a group. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure.h"

#define PER_BUS	   32
#define PER_DOMAIN (256 * PER_BUS)
#define PER_IOMMU  640

/* What devices are there, over and over. */
static const struct {
	unsigned int class_code, vendor, device;
	const char *driver; /* NULL: none */
	const char *use;    /* class of what lives on it; NULL: nothing */
} models[] = {
	{ 0x020000, 0x8086, 0x1572, "i40e", "net" },
	{ 0x020000, 0x8086, 0x154c, "vfio-pci", "vfio-dev" },
	{ 0x010802, 0x144d, 0xa80a, "nvme", "nvme" },
	{ 0x020000, 0x8086, 0x154c, "vfio-pci", "vfio-dev" },
	{ 0x060400, 0x8086, 0x2030, "pcieport", NULL },
	{ 0x030200, 0x10de, 0x20b5, NULL, NULL },
	{ 0x020000, 0x15b3, 0x1017, "mlx5_core", "net" },
	{ 0x088000, 0x8086, 0x2021, NULL, NULL },
};
#define N_MODELS (sizeof(models) / sizeof(models[0]))

static const char *root;

static void in_root(char *buf, const char *fmt, va_list ap)
{
	int n = snprintf(buf, PATH_MAX, "%s/", root);

	n += vsnprintf(buf + n, PATH_MAX - (size_t)n, fmt, ap);
	if (n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		die(root);
	}
}

static __attribute__((format(printf, 1, 2))) void folder(const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	in_root(path, fmt, ap);
	va_end(ap);
	for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			die(path);
	}
	if (mkdir(path, 0755) && errno != EEXIST)
		die(path);
}

static __attribute__((format(printf, 3, 4))) void file(const void *data, size_t len,
						       const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	int fd;

	va_start(ap, fmt);
	in_root(path, fmt, ap);
	va_end(ap);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len || close(fd))
		die(path);
}

static __attribute__((format(printf, 2, 3))) void link_to(const char *target, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	in_root(path, fmt, ap);
	va_end(ap);
	if (symlink(target, path))
		die(path);
}

static void name_of(unsigned int i, char *name, char *bus)
{
	unsigned int domain = i / PER_DOMAIN, b = i % PER_DOMAIN / PER_BUS;

	sprintf(bus, "pci%04x:%02x", domain, b);
	sprintf(name, "%04x:%02x:%02x.0", domain, b, i % PER_BUS);
}

static void make_config(const char *dir, size_t model)
{
	unsigned char c[256] = { 0 };

	c[0] = (unsigned char)models[model].vendor;
	c[1] = (unsigned char)(models[model].vendor >> 8);
	c[2] = (unsigned char)models[model].device;
	c[3] = (unsigned char)(models[model].device >> 8);
	c[9] = (unsigned char)models[model].class_code;
	c[10] = (unsigned char)(models[model].class_code >> 8);
	c[11] = (unsigned char)(models[model].class_code >> 16);
	c[14] = models[model].class_code >> 8 == 0x0604;
	file(c, sizeof(c), "%s/config", dir);
}

static void make_use(unsigned int i, const char *use, const char *dir)
{
	char entry[64], target[256];

	snprintf(entry, sizeof(entry), "%s%u",
		 !strcmp(use, "net") ? "eth" : !strcmp(use, "nvme") ? "nvme" : "vfio", i);
	folder("%s/%s/%s", dir, use, entry);
	snprintf(target, sizeof(target), "../../%s/%s/%s", dir + strlen("sys/"), use, entry);
	link_to(target, "sys/class/%s/%s", use, entry);
}

static void make_links(unsigned int i, size_t model, const char *name, const char *dir)
{
	char target[256];

	snprintf(target, sizeof(target), "../../../%s", dir + strlen("sys/"));
	link_to(target, "sys/bus/pci/devices/%s", name);
	link_to("../../../bus/pci", "%s/subsystem", dir);
	snprintf(target, sizeof(target), "../../../kernel/iommu_groups/%u", i / 2);
	link_to(target, "%s/iommu_group", dir);
	snprintf(target, sizeof(target), "../../virtual/iommu/dmar%u", i / PER_IOMMU);
	link_to(target, "%s/iommu", dir);
	if (models[model].driver) {
		snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", models[model].driver);
		link_to(target, "%s/driver", dir);
	}
	snprintf(target, sizeof(target), "../../../../%s", dir + strlen("sys/"));
	link_to(target, "sys/kernel/iommu_groups/%u/devices/%s", i / 2, name);
	snprintf(target, sizeof(target), "../../../../%s", dir + strlen("sys/devices/"));
	link_to(target, "sys/devices/virtual/iommu/dmar%u/devices/%s", i / PER_IOMMU, name);
}

static void make_device(unsigned int i)
{
	size_t model = i % N_MODELS;
	char name[32], bus[32], dir[128], text[512];
	int n;

	name_of(i, name, bus);
	snprintf(dir, sizeof(dir), "sys/devices/%s/%s", bus, name);
	folder("%s", dir);
	n = snprintf(text, sizeof(text), "%s%s%sPCI_CLASS=%X\nPCI_ID=%04X:%04X\n"
		     "PCI_SUBSYS_ID=8086:0000\nPCI_SLOT_NAME=%s\n"
		     "MODALIAS=pci:v%08Xd%08Xsv00008086sd00000000bc%02Xsc%02Xi%02X\n",
		     models[model].driver ? "DRIVER=" : "",
		     models[model].driver ? models[model].driver : "", models[model].driver ? "\n" : "",
		     models[model].class_code, models[model].vendor, models[model].device, name,
		     models[model].vendor, models[model].device, models[model].class_code >> 16,
		     models[model].class_code >> 8 & 0xff, models[model].class_code & 0xff);
	file(text, (size_t)n, "%s/uevent", dir);
	n = snprintf(text, sizeof(text), "0x%04x\n", models[model].vendor);
	file(text, (size_t)n, "%s/vendor", dir);
	n = snprintf(text, sizeof(text), "0x%04x\n", models[model].device);
	file(text, (size_t)n, "%s/device", dir);
	n = snprintf(text, sizeof(text), "0x%06x\n", models[model].class_code);
	file(text, (size_t)n, "%s/class", dir);
	make_config(dir, model);
	make_links(i, model, name, dir);
	if (models[model].use)
		make_use(i, models[model].use, dir);
}

static void make_group(unsigned int id)
{
	static const char direct[] = "0x000000007b800000 0x000000007f7fffff direct\n",
			  msi[] = "0x00000000fee00000 0x00000000feefffff msi\n";
	char text[256];
	int n = snprintf(text, sizeof(text), "%s%s", id % 100 ? "" : direct, msi);

	folder("sys/kernel/iommu_groups/%u/devices", id);
	file("DMA-FQ\n", 7, "sys/kernel/iommu_groups/%u/type", id);
	file(text, (size_t)n, "sys/kernel/iommu_groups/%u/reserved_regions", id);
}

static void make_iommu(unsigned int id)
{
	char dir[64], target[128];

	snprintf(dir, sizeof(dir), "sys/devices/virtual/iommu/dmar%u", id);
	folder("%s/devices", dir);
	folder("%s/intel-iommu", dir);
	file("1:0\n", 4, "%s/intel-iommu/version", dir);
	file("8d2078c106f0466\n", 16, "%s/intel-iommu/cap", dir);
	file("f020df\n", 7, "%s/intel-iommu/ecap", dir);
	snprintf(target, sizeof(target), "../../devices/virtual/iommu/dmar%u", id);
	link_to(target, "sys/class/iommu/dmar%u", id);
}

int main(int argc, char **argv)
{
	unsigned long n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	if (!n || n > 1000000) {
		fprintf(stderr, "usage: make-host DIR DEVICES\n");
		return 2;
	}
	root = argv[1];
	folder("sys/bus/pci/devices");
	folder("sys/class/iommu");
	for (size_t i = 0; i < N_MODELS; i++) {
		if (models[i].driver)
			folder("sys/bus/pci/drivers/%s", models[i].driver);
		if (models[i].use)
			folder("sys/class/%s", models[i].use);
	}
	for (unsigned int i = 0; i < (n + 1) / 2; i++)
		make_group(i);
	for (unsigned int i = 0; i <= (n - 1) / PER_IOMMU; i++)
		make_iommu(i);
	for (unsigned int i = 0; i < n; i++)
		make_device(i);
	return 0;
}
