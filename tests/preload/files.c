/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths and fds: open, stat, copies of an fd, close, and what the files refuse. */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/sysmacros.h>

#include "calls.h"

static void paths(void)
{
	struct stat st, by_fd;
	struct statx x;
	int dir = open("/dev", O_RDONLY | O_DIRECTORY), fd;

	CHECK(dir >= 0);
	CHECK(!stat("/dev/iommu", &st) && S_ISCHR(st.st_mode) && major(st.st_rdev) == 10);
	CHECK(!lstat("/dev//../dev/./iommu", &st) && S_ISCHR(st.st_mode));
	CHECK(!fstatat(dir, "iommu", &st, 0) && S_ISCHR(st.st_mode));
	CHECK(!statx(AT_FDCWD, "/dev/iommu", 0, STATX_TYPE, &x) && S_ISCHR(x.stx_mode));
	CHECK(x.stx_rdev_minor == minor(st.st_rdev));
	CHECK(!access("/dev/iommu", R_OK | W_OK) && !faccessat(dir, "iommu", F_OK, 0));
	REFUSED(EACCES, access("/dev/iommu", X_OK));
	fd = openat(dir, "iommu", O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(!fstat(fd, &by_fd) && by_fd.st_rdev == st.st_rdev);
	CHECK(!close(fd));
	CHECK(!chdir("/dev"));
	fd = open("iommu", O_RDWR | O_NONBLOCK);
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK));
	CHECK(!close(fd) && !close(dir));
	REFUSED(EEXIST, open("/dev/iommu", O_RDWR | O_CREAT | O_EXCL, 0600));
	REFUSED(ENOTDIR, open("/dev/iommu", O_RDONLY | O_DIRECTORY));
	REFUSED(ENOENT, open("/dev/iommu.none", O_RDWR));
}

/* A context goes with the last copy of its fd, and copies are one context. */
static void copies(void)
{
	int fd = open_iommu(), other = open_iommu(), copy = dup(fd), far = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	CHECK(copy >= 0 && far >= 100);
	CHECK(ioas_alloc(fd) == 1 && ioas_alloc(copy) == 2 && ioas_alloc(far) == 3);
	CHECK(ioas_alloc(other) == 1);
	CHECK(!close(fd) && ioas_alloc(copy) == 4);
	/* over another context, which is gone then */
	CHECK(dup2(far, other) == other && ioas_alloc(other) == 5);
	CHECK(dup3(far, other, O_CLOEXEC) == other && dup2(far, far) == far);
	CHECK(!close(copy) && !close(far) && ioas_alloc(other) == 6);
	CHECK(!close(other));
	REFUSED(EBADF, ioctl(other, IOM_NR_IOAS_ALLOC, NULL));
	fd = open_iommu();
	CHECK(ioas_alloc(fd) == 1);
	/* over something else */
	copy = open("/dev/null", O_RDWR);
	CHECK(dup2(copy, fd) == fd);
	REFUSED(ENOTTY, ioctl(fd, IOM_NR_IOAS_ALLOC, NULL));
	CHECK(!close(fd) && !close(copy));
	fd = open_iommu();
	CHECK(!close_range((unsigned int)fd, ~0U, 0));
	REFUSED(EBADF, ioctl(fd, IOM_NR_IOAS_ALLOC, NULL));
	fd = open_iommu();
	CHECK(ioas_alloc(fd) == 1 && !close(fd));
}

static void refusals(void)
{
	struct pollfd p = { .events = POLLIN | POLLOUT };
	struct epoll_event event = { .events = EPOLLIN };
	int fd = open_iommu(), watch = epoll_create1(0), flag = 1;
	char byte = 0;

	REFUSED(EINVAL, read(fd, &byte, 1));
	REFUSED(EINVAL, write(fd, &byte, 1));
	REFUSED(EINVAL, pread(fd, &byte, 1, 0));
	REFUSED(ESPIPE, lseek(fd, 0, SEEK_SET));
	REFUSED(ENOTTY, ioctl(fd, TIOCGWINSZ, &byte));
	REFUSED(EFAULT, ioctl(fd, IOM_NR_IOAS_ALLOC, (void *)16));
	REFUSED(ENXIO, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));
	REFUSED(EINVAL, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
	CHECK(!ioctl(fd, FIONBIO, &flag) && (fcntl(fd, F_GETFL) & O_NONBLOCK));
	CHECK(!ioctl(fd, FIOCLEX) && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	p.fd = fd;
	CHECK(poll(&p, 1, 0) == 1 && p.revents == (POLLIN | POLLOUT));
	REFUSED(EPERM, epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event));
	errno = 7;
	ioas_alloc(fd);
	CHECK(errno == 7);
	CHECK(!close(fd) && !close(watch));
}

int main(void)
{
	paths();
	copies();
	refusals();
	return 0;
}
