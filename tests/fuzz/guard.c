/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps the host out of reach of fuzzed input: the linker leads these calls here (--wrap). */
#include "fuzz.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define MOST_MAPPED ((size_t)64 << 20) /* bytes at once */

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define IS_HEAP(p, len) (!__asan_region_is_poisoned(p, len))
#else
#define IS_HEAP(p, len) true
#endif

/* A request for more than there is gets NULL, as from any malloc(). */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static bool up;
static const char *scratch_dir;
static uintptr_t memory_base, memory_end;

void fuzz_guard_up(const char *scratch)
{
	scratch_dir = scratch;
	up = true;
}

void fuzz_guard_down(void)
{
	up = false;
}

void fuzz_guard_memory(const void *base, size_t len)
{
	memory_base = (uintptr_t)base;
	memory_end = memory_base + len;
}

/* A path with ".." is nothing that a target needs. */
static bool in_scratch(const char *path)
{
	size_t len = scratch_dir ? strlen(scratch_dir) : 0;

	return len && !strncmp(path, scratch_dir, len) && (path[len] == '/' || !path[len]) &&
	       !strstr(path, "/../");
}

static bool may_read(const char *path)
{
	return in_scratch(path) || !strncmp(path, "/proc/self/", 11) || !strcmp(path, "/dev/null") ||
	       !strcmp(path, "/dev/zero");
}

static bool refuse(bool allowed)
{
	if (!up || allowed)
		return false;
	errno = EACCES;
	return true;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode = 0;

	va_start(ap, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if (refuse((flags & (O_ACCMODE | O_CREAT | O_TRUNC)) ? in_scratch(path) : may_read(path)))
		return -1;
	return __real_open(path, flags, mode);
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (refuse(*mode == 'r' && !strchr(mode, '+') ? may_read(path) : in_scratch(path)))
		return NULL;
	return __real_fopen(path, mode);
}

gzFile __real_gzopen(const char *path, const char *mode);
gzFile __wrap_gzopen(const char *path, const char *mode);
gzFile __wrap_gzopen(const char *path, const char *mode)
{
	return refuse(*mode == 'r' && may_read(path)) ? NULL : __real_gzopen(path, mode);
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
	return refuse(may_read(path)) ? NULL : __real_opendir(path);
}

#define WRAP_PATH(name, proto, args, path) \
	int __real_##name proto; \
	int __wrap_##name proto; \
	int __wrap_##name proto { return refuse(in_scratch(path)) ? -1 : __real_##name args; }

WRAP_PATH(mkdir, (const char *path, mode_t mode), (path, mode), path)
WRAP_PATH(rmdir, (const char *path), (path), path)
WRAP_PATH(unlink, (const char *path), (path), path)
WRAP_PATH(remove, (const char *path), (path), path)
WRAP_PATH(symlink, (const char *target, const char *path), (target, path), path)
WRAP_PATH(rename, (const char *from, const char *path), (from, path), path)

#define WRAP_NEVER(type, name, proto, args, failed) \
	type __real_##name proto; \
	type __wrap_##name proto; \
	type __wrap_##name proto { return refuse(false) ? failed : __real_##name args; }

WRAP_NEVER(pid_t, fork, (void), (), -1)
WRAP_NEVER(int, kill, (pid_t pid, int sig), (pid, sig), -1)
WRAP_NEVER(int, socket, (int family, int type, int proto), (family, type, proto), -1)
WRAP_NEVER(void *, dlopen, (const char *path, int flags), (path, flags), NULL)

/* Temporary folders without the process that deletes them when this one is killed. */
int __wrap_host_keep_dir(char **dir);
int __wrap_host_keep_dir(char **dir)
{
	if (!scratch_dir || asprintf(dir, "%s/iommuctl.XXXXXX", scratch_dir) < 0)
		return -EACCES;
	if (mkdtemp(*dir))
		return 0;
	free(*dir);
	*dir = NULL;
	return -EIO;
}

void __wrap_host_drop_dir(const char *dir);
void __wrap_host_drop_dir(const char *dir)
{
	fuzz_empty(dir);
	remove(dir);
}

/* What would wait is told that the time is over, or that it cannot wait when there is no end. */
int __real_ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *mask);
int __wrap_ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *mask);
int __wrap_ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *mask)
{
	static const struct timespec now;
	int rc = __real_ppoll(p, n, up ? &now : t, mask);

	if (rc || !up || t)
		return rc;
	errno = EIO;
	return -1;
}

int __real_nanosleep(const struct timespec *t, struct timespec *left);
int __wrap_nanosleep(const struct timespec *t, struct timespec *left);
int __wrap_nanosleep(const struct timespec *t, struct timespec *left)
{
	return up ? 0 : __real_nanosleep(t, left);
}

void *__real_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off)
{
	if (up && len > MOST_MAPPED) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return __real_mmap(at, len, prot, flags, fd, off);
}

/* ---- the caller's memory, as the emulator reaches it ---- */

/* The sanitizer's own memory is there, but it is nobody's. */
static bool is_shadow(uintptr_t p, size_t len)
{
	return p < 0x10007fff8000 && p + len > 0x7fff7000;
}

static bool may_touch(const void *p, size_t len)
{
	uintptr_t at = (uintptr_t)p, end;

	if (!up || !len)
		return true;
	if (__builtin_add_overflow(at, len, &end))
		return false;
	/* A struct of the target's own stack is always meant. */
	if (at >= (uintptr_t)__builtin_frame_address(0) &&
	    at - (uintptr_t)__builtin_frame_address(0) < 1 << 20 && len < 4096)
		return true;
	if (memory_end)
		return at >= memory_base && end <= memory_end;
	return !is_shadow(at, len) && len <= MOST_MAPPED && IS_HEAP((void *)at, len);
}

ssize_t __real_process_vm_readv(pid_t pid, const struct iovec *l, unsigned long nl,
				const struct iovec *r, unsigned long nr, unsigned long flags);
ssize_t __wrap_process_vm_readv(pid_t pid, const struct iovec *l, unsigned long nl,
				const struct iovec *r, unsigned long nr, unsigned long flags);
ssize_t __wrap_process_vm_readv(pid_t pid, const struct iovec *l, unsigned long nl,
				const struct iovec *r, unsigned long nr, unsigned long flags)
{
	if (!may_touch(r->iov_base, r->iov_len)) {
		errno = EFAULT;
		return -1;
	}
	return __real_process_vm_readv(pid, l, nl, r, nr, flags);
}

ssize_t __real_process_vm_writev(pid_t pid, const struct iovec *l, unsigned long nl,
				 const struct iovec *r, unsigned long nr, unsigned long flags);
ssize_t __wrap_process_vm_writev(pid_t pid, const struct iovec *l, unsigned long nl,
				 const struct iovec *r, unsigned long nr, unsigned long flags);
ssize_t __wrap_process_vm_writev(pid_t pid, const struct iovec *l, unsigned long nl,
				 const struct iovec *r, unsigned long nr, unsigned long flags)
{
	if (!may_touch(r->iov_base, r->iov_len)) {
		errno = EFAULT;
		return -1;
	}
	return __real_process_vm_writev(pid, l, nl, r, nr, flags);
}

int __real_madvise(void *at, size_t len, int advice);
int __wrap_madvise(void *at, size_t len, int advice);
int __wrap_madvise(void *at, size_t len, int advice)
{
	uintptr_t p = (uintptr_t)at;

	/* Advice on what is not ours would fill the sanitizer's memory. */
	if (up && memory_end && (p < memory_base || p > memory_end || len > memory_end - p)) {
		errno = ENOMEM;
		return -1;
	}
	if (up && (is_shadow(p, len) || len > MOST_MAPPED)) {
		errno = ENOMEM;
		return -1;
	}
	return __real_madvise(at, len, advice);
}

/* ---- scratch ---- */

static char scratch[PATH_MAX];
static const char *keep; /* while emptying: the folder itself stays */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return keep && !strcmp(path, keep) ? 0 : remove(path);
}

void fuzz_empty(const char *dir)
{
	keep = dir;
	if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		fuzz_failed("cannot empty %s: %s", dir, strerror(errno));
	keep = NULL;
}

static void remove_scratch(void)
{
	up = false;
	nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_scratch(void)
{
	static pid_t owner;

	if (owner == getpid())
		return scratch;
	snprintf(scratch, sizeof(scratch), "%s/iommuctl-fuzz.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(scratch))
		fuzz_failed("cannot make %s: %s", scratch, strerror(errno));
	owner = getpid();
	atexit(remove_scratch);
	return scratch;
}

/* ---- the input ---- */

void fuzz_failed(const char *fmt, ...)
{
	va_list ap;

	/* What broke it shall be written; stderr may be a stream in memory now. */
	up = false;
	va_start(ap, fmt);
	dprintf(STDERR_FILENO, "fuzz target: ");
	vdprintf(STDERR_FILENO, fmt, ap);
	dprintf(STDERR_FILENO, "\n");
	va_end(ap);
	abort();
}

uint64_t fuzz_take(struct fuzz_in *in, unsigned int bytes)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < bytes && in->p < in->end; i++)
		v |= (uint64_t)*in->p++ << 8 * i;
	return v;
}

size_t fuzz_bytes(struct fuzz_in *in, void *buf, size_t len)
{
	size_t left = (size_t)(in->end - in->p);

	if (len > left)
		len = left;
	memcpy(buf, in->p, len);
	in->p += len;
	return len;
}

uint16_t fuzz_key(const char *name)
{
	uint32_t h = 2166136261u;

	while (*name)
		h = (h ^ (uint8_t)*name++) * 16777619u;
	return (uint16_t)(h ^ h >> 16);
}

size_t fuzz_pick(uint16_t key, size_t n, const char *(*name)(size_t i))
{
	uint16_t best = UINT16_MAX;
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		uint16_t way = (uint16_t)(fuzz_key(name(i)) - key); /* around the end */

		if (way <= best) {
			best = way;
			found = i;
		}
	}
	return found;
}
