/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of /proc and debugfs that tell of the emulated kernel: locked memory, failures on request. */
#include "preload.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- files with a text of ours ---- */

static int open_text(const char *text, size_t len, int flags)
{
	int fd = memfd_create("iommuctl-proc", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);

	if (fd >= 0 && (write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET))) {
		close(fd);
		return -ENOMEM;
	}
	return fd < 0 ? -errno : fd;
}

static int stat_as(struct stat *st, mode_t mode)
{
	*st = (struct stat){ .st_dev = 5,
			     .st_ino = 1,
			     .st_mode = S_IFREG | mode,
			     .st_nlink = 1,
			     .st_uid = geteuid(),
			     .st_gid = getegid(),
			     .st_blksize = 4096 };
	return 0;
}

/* ---- /proc/PID/status: what the machine has pinned and locked comes on top ---- */

/* PID of "PID/status" behind "/proc/"; 0 for any other path. */
static pid_t status_pid(const char *path)
{
	char *end;
	long pid;

	if (strncmp(path, "/proc/", 6))
		return 0;
	path += 6;
	if (!strcmp(path, "self/status") || !strcmp(path, "thread-self/status"))
		return getpid();
	pid = strtol(path, &end, 10);
	return end > path && !strcmp(end, "/status") && pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

static void add_line(FILE *out, const char *line, uint64_t pinned, uint64_t locked)
{
	uint64_t kib;

	if (sscanf(line, "VmPin: %" SCNu64, &kib) == 1)
		fprintf(out, "VmPin:\t%8" PRIu64 " kB\n", kib + (pinned >> 10));
	else if (sscanf(line, "VmLck: %" SCNu64, &kib) == 1)
		fprintf(out, "VmLck:\t%8" PRIu64 " kB\n", kib + (locked >> 10));
	else
		fputs(line, out);
}

static int status_text(const char *path, uint64_t pinned, uint64_t locked, char **text, size_t *len)
{
	FILE *in = fopen(path, "re"), *out;
	char line[1024];
	int rc = 0;

	if (!in)
		return -errno;
	out = open_memstream(text, len);
	while (out && fgets(line, sizeof(line), in))
		add_line(out, line, pinned, locked);
	if (!out || ferror(in))
		rc = -EIO;
	if (out && fclose(out))
		rc = -ENOMEM;
	fclose(in);
	return rc;
}

static int open_status(const char *path, int flags)
{
	uint64_t pinned, locked;
	char *text = NULL;
	size_t len = 0;
	int rc;

	if ((flags & O_ACCMODE) != O_RDONLY)
		return -EACCES;
	pl_enter();
	rc = iom_emu_memory(pl_emu, status_pid(path), &pinned, &locked);
	if (!rc)
		rc = status_text(path, pinned, locked, &text, &len);
	if (!rc)
		rc = open_text(text, len, flags);
	pl_leave();
	free(text);
	return rc;
}

static int stat_status(const char *path, struct stat *st)
{
	(void)path;
	return stat_as(st, 0444);
}

static const struct pl_node status_node = { open_status, stat_status };

/* A process that has nothing to do with the machine has the system's file. */
static bool is_status(const char *path)
{
	uint64_t pinned, locked;
	pid_t pid = status_pid(path);
	bool yes;

	if (!pid || !__atomic_load_n(&pl_emu, __ATOMIC_ACQUIRE))
		return false;
	pl_enter();
	yes = !iom_emu_memory(pl_emu, pid, &pinned, &locked);
	pl_leave();
	return yes;
}

/* ---- /proc/self/task/TID/fail-nth ---- */

/* Fds of the calling thread's file; few programs have any. */
#define MAX_FAIL_FDS 1024
static unsigned char fail_fds[MAX_FAIL_FDS / 8];
bool pl_fail_used;

static bool is_fail_nth(const char *path)
{
	char own[3][64];

	snprintf(own[0], sizeof(own[0]), "/proc/self/task/%d/fail-nth", (int)gettid());
	snprintf(own[1], sizeof(own[1]), "/proc/%d/task/%d/fail-nth", (int)getpid(), (int)gettid());
	snprintf(own[2], sizeof(own[2]), "/proc/thread-self/fail-nth");
	return !strcmp(path, own[0]) || !strcmp(path, own[1]) || !strcmp(path, own[2]);
}

static int open_fail_nth(const char *path, int flags)
{
	int fd;

	(void)path;
	if (!pl_machine())
		return -ENOENT;
	pl_enter();
	fd = open_text("", 0, flags);
	if (fd >= MAX_FAIL_FDS) {
		close(fd);
		fd = -EMFILE;
	}
	pl_leave();
	if (fd < 0)
		return fd;
	__atomic_fetch_or(&fail_fds[fd / 8], 1 << fd % 8, __ATOMIC_RELAXED);
	pl_fail_used = true;
	return fd;
}

static int stat_fail_nth(const char *path, struct stat *st)
{
	(void)path;
	return stat_as(st, 0644);
}

static const struct pl_node fail_nth_node = { open_fail_nth, stat_fail_nth };

bool pl_fail_fd(int fd)
{
	return fd >= 0 && fd < MAX_FAIL_FDS && !pl_inside &&
	       __atomic_load_n(&fail_fds[fd / 8], __ATOMIC_RELAXED) >> fd % 8 & 1;
}

void pl_fail_closed(int fd)
{
	if (pl_fail_fd(fd))
		__atomic_fetch_and(&fail_fds[fd / 8], (unsigned char)~(1 << fd % 8),
				   __ATOMIC_RELAXED);
}

ssize_t pl_fail_read(void *buf, size_t count, uint64_t offset)
{
	char text[16];
	size_t len = (size_t)snprintf(text, sizeof(text), "%u\n", iom_emu_fail_left());

	if (offset >= len)
		return 0;
	if (count > len - offset)
		count = len - offset;
	memcpy(buf, text + offset, count);
	return (ssize_t)count;
}

ssize_t pl_fail_write(const void *buf, size_t count)
{
	char text[16] = "";
	uint64_t nth;

	if (count >= sizeof(text))
		return -EINVAL;
	memcpy(text, buf, count);
	text[strcspn(text, "\n")] = '\0';
	if (iom_parse_u64(text, &nth) || nth > INT_MAX)
		return -EINVAL;
	iom_emu_fail_nth((unsigned int)nth);
	return (ssize_t)count;
}

/* ---- debugfs: how failures are to be; the emulator's are as the kernel's suite wants them ---- */

static const struct {
	const char *path, *text;
} attributes[] = {
	{ "/sys/kernel/debug/failslab/ignore-gfp-wait", "N\n" },
	{ "/sys/kernel/debug/failslab/verbose", "0\n" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N\n" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N\n" },
	{ "/sys/kernel/debug/fail_page_alloc/verbose", "0\n" },
	{ "/sys/kernel/debug/fail_iommufd/verbose", "0\n" },
};

static const char *attribute_text(const char *path)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(attributes); i++)
		if (!strcmp(attributes[i].path, path))
			return attributes[i].text;
	return NULL;
}

/* What it says is so whatever is written to it. */
static int open_attribute(const char *path, int flags)
{
	const char *text = attribute_text(path);
	int fd;

	pl_enter();
	fd = open_text(text, strlen(text), flags);
	pl_leave();
	return fd;
}

static int stat_attribute(const char *path, struct stat *st)
{
	(void)path;
	return stat_as(st, 0600);
}

static const struct pl_node attribute_node = { open_attribute, stat_attribute };

/* ---- all of them ---- */

bool pl_proc_name(const char *name)
{
	size_t i;

	for (i = 0; i < IOM_ARRAY_SIZE(attributes); i++)
		if (!strcmp(strrchr(attributes[i].path, '/') + 1, name))
			return true;
	return !strcmp(name, "status") || !strcmp(name, "fail-nth");
}

const struct pl_node *pl_proc_node(const char *path)
{
	if (is_status(path))
		return &status_node;
	if (is_fail_nth(path))
		return &fail_nth_node;
	return attribute_text(path) ? &attribute_node : NULL;
}
