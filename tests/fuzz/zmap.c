/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: the map of a compressed file. The input is a byte of choices, the file's size in four
 * bytes and what follows the inode: map header, index, inline pcluster. The same extent has to be found
 * from each of its bytes. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <erofs/data.h>
#include "format/erofs_fs.h"
#include "image/zmap.h"
#include "tests/fuzz/fuzz.h"

#define NID 64u
#define PACKED_NID 40u
#define IMAGE_SIZE 32768u
#define CHOSEN 5 /* bytes before the map header */

/* A superblock with all that concerns compressed files, and a packed inode of plain bytes. */
static void make_super(uint8_t *image, uint8_t choices)
{
	static const uint8_t configs[] = { 14, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		6, 0, 15, 0, 0, 0, 0, 0,
		6, 0, 0, 6, 0, 0, 0, 0 };
	struct erofs_super_block raw = {
		.magic = erofs_put32(EROFS_SUPER_MAGIC),
		.blkszbits = choices & 2 ? 9 : 12,
		.feature_incompat = erofs_put32(EROFS_INCOMPAT_LZ4_0PADDING |
			EROFS_INCOMPAT_COMPR_CFGS | EROFS_INCOMPAT_FRAGMENTS | EROFS_INCOMPAT_48BIT),
		.available_compr_algs = erofs_put16(15),
		.packed_nid = erofs_put64(choices & 4 ? PACKED_NID : 0),
		.rootnid_8b = erofs_put64(PACKED_NID),
	};
	struct erofs_inode_compact packed = {
		.i_mode = erofs_put16(S_IFREG | 0600),
		.i_nb = erofs_put16(1),
		.i_size = erofs_put32(5000),
		.i_u = erofs_put32(4),
	};

	memcpy(image + EROFS_SUPER_OFFSET, &raw, EROFS_SUPER_BASE_SIZE);
	memcpy(image + EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE, configs, sizeof(configs));
	memcpy(image + PACKED_NID * EROFS_SLOT_SIZE, &packed, sizeof(packed));
}

static void make_file(uint8_t *image, const uint8_t *bytes, size_t size)
{
	bool full = bytes[0] & 1;
	struct erofs_inode_compact raw = {
		.i_format = erofs_put16((uint16_t)((full ? EROFS_LAYOUT_COMPRESSED_FULL :
							   EROFS_LAYOUT_COMPRESSED_COMPACT)
						   << EROFS_I_LAYOUT_SHIFT)),
		.i_mode = erofs_put16(S_IFREG | 0644),
		.i_nb = erofs_put16(1),
	};
	size_t at = NID * EROFS_SLOT_SIZE, room = IMAGE_SIZE - at - sizeof(raw);

	/* Below 16 MiB, so that a hole takes no time to read. */
	memcpy(&raw.i_size, bytes + 1, 3);
	memcpy(image + at, &raw, sizeof(raw));
	size -= CHOSEN;
	memcpy(image + at + sizeof(raw), bytes + CHOSEN, size < room ? size : room);
}

static void expect_same(struct erofs_image *img, const struct erofs_inode *inode, uint64_t logical,
	const struct erofs_extent *want)
{
	struct erofs_extent got;
	struct erofs_reader *rd;

	if (erofs_reader_new(img, &rd) < 0)
		exit(2);
	if (erofs_zmap_at(rd, inode, logical, &got) != 1 || got.kind != want->kind ||
	    got.logical != want->logical || got.length != want->length ||
	    got.physical != want->physical || got.physical_bytes != want->physical_bytes)
		abort();
	erofs_reader_free(rd);
}

/* Starts written into records may be in no order at all, and then it depends on where one looks. */
static bool has_own_starts(const uint8_t *header, bool full)
{
	return full && (header[4] & 1) && (header[4] & 4);
}

static void map_all(struct erofs_image *img, struct erofs_reader *rd, bool ambiguous)
{
	struct erofs_extent extent;
	struct erofs_inode inode;
	uint64_t at = 0;

	if (erofs_inode_read(rd, NID, &inode) < 0)
		return;
	for (unsigned int i = 0; erofs_zmap_at(rd, &inode, at, &extent) > 0; i++) {
		if (extent.logical != at || !extent.length ||
		    extent.length > inode.size_bytes - extent.logical)
			abort();
		at += extent.length;
		if (ambiguous || i > 4)
			continue;
		expect_same(img, &inode, extent.logical + extent.length / 2, &extent);
		expect_same(img, &inode, at - 1, &extent);
	}
}

static void read_some(struct erofs_reader *rd)
{
	struct erofs_inode inode;
	uint8_t bytes[4096];

	if (erofs_inode_read(rd, NID, &inode) < 0)
		return;
	(void)erofs_data_read(rd, &inode, 0, bytes, sizeof(bytes));
	(void)erofs_data_read(rd, &inode, inode.size_bytes / 2, bytes, sizeof(bytes));
	(void)erofs_data_read(rd, &inode, inode.size_bytes - inode.size_bytes / 16, bytes,
		sizeof(bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t *image;
	struct erofs_reader *rd;
	struct erofs_image *img;

	if (size < CHOSEN + 8)
		return 0;
	image = calloc(1, IMAGE_SIZE);
	if (!image)
		exit(2);
	make_super(image, bytes[0]);
	make_file(image, bytes, size);
	if (erofs_image_open_memory(image, IMAGE_SIZE, NULL, NULL, &img) < 0)
		abort();
	if (erofs_reader_new(img, &rd) < 0)
		exit(2);
	map_all(img, rd, has_own_starts(bytes + CHOSEN, bytes[0] & 1));
	read_some(rd);
	erofs_reader_free(rd);
	erofs_image_close(img);
	free(image);
	return 0;
}
