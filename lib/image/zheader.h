/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The map header of a compressed inode (format section 8.2): which form the index has and where it
 * lies. Pure. */
#ifndef EROFS_IMAGE_ZHEADER_H
#define EROFS_IMAGE_ZHEADER_H

#include <erofs/inode.h>

#define EROFS_ZHEADER_SIZE 8

enum erofs_zform {
	EROFS_ZFORM_FRAGMENT, /* the whole file is in the packed inode (section 10) */
	EROFS_ZFORM_FULL,     /* one record of 8 bytes per lcluster (section 8.4) */
	EROFS_ZFORM_COMPACT,  /* packs of 2 or 16 lclusters (section 8.5) */
	EROFS_ZFORM_RECORDS,  /* encoded extents (section 8.7) */
};

struct erofs_zheader {
	enum erofs_zform form;
	uint32_t block_bits;
	uint32_t lcluster_bits;	     /* also the extent size of short records */
	unsigned int algorithms[2];  /* of HEAD1 and HEAD2 */
	bool big_head1;		     /* HEAD1 pclusters may have several blocks */
	bool big_head2;		     /* HEAD2 and PLAIN ones may */
	bool interlaced;
	bool fragment_tail;	     /* the last extent is in the packed inode ... */
	uint64_t fragment_offset;    /* ... here; low 32 bits only in the FULL form */
	uint32_t inline_bytes;	     /* not 0: the last pcluster follows the index */
	uint64_t index_offset;	     /* first record or pack, in the inode's stream */
	uint64_t index_end;
	uint64_t count;		     /* lclusters or records */
	/* COMPACT: how many lclusters are in the leading small packs and in large packs */
	uint64_t leading, middle;
	/* RECORDS: */
	uint32_t record_bytes;	     /* 4, 8, 16 or 32 */
};

/* Where the map header of @inode is in the inode's stream. */
uint64_t erofs_zheader_offset(const struct erofs_inode *inode);

/* Decodes the header @raw of @inode, which is not empty. Returns NULL, or what is wrong with it. The
 * index may still lie outside the stream, which the caller has to check before it reads there. */
const char *erofs_zheader_decode(const uint8_t raw[EROFS_ZHEADER_SIZE],
	const struct erofs_inode *inode, uint32_t block_bits, struct erofs_zheader *ret);

#endif
