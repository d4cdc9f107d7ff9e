/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encoding: tables of values and the bytes they become; examples from the format specification. */

#include "tests/unit/plan/planned.h"

#include "plan/encode.h"

static void expect_bytes(const void *got, const char *hex)
{
	const uint8_t *p = got;

	for (; *hex; p++) {
		unsigned int want;

		while (*hex == ' ')
			hex++;
		assert_int_equal(sscanf(hex, "%2x", &want), 1);
		if (*p != want)
			fail_msg("byte %td is %02x, not %02x", p - (const uint8_t *)got, *p, want);
		hex += 2;
	}
}

/* Section 15.2: nid 0x29, a compact inode with xattrs and an inline tail. */
static void test_compact_inode(void **state)
{
	struct encode_inode in = { .layout = EROFS_LAYOUT_FLAT_INLINE, .mode = 0100644,
		.xattr_bytes = 64, .size_bytes = 6, .u = EROFS_NULL_ADDR, .nlink = 1, .ino = 2 };
	uint8_t out[64];

	(void)state;
	assert_int_equal(erofs_encode_inode(&in, out), 32);
	expect_bytes(out, "04 00 0e 00 a4 81 01 00 06 00 00 00 00 00 00 00 "
		"ff ff ff ff 02 00 00 00 00 00 00 00 00 00 00 00");
}

static void test_extended_inode(void **state)
{
	struct encode_inode in = { .extended = true, .layout = EROFS_LAYOUT_FLAT_PLAIN,
		.mode = 0100755, .size_bytes = 0x123456789ab, .u = 0x112233445566, .nlink = 70000,
		.uid = 0x10001, .gid = 0x20002, .ino = 7, .mtime_seconds = -2, .mtime_nsec = 999999999 };
	uint8_t out[64];

	(void)state;
	assert_int_equal(erofs_encode_inode(&in, out), 64);
	expect_bytes(out, "01 00 00 00 ed 81 22 11 ab 89 67 45 23 01 00 00 "
		"66 55 44 33 07 00 00 00 01 00 01 00 02 00 02 00 "
		"fe ff ff ff ff ff ff ff ff c9 9a 3b 70 11 01 00 "
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
}

/* Bit 4 makes i_nb extend the address of a compact file, and only says "no dot" of a directory. */
static void test_bit4(void **state)
{
	struct encode_inode in = { .bit4 = true, .mode = 0100644, .u = 0xabcd00000001, .nlink = 1 };
	uint8_t out[64];

	(void)state;
	erofs_encode_inode(&in, out);
	expect_bytes(out, "10 00 00 00 a4 81 cd ab");
	expect_bytes(out + 16, "01 00 00 00");
	in.mode = 040755;
	in.nlink = 9;
	erofs_encode_inode(&in, out);
	expect_bytes(out, "10 00 00 00 ed 41 09 00");
}

static void test_rdev(void **state)
{
	static const struct {
		uint32_t major, minor, want;
	} table[] = {
		{ 1, 3, 0x103 },
		{ 259, 70000, 0x11110370 },
		{ 0, 0, 0 },
		{ 0xfff, 0xfffff, 0xffffffff },
		{ 8, 256, 0x00100800 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(erofs_encode_rdev(table[i].major, table[i].minor), table[i].want);
}

static void test_chunks(void **state)
{
	uint8_t out[32];

	(void)state;
	erofs_encode_chunk(out, 0, 4, 0x11223344, 0);
	erofs_encode_chunk(out, 1, 4, PLAN_NO_BLOCK, 0);
	expect_bytes(out, "44 33 22 11 ff ff ff ff");
	erofs_encode_chunk(out, 0, 8, 0x556611223344, 1);
	erofs_encode_chunk(out, 1, 8, PLAN_NO_BLOCK, 1);
	expect_bytes(out, "66 55 01 00 44 33 22 11 ff ff 00 00 ff ff ff ff");
}

/* ---- with a plan ---- */

/* Section 15.2 again: the fingerprint of "hello\n" and user.k = "v". */
static void test_xattr_body(void **state)
{
	static const uint8_t value[] = "sha256:"
		"\x58\x91\xb5\xb5\x22\xd5\xdf\x08\x6d\x0f\xf0\xb1\x10\xfb\xd9\xd2"
		"\x1b\xb4\xfc\x71\x63\xaf\x34\xd0\x82\x86\xa2\xe8\x46\xf6\xbe\x03";
	struct fixture *x = *state;
	struct erofs_node *node = fake_file(&x->f, x->f.tree->root, "a", 6, 1);
	uint8_t out[64] = { 0 };

	fake_xattr(&x->f, node, "user.k", "v");
	x->opt.ishare = EROFS_DIGEST_SHA256;
	fake_finish(&x->f);
	must_plan(x);
	assert_int_equal(x->plan.inodes[node->index].xattr_bytes, 64);
	erofs_encode_xattr_body(&x->plan, node, value, out);
	expect_bytes(out, "ff be ff ff 00 00 00 00 00 00 00 00 00 80 27 00 "
		"73 68 61 32 35 36 3a 58 91 b5 b5 22 d5 df 08 6d "
		"0f f0 b1 10 fb d9 d2 1b b4 fc 71 63 af 34 d0 82 "
		"86 a2 e8 46 f6 be 03 00 01 01 01 00 6b 76 00 00");
}

/* Section 15.1: the prefix table of an image whose only prefix is the fingerprint's. */
static void test_prefix_table(void **state)
{
	static const char *const prefixes[] = { "user.foo.", "trusted." };
	struct fixture *x = *state;
	uint8_t out[64] = { 0 };

	fake_file(&x->f, x->f.tree->root, "a", 6, 1);
	x->opt.ishare = EROFS_DIGEST_SHA256;
	x->opt.xattr_prefixes = prefixes;
	x->opt.xattr_prefix_count = 2;
	fake_finish(&x->f);
	must_plan(x);
	assert_int_equal(x->plan.xattrs.ishare_id, 2);
	assert_int_equal(x->plan.xattrs.prefix_bytes, 12 + 23);
	erofs_encode_prefixes(&x->plan.xattrs, out);
	expect_bytes(out, "05 00 01 66 6f 6f 2e 00 01 00 04 00 15 00 00 65 72 6f 66 73 2e 66 69 6e 67 "
		"65 72 70 72 69 6e 74 2e 76 31 00");
}

/* An attribute under the fingerprint's own name is a forgery wherever it comes from. */
static void test_reserved_name(void **state)
{
	static const uint8_t value[39] = "sha256:true";
	struct fixture *x = *state;
	struct erofs_node *node = fake_file(&x->f, x->f.tree->root, "a", 6, 1);
	struct erofs_node *dir = fake_add(&x->f, x->f.tree->root, "d", S_IFDIR | 0755);
	uint8_t out[64] = { 0 };

	fake_xattr(&x->f, node, "trusted.tag", "sha256:forged");
	fake_xattr(&x->f, dir, "trusted.tag", "sha256:forged");
	x->opt.ishare = EROFS_DIGEST_SHA256;
	x->opt.ishare_xattr = "trusted.tag";
	fake_finish(&x->f);
	must_plan(x);
	assert_int_equal(x->plan.inodes[dir->index].xattr_bytes, 0);
	assert_int_equal(x->plan.inodes[node->index].xattr_bytes, 12 + 44);
	erofs_encode_xattr_body(&x->plan, node, value, out);
	expect_bytes(out + 12, "00 80 27 00 73 68 61 32 35 36 3a 74 72 75 65 00");
}

/* What three inodes have is stored once; the body then holds an id. */
static void test_shared_xattrs(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *nodes[3];
	uint8_t out[64] = { 0 };

	for (int i = 0; i < 3; i++) {
		char name[2] = { (char)('a' + i), 0 };

		nodes[i] = fake_file(&x->f, x->f.tree->root, name, 6, 1);
		fake_xattr(&x->f, nodes[i], "user.common", "yes");
		fake_xattr(&x->f, nodes[i], "user.also", "");
	}
	fake_xattr(&x->f, nodes[2], "security.own", "1234");
	fake_finish(&x->f);
	must_plan(x);
	assert_int_equal(x->plan.xattrs.shared_count, 2);
	assert_int_equal(x->plan.xattrs.shared_bytes, 8 + 16);
	assert_int_equal(x->plan.shared_at, 1152);
	assert_int_equal(x->plan.inodes[nodes[0]->index].xattr_bytes, 12 + 8);
	assert_int_equal(x->plan.inodes[nodes[2]->index].xattr_bytes, 12 + 8 + 12);
	erofs_encode_xattr_body(&x->plan, nodes[2], NULL, out);
	expect_bytes(out + 4, "02 00 00 00 00 00 00 00 20 01 00 00 22 01 00 00 03 06 04 00 6f 77 6e 31 "
		"32 33 34 00");
	memset(out, 0, sizeof(out));
	erofs_encode_shared_xattrs(&x->plan.xattrs, out);
	expect_bytes(out, "04 01 00 00 61 6c 73 6f 06 01 03 00 63 6f 6d 6d 6f 6e 79 65 73 00 00 00");
}

static void test_dir_block(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *root = x->f.tree->root, *file;
	uint8_t out[4096] = { 0 };
	struct plan_dir dir;
	uint8_t nid;

	/* '!' sorts before '.', which is therefore not the first name. */
	file = fake_add(&x->f, root, "!", S_IFREG | 0644);
	fake_symlink(&x->f, root, "zz", "t");
	fake_finish(&x->f);
	must_plan(x);
	nid = (uint8_t)erofs_plan_nid(&x->plan, root);
	assert_int_equal(nid, 36);
	erofs_plan_dir_start(&x->plan, root, &dir);
	assert_int_equal(erofs_encode_dir_block(&x->plan, &dir, out), 4 * 12 + 6);
	expect_bytes(out + 8, "30 00 01 00");
	assert_int_equal(out[0], erofs_plan_nid(&x->plan, file));
	expect_bytes(out + 12, "24 00 00 00 00 00 00 00 31 00 02 00 24 00 00 00 00 00 00 00 32 00 02 00");
	expect_bytes(out + 44, "34 00 07 00 21 2e 2e 2e 7a 7a 00");
	assert_int_equal(erofs_encode_dir_block(&x->plan, &dir, out), 0);
}

#define WITH_PLAN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compact_inode),
		cmocka_unit_test(test_extended_inode),
		cmocka_unit_test(test_bit4),
		cmocka_unit_test(test_rdev),
		cmocka_unit_test(test_chunks),
		WITH_PLAN(test_xattr_body),
		WITH_PLAN(test_prefix_table),
		WITH_PLAN(test_reserved_name),
		WITH_PLAN(test_shared_xattrs),
		WITH_PLAN(test_dir_block),
	};

	return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
