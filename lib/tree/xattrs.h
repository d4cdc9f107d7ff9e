/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Sets of extended attributes. A draft collects one file's; interning turns it into the one object that
 * all files with equal sets share. */
#ifndef EROFS_TREE_XATTRS_H
#define EROFS_TREE_XATTRS_H

#include "base/table.h"
#include "tree/node.h"

/* Items keep offsets, because @bytes moves when it grows. */
struct erofs_xattr_draft {
	struct erofs_xattr_draft_item {
		size_t name_at, value_at;
		uint32_t name_bytes, value_bytes;
	} *items;
	size_t count, capacity;
	char *bytes;
	size_t used, room;
};

void erofs_xattr_draft_init(struct erofs_xattr_draft *draft);
void erofs_xattr_draft_fini(struct erofs_xattr_draft *draft);
void erofs_xattr_draft_reset(struct erofs_xattr_draft *draft);
/* Adds a copy; an attribute of that name which is there already is replaced. 0 or -ENOMEM. */
int erofs_xattr_draft_set(struct erofs_xattr_draft *draft, const char *name, const void *value,
	uint32_t value_bytes);
bool erofs_xattr_draft_has(const struct erofs_xattr_draft *draft, const char *name);
/* Starts over with the attributes of @set (NULL = none). */
int erofs_xattr_draft_load(struct erofs_xattr_draft *draft, const struct erofs_node_xattrs *set);

struct erofs_xattr_sets {
	struct erofs_arena *arena; /* borrowed: where sets live */
	struct erofs_table table;
};

void erofs_xattr_sets_init(struct erofs_xattr_sets *sets, struct erofs_arena *arena);
void erofs_xattr_sets_fini(struct erofs_xattr_sets *sets);
/* The set with @draft's attributes, sorted by name; NULL in @ret when there are none. */
int erofs_xattr_sets_intern(struct erofs_xattr_sets *sets, struct erofs_xattr_draft *draft,
	const struct erofs_node_xattrs **ret);

#endif
