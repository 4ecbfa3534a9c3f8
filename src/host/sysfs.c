/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links and folders below one root. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"

long iom_read_link(const char *root, const char *path, char *buf, size_t len)
{
	char full[PATH_MAX];
	ssize_t got;
	int rc;

	rc = iom_path(root, full, sizeof(full), "%s", path);
	if (rc)
		return rc;
	host_seen(IOM_ACCESS_LINK, path);
	got = readlink(full, buf, len);
	if (got < 0)
		return -errno;
	if ((size_t)got == len)
		return -ENAMETOOLONG;
	buf[got] = '\0';
	return got;
}

const char *iom_link_name(const char *root, const char *path, char *buf, size_t len)
{
	char target[PATH_MAX];
	const char *name;

	if (iom_read_link(root, path, target, sizeof(target)) < 0)
		return NULL;
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (!*name || strlen(name) >= len)
		return NULL;
	return strcpy(buf, name);
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

int iom_list_dir(const char *root, const char *path, struct iom_names *names)
{
	char full[PATH_MAX];
	struct dirent *de;
	DIR *dir;
	int rc;

	rc = iom_path(root, full, sizeof(full), "%s", path);
	if (rc)
		return rc;
	host_seen(IOM_ACCESS_DIR, path);
	dir = opendir(full);
	if (!dir)
		return -errno;
	/* The names are the entries themselves: a link whose target just went away counts too. */
	while (!rc && (de = readdir(dir)))
		if (de->d_name[0] != '.')
			rc = iom_names_add(names, de->d_name);
	closedir(dir);
	if (rc)
		iom_names_free(names);
	else if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), compare_names);
	return rc;
}
