/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IOMMUs: their names, what is behind them, and what their registers say. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"

#define IOMMU_DIR "/sys/class/iommu"

static const struct {
	const char *prefix;
	enum iom_iommu_kind kind;
} by_name[] = {
	{ "dmar", IOM_IOMMU_INTEL }, { "ivhd", IOM_IOMMU_AMD }, { "smmu3.", IOM_IOMMU_SMMUV3 },
	{ "smmu.", IOM_IOMMU_SMMU }, { "riscv-iommu", IOM_IOMMU_RISCV },
	{ "apple-dart", IOM_IOMMU_APPLE }, { "s390-iommu", IOM_IOMMU_S390 },
	{ "mtk-iommu", IOM_IOMMU_MTK },
};

static enum iom_iommu_kind kind_of(const char *name)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(by_name); i++)
		if (!strncmp(name, by_name[i].prefix, strlen(by_name[i].prefix)))
			return by_name[i].kind;
	return IOM_IOMMU_OTHER;
}

bool host_number(const char *root, const char *dir, const char *file, int64_t *v)
{
	char path[HOST_PATH], text[32];
	uint64_t u;
	bool minus;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (iom_read_file(root, path, text, sizeof(text)) < 0)
		return false;
	minus = text[0] == '-';
	if (iom_parse_u64(text + minus, &u) || u > INT64_MAX)
		return false;
	*v = minus ? -(int64_t)u : (int64_t)u;
	return true;
}

/* The kernel writes these registers in hex without saying so. */
static bool parse_hex(const char *s, uint64_t *v)
{
	char with[24];

	if (strlen(s) > 16)
		return false;
	snprintf(with, sizeof(with), "0x%s", s);
	return !iom_parse_u64(with, v);
}

bool host_hex(const char *root, const char *dir, const char *file, uint64_t *v)
{
	char path[HOST_PATH], text[32];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return iom_read_file(root, path, text, sizeof(text)) >= 0 && parse_hex(text, v);
}

static void read_intel(const char *root, const char *base, struct iom_host_iommu *u)
{
	char dir[HOST_DIR + 16], path[HOST_PATH];
	uint64_t address;

	snprintf(dir, sizeof(dir), "%s/intel-iommu", base);
	snprintf(path, sizeof(path), "%s/version", dir);
	if (iom_read_file(root, path, u->version, sizeof(u->version)) < 0)
		u->version[0] = '\0';
	u->has_reg[0] = host_hex(root, dir, "cap", &u->reg[0]);
	u->has_reg[1] = host_hex(root, dir, "ecap", &u->reg[1]);
	if (host_hex(root, dir, "address", &address) && address <= INT64_MAX)
		u->address = (int64_t)address;
	if (!host_number(root, dir, "domains_supported", &u->domains_supported))
		u->domains_supported = -1;
	if (!host_number(root, dir, "domains_used", &u->domains_used))
		u->domains_used = -1;
}

/* "efr:efr2", or one number on kernels that know one. */
static void read_amd(const char *root, const char *base, struct iom_host_iommu *u)
{
	char dir[HOST_DIR + 16], path[HOST_PATH], text[64], *colon;

	snprintf(dir, sizeof(dir), "%s/amd-iommu", base);
	u->has_reg[2] = host_hex(root, dir, "cap", &u->reg[2]);
	snprintf(path, sizeof(path), "%s/features", dir);
	if (iom_read_file(root, path, text, sizeof(text)) < 0)
		return;
	colon = strchr(text, ':');
	if (colon)
		*colon = '\0';
	u->has_reg[0] = parse_hex(text, &u->reg[0]);
	u->has_reg[1] = colon && parse_hex(colon + 1, &u->reg[1]);
}

/* SMMUs, virtio and AMD are devices themselves. */
static void read_parent(const char *root, const char *base, struct iom_host_iommu *u)
{
	char path[HOST_PATH];

	snprintf(path, sizeof(path), "%s/device", base);
	if (!iom_link_name(root, path, u->parent, sizeof(u->parent)))
		u->parent[0] = '\0';
	snprintf(path, sizeof(path), "%s/device/driver", base);
	if (!iom_link_name(root, path, u->driver, sizeof(u->driver)))
		u->driver[0] = '\0';
}

static int read_iommu(struct iom_host *h, const char *name, bool registers,
		      struct iom_host_iommu *u)
{
	char base[HOST_DIR], path[HOST_PATH];
	int rc;

	*u = (struct iom_host_iommu){ .kind = kind_of(name), .address = -1,
				      .domains_supported = -1, .domains_used = -1 };
	u->name = strdup(name);
	if (!u->name)
		return -ENOMEM;
	snprintf(base, sizeof(base), IOMMU_DIR "/%s", name);
	snprintf(path, sizeof(path), "%s/devices", base);
	rc = iom_list_dir(h->root, path, &u->devices);
	if (rc == -ENOMEM) {
		free(u->name);
		return rc;
	}
	/*
	 * A virtio one is named after the device that carries it, as any may be; its driver tells.
	 */
	if (registers || u->kind == IOM_IOMMU_OTHER)
		read_parent(h->root, base, u);
	if (u->kind == IOM_IOMMU_OTHER && !strcmp(u->driver, "virtio_iommu"))
		u->kind = IOM_IOMMU_VIRTIO;
	if (registers && u->kind == IOM_IOMMU_INTEL)
		read_intel(h->root, base, u);
	if (registers && u->kind == IOM_IOMMU_AMD)
		read_amd(h->root, base, u);
	return 0;
}

/* dmar2 before dmar10. */
static int compare_iommus(const void *a, const void *b)
{
	const struct iom_host_iommu *x = a, *y = b;

	return strverscmp(x->name, y->name);
}

int host_read_iommus(struct iom_host *h, bool registers)
{
	struct iom_names names = { 0 };
	size_t cap = 0;
	int rc = iom_list_dir(h->root, IOMMU_DIR, &names);

	if (rc == -ENOENT || rc == -ENOTDIR)
		rc = 0;
	for (size_t i = 0; i < names.n && !rc; i++) {
		rc = iom_grow(&h->iommus, h->n_iommus, &cap, sizeof(*h->iommus));
		if (!rc)
			rc = read_iommu(h, names.v[i], registers, &h->iommus[h->n_iommus]);
		if (!rc)
			h->n_iommus++;
	}
	iom_names_free(&names);
	if (h->n_iommus)
		qsort(h->iommus, h->n_iommus, sizeof(*h->iommus), compare_iommus);
	return rc;
}

void host_free_iommus(struct iom_host *h)
{
	for (size_t i = 0; i < h->n_iommus; i++) {
		iom_names_free(&h->iommus[i].devices);
		free(h->iommus[i].name);
	}
	free(h->iommus);
	h->iommus = NULL;
	h->n_iommus = 0;
}
