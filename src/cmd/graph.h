/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: a picture of the machine as nodes and edges. */
#pragma once

#include "iommuctl/base.h"

enum graph_kind { GRAPH_IOMMU, GRAPH_GROUP, GRAPH_DEVICE, GRAPH_PROCESS, GRAPH_KINDS };

struct graph_node {
	enum graph_kind kind;
	size_t parent; /* index; itself for those without one */
	char *label, *detail;
	char *name;    /* of a model, NULL: none known */
	const char *state; /* static word that colours it, "" none */
};

struct graph {
	struct graph_node *nodes; /* a parent stands before its children */
	size_t n, cap;
};

/* Each writes the whole graph; nothing in a label can end a string of the format. */
void iom_graph_dot(const struct graph *g, struct iom_buf *b);
void iom_graph_mermaid(const struct graph *g, struct iom_buf *b);
void iom_graph_svg(const struct graph *g, struct iom_buf *b);
/* Appends text that can stand between tags and in an attribute. */
void iom_graph_put_svg(struct iom_buf *b, const char *s);
