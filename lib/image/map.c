/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Where flat and chunk-based files lie (format section 4). */
#include <erofs/map.h>

#include <errno.h>
#include <inttypes.h>
#include "base/math.h"
#include "image/chunk.h"
#include "image/inode_decode.h"
#include "image/reader.h"
#include "image/zmap.h"

/* End of the inode and its xattrs: M of section 3.9. */
static uint64_t metadata_end(const struct erofs_inode *inode)
{
	return inode->metadata_offset + inode->inode_size_bytes + inode->xattr_size_bytes;
}

/* The blocks in front of the tail, or all of them: bytes [0, @length). */
static int map_flat_blocks(struct erofs_reader *rd, const struct erofs_inode *inode,
	uint64_t length, struct erofs_extent *ret)
{
	uint64_t start = inode->start_block << rd->img->super.block_bits;
	uint64_t end;

	*ret = (struct erofs_extent){ .kind = EROFS_EXTENT_HOLE, .length = length };
	if (!inode->has_start_block) {
		if (inode->layout == EROFS_LAYOUT_FLAT_PLAIN)
			return 1; /* section 3.6 */
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN,
			"%" PRIu64 " bytes in blocks, but no start block", length);
	}
	if (erofs_add_overflow(start, length, &end))
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN,
			"%" PRIu64 " bytes at block %" PRIu64, length, inode->start_block);
	ret->kind = EROFS_EXTENT_PLAIN;
	ret->physical = start;
	ret->physical_bytes = length;
	return 1;
}

/* The tail behind the inode; it must not cross a block (section 4.2). */
static int map_tail(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t start,
	struct erofs_extent *ret)
{
	uint64_t at = metadata_end(inode);
	uint64_t length = inode->size_bytes - start;
	uint32_t block_size = rd->img->super.block_size_bytes;

	if (at % block_size + length > block_size)
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN,
			"inline tail of %" PRIu64 " bytes at %" PRIu64 " crosses a block", length, at);
	*ret = (struct erofs_extent){
		.kind = EROFS_EXTENT_INLINE,
		.logical = start,
		.length = length,
		.physical = at,
		.physical_bytes = length,
	};
	return 1;
}

static int map_flat(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t logical,
	struct erofs_extent *ret)
{
	const struct erofs_super *sb = &rd->img->super;
	uint64_t outside = inode->size_bytes;

	if (inode->layout == EROFS_LAYOUT_FLAT_INLINE)
		outside = erofs_inode_flat_blocks(sb, inode) << sb->block_bits;
	if (logical < outside)
		return map_flat_blocks(rd, inode, outside, ret);
	return map_tail(rd, inode, outside, ret);
}

/* One record of the array behind the inode. */
static int read_chunk(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t number,
	struct erofs_chunk *ret)
{
	uint32_t unit = erofs_chunk_unit(inode->chunk_format);
	uint64_t array = erofs_round_up(metadata_end(inode), unit);
	uint64_t at;
	uint8_t raw[8];
	int r = -EUCLEAN;

	if (!erofs_mul_overflow(number, unit, &at) && !erofs_add_overflow(at, array, &at))
		r = erofs_stream_read(rd, erofs_stream_of(inode->nid), at, raw, unit);
	if (r < 0)
		return erofs_nid_fail(rd, inode->nid, r, "cannot read the record of chunk %" PRIu64,
			number);
	erofs_chunk_decode(inode->chunk_format, rd->img->super.device_count, raw, ret);
	return 0;
}

static int map_chunk(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t logical,
	struct erofs_extent *ret)
{
	const struct erofs_super *sb = &rd->img->super;
	uint32_t bits = sb->block_bits + (inode->chunk_format & EROFS_CHUNK_BITS_MASK);
	uint64_t number = logical >> bits;
	uint64_t start = number << bits;
	uint64_t length = inode->size_bytes - start;
	struct erofs_chunk chunk;
	int r = read_chunk(rd, inode, number, &chunk);

	if (r < 0)
		return r;
	if (length > (uint64_t)1 << bits)
		length = (uint64_t)1 << bits;
	*ret = (struct erofs_extent){ .kind = EROFS_EXTENT_HOLE, .logical = start, .length = length };
	if (chunk.hole)
		return 1;
	if (chunk.device > sb->device_count)
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN,
			"chunk %" PRIu64 " is on device %" PRIu32 " of %" PRIu32, number, chunk.device,
			sb->device_count);
	if (chunk.start_block << sb->block_bits > UINT64_MAX - length)
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN,
			"chunk %" PRIu64 " is at block %" PRIu64, number, chunk.start_block);
	ret->kind = EROFS_EXTENT_PLAIN;
	ret->device = chunk.device;
	ret->physical = chunk.start_block << sb->block_bits;
	ret->physical_bytes = length;
	return 1;
}

int erofs_map_at(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t logical,
	struct erofs_extent *ret)
{
	/* Devices, pipes and sockets have no data, whatever their size says. */
	if (logical >= inode->size_bytes || !erofs_inode_has_data(inode))
		return 0;
	switch (inode->layout) {
	case EROFS_LAYOUT_CHUNK_BASED:
		return map_chunk(rd, inode, logical, ret);
	case EROFS_LAYOUT_COMPRESSED_FULL:
	case EROFS_LAYOUT_COMPRESSED_COMPACT:
		return erofs_zmap_at(rd, inode, logical, ret);
	case EROFS_LAYOUT_FLAT_PLAIN:
	case EROFS_LAYOUT_FLAT_INLINE:
	default:
		return map_flat(rd, inode, logical, ret);
	}
}
