/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: every command, for the master list. */
#pragma once

#include "iommuctl/cmd.h"

extern const struct iom_cmd cmd_ioas_alloc;
extern const struct iom_cmd cmd_ioas_map;
extern const struct iom_cmd cmd_ioas_map_file;
extern const struct iom_cmd cmd_ioas_unmap;
extern const struct iom_cmd cmd_ioas_copy;
extern const struct iom_cmd cmd_ioas_iova_ranges;
extern const struct iom_cmd cmd_ioas_allow_iovas;
extern const struct iom_cmd cmd_ioas_change_process;
extern const struct iom_cmd cmd_ioas_get_pa;
extern const struct iom_cmd cmd_device_open;
extern const struct iom_cmd cmd_device_attach;
extern const struct iom_cmd cmd_device_detach;
extern const struct iom_cmd cmd_device_info;
extern const struct iom_cmd cmd_device_features;
extern const struct iom_cmd cmd_device_reset;
extern const struct iom_cmd cmd_device_region_read;
extern const struct iom_cmd cmd_device_region_write;
extern const struct iom_cmd cmd_vfio_ioas_get;
extern const struct iom_cmd cmd_vfio_ioas_set;
extern const struct iom_cmd cmd_vfio_ioas_clear;
extern const struct iom_cmd cmd_device_hw_info;
extern const struct iom_cmd cmd_hwpt_alloc;
extern const struct iom_cmd cmd_hwpt_invalidate;
extern const struct iom_cmd cmd_hwpt_dirty_start;
extern const struct iom_cmd cmd_hwpt_dirty_stop;
extern const struct iom_cmd cmd_hwpt_dirty_read;
extern const struct iom_cmd cmd_viommu_alloc;
extern const struct iom_cmd cmd_vdevice_alloc;
extern const struct iom_cmd cmd_option_get;
extern const struct iom_cmd cmd_option_set;
extern const struct iom_cmd cmd_sw_msi_get;
extern const struct iom_cmd cmd_sw_msi_set;
extern const struct iom_cmd cmd_object_list;
extern const struct iom_cmd cmd_object_destroy;
extern const struct iom_cmd cmd_mock_add_device;
extern const struct iom_cmd cmd_mock_replace;
extern const struct iom_cmd cmd_mock_add_reserved;
extern const struct iom_cmd cmd_mock_check_map;
extern const struct iom_cmd cmd_mock_check_refs;
extern const struct iom_cmd cmd_mock_memory_limit;
extern const struct iom_cmd cmd_mock_dirty;
extern const struct iom_cmd cmd_mock_check_iotlb;
extern const struct iom_cmd cmd_mock_access_create;
extern const struct iom_cmd cmd_mock_access_pages;
extern const struct iom_cmd cmd_mock_access_unpin;
extern const struct iom_cmd cmd_mock_access_rw;
extern const struct iom_cmd cmd_mock_access_replace_ioas;
extern const struct iom_cmd cmd_mock_access_close;
extern const struct iom_cmd cmd_raw;
extern const struct iom_cmd cmd_explain;
extern const struct iom_cmd cmd_iommu_list;
extern const struct iom_cmd cmd_group_list;
extern const struct iom_cmd cmd_group_show;
extern const struct iom_cmd cmd_device_list;
extern const struct iom_cmd cmd_device_show;
extern const struct iom_cmd cmd_reserved;
extern const struct iom_cmd cmd_tree;
extern const struct iom_cmd cmd_ps;
extern const struct iom_cmd cmd_snapshot;
extern const struct iom_cmd cmd_probe;
extern const struct iom_cmd cmd_batch;
