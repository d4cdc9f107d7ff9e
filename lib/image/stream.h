/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Metadata lives in one of two streams: the primary device, or the decoded content of the metabox
 * inode (format sections 3.1 and 11). Inodes, xattr bodies, chunk arrays, indexes and inline tails are
 * read from the stream of their inode's nid; block addresses always mean devices. */
#ifndef EROFS_IMAGE_STREAM_H
#define EROFS_IMAGE_STREAM_H

#include <erofs/image.h>
#include <erofs/inode.h>

enum erofs_stream {
	EROFS_STREAM_DEVICE = 0,
	EROFS_STREAM_METABOX,
	EROFS_STREAM_PACKED, /* for xattr prefixes and fragments */
};

static inline enum erofs_stream erofs_stream_of(uint64_t nid)
{
	return erofs_nid_in_metabox(nid) ? EROFS_STREAM_METABOX : EROFS_STREAM_DEVICE;
}

/* Copies @size bytes at @offset of @stream into @buffer, through the reader's metadata cache.
 * -EUCLEAN when they are not all inside. Reports nothing: the caller knows what it looked for. */
int erofs_stream_read(struct erofs_reader *rd, enum erofs_stream stream, uint64_t offset,
	void *buffer, size_t size);

/* Where the stream ends, in bytes. */
int erofs_stream_size(struct erofs_reader *rd, enum erofs_stream stream, uint64_t *ret);

/* Reads @size bytes at @offset of device @device (0 primary with unified look-up, section 4.4; 1.. an
 * extra device). -EUCLEAN when they are not all inside; a final partial block reads as zero-filled. */
int erofs_device_read(struct erofs_reader *rd, uint32_t device, uint64_t offset, void *buffer,
	size_t size);

#endif
