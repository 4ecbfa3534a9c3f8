/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plain programs that use /dev/iommu as any other would; what is wrong is said with its line. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "iommuctl/uapi.h"

#define PAGE 4096u

#define CHECK(x)                                                                                    \
	do {                                                                                        \
		if (!(x)) {                                                                         \
			fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #x,         \
				strerror(errno));                                                   \
			exit(1);                                                                    \
		}                                                                                   \
	} while (0)
/* A call that is refused with this errno. */
#define REFUSED(err, x) CHECK((errno = 0, (long)(x) == -1 && errno == (err)))

static inline int open_iommu(void)
{
	int fd = open("/dev/iommu", O_RDWR);

	CHECK(fd >= 0);
	return fd;
}

static inline uint32_t ioas_alloc(int fd)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };

	CHECK(ioctl(fd, IOM_NR_IOAS_ALLOC, &c) == 0);
	return c.out_ioas_id;
}

static inline int destroy(int fd, uint32_t id)
{
	struct iom_destroy c = { .size = sizeof(c), .id = id };

	return ioctl(fd, IOM_NR_DESTROY, &c);
}

static inline int map(int fd, uint32_t ioas, const void *at, uint64_t length, uint64_t iova)
{
	struct iom_ioas_map c = { .size = sizeof(c),
				  .flags = IOM_IOAS_MAP_FIXED_IOVA | IOM_IOAS_MAP_READABLE |
					   IOM_IOAS_MAP_WRITEABLE,
				  .ioas_id = ioas,
				  .user_va = (uintptr_t)at,
				  .length = length,
				  .iova = iova };

	return ioctl(fd, IOM_NR_IOAS_MAP, &c);
}

static inline int test_cmd(int fd, struct iom_test_cmd *c, uint32_t op, uint32_t id)
{
	c->size = sizeof(*c);
	c->op = op;
	c->id = id;
	return ioctl(fd, IOM_NR_TEST_CMD, c);
}

/* A mock device attached to pt; *idev is its DEVICE object. Returns its own id. */
static inline uint32_t mock_device(int fd, uint32_t pt, uint32_t *idev)
{
	struct iom_test_cmd c = { 0 };

	CHECK(test_cmd(fd, &c, IOM_TEST_OP_MOCK_DOMAIN, pt) == 0);
	*idev = c.mock_domain.out_idev_id;
	return c.mock_domain.out_stdev_id;
}

static inline uint32_t hwpt_alloc(int fd, uint32_t dev, uint32_t pt, uint32_t flags, uint32_t fault)
{
	struct iom_hwpt_alloc c = { .size = sizeof(c), .flags = flags, .dev_id = dev, .pt_id = pt,
				    .fault_id = fault };

	CHECK(ioctl(fd, IOM_NR_HWPT_ALLOC, &c) == 0);
	return c.out_hwpt_id;
}

static inline void attach(int fd, uint32_t stdev, uint32_t pt)
{
	struct iom_test_cmd c = { .mock_domain_replace.pt_id = pt };

	CHECK(test_cmd(fd, &c, IOM_TEST_OP_MOCK_DOMAIN_REPLACE, stdev) == 0);
}

/* Reads or writes bytes as a device would. */
static inline int access_rw(int fd, int access, uint64_t iova, const void *bytes, uint64_t n,
			    uint32_t flags)
{
	struct iom_test_cmd c = { .access_rw = { iova, n, (uintptr_t)bytes, flags } };

	return test_cmd(fd, &c, IOM_TEST_OP_ACCESS_RW, (uint32_t)access);
}

static inline int access_create(int fd, uint32_t ioas)
{
	struct iom_test_cmd c = { 0 };

	CHECK(test_cmd(fd, &c, IOM_TEST_OP_CREATE_ACCESS, ioas) == 0);
	return (int)c.create_access.out_access_fd;
}

/* The child ran to its end and found nothing wrong. */
static inline void wait_for(pid_t child)
{
	int status;

	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
