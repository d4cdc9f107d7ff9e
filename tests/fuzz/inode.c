/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: an inode, its xattrs and its chunk records: two blocks of metadata, of which the input
 * is everything from inode 64 (byte 2048) on. */
#include <stdlib.h>
#include <string.h>
#include <erofs/data.h>
#include <erofs/xattr.h>
#include "format/erofs_fs.h"
#include "tests/fuzz/fuzz.h"

#define NID 64u
#define IMAGE_SIZE 8192u

static void read_everything(struct erofs_reader *rd)
{
	struct erofs_xattrs *it;
	struct erofs_xattr xa;
	struct erofs_inode inode;
	struct erofs_extent extent;
	static uint8_t bytes[4096];
	char *target;

	if (erofs_inode_read(rd, NID, &inode) < 0)
		return;
	if (erofs_xattrs_open(rd, &inode, &it) == 0) {
		while (erofs_xattrs_next(it, &xa) > 0)
			if (strlen(xa.name) > xa.name_bytes)
				abort();
		erofs_xattrs_close(it);
	}
	for (uint64_t at = 0; at < inode.size_bytes; at += inode.size_bytes / 16 + 1)
		if (erofs_map_at(rd, &inode, at, &extent) > 0 && !extent.length)
			abort();
	erofs_data_read(rd, &inode, 0, bytes, sizeof(bytes));
	if (erofs_symlink_read(rd, &inode, &target) == 0)
		free(target);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t image[IMAGE_SIZE];
	struct erofs_super_block *raw = (struct erofs_super_block *)(image + EROFS_SUPER_OFFSET);
	struct erofs_reader *rd = NULL;
	struct erofs_image *img;
	size_t room = IMAGE_SIZE - NID * EROFS_SLOT_SIZE;

	memset(image, 0, sizeof(image));
	*raw = (struct erofs_super_block){ .magic = erofs_put32(EROFS_SUPER_MAGIC),
		.blkszbits = 12, .xattr_blkaddr = erofs_put32(1) };
	memcpy(image + NID * EROFS_SLOT_SIZE, bytes, size < room ? size : room);
	if (erofs_image_open_memory(image, sizeof(image), NULL, NULL, &img) < 0)
		abort();
	if (erofs_reader_new(img, &rd) == 0)
		read_everything(rd);
	erofs_reader_free(rd);
	erofs_image_close(img);
	return 0;
}
