/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fixture of the diagnosis tests: a backend that only answers questions, and a book. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "diag_fixture.h"

struct fake f;
struct iom_err last_err;
unsigned int held[MAX_ROWS], passed[MAX_ROWS];

const struct iom_iova_range usable[N_USABLE] = {
	{ 0x1000000, 0x7ffffff }, /* below: aperture, between: the MSI window */
	{ 0x8100000, 0x3fffffff },
};

static int fake_ranges(struct iom_ioas_iova_ranges *a)
{
	struct iom_iova_range *out = (void *)(uintptr_t)a->allowed_iovas;
	uint32_t room = a->num_iovas;

	if (a->ioas_id != 1 && a->ioas_id != 2)
		return -ENOENT;
	for (uint32_t i = 0; i < N_USABLE && i < room; i++)
		out[i] = usable[i];
	a->num_iovas = N_USABLE;
	a->out_iova_alignment = f.align;
	return room < a->num_iovas ? -EMSGSIZE : 0;
}

static int fake_hw_info(struct iom_hw_info *a)
{
	if (!f.hw_type)
		return -EOPNOTSUPP;
	a->out_data_type = a->dev_id == 6 && f.hw_type6 ? f.hw_type6 : f.hw_type;
	if (a->out_data_type == NO_HARDWARE)
		a->out_data_type = IOM_HW_INFO_TYPE_NONE;
	a->out_capabilities = f.hw_caps;
	a->out_max_pasid_log2 = f.hw_pasids;
	if (a->data_uptr)
		memcpy((void *)(uintptr_t)a->data_uptr, f.hw_data,
		       a->data_len < sizeof(f.hw_data) ? a->data_len : sizeof(f.hw_data));
	return 0;
}

static int fake_ioctl(struct iom_backend *be, int fd, uint32_t code, void *arg)
{
	struct iom_option *o = arg;

	(void)be;
	assert_int_equal(fd, f.ctx.fd);
	f.asked++;
	if (code == IOM_NR_IOAS_IOVA_RANGES)
		return fake_ranges(arg);
	if (code == IOM_NR_GET_HW_INFO)
		return fake_hw_info(arg);
	/* Looking must not change anything: no other call may arrive here. */
	assert_int_equal(code, IOM_NR_OPTION);
	assert_int_equal(o->op, IOM_OPTION_OP_GET);
	o->val64 = o->option_id == IOM_OPTION_SW_MSI_START ? f.sw_msi_start : f.sw_msi_mib;
	return 0;
}

int fake_regions(struct iom_backend *be, int fd, uint32_t ioas,
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

struct iom_object *put(uint32_t id, enum iom_obj type)
{
	struct iom_object *o = &f.store[id];

	*o = (struct iom_object){ .id = id, .type = type };
	f.objects[id] = o;
	return o;
}

void map(unsigned int i, uint32_t ioas, uint64_t start, uint64_t last, uint64_t va, uint8_t prot,
	 unsigned int line)
{
	struct iom_area *a = &f.areas[i];

	*a = (struct iom_area){ .user_va = va, .prot = prot, .line = line, .file = !va };
	a->node.start = start;
	a->node.last = last;
	assert_int_equal(iom_itree_insert(&f.store[ioas].areas, &a->node), 0);
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

int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(f.store); i++)
		while (f.store[i].areas.count)
			iom_itree_remove(&f.store[i].areas, iom_itree_any(&f.store[i].areas));
	return 0;
}

int setup(void **state)
{
	unsigned char *mem = f.mem;

	teardown(state); /* some tests begin again */
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

void note_rows(const char *call, int code, const char *cause)
{
	const struct iom_cause *row;

	for (size_t i = 0; (row = iom_cause_at(i)); i++) {
		assert_true(i < MAX_ROWS);
		if (!matches(row, call, code))
			continue;
		if (cause && !strcmp(cause, row->key)) {
			held[i]++;
			return;
		}
		passed[i]++;
	}
}

struct iom_err *explain(const char *call, const void *arg, size_t len, int code)
{
	const struct iom_call *c = iom_call_find(call, NULL);
	static unsigned char buf[IOM_MAX_ARG];

	if (!c)
		c = iom_queue_op_find(call);
	if (!c)
		c = iom_region_call_find(call);
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

void is_cause(const struct iom_err *e, const char *cause, const char *field, const char *part)
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

void is_guess(const struct iom_err *e, const char *part)
{
	if (e->fact[0] || !strstr(e->hint, part))
		print_error("wanted a guess with \"%s\", got \"%s\" (%s)\n", part, e->fact,
			    e->hint);
	assert_string_equal(e->fact, "");
	assert_non_null(strstr(e->hint, part));
}
