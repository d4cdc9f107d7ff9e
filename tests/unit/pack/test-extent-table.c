/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which stored extents are found again, and which are forgotten. */

#include "tests/unit/build/fake.h"

#include "pack/extent_table.h"

#define EXTENTS 300u

static struct plan_extent extent_of(uint32_t number)
{
	return (struct plan_extent){ .start = 4096ull * number, .bytes = 10000, .stored_bytes = 4096, .format = 1 };
}

/* All with the same first bytes, so that the hash alone tells nothing. */
static const uint8_t *digest_of(uint32_t number, uint8_t *ret)
{
	memset(ret, 7, CONTENT_DIGEST_BYTES);
	ret[CONTENT_DIGEST_BYTES - 1] = (uint8_t)number;
	ret[CONTENT_DIGEST_BYTES - 2] = (uint8_t)(number >> 8);
	return ret;
}

static struct known_extent *find(const struct erofs_extent_table *extents, uint32_t number)
{
	uint8_t digest[CONTENT_DIGEST_BYTES];
	struct plan_extent extent = extent_of(0);

	return erofs_extent_table_find(extents, digest_of(number, digest), &extent);
}

static void add(struct erofs_extent_table *extents, uint32_t number)
{
	uint8_t digest[CONTENT_DIGEST_BYTES];
	struct plan_extent extent = extent_of(number);

	assert_non_null(erofs_extent_table_add(extents, digest_of(number, digest), &extent));
}

static void test_found_again(void **state)
{
	struct erofs_extent_table stored;
	struct plan_extent other;
	uint8_t digest[CONTENT_DIGEST_BYTES];

	(void)state;
	erofs_extent_table_init(&stored);
	for (uint32_t i = 0; i < EXTENTS; i++) {
		assert_null(find(&stored, i));
		add(&stored, i);
	}
	for (uint32_t i = 0; i < EXTENTS; i++)
		assert_int_equal(find(&stored, i)->start, 4096u * i);
	/* The same bytes of another algorithm, or that decode to more. */
	other = extent_of(0);
	other.format = 4;
	assert_null(erofs_extent_table_find(&stored, digest_of(0, digest), &other));
	other = extent_of(0);
	other.bytes++;
	assert_null(erofs_extent_table_find(&stored, digest_of(0, digest), &other));
	erofs_extent_table_fini(&stored);
}

static void test_forgotten(void **state)
{
	struct known_extent *newest = NULL;
	struct erofs_extent_table stored;

	(void)state;
	erofs_extent_table_init(&stored);
	for (uint32_t turn = 0; turn < 3; turn++) {
		for (uint32_t i = 0; i < EXTENTS; i++) {
			add(&stored, i);
			if (i == EXTENTS / 2)
				newest = stored.newest;
		}
		erofs_extent_table_forget(&stored, newest);
		for (uint32_t i = 0; i < EXTENTS; i++)
			assert_int_equal(find(&stored, i) != NULL, i <= EXTENTS / 2);
		erofs_extent_table_forget(&stored, NULL);
		assert_null(find(&stored, 0));
	}
	erofs_extent_table_fini(&stored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_again),
		cmocka_unit_test(test_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
