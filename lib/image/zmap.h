/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Where the bytes of a compressed file lie (format sections 8 and 10): logical offset to pcluster or
 * fragment. Never decodes anything. */
#ifndef EROFS_IMAGE_ZMAP_H
#define EROFS_IMAGE_ZMAP_H

#include <erofs/map.h>

/* The extent of @inode (layout COMPRESSED_FULL or COMPRESSED_COMPACT) that contains @logical: kind
 * ENCODED, FRAGMENT or, in encoded extents, HOLE. 1 = got one, 0 = @logical is at or past the end,
 * -EUCLEAN = damaged, with a message. Extents asked for in ascending order cost time linear in the
 * size of the index. */
int erofs_zmap_at(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t logical,
	struct erofs_extent *ret);

/* What the map header of @inode says, which is of such a layout and not empty. Errors as above. */
struct erofs_zheader;
int erofs_zmap_header(struct erofs_reader *rd, const struct erofs_inode *inode, struct erofs_zheader *ret);

#endif
