/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes that share a machine after a fork: whose files and whose memory, and what ends with one. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "alloc.h"

/* What every process has for itself: which one it is, and the file whose locked bytes tell who lives. */
static struct emu_mm *self;
static struct emu_mm orphan; /* a child that there was no memory for: it has no files */
static struct emu_mm *child; /* made before a fork, for the one to come */
static int life_fd = -1;

int iom_emu_share(void)
{
	return emu_alloc_share();
}

bool emu_is_shared(const struct iom_emu *emu)
{
	return emu->mms != NULL;
}

/* ---- who lives ---- */

static int life(struct emu_mm *mm, int command, struct flock *l)
{
	*l = (struct flock){ .l_type = F_WRLCK, .l_start = mm->number, .l_len = 1 };
	return fcntl(life_fd, command, l);
}

bool emu_life_moved(int from, int to)
{
	struct flock l;

	if (life_fd != from)
		return false;
	life_fd = to;
	/* it went with the number; without it the memory map has to tell */
	(void)life(self, F_SETLK, &l);
	return true;
}

/* The lock goes with the process or its next program; a program may also have closed our file. */
static bool lives(struct emu_mm *mm)
{
	struct flock l;

	if (mm == self || !mm->claimed)
		return true;
	return (!life(mm, F_GETLK, &l) && l.l_type != F_UNLCK) ||
	       emu_mem_is_mapped(mm->pid, (uintptr_t)mm);
}

static void claim(struct emu_mm *mm)
{
	struct flock l;

	self = mm;
	mm->pid = getpid();
	/* without the lock the memory map has to tell */
	(void)life(mm, F_SETLK, &l);
	__atomic_store_n(&mm->claimed, true, __ATOMIC_RELEASE);
}

/* ---- one process ---- */

static struct emu_mm *new_mm(struct iom_emu *emu)
{
	struct emu_mm *mm = emu_zalloc(sizeof(*mm));

	if (!mm)
		return NULL;
	mm->number = emu->next_mm++;
	mm->next = emu->mms;
	emu->mms = mm;
	return mm;
}

int emu_mm_first(struct iom_emu *emu)
{
	int fd = memfd_create("iommuctl-processes", MFD_CLOEXEC);
	struct emu_mm *mm;

	if (fd < 0)
		return -ENOMEM;
	life_fd = emu_dup_high(fd);
	close(fd);
	mm = new_mm(emu);
	if (life_fd < 0 || !mm)
		return -ENOMEM;
	claim(mm);
	return 0;
}

struct emu_mm *emu_mm_get(void)
{
	self->refs++;
	return self;
}

void emu_mm_put(struct emu_mm *mm)
{
	if (mm)
		mm->refs--;
}

bool emu_mm_is_self(const struct emu_mm *mm)
{
	return !mm || mm == self;
}

struct emu_mm *emu_mm_self(void)
{
	return self;
}

/* ---- files, as the table of each process has them ---- */

bool emu_mm_note(struct iom_emu *emu, int fd, struct emu_file *f)
{
	struct emu_mm *mm = self;
	struct emu_file **more;
	int n;

	if (!emu->mms)
		return true;
	if (fd >= mm->n_files) {
		n = (fd | 63) + 1;
		more = emu_realloc(mm->files, (size_t)n * sizeof(struct emu_file *));
		if (!more)
			return false;
		memset(more + mm->n_files, 0,
		       (size_t)(n - mm->n_files) * sizeof(struct emu_file *));
		mm->files = more;
		mm->n_files = n;
	}
	mm->files[fd] = f;
	return true;
}

/* ---- what is left of memory that is pinned when its process ends ---- */

static void keep_run(struct emu_pages *p, uint64_t first, uint64_t last)
{
	uint64_t at = p->base + first * EMU_PAGE, end = p->base + (last + 1) * EMU_PAGE, n;

	for (; at < end; at += n) {
		struct emu_kept *k;
		struct emu_ident id;

		emu_mem_ident(at, &id);
		n = id.len < end - at ? id.len : end - at;
		k = emu_alloc(sizeof(*k) + n);
		if (!k)
			return;
		*k = (struct emu_kept){ .next = p->kept, .at = at, .id = id };
		k->id.len = n;
		if (emu_copy_from(k->bytes, at, n)) {
			emu_free(k);
			return;
		}
		p->kept = k;
	}
}

static int keep_ioas(struct emu_obj *o, void *arg)
{
	const struct emu_ioas *ioas = (struct emu_ioas *)o;
	struct emu_area *a;
	uint64_t next = 0, first, last;

	(void)arg;
	for (a = emu_area_first(ioas, 0, UINT64_MAX); a; a = emu_area_next(a, 0, UINT64_MAX)) {
		struct emu_pages *p = a->pages;

		if (p->mm != self || p->file || p->kept)
			continue;
		for (next = 0; emu_pages_next_pinned(p, next, &first, &last); next = last + 1)
			keep_run(p, first, last);
	}
	return 0;
}

void emu_kept_free(struct emu_pages *p)
{
	while (p->kept) {
		struct emu_kept *k = p->kept;

		p->kept = k->next;
		emu_free(k);
	}
}

/* ---- the end of one ---- */

static void bury(struct iom_emu *emu, struct emu_mm *mm)
{
	struct emu_mm **p;
	int fd;

	mm->gone = true;
	emu_mmap_drop(emu, mm);
	for (fd = 0; fd < mm->n_files; fd++)
		if (mm->files[fd])
			emu_file_put(emu, mm->files[fd]);
	emu_free(mm->files);
	mm->files = NULL;
	mm->n_files = 0;
	for (p = &emu->mms; *p && *p != mm; p = &(*p)->next)
		;
	/* the memory of a process is spoken of as long as it is mapped somewhere */
	if (*p && !mm->refs && mm != self) {
		*p = mm->next;
		emu_free(mm);
	}
}

void emu_mm_free(struct iom_emu *emu)
{
	while (emu->mms) {
		struct emu_mm *mm = emu->mms;

		emu->mms = mm->next;
		emu_free(mm->files);
		emu_free(mm);
	}
	if (life_fd >= 0)
		emu_close_high(life_fd);
	life_fd = -1;
}

void emu_mm_reap(struct iom_emu *emu)
{
	struct emu_mm *mm, *next;

	for (mm = emu->mms; mm; mm = next) {
		next = mm->next;
		if (mm->gone ? mm != self && !mm->refs : !lives(mm))
			bury(emu, mm);
	}
}

void iom_emu_leave(struct iom_emu *emu)
{
	struct emu_ctx *ctx;

	/* the child of a vfork(2) has its parent's memory, this one's too */
	if (!emu->mms || self->gone || self->pid != getpid())
		return;
	emu_enter(emu);
	memset(emu->files, 0, (size_t)emu->n_files * sizeof(struct emu_file *));
	/* files first: what they alone kept needs no copy */
	bury(emu, self);
	for (ctx = emu->ctxs; ctx; ctx = ctx->next)
		emu_obj_each(ctx, IOM_OBJ_IOAS, keep_ioas, NULL);
	emu_leave(emu);
}

/* ---- fork(2) ---- */

void iom_emu_fork_prepare(struct iom_emu *emu)
{
	int fd;

	emu_enter(emu);
	if (!emu->mms || self->gone)
		return;
	emu->forked = true;
	/* they read each other's memory, to which a security module may want consent */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	child = new_mm(emu);
	if (!child)
		return;
	if (self->n_files)
		child->files = emu_zalloc((size_t)self->n_files * sizeof(struct emu_file *));
	if (self->n_files && !child->files) {
		bury(emu, child);
		child = NULL;
		return;
	}
	child->n_files = self->n_files;
	for (fd = 0; fd < self->n_files; fd++) {
		child->files[fd] = self->files[fd];
		if (child->files[fd])
			child->files[fd]->users++;
	}
	emu_mmap_copy(emu, self, child);
}

void iom_emu_fork_parent(struct iom_emu *emu)
{
	emu_leave(emu);
}

void iom_emu_fork_failed(struct iom_emu *emu)
{
	emu_enter(emu);
	if (child)
		bury(emu, child);
	child = NULL;
	emu_leave(emu);
}

void iom_emu_fork_child(struct iom_emu *emu)
{
	if (!emu->mms) {
		/* a machine that is not shared was copied with its lock */
		emu_locks_init(emu);
		return;
	}
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	if (child) {
		claim(child);
	} else {
		orphan.pid = getpid();
		self = &orphan;
		memset(emu->files, 0, (size_t)emu->n_files * sizeof(struct emu_file *));
	}
	child = NULL;
}

int iom_emu_memory(struct iom_emu *emu, pid_t pid, uint64_t *pinned, uint64_t *locked)
{
	const struct emu_mm *mm;
	int rc = -ESRCH;

	*pinned = *locked = 0;
	emu_enter(emu);
	for (mm = emu->mms; mm; mm = mm->next) {
		if (mm->pid != pid || mm->gone)
			continue;
		*pinned = mm->pinned * EMU_PAGE;
		*locked = mm->locked * EMU_PAGE;
		rc = 0;
	}
	emu_leave(emu);
	return rc;
}
