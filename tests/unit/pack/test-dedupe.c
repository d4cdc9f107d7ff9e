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

/* Where the source of a link begins that may do so @at, if that may be at any byte. */
static uint64_t source_of(uint64_t at, bool any_byte)
{
	struct erofs_node nodes[2] = { { .size_bytes = at + PIECES * BLOCK }, { .size_bytes = PIECES * BLOCK } };
	struct erofs_node *list[2] = { &nodes[0], &nodes[1] };
	struct erofs_tree tree = { .nodes = list, .node_count = 2 };
	struct erofs_dedupe d = { .tree = &tree, .block_size = BLOCK, .segment_bytes = 4u << 20,
		.min_bytes = 2 * BLOCK };
	const struct dedupe_piece first = { .hash = 1000, .bytes = (uint32_t)at };
	uint64_t found;

	erofs_dedupe_init(&d);
	assert_int_equal(erofs_dedupe_add(&d, &first, 1), 0);
	for (uint32_t i = 0; i < 2 * PIECES; i++) {
		struct dedupe_piece piece = { .hash = 1 + i % PIECES, .bytes = BLOCK, .node = i / PIECES,
			.at = i % PIECES * BLOCK + (i < PIECES ? at : 0), .any_byte = any_byte };

		assert_int_equal(erofs_dedupe_add(&d, &piece, 1), 0);
	}
	assert_int_equal(erofs_dedupe_plan(&d), 0);
	assert_int_equal(d.link_count, 1);
	assert_int_equal(d.cut_count, 1);
	assert_int_equal(d.cuts[0].at, d.links[0].source_at);
	/* The same bytes of both, up to the end. */
	assert_int_equal(d.links[0].source_at - d.links[0].from, at);
	assert_int_equal(d.links[0].from + d.links[0].bytes, PIECES * BLOCK);
	assert_ptr_equal(erofs_dedupe_link(&d, 1, 0), &d.links[0]);
	assert_ptr_equal(erofs_dedupe_cut(&d, 0, 0), &d.cuts[0]);
	assert_null(erofs_dedupe_cut(&d, 0, d.cuts[0].at + 1));
	assert_int_equal(erofs_dedupe_source(&d, 0, d.cuts[0].at), 0);
	assert_int_equal(erofs_dedupe_source(&d, 0, d.cuts[0].at + 1), 1);
	found = d.links[0].source_at;
	erofs_dedupe_fini(&d);
	return found;
}

/* A cut at any byte where extents have room to end, else at a block. */
static void test_cuts(void **state)
{
	(void)state;
	assert_int_equal(source_of(5 * BLOCK + 100, true), 5 * BLOCK + 100);
	assert_int_equal(source_of(5 * BLOCK + 100, false), 7 * BLOCK);
	assert_int_equal(source_of(5 * BLOCK, false), 5 * BLOCK);
	/* Right behind the beginning of the file; what is left before the link takes a block, too. */
	assert_int_equal(source_of(BLOCK + 100, true), 3 * BLOCK);
	assert_int_equal(source_of(100, true), 2 * BLOCK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variants),
		cmocka_unit_test(test_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
