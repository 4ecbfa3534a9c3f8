/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* syscall(2), by which programs and runtimes of other languages call the kernel by number. */
#include "preload.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

/* As the kernel has it; older headers do not. */
struct how {
	uint64_t flags, mode, resolve;
};
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#define PTR(n)	((void *)a[n])
#define PATH(n) ((const char *)a[n])
#define INT(n)	((int)a[n])

static long forward(long number, const long *a)
{
	return PL_NEXT(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* openat2(2) has rules of its own for a path that the system knows; ours have none of what it rules out. */
static long open_how(const long *a)
{
	const struct how *how = PTR(2);
	struct pl_path p;

	if (!how || (size_t)a[3] < sizeof(*how) ||
	    pl_lookup(INT(0), PATH(1), !(how->flags & O_NOFOLLOW), &p) == PL_SYSTEM)
		return forward(SYS_openat2, a);
	return openat(INT(0), PATH(1), (int)how->flags, (mode_t)how->mode);
}

/* The kernel gives the length with the zero at the end. */
static long give_cwd(const long *a)
{
	const char *got = getcwd(PTR(0), (size_t)a[1]);

	return got ? (long)strlen(got) + 1 : -1;
}

/* ---- paths; true when it is one of these calls, *rc is then its result ---- */

static bool call_path(long number, const long *a, long *rc)
{
	switch (number) {
#ifdef SYS_open
	case SYS_open: *rc = open(PATH(0), INT(1), (mode_t)a[2]); return true;
	case SYS_creat: *rc = open(PATH(0), O_CREAT | O_WRONLY | O_TRUNC, (mode_t)a[1]); return true;
	case SYS_stat: *rc = stat(PATH(0), PTR(1)); return true;
	case SYS_lstat: *rc = lstat(PATH(0), PTR(1)); return true;
	case SYS_access: *rc = access(PATH(0), INT(1)); return true;
	case SYS_readlink: *rc = readlink(PATH(0), PTR(1), (size_t)a[2]); return true;
#endif
	case SYS_openat: *rc = openat(INT(0), PATH(1), INT(2), (mode_t)a[3]); return true;
	case SYS_openat2: *rc = open_how(a); return true;
	case SYS_newfstatat: *rc = fstatat(INT(0), PATH(1), PTR(2), INT(3)); return true;
	case SYS_statx:
		*rc = statx(INT(0), PATH(1), INT(2), (unsigned int)a[3], PTR(4));
		return true;
	case SYS_faccessat: *rc = faccessat(INT(0), PATH(1), INT(2), 0); return true;
	case SYS_faccessat2: *rc = faccessat(INT(0), PATH(1), INT(2), INT(3)); return true;
	case SYS_readlinkat:
		*rc = readlinkat(INT(0), PATH(1), PTR(2), (size_t)a[3]);
		return true;
	case SYS_chdir: *rc = chdir(PATH(0)); return true;
	case SYS_getcwd: *rc = give_cwd(a); return true;
	case SYS_statfs: *rc = statfs(PATH(0), PTR(1)); return true;
	default: return false;
	}
}

/* ---- fds and memory, likewise ---- */

static bool call_fd(long number, const long *a, long *rc)
{
	switch (number) {
	case SYS_ioctl: *rc = ioctl(INT(0), (unsigned long)a[1], a[2]); return true;
	case SYS_read: *rc = read(INT(0), PTR(1), (size_t)a[2]); return true;
	case SYS_write: *rc = write(INT(0), PTR(1), (size_t)a[2]); return true;
	case SYS_pread64: *rc = pread(INT(0), PTR(1), (size_t)a[2], a[3]); return true;
	case SYS_pwrite64: *rc = pwrite(INT(0), PTR(1), (size_t)a[2], a[3]); return true;
	case SYS_readv: *rc = readv(INT(0), PTR(1), INT(2)); return true;
	case SYS_writev: *rc = writev(INT(0), PTR(1), INT(2)); return true;
	case SYS_preadv: *rc = preadv(INT(0), PTR(1), INT(2), a[3]); return true;
	case SYS_pwritev: *rc = pwritev(INT(0), PTR(1), INT(2), a[3]); return true;
	case SYS_lseek: *rc = lseek(INT(0), a[1], INT(2)); return true;
	case SYS_fstat: *rc = fstat(INT(0), PTR(1)); return true;
	case SYS_fstatfs: *rc = fstatfs(INT(0), PTR(1)); return true;
	case SYS_close: *rc = close(INT(0)); return true;
	case SYS_close_range:
		*rc = close_range((unsigned int)a[0], (unsigned int)a[1], INT(2));
		return true;
	case SYS_dup: *rc = dup(INT(0)); return true;
#ifdef SYS_dup2
	case SYS_dup2: *rc = dup2(INT(0), INT(1)); return true;
#endif
	case SYS_dup3: *rc = dup3(INT(0), INT(1), INT(2)); return true;
	case SYS_fcntl: *rc = fcntl(INT(0), INT(1), a[2]); return true;
	case SYS_mmap:
		*rc = (long)mmap(PTR(0), (size_t)a[1], INT(2), INT(3), INT(4), a[5]);
		return true;
	case SYS_sendmsg: *rc = sendmsg(INT(0), PTR(1), INT(2)); return true;
	case SYS_recvmsg: *rc = recvmsg(INT(0), PTR(1), INT(2)); return true;
	case SYS_munmap: *rc = munmap(PTR(0), (size_t)a[1]); return true;
	default: return false;
	}
}

/* ---- processes ---- */

static bool call_process(long number, const long *a, long *rc)
{
	(void)rc; /* arm64 forks by SYS_clone alone, and nothing else here returns */
	switch (number) {
#ifdef SYS_fork
	case SYS_fork:
	case SYS_vfork: *rc = fork(); return true;
#endif
	case SYS_exit_group: _exit(INT(0));
	default: return false;
	}
}

PL_EXPORT long syscall(long number, ...)
{
	long a[6], rc;
	va_list ap;

	/* whoever passed less finds it of no use, as in the C library */
	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (!pl_inside && (call_fd(number, a, &rc) || call_path(number, a, &rc) ||
			   call_process(number, a, &rc)))
		return rc;
	return forward(number, a);
}
