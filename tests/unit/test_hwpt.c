/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bits that names of fields become: entries of invalidations, stream table entries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <endian.h>

#include "cmd/hwpt.h"

static void command(const char *word, uint64_t w0, uint64_t w1)
{
	union iom_hwpt_entry e;
	struct iom_err err = { 0 };

	assert_int_equal(iom_hwpt_entry(IOM_INV_ARM_SMMUV3, word, &e, &err), 0);
	assert_true(le64toh(e.smmuv3.cmd[0]) == w0);
	assert_true(le64toh(e.smmuv3.cmd[1]) == w1);
}

static void test_smmu_commands(void **state)
{
	(void)state;
	command("CFGI_CD,sid=2,ssid=3,leaf", 0x0000000200003005, 1);
	command("cfgi_cd_all,sid=0xffffffff", 0xffffffff00000006, 0);
	command("TLBI_NH_ALL", 0x10, 0);
	command("TLBI_NH_ASID,asid=0x1234", 0x1234000000000011, 0);
	command("TLBI_NH_VA,asid=1,addr=0x7000,leaf,ttl=3,tg=1", 0x0001000000000012, 0x7701);
	command("TLBI_NH_VAA,addr=0xfffffffffffff000,num=31,scale=2", 0x21f013, 0xfffffffffffff000);
	command("TLBI_NSNH_ALL", 0x30, 0);
	command("ATC_INV,sid=1,ssid=5,ssv,addr=0x1000,size=52", 0x0000000100005840, 0x1034);
	command("ATC_INV,global", 0x240, 0);
	command("cmd0=0x46,cmd1=7", 0x46, 7);
}

static void test_other_entries(void **state)
{
	union iom_hwpt_entry e;
	struct iom_err err = { 0 };

	(void)state;
	assert_int_equal(iom_hwpt_entry(IOM_INV_VTD_S1, "addr=0x1000,npages=4,leaf", &e, &err), 0);
	assert_true(e.vtd.addr == 0x1000 && e.vtd.npages == 4 && e.vtd.flags == 1);
	assert_int_equal(iom_hwpt_entry(IOM_INV_VTD_S1, "all", &e, &err), 0);
	assert_true(e.vtd.addr == 0 && e.vtd.npages == UINT64_MAX && e.vtd.flags == 0);
	assert_int_equal(iom_hwpt_entry(IOM_INV_SELFTEST, "all,iotlb-id=3", &e, &err), 0);
	assert_true(e.selftest.flags == 1 && e.selftest.iotlb_id == 3);
	assert_int_equal(iom_hwpt_entry(IOM_INV_VIOMMU_SELFTEST, "vdev-id=9,cache-id=2", &e, &err), 0);
	assert_true(e.viommu.flags == 0 && e.viommu.vdev_id == 9 && e.viommu.cache_id == 2);
	assert_int_not_equal(iom_hwpt_entry(IOM_INV_SELFTEST, ",", &e, &err), 0);
	assert_int_not_equal(iom_hwpt_entry(IOM_INV_SELFTEST, "iotlb-id=4294967296", &e, &err), 0);
	assert_int_not_equal(iom_hwpt_entry(IOM_INV_ARM_SMMUV3, "TLBI_NH_VA,all", &e, &err), 0);
}

static void add(struct iom_args *a, unsigned int opt, const char *str, uint64_t num)
{
	a->v[opt].set = true;
	a->multi[a->n_multi].opt = opt;
	a->multi[a->n_multi].v.str = str;
	a->multi[a->n_multi++].v.num = num;
}

static void test_data(void **state)
{
	static struct iom_args a;
	union iom_hwpt_data d;
	struct iom_err err = { 0 };
	uint32_t len;

	(void)state;
	a.v[IOM_HWPT_DATA].num = IOM_HWPT_DATA_ARM_SMMUV3;
	add(&a, IOM_HWPT_STE, "config=s1", 0);
	add(&a, IOM_HWPT_STE, "s1contextptr=0x12340", 0);
	add(&a, IOM_HWPT_STE, "s1cdmax=5", 0);
	add(&a, IOM_HWPT_STE, "s1fmt=64k", 0);
	add(&a, IOM_HWPT_STE, "s1dss=ssid0", 0);
	add(&a, IOM_HWPT_STE, "eats=full", 0);
	add(&a, IOM_HWPT_STE, "s1stalld=1", 0);
	assert_int_equal(iom_hwpt_data(&a, &d, &len, &err), 0);
	assert_int_equal(len, 16);
	assert_true(le64toh(d.smmuv3.ste[0]) == 0x280000000001236b);
	assert_true(le64toh(d.smmuv3.ste[1]) == 0x18000002);
	a.v[IOM_HWPT_STE0].set = true;
	a.v[IOM_HWPT_STE0].num = 0;
	a.n_multi = 1;
	assert_int_equal(iom_hwpt_data(&a, &d, &len, &err), 0);
	assert_true(le64toh(d.smmuv3.ste[0]) == 0xa && d.smmuv3.ste[1] == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smmu_commands),
		cmocka_unit_test(test_other_entries),
		cmocka_unit_test(test_data),
	};

	return cmocka_run_group_tests_name("hwpt", tests, NULL, NULL);
}
