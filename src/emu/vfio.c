/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VFIO character devices of the machine, as vfio-pci on real hardware answers. */
#include "tsm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Is it the token that VFIO asks for here? A PF without open functions takes it as its new one. */
static int match_token(struct emu_dev *dev, const uint8_t *uuid)
{
	const struct emu_dev *pf = dev->is_vf ? dev->pf : dev;

	if (dev->is_vf ? !pf : !dev->is_pf)
		return uuid ? -EINVAL : 0; /* there is no token */
	if (dev->is_vf || dev->token_users) {
		if (!uuid || memcmp(uuid, pf->token, sizeof(pf->token)) != 0)
			return -EACCES;
	} else if (uuid) {
		memcpy(dev->token, uuid, sizeof(dev->token));
	}
	return 0;
}

static int check_token(struct emu_dev *dev, const struct iom_vfio_bind *bind)
{
	uint8_t uuid[sizeof(dev->token)];
	int rc;

	if (!(bind->flags & IOM_VFIO_DEVICE_BIND_FLAG_TOKEN))
		return match_token(dev, NULL);
	rc = emu_copy_from(uuid, bind->token_uuid_ptr, sizeof(uuid));
	return rc ? rc : match_token(dev, uuid);
}

static int find_ctx(const struct iom_emu *emu, int fd, struct emu_ctx **ctx)
{
	const struct emu_file *f = emu_file_of(emu, fd);

	if (f && f->kind == EMU_FILE_CTX) {
		*ctx = f->ctx;
		return 0;
	}
	return fcntl(fd, F_GETFD) < 0 ? -EBADF : -EBADFD;
}

static int bind_iommufd(struct iom_emu *emu, struct emu_file *f, uint64_t uptr)
{
	const size_t out = offsetof(struct iom_vfio_bind, out_devid);
	struct emu_ctx *ctx = NULL;
	struct iom_vfio_bind bind;
	struct emu_idev *idev;
	struct emu_regs *regs;
	uint32_t argsz;
	int rc;

	rc = emu_copy_from(&argsz, uptr, sizeof(argsz));
	if (rc)
		return rc;
	if (argsz < out + sizeof(bind.out_devid))
		return -EINVAL;
	rc = emu_copy_struct(&bind, sizeof(bind), uptr, argsz);
	if (rc)
		return rc;
	if (bind.iommufd < 0 || (bind.flags & ~(uint32_t)IOM_VFIO_DEVICE_BIND_FLAG_TOKEN))
		return -EINVAL;
	if (f->idev)
		return -EINVAL;
	rc = check_token(f->dev, &bind);
	if (!rc)
		rc = find_ctx(emu, bind.iommufd, &ctx);
	if (rc)
		return rc;
	if (f->dev->opened)
		return -EINVAL;
	regs = emu_regs_new();
	if (!regs)
		return -ENOMEM;
	idev = emu_device_bind(ctx, f->dev, &rc);
	if (!idev) {
		emu_free(regs);
		return rc;
	}
	rc = emu_copy_to(uptr + out, &idev->obj.id, sizeof(idev->obj.id));
	if (rc) {
		emu_device_unbind(idev);
		emu_free(regs);
		return rc;
	}
	f->regs = regs;
	f->dev->opened = true;
	if (f->dev->pf)
		f->dev->pf->token_users++;
	idev->kvm = emu_kvm_get(f->dev->kvm);
	f->idev = idev;
	f->ctx = ctx;
	return 0;
}

/* ---- attach and detach, with and without a PASID ---- */

/* Where the PASID is among those attached through this file, or n_pasids. */
static uint32_t find_pasid(const struct emu_file *f, uint32_t pasid)
{
	uint32_t i;

	for (i = 0; i < f->n_pasids && f->pasids[i] != pasid; i++)
		;
	return i;
}

static int attach_pasid(struct emu_file *f, uint32_t pasid, uint32_t *pt_id)
{
	uint32_t *more;
	int rc;

	/* a PASID that reads as -EINVAL is mistaken for one that is attached */
	if (find_pasid(f, pasid) < f->n_pasids || pasid == (uint32_t)-EINVAL)
		return emu_device_replace(f->idev, pasid, pt_id);
	if (pasid > INT32_MAX)
		return -ENOSPC;
	more = emu_realloc(f->pasids, (f->n_pasids + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	f->pasids = more;
	rc = emu_device_attach(f->idev, pasid, pt_id);
	if (!rc)
		f->pasids[f->n_pasids++] = pasid;
	return rc;
}

static void detach_pasid(struct emu_file *f, uint32_t pasid)
{
	uint32_t i = find_pasid(f, pasid);

	if (i == f->n_pasids)
		return;
	emu_device_detach(f->idev, pasid);
	f->pasids[i] = f->pasids[--f->n_pasids];
}

static int attach_device(struct emu_file *f, uint32_t *pt_id)
{
	int rc;

	if (f->attached)
		return emu_device_replace(f->idev, EMU_NO_PASID, pt_id);
	rc = emu_device_attach(f->idev, EMU_NO_PASID, pt_id);
	f->attached = !rc;
	return rc;
}

static void detach_device(struct emu_file *f)
{
	if (f->attached)
		emu_device_detach(f->idev, EMU_NO_PASID);
	f->attached = false;
}

static int attach_pt(struct emu_file *f, uint64_t uptr)
{
	const size_t out = offsetof(struct iom_vfio_attach, pt_id);
	const size_t min = out + sizeof(uint32_t);
	struct iom_vfio_attach a;
	int rc = emu_copy_from(&a, uptr, min);

	if (rc)
		return rc;
	if (a.argsz < min || (a.flags & ~(uint32_t)IOM_VFIO_DEVICE_ATTACH_PASID))
		return -EINVAL;
	if (a.flags & IOM_VFIO_DEVICE_ATTACH_PASID) {
		if (a.argsz < sizeof(a))
			return -EINVAL;
		rc = emu_copy_from(&a.pasid, uptr + min, sizeof(a.pasid));
		if (!rc)
			rc = attach_pasid(f, a.pasid, &a.pt_id);
	} else {
		rc = attach_device(f, &a.pt_id);
	}
	if (rc)
		return rc;
	rc = emu_copy_to(uptr + out, &a.pt_id, sizeof(a.pt_id));
	if (rc)
		detach_device(f); /* as Linux does it, also when it was about a PASID */
	return rc;
}

static int detach_pt(struct emu_file *f, uint64_t uptr)
{
	const size_t min = offsetof(struct iom_vfio_detach, pasid);
	struct iom_vfio_detach d;
	int rc = emu_copy_from(&d, uptr, min);

	if (rc)
		return rc;
	if (d.argsz < min || (d.flags & ~(uint32_t)IOM_VFIO_DEVICE_DETACH_PASID))
		return -EINVAL;
	if (!(d.flags & IOM_VFIO_DEVICE_DETACH_PASID)) {
		detach_device(f);
		return 0;
	}
	if (d.argsz < sizeof(d))
		return -EINVAL;
	rc = emu_copy_from(&d.pasid, uptr + min, sizeof(d.pasid));
	if (!rc)
		detach_pasid(f, d.pasid);
	return rc;
}

static int get_info(uint64_t uptr)
{
	const size_t min = offsetof(struct iom_vfio_device_info, cap_offset);
	struct iom_vfio_device_info info;
	int rc;

	memset(&info, 0, sizeof(info));
	rc = emu_copy_from(&info, uptr, min);
	if (rc)
		return rc;
	if (info.argsz < min)
		return -EINVAL;
	info.flags = IOM_VFIO_DEVICE_FLAGS_PCI | IOM_VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = IOM_VFIO_PCI_NUM_REGIONS;
	info.num_irqs = IOM_VFIO_PCI_NUM_IRQS;
	return emu_copy_to(uptr, &info, info.argsz < sizeof(info) ? info.argsz : sizeof(info));
}

int emu_vfio_ioctl(struct iom_emu *emu, struct emu_file *f, uint32_t code, uint64_t uptr)
{
	if (code == IOM_NR_VFIO_DEVICE_BIND_IOMMUFD)
		return bind_iommufd(emu, f, uptr);
	if (!f->idev)
		return -EINVAL;
	switch (code) {
	case IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT:
		return attach_pt(f, uptr);
	case IOM_NR_VFIO_DEVICE_DETACH_IOMMUFD_PT:
		return detach_pt(f, uptr);
	case IOM_NR_VFIO_DEVICE_GET_INFO:
		return get_info(uptr);
	case IOM_NR_VFIO_DEVICE_GET_REGION_INFO:
		return emu_vfio_region_info(uptr);
	case IOM_NR_VFIO_DEVICE_GET_IRQ_INFO:
		return emu_vfio_irq_info(uptr);
	case IOM_NR_VFIO_DEVICE_FEATURE:
		return emu_vfio_feature(emu, f, uptr);
	case IOM_NR_VFIO_DEVICE_RESET:
		emu_regs_reset(f->regs);
		emu_dmabuf_move(emu, f->dev, true);
		if (emu_vfio_has_memory(f))
			emu_dmabuf_move(emu, f->dev, false);
		return 0;
	case IOM_NR_VFIO_DEVICE_TSM_BIND:
	case IOM_NR_VFIO_DEVICE_TSM_UNBIND:
		return emu_tsm_vfio(f, code, uptr);
	default:
		return -ENOTTY;
	}
}

void emu_vfio_release(struct emu_file *f)
{
	if (!f->idev)
		return;
	emu_dmabuf_cleanup(f->ctx->emu, f->dev);
	while (f->n_pasids)
		detach_pasid(f, f->pasids[0]);
	emu_free(f->pasids);
	detach_device(f);
	emu_device_unbind(f->idev);
	emu_free(f->regs);
	f->dev->opened = false;
	if (f->dev->pf)
		f->dev->pf->token_users--;
}
