/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IOMMU groups: their default domain type, devices and reserved regions. */
#include "iommuctl/host.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define GROUPS_DIR  "/sys/kernel/iommu_groups"
#define REGIONS_MAX (64 * 1024) /* bytes; a line has about 50, sysfs itself stops at a page */

/* Doubles an array that is full. Returns 0 or -ENOMEM. */
static int grow(void *arrayp, size_t n, size_t *cap, size_t elem)
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

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Next word of *p, cut off in place; NULL at the end of the line. */
static char *next_word(char **p)
{
	char *s = *p, *word;

	while (is_blank(*s))
		s++;
	if (!*s)
		return NULL;
	word = s;
	while (*s && !is_blank(*s))
		s++;
	if (*s)
		*s++ = '\0';
	*p = s;
	return word;
}

/* A kind goes into messages and JSON as it is: only plain printable words pass. */
static bool is_kind(const char *s)
{
	size_t n = strlen(s);

	if (n >= sizeof(((struct iom_host_region *)0)->kind))
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f)
			return false;
	return true;
}

/* "0x00000000fee00000 0x00000000feefffff msi", changed in place. */
static bool parse_region(char *line, struct iom_host_region *r)
{
	const char *start = next_word(&line), *last = next_word(&line);
	const char *kind = next_word(&line);

	if (!kind || next_word(&line) || !is_kind(kind))
		return false;
	if (iom_parse_u64(start, &r->start) || iom_parse_u64(last, &r->last))
		return false;
	if (r->start > r->last)
		return false;
	strcpy(r->kind, kind);
	return true;
}

static int parse_regions(char *text, size_t len, struct iom_host_group *g, size_t *malformed)
{
	char *end = text + len;
	size_t cap = 0;

	for (char *line = text; line < end;) {
		char *nl = memchr(line, '\n', (size_t)(end - line));
		char *stop = nl ? nl : end;
		struct iom_host_region r;

		*stop = '\0';
		if (strlen(line) != (size_t)(stop - line) || !parse_region(line, &r)) {
			/* An empty line is noise, not a region gone wrong. */
			if (stop != line)
				(*malformed)++;
		} else {
			if (grow(&g->regions, g->n_regions, &cap, sizeof(r)))
				return -ENOMEM;
			g->regions[g->n_regions++] = r;
		}
		line = stop + 1;
	}
	return 0;
}

static int read_regions(const char *root, struct iom_host_group *g, size_t *malformed)
{
	_iom_free_ char *text = malloc(REGIONS_MAX);
	char path[96];
	long got;

	if (!text)
		return -ENOMEM;
	snprintf(path, sizeof(path), GROUPS_DIR "/%u/reserved_regions", g->id);
	got = iom_read_file(root, path, text, REGIONS_MAX);
	if (got < 0) {
		g->regions_unreadable = true;
		return 0;
	}
	return parse_regions(text, (size_t)got, g, malformed);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_devices(const char *root, struct iom_host_group *g)
{
	char path[PATH_MAX];
	size_t n = 0, cap = 0;
	struct dirent *de;
	int rc = 0;
	DIR *dir;

	if (iom_path(root, path, sizeof(path), GROUPS_DIR "/%u/devices", g->id))
		return -ENAMETOOLONG;
	dir = opendir(path);
	/* The names are the entries themselves: a link whose device just went away counts too. */
	while (dir && (de = readdir(dir))) {
		if (de->d_name[0] == '.')
			continue;
		rc = grow(&g->devices, n + 1, &cap, sizeof(*g->devices));
		if (rc)
			break;
		g->devices[n] = strdup(de->d_name);
		if (!g->devices[n]) {
			rc = -ENOMEM;
			break;
		}
		g->devices[++n] = NULL;
	}
	if (dir)
		closedir(dir);
	if (rc)
		return rc;
	if (!g->devices) {
		g->devices = calloc(1, sizeof(*g->devices));
		return g->devices ? 0 : -ENOMEM;
	}
	qsort(g->devices, n, sizeof(*g->devices), compare_names);
	return 0;
}

static void free_group(struct iom_host_group *g)
{
	for (size_t i = 0; g->devices && g->devices[i]; i++)
		free(g->devices[i]);
	free(g->devices);
	free(g->regions);
	*g = (struct iom_host_group){ 0 };
}

/* Returns 0, -ENOENT when the group is gone meanwhile, or -ENOMEM. */
static int read_group(const char *root, struct iom_host_group *g, size_t *malformed)
{
	char path[PATH_MAX];
	struct stat st;
	int rc;

	snprintf(path, sizeof(path), GROUPS_DIR "/%u/type", g->id);
	if (iom_read_file(root, path, g->type, sizeof(g->type)) < 0 || !is_kind(g->type))
		g->type[0] = '\0';
	rc = read_devices(root, g);
	if (!rc)
		rc = read_regions(root, g, malformed);
	if (rc)
		return rc;
	/* Read to the end and only now asked: whatever vanished in between is left out. */
	rc = iom_path(root, path, sizeof(path), GROUPS_DIR "/%u", g->id);
	if (rc)
		return rc;
	return stat(path, &st) || !S_ISDIR(st.st_mode) ? -ENOENT : 0;
}

static int compare_groups(const void *a, const void *b)
{
	const struct iom_host_group *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* A plain number as the kernel writes it; "007" would be read as another group's. */
static bool is_group_name(const char *name, uint32_t *id)
{
	char back[16];
	uint64_t v;

	if (iom_parse_u64(name, &v) || v > UINT32_MAX)
		return false;
	snprintf(back, sizeof(back), "%u", (uint32_t)v);
	*id = (uint32_t)v;
	return !strcmp(back, name);
}

static int walk_groups(const char *root, DIR *dir, struct iom_host_group **groups, size_t *n,
		       size_t *malformed)
{
	struct dirent *de;
	size_t cap = 0;

	while ((de = readdir(dir))) {
		struct iom_host_group g = { 0 };
		size_t bad = 0;
		int rc;

		if (de->d_name[0] == '.')
			continue;
		if (!is_group_name(de->d_name, &g.id)) {
			(*malformed)++;
			continue;
		}
		rc = read_group(root, &g, &bad);
		if (!rc)
			rc = grow(groups, *n, &cap, sizeof(g));
		if (rc)
			free_group(&g);
		if (rc == -ENOENT)
			continue;
		if (rc)
			return rc;
		*malformed += bad;
		(*groups)[(*n)++] = g;
	}
	return 0;
}

static int no_groups(int code, const char *path, struct iom_err *err)
{
	bool absent = code == -ENOENT || code == -ENOTDIR;

	err->code = code;
	if (absent)
		iom_fact(err, "this kernel has no IOMMU groups");
	return iom_fail(err, absent ? IOM_EXIT_UNSUPPORTED : iom_exit_of_errno(code),
			"cannot list %s", path);
}

int iom_host_groups(const char *root, struct iom_host_group **groups, size_t *n, size_t *malformed,
		    struct iom_err *err)
{
	char path[PATH_MAX];
	DIR *dir;
	int rc;

	*groups = NULL;
	*n = 0;
	*malformed = 0;
	rc = iom_path(root, path, sizeof(path), GROUPS_DIR);
	if (rc) {
		err->code = rc;
		return iom_fail(err, IOM_EXIT_USAGE, "the system root is too long a path");
	}
	dir = opendir(path);
	if (!dir)
		return no_groups(-errno, path, err);
	rc = walk_groups(root, dir, groups, n, malformed);
	closedir(dir);
	if (rc) {
		iom_host_groups_free(*groups, *n);
		*groups = NULL;
		*n = 0;
		err->code = rc;
		return iom_fail(err, IOM_EXIT_INTERNAL, "cannot read %s", path);
	}
	if (*n)
		qsort(*groups, *n, sizeof(**groups), compare_groups);
	return 0;
}

void iom_host_groups_free(struct iom_host_group *groups, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free_group(&groups[i]);
	free(groups);
}
