/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions that are refused before the C library sees them, and those that are not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/regex.h"

#define MESSAGE 4096

static void keep(void *user, enum erofs_level level, const char *text)
{
	(void)level;
	snprintf(user, MESSAGE, "%s", text);
}

static int compile(const char *pattern, char *message)
{
	const struct erofs_report report = { .user = message, .message = keep };
	regex_t regex;
	int r = erofs_regex_compile(pattern, "here: ", &report, &regex);

	if (r == 0)
		regfree(&regex);
	return r;
}

static void what_people_write(void **state)
{
	static const char *const patterns[] = { "", "^a.*b$", "\\.so(\\.[0-9]+){0,3}$", "[]{}(]", "[^]]{3}",
		"[[:alpha:]()]*", "(a|b|(c|d){2}){1,100}", "a{1000}", "a{,3}", "((a+b)+c)+d+", "\\(\\{", "[[.a.]]", "((a{9}){9}){9}",
		"(a{100}b)*?c", "(.*)+", "[a-z]*?x**", "(a?){200}", "[\\1]\\\\1", "\\0a1" };
	char message[MESSAGE] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (compile(patterns[i], message) < 0)
			fail_msg("%s: %s", patterns[i], message);
}

static void what_takes_too_much(void **state)
{
	static const char *const patterns[] = { "((((a{1,255}){255}){255}){255})", "(x{200}){200}", "(ab){9000}",
		"(a{100}b{100}){99}", "a{1}{200}{200}", "[ab]+++++++++++++++++++++++++++", "((a+b)+c){,3000}",
		"(a{1000})*{1000}", "(a{99}b{99})?{200}", "(a{1000})*+?*{2}" };
	char message[MESSAGE] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (compile(patterns[i], message) != -EINVAL)
			fail_msg("%s: not refused", patterns[i]);
		if (!strstr(message, "here: invalid regular expression") || !strstr(message, "too large"))
			fail_msg("%s: %s", patterns[i], message);
	}
}

/* They may take years for one path. */
static void back_references(void **state)
{
	static const char *const patterns[] = { "^(a*)(a*)(a*)(a*)(a*)(a*)\\1\\2\\3\\4\\5\\6c$", "(.)\\1", "[\\1]()\\9" };
	char message[MESSAGE] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (compile(patterns[i], message) != -EINVAL)
			fail_msg("%s: not refused", patterns[i]);
		if (!strstr(message, "here: invalid regular expression") || !strstr(message, "back-references"))
			fail_msg("%s: %s", patterns[i], message);
	}
}

/* The C library goes down one level of its stack for each. */
static void depth(void **state)
{
	const size_t size = 500000;
	char *pattern = malloc(size + 1), message[MESSAGE] = "";

	(void)state;
	assert_non_null(pattern);
	memset(pattern, '(', size);
	pattern[size] = '\0';
	assert_int_equal(compile(pattern, message), -EINVAL);
	assert_non_null(strstr(message, "too deep"));
	memset(pattern, '(', 100);
	memset(pattern + 100, ')', 100);
	pattern[200] = '\0';
	assert_int_equal(compile(pattern, message), 0);
	free(pattern);
}

static void nonsense_is_told(void **state)
{
	static const char *const patterns[] = { "(", "[", "[^", "[[:", "a{", "*a{9", "\\" };
	char message[MESSAGE] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (compile(patterns[i], message) < 0)
			assert_null(strstr(message, "too deep"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_write),
		cmocka_unit_test(what_takes_too_much),
		cmocka_unit_test(back_references),
		cmocka_unit_test(depth),
		cmocka_unit_test(nonsense_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
