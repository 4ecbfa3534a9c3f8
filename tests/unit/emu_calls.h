/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Short forms of the calls and the fixture that the tests of the emulator share. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <linux/capability.h>
#include <unistd.h>

#include <cmocka.h>

#include "iommuctl/emu.h"
#include "iommuctl/uapi.h"

#define PAGE	  4096u
#define BUF_PAGES 512u
#define BUF_SIZE  (BUF_PAGES * PAGE)
#define RW	  (IOM_IOAS_MAP_READABLE | IOM_IOAS_MAP_WRITEABLE)
#define FIXED	  IOM_IOAS_MAP_FIXED_IOVA
#define APERTURE  ((uint64_t)IOM_MOCK_APERTURE_START)

static struct iom_emu *emu;
static int fd;
static uint8_t *buf; /* 2 MiB aligned */

static inline int call(uint32_t code, void *arg)
{
	return iom_emu_ioctl(emu, fd, code, arg);
}

static inline void machine(const char *spec)
{
	struct iom_err err = { 0 };

	emu = iom_emu_new(spec, &err);
	assert_non_null(emu);
	fd = iom_emu_open(emu, "/dev/iommu");
	assert_true(fd >= 0);
}

static inline int setup(void **state)
{
	(void)state;
	machine(NULL);
	buf = aligned_alloc(BUF_SIZE, BUF_SIZE);
	assert_non_null(buf);
	memset(buf, 0, BUF_SIZE);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	iom_emu_free(emu);
	emu = NULL;
	free(buf);
	return 0;
}

static inline void restart(const char *spec)
{
	iom_emu_free(emu);
	machine(spec);
}

/* ---- short forms of the calls ---- */

static inline uint32_t ioas_alloc(void)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };

	assert_int_equal(call(IOM_NR_IOAS_ALLOC, &c), 0);
	return c.out_ioas_id;
}

static inline int destroy(uint32_t id)
{
	struct iom_destroy c = { .size = sizeof(c), .id = id };

	return call(IOM_NR_DESTROY, &c);
}

static inline int map_at(uint32_t ioas, const void *va, uint64_t length, uint64_t iova)
{
	struct iom_ioas_map c = { .size = sizeof(c),
				  .flags = RW | FIXED,
				  .ioas_id = ioas,
				  .user_va = (uintptr_t)va,
				  .length = length,
				  .iova = iova };

	return call(IOM_NR_IOAS_MAP, &c);
}

static inline int map_any(uint32_t ioas, const void *va, uint64_t length, uint64_t *iova)
{
	struct iom_ioas_map c = { .size = sizeof(c),
				  .flags = RW,
				  .ioas_id = ioas,
				  .user_va = (uintptr_t)va,
				  .length = length };
	int rc = call(IOM_NR_IOAS_MAP, &c);

	*iova = c.iova;
	return rc;
}

static inline int map_file(uint32_t ioas, int file, uint64_t start, uint64_t length, uint64_t iova)
{
	struct iom_ioas_map_file c = { .size = sizeof(c),
				       .flags = RW | FIXED,
				       .ioas_id = ioas,
				       .fd = file,
				       .start = start,
				       .length = length,
				       .iova = iova };

	return call(IOM_NR_IOAS_MAP_FILE, &c);
}

static inline int unmap(uint32_t ioas, uint64_t iova, uint64_t length, uint64_t *done)
{
	struct iom_ioas_unmap c = {
		.size = sizeof(c), .ioas_id = ioas, .iova = iova, .length = length
	};
	int rc = call(IOM_NR_IOAS_UNMAP, &c);

	if (done)
		*done = c.length;
	return rc;
}

static inline int copy(uint32_t dst, uint32_t src, uint64_t length, uint64_t dst_iova,
		       uint64_t src_iova)
{
	struct iom_ioas_copy c = { .size = sizeof(c),
				   .flags = RW | FIXED,
				   .dst_ioas_id = dst,
				   .src_ioas_id = src,
				   .length = length,
				   .dst_iova = dst_iova,
				   .src_iova = src_iova };

	return call(IOM_NR_IOAS_COPY, &c);
}

static inline int option(uint32_t id, uint16_t op, uint32_t object, uint64_t *val)
{
	struct iom_option c = {
		.size = sizeof(c), .option_id = id, .op = op, .object_id = object, .val64 = *val
	};
	int rc = call(IOM_NR_OPTION, &c);

	*val = c.val64;
	return rc;
}

static inline int set_option(uint32_t id, uint32_t object, uint64_t val)
{
	return option(id, IOM_OPTION_OP_SET, object, &val);
}

static inline int test_cmd(struct iom_test_cmd *c, uint32_t op, uint32_t id)
{
	c->size = sizeof(*c);
	c->op = op;
	c->id = id;
	return call(IOM_NR_TEST_CMD, c);
}

struct mock {
	uint32_t stdev, hwpt, idev;
};

static inline int mock_flags(uint32_t pt, uint32_t flags, struct mock *m)
{
	struct iom_test_cmd c = { .mock_domain_flags.dev_flags = flags };
	int rc = test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN_FLAGS, pt);

	m->stdev = c.mock_domain.out_stdev_id;
	m->hwpt = c.mock_domain.out_hwpt_id;
	m->idev = c.mock_domain.out_idev_id;
	return rc;
}

static inline struct mock mock_domain(uint32_t pt)
{
	struct iom_test_cmd c = { 0 };
	struct mock m;

	assert_int_equal(test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN, pt), 0);
	m.stdev = c.mock_domain.out_stdev_id;
	m.hwpt = c.mock_domain.out_hwpt_id;
	m.idev = c.mock_domain.out_idev_id;
	return m;
}

static inline int add_reserved(uint32_t ioas, uint64_t start, uint64_t length)
{
	struct iom_test_cmd c = { .add_reserved = { start, length } };

	return test_cmd(&c, IOM_TEST_OP_ADD_RESERVED, ioas);
}

static inline int check_map(uint32_t hwpt, uint64_t iova, const void *va, uint64_t length)
{
	struct iom_test_cmd c = { .check_map = { iova, length, (uintptr_t)va } };

	return test_cmd(&c, IOM_TEST_OP_MD_CHECK_MAP, hwpt);
}

static inline int check_refs(const void *va, uint64_t length, uint32_t refs)
{
	struct iom_test_cmd c = { .check_refs = { length, (uintptr_t)va, refs } };

	return test_cmd(&c, IOM_TEST_OP_MD_CHECK_REFS, 0);
}

static inline int create_access(uint32_t ioas, uint32_t flags, int *afd)
{
	struct iom_test_cmd c = { .create_access.flags = flags };
	int rc = test_cmd(&c, IOM_TEST_OP_CREATE_ACCESS, ioas);

	*afd = (int)c.create_access.out_access_fd;
	return rc;
}

static inline int access_pages(int afd, uint64_t iova, const void *va, uint64_t length,
			       uint32_t flags, uint32_t *item)
{
	struct iom_test_cmd c = { .access_pages = { .flags = flags,
						    .iova = iova,
						    .length = length,
						    .uptr = (uintptr_t)va } };
	int rc = test_cmd(&c, IOM_TEST_OP_ACCESS_PAGES, (uint32_t)afd);

	*item = c.access_pages.out_access_pages_id;
	return rc;
}

static inline int access_unpin(int afd, uint32_t item)
{
	struct iom_test_cmd c = { .destroy_access_pages.access_pages_id = item };

	return test_cmd(&c, IOM_TEST_OP_DESTROY_ACCESS_PAGES, (uint32_t)afd);
}

static inline int access_rw(int afd, uint64_t iova, void *p, uint64_t length, uint32_t flags)
{
	struct iom_test_cmd c = { .access_rw = { iova, length, (uintptr_t)p, flags } };

	return test_cmd(&c, IOM_TEST_OP_ACCESS_RW, (uint32_t)afd);
}

static inline int ranges(uint32_t ioas, struct iom_iova_range *r, uint32_t *n, uint64_t *alignment)
{
	struct iom_ioas_iova_ranges c = {
		.size = sizeof(c), .ioas_id = ioas, .num_iovas = *n, .allowed_iovas = (uintptr_t)r
	};
	int rc = call(IOM_NR_IOAS_IOVA_RANGES, &c);

	*n = c.num_iovas;
	*alignment = c.out_iova_alignment;
	return rc;
}

static inline int allow(uint32_t ioas, const struct iom_iova_range *r, uint32_t n)
{
	struct iom_ioas_allow_iovas c = {
		.size = sizeof(c), .ioas_id = ioas, .num_iovas = n, .allowed_iovas = (uintptr_t)r
	};

	return call(IOM_NR_IOAS_ALLOW_IOVAS, &c);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
