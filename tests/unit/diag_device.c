/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of attaching and using a device: of the mock driver, and of VFIO. */
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "diag_fixture.h"

/* ---- mock driver ---- */

#define TEST(op_, id_, ...) ((struct iom_test_cmd){ .size = 72, .op = op_, .id = id_, __VA_ARGS__ })

enum how { ADD, REPLACE, PASID_0 };

static void attach_cases(const char *call, uint32_t op, enum how how)
{
	bool replace = how != ADD;
#define ATTACH(pt)                                                                                 \
	(how == PASID_0 ? TEST(op, 5, .pasid_attach = { 0, pt })                                    \
	 : replace	? TEST(op, 5, .mock_domain_replace.pt_id = pt)                              \
			: TEST(op, pt))
	struct iom_test_cmd c = ATTACH(7);
	unsigned char *gone =
		mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	setup(NULL);
	WHY(call, EINVAL, "pt-wrong-kind", replace ? "pt_id" : "id", "id 7 is a fault", c);
	c = ATTACH(2);
	GUESS(call, EADDRINUSE, "none of the causes", c);
	GUESS(call, EFAULT, "none of the causes", c);
	GUESS(call, EINVAL, how == PASID_0 ? "not of a mock device" : "does not accept", c);
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

void test_mock_attach(void **state)
{
	(void)state;
	attach_cases("IOMMU_TEST_OP_MOCK_DOMAIN", IOM_TEST_OP_MOCK_DOMAIN, ADD);
	attach_cases("IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", IOM_TEST_OP_MOCK_DOMAIN_FLAGS, ADD);
	attach_cases("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", IOM_TEST_OP_MOCK_DOMAIN_REPLACE, REPLACE);
	attach_cases("IOMMU_TEST_OP_PASID_ATTACH", IOM_TEST_OP_PASID_ATTACH, PASID_0);
	attach_cases("IOMMU_TEST_OP_PASID_REPLACE", IOM_TEST_OP_PASID_REPLACE, PASID_0);
	setup(NULL);
	f.store[5].hwpt = 0;
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", EINVAL, "not-attached", "id", "selftest 5",
	    TEST(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, 5, .mock_domain_replace.pt_id = 1));
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", ENOENT, "no-object", "id", "id 4 is a device",
	    TEST(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, 4, .mock_domain_replace.pt_id = 1));
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN", ENOENT, "no-object", "id", "no object 12", TEST(2, 12));
}

void test_mock_reserved(void **state)
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

void test_mock_check(void **state)
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
	GUESS(call, EINVAL, "being unmapped", ACCESS(101, 0, 0x2000000, 1));
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

void test_mock_access(void **state)
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

void test_vfio_bind(void **state)
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
	{
		int anon = eventfd(0, EFD_CLOEXEC);
		struct iom_err e = { 0 };

		assert_true(anon >= 0);
		iom_explain_fd(&f.ctx, iom_call_find(call, NULL), anon, &b, -EINVAL, f.root, &e);
		note_rows(call, EINVAL, e.cause);
		is_cause(&e, "fd-of-group", NULL, "anon_inode:");
		assert_int_equal(close(anon), 0);
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
	GUESS(call, ENODEV, "going away", b);
	close(null);
}

void test_vfio_attach(void **state)
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
	GUESS(call, EBUSY, "being reset", a);
	GUESS(call, EIO, "power management", a);
	f.vfio.id = 0;
	WHY(call, EINVAL, "device-unbound", NULL, "vfio0 is not bound", a);
}

void test_vfio_detach(void **state)
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

/* ---- registers ---- */

#define CONFIG_AT ((uint64_t)7 << 40)

static uint16_t command; /* register of the fake device */
static bool config_gone;

static int config_info(struct iom_backend *be, int fd, uint32_t code, void *arg)
{
	struct iom_vfio_region_info *info = arg;

	(void)be;
	assert_int_equal(fd, 100);
	assert_int_equal(code, IOM_NR_VFIO_DEVICE_GET_REGION_INFO);
	assert_int_equal(info->index, IOM_VFIO_PCI_CONFIG_REGION_INDEX);
	info->offset = CONFIG_AT;
	return config_gone ? -EINVAL : 0;
}

static ssize_t config_read(struct iom_backend *be, int fd, void *buf, size_t count,
			   uint64_t offset)
{
	(void)be;
	assert_int_equal(fd, 100);
	assert_int_equal(offset, CONFIG_AT + 4);
	assert_int_equal(count, sizeof(command));
	memcpy(buf, &command, sizeof(command));
	return (ssize_t)count;
}

static const struct iom_err *explain_io(const struct iom_call *call, uint32_t index, int code)
{
	struct iom_region_io io = { .index = index, .count = 4 };

	last_err = (struct iom_err){ 0 };
	iom_explain_fd(&f.ctx, call, 100, &io, -code, f.root, &last_err);
	note_rows(call->name, code, last_err.fact[0] ? last_err.cause : NULL);
	return &last_err;
}

void test_vfio_region(void **state)
{
	static const struct iom_call *const calls[] = { &iom_region_read, &iom_region_write };

	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(calls); i++) {
		f.be.ioctl = config_info;
		f.be.pread = config_read;
		config_gone = false;
		command = 0x404;
		is_cause(explain_io(calls[i], 5, EIO), "memory-off", "offset", "is 0x0404");
		command = 0x6;
		assert_string_equal(explain_io(calls[i], 0, EIO)->fact, "");
		assert_non_null(strstr(last_err.hint, "did not wake up"));
		/* The ROM and the configuration space are no memory that a device decodes. */
		command = 0;
		assert_string_equal(explain_io(calls[i], 6, EIO)->fact, "");
		config_gone = true;
		assert_string_equal(explain_io(calls[i], 0, EIO)->fact, "");
		assert_non_null(strstr(last_err.hint, "does not decode memory"));
		config_gone = false;
		f.be.pread = NULL;
		assert_string_equal(explain_io(calls[i], 0, EIO)->fact, "");
		assert_non_null(strstr(explain_io(calls[i], 0, EBUSY)->hint, "claimed the BAR"));
		assert_non_null(strstr(explain_io(calls[i], 0, EINVAL)->hint, "nothing at this"));
	}
}
