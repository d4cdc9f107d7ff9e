/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The page cache of a sharing domain: pages of 4096 bytes found by (mapping, index), evicted by the clock
 * algorithm. Nothing here locks: the domain's lock is held around every call. */
#ifndef EROFS_ISHARE_PAGE_CACHE_H
#define EROFS_ISHARE_PAGE_CACHE_H

#include "base/table.h"
#include "ishare/list.h"

/* The pages of one inode. */
struct erofs_mapping {
	struct erofs_list pages;
};

enum erofs_page_state {
	EROFS_PAGE_FILLING = 0,	/* whoever inserted it is reading it */
	EROFS_PAGE_UPTODATE,
	EROFS_PAGE_FAILED,	/* no longer in the cache */
};

struct erofs_page {
	struct erofs_mapping *mapping;
	uint64_t index;
	struct erofs_list in_mapping, in_clock;
	enum erofs_page_state state;
	unsigned int pins;	/* users; a pinned page is not evicted */
	bool referenced;	/* since the hand was here last */
	uint8_t data[];		/* without this when the cache only counts */
};

struct erofs_page_cache {
	struct erofs_table table;
	struct erofs_list clock;
	struct erofs_list *hand;	/* the next to look at */
	uint64_t limit;			/* pages; UINT64_MAX = none */
	bool count_only;
	uint64_t hits, misses, count, peak, evicted;
};

void erofs_page_cache_init(struct erofs_page_cache *cache, uint64_t cache_bytes, bool count_only);
void erofs_page_cache_fini(struct erofs_page_cache *cache);

void erofs_mapping_init(struct erofs_mapping *mapping);
/* Drops all pages, none of which may be pinned. */
void erofs_mapping_drop(struct erofs_page_cache *cache, struct erofs_mapping *mapping);

/* The page, pinned, or NULL: a miss. Counts. */
struct erofs_page *erofs_page_find(struct erofs_page_cache *cache, struct erofs_mapping *mapping,
	uint64_t index);
/* Inserts a page to be filled, pinned. NULL when the cache is full of pinned pages, or memory: the reader
 * does without. */
struct erofs_page *erofs_page_insert(struct erofs_page_cache *cache, struct erofs_mapping *mapping,
	uint64_t index);
/* A page that could not be filled leaves the cache; it is freed with its last pin. */
void erofs_page_fail(struct erofs_page_cache *cache, struct erofs_page *page);
void erofs_page_unpin(struct erofs_page *page);

#endif
