/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* DEFLATE by zlib (format section 9.5), for builds without libdeflate. */
#include "codec/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

static void close_deflate(void *decoder)
{
	inflateEnd(decoder);
	free(decoder);
}

static int open_deflate(const struct erofs_codec_config *config, void **ret)
{
	z_stream *stream = calloc(1, sizeof(*stream));

	(void)config;
	if (!stream)
		return -ENOMEM;
	/* Negative: a raw stream. */
	if (inflateInit2(stream, -MAX_WBITS) != Z_OK) {
		free(stream);
		return -ENOMEM;
	}
	*ret = stream;
	return 0;
}

static int decode_deflate(void *decoder, struct erofs_span in, uint8_t *out, size_t out_size,
	bool partial)
{
	z_stream *stream = decoder;
	int r;

	if (in.size > EROFS_MAX_ENCODED_SIZE || out_size > EROFS_MAX_DECODED_SIZE ||
	    inflateReset(stream) != Z_OK)
		return -EUCLEAN;
	stream->next_in = (z_const Bytef *)in.data;
	stream->avail_in = (uInt)in.size;
	stream->next_out = out;
	stream->avail_out = (uInt)out_size;
	r = inflate(stream, Z_FINISH);
	if (r == Z_MEM_ERROR)
		return -ENOMEM;
	if (stream->avail_out || (r != Z_STREAM_END && r != Z_BUF_ERROR))
		return -EUCLEAN;
	return r == Z_BUF_ERROR && !partial;
}

const struct erofs_codec erofs_codec_deflate = {
	.open = open_deflate,
	.close = close_deflate,
	.decode = decode_deflate,
};
