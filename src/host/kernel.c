/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel of the root: its configuration, modules, parameters, command line, ACPI tables. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "host/host.h"

#define CONFIG_MAX (16 << 20) /* bytes, unpacked */

static const char *const symbols[] = {
	"CONFIG_IOMMU_SUPPORT", "CONFIG_IOMMUFD", "CONFIG_IOMMUFD_TEST",
	"CONFIG_IOMMUFD_VFIO_CONTAINER", "CONFIG_IOMMUFD_NOIOMMU",
	"CONFIG_VFIO", "CONFIG_VFIO_DEVICE_CDEV", "CONFIG_VFIO_GROUP", "CONFIG_VFIO_CONTAINER",
	"CONFIG_VFIO_IOMMU_TYPE1", "CONFIG_VFIO_NOIOMMU", "CONFIG_VFIO_PCI",
	"CONFIG_VFIO_PCI_DMABUF",
	"CONFIG_INTEL_IOMMU", "CONFIG_INTEL_IOMMU_DEFAULT_ON",
	"CONFIG_INTEL_IOMMU_SCALABLE_MODE_DEFAULT_ON",
	"CONFIG_AMD_IOMMU", "CONFIG_AMD_IOMMU_IOMMUFD",
	"CONFIG_ARM_SMMU", "CONFIG_ARM_SMMU_V3", "CONFIG_ARM_SMMU_V3_IOMMUFD",
	"CONFIG_TEGRA241_CMDQV",
	"CONFIG_RISCV_IOMMU", "CONFIG_VIRTIO_IOMMU", "CONFIG_IRQ_REMAP",
	"CONFIG_IOMMU_DEFAULT_DMA_STRICT", "CONFIG_IOMMU_DEFAULT_DMA_LAZY",
	"CONFIG_IOMMU_DEFAULT_PASSTHROUGH",
};

/* Modules that one asks for by name; the others are only listed for their parameters. */
static const struct {
	const char *name, *symbol; /* symbol NULL: parameters only */
} modules[] = {
	{ "iommufd", "CONFIG_IOMMUFD" },
	{ "vfio", "CONFIG_VFIO" },
	{ "vfio_pci", "CONFIG_VFIO_PCI" },
	{ "vfio_iommu_type1", "CONFIG_VFIO_IOMMU_TYPE1" },
	{ "arm_smmu", NULL },
	{ "arm_smmu_v3", NULL },
	{ "tegra241_cmdqv", NULL },
	{ "vfio_pci_core", NULL },
};

int host_add_pair(struct iom_host_pairs *p, const char *name, const char *value)
{
	struct iom_host_pair *new;

	if (iom_grow(&p->v, p->n, &p->cap, sizeof(*p->v)))
		return -ENOMEM;
	new = &p->v[p->n];
	new->name = strdup(name);
	new->value = value ? strdup(value) : NULL;
	if (new->name && (new->value || !value)) {
		p->n++;
		return 0;
	}
	free(new->name);
	free(new->value);
	return -ENOMEM;
}

void iom_host_pairs_free(struct iom_host_pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].name);
		free(p->v[i].value);
	}
	free(p->v);
	*p = (struct iom_host_pairs){ 0 };
}

const char *iom_host_pair(const struct iom_host_pairs *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->v[i].name, name))
			return p->v[i].value;
	return NULL;
}

/* gzopen() takes plain text as well. A folder, a FIFO or a device in the way is no file. */
static gzFile open_config(const char *root, const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	if (iom_path(root, full, sizeof(full), "%s", path) || stat(full, &st) ||
	    !S_ISREG(st.st_mode))
		return NULL;
	host_seen(IOM_ACCESS_FILE, path);
	return gzopen(full, "rbe");
}

/* The one of the running kernel first; path says which it was. */
static gzFile find_config(const char *root, const char *release, char *path, size_t len)
{
	gzFile f;

	snprintf(path, len, "/proc/config.gz");
	f = open_config(root, path);
	if (!f && release[0]) {
		snprintf(path, len, "/boot/config-%s", release);
		f = open_config(root, path);
	}
	if (!f && release[0]) {
		snprintf(path, len, "/lib/modules/%s/config", release);
		f = open_config(root, path);
	}
	return f;
}

/* Values of n options: 'y', 'm', 'n'; false when this is no configuration, or a damaged one. */
static bool read_config(gzFile f, const char *const *names, char *values, size_t n)
{
	char line[512];
	bool any = false;
	int rc;

	memset(values, 'n', n);
	/* What unpacks to more than any configuration has is none. */
	while (gztell(f) < CONFIG_MAX && gzgets(f, line, sizeof(line))) {
		size_t len = strcspn(line, "=");

		any |= !strncmp(line, "CONFIG_", 7) || !strncmp(line, "# CONFIG_", 9);
		if (!line[len])
			continue;
		for (size_t i = 0; i < n; i++)
			if (strlen(names[i]) == len && !strncmp(line, names[i], len))
				values[i] = line[len + 1];
	}
	gzerror(f, &rc);
	return any && (rc == Z_OK || rc == Z_STREAM_END);
}

char iom_host_config(const char *root, const char *release, const char *option)
{
	char path[192], value = 0;
	gzFile f = find_config(root, release, path, sizeof(path));

	if (!f)
		return 0;
	if (!read_config(f, &option, &value, 1))
		value = 0;
	gzclose_r(f);
	return value;
}

static int load_config(struct iom_host_kernel *k, const char *root)
{
	char values[IOM_ARRAY_SIZE(symbols)], text[2] = "";
	gzFile f = find_config(root, k->release, k->config_file, sizeof(k->config_file));
	bool good = f && read_config(f, symbols, values, IOM_ARRAY_SIZE(symbols));
	int rc = 0;

	if (f)
		gzclose_r(f);
	if (!good) {
		k->config_file[0] = '\0';
		return 0;
	}
	for (size_t i = 0; i < IOM_ARRAY_SIZE(symbols) && !rc; i++) {
		text[0] = values[i];
		rc = host_add_pair(&k->config, symbols[i], text);
	}
	return rc;
}

/* Not a listing, which would put the name of each module of the machine into a snapshot. */
static bool is_there(const char *root, const char *path)
{
	char target[8];

	return iom_read_link(root, path, target, sizeof(target)) == -EINVAL;
}

static int load_parameters(struct iom_host_kernel *k, const char *root, const char *module)
{
	char dir[128], path[512], name[384], value[1024];
	struct iom_names files = { 0 };
	int rc = 0;

	snprintf(dir, sizeof(dir), "/sys/module/%s/parameters", module);
	if (iom_list_dir(root, dir, &files) == -ENOMEM)
		return -ENOMEM;
	for (size_t i = 0; i < files.n && !rc; i++) {
		snprintf(path, sizeof(path), "%s/%.255s", dir, files.v[i]);
		if (iom_read_file(root, path, value, sizeof(value)) < 0)
			continue;
		snprintf(name, sizeof(name), "%s.%.255s", module, files.v[i]);
		rc = host_add_pair(&k->parameters, name, value);
	}
	iom_names_free(&files);
	return rc;
}

static int load_modules(struct iom_host_kernel *k, const char *root)
{
	bool readable = is_there(root, "/sys/module");
	int rc = 0;

	for (size_t i = 0; i < IOM_ARRAY_SIZE(modules) && !rc; i++) {
		const char *value, *state = readable ? "not-loaded" : NULL;
		char dir[64];

		snprintf(dir, sizeof(dir), "/sys/module/%s", modules[i].name);
		if (is_there(root, dir)) {
			char text[32];

			/* Only what was loaded has this file. */
			snprintf(dir, sizeof(dir), "/sys/module/%s/initstate", modules[i].name);
			state = iom_read_file(root, dir, text, sizeof(text)) > 0 ? "loaded"
										 : "built-in";
			rc = load_parameters(k, root, modules[i].name);
		}
		if (rc || !modules[i].symbol)
			continue;
		value = iom_host_pair(&k->config, modules[i].symbol);
		if (value && *value == 'y')
			state = "built-in";
		rc = host_add_pair(&k->modules, modules[i].name, state);
	}
	return rc;
}

/* Whether a word of the command line is about IOMMUs. */
static bool is_ours(const char *word)
{
	static const char *const names[] = {
		"intremap", "ivrs_", "pcie_acs_override", "tegra241", "pci=",
	};
	static const char *const parts[] = { "iommu", "vfio", "smmu" };
	static const char *const lists[] = {
		"module_blacklist=", "modprobe.blacklist=", "initcall_blacklist=",
	};
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < IOM_ARRAY_SIZE(names); i++)
		if (!strncmp(word, names[i], strlen(names[i])))
			return true;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(parts); i++) {
		const char *at = strstr(word, parts[i]);

		if (at && at < word + len)
			return true;
		for (size_t k = 0; at && k < IOM_ARRAY_SIZE(lists); k++)
			if (!strncmp(word, lists[k], strlen(lists[k])))
				return true;
	}
	return false;
}

int host_cmdline_words(const char *text, struct iom_names *words)
{
	while (*text) {
		_iom_free_ char *word = NULL;
		bool quoted = false;
		size_t len = 0;

		text += strspn(text, " \t\n");
		/* A quoted value may have spaces. */
		while (text[len] && (quoted || !strchr(" \t\n", text[len])))
			if (text[len++] == '"')
				quoted = !quoted;
		/* What follows two dashes is for the first process, not for the kernel. */
		if (!len || (len == 2 && !strncmp(text, "--", 2)))
			break;
		word = strndup(text, len);
		if (!word || (is_ours(word) && iom_names_add(words, word)))
			return -ENOMEM;
		text += len;
	}
	return 0;
}

static int load_command_line(struct iom_host_kernel *k, const char *root)
{
	char text[8192];

	if (iom_read_file(root, "/proc/cmdline", text, sizeof(text)) < 0)
		return 0;
	k->has_command_line = true;
	return host_cmdline_words(text, &k->command_line);
}

static int load_acpi(struct iom_host_kernel *k, const char *root)
{
	static const char *const wanted[] = { "DMAR", "IORT", "IVRS", "RIMT", "VIOT" };
	struct iom_names tables = { 0 };
	int rc = iom_list_dir(root, "/sys/firmware/acpi/tables", &tables);

	if (rc)
		return rc == -ENOMEM ? rc : 0;
	k->has_acpi = true;
	for (size_t i = 0; i < tables.n && !rc; i++)
		for (size_t j = 0; j < IOM_ARRAY_SIZE(wanted) && !rc; j++)
			if (!strcmp(tables.v[i], wanted[j]))
				rc = iom_names_add(&k->acpi, tables.v[i]);
	iom_names_free(&tables);
	return rc;
}

int iom_host_kernel_load(struct iom_host_kernel *k, const char *root)
{
	int rc;

	*k = (struct iom_host_kernel){ 0 };
	if (iom_read_file(root, "/proc/sys/kernel/osrelease", k->release, sizeof(k->release)) < 0)
		k->release[0] = '\0';
	rc = load_config(k, root);
	if (!rc)
		rc = load_modules(k, root);
	if (!rc)
		rc = load_command_line(k, root);
	return rc ? rc : load_acpi(k, root);
}

void iom_host_kernel_free(struct iom_host_kernel *k)
{
	iom_host_pairs_free(&k->config);
	iom_host_pairs_free(&k->modules);
	iom_host_pairs_free(&k->parameters);
	iom_names_free(&k->command_line);
	iom_names_free(&k->acpi);
}
