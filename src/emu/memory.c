/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Touches the caller's memory the way a kernel does: a bad address is an error, never a crash. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif

#ifndef __has_feature
#define __has_feature(x) 0
#endif
/* A caller may lie about its struct's size; the sanitizer would take our look for a bug. */
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define TRUST_STACK 0
#else
#define TRUST_STACK 1
#endif

static __thread uintptr_t stack_low, stack_high;

static void find_stack(void)
{
	pthread_attr_t attr;
	void *addr = NULL;
	size_t size = 0;

	stack_low = stack_high = 1; /* not found: nothing is on it */
	if (pthread_getattr_np(pthread_self(), &attr))
		return;
	pthread_attr_getstack(&attr, &addr, &size);
	stack_low = (uintptr_t)addr;
	stack_high = (uintptr_t)addr + size;
	pthread_attr_destroy(&attr);
}

/*
 * Argument structs mostly live on the caller's stack, above our own frame, and that memory is
 * there without asking: it saves two system calls per ioctl.
 */
static inline bool on_stack(uint64_t addr, size_t len)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (!TRUST_STACK)
		return false;
	if (!stack_high)
		find_stack();
	return here >= stack_low && addr >= here && addr < stack_high && len <= stack_high - addr;
}

/* Where process_vm_readv() is forbidden: a pipe checks addresses as well, page by page. */
static int copy_by_pipe(void *ours, uint64_t theirs, size_t len, bool to_them)
{
	int fds[2], rc = 0;

	if (pipe2(fds, O_CLOEXEC))
		return -EFAULT;
	while (len && !rc) {
		size_t n = len < 4096 ? len : 4096;
		const void *from = to_them ? ours : (void *)(uintptr_t)theirs;
		void *to = to_them ? (void *)(uintptr_t)theirs : ours;

		if (write(fds[1], from, n) != (ssize_t)n || read(fds[0], to, n) != (ssize_t)n)
			rc = -EFAULT;
		ours = (char *)ours + n;
		theirs += n;
		len -= n;
	}
	close(fds[0]);
	close(fds[1]);
	return rc;
}

static int copy_checked(void *ours, uint64_t theirs, size_t len, bool to_them)
{
	while (len) {
		size_t n = len < (1u << 30) ? len : (1u << 30);
		struct iovec local = { ours, n };
		struct iovec remote = { (void *)(uintptr_t)theirs, n };
		ssize_t done = to_them ? process_vm_writev(getpid(), &local, 1, &remote, 1, 0)
				       : process_vm_readv(getpid(), &local, 1, &remote, 1, 0);

		if (done < 0 && (errno == EPERM || errno == ENOSYS))
			return copy_by_pipe(ours, theirs, len, to_them);
		if (done != (ssize_t)n)
			return -EFAULT;
		ours = (char *)ours + n;
		theirs += n;
		len -= n;
	}
	return 0;
}

int emu_copy_from(void *dst, uint64_t src, size_t len)
{
	if (on_stack(src, len)) {
		memcpy(dst, (const void *)(uintptr_t)src, len);
		return 0;
	}
	return copy_checked(dst, src, len, false);
}

int emu_copy_to(uint64_t dst, const void *src, size_t len)
{
	if (on_stack(dst, len)) {
		memcpy((void *)(uintptr_t)dst, src, len);
		return 0;
	}
	return copy_checked((void *)(uintptr_t)src, dst, len, true);
}

/* One line of the process's memory map. */
struct vma {
	uint64_t start, end; /* end is the first byte behind */
	char perms[8];
	uint64_t offset;
	unsigned int major, minor;
	unsigned long ino;
	char path[256]; /* cut short when longer; "" for anonymous memory */
};

static FILE *open_maps(pid_t pid)
{
	char path[32] = "/proc/self/maps";

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	return fopen(path, "re");
}

/* The next one of the map; false at its end. */
static bool read_vma(FILE *f, struct vma *v)
{
	char line[512];

	if (!fgets(line, sizeof(line), f))
		return false;
	v->path[0] = '\0';
	sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %x:%x %lu %255[^\n]", &v->start,
	       &v->end, v->perms, &v->offset, &v->major, &v->minor, &v->ino, v->path);
	/* the rest of a long path */
	if (!strchr(line, '\n'))
		(void)!fscanf(f, "%*[^\n]%*c");
	return true;
}

/* Finds the mapping at addr, of this process for pid 0; false when nothing is there. */
static bool find_vma(pid_t pid, uint64_t addr, struct vma *v)
{
	FILE *f = open_maps(pid);
	bool found = false;

	if (!f)
		return false;
	while (!found && read_vma(f, v) && v->start <= addr)
		found = addr < v->end;
	fclose(f);
	return found;
}

bool emu_mem_is_mapped(pid_t pid, uint64_t addr)
{
	struct vma v;

	return find_vma(pid, addr, &v);
}

/* Kernels before 5.14 cannot fault a range in on request: judge by the map alone. */
int emu_mem_check_map(pid_t pid, uint64_t addr, uint64_t end, bool write)
{
	struct vma v;

	while (addr < end) {
		if (!find_vma(pid, addr, &v) || v.perms[write ? 1 : 0] == '-')
			return -EFAULT;
		addr = v.end;
	}
	return 0;
}

static bool can_populate(void)
{
	static int asked; /* 0 not yet, 1 yes, -1 no; racing threads find the same */
	int known = __atomic_load_n(&asked, __ATOMIC_RELAXED);
	char probe;

	if (!known) {
		uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
		uintptr_t at = (uintptr_t)&probe & ~(page - 1);

		known = madvise((void *)at, page, MADV_POPULATE_READ) ? -1 : 1;
		__atomic_store_n(&asked, known, __ATOMIC_RELAXED);
	}
	return known > 0;
}

int emu_mem_populate(uint64_t addr, uint64_t len, bool write)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start, end;
	int rc;

	if (__builtin_add_overflow(addr, len, &end) || __builtin_add_overflow(end, page - 1, &end))
		return -EFAULT;
	start = addr & ~(page - 1);
	end &= ~(page - 1);
	if (start == end)
		return 0;
	do {
		rc = madvise((void *)(uintptr_t)start, end - start,
			     write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
	} while (rc && (errno == EINTR || errno == EAGAIN));
	if (!rc)
		return 0;
	if (errno == EINVAL && !can_populate())
		return emu_mem_check_map(0, start, end, write);
	return -EFAULT;
}

static int pagemap; /* of this process; all of its threads use it; -1: it may not be read */

static void open_pagemap(void)
{
	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
}

/* The file shows the process that opened it, also to its children. */
static void reopen_pagemap(void)
{
	if (pagemap >= 0)
		close(pagemap);
	open_pagemap();
}

static void watch_forks(void)
{
	open_pagemap();
	pthread_atfork(NULL, NULL, reopen_pagemap);
}

static int pagemap_fd(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, watch_forks);
	return pagemap;
}

/* Whether the page belongs to a file or is shared; true also when that cannot be asked. */
static bool maybe_shared(uint64_t addr)
{
	uint64_t entry;

	if (pread(pagemap_fd(), &entry, sizeof(entry),
		  (off_t)(addr / EMU_PAGE * sizeof(entry))) != sizeof(entry))
		return true;
	return entry & (1ULL << 61);
}

/* Whether the file system behind a shared mapping has to know of every write. */
static bool tracks_writes(const struct vma *v)
{
	static const long in_memory[] = { TMPFS_MAGIC, HUGETLBFS_MAGIC, RAMFS_MAGIC };
	struct statfs fs;

	if (v->perms[3] != 's')
		return false;
	/* memfd, SysV and shared anonymous memory is tmpfs without a path that could be asked */
	if (statfs(v->path, &fs))
		return v->major != 0;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(in_memory); i++)
		if (fs.f_type == in_memory[i])
			return false;
	return true;
}

int emu_mem_pin_check(pid_t pid, uint64_t addr, uint64_t len)
{
	uint64_t end = addr + len;
	struct vma v;

	/* Anonymous memory is what nearly every caller has: its ends tell without reading the map. */
	if (!pid && !maybe_shared(addr) && !maybe_shared(end - 1))
		return 0;
	for (; addr < end; addr = v.end) {
		if (!find_vma(pid, addr, &v))
			return -EFAULT;
		if (tracks_writes(&v))
			return -EFAULT;
	}
	return 0;
}

void emu_mem_ident(uint64_t addr, struct emu_ident *id)
{
	const struct emu_mm *mm = emu_mm_self();

	emu_mem_ident_of(0, addr, id);
	if (!id->file && mm)
		id->ino = mm->number;
}

void emu_mem_ident_of(pid_t pid, uint64_t addr, struct emu_ident *id)
{
	struct vma v;

	*id = (struct emu_ident){ .pos = addr, .len = 1 };
	if (!find_vma(pid, addr, &v))
		return;
	id->len = v.end - addr;
	if (v.perms[3] != 's')
		return;
	id->file = true;
	id->dev = makedev(v.major, v.minor);
	id->ino = v.ino;
	id->pos = addr - v.start + v.offset;
}

bool emu_mem_is_huge(pid_t pid, uint64_t addr)
{
	char path[32] = "/proc/self/smaps", line[512];
	unsigned long kib = 0;
	bool there = false;
	struct vma v;
	FILE *f;

	/* so it is called where the system gives huge pages, and where the library stands in */
	if (find_vma(pid, addr, &v) && strstr(v.path, "anon_hugepage"))
		return true;
	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &v.start, &v.end) == 2)
			there = addr >= v.start && addr < v.end;
		else if (there && sscanf(line, "KernelPageSize: %lu kB", &kib) == 1)
			break;
	}
	if (f)
		fclose(f);
	return kib >= EMU_HUGE_PAGE >> 10;
}

uint64_t emu_mem_find(const struct emu_ident *id, uint64_t skip, size_t *len)
{
	uint64_t pos = id->pos + skip, at = 0;
	FILE *f = open_maps(0);
	struct vma v;

	while (f && !at && read_vma(f, &v)) {
		if (v.perms[3] != 's' || v.ino != id->ino || makedev(v.major, v.minor) != id->dev ||
		    pos < v.offset || pos - v.offset >= v.end - v.start)
			continue;
		at = v.start + (pos - v.offset);
		if (*len > v.end - at)
			*len = (size_t)(v.end - at);
	}
	if (f)
		fclose(f);
	return at;
}

bool emu_capable(const struct iom_emu *emu, unsigned int cap)
{
	uint8_t given = cap == CAP_SYS_RESOURCE ? EMU_HAS_SYS_RESOURCE
			: cap == CAP_SYS_RAWIO	? EMU_HAS_SYS_RAWIO
						: EMU_HAS_IPC_LOCK;
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (emu->has & given)
		return true;
	(void)!syscall(SYS_capget, &head, data);
	return data[cap / 32].effective & (1u << (cap % 32));
}
