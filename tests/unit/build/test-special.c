/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images with a packed inode or a metabox: what the reading library finds is the tree. */

#include "tests/unit/build/fixture.h"

#include "codec/codec.h"

static const struct erofs_compression deflate = { .name = "deflate", .level = 1, .lzma_lc = -1,
	.lzma_lp = -1, .lzma_pb = -1 };

static void use(struct fixture *x, uint32_t pcluster_bytes)
{
	x->opt.compressions = &deflate;
	x->opt.compression_count = 1;
	x->opt.pcluster_bytes = pcluster_bytes;
	x->opt.temporary_directory = x->dir;
}

static void test_fragments(void **state)
{
	struct fixture *x = *state;
	struct erofs_super super;

	make_everything(x);
	use(x, 16384);
	x->opt.fragments = true;
	for (uint32_t i = 0; i < 8; i++) {
		x->opt.all_fragments = i & 1;
		x->opt.full_index = i & 2;
		x->opt.tail_packing = i & 4;
		x->opt.fragment_pcluster_bytes = i & 4 ? 4096 : 0;
		x->opt.ishare = i & 2 ? EROFS_DIGEST_SHA256 : EROFS_DIGEST_NONE;
		build_and_compare(x);
		super = fixture_super(x);
		assert_true(super.incompat & EROFS_INCOMPAT_FRAGMENTS);
		assert_int_not_equal(super.packed_nid, 0);
		/* Kernels before 6.17 look for prefixes in the packed inode. */
		assert_false(super.compat & EROFS_COMPAT_PLAIN_XATTR_PFX);
	}
	x->opt.plain_xattr_prefixes = true;
	build_and_compare(x);
	super = fixture_super(x);
	assert_true(super.compat & EROFS_COMPAT_PLAIN_XATTR_PFX);
}

/* Every block size has its own rules about what crosses a block. */
static void test_block_sizes(void **state)
{
	struct fixture *x = *state;

	make_everything(x);
	for (uint32_t bits = 9; bits <= 16; bits += 7) {
		x->opt.block_bits = bits;
		use(x, 2u << bits);
		x->opt.fragments = x->opt.compress_directories = x->opt.tail_packing = true;
		x->opt.metabox_pcluster_bytes = 0;
		build_and_compare(x);
		x->opt.metabox_pcluster_bytes = 1u << bits;
		build_and_compare(x);
	}
}

static void test_directories_alone(void **state)
{
	struct fixture *x = *state;
	struct erofs_super super;

	make_everything(x);
	x->opt.compress_directories = true;
	x->opt.temporary_directory = x->dir;
	for (uint32_t i = 0; i < 4; i++) {
		x->opt.meta_zone = i & 1;
		x->opt.dot_omitted = i & 2;
		build_and_compare(x);
		super = fixture_super(x);
		assert_true(super.incompat & EROFS_INCOMPAT_FRAGMENTS);
		assert_false(super.incompat & EROFS_INCOMPAT_LZ4_0PADDING);
	}
}

static void test_metabox(void **state)
{
	struct fixture *x = *state;
	struct erofs_super super;

	make_everything(x);
	x->opt.temporary_directory = x->dir;
	x->opt.ishare = EROFS_DIGEST_SHA256;
	x->opt.metabox_pcluster_bytes = 4096;
	for (uint32_t i = 0; i < 8; i++) {
		x->opt.compression_count = 0;
		if (i & 1)
			use(x, 8192);
		x->opt.metabox_compression = i & 2 ? &deflate : NULL;
		x->opt.chunk_size_bytes = i & 1 ? 0 : 4096;
		x->opt.meta_zone = i & 4;
		build_and_compare(x);
		super = fixture_super(x);
		assert_int_equal(super.incompat & (EROFS_INCOMPAT_METABOX | EROFS_INCOMPAT_48BIT),
			EROFS_INCOMPAT_METABOX | EROFS_INCOMPAT_48BIT);
		assert_int_equal(super.root_nid, 1ull << 63);
	}
}

/* The layout of a file does not depend on what else is there, and found to be the same. */
static void test_layouts(void **state)
{
	static const uint64_t sizes[] = { 1, 4096, 8191, 8192, 8193, 20000, 300000 };
	struct fixture *x = *state;
	struct erofs_inode inode, first;
	char name[32];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (uint32_t k = 0; k < 3; k++) {
			snprintf(name, sizeof(name), "%zu-%u", i, k);
			/* Of the last ones only the ends are equal to others. */
			fake_sparse(&x->f, x->f.tree->root, name, sizes[i], 0, k == 2 ? sizes[i] / 4 : sizes[i] / 3);
		}
	}
	fake_finish(&x->f);
	use(x, 8192);
	x->opt.fragments = true;
	build_and_compare(x);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(name, sizeof(name), "/%zu-0", i);
		first = fixture_inode(x, name);
		for (uint32_t k = 1; k < 3; k++) {
			snprintf(name, sizeof(name), "/%zu-%u", i, k);
			inode = fixture_inode(x, name);
			assert_int_equal(inode.layout == EROFS_LAYOUT_FLAT_PLAIN ||
				inode.layout == EROFS_LAYOUT_FLAT_INLINE,
				first.layout == EROFS_LAYOUT_FLAT_PLAIN ||
				first.layout == EROFS_LAYOUT_FLAT_INLINE);
		}
		if (sizes[i] <= 8192)
			assert_int_equal(first.layout, EROFS_LAYOUT_COMPRESSED_FULL);
	}
}

/* A file that is the beginning of another, but not its end; in another segment. */
static void test_ranges(void **state)
{
	static const enum erofs_fragment_dedupe modes[] = { EROFS_FRAGMENT_DEDUPE_FULL,
		EROFS_FRAGMENT_DEDUPE_INODE, EROFS_FRAGMENT_DEDUPE_OFF, EROFS_FRAGMENT_DEDUPE_OFF };
	struct fixture *x = *state;

	fake_file(&x->f, x->f.tree->root, "a", (4u << 20) + 16384, 1);
	fake_file(&x->f, x->f.tree->root, "b", 4500000, 1);
	fake_finish(&x->f);
	use(x, 16384);
	x->opt.all_fragments = true;
	for (size_t i = 0; i < 4; i++) {
		x->opt.fragment_dedupe = modes[i];
		x->opt.dedupe = i == 3;
		x->opt.ishare = i ? EROFS_DIGEST_NONE : EROFS_DIGEST_SHA256;
		build_and_compare(x);
		assert_int_equal(x->sum.deduplicated_bytes > 4000000, i == 0 || i == 3);
	}
}

/* The last extent of the inode @nid; false: it is not compressed. */
static bool last_extent(struct erofs_reader *rd, uint64_t nid, struct erofs_extent *ret)
{
	struct erofs_inode inode;

	assert_int_equal(erofs_inode_read(rd, nid, &inode), 0);
	assert_int_equal(erofs_map_at(rd, &inode, inode.size_bytes - 1, ret), 1);
	return ret->kind == EROFS_EXTENT_ENCODED;
}

/* What does not shrink stands in a block: kernels misread it behind these inodes. */
static void check_tails(struct fixture *x, uint32_t *raw)
{
	struct fixture_image built = fixture_open(x);
	const struct erofs_super *super = erofs_image_super(built.img);
	struct erofs_extent extent;

	if (last_extent(built.rd, super->packed_nid, &extent)) {
		assert_false(extent.raw && extent.inline_pcluster);
		*raw += extent.raw;
	}
	if (super->metabox_nid && last_extent(built.rd, super->metabox_nid, &extent))
		assert_false(extent.raw && extent.inline_pcluster);
	fixture_close(&built);
}

/* Of files of all these sizes some leave too little at the end to be compressed. */
static void test_tails(void **state)
{
	uint32_t raw = 0;

	(void)state;
	for (uint32_t i = 0; i < 130; i++) {
		struct fixture *x;

		fixture_set_up((void **)&x);
		fake_sparse(&x->f, x->f.tree->root, "f", 20000 + 41 * i, 12000, 20000 + 41 * i);
		fake_finish(&x->f);
		use(x, 4096);
		x->opt.all_fragments = x->opt.tail_packing = true;
		x->opt.ishare = EROFS_DIGEST_SHA256;
		x->opt.metabox_pcluster_bytes = i % 2 ? 4096 : 0;
		build_and_compare(x);
		check_tails(x, &raw);
		fixture_tear_down((void **)&x);
	}
	assert_int_not_equal(raw, 0);
}

static void refuse(struct fixture *x, int error, const char *text)
{
	x->report.errors = 0;
	assert_int_equal(erofs_build(x->f.tree, &x->opt, x->path, &x->report.report, &x->sum), error);
	assert_int_equal(x->report.errors, 1);
	assert_string_equal(x->report.error, text);
}

static void test_refusals(void **state)
{
	struct fixture *x = *state;

	fake_finish(&x->f);
	use(x, 8192);
	x->opt.fragments = true;
	x->opt.fragment_pcluster_bytes = 6000;
	refuse(x, -EINVAL, "invalid pcluster size for the packed file 6000");
	x->opt.fragment_pcluster_bytes = 12288;
	refuse(x, -EINVAL, "pcluster size (3 blocks) for packed inode exceeds maximum");
	x->opt.fragment_pcluster_bytes = 0;
	x->opt.metabox_pcluster_bytes = 6000;
	refuse(x, -EINVAL, "invalid pcluster size for the metabox inode 6000");
	x->opt.metabox_pcluster_bytes = 12288;
	refuse(x, -EINVAL, "pcluster size (3 blocks) for metabox inode exceeds maximum");
	x->opt.metabox_pcluster_bytes = 4096;
	x->opt.temporary_directory = "/nonexistent";
	refuse(x, -ENOENT,
		"cannot create a temporary file in /nonexistent: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_fragments),
		WITH_TREE(test_block_sizes),
		WITH_TREE(test_directories_alone),
		WITH_TREE(test_metabox),
		WITH_TREE(test_layouts),
		WITH_TREE(test_ranges),
		cmocka_unit_test(test_tails),
		WITH_TREE(test_refusals),
	};

	if (!erofs_codec_get(EROFS_ALGORITHM_DEFLATE)) {
		puts("SKIP: a build without DEFLATE");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
