/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes in the memory behind a map: rights, files, the locked-memory limit; allowed ranges. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "diag/look.h"
#include "diag_fixture.h"

void test_user_memory(void **state)
{
	char path[] = "/var/tmp/iommuctl-diag-XXXXXX", tmp[] = "/dev/shm/iommuctl-diag-XXXXXX";
	unsigned char *p =
		mmap(NULL, 0x4000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int disk = mkstemp(path), shm = mkstemp(tmp);
	unsigned char *file;

	(void)state;
	assert_true(p != MAP_FAILED && disk >= 0);
	GUESS("IOMMU_IOAS_MAP", EFAULT, "probably the memory cannot be pinned",
	      MAPARG(.user_va = (uintptr_t)p));
	assert_int_equal(mprotect(p + 0x1000, 0x1000, PROT_READ), 0);
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-no-right", "user_va", "rights r--p",
	    MAPARG(.user_va = (uintptr_t)p, .length = 0x4000));
	GUESS("IOMMU_IOAS_MAP", EFAULT, "probably",
	      MAPARG(.flags = 5, .user_va = (uintptr_t)p, .length = 0x4000));
	assert_int_equal(mprotect(p + 0x1000, 0x1000, PROT_NONE), 0);
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-no-right", "user_va", "readable",
	    MAPARG(.flags = 5, .user_va = (uintptr_t)p, .length = 0x4000));
	munmap(p + 0x1000, 0x1000);
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-unmapped", "user_va", "no memory is mapped at 0x",
	    MAPARG(.user_va = (uintptr_t)p, .length = 0x4000));
	munmap(p, 0x4000);
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-unmapped", "user_va", "0x10 of this process",
	    MAPARG(.user_va = 0x10));
	/* A page of a file, and one behind its end. */
	assert_int_equal(ftruncate(disk, 100), 0);
	file = mmap(NULL, 0x2000, PROT_READ | PROT_WRITE, MAP_SHARED, disk, 0);
	assert_true(file != MAP_FAILED);
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-past-file", "length", "100 bytes",
	    MAPARG(.user_va = (uintptr_t)file, .length = 0x2000));
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-shared-file", "user_va", "iommuctl-diag-",
	    MAPARG(.user_va = (uintptr_t)file));
	GUESS("IOMMU_IOAS_MAP", EFAULT, "probably", MAPARG(.flags = 5, .user_va = (uintptr_t)file));
	munmap(file, 0x2000);
	/* Memory without pages: the kernel's own data page of every process. */
	if (shm >= 0) {
		assert_int_equal(ftruncate(shm, 0x1000), 0);
		file = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_SHARED, shm, 0);
		assert_true(file != MAP_FAILED);
		GUESS("IOMMU_IOAS_MAP", EFAULT, "probably", MAPARG(.user_va = (uintptr_t)file));
		munmap(file, 0x1000);
		unlink(tmp);
		close(shm);
	}
	unlink(path);
	close(disk);
}

/* [vvar] is mapped by page frame numbers, as a BAR is. */
void test_device_memory(void **state)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long long at = 0;
	char line[256];

	(void)state;
	assert_non_null(maps);
	while (!at && fgets(line, sizeof(line), maps))
		if (strstr(line, "[vvar]"))
			at = strtoull(line, NULL, 16);
	fclose(maps);
	if (!at)
		skip();
	WHY("IOMMU_IOAS_MAP", EFAULT, "user-va-device", "user_va", "is device memory ([vvar])",
	    MAPARG(.flags = 5, .user_va = at));
}

void test_vfio_mapping(void **state)
{
	struct look_vma v = { .offset = 2ULL << 40 | 0x1000, .path = "/dev/vfio/devices/vfio1" };
	char text[256];

	(void)state;
	assert_true(look_vma_vfio(FIXTURES "/host-server", &v, text, sizeof(text)));
	assert_string_equal(text, "BAR 2 of 0000:02:10.0, /dev/vfio/devices/vfio1");
	strcpy(v.path, "/dev/vfio/devices/vfio9");
	v.offset = 7ULL << 40;
	assert_true(look_vma_vfio(FIXTURES "/host-server", &v, text, sizeof(text)));
	assert_string_equal(text, "the configuration space of /dev/vfio/devices/vfio9");
	strcpy(v.path, "anon_inode:[vfio-device]");
	v.offset = 99ULL << 40;
	assert_true(look_vma_vfio("", &v, text, sizeof(text)));
	assert_string_equal(text, "a region of anon_inode:[vfio-device]");
	strcpy(v.path, "/dev/vfio/vfio");
	assert_false(look_vma_vfio("", &v, text, sizeof(text)));
}

void test_files(void **state)
{
	char path[] = "/var/tmp/iommuctl-diag-XXXXXX";
	int disk = mkstemp(path), mem = memfd_create("diag", MFD_CLOEXEC);

	(void)state;
	assert_true(disk >= 0 && mem >= 0);
	assert_int_equal(ftruncate(disk, 0x10000), 0);
	assert_int_equal(ftruncate(mem, 0x10000), 0);
	f.ctx.fd = mem; /* an open file, so that the context's own fd is not the culprit */
	WHY("IOMMU_IOAS_MAP_FILE", EBADF, "fd-not-open", "fd", "fd 987", FILEARG(.fd = CLOSED_FD));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "past-file", "length", "65536 bytes",
	    FILEARG(.fd = mem, .start = 0xf000, .length = 0x2000));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "file-wrong-kind", "fd", "iommuctl-diag-",
	    FILEARG(.fd = disk));
	GUESS("IOMMU_IOAS_MAP_FILE", EINVAL, "does not accept", FILEARG(.fd = mem));
	/* Open after all: the error must have come from elsewhere. */
	GUESS("IOMMU_IOAS_MAP_FILE", EBADF, "none of the causes", FILEARG(.fd = mem));
	GUESS("IOMMU_IOAS_MAP_FILE", EOPNOTSUPP, "does not support", FILEARG(.fd = mem));
	GUESS("IOMMU_IOAS_MAP_FILE", EFAULT, "cannot be pinned", FILEARG(.fd = mem));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "length-unaligned", "length", "",
	    FILEARG(.fd = mem, .length = 0x800));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "iova-unaligned", "iova", "",
	    FILEARG(.fd = mem, .iova = 0x3000800));
	WHY("IOMMU_IOAS_MAP_FILE", EINVAL, "user-va-unaligned", "start", "",
	    FILEARG(.fd = mem, .start = 0x800));
	unlink(path);
	close(disk);
	close(mem);
}

void test_memlock(void **state)
{
	struct rlimit old, low;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &old), 0);
	low = old;
	low.rlim_cur = 0x8000;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &low), 0);
	GUESS("IOMMU_IOAS_MAP", ENOMEM, "probably RLIMIT_MEMLOCK", MAPARG(.length = 0x10000));
	f.root = ALL_CAPS;
	GUESS("IOMMU_IOAS_MAP", ENOMEM, "ran out of memory", MAPARG(.length = 0x10000));
	f.root = NO_CAPS;
	WHY("IOMMU_IOAS_MAP", ENOMEM, "memlock", "length",
	    "RLIMIT_MEMLOCK is 32768 bytes, 65536 are to be mapped, and the process has no "
	    "CAP_IPC_LOCK",
	    MAPARG(.length = 0x10000));
	WHY("IOMMU_IOAS_MAP_FILE", ENOMEM, "memlock", "length", "65536",
	    FILEARG(.length = 0x10000));
	WHY("IOMMU_IOAS_MAP", ENOMEM, "memlock", "length",
	    "73728 are mapped already and 4096 are to be added", MAPARG());
	WHY("IOMMU_IOAS_COPY", ENOMEM, "memlock", NULL, "73728 are mapped", COPYARG());
	WHY("IOMMU_IOAS_CHANGE_PROCESS", ENOMEM, "memlock", NULL, "73728",
	    (struct iom_ioas_change_process){ 8, 0 });
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN", ENOMEM, "memlock", NULL, "",
	    (struct iom_test_cmd){ .size = 72, .op = 2, .id = 1 });
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", ENOMEM, "memlock", NULL, "",
	    (struct iom_test_cmd){ .size = 72, .op = 12, .id = 1 });
	WHY("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", ENOMEM, "memlock", NULL, "",
	    (struct iom_test_cmd){ .size = 72, .op = 10, .id = 5 });
	WHY("IOMMU_HWPT_ALLOC", ENOMEM, "memlock", NULL, "",
	    (struct iom_hwpt_alloc){ .size = 48, .dev_id = 4, .pt_id = 1 });
	WHY("IOMMU_TEST_OP_PASID_ATTACH", ENOMEM, "memlock", NULL, "",
	    (struct iom_test_cmd){ .size = 72, .op = 18, .id = 5 });
	WHY("IOMMU_TEST_OP_PASID_REPLACE", ENOMEM, "memlock", NULL, "",
	    (struct iom_test_cmd){ .size = 72, .op = 19, .id = 5 });
	WHY("IOMMU_TEST_OP_ACCESS_PAGES", ENOMEM, "memlock", NULL, "",
	    (struct iom_test_cmd){ .size = 72, .op = 7, .id = 101 });
	WHY("VFIO_DEVICE_ATTACH_IOMMUFD_PT", ENOMEM, "memlock", NULL, "",
	    (struct iom_vfio_attach){ .argsz = 16 });
	low.rlim_cur = 0x40000;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &low), 0);
	/* Below the limit as far as can be seen: other processes of the user count as well. */
	GUESS("IOMMU_IOAS_MAP", ENOMEM, "in other processes too", MAPARG());
	GUESS("IOMMU_IOAS_MAP_FILE", ENOMEM, "probably", FILEARG());
	GUESS("IOMMU_IOAS_COPY", ENOMEM, "probably", COPYARG());
	GUESS("IOMMU_IOAS_CHANGE_PROCESS", ENOMEM, "probably",
	      (struct iom_ioas_change_process){ 8, 0 });
	GUESS("IOMMU_TEST_OP_MOCK_DOMAIN", ENOMEM, "probably",
	      (struct iom_test_cmd){ .size = 72, .op = 2 });
	GUESS("IOMMU_HWPT_ALLOC", ENOMEM, "probably",
	      (struct iom_hwpt_alloc){ .size = 48, .dev_id = 4, .pt_id = 1 });
	GUESS("IOMMU_TEST_OP_PASID_ATTACH", ENOMEM, "probably",
	      (struct iom_test_cmd){ .size = 72, .op = 18 });
	GUESS("IOMMU_TEST_OP_PASID_REPLACE", ENOMEM, "probably",
	      (struct iom_test_cmd){ .size = 72, .op = 19 });
	GUESS("IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", ENOMEM, "probably",
	      (struct iom_test_cmd){ .size = 72, .op = 12 });
	GUESS("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", ENOMEM, "probably",
	      (struct iom_test_cmd){ .size = 72, .op = 10 });
	GUESS("IOMMU_TEST_OP_ACCESS_PAGES", ENOMEM, "probably",
	      (struct iom_test_cmd){ .size = 72, .op = 7 });
	GUESS("VFIO_DEVICE_ATTACH_IOMMUFD_PT", ENOMEM, "probably",
	      (struct iom_vfio_attach){ .argsz = 16 });
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &old), 0);
	GUESS("IOMMU_IOAS_ALLOC", ENOMEM, "ran out of memory",
	      (struct iom_ioas_alloc){ .size = 12 });
}

void test_allow(void **state)
{
	struct iom_iova_range r[2] = { { 0x3000000, 0x3ffffff }, { 0x3800000, 0x4800000 } };
	struct iom_ioas_allow_iovas a = {
		.size = 24, .ioas_id = 1, .num_iovas = 2, .allowed_iovas = (uintptr_t)r
	};

	(void)state;
	WHY("IOMMU_IOAS_ALLOW_IOVAS", EINVAL, "ranges-overlap", "allowed_iovas",
	    "ranges 0 and 1 overlap: 0x3000000-0x3ffffff and 0x3800000-0x4800000", a);
	r[1].start = r[1].last = 0x5000000;
	WHY("IOMMU_IOAS_ALLOW_IOVAS", EINVAL, "range-backwards", "allowed_iovas",
	    "range 1, 0x5000000-0x5000000", a);
	r[1] = (struct iom_iova_range){ 0x7000000, 0x80fffff };
	GUESS("IOMMU_IOAS_ALLOW_IOVAS", EINVAL, "does not accept", a);
	WHY("IOMMU_IOAS_ALLOW_IOVAS", EADDRINUSE, "range-reserved", "allowed_iovas",
	    "range 0x7000000-0x80fffff meets what this ioas cannot map, 0x8000000-0x80fffff", a);
	f.be.regions = fake_regions;
	WHY("IOMMU_IOAS_ALLOW_IOVAS", EADDRINUSE, "range-reserved", "allowed_iovas", "(sw-msi)", a);
	a.num_iovas = 1;
	GUESS("IOMMU_IOAS_ALLOW_IOVAS", EADDRINUSE, "none of the causes", a);
	a.allowed_iovas = 0x40;
	GUESS("IOMMU_IOAS_ALLOW_IOVAS", EADDRINUSE, "probably a range meets", a);
}
