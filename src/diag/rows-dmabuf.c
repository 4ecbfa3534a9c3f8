/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of the cause table: exporting BARs as dma-bufs, and the mock driver's dma-bufs. */
#include "causes.h"

static const struct iom_cause rows_dmabuf[] = {
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", EINVAL, "feature-op", cause_feature_op,
	  "the feature can only be had (get)", "flags=get|11" },
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", EINVAL, "flag-unknown", cause_dmabuf_flags,
	  "dma_buf_flags has a bit that the call does not know", "leave the bit out" },
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", EINVAL, "no-ranges", cause_dmabuf_no_ranges,
	  "there is no range", "give one at least" },
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", EOPNOTSUPP, "no-peer-to-peer", NULL,
	  "the device's VFIO driver offers no peer-to-peer memory",
	  "`device features` tells; vfio-pci with CONFIG_VFIO_PCI_DMABUF does" },
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", ENODEV, "bar-absent", cause_bar_absent,
	  "the device has no such BAR", "`device info` lists its regions" },
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", EINVAL, "range-empty", cause_range_empty,
	  "a range has no bytes", "give it a length" },
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", EINVAL, "range-unaligned", cause_range_unaligned,
	  "offset or length of a range is not a multiple of the page size",
	  "export whole pages of the BAR" },
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", EOVERFLOW, "range-wraps", cause_range_wraps,
	  "a range goes past the end of 64 bits", "check offset and length" },
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", EINVAL, "range-past-bar", cause_range_past_bar,
	  "a range goes past the end of the BAR", "`device info` prints its size" },
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", EINVAL, "bar-of-ports", NULL,
	  "the BAR has I/O ports and no memory", "export another BAR" },
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", ENODEV, "device-going", NULL,
	  "the device is going away, or somebody else had claimed its BAR",
	  "see /proc/iomem for the owner of the BAR" },
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", ENOMEM, "too-many-ranges", NULL,
	  "there are too many ranges, or no memory", "export fewer at once" },
	{ "VFIO_DEVICE_FEATURE_DMA_BUF", EMFILE, "no-fd-left", cause_no_fd_left,
	  "the process has no file descriptor left", "close some, or raise RLIMIT_NOFILE" },

	{ "IOMMU_TEST_OP_DMABUF_GET", EINVAL, "length-wrong", cause_dmabuf_length,
	  "a mock dma-buf has 1 to 512 pages", "take a length up to 2M" },
	{ "IOMMU_TEST_OP_DMABUF_GET", EMFILE, "no-fd-left", cause_no_fd_left,
	  "the process has no file descriptor left", "close some, or raise RLIMIT_NOFILE" },
	{ "IOMMU_TEST_OP_DMABUF_REVOKE", EBADF, "fd-not-open", cause_dmabuf_not_open,
	  "the fd is not open", "`mock dmabuf get` gives the number" },
	{ "IOMMU_TEST_OP_DMABUF_REVOKE", EINVAL, "not-dmabuf", cause_not_dmabuf,
	  "the fd is no dma-buf", "`mock dmabuf get` gives the number" },
	{ "IOMMU_TEST_OP_DMABUF_REVOKE", EOPNOTSUPP, "not-mock-dmabuf", cause_dmabuf_other,
	  "another driver made the dma-buf",
	  "a device revokes its own: `device reset`, or the memory bit of its command register" },
};

CAUSE_PART(dmabuf);
