/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes that have iommufd or VFIO files open, or still mapped. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"

#define VFIO_DIR  "/dev/vfio/"
#define CDEV_DIR  VFIO_DIR "devices/"
#define STATUS_MAX 8192
#define LINE_WORDS 4096
#define CAP_IPC_LOCK_BIT 14

static const struct {
	const char *target;
	enum iom_hold_kind kind;
} known[] = {
	{ "/dev/iommu", IOM_HOLD_IOMMUFD },
	{ VFIO_DIR "vfio", IOM_HOLD_CONTAINER },
	{ "anon_inode:[vfio-device]", IOM_HOLD_DEVICE },
	{ "anon_inode:[iommufd-pgfault]", IOM_HOLD_FAULTS },
	{ "anon_inode:[iommufd-viommu-event]", IOM_HOLD_EVENTS },
};

/* What an open file is by the name that the kernel gives it. */
static bool kind_of(const char *target, enum iom_hold_kind *kind)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(known); i++) {
		if (!strcmp(target, known[i].target)) {
			*kind = known[i].kind;
			return true;
		}
	}
	if (!strncmp(target, CDEV_DIR, strlen(CDEV_DIR)))
		*kind = IOM_HOLD_DEVICE;
	else if (!strncmp(target, VFIO_DIR, strlen(VFIO_DIR)))
		*kind = IOM_HOLD_GROUP;
	else
		return false;
	return true;
}

/* The device behind /dev/vfio/devices/vfio3. */
static const char *device_of_node(const struct iom_host *h, const char *node)
{
	for (size_t i = 0; i < h->n_devs; i++) {
		const char *name = iom_host_dev_use(&h->devs[i], "vfio-dev");

		if (name && !strcmp(name, node + strlen(CDEV_DIR)))
			return h->devs[i].name;
	}
	return "";
}

/* The kernel writes where the device of a VFIO file is in sysfs. */
static const char *device_of_fd(const struct iom_host *h, int pid, int fd, char *buf, size_t len)
{
	static const char key[] = "vfio-device-syspath:";
	char path[64], text[STATUS_MAX], *line, *slash;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
	if (iom_read_file(h->root, path, text, sizeof(text)) < 0)
		return "";
	line = strstr(text, key);
	if (!line)
		return "";
	line[strcspn(line, "\n")] = '\0';
	/* ".../0000:03:00.0/vfio-dev/vfio0", or the device itself */
	slash = strstr(line, "/vfio-dev/");
	if (slash)
		*slash = '\0';
	slash = strrchr(line, '/');
	if (!slash || strlen(slash + 1) >= len)
		return "";
	return strcpy(buf, slash + 1);
}

static int add_hold(struct iom_host_proc *p, enum iom_hold_kind kind, int fd, const char *node,
		    const char *device)
{
	struct iom_host_hold *x;

	if (iom_grow(&p->holds, p->n_holds, &p->cap_holds, sizeof(*p->holds)))
		return -ENOMEM;
	x = &p->holds[p->n_holds++];
	*x = (struct iom_host_hold){ kind, fd, strdup(node), strdup(device) };
	return x->node && x->device ? 0 : -ENOMEM;
}

static int take_fd(const struct iom_host *h, struct iom_host_proc *p, const char *name)
{
	char path[64], target[PATH_MAX], buf[256];
	const char *device = "";
	enum iom_hold_kind kind;
	int fd = atoi(name);

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", p->pid, fd);
	if (iom_read_link(h->root, path, target, sizeof(target)) < 0 || !kind_of(target, &kind))
		return 0;
	if (kind == IOM_HOLD_DEVICE) {
		device = device_of_fd(h, p->pid, fd, buf, sizeof(buf));
		if (!*device && !strncmp(target, CDEV_DIR, strlen(CDEV_DIR)))
			device = device_of_node(h, target);
	}
	return add_hold(p, kind, fd, target, device);
}

static int compare_numbers(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* -EACCES: another user's. */
static int take_fds(const struct iom_host *h, struct iom_host_proc *p)
{
	struct iom_names names = { 0 };
	char path[64];
	int rc;

	snprintf(path, sizeof(path), "/proc/%d/fd", p->pid);
	rc = iom_list_dir(h->root, path, &names);
	if (rc)
		return rc;
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), compare_numbers);
	for (size_t i = 0; i < names.n && !rc; i++)
		rc = take_fd(h, p, names.v[i]);
	iom_names_free(&names);
	return rc;
}

static bool has_node(const struct iom_host_proc *p, const char *node)
{
	for (size_t i = 0; i < p->n_holds; i++)
		if (!strcmp(p->holds[i].node, node))
			return true;
	return false;
}

int iom_host_maps(const char *root, int pid, void (*cb)(const char *line, void *arg), void *arg)
{
	char line[LINE_WORDS], path[64];
	bool failed;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = iom_open_lines(root, path);
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		cb(line, arg);
	}
	failed = ferror(f);
	fclose(f);
	return failed ? -EIO : 0;
}

struct mappings {
	const struct iom_host *h;
	struct iom_host_proc *p;
	int rc;
};

/* A mapping keeps a device open after its fd was closed. */
static void take_map(const char *line, void *arg)
{
	struct mappings *m = arg;
	const char *node = strstr(line, "/dev/");
	enum iom_hold_kind kind;

	if (!node)
		node = strstr(line, "anon_inode:");
	if (m->rc || !node || !kind_of(node, &kind) || has_node(m->p, node))
		return;
	m->rc = add_hold(m->p, kind, -1, node,
			 strncmp(node, CDEV_DIR, strlen(CDEV_DIR)) ? ""
								   : device_of_node(m->h, node));
}

/* What cannot be read tells of no mapping. */
static int take_maps(const struct iom_host *h, struct iom_host_proc *p)
{
	struct mappings m = { .h = h, .p = p };

	return iom_host_maps(h->root, p->pid, take_map, &m) ? 0 : m.rc;
}

/* "VmLck:	    4096 kB" in bytes; -1 when there is no such line. */
static int64_t kilobytes(const char *text, const char *key)
{
	const char *line = strstr(text, key);
	unsigned long long v;

	return line && sscanf(line + strlen(key), " %llu kB", &v) == 1 ? (int64_t)v * 1024 : -1;
}

static void take_status(const struct iom_host *h, struct iom_host_proc *p)
{
	char path[64], text[STATUS_MAX], *line;
	unsigned long long limit, caps;

	p->locked = p->pinned = p->limit = -1;
	p->uid = UINT32_MAX;
	snprintf(path, sizeof(path), "/proc/%d/comm", p->pid);
	if (iom_read_file(h->root, path, p->command, sizeof(p->command)) < 0)
		p->command[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/status", p->pid);
	if (iom_read_file(h->root, path, text, sizeof(text)) >= 0) {
		p->locked = kilobytes(text, "\nVmLck:");
		p->pinned = kilobytes(text, "\nVmPin:");
		line = strstr(text, "\nCapEff:");
		p->unaccounted = line && sscanf(line + 8, " %llx", &caps) == 1 &&
				 caps >> CAP_IPC_LOCK_BIT & 1;
		line = strstr(text, "\nUid:");
		if (line && sscanf(line + 5, " %u", &p->uid) != 1)
			p->uid = UINT32_MAX;
	}
	snprintf(path, sizeof(path), "/proc/%d/limits", p->pid);
	if (iom_read_file(h->root, path, text, sizeof(text)) < 0)
		return;
	line = strstr(text, "Max locked memory");
	if (line && sscanf(line + 17, " %llu", &limit) == 1)
		p->limit = (int64_t)limit;
	else if (line && !strncmp(line + 17 + strspn(line + 17, " "), "unlimited", 9))
		p->limit = INT64_MAX;
}

static void free_proc(struct iom_host_proc *p)
{
	for (size_t i = 0; i < p->n_holds; i++) {
		free(p->holds[i].node);
		free(p->holds[i].device);
	}
	free(p->holds);
}

void iom_host_procs_free(struct iom_host_proc *procs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free_proc(&procs[i]);
	free(procs);
}

/* Only the files of those who hold something are worth telling about. */
static int read_holds(const struct iom_host *h, struct iom_host_proc *p)
{
	bool observed = host_is_observed();
	int rc;

	if (observed)
		host_pause(true);
	rc = take_fds(h, p);
	if (!rc)
		rc = take_maps(h, p);
	if (observed)
		host_pause(false);
	if (rc || !observed || !p->n_holds)
		return rc;
	free_proc(p);
	*p = (struct iom_host_proc){ .pid = p->pid };
	rc = take_fds(h, p);
	return rc ? rc : take_maps(h, p);
}

static int take_proc(const struct iom_host *h, int pid, struct iom_host_proc **procs, size_t *n,
		     size_t *cap, size_t *hidden)
{
	struct iom_host_proc p = { .pid = pid };
	int rc = read_holds(h, &p);

	if (rc == -EACCES || rc == -EPERM)
		(*hidden)++;
	if (!rc && p.n_holds) {
		rc = iom_grow(procs, *n, cap, sizeof(p));
		if (!rc) {
			take_status(h, &p);
			(*procs)[(*n)++] = p;
			return 0;
		}
	}
	free_proc(&p);
	return rc == -ENOMEM ? rc : 0;
}

int iom_host_procs(const struct iom_host *h, struct iom_host_proc **procs, size_t *n,
		   size_t *hidden, struct iom_err *err)
{
	struct iom_names names = { 0 };
	size_t cap = 0;
	int rc;

	host_pause(true);
	rc = iom_list_dir(h->root, "/proc", &names);
	host_pause(false);
	*procs = NULL;
	*n = *hidden = 0;
	if (rc) {
		err->code = rc;
		return iom_fail(err, iom_exit_of_errno(rc), "cannot list %s/proc", h->root);
	}
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), compare_numbers);
	for (size_t i = 0; i < names.n && !rc; i++) {
		uint64_t pid;

		/* What this program inherited is its caller's. */
		if (!*h->root && !iom_parse_u64(names.v[i], &pid) && pid == (uint64_t)getpid())
			continue;
		if (isdigit((unsigned char)names.v[i][0]) && !iom_parse_u64(names.v[i], &pid) &&
		    pid <= INT_MAX)
			rc = take_proc(h, (int)pid, procs, n, &cap, hidden);
	}
	iom_names_free(&names);
	if (!rc)
		return 0;
	err->code = rc;
	return iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
}
