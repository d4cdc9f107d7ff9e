/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* LZ4: a raw block without a frame (format section 9.3). */
#include "codec/codec.h"

#include <errno.h>
#include <string.h>
#include <lz4.h>

static int decode_prefix(struct erofs_span in, uint8_t *out, size_t out_size)
{
	int n = LZ4_decompress_safe_partial((const char *)in.data, (char *)out, (int)in.size,
		(int)out_size, (int)out_size);

	return n >= 0 && (size_t)n == out_size ? 0 : -EUCLEAN;
}

static int decode_lz4(void *decoder, struct erofs_span in, uint8_t *out, size_t out_size,
	bool partial)
{
	int n;

	(void)decoder;
	if (in.size > EROFS_MAX_ENCODED_SIZE || out_size > EROFS_MAX_DECODED_SIZE)
		return -EUCLEAN;
	/* A match at distance 0 is invalid, but liblz4 takes it for "leave what is there": without this
	 * an image could show what the memory held before. */
	memset(out, 0, out_size);
	if (partial)
		return decode_prefix(in, out, out_size);
	n = LZ4_decompress_safe((const char *)in.data, (char *)out, (int)in.size, (int)out_size);
	if (n >= 0)
		return (size_t)n == out_size ? 0 : -EUCLEAN;
	/* It does not tell "too long" from "damaged". */
	return decode_prefix(in, out, out_size) == 0 ? 1 : -EUCLEAN;
}

const struct erofs_codec erofs_codec_lz4 = {
	.decode = decode_lz4,
};
