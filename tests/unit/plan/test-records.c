/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of encoded extents: the worked example of the format (section 15.5), and every size of a record. */

#include "plan/encode_records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define ZSTD (1 + EROFS_ALGORITHM_ZSTD)
#define FAR (5ull << 32)

static void expect(const struct encode_index *in, uint64_t at, const uint8_t *want, size_t size)
{
	uint8_t got[256] = { 0 };

	assert_true(size <= sizeof(got));
	assert_int_equal(erofs_encode_index_bytes(in, at), size);
	erofs_encode_index(in, at, got);
	assert_memory_equal(got, want, size);
}

static struct encode_index index_of(const struct plan_extent *extents, uint64_t count)
{
	struct encode_index in = { .form = PLAN_INDEX_RECORDS, .extents = extents,
		.extent_count = count, .block_bits = 12, .algorithm = EROFS_ALGORITHM_ZSTD };

	for (uint64_t i = 0; i < count; i++)
		in.size_bytes += extents[i].bytes;
	return in;
}

static void test_lengths(void **state)
{
	static const struct plan_extent extents[] = { { 0x1000, 4096, 0xa96, ZSTD, false },
		{ 0x1a96, 4096, 0xa7e, ZSTD, false }, { 0x2514, 100, 100, 0, false } };
	static const uint8_t want[] = {
		0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
		0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x96, 0x0a, 0x00, 0x40, 0x7e, 0x0a, 0x00, 0x40, 0x64, 0x00, 0x00, 0x00,
	};
	struct encode_index in = index_of(extents, 3);

	(void)state;
	expect(&in, 0x520, want, sizeof(want));
}

/* One or two records are shorter with a position each, which also may be anywhere. */
static void test_positions(void **state)
{
	static const struct plan_extent one = { 0x12345678, 40000, 0x1000, ZSTD, true };
	static const struct plan_extent three[] = { { 0x9000, 16384, 16384, 0, false },
		{ 0x1000, 16384, 5, ZSTD, false }, { 0x2000, 1, 1, 0, false } };
	static const uint8_t want_one[] = {
		0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x04,
		0x00, 0x10, 0x00, 0x48, 0x78, 0x56, 0x34, 0x12,
	};
	static const uint8_t want_three[] = {
		0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x02,
		0x00, 0x40, 0x00, 0x00, 0x00, 0x90, 0x00, 0x00,
		0x05, 0x00, 0x00, 0x40, 0x00, 0x10, 0x00, 0x00,
		0x01, 0x00, 0x00, 0x00, 0x00, 0x20, 0x00, 0x00,
	};
	struct encode_index in = index_of(&one, 1);

	(void)state;
	expect(&in, 8, want_one, sizeof(want_one));
	in = index_of(three, 3);
	expect(&in, 8, want_three, sizeof(want_three));
}

/* Too far for 32 bits: together if they are, else with starts. Their array is aligned. */
static void test_far(void **state)
{
	static const struct plan_extent one = { FAR + 1, 100, 50, ZSTD, false };
	static const struct plan_extent two[] = { { FAR, 8192, 7, ZSTD, false }, { 3, 8192, 7, ZSTD, false } };
	static const uint8_t want_one[] = {
		0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
		0x01, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00,
		0x32, 0x00, 0x00, 0x40,
	};
	static const uint8_t want_two[] = {
		0x02, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0, 0, 0, 0, 0, 0, 0, 0,
		0x07, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x07, 0x00, 0x00, 0x40, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x20, 0x00, 0x00,
	};
	struct encode_index in = index_of(&one, 1);

	(void)state;
	expect(&in, 0, want_one, sizeof(want_one));
	in = index_of(two, 2);
	expect(&in, 16, want_two, sizeof(want_two));
}

/* Other sizes than powers of two need starts, and beyond 32 bits the longest records. */
static void test_starts(void **state)
{
	static const struct plan_extent two[] = { { 10, 5000, 20, ZSTD, false }, { 30, 100, 20, ZSTD, false } };
	static const uint8_t want[] = {
		0x02, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00,
		0x14, 0x00, 0x00, 0x40, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x14, 0x00, 0x00, 0x40, 0x1e, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x88, 0x13, 0x00, 0x00,
	};
	struct encode_index in = index_of(two, 2);
	uint8_t got[128] = { 0 };

	(void)state;
	expect(&in, 8, want, sizeof(want));
	in.size_bytes = FAR;
	assert_int_equal(erofs_encode_index_bytes(&in, 24), 8 + 2 * 32);
	erofs_encode_index(&in, 24, got);
	assert_int_equal(got[4], 7);
	assert_int_equal(got[8 + 32 + 12], 0x88);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_positions),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_starts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
