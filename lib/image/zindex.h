/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The index of a compressed file: what it says about each lcluster (format sections 8.3 to 8.5).
 * Pure. */
#ifndef EROFS_IMAGE_ZINDEX_H
#define EROFS_IMAGE_ZINDEX_H

#include "image/zheader.h"

#define EROFS_ZPACK_SMALL 8  /* bytes of a pack of 2 lclusters */
#define EROFS_ZPACK_LARGE 32 /* of 16 */
#define EROFS_ZPACK_MAX_BYTES 128
#define EROFS_ZPACK_MAX_COUNT 16

/* Lclusters that are decoded together: a pack, or a row of full records. */
struct erofs_zpack {
	uint64_t offset; /* in the inode's stream */
	uint32_t bytes;
	uint32_t count;	 /* used, 1..16 */
	uint64_t first;	 /* number of the first */
};

enum erofs_lcluster_type {
	EROFS_LCLUSTER_PLAIN = 0,
	EROFS_LCLUSTER_HEAD1 = 1,
	EROFS_LCLUSTER_NONHEAD = 2,
	EROFS_LCLUSTER_HEAD2 = 3,
};

struct erofs_lcluster {
	enum erofs_lcluster_type type;
	/* heads: */
	bool partial;	 /* PARTIAL_REF */
	uint32_t offset; /* in the lcluster, where the extent starts */
	uint32_t block;	 /* start of the pcluster */
	/* NONHEAD: */
	bool has_blocks; /* carries the number of blocks of the pcluster ... */
	uint32_t blocks; /* ... which may be anything */
	uint32_t back;	 /* lclusters back to the head or to another NONHEAD on the way; >= 1 */
};

/* The pack of lcluster @number (below header->count) of a FULL or COMPACT index. */
void erofs_zpack_locate(const struct erofs_zheader *header, uint64_t number,
	struct erofs_zpack *ret);

/* Decodes @pack from @raw, pack->bytes of them, into pack->count elements of @ret. Returns NULL, or
 * what is wrong with it. */
const char *erofs_zpack_decode(const struct erofs_zheader *header, const struct erofs_zpack *pack,
	const uint8_t *raw, struct erofs_lcluster *ret);

#endif
