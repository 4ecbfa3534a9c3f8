/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reserved: the IOVA ranges of each IOMMU group that nothing can be mapped at. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/internal.h"
#include "cmd/reserved.h"

enum { FORMAT_TEXT, FORMAT_SVG };
static const struct iom_value format_values[] = {
	{ "text", "text", FORMAT_TEXT, NULL, false },
	{ "svg", "svg", FORMAT_SVG, NULL, false },
	{ 0 },
};
static const struct iom_enum format_enum = { .name = "map_format", .values = format_values };

enum { OPT_GROUP, OPT_DEVICE, OPT_RAM, OPT_MAP, OPT_FORMAT };
static const struct iom_opt reserved_opts[] = {
	[OPT_GROUP] = { "group", IOM_ARG_U32, 0, "only this IOMMU group" },
	[OPT_DEVICE] = { "device", IOM_ARG_STR, 0, "only the group of this device, as in sysfs",
			 .metavar = "NAME" },
	[OPT_RAM] = { "guest-ram", IOM_ARG_STR, IOM_MULTI,
		      "memory of a guest, default address 0: where it meets a region",
		      .metavar = "SIZE[@ADDR]" },
	[OPT_MAP] = { "map", IOM_ARG_FLAG, 0, "draw the IOVA space of each group instead" },
	[OPT_FORMAT] = { "format", IOM_ARG_ENUM, 0, "of the drawing, and draw; default: text",
			 .values = &format_enum },
	{ 0 },
};

enum { REGION_GROUP, REGION_RANGE, REGION_START, REGION_LAST, REGION_SIZE, REGION_KIND,
       REGION_RAM, REGION_DEVICES, REGION_MEANING };
static const struct iom_col region_cols[] = {
	[REGION_GROUP] = { "group", IOM_T_UINT, 0, "IOMMU group" },
	[REGION_RANGE] = { "range", IOM_T_STR, 0, "START-LAST in hex without 0x" },
	[REGION_START] = { "start", IOM_T_HEX, IOM_COL_HIDE, "first IOVA" },
	[REGION_LAST] = { "last", IOM_T_HEX, IOM_COL_HIDE, "last IOVA, inclusive" },
	[REGION_SIZE] = { "size", IOM_T_SIZE, IOM_COL_OPT, "bytes; absent for all 64 bits" },
	[REGION_KIND] = { "kind", IOM_T_STR, 0, "direct, direct-relaxable, reserved or msi" },
	[REGION_RAM] = { "guest_ram", IOM_T_STRS, IOM_COL_OPT | IOM_COL_SPARSE,
			 "parts that the guest's memory meets, with --guest-ram" },
	[REGION_DEVICES] = { "devices", IOM_T_STRS, 0, "devices of the group" },
	[REGION_MEANING] = { "meaning", IOM_T_STR, IOM_COL_OPT,
			     "of the kind; absent: not known here" },
	{ 0 },
};

static const struct iom_value effect_values[] = {
	{ "refused", "refused", 0, NULL, false },
	{ "allowed", "allowed", 1, NULL, false },
	{ 0 },
};
static const struct iom_enum effect_enum = { .name = "map_effect", .values = effect_values };

enum { MEET_GROUP, MEET_RANGE, MEET_START, MEET_LAST, MEET_SIZE, MEET_KIND, MEET_RAM,
       MEET_MAPPING };
static const struct iom_col meet_cols[] = {
	[MEET_GROUP] = { "group", IOM_T_UINT, 0, "IOMMU group" },
	[MEET_RANGE] = { "range", IOM_T_STR, 0, "what is both, START-LAST in hex without 0x" },
	[MEET_START] = { "start", IOM_T_HEX, IOM_COL_HIDE, "first IOVA" },
	[MEET_LAST] = { "last", IOM_T_HEX, IOM_COL_HIDE, "last IOVA, inclusive" },
	[MEET_SIZE] = { "size", IOM_T_SIZE, IOM_COL_OPT, "bytes; absent for all 64 bits" },
	[MEET_KIND] = { "kind", IOM_T_STR, 0, "of the region" },
	[MEET_RAM] = { "guest_ram", IOM_T_STR, 0, "memory of the guest, as it was given" },
	[MEET_MAPPING] = { "mapping", IOM_T_STR, 0, "whether the kernel maps it all the same",
			   .values = &effect_enum },
	{ 0 },
};

enum { RES_TEXT, RES_MALFORMED, RES_UNREADABLE, RES_REGIONS, RES_CONFLICTS };
static const struct iom_col reserved_cols[] = {
	[RES_TEXT] = { "text", IOM_T_STR, IOM_COL_OPT | IOM_COL_RAW, "the drawing" },
	[RES_MALFORMED] = { "malformed_lines", IOM_T_UINT, IOM_COL_OPT,
			    "lines that are no region; absent when there is none" },
	[RES_UNREADABLE] = { "unreadable_groups", IOM_T_UINT, IOM_COL_OPT,
			     "groups whose file cannot be read; absent when there is none" },
	[RES_REGIONS] = { "regions", IOM_T_LIST, 0, "by group, in the kernel's order",
			  region_cols },
	[RES_CONFLICTS] = { "conflicts", IOM_T_LIST, IOM_COL_OPT,
			    "where a region and the guest's memory meet, with --guest-ram",
			    meet_cols },
	{ 0 },
};

static bool has_device(const struct iom_host_group *g, const char *name)
{
	for (char **d = g->devices; d && *d; d++)
		if (!strcmp(*d, name))
			return true;
	return false;
}

/* The memory of a guest, as given and as numbers. */
struct guest {
	struct iova_ram ram[IOM_MAX_MULTI];
	const char *word[IOM_MAX_MULTI];
	size_t n;
};

static int parse_ram(const char *word, struct iova_ram *m, struct iom_err *err)
{
	const char *at = strchrnul(word, '@');
	uint64_t size = 0;
	char first[32];

	m->start = 0;
	snprintf(first, sizeof(first), "%.*s", (int)(at - word), word);
	if (at - word >= (long)sizeof(first) || iom_parse_size(first, &size) || !size ||
	    (*at && iom_parse_size(at + 1, &m->start)))
		return iom_fail(err, IOM_EXIT_USAGE,
				"--guest-ram: '%s' is not SIZE or SIZE@ADDR, as "
				"2G or 1G@4G",
				word);
	if (__builtin_add_overflow(m->start, size - 1, &m->last))
		return iom_fail(err, IOM_EXIT_USAGE, "--guest-ram: '%s' goes beyond 64 bits", word);
	return 0;
}

static int parse_guest(const struct iom_args *a, struct guest *g, struct iom_err *err)
{
	for (unsigned int i = 0; i < a->n_multi; i++) {
		struct iova_ram *m = &g->ram[g->n];

		if (a->multi[i].opt != OPT_RAM)
			continue;
		if (parse_ram(a->multi[i].v.str, m, err))
			return IOM_EXIT_USAGE;
		for (size_t k = 0; k < g->n; k++)
			if (g->ram[k].start <= m->last && m->start <= g->ram[k].last) {
				iom_fail(err, IOM_EXIT_USAGE, "--guest-ram: '%s' and '%s' overlap",
					 g->word[k], a->multi[i].v.str);
				return IOM_EXIT_USAGE;
			}
		g->word[g->n++] = a->multi[i].v.str;
	}
	return 0;
}

/* On x86 the hardware itself takes writes to this address as interrupts. */
#define X86_MSI 0xfee00000

static const char *meaning_of(const struct iom_host_region *h)
{
	if (!strcmp(h->kind, "direct"))
		return "firmware wants it mapped one to one; blocks passthrough";
	if (!strcmp(h->kind, "direct-relaxable"))
		return "firmware wants it mapped one to one; user space may do without";
	if (!strcmp(h->kind, "reserved"))
		return "nothing can be mapped here";
	if (!strcmp(h->kind, "msi"))
		return h->start == X86_MSI
			       ? "writes become interrupts"
			       : "interrupts; may be the software window, which can be moved";
	return NULL;
}

/* The columns of a range follow one another: `col` is the one with both ends. */
static void set_range(struct iom_rec *r, unsigned int col, uint64_t start, uint64_t last)
{
	iom_set_strf(r, col, "%" PRIx64 "-%" PRIx64, start, last);
	iom_set_uint(r, col + 1, start);
	iom_set_uint(r, col + 2, last);
	if (last - start != UINT64_MAX)
		iom_set_uint(r, col + 3, last - start + 1);
}

static void add_conflict(struct iom_res *res, const struct iom_host_group *g,
			 const struct iom_host_region *h, const struct iova_ram *both,
			 const char *word)
{
	struct iom_rec *r = iom_add_rec(res->top, RES_CONFLICTS);

	iom_set_uint(r, MEET_GROUP, g->id);
	set_range(r, MEET_RANGE, both->start, both->last);
	iom_set_str(r, MEET_KIND, h->kind);
	iom_set_str(r, MEET_RAM, word);
	iom_set_str(r, MEET_MAPPING, iom_region_is_mappable(h) ? "allowed" : "refused");
}

static void compare_guest(struct iom_res *res, struct iom_rec *r, const struct iom_host_group *g,
			  const struct iom_host_region *h, const struct guest *guest)
{
	iom_open_list(r, REGION_RAM);
	for (size_t i = 0; i < guest->n; i++) {
		const struct iova_ram *m = &guest->ram[i];
		struct iova_ram both = { m->start > h->start ? m->start : h->start,
					 m->last < h->last ? m->last : h->last };
		char text[40];

		if (both.start > both.last)
			continue;
		snprintf(text, sizeof(text), "%" PRIx64 "-%" PRIx64, both.start, both.last);
		iom_add_str(r, REGION_RAM, text);
		add_conflict(res, g, h, &both, guest->word[i]);
	}
}

static void add_region(struct iom_res *res, const struct iom_host_group *g,
		       const struct iom_host_region *h, const struct guest *guest)
{
	struct iom_rec *r = iom_add_rec(res->top, RES_REGIONS);

	iom_set_uint(r, REGION_GROUP, g->id);
	set_range(r, REGION_RANGE, h->start, h->last);
	iom_set_str(r, REGION_KIND, h->kind);
	if (guest->n)
		compare_guest(res, r, g, h, guest);
	iom_open_list(r, REGION_DEVICES);
	for (char **d = g->devices; d && *d; d++)
		iom_add_str(r, REGION_DEVICES, *d);
	if (meaning_of(h))
		iom_set_str(r, REGION_MEANING, meaning_of(h));
}

/* The drawing of several groups. */
struct drawing {
	struct iom_buf b;
	bool wanted, svg, utf8;
	int y;
};

static void draw_group(struct drawing *d, const struct iom_host_group *g, const struct guest *guest)
{
	if (d->svg) {
		iom_iova_svg(&d->b, g, guest->ram, guest->n, &d->y);
	} else {
		if (d->b.len)
			iom_buf_puts(&d->b, "\n");
		iom_iova_text(&d->b, g, guest->ram, guest->n, d->utf8);
	}
}

static void show_drawing(struct iom_res *res, const struct drawing *d)
{
	_iom_buf_ struct iom_buf whole = { 0 };

	if (d->svg)
		iom_iova_svg_end(&whole, &d->b, d->y);
	else
		iom_buf_puts(&whole, d->b.data ? d->b.data : "");
	if (whole.failed || d->b.failed)
		res->failed = true;
	else
		iom_set_str(res->top, RES_TEXT, whole.data ? whole.data : "");
}

static int nothing_matches(const struct iom_args *a, struct iom_err *err)
{
	if (a->v[OPT_DEVICE].set) {
		iom_hint(err,
			 "PCI devices are named like 0000:01:00.0; only devices behind an IOMMU "
			 "have a group");
		iom_fail(err, IOM_EXIT_NOT_FOUND, "no IOMMU group%s%s holds a device '%s'",
			 a->v[OPT_GROUP].set ? " " : "",
			 a->v[OPT_GROUP].set ? a->v[OPT_GROUP].str : "", a->v[OPT_DEVICE].str);
	} else {
		iom_hint(err, "'iommuctl reserved' shows all");
		iom_fail(err, IOM_EXIT_NOT_FOUND, "there is no IOMMU group %s",
			 a->v[OPT_GROUP].str);
	}
	return IOM_EXIT_NOT_FOUND;
}

static bool is_wanted(const struct iom_args *a, const struct iom_host_group *g)
{
	if (a->v[OPT_GROUP].set && g->id != a->v[OPT_GROUP].num)
		return false;
	return !a->v[OPT_DEVICE].set || has_device(g, a->v[OPT_DEVICE].str);
}

/* Returns how many groups were wanted. */
static size_t show_groups(struct iom_res *res, const struct iom_args *a, const struct guest *guest,
			  const struct iom_host_group *groups, size_t n, bool json)
{
	struct drawing d = {
		.wanted = a->v[OPT_MAP].set || a->v[OPT_FORMAT].set,
		.svg = a->v[OPT_FORMAT].num == FORMAT_SVG,
		.y = 20,
	};
	size_t matched = 0, unreadable = 0;

	/* A document is the same wherever it is made. */
	d.utf8 = d.wanted && !d.svg && !json && iom_text_is_utf8();
	iom_open_list(res->top, RES_REGIONS);
	if (guest->n)
		iom_open_list(res->top, RES_CONFLICTS);
	for (size_t i = 0; i < n; i++) {
		if (!is_wanted(a, &groups[i]))
			continue;
		matched++;
		unreadable += groups[i].regions_unreadable;
		for (size_t k = 0; k < groups[i].n_regions; k++)
			add_region(res, &groups[i], &groups[i].regions[k], guest);
		if (d.wanted)
			draw_group(&d, &groups[i], guest);
	}
	if (unreadable)
		iom_set_uint(res->top, RES_UNREADABLE, unreadable);
	if (d.wanted)
		show_drawing(res, &d);
	iom_buf_free(&d.b);
	return matched;
}

static int reserved_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
			struct iom_err *err)
{
	struct iom_host_group *groups = NULL;
	size_t n = 0, malformed = 0, matched;
	struct guest guest = { .n = 0 };

	if (parse_guest(a, &guest, err))
		return IOM_EXIT_USAGE;
	if (iom_host_groups(app->g.sysroot, &groups, &n, &malformed, err))
		return (int)err->exit;
	matched = show_groups(res, a, &guest, groups, n, app->g.json);
	if (malformed)
		iom_set_uint(res->top, RES_MALFORMED, malformed);
	iom_host_groups_free(groups, n);
	if (!matched && (a->v[OPT_GROUP].set || a->v[OPT_DEVICE].set))
		return nothing_matches(a, err);
	return 0;
}

const struct iom_cmd cmd_reserved = {
	.object = "reserved", .brief = "show the reserved IOVA regions of every IOMMU group",
	.opts = reserved_opts, .cols = reserved_cols, .flags = IOM_CMD_HOST, .schema = 1,
	.run = reserved_run,
};
