/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* map.h -- where the bytes of a file lie (format sections 4 and 8). Mapping never fetches data. */
#ifndef EROFS_MAP_H
#define EROFS_MAP_H

#include <erofs/inode.h>

#ifdef __cplusplus
extern "C" {
#endif

enum erofs_extent_kind {
	EROFS_EXTENT_HOLE,	/* reads as zeros */
	EROFS_EXTENT_PLAIN,	/* bytes of a device, as they are */
	EROFS_EXTENT_INLINE,	/* bytes behind the inode, in the inode's own stream, as they are */
	EROFS_EXTENT_ENCODED,	/* a pcluster: decode with @algorithm or, if @raw, copy */
	EROFS_EXTENT_FRAGMENT,	/* bytes of the packed inode */
};

struct erofs_extent {
	enum erofs_extent_kind kind;
	uint64_t logical;	/* offset in the file, bytes */
	uint64_t length;	/* bytes of the file it covers, > 0 */
	uint32_t device;	/* 0 primary, 1.. extra devices */
	uint64_t physical;	/* byte offset on the device, in the stream, or in the packed inode */
	uint64_t physical_bytes; /* bytes stored there; the last plain one is not rounded up */
	/* ENCODED only: */
	enum erofs_algorithm algorithm;
	bool raw;		/* an uncompressed pcluster (section 9.1) */
	bool interlaced;
	bool partial;		/* the pcluster decodes to more than this extent needs */
	bool inline_pcluster;	/* @physical is in the inode's own stream (section 8.6) */
};

/* The extent of @inode that contains @logical. Chunks are returned one by one, never merged; a flat
 * file is at most two extents. 1 = got one, 0 = @logical is at or past the end, -EUCLEAN = damaged,
 * -EOPNOTSUPP = a layout this build cannot map. */
int erofs_map_at(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t logical,
	struct erofs_extent *ret);

#ifdef __cplusplus
}
#endif

#endif
