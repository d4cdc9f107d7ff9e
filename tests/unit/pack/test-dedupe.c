/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links between files out of the hashes of their pieces. */

#include "tests/unit/build/fake.h"

#include "pack/dedupe.h"

#define BLOCK 4096u
#define PIECES 8u

/* Two files of the same pieces, hashed alike; returns how many links there are. */
static size_t links_of(uint32_t variant, uint32_t other)
{
	struct erofs_node nodes[2] = { { .size_bytes = PIECES * BLOCK }, { .size_bytes = PIECES * BLOCK } };
	struct erofs_node *list[2] = { &nodes[0], &nodes[1] };
	struct erofs_tree tree = { .nodes = list, .node_count = 2 };
	struct erofs_dedupe d = { .tree = &tree, .block_size = BLOCK, .segment_bytes = 4u << 20,
		.min_bytes = 4 * BLOCK };
	size_t count;

	erofs_dedupe_init(&d);
	for (uint32_t i = 0; i < 2 * PIECES; i++) {
		struct dedupe_piece piece = { .hash = 1 + i % PIECES, .at = i % PIECES * BLOCK, .bytes = BLOCK,
			.node = i / PIECES, .variant = i < PIECES ? variant : other };

		assert_int_equal(erofs_dedupe_add(&d, &piece, 1), 0);
	}
	assert_int_equal(erofs_dedupe_plan(&d), 0);
	count = d.link_count;
	if (count) {
		assert_int_equal(d.links[0].node, 1);
		assert_int_equal(d.links[0].source, 0);
		assert_int_equal(d.links[0].bytes, PIECES * BLOCK);
	}
	erofs_dedupe_fini(&d);
	return count;
}

/* Extents of another algorithm are no use, whatever hashes say. */
static void test_variants(void **state)
{
	(void)state;
	assert_int_equal(links_of(1, 1), 1);
	assert_int_equal(links_of(1, 2), 0);
}

/* Fills @d with files of pieces, one block each: a string of one letter a piece for each of @count files. */
static void plan_files(struct erofs_dedupe *d, const char *const *files, uint32_t count, bool any_byte)
{
	static struct erofs_node nodes[4];
	static struct erofs_node *list[4];
	static struct erofs_tree tree;

	tree = (struct erofs_tree){ .nodes = list, .node_count = count };
	d->tree = &tree;
	d->block_size = BLOCK;
	d->segment_bytes = 4u << 20;
	d->min_bytes = 2 * BLOCK;
	erofs_dedupe_init(d);
	for (uint32_t i = 0; i < count; i++) {
		list[i] = &nodes[i];
		nodes[i] = (struct erofs_node){ .size_bytes = strlen(files[i]) * BLOCK };
		for (size_t n = 0; files[i][n]; n++) {
			struct dedupe_piece piece = { .hash = (unsigned char)files[i][n], .at = n * BLOCK,
				.bytes = BLOCK, .node = i, .any_byte = any_byte };

			assert_int_equal(erofs_dedupe_add(d, &piece, 1), 0);
		}
	}
	assert_int_equal(erofs_dedupe_plan(d), 0);
}

static void assert_link(const struct dedupe_link *link, uint32_t node, uint64_t from, uint32_t source,
	uint64_t source_at, uint32_t pieces)
{
	assert_int_equal(link->node, node);
	assert_int_equal(link->from, from * BLOCK);
	assert_int_equal(link->source, source);
	assert_int_equal(link->source_at, source_at * BLOCK);
	assert_int_equal(link->bytes, pieces * BLOCK);
}

/* The second of two files of the same content is nobody's source. */
static void test_twins(void **state)
{
	static const char *const files[] = { "abcd", "yabcdefg", "yabcdefg", "zabcdefgz" };
	struct erofs_dedupe d = { 0 };

	(void)state;
	plan_files(&d, files, 4, false);
	assert_int_equal(d.link_count, 3);
	assert_link(&d.links[0], 1, 1, 0, 0, 4);
	assert_link(&d.links[1], 2, 0, 1, 0, 8);
	assert_link(&d.links[2], 3, 1, 1, 1, 7);
	erofs_dedupe_fini(&d);
}

/* What is a link in its source is no less a source: the longest run counts, not who was first. */
static void test_links_of_links(void **state)
{
	static const char *const files[] = { "abcde", "abcdeFGH", "xbcdeFGHy", "zabcdz" };
	struct erofs_dedupe d = { 0 };

	(void)state;
	plan_files(&d, files, 4, false);
	assert_int_equal(d.link_count, 3);
	assert_link(&d.links[0], 1, 0, 0, 0, 5);
	assert_link(&d.links[1], 2, 1, 1, 1, 7);
	/* Of equal ones, who was first. */
	assert_link(&d.links[2], 3, 1, 0, 0, 4);
	assert_ptr_equal(erofs_dedupe_link(&d, 2, BLOCK), &d.links[1]);
	assert_ptr_equal(erofs_dedupe_link(&d, 2, 2 * BLOCK), &d.links[2]);
	assert_int_equal(d.cut_count, 0);
	erofs_dedupe_fini(&d);
}

/* A file's own ranges, as far as they are before; nothing refers to itself. */
static void test_one_file(void **state)
{
	static const char *const files[] = { "abcdXabcdabcdabcd", "zzzzzz" };
	struct erofs_dedupe d = { 0 };

	(void)state;
	plan_files(&d, files, 2, false);
	assert_int_equal(d.link_count, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_link(&d.links[i], 0, 5 + 4 * i, 0, 0, 4);
	erofs_dedupe_fini(&d);
}

/* Where a source is cut that begins @shift behind the beginning of its file; UINT64_MAX: it is not. */
static uint64_t cut_of(uint32_t shift, bool any_byte)
{
	struct erofs_node nodes[2] = { { .size_bytes = shift + PIECES * BLOCK }, { .size_bytes = PIECES * BLOCK } };
	struct erofs_node *list[2] = { &nodes[0], &nodes[1] };
	struct erofs_tree tree = { .nodes = list, .node_count = 2 };
	struct erofs_dedupe d = { .tree = &tree, .block_size = BLOCK, .segment_bytes = 4u << 20,
		.min_bytes = 2 * BLOCK, .cut_sources = true };
	const struct dedupe_piece first = { .hash = 1000, .bytes = shift };
	uint64_t found = UINT64_MAX;

	erofs_dedupe_init(&d);
	assert_int_equal(erofs_dedupe_add(&d, &first, shift != 0), 0);
	for (uint32_t i = 0; i < 2 * PIECES; i++) {
		struct dedupe_piece piece = { .hash = 1 + i % PIECES, .bytes = BLOCK, .node = i / PIECES,
			.at = i % PIECES * BLOCK + (i < PIECES ? shift : 0), .any_byte = any_byte };

		assert_int_equal(erofs_dedupe_add(&d, &piece, 1), 0);
	}
	assert_int_equal(erofs_dedupe_plan(&d), 0);
	assert_int_equal(d.link_count, 1);
	assert_int_equal(d.links[0].from, 0);
	assert_int_equal(d.links[0].source_at, shift);
	assert_int_equal(d.links[0].bytes, PIECES * BLOCK);
	assert_int_equal(erofs_dedupe_source(&d, 0, shift), 0);
	assert_int_equal(erofs_dedupe_source(&d, 0, shift + 1), 1);
	assert_true(d.cut_count <= 1);
	if (d.cut_count) {
		found = d.cuts[0].at;
		assert_ptr_equal(erofs_dedupe_cut(&d, 0, 0), &d.cuts[0]);
		assert_null(erofs_dedupe_cut(&d, 0, found + 1));
	}
	erofs_dedupe_fini(&d);
	return found;
}

/* A cut at any byte where extents have room to end, else at a block. */
static void test_cuts(void **state)
{
	(void)state;
	assert_int_equal(cut_of(5 * BLOCK + 100, true), 5 * BLOCK + 100);
	assert_int_equal(cut_of(5 * BLOCK + 100, false), 6 * BLOCK);
	assert_int_equal(cut_of(5 * BLOCK, false), 5 * BLOCK);
	/* Right behind the beginning of the file, where an extent begins anyway. */
	assert_int_equal(cut_of(BLOCK + 100, true), 2 * BLOCK);
	assert_int_equal(cut_of(0, true), UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variants),
		cmocka_unit_test(test_links_of_links),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_one_file),
		cmocka_unit_test(test_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
