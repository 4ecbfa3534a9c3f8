/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls of the confidential-device series, each revision with its own checks in its order. */
#include "tsm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the calls share ---- */

static bool plays(const struct emu_ucmd *u, const char *abi)
{
	return !strcmp(u->emu->speaks, abi);
}

static struct emu_vdevice *vdevice_get(const struct emu_ucmd *u, uint32_t id)
{
	return (struct emu_vdevice *)emu_obj_get(u->ctx, id, IOM_OBJ_VDEVICE);
}

static struct emu_dev *dev_of(const struct emu_vdevice *vdev)
{
	return vdev->idev->dev;
}

/* Given to the vIOMMU in the first revisions, learnt from the VFIO device in the later ones. */
static struct emu_kvm *kvm_of(const struct emu_ucmd *u, const struct emu_vdevice *vdev)
{
	const struct emu_viommu *v = vdev->viommu;

	if (plays(u, "tsm-rfc1") || plays(u, "tsm-v2"))
		return v->kvm;
	if (plays(u, "tsm-early") || plays(u, "tsm-xu"))
		return v->kvm ? v->kvm : v->vfio_kvm;
	return v->vfio_kvm;
}

static bool lacks_tsm(const struct emu_ucmd *u)
{
	return u->emu->lacks & EMU_LACKS_TSM;
}

static int bind(const struct emu_ucmd *u, struct emu_dev *dev, struct emu_kvm *kvm, uint64_t id)
{
	if (lacks_tsm(u))
		return -ENODEV;
	return emu_tdi_bind(dev, kvm, id);
}

static int unbind(const struct emu_ucmd *u, struct emu_dev *dev)
{
	if (lacks_tsm(u))
		return -ENODEV;
	if (dev->unit == EMU_UNIT_MOCK)
		return -EINVAL;
	emu_tdi_unbind(dev);
	return 0;
}

static int check_request(const struct emu_ucmd *u, const struct emu_dev *dev)
{
	if (lacks_tsm(u))
		return -ENXIO;
	return emu_tdi_check(dev);
}

/* ---- binding ---- */

/* Whatever fails in the TSM core comes back as ENODEV. */
static int op_rfc1(struct emu_ucmd *u)
{
	struct iom_tsm_op *cmd = u->cmd;
	struct emu_vdevice *vdev;
	int rc = -EINVAL;

	if (cmd->flags)
		return -EOPNOTSUPP;
	vdev = vdevice_get(u, cmd->vdevice_id);
	if (!vdev)
		return -ENOENT;
	if (cmd->op == IOM_TSM_OP_BIND)
		rc = bind(u, dev_of(vdev), kvm_of(u, vdev), vdev->virt_id);
	else if (cmd->op == IOM_TSM_OP_UNBIND)
		rc = unbind(u, dev_of(vdev));
	return rc ? -ENODEV : emu_respond(u, sizeof(*cmd));
}

static int op_v5(struct emu_ucmd *u)
{
	struct iom_tsm_op_v5 *cmd = u->cmd;
	struct emu_vdevice *vdev;
	struct emu_kvm *kvm;
	int rc = -EINVAL;

	if (lacks_tsm(u))
		return -EOPNOTSUPP;
	if (cmd->flags)
		return -EOPNOTSUPP;
	vdev = vdevice_get(u, cmd->vdevice_id);
	if (!vdev)
		return -ENOENT;
	kvm = kvm_of(u, vdev);
	if (!kvm)
		return -ENODEV;
	if (cmd->type == IOM_TSM_OP_BIND)
		rc = bind(u, dev_of(vdev), kvm, vdev->virt_id);
	else if (cmd->type == IOM_TSM_OP_UNBIND)
		rc = unbind(u, dev_of(vdev));
	return rc ? rc : emu_respond(u, sizeof(*cmd));
}

static int bind_early(struct emu_ucmd *u)
{
	struct iom_tsm_bind_early *cmd = u->cmd;
	struct emu_vdevice *vdev = vdevice_get(u, cmd->vdevice_id);

	if (!vdev)
		return -ENOENT;
	if (bind(u, dev_of(vdev), kvm_of(u, vdev), vdev->virt_id))
		return -ENODEV;
	return emu_respond(u, sizeof(*cmd));
}

static int unbind_early(struct emu_ucmd *u)
{
	struct iom_tsm_bind_early *cmd = u->cmd;
	struct emu_vdevice *vdev = vdevice_get(u, cmd->vdevice_id);

	if (!vdev)
		return -ENOENT;
	if (unbind(u, dev_of(vdev)))
		return -ENODEV;
	return emu_respond(u, sizeof(*cmd));
}

/* vIOMMU, device and vdevice, looked up in this order; -ENODEV when it cannot be lent. */
static int objects_amd(const struct emu_ucmd *u, uint32_t viommu, uint32_t idev, uint32_t vdev,
		       struct emu_dev **dev, uint64_t *virt_id)
{
	struct emu_vdevice *v;
	struct emu_idev *i;

	if (!emu_obj_get(u->ctx, viommu, IOM_OBJ_VIOMMU))
		return -ENOENT;
	i = (struct emu_idev *)emu_obj_get(u->ctx, idev, IOM_OBJ_DEVICE);
	v = i ? vdevice_get(u, vdev) : NULL;
	if (!v)
		return -ENOENT;
	if (lacks_tsm(u) || i->dev->unit == EMU_UNIT_MOCK || i->dev->tsm != EMU_TSM_LINK)
		return -ENODEV;
	*dev = i->dev;
	*virt_id = v->virt_id;
	return 0;
}

static int bind_amd(struct emu_ucmd *u)
{
	struct iom_tsm_bind_amd *cmd = u->cmd;
	struct emu_dev *dev;
	struct emu_kvm *kvm;
	uint64_t virt_id;
	int rc = objects_amd(u, cmd->viommu_id, cmd->dev_id, cmd->vdevice_id, &dev, &virt_id);

	if (rc)
		return rc;
	kvm = emu_kvm_of_fd(u->emu, cmd->kvmfd);
	if (!kvm)
		return -EBADF;
	rc = emu_tdi_bind(dev, kvm, virt_id);
	return rc ? rc : emu_respond(u, sizeof(*cmd));
}

/* ---- requests ---- */

static int request_amd(struct emu_ucmd *u)
{
	struct iom_tsm_guest_request_amd *cmd = u->cmd;
	struct emu_tsm_io io = { cmd->req, cmd->rsp, cmd->req_len, cmd->rsp_len };
	struct emu_dev *dev;
	uint64_t virt_id;
	int64_t n;
	int rc = objects_amd(u, cmd->viommu_id, cmd->dev_id, cmd->vdevice_id, &dev, &virt_id);

	if (rc)
		return rc;
	if (!dev->tdi)
		return -ENODEV;
	n = emu_tdi_echo(&io);
	if (n < 0)
		return (int)n;
	cmd->fw_err = 0;
	return emu_respond(u, sizeof(*cmd));
}

static int guest_request(struct emu_ucmd *u)
{
	struct iom_tsm_guest_request *cmd = u->cmd;
	struct emu_tsm_io info = { cmd->type_info_uptr, 0, cmd->type_info_len, 0 };
	struct emu_tsm_io io = { cmd->req_uptr, cmd->resp_uptr, cmd->req_len, cmd->resp_len };
	struct emu_vdevice *vdev = vdevice_get(u, cmd->vdevice_id);
	int64_t n;
	int rc;

	if (!vdev)
		return -ENOENT;
	rc = check_request(u, dev_of(vdev));
	if (rc == -ENXIO && plays(u, "tsm-xu"))
		return -ENOENT;
	if (rc)
		return rc;
	n = emu_tdi_echo(&info);
	if (n >= 0)
		n = emu_tdi_echo(&io);
	if (n < 0)
		return (int)n;
	cmd->resp_len = (uint32_t)n;
	return emu_respond(u, sizeof(*cmd));
}

/* A residue can be larger than what ioctl(2) can return without looking like an error. */
static int residue(int64_t n)
{
	return n > INT32_MAX ? INT32_MAX : (int)n;
}

static int req_v5(struct emu_ucmd *u)
{
	struct iom_tsm_req_v5 *cmd = u->cmd;
	struct emu_tsm_io io = { cmd->req_uptr, cmd->resp_uptr, cmd->req_len, cmd->resp_len };
	struct emu_vdevice *vdev;
	int64_t n;
	int rc;

	if (lacks_tsm(u))
		return -EOPNOTSUPP;
	if (cmd->reserved)
		return -EOPNOTSUPP;
	if (cmd->scope > IOM_TSM_REQ_SCOPE_DEBUG_WRITE)
		return -EINVAL;
	vdev = vdevice_get(u, cmd->vdevice_id);
	if (!vdev)
		return -ENOENT;
	/* the core lets no debugging through */
	if (cmd->scope > IOM_TSM_REQ_SCOPE_STATE_CHANGE)
		return -EINVAL;
	rc = check_request(u, dev_of(vdev));
	if (rc)
		return rc;
	n = emu_tdi_echo(&io);
	if (n < 0)
		return (int)n;
	return residue(io.resp_len ? io.resp_len - n : 0);
}

/* The operation by its number in tsm-rework, 0 when there is none for this architecture. */
static uint32_t rework_op(const struct emu_ucmd *u, uint32_t op, uint32_t arch)
{
	static const uint8_t of_integration[] = {
		[IOM_TSM_INTEGRATION_VALIDATE_MMIO] = IOM_TSM_REWORK_VALIDATE_MMIO,
		[IOM_TSM_INTEGRATION_SET_TDI_STATE] = IOM_TSM_REWORK_SET_TDI_STATE,
		[IOM_TSM_INTEGRATION_SEV_ENABLE_DMA] = IOM_TSM_REWORK_SEV_ENABLE_DMA,
		[IOM_TSM_INTEGRATION_SEV_DISABLE_DMA] = IOM_TSM_REWORK_SEV_DISABLE_DMA,
		[IOM_TSM_INTEGRATION_READ_OBJECT] = IOM_TSM_REWORK_READ_OBJECT,
		[IOM_TSM_INTEGRATION_REGEN_OBJECT] = IOM_TSM_REWORK_REGEN_OBJECT,
		[IOM_TSM_INTEGRATION_OBJECT_INFO] = IOM_TSM_REWORK_OBJECT_INFO,
	};

	if (op > IOM_TSM_REWORK_SEV_DISABLE_DMA)
		return 0;
	if (plays(u, "tsm-integration"))
		op = of_integration[op];
	if (op >= IOM_TSM_REWORK_SEV_ENABLE_DMA && arch != IOM_TSM_ARCH_SEV)
		return 0;
	return op;
}

static int req_rework(struct emu_ucmd *u)
{
	struct iom_tsm_req *cmd = u->cmd;
	struct emu_tsm_io io = { cmd->req_uptr, cmd->resp_uptr, cmd->req_len, cmd->resp_len };
	uint32_t op = rework_op(u, cmd->op, cmd->tvm_arch);
	struct emu_vdevice *vdev;
	uint64_t code = 0;
	int64_t n;

	if (lacks_tsm(u))
		return -EOPNOTSUPP;
	if (cmd->tvm_arch < IOM_TSM_ARCH_CCA || cmd->tvm_arch > IOM_TSM_ARCH_TDX || !op)
		return -EINVAL;
	vdev = vdevice_get(u, cmd->vdevice_id);
	if (!vdev)
		return -ENOENT;
	n = check_request(u, dev_of(vdev));
	if (!n)
		n = emu_tdi_request(dev_of(vdev), op, &io, &code);
	/* the code goes back whatever happened, and what was done stays done if it cannot */
	cmd->tsm_code = code;
	if (emu_respond(u, sizeof(*cmd)))
		return -EFAULT;
	return residue(n);
}

/* ---- private MMIO ---- */

static int map(struct emu_ucmd *u)
{
	struct iom_tsm_map *cmd = u->cmd;
	struct emu_vdevice *vdev;
	struct emu_kvm *kvm;
	int rc;

	if (cmd->flags)
		return -EOPNOTSUPP;
	vdev = vdevice_get(u, cmd->vdevice_id);
	if (!vdev)
		return -ENOENT;
	kvm = kvm_of(u, vdev);
	if (!kvm)
		return -ENODEV;
	if (u->emu->lacks & EMU_LACKS_ARM64)
		return -EINVAL;
	if (cmd->start_gpa >= cmd->end_gpa || ((cmd->start_gpa | cmd->end_gpa) & (EMU_PAGE - 1)) ||
	    !emu_kvm_is_private(kvm, cmd->start_gpa, cmd->end_gpa - 1))
		return -EINVAL;
	rc = emu_kvm_map(kvm, cmd->start_gpa, cmd->end_gpa - 1);
	return rc ? rc : emu_respond(u, sizeof(*cmd));
}

/* ---- vIOMMU with the fd of a virtual machine ---- */

static int viommu_alloc_kvm(struct emu_ucmd *u)
{
	struct iom_viommu_alloc_kvm *cmd = u->cmd;
	bool wants = cmd->flags & IOM_VIOMMU_ALLOC_KVM_FD;
	struct emu_kvm *kvm = wants ? emu_kvm_of_fd(u->emu, cmd->kvm_vm_fd) : NULL;
	int rc = 0;

	if (cmd->flags & ~(uint32_t)IOM_VIOMMU_ALLOC_KVM_FD)
		return -EOPNOTSUPP;
	if (wants && plays(u, "tsm-v2") && u->emu->lacks & EMU_LACKS_KVM)
		rc = -EOPNOTSUPP;
	else if (wants && !kvm)
		rc = -EBADF;
	return emu_viommu_alloc_with(u, kvm, rc);
}

/* ---- which series has what ---- */

static const struct {
	const char *abi;
	uint32_t code;
	int (*run)(struct emu_ucmd *u);
} calls[] = {
	{ "tsm-amd", IOM_NR_TSM_BIND_AMD, bind_amd },
	{ "tsm-amd", IOM_NR_TSM_GUEST_REQUEST_AMD, request_amd },
	{ "tsm-early", IOM_NR_TSM_BIND_EARLY, bind_early },
	{ "tsm-early", IOM_NR_TSM_UNBIND_EARLY, unbind_early },
	{ "tsm-xu", IOM_NR_TSM_GUEST_REQUEST_XU, guest_request },
	{ "tsm-rfc1", IOM_NR_VIOMMU_ALLOC, viommu_alloc_kvm },
	{ "tsm-rfc1", IOM_NR_TSM_OP, op_rfc1 },
	{ "tsm-rfc1", IOM_NR_TSM_GUEST_REQUEST, guest_request },
	{ "tsm-rfc1", IOM_NR_TSM_MAP, map },
	{ "tsm-v2", IOM_NR_VIOMMU_ALLOC, viommu_alloc_kvm },
	{ "tsm-v2", IOM_NR_TSM_OP, op_rfc1 },
	{ "tsm-v2", IOM_NR_TSM_GUEST_REQUEST, guest_request },
	{ "tsm-v4", IOM_NR_TSM_OP, op_rfc1 },
	{ "tsm-v4", IOM_NR_TSM_GUEST_REQUEST, guest_request },
	{ "tsm-v5", IOM_NR_TSM_OP, op_v5 },
	{ "tsm-v5", IOM_NR_TSM_REQ, req_v5 },
	{ "tsm-rework", IOM_NR_TSM_OP, op_v5 },
	{ "tsm-rework", IOM_NR_TSM_REQ, req_rework },
	{ "tsm-integration", IOM_NR_TSM_OP, op_v5 },
	{ "tsm-integration", IOM_NR_TSM_REQ, req_rework },
};

const char *emu_tsm_series(const char *word)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(calls); i++)
		if (!strcmp(calls[i].abi, word))
			return calls[i].abi;
	return NULL;
}

bool emu_tsm_op(const struct iom_emu *emu, uint32_t code, struct emu_op *op)
{
	const struct iom_call *c;

	for (size_t i = 0; i < IOM_ARRAY_SIZE(calls); i++) {
		if (calls[i].code != code || strcmp(calls[i].abi, emu->speaks))
			continue;
		c = iom_call_of_abi(code, NULL, emu->speaks);
		*op = (struct emu_op){ code, c->min, c->full, calls[i].run };
		return true;
	}
	return false;
}

int iom_emu_speak(struct iom_emu *emu, const char *abi)
{
	int rc = 0;

	emu_enter(emu);
	if (!abi)
		emu->speaks = emu->series;
	else if (emu->tsm_any && emu_tsm_series(abi))
		emu->speaks = emu_tsm_series(abi);
	else
		rc = -ENOTSUP;
	emu_leave(emu);
	return rc;
}

/* ---- the calls on a VFIO device ---- */

int emu_tsm_vfio(struct emu_file *f, uint32_t code, uint64_t uptr)
{
	struct emu_ucmd u = { .emu = f->ctx->emu, .ctx = f->ctx };
	struct emu_vdevice *vdev;
	struct iom_vfio_tsm_bind b;
	int rc;

	if (!u.emu->speaks || !plays(&u, "tsm-xu"))
		return -ENOTTY;
	rc = emu_copy_from(&b, uptr, sizeof(b));
	if (rc)
		return rc;
	if (b.argsz < sizeof(b) || b.flags)
		return -EINVAL;
	vdev = vdevice_get(&u, b.vdevice_id);
	if (!vdev)
		return -ENOENT;
	if (vdev->idev != f->idev)
		return -EINVAL;
	if (code == IOM_NR_VFIO_DEVICE_TSM_UNBIND)
		return unbind(&u, dev_of(vdev));
	return bind(&u, dev_of(vdev), kvm_of(&u, vdev), vdev->virt_id);
}
