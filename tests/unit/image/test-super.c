/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The superblock: worked example 15.1 of the format description, both forms of root and size, the
 * checksum, every reason to refuse an image, compression records, device table, prefix table. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "image/super.h"
#include "tests/unit/image/sample.h"

static void decodes_the_worked_example(void **state)
{
	static const uint8_t bytes[144] = {
		0xe2, 0xe1, 0xf5, 0xe0, 0x4a, 0xfa, 0x6a, 0x37, 0x37, 0, 0, 0, 0x0c, 0, 0x25, 0,
		0x06, 0, 0, 0, 0, 0, 0, 0, 0, 0xf1, 0x53, 0x65, 0, 0, 0, 0,
		0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xc1, 0xb9, 0xd5, 0xa2, 0xf1, 0x62, 0x11, 0xcf, 0x9e, 0xce, 0, 0x20, 0xaf, 0xc7, 0x6f, 0x16,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x20, 0x01, 0, 0,
	};
	struct erofs_super_block raw;
	struct erofs_super sb;

	(void)state;
	memcpy(&raw, bytes, sizeof(raw));
	assert_int_equal(erofs_super_decode(&raw, &sb), 0);
	assert_int_equal(sb.checksum, 0x376afa4a);
	assert_int_equal(sb.compat, 0x37);
	assert_int_equal(sb.incompat, 0x40);
	assert_int_equal(sb.block_size_bytes, 4096);
	assert_int_equal(sb.super_size_bytes, 128);
	assert_int_equal(sb.root_nid, 0x25);
	assert_int_equal(sb.inode_count, 6);
	assert_int_equal(sb.epoch_seconds, 1700000000);
	assert_int_equal(sb.block_count, 2);
	assert_int_equal(sb.uuid[0], 0xc1);
	assert_int_equal(sb.uuid[15], 0x16);
	assert_string_equal(sb.volume_name, "");
	assert_int_equal(sb.xattr_prefix_count, 1);
	assert_int_equal(sb.xattr_prefix_start_bytes, 0x480);
	assert_int_equal(sb.ishare_prefix_id, 0);
	assert_true(sb.xattr_filter_usable);
}

static void decodes_the_long_forms(void **state)
{
	struct sample s;
	struct erofs_super_block *raw;
	struct erofs_super sb;

	(void)state;
	sample_init(&s, 1);
	raw = sample_super(&s);
	raw->feature_incompat = erofs_put32(EROFS_INCOMPAT_48BIT);
	raw->rootnid_2b = erofs_put16(0x1234);
	raw->blocks_lo = erofs_put32(0x55);
	assert_int_equal(erofs_super_decode(raw, &sb), 0);
	assert_int_equal(sb.root_nid, 0x1234); /* rootnid_8b is 0: the short form */
	assert_int_equal(sb.block_count, 0x55);
	raw->rootnid_8b = erofs_put64(0x8000000000000007);
	assert_int_equal(erofs_super_decode(raw, &sb), 0);
	assert_true(sb.root_nid == 0x8000000000000007);
	assert_true(sb.block_count == 0x123400000055);
	raw->feature_incompat = erofs_put32(0);
	assert_int_equal(erofs_super_decode(raw, &sb), 0);
	assert_int_equal(sb.root_nid, 0x1234);
	sample_fini(&s);
}

static void keeps_signs_and_unterminated_names(void **state)
{
	struct sample s;
	struct erofs_super_block *raw;
	struct erofs_super sb;

	(void)state;
	sample_init(&s, 1);
	raw = sample_super(&s);
	raw->meta_blkaddr = erofs_put32(0xFFFFFFFE);
	raw->epoch = erofs_put64((uint64_t)-5);
	memcpy(raw->volume_name, "0123456789abcdef", 16);
	assert_int_equal(erofs_super_decode(raw, &sb), 0);
	assert_int_equal(sb.meta_start_block, -2);
	assert_int_equal(sb.epoch_seconds, -5);
	assert_string_equal(sb.volume_name, "0123456789abcdef");
	sample_fini(&s);
}

/* One way to spoil a good superblock, and what open says to it. */
struct refusal {
	size_t offset; /* in the superblock */
	uint32_t value;
	size_t size;
	int error;
	const char *message;
};

#define FIELD(field) offsetof(struct erofs_super_block, field)

static void refuses_what_it_must(void **state)
{
	static const struct refusal table[] = {
		{ FIELD(magic), 0xE0F5E1E3, 4, -EUCLEAN, "magic is 0xe0f5e1e3" },
		{ FIELD(blkszbits), 8, 1, -EUCLEAN, "2^8" },
		{ FIELD(blkszbits), 17, 1, -EUCLEAN, "2^17" },
		{ FIELD(blkszbits), 255, 1, -EUCLEAN, "2^255" },
		{ FIELD(sb_extslots), 255, 1, -EUCLEAN, "superblock of 4208 bytes" },
		{ FIELD(feature_incompat), 0x200, 4, -EOPNOTSUPP, "0x200" },
		{ FIELD(feature_incompat), 0x80000001, 4, -EOPNOTSUPP, "0x80000000" },
		{ FIELD(feature_incompat), EROFS_INCOMPAT_METABOX, 4, -EUCLEAN, "METABOX" },
		{ FIELD(dirblkbits), 1, 1, -EOPNOTSUPP, "dirblkbits 1" },
		{ FIELD(packed_nid) + 7, 0x80, 1, -EUCLEAN, "packed inode 0x8000000000000000" },
		{ FIELD(feature_compat), EROFS_COMPAT_ISHARE_XATTRS, 4, -EUCLEAN,
			"prefix id 0 with 0" },
		{ FIELD(feature_compat), EROFS_COMPAT_SHARED_EA_IN_METABOX, 4, -EUCLEAN,
			"shared xattrs" },
		{ FIELD(feature_compat), EROFS_COMPAT_SB_CHKSUM, 4, -EUCLEAN, "checksum is 0x0000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		erofs_le32 value = erofs_put32(table[i].value);
		struct sample s;

		sample_init(&s, 1);
		assert_int_equal(sample_try(&s), 0);
		memcpy(s.bytes + EROFS_SUPER_OFFSET + table[i].offset, &value, table[i].size);
		assert_int_equal(sample_try(&s), table[i].error);
		assert_int_equal(s.messages, 1);
		if (!strstr(s.message, table[i].message))
			fail_msg("row %zu: '%s' not in '%s'", i, table[i].message, s.message);
		sample_fini(&s);
	}
}

static void refuses_short_images(void **state)
{
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	for (s.size = 0; s.size < 1024 + 128; s.size += 32)
		assert_int_equal(sample_try(&s), -EUCLEAN);
	s.size = 1024 + 128;
	assert_int_equal(sample_try(&s), 0);
	/* The checksum covers the rest of the block, which must be there then. */
	sample_super(&s)->feature_compat = erofs_put32(EROFS_COMPAT_SB_CHKSUM);
	assert_int_equal(sample_try(&s), -EUCLEAN);
	assert_non_null(strstr(s.message, "ends at 1152"));
	sample_fini(&s);
}

static void verifies_the_checksum(void **state)
{
	struct erofs_image_options options = { .struct_size = sizeof(options),
		.ignore_checksum = true };
	struct erofs_image *img;
	struct sample s;
	uint32_t crc;

	(void)state;
	sample_init(&s, 1);
	sample_super(&s)->feature_compat = erofs_put32(EROFS_COMPAT_SB_CHKSUM);
	crc = erofs_super_checksum((struct erofs_span){ s.bytes + 1024, 4096 - 1024 });
	sample_super(&s)->checksum = erofs_put32(crc);
	assert_int_equal(erofs_super_checksum((struct erofs_span){ s.bytes + 1024, 4096 - 1024 }),
		crc);
	assert_int_equal(sample_try(&s), 0);
	s.bytes[4095] ^= 1;
	assert_int_equal(sample_try(&s), -EUCLEAN);
	assert_int_equal(erofs_image_open_memory(s.bytes, s.size, &options, NULL, &img), 0);
	assert_false(erofs_image_super(img)->checksum_ok);
	erofs_image_close(img);
	sample_fini(&s);
}

static void checksum_range_follows_the_block_size(void **state)
{
	(void)state;
	assert_int_equal(erofs_super_checksum_bytes(512), 512);
	assert_int_equal(erofs_super_checksum_bytes(1024), 1024);
	assert_int_equal(erofs_super_checksum_bytes(4096), 3072);
	assert_int_equal(erofs_super_checksum_bytes(16384), 15360);
}

static void knows_what_compression_needs(void **state)
{
	struct sample s;
	const struct erofs_super *sb;

	(void)state;
	sample_init(&s, 1);
	sample_open(&s);
	sb = erofs_image_super(s.img);
	assert_int_equal(sb->algorithms, 0);
	sample_super(&s)->feature_incompat = erofs_put32(EROFS_INCOMPAT_LZ4_0PADDING);
	sample_open(&s);
	sb = erofs_image_super(s.img);
	assert_int_equal(sb->algorithms, 1 << EROFS_ALGORITHM_LZ4);
	assert_int_equal(sb->lz4_max_distance, 65535);
	assert_int_equal(sb->lz4_max_pcluster_blocks, 1);
	sample_fini(&s);
}

/* All four records in a row, as section 8.1 lays them out. */
static const uint8_t records[48] = {
	14, 0, 0x00, 0x80, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  /* lz4: 32768, 16 blocks */
	14, 0, 0x00, 0x00, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  /* lzma: 64 KiB */
	6, 0, 0, 0, 0, 0, 0, 0,					   /* deflate: 0 means 15 */
	6, 0, 0, 5, 0, 0, 0, 0,					   /* zstd: 2^15 */
};

static void init_records(struct sample *s)
{
	sample_init(s, 1);
	sample_super(s)->feature_incompat = erofs_put32(EROFS_INCOMPAT_COMPR_CFGS);
	sample_super(s)->available_compr_algs = erofs_put16(0xF);
	memcpy(s->bytes + 1152, records, sizeof(records));
}

static void reads_compression_records(void **state)
{
	const struct erofs_super *sb;
	struct sample s;

	(void)state;
	init_records(&s);
	sample_open(&s);
	sb = erofs_image_super(s.img);
	assert_int_equal(sb->algorithms, 0xF);
	assert_int_equal(sb->lz4_max_distance, 32768);
	assert_int_equal(sb->lz4_max_pcluster_blocks, 16);
	assert_int_equal(sb->lzma_dictionary_bytes, 65536);
	assert_int_equal(sb->deflate_window_bits, 15);
	assert_int_equal(sb->zstd_window_bits, 15);
	/* A longer record is read for what is known of it. */
	memmove(s.bytes + 1152 + 36, s.bytes + 1152 + 16, 32);
	s.bytes[1152] = 33;
	sample_open(&s);
	assert_int_equal(erofs_image_super(s.img)->zstd_window_bits, 15);
	sample_fini(&s);
}

static void refuses_bad_compression_records(void **state)
{
	static const struct {
		size_t offset;
		uint8_t value;
		const char *message;
	} table[] = {
		{ 0, 13, "lz4 configuration of 13 bytes" },
		{ 5, 0x10, "lz4 configuration at 1152 is out of range" },
		{ 20, 0x81, "lzma configuration at 1168" },
		{ 22, 1, "lzma configuration at 1168" },
		{ 32, 5, "deflate configuration of 5 bytes" },
		{ 34, 16, "deflate configuration at 1184" },
		{ 42, 1, "zstd configuration at 1192" },
		{ 43, 11, "zstd configuration at 1192" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct sample s;

		init_records(&s);
		s.bytes[1152 + table[i].offset] = table[i].value;
		assert_int_equal(sample_try(&s), -EUCLEAN);
		if (!strstr(s.message, table[i].message))
			fail_msg("row %zu: '%s' not in '%s'", i, table[i].message, s.message);
		sample_fini(&s);
	}
}

static void refuses_algorithms_and_records_that_are_not_there(void **state)
{
	struct sample s;

	(void)state;
	init_records(&s);
	sample_super(&s)->available_compr_algs = erofs_put16(0x10);
	assert_int_equal(sample_try(&s), -EOPNOTSUPP);
	sample_super(&s)->available_compr_algs = erofs_put16(0xF);
	s.size = 1152 + 40;
	assert_int_equal(sample_try(&s), -EUCLEAN);
	assert_non_null(strstr(s.message, "zstd configuration cannot be read at 1192"));
	s.size = 1152 + 46;
	assert_int_equal(sample_try(&s), -EUCLEAN);
	assert_non_null(strstr(s.message, "zstd configuration cannot be read at 1194"));
	sample_fini(&s);
}

static void reads_long_prefixes(void **state)
{
	/* At byte 1200: "trusted." + "overlay.", then base 0 + "erofs.fp". */
	static const uint8_t table[] = { 9, 0, 4, 'o', 'v', 'e', 'r', 'l', 'a', 'y', '.', 0,
		9, 0, 0, 'e', 'r', 'o', 'f', 's', '.', 'f', 'p' };
	const struct erofs_xattr_prefix *prefix;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	sample_super(&s)->feature_incompat = erofs_put32(EROFS_INCOMPAT_XATTR_PREFIXES);
	sample_super(&s)->xattr_prefix_count = 2;
	sample_super(&s)->xattr_prefix_start = erofs_put32(1200 / 4);
	memcpy(s.bytes + 1200, table, sizeof(table));
	sample_open(&s);
	prefix = erofs_image_xattr_prefix(s.img, 0);
	assert_int_equal(prefix->base_index, EROFS_XATTR_INDEX_TRUSTED);
	assert_string_equal(prefix->infix, "overlay.");
	assert_int_equal(prefix->infix_bytes, 8);
	assert_string_equal(prefix->name, "trusted.overlay.");
	prefix = erofs_image_xattr_prefix(s.img, 1);
	assert_int_equal(prefix->base_index, EROFS_XATTR_INDEX_HIDDEN);
	assert_string_equal(prefix->name, "erofs.fp");
	s.bytes[1212] = 0; /* length 0 */
	assert_int_equal(sample_try(&s), -EUCLEAN);
	s.bytes[1212] = 1;
	s.bytes[1213] = 1; /* length 257 */
	assert_int_equal(sample_try(&s), -EUCLEAN);
	assert_non_null(strstr(s.message, "length 257 at 1212"));
	sample_super(&s)->xattr_prefix_start = erofs_put32(4092 / 4);
	assert_int_equal(sample_try(&s), -EUCLEAN);
	sample_super(&s)->xattr_prefix_count = 129;
	assert_int_equal(sample_try(&s), -EUCLEAN);
	assert_non_null(strstr(s.message, "129 long"));
	sample_fini(&s);
}

static void prefix_table_in_a_missing_stream_is_damage(void **state)
{
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	sample_super(&s)->feature_incompat =
		erofs_put32(EROFS_INCOMPAT_XATTR_PREFIXES | EROFS_INCOMPAT_FRAGMENTS);
	sample_super(&s)->xattr_prefix_count = 1;
	sample_super(&s)->packed_nid = erofs_put64(126); /* zeros: no inode */
	assert_int_equal(sample_try(&s), -EUCLEAN);
	sample_fini(&s);
}

static void reads_the_device_table(void **state)
{
	const struct erofs_device *dev;
	struct erofs_deviceslot slot = { .blocks_lo = erofs_put32(7),
		.uniaddr_lo = erofs_put32(100), .blocks_hi = erofs_put16(1) };
	struct sample s;

	(void)state;
	memset(slot.tag, 'x', sizeof(slot.tag));
	sample_init(&s, 1);
	sample_super(&s)->feature_incompat = erofs_put32(EROFS_INCOMPAT_DEVICE_TABLE);
	sample_super(&s)->extra_devices = erofs_put16(1);
	sample_super(&s)->devt_slotoff = erofs_put16(16);
	memcpy(s.bytes + 2048, &slot, sizeof(slot));
	sample_open(&s);
	dev = erofs_image_device(s.img, 0);
	assert_int_equal(dev->block_count, 7); /* the high half needs 48BIT */
	assert_int_equal(dev->unified_start_block, 100);
	assert_int_equal(strlen(dev->tag), 64);
	assert_false(dev->opened);
	sample_super(&s)->feature_incompat =
		erofs_put32(EROFS_INCOMPAT_DEVICE_TABLE | EROFS_INCOMPAT_48BIT);
	sample_open(&s);
	assert_true(erofs_image_device(s.img, 0)->block_count == 0x100000007);
	sample_super(&s)->extra_devices = erofs_put16(17); /* 16 fit behind byte 2048 */
	assert_int_equal(sample_try(&s), -EUCLEAN);
	sample_super(&s)->devt_slotoff = erofs_put16(65535);
	assert_int_equal(sample_try(&s), -EUCLEAN);
	sample_fini(&s);
}

static void device_files_must_match_the_table(void **state)
{
	static const char *const paths[] = { "/dev/null" };
	struct erofs_image_options options = { .struct_size = sizeof(options),
		.device_paths = paths, .device_count = 1 };
	struct erofs_image *img;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	assert_int_equal(erofs_image_open_memory(s.bytes, s.size, &options, &s.report, &img),
		-EINVAL);
	assert_non_null(strstr(s.message, "1 device files given, the image has 0"));
	sample_fini(&s);
}

static void takes_options_of_older_callers(void **state)
{
	struct erofs_image_options options = { .offset_bytes = 8192 };
	struct erofs_image *img;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	assert_int_equal(erofs_image_open_memory(s.bytes, s.size, &options, &s.report, &img),
		-EINVAL);
	options.struct_size = offsetof(struct erofs_image_options, offset_bytes);
	assert_int_equal(erofs_image_open_memory(s.bytes, s.size, &options, &s.report, &img), 0);
	erofs_image_close(img);
	sample_fini(&s);
}

static void opens_files_at_an_offset(void **state)
{
	struct erofs_image_options options = { .struct_size = sizeof(options) };
	char path[] = "/tmp/erofs-test-XXXXXX";
	struct erofs_image *img;
	struct sample s;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	sample_init(&s, 1);
	assert_int_equal(pwrite(fd, s.bytes, s.size, 512), s.size);
	close(fd);
	assert_int_equal(erofs_image_open(path, NULL, &s.report, &img), -EUCLEAN);
	options.offset_bytes = 512;
	assert_int_equal(erofs_image_open(path, &options, &s.report, &img), 0);
	assert_int_equal(erofs_image_size_bytes(img), s.size);
	assert_string_equal(erofs_image_path(img), path);
	erofs_image_close(img);
	options.offset_bytes = 512 + s.size + 1;
	assert_int_equal(erofs_image_open(path, &options, &s.report, &img), -EINVAL);
	unlink(path);
	assert_int_equal(erofs_image_open(path, &options, &s.report, &img), -ENOENT);
	assert_int_equal(erofs_image_open("/", NULL, &s.report, &img), -EINVAL);
	assert_int_equal(erofs_image_open("/dev/null", NULL, &s.report, &img), -EINVAL);
	sample_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_the_worked_example),
		cmocka_unit_test(decodes_the_long_forms),
		cmocka_unit_test(keeps_signs_and_unterminated_names),
		cmocka_unit_test(refuses_what_it_must),
		cmocka_unit_test(refuses_short_images),
		cmocka_unit_test(verifies_the_checksum),
		cmocka_unit_test(checksum_range_follows_the_block_size),
		cmocka_unit_test(knows_what_compression_needs),
		cmocka_unit_test(reads_compression_records),
		cmocka_unit_test(refuses_bad_compression_records),
		cmocka_unit_test(refuses_algorithms_and_records_that_are_not_there),
		cmocka_unit_test(reads_long_prefixes),
		cmocka_unit_test(prefix_table_in_a_missing_stream_is_damage),
		cmocka_unit_test(reads_the_device_table),
		cmocka_unit_test(device_files_must_match_the_table),
		cmocka_unit_test(takes_options_of_older_callers),
		cmocka_unit_test(opens_files_at_an_offset),
	};

	return cmocka_run_group_tests_name("super", tests, NULL, NULL);
}
