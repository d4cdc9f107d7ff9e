/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A hash table over entries in an arena, and a chain through them from the newest to the oldest. */
#include "pack/stored.h"

#include <string.h>

static bool equal(const void *entry, const void *key)
{
	const struct stored_extent *a = entry, *b = key;

	return a->bytes == b->bytes && a->stored_bytes == b->stored_bytes && a->format == b->format &&
	       !memcmp(a->digest, b->digest, sizeof(a->digest));
}

static struct stored_extent make_key(const uint8_t *digest, const struct plan_extent *extent)
{
	struct stored_extent key = { .start = extent->start, .bytes = extent->bytes,
		.stored_bytes = extent->stored_bytes, .format = extent->format };

	memcpy(key.digest, digest, sizeof(key.digest));
	return key;
}

void erofs_stored_init(struct erofs_stored *stored)
{
	erofs_table_init(&stored->table, equal);
	erofs_arena_init(&stored->arena);
	stored->newest = NULL;
}

void erofs_stored_fini(struct erofs_stored *stored)
{
	erofs_table_fini(&stored->table);
	erofs_arena_fini(&stored->arena);
}

struct stored_extent *erofs_stored_find(const struct erofs_stored *stored, const uint8_t *digest,
	const struct plan_extent *extent)
{
	struct stored_extent key = make_key(digest, extent);

	return erofs_table_find(&stored->table, erofs_hash_digest(key.digest), &key);
}

struct stored_extent *erofs_stored_add(struct erofs_stored *stored, const uint8_t *digest,
	const struct plan_extent *extent)
{
	struct stored_extent *entry = erofs_arena_alloc(&stored->arena, sizeof(*entry));

	if (!entry)
		return NULL;
	*entry = make_key(digest, extent);
	if (erofs_table_add(&stored->table, erofs_hash_digest(entry->digest), entry) < 0)
		return NULL;
	entry->older = stored->newest;
	stored->newest = entry;
	return entry;
}

void erofs_stored_forget(struct erofs_stored *stored, struct stored_extent *newest)
{
	while (stored->newest != newest) {
		erofs_table_remove(&stored->table, erofs_hash_digest(stored->newest->digest), stored->newest);
		stored->newest = stored->newest->older;
	}
}
