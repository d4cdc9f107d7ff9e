/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A direct-mapped table: what falls on the place of another takes it. */
#include "check/seen.h"

#include <errno.h>
#include <stdlib.h>
#include "base/table.h"

#define SLOTS 32768u /* a power of two; 1 MiB of memory */

struct erofs_seen_slot {
	uint64_t physical, physical_bytes;
	uint64_t length; /* 0 = empty */
	uint32_t device;
	uint32_t form; /* how the bytes become content */
};

int erofs_seen_init(struct erofs_seen *seen)
{
	pthread_mutex_init(&seen->lock, NULL);
	seen->slots = calloc(SLOTS, sizeof(*seen->slots));
	return seen->slots ? 0 : -ENOMEM;
}

void erofs_seen_fini(struct erofs_seen *seen)
{
	pthread_mutex_destroy(&seen->lock);
	free(seen->slots);
}

static struct erofs_seen_slot slot_of(const struct erofs_extent *extent)
{
	bool encoded = extent->kind == EROFS_EXTENT_ENCODED && !extent->raw;

	return (struct erofs_seen_slot){
		.physical = extent->physical,
		.physical_bytes = extent->physical_bytes,
		.length = extent->length,
		.device = extent->device,
		.form = encoded ? 2 + (uint32_t)extent->algorithm * 2 + extent->partial : 0,
	};
}

static struct erofs_seen_slot *find_place(struct erofs_seen *seen,
	const struct erofs_seen_slot *slot)
{
	uint64_t where = slot->physical ^ (uint64_t)slot->device << 48;

	return &seen->slots[erofs_hash_pair(where, slot->physical_bytes) & (SLOTS - 1)];
}

static bool has_address(const struct erofs_extent *extent)
{
	return !extent->inline_pcluster &&
	       (extent->kind == EROFS_EXTENT_PLAIN || extent->kind == EROFS_EXTENT_ENCODED);
}

bool erofs_seen_has(struct erofs_seen *seen, const struct erofs_extent *extent)
{
	const struct erofs_seen_slot want = slot_of(extent);
	const struct erofs_seen_slot *have;
	bool found;

	if (!has_address(extent))
		return false;
	pthread_mutex_lock(&seen->lock);
	have = find_place(seen, &want);
	found = have->length >= want.length && have->physical == want.physical &&
		have->physical_bytes == want.physical_bytes && have->device == want.device &&
		have->form == want.form;
	/* A pcluster that has to end with its extent is judged by that length alone. */
	found = found && (have->length == want.length || want.form % 2 == 1 || want.form == 0);
	pthread_mutex_unlock(&seen->lock);
	return found;
}

void erofs_seen_add(struct erofs_seen *seen, const struct erofs_extent *extent)
{
	const struct erofs_seen_slot slot = slot_of(extent);

	if (!has_address(extent))
		return;
	pthread_mutex_lock(&seen->lock);
	*find_place(seen, &slot) = slot;
	pthread_mutex_unlock(&seen->lock);
}
