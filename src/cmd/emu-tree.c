/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes what sysfs and /dev show of an emulated machine below a folder. */
#include "cmd/emu.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iommuctl/emu.h"

struct writing {
	const char *root; /* NULL: entries are only counted */
	unsigned int n; /* entries */
	char path[PATH_MAX]; /* of the one that is being written */
};

/* Nobody but the owner may list a folder that is there for what is below it. */
static int make_parents(struct writing *w)
{
	for (char *s = w->path + strlen(w->root) + 1; (s = strchr(s, '/')); s++) {
		int rc;

		*s = '\0';
		rc = mkdir(w->path, IOM_EMU_ABOVE) && errno != EEXIST ? -errno : 0;
		*s = '/';
		if (rc)
			return rc;
	}
	return 0;
}

/* A folder may be there already, as one above others. */
static int make_dir(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		return -errno;
	return chmod(path, 0755) ? -errno : 0;
}

static int make_file(const char *path, const void *data, size_t len, mode_t mode)
{
	_iom_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

	if (fd < 0)
		return -errno;
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)data + done, len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return fchmod(fd, mode) ? -errno : 0;
}

static int make_link(const char *path, const void *data, size_t len)
{
	char target[PATH_MAX];

	snprintf(target, sizeof(target), "%.*s", (int)len, (const char *)data);
	return symlink(target, path) ? -errno : 0;
}

static int write_entry(const struct iom_emu_entry *e, void *arg)
{
	struct writing *w = arg;
	int rc;

	w->n++;
	if (!w->root)
		return 0;
	if ((size_t)snprintf(w->path, sizeof(w->path), "%s%s", w->root, e->path) >= sizeof(w->path))
		return -ENAMETOOLONG;
	rc = make_parents(w);
	if (rc)
		return rc;
	switch (e->kind) {
	case IOM_EMU_ENTRY_DIR:
		return make_dir(w->path);
	case IOM_EMU_ENTRY_LINK:
		return make_link(w->path, e->data, e->len);
	case IOM_EMU_ENTRY_TEXT:
		return make_file(w->path, e->data, e->len, 0444);
	case IOM_EMU_ENTRY_NODE:
		return make_file(w->path, NULL, 0, 0600);
	}
	return -EINVAL;
}

int iom_machine_write(const char *spec, const char *root, unsigned int *n, struct iom_err *err)
{
	struct iom_emu *emu = iom_emu_new(spec, err);
	struct writing w = { .root = root };
	int rc;

	if (!emu)
		return (int)err->exit;
	rc = iom_emu_tree(emu, write_entry, &w);
	iom_emu_free(emu);
	*n = w.n;
	if (!rc)
		return 0;
	err->code = rc;
	iom_fail(err, iom_exit_of_errno(rc), "cannot write %.180s", w.path);
	return (int)err->exit;
}
