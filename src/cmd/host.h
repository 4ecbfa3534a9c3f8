/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: what the commands that show the host share. */
#pragma once

#include "iommuctl/cmd.h"
#include "iommuctl/host.h"

extern const struct iom_enum iom_viable_enum, iom_member_enum, iom_iommu_enum;

extern const struct iom_cmd cmd_monitor;

/* Reads the host of --sysroot. Returns 0, or an exit code with err filled; free in either case. */
int iom_host_of(struct iom_app *app, unsigned int what, struct iom_host *h, struct iom_err *err);
/* "8086:10d3", "" when the device has no such numbers. */
const char *iom_host_ids(const struct iom_host_dev *d, char *buf, size_t len);
/* What a class of PCI devices is called: "ethernet", "vga"; NULL when not known here. */
const char *iom_host_class(const struct iom_host_dev *d);
/* The option of lists that makes iom_host_names() give none. */
#define IOM_HOST_NO_NAMES \
	{ "no-names", IOM_ARG_FLAG, 0, "without names from pci.ids, which take some milliseconds" }
/* The names of the root, unless off; NULL is none. iom_pci_names_free() */
struct iom_pci_names *iom_host_names(const struct iom_app *app, bool off);
/* Sets what is known of "Intel Corporation" and "82574L Gigabit Network Connection". */
void iom_host_set_names(struct iom_pci_names *names, const struct iom_host_dev *d,
			struct iom_rec *rec, unsigned int vendor, unsigned int device);
/*
 * Adds the names of devices (NULL-ended) in their order, vendor:device where one has none; nothing
 * when none is known.
 */
void iom_host_add_names(struct iom_pci_names *names, const struct iom_host *h, char *const *devices,
			struct iom_rec *rec, unsigned int col);
/* Adds "net:eth0", "block:sda" ... of the device. */
void iom_host_add_uses(const struct iom_host_dev *d, struct iom_rec *rec, unsigned int col);
/* The machine with its holders; a root without /proc has none. */
struct iom_forest {
	struct iom_host h;
	struct iom_host_proc *procs;
	size_t n_procs, hidden;
	struct iom_pci_names *names; /* NULL unless the command wants them */
};
/* Returns 0, or an exit code with err filled; free in either case. */
int iom_forest_load(struct iom_app *app, struct iom_forest *f, struct iom_err *err);
void iom_forest_free(struct iom_forest *f);
/* The IOMMU that a group is behind; NULL when none lists its devices. */
const struct iom_host_iommu *iom_forest_iommu(const struct iom_forest *f,
					      const struct iom_host_group *g);
/* Has the process the device open, or its group? */
bool iom_host_holds(const struct iom_host_proc *p, const struct iom_host_dev *d);
/* Runs the checks on it. Returns 0, or an exit code with err filled; iom_doctor_free() after it. */
struct iom_doctor;
int iom_doctor_look(struct iom_forest *f, struct iom_doctor *d, struct iom_err *err);
/* The device by its name, or by a PCI address without the domain; else NULL, err filled, exit 5. */
const struct iom_host_dev *iom_host_dev_arg(const struct iom_host *h, const char *word,
					    struct iom_err *err);
