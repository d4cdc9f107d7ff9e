/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verification: each kind of finding, in tree order whatever the number of workers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "tests/unit/ishare/tiny-image.h"

#define MANY 40

struct log {
	char text[16384];
	size_t used;
};

static void log_finding(void *user, const struct erofs_finding *f)
{
	struct log *log = user;

	log->used += (size_t)snprintf(log->text + log->used, sizeof(log->text) - log->used,
		"%s %d %s: %s\n", f->rule, f->severity, f->path ? f->path : "-", f->text);
	assert_true(log->used < sizeof(log->text));
}

static void verify(const struct tiny_spec *spec, const struct erofs_ishare_verify_options *options,
	struct log *log, struct erofs_ishare_verify_summary *ret)
{
	struct erofs_report report = { .user = log, .finding = log_finding };
	struct tiny_image tiny;

	log->used = 0;
	log->text[0] = '\0';
	tiny_open(spec, &tiny);
	assert_int_equal(erofs_ishare_verify(tiny.img, options, &report, ret), 0);
	tiny_close(&tiny);
}

/* Asserts that each of the NULL-ended @rules is reported for @path, in this order and nothing else. */
static void expect_findings(const struct log *log, const char *const *expected)
{
	const char *at = log->text;

	for (; *expected; expected++) {
		size_t n = strlen(*expected);

		if (strncmp(at, *expected, n))
			fail_msg("expected \"%s\" at:\n%s", *expected, at);
		at = strchr(at, '\n') + 1;
	}
	assert_string_equal(at, "");
}

static void test_every_kind(void **state)
{
	struct tiny_file f[] = {
		{ .name = "a-true", .content = "one", .size_bytes = 3 },
		{ .name = "b-forged", .content = "two", .size_bytes = 3 },
		{ .name = "c-missing", .content = "three", .size_bytes = 5 },
		{ .name = "d-hex", .content = "", .size_bytes = 1 },
		{ .name = "e-unknown", .content = "five", .size_bytes = 4 },
		{ .name = "f-short", .content = "six", .size_bytes = 3 },
		{ .name = "g-empty" },
		{ .name = "h-fifo", .mode = S_IFIFO | 0600 },
		{ .name = "i-twice", .content = "one", .size_bytes = 3 },
		{ .name = "j-hole", .size_bytes = 5000 },
		{ .name = "k-link", .link_to = "b-forged" },
		{ .name = "l-sha512", .content = "one", .size_bytes = 3 },
		{ .name = "m-blake", .content = "one", .size_bytes = 3 },
		{ .name = "n-empty-untagged" },
	};
	static const char zero_hex[] =
		"sha256:6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
	const struct tiny_spec spec = { .files = f, .file_count = sizeof(f) / sizeof(f[0]) };
	const char *const expected[] = {
		"ishare-forged 2 /b-forged: fingerprint says sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed, "
		"content is sha256:3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
		"ishare-missing 2 /c-missing: ",
		"ishare-hex 0 /d-hex: sha256:6e340b9cffb37a98",
		"ishare-unknown 2 /e-unknown: ",
		"ishare-malformed 2 /f-short: ",
		"ishare-misplaced 2 /g-empty: ",
		"ishare-misplaced 2 /h-fifo: ",
		"ishare-duplicate 2 /i-twice: 2 ",
		NULL,
	};
	struct erofs_ishare_verify_summary sum;
	struct log log;

	(void)state;
	tiny_tag(&f[0], EROFS_DIGEST_SHA256);
	tiny_tag_bytes(&f[1], f[0].xattrs[0].value, f[0].xattrs[0].value_bytes);
	tiny_tag_bytes(&f[3], zero_hex, sizeof(zero_hex) - 1);
	tiny_tag_bytes(&f[4], "crc32:1234", 10);
	tiny_tag_bytes(&f[5], "sha256:short", 12);
	tiny_tag(&f[6], EROFS_DIGEST_SHA256);
	tiny_tag(&f[7], EROFS_DIGEST_SHA256);
	tiny_tag(&f[8], EROFS_DIGEST_SHA256);
	tiny_tag(&f[8], EROFS_DIGEST_SHA256);
	tiny_tag(&f[9], EROFS_DIGEST_SHA256);
	tiny_tag(&f[11], EROFS_DIGEST_SHA512);
	tiny_tag(&f[12], EROFS_DIGEST_BLAKE2B512);
	verify(&spec, NULL, &log, &sum);
	expect_findings(&log, expected);
	assert_int_equal(sum.files, 10);
	assert_int_equal(sum.tagged, 9);
	assert_int_equal(sum.verified, 6);
	assert_int_equal(sum.forged, 1);
	assert_int_equal(sum.missing, 1);
	assert_int_equal(sum.duplicate, 1);
	assert_int_equal(sum.malformed, 1);
	assert_int_equal(sum.unknown, 1);
	assert_int_equal(sum.hex, 1);
	assert_int_equal(sum.misplaced, 2);
	assert_int_equal(sum.unreadable, 0);
	assert_int_equal(sum.oversized, 0);
	assert_int_equal(sum.bytes, 3 + 3 + 1 + 3 + 5000 + 3 + 3);
}

/* Every third file is forged, sizes vary: the same text from 1, 2, 3 and 8 workers. */
static void test_order(void **state)
{
	static char names[MANY][8];
	static uint8_t contents[MANY][20000];
	static struct tiny_file f[MANY];
	const struct tiny_spec spec = { .files = f, .file_count = MANY };
	struct erofs_ishare_verify_options options = { .struct_size = sizeof(options), .workers = 1 };
	static struct log first, other;
	struct erofs_ishare_verify_summary sum;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "f%03zu", i);
		memset(contents[i], (int)i + 1, sizeof(contents[i]));
		f[i] = (struct tiny_file){ .name = names[i], .content = contents[i],
			.size_bytes = (i * 7919) % sizeof(contents[i]) + 1 };
		tiny_tag(&f[i], EROFS_DIGEST_SHA256);
		f[i].xattrs[0].value[10] ^= i % 3 == 0;
	}
	verify(&spec, &options, &first, &sum);
	assert_int_equal(sum.forged, (MANY + 2) / 3);
	assert_int_equal(sum.verified, MANY - (MANY + 2) / 3);
	for (options.workers = 0; options.workers <= 8; options.workers++) {
		verify(&spec, &options, &other, &sum);
		assert_string_equal(first.text, other.text);
	}
}

static void test_no_bit(void **state)
{
	struct tiny_file f[] = {
		{ .name = "a", .content = "one", .size_bytes = 3 },
		{ .name = "b", .content = "two", .size_bytes = 3 },
	};
	const struct tiny_spec spec = { .files = f, .file_count = 2, .no_ishare_bit = true };
	const char *const bare[] = { "ishare-missing 2 -: ", NULL };
	const char *const stray[] = { "ishare-missing 2 -: ", "ishare-misplaced 2 /b: ", NULL };
	struct erofs_ishare_verify_summary sum;
	struct log log;

	(void)state;
	verify(&spec, NULL, &log, &sum);
	expect_findings(&log, bare);
	assert_int_equal(sum.missing, 2);
	tiny_tag(&f[1], EROFS_DIGEST_SHA256);
	verify(&spec, NULL, &log, &sum);
	expect_findings(&log, stray);
	assert_int_equal(sum.tagged, 0);
	assert_int_equal(sum.misplaced, 1);
}

/* A tag on a hole of 2^50 bytes must not keep anyone hashing for weeks. */
static void test_oversized(void **state)
{
	struct tiny_file f[] = {
		{ .name = "a", .content = "one", .size_bytes = 3 },
		{ .name = "b", .size_bytes = 1ull << 50 },
		{ .name = "c", .content = "three", .size_bytes = 5 },
	};
	const struct tiny_spec spec = { .files = f, .file_count = 3 };
	struct erofs_ishare_verify_options options = { .struct_size = sizeof(options) };
	const char *const by_default[] = { "ishare-oversized 2 /b: ", NULL };
	const char *const by_limit[] = { "ishare-oversized 2 /b: ", "ishare-oversized 2 /c: ", NULL };
	struct erofs_ishare_verify_summary sum;
	struct log log;

	(void)state;
	tiny_tag(&f[0], EROFS_DIGEST_SHA256);
	tiny_tag_bytes(&f[1], f[0].xattrs[0].value, f[0].xattrs[0].value_bytes);
	tiny_tag(&f[2], EROFS_DIGEST_SHA256);
	verify(&spec, NULL, &log, &sum);
	expect_findings(&log, by_default);
	assert_int_equal(sum.verified, 2);
	options.max_bytes = 7;
	verify(&spec, &options, &log, &sum);
	expect_findings(&log, by_limit);
	assert_int_equal(sum.oversized, 2);
}

static void test_damage(void **state)
{
	struct tiny_file f[] = {
		{ .name = "a", .content = "one", .size_bytes = 3 },
		{ .name = "b", .size_bytes = 8192, .content = "" },
		{ .name = "c", .content = "one", .size_bytes = 3, .mode = S_IFDIR | 0755 },
	};
	const char *const expected[] = { "ishare-unreadable 2 /b: content ",
		"ishare-unreadable 2 /c: directory ", NULL };
	struct erofs_report report;
	struct erofs_ishare_verify_summary sum;
	struct erofs_image *img;
	size_t size;
	static uint8_t zeros[8192];
	struct log log = { .used = 0 };
	void *bytes;

	(void)state;
	f[1].content = zeros;
	tiny_tag(&f[0], EROFS_DIGEST_SHA256);
	tiny_tag(&f[1], EROFS_DIGEST_SHA256);
	bytes = tiny_build(&(struct tiny_spec){ .files = f, .file_count = 3 }, &size);
	/* The last content is the directory's; cutting two blocks takes half of b's away too. */
	assert_int_equal(erofs_image_open_memory(bytes, size - 8192, NULL, NULL, &img), 0);
	report = (struct erofs_report){ .user = &log, .finding = log_finding };
	assert_int_equal(erofs_ishare_verify(img, NULL, &report, &sum), 0);
	expect_findings(&log, expected);
	assert_int_equal(sum.unreadable, 2);
	assert_int_equal(sum.verified, 1);
	erofs_image_close(img);
	free(bytes);
}

static void test_options(void **state)
{
	struct tiny_file f = { .name = "a", .content = "one", .size_bytes = 3 };
	const struct tiny_spec spec = { .files = &f, .file_count = 1 };
	struct erofs_ishare_verify_options options = { .struct_size = 1 };
	struct erofs_ishare_verify_summary sum = { .files = 77 };
	struct tiny_image tiny;

	(void)state;
	tiny_open(&spec, &tiny);
	assert_int_equal(erofs_ishare_verify(tiny.img, &options, NULL, &sum), -EINVAL);
	assert_int_equal(sum.files, 77);
	options.struct_size = 0;
	assert_int_equal(erofs_ishare_verify(tiny.img, &options, NULL, &sum), -EINVAL);
	tiny_close(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_no_bit),
		cmocka_unit_test(test_oversized),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
