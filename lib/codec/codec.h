/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Compression algorithms behind one interface (format section 9): a codec is one source file and one
 * row of registry.c, and both exist only if its library was found. */
#ifndef EROFS_CODEC_CODEC_H
#define EROFS_CODEC_CODEC_H

#include <erofs/codec.h>
#include "base/span.h"

/* No pcluster decodes to more, and none is larger, in an image that Linux reads (section 8.3). */
#define EROFS_MAX_DECODED_SIZE ((size_t)12 << 20)
#define EROFS_MAX_ENCODED_SIZE ((size_t)1 << 20)

/* What the compression records of an image say (section 8.1); bounds for a decoder's memory. */
struct erofs_codec_config {
	uint32_t lzma_dictionary_bytes;
	uint32_t zstd_window_bits;
};

struct erofs_codec {
	/* A decoder for one thread. Returns 0, or -ENOMEM. NULL when decoding needs no state. */
	int (*open)(const struct erofs_codec_config *config, void **ret_decoder);
	void (*close)(void *decoder);
	/* Fills @out with the first @out_size bytes that @in decodes to. @in is a stream from its first
	 * byte, without padding. @partial says that the stream holds more, else it ends there. Returns
	 * 0, 1 = decoded but there is more although it was not @partial, -EUCLEAN = damaged or too
	 * short, -ENOMEM. The content of @out is undefined after an error. */
	int (*decode)(void *decoder, struct erofs_span in, uint8_t *out, size_t out_size,
		bool partial);
};

/* NULL for an unknown algorithm and for one that this build lacks. */
const struct erofs_codec *erofs_codec_get(unsigned int algorithm);

extern const struct erofs_codec erofs_codec_lz4;
extern const struct erofs_codec erofs_codec_lzma;
extern const struct erofs_codec erofs_codec_deflate;
extern const struct erofs_codec erofs_codec_zstd;

#endif
