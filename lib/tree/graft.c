/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Putting files at paths, and what marks in a layer do to what is there. */
#include "tree/graft_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MARK ".wh."
#define MARK_OPAQUE ".wh..wh..opq"

static int make_root(struct erofs_graft *graft, const struct erofs_entry *entry)
{
	struct erofs_node *node;
	int r = erofs_loader_implied(graft->loader, entry, "/", &node);

	if (r < 0)
		return r;
	graft->root = erofs_arena_alloc(&graft->arena, sizeof(*graft->root));
	if (!graft->root)
		return -ENOMEM;
	graft->root->parent = graft->root;
	graft->root->name = "";
	erofs_graft_name_set(graft, graft->root, node, NULL);
	return 0;
}

int erofs_graft_init(struct erofs_graft *graft, struct erofs_loader *loader,
	enum erofs_graft_marks marks, const struct erofs_entry *root)
{
	*graft = (struct erofs_graft){
		.loader = loader,
		.marks = marks,
		.layer = 1,
		.path = malloc(EROFS_GRAFT_PATH_MAX_BYTES + 1),
		.target = malloc(EROFS_GRAFT_PATH_MAX_BYTES + 1),
		.last_path = malloc(EROFS_GRAFT_PATH_MAX_BYTES + 1),
	};
	erofs_arena_init(&graft->arena);
	erofs_graft_names_init(graft);
	if (!graft->path || !graft->target || !graft->last_path)
		return -ENOMEM;
	return make_root(graft, root);
}

void erofs_graft_fini(struct erofs_graft *graft)
{
	free(graft->path);
	free(graft->target);
	free(graft->last_path);
	free(graft->links);
	erofs_table_fini(&graft->names);
	erofs_arena_fini(&graft->arena);
	*graft = (struct erofs_graft){ 0 };
}

/* ---- marks ---- */

static void make_opaque(struct erofs_graft *graft, struct erofs_graft_name *directory)
{
	erofs_graft_name_hide_below(graft, directory);
	directory->opaque = graft->marks == EROFS_GRAFT_MARKS_OVERLAY;
}

static int put_whiteout(struct erofs_graft *graft, struct erofs_graft_name *name,
	const struct erofs_entry *entry, struct erofs_node **ret)
{
	struct erofs_entry whiteout = *entry;
	bool known;
	int r;

	whiteout.mode = S_IFCHR;
	whiteout.rdev_major = whiteout.rdev_minor = 0;
	whiteout.linked = false;
	r = erofs_loader_node(graft->loader, &whiteout, graft->path, ret, &known);
	if (r < 0)
		return r;
	erofs_graft_name_set(graft, name, *ret, NULL);
	name->whiteout = true;
	return 0;
}

/* What the mark's own layer has at the name stays; a directory there hides what is below it. */
static int hide_name(struct erofs_graft *graft, struct erofs_graft_name *parent, const char *hidden,
	const struct erofs_entry *entry, struct erofs_node **ret)
{
	struct erofs_graft_name *name = erofs_graft_name_find(graft, parent, hidden, strlen(hidden));
	bool keep = graft->marks == EROFS_GRAFT_MARKS_OVERLAY && !graft->loader->options->strip_overlay;
	int r;

	if (name && name->layer == graft->layer && !name->whiteout) {
		if (erofs_graft_is_directory(name))
			make_opaque(graft, name);
		return 0;
	}
	if (name)
		erofs_graft_name_hide(graft, name);
	if (!keep)
		return 0;
	r = erofs_graft_name_get(graft, parent, hidden, graft->path, &name);
	return r < 0 ? r : put_whiteout(graft, name, entry, ret);
}

static bool has_names(const struct erofs_graft *graft)
{
	return graft->marks == EROFS_GRAFT_MARKS_OVERLAY || graft->marks == EROFS_GRAFT_MARKS_APPLY;
}

int erofs_graft_mark(struct erofs_graft *graft, struct erofs_graft_name *parent, const char *name,
	const struct erofs_entry *entry, struct erofs_node **ret)
{
	int r;

	if (!has_names(graft) || strncmp(name, MARK, strlen(MARK)))
		return 0;
	*ret = NULL;
	if (!strcmp(name, MARK_OPAQUE)) {
		make_opaque(graft, parent);
		return 1;
	}
	r = erofs_loader_check_name(graft->loader, name + strlen(MARK), graft->path);
	if (r == 0)
		r = hide_name(graft, parent, name + strlen(MARK), entry, ret);
	return r < 0 ? r : 1;
}

/* ---- files ---- */

static int set_target(struct erofs_graft *graft, struct erofs_node *node, const char *target,
	const char *path)
{
	size_t bytes = target ? strlen(target) : 0;

	if (!bytes)
		return erofs_graft_fail(graft, path, -EINVAL, "symbolic link to nothing");
	if (bytes > EROFS_GRAFT_TARGET_MAX_BYTES)
		return erofs_graft_fail(graft, path, -ENAMETOOLONG,
			"the target of the symbolic link is longer than 4095 bytes");
	node->target = erofs_arena_string(&graft->loader->tree->arena, target, bytes);
	node->size_bytes = bytes;
	return node->target ? 0 : -ENOMEM;
}

static int make_node(struct erofs_graft *graft, const struct erofs_entry *entry, const char *target,
	struct erofs_node **ret)
{
	struct erofs_entry single = *entry;
	bool known;
	int r;

	single.linked = false;
	r = erofs_loader_node(graft->loader, &single, graft->path, ret, &known);
	if (r == 0 && S_ISLNK(entry->mode))
		r = set_target(graft, *ret, target, graft->path);
	if (r == 0 && !graft->loader->options->drop_xattrs)
		r = erofs_loader_set_xattrs(graft->loader, *ret);
	return r;
}

static int put_file(struct erofs_graft *graft, struct erofs_graft_name *name,
	const struct erofs_entry *entry, const char *target, struct erofs_node **ret)
{
	int r;

	if (name == graft->root && !S_ISDIR(entry->mode))
		return erofs_graft_fail(graft, "", -ENOTDIR, "the root is not a directory");
	r = make_node(graft, entry, target, ret);
	if (r == 0)
		erofs_graft_name_set(graft, name, *ret, NULL);
	return r;
}

static bool is_device_mark(const struct erofs_graft *graft, const struct erofs_entry *entry)
{
	return graft->marks == EROFS_GRAFT_MARKS_DEVICES && S_ISCHR(entry->mode) &&
	       !entry->rdev_major && !entry->rdev_minor;
}

static int put_device_mark(struct erofs_graft *graft, struct erofs_graft_name *parent, const char *last,
	const struct erofs_entry *entry, struct erofs_node **ret)
{
	struct erofs_graft_name *name = erofs_graft_name_find(graft, parent, last, strlen(last));
	int r;

	*ret = NULL;
	if (name)
		erofs_graft_name_hide(graft, name);
	if (graft->loader->options->strip_overlay)
		return 0;
	r = erofs_graft_name_get(graft, parent, last, graft->path, &name);
	if (r == 0)
		r = put_file(graft, name, entry, NULL, ret);
	if (r == 0)
		name->whiteout = true;
	return r;
}

int erofs_graft_put(struct erofs_graft *graft, const char *path, const struct erofs_entry *entry,
	const char *target, struct erofs_node **ret)
{
	struct erofs_graft_name *name = graft->root, *parent;
	const char *last;
	int r = erofs_graft_clean(graft, path, graft->path);

	if (r == 0)
		r = erofs_graft_parent(graft, graft->path, &parent, &last);
	if (r == 0 && *last) {
		r = erofs_graft_mark(graft, parent, last, entry, ret);
		if (r != 0)
			return r < 0 ? r : 0;
		if (is_device_mark(graft, entry))
			return put_device_mark(graft, parent, last, entry, ret);
		r = erofs_graft_name_get(graft, parent, last, graft->path, &name);
	}
	return r < 0 ? r : put_file(graft, name, entry, target, ret);
}

int erofs_graft_hide_below(struct erofs_graft *graft, const char *path)
{
	struct erofs_graft_name *name;
	int r = erofs_graft_clean(graft, path, graft->path);

	name = r < 0 ? NULL : erofs_graft_lookup(graft, graft->path);
	if (name)
		erofs_graft_name_hide_below(graft, name);
	return r;
}
