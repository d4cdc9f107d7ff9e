/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every codec of the build against one stream of its kind: exact, partial, too long, damaged. */
#include "codec/codec.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/codec/streams.h"

#define GUARD 0x5a

/* A decoder of one algorithm and its stream. */
struct fixture {
	const struct erofs_codec *codec;
	void *decoder;
	struct erofs_span stream;
	uint8_t text[TEXT_SIZE];
	uint8_t out[TEXT_SIZE + 64];
};

static int set_up(void **state)
{
	const struct erofs_codec_config config = {
		.lzma_dictionary_bytes = 32768,
		.zstd_window_bits = 15,
	};
	unsigned int algorithm = *(const unsigned int *)*state;
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->codec = erofs_codec_get(algorithm);
	f->stream = codec_streams[algorithm];
	codec_text(f->text);
	*state = f;
	return f->codec && f->codec->open ? f->codec->open(&config, &f->decoder) : 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->decoder)
		f->codec->close(f->decoder);
	free(f);
	return 0;
}

static struct fixture *get(void **state)
{
	struct fixture *f = *state;

	if (!f->codec) {
		print_message("this build lacks the codec\n");
		skip();
	}
	return f;
}

/* Decodes @in into @size bytes and checks that nothing was written behind them. */
static int run(struct fixture *f, struct erofs_span in, size_t size, bool partial)
{
	int r;

	memset(f->out, GUARD, sizeof(f->out));
	r = f->codec->decode(f->decoder, in, f->out, size, partial);
	for (size_t i = size; i < sizeof(f->out); i++)
		assert_int_equal(f->out[i], GUARD);
	return r;
}

static void decodes_all(void **state)
{
	struct fixture *f = get(state);

	/* Twice: a decoder is reused. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(run(f, f->stream, TEXT_SIZE, false), 0);
		assert_memory_equal(f->out, f->text, TEXT_SIZE);
	}
}

static void decodes_every_prefix(void **state)
{
	struct fixture *f = get(state);

	for (size_t size = 1; size <= TEXT_SIZE; size++) {
		assert_int_equal(run(f, f->stream, size, true), 0);
		assert_memory_equal(f->out, f->text, size);
	}
}

static void tells_a_longer_stream(void **state)
{
	struct fixture *f = get(state);

	for (size_t size = 1; size < TEXT_SIZE; size += 37) {
		assert_int_equal(run(f, f->stream, size, false), 1);
		assert_memory_equal(f->out, f->text, size);
	}
}

static void refuses_a_shorter_stream(void **state)
{
	struct fixture *f = get(state);

	assert_int_equal(run(f, f->stream, TEXT_SIZE + 1, false), -EUCLEAN);
	assert_int_equal(run(f, f->stream, TEXT_SIZE + 1, true), -EUCLEAN);
	/* and is none the worse for it */
	assert_int_equal(run(f, f->stream, TEXT_SIZE, false), 0);
	assert_memory_equal(f->out, f->text, TEXT_SIZE);
}

static void refuses_a_cut_stream(void **state)
{
	struct fixture *f = get(state);

	for (size_t size = 1; size < f->stream.size; size++) {
		/* An exact copy, so that a sanitizer sees a read behind the cut. */
		uint8_t *cut = malloc(size);
		struct erofs_span in = { cut, size };
		int r;

		assert_non_null(cut);
		memcpy(cut, f->stream.data, size);
		r = run(f, in, TEXT_SIZE, false);
		/* The cut may have taken no more than what marks the end. */
		if (r != -EUCLEAN) {
			assert_int_equal(r, 1);
			assert_memory_equal(f->out, f->text, TEXT_SIZE);
			assert_true(size + 4 >= f->stream.size);
		}
		free(cut);
	}
}

static void survives_damage(void **state)
{
	struct fixture *f = get(state);
	uint8_t *bad = malloc(f->stream.size);
	struct erofs_span in = { bad, f->stream.size };
	unsigned int refused = 0;

	assert_non_null(bad);
	for (size_t i = 0; i < f->stream.size * 8; i++) {
		int r, p;

		memcpy(bad, f->stream.data, f->stream.size);
		bad[i / 8] ^= (uint8_t)(1u << i % 8);
		r = run(f, in, TEXT_SIZE, false);
		p = run(f, in, TEXT_SIZE / 2, true);
		assert_true(r == 0 || r == 1 || r == -EUCLEAN);
		assert_true(p == 0 || p == -EUCLEAN);
		refused += r == -EUCLEAN;
	}
	free(bad);
	/* No checksum: some are decoded to other text, but by no means all. */
	assert_true(refused > f->stream.size);
	assert_int_equal(run(f, f->stream, TEXT_SIZE, false), 0);
	assert_memory_equal(f->out, f->text, TEXT_SIZE);
}

/* A match at distance 0, which liblz4 lets pass, shows zeros instead of old memory. */
static void shows_no_old_memory(void **state)
{
	static const uint8_t stream[] = { 0x1f, 'a', 0x00, 0x00, 0xff, 0xff, 0xff, 0x00, 0x50, 'b', 'c',
		'd', 'e', 'f' };
	const struct erofs_codec *codec = erofs_codec_get(EROFS_ALGORITHM_LZ4);
	uint8_t out[500];

	(void)state;
	if (!codec) {
		print_message("this build lacks lz4\n");
		skip();
	}
	memset(out, 0x5a, sizeof(out));
	assert_int_equal(codec->decode(NULL, (struct erofs_span){ stream, sizeof(stream) }, out,
				 sizeof(out), true), 0);
	for (size_t i = 0; i < sizeof(out); i++)
		assert_int_not_equal(out[i], 0x5a);
}

static void knows_the_names(void **state)
{
	(void)state;
	assert_string_equal(erofs_algorithm_name(EROFS_ALGORITHM_LZ4), "lz4");
	assert_string_equal(erofs_algorithm_name(EROFS_ALGORITHM_LZMA), "lzma");
	assert_string_equal(erofs_algorithm_name(EROFS_ALGORITHM_DEFLATE), "deflate");
	assert_string_equal(erofs_algorithm_name(EROFS_ALGORITHM_ZSTD), "zstd");
	assert_null(erofs_algorithm_name(EROFS_ALGORITHM_COUNT));
	assert_false(erofs_algorithm_available(EROFS_ALGORITHM_COUNT));
	assert_null(erofs_codec_get(UINT_MAX));
}

static void refuses_no_memory_bounds(void **state)
{
	const struct erofs_codec *codec = erofs_codec_get(EROFS_ALGORITHM_LZMA);
	const struct erofs_codec_config huge = { .lzma_dictionary_bytes = UINT32_MAX };
	void *decoder;
	uint8_t out[TEXT_SIZE], text[TEXT_SIZE];

	(void)state;
	if (!codec) {
		print_message("this build lacks lzma\n");
		skip();
	}
	codec_text(text);
	assert_int_equal(codec->open(&huge, &decoder), 0);
	assert_int_equal(codec->decode(decoder, codec_streams[EROFS_ALGORITHM_LZMA], out, TEXT_SIZE, false),
		0);
	assert_memory_equal(out, text, TEXT_SIZE);
	codec->close(decoder);
}

static const unsigned int ids[] = { EROFS_ALGORITHM_LZ4, EROFS_ALGORITHM_LZMA,
	EROFS_ALGORITHM_DEFLATE, EROFS_ALGORITHM_ZSTD };

#define ONE(test, index) \
	{ #test "(" #index ")", test, set_up, tear_down, (void *)&ids[index] }
#define EACH(test) ONE(test, 0), ONE(test, 1), ONE(test, 2), ONE(test, 3)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(decodes_all),
		EACH(decodes_every_prefix),
		EACH(tells_a_longer_stream),
		EACH(refuses_a_shorter_stream),
		EACH(refuses_a_cut_stream),
		EACH(survives_damage),
		cmocka_unit_test(shows_no_old_memory),
		cmocka_unit_test(knows_the_names),
		cmocka_unit_test(refuses_no_memory_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
