/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A VFIO device of the emulated machine, as a virtual machine monitor opens, attaches and reads it. */
#include <sys/sysmacros.h>

#include "calls.h"

static uint64_t offset_of(int dev, uint32_t index, uint64_t *size)
{
	struct iom_vfio_region_info region = { .argsz = sizeof(region), .index = index };

	CHECK(!ioctl(dev, IOM_NR_VFIO_DEVICE_GET_REGION_INFO, &region));
	CHECK(region.flags & IOM_VFIO_REGION_INFO_FLAG_MMAP);
	*size = region.size;
	return region.offset;
}

/* What is mapped is what is read and written. */
static void bars(int dev)
{
	uint64_t size, at = offset_of(dev, IOM_VFIO_PCI_BAR0_REGION_INDEX, &size), at4;
	uint32_t word = 0x12345678;
	volatile uint32_t *bar;
	char *room;
	pid_t child;

	bar = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, dev, (off_t)at);
	CHECK(bar != MAP_FAILED && !bar[1]);
	CHECK(pwrite(dev, &word, 4, (off_t)at + 4) == 4 && bar[1] == word);
	bar[2] = 0xdeadbeef;
	CHECK(pread(dev, &word, 4, (off_t)at + 8) == 4 && word == 0xdeadbeef);
	/* a child has it as well */
	child = fork();
	if (!child) {
		bar[3] = 3;
		_exit(0);
	}
	wait_for(child);
	CHECK(bar[3] == 3);
	REFUSED(EINVAL, mmap(NULL, size, PROT_READ, MAP_PRIVATE, dev, (off_t)at));
	REFUSED(EINVAL, mmap(NULL, 2 * size, PROT_READ, MAP_SHARED, dev, (off_t)at));
	REFUSED(EINVAL, mmap(NULL, size, PROT_READ, MAP_SHARED, dev, (off_t)(at + size)));
	/* a part of another one, at a place of our own */
	at4 = offset_of(dev, IOM_VFIO_PCI_BAR4_REGION_INDEX, &size);
	room = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(mmap(room + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, dev,
		   (off_t)(at4 + size - PAGE)) == room + PAGE);
	CHECK(pwrite(dev, &word, 4, (off_t)(at4 + size - 4)) == 4);
	CHECK(*(uint32_t *)(room + 2 * PAGE - 4) == word && !munmap(room, 3 * PAGE));
	CHECK(!munmap((void *)bar, PAGE));
	CHECK(!ioctl(dev, IOM_NR_VFIO_DEVICE_RESET));
}

/* A device stays open as long as any part of it is mapped. */
static void held(int fd)
{
	struct iom_vfio_bind bind = { .argsz = sizeof(bind), .iommufd = fd };
	int dev = open("/dev/vfio/devices/vfio1", O_RDWR), other = open("/dev/vfio/devices/vfio1", O_RDWR);
	uint64_t size, at;
	char *bar;

	REFUSED(EINVAL, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, dev, 0));
	CHECK(!ioctl(dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &bind));
	at = offset_of(dev, IOM_VFIO_PCI_BAR4_REGION_INDEX, &size);
	bar = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, dev, (off_t)at);
	CHECK(bar != MAP_FAILED && !close(dev));
	CHECK(!munmap(bar + PAGE, PAGE) && !munmap(bar, PAGE));
	REFUSED(EINVAL, ioctl(other, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &bind));
	CHECK(!munmap(bar, size) && !ioctl(other, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &bind));
	CHECK(!close(other));
}

int main(void)
{
	struct iom_vfio_region_info region = { .argsz = sizeof(region),
					       .index = IOM_VFIO_PCI_CONFIG_REGION_INDEX };
	struct iom_vfio_bind bind = { .argsz = sizeof(bind) };
	struct iom_vfio_attach attach = { .argsz = sizeof(attach) };
	struct iom_ioas_iova_ranges ranges = { .size = sizeof(ranges) };
	int fd = open_iommu(), dev = open("/dev/vfio/devices/vfio0", O_RDWR | O_CLOEXEC), other;
	uint16_t vendor = 0;
	struct stat st;

	CHECK(dev >= 0 && !fstat(dev, &st) && S_ISCHR(st.st_mode) && minor(st.st_rdev) == 0);
	REFUSED(ENOENT, open("/dev/vfio/devices/none", O_RDWR));
	REFUSED(EINVAL, pread(dev, &vendor, sizeof(vendor), 0));
	bind.iommufd = dev;
	REFUSED(EBADFD, ioctl(dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &bind));
	bind.iommufd = fd;
	CHECK(!ioctl(dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &bind));
	attach.pt_id = ranges.ioas_id = ioas_alloc(fd);
	CHECK(!ioctl(dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach));
	/* the window of its SMMUv3 divides the space */
	REFUSED(EMSGSIZE, ioctl(fd, IOM_NR_IOAS_IOVA_RANGES, &ranges));
	CHECK(ranges.num_iovas == 2);
	CHECK(!ioctl(dev, IOM_NR_VFIO_DEVICE_GET_REGION_INFO, &region));
	CHECK(pread(dev, &vendor, sizeof(vendor), (off_t)region.offset) == sizeof(vendor));
	CHECK(vendor == 0x1234);
	REFUSED(EINVAL, pread(dev, &vendor, sizeof(vendor), -1));
	REFUSED(EINVAL, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, dev, (off_t)region.offset));
	bars(dev);
	/* it is taken as long as it is open */
	other = open("/dev/vfio/devices/vfio0", O_RDWR);
	REFUSED(EINVAL, ioctl(other, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &bind));
	CHECK(!close(dev) && !ioctl(other, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &bind));
	CHECK(!close(other));
	held(fd);
	CHECK(!close(fd));
	return 0;
}
