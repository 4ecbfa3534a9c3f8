/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Address spaces of the emulator: mapping, choice of IOVAs, ranges, copies, files, accesses. */
#include "emu_calls.h"

/* ---- map and unmap ---- */

static void test_map_errors(void **state)
{
	const uint64_t va = (uintptr_t)buf;
	const struct {
		uint32_t flags, ioas, reserved;
		uint64_t va, length, iova;
		int rc;
	} rows[] = {
		{ RW | 8, 9, 0, va, PAGE, 0, -EOPNOTSUPP },
		{ RW, 9, 1, va, PAGE, 0, -EOPNOTSUPP },
		{ 0, 9, 0, va, UINT64_MAX, 0, -EOVERFLOW },
		{ 0, 9, 0, va, PAGE, UINT64_MAX, -EOVERFLOW },
		{ FIXED, 9, 0, va, PAGE, 0, -EINVAL },
		{ RW, 9, 0, va, PAGE, 0, -ENOENT },
		{ RW, 1, 0, UINT64_MAX, PAGE, 0, -EOVERFLOW },
		{ RW, 1, 0, va, 0, 0, -EINVAL },
		{ RW, 1, 0, 0, UINT64_MAX - 1, 0, -EINVAL },
		{ RW | FIXED, 1, 0, 0, UINT64_MAX - 2 * PAGE, PAGE * 4, -EOVERFLOW },
		{ RW, 1, 0, 0, UINT64_MAX / 2, 0, -EOVERFLOW },
		{ RW, 1, 0, 0, UINT64_MAX / 2 - 1, 0, 0 },
		{ RW | FIXED, 1, 0, va, 1, 1, 0 }, /* no domain: any byte */
		{ RW | FIXED, 1, 0, va, 2, 0, -EEXIST },
		{ RW | FIXED, 1, 0, va, 4, UINT64_MAX - 3, 0 },
		{ RW | FIXED, 1, 0, va, 5, UINT64_MAX - 3, -EOVERFLOW },
	};
	size_t i;

	(void)state;
	assert_int_equal(ioas_alloc(), 1);
	for (i = 0; i < IOM_ARRAY_SIZE(rows); i++) {
		struct iom_ioas_map c = { .size = sizeof(c),
					  .flags = rows[i].flags,
					  .ioas_id = rows[i].ioas,
					  .reserved = rows[i].reserved,
					  .user_va = rows[i].va,
					  .length = rows[i].length,
					  .iova = rows[i].iova };
		int rc = call(IOM_NR_IOAS_MAP, &c);

		if (rc != rows[i].rc)
			fail_msg("row %zu: %d instead of %d", i, rc, rows[i].rc);
		if (rc)
			assert_int_equal(c.iova, rows[i].iova);
	}
}

static void test_unmap(void **state)
{
	uint32_t ioas = ioas_alloc();
	uint64_t n = 0;

	(void)state;
	assert_int_equal(unmap(9, 0, PAGE, NULL), -ENOENT);
	assert_int_equal(unmap(ioas, 0, UINT64_MAX, &n), 0); /* all of nothing */
	assert_int_equal(n, 0);
	assert_int_equal(unmap(ioas, 0, PAGE, NULL), -ENOENT);
	assert_int_equal(unmap(ioas, 0, 0, NULL), -EINVAL);
	assert_int_equal(unmap(ioas, 1, UINT64_MAX, NULL), -EOVERFLOW);
	assert_int_equal(unmap(ioas, UINT64_MAX, 1, NULL), -EOVERFLOW);
	assert_int_equal(unmap(ioas, UINT64_MAX - 1, 3, NULL), -EOVERFLOW);
	assert_int_equal(map_at(ioas, buf, 2 * PAGE, 0), 0);
	assert_int_equal(map_at(ioas, buf, PAGE, 4 * PAGE), 0);
	assert_int_equal(map_at(ioas, buf, 2 * PAGE, 8 * PAGE), 0);
	n = 0;
	assert_int_equal(unmap(ioas, PAGE, PAGE, &n), -ENOENT);
	assert_int_equal(n, PAGE); /* untouched */
	/* ends inside the last one: those before are gone, the length is not reported */
	assert_int_equal(unmap(ioas, 0, 9 * PAGE, &n), -ENOENT);
	assert_int_equal(n, 9 * PAGE);
	assert_int_equal(unmap(ioas, 0, 5 * PAGE, NULL), -ENOENT);
	assert_int_equal(unmap(ioas, 7 * PAGE, 9 * PAGE, &n), 0);
	assert_int_equal(n, 2 * PAGE);
	assert_int_equal(map_at(ioas, buf, PAGE, 0), 0);
	assert_int_equal(map_at(ioas, buf, 3 * PAGE, 64 * PAGE), 0);
	assert_int_equal(unmap(ioas, 0, UINT64_MAX, &n), 0);
	assert_int_equal(n, 4 * PAGE);
}

static void test_iova_choice(void **state)
{
	uint32_t ioas = ioas_alloc();
	struct iom_iova_range list[2] = { { 0x40000000, 0x40003fff }, { 0x80000000, 0x8fffffff } };
	uint64_t iova = 0, second = 0;

	(void)state;
	/* never 0; keeps the low bits of the address; aligned as far as the address is */
	assert_int_equal(map_any(ioas, buf + PAGE, PAGE, &iova), 0);
	assert_int_equal(iova, PAGE);
	assert_int_equal(map_any(ioas, buf, BUF_SIZE, &iova), 0);
	assert_int_equal(iova, BUF_SIZE);
	assert_int_equal(map_any(ioas, buf + 2 * PAGE, 2 * PAGE, &iova), 0);
	assert_int_equal(iova, 2 * PAGE);
	assert_int_equal(map_any(ioas, buf + 0x800, 0x800, &iova), 0);
	assert_int_equal(iova, 0x4800);
	assert_int_equal(map_any(ioas, buf + 0x801, 3, &iova), 0);
	assert_int_equal(iova, 0x5801);
	assert_int_equal(map_any(ioas, buf + 3 * PAGE, PAGE, &iova), 0);
	assert_int_equal(iova, 6 * PAGE);
	/* a hole is used again */
	assert_int_equal(unmap(ioas, PAGE, PAGE, NULL), 0);
	assert_int_equal(map_any(ioas, buf + PAGE, PAGE, &iova), 0);
	assert_int_equal(iova, PAGE);
	assert_int_equal(add_reserved(ioas, 7 * PAGE, PAGE), 0);
	assert_int_equal(map_any(ioas, buf + PAGE, PAGE, &iova), 0);
	assert_int_equal(iova, 8 * PAGE);

	assert_int_equal(allow(ioas, list, 2), 0);
	assert_int_equal(map_any(ioas, buf, 4 * PAGE, &iova), 0);
	assert_int_equal(iova, 0x40000000);
	assert_int_equal(map_any(ioas, buf + PAGE, PAGE, &iova), 0);
	assert_int_equal(iova, 0x80000000);
	assert_int_equal(map_at(ioas, buf, PAGE, 0x50000000), 0); /* fixed may be anywhere */
	assert_int_equal(allow(ioas, list, 1), 0);
	assert_int_equal(map_any(ioas, buf, PAGE, &iova), -ENOSPC);

	ioas = ioas_alloc();
	mock_domain(ioas);
	assert_int_equal(map_any(ioas, buf + PAGE, PAGE, &iova), 0);
	assert_int_equal(iova, APERTURE);
	assert_int_equal(map_any(ioas, buf + 0x800, 0x800, &second), 0);
	assert_int_equal(second, APERTURE + 0x1800);
	assert_int_equal(map_any(ioas, buf + 0x400, 0x800, &iova), -EINVAL);
	assert_int_equal(map_any(ioas, buf, 0x400, &iova), -EINVAL);
	assert_int_equal(map_any(ioas, NULL, PAGE, &iova), -EFAULT);
	assert_int_equal(map_any(ioas, buf, (uint64_t)1 << 40, &iova), -ENOSPC);
}

/* A long row of neighbours, with holes made and filled again. */
static void test_iova_packing(void **state)
{
	uint32_t ioas = ioas_alloc(), i;
	uint64_t iova = 0;

	(void)state;
	for (i = 0; i < 3000; i++) {
		assert_int_equal(map_any(ioas, buf + PAGE, PAGE, &iova), 0);
		assert_int_equal(iova, (i + 1) * (uint64_t)PAGE);
	}
	for (i = 2; i < 3000; i += 2)
		assert_int_equal(unmap(ioas, i * (uint64_t)PAGE, PAGE, NULL), 0);
	for (i = 2; i < 3000; i += 2) {
		assert_int_equal(map_any(ioas, buf + PAGE, PAGE, &iova), 0);
		assert_int_equal(iova, i * (uint64_t)PAGE);
	}
	assert_int_equal(map_any(ioas, buf + PAGE, PAGE, &iova), 0);
	assert_int_equal(iova, 3001 * (uint64_t)PAGE);
}

static void test_aperture(void **state)
{
	uint32_t ioas = ioas_alloc();
	struct mock m;

	(void)state;
	assert_int_equal(map_at(ioas, buf, PAGE, 0), 0);
	assert_int_equal(mock_flags(ioas, 0, &m), -EADDRINUSE); /* below the aperture */
	assert_int_equal(unmap(ioas, 0, PAGE, NULL), 0);
	assert_int_equal(map_at(ioas, buf, 1024, APERTURE), 0);
	assert_int_equal(mock_flags(ioas, 0, &m), -EADDRINUSE); /* not of 2 KiB pages */
	assert_int_equal(unmap(ioas, APERTURE, 1024, NULL), 0);
	assert_int_equal(map_at(ioas, buf, PAGE, 0x80000000), 0);
	assert_int_equal(mock_flags(ioas, 0, &m), -EADDRINUSE);
	assert_int_equal(unmap(ioas, 0x80000000, PAGE, NULL), 0);
	assert_int_equal(map_at(ioas, NULL, PAGE, APERTURE), 0);
	assert_int_equal(mock_flags(ioas, 0, &m), -EFAULT); /* cannot be pinned */
	assert_int_equal(unmap(ioas, APERTURE, PAGE, NULL), 0);
	assert_int_equal(mock_flags(ioas, 0, &m), 0);
	assert_int_equal(m.stdev, 2);

	assert_int_equal(map_at(ioas, buf, PAGE, 0), -EINVAL);
	assert_int_equal(map_at(ioas, buf, PAGE, APERTURE - PAGE), -EINVAL);
	assert_int_equal(map_at(ioas, buf, PAGE, 0x7ffff800), -EINVAL);
	assert_int_equal(map_at(ioas, buf, 2048, 0x7ffff800), 0);
	assert_int_equal(map_at(ioas, buf, 1024, APERTURE), -EINVAL);
	assert_int_equal(map_at(ioas, buf, 2048, APERTURE + 1024), -EINVAL);
	assert_int_equal(map_at(ioas, buf + 1024, 2048, APERTURE), -EINVAL);
	assert_int_equal(map_at(ioas, NULL, 2048, APERTURE), -EFAULT);
	assert_int_equal(map_at(ioas, buf, 2048, APERTURE), 0);
	assert_int_equal(check_map(m.hwpt, APERTURE, buf, 2048), 0);
	assert_int_equal(check_map(m.hwpt, APERTURE, buf + 2048, 2048), -EINVAL);
	assert_int_equal(check_map(m.hwpt, APERTURE, buf, 4096), -EINVAL);
	assert_int_equal(check_refs(buf, PAGE, 2), 0);
	assert_int_equal(check_refs(buf + PAGE, PAGE, 0), 0);
}

static void test_protection(void **state)
{
	uint32_t ioas = ioas_alloc();
	uint8_t *map = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iom_ioas_map c = { .size = sizeof(c),
				  .flags = FIXED | IOM_IOAS_MAP_READABLE,
				  .ioas_id = ioas,
				  .user_va = (uintptr_t)map,
				  .length = PAGE,
				  .iova = APERTURE };

	(void)state;
	assert_true(map != MAP_FAILED);
	mock_domain(ioas);
	assert_int_equal(map_at(ioas, map, PAGE, APERTURE), -EFAULT);
	assert_int_equal(call(IOM_NR_IOAS_MAP, &c), 0);
	assert_int_equal(mprotect(map, 2 * PAGE, PROT_NONE), 0);
	c.iova += PAGE;
	assert_int_equal(call(IOM_NR_IOAS_MAP, &c), -EFAULT);
	assert_int_equal(mprotect(map, PAGE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(map_at(ioas, map, 2 * PAGE, c.iova), -EFAULT);
	assert_int_equal(map_at(ioas, map, PAGE, c.iova), 0);
	/* copies cannot be more than their source */
	assert_int_equal(copy(ioas, ioas, PAGE, APERTURE + 8 * PAGE, APERTURE), -EPERM);
	munmap(map, 2 * PAGE);
}

/* ---- ranges ---- */

static void test_ranges(void **state)
{
	uint32_t ioas = ioas_alloc(), n = 0;
	struct iom_iova_range r[8];
	struct iom_ioas_iova_ranges bad = { .size = sizeof(bad), .reserved = 1 };
	uint64_t alignment = 0;

	(void)state;
	assert_int_equal(call(IOM_NR_IOAS_IOVA_RANGES, &bad), -EOPNOTSUPP);
	assert_int_equal(ranges(9, r, &n, &alignment), -ENOENT);
	assert_int_equal(ranges(ioas, r, &n, &alignment), -EMSGSIZE);
	assert_int_equal(n, 1);
	assert_int_equal(alignment, 1);
	assert_int_equal(ranges(ioas, r, &n, &alignment), 0);
	assert_int_equal(r[0].start, 0);
	assert_true(r[0].last == UINT64_MAX);
	assert_int_equal(add_reserved(ioas, 0, PAGE), 0);
	assert_int_equal(add_reserved(ioas, PAGE - 1, 2), 0); /* may overlap */
	assert_int_equal(add_reserved(ioas, 0x10000, PAGE), 0);
	assert_int_equal(add_reserved(ioas, UINT64_MAX, 1), 0);
	n = 1;
	assert_int_equal(ranges(ioas, r, &n, &alignment), -EMSGSIZE);
	assert_int_equal(n, 2);
	assert_int_equal(r[0].start, PAGE + 1);
	assert_int_equal(r[0].last, 0xffff);
	n = 8;
	assert_int_equal(ranges(ioas, r, &n, &alignment), 0);
	assert_int_equal(n, 2);
	assert_int_equal(r[1].start, 0x10000 + PAGE);
	assert_true(r[1].last == UINT64_MAX - 1);
	n = 8;
	assert_int_equal(ranges(ioas, NULL, &n, &alignment), -EFAULT);
	assert_int_equal(n, 8);
	assert_int_equal(map_at(ioas, buf, PAGE, 0x10800), -EINVAL);
	assert_int_equal(map_at(ioas, buf, PAGE, 0x20000), 0);
	assert_int_equal(add_reserved(ioas, 0x20000, 1), -EADDRINUSE);

	ioas = ioas_alloc();
	mock_domain(ioas);
	n = 8;
	assert_int_equal(ranges(ioas, r, &n, &alignment), 0);
	assert_int_equal(n, 1);
	assert_int_equal(r[0].start, APERTURE);
	assert_int_equal(r[0].last, IOM_MOCK_APERTURE_LAST);
	assert_int_equal(alignment, IOM_MOCK_PAGE_SIZE);
}

static void test_allow(void **state)
{
	uint32_t ioas = ioas_alloc();
	struct iom_ioas_allow_iovas bad = { .size = sizeof(bad), .reserved = 1 };
	struct iom_iova_range r[2] = { { 0x1000, 0x1fff }, { 0x1fff, 0x2fff } };
	struct mock m;

	(void)state;
	assert_int_equal(call(IOM_NR_IOAS_ALLOW_IOVAS, &bad), -EOPNOTSUPP);
	assert_int_equal(allow(9, r, 1), -ENOENT);
	assert_int_equal(allow(ioas, NULL, 1), -EFAULT);
	assert_int_equal(allow(ioas, NULL, 0), 0);
	assert_int_equal(allow(ioas, r, 2), -EINVAL); /* overlap */
	r[1].start = r[1].last;
	assert_int_equal(allow(ioas, r, 2), -EINVAL);
	assert_int_equal(add_reserved(ioas, 0x2000, 0x1000), 0);
	r[1].start = 0x2000;
	assert_int_equal(allow(ioas, r, 2), -EADDRINUSE);
	assert_int_equal(allow(ioas, r, 1), 0);
	assert_int_equal(add_reserved(ioas, 0x1fff, 1), -EADDRINUSE);
	assert_int_equal(mock_flags(ioas, 0, &m), -EADDRINUSE);
	assert_int_equal(allow(ioas, NULL, 0), 0);
	assert_int_equal(mock_flags(ioas, 0, &m), 0);
}

/* ---- copy, files ---- */

static void test_copy(void **state)
{
	uint32_t a = ioas_alloc(), b = ioas_alloc();
	struct iom_ioas_copy c = { .size = sizeof(c), .flags = RW | 8 };
	struct mock m = mock_domain(b);

	(void)state;
	assert_int_equal(call(IOM_NR_IOAS_COPY, &c), -EOPNOTSUPP);
	c.flags = FIXED;
	c.length = UINT64_MAX;
	assert_int_equal(call(IOM_NR_IOAS_COPY, &c), -EOVERFLOW);
	c.length = PAGE;
	assert_int_equal(call(IOM_NR_IOAS_COPY, &c), -EINVAL);
	assert_int_equal(copy(b, 9, PAGE, APERTURE, 0), -ENOENT);
	assert_int_equal(copy(b, a, 0, APERTURE, 0), -EINVAL);
	assert_int_equal(copy(b, a, 2, APERTURE, UINT64_MAX - 1), -ENOENT);
	assert_int_equal(copy(b, a, 3, APERTURE, UINT64_MAX - 1), -EOVERFLOW);
	assert_int_equal(copy(b, a, PAGE, APERTURE, 0), -ENOENT);
	assert_int_equal(map_at(a, buf, 2 * PAGE, PAGE), 0);
	assert_int_equal(map_at(a, buf + 8 * PAGE, 2 * PAGE, 3 * PAGE), 0);
	assert_int_equal(copy(b, a, 5 * PAGE, APERTURE, PAGE), -ENOENT);
	assert_int_equal(copy(9, a, PAGE, APERTURE, PAGE), -ENOENT);
	assert_int_equal(copy(b, a, PAGE, 0, PAGE), -EINVAL);
	assert_int_equal(copy(b, a, 1024, APERTURE, PAGE), -EINVAL);
	/* two areas, both in part */
	assert_int_equal(copy(b, a, 2 * PAGE, APERTURE, 2 * PAGE), 0);
	assert_int_equal(copy(b, a, 2 * PAGE, APERTURE + PAGE, 2 * PAGE), -EEXIST);
	assert_int_equal(check_map(m.hwpt, APERTURE, buf + PAGE, PAGE), 0);
	assert_int_equal(check_map(m.hwpt, APERTURE + PAGE, buf + 8 * PAGE, PAGE), 0);
	assert_int_equal(check_refs(buf + PAGE, PAGE, 1), 0);
	/* shared pages are pinned once */
	assert_int_equal(copy(b, b, 2 * PAGE, APERTURE + 8 * PAGE, APERTURE), 0);
	assert_int_equal(check_refs(buf + PAGE, PAGE, 1), 0);
	assert_int_equal(unmap(b, APERTURE, PAGE, NULL), 0);
	assert_int_equal(check_refs(buf + PAGE, PAGE, 1), 0);
	assert_int_equal(unmap(b, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(check_refs(buf + PAGE, PAGE, 0), 0);
	c = (struct iom_ioas_copy){ .size = sizeof(c),
				    .flags = RW,
				    .dst_ioas_id = b,
				    .src_ioas_id = a,
				    .length = 4 * PAGE,
				    .src_iova = PAGE };
	assert_int_equal(call(IOM_NR_IOAS_COPY, &c), 0);
	assert_int_equal(c.dst_iova, APERTURE);
}

static void test_file(void **state)
{
	uint32_t ioas = ioas_alloc();
	int file = memfd_create("t", MFD_CLOEXEC), plain = open("/proc/self/exe", O_RDONLY);
	struct mock m = mock_domain(ioas);
	struct iom_ioas_change_process cp = { .size = sizeof(cp) };
	char word[8] = "";
	uint8_t *map;
	int afd;

	(void)state;
	assert_true(file >= 0 && plain >= 0);
	assert_int_equal(ftruncate(file, 4 * PAGE), 0);
	map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	assert_true(map != MAP_FAILED);
	assert_int_equal(map_file(ioas, file, 0, 0, APERTURE), -EINVAL);
	assert_int_equal(map_file(ioas, file, UINT64_MAX, PAGE, APERTURE), -EOVERFLOW);
	assert_int_equal(map_file(ioas, -1, 0, PAGE, APERTURE), -EBADF);
	assert_int_equal(map_file(ioas, 999, 0, PAGE, APERTURE), -EBADF);
	assert_int_equal(map_file(ioas, plain, 0, PAGE, APERTURE), -EINVAL);
	assert_int_equal(map_file(ioas, file, 3 * PAGE, 2 * PAGE, APERTURE), -EINVAL);
	assert_int_equal(map_file(ioas, file, PAGE, 2 * PAGE, APERTURE), 0);
	assert_int_equal(check_map(m.hwpt, APERTURE, map + PAGE, 2 * PAGE), 0);
	assert_int_equal(check_map(m.hwpt, APERTURE, map, 2 * PAGE), -EINVAL);
	assert_int_equal(check_refs(map + PAGE, PAGE, 1), 0);
	assert_int_equal(check_refs(map, PAGE, 0), 0);
	/* the file stays although the caller closes it */
	close(file);
	assert_int_equal(create_access(ioas, 0, &afd), 0);
	strcpy((char *)map + PAGE, "memfd");
	assert_int_equal(access_rw(afd, APERTURE, word, sizeof(word), 0), 0);
	assert_string_equal(word, "memfd");
	strcpy(word, "back");
	assert_int_equal(
		access_rw(afd, APERTURE + PAGE - 2, word, sizeof(word), IOM_MOCK_ACCESS_RW_WRITE),
		0);
	assert_string_equal((char *)map + 2 * PAGE - 2, "back");

	assert_int_equal(call(IOM_NR_IOAS_CHANGE_PROCESS, &cp), 0);
	assert_int_equal(map_at(ioas, buf, PAGE, APERTURE + 8 * PAGE), 0);
	assert_int_equal(call(IOM_NR_IOAS_CHANGE_PROCESS, &cp), -EINVAL);
	cp.reserved = 1;
	assert_int_equal(call(IOM_NR_IOAS_CHANGE_PROCESS, &cp), -EOPNOTSUPP);
	close(plain);
	munmap(map, 4 * PAGE);
}

/* ---- accesses ---- */

static void test_access_rw(void **state)
{
	uint32_t ioas = ioas_alloc(), other = ioas_alloc(), item;
	struct iom_test_cmd c = { 0 };
	char word[16] = "", five[] = "abcde";
	int afd;

	(void)state;
	assert_int_equal(create_access(ioas, 2, &afd), -EOPNOTSUPP);
	assert_int_equal(create_access(99, 0, &afd), -ENOENT);
	assert_int_equal(create_access(ioas, 0, &afd), 0);
	assert_int_equal(destroy(ioas), -EBUSY);
	assert_int_equal(destroy(3), -EBUSY); /* the access itself */
	assert_int_equal(iom_emu_ioctl(emu, afd, IOM_NR_DESTROY, word), -ENOTTY);
	assert_int_equal(access_rw(afd, 0, word, ((uint64_t)16 << 20) + 1, 8), -ENOMEM);
	assert_int_equal(access_rw(-1, 0, word, 1, 8), -EOPNOTSUPP);
	assert_int_equal(access_rw(fd, 0, word, 1, 0), -EBADFD);
	assert_int_equal(access_rw(999, 0, word, 1, 0), -EBADFD);
	assert_int_equal(access_rw(afd, 0, NULL, 1, IOM_MOCK_ACCESS_RW_WRITE), -EFAULT);
	assert_int_equal(access_rw(afd, 0, word, 0, 0), -EINVAL);
	assert_int_equal(access_rw(afd, UINT64_MAX, word, 2, 0), -EOVERFLOW);
	assert_int_equal(access_rw(afd, 0, word, 1, 0), -ENOENT);
	assert_int_equal(access_pages(afd, 0, NULL, PAGE, 0, &item), -EOPNOTSUPP);

	strcpy((char *)buf, "left");
	strcpy((char *)buf + 8 * PAGE, "right");
	assert_int_equal(map_at(ioas, buf, 4, 3), 0);
	assert_int_equal(map_at(ioas, buf + 8 * PAGE, 6, 7), 0);
	assert_int_equal(access_rw(afd, 3, word, 10, 0), 0);
	assert_string_equal(word, "leftright");
	assert_int_equal(access_rw(afd, 3, word, 11, 0), -ENOENT);
	assert_int_equal(access_rw(afd, 4, five, 5, IOM_MOCK_ACCESS_RW_WRITE), 0);
	assert_memory_equal(buf, "labc", 4);
	assert_memory_equal(buf + 8 * PAGE, "deght", 5);
	assert_int_equal(access_rw(afd, 3, word, 4, IOM_MOCK_ACCESS_RW_SLOW_PATH), 0);
	assert_int_equal(access_rw(afd, 3, NULL, 4, 0), -EFAULT);
	assert_int_equal(map_at(ioas, NULL, PAGE, 0x10000), 0);
	assert_int_equal(access_rw(afd, 0x10000, word, 4, 0), -EFAULT);
	assert_int_equal(access_rw(afd, 0x10000, word, 4, IOM_MOCK_ACCESS_RW_SLOW_PATH), -EFAULT);

	c.access_replace_ioas.ioas_id = 99;
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_ACCESS_REPLACE_IOAS, (uint32_t)afd), -ENOENT);
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_ACCESS_REPLACE_IOAS, (uint32_t)fd), -EBADFD);
	c.access_replace_ioas.ioas_id = other;
	assert_int_equal(test_cmd(&c, IOM_TEST_OP_ACCESS_REPLACE_IOAS, (uint32_t)afd), 0);
	assert_int_equal(access_rw(afd, 3, word, 1, 0), -ENOENT);
	assert_int_equal(destroy(ioas), 0);
	assert_int_equal(iom_emu_close(emu, afd), 0);
	assert_int_equal(iom_emu_close(emu, afd), -EBADF);
	assert_int_equal(destroy(other), 0);
	assert_int_equal(ioas_alloc(), 1);
}

static void test_access_pages(void **state)
{
	uint32_t ioas = ioas_alloc(), item = 99, again, n = 1;
	struct iom_iova_range r;
	uint64_t alignment = 0, done = 0;
	int afd;

	(void)state;
	assert_int_equal(map_at(ioas, buf, 100, 8 * PAGE), 0);
	assert_int_equal(create_access(ioas, IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES, &afd),
			 -EADDRINUSE);
	assert_int_equal(unmap(ioas, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(create_access(ioas, IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES, &afd),
			 0);
	assert_int_equal(ranges(ioas, &r, &n, &alignment), 0);
	assert_int_equal(alignment, PAGE);
	assert_int_equal(map_at(ioas, buf, 4 * PAGE, PAGE), 0);
	assert_int_equal(access_pages(afd, PAGE, buf, ((uint64_t)16 << 20) + 1, 8, &item), -ENOMEM);
	assert_int_equal(access_pages(afd, PAGE, buf, PAGE, 8, &item), -EOPNOTSUPP);
	assert_int_equal(access_pages(fd, PAGE, buf, PAGE, 0, &item), -EBADFD);
	assert_int_equal(access_pages(afd, PAGE, buf, 0, 0, &item), -EINVAL);
	assert_int_equal(access_pages(afd, UINT64_MAX, buf, PAGE, 0, &item), -EOVERFLOW);
	assert_int_equal(access_pages(afd, 0, buf, PAGE, 0, &item), -ENOENT);
	assert_int_equal(access_pages(afd, PAGE, buf, 5 * PAGE, 0, &item), -ENOENT);
	assert_int_equal(check_refs(buf, 4 * PAGE, 0), 0);
	assert_int_equal(access_pages(afd, PAGE + 1, buf, 8, 0, &item), -EINVAL);
	assert_int_equal(access_pages(afd, PAGE, buf + PAGE, PAGE, 0, &item), -EBADE);
	assert_int_equal(access_pages(afd, PAGE, (void *)8, PAGE, 0, &item), -EFAULT);
	assert_int_equal(check_refs(buf, 4 * PAGE, 0), 0);
	assert_int_equal(access_pages(afd, PAGE, buf, 4 * PAGE, IOM_MOCK_FLAGS_ACCESS_WRITE, &item),
			 0);
	assert_int_equal(item, 0);
	assert_int_equal(check_refs(buf, 4 * PAGE, 1), 0);
	assert_int_equal(access_pages(afd, 2 * PAGE, NULL, PAGE, 0, &again), 0);
	assert_int_equal(again, 1);
	assert_int_equal(check_refs(buf, 4 * PAGE, 1), 0);
	assert_int_equal(access_unpin(afd, 7), -ENOENT);
	assert_int_equal(access_unpin(fd, 0), -EBADFD);
	assert_int_equal(access_unpin(afd, item), 0);
	assert_int_equal(access_unpin(afd, item), -ENOENT);
	assert_int_equal(check_refs(buf, PAGE, 0), 0);
	assert_int_equal(check_refs(buf + PAGE, PAGE, 1), 0);
	/* unmapping asks the access to let go */
	assert_int_equal(unmap(ioas, PAGE, 4 * PAGE, &done), 0);
	assert_int_equal(done, 4 * PAGE);
	assert_int_equal(access_unpin(afd, again), -ENOENT);
	assert_int_equal(map_at(ioas, NULL, PAGE, 0), 0);
	assert_int_equal(access_pages(afd, 0, NULL, PAGE, 0, &item), -EFAULT);
	/* a closed fd lets go as well */
	assert_int_equal(map_at(ioas, buf, 4 * PAGE, PAGE), 0);
	assert_int_equal(access_pages(afd, PAGE, NULL, PAGE, 0, &item), 0);
	assert_int_equal(item, 2);
	assert_int_equal(iom_emu_close(emu, afd), 0);
	assert_int_equal(check_refs(buf, PAGE, 0), 0);
	n = 1;
	assert_int_equal(ranges(ioas, &r, &n, &alignment), 0);
	assert_int_equal(alignment, 1);
	assert_int_equal(destroy(ioas), 0);
}

/* A context lives on in its accesses. */
static void test_access_outlives_fd(void **state)
{
	uint32_t ioas = ioas_alloc(), id = ioas;
	int afd, ctx = fd;
	char c = 0;

	(void)state;
	buf[0] = 42;
	assert_int_equal(map_at(ioas, buf, PAGE, 0), 0);
	assert_int_equal(create_access(ioas, 0, &afd), 0);
	fd = iom_emu_open(emu, "/dev/iommu");
	assert_int_equal(ioas_alloc(), id); /* contexts do not share ids */
	assert_int_equal(iom_emu_close(emu, ctx), 0);
	assert_int_equal(access_rw(afd, 0, &c, 1, 0), 0);
	assert_int_equal(c, 42);
	assert_int_equal(iom_emu_close(emu, afd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_map_errors),
		T(test_unmap),
		T(test_iova_choice),
		T(test_iova_packing),
		T(test_aperture),
		T(test_protection),
		T(test_ranges),
		T(test_allow),
		T(test_copy),
		T(test_file),
		T(test_access_rw),
		T(test_access_pages),
		T(test_access_outlives_fd),
	};

	return cmocka_run_group_tests_name("emu-ioas", tests, NULL, NULL);
}
