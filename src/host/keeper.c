/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Temporary folders that go when this process ends, however it does: another process makes them. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/keeper.h"

enum { MAKE, REMOVE };

/* What is asked and, with rc, what is answered. A path is a template, or that of the folder. */
struct message {
	int what, rc;
	char path[PATH_MAX];
};

static int keeper = -1; /* socket to the process, which ends with the last holder of it */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_tree(const char *path)
{
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) ? -errno : 0;
}

static int make(struct iom_names *made, char *path)
{
	int rc;

	if (!mkdtemp(path))
		return -errno;
	rc = iom_names_add(made, path);
	if (rc && rmdir(path))
		return -errno;
	return rc;
}

static int drop(struct iom_names *made, const char *path)
{
	size_t i = 0;

	while (i < made->n && strcmp(made->v[i], path))
		i++;
	if (i == made->n)
		return -ENOENT;
	free(made->v[i]);
	made->v[i] = made->v[--made->n];
	made->v[made->n] = NULL;
	return remove_tree(path);
}

/* Until nobody is there to ask any more; then all is deleted that is left. */
static void serve(int fd)
{
	struct iom_names made = { 0 };
	struct message m;

	while (recv(fd, &m, sizeof(m), 0) == (ssize_t)sizeof(m)) {
		m.rc = m.what == MAKE ? make(&made, m.path) : drop(&made, m.path);
		if (send(fd, &m, sizeof(m), MSG_NOSIGNAL) != (ssize_t)sizeof(m))
			break;
	}
	for (size_t i = 0; i < made.n; i++)
		remove_tree(made.v[i]);
	_exit(0);
}

/* It holds none of our files, and no signal that ends us reaches it. */
static void become_keeper(int fd)
{
	setsid();
	if (dup2(fd, STDIN_FILENO) < 0 || close_range(STDIN_FILENO + 1, ~0U, 0))
		_exit(errno & 0xff);
	serve(STDIN_FILENO);
}

static int start(void)
{
	sigset_t all, old;
	int pair[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	child = fork();
	if (!child)
		become_keeper(pair[1]);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(pair[1]);
	if (child < 0) {
		close(pair[0]);
		return -errno;
	}
	keeper = pair[0];
	return 0;
}

static int ask(struct message *m)
{
	ssize_t n;

	do
		n = send(keeper, m, sizeof(*m), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	do
		n = recv(keeper, m, sizeof(*m), 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*m) ? m->rc : n < 0 ? -errno : -EPIPE;
}

/* ---- for a process that becomes another program: nobody asks then, and there is no socket ---- */

/* The folder is there until the process ends, whatever program it is by then. */
static void watch(int fd, pid_t pid, struct message *m)
{
	struct pollfd end = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	struct iom_names made = { 0 };

	m->rc = end.fd < 0 ? -errno : chdir("/") ? -errno : make(&made, m->path);
	if (!m->rc && chmod(m->path, 0755))
		m->rc = -errno;
	if (send(fd, m, sizeof(*m), MSG_NOSIGNAL) == (ssize_t)sizeof(*m) && !m->rc) {
		/*
		 * it holds no file of the program, whose readers wait for the last of its holders
		 */
		if (dup2(end.fd, STDIN_FILENO) == STDIN_FILENO &&
		    !close_range(STDIN_FILENO + 1, ~0U, 0))
			end.fd = STDIN_FILENO;
		while (poll(&end, 1, -1) < 0 && errno == EINTR)
			;
	}
	if (made.n)
		remove_tree(m->path);
	_exit(0);
}

/* A child of a child is nobody's here, so that no wait(2) of the program meets it. */
static pid_t start_watch(int fd, struct message *m)
{
	pid_t pid = getpid(), child = fork();

	if (child)
		return child;
	setsid();
	child = fork();
	if (!child)
		watch(fd, pid, m);
	_exit(child < 0);
}

static int keep_below(const char *tmp, char **dir)
{
	struct message m = { .what = MAKE };
	sigset_t all, old;
	int pair[2], status = 1;
	ssize_t got = 0;
	pid_t child;

	if ((size_t)snprintf(m.path, sizeof(m.path), "%s/iommuctl.XXXXXX", tmp) >= sizeof(m.path))
		return -ENAMETOOLONG;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	child = start_watch(pair[1], &m);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(pair[1]);
	if (child > 0 && waitpid(child, &status, 0) == child && !status)
		got = recv(pair[0], &m, sizeof(m), 0);
	close(pair[0]);
	if (got != (ssize_t)sizeof(m))
		return -EAGAIN;
	if (m.rc)
		return m.rc;
	*dir = strdup(m.path);
	return *dir ? 0 : -ENOMEM;
}

int iom_keep_for_program(char **dir)
{
	const char *tmp = getenv("TMPDIR");
	const char *const try[] = { tmp && *tmp ? tmp : "/tmp", "/tmp", "/dev/shm" };
	int rc = -ENOENT;

	*dir = NULL;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(try) && rc && rc != -ENOMEM; i++)
		rc = keep_below(try[i], dir);
	return rc;
}

/* ---- for this process, which asks for more and gives them back ---- */

int host_keep_dir(char **dir)
{
	const char *tmp = getenv("TMPDIR");
	struct message m = { .what = MAKE };
	int n = snprintf(m.path, sizeof(m.path), "%s/iommuctl.XXXXXX", tmp && *tmp ? tmp : "/tmp"),
	    rc;

	*dir = NULL;
	if (n < 0 || (size_t)n >= sizeof(m.path))
		return -ENAMETOOLONG;
	rc = keeper < 0 ? start() : 0;
	if (!rc)
		rc = ask(&m);
	if (rc)
		return rc;
	*dir = strdup(m.path);
	return *dir ? 0 : -ENOMEM;
}

void host_drop_dir(const char *dir)
{
	struct message m = { .what = REMOVE };

	snprintf(m.path, sizeof(m.path), "%s", dir);
	/* A keeper that was killed leaves it to us. */
	if (ask(&m) == -EPIPE)
		remove_tree(dir);
}
