/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Indexes of compressed files: the worked examples of the format (sections 15.3 and 15.4), byte for byte,
 * and the ends that they do not have. */

#include "plan/encode_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define FILE_BYTES 102400
#define BLOCK_BYTES 4096u
#define LZ4 (1 + EROFS_ALGORITHM_LZ4)
#define ZSTD (1 + EROFS_ALGORITHM_ZSTD)

/* Extents that start at @starts and end at @size; @blocks each, or of one when NULL, from block 1 on. */
static void make_extents(const uint32_t *starts, const uint16_t *blocks, size_t count, uint32_t size,
	struct plan_extent *ret)
{
	uint64_t start = BLOCK_BYTES;

	for (size_t i = 0; i < count; i++) {
		ret[i] = (struct plan_extent){ .start = start, .format = LZ4,
			.stored_bytes = BLOCK_BYTES * (blocks ? blocks[i] : 1u),
			.bytes = (i + 1 < count ? starts[i + 1] : size) - starts[i] };
		start += ret[i].stored_bytes;
	}
}

static void expect(const struct encode_index *in, uint64_t at, const uint8_t *want, size_t size)
{
	uint8_t got[1024] = { 0 };

	assert_true(size <= sizeof(got));
	assert_int_equal(erofs_encode_index_bytes(in, at), size);
	erofs_encode_index(in, at, got);
	assert_memory_equal(got, want, size);
}

static void test_single_blocks(void **state)
{
	static const uint32_t starts[] = { 0, 6406, 12628, 18948, 25416, 51566, 58139, 64599, 71070,
		77596, 83949, 90321, 96851 };
	static const uint8_t want[] = {
		0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
		0x00, 0x10, 0x06, 0x19, 0x00, 0x00, 0x00, 0x00,
		0x01, 0x20, 0x54, 0x11, 0x02, 0x00, 0x00, 0x00,
		0x04, 0x1a, 0x01, 0x20, 0x03, 0x00, 0x00, 0x00,
		0x48, 0x53, 0x00, 0x28, 0x00, 0x0e, 0x80, 0x04,
		0x60, 0x01, 0xe8, 0x96, 0x05, 0x80, 0x1b, 0xd3,
		0x15, 0x17, 0x00, 0x7a, 0x56, 0x1c, 0x5f, 0x00,
		0xd8, 0x7e, 0x05, 0x80, 0x04, 0x00, 0x00, 0x00,
		0xd1, 0x10, 0x53, 0x1a, 0x0b, 0x00, 0x00, 0x00,
		0x01, 0x20, 0x00, 0x00, 0x0d, 0x00, 0x00, 0x00,
	};
	struct plan_extent extents[13];
	struct encode_index in = { .extents = extents, .extent_count = 13, .size_bytes = FILE_BYTES,
		.block_bits = 12 };

	(void)state;
	make_extents(starts, NULL, 13, FILE_BYTES, extents);
	expect(&in, 0x500, want, sizeof(want));
}

static void test_big_pclusters(void **state)
{
	static const uint32_t starts[] = { 0, 53679, 87983 };
	static const uint16_t blocks[] = { 4, 4, 2 };
	static const uint8_t want[] = {
		0x00, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00,
		0x00, 0x10, 0x04, 0x28, 0x01, 0x00, 0x00, 0x00,
		0x02, 0x20, 0x0a, 0x20, 0x05, 0x00, 0x00, 0x00,
		0x04, 0x20, 0x08, 0x20, 0x05, 0x00, 0x00, 0x00,
		0x06, 0xe0, 0x01, 0x88, 0x00, 0x26, 0x80, 0x0a,
		0xe0, 0x02, 0xc8, 0x00, 0xbe, 0x46, 0x04, 0xa8,
		0x00, 0x38, 0x00, 0x12, 0x80, 0x05, 0xa0, 0x01,
		0x78, 0x00, 0xbe, 0x5e, 0x05, 0x00, 0x00, 0x00,
		0x02, 0x28, 0x02, 0x20, 0x09, 0x00, 0x00, 0x00,
		0x03, 0x20, 0x00, 0x00, 0x0b, 0x00, 0x00, 0x00,
	};
	struct plan_extent extents[3];
	struct encode_index in = { .extents = extents, .extent_count = 3, .size_bytes = FILE_BYTES,
		.block_bits = 12, .big = true };

	(void)state;
	make_extents(starts, blocks, 3, FILE_BYTES, extents);
	expect(&in, 0x520, want, sizeof(want));
}

/* A compressed extent of 2 blocks, a plain one across a border, and the end within the lcluster after
 * the last head: marked like a head, at no block. */
static void test_full(void **state)
{
	static const uint8_t want[] = {
		0x00, 0x00, 0x00, 0x00, 0x06, 0x00, 0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0,
		0x01, 0x00, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00,
		0x02, 0x00, 0x00, 0x00, 0x02, 0x08, 0x01, 0x00,
		0x00, 0x00, 0x08, 0x07, 0x66, 0x00, 0x00, 0x00, /* 2 * 4096 + 1800 */
		0x01, 0x00, 0x08, 0x07, 0x67, 0x00, 0x00, 0x00,
		0x02, 0x00, 0x00, 0x00, 0x01, 0x08, 0x01, 0x00,
		0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00,
	};
	static const struct plan_extent extents[] = { { 100 << 12, 9992, 2 << 12, ZSTD, false },
		{ 102 << 12, 4096, 1 << 12, 0, false }, { 103 << 12, 6408, 1 << 12, ZSTD, false } };
	struct encode_index in = { .extents = extents, .extent_count = 3, .size_bytes = 5 * 4096 + 16,
		.form = PLAN_INDEX_FULL, .block_bits = 12, .big = true,
		.algorithm = EROFS_ALGORITHM_ZSTD };

	(void)state;
	expect(&in, 0, want, sizeof(want));
}

/* Example 15.6: a file that is a fragment has a header of one number, in any form. */
static void test_whole_fragment(void **state)
{
	static const uint8_t want[] = { 0xe5, 0x25, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80 };
	struct encode_index in = { .size_bytes = 300, .block_bits = 12, .form = PLAN_INDEX_FULL,
		.fragment_bytes = 300, .fragment_at = 0x25e5, .big = true };

	(void)state;
	expect(&in, 0, want, sizeof(want));
	in.form = PLAN_INDEX_COMPACT;
	expect(&in, 24, want, sizeof(want));
}

/* A block, then 6000 bytes of the packed inode from far behind in it. */
static void test_fragment_end(void **state)
{
	static const uint8_t want[] = {
		0x78, 0x56, 0x34, 0x12, 0x26, 0x00, 0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0,
		0x01, 0x00, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00,
		0x02, 0x00, 0x00, 0x00, 0x01, 0x08, 0x01, 0x00,
		0x01, 0x00, 0x10, 0x00, 0x07, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x80, 0x07, 0x00, 0x00, 0x00, 0x00,
	};
	static const struct plan_extent extents[] = { { 100 << 12, 8208, 1 << 12, ZSTD, false },
		{ 101 << 12, 6000, 1 << 12, 0, false } };
	struct encode_index in = { .extents = extents, .extent_count = 2, .size_bytes = 8208 + 6000,
		.form = PLAN_INDEX_FULL, .block_bits = 12, .big = true, .fragment_bytes = 6000,
		.fragment_at = 0x712345678, .algorithm = EROFS_ALGORITHM_ZSTD };

	(void)state;
	expect(&in, 0, want, sizeof(want));
}

/* Distances have 11 bits; a run of more lclusters than that names the limit. */
static void test_long_extent(void **state)
{
	static const struct plan_extent extent = { 7 << 12, 2100u << 12, 1 << 12, LZ4, false };
	struct encode_index in = { .extents = &extent, .extent_count = 1, .size_bytes = 2100u << 12,
		.form = PLAN_INDEX_FULL, .block_bits = 12 };
	size_t size = erofs_encode_index_bytes(&in, 0);
	uint8_t *got = calloc(1, size);
	const uint8_t *first = got + 16 + 8, *late = got + 16 + 8 * 2099;

	(void)state;
	assert_non_null(got);
	erofs_encode_index(&in, 0, got);
	assert_int_equal(first[4] | first[5] << 8, 1);
	assert_int_equal(first[6] | first[7] << 8, 2047);
	assert_int_equal(late[4] | late[5] << 8, 2047);
	assert_int_equal(late[6] | late[7] << 8, 1);
	free(got);
}

static uint64_t compact_bytes(uint64_t size_bytes, uint32_t block_bits, uint64_t at)
{
	const struct encode_index in = { .size_bytes = size_bytes, .block_bits = block_bits };

	return erofs_encode_index_bytes(&in, at);
}

/* Blocks above 4 KiB have small packs only, the largest none. */
static void test_block_sizes(void **state)
{
	(void)state;
	assert_int_equal(compact_bytes(33u << 12, 12, 24), 8 + 64 + 8);
	assert_int_equal(compact_bytes(33u << 13, 13, 24), 8 + 33 * 4 + 4);
	assert_int_equal(compact_bytes(3u << 12, 12, 0), 8 + 16);
	assert_false(erofs_encode_index_must_be_full(14));
	assert_true(erofs_encode_index_must_be_full(15));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single_blocks),
		cmocka_unit_test(test_big_pclusters),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_whole_fragment),
		cmocka_unit_test(test_fragment_end),
		cmocka_unit_test(test_long_extent),
		cmocka_unit_test(test_block_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
