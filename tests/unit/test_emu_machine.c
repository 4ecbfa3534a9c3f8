/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulator's machine: what a description may say, and what the registers in it decide. */
#include "emu_calls.h"

#include <stdio.h>

#define NEST  IOM_HWPT_ALLOC_NEST_PARENT
#define DIRTY IOM_HWPT_ALLOC_DIRTY_TRACKING
#define PASID IOM_HWPT_ALLOC_PASID

/* ---- descriptions ---- */

static void test_wrong(void **state)
{
	static const char *const wrong[] = {
		"bus=x",
		"device=",
		"device=a;device=",
		"device=a/b",
		"device=a;device=a",
		"device=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"device=a,group",
		"device=a,group=-1",
		"device=a,group=0x80000000",
		"device=a,iommu=x",
		"device=a,cap=1",
		"device=a,driver=via",
		"device=a,driver=intel,cap=x",
		"device=a,driver=arm-smmuv3,idr0=0x100000000",
		"device=a,bdf=0:0",
		"device=a,pgsizes=0",
		"device=a,pgsizes=x",
		"device=a,pasid=21",
		"device=a,pasid=x",
		"device=a,aperture=0x1000",
		"device=a,aperture=x-0x1000",
		"device=a,aperture=0x1000-x",
		"device=a,aperture=0x2000-0x1fff",
		"device=a,resv=0x1000-0x1fff",
		"device=a,resv=0x1000-0x1fff:rom",
		"device=a,resv=0x1000:msi",
		"device=a,resv=0x1000-0x1fff:direct,resv=0x1000-0x1fff:msi,resv=0x3000-0x3fff:sw-msi",
		"device=a,pf=",
		"device=a,pf=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"device=a,pf=b",
		"device=a,pf=a",
		"device=a,pf=b;device=b,pf=c;device=c",
		"device=a,iommu=none",
		"device=a,driver=intel,cap=0,ecap=0",
		"device=a,driver=arm-smmuv3,idr0=0",
		"abi=7.4",
		"has=pci",
	};
	struct iom_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memset(&err, 0, sizeof(err));
		if (iom_emu_new(wrong[i], &err))
			fail_msg("%s: taken", wrong[i]);
		assert_int_equal(err.exit, IOM_EXIT_USAGE);
	}
	assert_int_equal(iom_emu_check("device=a,pf=b", &err), 0);
	assert_int_not_equal(iom_emu_check("device=a/b", &err), 0);
}

/* Every piece of memory is refused once; the sanitiser sees what would be left. */
static void test_no_memory(void **state)
{
	static const char spec[] =
		"abi=7.3;has=cap-ipc-lock;device=a,resv=0x1000-0x1fff:direct,resv=0x3000-0x3fff:msi;"
		"device=b,group=3;device=c,group=3";
	struct iom_emu *made = NULL;
	struct iom_err err;
	unsigned int nth;

	(void)state;
	for (nth = 1; !made; nth++) {
		memset(&err, 0, sizeof(err));
		iom_emu_fail_nth(nth);
		made = iom_emu_new(spec, &err);
		assert_int_equal(err.exit, made ? 0 : IOM_EXIT_INTERNAL);
		assert_int_equal(err.code, made ? 0 : -ENOMEM);
	}
	assert_true(nth > 8);
	iom_emu_free(made);
	for (nth = 1; iom_emu_fail_nth(nth), iom_emu_check(spec, &err); nth++)
		assert_int_equal(err.code, -ENOMEM);
	assert_true(nth > 8);
	iom_emu_fail_nth(0);
}

static void add_word(const char *word, void *arg)
{
	char *all = arg;

	strcat(strcat(all, word), " ");
}

static void expect_words(const char *spec, enum iom_emu_word kind, const char *want)
{
	char all[128] = "";

	restart(spec);
	iom_emu_words(emu, kind, add_word, all);
	assert_string_equal(all, want);
}

static void count_region(const struct iom_region *r, void *arg)
{
	unsigned int *n = arg;

	assert_string_equal(r->kind, "msi");
	++*n;
}

static void test_words(void **state)
{
	unsigned int n = 0;

	(void)state;
	expect_words(NULL, IOM_EMU_ABI, "7.3 sw-msi-v2 tsm-any ");
	iom_emu_device_regions(emu, "vfio1", count_region, &n);
	assert_int_equal(n, 1);
	iom_emu_device_regions(emu, "vfio2", count_region, &n);
	assert_int_equal(n, 1);
	expect_words("abi=tsm-any", IOM_EMU_ABI, "7.3 tsm-any ");
	expect_words("abi=tsm-v4,sw-msi-v2", IOM_EMU_ABI, "7.3 sw-msi-v2 tsm-v4 ");
	expect_words("abi=7.3", IOM_EMU_ABI, "7.3 ");
	expect_words("lacks=kvm,tsm", IOM_EMU_LACKS, "kvm tsm ");
	assert_false(iom_emu_has_huge_pages(emu));
	expect_words("has=huge-pages", IOM_EMU_HAS, "huge-pages ");
	assert_true(iom_emu_has_huge_pages(emu));
}

/* ---- devices ---- */

struct dev {
	int fd;
	uint32_t id;
};

static int bind_dev(const char *name, struct dev *d)
{
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };
	char path[64];
	int rc;

	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", name);
	d->fd = iom_emu_open(emu, path);
	assert_true(d->fd >= 0);
	rc = iom_emu_ioctl(emu, d->fd, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b);
	d->id = b.out_devid;
	return rc;
}

static struct dev bound(const char *name)
{
	struct dev d;

	assert_int_equal(bind_dev(name, &d), 0);
	return d;
}

/* Two functions of one PF: its token is made up once, and is nobody's until the PF takes another. */
static void test_functions(void **state)
{
	struct iom_vfio_bind b = { .argsz = sizeof(b),
				   .flags = IOM_VFIO_DEVICE_BIND_FLAG_TOKEN,
				   .token_uuid_ptr = (uintptr_t)buf };
	int pf, vf;

	(void)state;
	restart("device=pf;device=v1,pf=pf;device=v2,pf=pf;device=v3,pf=host");
	b.iommufd = fd;
	pf = iom_emu_open(emu, "/dev/vfio/devices/pf");
	vf = iom_emu_open(emu, "/dev/vfio/devices/v1");
	memset(buf, 7, 16);
	assert_int_equal(iom_emu_ioctl(emu, vf, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), -EACCES);
	assert_int_equal(iom_emu_ioctl(emu, pf, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	assert_int_equal(iom_emu_ioctl(emu, vf, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	/* while a function is open, the PF has to know it as well */
	assert_int_equal(iom_emu_close(emu, pf), 0);
	pf = iom_emu_open(emu, "/dev/vfio/devices/pf");
	buf[3] = 8;
	assert_int_equal(iom_emu_ioctl(emu, pf, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), -EACCES);
	b.flags = 0;
	assert_int_equal(iom_emu_ioctl(emu, pf, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), -EACCES);
	assert_int_equal(iom_emu_close(emu, vf), 0);
	assert_int_equal(iom_emu_ioctl(emu, pf, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
}

static int attach(const struct dev *d, uint32_t pt, uint32_t pasid)
{
	struct iom_vfio_attach a = { .argsz = sizeof(a), .pt_id = pt, .pasid = pasid };

	a.flags = pasid ? IOM_VFIO_DEVICE_ATTACH_PASID : 0;
	return iom_emu_ioctl(emu, d->fd, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a);
}

static int detach(const struct dev *d, uint32_t pasid)
{
	struct iom_vfio_detach a = { .argsz = sizeof(a), .pasid = pasid };

	a.flags = pasid ? IOM_VFIO_DEVICE_DETACH_PASID : 0;
	return iom_emu_ioctl(emu, d->fd, IOM_NR_VFIO_DEVICE_DETACH_IOMMUFD_PT, &a);
}

static int hwpt_data(uint32_t dev, uint32_t pt, uint32_t flags, uint32_t type, const void *data,
		     uint32_t len, uint32_t *id)
{
	struct iom_hwpt_alloc c = { .size = sizeof(c),
				    .flags = flags,
				    .dev_id = dev,
				    .pt_id = pt,
				    .data_type = type,
				    .data_len = len,
				    .data_uptr = (uintptr_t)data };
	int rc = call(IOM_NR_HWPT_ALLOC, &c);

	*id = c.out_hwpt_id;
	return rc;
}

static int hwpt(uint32_t dev, uint32_t pt, uint32_t flags, uint32_t *id)
{
	return hwpt_data(dev, pt, flags, 0, NULL, 0, id);
}

/* The last address that can be used in the IOAS. */
static uint64_t reach(uint32_t ioas)
{
	struct iom_iova_range r[8];
	uint64_t alignment;
	uint32_t n = 8;

	assert_int_equal(ranges(ioas, r, &n, &alignment), 0);
	return n ? r[n - 1].last : 0;
}

/* As the old container call tells them. */
static uint64_t page_sizes(uint32_t ioas)
{
	struct iom_vfio_ioas c = { .size = sizeof(c), .ioas_id = ioas, .op = IOM_VFIO_IOAS_SET };
	struct {
		uint32_t argsz, flags;
		uint64_t pgsizes;
	} info = { .argsz = sizeof(info) };

	assert_int_equal(call(IOM_NR_VFIO_IOAS, &c), 0);
	assert_int_equal(call(_IO(';', 0x70), &info), 0);
	return info.pgsizes;
}

#define ALL "aperture=0-0xffffffffffffffff"

/* VT-d: the widest table that the unit can walk; half of one for the first stage. */
static void test_vtd_width(void **state)
{
	const struct {
		unsigned int mgaw, widths, more; /* bits; SAGAW; bit 60: 5 levels in the first stage */
		uint64_t ecap;
		unsigned int bits;
	} rows[] = {
		/* the old mode */
		{ 57, 8, 0, 0, 57 }, { 60, 8, 0, 0, 57 }, { 52, 8, 0, 0, 52 }, { 57, 4, 0, 0, 48 },
		{ 42, 4, 0, 0, 42 }, { 48, 2, 0, 0, 39 }, { 36, 2, 0, 0, 36 }, { 48, 0, 0, 0, 0 },
		{ 30, 2, 0, 0, 0 },
		/* scalable, the second stage alone */
		{ 48, 4, 0, (uint64_t)9 << 43, 48 },
		/* and with the first one */
		{ 48, 4, 0, (uint64_t)0x19 << 43, 47 }, { 57, 4, 0, (uint64_t)0x19 << 43, 47 },
		{ 57, 4, 1, (uint64_t)0x19 << 43, 56 }, { 60, 4, 1, (uint64_t)0x19 << 43, 56 },
		{ 52, 4, 1, (uint64_t)0x19 << 43, 51 }, { 39, 4, 1, (uint64_t)0x19 << 43, 38 },
	};
	struct iom_err err = { 0 };
	uint32_t id, ioas;
	char spec[160];
	struct dev d;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(spec, sizeof(spec), "device=a," ALL ",driver=intel,cap=%#llx,ecap=%#llx",
			 (long long)((uint64_t)(rows[i].mgaw - 1) << 16 | (uint64_t)rows[i].widths << 8 |
				     (uint64_t)rows[i].more << 60),
			 (long long)rows[i].ecap);
		if (!rows[i].bits) {
			assert_null(iom_emu_new(spec, &err));
			continue;
		}
		restart(spec);
		d = bound("a");
		ioas = ioas_alloc();
		assert_int_equal(hwpt(d.id, ioas, 0, &id), 0);
		if (reach(ioas) != ((uint64_t)1 << rows[i].bits) - 1)
			fail_msg("row %zu: %#llx", i, (long long)reach(ioas));
	}
}

/* A server's unit, and what is changed in it. */
#define S_CAP(n)  ((uint64_t)47 << 16 | 4 << 8 | (uint64_t)(n) << 34 | 1ull << 56)
#define FIRST	  (1ull << 47)
#define SECOND	  (1ull << 46)
#define NESTS	  (1ull << 26)
#define SLADS	  (1ull << 45)
#define SMPWC	  (1ull << 48)
#define SCALABLE  (1ull << 43)
#define EVERY	  (SCALABLE | FIRST | SECOND | NESTS | SLADS | SMPWC)

static void two_units(uint64_t cap_a, uint64_t ecap_a, uint64_t cap_b, uint64_t ecap_b)
{
	char spec[320];

	snprintf(spec, sizeof(spec),
		 "device=a,iommu=0," ALL ",driver=intel,cap=%#llx,ecap=%#llx;"
		 "device=b,iommu=1," ALL ",driver=intel,cap=%#llx,ecap=%#llx",
		 (long long)cap_a, (long long)ecap_a, (long long)cap_b, (long long)ecap_b);
	restart(spec);
}

static void test_vtd_flags(void **state)
{
	uint32_t id, ioas;
	struct dev d;

	(void)state;
	/* without large pages of the second stage; 1 GiB in the first one have a bit of their own */
	two_units(S_CAP(0), EVERY, S_CAP(3) & ~(1ull << 56), EVERY);
	d = bound("a");
	ioas = ioas_alloc();
	assert_int_equal(hwpt(d.id, ioas, 0, &id), 0);
	assert_int_equal(page_sizes(ioas), 0x40201000);
	ioas = ioas_alloc();
	assert_int_equal(hwpt(d.id, ioas, DIRTY, &id), 0);
	assert_int_equal(page_sizes(ioas), 0x1000);
	d = bound("b");
	ioas = ioas_alloc();
	assert_int_equal(hwpt(d.id, ioas, 0, &id), 0);
	assert_int_equal(page_sizes(ioas), 0x201000);
	ioas = ioas_alloc();
	assert_int_equal(hwpt(d.id, ioas, NEST, &id), 0);
	assert_int_equal(page_sizes(ioas), 0x40201000);
	/* a parent is of the second stage; dirty bits take two capabilities */
	two_units(S_CAP(3), EVERY & ~SECOND, S_CAP(3), EVERY & ~SMPWC);
	d = bound("a");
	ioas = ioas_alloc();
	assert_int_equal(hwpt(d.id, ioas, NEST, &id), -EOPNOTSUPP);
	d = bound("b");
	assert_int_equal(hwpt(d.id, ioas, DIRTY, &id), -EOPNOTSUPP);
	two_units(S_CAP(3), EVERY & ~SLADS, S_CAP(3), EVERY & ~NESTS);
	d = bound("a");
	ioas = ioas_alloc();
	assert_int_equal(hwpt(d.id, ioas, DIRTY, &id), -EOPNOTSUPP);
	d = bound("b");
	assert_int_equal(hwpt(d.id, ioas, NEST, &id), -EOPNOTSUPP);
}

/* A table that was made for one unit, and the device behind another. */
static void test_vtd_compatible(void **state)
{
	const uint64_t c = S_CAP(3), no_1g = c & ~(1ull << 56), narrow = c - ((uint64_t)9 << 16);
	const struct {
		uint64_t cap_a, ecap_a;
		uint32_t flags;
		uint64_t cap_b, ecap_b;
		int rc;
	} rows[] = {
		{ c, EVERY, 0, c, EVERY, 0 },
		{ c, EVERY, 0, c, EVERY & ~FIRST, -EINVAL },
		{ c, EVERY, 0, narrow, EVERY, -EINVAL },
		{ c, EVERY, 0, no_1g, EVERY, -EINVAL },
		{ no_1g, EVERY, 0, no_1g, EVERY, 0 },
		{ c, EVERY, NEST, c, EVERY, 0 },
		{ c, EVERY, NEST, c, EVERY & ~NESTS, -EINVAL },
		{ c, EVERY & ~FIRST, 0, c, EVERY & ~NESTS, 0 },
		{ c, EVERY & ~FIRST, 0, c, EVERY & ~SECOND, -EINVAL },
		{ c, EVERY & ~FIRST, 0, narrow, EVERY, -EINVAL },
		{ c, EVERY & ~FIRST, 0, S_CAP(2), EVERY, -EINVAL },
		{ c, EVERY & ~FIRST, 0, S_CAP(1), EVERY, -EINVAL },
		{ S_CAP(1), EVERY & ~FIRST, 0, S_CAP(1), EVERY, 0 },
		{ S_CAP(2), EVERY & ~FIRST, 0, S_CAP(2), EVERY, 0 },
		{ c, EVERY, DIRTY, c, EVERY, 0 },
		{ c, EVERY, DIRTY, c, EVERY & ~SLADS, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dev a, b;
		uint32_t id;
		int rc;

		two_units(rows[i].cap_a, rows[i].ecap_a, rows[i].cap_b, rows[i].ecap_b);
		a = bound("a");
		b = bound("b");
		assert_int_equal(hwpt(a.id, ioas_alloc(), rows[i].flags, &id), 0);
		rc = attach(&b, id, 0);
		if (rc != rows[i].rc)
			fail_msg("row %zu: %d", i, rc);
	}
}

static void test_vtd_nested(void **state)
{
	const struct {
		uint64_t flags;
		uint32_t width;
		uint64_t cap, ecap;
		int rc;
	} rows[] = {
		{ 0, 48, 0, 0, 0 },
		{ 0, 39, 0, 0, -EINVAL },
		{ 0, 57, 0, 0, -EINVAL },
		{ 0, 57, 1ull << 60, 0, 0 },
		{ IOM_VTD_S1_SRE, 48, 0, 0, -EINVAL },
		{ IOM_VTD_S1_SRE, 48, 0, 1ull << 31, 0 },
		{ IOM_VTD_S1_EAFE, 48, 0, 0, -EINVAL },
		{ IOM_VTD_S1_EAFE, 48, 0, 1ull << 34, 0 },
	};
	struct iom_hwpt_vtd_s1 s1;
	uint32_t parent, id;
	struct dev a, b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		two_units(S_CAP(3) | rows[i].cap, EVERY | rows[i].ecap, S_CAP(3), EVERY & ~NESTS);
		a = bound("a");
		assert_int_equal(hwpt(a.id, ioas_alloc(), NEST, &parent), 0);
		s1 = (struct iom_hwpt_vtd_s1){ .flags = rows[i].flags, .addr_width = rows[i].width };
		assert_int_equal(hwpt_data(a.id, parent, 0, IOM_HWPT_DATA_VTD_S1, &s1, sizeof(s1), &id), 0);
		assert_int_equal(attach(&a, id, 0), rows[i].rc);
	}
	assert_int_equal(hwpt_data(a.id, parent, 0, IOM_HWPT_DATA_SELFTEST, &s1, sizeof(s1), &id),
			 -EOPNOTSUPP);
	/* the other unit has none of it */
	b = bound("b");
	assert_int_equal(hwpt_data(b.id, parent, 0, IOM_HWPT_DATA_VTD_S1, &s1, sizeof(s1), &id),
			 -EOPNOTSUPP);
}

static void test_vtd_invalidate(void **state)
{
	struct iom_hwpt_vtd_s1 s1 = { .addr_width = 48 };
	struct iom_hwpt_invalidate inv = { .size = sizeof(inv),
					   .data_uptr = 8,
					   .data_type = IOM_HWPT_INVALIDATE_DATA_VTD_S1,
					   .entry_len = sizeof(struct iom_hwpt_vtd_s1_invalidate),
					   .entry_num = 2 };
	struct iom_test_cmd c = { .check_iotlb = { 0, 0 } };
	uint32_t parent;
	struct dev a;

	(void)state;
	a = bound("vfio1");
	assert_int_equal(hwpt(a.id, ioas_alloc(), NEST, &parent), 0);
	assert_int_equal(hwpt_data(a.id, parent, 0, IOM_HWPT_DATA_VTD_S1, &s1, sizeof(s1),
				   &inv.hwpt_id), 0);
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &inv), -EFAULT);
	assert_int_equal(inv.entry_num, 0);
	/* it is not the selftest driver's, so there is nothing to look at */
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_MD_CHECK_IOTLB, inv.hwpt_id), -EINVAL);
}

/* ---- SMMUv3 and AMD ---- */

static int hwpt_on(const char *spec, uint32_t flags, uint32_t *ioas)
{
	uint32_t id;
	struct dev d;

	restart(spec);
	d = bound("a");
	*ioas = ioas_alloc();
	return hwpt(d.id, *ioas, flags, &id);
}

#define SMMU(more) "device=a," ALL ",driver=arm-smmuv3," more

static void test_smmu(void **state)
{
	uint32_t ioas, id;
	struct dev d;

	(void)state;
	/* the first stage alone, 52 bits of addresses; the second one alone, 40 of output */
	assert_int_equal(hwpt_on(SMMU("idr0=0x92,idr5=0x400"), 0, &ioas), 0);
	assert_int_equal(reach(ioas), ((uint64_t)1 << 52) - 1);
	assert_int_equal(hwpt_on(SMMU("idr0=0x92,idr5=0x400"), NEST, &ioas), -EOPNOTSUPP);
	assert_int_equal(hwpt_on(SMMU("idr0=0x92,idr5=0x400"), PASID, &ioas), 0);
	assert_int_equal(hwpt_on(SMMU("idr0=0x92,idr5=0x400"), DIRTY | NEST, &ioas), -EOPNOTSUPP);
	assert_int_equal(hwpt_on(SMMU("idr0=0x91,idr5=2"), 0, &ioas), 0);
	assert_int_equal(reach(ioas), ((uint64_t)1 << 40) - 1);
	assert_int_equal(hwpt_on(SMMU("idr0=0x91,idr5=2"), NEST, &ioas), -EOPNOTSUPP);
	assert_int_equal(hwpt_on(SMMU("idr0=0x91,idr5=2"), PASID, &ioas), -EOPNOTSUPP);
	assert_int_equal(hwpt_on(SMMU("idr0=0x91,idr5=2"), DIRTY, &ioas), -EOPNOTSUPP);
	assert_int_equal(hwpt_on(SMMU("idr0=0x93"), NEST, &ioas), 0);
	/* one that passes the caches by is not taken, nor is its dirty bit believed */
	restart(SMMU("idr0=0x83"));
	assert_int_equal(bind_dev("a", &d), -EINVAL);
	restart(SMMU("group=1,idr0=0x93;device=b,group=1,driver=arm-smmuv3,idr0=0x83"));
	d = bound("a");
	ioas = ioas_alloc();
	assert_int_equal(hwpt(d.id, ioas, DIRTY, &id), 0);
	assert_int_equal(attach(&d, id, 0), -EINVAL);
	assert_int_equal(hwpt(d.id, ioas, 0, &id), 0);
	assert_int_equal(attach(&d, id, 0), 0);
}

static void test_amd(void **state)
{
	uint32_t ioas;

	(void)state;
	assert_int_equal(hwpt_on("device=a,driver=amd,efr=0x1000000000010,efr2=8", NEST, &ioas), 0);
	assert_int_equal(hwpt_on("device=a,driver=amd,efr=0x1000000000010,efr2=0", NEST, &ioas),
			 -EOPNOTSUPP);
	assert_int_equal(hwpt_on("device=a,driver=amd,efr=0x10,efr2=8", NEST, &ioas), -EOPNOTSUPP);
	assert_int_equal(hwpt_on("device=a,driver=amd,efr=0x1000000000000,efr2=8", NEST, &ioas),
			 -EOPNOTSUPP);
}

/* ---- groups ---- */

static void test_group(void **state)
{
	struct iom_test_cmd c = { 0 };
	uint32_t ioas, other, id;
	struct dev a, b;

	(void)state;
	/* behind two IOMMUs: a table for one of them is none for the group */
	restart("device=a,group=1,iommu=1,driver=arm-smmuv3,pasid=8;device=d,pasid=0;"
		"device=b,group=1,iommu=0,driver=arm-smmuv3,pasid=8;device=c,iommu=2");
	b = bound("b");
	ioas = ioas_alloc();
	assert_int_equal(hwpt(b.id, ioas, PASID, &id), 0);
	assert_int_equal(attach(&b, id, 0), -EINVAL);
	assert_int_equal(attach(&b, id, 5), -EINVAL);
	a = bound("c");
	assert_int_equal(attach(&a, id, 5), -EINVAL);

	/* the first device's region is in the way of what is mapped: the second is not asked */
	restart("device=a,group=1,resv=0x10000-0x1ffff:direct,resv=0x30000-0x3ffff:msi,pasid=12;"
		"device=b,group=1,resv=0x50000-0x5ffff:direct,pasid=12");
	a = bound("a");
	b = bound("b");
	ioas = ioas_alloc();
	other = ioas_alloc();
	assert_int_equal(map_at(other, buf, PAGE, 0x10000), 0);
	assert_int_equal(attach(&a, ioas, 0), 0);
	assert_int_equal(attach(&b, ioas, 0), 0);
	assert_int_equal(attach(&a, other, 0), -EADDRINUSE);
	assert_int_equal(map_at(other, buf, PAGE, 0x30000), 0);
	assert_int_equal(map_at(other, buf, PAGE, 0x50000), 0);
	assert_int_equal(map_at(ioas, buf, PAGE, 0x50000), -EINVAL);
	assert_int_equal(unmap(other, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(attach(&a, other, 0), 0);
	assert_int_equal(map_at(other, buf, PAGE, 0x50000), -EINVAL);
	assert_int_equal(map_at(ioas, buf, PAGE, 0x50000), 0);

	/* a PASID of both, given back by one after the other; its number is the mock's odd one */
	assert_int_equal(hwpt(a.id, other, PASID, &id), 0);
	assert_int_equal(attach(&a, id, 0), 0);
	assert_int_equal(attach(&a, id, IOM_TEST_PASID_RESERVED), 0);
	assert_int_equal(attach(&b, id, IOM_TEST_PASID_RESERVED), 0);
	assert_int_equal(detach(&a, IOM_TEST_PASID_RESERVED), 0);
	assert_int_equal(detach(&a, 0), 0);
	assert_int_equal(detach(&b, 0), 0);
	assert_int_equal(destroy(id), -EBUSY);
	assert_int_equal(detach(&b, IOM_TEST_PASID_RESERVED), 0);
	assert_int_equal(destroy(id), 0);
	/* only what the mock writes to gets dirty */
	assert_int_equal(hwpt(a.id, other, 0, &id), 0);
	c.dirty.iova = 0;
	c.dirty.length = c.dirty.page_size = PAGE;
	c.dirty.uptr = (uintptr_t)buf;
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_DIRTY, id), -EINVAL);
}

/* There is no driver that could tell where the regions are. */
static void test_noiommu_regions(void **state)
{
	struct dev d;
	uint32_t ioas;

	(void)state;
	restart("has=cap-sys-rawio;device=noiommu-a,iommu=none,resv=0x10000-0x1ffff:direct");
	d = bound("noiommu-a");
	ioas = ioas_alloc();
	assert_int_equal(map_at(ioas, buf, PAGE, 0x10000), 0);
	assert_int_equal(attach(&d, ioas, 0), 0);
	assert_int_equal(reach(ioas), UINT64_MAX);
}

/* ---- what a device would reserve ---- */

struct seen {
	unsigned int n, stop; /* stop: after so many */
	uint64_t start[8], last[8];
};

static int see(const struct iom_region *r, void *arg)
{
	struct seen *s = arg;

	s->start[s->n] = r->start;
	s->last[s->n] = r->last;
	return ++s->n == s->stop ? -ECANCELED : 0;
}

static void test_regions(void **state)
{
	struct seen s = { 0 };
	uint32_t ioas;
	struct dev d;

	(void)state;
	restart("device=a,aperture=0x1000-0xffffffff,resv=0x8000000-0x80fffff:sw-msi,"
		"resv=0x9000000-0x90fffff:direct-relaxable,resv=0xa000000-0xa0fffff:direct");
	d = bound("a");
	assert_int_equal(iom_emu_regions(emu, fd, d.id, see, &s), 0);
	assert_int_equal(s.n, 5);
	assert_int_equal(s.last[0], 0xfff);
	assert_int_equal(s.start[1], 0x100000000);
	assert_int_equal(s.start[2], 0x8000000);
	for (unsigned int stop = 1; stop < 5; stop++) {
		s = (struct seen){ .stop = stop };
		assert_int_equal(iom_emu_regions(emu, fd, d.id, see, &s), -ECANCELED);
		assert_int_equal(s.n, stop);
	}
	/* the window may be where the driver's is, and where a region is that can be moved */
	assert_int_equal(set_option(IOM_OPTION_SW_MSI_START, d.id, 0x9000000), 0);
	assert_int_equal(set_option(IOM_OPTION_SW_MSI_START, d.id, 0xa000000), -EADDRINUSE);
	assert_int_equal(set_option(IOM_OPTION_SW_MSI_START, d.id, 0x9000800), -EINVAL);
	assert_int_equal(set_option(IOM_OPTION_SW_MSI_SIZE, d.id, 2), 0);
	s = (struct seen){ 0 };
	assert_int_equal(iom_emu_regions(emu, fd, d.id, see, &s), 0);
	assert_int_equal(s.start[2], 0x9000000);
	assert_int_equal(s.last[2], 0x91fffff);
	/* and that is what it takes */
	ioas = ioas_alloc();
	assert_int_equal(attach(&d, ioas, 0), 0);
	assert_int_equal(map_at(ioas, buf, PAGE, 0x9000000), -EINVAL);
	assert_int_equal(map_at(ioas, buf, PAGE, 0x8000000), 0);
	s = (struct seen){ .stop = 1 };
	assert_int_equal(iom_emu_regions(emu, fd, ioas, see, &s), -ECANCELED);
	assert_int_equal(iom_emu_regions(emu, fd, 99, see, &s), -ENOENT);
	assert_int_equal(iom_emu_regions(emu, d.fd, ioas, see, &s), -EBADF);
	restart("device=a," ALL);
	d = bound("a");
	s = (struct seen){ 0 };
	assert_int_equal(iom_emu_regions(emu, fd, d.id, see, &s), 0);
	assert_int_equal(s.n, 0);
}

static void test_rlimit_mode(void **state)
{
	uint64_t mode = 9;

	(void)state;
	restart("has=cap-sys-resource");
	assert_int_equal(set_option(IOM_OPTION_RLIMIT_MODE, 0, 2), -EINVAL);
	assert_int_equal(set_option(IOM_OPTION_RLIMIT_MODE, 0, 1), 0);
	assert_int_equal(option(IOM_OPTION_RLIMIT_MODE, IOM_OPTION_OP_GET, 0, &mode), 0);
	assert_int_equal(mode, 1);
	/* not once there is something that could be charged; that is looked at first */
	ioas_alloc();
	assert_int_equal(set_option(IOM_OPTION_RLIMIT_MODE, 0, 2), -EBUSY);
	assert_int_equal(set_option(IOM_OPTION_RLIMIT_MODE, 0, 0), -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_no_memory),
		T(test_words),
		T(test_functions),
		T(test_vtd_width),
		T(test_vtd_flags),
		T(test_vtd_compatible),
		T(test_vtd_nested),
		T(test_vtd_invalidate),
		T(test_smmu),
		T(test_amd),
		T(test_group),
		T(test_noiommu_regions),
		T(test_regions),
		T(test_rlimit_mode),
	};

	return cmocka_run_group_tests_name("emu_machine", tests, NULL, NULL);
}
