/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listings in pieces of any size, gone on with anywhere. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include <linux/fuse.h>
#include "tests/unit/reader/mounted.h"

#define NAMES 40u /* in two blocks */

static char texts[NAMES][200];

/* A root of two blocks, with names that are too long for one. */
static void fill_root(struct sample *s)
{
	struct sample_entry entries[NAMES];
	uint32_t half = NAMES / 2;

	for (uint32_t i = 0; i < NAMES; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%0*u", i < 2 ? 1 : (int)(10 + 3 * i), i);
		entries[i] = (struct sample_entry){ texts[i], 512 + i, EROFS_TYPE_REGULAR };
	}
	strcpy(texts[0], ".");
	strcpy(texts[1], "..");
	entries[0].nid = entries[1].nid = SAMPLE_ROOT;
	entries[0].type = entries[1].type = EROFS_TYPE_DIRECTORY;
	sample_dir_block(s, SAMPLE_BLOCK, entries, half);
	sample_compact(s, SAMPLE_ROOT, S_IFDIR | 0755, EROFS_LAYOUT_FLAT_PLAIN, (uint32_t)(SAMPLE_BLOCK +
		sample_dir_block(s, 2 * SAMPLE_BLOCK, entries + half, NAMES - half)), 1);
	for (uint32_t i = 2; i < NAMES; i += 2)
		sample_compact(s, 512 + i, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, i, 3);
}

/* Reads with @what from its offset on, checks that names @first and so on are there, and moves the offset. The
 * number of names. */
static uint32_t read_some(struct mount_listing *what, size_t size, uint32_t first, uint64_t *offsets)
{
	uint8_t buffer[8192];
	size_t entry = what->plus ? sizeof(struct fuse_entry_out) : 0;
	ssize_t n = mount_list(what, buffer, size);
	uint32_t count = 0;

	assert_true(n >= 0 && (size_t)n <= size);
	for (ssize_t at = 0; at < n; count++) {
		struct fuse_dirent record;

		memcpy(&record, buffer + at + entry, FUSE_NAME_OFFSET);
		assert_int_equal(record.namelen, strlen(texts[first + count]));
		assert_memory_equal(buffer + at + entry + FUSE_NAME_OFFSET, texts[first + count], record.namelen);
		assert_true(record.off > what->offset);
		what->offset = record.off;
		offsets[first + count + 1] = record.off;
		at += (ssize_t)(entry + FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + record.namelen));
	}
	return count;
}

static void pieces_make_the_whole(void **state)
{
	struct mounted t;

	(void)state;
	mounted_init(&t, 1);
	fill_root(&t.samples[0]);
	mounted_open(&t);
	for (size_t size = 320; size <= 8192; size += size < 700 ? 1 : 97)
		for (int plus = 0; plus < 2; plus++) {
			struct mount_listing what = { .m = &t.m, .node = 1, .plus = plus };
			uint64_t offsets[NAMES + 1] = { 0 };
			uint32_t count = 0, n;

			while ((n = read_some(&what, size, count, offsets)) > 0)
				count += n;
			assert_int_equal(count, NAMES);
			/* From each name on, the last first. */
			for (uint32_t i = NAMES; size > 8000 && i-- > 0;) {
				what.offset = offsets[i];
				assert_true(read_some(&what, size, i, offsets) > 0);
			}
		}
	assert_int_equal(t.images[0].idle_count, 1);
	mounted_fini(&t);
}

static void no_room_is_not_the_end(void **state)
{
	struct mount_listing what = { .node = 1 };
	struct mounted t;
	uint8_t buffer[64];

	(void)state;
	mounted_init(&t, 1);
	fill_root(&t.samples[0]);
	mounted_open(&t);
	what.m = &t.m;
	assert_int_equal(mount_list(&what, buffer, 31), -EINVAL);
	assert_int_equal(mount_list(&what, buffer, 32), 32);
	what.plus = true;
	assert_int_equal(mount_list(&what, buffer, sizeof(buffer)), -EINVAL);
	mounted_fini(&t);
}

static void offsets_of_others_do_no_harm(void **state)
{
	static const uint64_t past[] = { 3 * SAMPLE_BLOCK, UINT32_MAX, INT64_MAX, UINT64_MAX };
	struct mount_listing what = { .node = 1 };
	struct mounted t;
	uint8_t buffer[4096];

	(void)state;
	mounted_init(&t, 1);
	fill_root(&t.samples[0]);
	mounted_open(&t);
	what.m = &t.m;
	for (what.offset = 0; what.offset < 2 * SAMPLE_BLOCK; what.offset++)
		assert_true(mount_list(&what, buffer, sizeof(buffer)) >= 0);
	for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
		what.offset = past[i];
		assert_int_equal(mount_list(&what, buffer, sizeof(buffer)), 0);
	}
	what.node = 515; /* a file */
	what.offset = 0;
	assert_int_equal(mount_list(&what, buffer, sizeof(buffer)), -ENOTDIR);
	mounted_fini(&t);
}

/* Names before the damage come first; who goes on there is told, as often as he asks. */
static void damage_is_met_where_it_is(void **state)
{
	struct mount_listing what = { .node = 1 };
	uint64_t offsets[NAMES + 1];
	struct mounted t;
	uint8_t buffer[8192];

	(void)state;
	mounted_init(&t, 1);
	fill_root(&t.samples[0]);
	t.samples[0].bytes[2 * SAMPLE_BLOCK + 10] = 99; /* the type of a name */
	mounted_open(&t);
	what.m = &t.m;
	assert_int_equal(read_some(&what, sizeof(buffer), 0, offsets), NAMES / 2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(mount_list(&what, buffer, sizeof(buffer)), -EUCLEAN);
	mounted_fini(&t);
}

/* The number of the first name with @plus looked up, and whether it says which inode that is. */
static struct fuse_dirent first_name(struct mount_listing *what, uint64_t *ret_found)
{
	struct fuse_entry_out entry;
	struct fuse_dirent record;
	uint8_t buffer[4096];

	assert_true(mount_list(what, buffer, 300) > 0);
	memcpy(&entry, buffer, sizeof(entry));
	memcpy(&record, buffer + sizeof(entry), FUSE_NAME_OFFSET);
	*ret_found = entry.nodeid;
	what->offset = record.off;
	return record;
}

static void dots_and_damaged_inodes_are_not_looked_up(void **state)
{
	struct mount_listing what = { .node = 1, .plus = true };
	struct mounted t;
	uint64_t found;

	(void)state;
	mounted_init(&t, 1);
	fill_root(&t.samples[0]);
	mounted_open(&t);
	what.m = &t.m;
	for (uint32_t i = 0; i < 10; i++) {
		assert_int_equal(first_name(&what, &found).ino, i < 2 ? 1 : 513 + i);
		assert_int_equal(found, i < 2 || i % 2 ? 0 : 513 + i);
	}
	mounted_fini(&t);
}

static void a_dot_that_is_not_on_the_disk(void **state)
{
	static const struct sample_entry entries[] = { { "..", SAMPLE_ROOT, 2 }, { "a", 512, 1 } };
	struct mount_listing what = { .node = 1, .plus = true };
	struct erofs_inode_compact *root;
	struct mounted t;
	uint64_t found;

	(void)state;
	mounted_init(&t, 1);
	sample_dir(&t.samples[0], SAMPLE_ROOT, 1, entries, 2);
	root = (struct erofs_inode_compact *)(t.samples[0].bytes + SAMPLE_ROOT * 32);
	root->i_format = erofs_put16(erofs_get16(root->i_format) | EROFS_I_BIT4);
	mounted_open(&t);
	what.m = &t.m;
	assert_int_equal(first_name(&what, &found).namelen, 1);
	assert_int_equal(first_name(&what, &found).namelen, 2);
	assert_int_equal(first_name(&what, &found).ino, 513);
	mounted_fini(&t);
}

static void the_images_are_below_one_directory(void **state)
{
	struct mount_listing what = { .node = 1, .plus = true };
	struct mounted t;
	uint64_t found;

	(void)state;
	mounted_init(&t, 2);
	mounted_open(&t);
	what.m = &t.m;
	assert_int_equal(first_name(&what, &found).ino, 1);
	assert_int_equal(first_name(&what, &found).ino, 1);
	assert_int_equal(found, 0);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(first_name(&what, &found).ino, mount_node(&t.m, i, SAMPLE_ROOT));
		assert_int_equal(found, mount_node(&t.m, i, SAMPLE_ROOT));
	}
	assert_int_equal(mount_list(&what, &found, sizeof(found)), 0);
	/* ".." of the root of an image is not that root. */
	what.node = mount_node(&t.m, 1, SAMPLE_ROOT);
	what.offset = 0;
	assert_int_equal(first_name(&what, &found).ino, what.node);
	assert_int_equal(first_name(&what, &found).ino, 1);
	mounted_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_make_the_whole),
		cmocka_unit_test(no_room_is_not_the_end),
		cmocka_unit_test(offsets_of_others_do_no_harm),
		cmocka_unit_test(damage_is_met_where_it_is),
		cmocka_unit_test(dots_and_damaged_inodes_are_not_looked_up),
		cmocka_unit_test(a_dot_that_is_not_on_the_disk),
		cmocka_unit_test(the_images_are_below_one_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
