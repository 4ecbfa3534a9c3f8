/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device info, reset: regions, interrupts and capabilities of an opened VFIO device. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/device.h"
#include "cmd/internal.h"
#include "iommuctl/uapi.h"

#define MAX_INFO (1U << 20) /* bytes of one answer, capabilities included */
#define MAX_INDEX 1024U	    /* regions or interrupts of one device */

enum { CAP_ID, CAP_NAME, CAP_VERSION };
static const struct iom_col cap_cols[] = {
	[CAP_ID] = { "id", IOM_T_UINT, 0, "number of the capability" },
	[CAP_NAME] = { "capability", IOM_T_STR, IOM_COL_OPT,
		       "its name; absent for one not known here" },
	[CAP_VERSION] = { "version", IOM_T_UINT, 0, "its version" },
	{ 0 },
};

enum { REG_INDEX, REG_NAME, REG_SIZE, REG_OFFSET, REG_FLAGS, REG_FLAGS_RAW, REG_CAPS, REG_SPARSE,
       REG_TYPE, REG_SUBTYPE };
static const struct iom_col region_cols[] = {
	[REG_INDEX] = { "index", IOM_T_UINT, 0, "number of the region" },
	[REG_NAME] = { "name", IOM_T_STR, IOM_COL_OPT, "what a PCI device has there" },
	[REG_SIZE] = { "size", IOM_T_SIZE, 0, "bytes; 0: the device does not have it" },
	[REG_OFFSET] = { "offset", IOM_T_HEX, 0, "where it is in the device's fd" },
	[REG_FLAGS] = { "flags", IOM_T_STRS, 0, "what can be done with it" },
	[REG_FLAGS_RAW] = { "flags_raw", IOM_T_HEX, IOM_COL_HIDE, "the flags as a number" },
	[REG_CAPS] = { "capabilities", IOM_T_STRS, IOM_COL_OPT,
		       "its capabilities; cap-N: not known here" },
	[REG_SPARSE] = { "sparse_mmap", IOM_T_STRS, IOM_COL_OPT,
			 "first-last byte of each part that can be mapped" },
	[REG_TYPE] = { "type", IOM_T_HEX, IOM_COL_OPT | IOM_COL_HIDE,
		       "of a region without a fixed number" },
	[REG_SUBTYPE] = { "subtype", IOM_T_HEX, IOM_COL_OPT | IOM_COL_HIDE, "within the type" },
	{ 0 },
};

enum { IRQ_INDEX, IRQ_NAME, IRQ_COUNT, IRQ_FLAGS, IRQ_FLAGS_RAW };
static const struct iom_col irq_cols[] = {
	[IRQ_INDEX] = { "index", IOM_T_UINT, 0, "number of the kind of interrupt" },
	[IRQ_NAME] = { "name", IOM_T_STR, IOM_COL_OPT, "what a PCI device has there" },
	[IRQ_COUNT] = { "count", IOM_T_UINT, 0, "vectors; 0: the device does not have it" },
	[IRQ_FLAGS] = { "flags", IOM_T_STRS, 0, "what can be done with it" },
	[IRQ_FLAGS_RAW] = { "flags_raw", IOM_T_HEX, IOM_COL_HIDE, "the flags as a number" },
	{ 0 },
};

enum { INFO_DEVICE, INFO_FLAGS, INFO_FLAGS_RAW, INFO_NUM_REGIONS, INFO_NUM_IRQS, INFO_ATOMIC,
       INFO_CAPS, INFO_REGIONS, INFO_IRQS };
static const struct iom_col info_cols[] = {
	[INFO_DEVICE] = { "device_id", IOM_T_UINT, IOM_COL_ID, "device object in this context" },
	[INFO_FLAGS] = { "flags", IOM_T_STRS, 0, "kind of device, and whether it can be reset" },
	[INFO_FLAGS_RAW] = { "flags_raw", IOM_T_HEX, IOM_COL_HIDE, "the flags as a number" },
	[INFO_NUM_REGIONS] = { "num_regions", IOM_T_UINT, 0, "numbers that regions may have" },
	[INFO_NUM_IRQS] = { "num_irqs", IOM_T_UINT, 0,
			    "numbers that kinds of interrupts may have" },
	[INFO_ATOMIC] = { "pci_atomic", IOM_T_STRS, IOM_COL_OPT,
			  "widths of PCI atomic operations that the root port completes" },
	[INFO_CAPS] = { "capabilities", IOM_T_LIST, IOM_COL_OPT, "capabilities of the device",
			cap_cols },
	[INFO_REGIONS] = { "regions", IOM_T_LIST, 0, "regions; a number without one is left out",
			   region_cols },
	[INFO_IRQS] = { "irqs", IOM_T_LIST, 0, "kinds of interrupts", irq_cols },
	{ 0 },
};

/* One answer with its capabilities; the first member of each is argsz. */
struct answer {
	void *buf;
	size_t len;
};

static void answer_free(struct answer *a)
{
	free(a->buf);
}

/* An enum of the tables by its tag; the tables have it. */
static const struct iom_enum *tag(const char *name)
{
	for (size_t i = 0; iom_enums[i]; i++)
		if (!strcmp(iom_enums[i]->name, name))
			return iom_enums[i];
	return NULL;
}

/* The word of a value, or NULL. */
static const char *word_of(const char *name, uint64_t v)
{
	const struct iom_enum *e = tag(name);
	const struct iom_value *val = e ? iom_value_of(e, v) : NULL;

	if (!val)
		return NULL;
	return val->word ? val->word : val->name;
}

/* A word for each bit; bits without a name together as a number. */
static void add_flags(struct iom_rec *rec, unsigned int col, const char *name, uint32_t flags)
{
	uint32_t unknown = 0;
	char buf[16];

	for (uint32_t bit = 1; bit; bit <<= 1) {
		const char *word = flags & bit ? word_of(name, bit) : NULL;

		if (word)
			iom_add_str(rec, col, word);
		else
			unknown |= flags & bit;
	}
	if (unknown) {
		snprintf(buf, sizeof(buf), "0x%" PRIx32, unknown);
		iom_add_str(rec, col, buf);
	}
}

/*
 * Asks, and asks again with room for the capabilities when the answer says that it is longer.
 * *skip is set when the device has nothing of this number (then there is no error).
 */
static int ask(struct iom_app *app, int fd, uint32_t code, struct answer *a, uint32_t index,
	       bool *skip, struct iom_err *err)
{
	const struct iom_call *call = iom_call_of(code, NULL);
	uint32_t argsz = call->full;

	for (int i = 0; i < 2; i++) {
		void *grown = realloc(a->buf, argsz < IOM_MAX_ARG ? IOM_MAX_ARG : argsz);
		uint32_t *arg = grown;
		int rc;

		if (!arg) {
			iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
			return IOM_EXIT_INTERNAL;
		}
		a->buf = grown;
		a->len = argsz;
		memset(arg, 0, argsz < IOM_MAX_ARG ? IOM_MAX_ARG : argsz);
		arg[0] = argsz;
		if (code != IOM_NR_VFIO_DEVICE_GET_INFO)
			arg[2] = index; /* of both structs */
		rc = iom_do_call(app, fd, call, arg, call->full, NULL, err);
		if (rc && skip && err->code == -EINVAL) {
			*skip = true;
			*err = (struct iom_err){ 0 };
			return 0;
		}
		if (rc)
			return rc;
		if (arg[0] <= argsz || arg[0] > MAX_INFO)
			break;
		argsz = arg[0];
	}
	return 0;
}

/* The capability at offset *at of the answer, and the offset of the next one; NULL at the end. */
static const void *next_cap(const struct answer *a, uint32_t *at, size_t *room)
{
	const struct iom_vfio_info_cap_header *h;
	uint32_t here = *at;

	if (!here || here % sizeof(uint32_t) || here > a->len || a->len - here < sizeof(*h))
		return NULL;
	h = (const void *)((const char *)a->buf + here);
	/* a chain that turns back would never end */
	*at = h->next > here ? h->next : 0;
	*room = a->len - here;
	return h;
}

static void region_cap(struct iom_rec *rec, const struct iom_vfio_info_cap_header *h, size_t room)
{
	const char *word = word_of("vfio_region_info_cap", h->id);
	char buf[64];

	if (!word) {
		snprintf(buf, sizeof(buf), "cap-%u", h->id);
		word = buf;
	}
	iom_add_str(rec, REG_CAPS, word);
	if (h->id == IOM_VFIO_REGION_INFO_CAP_TYPE &&
	    room >= sizeof(struct iom_vfio_region_info_cap_type)) {
		const struct iom_vfio_region_info_cap_type *t = (const void *)h;

		iom_set_uint(rec, REG_TYPE, t->type);
		iom_set_uint(rec, REG_SUBTYPE, t->subtype);
	}
	if (h->id == IOM_VFIO_REGION_INFO_CAP_SPARSE_MMAP &&
	    room >= sizeof(struct iom_vfio_region_info_cap_sparse_mmap)) {
		const struct iom_vfio_region_info_cap_sparse_mmap *s = (const void *)h;
		const struct iom_vfio_region_sparse_mmap_area *area = (const void *)(s + 1);

		room -= sizeof(*s);
		iom_open_list(rec, REG_SPARSE);
		for (uint32_t i = 0; i < s->nr_areas && room >= sizeof(*area); i++, area++) {
			room -= sizeof(*area);
			if (!area->size)
				continue;
			snprintf(buf, sizeof(buf), "0x%" PRIx64 "-0x%" PRIx64,
				 (uint64_t)area->offset, (uint64_t)(area->offset + area->size - 1));
			iom_add_str(rec, REG_SPARSE, buf);
		}
	}
}

static int add_region(struct iom_app *app, int fd, uint32_t i, bool pci, struct iom_res *res,
		      struct iom_err *err)
{
	struct answer a __attribute__((cleanup(answer_free))) = { 0 };
	const struct iom_vfio_info_cap_header *h;
	const struct iom_vfio_region_info *r;
	struct iom_rec *rec;
	bool skip = false;
	uint32_t at;
	size_t room;
	int rc = ask(app, fd, IOM_NR_VFIO_DEVICE_GET_REGION_INFO, &a, i, &skip, err);

	if (rc || skip)
		return rc;
	r = a.buf;
	rec = iom_add_rec(res->top, INFO_REGIONS);
	iom_set_uint(rec, REG_INDEX, i);
	if (pci && word_of("vfio_pci_region_index", i))
		iom_set_str(rec, REG_NAME, word_of("vfio_pci_region_index", i));
	iom_set_uint(rec, REG_SIZE, r->size);
	iom_set_uint(rec, REG_OFFSET, r->offset);
	iom_open_list(rec, REG_FLAGS);
	add_flags(rec, REG_FLAGS, "vfio_region_info_flags", r->flags);
	iom_set_uint(rec, REG_FLAGS_RAW, r->flags);
	at = r->flags & IOM_VFIO_REGION_INFO_FLAG_CAPS ? r->cap_offset : 0;
	while ((h = next_cap(&a, &at, &room)))
		region_cap(rec, h, room);
	return 0;
}

static int add_irq(struct iom_app *app, int fd, uint32_t i, bool pci, struct iom_res *res,
		   struct iom_err *err)
{
	struct answer a __attribute__((cleanup(answer_free))) = { 0 };
	const struct iom_vfio_irq_info *q;
	struct iom_rec *rec;
	bool skip = false;
	int rc = ask(app, fd, IOM_NR_VFIO_DEVICE_GET_IRQ_INFO, &a, i, &skip, err);

	if (rc || skip)
		return rc;
	q = a.buf;
	rec = iom_add_rec(res->top, INFO_IRQS);
	iom_set_uint(rec, IRQ_INDEX, i);
	if (pci && word_of("vfio_pci_irq_index", i))
		iom_set_str(rec, IRQ_NAME, word_of("vfio_pci_irq_index", i));
	iom_set_uint(rec, IRQ_COUNT, q->count);
	iom_open_list(rec, IRQ_FLAGS);
	add_flags(rec, IRQ_FLAGS, "vfio_irq_info_flags", q->flags);
	iom_set_uint(rec, IRQ_FLAGS_RAW, q->flags);
	return 0;
}

static void device_caps(const struct answer *a, struct iom_res *res)
{
	const struct iom_vfio_device_info *info = a->buf;
	uint32_t at = info->flags & IOM_VFIO_DEVICE_FLAGS_CAPS ? info->cap_offset : 0;
	const struct iom_vfio_info_cap_header *h;
	size_t room;

	while ((h = next_cap(a, &at, &room))) {
		const struct iom_vfio_info_cap_pci_atomic_comp *atomic = (const void *)h;
		const char *word = word_of("vfio_device_info_cap", h->id);
		struct iom_rec *rec = iom_add_rec(res->top, INFO_CAPS);

		iom_set_uint(rec, CAP_ID, h->id);
		if (word)
			iom_set_str(rec, CAP_NAME, word);
		iom_set_uint(rec, CAP_VERSION, h->version);
		if (h->id == IOM_VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP && room >= sizeof(*atomic))
			add_flags(res->top, INFO_ATOMIC, "vfio_pci_atomic_flags", atomic->flags);
	}
}

static int info_run(struct iom_app *app, const struct iom_args *args, struct iom_res *res,
		    struct iom_err *err)
{
	struct answer a __attribute__((cleanup(answer_free))) = { 0 };
	const struct iom_vfio_device_info *info;
	const char *dev = args->v[0].str;
	bool pci;
	int fd, rc = iom_device_fd(app, args->v[0].num, &fd, err);

	if (!rc) {
		rc = ask(app, fd, IOM_NR_VFIO_DEVICE_GET_INFO, &a, 0, NULL, err);
		if (rc)
			return iom_what(err, rc, "cannot tell about device %s", dev);
	}
	if (rc)
		return rc;
	info = a.buf;
	pci = info->flags & IOM_VFIO_DEVICE_FLAGS_PCI;
	iom_set_uint(res->top, INFO_DEVICE, args->v[0].num);
	iom_open_list(res->top, INFO_FLAGS);
	add_flags(res->top, INFO_FLAGS, "vfio_device_flags", info->flags);
	iom_set_uint(res->top, INFO_FLAGS_RAW, info->flags);
	iom_set_uint(res->top, INFO_NUM_REGIONS, info->num_regions);
	iom_set_uint(res->top, INFO_NUM_IRQS, info->num_irqs);
	device_caps(&a, res);
	iom_open_list(res->top, INFO_REGIONS);
	iom_open_list(res->top, INFO_IRQS);
	for (uint32_t i = 0; !rc && i < info->num_regions && i < MAX_INDEX; i++)
		rc = add_region(app, fd, i, pci, res, err);
	for (uint32_t i = 0; !rc && i < info->num_irqs && i < MAX_INDEX; i++)
		rc = add_irq(app, fd, i, pci, res, err);
	return rc ? iom_what(err, rc, "cannot tell all about device %s", dev) : 0;
}

static const struct iom_opt dev_opts[] = {
	{ "dev", IOM_ARG_ID, IOM_REQ | IOM_POS, "device id" },
	{ 0 },
};

const struct iom_cmd cmd_device_info = {
	.object = "device", .verb = "info",
	.brief = "show regions and interrupts of an opened device",
	.opts = dev_opts, .cols = info_cols,
	.calls = (const char *const[]){ "VFIO_DEVICE_GET_INFO", "VFIO_DEVICE_GET_REGION_INFO",
					"VFIO_DEVICE_GET_IRQ_INFO", NULL },
	.flags = IOM_CMD_CTX, .schema = 1, .run = info_run,
};

/* ---- reset ---- */

static const struct iom_col reset_cols[] = {
	{ "device_id", IOM_T_UINT, 0, "device that was reset" },
	{ 0 },
};

static int reset_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	unsigned char none[IOM_MAX_ARG] = { 0 }; /* the call takes no argument */
	int fd, rc = iom_device_fd(app, a->v[0].num, &fd, err);

	if (rc)
		return rc;
	rc = iom_do_fd(app, fd, IOM_NR_VFIO_DEVICE_RESET, none, NULL, err);
	if (rc)
		return iom_what(err, rc, "cannot reset device %s", a->v[0].str);
	iom_set_uint(res->top, 0, a->v[0].num);
	return 0;
}

const struct iom_cmd cmd_device_reset = {
	.object = "device", .verb = "reset", .brief = "reset an opened device",
	.opts = dev_opts, .cols = reset_cols,
	.calls = (const char *const[]){ "VFIO_DEVICE_RESET", NULL },
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES, .schema = 1, .run = reset_run,
};
