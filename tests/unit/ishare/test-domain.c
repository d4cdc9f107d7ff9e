/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model of the kernel's shared page cache: who shares under which rules, what is cached, filled
 * through whom, evicted when; and that a forged fingerprint gets nowhere once it is verified. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "tests/unit/ishare/tiny-image.h"

#define PAGE 4096
#define PAGES 5
#define SIZE (PAGES * PAGE - 100)

static uint8_t content_a[PAGES * PAGE], content_b[PAGES * PAGE];

/* One image, mounted, with its reader. */
struct mounted {
	struct tiny_image tiny;
	struct erofs_reader *rd;
	struct erofs_domain_mount *mnt;
};

static struct erofs_domain *new_domain(enum erofs_domain_rules rules, uint64_t cache_bytes,
	bool verify)
{
	const struct erofs_domain_options options = { .struct_size = sizeof(options),
		.rules = rules, .cache_bytes = cache_bytes, .share = true, .verify = verify };
	struct erofs_domain *dom;

	assert_int_equal(erofs_domain_new(&options, NULL, &dom), 0);
	return dom;
}

static void mount_spec(struct erofs_domain *dom, const struct tiny_spec *spec, const char *id,
	struct mounted *ret)
{
	tiny_open(spec, &ret->tiny);
	assert_int_equal(erofs_reader_new(ret->tiny.img, &ret->rd), 0);
	assert_int_equal(erofs_domain_mount(dom, ret->tiny.img, id, &ret->mnt), 0);
}

static void mount_files(struct erofs_domain *dom, const struct tiny_file *files, size_t count,
	const char *id, struct mounted *ret)
{
	const struct tiny_spec spec = { .files = files, .file_count = count };

	mount_spec(dom, &spec, id, ret);
}

static void unmount(struct mounted *m)
{
	erofs_domain_unmount(m->mnt);
	erofs_reader_free(m->rd);
	tiny_close(&m->tiny);
}

/* Opens file number @i, reads all of it and compares. Returns whether it shares. */
static bool read_whole(struct mounted *m, size_t i, const void *expected, size_t size)
{
	struct erofs_domain_file *file;
	static uint8_t buffer[2 * PAGES * PAGE];
	bool shares;

	assert_int_equal(erofs_domain_open(m->mnt, m->rd, tiny_nid(i), &file), 0);
	assert_int_equal(erofs_domain_read(file, 0, buffer, sizeof(buffer)), size);
	assert_memory_equal(buffer, expected, size);
	shares = erofs_domain_file_shares(file);
	erofs_domain_close(file);
	return shares;
}

/* Whether file @i shares, without reading it. */
static bool shares(struct mounted *m, size_t i)
{
	struct erofs_domain_file *file;
	bool answer;

	assert_int_equal(erofs_domain_open(m->mnt, m->rd, tiny_nid(i), &file), 0);
	answer = erofs_domain_file_shares(file);
	erofs_domain_close(file);
	return answer;
}

static struct erofs_domain_stats stats_of(struct erofs_domain *dom)
{
	struct erofs_domain_stats s;

	erofs_domain_stats(dom, &s);
	return s;
}

static struct tiny_file tagged(const char *name, const void *content, uint64_t size_bytes)
{
	struct tiny_file f = { .name = name, .content = content, .size_bytes = size_bytes };

	tiny_tag(&f, EROFS_DIGEST_SHA256);
	return f;
}

static struct tiny_file claiming(const char *name, const char *value, uint64_t size_bytes)
{
	struct tiny_file f = { .name = name, .content = content_a, .size_bytes = size_bytes };

	tiny_tag_bytes(&f, value, strlen(value));
	return f;
}

static int fill_contents(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(content_a); i++) {
		content_a[i] = (uint8_t)(i * 31 + i / PAGE);
		content_b[i] = (uint8_t)(i * 17 + i / PAGE);
	}
	return 0;
}

static void test_two_mounts_share(void **state)
{
	struct tiny_file f = tagged("f", content_a, SIZE);
	struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_7_2, 0, false);
	struct mounted a, b;
	struct erofs_domain_stats s;

	(void)state;
	mount_files(dom, &f, 1, "id", &a);
	mount_files(dom, &f, 1, "id", &b);
	assert_true(read_whole(&a, 0, content_a, SIZE));
	assert_true(read_whole(&b, 0, content_a, SIZE));
	s = stats_of(dom);
	assert_int_equal(s.misses, PAGES);
	assert_int_equal(s.hits, PAGES);
	assert_int_equal(s.pages_cached, PAGES);
	assert_int_equal(s.shared_inodes, 1);
	assert_int_equal(s.members, 2);
	assert_int_equal(s.groups, 1);
	assert_int_equal(s.inodes, 2);
	assert_int_equal(s.tagged, 2);
	/* The pages live as long as one member does. */
	unmount(&a);
	s = stats_of(dom);
	assert_int_equal(s.pages_cached, PAGES);
	assert_int_equal(s.members, 1);
	assert_int_equal(s.groups, 0);
	assert_true(read_whole(&b, 0, content_a, SIZE));
	assert_int_equal(stats_of(dom).misses, PAGES);
	unmount(&b);
	s = stats_of(dom);
	assert_int_equal(s.pages_cached, 0);
	assert_int_equal(s.shared_inodes, 0);
	assert_int_equal(s.pages_peak, PAGES);
	erofs_domain_free(dom);
}

static void test_domain_ids(void **state)
{
	struct tiny_file f = tagged("f", content_a, SIZE);
	struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_7_2, 0, false);
	struct erofs_domain_mount *mnt;
	struct mounted a, b;

	(void)state;
	mount_files(dom, &f, 1, "one", &a);
	mount_files(dom, &f, 1, "two", &b);
	assert_true(read_whole(&a, 0, content_a, SIZE));
	assert_true(read_whole(&b, 0, content_a, SIZE));
	assert_int_equal(stats_of(dom).pages_cached, 2 * PAGES);
	assert_int_equal(stats_of(dom).groups, 0);
	assert_int_equal(erofs_domain_mount(dom, a.tiny.img, NULL, &mnt), -EINVAL);
	assert_int_equal(erofs_domain_mount(dom, a.tiny.img, "", &mnt), -EINVAL);
	unmount(&a);
	unmount(&b);
	erofs_domain_free(dom);
}

/* "v1" in domain "d" and "v" in domain "1d" are one key in Linux 7.0. */
static void test_keys_of_7_0_collide(void **state)
{
	struct tiny_file first = claiming("f", "v1", SIZE), second = claiming("f", "v", SIZE);
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
		struct erofs_domain *dom = new_domain(cases[i].rules, 0, false);
		struct mounted a, b;

		mount_files(dom, &first, 1, "d", &a);
		mount_files(dom, &second, 1, "1d", &b);
		assert_true(shares(&a, 0));
		assert_true(shares(&b, 0));
		assert_int_equal(stats_of(dom).key_collisions, cases[i].collide);
		assert_int_equal(stats_of(dom).shared_inodes, cases[i].collide ? 1 : 2);
		unmount(&a);
		unmount(&b);
		erofs_domain_free(dom);
	}
}

/* Two files that claim one value under @rules; how many of them share? */
static unsigned int sharers(enum erofs_domain_rules rules, const struct tiny_file *f,
	struct erofs_domain_stats *ret)
{
	struct erofs_domain *dom = new_domain(rules, 0, false);
	struct mounted m;
	unsigned int n;

	mount_files(dom, f, 2, "id", &m);
	n = shares(&m, 0) + (unsigned int)shares(&m, 1);
	*ret = stats_of(dom);
	unmount(&m);
	erofs_domain_free(dom);
	return n;
}

static void test_size_mismatch(void **state)
{
	struct tiny_file f[] = { claiming("a", "v", SIZE), claiming("b", "v", SIZE - 1) };
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
	struct tiny_file f[] = { claiming("a", "v", SIZE), claiming("b", "v", 2 * PAGE + 10) };
	struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_SEED, 0, false);
	struct mounted m;

	(void)state;
	memcpy(expected, content_a, 2 * PAGE + 10);
	mount_files(dom, f, 2, "id", &m);
	assert_true(shares(&m, 0));
	assert_true(shares(&m, 1));
	assert_true(read_whole(&m, 0, expected, SIZE));
	assert_true(read_whole(&m, 1, content_a, 2 * PAGE + 10));
	unmount(&m);
	erofs_domain_free(dom);
}

static void test_class_mismatch(void **state)
{
	struct tiny_file f[] = { claiming("a", "v", SIZE), claiming("b", "v", SIZE) };
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
		{ .name = "a", .content = content_a, .size_bytes = SIZE },
		tagged("b", "", 0),
		tagged("c", content_a, SIZE),
		{ .name = "d", .mode = S_IFDIR | 0755, .content = content_a, .size_bytes = 4096 },
		{ .name = "e", .mode = S_IFIFO | 0644 },
	};
	struct tiny_spec spec = { .files = f, .file_count = 5 };
	struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_7_2, 0, false);
	struct erofs_domain_file *file;
	struct mounted m;

	(void)state;
	mount_spec(dom, &spec, "id", &m);
	assert_false(read_whole(&m, 0, content_a, SIZE));
	assert_false(read_whole(&m, 1, "", 0));
	assert_true(read_whole(&m, 2, content_a, SIZE));
	assert_int_equal(stats_of(dom).inodes, 2);
	assert_int_equal(stats_of(dom).tagged, 1);
	assert_int_equal(erofs_domain_open(m.mnt, m.rd, tiny_nid(3), &file), -EISDIR);
	assert_int_equal(erofs_domain_open(m.mnt, m.rd, tiny_nid(4), &file), -EINVAL);
	assert_int_equal(erofs_domain_open(m.mnt, m.rd, 1ull << 40, &file), -EUCLEAN);
	unmount(&m);
	/* Without the superblock bit the mount works and shares nothing. */
	spec.no_ishare_bit = true;
	mount_spec(dom, &spec, "id", &m);
	assert_false(read_whole(&m, 2, content_a, SIZE));
	unmount(&m);
	erofs_domain_free(dom);
}

static void test_without_sharing(void **state)
{
	const struct erofs_domain_options options = { .struct_size = sizeof(options),
		.count_only = true };
	struct tiny_file f = tagged("f", content_a, SIZE);
	struct erofs_domain *dom;
	struct mounted a, b;

	(void)state;
	assert_int_equal(erofs_domain_new(&options, NULL, &dom), 0);
	mount_files(dom, &f, 1, NULL, &a);
	mount_files(dom, &f, 1, NULL, &b);
	for (int i = 0; i < 2; i++) {
		assert_false(read_whole(&a, 0, content_a, SIZE));
		assert_false(read_whole(&b, 0, content_a, SIZE));
	}
	assert_int_equal(stats_of(dom).pages_cached, 2 * PAGES);
	assert_int_equal(stats_of(dom).misses, 2 * PAGES);
	assert_int_equal(stats_of(dom).hits, 2 * PAGES);
	unmount(&a);
	unmount(&b);
	erofs_domain_free(dom);
}

static void test_options(void **state)
{
	struct erofs_domain_options options = { .struct_size = sizeof(options) + 1 };
	struct erofs_domain *dom;

	(void)state;
	assert_int_equal(erofs_domain_new(&options, NULL, &dom), -EINVAL);
	assert_int_equal(erofs_domain_new(NULL, NULL, &dom), 0);
	erofs_domain_unmount(NULL);
	erofs_domain_free(dom);
	erofs_domain_free(NULL);
}

/* Every start and length around page edges, through the cache, cold and warm. */
static void test_offsets(void **state)
{
	static const uint64_t edges[] = { 0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE + 7,
		SIZE - 1, SIZE, SIZE + 1, UINT64_MAX };
	static const size_t sizes[] = { 0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, SIZE, 2 * SIZE };
	struct tiny_file f = tagged("f", content_a, SIZE);
	struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_7_2, 3 * PAGE, false);
	struct erofs_domain_file *file;
	struct mounted m;

	(void)state;
	mount_files(dom, &f, 1, "id", &m);
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
				assert_memory_equal(buffer, content_a + at, expected);
			free(buffer);
		}
	}
	erofs_domain_close(file);
	unmount(&m);
	erofs_domain_free(dom);
}

static void test_bound(void **state)
{
	static const uint64_t bounds[] = { 1, PAGE, 2 * PAGE, 4 * PAGE + 1 };
	struct tiny_file f[] = { tagged("a", content_a, SIZE), tagged("b", content_b, SIZE) };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_7_2, bounds[i], false);
		struct erofs_domain_stats s;
		struct mounted m;

		mount_files(dom, f, 2, "id", &m);
		for (int round = 0; round < 3; round++) {
			read_whole(&m, 0, content_a, SIZE);
			read_whole(&m, 1, content_b, SIZE);
		}
		s = stats_of(dom);
		assert_int_equal(s.pages_peak, bounds[i] / PAGE);
		assert_true(s.pages_cached <= bounds[i] / PAGE);
		assert_int_equal(s.hits + s.misses, 3 * 2 * PAGES);
		unmount(&m);
		erofs_domain_free(dom);
	}
}

static void read_page(struct erofs_domain_file *file, uint64_t index)
{
	uint8_t byte;

	assert_int_equal(erofs_domain_read(file, index * PAGE, &byte, 1), 1);
	assert_int_equal(byte, content_a[index * PAGE]);
}

/* Three pages fit. The one that was used again survives the fourth. */
static void test_clock(void **state)
{
	struct tiny_file f = tagged("f", content_a, SIZE);
	struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_7_2, 3 * PAGE, false);
	struct erofs_domain_file *file;
	struct mounted m;
	uint64_t hits;

	(void)state;
	mount_files(dom, &f, 1, "id", &m);
	assert_int_equal(erofs_domain_open(m.mnt, m.rd, tiny_nid(0), &file), 0);
	read_page(file, 0);
	read_page(file, 1);
	read_page(file, 2);
	read_page(file, 0);
	read_page(file, 3);
	assert_int_equal(stats_of(dom).pages_evicted, 1);
	hits = stats_of(dom).hits;
	read_page(file, 0);
	read_page(file, 2);
	read_page(file, 3);
	assert_int_equal(stats_of(dom).hits, hits + 3);
	read_page(file, 1);
	assert_int_equal(stats_of(dom).hits, hits + 3);
	erofs_domain_close(file);
	unmount(&m);
	erofs_domain_free(dom);
}

static void test_splice(void **state)
{
	struct tiny_file f = tagged("f", content_a, SIZE);
	struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_7_2, 0, false);
	static uint8_t buffer[SIZE];
	struct mounted m[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct erofs_domain_file *file;

		mount_files(dom, &f, 1, "id", &m[i]);
		assert_true(read_whole(&m[i], 0, content_a, SIZE));
		assert_int_equal(erofs_domain_open(m[i].mnt, m[i].rd, tiny_nid(0), &file), 0);
		assert_int_equal(erofs_domain_splice(file, 0, buffer, SIZE), SIZE);
		assert_memory_equal(buffer, content_a, SIZE);
		erofs_domain_close(file);
	}
	assert_int_equal(stats_of(dom).pages_cached, 3 * PAGES);
	unmount(&m[0]);
	unmount(&m[1]);
	erofs_domain_free(dom);
}

/* ---- forged fingerprints ---- */

/* File "f" whose content is content_b and whose tag says content_a. */
static struct tiny_file forged(void)
{
	struct tiny_file honest = tagged("f", content_a, SIZE);
	struct tiny_file f = { .name = "f", .content = content_b, .size_bytes = SIZE };

	tiny_tag_bytes(&f, honest.xattrs[0].value, honest.xattrs[0].value_bytes);
	return f;
}

/* What the kernel does: whoever reads first decides what everybody reads. */
static void test_forged_as_in_the_kernel(void **state)
{
	struct tiny_file honest = tagged("f", content_a, SIZE), liar = forged();
	struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_7_2, 0, false);
	struct mounted a, b;

	(void)state;
	mount_files(dom, &liar, 1, "id", &a);
	mount_files(dom, &honest, 1, "id", &b);
	assert_true(read_whole(&a, 0, content_b, SIZE));
	assert_true(read_whole(&b, 0, content_b, SIZE));
	unmount(&a);
	unmount(&b);
	erofs_domain_free(dom);
}

/* Neither order lets the liar's bytes out or the honest file's bytes in. */
static void test_forged_verified(void **state)
{
	struct tiny_file honest = tagged("f", content_a, SIZE), liar = forged();

	(void)state;
	for (int liar_first = 0; liar_first <= 1; liar_first++) {
		struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_7_2, 0, true);
		struct erofs_domain_stats s;
		struct mounted a, b;

		mount_files(dom, &liar, 1, "id", &a);
		mount_files(dom, &honest, 1, "id", &b);
		if (liar_first)
			assert_false(read_whole(&a, 0, content_b, SIZE));
		assert_true(read_whole(&b, 0, content_a, SIZE));
		assert_false(read_whole(&a, 0, content_b, SIZE));
		s = stats_of(dom);
		assert_int_equal(s.forged_inodes, 1);
		assert_int_equal(s.verified_inodes, 1);
		assert_int_equal(s.verified_bytes, 2 * SIZE);
		assert_int_equal(s.members, 1);
		unmount(&a);
		unmount(&b);
		erofs_domain_free(dom);
	}
}

static void test_unverifiable(void **state)
{
	struct tiny_file f[] = {
		claiming("a", "unknown:value", SIZE), claiming("b", "sha256:short", SIZE),
		{ .name = "c", .size_bytes = 1ull << 50 },
	};
	struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_7_2, 0, true);
	struct mounted m;

	(void)state;
	tiny_tag_bytes(&f[2], tagged("x", "x", 1).xattrs[0].value, 39);
	mount_files(dom, f, 3, "id", &m);
	for (size_t i = 0; i < 3; i++)
		assert_false(shares(&m, i));
	assert_int_equal(stats_of(dom).unverifiable_inodes, 3);
	assert_int_equal(stats_of(dom).verified_bytes, 0);
	unmount(&m);
	erofs_domain_free(dom);
}

static void test_7_0_verified(void **state)
{
	struct tiny_file f = tagged("f", content_a, SIZE);
	struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_7_0, 0, true);
	struct mounted a, b;

	(void)state;
	mount_files(dom, &f, 1, "id", &a);
	mount_files(dom, &f, 1, "id", &b);
	assert_true(read_whole(&a, 0, content_a, SIZE));
	assert_true(read_whole(&b, 0, content_a, SIZE));
	assert_int_equal(stats_of(dom).groups, 1);
	assert_int_equal(stats_of(dom).key_collisions, 0);
	unmount(&a);
	unmount(&b);
	erofs_domain_free(dom);
}

/* ---- damage ---- */

/* The latest member is the one that pages are filled through; here its content is cut off. The other
 * reader then reads its own. */
static void test_real_inode_fails(void **state)
{
	struct tiny_file f = tagged("f", content_a, SIZE);
	struct tiny_spec spec = { .files = &f, .file_count = 1 };
	struct erofs_domain *dom = new_domain(EROFS_DOMAIN_RULES_7_2, 0, false);
	struct erofs_domain_file *file;
	struct mounted good, bad;
	uint8_t byte;
	size_t size;

	(void)state;
	mount_spec(dom, &spec, "id", &good);
	bad.tiny.bytes = tiny_build(&spec, &size);
	assert_int_equal(erofs_image_open_memory(bad.tiny.bytes, size - PAGES * PAGE, NULL, NULL,
		&bad.tiny.img), 0);
	assert_int_equal(erofs_reader_new(bad.tiny.img, &bad.rd), 0);
	assert_int_equal(erofs_domain_mount(dom, bad.tiny.img, "id", &bad.mnt), 0);
	assert_true(shares(&good, 0));
	assert_true(shares(&bad, 0));
	assert_true(read_whole(&good, 0, content_a, SIZE));
	assert_int_equal(stats_of(dom).pages_cached, 0);
	assert_int_equal(erofs_domain_open(bad.mnt, bad.rd, tiny_nid(0), &file), 0);
	assert_int_equal(erofs_domain_read(file, 0, &byte, 1), -EUCLEAN);
	erofs_domain_close(file);
	unmount(&bad);
	/* With the bad member gone the pages are filled and stay. */
	assert_true(read_whole(&good, 0, content_a, SIZE));
	assert_int_equal(stats_of(dom).pages_cached, PAGES);
	unmount(&good);
	erofs_domain_free(dom);
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

	return cmocka_run_group_tests(tests, fill_contents, NULL);
}
