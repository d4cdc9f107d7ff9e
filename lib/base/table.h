/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A hash table from caller-owned entries to themselves: open addressing, grows by doubling, never
 * shrinks. Entries are pointers; the caller supplies hash and equality. Not thread-safe. */
#ifndef EROFS_BASE_TABLE_H
#define EROFS_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct erofs_table {
	bool (*equal)(const void *entry, const void *key);
	struct erofs_table_slot {
		void *entry;
		uint64_t hash;
	} *slots;
	size_t capacity, used, removed;
};

void erofs_table_init(struct erofs_table *table,
	bool (*equal)(const void *entry, const void *key));
void erofs_table_fini(struct erofs_table *table); /* entries are the caller's */
/* The entry equal to @key, or NULL. */
void *erofs_table_find(const struct erofs_table *table, uint64_t hash, const void *key);
/* Adds @entry, which must not be in the table. 0 or -ENOMEM. */
int erofs_table_add(struct erofs_table *table, uint64_t hash, void *entry);
/* Removes the slot that holds exactly the pointer @entry. */
void erofs_table_remove(struct erofs_table *table, uint64_t hash, const void *entry);

/* A 64-bit hash of bytes (XXH3), for tables in memory only: never stored. */
uint64_t erofs_hash_bytes(const void *bytes, size_t size);
/* The same of an integer pair such as (device, inode). */
uint64_t erofs_hash_pair(uint64_t a, uint64_t b);
/* The same of a cryptographic digest: any eight bytes of one are as good a hash as all of them. */
static inline uint64_t erofs_hash_digest(const uint8_t *digest)
{
	uint64_t hash;

	memcpy(&hash, digest, sizeof(hash));
	return hash;
}

#endif
