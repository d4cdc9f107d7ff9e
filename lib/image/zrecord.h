/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Records of encoded extents (format section 8.7). Pure. */
#ifndef EROFS_IMAGE_ZRECORD_H
#define EROFS_IMAGE_ZRECORD_H

#include "image/zheader.h"

/* What a record says; fields that its size leaves out are 0. */
struct erofs_zrecord {
	uint32_t word;	      /* as stored: a fragment's record has its offset here */
	uint32_t bytes;	      /* encoded length, 0 = a hole */
	unsigned int format;  /* 0 plain, else algorithm + 1 */
	bool partial;
	uint64_t physical;    /* byte address; 0 in 4-byte records, which follow each other */
	uint64_t logical;     /* start in the file; 0 in records without it */
};

/* Decodes the record of header->record_bytes at @raw. */
struct erofs_zrecord erofs_zrecord_decode(const struct erofs_zheader *header, const uint8_t *raw);

#endif
