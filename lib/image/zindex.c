/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Full and compact indexes of compressed files (format sections 8.4 and 8.5). */
#include "image/zindex.h"

#include <string.h>
#include "base/math.h"
#include "format/erofs_fs.h"

#define FULL_ROW 16 /* full records decoded together */

static uint32_t min_u64(uint64_t a, uint32_t b)
{
	return a < b ? (uint32_t)a : b;
}

void erofs_zpack_locate(const struct erofs_zheader *header, uint64_t number,
	struct erofs_zpack *ret)
{
	uint64_t base = header->index_offset, first = 0, in_region;
	uint32_t capacity = 2;

	if (header->form == EROFS_ZFORM_FULL) {
		ret->first = erofs_round_down(number, FULL_ROW);
		ret->count = min_u64(header->count - ret->first, FULL_ROW);
		ret->bytes = ret->count * (uint32_t)sizeof(struct z_erofs_lcluster_index);
		ret->offset = base + ret->first * sizeof(struct z_erofs_lcluster_index);
		return;
	}
	if (number >= header->leading) {
		base += 4 * header->leading;
		first = header->leading;
		capacity = 16;
	}
	if (number >= header->leading + header->middle) {
		base += 2 * header->middle;
		first += header->middle;
		capacity = 2;
	}
	in_region = erofs_round_down(number - first, capacity);
	ret->first = first + in_region;
	ret->count = min_u64(header->count - ret->first, capacity);
	ret->bytes = capacity == 2 ? EROFS_ZPACK_SMALL : EROFS_ZPACK_LARGE;
	ret->offset = base + in_region / capacity * ret->bytes;
}

static const char *check_nonhead(const struct erofs_lcluster *lc)
{
	return lc->back == 0 ? "lcluster without a distance to its head" : NULL;
}

static const char *decode_full(const struct erofs_zheader *header, const uint8_t *bytes,
	struct erofs_lcluster *ret)
{
	struct z_erofs_lcluster_index raw;
	uint32_t advise, word;

	memcpy(&raw, bytes, sizeof(raw));
	advise = erofs_get16(raw.di_advise);
	word = erofs_get32(raw.di_u);
	*ret = (struct erofs_lcluster){ .type = advise & Z_EROFS_TYPE_MASK };
	if (ret->type != EROFS_LCLUSTER_NONHEAD) {
		ret->partial = advise & Z_EROFS_PARTIAL_REF;
		ret->offset = erofs_get16(raw.di_clusterofs);
		ret->block = word;
		return ret->offset >> header->lcluster_bits ? "extent starts outside its lcluster" :
							      NULL;
	}
	ret->back = word & 0xffff;
	if (ret->back & Z_EROFS_CBLKCNT) {
		ret->has_blocks = true;
		ret->blocks = ret->back & ~Z_EROFS_CBLKCNT;
		ret->back = 1;
	}
	return check_nonhead(ret);
}

/* Type and value of entry @i; the addresses need the whole pack. */
static const char *decode_entry(const struct erofs_zheader *header,
	const struct erofs_zpack *pack, const uint8_t *raw, uint32_t i, struct erofs_lcluster *entries)
{
	uint32_t value_bits = header->lcluster_bits > 12 ? header->lcluster_bits : 12;
	uint32_t bits = pack->bytes == EROFS_ZPACK_SMALL ? 16 : 14;
	uint32_t capacity = pack->bytes == EROFS_ZPACK_SMALL ? 2 : 16;
	uint32_t at = i * bits;
	/* Three bytes hold any entry; the block address behind the last makes them readable. */
	uint32_t window = (uint32_t)raw[at / 8] | (uint32_t)raw[at / 8 + 1] << 8 |
			  (uint32_t)raw[at / 8 + 2] << 16;
	uint32_t entry = window >> at % 8;
	uint32_t value = entry & ((1u << value_bits) - 1);
	struct erofs_lcluster *lc = &entries[i];

	*lc = (struct erofs_lcluster){ .type = entry >> value_bits & 3 };
	if (lc->type != EROFS_LCLUSTER_NONHEAD) {
		lc->offset = value;
		return value >> header->lcluster_bits ? "extent starts outside its lcluster" : NULL;
	}
	if (value & Z_EROFS_CBLKCNT) {
		lc->has_blocks = true;
		lc->blocks = value & (Z_EROFS_CBLKCNT - 1);
		lc->back = 1;
		return header->big_head1 ? NULL : "block count in an index without big pclusters";
	}
	lc->back = value;
	/* The last entry has the distance forward instead; its own follows from its neighbour. */
	if (i == capacity - 1)
		lc->back = entries[i - 1].type == EROFS_LCLUSTER_NONHEAD ? entries[i - 1].back + 1 : 1;
	return check_nonhead(lc);
}

/* Blocks are consecutive within a pack. Without big pclusters the base is the block before the first
 * head's; with them it is the address that counting starts from, which belongs to a head of the
 * previous pack when this one starts with its block count. Addresses wrap as 32-bit ones. */
static void assign_blocks(const struct erofs_zheader *header, uint32_t base, uint32_t count,
	struct erofs_lcluster *entries)
{
	for (uint32_t i = 0; i < count; i++) {
		struct erofs_lcluster *lc = &entries[i];

		if (lc->type == EROFS_LCLUSTER_NONHEAD) {
			base += lc->has_blocks ? lc->blocks : 0;
		} else if (!header->big_head1) {
			lc->block = ++base;
		} else {
			lc->block = base;
			if (i + 1 == count || !entries[i + 1].has_blocks)
				base++;
		}
	}
}

static const char *decode_compact(const struct erofs_zheader *header,
	const struct erofs_zpack *pack, const uint8_t *raw, struct erofs_lcluster *ret)
{
	erofs_le32 base;

	for (uint32_t i = 0; i < pack->count; i++) {
		const char *problem = decode_entry(header, pack, raw, i, ret);

		if (problem)
			return problem;
	}
	memcpy(&base, raw + pack->bytes - sizeof(base), sizeof(base));
	assign_blocks(header, erofs_get32(base), pack->count, ret);
	return NULL;
}

const char *erofs_zpack_decode(const struct erofs_zheader *header, const struct erofs_zpack *pack,
	const uint8_t *raw, struct erofs_lcluster *ret)
{
	const char *problem = NULL;

	if (header->form == EROFS_ZFORM_COMPACT)
		return decode_compact(header, pack, raw, ret);
	for (uint32_t i = 0; i < pack->count && !problem; i++)
		problem = decode_full(header, raw + i * sizeof(struct z_erofs_lcluster_index), &ret[i]);
	return problem;
}
