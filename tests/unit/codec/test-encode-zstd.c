/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds for Zstandard in small pclusters alone: they are full to the last bytes. */
#include "codec/encoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "codec/codec.h"

#define INPUT_BYTES ((size_t)300 << 10)
#define PCLUSTER ((size_t)4096)
#define MAX_LEFT 3u /* the header of a block */

struct fixture {
	struct erofs_encoder *encoder;
	const struct erofs_codec *codec;
	void *decoder;
	uint8_t input[INPUT_BYTES], out[PCLUSTER], back[INPUT_BYTES];
};

/* Numbers that repeat what came before, now and then: @variety of 256 bytes are new. */
static void make_input(uint8_t *data, uint32_t variety)
{
	uint32_t x = variety + 1;
	size_t i = 0;

	while (i < INPUT_BYTES) {
		size_t length, back;

		x = x * 1664525u + 1013904223u;
		length = 3 + (x >> 27);
		back = 1 + (x >> 8) % 5000;
		for (; length && i < INPUT_BYTES; length--, i++) {
			x = x * 1664525u + 1013904223u;
			data[i] = i < back || (x >> 24) < variety ? (uint8_t)(x >> 16) % 64 : data[i - back];
		}
	}
}

static void open_both(struct fixture *f, int level, uint32_t window, bool dense)
{
	struct erofs_encoder_options options = { .kind = EROFS_ENCODER_ZSTD, .level = level, .dense = dense,
		.dictionary_bytes = window, .max_pcluster_bytes = PCLUSTER };
	struct erofs_codec_config config = { .zstd_window_bits = 31u - (unsigned int)__builtin_clz(window) };

	assert_int_equal(erofs_encoder_new(&options, &f->encoder), 0);
	f->codec = erofs_codec_get(EROFS_ALGORITHM_ZSTD);
	assert_int_equal(f->codec->open(&config, &f->decoder), 0);
}

static void close_both(struct fixture *f)
{
	f->codec->close(f->decoder);
	erofs_encoder_free(f->encoder);
}

/* Returns how many pclusters the input takes; all but the last shall leave at most @max_left bytes. */
static size_t count_pclusters(struct fixture *f, size_t max_left)
{
	size_t count = 0, produced, n;

	erofs_encoder_reset(f->encoder);
	for (size_t pos = 0; pos < INPUT_BYTES; pos += n, count++) {
		struct erofs_span in = { f->input + pos, INPUT_BYTES - pos };

		assert_int_equal(erofs_encoder_fill(f->encoder, in, f->out, PCLUSTER, &n, &produced), 0);
		if (n == 0) {
			assert_true(in.size < PCLUSTER);
			break;
		}
		assert_true(produced <= PCLUSTER);
		if (n < in.size)
			assert_true(PCLUSTER - produced <= max_left);
		assert_int_equal(f->codec->decode(f->decoder, (struct erofs_span){ f->out, produced }, f->back, n,
			false), 0);
		assert_memory_equal(f->back, in.data, n);
	}
	return count;
}

static void small_pclusters_are_full(void **state)
{
	static const uint32_t windows[] = { 1u << 10, 1u << 13, 1u << 15, 1u << 20 };
	struct fixture *f = *state;

	for (size_t w = 0; w < sizeof(windows) / sizeof(windows[0]); w++)
		for (int level = 1; level <= 10; level++)
			for (uint32_t variety = 4; variety <= 64; variety *= 4) {
				make_input(f->input, variety);
				open_both(f, level, windows[w], (level + w) % 2);
				count_pclusters(f, MAX_LEFT);
				close_both(f);
			}
}

static void dense_takes_fewer(void **state)
{
	struct fixture *f = *state;
	size_t usual;

	make_input(f->input, 16);
	open_both(f, 3, 1u << 15, false);
	usual = count_pclusters(f, MAX_LEFT);
	close_both(f);
	open_both(f, 3, 1u << 15, true);
	assert_true(count_pclusters(f, MAX_LEFT) < usual);
	close_both(f);
}

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_pclusters_are_full),
		cmocka_unit_test(dense_takes_fewer),
	};

	if (!erofs_encoder_available(EROFS_ENCODER_ZSTD))
		return 77;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
