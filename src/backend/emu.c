/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulator backend: hands every call to the machine in this process. */
#include "iommuctl/backend.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "iommuctl/emu.h"

struct emu_backend {
	struct iom_backend be;
	struct iom_emu *emu; /* owned */
};

static struct iom_emu *emu_of(struct iom_backend *be)
{
	return iom_container_of(be, struct emu_backend, be)->emu;
}

static int emu_open(struct iom_backend *be, const char *path)
{
	return iom_emu_open(emu_of(be), path);
}

static int emu_ioctl(struct iom_backend *be, int fd, uint32_t code, void *arg)
{
	return iom_emu_ioctl(emu_of(be), fd, code, arg);
}

static ssize_t emu_read(struct iom_backend *be, int fd, void *buf, size_t count)
{
	return iom_emu_read(emu_of(be), fd, buf, count);
}

static ssize_t emu_write(struct iom_backend *be, int fd, const void *buf, size_t count)
{
	return iom_emu_write(emu_of(be), fd, buf, count);
}

static ssize_t emu_pread(struct iom_backend *be, int fd, void *buf, size_t count, uint64_t offset)
{
	return iom_emu_pread(emu_of(be), fd, buf, count, offset);
}

static ssize_t emu_pwrite(struct iom_backend *be, int fd, const void *buf, size_t count,
			  uint64_t offset)
{
	return iom_emu_pwrite(emu_of(be), fd, buf, count, offset);
}

static int emu_mmap(struct iom_backend *be, int fd, uint64_t offset, size_t length, int prot,
		    void **out)
{
	const struct iom_emu_mmap m = { NULL, length, prot, MAP_SHARED, offset };

	return iom_emu_mmap(emu_of(be), fd, &m, out);
}

static int emu_munmap(struct iom_backend *be, void *addr, size_t length)
{
	if (munmap(addr, length))
		return -errno;
	iom_emu_munmap(emu_of(be), addr, length);
	return 0;
}

static int emu_close(struct iom_backend *be, int fd)
{
	return iom_emu_close(emu_of(be), fd);
}

static int emu_regions(struct iom_backend *be, int fd, uint32_t id,
		       int (*cb)(const struct iom_region *r, void *arg), void *arg)
{
	return iom_emu_regions(emu_of(be), fd, id, cb, arg);
}

static int emu_node_of(struct iom_backend *be, const char *bdf, char *name, size_t len)
{
	return iom_emu_node_of(emu_of(be), bdf, name, len);
}

static long emu_group(struct iom_backend *be, const char *path)
{
	return iom_emu_group(emu_of(be), path);
}

static int emu_speak(struct iom_backend *be, const char *abi)
{
	return iom_emu_speak(emu_of(be), abi);
}

static int emu_kvm_create(struct iom_backend *be, const struct iom_kvm_vm *vm)
{
	return iom_emu_kvm_create(emu_of(be), vm);
}

static int emu_kvm_ranges(struct iom_backend *be, int fd,
			  void (*cb)(uint64_t start, uint64_t last, bool mapped, void *arg),
			  void *arg)
{
	return iom_emu_kvm_ranges(emu_of(be), fd, cb, arg);
}

static void emu_free(struct iom_backend *be)
{
	struct emu_backend *e = iom_container_of(be, struct emu_backend, be);

	iom_emu_free(e->emu);
	free(e);
}

struct iom_backend *iom_backend_emu(const char *spec, struct iom_err *err)
{
	struct emu_backend *e = calloc(1, sizeof(*e));

	if (!e) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return NULL;
	}
	e->be = (struct iom_backend){
		.name = "emu",
		.open = emu_open,
		.ioctl = emu_ioctl,
		.read = emu_read,
		.write = emu_write,
		.pread = emu_pread,
		.pwrite = emu_pwrite,
		.mmap = emu_mmap,
		.munmap = emu_munmap,
		.close = emu_close,
		.regions = emu_regions,
		.node_of = emu_node_of,
		.group = emu_group,
		.speak = emu_speak,
		.kvm_create = emu_kvm_create,
		.kvm_ranges = emu_kvm_ranges,
		.free = emu_free,
	};
	e->emu = iom_emu_new(spec, err);
	if (!e->emu) {
		free(e);
		return NULL;
	}
	return &e->be;
}
