/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulator's VFIO devices: structs that end where memory does, low power, and their dma-bufs. */
#include "emu_calls.h"

#include <signal.h>

static int device(const char *name, uint32_t *id)
{
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };
	int dev = iom_emu_open(emu, name);

	assert_true(dev >= 0);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b), 0);
	*id = b.out_devid;
	return dev;
}

/* A copy of the struct of which only so many bytes are there. */
static void *cut_off(const void *arg, size_t len)
{
	uint8_t *p = buf + PAGE - len;

	memcpy(p, arg, len);
	assert_int_equal(mprotect(buf + PAGE, PAGE, PROT_NONE), 0);
	return p;
}

static int call_cut(int dev, uint32_t code, const void *arg, size_t len)
{
	int rc = iom_emu_ioctl(emu, dev, code, cut_off(arg, len));

	assert_int_equal(mprotect(buf + PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
	return rc;
}

static void test_faults(void **state)
{
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };
	struct iom_vfio_detach d = { .argsz = sizeof(d), .flags = IOM_VFIO_DEVICE_DETACH_PASID };
	struct iom_vfio_feature f = { .argsz = sizeof(f) + 64 };
	struct iom_vfio_region_info r = { .argsz = 64, .index = IOM_VFIO_PCI_BAR4_REGION_INDEX };
	uint32_t id, first = ioas_alloc();
	int dev = iom_emu_open(emu, "/dev/vfio/devices/vfio0");

	(void)state;
	/* bound, but not answered: nothing is left of it */
	memcpy(buf, &b, sizeof(b));
	assert_int_equal(mprotect(buf, PAGE, PROT_READ), 0);
	assert_int_equal(iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, buf), -EFAULT);
	assert_int_equal(mprotect(buf, PAGE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(iom_emu_close(emu, dev), 0);
	dev = device("/dev/vfio/devices/vfio0", &id);
	assert_int_equal(id, first + 1);
	assert_int_equal(call_cut(dev, IOM_NR_VFIO_DEVICE_DETACH_IOMMUFD_PT, &d, sizeof(d) - 4), -EFAULT);
	f.flags = IOM_VFIO_DEVICE_FEATURE_SET | IOM_VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP;
	assert_int_equal(call_cut(dev, IOM_NR_VFIO_DEVICE_FEATURE, &f, sizeof(f)), -EFAULT);
	f.flags = IOM_VFIO_DEVICE_FEATURE_GET | IOM_VFIO_DEVICE_FEATURE_DMA_BUF;
	assert_int_equal(call_cut(dev, IOM_NR_VFIO_DEVICE_FEATURE, &f, sizeof(f)), -EFAULT);
	/* the capability lies behind the struct */
	assert_int_equal(call_cut(dev, IOM_NR_VFIO_DEVICE_GET_REGION_INFO, &r, sizeof(r)), -EFAULT);
	assert_int_equal(iom_emu_close(emu, dev), 0);
	restart("device=pf;device=vf,pf=pf");
	dev = device("/dev/vfio/devices/pf", &id);
	f.flags = IOM_VFIO_DEVICE_FEATURE_SET | IOM_VFIO_DEVICE_FEATURE_PCI_VF_TOKEN;
	assert_int_equal(call_cut(dev, IOM_NR_VFIO_DEVICE_FEATURE, &f, sizeof(f)), -EFAULT);
}

/* ---- dma-bufs ---- */

struct export {
	struct iom_vfio_feature head;
	struct iom_vfio_feature_dma_buf want;
	struct iom_vfio_region_dma_range range[2];
};

static int export_ranges(int dev, uint32_t n, const struct iom_vfio_region_dma_range *range)
{
	struct export e = { .head = { .argsz = sizeof(e),
				      .flags = IOM_VFIO_DEVICE_FEATURE_GET |
					       IOM_VFIO_DEVICE_FEATURE_DMA_BUF },
			    .want = { .open_flags = O_CLOEXEC | O_RDWR, .nr_ranges = n } };

	memcpy(e.range, range, (n < 2 ? n : 2) * sizeof(*range));
	return iom_emu_ioctl(emu, dev, IOM_NR_VFIO_DEVICE_FEATURE, &e);
}

static int export(int dev, uint64_t offset, uint64_t length)
{
	const struct iom_vfio_region_dma_range r = { offset, length };

	return export_ranges(dev, 1, &r);
}

static int enable_memory(int dev, bool on)
{
	const uint64_t command = ((uint64_t)IOM_VFIO_PCI_CONFIG_REGION_INDEX << 40) + 4;
	uint8_t byte = on ? 2 : 0;

	return (int)iom_emu_pwrite(emu, dev, &byte, 1, command);
}

static void test_ranges(void **state)
{
	const struct iom_vfio_region_dma_range sum[] = { { 0, UINT64_MAX & ~(uint64_t)(PAGE - 1) },
							 { 0, PAGE } };
	const struct iom_vfio_region_dma_range half[] = { { 0, (uint64_t)1 << 62 },
							  { 0, (uint64_t)1 << 62 } };
	uint32_t id;
	int dev = device("/dev/vfio/devices/vfio0", &id), buffer;

	(void)state;
	/* the sum of the lengths: 2^64, then a bit that the DMA layer keeps for itself */
	assert_int_equal(export_ranges(dev, 2, sum), -EINVAL);
	assert_int_equal(export_ranges(dev, 2, half), -EINVAL);
	/* places: it begins or ends behind the last address there is, or behind the region */
	assert_int_equal(export(dev, -(uint64_t)PAGE, PAGE), -EOVERFLOW);
	assert_int_equal(export(dev, -(uint64_t)0xe0001000, 1 << 30), -EOVERFLOW);
	assert_int_equal(export(dev, 0, (uint64_t)1 << 62), -EINVAL);
	assert_int_equal(export(dev, 0xffffffff10000000, 0x10000000), -EOVERFLOW);
	assert_int_equal(export_ranges(dev, 1u << 20, sum), -ENOMEM);
	buffer = export(dev, 0, PAGE);
	assert_true(buffer >= 0);
	assert_int_equal(iom_emu_close(emu, buffer), 0);
}

/* Other files are mapped and other dma-bufs are there: only the device's own come and go with its memory. */
static void test_low_power(void **state)
{
	struct iom_vfio_feature f = { .argsz = sizeof(f) };
	uint32_t id, ioas = ioas_alloc();
	int a = device("/dev/vfio/devices/vfio0", &id), b = device("/dev/vfio/devices/vfio1", &id);
	int file = memfd_create("test", MFD_CLOEXEC), of_a, of_b;

	(void)state;
	assert_int_equal(ftruncate(file, PAGE), 0);
	assert_int_equal(map_file(ioas, file, 0, PAGE, 0x10000), 0);
	assert_int_equal(enable_memory(a, true), 1);
	assert_int_equal(enable_memory(b, true), 1);
	of_a = export(a, 0, PAGE);
	of_b = export(b, 0, PAGE);
	assert_true(of_a >= 0 && of_b >= 0);
	assert_int_equal(map_file(ioas, of_a, 0, PAGE, 0x20000), 0);
	f.flags = IOM_VFIO_DEVICE_FEATURE_SET | IOM_VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY;
	assert_int_equal(iom_emu_ioctl(emu, a, IOM_NR_VFIO_DEVICE_FEATURE, &f), 0);
	assert_int_equal(map_file(ioas, of_a, 0, PAGE, 0x30000), -ENODEV);
	assert_int_equal(map_file(ioas, of_b, 0, PAGE, 0x40000), 0);
	/* its memory was switched off meanwhile: it stays revoked */
	assert_int_equal(enable_memory(a, false), 1);
	f.flags = IOM_VFIO_DEVICE_FEATURE_SET | IOM_VFIO_DEVICE_FEATURE_LOW_POWER_EXIT;
	assert_int_equal(iom_emu_ioctl(emu, a, IOM_NR_VFIO_DEVICE_FEATURE, &f), 0);
	assert_int_equal(map_file(ioas, of_a, 0, PAGE, 0x30000), -ENODEV);
	assert_int_equal(enable_memory(a, true), 1);
	assert_int_equal(map_file(ioas, of_a, 0, PAGE, 0x30000), 0);
	assert_int_equal(iom_emu_close(emu, a), 0);
	assert_int_equal(map_file(ioas, of_a, 0, PAGE, 0x50000), -ENODEV);
	assert_int_equal(map_file(ioas, of_b, 0, PAGE, 0x50000), 0);
	assert_int_equal(iom_emu_close(emu, of_a), 0);
	assert_int_equal(iom_emu_close(emu, of_b), 0);
	assert_int_equal(iom_emu_close(emu, b), 0);
	close(file);
}

/* What makes a file fail: no number is left, or no file may be as long. */
static void test_no_file(void **state)
{
	const struct rlimit tiny = { 100, RLIM_INFINITY };
	struct rlimit files, size, low;
	uint32_t id;
	int dev = device("/dev/vfio/devices/vfio0", &id), next = dup(dev);

	(void)state;
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &size), 0);
	low = (struct rlimit){ (rlim_t)next, files.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(export(dev, 0, PAGE), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
	assert_int_equal(export(dev, 0, PAGE), -ENOMEM);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &size), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(dup(dev), next);
	close(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_faults), T(test_ranges), T(test_low_power), T(test_no_file),
	};

	return cmocka_run_group_tests_name("emu_vfio", tests, NULL, NULL);
}
