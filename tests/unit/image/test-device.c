/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files whose data is on extra devices: opened, missing, or flattened into the primary one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/unit/image/sample.h"

#define NID 80u
#define TAIL ((NID + 1) * EROFS_SLOT_SIZE) /* behind a compact inode: byte 2592 */

/* Two extra devices of 2 blocks each, at unified blocks 100 and 102; block 3 holds chunk records. */
static void init_devices(struct sample *s, uint32_t unified)
{
	struct erofs_deviceslot slots[2] = {
		{ .blocks_lo = erofs_put32(2), .uniaddr_lo = erofs_put32(unified) },
		{ .blocks_lo = erofs_put32(2), .uniaddr_lo = erofs_put32(unified ? unified + 2 : 0) },
	};
	struct erofs_inode_chunk_index records[3] = {
		{ .device_id = erofs_put16(1), .startblk_lo = erofs_put32(1) },
		{ .device_id = erofs_put16(2), .startblk_lo = erofs_put32(0) },
		{ .device_id = erofs_put16(0), .startblk_lo = erofs_put32(unified + 3) },
	};

	sample_super(s)->feature_incompat = erofs_put32(EROFS_INCOMPAT_DEVICE_TABLE);
	sample_super(s)->extra_devices = erofs_put16(2);
	sample_super(s)->devt_slotoff = erofs_put16(4096 / 128);
	memcpy(s->bytes + 4096, slots, sizeof(slots));
	sample_compact(s, NID, S_IFREG, EROFS_LAYOUT_CHUNK_BASED, 3 * 4096, EROFS_CHUNK_INDEXES);
	memcpy(s->bytes + TAIL, records, sizeof(records));
	sample_compact(s, 90, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 4096, unified + 1);
}

static char *make_device(uint8_t first, size_t size)
{
	char *path = strdup("/tmp/erofs-test-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	for (size_t at = 0; at < size; at += 4096) {
		uint8_t block[4096];
		size_t n = size - at < sizeof(block) ? size - at : sizeof(block);

		memset(block, first + (int)(at / 4096), sizeof(block));
		assert_int_equal(write(fd, block, n), n);
	}
	close(fd);
	return path;
}

static void expect_blocks(struct erofs_reader *rd, uint64_t nid, const char *want)
{
	struct erofs_inode inode;
	static uint8_t got[3 * 4096];
	ssize_t n;

	assert_int_equal(erofs_inode_read(rd, nid, &inode), 0);
	n = erofs_data_read(rd, &inode, 0, got, sizeof(got));
	assert_int_equal(n, strlen(want) * 4096);
	for (ssize_t i = 0; i < n; i++)
		assert_int_equal(got[i], want[i / 4096]);
}

static void reads_extra_devices(void **state)
{
	char *paths[2] = { make_device('a', 8192), make_device('c', 4096 + 10) };
	struct erofs_image_options options = { .struct_size = sizeof(options),
		.device_paths = (const char *const *)paths, .device_count = 2 };
	struct erofs_inode inode;
	struct sample s;
	uint8_t byte;

	(void)state;
	sample_init(&s, 2);
	init_devices(&s, 100);
	assert_int_equal(erofs_image_open_memory(s.bytes, s.size, &options, &s.report, &s.img), 0);
	assert_int_equal(erofs_reader_new(s.img, &s.rd), 0);
	assert_true(erofs_image_device(s.img, 1)->opened);
	expect_blocks(s.rd, 90, "b"); /* unified 101 */
	/* The third chunk is the partial block at the end of the second device. */
	assert_int_equal(erofs_inode_read(s.rd, NID, &inode), 0);
	assert_int_equal(erofs_data_read(s.rd, &inode, 4095, &byte, 1), 1);
	assert_int_equal(byte, 'b');
	assert_int_equal(erofs_data_read(s.rd, &inode, 4096, &byte, 1), 1);
	assert_int_equal(byte, 'c');
	assert_int_equal(erofs_data_read(s.rd, &inode, 8192 + 9, &byte, 1), 1);
	assert_int_equal(byte, 'd');
	assert_int_equal(erofs_data_read(s.rd, &inode, 8192 + 10, &byte, 1), 1);
	assert_int_equal(byte, 0);
	for (int i = 0; i < 2; i++) {
		unlink(paths[i]);
		free(paths[i]);
	}
	sample_fini(&s);
}

static void finds_devices_of_a_flattened_image(void **state)
{
	struct sample s;

	(void)state;
	sample_init(&s, 8);
	init_devices(&s, 4);
	for (size_t i = 0; i < 4; i++)
		memset(s.bytes + (4 + i) * 4096, 'a' + (int)i, 4096);
	sample_open(&s);
	expect_blocks(s.rd, NID, "bcd");
	expect_blocks(s.rd, 90, "b");
	sample_fini(&s);
}

static void says_when_a_device_is_missing(void **state)
{
	struct erofs_inode inode;
	struct sample s;
	uint8_t byte;

	(void)state;
	sample_init(&s, 2);
	init_devices(&s, 0); /* no unified addresses: not flattened either */
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_data_read(s.rd, &inode, 0, &byte, 1), -EUCLEAN);
	assert_non_null(strstr(s.message, "no file was given for device 1"));
	s.bytes[TAIL + 2] = 3; /* two devices leave room for an id 3 that nobody has */
	sample_open(&s);
	assert_int_equal(erofs_data_read(s.rd, &inode, 0, &byte, 1), -EUCLEAN);
	assert_non_null(strstr(s.message, "device 3 of 2"));
	sample_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_extra_devices),
		cmocka_unit_test(finds_devices_of_a_flattened_image),
		cmocka_unit_test(says_when_a_device_is_missing),
	};

	return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}
