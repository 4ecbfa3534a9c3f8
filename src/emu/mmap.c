/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What mmap(2) of a context's fd shows: the pages of a virtual IOMMU, which stays as long as they. */
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
	struct emu_ctx *ctx; /* holds both */
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

static void vma_add(struct emu_vma *vma, struct emu_viommu *v, struct emu_mm *mm, uintptr_t start,
		    uintptr_t end)
{
	struct iom_emu *emu = v->ctx->emu;

	*vma = (struct emu_vma){ emu->vmas, mm, start, end, v->ctx, v };
	__atomic_store_n(&emu->vmas, vma, __ATOMIC_RELEASE);
	v->obj.users++;
	v->ctx->refs++;
}

static void vma_put(struct emu_vma *vma)
{
	vma->viommu->obj.users--;
	emu_ctx_put(vma->ctx);
	emu_free(vma);
}

/* Where [start, end) is no longer shown. Two pages are all that one shows: no hole makes two of it. */
static void cut(struct iom_emu *emu, uintptr_t start, uintptr_t end)
{
	struct emu_vma **p = &emu->vmas;

	while (*p) {
		struct emu_vma *vma = *p;

		if (vma->mm != emu_mm_self_of(emu) || vma->end <= start || vma->start >= end) {
			p = &vma->next;
			continue;
		}
		if (vma->start < start) {
			vma->end = start;
			p = &vma->next;
		} else if (vma->end > end) {
			vma->start = end;
			p = &vma->next;
		} else {
			*p = vma->next;
			vma_put(vma);
		}
	}
}

static int map_ctx(const struct emu_ctx *ctx, const struct iom_emu_mmap *m, void **out)
{
	struct emu_viommu *v;
	struct emu_vma *vma;
	uintptr_t start;
	int fd, rc;

	if ((m->flags & MAP_TYPE) != MAP_SHARED && (m->flags & MAP_TYPE) != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (m->prot & PROT_EXEC)
		return -EPERM;
	v = range_at(ctx, m->offset);
	if (!v || v->mmap_offset != m->offset || v->mmap_length != m->length)
		return -ENXIO;
	rc = pages_of(v);
	if (rc)
		return rc;
	vma = emu_alloc(sizeof(*vma));
	if (!vma)
		return -ENOMEM;
	fd = emu_own_borrow(&v->mmap_pages, O_RDWR);
	*out = mmap(m->addr, m->length, m->prot, m->flags, fd, 0);
	rc = *out == MAP_FAILED ? -errno : 0;
	emu_own_return(&v->mmap_pages, fd);
	if (rc) {
		emu_free(vma);
		return rc;
	}
	start = (uintptr_t)*out;
	cut(ctx->emu, start, start + m->length);
	vma_add(vma, v, emu_mm_self_of(ctx->emu), start, start + m->length);
	return 0;
}

int iom_emu_mmap(struct iom_emu *emu, int fd, const struct iom_emu_mmap *m, void **out)
{
	struct iom_emu_mmap whole = *m;
	const struct emu_file *f;
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
	else if (f->kind == EMU_FILE_CTX)
		rc = map_ctx(f->ctx, &whole, out);
	else
		rc = f->kind == EMU_FILE_VFIO ? -EINVAL : -ENODEV;
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
		vma_put(vma);
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
		vma_put(vma);
	}
}

void emu_mmap_copy(struct iom_emu *emu, const struct emu_mm *from, struct emu_mm *to)
{
	const struct emu_vma *vma;

	/* new ones stand in front; without memory for it the child does not hold what it sees */
	for (vma = emu->vmas; vma; vma = vma->next) {
		struct emu_vma *copy = vma->mm == from ? emu_alloc(sizeof(*copy)) : NULL;

		if (copy)
			vma_add(copy, vma->viommu, to, vma->start, vma->end);
	}
}
