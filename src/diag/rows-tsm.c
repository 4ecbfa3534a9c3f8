/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of the cause table: the confidential-device series. */
#include "causes.h"

#define TSM_OP	 "IOMMU_VDEVICE_TSM_OP"
#define REQUEST	 "IOMMU_VDEVICE_TSM_GUEST_REQUEST"
#define REQ	 "IOMMU_VDEVICE_TSM_REQ"
#define LOOK	 "the TSM may have acted all the same: look at the state before you send it again"
#define NOT_PCI	 "the device behind the vdevice is not a PCI device"
#define TAKE_PCI "only PCI devices can be lent to a guest by a TSM"
#define NO_KVM	 "the vIOMMU does not know the guest's virtual machine"
#define GIVE_KVM                                                                                   \
	"tsm-rfc1, tsm-v2: `viommu alloc --kvm-fd`; later the VMM adds the VFIO device to its "    \
	"KVM "                                                                                     \
	"before the device is bound"

static const struct iom_cause rows_tsm[] = {
	/* Binding. */
	{ TSM_OP, EOPNOTSUPP, "tsm-absent", NULL,
	  "the kernel is built without TSM (from tsm-v5 on)",
	  "it needs CONFIG_TSM and a driver of the platform" },
	{ TSM_OP, ENODEV, "viommu-no-kvm", cause_tsm_no_kvm, NO_KVM, GIVE_KVM },
	{ TSM_OP, ENODEV, "op-unknown", cause_tsm_op, "op is neither bind nor unbind",
	  "up to tsm-v4 that is ENODEV, like whatever else fails" },
	{ TSM_OP, ENODEV, "not-pci", cause_tsm_not_pci, NOT_PCI, TAKE_PCI },
	{ TSM_OP, ENODEV, "tsm-refused", cause_tsm_refused,
	  "up to tsm-v4: the kernel has no TSM, or its TSM core refused the device",
	  "connect the device to its TSM first: /sys/bus/pci/devices/BDF/tsm/connect" },
	{ TSM_OP, EINVAL, "op-unknown", cause_tsm_op, "type is neither bind nor unbind",
	  "use 1 (bind) or 2 (unbind)" },
	{ TSM_OP, EINVAL, "not-pci", cause_tsm_not_pci, NOT_PCI, TAKE_PCI },
	{ TSM_OP, EINVAL, "not-connected", NULL, "the device is not connected to a TSM",
	  "/sys/bus/pci/devices/BDF/tsm/connect connects it" },
	{ TSM_OP, ENXIO, "tsm-not-link", NULL, "the TSM of the device cannot lend it to a guest",
	  "it is one for the guest's side; the host needs one of the link type" },
	{ TSM_OP, EBUSY, "bound-elsewhere", NULL, "the device is bound for another virtual machine",
	  "unbind it there" },
	{ "IOMMU_VDEVICE_TSM_BIND", ENODEV, "not-pci", cause_tsm_not_pci, NOT_PCI, TAKE_PCI },
	{ "IOMMU_VDEVICE_TSM_BIND", ENODEV, "tsm-refused", NULL,
	  "the vIOMMU does not know the guest's virtual machine, the kernel has no TSM, or its TSM "
	  "core refused the device",
	  "all failures look like this one" },
	{ "IOMMU_VDEVICE_TSM_BIND", EINTR, "interrupted", NULL, "a signal came while it waited",
	  LOOK },
	{ "IOMMU_VDEVICE_TSM_UNBIND", ENODEV, "not-pci", cause_tsm_not_pci, NOT_PCI, TAKE_PCI },
	{ "IOMMU_VDEVICE_TSM_UNBIND", ENODEV, "tsm-refused", NULL,
	  "the kernel has no TSM, or its TSM core refused", "destroying the vdevice unbinds, too" },
	{ "IOMMU_VDEVICE_TSM_UNBIND", EINTR, "interrupted", NULL, "a signal came while it waited",
	  LOOK },
	{ "IOMMU_TSM_BIND", ENODEV, "tdi-absent", NULL,
	  "the device has no interface that a TSM can lend to a guest",
	  "connect the device to its TSM first" },
	{ "IOMMU_TSM_BIND", EBADF, "kvm-fd", cause_tsm_kvm_fd, "the fd is no KVM virtual machine",
	  "give the fd that KVM_CREATE_VM returned; on the emulator `mock kvm create` makes one" },
	{ "IOMMU_TSM_BIND", EBUSY, "bound-elsewhere", NULL,
	  "the device is bound for another virtual machine", "destroy the vdevice, it unbinds" },
	{ "VFIO_DEVICE_TSM_BIND", EINVAL, "flag-unknown", cause_flag_unknown,
	  "flags have a bit that the call does not know", "leave the bit out" },
	{ "VFIO_DEVICE_TSM_BIND", EINVAL, "vdevice-other", cause_tsm_other_device,
	  "the vdevice is of another device",
	  "send it to the device that the vdevice was made for" },
	{ "VFIO_DEVICE_TSM_BIND", EINVAL, "viommu-no-kvm", NULL, NO_KVM, GIVE_KVM },
	{ "VFIO_DEVICE_TSM_BIND", ENXIO, "tsm-not-link", NULL,
	  "the TSM of the device cannot lend it to a guest",
	  "it is one for the guest's side; the host needs one of the link type" },
	{ "VFIO_DEVICE_TSM_BIND", EBUSY, "bound-elsewhere", NULL,
	  "the device is bound for another virtual machine", "unbind it there" },
	{ "VFIO_DEVICE_TSM_UNBIND", EINVAL, "flag-unknown", cause_flag_unknown,
	  "flags have a bit that the call does not know", "leave the bit out" },
	{ "VFIO_DEVICE_TSM_UNBIND", EINVAL, "vdevice-other", cause_tsm_other_device,
	  "the vdevice is of another device",
	  "send it to the device that the vdevice was made for" },

	/* Requests. */
	{ "IOMMU_TSM_GUEST_REQUEST", ENODEV, "tsm-not-bound", cause_tsm_not_bound,
	  "the vdevice is not bound", "`vdevice tsm-bind` first" },
	{ "IOMMU_TSM_GUEST_REQUEST", EFAULT, "bad-pointer", cause_bad_pointer,
	  "a pointer leads to memory that the process does not have", LOOK },
	{ REQUEST, ENOENT, "tsm-not-bound", cause_tsm_not_bound,
	  "the vdevice is not bound (tsm-xu)", "`vdevice tsm-bind` first" },
	{ REQUEST, EINVAL, "not-pci", cause_tsm_not_pci, NOT_PCI, TAKE_PCI },
	{ REQUEST, ENXIO, "tsm-not-bound", cause_tsm_not_bound, "the vdevice is not bound",
	  "`vdevice tsm-bind` first" },
	{ REQUEST, EINTR, "interrupted", NULL, "a signal came while it waited", LOOK },
	{ REQUEST, EFAULT, "bad-pointer", cause_bad_pointer,
	  "a pointer leads to memory that the process does not have", LOOK },
	{ REQ, EOPNOTSUPP, "tsm-absent", NULL, "the kernel is built without TSM",
	  "it needs CONFIG_TSM and a driver of the platform" },
	{ REQ, EINVAL, "tsm-scope", cause_tsm_scope, "there is no such scope (tsm-v5)",
	  "use info or state-change" },
	{ REQ, EINVAL, "tsm-arch", cause_tsm_arch, "there is no such architecture",
	  "use cca (1), sev (2) or tdx (3)" },
	{ REQ, EINVAL, "tsm-op", cause_tsm_req_op,
	  "there is no such operation for the architecture",
	  "tsm-rework and tsm-integration number them differently" },
	{ REQ, EINVAL, "tsm-scope-debug", cause_tsm_scope_debug,
	  "the TSM core lets no request of a debug scope through (tsm-v5)",
	  "use info or state-change" },
	{ REQ, EINVAL, "not-pci", cause_tsm_not_pci, NOT_PCI, TAKE_PCI },
	{ REQ, ENXIO, "tsm-not-bound", cause_tsm_not_bound, "the vdevice is not bound",
	  "`vdevice tsm-bind` first" },
	{ REQ, EINVAL, "tsm-response", cause_tsm_response,
	  "the room for a response is not what the operation wants",
	  "object-info wants 4 bytes, read-object what you like, all others none" },
	{ REQ, EINVAL, "tsm-payload", cause_tsm_payload,
	  "the request is shorter than the payload of the operation",
	  "`vdevice tsm-request --set` builds it by its fields" },
	{ REQ, EINVAL, "tsm-refused", NULL,
	  "a member of the payload has a value that the TSM does not take",
	  "compare with the man page of vdevice" },
	{ REQ, EINTR, "interrupted", NULL, "a signal came while it waited", LOOK },
	{ REQ, EFAULT, "bad-pointer", cause_bad_pointer,
	  "a pointer leads to memory that the process does not have", LOOK },
	{ REQ, EFAULT, "payload-pointer", NULL,
	  "a pointer in the payload leads nowhere (regen-object: nonce), or tsm_code cannot be "
	  "written back",
	  LOOK },

	/* Private MMIO. */
	{ "IOMMU_VDEVICE_TSM_MAP", ENODEV, "viommu-no-kvm", cause_tsm_no_kvm, NO_KVM, GIVE_KVM },
	{ "IOMMU_VDEVICE_TSM_MAP", EINVAL, "gpa-range", cause_tsm_gpa,
	  "start_gpa and end_gpa do not span whole pages", "end_gpa is the first address behind" },
	{ "IOMMU_VDEVICE_TSM_MAP", EINVAL, "gpa-not-private", NULL,
	  "the range is not in one private memslot of the guest",
	  "give it a guest_memfd first; only arm64 kernels can do it at all" },

	/* A virtual IOMMU with a virtual machine. */
	{ "IOMMU_VIOMMU_ALLOC", EBADF, "kvm-fd", cause_tsm_kvm_fd,
	  "the fd is no KVM virtual machine",
	  "give the fd that KVM_CREATE_VM returned; on the emulator `mock kvm create` makes one" },
	{ "IOMMU_VIOMMU_ALLOC", EOPNOTSUPP, "kvm-absent", cause_tsm_no_kvm_host,
	  "the host is without KVM (tsm-v2)", "load KVM" },
};

CAUSE_PART(tsm);
