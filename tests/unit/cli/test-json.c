/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON documents: structure at every level, bytes outside UTF-8, errors that are kept. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <json-c/json.h>
#include "cli/json.h"

struct document {
	char *text;
	size_t size;
	FILE *out;
	struct cli_json *j;
};

static void begin(struct document *d)
{
	d->out = open_memstream(&d->text, &d->size);
	assert_non_null(d->out);
	d->j = cli_json_new(d->out);
	assert_non_null(d->j);
}

static void end(struct document *d)
{
	assert_int_equal(cli_json_finish(d->j), 0);
	assert_int_equal(fclose(d->out), 0);
}

static void levels_are_nested(void **state)
{
	struct document d;
	struct json_object *o;

	(void)state;
	begin(&d);
	cli_json_open_object(d.j, NULL);
	cli_json_open_array(d.j, "list");
	for (int i = 0; i < 2; i++) {
		cli_json_open_object(d.j, NULL);
		cli_json_u64(d.j, "n", UINT64_MAX);
		cli_json_open_array(d.j, "inner");
		cli_json_i64(d.j, NULL, INT64_MIN);
		cli_json_bool(d.j, NULL, true);
		cli_json_text(d.j, NULL, NULL);
		cli_json_close(d.j);
		cli_json_close(d.j);
	}
	cli_json_close(d.j);
	cli_json_open_array(d.j, "empty");
	cli_json_close(d.j);
	cli_json_open_object(d.j, "totals");
	cli_json_ratio(d.j, "reduction", 0.48);
	cli_json_close(d.j);
	cli_json_close(d.j);
	end(&d);

	o = json_tokener_parse(d.text);
	assert_non_null(o);
	assert_string_equal(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
		"{\"list\":[{\"n\":18446744073709551615,\"inner\":[-9223372036854775808,true,null]},"
		"{\"n\":18446744073709551615,\"inner\":[-9223372036854775808,true,null]}],"
		"\"empty\":[],\"totals\":{\"reduction\":0.480000}}");
	json_object_put(o);
	free(d.text);
}

static void bytes_survive(void **state)
{
	static const struct {
		const char *bytes;
		size_t count;
		const char *json;
	} rows[] = {
		{ "plain/\xc3\xa9", 8, "[\"plain/\xc3\xa9\"]\n" },
		{ "\xff\xfe\x80", 3, "[\"\\udcff\\udcfe\\udc80\"]\n" },
		{ "a\"\\\xff", 4, "[\"a\\u0022\\u005c\\udcff\"]\n" },
		{ "a\"\\", 3, "[\"a\\\"\\\\\"]\n" },
		{ "\x1b\0x", 3, "[\"\\u001b\\u0000x\"]\n" },
		{ "\xc2\x9b", 2, "[\"\\u009b\"]\n" },
		{ "\xe2\x80\xae", 3, "[\"\\u202e\"]\n" },
		{ "\xed\xb2\x80", 3, "[\"\\udced\\udcb2\\udc80\"]\n" },
		{ "", 0, "[\"\"]\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct document d;
		char *p, *q;

		begin(&d);
		cli_json_open_array(d.j, NULL);
		cli_json_bytes(d.j, NULL, rows[i].bytes, rows[i].count);
		cli_json_close(d.j);
		end(&d);
		/* Line breaks between values are layout. */
		for (p = q = d.text; *p; p++)
			if (*p != '\n' || !p[1])
				*q++ = *p;
		*q = '\0';
		assert_string_equal(d.text, rows[i].json);
		free(d.text);
	}
}

static void a_failing_stream_is_told(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct cli_json *j;

	(void)state;
	if (!full)
		skip();
	setvbuf(full, NULL, _IONBF, 0);
	j = cli_json_new(full);
	cli_json_open_array(j, NULL);
	cli_json_u64(j, NULL, 1);
	cli_json_close(j);
	assert_int_equal(cli_json_finish(j), -EIO);
	fclose(full);
}

static void too_deep_is_an_error(void **state)
{
	struct document d;

	(void)state;
	begin(&d);
	for (int i = 0; i < 20; i++)
		cli_json_open_array(d.j, NULL);
	assert_int_equal(cli_json_finish(d.j), -EOVERFLOW);
	fclose(d.out);
	free(d.text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_are_nested),
		cmocka_unit_test(bytes_survive),
		cmocka_unit_test(a_failing_stream_is_told),
		cmocka_unit_test(too_deep_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
