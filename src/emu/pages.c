/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory behind mappings: pinning, RLIMIT_MEMLOCK accounting, reading and writing. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* ---- files ---- */

/* Devices write to the pages whatever mode the file was opened with: so do we, if we may. */
static int reopen_writable(int fd)
{
	char path[32];
	int rw, high;

	if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rw = open(path, O_RDWR | O_CLOEXEC);
	if (rw < 0)
		return fd;
	high = emu_dup_high(rw);
	close(rw);
	if (high < 0)
		return fd;
	emu_close_high(fd);
	return high;
}

struct emu_backing *emu_backing_get(struct iom_emu *emu, int fd, int *rc)
{
	struct emu_backing *b;
	struct statfs fs = { 0 };
	struct stat st;
	int high;

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
	high = emu_dup_high(fd);
	if (high < 0) {
		emu_free(b);
		return NULL;
	}
	if (S_ISREG(st.st_mode)) {
		fstatfs(fd, &fs);
		b->huge = fs.f_type == HUGETLBFS_MAGIC;
		b->pinnable = b->huge || fs.f_type == TMPFS_MAGIC;
		high = reopen_writable(high);
	}
	emu_own_set(emu, &b->own, high);
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
	emu_own_close(&b->own);
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
	if (p && ctx->emu->mms) {
		emu_lock_take_here(&ctx->emu->common);
		p->mm = emu_mm_get();
		emu_lock_drop_here(&ctx->emu->common);
	}
	return p;
}

void emu_pages_put(struct iom_emu *emu, struct emu_pages *p)
{
	if (--p->refs)
		return;
	if (p->file || p->mm) {
		emu_lock_take_here(&emu->common);
		if (p->file)
			emu_backing_put(emu, p->file);
		emu_mm_put(p->mm);
		emu_lock_drop_here(&emu->common);
	}
	emu_kept_free(p);
	emu_free(p);
}

/* Whether the file reaches to `end`. */
static bool file_reaches(const struct emu_backing *b, uint64_t end)
{
	int fd = emu_own_borrow(&b->own, O_RDONLY);
	struct stat st;
	bool yes = !fstat(fd, &st) && end <= (uint64_t)st.st_size;

	emu_own_return(&b->own, fd);
	return yes;
}

uint64_t emu_pages_block(struct emu_pages *p)
{
	uint64_t size = EMU_PAGE;

	if (p->file && p->file->buf)
		while (size < p->file->buf->size)
			size *= 2;
	else if (emu_pages_are_huge(p))
		size = EMU_HUGE_PAGE;
	return size;
}

int emu_pages_pin(const struct emu_pages *p, uint64_t first, uint64_t last)
{
	uint64_t start = p->base + first * EMU_PAGE;
	uint64_t len = (last - first + 1) * EMU_PAGE;

	if (emu_should_fail())
		return -EFAULT;
	if (!p->file) {
		int rc = emu_mm_populate(p->mm, start, len, p->writable);

		return rc || !p->writable ? rc : emu_mm_pin_check(p->mm, start, len);
	}
	if (!p->file->pinnable || start + len < start || !file_reaches(p->file, start + len))
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

/* Does somebody pay for what is pinned? */
static bool pays(const struct emu_pages *p)
{
	return p->account == EMU_ACCOUNT_MM || p->account == EMU_ACCOUNT_USER;
}

static uint64_t *counter_of(struct iom_emu *emu, const struct emu_pages *p, struct emu_mm *mm)
{
	if (p->account != EMU_ACCOUNT_MM)
		return &emu->user_pages;
	return mm ? &mm->locked : &emu->mm_pages;
}

/* In pages, of the process whose memory it is; none of one that has ended. */
static uint64_t memlock_limit(const struct emu_mm *mm)
{
	struct rlimit lim = { RLIM_INFINITY, RLIM_INFINITY };

	prlimit(emu_mm_is_self(mm) ? 0 : mm->pid, RLIMIT_MEMLOCK, NULL, &lim);
	return lim.rlim_cur >> EMU_PAGE_SHIFT;
}

/* What the process is told of: VmPin counts whoever pays. */
static void tell_process(struct emu_pages *p, uint64_t count)
{
	p->mm->pinned += count - p->pinned;
	p->pinned = (uint32_t)count;
}

static int charge(struct iom_emu *emu, struct emu_pages *p, uint64_t count)
{
	uint64_t *counter;

	if (p->account == EMU_ACCOUNT_NONE) {
		tell_process(p, count);
		return 0;
	}
	if (count > p->charged && emu_should_fail())
		return -ENOMEM;
	counter = counter_of(emu, p, p->mm);
	if (count > p->charged && *counter + (count - p->charged) > memlock_limit(p->mm))
		return -ENOMEM;
	*counter += count - p->charged;
	p->charged = count;
	if (p->mm)
		tell_process(p, count);
	return 0;
}

int emu_pages_account(struct iom_emu *emu, struct emu_pages *p)
{
	uint64_t count;
	int rc;

	if (p->account == EMU_ACCOUNT_UNKNOWN) {
		if (emu_capable(emu, CAP_IPC_LOCK))
			p->account = EMU_ACCOUNT_NONE;
		else
			p->account = p->account_mm ? EMU_ACCOUNT_MM : EMU_ACCOUNT_USER;
	}
	if (p->account == EMU_ACCOUNT_NONE && !p->mm)
		return 0;
	count = count_pinned(p);
	emu_lock_take_here(&emu->common);
	rc = charge(emu, p, count);
	emu_lock_drop_here(&emu->common);
	return rc;
}

void emu_pages_unaccount(struct iom_emu *emu, struct emu_pages *p)
{
	uint64_t count;

	if (!p->charged && !p->pinned)
		return;
	count = count_pinned(p);
	emu_lock_take_here(&emu->common);
	if (p->mm)
		tell_process(p, count);
	if (pays(p)) {
		*counter_of(emu, p, p->mm) -= p->charged - count;
		p->charged = count;
	}
	emu_lock_drop_here(&emu->common);
}

/* ---- another process takes the charge ---- */

int emu_pages_charge_self(struct iom_emu *emu, uint64_t user, uint64_t mm)
{
	struct emu_mm *self = emu_mm_self();
	uint64_t limit = memlock_limit(self);

	if (user && emu->user_pages + user > limit)
		return -ENOMEM;
	if (mm && self->locked + mm > limit)
		return -ENOMEM;
	return 0;
}

int emu_pages_move_charge(struct iom_emu *emu, struct emu_pages *p)
{
	struct emu_mm *self = emu_mm_get(), *old = p->mm;
	int rc = old->gone && p->account == EMU_ACCOUNT_MM ? -EINVAL : 0;

	/* what nobody pays for stays on the old one's account, as Linux has it */
	if (pays(p)) {
		*counter_of(emu, p, old) -= p->charged;
		*counter_of(emu, p, self) += p->charged;
		old->pinned -= p->pinned;
		self->pinned += p->pinned;
	}
	p->mm = self;
	emu_mm_put(old);
	return rc;
}

bool emu_pages_next_pinned(const struct emu_pages *p, uint64_t from, uint64_t *first, uint64_t *last)
{
	struct span s;

	if (!next_span(p, from, &s))
		return false;
	*first = s.first > from ? s.first : from;
	*last = s.last;
	return true;
}

bool emu_pages_are_huge(struct emu_pages *p)
{
	if (p->file)
		return p->file->huge;
	if (!p->huge)
		p->huge = emu_mem_is_huge(emu_mm_is_self(p->mm) ? 0 : p->mm->pid, p->base) ? 2 : 1;
	return p->huge == 2;
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

/* Of shmem and hugetlbfs, which knows no write(2): through where the file is mapped for as long as it takes. */
static int file_rw(struct emu_backing *b, uint64_t pos, char *buf, uint64_t length, bool write)
{
	int fd = emu_own_borrow(&b->own, write ? O_RDWR : O_RDONLY), rc = -EFAULT;
	int prot = write ? PROT_READ | PROT_WRITE : PROT_READ;
	struct stat st = { .st_blksize = EMU_PAGE };
	uint64_t start, skip;
	char *at;

	fstat(fd, &st);
	skip = pos & ((uint64_t)st.st_blksize - 1);
	start = pos - skip;
	at = mmap(NULL, skip + length, prot, MAP_SHARED | MAP_NORESERVE, fd, (off_t)start);
	if (at != MAP_FAILED) {
		rc = write ? emu_copy_to((uintptr_t)at + skip, buf, length)
			   : emu_copy_from(buf, (uintptr_t)at + skip, length);
		munmap(at, skip + length);
	}
	emu_own_return(&b->own, fd);
	return rc;
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
		rc = emu_mm_populate(p->mm, p->base + first * EMU_PAGE, EMU_PAGE, write);
	if (rc)
		return rc;
	if (p->file)
		return file_rw(p->file, p->base + start_byte, buf, length, write);
	return emu_mm_rw(p, p->base + start_byte, buf, length, write);
}
