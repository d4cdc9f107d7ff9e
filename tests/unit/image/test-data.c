/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where files lie and what they read as: flat, inline, holes, chunks of every form. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "image/chunk.h"
#include "tests/unit/image/sample.h"

#define NID 80u
#define TAIL ((NID + 1) * EROFS_SLOT_SIZE) /* behind a compact inode: byte 2592 */

static void expect_extent(struct sample *s, const struct erofs_inode *inode, uint64_t at,
	const struct erofs_extent *want)
{
	struct erofs_extent got;

	assert_int_equal(erofs_map_at(s->rd, inode, at, &got), 1);
	assert_int_equal(got.kind, want->kind);
	assert_true(got.logical == want->logical);
	assert_true(got.length == want->length);
	assert_int_equal(got.device, want->device);
	assert_true(got.physical == want->physical);
	assert_true(got.physical_bytes == want->physical_bytes);
}

static void maps_flat_files(void **state)
{
	struct erofs_inode inode;
	struct erofs_extent got;
	struct sample s;

	(void)state;
	sample_init(&s, 4);
	sample_compact(&s, NID, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 5000, 2);
	sample_open(&s);
	inode = sample_read(&s, NID);
	expect_extent(&s, &inode, 4999, &(struct erofs_extent){ .kind = EROFS_EXTENT_PLAIN,
		.length = 5000, .physical = 8192, .physical_bytes = 5000 });
	assert_int_equal(erofs_map_at(s.rd, &inode, 5000, &got), 0);
	sample_fini(&s);
}

static void maps_inline_tails(void **state)
{
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	sample_init(&s, 4);
	sample_compact(&s, NID, S_IFREG, EROFS_LAYOUT_FLAT_INLINE, 8192 + 100, 2);
	sample_open(&s);
	inode = sample_read(&s, NID);
	expect_extent(&s, &inode, 0, &(struct erofs_extent){ .kind = EROFS_EXTENT_PLAIN,
		.length = 8192, .physical = 8192, .physical_bytes = 8192 });
	expect_extent(&s, &inode, 8192, &(struct erofs_extent){ .kind = EROFS_EXTENT_INLINE,
		.logical = 8192, .length = 100, .physical = TAIL, .physical_bytes = 100 });
	sample_fini(&s);
}

/* The tail may fill its block to the end, and not one byte more (section 4.2). */
static void a_tail_must_not_cross_a_block(void **state)
{
	const uint32_t room = 4096 - TAIL;
	struct erofs_inode inode;
	struct erofs_extent got;
	struct sample s;

	(void)state;
	sample_init(&s, 2);
	sample_compact(&s, NID, S_IFREG, EROFS_LAYOUT_FLAT_INLINE, room, 0xFFFFFFFF);
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_map_at(s.rd, &inode, 0, &got), 1);
	sample_compact(&s, NID, S_IFREG, EROFS_LAYOUT_FLAT_INLINE, room + 1, 0xFFFFFFFF);
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_map_at(s.rd, &inode, 0, &got), -EUCLEAN);
	assert_non_null(strstr(s.message, "crosses a block"));
	/* An inode at the end of a block has its tail in the next one; a full block fits there. */
	sample_compact(&s, 127, S_IFREG, EROFS_LAYOUT_FLAT_INLINE, 4096, 0xFFFFFFFF);
	sample_open(&s);
	inode = sample_read(&s, 127);
	assert_int_equal(erofs_map_at(s.rd, &inode, 0, &got), 1);
	assert_int_equal(got.physical, 4096);
	sample_fini(&s);
}

static void addresses_must_not_overflow(void **state)
{
	struct erofs_inode inode;
	struct erofs_extent got;
	struct sample s;

	(void)state;
	sample_init(&s, 17);
	sample_super(&s)->blkszbits = 16;
	sample_extended(&s, NID, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 65537, 0xFFFFFFFE)->i_nb =
		erofs_put16(0xFFFF);
	sample_extended(&s, 90, S_IFREG, EROFS_LAYOUT_CHUNK_BASED, 1ull << 40,
		EROFS_CHUNK_INDEXES | EROFS_CHUNK_48BIT | 20);
	memset(s.bytes + 92 * EROFS_SLOT_SIZE, 0xFF, 8);
	s.bytes[92 * EROFS_SLOT_SIZE + 2] = s.bytes[92 * EROFS_SLOT_SIZE + 3] = 0;
	s.bytes[92 * EROFS_SLOT_SIZE + 4] = 0xFE;
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_map_at(s.rd, &inode, 0, &got), 1); /* ends at 2^64 - 65535 */
	inode.size_bytes = 3 * 65536;
	assert_int_equal(erofs_map_at(s.rd, &inode, 0, &got), -EUCLEAN);
	inode = sample_read(&s, 90);
	assert_int_equal(erofs_map_at(s.rd, &inode, 0, &got), -EUCLEAN);
	assert_non_null(strstr(s.message, "chunk 0 is at block 281474976710654"));
	sample_fini(&s);
}

static void inline_data_must_be_in_the_image(void **state)
{
	struct erofs_inode inode;
	struct sample s;
	uint8_t byte;

	(void)state;
	sample_init(&s, 1);
	sample_compact(&s, NID, S_IFREG, EROFS_LAYOUT_FLAT_INLINE, 100, 0xFFFFFFFF);
	s.size = TAIL + 50;
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_data_read(s.rd, &inode, 49, &byte, 1), 1);
	assert_int_equal(erofs_data_read(s.rd, &inode, 50, &byte, 1), -EUCLEAN);
	assert_non_null(strstr(s.message, "inline data"));
	sample_fini(&s);
}

static void a_null_address_is_a_hole(void **state)
{
	uint8_t bytes[3] = { 1, 2, 3 };
	struct erofs_inode inode;
	struct erofs_extent got;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	sample_extended(&s, NID, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 1ull << 62, 0xFFFFFFFF)->i_nb =
		erofs_put16(0xFFFF);
	sample_compact(&s, 90, S_IFREG, EROFS_LAYOUT_FLAT_INLINE, 5000, 0xFFFFFFFF);
	sample_open(&s);
	inode = sample_read(&s, NID);
	expect_extent(&s, &inode, 12345678, &(struct erofs_extent){ .kind = EROFS_EXTENT_HOLE,
		.length = 1ull << 62 });
	assert_int_equal(erofs_data_read(s.rd, &inode, (1ull << 62) - 2, bytes, 3), 2);
	assert_int_equal(bytes[0] | bytes[1], 0);
	assert_int_equal(bytes[2], 3);
	inode = sample_read(&s, 90);
	assert_int_equal(erofs_map_at(s.rd, &inode, 0, &got), -EUCLEAN);
	sample_fini(&s);
}

static void special_files_have_no_data(void **state)
{
	struct erofs_inode inode;
	struct erofs_extent got;
	struct sample s;
	uint8_t byte;

	(void)state;
	sample_init(&s, 1);
	sample_compact(&s, NID, S_IFCHR, EROFS_LAYOUT_FLAT_PLAIN, 500, 0);
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_map_at(s.rd, &inode, 0, &got), 0);
	assert_int_equal(erofs_data_read(s.rd, &inode, 0, &byte, 1), 0);
	sample_fini(&s);
}

/* ---- reading ---- */

static void fill(struct sample *s, size_t start, size_t size)
{
	for (size_t i = 0; i < size; i++)
		s->bytes[start + i] = (uint8_t)((start + i) * 31 >> 3);
}

static void reads_any_range(void **state)
{
	static uint8_t want[8192 + 700], got[sizeof(want) + 10];
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	sample_init(&s, 4);
	sample_compact(&s, NID, S_IFREG, EROFS_LAYOUT_FLAT_INLINE, sizeof(want), 2);
	fill(&s, 8192, 8192);
	fill(&s, TAIL, 700);
	memcpy(want, s.bytes + 8192, 8192);
	memcpy(want + 8192, s.bytes + TAIL, 700);
	sample_open(&s);
	inode = sample_read(&s, NID);
	for (size_t at = 0; at < sizeof(want); at += 331) {
		for (size_t size = 1; size < sizeof(got); size = size * 3 + 1) {
			size_t left = sizeof(want) - at;
			size_t n = size < left ? size : left;

			assert_int_equal(erofs_data_read(s.rd, &inode, at, got, size), n);
			assert_memory_equal(got, want + at, n);
		}
	}
	assert_int_equal(erofs_data_read(s.rd, &inode, sizeof(want), got, 1), 0);
	assert_int_equal(erofs_data_read(s.rd, &inode, UINT64_MAX, got, 1), 0);
	sample_fini(&s);
}

static void only_a_final_partial_block_is_made_up(void **state)
{
	static uint8_t got[9000];
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	sample_init(&s, 3);
	sample_compact(&s, NID, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 8192, 1);
	sample_compact(&s, 90, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 8193, 1);
	sample_compact(&s, 91, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 10, 0xFFFFFF);
	fill(&s, 4096, 8192);
	s.size = 8192 + 100;
	sample_open(&s);
	inode = sample_read(&s, NID);
	memset(got, 1, sizeof(got));
	assert_int_equal(erofs_data_read(s.rd, &inode, 0, got, 9000), 8192);
	assert_memory_equal(got, s.bytes + 4096, 4196);
	for (size_t i = 4196; i < 8192; i++)
		assert_int_equal(got[i], 0);
	inode = sample_read(&s, 90);
	assert_int_equal(erofs_data_read(s.rd, &inode, 0, got, 9000), -EUCLEAN);
	assert_non_null(strstr(s.message, "nid 90"));
	inode = sample_read(&s, 91);
	assert_int_equal(erofs_data_read(s.rd, &inode, 0, got, 9000), -EUCLEAN);
	sample_fini(&s);
}

struct pieces {
	uint64_t bytes, holes;
	int calls, stop_at;
	uint8_t last;
	struct sample *nested;
};

static int count_piece(void *user, const void *bytes, uint64_t size)
{
	struct pieces *p = user;

	p->calls++;
	if (bytes) {
		p->bytes += size;
		p->last = ((const uint8_t *)bytes)[size - 1];
	} else {
		p->holes += size;
	}
	return p->calls == p->stop_at ? 42 : 0;
}

/* Streams the same file inside of a piece, which must not disturb the outer stream. */
static int nested_piece(void *user, const void *bytes, uint64_t size)
{
	struct pieces *p = user;
	struct erofs_inode inode = sample_read(p->nested, NID);
	uint8_t *copy = malloc((size_t)size);
	struct pieces inner = { 0 };

	memcpy(copy, bytes, (size_t)size);
	assert_int_equal(erofs_data_stream(p->nested->rd, &inode, count_piece, &inner), 0);
	assert_memory_equal(copy, bytes, (size_t)size);
	free(copy);
	return count_piece(user, bytes, size);
}

static void streams_whole_files(void **state)
{
	struct erofs_inode inode;
	struct pieces p = { 0 };
	struct sample s;

	(void)state;
	sample_init(&s, 200);
	sample_compact(&s, NID, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 190 * 4096 + 5, 2);
	fill(&s, 8192, 191 * 4096);
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_data_stream(s.rd, &inode, count_piece, &p), 0);
	assert_int_equal(p.bytes, 190 * 4096 + 5);
	assert_int_equal(p.last, s.bytes[192 * 4096 + 4]);
	p = (struct pieces){ .stop_at = 2 };
	assert_int_equal(erofs_data_stream(s.rd, &inode, count_piece, &p), 42);
	assert_int_equal(p.calls, 2);
	p = (struct pieces){ .nested = &s };
	assert_int_equal(erofs_data_stream(s.rd, &inode, nested_piece, &p), 0);
	assert_int_equal(p.bytes, 190 * 4096 + 5);
	sample_fini(&s);
}

/* ---- chunks ---- */

static void decodes_chunk_records(void **state)
{
	static const uint8_t map[4] = { 0x78, 0x56, 0x34, 0x12 };
	static const uint8_t index[8] = { 0xAB, 0xCD, 0x05, 0x00, 0x78, 0x56, 0x34, 0x12 };
	static const uint8_t null32[8] = { 0, 0, 9, 9, 0xFF, 0xFF, 0xFF, 0xFF };
	static const uint8_t null48[8] = { 0xFF, 0xFF, 9, 9, 0xFF, 0xFF, 0xFF, 0xFF };
	struct erofs_chunk chunk;

	(void)state;
	assert_int_equal(erofs_chunk_unit(0), 4);
	assert_int_equal(erofs_chunk_unit(EROFS_CHUNK_INDEXES), 8);
	erofs_chunk_decode(0, 3, map, &chunk);
	assert_int_equal(chunk.start_block, 0x12345678);
	assert_int_equal(chunk.device, 0);
	assert_false(chunk.hole);
	erofs_chunk_decode(EROFS_CHUNK_INDEXES, 3, index, &chunk);
	assert_int_equal(chunk.start_block, 0x12345678);
	assert_int_equal(chunk.device, 1); /* 5 & 3: three devices need two bits */
	erofs_chunk_decode(EROFS_CHUNK_INDEXES, 4, index, &chunk);
	assert_int_equal(chunk.device, 5);
	erofs_chunk_decode(EROFS_CHUNK_INDEXES, 0, index, &chunk);
	assert_int_equal(chunk.device, 0);
	erofs_chunk_decode(EROFS_CHUNK_INDEXES | EROFS_CHUNK_48BIT, 3, index, &chunk);
	assert_true(chunk.start_block == 0xCDAB12345678);
	erofs_chunk_decode(EROFS_CHUNK_INDEXES, 3, null32, &chunk);
	assert_true(chunk.hole);
	erofs_chunk_decode(EROFS_CHUNK_INDEXES | EROFS_CHUNK_48BIT, 3, null32, &chunk);
	assert_false(chunk.hole);
	erofs_chunk_decode(EROFS_CHUNK_INDEXES | EROFS_CHUNK_48BIT, 3, null48, &chunk);
	assert_true(chunk.hole);
	/* 48BIT means nothing for the 4-byte map. */
	erofs_chunk_decode(EROFS_CHUNK_48BIT, 3, null32 + 4, &chunk);
	assert_true(chunk.hole);
}

/* A file of three chunks of 8 KiB, the last of 100 bytes; records are 4 bytes at TAIL. */
static void put_chunks(struct sample *s, uint32_t a, uint32_t b, uint32_t c)
{
	erofs_le32 records[3] = { erofs_put32(a), erofs_put32(b), erofs_put32(c) };

	sample_compact(s, NID, S_IFREG, EROFS_LAYOUT_CHUNK_BASED, 2 * 8192 + 100, 1);
	memcpy(s->bytes + TAIL, records, sizeof(records));
}

static void maps_chunks_one_by_one(void **state)
{
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	sample_init(&s, 12);
	put_chunks(&s, 4, 6, 0xFFFFFFFF);
	sample_open(&s);
	inode = sample_read(&s, NID);
	expect_extent(&s, &inode, 8191, &(struct erofs_extent){ .kind = EROFS_EXTENT_PLAIN,
		.length = 8192, .physical = 4 * 4096, .physical_bytes = 8192 });
	expect_extent(&s, &inode, 8192, &(struct erofs_extent){ .kind = EROFS_EXTENT_PLAIN,
		.logical = 8192, .length = 8192, .physical = 6 * 4096, .physical_bytes = 8192 });
	expect_extent(&s, &inode, 16384, &(struct erofs_extent){ .kind = EROFS_EXTENT_HOLE,
		.logical = 16384, .length = 100 });
	sample_fini(&s);
}

static void reads_chunks_apart_and_together(void **state)
{
	static const uint32_t orders[][3] = { { 4, 6, 8 }, { 8, 6, 4 }, { 4, 4, 4 },
		{ 0xFFFFFFFF, 6, 8 }, { 4, 6, 0xFFFFFFFF }, { 4, 0xFFFFFFFF, 8 } };
	static uint8_t got[2 * 8192 + 100];

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct erofs_inode inode;
		struct pieces p = { 0 };
		struct sample s;

		sample_init(&s, 12);
		fill(&s, 4 * 4096, 8 * 4096);
		put_chunks(&s, orders[i][0], orders[i][1], orders[i][2]);
		sample_open(&s);
		inode = sample_read(&s, NID);
		memset(got, 1, sizeof(got));
		assert_int_equal(erofs_data_read(s.rd, &inode, 0, got, sizeof(got)), sizeof(got));
		for (size_t at = 0; at < sizeof(got); at++) {
			uint32_t block = orders[i][at / 8192];
			uint8_t want = block == 0xFFFFFFFF ? 0 : s.bytes[block * 4096 + at % 8192];

			assert_int_equal(got[at], want);
		}
		assert_int_equal(erofs_data_stream(s.rd, &inode, count_piece, &p), 0);
		assert_int_equal(p.bytes + p.holes, sizeof(got));
		sample_fini(&s);
	}
}

static void chunk_records_must_be_in_the_stream(void **state)
{
	struct pieces p = { 0 };
	struct erofs_inode inode;
	struct erofs_extent got;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	/* 2^62 bytes in chunks of one block: 2^52 bytes of records. */
	sample_extended(&s, NID, S_IFREG, EROFS_LAYOUT_CHUNK_BASED, 1ull << 62, 0);
	/* The largest chunks there are: 2^43 bytes. */
	sample_extended(&s, 90, S_IFREG, EROFS_LAYOUT_CHUNK_BASED, (1ull << 63) - 1, 31);
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_map_at(s.rd, &inode, (1ull << 62) - 1, &got), -EUCLEAN);
	assert_int_equal(erofs_data_stream(s.rd, &inode, count_piece, &p), -EUCLEAN);
	assert_true(p.calls < 1000);
	inode = sample_read(&s, 90);
	assert_int_equal(erofs_map_at(s.rd, &inode, 0, &got), 1);
	assert_true(got.length == 1ull << 43);
	assert_int_equal(erofs_map_at(s.rd, &inode, (1ull << 63) - 2, &got), -EUCLEAN);
	sample_fini(&s);
}

/* ---- symbolic links ---- */

static void reads_symbolic_links(void **state)
{
	struct erofs_inode inode;
	struct sample s;
	char *target;

	(void)state;
	sample_init(&s, 3);
	sample_compact(&s, NID, S_IFLNK | 0777, EROFS_LAYOUT_FLAT_INLINE, 6, 0xFFFFFFFF);
	memcpy(s.bytes + TAIL, "target", 6);
	sample_compact(&s, 90, S_IFLNK | 0777, EROFS_LAYOUT_FLAT_PLAIN, 4095, 1);
	memset(s.bytes + 4096, 'x', 8192);
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_symlink_read(s.rd, &inode, &target), 0);
	assert_string_equal(target, "target");
	free(target);
	inode = sample_read(&s, 90);
	assert_int_equal(erofs_symlink_read(s.rd, &inode, &target), 0);
	assert_int_equal(strlen(target), 4095);
	free(target);
	inode.size_bytes = 4096;
	assert_int_equal(erofs_symlink_read(s.rd, &inode, &target), -EUCLEAN);
	inode.size_bytes = 0;
	assert_int_equal(erofs_symlink_read(s.rd, &inode, &target), -EUCLEAN);
	inode.size_bytes = 1ull << 62;
	assert_int_equal(erofs_symlink_read(s.rd, &inode, &target), -EUCLEAN);
	inode.mode = S_IFREG;
	assert_int_equal(erofs_symlink_read(s.rd, &inode, &target), -EINVAL);
	s.bytes[TAIL + 3] = 0;
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_symlink_read(s.rd, &inode, &target), -EUCLEAN);
	sample_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_flat_files),
		cmocka_unit_test(maps_inline_tails),
		cmocka_unit_test(a_tail_must_not_cross_a_block),
		cmocka_unit_test(addresses_must_not_overflow),
		cmocka_unit_test(inline_data_must_be_in_the_image),
		cmocka_unit_test(a_null_address_is_a_hole),
		cmocka_unit_test(special_files_have_no_data),
		cmocka_unit_test(reads_any_range),
		cmocka_unit_test(only_a_final_partial_block_is_made_up),
		cmocka_unit_test(streams_whole_files),
		cmocka_unit_test(decodes_chunk_records),
		cmocka_unit_test(maps_chunks_one_by_one),
		cmocka_unit_test(reads_chunks_apart_and_together),
		cmocka_unit_test(chunk_records_must_be_in_the_stream),
		cmocka_unit_test(reads_symbolic_links),
	};

	return cmocka_run_group_tests_name("data", tests, NULL, NULL);
}
