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

/* "36 35 8:2 / /home rw - ext4 /dev/sda2 rw": by number, or by name where the number is made up. */
static bool line_is_of(const char *line, const char *number, const char *node, char *where,
		       size_t len)
{
	char dev[32], point[PATH_MAX], source[PATH_MAX] = "";
	const char *tail = strstr(line, " - ");

	if (sscanf(line, "%*s %*s %31s %*s %4095s", dev, point) != 2)
		return false;
	if (tail && sscanf(tail, " - %*s %4095s", source) != 1)
		source[0] = '\0';
	if ((!*number || strcmp(dev, number)) && strcmp(source, node))
		return false;
	snprintf(where, len, "%s", point);
	return true;
}

static bool in_mounts(const struct tables *t, const char *number, const char *node, char *where,
		      size_t len)
{
	for (const char *line = t->mounts; line && *line;) {
		const char *nl = strchr(line, '\n');
		size_t n = nl ? (size_t)(nl - line) : strlen(line);
		char copy[2 * PATH_MAX + 256];

		if (n < sizeof(copy)) {
			memcpy(copy, line, n);
			copy[n] = '\0';
			if (line_is_of(copy, number, node, where, len))
				return true;
		}
		line = nl ? nl + 1 : NULL;
	}
	return false;
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

static bool is_used(const struct tables *t, const char *name, int depth, char *where, size_t len);

/* Partitions of a disk stand in its folder, what is built on it in another one. */
static bool any_below(const struct tables *t, const char *name, const char *folder, int depth,
		      char *where, size_t len)
{
	struct iom_names names = { 0 };
	char path[HOST_PATH];
	bool used = false;

	snprintf(path, sizeof(path), "/sys/class/block/%s%s", name, folder);
	if (iom_list_dir(t->root, path, &names))
		return false;
	for (size_t i = 0; i < names.n && !used; i++)
		if (*folder || !strncmp(names.v[i], name, strlen(name)))
			used = is_used(t, names.v[i], depth + 1, where, len);
	iom_names_free(&names);
	return used;
}

static bool is_used(const struct tables *t, const char *name, int depth, char *where, size_t len)
{
	char path[HOST_PATH], node[HOST_PATH], number[32];

	if (depth > MAX_DEPTH)
		return false;
	snprintf(path, sizeof(path), "/sys/class/block/%s/dev", name);
	if (iom_read_file(t->root, path, number, sizeof(number)) < 0)
		number[0] = '\0';
	snprintf(node, sizeof(node), "/dev/%s", name);
	if (in_mounts(t, number, node, where, len))
		return true;
	if (in_swaps(t, node)) {
		snprintf(where, len, "swap");
		return true;
	}
	return any_below(t, name, "", depth, where, len) ||
	       any_below(t, name, "/holders", depth, where, len);
}

bool iom_host_disk_used(const char *root, const char *disk, char *where, size_t len)
{
	struct tables t = {
		root, read_table(root, "/proc/self/mountinfo"), read_table(root, "/proc/swaps"),
	};
	bool used = is_used(&t, disk, 0, where, len);

	free(t.mounts);
	free(t.swaps);
	return used;
}
