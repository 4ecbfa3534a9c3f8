/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of libiommuctl-emu.so share: the machine, the real functions, emulated paths. */
#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "iommuctl/emu.h"

/* A function that the program finds in place of the C library's. */
#define PL_EXPORT __attribute__((visibility("default")))

/*
 * The function that stands behind ours: the C library's, or that of another preloaded library.
 * NULL when there is none, as for functions that the C library of the day does not have.
 */
void *pl_next(void **known, const char *name);
#define PL_NEXT(func)                                                   \
	({                                                              \
		static void *known__;                                   \
		(__typeof__(&func))pl_next(&known__, #func);            \
	})

/*
 * True while the emulator itself runs in this thread: what it opens, reads and closes on its own
 * behalf goes straight to the system.
 */
extern __thread bool pl_inside;

/*
 * The machine, made on first use; NULL, with a line on stderr the first time, when its description
 * is wrong. All functions of emu.h are called between pl_enter() and pl_leave().
 */
struct iom_emu *pl_machine(void);
/* The same, but NULL as long as nobody has opened anything. */
extern struct iom_emu *pl_emu;
static inline void pl_enter(void)
{
	pl_inside = true;
}
static inline void pl_leave(void)
{
	pl_inside = false;
}
/* Whether a call on this fd is for the emulator. */
static inline bool pl_is_ours(int fd)
{
	struct iom_emu *emu = __atomic_load_n(&pl_emu, __ATOMIC_ACQUIRE);

	return emu && !pl_inside && iom_emu_has(emu, fd);
}
/* Whether it is one that the emulator has for itself. */
static inline bool pl_is_hidden(int fd)
{
	return !pl_inside && iom_emu_keeps(fd);
}
/* A result or negative errno of the emulator, as the C library gives it. */
static inline long pl_result(long rc)
{
	if (rc >= 0)
		return rc;
	errno = (int)-rc;
	return -1;
}

/* One line on stderr, with the library's name in front. errno stays. */
void pl_say(const char *format, ...) iom_printf(1, 2);

/* ---- paths.c: what the program finds that the system does not have ---- */

struct pl_node {
	/* Opens path (absolute, in its shortest form) with the flags of open(2): fd or -errno. */
	int (*open)(const char *path, int flags);
	/* 0 or a negative errno. */
	int (*stat)(const char *path, struct stat *st);
};
enum pl_where {
	PL_SYSTEM, /* nowhere else: the path is used as it is */
	PL_NODE,   /* to an emulated node */
	PL_MOVED,  /* to another file of the system */
};
struct pl_path {
	enum pl_where where;
	const struct pl_node *node;
	bool in_tree; /* moved to the machine's sysfs or /dev */
	char buf[PATH_MAX]; /* the node's path in its shortest form, or that of the file */
};
/* Where a path of the program leads. follow: also when its last part is a link. errno stays. */
enum pl_where pl_lookup(int dirfd, const char *path, bool follow, struct pl_path *p);

/* ---- tree.c: sysfs and /dev of the machine ---- */

/* Whether there is any, and this is the program. */
bool pl_has_tree(void);
/* Cuts what the program is not to see off a path that the system gave. In place, and returned. */
char *pl_outside(char *path);
/*
 * Takes "//", "." and ".." out of an absolute path of PATH_MAX bytes and follows the machine's links,
 * not those of the system. *linked: there were any. False when it cannot be said.
 */
bool pl_resolve(char *path, bool follow, bool *linked);
/* Whether the machine has a file, or a folder of its own, at a path in this form. */
bool pl_tree_has(const char *path);
/* Makes it the path where that is; of PATH_MAX bytes. False: too long. */
bool pl_to_disk(char *path);
/* The path as the program knows it, or NULL when it is not in the tree. */
const char *pl_tree_path(const struct pl_path *p);
/* Whether the fd is that of a file or folder of the tree; path, of PATH_MAX bytes, gets its name. */
bool pl_is_tree_fd(int fd, char *path);

/* files.c: stat(2) of a path that is not the system's. False when it is, else *rc is the answer. */
bool pl_stat_at(int dirfd, const char *path, int flags, struct stat *st, int *rc);
/* proc.c: files of /proc and debugfs. path is absolute and in its shortest form. */
const struct pl_node *pl_proc_node(const char *path);
/* Whether one of them has this last name. */
bool pl_proc_name(const char *name);

/* The fd of the thread's fail-nth file, where the offset of a file does not move. */
extern bool pl_fail_used; /* whether there ever was one */
bool pl_fail_fd(int fd);
void pl_fail_closed(int fd);
/* Bytes or a negative errno. */
ssize_t pl_fail_read(void *buf, size_t count, uint64_t offset);
ssize_t pl_fail_write(const void *buf, size_t count);

/* trace.c */
bool pl_is_traced(void);
/* iom_emu_ioctl(), written down. */
int pl_traced_ioctl(int fd, uint32_t code, void *arg);

/* What fstat(2) says of an emulated fd: true and *rc 0 or a negative errno; false for any other. */
bool pl_stat_fd(int fd, struct stat *st, int *rc);
