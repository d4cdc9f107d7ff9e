/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Content that is not where it is said to be. /file is the victim. */
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

const struct reject_case map_cases[] = {
	{ "map-inline", "across", tail_across_blocks },
	{ "map-inline", "past", tail_past_the_end },
	{ "map-bounds", "file", file_past_the_end },
	{ "map-bounds", "address", file_at_no_address },
	{ "map-bounds", "directory", directory_past_the_end },
	{ "map-bounds", "chunk", chunk_past_the_end },
	{ "map-bounds", "device", chunk_past_its_device },
	{ "map-bounds", "devices", chunk_past_all_devices },
	{ "map-hole", "", hole_without_chunks },
	{ "map-chunks", "format", unknown_chunk_format },
	{ "map-chunks", "past", chunks_past_the_end },
	{ "map-device", "", unknown_device },
	{ NULL, NULL, NULL },
};
