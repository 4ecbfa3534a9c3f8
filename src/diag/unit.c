/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The unit of systemd that a process belongs to, and what its files set. */
#include "doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_MAX 32768 /* bytes of a unit file */

/* What is in an earlier one replaces the file of that name in a later one. */
static const char *const system_dirs[] = {
	"/etc/systemd/system", "/run/systemd/system", "/run/systemd/transient",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
};
static const char *const user_dirs[] = {
	"/etc/systemd/user", "/run/systemd/user", "/usr/local/lib/systemd/user",
	"/usr/lib/systemd/user", "/lib/systemd/user",
};

static const char *container_of(const struct iom_doctor *d, const char *cgroup)
{
	static const char *const marks[] = { "/run/.containerenv", "/.dockerenv" };
	static const char *const words[] = { "docker", "kubepods", "libpod", "containerd", "/lxc" };

	for (size_t i = 0; i < IOM_ARRAY_SIZE(words); i++)
		if (strstr(cgroup, words[i]))
			return "its cgroup";
	for (size_t i = 0; i < IOM_ARRAY_SIZE(marks); i++)
		if (!d->pid && iom_doctor_exists(d, marks[i]))
			return marks[i];
	return NULL;
}

/* "0::/system.slice/vmm.service", or of the first version "1:name=systemd:/...". */
static void take_cgroup(struct iom_unit *u, char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *path = !strncmp(line, "0::", 3)		  ? line + 3
				   : strstr(line, ":name=systemd:/") ? strchr(line, '/')
								     : NULL;

		if (path && strlen(path) >= strlen(u->cgroup))
			snprintf(u->cgroup, sizeof(u->cgroup), "%s", path);
	}
}

static bool ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && !strncmp(s + len - n, end, n);
}

/* The last part of the path that is a service or scope. */
static void take_name(struct iom_unit *u)
{
	for (const char *p = u->cgroup; *p; p += strspn(p, "/")) {
		size_t len = strcspn(p, "/");

		if (len < sizeof(u->name) &&
		    (ends_with(p, len, ".service") || ends_with(p, len, ".scope"))) {
			if (!strncmp(u->name, "user@", 5))
				u->user = true;
			snprintf(u->name, sizeof(u->name), "%.*s", (int)len, p);
		}
		p += len;
	}
}

/* "vmm@.service" for "vmm@1.service"; "" when it is of no template. */
static void template_of(const char *name, char *buf, size_t len)
{
	const char *at = strchr(name, '@'), *dot = strrchr(name, '.');

	buf[0] = '\0';
	if (at && dot && dot > at + 1)
		snprintf(buf, len, "%.*s@%s", (int)(at - name), name, dot);
}

/* The file itself: the first one that there is. */
static int add_fragment(const struct iom_doctor *d, struct iom_unit *u, const char *const *dirs, size_t n)
{
	char names[2][sizeof(u->name)], path[512];

	snprintf(names[0], sizeof(names[0]), "%s", u->name);
	template_of(u->name, names[1], sizeof(names[1]));
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; names[k][0] && i < n; i++) {
			snprintf(path, sizeof(path), "%s/%s", dirs[i], names[k]);
			if (iom_doctor_exists(d, path))
				return iom_names_add(&u->files, path);
		}
	}
	return 0;
}

/* Entries are "10-limits.conf/etc/systemd/system/vmm.service.d/10-limits.conf", for their order. */
static int add_drop_ins(const struct iom_doctor *d, struct iom_names *all, const char *dir)
{
	struct iom_names files = { 0 };
	int rc = 0;

	if (iom_list_dir(d->h->root, dir, &files))
		return 0;
	for (size_t i = 0; i < files.n && !rc; i++) {
		char entry[1024];
		size_t len = strlen(files.v[i]), k = 0;

		while (k < all->n && (strncmp(all->v[k], files.v[i], len) || all->v[k][len] != '/'))
			k++;
		if (k < all->n || !ends_with(files.v[i], len, ".conf"))
			continue;
		snprintf(entry, sizeof(entry), "%.200s%s/%.200s", files.v[i], dir, files.v[i]);
		rc = iom_names_add(all, entry);
	}
	iom_names_free(&files);
	return rc;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int find_files(const struct iom_doctor *d, struct iom_unit *u)
{
	const char *const *dirs = u->user ? user_dirs : system_dirs;
	size_t n = u->user ? IOM_ARRAY_SIZE(user_dirs) : IOM_ARRAY_SIZE(system_dirs);
	struct iom_names all = { 0 };
	char dir[512], base[sizeof(u->name)];
	int rc = add_fragment(d, u, dirs, n);

	template_of(u->name, base, sizeof(base));
	for (size_t i = 0; i < n && !rc; i++) {
		snprintf(dir, sizeof(dir), "%s/%s.d", dirs[i], u->name);
		rc = add_drop_ins(d, &all, dir);
		if (!rc && base[0]) {
			snprintf(dir, sizeof(dir), "%s/%s.d", dirs[i], base);
			rc = add_drop_ins(d, &all, dir);
		}
	}
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), compare);
	for (size_t i = 0; i < all.n && !rc; i++)
		rc = iom_names_add(&u->files, strchr(all.v[i], '/'));
	iom_names_free(&all);
	return rc;
}

int iom_unit_of(const struct iom_doctor *d, struct iom_unit *u)
{
	struct iom_doctor_proc p;
	char path[64], text[4096];

	*u = (struct iom_unit){ 0 };
	iom_doctor_proc(d, &p);
	snprintf(path, sizeof(path), "%s/cgroup", p.dir);
	if (iom_read_file(d->h->root, path, text, sizeof(text)) < 0)
		return 0;
	u->known = true;
	take_cgroup(u, text);
	u->container = container_of(d, u->cgroup);
	take_name(u);
	return u->name[0] ? find_files(d, u) : 0;
}

void iom_unit_free(struct iom_unit *u)
{
	iom_names_free(&u->files);
}

/* Calls fn for each "key=value" of a file. */
static void each_line(const struct iom_doctor *d, const char *file, const char *key,
		      void (*fn)(const char *value, void *arg), void *arg)
{
	_iom_free_ char *text = malloc(UNIT_MAX);
	size_t len = strlen(key);
	char *save = NULL;

	if (!text || iom_read_file(d->h->root, file, text, UNIT_MAX) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		if (!strncmp(line, key, len) && line[len + strspn(line + len, " \t")] == '=') {
			line += len + strspn(line + len, " \t") + 1;
			fn(line + strspn(line, " \t"), arg);
		}
	}
}

void iom_unit_each(const struct iom_doctor *d, const struct iom_unit *u, const char *key,
		   void (*fn)(const char *value, void *arg), void *arg)
{
	for (size_t i = 0; i < u->files.n; i++)
		each_line(d, u->files.v[i], key, fn, arg);
}

struct last {
	char value[160];
	const char *file, *now;
};

static void take_last(const char *value, void *arg)
{
	struct last *l = arg;

	snprintf(l->value, sizeof(l->value), "%s", value);
	l->file = l->now;
}

const char *iom_unit_setting(const struct iom_doctor *d, const struct iom_unit *u, const char *key,
			     char *buf, size_t len)
{
	struct last l = { .file = NULL };

	for (size_t i = 0; i < u->files.n; i++) {
		l.now = u->files.v[i];
		each_line(d, l.now, key, take_last, &l);
	}
	snprintf(buf, len, "%s", l.value);
	/* An empty value takes back what was set before. */
	return l.value[0] ? l.file : NULL;
}
