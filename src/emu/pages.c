/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory behind mappings: pinning, RLIMIT_MEMLOCK accounting, reading and writing. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* ---- files ---- */

int emu_dup_high(int fd)
{
	struct rlimit lim;
	int low = 512, dup_fd;

	if (!getrlimit(RLIMIT_NOFILE, &lim) && lim.rlim_cur <= 1024)
		low = (int)lim.rlim_cur / 2;
	dup_fd = fcntl(fd, F_DUPFD_CLOEXEC, low);
	return dup_fd >= 0 ? dup_fd : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* Devices write to the pages whatever mode the file was opened with: so do we, if we may. */
static int reopen_writable(int fd)
{
	char path[32];
	int mode = fcntl(fd, F_GETFL), rw, high;

	if (mode < 0 || (mode & O_ACCMODE) == O_RDWR)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rw = open(path, O_RDWR | O_CLOEXEC);
	if (rw < 0)
		return fd;
	high = emu_dup_high(rw);
	close(rw);
	if (high < 0)
		return fd;
	close(fd);
	return high;
}

struct emu_backing *emu_backing_get(struct iom_emu *emu, int fd, int *rc)
{
	struct emu_backing *b;
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st)) {
		*rc = -EBADF;
		return NULL;
	}
	for (b = emu->backings; b; b = b->next) {
		if (b->dev == st.st_dev && b->ino == st.st_ino) {
			b->refs++;
			return b;
		}
	}
	b = emu_zalloc(sizeof(*b));
	*rc = -ENOMEM;
	if (!b)
		return NULL;
	b->fd = emu_dup_high(fd);
	if (b->fd < 0) {
		emu_free(b);
		return NULL;
	}
	if (S_ISREG(st.st_mode)) {
		b->pinnable = !fstatfs(fd, &fs) &&
			      (fs.f_type == TMPFS_MAGIC || fs.f_type == HUGETLBFS_MAGIC);
		b->fd = reopen_writable(b->fd);
	}
	b->dev = st.st_dev;
	b->ino = st.st_ino;
	b->refs = 1;
	b->next = emu->backings;
	emu->backings = b;
	return b;
}

void emu_backing_put(struct iom_emu *emu, struct emu_backing *b)
{
	struct emu_backing **p;

	if (--b->refs)
		return;
	for (p = &emu->backings; *p != b; p = &(*p)->next)
		;
	*p = b->next;
	close(b->fd);
	emu_free(b->buf);
	emu_free(b);
}

/* ---- pages ---- */

struct emu_pages *emu_pages_new(struct emu_ctx *ctx, uint64_t base, struct emu_backing *file,
				bool writable)
{
	struct emu_pages *p = emu_alloc(sizeof(*p));

	if (p)
		*p = (struct emu_pages){ .refs = 1,
					 .writable = writable,
					 .account_mm = ctx->account_mm,
					 .account = file && file->buf ? EMU_ACCOUNT_NONE
								      : EMU_ACCOUNT_UNKNOWN,
					 .base = base,
					 .file = file };
	return p;
}

void emu_pages_put(struct iom_emu *emu, struct emu_pages *p)
{
	if (--p->refs)
		return;
	if (p->file)
		emu_backing_put(emu, p->file);
	emu_free(p);
}

int emu_pages_pin(const struct emu_pages *p, uint64_t first, uint64_t last)
{
	uint64_t start = p->base + first * EMU_PAGE;
	uint64_t len = (last - first + 1) * EMU_PAGE;
	struct stat st;

	if (emu_should_fail())
		return -EFAULT;
	if (!p->file) {
		int rc = emu_mem_populate(start, len, p->writable);

		return rc || !p->writable ? rc : emu_mem_pin_check(start, len);
	}
	if (!p->file->pinnable || fstat(p->file->fd, &st) || start + len < start ||
	    st.st_size < 0 || start + len > (uint64_t)st.st_size)
		return -EINVAL;
	return 0;
}

/* ---- accounting ---- */

struct span {
	uint64_t first, last; /* page indexes */
};

static struct span span_of(const struct emu_area *a)
{
	uint64_t last = a->start_byte + (a->node.last - a->node.start);

	return (struct span){ a->start_byte >> EMU_PAGE_SHIFT, last >> EMU_PAGE_SHIFT };
}

static int by_first(const void *x, const void *y)
{
	const struct span *a = x, *b = y;

	return a->first < b->first ? -1 : a->first > b->first;
}

/* The span that reaches to `next` or beyond and begins first; false when none is left. */
static bool next_span(const struct emu_pages *p, uint64_t next, struct span *found)
{
	const struct emu_area *a;
	const struct emu_pin *pin;
	bool any = false;

	for (a = p->areas; a; a = a->next) {
		struct span s = span_of(a);

		if (!a->ioas->domains || s.last < next || (any && s.first >= found->first))
			continue;
		*found = s;
		any = true;
	}
	for (pin = p->pins; pin; pin = pin->next) {
		if (pin->last < next || (any && pin->first >= found->first))
			continue;
		*found = (struct span){ pin->first, pin->last };
		any = true;
	}
	return any;
}

/* What is given back has to be counted also when there is no memory to sort in. */
static uint64_t count_slowly(const struct emu_pages *p)
{
	uint64_t next = 0, count = 0;
	struct span s = { 0 };

	while (next_span(p, next, &s)) {
		count += s.last - (s.first > next ? s.first : next) + 1;
		next = s.last + 1;
	}
	return count;
}

/* How many pages are held by domains or accesses, each counted once. */
static uint64_t count_pinned(const struct emu_pages *p)
{
	const struct emu_area *a;
	const struct emu_pin *pin;
	struct span *all, one;
	size_t n = 0, i;
	uint64_t next = 0, count = 0;

	if (!p->pins && (!p->areas || !p->areas->next)) {
		if (p->areas && p->areas->ioas->domains) {
			one = span_of(p->areas);
			count = one.last - one.first + 1;
		}
		return count;
	}
	for (a = p->areas; a; a = a->next)
		n += a->ioas->domains > 0;
	for (pin = p->pins; pin; pin = pin->next)
		n++;
	if (!n)
		return 0;
	all = emu_alloc(n * sizeof(*all));
	if (!all)
		return count_slowly(p);
	i = 0;
	for (a = p->areas; a; a = a->next)
		if (a->ioas->domains)
			all[i++] = span_of(a);
	for (pin = p->pins; pin; pin = pin->next)
		all[i++] = (struct span){ pin->first, pin->last };
	qsort(all, n, sizeof(*all), by_first);
	for (i = 0; i < n; i++) {
		if (all[i].first > next)
			next = all[i].first;
		if (all[i].last >= next) {
			count += all[i].last - next + 1;
			next = all[i].last + 1;
		}
	}
	emu_free(all);
	return count;
}

static uint64_t *counter_of(struct iom_emu *emu, const struct emu_pages *p)
{
	return p->account == EMU_ACCOUNT_MM ? &emu->mm_pages : &emu->user_pages;
}

int emu_pages_account(struct iom_emu *emu, struct emu_pages *p)
{
	uint64_t count, *counter;
	struct rlimit lim;

	if (p->account == EMU_ACCOUNT_UNKNOWN) {
		if (emu_capable(CAP_IPC_LOCK))
			p->account = EMU_ACCOUNT_NONE;
		else
			p->account = p->account_mm ? EMU_ACCOUNT_MM : EMU_ACCOUNT_USER;
	}
	if (p->account == EMU_ACCOUNT_NONE)
		return 0;
	count = count_pinned(p);
	if (count > p->charged && emu_should_fail())
		return -ENOMEM;
	counter = counter_of(emu, p);
	if (count > p->charged && !getrlimit(RLIMIT_MEMLOCK, &lim) &&
	    *counter + (count - p->charged) > lim.rlim_cur >> EMU_PAGE_SHIFT)
		return -ENOMEM;
	*counter += count - p->charged;
	p->charged = count;
	return 0;
}

void emu_pages_unaccount(struct iom_emu *emu, struct emu_pages *p)
{
	uint64_t count;

	if (!p->charged)
		return;
	count = count_pinned(p);
	if (count > p->charged)
		return;
	*counter_of(emu, p) -= p->charged - count;
	p->charged = count;
}

bool emu_pages_is_pinned(const struct emu_pages *p, uint64_t index)
{
	const struct emu_area *a;
	const struct emu_pin *pin;

	for (pin = p->pins; pin; pin = pin->next)
		if (index >= pin->first && index <= pin->last)
			return true;
	for (a = p->areas; a; a = a->next) {
		struct span s = span_of(a);

		if (a->ioas->domains && index >= s.first && index <= s.last)
			return true;
	}
	return false;
}

/* ---- bytes ---- */

static int file_rw(struct emu_backing *b, uint64_t pos, char *buf, uint64_t length, bool write)
{
	while (length) {
		ssize_t n = write ? pwrite(b->fd, buf, length, (off_t)pos)
				  : pread(b->fd, buf, length, (off_t)pos);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EFAULT;
		buf += n;
		pos += (uint64_t)n;
		length -= (uint64_t)n;
	}
	return 0;
}

int emu_pages_rw(struct emu_pages *p, uint64_t start_byte, void *buf, uint64_t length, bool write,
		 bool slow)
{
	uint64_t first = start_byte >> EMU_PAGE_SHIFT;
	uint64_t last = (start_byte + length - 1) >> EMU_PAGE_SHIFT;
	int rc = 0;

	if (p->file || (slow && first != last))
		rc = emu_pages_pin(p, first, last);
	else if (emu_should_fail())
		rc = -EINVAL;
	else if (slow)
		rc = emu_mem_populate(p->base + first * EMU_PAGE, EMU_PAGE, write);
	if (rc)
		return rc;
	if (p->file)
		return file_rw(p->file, p->base + start_byte, buf, length, write);
	if (write)
		return emu_copy_to(p->base + start_byte, buf, length);
	return emu_copy_from(buf, p->base + start_byte, length);
}
