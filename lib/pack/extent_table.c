/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A hash table over entries in an arena, and a chain through them from the newest to the oldest. */
#include "pack/extent_table.h"

#include <string.h>

static bool equal(const void *entry, const void *key)
{
	const struct known_extent *a = entry, *b = key;

	return a->bytes == b->bytes && a->stored_bytes == b->stored_bytes && a->format == b->format &&
	       !memcmp(a->digest, b->digest, sizeof(a->digest));
}

static struct known_extent make_key(const uint8_t *digest, const struct plan_extent *extent)
{
	struct known_extent key = { .start = extent->start, .bytes = extent->bytes,
		.stored_bytes = extent->stored_bytes, .format = extent->format };

	memcpy(key.digest, digest, sizeof(key.digest));
	return key;
}

void erofs_extent_table_init(struct erofs_extent_table *extents)
{
	erofs_table_init(&extents->table, equal);
	erofs_arena_init(&extents->arena);
	extents->newest = NULL;
}

void erofs_extent_table_fini(struct erofs_extent_table *extents)
{
	erofs_table_fini(&extents->table);
	erofs_arena_fini(&extents->arena);
}

struct known_extent *erofs_extent_table_find(const struct erofs_extent_table *extents, const uint8_t *digest,
	const struct plan_extent *extent)
{
	struct known_extent key = make_key(digest, extent);

	return erofs_table_find(&extents->table, erofs_hash_digest(key.digest), &key);
}

struct known_extent *erofs_extent_table_add(struct erofs_extent_table *extents, const uint8_t *digest,
	const struct plan_extent *extent)
{
	struct known_extent *entry = erofs_arena_alloc(&extents->arena, sizeof(*entry));

	if (!entry)
		return NULL;
	*entry = make_key(digest, extent);
	if (erofs_table_add(&extents->table, erofs_hash_digest(entry->digest), entry) < 0)
		return NULL;
	entry->older = extents->newest;
	extents->newest = entry;
	return entry;
}

void erofs_extent_table_forget(struct erofs_extent_table *extents, struct known_extent *newest)
{
	while (extents->newest != newest) {
		erofs_table_remove(&extents->table, erofs_hash_digest(extents->newest->digest), extents->newest);
		extents->newest = extents->newest->older;
	}
}
