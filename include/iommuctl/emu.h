/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulated host: answers iommufd, selftest and VFIO ioctls in user space as Linux 7.3 does. */
#pragma once

#include "iommuctl/backend.h"

struct iom_emu;

/*
 * A machine to open nodes on. spec is a list of items separated by ';' or newlines:
 *   abi=WORD[,WORD...]	unmerged series it answers: sw-msi-v2, and one of tsm-amd, tsm-early,
 *			tsm-xu, tsm-rfc1, tsm-v2, tsm-v4, tsm-v5, tsm-rework, tsm-integration, or
 *			tsm-any: 7.3's numbers, and any of them when iom_emu_speak() asks for it;
 *			"7.3" alone means none (default: abi=sw-msi-v2,tsm-any)
 *   lacks=WORD[,WORD...]	what the host is without: kvm, tsm, arm64, selftest (the
 *			driver of the kernel's test, and with it mock devices)
 *   has=WORD[,WORD...]	what it has though this host or process has not: huge-pages (for
 *			whoever asks iom_emu_has_huge_pages()), cap-sys-resource, cap-sys-rawio,
 *			cap-ipc-lock
 *   device=NAME[,bdf=B][,iommu=N|none][,group=N][,aperture=START-LAST][,pgsizes=MASK]
 *	   [,pasid=BITS][,pf=NAME|host][,driver=DRIVER[,REGISTER=VALUE]...][,tsm=WORD]
 *	   [,resv=START-LAST:KIND]...	a VFIO device /dev/vfio/devices/NAME
 * KIND is msi, sw-msi, direct, direct-relaxable or reserved. Devices with the same iommu number can
 * share a page table, those with the same group number are attached together; aperture and pgsizes
 * are 0-0xffffffffffff and 4K|2M|1G when not given, and without pasid= a device has no PASIDs.
 * DRIVER is that of the IOMMU: intel (registers cap, ecap), arm-smmuv3 or tegra241 (idr0 to idr5,
 * iidr, aidr), amd (efr, efr2); what it can do, nested translation included, follows from the
 * registers. Without it page tables have no flags but pasid and the hardware has no description.
 * iommu=none is a device without an IOMMU. Its name begins with "noiommu-". pf= makes a virtual function of another device of the
 * machine, or of one that has a driver of the host. tsm= is link (the default: a TSM can lend the
 * device to a guest), devsec (it is on the guest's side) or none.
 * device=none alone is a machine without VFIO devices.
 *   machine=NAME	the devices of one that has a name, see iom_emu_machines()
 * Without a device item the machine has the default ones: vfio0 behind an SMMUv3 (sw-msi
 * 0x8000000-0x80fffff, 16 bits of PASID) and vfio1 behind a VT-d unit (msi 0xfee00000-0xfeefffff,
 * 20 bits of PASID).
 * Returns NULL with *err filled for a wrong spec. Freed by iom_emu_free(), which also closes
 * whatever is still open on it.
 */
struct iom_emu *iom_emu_new(const char *spec, struct iom_err *err);
void iom_emu_free(struct iom_emu *emu);
/* Whether each item of a part of a spec is right by itself. 0, or negative with *err filled. */
int iom_emu_check(const char *spec, struct iom_err *err);

/*
 * "/dev/iommu" or "/dev/vfio/devices/NAME". Returns a real file descriptor (close-on-exec,
 * from the kernel's table so that no number collides) or -ENOENT, -EMFILE, -ENOMEM.
 */
int iom_emu_open(struct iom_emu *emu, const char *path);
/*
 * fd from iom_emu_open() or from a call that returns an fd. Returns >= 0 or a negative errno;
 * -EBADF when the fd is not this machine's. May be called from several threads.
 */
int iom_emu_ioctl(struct iom_emu *emu, int fd, uint32_t code, void *arg);
/* Whether fd is a file of this machine. Takes no lock, so it may be asked anywhere. */
bool iom_emu_has(struct iom_emu *emu, int fd);
enum iom_emu_kind {
	IOM_EMU_NONE,    /* not this machine's */
	IOM_EMU_CONTEXT, /* of /dev/iommu */
	IOM_EMU_DEVICE,  /* of a VFIO device */
	IOM_EMU_ANON,    /* an event queue, an access, a virtual machine: a file without a name */
	IOM_EMU_DMABUF,
};
/* *number is that of the VFIO device, as iom_emu_device_number() has it, or -1. */
enum iom_emu_kind iom_emu_kind(struct iom_emu *emu, int fd, int *number);
/* Place of the VFIO device NAME in the machine, from 0 on, or -ENOENT. */
int iom_emu_device_number(struct iom_emu *emu, const char *name);
/*
 * Before a message with fd in it is sent: it holds the file, as long as nobody has received it. 0, also
 * when fd is not this machine's, or -ENOMEM. Without a message after all it is taken back.
 */
int iom_emu_post(struct iom_emu *emu, int fd) iom_must_check;
void iom_emu_unpost(struct iom_emu *emu, int fd);
/* fd came in a message, which stays where it is if it was peeked at. */
void iom_emu_adopt(struct iom_emu *emu, int fd, bool peeked);
/*
 * Whether fd is one that the emulator has for itself in this process: to the program it is not open.
 * Takes no lock.
 */
bool iom_emu_keeps(int fd);
/* The program wants the number of such an fd: it is free then. 0 or a negative errno. */
int iom_emu_vacate(struct iom_emu *emu, int fd);
/* The fds [first, last] were closed by somebody else. */
void iom_emu_closed(struct iom_emu *emu, unsigned int first, unsigned int last);
/*
 * copy is a duplicate of fd: the file is closed with the last of them. 0, -EBADF (fd is not this
 * machine's), -ENOMEM.
 */
int iom_emu_dup(struct iom_emu *emu, int fd, int copy);
/*
 * Of an event queue's fd, as iom_backend.read and write. The fd is a pipe that poll(2) and epoll(7)
 * find ready as on a kernel: readable as long as records wait, and a fault queue always writable.
 */
ssize_t iom_emu_read(struct iom_emu *emu, int fd, void *buf, size_t count);
ssize_t iom_emu_write(struct iom_emu *emu, int fd, const void *buf, size_t count);
/* Of a VFIO device's fd, as iom_backend.pread and pwrite. */
ssize_t iom_emu_pread(struct iom_emu *emu, int fd, void *buf, size_t count, uint64_t offset);
ssize_t iom_emu_pwrite(struct iom_emu *emu, int fd, const void *buf, size_t count,
		       uint64_t offset);
int iom_emu_close(struct iom_emu *emu, int fd);

/* As mmap(2) has them. */
struct iom_emu_mmap {
	void *addr;
	size_t length;
	int prot, flags;
	uint64_t offset; /* bytes */
};
/* What mmap(2) would do with the fd of a context: *out and 0, or a negative errno. */
int iom_emu_mmap(struct iom_emu *emu, int fd, const struct iom_emu_mmap *m, void **out);
/* The memory at addr is mapped no more, or shows something else. errno may change. */
void iom_emu_munmap(struct iom_emu *emu, const void *addr, size_t length);
/* Whether there is any such memory. Takes no lock. */
bool iom_emu_has_mmaps(const struct iom_emu *emu);
/*
 * The next machine and all its memory are shared with the children of this process, which have
 * what it had open, as after a fork(2) on a kernel. For one machine of a process. 0 or -ENOMEM.
 */
int iom_emu_share(void) iom_must_check;
/*
 * Around fork(2): before it, behind it in the parent (failed: there is no child), behind it in the
 * child. No other function of this header is called meanwhile by the thread.
 */
void iom_emu_fork_prepare(struct iom_emu *emu);
void iom_emu_fork_parent(struct iom_emu *emu);
void iom_emu_fork_failed(struct iom_emu *emu);
void iom_emu_fork_child(struct iom_emu *emu);
/* This process ends or becomes another program: its files are closed, pinned memory stays. */
void iom_emu_leave(struct iom_emu *emu);
/* Whether memory with MAP_HUGETLB is to be had where the system gives none. */
bool iom_emu_has_huge_pages(const struct iom_emu *emu);
/* Bytes of a process that the machine holds: VmPin and VmLck. -ESRCH: it shares no machine. */
int iom_emu_memory(struct iom_emu *emu, pid_t pid, uint64_t *pinned, uint64_t *locked);
/* ---- what the machine is ---- */

/* Words of its description as they are in force. */
enum iom_emu_word { IOM_EMU_ABI, IOM_EMU_LACKS, IOM_EMU_HAS };
void iom_emu_words(const struct iom_emu *emu, enum iom_emu_word kind,
		   void (*cb)(const char *word, void *arg), void *arg);

/* Calls cb for each machine that has a name, the default one first. */
void iom_emu_machines(void (*cb)(const char *name, const char *brief, void *arg), void *arg);

/* A VFIO device. */
struct iom_emu_device {
	const char *name;
	const char *bdf; /* "": it has none */
	const char *driver; /* of its IOMMU; NULL: one that only translates */
	const char *pf; /* of a virtual function, "host" for one elsewhere; else NULL */
	const char *tsm; /* "link", "devsec" or "none" */
	int iommu; /* -1: none */
	int64_t group; /* negative: it is alone */
	uint64_t aperture_start, aperture_last, page_sizes;
	unsigned int pasid_bits;
};
/* Calls cb for each, in the order of the description. */
void iom_emu_devices(struct iom_emu *emu, void (*cb)(const struct iom_emu_device *d, void *arg),
		     void *arg);
/* The reserved regions of device NAME. */
void iom_emu_device_regions(struct iom_emu *emu, const char *name,
			    void (*cb)(const struct iom_region *r, void *arg), void *arg);

/*
 * What a program finds of the machine in sysfs and /dev: sysfs as Linux 7.3 fills it for PCI devices
 * that vfio-pci has. Folders that others use as well are not entries, nor are those above an entry.
 */
enum iom_emu_entry_kind {
	IOM_EMU_ENTRY_DIR,  /* a folder of the machine alone */
	IOM_EMU_ENTRY_TEXT, /* a file of these bytes */
	IOM_EMU_ENTRY_LINK, /* a link to data */
	IOM_EMU_ENTRY_NODE, /* a device node, which iom_emu_open() opens */
};
struct iom_emu_entry {
	enum iom_emu_entry_kind kind;
	const char *path; /* absolute */
	const void *data;
	size_t len; /* bytes */
};
/* Variable in which libiommuctl-emu.so is told where that was done for it. */
#define IOM_EMU_ROOT "IOMMUCTL_EMU_ROOT"
/* Mode of the folders above the entries where they are written to a disk: nobody may list them. */
#define IOM_EMU_ABOVE 0711
/* Calls cb for each; the first that is not 0 ends it. That, or -ENOMEM. */
int iom_emu_tree(struct iom_emu *emu, int (*cb)(const struct iom_emu_entry *e, void *arg),
		 void *arg) iom_must_check;
/* Numbers of nodes as udev could have given them out; a VFIO device's minor is its place. */
#define IOM_EMU_MISC_MAJOR  10
#define IOM_EMU_IOMMU_MINOR 124
#define IOM_EMU_VFIO_MAJOR  511

/* The node's name of the device at a PCI address "0000:00:02.0": 0, -ENOENT, -ENAMETOOLONG. */
int iom_emu_node_of(struct iom_emu *emu, const char *bdf, char *name, size_t len);
/* As iom_backend.regions; the machine is locked meanwhile, so cb must not call into it. */
int iom_emu_regions(struct iom_emu *emu, int fd, uint32_t id,
		    int (*cb)(const struct iom_region *r, void *arg), void *arg);
/* As iom_backend.group. */
long iom_emu_group(struct iom_emu *emu, const char *path);
/* As iom_backend.speak, kvm_create and kvm_ranges. */
int iom_emu_speak(struct iom_emu *emu, const char *abi);
int iom_emu_kvm_create(struct iom_emu *emu, const struct iom_kvm_vm *vm);
int iom_emu_kvm_ranges(struct iom_emu *emu, int fd,
		       void (*cb)(uint64_t start, uint64_t last, bool mapped, void *arg), void *arg);

/*
 * Failure on request, as the kernel's /proc/self/task/TID/fail-nth has it: of what this thread asks
 * the emulator from now on, the nth step that can fail for want of memory, or at which the kernel's
 * selftest build asks whether to fail, does so, once. 0 takes the request back.
 */
void iom_emu_fail_nth(unsigned int nth);
/* Steps left until then; 0 when it has happened, or nothing was asked for. */
unsigned int iom_emu_fail_left(void);
