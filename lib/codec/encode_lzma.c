/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* MicroLZMA (format section 9.4). The library stops by itself when the output is full; the first byte
 * is the complement of the properties and never zero. */
#include "codec/encoder_ops.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>

/* From here on levels name the extreme presets. */
#define EXTREME 100
/* Up to this level time counts: a third less of it for 0.1 % in size, by an easier match finder, by not looking
 * for better than a match of this length, and by few steps down a tree: what is recent is cheap to refer to, and
 * what is further down seldom longer. */
#define LAST_QUICK_LEVEL 6
#define NICE_LENGTH 32
#define DEPTH 12

struct lzma_encoder {
	lzma_stream stream; /* reused: its tables are allocated once */
	lzma_options_lzma options;
};

static int choose_options(const struct erofs_encoder_options *options, lzma_options_lzma *ret)
{
	bool extreme = options->level >= EXTREME;
	uint32_t preset = (uint32_t)(extreme ? options->level - EXTREME : options->level);

	if (lzma_lzma_preset(ret, preset | (extreme ? LZMA_PRESET_EXTREME : 0)))
		return -EIO;
	ret->dict_size = options->dictionary_bytes;
	ret->lc = (uint32_t)options->lzma_lc;
	ret->lp = (uint32_t)options->lzma_lp;
	ret->pb = (uint32_t)options->lzma_pb;
	if (options->level <= LAST_QUICK_LEVEL && ret->mf == LZMA_MF_BT4) {
		/* The hash of four bytes that BT4 adds pays for larger dictionaries. */
		ret->mf = LZMA_MF_BT3;
		ret->nice_len = ret->nice_len < NICE_LENGTH ? ret->nice_len : NICE_LENGTH;
		ret->depth = DEPTH;
	}
	return 0;
}

static int open_lzma(const struct erofs_encoder_options *options, void **ret)
{
	struct lzma_encoder *encoder = calloc(1, sizeof(*encoder));
	int r;

	if (!encoder)
		return -ENOMEM;
	encoder->stream = (lzma_stream)LZMA_STREAM_INIT;
	r = choose_options(options, &encoder->options);
	if (r < 0) {
		free(encoder);
		return r;
	}
	*ret = encoder;
	return 0;
}

static void close_lzma(void *state)
{
	struct lzma_encoder *encoder = state;

	lzma_end(&encoder->stream);
	free(encoder);
}

static int fill_lzma(void *state, struct erofs_span in, uint8_t *out, size_t capacity,
	struct erofs_fill *ret)
{
	struct lzma_encoder *encoder = state;
	lzma_stream *stream = &encoder->stream;
	lzma_ret r = lzma_microlzma_encoder(stream, &encoder->options);

	if (r != LZMA_OK)
		return r == LZMA_MEM_ERROR ? -ENOMEM : -EIO;
	stream->next_in = in.data;
	stream->avail_in = in.size;
	stream->next_out = out;
	stream->avail_out = capacity;
	r = lzma_code(stream, LZMA_FINISH);
	if (r == LZMA_STREAM_END)
		*ret = (struct erofs_fill){ (size_t)stream->total_in, (size_t)stream->total_out };
	else if (r == LZMA_MEM_ERROR)
		return -ENOMEM;
	/* Else the output is too short for any stream. */
	return 0;
}

const struct erofs_encoder_ops erofs_encoder_lzma = {
	.open = open_lzma,
	.close = close_lzma,
	.fill = fill_lzma,
};
