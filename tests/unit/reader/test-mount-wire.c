/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inodes and names in the form of the kernel's protocol. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include <linux/fuse.h>
#include "tests/unit/reader/mounted.h"

static void attributes(void **state)
{
	static const struct {
		struct erofs_inode inode;
		uint64_t blocks;
		uint32_t nsec, rdev;
	} table[] = {
		{ { .mode = S_IFREG | 0644, .nlink = 1 }, 0, 0, 0 },
		{ { .mode = S_IFREG | 04755, .size_bytes = 1, .nlink = 3, .mtime_nsec = 5 }, 8, 5, 0 },
		{ { .mode = S_IFREG, .size_bytes = 4096 }, 8, 0, 0 },
		{ { .mode = S_IFDIR | 01777, .size_bytes = 4097, .mtime_nsec = 999999999 }, 16, 999999999, 0 },
		/* The largest file, and a damaged time. */
		{ { .mode = S_IFREG, .size_bytes = INT64_MAX, .mtime_nsec = UINT32_MAX }, UINT64_C(1) << 54, 999999999, 0 },
		{ { .mode = S_IFCHR, .rdev_major = 5, .rdev_minor = 300, .mtime_seconds = -1 }, 0, 0, 0x10052c },
		{ { .mode = S_IFBLK, .rdev_major = 0xfff, .rdev_minor = 0xfffff }, 0, 0, UINT32_MAX },
		/* Only devices have a number. */
		{ { .mode = S_IFIFO, .rdev_major = 1, .rdev_minor = 1, .uid = 70000, .gid = 80000 }, 0, 0, 0 },
	};
	struct mounted t;

	(void)state;
	mounted_init(&t, 1);
	mounted_open(&t);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct erofs_inode *inode = &table[i].inode;
		uint8_t bytes[MOUNT_WIRE_BYTES];
		struct fuse_attr_out out;

		assert_int_equal(mount_wire_attr(inode, &t.m, 99, bytes), sizeof(out));
		memcpy(&out, bytes, sizeof(out));
		assert_int_equal(out.attr.ino, 99);
		assert_int_equal(out.attr.size, inode->size_bytes);
		assert_int_equal(out.attr.blocks, table[i].blocks);
		assert_int_equal(out.attr.mode, inode->mode);
		assert_int_equal(out.attr.nlink, inode->nlink);
		assert_int_equal(out.attr.uid, inode->uid);
		assert_int_equal(out.attr.gid, inode->gid);
		assert_int_equal(out.attr.mtime, inode->mtime_seconds);
		assert_int_equal(out.attr.atime, inode->mtime_seconds);
		assert_int_equal(out.attr.ctime, inode->mtime_seconds);
		assert_int_equal(out.attr.mtimensec, table[i].nsec);
		assert_int_equal(out.attr.atimensec, table[i].nsec);
		assert_int_equal(out.attr.ctimensec, table[i].nsec);
		assert_int_equal(out.attr.rdev, table[i].rdev);
		assert_int_equal(out.attr.blksize, SAMPLE_BLOCK);
		assert_int_equal(out.attr.flags, 0);
		/* The kernel keeps it for as long as it can count. */
		assert_true(out.attr_valid >= UINT64_C(1) << 30 && out.attr_valid < INT32_MAX);
	}
	mounted_fini(&t);
}

static void names_that_are_not_there_are_kept_as_long(void **state)
{
	const struct erofs_inode inode = { .mode = S_IFREG, .size_bytes = 3 };
	uint8_t bytes[MOUNT_WIRE_BYTES];
	struct fuse_entry_out out;
	struct mounted t;

	(void)state;
	mounted_init(&t, 1);
	mounted_open(&t);
	assert_int_equal(mount_wire_entry(&inode, &t.m, 99, bytes), sizeof(out));
	memcpy(&out, bytes, sizeof(out));
	assert_int_equal(out.nodeid, 99);
	assert_int_equal(out.generation, 0);
	assert_int_equal(out.attr.ino, 99);
	assert_int_equal(out.attr.size, 3);
	assert_true(out.entry_valid > 1000000 && out.attr_valid == out.entry_valid);
	assert_int_equal(mount_wire_entry(NULL, &t.m, 99, bytes), sizeof(out));
	memcpy(&out, bytes, sizeof(out));
	assert_int_equal(out.nodeid, 0);
	assert_true(out.entry_valid > 1000000);
	mounted_fini(&t);
}

/* One record at @bytes: its name is @name, its size in all is returned. */
static void check_record(const uint8_t *bytes, size_t size, const struct mount_name *name, uint32_t type)
{
	struct fuse_dirent record;
	static const uint8_t zeros[8];
	size_t end = FUSE_NAME_OFFSET + name->name_bytes;

	memcpy(&record, bytes, FUSE_NAME_OFFSET);
	assert_int_equal(record.ino, name->node);
	assert_int_equal(record.off, name->next_offset);
	assert_int_equal(record.namelen, name->name_bytes);
	assert_int_equal(record.type, type);
	assert_memory_equal(bytes + FUSE_NAME_OFFSET, name->name, name->name_bytes);
	assert_int_equal(size % 8, 0);
	assert_true(size >= end && size < end + 8);
	assert_memory_equal(bytes + end, zeros, size - end);
}

static void records_are_padded_and_never_cut(void **state)
{
	static const uint32_t types[] = { 0, 8, 4, 2, 6, 1, 12, 10 }; /* DT_ values by EROFS_TYPE_ */
	char text[256];
	uint8_t bytes[512], before[512];

	(void)state;
	memset(text, 'n', sizeof(text));
	for (uint32_t n = 1; n <= 255; n++) {
		const struct mount_name name = { .name = text, .name_bytes = n, .node = UINT64_MAX - n,
			.type = (enum erofs_file_type)(n % 8), .next_offset = UINT64_C(1) << n % 63 };
		size_t size;

		memset(bytes, 0xee, sizeof(bytes));
		size = mount_wire_name(&name, bytes, sizeof(bytes));
		check_record(bytes, size, &name, types[n % 8]);
		assert_int_equal(bytes[size], 0xee);
		assert_int_equal(mount_wire_name(&name, bytes, size), size);
		memset(bytes, 0xee, sizeof(bytes));
		memcpy(before, bytes, sizeof(bytes));
		assert_int_equal(mount_wire_name(&name, bytes, size - 1), 0);
		assert_memory_equal(before, bytes, sizeof(bytes));
	}
}

static void records_with_inodes(void **state)
{
	const struct erofs_inode inode = { .mode = S_IFREG, .size_bytes = 3 };
	const struct mount_name name = { .name = "name", .name_bytes = 4, .node = 77,
		.type = EROFS_TYPE_REGULAR, .next_offset = 5 };
	struct fuse_entry_out entry;
	struct mounted t;
	uint8_t bytes[512];
	size_t size;

	(void)state;
	mounted_init(&t, 1);
	mounted_open(&t);
	size = mount_wire_name_plus(&name, &inode, &t.m, bytes, sizeof(bytes));
	assert_int_equal(size, sizeof(entry) + FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + 4));
	check_record(bytes + sizeof(entry), size - sizeof(entry), &name, 8);
	memcpy(&entry, bytes, sizeof(entry));
	assert_int_equal(entry.nodeid, 77);
	assert_int_equal(entry.attr.size, 3);
	assert_int_equal(mount_wire_name_plus(&name, &inode, &t.m, bytes, size - 1), 0);
	/* A name that is only listed: to the kernel node 0 is no look-up, for which it would send a forget. */
	assert_int_equal(mount_wire_name_plus(&name, NULL, &t.m, bytes, sizeof(bytes)), size);
	memcpy(&entry, bytes, sizeof(entry));
	assert_int_equal(entry.nodeid, 0);
	check_record(bytes + sizeof(entry), size - sizeof(entry), &name, 8);
	mounted_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes),
		cmocka_unit_test(names_that_are_not_there_are_kept_as_long),
		cmocka_unit_test(records_are_padded_and_never_cut),
		cmocka_unit_test(records_with_inodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
