/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What mmap(2) shows: of a context's fd the pages of a virtual IOMMU, of a VFIO device's fd its BARs.
 * Both stay as long as they are mapped.
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_ADDRESS 0x7ffffffff000u /* no process has more */

/* Memory that is mapped in a process. */
struct emu_vma {
	struct emu_vma *next;
	struct emu_mm *mm; /* the process, when several share the machine */
	uintptr_t start, end; /* end is the first byte behind */
	struct emu_file *file; /* of a VFIO device, held; NULL: the two below are */
	struct emu_ctx *ctx;
	struct emu_viommu *viommu;
};

/* The pages themselves, made when they are asked for first; 0 or -ENOMEM. */
static int pages_of(struct emu_viommu *v)
{
	_iom_close_ int fd = -1;
	int high;

	if (v->mmap_pages.fd >= 0)
		return 0;
	fd = memfd_create("iommuctl-mmap", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)v->mmap_length) ||
	    pwrite(fd, &v->mmap_word, sizeof(v->mmap_word), 0) != sizeof(v->mmap_word))
		return -ENOMEM;
	high = emu_dup_high(fd);
	if (high < 0)
		return -ENOMEM;
	emu_own_set(v->ctx->emu, &v->mmap_pages, high);
	return 0;
}

static struct emu_viommu *range_at(const struct emu_ctx *ctx, uint64_t offset)
{
	struct emu_viommu *v = ctx->mmaps;

	while (v && offset - v->mmap_offset >= v->mmap_length)
		v = v->next_mmap;
	return v;
}

/* A new one that shows what another does, or a model that is on no list. */
static void vma_add(struct iom_emu *emu, struct emu_vma *vma, const struct emu_vma *like,
		    struct emu_mm *mm, uintptr_t start, uintptr_t end)
{
	*vma = (struct emu_vma){ emu->vmas, mm, start, end, like->file, like->ctx, like->viommu };
	__atomic_store_n(&emu->vmas, vma, __ATOMIC_RELEASE);
	if (vma->file) {
		vma->file->users++;
	} else {
		vma->viommu->obj.users++;
		vma->ctx->refs++;
	}
}

static void vma_put(struct iom_emu *emu, struct emu_vma *vma)
{
	if (vma->file) {
		emu_file_put(emu, vma->file);
	} else {
		vma->viommu->obj.users--;
		emu_ctx_put(vma->ctx);
	}
	emu_free(vma);
}

/* A hole in the middle; without memory for a second one, the first is spoken of as whole. */
static void split(struct iom_emu *emu, struct emu_vma *vma, uintptr_t start, uintptr_t end)
{
	struct emu_vma *behind = emu_alloc(sizeof(*behind));

	if (!behind)
		return;
	vma_add(emu, behind, vma, vma->mm, end, vma->end);
	vma->end = start;
}

/* Where [start, end) is no longer shown. */
static void cut(struct iom_emu *emu, uintptr_t start, uintptr_t end)
{
	struct emu_vma **p = &emu->vmas;

	while (*p) {
		struct emu_vma *vma = *p;

		if (vma->mm != emu_mm_self_of(emu) || vma->end <= start || vma->start >= end) {
			p = &vma->next;
			continue;
		}
		if (vma->start < start && vma->end > end) {
			split(emu, vma, start, end);
			p = &vma->next;
		} else if (vma->start < start) {
			vma->end = start;
			p = &vma->next;
		} else if (vma->end > end) {
			vma->start = end;
			p = &vma->next;
		} else {
			*p = vma->next;
			vma_put(emu, vma);
		}
	}
}

static bool is_shared(const struct iom_emu_mmap *m)
{
	return (m->flags & MAP_TYPE) == MAP_SHARED || (m->flags & MAP_TYPE) == MAP_SHARED_VALIDATE;
}

static int show_pages(struct emu_viommu *v, const struct iom_emu_mmap *m, void **out)
{
	int fd = emu_own_borrow(&v->mmap_pages, O_RDWR), rc;

	*out = mmap(m->addr, m->length, m->prot, m->flags, fd, 0);
	rc = *out == MAP_FAILED ? -errno : 0;
	emu_own_return(&v->mmap_pages, fd);
	return rc;
}

static int check_ctx(const struct emu_ctx *ctx, const struct iom_emu_mmap *m, struct emu_viommu **v)
{
	if (!is_shared(m))
		return -EINVAL;
	if (m->prot & PROT_EXEC)
		return -EPERM;
	*v = range_at(ctx, m->offset);
	if (!*v || (*v)->mmap_offset != m->offset || (*v)->mmap_length != m->length)
		return -ENXIO;
	return pages_of(*v);
}

/*
 * The memory of a machine that processes share can be shown a second time; a machine of one process
 * alone has no such memory.
 */
static int show_bar(void *bar, const struct iom_emu_mmap *m, void **out)
{
	const int where = m->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
	void *at = mmap(m->addr, m->length, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | where, -1, 0);
	int rc;

	if (at == MAP_FAILED)
		return -errno;
	*out = mremap(bar, 0, m->length, MREMAP_MAYMOVE | MREMAP_FIXED, at);
	if (*out != MAP_FAILED && !mprotect(*out, m->length, m->prot))
		return 0;
	rc = -errno;
	munmap(at, m->length);
	return rc;
}

static int map_file(struct iom_emu *emu, struct emu_file *f, const struct iom_emu_mmap *m, void **out)
{
	struct emu_vma *vma, like = { 0 };
	void *bar = NULL;
	uintptr_t start;
	int rc;

	if (f->kind == EMU_FILE_CTX) {
		like.ctx = f->ctx;
		rc = check_ctx(f->ctx, m, &like.viommu);
	} else {
		like.file = f;
		rc = is_shared(m) && emu_is_shared(emu)
			     ? emu_vfio_bar_at(f, m->offset, m->length, &bar) : -EINVAL;
	}
	if (rc)
		return rc;
	vma = emu_alloc(sizeof(*vma));
	if (!vma)
		return -ENOMEM;
	rc = bar ? show_bar(bar, m, out) : show_pages(like.viommu, m, out);
	if (rc) {
		emu_free(vma);
		return rc;
	}
	start = (uintptr_t)*out;
	cut(emu, start, start + m->length);
	vma_add(emu, vma, &like, emu_mm_self_of(emu), start, start + m->length);
	return 0;
}

int iom_emu_mmap(struct iom_emu *emu, int fd, const struct iom_emu_mmap *m, void **out)
{
	struct iom_emu_mmap whole = *m;
	struct emu_file *f;
	int rc;

	whole.length = (m->length + EMU_PAGE - 1) & ~(EMU_PAGE - 1);
	if (!m->length || m->offset & (EMU_PAGE - 1))
		return -EINVAL;
	if (whole.length < m->length || whole.length > MAX_ADDRESS)
		return -ENOMEM;
	emu_enter(emu);
	f = emu_file_of(emu, fd);
	if (!f)
		rc = -EBADF;
	else
		rc = f->kind == EMU_FILE_CTX || f->kind == EMU_FILE_VFIO
			     ? map_file(emu, f, &whole, out) : -ENODEV;
	emu_leave(emu);
	return rc;
}

void iom_emu_munmap(struct iom_emu *emu, const void *addr, size_t length)
{
	uintptr_t start = (uintptr_t)addr;

	emu_enter(emu);
	cut(emu, start, (start + length + EMU_PAGE - 1) & ~(EMU_PAGE - 1));
	emu_leave(emu);
}

bool iom_emu_has_mmaps(const struct iom_emu *emu)
{
	return __atomic_load_n(&emu->vmas, __ATOMIC_ACQUIRE);
}

void emu_mmap_free(struct iom_emu *emu)
{
	struct emu_vma *vma;

	while ((vma = emu->vmas)) {
		emu->vmas = vma->next;
		vma_put(emu, vma);
	}
}

void emu_mmap_drop(struct iom_emu *emu, const struct emu_mm *mm)
{
	struct emu_vma **p = &emu->vmas;

	while (*p) {
		struct emu_vma *vma = *p;

		if (vma->mm != mm) {
			p = &vma->next;
			continue;
		}
		*p = vma->next;
		vma_put(emu, vma);
	}
}

void emu_mmap_copy(struct iom_emu *emu, const struct emu_mm *from, struct emu_mm *to)
{
	const struct emu_vma *vma;

	/* new ones stand in front; without memory for it the child does not hold what it sees */
	for (vma = emu->vmas; vma; vma = vma->next) {
		struct emu_vma *copy = vma->mm == from ? emu_alloc(sizeof(*copy)) : NULL;

		if (copy)
			vma_add(emu, copy, vma, to, vma->start, vma->end);
	}
}
