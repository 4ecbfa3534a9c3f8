/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine's sysfs and /dev, which emu run has put into a folder, and the paths that lead there. */
#include "preload.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINKS 40 /* as the kernel has it */

static char root[PATH_MAX]; /* the folder; "" none */
static size_t root_len;

__attribute__((constructor)) static void find_root(void)
{
	const char *dir = getenv(IOM_EMU_ROOT);

	if (!dir || *dir != '/' || strlen(dir) >= PATH_MAX / 2)
		return;
	strcpy(root, dir);
	root_len = strlen(root);
}

bool pl_has_tree(void)
{
	return root_len && !pl_inside;
}

char *pl_outside(char *path)
{
	if (root_len && !strncmp(path, root, root_len) && (!path[root_len] || path[root_len] == '/'))
		memmove(path, path + root_len, strlen(path + root_len) + 1);
	if (!*path)
		strcpy(path, "/");
	return path;
}

/* Where a path of the machine lies on the disk; false when it is too long for one. */
static bool on_disk(const char *path, char *buf)
{
	return (size_t)snprintf(buf, PATH_MAX, "%s%s", root, path) < PATH_MAX;
}

static bool look(const char *path, struct stat *st)
{
	char buf[PATH_MAX];

	return root_len && on_disk(path, buf) && !lstat(buf, st);
}

/* The link at done[] leads on: what it says, and behind it rest, is the new rest. */
static bool go_on(char *done, const char *rest, char *buf)
{
	char link[PATH_MAX], path[PATH_MAX];
	ssize_t n = on_disk(done, path) ? readlink(path, link, sizeof(link) - 1) : -1;

	if (n <= 0)
		return false;
	link[n] = '\0';
	if (*link == '/')
		*done = '\0';
	else
		*strrchr(done, '/') = '\0';
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", link, rest) >= sizeof(path))
		return false;
	strcpy(buf, path);
	return true;
}

bool pl_resolve(char *path, bool follow, bool *linked)
{
	char done[PATH_MAX] = "", rest[PATH_MAX], *end = done;
	const char *in = rest;
	int links = 0;

	*linked = false;
	strcpy(rest, path);
	while (*in) {
		struct stat st;
		size_t n;

		in += strspn(in, "/");
		n = strcspn(in, "/");
		end = strchr(done, '\0');
		if (n == 2 && in[0] == '.' && in[1] == '.') {
			while (end > done && *--end != '/')
				;
			*end = '\0';
		} else if (n && !(n == 1 && *in == '.')) {
			if ((size_t)(end - done) + n + 2 > sizeof(done))
				return false;
			*end++ = '/';
			memcpy(end, in, n);
			end[n] = '\0';
			if ((follow || in[n]) && look(done, &st) && S_ISLNK(st.st_mode)) {
				char next[PATH_MAX];

				if (++links > MAX_LINKS || !go_on(done, in + n, next))
					return false;
				*linked = true;
				strcpy(rest, next);
				in = rest;
				continue;
			}
		}
		in += n;
	}
	strcpy(path, *done ? done : "/");
	return true;
}

/* A folder that the system has as well, and in it what is not the machine's. */
static bool is_above(const struct stat *st, const char *path)
{
	struct stat system;

	return S_ISDIR(st->st_mode) && !(st->st_mode & (S_IRGRP | S_IROTH)) && !lstat(path, &system);
}

bool pl_tree_has(const char *path)
{
	struct stat st;

	return root_len && strncmp(path, "/proc/", 6) && look(path, &st) && !is_above(&st, path);
}

bool pl_to_disk(char *path)
{
	char buf[PATH_MAX];

	if (!on_disk(path, buf))
		return false;
	strcpy(path, buf);
	return true;
}

const char *pl_tree_path(const struct pl_path *p)
{
	return p->in_tree ? p->buf + root_len : NULL;
}

bool pl_is_tree_fd(int fd, char *path)
{
	char link[40];
	ssize_t n;

	if (!pl_has_tree())
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	pl_enter();
	n = readlink(link, path, PATH_MAX - 1);
	pl_leave();
	if (n <= (ssize_t)root_len)
		return false;
	path[n] = '\0';
	if (strncmp(path, root, root_len) || path[root_len] != '/')
		return false;
	pl_outside(path);
	return true;
}
