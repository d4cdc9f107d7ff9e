/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compressed images: what the reading library finds is the tree; options that make no sense. */

#include "tests/unit/build/fixture.h"

#include <unistd.h>
#include "codec/codec.h"
#include "codec/encoder.h"

static struct erofs_compression compression_of(const char *name)
{
	return (struct erofs_compression){ .name = name, .level = EROFS_LEVEL_DEFAULT, .lzma_lc = -1,
		.lzma_lp = -1, .lzma_pb = -1 };
}

static void use(struct fixture *x, struct erofs_compression *c, uint32_t block_bits,
	uint32_t pcluster_blocks)
{
	x->opt.compressions = c;
	x->opt.compression_count = 1;
	x->opt.block_bits = block_bits;
	x->opt.pcluster_bytes = pcluster_blocks << block_bits;
}

/* Files that compress in part. */
static void add_mixed(struct fixture *x, uint32_t count)
{
	char name[16];

	for (uint32_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "file%u", i);
		fake_sparse(&x->f, x->f.tree->root, name, 1000 + 1500 * i, 0, 1000 * i + 500);
	}
}

/* Each compressor of this build with pclusters of one and of several blocks, tagged and not. */
static void test_algorithms(void **state)
{
	struct fixture *x = *state;
	const char *name;

	add_mixed(x, 50);
	fake_finish(&x->f);
	for (unsigned int i = 0; (name = erofs_compressor_name(i)) != NULL; i++) {
		struct erofs_compression c = compression_of(name);

		use(x, &c, 12, i % 2 ? 1 : 16);
		x->opt.full_index = i == 2;
		x->opt.ishare = i % 2 ? EROFS_DIGEST_NONE : EROFS_DIGEST_SHA512;
		build_and_compare(x);
	}
}

/* Attributes of all lengths: the tail finds a place behind each. */
static void test_inline_tails(void **state)
{
	struct erofs_compression c = compression_of("deflate");
	struct fixture *x = *state;
	struct erofs_inode inode;
	char name[16], value[4000];

	memset(value, 'v', sizeof(value));
	for (uint32_t i = 0; i < 120; i++) {
		struct erofs_node *node;

		snprintf(name, sizeof(name), "file%u", i);
		node = fake_sparse(&x->f, x->f.tree->root, name, 5000 + 33 * i, 0, 4000 + 33 * i);
		value[33 * i + 1] = '\0';
		fake_xattr(&x->f, node, "user.long", value);
		value[33 * i + 1] = 'v';
	}
	fake_file(&x->f, x->f.tree->root, "tiny", 1, 3);
	fake_finish(&x->f);
	use(x, &c, 12, 2);
	x->opt.tail_packing = true;
	for (int full = 0; full < 2; full++) {
		x->opt.full_index = full;
		build_and_compare(x);
		inode = fixture_inode(x, "/file5");
		assert_int_equal(inode.layout, full ? EROFS_LAYOUT_COMPRESSED_FULL :
			EROFS_LAYOUT_COMPRESSED_COMPACT);
		inode = fixture_inode(x, "/tiny");
		assert_int_equal(inode.layout, EROFS_LAYOUT_FLAT_INLINE);
	}
}

static void test_everything(void **state)
{
	struct erofs_compression c = compression_of("deflate");
	struct fixture *x = *state;

	make_everything(x);
	use(x, &c, 12, 4);
	x->opt.ishare = EROFS_DIGEST_SHA256;
	x->opt.tail_packing = true;
	build_and_compare(x);
	x->opt.tail_packing = false;
	build_and_compare(x);
	assert_true(x->sum.deduplicated_bytes >= 2 * 2000000 - 4096);
}

static void test_block_sizes(void **state)
{
	struct erofs_compression c = compression_of("deflate");
	struct fixture *x = *state;

	add_mixed(x, 60);
	fake_finish(&x->f);
	for (uint32_t bits = 9; bits <= 16; bits++) {
		use(x, &c, bits, bits % 2 ? 1 : 4);
		x->opt.tail_packing = bits % 4 == 1;
		x->opt.use_48bit = bits == 11;
		build_and_compare(x);
	}
}

static void read_image(struct fixture *x, uint8_t **ret, size_t *ret_size)
{
	FILE *f = fopen(x->path, "rb");

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	*ret_size = (size_t)ftell(f);
	rewind(f);
	*ret = malloc(*ret_size);
	assert_non_null(*ret);
	assert_int_equal(fread(*ret, 1, *ret_size, f), *ret_size);
	fclose(f);
}

/* The same bytes for any number of workers. */
static void build_by_all(struct fixture *x)
{
	static const unsigned int workers[] = { 1, 2, 7 };
	uint8_t *images[3];
	size_t sizes[3];

	for (int i = 0; i < 3; i++) {
		x->opt.workers = workers[i];
		build_and_compare(x);
		read_image(x, &images[i], &sizes[i]);
		assert_int_equal(sizes[i], sizes[0]);
		assert_memory_equal(images[i], images[0], sizes[0]);
	}
	for (int i = 0; i < 3; i++)
		free(images[i]);
}

static void test_workers(void **state)
{
	struct erofs_compression c = compression_of("deflate");
	struct fixture *x = *state;

	add_mixed(x, 90);
	fake_sparse(&x->f, x->f.tree->root, "segments", 17u << 20, 5u << 20, 6u << 20);
	fake_file(&x->f, x->f.tree->root, "segments2", (9u << 20) + 5, 77);
	fake_finish(&x->f);
	x->opt.ishare = EROFS_DIGEST_SHA256;
	use(x, &c, 12, 4);
	build_by_all(x);
}

static void expect_true_fingerprints(struct fixture *x)
{
	struct erofs_ishare_verify_options options = { .struct_size = sizeof(options), .workers = 1 };
	struct fixture_image built = fixture_open(x);
	struct erofs_ishare_verify_summary sum;

	assert_int_equal(erofs_ishare_verify(built.img, &options, NULL, &sum), 0);
	assert_int_equal(sum.verified, sum.files);
	fixture_close(&built);
}

/* Twins of large files are read once, small ones are found whoever comes first. */
static void test_twins(void **state)
{
	struct erofs_compression c = compression_of("deflate");
	struct fixture *x = *state;
	struct erofs_node *twin[3];

	for (int i = 0; i < 3; i++) {
		static const char *const names[] = { "a", "b", "c" };

		twin[i] = fake_sparse(&x->f, x->f.tree->root, names[i], 9u << 20, 5u << 20, 6u << 20);
	}
	fake_sparse(&x->f, x->f.tree->root, "same-size", 9u << 20, 4u << 20, 6u << 20);
	fake_finish(&x->f);
	use(x, &c, 12, 4);
	x->opt.ishare = EROFS_DIGEST_SHA256;
	for (unsigned int workers = 1; workers <= 3; workers++) {
		x->opt.workers = workers;
		for (int i = 0; i < 3; i++)
			fake_data_of(&x->f, twin[i])->opened = 0;
		must_build(x);
		assert_int_equal(x->sum.deduplicated_bytes, 2 * (9u << 20));
		assert_int_equal(fake_data_of(&x->f, twin[0])->opened, 4);
		assert_int_equal(fake_data_of(&x->f, twin[1])->opened, 1);
		assert_int_equal(fake_data_of(&x->f, twin[2])->opened, 1);
	}
	build_and_compare(x);
}

/* A source that changes behind its own back never gets the digest of other bytes than those stored. */
static void test_twin_that_changes(void **state)
{
	struct erofs_compression c = compression_of("deflate");
	struct fixture *x = *state;
	struct erofs_node *first, *second;

	first = fake_sparse(&x->f, x->f.tree->root, "a", 9u << 20, 5u << 20, 6u << 20);
	second = fake_sparse(&x->f, x->f.tree->root, "b", 9u << 20, 5u << 20, 6u << 20);
	fake_finish(&x->f);
	use(x, &c, 12, 4);
	x->opt.ishare = EROFS_DIGEST_SHA256;
	fake_data_of(&x->f, first)->change_after = 1;
	assert_int_equal(erofs_build(x->f.tree, &x->opt, x->path, &x->report.report, &x->sum), -ESTALE);
	assert_string_equal(x->report.error,
		"/b: changed while being read, or a file that had the same content");
	x->report.errors = 0;
	fake_data_of(&x->f, first)->change_after = 0;
	fake_data_of(&x->f, second)->opened = 0;
	fake_data_of(&x->f, second)->change_after = 1;
	build_and_compare(x);
}

/* The same where a large file is read again because it is better stored flat. */
static void test_flat_file_that_changes(void **state)
{
	struct erofs_compression c = compression_of("deflate");
	struct fixture *x = *state;
	struct erofs_node *node;

	node = fake_sparse(&x->f, x->f.tree->root, "a", (8u << 20) + 100, 8192, (8u << 20) + 100);
	fake_finish(&x->f);
	use(x, &c, 12, 4);
	x->opt.ishare = EROFS_DIGEST_SHA256;
	build_and_compare(x);
	/* The tail and what is before it are from different readings now. */
	fake_data_of(&x->f, node)->opened = 0;
	fake_data_of(&x->f, node)->change_after = 3;
	must_build(x);
	expect_true_fingerprints(x);
}

/* Files that end anywhere in a block and are followed by others there; large ones of all kinds: compressible,
 * not at all, only in the end, too little, and each a second time. */
static void test_encoded_extents(void **state)
{
	struct erofs_compression c[] = { compression_of("zstd"), compression_of("deflate") };
	struct fixture *x = *state;
	struct erofs_node *root = x->f.tree->root;
	struct erofs_inode inode;

	if (!erofs_encoder_available(EROFS_ENCODER_ZSTD))
		skip();
	add_mixed(x, 90);
	for (int i = 0; i < 2; i++) {
		fake_sparse(&x->f, root, i ? "most" : "most2", (9u << 20) + 100, 0, 1000000);
		fake_file(&x->f, root, i ? "none" : "none2", (9u << 20) + 5, 77);
		fake_sparse(&x->f, root, i ? "end" : "end2", (9u << 20) + 7, 0, 8500000);
		fake_sparse(&x->f, root, i ? "less" : "less2", (9u << 20) + 3, 9, 9u << 20);
	}
	fake_finish(&x->f);
	use(x, c, 12, 16);
	x->opt.use_48bit = true;
	x->opt.ishare = EROFS_DIGEST_SHA256;
	build_by_all(x);
	inode = fixture_inode(x, "/most");
	assert_int_equal(inode.layout, EROFS_LAYOUT_COMPRESSED_FULL);
	inode = fixture_inode(x, "/file0");
	assert_int_equal(inode.layout, EROFS_LAYOUT_FLAT_INLINE);
	x->opt.no_dedupe_files = true;
	x->opt.max_extent_bytes = 20000;
	x->opt.data_align_blocks = 4;
	build_and_compare(x);
	x->opt.tail_packing = true;
	x->opt.data_align_blocks = 1;
	use(x, c, 9, 3);
	build_and_compare(x);
	inode = fixture_inode(x, "/file0");
	assert_int_equal(inode.layout, EROFS_LAYOUT_COMPRESSED_FULL);
	use(x, c + 1, 12, 16);
	build_and_compare(x);
	inode = fixture_inode(x, "/most");
	assert_int_equal(inode.layout, EROFS_LAYOUT_COMPRESSED_COMPACT);
}

/* Links between files whose content changes between one reading and the next: what was found in the pass before
 * is no proof, so every file has the content of one of its readings, and its true digest. */
static void test_links_of_changing_files(void **state)
{
	static const char *const names[] = { "a", "b", "c" };
	struct erofs_compression c = compression_of("deflate");
	struct fixture *x = *state;
	struct fake_data *data[3];

	/* The range of data is the same in all, and what is around it compresses. */
	for (uint32_t i = 0; i < 3; i++)
		data[i] = fake_data_of(&x->f, fake_sparse(&x->f, x->f.tree->root, names[i], 400000 + 8192 * i,
			50000, 350000));
	fake_finish(&x->f);
	use(x, &c, 12, 4);
	x->opt.dedupe = true;
	x->opt.tail_packing = true;
	x->opt.ishare = EROFS_DIGEST_SHA256;
	build_and_compare(x);
	assert_true(x->sum.deduplicated_bytes > 2 * 250000);
	for (int changed = 0; changed < 3; changed++) {
		for (int i = 0; i < 3; i++) {
			data[i]->opened = 0;
			data[i]->change_after = i == changed;
		}
		must_build(x);
		expect_true_fingerprints(x);
		assert_true(x->sum.deduplicated_bytes < 2 * 250000);
	}
}

/* A layout depends on the content alone: not on attributes, names, owners or other files. */
static void test_layout_of_equal_files(void **state)
{
	struct erofs_compression c = compression_of("deflate");
	struct erofs_inode plain, dressed;
	struct erofs_node *node;
	struct fixture *x = *state;
	char name[16], value[600];

	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	for (uint64_t i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "a%llu", (unsigned long long)i);
		fake_sparse(&x->f, x->f.tree->root, name, 4096 + 215 * i, 0, 4090 + 20 * i);
		name[0] = 'b';
		node = fake_sparse(&x->f, x->f.tree->root, name, 4096 + 215 * i, 0, 4090 + 20 * i);
		fake_xattr(&x->f, node, "user.long", value);
		node->uid = 70000;
	}
	fake_finish(&x->f);
	use(x, &c, 12, 2);
	x->opt.no_dedupe_files = true;
	build_and_compare(x);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "/a%d", i);
		plain = fixture_inode(x, name);
		name[1] = 'b';
		dressed = fixture_inode(x, name);
		assert_int_equal(plain.layout == EROFS_LAYOUT_COMPRESSED_COMPACT,
			dressed.layout == EROFS_LAYOUT_COMPRESSED_COMPACT);
	}
	plain = fixture_inode(x, "/a0");
	assert_int_not_equal(plain.layout, EROFS_LAYOUT_COMPRESSED_COMPACT);
	plain = fixture_inode(x, "/a39");
	assert_int_equal(plain.layout, EROFS_LAYOUT_COMPRESSED_COMPACT);
}

/* Nothing to gain: an image as any kernel reads it. */
static void test_no_gain(void **state)
{
	struct erofs_compression c = compression_of("deflate");
	struct fixture *x = *state;

	fake_file(&x->f, x->f.tree->root, "small", 3000, 1);
	fake_finish(&x->f);
	use(x, &c, 12, 1);
	build_and_compare(x);
	assert_int_equal(fixture_super(x).incompat, 0);
}

static void refuse(struct fixture *x, const char *text)
{
	x->report.errors = 0;
	assert_int_equal(erofs_build(x->f.tree, &x->opt, x->path, &x->report.report, &x->sum), -EINVAL);
	assert_int_equal(x->report.errors, 1);
	assert_string_equal(x->report.error, text);
	assert_int_equal(access(x->path, F_OK), -1);
}

static void test_refusals(void **state)
{
	struct erofs_compression c = compression_of("gzip");
	struct fixture *x = *state;

	fake_finish(&x->f);
	use(x, &c, 12, 1);
	refuse(x, "Cannot find a valid compressor gzip");
	c.name = "deflate";
	c.level = 10;
	refuse(x, "invalid compression level 10 for deflate");
	c.level = 9;
	x->opt.pcluster_bytes = 6000;
	refuse(x, "physical clusters of 6000 bytes: not a multiple of the block size");
	x->opt.pcluster_bytes = 2u << 20;
	refuse(x, "pcluster size (512 blocks) is too large");
	x->opt.block_bits = 9;
	x->opt.pcluster_bytes = 1u << 20;
	refuse(x, "pcluster size (2048 blocks) is too large");
	x->opt.pcluster_bytes = 0;
	x->opt.chunk_size_bytes = 4096;
	refuse(x, "files cannot be both compressed and chunk-based");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_algorithms),
		WITH_TREE(test_everything),
		WITH_TREE(test_inline_tails),
		WITH_TREE(test_block_sizes),
		WITH_TREE(test_workers),
		WITH_TREE(test_twins),
		WITH_TREE(test_twin_that_changes),
		WITH_TREE(test_flat_file_that_changes),
		WITH_TREE(test_encoded_extents),
		WITH_TREE(test_links_of_changing_files),
		WITH_TREE(test_layout_of_equal_files),
		WITH_TREE(test_no_gain),
		WITH_TREE(test_refusals),
	};

	if (!erofs_codec_get(EROFS_ALGORITHM_DEFLATE)) {
		puts("SKIP: a build without DEFLATE");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
