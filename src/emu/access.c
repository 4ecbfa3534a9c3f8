/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accesses of the selftest driver: software that reads, writes and pins through an IOAS. */
#include "internal.h"

#include <errno.h>
#include <unistd.h>

#define MAX_ACCESS ((uint64_t)16 << 20) /* bytes in one call */

/* ---- pages held by an access ---- */

static struct emu_pin **find_pin(struct emu_pages *p, uint64_t first, uint64_t last)
{
	struct emu_pin **pin;

	for (pin = &p->pins; *pin; pin = &(*pin)->next)
		if ((*pin)->first == first && (*pin)->last == last)
			break;
	return pin;
}

static int hold(struct emu_area *a, uint64_t first, uint64_t last)
{
	struct iom_emu *emu = a->ioas->ctx->emu;
	struct emu_pages *p = a->pages;
	struct emu_pin *pin = *find_pin(p, first, last);
	int rc;

	if (pin) {
		pin->users++;
		a->num_accesses++;
		return 0;
	}
	pin = emu_zalloc(sizeof(*pin));
	if (!pin)
		return -ENOMEM;
	rc = emu_pages_pin(p, first, last);
	/* where Linux notes the pages, it cannot fail but when it is told to, and then it says this */
	if (!rc && emu_should_fail())
		rc = -EINVAL;
	if (rc) {
		emu_free(pin);
		return rc;
	}
	*pin = (struct emu_pin){ p->pins, first, last, 1 };
	p->pins = pin;
	rc = emu_pages_account(emu, p);
	if (rc) {
		p->pins = pin->next;
		emu_free(pin);
		return rc;
	}
	a->num_accesses++;
	return 0;
}

static void let_go(struct emu_area *a, uint64_t first, uint64_t last)
{
	struct emu_pages *p = a->pages;
	struct emu_pin **slot = find_pin(p, first, last), *pin = *slot;

	a->num_accesses--;
	if (--pin->users)
		return;
	*slot = pin->next;
	emu_free(pin);
	emu_pages_unaccount(a->ioas->ctx->emu, p);
}

static uint64_t index_of(const struct emu_area *a, uint64_t iova)
{
	return emu_area_byte(a, iova) >> EMU_PAGE_SHIFT;
}

static uint64_t lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Lets go of [iova, last], or of the areas before `stop`. */
static void unpin_range(struct emu_ioas *ioas, uint64_t iova, uint64_t last,
			const struct emu_area *stop)
{
	struct emu_area *a;

	for (a = emu_area_first(ioas, iova, iova); a && a != stop; a = emu_area_contig(a)) {
		uint64_t to = lower(a->node.last, last);

		let_go(a, index_of(a, iova), index_of(a, to));
		if (to == last)
			break;
		iova = to + 1;
	}
}

static int pin_range(struct emu_ioas *ioas, uint64_t iova, uint64_t last, bool write)
{
	uint64_t pos = iova;
	struct emu_area *a;
	int rc = -ENOENT;

	for (a = emu_area_first(ioas, iova, iova); a; a = emu_area_contig(a)) {
		uint64_t to = lower(a->node.last, last);

		/* whole pages only; areas are, while there is an access that pins */
		if (emu_area_byte(a, pos) & (EMU_PAGE - 1))
			rc = -EINVAL;
		else if (!(a->prot & (write ? EMU_WRITE : EMU_READ)))
			rc = -EPERM;
		else if (emu_pages_is_dmabuf(a->pages))
			rc = -EINVAL;
		else
			rc = hold(a, index_of(a, pos), index_of(a, to));
		if (rc)
			break;
		if (to == last)
			return 0;
		pos = to + 1;
		rc = -ENOENT;
	}
	unpin_range(ioas, iova, last, a);
	return rc;
}

/* ---- life ---- */

static void drop_items(struct emu_access *acc, uint64_t iova, uint64_t last)
{
	struct emu_access_item **p = &acc->items, *item;

	while ((item = *p)) {
		uint64_t item_last = item->iova + item->length - 1;

		if (iova > item_last || last < item->iova) {
			p = &item->next;
			continue;
		}
		*p = item->next;
		unpin_range(acc->ioas, item->iova, item_last, NULL);
		emu_free(item);
	}
}

void emu_access_notify_unmap(struct emu_ioas *ioas, uint64_t iova, uint64_t last)
{
	struct emu_access *acc;

	for (acc = ioas->accesses; acc; acc = acc->next)
		drop_items(acc, iova, last);
}

static void leave_ioas(struct emu_ioas *ioas, struct emu_access *acc)
{
	struct emu_access **p;
	int rc;

	for (p = &ioas->accesses; *p != acc; p = &(*p)->next)
		;
	*p = acc->next;
	rc = emu_pt_update_alignment(ioas);
	(void)rc; /* can only have become smaller */
	ioas->obj.users--;
}

/* NULL leaves the present one. */
static int change_ioas(struct emu_access *acc, struct emu_ioas *ioas)
{
	struct emu_ioas *old = acc->ioas;
	int rc;

	if (old == ioas)
		return 0;
	if (ioas) {
		/* the new one must bear the alignment before the old one is left */
		struct emu_access probe = { .alignment = acc->alignment, .next = ioas->accesses };

		ioas->accesses = &probe;
		rc = emu_pt_update_alignment(ioas);
		ioas->accesses = probe.next;
		if (rc)
			return rc;
		ioas->obj.users++;
	}
	if (old) {
		drop_items(acc, 0, UINT64_MAX - 1);
		leave_ioas(old, acc);
	}
	acc->ioas = ioas;
	if (ioas) {
		acc->next = ioas->accesses;
		ioas->accesses = acc;
	}
	return 0;
}

void emu_access_destroy(struct emu_obj *o)
{
	struct emu_access *acc = (struct emu_access *)o;
	struct emu_ctx *ctx = acc->ctx;
	int rc = change_ioas(acc, NULL);

	(void)rc; /* leaving cannot fail */
	if (!acc->internal)
		emu_ctx_put(ctx);
}

void emu_access_release(struct emu_access *acc)
{
	drop_items(acc, 0, UINT64_MAX - 1);
	emu_obj_put_and_destroy(acc->ctx, &acc->obj);
}

static struct emu_access *access_new(struct emu_ctx *ctx, bool pins, bool internal)
{
	struct emu_access *acc = emu_obj_alloc(ctx, sizeof(*acc), IOM_OBJ_ACCESS);

	if (!acc)
		return NULL;
	acc->ctx = ctx;
	acc->internal = internal;
	if (!internal)
		ctx->refs++;
	acc->pins = pins;
	acc->alignment = pins ? EMU_PAGE : 1;
	acc->obj.users++; /* the driver's */
	emu_obj_publish(&acc->obj);
	return acc;
}

struct emu_access *emu_access_lock(struct emu_ctx *ctx, struct emu_ioas *ioas, uint64_t first,
				   uint64_t last, int *rc)
{
	struct emu_access *acc = access_new(ctx, true, true);

	*rc = -ENOMEM;
	if (!acc)
		return NULL;
	*rc = change_ioas(acc, ioas);
	if (!*rc)
		*rc = pin_range(ioas, first, last, false);
	if (*rc) {
		emu_obj_put_and_destroy(ctx, &acc->obj);
		return NULL;
	}
	acc->first = first;
	acc->last = last;
	return acc;
}

void emu_access_unlock(struct emu_access *acc)
{
	unpin_range(acc->ioas, acc->first, acc->last, NULL);
	emu_obj_put_and_destroy(acc->ctx, &acc->obj);
}

bool emu_area_is_locked(const struct emu_area *a)
{
	const struct emu_access *acc;

	for (acc = a->num_accesses ? a->ioas->accesses : NULL; acc; acc = acc->next)
		if (acc->internal && acc->first <= a->node.last && a->node.start <= acc->last)
			return true;
	return false;
}

/* Attaches the access and hands its fd to the caller. */
static int access_start(struct emu_ucmd *u, struct emu_access *acc, int fd)
{
	struct iom_test_cmd *cmd = u->cmd;
	struct emu_ioas *ioas = emu_ioas_get(u->ctx, cmd->id);
	struct emu_file *f;
	int rc;

	if (!ioas)
		return -ENOENT;
	rc = change_ioas(acc, ioas);
	if (rc)
		return rc;
	cmd->create_access.out_access_fd = (uint32_t)fd;
	rc = emu_respond(u, sizeof(*cmd));
	if (rc)
		return rc;
	f = emu_file_add(u->emu, fd, EMU_FILE_ACCESS);
	if (!f)
		return -ENOMEM;
	f->access = acc;
	return 0;
}

int emu_access_create(struct emu_ucmd *u)
{
	struct iom_test_cmd *cmd = u->cmd;
	uint32_t flags = cmd->create_access.flags;
	struct emu_access *acc;
	int fd, rc;

	if (flags & ~(uint32_t)IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES)
		return -EOPNOTSUPP;
	fd = emu_fd_reserve();
	if (fd < 0)
		return -ENOMEM;
	acc = access_new(u->ctx, flags & IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES, false);
	rc = acc ? access_start(u, acc, fd) : -ENOMEM;
	if (rc) {
		if (acc)
			emu_obj_put_and_destroy(u->ctx, &acc->obj);
		close(fd);
	}
	return rc;
}

/* ---- operations on the access fd ---- */

static struct emu_access *access_of(const struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	const struct emu_file *f = emu_file_of(u->emu, (int)cmd->id);

	return f && f->kind == EMU_FILE_ACCESS ? f->access : NULL;
}

int emu_access_replace_ioas(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	struct emu_access *acc = access_of(u);
	struct emu_ioas *ioas;

	if (!acc)
		return -EBADFD;
	ioas = emu_ioas_get(acc->ctx, cmd->access_replace_ioas.ioas_id);
	if (!ioas)
		return -ENOENT;
	return change_ioas(acc, ioas);
}

/* Are the pinned pages at iova those at uptr? -EFAULT when nothing is at uptr, -EBADE when not. */
static int check_same(struct emu_ioas *ioas, uint64_t iova, uint64_t length, uint64_t uptr)
{
	uint64_t end = iova + length;
	uint64_t at = (uptr - (iova & (EMU_PAGE - 1))) & ~(EMU_PAGE - 1);
	struct emu_area *a;

	for (iova &= ~(EMU_PAGE - 1); iova < end; iova += EMU_PAGE, at += EMU_PAGE) {
		int rc = emu_mem_populate(at, 1, false);

		if (rc)
			return rc;
		a = emu_area_first(ioas, iova, iova + (EMU_PAGE - 1));
		rc = emu_same_memory(a, iova > a->node.start ? iova : a->node.start, 1, at);
		if (rc)
			return -EBADE;
	}
	return 0;
}

int emu_access_pages(struct emu_ucmd *u)
{
	struct iom_test_cmd *cmd = u->cmd;
	uint64_t iova = cmd->access_pages.iova, length = cmd->access_pages.length, last;
	uint64_t uptr = cmd->access_pages.uptr;
	uint32_t flags = cmd->access_pages.flags;
	struct emu_access_item *item, **tail;
	struct emu_access *acc;
	int rc;

	if (length > MAX_ACCESS)
		return -ENOMEM;
	if (flags & ~(uint32_t)(IOM_MOCK_FLAGS_ACCESS_WRITE | IOM_MOCK_FLAGS_ACCESS_SYZ))
		return -EOPNOTSUPP;
	acc = access_of(u);
	if (!acc)
		return -EBADFD;
	if (!acc->pins)
		return -EOPNOTSUPP;
	if (flags & IOM_MOCK_FLAGS_ACCESS_SYZ)
		iova = emu_ioas_nth_iova(acc->ioas, iova);
	if (!length)
		return -EINVAL;
	if (__builtin_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	rc = pin_range(acc->ioas, iova, last, flags & IOM_MOCK_FLAGS_ACCESS_WRITE);
	if (rc)
		return rc;
	if (uptr)
		rc = check_same(acc->ioas, iova, length, uptr);
	item = rc ? NULL : emu_zalloc(sizeof(*item));
	if (!item) {
		unpin_range(acc->ioas, iova, last, NULL);
		return rc ? rc : -ENOMEM;
	}
	*item = (struct emu_access_item){ NULL, iova, length, acc->next_item++ };
	cmd->access_pages.out_access_pages_id = item->id;
	rc = emu_respond(u, sizeof(*cmd));
	if (rc) {
		emu_free(item);
		unpin_range(acc->ioas, iova, last, NULL);
		return rc;
	}
	for (tail = &acc->items; *tail; tail = &(*tail)->next)
		;
	*tail = item;
	return 0;
}

int emu_access_unpin(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	struct emu_access *acc = access_of(u);
	struct emu_access_item **p, *item;

	if (!acc)
		return -EBADFD;
	for (p = &acc->items; (item = *p); p = &item->next) {
		if (item->id != cmd->destroy_access_pages.access_pages_id)
			continue;
		*p = item->next;
		unpin_range(acc->ioas, item->iova, item->iova + item->length - 1, NULL);
		emu_free(item);
		return 0;
	}
	return -ENOENT;
}

static int rw_range(struct emu_access *acc, uint64_t iova, char *buf, uint64_t length,
		    uint32_t flags)
{
	bool write = flags & IOM_MOCK_ACCESS_RW_WRITE;
	uint64_t last;
	struct emu_area *a;
	int rc;

	if (!length)
		return -EINVAL;
	if (__builtin_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	for (a = emu_area_first(acc->ioas, iova, iova); a; a = emu_area_contig(a)) {
		uint64_t to = lower(a->node.last, last);

		if (!(a->prot & (write ? EMU_WRITE : EMU_READ)))
			return -EPERM;
		if (emu_pages_is_dmabuf(a->pages))
			return -EINVAL;
		rc = emu_pages_rw(a->pages, emu_area_byte(a, iova), buf, to - iova + 1, write,
				  flags & IOM_MOCK_ACCESS_RW_SLOW_PATH);
		if (rc)
			return rc;
		if (to == last)
			return 0;
		buf += to - iova + 1;
		iova = to + 1;
	}
	return -ENOENT;
}

int emu_access_rw(struct emu_ucmd *u)
{
	const struct iom_test_cmd *cmd = u->cmd;
	uint64_t iova = cmd->access_rw.iova, length = cmd->access_rw.length;
	uint32_t flags = cmd->access_rw.flags;
	bool write = flags & IOM_MOCK_ACCESS_RW_WRITE;
	_emu_free_ char *buf = NULL;
	struct emu_access *acc;
	int rc = 0;

	if (length > MAX_ACCESS)
		return -ENOMEM;
	if (flags & ~(uint32_t)(IOM_MOCK_ACCESS_RW_WRITE | IOM_MOCK_ACCESS_RW_SLOW_PATH |
				IOM_MOCK_FLAGS_ACCESS_SYZ))
		return -EOPNOTSUPP;
	acc = access_of(u);
	if (!acc)
		return -EBADFD;
	buf = emu_alloc(length ? length : 1);
	if (!buf)
		return -ENOMEM;
	if (write)
		rc = emu_copy_from(buf, cmd->access_rw.uptr, length);
	if (rc)
		return rc;
	if (flags & IOM_MOCK_FLAGS_ACCESS_SYZ)
		iova = emu_ioas_nth_iova(acc->ioas, iova);
	rc = rw_range(acc, iova, buf, length, flags);
	if (!rc && !write)
		rc = emu_copy_to(cmd->access_rw.uptr, buf, length);
	return rc;
}
