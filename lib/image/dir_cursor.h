/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Leaving a directory and coming back: a walk down a deep tree keeps few of them open. */
#ifndef EROFS_IMAGE_DIR_CURSOR_H
#define EROFS_IMAGE_DIR_CURSOR_H

#include <erofs/dir.h>

struct erofs_dir_cursor {
	uint64_t block_start;	/* offset of the block in the directory */
	uint32_t index;		/* of the next entry in it */
	uint32_t damaged;	/* blocks given up so far */
};

void erofs_dir_tell(const struct erofs_dir *dir, struct erofs_dir_cursor *ret);
/* As erofs_dir_open; goes on at @cursor. */
int erofs_dir_reopen(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_dir_cursor *cursor, struct erofs_dir **ret);

/* More bytes of directories than a sound image of this size can have. Compressed directories may be
 * larger than the image; those that overlap or decompress without end are refused. */
uint64_t erofs_dir_limit_bytes(const struct erofs_image *img);

#endif
