/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended attributes: inline, shared and long-prefixed entries, padding, what is hidden, damage. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "tests/unit/image/sample.h"

#define NID 80u
#define BODY ((NID + 1) * EROFS_SLOT_SIZE) /* behind a compact inode */
#define FIRST_ENTRY (BODY + 12)
#define SHARED_BLOCK 1u

/* An inode whose xattr body has @entry_bytes behind its header, ids included. */
static void put_inode(struct sample *s, size_t entry_bytes, uint8_t shared_count)
{
	struct erofs_inode_compact *raw = sample_compact(s, NID, S_IFREG | 0644,
		EROFS_LAYOUT_FLAT_PLAIN, 0, 0);

	raw->i_xattr_icount = erofs_put16((uint16_t)(1 + entry_bytes / 4));
	memset(s->bytes + BODY, 0, 12);
	s->bytes[BODY + 4] = shared_count;
}

static struct erofs_xattrs *open_xattrs(struct sample *s)
{
	struct erofs_inode inode = sample_read(s, NID);
	struct erofs_xattrs *it;

	assert_int_equal(erofs_xattrs_open(s->rd, &inode, &it), 0);
	return it;
}

static void expect(struct erofs_xattrs *it, const char *name, const char *value, bool hidden)
{
	struct erofs_xattr xa;

	assert_int_equal(erofs_xattrs_next(it, &xa), 1);
	assert_string_equal(xa.name, name);
	assert_int_equal(xa.name_bytes, strlen(name));
	assert_int_equal(xa.value_bytes, strlen(value));
	assert_memory_equal(xa.value, value, xa.value_bytes);
	assert_int_equal(xa.hidden, hidden);
}

static void expect_end(struct erofs_xattrs *it)
{
	struct erofs_xattr xa;

	assert_int_equal(erofs_xattrs_next(it, &xa), 0);
	assert_int_equal(erofs_xattrs_next(it, &xa), 0);
	erofs_xattrs_close(it);
}

static void an_inode_without_a_body_has_none(void **state)
{
	uint32_t filter = 5;
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	sample_compact(&s, NID, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 0, 0);
	sample_open(&s);
	expect_end(open_xattrs(&s));
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_xattr_filter_read(s.rd, &inode, &filter), 0);
	assert_int_equal(filter, 0);
	sample_fini(&s);
}

static void lists_inline_entries(void **state)
{
	struct erofs_xattrs *it;
	struct erofs_inode inode;
	size_t at = FIRST_ENTRY;
	uint32_t filter;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	at += sample_xattr(&s, at, EROFS_XATTR_INDEX_USER, "one", "1");
	at += sample_xattr(&s, at, EROFS_XATTR_INDEX_ACL_ACCESS, "", "acl");
	at += sample_xattr(&s, at, EROFS_XATTR_INDEX_TRUSTED, "overlay.opaque", "y");
	at += sample_xattr(&s, at, EROFS_XATTR_INDEX_SECURITY, "selinux", "");
	put_inode(&s, at - FIRST_ENTRY, 0);
	s.bytes[BODY] = 0xEF;
	s.bytes[BODY + 3] = 0xBE;
	sample_open(&s);
	it = open_xattrs(&s);
	expect(it, "user.one", "1", false);
	expect(it, "system.posix_acl_access", "acl", false);
	expect(it, "trusted.overlay.opaque", "y", false);
	expect(it, "security.selinux", "", false);
	expect_end(it);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_xattr_filter_read(s.rd, &inode, &filter), 0);
	assert_int_equal(filter, 0xBE0000EF);
	sample_fini(&s);
}

static void hides_what_the_kernel_hides(void **state)
{
	struct erofs_xattrs *it;
	size_t at = FIRST_ENTRY;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	at += sample_xattr(&s, at, EROFS_XATTR_INDEX_HIDDEN, "erofs.fp", "v");
	at += sample_xattr(&s, at, EROFS_XATTR_INDEX_LUSTRE, "lu", "v");
	at += sample_xattr(&s, at, EROFS_XATTR_INDEX_ACL_DEFAULT, "more", "v");
	at += sample_xattr(&s, at, 7, "seven", "v");
	put_inode(&s, at - FIRST_ENTRY, 0);
	sample_open(&s);
	it = open_xattrs(&s);
	expect(it, "erofs.fp", "v", true);
	expect(it, "lu", "v", true);
	expect(it, "system.posix_acl_defaultmore", "v", true);
	expect(it, "seven", "v", true);
	expect_end(it);
	sample_fini(&s);
}

static void skips_padding_and_unknown_prefixes(void **state)
{
	struct erofs_xattrs *it;
	size_t at = FIRST_ENTRY;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	at += 8; /* two empty entries */
	at += sample_xattr(&s, at, EROFS_XATTR_LONG_PREFIX | 3, "x", "lost");
	at += sample_xattr(&s, at, EROFS_XATTR_INDEX_USER, "kept", "v");
	at += 40;
	put_inode(&s, at - FIRST_ENTRY, 0);
	sample_open(&s);
	it = open_xattrs(&s);
	expect(it, "user.kept", "v", false);
	expect_end(it);
	sample_fini(&s);
}

/* Prefix 0 is "trusted.overlay.", prefix 1 the hidden "erofs.fp". */
static void put_prefixes(struct sample *s)
{
	static const uint8_t table[] = { 9, 0, 4, 'o', 'v', 'e', 'r', 'l', 'a', 'y', '.', 0,
		9, 0, 0, 'e', 'r', 'o', 'f', 's', '.', 'f', 'p' };

	sample_super(s)->feature_incompat = erofs_put32(EROFS_INCOMPAT_XATTR_PREFIXES);
	sample_super(s)->xattr_prefix_count = 2;
	sample_super(s)->xattr_prefix_start = erofs_put32(1200 / 4);
	memcpy(s->bytes + 1200, table, sizeof(table));
}

static void expands_long_prefixes(void **state)
{
	struct erofs_xattrs *it;
	struct erofs_xattr xa;
	size_t at = FIRST_ENTRY;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	put_prefixes(&s);
	at += sample_xattr(&s, at, EROFS_XATTR_LONG_PREFIX | 0, "opaque", "y");
	at += sample_xattr(&s, at, EROFS_XATTR_LONG_PREFIX | 1, "", "digest");
	put_inode(&s, at - FIRST_ENTRY, 0);
	sample_open(&s);
	it = open_xattrs(&s);
	expect(it, "trusted.overlay.opaque", "y", false);
	assert_int_equal(erofs_xattrs_next(it, &xa), 1);
	assert_string_equal(xa.name, "erofs.fp");
	assert_int_equal(xa.name_index, 0x81);
	assert_int_equal(xa.base_index, 0);
	assert_int_equal(xa.suffix_bytes, 0);
	assert_true(xa.hidden);
	assert_false(xa.shared);
	expect_end(it);
	sample_fini(&s);
}

/* Two shared entries, the second of them across a window border, and one inline. */
static void lists_shared_entries_last(void **state)
{
	static const uint8_t ids[8] = { 3, 0, 0, 0, 0xFE, 0x0F, 0, 0 }; /* 3 and 4094 */
	struct erofs_xattrs *it;
	struct erofs_xattr xa;
	size_t at = FIRST_ENTRY + sizeof(ids);
	struct sample s;

	(void)state;
	sample_init(&s, 8);
	sample_super(&s)->xattr_blkaddr = erofs_put32(SHARED_BLOCK);
	memcpy(s.bytes + FIRST_ENTRY, ids, sizeof(ids));
	at += sample_xattr(&s, at, EROFS_XATTR_INDEX_USER, "z", "inline");
	put_inode(&s, at - FIRST_ENTRY, 2);
	sample_xattr(&s, 4096 + 3 * 4, EROFS_XATTR_INDEX_USER, "a", "first");
	sample_xattr(&s, 4096 + 4094 * 4, EROFS_XATTR_INDEX_TRUSTED, "b", "second value");
	sample_open(&s);
	it = open_xattrs(&s);
	expect(it, "user.z", "inline", false);
	assert_int_equal(erofs_xattrs_next(it, &xa), 1);
	assert_true(xa.shared);
	assert_string_equal(xa.name, "user.a");
	assert_memory_equal(xa.value, "first", 5);
	expect(it, "trusted.b", "second value", false);
	expect_end(it);
	sample_fini(&s);
}

/* Shared entries may live in the metabox, and only there then (section 6.3). */
static void shared_entries_may_be_in_the_metabox(void **state)
{
	static const uint8_t id[4] = { 5, 0, 0, 0 };
	struct erofs_xattrs *it;
	struct erofs_super_block *raw;
	struct sample s;

	(void)state;
	sample_init(&s, 3);
	raw = sample_super(&s);
	raw->sb_extslots = 1;
	raw->feature_incompat = erofs_put32(EROFS_INCOMPAT_METABOX);
	raw->feature_compat = erofs_put32(EROFS_COMPAT_SHARED_EA_IN_METABOX);
	raw->metabox_nid = erofs_put64(100);
	sample_compact(&s, 100, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 64, 2);
	sample_xattr(&s, 2 * 4096 + 20, EROFS_XATTR_INDEX_USER, "a", "in the box");
	sample_xattr(&s, 20, EROFS_XATTR_INDEX_USER, "a", "on the device");
	memcpy(s.bytes + FIRST_ENTRY, id, sizeof(id));
	put_inode(&s, sizeof(id), 1);
	sample_open(&s);
	it = open_xattrs(&s);
	expect(it, "user.a", "in the box", false);
	expect_end(it);
	sample_super(&s)->feature_compat = erofs_put32(0);
	sample_open(&s);
	it = open_xattrs(&s);
	expect(it, "user.a", "on the device", false);
	expect_end(it);
	sample_fini(&s);
}

static void a_bad_shared_id_costs_only_itself(void **state)
{
	static const uint8_t ids[8] = { 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0 };
	struct erofs_xattrs *it;
	struct erofs_xattr xa;
	struct sample s;

	(void)state;
	sample_init(&s, 2);
	sample_super(&s)->xattr_blkaddr = erofs_put32(SHARED_BLOCK);
	memcpy(s.bytes + FIRST_ENTRY, ids, sizeof(ids));
	put_inode(&s, sizeof(ids), 2);
	sample_xattr(&s, 4096 + 4, EROFS_XATTR_INDEX_USER, "a", "first");
	sample_open(&s);
	it = open_xattrs(&s);
	assert_int_equal(erofs_xattrs_next(it, &xa), -EUCLEAN);
	assert_non_null(strstr(s.message, "nid 80: cannot read shared xattr 4294967295"));
	expect(it, "user.a", "first", false);
	expect_end(it);
	/* An entry whose value runs out of the image. */
	sample_xattr(&s, 8192 - 8, EROFS_XATTR_INDEX_USER, "abc", "d");
	s.bytes[8192 - 8 + 2] = 2;
	s.bytes[FIRST_ENTRY] = 0xFE;
	s.bytes[FIRST_ENTRY + 1] = 0x03;
	s.bytes[FIRST_ENTRY + 2] = s.bytes[FIRST_ENTRY + 3] = 0;
	sample_open(&s);
	it = open_xattrs(&s);
	assert_int_equal(erofs_xattrs_next(it, &xa), -EUCLEAN);
	erofs_xattrs_close(it);
	sample_fini(&s);
}

static void an_entry_past_the_body_ends_the_inline_ones(void **state)
{
	static const struct {
		size_t offset;
		uint8_t value;
	} table[] = { { 0, 2 }, { 2, 2 }, { 3, 0xFF }, { 0, 0xF0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct erofs_xattrs *it;
		struct erofs_xattr xa;
		size_t at = FIRST_ENTRY + 4;
		struct sample s;

		sample_init(&s, 2);
		sample_super(&s)->xattr_blkaddr = erofs_put32(SHARED_BLOCK);
		sample_xattr(&s, 4096, EROFS_XATTR_INDEX_USER, "shared", "s");
		at += sample_xattr(&s, at, EROFS_XATTR_INDEX_USER, "abc", "d"); /* fills 8 bytes */
		put_inode(&s, at - FIRST_ENTRY, 1);
		s.bytes[FIRST_ENTRY + 4 + table[i].offset] += table[i].value;
		sample_open(&s);
		it = open_xattrs(&s);
		assert_int_equal(erofs_xattrs_next(it, &xa), -EUCLEAN);
		expect(it, "user.shared", "s", false);
		expect_end(it);
		sample_fini(&s);
	}
}

static void refuses_damaged_bodies(void **state)
{
	struct erofs_inode inode;
	struct erofs_xattrs *it;
	uint32_t filter;
	struct sample s;

	(void)state;
	sample_init(&s, 1);
	put_inode(&s, 0, 0); /* icount 1: a header alone */
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_xattrs_open(s.rd, &inode, &it), -EUCLEAN);
	put_inode(&s, 8, 3); /* three ids in the room of two */
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_xattrs_open(s.rd, &inode, &it), -EUCLEAN);
	assert_non_null(strstr(s.message, "3 shared xattrs do not fit"));
	put_inode(&s, 4096, 0); /* longer than the image */
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_xattrs_open(s.rd, &inode, &it), -EUCLEAN);
	assert_non_null(strstr(s.message, "ends past 4096"));
	sample_compact(&s, 127, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 0, 0)->i_xattr_icount =
		erofs_put16(2);
	sample_open(&s);
	inode = sample_read(&s, 127);
	assert_int_equal(erofs_xattr_filter_read(s.rd, &inode, &filter), -EUCLEAN);
	sample_fini(&s);
}

static void names_and_values_of_full_length_fit(void **state)
{
	static char value[65536];
	char infix[254], suffix[256];
	struct erofs_xattrs *it;
	struct erofs_xattr xa;
	size_t at;
	struct sample s;

	(void)state;
	memset(infix, 'i', sizeof(infix));
	memset(suffix, 's', 255);
	suffix[255] = '\0';
	memset(value, 'v', 65535);
	sample_init(&s, 20);
	put_prefixes(&s);
	s.bytes[1200] = 255; /* len, so 254 bytes of infix */
	s.bytes[1202] = EROFS_XATTR_INDEX_ACL_DEFAULT; /* the longest short prefix */
	memcpy(s.bytes + 1203, infix, 254);
	sample_super(&s)->xattr_prefix_count = 1;
	at = FIRST_ENTRY;
	at += sample_xattr(&s, at, EROFS_XATTR_LONG_PREFIX, suffix, value);
	put_inode(&s, at - FIRST_ENTRY, 0);
	sample_open(&s);
	it = open_xattrs(&s);
	assert_int_equal(erofs_xattrs_next(it, &xa), 1);
	assert_int_equal(xa.name_bytes, strlen("system.posix_acl_default") + 254 + 255);
	assert_int_equal(xa.value_bytes, 65535);
	assert_int_equal(((const char *)xa.value)[65534], 'v');
	expect_end(it);
	sample_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_inode_without_a_body_has_none),
		cmocka_unit_test(lists_inline_entries),
		cmocka_unit_test(hides_what_the_kernel_hides),
		cmocka_unit_test(skips_padding_and_unknown_prefixes),
		cmocka_unit_test(expands_long_prefixes),
		cmocka_unit_test(lists_shared_entries_last),
		cmocka_unit_test(shared_entries_may_be_in_the_metabox),
		cmocka_unit_test(a_bad_shared_id_costs_only_itself),
		cmocka_unit_test(an_entry_past_the_body_ends_the_inline_ones),
		cmocka_unit_test(refuses_damaged_bodies),
		cmocka_unit_test(names_and_values_of_full_length_fit),
	};

	return cmocka_run_group_tests_name("xattr", tests, NULL, NULL);
}
