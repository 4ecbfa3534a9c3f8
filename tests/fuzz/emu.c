/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The emulator's entries, fed with any bytes as a sequence of calls on several files. The tables of
 * the ABI give the bytes their shape, so that ids, sizes and pointers are mostly right; every call
 * may also be wrong in any bit. Afterwards no memory and no fd is left.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "iommuctl/abi.h"
#include "iommuctl/emu.h"
#include "iommuctl/uapi.h"

#define ARENA_SIZE ((size_t)4 << 20) /* bytes that addresses can reach */
#define SLOT	   512		     /* bytes at its start for each struct that a call points to */
#define N_SLOTS	   32
#define MAX_FDS	   64
#define MAX_STEPS  400
#define PAGE	   4096u

/* Machines that differ in what the emulator does, not only in numbers. */
static const char *const machines[] = {
	NULL,
	"device=vfio0,bdf=0000:00:02.0,iommu=0,driver=arm-smmuv3,pasid=16,group=1,"
	"resv=0x8000000-0x80fffff:sw-msi;"
	"device=vfio1,bdf=0000:00:02.1,iommu=0,driver=arm-smmuv3,pasid=16,group=1,pf=vfio0,"
	"resv=0x1000000-0x1ffffff:direct",
	"device=vfio0,iommu=1,driver=amd,pasid=4;device=vfio1,iommu=2,driver=tegra241,"
	"resv=0x8000000-0x80fffff:sw-msi",
	"device=noiommu-vfio0,iommu=none;device=vfio1,aperture=0x100000-0xffffff,pgsizes=0x1000",
	"abi=tsm-amd;device=vfio0,iommu=1,driver=intel,tsm=link;device=vfio1,iommu=1,driver=intel,tsm=devsec",
	"abi=tsm-early;device=vfio0,iommu=0,driver=arm-smmuv3,pasid=16;device=vfio1,tsm=none",
	"abi=tsm-xu", "abi=tsm-rfc1", "abi=tsm-v2", "abi=tsm-v4", "abi=tsm-v5", "abi=tsm-rework",
	"abi=tsm-integration", "abi=7.3",
	"lacks=kvm,tsm,arm64",
	"device=vfio0,iommu=1,driver=intel,cap=0xd2008c40660462,ecap=0xf050da,pasid=20,group=3;"
	"device=vfio1,iommu=1,driver=intel,group=3,pf=host,resv=0xfee00000-0xfeefffff:msi",
};

static const char *const series[] = { "tsm-amd", "tsm-early", "tsm-xu", "tsm-rfc1", "tsm-v2",
				      "tsm-v4", "tsm-v5", "tsm-rework", "tsm-integration" };

static const char *const nodes[] = { "/dev/iommu", "/dev/iommu", "/dev/vfio/devices/vfio0",
				     "/dev/vfio/devices/vfio1", "/dev/vfio/devices/noiommu-vfio0",
				     "/dev/null" };

struct run {
	struct fuzz_in in;
	struct iom_emu *emu;
	int fds[MAX_FDS];
	unsigned int n_fds;
	uint64_t last_iova; /* that a call answered */
};

static uint8_t *arena; /* between two pages that nobody may touch */
static uint8_t *memory; /* of a file, shared; the last quarter of the arena */
static int memory_fd;
static size_t n_calls, n_structs;

static const char *call_name(size_t i)
{
	return iom_calls[i].name;
}

static const char *struct_name(size_t i)
{
	return iom_structs[i].name;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct rlimit few = { 256, 256 };
	uint8_t *p;

	(void)argc;
	(void)argv;
	/* Of huge alignment, as it is what decides the page sizes. */
	p = mmap(NULL, 2 * ARENA_SIZE + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memory_fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (p == MAP_FAILED || memory_fd < 0)
		fuzz_failed("no memory");
	arena = (uint8_t *)(((uintptr_t)p + PAGE + ARENA_SIZE - 1) & ~(ARENA_SIZE - 1));
	memory = arena + ARENA_SIZE / 4 * 3;
	while (iom_calls[n_calls].name)
		n_calls++;
	while (iom_structs[n_structs].name)
		n_structs++;
	setrlimit(RLIMIT_NOFILE, &few);
	return 0;
}

/* Fresh memory for each input; what an input did to it is gone. */
static void new_memory(void)
{
	int flags = MAP_FIXED | MAP_NORESERVE;

	if (ftruncate(memory_fd, 0) || ftruncate(memory_fd, ARENA_SIZE / 4) ||
	    mmap(arena, ARENA_SIZE / 4 * 3, PROT_READ | PROT_WRITE, flags | MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0) == MAP_FAILED ||
	    mmap(memory, ARENA_SIZE / 4, PROT_READ | PROT_WRITE, flags | MAP_SHARED, memory_fd, 0) ==
		    MAP_FAILED)
		fuzz_failed("no memory");
}

/* ---- values of fields ---- */

static int take_fd(struct run *r)
{
	static const int odd[] = { -1, 0, 1, 255, 1000000, INT32_MAX, INT32_MIN };
	uint8_t b = (uint8_t)fuzz_take(&r->in, 1);

	if (b >= 248)
		return odd[b - 248 < (int)IOM_ARRAY_SIZE(odd) ? b - 248 : 0];
	if (b >= 240)
		return memory_fd;
	/* Counted from the newest, which is mostly meant. */
	return r->n_fds ? r->fds[r->n_fds - 1 - b % r->n_fds] : -1;
}

static uint64_t take_address(struct run *r)
{
	uint8_t b = (uint8_t)fuzz_take(&r->in, 1);

	switch (b >> 5) {
	case 0: case 1: case 2:
		return (uintptr_t)arena + b % N_SLOTS * SLOT;
	case 3: /* whole pages behind the slots */
		return (uintptr_t)arena + (16 + (uint64_t)(b & 31) * 16) * PAGE;
	case 4:
		return (uintptr_t)memory + (uint64_t)(b & 31) * PAGE;
	case 5:
		return (uintptr_t)arena + fuzz_take(&r->in, 3) % (ARENA_SIZE + PAGE);
	case 6: /* the ends */
		return (uintptr_t)arena + (b & 16 ? ARENA_SIZE : 0) - (b & 15);
	default:
		return b & 16 ? b & 15 : fuzz_take(&r->in, 8);
	}
}

static uint64_t take_iova(struct run *r)
{
	uint8_t b = (uint8_t)fuzz_take(&r->in, 1);
	uint64_t page = (uint64_t)(b & 15) * PAGE;

	switch (b >> 4) {
	case 0: return page;
	case 1: case 2: case 3: return IOM_MOCK_APERTURE_START + page;
	case 4: return IOM_MOCK_APERTURE_START + (uint64_t)(b & 15) * 2048;
	case 5: return (uint64_t)(b & 15) << 20;
	case 6: return (uint64_t)(b & 15) << 21;
	case 7: return r->last_iova + page;
	case 8: return 0x8000000 + page;
	case 9: return UINT64_MAX - (uint64_t)(b & 15);
	case 10: return IOM_MOCK_APERTURE_LAST + 1 - page;
	case 11: return UINT64_MAX - page + 1;
	case 12: return fuzz_take(&r->in, 2);
	case 13: return fuzz_take(&r->in, 4) * PAGE;
	case 14: return fuzz_take(&r->in, 4);
	default: return fuzz_take(&r->in, 8);
	}
}

static uint64_t take_number(struct run *r, unsigned int width)
{
	uint8_t b = (uint8_t)fuzz_take(&r->in, 1);

	if (b < 192)
		return b;
	return b < 208 ? (uint64_t)1 << (b & 31) : fuzz_take(&r->in, width);
}

static uint64_t take_word(struct run *r, const struct iom_field *f)
{
	uint8_t b = (uint8_t)fuzz_take(&r->in, 1);
	unsigned int n = 0;
	uint64_t v = 0;

	if (b >= 240 || !f->values)
		return fuzz_take(&r->in, f->width);
	while (f->values->values[n].name)
		n++;
	if (!n)
		return 0;
	if (!f->values->flags)
		return f->values->values[b % n].value;
	for (unsigned int i = 0; i < n; i++)
		if (b & 1 << i % 8)
			v |= f->values->values[i].value;
	return v;
}

static uint64_t take_value(struct run *r, const struct iom_field *f, uint16_t min, uint16_t full)
{
	uint8_t b;

	switch ((enum iom_kind)f->kind) {
	case IOM_K_SIZE:
		b = (uint8_t)fuzz_take(&r->in, 1);
		return b < 224 ? full : b < 232 ? min : b < 240 ? full + (b & 7) * 8u
								 : fuzz_take(&r->in, 4);
	case IOM_K_RESERVED:
		b = (uint8_t)fuzz_take(&r->in, 1);
		return b < 250 ? 0 : b;
	case IOM_K_ID:
		b = (uint8_t)fuzz_take(&r->in, 1);
		return b < 224 ? b & 31 : b < 240 ? b & 127 : fuzz_take(&r->in, 4);
	case IOM_K_FLAGS:
	case IOM_K_ENUM:
		return take_word(r, f);
	case IOM_K_IOVA:
	case IOM_K_LEN:
		return take_iova(r);
	case IOM_K_PTR:
		return take_address(r);
	case IOM_K_FD:
		return (uint64_t)take_fd(r);
	case IOM_K_UINT:
	case IOM_K_HEX:
		break;
	}
	return take_number(r, f->width);
}

/* Only what goes in; the rest stays what was there. */
static void fill(struct run *r, const struct iom_field *f, uint8_t *arg, uint16_t min, uint16_t full)
{
	for (; f->name; f++) {
		for (unsigned int i = 0; i < f->count && f->dir & IOM_IN; i++) {
			uint64_t v = take_value(r, f, min, full);

			memcpy(arg + f->offset + (size_t)i * f->width, &v, f->width);
		}
	}
}

/* ---- steps ---- */

static void keep_fd(struct run *r, int fd)
{
	if (fd > 2 && fd != memory_fd && r->n_fds < MAX_FDS)
		r->fds[r->n_fds++] = fd;
}

static void look_at_answer(struct run *r, const struct iom_call *c, const uint8_t *arg, int rc)
{
	for (const struct iom_field *f = c->fields; f->name; f++) {
		uint64_t v;

		if (!(f->dir & IOM_OUT))
			continue;
		v = iom_field_get(f, arg, 0);
		if (f->kind == IOM_K_FD)
			keep_fd(r, (int)v);
		if (f->kind == IOM_K_IOVA)
			r->last_iova = v;
	}
	if (rc > 2 && (c->op == IOM_TEST_OP_DMABUF_GET || c->family == IOM_FAM_VFIO))
		keep_fd(r, rc);
}

/* The struct lies at the very end of what may be touched, or wherever the input wants it. */
static void issue(struct run *r, int fd, const struct iom_call *c)
{
	uint8_t how = (uint8_t)fuzz_take(&r->in, 1);
	uint8_t *arg = how & 1 ? arena + ARENA_SIZE / 2 - (c->full + 7u) / 8 * 8 : arena + ARENA_SIZE / 2;
	int rc;

	if (mprotect(arena, ARENA_SIZE / 4 * 3, PROT_READ | PROT_WRITE))
		return;
	memset(arg, 0, c->full);
	fill(r, c->fields, arg, c->min, c->full);
	if (c->family == IOM_FAM_SELFTEST && c->op >= 0)
		((struct iom_test_cmd *)(void *)arg)->op = (uint32_t)c->op;
	if (c->code == IOM_NR_VFIO_DEVICE_FEATURE && c->op >= 0)
		((uint32_t *)(void *)arg)[1] = (uint32_t)c->op | (uint32_t)(how >> 5) << 16;
	/* One byte as the tables would never have it. */
	if (how & 2 && c->full)
		arg[fuzz_take(&r->in, 1) % c->full] = (uint8_t)fuzz_take(&r->in, 1);
	rc = iom_emu_ioctl(r->emu, fd, c->code, how & 4 ? (void *)(uintptr_t)take_address(r) : arg);
	if (rc >= 0)
		look_at_answer(r, c, arg, rc);
}

static void step_call(struct run *r, bool any_fd)
{
	const struct iom_call *c = &iom_calls[fuzz_pick((uint16_t)fuzz_take(&r->in, 2), n_calls,
							call_name)];
	int fd = r->n_fds ? r->fds[0] : -1;

	if (any_fd)
		fd = take_fd(r);
	else if (c->family == IOM_FAM_VFIO && r->n_fds > 1)
		fd = r->fds[1];
	issue(r, fd, c);
}

static void step_raw(struct run *r)
{
	int fd = take_fd(r);
	uint32_t code = (uint32_t)fuzz_take(&r->in, 1);
	size_t len = fuzz_take(&r->in, 1) % 80;

	/* The number alone is mostly of our type; the compatibility calls take a plain argument. */
	code |= code < 250 ? IOM_IOC_TYPE << 8 : (uint32_t)fuzz_take(&r->in, 3) << 8;
	fuzz_bytes(&r->in, arena + ARENA_SIZE / 2, len);
	iom_emu_ioctl(r->emu, fd, code,
		      len & 1 ? (void *)len : (void *)(arena + ARENA_SIZE / 2));
}

static void step_fill(struct run *r)
{
	const struct iom_struct *s = &iom_structs[fuzz_pick((uint16_t)fuzz_take(&r->in, 2), n_structs,
							    struct_name)];
	size_t at = fuzz_take(&r->in, 1) % N_SLOTS * SLOT;
	size_t n = fuzz_take(&r->in, 1) % 4 + 1;

	for (size_t i = 0; i < n && (i + 1) * s->size <= SLOT; i++)
		fill(r, s->fields, arena + at + i * s->size, s->size, s->size);
}

static void step_queue(struct run *r, bool write)
{
	int fd = take_fd(r);
	uint64_t at = take_address(r), count = take_number(r, 2);

	if (write)
		iom_emu_write(r->emu, fd, (void *)(uintptr_t)at, count);
	else
		iom_emu_read(r->emu, fd, (void *)(uintptr_t)at, count);
}

static void step_region(struct run *r)
{
	int fd = take_fd(r);
	uint64_t at = take_address(r), count = take_number(r, 2);
	uint64_t offset = fuzz_take(&r->in, 1) << 40 | fuzz_take(&r->in, 2);

	if (offset & 1 << 15)
		offset = fuzz_take(&r->in, 8);
	if (count & 1)
		iom_emu_pwrite(r->emu, fd, (void *)(uintptr_t)at, count >> 1, offset);
	else
		iom_emu_pread(r->emu, fd, (void *)(uintptr_t)at, count >> 1, offset);
}

static void step_close(struct run *r, bool behind_its_back)
{
	unsigned int i;
	int fd;

	if (!r->n_fds)
		return;
	i = (unsigned int)fuzz_take(&r->in, 1) % r->n_fds;
	fd = r->fds[i];
	r->fds[i] = r->fds[--r->n_fds];
	if (behind_its_back)
		close(fd);
	else
		iom_emu_close(r->emu, fd);
}

/* dup(2), and closing without a word, as a program with the preloaded library does it. */
static void step_dup(struct run *r)
{
	int fd = take_fd(r), copy = fd >= 0 && iom_emu_has(r->emu, fd) ? dup(fd) : -1;
	unsigned int last;

	if (copy >= 0 && iom_emu_dup(r->emu, fd, copy)) {
		close(copy);
		copy = -1;
	}
	keep_fd(r, copy);
	if (fuzz_take(&r->in, 1) & 1 || copy < 0)
		return;
	last = (unsigned int)fuzz_take(&r->in, 1) % 8;
	for (unsigned int i = 0; i <= last; i++)
		if (iom_emu_has(r->emu, copy + (int)i))
			close(copy + (int)i);
	iom_emu_closed(r->emu, (unsigned int)copy, (unsigned int)copy + last);
}

/* The range of the context's fd that a vIOMMU gives out. */
static void step_mmap(struct run *r)
{
	struct iom_emu_mmap m = {
		.length = fuzz_take(&r->in, 1) % 4 * PAGE,
		.prot = (int)fuzz_take(&r->in, 1) % 8,
		.flags = (int)fuzz_take(&r->in, 1) % 32 & ~MAP_FIXED,
		.offset = fuzz_take(&r->in, 1) * PAGE,
	};
	void *at = NULL;

	if (m.length == 3 * PAGE)
		m.length = 1 + fuzz_take(&r->in, 2) % ARENA_SIZE;
	if (iom_emu_mmap(r->emu, take_fd(r), &m, &at))
		return;
	if (fuzz_take(&r->in, 1) & 1 && m.prot & PROT_READ)
		memcpy(arena, at, 1);
	munmap(at, m.length);
	iom_emu_munmap(r->emu, at, m.length);
}

static int stop_at(const struct iom_region *region, void *arg)
{
	unsigned int *left = arg;

	return region->start > region->last ? -EIO : !(*left)--;
}

static void count_range(uint64_t start, uint64_t last, bool mapped, void *arg)
{
	(void)mapped;
	*(uint64_t *)arg += last - start;
}

static void step_kvm(struct run *r)
{
	const char *const devices[] = { "vfio0", "vfio1" };
	struct iom_kvm_slot slots[4];
	struct iom_kvm_vm vm = { .slots = slots, .n_slots = fuzz_take(&r->in, 1) % 5,
				 .devices = devices, .n_devices = fuzz_take(&r->in, 1) % 3 };

	for (size_t i = 0; i < vm.n_slots; i++) {
		slots[i].start = take_iova(r);
		slots[i].last = slots[i].start + take_iova(r) - 1;
	}
	keep_fd(r, iom_emu_kvm_create(r->emu, &vm));
}

/* The caller's memory changes below its mappings. */
static void step_memory(struct run *r)
{
	uint8_t b = (uint8_t)fuzz_take(&r->in, 1);
	uint8_t *at = arena + (16 + (size_t)(b & 31) * 16) * PAGE;

	if (b >> 5 == 0)
		mprotect(at, 4 * PAGE, PROT_READ);
	else if (b >> 5 == 1)
		mprotect(at, 4 * PAGE, PROT_NONE);
	else if (b >> 5 == 2)
		madvise(at, 4 * PAGE, MADV_DONTNEED);
	else if (b >> 5 == 3 && ftruncate(memory_fd, (b & 31) * PAGE))
		return;
	else if (b >> 5 > 3)
		fuzz_bytes(&r->in, arena + (b & 63) * 16, 16);
}

static void step_other(struct run *r, uint8_t op)
{
	unsigned int left = op;
	uint64_t sum = 0;
	char name[16];

	switch (op % 12) {
	case 0:
		iom_emu_regions(r->emu, r->n_fds ? r->fds[0] : -1,
				(uint32_t)fuzz_take(&r->in, 1) & 31, stop_at, &left);
		break;
	case 1:
		step_kvm(r);
		break;
	case 2:
		iom_emu_kvm_ranges(r->emu, take_fd(r), count_range, &sum);
		break;
	case 3: {
		uint8_t b = (uint8_t)fuzz_take(&r->in, 1);

		iom_emu_speak(r->emu, b < IOM_ARRAY_SIZE(series) ? series[b] : NULL);
		break;
	}
	case 4:
		iom_emu_node_of(r->emu, "0000:00:02.0", name, fuzz_take(&r->in, 1) % 16);
		iom_emu_group(r->emu, nodes[fuzz_take(&r->in, 1) % IOM_ARRAY_SIZE(nodes)]);
		break;
	case 5:
		iom_emu_fail_nth((unsigned int)fuzz_take(&r->in, 1));
		break;
	case 6: case 7:
		step_memory(r);
		break;
	case 8: case 9:
		step_dup(r);
		break;
	default:
		step_mmap(r);
	}
}

static void step(struct run *r)
{
	uint8_t op = (uint8_t)fuzz_take(&r->in, 1);

	if (op < 150)
		step_call(r, false);
	else if (op < 166)
		step_call(r, true);
	else if (op < 176)
		step_raw(r);
	else if (op < 196)
		step_fill(r);
	else if (op < 212)
		step_queue(r, op & 1);
	else if (op < 220)
		step_region(r);
	else if (op < 226)
		keep_fd(r, iom_emu_open(r->emu, nodes[op % IOM_ARRAY_SIZE(nodes)]));
	else if (op < 232)
		step_close(r, op == 231);
	else
		step_other(r, op);
}

static int lowest_free_fd(void)
{
	int fd = dup(memory_fd);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run r = { .in = { data, data + size } };
	int first_free = lowest_free_fd();
	struct iom_err err = { 0 };

	new_memory();
	r.emu = iom_emu_new(machines[fuzz_take(&r.in, 1) % IOM_ARRAY_SIZE(machines)], &err);
	if (!r.emu)
		fuzz_failed("no machine: %s", err.what);
	fuzz_guard_memory(arena - PAGE, ARENA_SIZE + 2 * PAGE);
	fuzz_guard_up(NULL);
	/* The first is a context, the second a device; what comes later may be anything. */
	keep_fd(&r, iom_emu_open(r.emu, nodes[0]));
	keep_fd(&r, iom_emu_open(r.emu, nodes[2]));
	for (unsigned int i = 0; i < MAX_STEPS && r.in.p < r.in.end; i++)
		step(&r);
	iom_emu_fail_nth(0);
	iom_emu_free(r.emu);
	fuzz_guard_down();
	if (lowest_free_fd() != first_free)
		fuzz_failed("a file was left open");
	return 0;
}

/* ---- mutations that know what a step is ---- */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

/* A byte that take_value() makes a likely value of. */
static uint8_t likely(const struct iom_field *f, unsigned int *seed)
{
	unsigned int n = (unsigned int)rand_r(seed);

	switch ((enum iom_kind)f->kind) {
	case IOM_K_SIZE:
	case IOM_K_RESERVED:
		return 0;
	case IOM_K_ID:
		return n % 12;
	case IOM_K_FLAGS:
	case IOM_K_ENUM:
		return n % 240;
	case IOM_K_IOVA:
	case IOM_K_LEN:
		return n & 1 << 16 ? n % 4 : n % 192;
	case IOM_K_PTR:
		return n % 160;
	case IOM_K_FD:
		return n % 8;
	case IOM_K_UINT:
	case IOM_K_HEX:
		break;
	}
	return n % 6;
}

static size_t put_fields(uint8_t *at, const struct iom_field *f, unsigned int *seed)
{
	size_t n = 0;

	for (; f->name; f++)
		for (unsigned int i = 0; i < f->count && f->dir & IOM_IN; i++)
			at[n++] = likely(f, seed);
	return n;
}

/* A step of at most 128 bytes at the end. */
static size_t put_step(uint8_t *at, unsigned int *seed)
{
	unsigned int kind = (unsigned int)rand_r(seed) % 16;
	uint16_t key;

	if (kind < 13) {
		const struct iom_call *c = &iom_calls[(size_t)rand_r(seed) % n_calls];

		key = fuzz_key(c->name);
		at[0] = 0;
		at[3] = kind ? 0 : (uint8_t)rand_r(seed);
		memcpy(at + 1, &key, sizeof(key));
		return 4 + put_fields(at + 4, c->fields, seed);
	}
	if (kind < 15) {
		const struct iom_struct *s = &iom_structs[(size_t)rand_r(seed) % n_structs];

		key = fuzz_key(s->name);
		at[0] = 176;
		memcpy(at + 1, &key, sizeof(key));
		at[3] = (uint8_t)rand_r(seed) % 4;
		at[4] = 0;
		return 5 + put_fields(at + 5, s->fields, seed);
	}
	at[0] = (uint8_t)(196 + rand_r(seed) % 60);
	for (unsigned int i = 1; i < 4; i++)
		at[i] = (uint8_t)rand_r(seed) % 64;
	return 4;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	unsigned int steps = (unsigned int)rand_r(&seed) % 8;

	if (!steps && LLVMFuzzerMutate)
		return LLVMFuzzerMutate(data, size, max);
	if (!size && max)
		data[size++] = 0;
	/* What stands there may be cut, so that inputs do not only grow. */
	if (steps == 1)
		size = 1 + (size_t)rand_r(&seed) % size;
	while (steps-- && size + 256 < max)
		size += put_step(data + size, &seed);
	return size;
}
