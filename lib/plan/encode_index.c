/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Indexes are made by walking over the lclusters of a file. In the packed form blocks are not named one
 * by one but counted on from the base of each pack. */
#include "plan/encode_index.h"

#include <string.h>

#include "base/math.h"
#include "plan/encode_records.h"

#define HEADER_BYTES 8u
#define FULL_GAP_BYTES 8u	 /* reserved, before full records */
#define SMALL_PACK_BYTES 8u
#define SMALL_PACK_ENTRIES 2u
#define LARGE_PACK_BYTES 32u
#define LARGE_PACK_ENTRIES 16u
#define LARGE_PACK_MAX_BITS 12u	 /* of an lcluster */
#define SMALL_PACK_MAX_BITS 14u
#define MIN_VALUE_BITS 12u
#define MAX_DISTANCE 2047u

enum lcluster_type {
	LCLUSTER_PLAIN = 0,
	LCLUSTER_HEAD = 1,
	LCLUSTER_NONHEAD = 2,
};

struct lcluster {
	enum lcluster_type type;
	uint32_t offset;	/* heads: where in the lcluster */
	uint32_t block;		/* heads: full form only ... */
	bool partial;		/* ... as this */
	uint32_t blocks;	/* others: block count of the head right before, 0 = distances */
	uint32_t back, forward;	/* others: distances to heads */
};

/* ---- walking ---- */

struct walk {
	const struct encode_index *in;
	uint64_t lclusters, number;
	uint64_t extent;	/* that the lcluster belongs to */
	uint64_t start;		/* its first byte */
	uint64_t head, next_head;
};

static uint64_t next_head(const struct walk *w)
{
	const struct encode_index *in = w->in;
	uint64_t end = w->start + in->extents[w->extent].bytes;
	uint64_t rest = in->size_bytes & ((1ull << in->block_bits) - 1);

	if (w->extent + 1 < in->extent_count)
		return end >> in->block_bits;
	/* The end of the file within an lcluster is marked like a head (section 8.3). */
	return rest && w->head + 1 < w->lclusters ? w->lclusters - 1 : w->lclusters;
}

static void start_walk(struct walk *w, const struct encode_index *in)
{
	*w = (struct walk){ .in = in,
		.lclusters = erofs_ceil_div(in->size_bytes, 1ull << in->block_bits) };
	w->next_head = next_head(w);
}

static void enter_extent(struct walk *w)
{
	w->start += w->in->extents[w->extent].bytes;
	w->extent++;
	w->head = w->number;
	if (w->extent < w->in->extent_count)
		w->next_head = next_head(w);
}

static void describe_head(const struct walk *w, struct lcluster *ret)
{
	const struct encode_index *in = w->in;
	const struct plan_extent *extent = &in->extents[w->extent];

	*ret = (struct lcluster){ .type = LCLUSTER_PLAIN,
		.offset = (uint32_t)(w->start & ((1ull << in->block_bits) - 1)) };
	if (w->extent == in->extent_count)
		return;
	ret->block = (uint32_t)(extent->start >> in->block_bits);
	ret->partial = extent->partial;
	if (extent->format)
		ret->type = LCLUSTER_HEAD;
	/* The upper half of the offset stands where others have a block. */
	if (in->fragment_bytes && w->extent + 1 == in->extent_count) {
		ret->block = (uint32_t)(in->fragment_at >> 32);
		ret->type = LCLUSTER_HEAD;
	}
}

static uint32_t distance(uint64_t lclusters)
{
	return lclusters < MAX_DISTANCE ? (uint32_t)lclusters : MAX_DISTANCE;
}

/* False after the last one. */
static bool next_lcluster(struct walk *w, struct lcluster *ret)
{
	if (w->number == w->lclusters)
		return false;
	if (w->number && w->number == w->next_head)
		enter_extent(w);
	if (w->number == w->head) {
		describe_head(w, ret);
	} else {
		*ret = (struct lcluster){ .type = LCLUSTER_NONHEAD,
			.back = distance(w->number - w->head),
			.forward = distance(w->next_head - w->number) };
		if (w->in->big && ret->back == 1)
			ret->blocks = w->in->extents[w->extent].stored_bytes >> w->in->block_bits;
	}
	w->number++;
	return true;
}

/* ---- full records ---- */

static void encode_full(const struct encode_index *in, uint8_t *ret)
{
	struct lcluster lc;
	struct walk w;

	start_walk(&w, in);
	while (next_lcluster(&w, &lc)) {
		struct z_erofs_lcluster_index record = {
			.di_advise = erofs_put16((uint16_t)(lc.type | (lc.partial ? Z_EROFS_PARTIAL_REF : 0))),
			.di_clusterofs = erofs_put16((uint16_t)lc.offset),
			.di_u = erofs_put32(lc.block),
		};

		if (lc.type == LCLUSTER_NONHEAD)
			record.di_u = erofs_put32((lc.blocks ? Z_EROFS_CBLKCNT | lc.blocks : lc.back) |
				lc.forward << 16);
		memcpy(ret, &record, sizeof(record));
		ret += sizeof(record);
	}
}

/* ---- packs ---- */

/* Counting blocks as a reader will. */
struct count {
	uint64_t block;
	bool pending;	/* a head whose blocks are not yet added */
};

static void put_bits(uint8_t *bytes, uint32_t at, uint32_t value)
{
	value <<= at % 8;
	for (bytes += at / 8; value; value >>= 8)
		*bytes++ |= (uint8_t)value;
}

static uint32_t pack_value(const struct lcluster *lc, bool last)
{
	if (lc->type != LCLUSTER_NONHEAD)
		return lc->offset;
	if (lc->blocks)
		return Z_EROFS_CBLKCNT | lc->blocks;
	return last ? lc->forward : lc->back;
}

/* Moves the count over one entry; @base follows as long as the pack has had no head. */
static void count_entry(const struct encode_index *in, const struct lcluster *lc, struct count *c,
	bool *had_head, uint64_t *base)
{
	if (lc->type == LCLUSTER_NONHEAD) {
		if (lc->blocks) {
			c->block += lc->blocks;
			c->pending = false;
		}
		return;
	}
	if (!in->big) {
		c->block++;
		return;
	}
	if (c->pending) {
		c->block++;
		if (!*had_head)
			*base = c->block;
	}
	*had_head = c->pending = true;
}

static void encode_pack(struct walk *w, uint32_t entries, struct count *c, uint8_t *ret)
{
	uint32_t bytes = entries == SMALL_PACK_ENTRIES ? SMALL_PACK_BYTES : LARGE_PACK_BYTES;
	uint32_t bits = (bytes - sizeof(erofs_le32)) * 8 / entries;
	uint32_t value_bits = w->in->block_bits > MIN_VALUE_BITS ? w->in->block_bits : MIN_VALUE_BITS;
	uint64_t base = c->block;
	bool had_head = false;
	struct lcluster lc;
	erofs_le32 stored;

	for (uint32_t i = 0; i < entries && next_lcluster(w, &lc); i++) {
		count_entry(w->in, &lc, c, &had_head, &base);
		put_bits(ret, i * bits,
			pack_value(&lc, i + 1 == entries) | (uint32_t)lc.type << value_bits);
	}
	stored = erofs_put32((uint32_t)base);
	memcpy(ret + bytes - sizeof(stored), &stored, sizeof(stored));
}

/* How many lclusters the three regions of packs have. */
struct regions {
	uint64_t leading, middle, trailing;
};

static struct regions regions_of(uint64_t lclusters, uint32_t block_bits, uint64_t packs_at)
{
	struct regions r = { .trailing = lclusters };

	if (block_bits > LARGE_PACK_MAX_BITS)
		return r;
	r.leading = (LARGE_PACK_BYTES - packs_at % LARGE_PACK_BYTES) / 4 & 7;
	if (r.leading > lclusters)
		r.leading = lclusters;
	r.middle = erofs_round_down(lclusters - r.leading, LARGE_PACK_ENTRIES);
	r.trailing = lclusters - r.leading - r.middle;
	return r;
}

static uint8_t *encode_packs(struct walk *w, uint64_t lclusters, uint32_t entries, struct count *c,
	uint8_t *ret)
{
	for (uint64_t i = 0; i < lclusters; i += entries) {
		encode_pack(w, entries, c, ret);
		ret += entries == SMALL_PACK_ENTRIES ? SMALL_PACK_BYTES : LARGE_PACK_BYTES;
	}
	return ret;
}

static void encode_compact(const struct encode_index *in, uint64_t at, uint8_t *ret)
{
	uint64_t start_block = in->extents[0].start >> in->block_bits;
	struct count c = { .block = in->big ? start_block : start_block - 1 };
	struct regions r;
	struct walk w;

	start_walk(&w, in);
	r = regions_of(w.lclusters, in->block_bits, at + HEADER_BYTES);
	ret = encode_packs(&w, r.leading, SMALL_PACK_ENTRIES, &c, ret);
	ret = encode_packs(&w, r.middle, LARGE_PACK_ENTRIES, &c, ret);
	encode_packs(&w, r.trailing, SMALL_PACK_ENTRIES, &c, ret);
}

/* ---- both ---- */

bool erofs_encode_index_must_be_full(uint32_t block_bits)
{
	return block_bits > SMALL_PACK_MAX_BITS;
}

/* A file that is a fragment as a whole has nothing but a header, which is one number. */
static bool is_fragment(const struct encode_index *in)
{
	return in->fragment_bytes == in->size_bytes;
}

uint64_t erofs_encode_index_bytes(const struct encode_index *in, uint64_t at)
{
	uint64_t lclusters = erofs_ceil_div(in->size_bytes, 1ull << in->block_bits);
	struct regions r;

	if (is_fragment(in))
		return HEADER_BYTES;
	if (in->form == PLAN_INDEX_RECORDS)
		return erofs_encode_records_bytes(in, at);
	if (in->form == PLAN_INDEX_FULL)
		return HEADER_BYTES + FULL_GAP_BYTES + lclusters * sizeof(struct z_erofs_lcluster_index);
	r = regions_of(lclusters, in->block_bits, at + HEADER_BYTES);
	return HEADER_BYTES + erofs_round_up(4 * r.leading, SMALL_PACK_BYTES) + 2 * r.middle +
	       erofs_round_up(4 * r.trailing, SMALL_PACK_BYTES);
}

static struct z_erofs_map_header make_header(const struct encode_index *in)
{
	struct z_erofs_map_header header = { .h_algorithmtype = (uint8_t)in->algorithm };
	uint16_t advise = 0;

	if (in->big)
		advise |= Z_EROFS_ADVISE_BIG_PCLUSTER_1 | Z_EROFS_ADVISE_BIG_PCLUSTER_2;
	if (in->form == PLAN_INDEX_COMPACT && in->block_bits <= LARGE_PACK_MAX_BITS)
		advise |= Z_EROFS_ADVISE_COMPACTED_2B;
	if (in->inline_bytes) {
		advise |= Z_EROFS_ADVISE_INLINE_PCLUSTER;
		header.h_fragmentoff = erofs_put32(in->inline_bytes << 16);
	}
	if (in->fragment_bytes) {
		advise |= Z_EROFS_ADVISE_FRAGMENT_PCLUSTER;
		header.h_fragmentoff = erofs_put32((uint32_t)in->fragment_at);
	}
	header.h_advise = erofs_put16(advise);
	return header;
}

void erofs_encode_index(const struct encode_index *in, uint64_t at, uint8_t *ret)
{
	struct z_erofs_map_header header = make_header(in);
	erofs_le64 fragment = erofs_put64(in->fragment_at |
		(uint64_t)Z_EROFS_WHOLE_FRAGMENT << 56);

	if (is_fragment(in)) {
		memcpy(ret, &fragment, sizeof(fragment));
		return;
	}
	if (in->form == PLAN_INDEX_RECORDS) {
		erofs_encode_records(in, at, ret);
		return;
	}
	memcpy(ret, &header, sizeof(header));
	if (in->form == PLAN_INDEX_FULL)
		encode_full(in, ret + HEADER_BYTES + FULL_GAP_BYTES);
	else
		encode_compact(in, at, ret + HEADER_BYTES);
}
