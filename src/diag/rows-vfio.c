/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of the cause table: VFIO devices. */
#include "causes.h"

/* An access to a region; the kernel checks the same for both directions. */
#define ACCESS_ROWS(call) \
	{ call, EINVAL, "nothing-there", NULL, "the region has nothing at this offset", \
	  "see `iommuctl device info`" }, \
	{ call, EIO, "memory-off", cause_memory_off, \
	  "the device does not decode memory: bit 1 of its command register is off", \
	  "set it: `device region write` to config, offset 4, width 2" }, \
	{ call, EIO, "not-awake", NULL, "the device did not wake up from a low-power state", \
	  "reset it" }, \
	{ call, EBUSY, "bar-taken", NULL, "somebody else had claimed the BAR before vfio-pci did", \
	  "/proc/iomem names the owner" }, \
	{ call, ENODEV, "bar-unmappable", NULL, "the BARs of this device cannot be mapped", \
	  "nothing but the device itself can use them" }, \
	{ call, ENOMEM, "bar-unmapped", NULL, "the kernel could not map the BAR", "try again" }

static const struct iom_cause rows_vfio[] = {
	{ "VFIO_DEVICE_BIND_IOMMUFD", EINVAL, "flag-unknown", cause_flag_unknown,
	  "flags have a bit that the call does not know", "leave the bit out" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EINVAL, "iommufd-negative", cause_iommufd_negative,
	  "the iommufd is a negative number", "give an open iommufd" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EINVAL, "already-bound", cause_device_bound,
	  "the device is bound already", "one bind lasts until the device's fd is closed" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EINVAL, "bound-elsewhere", cause_device_twice,
	  "the device is bound through another fd", "close that fd first" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EINVAL, "token-misuse", cause_token_misuse,
	  "a VF token was given for a device that takes none: neither PF nor VF, or a VF whose PF is "
	  "not bound to vfio-pci",
	  "leave the token out" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EINVAL, "fd-of-group", cause_group_file,
	  "the device's fd came from its group and not from its own node",
	  "open /dev/vfio/devices/vfioN" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EINVAL, "not-coherent", NULL,
	  "DMA of the device is not cache-coherent, which iommufd requires",
	  "it cannot be used with iommufd" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EBADF, "iommufd-not-open", cause_iommufd_not_open,
	  "the iommufd is not an open file", "give an open iommufd" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EBADFD, "iommufd-other", cause_iommufd_other,
	  "the fd given as iommufd is another kind of file", "give an fd of /dev/iommu" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EPERM, "sibling-driver", cause_sibling_driver,
	  "another device of the group is bound to a kernel driver",
	  "bind it to vfio-pci or unbind it: a group is owned as a whole" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EPERM, "msi-not-isolated", NULL,
	  "the platform does not isolate MSI interrupts",
	  "enable interrupt remapping; iommufd.allow_unsafe_interrupts=1 overrides it "
	  "and lets the device forge interrupts" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EPERM, "group-owned", NULL,
	  "another iommufd owns a device of the group", "close what holds it" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EBUSY, "group-open", NULL,
	  "/dev/vfio/GROUP of the device is open, or its group is not on the default "
	  "domain",
	  "close what uses the group" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EACCES, "token-missing", cause_token_missing,
	  "the device needs a VF token: it is a VF of a PF with vfio-pci, or a PF with VFs in use",
	  "`device open --token` with the token that the PF was opened with" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", EACCES, "token-wrong", cause_token_wrong,
	  "the VF token is wrong",
	  "use the token that the PF was opened with, or that was set on it since" },
	{ "VFIO_DEVICE_BIND_IOMMUFD", ENODEV, "device-going", NULL,
	  "the device is going away or iommufd is not loaded", "modprobe iommufd" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "flag-unknown", cause_flag_unknown,
	  "flags have a bit that the call does not know", "leave the bit out" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "pt-wrong-kind", cause_pt_wrong_kind,
	  "pt_id is neither an ioas nor a page table", "give the id of an ioas or hwpt" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "group-attached", cause_attached_elsewhere,
	  "another device of the group is attached to another page table",
	  "attach all devices of a group to the same one" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "pasid-page-table", cause_pasid_table,
	  "the page table is not made for PASIDs", "allocate one: `hwpt alloc --pasid`" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "device-page-table", cause_pasid_device,
	  "the page table of the device itself is not made for PASIDs",
	  "move the device to one of `hwpt alloc --pasid`, or detach it" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "pasids-attached", cause_pasid_others,
	  "PASIDs of the device are attached, and the page table is not made for them",
	  "detach the PASIDs, or allocate a page table with `hwpt alloc --pasid`" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "pasid-too-wide", cause_pasid_width,
	  "the PASID is beyond the width of the device or of another one of its group",
	  "`device hw-info` shows the width: max_pasid_log2" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "pt-other-iommu", cause_pt_other_iommu,
	  "the page table was made for a device behind another kind of IOMMU",
	  "attach to the ioas: the kernel then makes a fitting page table" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "first-stage", cause_first_stage,
	  "the hardware lacks what the guest's table needs (vtd-s1)",
	  "the registers in `iommuctl device hw-info` tell; make it with --addr-width 48" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", ENODEV, "no-page-requests", cause_no_page_requests,
	  "the page table has a fault queue, and the device makes no page requests",
	  "make it without a fault queue" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "pt-incompatible", NULL,
	  "the page table is of another IOMMU",
	  "attach to the ioas: the kernel then makes a fitting page table" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EOPNOTSUPP, "pasid-absent", cause_pasid_absent,
	  "the driver has no PASID attach for the device or the page table",
	  "attach without a PASID" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", ENOSPC, "pasid-huge", cause_pasid_huge,
	  "the PASID is above 0x7fffffff", "PASIDs have 20 bits at most" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EBUSY, "pasid-attached", cause_pasid_attached,
	  "PASID 0 is the device itself, and it is attached already",
	  "give a PASID that is not 0, or detach the device first" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EADDRINUSE, "mapping-in-the-way", cause_attach_mapped,
	  "a mapping of the ioas meets the device's reserved regions or leaves its "
	  "aperture",
	  "unmap it before the attach; `iommuctl reserved` prints them" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EADDRINUSE, "allowed-in-the-way", cause_attach_allowed,
	  "an allowed range of the ioas meets the device's reserved regions or leaves "
	  "its aperture",
	  "set other allowed ranges before the attach" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EADDRINUSE, "mapping-unaligned", cause_attach_unaligned,
	  "a mapping of the ioas is not aligned to the device's smallest page",
	  "unmap it before the attach" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EFAULT, "memory-gone", cause_attach_memory_gone,
	  "the memory behind a mapping of the ioas cannot be pinned any more",
	  "unmap it before the attach" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", ENOENT, "no-object", cause_no_object,
	  "pt_id is not an object of this context",
	  "ids live as long as the open file: use `iommuctl batch`, or keep it open "
	  "and pass --fd" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EBUSY, "device-busy", NULL,
	  "the device is being reset, or the domain is in use",
	  "try again, or detach first" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EIO, "attach-failed", NULL,
	  "the driver or the power management of the device failed", "reset the device" },
	{ "VFIO_DEVICE_ATTACH_IOMMUFD_PT", ENOMEM, "memlock", cause_memlock,
	  "RLIMIT_MEMLOCK is too low to pin what the ioas has mapped",
	  "raise it, or give CAP_IPC_LOCK" },
	{ "VFIO_DEVICE_DETACH_IOMMUFD_PT", EINVAL, "flag-unknown", cause_flag_unknown,
	  "flags have a bit that the call does not know", "leave the bit out" },
	{ "VFIO_DEVICE_DETACH_IOMMUFD_PT", EOPNOTSUPP, "pasid-absent", cause_pasid_absent,
	  "the driver has no PASID attach for the device or the page table",
	  "detach without a PASID" },
	{ "VFIO_DEVICE_GET_REGION_INFO", EINVAL, "no-region", NULL,
	  "the device has no region of that number", "see `iommuctl device info`" },
	{ "VFIO_DEVICE_GET_IRQ_INFO", EINVAL, "no-irq", NULL,
	  "the device has no interrupt of that number", "see `iommuctl device info`" },
	{ "VFIO_DEVICE_RESET", EINVAL, "no-reset", NULL,
	  "there is no way to reset this device alone", "the flag reset of `device info` tells" },
	{ "VFIO_DEVICE_RESET", EAGAIN, "device-busy", NULL,
	  "the device is being reset or configured by somebody else", "try again" },
	ACCESS_ROWS("pread"),
	ACCESS_ROWS("pwrite"),
};

CAUSE_PART(vfio);
