/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Event queues: the fd of each, which poll(2) can watch, and the way in for read and write. */
#include "internal.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* What the kernel moves at once, whatever the caller asks for. */
#define MAX_RW ((size_t)0x7ffff000)

int emu_eventq_open(struct emu_eventq *q, struct emu_ctx *ctx, enum emu_file_kind kind)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct emu_file *f;

	if (fd < 0)
		return errno == ENOMEM ? -ENOMEM : -EMFILE;
	f = emu_file_add(ctx->emu, fd, kind);
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	f->ctx = ctx;
	f->queue = q;
	ctx->refs++;
	q->ctx = ctx;
	q->fd = fd;
	q->obj.users++;
	return 0;
}

void emu_eventq_release(struct emu_eventq *q)
{
	q->fd = -1;
	q->obj.users--;
	emu_ctx_put(q->ctx);
}

void emu_eventq_signal(struct emu_eventq *q, bool readable)
{
	uint64_t count = 1;
	ssize_t n;

	if (q->fd < 0 || q->readable == readable)
		return;
	n = readable ? write(q->fd, &count, sizeof(count)) : read(q->fd, &count, sizeof(count));
	if (n == sizeof(count))
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

	pthread_mutex_lock(&emu->lock);
	n = read_file(emu_file_of(emu, fd), (uintptr_t)buf, count);
	pthread_mutex_unlock(&emu->lock);
	return n;
}

ssize_t iom_emu_write(struct iom_emu *emu, int fd, const void *buf, size_t count)
{
	ssize_t n;

	pthread_mutex_lock(&emu->lock);
	n = write_file(emu_file_of(emu, fd), (uintptr_t)buf, count);
	pthread_mutex_unlock(&emu->lock);
	return n;
}
