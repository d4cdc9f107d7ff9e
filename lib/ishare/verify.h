/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The steps of a verification: scan the tree for what must be checked, check it in any order, report
 * in tree order. */
#ifndef EROFS_ISHARE_VERIFY_H
#define EROFS_ISHARE_VERIFY_H

#include <erofs/ishare.h>
#include "base/arena.h"
#include "base/table.h"
#include "ishare/content_digest.h"
#include "ishare/paths.h"

/* What a check came to. */
enum erofs_verify_outcome {
	EROFS_VERIFY_NOTHING = 0, /* no claim and none needed */
	EROFS_VERIFY_TRUE,
	EROFS_VERIFY_TRUE_HEX,
	EROFS_VERIFY_FORGED,
	EROFS_VERIFY_MISSING,
	EROFS_VERIFY_MALFORMED,
	EROFS_VERIFY_UNKNOWN,
	EROFS_VERIFY_MISPLACED,
	EROFS_VERIFY_UNREADABLE,
	EROFS_VERIFY_OVERSIZED,
};

/* One inode, however many names it has. About 100 bytes and its path. */
struct erofs_verify_item {
	struct erofs_verify_item *next;	/* in tree order */
	const char *path;		/* the first one met */
	uint64_t nid;
	uint64_t size_bytes;	/* of content to hash; 0 when not a regular file */
	char *text;		/* of the finding; owned, NULL when there is nothing to say */
	uint32_t claims;	/* entries under the fingerprint name */
	bool regular;		/* regular and not empty: ought to have a fingerprint */
	bool oversized;		/* past the limit: not to be hashed */
	enum erofs_verify_outcome outcome;
};

struct erofs_verify_items {
	struct erofs_arena arena;
	struct erofs_paths paths;
	struct erofs_table by_nid;
	struct erofs_verify_item *first, **end;
	uint64_t count;
	uint64_t bytes;		/* content to hash */
	uint64_t max_bytes;	/* of content, over the whole image */
};

void erofs_verify_items_init(struct erofs_verify_items *items, uint64_t max_bytes);
void erofs_verify_items_fini(struct erofs_verify_items *items);

/* Walks the tree of @img. Damage becomes an item with outcome UNREADABLE. */
int erofs_verify_scan(struct erofs_image *img, struct erofs_verify_items *items);

/* Reads the claim of @item, hashes the content if there is something to compare with, and sets outcome,
 * claims and text. Any thread, each with its own @rd and @set. Fails only for lack of memory. */
int erofs_verify_item(struct erofs_reader *rd, struct erofs_digest_set *set,
	struct erofs_verify_item *item);

#endif
