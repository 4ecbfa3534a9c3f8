/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A VFIO device of the emulated machine, as a virtual machine monitor opens, attaches and reads it. */
#include <sys/sysmacros.h>

#include "calls.h"

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
	/* it is taken as long as it is open */
	other = open("/dev/vfio/devices/vfio0", O_RDWR);
	REFUSED(EINVAL, ioctl(other, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &bind));
	CHECK(!close(dev) && !ioctl(other, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &bind));
	CHECK(!close(other) && !close(fd));
	return 0;
}
