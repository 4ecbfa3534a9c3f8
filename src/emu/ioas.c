/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls on address spaces: what they check, in which order, and what they write back. */
#include "process.h"

#include <errno.h>

#define MAP_FLAGS  (IOM_IOAS_MAP_FIXED_IOVA | IOM_IOAS_MAP_WRITEABLE | IOM_IOAS_MAP_READABLE)
#define PROT_FLAGS ((uint32_t)(IOM_IOAS_MAP_WRITEABLE | IOM_IOAS_MAP_READABLE))

void emu_ioas_destroy(struct emu_obj *o)
{
	emu_pt_free((struct emu_ioas *)o);
}

int emu_ioas_alloc(struct emu_ucmd *u)
{
	struct iom_ioas_alloc *cmd = u->cmd;
	struct emu_ioas *ioas;
	int rc;

	if (cmd->flags)
		return -EOPNOTSUPP;
	ioas = emu_obj_alloc(u->ctx, sizeof(*ioas), IOM_OBJ_IOAS);
	if (!ioas)
		return -ENOMEM;
	ioas->ctx = u->ctx;
	emu_pt_init(ioas);
	cmd->out_ioas_id = ioas->obj.id;
	rc = emu_respond(u, sizeof(*cmd));
	if (rc)
		emu_obj_abort(u->ctx, &ioas->obj);
	else
		emu_obj_publish(&ioas->obj);
	return rc;
}

/* ---- ranges ---- */

struct range_out {
	struct iom_ioas_iova_ranges *cmd;
	uint32_t max;
};

static int put_range(uint64_t start, uint64_t last, void *arg)
{
	struct iom_iova_range r = { start, last };
	struct range_out *out = arg;
	uint32_t i = out->cmd->num_iovas++;

	if (i >= out->max)
		return 0;
	return emu_copy_to(out->cmd->allowed_iovas + (uint64_t)i * sizeof(r), &r, sizeof(r));
}

int emu_ioas_iova_ranges(struct emu_ucmd *u)
{
	struct iom_ioas_iova_ranges *cmd = u->cmd;
	struct range_out out = { cmd, cmd->num_iovas };
	struct emu_ioas *ioas;
	int rc;

	if (cmd->reserved)
		return -EOPNOTSUPP;
	ioas = emu_ioas_get(u->ctx, cmd->ioas_id);
	if (!ioas)
		return -ENOENT;
	cmd->num_iovas = 0;
	cmd->out_iova_alignment = ioas->alignment;
	rc = emu_pt_each_range(ioas, put_range, &out);
	if (!rc)
		rc = emu_respond(u, sizeof(*cmd));
	if (rc)
		return rc;
	return cmd->num_iovas > out.max ? -EMSGSIZE : 0;
}

static void free_allowed(struct iom_itree *t)
{
	struct iom_inode *n;

	while ((n = iom_itree_any(t))) {
		iom_itree_remove(t, n);
		emu_free(iom_container_of(n, struct emu_allowed, node));
	}
}

static int load_allowed(struct iom_itree *t, uint64_t uptr, uint32_t num)
{
	uint32_t i;

	for (i = 0; i < num; i++) {
		struct emu_allowed *a;
		struct iom_iova_range r;
		int rc = emu_copy_from(&r, uptr + (uint64_t)i * sizeof(r), sizeof(r));

		if (rc)
			return rc;
		if (r.start >= r.last || iom_itree_first(t, r.start, r.last))
			return -EINVAL;
		a = emu_zalloc(sizeof(*a));
		if (!a)
			return -ENOMEM;
		a->node.start = r.start;
		a->node.last = r.last;
		if (iom_itree_insert(t, &a->node)) {
			emu_free(a);
			return -ENOMEM;
		}
	}
	return 0;
}

int emu_ioas_allow_iovas(struct emu_ucmd *u)
{
	struct iom_ioas_allow_iovas *cmd = u->cmd;
	struct iom_itree list = { .mem = &emu_itree_mem }, old;
	struct emu_ioas *ioas;
	struct iom_inode *n;
	int rc;

	if (cmd->reserved)
		return -EOPNOTSUPP;
	ioas = emu_ioas_get(u->ctx, cmd->ioas_id);
	if (!ioas)
		return -ENOENT;
	rc = load_allowed(&list, cmd->allowed_iovas, cmd->num_iovas);
	n = rc ? NULL : iom_itree_first(&list, 0, UINT64_MAX);
	for (; n && !rc; n = iom_itree_next(n, 0, UINT64_MAX))
		if (iom_itree_first(&ioas->reserved, n->start, n->last))
			rc = -EADDRINUSE;
	if (!rc) {
		old = ioas->allowed;
		ioas->allowed = list;
		list = old;
	}
	free_allowed(&list);
	return rc;
}

/* ---- map, copy, unmap ---- */

static unsigned int prot_of(uint32_t flags)
{
	return (flags & IOM_IOAS_MAP_READABLE ? EMU_READ : 0) |
	       (flags & IOM_IOAS_MAP_WRITEABLE ? EMU_WRITE : 0);
}

/* Maps fresh pages, whose reference is consumed. */
static int map_pages(struct emu_ioas *ioas, struct emu_pages *pages, uint64_t start_byte,
		     uint64_t length, uint64_t *iova, uint32_t flags)
{
	struct emu_slice s = { pages, start_byte, length, NULL };
	int rc = emu_pt_map(ioas, &s, 1, length, iova, prot_of(flags),
			    !(flags & IOM_IOAS_MAP_FIXED_IOVA));

	if (rc)
		emu_pages_put(ioas->ctx->emu, pages);
	return rc;
}

int emu_ioas_map_user(struct emu_ioas *ioas, uint64_t va, uint64_t length, uint64_t *iova,
		      uint32_t flags)
{
	uint64_t base = va & ~(EMU_PAGE - 1), end;
	struct emu_pages *pages;

	if (__builtin_add_overflow(va, length, &end))
		return -EOVERFLOW;
	if (!length || length > UINT64_MAX - EMU_PAGE)
		return -EINVAL;
	pages = emu_pages_new(ioas->ctx, base, NULL, flags & IOM_IOAS_MAP_WRITEABLE);
	if (!pages)
		return -ENOMEM;
	return map_pages(ioas, pages, va - base, length, iova, flags);
}

int emu_ioas_map(struct emu_ucmd *u)
{
	struct iom_ioas_map *cmd = u->cmd;
	uint64_t iova = cmd->iova;
	struct emu_ioas *ioas;
	int rc;

	if ((cmd->flags & ~(uint32_t)MAP_FLAGS) || cmd->reserved)
		return -EOPNOTSUPP;
	if (cmd->iova == UINT64_MAX || cmd->length == UINT64_MAX)
		return -EOVERFLOW;
	if (!(cmd->flags & PROT_FLAGS))
		return -EINVAL;
	ioas = emu_ioas_get(u->ctx, cmd->ioas_id);
	if (!ioas)
		return -ENOENT;
	rc = emu_ioas_map_user(ioas, cmd->user_va, cmd->length, &iova, cmd->flags);
	if (rc)
		return rc;
	cmd->iova = iova;
	return emu_respond(u, sizeof(*cmd));
}

int emu_ioas_map_file(struct emu_ucmd *u)
{
	struct iom_ioas_map_file *cmd = u->cmd;
	uint64_t iova = cmd->iova, last, base;
	struct emu_backing *file;
	struct emu_pages *pages;
	struct emu_ioas *ioas;
	int rc = 0;

	if (cmd->flags & ~(uint32_t)MAP_FLAGS)
		return -EOPNOTSUPP;
	if (cmd->iova == UINT64_MAX || cmd->length == UINT64_MAX)
		return -EOVERFLOW;
	if (!(cmd->flags & PROT_FLAGS))
		return -EINVAL;
	ioas = emu_ioas_get(u->ctx, cmd->ioas_id);
	if (!ioas)
		return -ENOENT;
	if (!cmd->length)
		return -EINVAL;
	if (__builtin_add_overflow(cmd->start, cmd->length - 1, &last))
		return -EOVERFLOW;
	file = emu_backing_get(u->emu, cmd->fd, &rc);
	if (!file)
		return rc;
	rc = file->buf ? emu_dmabuf_check(file->buf, cmd->start, cmd->length) : 0;
	if (rc) {
		emu_backing_put(u->emu, file);
		return rc;
	}
	base = cmd->start & ~(EMU_PAGE - 1);
	pages = cmd->length > UINT64_MAX - EMU_PAGE
			? NULL
			: emu_pages_new(u->ctx, base, file, cmd->flags & IOM_IOAS_MAP_WRITEABLE);
	if (!pages) {
		emu_backing_put(u->emu, file);
		return cmd->length > UINT64_MAX - EMU_PAGE ? -EINVAL : -ENOMEM;
	}
	rc = map_pages(ioas, pages, cmd->start - base, cmd->length, &iova, cmd->flags);
	if (rc)
		return rc;
	cmd->iova = iova;
	return emu_respond(u, sizeof(*cmd));
}

uint64_t emu_ioas_nth_iova(const struct emu_ioas *ioas, uint64_t nth)
{
	uint32_t skip = (uint32_t)nth;
	struct emu_area *a;

	for (a = emu_area_first(ioas, 0, UINT64_MAX); a; a = emu_area_next(a, 0, UINT64_MAX))
		if (!skip--)
			return a->node.start + (nth >> 32);
	return 0;
}

/* The pieces of [iova, iova + length): -EINVAL, -EOVERFLOW, -ENOENT for a gap, -ENOMEM. */
static int gather(struct emu_ioas *src, uint64_t iova, uint64_t length, struct emu_slice **slices,
		  size_t *count)
{
	struct emu_slice *s = NULL, *bigger;
	uint64_t last, pos = iova;
	struct emu_area *a;
	size_t n = 0;

	if (!length)
		return -EINVAL;
	if (__builtin_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	for (a = emu_area_first(src, iova, iova); a; a = emu_area_contig(a)) {
		uint64_t to = a->node.last < last ? a->node.last : last;

		if ((n & (n - 1)) == 0) {
			bigger = emu_realloc(s, (n ? n * 2 : 1) * sizeof(*s));
			if (!bigger) {
				emu_free(s);
				return -ENOMEM;
			}
			s = bigger;
		}
		s[n++] = (struct emu_slice){ a->pages, emu_area_byte(a, pos), to - pos + 1, NULL };
		if (to == last)
			break;
		pos = to + 1;
	}
	if (!a) {
		emu_free(s);
		return -ENOENT;
	}
	*slices = s;
	*count = n;
	return 0;
}

int emu_ioas_copy(struct emu_ucmd *u)
{
	struct iom_ioas_copy *cmd = u->cmd;
	struct emu_slice *slices = NULL;
	struct emu_ioas *src, *dst;
	size_t n = 0, i;
	uint64_t iova;
	int rc;

	src = emu_ioas_get(u->ctx, cmd->src_ioas_id);
	if (cmd->flags & IOM_MOCK_FLAGS_ACCESS_SYZ) {
		cmd->flags &= ~(uint32_t)IOM_MOCK_FLAGS_ACCESS_SYZ;
		if (src)
			cmd->src_iova = emu_ioas_nth_iova(src, cmd->src_iova);
	}
	if (cmd->flags & ~(uint32_t)MAP_FLAGS)
		return -EOPNOTSUPP;
	if (cmd->length == UINT64_MAX || cmd->src_iova == UINT64_MAX || cmd->dst_iova == UINT64_MAX)
		return -EOVERFLOW;
	if (!(cmd->flags & PROT_FLAGS))
		return -EINVAL;
	if (!src)
		return -ENOENT;
	rc = gather(src, cmd->src_iova, cmd->length, &slices, &n);
	if (rc)
		return rc;
	dst = emu_ioas_get(u->ctx, cmd->dst_ioas_id);
	iova = cmd->dst_iova;
	rc = dst ? emu_pt_map(dst, slices, n, cmd->length, &iova, prot_of(cmd->flags),
			      !(cmd->flags & IOM_IOAS_MAP_FIXED_IOVA))
		 : -ENOENT;
	for (i = 0; i < n && !rc; i++)
		slices[i].pages->refs++;
	emu_free(slices);
	if (rc)
		return rc;
	cmd->dst_iova = iova;
	return emu_respond(u, sizeof(*cmd));
}

int emu_ioas_unmap(struct emu_ucmd *u)
{
	struct iom_ioas_unmap *cmd = u->cmd;
	uint64_t unmapped = 0, last;
	struct emu_ioas *ioas;
	int rc;

	ioas = emu_ioas_get(u->ctx, cmd->ioas_id);
	if (!ioas)
		return -ENOENT;
	if (cmd->iova == 0 && cmd->length == UINT64_MAX) {
		rc = emu_pt_unmap(ioas, 0, UINT64_MAX, &unmapped);
	} else {
		if (cmd->iova == UINT64_MAX || cmd->length == UINT64_MAX)
			return -EOVERFLOW;
		if (!cmd->length)
			return -EINVAL;
		if (__builtin_add_overflow(cmd->iova, cmd->length - 1, &last))
			return -EOVERFLOW;
		rc = emu_pt_unmap(ioas, cmd->iova, last, &unmapped);
		if (!rc && !unmapped)
			rc = -ENOENT;
	}
	if (rc)
		return rc;
	cmd->length = unmapped;
	return emu_respond(u, sizeof(*cmd));
}

/* ---- which calls concern only one place ---- */

static bool set_reach(struct emu_reach *r, uint32_t ioas_id, uint64_t iova, uint64_t length)
{
	*r = (struct emu_reach){ .ioas_id = ioas_id, .start = iova };
	return length && !__builtin_add_overflow(iova, length - 1, &r->last) &&
	       emu_is_one_run(r->start, r->last);
}

bool emu_ioas_map_reach(const void *cmd, struct emu_reach *r)
{
	const struct iom_ioas_map *c = cmd;

	return (c->flags & IOM_IOAS_MAP_FIXED_IOVA) &&
	       set_reach(r, c->ioas_id, c->iova, c->length);
}

bool emu_ioas_unmap_reach(const void *cmd, struct emu_reach *r)
{
	const struct iom_ioas_unmap *c = cmd;

	return set_reach(r, c->ioas_id, c->iova, c->length);
}

/* ---- the rest ---- */

static int only_files(struct emu_obj *o, void *arg)
{
	const struct emu_ioas *ioas = (struct emu_ioas *)o;
	struct emu_area *a;

	(void)arg;
	for (a = emu_area_first(ioas, 0, UINT64_MAX); a; a = emu_area_next(a, 0, UINT64_MAX))
		if (!a->pages->file || emu_pages_is_dmabuf(a->pages))
			return -EINVAL;
	return 0;
}

/* Runs of pages that are charged to another process, each once. */
struct charge {
	uint64_t user, mm; /* pages */
	bool move;
	int rc; /* of the last one that was moved with a complaint */
};

static int charge_ioas(struct emu_obj *o, void *arg)
{
	const struct emu_ioas *ioas = (struct emu_ioas *)o;
	struct charge *c = arg;
	struct emu_area *a;

	for (a = emu_area_first(ioas, 0, UINT64_MAX); a; a = emu_area_next(a, 0, UINT64_MAX)) {
		struct emu_pages *p = a->pages;

		if (emu_mm_is_self(p->mm))
			continue;
		if (c->move) {
			int rc = emu_pages_move_charge(ioas->ctx->emu, p);

			if (rc)
				c->rc = rc;
		} else if (p->areas == a && p->account == EMU_ACCOUNT_MM) {
			c->mm += p->charged;
		} else if (p->areas == a && p->account == EMU_ACCOUNT_USER) {
			c->user += p->charged;
		}
	}
	return 0;
}

int emu_ioas_change_process(struct emu_ucmd *u)
{
	struct iom_ioas_change_process *cmd = u->cmd;
	struct charge c = { 0 };
	int rc;

	if (cmd->reserved)
		return -EOPNOTSUPP;
	rc = emu_obj_each(u->ctx, IOM_OBJ_IOAS, only_files, NULL);
	if (rc || !emu_is_shared(u->emu))
		return rc;
	emu_obj_each(u->ctx, IOM_OBJ_IOAS, charge_ioas, &c);
	rc = emu_pages_charge_self(u->emu, c.user, c.mm);
	if (rc)
		return rc;
	c.move = true;
	emu_obj_each(u->ctx, IOM_OBJ_IOAS, charge_ioas, &c);
	return c.rc;
}

int emu_vfio_ioas(struct emu_ucmd *u)
{
	struct iom_vfio_ioas *cmd = u->cmd;
	struct emu_ioas *ioas;

	if (cmd->reserved)
		return -EOPNOTSUPP;
	switch (cmd->op) {
	case IOM_VFIO_IOAS_GET:
		if (!u->ctx->vfio_ioas)
			return -ENODEV;
		cmd->ioas_id = u->ctx->vfio_ioas->obj.id;
		return emu_respond(u, sizeof(*cmd));
	case IOM_VFIO_IOAS_SET:
		ioas = emu_ioas_get(u->ctx, cmd->ioas_id);
		if (!ioas)
			return -ENOENT;
		u->ctx->vfio_ioas = ioas;
		return 0;
	case IOM_VFIO_IOAS_CLEAR:
		u->ctx->vfio_ioas = NULL;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}
