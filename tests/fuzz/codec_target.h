/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target of one codec: the first two bytes of the input say how much to decode and how strictly, the
 * rest is the stream. */
#ifndef TESTS_FUZZ_CODEC_TARGET_H
#define TESTS_FUZZ_CODEC_TARGET_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "codec/codec.h"
#include "tests/fuzz/fuzz.h"

/* The result depends on the stream alone, not on what the memory or the decoder held before. */
static void decode_twice(const struct erofs_codec *codec, void *decoder, struct erofs_span in,
	unsigned int want)
{
	size_t size = 1 + (want >> 1) * 4;
	uint8_t *out = malloc(size), *again = malloc(size);
	bool partial = want & 1;
	int r;

	if (!out || !again)
		exit(2);
	memset(out, 0x5a, size);
	memset(again, 0xa5, size);
	r = codec->decode(decoder, in, out, size, partial);
	if (r != 0 && r != -EUCLEAN && r != -ENOMEM && (r != 1 || partial))
		abort();
	if (codec->decode(decoder, in, again, size, partial) != r)
		abort();
	if (r >= 0 && memcmp(out, again, size) != 0)
		abort();
	free(out);
	free(again);
}

static int fuzz_codec(unsigned int algorithm, const uint8_t *bytes, size_t size)
{
	const struct erofs_codec_config config = { .lzma_dictionary_bytes = 65536,
		.zstd_window_bits = 16 };
	const struct erofs_codec *codec = erofs_codec_get(algorithm);
	void *decoder = NULL;

	if (!codec || size < 3)
		return 0;
	if (codec->open && codec->open(&config, &decoder) < 0)
		exit(2);
	decode_twice(codec, decoder, (struct erofs_span){ bytes + 2, size - 2 },
		(unsigned int)(bytes[0] | bytes[1] << 8));
	if (codec->close)
		codec->close(decoder);
	return 0;
}

#endif
