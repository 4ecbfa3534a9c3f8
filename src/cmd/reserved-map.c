/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The IOVA space of a group as a picture, in characters or as SVG. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/graph.h"
#include "cmd/reserved.h"

enum look { LOOK_FREE, LOOK_RAM, LOOK_RELAXABLE, LOOK_OTHER, LOOK_MSI, LOOK_RESERVED, LOOK_DIRECT,
	    LOOK_CONFLICT };

/* A stretch in which everything is the same. */
struct stretch {
	uint64_t start, last;
	enum look look;
	char label[160]; /* "direct, guest memory: conflict" */
};

bool iom_region_is_mappable(const struct iom_host_region *r)
{
	return !strcmp(r->kind, "direct-relaxable");
}

static enum look look_of(const struct iom_host_region *r)
{
	static const struct {
		const char *kind;
		enum look look;
	} looks[] = {
		{ "direct-relaxable", LOOK_RELAXABLE }, { "msi", LOOK_MSI },
		{ "reserved", LOOK_RESERVED }, { "direct", LOOK_DIRECT },
	};

	for (size_t i = 0; i < IOM_ARRAY_SIZE(looks); i++)
		if (!strcmp(looks[i].kind, r->kind))
			return looks[i].look;
	return LOOK_OTHER;
}

static void add_label(struct stretch *s, const char *word)
{
	size_t n = strlen(s->label);

	snprintf(s->label + n, sizeof(s->label) - n, "%s%s", n ? ", " : "", word);
}

/* What covers the stretch, which no bound of anything cuts. */
static void fill_stretch(struct stretch *s, const struct iom_host_group *g,
			 const struct iova_ram *ram, size_t n_ram)
{
	bool is_ram = false, refused = false;

	for (size_t i = 0; i < g->n_regions; i++) {
		const struct iom_host_region *r = &g->regions[i];

		if (r->start > s->start || r->last < s->last)
			continue;
		refused |= !iom_region_is_mappable(r);
		if (look_of(r) > s->look)
			s->look = look_of(r);
		add_label(s, r->kind);
	}
	for (size_t i = 0; i < n_ram && !is_ram; i++)
		is_ram = ram[i].start <= s->start && ram[i].last >= s->last;
	if (is_ram) {
		add_label(s, refused ? "guest memory: conflict" : "guest memory");
		s->look = refused ? LOOK_CONFLICT : s->look > LOOK_RAM ? s->look : LOOK_RAM;
	}
	if (!s->label[0])
		add_label(s, "free");
}

static int compare_starts(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void add_bounds(uint64_t *starts, size_t *n, uint64_t start, uint64_t last)
{
	starts[(*n)++] = start;
	if (last != UINT64_MAX)
		starts[(*n)++] = last + 1;
}

/* From 0 to the end of 64 bits; the caller frees. NULL: out of memory. */
static struct stretch *cut(const struct iom_host_group *g, const struct iova_ram *ram,
			   size_t n_ram, size_t *n)
{
	size_t max = 2 * (g->n_regions + n_ram) + 1, n_starts = 0;
	_iom_free_ uint64_t *starts = calloc(max, sizeof(*starts));
	struct stretch *s = calloc(max, sizeof(*s));

	*n = 0;
	if (!starts || !s) {
		free(s);
		return NULL;
	}
	starts[n_starts++] = 0;
	for (size_t i = 0; i < g->n_regions; i++)
		add_bounds(starts, &n_starts, g->regions[i].start, g->regions[i].last);
	for (size_t i = 0; i < n_ram; i++)
		add_bounds(starts, &n_starts, ram[i].start, ram[i].last);
	qsort(starts, n_starts, sizeof(*starts), compare_starts);
	for (size_t i = 0; i < n_starts; i++) {
		if (i + 1 < n_starts && starts[i + 1] == starts[i])
			continue;
		s[*n].start = starts[i];
		s[*n].last = i + 1 < n_starts ? starts[i + 1] - 1 : UINT64_MAX;
		fill_stretch(&s[(*n)++], g, ram, n_ram);
	}
	return s;
}

/* Sizes differ by powers of two thousand: what is larger is only told apart from what is not. */
static int rows_of(const struct stretch *s)
{
	uint64_t size = s->last - s->start;

	return size >> 32 ? 3 : size >> 26 ? 2 : 1;
}

/* "1M"; "1.9G" is rounded. */
static const char *size_of(const struct stretch *s, char *buf, size_t len)
{
	static const char units[] = "KMGTPE";
	uint64_t size = s->last - s->start + 1;
	unsigned int shift = 0;

	while (shift < 60 && (size ? size : UINT64_MAX) >> shift >= 1024)
		shift += 10;
	if (!size)
		snprintf(buf, len, "16E");
	else if (!shift)
		snprintf(buf, len, "%" PRIu64, size);
	else if (size & ((UINT64_C(1) << shift) - 1))
		snprintf(buf, len, "%.1f%c", (double)size / (double)(UINT64_C(1) << shift),
			 units[shift / 10 - 1]);
	else
		snprintf(buf, len, "%" PRIu64 "%c", size >> shift, units[shift / 10 - 1]);
	return buf;
}

/* Names come from outside: only ASCII that is seen passes. */
static void put_title(struct iom_buf *b, const struct iom_host_group *g)
{
	iom_buf_printf(b, "group %u:", g->id);
	for (char **d = g->devices; d && *d; d++) {
		iom_buf_puts(b, " ");
		for (const char *c = *d; *c; c++)
			iom_buf_add(b, *c > ' ' && *c < 0x7f ? c : "?", 1);
	}
	if (!g->devices || !*g->devices)
		iom_buf_puts(b, " no devices");
}

enum { TEXT_WIDTH = 24, TEXT_MARGIN = 16 };

static void put_times(struct iom_buf *b, const char *s)
{
	for (int i = 0; i < TEXT_WIDTH; i++)
		iom_buf_puts(b, s);
}

/* Lines: corners and sides; then a fill for each look. */
static const char *const ascii[] = { "+", "+", "+", "+", "+", "+", "-", "|" };
static const char *const lines[] = { "┌", "┐", "├", "┤", "└", "┘", "─", "│" };
static const char *const ascii_fill[] = { " ", ".", "/", "#", "#", "#", "#", "X" };
static const char *const lines_fill[] = { " ", "░", "▒", "█", "█", "█", "█", "X" };

static void put_line(struct iom_buf *b, uint64_t address, const char *const *set, int at)
{
	iom_buf_printf(b, "%*" PRIx64 " %s", TEXT_MARGIN, address, set[at]);
	put_times(b, set[6]);
	iom_buf_printf(b, "%s\n", set[at + 1]);
}

void iom_iova_text(struct iom_buf *b, const struct iom_host_group *g, const struct iova_ram *ram,
		   size_t n_ram, bool utf8)
{
	const char *const *set = utf8 ? lines : ascii, *const *fill =
							       utf8 ? lines_fill : ascii_fill;
	size_t n;
	_iom_free_ struct stretch *s = cut(g, ram, n_ram, &n);

	if (!s) {
		b->failed = true;
		return;
	}
	put_title(b, g);
	iom_buf_puts(b, "\n");
	for (size_t i = 0; i < n; i++) {
		int rows = rows_of(&s[i]);
		char size[32];

		put_line(b, s[i].start, set, i ? 2 : 0);
		for (int k = 0; k < rows; k++) {
			iom_buf_printf(b, "%*s %s", TEXT_MARGIN, "", set[7]);
			put_times(b, fill[s[i].look]);
			iom_buf_puts(b, set[7]);
			if (k == rows / 2)
				iom_buf_printf(b, " %s %s", size_of(&s[i], size, sizeof(size)),
					       s[i].label);
			iom_buf_puts(b, "\n");
		}
	}
	put_line(b, UINT64_MAX, set, 4);
}

enum { SVG_LEFT = 160, SVG_BOX = 240, SVG_WIDTH = 800, SVG_ROW = 22, SVG_MARGIN = 20 };

static void put_text(struct iom_buf *b, int x, int y, const char *anchor, const char *text)
{
	iom_buf_printf(b, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
	iom_graph_put_svg(b, text);
	iom_buf_puts(b, "</text>\n");
}

static void svg_stretch(struct iom_buf *b, const struct stretch *s, int *y)
{
	static const char *const colors[] = {
		[LOOK_FREE] = "#ffffff", [LOOK_RAM] = "#bbdefb", [LOOK_RELAXABLE] = "#ffe0b2",
		[LOOK_OTHER] = "#cfd8dc", [LOOK_MSI] = "#fff9c4", [LOOK_RESERVED] = "#cfd8dc",
		[LOOK_DIRECT] = "#ffccbc", [LOOK_CONFLICT] = "#e57373",
	};
	int height = SVG_ROW * rows_of(s);
	char text[224], size[32];

	iom_buf_printf(b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" "
		       "stroke=\"#607d8b\"/>\n", SVG_LEFT, *y, SVG_BOX, height, colors[s->look]);
	snprintf(text, sizeof(text), "%" PRIx64, s->start);
	put_text(b, SVG_LEFT - 8, *y + 12, "end", text);
	snprintf(text, sizeof(text), "%s %s", size_of(s, size, sizeof(size)), s->label);
	put_text(b, SVG_LEFT + SVG_BOX + 8, *y + height / 2 + 4, "start", text);
	*y += height;
}

void iom_iova_svg(struct iom_buf *b, const struct iom_host_group *g, const struct iova_ram *ram,
		  size_t n_ram, int *y)
{
	_iom_buf_ struct iom_buf title = { 0 };
	size_t n;
	_iom_free_ struct stretch *s = cut(g, ram, n_ram, &n);

	put_title(&title, g);
	if (!s || title.failed) {
		b->failed = true;
		return;
	}
	put_text(b, SVG_MARGIN, *y + 14, "start", title.data);
	*y += SVG_ROW;
	for (size_t i = 0; i < n; i++)
		svg_stretch(b, &s[i], y);
	put_text(b, SVG_LEFT - 8, *y + 12, "end", "ffffffffffffffff");
	*y += 2 * SVG_ROW;
}

void iom_iova_svg_end(struct iom_buf *b, const struct iom_buf *pictures, int y)
{
	iom_buf_printf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		       "font-family=\"monospace\" font-size=\"12\">\n", SVG_WIDTH, y + SVG_MARGIN);
	iom_buf_puts(b, pictures->data ? pictures->data : "");
	iom_buf_puts(b, "</svg>\n");
	b->failed |= pictures->failed;
}
