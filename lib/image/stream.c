/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Metadata streams (format sections 3.1, 11) through a direct-mapped cache of windows. */
#include "image/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <erofs/data.h>
#include "image/reader.h"

/* Reads decoded content of the metabox or packed inode. */
static int read_content(struct erofs_reader *rd, enum erofs_stream stream, uint64_t offset,
	void *buffer, size_t size)
{
	const struct erofs_inode *inode;
	ssize_t n;
	int r;

	if (rd->nested)
		return -EUCLEAN;
	r = erofs_special_inode_get(rd, stream, &inode);
	if (r < 0)
		return r;
	rd->nested = true;
	n = erofs_data_read(rd, inode, offset, buffer, size);
	rd->nested = false;
	if (n < 0)
		return (int)n;
	return (size_t)n == size ? 0 : -EUCLEAN;
}

static int read_uncached(struct erofs_reader *rd, enum erofs_stream stream, uint64_t offset,
	void *buffer, size_t size)
{
	int r;

	if (stream != EROFS_STREAM_DEVICE)
		return read_content(rd, stream, offset, buffer, size);
	r = erofs_store_read(rd->img->store, offset, buffer, size);
	return r == -ERANGE ? -EUCLEAN : r;
}

int erofs_stream_size(struct erofs_reader *rd, enum erofs_stream stream, uint64_t *ret)
{
	const struct erofs_inode *inode;
	int r;

	if (stream == EROFS_STREAM_DEVICE) {
		*ret = erofs_store_size(rd->img->store);
		return 0;
	}
	r = erofs_special_inode_get(rd, stream, &inode);
	if (r < 0)
		return r;
	*ret = inode->size_bytes;
	return 0;
}

/* The window with @number, whole or up to the end of the stream at @end. */
static int get_window(struct erofs_reader *rd, enum erofs_stream stream, uint64_t number,
	uint64_t end, const uint8_t **ret)
{
	struct erofs_window_cache *cache = stream == EROFS_STREAM_DEVICE ? &rd->device_cache :
									   &rd->metabox_cache;
	size_t slot = (size_t)number & (cache->count - 1);
	uint64_t start = number << EROFS_WINDOW_BITS;
	size_t size = end - start < EROFS_WINDOW_SIZE ? (size_t)(end - start) : EROFS_WINDOW_SIZE;
	uint8_t *bytes;
	int r;

	if (!cache->bytes) {
		cache->bytes = malloc(cache->count * EROFS_WINDOW_SIZE);
		if (!cache->bytes)
			return -ENOMEM;
	}
	bytes = cache->bytes + slot * EROFS_WINDOW_SIZE;
	if (cache->numbers[slot] != number) {
		cache->numbers[slot] = UINT64_MAX;
		r = read_uncached(rd, stream, start, bytes, size);
		if (r < 0)
			return r;
		cache->numbers[slot] = number;
	}
	*ret = bytes;
	return 0;
}

int erofs_stream_read(struct erofs_reader *rd, enum erofs_stream stream, uint64_t offset,
	void *buffer, size_t size)
{
	uint8_t *out = buffer;
	uint64_t end;
	int r = erofs_stream_size(rd, stream, &end);

	if (r < 0)
		return r;
	if (offset > end || size > end - offset)
		return -EUCLEAN;
	/* The packed stream holds data, which would only push metadata out. */
	if (stream == EROFS_STREAM_PACKED || size > EROFS_WINDOW_SIZE)
		return read_uncached(rd, stream, offset, buffer, size);
	while (size) {
		size_t skip = offset & (EROFS_WINDOW_SIZE - 1);
		size_t n = size < EROFS_WINDOW_SIZE - skip ? size : EROFS_WINDOW_SIZE - skip;
		const uint8_t *window;

		r = get_window(rd, stream, offset >> EROFS_WINDOW_BITS, end, &window);
		if (r < 0)
			return r;
		memcpy(out, window + skip, n);
		out += n;
		offset += n;
		size -= n;
	}
	return 0;
}
