/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Inodes: bytes to values (format section 3). */
#ifndef EROFS_IMAGE_INODE_DECODE_H
#define EROFS_IMAGE_INODE_DECODE_H

#include <erofs/inode.h>
#include "format/erofs_fs.h"

/* On-disk size of an inode with this i_format: 32 or 64. */
static inline uint32_t erofs_inode_size(uint16_t format)
{
	return format & EROFS_I_EXTENDED ? sizeof(struct erofs_inode_extended) :
					   sizeof(struct erofs_inode_compact);
}

/* Size of the xattr body with this i_xattr_icount (section 6.1). */
static inline uint32_t erofs_xattr_body_size(uint16_t icount)
{
	return icount ? EROFS_XATTR_IBODY_HEADER_SIZE + 4 * (icount - 1u) : 0;
}

/* Decodes @bytes (32 or 64, as its i_format says) into every field but nid and metadata_offset.
 * Validates nothing: see erofs_inode_verify. */
void erofs_inode_decode(const struct erofs_super *sb, const void *bytes, struct erofs_inode *ret);

/* What makes an inode unusable (section 3.10): NULL, or the reason for -EUCLEAN. @format is its raw
 * i_format. */
const char *erofs_inode_verify(uint16_t format, const struct erofs_inode *inode);

/* Whether @inode has data at all: regular files, directories, symbolic links. */
bool erofs_inode_has_data(const struct erofs_inode *inode);

/* Full blocks that a flat inode keeps outside its inode (sections 4.1, 4.2). */
uint64_t erofs_inode_flat_blocks(const struct erofs_super *sb, const struct erofs_inode *inode);

#endif
