/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Open addressing with linear probing; a removed slot keeps a mark until it is used again. */
#include "base/table.h"

#include <errno.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

/* Stands in a slot whose entry was removed, so that probing goes on past it. */
static const char removed_mark;
#define REMOVED ((void *)&removed_mark)

void erofs_table_init(struct erofs_table *table,
	bool (*equal)(const void *entry, const void *key))
{
	*table = (struct erofs_table){ .equal = equal };
}

void erofs_table_fini(struct erofs_table *table)
{
	free(table->slots);
	table->slots = NULL;
	table->capacity = table->used = table->removed = 0;
}

void *erofs_table_find(const struct erofs_table *table, uint64_t hash, const void *key)
{
	size_t mask = table->capacity - 1;

	if (!table->capacity)
		return NULL;
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		const struct erofs_table_slot *slot = &table->slots[i];

		if (!slot->entry)
			return NULL;
		if (slot->entry != REMOVED && slot->hash == hash && table->equal(slot->entry, key))
			return slot->entry;
	}
}

static void place(struct erofs_table *table, uint64_t hash, void *entry)
{
	size_t mask = table->capacity - 1;
	size_t i = hash & mask;

	/* Removed slots are used again, or a key that comes and goes would leave ever more of them. */
	while (table->slots[i].entry && table->slots[i].entry != REMOVED)
		i = (i + 1) & mask;
	table->removed -= table->slots[i].entry == REMOVED;
	table->slots[i] = (struct erofs_table_slot){ entry, hash };
	table->used++;
}

static int rebuild(struct erofs_table *table, size_t capacity)
{
	struct erofs_table old = *table;

	table->slots = calloc(capacity, sizeof(*table->slots));
	if (!table->slots) {
		*table = old;
		return -ENOMEM;
	}
	table->capacity = capacity;
	table->used = table->removed = 0;
	for (size_t i = 0; i < old.capacity; i++)
		if (old.slots[i].entry && old.slots[i].entry != REMOVED)
			place(table, old.slots[i].hash, old.slots[i].entry);
	free(old.slots);
	return 0;
}

int erofs_table_add(struct erofs_table *table, uint64_t hash, void *entry)
{
	size_t filled = table->used + table->removed;

	/* At most two thirds full: probes stay short and always end at an empty slot. */
	if (3 * (filled + 1) > 2 * table->capacity) {
		size_t capacity = table->capacity ? table->capacity : 64;
		int r;

		while (3 * (table->used + 1) > capacity)
			capacity *= 2;
		r = rebuild(table, capacity);
		if (r < 0)
			return r;
	}
	place(table, hash, entry);
	return 0;
}

void erofs_table_remove(struct erofs_table *table, uint64_t hash, const void *entry)
{
	size_t mask = table->capacity - 1;

	if (!table->capacity)
		return;
	for (size_t i = hash & mask; table->slots[i].entry; i = (i + 1) & mask) {
		if (table->slots[i].entry != entry)
			continue;
		table->slots[i].entry = REMOVED;
		table->used--;
		table->removed++;
		return;
	}
}

uint64_t erofs_hash_bytes(const void *bytes, size_t size)
{
	return XXH3_64bits(bytes, size);
}

uint64_t erofs_hash_pair(uint64_t a, uint64_t b)
{
	uint64_t both[2] = { a, b };

	return XXH3_64bits(both, sizeof(both));
}
