/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process as every program finds it: memory at fixed addresses, files, limits, capabilities. */
#include "diff.h"

#include <err.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_HUGETLB
#define MFD_HUGETLB 4U
#endif

static void *at(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

static void map(uint64_t address, uint64_t len, int flags, int fd)
{
	void *p = mmap(at(address), len, PROT_READ | PROT_WRITE, flags | MAP_FIXED_NOREPLACE, fd, 0);

	if (p == MAP_FAILED && (flags & MAP_HUGETLB))
		p = mmap(at(address), len, PROT_READ | PROT_WRITE,
			 (flags & ~MAP_HUGETLB) | MAP_FIXED_NOREPLACE, fd, 0);
	if (p != at(address))
		err(1, "cannot map %#llx bytes at %#llx", (unsigned long long)len,
		    (unsigned long long)address);
}

/* Pages that differ, so that a wrong one is seen when it is read. */
static void fill(uint64_t address, uint64_t len)
{
	for (uint64_t pos = 0; pos < len; pos += PAGE) {
		uint64_t *word = at(address + pos);

		for (unsigned int i = 0; i < PAGE / 8; i += 32)
			word[i] = (address + pos) * 0x9e3779b97f4a7c15ull + i;
	}
}

/* A file to be mapped; one on huge pages is of small ones where there are none. */
static int make_file(int which)
{
	int fd = -1;

	switch (which) {
	case FILE_SHMEM:
		fd = memfd_create("shmem", MFD_CLOEXEC);
		if (fd >= 0 && ftruncate(fd, FILE_PAGES * PAGE))
			err(1, "cannot set a file's size");
		break;
	case FILE_HUGE:
		fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
		if (fd < 0)
			fd = memfd_create("huge", MFD_CLOEXEC);
		if (fd >= 0 && ftruncate(fd, HUGE_PAGE))
			err(1, "cannot set a file's size");
		break;
	case FILE_DISK:
		/* neither of shmem nor of hugetlbfs */
		fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
		break;
	case FILE_NONE:
		return 900; /* nothing is open there, see run_begin() */
	}
	if (fd < 0)
		err(1, "cannot make file %d", which);
	return fd;
}

/* Takes CAP_IPC_LOCK, which frees from RLIMIT_MEMLOCK, or gives it back. */
static void set_ipc_lock(bool on)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint32_t bit = 1u << CAP_IPC_LOCK;

	if (syscall(SYS_capget, &head, data))
		err(1, "cannot read capabilities");
	if (on)
		data[0].effective |= data[0].permitted & bit;
	else
		data[0].effective &= ~bit;
	if (syscall(SYS_capset, &head, data))
		err(1, "cannot set capabilities");
}

/* The soft limit only, so that any process may raise it again. */
static void set_memlock(uint64_t bytes)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_MEMLOCK, &lim))
		err(1, "cannot read the limit of locked memory");
	lim.rlim_cur = bytes < lim.rlim_max ? bytes : lim.rlim_max;
	if (setrlimit(RLIMIT_MEMLOCK, &lim))
		err(1, "cannot set the limit of locked memory");
}

void world_begin(const struct program *p, int files[N_FILES])
{
	const int anon = MAP_PRIVATE | MAP_ANONYMOUS;

	for (int i = 0; i < N_FILES; i++)
		files[i] = make_file(i);
	map(MEM_PLAIN, MEM_PLAIN_SIZE, anon, -1);
	/* transparent huge pages would come as luck has it */
	madvise(at(MEM_PLAIN), MEM_PLAIN_SIZE, MADV_NOHUGEPAGE);
	fill(MEM_PLAIN, MEM_PLAIN_SIZE);
	map(MEM_RDONLY, MEM_RDONLY_SIZE, anon, -1);
	fill(MEM_RDONLY, MEM_RDONLY_SIZE);
	if (mprotect(at(MEM_RDONLY), MEM_RDONLY_SIZE, PROT_READ))
		err(1, "cannot protect memory");
	map(MEM_SHARED, MEM_SHARED_SIZE, MAP_SHARED, files[FILE_SHMEM]);
	fill(MEM_SHARED, MEM_SHARED_SIZE);
	if (p->contiguous) {
		map(MEM_HUGE, MEM_HUGE_SIZE, anon | MAP_HUGETLB, -1);
		fill(MEM_HUGE, MEM_HUGE_SIZE);
	}
	map(ARG_END - PAGE, PAGE, anon, -1);
	map(SCRATCH_END - SCRATCH_SIZE, SCRATCH_SIZE, anon, -1);
	set_ipc_lock(!p->limited);
	set_memlock(p->limited ? 40 * PAGE : 8 << 20);
}

void world_end(int files[N_FILES])
{
	for (int i = 0; i < N_FILES; i++)
		if (i != FILE_NONE)
			close(files[i]);
	if (munmap(at(MEM_PLAIN), SCRATCH_END - MEM_PLAIN))
		err(1, "cannot unmap the memory");
	set_ipc_lock(true);
}

static uint64_t sum(uint64_t address, uint64_t len, uint64_t seed)
{
	const uint64_t *word = at(address);

	for (uint64_t i = 0; i < len / 8; i++)
		seed = (seed ^ word[i]) * 0x100000001b3ull;
	return seed;
}

uint64_t world_memory_sum(const struct program *p)
{
	uint64_t s = sum(MEM_PLAIN, MEM_PLAIN_SIZE, 1);

	s = sum(MEM_RDONLY, MEM_RDONLY_SIZE, s);
	s = sum(MEM_SHARED, MEM_SHARED_SIZE, s);
	return p->contiguous ? sum(MEM_HUGE, MEM_HUGE_SIZE, s) : s;
}
