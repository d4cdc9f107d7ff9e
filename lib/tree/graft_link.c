/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Hard links. An archive may name a target that comes later; such links wait for the end of the layer, and
 * may then lead to each other. */
#include "tree/graft_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int fail_directory(const struct erofs_graft *graft, const char *path)
{
	return erofs_graft_fail(graft, path, -EISDIR, "hard link to a directory");
}

static int keep_link(struct erofs_graft *graft, struct erofs_graft_link *link)
{
	if (graft->link_count == graft->link_capacity) {
		size_t capacity = 2 * graft->link_capacity + 64;
		void *links = reallocarray(graft->links, capacity, sizeof(*graft->links));

		if (!links)
			return -ENOMEM;
		graft->links = links;
		graft->link_capacity = capacity;
	}
	graft->links[graft->link_count++] = link;
	return 0;
}

static int wait_for_target(struct erofs_graft *graft, struct erofs_graft_name *name)
{
	struct erofs_graft_link *link = erofs_arena_alloc(&graft->arena, sizeof(*link));

	if (!link)
		return -ENOMEM;
	link->name = name;
	link->path = erofs_arena_string(&graft->arena, graft->path, strlen(graft->path));
	link->target = erofs_arena_string(&graft->arena, graft->target, strlen(graft->target));
	if (!link->path || !link->target || keep_link(graft, link) < 0)
		return -ENOMEM;
	erofs_graft_name_set(graft, name, NULL, link);
	return 0;
}

static int tie(struct erofs_graft *graft, struct erofs_graft_name *parent, const char *last)
{
	const struct erofs_graft_name *target = erofs_graft_lookup(graft, graft->target);
	struct erofs_graft_name *name;
	int r;

	if (target && erofs_graft_is_directory(target))
		return fail_directory(graft, graft->path);
	r = erofs_graft_name_get(graft, parent, last, graft->path, &name);
	if (r < 0)
		return r;
	/* A whiteout is no file of the layer; and a link to itself is there already. */
	if (!target || !target->node || target->whiteout)
		return wait_for_target(graft, name);
	if (target != name)
		erofs_graft_name_set(graft, name, target->node, NULL);
	return 0;
}

/* Links to marks are marks, too. */
static int try_mark(struct erofs_graft *graft, struct erofs_graft_name *parent, const char *last)
{
	const struct erofs_node *model = parent->node;
	struct erofs_entry entry = { .uid = model->uid, .gid = model->gid,
		.mtime_seconds = model->mtime_seconds, .mtime_nsec = model->mtime_nsec };
	struct erofs_node *node;

	return erofs_graft_mark(graft, parent, last, &entry, &node);
}

/* Where the link @path goes. 1 = it was a mark, and nothing is left to do. */
static int find_place(struct erofs_graft *graft, const char *path, struct erofs_graft_name **ret_parent,
	const char **ret_last)
{
	int r = erofs_graft_clean(graft, path, graft->path);

	if (r == 0)
		r = erofs_graft_parent(graft, graft->path, ret_parent, ret_last);
	if (r == 0 && !**ret_last)
		return erofs_graft_fail(graft, "", -EISDIR, "the root is a hard link");
	return r < 0 ? r : try_mark(graft, *ret_parent, *ret_last);
}

int erofs_graft_link(struct erofs_graft *graft, const char *path, const char *target)
{
	struct erofs_graft_name *parent;
	const char *last;
	int r = erofs_graft_clean(graft, target, graft->target);

	if (r == 0)
		r = find_place(graft, path, &parent, &last);
	if (r != 0)
		return r < 0 ? r : 0;
	return tie(graft, parent, last);
}

int erofs_graft_link_node(struct erofs_graft *graft, const char *path, struct erofs_node *node)
{
	struct erofs_graft_name *parent, *name;
	const char *last;
	int r = find_place(graft, path, &parent, &last);

	if (r == 0)
		r = erofs_graft_name_get(graft, parent, last, graft->path, &name);
	else if (r > 0)
		return 0;
	if (r == 0)
		erofs_graft_name_set(graft, name, node, NULL);
	return r;
}

/* All the links on the way to @node become names of it. */
static void settle(struct erofs_graft_link *link, struct erofs_node *node)
{
	for (; link; link = link->back) {
		link->name->node = node;
		link->name->link = NULL;
	}
}

static int resolve(struct erofs_graft *graft, struct erofs_graft_link *link)
{
	for (;;) {
		struct erofs_graft_name *target = erofs_graft_lookup(graft, link->target);

		link->visited = true;
		if (!target || target->whiteout)
			return erofs_graft_fail(graft, link->path, -ENOENT,
				"the target of the hard link is not there");
		if (erofs_graft_is_directory(target))
			return fail_directory(graft, link->path);
		if (target->node) {
			settle(link, target->node);
			return 0;
		}
		if (target->link->visited)
			return erofs_graft_fail(graft, link->path, -ELOOP,
				"hard links that lead to each other only");
		target->link->back = link;
		link = target->link;
	}
}

int erofs_graft_end_layer(struct erofs_graft *graft)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < graft->link_count; i++)
		if (graft->links[i]->name->link == graft->links[i])
			r = resolve(graft, graft->links[i]);
	graft->link_count = 0;
	graft->layer++;
	return r;
}
