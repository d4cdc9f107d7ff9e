/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fixed tree, a few sets of options, and every byte of the images: any change of what is written shows
 * as a change of a hexadecimal dump beside this file. `EROFS_GOLDEN_UPDATE=1 make check` rewrites them, for
 * review. */

#include "tests/unit/build/fixture.h"

#include <unistd.h>

#define LINE 16

/* ---- dumps ---- */

static void dump_line(FILE *out, size_t at, const uint8_t *bytes, size_t count)
{
	fprintf(out, "%06zx ", at);
	for (size_t i = 0; i < count; i++)
		fprintf(out, " %02x", bytes[i]);
	fprintf(out, "%*s  ", (int)(3 * (LINE - count)), "");
	for (size_t i = 0; i < count; i++)
		fputc(bytes[i] > ' ' && bytes[i] < 0x7f ? bytes[i] : '.', out);
	fputc('\n', out);
}

/* Lines of zeros are left out: the offsets tell. The size ends the dump. */
static void dump(const char *path, FILE *out)
{
	static const uint8_t zeros[LINE];
	FILE *in = fopen(path, "r");
	uint8_t bytes[LINE];
	size_t at = 0, n;

	assert_non_null(in);
	while ((n = fread(bytes, 1, LINE, in)) > 0) {
		if (memcmp(bytes, zeros, n))
			dump_line(out, at, bytes, n);
		at += n;
	}
	fprintf(out, "%06zx\n", at);
	fclose(in);
}

static char *slurp(const char *path)
{
	char *text = calloc(1, 1 << 20);
	FILE *in = fopen(path, "r");

	assert_non_null(text);
	if (!in)
		fail_msg("%s: cannot open", path);
	assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
	fclose(in);
	return text;
}

/* The lines that differ, for the log. */
static void expect_text(const char *name, const char *got, const char *want)
{
	unsigned int line = 1;

	for (; *got && *got == *want; got++, want++)
		line += *got == '\n';
	if (*got || *want)
		fail_msg("%s: line %u differs: \"%.*s\", not \"%.*s\"", name, line,
			(int)strcspn(got, "\n"), got, (int)strcspn(want, "\n"), want);
}

static void expect_dump(struct fixture *x, const char *image, const char *name)
{
	const char *srcdir = getenv("srcdir");
	char golden[8192], made[9000], *got, *want;
	FILE *out;

	snprintf(golden, sizeof(golden), "%s/tests/golden/%s.hex", srcdir ? srcdir : ".", name);
	snprintf(made, sizeof(made), "%s/%s.hex", x->dir, name);
	out = fopen(getenv("EROFS_GOLDEN_UPDATE") ? golden : made, "w");
	assert_non_null(out);
	dump(image, out);
	assert_int_equal(fclose(out), 0);
	got = slurp(getenv("EROFS_GOLDEN_UPDATE") ? golden : made);
	want = slurp(golden);
	expect_text(name, got, want);
	free(got);
	free(want);
}

/* ---- the tree ---- */

static void add_special(struct fixture *x, struct erofs_node *dir)
{
	struct erofs_node *node = fake_add(&x->f, dir, "null", S_IFCHR | 0666);

	node->rdev_major = 1;
	node->rdev_minor = 3;
	fake_add(&x->f, dir, "fifo", S_IFIFO | 0600);
	node = fake_file(&x->f, dir, "old", 10, 5);
	node->mtime_seconds = -1;
	node->mtime_nsec = 5;
	node->uid = 70000;
	node = fake_file(&x->f, dir, "new", 10, 6);
	node->mtime_seconds = 1700000000;
	node->uid = node->gid = 1000;
	fake_link(&x->f, dir, "new-too", node);
}

static void make_tree(struct fixture *x)
{
	struct erofs_node *root = x->f.tree->root;
	struct erofs_node *dir = fake_add(&x->f, root, "dir", S_IFDIR | 01777);
	char name[2] = "a";

	fake_add(&x->f, root, "!first", S_IFREG | 0600);
	fake_file(&x->f, root, "block", 512, 1);
	fake_file(&x->f, root, "twin-1", 700, 2);
	fake_file(&x->f, root, "twin-2", 700, 2);
	fake_sparse(&x->f, root, "sparse", 3000, 2500, 2600);
	fake_symlink(&x->f, root, "link", "dir/null");
	add_special(x, dir);
	for (; *name < 'e'; name[0]++) {
		struct erofs_node *node = fake_file(&x->f, dir, name, 100, 3);

		fake_xattr(&x->f, node, "user.common", "shared value");
		fake_xattr(&x->f, node, "security.selinux", "system_u:object_r:etc_t:s0");
		fake_xattr(&x->f, node, "trusted.overlay.own", name);
	}
	fake_xattr(&x->f, root, "user.common", "shared value");
	for (int i = 0; i < 30; i++) {
		snprintf(x->blob, sizeof(x->blob), "entry-of-the-directory-%d", i);
		fake_link(&x->f, dir, x->blob, root->edges[1].node);
	}
	snprintf(x->blob, sizeof(x->blob), "%s/blob", x->dir);
	fake_finish(&x->f);
	for (size_t i = 0; i < sizeof(x->opt.uuid); i++)
		x->opt.uuid[i] = (uint8_t)(0x10 + i);
}

/* ---- the images ---- */

static void test_plain(void **state)
{
	struct fixture *x = *state;

	make_tree(x);
	build_and_compare(x);
	expect_dump(x, x->path, "plain");
}

static void test_tagged(void **state)
{
	static const char *const prefixes[] = { "trusted.overlay.", "user." };
	struct fixture *x = *state;

	make_tree(x);
	x->opt.ishare = EROFS_DIGEST_SHA256;
	x->opt.xattr_prefixes = prefixes;
	x->opt.xattr_prefix_count = 2;
	x->opt.volume_name = "golden";
	x->opt.block_bits = 9;
	build_and_compare(x);
	expect_dump(x, x->path, "tagged");
}

static void test_chunks(void **state)
{
	struct fixture *x = *state;

	make_tree(x);
	x->opt.block_bits = 9;
	x->opt.chunk_size_bytes = 1024;
	x->opt.blob_path = x->blob;
	x->opt.ignore_mtime = true;
	build_and_compare(x);
	expect_dump(x, x->path, "chunks");
	expect_dump(x, x->blob, "chunks-blob");
}

static void test_zone(void **state)
{
	struct fixture *x = *state;

	make_tree(x);
	x->opt.block_bits = 10;
	x->opt.dot_omitted = true;
	x->opt.meta_zone = true;
	x->opt.no_checksum = true;
	x->opt.ishare = EROFS_DIGEST_BLAKE2B512;
	x->opt.ishare_xattr = "trusted.tag";
	build_and_compare(x);
	expect_dump(x, x->path, "zone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_plain),
		WITH_TREE(test_tagged),
		WITH_TREE(test_chunks),
		WITH_TREE(test_zone),
	};

	return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
