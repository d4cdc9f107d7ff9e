/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The map header and the index of a compressed inode (sections 8.2 to 8.5). Pure. */
#ifndef EROFS_PLAN_ENCODE_INDEX_H
#define EROFS_PLAN_ENCODE_INDEX_H

#include "plan/plan.h"

/* The pieces of one file, in order; the compact form wants them in consecutive blocks. Except in records, every
 * extent but the last ends in or behind the lcluster after that of its start minus one: two never start in
 * one lcluster. */
struct encode_index {
	enum plan_index_form form;
	const struct plan_extent *extents;
	uint64_t extent_count;		/* not 0, but for a file that is a fragment */
	uint64_t size_bytes;		/* of the file, not 0 */
	uint32_t block_bits;
	enum erofs_algorithm algorithm;	/* of all extents that are not plain */
	uint32_t inline_bytes;		/* not 0: the last extent follows the index; its block does not count */
	/* So many bytes at the end are at @fragment_at of the packed inode (section 10): those of the last extent,
	 * or all, when there is no extent. */
	uint64_t fragment_bytes, fragment_at;
	bool big;			/* pclusters may have several blocks */
};

/* Whether the packed form cannot express lclusters of this size. */
bool erofs_encode_index_must_be_full(uint32_t block_bits);

/* Bytes of header and index. @at: where the header is, of which only the remainder by 32 counts; it is
 * a multiple of 8. Looks at the extents for records only. */
uint64_t erofs_encode_index_bytes(const struct encode_index *in, uint64_t at);

/* Writes them to @ret, which is zeroed. */
void erofs_encode_index(const struct encode_index *in, uint64_t at, uint8_t *ret);

#endif
