/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inodes: every field of both forms, the 48-bit extensions, what makes one unusable, where a nid is. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "image/inode_decode.h"
#include "tests/unit/image/sample.h"

static const struct erofs_super plain_super = {
	.block_bits = 12,
	.block_size_bytes = 4096,
	.epoch_seconds = SAMPLE_EPOCH,
	.fixed_nsec = 7,
};

static void decodes_the_worked_example(void **state)
{
	/* Section 15.2. */
	static const uint8_t bytes[32] = { 0x04, 0, 0x0e, 0, 0xa4, 0x81, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0,
		0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0 };
	struct erofs_inode inode;

	(void)state;
	erofs_inode_decode(&plain_super, bytes, &inode);
	assert_false(inode.extended);
	assert_int_equal(inode.layout, EROFS_LAYOUT_FLAT_INLINE);
	assert_int_equal(inode.xattr_size_bytes, 64);
	assert_int_equal(inode.inode_size_bytes, 32);
	assert_int_equal(inode.mode, 0100644);
	assert_int_equal(inode.nlink, 1);
	assert_int_equal(inode.size_bytes, 6);
	assert_int_equal(inode.mtime_seconds, SAMPLE_EPOCH);
	assert_int_equal(inode.mtime_nsec, 7);
	assert_int_equal(inode.ino, 2);
	assert_false(inode.has_start_block);
	assert_null(erofs_inode_verify(4, &inode));
}

static void decodes_compact_fields(void **state)
{
	struct erofs_inode_compact raw = {
		.i_format = erofs_put16(0),
		.i_mode = erofs_put16(S_IFREG | 04755),
		.i_nb = erofs_put16(513),
		.i_size = erofs_put32(0xFFFFFFFF),
		.i_mtime = erofs_put32(0xFFFFFFFF),
		.i_u = erofs_put32(0x12345678),
		.i_ino = erofs_put32(0x87654321),
		.i_uid = erofs_put16(65535),
		.i_gid = erofs_put16(1000),
	};
	struct erofs_inode inode;

	(void)state;
	erofs_inode_decode(&plain_super, &raw, &inode);
	assert_int_equal(inode.mode, S_IFREG | 04755);
	assert_int_equal(inode.nlink, 513);
	assert_int_equal(inode.size_bytes, 0xFFFFFFFF);
	assert_true(inode.mtime_seconds == SAMPLE_EPOCH + 0xFFFFFFFFll);
	assert_int_equal(inode.ino, 0x87654321);
	assert_int_equal(inode.uid, 65535);
	assert_int_equal(inode.gid, 1000);
	assert_true(inode.has_start_block);
	assert_int_equal(inode.start_block, 0x12345678);
	assert_int_equal(inode.xattr_size_bytes, 0);
	assert_false(inode.dot_omitted);
}

static void decodes_extended_fields(void **state)
{
	struct erofs_inode_extended raw = {
		.i_format = erofs_put16(EROFS_I_EXTENDED | EROFS_I_BIT4),
		.i_xattr_icount = erofs_put16(0xFFFF),
		.i_mode = erofs_put16(S_IFREG | 0644),
		.i_nb = erofs_put16(0xABCD),
		.i_size = erofs_put64(0x7FFFFFFFFFFFFFFF),
		.i_u = erofs_put32(0x12345678),
		.i_ino = erofs_put32(9),
		.i_uid = erofs_put32(70000),
		.i_gid = erofs_put32(0xFFFFFFFF),
		.i_mtime = erofs_put64((uint64_t)-86400),
		.i_mtime_nsec = erofs_put32(999999999),
		.i_nlink = erofs_put32(100000),
	};
	struct erofs_inode inode;

	(void)state;
	erofs_inode_decode(&plain_super, &raw, &inode);
	assert_true(inode.extended);
	assert_int_equal(inode.inode_size_bytes, 64);
	assert_int_equal(inode.xattr_size_bytes, 12 + 4 * 65534);
	assert_true(inode.size_bytes == 0x7FFFFFFFFFFFFFFF);
	assert_true(inode.start_block == 0xABCD12345678);
	assert_int_equal(inode.ino, 9);
	assert_int_equal(inode.uid, 70000);
	assert_int_equal(inode.gid, 0xFFFFFFFF);
	assert_int_equal(inode.mtime_seconds, -86400);
	assert_int_equal(inode.mtime_nsec, 999999999);
	assert_int_equal(inode.nlink, 100000); /* bit 4 means nothing here */
	assert_null(erofs_inode_verify(EROFS_I_EXTENDED | EROFS_I_BIT4, &inode));
}

static void bit_4_extends_compact_files_and_drops_dots_of_directories(void **state)
{
	struct erofs_inode_compact raw = {
		.i_format = erofs_put16(EROFS_I_BIT4),
		.i_mode = erofs_put16(S_IFREG | 0644),
		.i_nb = erofs_put16(0x0102),
		.i_size = erofs_put32(1),
		.i_u = erofs_put32(3),
	};
	struct erofs_inode inode;

	(void)state;
	erofs_inode_decode(&plain_super, &raw, &inode);
	assert_int_equal(inode.nlink, 1);
	assert_true(inode.start_block == 0x010200000003);
	assert_false(inode.dot_omitted);
	raw.i_mode = erofs_put16(S_IFDIR | 0755);
	erofs_inode_decode(&plain_super, &raw, &inode);
	assert_int_equal(inode.nlink, 0x0102);
	assert_int_equal(inode.start_block, 3);
	assert_true(inode.dot_omitted);
}

/* Null is "all address bits are ones" of as many bits as the form has (section 3.6). */
static void knows_null_addresses(void **state)
{
	static const struct {
		uint16_t format, hi;
		uint32_t lo, size;
		bool has_start;
	} table[] = {
		{ 0, 0xFFFF, 0xFFFFFFFF, 1, false },
		{ 0, 1, 0xFFFFFFFF, 1, false },
		{ 0, 1, 0xFFFFFFFE, 1, true },
		{ EROFS_I_BIT4, 0xFFFF, 0xFFFFFFFF, 1, false },
		{ EROFS_I_BIT4, 0, 0xFFFFFFFF, 1, true },
		{ EROFS_I_EXTENDED, 0xFFFF, 0xFFFFFFFF, 1, false },
		{ EROFS_I_EXTENDED, 0, 0xFFFFFFFF, 1, true },
		{ 0, 1, 5, 0, false },				      /* empty */
		{ EROFS_LAYOUT_FLAT_INLINE << 1, 1, 5, 4096, false }, /* all inline */
		{ EROFS_LAYOUT_FLAT_INLINE << 1, 1, 5, 4097, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct erofs_inode_extended raw = {
			.i_format = erofs_put16(table[i].format),
			.i_mode = erofs_put16(S_IFREG | 0644),
			.i_nb = erofs_put16(table[i].hi),
			.i_size = erofs_put64(table[i].size),
			.i_u = erofs_put32(table[i].lo),
		};
		struct erofs_inode inode;

		/* i_size and i_u of the two forms lie at the same offsets. */
		erofs_inode_decode(&plain_super, &raw, &inode);
		if (inode.has_start_block != table[i].has_start)
			fail_msg("row %zu: has_start_block is %d", i, inode.has_start_block);
	}
}

static void decodes_i_u_by_type(void **state)
{
	struct erofs_inode_compact raw = { .i_u = erofs_put32(0x11110370) };
	struct erofs_inode inode;

	(void)state;
	/* Section 15.7: 259:70000. */
	raw.i_mode = erofs_put16(S_IFBLK | 0600);
	erofs_inode_decode(&plain_super, &raw, &inode);
	assert_int_equal(inode.rdev_major, 259);
	assert_int_equal(inode.rdev_minor, 70000);
	raw.i_u = erofs_put32(0x103);
	raw.i_mode = erofs_put16(S_IFCHR | 0600);
	erofs_inode_decode(&plain_super, &raw, &inode);
	assert_int_equal(inode.rdev_major, 1);
	assert_int_equal(inode.rdev_minor, 3);
	assert_false(inode.has_start_block);
	raw.i_mode = erofs_put16(S_IFIFO | 0600);
	erofs_inode_decode(&plain_super, &raw, &inode);
	assert_int_equal(inode.rdev_major, 0);
	assert_int_equal(inode.start_block, 0);
	raw.i_mode = erofs_put16(S_IFREG | 0600);
	raw.i_format = erofs_put16(EROFS_LAYOUT_COMPRESSED_COMPACT << 1);
	erofs_inode_decode(&plain_super, &raw, &inode);
	assert_int_equal(inode.compressed_blocks, 0x103);
	raw.i_format = erofs_put16(EROFS_LAYOUT_CHUNK_BASED << 1);
	raw.i_u = erofs_put32(0xFFFF0025);
	erofs_inode_decode(&plain_super, &raw, &inode);
	assert_int_equal(inode.chunk_format, 0x25);
}

static void hostile_epochs_do_not_overflow(void **state)
{
	struct erofs_super sb = plain_super;
	struct erofs_inode_compact raw = { .i_mtime = erofs_put32(1) };
	struct erofs_inode inode;

	(void)state;
	sb.epoch_seconds = INT64_MAX;
	erofs_inode_decode(&sb, &raw, &inode);
	assert_true(inode.mtime_seconds == INT64_MIN);
}

static void refuses_damaged_inodes(void **state)
{
	static const struct {
		uint16_t format, mode;
		uint64_t size;
		uint32_t u;
		const char *message;
	} table[] = {
		{ 0x0020, S_IFREG, 1, 1, "reserved format bits" },
		{ 0x8000, S_IFREG, 1, 1, "reserved format bits" },
		{ 5 << 1, S_IFREG, 1, 1, "unknown data layout" },
		{ 7 << 1 | 1, S_IFREG, 1, 1, "unknown data layout" },
		{ 0, 0, 1, 1, "unknown file type" },
		{ 0, 0170000 | 0644, 1, 1, "unknown file type" },
		{ 1, S_IFREG, 1ull << 63, 1, "2^63" },
		{ 4 << 1, S_IFREG, 1, 0x80, "unknown chunk format" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct erofs_inode inode;
		struct sample s;

		sample_init(&s, 1);
		sample_extended(&s, 70, table[i].mode, EROFS_LAYOUT_FLAT_PLAIN, table[i].size,
			table[i].u)->i_format = erofs_put16(table[i].format);
		sample_open(&s);
		assert_int_equal(erofs_inode_read(s.rd, 70, &inode), -EUCLEAN);
		if (!strstr(s.message, table[i].message) || !strstr(s.message, "nid 70"))
			fail_msg("row %zu: '%s'", i, s.message);
		sample_fini(&s);
	}
}

static void finds_inodes_relative_to_the_metadata_block(void **state)
{
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	sample_init(&s, 3);
	sample_compact(&s, 256, S_IFREG | 0644, EROFS_LAYOUT_FLAT_PLAIN, 11, 0);
	sample_compact(&s, 128, S_IFREG | 0644, EROFS_LAYOUT_FLAT_PLAIN, 22, 0);
	sample_super(&s)->meta_blkaddr = erofs_put32(1);
	sample_open(&s);
	inode = sample_read(&s, 0);
	assert_int_equal(inode.size_bytes, 22);
	assert_int_equal(inode.metadata_offset, 4096);
	assert_int_equal(sample_read(&s, 128).size_bytes, 11);
	/* Signed: one block before the image. */
	sample_super(&s)->meta_blkaddr = erofs_put32(0xFFFFFFFF);
	sample_open(&s);
	assert_int_equal(sample_read(&s, 256).size_bytes, 22);
	assert_int_equal(erofs_inode_read(s.rd, 127, &inode), -EUCLEAN);
	assert_non_null(strstr(s.message, "out of range"));
	sample_fini(&s);
}

static void refuses_nids_outside_the_image(void **state)
{
	static const uint64_t nids[] = { 128, 127, 1ull << 58, (1ull << 59) - 1, 1ull << 59,
		(1ull << 63) - 1, 1ull << 63, UINT64_MAX };
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	/* The last slot holds half an extended inode. */
	s.bytes[127 * EROFS_SLOT_SIZE] = EROFS_I_EXTENDED;
	sample_open(&s);
	for (size_t i = 0; i < sizeof(nids) / sizeof(nids[0]); i++)
		assert_int_equal(erofs_inode_read(s.rd, nids[i], &inode), -EUCLEAN);
	assert_int_equal(s.messages, sizeof(nids) / sizeof(nids[0]));
	sample_fini(&s);
}

static void reads_inodes_across_windows(void **state)
{
	struct sample s;

	(void)state;
	sample_init(&s, 8);
	/* 64 bytes, the first half in one 16 KiB window, the second in the next. */
	sample_extended(&s, 511, S_IFREG | 0644, EROFS_LAYOUT_FLAT_PLAIN, 5, 0)->i_nlink =
		erofs_put32(77);
	sample_open(&s);
	assert_int_equal(sample_read(&s, 511).nlink, 77);
	sample_fini(&s);
}

/* A metabox: inode 100 holds a page of metadata, in it inode 2^63 + 1. */
static void init_metabox(struct sample *s)
{
	struct erofs_super_block *raw;

	sample_init(s, 3);
	raw = sample_super(s);
	raw->sb_extslots = 1;
	raw->feature_incompat = erofs_put32(EROFS_INCOMPAT_METABOX | EROFS_INCOMPAT_48BIT);
	raw->metabox_nid = erofs_put64(100);
	sample_compact(s, 100, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 64, 2);
	sample_compact(s, 2 * 128 + 1, S_IFREG | 0644, EROFS_LAYOUT_FLAT_PLAIN, 123, 0);
}

static void reads_inodes_in_the_metabox(void **state)
{
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	init_metabox(&s);
	sample_super(&s)->meta_blkaddr = erofs_put32(0);
	sample_open(&s);
	inode = sample_read(&s, 1ull << 63 | 1);
	assert_int_equal(inode.size_bytes, 123);
	assert_int_equal(inode.metadata_offset, 32);
	assert_int_equal(erofs_inode_read(s.rd, 1ull << 63 | 2, &inode), -EUCLEAN);
	sample_fini(&s);
}

static void refuses_a_metabox_that_is_no_file(void **state)
{
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	init_metabox(&s);
	sample_compact(&s, 100, S_IFDIR, EROFS_LAYOUT_FLAT_PLAIN, 64, 2);
	sample_open(&s);
	assert_int_equal(erofs_inode_read(s.rd, 1ull << 63 | 1, &inode), -EUCLEAN);
	assert_int_equal(erofs_inode_read(s.rd, 1ull << 63 | 1, &inode), -EUCLEAN);
	sample_fini(&s);
}

static void a_reader_may_speak_elsewhere(void **state)
{
	struct erofs_inode inode;
	struct sample s, other;

	(void)state;
	sample_init(&s, 1);
	sample_init(&other, 1);
	sample_open(&s);
	erofs_reader_set_report(s.rd, &other.report);
	assert_int_equal(erofs_inode_read(s.rd, 500, &inode), -EUCLEAN);
	assert_int_equal(s.messages, 0);
	assert_string_equal(other.message, "nid 500: no inode can be read at offset 16000");
	erofs_reader_set_report(s.rd, NULL);
	assert_int_equal(erofs_inode_read(s.rd, 500, &inode), -EUCLEAN);
	assert_int_equal(other.messages, 1);
	sample_fini(&s);
	sample_fini(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_the_worked_example),
		cmocka_unit_test(decodes_compact_fields),
		cmocka_unit_test(decodes_extended_fields),
		cmocka_unit_test(bit_4_extends_compact_files_and_drops_dots_of_directories),
		cmocka_unit_test(knows_null_addresses),
		cmocka_unit_test(decodes_i_u_by_type),
		cmocka_unit_test(hostile_epochs_do_not_overflow),
		cmocka_unit_test(refuses_damaged_inodes),
		cmocka_unit_test(finds_inodes_relative_to_the_metadata_block),
		cmocka_unit_test(refuses_nids_outside_the_image),
		cmocka_unit_test(reads_inodes_across_windows),
		cmocka_unit_test(reads_inodes_in_the_metabox),
		cmocka_unit_test(refuses_a_metabox_that_is_no_file),
		cmocka_unit_test(a_reader_may_speak_elsewhere),
	};

	return cmocka_run_group_tests_name("inode", tests, NULL, NULL);
}
