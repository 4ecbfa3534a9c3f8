/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells what a machine is, in the words of its description. */
#include "tsm.h"

#include <string.h>

static const struct {
	enum iom_emu_word kind;
	const char *word;
	uint8_t bit;
} words[] = {
	{ IOM_EMU_LACKS, "kvm", EMU_LACKS_KVM },
	{ IOM_EMU_LACKS, "tsm", EMU_LACKS_TSM },
	{ IOM_EMU_LACKS, "arm64", EMU_LACKS_ARM64 },
	{ IOM_EMU_LACKS, "selftest", EMU_LACKS_SELFTEST },
	{ IOM_EMU_HAS, "huge-pages", EMU_HAS_HUGE_PAGES },
	{ IOM_EMU_HAS, "cap-sys-resource", EMU_HAS_SYS_RESOURCE },
	{ IOM_EMU_HAS, "cap-sys-rawio", EMU_HAS_SYS_RAWIO },
	{ IOM_EMU_HAS, "cap-ipc-lock", EMU_HAS_IPC_LOCK },
};

bool emu_word_set(struct iom_emu *emu, enum iom_emu_word kind, const char *word)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(words); i++) {
		if (words[i].kind != kind || strcmp(words[i].word, word) != 0)
			continue;
		if (kind == IOM_EMU_LACKS)
			emu->lacks |= words[i].bit;
		else
			emu->has |= words[i].bit;
		return true;
	}
	return false;
}

static void abi_words(const struct iom_emu *emu, void (*cb)(const char *word, void *arg), void *arg)
{
	cb("7.3", arg);
	if (emu->sw_msi)
		cb("sw-msi-v2", arg);
	if (emu->series)
		cb(emu->series, arg);
	if (emu->tsm_any)
		cb("tsm-any", arg);
}

void iom_emu_words(const struct iom_emu *emu, enum iom_emu_word kind,
		   void (*cb)(const char *word, void *arg), void *arg)
{
	uint8_t bits = kind == IOM_EMU_LACKS ? emu->lacks : emu->has;

	if (kind == IOM_EMU_ABI) {
		abi_words(emu, cb, arg);
		return;
	}
	for (size_t i = 0; i < IOM_ARRAY_SIZE(words); i++)
		if (words[i].kind == kind && bits & words[i].bit)
			cb(words[i].word, arg);
}

void iom_emu_devices(struct iom_emu *emu, void (*cb)(const struct iom_emu_device *d, void *arg),
		     void *arg)
{
	static const char *const tsm[] = {
		[EMU_TSM_LINK] = "link", [EMU_TSM_DEVSEC] = "devsec", [EMU_TSM_NONE] = "none",
	};
	const struct emu_dev *dev;

	for (dev = emu->devs; dev; dev = dev->next) {
		struct iom_emu_device d = {
			.name = dev->name,
			.bdf = dev->bdf,
			.driver = emu_hw_driver_name(&dev->hw),
			.pf = dev->pf_name[0] ? dev->pf_name : NULL,
			.tsm = tsm[dev->tsm],
			.iommu = dev->noiommu ? -1 : dev->unit,
			.group = dev->group->number,
			.aperture_start = dev->aperture_start,
			.aperture_last = dev->aperture_last,
			.page_sizes = dev->pgsizes,
		};

		while (dev->max_pasids >> d.pasid_bits > 1)
			d.pasid_bits++;
		cb(&d, arg);
	}
}

void iom_emu_device_regions(struct iom_emu *emu, const char *name,
			    void (*cb)(const struct iom_region *r, void *arg), void *arg)
{
	const struct emu_dev *dev = emu->devs;

	while (dev && strcmp(dev->name, name) != 0)
		dev = dev->next;
	for (uint32_t i = 0; dev && i < dev->n_resv; i++) {
		struct iom_region r = { dev->resv[i].start, dev->resv[i].last, dev->resv[i].kind, "" };

		cb(&r, arg);
	}
}
