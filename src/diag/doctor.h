/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: the checks of `doctor` and how they report. */
#pragma once

#include "iommuctl/diag.h"

/*
 * What a check has to say about a subject ("" for the machine, else the name of a device or
 * group). The format tells the evidence: what was read, and where.
 */
void iom_doctor_say(struct iom_doctor *d, enum iom_verdict verdict, const char *subject,
		    const char *fmt, ...) iom_printf(4, 5);
/* What to do about the last one; without it a problem has the remedy of the check's row. */
void iom_doctor_remedy(struct iom_doctor *d, const char *fmt, ...) iom_printf(2, 3);

/* Is the question about this device: the one asked for, else every one with a VFIO driver. */
bool iom_doctor_means(const struct iom_doctor *d, const struct iom_host_dev *dev);
/* The same of a group: one of its members is meant. */
bool iom_doctor_means_group(const struct iom_doctor *d, const struct iom_host_group *g);
/* Reports that all is well, unless there is a finding since the n-th. */
void iom_doctor_fine(struct iom_doctor *d, size_t n, const char *evidence);
/* Entries of a folder; UNKNOWN when it cannot be read. */
enum iom_tri iom_doctor_has(const struct iom_doctor *d, const char *dir, const char *name);

/* Is there a file, folder or node of this name? */
bool iom_doctor_exists(const struct iom_doctor *d, const char *path);

/* The machine. */
void iom_check_iommu(struct iom_doctor *d);
void iom_check_iommufd(struct iom_doctor *d);
void iom_check_node(struct iom_doctor *d);
void iom_check_config(struct iom_doctor *d);
void iom_check_noiommu(struct iom_doctor *d);
void iom_check_msi(struct iom_doctor *d);
void iom_check_acs(struct iom_doctor *d);
void iom_check_width(struct iom_doctor *d);
void iom_check_memlock(struct iom_doctor *d);
/* Devices and groups. */
void iom_check_no_group(struct iom_doctor *d);
void iom_check_driver(struct iom_doctor *d);
void iom_check_override(struct iom_doctor *d);
void iom_check_cdev(struct iom_doctor *d);
void iom_check_cdev_node(struct iom_doctor *d);
void iom_check_viable(struct iom_doctor *d);
void iom_check_direct(struct iom_doctor *d);
void iom_check_cut_off(struct iom_doctor *d);
void iom_check_holder(struct iom_doctor *d);
void iom_check_regions(struct iom_doctor *d);
void iom_check_token(struct iom_doctor *d);
