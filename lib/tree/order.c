/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A walk over the finished edges that depends on names alone: whatever order a source delivered its
 * files in, the result is the same. */
#include "tree/order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

static int compare_edges(const void *a, const void *b)
{
	const struct erofs_edge *x = a, *y = b;
	uint32_t common = x->name_bytes < y->name_bytes ? x->name_bytes : y->name_bytes;
	int order = memcmp(x->name, y->name, common);

	if (order)
		return order;
	return (x->name_bytes > y->name_bytes) - (x->name_bytes < y->name_bytes);
}

void erofs_edges_sort(struct erofs_edge *edges, size_t count)
{
	if (count)
		qsort(edges, count, sizeof(*edges), compare_edges);
}

const struct erofs_edge *erofs_edges_find(const struct erofs_edge *edges, size_t count,
	const struct erofs_edge *key)
{
	return count ? bsearch(key, edges, count, sizeof(*edges), compare_edges) : NULL;
}

static void number(struct erofs_tree *tree, struct erofs_node *node)
{
	node->index = (uint32_t)tree->summary.nodes++;
	tree->nodes[node->index] = node;
	if (S_ISREG(node->mode))
		tree->summary.content_bytes += node->size_bytes;
}

/* One level: a node that was met before has a smaller index and keeps it. */
static void number_children(struct erofs_tree *tree, struct erofs_node *directory)
{
	directory->nlink = 2;
	for (uint32_t i = 0; i < directory->edge_count; i++) {
		struct erofs_edge *edge = &directory->edges[i];
		struct erofs_node *node = edge->node;

		tree->summary.names++;
		if (node->kept) {
			directory->nlink += S_ISDIR(node->mode) != 0;
			continue;
		}
		if (S_ISDIR(node->mode))
			directory->nlink++;
		else if (node->nlink++)
			continue;
		node->parent = directory;
		node->name = edge->name;
		number(tree, node);
	}
}

/* Directories still to be numbered. Pushed last to first, so that the first is taken next. */
static size_t push_subdirectories(struct erofs_node **stack, size_t depth,
	const struct erofs_node *directory)
{
	for (uint32_t i = directory->edge_count; i-- > 0;)
		if (S_ISDIR(directory->edges[i].node->mode) && !directory->edges[i].node->kept)
			stack[depth++] = directory->edges[i].node;
	return depth;
}

int erofs_tree_order(struct erofs_tree *tree)
{
	auto_free struct erofs_node **stack = malloc(tree->node_count * sizeof(*stack));
	size_t depth = 0;

	tree->nodes = erofs_arena_alloc(&tree->arena, tree->node_count * sizeof(*tree->nodes));
	if (!stack || !tree->nodes)
		return -ENOMEM;
	tree->root->parent = tree->root;
	tree->root->name = "";
	number(tree, tree->root);
	stack[depth++] = tree->root;
	while (depth) {
		struct erofs_node *directory = stack[--depth];

		number_children(tree, directory);
		depth = push_subdirectories(stack, depth, directory);
	}
	tree->node_count = (uint32_t)tree->summary.nodes;
	return 0;
}
