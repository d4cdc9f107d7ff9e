/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents of images: what is read of sound ones, and the one line that hostile ones get. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oci/document.h"

#define HEX "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
#define D "\"digest\":\"sha256:" HEX "\",\"size\":7"

struct scene {
	struct erofs_arena arena;
	struct erofs_report report;
	char text[8192];
	unsigned int messages;
};

static void keep_message(void *user, enum erofs_level level, const char *text)
{
	struct scene *s = user;

	(void)level;
	s->messages++;
	snprintf(s->text, sizeof(s->text), "%s", text);
}

static void start(struct scene *s)
{
	*s = (struct scene){ .report = { .user = s, .message = keep_message } };
	erofs_arena_init(&s->arena);
}

static struct erofs_oci_document document(struct scene *s, const char *json)
{
	return (struct erofs_oci_document){ "doc", json, strlen(json), &s->arena, &s->report };
}

static void test_index(void **state)
{
	struct scene s;
	struct erofs_oci_list list;
	struct erofs_oci_document doc;

	(void)state;
	start(&s);
	doc = document(&s, "{\"schemaVersion\":2,\"manifests\":[{" D ",\"mediaType\":\"m\",\"platform\":"
		"{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\"},\"annotations\":"
		"{\"org.opencontainers.image.ref.name\":\"r\",\"other\":\"x\"}},"
		"{" D ",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}}]} \n");
	assert_int_equal(erofs_oci_parse_list(&doc, &list), 0);
	assert_int_equal(list.kind, EROFS_OCI_INDEX);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0].media_type, "m");
	assert_string_equal(list.items[0].ref, "r");
	assert_string_equal(list.items[0].platform.variant, "v7");
	assert_int_equal(list.items[0].size_bytes, 7);
	assert_int_equal(list.items[0].digest.algorithm, EROFS_DIGEST_SHA256);
	assert_int_equal(list.items[0].digest.bytes[0], 0xca);
	assert_false(list.items[0].attestation);
	assert_string_equal(list.items[1].media_type, "");
	assert_null(list.items[1].ref);
	assert_true(list.items[1].attestation);
	assert_int_equal(s.messages, 0);
	erofs_arena_fini(&s.arena);
}

static void test_manifest(void **state)
{
	struct scene s;
	struct erofs_oci_list list;
	struct erofs_oci_config config;
	struct erofs_oci_saved *saved;
	struct erofs_oci_document doc;
	size_t count;

	(void)state;
	start(&s);
	doc = document(&s, "{\"config\":{" D "},\"layers\":[{" D "},{" D "}]}");
	assert_int_equal(erofs_oci_parse_list(&doc, &list), 0);
	assert_int_equal(list.kind, EROFS_OCI_MANIFEST);
	assert_int_equal(list.count, 2);
	doc = document(&s, "{\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"sha256:" HEX "\"]}}");
	assert_int_equal(erofs_oci_parse_config(&doc, &config), 0);
	assert_int_equal(config.count, 1);
	assert_null(config.platform.architecture);
	doc = document(&s, "[{\"Config\":\"c\",\"RepoTags\":null,\"Layers\":[\"l\"]}]");
	assert_int_equal(erofs_oci_parse_saved(&doc, &saved, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(saved[0].tag_count, 0);
	assert_string_equal(saved[0].layers[0], "l");
	erofs_arena_fini(&s.arena);
}

static const struct {
	char kind;
	const char *json, *message;
} bad[] = {
	{ 'l', "", "doc: not JSON: it ends too early" },
	{ 'l', "{\"manifests\":[", "doc: not JSON: it ends too early" },
	{ 'l', "{} x", "doc: not an object of JSON and nothing else" },
	{ 'l', "[]", "doc: not an object of JSON and nothing else" },
	{ 'l', "{}", "doc: neither an index with \"manifests\" nor a manifest with \"layers\"" },
	{ 'l', "{\"manifests\":[],\"layers\":[]}",
	  "doc: neither an index with \"manifests\" nor a manifest with \"layers\"" },
	{ 'l', "{\"manifests\":{}}", "doc: \"manifests\" is not a list" },
	{ 'l', "{\"manifests\":[1]}", "doc: a descriptor is not an object" },
	{ 'l', "{\"manifests\":[{}]}", "doc: a descriptor has no \"digest\"" },
	{ 'l', "{\"manifests\":[{\"digest\":1}]}", "doc: \"digest\" is not a text" },
	{ 'l', "{\"manifests\":[{\"digest\":\"sha256:../../../../etc/passwd\"}]}",
	  "doc: \"digest\" is \"sha256:../../../../etc/passwd\", not a sha256 or sha512 digest" },
	{ 'l', "{\"manifests\":[{\"digest\":\"sha256:\\u001b[2J\"}]}",
	  "doc: \"digest\" is \"sha256:\\x1b[2J\", not a sha256 or sha512 digest" },
	{ 'l', "{\"manifests\":[{\"digest\":\"md5:00\"}]}",
	  "doc: \"digest\" is \"md5:00\", not a sha256 or sha512 digest" },
	{ 'l', "{\"manifests\":[{\"digest\":\"sha256:" HEX "\\u0000\"}]}", "doc: \"digest\" holds a NUL" },
	{ 'l', "{\"manifests\":[{\"digest\":\"sha256:" HEX "\"}]}", "doc: no \"size\"" },
	{ 'l', "{\"manifests\":[{\"digest\":\"sha256:" HEX "\",\"size\":-1}]}", "doc: \"size\" is -1" },
	{ 'l', "{\"manifests\":[{\"digest\":\"sha256:" HEX "\",\"size\":\"7\"}]}",
	  "doc: \"size\" is not a whole number" },
	{ 'l', "{\"layers\":[]}", "doc: no \"config\"" },
	{ 'c', "{}", "doc: no \"rootfs\"" },
	{ 'c', "{\"rootfs\":{\"diff_ids\":[7]}}", "doc: \"diff_ids\" is not a text" },
	{ 'c', "{\"rootfs\":{\"diff_ids\":[\"x\"]}}",
	  "doc: \"diff_ids\" is \"x\", not a sha256 or sha512 digest" },
	{ 's', "[{}]", "doc: no \"Config\"" },
	{ 's', "[{\"Config\":\"c\",\"Layers\":\"l\"}]", "doc: \"Layers\" is not a list" },
};

static int parse(const struct erofs_oci_document *doc, char kind)
{
	struct erofs_oci_list list;
	struct erofs_oci_config config;
	struct erofs_oci_saved *saved;
	size_t count;

	return kind == 'l' ? erofs_oci_parse_list(doc, &list) :
	       kind == 'c' ? erofs_oci_parse_config(doc, &config) :
			     erofs_oci_parse_saved(doc, &saved, &count);
}

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct erofs_oci_document doc;
		struct scene s;

		start(&s);
		doc = document(&s, bad[i].json);
		assert_int_equal(parse(&doc, bad[i].kind), -EINVAL);
		assert_string_equal(s.text, bad[i].message);
		assert_int_equal(s.messages, 1);
		erofs_arena_fini(&s.arena);
	}
}

/* @count times @piece between brackets. */
static char *many(const char *before, const char *piece, size_t count, const char *after)
{
	size_t n = strlen(before), size = strlen(piece);
	char *text = malloc(n + count * size + strlen(after) + 1);

	assert_non_null(text);
	memcpy(text, before, n);
	for (size_t i = 0; i < count; i++, n += size)
		memcpy(text + n, piece, size);
	strcpy(text + n, after);
	return text;
}

static void expect_too_much(const char *json, int error)
{
	struct erofs_oci_document doc;
	struct scene s;

	start(&s);
	doc = document(&s, json);
	assert_int_equal(parse(&doc, 'l'), error);
	assert_int_equal(s.messages, 1);
	erofs_arena_fini(&s.arena);
}

static void test_limits(void **state)
{
	char *deep = many("", "[", 1000, ""), *wide = many("{\"a\":[", "[],", 40000, "1]}");
	char *long_list = many("{\"manifests\":[", "{},", EROFS_OCI_LIST_MAX, "{}]}");
	char *long_text = many("{\"manifests\":[{\"digest\":\"", "x", EROFS_OCI_TEXT_MAX_BYTES + 1, "\"}]}");
	char *huge = many("{\"a\":\"", "x", EROFS_OCI_DOCUMENT_MAX_BYTES, "\"}");

	(void)state;
	expect_too_much(deep, -EINVAL);
	expect_too_much(wide, -EFBIG);
	expect_too_much(long_list, -EFBIG);
	expect_too_much(long_text, -EINVAL);
	expect_too_much(huge, -EFBIG);
	free(deep);
	free(wide);
	free(long_list);
	free(long_text);
	free(huge);
}

static void test_platform(void **state)
{
	static const struct {
		const char *want, *have;
		bool matches;
	} cases[] = {
		{ "linux/amd64", "linux/amd64", true },
		{ "linux/arm64", "linux/arm64/v8", true },
		{ "linux/arm/v7", "linux/arm/v7", true },
		{ "linux/arm/v7", "linux/arm/v6", false },
		{ "linux/arm/v7", "linux/arm", false },
		{ "linux/amd64", "windows/amd64", false },
		{ "linux/amd64", "linux/386", false },
	};
	static const char *const wrong[] = { "", "linux", "linux/", "/amd64", "a/b/c/d", "a/b:c", "A/b" };
	struct erofs_oci_platform want, have;
	struct scene s;

	(void)state;
	start(&s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(erofs_oci_platform_parse(cases[i].want, &s.arena, &want), 1);
		assert_int_equal(erofs_oci_platform_parse(cases[i].have, &s.arena, &have), 1);
		assert_int_equal(erofs_oci_platform_matches(&want, &have), cases[i].matches);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(erofs_oci_platform_parse(wrong[i], &s.arena, &want), 0);
	erofs_arena_fini(&s.arena);
}

static void test_digest(void **state)
{
	struct erofs_oci_digest digest;
	char text[EROFS_OCI_DIGEST_TEXT];

	(void)state;
	assert_true(erofs_oci_digest_parse("sha256:" HEX, &digest));
	assert_string_equal(erofs_oci_digest_format(&digest, '/', text), "sha256/" HEX);
	assert_true(erofs_oci_digest_parse("sha512:" HEX HEX, &digest));
	assert_string_equal(erofs_oci_digest_format(&digest, ':', text), "sha512:" HEX HEX);
	assert_false(erofs_oci_digest_parse("sha512:" HEX, &digest));
	assert_false(erofs_oci_digest_parse("sha256:" HEX "0", &digest));
	assert_false(erofs_oci_digest_parse("sha256:CA" HEX, &digest));
	assert_false(erofs_oci_digest_parse("blake2b512:" HEX HEX, &digest));
	assert_false(erofs_oci_digest_parse("", &digest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_index),	 cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_bad),	 cmocka_unit_test(test_limits),
		cmocka_unit_test(test_platform), cmocka_unit_test(test_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
