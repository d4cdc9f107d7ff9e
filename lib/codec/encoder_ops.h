/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What encoder.c asks of the encoder of one kind: one source file and one row there. */
#ifndef EROFS_CODEC_ENCODER_OPS_H
#define EROFS_CODEC_ENCODER_OPS_H

#include "base/span.h"
#include "codec/encoder.h"

/* What a pcluster took and how long its stream is; nothing fits when both are 0. */
struct erofs_fill {
	size_t consumed;
	size_t produced;
};

/* Inputs are 1 byte up to EROFS_MAX_DECODED_SIZE, capacities 1 byte up to the options' largest
 * pcluster. Both return 0, -ENOMEM or -EIO. */
struct erofs_encoder_ops {
	/* @options are complete. */
	int (*open)(const struct erofs_encoder_options *options, void **ret_state);
	void (*close)(void *state);
	/* NULL when nothing is learnt from one call to the next. */
	int (*reset)(void *state);
	int (*fill)(void *state, struct erofs_span in, uint8_t *out, size_t capacity,
		struct erofs_fill *ret);
	/* The same, but need not fill @out. NULL: does. */
	int (*piece)(void *state, struct erofs_span in, uint8_t *out, size_t capacity,
		struct erofs_fill *ret);
};

extern const struct erofs_encoder_ops erofs_encoder_lz4;
extern const struct erofs_encoder_ops erofs_encoder_lz4hc;
extern const struct erofs_encoder_ops erofs_encoder_lzma;
extern const struct erofs_encoder_ops erofs_encoder_deflate;
extern const struct erofs_encoder_ops erofs_encoder_libdeflate;
extern const struct erofs_encoder_ops erofs_encoder_zstd;

#endif
