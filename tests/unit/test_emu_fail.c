/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every step that can fail for want of memory does so once, at each of its places: the call is
 * refused, everything is as before, and the same call then does what it does in a clean run.
 */
#include "emu_calls.h"

#include "emu/internal.h"

#define MAX_STEPS 24

static int fds[8]; /* that steps opened */

/* ---- what the machine is in, as text ---- */

static void dump_tree(struct iom_buf *b, const char *what, const struct iom_itree *t)
{
	struct iom_inode *n = iom_itree_first(t, 0, UINT64_MAX);

	for (; n; n = iom_itree_next(n, 0, UINT64_MAX))
		iom_buf_printf(b, "  %s %#lx-%#lx\n", what, (long)n->start, (long)n->last);
}

static void dump_pages(struct iom_buf *b, const struct emu_pages *p)
{
	const struct emu_pin *pin;

	iom_buf_printf(b, " refs=%u charged=%lu revoked=%d pins:", p->refs, (long)p->charged,
		       p->revoked);
	for (pin = p->pins; pin; pin = pin->next)
		iom_buf_printf(b, " %lu-%lu*%u", (long)pin->first, (long)pin->last, pin->users);
	iom_buf_puts(b, "\n");
}

static void dump_ioas(struct iom_buf *b, const struct emu_ioas *ioas)
{
	const struct emu_access *acc;
	const struct emu_hwpt *h;
	struct emu_area *a;

	iom_buf_printf(b, "  domains=%u alignment=%lu\n", ioas->domains, (long)ioas->alignment);
	for (a = emu_area_first(ioas, 0, UINT64_MAX); a; a = emu_area_next(a, 0, UINT64_MAX)) {
		iom_buf_printf(b, "  area %#lx-%#lx prot=%u byte=%lu accesses=%u",
			       (long)a->node.start, (long)a->node.last, a->prot,
			       (long)a->start_byte, a->num_accesses);
		dump_pages(b, a->pages);
	}
	dump_tree(b, "reserved", &ioas->reserved);
	dump_tree(b, "allowed", &ioas->allowed);
	for (h = ioas->hwpts; h; h = h->next)
		iom_buf_printf(b, "  hwpt %u in slot %u\n", h->obj.id, h->slot);
	for (acc = ioas->accesses; acc; acc = acc->next)
		iom_buf_printf(b, "  access %u\n", acc->obj.id);
}

static void dump_hwpt(struct iom_buf *b, const struct emu_hwpt *h)
{
	iom_buf_printf(b, "  auto=%d tracking=%d fault=%u iotlb=%u\n", h->automatic, h->tracking,
		       h->fault ? h->fault->q.obj.id : 0, h->iotlb[0]);
	dump_tree(b, "dirty", &h->dirty);
}

static void dump_fault(struct iom_buf *b, const struct emu_fault *f)
{
	const struct emu_iopf *p;

	iom_buf_printf(b, "  readable=%d waiting:", f->q.readable);
	for (p = f->deliver; p; p = p->next)
		iom_buf_printf(b, " %#lx", (long)p->msg.addr);
	iom_buf_puts(b, " answers:");
	for (uint32_t i = 1; i < f->n_response; i++)
		if (f->response[i])
			iom_buf_printf(b, " %u=%#lx", i, (long)f->response[i]->msg.addr);
	iom_buf_puts(b, "\n");
}

static void dump_group(struct iom_buf *b, const struct emu_dev *dev)
{
	const struct emu_attach *at;

	iom_buf_printf(b, "  %s owners=%u opened=%d vdev=%lu cache=%u fails=%d kvm=%d tdi=%d\n", dev->name,
		       dev->group->owner_cnt, dev->opened, (long)dev->vdev_id, dev->cache[0],
		       dev->next_fails, dev->kvm != NULL, dev->tdi != NULL);
	for (at = dev->group->attaches; at; at = at->next)
		iom_buf_printf(b, "  pasid %u: hwpt %u, %u devices\n", at->pasid, at->hwpt->obj.id,
			       at->n_devs);
}

static void dump_object(struct iom_buf *b, const struct emu_obj *o)
{
	const struct emu_veventq *q = (const struct emu_veventq *)o;
	const struct emu_access_item *i;

	iom_buf_printf(b, " %u type=%u users=%u live=%d\n", o->id, o->type, o->users, o->live);
	if (o->type == IOM_OBJ_IOAS)
		dump_ioas(b, (const struct emu_ioas *)o);
	else if (o->type == IOM_OBJ_HWPT_PAGING || o->type == IOM_OBJ_HWPT_NESTED)
		dump_hwpt(b, (const struct emu_hwpt *)o);
	else if (o->type == IOM_OBJ_FAULT)
		dump_fault(b, (const struct emu_fault *)o);
	else if (o->type == IOM_OBJ_DEVICE)
		dump_group(b, ((const struct emu_idev *)o)->dev);
	else if (o->type == IOM_OBJ_VEVENTQ)
		iom_buf_printf(b, "  waiting=%u next=%u lost=%d\n", q->waiting, q->sequence, q->lost);
	else if (o->type == IOM_OBJ_ACCESS)
		for (i = ((const struct emu_access *)o)->items; i; i = i->next)
			iom_buf_printf(b, "  item %u\n", i->id);
}

static char *dump(void)
{
	struct iom_buf b = { 0 };
	const struct emu_backing *k;
	const struct emu_ctx *ctx;
	const struct emu_dev *dev;
	int files = 0;

	for (int i = 0; i < emu->n_files; i++)
		files += emu->files[i] != NULL;
	iom_buf_printf(&b, "files %d user %lu mm %lu mocks %#lx\n", files, (long)emu->user_pages,
		       (long)emu->mm_pages, emu->mock_words ? (long)emu->mock_ids[0] : 0);
	for (ctx = emu->ctxs; ctx; ctx = ctx->next) {
		iom_buf_printf(&b, "context refs=%u objects=%u\n", ctx->refs, ctx->objs.count);
		for (uint32_t id = 1; id < ctx->objs.words * 64; id++)
			if (ctx->objs.slot[id])
				dump_object(&b, ctx->objs.slot[id]);
	}
	for (dev = emu->devs; dev; dev = dev->next)
		dump_group(&b, dev);
	for (k = emu->backings; k; k = k->next)
		iom_buf_printf(&b, "backing refs=%u\n", k->refs);
	assert_false(b.failed);
	return b.data;
}

/* ---- the walk ---- */

typedef int (*step_fn)(void); /* 0 or more: done */

struct program {
	const char *name;
	step_fn steps[MAX_STEPS]; /* NULL ends them */
	unsigned int silent; /* bit of a step that may do nothing, and not tell */
	const char *spec; /* of the machine */
};

static void play(const struct program *p, int upto)
{
	restart(p->spec);
	memset(buf, 0, BUF_SIZE);
	for (int i = 0; i < upto; i++) {
		int rc = p->steps[i]();

		if (rc < 0)
			fail_msg("%s: step %d: %d", p->name, i, rc);
	}
}

static void expect_same(const struct program *p, int step, unsigned int nth, const char *when,
			const char *is, const char *want)
{
	if (strcmp(is, want) != 0)
		fail_msg("%s, step %d, failure %u: %s\n%s\n--- and not\n%s", p->name, step, nth, when, is,
			 want);
}

/* Lets the nth place of the step fail. Returns whether there is such a place. */
static bool fail_once(const struct program *p, int step, unsigned int nth, const char *clean)
{
	_iom_free_ char *before = NULL, *after = NULL;
	unsigned int left;
	int rc;

	play(p, step);
	before = dump();
	iom_emu_fail_nth(nth);
	rc = p->steps[step]();
	left = iom_emu_fail_left();
	iom_emu_fail_nth(0);
	after = dump();
	if (rc >= 0) {
		if (left || !(p->silent >> step & 1))
			expect_same(p, step, nth, "it succeeded with", after, clean);
		return !left;
	}
	if (left)
		fail_msg("%s, step %d, failure %u: %d, which nobody asked for", p->name, step, nth, rc);
	expect_same(p, step, nth, "after the refusal", after, before);
	rc = p->steps[step]();
	if (rc < 0)
		fail_msg("%s, step %d, failure %u: again: %d", p->name, step, nth, rc);
	free(iom_take_ptr(&after));
	after = dump();
	expect_same(p, step, nth, "the second time", after, clean);
	return true;
}

static unsigned int walk(const struct program *p)
{
	unsigned int failures = 0;

	for (int step = 0; step < MAX_STEPS && p->steps[step]; step++) {
		_iom_free_ char *clean = NULL;
		unsigned int nth = 1;

		play(p, step + 1);
		clean = dump();
		while (fail_once(p, step, nth, clean))
			nth++;
		failures += nth - 1;
	}
	return failures;
}

/* ---- steps ---- */

#define STEP(name, ...)                                                                            \
	static int name(void)                                                                      \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
	}

#define CMD(op, object, ...)                                                                       \
	struct iom_test_cmd c = { __VA_ARGS__ };                                                   \
	return test_cmd(&c, op, object)

STEP(new_ioas, struct iom_ioas_alloc c = { .size = sizeof(c) }; return call(IOM_NR_IOAS_ALLOC, &c))
STEP(map_1, return map_at(1, buf, 4 * PAGE, APERTURE))
STEP(map_2, return map_at(1, buf + 8 * PAGE, 2 * PAGE, APERTURE + 4 * PAGE))
STEP(map_pick, uint64_t iova; return map_any(1, buf, 64 * PAGE, &iova))
STEP(copy_two, return copy(2, 1, 6 * PAGE, APERTURE + 0x100000, APERTURE))
STEP(copy_same, return copy(1, 1, 3 * PAGE, APERTURE + 0x200000, APERTURE + PAGE))
STEP(copy_first, return copy(1, 1, 2 * PAGE, APERTURE + 0x200000, APERTURE))
STEP(unmap_one, return unmap(1, APERTURE, 4 * PAGE, NULL))
STEP(unmap_all, return unmap(1, 0, UINT64_MAX, NULL))
STEP(reserve, return add_reserved(1, 0x10000, 0x1000))
STEP(allow_two, const struct iom_iova_range r[] = { { 0, 0xffff }, { 0x100000, UINT64_MAX } };
     return allow(1, r, 2))
STEP(small_pages, return set_option(IOM_OPTION_HUGE_PAGES, 1, 0))

STEP(map_memfd, int m = memfd_create("t", MFD_CLOEXEC), rc; if (ftruncate(m, 4 * PAGE)) return -1;
     rc = map_file(1, m, 0, 4 * PAGE, APERTURE + 0x400000); close(m); return rc)

static int add_mock(void)
{
	struct mock m;

	return mock_flags(1, IOM_MOCK_FLAGS_DEVICE_PASID, &m);
}

static int alloc_hwpt(uint32_t pt, uint32_t flags, uint32_t fault)
{
	struct iom_hwpt_selftest d = { .iotlb = IOM_TEST_IOTLB_DEFAULT };
	struct iom_hwpt_alloc c = { .size = sizeof(c),
				    .flags = flags,
				    .dev_id = 3,
				    .pt_id = pt,
				    .fault_id = fault,
				    .data_type = IOM_HWPT_DATA_SELFTEST,
				    .data_len = sizeof(d),
				    .data_uptr = (uintptr_t)&d };

	return call(IOM_NR_HWPT_ALLOC, &c);
}

STEP(hwpt_plain, return alloc_hwpt(1, 0, 0))
STEP(hwpt_dirty, return alloc_hwpt(1, IOM_HWPT_ALLOC_DIRTY_TRACKING, 0))
STEP(hwpt_pasid, return alloc_hwpt(1, IOM_HWPT_ALLOC_PASID, 0))
STEP(hwpt_parent, return alloc_hwpt(1, IOM_HWPT_ALLOC_NEST_PARENT, 0))
STEP(hwpt_fault, return alloc_hwpt(1, IOM_HWPT_FAULT_ID_VALID, 5))
STEP(hwpt_on_parent, return alloc_hwpt(5, 0, 0))
STEP(hwpt_on_viommu, return alloc_hwpt(6, 0, 0))
STEP(destroy_5, return destroy(5))
STEP(replace_5, CMD(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, 2, .mock_domain_replace.pt_id = 5))
STEP(replace_6, CMD(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, 2, .mock_domain_replace.pt_id = 6))
STEP(replace_8, CMD(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, 2, .mock_domain_replace.pt_id = 8))
STEP(replace_ioas_1, CMD(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, 2, .mock_domain_replace.pt_id = 1))
STEP(replace_ioas_5, CMD(IOM_TEST_OP_MOCK_DOMAIN_REPLACE, 2, .mock_domain_replace.pt_id = 5))
STEP(destroy_mock, return destroy(2))

STEP(track, struct iom_hwpt_set_dirty_tracking c = { .size = sizeof(c), .hwpt_id = 5, .flags = 1 };
     return call(IOM_NR_HWPT_SET_DIRTY_TRACKING, &c))
STEP(dirty, uint8_t bits[] = { 5 };
     CMD(IOM_TEST_OP_DIRTY, 5,
	 .dirty = { .iova = APERTURE, .length = 6 * PAGE, .page_size = PAGE, .uptr = (uintptr_t)bits }))
STEP(map_far, return map_at(1, buf, 2 * PAGE, APERTURE + 0x400000))
STEP(dirty_far, uint8_t bits[] = { 1 };
     CMD(IOM_TEST_OP_DIRTY, 5,
	 .dirty = { .iova = APERTURE + 0x400000, .length = PAGE, .page_size = PAGE, .uptr = (uintptr_t)bits }))
STEP(bitmap, uint64_t bits[8] = { 0 };
     struct iom_hwpt_get_dirty_bitmap c = { .size = sizeof(c),
					    .hwpt_id = 5,
					    .iova = APERTURE,
					    .length = 4 * PAGE,
					    .page_size = PAGE,
					    .data = (uintptr_t)bits };
     return call(IOM_NR_HWPT_GET_DIRTY_BITMAP, &c))

STEP(pasid_attach, CMD(IOM_TEST_OP_PASID_ATTACH, 2, .pasid_attach = { 7, 5 }))
STEP(pasid_attach_2, CMD(IOM_TEST_OP_PASID_ATTACH, 2, .pasid_attach = { 8, 5 }))
/* the driver counts the changes of this one */
STEP(pasid_counted, CMD(IOM_TEST_OP_PASID_ATTACH, 2,
			.pasid_attach = { IOM_TEST_PASID_RESERVED, 5 }))
STEP(pasid_replace, CMD(IOM_TEST_OP_PASID_REPLACE, 2, .pasid_replace = { 7, 6 }))
STEP(pasid_detach, CMD(IOM_TEST_OP_PASID_DETACH, 2, .pasid_detach.pasid = 7))

STEP(access_pin, return create_access(1, IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES, &fds[0]))
STEP(access_plain, return create_access(1, 0, &fds[0]))
STEP(pin_some, uint32_t item;
     return access_pages(fds[0], APERTURE + PAGE, NULL, 4 * PAGE, 0, &item))
STEP(pin_low, uint32_t item; return access_pages(fds[0], APERTURE, NULL, 2 * PAGE, 0, &item))
STEP(pin_high, uint32_t item;
     return access_pages(fds[0], APERTURE + 2 * PAGE, NULL, 2 * PAGE, 0, &item))
STEP(unpin, return access_unpin(fds[0], 0))
STEP(rw_read, char p[64]; return access_rw(fds[0], APERTURE + PAGE - 10, p, sizeof(p), 0))
STEP(rw_write, char p[64] = "x";
     return access_rw(fds[0], APERTURE + 100, p, sizeof(p),
		      IOM_MOCK_ACCESS_RW_WRITE | IOM_MOCK_ACCESS_RW_SLOW_PATH))
STEP(access_move, CMD(IOM_TEST_OP_ACCESS_REPLACE_IOAS, (uint32_t)fds[0],
		      .access_replace_ioas.ioas_id = 2))
STEP(close_0, return iom_emu_close(emu, fds[0]))

STEP(fault_queue, struct iom_fault_alloc c = { .size = sizeof(c) };
     int rc = call(IOM_NR_FAULT_QUEUE_ALLOC, &c); fds[1] = (int)c.out_fault_fd; return rc)
STEP(request, CMD(IOM_TEST_OP_TRIGGER_IOPF, 0,
		  .trigger_iopf = { .dev_id = 3, .grpid = 1, .perm = 1, .addr = 0x1000 }))
STEP(read_request, struct iom_hwpt_pgfault f;
     return (int)iom_emu_read(emu, fds[1], &f, sizeof(f)))
STEP(respond, struct iom_hwpt_page_response r = { 1, IOM_PAGE_RESP_SUCCESS };
     return (int)iom_emu_write(emu, fds[1], &r, sizeof(r)))

STEP(viommu, struct iom_viommu_selftest d = { .in_data = 1 };
     struct iom_viommu_alloc c = { .size = sizeof(c),
				   .type = IOM_VIOMMU_TYPE_SELFTEST,
				   .dev_id = 3,
				   .hwpt_id = 5,
				   .data_len = sizeof(d),
				   .data_uptr = (uintptr_t)&d };
     return call(IOM_NR_VIOMMU_ALLOC, &c))
STEP(vdevice, struct iom_vdevice_alloc c = {
		      .size = sizeof(c), .viommu_id = 6, .dev_id = 3, .virt_id = 9 };
     return call(IOM_NR_VDEVICE_ALLOC, &c))
STEP(events, struct iom_veventq_alloc c = { .size = sizeof(c),
					    .viommu_id = 6,
					    .type = IOM_VEVENTQ_TYPE_SELFTEST,
					    .veventq_depth = 1 };
     int rc = call(IOM_NR_VEVENTQ_ALLOC, &c); fds[1] = (int)c.out_veventq_fd; return rc)
STEP(event, CMD(IOM_TEST_OP_TRIGGER_VEVENT, 0, .trigger_vevent.dev_id = 3))
STEP(read_event, char p[64]; return (int)iom_emu_read(emu, fds[1], p, sizeof(p)))
STEP(hw_queue, struct iom_hw_queue_alloc c = { .size = sizeof(c),
					       .viommu_id = 6,
					       .type = IOM_HW_QUEUE_TYPE_SELFTEST,
					       .nesting_parent_iova = APERTURE,
					       .length = 2 * PAGE };
     return call(IOM_NR_HW_QUEUE_ALLOC, &c))
STEP(invalidate, struct iom_viommu_invalidate_selftest e = { .vdev_id = 9, .cache_id = 1 };
     struct iom_hwpt_invalidate c = { .size = sizeof(c),
				      .hwpt_id = 6,
				      .data_uptr = (uintptr_t)&e,
				      .data_type = IOM_VIOMMU_INVALIDATE_DATA_SELFTEST,
				      .entry_len = sizeof(e),
				      .entry_num = 1 };
     return call(IOM_NR_HWPT_INVALIDATE, &c))

STEP(open_again, return iom_emu_open(emu, "/dev/iommu"))
STEP(open_vfio, fds[2] = iom_emu_open(emu, "/dev/vfio/devices/vfio1"); return fds[2])
STEP(bind, struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };
     return iom_emu_ioctl(emu, fds[2], IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b))

static int vfio_attach(uint32_t pt, uint32_t pasid)
{
	struct iom_vfio_attach a = { .argsz = sizeof(a), .pt_id = pt, .pasid = pasid };

	a.flags = pasid ? IOM_VFIO_DEVICE_ATTACH_PASID : 0;
	return iom_emu_ioctl(emu, fds[2], IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a);
}

STEP(hwpt_vfio, struct iom_hwpt_alloc c = { .size = sizeof(c),
					    .flags = IOM_HWPT_ALLOC_PASID,
					    .dev_id = 2,
					    .pt_id = 1 };
     return call(IOM_NR_HWPT_ALLOC, &c))
STEP(attach_ioas, return vfio_attach(1, 0))
STEP(attach_hwpt, return vfio_attach(3, 0))
STEP(attach_pasid, return vfio_attach(3, 5))
STEP(close_vfio, return iom_emu_close(emu, fds[2]))
STEP(kvm, static const char *const names[] = { "vfio1" };
     const struct iom_kvm_slot slot = { 0, 0xfffff };
     const struct iom_kvm_vm vm = { &slot, 1, names, 1 };
     return iom_emu_kvm_create(emu, &vm))

/* Linux 7.3 does not tell the number. */
static int dmabuf(void)
{
	struct iom_test_cmd c = { .dmabuf_get.length = 4 * PAGE };
	int rc = test_cmd(&c, IOM_TEST_OP_DMABUF_GET, 0);

	for (int i = 0; i < emu->n_files; i++)
		if (emu->files[i] && emu->files[i]->kind == EMU_FILE_DMABUF)
			fds[3] = i;
	return rc;
}

STEP(map_dmabuf, return map_file(1, fds[3], 0, 4 * PAGE, APERTURE + 0x800000))
STEP(revoke_dmabuf, CMD(IOM_TEST_OP_DMABUF_REVOKE, 0, .dmabuf_revoke = { fds[3], 1 }))

/* Of BAR 0 of the device. */
STEP(export_bar, struct {
	     struct iom_vfio_feature head;
	     struct iom_vfio_feature_dma_buf want;
	     struct iom_vfio_region_dma_range range;
     } e = { { sizeof(e), IOM_VFIO_DEVICE_FEATURE_GET | IOM_VFIO_DEVICE_FEATURE_DMA_BUF },
	     { .open_flags = O_CLOEXEC | O_RDWR, .nr_ranges = 1 },
	     { 0, PAGE } };
     return iom_emu_ioctl(emu, fds[2], IOM_NR_VFIO_DEVICE_FEATURE, &e))

/* ---- steps that only look, or that other calls follow ---- */

STEP(iova_ranges, struct iom_iova_range r[8]; uint64_t alignment; uint32_t n = 8;
     return ranges(1, r, &n, &alignment))
STEP(get_huge, uint64_t v = 0; return option(IOM_OPTION_HUGE_PAGES, IOM_OPTION_OP_GET, 1, &v))
STEP(get_mode, uint64_t v = 0; return option(IOM_OPTION_RLIMIT_MODE, IOM_OPTION_OP_GET, 0, &v))
STEP(sw_msi, return set_option(IOM_OPTION_SW_MSI_START, 2, 0x9000000))
STEP(hw_info, struct iom_test_hw_info d;
     struct iom_hw_info c = {
	     .size = sizeof(c), .dev_id = 3, .data_len = sizeof(d), .data_uptr = (uintptr_t)&d };
     return call(IOM_NR_GET_HW_INFO, &c))
STEP(change_process, struct iom_ioas_change_process c = { .size = sizeof(c) };
     return call(IOM_NR_IOAS_CHANGE_PROCESS, &c))
STEP(plain_mock, struct iom_test_cmd c = { 0 }; return test_cmd(&c, IOM_TEST_OP_MOCK_DOMAIN, 1))
STEP(look_at_map, return check_map(4, APERTURE, buf, PAGE))
STEP(look_at_refs, return check_refs(buf, PAGE, 1))
STEP(temp_memory, CMD(IOM_TEST_OP_SET_TEMP_MEMORY_LIMIT, 0, .memory_limit.limit = 64))
STEP(look_at_iotlb, CMD(IOM_TEST_OP_MD_CHECK_IOTLB, 6, .check_iotlb = { 0, IOM_TEST_IOTLB_DEFAULT }))
STEP(look_at_cache, CMD(IOM_TEST_OP_DEV_CHECK_CACHE, 3,
			.check_dev_cache = { 0, IOM_TEST_DEV_CACHE_DEFAULT }))
STEP(look_at_pasid, CMD(IOM_TEST_OP_PASID_CHECK_HWPT, 2, .pasid_check = { .pasid = 7, .hwpt_id = 5 }))
STEP(drop_iotlb, struct iom_hwpt_invalidate_selftest e = { .iotlb_id = 1 };
     struct iom_hwpt_invalidate c = { .size = sizeof(c),
				      .hwpt_id = 6,
				      .data_uptr = (uintptr_t)&e,
				      .data_type = IOM_HWPT_INVALIDATE_DATA_SELFTEST,
				      .entry_len = sizeof(e),
				      .entry_num = 1 };
     return call(IOM_NR_HWPT_INVALIDATE, &c))

/* ---- the old container ---- */

STEP(container, struct iom_vfio_ioas c = { .size = sizeof(c), .op = IOM_VFIO_IOAS_SET, .ioas_id = 1 };
     return call(IOM_NR_VFIO_IOAS, &c))
STEP(container_get, struct iom_vfio_ioas c = { .size = sizeof(c), .op = IOM_VFIO_IOAS_GET };
     return call(IOM_NR_VFIO_IOAS, &c))
STEP(container_clear, struct iom_vfio_ioas c = { .size = sizeof(c), .op = IOM_VFIO_IOAS_CLEAR };
     return call(IOM_NR_VFIO_IOAS, &c))
STEP(type_1, return call(_IO(';', 0x66), (void *)1))
STEP(dma_info, uint32_t info[64] = { sizeof(info) }; return call(_IO(';', 0x70), info))
STEP(dma_map, struct {
	     uint32_t argsz, flags;
	     uint64_t vaddr, iova, size;
     } m = { sizeof(m), 3, (uintptr_t)buf, 0x100000, 8 * PAGE };
     return call(_IO(';', 0x71), &m))
/* Cuts at one end, so that there is one thing to undo. */
STEP(dma_unmap, struct {
	     uint32_t argsz, flags;
	     uint64_t iova, size;
     } m = { sizeof(m), 0, 0x100000, 2 * PAGE };
     return call(_IO(';', 0x72), &m))

/* ---- a device without an IOMMU, one that is lent to a guest ---- */

STEP(open_noiommu, fds[2] = iom_emu_open(emu, "/dev/vfio/devices/noiommu-a"); return fds[2])
STEP(get_pa, struct iom_ioas_noiommu_get_pa c = {
		     .size = sizeof(c), .ioas_id = 1, .iova = APERTURE, .length = PAGE };
     return call(IOM_NR_IOAS_NOIOMMU_GET_PA, &c))
STEP(open_vfio0, fds[2] = iom_emu_open(emu, "/dev/vfio/devices/vfio0"); return fds[2])
STEP(kvm_vfio0, static const char *const names[] = { "vfio0" };
     const struct iom_kvm_slot slot = { 0, 0xfffff };
     const struct iom_kvm_vm vm = { &slot, 1, names, 1 };
     return iom_emu_kvm_create(emu, &vm))
STEP(parent_vfio0, struct iom_hwpt_alloc c = {
			   .size = sizeof(c), .flags = IOM_HWPT_ALLOC_NEST_PARENT, .dev_id = 2, .pt_id = 1 };
     return call(IOM_NR_HWPT_ALLOC, &c))
STEP(viommu_vfio0, struct iom_viommu_alloc c = { .size = sizeof(c),
						 .type = IOM_VIOMMU_TYPE_ARM_SMMUV3,
						 .dev_id = 2,
						 .hwpt_id = 3 };
     return call(IOM_NR_VIOMMU_ALLOC, &c))
STEP(vdevice_vfio0, struct iom_vdevice_alloc c = {
			    .size = sizeof(c), .viommu_id = 4, .dev_id = 2, .virt_id = 9 };
     return call(IOM_NR_VDEVICE_ALLOC, &c))
STEP(tsm_bind, struct iom_tsm_op_v5 c = { .size = sizeof(c), .type = IOM_TSM_OP_BIND, .vdevice_id = 5 };
     return call(IOM_NR_TSM_OP, &c))
STEP(tsm_request, struct iom_tsm_req_v5 c = { .size = sizeof(c), .vdevice_id = 5, .resp_len = 7 };
     return call(IOM_NR_TSM_REQ, &c))

static const struct program programs[] = {
	{ "address spaces",
	  { new_ioas, new_ioas, map_1, map_2, map_pick, map_memfd, copy_two, copy_same, unmap_one,
	    reserve, allow_two, map_pick, unmap_all } },
	{ "page tables",
	  { new_ioas, add_mock, map_1, map_2, hwpt_dirty, copy_same, track, dirty, bitmap, replace_5,
	    unmap_one, replace_ioas_1, destroy_5, hwpt_plain, map_memfd, destroy_mock } },
	{ "first device after the maps",
	  { new_ioas, map_1, map_2, map_memfd, add_mock, hwpt_plain, new_ioas, destroy_mock } },
	{ "to another address space", { new_ioas, add_mock, map_1, new_ioas, replace_ioas_5 } },
	{ "small pages", { new_ioas, small_pages, map_1, add_mock, map_2 } },
	{ "PASIDs",
	  { new_ioas, add_mock, hwpt_pasid, hwpt_pasid, replace_5, pasid_attach, pasid_attach_2,
	    pasid_replace, pasid_detach, destroy_mock } },
	{ "a PASID whose changes are counted",
	  { new_ioas, add_mock, hwpt_pasid, replace_5, pasid_counted } },
	{ "accesses that pin",
	  { new_ioas, new_ioas, map_1, map_2, access_pin, pin_some, pin_some, unpin, access_move,
	    close_0 } },
	{ "accesses", { new_ioas, map_1, map_2, access_plain, rw_read, rw_write, close_0 } },
	{ "page requests",
	  { new_ioas, add_mock, fault_queue, hwpt_fault, replace_6, request, request, read_request,
	    respond, replace_ioas_1 },
	  1u << 5 | 1u << 6 },
	{ "nested", { new_ioas, add_mock, hwpt_parent, hwpt_on_parent, replace_6, replace_ioas_1 } },
	{ "virtual IOMMU",
	  { new_ioas, add_mock, hwpt_parent, map_1, viommu, vdevice, hwpt_on_viommu, replace_8,
	    events, event, event, read_event, hw_queue, invalidate } },
	{ "VFIO",
	  { new_ioas, open_vfio, bind, hwpt_vfio, attach_ioas, attach_hwpt, attach_ioas, attach_hwpt,
	    attach_pasid, close_vfio, open_again, kvm, open_vfio, bind } },
	{ "written to far apart",
	  { new_ioas, add_mock, map_1, map_far, hwpt_dirty, track, dirty, dirty_far } },
	{ "pins of what is mapped twice",
	  { new_ioas, add_mock, map_1, map_2, copy_first, access_pin, pin_some, unpin, unmap_all } },
	{ "pins side by side", { new_ioas, map_1, access_pin, pin_low, pin_high, unpin } },
	{ "device memory", { new_ioas, open_vfio, bind, export_bar } },
	{ "calls that look",
	  { new_ioas, plain_mock, map_1, iova_ranges, get_huge, get_mode, hw_info, look_at_map, look_at_refs,
	    look_at_cache, temp_memory } },
	{ "windows", { new_ioas, open_vfio, bind, sw_msi } },
	{ "what a nested table caches",
	  { new_ioas, add_mock, hwpt_parent, hwpt_on_parent, look_at_iotlb, drop_iotlb } },
	{ "which page table a PASID has",
	  { new_ioas, add_mock, hwpt_pasid, replace_5, pasid_attach, look_at_pasid } },
	{ "another process", { new_ioas, map_memfd, change_process } },
	{ "the old container",
	  { new_ioas, container, container_get, type_1, dma_map, dma_info, dma_unmap, container_clear } },
	{ "no IOMMU",
	  { new_ioas, open_noiommu, bind, attach_ioas, map_1, get_pa },
	  .spec = "has=cap-sys-rawio;device=noiommu-a,iommu=none" },
	{ "a device that is lent",
	  { new_ioas, kvm_vfio0, open_vfio0, bind, parent_vfio0, viommu_vfio0, vdevice_vfio0, tsm_bind,
	    tsm_request },
	  .spec = "abi=tsm-v5" },
	{ "dma-buf", { new_ioas, add_mock, dmabuf, map_dmabuf, revoke_dmabuf } },
};

static void test_walk(void **state)
{
	(void)state;
	for (size_t i = 0; i < IOM_ARRAY_SIZE(programs); i++) {
		unsigned int n = walk(&programs[i]);

		if (n < 5)
			fail_msg("%s: only %u failures", programs[i].name, n);
	}
}

/* Charged to the process instead of the user. */
static void test_account_mm(void **state)
{
	(void)state;
	restart("has=cap-sys-resource");
	assert_int_equal(set_option(IOM_OPTION_RLIMIT_MODE, 0, 1), 0);
	assert_int_equal(new_ioas() | add_mock() | map_1(), 0);
	assert_int_equal(emu->mm_pages, 4);
	assert_int_equal(emu->user_pages, 0);
	assert_int_equal(unmap_all(), 0);
	assert_int_equal(emu->mm_pages, 0);
}

/* Each place where an access pins pages fails as it does in Linux. */
static void test_pins(void **state)
{
	bool seen[256] = { false };
	uint32_t item;
	unsigned int nth = 0, left = 0;
	int access;

	(void)state;
	restart("");
	assert_int_equal(new_ioas() | map_1(), 0);
	assert_int_equal(create_access(1, IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES, &access), 0);
	while (!left) {
		int rc;

		iom_emu_fail_nth(++nth);
		rc = access_pages(access, APERTURE, buf, 4 * PAGE, 0, &item);
		left = iom_emu_fail_left();
		iom_emu_fail_nth(0);
		/* some steps have another way to go on */
		assert_true(!rc || !left);
		seen[-rc] = true;
		if (!rc)
			assert_int_equal(access_unpin(access, item), 0);
	}
	assert_true(seen[ENOMEM] && seen[EFAULT] && seen[EINVAL]);
}

/* Ids have 31 bits; a table with all of them would take more memory than there is. */
static void test_no_ids(void **state)
{
	struct emu_ctx full = { .emu = emu, .objs = { .words = 1u << 25, .first_free = 1u << 25 } };

	(void)state;
	assert_null(emu_obj_alloc(&full, sizeof(struct emu_obj), IOM_OBJ_IOAS));
	assert_int_equal(full.objs.count, 0);
	assert_null(full.objs.slot);
}

/* Locked pages are counted only for those who may not lock what they like. */
static int drop_ipc_lock(void **state)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	(void)state;
	if (syscall(SYS_capget, &head, data))
		return -1;
	data[CAP_IPC_LOCK / 32].effective &= ~(1u << (CAP_IPC_LOCK % 32));
	return (int)syscall(SYS_capset, &head, data);
}

int main(void)
{
	const struct CMUnitTest tests[] = { T(test_walk), T(test_account_mm), T(test_pins),
					   T(test_no_ids) };

	return cmocka_run_group_tests(tests, drop_ipc_lock, NULL);
}
