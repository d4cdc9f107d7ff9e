/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The smallest records that can say where the extents of a file are. */
#include "plan/encode_records.h"

#include <string.h>

#include "base/math.h"

#define HEADER_BYTES 8u
#define MAX_CLUSTER_BITS 15u	/* above those of a block */

/* Sizes of records; the header has the logarithm above the smallest. */
enum record_form {
	LENGTHS = 0,	/* 4 bytes; a position for all of them */
	POSITIONS,	/* 8 bytes */
	STARTS,		/* 16 bytes */
	LONG_STARTS,	/* 32 bytes */
};

static uint32_t record_bytes(enum record_form form)
{
	return 4u << form;
}

/* What is true of all extents; a fragment at the end has a length only. */
struct traits {
	uint32_t cluster_bits;	/* above those of a block; of extents of one size */
	bool uniform;		/* they are, but for the last, which may be shorter */
	bool consecutive;	/* each begins where the one before ends */
	bool near;		/* positions have 32 bits */
};

static bool is_uniform(const struct encode_index *in, uint32_t *ret_cluster_bits)
{
	uint64_t cluster = 1ull << in->block_bits;

	*ret_cluster_bits = 0;
	while (cluster < in->extents[0].bytes && *ret_cluster_bits < MAX_CLUSTER_BITS) {
		cluster <<= 1;
		++*ret_cluster_bits;
	}
	for (uint64_t i = 0; i + 1 < in->extent_count; i++)
		if (in->extents[i].bytes != cluster)
			return false;
	return in->extents[in->extent_count - 1].bytes <= cluster;
}

static struct traits find_traits(const struct encode_index *in)
{
	struct traits t = { .consecutive = true, .near = true };

	t.uniform = is_uniform(in, &t.cluster_bits);
	for (uint64_t i = 0; i < in->extent_count - (in->fragment_bytes != 0); i++) {
		const struct plan_extent *extent = &in->extents[i];

		if (extent->start > UINT32_MAX)
			t.near = false;
		if (i && extent->start != extent[-1].start + extent[-1].stored_bytes)
			t.consecutive = false;
	}
	return t;
}

static uint64_t array_at(uint64_t at, enum record_form form)
{
	return erofs_round_up(at + HEADER_BYTES, record_bytes(form));
}

/* From the header to the end of the last record. */
static uint64_t index_bytes(const struct encode_index *in, uint64_t at, enum record_form form)
{
	uint64_t position = form == LENGTHS ? sizeof(erofs_le64) : 0;

	return array_at(at, form) - at + position + in->extent_count * record_bytes(form);
}

static enum record_form choose_form(const struct encode_index *in, uint64_t at, const struct traits *t)
{
	bool small = in->size_bytes <= UINT32_MAX, wide_fragment = in->fragment_at > UINT32_MAX;

	if (t->uniform && t->near && small &&
	    (!t->consecutive || wide_fragment || index_bytes(in, at, POSITIONS) < index_bytes(in, at, LENGTHS)))
		return POSITIONS;
	if (t->uniform && t->consecutive && !wide_fragment)
		return LENGTHS;
	return small ? STARTS : LONG_STARTS;
}

uint64_t erofs_encode_records_bytes(const struct encode_index *in, uint64_t at)
{
	struct traits t = find_traits(in);

	return index_bytes(in, at, choose_form(in, at, &t));
}

static struct z_erofs_map_header make_header(const struct encode_index *in, enum record_form form,
	const struct traits *t)
{
	struct z_erofs_map_header header = {
		.h_advise = erofs_put16((uint16_t)(Z_EROFS_ADVISE_EXTENTS | form << 1 |
			(in->fragment_bytes ? Z_EROFS_ADVISE_FRAGMENT_PCLUSTER : 0))) };

	if (form < STARTS) {
		header.h_clusterbits = (uint8_t)t->cluster_bits;
		return header;
	}
	/* The number of records, in 48 bits. */
	header.h_fragmentoff = erofs_put32((uint32_t)in->extent_count);
	header.h_algorithmtype = (uint8_t)(in->extent_count >> 32);
	header.h_clusterbits = (uint8_t)(in->extent_count >> 40);
	return header;
}

static struct z_erofs_extent make_record(const struct plan_extent *extent)
{
	return (struct z_erofs_extent){
		.plen = erofs_put32(extent->stored_bytes |
			(extent->partial ? Z_EROFS_EXTENT_PARTIAL : 0) |
			(uint32_t)extent->format << Z_EROFS_EXTENT_FORMAT_SHIFT),
		.pstart_lo = erofs_put32((uint32_t)extent->start),
		.pstart_hi = erofs_put32((uint32_t)(extent->start >> 32)),
	};
}

/* The offset in the packed inode stands where others have length and position. */
static struct z_erofs_extent make_fragment(uint64_t at)
{
	return (struct z_erofs_extent){
		.plen = erofs_put32((uint32_t)at),
		.pstart_lo = erofs_put32((uint32_t)(at >> 32)),
	};
}

void erofs_encode_records(const struct encode_index *in, uint64_t at, uint8_t *ret)
{
	struct traits t = find_traits(in);
	enum record_form form = choose_form(in, at, &t);
	struct z_erofs_map_header header = make_header(in, form, &t);
	erofs_le64 position = erofs_put64(in->extents[0].start);
	uint64_t start = 0;

	memcpy(ret, &header, sizeof(header));
	ret += array_at(at, form) - at;
	if (form == LENGTHS) {
		memcpy(ret, &position, sizeof(position));
		ret += sizeof(position);
	}
	for (uint64_t i = 0; i < in->extent_count; i++) {
		struct z_erofs_extent record = make_record(&in->extents[i]);

		if (in->fragment_bytes && i + 1 == in->extent_count)
			record = make_fragment(in->fragment_at);
		record.lstart_lo = erofs_put32((uint32_t)start);
		record.lstart_hi = erofs_put32((uint32_t)(start >> 32));
		memcpy(ret, &record, record_bytes(form));
		start += in->extents[i].bytes;
		ret += record_bytes(form);
	}
}
