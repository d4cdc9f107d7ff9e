/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the model of the kernel's page cache holds, evicts and reads; and that a forged fingerprint gets
 * nowhere once it is verified. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "tests/unit/ishare/domain-scene.h"

/* Every start and length around page edges, through the cache, cold and warm. */
static void test_offsets(void **state)
{
	static const uint64_t edges[] = { 0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE + 7,
		SIZE - 1, SIZE, SIZE + 1, UINT64_MAX };
	static const size_t sizes[] = { 0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, SIZE, 2 * SIZE };
	struct tiny_file f = tiny_tagged("f", scene_a, SIZE);
	struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_7_2, 3 * PAGE, false);
	struct erofs_domain_file *file;
	struct scene_mounted m;

	(void)state;
	scene_mount(dom, &f, 1, "id", &m);
	assert_int_equal(erofs_domain_open(m.mnt, m.rd, tiny_nid(0), &file), 0);
	for (size_t i = 0; i < 2 * sizeof(edges) / sizeof(edges[0]); i++) {
		for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
			uint64_t at = edges[i / 2], left = at < SIZE ? SIZE - at : 0;
			size_t expected = sizes[k] < left ? sizes[k] : (size_t)left;
			/* Of exact size: a sanitizer sees a byte too many. */
			uint8_t *buffer = malloc(sizes[k] ? sizes[k] : 1);

			assert_non_null(buffer);
			assert_int_equal(erofs_domain_read(file, at, buffer, sizes[k]), expected);
			if (expected)
				assert_memory_equal(buffer, scene_a + at, expected);
			free(buffer);
		}
	}
	erofs_domain_close(file);
	scene_unmount(&m);
	erofs_domain_free(dom);
}

static void test_bound(void **state)
{
	static const uint64_t bounds[] = { 1, PAGE, 2 * PAGE, 4 * PAGE + 1 };
	struct tiny_file f[] = { tiny_tagged("a", scene_a, SIZE), tiny_tagged("b", scene_b, SIZE) };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_7_2, bounds[i], false);
		struct erofs_domain_stats s;
		struct scene_mounted m;

		scene_mount(dom, f, 2, "id", &m);
		for (int round = 0; round < 3; round++) {
			scene_read(&m, 0, scene_a, SIZE);
			scene_read(&m, 1, scene_b, SIZE);
		}
		s = scene_stats(dom);
		assert_int_equal(s.pages_peak, bounds[i] / PAGE);
		assert_true(s.pages_cached <= bounds[i] / PAGE);
		assert_int_equal(s.hits + s.misses, 3 * 2 * PAGES);
		scene_unmount(&m);
		erofs_domain_free(dom);
	}
}

static void read_page(struct erofs_domain_file *file, uint64_t index)
{
	uint8_t byte;

	assert_int_equal(erofs_domain_read(file, index * PAGE, &byte, 1), 1);
	assert_int_equal(byte, scene_a[index * PAGE]);
}

/* Three pages fit. The one that was used again survives the fourth. */
static void test_clock(void **state)
{
	struct tiny_file f = tiny_tagged("f", scene_a, SIZE);
	struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_7_2, 3 * PAGE, false);
	struct erofs_domain_file *file;
	struct scene_mounted m;
	uint64_t hits;

	(void)state;
	scene_mount(dom, &f, 1, "id", &m);
	assert_int_equal(erofs_domain_open(m.mnt, m.rd, tiny_nid(0), &file), 0);
	read_page(file, 0);
	read_page(file, 1);
	read_page(file, 2);
	read_page(file, 0);
	read_page(file, 3);
	assert_int_equal(scene_stats(dom).pages_evicted, 1);
	hits = scene_stats(dom).hits;
	read_page(file, 0);
	read_page(file, 2);
	read_page(file, 3);
	assert_int_equal(scene_stats(dom).hits, hits + 3);
	read_page(file, 1);
	assert_int_equal(scene_stats(dom).hits, hits + 3);
	erofs_domain_close(file);
	scene_unmount(&m);
	erofs_domain_free(dom);
}

static void test_splice(void **state)
{
	struct tiny_file f = tiny_tagged("f", scene_a, SIZE);
	struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_7_2, 0, false);
	static uint8_t buffer[SIZE];
	struct scene_mounted m[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct erofs_domain_file *file;

		scene_mount(dom, &f, 1, "id", &m[i]);
		assert_true(scene_read(&m[i], 0, scene_a, SIZE));
		assert_int_equal(erofs_domain_open(m[i].mnt, m[i].rd, tiny_nid(0), &file), 0);
		assert_int_equal(erofs_domain_splice(file, 0, buffer, SIZE), SIZE);
		assert_memory_equal(buffer, scene_a, SIZE);
		erofs_domain_close(file);
	}
	assert_int_equal(scene_stats(dom).pages_cached, 3 * PAGES);
	scene_unmount(&m[0]);
	scene_unmount(&m[1]);
	erofs_domain_free(dom);
}

/* ---- forged fingerprints ---- */

/* File "f" whose content is scene_b and whose tag says scene_a. */
static struct tiny_file forged(void)
{
	struct tiny_file honest = tiny_tagged("f", scene_a, SIZE);
	struct tiny_file f = { .name = "f", .content = scene_b, .size_bytes = SIZE };

	tiny_tag_bytes(&f, honest.xattrs[0].value, honest.xattrs[0].value_bytes);
	return f;
}

/* What the kernel does: whoever reads first decides what everybody reads. */
static void test_forged_as_in_the_kernel(void **state)
{
	struct tiny_file honest = tiny_tagged("f", scene_a, SIZE), liar = forged();
	struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_7_2, 0, false);
	struct scene_mounted a, b;

	(void)state;
	scene_mount(dom, &liar, 1, "id", &a);
	scene_mount(dom, &honest, 1, "id", &b);
	assert_true(scene_read(&a, 0, scene_b, SIZE));
	assert_true(scene_read(&b, 0, scene_b, SIZE));
	scene_unmount(&a);
	scene_unmount(&b);
	erofs_domain_free(dom);
}

/* Neither order lets the liar's bytes out or the honest file's bytes in. */
static void test_forged_verified(void **state)
{
	struct tiny_file honest = tiny_tagged("f", scene_a, SIZE), liar = forged();

	(void)state;
	for (int liar_first = 0; liar_first <= 1; liar_first++) {
		struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_7_2, 0, true);
		struct erofs_domain_stats s;
		struct scene_mounted a, b;

		scene_mount(dom, &liar, 1, "id", &a);
		scene_mount(dom, &honest, 1, "id", &b);
		if (liar_first)
			assert_false(scene_read(&a, 0, scene_b, SIZE));
		assert_true(scene_read(&b, 0, scene_a, SIZE));
		assert_false(scene_read(&a, 0, scene_b, SIZE));
		s = scene_stats(dom);
		assert_int_equal(s.forged_inodes, 1);
		assert_int_equal(s.verified_inodes, 1);
		assert_int_equal(s.verified_bytes, 2 * SIZE);
		assert_int_equal(s.members, 1);
		scene_unmount(&a);
		scene_unmount(&b);
		erofs_domain_free(dom);
	}
}

static void test_unverifiable(void **state)
{
	struct tiny_file f[] = {
		scene_claiming("a", "unknown:value", SIZE), scene_claiming("b", "sha256:short", SIZE),
		{ .name = "c", .size_bytes = 1ull << 50 },
	};
	struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_7_2, 0, true);
	struct scene_mounted m;

	(void)state;
	tiny_tag_bytes(&f[2], tiny_tagged("x", "x", 1).xattrs[0].value, 39);
	scene_mount(dom, f, 3, "id", &m);
	for (size_t i = 0; i < 3; i++)
		assert_false(scene_shares(&m, i));
	assert_int_equal(scene_stats(dom).unverifiable_inodes, 3);
	assert_int_equal(scene_stats(dom).verified_bytes, 0);
	scene_unmount(&m);
	erofs_domain_free(dom);
}

static void test_7_0_verified(void **state)
{
	struct tiny_file f = tiny_tagged("f", scene_a, SIZE);
	struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_7_0, 0, true);
	struct scene_mounted a, b;

	(void)state;
	scene_mount(dom, &f, 1, "id", &a);
	scene_mount(dom, &f, 1, "id", &b);
	assert_true(scene_read(&a, 0, scene_a, SIZE));
	assert_true(scene_read(&b, 0, scene_a, SIZE));
	assert_int_equal(scene_stats(dom).groups, 1);
	assert_int_equal(scene_stats(dom).key_collisions, 0);
	scene_unmount(&a);
	scene_unmount(&b);
	erofs_domain_free(dom);
}

/* ---- damage ---- */

/* The latest member is the one that pages are filled through; here its content is cut off. The other
 * reader then reads its own. */
static void test_real_inode_fails(void **state)
{
	struct tiny_file f = tiny_tagged("f", scene_a, SIZE);
	struct tiny_spec spec = { .files = &f, .file_count = 1 };
	struct erofs_domain *dom = scene_domain(EROFS_DOMAIN_RULES_7_2, 0, false);
	struct erofs_domain_file *file;
	struct scene_mounted good, bad;
	uint8_t byte;
	size_t size;

	(void)state;
	scene_mount_spec(dom, &spec, "id", &good);
	bad.tiny.bytes = tiny_build(&spec, &size);
	assert_int_equal(erofs_image_open_memory(bad.tiny.bytes, size - PAGES * PAGE, NULL, NULL,
		&bad.tiny.img), 0);
	assert_int_equal(erofs_reader_new(bad.tiny.img, &bad.rd), 0);
	assert_int_equal(erofs_domain_mount(dom, bad.tiny.img, "id", &bad.mnt), 0);
	assert_true(scene_shares(&good, 0));
	assert_true(scene_shares(&bad, 0));
	assert_true(scene_read(&good, 0, scene_a, SIZE));
	assert_int_equal(scene_stats(dom).pages_cached, 0);
	assert_int_equal(erofs_domain_open(bad.mnt, bad.rd, tiny_nid(0), &file), 0);
	assert_int_equal(erofs_domain_read(file, 0, &byte, 1), -EUCLEAN);
	erofs_domain_close(file);
	scene_unmount(&bad);
	/* With the bad member gone the pages are filled and stay. */
	assert_true(scene_read(&good, 0, scene_a, SIZE));
	assert_int_equal(scene_stats(dom).pages_cached, PAGES);
	scene_unmount(&good);
	erofs_domain_free(dom);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_splice),
		cmocka_unit_test(test_forged_as_in_the_kernel),
		cmocka_unit_test(test_forged_verified),
		cmocka_unit_test(test_unverifiable),
		cmocka_unit_test(test_7_0_verified),
		cmocka_unit_test(test_real_inode_fails),
	};

	return cmocka_run_group_tests(tests, scene_fill_contents, NULL);
}
