/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Extents out of full and compact indexes (format section 8.3).
 *
 * An extent is always followed from its head lcluster by lcluster, never by the distance forward that
 * some entries carry: it then is the same wherever in it a look-up began, also when the index lies. */
#include "image/zmap_state.h"

#include <inttypes.h>
#include "codec/codec.h"

/* An extent as the index has it. */
struct run {
	uint64_t head;	/* lcluster */
	uint64_t start, end; /* bytes of the file */
	bool has_blocks;
	bool followed;	/* by a NONHEAD */
	uint32_t blocks;
	struct erofs_lcluster entry; /* of the head */
};

static int get_lcluster(struct erofs_reader *rd, struct erofs_zmap *map, uint64_t number,
	const struct erofs_lcluster **ret)
{
	uint8_t raw[EROFS_ZPACK_MAX_BYTES];
	struct erofs_zpack pack;
	const char *problem;
	int r;

	if (number < map->pack.first || number - map->pack.first >= map->pack.count) {
		erofs_zpack_locate(&map->header, number, &pack);
		map->pack.count = 0;
		r = erofs_stream_read(rd, erofs_stream_of(map->inode.nid), pack.offset, raw,
			pack.bytes);
		if (r < 0)
			return erofs_nid_fail(rd, map->inode.nid, r,
				"cannot read the index of lcluster %" PRIu64 " at byte %" PRIu64, number,
				pack.offset);
		problem = erofs_zpack_decode(&map->header, &pack, raw, map->lclusters);
		if (problem)
			return erofs_zmap_damaged(rd, map, "%s (index at byte %" PRIu64 ")", problem,
				pack.offset);
		map->pack = pack;
	}
	*ret = &map->lclusters[number - map->pack.first];
	return 0;
}

static bool is_head(const struct erofs_lcluster *lc)
{
	return lc->type != EROFS_LCLUSTER_NONHEAD;
}

static uint64_t start_of(const struct erofs_zmap *map, uint64_t number,
	const struct erofs_lcluster *lc)
{
	return (number << map->header.lcluster_bits) + lc->offset;
}

/* The lcluster in which the extent with @logical starts. */
static int find_head(struct erofs_reader *rd, struct erofs_zmap *map, uint64_t logical,
	uint64_t *ret)
{
	uint64_t number = logical >> map->header.lcluster_bits, back;
	const struct erofs_lcluster *lc;
	int r = get_lcluster(rd, map, number, &lc);

	while (r == 0 && !(is_head(lc) && start_of(map, number, lc) <= logical)) {
		back = is_head(lc) ? 1 : lc->back;
		if (back > number)
			return erofs_zmap_damaged(rd, map,
				"lcluster %" PRIu64 ": no extent starts %" PRIu64 " lclusters before",
				number, back);
		number -= back;
		r = get_lcluster(rd, map, number, &lc);
	}
	if (r == 0)
		*ret = number;
	return r;
}

/* NONHEAD @number of the extent that starts at run->head. */
static int take_nonhead(struct erofs_reader *rd, const struct erofs_zmap *map, uint64_t number,
	const struct erofs_lcluster *lc, struct run *run)
{
	uint64_t distance = number - run->head;

	if (lc->back > distance)
		return erofs_zmap_damaged(rd, map,
			"lcluster %" PRIu64 " is %" PRIu64 " after its head but says %" PRIu32, number,
			distance, lc->back);
	if (lc->has_blocks && distance != 1)
		return erofs_zmap_damaged(rd, map,
			"lcluster %" PRIu64 " has a block count but does not follow a head", number);
	run->followed = true;
	if (lc->has_blocks) {
		run->has_blocks = true;
		run->blocks = lc->blocks;
	}
	return 0;
}

/* Follows the extent whose head is run->head to its end. */
static int follow(struct erofs_reader *rd, struct erofs_zmap *map, struct run *run)
{
	uint64_t size = map->inode.size_bytes, next = run->head + 1;
	const struct erofs_lcluster *lc;
	int r = get_lcluster(rd, map, run->head, &lc);

	if (r < 0)
		return r;
	run->entry = *lc;
	run->start = start_of(map, run->head, lc);
	run->end = size;
	for (; next < map->header.count; next++) {
		r = get_lcluster(rd, map, next, &lc);
		if (r < 0)
			return r;
		if (is_head(lc))
			break;
		r = take_nonhead(rd, map, next, lc, run);
		if (r < 0)
			return r;
		/* Only a fragment may be longer; do not walk through the index of a huge file. */
		if (!map->header.fragment_tail &&
		    (next << map->header.lcluster_bits) - run->start > EROFS_MAX_DECODED_SIZE)
			return erofs_zmap_damaged(rd, map,
				"extent at %" PRIu64 " decodes to more than %zu bytes", run->start,
				EROFS_MAX_DECODED_SIZE);
	}
	if (next < map->header.count && start_of(map, next, lc) < size)
		run->end = start_of(map, next, lc); /* else it is the terminator at the end */
	return 0;
}

/* How many blocks the pcluster of @run has; only the tail's may be elsewhere. */
static int count_blocks(struct erofs_reader *rd, const struct erofs_zmap *map, const struct run *run,
	uint64_t *ret)
{
	bool big = run->entry.type == EROFS_LCLUSTER_HEAD1 ? map->header.big_head1 :
							     map->header.big_head2;

	if (!run->has_blocks && big && run->followed)
		return erofs_zmap_damaged(rd, map, "extent at %" PRIu64 " has no block count",
			run->start);
	if (run->has_blocks && !big)
		return erofs_zmap_damaged(rd, map,
			"extent at %" PRIu64 " has a block count but may have no more than one",
			run->start);
	if (run->has_blocks && run->blocks == 0)
		return erofs_zmap_damaged(rd, map, "extent at %" PRIu64 " has no blocks", run->start);
	*ret = run->has_blocks ? run->blocks : 1;
	return 0;
}

static int extent_of(struct erofs_reader *rd, const struct erofs_zmap *map, const struct run *run,
	struct erofs_extent *ret)
{
	const struct erofs_zheader *header = &map->header;
	bool tail = run->end == map->inode.size_bytes;
	uint64_t blocks = 0, fragment;
	struct erofs_extent extent = {
		.kind = EROFS_EXTENT_ENCODED,
		.logical = run->start,
		.length = run->end - run->start,
		.raw = run->entry.type == EROFS_LCLUSTER_PLAIN,
		.partial = run->entry.partial,
	};
	int r;

	if (tail && header->fragment_tail) {
		fragment = header->fragment_offset;
		if (header->form == EROFS_ZFORM_FULL)
			fragment |= (uint64_t)run->entry.block << 32;
		return erofs_zmap_fragment(rd, map, run->start, fragment, ret);
	}
	extent.algorithm = header->algorithms[run->entry.type == EROFS_LCLUSTER_HEAD2];
	extent.inline_pcluster = tail && header->inline_bytes;
	if (extent.inline_pcluster) {
		extent.physical = header->index_end;
		extent.physical_bytes = header->inline_bytes;
	} else {
		r = count_blocks(rd, map, run, &blocks);
		if (r < 0)
			return r;
		extent.interlaced = extent.raw && header->interlaced;
		extent.physical = (uint64_t)run->entry.block << header->block_bits;
		extent.physical_bytes = blocks << header->block_bits;
	}
	r = erofs_zmap_check_extent(rd, map, &extent);
	if (r == 0)
		*ret = extent;
	return r;
}

int erofs_zmap_find_in_index(struct erofs_reader *rd, struct erofs_zmap *map, uint64_t logical,
	struct erofs_extent *ret)
{
	struct run run = { 0 };
	int r = find_head(rd, map, logical, &run.head);

	if (r == 0)
		r = follow(rd, map, &run);
	if (r == 0 && run.end <= logical)
		return erofs_zmap_damaged(rd, map,
			"the extent at %" PRIu64 " ends before %" PRIu64 ", which refers to it", run.start,
			logical);
	return r == 0 ? extent_of(rd, map, &run, ret) : r;
}
