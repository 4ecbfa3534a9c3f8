/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of the cause table: what every call checks, and what remains for any call. */
#include "causes.h"

/* What every call checks before anything else, in the kernel's order. */
static const struct iom_cause rows_first[] = {
	{ NULL, ENOTTY, "fd-not-iommufd", cause_fd_not_iommufd,
	  "the file descriptor is not an iommufd", "open /dev/iommu for it: exec 9<>/dev/iommu",
	  1U << IOM_FAM_IOMMUFD | 1U << IOM_FAM_SELFTEST },
	{ NULL, ENOTTY, "selftest-absent", cause_selftest_absent,
	  "the kernel is built without the selftest driver",
	  "it needs CONFIG_IOMMUFD_TEST=y; --backend emu has these operations",
	  1U << IOM_FAM_SELFTEST },
	{ NULL, ENOTTY, "ioctl-unmerged", cause_ioctl_unmerged, "the call is in no released kernel",
	  "see `iommuctl probe` for what this kernel has" },
	{ NULL, ENOTTY, "feature-absent", cause_feature_absent,
	  "the VFIO device does not offer the feature or call",
	  "another device or driver may have it",
	  1U << IOM_FAM_VFIO },
	{ NULL, ENOTTY, "ioctl-unknown", cause_ioctl_unknown, "the kernel does not have this ioctl",
	  "see `iommuctl probe` for what this kernel has" },
	{ NULL, EBADF, "fd-closed", cause_fd_closed, "the file descriptor is not open",
	  "open it in the shell that starts iommuctl: exec 9<>/dev/iommu" },
	{ NULL, EINVAL, "device-unbound", cause_device_unbound,
	  "the VFIO device is not bound to an iommufd",
	  "bind it first; every other call on it is refused until then",
	  1U << IOM_FAM_VFIO },
	{ NULL, EINVAL, "size-too-small", cause_size_too_small,
	  "the leading size is below the smallest that the call accepts",
	  "leave size out to send the whole struct" },
	{ NULL, EINVAL, "feature-flags", cause_feature_flags,
	  "flags of a VFIO feature say neither get nor set nor probe, or both get and set, or have an "
	  "unknown bit",
	  "add get (0x10000) or set (0x20000) to the number of the feature; probe (0x40000) asks",
	  1U << IOM_FAM_VFIO },
	{ NULL, E2BIG, "tail-not-zero", cause_tail_not_zero,
	  "a byte beyond the struct that the kernel knows is not zero",
	  "the kernel is older than this member: leave it zero or out" },
	{ NULL, EOPNOTSUPP, "reserved-not-zero", cause_reserved_not_zero,
	  "a reserved member is not zero", "leave it out" },
	{ NULL, EOPNOTSUPP, "flag-unknown", cause_flag_unknown,
	  "flags have a bit that the call does not know", "leave the bit out" },
};

CAUSE_PART(first);

/* What remains, for any call. */
static const struct iom_cause rows_last[] = {
	{ NULL, ENOENT, "no-object", cause_no_object,
	  "an id is not an object of this context, or not of the type that is needed",
	  "ids live as long as the open file: use `iommuctl batch`, or keep it open "
	  "and pass --fd" },
	{ NULL, EFAULT, "bad-pointer", cause_bad_pointer,
	  "a pointer leads to memory that the process does not have",
	  "check the address and the count" },
	{ NULL, EINVAL, "value-refused", NULL,
	  "a member has a value that the call understands and does not accept",
	  "compare with the man page of the call" },
	{ NULL, EOPNOTSUPP, "value-unsupported", NULL,
	  "a member has a value that this kernel, driver or device does not support",
	  "leave it at its default, or see `iommuctl probe`" },
	{ NULL, ENOMEM, "memory", NULL, "the kernel ran out of memory", "ask for less" },
	{ NULL, EPERM, "not-permitted", NULL, "the process lacks a capability",
	  "run it with more rights" },
	{ NULL, EBUSY, "in-use", NULL, "something uses the object", "release it first" },
};

CAUSE_PART(last);
