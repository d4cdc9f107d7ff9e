/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Extents whose bytes are in the image already, by SHA-256 of these: equal ones take space once, whatever file they
 * belong to. What was added last can be forgotten again. For one thread. */
#ifndef EROFS_PACK_EXTENT_TABLE_H
#define EROFS_PACK_EXTENT_TABLE_H

#include "base/arena.h"
#include "base/table.h"
#include "plan/plan.h"
#include "write/content_table.h"

struct known_extent {
	uint8_t digest[CONTENT_DIGEST_BYTES];	/* of what is stored */
	struct known_extent *older;
	uint64_t start;				/* byte of the image */
	uint32_t bytes, stored_bytes;		/* decoded, and not */
	uint8_t format;
};

struct erofs_extent_table {
	struct erofs_table table;
	struct erofs_arena arena;
	struct known_extent *newest;
};

void erofs_extent_table_init(struct erofs_extent_table *extents);
void erofs_extent_table_fini(struct erofs_extent_table *extents);
/* The extent that decodes as @extent and is stored in the same bytes, of @digest; NULL. Its place is not looked at. */
struct known_extent *erofs_extent_table_find(const struct erofs_extent_table *extents,
	const uint8_t *digest, const struct plan_extent *extent);
/* Adds what is not there. NULL: no memory. */
struct known_extent *erofs_extent_table_add(struct erofs_extent_table *extents,
	const uint8_t *digest, const struct plan_extent *extent);
/* Forgets what was added after @newest was the newest. */
void erofs_extent_table_forget(struct erofs_extent_table *extents, struct known_extent *newest);

#endif
