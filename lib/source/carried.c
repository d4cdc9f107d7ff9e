/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A file is judged by its index alone. What no builder writes, or what cannot be said by the indexes that we write, is
 * left to be decoded. */
#include "source/carried.h"

#include <errno.h>

#include "base/math.h"
#include "codec/codec.h"
#include "image/reader.h"
#include "image/zheader.h"
#include "image/zmap.h"

/* Pieces that begin within so many bytes of a file are at most so large together: a builder keeps them in memory.
 * Several may be parts of one that is stored once. */
#define WINDOW_BITS 20u
#define WINDOW_STORED_BYTES ((uint64_t)4 << 20)
#define LZ4_MAX_BLOCKS 256u	/* section 8.1 */

struct judgement {
	const struct erofs_super *super;
	struct erofs_zheader header;
	uint32_t largest_bytes;
	uint64_t stored;	/* of all pieces */
	uint64_t window, window_stored, most_stored;
	uint64_t longest_bytes;	/* content of a piece */
	bool fragment;		/* the last piece is one */
	uint64_t last_bytes;	/* content of the last piece */
};

/* Whether the stream can be at the end of blocks (section 9.2), and its algorithm be said. */
static bool is_stream_fine(const struct judgement *j, const struct erofs_extent *extent)
{
	bool lz4 = extent->algorithm == EROFS_ALGORITHM_LZ4;

	if (extent->raw)
		return true;
	if (lz4 && !(j->super->incompat & EROFS_INCOMPAT_LZ4_0PADDING))
		return false;
	if (lz4 && extent->physical_bytes >> j->super->block_bits > LZ4_MAX_BLOCKS)
		return false;
	return j->header.form == EROFS_ZFORM_RECORDS || extent->algorithm == j->header.algorithms[0];
}

static bool fits_window(struct judgement *j, const struct erofs_extent *extent)
{
	uint64_t window = extent->logical >> WINDOW_BITS;

	if (window != j->window)
		j->window_stored = 0;
	j->window = window;
	j->window_stored += extent->physical_bytes;
	if (j->most_stored < j->window_stored)
		j->most_stored = j->window_stored;
	return j->window_stored <= WINDOW_STORED_BYTES;
}

static bool take_extent(struct judgement *j, const struct erofs_extent *extent)
{
	j->fragment = extent->kind == EROFS_EXTENT_FRAGMENT;
	j->last_bytes = extent->length;
	if (j->longest_bytes < extent->length)
		j->longest_bytes = extent->length;
	if (j->fragment)
		return extent->length <= EROFS_MAX_DECODED_SIZE;
	if (extent->kind == EROFS_EXTENT_HOLE)
		return extent->length <= EROFS_MAX_DECODED_SIZE;
	j->stored += extent->physical_bytes;
	if (j->largest_bytes < extent->physical_bytes)
		j->largest_bytes = (uint32_t)extent->physical_bytes;
	return is_stream_fine(j, extent) && fits_window(j, extent);
}

/* *ret: whether all pieces can be carried over. */
static int walk(struct erofs_reader *rd, const struct erofs_inode *inode, struct judgement *j, bool *ret)
{
	struct erofs_extent extent;
	int r = 0;

	*ret = true;
	for (uint64_t at = 0; *ret && at < inode->size_bytes; at = extent.logical + extent.length) {
		r = erofs_zmap_at(rd, inode, at, &extent);
		if (r <= 0)
			return r < 0 ? r : -EUCLEAN;
		*ret = take_extent(j, &extent);
	}
	return 0;
}

/* How the packed inode is compressed: by the first piece, and as large as any. */
static int note_packed(struct erofs_reader *rd, struct erofs_tree_carried *carried)
{
	const struct erofs_inode *packed;
	struct erofs_extent extent;
	uint64_t at = 0;
	int r = erofs_special_inode_get(rd, EROFS_STREAM_PACKED, &packed);

	if (r < 0 || carried->fragments)
		return r;
	carried->fragments = true;
	if (packed->layout != EROFS_LAYOUT_COMPRESSED_FULL && packed->layout != EROFS_LAYOUT_COMPRESSED_COMPACT)
		return 0;
	while ((r = erofs_zmap_at(rd, packed, at, &extent)) > 0) {
		if (!extent.raw && !carried->packed_is_encoded) {
			carried->packed_is_encoded = true;
			carried->packed_algorithm = (uint8_t)extent.algorithm;
		}
		if (carried->packed_bytes < extent.physical_bytes)
			carried->packed_bytes = (uint32_t)extent.physical_bytes;
		at = extent.logical + extent.length;
	}
	return r;
}

static uint8_t form_of(enum erofs_zform form)
{
	static const uint8_t forms[] = { [EROFS_ZFORM_FRAGMENT] = EROFS_CARRIED_FRAGMENT,
		[EROFS_ZFORM_FULL] = EROFS_CARRIED_FULL, [EROFS_ZFORM_COMPACT] = EROFS_CARRIED_COMPACT,
		[EROFS_ZFORM_RECORDS] = EROFS_CARRIED_RECORDS };

	return forms[form];
}

static void note_image(const struct erofs_super *super, struct erofs_tree_carried *carried)
{
	carried->block_bits = super->block_bits;
	if (carried->lzma_dictionary_bytes < super->lzma_dictionary_bytes)
		carried->lzma_dictionary_bytes = super->lzma_dictionary_bytes;
	if (carried->zstd_window_bits < super->zstd_window_bits)
		carried->zstd_window_bits = super->zstd_window_bits;
}

/* Both are bounded: a few MiB. */
static uint32_t beyond(const struct judgement *j)
{
	uint64_t stored = j->most_stored * (EROFS_CARRIED_STRETCH >> WINDOW_BITS);
	uint64_t more = stored < EROFS_CARRIED_STRETCH ? 0 : stored - EROFS_CARRIED_STRETCH;

	return (uint32_t)(more < j->longest_bytes ? j->longest_bytes : more);
}

int erofs_carried_judge(struct erofs_reader *rd, const struct erofs_inode *inode, struct erofs_node *node,
	struct erofs_tree_carried *carried)
{
	struct judgement j = { .super = &rd->img->super };
	bool whole, fine = true;
	int r = erofs_zmap_header(rd, inode, &j.header);

	if (r < 0)
		return r;
	whole = j.header.form == EROFS_ZFORM_FRAGMENT;
	r = walk(rd, inode, &j, &fine);
	fine |= whole;
	if (r == 0 && fine && j.fragment)
		r = note_packed(rd, carried);
	if (r < 0 || !fine)
		return r;
	note_image(j.super, carried);
	node->carried = form_of(j.header.form);
	node->carried_algorithm = (uint8_t)j.header.algorithms[0];
	node->carried_bytes = j.largest_bytes;
	node->carried_total = j.stored < UINT32_MAX ? (uint32_t)j.stored : UINT32_MAX;
	node->carried_tail = whole ? 0 : (uint32_t)j.last_bytes;
	node->carried_beyond = whole ? 0 : beyond(&j);
	return 0;
}
