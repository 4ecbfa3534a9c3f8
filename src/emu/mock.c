/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The selftest driver: mock devices and the operations of its command. */
#include "process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The unmerged series reserves the top of an aperture that it makes longer by as much. */
#define MOCK_RESV_START 0x80000000u
#define MOCK_RESV_LAST	0x8fffffffu
/* Every power of two from 2 KiB to 64 GiB. */
#define MOCK_PGSIZES ((uint64_t)0x1ffffff800)
/* Smallest limit of temporary memory: one entry of the kernel's page batch. */
#define MIN_TEMP_MEMORY 12

/* ---- mock devices ---- */

static int take_number(struct iom_emu *emu, uint32_t *number)
{
	uint32_t w;
	uint64_t *more;

	for (w = 0; w < emu->mock_words && !~emu->mock_ids[w]; w++)
		;
	if (w == emu->mock_words) {
		more = emu_realloc(emu->mock_ids, (w + 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		more[w] = 0;
		emu->mock_ids = more;
		emu->mock_words = w + 1;
	}
	*number = w * 64 + (uint32_t)__builtin_ctzll(~emu->mock_ids[w]);
	emu->mock_ids[w] |= (uint64_t)1 << (*number % 64);
	return 0;
}

static void release_number(struct iom_emu *emu, const struct emu_dev *dev)
{
	emu->mock_ids[dev->mock_number / 64] &= ~((uint64_t)1 << (dev->mock_number % 64));
}

void emu_mock_free(struct emu_dev *dev)
{
	emu_free(dev->group);
	emu_dev_free(dev);
}

static void mock_dev_destroy(struct iom_emu *emu, struct emu_dev *dev)
{
	release_number(emu, dev);
	emu_mock_free(dev);
}

static int mock_dev_fill(struct iom_emu *emu, struct emu_dev *dev)
{
	dev->unit = EMU_UNIT_MOCK;
	dev->hw.driver = EMU_DRIVER_MOCK;
	dev->aperture_start = IOM_MOCK_APERTURE_START;
	dev->aperture_last = IOM_MOCK_APERTURE_LAST;
	dev->pgsizes = MOCK_PGSIZES;
	/* one without says that it has no bits of PASID, which makes one value */
	dev->max_pasids = 1;
	if (dev->mock_flags & IOM_MOCK_FLAGS_DEVICE_PASID)
		dev->max_pasids = 1u << IOM_MOCK_PASID_WIDTH;
	for (int i = 0; i < IOM_MOCK_DEV_CACHE_NUM; i++)
		dev->cache[i] = IOM_TEST_DEV_CACHE_DEFAULT;
	dev->group = emu_zalloc(sizeof(*dev->group));
	if (!dev->group)
		return -ENOMEM;
	dev->group->number = -1;
	if (!emu->sw_msi)
		return 0;
	dev->aperture_last = MOCK_RESV_LAST;
	dev->resv = emu_alloc(sizeof(*dev->resv));
	if (!dev->resv)
		return -ENOMEM;
	dev->resv[0] = (struct emu_resv){ MOCK_RESV_START, MOCK_RESV_LAST, "reserved" };
	dev->n_resv = 1;
	return 0;
}

static struct emu_dev *mock_dev_create(struct iom_emu *emu, uint32_t flags, int *rc)
{
	uint32_t known = IOM_MOCK_FLAGS_DEVICE_NO_DIRTY | IOM_MOCK_FLAGS_DEVICE_PASID;
	struct emu_dev *dev;

	if (emu->sw_msi)
		known |= IOM_MOCK_FLAGS_DEVICE_NO_ATTACH;
	if (flags & ~known) {
		*rc = -EINVAL;
		return NULL;
	}
	dev = emu_zalloc(sizeof(*dev));
	*rc = dev ? take_number(emu, &dev->mock_number) : -ENOMEM;
	if (*rc) {
		emu_free(dev);
		return NULL;
	}
	dev->mock_flags = flags;
	snprintf(dev->name, sizeof(dev->name), "iommufd_mock%u", dev->mock_number);
	*rc = mock_dev_fill(emu, dev);
	if (*rc) {
		mock_dev_destroy(emu, dev);
		return NULL;
	}
	return dev;
}

/* Binds and attaches the new device, and answers. Leaves it unbound on failure. */
static int mock_start(struct emu_ucmd *u, struct emu_selftest *st)
{
	bool attach = !(st->dev->mock_flags & IOM_MOCK_FLAGS_DEVICE_NO_ATTACH);
	struct iom_test_cmd *cmd = u->cmd;
	uint32_t pt_id = cmd->id;
	int rc = 0;

	st->idev = emu_device_bind(u->ctx, st->dev, &rc);
	if (!st->idev)
		return rc;
	if (attach)
		rc = emu_device_attach(st->idev, EMU_NO_PASID, &pt_id);
	else
		pt_id = 0;
	if (!rc) {
		cmd->mock_domain.out_stdev_id = st->obj.id;
		cmd->mock_domain.out_hwpt_id = pt_id;
		cmd->mock_domain.out_idev_id = st->idev->obj.id;
		rc = emu_respond(u, sizeof(*cmd));
	}
	if (rc) {
		emu_device_detach(st->idev, EMU_NO_PASID);
		emu_device_unbind(st->idev);
	}
	return rc;
}

static int mock_domain(struct emu_ucmd *u)
{
	struct iom_test_cmd *cmd = u->cmd;
	uint32_t flags =
		cmd->op == IOM_TEST_OP_MOCK_DOMAIN_FLAGS ? cmd->mock_domain_flags.dev_flags : 0;
	struct emu_selftest *st;
	int rc = 0;

	st = emu_obj_alloc(u->ctx, sizeof(*st), IOM_OBJ_SELFTEST);
	if (!st)
		return -ENOMEM;
	st->dev = mock_dev_create(u->emu, flags, &rc);
	if (st->dev) {
		rc = mock_start(u, st);
		if (rc)
			mock_dev_destroy(u->emu, st->dev);
	}
	if (rc)
		emu_obj_abort(u->ctx, &st->obj);
	else
		emu_obj_publish(&st->obj);
	return rc;
}

void emu_selftest_destroy(struct emu_obj *o)
{
	struct emu_selftest *st = (struct emu_selftest *)o;
	struct iom_emu *emu = st->idev->ctx->emu;

	emu_device_detach(st->idev, EMU_NO_PASID);
	release_number(emu, st->dev);
	/* the driver forgets PASIDs: with one attached the device object stays, behind no device */
	st->idev->orphan = st->dev->group->attaches;
	if (st->idev->orphan) {
		emu_device_unbind(st->idev);
		return;
	}
	emu_device_unbind(st->idev);
	emu_mock_free(st->dev);
}

static int mock_domain_replace(struct emu_ucmd *u)
{
	struct iom_test_cmd *cmd = u->cmd;
	uint32_t pt_id = cmd->mock_domain_replace.pt_id;
	struct emu_selftest *st =
		(struct emu_selftest *)emu_obj_get(u->ctx, cmd->id, IOM_OBJ_SELFTEST);
	int rc;

	if (!st)
		return -ENOENT;
	rc = emu_device_replace(st->idev, EMU_NO_PASID, &pt_id);
	if (rc)
		return rc;
	cmd->mock_domain_replace.pt_id = pt_id;
	return emu_respond(u, sizeof(*cmd));
}

/* ---- PASIDs of a mock device ---- */

static struct emu_idev *mock_idev(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	const struct emu_selftest *st =
		(struct emu_selftest *)emu_obj_get(u->ctx, cmd->id, IOM_OBJ_SELFTEST);

	return st ? st->idev : NULL;
}

static int pasid_attach(struct emu_ucmd *u)
{
	struct iom_test_cmd *cmd = u->cmd;
	struct emu_idev *idev = mock_idev(u);
	int rc;

	if (!idev)
		return -ENOENT;
	rc = emu_device_attach(idev, cmd->pasid_attach.pasid, &cmd->pasid_attach.pt_id);
	if (rc)
		return rc;
	rc = emu_respond(u, sizeof(*cmd));
	if (rc)
		emu_device_detach(idev, cmd->pasid_attach.pasid);
	return rc;
}

static int pasid_replace(struct emu_ucmd *u)
{
	struct iom_test_cmd *cmd = u->cmd;
	struct emu_idev *idev = mock_idev(u);
	int rc;

	if (!idev)
		return -ENOENT;
	rc = emu_device_replace(idev, cmd->pasid_replace.pasid, &cmd->pasid_replace.pt_id);
	return rc ? rc : emu_respond(u, sizeof(*cmd));
}

static int pasid_detach(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	struct emu_idev *idev = mock_idev(u);

	if (!idev)
		return -ENOENT;
	emu_device_detach(idev, cmd->pasid_detach.pasid);
	return 0;
}

/* Id 0 asks whether nothing is attached there. */
static int pasid_check(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	const struct emu_idev *idev = mock_idev(u);
	const struct emu_obj *want = NULL;
	uint32_t id = cmd->pasid_check.hwpt_id;
	const struct emu_hwpt *is;

	if (!idev)
		return -ENOENT;
	is = emu_device_hwpt(idev, cmd->pasid_check.pasid);
	if (id) {
		want = emu_obj_get(u->ctx, id, IOM_OBJ_ANY);
		if (!want)
			return -ENOENT;
		if (want->type != IOM_OBJ_HWPT_PAGING && want->type != IOM_OBJ_HWPT_NESTED)
			return -EINVAL;
	}
	return (is ? &is->obj : NULL) == want ? 0 : -EINVAL;
}

/* ---- looking at what is there ---- */

static int add_reserved(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	uint64_t start = cmd->add_reserved.start, last;
	struct emu_ioas *ioas;

	if (!cmd->add_reserved.length)
		return -EINVAL;
	if (__builtin_add_overflow(start, cmd->add_reserved.length - 1, &last))
		return -EOVERFLOW;
	ioas = emu_ioas_get(u->ctx, cmd->id);
	if (!ioas)
		return -ENOENT;
	return emu_pt_reserve(ioas, start, last, NULL, "mock", "");
}

/* Which file and offset, or which address, the IOVA of an area shows. */
void emu_area_ident(const struct emu_area *a, uint64_t iova, struct emu_ident *id)
{
	const struct emu_pages *p = a->pages;
	uint64_t at = p->base + emu_area_byte(a, iova);

	if (!p->file) {
		emu_mm_ident(p, at, id);
		return;
	}
	*id = (struct emu_ident){ true, p->file->dev, p->file->ino, at, a->node.last - iova + 1 };
}

int emu_same_memory(const struct emu_area *a, uint64_t iova, uint64_t length, uint64_t uptr)
{
	struct emu_ident x, y;
	uint64_t n;

	if (a->pages->revoked)
		return -EINVAL;
	if (!a->pages->file && emu_mm_is_self(a->pages->mm) &&
	    a->pages->base + emu_area_byte(a, iova) == uptr)
		return 0;
	for (; length; length -= n, iova += n, uptr += n) {
		emu_area_ident(a, iova, &x);
		emu_mem_ident(uptr, &y);
		if (x.file != y.file || x.dev != y.dev || x.ino != y.ino || x.pos != y.pos)
			return -EINVAL;
		n = x.len < y.len ? x.len : y.len;
		if (n > length)
			n = length;
	}
	return 0;
}

/* How much of [uptr, uptr + length) can be read from its start, in steps. */
static uint64_t readable(uint64_t uptr, uint64_t length, uint64_t step)
{
	uint64_t done = 0;

	while (done < length && !emu_mem_populate(uptr + done, step, false))
		done += step;
	return done;
}

static int md_check_map(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	uint64_t iova = cmd->check_map.iova, uptr = cmd->check_map.uptr;
	uint64_t length = cmd->check_map.length, end, good, n;
	struct emu_hwpt *hwpt =
		(struct emu_hwpt *)emu_obj_get(u->ctx, cmd->id, IOM_OBJ_HWPT_PAGING);
	uint64_t page;

	if (!hwpt)
		return -ENOENT;
	if (hwpt->unit != EMU_UNIT_MOCK)
		return -EINVAL;
	page = hwpt->pgsizes & -hwpt->pgsizes;
	if (iova % page || length % page || uptr % page ||
	    __builtin_add_overflow(uptr, length, &end))
		return -EINVAL;
	good = readable(uptr, length, page);
	for (length -= good; good; good -= n, iova += n, uptr += n) {
		const struct emu_area *a = emu_area_first(hwpt->ioas, iova, iova);

		if (!a)
			return -EINVAL;
		n = a->node.last - iova;
		n = n < good ? n + 1 : good;
		if (emu_same_memory(a, iova, n, uptr))
			return -EINVAL;
	}
	return length ? -EFAULT : 0;
}

struct ref_count {
	uint64_t at; /* user page */
	struct emu_ident id;
	bool asked;
	uint32_t refs;
};

static int count_refs(struct emu_obj *o, void *arg)
{
	const struct emu_ioas *ioas = (struct emu_ioas *)o;
	struct ref_count *c = arg;
	struct emu_area *a;

	for (a = emu_area_first(ioas, 0, UINT64_MAX); a; a = emu_area_next(a, 0, UINT64_MAX)) {
		const struct emu_pages *p = a->pages;
		uint64_t at = c->at;

		if (p->areas != a) /* each run of pages once */
			continue;
		if (p->file) {
			if (!c->asked)
				emu_mem_ident(c->at, &c->id);
			c->asked = true;
			if (!c->id.file || c->id.dev != p->file->dev || c->id.ino != p->file->ino)
				continue;
			at = c->id.pos;
		} else if (!emu_mm_is_self(p->mm)) {
			continue;
		}
		if (at >= p->base && emu_pages_is_pinned(p, (at - p->base) >> EMU_PAGE_SHIFT))
			c->refs++;
	}
	return 0;
}

static int md_check_refs(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	uint64_t uptr = cmd->check_refs.uptr, length = cmd->check_refs.length, end;
	struct emu_ctx *ctx;

	if (length % EMU_PAGE || uptr % EMU_PAGE || __builtin_add_overflow(uptr, length, &end))
		return -EINVAL;
	for (; length; length -= EMU_PAGE, uptr += EMU_PAGE) {
		struct ref_count c = { .at = uptr };

		if (emu_mem_populate(uptr, EMU_PAGE, false))
			return -EFAULT;
		for (ctx = u->emu->ctxs; ctx; ctx = ctx->next)
			emu_obj_each(ctx, IOM_OBJ_IOAS, count_refs, &c);
		/* how often a part of a huge page is pinned cannot be told */
		if (c.refs != cmd->check_refs.refs && !emu_mem_is_huge(0, uptr))
			return -EIO;
	}
	return 0;
}

/* Only speed depends on it in the kernel. */
static int set_temp_memory_limit(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;

	return cmd->memory_limit.limit < MIN_TEMP_MEMORY ? -EINVAL : 0;
}

static int (*const ops[])(struct emu_ucmd *u) = {
	[IOM_TEST_OP_ADD_RESERVED] = add_reserved,
	[IOM_TEST_OP_MOCK_DOMAIN] = mock_domain,
	[IOM_TEST_OP_MD_CHECK_MAP] = md_check_map,
	[IOM_TEST_OP_MD_CHECK_REFS] = md_check_refs,
	[IOM_TEST_OP_CREATE_ACCESS] = emu_access_create,
	[IOM_TEST_OP_DESTROY_ACCESS_PAGES] = emu_access_unpin,
	[IOM_TEST_OP_ACCESS_PAGES] = emu_access_pages,
	[IOM_TEST_OP_ACCESS_RW] = emu_access_rw,
	[IOM_TEST_OP_SET_TEMP_MEMORY_LIMIT] = set_temp_memory_limit,
	[IOM_TEST_OP_MOCK_DOMAIN_REPLACE] = mock_domain_replace,
	[IOM_TEST_OP_ACCESS_REPLACE_IOAS] = emu_access_replace_ioas,
	[IOM_TEST_OP_MOCK_DOMAIN_FLAGS] = mock_domain,
	[IOM_TEST_OP_DIRTY] = emu_mock_dirty,
	[IOM_TEST_OP_MD_CHECK_IOTLB] = emu_check_iotlb,
	[IOM_TEST_OP_DMABUF_GET] = emu_dmabuf_get,
	[IOM_TEST_OP_DMABUF_REVOKE] = emu_dmabuf_revoke,
	[IOM_TEST_OP_TRIGGER_IOPF] = emu_trigger_iopf,
	[IOM_TEST_OP_TRIGGER_VEVENT] = emu_trigger_vevent,
	[IOM_TEST_OP_PASID_ATTACH] = pasid_attach,
	[IOM_TEST_OP_PASID_REPLACE] = pasid_replace,
	[IOM_TEST_OP_PASID_DETACH] = pasid_detach,
	[IOM_TEST_OP_PASID_CHECK_HWPT] = pasid_check,
	[IOM_TEST_OP_DEV_CHECK_CACHE] = emu_check_dev_cache,
};

int emu_test_cmd(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;

	if (cmd->op >= IOM_ARRAY_SIZE(ops) || !ops[cmd->op])
		return -EOPNOTSUPP;
	return ops[cmd->op](u);
}
