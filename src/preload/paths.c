/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Emulated paths: which there are, how a path of the program leads to one, what stat(2) says. */
#include "preload.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char iommu_path[] = "/dev/iommu";
static const char vfio_dir[] = "/dev/vfio/devices/";

/* ---- device nodes ---- */

static int open_node(const char *path, int flags)
{
	int fd;

	if (!pl_machine())
		return -ENODEV;
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	pl_enter();
	fd = iom_emu_open(pl_emu, path);
	if (fd >= 0 && !(flags & O_CLOEXEC))
		fcntl(fd, F_SETFD, 0);
	if (fd >= 0 && flags & O_NONBLOCK)
		fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	pl_leave();
	return fd;
}

/* number is that of a VFIO device, or -1. */
static void fill_node(struct stat *st, int number)
{
	bool vfio = number >= 0;

	*st = (struct stat){
		.st_dev = 5,
		.st_ino = vfio ? 1000 + (ino_t)number : 999,
		.st_mode = S_IFCHR | 0600,
		.st_nlink = 1,
		.st_uid = geteuid(),
		.st_gid = getegid(),
		.st_rdev = vfio ? makedev(IOM_EMU_VFIO_MAJOR, (unsigned int)number)
				: makedev(IOM_EMU_MISC_MAJOR, IOM_EMU_IOMMU_MINOR),
		.st_blksize = 4096,
	};
}

static int stat_node(const char *path, struct stat *st)
{
	int number = -1;

	if (!pl_machine())
		return -ENODEV;
	if (strcmp(path, iommu_path) != 0) {
		pl_enter();
		number = iom_emu_device_number(pl_emu, path + strlen(vfio_dir));
		pl_leave();
		if (number < 0)
			return number;
	}
	fill_node(st, number);
	return 0;
}

bool pl_stat_fd(int fd, struct stat *st, int *rc)
{
	int number = -1;
	enum iom_emu_kind kind;

	if (pl_is_hidden(fd)) {
		*rc = -EBADF;
		return true;
	}
	if (!pl_is_ours(fd))
		return false;
	pl_enter();
	kind = iom_emu_kind(pl_emu, fd, &number);
	*rc = fstat(fd, st) ? -errno : 0;
	pl_leave();
	if (kind == IOM_EMU_CONTEXT || kind == IOM_EMU_DEVICE)
		fill_node(st, number);
	else if (kind == IOM_EMU_ANON)
		st->st_mode = 0600; /* such a file has no type */
	return true;
}

static const struct pl_node device_node = { open_node, stat_node };

static bool is_device(const char *name)
{
	int rc;

	if (strchr(name, '/') || !pl_machine())
		return false;
	pl_enter();
	rc = iom_emu_device_number(pl_emu, name);
	pl_leave();
	return rc >= 0;
}

/*
 * The table. A path that ends in '/' stands for names in that folder, and says which of them are
 * there; the others are the system's.
 */
static const struct {
	const char *path;
	const struct pl_node *node;
	bool (*is_there)(const char *name); /* NULL: it always is */
} table[] = {
	{ iommu_path, &device_node, NULL },
	{ vfio_dir, &device_node, is_device },
};

/* ---- from a path to its node ---- */

/* Could it be one of ours, by its last name? It spares asking where it starts from. */
static bool is_known_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t i;

	for (i = 0; i < IOM_ARRAY_SIZE(table); i++) {
		const char *last = strrchr(table[i].path, '/') + 1;

		if (*last ? !strcmp(last, name) : table[i].is_there(name))
			return true;
	}
	return pl_proc_name(name);
}

static bool is_proc_path(const char *path)
{
	return (!strncmp(path, "/proc/", 6) || !strncmp(path, "/sys/kernel/debug/", 18)) &&
	       pl_proc_name(strrchr(path, '/') + 1);
}

static bool begins_like_ours(const char *path)
{
	size_t i, n = strspn(path, "/.");

	/* "/dev": all of what is absolute is told by its first name, if it is in plain form */
	if (n != 1 || (pl_has_tree() && !strncmp(path, "/sys", 4)))
		return true;
	for (i = 0; i < IOM_ARRAY_SIZE(table); i++)
		if (!strncmp(path, table[i].path, 4))
			return true;
	return is_proc_path(path);
}

/* The whole path into buf; false when that cannot be said. *inside: it begins in the machine's tree. */
static bool absolute(int dirfd, const char *path, char *buf, bool *inside)
{
	char link[40];
	ssize_t n = 0;

	if (*path != '/') {
		if (dirfd == AT_FDCWD)
			snprintf(link, sizeof(link), "/proc/self/cwd");
		else
			snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
		n = readlink(link, buf, PATH_MAX - 1);
		if (n <= 0 || *buf != '/')
			return false;
		buf[n] = '\0';
		*inside = strlen(pl_outside(buf)) != (size_t)n;
		n = (ssize_t)strlen(buf);
		buf[n++] = '/';
	}
	if ((size_t)n + strlen(path) >= PATH_MAX)
		return false;
	strcpy(buf + n, path);
	return true;
}

static const struct pl_node *node_of(const char *path)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(table); i++) {
		size_t n = strlen(table[i].path);

		if (table[i].is_there ? !strncmp(path, table[i].path, n) && table[i].is_there(path + n)
				      : !strcmp(path, table[i].path))
			return table[i].node;
	}
	return pl_proc_node(path);
}

/* From a path in its shortest form. moved: the machine's tree or its links led there. */
static enum pl_where find(struct pl_path *p, bool slash, bool moved)
{
	bool there;

	p->node = node_of(p->buf);
	if (p->node)
		return PL_NODE;
	pl_enter();
	there = pl_tree_has(p->buf) && pl_to_disk(p->buf);
	pl_leave();
	p->in_tree = there;
	if (!there && !moved)
		return PL_SYSTEM;
	/* what is no folder is to be refused */
	if (slash && strlen(p->buf) + 2 < sizeof(p->buf))
		strcat(p->buf, "/");
	return PL_MOVED;
}

enum pl_where pl_lookup(int dirfd, const char *path, bool follow, struct pl_path *p)
{
	int saved = errno;
	bool found, inside = false, linked = false, slash;

	p->where = PL_SYSTEM;
	p->node = NULL;
	p->in_tree = false;
	if (pl_inside || !path || !*path)
		return PL_SYSTEM;
	if (*path == '/' ? !begins_like_ours(path) : !pl_has_tree() && !is_known_name(path))
		return PL_SYSTEM;
	slash = path[strlen(path) - 1] == '/';
	pl_enter();
	found = absolute(dirfd, path, p->buf, &inside);
	found = found && pl_resolve(p->buf, follow || slash, &linked);
	pl_leave();
	if (found)
		p->where = find(p, slash, inside || linked);
	errno = saved;
	return p->where;
}
