/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine below --sysroot, changed as the input says: files with any bytes, numbers that are too
 * large, links to nowhere and in circles, folders and FIFOs where a file should be, names that no
 * kernel makes. Then one of the commands that read the host looks at it.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURES    "tests/fixtures/"
#define MAX_CHANGES 12
#define MAX_WORDS   8
#define MOST	    65536 /* bytes that a change repeats into a file */

static const char *const machines[] = { "host-server", "host-vtd", "sysfs-smmuv3" };

/* As it was before any change; in the order of names, so that what is below a folder follows it. */
struct node {
	char *path; /* below the root */
	char kind;  /* 'f', 'l' or 'd' */
	char *data; /* of a file, or the target of a link */
	size_t len;
};

static struct machine {
	char root[PATH_MAX];
	struct node *nodes;
	size_t n;
} all[sizeof(machines) / sizeof(*machines)], *now;

static const char *const commands[] = {
	"iommu list", "iommu show dmar0", "iommu show dmar1", "iommu show smmu3.0x0000000009050000",
	"group list", "group list --state viable", "group list --device 0000:02:00.0",
	"group show 1", "group show 3", "group show 6", "group show 7", "device list",
	"device list --driver vfio-pci", "device list --group 3", "device show 0000:00:03.0",
	"device show 0000:02:00.0", "device show 0000:01:00.0", "device show 0000:02:10.0",
	"device show 0000:00:1f.2", "tree", "graph", "graph --format svg", "graph --format mermaid",
	"metrics", "reserved", "reserved --map", "reserved --format svg",
	"reserved --guest-ram 4G --guest-ram 2G@0x100000000", "ps", "ps --device 0000:01:00.0",
	"ps --pid 4242", "doctor", "doctor --device 0000:02:00.0", "doctor --device 0000:00:02.0",
	"doctor --plan 8G,2", "snapshot --list", "snapshot @", "probe", "device bind 0000:02:00.0 --dry-run",
	"device unbind 0000:01:00.0 --dry-run", "device restore 0000:01:00.0 --dry-run",
	"device bind 0000:00:1f.2 --driver vfio-pci --dry-run", "--backend kernel device open 0000:01:00.0",
};

/* ---- the machine as it is ---- */

static char *join(const char *a, const char *b)
{
	char *s;

	if (asprintf(&s, "%s/%s", a, b) < 0)
		fuzz_failed("no memory");
	return s;
}

static void read_node(struct node *n, const char *full)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t got;
	FILE *f;

	if (n->kind == 'l') {
		n->data = calloc(1, PATH_MAX);
		if (!n->data || readlink(full, n->data, PATH_MAX - 1) < 0)
			fuzz_failed("cannot read the link %s", full);
		return;
	}
	f = fopen(full, "re");
	if (!f)
		fuzz_failed("cannot read %s: %s", full, strerror(errno));
	got = getdelim(&text, &room, EOF, f);
	n->data = text;
	n->len = got > 0 ? (size_t)got : 0;
	fclose(f);
}

static int take(const char *full, const struct stat *st, int type, struct FTW *ftw)
{
	const char *below = strchr(full + strlen(FIXTURES), '/');
	struct node *n;

	(void)ftw;
	(void)type;
	if (!below)
		return 0;
	n = realloc(now->nodes, (now->n + 1) * sizeof(*n));
	if (!n)
		fuzz_failed("no memory");
	now->nodes = n;
	n += now->n++;
	*n = (struct node){ .path = strdup(below + 1),
			    .kind = S_ISLNK(st->st_mode) ? 'l' : S_ISDIR(st->st_mode) ? 'd' : 'f' };
	if (n->kind != 'd')
		read_node(n, full);
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct node *)a)->path, ((const struct node *)b)->path);
}

static void make(const struct node *n)
{
	char *full = join(now->root, n->path);
	int rc = 0, fd;

	if (n->kind == 'd')
		rc = mkdir(full, 0755);
	else if (n->kind == 'l')
		rc = symlink(n->data, full);
	else {
		fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		rc = fd < 0 || write(fd, n->data, n->len) != (ssize_t)n->len || close(fd);
	}
	if (rc)
		fuzz_failed("cannot make %s: %s", full, strerror(errno));
	free(full);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		char folder[64];

		now = &all[i];
		snprintf(folder, sizeof(folder), FIXTURES "%s", machines[i]);
		if (nftw(folder, take, 16, FTW_PHYS) || !now->n)
			fuzz_failed("no %s here; start at the top of the sources", folder);
		qsort(now->nodes, now->n, sizeof(*now->nodes), by_path);
		snprintf(now->root, sizeof(now->root), "%s/%zu", fuzz_scratch(), i);
		if (mkdir(now->root, 0755))
			fuzz_failed("cannot make %s", now->root);
		for (size_t k = 0; k < now->n; k++)
			make(&now->nodes[k]);
	}
	return 0;
}

/* ---- changes ---- */

struct change {
	const struct node *node; /* NULL: a name that was added */
	char *full;
	char *target; /* of a link, which is made when all else is there */
};

static const char *node_name(size_t i)
{
	return now->nodes[i].path;
}

/* Is the folder of a path still what its name says? Nothing is done through a link. */
static bool is_plain(const char *full)
{
	char real[PATH_MAX], *folder = strdup(full), *slash = folder ? strrchr(folder, '/') : NULL;
	bool same = false;
	struct stat st;

	if (slash) {
		*slash = '\0';
		same = realpath(folder, real) && !strcmp(real, folder) && !stat(real, &st) &&
		       S_ISDIR(st.st_mode);
	}
	free(folder);
	return same;
}

static void discard(const char *full)
{
	struct stat st;

	if (!is_plain(full) || lstat(full, &st))
		return;
	if (S_ISDIR(st.st_mode))
		fuzz_empty(full);
	remove(full);
}

static void put_file(const char *full, const void *data, size_t len)
{
	int fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	/* A folder that another change took away is no place for files. */
	if (fd < 0)
		return;
	if (write(fd, data, len) != (ssize_t)len)
		fuzz_failed("cannot write %s", full);
	close(fd);
}

/* The number that begins at or behind a place becomes another one. */
static void put_number(const char *full, const struct node *n, uint8_t where, uint8_t which)
{
	static const char *const odd[] = { "18446744073709551615", "18446744073709551616", "-1",
					   "4294967296", "2147483648", "0", "", "1e9",
					   "99999999999999999999999999999999999999", "0x", "0xffffffffffffffff",
					   "65536", "255", " ", "ffffffff", "9223372036854775807" };
	size_t at = n->len ? where % n->len : 0, end;
	char *text;
	int len;

	while (at < n->len && !strchr("0123456789", n->data[at]))
		at++;
	end = at;
	while (end < n->len && strchr("0123456789abcdefx", n->data[end]))
		end++;
	len = asprintf(&text, "%.*s%s%.*s", (int)at, n->data, odd[which % 16], (int)(n->len - end),
		       n->data + end);
	if (len < 0)
		fuzz_failed("no memory");
	put_file(full, text, (size_t)len);
	free(text);
}

static void put_content(struct fuzz_in *in, const char *full, const struct node *n, uint8_t op)
{
	uint8_t size = (uint8_t)fuzz_take(in, 1);
	char *text = calloc(1, MOST + n->len + 256);
	size_t len, was = n->kind == 'f' ? n->len : 0, keep = op == 1 ? was : 0;

	if (!text)
		fuzz_failed("no memory");
	if (op == 2) { /* over the beginning, or all of it and more of the same */
		if (was)
			memcpy(text, n->data, was);
		len = fuzz_bytes(in, text, size);
		len = len > was ? len : was;
	} else {
		if (keep)
			memcpy(text, n->data, keep);
		len = keep + fuzz_bytes(in, text + keep, size);
	}
	if (op == 3 && len)
		for (size_t i = len, again = len; i < MOST; i++)
			text[len++] = text[i - again];
	put_file(full, text, len);
	free(text);
}

static char *take_text(struct fuzz_in *in, size_t most)
{
	size_t len = fuzz_take(in, 1) % most;
	char *s = calloc(1, most + 1);

	if (!s)
		fuzz_failed("no memory");
	fuzz_bytes(in, s, len);
	return s;
}

/* Only ways that stay in the machine, or end nowhere. */
static char *take_target(struct fuzz_in *in)
{
	char *s = take_text(in, 200);
	unsigned int up = 0;

	for (char *p = s; (p = strstr(p, "..")); p += 2)
		if (++up > 3)
			*p = 'x';
	if (*s == '/' || !*s)
		*s = '.';
	return s;
}

static void apply(struct fuzz_in *in, struct change *c)
{
	const struct node *n = &now->nodes[fuzz_pick((uint16_t)fuzz_take(in, 2), now->n, node_name)];
	uint8_t op = (uint8_t)fuzz_take(in, 1) % 11;
	char *name;

	*c = (struct change){ .node = n, .full = join(now->root, n->path) };
	if (!is_plain(c->full))
		return;
	if (op == 10) {
		name = take_text(in, 64);
		for (char *p = name; *p; p++)
			if (*p == '/')
				*p = '_';
		c->node = NULL;
		if (n->kind == 'd') {
			free(c->full);
			c->full = NULL;
			c->full = join(now->root, n->path);
			char *with = join(c->full, *name && strcmp(name, ".") && strcmp(name, "..") ? name : "x");

			free(c->full);
			c->full = with;
			if (access(c->full, F_OK))
				c->target = take_target(in);
		}
		free(name);
		if (!c->target) {
			free(c->full);
			c->full = NULL;
		}
		return;
	}
	discard(c->full);
	switch (op) {
	case 0: case 1: case 2: case 3:
		put_content(in, c->full, n, op);
		break;
	case 4:
		put_file(c->full, "", 0);
		break;
	case 5: case 6:
		if (n->kind == 'f')
			put_number(c->full, n, (uint8_t)fuzz_take(in, 1), (uint8_t)fuzz_take(in, 1));
		break;
	case 7:
		c->target = take_target(in);
		break;
	case 8:
		if (mkdir(c->full, 0755) && errno != EEXIST && errno != ENOENT)
			fuzz_failed("cannot make %s", c->full);
		break;
	case 9:
		if (fuzz_take(in, 1) & 1 && mkfifo(c->full, 0644) && errno != ENOENT)
			fuzz_failed("cannot make %s", c->full);
		break;
	}
}

static void undo(const struct change *c)
{
	size_t len = c->node ? strlen(c->node->path) : 0;

	if (!c->full)
		return;
	discard(c->full);
	/* The node and what was below it. */
	for (const struct node *n = c->node; n && n < now->nodes + now->n; n++) {
		char *full;
		struct stat st;

		if (n != c->node && strncmp(n->path, c->node->path, len))
			break;
		if (n != c->node && n->path[len] != '/')
			continue;
		full = join(now->root, n->path);
		if (is_plain(full) && lstat(full, &st))
			make(n);
		free(full);
	}
}

static void look(uint8_t which, bool json)
{
	char line[128], out[PATH_MAX], words[][12] = { "--sysroot", "--backend", "emu", "--json" };
	char *argv[MAX_WORDS + 8], *save = NULL;
	int argc = 0;

	argv[argc++] = words[0];
	argv[argc++] = now->root;
	argv[argc++] = words[1];
	argv[argc++] = words[2];
	if (json)
		argv[argc++] = words[3];
	snprintf(line, sizeof(line), "%s", commands[which % (sizeof(commands) / sizeof(*commands))]);
	snprintf(out, sizeof(out), "%s/out.tar", fuzz_scratch());
	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = *w == '@' ? out : w;
	argv[argc] = NULL;
	fuzz_guard_up(fuzz_scratch());
	fuzz_command(argc, argv);
	fuzz_guard_down();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, data + size };
	struct change changes[MAX_CHANGES];
	unsigned int n = 0;
	uint8_t how = (uint8_t)fuzz_take(&in, 1), which = (uint8_t)fuzz_take(&in, 1);

	now = &all[(how >> 1) % (sizeof(machines) / sizeof(*machines))];
	while (n < MAX_CHANGES && in.p < in.end)
		apply(&in, &changes[n++]);
	for (unsigned int i = 0; i < n; i++)
		if (changes[i].target && is_plain(changes[i].full) &&
		    symlink(changes[i].target, changes[i].full) && errno != EEXIST &&
		    errno != ENAMETOOLONG && errno != EINVAL)
			fuzz_failed("cannot make %s: %s", changes[i].full, strerror(errno));
	look(which, how & 1);
	/* First what is in the way, whatever it is: twice, since one change can hide another. */
	for (unsigned int i = n; i--;)
		if (changes[i].target && changes[i].full)
			discard(changes[i].full);
	for (unsigned int i = n; i--;)
		undo(&changes[i]);
	for (unsigned int i = 0; i < n; i++) {
		free(changes[i].full);
		free(changes[i].target);
	}
	return 0;
}
