/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's state from sysfs and procfs, through one root, as plain structs. */
#pragma once

#include <stdio.h>

#include "iommuctl/base.h"

/* One line of a group's reserved_regions file. Inclusive bounds. */
struct iom_host_region {
	uint64_t start, last;
	char kind[24]; /* "direct", "direct-relaxable", "reserved", "msi", or what the kernel wrote */
};

struct iom_host_group {
	uint32_t id;
	char type[24];	/* default domain type, "" when unreadable */
	char **devices; /* sorted names, NULL-ended */
	struct iom_host_region *regions; /* in file order */
	size_t n_regions;
	bool regions_unreadable;
};

enum iom_access { IOM_ACCESS_FILE, IOM_ACCESS_LINK, IOM_ACCESS_DIR };

/* cb is told every path below the root that this room is about to read; NULL: nobody is. */
void iom_host_observe(void (*cb)(enum iom_access kind, const char *path, void *arg), void *arg);

/*
 * Writes a tar archive of what was read between iom_snapshot_new() and iom_snapshot_write(): files
 * with their content, folders with the names in them, links as links. Only one at a time.
 */
struct iom_snapshot;
struct iom_snapshot *iom_snapshot_new(const char *root); /* NULL: out of memory */
/* 0 or a negative errno with err filled. *n: entries. */
int iom_snapshot_write(struct iom_snapshot *s, FILE *f, size_t *n, struct iom_err *err) iom_must_check;
/* Calls cb for the path of every entry, sorted, without the leading slash. 0 or -ENOMEM. */
int iom_snapshot_list(struct iom_snapshot *s, void (*cb)(const char *path, void *arg), void *arg);
void iom_snapshot_free(struct iom_snapshot *s);
/*
 * Unpacks an archive into a new folder below the one for temporary files; *dir is freed by
 * iom_unpack_remove(), which also deletes it, as the end of this process does, whatever ends it.
 * Returns 0, or a negative errno with err filled (exit 2 for what is no such archive); nothing is
 * left behind then.
 */
int iom_unpack(const char *file, char **dir, struct iom_err *err) iom_must_check;
void iom_unpack_remove(char *dir);

/*
 * A new folder below TMPDIR, /tmp or /dev/shm, which anybody may read. It is deleted with all that is
 * in it when this process ends, whatever ends it, and whatever program it has become. *dir is freed
 * by the caller. 0 or a negative errno.
 */
int iom_keep_for_program(char **dir) iom_must_check;

/* Joins root and the path; root "" is the live system. Returns 0 or -ENAMETOOLONG. */
int iom_path(const char *root, char *buf, size_t len, const char *fmt, ...) iom_printf(4, 5);
/*
 * Reads a small file, drops the trailing newline, NUL-terminates. Returns its length, or a
 * negative errno; -EFBIG when it does not fit.
 */
long iom_read_file(const char *root, const char *path, char *buf, size_t len);
/* The first len bytes of a file as they are. Returns how many there were, or a negative errno. */
long iom_read_bytes(const char *root, const char *path, void *buf, size_t len);
/*
 * Opens a file to be read line by line. NULL with errno set; EINVAL for a folder, a pipe or a device
 * in its place, which would not end or would wait.
 */
FILE *iom_open_lines(const char *root, const char *path);
/* Target of a link as it is written there. Returns its length, or a negative errno. */
long iom_read_link(const char *root, const char *path, char *buf, size_t len);
/* Last part of a link's target, in buf; NULL when there is no link or it does not fit. */
const char *iom_link_name(const char *root, const char *path, char *buf, size_t len);

/* A list of strings of its own; v is NULL or NULL-ended. */
struct iom_names {
	char **v;
	size_t n, cap;
};
/* 0 or -ENOMEM; what was in the list stays. */
int iom_names_add(struct iom_names *names, const char *name) iom_must_check;
void iom_names_free(struct iom_names *names);
/*
 * Adds the entries of a folder and sorts the list; hidden ones are left out. Returns 0, or a
 * negative errno with the list empty.
 */
int iom_list_dir(const char *root, const char *path, struct iom_names *names) iom_must_check;
/* Makes room for element n of an array that has *cap. 0 or -ENOMEM. */
int iom_grow(void *arrayp, size_t n, size_t *cap, size_t elem) iom_must_check;

/*
 * All IOMMU groups sorted by number. *groups is freed by iom_host_groups_free(). Returns 0 (also
 * with none), or a negative errno with *err filled (exit 3: this kernel has no IOMMU groups).
 * A group or file that vanishes meanwhile is left out. Malformed lines are skipped and counted
 * in *malformed.
 */
int iom_host_groups(const char *root, struct iom_host_group **groups, size_t *n,
		    size_t *malformed, struct iom_err *err);
void iom_host_groups_free(struct iom_host_group *groups, size_t n);

/* Something of the system that lives on a device: "net" "eth0", "block" "sda". */
struct iom_host_use {
	const char *kind; /* class, static storage */
	char *name;
};

/* A PCI device, or one of another bus that is in an IOMMU group. Strings NULL: none. */
struct iom_host_dev {
	char *name;	    /* as in sysfs: "0000:00:14.0", "a000000.dma" */
	char bus[16];	    /* "pci", "platform"; "" when the kernel does not say */
	char *driver;
	const char *iommu;  /* name of the IOMMU that it is behind, borrowed from its record */
	int64_t group;	    /* -1: none */
	bool has_ids;	    /* PCI: the six numbers below */
	uint16_t vendor, device, subvendor, subdevice;
	uint32_t class_code; /* 0x020000: class, subclass, interface */
	struct iom_host_use *uses; /* by class, then name */
	size_t n_uses, cap_uses;
};

/* What is known of one device beyond the list; numbers are -1 where the kernel does not say. */
struct iom_host_dev_more {
	char override[64];  /* driver_override, "" none */
	char physfn[64];    /* of a virtual function: its physical one; else "" */
	int64_t numa, num_vfs, total_vfs;
	struct iom_names vfs; /* of a physical function: names of the virtual ones */
	bool has_config;    /* the extended capabilities could be read, which takes root */
	bool ats, pri, pasid, sriov; /* is there */
	bool ats_on, pri_on, pasid_on;
	unsigned int pasid_bits;
};

enum iom_iommu_kind {
	IOM_IOMMU_OTHER, IOM_IOMMU_INTEL, IOM_IOMMU_AMD, IOM_IOMMU_SMMUV3, IOM_IOMMU_SMMU,
	IOM_IOMMU_VIRTIO, IOM_IOMMU_RISCV, IOM_IOMMU_APPLE, IOM_IOMMU_S390, IOM_IOMMU_MTK,
};

struct iom_host_iommu {
	char *name;		  /* "dmar0", "smmu3.0x0000000009050000" */
	enum iom_iommu_kind kind;
	struct iom_names devices; /* behind it */
	char version[16];	  /* Intel, as written; "" when unreadable */
	bool has_reg[3];	  /* which of reg[] could be read */
	uint64_t reg[3];	  /* Intel: cap, ecap; AMD: efr, efr2, cap */
	char parent[64], driver[64]; /* device of its own, and its driver; "" none */
	int64_t address, domains_supported, domains_used; /* Intel; -1: unknown */
};

/*
 * Parts of the host to read. Devices come with the members of the groups and with the IOMMUs; those
 * that only have to show who is in the way of a group (NODES) without the latter.
 */
enum {
	IOM_HOST_GROUPS = 1,  /* members and default domain type */
	IOM_HOST_REGIONS = 2, /* reserved regions of the groups */
	IOM_HOST_IOMMUS = 4,  /* names and members */
	IOM_HOST_REGISTERS = 8, /* what the IOMMUs say of themselves */
	IOM_HOST_DEVICES = 16,
	IOM_HOST_USES = 32,   /* what lives on the devices */
	IOM_HOST_MEMBERS = 64, /* of the groups, without their type */
	IOM_HOST_NODES = 128, /* devices, and of what lives on them only the nodes of VFIO */
};

/* The host as it was read; every list in a reproducible order. */
struct iom_host {
	const char *root; /* borrowed */
	struct iom_host_group *groups;
	struct iom_host_iommu *iommus;
	struct iom_host_dev *devs; /* PCI by address, then the others by name */
	size_t n_groups, n_iommus, n_devs;
	size_t malformed;
	uint32_t *slots; /* hash of the devices' names: index + 1, 0 empty; NULL: not read */
	size_t n_slots;	 /* a power of 2 */
};

/*
 * Reads the parts that `what` asks for. Returns 0, or a negative errno with err filled. A machine
 * without groups, IOMMUs or PCI has empty lists; what vanishes meanwhile is left out.
 * iom_host_free() in either case.
 */
int iom_host_load(struct iom_host *h, const char *root, unsigned int what,
		  struct iom_err *err) iom_must_check;
void iom_host_free(struct iom_host *h);
/* NULL when there is none. */
struct iom_host_dev *iom_host_dev_find(const struct iom_host *h, const char *name);
struct iom_host_group *iom_host_group_find(const struct iom_host *h, int64_t id);
/* Folder of a device below the root, in buf. */
const char *iom_host_dev_dir(const struct iom_host_dev *d, char *buf, size_t len);
/* Reads the rest about one device. 0 or -ENOMEM; iom_host_dev_more_free() in either case. */
int iom_host_dev_more(const char *root, const struct iom_host_dev *d,
		      struct iom_host_dev_more *m) iom_must_check;
void iom_host_dev_more_free(struct iom_host_dev_more *m);
/* Name of the first thing of a class that lives on the device, or NULL. */
const char *iom_host_dev_use(const struct iom_host_dev *d, const char *kind);

/*
 * Names of PCI devices, through libpci from the pci.ids of the root if it has one, else from that
 * of this machine. Both are loaded when the first name is asked for, which takes some milliseconds.
 */
struct iom_pci_names;
enum iom_pci_name_kind {
	IOM_PCI_VENDOR, IOM_PCI_DEVICE, IOM_PCI_CLASS,
	IOM_PCI_SUBVENDOR, IOM_PCI_SUBSYSTEM, /* of the board */
};
/* root is borrowed. NULL when out of memory, which is one without names. */
struct iom_pci_names *iom_pci_names_new(const char *root);
void iom_pci_names_free(struct iom_pci_names *n);
/*
 * Stands until the next is asked for. NULL: it has none, it is no PCI device, or there is no libpci
 * or no pci.ids that can be read. n may be NULL.
 */
const char *iom_pci_name(struct iom_pci_names *n, const struct iom_host_dev *d,
			 enum iom_pci_name_kind kind);

/* What a process holds open. */
enum iom_hold_kind {
	IOM_HOLD_IOMMUFD,   /* /dev/iommu */
	IOM_HOLD_DEVICE,    /* a VFIO device, by its node or through its group */
	IOM_HOLD_GROUP,	    /* /dev/vfio/N */
	IOM_HOLD_CONTAINER, /* /dev/vfio/vfio */
	IOM_HOLD_FAULTS,    /* queue of page requests */
	IOM_HOLD_EVENTS,    /* event queue of a vIOMMU */
};

struct iom_host_hold {
	enum iom_hold_kind kind;
	int fd;	      /* -1: only a mapping of it is left */
	char *node;   /* path as the process has it open */
	char *device; /* name of the device, "" when it is none or not known */
};

struct iom_host_proc {
	int pid;
	uint32_t uid;
	char command[64];
	struct iom_host_hold *holds; /* by fd, then mappings */
	size_t n_holds, cap_holds;
	int64_t locked, pinned, limit; /* bytes; -1: unknown; limit INT64_MAX: none */
	bool unaccounted; /* it has CAP_IPC_LOCK: what it pins counts against no limit */
};

/*
 * Processes that hold something of iommufd or VFIO, by pid. h needs its devices and what lives
 * on them, to name the device of a node. *hidden: processes whose files this user may not see.
 * Returns 0, or a negative errno with err filled; iom_host_procs_free() in either case.
 */
int iom_host_procs(const struct iom_host *h, struct iom_host_proc **procs, size_t *n,
		   size_t *hidden, struct iom_err *err) iom_must_check;
void iom_host_procs_free(struct iom_host_proc *procs, size_t n);
/* Calls cb with each line of a process's maps. 0 or a negative errno. */
int iom_host_maps(const char *root, int pid, void (*cb)(const char *line, void *arg),
		  void *arg) iom_must_check;

/* Names with values, NULL: unknown. */
struct iom_host_pair {
	char *name, *value;
};
struct iom_host_pairs {
	struct iom_host_pair *v;
	size_t n, cap;
};
void iom_host_pairs_free(struct iom_host_pairs *p);

/* What VFIO has of a PCI device. */
struct iom_host_vfio {
	bool present;	 /* the device is there */
	char driver[64]; /* that it is bound to, "" for none */
	char node[64];	 /* name of its character device, such as "vfio0" */
};
/*
 * Looks a device up by its PCI address ("0000:00:03.0"). Returns 0, or a negative errno: -ENOENT
 * when there is no such device (present is false) or VFIO has no character device of it.
 */
int iom_host_vfio_node(const char *root, const char *bdf, struct iom_host_vfio *v);
/* A network interface; of a saved tree only what sysfs has: state, up and carrier. */
struct iom_host_net {
	bool known, up;
	char state[24];		/* operational: "up", "down", "lowerlayerdown" ..., "" unknown */
	int carrier;		/* 1 there is one, 0 none, -1 unknown */
	unsigned int addresses; /* beside link-local ones */
	unsigned int routes;	/* of the main table */
	char master[32];	/* bridge or bond that it belongs to, "" none */
};
/* What sysfs has of it, also on the live system. */
void iom_host_net_saved(const char *root, const char *name, struct iom_host_net *net);
/*
 * list: NULL, or where all its addresses are added, as "192.0.2.1/24". Returns 0, or a negative
 * errno when nothing is known of it.
 */
int iom_host_net(const char *root, const char *name, struct iom_host_net *net,
		 struct iom_names *list);
/*
 * Where the disk, its partitions and what is built on them are mounted: block device and mount
 * point, or "swap". 0, -ENOMEM, or -ENOENT: what is mounted cannot be read.
 * iom_host_pairs_free() in any case.
 */
int iom_host_disk_mounts(const char *root, const char *disk,
			 struct iom_host_pairs *mounts) iom_must_check;

/* One write that binding takes. */
struct iom_host_step {
	char path[1300]; /* below the root */
	char value[64];
};

/* What has to be done, in order; nothing is done by making it. */
struct iom_host_plan {
	char module[64]; /* to load first, "" none */
	struct iom_host_step steps[4];
	size_t n;
};

/*
 * The way from the device's driver to another one ("" for none). override: what to write into
 * driver_override, NULL to leave it. 0 or -ENAMETOOLONG.
 */
int iom_host_plan_bind(const char *root, const struct iom_host_dev *d, const char *driver,
		       const char *override, struct iom_host_plan *p) iom_must_check;
/* Loads a module of the running kernel; 0 also when it is built in. Negative errno: -ENOENT, -EPERM ... */
int iom_host_load_module(const char *name) iom_must_check;
/* Does one step. Negative errno; -ETIMEDOUT when the kernel has not come back after ms. */
int iom_host_do(const char *root, const struct iom_host_step *s, unsigned int ms) iom_must_check;
/* The driver that the device has at this moment, in buf; NULL: none. */
const char *iom_host_driver_now(const char *root, const struct iom_host_dev *d, char *buf, size_t len);

/* What a device had before the first bind; kept below /run until restore, or a reboot. */
struct iom_host_before {
	char driver[64], override[64]; /* "" none */
};
int iom_host_remember(const char *root, const struct iom_host_dev *d, const char *override) iom_must_check;
/* -ENOENT: nothing is remembered. */
int iom_host_recall(const char *root, const struct iom_host_dev *d, struct iom_host_before *b) iom_must_check;
int iom_host_forget(const char *root, const struct iom_host_dev *d) iom_must_check;

/* The kernel of a root, as far as it concerns IOMMUs; what cannot be read is empty. */
struct iom_host_kernel {
	char release[64];
	char config_file[192];	       /* that was read, "" none */
	struct iom_host_pairs config;  /* "CONFIG_IOMMUFD": "y", "m", "n" (also: has no such option) */
	struct iom_host_pairs modules; /* "vfio_pci": "loaded", "built-in", "not-loaded" */
	struct iom_host_pairs parameters;	/* "iommufd.allow_unsafe_interrupts": as it stands there */
	struct iom_names command_line, acpi;	/* words about IOMMUs; tables that describe IOMMUs */
	bool has_command_line, has_acpi;	/* could be read */
};
/* 0 or -ENOMEM; iom_host_kernel_free() in either case. */
int iom_host_kernel_load(struct iom_host_kernel *k, const char *root) iom_must_check;
void iom_host_kernel_free(struct iom_host_kernel *k);
/* Value of a name, NULL when it is not there or unknown. */
const char *iom_host_pair(const struct iom_host_pairs *p, const char *name);
/* Value of a tristate option: 'y', 'm', 'n', or 0 when no configuration can be read. */
char iom_host_config(const char *root, const char *release, const char *option);

/* A fault as the kernel logged it. */
struct iom_host_fault {
	const char *source;  /* "intel-vtd", "amd", "arm-smmuv3", "virtio" */
	const char *access;  /* "read", "write", "interrupt", "" not told */
	char device[32];     /* name of the device, "" not told */
	char parent[32];     /* instead of it: the device that the IOMMU is itself, "" not told */
	char reason[128];    /* in the words of the hardware */
	uint64_t address;    /* IOVA */
	uint32_t pasid;
	bool has_address, has_pasid;
};
/* Whether the line tells of a fault. */
bool iom_host_fault_parse(const char *line, struct iom_host_fault *f);

/*
 * Calls cb with the text of each line about IOMMUs that the kernel itself logged. *file (NULL: nobody
 * wants it) is where they are, static storage. Negative errno: the log may not be read (*file is then
 * that of the running kernel), or a saved machine has none.
 */
int iom_host_log(const char *root, void (*cb)(const char *text, void *arg), void *arg,
		 const char **file) iom_must_check;

/* A uevent: something was added, removed, bound ... */
struct iom_host_event {
	char action[32], subsystem[32], driver[64];
	char path[1024]; /* below /sys */
	char name[128];	 /* its last part */
};
/* A message of len bytes, "add@/devices/..." and variables with their NULs. False: no uevent. */
bool iom_host_event_parse(const char *msg, size_t len, struct iom_host_event *e);

/* The kernel's messages from now on. */
struct iom_live;
/* log: its log as well, if this user may. NULL with *rc set. */
struct iom_live *iom_live_open(bool log, int *rc);
void iom_live_free(struct iom_live *l);
int iom_live_event_fd(const struct iom_live *l);
int iom_live_log_fd(const struct iom_live *l); /* -1: not read */
/*
 * The next one, if there is one now: 1, 0 nothing, or a negative errno. -ENOBUFS of events and
 * -EPIPE of the log: some were lost, and it goes on behind them.
 */
int iom_live_event(struct iom_live *l, struct iom_host_event *e);
int iom_live_log(struct iom_live *l, char *line, size_t len);
