/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building: what the reading library finds in an image is the tree it was built from. */

#include "tests/unit/build/fixture.h"

#include <unistd.h>

static uint64_t start_block_of(struct fixture *x, const char *path)
{
	struct erofs_inode inode = fixture_inode(x, path);

	return inode.has_start_block ? inode.start_block : 0;
}

static void test_defaults(void **state)
{
	struct fixture *x = *state;

	make_everything(x);
	build_and_compare(x);
	assert_true(x->sum.deduplicated_bytes >= 2 * 2000000 - 4096);
	assert_int_equal(x->sum.inodes, x->f.tree->node_count);
	assert_int_equal(x->sum.tagged_files, 0);
}

/* Bare and tagged. */
static void test_block_sizes(void **state)
{
	struct fixture *x = *state;

	make_everything(x);
	for (uint32_t bits = 9; bits <= 16; bits += bits == 12 ? 2 : 1) {
		x->opt.block_bits = bits;
		x->opt.ishare = bits % 2 ? EROFS_DIGEST_NONE : EROFS_DIGEST_SHA256;
		build_and_compare(x);
	}
}

static void test_tags(void **state)
{
	static const enum erofs_digest_algorithm algorithms[] = { EROFS_DIGEST_SHA256,
		EROFS_DIGEST_SHA512, EROFS_DIGEST_BLAKE2B512 };
	struct fixture *x = *state;

	make_everything(x);
	for (int i = 0; i < 4; i++) {
		x->opt.ishare = algorithms[i % 3];
		x->opt.ishare_xattr = i < 3 ? NULL : "trusted.erofs.fp";
		build_and_compare(x);
	}
	assert_true(x->sum.tagged_files > 50);
}

/* The bit of the superblock needs a file that carries a value. */
static void test_nothing_to_tag(void **state)
{
	struct fixture *x = *state;

	fake_add(&x->f, x->f.tree->root, "empty", S_IFREG | 0644);
	fake_finish(&x->f);
	x->opt.ishare = EROFS_DIGEST_SHA256;
	build_and_compare(x);
	assert_int_equal(x->sum.tagged_files, 0);
}

static void test_forms(void **state)
{
	static const char *const prefixes[] = { "user.com", "trusted.", "hidden.", "xattr" };
	struct fixture *x = *state;
	struct erofs_build_options plain = x->opt;

	make_everything(x);
	x->opt.inode_form = EROFS_FORM_EXTENDED;
	build_and_compare(x);
	x->opt = plain;
	x->opt.ignore_mtime = x->opt.no_inline_regular = x->opt.no_dedupe_files = true;
	x->opt.xattr_tolerance = 0;
	x->opt.xattr_prefixes = prefixes;
	x->opt.xattr_prefix_count = 4;
	build_and_compare(x);
	assert_int_equal(x->sum.deduplicated_bytes, 0);
	x->opt.no_xattr_filter = true;
	x->opt.root_xattr_isize = 500;
	x->opt.volume_name = "fifteen bytes..";
	x->opt.uuid[3] = 77;
	build_and_compare(x);
}

static void test_places(void **state)
{
	struct fixture *x = *state;

	make_everything(x);
	x->opt.offset_bytes = 12345 * 512;
	build_and_compare(x);
	x->opt.offset_bytes = 0;
	x->opt.align_blocks = 256;
	x->opt.data_align_blocks = 7;
	build_and_compare(x);
	assert_int_equal(x->sum.blocks % 256, 0);
	assert_int_equal(start_block_of(x, "/copies/copy3") % 7, 0);
	x->opt.meta_zone = true;
	x->opt.ishare = EROFS_DIGEST_SHA256;
	build_and_compare(x);
	x->opt.data_align_blocks = 0;
	for (x->opt.block_bits = 9; x->opt.block_bits <= 15; x->opt.block_bits += 3)
		build_and_compare(x);
}

static void test_48bit(void **state)
{
	struct fixture *x = *state;
	struct erofs_build_summary plain;

	make_everything(x);
	must_build(x);
	plain = x->sum;
	x->opt.use_48bit = true;
	build_and_compare(x);
	assert_true(x->sum.blocks + (HUGE_HOLE + 3000000) / 4096 < plain.blocks);
	assert_int_equal(start_block_of(x, "/copies/hole-small"), 0);
	assert_int_equal(start_block_of(x, "/copies/hole-huge"), 0);
	x->opt.dot_omitted = true;
	x->opt.ignore_mtime = true;
	x->opt.build_time_seconds = 5000000000;
	build_and_compare(x);
}

static uint64_t content_bytes(const struct fixture *x)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < x->f.tree->node_count; i++)
		if (S_ISREG(x->f.tree->nodes[i]->mode))
			bytes += x->f.tree->nodes[i]->size_bytes;
	return bytes;
}

static void test_chunks(void **state)
{
	static const uint64_t sizes[] = { 4096, 16384, 524288, 1048576, 4194304, 1ull << 40 };
	struct fixture *x = *state;

	make_everything(x);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		x->opt.chunk_size_bytes = sizes[i];
		x->opt.ishare = i % 2 ? EROFS_DIGEST_NONE : EROFS_DIGEST_SHA256;
		x->opt.chunk_form = i % 3 ? EROFS_CHUNK_FORM_INDEXES : EROFS_CHUNK_FORM_AUTO;
		x->opt.use_48bit = i == 4;
		build_and_compare(x);
		/* the hole takes nothing */
		assert_true((x->sum.blocks << 12) + HUGE_HOLE < content_bytes(x));
	}
	x->opt = fake_options();
	x->opt.dedupe = true;
	x->opt.block_bits = 9;
	x->opt.ishare = EROFS_DIGEST_SHA512;
	build_and_compare(x);
}

static void test_blob(void **state)
{
	static const uint64_t sizes[] = { 4096, 65536, 1048576 };
	struct fixture *x = *state;
	struct stat st;

	make_everything(x);
	x->opt.blob_path = x->blob;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		x->opt.chunk_size_bytes = sizes[i];
		x->opt.ishare = i % 2 ? EROFS_DIGEST_SHA256 : EROFS_DIGEST_NONE;
		x->opt.meta_zone = i == 2;
		build_and_compare(x);
		assert_int_equal(stat(x->blob, &st), 0);
		assert_true(st.st_size > 5000000);
		assert_true(x->sum.blocks < 1000);
	}
}

/* ---- identical files ---- */

static void test_identical_files(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *root = x->f.tree->root, *node;

	fake_file(&x->f, root, "a", 9000, 1);
	fake_file(&x->f, root, "b", 9000, 1);
	fake_file(&x->f, root, "c", 9000, 2);
	node = fake_file(&x->f, root, "d", 9000, 1);
	for (int i = 0; i < 3500 / 40; i++) { /* leaves no room for the tail */
		char name[16];

		snprintf(name, sizeof(name), "user.%03d", i);
		fake_xattr(&x->f, node, name, "32 bytes of something else......");
	}
	fake_file(&x->f, root, "e", 900000, 3);
	fake_file(&x->f, root, "f", 900000, 3);
	fake_file(&x->f, root, "g", 900000, 4);
	fake_finish(&x->f);
	for (int i = 0; i < 2; i++) {
		x->opt.ishare = i ? EROFS_DIGEST_SHA512 : EROFS_DIGEST_NONE;
		build_and_compare(x);
		assert_int_equal(start_block_of(x, "/a"), start_block_of(x, "/b"));
		assert_int_not_equal(start_block_of(x, "/a"), start_block_of(x, "/c"));
		assert_int_not_equal(start_block_of(x, "/a"), start_block_of(x, "/d"));
		assert_int_equal(start_block_of(x, "/e"), start_block_of(x, "/f"));
		assert_int_not_equal(start_block_of(x, "/e"), start_block_of(x, "/g"));
		assert_int_equal(x->sum.deduplicated_bytes, 8192 + 900000 / 4096 * 4096);
	}
	x->opt.no_dedupe_files = true;
	build_and_compare(x);
	assert_int_equal(x->sum.deduplicated_bytes, 0);
	assert_int_not_equal(start_block_of(x, "/a"), start_block_of(x, "/b"));
}

/* ---- large numbers ---- */

static void test_large_directory(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *dir = fake_add(&x->f, x->f.tree->root, "d", S_IFDIR | 0755);
	char name[32];

	for (int i = 0; i < 50000; i++) {
		snprintf(name, sizeof(name), "%.*s%d", i % 20, "some more characters", i * 7919);
		fake_add(&x->f, dir, name, S_IFREG | 0644);
	}
	fake_finish(&x->f);
	build_and_compare(x);
	x->opt.block_bits = 16;
	x->opt.meta_zone = true;
	build_and_compare(x);
}

static void test_many_links(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *dir = fake_add(&x->f, x->f.tree->root, "d", S_IFDIR | 0755);
	struct erofs_node *file = fake_file(&x->f, dir, "f", 10, 1);
	char name[16];

	dir->mtime_seconds = file->mtime_seconds = x->opt.build_time_seconds;
	for (int i = 0; i < 66000; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		fake_link(&x->f, dir, name, file);
	}
	for (int i = 0; i < 66000; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		fake_add(&x->f, dir, name, S_IFDIR | 0755);
	}
	fake_finish(&x->f);
	assert_int_equal(file->nlink, 66001);
	assert_int_equal(dir->nlink, 66002);
	build_and_compare(x);
}

/* Blocks beyond 2^32: the addresses of what follows a file that takes more than two TiB. */
static void test_wide_addresses(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *root = x->f.tree->root;
	uint64_t huge = (1ull << 41) + 12345;

	fake_sparse(&x->f, root, "huge", huge, huge - 5, huge);
	fake_finish(&x->f);
	x->opt.block_bits = 9;
	x->opt.ignore_mtime = true;
	assert_int_equal(erofs_build(x->f.tree, &x->opt, x->path, &x->report.report, &x->sum), -EFBIG);
	assert_non_null(strstr(x->report.error, "48-bit"));
	assert_int_equal(access(x->path, F_OK), -1);
	fake_fini(&x->f);
	fake_init(&x->f);
	fake_report_init(&x->report);
	root = x->f.tree->root;
	fake_sparse(&x->f, root, "a-huge", huge, huge - 5, huge);
	fake_file(&x->f, root, "b-compact", 2000, 1);
	fake_link(&x->f, root, "c-link", fake_file(&x->f, root, "c", 3000, 1));
	fake_finish(&x->f);
	x->opt.use_48bit = true;
	must_build(x);
	assert_true(start_block_of(x, "/b-compact") > 1ull << 32);
	assert_true(start_block_of(x, "/c") > 1ull << 32);
}

/* Within one file, too, something is heard; and what is a hole is not read, in whatever way it is stored. */
static void test_progress_within_a_file(void **state)
{
	static const struct {
		uint32_t chunk_bytes;
		bool compressed, tagged;
		unsigned int calls;
	} table[] = { { 0, false, true, 8 }, { 0, false, false, 1 }, { 65536, false, true, 1000 },
		{ 1 << 30, false, true, 8 }, { 0, true, false, 100 } };
	const uint64_t size = UINT64_C(1) << 29;
	struct fixture *x = *state;
	struct erofs_compression lz4 = { .name = "lz4", .level = EROFS_LEVEL_DEFAULT };
	struct erofs_node *file = fake_sparse(&x->f, x->f.tree->root, "sparse", size, 1000, 100000);

	fake_finish(&x->f);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].compressed && (!erofs_compressor_name(0) || strcmp(erofs_compressor_name(0), "lz4")))
			continue;
		fake_report_init(&x->report);
		atomic_store(&fake_data_of(&x->f, file)->read_bytes, 0);
		x->opt.chunk_size_bytes = table[i].chunk_bytes;
		x->opt.compressions = &lz4;
		x->opt.compression_count = table[i].compressed;
		x->opt.ishare = table[i].tagged ? EROFS_DIGEST_SHA256 : EROFS_DIGEST_NONE;
		must_build(x);
		assert_true(x->report.progress >= table[i].calls);
		assert_int_equal(x->report.total, size);
		assert_int_equal(x->report.done, size);
		/* Of compressed files a segment at a time. */
		assert_true(fake_data_of(&x->f, file)->read_bytes <= 2 * (4u << 20));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_defaults),
		WITH_TREE(test_block_sizes),
		WITH_TREE(test_tags),
		WITH_TREE(test_nothing_to_tag),
		WITH_TREE(test_forms),
		WITH_TREE(test_places),
		WITH_TREE(test_48bit),
		WITH_TREE(test_chunks),
		WITH_TREE(test_blob),
		WITH_TREE(test_identical_files),
		WITH_TREE(test_large_directory),
		WITH_TREE(test_many_links),
		WITH_TREE(test_wide_addresses),
		WITH_TREE(test_progress_within_a_file),
	};

	return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
