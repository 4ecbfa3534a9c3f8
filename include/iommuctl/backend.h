/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The seam: every ioctl, read and write on an iommufd or VFIO file goes through one of these. */
#pragma once

#include <sys/types.h>

#include "iommuctl/base.h"

/* A reserved IOVA range that applies to an IOAS, with its reason. Inclusive bounds. */
struct iom_region {
	uint64_t start, last;
	const char *kind;  /* "msi", "sw-msi", "direct", "direct-relaxable", "reserved", "aperture", "mock" */
	char owner[32];	   /* device or access that brought it, may be empty */
};

/* A virtual machine to be made; guest addresses of private memory, in whole pages. */
struct iom_kvm_slot {
	uint64_t start, last;
};

struct iom_kvm_vm {
	const struct iom_kvm_slot *slots;
	size_t n_slots;
	const char *const *devices; /* VFIO devices that it is told of, by name ("vfio0") */
	size_t n_devices;
};

struct iom_backend {
	const char *name; /* "kernel" or "emu" */
	/*
	 * Opens a node ("/dev/iommu", "/dev/vfio/devices/vfio0"); returns an fd (close-on-exec)
	 * or a negative errno. The fd of the emulator is a placeholder that only it understands.
	 */
	int (*open)(struct iom_backend *be, const char *path);
	/* Returns what ioctl(2) would (>= 0), or a negative errno. */
	int (*ioctl)(struct iom_backend *be, int fd, uint32_t code, void *arg);
	/*
	 * What read(2) and write(2) would on the fd of an event queue: bytes, or a negative errno.
	 * Neither waits: 0 read means that no record is there. poll(2) works on the fd itself.
	 */
	ssize_t (*read)(struct iom_backend *be, int fd, void *buf, size_t count);
	ssize_t (*write)(struct iom_backend *be, int fd, const void *buf, size_t count);
	/*
	 * What pread(2) and pwrite(2) would on the fd of a VFIO device, whose regions lie at the
	 * offsets that GET_REGION_INFO gives: bytes, or a negative errno.
	 */
	ssize_t (*pread)(struct iom_backend *be, int fd, void *buf, size_t count, uint64_t offset);
	ssize_t (*pwrite)(struct iom_backend *be, int fd, const void *buf, size_t count,
			  uint64_t offset);
	/*
	 * What mmap(2) would do with the fd of a context, shared and at an address of its choice: 0
	 * with *out, or a negative errno. NULL: it never can.
	 */
	int (*mmap)(struct iom_backend *be, int fd, uint64_t offset, size_t length, int prot,
		    void **out);
	int (*munmap)(struct iom_backend *be, void *addr, size_t length);
	/* Closes an fd that came from open() or out of a call. Returns 0 or a negative errno. */
	int (*close)(struct iom_backend *be, int fd);
	/*
	 * Calls cb for each reserved region of an IOAS, or of a device as it would bring them on
	 * attach, as far as the backend knows them without an ioctl; NULL when it knows none. A
	 * non-zero return of cb ends the walk and is returned; -ENOENT for any other id.
	 */
	int (*regions)(struct iom_backend *be, int fd, uint32_t id,
		       int (*cb)(const struct iom_region *r, void *arg), void *arg);
	/*
	 * Name of the VFIO node of the device at a PCI address ("0000:00:02.0") into name: 0,
	 * -ENOENT, -ENAMETOOLONG. NULL where the host's sysfs knows it.
	 */
	int (*node_of)(struct iom_backend *be, const char *bdf, char *name, size_t len);
	/*
	 * IOMMU group of the device behind a node, -1 when it is alone or there is no such node.
	 * NULL: sysfs tells.
	 */
	long (*group)(struct iom_backend *be, const char *path);
	/*
	 * Answers from now on as a kernel with this patch series ("tsm-rfc1"), or by itself again
	 * with NULL. 0, or -ENOTSUP when it answers in one way only; NULL: so it is for all.
	 */
	int (*speak)(struct iom_backend *be, const char *abi);
	/*
	 * Makes a virtual machine and returns its fd, or -EINVAL (a slot is not of whole pages),
	 * -EEXIST (slots overlap), -ENOENT (no such device). NULL: the backend plays none.
	 */
	int (*kvm_create)(struct iom_backend *be, const struct iom_kvm_vm *vm);
	/* Its private slots, then what is mapped in them; -EBADF when the fd is none of them. */
	int (*kvm_ranges)(struct iom_backend *be, int fd,
			  void (*cb)(uint64_t start, uint64_t last, bool mapped, void *arg), void *arg);
	void (*free)(struct iom_backend *be);
};

/* The machine's own kernel. Caller frees with ->free. NULL when out of memory. */
struct iom_backend *iom_backend_kernel(void);
/*
 * The emulator in this process. spec describes the machine (see emu.h), NULL for the default
 * one. Caller frees with ->free. NULL and *err filled when the spec is wrong.
 */
struct iom_backend *iom_backend_emu(const char *spec, struct iom_err *err);
