/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused calls of the confidential-device series, revision by revision. */
#include <fcntl.h>
#include <unistd.h>

#include "diag_fixture.h"

#define TSM_OP	"IOMMU_VDEVICE_TSM_OP"
#define REQUEST "IOMMU_VDEVICE_TSM_GUEST_REQUEST"
#define REQ	"IOMMU_VDEVICE_TSM_REQ"

struct set {
	const char *field; /* NULL ends */
	uint64_t value;
};

/* Explains a call of a revision with these members; the others are zero, the size is right. */
static struct iom_err *refused(const char *name, const char *abi, int code, const struct set *set)
{
	const struct iom_call *call = iom_call_find(name, abi);
	unsigned char arg[IOM_MAX_ARG] = { 0 };
	uint32_t size;

	assert_non_null(call);
	if (call->abi)
		assert_string_equal(call->abi, abi ? abi : "");
	size = call->full;
	memcpy(arg, &size, sizeof(size));
	for (; set->field; set++) {
		const struct iom_field *member = iom_field_find(call->fields, set->field);

		assert_non_null(member);
		assert_int_equal(iom_field_set(member, arg, 0, set->value), 0);
	}
	last_err = (struct iom_err){ 0 };
	iom_explain_fd(&f.ctx, call, call->family == IOM_FAM_VFIO ? 100 : -1, arg, -code, f.root,
		       &last_err);
	note_rows(call->name, code, last_err.fact[0] ? last_err.cause : NULL);
	return &last_err;
}

#define SET(...) ((const struct set[]){ __VA_ARGS__, { 0 } })
#define IS(name, abi, code, cause, field, part, ...)                                               \
	is_cause(refused(name, abi, code, SET(__VA_ARGS__)), cause, field, part)
#define MAYBE(name, abi, code, part, ...) is_guess(refused(name, abi, code, SET(__VA_ARGS__)), part)

/* 9: a vdevice of mock device 4, 10: one of VFIO device 6, both on viommu 8. */
static void put_vdevices(void)
{
	for (uint32_t id = 9; id <= 10; id++) {
		struct iom_object *o = put(id, IOM_OBJ_VDEVICE);

		o->parents[0] = o->ioas = 8;
		o->parents[1] = id == 9 ? 4 : 6;
	}
}

void test_tsm_bind(void **state)
{
	(void)state;
	put_vdevices();
	IS(TSM_OP, "tsm-rfc1", ENODEV, "viommu-no-kvm", "vdevice_id", "viommu 8 of vdevice 10",
	   { "vdevice_id", 10 }, { "op", 1 });
	f.store[8].kvm = true;
	IS(TSM_OP, "tsm-v2", ENODEV, "op-unknown", "op", "op is 7", { "vdevice_id", 10 }, { "op", 7 });
	IS(TSM_OP, "tsm-rfc1", ENODEV, "not-pci", "vdevice_id", "device 4 is a mock device",
	   { "vdevice_id", 9 }, { "op", 1 });
	MAYBE(TSM_OP, "tsm-rfc1", ENODEV, "TSM core refused", { "vdevice_id", 10 }, { "op", 1 });
	IS(TSM_OP, "tsm-v5", EINVAL, "op-unknown", "type", "type is 3", { "vdevice_id", 10 },
	   { "type", 3 });
	IS(TSM_OP, "tsm-v5", EINVAL, "not-pci", "vdevice_id", "device 4", { "vdevice_id", 9 },
	   { "type", 1 });
	MAYBE(TSM_OP, "tsm-v5", EINVAL, "not connected", { "vdevice_id", 10 }, { "type", 1 });
	IS("IOMMU_VDEVICE_TSM_BIND", "tsm-early", ENODEV, "not-pci", "vdevice_id", "device 4",
	   { "vdevice_id", 9 });
	MAYBE("IOMMU_VDEVICE_TSM_BIND", "tsm-early", ENODEV, "core refused", { "vdevice_id", 10 });
	IS("IOMMU_VDEVICE_TSM_UNBIND", "tsm-early", ENODEV, "not-pci", "vdevice_id", "device 4",
	   { "vdevice_id", 9 });
	MAYBE("IOMMU_VDEVICE_TSM_UNBIND", "tsm-early", ENODEV, "core refused", { "vdevice_id", 10 });
	f.be.name = "emu"; /* on the kernel the closed fd of the context would do */
	IS("IOMMU_TSM_BIND", "tsm-amd", EBADF, "kvm-fd", "kvmfd", "not open",
	   { "kvmfd", (uint64_t)CLOSED_FD });
}

void test_tsm_bind_vfio(void **state)
{
	static const char *const calls[] = { "VFIO_DEVICE_TSM_BIND", "VFIO_DEVICE_TSM_UNBIND" };

	(void)state;
	put_vdevices();
	for (size_t i = 0; i < IOM_ARRAY_SIZE(calls); i++) {
		IS(calls[i], "tsm-xu", EINVAL, "flag-unknown", "flags", "0x8", { "flags", 8 });
		IS(calls[i], "tsm-xu", EINVAL, "vdevice-other", "vdevice_id",
		   "of device 4, the call went to device 6", { "vdevice_id", 9 });
		is_guess(refused(calls[i], "tsm-xu", EINVAL, SET({ "vdevice_id", 10 })), "");
	}
}

void test_tsm_viommu(void **state)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	f.be.name = "emu";
	IS("IOMMU_VIOMMU_ALLOC", "tsm-rfc1", EBADF, "kvm-fd", "kvm_vm_fd", "/dev/null",
	   { "kvm_vm_fd", (uint64_t)null });
	MAYBE("IOMMU_VIOMMU_ALLOC", NULL, EBADF, "none of the causes", { "dev_id", 4 });
	assert_int_equal(close(null), 0);
	IS("IOMMU_VDEVICE_TSM_MAP", "tsm-rfc1", EINVAL, "gpa-range", "end_gpa", "not behind",
	   { "start_gpa", 0x2000 }, { "end_gpa", 0x2000 });
	IS("IOMMU_VDEVICE_TSM_MAP", "tsm-rfc1", EINVAL, "gpa-range", "start_gpa", "0x2001",
	   { "start_gpa", 0x2001 }, { "end_gpa", 0x3000 });
	MAYBE("IOMMU_VDEVICE_TSM_MAP", "tsm-rfc1", EINVAL, "private memslot", { "start_gpa", 0x2000 },
	      { "end_gpa", 0x3000 });
	put_vdevices();
	IS("IOMMU_VDEVICE_TSM_MAP", "tsm-rfc1", ENODEV, "viommu-no-kvm", "vdevice_id", "viommu 8",
	   { "vdevice_id", 10 });
	f.store[8].kvm = true;
	MAYBE("IOMMU_VDEVICE_TSM_MAP", "tsm-rfc1", ENODEV, "none of the causes", { "vdevice_id", 10 });
}

void test_tsm_request(void **state)
{
	(void)state;
	put_vdevices();
	IS("IOMMU_TSM_GUEST_REQUEST", "tsm-amd", ENODEV, "tsm-not-bound", "vdevice_id", "10",
	   { "vdevice_id", 10 });
	IS("IOMMU_TSM_GUEST_REQUEST", "tsm-amd", EFAULT, "bad-pointer", "req", "0x10", { "req", 0x10 },
	   { "req_len", 4 });
	IS(REQUEST, "tsm-xu", ENOENT, "tsm-not-bound", "vdevice_id", "10", { "vdevice_id", 10 });
	IS(REQUEST, "tsm-rfc1", ENXIO, "tsm-not-bound", "vdevice_id", "10", { "vdevice_id", 10 });
	IS(REQUEST, "tsm-rfc1", EINVAL, "not-pci", "vdevice_id", "device 4", { "vdevice_id", 9 });
	IS(REQUEST, "tsm-rfc1", EFAULT, "bad-pointer", "req_uptr", "0x10", { "req_uptr", 0x10 },
	   { "req_len", 4 });
	f.store[10].tsm_bound = true;
	MAYBE("IOMMU_TSM_GUEST_REQUEST", "tsm-amd", ENODEV, "none", { "vdevice_id", 10 });
	MAYBE("IOMMU_TSM_GUEST_REQUEST", "tsm-amd", EFAULT, "none", { "vdevice_id", 10 });
	MAYBE(REQUEST, "tsm-xu", ENOENT, "none", { "vdevice_id", 10 });
	MAYBE(REQUEST, "tsm-rfc1", ENXIO, "none", { "vdevice_id", 10 });
	MAYBE(REQUEST, "tsm-rfc1", EINVAL, "does not accept", { "vdevice_id", 10 });
	MAYBE(REQUEST, "tsm-rfc1", EFAULT, "none", { "vdevice_id", 10 });
}

void test_tsm_req(void **state)
{
	const char *late = "tsm-rework";

	(void)state;
	put_vdevices();
	IS(REQ, "tsm-v5", EINVAL, "tsm-scope", "scope", "scope is 4", { "scope", 4 });
	IS(REQ, "tsm-v5", EINVAL, "tsm-scope-debug", "scope", "debug-write", { "scope", 3 });
	IS(REQ, late, EINVAL, "tsm-arch", "tvm_arch", "9", { "tvm_arch", 9 }, { "op", 1 });
	IS(REQ, late, EINVAL, "tsm-op", "op", "99", { "tvm_arch", 1 }, { "op", 99 });
	IS(REQ, late, EINVAL, "tsm-op", "op", "for tvm_arch sev alone", { "tvm_arch", 1 }, { "op", 6 });
	IS(REQ, late, EINVAL, "not-pci", "vdevice_id", "device 4", { "vdevice_id", 9 },
	   { "tvm_arch", 1 }, { "op", 1 });
	IS(REQ, late, EINVAL, "tsm-response", "resp_len", "4 bytes, not 8", { "vdevice_id", 10 },
	   { "tvm_arch", 1 }, { "op", 3 }, { "resp_len", 8 });
	IS(REQ, late, EINVAL, "tsm-payload", "req_len", "24 bytes, 4", { "vdevice_id", 10 },
	   { "tvm_arch", 1 }, { "op", 4 }, { "req_len", 4 });
	MAYBE(REQ, late, EINVAL, "does not take", { "vdevice_id", 10 }, { "tvm_arch", 1 }, { "op", 4 },
	      { "req_len", 24 });
	IS(REQ, late, ENXIO, "tsm-not-bound", "vdevice_id", "10", { "vdevice_id", 10 });
	IS(REQ, late, EFAULT, "bad-pointer", "req_uptr", "0x10", { "req_uptr", 0x10 },
	   { "req_len", 24 });
	f.store[10].tsm_bound = true;
	MAYBE(REQ, late, ENXIO, "none", { "vdevice_id", 10 });
	MAYBE(REQ, late, EFAULT, "leads nowhere", { "vdevice_id", 10 });
}
