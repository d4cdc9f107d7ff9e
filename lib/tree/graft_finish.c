/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* From names to the edges of a tree. What is excluded goes only now, since a hard link elsewhere may need
 * its content. */
#include "tree/graft_name.h"

#include <errno.h>
#include <stdlib.h>

#include "tree/order.h"
#include "tree/path.h"

struct finish {
	struct erofs_graft *graft;
	bool has_excludes;
	struct erofs_path path;		/* of the directory in hand */
	struct erofs_graft_name **parts;	/* of that path, last first */
};

static int find_path(struct finish *f, struct erofs_graft_name *name)
{
	size_t depth = 0;
	int r = 0;

	f->path.bytes = 0;
	for (; name->parent != name; name = name->parent)
		f->parts[depth++] = name;
	while (r == 0 && depth)
		r = erofs_path_push(&f->path, f->parts[--depth]->name);
	return r;
}

/* 1 = it belongs into the tree. */
static int is_wanted(struct finish *f, const struct erofs_graft_name *name)
{
	size_t bytes = f->path.bytes;
	int r;

	if (!name->node)
		return 0;
	if (!f->has_excludes)
		return 1;
	r = erofs_path_push(&f->path, name->name);
	if (r < 0)
		return r;
	r = !erofs_excludes_match(f->graft->loader->excludes, f->path.text);
	erofs_path_cut(&f->path, bytes);
	return r;
}

/* With --hard-dereference each name has a node of its own. The field serves nothing else before the tree is
 * ordered. */
static struct erofs_node *node_for(struct erofs_graft *graft, struct erofs_node *node)
{
	struct erofs_tree *tree = graft->loader->tree;

	if (!graft->loader->options->hard_dereference || S_ISDIR(node->mode))
		return node;
	if (!node->index++)
		return node;
	tree->node_count++;
	return erofs_arena_copy(&tree->arena, node, sizeof(*node));
}

static int add_edges(struct finish *f, struct erofs_graft_name *directory,
	struct erofs_graft_name **work)
{
	struct erofs_node *node = directory->node;

	for (struct erofs_graft_name *name = directory->child; name; name = name->next) {
		struct erofs_edge *edge = &node->edges[node->edge_count];
		int r = is_wanted(f, name);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		*edge = (struct erofs_edge){ name->name, node_for(f->graft, name->node),
			name->name_bytes };
		if (!edge->node)
			return -ENOMEM;
		node->edge_count++;
		if (S_ISDIR(name->node->mode)) {
			name->work = *work;
			*work = name;
		}
	}
	return 0;
}

static size_t count_names(const struct erofs_graft_name *directory, bool *ret_whiteout)
{
	size_t count = 0;

	*ret_whiteout = false;
	for (const struct erofs_graft_name *name = directory->child; name; name = name->next) {
		count += name->node != NULL;
		*ret_whiteout |= name->node && name->whiteout;
	}
	return count;
}

static int mark_directory(struct finish *f, const struct erofs_graft_name *directory, bool whiteout)
{
	struct erofs_loader *loader = f->graft->loader;
	int r = 0;

	if (loader->options->strip_overlay)
		return 0;
	if (directory->opaque)
		r = erofs_loader_mark(loader, directory->node, EROFS_XATTR_OVERLAY_OPAQUE, "y");
	/* overlayfs looks for whiteouts only in directories that have an origin. */
	if (r == 0 && whiteout)
		r = erofs_loader_mark(loader, directory->node, EROFS_XATTR_OVERLAY_ORIGIN, "");
	return r;
}

static int finish_directory(struct finish *f, struct erofs_graft_name *directory,
	struct erofs_graft_name **work)
{
	struct erofs_node *node = directory->node;
	bool whiteout;
	size_t count = count_names(directory, &whiteout);
	int r = mark_directory(f, directory, whiteout);

	if (r == 0 && f->has_excludes)
		r = find_path(f, directory);
	if (r < 0)
		return r;
	node->edges = erofs_arena_alloc(&f->graft->loader->tree->arena, count * sizeof(*node->edges));
	if (!node->edges)
		return -ENOMEM;
	r = add_edges(f, directory, work);
	erofs_edges_sort(node->edges, node->edge_count);
	return r;
}

int erofs_graft_finish(struct erofs_graft *graft)
{
	const struct erofs_tree_options *options = graft->loader->options;
	struct erofs_graft_name *work = graft->root;
	struct finish f = { .graft = graft,
		.has_excludes = options->exclude_path_count || options->exclude_regex_count,
		.parts = malloc(EROFS_GRAFT_PATH_MAX_DEPTH * sizeof(*f.parts)) };
	int r = f.parts ? 0 : -ENOMEM;

	work->work = NULL;
	while (r == 0 && work) {
		struct erofs_graft_name *directory = work;

		work = directory->work;
		r = finish_directory(&f, directory, &work);
	}
	graft->loader->tree->root = graft->root->node;
	free(f.parts);
	free(f.path.text);
	return r;
}
