/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Records of chunk-based files: bytes to values (format section 4.3). */
#ifndef EROFS_IMAGE_CHUNK_H
#define EROFS_IMAGE_CHUNK_H

#include <stdbool.h>
#include <stdint.h>
#include "format/erofs_fs.h"

struct erofs_chunk {
	bool hole;
	uint32_t device;      /* masked, but not checked */
	uint64_t start_block;
};

/* Bytes of one record. */
static inline uint32_t erofs_chunk_unit(uint32_t chunk_format)
{
	return chunk_format & EROFS_CHUNK_INDEXES ? sizeof(struct erofs_inode_chunk_index) :
						    sizeof(erofs_le32);
}

/* Decodes the record at @bytes, of erofs_chunk_unit bytes, in an image with @device_count extra
 * devices. */
void erofs_chunk_decode(uint32_t chunk_format, uint32_t device_count, const uint8_t *bytes,
	struct erofs_chunk *ret);

#endif
