/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far a dirty entry that is larger than the range sets bits behind the end of the bitmap. */
#include "calls.h"

#define IOVA  ((uint64_t)IOM_MOCK_APERTURE_START * 2)
#define ENTRY (64u * 1024) /* bytes: of a dma-buf, which is contiguous */

static uint32_t tracked(int fd, uint32_t *ioas)
{
	struct iom_test_cmd c = { .dmabuf_get.length = ENTRY };
	struct iom_hwpt_set_dirty_tracking t = { .size = sizeof(t),
						 .flags = IOM_HWPT_DIRTY_TRACKING_ENABLE };
	struct iom_ioas_map_file m = { .size = sizeof(m),
				       .flags = IOM_IOAS_MAP_FIXED_IOVA | IOM_IOAS_MAP_WRITEABLE |
						IOM_IOAS_MAP_READABLE,
				       .length = ENTRY, .iova = IOVA };
	uint32_t idev;

	m.ioas_id = *ioas = ioas_alloc(fd);
	mock_device(fd, *ioas, &idev);
	t.hwpt_id = hwpt_alloc(fd, idev, *ioas, IOM_HWPT_ALLOC_DIRTY_TRACKING, 0);
	CHECK(!ioctl(fd, IOM_NR_HWPT_SET_DIRTY_TRACKING, &t));
	/* the call does not tell the number of the new fd, which is the lowest free one */
	m.fd = dup(fd);
	CHECK(!close(m.fd) && !test_cmd(fd, &c, IOM_TEST_OP_DMABUF_GET, 0));
	CHECK(!ioctl(fd, IOM_NR_IOAS_MAP_FILE, &m) && !close(m.fd));
	return t.hwpt_id;
}

/* The first of the bytes in [from, to) that is not `value`; to when all are. */
static size_t all(const unsigned char *at, size_t from, size_t to, unsigned char value)
{
	while (from < to && at[from] == value)
		from++;
	return from;
}

/* With a bit for a byte: bits of a range of `length` bytes belong at `offset`; they end before `end`. */
static void reads(int fd, uint32_t hwpt, uint64_t length, size_t offset, size_t end)
{
	unsigned char bit = 1;
	struct iom_test_cmd c = { .dirty = { .iova = IOVA, .length = PAGE, .page_size = PAGE,
					     .uptr = (uintptr_t)&bit } };
	unsigned char *at = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iom_hwpt_get_dirty_bitmap g = { .size = sizeof(g), .hwpt_id = hwpt, .iova = IOVA,
					       .length = length, .page_size = 1 };

	CHECK(at != MAP_FAILED && !test_cmd(fd, &c, IOM_TEST_OP_DIRTY, hwpt));
	g.data = (uintptr_t)at + offset;
	CHECK(!ioctl(fd, IOM_NR_HWPT_GET_DIRTY_BITMAP, &g));
	CHECK(all(at, 0, offset, 0) == offset);
	CHECK(all(at, offset, end, 0xff) == end);
	CHECK(all(at, end, 5 * PAGE, 0) == 5 * PAGE);
	CHECK(!munmap(at, 5 * PAGE));
}

int main(void)
{
	int fd = open_iommu();
	uint32_t ioas, hwpt = tracked(fd, &ioas);

	/* 8 KiB of bits: all of them, or to the end of the pages that the bitmap may be in */
	reads(fd, hwpt, ENTRY, 0, 2 * PAGE);
	reads(fd, hwpt, ENTRY, 100, 2 * PAGE + 100);
	reads(fd, hwpt, PAGE, 0, PAGE);
	reads(fd, hwpt, ENTRY / 2, 0, PAGE);
	reads(fd, hwpt, ENTRY / 2 + PAGE, 0, 2 * PAGE);
	reads(fd, hwpt, PAGE, PAGE - 1, 2 * PAGE);
	reads(fd, hwpt, PAGE, 1, 2 * PAGE);
	reads(fd, hwpt, PAGE, 2 * PAGE + 1, 4 * PAGE);
	CHECK(!close(fd));
	return 0;
}
