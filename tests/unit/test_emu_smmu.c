/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual IOMMUs of the emulator's SMMUv3: what of a guest's commands its registers let pass. */
#include "emu_calls.h"

#include <stdio.h>

#include "iommuctl/smmuv3.h"

#define TG(n)	 ((uint64_t)(n) << 10)
#define TTL(n)	 ((uint64_t)(n) << 8)
#define NUM(n)	 ((uint64_t)(n) << 12)
#define SCALE(n) ((uint64_t)(n) << 20)
#define SSV	 (1ull << 11)

struct smmu {
	int fd;
	uint32_t dev, parent, viommu;
};

static int bind_dev(const char *name, struct smmu *s)
{
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };
	struct iom_hwpt_alloc h = { .size = sizeof(h), .flags = IOM_HWPT_ALLOC_NEST_PARENT };
	char path[64];
	int rc;

	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", name);
	s->fd = iom_emu_open(emu, path);
	rc = iom_emu_ioctl(emu, s->fd, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b);
	if (rc)
		return rc;
	h.dev_id = s->dev = b.out_devid;
	h.pt_id = ioas_alloc();
	rc = call(IOM_NR_HWPT_ALLOC, &h);
	s->parent = h.out_hwpt_id;
	return rc;
}

static int new_viommu(struct smmu *s, uint32_t parent, uint32_t type, const void *data, uint32_t len)
{
	struct iom_viommu_alloc c = { .size = sizeof(c),
				      .type = type,
				      .dev_id = s->dev,
				      .hwpt_id = parent,
				      .data_len = len,
				      .data_uptr = (uintptr_t)data };
	int rc = call(IOM_NR_VIOMMU_ALLOC, &c);

	s->viommu = c.out_viommu_id;
	return rc;
}

/* A device with these registers, its vIOMMU, and the device in it under the number 9. */
static struct smmu guest(const char *more)
{
	struct iom_vdevice_alloc v = { .size = sizeof(v), .virt_id = 9 };
	char spec[160];
	struct smmu s;

	snprintf(spec, sizeof(spec), "device=a,driver=arm-smmuv3,%s", more);
	restart(spec);
	assert_int_equal(bind_dev("a", &s), 0);
	assert_int_equal(new_viommu(&s, s.parent, IOM_VIOMMU_TYPE_ARM_SMMUV3, NULL, 0), 0);
	v.viommu_id = s.viommu;
	v.dev_id = s.dev;
	assert_int_equal(call(IOM_NR_VDEVICE_ALLOC, &v), 0);
	return s;
}

static int send(const struct smmu *s, uint64_t w0, uint64_t w1)
{
	struct iom_viommu_arm_smmuv3_invalidate e = { { w0, w1 } };
	struct iom_hwpt_invalidate c = { .size = sizeof(c),
					 .hwpt_id = s->viommu,
					 .data_uptr = (uintptr_t)&e,
					 .data_type = IOM_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
					 .entry_len = sizeof(e),
					 .entry_num = 1 };
	int rc = call(IOM_NR_HWPT_INVALIDATE, &c);

	assert_int_equal(c.entry_num, !rc);
	return rc;
}

/* Ranges of TLBI: a size of pages needs the rest, and without it the rest is reserved. */
static void test_ranges(void **state)
{
	const uint64_t va = IOM_SMMU_TLBI_NH_VA, vaa = IOM_SMMU_TLBI_NH_VAA;
	struct smmu s = guest("idr3=0x500");

	(void)state;
	assert_int_equal(send(&s, va, 0x1000), 0);
	assert_int_equal(send(&s, va | NUM(3), 0x1000), -EIO);
	assert_int_equal(send(&s, va, 0x1000 | TTL(2)), -EIO);
	assert_int_equal(send(&s, va | NUM(3), 0x1000 | TG(1)), 0);
	assert_int_equal(send(&s, va | SCALE(3), 0x1000 | TG(1)), 0);
	assert_int_equal(send(&s, va, 0x1000 | TG(1) | TTL(1)), 0);
	assert_int_equal(send(&s, va, 0x1000 | TG(1)), -EIO);
	/* what is for 52-bit addresses only: 16 KiB pages of level 1, the top bit of the scale */
	assert_int_equal(send(&s, vaa, 0x1000 | TG(2) | TTL(1)), -EIO);
	assert_int_equal(send(&s, vaa, 0x1000 | TG(2) | TTL(2)), 0);
	assert_int_equal(send(&s, vaa, 0x1000 | TG(3) | TTL(1)), 0);
	assert_int_equal(send(&s, vaa | SCALE(32), 0x1000 | TG(1)), -EIO);
	s = guest("idr3=0x500,idr5=0x80");
	assert_int_equal(send(&s, vaa, 0x1000 | TG(2) | TTL(1)), 0);
	assert_int_equal(send(&s, vaa | SCALE(32), 0x1000 | TG(1)), 0);
	/* without ranges all of their bits are reserved */
	s = guest("idr3=0x100");
	assert_int_equal(send(&s, va, 0x1000), 0);
	assert_int_equal(send(&s, va | NUM(3), 0x1000 | TG(1)), -EIO);
	assert_int_equal(send(&s, va, 0x1000 | TG(1)), -EIO);
	/* reserved in the second word alone */
	assert_int_equal(send(&s, IOM_SMMU_TLBI_NSNH_ALL, 1), -EIO);
	assert_int_equal(send(&s, IOM_SMMU_TLBI_NSNH_ALL, 0), 0);
}

static void test_ids(void **state)
{
	const uint64_t sid = 9ull << 32, asid = 0x1ffull << 48;
	struct smmu s = guest("idr3=0x500");

	(void)state;
	assert_int_equal(send(&s, IOM_SMMU_TLBI_NH_ASID | asid, 0), 0);
	assert_int_equal(send(&s, IOM_SMMU_CFGI_CD | sid | 1 << 12, 1), 0);
	assert_int_equal(send(&s, IOM_SMMU_CFGI_CD | (sid + (1ull << 32)), 0), -EIO);
	assert_int_equal(send(&s, IOM_SMMU_ATC_INV | sid | SSV, 52), 0);
	assert_int_equal(send(&s, IOM_SMMU_ATC_INV | sid, 53), -EIO);
	assert_int_equal(send(&s, 0x77, 0), -EIO);
	/* 8-bit ASIDs, no ATS; then no substreams */
	s = guest("idr0=0x93");
	assert_int_equal(send(&s, IOM_SMMU_TLBI_NH_ASID | asid, 0), -EIO);
	assert_int_equal(send(&s, IOM_SMMU_TLBI_NH_VA | asid, 0), -EIO);
	assert_int_equal(send(&s, IOM_SMMU_TLBI_NH_ASID | 0xffull << 48, 0), 0);
	assert_int_equal(send(&s, IOM_SMMU_ATC_INV | sid, 0), -EIO);
	s = guest("idr1=0x10");
	assert_int_equal(send(&s, IOM_SMMU_ATC_INV | sid | SSV, 0), -EIO);
	assert_int_equal(send(&s, IOM_SMMU_ATC_INV | sid, 0), 0);
	assert_int_equal(send(&s, IOM_SMMU_CFGI_CD | sid | 1 << 12, 0), -EIO);
}

static void test_entries(void **state)
{
	struct smmu s = guest("idr3=0x500");
	struct iom_hwpt_invalidate c = { .size = sizeof(c),
					 .hwpt_id = s.viommu,
					 .data_uptr = (uintptr_t)buf,
					 .data_type = IOM_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
					 .entry_len = 24,
					 .entry_num = 3 };

	(void)state;
	buf[0] = buf[24] = buf[48] = IOM_SMMU_TLBI_NSNH_ALL;
	buf[24 + 16] = 1; /* behind what is known */
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -E2BIG);
	assert_int_equal(c.entry_num, 0);
	buf[24 + 16] = 0;
	c.entry_num = 3;
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), 0);
	assert_int_equal(c.entry_num, 3);
	c.entry_num = 0;
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -EINVAL);
	c.entry_num = 1;
	c.data_type = IOM_VIOMMU_INVALIDATE_DATA_SELFTEST;
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -EINVAL);
	/* more than the driver gets in one piece, and no memory at all: the number stays as it was */
	c.data_type = IOM_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3;
	c.entry_num = (4 << 20) / 16 + 1;
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -ENOMEM);
	assert_int_equal(c.entry_num, (4 << 20) / 16 + 1);
	c.entry_num = 2;
	iom_emu_fail_nth(2); /* the object is looked for first */
	assert_int_equal(call(IOM_NR_HWPT_INVALIDATE, &c), -ENOMEM);
	assert_int_equal(iom_emu_fail_left(), 0);
	assert_int_equal(c.entry_num, 2);
}

static void test_nested(void **state)
{
	struct iom_hwpt_alloc h = { .size = sizeof(h),
				    .data_type = IOM_HWPT_DATA_ARM_SMMUV3,
				    .data_len = sizeof(struct iom_hwpt_arm_smmuv3),
				    .data_uptr = 8 };
	struct iom_hw_queue_alloc q = {
		.size = sizeof(q), .type = IOM_HW_QUEUE_TYPE_SELFTEST, .length = PAGE
	};
	struct smmu s = guest("idr3=0x500");

	(void)state;
	h.dev_id = s.dev;
	h.pt_id = s.viommu;
	assert_int_equal(call(IOM_NR_HWPT_ALLOC, &h), -EFAULT);
	/* it has no queues for guests */
	q.viommu_id = s.viommu;
	assert_int_equal(call(IOM_NR_HW_QUEUE_ALLOC, &q), -EOPNOTSUPP);
}

/* Which parents and types are taken. */
static void test_alloc(void **state)
{
	struct iom_viommu_tegra241_cmdqv d = { 0 };
	struct smmu a, b, t;

	(void)state;
	restart("device=a,iommu=0,driver=arm-smmuv3;device=b,iommu=1,driver=arm-smmuv3;"
		"device=t,iommu=2,driver=tegra241");
	assert_int_equal(bind_dev("a", &a), 0);
	assert_int_equal(bind_dev("b", &b), 0);
	assert_int_equal(bind_dev("t", &t), 0);
	assert_int_equal(new_viommu(&a, b.parent, IOM_VIOMMU_TYPE_ARM_SMMUV3, NULL, 0), -EINVAL);
	assert_int_equal(new_viommu(&a, t.parent, IOM_VIOMMU_TYPE_ARM_SMMUV3, NULL, 0), -EINVAL);
	assert_int_equal(new_viommu(&a, a.parent, IOM_VIOMMU_TYPE_TEGRA241_CMDQV, &d, sizeof(d)),
			 -EOPNOTSUPP);
	assert_int_equal(new_viommu(&a, a.parent, IOM_VIOMMU_TYPE_SELFTEST, NULL, 0), -EOPNOTSUPP);
	/* the parent comes before the data */
	assert_int_equal(new_viommu(&t, a.parent, IOM_VIOMMU_TYPE_TEGRA241_CMDQV, NULL, 3), -EINVAL);
	assert_int_equal(new_viommu(&t, t.parent, IOM_VIOMMU_TYPE_TEGRA241_CMDQV, &d, 3), -EINVAL);
	assert_int_equal(new_viommu(&t, t.parent, IOM_VIOMMU_TYPE_TEGRA241_CMDQV, (void *)8, sizeof(d)),
			 -EFAULT);
	assert_int_equal(new_viommu(&t, t.parent, IOM_VIOMMU_TYPE_TEGRA241_CMDQV, &d, sizeof(d)),
			 -ENOSPC);
	assert_int_equal(new_viommu(&t, t.parent, IOM_VIOMMU_TYPE_ARM_SMMUV3, NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_ranges), T(test_ids), T(test_entries), T(test_nested), T(test_alloc),
	};

	return cmocka_run_group_tests_name("emu_smmu", tests, NULL, NULL);
}
