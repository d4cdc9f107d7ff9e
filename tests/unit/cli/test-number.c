/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers from option values, UUIDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "cli/cli.h"

static void numbers_are_whole_or_nothing(void **state)
{
	uint64_t u;
	int64_t i;

	(void)state;
	assert_true(cli_parse_u64("0x10", &u) && u == 16);
	assert_true(cli_parse_u64("010", &u) && u == 8);
	assert_true(cli_parse_u64("", &u) && u == 0);
	assert_true(cli_parse_u64("18446744073709551615", &u) && u == UINT64_MAX);
	assert_false(cli_parse_u64("18446744073709551616", &u));
	assert_false(cli_parse_u64("-1", &u));
	assert_false(cli_parse_u64("4k", &u));
	assert_false(cli_parse_u64("x", &u));
	assert_true(cli_parse_i64("-5", &i) && i == -5);
	assert_true(cli_parse_size("4k", &u) && u == 4096);
	assert_true(cli_parse_size("1G", &u) && u == 1u << 30);
	assert_false(cli_parse_size("1kk", &u));
	assert_false(cli_parse_size("k", &u));
	assert_false(cli_parse_size("17179869184G", &u));
}

static void uuids_go_both_ways(void **state)
{
	uint8_t uuid[16];
	char text[37];

	(void)state;
	assert_true(cli_parse_uuid("C0ffee00-1111-4222-8333-444455556666", uuid));
	cli_format_uuid(uuid, text);
	assert_string_equal(text, "c0ffee00-1111-4222-8333-444455556666");
	assert_false(cli_parse_uuid("c0ffee00-1111-4222-8333-44445555666", uuid));
	assert_false(cli_parse_uuid("c0ffee00-1111-4222-8333-4444555566667", uuid));
	assert_false(cli_parse_uuid("c0ffee0001111-4222-8333-444455556666", uuid));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_whole_or_nothing),
		cmocka_unit_test(uuids_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
