/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a further image costs: sums and causes of small images, computed here by hand. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/ishare/tiny-image.h"

struct scene {
	struct erofs_ishare_groups *g;
	struct erofs_ishare_diff *d;
};

static struct scene compare(const struct tiny_file *old, size_t old_count,
	const struct tiny_file *new, size_t new_count)
{
	struct scene s;

	assert_int_equal(erofs_ishare_groups_new(&s.g), 0);
	tiny_add(s.g, old, old_count);
	tiny_add(s.g, new, new_count);
	assert_int_equal(erofs_ishare_groups_finish(s.g), 0);
	assert_int_equal(erofs_ishare_diff_new(s.g, &s.d), 0);
	return s;
}

static void end(struct scene s)
{
	erofs_ishare_diff_free(s.d);
	erofs_ishare_groups_free(s.g);
}

static void expect_sum(struct erofs_ishare_diff_sum sum, uint64_t files, uint64_t pages)
{
	assert_int_equal(sum.files, files);
	assert_int_equal(sum.bytes, pages * TINY_PAGE);
}

/* One of the new image's files, whose other is @other of image 0; NULL for none. */
static void expect_file(struct scene s, size_t index, const char *path,
	enum erofs_ishare_diff_cause cause, const char *other)
{
	const struct erofs_ishare_diff_file *f = erofs_ishare_diff_get(s.d, index);

	assert_non_null(f);
	assert_string_equal(f->member.path, path);
	assert_string_equal(erofs_ishare_diff_cause_name(f->cause),
		erofs_ishare_diff_cause_name(cause));
	assert_int_equal(!f->other, !other);
	if (other) {
		assert_string_equal(f->other->path, other);
		assert_int_equal(f->other->image, 0);
	}
}

static void test_sums(void **state)
{
	struct tiny_file old[] = { tiny_tagged("a", tiny_a, TINY_PAGE + 1), tiny_tagged("b", tiny_a, 5) };
	struct tiny_file new[] = {
		tiny_tagged("a", tiny_a, TINY_PAGE + 1),		/* reused */
		tiny_tagged("b", tiny_b, 7),		/* changed */
		{ .name = "b-link", .link_to = "b" },
		tiny_tagged("c", tiny_b, 2 * TINY_PAGE),		/* added */
		tiny_tagged("d", tiny_b, 2 * TINY_PAGE),		/* repeated */
		tiny_tagged("moved", tiny_a, 5),		/* reused */
		tiny_plain("untagged", tiny_a, 5),
		tiny_plain("zero", "", 0),
	};
	struct scene s = compare(old, 2, new, 8);
	const struct erofs_ishare_diff_totals *t = erofs_ishare_diff_totals(s.d);

	(void)state;
	expect_sum(t->all, 6, 2 + 1 + 2 + 2 + 1 + 1);
	expect_sum(t->reused, 2, 3);
	expect_sum(t->repeated, 1, 2);
	expect_sum(t->unshared, 3, 4);
	expect_sum(t->by_cause[EROFS_DIFF_ADDED], 1, 2);
	expect_sum(t->by_cause[EROFS_DIFF_CHANGED], 1, 1);
	expect_sum(t->by_cause[EROFS_DIFF_UNTAGGED], 1, 1);
	expect_file(s, 0, "/c", EROFS_DIFF_ADDED, NULL);
	expect_file(s, 1, "/b", EROFS_DIFF_CHANGED, "/b");
	expect_file(s, 2, "/untagged", EROFS_DIFF_UNTAGGED, NULL);
	assert_null(erofs_ishare_diff_get(s.d, 3));
	end(s);
}

static void test_near_misses(void **state)
{
	struct tiny_file old[] = {
		tiny_plain("algorithm", tiny_a, 10), tiny_tagged("class", tiny_a, TINY_PAGE),
		tiny_plain("hex", tiny_a, 20), tiny_plain("size", tiny_a, 30), tiny_tagged("unknown", tiny_a, 50),
		tiny_plain("untagged", tiny_a, 40),
	};
	struct tiny_file new[] = {
		tiny_tagged("algorithm", tiny_a, 10), tiny_tagged("class-moved", tiny_a, TINY_PAGE),
		tiny_tagged("hex-moved", tiny_a, 20), tiny_plain("size", tiny_a, 31),
		tiny_tagged("unknown", tiny_b, 50), tiny_tagged("untagged", tiny_a, 40),
	};
	char *hex = erofs_fingerprint_text(new[2].xattrs[0].value, 39);
	struct scene s;

	(void)state;
	tiny_tag(&old[0], EROFS_DIGEST_SHA512);
	new[1].content = NULL; /* never read here */
	new[1].layout = EROFS_LAYOUT_COMPRESSED_COMPACT;
	tiny_tag_bytes(&old[2], hex, strlen(hex));
	free(hex);
	tiny_tag_bytes(&old[3], "same", 4);
	tiny_tag_bytes(&new[3], "same", 4);
	s = compare(old, 6, new, 6);
	expect_sum(erofs_ishare_diff_totals(s.d)->unshared, 6, 6);
	expect_file(s, 0, "/algorithm", EROFS_DIFF_ALGORITHM, "/algorithm");
	expect_file(s, 1, "/class-moved", EROFS_DIFF_CLASS, "/class");
	expect_file(s, 2, "/hex-moved", EROFS_DIFF_HEX, "/hex");
	expect_file(s, 3, "/size", EROFS_DIFF_SIZE, "/size");
	expect_file(s, 4, "/unknown", EROFS_DIFF_CHANGED, "/unknown");
	expect_file(s, 5, "/untagged", EROFS_DIFF_UNTAGGED, "/untagged");
	end(s);
	/* The reverse: what is in hex form, or untagged, is the new image. */
	s = compare(new, 6, old, 6);
	expect_file(s, 2, "/hex", EROFS_DIFF_HEX, "/hex-moved");
	expect_file(s, 5, "/untagged", EROFS_DIFF_UNTAGGED, "/untagged");
	end(s);
}

static void test_one_image(void **state)
{
	struct tiny_file files[] = { tiny_tagged("a", tiny_a, TINY_PAGE), tiny_tagged("b", tiny_a, TINY_PAGE) };
	struct scene s;

	(void)state;
	assert_int_equal(erofs_ishare_groups_new(&s.g), 0);
	assert_int_equal(erofs_ishare_diff_new(s.g, &s.d), -EINVAL);
	tiny_add(s.g, files, 2);
	assert_int_equal(erofs_ishare_groups_finish(s.g), 0);
	assert_int_equal(erofs_ishare_diff_new(s.g, &s.d), 0);
	expect_sum(erofs_ishare_diff_totals(s.d)->unshared, 1, 1);
	expect_sum(erofs_ishare_diff_totals(s.d)->repeated, 1, 1);
	end(s);
	erofs_ishare_diff_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_near_misses),
		cmocka_unit_test(test_one_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
