/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions that take folders and links: readlink, realpath, opendir, scandir, glob, chdir. */
#include "preload.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

/* ---- links ---- */

/* What the system tells of a link may name the folder that the tree lies in. */
static ssize_t cut(char *buf, ssize_t n, size_t room)
{
	char whole[PATH_MAX];

	if (n <= 0 || (size_t)n > room || (size_t)n >= sizeof(whole) || *buf != '/' || !pl_has_tree())
		return n;
	memcpy(whole, buf, (size_t)n);
	whole[n] = '\0';
	pl_outside(whole);
	n = (ssize_t)strlen(whole);
	memcpy(buf, whole, (size_t)n);
	return n;
}

/* True when the path is not the system's; *n is then the result. */
static bool link_ours(int dirfd, const char *path, char *buf, size_t len, ssize_t *n)
{
	struct pl_path p;

	switch (pl_lookup(dirfd, path, false, &p)) {
	case PL_NODE:
		*n = pl_result(-EINVAL);
		return true;
	case PL_MOVED:
		*n = PL_NEXT(readlink)(p.buf, buf, len);
		return true;
	default:
		return false;
	}
}

/* What a program calls that was built with _FORTIFY_SOURCE. */
ssize_t __readlink_chk(const char *path, char *buf, size_t len, size_t room);
ssize_t __readlinkat_chk(int dirfd, const char *path, char *buf, size_t len, size_t room);
char *__realpath_chk(const char *path, char *resolved, size_t room);
char *__getcwd_chk(char *buf, size_t len, size_t room);

PL_EXPORT ssize_t readlink(const char *restrict path, char *restrict buf, size_t len)
{
	ssize_t n;

	return link_ours(AT_FDCWD, path, buf, len, &n)
		       ? n : cut(buf, PL_NEXT(readlink)(path, buf, len), len);
}

PL_EXPORT ssize_t readlinkat(int dirfd, const char *restrict path, char *restrict buf, size_t len)
{
	ssize_t n;

	return link_ours(dirfd, path, buf, len, &n)
		       ? n : cut(buf, PL_NEXT(readlinkat)(dirfd, path, buf, len), len);
}

PL_EXPORT ssize_t __readlink_chk(const char *path, char *buf, size_t len, size_t room)
{
	return len <= room ? readlink(path, buf, len) : PL_NEXT(__readlink_chk)(path, buf, len, room);
}

PL_EXPORT ssize_t __readlinkat_chk(int dirfd, const char *path, char *buf, size_t len, size_t room)
{
	return len <= room ? readlinkat(dirfd, path, buf, len)
			   : PL_NEXT(__readlinkat_chk)(dirfd, path, buf, len, room);
}

/* What realpath(3) answers, from a path that is known to be there. */
static char *give(const char *path, char *resolved)
{
	return resolved ? strcpy(resolved, path) : strdup(path);
}

PL_EXPORT char *realpath(const char *restrict path, char *restrict resolved)
{
	struct pl_path p;
	struct stat st;
	int rc;

	switch (pl_lookup(AT_FDCWD, path, true, &p)) {
	case PL_NODE:
		rc = p.node->stat(p.buf, &st);
		return pl_result(rc) ? NULL : give(p.buf, resolved);
	case PL_MOVED:
		if (!p.in_tree)
			return PL_NEXT(realpath)(p.buf, resolved);
		if (PL_NEXT(lstat)(p.buf, &st))
			return NULL; /* with a slash behind what is no folder */
		p.buf[strlen(p.buf) - (p.buf[strlen(p.buf) - 1] == '/')] = '\0';
		return give(pl_tree_path(&p), resolved);
	default:
		return PL_NEXT(realpath)(path, resolved);
	}
}

PL_EXPORT char *__realpath_chk(const char *path, char *resolved, size_t room)
{
	return room >= PATH_MAX ? realpath(path, resolved)
				: PL_NEXT(__realpath_chk)(path, resolved, room);
}

PL_EXPORT char *canonicalize_file_name(const char *path)
{
	return realpath(path, NULL);
}

/* ---- the folder that the program is in ---- */

PL_EXPORT int chdir(const char *path)
{
	struct pl_path p;

	switch (pl_lookup(AT_FDCWD, path, true, &p)) {
	case PL_NODE:
		return (int)pl_result(-ENOTDIR);
	case PL_MOVED:
		return PL_NEXT(chdir)(p.buf);
	default:
		return PL_NEXT(chdir)(path);
	}
}

static char *outside(char *path)
{
	return path && pl_has_tree() ? pl_outside(path) : path;
}

PL_EXPORT char *getcwd(char *buf, size_t len)
{
	return outside(PL_NEXT(getcwd)(buf, len));
}

PL_EXPORT char *__getcwd_chk(char *buf, size_t len, size_t room)
{
	return len <= room ? getcwd(buf, len) : PL_NEXT(__getcwd_chk)(buf, len, room);
}

PL_EXPORT char *get_current_dir_name(void)
{
	return outside(PL_NEXT(get_current_dir_name)());
}

/* ---- folders ---- */

PL_EXPORT DIR *opendir(const char *path)
{
	struct pl_path p;

	switch (pl_lookup(AT_FDCWD, path, true, &p)) {
	case PL_NODE:
		errno = ENOTDIR;
		return NULL;
	case PL_MOVED:
		return PL_NEXT(opendir)(p.buf);
	default:
		return PL_NEXT(opendir)(path);
	}
}

/* On the disk nodes are files. */
static bool is_node(DIR *dir)
{
	char path[PATH_MAX];

	return pl_is_tree_fd(dirfd(dir), path) && !strncmp(path, "/dev/", 5);
}

#define DEFINE_READDIR(name, type)                                                     \
	PL_EXPORT struct type *name(DIR *dir)                                          \
	{                                                                              \
		struct type *e = PL_NEXT(name)(dir);                                   \
		int saved = errno;                                                     \
                                                                                       \
		if (e && e->d_type == DT_REG && pl_has_tree() && is_node(dir))         \
			e->d_type = DT_CHR;                                            \
		errno = saved;                                                         \
		return e;                                                              \
	}
DEFINE_READDIR(readdir, dirent)
DEFINE_READDIR(readdir64, dirent64)

/* One entry more; false when there is no memory. */
static bool add_entry(struct dirent ***list, size_t *n, const struct dirent *e)
{
	struct dirent **more = realloc(*list, (*n + 1) * sizeof(*more));

	if (!more)
		return false;
	*list = more;
	more[*n] = malloc(e->d_reclen);
	if (!more[*n])
		return false;
	memcpy(more[(*n)++], e, e->d_reclen);
	return true;
}

typedef int filter_fn(const struct dirent *e);
typedef int compare_fn(const struct dirent **a, const struct dirent **b);

/* scandir(3) of a folder of the machine. */
static int scan(const char *path, struct dirent ***out, filter_fn *filter, compare_fn *compare)
{
	DIR *dir = PL_NEXT(opendir)(path);
	struct dirent **list = NULL, *e;
	bool ok = true;
	size_t n = 0;

	if (!dir)
		return -1;
	while (ok && (e = readdir(dir)))
		if (!filter || filter(e))
			ok = add_entry(&list, &n, e);
	closedir(dir);
	if (!ok) {
		while (n)
			free(list[--n]);
		free(list);
		errno = ENOMEM;
		return -1;
	}
	if (n && compare)
		qsort(list, n, sizeof(struct dirent *), (int (*)(const void *, const void *))compare);
	*out = list;
	return (int)n;
}

/* struct dirent64 is struct dirent where programs are built for 64 bits. */
_Static_assert(sizeof(struct dirent) == sizeof(struct dirent64), "dirent64");

#define DEFINE_SCANDIRAT(name, type)                                                   \
	PL_EXPORT int name(int dirfd, const char *restrict path, struct type ***restrict out, \
			   int (*filter)(const struct type *e),                        \
			   int (*compare)(const struct type **a, const struct type **b)) \
	{                                                                              \
		struct pl_path p;                                                      \
                                                                                       \
		if (pl_lookup(dirfd, path, true, &p) != PL_MOVED)                      \
			return PL_NEXT(name)(dirfd, path, out, filter, compare);       \
		return scan(p.buf, (struct dirent ***)out, (filter_fn *)filter,        \
			    (compare_fn *)compare);                                    \
	}
DEFINE_SCANDIRAT(scandirat, dirent)
DEFINE_SCANDIRAT(scandirat64, dirent64)

#define DEFINE_SCANDIR(name, type)                                                     \
	PL_EXPORT int name(const char *restrict path, struct type ***restrict out,     \
			   int (*filter)(const struct type *e),                        \
			   int (*compare)(const struct type **a, const struct type **b)) \
	{                                                                              \
		struct pl_path p;                                                      \
                                                                                       \
		if (pl_lookup(AT_FDCWD, path, true, &p) != PL_MOVED)                   \
			return PL_NEXT(name)(path, out, filter, compare);              \
		return scan(p.buf, (struct dirent ***)out, (filter_fn *)filter,        \
			    (compare_fn *)compare);                                    \
	}
DEFINE_SCANDIR(scandir, dirent)
DEFINE_SCANDIR(scandir64, dirent64)

/* ---- glob ---- */

static void *glob_opendir(const char *path)
{
	return opendir(path);
}

static void glob_closedir(void *dir)
{
	closedir(dir);
}

static struct dirent *glob_readdir(void *dir)
{
	return readdir(dir);
}

static struct dirent64 *glob_readdir64(void *dir)
{
	return readdir64(dir);
}

/* The C library looks into folders by itself, unless it is given functions that do. */
#define DEFINE_GLOB(name, type, dirent_of, stat_of, lstat_of)                          \
	PL_EXPORT int name(const char *restrict pattern, int flags,                    \
			   int (*failed)(const char *path, int err), type *restrict g) \
	{                                                                              \
		if (pl_has_tree() && !(flags & GLOB_ALTDIRFUNC)) {                     \
			flags |= GLOB_ALTDIRFUNC;                                      \
			g->gl_opendir = glob_opendir;                                  \
			g->gl_readdir = dirent_of;                                     \
			g->gl_closedir = glob_closedir;                                \
			g->gl_stat = stat_of;                                          \
			g->gl_lstat = lstat_of;                                        \
		}                                                                      \
		return PL_NEXT(name)(pattern, flags, failed, g);                       \
	}
DEFINE_GLOB(glob, glob_t, glob_readdir, stat, lstat)
DEFINE_GLOB(glob64, glob64_t, glob_readdir64, stat64, lstat64)

/* ---- which file system it is ---- */

static bool is_sysfs(const char *path)
{
	return path && !strncmp(path, "/sys/", 5);
}

#define DEFINE_STATFS(name)                                                            \
	PL_EXPORT int name(const char *path, struct name *st)                          \
	{                                                                              \
		struct pl_path p;                                                      \
		int rc;                                                                \
                                                                                       \
		if (pl_lookup(AT_FDCWD, path, true, &p) != PL_MOVED)                   \
			return PL_NEXT(name)(p.where == PL_NODE ? "/dev" : path, st);  \
		rc = PL_NEXT(name)(p.buf, st);                                         \
		if (!rc && is_sysfs(pl_tree_path(&p)))                                 \
			st->f_type = SYSFS_MAGIC;                                      \
		return rc;                                                             \
	}
DEFINE_STATFS(statfs)
DEFINE_STATFS(statfs64)

#define DEFINE_FSTATFS(name, type)                                                     \
	PL_EXPORT int name(int fd, struct type *st)                                    \
	{                                                                              \
		int rc = PL_NEXT(name)(fd, st), saved = errno;                         \
		char path[PATH_MAX];                                                   \
                                                                                       \
		if (!rc && pl_is_tree_fd(fd, path) && is_sysfs(path))                  \
			st->f_type = SYSFS_MAGIC;                                      \
		errno = saved;                                                         \
		return rc;                                                             \
	}
DEFINE_FSTATFS(fstatfs, statfs)
DEFINE_FSTATFS(fstatfs64, statfs64)
