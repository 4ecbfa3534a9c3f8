/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links and folders below one root. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"

static long link_at(int fd, const char *path, char *buf, size_t len)
{
	ssize_t got = readlinkat(fd, path, buf, len);

	if (got < 0)
		return -errno;
	if ((size_t)got == len)
		return -ENAMETOOLONG;
	buf[got] = '\0';
	return got;
}

long iom_read_link(const char *root, const char *path, char *buf, size_t len)
{
	char full[PATH_MAX];
	int rc;

	rc = iom_path(root, full, sizeof(full), "%s", path);
	if (rc)
		return rc;
	host_seen(IOM_ACCESS_LINK, path);
	return link_at(AT_FDCWD, full, buf, len);
}

long host_at_link(const struct host_at *at, const char *name, char *buf, size_t len)
{
	host_at_seen(at, IOM_ACCESS_LINK, name);
	return link_at(at->fd, name, buf, len);
}

/* NULL: there is no last part, or it does not fit. */
static const char *last_part(const char *target, char *buf, size_t len)
{
	const char *name = strrchr(target, '/');

	name = name ? name + 1 : target;
	return *name && strlen(name) < len ? strcpy(buf, name) : NULL;
}

const char *iom_link_name(const char *root, const char *path, char *buf, size_t len)
{
	char target[PATH_MAX];

	if (iom_read_link(root, path, target, sizeof(target)) < 0)
		return NULL;
	return last_part(target, buf, len);
}

const char *host_at_link_name(const struct host_at *at, const char *name, char *buf, size_t len)
{
	char target[PATH_MAX];

	if (host_at_link(at, name, target, sizeof(target)) < 0)
		return NULL;
	return last_part(target, buf, len);
}

int iom_grow(void *arrayp, size_t n, size_t *cap, size_t elem)
{
	void **array = arrayp;
	size_t want = *cap ? *cap * 2 : 8;
	void *p;

	if (n < *cap)
		return 0;
	p = reallocarray(*array, want, elem);
	if (!p)
		return -ENOMEM;
	*array = p;
	*cap = want;
	return 0;
}

int iom_names_add(struct iom_names *names, const char *name)
{
	if (iom_grow(&names->v, names->n + 1, &names->cap, sizeof(*names->v)))
		return -ENOMEM;
	names->v[names->n] = strdup(name);
	if (!names->v[names->n])
		return -ENOMEM;
	names->v[++names->n] = NULL;
	return 0;
}

void iom_names_free(struct iom_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
	*names = (struct iom_names){ 0 };
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whole names of one getdents64(); hidden ones are left out. */
static int add_entries(struct iom_names *names, const char *buf, long len)
{
	int rc = 0;

	for (long at = 0; at < len && !rc;) {
		const struct dirent64 *de = (const struct dirent64 *)(buf + at);

		if (de->d_name[0] != '.')
			rc = iom_names_add(names, de->d_name);
		at += de->d_reclen;
	}
	return rc;
}

/* Without the stat and the buffer from the heap that opendir() takes: folders are many. */
static int list_at(int fd, const char *path, struct iom_names *names)
{
	_Alignas(struct dirent64) char buf[32768];
	int dir = openat(fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK), rc = 0;
	long got;

	if (dir < 0)
		return -errno;
	/* The names are the entries themselves: a link whose target just went away counts too. */
	while (!rc && (got = getdents64(dir, buf, sizeof(buf))) > 0)
		rc = add_entries(names, buf, got);
	close(dir);
	if (rc)
		iom_names_free(names);
	else if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), compare_names);
	return rc;
}

int iom_list_dir(const char *root, const char *path, struct iom_names *names)
{
	char full[PATH_MAX];
	int rc;

	rc = iom_path(root, full, sizeof(full), "%s", path);
	if (rc)
		return rc;
	host_seen(IOM_ACCESS_DIR, path);
	return list_at(AT_FDCWD, full, names);
}

int host_at_list(const struct host_at *at, const char *name, struct iom_names *names)
{
	host_at_seen(at, IOM_ACCESS_DIR, name);
	return list_at(at->fd, *name ? name : ".", names);
}
