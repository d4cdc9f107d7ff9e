/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The canonical order of a tree (node.h). */
#ifndef EROFS_TREE_ORDER_H
#define EROFS_TREE_ORDER_H

#include "tree/node.h"

/* Sorts @count edges by name bytes. */
void erofs_edges_sort(struct erofs_edge *edges, size_t count);

/* The one of @count sorted edges that has the name of @key, or NULL. */
const struct erofs_edge *erofs_edges_find(const struct erofs_edge *edges, size_t count,
	const struct erofs_edge *key);

/* Numbers the nodes reachable from tree->root, which are at most tree->node_count and become that, and
 * fills in what follows from the order: nodes, index, nlink, the first name of hard links, and the
 * summary's counts. Edges must be sorted. 0 or -ENOMEM. */
int erofs_tree_order(struct erofs_tree *tree);

#endif
