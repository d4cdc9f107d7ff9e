/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Names that come and go. One that goes leaves the table at once and the list of its directory when
 * somebody next walks over it; so each is let go once, and walks cost what was put in. */
#include "tree/graft_name.h"

#include <string.h>

#include "base/table.h"

struct place {
	const struct erofs_graft_name *parent;
	const char *name;
	size_t bytes;
};

static bool stands_at(const void *entry, const void *key)
{
	const struct erofs_graft_name *name = entry;
	const struct place *place = key;

	return name->parent == place->parent && name->name_bytes == place->bytes &&
	       !memcmp(name->name, place->name, place->bytes);
}

static uint64_t hash_of(const struct erofs_graft_name *parent, const char *name, size_t bytes)
{
	return erofs_hash_pair((uintptr_t)parent, erofs_hash_bytes(name, bytes));
}

void erofs_graft_names_init(struct erofs_graft *graft)
{
	erofs_table_init(&graft->names, stands_at);
}

struct erofs_graft_name *erofs_graft_name_find(const struct erofs_graft *graft,
	const struct erofs_graft_name *parent, const char *name, size_t bytes)
{
	struct place place = { parent, name, bytes };

	return erofs_table_find(&graft->names, hash_of(parent, name, bytes), &place);
}

struct erofs_graft_name *erofs_graft_name_add(struct erofs_graft *graft,
	struct erofs_graft_name *parent, const char *name, size_t bytes)
{
	struct erofs_graft_name *added = erofs_arena_alloc(&graft->arena, sizeof(*added));

	if (!added)
		return NULL;
	added->name = erofs_arena_string(&graft->loader->tree->arena, name, bytes);
	added->name_bytes = (uint32_t)bytes;
	added->parent = parent;
	if (!added->name || erofs_table_add(&graft->names, hash_of(parent, name, bytes), added) < 0)
		return NULL;
	added->next = parent->child;
	parent->child = added;
	return added;
}

static void let_go(struct erofs_graft *graft, struct erofs_graft_name *name)
{
	erofs_table_remove(&graft->names, hash_of(name->parent, name->name, name->name_bytes), name);
	name->node = NULL;
	name->link = NULL;
}

/* All that is below @name goes. */
static void drop_below(struct erofs_graft *graft, struct erofs_graft_name *name)
{
	struct erofs_graft_name *work = name;

	name->work = NULL;
	while (work) {
		struct erofs_graft_name *directory = work;

		work = directory->work;
		for (struct erofs_graft_name *child = directory->child; child; child = child->next) {
			if (erofs_graft_is_directory(child)) {
				child->work = work;
				work = child;
			}
			if (!erofs_graft_is_dead(child))
				let_go(graft, child);
		}
		directory->child = NULL;
	}
}

void erofs_graft_name_set(struct erofs_graft *graft, struct erofs_graft_name *name,
	struct erofs_node *node, struct erofs_graft_link *link)
{
	bool was_directory = erofs_graft_is_directory(name);
	bool is_directory = node && S_ISDIR(node->mode);

	if (was_directory && !is_directory)
		drop_below(graft, name);
	name->opaque = is_directory && (name->opaque || name->whiteout);
	name->whiteout = false;
	name->node = node;
	name->link = link;
	name->layer = graft->layer;
	if (!was_directory)
		name->hidden_layer = graft->layer;
}

/* Takes what lower layers have out of one directory; the directories that stay are added to @work. */
static struct erofs_graft_name *sift(struct erofs_graft *graft, struct erofs_graft_name *directory,
	struct erofs_graft_name *work)
{
	struct erofs_graft_name **at = &directory->child;

	directory->hidden_layer = graft->layer;
	for (struct erofs_graft_name *child = *at; child; child = *at) {
		bool is_directory = erofs_graft_is_directory(child);

		if (!erofs_graft_is_dead(child) && child->layer < graft->layer) {
			if (is_directory)
				drop_below(graft, child);
			let_go(graft, child);
		}
		if (erofs_graft_is_dead(child)) {
			*at = child->next;
			continue;
		}
		if (is_directory && child->hidden_layer < graft->layer) {
			child->work = work;
			work = child;
		}
		at = &child->next;
	}
	return work;
}

void erofs_graft_name_hide_below(struct erofs_graft *graft, struct erofs_graft_name *name)
{
	struct erofs_graft_name *work = name;

	if (name->hidden_layer == graft->layer)
		return;
	name->work = NULL;
	while (work) {
		struct erofs_graft_name *directory = work;

		work = sift(graft, directory, directory->work);
	}
}

void erofs_graft_name_hide(struct erofs_graft *graft, struct erofs_graft_name *name)
{
	if (erofs_graft_is_directory(name) && name->layer == graft->layer) {
		erofs_graft_name_hide_below(graft, name);
	} else if (name->layer < graft->layer) {
		if (erofs_graft_is_directory(name))
			drop_below(graft, name);
		let_go(graft, name);
	}
}
