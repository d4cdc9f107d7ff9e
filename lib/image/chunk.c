/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Chunk records (format section 4.3). */
#include "image/chunk.h"

#include <string.h>

/* Writers may use the bits of device_id that no device needs for something else. */
static uint32_t device_mask(uint32_t device_count)
{
	uint32_t values = 1;

	while (values < device_count + 1)
		values *= 2;
	return values - 1;
}

void erofs_chunk_decode(uint32_t chunk_format, uint32_t device_count, const uint8_t *bytes,
	struct erofs_chunk *ret)
{
	bool has_48bit = chunk_format & EROFS_CHUNK_48BIT;
	struct erofs_inode_chunk_index raw = { 0 };
	uint64_t block;

	if (chunk_format & EROFS_CHUNK_INDEXES)
		memcpy(&raw, bytes, sizeof(raw));
	else
		memcpy(&raw.startblk_lo, bytes, sizeof(raw.startblk_lo));
	block = erofs_get32(raw.startblk_lo);
	has_48bit = has_48bit && chunk_format & EROFS_CHUNK_INDEXES;
	if (has_48bit)
		block |= (uint64_t)erofs_get16(raw.startblk_hi) << 32;
	*ret = (struct erofs_chunk){
		.hole = block == (has_48bit ? EROFS_NULL_ADDR48 : EROFS_NULL_ADDR),
		.device = erofs_get16(raw.device_id) & device_mask(device_count),
		.start_block = block,
	};
}
