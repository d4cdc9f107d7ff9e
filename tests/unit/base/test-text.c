/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw bytes made printable: what is readable stays so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <erofs/text.h>

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
		char *text = erofs_text_escape(rows[i].bytes);

		assert_string_equal(text, rows[i].text);
		free(text);
	}
}

static void decode_respects_the_room(void **state)
{
	uint32_t code = 0;

	(void)state;
	assert_int_equal(erofs_text_decode("\xe4\xb8\xad", 3, &code), 3);
	assert_int_equal(code, 0x4e2d);
	assert_int_equal(erofs_text_decode("\xe4\xb8\xad", 2, &code), 0);
	assert_int_equal(erofs_text_decode("", 0, &code), 0);
	assert_int_equal(erofs_text_decode("", 1, &code), 1);
	assert_int_equal(code, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(escape_keeps_what_is_readable),
		cmocka_unit_test(decode_respects_the_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
