/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A set of nids: open addressing, at most half full. */
#include "image/nidset.h"

#include <errno.h>
#include <stdlib.h>
#include "base/table.h"

#define FIRST_CAPACITY 256

void erofs_nidset_init(struct erofs_nidset *set)
{
	*set = (struct erofs_nidset){ 0 };
}

void erofs_nidset_fini(struct erofs_nidset *set)
{
	free(set->slots);
	erofs_nidset_init(set);
}

/* The slot of @key, or the empty one where it belongs. */
static uint64_t *find_slot(const struct erofs_nidset *set, uint64_t key)
{
	size_t mask = set->capacity - 1;
	size_t i = (size_t)erofs_hash_pair(key, 0) & mask;

	while (set->slots[i] && set->slots[i] != key)
		i = (i + 1) & mask;
	return &set->slots[i];
}

static int grow(struct erofs_nidset *set)
{
	struct erofs_nidset larger = {
		.capacity = set->capacity ? set->capacity * 2 : FIRST_CAPACITY,
		.used = set->used,
	};

	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < set->capacity; i++)
		if (set->slots[i])
			*find_slot(&larger, set->slots[i]) = set->slots[i];
	free(set->slots);
	*set = larger;
	return 0;
}

int erofs_nidset_add(struct erofs_nidset *set, uint64_t nid)
{
	uint64_t *slot;

	if (2 * (set->used + 1) > set->capacity && grow(set) < 0)
		return -ENOMEM;
	slot = find_slot(set, nid + 1);
	if (*slot)
		return 0;
	*slot = nid + 1;
	set->used++;
	return 1;
}
