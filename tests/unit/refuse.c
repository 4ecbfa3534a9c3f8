/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions that refuse.h names, in front of those of the C library. */
#include "refuse.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

static struct {
	unsigned int nth, times;
	int error;
} plan[REFUSE_KINDS];
static bool some;

void refuse(enum refused what, unsigned int nth, unsigned int times, int error)
{
	plan[what].nth = nth;
	plan[what].times = times;
	plan[what].error = error;
}

bool refuse_none(void)
{
	bool was = some;

	for (int i = 0; i < REFUSE_KINDS; i++)
		plan[i].times = 0;
	some = false;
	return was;
}

static bool is_refused(enum refused what)
{
	if (!plan[what].times || --plan[what].nth)
		return false;
	plan[what].nth = 1;
	plan[what].times--;
	some = true;
	errno = plan[what].error;
	return true;
}

/* The real function of the type that the header gives the name. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int memfd_create(const char *name, unsigned int flags)
{
	if (is_refused(REFUSE_MEMFD_CREATE))
		return errno ? -1 : 1 << 20;
	return REAL(memfd_create)(name, flags);
}

int fcntl(int fd, int command, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (command == F_DUPFD_CLOEXEC && is_refused(REFUSE_DUP))
		return errno ? -1 : 1 << 20;
	return REAL(fcntl)(fd, command, arg);
}

int ftruncate(int fd, off_t length)
{
	return is_refused(REFUSE_FTRUNCATE) ? -1 : REAL(ftruncate)(fd, length);
}

ssize_t pwrite(int fd, const void *from, size_t n, off_t at)
{
	return is_refused(REFUSE_PWRITE) ? -1 : REAL(pwrite)(fd, from, n, at);
}

ssize_t pread(int fd, void *to, size_t n, off_t at)
{
	return is_refused(REFUSE_PREAD) ? -1 : REAL(pread)(fd, to, n, at);
}

int pipe2(int fds[2], int flags)
{
	return is_refused(REFUSE_PIPE) ? -1 : REAL(pipe2)(fds, flags);
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	unsigned int mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, unsigned int) : 0;
	va_end(ap);
	return is_refused(REFUSE_OPEN) ? -1 : REAL(open)(path, flags, mode);
}

ssize_t getrandom(void *to, size_t n, unsigned int flags)
{
	return is_refused(REFUSE_RANDOM) ? -1 : REAL(getrandom)(to, n, flags);
}

FILE *fopen(const char *path, const char *mode)
{
	return is_refused(REFUSE_FOPEN) ? NULL : REAL(fopen)(path, mode);
}

int fstat(int fd, struct stat *st)
{
	return is_refused(REFUSE_FSTAT) ? -1 : REAL(fstat)(fd, st);
}

int statfs(const char *path, struct statfs *fs)
{
	return is_refused(REFUSE_STATFS) ? -1 : REAL(statfs)(path, fs);
}

int fstatfs(int fd, struct statfs *fs)
{
	return is_refused(REFUSE_FSTATFS) ? -1 : REAL(fstatfs)(fd, fs);
}

/* Not by dlsym(), which may itself map memory. */
void *mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
	if (is_refused(REFUSE_MMAP))
		return MAP_FAILED;
	/* a pointer that the system call returns as a number */
	return (void *)syscall(SYS_mmap, at, length, prot, flags, fd, offset);
}

void *mremap(void *old, size_t length, size_t wanted, int flags, ...)
{
	va_list ap;
	void *at;

	va_start(ap, flags);
	at = flags & MREMAP_FIXED ? va_arg(ap, void *) : NULL;
	va_end(ap);
	if (is_refused(REFUSE_MREMAP))
		return MAP_FAILED;
	return REAL(mremap)(old, length, wanted, flags, at);
}

int madvise(void *at, size_t length, int advice)
{
	return is_refused(REFUSE_MADVISE) ? -1 : REAL(madvise)(at, length, advice);
}

ssize_t process_vm_readv(pid_t pid, const struct iovec *to, unsigned long n_to,
			 const struct iovec *from, unsigned long n_from, unsigned long flags)
{
	if (is_refused(REFUSE_VM_RW))
		return -1;
	return REAL(process_vm_readv)(pid, to, n_to, from, n_from, flags);
}

ssize_t process_vm_writev(pid_t pid, const struct iovec *from, unsigned long n_from,
			  const struct iovec *to, unsigned long n_to, unsigned long flags)
{
	if (is_refused(REFUSE_VM_RW))
		return -1;
	return REAL(process_vm_writev)(pid, from, n_from, to, n_to, flags);
}

int pthread_getattr_np(pthread_t thread, pthread_attr_t *attr)
{
	return is_refused(REFUSE_STACK) ? ENOMEM : REAL(pthread_getattr_np)(thread, attr);
}
