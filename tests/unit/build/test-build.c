/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building: what the reading library finds in an image is the tree it was built from. */
#include <config.h>

#include "tests/unit/build/fake.h"

#include <fcntl.h>
#include <unistd.h>
#include <erofs/erofs.h>

#define HUGE_HOLE (16ull << 20)

struct fixture {
	struct fake_tree f;
	struct erofs_build_options opt;
	struct fake_report report;
	struct erofs_build_summary sum;
	char dir[4096], path[8192], blob[8192];
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	fake_init(&x->f);
	fake_report_init(&x->report);
	x->opt = fake_options();
	fake_workdir_init(x->dir, sizeof(x->dir));
	snprintf(x->path, sizeof(x->path), "%s/image", x->dir);
	snprintf(x->blob, sizeof(x->blob), "%s/blob", x->dir);
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	fake_fini(&x->f);
	fake_workdir_fini(x->dir);
	free(x);
	return 0;
}

/* Not over an old image: some file systems then wait for the disk. */
static void must_build(struct fixture *x)
{
	unlink(x->path);
	if (erofs_build(x->f.tree, &x->opt, x->path, &x->report.report, &x->sum) < 0)
		fail_msg("%s", x->report.error);
	assert_int_equal(x->report.errors, 0);
}

static void build_and_compare(struct fixture *x)
{
	must_build(x);
	fake_expect_image(&x->f, x->path, &x->opt);
}

static uint64_t start_block_of(struct fixture *x, const char *path)
{
	struct erofs_image_options io = { .struct_size = sizeof(io) };
	struct erofs_inode inode;
	struct erofs_reader *rd;
	struct erofs_image *img;
	uint64_t nid;

	assert_int_equal(erofs_image_open(x->path, &io, NULL, &img), 0);
	assert_int_equal(erofs_reader_new(img, &rd), 0);
	assert_int_equal(erofs_path_lookup(rd, path, &nid), 0);
	assert_int_equal(erofs_inode_read(rd, nid, &inode), 0);
	erofs_reader_free(rd);
	erofs_image_close(img);
	return inode.has_start_block ? inode.start_block : 0;
}

/* ---- a tree with a bit of everything ---- */

static void add_names(struct fixture *x, struct erofs_node *dir)
{
	char name[256];

	for (int c = 1; c < 256; c++) {
		if (c == '/' || c == '.')
			continue;
		name[0] = (char)c;
		name[1] = '\0';
		fake_add(&x->f, dir, name, S_IFREG | 0644);
	}
	for (int c = 0; c < 3; c++) {
		memset(name, 'a' + c, 255);
		name[255] = '\0';
		fake_file(&x->f, dir, name, 10, 1);
	}
	fake_file(&x->f, dir, "...", 10, 1);
	fake_file(&x->f, dir, "..a", 10, 1);
}

static void add_types(struct fixture *x, struct erofs_node *dir)
{
	static const uint32_t types[] = { S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK };
	struct erofs_node *node;
	char name[8], target[4096];

	for (uint32_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		node = fake_add(&x->f, dir, name, types[i] | 04711);
		node->rdev_major = i < 2 ? 259 : 0;
		node->rdev_minor = i < 2 ? 70000 : 0;
	}
	memset(target, 't', 4095);
	for (uint32_t n = 1; n < 4096; n = n * 3 + n % 2) {
		target[n] = '\0';
		snprintf(name, sizeof(name), "l%u", n);
		fake_symlink(&x->f, dir, name, target);
		target[n] = 't';
	}
	target[4095] = '\0';
	fake_symlink(&x->f, dir, "longest", target);
}

static void add_attributes(struct fixture *x, struct erofs_node *dir)
{
	static const int64_t times[] = { 0, -1, -5000000000, 1700000000, 4294967295, 4294967296,
		9000000000, INT64_MAX, INT64_MIN };
	struct erofs_node *node;
	char name[16];

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		snprintf(name, sizeof(name), "time%zu", i);
		node = fake_file(&x->f, dir, name, 100, 7);
		node->mtime_seconds = times[i];
		node->mtime_nsec = i % 2 ? 999999999 : 0;
	}
	node = fake_file(&x->f, dir, "owner", 100, 8);
	node->uid = 65536;
	node->gid = 4294967294;
	node->mode = S_IFREG | 06755;
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "xattr%d", i);
		node = i ? fake_file(&x->f, dir, name, 4000, 9) : fake_add(&x->f, dir, name, S_IFDIR);
		fake_xattr(&x->f, node, "user.common", "value of all");
		fake_xattr(&x->f, node, "security.capability", i % 2 ? "\1\2\3" : "\4");
		fake_xattr(&x->f, node, "system.posix_acl_access", "acl");
		fake_xattr(&x->f, node, "trusted.zzz", "");
		fake_xattr(&x->f, node, name, "of no known namespace");
	}
}

static void add_sizes(struct fixture *x, struct erofs_node *dir)
{
	static const uint64_t around[] = { 512, 1024, 4032, 4096, 8192, 16384, 65536, 524288, 1048576 };
	char name[32];

	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		for (uint64_t n = around[i] - 2; n <= around[i] + 2; n++) {
			snprintf(name, sizeof(name), "size%llu", (unsigned long long)n);
			fake_file(&x->f, dir, name, n, (uint32_t)i);
		}
	}
}

/* Copies, so that space is given back, and sparse files that get this space next. */
static void add_copies(struct fixture *x, struct erofs_node *dir)
{
	fake_file(&x->f, dir, "copy0", 2000000, 50);
	fake_file(&x->f, dir, "copy1", 2000000, 50);
	fake_sparse(&x->f, dir, "copy2-sparse", 2000001, 700000, 700001);
	fake_file(&x->f, dir, "copy3", 2000000, 51);
	fake_file(&x->f, dir, "copy4", 2000000, 50);
	fake_file(&x->f, dir, "copy5-small", 9000, 52);
	fake_file(&x->f, dir, "copy6-small", 9000, 52);
	fake_file(&x->f, dir, "copy7-small", 9000, 53);
	fake_sparse(&x->f, dir, "copy8-sparse", 5000000, 1048576, 2097152);
	fake_sparse(&x->f, dir, "copy9-sparse", 5000000, 1048576, 2097152);
	fake_sparse(&x->f, dir, "hole-small", 9999, 0, 0);
	fake_sparse(&x->f, dir, "hole-large", 3000001, 0, 0);
	fake_sparse(&x->f, dir, "hole-huge", HUGE_HOLE, 0, 0);
	fake_sparse(&x->f, dir, "sparse-end", 3000001, 3000000, 3000001);
}

static void make_everything(struct fixture *x)
{
	struct erofs_node *root = x->f.tree->root, *dir = root;
	char name[16];

	add_names(x, fake_add(&x->f, root, "names", S_IFDIR | 0755));
	add_types(x, fake_add(&x->f, root, "types", S_IFDIR | 01777));
	add_attributes(x, fake_add(&x->f, root, "attributes", S_IFDIR | 0700));
	add_sizes(x, fake_add(&x->f, root, "sizes", S_IFDIR | 0755));
	add_copies(x, fake_add(&x->f, root, "copies", S_IFDIR | 0755));
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "level%d", i);
		dir = fake_add(&x->f, dir, name, S_IFDIR | 0755);
		fake_link(&x->f, dir, "linked", root->edges[0].node->edges[250].node);
	}
	fake_xattr(&x->f, root, "user.root", "root");
	fake_finish(&x->f);
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
	x->opt.dedupe_chunks = true;
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

/* ---- determinism ---- */

static void expect_same_files(const char *a, const char *b)
{
	static char x[1 << 20], y[1 << 20];
	int fa = open(a, O_RDONLY), fb = open(b, O_RDONLY);
	off_t at = 0, end = lseek(fa, 0, SEEK_END);

	assert_int_equal(end, lseek(fb, 0, SEEK_END));
	while (at < end) {
		off_t next = lseek(fa, at, SEEK_DATA), other = lseek(fb, at, SEEK_DATA);
		ssize_t n;

		if (next < 0 && other < 0)
			break;
		at = next < 0 || (other >= 0 && other < next) ? other : next;
		n = pread(fa, x, sizeof(x), at);
		assert_true(n > 0);
		assert_int_equal(pread(fb, y, sizeof(y), at), n);
		assert_memory_equal(x, y, (size_t)n);
		at += n;
	}
	close(fa);
	close(fb);
}

static void test_any_number_of_workers(void **state)
{
	static const unsigned int workers[] = { 2, 7 };
	struct fixture *x = *state;
	char first[9000];

	make_everything(x);
	snprintf(first, sizeof(first), "%s/first", x->dir);
	for (int i = 0; i < 6; i++) {
		x->opt.ishare = i & 1 ? EROFS_DIGEST_SHA256 : EROFS_DIGEST_NONE;
		x->opt.chunk_size_bytes = i / 2 == 1 ? 8192 : 0;
		x->opt.use_48bit = x->opt.meta_zone = i / 2 == 2;
		x->opt.workers = 1;
		must_build(x);
		assert_int_equal(rename(x->path, first), 0);
		for (size_t n = 0; n < sizeof(workers) / sizeof(workers[0]); n++) {
			x->opt.workers = workers[n];
			must_build(x);
			expect_same_files(first, x->path);
		}
	}
}

/* ---- failures ---- */

static void put_old(const struct fixture *x)
{
	FILE *file = fopen(x->path, "w");

	fputs("old", file);
	assert_int_equal(fclose(file), 0);
}

static void expect_old(const struct fixture *x)
{
	char text[8] = "";
	FILE *file = fopen(x->path, "r");

	assert_int_equal(fread(text, 1, sizeof(text), file), 3);
	assert_string_equal(text, "old");
	fclose(file);
}

/* Whatever kind of file fails, in whatever way: the error comes back, the old file stays. */
static void test_source_errors(void **state)
{
	static const uint64_t sizes[] = { 10, 5000, 600000, 700000 };
	struct fixture *x = *state;
	struct erofs_node *nodes[5];
	char name[8];

	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		nodes[i] = fake_file(&x->f, x->f.tree->root, name, sizes[i < 4 ? i : 3], (uint32_t)i);
	}
	fake_finish(&x->f);
	put_old(x);
	for (int i = 0; i < 5 * 2 * 3; i++) {
		struct fake_data *d = fake_data_of(&x->f, nodes[i % 5]);
		int *error = i / 5 % 2 ? &d->read_error : &d->finish_error;
		static const uint64_t chunks[] = { 0, 4096, 1 << 20 };

		*error = -ESTALE;
		x->opt.chunk_size_bytes = chunks[i / 10];
		x->opt.workers = (unsigned int)i % 3 + 1;
		assert_int_equal(erofs_build(x->f.tree, &x->opt, x->path, &x->report.report, &x->sum),
			-ESTALE);
		*error = 0;
		expect_old(x);
	}
	x->opt = fake_options();
	build_and_compare(x);
}

static void test_output_errors(void **state)
{
	struct fixture *x = *state;
	char path[9000];

	fake_file(&x->f, x->f.tree->root, "f", 10, 1);
	fake_finish(&x->f);
	snprintf(path, sizeof(path), "%s/none/blob", x->dir);
	x->opt.blob_path = path;
	x->opt.chunk_size_bytes = 4096;
	put_old(x);
	assert_int_equal(erofs_build(x->f.tree, &x->opt, x->path, &x->report.report, &x->sum), -ENOENT);
	expect_old(x);
	assert_int_equal(x->report.errors, 1);
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

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
		WITH_TREE(test_any_number_of_workers),
		WITH_TREE(test_source_errors),
		WITH_TREE(test_output_errors),
	};

	return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
