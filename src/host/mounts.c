/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether something on a disk is mounted or swapped to, also through partitions and mappers. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"

#define MAX_DEPTH 8	  /* LVM on RAID on LUKS on a partition is 4 */
#define TABLE_MAX 1048576 /* bytes of a mount table */

struct tables {
	const char *root;
	char *mounts, *swaps; /* NULL: not readable */
};

static char *read_table(const char *root, const char *path)
{
	char *text = malloc(TABLE_MAX);

	if (text && iom_read_file(root, path, text, TABLE_MAX) >= 0)
		return text;
	free(text);
	return NULL;
}

/* The kernel writes blanks and backslashes of a mount point as three octal digits. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '\\' && strspn(s + 1, "01234567") >= 3) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/*
 * "36 35 8:2 / /home rw - ext4 /dev/sda2 rw": by number, or by name where the number is made up.
 * where has PATH_MAX bytes.
 */
static bool line_is_of(const char *line, const char *number, const char *node, char *where)
{
	char dev[32], source[PATH_MAX] = "";
	const char *tail = strstr(line, " - ");

	if (sscanf(line, "%*s %*s %31s %*s %4095s", dev, where) != 2)
		return false;
	if (tail && sscanf(tail, " - %*s %4095s", source) != 1)
		source[0] = '\0';
	if ((!*number || strcmp(dev, number)) && strcmp(source, node))
		return false;
	unescape(where);
	return true;
}

/* What two partitions carry together is met twice. */
static int add_once(struct iom_host_pairs *mounts, const char *name, const char *where)
{
	for (size_t i = 0; i < mounts->n; i++)
		if (!strcmp(mounts->v[i].name, name) && !strcmp(mounts->v[i].value, where))
			return 0;
	return host_add_pair(mounts, name, where);
}

static int add_mounts(const struct tables *t, const char *name, const char *number,
		      const char *node, struct iom_host_pairs *mounts)
{
	int rc = 0;

	for (const char *line = t->mounts; line && *line && !rc;) {
		const char *nl = strchr(line, '\n');
		size_t n = nl ? (size_t)(nl - line) : strlen(line);
		char copy[2 * PATH_MAX + 256], where[PATH_MAX];

		if (n < sizeof(copy)) {
			memcpy(copy, line, n);
			copy[n] = '\0';
			if (line_is_of(copy, number, node, where))
				rc = add_once(mounts, name, where);
		}
		line = nl ? nl + 1 : NULL;
	}
	return rc;
}

static bool in_swaps(const struct tables *t, const char *node)
{
	size_t len = strlen(node);

	for (const char *line = t->swaps; line;) {
		if (!strncmp(line, node, len) && (line[len] == ' ' || line[len] == '\t'))
			return true;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return false;
}

static int collect(const struct tables *t, const char *name, int depth,
		   struct iom_host_pairs *mounts);

/* Partitions of a disk stand in its folder, what is built on it in another one. */
static int collect_below(const struct tables *t, const char *name, const char *folder, int depth,
			 struct iom_host_pairs *mounts)
{
	struct iom_names names = { 0 };
	char path[HOST_PATH];
	int rc;

	snprintf(path, sizeof(path), "/sys/class/block/%s%s", name, folder);
	rc = iom_list_dir(t->root, path, &names);
	if (rc)
		return rc == -ENOMEM ? rc : 0;
	for (size_t i = 0; i < names.n && !rc; i++)
		if (*folder || !strncmp(names.v[i], name, strlen(name)))
			rc = collect(t, names.v[i], depth + 1, mounts);
	iom_names_free(&names);
	return rc;
}

static int collect(const struct tables *t, const char *name, int depth,
		   struct iom_host_pairs *mounts)
{
	char path[HOST_PATH], node[HOST_PATH], number[32];
	int rc;

	if (depth > MAX_DEPTH)
		return 0;
	snprintf(path, sizeof(path), "/sys/class/block/%s/dev", name);
	if (iom_read_file(t->root, path, number, sizeof(number)) < 0)
		number[0] = '\0';
	snprintf(node, sizeof(node), "/dev/%s", name);
	rc = add_mounts(t, name, number, node, mounts);
	if (!rc && in_swaps(t, node))
		rc = add_once(mounts, name, "swap");
	if (!rc)
		rc = collect_below(t, name, "", depth, mounts);
	return rc ? rc : collect_below(t, name, "/holders", depth, mounts);
}

int iom_host_disk_mounts(const char *root, const char *disk, struct iom_host_pairs *mounts)
{
	struct tables t = {
		root, read_table(root, "/proc/self/mountinfo"), read_table(root, "/proc/swaps"),
	};
	int rc;

	*mounts = (struct iom_host_pairs){ 0 };
	rc = t.mounts || t.swaps ? collect(&t, disk, 0, mounts) : -ENOENT;
	free(t.mounts);
	free(t.swaps);
	return rc;
}
