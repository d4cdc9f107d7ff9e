/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files whose pieces are carried over: where they come to lie, what files share, and in which form that is said. */

#include "tests/unit/build/fixture.h"

#include "pack/pack.h"

#define BLOCK 4096u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* A piece at @from of the file, in so many blocks at block @block of the source. */
#define PIECE(from, bytes, block, blocks) { .kind = EROFS_EXTENT_ENCODED, .raw = true, .logical = (from), \
	.length = (bytes), .physical = (uint64_t)(block) * BLOCK, .physical_bytes = (uint64_t)(blocks) * BLOCK }

/* ---- what was built ---- */

static struct erofs_extent built_piece(const struct fixture *x, const char *path, uint64_t offset)
{
	struct fixture_image built = fixture_open(x);
	struct erofs_inode inode = fixture_inode(x, path);
	struct erofs_extent extent;

	assert_int_equal(erofs_map_at(built.rd, &inode, offset, &extent), 1);
	fixture_close(&built);
	return extent;
}

static enum erofs_layout layout(const struct fixture *x, const char *path)
{
	return fixture_inode(x, path).layout;
}

static uint64_t place(const struct fixture *x, const char *path, uint64_t offset)
{
	return built_piece(x, path, offset).physical;
}

/* ---- the source ---- */

/* In order, but not side by side. */
static const struct erofs_extent scattered[] = { PIECE(0, 8192, 100, 2), PIECE(8192, 4096, 300, 1),
	PIECE(12288, 12000, 200, 3), PIECE(24288, 100, 90, 1) };
/* Two of the same pieces in another order, one of them twice. */
static const struct erofs_extent sharing[] = { PIECE(0, 12000, 200, 3), PIECE(12000, 4096, 300, 1),
	PIECE(16096, 12000, 200, 3), PIECE(28096, 4096, 500, 1) };

static void test_compact(void **state)
{
	struct fixture *x = *state;

	fake_carried(&x->f, "a", EROFS_CARRIED_COMPACT, scattered, COUNT(scattered));
	fake_file(&x->f, x->f.tree->root, "flat", 30000, 3);
	fake_finish(&x->f);
	build_and_compare(x);
	assert_int_equal(layout(x, "/a"), EROFS_LAYOUT_COMPRESSED_COMPACT);
	for (size_t i = 1; i < COUNT(scattered); i++)
		assert_int_equal(place(x, "/a", scattered[i].logical),
			place(x, "/a", scattered[i - 1].logical) + scattered[i - 1].physical_bytes);
	assert_int_not_equal(layout(x, "/flat"), EROFS_LAYOUT_COMPRESSED_COMPACT);
	x->opt.full_index = true;
	build_and_compare(x);
	assert_int_equal(layout(x, "/a"), EROFS_LAYOUT_COMPRESSED_FULL);
}

static void test_shared_pieces(void **state)
{
	struct fixture *x = *state;

	fake_carried(&x->f, "a", EROFS_CARRIED_COMPACT, scattered, COUNT(scattered));
	fake_carried(&x->f, "b", EROFS_CARRIED_COMPACT, sharing, COUNT(sharing));
	fake_finish(&x->f);
	build_and_compare(x);
	/* Data of the first, one block of the second, and metadata. */
	assert_true(x->sum.blocks <= 7 + 1 + 3);
	assert_int_equal(layout(x, "/b"), EROFS_LAYOUT_COMPRESSED_FULL);
	assert_int_equal(place(x, "/b", 0), place(x, "/a", 12288));
	assert_int_equal(place(x, "/b", 16096), place(x, "/a", 12288));
	assert_int_equal(place(x, "/b", 12000), place(x, "/a", 8192));
}

/* What has a fingerprint is stored as it was read for that, even if the source was changed since another file had
 * the same piece. */
static void test_changed_source(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *b;

	fake_carried(&x->f, "a", EROFS_CARRIED_COMPACT, scattered, COUNT(scattered));
	b = fake_carried(&x->f, "b", EROFS_CARRIED_COMPACT, sharing, COUNT(sharing));
	fake_data_of(&x->f, b)->moved = 1000003;
	fake_finish(&x->f);
	x->opt.ishare = EROFS_DIGEST_SHA256;
	build_and_compare(x);
	assert_int_not_equal(place(x, "/b", 0), place(x, "/a", 12288));
	assert_int_equal(place(x, "/b", 0), place(x, "/b", 16096));
}

static void test_partial_piece(void **state)
{
	static struct erofs_extent pieces[] = { PIECE(0, 8192, 100, 2), PIECE(8192, 4000, 300, 1) };
	struct fixture *x = *state;

	pieces[1].partial = true;
	fake_carried(&x->f, "a", EROFS_CARRIED_COMPACT, pieces, COUNT(pieces));
	fake_finish(&x->f);
	build_and_compare(x);
	assert_int_equal(layout(x, "/a"), EROFS_LAYOUT_COMPRESSED_FULL);
	assert_true(built_piece(x, "/a", 8192).partial);
	assert_true(fixture_super(x).incompat & EROFS_INCOMPAT_FRAGMENTS);
}

/* At any byte, with a hole: neither alignment nor order matters, but an image of such files has 48 bits. */
static void test_records(void **state)
{
	static struct erofs_extent pieces[] = { PIECE(0, 4096, 0, 0), PIECE(4096, 4096, 0, 0),
		PIECE(8192, 4096, 0, 0) };
	struct fixture *x = *state;

	for (size_t i = 0; i < COUNT(pieces); i++) {
		pieces[i].physical = 10007 + 50000 * (COUNT(pieces) - i);
		pieces[i].physical_bytes = 4096 + i;
	}
	fake_carried(&x->f, "a", EROFS_CARRIED_RECORDS, pieces, COUNT(pieces));
	fake_finish(&x->f);
	build_and_compare(x);
	assert_int_equal(place(x, "/a", 8192), place(x, "/a", 0) + 4096 + 4097);
	assert_true(fixture_super(x).incompat & EROFS_INCOMPAT_48BIT);
}

/* What stands inline does so again, unless there might be no room for it behind the index. */
static void test_inline(void **state)
{
	static struct erofs_extent small[] = { PIECE(0, 8192, 100, 2), PIECE(8192, 3000, 200, 1) };
	static struct erofs_extent large[] = { PIECE(0, 8192, 110, 2), PIECE(8192, 4090, 210, 1) };
	struct fixture *x = *state;

	small[1].inline_pcluster = large[1].inline_pcluster = true;
	small[1].physical_bytes = small[1].length;
	large[1].physical_bytes = large[1].length;
	fake_carried(&x->f, "a", EROFS_CARRIED_COMPACT, small, COUNT(small));
	fake_carried(&x->f, "b", EROFS_CARRIED_COMPACT, large, COUNT(large));
	fake_finish(&x->f);
	build_and_compare(x);
	assert_true(built_piece(x, "/a", 8192).inline_pcluster);
	assert_false(built_piece(x, "/b", 8192).inline_pcluster);
	assert_int_equal(layout(x, "/b"), EROFS_LAYOUT_COMPRESSED_COMPACT);
}

/* Equal pieces at different places are found with fingerprints and without; trust does not read. */
static void test_equal(void **state)
{
	struct fixture *x = *state;
	struct erofs_extent other[COUNT(scattered)];
	uint64_t blocks;

	memcpy(other, scattered, sizeof(other));
	for (size_t i = 0; i < COUNT(other); i++)
		other[i].physical += FAKE_PERIOD;
	fake_carried(&x->f, "a", EROFS_CARRIED_COMPACT, scattered, COUNT(scattered));
	fake_carried(&x->f, "b", EROFS_CARRIED_FULL, other, COUNT(other));
	fake_finish(&x->f);
	build_and_compare(x);
	blocks = x->sum.blocks;
	assert_int_equal(place(x, "/a", 0), place(x, "/b", 0));
	x->opt.ishare = EROFS_DIGEST_SHA256;
	build_and_compare(x);
	assert_int_equal(place(x, "/a", 0), place(x, "/b", 0));
	x->opt.ishare = EROFS_DIGEST_NONE;
	x->opt.no_dedupe_files = true;
	build_and_compare(x);
	assert_true(x->sum.blocks > blocks);
}

/* A large file that is stored flat beside them is written once, without its holes, also where there are fragments. */
static void test_flat_beside(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *flat;
	struct stat st;

	fake_carried(&x->f, "a", EROFS_CARRIED_COMPACT, scattered, COUNT(scattered));
	x->f.tree->carried.fragments = true;
	flat = fake_sparse(&x->f, x->f.tree->root, "flat", 40 << 20, 20 << 20, (20 << 20) + 5000);
	fake_finish(&x->f);
	x->opt.ishare = EROFS_DIGEST_SHA256;
	must_build(x);
	assert_true(fake_data_of(&x->f, flat)->read_bytes <= 40 << 20);
	fake_expect_image(&x->f, x->path, &x->opt);
	assert_int_equal(stat(x->path, &st), 0);
	assert_true((uint64_t)st.st_blocks * 512 < 10 << 20);
}

/* ---- many segments ---- */

#define LARGE_PIECES 40u
#define LARGE_BYTES (300u * 1024 + 100)	/* none of them ends where a segment does */

static void fill_large(struct erofs_extent *pieces, uint64_t first_block)
{
	for (uint64_t i = 0; i < LARGE_PIECES; i++)
		pieces[i] = (struct erofs_extent)PIECE(i * LARGE_BYTES, LARGE_BYTES, first_block + i * 100, 76);
}

static void test_large(void **state)
{
	static const unsigned int workers[] = { 1, 2, 7 };
	static struct erofs_extent pieces[LARGE_PIECES], same[LARGE_PIECES], again[LARGE_PIECES];
	struct fixture *x = *state;

	fill_large(pieces, 1000);
	fill_large(same, 1000 + FAKE_PERIOD / BLOCK);
	fill_large(again, 1000);
	again[3].length -= 1;
	for (size_t i = 4; i < LARGE_PIECES; i++)
		again[i].logical -= 1;
	fake_carried(&x->f, "a", EROFS_CARRIED_COMPACT, pieces, LARGE_PIECES);
	fake_carried(&x->f, "b", EROFS_CARRIED_COMPACT, same, LARGE_PIECES);
	fake_carried(&x->f, "c", EROFS_CARRIED_COMPACT, again, LARGE_PIECES);
	fake_carried(&x->f, "d", EROFS_CARRIED_COMPACT, scattered, COUNT(scattered));
	fake_finish(&x->f);
	x->opt.ishare = EROFS_DIGEST_SHA256;
	for (size_t i = 0; i < COUNT(workers); i++) {
		x->opt.workers = workers[i];
		build_and_compare(x);
		/* The second is given back when it is found out, the third is new in nothing. */
		assert_true(x->sum.blocks < LARGE_PIECES * 76 + 60);
		assert_int_equal(place(x, "/b", 0), place(x, "/a", 0));
		assert_int_equal(place(x, "/c", 5 * LARGE_BYTES), place(x, "/a", 5 * LARGE_BYTES));
		assert_int_equal(layout(x, "/a"), EROFS_LAYOUT_COMPRESSED_COMPACT);
		assert_int_equal(layout(x, "/d"), EROFS_LAYOUT_COMPRESSED_COMPACT);
	}
}

/* Small files that refer to parts of large pieces are not prepared together: a worker would have all pieces of all of
 * them in memory. */
static void test_parts_of_large(void **state)
{
	static const struct erofs_extent parts[] = { PIECE(0, 256, 0, 256), PIECE(256, 256, 256, 256) };
	const uint64_t stored = 2 * 256 * BLOCK;
	struct fixture *x = *state;
	struct erofs_plan plan;
	struct writer w = { .plan = &plan };
	struct pack pack = { .w = &w };
	char name[16];

	for (unsigned int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%u", i);
		fake_carried(&x->f, name, EROFS_CARRIED_RECORDS, parts, COUNT(parts));
	}
	fake_finish(&x->f);
	assert_int_equal(erofs_plan_init(&plan, x->f.tree, &x->opt, &x->report.report), 0);
	assert_int_equal(erofs_pack_plan_items(&pack), 0);
	for (size_t i = 0; i < pack.item_count; i++) {
		assert_int_equal(pack.items[i].segments, 1);
		assert_true(pack.items[i].count * stored <= PACK_SEGMENT_BYTES);
	}
	free(pack.items);
	erofs_plan_fini(&plan);
	build_and_compare(x);
	assert_true(x->sum.blocks < 2 * 256 + 10);
}

/* A piece may hold 12 MiB, all of which are in memory with the segment that it begins in: fewer of those wait. */
static void test_weight(void **state)
{
	static const struct erofs_extent pieces[] = { PIECE(0, 12u << 20, 0, 2), PIECE(12u << 20, 12u << 20, 2, 2) };
	struct fixture *x = *state;
	struct erofs_plan plan;
	struct writer w = { .plan = &plan };
	struct pack pack = { .w = &w };
	bool heavy = false;

	fake_carried(&x->f, "a", EROFS_CARRIED_COMPACT, pieces, COUNT(pieces));
	fake_finish(&x->f);
	assert_int_equal(erofs_plan_init(&plan, x->f.tree, &x->opt, &x->report.report), 0);
	assert_int_equal(erofs_pack_plan_items(&pack), 0);
	erofs_pack_count_segments(&pack);
	for (uint64_t i = 0; i < pack.segment_count; i++)
		heavy |= erofs_pack_weight(&pack, i) == PACK_SEGMENT_BYTES + (12u << 20);
	assert_true(heavy);
	free(pack.items);
	erofs_plan_fini(&plan);
}

/* Nothing is carried over where something else is asked for. */
static void test_decoded(void **state)
{
	struct fixture *x = *state;

	fake_carried(&x->f, "a", EROFS_CARRIED_COMPACT, scattered, COUNT(scattered));
	fake_finish(&x->f);
	x->opt.decode_sources = true;
	build_and_compare(x);
	assert_int_not_equal(layout(x, "/a"), EROFS_LAYOUT_COMPRESSED_COMPACT);
	x->opt.decode_sources = false;
	x->opt.block_bits = 9;
	build_and_compare(x);
	assert_int_not_equal(layout(x, "/a"), EROFS_LAYOUT_COMPRESSED_COMPACT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_compact),
		WITH_TREE(test_shared_pieces),
		WITH_TREE(test_changed_source),
		WITH_TREE(test_partial_piece),
		WITH_TREE(test_records),
		WITH_TREE(test_inline),
		WITH_TREE(test_equal),
		WITH_TREE(test_flat_beside),
		WITH_TREE(test_large),
		WITH_TREE(test_parts_of_large),
		WITH_TREE(test_weight),
		WITH_TREE(test_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
