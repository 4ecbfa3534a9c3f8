/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The regions of an emulated VFIO device: BARs that are plain memory, and a configuration space. */
#include "internal.h"

#include <errno.h>
#include <string.h>

#define OFFSET_SHIFT  40 /* the index of a region stands above its offset */
#define CONFIG_SIZE   4096 /* PCI Express */
#define BAR0_SIZE     0x1000
#define MSIX_BAR_SIZE 0x4000
#define MSIX_TABLE    (EMU_MSIX_VECTORS * 16) /* bytes, at the start of BAR 4 */

#define COMMAND	       0x04 /* of the configuration space */
#define COMMAND_MEMORY 2
#define NO_BYTE	       0xff /* what a read gives where nothing answers */
#define PIECE	       256u /* bytes that go between the caller and a region at once */

/* Bytes are copied while others may have them mapped. */
struct emu_regs {
	uint8_t config[CONFIG_SIZE];
	uint8_t *bar0, *msix_bar; /* whole pages, in memory */
	uint8_t memory[BAR0_SIZE + MSIX_BAR_SIZE + EMU_PAGE];
};

#define RW (IOM_VFIO_REGION_INFO_FLAG_READ | IOM_VFIO_REGION_INFO_FLAG_WRITE)

static const struct {
	uint64_t size;
	uint32_t flags;
} regions[IOM_VFIO_PCI_NUM_REGIONS] = {
	[IOM_VFIO_PCI_BAR0_REGION_INDEX] = { BAR0_SIZE, RW | IOM_VFIO_REGION_INFO_FLAG_MMAP },
	[IOM_VFIO_PCI_BAR4_REGION_INDEX] = { MSIX_BAR_SIZE, RW | IOM_VFIO_REGION_INFO_FLAG_MMAP |
							    IOM_VFIO_REGION_INFO_FLAG_CAPS },
	[IOM_VFIO_PCI_CONFIG_REGION_INDEX] = { CONFIG_SIZE, RW },
};

/* The configuration space after an open: bytes that are not zero, and bits that can be written. */
static const struct {
	uint16_t at;
	uint8_t value, mask;
} config_bytes[] = {
	{ 0x00, 0x34, 0 }, { 0x01, 0x12, 0 }, { 0x02, 0x01, 0 },
	/* memory is decoded, the device is not yet a bus master */
	{ COMMAND, COMMAND_MEMORY, 0x46 }, { 0x05, 0, 0x05 }, { 0x06, 0x10, 0 },
	{ 0x08, 0x01, 0 }, { 0x0b, 0xff, 0 }, { 0x0c, 0, 0xff },
	/* both BARs have 32-bit addresses; the size shows in the bits that stay zero */
	{ 0x11, 0, (uint8_t)~(BAR0_SIZE / 0x100 - 1) }, { 0x12, 0, 0xff }, { 0x13, 0xfe, 0xff },
	{ 0x21, 0, (uint8_t)~(MSIX_BAR_SIZE / 0x100 - 1) }, { 0x22, 0x01, 0xff }, { 0x23, 0xfe, 0xff },
	{ 0x2c, 0x34, 0 }, { 0x2d, 0x12, 0 }, { 0x2e, 0x01, 0 },
	{ 0x34, 0x40, 0 }, { 0x3c, 0x0b, 0xff }, { 0x3d, 0x01, 0 },
	/* PCI Express endpoint with a reset of the function; MSI; MSI-X */
	{ 0x40, 0x10, 0 }, { 0x41, 0x80, 0 }, { 0x42, 0x02, 0 }, { 0x47, 0x10, 0 },
	{ 0x80, 0x05, 0 }, { 0x81, 0x90, 0 }, { 0x82, 0x80, 0 },
	{ 0x90, 0x11, 0 }, { 0x92, EMU_MSIX_VECTORS - 1, 0 }, { 0x94, 0x04, 0 },
	{ 0x98, 0x04, 0 }, { 0x99, 0x20, 0 },
};

void emu_vfio_config(uint8_t *config, size_t len)
{
	/* all that is not 0 is in the first 256 */
	memset(config, 0, len);
	for (size_t i = 0; i < IOM_ARRAY_SIZE(config_bytes); i++)
		config[config_bytes[i].at] = config_bytes[i].value;
}

struct emu_regs *emu_regs_new(void)
{
	struct emu_regs *r = emu_zalloc(sizeof(*r));

	if (!r)
		return NULL;
	r->bar0 = (uint8_t *)(((uintptr_t)r->memory + EMU_PAGE - 1) & ~(uintptr_t)(EMU_PAGE - 1));
	r->msix_bar = r->bar0 + BAR0_SIZE;
	emu_vfio_config(r->config, sizeof(r->config));
	return r;
}

void emu_regs_reset(struct emu_regs *r)
{
	memset(r->bar0, 0, BAR0_SIZE + MSIX_BAR_SIZE);
}

uint64_t emu_vfio_bar_size(uint32_t index)
{
	return index < IOM_VFIO_PCI_ROM_REGION_INDEX ? regions[index].size : 0;
}

bool emu_vfio_has_memory(const struct emu_file *f)
{
	return !f->low_power && (f->regs->config[COMMAND] & COMMAND_MEMORY);
}

int emu_vfio_region_info(uint64_t uptr)
{
	struct iom_vfio_info_cap_header cap = { IOM_VFIO_REGION_INFO_CAP_MSIX_MAPPABLE, 1, 0 };
	struct iom_vfio_region_info info;
	int rc = emu_copy_from(&info, uptr, sizeof(info));

	if (rc)
		return rc;
	if (info.argsz < sizeof(info) || info.index >= IOM_VFIO_PCI_VGA_REGION_INDEX)
		return -EINVAL; /* no VGA here */
	info.flags = regions[info.index].flags;
	info.size = regions[info.index].size;
	info.offset = (uint64_t)info.index << OFFSET_SHIFT;
	if (info.flags & IOM_VFIO_REGION_INFO_FLAG_CAPS) {
		if (info.argsz < sizeof(info) + sizeof(cap)) {
			info.argsz = sizeof(info) + sizeof(cap);
			info.cap_offset = 0;
		} else {
			rc = emu_copy_to(uptr + sizeof(info), &cap, sizeof(cap));
			info.cap_offset = sizeof(info);
		}
	}
	return rc ? rc : emu_copy_to(uptr, &info, sizeof(info));
}

int emu_vfio_bar_at(const struct emu_file *f, uint64_t offset, uint64_t length, void **at)
{
	uint64_t index = offset >> OFFSET_SHIFT, skip = offset & ((UINT64_C(1) << OFFSET_SHIFT) - 1);

	/* all of these that have a size can be mapped */
	if (!f->idev || index >= IOM_VFIO_PCI_ROM_REGION_INDEX || skip > regions[index].size ||
	    length > regions[index].size - skip)
		return -EINVAL;
	*at = (index == IOM_VFIO_PCI_BAR0_REGION_INDEX ? f->regs->bar0 : f->regs->msix_bar) + skip;
	return 0;
}

/* Bits of a byte of the configuration space that a write changes. */
static uint8_t config_mask(uint64_t at)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(config_bytes); i++)
		if (config_bytes[i].at == at)
			return config_bytes[i].mask;
	return 0;
}

/* Bytes at once: they lie in one page of the caller, so that there is all of them or nothing. */
static size_t piece(uint64_t uptr, size_t left)
{
	size_t n = EMU_PAGE - (uptr & (EMU_PAGE - 1));

	if (n > PIECE)
		n = PIECE;
	return n < left ? n : left;
}

static ssize_t config_io(struct emu_regs *r, uint64_t at, size_t count, uint64_t uptr, bool write)
{
	if (at >= CONFIG_SIZE || count > CONFIG_SIZE - at)
		return -EFAULT;
	for (size_t done = 0, n; done < count; done += n) {
		uint8_t bytes[PIECE], *config = r->config + at + done;

		n = piece(uptr + done, count - done);
		if (!write) {
			if (emu_copy_to(uptr + done, config, n))
				return -EFAULT;
			continue;
		}
		if (emu_copy_from(bytes, uptr + done, n))
			return -EFAULT;
		for (size_t i = 0; i < n; i++) {
			uint8_t mask = config_mask(at + done + i);

			config[i] = (uint8_t)((config[i] & ~mask) | (bytes[i] & mask));
		}
	}
	return (ssize_t)count;
}

static ssize_t bar_io(struct emu_regs *r, uint32_t index, uint64_t at, size_t count, uint64_t uptr,
		      bool write)
{
	bool msix = index == IOM_VFIO_PCI_BAR4_REGION_INDEX;
	uint8_t *bar = msix ? r->msix_bar : r->bar0;

	if (at >= regions[index].size)
		return -EINVAL; /* also where there is no BAR */
	if (count > regions[index].size - at)
		count = regions[index].size - at;
	for (size_t done = 0, n; done < count; done += n, at += n) {
		/* The table of MSI-X is the kernel's own and is not even looked at. */
		bool hidden = msix && at < MSIX_TABLE;
		uint8_t bytes[PIECE];

		n = piece(uptr + done, count - done);
		if (hidden && n > MSIX_TABLE - at)
			n = MSIX_TABLE - at;
		if (!hidden && !(r->config[COMMAND] & COMMAND_MEMORY))
			return -EIO;
		if (hidden)
			memset(bytes, NO_BYTE, n);
		if (!write && emu_copy_to(uptr + done, hidden ? bytes : bar + at, n))
			return -EFAULT;
		if (write && !hidden && emu_copy_from(bar + at, uptr + done, n))
			return -EFAULT;
	}
	return (ssize_t)count;
}

/* A write to the command register: the BARs may be gone now, and with them their dma-bufs. */
static void command_written(struct iom_emu *emu, const struct emu_file *f)
{
	emu_dmabuf_move(emu, f->dev, !emu_vfio_has_memory(f));
}

static ssize_t region_io(struct iom_emu *emu, const struct emu_file *f, uint64_t offset,
			 size_t count, uint64_t uptr, bool write)
{
	uint64_t index = offset >> OFFSET_SHIFT;
	uint64_t at = offset & ((UINT64_C(1) << OFFSET_SHIFT) - 1);
	ssize_t n;

	if (!f)
		return -EBADF;
	if (f->kind != EMU_FILE_CTX && f->kind != EMU_FILE_VFIO)
		return -ESPIPE; /* such files have no offsets */
	/* Only a device has bytes to read; an unbound one refuses everything. */
	if (f->kind != EMU_FILE_VFIO || !f->idev || offset > INT64_MAX)
		return -EINVAL;
	if (!count)
		return 0;
	switch (index) {
	case IOM_VFIO_PCI_CONFIG_REGION_INDEX:
		n = config_io(f->regs, at, count, uptr, write);
		if (write && n > 0 && at <= COMMAND && COMMAND - at < (size_t)n)
			command_written(emu, f);
		return n;
	case IOM_VFIO_PCI_BAR0_REGION_INDEX ... IOM_VFIO_PCI_BAR5_REGION_INDEX:
		return bar_io(f->regs, (uint32_t)index, at, count, uptr, write);
	default:
		return -EINVAL; /* no ROM, no VGA */
	}
}

ssize_t iom_emu_pread(struct iom_emu *emu, int fd, void *buf, size_t count, uint64_t offset)
{
	ssize_t n;

	emu_enter(emu);
	n = region_io(emu, emu_file_of(emu, fd), offset, count, (uintptr_t)buf, false);
	emu_leave(emu);
	return n;
}

ssize_t iom_emu_pwrite(struct iom_emu *emu, int fd, const void *buf, size_t count, uint64_t offset)
{
	ssize_t n;

	emu_enter(emu);
	n = region_io(emu, emu_file_of(emu, fd), offset, count, (uintptr_t)buf, true);
	emu_leave(emu);
	return n;
}
