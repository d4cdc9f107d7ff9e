/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Extents out of the records of an encoded-extents file (format section 8.7). */
#include "image/zmap_state.h"

#include <inttypes.h>
#include "base/math.h"
#include "format/endian.h"

/* A record and where it is; the logical and physical start are filled in where it has none. */
struct placed {
	struct erofs_zrecord record;
	uint64_t number;
	uint64_t after; /* the least it may start at */
	uint64_t end;	/* byte of the file */
};

/* 4-byte records follow the address of the first extent. */
static uint64_t records_offset(const struct erofs_zheader *header)
{
	return header->index_offset + (header->record_bytes == 4 ? 8 : 0);
}

static int get_record(struct erofs_reader *rd, struct erofs_zmap *map, uint64_t number,
	struct erofs_zrecord *ret)
{
	const struct erofs_zheader *header = &map->header;
	uint64_t per_row = EROFS_ZMAP_ROW_BYTES / header->record_bytes, first, left;
	int r;

	if (number < map->row_first || number - map->row_first >= map->row_count) {
		first = erofs_round_down(number, per_row);
		left = header->count - first;
		map->row_count = 0;
		map->row_first = first;
		if (left > per_row)
			left = per_row;
		r = erofs_stream_read(rd, erofs_stream_of(map->inode.nid),
			records_offset(header) + first * header->record_bytes, map->row,
			left * header->record_bytes);
		if (r < 0)
			return erofs_nid_fail(rd, map->inode.nid, r,
				"cannot read the records of extents from %" PRIu64 " on", first);
		map->row_count = (uint32_t)left;
	}
	*ret = erofs_zrecord_decode(header,
		map->row + (number - map->row_first) * header->record_bytes);
	return 0;
}

static int read_first_address(struct erofs_reader *rd, const struct erofs_zmap *map, uint64_t *ret)
{
	erofs_le64 raw;
	int r = erofs_stream_read(rd, erofs_stream_of(map->inode.nid), map->header.index_offset, &raw,
		sizeof(raw));

	if (r < 0)
		return erofs_nid_fail(rd, map->inode.nid, r, "cannot read the address of its extents");
	*ret = erofs_get64(raw);
	return 0;
}

/* Where record @number of a 4-byte array lies: the sum of what is before it. Sequential look-ups go on
 * from the last one. */
static int sum_physical(struct erofs_reader *rd, struct erofs_zmap *map, uint64_t number,
	uint64_t *ret)
{
	struct erofs_zrecord record;
	uint64_t at = map->next_record, physical = map->next_physical;
	int r = 0;

	if (at == 0 || number < at) {
		at = 0;
		r = read_first_address(rd, map, &physical);
	}
	for (; r == 0 && at < number; at++) {
		r = get_record(rd, map, at, &record);
		if (r == 0 && erofs_add_overflow(physical, record.bytes, &physical))
			return erofs_zmap_damaged(rd, map, "extent %" PRIu64 " ends past 2^64", at);
	}
	if (r == 0)
		*ret = physical;
	return r;
}

/* The number of the record whose explicit start is the last one at or before @logical, and the start of
 * the one before it. */
static int search(struct erofs_reader *rd, struct erofs_zmap *map, uint64_t logical,
	struct placed *ret)
{
	uint64_t low = 0, high = map->header.count;
	struct erofs_zrecord record;
	int r = 0;

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		r = get_record(rd, map, middle, &record);
		if (r < 0)
			return r;
		if (record.logical <= logical)
			low = middle;
		else
			high = middle;
	}
	if (low > 0)
		r = get_record(rd, map, low - 1, &record);
	if (r < 0)
		return r;
	ret->number = low;
	ret->after = low > 0 ? record.logical + 1 : 0;
	return 0;
}

/* Records with explicit starts: from each to the next. */
static int place_long(struct erofs_reader *rd, struct erofs_zmap *map, struct placed *ret)
{
	struct erofs_zrecord *record = &ret->record, next = { .logical = map->inode.size_bytes };
	bool last = ret->number + 1 == map->header.count;
	int r = get_record(rd, map, ret->number, record);

	if (r == 0 && !last)
		r = get_record(rd, map, ret->number + 1, &next);
	if (r < 0)
		return r;
	if (ret->number == 0 && record->logical != 0)
		return erofs_zmap_damaged(rd, map, "the first extent starts at %" PRIu64,
			record->logical);
	if (record->logical < ret->after || record->logical >= next.logical ||
	    (!last && next.logical >= map->inode.size_bytes))
		return erofs_zmap_damaged(rd, map,
			"extent %" PRIu64 " is from byte %" PRIu64 " to %" PRIu64
			", which is out of order or past the end", ret->number, record->logical,
			next.logical);
	ret->end = next.logical;
	return 0;
}

/* Short records: all extents but the last are of one size. */
static int place_short(struct erofs_reader *rd, struct erofs_zmap *map, struct placed *ret)
{
	uint64_t size = 1ull << map->header.lcluster_bits, left;
	int r = get_record(rd, map, ret->number, &ret->record);

	if (r == 0 && map->header.record_bytes == 4)
		r = sum_physical(rd, map, ret->number, &ret->record.physical);
	if (r < 0)
		return r;
	ret->record.logical = ret->number * size;
	left = map->inode.size_bytes - ret->record.logical;
	ret->end = ret->record.logical + (left < size ? left : size);
	return 0;
}

/* The record for @logical; after the one found last comes the next. */
static int place(struct erofs_reader *rd, struct erofs_zmap *map, uint64_t logical,
	struct placed *ret)
{
	int r = 0;

	if (map->header.record_bytes < 16) {
		ret->number = logical >> map->header.lcluster_bits;
		return place_short(rd, map, ret);
	}
	ret->number = map->next_record;
	ret->after = logical;
	if (ret->number == 0 || ret->number >= map->header.count ||
	    map->last.logical + map->last.length != logical)
		r = search(rd, map, logical, ret);
	if (r == 0)
		r = place_long(rd, map, ret);
	if (r == 0 && (logical < ret->record.logical || logical >= ret->end))
		return erofs_zmap_damaged(rd, map, "extents are not in order near byte %" PRIu64,
			logical);
	return r;
}

static int extent_of(struct erofs_reader *rd, const struct erofs_zmap *map,
	const struct placed *placed, struct erofs_extent *ret)
{
	const struct erofs_zrecord *record = &placed->record;
	uint64_t block_mask = (1ull << map->header.block_bits) - 1, end;
	struct erofs_extent extent = {
		.kind = record->bytes ? EROFS_EXTENT_ENCODED : EROFS_EXTENT_HOLE,
		.logical = record->logical,
		.length = placed->end - record->logical,
	};
	int r = 0;

	if (extent.kind == EROFS_EXTENT_ENCODED) {
		extent.physical = record->physical;
		extent.physical_bytes = record->bytes;
		extent.raw = record->format == 0;
		extent.algorithm = extent.raw ? 0 : record->format - 1;
		extent.partial = record->partial;
		extent.interlaced = extent.raw && map->header.interlaced &&
				    !((extent.physical | extent.physical_bytes) & block_mask);
		if (erofs_add_overflow(extent.physical, extent.physical_bytes, &end))
			return erofs_zmap_damaged(rd, map, "extent %" PRIu64 " ends past 2^64",
				placed->number);
		r = erofs_zmap_check_extent(rd, map, &extent);
	}
	if (r == 0)
		*ret = extent;
	return r;
}

int erofs_zmap_find_in_records(struct erofs_reader *rd, struct erofs_zmap *map, uint64_t logical,
	struct erofs_extent *ret)
{
	struct placed placed = { 0 };
	const struct erofs_zrecord *record = &placed.record;
	int r = place(rd, map, logical, &placed);

	if (r == 0 && map->header.fragment_tail && placed.number + 1 == map->header.count) {
		uint64_t high = map->header.record_bytes >= 8 ? record->physical << 32 : 0;

		r = erofs_zmap_fragment(rd, map, record->logical, high | record->word, ret);
	} else if (r == 0) {
		r = extent_of(rd, map, &placed, ret);
	}
	if (r == 0) {
		map->next_record = placed.number + 1;
		map->next_physical = record->physical + record->bytes;
	}
	return r;
}
