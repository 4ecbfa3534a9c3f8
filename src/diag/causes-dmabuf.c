/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refusals around dma-bufs: exporting a BAR, mapping and revoking. */
#include "causes.h"

#include <fcntl.h>
#include <unistd.h>

#define MOCK_PAGES 512 /* most that a mock dma-buf has */

bool cause_is_dmabuf(int fd)
{
	char name[64];

	look_fd_name(fd, name, sizeof(name));
	return !strncmp(name, "/dmabuf:", 8) || !strncmp(name, "/memfd:iommuctl-dmabuf", 22);
}

/* ---- exporting: a header, the feature's data, ranges ---- */

static const struct iom_vfio_feature_dma_buf *data_of(const struct iom_case *c)
{
	return (const void *)((const struct iom_vfio_feature *)c->arg + 1);
}

bool cause_feature_op(struct iom_case *c)
{
	/* Other wrong flags are wrong for every feature. */
	if (!(look_get(c, "flags") & IOM_VFIO_DEVICE_FEATURE_SET))
		return false;
	return look_holds(c, "flags", "flags ask to set");
}

bool cause_dmabuf_flags(struct iom_case *c)
{
	uint64_t flags = look_get(c, "dma_buf_flags");

	return flags && look_holds(c, "dma_buf_flags", "dma_buf_flags is 0x%" PRIx64, flags);
}

bool cause_dmabuf_no_ranges(struct iom_case *c)
{
	return !look_get(c, "nr_ranges") && look_holds(c, "nr_ranges", "nr_ranges is 0");
}

/* Bytes of the region that is to be exported; false when the device does not tell. */
static bool region_size(struct iom_case *c, uint64_t *size)
{
	struct iom_vfio_region_info info = { .argsz = sizeof(info),
					     .index = (uint32_t)look_get(c, "region_index") };
	struct iom_backend *be = c->ctx->be;

	if (c->fd < 0 || be->ioctl(be, c->fd, IOM_NR_VFIO_DEVICE_GET_REGION_INFO, &info) < 0)
		return look_blind(c);
	*size = info.size;
	return true;
}

bool cause_bar_absent(struct iom_case *c)
{
	uint32_t index = (uint32_t)look_get(c, "region_index");
	uint64_t size;

	if (index >= IOM_VFIO_PCI_ROM_REGION_INDEX)
		return look_holds(c, "region_index", "region %u is not a BAR, which are 0 to 5", index);
	if (!region_size(c, &size) || size)
		return false;
	return look_holds(c, "region_index", "the device has no BAR %u", index);
}

/* Calls test for the ranges that can be seen until one holds. */
static bool any_range(struct iom_case *c,
		      bool (*test)(struct iom_case *c, uint32_t i, uint64_t offset, uint64_t length))
{
	const size_t head = sizeof(struct iom_vfio_feature) + sizeof(struct iom_vfio_feature_dma_buf);
	const struct iom_vfio_region_dma_range *r = (const void *)(data_of(c) + 1);
	uint32_t seen = (uint32_t)((IOM_MAX_ARG - head) / sizeof(*r));
	uint32_t n = (uint32_t)look_get(c, "nr_ranges");

	for (uint32_t i = 0; i < n && i < seen; i++)
		if (test(c, i, r[i].offset, r[i].length))
			return true;
	return n > seen ? look_blind(c) : false;
}

static bool is_empty(struct iom_case *c, uint32_t i, uint64_t offset, uint64_t length)
{
	(void)offset;
	return !length && look_holds(c, "ranges", "range %u has length 0", i);
}

bool cause_range_empty(struct iom_case *c)
{
	return any_range(c, is_empty);
}

static bool is_unaligned(struct iom_case *c, uint32_t i, uint64_t offset, uint64_t length)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (!(offset % page) && !(length % page))
		return false;
	return look_holds(c, "ranges",
			  "range %u: %s 0x%" PRIx64 " is not a multiple of the page size %" PRIu64, i,
			  offset % page ? "offset" : "length", offset % page ? offset : length, page);
}

bool cause_range_unaligned(struct iom_case *c)
{
	return any_range(c, is_unaligned);
}

static bool wraps(struct iom_case *c, uint32_t i, uint64_t offset, uint64_t length)
{
	uint64_t end;

	/* The address of the BAR comes on top, so an offset far up is enough. */
	if (!__builtin_add_overflow(offset, length, &end) && end < (uint64_t)1 << 52)
		return false;
	return look_holds(c, "ranges", "range %u: the BAR's address + offset 0x%" PRIx64
			  " + length 0x%" PRIx64 " goes past the end of 64 bits", i, offset, length);
}

bool cause_range_wraps(struct iom_case *c)
{
	return any_range(c, wraps);
}

static bool is_past_bar(struct iom_case *c, uint32_t i, uint64_t offset, uint64_t length)
{
	uint64_t size, end;

	if (!region_size(c, &size) ||
	    (!__builtin_add_overflow(offset, length, &end) && end <= size))
		return false;
	return look_holds(c, "ranges", "range %u: offset 0x%" PRIx64 " + length 0x%" PRIx64
			  " goes past the end of BAR %" PRIu64 ", which has %" PRIu64 " bytes",
			  i, offset, length, look_get(c, "region_index"), size);
}

bool cause_range_past_bar(struct iom_case *c)
{
	return any_range(c, is_past_bar);
}

/* ---- mapping and accesses ---- */

bool cause_dmabuf_foreign(struct iom_case *c)
{
	int fd = (int)look_get(c, "fd");
	const struct iom_handle *h = iom_ctx_handle(c->ctx, fd);

	if (!cause_is_dmabuf(fd) || (h && h->ranges))
		return false;
	return look_holds(c, "fd",
			  "fd %d is a dma-buf whose exporter offers no address ranges to iommufd", fd);
}

bool cause_dmabuf_ranges(struct iom_case *c)
{
	int fd = (int)look_get(c, "fd");
	const struct iom_handle *h = iom_ctx_handle(c->ctx, fd);

	if (!h || h->ranges < 2)
		return false;
	return look_holds(c, "fd", "fd %d is a dma-buf of %u ranges", fd, h->ranges);
}

bool cause_dmabuf_revoked(struct iom_case *c)
{
	int fd = (int)look_get(c, "fd");

	return cause_is_dmabuf(fd) &&
	       look_holds(c, "fd", "fd %d is a dma-buf that was revoked", fd);
}

bool cause_access_dmabuf(struct iom_case *c)
{
	const struct iom_handle *h = iom_ctx_handle(c->ctx, (int)look_id(c, "id"));
	uint64_t start = look_get(c, "iova"), length = look_get(c, "length"), last;
	struct iom_area *a;
	char text[96];

	if (!h || !length || __builtin_add_overflow(start, length - 1, &last))
		return false;
	for (a = iom_ctx_area(c->ctx, h->id, start, last); a; a = iom_ctx_area_next(a, start, last))
		if (a->dmabuf)
			return look_holds(c, "iova", "%s is one of a dma-buf",
					  look_area_text(a, text, sizeof(text)));
	return false;
}

/* ---- the mock driver's ---- */

bool cause_dmabuf_length(struct iom_case *c)
{
	uint64_t length = look_get(c, "length"), page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (length && length <= MOCK_PAGES * page)
		return false;
	return look_holds(c, "length", "length %" PRIu64 " is %s", length,
			  length ? "more than 512 pages" : "no page");
}

bool cause_dmabuf_not_open(struct iom_case *c)
{
	int fd = (int)look_get(c, "dmabuf_fd");

	if (fcntl(fd, F_GETFD) >= 0)
		return false;
	return look_holds(c, "dmabuf_fd", "fd %d is not open in this process", fd);
}

bool cause_not_dmabuf(struct iom_case *c)
{
	int fd = (int)look_get(c, "dmabuf_fd");
	char name[128];

	if (cause_is_dmabuf(fd))
		return false;
	look_fd_name(fd, name, sizeof(name));
	return look_holds(c, "dmabuf_fd", "fd %d is %s, not a dma-buf", fd, name[0] ? name : "not open");
}

bool cause_dmabuf_other(struct iom_case *c)
{
	int fd = (int)look_get(c, "dmabuf_fd");
	const struct iom_handle *h = iom_ctx_handle(c->ctx, fd);

	if (!cause_is_dmabuf(fd) || (h && !strcmp(h->by, "IOMMU_TEST_OP_DMABUF_GET")))
		return false;
	return look_holds(c, "dmabuf_fd", "fd %d is a dma-buf, but not of the selftest driver", fd);
}
