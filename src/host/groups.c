/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IOMMU groups: their default domain type, devices and reserved regions. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/host.h"

#define GROUPS_DIR  "/sys/kernel/iommu_groups"
#define REGIONS_MAX (64 * 1024) /* bytes; a line has about 50, sysfs itself stops at a page */

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
			if (iom_grow(&g->regions, g->n_regions, &cap, sizeof(r)))
				return -ENOMEM;
			g->regions[g->n_regions++] = r;
		}
		line = stop + 1;
	}
	return 0;
}

static int read_regions(const struct host_at *at, struct iom_host_group *g, size_t *malformed)
{
	char path[64], text[REGIONS_MAX];
	long got;

	snprintf(path, sizeof(path), "%u/reserved_regions", g->id);
	got = host_at_file(at, path, text, sizeof(text));
	if (got < 0) {
		g->regions_unreadable = true;
		return 0;
	}
	return parse_regions(text, (size_t)got, g, malformed);
}

static int read_devices(const struct host_at *at, struct iom_host_group *g)
{
	struct iom_names names = { 0 };
	char path[64];
	int rc;

	snprintf(path, sizeof(path), "%u/devices", g->id);
	rc = host_at_list(at, path, &names);
	if (rc == -ENOMEM)
		return rc;
	g->devices = names.v ? names.v : calloc(1, sizeof(*g->devices));
	return g->devices ? 0 : -ENOMEM;
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
static int read_group(const struct host_at *at, struct iom_host_group *g, unsigned int what,
		      size_t *malformed)
{
	char path[64];
	struct stat st;
	int rc = 0;

	snprintf(path, sizeof(path), "%u/type", g->id);
	if (what & IOM_HOST_GROUPS &&
	    (host_at_file(at, path, g->type, sizeof(g->type)) < 0 || !is_kind(g->type)))
		g->type[0] = '\0';
	if (what & IOM_HOST_REGIONS)
		rc = read_regions(at, g, malformed);
	if (!rc)
		rc = read_devices(at, g);
	/* The members go first, then the group: one that has some at the end was whole. */
	if (rc || g->devices[0])
		return rc;
	snprintf(path, sizeof(path), "%u", g->id);
	return fstatat(at->fd, path, &st, 0) || !S_ISDIR(st.st_mode) ? -ENOENT : 0;
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

static int walk_groups(const struct host_at *at, const struct iom_names *names, unsigned int what,
		       struct iom_host_group **groups, size_t *n, size_t *malformed)
{
	size_t cap = 0;

	for (size_t i = 0; i < names->n; i++) {
		struct iom_host_group g = { 0 };
		size_t bad = 0;
		int rc;

		if (!is_group_name(names->v[i], &g.id)) {
			(*malformed)++;
			continue;
		}
		rc = read_group(at, &g, what, &bad);
		if (!rc)
			rc = iom_grow(groups, *n, &cap, sizeof(g));
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

/* Lists, walks, sorts; a negative errno with the list empty. */
static int read_all_groups(const char *root, unsigned int what, struct iom_host_group **groups,
			   size_t *n, size_t *malformed)
{
	struct iom_names names = { 0 };
	struct host_at at;
	int rc = host_at_open(&at, root, GROUPS_DIR);

	*groups = NULL;
	*n = 0;
	*malformed = 0;
	if (!rc)
		rc = host_at_list(&at, "", &names);
	if (!rc)
		rc = walk_groups(&at, &names, what, groups, n, malformed);
	iom_names_free(&names);
	host_at_close(&at);
	if (rc) {
		iom_host_groups_free(*groups, *n);
		*groups = NULL;
		*n = 0;
	} else if (*n) {
		qsort(*groups, *n, sizeof(**groups), compare_groups);
	}
	return rc;
}

int iom_host_groups(const char *root, struct iom_host_group **groups, size_t *n, size_t *malformed,
		    struct iom_err *err)
{
	int rc = read_all_groups(root, IOM_HOST_GROUPS | IOM_HOST_REGIONS, groups, n, malformed);

	if (!rc)
		return 0;
	err->code = rc;
	if (rc == -ENAMETOOLONG)
		return iom_fail(err, IOM_EXIT_USAGE, "the system root is too long a path");
	if (rc == -ENOMEM)
		return iom_fail(err, IOM_EXIT_INTERNAL, "cannot read %s" GROUPS_DIR, root);
	if (rc != -ENOENT && rc != -ENOTDIR)
		return iom_fail(err, iom_exit_of_errno(rc), "cannot list %s" GROUPS_DIR, root);
	iom_fact(err, "this kernel has no IOMMU groups");
	return iom_fail(err, IOM_EXIT_UNSUPPORTED, "cannot list %s" GROUPS_DIR, root);
}

int host_read_groups(struct iom_host *h, unsigned int what)
{
	int rc = read_all_groups(h->root, what, &h->groups, &h->n_groups, &h->malformed);

	return rc == -ENOENT || rc == -ENOTDIR ? 0 : rc;
}

void iom_host_groups_free(struct iom_host_group *groups, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free_group(&groups[i]);
	free(groups);
}
