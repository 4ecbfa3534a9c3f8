/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulator's confidential devices: what bats cannot reach, such as answers that get lost. */
#include "emu_calls.h"

static const struct iom_kvm_slot slots[] = { { 0x10000000, 0x1000ffff }, { 0, 0xffff } };
static const char *const vfio0[] = { "vfio0" };

struct guest {
	int kvm, nic;
	uint32_t dev, hwpt, viommu, vdevice;
};

static int new_kvm(void)
{
	struct iom_kvm_vm vm = { slots, 2, vfio0, 1 };
	int kvm = iom_emu_kvm_create(emu, &vm);

	assert_true(kvm >= 0);
	return kvm;
}

static void new_vdevice(struct guest *g)
{
	struct iom_vdevice_alloc c = {
		.size = sizeof(c),
		.viommu_id = g->viommu,
		.dev_id = g->dev,
		.virt_id = 0x10,
	};

	assert_int_equal(call(IOM_NR_VDEVICE_ALLOC, &c), 0);
	g->vdevice = c.out_vdevice_id;
}

static void new_guest(struct guest *g)
{
	struct iom_vfio_bind bind = { .argsz = sizeof(bind), .iommufd = fd };
	struct iom_ioas_alloc ioas = { .size = sizeof(ioas) };
	struct iom_hwpt_alloc hwpt = { .size = sizeof(hwpt), .flags = IOM_HWPT_ALLOC_NEST_PARENT };
	struct iom_viommu_alloc_kvm v = {
		.size = sizeof(v),
		.flags = IOM_VIOMMU_ALLOC_KVM_FD,
		.type = IOM_VIOMMU_TYPE_ARM_SMMUV3,
	};

	g->kvm = new_kvm();
	g->nic = iom_emu_open(emu, "/dev/vfio/devices/vfio0");
	assert_true(g->nic >= 0);
	assert_int_equal(iom_emu_ioctl(emu, g->nic, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &bind), 0);
	assert_int_equal(call(IOM_NR_IOAS_ALLOC, &ioas), 0);
	hwpt.dev_id = v.dev_id = g->dev = bind.out_devid;
	hwpt.pt_id = ioas.out_ioas_id;
	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &hwpt), 0);
	v.hwpt_id = g->hwpt = hwpt.out_hwpt_id;
	v.kvm_vm_fd = g->kvm;
	assert_int_equal(iom_emu_speak(emu, "tsm-rfc1"), 0);
	assert_int_equal(call(IOM_NR_VIOMMU_ALLOC, &v), 0);
	/* the answer leaves what was sent as it was */
	assert_int_equal(v.flags, IOM_VIOMMU_ALLOC_KVM_FD);
	assert_int_equal(iom_emu_speak(emu, NULL), 0);
	g->viommu = v.out_viommu_id;
	new_vdevice(g);
}

static int tsm_op(const char *abi, uint32_t vdevice, uint32_t op)
{
	struct iom_tsm_op c = { .size = sizeof(c), .op = op, .vdevice_id = vdevice };
	int rc;

	assert_int_equal(iom_emu_speak(emu, abi), 0);
	rc = call(IOM_NR_TSM_OP, &c);
	assert_int_equal(iom_emu_speak(emu, NULL), 0);
	return rc;
}

static int set_state(struct iom_tsm_req *c, uint32_t vdevice, const uint32_t *state)
{
	int rc;

	if (c->size != sizeof(*c)) {
		c->size = sizeof(*c);
		c->vdevice_id = vdevice;
		c->op = IOM_TSM_REWORK_SET_TDI_STATE;
		c->tvm_arch = IOM_TSM_ARCH_CCA;
		c->req_len = sizeof(*state);
		c->req_uptr = (uintptr_t)state;
	}
	assert_int_equal(iom_emu_speak(emu, "tsm-rework"), 0);
	rc = call(IOM_NR_TSM_REQ, c);
	assert_int_equal(iom_emu_speak(emu, NULL), 0);
	return rc;
}

/* The answer cannot be written, and the state has changed all the same. */
static void test_lost_answer(void **state)
{
	static const uint32_t locked = IOM_TSM_TDI_LOCKED, run = IOM_TSM_TDI_RUN;
	struct iom_tsm_req *c =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iom_tsm_req again = { 0 };
	struct guest g;

	(void)state;
	assert_ptr_not_equal(c, MAP_FAILED);
	new_guest(&g);
	assert_int_equal(tsm_op("tsm-rework", g.vdevice, IOM_TSM_OP_BIND), 0);
	assert_int_equal(set_state(c, g.vdevice, &locked), 0);
	c->req_uptr = (uintptr_t)&run;
	assert_int_equal(mprotect(c, PAGE, PROT_READ), 0);
	assert_int_equal(set_state(c, g.vdevice, &run), -EFAULT);
	/* who repeats it is told that it cannot be done from here */
	assert_int_equal(set_state(&again, g.vdevice, &run), 0);
	assert_int_equal(again.tsm_code, 1);
	munmap(c, PAGE);
}

/* ---- requests ---- */

/* A guest's device, bound; in CCA unless a test says so. */
static void new_tdi(struct guest *g)
{
	new_guest(g);
	assert_int_equal(tsm_op("tsm-rework", g->vdevice, IOM_TSM_OP_BIND), 0);
}

static int request(struct iom_tsm_req *c, uint32_t op, const void *req, uint32_t len)
{
	int rc;

	c->size = sizeof(*c);
	c->op = op;
	c->tvm_arch = c->tvm_arch ? c->tvm_arch : IOM_TSM_ARCH_CCA;
	c->req_uptr = (uintptr_t)req;
	c->req_len = len;
	c->tsm_code = 99;
	assert_int_equal(iom_emu_speak(emu, "tsm-rework"), 0);
	rc = call(IOM_NR_TSM_REQ, c);
	assert_int_equal(iom_emu_speak(emu, NULL), 0);
	return rc;
}

#define NOWHERE ((const void *)8)

/* Reads an object into text and says how much of the room was left. */
static int read_object(const struct guest *g, uint32_t type, uint64_t offset, char *text, uint32_t room,
		       uint64_t *code)
{
	const struct iom_tsm_read_object r = { .type = type, .offset = offset };
	struct iom_tsm_req c = {
		.vdevice_id = g->vdevice, .resp_uptr = (uintptr_t)text, .resp_len = room
	};
	int rc = request(&c, IOM_TSM_REWORK_READ_OBJECT, &r, sizeof(r));

	*code = c.tsm_code;
	if (rc >= 0)
		text[room - (uint32_t)rc] = '\0';
	return rc;
}

static void change_state(const struct guest *g, uint32_t to, uint64_t code)
{
	struct iom_tsm_req c = { .vdevice_id = g->vdevice };

	assert_int_equal(request(&c, IOM_TSM_REWORK_SET_TDI_STATE, &to, sizeof(to)), 0);
	assert_int_equal(c.tsm_code, code);
}

static void test_objects(void **state)
{
	struct iom_tsm_read_object r = { .type = IOM_TSM_OBJECT_VCA, .reserved = 1 };
	struct iom_tsm_req c = { .resp_uptr = 8, .resp_len = 64 };
	char text[512] = "";
	struct guest g;
	uint64_t code;

	(void)state;
	new_tdi(&g);
	c.vdevice_id = g.vdevice;
	assert_int_equal(request(&c, IOM_TSM_REWORK_READ_OBJECT, &r, sizeof(r)), -EINVAL);
	r = (struct iom_tsm_read_object){ .type = IOM_TSM_OBJECT_IFREPORT + 1 };
	assert_int_equal(request(&c, IOM_TSM_REWORK_READ_OBJECT, &r, sizeof(r)), -EINVAL);
	assert_int_equal(request(&c, IOM_TSM_REWORK_READ_OBJECT, &r, sizeof(r) - 1), -EINVAL);
	assert_int_equal(request(&c, IOM_TSM_REWORK_READ_OBJECT, NOWHERE, sizeof(r)), -EFAULT);
	r.type = IOM_TSM_OBJECT_VCA;
	assert_int_equal(request(&c, IOM_TSM_REWORK_READ_OBJECT, &r, sizeof(r)), -EFAULT);
	assert_int_equal(read_object(&g, IOM_TSM_OBJECT_CERT, 25 * 15, text, 64, &code), 39);
	assert_string_equal(text, "emu-cert 0000:00:02.0 15\n");
	/* in pieces; then from behind its end */
	assert_int_equal(read_object(&g, IOM_TSM_OBJECT_VCA, 0, text, 7, &code), 0);
	assert_string_equal(text, "emu-vca");
	assert_int_equal(read_object(&g, IOM_TSM_OBJECT_VCA, 8, text, 64, &code), 64 - 13);
	assert_string_equal(text, "0000:00:02.0\n");
	assert_int_equal(read_object(&g, IOM_TSM_OBJECT_VCA, 22, text, 64, &code), -EINVAL);
	/* the report is there while the device is locked */
	assert_int_equal(read_object(&g, IOM_TSM_OBJECT_IFREPORT, 0, text, 64, &code), 64);
	assert_int_equal(code, 2);
	change_state(&g, IOM_TSM_TDI_LOCKED, 0);
	assert_true(read_object(&g, IOM_TSM_OBJECT_IFREPORT, 0, text, 500, &code) > 0);
	assert_int_equal(code, 0);
	assert_non_null(strstr(text, " state=locked dma=0 nonce=00"));
	change_state(&g, IOM_TSM_TDI_RUN, 0);
	assert_true(read_object(&g, IOM_TSM_OBJECT_IFREPORT, 0, text, 500, &code) > 0);
	assert_non_null(strstr(text, " state=run dma=0 nonce=00"));
}

static void test_object_info(void **state)
{
	uint32_t type = IOM_TSM_OBJECT_IFREPORT, size = 0;
	struct iom_tsm_req c = { .resp_uptr = (uintptr_t)&size, .resp_len = sizeof(size) };
	struct guest g;

	(void)state;
	new_tdi(&g);
	c.vdevice_id = g.vdevice;
	assert_int_equal(request(&c, IOM_TSM_REWORK_OBJECT_INFO, NOWHERE, sizeof(type)), -EFAULT);
	assert_int_equal(request(&c, IOM_TSM_REWORK_OBJECT_INFO, &type, sizeof(type)), sizeof(size));
	assert_int_equal(c.tsm_code, 2);
	type++;
	assert_int_equal(request(&c, IOM_TSM_REWORK_OBJECT_INFO, &type, sizeof(type)), -EINVAL);
	type = IOM_TSM_OBJECT_VCA;
	assert_int_equal(request(&c, IOM_TSM_REWORK_OBJECT_INFO, &type, sizeof(type)), 0);
	assert_int_equal(size, 21);
	c.resp_len = 8;
	assert_int_equal(request(&c, IOM_TSM_REWORK_OBJECT_INFO, &type, sizeof(type)), -EINVAL);
	c.resp_len = sizeof(size);
	c.resp_uptr = 8;
	assert_int_equal(request(&c, IOM_TSM_REWORK_OBJECT_INFO, &type, sizeof(type)), -EFAULT);
}

static void test_regen(void **state)
{
	static const uint8_t nonce[32] = { 0xab };
	struct iom_tsm_regen_object r = { .type = IOM_TSM_OBJECT_IFREPORT, .nonce = (uintptr_t)nonce };
	struct iom_tsm_req c = { 0 };
	char text[512] = "";
	struct guest g;
	uint64_t code;

	(void)state;
	new_tdi(&g);
	c.vdevice_id = g.vdevice;
	assert_int_equal(request(&c, IOM_TSM_REWORK_REGEN_OBJECT, NOWHERE, sizeof(r)), -EFAULT);
	assert_int_equal(request(&c, IOM_TSM_REWORK_REGEN_OBJECT, &r, sizeof(r)), 0);
	assert_int_equal(c.tsm_code, 2);
	r.reserved = 1;
	assert_int_equal(request(&c, IOM_TSM_REWORK_REGEN_OBJECT, &r, sizeof(r)), -EINVAL);
	r.reserved = 0;
	r.flags = 2;
	assert_int_equal(request(&c, IOM_TSM_REWORK_REGEN_OBJECT, &r, sizeof(r)), -EINVAL);
	r.flags = 1;
	r.type = IOM_TSM_OBJECT_VCA;
	assert_int_equal(request(&c, IOM_TSM_REWORK_REGEN_OBJECT, &r, sizeof(r)), -EINVAL);
	r.type = IOM_TSM_OBJECT_MEAS;
	assert_int_equal(request(&c, IOM_TSM_REWORK_REGEN_OBJECT, &r, sizeof(r)), 0);
	assert_true(read_object(&g, IOM_TSM_OBJECT_MEAS, 0, text, 500, &code) > 0);
	assert_non_null(strstr(text, " format=1 nonce=ab00"));
	r.nonce = 8;
	assert_int_equal(request(&c, IOM_TSM_REWORK_REGEN_OBJECT, &r, sizeof(r)), -EFAULT);
	c.resp_len = 1;
	assert_int_equal(request(&c, IOM_TSM_REWORK_REGEN_OBJECT, &r, sizeof(r)), -EINVAL);
}

static void test_validate(void **state)
{
	struct iom_tsm_validate_mmio v = { slots[0].start, slots[0].start + 2 * PAGE, 0 };
	struct iom_tsm_req c = { 0 };
	char text[512] = "";
	struct guest g;
	uint64_t code;

	(void)state;
	new_tdi(&g);
	c.vdevice_id = g.vdevice;
	assert_int_equal(request(&c, IOM_TSM_REWORK_VALIDATE_MMIO, NOWHERE, sizeof(v)), -EFAULT);
	assert_int_equal(request(&c, IOM_TSM_REWORK_VALIDATE_MMIO, &v, sizeof(v)), 0);
	assert_int_equal(c.tsm_code, 1);
	change_state(&g, IOM_TSM_TDI_RUN, 1);
	change_state(&g, IOM_TSM_TDI_LOCKED, 0);
	v.gpa_top = v.gpa_base;
	assert_int_equal(request(&c, IOM_TSM_REWORK_VALIDATE_MMIO, &v, sizeof(v)), -EINVAL);
	v.gpa_top = slots[0].start + 2 * PAGE;
	v.pa_base = 1;
	assert_int_equal(request(&c, IOM_TSM_REWORK_VALIDATE_MMIO, &v, sizeof(v)), -EINVAL);
	v.pa_base = 0;
	v.gpa_base = 0;
	assert_int_equal(request(&c, IOM_TSM_REWORK_VALIDATE_MMIO, &v, sizeof(v)), 0);
	assert_int_equal(c.tsm_code, 3);
	v.gpa_base = slots[0].start;
	assert_int_equal(request(&c, IOM_TSM_REWORK_VALIDATE_MMIO, &v, sizeof(v)), 0);
	assert_int_equal(c.tsm_code, 0);
	assert_true(read_object(&g, IOM_TSM_OBJECT_IFREPORT, 0, text, 500, &code) > 0);
	assert_non_null(strstr(text, " mmio=0x10000000-0x10001fff nonce="));
	/* DMA is for a device that runs, and has no answer */
	c.tvm_arch = IOM_TSM_ARCH_SEV;
	assert_int_equal(request(&c, IOM_TSM_REWORK_SEV_ENABLE_DMA, NULL, 0), 0);
	assert_int_equal(c.tsm_code, 1);
	change_state(&g, IOM_TSM_TDI_RUN, 0);
	assert_int_equal(request(&c, IOM_TSM_REWORK_SEV_ENABLE_DMA, NULL, 0), 0);
	assert_int_equal(c.tsm_code, 0);
	c.resp_len = 1;
	assert_int_equal(request(&c, IOM_TSM_REWORK_SEV_ENABLE_DMA, NULL, 0), -EINVAL);
}

/* The residue of a long answer would look like an error to ioctl(2). */
static void test_long_answer(void **state)
{
	struct iom_tsm_req_v5 c = { .size = sizeof(c), .resp_len = 0x90000000 };
	struct guest g;

	(void)state;
	new_tdi(&g);
	c.vdevice_id = g.vdevice;
	assert_int_equal(iom_emu_speak(emu, "tsm-v5"), 0);
	assert_int_equal(call(IOM_NR_TSM_REQ, &c), INT32_MAX);
	c.resp_len = 5;
	assert_int_equal(call(IOM_NR_TSM_REQ, &c), 5);
	restart("lacks=tsm;abi=tsm-v5");
	assert_int_equal(call(IOM_NR_TSM_REQ, &c), -EOPNOTSUPP);
	restart("lacks=tsm;abi=tsm-rework");
	buf[0] = sizeof(struct iom_tsm_req);
	assert_int_equal(call(IOM_NR_TSM_REQ, buf), -EOPNOTSUPP);
}

/* Without memory it is not bound, and then it is. */
static void test_bind_no_memory(void **state)
{
	unsigned int nth;
	struct guest g;
	int rc;

	(void)state;
	new_guest(&g);
	for (nth = 2;; nth++) { /* the object is looked for first */
		iom_emu_fail_nth(nth);
		rc = tsm_op("tsm-rework", g.vdevice, IOM_TSM_OP_BIND);
		if (iom_emu_fail_left())
			break;
		assert_int_equal(rc, -ENOMEM);
	}
	iom_emu_fail_nth(0);
	assert_int_equal(rc, 0);
	assert_int_equal(nth, 3);
}

/* The driver of the TSM is not there: each series has its own number for that. */
static void test_lacks(void **state)
{
	struct iom_tsm_guest_request r = { .size = sizeof(r) };
	struct guest g;

	(void)state;
	restart("lacks=tsm");
	new_guest(&g);
	r.vdevice_id = g.vdevice;
	assert_int_equal(tsm_op("tsm-rfc1", g.vdevice, IOM_TSM_OP_BIND), -ENODEV);
	assert_int_equal(tsm_op("tsm-rfc1", g.vdevice, IOM_TSM_OP_UNBIND), -ENODEV);
	assert_int_equal(tsm_op("tsm-v5", g.vdevice, IOM_TSM_OP_BIND), -EOPNOTSUPP);
	assert_int_equal(iom_emu_speak(emu, "tsm-v4"), 0);
	assert_int_equal(call(IOM_NR_TSM_GUEST_REQUEST, &r), -ENXIO);
}

/* AMD's series names the device itself: a mock is none that could be lent. */
static void test_bind_amd(void **state)
{
	struct iom_tsm_bind_amd c = { .size = sizeof(c) };
	struct guest g;

	(void)state;
	new_guest(&g);
	c.viommu_id = g.viommu;
	c.vdevice_id = g.vdevice;
	c.dev_id = mock_domain(g.hwpt - 1).idev;
	c.kvmfd = g.kvm;
	assert_int_equal(iom_emu_speak(emu, "tsm-amd"), 0);
	assert_int_equal(call(IOM_NR_TSM_BIND_AMD, &c), -ENODEV);
	c.dev_id = g.dev;
	assert_int_equal(call(IOM_NR_TSM_BIND_AMD, &c), 0);
}

static void count_mapped(uint64_t start, uint64_t last, bool mapped, void *arg)
{
	assert_true(start < last);
	*(unsigned int *)arg += mapped;
}

static void test_map(void **state)
{
	struct iom_tsm_map c = {
		.size = sizeof(c), .start_gpa = slots[0].start, .end_gpa = slots[0].start + PAGE
	};
	unsigned int n_mapped;
	struct guest g;

	(void)state;
	new_guest(&g);
	c.vdevice_id = g.vdevice;
	assert_int_equal(iom_emu_speak(emu, "tsm-rfc1"), 0);
	for (unsigned int nth = 2; nth < 4; nth++) { /* the object is looked for first */
		iom_emu_fail_nth(nth);
		if (call(IOM_NR_TSM_MAP, &c) != -ENOMEM)
			break;
		assert_int_equal(iom_emu_fail_left(), 0);
	}
	assert_true(iom_emu_fail_left() > 0);
	iom_emu_fail_nth(0);
	assert_int_equal(call(IOM_NR_TSM_MAP, &c), 0);
	/* from the first address on; what was mapped behind it stays as it is */
	c.start_gpa = 0;
	c.end_gpa = PAGE;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(call(IOM_NR_TSM_MAP, &c), 0);
		n_mapped = 0;
		assert_int_equal(iom_emu_kvm_ranges(emu, g.kvm, count_mapped, &n_mapped), 0);
		assert_int_equal(n_mapped, 2);
	}
}

/* ---- lifetimes ---- */

/* The virtual machine lives as long as somebody holds it, in whatever order they go. */
static void test_lifetimes(void **state)
{
	struct iom_destroy d = { .size = sizeof(d) };
	struct guest g;

	(void)state;
	new_guest(&g);
	assert_int_equal(tsm_op("tsm-v5", g.vdevice, IOM_TSM_OP_BIND), 0);
	assert_int_equal(iom_emu_close(emu, g.kvm), 0);
	assert_int_equal(tsm_op("tsm-v5", g.vdevice, IOM_TSM_OP_BIND), 0);
	d.id = g.viommu;
	assert_int_equal(call(IOM_NR_DESTROY, &d), -EBUSY);
	/* the device goes and takes the vdevice with it, which unbinds */
	assert_int_equal(iom_emu_close(emu, g.nic), 0);
	assert_int_equal(tsm_op("tsm-v5", g.vdevice, IOM_TSM_OP_UNBIND), -ENOENT);
	assert_int_equal(call(IOM_NR_DESTROY, &d), 0);
}

/* What is bound when the context is closed is not bound in the next one. */
static void test_closed_while_bound(void **state)
{
	struct iom_kvm_vm vm = { NULL, 0, NULL, 0 };
	struct guest g;
	int other;

	(void)state;
	new_guest(&g);
	assert_int_equal(tsm_op("tsm-rfc1", g.vdevice, IOM_TSM_OP_BIND), 0);
	assert_int_equal(iom_emu_close(emu, g.nic), 0);
	assert_int_equal(iom_emu_close(emu, fd), 0);
	fd = iom_emu_open(emu, "/dev/iommu");
	assert_true(fd >= 0);
	new_guest(&g);
	assert_int_equal(tsm_op("tsm-rfc1", g.vdevice, IOM_TSM_OP_BIND), 0);
	other = iom_emu_kvm_create(emu, &vm);
	assert_true(other >= 0);
}

static void test_speak(void **state)
{
	uint32_t arg[12] = { 4 };

	(void)state;
	assert_int_equal(iom_emu_speak(emu, "tsm-v3"), -ENOTSUP);
	assert_int_equal(iom_emu_speak(emu, "sw-msi-v2"), -ENOTSUP);
	/* by itself it has the numbers of 7.3 */
	assert_int_equal(call(IOM_NR_TSM_REQ, arg), -ENOTTY);
	assert_int_equal(iom_emu_speak(emu, "tsm-v5"), 0);
	assert_int_equal(call(IOM_NR_TSM_REQ, arg), -EINVAL);
	assert_int_equal(call(IOM_NR_TSM_MAP, arg), -ENOTTY);
	assert_int_equal(iom_emu_speak(emu, "tsm-rfc1"), 0);
	assert_int_equal(call(IOM_NR_TSM_MAP, arg), -EINVAL);
	assert_int_equal(iom_emu_speak(emu, NULL), 0);
	assert_int_equal(call(IOM_NR_TSM_MAP, arg), -ENOTTY);
	/* a machine of one series stays with it, whatever it is told */
	restart("abi=tsm-v5");
	assert_int_equal(iom_emu_speak(emu, "tsm-rfc1"), -ENOTSUP);
	assert_int_equal(call(IOM_NR_TSM_REQ, arg), -EINVAL);
	assert_int_equal(call(IOM_NR_TSM_MAP, arg), -ENOTTY);
	arg[0] = 16;
	assert_int_equal(call(IOM_NR_TSM_OP, arg), -ENOENT);
}

static void count(uint64_t start, uint64_t last, bool mapped, void *arg)
{
	unsigned int *n = arg;

	assert_true(start <= last);
	n[mapped]++;
}

static void test_kvm(void **state)
{
	static const struct iom_kvm_slot wrong[] = {
		{ 0x1000, 0x1fff },
		{ 0x1800, 0x27ff },
		{ 0x1000, 0xfff },
		{ 0, 0x1fff },
	};
	static const char *const nobody[] = { "vfio0", "vfio7" };
	struct iom_kvm_vm vm = { wrong, 2, NULL, 0 };
	unsigned int n[2] = { 0 };
	int kvm;

	(void)state;
	assert_int_equal(iom_emu_kvm_create(emu, &vm), -EINVAL);
	vm = (struct iom_kvm_vm){ &wrong[2], 1, NULL, 0 };
	assert_int_equal(iom_emu_kvm_create(emu, &vm), -EINVAL);
	vm = (struct iom_kvm_vm){ wrong, 1, nobody, 2 };
	assert_int_equal(iom_emu_kvm_create(emu, &vm), -ENOENT);
	kvm = new_kvm();
	assert_int_equal(iom_emu_kvm_ranges(emu, kvm, count, n), 0);
	assert_int_equal(n[0], 2);
	assert_int_equal(n[1], 0);
	assert_int_equal(iom_emu_kvm_ranges(emu, fd, count, n), -EBADF);
	assert_int_equal(iom_emu_kvm_ranges(emu, -1, count, n), -EBADF);
	/* it is no iommufd */
	assert_int_equal(iom_emu_ioctl(emu, kvm, IOM_NR_IOAS_ALLOC, n), -ENOTTY);
	assert_int_equal(iom_emu_close(emu, kvm), 0);
	assert_int_equal(iom_emu_kvm_ranges(emu, kvm, count, n), -EBADF);
}

static void test_spec(void **state)
{
	static const char *const wrong[] = {
		"abi=tsm-v3", "abi=tsm-v5,tsm-v4", "lacks=pci", "device=x,tsm=yes", "device=x,tsm=",
	};
	struct iom_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memset(&err, 0, sizeof(err));
		assert_null(iom_emu_new(wrong[i], &err));
		assert_int_equal(err.exit, IOM_EXIT_USAGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_lost_answer), T(test_lifetimes), T(test_closed_while_bound),
		T(test_speak),	     T(test_kvm),	cmocka_unit_test(test_spec),
		T(test_objects),     T(test_object_info), T(test_regen),
		T(test_validate),    T(test_long_answer), T(test_bind_amd),
		T(test_map),	     T(test_lacks),	T(test_bind_no_memory),
	};

	return cmocka_run_group_tests_name("emu_tsm", tests, NULL, NULL);
}
