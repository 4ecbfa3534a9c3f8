/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions that take paths: open and its relatives, stat and its relatives. */
#include "preload.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* ---- open ---- */

/* True when the path is not the system's; *fd is then the result. */
static bool open_ours(int dirfd, const char *path, int flags, mode_t mode, int *fd)
{
	bool follow = !(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
	struct pl_path p;

	switch (pl_lookup(dirfd, path, follow, &p)) {
	case PL_NODE:
		*fd = (int)pl_result(p.node->open(p.buf, flags));
		return true;
	case PL_MOVED:
		/* sysfs of the machine is only to be read */
		if (p.in_tree && (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
			*fd = (int)pl_result(-EEXIST);
		else if (p.in_tree && !(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY)
			*fd = (int)pl_result(-EACCES);
		else
			*fd = PL_NEXT(openat)(AT_FDCWD, p.buf, p.in_tree ? flags & ~O_CREAT : flags, mode);
		return true;
	default:
		return false;
	}
}

static bool has_mode(int flags)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

/* The mode, which is there only when the flags say so. */
#define MODE_OF(flags)                                      \
	({                                                  \
		mode_t mode__ = 0;                          \
		if (has_mode(flags)) {                      \
			va_list ap__;                       \
			va_start(ap__, flags);              \
			mode__ = va_arg(ap__, mode_t);      \
			va_end(ap__);                       \
		}                                           \
		mode__;                                     \
	})

#define DEFINE_OPEN(name)                                                              \
	PL_EXPORT int name(const char *path, int flags, ...)                           \
	{                                                                              \
		mode_t mode = MODE_OF(flags);                                          \
		int fd;                                                                \
                                                                                       \
		return open_ours(AT_FDCWD, path, flags, mode, &fd)                     \
			       ? fd : PL_NEXT(name)(path, flags, mode);                \
	}
#define DEFINE_OPENAT(name)                                                            \
	PL_EXPORT int name(int dirfd, const char *path, int flags, ...)                \
	{                                                                              \
		mode_t mode = MODE_OF(flags);                                          \
		int fd;                                                                \
                                                                                       \
		return open_ours(dirfd, path, flags, mode, &fd)                        \
			       ? fd : PL_NEXT(name)(dirfd, path, flags, mode);         \
	}
DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

/* What a program calls that was built with _FORTIFY_SOURCE. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dirfd, const char *path, int flags);
int __openat64_2(int dirfd, const char *path, int flags);

#define DEFINE_OPEN_2(name)                                                            \
	PL_EXPORT int name(const char *path, int flags)                                \
	{                                                                              \
		int fd;                                                                \
                                                                                       \
		return open_ours(AT_FDCWD, path, flags, 0, &fd) ? fd : PL_NEXT(name)(path, flags); \
	}
#define DEFINE_OPENAT_2(name)                                                          \
	PL_EXPORT int name(int dirfd, const char *path, int flags)                     \
	{                                                                              \
		int fd;                                                                \
                                                                                       \
		return open_ours(dirfd, path, flags, 0, &fd)                           \
			       ? fd : PL_NEXT(name)(dirfd, path, flags);               \
	}
DEFINE_OPEN_2(__open_2)
DEFINE_OPEN_2(__open64_2)
DEFINE_OPENAT_2(__openat_2)
DEFINE_OPENAT_2(__openat64_2)

static int flags_of(const char *mode)
{
	int flags = strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;

	if (*mode == 'w' || *mode == 'a')
		flags |= O_CREAT | (*mode == 'w' ? O_TRUNC : O_APPEND);
	return flags | (strchr(mode, 'e') ? O_CLOEXEC : 0) | (strchr(mode, 'x') ? O_EXCL : 0);
}

#define DEFINE_FOPEN(name)                                                             \
	PL_EXPORT FILE *name(const char *path, const char *mode)                       \
	{                                                                              \
		int fd;                                                                \
                                                                                       \
		if (!open_ours(AT_FDCWD, path, flags_of(mode), 0666, &fd))             \
			return PL_NEXT(name)(path, mode);                              \
		return fd < 0 ? NULL : fdopen(fd, mode);                               \
	}
DEFINE_FOPEN(fopen)
DEFINE_FOPEN(fopen64)

/* ---- stat ---- */

static void to_statx(const struct stat *st, struct statx *x)
{
	*x = (struct statx){
		.stx_mask = STATX_BASIC_STATS,
		.stx_blksize = (uint32_t)st->st_blksize,
		.stx_nlink = (uint32_t)st->st_nlink,
		.stx_uid = st->st_uid,
		.stx_gid = st->st_gid,
		.stx_mode = (uint16_t)st->st_mode,
		.stx_ino = st->st_ino,
		.stx_size = (uint64_t)st->st_size,
		.stx_rdev_major = major(st->st_rdev),
		.stx_rdev_minor = minor(st->st_rdev),
		.stx_dev_major = major(st->st_dev),
		.stx_dev_minor = minor(st->st_dev),
	};
}

static bool follows(int flags)
{
	return !(flags & AT_SYMLINK_NOFOLLOW);
}

bool pl_stat_at(int dirfd, const char *path, int flags, struct stat *st, int *rc)
{
	struct pl_path p;

	if (path && !*path && flags & AT_EMPTY_PATH)
		return pl_stat_fd(dirfd, st, rc);
	switch (pl_lookup(dirfd, path, follows(flags), &p)) {
	case PL_NODE:
		*rc = p.node->stat(p.buf, st);
		return true;
	case PL_MOVED:
		pl_enter();
		*rc = fstatat(AT_FDCWD, p.buf, st, flags & AT_SYMLINK_NOFOLLOW) ? -errno : 0;
		pl_leave();
		return true;
	default:
		return false;
	}
}

/* struct stat64 is struct stat where programs are built for 64 bits. */
_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "stat64");

#define DEFINE_STAT(name, type, flags)                                                 \
	PL_EXPORT int name(const char *path, struct type *st)                          \
	{                                                                              \
		int rc;                                                                \
                                                                                       \
		return pl_stat_at(AT_FDCWD, path, flags, (struct stat *)st, &rc)       \
			       ? (int)pl_result(rc) : PL_NEXT(name)(path, st);         \
	}
DEFINE_STAT(stat, stat, 0)
DEFINE_STAT(lstat, stat, AT_SYMLINK_NOFOLLOW)
DEFINE_STAT(stat64, stat64, 0)
DEFINE_STAT(lstat64, stat64, AT_SYMLINK_NOFOLLOW)

#define DEFINE_FSTAT(name, type)                                                       \
	PL_EXPORT int name(int fd, struct type *st)                                    \
	{                                                                              \
		int rc;                                                                \
                                                                                       \
		return pl_stat_fd(fd, (struct stat *)st, &rc) ? (int)pl_result(rc)     \
							      : PL_NEXT(name)(fd, st); \
	}
DEFINE_FSTAT(fstat, stat)
DEFINE_FSTAT(fstat64, stat64)

#define DEFINE_FSTATAT(name, type)                                                     \
	PL_EXPORT int name(int dirfd, const char *path, struct type *st, int flags)    \
	{                                                                              \
		int rc;                                                                \
                                                                                       \
		return pl_stat_at(dirfd, path, flags, (struct stat *)st, &rc)           \
			       ? (int)pl_result(rc)                                    \
			       : PL_NEXT(name)(dirfd, path, st, flags);                \
	}
DEFINE_FSTATAT(fstatat, stat)
DEFINE_FSTATAT(fstatat64, stat64)

/* What programs call that were built before glibc 2.33. */
int __xstat(int ver, const char *path, struct stat *st);
int __lxstat(int ver, const char *path, struct stat *st);
int __xstat64(int ver, const char *path, struct stat64 *st);
int __lxstat64(int ver, const char *path, struct stat64 *st);
int __fxstat(int ver, int fd, struct stat *st);
int __fxstat64(int ver, int fd, struct stat64 *st);
int __fxstatat(int ver, int dirfd, const char *path, struct stat *st, int flags);
int __fxstatat64(int ver, int dirfd, const char *path, struct stat64 *st, int flags);

#define DEFINE_XSTAT(name, type, flags)                                                \
	PL_EXPORT int name(int ver, const char *path, struct type *st)                 \
	{                                                                              \
		int rc;                                                                \
                                                                                       \
		return pl_stat_at(AT_FDCWD, path, flags, (struct stat *)st, &rc)       \
			       ? (int)pl_result(rc) : PL_NEXT(name)(ver, path, st);    \
	}
DEFINE_XSTAT(__xstat, stat, 0)
DEFINE_XSTAT(__lxstat, stat, AT_SYMLINK_NOFOLLOW)
DEFINE_XSTAT(__xstat64, stat64, 0)
DEFINE_XSTAT(__lxstat64, stat64, AT_SYMLINK_NOFOLLOW)

#define DEFINE_FXSTAT(name, type)                                                      \
	PL_EXPORT int name(int ver, int fd, struct type *st)                           \
	{                                                                              \
		int rc;                                                                \
                                                                                       \
		return pl_stat_fd(fd, (struct stat *)st, &rc) ? (int)pl_result(rc)     \
							      : PL_NEXT(name)(ver, fd, st); \
	}
DEFINE_FXSTAT(__fxstat, stat)
DEFINE_FXSTAT(__fxstat64, stat64)

#define DEFINE_FXSTATAT(name, type)                                                    \
	PL_EXPORT int name(int ver, int dirfd, const char *path, struct type *st, int flags) \
	{                                                                              \
		int rc;                                                                \
                                                                                       \
		return pl_stat_at(dirfd, path, flags, (struct stat *)st, &rc)           \
			       ? (int)pl_result(rc)                                    \
			       : PL_NEXT(name)(ver, dirfd, path, st, flags);           \
	}
DEFINE_FXSTATAT(__fxstatat, stat)
DEFINE_FXSTATAT(__fxstatat64, stat64)

PL_EXPORT int statx(int dirfd, const char *restrict path, int flags, unsigned int mask,
		    struct statx *restrict x)
{
	struct pl_path p;
	struct stat st;
	int rc;

	if (pl_lookup(dirfd, path, follows(flags), &p) == PL_MOVED)
		return PL_NEXT(statx)(AT_FDCWD, p.buf, flags, mask, x);
	if (!pl_stat_at(dirfd, path, flags, &st, &rc))
		return PL_NEXT(statx)(dirfd, path, flags, mask, x);
	if (!rc)
		to_statx(&st, x);
	return (int)pl_result(rc);
}

/* ---- access ---- */

static bool access_ours(int dirfd, const char *path, int mode, int flags, int *rc)
{
	struct stat st;

	if (!pl_stat_at(dirfd, path, flags & AT_SYMLINK_NOFOLLOW, &st, rc))
		return false;
	/* the owner's bits, as the node is the program's own */
	if (!*rc && (mode & 7 & ~(int)(st.st_mode >> 6)))
		*rc = -EACCES;
	return true;
}

#define DEFINE_ACCESS(name)                                                            \
	PL_EXPORT int name(const char *path, int mode)                                 \
	{                                                                              \
		int rc;                                                                \
                                                                                       \
		return access_ours(AT_FDCWD, path, mode, 0, &rc) ? (int)pl_result(rc)  \
							      : PL_NEXT(name)(path, mode); \
	}
DEFINE_ACCESS(access)
DEFINE_ACCESS(euidaccess)
DEFINE_ACCESS(eaccess)

PL_EXPORT int faccessat(int dirfd, const char *path, int mode, int flags)
{
	int rc;

	return access_ours(dirfd, path, mode, flags, &rc) ? (int)pl_result(rc)
						   : PL_NEXT(faccessat)(dirfd, path, mode, flags);
}

/* ---- extended attributes: ls(1) asks for them, and emulated files have none ---- */

#define DEFINE_GETXATTR(name)                                                          \
	PL_EXPORT ssize_t name(const char *path, const char *key, void *value, size_t room) \
	{                                                                              \
		struct stat st;                                                        \
		int rc;                                                                \
                                                                                       \
		if (!pl_stat_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &st, &rc))                           \
			return PL_NEXT(name)(path, key, value, room);                  \
		return pl_result(rc ? rc : -ENODATA);                                  \
	}
DEFINE_GETXATTR(getxattr)
DEFINE_GETXATTR(lgetxattr)

#define DEFINE_LISTXATTR(name)                                                         \
	PL_EXPORT ssize_t name(const char *path, char *list, size_t room)              \
	{                                                                              \
		struct stat st;                                                        \
		int rc;                                                                \
                                                                                       \
		return pl_stat_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &st, &rc) ? pl_result(rc)          \
							      : PL_NEXT(name)(path, list, room); \
	}
DEFINE_LISTXATTR(listxattr)
DEFINE_LISTXATTR(llistxattr)
