/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds a machine from its description and takes it down. */
#include "process.h"
#include "tsm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define MSI_X86	    ",resv=0xfee00000-0xfeefffff:msi"
#define MSI_ARM	    ",resv=0x8000000-0x80fffff:sw-msi"
#define AMD_TUNNEL  ",resv=0xfd00000000-0xffffffffff:reserved"
#define DEFAULT_APERTURE_LAST (((uint64_t)1 << 48) - 1)
#define MAX_PASID_BITS	      20 /* as PCI Express has it */
#define DEFAULT_PGSIZES	      0x40201000u /* 4 KiB, 2 MiB, 1 GiB */

/* Machines that have a name; the first is there when nothing is described. */
static const struct {
	const char *name, *brief, *items;
} machines[] = {
	{ "default", "a device behind an SMMUv3, and one behind a VT-d unit",
	  "device=vfio0,bdf=0000:00:02.0,iommu=0,driver=arm-smmuv3,pasid=16" MSI_ARM
	  ";device=vfio1,bdf=0000:00:03.0,iommu=1,driver=intel,pasid=20" MSI_X86 },
	{ "vtd", "a server with VT-d: a card, a virtual function of another, two functions in a group",
	  "device=vfio0,bdf=0000:18:00.0,iommu=0,driver=intel,pasid=20" MSI_X86
	  ";device=vfio1,bdf=0000:18:02.0,iommu=0,driver=intel,pasid=20,pf=host" MSI_X86
	  ";device=vfio2,bdf=0000:3b:00.0,iommu=1,driver=intel,group=9" MSI_X86
	  ";device=vfio3,bdf=0000:3b:00.1,iommu=1,driver=intel,group=9" MSI_X86 },
	{ "amd", "two devices behind an AMD IOMMU, with the range that HyperTransport has for itself",
	  "device=vfio0,bdf=0000:41:00.0,iommu=0,driver=amd,pasid=16" MSI_X86 AMD_TUNNEL
	  ";device=vfio1,bdf=0000:42:00.0,iommu=0,driver=amd" MSI_X86 AMD_TUNNEL },
	{ "smmuv3", "two devices behind SMMUv3s of their own, which software gives a window for MSIs",
	  "device=vfio0,bdf=0000:01:00.0,iommu=0,driver=arm-smmuv3,pasid=16" MSI_ARM
	  ";device=vfio1,bdf=0001:01:00.0,iommu=1,driver=arm-smmuv3" MSI_ARM },
	{ "grace", "the same with command queues for guests, as in Grace",
	  "device=vfio0,bdf=0009:01:00.0,iommu=0,driver=tegra241,pasid=16" MSI_ARM
	  ";device=vfio1,bdf=0019:01:00.0,iommu=1,driver=tegra241" MSI_ARM },
	{ "small", "a device whose IOMMU has 32 bits, 4 KiB pages, and nothing else",
	  "device=vfio0,bdf=0000:00:01.0,iommu=0,aperture=0-0xffffffff,pgsizes=0x1000" MSI_X86 },
};

static const char *const kinds[] = { "msi", "sw-msi", "direct", "direct-relaxable", "reserved" };

static int out_of_memory(struct iom_err *err)
{
	err->code = -ENOMEM;
	return iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
}

static int bad(struct iom_err *err, const char *what, const char *word)
{
	return iom_fail(err, IOM_EXIT_USAGE, "emulated machine: %s '%s'", what, word);
}

static struct emu_group *group_of(struct iom_emu *emu, int64_t number)
{
	struct emu_group *g;

	for (g = emu->groups; g && number >= 0; g = g->next)
		if (g->number == number)
			return g;
	g = emu_zalloc(sizeof(*g));
	if (!g)
		return NULL;
	g->number = number;
	g->next = emu->groups;
	emu->groups = g;
	return g;
}

/* "START-LAST" */
static int parse_range(char *text, uint64_t *start, uint64_t *last)
{
	char *dash = strchr(text, '-');

	if (!dash)
		return -EINVAL;
	*dash = '\0';
	if (iom_parse_u64(text, start) || iom_parse_u64(dash + 1, last) || *start > *last)
		return -EINVAL;
	return 0;
}

static int add_resv(struct emu_dev *dev, char *text, struct iom_err *err)
{
	char *colon = strrchr(text, ':');
	struct emu_resv r = { 0, 0, NULL }, *more;
	uint32_t i;

	if (!colon)
		return bad(err, "no kind in reserved region", text);
	*colon = '\0';
	for (i = 0; i < IOM_ARRAY_SIZE(kinds); i++)
		if (strcmp(colon + 1, kinds[i]) == 0)
			r.kind = kinds[i];
	if (!r.kind)
		return bad(err, "unknown kind of reserved region", colon + 1);
	if (parse_range(text, &r.start, &r.last))
		return bad(err, "bad range of reserved region", text);
	for (i = 0; i < dev->n_resv; i++)
		if (emu_kind_is(&r, "sw-msi") && strstr(dev->resv[i].kind, "msi"))
			return bad(err, "a second MSI region on", dev->name);
	more = emu_realloc(dev->resv, (dev->n_resv + 1) * sizeof(*more));
	if (!more)
		return out_of_memory(err);
	dev->resv = more;
	dev->resv[dev->n_resv++] = r;
	return 0;
}

/* Of the driver that was named before. */
static int set_register(struct emu_dev *dev, const char *key, const char *value,
			struct iom_err *err)
{
	uint64_t n = 0;
	bool number = !iom_parse_u64(value, &n);
	int rc = emu_hw_register(&dev->hw, key, n);

	if (rc == -ENOENT)
		return bad(err, "unknown word", key);
	return rc || !number ? bad(err, "bad number", value) : 0;
}

static int set_field(struct emu_dev *dev, const char *key, char *value, int64_t *group,
		     struct iom_err *err)
{
	uint64_t n = 0;

	if (strcmp(key, "resv") == 0)
		return add_resv(dev, value, err);
	if (strcmp(key, "bdf") == 0) {
		if (iom_parse_bdf(value, dev->bdf, sizeof(dev->bdf)))
			return bad(err, "bad PCI address", value);
		return 0;
	}
	if (strcmp(key, "pf") == 0) {
		if (!*value || strlen(value) >= sizeof(dev->pf_name))
			return bad(err, "bad device name", value);
		strcpy(dev->pf_name, value);
		return 0;
	}
	if (strcmp(key, "iommu") == 0 && strcmp(value, "none") == 0) {
		dev->noiommu = true;
		dev->unit = EMU_UNIT_NONE;
		dev->aperture_last = UINT64_MAX;
		dev->pgsizes = ~(EMU_PAGE - 1);
		return 0;
	}
	if (strcmp(key, "aperture") == 0) {
		if (parse_range(value, &dev->aperture_start, &dev->aperture_last))
			return bad(err, "bad aperture", value);
		return 0;
	}
	if (strcmp(key, "pgsizes") == 0) {
		if (iom_parse_u64(value, &dev->pgsizes) || !dev->pgsizes)
			return bad(err, "bad page sizes", value);
		return 0;
	}
	if (strcmp(key, "pasid") == 0) {
		if (iom_parse_u64(value, &n) || n > MAX_PASID_BITS)
			return bad(err, "bad number of PASID bits", value);
		dev->max_pasids = n ? 1u << n : 0;
		return 0;
	}
	if (strcmp(key, "driver") == 0) {
		if (emu_hw_driver(&dev->hw, value))
			return bad(err, "unknown driver", value);
		return 0;
	}
	if (strcmp(key, "tsm") == 0) {
		if (strcmp(value, "link") != 0 && strcmp(value, "devsec") != 0 &&
		    strcmp(value, "none") != 0)
			return bad(err, "bad TSM", value);
		dev->tsm = *value == 'l' ? EMU_TSM_LINK : *value == 'd' ? EMU_TSM_DEVSEC : EMU_TSM_NONE;
		return 0;
	}
	if (strcmp(key, "iommu") != 0 && strcmp(key, "group") != 0)
		return set_register(dev, key, value, err);
	if (iom_parse_u64(value, &n) || n > INT32_MAX)
		return bad(err, "bad number", value);
	if (*key == 'i')
		dev->unit = (int)n;
	else
		*group = (int64_t)n;
	return 0;
}

/* Behind "device=": NAME[,key=value]... */
static int add_device(struct iom_emu *emu, char *text, struct iom_err *err)
{
	struct emu_dev *dev = emu_zalloc(sizeof(*dev)), **tail;
	char *save = NULL, *word = strtok_r(text, ",", &save);
	int64_t group = -1;
	unsigned int bits;
	int rc = 0;

	if (!dev)
		return out_of_memory(err);
	for (tail = &emu->devs; *tail; tail = &(*tail)->next, dev->number++)
		if (word && strcmp((*tail)->name, word) == 0)
			rc = bad(err, "two devices named", word);
	*tail = dev;
	if (rc)
		return rc;
	if (!word || strlen(word) >= sizeof(dev->name) || strchr(word, '/'))
		return bad(err, "bad device name", word ? word : "");
	strcpy(dev->name, word);
	dev->aperture_last = DEFAULT_APERTURE_LAST;
	dev->pgsizes = DEFAULT_PGSIZES;
	while (!rc && (word = strtok_r(NULL, ",", &save))) {
		char *eq = strchr(word, '=');

		if (!eq)
			return bad(err, "no value for", word);
		*eq = '\0';
		rc = set_field(dev, word, eq + 1, &group, err);
	}
	if (rc)
		return rc;
	if (dev->noiommu && strncmp(dev->name, "noiommu-", 8))
		return bad(err, "a device without an IOMMU is named noiommu-..., not", dev->name);
	bits = emu_driver_pasid_bits(&dev->hw);
	if (bits <= MAX_PASID_BITS && dev->max_pasids > 1u << bits)
		dev->max_pasids = bits ? 1u << bits : 0;
	if (!emu_driver_translates(&dev->hw))
		return bad(err, "registers without any stage of translation for", dev->name);
	dev->group = group_of(emu, dev->noiommu ? -1 : group);
	return dev->group ? 0 : out_of_memory(err);
}

/* Virtual functions find the device that they are a part of; it gets a token that nobody knows. */
static int join_functions(struct iom_emu *emu, struct iom_err *err)
{
	struct emu_dev *vf, *pf;

	for (vf = emu->devs; vf; vf = vf->next) {
		if (!vf->pf_name[0])
			continue;
		vf->is_vf = true;
		if (strcmp(vf->pf_name, "host") == 0)
			continue;
		for (pf = emu->devs; pf && strcmp(pf->name, vf->pf_name); pf = pf->next)
			;
		if (!pf || pf == vf || pf->pf_name[0])
			return bad(err, "no device that could be the PF:", vf->pf_name);
		if (!pf->is_pf && getrandom(pf->token, sizeof(pf->token), 0) < 0)
			return bad(err, "no random token for", pf->name);
		pf->is_pf = true;
		vf->pf = pf;
	}
	return 0;
}

/* Behind "abi=": words of series; "7.3" alone means none. */
static int set_abi(struct iom_emu *emu, char *text, struct iom_err *err)
{
	char *save = NULL, *word;

	emu->sw_msi = emu->tsm_any = false;
	emu->series = NULL;
	for (word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		if (strcmp(word, "sw-msi-v2") == 0)
			emu->sw_msi = true;
		else if (strcmp(word, "tsm-any") == 0)
			emu->tsm_any = true;
		else if (emu_tsm_series(word) && !emu->series)
			emu->series = emu_tsm_series(word);
		else if (emu_tsm_series(word))
			return bad(err, "a second TSM series", word);
		else if (strcmp(word, "7.3") != 0)
			return bad(err, "unknown ABI", word);
	}
	emu->speaks = emu->series;
	return 0;
}

/* Behind "lacks=" and "has=": what the host is without, and what it has though it has not. */
static int set_words(struct iom_emu *emu, enum iom_emu_word kind, char *text, struct iom_err *err)
{
	char *save = NULL, *word;

	for (word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save))
		if (!emu_word_set(emu, kind, word))
			return bad(err, kind == IOM_EMU_LACKS ? "it cannot lack" : "it cannot have", word);
	return 0;
}

bool iom_emu_has_huge_pages(const struct iom_emu *emu)
{
	return emu->has & EMU_HAS_HUGE_PAGES;
}

static void free_devices(struct iom_emu *emu)
{
	while (emu->devs) {
		struct emu_dev *dev = emu->devs;

		emu->devs = dev->next;
		emu_dev_free(dev);
	}
	while (emu->groups) {
		struct emu_group *g = emu->groups;

		emu->groups = g->next;
		emu_free(g);
	}
}

void iom_emu_machines(void (*cb)(const char *name, const char *brief, void *arg), void *arg)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(machines); i++)
		cb(machines[i].name, machines[i].brief, arg);
}

static int parse_spec(struct iom_emu *emu, const char *spec, struct iom_err *err);

/* Behind "machine=": its name. */
static int add_machine(struct iom_emu *emu, const char *name, struct iom_err *err)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(machines); i++)
		if (!strcmp(machines[i].name, name))
			return parse_spec(emu, machines[i].items, err);
	iom_hint(err, "`emu show --named` lists those that have one");
	return bad(err, "no machine has the name", name);
}

static int parse_spec(struct iom_emu *emu, const char *spec, struct iom_err *err)
{
	size_t len = strlen(spec) + 1;
	_emu_free_ char *copy = emu_alloc(len);
	char *save = NULL, *item;
	int rc = 0;

	if (!copy)
		return out_of_memory(err);
	memcpy(copy, spec, len);
	for (item = strtok_r(copy, ";\n", &save); item && !rc;
	     item = strtok_r(NULL, ";\n", &save)) {
		if (strcmp(item, "device=none") == 0)
			emu->no_devices = true;
		else if (strncmp(item, "device=", 7) == 0)
			rc = add_device(emu, item + 7, err);
		else if (strncmp(item, "machine=", 8) == 0)
			rc = add_machine(emu, item + 8, err);
		else if (strncmp(item, "abi=", 4) == 0)
			rc = set_abi(emu, item + 4, err);
		else if (strncmp(item, "lacks=", 6) == 0)
			rc = set_words(emu, IOM_EMU_LACKS, item + 6, err);
		else if (strncmp(item, "has=", 4) == 0)
			rc = set_words(emu, IOM_EMU_HAS, item + 4, err);
		else
			rc = bad(err, "unknown item", item);
	}
	return rc;
}

struct iom_emu *iom_emu_new(const char *spec, struct iom_err *err)
{
	struct iom_emu *emu = emu_zalloc(sizeof(*emu));
	int rc;

	if (!emu) {
		out_of_memory(err);
		return NULL;
	}
	emu_locks_init(emu);
	emu->sw_msi = emu->tsm_any = true;
	emu_dispatch_init(emu);
	if (!emu_files_init(emu)) {
		out_of_memory(err);
		iom_emu_free(emu);
		return NULL;
	}
	rc = emu_alloc_is_shared() && emu_mm_first(emu) ? out_of_memory(err) :
							  parse_spec(emu, spec ? spec : "", err);
	if (!rc && emu->devs && emu->no_devices)
		rc = bad(err, "beside device=none there is", emu->devs->name);
	if (!rc && !emu->devs && !emu->no_devices)
		rc = parse_spec(emu, machines[0].items, err);
	if (!rc)
		rc = join_functions(emu, err);
	if (rc) {
		iom_emu_free(emu);
		return NULL;
	}
	return emu;
}

int iom_emu_check(const char *spec, struct iom_err *err)
{
	struct iom_emu *emu = emu_zalloc(sizeof(*emu));
	int rc;

	if (!emu)
		return out_of_memory(err);
	rc = parse_spec(emu, spec, err);
	free_devices(emu);
	emu_free(emu);
	return rc;
}

void emu_dev_free(struct emu_dev *dev)
{
	emu_tdi_unbind(dev);
	emu_kvm_put(dev->kvm);
	emu_free(dev->resv);
	emu_free(dev);
}

void iom_emu_free(struct iom_emu *emu)
{
	int fd;

	if (!emu)
		return;
	emu_mmap_free(emu);
	emu_posts_free(emu);
	for (fd = 0; fd < emu->n_files; fd++)
		if (emu->files[fd])
			emu_file_close(emu, fd);
	emu_files_free(emu);
	free_devices(emu);
	while (emu->chunks) {
		struct emu_chunk *c = emu->chunks;

		emu->chunks = c->next;
		emu_free(c);
	}
	emu_mm_free(emu);
	emu_free(emu->mock_ids);
	pthread_mutex_destroy(&emu->lock);
	emu_free(emu);
}

int iom_emu_node_of(struct iom_emu *emu, const char *bdf, char *name, size_t len)
{
	const struct emu_dev *dev;

	for (dev = emu->devs; dev; dev = dev->next) {
		if (!dev->bdf[0] || strcmp(dev->bdf, bdf) != 0)
			continue;
		if ((size_t)snprintf(name, len, "%s", dev->name) >= len)
			return -ENAMETOOLONG;
		return 0;
	}
	return -ENOENT;
}
