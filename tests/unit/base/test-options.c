/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options structures of other versions: shorter, longer, none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/options.h"

struct known {
	size_t struct_size;
	int first;
	int second;
	uint8_t reserved[8];
};

struct later {
	struct known known;
	char more[16];
};

static int take(const void *options, struct known *ret)
{
	*ret = (struct known){ .first = 77, .second = 77 };
	return erofs_options_take(options, EROFS_OPTIONS_BYTES(*ret), "options", NULL, ret);
}

static void none_is_all_zero(void **state)
{
	struct known got;

	(void)state;
	assert_int_equal(take(NULL, &got), 0);
	assert_int_equal(got.first, 0);
	assert_int_equal(got.second, 0);
	assert_int_equal(got.struct_size, offsetof(struct known, reserved));
}

static void what_a_shorter_one_lacks_is_zero(void **state)
{
	struct known options = { offsetof(struct known, second), 1, 2, { 0 } }, got;

	(void)state;
	assert_int_equal(take(&options, &got), 0);
	assert_int_equal(got.first, 1);
	assert_int_equal(got.second, 0);
	options.struct_size = sizeof(options);
	assert_int_equal(take(&options, &got), 0);
	assert_int_equal(got.second, 2);
}

static void what_a_longer_one_has_must_be_zero(void **state)
{
	struct later later = { .known = { sizeof(later), 1, 2, { 0 } } };
	struct known got;

	(void)state;
	assert_int_equal(take(&later, &got), 0);
	assert_int_equal(got.second, 2);
	assert_int_equal(got.struct_size, offsetof(struct known, reserved));
	later.more[15] = 1;
	assert_int_equal(take(&later, &got), -EOPNOTSUPP);
	assert_int_equal(got.first, 77);
}

static void what_is_reserved_must_be_zero(void **state)
{
	struct known options = { sizeof(options), 1, 2, { 0 } }, got;

	(void)state;
	assert_int_equal(take(&options, &got), 0);
	for (size_t i = 0; i < sizeof(options.reserved); i++) {
		options.reserved[i] = 1;
		assert_int_equal(take(&options, &got), -EOPNOTSUPP);
		options.reserved[i] = 0;
	}
}

static void a_size_of_nothing_is_refused(void **state)
{
	struct known options = { 0, 1, 2, { 0 } }, got;

	(void)state;
	for (; options.struct_size < sizeof(size_t); options.struct_size++)
		assert_int_equal(take(&options, &got), -EINVAL);
	assert_int_equal(got.first, 77);
	assert_int_equal(take(&options, &got), 0);
	assert_int_equal(got.first, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_is_all_zero),
		cmocka_unit_test(what_a_shorter_one_lacks_is_zero),
		cmocka_unit_test(what_a_longer_one_has_must_be_zero),
		cmocka_unit_test(what_is_reserved_must_be_zero),
		cmocka_unit_test(a_size_of_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
