/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fingerprint values: tables of bytes and what they mean (format section 7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <erofs/ishare.h>

#define TEN "0123456789"
#define HEX64 "00112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100"
#define BYTES(text) (text), sizeof(text) - 1

static const struct parse_case {
	const char *value;
	size_t size;
	enum erofs_fingerprint_form form;
	enum erofs_digest_algorithm algorithm;
} parse_cases[] = {
	{ BYTES("sha256:" TEN TEN TEN "\0\xff"), EROFS_FINGERPRINT_RAW, EROFS_DIGEST_SHA256 },
	{ BYTES("sha256:" HEX64), EROFS_FINGERPRINT_HEX, EROFS_DIGEST_SHA256 },
	{ BYTES("sha512:" HEX64), EROFS_FINGERPRINT_RAW, EROFS_DIGEST_SHA512 },
	{ BYTES("sha512:" HEX64 HEX64), EROFS_FINGERPRINT_HEX, EROFS_DIGEST_SHA512 },
	{ BYTES("blake2b512:" HEX64), EROFS_FINGERPRINT_RAW, EROFS_DIGEST_BLAKE2B512 },
	{ BYTES("blake2b512:" HEX64 HEX64), EROFS_FINGERPRINT_HEX, EROFS_DIGEST_BLAKE2B512 },
	{ BYTES("sha256:" TEN TEN TEN "1"), EROFS_FINGERPRINT_MALFORMED, EROFS_DIGEST_SHA256 },
	{ BYTES("sha256:" TEN TEN TEN "123"), EROFS_FINGERPRINT_MALFORMED, EROFS_DIGEST_SHA256 },
	{ BYTES("sha256:"), EROFS_FINGERPRINT_MALFORMED, EROFS_DIGEST_SHA256 },
	{ BYTES("sha256:g0" TEN TEN TEN TEN TEN TEN "12"), EROFS_FINGERPRINT_MALFORMED,
		EROFS_DIGEST_SHA256 },
	{ BYTES("sha256"), EROFS_FINGERPRINT_UNKNOWN, EROFS_DIGEST_NONE },
	{ BYTES("SHA256:" TEN TEN TEN "12"), EROFS_FINGERPRINT_UNKNOWN, EROFS_DIGEST_NONE },
	{ BYTES("sha256\0:" TEN TEN TEN "12"), EROFS_FINGERPRINT_UNKNOWN, EROFS_DIGEST_NONE },
	{ BYTES(":" TEN TEN TEN "12"), EROFS_FINGERPRINT_UNKNOWN, EROFS_DIGEST_NONE },
	{ BYTES("blake3:" TEN TEN TEN "12"), EROFS_FINGERPRINT_UNKNOWN, EROFS_DIGEST_NONE },
	{ BYTES("an-algorithm-with-a-long-name:" TEN), EROFS_FINGERPRINT_UNKNOWN, EROFS_DIGEST_NONE },
	{ BYTES("\xff\xfe"), EROFS_FINGERPRINT_UNKNOWN, EROFS_DIGEST_NONE },
	{ BYTES(""), EROFS_FINGERPRINT_MALFORMED, EROFS_DIGEST_NONE },
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(parse_cases) / sizeof(parse_cases[0]); i++) {
		const struct parse_case *c = &parse_cases[i];
		uint8_t digest[EROFS_DIGEST_MAX_BYTES];
		enum erofs_digest_algorithm algorithm;
		/* A copy of exact size, so that a sanitizer sees a read past it. */
		char *value = malloc(c->size ? c->size : 1);
		enum erofs_fingerprint_form form;

		assert_non_null(value);
		memcpy(value, c->value, c->size);
		form = erofs_fingerprint_parse(value, c->size, &algorithm, digest);
		if (form != c->form || algorithm != c->algorithm)
			fail_msg("case %zu \"%s\": form %d, algorithm %d", i, c->value, form,
				algorithm);
		free(value);
	}
}

static void test_parse_digests(void **state)
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES], raw[32];
	enum erofs_digest_algorithm algorithm;

	(void)state;
	for (size_t i = 0; i < 16; i++)
		raw[i] = raw[31 - i] = (uint8_t)(i * 0x11);
	erofs_fingerprint_parse("sha256:" HEX64, 7 + 64, &algorithm, digest);
	assert_memory_equal(digest, raw, 32);
	erofs_fingerprint_parse("sha256:" TEN TEN TEN "12", 7 + 32, &algorithm, digest);
	assert_memory_equal(digest, TEN TEN TEN "12", 32);
}

static void test_encode(void **state)
{
	uint8_t value[EROFS_FINGERPRINT_MAX_BYTES], digest[EROFS_DIGEST_MAX_BYTES];
	uint8_t back[EROFS_DIGEST_MAX_BYTES];
	enum erofs_digest_algorithm algorithm;

	(void)state;
	memset(digest, 0xa5, sizeof(digest));
	/* Byte-identical with what erofs-utils writes. */
	assert_int_equal(erofs_fingerprint_encode(EROFS_DIGEST_SHA256, digest, value), 39);
	assert_memory_equal(value, "sha256:", 7);
	assert_memory_equal(value + 7, digest, 32);
	for (int a = EROFS_DIGEST_SHA256; a <= EROFS_DIGEST_BLAKE2B512; a++) {
		size_t n = erofs_fingerprint_encode((enum erofs_digest_algorithm)a, digest, value);

		assert_int_equal(erofs_fingerprint_parse(value, n, &algorithm, back),
			EROFS_FINGERPRINT_RAW);
		assert_int_equal(algorithm, a);
		assert_memory_equal(back, digest,
			erofs_digest_size_bytes((enum erofs_digest_algorithm)a));
	}
	assert_int_equal(erofs_fingerprint_encode(EROFS_DIGEST_NONE, digest, value), 0);
}

static void check_text(const void *value, size_t size, const char *expected)
{
	char *text = erofs_fingerprint_text(value, size);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void test_text(void **state)
{
	(void)state;
	check_text(BYTES("sha256:\x01\x02" TEN TEN TEN),
		"sha256:0102303132333435363738393031323334353637383930313233343536373839");
	check_text(BYTES("sha256:" HEX64),
		"sha256:00112233445566778899aabbccddeeffffeeddccbbaa99887766554433221100");
	check_text(BYTES("sha256:\x1b"), "hex:7368613235363a1b");
	check_text(BYTES("x\n"), "hex:780a");
	check_text("", 0, "hex:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_digests),
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
