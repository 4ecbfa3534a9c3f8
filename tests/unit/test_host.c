/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's groups and small files, on trees that look like real and like broken machines. */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "iommuctl/host.h"

#ifndef FIXTURES
#define FIXTURES "tests/fixtures"
#endif

struct host {
	struct iom_host_group *g;
	size_t n, malformed;
	struct iom_err err;
	int rc;
};

static void read_host(struct host *h, const char *root)
{
	memset(h, 0, sizeof(*h));
	h->rc = iom_host_groups(root, &h->g, &h->n, &h->malformed, &h->err);
}

static void free_host(struct host *h)
{
	iom_host_groups_free(h->g, h->n);
}

static void test_path(void **state)
{
	char buf[32];

	(void)state;
	assert_int_equal(iom_path("", buf, sizeof(buf), "/sys/%d", 7), 0);
	assert_string_equal(buf, "/sys/7");
	assert_int_equal(iom_path("/tree/", buf, sizeof(buf), "/sys"), 0);
	assert_string_equal(buf, "/tree/sys");
	assert_int_equal(iom_path("/", buf, sizeof(buf), "/sys"), 0);
	assert_string_equal(buf, "/sys");
	assert_int_equal(iom_path(NULL, buf, sizeof(buf), "/sys"), 0);
	assert_string_equal(buf, "/sys");
	/* 31 characters fit into 32 bytes, 32 do not. */
	assert_int_equal(iom_path("/0123456789", buf, sizeof(buf), "/0123456789012345678"), 0);
	assert_int_equal(iom_path("/0123456789", buf, sizeof(buf), "/01234567890123456789"),
			 -ENAMETOOLONG);
	assert_int_equal(
		iom_path("/0123456789012345678901234567890123456789", buf, sizeof(buf), "/"),
		-ENAMETOOLONG);
}

static void test_read_file(void **state)
{
	char buf[64];

	(void)state;
	assert_int_equal(iom_read_file(FIXTURES "/sysfs-vtd", "/sys/kernel/iommu_groups/1/type",
				       buf, sizeof(buf)),
			 6);
	assert_string_equal(buf, "DMA-FQ");
	/* Seven bytes with the newline: they want room for one more. */
	assert_int_equal(
		iom_read_file(FIXTURES "/sysfs-vtd", "/sys/kernel/iommu_groups/1/type", buf, 8), 6);
	assert_int_equal(
		iom_read_file(FIXTURES "/sysfs-vtd", "/sys/kernel/iommu_groups/1/type", buf, 7),
		-EFBIG);
	assert_string_equal(buf, "");
	assert_int_equal(
		iom_read_file(FIXTURES "/sysfs-vtd", "/sys/kernel/iommu_groups/1/type", buf, 0),
		-EFBIG);
	assert_int_equal(iom_read_file(FIXTURES "/sysfs-malformed",
				       "/sys/kernel/iommu_groups/6/reserved_regions", buf,
				       sizeof(buf)),
			 0);
	assert_string_equal(buf, "");
	assert_int_equal(iom_read_file(FIXTURES, "/nothing", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(iom_read_file(FIXTURES, "/sysfs-vtd/sys", buf, sizeof(buf)), -EISDIR);
	/* A tail of newlines loses one only; a NUL stays inside. */
	assert_int_equal(iom_read_file("", "/dev/null", buf, sizeof(buf)), 0);
}

static void test_read_fifo(void **state)
{
	char dir[] = "/tmp/iommuctl-host-XXXXXX", path[64], buf[16];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	/* Nobody writes: it is empty, and it does not wait. */
	assert_int_equal(iom_read_file(dir, "/fifo", buf, sizeof(buf)), 0);
	unlink(path);
	rmdir(dir);
}

static void test_vtd(void **state)
{
	static const uint32_t ids[] = { 0, 1, 2, 9, 10, 17 };
	struct host h;

	(void)state;
	read_host(&h, FIXTURES "/sysfs-vtd");
	assert_int_equal(h.rc, 0);
	assert_int_equal(h.n, 6);
	assert_int_equal(h.malformed, 0);
	for (size_t i = 0; i < h.n; i++) {
		assert_int_equal(h.g[i].id, ids[i]);
		assert_false(h.g[i].regions_unreadable);
	}
	assert_string_equal(h.g[0].type, "DMA");
	assert_int_equal(h.g[0].n_regions, 2);
	assert_string_equal(h.g[0].regions[0].kind, "direct-relaxable");
	assert_int_equal(h.g[0].regions[0].start, 0x8d800000);
	assert_int_equal(h.g[0].regions[0].last, 0x8fffffff);
	assert_string_equal(h.g[0].regions[1].kind, "msi");
	assert_string_equal(h.g[1].devices[0], "0000:00:01.0");
	assert_string_equal(h.g[1].devices[1], "0000:01:00.0");
	assert_string_equal(h.g[1].devices[2], "0000:01:00.1");
	assert_null(h.g[1].devices[3]);
	assert_string_equal(h.g[3].type, "identity");
	assert_string_equal(h.g[5].regions[0].kind, "reserved");
	free_host(&h);
}

static void test_smmuv3(void **state)
{
	struct host h;

	(void)state;
	read_host(&h, FIXTURES "/sysfs-smmuv3");
	assert_int_equal(h.rc, 0);
	assert_int_equal(h.n, 3);
	assert_int_equal(h.g[0].regions[0].start, 0x8000000);
	assert_int_equal(h.g[0].regions[0].last, 0x80fffff);
	assert_int_equal(h.g[2].n_regions, 2);
	assert_string_equal(h.g[2].regions[1].kind, "direct");
	assert_string_equal(h.g[2].devices[0], "a000000.dma");
	free_host(&h);
}

static void test_malformed(void **state)
{
	struct host h;

	(void)state;
	read_host(&h, FIXTURES "/sysfs-malformed");
	assert_int_equal(h.rc, 0);
	/* 3, 4, 5, 6; 7 is a file, 8 dangles, 007, 12x and 4294967296 are no group names. */
	assert_int_equal(h.n, 4);
	assert_int_equal(h.g[0].id, 3);
	assert_int_equal(h.g[0].n_regions, 3);
	assert_string_equal(h.g[0].regions[0].kind, "msi");
	assert_int_equal(h.g[0].regions[1].start, 0);
	assert_true(h.g[0].regions[1].last == UINT64_MAX);
	/* One byte, a kind of the future, and no newline at the end. */
	assert_string_equal(h.g[0].regions[2].kind, "future-kind");
	assert_true(h.g[0].regions[2].start == h.g[0].regions[2].last);
	/* A device that is just going away is still a member. */
	assert_string_equal(h.g[0].devices[0], "0000:00:05.0");
	assert_null(h.g[0].devices[1]);
	assert_int_equal(h.g[1].n_regions, 0);
	assert_string_equal(h.g[1].type, "");
	assert_false(h.g[1].regions_unreadable);
	assert_true(h.g[2].regions_unreadable);
	assert_string_equal(h.g[2].type, "");
	assert_int_equal(h.g[3].n_regions, 0);
	assert_null(h.g[3].devices[0]);
	/* 8 lines of group 3, 4 of group 4 and three names. */
	assert_int_equal(h.malformed, 8 + 4 + 3);
	free_host(&h);
}

static void test_empty_group(void **state)
{
	struct host h;

	(void)state;
	read_host(&h, FIXTURES "/sysfs-empty-group");
	assert_int_equal(h.rc, 0);
	assert_int_equal(h.n, 1);
	assert_non_null(h.g[0].devices);
	assert_null(h.g[0].devices[0]);
	assert_int_equal(h.g[0].n_regions, 1);
	free_host(&h);
}

static void test_no_groups(void **state)
{
	char dir[] = "/tmp/iommuctl-host-XXXXXX", path[96];
	struct host h;

	(void)state;
	read_host(&h, FIXTURES "/sysfs-none");
	assert_int_equal(h.rc, -ENOENT);
	assert_int_equal(h.err.exit, IOM_EXIT_UNSUPPORTED);
	assert_int_equal(h.err.code, -ENOENT);
	assert_non_null(strstr(h.err.fact, "no IOMMU groups"));
	assert_null(h.g);
	/* The folder alone, as on a machine whose IOMMU is off: none, and no failure. */
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sys", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/sys/kernel", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/sys/kernel/iommu_groups", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	read_host(&h, dir);
	assert_int_equal(h.rc, 0);
	assert_int_equal(h.n, 0);
	free_host(&h);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/sys/kernel", dir);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/sys", dir);
	rmdir(path);
	rmdir(dir);
}

static void test_long_root(void **state)
{
	char root[5000];
	struct host h;

	(void)state;
	memset(root, 'x', sizeof(root) - 1);
	root[sizeof(root) - 1] = '\0';
	read_host(&h, root);
	assert_int_equal(h.rc, -ENAMETOOLONG);
	assert_int_equal(h.err.exit, IOM_EXIT_USAGE);
}

static void test_faults(void **state)
{
	struct iom_host_fault f;

	(void)state;
	assert_true(iom_host_fault_parse("DMAR: [DMA Write NO_PASID] Request device [0000:00:02.0] fault "
					 "addr 0x2001000 [fault reason 0x05] PTE Write access is not set", &f));
	assert_string_equal(f.source, "intel-vtd");
	assert_string_equal(f.device, "0000:00:02.0");
	assert_string_equal(f.access, "write");
	assert_true(f.has_address && f.address == 0x2001000);
	assert_false(f.has_pasid);
	assert_string_equal(f.reason, "PTE Write access is not set");
	/* an older kernel leaves the segment out */
	assert_true(iom_host_fault_parse("DMAR: [DMA Read PASID 0x2a] Request device [3b:00.1] fault addr "
					 "0xffff000 [fault reason 0x71] SM: Present bit in first-level", &f));
	assert_string_equal(f.device, "0000:3b:00.1");
	assert_string_equal(f.access, "read");
	assert_true(f.has_pasid && f.pasid == 0x2a);
	assert_true(iom_host_fault_parse("vfio-pci 0000:03:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT "
					 "domain=0x000e address=0xdead000 flags=0x0020]", &f));
	assert_string_equal(f.source, "amd");
	assert_string_equal(f.device, "0000:03:00.0");
	assert_string_equal(f.reason, "IO_PAGE_FAULT");
	assert_true(f.address == 0xdead000);
	assert_string_equal(f.access, "write");
	assert_true(iom_host_fault_parse("AMD-Vi: Event logged [RMP_PAGE_FAULT device=0000:05:00.1, "
					 "vmg_tag=0x0001, gpa=0x1000]", &f));
	assert_string_equal(f.device, "0000:05:00.1");
	assert_string_equal(f.reason, "RMP_PAGE_FAULT");
	assert_false(f.has_address);
	assert_true(iom_host_fault_parse("AMD-Vi: Event logged [Device not attached to domain properly]", &f));
	assert_string_equal(f.reason, "Device not attached to domain properly");
	assert_string_equal(f.device, "");
	assert_true(iom_host_fault_parse("AMD-Vi: Event logged [ILLEGAL_DEV_TABLE_ENTRY device=0000:05:00.0 "
					 "pasid=0x00000 address=0x1000 flags=0x0000]", &f));
	assert_string_equal(f.device, "0000:05:00.0");
	assert_string_equal(f.access, "");
	assert_false(f.has_pasid);
	assert_true(iom_host_fault_parse("arm-smmu-v3 9050000.smmuv3: event: F_TRANSLATION client: "
					 "0000:00:01.0 sid: 0x8 ssid: 0x0 iova: 0x2001100 ipa: 0x0", &f));
	assert_string_equal(f.source, "arm-smmuv3");
	assert_string_equal(f.device, "0000:00:01.0");
	assert_string_equal(f.reason, "F_TRANSLATION");
	assert_true(f.address == 0x2001100);
	assert_false(f.has_pasid);
	assert_true(iom_host_fault_parse("arm-smmu-v3 9050000.smmuv3: event: C_BAD_CD client: "
					 "0000:00:01.0 sid: 0x8 ssid: 0x1f", &f));
	assert_true(f.has_pasid && f.pasid == 0x1f);
	assert_false(f.has_address);
	assert_true(iom_host_fault_parse("virtio_iommu virtio0: page fault from EP 24 at 0x1001000 [W]", &f));
	assert_string_equal(f.source, "virtio");
	assert_string_equal(f.parent, "virtio0");
	assert_string_equal(f.device, "");
	assert_string_equal(f.access, "write");
	assert_string_equal(f.reason, "page fault from EP 24");
	assert_true(f.has_address && f.address == 0x1001000);
	assert_true(iom_host_fault_parse("virtio_iommu virtio0: domain fault from EP 8", &f));
	assert_string_equal(f.reason, "domain fault from EP 8");
	assert_string_equal(f.access, "");
	assert_false(f.has_address);
	assert_false(iom_host_fault_parse("virtio_iommu virtio0: input address: 64 bits", &f));
	/* of other lines nothing is made up */
	assert_false(iom_host_fault_parse("DMAR: DRHD: handling fault status reg 2", &f));
	assert_false(iom_host_fault_parse("arm-smmu-v3 9050000.smmuv3: event 0x10 received:", &f));
	assert_false(iom_host_fault_parse("DMAR: [DMA Write NO_PASID] Request device [0000", &f));
	assert_false(iom_host_fault_parse("Event logged [IO_PAGE_FAULT", &f));
	assert_false(iom_host_fault_parse("", &f));
}

static void test_events(void **state)
{
	static const char bind[] = "bind@/devices/pci0000:00/0000:00:02.0\0ACTION=bind\0"
				   "DEVPATH=/devices/pci0000:00/0000:00:02.0\0SUBSYSTEM=pci\0"
				   "DRIVER=vfio-pci\0SEQNUM=812";
	struct iom_host_event e;

	(void)state;
	assert_true(iom_host_event_parse(bind, sizeof(bind), &e));
	assert_string_equal(e.action, "bind");
	assert_string_equal(e.subsystem, "pci");
	assert_string_equal(e.driver, "vfio-pci");
	assert_string_equal(e.name, "0000:00:02.0");
	/* cut off, without a path, or udev's own */
	assert_false(iom_host_event_parse(bind, sizeof(bind) - 5, &e));
	assert_false(iom_host_event_parse("add@/devices/x", sizeof("add@/devices/x"), &e));
	assert_false(iom_host_event_parse("libudev", 8, &e));
	/* nobody does anything, or somebody in a later text */
	assert_false(iom_host_event_parse("@/x\0DEVPATH=/devices/x",
					  sizeof("@/x\0DEVPATH=/devices/x"), &e));
	assert_false(iom_host_event_parse("\0a@/x\0DEVPATH=/devices/x",
					  sizeof("\0a@/x\0DEVPATH=/devices/x"), &e));
	assert_false(iom_host_event_parse("", 0, &e));
}

/* The names of addresses are the library's, how many there are says the C library. */
static void test_net(void **state)
{
	struct iom_names list = { 0 };
	struct iom_host_net net;
	struct ifaddrs *all;
	size_t n = 0;

	(void)state;
	assert_int_equal(iom_host_net("", "lo", &net, &list), 0);
	assert_true(net.known);
	assert_true(net.state[0]);
	assert_int_equal(getifaddrs(&all), 0);
	for (struct ifaddrs *a = all; a; a = a->ifa_next)
		n += !strcmp(a->ifa_name, "lo") && a->ifa_addr &&
		     (a->ifa_addr->sa_family == AF_INET || a->ifa_addr->sa_family == AF_INET6);
	freeifaddrs(all);
	assert_int_equal(list.n, n);
	assert_int_equal(net.addresses, n);
	iom_names_free(&list);
	assert_int_equal(iom_host_net("", "no-such-thing", &net, NULL), -ENOENT);
	assert_false(net.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),	    cmocka_unit_test(test_read_file),
		cmocka_unit_test(test_read_fifo),   cmocka_unit_test(test_vtd),
		cmocka_unit_test(test_smmuv3),	    cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_empty_group), cmocka_unit_test(test_no_groups),
		cmocka_unit_test(test_long_root),   cmocka_unit_test(test_faults),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_net),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
