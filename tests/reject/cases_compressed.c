/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compressed files whose index or content is damaged (format sections 8 to 11). /file is the victim. */
#include "reject.h"

#include <string.h>

/* ---- full indexes ---- */

/* /file as LZ4 with full indexes: header, eight reserved bytes, two records. */
static struct z_erofs_lcluster_index *put_compressed(struct image *img, uint8_t header[8])
{
	uint8_t *at = (uint8_t *)(compact_of(img, FILE_) + 1);
	struct z_erofs_lcluster_index *records = (struct z_erofs_lcluster_index *)(at + 16);

	super_of(img)->feature_incompat = erofs_put32(EROFS_INCOMPAT_LZ4_0PADDING);
	set_layout(img, FILE_, EROFS_LAYOUT_COMPRESSED_FULL);
	compact_of(img, FILE_)->i_u = erofs_put32(1);
	memcpy(at, header, 8);
	records[0].di_advise = erofs_put16(1); /* HEAD1: the one extent starts here */
	records[0].di_u = erofs_put32(FREE_BLOCK);
	records[1].di_advise = erofs_put16(2); /* NONHEAD */
	records[1].di_u = erofs_put32(1 | 1u << 16);
	return records;
}

/* The superblock allows pclusters of several blocks, with the record that goes with it. */
static void announce_big_pclusters(struct image *img)
{
	uint8_t *record = img->bytes + EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE;

	super_of(img)->feature_incompat =
		erofs_put32(EROFS_INCOMPAT_LZ4_0PADDING | EROFS_INCOMPAT_COMPR_CFGS);
	super_of(img)->available_compr_algs = erofs_put16(1u << EROFS_ALGORITHM_LZ4);
	record[0] = 14;
	record[4] = 8; /* blocks */
}

static void starts_without_head(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header)[0].di_advise = erofs_put16(2);
}

static void unknown_algorithm(struct image *img)
{
	uint8_t header[8] = { [6] = 0x09 };

	put_compressed(img, header);
}

static void index_past_the_end(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header);
	compact_of(img, FILE_)->i_size = erofs_put32(UINT32_MAX);
}

static void pcluster_past_the_end(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header)[0].di_u = erofs_put32(BLOCKS);
}

static void no_packed_inode(struct image *img)
{
	uint8_t header[8] = { [7] = 0x80 };

	put_compressed(img, header);
}

static void past_the_packed_inode(struct image *img)
{
	uint8_t header[8] = { [7] = 0x80 };

	put_compressed(img, header);
	super_of(img)->packed_nid = erofs_put64(EMPTY);
}

static void nothing_to_decode(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header); /* the pcluster is all zeros */
}

static void garbage_to_decode(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header);
	memset(block_of(img, FREE_BLOCK), 0xFF, BLOCK);
}

/* The stream ends long before the file does. */
static void too_little_to_decode(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header);
	memcpy(block_of(img, FREE_BLOCK + 1) - 2, "\x10x", 2); /* one literal */
}

static void starts_late(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header)[0].di_clusterofs = erofs_put16(4);
}

static void starts_outside_lcluster(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header)[0].di_clusterofs = erofs_put16(BLOCK);
}

static void no_way_back(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header)[1].di_u = erofs_put32(1u << 16);
}

static void back_too_far(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header)[1].di_u = erofs_put32(2 | 1u << 16);
}

static void no_blocks(struct image *img)
{
	uint8_t header[8] = { [4] = Z_EROFS_ADVISE_BIG_PCLUSTER_1 };

	put_compressed(img, header)[1].di_u = erofs_put32(Z_EROFS_CBLKCNT);
	announce_big_pclusters(img);
}

static void block_count_missing(struct image *img)
{
	uint8_t header[8] = { [4] = Z_EROFS_ADVISE_BIG_PCLUSTER_1 };

	put_compressed(img, header);
	announce_big_pclusters(img);
}

static void block_count_of_small(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header)[1].di_u = erofs_put32(Z_EROFS_CBLKCNT | 1);
}

static void big_but_not_announced(struct image *img)
{
	uint8_t header[8] = { [4] = Z_EROFS_ADVISE_BIG_PCLUSTER_1 };

	put_compressed(img, header)[1].di_u = erofs_put32(Z_EROFS_CBLKCNT | 1);
}

static void plain_longer_than_its_block(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header)[0].di_advise = erofs_put16(0);
}

static void algorithm_not_listed(struct image *img)
{
	uint8_t header[8] = { [6] = EROFS_ALGORITHM_ZSTD };

	put_compressed(img, header);
}

static void inline_across_blocks(struct image *img)
{
	uint8_t header[8] = { [2] = 0xf0, [4] = Z_EROFS_ADVISE_INLINE_PCLUSTER };

	put_compressed(img, header);
}

/* The index is the last of the image. */
static void inline_past_the_end(struct image *img)
{
	uint8_t header[8] = { [2] = 8, [4] = Z_EROFS_ADVISE_INLINE_PCLUSTER };
	uint64_t last = SLOT(BLOCKS) - 2;

	put_compressed(img, header);
	memcpy(compact_of(img, last), compact_of(img, FILE_), 2 * EROFS_SLOT_SIZE);
	record_of(block_of(img, ROOT_BLOCK), 4)->nid = erofs_put64(last);
}

/* ---- compact indexes ---- */

/* /file as one pack: HEAD1 and NONHEAD. */
static void put_compact(struct image *img, uint8_t advise, uint8_t cluster_bits)
{
	uint8_t header[8] = { [4] = advise, [7] = cluster_bits };
	uint8_t *pack = (uint8_t *)put_compressed(img, header) - 8;
	const erofs_le16 entries[2] = { erofs_put16(1u << 12), erofs_put16(2u << 12 | 1) };
	const erofs_le32 base = erofs_put32(FREE_BLOCK - 1);

	set_layout(img, FILE_, EROFS_LAYOUT_COMPRESSED_COMPACT);
	memcpy(pack, entries, sizeof(entries));
	memcpy(pack + sizeof(entries), &base, sizeof(base));
}

static void big_of_one_kind(struct image *img)
{
	put_compact(img, Z_EROFS_ADVISE_BIG_PCLUSTER_1, 0);
	announce_big_pclusters(img);
}

static void large_lclusters(struct image *img)
{
	put_compact(img, 0, 6);
}

static void large_lclusters_in_short_packs(struct image *img)
{
	put_compact(img, Z_EROFS_ADVISE_COMPACTED_2B, 4);
}

static void compact_garbage(struct image *img)
{
	put_compact(img, 0, 0);
	memset(block_of(img, FREE_BLOCK), 0xFF, BLOCK);
}

/* ---- encoded extents ---- */

#define RECORD_LZ4 (1u << 28)

/* /file as LZ4 extents with records of 32 bytes, the header saying that there are @count. */
static struct z_erofs_extent *put_records(struct image *img, uint32_t count)
{
	uint8_t header[8] = { [4] = Z_EROFS_ADVISE_EXTENTS | 3 << 1 };
	const erofs_le32 number = erofs_put32(count);
	struct z_erofs_extent *records;

	memcpy(header, &number, sizeof(number));
	memset(put_compressed(img, header), 0, 16);
	super_of(img)->feature_incompat =
		erofs_put32(EROFS_INCOMPAT_LZ4_0PADDING | EROFS_INCOMPAT_48BIT);
	/* 32-byte aligned behind the header, and up to the next inode. */
	records = (struct z_erofs_extent *)(compact_of(img, FILE_) + 2);
	for (unsigned int i = 0; i < 2; i++) {
		records[i].plen = erofs_put32(RECORD_LZ4 | BLOCK);
		records[i].pstart_lo = erofs_put32(FREE_BLOCK * BLOCK);
		records[i].lstart_lo = erofs_put32(i * 500);
	}
	return records;
}

static void no_records(struct image *img)
{
	put_records(img, 0);
}

static void records_past_the_end(struct image *img)
{
	put_records(img, 1u << 24);
}

static void first_record_starts_late(struct image *img)
{
	put_records(img, 2)[0].lstart_lo = erofs_put32(4);
}

static void records_out_of_order(struct image *img)
{
	put_records(img, 2)[1].lstart_lo = erofs_put32(0);
}

static void record_behind_the_file(struct image *img)
{
	put_records(img, 2)[1].lstart_lo = erofs_put32(FILE_BYTES);
}

static void large_record(struct image *img)
{
	put_records(img, 2)[0].plen = erofs_put32(RECORD_LZ4 | (1u << 20) | 1);
}

static void record_of_unknown_algorithm(struct image *img)
{
	put_records(img, 2)[0].plen = erofs_put32(15u << 28 | BLOCK);
}

static void record_decodes_to_too_much(struct image *img)
{
	put_records(img, 1);
	compact_of(img, FILE_)->i_size = erofs_put32((12u << 20) + 1);
}

static void plain_record_too_short(struct image *img)
{
	put_records(img, 2)[0].plen = erofs_put32(499);
}

static void record_at_no_address(struct image *img)
{
	struct z_erofs_extent *record = put_records(img, 2);

	record->pstart_lo = erofs_put32(UINT32_MAX - 100);
	record->pstart_hi = erofs_put32(UINT32_MAX);
}

static void record_past_the_device(struct image *img)
{
	put_records(img, 2)[1].pstart_lo = erofs_put32(BLOCKS * BLOCK - BLOCK + 1);
}

/* ---- fragments ---- */

static void fragment_at_no_address(struct image *img)
{
	uint8_t header[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };

	put_compressed(img, header);
	super_of(img)->packed_nid = erofs_put64(TWICE);
}

static void packed_inode_in_itself(struct image *img)
{
	uint8_t header[8] = { [7] = 0x80 };

	put_compressed(img, header);
	super_of(img)->packed_nid = erofs_put64(FILE_);
}

static void metabox_in_a_fragment(struct image *img)
{
	uint8_t header[8] = { [7] = 0x80 };

	put_compressed(img, header);
	super_of(img)->feature_incompat =
		erofs_put32(EROFS_INCOMPAT_LZ4_0PADDING | EROFS_INCOMPAT_METABOX);
	super_of(img)->sb_extslots = 1;
	super_of(img)->metabox_nid = erofs_put64(FILE_);
	super_of(img)->packed_nid = erofs_put64(TWICE);
}

const struct reject_case compressed_cases[] = {
	{ "map-bounds", "pcluster", pcluster_past_the_end },
	{ "map-bounds", "record", record_past_the_device },
	{ "map-compressed", "head", starts_without_head },
	{ "map-compressed", "late", starts_late },
	{ "map-compressed", "offset", starts_outside_lcluster },
	{ "map-compressed", "delta-zero", no_way_back },
	{ "map-compressed", "delta-far", back_too_far },
	{ "map-compressed", "blocks-zero", no_blocks },
	{ "map-compressed", "blocks-missing", block_count_missing },
	{ "map-compressed", "blocks-small", block_count_of_small },
	{ "map-compressed", "big", big_but_not_announced },
	{ "map-compressed", "plain", plain_longer_than_its_block },
	{ "map-compressed", "algorithm", unknown_algorithm },
	{ "map-compressed", "unlisted", algorithm_not_listed },
	{ "map-compressed", "past", index_past_the_end },
	{ "map-compressed", "inline-across", inline_across_blocks },
	{ "map-compressed", "inline-past", inline_past_the_end },
	{ "map-compressed", "compact-advise", big_of_one_kind },
	{ "map-compressed", "compact-bits", large_lclusters },
	{ "map-compressed", "compact-bits-2b", large_lclusters_in_short_packs },
	{ "map-compressed", "records-none", no_records },
	{ "map-compressed", "records-past", records_past_the_end },
	{ "map-compressed", "record-late", first_record_starts_late },
	{ "map-compressed", "record-order", records_out_of_order },
	{ "map-compressed", "record-behind", record_behind_the_file },
	{ "map-compressed", "record-large", large_record },
	{ "map-compressed", "record-algorithm", record_of_unknown_algorithm },
	{ "map-compressed", "record-long", record_decodes_to_too_much },
	{ "map-compressed", "record-plain", plain_record_too_short },
	{ "map-compressed", "record-address", record_at_no_address },
	{ "map-fragment", "none", no_packed_inode },
	{ "map-fragment", "past", past_the_packed_inode },
	{ "map-fragment", "address", fragment_at_no_address },
	{ "map-fragment", "self", packed_inode_in_itself },
	{ "map-fragment", "metabox", metabox_in_a_fragment },
	{ "data-decode", "zeros", nothing_to_decode },
	{ "data-decode", "garbage", garbage_to_decode },
	{ "data-decode", "short", too_little_to_decode },
	{ "data-decode", "compact", compact_garbage },
	{ NULL, NULL, NULL },
};
