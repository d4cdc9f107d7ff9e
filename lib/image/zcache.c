/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The cache of decoded pclusters of one reader. */
#include "image/zcache.h"

#include <errno.h>
#include <stdlib.h>
#include "base/math.h"

void erofs_zcache_init(struct erofs_zcache *cache)
{
	cache->state = NULL;
}

void erofs_zcache_fini(struct erofs_zcache *cache)
{
	struct erofs_zcache_state *state = cache->state;

	if (!state)
		return;
	for (unsigned int i = 0; i < EROFS_ALGORITHM_COUNT; i++)
		if (state->decoders[i])
			erofs_codec_get(i)->close(state->decoders[i]);
	for (unsigned int i = 0; i < EROFS_ZCACHE_ENTRIES; i++)
		free(state->entries[i].buffer.bytes);
	free(state->window.bytes);
	free(state->inline_bytes[0].bytes);
	free(state->inline_bytes[1].bytes);
	free(state);
	cache->state = NULL;
}

int erofs_zcache_get(struct erofs_reader *rd, struct erofs_zcache_state **ret)
{
	if (!rd->zcache.state)
		rd->zcache.state = calloc(1, sizeof(*rd->zcache.state));
	if (!rd->zcache.state)
		return -ENOMEM;
	*ret = rd->zcache.state;
	return 0;
}

int erofs_zbuffer_reserve(struct erofs_zbuffer *buffer, size_t size)
{
	/* Coarse steps, so that a run of pclusters that grow does not allocate for each. */
	size_t capacity = erofs_round_up(size, size < 65536 ? 16384 : 262144);

	/* One that was needed once must not keep its memory for ever. */
	if (size <= buffer->capacity && buffer->capacity <= capacity + EROFS_ZCACHE_BUDGET)
		return 0;
	free(buffer->bytes);
	buffer->capacity = 0;
	buffer->bytes = malloc(capacity);
	if (!buffer->bytes)
		return -ENOMEM;
	buffer->capacity = capacity;
	return 0;
}

static bool is_of(const struct erofs_zentry *entry, const struct erofs_inode *inode,
	const struct erofs_extent *extent)
{
	const struct erofs_extent *have = &entry->extent;

	return have->device == extent->device && have->physical == extent->physical &&
	       have->physical_bytes == extent->physical_bytes &&
	       have->algorithm == extent->algorithm && have->raw == extent->raw &&
	       have->interlaced == extent->interlaced &&
	       have->inline_pcluster == extent->inline_pcluster &&
	       entry->in_metabox == erofs_nid_in_metabox(inode->nid);
}

/* Whether what is known of the pcluster tells what @extent needs. */
static bool answers(const struct erofs_zentry *entry, const struct erofs_extent *extent)
{
	if (entry->error)
		return extent->length >= entry->extent.length;
	/* Where an interlaced one begins depends on its place in the file. */
	return entry->size >= extent->length &&
	       (!extent->interlaced || entry->extent.logical == extent->logical);
}

struct erofs_zentry *erofs_zcache_find(struct erofs_zcache_state *state,
	const struct erofs_inode *inode, const struct erofs_extent *extent)
{
	for (unsigned int i = 0; i < EROFS_ZCACHE_ENTRIES; i++) {
		struct erofs_zentry *entry = &state->entries[i];

		if (is_of(entry, inode, extent) && answers(entry, extent)) {
			entry->used = ++state->clock;
			return entry;
		}
	}
	return NULL;
}

static size_t held(const struct erofs_zcache_state *state)
{
	size_t sum = 0;

	for (unsigned int i = 0; i < EROFS_ZCACHE_ENTRIES; i++)
		sum += state->entries[i].buffer.capacity;
	return sum;
}

/* The least recently used entry besides @keep; with @filled one that has memory. NULL if none. */
static struct erofs_zentry *oldest(struct erofs_zcache_state *state,
	const struct erofs_zentry *keep, bool filled)
{
	struct erofs_zentry *found = NULL;

	for (unsigned int i = 0; i < EROFS_ZCACHE_ENTRIES; i++) {
		struct erofs_zentry *entry = &state->entries[i];

		if (entry == keep || (filled && !entry->buffer.capacity))
			continue;
		if (!found || entry->used < found->used)
			found = entry;
	}
	return found;
}

/* Frees entries other than @keep until @size more bytes fit into the budget. */
static void shrink(struct erofs_zcache_state *state, const struct erofs_zentry *keep, size_t size)
{
	struct erofs_zentry *entry;

	while (held(state) - keep->buffer.capacity + size > EROFS_ZCACHE_BUDGET &&
	       (entry = oldest(state, keep, true)) != NULL) {
		free(entry->buffer.bytes);
		*entry = (struct erofs_zentry){ 0 };
	}
}

int erofs_zcache_take(struct erofs_zcache_state *state, const struct erofs_inode *inode,
	const struct erofs_extent *extent, struct erofs_zentry **ret)
{
	struct erofs_zentry *entry = NULL;
	int r;

	/* Over the budget, memory that is there already serves better than new. */
	if (held(state) + extent->length > EROFS_ZCACHE_BUDGET)
		entry = oldest(state, NULL, true);
	if (!entry)
		entry = oldest(state, NULL, false);
	entry->size = 0;
	entry->error = 0;
	shrink(state, entry, extent->length);
	r = erofs_zbuffer_reserve(&entry->buffer, extent->length);
	if (r < 0)
		return r;
	entry->extent = *extent;
	entry->in_metabox = erofs_nid_in_metabox(inode->nid);
	entry->used = ++state->clock;
	*ret = entry;
	return 0;
}
