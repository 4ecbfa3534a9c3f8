/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unit tests of `device info` on answers that neither the emulator nor a guest's devices give. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/registry.h"
#include "iommuctl/uapi.h"

#define DEVICE_FD 70
#define DEVICE_ID 3

/* What the device answers; capabilities lie behind the struct. */
static struct {
	struct iom_vfio_device_info info;
	struct iom_vfio_info_cap_pci_atomic_comp atomic;
	struct iom_vfio_info_cap_header unknown;
} device;

static struct {
	struct iom_vfio_region_info info;
	struct iom_vfio_region_info_cap_sparse_mmap sparse;
	struct iom_vfio_region_sparse_mmap_area areas[2];
	struct iom_vfio_region_info_cap_type type;
	struct iom_vfio_info_cap_header unknown;
} region;

static unsigned int asked;

/* As the kernel: everything when it fits, else only the size that is needed. */
static int put(void *arg, const void *from, size_t full, size_t len, size_t cap_offset)
{
	uint32_t argsz = *(uint32_t *)arg, need = (uint32_t)len;

	if (argsz >= len) {
		memcpy(arg, from, len);
		return 0;
	}
	memcpy(arg, from, full);
	memcpy(arg, &need, sizeof(need));
	memset((char *)arg + cap_offset, 0, sizeof(uint32_t));
	return 0;
}

static int fake_ioctl(struct iom_backend *be, int fd, uint32_t code, void *arg)
{
	(void)be;
	assert_int_equal(fd, DEVICE_FD);
	asked++;
	if (code == IOM_NR_VFIO_DEVICE_GET_INFO)
		return put(arg, &device, sizeof(device.info), sizeof(device),
			   offsetof(struct iom_vfio_device_info, cap_offset));
	if (code != IOM_NR_VFIO_DEVICE_GET_REGION_INFO)
		return -ENODEV;
	region.info.index = ((struct iom_vfio_region_info *)arg)->index;
	if (region.info.index == 1)
		return -EINVAL;
	return put(arg, &region, sizeof(region.info), sizeof(region),
		   offsetof(struct iom_vfio_region_info, cap_offset));
}

static int fake_close(struct iom_backend *be, int fd)
{
	(void)be;
	(void)fd;
	return 0;
}

static struct iom_backend fake = { .name = "emu", .ioctl = fake_ioctl, .close = fake_close };

static int setup(void **state)
{
	(void)state;
	memset(&device, 0, sizeof(device));
	memset(&region, 0, sizeof(region));
	device.info = (struct iom_vfio_device_info){
		.argsz = sizeof(device.info), .flags = IOM_VFIO_DEVICE_FLAGS_CAPS | 0x80000000u,
		.num_regions = 3, .cap_offset = offsetof(__typeof__(device), atomic),
	};
	device.atomic = (struct iom_vfio_info_cap_pci_atomic_comp){
		{ IOM_VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP, 1,
		  offsetof(__typeof__(device), unknown) },
		IOM_VFIO_PCI_ATOMIC_COMP32 | IOM_VFIO_PCI_ATOMIC_COMP128, 0,
	};
	device.unknown = (struct iom_vfio_info_cap_header){ 99, 2, 0 };
	region.info = (struct iom_vfio_region_info){
		.argsz = sizeof(region.info), .flags = IOM_VFIO_REGION_INFO_FLAG_CAPS,
		.size = 0x10000, .cap_offset = offsetof(__typeof__(region), sparse),
	};
	region.sparse.header = (struct iom_vfio_info_cap_header){
		IOM_VFIO_REGION_INFO_CAP_SPARSE_MMAP, 1, offsetof(__typeof__(region), type)
	};
	region.sparse.nr_areas = 2;
	region.areas[0] = (struct iom_vfio_region_sparse_mmap_area){ 0, 0x1000 };
	region.areas[1] = (struct iom_vfio_region_sparse_mmap_area){ 0x3000, 0x2000 };
	region.type = (struct iom_vfio_region_info_cap_type){
		{ IOM_VFIO_REGION_INFO_CAP_TYPE, 1, offsetof(__typeof__(region), unknown) },
		0x80008086, 2,
	};
	region.unknown = (struct iom_vfio_info_cap_header){ 42, 1, 0 };
	asked = 0;
	return 0;
}

/* Runs the command and compares one value of its result. */
static void is(const char *path, const char *want)
{
	static struct iom_app app;
	static struct iom_args args;
	struct iom_buf buf = { 0 };
	struct iom_res res = { 0 };
	struct iom_err err = { 0 };

	memset(&app, 0, sizeof(app));
	app.be = &fake;
	app.g.sysroot = "";
	iom_ctx_init(&app.ctx, &fake);
	assert_int_equal(iom_ctx_add_handle(&app.ctx, DEVICE_FD, DEVICE_ID, "test", "device"), 0);
	args.v[0] = (struct iom_argval){ .set = true, .num = DEVICE_ID, .str = "3" };
	iom_res_begin(&res, cmd_device_info.cols);
	assert_int_equal(cmd_device_info.run(&app, &args, &res, &err), 0);
	assert_false(res.failed);
	assert_int_equal(iom_res_get(&res, path, &buf), want ? 0 : -ENODATA);
	if (want)
		assert_string_equal(buf.data, want);
	iom_buf_free(&buf);
	iom_res_free(&res);
	assert_int_equal(iom_ctx_fini(&app.ctx, &err), 0);
}

static void test_device(void **state)
{
	(void)state;
	is("flags", "caps 0x80000000");
	/* the device twice, two regions twice, one that is refused */
	assert_int_equal(asked, 7);
	is("pci_atomic", "comp32 comp128");
	is("capabilities.0.capability", "pci-atomic-comp");
	is("capabilities.1.id", "99");
	is("capabilities.1.capability", NULL);
	is("capabilities.2.id", NULL);
	is("irqs.0.index", NULL);
}

static void test_region(void **state)
{
	(void)state;
	is("regions.0.name", NULL); /* only PCI numbers have names */
	is("regions.0.capabilities", "sparse-mmap type cap-42");
	is("regions.0.sparse_mmap", "0x0-0xfff 0x3000-0x4fff");
	is("regions.0.type", "0x80008086");
	is("regions.0.subtype", "0x2");
	is("regions.1.index", "2");
	is("regions.2.index", NULL);
}

/* Offsets and counts that lead out of the answer, or round in it. */
static void test_broken(void **state)
{
	(void)state;
	device.unknown.next = device.info.cap_offset;
	is("capabilities.2.id", NULL);
	device.info.cap_offset = sizeof(device) - 4;
	is("capabilities.0.id", NULL);
	device.info.cap_offset = 0xfffffffc;
	is("capabilities.0.id", NULL);
	region.sparse.nr_areas = 0xffffffff;
	is("regions.0.sparse_mmap.1", "0x3000-0x4fff");
	region.info.cap_offset = 3;
	is("regions.0.capabilities", NULL);
	region.info.flags = 0;
	region.info.cap_offset = offsetof(__typeof__(region), sparse);
	is("regions.0.capabilities", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_device, setup),
		cmocka_unit_test_setup(test_region, setup),
		cmocka_unit_test_setup(test_broken, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
