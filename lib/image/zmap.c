/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Maps of compressed files: which form the index has, and what holds for all of them. */
#include "image/zmap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include "codec/codec.h"
#include "image/zcache.h"
#include "image/zmap_state.h"

int erofs_zmap_damaged(struct erofs_reader *rd, const struct erofs_zmap *map, const char *format,
	...)
{
	va_list args;

	va_start(args, format);
	erofs_nid_fail_v(rd, map->inode.nid, -EUCLEAN, format, args);
	va_end(args);
	return -EUCLEAN;
}

/* Images without compression records are of LZ4, whatever the bitmap was made from (section 8.1). */
static bool algorithm_is_declared(const struct erofs_super *super, unsigned int algorithm)
{
	if (!(super->incompat & EROFS_INCOMPAT_COMPR_CFGS) && algorithm == EROFS_ALGORITHM_LZ4)
		return true;
	return algorithm < EROFS_ALGORITHM_COUNT && (super->algorithms >> algorithm & 1);
}

int erofs_zmap_check_extent(struct erofs_reader *rd, const struct erofs_zmap *map,
	const struct erofs_extent *extent)
{
	const struct erofs_super *super = &rd->img->super;
	const char *problem = NULL;

	if (extent->physical_bytes > EROFS_MAX_ENCODED_SIZE)
		problem = "is encoded in more than 1048576 bytes";
	else if (extent->raw && extent->length > extent->physical_bytes)
		problem = "is uncompressed but longer than its pcluster";
	else if (extent->interlaced && extent->physical_bytes > super->block_size_bytes)
		problem = "is interlaced over several blocks";
	else if (!extent->raw && extent->length > EROFS_MAX_DECODED_SIZE)
		problem = "decodes to more than 12582912 bytes";
	else if (!extent->raw && !algorithm_is_declared(super, extent->algorithm))
		problem = "has an algorithm that the superblock does not list";
	if (!problem)
		return 0;
	return erofs_zmap_damaged(rd, map, "the extent at %" PRIu64 " (%" PRIu64 " bytes in %" PRIu64
		") %s", extent->logical, extent->length, extent->physical_bytes, problem);
}

int erofs_zmap_fragment(struct erofs_reader *rd, const struct erofs_zmap *map, uint64_t logical,
	uint64_t offset, struct erofs_extent *ret)
{
	const struct erofs_super *super = &rd->img->super;
	uint64_t length = map->inode.size_bytes - logical;

	if (!super->packed_nid)
		return erofs_zmap_damaged(rd, map, "has a fragment, but the image no packed inode");
	if (map->inode.nid == super->packed_nid || map->inode.nid == super->metabox_nid)
		return erofs_zmap_damaged(rd, map, "the packed or metabox inode has a fragment itself");
	if (offset > INT64_MAX - length)
		return erofs_zmap_damaged(rd, map, "fragment at %" PRIu64 " ends past 2^63", offset);
	*ret = (struct erofs_extent){
		.kind = EROFS_EXTENT_FRAGMENT,
		.logical = logical,
		.length = length,
		.physical = offset,
		.physical_bytes = length,
	};
	return 0;
}

static int load_header(struct erofs_reader *rd, struct erofs_zmap *map)
{
	enum erofs_stream stream = erofs_stream_of(map->inode.nid);
	uint64_t offset = erofs_zheader_offset(&map->inode), end = 0;
	uint8_t raw[EROFS_ZHEADER_SIZE];
	const char *problem;
	int r = erofs_stream_read(rd, stream, offset, raw, sizeof(raw));

	if (r == 0)
		r = erofs_stream_size(rd, stream, &end);
	if (r < 0)
		return erofs_nid_fail(rd, map->inode.nid, r,
			"cannot read the map header at byte %" PRIu64, offset);
	problem = erofs_zheader_decode(raw, &map->inode, rd->img->super.block_bits, &map->header);
	if (problem)
		return erofs_zmap_damaged(rd, map, "map header at byte %" PRIu64 ": %s", offset,
			problem);
	if ((map->header.big_head1 || map->header.big_head2) &&
	    !(rd->img->super.incompat & EROFS_INCOMPAT_COMPR_CFGS))
		return erofs_zmap_damaged(rd, map,
			"big pclusters, which the superblock does not announce");
	/* Before anything is looked up in it: the size of the file alone makes it long. */
	if (map->header.index_end > end || map->header.inline_bytes > end - map->header.index_end)
		return erofs_zmap_damaged(rd, map,
			"the index of %" PRIu64 " entries ends outside the metadata", map->header.count);
	return 0;
}

static enum erofs_zmap_role role_of(const struct erofs_reader *rd, uint64_t nid)
{
	const struct erofs_super *super = &rd->img->super;

	if (nid == super->metabox_nid)
		return EROFS_ZMAP_METABOX;
	return nid == super->packed_nid ? EROFS_ZMAP_PACKED : EROFS_ZMAP_FILE;
}

/* The map of @inode, kept from the last call when that was about the same file. */
static int get_map(struct erofs_reader *rd, const struct erofs_inode *inode,
	struct erofs_zmap **ret)
{
	struct erofs_zcache_state *state;
	struct erofs_zmap *map;
	int r = erofs_zcache_get(rd, &state);

	if (r < 0)
		return r;
	map = &state->maps[role_of(rd, inode->nid)];
	if (!map->loaded || map->inode.nid != inode->nid ||
	    map->inode.size_bytes != inode->size_bytes || map->inode.layout != inode->layout) {
		map->loaded = false;
		map->inode = *inode;
		map->last.length = 0;
		map->pack.count = 0;
		map->row_count = 0;
		map->next_record = 0;
		r = load_header(rd, map);
		if (r < 0)
			return r;
		map->loaded = true;
	}
	*ret = map;
	return 0;
}

static int find(struct erofs_reader *rd, struct erofs_zmap *map, uint64_t logical,
	struct erofs_extent *ret)
{
	switch (map->header.form) {
	case EROFS_ZFORM_FRAGMENT:
		return erofs_zmap_fragment(rd, map, 0, map->header.fragment_offset, ret);
	case EROFS_ZFORM_RECORDS:
		return erofs_zmap_find_in_records(rd, map, logical, ret);
	default:
		return erofs_zmap_find_in_index(rd, map, logical, ret);
	}
}

int erofs_zmap_at(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t logical,
	struct erofs_extent *ret)
{
	struct erofs_extent extent;
	struct erofs_zmap *map;
	int r;

	if (logical >= inode->size_bytes)
		return 0;
	r = get_map(rd, inode, &map);
	if (r < 0)
		return r;
	if (logical < map->last.logical || logical - map->last.logical >= map->last.length) {
		r = find(rd, map, logical, &extent);
		if (r < 0)
			return r;
		map->last = extent;
	}
	*ret = map->last;
	return 1;
}

int erofs_zmap_header(struct erofs_reader *rd, const struct erofs_inode *inode, struct erofs_zheader *ret)
{
	struct erofs_zmap *map;
	int r = get_map(rd, inode, &map);

	if (r == 0)
		*ret = map->header;
	return r;
}
