/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused operations of the mock driver, and of VFIO bind, attach and detach. */
#include "causes.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "iommuctl/host.h"

#define MISC_MAJOR 10
#define ACCESS_MAX (16ULL << 20) /* bytes in one access of the mock driver */

/* ---- attaching: what the IOAS holds must suit the device ---- */

/* A page table is made with an aperture, but without the reserved regions of its device. */
static bool is_alloc(const struct iom_case *c)
{
	return look_is(c, "IOMMU_HWPT_ALLOC");
}

static bool is_mock(const struct iom_case *c)
{
	const struct iom_object *dev = is_alloc(c) ? iom_ctx_object(c->ctx, look_id(c, "dev_id")) : NULL;

	return c->call->family == IOM_FAM_SELFTEST || (dev && dev->peer);
}

/* The member that says what to attach to. */
static const char *pt_field(const struct iom_case *c)
{
	bool direct = look_is(c, "IOMMU_TEST_OP_MOCK_DOMAIN") ||
		      look_is(c, "IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS") ||
		      look_is(c, "IOMMU_TEST_OP_CREATE_ACCESS");

	return direct ? "id" : "pt_id";
}

/* The IOAS that the call would put the device on, 0 when not known. */
static uint32_t attach_ioas(struct iom_case *c)
{
	const struct iom_object *o = iom_ctx_ioas_of(c->ctx, look_id(c, pt_field(c)));

	if (!o && c->ctx->inherited)
		c->unknown = true;
	return o ? o->id : 0;
}

bool cause_attach_unaligned(struct iom_case *c)
{
	long page = sysconf(_SC_PAGESIZE);
	uint32_t ioas = attach_ioas(c);
	bool small = is_mock(c) && !look_is(c, "IOMMU_TEST_OP_CREATE_ACCESS");

	if (!ioas || page <= 0)
		return false;
	return cause_areas_unaligned(c, ioas, small ? IOM_MOCK_PAGE_SIZE : (uint64_t)page,
				     pt_field(c));
}

static int excluded_region(const struct iom_region *r, void *arg)
{
	struct look_hole *h = arg;

	/* start and last hold the question until the answer takes their place. */
	if (r->last < h->start || r->start > h->last || !strcmp(r->kind, "direct-relaxable"))
		return 0;
	h->start = r->start;
	h->last = r->last;
	snprintf(h->kind, sizeof(h->kind), "%s", r->kind);
	return 1;
}

static int excluded_aperture(const struct iom_region *r, void *arg)
{
	return strcmp(r->kind, "aperture") ? 0 : excluded_region(r, arg);
}

/* Whether the page table to be made cannot reach some of [start, last], if it is an ordinary one. */
static bool table_excludes(struct iom_case *c, uint64_t start, uint64_t last, struct look_hole *h)
{
	if (look_get(c, "data_len") || !c->ctx->be->regions)
		return look_blind(c);
	*h = (struct look_hole){ .start = start, .last = last };
	return c->ctx->be->regions(c->ctx->be, c->ctx->fd, look_id(c, "dev_id"), excluded_aperture,
				   h) == 1;
}

/* Whether the device to be attached cannot use some of [start, last]; *h says which part. */
static bool device_excludes(struct iom_case *c, uint64_t start, uint64_t last, struct look_hole *h)
{
	struct iom_handle *dev;
	long group;

	if (is_alloc(c) && (c->ctx->be->regions || !is_mock(c)))
		return table_excludes(c, start, last, h);
	if (is_mock(c)) {
		if (start >= IOM_MOCK_APERTURE_START && last <= IOM_MOCK_APERTURE_LAST)
			return false;
		*h = (struct look_hole){ .start = 0, .last = IOM_MOCK_APERTURE_START - 1 };
		if (start >= IOM_MOCK_APERTURE_START)
			*h = (struct look_hole){ .start = IOM_MOCK_APERTURE_LAST + 1ULL,
						 .last = UINT64_MAX };
		snprintf(h->kind, sizeof(h->kind), "aperture");
		return true;
	}
	dev = look_device(c);
	if (dev && c->ctx->be->regions) {
		*h = (struct look_hole){ .start = start, .last = last };
		return c->ctx->be->regions(c->ctx->be, c->ctx->fd, dev->id, excluded_region, h) == 1;
	}
	group = dev && !strcmp(c->ctx->be->name, "kernel") ? look_device_group(c, dev->name) : -1;
	if (group < 0)
		return look_blind(c);
	if (look_host_region(c, group, start, last, h))
		return true;
	/* Its aperture cannot be seen from here. */
	return look_blind(c);
}

bool cause_attach_mapped(struct iom_case *c)
{
	uint32_t ioas = attach_ioas(c);
	struct iom_area *a = ioas ? iom_ctx_area(c->ctx, ioas, 0, UINT64_MAX) : NULL;
	struct look_hole h;
	char text[96];

	for (; a; a = iom_ctx_area_next(a, 0, UINT64_MAX)) {
		if (!device_excludes(c, a->node.start, a->node.last, &h))
			continue;
		return look_holds(c, pt_field(c),
				  "%s of ioas %u meets 0x%" PRIx64 "-0x%" PRIx64
				  ", which the device cannot use (%s)",
				  look_area_text(a, text, sizeof(text)), ioas, h.start, h.last,
				  strcmp(h.kind, "aperture") ? h.kind : "outside its aperture");
	}
	return false;
}

bool cause_attach_allowed(struct iom_case *c)
{
	uint32_t ioas = attach_ioas(c);
	const struct iom_object *o = iom_ctx_object(c->ctx, ioas);
	struct look_hole h;

	for (unsigned int i = 0; o && i < o->n_allowed; i++) {
		if (!device_excludes(c, o->allowed[i].start, o->allowed[i].last, &h))
			continue;
		return look_holds(c, pt_field(c),
				  "the allowed range 0x%" PRIx64 "-0x%" PRIx64
				  " of ioas %u meets 0x%" PRIx64 "-0x%" PRIx64
				  ", which the device cannot use (%s)",
				  o->allowed[i].start, o->allowed[i].last, ioas, h.start, h.last,
				  strcmp(h.kind, "aperture") ? h.kind : "outside its aperture");
	}
	return false;
}

bool cause_attach_dirty(struct iom_case *c)
{
	const struct iom_object *pt = look_object(c, look_id(c, pt_field(c))), *dev = NULL;
	struct iom_hw_info info;

	if (!pt || pt->type != IOM_OBJ_HWPT_PAGING ||
	    !(pt->hwpt_flags & IOM_HWPT_ALLOC_DIRTY_TRACKING) || look_get(c, "pasid"))
		return false;
	if (look_is(c, "IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS")) {
		if (!(look_get(c, "dev_flags") & IOM_MOCK_FLAGS_DEVICE_NO_DIRTY))
			return false;
		return look_holds(c, "id", "hwpt %u tracks dirty pages, and the device is to be one "
				  "that cannot", pt->id);
	}
	dev = look_object(c, look_id(c, "id"));
	if (!dev || !cause_ask_hardware(c, dev->peer, &info) ||
	    info.out_capabilities & IOM_HW_CAP_DIRTY_TRACKING)
		return false;
	return look_holds(c, "pt_id", "hwpt %u tracks dirty pages, and device %u cannot", pt->id,
			  dev->peer);
}

bool cause_attach_memory_gone(struct iom_case *c)
{
	uint32_t ioas = attach_ioas(c);
	struct iom_area *a = ioas ? iom_ctx_area(c->ctx, ioas, 0, UINT64_MAX) : NULL;
	struct look_vma v;
	char text[96];

	for (; a; a = iom_ctx_area_next(a, 0, UINT64_MAX)) {
		enum look_span is;

		if (a->file)
			continue;
		is = look_span(a->user_va, a->node.last - a->node.start + 1, a->prot & 2, &v);
		if (is == LOOK_UNMAPPED || is == LOOK_NO_RIGHT)
			return look_holds(c, pt_field(c),
					  "the memory behind %s of ioas "
					  "%u is %s at 0x%" PRIx64,
					  look_area_text(a, text, sizeof(text)), ioas,
					  is == LOOK_UNMAPPED ? "not mapped any more"
							      : "without the rights",
					  v.start);
	}
	return false;
}

/* ---- mock driver ---- */

bool cause_op_unknown(struct iom_case *c)
{
	const struct iom_field *f = iom_field_find(c->call->fields, "op");
	uint64_t op = look_get(c, "op");

	if (!is_mock(c) || !f || !f->values || iom_value_of(f->values, op))
		return false;
	return look_holds(c, "op", "the selftest driver has no operation %" PRIu64, op);
}

static bool add_reserved_range(struct iom_case *c, uint64_t *start, uint64_t *last)
{
	uint64_t length = look_get(c, "length");

	*start = look_get(c, "start");
	return length && !__builtin_add_overflow(*start, length - 1, last);
}

bool cause_resv_mapped(struct iom_case *c)
{
	struct iom_area *a;
	uint64_t start, last;
	char text[96];

	if (!add_reserved_range(c, &start, &last))
		return false;
	a = iom_ctx_area(c->ctx, look_id(c, "id"), start, last);
	if (!a)
		return c->ctx->inherited ? look_blind(c) : false;
	return look_holds(c, "start", "0x%" PRIx64 "-0x%" PRIx64 " overlaps %s", start, last,
			  look_area_text(a, text, sizeof(text)));
}

bool cause_resv_allowed(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "id"));
	uint64_t start, last;

	if (!add_reserved_range(c, &start, &last) || !o)
		return false;
	for (unsigned int i = 0; i < o->n_allowed; i++)
		if (start <= o->allowed[i].last && last >= o->allowed[i].start)
			return look_holds(c, "start",
					  "0x%" PRIx64 "-0x%" PRIx64 " overlaps the allowed "
					  "range 0x%" PRIx64 "-0x%" PRIx64,
					  start, last, o->allowed[i].start, o->allowed[i].last);
	return c->ctx->inherited ? look_blind(c) : false;
}

bool cause_not_attached(struct iom_case *c)
{
	const struct iom_object *o = look_object(c, look_id(c, "id"));

	if (!o || o->hwpt)
		return false;
	return look_holds(c, "id", "%s %u is attached to nothing that could be replaced",
			  iom_obj_name(o->type), o->id);
}

bool cause_check_unaligned(struct iom_case *c)
{
	static const char *const names[] = { "iova", "length", "uptr" };

	for (size_t i = 0; i < IOM_ARRAY_SIZE(names); i++)
		if (look_get(c, names[i]) % IOM_MOCK_PAGE_SIZE)
			return look_holds(c, names[i],
					  "%s 0x%" PRIx64 " is not a multiple of %u, the "
					  "mock page size",
					  names[i], look_get(c, names[i]), IOM_MOCK_PAGE_SIZE);
	return false;
}

bool cause_uptr_wraps(struct iom_case *c)
{
	uint64_t uptr = look_get(c, "uptr"), end;

	if (!__builtin_add_overflow(uptr, look_get(c, "length"), &end))
		return false;
	return look_holds(c, "uptr", "uptr 0x%" PRIx64 " + length goes past the end of 64 bits",
			  uptr);
}

bool cause_map_differs(struct iom_case *c)
{
	const struct iom_object *ioas = iom_ctx_ioas_of(c->ctx, look_id(c, "id"));
	uint64_t iova = look_get(c, "iova"), length = look_get(c, "length"), last;
	uint64_t uptr = look_get(c, "uptr"), at, gap_last;
	struct iom_area *a;

	if (!ioas || !length || __builtin_add_overflow(iova, length - 1, &last))
		return look_blind(c);
	if (look_gap(c, ioas->id, iova, last, &at, &gap_last))
		return look_holds(c, "iova",
				  "nothing is mapped at 0x%" PRIx64 "-0x%" PRIx64 " of ioas %u", at,
				  gap_last, ioas->id);
	a = iom_ctx_area(c->ctx, ioas->id, iova, last);
	for (; a; a = iom_ctx_area_next(a, iova, last)) {
		uint64_t from = a->node.start > iova ? a->node.start : iova;
		uint64_t has = a->user_va + (from - a->node.start), asked = uptr + (from - iova);

		if (a->user_va && has != asked)
			return look_holds(c, "uptr",
					  "iova 0x%" PRIx64 " maps the memory at 0x%" PRIx64
					  ", not 0x%" PRIx64,
					  from, has, asked);
	}
	return look_blind(c);
}

static struct iom_handle *access_of(const struct iom_case *c)
{
	struct iom_handle *h = iom_ctx_handle(c->ctx, (int)look_id(c, "id"));

	return h && h->by && !strcmp(h->by, "IOMMU_TEST_OP_CREATE_ACCESS") ? h : NULL;
}

bool cause_not_access(struct iom_case *c)
{
	if (access_of(c))
		return false;
	if (c->ctx->inherited && fcntl((int)look_id(c, "id"), F_GETFD) >= 0)
		return look_blind(c);
	return look_holds(c, "id", "fd %d is no access that this context created",
			  (int)look_id(c, "id"));
}

bool cause_access_too_long(struct iom_case *c)
{
	uint64_t length = look_get(c, "length");

	if (length <= ACCESS_MAX)
		return false;
	return look_holds(c, "length",
			  "length %" PRIu64 " is more than the %llu bytes that one access "
			  "may have",
			  length, (unsigned long long)ACCESS_MAX);
}

/* The range of an access and the IOAS it goes to. */
static bool access_range(const struct iom_case *c, uint32_t *ioas, uint64_t *start, uint64_t *last)
{
	const struct iom_handle *h = access_of(c);
	uint64_t length = look_get(c, "length");

	*start = look_get(c, "iova");
	*ioas = h ? h->id : 0;
	return *ioas && length && !__builtin_add_overflow(*start, length - 1, last);
}

bool cause_access_gap(struct iom_case *c)
{
	uint64_t start, last, at, gap_last;
	uint32_t ioas;

	if (!access_range(c, &ioas, &start, &last) ||
	    !look_gap(c, ioas, start, last, &at, &gap_last))
		return false;
	return look_holds(c, "iova", "nothing is mapped at 0x%" PRIx64 "-0x%" PRIx64 " of ioas %u",
			  at, gap_last, ioas);
}

bool cause_access_prot(struct iom_case *c)
{
	bool write = look_get(c, "flags") & IOM_MOCK_ACCESS_RW_WRITE;
	uint64_t start, last;
	struct iom_area *a;
	uint32_t ioas;
	char text[96];

	if (!access_range(c, &ioas, &start, &last))
		return look_blind(c);
	a = iom_ctx_area(c->ctx, ioas, start, last);
	for (; a; a = iom_ctx_area_next(a, start, last))
		if (!(a->prot & (write ? 2 : 1)))
			return look_holds(c, "flags", "%s is not %s",
					  look_area_text(a, text, sizeof(text)),
					  write ? "writeable" : "readable");
	return look_blind(c);
}

bool cause_access_unaligned(struct iom_case *c)
{
	uint64_t start, last, page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct iom_area *a;
	uint32_t ioas;

	if (!access_range(c, &ioas, &start, &last))
		return false;
	/* Pages are pinned whole: only the outer ends may lie within one. */
	a = iom_ctx_area(c->ctx, ioas, start, last);
	for (; a; a = iom_ctx_area_next(a, start, last)) {
		uint64_t from = a->node.start > start ? a->node.start : start;
		uint64_t va = a->user_va + (from - a->node.start);

		if (!a->file && va % page)
			return look_holds(c, "iova",
					  "iova 0x%" PRIx64 " is at 0x%" PRIx64 " of memory, in "
					  "the middle of a page",
					  from, va);
	}
	return false;
}

bool cause_no_fd_left(struct iom_case *c)
{
	_iom_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 || errno != EMFILE)
		return false;
	return look_holds(c, NULL, "this process has no file descriptor left (RLIMIT_NOFILE)");
}

/* ---- VFIO ---- */

bool cause_iommufd_negative(struct iom_case *c)
{
	int fd = (int)look_get(c, "iommufd");

	return fd >= 0 ? false : look_holds(c, "iommufd", "iommufd is %d", fd);
}

/* A device that VFIO_GROUP_GET_DEVICE_FD handed out has a file without a path. */
bool cause_group_file(struct iom_case *c)
{
	char name[128];

	if (c->fd < 0 || strcmp(c->ctx->be->name, "kernel"))
		return false;
	look_fd_name(c->fd, name, sizeof(name));
	if (strncmp(name, "anon_inode:", strlen("anon_inode:")))
		return false;
	return look_holds(c, NULL, "fd %d is %s, not a file of /dev/vfio/devices", c->fd, name);
}

bool cause_device_bound(struct iom_case *c)
{
	const struct iom_handle *h = look_device(c);

	if (!h)
		return look_blind(c);
	if (!h->id)
		return false;
	return look_holds(c, NULL, "%s is bound already, as device %u of this context", h->name,
			  h->id);
}

/* Another fd of the same node that this context has bound. */
bool cause_device_twice(struct iom_case *c)
{
	const struct iom_handle *it = look_device(c);

	for (const struct iom_handle *h = c->ctx->handles; it && h; h = h->next)
		if (h != it && h->id && h->name[0] && !strcmp(h->name, it->name))
			return look_holds(c, NULL,
					  "%s is bound through another fd (%d) as device %u",
					  h->name, h->fd, h->id);
	return false;
}

bool cause_device_unbound(struct iom_case *c)
{
	const struct iom_handle *h = look_device(c);

	if (c->call->family != IOM_FAM_VFIO || look_is(c, "VFIO_DEVICE_BIND_IOMMUFD"))
		return false;
	if (!h)
		return look_blind(c);
	if (h->id)
		return false;
	return look_holds(c, NULL, "%s is not bound to an iommufd yet", h->name);
}

bool cause_iommufd_not_open(struct iom_case *c)
{
	int fd = (int)look_get(c, "iommufd");

	if (fcntl(fd, F_GETFD) >= 0)
		return false;
	return look_holds(c, "iommufd", "fd %d is not open in this process", fd);
}

bool cause_iommufd_other(struct iom_case *c)
{
	int fd = (int)look_get(c, "iommufd");
	char name[128];
	struct stat st;

	if (fstat(fd, &st) || (S_ISCHR(st.st_mode) && major(st.st_rdev) == MISC_MAJOR))
		return false;
	look_fd_name(fd, name, sizeof(name));
	return look_holds(c, "iommufd", "fd %d is %s, not an iommufd", fd, name);
}

/* Last part of what a link of the host points to, "" when there is none. */
static void link_name(const char *path, char *buf, size_t len)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *base;

	buf[0] = '\0';
	if (n < 0)
		return;
	target[n] = '\0';
	base = strrchr(target, '/');
	snprintf(buf, len, "%.*s", (int)len - 1, base ? base + 1 : target);
}

/* Drivers that leave DMA to the user: they do not stand in the way of VFIO. */
static bool is_harmless(const char *driver)
{
	return !driver[0] || !strncmp(driver, "vfio", 4) || strstr(driver, "vfio") ||
	       !strcmp(driver, "pcieport") || !strcmp(driver, "pci-stub");
}

static bool sibling_in(struct iom_case *c, DIR *dir, const char *folder, long group)
{
	struct dirent *de;

	while ((de = readdir(dir))) {
		char path[PATH_MAX], driver[64];
		int n = snprintf(path, sizeof(path), "%s/%s/driver", folder, de->d_name);

		if (de->d_name[0] == '.' || n < 0 || (size_t)n >= sizeof(path))
			continue;
		link_name(path, driver, sizeof(driver));
		if (!is_harmless(driver))
			return look_holds(c, NULL, "%s of the same group %ld is bound to %s",
					  de->d_name, group, driver);
	}
	return false;
}

bool cause_sibling_driver(struct iom_case *c)
{
	const struct iom_handle *h = look_device(c);
	long group = h ? look_device_group(c, h->name) : -1;
	char folder[PATH_MAX];
	bool found;
	DIR *dir;

	/* The devices of the emulator have no drivers. */
	if (c->ctx->be->group)
		return false;
	if (group < 0 || iom_path(c->sysroot, folder, sizeof(folder),
				  "/sys/kernel/iommu_groups/%ld/devices", group))
		return look_blind(c);
	dir = opendir(folder);
	if (!dir)
		return look_blind(c);
	found = sibling_in(c, dir, folder, group);
	closedir(dir);
	return found;
}

bool cause_noiommu(struct iom_case *c)
{
	const struct iom_handle *h = iom_ctx_handle_of(c->ctx, look_id(c, "dev_id"));

	if (!h || !strstr(h->name, "/noiommu-"))
		return false;
	return look_holds(c, "dev_id", "device %u (%s) is behind no IOMMU", h->id, h->name);
}

static bool has_token(const struct iom_case *c)
{
	return look_get(c, "flags") & IOM_VFIO_DEVICE_BIND_FLAG_TOKEN;
}

bool cause_token_missing(struct iom_case *c)
{
	const struct iom_handle *h = look_device(c);

	return !has_token(c) &&
	       look_holds(c, "flags", "%s was opened without a VF token", h ? h->name : "the device");
}

bool cause_token_wrong(struct iom_case *c)
{
	const struct iom_handle *h = look_device(c);

	return has_token(c) && look_holds(c, "token_uuid_ptr", "%s takes another VF token than this one",
					  h ? h->name : "the device");
}

/* Whether sysfs has this below the VFIO device. */
static bool device_has(struct iom_case *c, const struct iom_handle *h, const char *what)
{
	const char *name = strrchr(h->name, '/');
	char path[PATH_MAX];

	return !iom_path(c->sysroot, path, sizeof(path), "/sys/class/vfio-dev/%s/device%s",
			 name ? name + 1 : h->name, what) &&
	       !access(path, F_OK);
}

bool cause_token_misuse(struct iom_case *c)
{
	const struct iom_handle *h = look_device(c);
	char path[PATH_MAX], driver[64];
	const char *name;

	if (!has_token(c))
		return false;
	/* The emulator refuses with EINVAL for no other reason that a row before did not find. */
	if (h && !strcmp(c->ctx->be->name, "emu"))
		return look_holds(c, "flags", "%s has no VF token in the emulated machine", h->name);
	if (!h || !device_has(c, h, ""))
		return look_blind(c);
	if (!device_has(c, h, "/physfn"))
		return !device_has(c, h, "/sriov_totalvfs") &&
		       look_holds(c, "flags", "%s is neither a VF nor a PF: it has no VF token", h->name);
	name = strrchr(h->name, '/');
	if (iom_path(c->sysroot, path, sizeof(path), "/sys/class/vfio-dev/%s/device/physfn/driver",
		     name ? name + 1 : h->name))
		return look_blind(c);
	link_name(path, driver, sizeof(driver));
	if (strstr(driver, "vfio"))
		return false;
	return look_holds(c, "flags", "the PF of %s is bound to %s, so it has no VF token", h->name,
			  driver[0] ? driver : "no driver");
}

bool cause_attached_elsewhere(struct iom_case *c)
{
	const struct iom_handle *h = look_device(c);
	const struct iom_object *dev = h ? iom_ctx_object(c->ctx, h->id) : NULL;
	long group = h ? look_device_group(c, h->name) : -1;
	uint32_t pasid = look_get(c, "flags") & 1 ? look_id(c, "pasid") : 0;

	/* A device of the emulator without a group is alone in it. */
	if (group < 0 && c->ctx->be->group)
		return false;
	/* The device itself would be moved; another one of its group cannot be left behind. */
	for (const struct iom_handle *s = c->ctx->handles; dev && group >= 0 && s; s = s->next) {
		const struct iom_object *o = s->id ? iom_ctx_object(c->ctx, s->id) : NULL;
		uint32_t hwpt = o && s != h && s->name[0] ? cause_hwpt_of(c, o, pasid) : 0;

		if (!hwpt || hwpt == look_id(c, "pt_id") || look_device_group(c, s->name) != group)
			continue;
		if (pasid)
			return look_holds(c, "pt_id",
					  "pasid %u of device %u (%s) of the same group %ld is "
					  "attached to hwpt %u",
					  pasid, o->id, s->name, group, hwpt);
		return look_holds(c, "pt_id",
				  "device %u (%s) of the same group %ld is attached to hwpt %u",
				  o->id, s->name, group, hwpt);
	}
	return group < 0 || c->ctx->inherited ? look_blind(c) : false;
}

bool cause_memory_off(struct iom_case *c)
{
	enum { COMMAND = 4, COMMAND_MEMORY = 2 }; /* of the PCI configuration space */
	struct iom_vfio_region_info config = {
		.argsz = sizeof(config), .index = IOM_VFIO_PCI_CONFIG_REGION_INDEX,
	};
	struct iom_backend *be = c->ctx->be;
	uint8_t command[2];

	if (look_get(c, "index") > IOM_VFIO_PCI_BAR5_REGION_INDEX)
		return false;
	if (!be->pread || be->ioctl(be, c->fd, IOM_NR_VFIO_DEVICE_GET_REGION_INFO, &config) < 0 ||
	    be->pread(be, c->fd, command, sizeof(command), config.offset + COMMAND) !=
		    sizeof(command))
		return look_blind(c);
	if (command[0] & COMMAND_MEMORY)
		return false;
	return look_holds(c, "offset", "the command register of the device is 0x%02x%02x: it does not "
			  "decode memory", command[1], command[0]);
}
