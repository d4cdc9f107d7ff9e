/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims: where the fingerprint of an inode is found, what counts as a second one, and when the kernel
 * would use it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "format/erofs_fs.h"
#include "tests/unit/ishare/tiny-image.h"

#define NAME EROFS_ISHARE_DEFAULT_XATTR

static void read_claim(const struct tiny_spec *spec, struct erofs_ishare_claim *ret)
{
	struct tiny_image tiny;
	struct erofs_reader *rd;
	struct erofs_inode inode;

	tiny_open(spec, &tiny);
	assert_int_equal(erofs_reader_new(tiny.img, &rd), 0);
	assert_int_equal(erofs_inode_read(rd, tiny_nid(0), &inode), 0);
	assert_int_equal(erofs_ishare_claim_read(rd, &inode, ret), 0);
	erofs_reader_free(rd);
	tiny_close(&tiny);
}

static void expect(const struct tiny_spec *spec, uint32_t count, bool shareable, const char *value)
{
	struct erofs_ishare_claim claim;

	read_claim(spec, &claim);
	assert_int_equal(claim.count, count);
	assert_int_equal(claim.shareable, shareable);
	if (value) {
		assert_int_equal(claim.value_bytes, strlen(value));
		assert_memory_equal(claim.value, value, strlen(value));
	}
	assert_int_equal(!claim.value, !count);
	erofs_ishare_claim_fini(&claim);
	assert_null(claim.value);
}

static struct tiny_file one_file(void)
{
	return (struct tiny_file){ .name = "f", .content = "x", .size_bytes = 1 };
}

static void test_none(void **state)
{
	struct tiny_file f = one_file();
	struct tiny_spec spec = { .files = &f, .file_count = 1 };

	(void)state;
	expect(&spec, 0, false, NULL);
	tiny_add_xattr(&f, EROFS_XATTR_INDEX_USER, NAME, "v", 1);
	tiny_add_xattr(&f, EROFS_XATTR_LONG_PREFIX, "2", "v", 1);
	tiny_add_xattr(&f, EROFS_XATTR_LONG_PREFIX | 1, "", "v", 1);
	expect(&spec, 0, false, NULL);
}

static void test_by_prefix(void **state)
{
	struct tiny_file f = one_file();
	struct tiny_spec spec = { .files = &f, .file_count = 1 };

	(void)state;
	tiny_add_xattr(&f, EROFS_XATTR_INDEX_USER, "other", "v", 1);
	tiny_tag_bytes(&f, "value", 5);
	expect(&spec, 1, true, "value");
}

/* The kernel compares names, not their spelling. */
static void test_by_full_name(void **state)
{
	struct tiny_file f = one_file();
	struct tiny_spec spec = { .files = &f, .file_count = 1 };

	(void)state;
	tiny_add_xattr(&f, EROFS_XATTR_INDEX_HIDDEN, NAME, "planted", 7);
	expect(&spec, 1, true, "planted");
	tiny_tag_bytes(&f, "honest", 6);
	expect(&spec, 2, true, "planted");
}

static void test_visible_name(void **state)
{
	struct tiny_file f = one_file();
	struct tiny_spec spec = { .files = &f, .file_count = 1,
		.base_index = EROFS_XATTR_INDEX_TRUSTED, .infix = "erofs.fp" };
	struct tiny_image tiny;

	(void)state;
	tiny_open(&spec, &tiny);
	assert_string_equal(erofs_ishare_xattr_name(tiny.img), "trusted.erofs.fp");
	tiny_close(&tiny);
	/* The name in full under another base: counted, but the kernel does not find it. */
	tiny_add_xattr(&f, EROFS_XATTR_INDEX_HIDDEN, "trusted.erofs.fp", "planted", 7);
	expect(&spec, 1, false, "planted");
	tiny_add_xattr(&f, EROFS_XATTR_INDEX_TRUSTED, "erofs.fp", "found", 5);
	expect(&spec, 2, true, "found");
	tiny_tag_bytes(&f, "second", 6);
	expect(&spec, 3, true, "found");
}

static void test_unusable_values(void **state)
{
	static const uint8_t value[TINY_VALUE_MAX] = { 'v' };
	struct tiny_file f = one_file();
	struct tiny_spec spec = { .files = &f, .file_count = 1 };

	(void)state;
	tiny_tag_bytes(&f, "", 0);
	expect(&spec, 1, false, "");
	f = one_file();
	tiny_tag_bytes(&f, value, sizeof(value));
	expect(&spec, 1, true, NULL);
	f.size_bytes = 0;
	expect(&spec, 1, false, NULL);
	f = one_file();
	f.mode = S_IFIFO | 0644;
	f.size_bytes = 0;
	tiny_tag_bytes(&f, "v", 1);
	expect(&spec, 1, false, "v");
}

/* 600 bytes are usable in blocks of 4096 bytes (above) and not in blocks of 512. */
static void test_value_over_block(void **state)
{
	static const uint8_t value[TINY_VALUE_MAX] = { 'v' };
	struct tiny_file f = one_file();
	const struct tiny_spec spec = { .files = &f, .file_count = 1 };
	struct erofs_super_block *sb;
	struct erofs_ishare_claim claim;
	struct erofs_reader *rd;
	struct erofs_inode inode;
	struct erofs_image *img;
	uint8_t *bytes;
	size_t size;

	(void)state;
	tiny_tag_bytes(&f, value, sizeof(value));
	bytes = tiny_build(&spec, &size);
	sb = (void *)(bytes + EROFS_SUPER_OFFSET);
	sb->blkszbits = 9;
	sb->meta_blkaddr = erofs_put32(8);
	assert_int_equal(erofs_image_open_memory(bytes, size, NULL, NULL, &img), 0);
	assert_int_equal(erofs_reader_new(img, &rd), 0);
	assert_int_equal(erofs_inode_read(rd, tiny_nid(0), &inode), 0);
	assert_int_equal(erofs_ishare_claim_read(rd, &inode, &claim), 0);
	assert_int_equal(claim.count, 1);
	assert_int_equal(claim.value_bytes, sizeof(value));
	assert_false(claim.shareable);
	erofs_ishare_claim_fini(&claim);
	erofs_reader_free(rd);
	erofs_image_close(img);
	free(bytes);
}

static void test_no_bit(void **state)
{
	struct tiny_file f = one_file();
	struct tiny_spec spec = { .files = &f, .file_count = 1, .no_ishare_bit = true };
	struct tiny_image tiny;

	(void)state;
	tiny_open(&spec, &tiny);
	assert_null(erofs_ishare_xattr_name(tiny.img));
	tiny_close(&tiny);
	tiny_tag_bytes(&f, "v", 1);
	expect(&spec, 1, false, "v");
}

/* The kernel believes the name filter before it looks (format section 6.6). */
static void test_filter(void **state)
{
	struct tiny_file f = one_file();
	struct tiny_spec spec = { .files = &f, .file_count = 1, .filter_feature = true };
	unsigned int bit = erofs_xattr_filter_bit(0, NAME, sizeof(NAME) - 1);

	(void)state;
	tiny_tag_bytes(&f, "v", 1);
	f.filter = ~(1u << bit);
	expect(&spec, 1, true, "v");
	f.filter = 1u << bit;
	expect(&spec, 1, false, "v");
	spec.filter_feature = false;
	expect(&spec, 1, true, "v");
}

static void test_class(void **state)
{
	static const enum erofs_ishare_class classes[] = {
		[EROFS_LAYOUT_FLAT_PLAIN] = EROFS_ISHARE_CLASS_PLAIN,
		[EROFS_LAYOUT_COMPRESSED_FULL] = EROFS_ISHARE_CLASS_COMPRESSED,
		[EROFS_LAYOUT_FLAT_INLINE] = EROFS_ISHARE_CLASS_PLAIN,
		[EROFS_LAYOUT_COMPRESSED_COMPACT] = EROFS_ISHARE_CLASS_COMPRESSED,
		[EROFS_LAYOUT_CHUNK_BASED] = EROFS_ISHARE_CLASS_PLAIN,
	};

	(void)state;
	for (int layout = 0; layout <= EROFS_LAYOUT_CHUNK_BASED; layout++) {
		struct erofs_inode inode = { .layout = (enum erofs_layout)layout };

		assert_int_equal(erofs_ishare_class_of(&inode), classes[layout]);
	}
	assert_string_equal(erofs_ishare_class_name(EROFS_ISHARE_CLASS_PLAIN), "plain");
	assert_string_equal(erofs_ishare_class_name(EROFS_ISHARE_CLASS_COMPRESSED), "compressed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_by_prefix),
		cmocka_unit_test(test_by_full_name),
		cmocka_unit_test(test_visible_name),
		cmocka_unit_test(test_unusable_values),
		cmocka_unit_test(test_value_over_block),
		cmocka_unit_test(test_no_bit),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
