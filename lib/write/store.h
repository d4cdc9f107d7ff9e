/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Content that has been stored already, by SHA-256: equal files or chunks take space once. */
#ifndef EROFS_WRITE_STORE_H
#define EROFS_WRITE_STORE_H

#include "base/arena.h"
#include "base/table.h"

#define CONTENT_DIGEST_BYTES 32 /* SHA-256 */

struct erofs_content_key {
	uint8_t digest[CONTENT_DIGEST_BYTES];
	uint64_t size_bytes;
	uint32_t variant;	/* how: where the same content may be stored in several ways */
	uint64_t blocks;	/* stored: fewer when the tail of a file lies elsewhere */
};

struct erofs_content_store {
	struct erofs_table table;
	struct erofs_arena arena;
};

void erofs_content_store_init(struct erofs_content_store *store);
void erofs_content_store_fini(struct erofs_content_store *store);
/* True and the first block of the content when it is known. */
bool erofs_content_store_find(const struct erofs_content_store *store,
	const struct erofs_content_key *key, uint64_t *ret_block);
/* Adds content that is not known. 0 or -ENOMEM. */
int erofs_content_store_add(struct erofs_content_store *store, const struct erofs_content_key *key,
	uint64_t block);

/* The smallest of all numbers that have claimed the content so far, @number included. 0 or -ENOMEM. */
int erofs_content_store_claim(struct erofs_content_store *store, const struct erofs_content_key *key,
	uint64_t number, uint64_t *ret_smallest);

#endif
