/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine's open files. Each holds a real fd as placeholder, so numbers never collide. */
#include "process.h"
#include "tsm.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct emu_file *emu_file_of(const struct iom_emu *emu, int fd)
{
	return fd >= 0 && fd < EMU_MAX_FILES ? __atomic_load_n(&emu->files[fd], __ATOMIC_ACQUIRE)
					     : NULL;
}

int emu_fd_reserve(void)
{
	int fd;

	if (emu_should_fail())
		return -ENOMEM;
	fd = memfd_create("iommuctl-emu", MFD_CLOEXEC);
	if (fd >= 0)
		return fd;
	return errno == ENOMEM ? -ENOMEM : -EMFILE;
}

bool emu_files_init(struct iom_emu *emu)
{
	void *table = MAP_FAILED;

	if (!emu_should_fail())
		table = mmap(NULL, EMU_MAX_FILES * sizeof(*emu->files), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (table != MAP_FAILED)
		emu->files = table;
	return emu->files;
}

void emu_files_free(struct iom_emu *emu)
{
	if (emu->files)
		munmap(emu->files, EMU_MAX_FILES * sizeof(*emu->files));
}

bool emu_file_set(struct iom_emu *emu, int fd, struct emu_file *f)
{
	if (!emu_mm_note(emu, fd, f))
		return false;
	if (f && fd >= emu->n_files)
		emu->n_files = fd + 1;
	__atomic_store_n(&emu->files[fd], f, __ATOMIC_RELEASE);
	return true;
}

struct emu_file *emu_file_add(struct iom_emu *emu, int fd, enum emu_file_kind kind)
{
	struct emu_file *f;
	struct stat st = { 0 };

	if (fd >= EMU_MAX_FILES)
		return NULL;
	/* the number came back from the system: somebody closed the old file behind our back */
	emu_file_drop(emu, fd);
	f = emu_zalloc(sizeof(*f));
	if (!f)
		return NULL;
	f->kind = kind;
	f->users = 1;
	if (emu_is_shared(emu))
		fstat(fd, &st);
	f->dev_id = st.st_dev;
	f->ino = st.st_ino;
	if (!emu_file_set(emu, fd, f)) {
		emu_free(f);
		return NULL;
	}
	return f;
}

void emu_ctx_put(struct emu_ctx *ctx)
{
	struct emu_ctx **p;

	if (--ctx->refs)
		return;
	emu_obj_destroy_all(ctx);
	for (p = &ctx->emu->ctxs; *p != ctx; p = &(*p)->next)
		;
	*p = ctx->next;
	emu_free(ctx);
}

static void release(struct iom_emu *emu, struct emu_file *f)
{
	switch (f->kind) {
	case EMU_FILE_CTX:
		emu_ctx_put(f->ctx);
		break;
	case EMU_FILE_VFIO:
		emu_vfio_release(f);
		break;
	case EMU_FILE_ACCESS:
		emu_access_release(f->access);
		break;
	case EMU_FILE_DMABUF:
		if (f->backing)
			emu_backing_put(emu, f->backing);
		break;
	case EMU_FILE_KVM:
		emu_kvm_put(f->kvm);
		break;
	default: /* EMU_FILE_FAULT, EMU_FILE_VEVENTQ */
		emu_eventq_release(f->queue);
		break;
	}
	emu_free(f);
}

void emu_file_drop(struct iom_emu *emu, int fd)
{
	struct emu_file *f = emu_file_of(emu, fd);

	if (!f)
		return;
	(void)!emu_file_set(emu, fd, NULL); /* takes no memory */
	emu_file_put(emu, f);
}

void emu_file_put(struct iom_emu *emu, struct emu_file *f)
{
	if (!--f->users)
		release(emu, f);
}

void emu_file_close(struct iom_emu *emu, int fd)
{
	close(fd);
	emu_file_drop(emu, fd);
}

static int open_ctx(struct iom_emu *emu, int fd)
{
	struct emu_ctx *ctx = emu_zalloc(sizeof(*ctx));
	struct emu_file *f;

	if (!ctx)
		return -ENOMEM;
	f = emu_file_add(emu, fd, EMU_FILE_CTX);
	if (!f) {
		emu_free(ctx);
		return -ENOMEM;
	}
	ctx->emu = emu;
	ctx->refs = 1;
	ctx->next = emu->ctxs;
	emu->ctxs = ctx;
	f->ctx = ctx;
	return 0;
}

static struct emu_dev *device_named(const struct iom_emu *emu, const char *name)
{
	struct emu_dev *dev = emu->devs;

	while (dev && strcmp(dev->name, name) != 0)
		dev = dev->next;
	return dev;
}

/* The VFIO device of a node, or NULL. */
static struct emu_dev *device_at(const struct iom_emu *emu, const char *path)
{
	static const char cdev[] = "/dev/vfio/devices/";

	return strncmp(path, cdev, strlen(cdev)) ? NULL : device_named(emu, path + strlen(cdev));
}

long iom_emu_group(struct iom_emu *emu, const char *path)
{
	const struct emu_dev *dev;
	long number;

	emu_enter(emu);
	dev = device_at(emu, path);
	number = dev ? dev->group->number : -1;
	emu_leave(emu);
	return number;
}

static int open_locked(struct iom_emu *emu, const char *path)
{
	struct emu_dev *dev = device_at(emu, path);
	struct emu_file *f;
	int fd, rc = 0;

	if (!dev && strcmp(path, "/dev/iommu") != 0)
		return -ENOENT;
	if (dev && dev->noiommu && !emu_capable(emu, CAP_SYS_RAWIO))
		return -EPERM;
	fd = emu_fd_reserve();
	if (fd < 0)
		return fd;
	if (dev) {
		f = emu_file_add(emu, fd, EMU_FILE_VFIO);
		if (f)
			f->dev = dev;
		else
			rc = -ENOMEM;
	} else {
		rc = open_ctx(emu, fd);
	}
	if (rc) {
		close(fd);
		return rc;
	}
	return fd;
}

int iom_emu_open(struct iom_emu *emu, const char *path)
{
	int rc;

	emu_enter(emu);
	rc = open_locked(emu, path);
	emu_leave(emu);
	return rc;
}

int iom_emu_close(struct iom_emu *emu, int fd)
{
	struct emu_file *f;

	emu_enter(emu);
	f = emu_file_of(emu, fd);
	if (f)
		emu_file_close(emu, fd);
	emu_leave(emu);
	return f ? 0 : -EBADF;
}

bool iom_emu_has(struct iom_emu *emu, int fd)
{
	return emu_file_of(emu, fd);
}

enum iom_emu_kind iom_emu_kind(struct iom_emu *emu, int fd, int *number)
{
	enum iom_emu_kind kind = IOM_EMU_NONE;
	const struct emu_file *f;

	*number = -1;
	emu_enter(emu);
	f = emu_file_of(emu, fd);
	if (f)
		kind = f->kind == EMU_FILE_CTX	    ? IOM_EMU_CONTEXT
		       : f->kind == EMU_FILE_VFIO   ? IOM_EMU_DEVICE
		       : f->kind == EMU_FILE_DMABUF ? IOM_EMU_DMABUF
						    : IOM_EMU_ANON;
	if (kind == IOM_EMU_DEVICE)
		*number = (int)f->dev->number;
	emu_leave(emu);
	return kind;
}

int iom_emu_device_number(struct iom_emu *emu, const char *name)
{
	const struct emu_dev *dev;
	int number;

	emu_enter(emu);
	dev = device_named(emu, name);
	number = dev ? (int)dev->number : -ENOENT;
	emu_leave(emu);
	return number;
}

void iom_emu_closed(struct iom_emu *emu, unsigned int first, unsigned int last)
{
	unsigned int fd;

	emu_enter(emu);
	for (fd = first; fd <= last && fd < (unsigned int)emu->n_files; fd++)
		emu_file_drop(emu, (int)fd);
	emu_leave(emu);
}

int iom_emu_dup(struct iom_emu *emu, int fd, int copy)
{
	struct emu_file *f;
	int rc = 0;

	emu_enter(emu);
	f = emu_file_of(emu, fd);
	if (!f)
		rc = -EBADF;
	else if (copy >= EMU_MAX_FILES)
		rc = -ENOMEM;
	if (!rc && fd != copy) {
		emu_file_drop(emu, copy);
		if (emu_file_set(emu, copy, f))
			f->users++;
		else
			rc = -ENOMEM;
	}
	emu_leave(emu);
	return rc;
}
