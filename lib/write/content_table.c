/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A hash table over entries in an arena. The key is a cryptographic digest: equal digests
 * of equal length are taken for equal content, as they are by those who share by fingerprint. */
#include "write/content_table.h"

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

void erofs_content_table_init(struct erofs_content_table *contents)
{
	erofs_table_init(&contents->table, equal);
	erofs_arena_init(&contents->arena);
}

void erofs_content_table_fini(struct erofs_content_table *contents)
{
	erofs_table_fini(&contents->table);
	erofs_arena_fini(&contents->arena);
}

bool erofs_content_table_find(const struct erofs_content_table *contents,
	const struct erofs_content_key *key, uint64_t *ret_block)
{
	const struct entry *entry = erofs_table_find(&contents->table, erofs_hash_digest(key->digest), key);

	if (entry)
		*ret_block = entry->block;
	return entry != NULL;
}

int erofs_content_table_add(struct erofs_content_table *contents, const struct erofs_content_key *key,
	uint64_t block)
{
	struct entry *entry = erofs_arena_alloc(&contents->arena, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	*entry = (struct entry){ *key, block };
	return erofs_table_add(&contents->table, erofs_hash_digest(key->digest), entry);
}

int erofs_content_table_claim(struct erofs_content_table *contents, const struct erofs_content_key *key,
	uint64_t number, uint64_t *ret_smallest)
{
	struct entry *entry = erofs_table_find(&contents->table, erofs_hash_digest(key->digest), key);
	int r = 0;

	if (!entry)
		r = erofs_content_table_add(contents, key, number);
	else if (entry->block > number)
		entry->block = number;
	*ret_smallest = entry ? entry->block : number;
	return r;
}
