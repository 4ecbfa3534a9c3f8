/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree that a machine shows in sysfs: odd machines, regions that touch, trees that are not finished. */
#include "emu_calls.h"

#include <stdio.h>

struct wanted {
	const char *path;
	char text[512]; /* of that file, or where the link leads */
	unsigned int n; /* entries */
	unsigned int stop; /* at this one */
};

static int look(const struct iom_emu_entry *e, void *arg)
{
	struct wanted *w = arg;

	if (w->path && !strcmp(e->path, w->path))
		snprintf(w->text, sizeof(w->text), "%.*s", (int)e->len, (const char *)e->data);
	return ++w->n == w->stop ? -EIO : 0;
}

static const char *text_of(const char *path, struct wanted *w)
{
	*w = (struct wanted){ .path = path };
	assert_int_equal(iom_emu_tree(emu, look, w), 0);
	return w->text;
}

/* Whoever looks may have seen enough at any entry, and memory may be missing: the tree ends there. */
static void test_ends(void **state)
{
	struct wanted all = { NULL }, part;
	unsigned int nth;

	(void)state;
	assert_int_equal(iom_emu_tree(emu, look, &all), 0);
	assert_true(all.n > 50);
	for (nth = 1; nth <= all.n; nth++) {
		part = (struct wanted){ .stop = nth };
		assert_int_equal(iom_emu_tree(emu, look, &part), -EIO);
		assert_int_equal(part.n, nth);
	}
	for (nth = 1;; nth++) {
		part = (struct wanted){ NULL };
		iom_emu_fail_nth(nth);
		if (!iom_emu_tree(emu, look, &part))
			break;
		assert_int_equal(iom_emu_fail_left(), 0);
		assert_true(part.n < all.n);
	}
	iom_emu_fail_nth(0);
	assert_int_equal(part.n, all.n);
	assert_true(nth > 2);
}

static void expect_regions(const char *regions, const char *expected)
{
	char spec[1024];
	struct wanted w;

	snprintf(spec, sizeof(spec), "device=a,bdf=0000:00:02.0,group=3,iommu=0%s", regions);
	restart(spec);
	assert_string_equal(text_of("/sys/kernel/iommu_groups/3/reserved_regions", &w), expected);
}

#define TOP "0xffffffffffffffff"

static void test_regions(void **state)
{
	(void)state;
	expect_regions("", "");
	/* apart, on either side, and of two kinds */
	expect_regions(",resv=0x5000-0x5fff:reserved,resv=0x1000-0x1fff:reserved,resv=0x6000-0x6fff:direct,"
		       "resv=0x8000-0x8fff:reserved",
		       "0x0000000000001000 0x0000000000001fff reserved\n"
		       "0x0000000000005000 0x0000000000005fff reserved\n"
		       "0x0000000000006000 0x0000000000006fff direct\n"
		       "0x0000000000008000 0x0000000000008fff reserved\n");
	/* one in the other, both ways, and one that joins two */
	expect_regions(",resv=0x1000-0x8fff:reserved,resv=0x2000-0x2fff:reserved",
		       "0x0000000000001000 0x0000000000008fff reserved\n");
	expect_regions(",resv=0x2000-0x2fff:reserved,resv=0x1000-0x8fff:reserved",
		       "0x0000000000001000 0x0000000000008fff reserved\n");
	expect_regions(",resv=0x1000-0x1fff:reserved,resv=0x3000-0x3fff:reserved,resv=0x2000-0x2fff:reserved",
		       "0x0000000000001000 0x0000000000003fff reserved\n");
	/* where addresses end */
	expect_regions(",resv=0xfffffffffffff000-" TOP ":reserved,resv=0x1000-0x1fff:reserved",
		       "0x0000000000001000 0x0000000000001fff reserved\n"
		       "0xfffffffffffff000 " TOP " reserved\n");
	expect_regions(",resv=0xffffffffffffe000-0xffffffffffffefff:reserved,resv=0xfffffffffffff000-" TOP
		       ":reserved,resv=0xffffffffffffd000-0xffffffffffffdfff:reserved",
		       "0xffffffffffffd000 " TOP " reserved\n");
}

/* Devices without an address are in no PCI folder, and are parts of nothing that is. */
static void test_functions(void **state)
{
	struct wanted w;

	(void)state;
	restart("device=plain,iommu=0;device=pf,bdf=0000:00:02.0,iommu=0;"
		"device=vf0,pf=pf,iommu=0;device=vf1,bdf=0000:00:02.1,pf=pf,iommu=0;"
		"device=vf2,bdf=0000:00:03.1,pf=plain,iommu=0");
	assert_string_equal(text_of("/sys/devices/pci0000:00/0000:00:02.0/virtfn0", &w),
			    "../../../devices/pci0000:00/0000:00:02.1");
	assert_string_equal(text_of("/sys/devices/pci0000:00/0000:00:02.0/virtfn1", &w), "");
	assert_string_equal(text_of("/sys/devices/pci0000:00/0000:00:02.0/sriov_numvfs", &w), "1\n");
	assert_string_equal(text_of("/sys/devices/pci0000:00/0000:00:02.1/physfn", &w),
			    "../../../devices/pci0000:00/0000:00:02.0");
	assert_string_equal(text_of("/sys/devices/pci0000:00/0000:00:03.1/physfn", &w), "");
}

/* What an earlier device has not told of, since it is behind no IOMMU or no PCI device, the next does. */
static void test_first(void **state)
{
	struct wanted w;

	(void)state;
	restart("device=noiommu-a,bdf=0000:00:02.0,iommu=none;device=b,iommu=1,group=4;"
		"device=c,bdf=0000:00:03.0,iommu=1,group=4;device=d,bdf=0000:00:04.0,iommu=1,group=4");
	assert_string_equal(text_of("/sys/kernel/iommu_groups/4/type", &w), "DMA\n");
	assert_string_equal(text_of("/sys/devices/pci0000:00/0000:00:03.0/iommu_group", &w),
			    "../../../kernel/iommu_groups/4");
	assert_string_equal(text_of("/sys/devices/pci0000:00/0000:00:04.0/iommu_group", &w),
			    "../../../kernel/iommu_groups/4");
	assert_string_equal(text_of("/sys/devices/pci0000:00/0000:00:02.0/iommu_group", &w), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_ends), T(test_regions), T(test_functions), T(test_first),
	};

	return cmocka_run_group_tests_name("emu_sysfs", tests, NULL, NULL);
}
