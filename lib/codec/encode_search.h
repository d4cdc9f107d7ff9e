/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Fixed output from a library that only knows fixed input: predict, then interpolate. */
#ifndef EROFS_CODEC_ENCODE_SEARCH_H
#define EROFS_CODEC_ENCODE_SEARCH_H

#include "codec/encoder_ops.h"

/* Compresses all of @in and returns the size, or 0 when it is more than @capacity. */
typedef size_t erofs_compress_fn(void *ctx, struct erofs_span in, uint8_t *out, size_t capacity);

struct erofs_search {
	erofs_compress_fn *compress;
	void *ctx; /* borrowed */
	uint8_t *scratch;
	size_t scratch_size;
	uint64_t rate; /* of the last fill: input per output, in 1/1024 */
	unsigned int parts; /* a pcluster is full when less than one such part of it is empty */
};

/* The caller may then set other @parts. */
int erofs_search_init(struct erofs_search *search, erofs_compress_fn *compress, void *ctx,
	size_t max_capacity);
void erofs_search_fini(struct erofs_search *search);
void erofs_search_reset(struct erofs_search *search);
/* As erofs_encoder_ops.fill. */
int erofs_search_fill(struct erofs_search *search, struct erofs_span in, uint8_t *out,
	size_t capacity, struct erofs_fill *ret);

#endif
