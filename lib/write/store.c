/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The store is a hash table over entries in an arena. The key is a cryptographic digest: equal digests
 * of equal length are taken for equal content, as they are by those who share by fingerprint. */
#include "write/store.h"

#include <errno.h>
#include <string.h>

struct entry {
	struct erofs_content_key key;
	uint64_t block;
};

static bool equal(const void *entry, const void *key)
{
	const struct erofs_content_key *a = &((const struct entry *)entry)->key, *b = key;

	return a->size_bytes == b->size_bytes && a->blocks == b->blocks &&
	       a->variant == b->variant && !memcmp(a->digest, b->digest, sizeof(a->digest));
}

void erofs_content_store_init(struct erofs_content_store *store)
{
	erofs_table_init(&store->table, equal);
	erofs_arena_init(&store->arena);
}

void erofs_content_store_fini(struct erofs_content_store *store)
{
	erofs_table_fini(&store->table);
	erofs_arena_fini(&store->arena);
}

bool erofs_content_store_find(const struct erofs_content_store *store,
	const struct erofs_content_key *key, uint64_t *ret_block)
{
	const struct entry *entry = erofs_table_find(&store->table, erofs_hash_digest(key->digest), key);

	if (entry)
		*ret_block = entry->block;
	return entry != NULL;
}

int erofs_content_store_add(struct erofs_content_store *store, const struct erofs_content_key *key,
	uint64_t block)
{
	struct entry *entry = erofs_arena_alloc(&store->arena, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	*entry = (struct entry){ *key, block };
	return erofs_table_add(&store->table, erofs_hash_digest(key->digest), entry);
}

int erofs_content_store_claim(struct erofs_content_store *store, const struct erofs_content_key *key,
	uint64_t number, uint64_t *ret_smallest)
{
	struct entry *entry = erofs_table_find(&store->table, erofs_hash_digest(key->digest), key);
	int r = 0;

	if (!entry)
		r = erofs_content_store_add(store, key, number);
	else if (entry->block > number)
		entry->block = number;
	*ret_smallest = entry ? entry->block : number;
	return r;
}
