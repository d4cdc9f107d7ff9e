/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of archives: headers, records, sparse maps, and what hostile ones claim. */
#include "archive.h"

#include <errno.h>
#include <sys/stat.h>

#include "tar/number.h"

static void numbers_are_octal_or_base256(void **state)
{
	static const struct {
		const char *field;
		bool good;
		int64_t value;
	} rows[] = {
		{ "0000644\0", true, 0644 }, { "    644 ", true, 0644 }, { "77777777", true, 077777777 },
		{ "\0\0\0\0\0\0\0\0", true, 0 }, { "        ", true, 0 }, { "0000648\0", false, 0 },
		{ "-000644\0", false, 0 }, { "64 4\0\0\0\0", false, 0 },
		{ "\x80\0\0\0\0\0\1\0", true, 256 }, { "\xff\xff\xff\xff\xff\xff\xff\xfe", true, -2 },
		{ "\xbf\xff\xff\xff\xff\xff\xff\xff", true, INT64_C(0x3fffffffffffffff) },
	};
	static const uint8_t big[12] = { 0x80, 0, 0, 1 }, low[12] = { 0xff, 0xff, 0xff, 0xfe, 0x7f },
		edge[12] = { 0x80, 0, 0, 0, 0x80 };
	int64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool good = erofs_tar_field((const uint8_t *)rows[i].field, 8, &value);

		assert_int_equal(good, rows[i].good);
		if (good)
			assert_true(value == rows[i].value);
	}
	assert_false(erofs_tar_field(big, 12, &value));
	assert_false(erofs_tar_field(low, 12, &value));
	assert_false(erofs_tar_field(edge, 12, &value));
	assert_false(erofs_tar_field((const uint8_t *)"7777777777777777777777777", 24, &value));
}

static void times_have_fractions_and_signs(void **state)
{
	static const struct {
		const char *text;
		bool good;
		int64_t seconds;
		uint32_t nsec;
	} rows[] = {
		{ "12", true, 12, 0 }, { "12.5", true, 12, 500000000 }, { "-0.25", true, -1, 750000000 },
		{ "-12", true, -12, 0 }, { "-12.000000001", true, -13, 999999999 },
		{ "1.1234567899", true, 1, 123456789 }, { "1.", true, 1, 0 }, { "", false, 0, 0 },
		{ ".5", false, 0, 0 }, { "-", false, 0, 0 }, { "1.x", false, 0, 0 }, { "1e3", false, 0, 0 },
		{ "9223372036854775807", false, 0, 0 }, { "99999999999999999999", false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t seconds;
		uint32_t nsec;
		bool good = erofs_tar_time(rows[i].text, strlen(rows[i].text), &seconds, &nsec);

		assert_int_equal(good, rows[i].good);
		if (!good)
			continue;
		assert_true(seconds == rows[i].seconds);
		assert_int_equal(nsec, rows[i].nsec);
	}
}

static void headers_tell_a_member(void **state)
{
	struct archive *a = *state;
	const uint8_t *bytes;
	size_t count;
	uint8_t *h;

	add_file(a, "dir/file", "content");
	h = add_header(a, '3', "console", 0);
	memcpy(h + 329, "0000005", 8);
	memcpy(h + 337, "0000001", 8);
	memcpy(h + 345, "some/prefix", 11);
	seal(h);
	h = add_header(a, '2', "link", 99);
	memset(h + 157, 'x', 100);
	seal(h);
	add_header(a, '\0', "old/directory/", 0);
	add_header(a, '6', "fifo", 0);
	add_end(a);
	assert_next(a);
	assert_string_equal(a->member->path, "dir/file");
	assert_int_equal(a->member->mode, S_IFREG | 0644);
	assert_int_equal(a->member->uid, 1);
	assert_int_equal(a->member->gid, 2);
	assert_int_equal(a->member->mtime_seconds, 15);
	assert_int_equal(a->member->size, 7);
	assert_int_equal(a->member->data_at, 512);
	assert_int_equal(erofs_tar_data(a->reader, 3, &bytes, &count), 0);
	assert_int_equal(count, 3);
	assert_memory_equal(bytes, "con", 3);
	assert_next(a);
	assert_string_equal(a->member->path, "some/prefix/console");
	assert_int_equal(a->member->mode, S_IFCHR | 0644);
	assert_int_equal(a->member->rdev_major, 5);
	assert_int_equal(a->member->rdev_minor, 1);
	assert_next(a);
	assert_int_equal(a->member->mode, S_IFLNK | 0644);
	assert_int_equal(strlen(a->member->link), 100);
	assert_int_equal(a->member->stored, 0);
	assert_next(a);
	assert_int_equal(a->member->mode, S_IFDIR | 0644);
	assert_next(a);
	assert_int_equal(a->member->mode, S_IFIFO | 0644);
	assert_int_equal(next(a), 0);
	assert_string_equal(a->warnings, "");
}

static void long_names_come_before(void **state)
{
	static char name[300];
	struct archive *a = *state;

	memset(name, 'n', sizeof(name) - 1);
	add_header(a, 'L', "././@LongLink", sizeof(name));
	add_data(a, name, sizeof(name));
	add_header(a, 'K', "././@LongLink", 5);
	add_data(a, "where", 5);
	add_header(a, '1', "short", 0);
	add_file(a, "next", "");
	add_end(a);
	assert_next(a);
	assert_string_equal(a->member->path, name);
	assert_string_equal(a->member->link, "where");
	assert_true(a->member->hard_link);
	assert_next(a);
	assert_string_equal(a->member->path, "next");
	assert_string_equal(a->member->link, "");
}

static void records_beat_headers(void **state)
{
	struct archive *a = *state;
	char records[2048] = "";

	strcat(records, record("path", "new"));
	strcat(records, record("uid", "4294967294"));
	strcat(records, record("gid", "70000"));
	strcat(records, record("mtime", "-1.5"));
	strcat(records, record("size", "3"));
	strcat(records, record("comment", "a = b"));
	strcat(records, record("SCHILY.xattr.user.a%3Db%41", "v"));
	strcat(records, record("LIBARCHIVE.xattr.user.%6b", "AAEC/w"));
	strcat(records, record("RHT.security.selinux", "label"));
	strcat(records, record("SCHILY.acl.access", "user::rwx"));
	add_records(a, 'x', records);
	add_header(a, '0', "old", 0);
	add_data(a, "abc", 3);
	add_file(a, "after", "");
	add_end(a);
	assert_next(a);
	assert_string_equal(a->member->path, "new");
	assert_true(a->member->uid == 4294967294u);
	assert_int_equal(a->member->gid, 70000);
	assert_true(a->member->mtime_seconds == -2);
	assert_int_equal(a->member->mtime_nsec, 500000000);
	assert_int_equal(a->member->size, 3);
	assert_int_equal(a->member->xattr_count, 3);
	assert_string_equal(a->member->xattrs[0].name, "user.a=b%41");
	assert_string_equal(a->member->xattrs[1].name, "user.k");
	assert_int_equal(a->member->xattrs[1].value_bytes, 4);
	assert_memory_equal(a->member->xattrs[1].value, "\0\1\2\377", 4);
	assert_string_equal(a->member->xattrs[2].name, "security.selinux");
	assert_string_equal(a->member->acl_access, "user::rwx");
	assert_next(a);
	assert_string_equal(a->member->path, "after");
	assert_int_equal(a->member->uid, 1);
	assert_int_equal(a->member->xattr_count, 0);
	assert_null(a->member->acl_access);
}

static void global_records_are_defaults(void **state)
{
	struct archive *a = *state;
	char records[512] = "";

	strcat(records, record("uid", "7"));
	strcat(records, record("path", "everywhere"));
	strcat(records, record("SCHILY.xattr.user.g", "1"));
	add_records(a, 'g', records);
	add_file(a, "one", "");
	records[0] = '\0';
	strcat(records, record("uid", "8"));
	strcat(records, record("SCHILY.xattr.user.g", "2"));
	add_records(a, 'x', records);
	add_file(a, "two", "");
	add_records(a, 'g', record("uid", ""));
	add_file(a, "three", "");
	add_end(a);
	assert_next(a);
	assert_string_equal(a->member->path, "one");
	assert_int_equal(a->member->uid, 7);
	assert_int_equal(a->member->xattr_count, 1);
	assert_next(a);
	assert_int_equal(a->member->uid, 8);
	assert_int_equal(a->member->xattr_count, 2);
	assert_memory_equal(a->member->xattrs[1].value, "2", 1);
	assert_next(a);
	assert_int_equal(a->member->uid, 1);
}

/* Whether data follows a hard link with a size is seen from what follows. */
static void hard_links_may_have_data(void **state)
{
	struct archive *a = *state;

	add_header(a, '1', "a", 5);
	add_file(a, "b", "x");
	add_header(a, '1', "c", 5);
	add_data(a, "12345", 5);
	add_file(a, "d", "x");
	add_end(a);
	for (const char *name = "abcd"; *name; name++) {
		assert_next(a);
		assert_int_equal(a->member->path[0], *name);
	}
	assert_int_equal(next(a), 0);
}

static void sparse_maps_are_checked(void **state)
{
	static const struct {
		const char *map, *size;
		const char *error;	/* NULL = good */
	} rows[] = {
		{ "0,2,10,1", "20", NULL }, { "0,3,20,0", "20", NULL }, { "17,3", "20", NULL },
		{ "10,1,0,2", "20", "out of order" }, { "0,2,1,1", "20", "overlaps" },
		{ "18,3", "20", "ends behind" }, { "0,2", "20", "have 2 bytes, but 3" },
		{ "0,2,5", "20", "malformed map" }, { "0,x", "20", "malformed map" },
		{ "18446744073709551615,3", "20", "ends behind" },
		{ "0,3", "18446744073709551615", "sparse file of 18446744073709551615 bytes" },
		{ "0,3", "99999999999999999999", "invalid value of GNU.sparse.size" },
		{ "0,3", "", "without its size" },
	};
	struct archive *a = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char records[512] = "";

		clear(a);
		strcat(records, record("GNU.sparse.size", rows[i].size));
		strcat(records, record("GNU.sparse.map", rows[i].map));
		add_records(a, 'x', records);
		add_file(a, "f", "abc");
		add_end(a);
		if (!rows[i].error) {
			assert_next(a);
			assert_int_equal(a->member->size, 20);
			assert_int_equal(a->member->stored, 3);
			continue;
		}
		assert_true(next(a) < 0);
		if (!strstr(a->errors, rows[i].error))
			fail_msg("%s: %s", rows[i].map, a->errors);
	}
}

/* The offset belonged to the pieces that the map has replaced. */
static void a_map_takes_back_half_a_piece(void **state)
{
	struct archive *a = *state;
	char records[512] = "";

	strcat(records, record("GNU.sparse.size", "20"));
	strcat(records, record("GNU.sparse.offset", "0"));
	strcat(records, record("GNU.sparse.map", ""));
	strcat(records, record("GNU.sparse.numbytes", "3"));
	add_records(a, 'x', records);
	add_file(a, "f", "abc");
	assert_int_equal(next(a), -EUCLEAN);
	assert_non_null(strstr(a->errors, "invalid value of GNU.sparse.numbytes"));
}

static void maps_before_the_data_are_checked(void **state)
{
	static const struct {
		const char *map, *error;
	} rows[] = {
		{ "1\n5\n3\n", NULL }, { "1\n5\n", "malformed map" }, { "x\n", "malformed map" },
		{ "99999999999999999999999999\n", "malformed map" }, { "4000000000\n0\n1\n", "malformed map" },
	};
	struct archive *a = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char records[512] = "", block[515] = "";

		clear(a);
		strcat(records, record("GNU.sparse.major", "1"));
		strcat(records, record("GNU.sparse.minor", "0"));
		strcat(records, record("GNU.sparse.name", "real"));
		strcat(records, record("GNU.sparse.realsize", "20"));
		add_records(a, 'x', records);
		memcpy(block, rows[i].map, strlen(rows[i].map));
		memcpy(block + 512, "abc", 3);
		add_header(a, '0', "GNUSparseFile.0/real", sizeof(block));
		add_data(a, block, sizeof(block));
		add_end(a);
		if (rows[i].error) {
			assert_true(next(a) < 0);
			assert_non_null(strstr(a->errors, rows[i].error));
			continue;
		}
		assert_next(a);
		assert_string_equal(a->member->path, "real");
		assert_int_equal(a->member->stored, 3);
		assert_int_equal(a->member->segment_count, 1);
		assert_int_equal(a->member->segments[0].offset, 5);
		assert_int_equal(next(a), 0);
	}
}

static void malformed_records_are_errors(void **state)
{
	static const char *const rows[] = { "8 a=bc\n", "6 a=bc\n", "x a=b\n", "6 abc\n", "6 =bc\n",
		"999999999999999999999 a=b\n", "-6 a=b\n", "6 a=bc", "0 a=b\n", "6a=bc\n" };
	static const char *const values[][2] = { { "uid", "-1" }, { "size", "1x" }, { "size", " 1" },
		{ "mtime", "1.2.3" }, { "LIBARCHIVE.xattr.user.k", "A*==" },
		{ "LIBARCHIVE.xattr.user.k", "A" }, { "LIBARCHIVE.xattr.user.k%00", "AAAA" },
		{ "SCHILY.xattr.", "v" }, { "GNU.sparse.numbytes", "5" } };
	struct archive *a = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		clear(a);
		add_records(a, 'x', rows[i]);
		add_file(a, "f", "");
		if (next(a) != -EUCLEAN || !strstr(a->errors, "malformed record at byte 0"))
			fail_msg("row %zu: %s", i, a->errors);
	}
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		clear(a);
		add_records(a, 'x', record(values[i][0], values[i][1]));
		add_file(a, "f", "");
		if (next(a) != -EUCLEAN || !strstr(a->errors, "invalid value of"))
			fail_msg("%s: %s", values[i][0], a->errors);
	}
	/* A path with a NUL in it could mean one thing to us and another to somebody else. */
	clear(a);
	add_header(a, 'x', "pax", 12);
	add_data(a, "12 path=a\0b\n", 12);
	add_file(a, "f", "");
	assert_int_equal(next(a), -EUCLEAN);
}

static void hostile_headers_are_errors(void **state)
{
	static const struct {
		uint16_t at;
		const char *bytes;
		size_t count;
		const char *error;
	} rows[] = {
		{ 124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, "size of -1 bytes" },
		{ 124, "zzzzzzzzzzzz", 12, "invalid number in the field size" },
		{ 124, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12, "ends in the data" },
		{ 108, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "uid -1 is out of range" },
		{ 108, "\x80\0\0\0\xff\xff\xff\xff", 8, "uid 4294967295 is out of range" },
		{ 257, "nostr", 5, "invalid tar magic" },
	};
	struct archive *a = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *h;
		int r;

		clear(a);
		h = add_header(a, '0', "f", 0);
		memcpy(h + rows[i].at, rows[i].bytes, rows[i].count);
		seal(h);
		r = next(a);
		if (r == 1)
			r = next(a);
		assert_true(r < 0);
		if (!strstr(a->errors, rows[i].error))
			fail_msg("%s: %s", rows[i].error, a->errors);
	}
	clear(a);
	add_header(a, '0', "f", 0)[0] = 'g';
	assert_int_equal(next(a), -EUCLEAN);
	assert_non_null(strstr(a->errors, "byte 0: invalid checksum"));
}

static void huge_headers_are_refused_unread(void **state)
{
	struct archive *a = *state;

	add_header(a, 'x', "pax", UINT64_C(1) << 33);
	assert_int_equal(next(a), -EFBIG);
	clear(a);
	add_header(a, 'L', "long", (16u << 20) + 1);
	assert_int_equal(next(a), -EFBIG);
	clear(a);
	add_header(a, 'g', "global", (1u << 20) + 1);
	assert_int_equal(next(a), -EFBIG);
	/* Claimed, but not there: no more memory is taken than bytes came. */
	clear(a);
	add_header(a, 'x', "pax", 16u << 20);
	add_data(a, "1", 1);
	assert_int_equal(next(a), -EUCLEAN);
	assert_non_null(strstr(a->errors, "ends in an extended header"));
}

static void global_attributes_are_limited(void **state)
{
	struct archive *a = *state;
	char key[64];

	for (int i = 0; i < 65; i++) {
		snprintf(key, sizeof(key), "SCHILY.xattr.user.%d", i);
		add_records(a, 'g', record(key, "v"));
	}
	add_file(a, "f", "");
	assert_int_equal(next(a), -E2BIG);
}

static void ends_are_told_apart(void **state)
{
	struct archive *a = *state;
	size_t whole;

	assert_int_equal(next(a), 0);
	assert_non_null(strstr(a->warnings, "unexpected end"));
	clear(a);
	a->used = 512;
	assert_int_equal(next(a), 0);
	assert_string_equal(a->warnings, "");
	clear(a);
	a->used = 100;
	a->bytes[0] = 'x';
	assert_int_equal(next(a), -EUCLEAN);
	/* A block of zeros between members. */
	clear(a);
	add_file(a, "a", "");
	a->used += 512;
	add_file(a, "b", "");
	add_end(a);
	assert_next(a);
	assert_next(a);
	assert_string_equal(a->member->path, "b");
	assert_non_null(strstr(a->warnings, "a block of zeros"));
	/* Cut at any byte: an error but where a member is complete. */
	clear(a);
	add_file(a, "a", "content");
	add_records(a, 'x', record("path", "b"));
	add_file(a, "f", "");
	whole = a->used;
	for (size_t cut = 1; cut < whole; cut += 73) {
		int r = 1;

		erofs_tar_reader_free(a->reader);
		erofs_input_close(a->input);
		a->used = cut;
		open_archive(a, false);
		while (r > 0)
			r = next(a);
		assert_true(r == -EUCLEAN || cut == 1024);
	}
}

static void other_types_are_left_out(void **state)
{
	struct archive *a = *state;

	add_header(a, 'Z', "odd", 600);
	a->used += 1024;
	add_header(a, 'V', "Label", 0);
	add_header(a, 'D', "dump", 4);
	add_data(a, "Yabc", 4);
	add_end(a);
	assert_next(a);
	assert_string_equal(a->member->path, "dump");
	assert_int_equal(a->member->mode, S_IFDIR | 0644);
	assert_non_null(strstr(a->warnings, "unknown type 0x5a"));
	assert_string_equal(erofs_tar_label(a->reader), "Label");
	assert_int_equal(next(a), 0);
}

static void headers_may_be_all(void **state)
{
	struct archive *a = *state;

	add_header(a, '0', "a", 5000);
	add_header(a, '0', "b", 1);
	open_archive(a, true);
	assert_next(a);
	assert_int_equal(a->member->size, 5000);
	assert_int_equal(a->member->stored, 0);
	assert_next(a);
	assert_int_equal(next(a), 0);
	assert_string_equal(a->warnings, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_octal_or_base256),
		cmocka_unit_test(times_have_fractions_and_signs),
		ARCHIVE_TEST(headers_tell_a_member),
		ARCHIVE_TEST(long_names_come_before),
		ARCHIVE_TEST(records_beat_headers),
		ARCHIVE_TEST(global_records_are_defaults),
		ARCHIVE_TEST(hard_links_may_have_data),
		ARCHIVE_TEST(sparse_maps_are_checked),
		ARCHIVE_TEST(a_map_takes_back_half_a_piece),
		ARCHIVE_TEST(maps_before_the_data_are_checked),
		ARCHIVE_TEST(malformed_records_are_errors),
		ARCHIVE_TEST(hostile_headers_are_errors),
		ARCHIVE_TEST(huge_headers_are_refused_unread),
		ARCHIVE_TEST(global_attributes_are_limited),
		ARCHIVE_TEST(ends_are_told_apart),
		ARCHIVE_TEST(other_types_are_left_out),
		ARCHIVE_TEST(headers_may_be_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
