/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* DEFLATE by libdeflate (format section 9.5): several times as fast as zlib, but it decodes whole
 * streams only. */
#include "codec/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <libdeflate.h>
#include "base/cleanup.h"

static int open_deflate(const struct erofs_codec_config *config, void **ret)
{
	struct libdeflate_decompressor *decoder = libdeflate_alloc_decompressor();

	(void)config;
	if (!decoder)
		return -ENOMEM;
	*ret = decoder;
	return 0;
}

static void close_deflate(void *decoder)
{
	libdeflate_free_decompressor(decoder);
}

/* The first @out_size bytes of a stream of unknown length: all of it is decoded aside, with a doubled
 * guess at each turn. It ends at what a pcluster can hold at most (section 8.3). */
static int decode_prefix(void *decoder, struct erofs_span in, uint8_t *out, size_t out_size)
{
	enum libdeflate_result r = LIBDEFLATE_INSUFFICIENT_SPACE;
	size_t size = out_size, got = 0;

	while (r == LIBDEFLATE_INSUFFICIENT_SPACE && size < EROFS_MAX_DECODED_SIZE) {
		auto_free uint8_t *whole = NULL;

		size = size * 2 < EROFS_MAX_DECODED_SIZE ? size * 2 : EROFS_MAX_DECODED_SIZE;
		whole = malloc(size);
		if (!whole)
			return -ENOMEM;
		r = libdeflate_deflate_decompress(decoder, in.data, in.size, whole, size, &got);
		if (r == LIBDEFLATE_SUCCESS && got >= out_size) {
			memcpy(out, whole, out_size);
			return 0;
		}
	}
	return -EUCLEAN;
}

static int decode_deflate(void *decoder, struct erofs_span in, uint8_t *out, size_t out_size,
	bool partial)
{
	int r;

	switch (libdeflate_deflate_decompress(decoder, in.data, in.size, out, out_size, NULL)) {
	case LIBDEFLATE_SUCCESS:
		return 0;
	case LIBDEFLATE_INSUFFICIENT_SPACE:
		r = decode_prefix(decoder, in, out, out_size);
		return r == 0 && !partial ? 1 : r;
	default:
		return -EUCLEAN;
	}
}

const struct erofs_codec erofs_codec_deflate = {
	.open = open_deflate,
	.close = close_deflate,
	.decode = decode_deflate,
};
