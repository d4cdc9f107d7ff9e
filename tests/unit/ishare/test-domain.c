/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who shares with whom in the model of the kernel's page cache, under each rule set. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "tests/unit/ishare/domain-scene.h"

static void test_two_mounts_share(void **state)
{
	struct tiny_file f = tiny_tagged("f", scene_a, SIZE);
	struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_7_2, 0, false);
	struct scene_mounted a, b;
	struct erofs_domain_stats s;

	(void)state;
	scene_mount(dom, &f, 1, "id", &a);
	scene_mount(dom, &f, 1, "id", &b);
	assert_true(scene_read(&a, 0, scene_a, SIZE));
	assert_true(scene_read(&b, 0, scene_a, SIZE));
	s = scene_stats(dom);
	assert_int_equal(s.misses, PAGES);
	assert_int_equal(s.hits, PAGES);
	assert_int_equal(s.pages_cached, PAGES);
	assert_int_equal(s.shared_inodes, 1);
	assert_int_equal(s.members, 2);
	assert_int_equal(s.groups, 1);
	assert_int_equal(s.inodes, 2);
	assert_int_equal(s.tagged, 2);
	/* The pages live as long as one member does. */
	scene_unmount(&a);
	s = scene_stats(dom);
	assert_int_equal(s.pages_cached, PAGES);
	assert_int_equal(s.members, 1);
	assert_int_equal(s.groups, 0);
	assert_true(scene_read(&b, 0, scene_a, SIZE));
	assert_int_equal(scene_stats(dom).misses, PAGES);
	scene_unmount(&b);
	s = scene_stats(dom);
	assert_int_equal(s.pages_cached, 0);
	assert_int_equal(s.shared_inodes, 0);
	assert_int_equal(s.pages_peak, PAGES);
	erofs_domain_free(dom);
}

static void test_domain_ids(void **state)
{
	struct tiny_file f = tiny_tagged("f", scene_a, SIZE);
	struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_7_2, 0, false);
	struct erofs_domain_mount *mnt;
	struct scene_mounted a, b;

	(void)state;
	scene_mount(dom, &f, 1, "one", &a);
	scene_mount(dom, &f, 1, "two", &b);
	assert_true(scene_read(&a, 0, scene_a, SIZE));
	assert_true(scene_read(&b, 0, scene_a, SIZE));
	assert_int_equal(scene_stats(dom).pages_cached, 2 * PAGES);
	assert_int_equal(scene_stats(dom).groups, 0);
	assert_int_equal(erofs_domain_mount(dom, a.tiny.img, NULL, &mnt), -EINVAL);
	assert_int_equal(erofs_domain_mount(dom, a.tiny.img, "", &mnt), -EINVAL);
	scene_unmount(&a);
	scene_unmount(&b);
	erofs_domain_free(dom);
}

/* "v1" in domain "d" and "v" in domain "1d" are one key in Linux 7.0. */
static void test_keys_of_7_0_collide(void **state)
{
	struct tiny_file first = scene_claiming("f", "v1", SIZE), second = scene_claiming("f", "v", SIZE);
	static const struct {
		enum erofs_domain_rules rules;
		bool collide;
	} cases[] = {
		{ EROFS_DOMAIN_RULES_7_2, false },
		{ EROFS_DOMAIN_RULES_7_0, true },
		{ EROFS_DOMAIN_RULES_SEED, true },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct erofs_domain *dom = scene_domain(cases[i].rules, 0, false);
		struct scene_mounted a, b;

		scene_mount(dom, &first, 1, "d", &a);
		scene_mount(dom, &second, 1, "1d", &b);
		assert_true(scene_shares(&a, 0));
		assert_true(scene_shares(&b, 0));
		assert_int_equal(scene_stats(dom).key_collisions, cases[i].collide);
		assert_int_equal(scene_stats(dom).shared_inodes, cases[i].collide ? 1 : 2);
		scene_unmount(&a);
		scene_unmount(&b);
		erofs_domain_free(dom);
	}
}

/* Two files that claim one value under @rules; how many of them share? */
static unsigned int sharers(enum erofs_domain_rules rules, const struct tiny_file *f,
	struct erofs_domain_stats *ret)
{
	struct erofs_domain *dom = scene_domain(rules, 0, false);
	struct scene_mounted m;
	unsigned int n;

	scene_mount(dom, f, 2, "id", &m);
	n = scene_shares(&m, 0) + (unsigned int)scene_shares(&m, 1);
	*ret = scene_stats(dom);
	scene_unmount(&m);
	erofs_domain_free(dom);
	return n;
}

static void test_size_mismatch(void **state)
{
	struct tiny_file f[] = { scene_claiming("a", "v", SIZE), scene_claiming("b", "v", SIZE - 1) };
	struct erofs_domain_stats s;

	(void)state;
	assert_int_equal(sharers(EROFS_DOMAIN_RULES_7_2, f, &s), 1);
	assert_int_equal(s.size_mismatches, 1);
	assert_int_equal(sharers(EROFS_DOMAIN_RULES_7_0, f, &s), 1);
	assert_int_equal(sharers(EROFS_DOMAIN_RULES_SEED, f, &s), 2);
	assert_int_equal(s.size_mismatches, 0);
}

/* The seed's rules let sizes differ: pages come from the latest member, and past its end they are zeros. */
static void test_seed_reads_past_the_real_end(void **state)
{
	static uint8_t expected[SIZE];
	struct tiny_file f[] = { scene_claiming("a", "v", SIZE), scene_claiming("b", "v", 2 * PAGE + 10) };
	struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_SEED, 0, false);
	struct scene_mounted m;

	(void)state;
	memcpy(expected, scene_a, 2 * PAGE + 10);
	scene_mount(dom, f, 2, "id", &m);
	assert_true(scene_shares(&m, 0));
	assert_true(scene_shares(&m, 1));
	assert_true(scene_read(&m, 0, expected, SIZE));
	assert_true(scene_read(&m, 1, scene_a, 2 * PAGE + 10));
	scene_unmount(&m);
	erofs_domain_free(dom);
}

static void test_class_mismatch(void **state)
{
	struct tiny_file f[] = { scene_claiming("a", "v", SIZE), scene_claiming("b", "v", SIZE) };
	struct erofs_domain_stats s;

	(void)state;
	f[1].content = NULL; /* only looked at */
	f[1].layout = EROFS_LAYOUT_COMPRESSED_FULL;
	assert_int_equal(sharers(EROFS_DOMAIN_RULES_7_2, f, &s), 1);
	assert_int_equal(s.class_mismatches, 1);
	assert_int_equal(sharers(EROFS_DOMAIN_RULES_SEED, f, &s), 2);
}

static void test_left_out(void **state)
{
	struct tiny_file f[] = {
		{ .name = "a", .content = scene_a, .size_bytes = SIZE },
		tiny_tagged("b", "", 0),
		tiny_tagged("c", scene_a, SIZE),
		{ .name = "d", .mode = S_IFDIR | 0755, .content = scene_a, .size_bytes = 4096 },
		{ .name = "e", .mode = S_IFIFO | 0644 },
	};
	struct tiny_spec spec = { .files = f, .file_count = 5 };
	struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_7_2, 0, false);
	struct erofs_domain_file *file;
	struct scene_mounted m;

	(void)state;
	scene_mount_spec(dom, &spec, "id", &m);
	assert_false(scene_read(&m, 0, scene_a, SIZE));
	assert_false(scene_read(&m, 1, "", 0));
	assert_true(scene_read(&m, 2, scene_a, SIZE));
	assert_int_equal(scene_stats(dom).inodes, 2);
	assert_int_equal(scene_stats(dom).tagged, 1);
	assert_int_equal(erofs_domain_open(m.mnt, m.rd, tiny_nid(3), &file), -EISDIR);
	assert_int_equal(erofs_domain_open(m.mnt, m.rd, tiny_nid(4), &file), -EINVAL);
	assert_int_equal(erofs_domain_open(m.mnt, m.rd, 1ull << 40, &file), -EUCLEAN);
	scene_unmount(&m);
	/* Without the superblock bit the mount works and shares nothing. */
	spec.no_ishare_bit = true;
	scene_mount_spec(dom, &spec, "id", &m);
	assert_false(scene_read(&m, 2, scene_a, SIZE));
	scene_unmount(&m);
	erofs_domain_free(dom);
}

static void test_without_sharing(void **state)
{
	const struct erofs_domain_options options = { .struct_size = sizeof(options),
		.count_only = true };
	struct tiny_file f = tiny_tagged("f", scene_a, SIZE);
	struct erofs_domain *dom;
	struct scene_mounted a, b;

	(void)state;
	assert_int_equal(erofs_domain_new(&options, NULL, &dom), 0);
	scene_mount(dom, &f, 1, NULL, &a);
	scene_mount(dom, &f, 1, NULL, &b);
	for (int i = 0; i < 2; i++) {
		assert_false(scene_read(&a, 0, scene_a, SIZE));
		assert_false(scene_read(&b, 0, scene_a, SIZE));
	}
	assert_int_equal(scene_stats(dom).pages_cached, 2 * PAGES);
	assert_int_equal(scene_stats(dom).misses, 2 * PAGES);
	assert_int_equal(scene_stats(dom).hits, 2 * PAGES);
	scene_unmount(&a);
	scene_unmount(&b);
	erofs_domain_free(dom);
}

static void test_options(void **state)
{
	struct erofs_domain_options options = { .struct_size = 1 };
	struct erofs_domain *dom;

	(void)state;
	assert_int_equal(erofs_domain_new(&options, NULL, &dom), -EINVAL);
	assert_int_equal(erofs_domain_new(NULL, NULL, &dom), 0);
	erofs_domain_unmount(NULL);
	erofs_domain_free(dom);
	erofs_domain_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_mounts_share),
		cmocka_unit_test(test_domain_ids),
		cmocka_unit_test(test_keys_of_7_0_collide),
		cmocka_unit_test(test_size_mismatch),
		cmocka_unit_test(test_seed_reads_past_the_real_end),
		cmocka_unit_test(test_class_mismatch),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_without_sharing),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, scene_fill_contents, NULL);
}
