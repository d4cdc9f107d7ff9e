/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The bytes of a compressed extent: fetch the pcluster, decode it, remember the result. */
#ifndef EROFS_IMAGE_ZDATA_H
#define EROFS_IMAGE_ZDATA_H

#include <erofs/map.h>

struct erofs_zcache_state;

/* Embedded in a reader (rd->zcache): the position in the index of the current file, buffers, decoders
 * and the pclusters decoded last. Allocated at first use, at most 1 MiB encoded, 12 MiB decoded and one
 * decoder of each algorithm. */
struct erofs_zcache {
	struct erofs_zcache_state *state;
};
void erofs_zcache_init(struct erofs_zcache *cache);
void erofs_zcache_fini(struct erofs_zcache *cache);

/* Copies bytes [@skip, @skip + @size) of @extent, which is ENCODED or FRAGMENT and came from
 * erofs_zmap_at for @inode, into @buffer. They must lie inside the extent (-EINVAL). -EUCLEAN = damaged,
 * -EOPNOTSUPP = a codec this build lacks; both with a message. */
int erofs_zdata_read(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, uint64_t skip, void *buffer, size_t size);

/* The whole of an ENCODED @extent, borrowed until the next call with this reader: what streams a file
 * uses this, as it decodes each pcluster once and copies nothing. Errors as above. */
int erofs_zdata_get(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, const void **ret);

/* The stored bytes of an ENCODED @extent, extent->physical_bytes of them, into @buffer; an interlaced block comes
 * turned, as the others are. Errors as above, but nothing is decoded. */
int erofs_zdata_fetch(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, void *buffer);
/* Decodes what the former has given, at @stored, to the extent->length bytes at @buffer. */
int erofs_zdata_decode(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, const void *stored, void *buffer);

#endif
