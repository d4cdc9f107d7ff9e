/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps of compressed files: the worked examples of the format's section 15, look-ups from anywhere, and
 * indexes that lie. */
#include "image/zmap.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "tests/unit/image/sample.h"

#define BIG_PCLUSTER_LZ4 (EROFS_INCOMPAT_LZ4_0PADDING | EROFS_INCOMPAT_COMPR_CFGS)
#define NID (0x4e0 / 32) /* where the examples are */
#define HEADER 0x500   /* of a compact inode there */
#define FULL (HEADER + 16)

/* Puts the bytes written as hexadecimal digits at @at. */
static void put(struct sample *s, size_t at, const char *hex)
{
	char *end;

	for (unsigned long byte = strtoul(hex, &end, 16); end != hex;
		byte = strtoul(hex, &end, 16)) {
		assert_true(at < s->size);
		s->bytes[at++] = (uint8_t)byte;
		hex = end;
	}
}

/* An image without compression records is of LZ4 with pclusters of one block. */
static void init_lz4(struct sample *s, size_t blocks)
{
	sample_init(s, blocks);
	sample_super(s)->feature_incompat = erofs_put32(EROFS_INCOMPAT_LZ4_0PADDING);
	sample_super(s)->available_compr_algs = erofs_put16(65535);
}

/* Section 15.3 */
static void init_compact(struct sample *s)
{
	init_lz4(s, 16);
	sample_compact(s, NID, S_IFREG | 0644, EROFS_LAYOUT_COMPRESSED_COMPACT, 102400, 13);
	put(s, HEADER, "00 00 00 00 01 00 00 00");
	put(s, 0x508, "00 10 06 19 00 00 00 00 01 20 54 11 02 00 00 00 04 1a 01 20 03 00 00 00");
	put(s, 0x520, "48 53 00 28 00 0e 80 04 60 01 e8 96 05 80 1b d3");
	put(s, 0x530, "15 17 00 7a 56 1c 5f 00 d8 7e 05 80 04 00 00 00");
	put(s, 0x540, "d1 10 53 1a 0b 00 00 00 01 20 00 00 0d 00 00 00");
}

/* Section 15.4, 0x20 bytes lower (where E mod 32 is the same); the record of LZ4 says 4 blocks. */
static void init_big(struct sample *s)
{
	sample_init(s, 16);
	sample_super(s)->feature_incompat = erofs_put32(BIG_PCLUSTER_LZ4);
	sample_super(s)->available_compr_algs = erofs_put16(1);
	put(s, EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE, "0e 00 ff ff 04 00");
	sample_compact(s, NID, S_IFREG | 0644, EROFS_LAYOUT_COMPRESSED_COMPACT, 102400, 10);
	put(s, HEADER, "00 00 00 00 07 00 00 00");
	put(s, 0x508, "00 10 04 28 01 00 00 00 02 20 0a 20 05 00 00 00 04 20 08 20 05 00 00 00");
	put(s, 0x520, "06 e0 01 88 00 26 80 0a e0 02 c8 00 be 46 04 a8");
	put(s, 0x530, "00 38 00 12 80 05 a0 01 78 00 be 5e 05 00 00 00");
	put(s, 0x540, "02 28 02 20 09 00 00 00 03 20 00 00 0b 00 00 00");
}

/* Section 15.5, its first two extents; the second is short. */
static void init_records4(struct sample *s)
{
	sample_init(s, 16);
	sample_super(s)->feature_incompat =
		erofs_put32(BIG_PCLUSTER_LZ4 | EROFS_INCOMPAT_48BIT);
	sample_super(s)->rootnid_8b = erofs_put64(SAMPLE_ROOT);
	sample_super(s)->available_compr_algs = erofs_put16(1 << EROFS_ALGORITHM_ZSTD);
	put(s, EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE, "06 00 00 05");
	sample_compact(s, NID, S_IFREG | 0644, EROFS_LAYOUT_COMPRESSED_FULL, 8000, 2);
	put(s, HEADER, "00 00 00 00 01 00 00 00 00 10 00 00 00 00 00 00");
	put(s, HEADER + 16, "96 0a 00 40 7e 0a 00 40");
}

/* Section 8.7 with records of 16 bytes: zstd, a hole, an uncompressed one. */
static void init_records16(struct sample *s)
{
	init_records4(s);
	sample_compact(s, NID, S_IFREG | 0644, EROFS_LAYOUT_COMPRESSED_FULL, 30000, 2);
	put(s, HEADER, "03 00 00 00 05 00 00 00");
	put(s, HEADER + 16, "96 0a 00 48 01 10 00 00 00 00 00 00 00 00 00 00");
	put(s, HEADER + 32, "00 00 00 00 00 00 00 00 00 00 00 00 10 27 00 00");
	put(s, HEADER + 48, "10 27 00 00 00 20 00 00 01 00 00 00 20 4e 00 00");
}

/* One record of a full index. */
static void put_full(struct sample *s, uint32_t number, uint16_t advise, uint16_t offset,
	uint32_t word)
{
	struct z_erofs_lcluster_index raw = {
		.di_advise = erofs_put16(advise),
		.di_clusterofs = erofs_put16(offset),
		.di_u = erofs_put32(word),
	};

	memcpy(s->bytes + FULL + number * sizeof(raw), &raw, sizeof(raw));
}

/* Two pclusters, the second shared with another file; a terminator. */
static void init_full(struct sample *s)
{
	init_lz4(s, 16);
	sample_compact(s, NID, S_IFREG | 0644, EROFS_LAYOUT_COMPRESSED_FULL, 4 * 4096 + 5, 2);
	put(s, HEADER, "00 00 00 00 00 00 00 00");
	put_full(s, 0, 1, 0, 7);
	put_full(s, 1, 2, 0, 1 | 1 << 16);
	put_full(s, 2, 1 | 0x8000, 100, 5);
	put_full(s, 3, 2, 0, 1 | 1 << 16);
	put_full(s, 4, 0, 5, 0);
}

struct expected {
	uint64_t logical, physical, physical_bytes;
};

static void expect_same(const struct erofs_extent *a, const struct erofs_extent *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->logical, b->logical);
	assert_int_equal(a->length, b->length);
	assert_int_equal(a->physical, b->physical);
	assert_int_equal(a->physical_bytes, b->physical_bytes);
	assert_int_equal(a->algorithm, b->algorithm);
	assert_int_equal(a->raw, b->raw);
	assert_int_equal(a->partial, b->partial);
}

/* Walks the file in order against @table, then asks for bytes all over it, backwards too. */
static void expect_map(struct sample *s, const struct expected *table, size_t count)
{
	struct erofs_inode inode = sample_read(s, NID);
	struct erofs_extent found[32], extent;
	uint64_t at = 0;

	assert_true(count <= 32);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(erofs_zmap_at(s->rd, &inode, at, &found[i]), 1);
		assert_int_equal(found[i].logical, table[i].logical);
		assert_int_equal(found[i].logical, at);
		assert_int_equal(found[i].physical, table[i].physical);
		assert_int_equal(found[i].physical_bytes, table[i].physical_bytes);
		at += found[i].length;
	}
	assert_int_equal(at, inode.size_bytes);
	assert_int_equal(erofs_zmap_at(s->rd, &inode, at, &extent), 0);
	for (uint64_t step = 0; step < inode.size_bytes; step += 211) {
		uint64_t logical = step * 7919 % inode.size_bytes;
		size_t i = count - 1;

		while (found[i].logical > logical)
			i--;
		assert_int_equal(erofs_zmap_at(s->rd, &inode, logical, &extent), 1);
		expect_same(&extent, &found[i]);
	}
}

static void maps_a_compact_index(void **state)
{
	static const struct expected table[] = {
		{ 0, 0x1000, 4096 }, { 6406, 0x2000, 4096 }, { 12628, 0x3000, 4096 },
		{ 18948, 0x4000, 4096 }, { 25416, 0x5000, 4096 }, { 51566, 0x6000, 4096 },
		{ 58139, 0x7000, 4096 }, { 64599, 0x8000, 4096 }, { 71070, 0x9000, 4096 },
		{ 77596, 0xa000, 4096 }, { 83949, 0xb000, 4096 }, { 90321, 0xc000, 4096 },
		{ 96851, 0xd000, 4096 },
	};
	struct sample s;

	(void)state;
	init_compact(&s);
	sample_open(&s);
	expect_map(&s, table, sizeof(table) / sizeof(table[0]));
	sample_fini(&s);
}

static void maps_big_pclusters(void **state)
{
	static const struct expected table[] = {
		{ 0, 0x1000, 16384 }, { 53679, 0x5000, 16384 }, { 87983, 0x9000, 8192 },
	};
	struct sample s;

	(void)state;
	init_big(&s);
	sample_open(&s);
	expect_map(&s, table, 3);
	sample_fini(&s);
}

static void maps_a_full_index(void **state)
{
	static const struct expected table[] = { { 0, 0x7000, 4096 }, { 8292, 0x5000, 4096 } };
	struct erofs_extent extent;
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	init_full(&s);
	sample_open(&s);
	expect_map(&s, table, 2);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 9000, &extent), 1);
	assert_true(extent.partial);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 0, &extent), 1);
	assert_false(extent.partial);
	sample_fini(&s);
}

static void maps_short_records(void **state)
{
	static const struct expected table[] = { { 0, 0x1000, 0xa96 }, { 4096, 0x1a96, 0xa7e } };
	struct erofs_extent extent;
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	init_records4(&s);
	sample_open(&s);
	expect_map(&s, table, 2);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 1, &extent), 1);
	assert_int_equal(extent.algorithm, EROFS_ALGORITHM_ZSTD);
	sample_fini(&s);
}

static void maps_long_records(void **state)
{
	static const struct expected table[] = {
		{ 0, 0x1001, 0xa96 }, { 10000, 0, 0 }, { 20000, 0x100002000, 10000 },
	};
	struct erofs_extent extent;
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	init_records16(&s);
	sample_open(&s);
	expect_map(&s, table, 3);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 0, &extent), 1);
	assert_true(extent.partial);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 10000, &extent), 1);
	assert_int_equal(extent.kind, EROFS_EXTENT_HOLE);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 29999, &extent), 1);
	assert_true(extent.raw);
	sample_fini(&s);
}

/* Section 15.6 and the other forms of a fragment; the packed inode is nid 80. */
static void maps_fragments(void **state)
{
	static const struct expected whole[] = { { 0, 0x25e5, 300 } };
	static const struct expected tail[] = { { 0, 0x7000, 4096 },
		{ 8292, 5ull << 32 | 0x11223344, 8097 } };
	struct erofs_extent extent;
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	init_lz4(&s, 16);
	sample_super(&s)->feature_incompat =
		erofs_put32(EROFS_INCOMPAT_LZ4_0PADDING | EROFS_INCOMPAT_FRAGMENTS);
	sample_super(&s)->packed_nid = erofs_put64(80);
	sample_compact(&s, NID, S_IFREG | 0644, EROFS_LAYOUT_COMPRESSED_FULL, 300, 0);
	put(&s, HEADER, "e5 25 00 00 00 00 00 80");
	sample_open(&s);
	expect_map(&s, whole, 1);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 299, &extent), 1);
	assert_int_equal(extent.kind, EROFS_EXTENT_FRAGMENT);
	sample_fini(&s);

	init_full(&s);
	sample_super(&s)->packed_nid = erofs_put64(80);
	put(&s, HEADER, "44 33 22 11 20 00 00 00");
	sample_open(&s);
	expect_map(&s, tail, 2);
	sample_fini(&s);
}

static void maps_an_inline_pcluster(void **state)
{
	struct erofs_extent extent;
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	init_compact(&s);
	put(&s, HEADER, "00 00 64 00 09 00 00 00"); /* 100 bytes behind the last pack */
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 102399, &extent), 1);
	assert_true(extent.inline_pcluster);
	assert_int_equal(extent.logical, 96851);
	assert_int_equal(extent.physical, 0x550);
	assert_int_equal(extent.physical_bytes, 100);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 96850, &extent), 1);
	assert_false(extent.inline_pcluster);
	sample_fini(&s);
}

/* With blocks of 16 KiB the value of an entry is wider than 12 bits. */
static void maps_wide_lclusters(void **state)
{
	struct erofs_extent extent;
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	init_lz4(&s, 16);
	sample_super(&s)->blkszbits = 14;
	sample_compact(&s, NID, S_IFREG | 0644, EROFS_LAYOUT_COMPRESSED_COMPACT, 32768, 2);
	put(&s, HEADER, "00 00 00 00 00 00 00 00");
	put(&s, HEADER + 8, "00 40 39 70 00 00 00 00"); /* HEAD1 0, HEAD1 0x3039 */
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 32767, &extent), 1);
	assert_int_equal(extent.logical, 16384 + 0x3039);
	assert_int_equal(extent.physical, 2 * 16384);
	sample_fini(&s);
}

/* ---- indexes that lie: one change each to a sound one ---- */

struct lie {
	const char *what;
	void (*init)(struct sample *s);
	size_t at;
	const char *bytes;
	uint64_t logical;    /* where it has to be noticed */
	const char *message; /* part of what is said */
};

static const struct lie lies[] = {
	{ "a first lcluster that is no head", init_compact, 0x508, "01 20", 0, "no extent starts" },
	{ "a first extent that starts late", init_compact, 0x508, "10 10", 3, "no extent starts" },
	{ "a distance of 0", init_compact, 0x510, "00 20", 9000, "without a distance" },
	{ "a distance before the file", init_compact, 0x510, "07 20", 9000, "no extent starts" },
	{ "a distance past the head", init_compact, 0x510, "02 20", 6406, "after its head" },
	{ "a block count without big pclusters", init_compact, 0x510, "04 28", 9000, "block count" },
	{ "an unknown algorithm", init_compact, HEADER + 6, "04", 0, "unknown compression" },
	{ "an algorithm nobody declared", init_compact, HEADER + 6, "02", 0, "does not list" },
	{ "lclusters too large", init_compact, HEADER + 7, "01", 0, "too large" },
	{ "an inline pcluster over a block", init_compact, HEADER, "00 00 c0 0f 09", 0, "crosses" },
	{ "a fragment without packed inode", init_compact, HEADER + 4, "21", 100000, "no packed" },
	{ "big pclusters of one kind", init_big, HEADER + 4, "03", 0, "one kind" },
	{ "no block count", init_big, 0x508, "00 10 01 20", 0, "no block count" },
	{ "a block count of 0", init_big, 0x508, "00 10 00 28", 0, "has no blocks" },
	{ "a pcluster over 1 MiB", init_big, 0x508, "00 10 01 29", 0, "more than 1048576" },
	{ "a late block count", init_big, 0x510, "04 28", 0, "does not follow a head" },
	{ "plain but longer", init_full, FULL, "00", 0, "longer than its pcluster" },
	{ "an offset outside its lcluster", init_full, FULL + 18, "00 10", 9000, "outside its" },
	{ "a full distance of 0", init_full, FULL + 12, "00", 5000, "without a distance" },
	{ "a full distance before the file", init_full, FULL + 12, "02", 5000, "no extent starts" },
	{ "a block count in small pclusters", init_full, FULL + 12, "01 08", 0, "no more than one" },
	{ "a record format of no algorithm", init_records4, HEADER + 19, "50", 0, "does not list" },
	{ "a record over 1 MiB", init_records4, HEADER + 16, "01 00 10 40", 0, "more than 1048576" },
	{ "a plain record too short", init_records4, HEADER + 19, "00", 0, "longer than its" },
	{ "records past the metadata", init_records16, HEADER, "00 00 00 10", 0, "outside the" },
	{ "no records", init_records16, HEADER, "00", 0, "no extent" },
	{ "a first record that starts late", init_records16, HEADER + 28, "01", 9, "first extent" },
	{ "a record that starts with the next", init_records16, HEADER + 44, "20 4e", 20000, "from byte" },
	{ "a record that starts with the first", init_records16, HEADER + 44, "00 00", 0, "from byte" },
	{ "a record past the file", init_records16, HEADER + 60, "30 75", 15000, "from byte" },
	{ "a record past 2^64", init_records16, HEADER + 52, "ff ff ff ff ff ff ff ff", 20000,
		"past 2^64" },
};

static void notices_lies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		const struct lie *lie = &lies[i];
		struct erofs_extent extent;
		struct erofs_inode inode;
		struct sample s;
		int r;

		lie->init(&s);
		sample_open(&s);
		inode = sample_read(&s, NID);
		assert_int_equal(erofs_zmap_at(s.rd, &inode, lie->logical, &extent), 1);
		put(&s, lie->at, lie->bytes);
		sample_open(&s);
		r = erofs_zmap_at(s.rd, &inode, lie->logical, &extent);
		if (r != -EUCLEAN || !strstr(s.message, lie->message))
			fail_msg("%s: %d \"%s\"", lie->what, r, s.message);
		/* and again: a failed look-up leaves nothing behind */
		assert_int_equal(erofs_zmap_at(s.rd, &inode, lie->logical, &extent), -EUCLEAN);
		sample_fini(&s);
	}
}

/* A size that only the inode claims must not make the reader walk. */
static void refuses_an_index_outside_the_image(void **state)
{
	struct erofs_extent extent;
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	init_lz4(&s, 16);
	sample_extended(&s, NID, S_IFREG | 0644, EROFS_LAYOUT_COMPRESSED_COMPACT, 1ull << 62, 1);
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 1ull << 61, &extent), -EUCLEAN);
	assert_non_null(strstr(s.message, "outside the metadata"));
	sample_fini(&s);
}

/* 3200 lclusters of 4 KiB that all belong to one pcluster: 12.5 MiB. */
static void refuses_a_pcluster_that_grows_too_much(void **state)
{
	struct erofs_extent extent;
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	init_lz4(&s, 16);
	sample_compact(&s, NID, S_IFREG | 0644, EROFS_LAYOUT_COMPRESSED_FULL, 3200 * 4096, 1);
	put_full(&s, 0, 1, 0, 1);
	for (uint32_t i = 1; i < 3200; i++)
		put_full(&s, i, 2, 0, i < 2047 ? i : 2047);
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 3100 * 4096, &extent), -EUCLEAN);
	assert_non_null(strstr(s.message, "12582912"));
	sample_fini(&s);
}

/* Packed and metabox inode must not need a fragment themselves: that would never end. */
static void refuses_a_fragment_in_the_packed_inode(void **state)
{
	struct erofs_extent extent;
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	init_full(&s);
	sample_super(&s)->packed_nid = erofs_put64(NID);
	put(&s, HEADER, "00 00 00 00 20 00 00 00");
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_zmap_at(s.rd, &inode, 9000, &extent), -EUCLEAN);
	assert_non_null(strstr(s.message, "fragment itself"));
	sample_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_a_compact_index),
		cmocka_unit_test(maps_big_pclusters),
		cmocka_unit_test(maps_a_full_index),
		cmocka_unit_test(maps_short_records),
		cmocka_unit_test(maps_long_records),
		cmocka_unit_test(maps_fragments),
		cmocka_unit_test(maps_an_inline_pcluster),
		cmocka_unit_test(maps_wide_lclusters),
		cmocka_unit_test(notices_lies),
		cmocka_unit_test(refuses_an_index_outside_the_image),
		cmocka_unit_test(refuses_a_pcluster_that_grows_too_much),
		cmocka_unit_test(refuses_a_fragment_in_the_packed_inode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
