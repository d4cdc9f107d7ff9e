/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The names of a tree that grows by path. */
#ifndef EROFS_TREE_GRAFT_NAME_H
#define EROFS_TREE_GRAFT_NAME_H

#include <sys/stat.h>
#include "tree/graft.h"

struct erofs_graft_name {
	struct erofs_graft_name *parent;	/* the root's is itself */
	struct erofs_graft_name *child, *next;	/* of a directory; some may be dead */
	struct erofs_graft_name *work;		/* next in a list of directories to walk over */
	struct erofs_node *node;
	struct erofs_graft_link *link;		/* instead of a node: a link that waits for its target */
	const char *name;			/* in the tree's arena */
	uint32_t name_bytes;
	uint32_t layer;				/* the last that put something here or below */
	uint32_t hidden_layer;			/* what is below came in this layer or later */
	bool whiteout;				/* made by a mark */
	bool opaque;				/* a mark says so */
};

/* A name for a file that was not there yet. */
struct erofs_graft_link {
	struct erofs_graft_name *name;
	const char *path, *target;		/* clean */
	struct erofs_graft_link *back;		/* while being resolved: the link that led here */
	bool visited;
};

static inline bool erofs_graft_is_directory(const struct erofs_graft_name *name)
{
	return name->node && S_ISDIR(name->node->mode);
}

static inline bool erofs_graft_is_dead(const struct erofs_graft_name *name)
{
	return !name->node && !name->link;
}

/* ---- graft_name.c ---- */
void erofs_graft_names_init(struct erofs_graft *graft);
/* The name @name of @bytes bytes in @parent, NULL when nothing stands there. */
struct erofs_graft_name *erofs_graft_name_find(const struct erofs_graft *graft,
	const struct erofs_graft_name *parent, const char *name, size_t bytes);
/* Adds one, dead as yet, that is not there. NULL when out of memory. */
struct erofs_graft_name *erofs_graft_name_add(struct erofs_graft *graft,
	struct erofs_graft_name *parent, const char *name, size_t bytes);
/* Makes @name stand for @node, or with NULL for @link. */
void erofs_graft_name_set(struct erofs_graft *graft, struct erofs_graft_name *name,
	struct erofs_node *node, struct erofs_graft_link *link);
/* Takes out what lower layers have at and below @name, or below @name alone. */
void erofs_graft_name_hide(struct erofs_graft *graft, struct erofs_graft_name *name);
void erofs_graft_name_hide_below(struct erofs_graft *graft, struct erofs_graft_name *name);

/* ---- graft_path.c ---- */
/* @path without empty parts, "." and "..", into graft->path or graft->target. */
int erofs_graft_clean(struct erofs_graft *graft, const char *path, char *ret);
/* The directory that the clean @path lies in, made if need be, and the last name, "" for the root. @path is
 * cut in between but whole again afterwards. */
int erofs_graft_parent(struct erofs_graft *graft, char *path, struct erofs_graft_name **ret_parent,
	const char **ret_name);
/* What stands at the clean @path, or NULL. */
struct erofs_graft_name *erofs_graft_lookup(const struct erofs_graft *graft, const char *path);
/* The name @name in @parent, made if need be. */
int erofs_graft_name_get(struct erofs_graft *graft, struct erofs_graft_name *parent,
	const char *name, const char *path, struct erofs_graft_name **ret);
/* Sends a message that begins with @path and returns @error. */
int erofs_graft_fail(const struct erofs_graft *graft, const char *path, int error,
	const char *what);

/* ---- graft.c ---- */
/* Whether @name, the last of graft->path, is a mark; then does what it says. 1 = it was, and *ret is the node
 * that came of it or NULL. @entry: whose owner and time a whiteout gets. */
int erofs_graft_mark(struct erofs_graft *graft, struct erofs_graft_name *parent, const char *name,
	const struct erofs_entry *entry, struct erofs_node **ret);

#endif
