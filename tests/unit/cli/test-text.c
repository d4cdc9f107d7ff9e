/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for a terminal, numbers from option values, UUIDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "cli/cli.h"

static void escape_keeps_what_is_readable(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {
		{ "", "" },
		{ "/usr/bin/[ a~", "/usr/bin/[ a~" },
		{ "a\\b", "a\\x5cb" },
		{ "\033[2J", "\\x1b[2J" },
		{ "nl\n\x7f", "nl\\x0a\\x7f" },
		{ "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x90\xa7", "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x90\xa7" },
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xc0\x80", "\\xc0\\x80" },		  /* overlong NUL */
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },	  /* overlong slash */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },	  /* a surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* beyond U+10FFFF */
		{ "\xc3", "\\xc3" },			  /* cut short */
		{ "\xc2\x9b", "\\xc2\\x9b" },		  /* C1 control */
		{ "\xe2\x80\xae", "\\xe2\\x80\\xae" },	  /* right-to-left override */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = cli_escape(rows[i].bytes);

		assert_string_equal(text, rows[i].text);
		free(text);
	}
}

static void decode_respects_the_room(void **state)
{
	uint32_t code = 0;

	(void)state;
	assert_int_equal(cli_utf8_decode("\xe4\xb8\xad", 3, &code), 3);
	assert_int_equal(code, 0x4e2d);
	assert_int_equal(cli_utf8_decode("\xe4\xb8\xad", 2, &code), 0);
	assert_int_equal(cli_utf8_decode("", 0, &code), 0);
	assert_int_equal(cli_utf8_decode("", 1, &code), 1);
	assert_int_equal(code, 0);
}

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
		cmocka_unit_test(escape_keeps_what_is_readable),
		cmocka_unit_test(decode_respects_the_room),
		cmocka_unit_test(numbers_are_whole_or_nothing),
		cmocka_unit_test(uuids_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
