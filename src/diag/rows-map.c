/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of the cause table: mapping, copying and unmapping. */
#include "causes.h"

/* What a map of memory, of a file and a copy have in common: the place, its room, the memory. */
#define PLACE_ROWS(call)									\
	{ call, EINVAL, "length-unaligned", cause_length_unaligned,				\
	  "the length is not a multiple of the ioas's alignment",				\
	  "`ioas iova-ranges` prints the alignment" },						\
	{ call, EINVAL, "iova-unaligned", cause_iova_unaligned,					\
	  "the iova is not a multiple of the ioas's alignment",					\
	  "`ioas iova-ranges` prints the alignment" },						\
	{ call, EINVAL, "iova-aperture", cause_iova_aperture,					\
	  "the iova is outside what the IOMMU can address",					\
	  "take an iova from `ioas iova-ranges`, or let the kernel choose one" },		\
	{ call, EINVAL, "iova-reserved", cause_iova_reserved,					\
	  "the iova is in a reserved region",							\
	  "take an iova from `ioas iova-ranges`, or let the kernel choose one" },		\
	{ call, EINVAL, "iova-unusable", cause_iova_unusable,					\
	  "the iova is outside the usable ranges",						\
	  "take an iova from `ioas iova-ranges`, or let the kernel choose one" },		\
	{ call, EINVAL, "user-va-unaligned", cause_user_va_unaligned,				\
	  "the memory is not aligned as the ioas wants it",					\
	  "`ioas iova-ranges` prints the alignment" }
#define ROOM_ROWS(call)										\
	{ call, EEXIST, "iova-mapped", cause_iova_mapped,					\
	  "something is mapped in the range already", "unmap it first, or take another iova" },	\
	{ call, ENOSPC, "no-room", cause_no_room,						\
	  "no free gap of the usable (and allowed) ranges is large enough",			\
	  "unmap something, widen the allowed ranges, or map in smaller pieces" }
#define MEMLOCK_ROW(call)									\
	{ call, ENOMEM, "memlock", cause_memlock,						\
	  "RLIMIT_MEMLOCK is too low; it counts all that the user has pinned, in other "	\
	  "processes too",									\
	  "raise it (ulimit -l, LimitMEMLOCK=), give CAP_IPC_LOCK, or set rlimit-mode "		\
	  "to 1 to count this process alone" }

static const struct iom_cause rows_map[] = {
	/* Mapping user memory. */
	{ "IOMMU_IOAS_MAP", EOVERFLOW, "iova-max", cause_iova_max, "an iova is all ones",
	  "take a lower iova" },
	{ "IOMMU_IOAS_MAP", EOVERFLOW, "length-max", cause_length_max, "the length is all ones",
	  "take a shorter length" },
	{ "IOMMU_IOAS_MAP", EOVERFLOW, "user-va-wraps", cause_user_va_wraps,
	  "user_va + length wraps around 64 bits", "check user_va and length" },
	{ "IOMMU_IOAS_MAP", EOVERFLOW, "iova-wraps", cause_iova_wraps,
	  "iova + length wraps around 64 bits", "check the iova and length" },
	{ "IOMMU_IOAS_MAP", EOVERFLOW, "length-half", cause_length_half,
	  "the length is half the address space or more and the kernel is to choose "
	  "the iova",
	  "give an iova, or a shorter length" },
	{ "IOMMU_IOAS_MAP", EINVAL, "no-access", cause_no_access,
	  "flags say neither readable nor writeable", "add readable, writeable or both" },
	{ "IOMMU_IOAS_MAP", EINVAL, "length-zero", cause_length_zero, "the length is 0",
	  "give a length" },
	{ "IOMMU_IOAS_MAP", EINVAL, "length-huge", cause_length_huge,
	  "the length cannot be rounded to pages", "take a shorter length" },
	PLACE_ROWS("IOMMU_IOAS_MAP"),
	{ "IOMMU_IOAS_MAP", EINVAL, "read-only-parent", cause_read_only_parent,
	  "a read-only mapping meets a nest parent on VT-d, whose erratum forbids it",
	  "map it writeable, or use an ioas without nested page tables" },
	ROOM_ROWS("IOMMU_IOAS_MAP"),
	{ "IOMMU_IOAS_MAP", EFAULT, "user-va-unmapped", cause_user_va_unmapped,
	  "user_va is not mapped in the process", "check user_va and length" },
	{ "IOMMU_IOAS_MAP", EFAULT, "user-va-device", cause_user_va_device,
	  "user_va is device memory without pages to pin, such as a PCI BAR",
	  "export the BAR with VFIO_DEVICE_FEATURE_DMA_BUF and use `ioas map-file`" },
	{ "IOMMU_IOAS_MAP", EFAULT, "user-va-no-right", cause_user_va_no_right,
	  "the memory at user_va lacks the rights that the mapping is to have",
	  "map without writeable, or make the memory writable" },
	{ "IOMMU_IOAS_MAP", EFAULT, "user-va-past-file", cause_user_va_past_file,
	  "user_va reaches past the end of the file behind it",
	  "map less, or make the file longer" },
	{ "IOMMU_IOAS_MAP", EFAULT, "user-va-shared-file", cause_user_va_shared_file,
	  "user_va is a shared file mapping whose file system tracks writes",
	  "use a private mapping, or a file on tmpfs or hugetlbfs" },
	{ "IOMMU_IOAS_MAP", EFAULT, "not-pinned", NULL, "the memory cannot be pinned",
	  "check that the memory is there and has the rights asked for" },
	MEMLOCK_ROW("IOMMU_IOAS_MAP"),

	/* Mapping a file or dma-buf. */
	{ "IOMMU_IOAS_MAP_FILE", EOVERFLOW, "iova-max", cause_iova_max, "an iova is all ones",
	  "take a lower iova" },
	{ "IOMMU_IOAS_MAP_FILE", EOVERFLOW, "length-max", cause_length_max,
	  "the length is all ones", "take a shorter length" },
	{ "IOMMU_IOAS_MAP_FILE", EOVERFLOW, "start-wraps", cause_start_wraps,
	  "start + length wraps around 64 bits", "check start and length" },
	{ "IOMMU_IOAS_MAP_FILE", EOVERFLOW, "iova-wraps", cause_iova_wraps,
	  "iova + length wraps around 64 bits", "check the iova and length" },
	{ "IOMMU_IOAS_MAP_FILE", EOVERFLOW, "length-half", cause_length_half,
	  "the length is half the address space or more and the kernel is to choose "
	  "the iova",
	  "give an iova, or a shorter length" },
	{ "IOMMU_IOAS_MAP_FILE", EINVAL, "no-access", cause_no_access,
	  "flags say neither readable nor writeable", "add readable, writeable or both" },
	{ "IOMMU_IOAS_MAP_FILE", EINVAL, "length-zero", cause_length_zero, "the length is 0",
	  "give a length" },
	{ "IOMMU_IOAS_MAP_FILE", EINVAL, "length-huge", cause_length_huge,
	  "the length cannot be rounded to pages", "take a shorter length" },
	{ "IOMMU_IOAS_MAP_FILE", EBADF, "fd-not-open", cause_fd_not_open,
	  "the fd of the file is not open", "open it in the shell that starts iommuctl" },
	{ "IOMMU_IOAS_MAP_FILE", EINVAL, "past-file", cause_past_file,
	  "start + length is past the end of the file", "map less, or make the file longer" },
	{ "IOMMU_IOAS_MAP_FILE", EOPNOTSUPP, "dmabuf-foreign", cause_dmabuf_foreign,
	  "the exporter of the dma-buf offers no address ranges",
	  "only dma-bufs of VFIO devices (`device dma-buf`) can be mapped" },
	{ "IOMMU_IOAS_MAP_FILE", ENODEV, "dmabuf-revoked", cause_dmabuf_revoked,
	  "the dma-buf was revoked: its device was reset or closed, or sleeps",
	  "export it again when the device is back" },
	{ "IOMMU_IOAS_MAP_FILE", EOPNOTSUPP, "dmabuf-ranges", cause_dmabuf_ranges,
	  "the dma-buf has more than one range",
	  "export each range as a dma-buf of its own" },
	PLACE_ROWS("IOMMU_IOAS_MAP_FILE"),
	{ "IOMMU_IOAS_MAP_FILE", EINVAL, "file-wrong-kind", cause_file_wrong_kind,
	  "the file is no memfd, hugetlbfs file or dma-buf, and a device is attached",
	  "copy the data into a memfd, or map the file into memory and use `ioas map`" },
	{ "IOMMU_IOAS_MAP_FILE", EINVAL, "read-only-parent", cause_read_only_parent,
	  "a read-only mapping meets a nest parent on VT-d, whose erratum forbids it",
	  "map it writeable, or use an ioas without nested page tables" },
	ROOM_ROWS("IOMMU_IOAS_MAP_FILE"),
	{ "IOMMU_IOAS_MAP_FILE", EFAULT, "not-pinned", NULL, "the memory cannot be pinned",
	  "check that the memory is there and has the rights asked for" },
	MEMLOCK_ROW("IOMMU_IOAS_MAP_FILE"),

	/* Copying mappings. */
	{ "IOMMU_IOAS_COPY", EOVERFLOW, "iova-max", cause_iova_max, "an iova is all ones",
	  "take a lower iova" },
	{ "IOMMU_IOAS_COPY", EOVERFLOW, "length-max", cause_length_max, "the length is all ones",
	  "take a shorter length" },
	{ "IOMMU_IOAS_COPY", EOVERFLOW, "src-wraps", cause_src_wraps,
	  "src_iova + length wraps around 64 bits", "check src_iova and length" },
	{ "IOMMU_IOAS_COPY", EOVERFLOW, "iova-wraps", cause_iova_wraps,
	  "iova + length wraps around 64 bits", "check the iova and length" },
	{ "IOMMU_IOAS_COPY", EOVERFLOW, "length-half", cause_length_half,
	  "the length is half the address space or more and the kernel is to choose "
	  "the iova",
	  "give an iova, or a shorter length" },
	{ "IOMMU_IOAS_COPY", ENOENT, "no-object", cause_src_object,
	  "the source ioas is no ioas of this context",
	  "ids live as long as the open file: use `iommuctl batch`, or keep it open "
	  "and pass --fd" },
	{ "IOMMU_IOAS_COPY", ENOENT, "src-not-mapped", cause_src_gap,
	  "some of the source range is not mapped",
	  "copy only what is mapped; src_iova and length may lie inside mappings but "
	  "not across gaps" },
	{ "IOMMU_IOAS_COPY", EINVAL, "no-access", cause_no_access,
	  "flags say neither readable nor writeable", "add readable, writeable or both" },
	{ "IOMMU_IOAS_COPY", EINVAL, "length-zero", cause_length_zero, "the length is 0",
	  "give a length" },
	PLACE_ROWS("IOMMU_IOAS_COPY"),
	{ "IOMMU_IOAS_COPY", EINVAL, "read-only-parent", cause_read_only_parent,
	  "a read-only mapping meets a nest parent on VT-d, whose erratum forbids it",
	  "map it writeable, or use an ioas without nested page tables" },
	ROOM_ROWS("IOMMU_IOAS_COPY"),
	{ "IOMMU_IOAS_COPY", EPERM, "src-not-writeable", cause_src_not_writeable,
	  "the copy is to be writeable and its source is not", "leave writeable out" },
	{ "IOMMU_IOAS_COPY", EFAULT, "not-pinned", NULL, "the memory cannot be pinned",
	  "check that the memory is there and has the rights asked for" },
	MEMLOCK_ROW("IOMMU_IOAS_COPY"),

	/* Unmapping. */
	{ "IOMMU_IOAS_UNMAP", EOVERFLOW, "iova-max", cause_iova_max, "the iova is all ones",
	  "iova 0 with length 0xffffffffffffffff unmaps everything" },
	{ "IOMMU_IOAS_UNMAP", EOVERFLOW, "length-max", cause_length_max,
	  "the length is all ones and the iova is not 0",
	  "iova 0 with length 0xffffffffffffffff unmaps everything" },
	{ "IOMMU_IOAS_UNMAP", EOVERFLOW, "iova-wraps", cause_iova_wraps,
	  "iova + length wraps around 64 bits", "check the iova and length" },
	{ "IOMMU_IOAS_UNMAP", EINVAL, "length-zero", cause_length_zero, "the length is 0",
	  "give a length" },
	{ "IOMMU_IOAS_UNMAP", ENOENT, "unmap-splits", cause_unmap_splits,
	  "the range ends inside a mapping, and mappings are not split",
	  "unmap whole mappings as they were made" },
	{ "IOMMU_IOAS_UNMAP", ENOENT, "nothing-mapped", cause_nothing_mapped,
	  "nothing is mapped in the range", "check the iova and the ioas" },
	{ "IOMMU_IOAS_UNMAP", EBUSY, "area-pinned", cause_area_pinned,
	  "a hardware queue keeps the memory pinned", "destroy the hw-queue first" },
	{ "IOMMU_IOAS_UNMAP", EBUSY, "area-busy", NULL,
	  "another thread is mapping or unmapping there", "try again" },
	{ "IOMMU_IOAS_UNMAP", EDEADLK, "access-stuck", NULL,
	  "an in-kernel user of the memory does not let go of it", "close what accesses the ioas" },
};

CAUSE_PART(map);
