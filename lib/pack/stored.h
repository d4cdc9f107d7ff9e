/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Extents whose bytes are in the image already, by SHA-256 of these: equal ones take space once, whatever file they
 * belong to. What was added last can be forgotten again. For one thread. */
#ifndef EROFS_PACK_STORED_H
#define EROFS_PACK_STORED_H

#include "base/arena.h"
#include "base/table.h"
#include "plan/plan.h"
#include "write/store.h"

struct stored_extent {
	uint8_t digest[CONTENT_DIGEST_BYTES];	/* of what is stored */
	struct stored_extent *older;
	uint64_t start;				/* byte of the image */
	uint32_t bytes, stored_bytes;		/* decoded, and not */
	uint8_t format;
};

struct erofs_stored {
	struct erofs_table table;
	struct erofs_arena arena;
	struct stored_extent *newest;
};

void erofs_stored_init(struct erofs_stored *stored);
void erofs_stored_fini(struct erofs_stored *stored);
/* The extent that decodes as @extent and is stored in the same bytes, of @digest; NULL. Its place is not looked at. */
struct stored_extent *erofs_stored_find(const struct erofs_stored *stored,
	const uint8_t *digest, const struct plan_extent *extent);
/* Adds what is not there. NULL: no memory. */
struct stored_extent *erofs_stored_add(struct erofs_stored *stored,
	const uint8_t *digest, const struct plan_extent *extent);
/* Forgets what was added after @newest was the newest. */
void erofs_stored_forget(struct erofs_stored *stored, struct stored_extent *newest);

#endif
