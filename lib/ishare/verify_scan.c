/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The list of inodes whose claims are checked: every regular file that is not empty, and every other
 * inode that has xattrs and so could carry a claim it must not. Hard links count once. */
#include "ishare/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool same_nid(const void *entry, const void *key)
{
	return ((const struct erofs_verify_item *)entry)->nid == *(const uint64_t *)key;
}

void erofs_verify_items_init(struct erofs_verify_items *items, uint64_t max_bytes)
{
	*items = (struct erofs_verify_items){ .max_bytes = max_bytes };
	erofs_arena_init(&items->arena);
	erofs_table_init(&items->by_nid, same_nid);
	items->end = &items->first;
}

void erofs_verify_items_fini(struct erofs_verify_items *items)
{
	for (struct erofs_verify_item *i = items->first; i; i = i->next)
		free(i->text);
	erofs_table_fini(&items->by_nid);
	erofs_arena_fini(&items->arena);
}

static int add_item(struct erofs_verify_items *items, const struct erofs_walk_entry *entry,
	struct erofs_verify_item **ret)
{
	struct erofs_verify_item *item = erofs_arena_alloc(&items->arena, sizeof(*item));
	int r = item ? erofs_paths_keep(&items->paths, entry, &item->path) : -ENOMEM;

	if (r < 0)
		return r;
	item->nid = entry->nid;
	*items->end = item;
	items->end = &item->next;
	items->count++;
	*ret = item;
	return 0;
}

/* The limit is applied in tree order, so that what is left out is a function of the image. */
static void plan_hashing(struct erofs_verify_items *items, struct erofs_verify_item *item,
	uint64_t size_bytes)
{
	item->regular = true;
	item->size_bytes = size_bytes;
	item->oversized = size_bytes > items->max_bytes - items->bytes;
	if (!item->oversized)
		items->bytes += size_bytes;
}

static int visit(void *user, const struct erofs_walk_entry *entry)
{
	struct erofs_verify_items *items = user;
	const struct erofs_inode *inode = entry->inode;
	bool regular = S_ISREG(inode->mode) && inode->size_bytes;
	uint64_t hash = erofs_hash_pair(entry->nid, 0);
	struct erofs_verify_item *item;
	int r;

	if (!regular && !inode->xattr_size_bytes)
		return EROFS_WALK_CONTINUE;
	if (erofs_table_find(&items->by_nid, hash, &entry->nid))
		return EROFS_WALK_CONTINUE;
	r = add_item(items, entry, &item);
	if (r < 0)
		return r;
	if (regular)
		plan_hashing(items, item, inode->size_bytes);
	return erofs_table_add(&items->by_nid, hash, item);
}

static int visit_damage(void *user, const struct erofs_walk_entry *entry, int error)
{
	struct erofs_verify_items *items = user;
	struct erofs_verify_item *item;
	int r = error == -ENOMEM ? error : add_item(items, entry, &item);

	if (r < 0)
		return r;
	item->outcome = EROFS_VERIFY_UNREADABLE;
	item->text = strdup(entry->inode ? "directory cannot be read" : "inode cannot be read");
	return item->text ? 0 : -ENOMEM;
}

int erofs_verify_scan(struct erofs_image *img, struct erofs_verify_items *items)
{
	const struct erofs_walk_visitor visitor = {
		.user = items, .entry = visit, .error = visit_damage
	};
	struct erofs_reader *rd;
	int r = erofs_reader_new(img, &rd);

	if (r < 0)
		return r;
	items->paths = erofs_paths_start(&items->arena, rd);
	r = erofs_walk(rd, erofs_image_super(img)->root_nid, &visitor);
	erofs_reader_free(rd);
	return r;
}
