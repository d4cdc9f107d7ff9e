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

#define TEXT_SIZE 1000
#define GUARD 0x5a

/* What the streams below decode to. */
static void make_text(uint8_t text[TEXT_SIZE])
{
	static const char phrase[] = "shared pages need equal bytes, ";

	for (size_t i = 0; i < TEXT_SIZE; i++)
		text[i] = i % 97 ? (uint8_t)phrase[i % (sizeof(phrase) - 1)] : (uint8_t)('0' + i % 10);
}

static const uint8_t lz4_stream[] = {
	0xff, 0x11, 0x30, 0x68, 0x61, 0x72, 0x65, 0x64, 0x20, 0x70, 0x61, 0x67, 0x65, 0x73, 0x20, 0x6e,
	0x65, 0x65, 0x64, 0x20, 0x65, 0x71, 0x75, 0x61, 0x6c, 0x20, 0x62, 0x79, 0x74, 0x65, 0x73, 0x2c,
	0x20, 0x73, 0x1f, 0x00, 0x2e, 0x1f, 0x37, 0x5d, 0x00, 0x49, 0x00, 0x1f, 0x00, 0x1f, 0x34, 0x5d,
	0x00, 0x49, 0x00, 0x1f, 0x00, 0x1f, 0x31, 0x5d, 0x00, 0x49, 0x00, 0x1f, 0x00, 0x1f, 0x38, 0x5d,
	0x00, 0x49, 0x00, 0x1f, 0x00, 0x1f, 0x35, 0x5d, 0x00, 0x49, 0x00, 0x1f, 0x00, 0x1f, 0x32, 0x5d,
	0x00, 0x49, 0x00, 0x1f, 0x00, 0x1f, 0x39, 0x5d, 0x00, 0x49, 0x00, 0x1f, 0x00, 0x1f, 0x36, 0x07,
	0x03, 0x4c, 0x2f, 0x65, 0x33, 0x07, 0x03, 0x4c, 0x2f, 0x61, 0x30, 0x1f, 0x00, 0x05, 0x50, 0x72,
	0x65, 0x64, 0x20, 0x70,
};
static const uint8_t lzma_stream[] = {
	0xa2, 0x18, 0x1a, 0x08, 0x27, 0x55, 0x91, 0x98, 0x67, 0x63, 0x47, 0x03, 0xb3, 0xc0, 0xa3, 0x0d,
	0xc6, 0xca, 0xd1, 0xa7, 0x56, 0xae, 0x6b, 0x58, 0x17, 0x80, 0x98, 0xe2, 0xe6, 0x00, 0x9b, 0x0f,
	0x70, 0x95, 0x3f, 0x12, 0x43, 0xf9, 0xfe, 0xa0, 0xe6, 0xb8, 0x45, 0xe4, 0x5e, 0x08, 0xe1, 0x4c,
	0x8e, 0x4a, 0x8a, 0xa4, 0x09, 0xd3, 0x76, 0xb1, 0xc5, 0xf7, 0xe6, 0xaa, 0x24, 0x1c, 0x87, 0x25,
	0x88, 0x25, 0x8d, 0x46, 0x9a, 0x4c, 0xc5, 0xf8, 0xe2, 0x20, 0x00,
};
static const uint8_t deflate_stream[] = {
	0xa5, 0xcb, 0x4b, 0x0e, 0x40, 0x50, 0x10, 0x44, 0xd1, 0xad, 0xf4, 0x02, 0x0c, 0x9e, 0x3f, 0xcb,
	0x69, 0x51, 0x61, 0x20, 0x82, 0x66, 0x60, 0xf7, 0xac, 0xe0, 0xd5, 0xa0, 0x66, 0x37, 0x39, 0xb9,
	0x69, 0xf5, 0x0b, 0xb3, 0x1d, 0xbe, 0x20, 0x6c, 0xc7, 0x9f, 0x38, 0x1f, 0xdf, 0x6c, 0x7a, 0x6f,
	0x44, 0x61, 0x21, 0x73, 0x4f, 0x6e, 0x99, 0x1b, 0x72, 0xcb, 0x5c, 0x92, 0x5b, 0xe6, 0x81, 0xdc,
	0x32, 0xb7, 0xe4, 0x96, 0xb9, 0x22, 0xb7, 0xcc, 0x23, 0xb9, 0x65, 0xee, 0xc8, 0x2d, 0x73, 0x4d,
	0x6e, 0x99, 0x53, 0x96, 0x3f,
};
static const uint8_t zstd_stream[] = {
	0x28, 0xb5, 0x2f, 0xfd, 0x60, 0xe8, 0x02, 0x85, 0x02, 0x00, 0x42, 0x03, 0x0c, 0x11, 0xb0, 0x3d,
	0x6c, 0x17, 0x95, 0x07, 0x12, 0x32, 0x77, 0x12, 0xed, 0x16, 0x36, 0xc6, 0x91, 0x31, 0x8b, 0xa1,
	0x89, 0xb7, 0xf3, 0x6a, 0x0d, 0x6a, 0x3a, 0xad, 0xe0, 0xe2, 0xe8, 0x17, 0xbc, 0xcf, 0xba, 0xd6,
	0x31, 0x8d, 0xbe, 0xed, 0xfe, 0xf6, 0x9d, 0x31, 0xdc, 0x76, 0xc9, 0x2d, 0x04, 0x14, 0xa8, 0x10,
	0xe8, 0xeb, 0xff, 0x19, 0xf0, 0x35, 0x03, 0x10, 0xfe, 0xff, 0x1b, 0x2f, 0xfe, 0x3e, 0xbc, 0x14,
	0xd3, 0xf6, 0x2c, 0x63, 0xf3, 0x70, 0xb0, 0x40, 0x32, 0x05,
};

/* A decoder of one algorithm and its stream. */
struct fixture {
	const struct erofs_codec *codec;
	void *decoder;
	struct erofs_span stream;
	uint8_t text[TEXT_SIZE];
	uint8_t out[TEXT_SIZE + 64];
};

static const struct erofs_span streams[EROFS_ALGORITHM_COUNT] = {
	[EROFS_ALGORITHM_LZ4] = { lz4_stream, sizeof(lz4_stream) },
	[EROFS_ALGORITHM_LZMA] = { lzma_stream, sizeof(lzma_stream) },
	[EROFS_ALGORITHM_DEFLATE] = { deflate_stream, sizeof(deflate_stream) },
	[EROFS_ALGORITHM_ZSTD] = { zstd_stream, sizeof(zstd_stream) },
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
	f->stream = streams[algorithm];
	make_text(f->text);
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
	make_text(text);
	assert_int_equal(codec->open(&huge, &decoder), 0);
	assert_int_equal(codec->decode(decoder, streams[EROFS_ALGORITHM_LZMA], out, TEXT_SIZE, false),
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
		cmocka_unit_test(knows_the_names),
		cmocka_unit_test(refuses_no_memory_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
