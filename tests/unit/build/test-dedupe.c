/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links between files out of the hashes of their pieces. */

#include "tests/unit/build/fake.h"

#include "build/dedupe.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
