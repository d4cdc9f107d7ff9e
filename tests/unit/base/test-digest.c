/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksums and digests against published vectors, in pieces, with holes, reused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/crc32c.h"
#include "base/digest.h"

static void crc32c_of_the_check_string(void **state)
{
	(void)state;
	assert_int_equal(erofs_crc32c(0xFFFFFFFF, "123456789", 9), 0x1cf96d7c); /* section 15.7 */
	assert_int_equal(erofs_crc32c(0xFFFFFFFF, "", 0), 0xFFFFFFFF);
	assert_int_equal(erofs_crc32c(erofs_crc32c(0xFFFFFFFF, "1234", 4), "56789", 5), 0x1cf96d7c);
}

/* From FIPS 180-4 (the NIST examples) and RFC 7693. */
static const struct vector {
	enum erofs_digest_algorithm algorithm;
	const char *name;
	uint32_t size_bytes;
	const char *abc;
} vectors[] = {
	{ EROFS_DIGEST_SHA256, "sha256", 32,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ EROFS_DIGEST_SHA512, "sha512", 64,
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ EROFS_DIGEST_BLAKE2B512, "blake2b512", 64,
		"ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
		"7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923" },
};
#define VECTOR_COUNT (sizeof(vectors) / sizeof(vectors[0]))

static void expect_hex(const uint8_t *digest, const char *hex)
{
	char text[2 * EROFS_DIGEST_MAX_BYTES + 1];

	for (size_t i = 0; 2 * i < strlen(hex); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(text, hex);
}

static void digests_of_abc(void **state)
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	struct erofs_digest *d;

	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		assert_int_equal(erofs_digest_new(vectors[i].algorithm, &d), 0);
		for (int again = 0; again < 2; again++) {
			assert_int_equal(erofs_digest_start(d), 0);
			assert_int_equal(erofs_digest_update(d, "a", 1), 0);
			assert_int_equal(erofs_digest_update(d, "bc", 2), 0);
			assert_int_equal(erofs_digest_finish(d, digest), 0);
			expect_hex(digest, vectors[i].abc);
		}
		erofs_digest_free(d);
	}
}

static void started_anew_forgets_what_was_fed(void **state)
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	struct erofs_digest *d;

	(void)state;
	assert_int_equal(erofs_digest_new(EROFS_DIGEST_SHA256, &d), 0);
	assert_int_equal(erofs_digest_start(d), 0);
	assert_int_equal(erofs_digest_update(d, "left behind", 11), 0);
	assert_int_equal(erofs_digest_start(d), 0);
	assert_int_equal(erofs_digest_update(d, "abc", 3), 0);
	assert_int_equal(erofs_digest_finish(d, digest), 0);
	expect_hex(digest, vectors[0].abc);
	erofs_digest_free(d);
}

/* Sums by coreutils' sha256sum of that many bytes of /dev/zero. */
static void holes_count_as_zeros(void **state)
{
	static const struct {
		uint64_t size;
		const char *sha256;
	} holes[] = {
		{ 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ 65536, "de2f256064a0af797747c2b97505dc0b9f3df0de4f489eac731c23ae9ca9cc31" },
		{ 1000003, "9e3c25400146ab5a01345705a1916a2e76a43c45789e38e14420f4eb47d5e384" },
	};
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	struct erofs_digest *d;

	(void)state;
	assert_int_equal(erofs_digest_new(EROFS_DIGEST_SHA256, &d), 0);
	for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
		assert_int_equal(erofs_digest_start(d), 0);
		assert_int_equal(erofs_digest_update_zeros(d, holes[i].size), 0);
		assert_int_equal(erofs_digest_finish(d, digest), 0);
		expect_hex(digest, holes[i].sha256);
	}
	erofs_digest_free(d);
}

static void names_and_sizes(void **state)
{
	struct erofs_digest *d = NULL;

	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		assert_string_equal(erofs_digest_name(vectors[i].algorithm), vectors[i].name);
		assert_int_equal(erofs_digest_by_name(vectors[i].name), vectors[i].algorithm);
		assert_int_equal(erofs_digest_size_bytes(vectors[i].algorithm), vectors[i].size_bytes);
	}
	assert_null(erofs_digest_name(EROFS_DIGEST_NONE));
	assert_null(erofs_digest_name((enum erofs_digest_algorithm)99));
	assert_int_equal(erofs_digest_size_bytes(EROFS_DIGEST_NONE), 0);
	assert_int_equal(erofs_digest_by_name("SHA256"), EROFS_DIGEST_NONE);
	assert_int_equal(erofs_digest_by_name("sha256:"), EROFS_DIGEST_NONE);
	assert_int_equal(erofs_digest_by_name(""), EROFS_DIGEST_NONE);
	assert_int_equal(erofs_digest_new(EROFS_DIGEST_NONE, &d), -EOPNOTSUPP);
	assert_int_equal(erofs_digest_new((enum erofs_digest_algorithm)99, &d), -EOPNOTSUPP);
	assert_null(d);
	erofs_digest_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32c_of_the_check_string),
		cmocka_unit_test(digests_of_abc),
		cmocka_unit_test(started_anew_forgets_what_was_fed),
		cmocka_unit_test(holes_count_as_zeros),
		cmocka_unit_test(names_and_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
