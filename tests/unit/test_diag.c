/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refusals, each looked up on a hand-made book: where it holds and where it does not. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "iommuctl/diag.h"
#include "iommuctl/uapi.h"

#ifndef FIXTURES
#define FIXTURES "tests/fixtures"
#endif
#define NO_CAPS	 FIXTURES "/sysfs-vtd"
#define ALL_CAPS FIXTURES "/sysfs-smmuv3"
#define NO_ROOT	 FIXTURES "/sysfs-none"

#define MAX_ROWS  256
#define MEM_LEN	  0x20000
#define CLOSED_FD 987 /* nothing has it open */

/* ---- a context: a backend that only answers questions, and a book ---- */

static struct fake {
	struct iom_backend be;
	struct iom_ctx ctx;
	const char *root;
	unsigned int asked;
	uint64_t align;
	uint64_t sw_msi_start, sw_msi_mib;
	struct iom_object *objects[16], store[16];
	struct iom_area areas[8];
	struct iom_allow allowed[1];
	struct iom_handle access, vfio, twin;
	unsigned char *mem;
	long page;
} f;

/* Rows of the table that held, and that were looked at and passed over, in this run. */
static unsigned int held[MAX_ROWS], passed[MAX_ROWS];

static const struct iom_iova_range usable[] = {
	{ 0x1000000, 0x7ffffff }, /* below: aperture, between: the MSI window */
	{ 0x8100000, 0x3fffffff },
};

static int fake_ranges(struct iom_ioas_iova_ranges *a)
{
	struct iom_iova_range *out = (void *)(uintptr_t)a->allowed_iovas;
	uint32_t room = a->num_iovas;

	if (a->ioas_id != 1 && a->ioas_id != 2)
		return -ENOENT;
	for (uint32_t i = 0; i < IOM_ARRAY_SIZE(usable) && i < room; i++)
		out[i] = usable[i];
	a->num_iovas = IOM_ARRAY_SIZE(usable);
	a->out_iova_alignment = f.align;
	return room < a->num_iovas ? -EMSGSIZE : 0;
}

static int fake_ioctl(struct iom_backend *be, int fd, uint32_t code, void *arg)
{
	struct iom_option *o = arg;

	(void)be;
	assert_int_equal(fd, f.ctx.fd);
	f.asked++;
	if (code == IOM_NR_IOAS_IOVA_RANGES)
		return fake_ranges(arg);
	/* Looking must not change anything: no other call may arrive here. */
	assert_int_equal(code, IOM_NR_OPTION);
	assert_int_equal(o->op, IOM_OPTION_OP_GET);
	o->val64 = o->option_id == IOM_OPTION_SW_MSI_START ? f.sw_msi_start : f.sw_msi_mib;
	return 0;
}

static int fake_regions(struct iom_backend *be, int fd, uint32_t ioas,
			int (*cb)(const struct iom_region *r, void *arg), void *arg)
{
	static const struct iom_region list[] = {
		{ 0, 0xffffff, "aperture", "vfio0" },
		{ 0x8000000, 0x80fffff, "sw-msi", "vfio0" },
		{ 0x80000000, 0x8fffffff, "reserved", "vfio0" },
	};
	int rc = 0;

	(void)be;
	(void)fd;
	(void)ioas;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(list) && !rc; i++)
		rc = cb(&list[i], arg);
	return rc;
}

static void no_trace(struct iom_ctx *ctx, enum iom_phase phase, const struct iom_call *call, int fd,
		     const void *arg, int rc)
{
	(void)ctx;
	(void)phase;
	(void)call;
	(void)fd;
	(void)arg;
	(void)rc;
	fail_msg("a question was traced");
}

static struct iom_object *put(uint32_t id, enum iom_obj type)
{
	struct iom_object *o = &f.store[id];

	*o = (struct iom_object){ .id = id, .type = type };
	f.objects[id] = o;
	return o;
}

static void map(unsigned int i, uint32_t ioas, uint64_t start, uint64_t last, uint64_t va,
		uint8_t prot, unsigned int line)
{
	struct iom_area *a = &f.areas[i];

	*a = (struct iom_area){ .user_va = va, .prot = prot, .line = line, .file = !va };
	a->node.start = start;
	a->node.last = last;
	iom_itree_insert(&f.store[ioas].areas, &a->node);
}

/* ioas 1 with three mappings and a mock device, ioas 2 empty, a VFIO device, a vIOMMU stack. */
static void fill_book(void)
{
	uint64_t va = (uintptr_t)f.mem;

	put(1, IOM_OBJ_IOAS);
	put(2, IOM_OBJ_IOAS);
	*put(3, IOM_OBJ_HWPT_PAGING) = (struct iom_object){
		.id = 3, .type = IOM_OBJ_HWPT_PAGING, .ioas = 1, .parents = { 1 }, .automatic = true
	};
	*put(4, IOM_OBJ_DEVICE) = (struct iom_object){
		.id = 4, .type = IOM_OBJ_DEVICE, .hwpt = 3, .peer = 5, .parents = { 5 }
	};
	*put(5, IOM_OBJ_SELFTEST) = (struct iom_object){
		.id = 5, .type = IOM_OBJ_SELFTEST, .hwpt = 3, .peer = 4, .parents = { 1 }
	};
	put(6, IOM_OBJ_DEVICE);
	put(7, IOM_OBJ_FAULT);
	*put(8, IOM_OBJ_VIOMMU) =
		(struct iom_object){ .id = 8, .type = IOM_OBJ_VIOMMU, .parents = { 4, 3 } };
	map(0, 1, 0x2000000, 0x200ffff, va, 3, 3);
	map(1, 1, 0x2010000, 0x2010fff, va + 0x10000, 1, 4);
	map(2, 1, 0x2020000, 0x2020fff, va + 0x11000, 3, 0);
	f.access = (struct iom_handle){ .fd = 101, .id = 1, .by = "IOMMU_TEST_OP_CREATE_ACCESS" };
	f.vfio = (struct iom_handle){ .fd = 100,
				      .id = 6,
				      .by = "cdev",
				      .name = "/dev/vfio/devices/vfio0",
				      .next = &f.access };
	f.ctx.handles = &f.vfio;
}

static int setup(void **state)
{
	unsigned char *mem = f.mem;

	(void)state;
	memset(&f, 0, sizeof(f));
	f.page = sysconf(_SC_PAGESIZE);
	f.mem = mem;
	if (!mem) {
		f.mem = mmap(NULL, MEM_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0);
		assert_true(f.mem != MAP_FAILED);
	}
	f.be = (struct iom_backend){ .name = "kernel", .ioctl = fake_ioctl };
	iom_ctx_init(&f.ctx, &f.be);
	f.ctx.fd = 1001; /* no such file: nobody may use it but the fake */
	f.ctx.trace = no_trace;
	f.ctx.objects = f.objects;
	f.ctx.n_objects = IOM_ARRAY_SIZE(f.objects);
	f.align = 0x1000;
	f.root = NO_ROOT;
	fill_book();
	return 0;
}

static bool matches(const struct iom_cause *row, const char *call, int code)
{
	return row->code == code && (!row->call || !strcmp(row->call, call));
}

/* Which rows were looked at until one held. */
static void note_rows(const char *call, int code, const char *cause)
{
	for (size_t i = 0; iom_causes[i].key; i++) {
		assert_true(i < MAX_ROWS);
		if (!matches(&iom_causes[i], call, code))
			continue;
		if (cause && !strcmp(cause, iom_causes[i].key)) {
			held[i]++;
			return;
		}
		passed[i]++;
	}
}

static struct iom_err last_err;

static struct iom_err *explain(const char *call, const void *arg, size_t len, int code)
{
	const struct iom_call *c = iom_call_find(call, NULL);
	static unsigned char buf[IOM_MAX_ARG];

	assert_non_null(c);
	memset(buf, 0, sizeof(buf));
	memcpy(buf, arg, len);
	last_err = (struct iom_err){ 0 };
	iom_explain(&f.ctx, c, buf, -code, f.root, &last_err);
	assert_int_equal(last_err.code, -code);
	assert_string_equal(last_err.op, c->name);
	assert_int_equal(last_err.exit, iom_exit_of_errno(code));
	assert_true(last_err.hint[0] != '\0');
	assert_ptr_equal(f.ctx.trace, no_trace);
	/* A fact means that a row held; without one nothing did. */
	note_rows(c->name, code, last_err.fact[0] ? last_err.cause : NULL);
	return &last_err;
}

static void is_cause(const struct iom_err *e, const char *cause, const char *field,
		     const char *part)
{
	if (!e->cause || strcmp(e->cause, cause) || !strstr(e->fact, part))
		print_error("wanted %s \"%s\", got %s \"%s\" (%s)\n", cause, part,
			    e->cause ? e->cause : "nothing", e->fact, e->hint);
	assert_non_null(e->cause);
	assert_string_equal(e->cause, cause);
	assert_non_null(strstr(e->fact, part));
	if (field)
		assert_string_equal(e->field ? e->field : "(none)", field);
}

/* Nothing holds: no fact, a hint all the same. */
static void is_guess(const struct iom_err *e, const char *part)
{
	if (e->fact[0] || !strstr(e->hint, part))
		print_error("wanted a guess with \"%s\", got \"%s\" (%s)\n", part, e->fact,
			    e->hint);
	assert_string_equal(e->fact, "");
	assert_non_null(strstr(e->hint, part));
}

#define WHY(call, errno_, cause, field, part, ...)                                                 \
	do {                                                                                       \
		__auto_type sent_ = __VA_ARGS__;                                                   \
		is_cause(explain(call, &sent_, sizeof(sent_), errno_), cause, field, part);        \
	} while (0)
#define GUESS(call, errno_, part, ...)                                                             \
	do {                                                                                       \
		__auto_type sent_ = __VA_ARGS__;                                                   \
		is_guess(explain(call, &sent_, sizeof(sent_), errno_), part);                      \
	} while (0)

/* ---- any call ---- */

#define MAPARG(...)                                                                                \
	((struct iom_ioas_map){ .size = 40,                                                        \
				.flags = 7,                                                        \
				.ioas_id = 1,                                                      \
				.user_va = (uintptr_t)f.mem,                                       \
				.length = 0x1000,                                                  \
				.iova = 0x3000000,                                                 \
				__VA_ARGS__ })

#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif

static void test_dispatch(void **state)
{
	struct iom_tsm_op tsm = { .size = 16 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	WHY("IOMMU_IOAS_MAP", ENOTTY, "ioctl-unknown", NULL, "0x3b85", MAPARG());
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN", ENOTTY, "selftest-absent", NULL, "selftest driver",
	    (struct iom_test_cmd){ .size = 72 });
	WHY("IOMMU_VDEVICE_TSM_OP", ENOTTY, "ioctl-unmerged", NULL, "no released kernel", tsm);
	WHY("VFIO_DEVICE_ATTACH_IOMMUFD_PT", ENOTTY, "feature-absent", NULL, "0x3b77",
	    (struct iom_vfio_attach){ .argsz = 16 });
	WHY("VFIO_DEVICE_FEATURE_DMA_BUF", ENOTTY, "feature-absent", NULL, "feature 11",
	    (struct iom_vfio_feature){ .argsz = 24 });
	WHY("IOMMU_IOAS_MAP", EBADF, "fd-closed", NULL, "fd 1001 is not open", MAPARG());
	f.ctx.fd = null;
	WHY("IOMMU_IOAS_MAP", ENOTTY, "fd-not-iommufd", NULL, "is /dev/null, not an iommufd",
	    MAPARG());
	GUESS("IOMMU_IOAS_MAP", EBADF, "none of the causes", MAPARG());
	close(null);
}

static void test_size(void **state)
{
	struct {
		unsigned char bytes[64];
	} big = { { 64 } };
	struct iom_hwpt_alloc hwpt = { .size = 48, .fault_id = 7 };
	struct iom_vfio_attach pasid = { .argsz = 12, .flags = 1 };

	(void)state;
	WHY("IOMMU_IOAS_MAP", EINVAL, "size-too-small", "size", "size is 4, at least 40",
	    MAPARG(.size = 4));
	WHY("VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "size-too-small", "argsz", "12, at least 16",
	    pasid);
	WHY("VFIO_DEVICE_DETACH_IOMMUFD_PT", EINVAL, "size-too-small", "argsz", "8, at least 12",
	    (struct iom_vfio_detach){ .argsz = 8, .flags = 1 });
	/* Beyond what we know, and beyond what an older kernel knows. */
	big.bytes[50] = 1;
	WHY("IOMMU_IOAS_MAP", E2BIG, "tail-not-zero", "size", "byte 50 is not zero", big);
	WHY("IOMMU_HWPT_ALLOC", E2BIG, "tail-not-zero", "fault_id", "byte 40 (member fault_id)",
	    hwpt);
	hwpt.fault_id = 0;
	GUESS("IOMMU_HWPT_ALLOC", E2BIG, "none of the causes", hwpt);
	/* A tail that was not handed on: only its size is known. */
	WHY("IOMMU_IOAS_UNMAP", E2BIG, "tail-not-zero", "size",
	    "size is 4096, IOMMU_IOAS_UNMAP has 24", (struct iom_ioas_unmap){ .size = 4096 });
}

static void test_reserved_and_flags(void **state)
{
	struct iom_hw_info info = { .size = 40, .dev_id = 4, .reserved = { 0, 9 } };

	(void)state;
	WHY("IOMMU_IOAS_MAP", EOPNOTSUPP, "reserved-not-zero", "__reserved", "(offset 12) is 0x5",
	    MAPARG(.reserved = 5));
	WHY("IOMMU_GET_HW_INFO", EOPNOTSUPP, "reserved-not-zero", "__reserved", "is 0x9", info);
	WHY("IOMMU_IOAS_MAP", EOPNOTSUPP, "flag-unknown", "flags",
	    "unknown bit 0x8; known: ", MAPARG(.flags = 15));
	WHY("IOMMU_IOAS_MAP", EOPNOTSUPP, "flag-unknown", "flags",
	    "unknown bits 0x28; known: ", MAPARG(.flags = 0x2c));
	WHY("IOMMU_IOAS_ALLOC", EOPNOTSUPP, "flag-unknown", "flags", "known: none",
	    (struct iom_ioas_alloc){ .size = 12, .flags = 1 });
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", EINVAL, "flag-unknown", "dev_flags",
	    "no released kernel",
	    (struct iom_test_cmd){ .size = 72,
				   .op = IOM_TEST_OP_MOCK_DOMAIN_FLAGS,
				   .id = 1,
				   .mock_domain_flags.dev_flags = 8 });
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", EINVAL, "flag-unknown", "dev_flags", "0x10",
	    (struct iom_test_cmd){ .size = 72,
				   .op = IOM_TEST_OP_MOCK_DOMAIN_FLAGS,
				   .id = 1,
				   .mock_domain_flags.dev_flags = 16 });
	GUESS("IOMMU_IOAS_MAP", EOPNOTSUPP, "does not support", MAPARG());
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN", EOPNOTSUPP, "op-unknown", "op", "no operation 99",
	    (struct iom_test_cmd){ .size = 72, .op = 99 });
	GUESS("IOMMU_TEST_OP_MOCK_DOMAIN", EOPNOTSUPP, "does not support",
	      (struct iom_test_cmd){ .size = 72, .op = 2 });
}

static void test_ids(void **state)
{
	struct iom_hwpt_alloc hwpt = { .size = 48, .dev_id = 4, .pt_id = 1 };

	(void)state;
	WHY("IOMMU_IOAS_MAP", ENOENT, "no-object", "ioas_id", "there is no ioas 12 in this context",
	    MAPARG(.ioas_id = 12));
	WHY("IOMMU_IOAS_MAP", ENOENT, "no-object", "ioas_id", "no ioas 4294967295",
	    MAPARG(.ioas_id = ~0u));
	WHY("IOMMU_IOAS_MAP", ENOENT, "no-object", "ioas_id",
	    "id 3 is a hwpt-paging, an ioas is needed", MAPARG(.ioas_id = 3));
	WHY("IOMMU_IOAS_MAP", ENOENT, "no-object", "ioas_id", "ioas_id is 0", MAPARG(.ioas_id = 0));
	WHY("IOMMU_DESTROY", ENOENT, "no-object", "id", "no object 9",
	    (struct iom_destroy){ 8, 9 });
	/* An id of the right type that the kernel refuses is not explained away. */
	GUESS("IOMMU_IOAS_MAP", ENOENT, "none of the causes", MAPARG());
	/* fault_id counts only with its flag. */
	GUESS("IOMMU_HWPT_ALLOC", ENOENT, "none of the causes", hwpt);
	hwpt.flags = IOM_HWPT_FAULT_ID_VALID;
	WHY("IOMMU_HWPT_ALLOC", ENOENT, "no-object", "fault_id", "fault_id is 0", hwpt);
	hwpt.fault_id = 7;
	GUESS("IOMMU_HWPT_ALLOC", ENOENT, "none of the causes", hwpt);
	GUESS("IOMMU_VFIO_IOAS", ENOENT, "none of the causes",
	      (struct iom_vfio_ioas){ 12, 55, 0, 0 });
	WHY("IOMMU_VFIO_IOAS", ENOENT, "no-object", "ioas_id", "no ioas 55",
	    (struct iom_vfio_ioas){ 12, 55, IOM_VFIO_IOAS_SET, 0 });
	/* On an fd we were given there may be objects that we never saw. */
	f.ctx.inherited = true;
	GUESS("IOMMU_IOAS_MAP", ENOENT, "probably an id is not an object", MAPARG(.ioas_id = 12));
	WHY("IOMMU_IOAS_MAP", ENOENT, "no-object", "ioas_id", "hwpt-paging", MAPARG(.ioas_id = 3));
}

static void test_pointers(void **state)
{
	struct iom_ioas_iova_ranges r = {
		.size = 32, .ioas_id = 1, .num_iovas = 4, .allowed_iovas = 64
	};
	struct iom_ioas_allow_iovas a = {
		.size = 24, .ioas_id = 1, .num_iovas = 1, .allowed_iovas = (uintptr_t)usable
	};

	(void)state;
	WHY("IOMMU_IOAS_IOVA_RANGES", EFAULT, "bad-pointer", "allowed_iovas", "0x40 is not mapped",
	    r);
	r.num_iovas = 0;
	GUESS("IOMMU_IOAS_IOVA_RANGES", EFAULT, "none of the causes", r);
	/* Constants may be read, not written. */
	GUESS("IOMMU_IOAS_ALLOW_IOVAS", EFAULT, "none of the causes", a);
	r.num_iovas = 1;
	r.allowed_iovas = (uintptr_t)usable;
	WHY("IOMMU_IOAS_IOVA_RANGES", EFAULT, "bad-pointer", "allowed_iovas", "is r--", r);
	/* The count times the element, and an address at the very top. */
	a.num_iovas = ~0u;
	WHY("IOMMU_IOAS_ALLOW_IOVAS", EFAULT, "bad-pointer", "allowed_iovas", "68719476720 bytes",
	    a);
	a.allowed_iovas = UINT64_MAX - 7;
	WHY("IOMMU_IOAS_ALLOW_IOVAS", EFAULT, "bad-pointer", "allowed_iovas", "not mapped", a);
	r.num_iovas = 1;
	r.allowed_iovas = (uintptr_t)&r;
	WHY("IOMMU_IOAS_IOVA_RANGES", EMSGSIZE, "array-too-small", "num_iovas",
	    "2 ranges and room for 1", r);
	r.num_iovas = 2;
	GUESS("IOMMU_IOAS_IOVA_RANGES", EMSGSIZE, "none of the causes", r);
}

/* ---- maps ---- */

#define FILEARG(...)                                                                               \
	((struct iom_ioas_map_file){ .size = 40,                                                   \
				     .flags = 7,                                                   \
				     .ioas_id = 1,                                                 \
				     .fd = 0,                                                      \
				     .start = 0,                                                   \
				     .length = 0x1000,                                             \
				     .iova = 0x3000000,                                            \
				     __VA_ARGS__ })
#define COPYARG(...)                                                                               \
	((struct iom_ioas_copy){ .size = 40,                                                       \
				 .flags = 7,                                                       \
				 .dst_ioas_id = 2,                                                 \
				 .src_ioas_id = 1,                                                 \
				 .length = 0x1000,                                                 \
				 .dst_iova = 0x3000000,                                            \
				 .src_iova = 0x2000000,                                            \
				 __VA_ARGS__ })

static void test_map_numbers(void **state)
{
	(void)state;
	WHY("IOMMU_IOAS_MAP", EOVERFLOW, "iova-max", "iova", "one address",
	    MAPARG(.iova = UINT64_MAX));
	WHY("IOMMU_IOAS_MAP", EOVERFLOW, "length-max", "length", "more than",
	    MAPARG(.length = UINT64_MAX));
	WHY("IOMMU_IOAS_MAP", EOVERFLOW, "user-va-wraps", "user_va", "past the end",
	    MAPARG(.user_va = UINT64_MAX - 0xfff));
	WHY("IOMMU_IOAS_MAP", EOVERFLOW, "iova-wraps", "length", "past the end",
	    MAPARG(.iova = UINT64_MAX - 0xffe));
	GUESS("IOMMU_IOAS_MAP", EOVERFLOW, "none of the causes",
	      MAPARG(.iova = UINT64_MAX - 0xfff));
	WHY("IOMMU_IOAS_MAP", EOVERFLOW, "length-half", "length", "too long",
	    MAPARG(.flags = 6, .length = UINT64_MAX / 2, .user_va = 0));
	WHY("IOMMU_IOAS_MAP", EINVAL, "no-access", "flags", "neither", MAPARG(.flags = 1));
	WHY("IOMMU_IOAS_MAP", EINVAL, "length-zero", "length", "length is 0", MAPARG(.length = 0));
	WHY("IOMMU_IOAS_MAP", EINVAL, "length-huge", "length", "round",
	    MAPARG(.length = UINT64_MAX - 1, .user_va = 0));
	WHY("IOMMU_IOAS_MAP", EINVAL, "length-unaligned", "length", "multiple of 0x1000",
	    MAPARG(.length = 0x1001));
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-unaligned", "iova",
	    "0x3000800 is not a multiple of 0x1000", MAPARG(.iova = 0x3000800));
	WHY("IOMMU_IOAS_MAP", EINVAL, "user-va-unaligned", "user_va", "not a multiple",
	    MAPARG(.user_va = (uintptr_t)f.mem + 0x800));
	/* What the kernel chooses is not looked at. */
	WHY("IOMMU_IOAS_MAP", EINVAL, "user-va-unaligned", "user_va", "not a multiple",
	    MAPARG(.flags = 6, .iova = 0x123, .user_va = (uintptr_t)f.mem + 0x800));
	f.align = 1;
	GUESS("IOMMU_IOAS_MAP", EINVAL, "does not accept",
	      MAPARG(.length = 0x1001, .iova = 0x3000800));
	assert_true(f.asked > 0);
}

static void test_file_and_copy_numbers(void **state)
{
	(void)state;
	WHY("IOMMU_IOAS_MAP_FILE", EOVERFLOW, "iova-max", "iova", "one address",
	    FILEARG(.iova = UINT64_MAX));
	WHY("IOMMU_IOAS_MAP_FILE", EOVERFLOW, "length-max", "length", "",
	    FILEARG(.length = UINT64_MAX));
	WHY("IOMMU_IOAS_MAP_FILE", EOVERFLOW, "start-wraps", "length", "start 0xfff",
	    FILEARG(.start = ~0xfffULL + 1));
	WHY("IOMMU_IOAS_MAP_FILE", EOVERFLOW, "iova-wraps", "length", "iova 0x",
	    FILEARG(.iova = ~0xffeULL));
	WHY("IOMMU_IOAS_MAP_FILE", EOVERFLOW, "length-half", "length", "",
	    FILEARG(.flags = 6, .length = UINT64_MAX / 2));
	GUESS("IOMMU_IOAS_MAP_FILE", EOVERFLOW, "none of the causes", FILEARG());
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "no-access", "flags", "", FILEARG(.flags = 0));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "length-zero", "length", "", FILEARG(.length = 0));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "length-huge", "length", "",
	    FILEARG(.length = UINT64_MAX - 1));
	WHY("IOMMU_IOAS_COPY", EOVERFLOW, "iova-max", "src_iova", "",
	    COPYARG(.src_iova = UINT64_MAX));
	WHY("IOMMU_IOAS_COPY", EOVERFLOW, "iova-max", "dst_iova", "",
	    COPYARG(.dst_iova = UINT64_MAX));
	WHY("IOMMU_IOAS_COPY", EOVERFLOW, "length-max", "length", "",
	    COPYARG(.length = UINT64_MAX));
	WHY("IOMMU_IOAS_COPY", EOVERFLOW, "src-wraps", "length", "src_iova",
	    COPYARG(.src_iova = ~0xffeULL));
	WHY("IOMMU_IOAS_COPY", EOVERFLOW, "iova-wraps", "length", "dst_iova",
	    COPYARG(.dst_iova = ~0xffeULL));
	WHY("IOMMU_IOAS_COPY", EOVERFLOW, "length-half", "length", "",
	    COPYARG(.flags = 6, .src_iova = 0, .length = UINT64_MAX / 2));
	GUESS("IOMMU_IOAS_COPY", EOVERFLOW, "none of the causes", COPYARG());
	WHY("IOMMU_IOAS_COPY", EINVAL, "no-access", "flags", "", COPYARG(.flags = 1));
	WHY("IOMMU_IOAS_COPY", EINVAL, "length-zero", "length", "", COPYARG(.length = 0));
	WHY("IOMMU_IOAS_COPY", EINVAL, "length-unaligned", "length", "", COPYARG(.length = 0x800));
	WHY("IOMMU_IOAS_COPY", EINVAL, "iova-unaligned", "dst_iova", "",
	    COPYARG(.dst_iova = 0x3000800));
	WHY("IOMMU_IOAS_COPY", EINVAL, "user-va-unaligned", "src_iova", "",
	    COPYARG(.src_iova = 0x2000800));
}

static void test_holes(void **state)
{
	struct iom_mock_resv resv = { .ioas = 1, .start = 0x8000000, .last = 0x800ffff };

	(void)state;
	/* The mock device of the book explains what lies below its aperture. */
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-aperture", "iova",
	    "lies in 0x0-0xffffff, outside the aperture "
	    "of mock device 5; usable: 0x1000000-0x7ffffff, 0x8100000-0x3fffffff",
	    MAPARG(.iova = 0x1000));
	/* Nobody knows the hole in the middle. */
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-unusable", "iova", "lies in 0x8000000-0x80fffff, which",
	    MAPARG(.iova = 0x8000000));
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-unusable", "iova", "0x7fff000-0x8000fff reaches into",
	    MAPARG(.iova = 0x7fff000, .length = 0x2000));
	/* The book knows a reserved range of the mock driver ... */
	f.ctx.resv = &resv;
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-reserved", "iova",
	    "iova 0x8000000 lies in reserved region 0x8000000-0x800ffff (mock)",
	    MAPARG(.iova = 0x8000000));
	f.ctx.resv = NULL;
	/* ... the host its own ... */
	f.root = ALL_CAPS;
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "iova-reserved", "iova",
	    "0x8000000-0x80fffff (msi) of group 0", FILEARG(.iova = 0x7f00000, .length = 0x200000));
	/* ... but another machine than this one tells nothing about an emulated one ... */
	f.be.name = "emu";
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-unusable", "iova", "usable", MAPARG(.iova = 0x8000000));
	/* ... which says so itself. */
	f.be.regions = fake_regions;
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-reserved", "iova",
	    "0x8000000-0x80fffff (sw-msi) of vfio0", MAPARG(.iova = 0x8000000));
	WHY("IOMMU_IOAS_COPY", EINVAL, "iova-aperture", "dst_iova", "of vfio0",
	    COPYARG(.dst_iova = 0));
	WHY("IOMMU_IOAS_COPY", EINVAL, "iova-reserved", "dst_iova", "sw-msi",
	    COPYARG(.dst_iova = 0x80ff000));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "iova-aperture", "iova", "of vfio0",
	    FILEARG(.iova = 0xfff000));
	f.be.regions = NULL;
	f.objects[5] = NULL;
	WHY("IOMMU_IOAS_COPY", EINVAL, "iova-unusable", "dst_iova", "0x40000000-0xffffffffffffffff",
	    COPYARG(.dst_iova = 0x50000000));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "iova-unusable", "iova", "0x40000000-",
	    FILEARG(.iova = 0x3ffff000, .length = 0x2000));
	/* All usable, or not asked for: no hole. */
	GUESS("IOMMU_IOAS_MAP", EINVAL, "does not accept", MAPARG());
	GUESS("IOMMU_IOAS_MAP", EINVAL, "does not accept", MAPARG(.flags = 6, .iova = 0));
	GUESS("IOMMU_IOAS_COPY", EINVAL, "does not accept", COPYARG());
}

static void test_blind(void **state)
{
	unsigned int before;

	(void)state;
	/* Neither a rehearsal nor a closed context is asked anything. */
	before = f.asked;
	f.ctx.dry_run = true;
	GUESS("IOMMU_IOAS_MAP", EINVAL, "it can be that the length is not a multiple",
	      MAPARG(.iova = 0));
	f.ctx.dry_run = false;
	f.ctx.fd = -1;
	GUESS("IOMMU_IOAS_MAP", EINVAL, "; or that the iova is", MAPARG(.iova = 0));
	assert_int_equal(f.asked, before);
	assert_int_equal(f.ctx.fd, -1);
}

static void test_mapped(void **state)
{
	(void)state;
	WHY("IOMMU_IOAS_MAP", EEXIST, "iova-mapped", "iova",
	    "0x2010000-0x2010fff overlaps the mapping 0x2010000-0x2010fff (made by line 4)",
	    MAPARG(.iova = 0x2010000));
	WHY("IOMMU_IOAS_MAP_FILE", EEXIST, "iova-mapped", "iova", "0x2020000-0x2020fff",
	    FILEARG(.iova = 0x201f000, .length = 0x2000));
	WHY("IOMMU_IOAS_COPY", EEXIST, "iova-mapped", "dst_iova", "overlaps",
	    COPYARG(.dst_ioas_id = 1, .dst_iova = 0x2000000));
	/* Somebody else's mapping: the error itself leaves one cause only. */
	GUESS("IOMMU_IOAS_MAP", EEXIST, "probably something is mapped", MAPARG());
	assert_string_equal(last_err.cause, "iova-mapped");
	GUESS("IOMMU_IOAS_MAP_FILE", EEXIST, "probably", FILEARG());
	GUESS("IOMMU_IOAS_COPY", EEXIST, "probably", COPYARG());
}

static void test_no_room(void **state)
{
	(void)state;
	WHY("IOMMU_IOAS_MAP", ENOSPC, "no-room", "length",
	    "1073741824 bytes are asked for, the largest free gap has 938475520 (from 0x8100000)",
	    MAPARG(.flags = 6, .length = 0x40000000));
	WHY("IOMMU_IOAS_MAP_FILE", ENOSPC, "no-room", "length", "largest free gap",
	    FILEARG(.flags = 6, .length = 0x40000000));
	GUESS("IOMMU_IOAS_MAP", ENOSPC, "probably no free gap", MAPARG(.flags = 6));
	GUESS("IOMMU_IOAS_MAP_FILE", ENOSPC, "probably", FILEARG(.flags = 6));
	/* An allowed list narrows it: 1 MiB that is full but for its last page. */
	f.allowed[0] = (struct iom_allow){ 0x2000000, 0x2010fff };
	f.store[1].allowed = f.allowed;
	f.store[1].n_allowed = 1;
	WHY("IOMMU_IOAS_MAP", ENOSPC, "no-room", "length",
	    "no iova of ioas 1 is free in its allowed", MAPARG(.flags = 6));
	f.allowed[0].last = 0x2011fff;
	WHY("IOMMU_IOAS_MAP", ENOSPC, "no-room", "length",
	    "in the allowed ranges has 4096 (from 0x2011000)",
	    MAPARG(.flags = 6, .length = 0x2000));
	/* Large enough, but not at a multiple of what the memory is aligned to. */
	f.allowed[0] = (struct iom_allow){ 0x2011000, 0x2013fff };
	WHY("IOMMU_IOAS_MAP", ENOSPC, "no-room", "length", "from a multiple of 0x4000",
	    MAPARG(.flags = 6, .length = 0x3000, .user_va = 0x70004000));
	f.store[2].allowed = f.allowed;
	f.store[2].n_allowed = 1;
	WHY("IOMMU_IOAS_COPY", ENOSPC, "no-room", "length", "12288",
	    COPYARG(.flags = 6, .length = 0x10000));
	f.ctx.inherited = true;
	GUESS("IOMMU_IOAS_COPY", ENOSPC, "probably", COPYARG(.flags = 6, .length = 0x10000));
}

static void test_copy_source(void **state)
{
	(void)state;
	WHY("IOMMU_IOAS_COPY", ENOENT, "no-object", "src_ioas_id", "no ioas 12",
	    COPYARG(.src_ioas_id = 12));
	WHY("IOMMU_IOAS_COPY", ENOENT, "no-object", "src_ioas_id", "id 4 is a device",
	    COPYARG(.src_ioas_id = 4, .dst_ioas_id = 13));
	/* The source is looked at before the destination. */
	WHY("IOMMU_IOAS_COPY", ENOENT, "src-not-mapped", "src_iova",
	    "nothing is mapped at 0x2011000-0x201ffff of the source ioas 1",
	    COPYARG(.length = 0x30000, .dst_ioas_id = 13));
	WHY("IOMMU_IOAS_COPY", ENOENT, "no-object", "dst_ioas_id", "no ioas 13",
	    COPYARG(.length = 0x11000, .dst_ioas_id = 13));
	WHY("IOMMU_IOAS_COPY", EPERM, "src-not-writeable", "flags",
	    "0x2010000-0x2010fff (made by line 4)", COPYARG(.length = 0x11000));
	GUESS("IOMMU_IOAS_COPY", EPERM, "probably the copy", COPYARG());
	GUESS("IOMMU_IOAS_COPY", EFAULT, "probably the memory cannot be pinned", COPYARG());
	f.ctx.inherited = true;
	GUESS("IOMMU_IOAS_COPY", ENOENT, "some of the source range", COPYARG(.length = 0x30000));
}

static void test_unmap(void **state)
{
	struct iom_ioas_unmap u = { .size = 24, .ioas_id = 1, .iova = 0x2000000, .length = 0x1000 };

	(void)state;
	WHY("IOMMU_IOAS_UNMAP", ENOENT, "unmap-splits", "length",
	    "0x2000000-0x2000fff would split the mapping 0x2000000-0x200ffff (made by line 3)", u);
	u.length = 0x10800;
	WHY("IOMMU_IOAS_UNMAP", ENOENT, "unmap-splits", "length",
	    "the whole mappings below it are gone", u);
	u.iova = 0x2008000;
	WHY("IOMMU_IOAS_UNMAP", ENOENT, "unmap-splits", "iova", "would split", u);
	u.iova = 0x5000000;
	WHY("IOMMU_IOAS_UNMAP", ENOENT, "nothing-mapped", "iova", "0x5000000-0x50107ff of ioas 1",
	    u);
	f.ctx.inherited = true;
	GUESS("IOMMU_IOAS_UNMAP", ENOENT, "probably nothing is mapped", u);
	f.ctx.inherited = false;
	u.length = UINT64_MAX;
	WHY("IOMMU_IOAS_UNMAP", EOVERFLOW, "length-max", "length", "", u);
	u.iova = UINT64_MAX;
	WHY("IOMMU_IOAS_UNMAP", EOVERFLOW, "iova-max", "iova", "", u);
	u.iova--;
	u.length = 3;
	WHY("IOMMU_IOAS_UNMAP", EOVERFLOW, "iova-wraps", "length", "", u);
	u.length = 2;
	GUESS("IOMMU_IOAS_UNMAP", EOVERFLOW, "none of the causes", u);
	GUESS("IOMMU_IOAS_UNMAP", EINVAL, "does not accept", u);
	u.length = 0;
	WHY("IOMMU_IOAS_UNMAP", EINVAL, "length-zero", "length", "", u);
	GUESS("IOMMU_IOAS_UNMAP", EBUSY, "another thread", u);
	*put(9, IOM_OBJ_HW_QUEUE) =
		(struct iom_object){ .id = 9, .type = IOM_OBJ_HW_QUEUE, .parents = { 8 } };
	WHY("IOMMU_IOAS_UNMAP", EBUSY, "area-pinned", "iova", "hw-queue 9", u);
	GUESS("IOMMU_IOAS_UNMAP", EDEADLK, "in-kernel user", u);
}

/* ---- memory behind a map ---- */

static void test_user_memory(void **state)
{
	char path[] = "/var/tmp/iommuctl-diag-XXXXXX", tmp[] = "/dev/shm/iommuctl-diag-XXXXXX";
	unsigned char *p =
		mmap(NULL, 0x4000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int disk = mkstemp(path), shm = mkstemp(tmp);
	unsigned char *file;

	(void)state;
	assert_true(p != MAP_FAILED && disk >= 0);
	GUESS("IOMMU_IOAS_MAP", EFAULT, "probably the memory cannot be pinned",
	      MAPARG(.user_va = (uintptr_t)p));
	assert_int_equal(mprotect(p + 0x1000, 0x1000, PROT_READ), 0);
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-no-right", "user_va", "rights r--p",
	    MAPARG(.user_va = (uintptr_t)p, .length = 0x4000));
	GUESS("IOMMU_IOAS_MAP", EFAULT, "probably",
	      MAPARG(.flags = 5, .user_va = (uintptr_t)p, .length = 0x4000));
	assert_int_equal(mprotect(p + 0x1000, 0x1000, PROT_NONE), 0);
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-no-right", "user_va", "readable",
	    MAPARG(.flags = 5, .user_va = (uintptr_t)p, .length = 0x4000));
	munmap(p + 0x1000, 0x1000);
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-unmapped", "user_va", "no memory is mapped at 0x",
	    MAPARG(.user_va = (uintptr_t)p, .length = 0x4000));
	munmap(p, 0x4000);
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-unmapped", "user_va", "0x10 of this process",
	    MAPARG(.user_va = 0x10));
	/* A page of a file, and one behind its end. */
	assert_int_equal(ftruncate(disk, 100), 0);
	file = mmap(NULL, 0x2000, PROT_READ | PROT_WRITE, MAP_SHARED, disk, 0);
	assert_true(file != MAP_FAILED);
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-past-file", "length", "100 bytes",
	    MAPARG(.user_va = (uintptr_t)file, .length = 0x2000));
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-shared-file", "user_va", "iommuctl-diag-",
	    MAPARG(.user_va = (uintptr_t)file));
	GUESS("IOMMU_IOAS_MAP", EFAULT, "probably", MAPARG(.flags = 5, .user_va = (uintptr_t)file));
	munmap(file, 0x2000);
	/* Memory without pages: the kernel's own data page of every process. */
	if (shm >= 0) {
		assert_int_equal(ftruncate(shm, 0x1000), 0);
		file = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_SHARED, shm, 0);
		assert_true(file != MAP_FAILED);
		GUESS("IOMMU_IOAS_MAP", EFAULT, "probably", MAPARG(.user_va = (uintptr_t)file));
		munmap(file, 0x1000);
		unlink(tmp);
		close(shm);
	}
	unlink(path);
	close(disk);
}

/* [vvar] is mapped by page frame numbers, as a BAR is. */
static void test_device_memory(void **state)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long long at = 0;
	char line[256];

	(void)state;
	assert_non_null(maps);
	while (!at && fgets(line, sizeof(line), maps))
		if (strstr(line, "[vvar]"))
			at = strtoull(line, NULL, 16);
	fclose(maps);
	if (!at)
		skip();
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-device", "user_va", "is device memory ([vvar])",
	    MAPARG(.flags = 5, .user_va = at));
}

static void test_files(void **state)
{
	char path[] = "/var/tmp/iommuctl-diag-XXXXXX";
	int disk = mkstemp(path), mem = memfd_create("diag", MFD_CLOEXEC);

	(void)state;
	assert_true(disk >= 0 && mem >= 0);
	assert_int_equal(ftruncate(disk, 0x10000), 0);
	assert_int_equal(ftruncate(mem, 0x10000), 0);
	f.ctx.fd = mem; /* an open file, so that the context's own fd is not the culprit */
	WHY("IOMMU_IOAS_MAP_FILE", EBADF, "fd-not-open", "fd", "fd 987", FILEARG(.fd = CLOSED_FD));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "past-file", "length", "65536 bytes",
	    FILEARG(.fd = mem, .start = 0xf000, .length = 0x2000));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "file-wrong-kind", "fd", "iommuctl-diag-",
	    FILEARG(.fd = disk));
	GUESS("IOMMU_IOAS_MAP_FILE", EINVAL, "does not accept", FILEARG(.fd = mem));
	/* Open after all: the error must have come from elsewhere. */
	GUESS("IOMMU_IOAS_MAP_FILE", EBADF, "none of the causes", FILEARG(.fd = mem));
	GUESS("IOMMU_IOAS_MAP_FILE", EOPNOTSUPP, "does not support", FILEARG(.fd = mem));
	GUESS("IOMMU_IOAS_MAP_FILE", EFAULT, "cannot be pinned", FILEARG(.fd = mem));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "length-unaligned", "length", "",
	    FILEARG(.fd = mem, .length = 0x800));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "iova-unaligned", "iova", "",
	    FILEARG(.fd = mem, .iova = 0x3000800));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "user-va-unaligned", "start", "",
	    FILEARG(.fd = mem, .start = 0x800));
	unlink(path);
	close(disk);
	close(mem);
}

static void test_memlock(void **state)
{
	struct rlimit old, low;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &old), 0);
	low = old;
	low.rlim_cur = 0x8000;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &low), 0);
	GUESS("IOMMU_IOAS_MAP", ENOMEM, "probably RLIMIT_MEMLOCK", MAPARG(.length = 0x10000));
	f.root = ALL_CAPS;
	GUESS("IOMMU_IOAS_MAP", ENOMEM, "ran out of memory", MAPARG(.length = 0x10000));
	f.root = NO_CAPS;
	WHY("IOMMU_IOAS_MAP", ENOMEM, "memlock", "length",
	    "RLIMIT_MEMLOCK is 32768 bytes, 65536 are to be mapped, and the process has no "
	    "CAP_IPC_LOCK",
	    MAPARG(.length = 0x10000));
	WHY("IOMMU_IOAS_MAP_FILE", ENOMEM, "memlock", "length", "65536",
	    FILEARG(.length = 0x10000));
	WHY("IOMMU_IOAS_MAP", ENOMEM, "memlock", "length",
	    "73728 are mapped already and 4096 are to be added", MAPARG());
	WHY("IOMMU_IOAS_COPY", ENOMEM, "memlock", NULL, "73728 are mapped", COPYARG());
	WHY("IOMMU_IOAS_CHANGE_PROCESS", ENOMEM, "memlock", NULL, "73728",
	    (struct iom_ioas_change_process){ 8, 0 });
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN", ENOMEM, "memlock", NULL, "",
	    (struct iom_test_cmd){ .size = 72, .op = 2, .id = 1 });
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", ENOMEM, "memlock", NULL, "",
	    (struct iom_test_cmd){ .size = 72, .op = 12, .id = 1 });
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", ENOMEM, "memlock", NULL, "",
	    (struct iom_test_cmd){ .size = 72, .op = 10, .id = 5 });
	WHY("IOMMU_TEST_OP_ACCESS_PAGES", ENOMEM, "memlock", NULL, "",
	    (struct iom_test_cmd){ .size = 72, .op = 7, .id = 101 });
	WHY("VFIO_DEVICE_ATTACH_IOMMUFD_PT", ENOMEM, "memlock", NULL, "",
	    (struct iom_vfio_attach){ .argsz = 16 });
	low.rlim_cur = 0x40000;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &low), 0);
	/* Below the limit as far as can be seen: other processes of the user count as well. */
	GUESS("IOMMU_IOAS_MAP", ENOMEM, "in other processes too", MAPARG());
	GUESS("IOMMU_IOAS_MAP_FILE", ENOMEM, "probably", FILEARG());
	GUESS("IOMMU_IOAS_COPY", ENOMEM, "probably", COPYARG());
	GUESS("IOMMU_IOAS_CHANGE_PROCESS", ENOMEM, "probably",
	      (struct iom_ioas_change_process){ 8, 0 });
	GUESS("IOMMU_TEST_OP_MOCK_DOMAIN", ENOMEM, "probably",
	      (struct iom_test_cmd){ .size = 72, .op = 2 });
	GUESS("IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", ENOMEM, "probably",
	      (struct iom_test_cmd){ .size = 72, .op = 12 });
	GUESS("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", ENOMEM, "probably",
	      (struct iom_test_cmd){ .size = 72, .op = 10 });
	GUESS("IOMMU_TEST_OP_ACCESS_PAGES", ENOMEM, "probably",
	      (struct iom_test_cmd){ .size = 72, .op = 7 });
	GUESS("VFIO_DEVICE_ATTACH_IOMMUFD_PT", ENOMEM, "probably",
	      (struct iom_vfio_attach){ .argsz = 16 });
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &old), 0);
	GUESS("IOMMU_IOAS_ALLOC", ENOMEM, "ran out of memory",
	      (struct iom_ioas_alloc){ .size = 12 });
}

static void test_allow(void **state)
{
	struct iom_iova_range r[2] = { { 0x3000000, 0x3ffffff }, { 0x3800000, 0x4800000 } };
	struct iom_ioas_allow_iovas a = {
		.size = 24, .ioas_id = 1, .num_iovas = 2, .allowed_iovas = (uintptr_t)r
	};

	(void)state;
	WHY("IOMMU_IOAS_ALLOW_IOVAS", EINVAL, "ranges-overlap", "allowed_iovas",
	    "ranges 0 and 1 overlap: 0x3000000-0x3ffffff and 0x3800000-0x4800000", a);
	r[1].start = r[1].last = 0x5000000;
	WHY("IOMMU_IOAS_ALLOW_IOVAS", EINVAL, "range-backwards", "allowed_iovas",
	    "range 1, 0x5000000-0x5000000", a);
	r[1] = (struct iom_iova_range){ 0x7000000, 0x80fffff };
	GUESS("IOMMU_IOAS_ALLOW_IOVAS", EINVAL, "does not accept", a);
	WHY("IOMMU_IOAS_ALLOW_IOVAS", EADDRINUSE, "range-reserved", "allowed_iovas",
	    "range 0x7000000-0x80fffff meets what this ioas cannot map, 0x8000000-0x80fffff", a);
	f.be.regions = fake_regions;
	WHY("IOMMU_IOAS_ALLOW_IOVAS", EADDRINUSE, "range-reserved", "allowed_iovas", "(sw-msi)", a);
	a.num_iovas = 1;
	GUESS("IOMMU_IOAS_ALLOW_IOVAS", EADDRINUSE, "none of the causes", a);
	a.allowed_iovas = 0x40;
	GUESS("IOMMU_IOAS_ALLOW_IOVAS", EADDRINUSE, "probably a range meets", a);
}

/* ---- options, objects ---- */

#define OPT(id_, op_, object_, value_)                                                             \
	((struct iom_option){                                                                      \
		.size = 24, .option_id = id_, .op = op_, .object_id = object_, .val64 = value_ })

static void test_options(void **state)
{
	(void)state;
	WHY("IOMMU_OPTION", EOPNOTSUPP, "option-unknown", "option_id", "no option 77",
	    OPT(77, 0, 0, 0));
	WHY("IOMMU_OPTION", EOPNOTSUPP, "option-unknown", "option_id", "option 2 (",
	    OPT(2, 0, 6, 0));
	WHY("IOMMU_OPTION", EOPNOTSUPP, "option-object", "object_id", "object_id is 6",
	    OPT(0, 0, 6, 0));
	WHY("IOMMU_OPTION", EOPNOTSUPP, "option-op", "op", "op is 2", OPT(0, 2, 0, 0));
	GUESS("IOMMU_OPTION", EOPNOTSUPP, "does not support", OPT(1, 0, 1, 0));
	WHY("IOMMU_OPTION", ENOENT, "no-object", "object_id", "no ioas 12", OPT(1, 0, 12, 0));
	WHY("IOMMU_OPTION", ENOENT, "no-object", "object_id", "id 1 is an ioas", OPT(2, 0, 1, 0));
	WHY("IOMMU_OPTION", ENOENT, "no-object", "object_id", "object_id is 0", OPT(3, 0, 0, 2));
	GUESS("IOMMU_OPTION", ENOENT, "none of the causes", OPT(2, 0, 6, 0));
	GUESS("IOMMU_OPTION", EPERM, "probably setting rlimit-mode", OPT(0, 0, 0, 1));
	f.root = ALL_CAPS;
	GUESS("IOMMU_OPTION", EPERM, "lacks a capability", OPT(0, 0, 0, 1));
	f.root = NO_CAPS;
	WHY("IOMMU_OPTION", EPERM, "no-sys-resource", "op", "CAP_SYS_RESOURCE", OPT(0, 0, 0, 1));
	WHY("IOMMU_OPTION", EBUSY, "rlimit-late", "op", "has ioas 1 and 7 more objects",
	    OPT(0, 0, 0, 1));
	for (size_t i = 2; i < IOM_ARRAY_SIZE(f.objects); i++)
		f.objects[i] = NULL;
	WHY("IOMMU_OPTION", EBUSY, "rlimit-late", "op", "has ioas 1 already", OPT(0, 0, 0, 1));
	f.objects[1] = NULL;
	GUESS("IOMMU_OPTION", EBUSY, "probably rlimit-mode", OPT(0, 0, 0, 1));
	WHY("IOMMU_OPTION", EINVAL, "option-value", "val64", "the value is 2", OPT(0, 0, 0, 2));
}

static void test_huge_pages(void **state)
{
	(void)state;
	WHY("IOMMU_OPTION", EINVAL, "option-value", "val64", "the value is 9", OPT(1, 0, 1, 9));
	WHY("IOMMU_OPTION", EINVAL, "huge-mapped", "val64",
	    "is on ioas 1, which holds the mapping 0x2000000", OPT(1, 0, 1, 0));
	GUESS("IOMMU_OPTION", EINVAL, "does not accept", OPT(1, 0, 2, 0));
	GUESS("IOMMU_OPTION", EADDRINUSE, "none of the causes", OPT(1, 0, 1, 0));
	map(3, 2, 0x2000800, 0x2000fff, (uintptr_t)f.mem + 0x800, 3, 0);
	WHY("IOMMU_OPTION", EADDRINUSE, "huge-unaligned", "val64",
	    "0x2000800-0x2000fff of ioas 2 is not aligned", OPT(1, 0, 2, 0));
}

static void test_sw_msi(void **state)
{
	(void)state;
	f.sw_msi_start = UINT64_MAX;
	WHY("IOMMU_OPTION", EBUSY, "device-attached", "object_id", "device 4 is attached to hwpt 3",
	    OPT(2, 0, 4, 0));
	GUESS("IOMMU_OPTION", EBUSY, "uses the object", OPT(2, 0, 6, 0));
	WHY("IOMMU_OPTION", EINVAL, "sw-msi-unaligned", "val64", "0x7fff0000 is not",
	    OPT(2, 0, 6, 0x7fff0000));
	GUESS("IOMMU_OPTION", EINVAL, "does not accept", OPT(2, 0, 6, 0x7ff00000));
	WHY("IOMMU_OPTION", EINVAL, "sw-msi-huge", "val64", "17592186044416 MiB",
	    OPT(3, 0, 6, 1ULL << 44));
	WHY("IOMMU_OPTION", EINVAL, "sw-msi-no-start", "val64",
	    "sw-msi-start of device 6 was never set", OPT(3, 0, 6, 2));
	f.sw_msi_start = 0xfffffffffff00000;
	GUESS("IOMMU_OPTION", EINVAL, "does not accept", OPT(3, 0, 6, 2));
	WHY("IOMMU_OPTION", EOVERFLOW, "sw-msi-wraps", "val64",
	    "window of 2 MiB from 0xfffffffffff00000", OPT(3, 0, 6, 2));
	GUESS("IOMMU_OPTION", EOVERFLOW, "none of the causes", OPT(2, 0, 6, 0xfffffffffff00000));
	f.sw_msi_mib = 2;
	WHY("IOMMU_OPTION", EOVERFLOW, "sw-msi-wraps", "val64", "2 MiB",
	    OPT(2, 0, 6, 0xfffffffffff00000));
	/* Which region: nobody knows, the host knows, the backend knows. */
	f.sw_msi_mib = 0;
	WHY("IOMMU_OPTION", EADDRINUSE, "sw-msi-reserved", "val64",
	    "0x80000000-0x800fffff meets a reserved region "
	    "of device 6",
	    OPT(2, 0, 6, 0x80000000));
	f.root = NO_CAPS;
	WHY("IOMMU_OPTION", EADDRINUSE, "sw-msi-reserved", "val64", "0xfee00000-0xfeefffff (msi)",
	    OPT(2, 0, 6, 0xfee00000));
	f.be.regions = fake_regions;
	f.sw_msi_start = 0x7ff00000;
	WHY("IOMMU_OPTION", EADDRINUSE, "sw-msi-reserved", "val64",
	    "window 0x7ff00000-0x800fffff meets reserved region 0x80000000-0x8fffffff "
	    "(reserved)",
	    OPT(3, 0, 6, 2));
	/* Not about a window at all. */
	GUESS("IOMMU_OPTION", EADDRINUSE, "none of the causes", OPT(1, 0, 2, 0));
}

static void test_destroy(void **state)
{
	(void)state;
	WHY("IOMMU_DESTROY", EBUSY, "object-held", "id",
	    "ioas 1 is in use: mock device 5 is attached to it through hwpt 3, "
	    "IOMMU_TEST_OP_CREATE_ACCESS fd 101 is open",
	    (struct iom_destroy){ 8, 1 });
	WHY("IOMMU_DESTROY", EBUSY, "object-held", "id", "mock device 5 is attached to it",
	    (struct iom_destroy){ 8, 3 });
	assert_non_null(strstr(last_err.hint, "made hwpt 3 by itself"));
	WHY("IOMMU_DESTROY", EBUSY, "object-held", "id", "part of mock device 5",
	    (struct iom_destroy){ 8, 4 });
	WHY("IOMMU_DESTROY", EBUSY, "object-held", "id", "/dev/vfio/devices/vfio0 fd 100 is open",
	    (struct iom_destroy){ 8, 6 });
	GUESS("IOMMU_DESTROY", EBUSY, "probably something uses", (struct iom_destroy){ 8, 2 });
	for (uint32_t id = 9; id < 15; id++)
		put(id, IOM_OBJ_HWPT_PAGING)->parents[0] = 2;
	WHY("IOMMU_DESTROY", EBUSY, "object-held", "id", "hwpt-paging 12 uses it and 2 more",
	    (struct iom_destroy){ 8, 2 });
}

static void test_process_and_pa(void **state)
{
	struct iom_ioas_change_process c = { 8, 0 };
	struct iom_ioas_noiommu_get_pa pa = {
		.size = 40, .ioas_id = 1, .iova = 0x2011000, .length = 1
	};

	(void)state;
	WHY("IOMMU_IOAS_CHANGE_PROCESS", EINVAL, "area-not-file", NULL,
	    "0x2000000-0x200ffff (made by line 3) of ioas 1", c);
	GUESS("IOMMU_IOAS_CHANGE_PROCESS", EBUSY, "another thread", c);
	WHY("IOMMU_IOAS_NOIOMMU_GET_PA", ENOENT, "nothing-mapped", "iova", "0x2011000", pa);
	GUESS("IOMMU_IOAS_NOIOMMU_GET_PA", EPERM, "CAP_SYS_RAWIO", pa);
	f.root = NO_CAPS;
	WHY("IOMMU_IOAS_NOIOMMU_GET_PA", EPERM, "no-rawio", NULL, "CAP_SYS_RAWIO", pa);
	GUESS("IOMMU_IOAS_NOIOMMU_GET_PA", EOPNOTSUPP, "without an IOMMU", pa);
	GUESS("IOMMU_IOAS_NOIOMMU_GET_PA", EINVAL, "revoked", pa);
	GUESS("IOMMU_IOAS_NOIOMMU_GET_PA", EOVERFLOW, "none of the causes", pa);
	pa.iova = 0x2010fff;
	GUESS("IOMMU_IOAS_NOIOMMU_GET_PA", ENOENT, "none of the causes", pa);
	pa.length = 0;
	WHY("IOMMU_IOAS_NOIOMMU_GET_PA", EINVAL, "length-zero", "length", "", pa);
	pa.iova = UINT64_MAX;
	WHY("IOMMU_IOAS_NOIOMMU_GET_PA", EOVERFLOW, "iova-max", "iova", "", pa);
	for (int i = 0; i < 3; i++)
		f.areas[i].file = true;
	GUESS("IOMMU_IOAS_CHANGE_PROCESS", EINVAL, "does not accept", c);
	GUESS("IOMMU_VFIO_IOAS", ENODEV, "compatibility ioas",
	      (struct iom_vfio_ioas){ .size = 12 });
}

/* ---- mock driver ---- */

#define TEST(op_, id_, ...) ((struct iom_test_cmd){ .size = 72, .op = op_, .id = id_, __VA_ARGS__ })

static void attach_cases(const char *call, uint32_t op, bool replace)
{
#define ATTACH(pt) (replace ? TEST(op, 5, .mock_domain_replace.pt_id = pt) : TEST(op, pt))
	struct iom_test_cmd c = ATTACH(7);
	unsigned char *gone =
		mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	setup(NULL);
	WHY(call, EINVAL, "pt-wrong-kind", replace ? "pt_id" : "id", "id 7 is a fault", c);
	c = ATTACH(2);
	GUESS(call, EADDRINUSE, "none of the causes", c);
	GUESS(call, EFAULT, "none of the causes", c);
	GUESS(call, EINVAL, "does not accept", c);
	map(3, 2, 0x2000400, 0x20007ff, (uintptr_t)f.mem + 0x400, 3, 0);
	WHY(call, EADDRINUSE, "mapping-unaligned", NULL, "not aligned to 0x800", c);
	iom_itree_remove(&f.store[2].areas, &f.areas[3].node);
	map(3, 2, 0x1000, 0x1fff, (uintptr_t)f.mem, 3, 0);
	WHY(call, EADDRINUSE, "mapping-in-the-way", NULL,
	    "0x1000-0x1fff of ioas 2 meets 0x0-0xffffff, which the device cannot use (outside "
	    "its aperture)",
	    c);
	iom_itree_remove(&f.store[2].areas, &f.areas[3].node);
	f.allowed[0] = (struct iom_allow){ 0x7ff00000, 0x80ffffff };
	f.store[2].allowed = f.allowed;
	f.store[2].n_allowed = 1;
	WHY(call, EADDRINUSE, "allowed-in-the-way", NULL,
	    "0x7ff00000-0x80ffffff of ioas 2 meets 0x80000000-", c);
	map(3, 2, 0x2000000, 0x2000fff, (uintptr_t)gone, 3, 0);
	munmap(gone, 0x1000);
	WHY(call, EFAULT, "memory-gone", NULL, "not mapped any more", c);
#undef ATTACH
}

static void test_mock_attach(void **state)
{
	(void)state;
	attach_cases("IOMMU_TEST_OP_MOCK_DOMAIN", IOM_TEST_OP_MOCK_DOMAIN, false);
	attach_cases("IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", IOM_TEST_OP_MOCK_DOMAIN_FLAGS, false);
	attach_cases("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", IOM_TEST_OP_MOCK_DOMAIN_REPLACE, true);
	setup(NULL);
	f.store[5].hwpt = 0;
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", EINVAL, "not-attached", "id", "selftest 5",
	    TEST(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, 5, .mock_domain_replace.pt_id = 1));
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", ENOENT, "no-object", "id", "id 4 is a device",
	    TEST(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, 4, .mock_domain_replace.pt_id = 1));
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN", ENOENT, "no-object", "id", "no object 12", TEST(2, 12));
}

static void test_mock_reserved(void **state)
{
	const char *call = "IOMMU_TEST_OP_ADD_RESERVED";

	(void)state;
	WHY(call, EINVAL, "length-zero", "length", "", TEST(1, 1, .add_reserved = { 0x1000, 0 }));
	GUESS(call, EINVAL, "does not accept", TEST(1, 1, .add_reserved = { 0x1000, 1 }));
	WHY(call, EOVERFLOW, "start-wraps", "length", "",
	    TEST(1, 1, .add_reserved = { UINT64_MAX, 2 }));
	GUESS(call, EOVERFLOW, "none", TEST(1, 1, .add_reserved = { UINT64_MAX, 1 }));
	WHY(call, EADDRINUSE, "range-mapped", "start", "overlaps the mapping 0x2020000",
	    TEST(1, 1, .add_reserved = { 0x2015000, 0x10000 }));
	f.allowed[0] = (struct iom_allow){ 0x5000000, 0x5ffffff };
	f.store[1].allowed = f.allowed;
	f.store[1].n_allowed = 1;
	WHY(call, EADDRINUSE, "range-allowed", "start", "0x5000000-0x5ffffff",
	    TEST(1, 1, .add_reserved = { 0x5fff000, 0x10000 }));
	GUESS(call, EADDRINUSE, "none", TEST(1, 1, .add_reserved = { 0x6000000, 0x10000 }));
	WHY(call, ENOENT, "no-object", "id", "no ioas 13", TEST(1, 13));
}

static void test_mock_check(void **state)
{
	const char *call = "IOMMU_TEST_OP_MD_CHECK_MAP";
	uint64_t va = (uintptr_t)f.mem;

	(void)state;
	WHY(call, EINVAL, "check-unaligned", "iova", "2048",
	    TEST(3, 3, .check_map = { 0x2000001, 0x800, va }));
	WHY(call, EINVAL, "uptr-wraps", "uptr", "",
	    TEST(3, 3, .check_map = { 0x2000000, 0x1000, ~0x7ffULL }));
	WHY(call, EINVAL, "map-differs", "iova",
	    "nothing is mapped at 0x2011000-0x20117ff of ioas 1",
	    TEST(3, 3, .check_map = { 0x2010800, 0x1000, va + 0x10800 }));
	WHY(call, EINVAL, "map-differs", "uptr", "iova 0x2010000 maps the memory at 0x",
	    TEST(3, 3, .check_map = { 0x2010000, 0x1000, va }));
	GUESS(call, EINVAL, "probably the page table",
	      TEST(3, 3, .check_map = { 0x2000000, 0x11000, va }));
	WHY(call, ENOENT, "no-object", "id", "id 1 is an ioas", TEST(3, 1));
	WHY(call, EFAULT, "bad-pointer", "uptr", "0x800 is not mapped",
	    TEST(3, 3, .check_map = { 0x2000000, 0x800, 0x800 }));
	GUESS("IOMMU_TEST_OP_MD_CHECK_REFS", EIO, "pinned another number", TEST(4, 0));
}

static void access_cases(const char *call, uint32_t op, bool pages)
{
#define ACCESS(id_, flags_, iova_, length_)                                                        \
	(pages ? TEST(op, id_, .access_pages = { flags_, 0, iova_, length_, 0 })                   \
	       : TEST(op, id_, .access_rw = { iova_, length_, 0, flags_ }))
	setup(NULL);
	WHY(call, ENOMEM, "access-too-long", "length", "16777216",
	    ACCESS(101, 0, 0x2000000, (16 << 20) + 1));
	GUESS(call, ENOMEM, "probably", ACCESS(101, 0, 0x2000000, 16 << 20));
	WHY(call, EBADFD, "not-access", "id", "fd 987", ACCESS(CLOSED_FD, 0, 0x2000000, 1));
	WHY(call, EBADFD, "not-access", "id", "fd 100", ACCESS(100, 0, 0x2000000, 1));
	GUESS(call, EBADFD, "none", ACCESS(101, 0, 0x2000000, 1));
	WHY(call, EINVAL, "length-zero", "length", "", ACCESS(101, 0, 0x2000000, 0));
	GUESS(call, EINVAL, "dma-buf", ACCESS(101, 0, 0x2000000, 1));
	WHY(call, EOVERFLOW, "iova-wraps", "length", "", ACCESS(101, 0, UINT64_MAX, 2));
	GUESS(call, EOVERFLOW, "none", ACCESS(101, 0, UINT64_MAX, 1));
	WHY(call, ENOENT, "access-gap", "iova", "0x2011000-0x2011000",
	    ACCESS(101, 0, 0x2010fff, 2));
	GUESS(call, ENOENT, "none", ACCESS(101, 0, 0x2010fff, 1));
	WHY(call, EPERM, "access-prot", "flags",
	    "0x2010000-0x2010fff (made by line 4) is not writeable", ACCESS(101, 1, 0x200ffff, 2));
	GUESS(call, EPERM, "probably a mapping", ACCESS(101, 0, 0x200ffff, 2));
#undef ACCESS
}

static void test_mock_access(void **state)
{
	struct rlimit old, none = { 0, 0 };

	(void)state;
	access_cases("IOMMU_TEST_OP_ACCESS_RW", IOM_TEST_OP_ACCESS_RW, false);
	access_cases("IOMMU_TEST_OP_ACCESS_PAGES", IOM_TEST_OP_ACCESS_PAGES, true);
	map(3, 1, 0x5000000, 0x50007ff, (uintptr_t)f.mem + 0x800, 3, 0);
	WHY("IOMMU_TEST_OP_ACCESS_PAGES", EINVAL, "access-unaligned", "iova", "middle of a page",
	    TEST(7, 101, .access_pages = { 0, 0, 0x5000000, 0x800, 0 }));
	GUESS("IOMMU_TEST_OP_ACCESS_PAGES", EOPNOTSUPP, "needs-pin-pages", TEST(7, 101));
	GUESS("IOMMU_TEST_OP_ACCESS_PAGES", EBADE, "not the ones at uptr", TEST(7, 101));
	WHY("IOMMU_TEST_OP_DESTROY_ACCESS_PAGES", EBADFD, "not-access", "id", "", TEST(6, 5));
	GUESS("IOMMU_TEST_OP_DESTROY_ACCESS_PAGES", EBADFD, "none", TEST(6, 101));
	GUESS("IOMMU_TEST_OP_DESTROY_ACCESS_PAGES", ENOENT, "no pages of that id", TEST(6, 101));
	WHY("IOMMU_TEST_OP_ACCESS_REPLACE_IOAS", EBADFD, "not-access", "id", "", TEST(11, 5));
	GUESS("IOMMU_TEST_OP_ACCESS_REPLACE_IOAS", EBADFD, "none", TEST(11, 101));
	WHY("IOMMU_TEST_OP_CREATE_ACCESS", EADDRINUSE, "mapping-unaligned", NULL,
	    "0x5000000-0x50007ff", TEST(5, 1, .create_access.flags = 1));
	GUESS("IOMMU_TEST_OP_CREATE_ACCESS", EADDRINUSE, "none",
	      TEST(5, 2, .create_access.flags = 1));
	GUESS("IOMMU_TEST_OP_CREATE_ACCESS", ENOMEM, "ran out", TEST(5, 1));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	explain("IOMMU_TEST_OP_CREATE_ACCESS", &TEST(5, 1), sizeof(struct iom_test_cmd), ENOMEM);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	is_cause(&last_err, "no-fd-left", NULL, "RLIMIT_NOFILE");
}

/* ---- VFIO ---- */

static void test_vfio_bind(void **state)
{
	const char *call = "VFIO_DEVICE_BIND_IOMMUFD";
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct iom_vfio_bind b = { .argsz = 24, .iommufd = null };

	(void)state;
	b.flags = 2;
	WHY(call, EINVAL, "flag-unknown", "flags", "0x2", b);
	b.flags = 0;
	WHY(call, EINVAL, "already-bound", NULL, "vfio0 is bound already, as device 6", b);
	f.vfio.id = 0;
	GUESS(call, EINVAL, "cache-coherent", b);
	f.twin = f.vfio;
	f.twin.fd = 102;
	f.twin.id = 6;
	f.vfio.next = &f.twin;
	{
		struct iom_err e = { 0 };

		iom_explain_fd(&f.ctx, iom_call_find(call, NULL), 100, &b, -EINVAL, f.root, &e);
		note_rows(call, EINVAL, e.cause);
		is_cause(&e, "bound-elsewhere", NULL, "another fd (102) as device 6");
	}
	b.iommufd = -1;
	WHY(call, EINVAL, "iommufd-negative", "iommufd", "-1", b);
	b.iommufd = CLOSED_FD;
	WHY(call, EBADF, "iommufd-not-open", "iommufd", "fd 987", b);
	GUESS(call, EBADFD, "none", b);
	b.iommufd = null;
	GUESS(call, EBADF, "none", b);
	WHY(call, EBADFD, "iommufd-other", "iommufd", "is /dev/null", b);
	f.vfio.next = &f.access;
	f.root = NO_CAPS;
	WHY(call, EPERM, "sibling-driver", NULL,
	    "0000:01:00.1 of the same group 1 is bound to snd_hda_intel", b);
	strcpy(f.vfio.name, "/dev/vfio/devices/vfio1");
	GUESS(call, EPERM, "isolate MSI", b);
	GUESS(call, EBUSY, "/dev/vfio/GROUP", b);
	GUESS(call, EACCES, "token is wrong", b);
	GUESS(call, ENODEV, "going away", b);
	close(null);
}

static void test_vfio_attach(void **state)
{
	const char *call = "VFIO_DEVICE_ATTACH_IOMMUFD_PT";
	struct iom_vfio_attach a = { .argsz = 16, .pt_id = 7 };
	unsigned char *gone =
		mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	f.root = NO_CAPS;
	WHY(call, EINVAL, "pt-wrong-kind", "pt_id", "id 7 is a fault", a);
	a.pt_id = 2;
	a.flags = 4;
	WHY(call, EINVAL, "flag-unknown", "flags", "0x4", a);
	a.flags = 1;
	WHY(call, EINVAL, "pasid-zero", "pasid", "", a);
	WHY(call, EOPNOTSUPP, "pasid-absent", "flags", "", a);
	a.flags = 0;
	GUESS(call, EOPNOTSUPP, "does not support", a);
	GUESS(call, EINVAL, "another IOMMU", a);
	/* A sibling of the group holds it on another page table. */
	f.twin = (struct iom_handle){
		.fd = 102, .id = 4, .name = "/dev/vfio/devices/vfio0", .next = &f.vfio
	};
	f.ctx.handles = &f.twin;
	{
		struct iom_err e = { 0 };

		iom_explain_fd(&f.ctx, iom_call_find(call, NULL), 100, &a, -EINVAL, f.root, &e);
		note_rows(call, EINVAL, e.cause);
		is_cause(&e, "group-attached", "pt_id", "device 4");
	}
	f.ctx.handles = &f.vfio;
	GUESS(call, EADDRINUSE, "none", a);
	map(3, 2, 0xfee00000, 0xfee00fff, (uintptr_t)gone, 3, 9);
	WHY(call, EADDRINUSE, "mapping-in-the-way", "pt_id",
	    "0xfee00000-0xfeefffff, which the device cannot use (msi)", a);
	munmap(gone, 0x1000);
	WHY(call, EFAULT, "memory-gone", "pt_id", "(made by line 9) of ioas 2", a);
	iom_itree_remove(&f.store[2].areas, &f.areas[3].node);
	GUESS(call, EFAULT, "none", a);
	f.allowed[0] = (struct iom_allow){ 0x1000, 0xfee00000 };
	f.store[2].allowed = f.allowed;
	f.store[2].n_allowed = 1;
	WHY(call, EADDRINUSE, "allowed-in-the-way", "pt_id", "0x1000-0xfee00000 of ioas 2", a);
	f.store[2].n_allowed = 0;
	map(3, 2, 0x2000800, 0x2000fff, (uintptr_t)f.mem, 3, 0);
	WHY(call, EADDRINUSE, "mapping-unaligned", "pt_id", "not aligned", a);
	a.pt_id = 12;
	WHY(call, ENOENT, "no-object", "pt_id", "no object 12", a);
	a.pt_id = 2;
	GUESS(call, ENOENT, "needs a vdevice", a);
	GUESS(call, EBUSY, "being reset", a);
	GUESS(call, EIO, "power management", a);
	f.vfio.id = 0;
	WHY(call, EINVAL, "device-unbound", NULL, "vfio0 is not bound", a);
}

static void test_vfio_detach(void **state)
{
	const char *call = "VFIO_DEVICE_DETACH_IOMMUFD_PT";

	(void)state;
	WHY(call, EINVAL, "flag-unknown", "flags", "0x8", (struct iom_vfio_detach){ 12, 8, 0 });
	GUESS(call, EINVAL, "does not accept", (struct iom_vfio_detach){ 12, 0, 0 });
	WHY(call, EOPNOTSUPP, "pasid-absent", "flags", "", (struct iom_vfio_detach){ 12, 1, 0 });
	GUESS(call, EOPNOTSUPP, "does not support", (struct iom_vfio_detach){ 12, 0, 0 });
	f.ctx.handles = NULL;
	GUESS(call, EINVAL, "probably the VFIO device is not bound",
	      (struct iom_vfio_detach){ 12, 0, 0 });
}

/* ---- the table as a whole ---- */

static bool may_stay_unheld(const struct iom_cause *row)
{
	/* Needs a dma-buf of a foreign exporter. */
	return !strcmp(row->key, "dmabuf-foreign") || !strcmp(row->key, "user-va-device");
}

static bool may_stay_passed(const struct iom_cause *row)
{
	/* The last one of its errno: it always holds. */
	return !strcmp(row->key, "ioctl-unknown");
}

static void test_table(void **state)
{
	size_t bad = 0;

	(void)state;
	for (size_t i = 0; iom_causes[i].key; i++) {
		const struct iom_cause *row = &iom_causes[i];

		assert_non_null(row->fact);
		assert_non_null(row->hint);
		assert_true(strlen(row->fact) < 150);
		assert_true(row->code > 0);
		if (row->call)
			assert_non_null(iom_call_find(row->call, NULL));
		if (!row->test)
			continue;
		if ((!held[i] && !may_stay_unheld(row)) || (!passed[i] && !may_stay_passed(row))) {
			print_error("%s %s %s: held %u, passed over %u\n",
				    row->call ? row->call : "any", iom_errno_name(row->code),
				    row->key, held[i], passed[i]);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

/* Any bytes, any errno, any call: nothing may crash, and there is always something to say. */
static void test_garbage(void **state)
{
	static const int codes[] = { EINVAL, ENOENT, EFAULT, EOPNOTSUPP, EEXIST,     ENOSPC,
				     ENOMEM, EBUSY,  EPERM,  EOVERFLOW,	 EADDRINUSE, E2BIG,
				     ENOTTY, EBADF,  EBADFD, EMSGSIZE };
	unsigned char arg[IOM_MAX_ARG];
	unsigned int seed = 1;

	(void)state;
	f.ctx.trace = NULL;
	for (const struct iom_call *c = iom_calls; c->name; c++)
		for (unsigned int round = 0; round < 6; round++)
			for (size_t i = 0; i < IOM_ARRAY_SIZE(codes); i++) {
				struct iom_err e = { 0 };

				for (size_t k = 0; k < sizeof(arg); k++) {
					seed = seed * 1103515245 + 12345;
					arg[k] = round == 0   ? 0
						 : round == 1 ? 0xff
							      : (unsigned char)(seed >> 16);
				}
				/* A count of billions is a bad pointer, not an hour of work. */
				iom_explain(&f.ctx, c, arg, -codes[i], NO_CAPS, &e);
				assert_int_equal(e.code, -codes[i]);
				assert_true(e.hint[0] != '\0');
			}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(test_dispatch),
		T(test_size),
		T(test_reserved_and_flags),
		T(test_ids),
		T(test_pointers),
		T(test_map_numbers),
		T(test_file_and_copy_numbers),
		T(test_holes),
		T(test_blind),
		T(test_mapped),
		T(test_no_room),
		T(test_copy_source),
		T(test_unmap),
		T(test_user_memory),
		T(test_device_memory),
		T(test_files),
		T(test_memlock),
		T(test_allow),
		T(test_options),
		T(test_huge_pages),
		T(test_sw_msi),
		T(test_destroy),
		T(test_process_and_pa),
		T(test_mock_attach),
		T(test_mock_reserved),
		T(test_mock_check),
		T(test_mock_access),
		T(test_vfio_bind),
		T(test_vfio_attach),
		T(test_vfio_detach),
		T(test_table),
		T(test_garbage),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
