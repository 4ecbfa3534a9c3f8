/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sysfs shows of the emulator's machine: regions of a group, functions of a device, and errors. */
#include "emu_calls.h"

struct search {
	const char *path;
	char text[512]; /* of the entry there */
	unsigned int found, entries, stop; /* stop: after so many */
};

static int look(const struct iom_emu_entry *e, void *arg)
{
	struct search *s = arg;

	if (s->path && strcmp(s->path, e->path) == 0 && e->len < sizeof(s->text)) {
		if (e->len)
			memcpy(s->text, e->data, e->len);
		s->text[e->len] = '\0';
		s->found++;
	}
	return ++s->entries == s->stop ? -ECANCELED : 0;
}

static void expect(const char *path, const char *text)
{
	struct search s = { .path = path };

	assert_int_equal(iom_emu_tree(emu, look, &s), 0);
	assert_int_equal(s.found, text != NULL);
	if (text)
		assert_string_equal(s.text, text);
}

#define GROUP "/sys/kernel/iommu_groups/3/"

/* By address; those of one kind that touch or overlap are one, up to the last address that there is. */
static void test_regions(void **state)
{
	(void)state;
	restart("device=a,bdf=0000:00:01.0,group=3,resv=0x8000-0x8fff:direct,resv=0x1000-0x1fff:direct,"
		"resv=0x2000-0x2fff:reserved;"
		"device=b,bdf=0000:00:01.1,group=3,resv=0x7000-0x7fff:direct,resv=0x9000-0x9fff:direct,"
		"resv=0x8800-0x88ff:direct,resv=0x0-0x1800:direct;"
		"device=c,bdf=0000:00:02.0,group=4,resv=0x5000-0x5fff:msi");
	expect(GROUP "reserved_regions", "0x0000000000000000 0x0000000000001fff direct\n"
					 "0x0000000000002000 0x0000000000002fff reserved\n"
					 "0x0000000000007000 0x0000000000009fff direct\n");
	restart("device=a,bdf=0000:00:01.0,group=3,resv=0xfffffffffffff000-0xffffffffffffffff:direct,"
		"resv=0x0-0xfff:direct,resv=0xffffffffffffe000-0xffffffffffffffff:direct,"
		"resv=0x8000000-0x80fffff:sw-msi");
	expect(GROUP "reserved_regions", "0x0000000000000000 0x0000000000000fff direct\n"
					 "0x0000000008000000 0x00000000080fffff msi\n"
					 "0xffffffffffffe000 0xffffffffffffffff direct\n");
}

/* Functions and groups are of those devices that have a place on a bus, and of others nothing is said. */
static void test_places(void **state)
{
	(void)state;
	restart("device=x,iommu=7;device=noiommu-n,iommu=none,bdf=0000:00:09.0;"
		"device=pf,bdf=0000:00:01.0,iommu=7;device=v1,bdf=0000:00:01.1,pf=pf,iommu=7;device=v2,pf=pf;"
		"device=v3,bdf=0000:00:01.3,pf=x");
	expect("/sys/devices/pci0000:00/0000:00:01.0/virtfn0", "../../../devices/pci0000:00/0000:00:01.1");
	expect("/sys/devices/pci0000:00/0000:00:01.0/virtfn1", NULL);
	expect("/sys/devices/pci0000:00/0000:00:01.0/sriov_numvfs", "1\n");
	expect("/sys/devices/pci0000:00/0000:00:01.1/physfn", "../../../devices/pci0000:00/0000:00:01.0");
	expect("/sys/devices/pci0000:00/0000:00:01.3/physfn", NULL);
	expect("/sys/devices/pci0000:00/0000:00:09.0/iommu_group", NULL);
	expect("/dev/vfio/devices/x", "");
}

/* The first answer that is not 0 ends it, and so does every want of memory. */
static void test_ends(void **state)
{
	struct search s = { 0 };
	unsigned int nth, entries;

	(void)state;
	assert_int_equal(iom_emu_tree(emu, look, &s), 0);
	entries = s.entries;
	assert_true(entries > 40);
	for (unsigned int stop = 1; stop <= entries; stop++) {
		s = (struct search){ .stop = stop };
		assert_int_equal(iom_emu_tree(emu, look, &s), -ECANCELED);
		assert_int_equal(s.entries, stop);
	}
	for (nth = 1;; nth++) {
		s = (struct search){ 0 };
		iom_emu_fail_nth(nth);
		if (!iom_emu_tree(emu, look, &s))
			break;
		assert_int_equal(iom_emu_fail_left(), 0);
		assert_true(s.entries < entries);
	}
	assert_int_equal(s.entries, entries);
	assert_int_equal(iom_emu_fail_left(), nth - 4); /* two groups, two pieces of memory each */
	iom_emu_fail_nth(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { T(test_regions), T(test_places), T(test_ends) };

	return cmocka_run_group_tests_name("emu_tree", tests, NULL, NULL);
}
