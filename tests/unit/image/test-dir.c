/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories: blocks, iteration, binary search, paths, and every kind of damage to a block. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "image/dir_cursor.h"
#include "image/dirblock.h"
#include "tests/unit/image/sample.h"

#define DIR 2 /* EROFS_TYPE_DIRECTORY and _REGULAR, for tables of entries */
#define REG 1

static const struct sample_entry simple[] = { { "!early", 80, REG }, { ".", SAMPLE_ROOT, DIR },
	{ "..", SAMPLE_ROOT, DIR }, { "file", 81, REG }, { "sub", 82, DIR } };
#define SIMPLE_COUNT (sizeof(simple) / sizeof(simple[0]))

static void init_simple(struct sample *s)
{
	static const struct sample_entry below[] = { { ".", 82, DIR }, { "..", SAMPLE_ROOT, DIR },
		{ "x", 83, REG } };

	sample_init(s, 3);
	sample_dir(s, SAMPLE_ROOT, 1, simple, SIMPLE_COUNT);
	sample_dir(s, 82, 2, below, 3);
	sample_compact(s, 81, S_IFREG | 0644, EROFS_LAYOUT_FLAT_PLAIN, 0, 0);
}

static void lists_entries_in_order(void **state)
{
	struct erofs_dir_entry ent;
	struct erofs_inode inode;
	struct erofs_dir *dir;
	struct sample s;

	(void)state;
	init_simple(&s);
	sample_open(&s);
	inode = sample_read(&s, SAMPLE_ROOT);
	assert_int_equal(erofs_dir_open(s.rd, &inode, &dir), 0);
	for (size_t i = 0; i < SIMPLE_COUNT; i++) {
		assert_int_equal(erofs_dir_next(dir, &ent), 1);
		assert_string_equal(ent.name, simple[i].name);
		assert_int_equal(ent.name_bytes, strlen(simple[i].name));
		assert_int_equal(ent.nid, simple[i].nid);
		assert_int_equal(ent.type, simple[i].type);
	}
	assert_int_equal(erofs_dir_next(dir, &ent), 0);
	assert_int_equal(erofs_dir_next(dir, &ent), 0);
	erofs_dir_close(dir);
	inode = sample_read(&s, 81);
	assert_int_equal(erofs_dir_open(s.rd, &inode, &dir), -ENOTDIR);
	sample_fini(&s);
}

static void an_empty_directory_has_no_entries(void **state)
{
	struct erofs_dir_entry ent;
	struct erofs_inode inode;
	struct erofs_dir *dir;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	sample_compact(&s, SAMPLE_ROOT, S_IFDIR, EROFS_LAYOUT_FLAT_PLAIN, 0, 0xFFFFFFFF);
	sample_open(&s);
	inode = sample_read(&s, SAMPLE_ROOT);
	assert_int_equal(erofs_dir_open(s.rd, &inode, &dir), 0);
	assert_int_equal(erofs_dir_next(dir, &ent), 0);
	erofs_dir_close(dir);
	assert_int_equal(erofs_dir_lookup(s.rd, &inode, "x", 1, &ent), -ENOENT);
	sample_fini(&s);
}

static void expect_path(struct sample *s, const char *path, int error, uint64_t nid)
{
	uint64_t found = 0;
	int r = erofs_path_lookup(s->rd, path, &found);

	if (r != error || found != (r ? 0 : nid))
		fail_msg("%s: %d, nid %llu", path, r, (unsigned long long)found);
}

static void resolves_paths(void **state)
{
	struct sample s;

	(void)state;
	init_simple(&s);
	sample_open(&s);
	expect_path(&s, "", 0, SAMPLE_ROOT);
	expect_path(&s, "/", 0, SAMPLE_ROOT);
	expect_path(&s, "///", 0, SAMPLE_ROOT);
	expect_path(&s, "/..", 0, SAMPLE_ROOT);
	expect_path(&s, "file", 0, 81);
	expect_path(&s, "/!early", 0, 80);
	expect_path(&s, "//sub//x", 0, 83);
	expect_path(&s, "sub/", 0, 82);
	expect_path(&s, "./sub/./../sub/x", 0, 83);
	expect_path(&s, "/none", -ENOENT, 0);
	expect_path(&s, "/sub/none/x", -ENOENT, 0);
	expect_path(&s, "/zzz", -ENOENT, 0);
	expect_path(&s, "/\x01", -ENOENT, 0);
	expect_path(&s, "/fil", -ENOENT, 0);
	expect_path(&s, "/filee", -ENOENT, 0);
	expect_path(&s, "/file/x", -ENOTDIR, 0);
	expect_path(&s, "/file/.", -ENOTDIR, 0);
	sample_fini(&s);
}

static void names_of_256_bytes_are_not_there(void **state)
{
	char path[300];
	struct sample s;

	(void)state;
	init_simple(&s);
	sample_open(&s);
	memset(path, 'a', 256);
	path[256] = '\0';
	expect_path(&s, path, -ENOENT, 0);
	sample_fini(&s);
}

#define MANY 1200

/* A directory of MANY entries over several blocks; the last one is inline. */
static size_t init_many(struct sample *s, char (*names)[16])
{
	struct sample_entry entries[400];
	size_t blocks = 0, i = 0, size = 0;

	sample_init(s, 16);
	while (i < MANY) {
		size_t n = 0;

		for (size_t used = 0; i < MANY && used + 12 + strlen(names[i]) <= SAMPLE_BLOCK; i++) {
			entries[n++] = (struct sample_entry){ names[i], 1000 + i, REG };
			used += 12 + strlen(names[i]);
		}
		size = sample_dir_block(s, (2 + blocks++) * SAMPLE_BLOCK, entries, n);
	}
	assert_true(blocks > 3 && size < SAMPLE_BLOCK - 32);
	/* The last, partial block moves behind the inode. */
	sample_compact(s, 128, S_IFDIR | 0755, EROFS_LAYOUT_FLAT_INLINE,
		(uint32_t)((blocks - 1) * SAMPLE_BLOCK + size), 2);
	memcpy(s->bytes + SAMPLE_BLOCK + 32, s->bytes + (1 + blocks) * SAMPLE_BLOCK, size);
	memset(s->bytes + (1 + blocks) * SAMPLE_BLOCK, 0, SAMPLE_BLOCK);
	return blocks;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void finds_every_name_in_many_blocks(void **state)
{
	static char names[MANY][16];
	struct erofs_dir_entry ent;
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	for (size_t i = 0; i < MANY; i++) /* names that are prefixes of one another, too */
		snprintf(names[i], sizeof(names[i]), "%zx", i * 7919 % 65521);
	qsort(names, MANY, sizeof(names[0]), by_bytes);
	init_many(&s, names);
	sample_open(&s);
	inode = sample_read(&s, 128);
	for (size_t i = 0; i < MANY; i++) {
		char absent[sizeof(names[i]) + 1];
		size_t n = strlen(names[i]);

		assert_int_equal(erofs_dir_lookup(s.rd, &inode, names[i],
			(uint32_t)strlen(names[i]), &ent), 0);
		assert_int_equal(ent.nid, 1000 + i);
		assert_string_equal(ent.name, names[i]);
		memcpy(absent, names[i], n);
		absent[n] = '!';
		assert_int_equal(erofs_dir_lookup(s.rd, &inode, absent, (uint32_t)n + 1, &ent), -ENOENT);
	}
	sample_fini(&s);
}

/* A directory of numbers, opened. */
static struct erofs_inode open_numbered(struct sample *s, char names[MANY][16])
{
	for (size_t i = 0; i < MANY; i++)
		snprintf(names[i], sizeof(names[i]), "%06zu", i);
	init_many(s, names);
	sample_open(s);
	return sample_read(s, 128);
}

static void goes_on_where_it_left(void **state)
{
	static char names[MANY][16];
	struct erofs_dir_cursor cursor = { 0 };
	struct erofs_dir_entry ent;
	struct erofs_inode inode;
	struct erofs_dir *dir;
	struct sample s;

	(void)state;
	inode = open_numbered(&s, names);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(erofs_dir_reopen(s.rd, &inode, &cursor, &dir), 0);
		assert_int_equal(erofs_dir_next(dir, &ent), 1);
		assert_string_equal(ent.name, names[i]);
		erofs_dir_tell(dir, &cursor);
		erofs_dir_close(dir);
	}
	assert_int_equal(erofs_dir_reopen(s.rd, &inode, &cursor, &dir), 0);
	assert_int_equal(erofs_dir_next(dir, &ent), 0);
	erofs_dir_close(dir);
	sample_fini(&s);
}

/* Positions are those of records, in order, and any number finds what is there or comes next. */
static void seeks(void **state)
{
	static char names[MANY][16];
	uint64_t positions[MANY + 1];
	struct erofs_dir_entry ent;
	struct erofs_inode inode;
	struct erofs_dir *dir;
	struct sample s;

	(void)state;
	inode = open_numbered(&s, names);
	assert_int_equal(erofs_dir_open(s.rd, &inode, &dir), 0);
	positions[0] = erofs_dir_position(dir);
	assert_int_equal(positions[0], 0);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(erofs_dir_next(dir, &ent), 1);
		positions[i + 1] = erofs_dir_position(dir);
		assert_true(positions[i + 1] > positions[i]);
	}
	assert_true(positions[MANY] < inode.size_bytes);
	for (size_t i = MANY; i-- > 0;) {
		erofs_dir_seek(dir, positions[i]);
		assert_int_equal(erofs_dir_position(dir), positions[i]);
		assert_int_equal(erofs_dir_next(dir, &ent), 1);
		assert_string_equal(ent.name, names[i]);
	}
	erofs_dir_seek(dir, SAMPLE_BLOCK - 1); /* among the names of the first block */
	assert_int_equal(erofs_dir_next(dir, &ent), 1);
	assert_int_equal(erofs_dir_position(dir), SAMPLE_BLOCK + 12);
	erofs_dir_seek(dir, 14);
	assert_int_equal(erofs_dir_next(dir, &ent), 1);
	assert_string_equal(ent.name, names[1]);
	for (uint64_t at = positions[MANY]; at; at = at > UINT64_MAX / 2 ? 0 : 2 * at + 1) {
		erofs_dir_seek(dir, at);
		assert_int_equal(erofs_dir_next(dir, &ent), 0);
	}
	erofs_dir_close(dir);
	sample_fini(&s);
}

/* ---- damage: a block of two entries "ab" and "cd", 28 bytes, spoiled in one place ---- */

static const struct sample_entry two[] = { { "ab", 90, REG }, { "cd", 91, REG } };

static void refuses_damaged_blocks(void **state)
{
	static const struct {
		size_t offset;
		uint8_t value;
		int good; /* entries that still come out */
		const char *message;
	} table[] = {
		{ 8, 0, 0, "impossible offset" },
		{ 8, 25, 0, "impossible offset" },
		{ 8, 11, 0, "impossible offset" },
		{ 9, 0x10, 0, "impossible offset" },  /* 4096 + 24 */
		{ 9, 0x06, 0, "past the end" },	      /* 1560 */
		{ 8, 36, 0, "past the end" },
		{ 20, 24, 0, "ends before it starts" },
		{ 20, 23, 0, "ends before it starts" },
		{ 20, 29, 0, "past the end" },
		{ 21, 0xFF, 0, "past the end" },
		{ 25, 0, 0, "NUL or '/'" },
		{ 24, '/', 0, "NUL or '/'" },
		{ 27, '/', 1, "NUL or '/'" },
		{ 10, 8, 0, "unknown file type" },
		{ 22, 255, 1, "unknown file type" },
		{ 26, 0, 1, "ends before it starts" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct erofs_dir_entry ent;
		struct erofs_inode inode;
		struct erofs_dir *dir;
		struct sample s;

		sample_init(&s, 2);
		sample_dir(&s, SAMPLE_ROOT, 1, two, 2);
		s.bytes[SAMPLE_BLOCK + table[i].offset] = table[i].value;
		sample_open(&s);
		inode = sample_read(&s, SAMPLE_ROOT);
		assert_int_equal(erofs_dir_open(s.rd, &inode, &dir), 0);
		for (int n = 0; n < table[i].good; n++)
			assert_int_equal(erofs_dir_next(dir, &ent), 1);
		assert_int_equal(erofs_dir_next(dir, &ent), -EUCLEAN);
		if (!strstr(s.message, table[i].message) || !strstr(s.message, "nid 64"))
			fail_msg("row %zu: '%s'", i, s.message);
		assert_int_equal(erofs_dir_next(dir, &ent), 0);
		erofs_dir_close(dir);
		sample_fini(&s);
	}
}

static void the_last_name_ends_at_a_nul(void **state)
{
	struct erofs_dir_entry ent;
	struct erofs_dirblock block;
	uint8_t bytes[64] = { 0 };
	struct erofs_span span = { bytes, sizeof(bytes) };

	(void)state;
	bytes[8] = 12;
	memcpy(bytes + 12, "name", 4);
	assert_null(erofs_dirblock_init(span, 4096, &block));
	assert_int_equal(block.count, 1);
	assert_null(erofs_dirblock_entry(&block, 0, &ent));
	assert_int_equal(ent.name_bytes, 4);
}

static void blocks_need_room_for_an_entry(void **state)
{
	struct erofs_dir_entry ent;
	struct erofs_dirblock block;
	uint8_t bytes[32] = { [8] = 12, [12] = 'x' };

	(void)state;
	for (size_t size = 0; size < 12; size++)
		assert_non_null(erofs_dirblock_init((struct erofs_span){ bytes, size }, 4096, &block));
	/* A block may end where its names start: then the entry has none. */
	assert_null(erofs_dirblock_init((struct erofs_span){ bytes, 12 }, 4096, &block));
	assert_non_null(erofs_dirblock_entry(&block, 0, &ent));
	/* The second of two names starts among the records. */
	bytes[8] = 24;
	bytes[20] = 13;
	assert_null(erofs_dirblock_init((struct erofs_span){ bytes, 28 }, 4096, &block));
	assert_string_equal(erofs_dirblock_entry(&block, 1, &ent), "name starts outside the names");
}

static void names_have_at_most_255_bytes(void **state)
{
	struct erofs_dir_entry ent;
	struct erofs_dirblock block;
	uint8_t bytes[512] = { 0 };

	(void)state;
	bytes[8] = 12;
	memset(bytes + 12, 'n', 256);
	assert_null(erofs_dirblock_init((struct erofs_span){ bytes, 12 + 255 }, 4096, &block));
	assert_null(erofs_dirblock_entry(&block, 0, &ent));
	assert_int_equal(ent.name_bytes, 255);
	assert_null(erofs_dirblock_init((struct erofs_span){ bytes, 12 + 256 }, 4096, &block));
	assert_string_equal(erofs_dirblock_entry(&block, 0, &ent), "name of more than 255 bytes");
}

static void skips_a_damaged_block(void **state)
{
	struct erofs_dir_entry ent;
	struct erofs_inode inode;
	struct erofs_dir *dir;
	struct sample s;

	(void)state;
	sample_init(&s, 4);
	sample_compact(&s, SAMPLE_ROOT, S_IFDIR, EROFS_LAYOUT_FLAT_PLAIN, 2 * SAMPLE_BLOCK + 28, 1);
	sample_dir_block(&s, 1 * SAMPLE_BLOCK, two, 2);
	sample_dir_block(&s, 3 * SAMPLE_BLOCK, two, 2);
	sample_open(&s);
	inode = sample_read(&s, SAMPLE_ROOT);
	assert_int_equal(erofs_dir_open(s.rd, &inode, &dir), 0);
	assert_int_equal(erofs_dir_next(dir, &ent), 1);
	assert_int_equal(erofs_dir_next(dir, &ent), 1);
	assert_int_equal(erofs_dir_next(dir, &ent), -EUCLEAN);
	assert_int_equal(erofs_dir_next(dir, &ent), 1);
	assert_string_equal(ent.name, "ab");
	assert_int_equal(erofs_dir_next(dir, &ent), 1);
	assert_int_equal(erofs_dir_next(dir, &ent), 0);
	erofs_dir_close(dir);
	sample_fini(&s);
}

/* However large a directory claims to be, it ends. */
static void hostile_sizes_end(void **state)
{
	static const struct {
		enum erofs_layout layout;
		uint64_t size;
		uint32_t u;
		int open_error;
	} table[] = {
		{ EROFS_LAYOUT_FLAT_PLAIN, (1ull << 63) - 1, 1, -EUCLEAN },
		{ EROFS_LAYOUT_FLAT_PLAIN, 60u << 20, 0xFFFFFFFF, 0 },
		{ EROFS_LAYOUT_FLAT_PLAIN, 60u << 20, 1, 0 },
		{ EROFS_LAYOUT_FLAT_INLINE, 60u << 20, 1, 0 },
		{ EROFS_LAYOUT_CHUNK_BASED, 60u << 20, 0, -EUCLEAN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct erofs_dir_entry ent;
		struct erofs_inode inode;
		struct erofs_dir *dir;
		struct sample s;
		int calls = 0, r;

		sample_init(&s, 4);
		sample_extended(&s, 66, S_IFDIR, table[i].layout, table[i].size, table[i].u)->i_nb =
			erofs_put16(table[i].u == 0xFFFFFFFF ? 0xFFFF : 0);
		sample_dir_block(&s, 1 * SAMPLE_BLOCK, two, 2);
		sample_open(&s);
		inode = sample_read(&s, 66);
		r = erofs_dir_open(s.rd, &inode, &dir);
		assert_int_equal(r, table[i].open_error);
		for (; r == 0 && erofs_dir_next(dir, &ent); calls++)
			assert_true(calls < 100);
		if (r == 0)
			erofs_dir_close(dir);
		sample_fini(&s);
	}
}

static void look_up_reports_damage(void **state)
{
	struct erofs_dir_entry ent;
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	sample_init(&s, 2);
	sample_dir(&s, SAMPLE_ROOT, 1, two, 2);
	s.bytes[SAMPLE_BLOCK + 22] = 9; /* type of "cd" */
	sample_open(&s);
	inode = sample_read(&s, SAMPLE_ROOT);
	assert_int_equal(erofs_dir_lookup(s.rd, &inode, "ab", 2, &ent), -EUCLEAN);
	s.bytes[SAMPLE_BLOCK + 22] = 1;
	s.bytes[SAMPLE_BLOCK + 8] = 3;
	sample_open(&s);
	assert_int_equal(erofs_dir_lookup(s.rd, &inode, "ab", 2, &ent), -EUCLEAN);
	sample_fini(&s);
}

static void compares_names_as_the_kernel_does(void **state)
{
	(void)state;
	assert_true(erofs_name_compare("a", 1, "a", 1) == 0);
	assert_true(erofs_name_compare("a", 1, "ab", 2) < 0);
	assert_true(erofs_name_compare("ab", 2, "a", 1) > 0);
	assert_true(erofs_name_compare("\xff", 1, "a", 1) > 0);
	assert_true(erofs_name_compare("!", 1, ".", 1) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_entries_in_order),
		cmocka_unit_test(an_empty_directory_has_no_entries),
		cmocka_unit_test(resolves_paths),
		cmocka_unit_test(names_of_256_bytes_are_not_there),
		cmocka_unit_test(finds_every_name_in_many_blocks),
		cmocka_unit_test(goes_on_where_it_left),
		cmocka_unit_test(seeks),
		cmocka_unit_test(refuses_damaged_blocks),
		cmocka_unit_test(the_last_name_ends_at_a_nul),
		cmocka_unit_test(blocks_need_room_for_an_entry),
		cmocka_unit_test(names_have_at_most_255_bytes),
		cmocka_unit_test(skips_a_damaged_block),
		cmocka_unit_test(hostile_sizes_end),
		cmocka_unit_test(look_up_reports_damage),
		cmocka_unit_test(compares_names_as_the_kernel_does),
	};

	return cmocka_run_group_tests_name("dir", tests, NULL, NULL);
}
