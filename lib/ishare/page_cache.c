/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The clock: pages stand in a ring; a hand passes over those referenced since its last round, taking the
 * mark off, and evicts the first without one. */
#include "ishare/page_cache.h"

#include <stdlib.h>
#include <erofs/ishare.h>

struct page_key {
	const struct erofs_mapping *mapping;
	uint64_t index;
};

static bool page_has_key(const void *entry, const void *key)
{
	const struct erofs_page *page = entry;
	const struct page_key *k = key;

	return page->mapping == k->mapping && page->index == k->index;
}

static uint64_t hash_page(const struct erofs_mapping *mapping, uint64_t index)
{
	return erofs_hash_pair((uintptr_t)mapping, index);
}

void erofs_page_cache_init(struct erofs_page_cache *cache, uint64_t cache_bytes, bool count_only)
{
	*cache = (struct erofs_page_cache){
		.limit = cache_bytes ? cache_bytes / EROFS_ISHARE_PAGE_BYTES : UINT64_MAX,
		.count_only = count_only,
	};
	erofs_table_init(&cache->table, page_has_key);
	erofs_list_init(&cache->clock);
	cache->hand = &cache->clock;
}

void erofs_page_cache_fini(struct erofs_page_cache *cache)
{
	erofs_table_fini(&cache->table);
}

void erofs_mapping_init(struct erofs_mapping *mapping)
{
	erofs_list_init(&mapping->pages);
}

/* Takes @page out of every index. */
static void detach(struct erofs_page_cache *cache, struct erofs_page *page)
{
	if (cache->hand == &page->in_clock)
		cache->hand = page->in_clock.next;
	erofs_table_remove(&cache->table, hash_page(page->mapping, page->index), page);
	erofs_list_remove(&page->in_mapping);
	erofs_list_remove(&page->in_clock);
	cache->count--;
}

void erofs_mapping_drop(struct erofs_page_cache *cache, struct erofs_mapping *mapping)
{
	while (!erofs_list_empty(&mapping->pages)) {
		struct erofs_page *page =
			erofs_list_entry(mapping->pages.next, struct erofs_page, in_mapping);

		detach(cache, page);
		free(page);
	}
}

/* Two rounds suffice: the first may only have taken marks off. */
static bool evict_one(struct erofs_page_cache *cache)
{
	for (uint64_t left = 2 * (cache->count + 1); left; left--) {
		struct erofs_list *at = cache->hand;
		struct erofs_page *page = erofs_list_entry(at, struct erofs_page, in_clock);

		cache->hand = at->next;
		if (at == &cache->clock || page->pins)
			continue;
		if (page->referenced) {
			page->referenced = false;
			continue;
		}
		detach(cache, page);
		free(page);
		cache->evicted++;
		return true;
	}
	return false;
}

struct erofs_page *erofs_page_find(struct erofs_page_cache *cache, struct erofs_mapping *mapping,
	uint64_t index)
{
	const struct page_key key = { mapping, index };
	struct erofs_page *page =
		erofs_table_find(&cache->table, hash_page(mapping, index), &key);

	if (!page) {
		cache->misses++;
		return NULL;
	}
	cache->hits++;
	page->pins++;
	page->referenced = true;
	return page;
}

struct erofs_page *erofs_page_insert(struct erofs_page_cache *cache, struct erofs_mapping *mapping,
	uint64_t index)
{
	struct erofs_page *page;

	if (cache->count >= cache->limit && !evict_one(cache))
		return NULL;
	page = malloc(sizeof(*page) + (cache->count_only ? 0 : EROFS_ISHARE_PAGE_BYTES));
	if (!page)
		return NULL;
	*page = (struct erofs_page){ .mapping = mapping, .index = index, .pins = 1 };
	if (erofs_table_add(&cache->table, hash_page(mapping, index), page) < 0) {
		free(page);
		return NULL;
	}
	erofs_list_add_after(&mapping->pages, &page->in_mapping);
	/* Behind the hand: the hand gets to it last. */
	erofs_list_add_after(cache->hand->prev, &page->in_clock);
	if (++cache->count > cache->peak)
		cache->peak = cache->count;
	return page;
}

void erofs_page_fail(struct erofs_page_cache *cache, struct erofs_page *page)
{
	detach(cache, page);
	page->state = EROFS_PAGE_FAILED;
}

void erofs_page_unpin(struct erofs_page *page)
{
	if (!--page->pins && page->state == EROFS_PAGE_FAILED)
		free(page);
}
