/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Event queues: the fd of each, which poll(2) can watch, and the way in for read and write. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* What the kernel moves at once, whatever the caller asks for. */
#define MAX_RW ((size_t)0x7ffff000)

/* Another way into the pipe; -1 where /proc is missing. */
static int open_again(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags | O_CLOEXEC | O_NONBLOCK);
}

/*
 * A pipe is what poll(2) finds readable when we say so: a byte in it is a record that waits. What
 * answers are written to is always writable, a queue of events never is. *signal is our end.
 */
static int open_pipe(enum emu_file_kind kind, int *signal)
{
	int ends[2], both;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -EMFILE;
	*signal = emu_dup_high(ends[1]);
	close(ends[1]);
	if (*signal < 0) {
		close(ends[0]);
		return -EMFILE;
	}
	if (kind == EMU_FILE_VEVENTQ)
		return ends[0];
	both = open_again(*signal, O_RDWR);
	if (dup3(both, ends[0], O_CLOEXEC) < 0) { /* both may be -1 */
		close(ends[0]);
		emu_close_high(*signal);
		ends[0] = -EMFILE;
	}
	if (both >= 0)
		close(both);
	return ends[0];
}

int emu_eventq_open(struct emu_eventq *q, struct emu_ctx *ctx, enum emu_file_kind kind)
{
	int signal, fd = open_pipe(kind, &signal);
	struct emu_file *f;

	if (fd < 0)
		return fd;
	f = emu_file_add(ctx->emu, fd, kind);
	if (!f) {
		close(fd);
		emu_close_high(signal);
		return -ENOMEM;
	}
	f->ctx = ctx;
	f->queue = q;
	ctx->refs++;
	q->ctx = ctx;
	emu_own_set(ctx->emu, &q->signal, signal);
	q->obj.users++;
	return fd;
}

void emu_eventq_release(struct emu_eventq *q)
{
	emu_own_close(&q->signal);
	q->obj.users--;
	emu_ctx_put(q->ctx);
}

/* Takes the byte out again. */
static ssize_t drain(int signal)
{
	_iom_close_ int fd = open_again(signal, O_RDONLY);
	char byte;

	return read(fd, &byte, 1);
}

void emu_eventq_signal(struct emu_eventq *q, bool readable)
{
	ssize_t n;
	int fd;

	if (q->signal.fd < 0 || q->readable == readable)
		return;
	fd = emu_own_borrow(&q->signal, O_WRONLY | O_NONBLOCK);
	n = readable ? write(fd, "", 1) : drain(fd);
	emu_own_return(&q->signal, fd);
	if (n == 1)
		q->readable = readable;
}

/* What is refused before the file itself is asked. */
static int check_user(uint64_t uptr, size_t count)
{
	uint64_t end;

	if ((ssize_t)count < 0)
		return -EINVAL;
	return __builtin_add_overflow(uptr, count, &end) || end >> 63 ? -EFAULT : 0;
}

static ssize_t read_file(const struct emu_file *f, uint64_t uptr, size_t count)
{
	int rc;

	if (!f)
		return -EBADF;
	if (f->kind != EMU_FILE_FAULT && f->kind != EMU_FILE_VEVENTQ)
		return -EINVAL;
	rc = check_user(uptr, count);
	if (rc)
		return rc;
	if (count > MAX_RW)
		count = MAX_RW;
	if (f->kind == EMU_FILE_VEVENTQ)
		return emu_veventq_read((struct emu_veventq *)f->queue, uptr, count);
	return emu_fault_read((struct emu_fault *)f->queue, uptr, count);
}

static ssize_t write_file(const struct emu_file *f, uint64_t uptr, size_t count)
{
	int rc;

	if (!f)
		return -EBADF;
	if (f->kind != EMU_FILE_FAULT)
		return -EINVAL;
	rc = check_user(uptr, count);
	if (rc)
		return rc;
	return emu_fault_write((struct emu_fault *)f->queue, uptr, count < MAX_RW ? count : MAX_RW);
}

ssize_t iom_emu_read(struct iom_emu *emu, int fd, void *buf, size_t count)
{
	ssize_t n;

	emu_enter(emu);
	n = read_file(emu_file_of(emu, fd), (uintptr_t)buf, count);
	emu_leave(emu);
	return n;
}

ssize_t iom_emu_write(struct iom_emu *emu, int fd, const void *buf, size_t count)
{
	ssize_t n;

	emu_enter(emu);
	n = write_file(emu_file_of(emu, fd), (uintptr_t)buf, count);
	emu_leave(emu);
	return n;
}
