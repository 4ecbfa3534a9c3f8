/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an emulated VFIO device says about itself: a PCI device with two BARs, MSI and MSI-X. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int emu_vfio_irq_info(uint64_t uptr)
{
	struct iom_vfio_irq_info info;
	int rc = emu_copy_from(&info, uptr, sizeof(info));

	if (rc)
		return rc;
	if (info.argsz < sizeof(info) || info.index >= IOM_VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	info.flags = IOM_VFIO_IRQ_INFO_EVENTFD;
	info.count = info.index == IOM_VFIO_PCI_MSIX_IRQ_INDEX ? EMU_MSIX_VECTORS : 1;
	if (info.index == IOM_VFIO_PCI_INTX_IRQ_INDEX)
		info.flags |= IOM_VFIO_IRQ_INFO_MASKABLE | IOM_VFIO_IRQ_INFO_AUTOMASKED;
	else if (info.index != IOM_VFIO_PCI_MSIX_IRQ_INDEX)
		info.flags |= IOM_VFIO_IRQ_INFO_NORESIZE;
	return emu_copy_to(uptr, &info, sizeof(info));
}

int emu_vfio_check_feature(uint32_t flags, uint32_t op, size_t room, size_t min)
{
	const uint32_t ops = IOM_VFIO_DEVICE_FEATURE_GET | IOM_VFIO_DEVICE_FEATURE_SET;

	if (flags & ops & ~op)
		return -EINVAL;
	if (flags & IOM_VFIO_DEVICE_FEATURE_PROBE)
		return 0;
	return (flags & op) && room >= min ? 1 : -EINVAL;
}

static int is_eventfd(int fd)
{
	char path[32], name[32];
	ssize_t n;

	if (fd < 0)
		return -EINVAL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, name, sizeof(name) - 1);
	if (n < 0)
		return -EBADF;
	name[n] = '\0';
	return strcmp(name, "anon_inode:[eventfd]") ? -EINVAL : 0;
}

static int low_power(struct iom_emu *emu, struct emu_file *f, uint32_t flags, uint64_t data,
		     size_t room)
{
	uint32_t feature = flags & IOM_VFIO_DEVICE_FEATURE_MASK;
	struct iom_vfio_low_power_entry_with_wakeup entry;
	bool wakeup = feature == IOM_VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP;
	int rc = emu_vfio_check_feature(flags, IOM_VFIO_DEVICE_FEATURE_SET, room,
					wakeup ? sizeof(entry) : 0);

	if (rc != 1)
		return rc;
	if (feature == IOM_VFIO_DEVICE_FEATURE_LOW_POWER_EXIT) {
		f->low_power = false;
		if (emu_vfio_has_memory(f))
			emu_dmabuf_move(emu, f->dev, false);
		return 0;
	}
	if (wakeup) {
		rc = emu_copy_from(&entry, data, sizeof(entry));
		if (!rc)
			rc = is_eventfd(entry.wakeup_eventfd);
		if (rc)
			return rc;
	}
	emu_dmabuf_move(emu, f->dev, true);
	if (f->low_power)
		return -EINVAL;
	f->low_power = true;
	return 0;
}

static int set_token(struct emu_dev *dev, uint32_t flags, uint64_t data, size_t room)
{
	uint8_t uuid[sizeof(dev->token)];
	int rc;

	if (!dev->is_pf)
		return -ENOTTY;
	rc = emu_vfio_check_feature(flags, IOM_VFIO_DEVICE_FEATURE_SET, room, sizeof(uuid));
	if (rc != 1)
		return rc;
	rc = emu_copy_from(uuid, data, sizeof(uuid));
	if (!rc)
		memcpy(dev->token, uuid, sizeof(uuid));
	return rc;
}

int emu_vfio_feature(struct iom_emu *emu, struct emu_file *f, uint64_t uptr)
{
	const uint32_t ops = IOM_VFIO_DEVICE_FEATURE_GET | IOM_VFIO_DEVICE_FEATURE_SET;
	struct iom_vfio_feature h;
	uint64_t data;
	size_t room;
	int rc = emu_copy_from(&h, uptr, sizeof(h));

	if (rc)
		return rc;
	if (h.argsz < sizeof(h) ||
	    h.flags & ~(IOM_VFIO_DEVICE_FEATURE_MASK | ops | IOM_VFIO_DEVICE_FEATURE_PROBE))
		return -EINVAL;
	if (!(h.flags & IOM_VFIO_DEVICE_FEATURE_PROBE) && (h.flags & ops) == ops)
		return -EINVAL;
	data = uptr + sizeof(h);
	room = h.argsz - sizeof(h);
	switch (h.flags & IOM_VFIO_DEVICE_FEATURE_MASK) {
	case IOM_VFIO_DEVICE_FEATURE_PCI_VF_TOKEN:
		return set_token(f->dev, h.flags, data, room);
	case IOM_VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY:
	case IOM_VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP:
	case IOM_VFIO_DEVICE_FEATURE_LOW_POWER_EXIT:
		return low_power(emu, f, h.flags, data, room);
	case IOM_VFIO_DEVICE_FEATURE_DMA_BUF:
		return emu_dmabuf_export(emu, f, h.flags, data, room);
	case IOM_VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2:
		return -EINVAL; /* the flag that it needs is looked at before anything else */
	default:
		return -ENOTTY;
	}
}
