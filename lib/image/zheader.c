/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Map headers of compressed inodes (format section 8.2). */
#include "image/zheader.h"

#include <string.h>
#include "base/math.h"
#include "format/erofs_fs.h"
#include "image/zindex.h"

uint64_t erofs_zheader_offset(const struct erofs_inode *inode)
{
	return erofs_round_up(inode->metadata_offset + inode->inode_size_bytes +
				      inode->xattr_size_bytes,
		EROFS_ZHEADER_SIZE);
}

/* 16 and 32-byte records carry their own start, and the header their number instead of algorithms and
 * lcluster size; the short ones are of one size. */
static const char *decode_records(const struct z_erofs_map_header *raw,
	const struct erofs_inode *inode, struct erofs_zheader *ret)
{
	uint16_t advise = erofs_get16(raw->h_advise);
	uint64_t lead = 0;

	ret->form = EROFS_ZFORM_RECORDS;
	ret->record_bytes = 4u << (advise >> 1 & 3);
	ret->index_offset = erofs_round_up(erofs_zheader_offset(inode) + EROFS_ZHEADER_SIZE,
		ret->record_bytes);
	if (ret->record_bytes >= 16) {
		ret->count = erofs_get32(raw->h_fragmentoff) |
			     (uint64_t)raw->h_algorithmtype << 32 |
			     (uint64_t)raw->h_clusterbits << 40;
		if (ret->count == 0)
			return "no extent";
	} else {
		ret->count = erofs_ceil_div(inode->size_bytes, 1ull << ret->lcluster_bits);
		lead = ret->record_bytes == 4 ? 8 : 0; /* the start of the first one */
	}
	ret->index_end = ret->index_offset + lead + ret->count * ret->record_bytes;
	return NULL;
}

static const char *decode_full(const struct z_erofs_map_header *raw, uint64_t offset,
	struct erofs_zheader *ret)
{
	uint16_t advise = erofs_get16(raw->h_advise);

	ret->form = EROFS_ZFORM_FULL;
	ret->big_head1 = advise & Z_EROFS_ADVISE_BIG_PCLUSTER_1;
	ret->big_head2 = advise & Z_EROFS_ADVISE_BIG_PCLUSTER_2;
	ret->index_offset = offset + 2 * EROFS_ZHEADER_SIZE; /* 8 reserved bytes between */
	ret->index_end = ret->index_offset + ret->count * sizeof(struct z_erofs_lcluster_index);
	return NULL;
}

static const char *decode_compact(const struct z_erofs_map_header *raw, uint64_t offset,
	struct erofs_zheader *ret)
{
	uint16_t advise = erofs_get16(raw->h_advise);
	bool large = advise & Z_EROFS_ADVISE_COMPACTED_2B;
	struct erofs_zpack last;

	ret->form = EROFS_ZFORM_COMPACT;
	ret->big_head1 = advise & Z_EROFS_ADVISE_BIG_PCLUSTER_1;
	ret->big_head2 = advise & Z_EROFS_ADVISE_BIG_PCLUSTER_2;
	if (ret->big_head1 != ret->big_head2)
		return "compact index with big pclusters of one kind only";
	if (ret->lcluster_bits > (large ? 12 : 14))
		return "lclusters too large for a compact index";
	ret->index_offset = offset + EROFS_ZHEADER_SIZE;
	if (large) {
		/* small packs up to where a large one is aligned */
		ret->leading = (EROFS_ZPACK_LARGE - ret->index_offset % EROFS_ZPACK_LARGE) / 4 & 7;
		if (ret->leading >= ret->count)
			ret->leading = ret->count;
		ret->middle = erofs_round_down(ret->count - ret->leading, 16);
	}
	erofs_zpack_locate(ret, ret->count - 1, &last);
	ret->index_end = last.offset + last.bytes;
	return NULL;
}

/* The last extent may be somewhere else: FRAGMENT wins when both bits are set. */
static const char *decode_tail(const struct z_erofs_map_header *raw, struct erofs_zheader *ret)
{
	uint16_t advise = erofs_get16(raw->h_advise);
	uint64_t inline_start;

	ret->interlaced = advise & Z_EROFS_ADVISE_INTERLACED_PCLUSTER;
	ret->fragment_tail = advise & Z_EROFS_ADVISE_FRAGMENT_PCLUSTER;
	if (ret->form == EROFS_ZFORM_RECORDS)
		return NULL; /* its last record has the place, and nothing is inline */
	if (ret->fragment_tail) {
		ret->fragment_offset = erofs_get32(raw->h_fragmentoff);
		return NULL;
	}
	if (!(advise & Z_EROFS_ADVISE_INLINE_PCLUSTER))
		return NULL;
	ret->inline_bytes = erofs_get32(raw->h_fragmentoff) >> 16;
	inline_start = ret->index_end & ((1u << ret->block_bits) - 1);
	if (inline_start + ret->inline_bytes > 1u << ret->block_bits)
		return "inline pcluster crosses a block";
	return NULL;
}

/* A full or compact index. */
static const char *decode_index(const struct z_erofs_map_header *raw,
	const struct erofs_inode *inode, struct erofs_zheader *ret)
{
	uint64_t offset = erofs_zheader_offset(inode);

	ret->algorithms[0] = raw->h_algorithmtype & 15;
	ret->algorithms[1] = raw->h_algorithmtype >> 4;
	if (ret->algorithms[0] >= EROFS_ALGORITHM_COUNT ||
	    ret->algorithms[1] >= EROFS_ALGORITHM_COUNT)
		return "unknown compression algorithm";
	ret->count = erofs_ceil_div(inode->size_bytes, 1ull << ret->lcluster_bits);
	if (inode->layout == EROFS_LAYOUT_COMPRESSED_FULL)
		return decode_full(raw, offset, ret);
	return decode_compact(raw, offset, ret);
}

const char *erofs_zheader_decode(const uint8_t bytes[EROFS_ZHEADER_SIZE],
	const struct erofs_inode *inode, uint32_t block_bits, struct erofs_zheader *ret)
{
	struct erofs_zheader header = { .form = EROFS_ZFORM_FRAGMENT, .block_bits = block_bits };
	struct z_erofs_map_header raw;
	erofs_le64 word;
	const char *problem = NULL;

	memcpy(&raw, bytes, sizeof(raw));
	memcpy(&word, bytes, sizeof(word));
	header.lcluster_bits = block_bits + (raw.h_clusterbits & 15);
	/* This bit comes first: with it nothing else means what it says. */
	if (raw.h_clusterbits & Z_EROFS_WHOLE_FRAGMENT)
		header.fragment_offset = erofs_get64(word) & ~(1ull << 63);
	else if (inode->layout == EROFS_LAYOUT_COMPRESSED_FULL &&
		 (erofs_get16(raw.h_advise) & Z_EROFS_ADVISE_EXTENTS))
		problem = decode_records(&raw, inode, &header);
	else
		problem = decode_index(&raw, inode, &header);
	if (!problem && header.form != EROFS_ZFORM_FRAGMENT)
		problem = decode_tail(&raw, &header);
	if (!problem)
		*ret = header;
	return problem;
}
