/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Planning: which attributes are shared or shortened, and what is refused, with a message that says why. */

#include "tests/unit/plan/planned.h"

static void test_xattr_limits(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *node = fake_file(&x->f, x->f.tree->root, "a", 10, 1);
	char *value = malloc(65537), name[16];

	memset(value, 'v', 65536);
	value[65536] = '\0';
	fake_xattr(&x->f, node, "user.a", value);
	fake_finish(&x->f);
	must_fail(x, -E2BIG, "/a: xattr user.a");
	value[65535] = '\0';
	fake_xattr(&x->f, node, "user.a", value);
	must_plan(x);
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "user.b%d", i);
		fake_xattr(&x->f, node, name, value);
	}
	must_fail(x, -E2BIG, "/a: xattrs take");
	free(value);
}

/* At most 255 ids; what is shared beyond stays in the body. */
static void test_many_shared(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *node = fake_file(&x->f, x->f.tree->root, "a", 10, 1);
	char name[16];

	for (int i = 0; i < 257; i++) {
		snprintf(name, sizeof(name), "user.%03d", i);
		fake_xattr(&x->f, node, name, "v");
	}
	x->opt.xattr_tolerance = 0;
	fake_finish(&x->f);
	must_plan(x);
	assert_int_equal(x->plan.xattrs.shared_count, 257);
	assert_int_equal(x->plan.inodes[node->index].xattr_bytes, 12 + 255 * 4 + 2 * 8);
}

/* A pair is shared when more inodes than the tolerance have it; the root does not count. */
static void test_tolerance(void **state)
{
	static const struct {
		int64_t tolerance;
		uint32_t shared;
	} table[] = { { 0, 3 }, { 1, 2 }, { 2, 1 }, { 3, 0 }, { INT32_MAX, 0 } };
	struct fixture *x = *state;
	struct erofs_node *root = x->f.tree->root;

	for (int i = 0; i < 3; i++) {
		char name[2] = { (char)('a' + i), 0 };
		struct erofs_node *node = fake_file(&x->f, root, name, 10, 1);

		fake_xattr(&x->f, node, "user.three", "v");
		if (i < 2)
			fake_xattr(&x->f, node, "user.two", "v");
		if (i < 1)
			fake_xattr(&x->f, node, "user.one", "v");
	}
	fake_xattr(&x->f, root, "user.one", "v");
	fake_finish(&x->f);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		x->opt.xattr_tolerance = table[i].tolerance;
		must_plan(x);
		assert_int_equal(x->plan.xattrs.shared_count, table[i].shared);
	}
}

static void test_prefix_choice(void **state)
{
	static const char *const prefixes[] = { "user.a.b.", "user.a.", "weird.", "user.a.bc" };
	static const struct {
		const char *name;
		int id;
		uint32_t skip;
	} table[] = {
		{ "user.a.b.c", 0, 9 },
		{ "user.a.bc", 1, 7 },	/* the first defined one that matches */
		{ "user.a.", 1, 7 },
		{ "user.a", -1, 5 },
		{ "trusted.a.b.c", -1, 8 },
		{ "weird.x", 2, 6 },
		{ "system.posix_acl_access", -1, 23 },
	};
	struct fixture *x = *state;

	x->opt.xattr_prefixes = prefixes;
	x->opt.xattr_prefix_count = 4;
	fake_finish(&x->f);
	must_plan(x);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct erofs_node_xattr xattr = { .name = table[i].name,
			.name_bytes = (uint32_t)strlen(table[i].name) };
		unsigned int index;
		uint32_t skip;

		assert_int_equal(erofs_plan_xattr_prefix(&x->plan.xattrs, &xattr, &index, &skip),
			table[i].id);
		assert_int_equal(skip, table[i].skip);
	}
}

static void test_root_padding(void **state)
{
	struct fixture *x = *state;

	x->opt.root_xattr_isize = 101;
	fake_finish(&x->f);
	must_plan(x);
	assert_int_equal(x->plan.inodes[0].xattr_bytes, 104);
	x->opt.root_xattr_isize = 1;
	must_plan(x);
	assert_int_equal(x->plan.inodes[0].xattr_bytes, 16);
	x->opt.root_xattr_isize = 12 + 4 * 65534 + 1;
	must_fail(x, -E2BIG, "/: xattrs take");
}

static void test_bad_options(void **state)
{
	struct fixture *x = *state;
	struct erofs_build_options good = x->opt;

	fake_finish(&x->f);
	x->opt.struct_size = 1;
	must_fail(x, -EINVAL, "build options of 1 bytes");
	x->opt = good;
	x->opt.block_bits = 8;
	must_fail(x, -EINVAL, "block size");
	x->opt.block_bits = 17;
	must_fail(x, -EINVAL, "block size");
	x->opt = good;
	x->opt.chunk_size_bytes = 2048;
	must_fail(x, -EINVAL, "chunk size of 2048");
	x->opt.chunk_size_bytes = 12288;
	must_fail(x, -EINVAL, "chunk size of 12288");
	x->opt = good;
	x->opt.volume_name = "sixteen bytes ok";
	must_fail(x, -EINVAL, "volume name of 16");
	x->opt = good;
	x->opt.align_blocks = 3;
	must_fail(x, -EINVAL, "alignment of 3");
}

static void test_bad_nodes(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *node = fake_symlink(&x->f, x->f.tree->root, "l", "t");

	fake_finish(&x->f);
	node->size_bytes = 0;
	must_fail(x, -ENAMETOOLONG, "/l: symbolic link of 0 bytes");
	node->size_bytes = 4096;
	must_fail(x, -ENAMETOOLONG, "/l: symbolic link of 4096 bytes");
	node->mode = S_IFCHR;
	node->rdev_major = 4096;
	must_fail(x, -EOVERFLOW, "/l: device number 4096:0");
	node->mode = 0170000;
	must_fail(x, -EINVAL, "/l: file type");
	node->mode = S_IFREG;
	node->size_bytes = 1ull << 63;
	must_fail(x, -EFBIG, "/l: size of");
}

#define WITH_PLAN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PLAN(test_xattr_limits),
		WITH_PLAN(test_many_shared),
		WITH_PLAN(test_tolerance),
		WITH_PLAN(test_prefix_choice),
		WITH_PLAN(test_root_padding),
		WITH_PLAN(test_bad_options),
		WITH_PLAN(test_bad_nodes),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
