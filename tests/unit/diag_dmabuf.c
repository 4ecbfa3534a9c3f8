/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes around dma-bufs: exporting a BAR, mapping, accesses, and the mock driver's. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag_fixture.h"

/* The device has one BAR, 0, of two pages; -1: it does not tell. */
static int64_t bar0;

static int bar_info(struct iom_backend *be, int fd, uint32_t code, void *arg)
{
	struct iom_vfio_region_info *info = arg;

	(void)be;
	assert_int_equal(fd, f.vfio.fd);
	assert_int_equal(code, IOM_NR_VFIO_DEVICE_GET_REGION_INFO);
	if (bar0 < 0)
		return -EIO;
	info->size = info->index ? 0 : (uint64_t)bar0;
	return 0;
}

/* As it is sent: header, data, ranges, and room up to the largest argument. */
struct export
{
	struct iom_vfio_feature head;
	struct iom_vfio_feature_dma_buf buf;
	struct iom_vfio_region_dma_range r[14];
	uint64_t rest;
};
_Static_assert(sizeof(struct export) == IOM_MAX_ARG, "ranges that can be seen");

static struct iom_err *why(const struct export *e, int code)
{
	const char *name = "VFIO_DEVICE_FEATURE_DMA_BUF";

	memset(&last_err, 0, sizeof(last_err));
	iom_explain_fd(&f.ctx, iom_call_find(name, NULL), f.vfio.fd, e, -code, f.root, &last_err);
	note_rows(name, code, last_err.cause);
	return &last_err;
}

void test_dmabuf_export(void **state)
{
	struct export ok = { { 24, 0x1000b }, { .nr_ranges = 1 }, { { 0, 0x1000 } } }, e;
	struct rlimit old, none = { 0, 0 };

	(void)state;
	f.be.ioctl = bar_info;
	bar0 = 0x2000;
	e = ok;
	e.head.flags = 0x2000b;
	is_cause(why(&e, EINVAL), "feature-op", "flags", "ask to set");
	e.head.flags = 0x3000b;
	is_cause(why(&e, EINVAL), "feature-flags", "flags", "both get and set");
	e.head.flags = 0xb;
	is_cause(why(&e, EINVAL), "feature-flags", "flags", "neither get nor set");
	e = ok;
	e.buf.flags = 4;
	is_cause(why(&e, EINVAL), "flag-unknown", "dma_buf_flags", "0x4");
	e = ok;
	e.buf.nr_ranges = 0;
	is_cause(why(&e, EINVAL), "no-ranges", "nr_ranges", "is 0");
	e = ok;
	e.r[0].length = 0;
	is_cause(why(&e, EINVAL), "range-empty", "ranges", "range 0 has length 0");
	e.r[0].length = 0x800;
	is_cause(why(&e, EINVAL), "range-unaligned", "ranges", "length 0x800 is not a multiple");
	e.r[0] = (struct iom_vfio_region_dma_range){ 0x10, 0x1000 };
	is_cause(why(&e, EINVAL), "range-unaligned", "ranges", "offset 0x10 is not a multiple");
	e.buf.nr_ranges = 2;
	e.r[0] = ok.r[0];
	e.r[1] = (struct iom_vfio_region_dma_range){ 0x1000, 0x2000 };
	is_cause(why(&e, EINVAL), "range-past-bar", "ranges",
		 "range 1: offset 0x1000 + length 0x2000 goes past the end of BAR 0, which has 8192");
	is_guess(why(&e, EOVERFLOW), "none of the causes");
	e.r[1].offset = ~0xfffULL;
	is_cause(why(&e, EOVERFLOW), "range-wraps", "ranges", "range 1");
	is_guess(why(&ok, EINVAL), "I/O ports");
	bar0 = -1;
	is_guess(why(&e, EINVAL), "past the end of the BAR");
	is_guess(why(&e, ENODEV), "no such BAR");
	bar0 = 0x2000;
	is_guess(why(&ok, ENODEV), "going away");
	e = ok;
	e.buf.region_index = 3;
	is_cause(why(&e, ENODEV), "bar-absent", "region_index", "no BAR 3");
	e.buf.region_index = 7;
	is_cause(why(&e, ENODEV), "bar-absent", "region_index", "region 7 is not a BAR");
	/* one more than can be looked at */
	e = ok;
	e.buf.nr_ranges = 15;
	for (int i = 0; i < 14; i++)
		e.r[i] = ok.r[0];
	is_guess(why(&e, EINVAL), "a range has no bytes");
	is_guess(why(&ok, EOPNOTSUPP), "peer-to-peer");
	is_guess(why(&ok, ENOMEM), "too many ranges");
	is_guess(why(&ok, EMFILE), "none of the causes");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	why(&ok, EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	is_cause(&last_err, "no-fd-left", NULL, "RLIMIT_NOFILE");
}

#define TEST(op_, ...)                                                                             \
	((struct iom_test_cmd){ .size = sizeof(struct iom_test_cmd), .op = op_, __VA_ARGS__ })

void test_dmabuf_map(void **state)
{
	int fd = memfd_create("iommuctl-dmabuf", MFD_CLOEXEC);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	WHY("IOMMU_IOAS_MAP_FILE", ENODEV, "dmabuf-revoked", "fd", "was revoked", FILEARG(.fd = fd));
	GUESS("IOMMU_IOAS_MAP_FILE", ENODEV, "none of the causes", FILEARG(.fd = null));
	WHY("IOMMU_IOAS_MAP_FILE", EOPNOTSUPP, "dmabuf-foreign", "fd", "no address ranges",
	    FILEARG(.fd = fd));
	GUESS("IOMMU_IOAS_MAP_FILE", EOPNOTSUPP, "probably", FILEARG(.fd = null));
	f.twin = (struct iom_handle){ .fd = fd, .by = "VFIO_DEVICE_FEATURE_DMA_BUF", .ranges = 2 };
	f.vfio.next = &f.twin;
	f.twin.next = &f.access;
	WHY("IOMMU_IOAS_MAP_FILE", EOPNOTSUPP, "dmabuf-ranges", "fd", "of 2 ranges",
	    FILEARG(.fd = fd));
	for (uint32_t op = IOM_TEST_OP_ACCESS_PAGES; op <= IOM_TEST_OP_ACCESS_RW; op++) {
		bool pages = op == IOM_TEST_OP_ACCESS_PAGES;
		const char *call = pages ? "IOMMU_TEST_OP_ACCESS_PAGES" : "IOMMU_TEST_OP_ACCESS_RW";
		struct iom_test_cmd c =
			pages ? TEST(op, .id = 101, .access_pages = { 0, 0, 0x2000000, 0x1000, 0 })
			      : TEST(op, .id = 101, .access_rw = { 0x2000000, 0x1000, 0, 0 });

		f.areas[0].dmabuf = false;
		GUESS(call, EINVAL, "being unmapped", c);
		f.areas[0].dmabuf = true;
		WHY(call, EINVAL, "access-dmabuf", "iova", "(made by line 3) is one of a dma-buf", c);
	}
	close(fd);
	close(null);
}

void test_dmabuf_mock(void **state)
{
	const char *get = "IOMMU_TEST_OP_DMABUF_GET", *revoke = "IOMMU_TEST_OP_DMABUF_REVOKE";
	int fd = memfd_create("iommuctl-dmabuf", MFD_CLOEXEC);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct rlimit old, none = { 0, 0 };
	struct iom_test_cmd c = TEST(IOM_TEST_OP_DMABUF_GET, .dmabuf_get = { 0, 0 });

	(void)state;
	WHY(get, EINVAL, "length-wrong", "length", "no page", c);
	c.dmabuf_get.length = 0x200001;
	WHY(get, EINVAL, "length-wrong", "length", "2097153 is more than 512 pages", c);
	c.dmabuf_get.length = 0x200000;
	GUESS(get, EINVAL, "probably", c);
	GUESS(get, EMFILE, "none of the causes", c);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	explain(get, &c, sizeof(c), EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	is_cause(&last_err, "no-fd-left", NULL, "RLIMIT_NOFILE");

	c = TEST(IOM_TEST_OP_DMABUF_REVOKE, .dmabuf_revoke = { CLOSED_FD, 1 });
	f.ctx.fd = null; /* the fixture's own is not open, which would explain it, too */
	WHY(revoke, EBADF, "fd-not-open", "dmabuf_fd", "fd 987 is not open", c);
	WHY(revoke, EINVAL, "not-dmabuf", "dmabuf_fd", "fd 987 is not open, not a dma-buf", c);
	c.dmabuf_revoke.dmabuf_fd = null;
	GUESS(revoke, EBADF, "none of the causes", c);
	WHY(revoke, EINVAL, "not-dmabuf", "dmabuf_fd", "is /dev/null", c);
	GUESS(revoke, EOPNOTSUPP, "probably", c);
	c.dmabuf_revoke.dmabuf_fd = fd;
	GUESS(revoke, EINVAL, "probably", c);
	WHY(revoke, EOPNOTSUPP, "not-mock-dmabuf", "dmabuf_fd", "not of the selftest driver", c);
	close(fd);
	close(null);
}

void test_noiommu(void **state)
{
	struct iom_hwpt_alloc h = { .size = 48, .flags = IOM_HWPT_ALLOC_PASID, .dev_id = 6, .pt_id = 1 };

	(void)state;
	assert_string_not_equal(explain("IOMMU_HWPT_ALLOC", &h, sizeof(h), EOPNOTSUPP)->fact,
				"device 6 (/dev/vfio/devices/noiommu-vfio0) is behind no IOMMU");
	strcpy(f.vfio.name, "/dev/vfio/devices/noiommu-vfio0");
	WHY("IOMMU_HWPT_ALLOC", EOPNOTSUPP, "noiommu-plain", "dev_id", "noiommu-vfio0) is behind", h);
}

void test_vf_token(void **state)
{
	const char *call = "VFIO_DEVICE_BIND_IOMMUFD";
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct iom_vfio_bind b = { .argsz = 24, .iommufd = null };
	char root[] = "/tmp/iommuctl-vf.XXXXXX", path[128];

	(void)state;
	WHY(call, EACCES, "token-missing", "flags", "vfio0 was opened without a VF token", b);
	b.flags = IOM_VFIO_DEVICE_BIND_FLAG_TOKEN;
	b.token_uuid_ptr = (uintptr_t)f.mem;
	WHY(call, EACCES, "token-wrong", "token_uuid_ptr", "takes another VF token", b);
	f.vfio.id = 0;
	f.root = NO_ROOT;
	GUESS(call, EINVAL, "VF token was given", b);
	f.root = NO_CAPS;
	WHY(call, EINVAL, "token-misuse", "flags", "vfio0 is neither a VF nor a PF", b);
	/* a VF: its PF is with vfio-pci, then with a driver of the host, then with none */
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/sys/class/vfio-dev/vfio0/device/physfn", root);
	for (char *p = strchr(path + strlen(root) + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		assert_int_equal(mkdir(path, 0700), 0);
		*p = '/';
	}
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/driver");
	f.root = root;
	assert_int_equal(symlink("../drivers/vfio-pci", path), 0);
	GUESS(call, EINVAL, "not cache-coherent", b);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("../drivers/igb", path), 0);
	WHY(call, EINVAL, "token-misuse", "flags", "the PF of /dev/vfio/devices/vfio0 is bound to igb", b);
	assert_int_equal(unlink(path), 0);
	WHY(call, EINVAL, "token-misuse", "flags", "is bound to no driver", b);
	for (char *p = strrchr(path, '/'); p > path + strlen(root); p = strrchr(path, '/')) {
		*p = '\0';
		assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(rmdir(root), 0);
	close(null);
}
