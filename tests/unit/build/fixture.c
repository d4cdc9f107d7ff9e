/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tree with a bit of everything, and building it. */

#include "tests/unit/build/fixture.h"

#include <unistd.h>

int fixture_set_up(void **state)
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

int fixture_tear_down(void **state)
{
	struct fixture *x = *state;

	fake_fini(&x->f);
	fake_workdir_fini(x->dir);
	free(x);
	return 0;
}

/* Not over an old image: some file systems then wait for the disk. */
void must_build(struct fixture *x)
{
	unlink(x->path);
	if (erofs_build(x->f.tree, &x->opt, x->path, &x->report.report, &x->sum) < 0)
		fail_msg("%s", x->report.error);
	assert_int_equal(x->report.errors, 0);
}

void build_and_compare(struct fixture *x)
{
	must_build(x);
	fake_expect_image(&x->f, x->path, &x->opt);
}

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
	/* version 2; owner rwx, group r-x, others r-x */
	static const uint8_t acl[] = { 2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 4, 0, 5, 0, 255, 255,
		255, 255, 32, 0, 5, 0, 255, 255, 255, 255 };
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
		fake_xattr_bytes(&x->f, node, "system.posix_acl_access", acl, sizeof(acl));
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

void make_everything(struct fixture *x)
{
	struct erofs_node *root = x->f.tree->root, *dir = root;
	char name[24];

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

struct fixture_image fixture_open(const struct fixture *x)
{
	struct fixture_image built;

	assert_int_equal(erofs_image_open(x->path, NULL, NULL, &built.img), 0);
	assert_int_equal(erofs_reader_new(built.img, &built.rd), 0);
	return built;
}

void fixture_close(struct fixture_image *built)
{
	erofs_reader_free(built->rd);
	erofs_image_close(built->img);
}

struct erofs_super fixture_super(const struct fixture *x)
{
	struct fixture_image built = fixture_open(x);
	struct erofs_super super = *erofs_image_super(built.img);

	fixture_close(&built);
	return super;
}

struct erofs_inode fixture_inode(const struct fixture *x, const char *path)
{
	struct fixture_image built = fixture_open(x);
	struct erofs_inode inode;
	uint64_t nid;

	assert_int_equal(erofs_path_lookup(built.rd, path, &nid), 0);
	assert_int_equal(erofs_inode_read(built.rd, nid, &inode), 0);
	fixture_close(&built);
	return inode;
}
