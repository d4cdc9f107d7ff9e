/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Content that has been stored already, by SHA-256: equal files or chunks take space once. */
#ifndef EROFS_WRITE_CONTENT_TABLE_H
#define EROFS_WRITE_CONTENT_TABLE_H

#include "base/arena.h"
#include "base/table.h"

#define CONTENT_DIGEST_BYTES 32 /* SHA-256 */

struct erofs_content_key {
	uint8_t digest[CONTENT_DIGEST_BYTES];
	uint64_t size_bytes;
	uint32_t variant;	/* how: where the same content may be stored in several ways */
	uint64_t blocks;	/* stored: fewer when the tail of a file lies elsewhere */
};

struct erofs_content_table {
	struct erofs_table table;
	struct erofs_arena arena;
};

void erofs_content_table_init(struct erofs_content_table *contents);
void erofs_content_table_fini(struct erofs_content_table *contents);
/* True and the first block of the content when it is known. */
bool erofs_content_table_find(const struct erofs_content_table *contents,
	const struct erofs_content_key *key, uint64_t *ret_block);
/* Adds content that is not known. 0 or -ENOMEM. */
int erofs_content_table_add(struct erofs_content_table *contents, const struct erofs_content_key *key,
	uint64_t block);

/* The smallest of all numbers that have claimed the content so far, @number included. 0 or -ENOMEM. */
int erofs_content_table_claim(struct erofs_content_table *contents, const struct erofs_content_key *key,
	uint64_t number, uint64_t *ret_smallest);

#endif
