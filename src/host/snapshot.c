/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A snapshot: whatever the room read while somebody looked, as a tar archive. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"
#include "host/tar.h"

#define FILE_MAX (1024 * 1024) /* bytes; more than any file of sysfs or procfs that is read here */
#define MAX_LINKS 40	       /* as the kernel: more is a loop */

enum entry_kind { ENTRY_DIR, ENTRY_FILE, ENTRY_LINK };

struct snap_entry {
	enum entry_kind kind;
	bool content; /* FILE: was read, not only seen in a folder */
	char path[];  /* without links in it, no leading slash */
};

struct iom_snapshot {
	const char *root;
	void *entries; /* tsearch() tree of struct snap_entry */
	bool failed;   /* out of memory */
};

static int compare_entries(const void *a, const void *b)
{
	const struct snap_entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static struct snap_entry *add_entry(struct iom_snapshot *s, enum entry_kind kind, const char *path)
{
	struct snap_entry *e = malloc(sizeof(*e) + strlen(path) + 1), **found;

	if (!e) {
		s->failed = true;
		return NULL;
	}
	*e = (struct snap_entry){ .kind = kind };
	strcpy(e->path, path);
	found = tsearch(e, &s->entries, compare_entries);
	if (!found || *found != e)
		free(e);
	if (!found)
		s->failed = true;
	return found ? *found : NULL;
}

/* Drops the last part of a path without trailing slash. */
static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	*(slash ? slash : path) = '\0';
}

static int lstat_at(const struct iom_snapshot *s, const char *path, struct stat *st)
{
	char full[PATH_MAX];

	return iom_path(s->root, full, sizeof(full), "/%s", path) || lstat(full, st) ? -1 : 0;
}

static void note(struct iom_snapshot *s, const char *path, bool follow, bool content, int depth);

/* A link on the way: it is kept, and what it stands for replaces it. */
static bool through_link(struct iom_snapshot *s, char *real, const char *rest, bool follow,
			 bool content, int depth)
{
	char full[PATH_MAX], target[PATH_MAX], next[PATH_MAX * 2 + 2];
	ssize_t len;

	add_entry(s, ENTRY_LINK, real);
	if (depth == MAX_LINKS || iom_path(s->root, full, sizeof(full), "/%s", real))
		return true;
	len = readlink(full, target, sizeof(target) - 1);
	if (len <= 0)
		return true;
	target[len] = '\0';
	go_up(real);
	snprintf(next, sizeof(next), "%s/%s/%s", target[0] == '/' ? "" : real, target, rest);
	note(s, next, follow, content, depth + 1);
	return true;
}

/* Takes one part of the path; true when the rest was dealt with elsewhere. */
static bool step(struct iom_snapshot *s, char *real, const char *part, const char *rest,
		 bool follow, bool content, int depth)
{
	struct stat st;
	struct snap_entry *e;

	if (!strcmp(part, ".") || !*part)
		return false;
	if (!strcmp(part, "..")) {
		go_up(real);
		return false;
	}
	if (strlen(real) + strlen(part) + 2 > PATH_MAX)
		return true;
	if (*real)
		strcat(real, "/");
	strcat(real, part);
	if (lstat_at(s, real, &st))
		return true;
	/* A folder in the snapshot: the process that made it is no part of the machine. */
	if (!strcmp(real, "proc/self") && S_ISLNK(st.st_mode) && *rest) {
		add_entry(s, ENTRY_DIR, real);
		return false;
	}
	if (S_ISLNK(st.st_mode) && (*rest || follow))
		return through_link(s, real, rest, follow, content, depth);
	e = add_entry(s,
		      S_ISLNK(st.st_mode)   ? ENTRY_LINK
		      : S_ISDIR(st.st_mode) ? ENTRY_DIR
					    : ENTRY_FILE,
		      real);
	if (e && !*rest && content && e->kind == ENTRY_FILE)
		e->content = true;
	return !S_ISDIR(st.st_mode);
}

/* Enters a path with every folder and link on the way. */
static void note(struct iom_snapshot *s, const char *path, bool follow, bool content, int depth)
{
	char real[PATH_MAX] = "", part[NAME_MAX + 1];

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len > NAME_MAX)
			return;
		memcpy(part, path, len);
		part[len] = '\0';
		path += len;
		path += strspn(path, "/");
		if (step(s, real, part, path, follow, content, depth))
			return;
	}
}

static void note_dir(struct iom_snapshot *s, const char *path)
{
	char full[PATH_MAX], below[PATH_MAX];
	struct dirent *de;
	DIR *dir;

	note(s, path, true, false, 0);
	if (iom_path(s->root, full, sizeof(full), "%s", path))
		return;
	dir = opendir(full);
	while (dir && (de = readdir(dir))) {
		int n = snprintf(below, sizeof(below), "%s/%s", path, de->d_name);

		if (de->d_name[0] != '.' && n > 0 && (size_t)n < sizeof(below))
			note(s, below, false, false, 0);
	}
	if (dir)
		closedir(dir);
}

static void seen(enum iom_access kind, const char *path, void *arg)
{
	struct iom_snapshot *s = arg;

	if (kind == IOM_ACCESS_DIR)
		note_dir(s, path);
	else
		note(s, path, kind == IOM_ACCESS_FILE, kind == IOM_ACCESS_FILE, 0);
}

struct iom_snapshot *iom_snapshot_new(const char *root)
{
	struct iom_snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->root = root;
	iom_host_observe(seen, s);
	return s;
}

void iom_snapshot_free(struct iom_snapshot *s)
{
	if (!s)
		return;
	iom_host_observe(NULL, NULL);
	tdestroy(s->entries, free);
	free(s);
}

/* ---- writing ---- */

struct writing {
	struct iom_snapshot *s;
	struct host_tar tar;
	void (*cb)(const char *path, void *arg);
	void *arg;
	char *buf;
	size_t n;
	int rc;
};

/* Content of a file, without what is nobody's business. Negative errno: not to be read. */
static ssize_t read_content(const char *full, const char *path, char *buf)
{
	_iom_close_ int fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t len;

	if (fd < 0)
		return -errno;
	if (host_log_is(path))
		return host_log_keep(fd, buf, FILE_MAX);
	len = host_read_all(fd, buf, FILE_MAX);
	return len < 0 ? len : host_keep(path, buf, (size_t)len);
}

static void write_entry(struct writing *w, const struct snap_entry *e)
{
	char full[PATH_MAX], target[PATH_MAX];
	ssize_t len = 0;

	if (iom_path(w->s->root, full, sizeof(full), "/%s", e->path))
		return;
	if (e->kind == ENTRY_DIR) {
		w->rc = host_tar_dir(&w->tar, e->path);
	} else if (e->kind == ENTRY_LINK) {
		len = readlink(full, target, sizeof(target) - 1);
		if (len <= 0)
			return;
		target[len] = '\0';
		w->rc = host_tar_link(&w->tar, e->path, target);
	} else {
		if (e->content) {
			/*
			 * Not readable by this user: the reader of the archive shall see the same.
			 */
			len = read_content(full, e->path, w->buf);
			if (len < 0)
				return;
		}
		w->rc = host_tar_file(&w->tar, e->path, w->buf, (size_t)len);
	}
	w->n++;
}

static void visit(const void *node, VISIT which, void *arg)
{
	const struct snap_entry *e = *(const struct snap_entry *const *)node;
	struct writing *w = arg;

	if ((which != postorder && which != leaf) || w->rc)
		return;
	if (w->cb)
		w->cb(e->path, w->arg);
	else
		write_entry(w, e);
}

int iom_snapshot_list(struct iom_snapshot *s, void (*cb)(const char *path, void *arg), void *arg)
{
	struct writing w = { .s = s, .cb = cb, .arg = arg };

	iom_host_observe(NULL, NULL);
	twalk_r(s->entries, visit, &w);
	return s->failed ? -ENOMEM : 0;
}

int iom_snapshot_write(struct iom_snapshot *s, FILE *f, size_t *n, struct iom_err *err)
{
	struct writing w = { .s = s, .tar = { .f = f }, .buf = malloc(FILE_MAX + 1) };

	iom_host_observe(NULL, NULL);
	if (s->failed || !w.buf)
		w.rc = -ENOMEM;
	else
		twalk_r(s->entries, visit, &w);
	if (!w.rc)
		w.rc = host_tar_end(&w.tar);
	free(w.buf);
	*n = w.n;
	if (!w.rc)
		return 0;
	err->code = w.rc;
	return iom_fail(err, IOM_EXIT_INTERNAL, "cannot write the snapshot");
}
