/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Compression contexts and their parameters, for encode_zstd.c. */
#ifndef EROFS_CODEC_ENCODE_ZSTD_H
#define EROFS_CODEC_ENCODE_ZSTD_H

#include <stdbool.h>
#include <zstd.h>
#include "codec/encoder.h"

/* For a frame in one call. NULL = out of memory. */
ZSTD_CCtx *erofs_zstd_new_once(const struct erofs_encoder_options *options);
/* For a frame of many small blocks whose total is not known beforehand. NULL = out of memory. */
ZSTD_CCtx *erofs_zstd_new_blocks(const struct erofs_encoder_options *options);
/* The same, where a level may be quicker because the blocks make up for it. NULL = out of memory. */
ZSTD_CCtx *erofs_zstd_new_pieces(const struct erofs_encoder_options *options);
/* Whether what a context produces may depend on frames that it produced before. */
bool erofs_zstd_remembers(const struct erofs_encoder_options *options);

#endif
