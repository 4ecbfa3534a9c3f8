/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of the ioctls on a VFIO device, device features included. */
#include <strings.h>

#include "table.h"

/* VFIO_DEVICE_RESET takes no argument. */
const struct iom_field iom_f_none[] = { F_END };

const struct iom_field iom_f_vfio_device_info[] = {
	F(vfio_device_info, argsz, INOUT, SIZE),
	F(vfio_device_info, flags, OUT, FLAGS, .values = &iom_e_vfio_device_flags),
	F(vfio_device_info, num_regions, OUT, UINT),
	F(vfio_device_info, num_irqs, OUT, UINT),
	F(vfio_device_info, cap_offset, OUT, UINT),
	FR(vfio_device_info, pad, "pad"),
	F_END
};

const struct iom_field iom_f_vfio_region_info[] = {
	F(vfio_region_info, argsz, INOUT, SIZE),
	F(vfio_region_info, flags, OUT, FLAGS, .values = &iom_e_vfio_region_flags),
	/* Only PCI devices give the indexes these names; numbers are always accepted. */
	F(vfio_region_info, index, IN, ENUM, .values = &iom_e_vfio_region_index),
	F(vfio_region_info, cap_offset, OUT, UINT),
	F(vfio_region_info, size, OUT, LEN),
	F(vfio_region_info, offset, OUT, HEX),
	F_END
};

static const struct iom_field region_read[] = {
	F(region_io, index, IN, ENUM, .values = &iom_e_vfio_region_index),
	F(region_io, offset, IN, HEX),
	F(region_io, count, IN, UINT),
	F(region_io, value, OUT, HEX),
	F_END
};

static const struct iom_field region_write[] = {
	F(region_io, index, IN, ENUM, .values = &iom_e_vfio_region_index),
	F(region_io, offset, IN, HEX),
	F(region_io, count, IN, UINT),
	F(region_io, value, IN, HEX),
	F_END
};

const struct iom_call iom_region_read = {
	.name = "pread", .word = "pread", .full = sizeof(struct iom_region_io),
	.family = IOM_FAM_VFIO, .op = -1, .fields = region_read,
	.brief = "read from a region of a device",
};

const struct iom_call iom_region_write = {
	.name = "pwrite", .word = "pwrite", .full = sizeof(struct iom_region_io),
	.family = IOM_FAM_VFIO, .op = -1, .fields = region_write,
	.brief = "write to a region of a device",
};

static const struct iom_field page_access[] = {
	F(page_io, mmap_offset, IN, HEX),
	F(page_io, mmap_length, IN, LEN),
	F(page_io, offset, IN, HEX),
	F(page_io, count, IN, UINT),
	F(page_io, write, IN, UINT),
	F(page_io, value, INOUT, HEX),
	F_END
};

const struct iom_call iom_page_access = {
	.name = "mmap", .word = "mmap", .full = sizeof(struct iom_page_io),
	.family = IOM_FAM_IOMMUFD, .op = -1, .fields = page_access,
	.brief = "map the pages of a virtual IOMMU",
};

const struct iom_call *iom_region_call_find(const char *name)
{
	if (!strcasecmp(name, iom_region_read.name))
		return &iom_region_read;
	if (!strcasecmp(name, iom_page_access.name))
		return &iom_page_access;
	return strcasecmp(name, iom_region_write.name) ? NULL : &iom_region_write;
}

const struct iom_field iom_f_vfio_irq_info[] = {
	F(vfio_irq_info, argsz, IN, SIZE),
	F(vfio_irq_info, flags, OUT, FLAGS, .values = &iom_e_vfio_irq_flags),
	F(vfio_irq_info, index, IN, ENUM, .values = &iom_e_vfio_irq_index),
	F(vfio_irq_info, count, OUT, UINT),
	F_END
};

const struct iom_field iom_f_vfio_irq_set[] = {
	F(vfio_irq_set, argsz, IN, SIZE),
	F(vfio_irq_set, flags, IN, FLAGS, .values = &iom_e_vfio_irq_set_flags),
	F(vfio_irq_set, index, IN, ENUM, .values = &iom_e_vfio_irq_index),
	F(vfio_irq_set, start, IN, UINT),
	F(vfio_irq_set, count, IN, UINT),
	F_END
};

const struct iom_field iom_f_vfio_pci_hot_reset_info[] = {
	F(vfio_pci_hot_reset_info, argsz, IN, SIZE),
	F(vfio_pci_hot_reset_info, flags, OUT, FLAGS,
	  .values = &iom_e_vfio_hot_reset_flags),
	F(vfio_pci_hot_reset_info, count, OUT, UINT),
	F_END
};

const struct iom_field iom_f_vfio_pci_hot_reset[] = {
	F(vfio_pci_hot_reset, argsz, IN, SIZE),
	F(vfio_pci_hot_reset, flags, IN, FLAGS, .values = &iom_e_no_flags),
	F(vfio_pci_hot_reset, count, IN, UINT),
	F_END
};

const struct iom_field iom_f_vfio_ioeventfd[] = {
	F(vfio_ioeventfd, argsz, IN, SIZE),
	F(vfio_ioeventfd, flags, IN, FLAGS, .values = &iom_e_vfio_ioeventfd_flags),
	F(vfio_ioeventfd, offset, IN, HEX),
	F(vfio_ioeventfd, data, IN, HEX),
	F(vfio_ioeventfd, fd, IN, FD),
	FR(vfio_ioeventfd, reserved, "reserved"),
	F_END
};

const struct iom_field iom_f_vfio_bind[] = {
	F(vfio_bind, argsz, IN, SIZE),
	F(vfio_bind, flags, IN, FLAGS, .values = &iom_e_vfio_bind_flags),
	F(vfio_bind, iommufd, IN, FD),
	F(vfio_bind, out_devid, OUT, ID, .obj = IOM_OBJ_DEVICE),
	F(vfio_bind, token_uuid_ptr, IN, PTR),
	F_END
};

const struct iom_field iom_f_vfio_attach[] = {
	F(vfio_attach, argsz, IN, SIZE),
	F(vfio_attach, flags, IN, FLAGS, .values = &iom_e_vfio_attach_flags),
	F(vfio_attach, pt_id, INOUT, ID, .obj = IOM_OBJ_PT),
	F(vfio_attach, pasid, IN, UINT),
	F_END
};

const struct iom_field iom_f_vfio_detach[] = {
	F(vfio_detach, argsz, IN, SIZE),
	F(vfio_detach, flags, IN, FLAGS, .values = &iom_e_vfio_detach_flags),
	F(vfio_detach, pasid, IN, UINT),
	F_END
};

const struct iom_field iom_f_vfio_precopy_info[] = {
	F(vfio_precopy_info, argsz, IN, SIZE),
	F(vfio_precopy_info, flags, OUT, FLAGS, .values = &iom_e_vfio_precopy_flags),
	F(vfio_precopy_info, initial_bytes, OUT, LEN),
	F(vfio_precopy_info, dirty_bytes, OUT, LEN),
	F_END
};

/*
 * A feature call is this header and the feature's own data behind it. The low 16 bits of
 * flags are the number of the feature. The member of a data field is the one in the
 * struct of that data.
 */
#define HEAD \
	F(vfio_feature, argsz, IN, SIZE), \
	F(vfio_feature, flags, IN, FLAGS, .values = &iom_e_vfio_feature_flags)
#define D(st, m, n, d, k, ...) DM(st, m, n, #m, d, k, __VA_ARGS__)
#define DR(st, m, n) DM(st, m, n, n, IN, RESERVED, .values = NULL)
#define DM(st, m, n, real, d, k, ...) \
	{ .name = n, .member = real, \
	  .offset = sizeof(struct iom_vfio_feature) + offsetof(struct iom_##st, m), \
	  .width = sizeof(((struct iom_##st *)0)->m), .count = 1, .dir = IOM_##d, \
	  .kind = IOM_K_##k, __VA_ARGS__ }

const struct iom_field iom_f_vfio_feature[] = { HEAD, F_END };

const struct iom_field iom_f_feature_pci_vf_token[] = {
	HEAD,
	{ .name = "uuid", .offset = sizeof(struct iom_vfio_feature), .width = 1,
	  .count = 16, .dir = IOM_IN, .kind = IOM_K_HEX },
	F_END
};

const struct iom_field iom_f_feature_migration[] = {
	HEAD,
	D(vfio_feature_migration, flags, "migration_flags", OUT, FLAGS,
	  .values = &iom_e_vfio_migration_flags),
	F_END
};

const struct iom_field iom_f_feature_mig_state[] = {
	HEAD,
	D(vfio_feature_mig_state, device_state, "device_state", INOUT, ENUM,
	  .values = &iom_e_vfio_mig_state),
	D(vfio_feature_mig_state, data_fd, "data_fd", OUT, FD),
	F_END
};

const struct iom_field iom_f_feature_low_power_wakeup[] = {
	HEAD,
	D(vfio_low_power_entry_with_wakeup, wakeup_eventfd, "wakeup_eventfd", IN, FD),
	DR(vfio_low_power_entry_with_wakeup, reserved, "reserved"),
	F_END
};

const struct iom_field iom_f_feature_dma_logging_start[] = {
	HEAD,
	D(vfio_feature_dma_logging_control, page_size, "page_size", INOUT, LEN),
	D(vfio_feature_dma_logging_control, num_ranges, "num_ranges", IN, UINT),
	DR(vfio_feature_dma_logging_control, reserved, "__reserved"),
	D(vfio_feature_dma_logging_control, ranges, "ranges", IN, PTR,
	  .elem = &iom_structs[IOM_S_DMA_LOGGING_RANGE], .count_field = "num_ranges"),
	F_END
};

const struct iom_field iom_f_feature_dma_logging_report[] = {
	HEAD,
	D(vfio_feature_dma_logging_report, iova, "iova", IN, IOVA),
	D(vfio_feature_dma_logging_report, length, "length", IN, LEN),
	D(vfio_feature_dma_logging_report, page_size, "page_size", IN, LEN),
	D(vfio_feature_dma_logging_report, bitmap, "bitmap", IN, PTR),
	F_END
};

const struct iom_field iom_f_feature_mig_data_size[] = {
	HEAD,
	D(vfio_feature_mig_data_size, stop_copy_length, "stop_copy_length", OUT, LEN),
	F_END
};

const struct iom_field iom_f_feature_bus_master[] = {
	HEAD,
	D(vfio_feature_bus_master, op, "op", IN, ENUM,
	  .values = &iom_e_vfio_bus_master_op),
	F_END
};

const struct iom_field iom_f_feature_dma_buf[] = {
	HEAD,
	D(vfio_feature_dma_buf, region_index, "region_index", IN, ENUM,
	  .values = &iom_e_vfio_region_index),
	D(vfio_feature_dma_buf, open_flags, "open_flags", IN, HEX),
	D(vfio_feature_dma_buf, flags, "dma_buf_flags", IN, FLAGS,
	  .values = &iom_e_no_flags),
	D(vfio_feature_dma_buf, nr_ranges, "nr_ranges", IN, UINT),
	F_END
};

const struct iom_field iom_f_feature_zpci_error[] = {
	HEAD,
	D(vfio_feature_zpci_err, data, "data", IN, PTR),
	F_END
};
