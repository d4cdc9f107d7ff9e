/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* MicroLZMA: LZMA1 without header and end marker (format section 9.4). */
#include "codec/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <lzma.h>

/* Section 8.1; the dictionary is allocated in full, though only the part that is used is touched. */
#define MIN_DICTIONARY 4096u
#define MAX_DICTIONARY (8u << 20)

struct lzma_decoder {
	lzma_stream stream; /* reused: its dictionary is allocated once */
	uint32_t dictionary_bytes;
};

static int open_lzma(const struct erofs_codec_config *config, void **ret)
{
	struct lzma_decoder *decoder = calloc(1, sizeof(*decoder));
	uint32_t size = config->lzma_dictionary_bytes;

	if (!decoder)
		return -ENOMEM;
	decoder->stream = (lzma_stream)LZMA_STREAM_INIT;
	decoder->dictionary_bytes = size < MIN_DICTIONARY ? MIN_DICTIONARY :
				    size > MAX_DICTIONARY ? MAX_DICTIONARY :
							    size;
	*ret = decoder;
	return 0;
}

static void close_lzma(void *state)
{
	struct lzma_decoder *decoder = state;

	lzma_end(&decoder->stream);
	free(decoder);
}

/* With @exact the stream has to end with the output. */
static int run_decoder(struct lzma_decoder *decoder, struct erofs_span in, uint8_t *out,
	size_t out_size, bool exact)
{
	lzma_stream *stream = &decoder->stream;
	lzma_ret r = lzma_microlzma_decoder(stream, in.size, out_size, exact,
		decoder->dictionary_bytes);

	if (r != LZMA_OK)
		return r == LZMA_MEM_ERROR ? -ENOMEM : -EUCLEAN;
	stream->next_in = in.data;
	stream->avail_in = in.size;
	stream->next_out = out;
	stream->avail_out = out_size;
	do {
		r = lzma_code(stream, LZMA_FINISH);
	} while (r == LZMA_OK && stream->avail_out);
	if (r == LZMA_MEM_ERROR)
		return -ENOMEM;
	return stream->avail_out == 0 && (r == LZMA_STREAM_END || !exact) ? 0 : -EUCLEAN;
}

static int decode_lzma(void *state, struct erofs_span in, uint8_t *out, size_t out_size,
	bool partial)
{
	int r = run_decoder(state, in, out, out_size, !partial);

	if (r != -EUCLEAN || partial)
		return r;
	/* "Too long" is told as "damaged". */
	r = run_decoder(state, in, out, out_size, false);
	return r == 0 ? 1 : r;
}

const struct erofs_codec erofs_codec_lzma = {
	.open = open_lzma,
	.close = close_lzma,
	.decode = decode_lzma,
};
