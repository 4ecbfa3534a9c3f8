/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions that take fds: ioctl, read and write, mmap, close, copies of an fd. */
#include "preload.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

/* Runs an expression inside the emulator; a negative errno becomes -1 and errno. */
#define EMULATE(expr)                         \
	({                                    \
		long rc__;                    \
                                              \
		pl_enter();                   \
		rc__ = (long)(expr);          \
		pl_leave();                   \
		pl_result(rc__);              \
	})

/* ---- ioctl ---- */

/* Maybe the fd was a context of the program that executed this one. */
static void explain(int fd)
{
	static const char name[] = "/memfd:iommuctl-emu";
	char path[40], link[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link));
	if (n >= (ssize_t)strlen(name) && !strncmp(link, name, strlen(name))) {
		pl_say("fd %d belongs to the machine of another program; it does not pass execve(2)", fd);
		errno = EBADFD;
		return;
	}
	errno = ENOTTY;
}

PL_EXPORT int ioctl(int fd, unsigned long request, ...)
{
	void *arg;
	va_list ap;
	int rc;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	/* the kernel answers these itself, whatever the file is */
	if (!pl_is_ours(fd) || (uint32_t)request == FIOCLEX || (uint32_t)request == FIONCLEX ||
	    (uint32_t)request == FIONBIO) {
		rc = PL_NEXT(ioctl)(fd, request, arg);
		if (rc < 0 && errno == ENOTTY && _IOC_TYPE(request) == ';' && !pl_inside)
			explain(fd);
		return rc;
	}
	if (pl_is_traced())
		return (int)pl_result(pl_traced_ioctl(fd, (uint32_t)request, arg));
	return (int)EMULATE(iom_emu_ioctl(pl_emu, fd, (uint32_t)request, arg));
}

/* ---- read and write ---- */

PL_EXPORT ssize_t read(int fd, void *buf, size_t count)
{
	if (pl_fail_used && pl_fail_fd(fd))
		return pl_result(pl_fail_read(buf, count, 0));
	if (!pl_is_ours(fd))
		return PL_NEXT(read)(fd, buf, count);
	return EMULATE(iom_emu_read(pl_emu, fd, buf, count));
}

PL_EXPORT ssize_t write(int fd, const void *buf, size_t count)
{
	if (pl_fail_used && pl_fail_fd(fd))
		return pl_result(pl_fail_write(buf, count));
	if (!pl_is_ours(fd))
		return PL_NEXT(write)(fd, buf, count);
	return EMULATE(iom_emu_write(pl_emu, fd, buf, count));
}

/* What a program calls that was built with _FORTIFY_SOURCE. */
ssize_t __read_chk(int fd, void *buf, size_t count, size_t room);
ssize_t __pread_chk(int fd, void *buf, size_t count, off_t offset, size_t room);
ssize_t __pread64_chk(int fd, void *buf, size_t count, off64_t offset, size_t room);

PL_EXPORT ssize_t __read_chk(int fd, void *buf, size_t count, size_t room)
{
	if (!pl_is_ours(fd) || count > room)
		return PL_NEXT(__read_chk)(fd, buf, count, room);
	return EMULATE(iom_emu_read(pl_emu, fd, buf, count));
}

static ssize_t read_at(int fd, void *buf, size_t count, off_t offset)
{
	if (offset < 0)
		return pl_result(-EINVAL);
	if (pl_fail_used && pl_fail_fd(fd))
		return pl_result(pl_fail_read(buf, count, (uint64_t)offset));
	return EMULATE(iom_emu_pread(pl_emu, fd, buf, count, (uint64_t)offset));
}

static ssize_t write_at(int fd, const void *buf, size_t count, off_t offset)
{
	if (offset < 0)
		return pl_result(-EINVAL);
	if (pl_fail_used && pl_fail_fd(fd))
		return pl_result(pl_fail_write(buf, count));
	return EMULATE(iom_emu_pwrite(pl_emu, fd, buf, count, (uint64_t)offset));
}

static inline bool has_offset(int fd)
{
	return pl_is_ours(fd) || (pl_fail_used && pl_fail_fd(fd));
}

#define DEFINE_AT(name, how, buffer, type)                                             \
	PL_EXPORT ssize_t name(int fd, buffer buf, size_t count, type offset)          \
	{                                                                              \
		return has_offset(fd) ? how(fd, buf, count, offset)                    \
				      : PL_NEXT(name)(fd, buf, count, offset);         \
	}
DEFINE_AT(pread, read_at, void *, off_t)
DEFINE_AT(pread64, read_at, void *, off64_t)
DEFINE_AT(pwrite, write_at, const void *, off_t)
DEFINE_AT(pwrite64, write_at, const void *, off64_t)

#define DEFINE_AT_CHK(name, type)                                                      \
	PL_EXPORT ssize_t name(int fd, void *buf, size_t count, type offset, size_t room) \
	{                                                                              \
		return has_offset(fd) && count <= room                                 \
			       ? read_at(fd, buf, count, offset)                       \
			       : PL_NEXT(name)(fd, buf, count, offset, room);          \
	}
DEFINE_AT_CHK(__pread_chk, off_t)
DEFINE_AT_CHK(__pread64_chk, off64_t)

/*
 * One buffer after the other, until one is not filled: so does a kernel whose file has no more.
 * offset: of files that have one, else 0.
 */
static ssize_t each(int fd, const struct iovec *iov, int n, off_t offset,
		    ssize_t (*one)(int fd, const struct iovec *iov, off_t offset))
{
	ssize_t done = 0;

	if (n < 0 || n > IOV_MAX)
		return pl_result(-EINVAL);
	for (int i = 0; i < n; i++) {
		ssize_t rc = one(fd, &iov[i], offset + done);

		if (rc < 0)
			return done ? done : rc;
		done += rc;
		if ((size_t)rc != iov[i].iov_len)
			break;
	}
	return done;
}

static ssize_t read_one(int fd, const struct iovec *iov, off_t offset)
{
	(void)offset;
	return EMULATE(iom_emu_read(pl_emu, fd, iov->iov_base, iov->iov_len));
}

static ssize_t write_one(int fd, const struct iovec *iov, off_t offset)
{
	(void)offset;
	return EMULATE(iom_emu_write(pl_emu, fd, iov->iov_base, iov->iov_len));
}

static ssize_t read_one_at(int fd, const struct iovec *iov, off_t offset)
{
	return read_at(fd, iov->iov_base, iov->iov_len, offset);
}

static ssize_t write_one_at(int fd, const struct iovec *iov, off_t offset)
{
	return write_at(fd, iov->iov_base, iov->iov_len, offset);
}

PL_EXPORT ssize_t readv(int fd, const struct iovec *iov, int n)
{
	return pl_is_ours(fd) ? each(fd, iov, n, 0, read_one) : PL_NEXT(readv)(fd, iov, n);
}

PL_EXPORT ssize_t writev(int fd, const struct iovec *iov, int n)
{
	return pl_is_ours(fd) ? each(fd, iov, n, 0, write_one) : PL_NEXT(writev)(fd, iov, n);
}

#define DEFINE_VECTOR_AT(name, one, type)                                              \
	PL_EXPORT ssize_t name(int fd, const struct iovec *iov, int n, type offset)    \
	{                                                                              \
		if (!pl_is_ours(fd))                                                   \
			return PL_NEXT(name)(fd, iov, n, offset);                      \
		return offset < 0 ? pl_result(-EINVAL) : each(fd, iov, n, offset, one); \
	}
DEFINE_VECTOR_AT(preadv, read_one_at, off_t)
DEFINE_VECTOR_AT(preadv64, read_one_at, off64_t)
DEFINE_VECTOR_AT(pwritev, write_one_at, off_t)
DEFINE_VECTOR_AT(pwritev64, write_one_at, off64_t)

static bool is_dmabuf(int fd)
{
	int number;

	return EMULATE(iom_emu_kind(pl_emu, fd, &number)) == IOM_EMU_DMABUF;
}

#define DEFINE_SEEK(name, type)                                                        \
	PL_EXPORT type name(int fd, type offset, int whence)                           \
	{                                                                              \
		return !pl_is_ours(fd) || is_dmabuf(fd) ? PL_NEXT(name)(fd, offset, whence) \
							: pl_result(-ESPIPE);          \
	}
DEFINE_SEEK(lseek, off_t)
DEFINE_SEEK(lseek64, off64_t)

/* ---- memory ---- */

/* Whatever was mapped there before is not any more. */
static void forget(void *addr, size_t length)
{
	int saved = errno;

	if (!pl_inside && pl_emu && iom_emu_has_mmaps(pl_emu)) {
		pl_enter();
		iom_emu_munmap(pl_emu, addr, length);
		pl_leave();
	}
	errno = saved;
}

static void *map_ours(int fd, const struct iom_emu_mmap *m)
{
	void *out = MAP_FAILED;

	return EMULATE(iom_emu_mmap(pl_emu, fd, m, &out)) ? MAP_FAILED : out;
}

/* Room at an address that a huge page could be at; MAP_FAILED with errno. */
static void *huge_room(void *addr, size_t length, int flags)
{
	const uintptr_t huge = (uintptr_t)2 << 20;
	uintptr_t at, start;

	if (flags & MAP_FIXED) {
		if (!((uintptr_t)addr & (huge - 1)))
			return addr;
		errno = EINVAL;
		return MAP_FAILED;
	}
	at = (uintptr_t)PL_NEXT(mmap)(NULL, length + huge, PROT_NONE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if ((void *)at == MAP_FAILED)
		return MAP_FAILED;
	start = (at + huge - 1) & ~(huge - 1);
	if (start > at)
		PL_NEXT(munmap)((void *)at, start - at);
	if (at + huge > start)
		PL_NEXT(munmap)((void *)(start + length), at + huge - start);
	return (void *)start;
}

/*
 * Huge pages for a host that gives none, where the machine's description has them: ordinary memory,
 * of a file whose name tells the emulator.
 */
static void *map_huge(void *addr, size_t length, int prot, int flags)
{
	const size_t huge = (size_t)2 << 20;
	void *at = MAP_FAILED;
	int fd;

	length = (length + huge - 1) & ~(huge - 1);
	flags &= ~(MAP_HUGETLB | MAP_ANONYMOUS | (int)(0x3fu << MAP_HUGE_SHIFT));
	fd = memfd_create("anon_hugepage", MFD_CLOEXEC);
	if (fd >= 0 && !ftruncate(fd, (off_t)length))
		at = huge_room(addr, length, flags);
	if (at != MAP_FAILED && PL_NEXT(mmap)(at, length, prot, flags | MAP_FIXED, fd, 0) != at) {
		if (!(flags & MAP_FIXED))
			PL_NEXT(munmap)(at, length);
		at = MAP_FAILED;
		errno = ENOMEM;
	}
	if (fd >= 0)
		PL_NEXT(close)(fd);
	return at;
}

static bool gives_huge_pages(int flags)
{
	return flags & MAP_HUGETLB && flags & MAP_ANONYMOUS && !pl_inside && pl_machine() &&
	       iom_emu_has_huge_pages(pl_emu);
}

#define DEFINE_MMAP(name, type)                                                        \
	PL_EXPORT void *name(void *addr, size_t length, int prot, int flags, int fd, type offset) \
	{                                                                              \
		struct iom_emu_mmap m = { addr, length, prot, flags, (uint64_t)offset }; \
		void *at;                                                              \
                                                                                       \
		if (!(flags & MAP_ANONYMOUS) && pl_is_ours(fd) && !is_dmabuf(fd))      \
			return map_ours(fd, &m);                                       \
		at = PL_NEXT(name)(addr, length, prot, flags, fd, offset);             \
		if (at == MAP_FAILED && gives_huge_pages(flags))                       \
			at = map_huge(addr, length, prot, flags);                      \
		if (at != MAP_FAILED && flags & MAP_FIXED)                             \
			forget(at, length);                                            \
		return at;                                                             \
	}
DEFINE_MMAP(mmap, off_t)
DEFINE_MMAP(mmap64, off64_t)

PL_EXPORT int munmap(void *addr, size_t length)
{
	int rc = PL_NEXT(munmap)(addr, length);

	if (!rc)
		forget(addr, length);
	return rc;
}

/* ---- close ---- */

PL_EXPORT int close(int fd)
{
	if (pl_is_hidden(fd))
		return (int)pl_result(-EBADF);
	if (pl_fail_used)
		pl_fail_closed(fd);
	if (!pl_is_ours(fd))
		return PL_NEXT(close)(fd);
	return (int)EMULATE(iom_emu_close(pl_emu, fd));
}

/* The fds from first on are closed already. */
static void forget_fds(unsigned int first, unsigned int last)
{
	int saved = errno;

	if (!pl_inside && pl_emu) {
		pl_enter();
		iom_emu_closed(pl_emu, first, last);
		pl_leave();
	}
	errno = saved;
}

/* How many numbers from fd on, and not beyond last, are hidden, or are not. At most a million. */
static unsigned int run_of(unsigned int fd, unsigned int last, bool hidden)
{
	unsigned int n = 0;

	while (n <= last - fd && n < (1u << 20) && pl_is_hidden((int)(fd + n)) == hidden)
		n++;
	return n;
}

/* Around what the emulator has for itself. */
static int close_around(unsigned int first, unsigned int last, int flags)
{
	unsigned int n;
	int rc = 0;

	while (!rc) {
		n = run_of(first, last, false);
		/* behind a million there is nothing of ours */
		if (n == 1u << 20 || n > last - first)
			return PL_NEXT(close_range)(first, last, flags);
		if (n)
			rc = PL_NEXT(close_range)(first, first + n - 1, flags);
		first += n;
		n = run_of(first, last, true);
		if (n > last - first)
			break;
		first += n;
	}
	return rc;
}

PL_EXPORT int close_range(unsigned int first, unsigned int last, int flags)
{
	bool closes = !(flags & (int)CLOSE_RANGE_CLOEXEC);
	int rc = closes && first <= last && !pl_inside
			 ? close_around(first, last, flags) : PL_NEXT(close_range)(first, last, flags);

	if (!rc && closes)
		forget_fds(first, last);
	return rc;
}

PL_EXPORT void closefrom(int low)
{
	unsigned int first = low > 0 ? (unsigned int)low : 0;

	if (close_range(first, ~0U, 0))
		PL_NEXT(closefrom)(low);
}

/* ---- copies ---- */

/* copy was made of fd, and stands where maybe another file of ours was. */
static int copied(int fd, int copy)
{
	int saved = errno;

	if (copy < 0 || copy == fd || pl_inside || !pl_emu)
		return copy;
	if (iom_emu_has(pl_emu, fd)) {
		if (EMULATE(iom_emu_dup(pl_emu, fd, copy)) < 0) {
			PL_NEXT(close)(copy);
			errno = ENOMEM;
			return -1;
		}
	} else if (iom_emu_has(pl_emu, copy)) {
		forget_fds((unsigned int)copy, (unsigned int)copy);
	}
	errno = saved;
	return copy;
}

/* A copy of fd is to have this number. 0 or a negative errno. */
static int make_room(int fd, int copy)
{
	int rc;

	if (pl_is_hidden(fd))
		return -EBADF;
	/* the number is free only when fd is good, too */
	if (!pl_is_hidden(copy) || PL_NEXT(fcntl)(fd, F_GETFD) < 0)
		return 0;
	pl_enter();
	rc = iom_emu_vacate(pl_emu, copy);
	pl_leave();
	return rc;
}

PL_EXPORT int dup(int fd)
{
	return pl_is_hidden(fd) ? (int)pl_result(-EBADF) : copied(fd, PL_NEXT(dup)(fd));
}

PL_EXPORT int dup2(int fd, int copy)
{
	int rc = make_room(fd, copy);

	return rc ? (int)pl_result(rc) : copied(fd, PL_NEXT(dup2)(fd, copy));
}

PL_EXPORT int dup3(int fd, int copy, int flags)
{
	int rc = flags & ~O_CLOEXEC ? 0 : make_room(fd, copy);

	return rc ? (int)pl_result(rc) : copied(fd, PL_NEXT(dup3)(fd, copy, flags));
}

#define DEFINE_FCNTL(name)                                                             \
	PL_EXPORT int name(int fd, int op, ...)                                        \
	{                                                                              \
		void *arg;                                                             \
		va_list ap;                                                            \
		int rc;                                                                \
                                                                                       \
		va_start(ap, op);                                                      \
		arg = va_arg(ap, void *);                                              \
		va_end(ap);                                                            \
		if (pl_is_hidden(fd))                                                  \
			return (int)pl_result(-EBADF);                                 \
		rc = PL_NEXT(name)(fd, op, arg);                                       \
		return op == F_DUPFD || op == F_DUPFD_CLOEXEC ? copied(fd, rc) : rc;   \
	}
DEFINE_FCNTL(fcntl)
DEFINE_FCNTL(fcntl64)
