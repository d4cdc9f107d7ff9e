/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Content that is not where it is said to be, or not what. /file is the victim. */
#include "reject.h"

#include <string.h>

static void tail_across_blocks(struct image *img)
{
	set_layout(img, FILE_, EROFS_LAYOUT_FLAT_INLINE);
	compact_of(img, FILE_)->i_size = erofs_put32(2 * BLOCK);
}

static void tail_past_the_end(struct image *img)
{
	uint64_t last = SLOT(BLOCKS) - 1;

	*compact_of(img, last) = *compact_of(img, LINK);
	record_of(block_of(img, ROOT_BLOCK), 5)->nid = erofs_put64(last);
}

static void file_past_the_end(struct image *img)
{
	compact_of(img, FILE_)->i_u = erofs_put32(BLOCKS - 1);
}

static void file_at_no_address(struct image *img)
{
	super_of(img)->feature_incompat = erofs_put32(EROFS_INCOMPAT_48BIT);
	compact_of(img, FILE_)->i_format = erofs_put16(EROFS_I_BIT4);
	compact_of(img, FILE_)->i_nb = erofs_put16(0xFFFF);
}

static void directory_past_the_end(struct image *img)
{
	compact_of(img, DIR)->i_u = erofs_put32(BLOCKS);
}

static void hole_without_chunks(struct image *img)
{
	compact_of(img, FILE_)->i_u = erofs_put32(EROFS_NULL_ADDR);
}

/* ---- chunks ---- */

/* /file as two chunks of a block; the records follow the inode. */
static uint8_t *put_chunks(struct image *img, uint32_t format)
{
	set_layout(img, FILE_, EROFS_LAYOUT_CHUNK_BASED);
	compact_of(img, FILE_)->i_u = erofs_put32(format);
	return (uint8_t *)(compact_of(img, FILE_) + 1);
}

static void chunk_past_the_end(struct image *img)
{
	erofs_le32 *records = (erofs_le32 *)put_chunks(img, 0);

	records[0] = erofs_put32(FILE_BLOCK);
	records[1] = erofs_put32(BLOCKS);
}

static void unknown_chunk_format(struct image *img)
{
	put_chunks(img, 0x80);
}

static void chunks_past_the_end(struct image *img)
{
	put_chunks(img, 0);
	compact_of(img, FILE_)->i_size = erofs_put32(UINT32_MAX);
}

/* Two extra devices, so that ids 0 to 3 can be spelt. */
static void put_devices(struct image *img)
{
	struct erofs_deviceslot *slots = (struct erofs_deviceslot *)(img->bytes + TABLES);

	super_of(img)->feature_incompat =
		erofs_put32(EROFS_INCOMPAT_DEVICE_TABLE | EROFS_INCOMPAT_CHUNKED_FILE);
	super_of(img)->extra_devices = erofs_put16(2);
	super_of(img)->devt_slotoff = erofs_put16(TABLES / EROFS_DEVT_SLOT_SIZE);
	slots[0].blocks_lo = slots[1].blocks_lo = erofs_put32(4);
	/* Both are found where they would be if the image were flattened. */
	slots[0].uniaddr_lo = erofs_put32(FILE_BLOCK);
	slots[1].uniaddr_lo = erofs_put32(FREE_BLOCK);
}

static void put_indexes(struct image *img, uint16_t device, uint32_t block)
{
	struct erofs_inode_chunk_index *records;

	put_devices(img);
	records = (struct erofs_inode_chunk_index *)put_chunks(img, EROFS_CHUNK_INDEXES);
	for (unsigned int i = 0; i < 2; i++) {
		records[i].device_id = erofs_put16(device);
		records[i].startblk_lo = erofs_put32(block);
	}
}

static void unknown_device(struct image *img)
{
	put_indexes(img, 3, 0);
}

static void chunk_past_its_device(struct image *img)
{
	put_indexes(img, 2, 4);
}

static void chunk_past_all_devices(struct image *img)
{
	put_indexes(img, 0, BLOCKS);
}

/* ---- compressed ---- */

struct full_index {
	erofs_le16 advise, clusterofs;
	erofs_le32 blkaddr;
};

/* /file as LZ4 with full indexes: header, eight reserved bytes, two records. */
static struct full_index *put_compressed(struct image *img, uint8_t header[8])
{
	uint8_t *at = (uint8_t *)(compact_of(img, FILE_) + 1);
	struct full_index *records = (struct full_index *)(at + 16);

	super_of(img)->feature_incompat = erofs_put32(EROFS_INCOMPAT_LZ4_0PADDING);
	set_layout(img, FILE_, EROFS_LAYOUT_COMPRESSED_FULL);
	compact_of(img, FILE_)->i_u = erofs_put32(1);
	memcpy(at, header, 8);
	records[0].advise = erofs_put16(1); /* HEAD1: the one extent starts here */
	records[0].blkaddr = erofs_put32(FREE_BLOCK);
	records[1].advise = erofs_put16(2); /* NONHEAD */
	records[1].blkaddr = erofs_put32(1 | 1u << 16);
	return records;
}

static void starts_without_head(struct image *img)
{
	uint8_t header[8] = { 0 };

	put_compressed(img, header)[0].advise = erofs_put16(2);
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

	put_compressed(img, header)[0].blkaddr = erofs_put32(BLOCKS);
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

const struct reject_case map_cases[] = {
	{ "map-inline", "across", tail_across_blocks },
	{ "map-inline", "past", tail_past_the_end },
	{ "map-bounds", "file", file_past_the_end },
	{ "map-bounds", "address", file_at_no_address },
	{ "map-bounds", "directory", directory_past_the_end },
	{ "map-bounds", "chunk", chunk_past_the_end },
	{ "map-bounds", "device", chunk_past_its_device },
	{ "map-bounds", "devices", chunk_past_all_devices },
	{ "map-bounds", "pcluster", pcluster_past_the_end },
	{ "map-hole", "", hole_without_chunks },
	{ "map-chunks", "format", unknown_chunk_format },
	{ "map-chunks", "past", chunks_past_the_end },
	{ "map-device", "", unknown_device },
	{ "map-compressed", "head", starts_without_head },
	{ "map-compressed", "algorithm", unknown_algorithm },
	{ "map-compressed", "past", index_past_the_end },
	{ "map-fragment", "none", no_packed_inode },
	{ "map-fragment", "past", past_the_packed_inode },
	{ "data-decode", "zeros", nothing_to_decode },
	{ "data-decode", "garbage", garbage_to_decode },
	{ NULL, NULL, NULL },
};
