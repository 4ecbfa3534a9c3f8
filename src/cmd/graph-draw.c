/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The formats of `graph`: dot, mermaid, svg. */
#include <stdlib.h>
#include <string.h>

#include "cmd/graph.h"

/* Fill colour of a state, light enough for black text. */
static const char *color_of(const char *state)
{
	static const char *const colors[][2] = {
		{ "ready", "#c8e6c9" }, { "vfio", "#c8e6c9" }, { "free", "#fff9c4" },
		{ "held", "#ffccbc" }, { "blocked", "#ef9a9a" },
	};

	for (size_t i = 0; i < IOM_ARRAY_SIZE(colors); i++)
		if (!strcmp(colors[i][0], state))
			return colors[i][1];
	return "#eceff1";
}

/* Appends s with the characters that mean something in the format replaced. */
static void put_escaped(struct iom_buf *b, const char *s, const char *(*escape)(char c))
{
	for (; *s; s++) {
		const char *e = (unsigned char)*s < ' ' || *s == 0x7f ? "?" : escape(*s);

		if (e)
			iom_buf_puts(b, e);
		else
			iom_buf_add(b, s, 1);
	}
}

static const char *escape_dot(char c)
{
	return c == '"' ? "\\\"" : c == '\\' ? "\\\\" : NULL;
}

static const char *escape_mermaid(char c)
{
	switch (c) {
	case '"': return "#quot;";
	case '#': return "#35;";
	case '<': return "#lt;";
	case '>': return "#gt;";
	default: return NULL;
	}
}

static const char *escape_svg(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	default: return NULL;
	}
}

void iom_graph_put_svg(struct iom_buf *b, const char *s)
{
	put_escaped(b, s, escape_svg);
}

void iom_graph_dot(const struct graph *g, struct iom_buf *b)
{
	iom_buf_puts(b, "digraph iommu {\n\trankdir=LR;\n\tnode [shape=box, style=filled, "
			"fontname=\"sans-serif\"];\n");
	for (size_t i = 0; i < g->n; i++) {
		const struct graph_node *n = &g->nodes[i];

		iom_buf_printf(b, "\tn%zu [label=\"", i);
		put_escaped(b, n->label, escape_dot);
		if (*n->detail) {
			iom_buf_puts(b, "\\n");
			put_escaped(b, n->detail, escape_dot);
		}
		if (n->name) {
			iom_buf_puts(b, "\\n");
			put_escaped(b, n->name, escape_dot);
		}
		iom_buf_printf(b, "\", fillcolor=\"%s\"];\n", color_of(n->state));
	}
	for (size_t i = 0; i < g->n; i++)
		if (g->nodes[i].parent != i)
			iom_buf_printf(b, "\tn%zu -> n%zu;\n", g->nodes[i].parent, i);
	iom_buf_puts(b, "}\n");
}

void iom_graph_mermaid(const struct graph *g, struct iom_buf *b)
{
	iom_buf_puts(b, "flowchart LR\n");
	for (size_t i = 0; i < g->n; i++) {
		const struct graph_node *n = &g->nodes[i];

		iom_buf_printf(b, "    n%zu[\"", i);
		put_escaped(b, n->label, escape_mermaid);
		if (*n->detail) {
			iom_buf_puts(b, "<br/>");
			put_escaped(b, n->detail, escape_mermaid);
		}
		if (n->name) {
			iom_buf_puts(b, "<br/>");
			put_escaped(b, n->name, escape_mermaid);
		}
		iom_buf_puts(b, "\"]\n");
		if (n->parent != i)
			iom_buf_printf(b, "    n%zu --> n%zu\n", n->parent, i);
		iom_buf_printf(b, "    style n%zu fill:%s\n", i, color_of(n->state));
	}
}

enum { BOX_WIDTH = 250, BOX_HEIGHT = 36, STEP_X = 300, STEP_Y = 46, MARGIN = 20 };

struct place {
	int x, y;
	int first, last; /* y of the outermost children, last -1: none seen yet */
	bool leaf; /* has no child */
};

/* Leaves below each other; a parent stands in the middle of its children. */
static void place_nodes(const struct graph *g, struct place *p, int *height)
{
	int row = 0;

	for (size_t i = 0; i < g->n; i++)
		p[i] = (struct place){ MARGIN + STEP_X * (int)g->nodes[i].kind, -1, -1, -1,
					true };
	for (size_t i = 0; i < g->n; i++)
		if (g->nodes[i].parent != i)
			p[g->nodes[i].parent].leaf = false;
	for (size_t i = 0; i < g->n; i++)
		if (p[i].leaf)
			p[i].y = MARGIN + STEP_Y * row++;
	/* Children stand behind their parent, so theirs are known when it is reached. */
	for (size_t i = g->n; i-- > 0;) {
		struct place *up = &p[g->nodes[i].parent];

		if (!p[i].leaf)
			p[i].y = (p[i].first + p[i].last) / 2;
		if (up == &p[i])
			continue;
		up->first = p[i].y;
		up->last = up->last < 0 ? p[i].y : up->last;
	}
	*height = 2 * MARGIN + STEP_Y * row;
}

static void draw_box(const struct graph_node *n, const struct place *p, struct iom_buf *b)
{
	iom_buf_printf(b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" fill=\"%s\" "
		       "stroke=\"#607d8b\">",
		       p->x, p->y, BOX_WIDTH, BOX_HEIGHT, color_of(n->state));
	if (n->name) {
		iom_buf_puts(b, "<title>");
		iom_graph_put_svg(b, n->name);
		iom_buf_puts(b, "</title>");
	}
	iom_buf_puts(b, "</rect>\n");
	iom_buf_printf(b, "<text x=\"%d\" y=\"%d\">", p->x + 8, p->y + (*n->detail ? 15 : 22));
	iom_graph_put_svg(b, n->label);
	iom_buf_puts(b, "</text>\n");
	if (!*n->detail)
		return;
	iom_buf_printf(b, "<text x=\"%d\" y=\"%d\" font-size=\"10\" fill=\"#455a64\">", p->x + 8,
		       p->y + 29);
	iom_graph_put_svg(b, n->detail);
	iom_buf_puts(b, "</text>\n");
}

void iom_graph_svg(const struct graph *g, struct iom_buf *b)
{
	_iom_free_ struct place *p = calloc(g->n + 1, sizeof(*p));
	int height;

	if (!p) {
		b->failed = true;
		return;
	}
	place_nodes(g, p, &height);
	iom_buf_printf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		       "font-family=\"sans-serif\" font-size=\"12\">\n",
		       2 * MARGIN + STEP_X * GRAPH_KINDS, height);
	for (size_t i = 0; i < g->n; i++) {
		const struct place *from = &p[g->nodes[i].parent];

		if (g->nodes[i].parent != i)
			iom_buf_printf(b, "<path d=\"M%d %dH%dV%dH%d\" fill=\"none\" "
				       "stroke=\"#90a4ae\"/>\n",
				       from->x + BOX_WIDTH, from->y + BOX_HEIGHT / 2,
				       p[i].x - (STEP_X - BOX_WIDTH) / 2,
				       p[i].y + BOX_HEIGHT / 2, p[i].x);
	}
	for (size_t i = 0; i < g->n; i++)
		draw_box(&g->nodes[i], &p[i], b);
	iom_buf_puts(b, "</svg>\n");
}
