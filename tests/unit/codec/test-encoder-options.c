/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, levels and dictionaries of the encoders. */
#include "codec/encoder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <erofs/codec.h>

#define MAX_PCLUSTER (1u << 20)

static int complete(enum erofs_encoder_kind kind, int level, uint32_t dictionary,
	struct erofs_encoder_options *ret)
{
	*ret = (struct erofs_encoder_options){ .kind = kind, .level = level, .dictionary_bytes = dictionary,
		.max_pcluster_bytes = 65536, .lzma_lc = -1, .lzma_lp = -1, .lzma_pb = -1 };
	return erofs_encoder_options_complete(ret);
}

static void levels_are_checked(void **state)
{
	static const struct {
		enum erofs_encoder_kind kind;
		int level, expected; /* an error or the level */
	} cases[] = {
		{ EROFS_ENCODER_LZ4, 1, -EINVAL },
		{ EROFS_ENCODER_LZ4HC, EROFS_ENCODER_LEVEL_DEFAULT, 9 },
		{ EROFS_ENCODER_LZ4HC, 12, 12 },
		{ EROFS_ENCODER_LZ4HC, 13, -EINVAL },
		{ EROFS_ENCODER_LZ4HC, -1, -EINVAL },
		{ EROFS_ENCODER_LZMA, EROFS_ENCODER_LEVEL_DEFAULT, 6 },
		{ EROFS_ENCODER_LZMA, 10, -EINVAL },
		{ EROFS_ENCODER_LZMA, 99, -EINVAL },
		{ EROFS_ENCODER_LZMA, 109, 109 },
		{ EROFS_ENCODER_LZMA, 110, -EINVAL },
		{ EROFS_ENCODER_DEFLATE, EROFS_ENCODER_LEVEL_DEFAULT, 1 },
		{ EROFS_ENCODER_DEFLATE, 0, -EINVAL },
		{ EROFS_ENCODER_DEFLATE, 10, -EINVAL },
		{ EROFS_ENCODER_LIBDEFLATE, EROFS_ENCODER_LEVEL_DEFAULT, 1 },
		{ EROFS_ENCODER_LIBDEFLATE, 13, -EINVAL },
		{ EROFS_ENCODER_ZSTD, EROFS_ENCODER_LEVEL_DEFAULT, 3 },
		{ EROFS_ENCODER_ZSTD, 0, 3 },
		{ EROFS_ENCODER_ZSTD, -5, -5 },
		{ EROFS_ENCODER_ZSTD, 23, -EINVAL },
	};
	struct erofs_encoder_options options;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int r = complete(cases[i].kind, cases[i].level, 0, &options);

		if (!erofs_encoder_available(cases[i].kind) && cases[i].expected != -EINVAL)
			assert_int_equal(r, -EOPNOTSUPP);
		else
			assert_int_equal(r < 0 ? r : options.level, cases[i].expected);
	}
	assert_int_equal(complete(EROFS_ENCODER_KIND_COUNT, 1, 0, &options), -EINVAL);
}

static void dictionaries_are_checked(void **state)
{
	static const struct {
		enum erofs_encoder_kind kind;
		uint32_t dictionary;
		int64_t expected; /* an error or the size */
	} cases[] = {
		{ EROFS_ENCODER_LZ4, 65535, -ERANGE },
		{ EROFS_ENCODER_LZ4HC, 1, -ERANGE },
		{ EROFS_ENCODER_LIBDEFLATE, 32768, -ERANGE },
		{ EROFS_ENCODER_LZMA, 0, 262144 },
		{ EROFS_ENCODER_LZMA, 4095, -ERANGE },
		{ EROFS_ENCODER_LZMA, 5000, 5000 },
		{ EROFS_ENCODER_LZMA, 8388609, -ERANGE },
		{ EROFS_ENCODER_DEFLATE, 0, 32768 },
		{ EROFS_ENCODER_DEFLATE, 1000, 1000 },
		{ EROFS_ENCODER_DEFLATE, 32769, -ERANGE },
		{ EROFS_ENCODER_ZSTD, 0, 524288 },
		{ EROFS_ENCODER_ZSTD, 65537, -ERANGE },
		{ EROFS_ENCODER_ZSTD, 512, -ERANGE },
		{ EROFS_ENCODER_ZSTD, 2097152, -ERANGE },
	};
	struct erofs_encoder_options options;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int r = complete(cases[i].kind, EROFS_ENCODER_LEVEL_DEFAULT, cases[i].dictionary, &options);

		if (!erofs_encoder_available(cases[i].kind) && cases[i].expected >= 0)
			assert_int_equal(r, -EOPNOTSUPP);
		else
			assert_int_equal(r < 0 ? (int64_t)r : options.dictionary_bytes, cases[i].expected);
	}
}

static void lzma_properties_are_checked(void **state)
{
	struct erofs_encoder_options options = { .kind = EROFS_ENCODER_LZMA, .level = 6, .max_pcluster_bytes = 4096,
		.lzma_lc = 4, .lzma_lp = 1 };

	(void)state;
	assert_int_equal(erofs_encoder_options_complete(&options), -EINVAL);
	options.lzma_lp = 0;
	options.lzma_pb = 5;
	assert_int_equal(erofs_encoder_options_complete(&options), -EINVAL);
	options.lzma_pb = -1;
	if (erofs_encoder_available(EROFS_ENCODER_LZMA))
		assert_int_equal(erofs_encoder_options_complete(&options), 0);
	options.max_pcluster_bytes = MAX_PCLUSTER + 1;
	assert_int_equal(erofs_encoder_options_complete(&options), -EINVAL);
	options.max_pcluster_bytes = 0;
	assert_int_equal(erofs_encoder_options_complete(&options), -EINVAL);
}

static void names_and_algorithms(void **state)
{
	static const char *const names[] = { "lz4", "lz4hc", "lzma", "deflate", "libdeflate", "zstd" };

	(void)state;
	for (int kind = 0; kind < EROFS_ENCODER_KIND_COUNT; kind++)
		assert_string_equal(erofs_encoder_name(kind), names[kind]);
	assert_null(erofs_encoder_name(EROFS_ENCODER_KIND_COUNT));
	assert_false(erofs_encoder_available(EROFS_ENCODER_KIND_COUNT));
	assert_int_equal(erofs_encoder_algorithm(EROFS_ENCODER_LZ4HC), EROFS_ALGORITHM_LZ4);
	assert_int_equal(erofs_encoder_algorithm(EROFS_ENCODER_LIBDEFLATE), EROFS_ALGORITHM_DEFLATE);
	assert_int_equal(erofs_encoder_algorithm(EROFS_ENCODER_KIND_COUNT), EROFS_ALGORITHM_COUNT);
}

/* In every build. */
static void what_is_written_can_be_read(void **state)
{
	(void)state;
	for (int kind = 0; kind < EROFS_ENCODER_KIND_COUNT; kind++)
		if (erofs_encoder_available(kind) && !erofs_algorithm_available(erofs_encoder_algorithm(kind)))
			fail_msg("%s has no decoder", erofs_encoder_name(kind));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_are_checked),
		cmocka_unit_test(dictionaries_are_checked),
		cmocka_unit_test(lzma_properties_are_checked),
		cmocka_unit_test(names_and_algorithms),
		cmocka_unit_test(what_is_written_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
