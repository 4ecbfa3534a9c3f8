/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine's open files. Each holds a real fd as placeholder, so numbers never collide. */
#include "tsm.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct emu_file *emu_file_of(const struct iom_emu *emu, int fd)
{
	return fd >= 0 && fd < emu->n_files ? emu->files[fd] : NULL;
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

static bool make_room(struct iom_emu *emu, int fd)
{
	int n = emu->n_files ? emu->n_files : 16;
	struct emu_file **files;

	while (n <= fd)
		n *= 2;
	if (n == emu->n_files)
		return true;
	files = emu_realloc(emu->files, (size_t)n * sizeof(*files));
	if (!files)
		return false;
	memset(files + emu->n_files, 0, (size_t)(n - emu->n_files) * sizeof(*files));
	emu->files = files;
	emu->n_files = n;
	return true;
}

struct emu_file *emu_file_add(struct iom_emu *emu, int fd, enum emu_file_kind kind)
{
	struct emu_file *f;

	if (!make_room(emu, fd))
		return NULL;
	/* the number came back from the system: somebody closed the old file behind our back */
	if (emu->files[fd])
		emu_file_release(emu, emu->files[fd], false);
	f = emu_zalloc(sizeof(*f));
	if (!f)
		return NULL;
	f->kind = kind;
	f->fd = fd;
	emu->files[fd] = f;
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

void emu_file_release(struct iom_emu *emu, struct emu_file *f, bool close_fd)
{
	emu->files[f->fd] = NULL;
	if (close_fd)
		close(f->fd);
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
		emu_backing_put(emu, f->backing);
		break;
	case EMU_FILE_KVM:
		emu_kvm_put(f->kvm);
		break;
	case EMU_FILE_FAULT:
	case EMU_FILE_VEVENTQ:
		emu_eventq_release(f->queue);
		break;
	}
	emu_free(f);
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

/* The VFIO device of a node, or NULL. */
static struct emu_dev *device_at(const struct iom_emu *emu, const char *path)
{
	static const char cdev[] = "/dev/vfio/devices/";
	struct emu_dev *dev;

	if (strncmp(path, cdev, strlen(cdev)))
		return NULL;
	for (dev = emu->devs; dev; dev = dev->next)
		if (strcmp(dev->name, path + strlen(cdev)) == 0)
			return dev;
	return NULL;
}

long iom_emu_group(struct iom_emu *emu, const char *path)
{
	const struct emu_dev *dev;
	long number;

	pthread_mutex_lock(&emu->lock);
	dev = device_at(emu, path);
	number = dev && dev->group ? dev->group->number : -1;
	pthread_mutex_unlock(&emu->lock);
	return number;
}

static int open_locked(struct iom_emu *emu, const char *path)
{
	struct emu_dev *dev = device_at(emu, path);
	struct emu_file *f;
	int fd, rc = 0;

	if (!dev && strcmp(path, "/dev/iommu") != 0)
		return -ENOENT;
	if (dev && dev->noiommu && !emu_capable(CAP_SYS_RAWIO))
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

	pthread_mutex_lock(&emu->lock);
	rc = open_locked(emu, path);
	pthread_mutex_unlock(&emu->lock);
	return rc;
}

int iom_emu_close(struct iom_emu *emu, int fd)
{
	struct emu_file *f;

	pthread_mutex_lock(&emu->lock);
	f = emu_file_of(emu, fd);
	if (f)
		emu_file_release(emu, f, true);
	pthread_mutex_unlock(&emu->lock);
	return f ? 0 : -EBADF;
}
