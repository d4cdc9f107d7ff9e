/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sharing reports: totals, groups and near misses of small sets of images, computed here by hand. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "tests/unit/ishare/tiny-image.h"

static struct erofs_ishare_groups *new_report(void)
{
	struct erofs_ishare_groups *g;

	assert_int_equal(erofs_ishare_groups_new(&g), 0);
	return g;
}

static void expect_totals(const struct erofs_ishare_groups *g, struct erofs_ishare_totals expected)
{
	const struct erofs_ishare_totals *t = erofs_ishare_groups_totals(g);

	assert_int_equal(t->files, expected.files);
	assert_int_equal(t->tagged, expected.tagged);
	assert_int_equal(t->groups, expected.groups);
	assert_int_equal(t->unshared_bytes, expected.unshared_bytes);
	assert_int_equal(t->shared_bytes, expected.shared_bytes);
	assert_int_equal(t->saved_bytes, expected.unshared_bytes - expected.shared_bytes);
}

static void test_pages(void **state)
{
	static const struct {
		uint64_t size, pages;
	} cases[] = { { 0, 0 }, { 1, 1 }, { 4095, 1 }, { 4096, 1 }, { 4097, 2 }, { 1ull << 40, 1ull << 28 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(erofs_ishare_pages_bytes(cases[i].size), cases[i].pages * TINY_PAGE);
	assert_true(erofs_ishare_pages_bytes(UINT64_MAX) == UINT64_MAX);
}

static void test_empty(void **state)
{
	struct erofs_ishare_groups *g = new_report();

	(void)state;
	assert_int_equal(erofs_ishare_groups_finish(g), 0);
	expect_totals(g, (struct erofs_ishare_totals){ 0 });
	assert_null(erofs_ishare_groups_get(g, 0));
	assert_null(erofs_ishare_groups_near_miss(g, 0));
	erofs_ishare_groups_free(g);
	erofs_ishare_groups_free(NULL);
}

/* Two images: "same" is in both, twice in the first; a hard link counts once; one untagged file. */
static void test_two_images(void **state)
{
	struct tiny_file first[] = {
		tiny_tagged("only", tiny_b, 2 * TINY_PAGE),
		tiny_tagged("same", tiny_a, TINY_PAGE + 1),
		tiny_tagged("same-again", tiny_a, TINY_PAGE + 1),
		{ .name = "same-link", .link_to = "same" },
		tiny_plain("untagged", tiny_a, 10),
		tiny_plain("zero", "", 0),
	};
	struct tiny_file second[] = { tiny_tagged("moved", tiny_a, TINY_PAGE + 1) };
	struct erofs_ishare_groups *g = new_report();
	const struct erofs_ishare_group *group;

	(void)state;
	tiny_add(g, first, 6);
	tiny_add(g, second, 1);
	assert_int_equal(erofs_ishare_groups_finish(g), 0);
	expect_totals(g, (struct erofs_ishare_totals){ .files = 5, .tagged = 4, .groups = 1,
		.unshared_bytes = (2 + 2 + 2 + 1 + 2) * TINY_PAGE, .shared_bytes = (2 + 2 + 1) * TINY_PAGE });
	assert_int_equal(erofs_ishare_groups_image_count(g), 2);
	assert_int_equal(erofs_ishare_groups_image(g, 0)->files, 4);
	assert_int_equal(erofs_ishare_groups_image(g, 0)->tagged, 3);
	assert_int_equal(erofs_ishare_groups_image(g, 0)->bytes, 7 * TINY_PAGE);
	assert_int_equal(erofs_ishare_groups_image(g, 1)->files, 1);
	group = erofs_ishare_groups_get(g, 0);
	assert_int_equal(group->member_count, 3);
	assert_int_equal(group->saved_bytes, 2 * 2 * TINY_PAGE);
	assert_int_equal(group->size_bytes, TINY_PAGE + 1);
	assert_int_equal(group->value_bytes, 39);
	assert_memory_equal(group->value, second[0].xattrs[0].value, 39);
	assert_int_equal(group->share_class, EROFS_ISHARE_CLASS_PLAIN);
	assert_string_equal(group->members[0].path, "/same");
	assert_string_equal(group->members[1].path, "/same-again");
	assert_string_equal(group->members[2].path, "/moved");
	assert_int_equal(group->members[1].image, 0);
	assert_int_equal(group->members[2].image, 1);
	assert_int_equal(group->members[2].nid, tiny_nid(0));
	assert_null(erofs_ishare_groups_get(g, 1));
	erofs_ishare_groups_free(g);
}

/* Largest saving first, then by value. */
static void test_order(void **state)
{
	struct tiny_file files[] = {
		tiny_plain("a", tiny_a, 1), tiny_plain("b", tiny_a, 1), tiny_plain("c", tiny_a, TINY_PAGE + 1),
		tiny_plain("d", tiny_a, 1),
	};
	static const char *const values[] = { "zz", "z", "big", "a" };
	static const char *const expected[] = { "big", "a", "z", "zz" };
	struct erofs_ishare_groups *g = new_report();

	(void)state;
	for (size_t i = 0; i < 4; i++)
		tiny_tag_bytes(&files[i], values[i], strlen(values[i]));
	tiny_add(g, files, 4);
	tiny_add(g, files, 4);
	assert_int_equal(erofs_ishare_groups_finish(g), 0);
	for (size_t i = 0; i < 4; i++) {
		const struct erofs_ishare_group *group = erofs_ishare_groups_get(g, i);

		assert_int_equal(group->value_bytes, strlen(expected[i]));
		assert_memory_equal(group->value, expected[i], group->value_bytes);
		assert_string_equal(group->members[0].path, group->members[1].path);
	}
	erofs_ishare_groups_free(g);
}

static void expect_near_miss(const struct erofs_ishare_groups *g, size_t index,
	enum erofs_ishare_near_miss_reason reason, size_t count, const char *first)
{
	const struct erofs_ishare_near_miss *m = erofs_ishare_groups_near_miss(g, index);

	assert_non_null(m);
	assert_string_equal(erofs_ishare_near_miss_name(m->reason),
		erofs_ishare_near_miss_name(reason));
	assert_int_equal(m->member_count, count);
	assert_string_equal(m->members[0].path, first);
	assert_int_equal(!m->value, reason == EROFS_NEAR_MISS_UNTAGGED);
}

static void test_class_mismatch(void **state)
{
	struct tiny_file files[] = { tiny_tagged("a", tiny_a, TINY_PAGE), tiny_tagged("b", tiny_a, TINY_PAGE) };
	struct erofs_ishare_groups *g = new_report();

	(void)state;
	files[1].content = NULL; /* never read here */
	files[1].layout = EROFS_LAYOUT_COMPRESSED_COMPACT;
	tiny_add(g, files, 2);
	assert_int_equal(erofs_ishare_groups_finish(g), 0);
	expect_totals(g, (struct erofs_ishare_totals){ .files = 2, .tagged = 2,
		.unshared_bytes = 2 * TINY_PAGE, .shared_bytes = 2 * TINY_PAGE });
	expect_near_miss(g, 0, EROFS_NEAR_MISS_CLASS, 2, "/a");
	assert_null(erofs_ishare_groups_near_miss(g, 1));
	erofs_ishare_groups_free(g);
}

static void test_size_mismatch(void **state)
{
	struct tiny_file files[] = { tiny_plain("a", tiny_a, 2 * TINY_PAGE), tiny_plain("b", tiny_a, 3 * TINY_PAGE),
		tiny_plain("c", tiny_a, 3 * TINY_PAGE) };
	struct erofs_ishare_groups *g = new_report();

	(void)state;
	for (size_t i = 0; i < 3; i++)
		tiny_tag_bytes(&files[i], "claim", 5);
	tiny_add(g, files, 3);
	assert_int_equal(erofs_ishare_groups_finish(g), 0);
	expect_totals(g, (struct erofs_ishare_totals){ .files = 3, .tagged = 3, .groups = 1,
		.unshared_bytes = 8 * TINY_PAGE, .shared_bytes = 5 * TINY_PAGE });
	expect_near_miss(g, 0, EROFS_NEAR_MISS_SIZE, 3, "/a");
	assert_null(erofs_ishare_groups_near_miss(g, 1));
	erofs_ishare_groups_free(g);
}

static void test_algorithm_mismatch(void **state)
{
	struct tiny_file files[] = { tiny_tagged("a", tiny_a, TINY_PAGE), tiny_plain("b", tiny_a, TINY_PAGE),
		tiny_plain("c", tiny_a, TINY_PAGE + 1), tiny_plain("d", tiny_b, TINY_PAGE) };
	struct erofs_ishare_groups *g = new_report();
	const struct erofs_ishare_near_miss *m;

	(void)state;
	tiny_tag(&files[1], EROFS_DIGEST_SHA512);
	tiny_tag(&files[2], EROFS_DIGEST_SHA512); /* another size: cannot be equal */
	tiny_tag_bytes(&files[3], "other:1", 7);  /* no algorithm that is known to differ */
	tiny_add(g, files, 4);
	assert_int_equal(erofs_ishare_groups_finish(g), 0);
	expect_near_miss(g, 0, EROFS_NEAR_MISS_ALGORITHM, 2, "/a");
	m = erofs_ishare_groups_near_miss(g, 0);
	assert_string_equal(m->members[1].path, "/b");
	assert_null(erofs_ishare_groups_near_miss(g, 1));
	erofs_ishare_groups_free(g);
}

static void test_hex_form(void **state)
{
	struct tiny_file files[] = { tiny_tagged("a", tiny_a, TINY_PAGE), tiny_plain("b", tiny_a, TINY_PAGE) };
	struct erofs_ishare_groups *g = new_report();
	char *hex = erofs_fingerprint_text(files[0].xattrs[0].value, 39);

	(void)state;
	assert_non_null(hex);
	tiny_tag_bytes(&files[1], hex, strlen(hex));
	free(hex);
	tiny_add(g, files, 2);
	assert_int_equal(erofs_ishare_groups_finish(g), 0);
	expect_totals(g, (struct erofs_ishare_totals){ .files = 2, .tagged = 2,
		.unshared_bytes = 2 * TINY_PAGE, .shared_bytes = 2 * TINY_PAGE });
	expect_near_miss(g, 0, EROFS_NEAR_MISS_HEX, 1, "/b");
	assert_null(erofs_ishare_groups_near_miss(g, 1));
	erofs_ishare_groups_free(g);
}

/* Untagged files are named when another file has their size; larger savings come first. */
static void test_untagged(void **state)
{
	struct tiny_file files[] = {
		tiny_plain("a", tiny_a, 100), tiny_plain("b", tiny_b, 100), tiny_plain("c", tiny_a, 101),
		tiny_tagged("d", tiny_a, 3 * TINY_PAGE), tiny_plain("e", tiny_a, 3 * TINY_PAGE),
	};
	struct erofs_ishare_groups *g = new_report();

	(void)state;
	tiny_add(g, files, 5);
	assert_int_equal(erofs_ishare_groups_finish(g), 0);
	expect_near_miss(g, 0, EROFS_NEAR_MISS_UNTAGGED, 1, "/e");
	expect_near_miss(g, 1, EROFS_NEAR_MISS_UNTAGGED, 2, "/a");
	assert_null(erofs_ishare_groups_near_miss(g, 2));
	erofs_ishare_groups_free(g);
}

/* An image without the superblock bit shares nothing, whatever its inodes carry. */
static void test_no_bit(void **state)
{
	struct tiny_file files[] = { tiny_tagged("a", tiny_a, TINY_PAGE), tiny_tagged("b", tiny_a, TINY_PAGE) };
	const struct tiny_spec spec = { .files = files, .file_count = 2, .no_ishare_bit = true };
	struct erofs_ishare_groups *g = new_report();
	struct tiny_image tiny;

	(void)state;
	tiny_open(&spec, &tiny);
	assert_int_equal(erofs_ishare_groups_add(g, tiny.img), 0);
	tiny_close(&tiny);
	assert_int_equal(erofs_ishare_groups_finish(g), 0);
	expect_totals(g, (struct erofs_ishare_totals){ .files = 2, .unshared_bytes = 2 * TINY_PAGE,
		.shared_bytes = 2 * TINY_PAGE });
	expect_near_miss(g, 0, EROFS_NEAR_MISS_UNTAGGED, 2, "/a");
	erofs_ishare_groups_free(g);
}

/* Sizes are claims too: sums of huge ones stay at the top instead of wrapping. */
static void test_huge_sizes(void **state)
{
	struct tiny_file files[3];
	struct erofs_ishare_groups *g = new_report();
	const struct erofs_ishare_totals *t = erofs_ishare_groups_totals(g);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		files[i] = tiny_plain(i == 0 ? "a" : i == 1 ? "b" : "c", NULL, INT64_MAX);
		tiny_tag_bytes(&files[i], "huge", 4);
	}
	tiny_add(g, files, 3);
	assert_int_equal(erofs_ishare_groups_finish(g), 0);
	assert_true(t->unshared_bytes == UINT64_MAX);
	assert_true(t->shared_bytes == 1ull << 63);
	assert_true(t->saved_bytes <= t->unshared_bytes);
	erofs_ishare_groups_free(g);
}

static void test_damaged(void **state)
{
	struct tiny_file files[] = { tiny_tagged("a", tiny_a, TINY_PAGE) };
	const struct tiny_spec spec = { .files = files, .file_count = 1 };
	struct erofs_ishare_groups *g = new_report();
	struct erofs_image *img;
	size_t size;
	uint8_t *bytes = tiny_build(&spec, &size);

	(void)state;
	/* Both the directory and the content are cut off. */
	assert_int_equal(erofs_image_open_memory(bytes, size - 2 * TINY_PAGE, NULL, NULL, &img), 0);
	assert_int_equal(erofs_ishare_groups_add(g, img), -EUCLEAN);
	erofs_image_close(img);
	erofs_ishare_groups_free(g);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_two_images),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_class_mismatch),
		cmocka_unit_test(test_size_mismatch),
		cmocka_unit_test(test_algorithm_mismatch),
		cmocka_unit_test(test_hex_form),
		cmocka_unit_test(test_untagged),
		cmocka_unit_test(test_no_bit),
		cmocka_unit_test(test_huge_sizes),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
