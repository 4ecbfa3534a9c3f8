/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unpacking a snapshot into a folder of its own. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"
#include "host/keeper.h"
#include "host/tar.h"

#define TOTAL_MAX ((uint64_t)1 << 30) /* bytes; no snapshot is near it */
#define PAX_MAX	  65536

/* A link, made when all files are there: nothing is ever written through one. */
struct late_link {
	char *path, *target;
};

struct unpacking {
	FILE *f;
	const char *dir;
	uint64_t total;
	char path[PATH_MAX], link[PATH_MAX]; /* of the next entry, from a pax header; "" none */
	struct late_link *links;
	size_t n_links, cap_links;
	const char *why; /* what is wrong with the archive */
};

static int bad(struct unpacking *u, const char *why)
{
	u->why = why;
	return -EINVAL;
}

static int read_blocks(struct unpacking *u, void *buf, size_t len)
{
	return fread(buf, 1, len, u->f) == len ? 0 : bad(u, "it ends in the middle of an entry");
}

static int parse_octal(const char *s, size_t len, uint64_t *v)
{
	size_t i = 0;

	*v = 0;
	while (i < len && s[i] == ' ')
		i++;
	for (; i < len && s[i] >= '0' && s[i] <= '7'; i++)
		*v = *v << 3 | (uint64_t)(s[i] - '0');
	return i < len && s[i] && s[i] != ' ' ? -EINVAL : 0;
}

/* Only plain ways down: what comes from elsewhere must stay in its folder. */
static bool is_inside(const char *path)
{
	if (!*path || *path == '/')
		return false;
	for (const char *p = path; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL)
		if (!strncmp(p, "..", 2) && (p[2] == '/' || !p[2]))
			return false;
	return true;
}

/* The folders above a path, which an archive need not list. */
static int make_parents(char *full, size_t skip)
{
	for (char *p = full + skip; (p = strchr(p, '/')); p++) {
		int rc;

		*p = '\0';
		rc = mkdir(full, 0700) && errno != EEXIST ? -errno : 0;
		*p = '/';
		if (rc)
			return rc;
	}
	return 0;
}

static int make_file(struct unpacking *u, const char *full, uint64_t size)
{
	_iom_close_ int fd =
		open(full, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	char block[TAR_BLOCK];

	if (fd < 0)
		return -errno;
	for (uint64_t at = 0; at < size; at += TAR_BLOCK) {
		size_t want = size - at < TAR_BLOCK ? (size_t)(size - at) : TAR_BLOCK;
		int rc = read_blocks(u, block, sizeof(block));

		if (rc)
			return rc;
		if (write(fd, block, want) != (ssize_t)want)
			return errno ? -errno : -EIO;
	}
	return 0;
}

static int keep_link(struct unpacking *u, const char *full, const char *target)
{
	struct late_link l;

	if (iom_grow(&u->links, u->n_links, &u->cap_links, sizeof(l)))
		return -ENOMEM;
	l.path = strdup(full);
	l.target = strdup(target);
	u->links[u->n_links++] = l;
	return l.path && l.target ? 0 : -ENOMEM;
}

/* "27 path=...\n" records; only the two names matter. */
static int take_pax(struct unpacking *u, uint64_t size)
{
	_iom_free_ char *text = NULL;
	size_t room = (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
	char *p, *end;
	int rc;

	if (!size || size > PAX_MAX)
		return bad(u, "a header of names is too long");
	text = malloc(room);
	if (!text)
		return -ENOMEM;
	rc = read_blocks(u, text, room);
	end = text + size;
	for (p = text; !rc && p < end;) {
		char *nl = memchr(p, '\n', (size_t)(end - p)),
		     *word = memchr(p, ' ', (size_t)(end - p));

		if (!nl || !word || word > nl)
			return bad(u, "a header of names is malformed");
		*nl = '\0';
		word++;
		if (!strncmp(word, "path=", 5) && strlen(word + 5) < sizeof(u->path))
			strcpy(u->path, word + 5);
		else if (!strncmp(word, "linkpath=", 9) && strlen(word + 9) < sizeof(u->link))
			strcpy(u->link, word + 9);
		p = nl + 1;
	}
	return rc;
}

static int take_entry(struct unpacking *u, const struct host_tar_head *h, uint64_t size)
{
	char name[PATH_MAX], target[PATH_MAX], full[PATH_MAX];
	int n, rc;

	if (*u->path)
		strcpy(name, u->path);
	else if (h->prefix[0])
		snprintf(name, sizeof(name), "%.155s/%.100s", h->prefix, h->name);
	else
		snprintf(name, sizeof(name), "%.100s", h->name);
	snprintf(target, sizeof(target), "%.*s", *u->link ? PATH_MAX - 1 : 100,
		 *u->link ? u->link : h->link);
	u->path[0] = u->link[0] = '\0';
	while (!strncmp(name, "./", 2))
		memmove(name, name + 2, strlen(name) - 1);
	while (*name && name[strlen(name) - 1] == '/')
		name[strlen(name) - 1] = '\0';
	if (!*name || !strcmp(name, "."))
		return 0;
	if (!is_inside(name))
		return bad(u, "an entry would be outside of it");
	n = snprintf(full, sizeof(full), "%s/%s", u->dir, name);
	if (n < 0 || (size_t)n >= sizeof(full))
		return bad(u, "a name is too long");
	rc = make_parents(full, strlen(u->dir) + 1);
	if (rc)
		return rc;
	switch (h->type) {
	case '5': return mkdir(full, 0700) && errno != EEXIST ? -errno : 0;
	case '2': return keep_link(u, full, target);
	case '0': case '\0': return make_file(u, full, size);
	default: return bad(u, "an entry is no file, folder or link");
	}
}

static int unpack_all(struct unpacking *u)
{
	struct host_tar_head h;
	bool any = false;

	for (;;) {
		uint64_t size, sum;
		int rc = read_blocks(u, &h, sizeof(h));

		if (rc)
			return any ? rc : bad(u, "it is no tar archive");
		if (!h.name[0] && !h.sum[0])
			return any ? 0 : bad(u, "it is empty");
		if (parse_octal(h.sum, sizeof(h.sum), &sum) || sum != host_tar_sum(&h) ||
		    parse_octal(h.size, sizeof(h.size), &size))
			return bad(u, any ? "an entry is damaged" : "it is no tar archive");
		any = true;
		u->total += size;
		if (size > TOTAL_MAX || u->total > TOTAL_MAX)
			return bad(u, "it is too large for a snapshot");
		rc = h.type == 'x' ? take_pax(u, size) : take_entry(u, &h, size);
		if (rc)
			return rc;
	}
}

static int make_links(struct unpacking *u)
{
	for (size_t i = 0; i < u->n_links; i++)
		if (symlink(u->links[i].target, u->links[i].path))
			return errno == EEXIST ? bad(u, "a name is there twice") : -errno;
	return 0;
}

void iom_unpack_remove(char *dir)
{
	if (dir)
		host_drop_dir(dir);
	free(dir);
}

static void free_links(struct unpacking *u)
{
	for (size_t i = 0; i < u->n_links; i++) {
		free(u->links[i].path);
		free(u->links[i].target);
	}
	free(u->links);
}

int iom_unpack(const char *file, char **dir, struct iom_err *err)
{
	struct unpacking u = { 0 };
	int rc;

	*dir = NULL;
	u.f = fopen(file, "re");
	if (!u.f) {
		err->code = -errno;
		return iom_fail(err, iom_exit_of_errno(err->code), "cannot read %s", file);
	}
	rc = host_keep_dir(dir);
	u.dir = *dir;
	if (!rc)
		rc = unpack_all(&u);
	if (!rc)
		rc = make_links(&u);
	fclose(u.f);
	free_links(&u);
	if (!rc)
		return 0;
	iom_unpack_remove(*dir);
	*dir = NULL;
	if (u.why)
		return iom_fail(err, IOM_EXIT_USAGE, "%s is not a snapshot: %s", file, u.why);
	err->code = rc;
	return iom_fail(err, IOM_EXIT_INTERNAL, "cannot unpack %s", file);
}
