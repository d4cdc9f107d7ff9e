/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inode numbers, look-ups, readers and holes of a mount. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "tests/unit/reader/mounted.h"

#define METABOX (UINT64_C(1) << 63)

static void check_way_back(const struct mount *m, uint32_t image, uint64_t nid)
{
	uint64_t node = mount_node(m, image, nid), found = ~nid;
	uint32_t found_image = UINT32_MAX;

	assert_true(node);
	assert_int_equal(mount_resolve(m, node, &found_image, &found), 0);
	assert_int_equal(found_image, image);
	assert_int_equal(found, nid);
}

static void numbers_of_one_image(void **state)
{
	static const uint64_t nids[] = { 0, 1, 2, SAMPLE_ROOT - 1, SAMPLE_ROOT, SAMPLE_ROOT + 1,
		UINT64_C(1) << 40, METABOX, METABOX | 5, UINT64_MAX - 1 };
	struct mounted t;
	uint32_t image;
	uint64_t nid;

	(void)state;
	mounted_init(&t, 1);
	mounted_open(&t);
	for (size_t i = 0; i < sizeof(nids) / sizeof(nids[0]); i++)
		check_way_back(&t.m, 0, nids[i]);
	assert_int_equal(mount_node(&t.m, 0, SAMPLE_ROOT), MOUNT_ROOT_NODE);
	assert_int_equal(mount_node(&t.m, 0, 0), SAMPLE_ROOT + 1);
	assert_int_equal(mount_node(&t.m, 0, 100), 101);
	/* The one that would be 0, which means "none". */
	assert_int_equal(mount_node(&t.m, 0, UINT64_MAX), 0);
	assert_int_equal(mount_resolve(&t.m, 0, &image, &nid), -ESTALE);
	mounted_fini(&t);
}

static void numbers_of_several_images(void **state)
{
	static const uint64_t nids[] = { 0, 1, SAMPLE_ROOT, (UINT64_C(1) << 47) - 1, METABOX,
		METABOX | ((UINT64_C(1) << 47) - 1) };
	struct mounted t;
	uint32_t image;
	uint64_t nid;

	(void)state;
	mounted_init(&t, 3);
	mounted_open(&t);
	for (uint32_t i = 0; i < 3; i++)
		for (size_t k = 0; k < sizeof(nids) / sizeof(nids[0]); k++) {
			check_way_back(&t.m, i, nids[k]);
			assert_int_not_equal(mount_node(&t.m, i, nids[k]), MOUNT_ROOT_NODE);
		}
	assert_int_equal(mount_node(&t.m, 1, UINT64_C(1) << 47), 0);
	assert_int_equal(mount_node(&t.m, 1, METABOX | UINT64_C(1) << 47), 0);
	assert_int_equal(mount_resolve(&t.m, 0, &image, &nid), -ESTALE);
	assert_int_equal(mount_resolve(&t.m, 5, &image, &nid), -ESTALE);
	assert_int_equal(mount_resolve(&t.m, UINT64_C(4) << 48, &image, &nid), -ESTALE);
	mounted_fini(&t);
}

static void the_last_image_has_numbers(void **state)
{
	struct mount m = { .image_count = MOUNT_IMAGES_MAX };

	(void)state;
	check_way_back(&m, MOUNT_IMAGES_MAX - 1, METABOX | 1);
	assert_int_not_equal(mount_node(&m, MOUNT_IMAGES_MAX - 1, 1) >> 48,
		mount_node(&m, 0, 1) >> 48);
}

static void looks_up(void **state)
{
	static const struct sample_entry entries[] = { { ".", SAMPLE_ROOT, 2 }, { "..", SAMPLE_ROOT, 2 },
		{ "damaged", 514, 1 }, { "far", UINT64_C(1) << 47, 1 }, { "file", 512, 1 },
		{ "self", SAMPLE_ROOT, 2 } };
	struct mounted t;
	struct mount_place place;
	struct erofs_inode inode;
	uint64_t node = 0;
	char longest[257] = { 0 };

	(void)state;
	mounted_init(&t, 1);
	sample_dir(&t.samples[0], SAMPLE_ROOT, 1, entries, 6);
	sample_compact(&t.samples[0], 512, S_IFREG | 0444, EROFS_LAYOUT_FLAT_PLAIN, 10, 2);
	mounted_open(&t);
	assert_int_equal(mount_enter(&t.m, MOUNT_ROOT_NODE, &place), 0);
	assert_int_equal(place.inode.nid, SAMPLE_ROOT);
	assert_int_equal(mount_look_up(&t.m, &place, "file", &inode, &node), 0);
	assert_int_equal(node, 513);
	assert_int_equal(inode.size_bytes, 10);
	assert_int_equal(mount_look_up(&t.m, &place, "self", &inode, &node), 0);
	assert_int_equal(node, MOUNT_ROOT_NODE);
	assert_int_equal(mount_look_up(&t.m, &place, "fil", &inode, &node), -ENOENT);
	assert_int_equal(mount_look_up(&t.m, &place, "damaged", &inode, &node), -EUCLEAN);
	assert_true(mount_look_up(&t.m, &place, "far", &inode, &node) < 0);
	memset(longest, 'x', 255);
	assert_int_equal(mount_look_up(&t.m, &place, longest, &inode, &node), -ENOENT);
	longest[255] = 'x';
	assert_int_equal(mount_look_up(&t.m, &place, longest, &inode, &node), -ENAMETOOLONG);
	mount_leave(&place);
	mount_leave(&place); /* nothing any more */
	assert_int_equal(t.images[0].idle_count, 1);
	assert_true(mount_enter(&t.m, 1 + (UINT64_C(1) << 40), &place) < 0);
	assert_int_equal(mount_enter(&t.m, 0, &place), -ESTALE);
	assert_int_equal(t.images[0].idle_count, 1);
	mounted_fini(&t);
}

static void the_directory_of_the_images(void **state)
{
	struct mounted t;
	struct mount_place place;
	struct erofs_inode inode;
	uint64_t node = 0;

	(void)state;
	mounted_init(&t, 3);
	sample_super(&t.samples[1])->epoch = erofs_put64(SAMPLE_EPOCH + 5);
	mounted_open(&t);
	assert_int_equal(mount_enter(&t.m, MOUNT_ROOT_NODE, &place), 0);
	assert_null(place.image);
	assert_int_equal(place.inode.mode, S_IFDIR | 0555);
	assert_int_equal(place.inode.nlink, 5);
	assert_int_equal(place.inode.uid, 7);
	assert_int_equal(place.inode.gid, 8);
	assert_int_equal(place.inode.mtime_seconds, SAMPLE_EPOCH + 5);
	assert_int_equal(mount_look_up(&t.m, &place, "third", &inode, &node), 0);
	assert_int_equal(node, mount_node(&t.m, 2, SAMPLE_ROOT));
	assert_true(S_ISDIR(inode.mode));
	assert_int_equal(mount_look_up(&t.m, &place, "fourth", &inode, &node), -ENOENT);
	mount_leave(&place);
	mounted_fini(&t);
}

/* What a busy moment needed does not stay for good. */
static void few_readers_are_kept(void **state)
{
	struct mount_place places[3 * MOUNT_IDLE_READERS];
	struct mounted t;

	(void)state;
	mounted_init(&t, 1);
	mounted_open(&t);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		assert_int_equal(mount_enter(&t.m, MOUNT_ROOT_NODE, &places[i]), 0);
	assert_int_equal(t.images[0].idle_count, 0);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		mount_leave(&places[i]);
	assert_int_equal(t.images[0].idle_count, MOUNT_IDLE_READERS);
	mounted_fini(&t);
}

static void *enter_and_read(void *arg)
{
	const struct mount *m = arg;

	for (int i = 0; i < 200; i++) {
		struct mount_place place;
		char byte = 0;

		if (mount_enter(m, 513, &place) < 0 || mount_read(&place, 3, &byte, 1) != 1 || byte != 'd')
			return arg;
		mount_leave(&place);
	}
	return NULL;
}

static void threads_read(void **state)
{
	pthread_t ids[12];
	struct mounted t;
	void *failed;

	(void)state;
	mounted_init(&t, 1);
	sample_compact(&t.samples[0], 512, S_IFREG | 0444, EROFS_LAYOUT_FLAT_PLAIN, 10, 2);
	memcpy(t.samples[0].bytes + 2 * SAMPLE_BLOCK, "abcdefghij", 10);
	mounted_open(&t);
	for (size_t i = 0; i < 12; i++)
		assert_int_equal(pthread_create(&ids[i], NULL, enter_and_read, &t.m), 0);
	for (size_t i = 0; i < 12; i++) {
		assert_int_equal(pthread_join(ids[i], &failed), 0);
		assert_null(failed);
	}
	mounted_fini(&t);
}

/* A file of five chunks of a block, and 100 bytes in the last: data in the second and the fourth. */
static void finds_holes(void **state)
{
	static const struct {
		uint64_t from;
		int data, hole; /* block, -1: none, -2: the end */
	} table[] = { { 0, 1, 0 }, { 1, 1, -3 }, { SAMPLE_BLOCK, 1, 2 }, { SAMPLE_BLOCK + 9, -3, 2 },
		{ 2 * SAMPLE_BLOCK, 3, 2 }, { 4 * SAMPLE_BLOCK - 1, -3, 4 }, { 4 * SAMPLE_BLOCK, -1, 4 } };
	const uint64_t size = 4 * SAMPLE_BLOCK + 100;
	struct mount_place place;
	struct mounted t;
	uint64_t at = 0;

	(void)state;
	mounted_init(&t, 1);
	sample_super(&t.samples[0])->feature_incompat = erofs_put32(EROFS_INCOMPAT_CHUNKED_FILE);
	sample_compact(&t.samples[0], 512, S_IFREG, EROFS_LAYOUT_CHUNK_BASED, (uint32_t)size, 0);
	for (int i = 0; i < 5; i++) {
		uint32_t block = i % 2 ? 2u : UINT32_MAX;

		memcpy(t.samples[0].bytes + 512 * 32 + 32 + 4 * i, &(uint32_t){ erofs_get32(erofs_put32(block)) }, 4);
	}
	mounted_open(&t);
	assert_int_equal(mount_enter(&t.m, 513, &place), 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint64_t from = table[i].from;
		int r = mount_seek(&place, from, false, &at);

		assert_int_equal(r, table[i].data == -1 ? -ENXIO : 0);
		if (r == 0)
			assert_int_equal(at, table[i].data == -3 ? from : (uint64_t)table[i].data * SAMPLE_BLOCK);
		assert_int_equal(mount_seek(&place, from, true, &at), 0);
		assert_int_equal(at, table[i].hole == -3 ? from : (uint64_t)table[i].hole * SAMPLE_BLOCK);
	}
	assert_int_equal(mount_seek(&place, size, true, &at), -ENXIO);
	assert_int_equal(mount_seek(&place, UINT64_MAX, false, &at), -ENXIO);
	mount_leave(&place);
	mounted_fini(&t);
}

/* Other layouts are data up to their end, where a hole begins. */
static void plain_files_have_no_holes(void **state)
{
	struct mount_place place;
	struct mounted t;
	uint64_t at = 0;

	(void)state;
	mounted_init(&t, 1);
	sample_compact(&t.samples[0], 512, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 5000, 2);
	mounted_open(&t);
	assert_int_equal(mount_enter(&t.m, 513, &place), 0);
	assert_int_equal(mount_seek(&place, 7, false, &at), 0);
	assert_int_equal(at, 7);
	assert_int_equal(mount_seek(&place, 7, true, &at), 0);
	assert_int_equal(at, 5000);
	assert_int_equal(mount_seek(&place, 5000, true, &at), -ENXIO);
	mount_leave(&place);
	assert_int_equal(mount_enter(&t.m, MOUNT_ROOT_NODE, &place), 0);
	assert_int_equal(mount_seek(&place, 0, true, &at), -EINVAL);
	mount_leave(&place);
	mounted_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_one_image),
		cmocka_unit_test(numbers_of_several_images),
		cmocka_unit_test(the_last_image_has_numbers),
		cmocka_unit_test(looks_up),
		cmocka_unit_test(the_directory_of_the_images),
		cmocka_unit_test(few_readers_are_kept),
		cmocka_unit_test(threads_read),
		cmocka_unit_test(finds_holes),
		cmocka_unit_test(plain_files_have_no_holes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
