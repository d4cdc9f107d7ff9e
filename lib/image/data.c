/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The content of files, directories and symbolic links: map, then fetch. */
#include <erofs/data.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "image/inode_decode.h"
#include "image/reader.h"

/* The longest symbolic link target and its NUL. */
#define SYMLINK_MAX 4096

/* Lengthens a plain extent by what follows it in the file and on the device alike, up to file offset
 * @end: small chunks that lie together are fetched together. */
static int merge_following(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t end,
	struct erofs_extent *extent)
{
	struct erofs_extent next;

	if (inode->layout != EROFS_LAYOUT_CHUNK_BASED || extent->kind != EROFS_EXTENT_PLAIN)
		return 0;
	while (extent->logical + extent->length < end) {
		int r = erofs_map_at(rd, inode, extent->logical + extent->length, &next);

		if (r < 0)
			return r;
		if (next.kind != EROFS_EXTENT_PLAIN || next.device != extent->device ||
		    next.physical != extent->physical + extent->length)
			return 0;
		extent->length += next.length;
	}
	return 0;
}

/* Maps @offset < size, merged with what follows up to @end. */
static int map_merged(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t offset,
	uint64_t end, struct erofs_extent *ret)
{
	int r = erofs_map_at(rd, inode, offset, ret);

	if (r == 0) /* a mapping shorter than the file */
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN, "nothing is mapped at %" PRIu64, offset);
	return r < 0 ? r : merge_following(rd, inode, end, ret);
}

static int fetch_plain(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, uint64_t skip, void *buffer, size_t size)
{
	uint64_t at = extent->physical + skip;
	uint32_t device = extent->device;
	int r = erofs_device_read(rd, device, at, buffer, size);

	if (r == 0)
		return 0;
	if (device && !rd->img->devices[device - 1].opened)
		return erofs_nid_fail(rd, inode->nid, r, "no file was given for device %" PRIu32
			" and the image does not contain it", device);
	return erofs_nid_fail(rd, inode->nid, r, "%zu bytes for offset %" PRIu64
		" cannot be read at %" PRIu64 " of device %" PRIu32, size, extent->logical + skip,
		at, device);
}

static int fetch_inline(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, uint64_t skip, void *buffer, size_t size)
{
	uint64_t at = extent->physical + skip;
	int r = erofs_stream_read(rd, erofs_stream_of(inode->nid), at, buffer, size);

	if (r < 0)
		return erofs_nid_fail(rd, inode->nid, r,
			"%zu bytes of inline data cannot be read at %" PRIu64, size, at);
	return 0;
}

/* Bytes [@skip, @skip + @size) of @extent. */
static int fetch(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, uint64_t skip, void *buffer, size_t size)
{
	switch (extent->kind) {
	case EROFS_EXTENT_HOLE:
		memset(buffer, 0, size);
		return 0;
	case EROFS_EXTENT_PLAIN:
		return fetch_plain(rd, inode, extent, skip, buffer, size);
	case EROFS_EXTENT_INLINE:
		return fetch_inline(rd, inode, extent, skip, buffer, size);
	case EROFS_EXTENT_ENCODED:
	case EROFS_EXTENT_FRAGMENT:
	default:
		return erofs_zdata_read(rd, inode, extent, skip, buffer, size);
	}
}

ssize_t erofs_data_read(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t offset,
	void *buffer, size_t size)
{
	uint8_t *out = buffer;
	size_t done = 0;

	if (offset >= inode->size_bytes || !erofs_inode_has_data(inode))
		return 0;
	if (size > inode->size_bytes - offset)
		size = (size_t)(inode->size_bytes - offset);
	if (size > SSIZE_MAX)
		size = SSIZE_MAX;
	while (done < size) {
		struct erofs_extent extent;
		uint64_t at = offset + done;
		uint64_t skip, n;
		int r = map_merged(rd, inode, at, offset + size, &extent);

		if (r < 0)
			return r;
		skip = at - extent.logical;
		n = extent.length - skip;
		if (n > size - done)
			n = size - done;
		r = fetch(rd, inode, &extent, skip, out + done, (size_t)n);
		if (r < 0)
			return r;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* One stream over one file. */
struct stream {
	struct erofs_reader *rd;
	const struct erofs_inode *inode;
	erofs_data_piece piece;
	void *user;
	uint8_t *buffer;
};

/* Hands @extent on through the buffer. */
static int stream_buffered(struct stream *s, const struct erofs_extent *extent)
{
	for (uint64_t skip = 0; skip < extent->length;) {
		uint64_t left = extent->length - skip;
		size_t n = left < EROFS_READER_BUFFER_SIZE ? (size_t)left : EROFS_READER_BUFFER_SIZE;
		int r = fetch(s->rd, s->inode, extent, skip, s->buffer, n);

		if (r == 0)
			r = s->piece(s->user, s->buffer, n);
		if (r)
			return r;
		skip += n;
	}
	return 0;
}

static int stream_extent(struct stream *s, const struct erofs_extent *extent)
{
	const void *bytes;
	int r;

	if (extent->kind == EROFS_EXTENT_HOLE)
		return s->piece(s->user, NULL, extent->length);
	if (extent->kind != EROFS_EXTENT_ENCODED)
		return stream_buffered(s, extent);
	r = erofs_zdata_get(s->rd, s->inode, extent, &bytes);
	return r < 0 ? r : s->piece(s->user, bytes, extent->length);
}

static int stream_all(struct stream *s)
{
	uint64_t at = 0;

	while (at < s->inode->size_bytes) {
		struct erofs_extent extent;
		int r = map_merged(s->rd, s->inode, at, at + EROFS_READER_BUFFER_SIZE, &extent);

		if (r < 0)
			return r;
		r = stream_extent(s, &extent);
		if (r)
			return r;
		at = extent.logical + extent.length;
	}
	return 0;
}

int erofs_data_stream(struct erofs_reader *rd, const struct erofs_inode *inode,
	erofs_data_piece piece, void *user)
{
	struct stream s = { .rd = rd, .inode = inode, .piece = piece, .user = user };
	int r;

	if (!erofs_inode_has_data(inode))
		return 0;
	/* The reader's buffer is kept from file to file; a stream inside a piece of another one
	 * gets a buffer of its own. */
	s.buffer = take(&rd->buffer);
	if (!s.buffer)
		s.buffer = malloc(EROFS_READER_BUFFER_SIZE);
	if (!s.buffer)
		return -ENOMEM;
	r = stream_all(&s);
	if (rd->buffer)
		free(s.buffer);
	else
		rd->buffer = s.buffer;
	return r;
}

int erofs_symlink_read(struct erofs_reader *rd, const struct erofs_inode *inode, char **ret)
{
	auto_free char *target = NULL;
	uint64_t size = inode->size_bytes;
	ssize_t n;

	if (!S_ISLNK(inode->mode))
		return -EINVAL;
	if (!size || size >= SYMLINK_MAX)
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN,
			"symbolic link of %" PRIu64 " bytes", size);
	target = malloc((size_t)size + 1);
	if (!target)
		return -ENOMEM;
	n = erofs_data_read(rd, inode, 0, target, (size_t)size);
	if (n < 0)
		return (int)n;
	if (memchr(target, '\0', (size_t)size))
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN, "NUL in a symbolic link");
	target[size] = '\0';
	*ret = take(&target);
	return 0;
}
