/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of map, copy and unmap: numbers, holes, what is mapped, what is free. */
#include "diag_fixture.h"

void test_map_numbers(void **state)
{
	(void)state;
	WHY("IOMMU_IOAS_MAP", EOVERFLOW, "iova-max", "iova", "one address",
	    MAPARG(.iova = UINT64_MAX));
	WHY("IOMMU_IOAS_MAP", EOVERFLOW, "length-max", "length", "more than",
	    MAPARG(.length = UINT64_MAX));
	WHY("IOMMU_IOAS_MAP", EOVERFLOW, "user-va-wraps", "user_va", "past the end",
	    MAPARG(.user_va = UINT64_MAX - 0xfff));
	WHY("IOMMU_IOAS_MAP", EOVERFLOW, "iova-wraps", "length", "past the end",
	    MAPARG(.iova = UINT64_MAX - 0xffe));
	GUESS("IOMMU_IOAS_MAP", EOVERFLOW, "none of the causes",
	      MAPARG(.iova = UINT64_MAX - 0xfff));
	WHY("IOMMU_IOAS_MAP", EOVERFLOW, "length-half", "length", "too long",
	    MAPARG(.flags = 6, .length = UINT64_MAX / 2, .user_va = 0));
	WHY("IOMMU_IOAS_MAP", EINVAL, "no-access", "flags", "neither", MAPARG(.flags = 1));
	WHY("IOMMU_IOAS_MAP", EINVAL, "length-zero", "length", "length is 0", MAPARG(.length = 0));
	WHY("IOMMU_IOAS_MAP", EINVAL, "length-huge", "length", "round",
	    MAPARG(.length = UINT64_MAX - 1, .user_va = 0));
	WHY("IOMMU_IOAS_MAP", EINVAL, "length-unaligned", "length", "multiple of 0x1000",
	    MAPARG(.length = 0x1001));
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-unaligned", "iova",
	    "0x3000800 is not a multiple of 0x1000", MAPARG(.iova = 0x3000800));
	WHY("IOMMU_IOAS_MAP", EINVAL, "user-va-unaligned", "user_va", "not a multiple",
	    MAPARG(.user_va = (uintptr_t)f.mem + 0x800));
	/* What the kernel chooses is not looked at. */
	WHY("IOMMU_IOAS_MAP", EINVAL, "user-va-unaligned", "user_va", "not a multiple",
	    MAPARG(.flags = 6, .iova = 0x123, .user_va = (uintptr_t)f.mem + 0x800));
	f.align = 1;
	GUESS("IOMMU_IOAS_MAP", EINVAL, "does not accept",
	      MAPARG(.length = 0x1001, .iova = 0x3000800));
	assert_true(f.asked > 0);
}

void test_file_and_copy_numbers(void **state)
{
	(void)state;
	WHY("IOMMU_IOAS_MAP_FILE", EOVERFLOW, "iova-max", "iova", "one address",
	    FILEARG(.iova = UINT64_MAX));
	WHY("IOMMU_IOAS_MAP_FILE", EOVERFLOW, "length-max", "length", "",
	    FILEARG(.length = UINT64_MAX));
	WHY("IOMMU_IOAS_MAP_FILE", EOVERFLOW, "start-wraps", "length", "start 0xfff",
	    FILEARG(.start = ~0xfffULL + 1));
	WHY("IOMMU_IOAS_MAP_FILE", EOVERFLOW, "iova-wraps", "length", "iova 0x",
	    FILEARG(.iova = ~0xffeULL));
	WHY("IOMMU_IOAS_MAP_FILE", EOVERFLOW, "length-half", "length", "",
	    FILEARG(.flags = 6, .length = UINT64_MAX / 2));
	GUESS("IOMMU_IOAS_MAP_FILE", EOVERFLOW, "none of the causes", FILEARG());
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "no-access", "flags", "", FILEARG(.flags = 0));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "length-zero", "length", "", FILEARG(.length = 0));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "length-huge", "length", "",
	    FILEARG(.length = UINT64_MAX - 1));
	WHY("IOMMU_IOAS_COPY", EOVERFLOW, "iova-max", "src_iova", "",
	    COPYARG(.src_iova = UINT64_MAX));
	WHY("IOMMU_IOAS_COPY", EOVERFLOW, "iova-max", "dst_iova", "",
	    COPYARG(.dst_iova = UINT64_MAX));
	WHY("IOMMU_IOAS_COPY", EOVERFLOW, "length-max", "length", "",
	    COPYARG(.length = UINT64_MAX));
	WHY("IOMMU_IOAS_COPY", EOVERFLOW, "src-wraps", "length", "src_iova",
	    COPYARG(.src_iova = ~0xffeULL));
	WHY("IOMMU_IOAS_COPY", EOVERFLOW, "iova-wraps", "length", "dst_iova",
	    COPYARG(.dst_iova = ~0xffeULL));
	WHY("IOMMU_IOAS_COPY", EOVERFLOW, "length-half", "length", "",
	    COPYARG(.flags = 6, .src_iova = 0, .length = UINT64_MAX / 2));
	GUESS("IOMMU_IOAS_COPY", EOVERFLOW, "none of the causes", COPYARG());
	WHY("IOMMU_IOAS_COPY", EINVAL, "no-access", "flags", "", COPYARG(.flags = 1));
	WHY("IOMMU_IOAS_COPY", EINVAL, "length-zero", "length", "", COPYARG(.length = 0));
	WHY("IOMMU_IOAS_COPY", EINVAL, "length-unaligned", "length", "", COPYARG(.length = 0x800));
	WHY("IOMMU_IOAS_COPY", EINVAL, "iova-unaligned", "dst_iova", "",
	    COPYARG(.dst_iova = 0x3000800));
	WHY("IOMMU_IOAS_COPY", EINVAL, "user-va-unaligned", "src_iova", "",
	    COPYARG(.src_iova = 0x2000800));
}

void test_holes(void **state)
{
	struct iom_mock_resv resv = { .ioas = 1, .start = 0x8000000, .last = 0x800ffff };

	(void)state;
	/* The mock device of the book explains what lies below its aperture. */
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-aperture", "iova",
	    "lies in 0x0-0xffffff, outside the aperture "
	    "of mock device 5; usable: 0x1000000-0x7ffffff, 0x8100000-0x3fffffff",
	    MAPARG(.iova = 0x1000));
	/* Nobody knows the hole in the middle. */
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-unusable", "iova", "lies in 0x8000000-0x80fffff, which",
	    MAPARG(.iova = 0x8000000));
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-unusable", "iova", "0x7fff000-0x8000fff reaches into",
	    MAPARG(.iova = 0x7fff000, .length = 0x2000));
	/* The book knows a reserved range of the mock driver ... */
	f.ctx.resv = &resv;
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-reserved", "iova",
	    "iova 0x8000000 lies in reserved region 0x8000000-0x800ffff (mock)",
	    MAPARG(.iova = 0x8000000));
	f.ctx.resv = NULL;
	/* ... the host its own ... */
	f.root = ALL_CAPS;
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "iova-reserved", "iova",
	    "0x8000000-0x80fffff (msi) of group 0", FILEARG(.iova = 0x7f00000, .length = 0x200000));
	/* ... but another machine than this one tells nothing about an emulated one ... */
	f.be.name = "emu";
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-unusable", "iova", "usable", MAPARG(.iova = 0x8000000));
	/* ... which says so itself. */
	f.be.regions = fake_regions;
	WHY("IOMMU_IOAS_MAP", EINVAL, "iova-reserved", "iova",
	    "0x8000000-0x80fffff (sw-msi) of vfio0", MAPARG(.iova = 0x8000000));
	WHY("IOMMU_IOAS_COPY", EINVAL, "iova-aperture", "dst_iova", "of vfio0",
	    COPYARG(.dst_iova = 0));
	WHY("IOMMU_IOAS_COPY", EINVAL, "iova-reserved", "dst_iova", "sw-msi",
	    COPYARG(.dst_iova = 0x80ff000));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "iova-aperture", "iova", "of vfio0",
	    FILEARG(.iova = 0xfff000));
	f.be.regions = NULL;
	f.objects[5] = NULL;
	WHY("IOMMU_IOAS_COPY", EINVAL, "iova-unusable", "dst_iova", "0x40000000-0xffffffffffffffff",
	    COPYARG(.dst_iova = 0x50000000));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "iova-unusable", "iova", "0x40000000-",
	    FILEARG(.iova = 0x3ffff000, .length = 0x2000));
	/* All usable, or not asked for: no hole. */
	GUESS("IOMMU_IOAS_MAP", EINVAL, "does not accept", MAPARG());
	GUESS("IOMMU_IOAS_MAP", EINVAL, "does not accept", MAPARG(.flags = 6, .iova = 0));
	GUESS("IOMMU_IOAS_COPY", EINVAL, "does not accept", COPYARG());
}

void test_blind(void **state)
{
	unsigned int before;

	(void)state;
	/* Neither a rehearsal nor a closed context is asked anything. */
	before = f.asked;
	f.ctx.dry_run = true;
	GUESS("IOMMU_IOAS_MAP", EINVAL, "it can be that the length is not a multiple",
	      MAPARG(.iova = 0));
	f.ctx.dry_run = false;
	f.ctx.fd = -1;
	GUESS("IOMMU_IOAS_MAP", EINVAL, "; or that the iova is", MAPARG(.iova = 0));
	assert_int_equal(f.asked, before);
	assert_int_equal(f.ctx.fd, -1);
}

void test_mapped(void **state)
{
	(void)state;
	WHY("IOMMU_IOAS_MAP", EEXIST, "iova-mapped", "iova",
	    "0x2010000-0x2010fff overlaps the mapping 0x2010000-0x2010fff (made by line 4)",
	    MAPARG(.iova = 0x2010000));
	WHY("IOMMU_IOAS_MAP_FILE", EEXIST, "iova-mapped", "iova", "0x2020000-0x2020fff",
	    FILEARG(.iova = 0x201f000, .length = 0x2000));
	WHY("IOMMU_IOAS_COPY", EEXIST, "iova-mapped", "dst_iova", "overlaps",
	    COPYARG(.dst_ioas_id = 1, .dst_iova = 0x2000000));
	/* Somebody else's mapping: the error itself leaves one cause only. */
	GUESS("IOMMU_IOAS_MAP", EEXIST, "probably something is mapped", MAPARG());
	assert_string_equal(last_err.cause, "iova-mapped");
	GUESS("IOMMU_IOAS_MAP_FILE", EEXIST, "probably", FILEARG());
	GUESS("IOMMU_IOAS_COPY", EEXIST, "probably", COPYARG());
}

void test_no_room(void **state)
{
	(void)state;
	WHY("IOMMU_IOAS_MAP", ENOSPC, "no-room", "length",
	    "1073741824 bytes are asked for, the largest free gap has 938475520 (from 0x8100000)",
	    MAPARG(.flags = 6, .length = 0x40000000));
	WHY("IOMMU_IOAS_MAP_FILE", ENOSPC, "no-room", "length", "largest free gap",
	    FILEARG(.flags = 6, .length = 0x40000000));
	GUESS("IOMMU_IOAS_MAP", ENOSPC, "probably no free gap", MAPARG(.flags = 6));
	GUESS("IOMMU_IOAS_MAP_FILE", ENOSPC, "probably", FILEARG(.flags = 6));
	/* An allowed list narrows it: 1 MiB that is full but for its last page. */
	f.allowed[0] = (struct iom_allow){ 0x2000000, 0x2010fff };
	f.store[1].allowed = f.allowed;
	f.store[1].n_allowed = 1;
	WHY("IOMMU_IOAS_MAP", ENOSPC, "no-room", "length",
	    "no iova of ioas 1 is free in its allowed", MAPARG(.flags = 6));
	f.allowed[0].last = 0x2011fff;
	WHY("IOMMU_IOAS_MAP", ENOSPC, "no-room", "length",
	    "in the allowed ranges has 4096 (from 0x2011000)",
	    MAPARG(.flags = 6, .length = 0x2000));
	/* Large enough, but not at a multiple of what the memory is aligned to. */
	f.allowed[0] = (struct iom_allow){ 0x2011000, 0x2013fff };
	WHY("IOMMU_IOAS_MAP", ENOSPC, "no-room", "length", "from a multiple of 0x4000",
	    MAPARG(.flags = 6, .length = 0x3000, .user_va = 0x70004000));
	f.store[2].allowed = f.allowed;
	f.store[2].n_allowed = 1;
	WHY("IOMMU_IOAS_COPY", ENOSPC, "no-room", "length", "12288",
	    COPYARG(.flags = 6, .length = 0x10000));
	f.ctx.inherited = true;
	GUESS("IOMMU_IOAS_COPY", ENOSPC, "probably", COPYARG(.flags = 6, .length = 0x10000));
}

void test_copy_source(void **state)
{
	(void)state;
	WHY("IOMMU_IOAS_COPY", ENOENT, "no-object", "src_ioas_id", "no ioas 12",
	    COPYARG(.src_ioas_id = 12));
	WHY("IOMMU_IOAS_COPY", ENOENT, "no-object", "src_ioas_id", "id 4 is a device",
	    COPYARG(.src_ioas_id = 4, .dst_ioas_id = 13));
	/* The source is looked at before the destination. */
	WHY("IOMMU_IOAS_COPY", ENOENT, "src-not-mapped", "src_iova",
	    "nothing is mapped at 0x2011000-0x201ffff of the source ioas 1",
	    COPYARG(.length = 0x30000, .dst_ioas_id = 13));
	WHY("IOMMU_IOAS_COPY", ENOENT, "no-object", "dst_ioas_id", "no ioas 13",
	    COPYARG(.length = 0x11000, .dst_ioas_id = 13));
	WHY("IOMMU_IOAS_COPY", EPERM, "src-not-writeable", "flags",
	    "0x2010000-0x2010fff (made by line 4)", COPYARG(.length = 0x11000));
	GUESS("IOMMU_IOAS_COPY", EPERM, "probably the copy", COPYARG());
	GUESS("IOMMU_IOAS_COPY", EFAULT, "probably the memory cannot be pinned", COPYARG());
	f.ctx.inherited = true;
	GUESS("IOMMU_IOAS_COPY", ENOENT, "some of the source range", COPYARG(.length = 0x30000));
}

void test_unmap(void **state)
{
	struct iom_ioas_unmap u = { .size = 24, .ioas_id = 1, .iova = 0x2000000, .length = 0x1000 };

	(void)state;
	WHY("IOMMU_IOAS_UNMAP", ENOENT, "unmap-splits", "length",
	    "0x2000000-0x2000fff would split the mapping 0x2000000-0x200ffff (made by line 3)", u);
	u.length = 0x10800;
	WHY("IOMMU_IOAS_UNMAP", ENOENT, "unmap-splits", "length",
	    "the whole mappings below it are gone", u);
	u.iova = 0x2008000;
	WHY("IOMMU_IOAS_UNMAP", ENOENT, "unmap-splits", "iova", "would split", u);
	u.iova = 0x5000000;
	WHY("IOMMU_IOAS_UNMAP", ENOENT, "nothing-mapped", "iova", "0x5000000-0x50107ff of ioas 1",
	    u);
	f.ctx.inherited = true;
	GUESS("IOMMU_IOAS_UNMAP", ENOENT, "probably nothing is mapped", u);
	f.ctx.inherited = false;
	u.length = UINT64_MAX;
	WHY("IOMMU_IOAS_UNMAP", EOVERFLOW, "length-max", "length", "", u);
	u.iova = UINT64_MAX;
	WHY("IOMMU_IOAS_UNMAP", EOVERFLOW, "iova-max", "iova", "", u);
	u.iova--;
	u.length = 3;
	WHY("IOMMU_IOAS_UNMAP", EOVERFLOW, "iova-wraps", "length", "", u);
	u.length = 2;
	GUESS("IOMMU_IOAS_UNMAP", EOVERFLOW, "none of the causes", u);
	GUESS("IOMMU_IOAS_UNMAP", EINVAL, "does not accept", u);
	u.length = 0;
	WHY("IOMMU_IOAS_UNMAP", EINVAL, "length-zero", "length", "", u);
	GUESS("IOMMU_IOAS_UNMAP", EBUSY, "another thread", u);
	*put(9, IOM_OBJ_HW_QUEUE) =
		(struct iom_object){ .id = 9, .type = IOM_OBJ_HW_QUEUE, .parents = { 8 }, .ioas = 8 };
	f.store[8].ioas = 3;
	f.store[9].first = f.store[9].last = 0x2000800;
	u.ioas_id = 1;
	u.iova = 0x2010000;
	u.length = 0x1000;
	GUESS("IOMMU_IOAS_UNMAP", EBUSY, "another thread", u);
	u.iova = 0;
	u.length = UINT64_MAX;
	WHY("IOMMU_IOAS_UNMAP", EBUSY, "area-pinned", "iova", "hw-queue 9", u);
	GUESS("IOMMU_IOAS_UNMAP", EDEADLK, "in-kernel user", u);
}
