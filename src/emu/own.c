/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fds that the machine has for itself: out of the program's way, and in other processes. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- numbers that are in use here, which a child inherits with the fds ---- */

#define MAX_KEPT 65536
static uint64_t kept[MAX_KEPT / 64];

bool iom_emu_keeps(int fd)
{
	return fd >= 0 && fd < MAX_KEPT &&
	       __atomic_load_n(&kept[fd / 64], __ATOMIC_RELAXED) >> fd % 64 & 1;
}

static void keep(int fd)
{
	if (fd >= 0 && fd < MAX_KEPT)
		__atomic_fetch_or(&kept[fd / 64], UINT64_C(1) << fd % 64, __ATOMIC_RELAXED);
}

static void forget(int fd)
{
	if (fd < MAX_KEPT)
		__atomic_fetch_and(&kept[fd / 64], ~(UINT64_C(1) << fd % 64), __ATOMIC_RELAXED);
}

int emu_dup_high(int fd)
{
	struct rlimit lim = { 0 };
	int low = 512, dup_fd;

	getrlimit(RLIMIT_NOFILE, &lim);
	if (lim.rlim_cur <= 1024)
		low = (int)lim.rlim_cur / 2;
	dup_fd = fcntl(fd, F_DUPFD_CLOEXEC, low);
	if (dup_fd < 0)
		dup_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	keep(dup_fd);
	return dup_fd;
}

void emu_close_high(int fd)
{
	forget(fd);
	close(fd);
}

/* ---- of objects ---- */

void emu_own_set(struct iom_emu *emu, struct emu_own_fd *o, int fd)
{
	struct stat st = { 0 };

	*o = (struct emu_own_fd){ .fd = fd, .mm = emu_is_shared(emu) ? emu_mm_self() : NULL };
	if (o->mm) {
		(void)!fstat(fd, &st);
		o->dev = st.st_dev;
		o->ino = st.st_ino;
	}
	o->next = emu->owns;
	o->link = &emu->owns;
	if (o->next)
		o->next->link = &o->next;
	emu->owns = o;
}

/* A child has what its parent had, under the same number; anything else is not ours. */
static bool is_here(const struct emu_own_fd *o)
{
	struct stat st;

	return !o->mm || (!fstat(o->fd, &st) && st.st_dev == o->dev && st.st_ino == o->ino);
}

int emu_own_borrow(const struct emu_own_fd *o, int flags)
{
	char path[48];

	if (is_here(o))
		return o->fd;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)o->mm->pid, o->fd);
	return open(path, flags | O_CLOEXEC);
}

void emu_own_return(const struct emu_own_fd *o, int fd)
{
	if (fd >= 0 && fd != o->fd)
		close(fd);
}

void emu_own_close(struct emu_own_fd *o)
{
	if (o->fd < 0)
		return;
	if (is_here(o))
		emu_close_high(o->fd);
	o->fd = -1;
	*o->link = o->next;
	if (o->next)
		o->next->link = o->link;
}

/* ---- a program wants the number for itself ---- */

/* Who opened it needs it; a child asks its parent for what it has no more. */
static bool move(struct iom_emu *emu, int fd, int to)
{
	struct emu_own_fd *o = emu->owns;

	while (o && (o->fd != fd || !emu_mm_is_self(o->mm)))
		o = o->next;
	if (o)
		o->fd = to;
	return o;
}

int iom_emu_vacate(struct iom_emu *emu, int fd)
{
	int to, rc = 0;

	emu_enter(emu);
	if (iom_emu_keeps(fd)) {
		to = emu_dup_high(fd);
		rc = to < 0 ? -errno : 0;
		if (!rc) {
			emu_close_high(fd);
			if (!emu_life_moved(fd, to) && !move(emu, fd, to))
				emu_close_high(to);
		}
	}
	emu_leave(emu);
	return rc;
}
