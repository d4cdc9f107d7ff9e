/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* ZSTD: one ordinary frame (format section 9.6). */
#include "codec/codec.h"

#include <errno.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Section 8.1: the record stores 0..10 above this. */
#define MIN_WINDOW_BITS 10
#define MAX_WINDOW_BITS 20

static int open_zstd(const struct erofs_codec_config *config, void **ret)
{
	uint32_t bits = config->zstd_window_bits;
	ZSTD_DCtx *decoder = ZSTD_createDCtx();

	if (!decoder)
		return -ENOMEM;
	if (bits < MIN_WINDOW_BITS || bits > MAX_WINDOW_BITS)
		bits = MAX_WINDOW_BITS;
	/* Only decoding by pieces allocates a window; the image must not choose how large. */
	if (ZSTD_isError(ZSTD_DCtx_setParameter(decoder, ZSTD_d_windowLogMax, (int)bits))) {
		ZSTD_freeDCtx(decoder);
		return -ENOMEM;
	}
	*ret = decoder;
	return 0;
}

static void close_zstd(void *decoder)
{
	ZSTD_freeDCtx(decoder);
}

static int error_of(size_t result)
{
	return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? -ENOMEM : -EUCLEAN;
}

static int decode_prefix(ZSTD_DCtx *decoder, struct erofs_span in, uint8_t *out, size_t out_size)
{
	ZSTD_inBuffer from = { in.data, in.size, 0 };
	ZSTD_outBuffer to = { out, out_size, 0 };

	ZSTD_DCtx_reset(decoder, ZSTD_reset_session_only);
	while (to.pos < to.size) {
		size_t was = from.pos + to.pos;
		size_t r = ZSTD_decompressStream(decoder, &to, &from);

		if (ZSTD_isError(r))
			return error_of(r);
		if (r == 0 || from.pos + to.pos == was)
			break;
	}
	return to.pos == to.size ? 0 : -EUCLEAN;
}

static int decode_zstd(void *decoder, struct erofs_span in, uint8_t *out, size_t out_size,
	bool partial)
{
	size_t n;
	int r;

	if (partial)
		return decode_prefix(decoder, in, out, out_size);
	n = ZSTD_decompressDCtx(decoder, out, out_size, in.data, in.size);
	if (!ZSTD_isError(n))
		return n == out_size ? 0 : -EUCLEAN;
	if (ZSTD_getErrorCode(n) != ZSTD_error_dstSize_tooSmall)
		return error_of(n);
	r = decode_prefix(decoder, in, out, out_size);
	return r == 0 ? 1 : r;
}

const struct erofs_codec erofs_codec_zstd = {
	.open = open_zstd,
	.close = close_zstd,
	.decode = decode_zstd,
};
