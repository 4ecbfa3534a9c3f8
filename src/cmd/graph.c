/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* graph: the machine as a picture, or as nodes and edges. */
#include "cmd/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/host.h"
#include "cmd/internal.h"
#include "iommuctl/diag.h"

enum { FORMAT_DOT, FORMAT_SVG, FORMAT_MERMAID };
static const struct iom_value format_values[] = {
	{ "dot", "dot", FORMAT_DOT, NULL, false },
	{ "svg", "svg", FORMAT_SVG, NULL, false },
	{ "mermaid", "mermaid", FORMAT_MERMAID, NULL, false },
	{ 0 },
};
static const struct iom_enum format_enum = { .name = "graph_format", .values = format_values };

static const struct iom_value kind_values[] = {
	{ "iommu", "iommu", GRAPH_IOMMU, NULL, false },
	{ "group", "group", GRAPH_GROUP, NULL, false },
	{ "device", "device", GRAPH_DEVICE, NULL, false },
	{ "process", "process", GRAPH_PROCESS, NULL, false },
	{ 0 },
};
static const struct iom_enum kind_enum = { .name = "graph_kind", .values = kind_values };

enum { GRAPH_FORMAT, GRAPH_NO_NAMES };
static const struct iom_opt graph_opts[] = {
	[GRAPH_FORMAT] = { "format", IOM_ARG_ENUM, 0,
			   "default: dot; in JSON the text is made only when asked for",
	  .values = &format_enum },
	[GRAPH_NO_NAMES] = IOM_HOST_NO_NAMES,
	{ 0 },
};

enum { NODE_ID, NODE_KIND, NODE_LABEL, NODE_DETAIL, NODE_STATE, NODE_NAME, NODE_PARENT };
static const struct iom_col node_cols[] = {
	[NODE_ID] = { "id", IOM_T_UINT, 0, "number in this graph" },
	[NODE_KIND] = { "kind", IOM_T_STR, 0, "what it is", .values = &kind_enum },
	[NODE_LABEL] = { "label", IOM_T_STR, 0, "its name" },
	[NODE_DETAIL] = { "detail", IOM_T_STR, IOM_COL_OPT, "driver, state, pid" },
	[NODE_STATE] = { "state", IOM_T_STR, IOM_COL_OPT, "of a group, or a member's part in it" },
	[NODE_NAME] = { "name", IOM_T_STR, IOM_COL_OPT, "of a device, by pci.ids" },
	[NODE_PARENT] = { "parent", IOM_T_UINT, IOM_COL_OPT, "node that the edge comes from" },
	{ 0 },
};

enum { GRAPH_TEXT, GRAPH_NODES };
static const struct iom_col graph_cols[] = {
	[GRAPH_TEXT] = { "text", IOM_T_STR, IOM_COL_OPT | IOM_COL_RAW, "the graph in the format" },
	[GRAPH_NODES] = { "nodes", IOM_T_LIST, 0,
			  "a parent stands before its children", node_cols },
	{ 0 },
};

/* Returns the index of the new node; parent SIZE_MAX: none. SIZE_MAX when out of memory. */
static size_t add_node(struct graph *g, enum graph_kind kind, size_t parent, const char *label,
		       const char *detail, const char *state)
{
	struct graph_node *n;

	if (iom_grow(&g->nodes, g->n, &g->cap, sizeof(*n)))
		return SIZE_MAX;
	n = &g->nodes[g->n];
	*n = (struct graph_node){
		.kind = kind, .parent = parent == SIZE_MAX ? g->n : parent,
		.label = strdup(label), .detail = strdup(detail), .state = state,
	};
	g->n++;
	return n->label && n->detail ? g->n - 1 : SIZE_MAX;
}

static void free_graph(struct graph *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->nodes[i].label);
		free(g->nodes[i].detail);
		free(g->nodes[i].name);
	}
	free(g->nodes);
}

static bool build_device(struct graph *g, const struct iom_forest *f, size_t group,
			 const struct iom_host_dev *d)
{
	const char *node = iom_host_dev_use(d, "vfio-dev"), *name;
	char detail[256];
	size_t at;

	snprintf(detail, sizeof(detail), "%s%s%s%s%s", d->driver ? d->driver : "no driver",
		 node ? " " : "", node ? node : "", iom_host_class(d) ? " " : "",
		 iom_host_class(d) ? iom_host_class(d) : "");
	at = add_node(g, GRAPH_DEVICE, group, d->name, detail, iom_member_words[iom_member_of(d)]);
	name = at == SIZE_MAX ? NULL : iom_pci_name(f->names, d, IOM_PCI_DEVICE);
	if (name)
		g->nodes[at].name = strdup(name);
	if (name && !g->nodes[at].name)
		return false;
	for (size_t i = 0; i < f->n_procs && at != SIZE_MAX; i++) {
		if (!iom_host_holds(&f->procs[i], d))
			continue;
		snprintf(detail, sizeof(detail), "pid %d", f->procs[i].pid);
		if (add_node(g, GRAPH_PROCESS, at, f->procs[i].command, detail, "") == SIZE_MAX)
			return false;
	}
	return at != SIZE_MAX;
}

static bool build_group(struct graph *g, const struct iom_forest *f, size_t iommu,
			const struct iom_host_group *group)
{
	struct iom_viable v;
	char label[32], detail[300];
	size_t at;

	iom_viable_of(&f->h, group, &v);
	snprintf(label, sizeof(label), "group %u", group->id);
	snprintf(detail, sizeof(detail), "%s %s", iom_viable_words[v.state], group->type);
	at = add_node(g, GRAPH_GROUP, iommu, label, detail, iom_viable_words[v.state]);
	for (char **name = group->devices; *name && at != SIZE_MAX; name++) {
		const struct iom_host_dev *d = iom_host_dev_find(&f->h, *name);

		if (d && !build_device(g, f, at, d))
			return false;
	}
	return at != SIZE_MAX;
}

static bool build(struct graph *g, const struct iom_forest *f)
{
	for (size_t i = 0; i <= f->h.n_iommus; i++) {
		const struct iom_host_iommu *u = i < f->h.n_iommus ? &f->h.iommus[i] : NULL;
		size_t at = SIZE_MAX;

		if (u)
			at = add_node(g, GRAPH_IOMMU, SIZE_MAX, u->name,
				      iom_value_of(&iom_iommu_enum, u->kind)->word, "");
		if (u && at == SIZE_MAX)
			return false;
		for (size_t k = 0; k < f->h.n_groups; k++)
			if (iom_forest_iommu(f, &f->h.groups[k]) == u &&
			    !build_group(g, f, at, &f->h.groups[k]))
				return false;
	}
	return true;
}

static void show_nodes(struct iom_res *res, const struct graph *g)
{
	iom_open_list(res->top, GRAPH_NODES);
	for (size_t i = 0; i < g->n; i++) {
		const struct graph_node *n = &g->nodes[i];
		struct iom_rec *r = iom_add_rec(res->top, GRAPH_NODES);

		iom_set_uint(r, NODE_ID, i);
		iom_set_str(r, NODE_KIND, iom_value_of(&kind_enum, n->kind)->word);
		iom_set_str(r, NODE_LABEL, n->label);
		if (*n->detail)
			iom_set_str(r, NODE_DETAIL, n->detail);
		if (*n->state)
			iom_set_str(r, NODE_STATE, n->state);
		if (n->name)
			iom_set_str(r, NODE_NAME, n->name);
		if (n->parent != i)
			iom_set_uint(r, NODE_PARENT, n->parent);
	}
}

static void draw(const struct graph *g, uint64_t format, struct iom_res *res)
{
	_iom_buf_ struct iom_buf b = { 0 };

	if (format == FORMAT_SVG)
		iom_graph_svg(g, &b);
	else if (format == FORMAT_MERMAID)
		iom_graph_mermaid(g, &b);
	else
		iom_graph_dot(g, &b);
	if (b.failed)
		res->failed = true;
	else
		iom_set_str(res->top, GRAPH_TEXT, b.data);
}

static int graph_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	struct iom_forest f;
	struct graph g = { 0 };
	int rc = iom_forest_load(app, &f, err);

	f.names = iom_host_names(app, a->v[GRAPH_NO_NAMES].set);
	if (!rc && !build(&g, &f)) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		rc = IOM_EXIT_INTERNAL;
	}
	if (!rc) {
		show_nodes(res, &g);
		if (!app->g.json || a->v[GRAPH_FORMAT].set)
			draw(&g, a->v[GRAPH_FORMAT].num, res);
	}
	free_graph(&g);
	iom_forest_free(&f);
	return rc;
}

const struct iom_cmd cmd_graph = {
	.object = "graph", .brief = "draw IOMMUs, groups, devices and their holders",
	.opts = graph_opts, .cols = graph_cols, .flags = IOM_CMD_HOST,
	.schema = 1, .run = graph_run,
};
