/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same calls by their numbers, as runtimes of other languages make them. */
#include <poll.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include "calls.h"

static long alloc(int fd)
{
	struct iom_ioas_alloc c = { .size = sizeof(c) };

	return syscall(SYS_ioctl, fd, IOM_NR_IOAS_ALLOC, &c) ? -1 : (long)c.out_ioas_id;
}

static void files(void)
{
	struct stat st;
	struct statx x;
	int fd = (int)syscall(SYS_openat, AT_FDCWD, "/dev/iommu", O_RDWR | O_CLOEXEC, 0), copy, far;

	CHECK(fd >= 0 && syscall(SYS_fcntl, fd, F_GETFD) == FD_CLOEXEC);
	CHECK(!syscall(SYS_fstat, fd, &st) && S_ISCHR(st.st_mode) && major(st.st_rdev) == 10);
	CHECK(!syscall(SYS_newfstatat, AT_FDCWD, "/dev/iommu", &st, 0) && S_ISCHR(st.st_mode));
	CHECK(!syscall(SYS_statx, AT_FDCWD, "/dev/iommu", 0, STATX_TYPE, &x) && S_ISCHR(x.stx_mode));
	CHECK(!syscall(SYS_faccessat, AT_FDCWD, "/dev/iommu", R_OK));
	CHECK(alloc(fd) == 1);
	copy = (int)syscall(SYS_dup, fd);
	far = (int)syscall(SYS_fcntl, fd, F_DUPFD, 100);
	CHECK(copy >= 0 && far >= 100 && alloc(copy) == 2 && alloc(far) == 3);
	CHECK(!syscall(SYS_close, fd) && alloc(copy) == 4);
	CHECK(syscall(SYS_dup3, far, fd, 0) == fd && alloc(fd) == 5);
	CHECK(!syscall(SYS_close_range, far, far, 0));
	REFUSED(EBADF, alloc(far));
	CHECK(!syscall(SYS_close, copy) && alloc(fd) == 6 && !syscall(SYS_close, fd));
	REFUSED(EBADF, alloc(fd));
	REFUSED(ENOENT, syscall(SYS_openat, AT_FDCWD, "/dev/iommu.none", O_RDWR, 0));
}

static void refusals(void)
{
	struct pollfd p = { .events = POLLIN | POLLOUT };
	int fd = open_iommu();
	char byte = 0;
	struct iovec v = { &byte, 1 };

	REFUSED(EINVAL, syscall(SYS_read, fd, &byte, 1));
	REFUSED(EINVAL, syscall(SYS_write, fd, &byte, 1));
	REFUSED(EINVAL, syscall(SYS_pread64, fd, &byte, 1, 0));
	REFUSED(EINVAL, syscall(SYS_preadv, fd, &v, 1, 0, 0));
	REFUSED(EINVAL, syscall(SYS_pwritev, fd, &v, 1, 0, 0));
	REFUSED(ESPIPE, syscall(SYS_lseek, fd, 0, SEEK_SET));
	REFUSED(ENXIO, syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));
	p.fd = fd;
	CHECK(syscall(SYS_ppoll, &p, 1, NULL, NULL, 0) == 1 && p.revents == (POLLIN | POLLOUT));
	CHECK(!close(fd));
}

/* What has nothing to do with it is as ever. */
static void others(void)
{
	char bytes[8] = "", cwd[4096];
	int ends[2];

	CHECK(syscall(SYS_getpid) == getpid() && !pipe(ends));
	CHECK(syscall(SYS_write, ends[1], "abc", 3) == 3 && syscall(SYS_read, ends[0], bytes, 8) == 3);
	CHECK(!strcmp(bytes, "abc") && !close(ends[0]) && !close(ends[1]));
	CHECK(syscall(SYS_getcwd, cwd, sizeof(cwd)) == (long)strlen(getcwd(NULL, 0)) + 1);
	REFUSED(ENOSYS, syscall(100000));
	errno = 7;
	CHECK(syscall(SYS_getppid) == getppid() && errno == 7);
}

int main(void)
{
	files();
	refusals();
	others();
	return 0;
}
