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
/* More evidence of the last one. */
void iom_doctor_add(struct iom_doctor *d, const char *fmt, ...) iom_printf(2, 3);
/* What to do about the last one; without it a problem has the remedy of the row. */
void iom_doctor_remedy(struct iom_doctor *d, const char *fmt, ...) iom_printf(2, 3);

/* Is the question about this device: the one asked for, else every one with a VFIO driver. */
bool iom_doctor_means(const struct iom_doctor *d, const struct iom_host_dev *dev);
/*
 * Calls fn for each device that is meant, for each member or region of the groups that have such a
 * device. When that finds nothing, all is well with this evidence (NULL: the caller goes on).
 */
void iom_doctor_devices(struct iom_doctor *d,
			void (*fn)(struct iom_doctor *d, const struct iom_host_dev *dev),
			const char *fine);
void iom_doctor_members(struct iom_doctor *d,
			void (*fn)(struct iom_doctor *d, const struct iom_host_group *g,
				   const struct iom_host_dev *dev),
			const char *fine);
void iom_doctor_regions(struct iom_doctor *d,
			void (*fn)(struct iom_doctor *d, const struct iom_host_group *g,
				   const struct iom_host_region *r),
			const char *fine);
/* Reports that all is well, unless there is a finding since the n-th. */
void iom_doctor_fine(struct iom_doctor *d, size_t n, const char *evidence);
/* Entries of a folder; UNKNOWN when it cannot be read. */
enum iom_tri iom_doctor_has(const struct iom_doctor *d, const char *dir, const char *name);
/* Is there a file, folder or node of this name? */
bool iom_doctor_exists(const struct iom_doctor *d, const char *path);

/* Reads the kernel's log. */
void iom_doctor_read_log(struct iom_doctor *d);
/* Lines of the log that belong to the running check become evidence of its findings since the n-th. */
void iom_doctor_quote(struct iom_doctor *d, size_t n);
/* A line of the log that belongs to the running check and has both texts; NULL: none. */
const char *iom_doctor_logged(const struct iom_doctor *d, const char *text, const char *also);

/* The process that is to map memory, as it says of itself in /proc. */
struct iom_doctor_proc {
	char dir[32];	  /* "/proc/self", "/proc/4242" */
	char limits[48], status[48]; /* paths of these files */
	bool has_limit;
	uint64_t soft, hard; /* RLIMIT_MEMLOCK in bytes, UINT64_MAX: none */
	bool has_caps;
	uint64_t effective, bounding; /* bits of capabilities */
	uint32_t uid;	  /* UINT32_MAX: not known */
};
void iom_doctor_proc(const struct iom_doctor *d, struct iom_doctor_proc *p);

/* The unit of systemd that a process belongs to. */
struct iom_unit {
	char name[160];	 /* "vmm.service"; "" none */
	bool known;	 /* the cgroup could be read */
	bool user;	 /* of a user's systemd */
	char cgroup[256];
	const char *container; /* file that tells of one, static storage; NULL none */
	struct iom_names files; /* that make it, in the order in which they count */
};
/* 0 or -ENOMEM; iom_unit_free() in either case. */
int iom_unit_of(const struct iom_doctor *d, struct iom_unit *u) iom_must_check;
void iom_unit_free(struct iom_unit *u);
/* Value of the last line that sets it, in buf, and its file; NULL: no line does. */
const char *iom_unit_setting(const struct iom_doctor *d, const struct iom_unit *u, const char *key,
			     char *buf, size_t len);
/* Calls fn for the value of each line that sets it. */
void iom_unit_each(const struct iom_doctor *d, const struct iom_unit *u, const char *key,
		   void (*fn)(const char *value, void *arg), void *arg);

/* The machine. */
void iom_check_iommu(struct iom_doctor *d);
void iom_check_iommufd(struct iom_doctor *d);
void iom_check_node(struct iom_doctor *d);
void iom_check_config(struct iom_doctor *d);
void iom_check_msi(struct iom_doctor *d);
void iom_check_acs(struct iom_doctor *d);
void iom_check_log(struct iom_doctor *d);
/* Devices and groups. */
void iom_check_noiommu(struct iom_doctor *d);
void iom_check_no_group(struct iom_doctor *d);
void iom_check_driver(struct iom_doctor *d);
void iom_check_override(struct iom_doctor *d);
void iom_check_kind(struct iom_doctor *d);
void iom_check_cdev(struct iom_doctor *d);
void iom_check_cdev_node(struct iom_doctor *d);
void iom_check_viable(struct iom_doctor *d);
void iom_check_direct(struct iom_doctor *d);
void iom_check_cut_off(struct iom_doctor *d);
void iom_check_holder(struct iom_doctor *d);
void iom_check_token(struct iom_doctor *d);
/* Memory and addresses. */
void iom_check_width(struct iom_doctor *d);
void iom_check_regions(struct iom_doctor *d);
void iom_check_bars(struct iom_doctor *d);
void iom_check_huge_pages(struct iom_doctor *d);
/* The process. */
void iom_check_memlock(struct iom_doctor *d);
void iom_check_service(struct iom_doctor *d);
void iom_check_maps(struct iom_doctor *d);
/* The device, opened. */
void iom_check_open(struct iom_doctor *d);
void iom_check_hwpt_flags(struct iom_doctor *d);
