/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended attributes that break a rule. */
#include "reject.h"

#include <string.h>

/* The header of an xattr body behind TAGGED. */
static struct erofs_xattr_ibody_header *header_of(struct image *img)
{
	return (struct erofs_xattr_ibody_header *)(extended_of(img, TAGGED) + 1);
}

static void bare_header(struct image *img)
{
	extended_of(img, TAGGED)->i_xattr_icount = erofs_put16(1);
}

static void put_user_k(struct image *img)
{
	begin_xattrs(img, 0);
	put_xattr(img, EROFS_XATTR_INDEX_USER, "k", "v", 1);
}

static void body_past_the_end(struct image *img)
{
	struct erofs_inode_extended *e = extended_of(img, TAGGED);

	e->i_xattr_icount = erofs_put16(0xFFFF);
}

static void entry_past_the_body(struct image *img)
{
	put_user_k(img);
	((struct erofs_xattr_entry *)(header_of(img) + 1))->e_value_size = erofs_put16(4);
}

static void ids_past_the_body(struct image *img)
{
	put_user_k(img);
	header_of(img)->h_shared_count = 3;
}

static void id_past_the_end(struct image *img)
{
	begin_xattrs(img, 1);
	put_shared_id(img, 0, UINT32_MAX);
}

/* The entry's head is the last four bytes of the image. */
static void shared_value_past_the_end(struct image *img)
{
	begin_xattrs(img, 1);
	put_shared_id(img, 0, BLOCKS * BLOCK / 4 - 1);
	memcpy(img->bytes + img->size - 4, "\x00\x01\x01\x00", 4);
}

static void unknown_index(struct image *img)
{
	begin_xattrs(img, 0);
	put_xattr(img, 7, "k", "v", 1);
}

static void unknown_long_prefix(struct image *img)
{
	begin_xattrs(img, 0);
	put_xattr(img, EROFS_XATTR_LONG_PREFIX, "k", "v", 1);
}

static void name_is_a_prefix(struct image *img)
{
	begin_xattrs(img, 0);
	put_xattr(img, EROFS_XATTR_INDEX_USER, "", "v", 1);
}

static void name_with_nul(struct image *img)
{
	put_user_k(img);
	((char *)(header_of(img) + 1))[sizeof(struct erofs_xattr_entry)] = '\0';
}

static void long_name(struct image *img)
{
	char suffix[252];

	memset(suffix, 'n', 251);
	suffix[251] = '\0';
	begin_xattrs(img, 0);
	put_xattr(img, EROFS_XATTR_INDEX_USER, suffix, "v", 1); /* "user." makes 256 */
}

#define ACL(entries) "\x02\x00\x00\x00" entries
#define ACL_ENTRY(tag, perm) tag "\x00" perm "\x00\xff\xff\xff\xff"
#define ACL_SOUND ACL(ACL_ENTRY("\x01", "\x06") ACL_ENTRY("\x04", "\x04") ACL_ENTRY("\x20", "\x04"))

static void acl_with_suffix(struct image *img)
{
	static const char sound[] = ACL_SOUND;

	begin_xattrs(img, 0);
	put_xattr(img, EROFS_XATTR_INDEX_ACL_ACCESS, "k", sound, sizeof(sound) - 1);
}

static void put_acl(struct image *img, const char *value, size_t size)
{
	begin_xattrs(img, 0);
	put_xattr(img, EROFS_XATTR_INDEX_ACL_ACCESS, "", value, size);
}

static void acl_of_version_1(struct image *img)
{
	put_acl(img, "\x01\x00\x00\x00", 4);
}

static void acl_cut_off(struct image *img)
{
	static const char sound[] = ACL_SOUND;

	put_acl(img, sound, sizeof(sound) - 2);
}

static void acl_with_unknown_tag(struct image *img)
{
	static const char value[] = ACL(ACL_ENTRY("\x01", "\x06") ACL_ENTRY("\x03", "\x04"));

	put_acl(img, value, sizeof(value) - 1);
}

static void acl_out_of_order(struct image *img)
{
	static const char value[] =
		ACL(ACL_ENTRY("\x04", "\x04") ACL_ENTRY("\x01", "\x06") ACL_ENTRY("\x20", "\x04"));

	put_acl(img, value, sizeof(value) - 1);
}

static void acl_with_odd_permissions(struct image *img)
{
	static const char value[] =
		ACL(ACL_ENTRY("\x01", "\x0e") ACL_ENTRY("\x04", "\x04") ACL_ENTRY("\x20", "\x04"));

	put_acl(img, value, sizeof(value) - 1);
}

static void acl_without_others(struct image *img)
{
	static const char value[] = ACL(ACL_ENTRY("\x01", "\x06") ACL_ENTRY("\x04", "\x04"));

	put_acl(img, value, sizeof(value) - 1);
}

static void acl_without_mask(struct image *img)
{
	static const char value[] = ACL(ACL_ENTRY("\x01", "\x06") ACL_ENTRY("\x02", "\x06")
			ACL_ENTRY("\x04", "\x04") ACL_ENTRY("\x20", "\x04"));

	put_acl(img, value, sizeof(value) - 1);
}

static void default_acl_on_file(struct image *img)
{
	static const char sound[] = ACL_SOUND;

	begin_xattrs(img, 0);
	put_xattr(img, EROFS_XATTR_INDEX_ACL_DEFAULT, "", sound, sizeof(sound) - 1);
}

static void shared_acl_of_version_1(struct image *img)
{
	begin_xattrs(img, 1);
	put_shared_id(img, 0, TABLES / 4);
	put_xattr_entry(img->bytes + TABLES, EROFS_XATTR_INDEX_ACL_ACCESS, "", "\x01\x00\x00\x00", 4);
}

static void same_name(struct image *img)
{
	put_user_k(img);
	put_xattr(img, EROFS_XATTR_INDEX_USER, "k", "w", 1);
}

/* Once inline, once shared. */
static void same_name_shared(struct image *img)
{
	begin_xattrs(img, 1);
	put_shared_id(img, 0, TABLES / 4);
	put_xattr_entry(img->bytes + TABLES, EROFS_XATTR_INDEX_USER, "k", "w", 1);
	put_xattr(img, EROFS_XATTR_INDEX_USER, "k", "v", 1);
}

/* Once under the short prefix, once under a long one. */
static void same_name_spelt_otherwise(struct image *img)
{
	static const char record[] = "\x02\x00\x01k";

	super_of(img)->feature_incompat = erofs_put32(EROFS_INCOMPAT_XATTR_PREFIXES);
	super_of(img)->feature_compat =
		erofs_put32(EROFS_COMPAT_MTIME | EROFS_COMPAT_PLAIN_XATTR_PFX);
	super_of(img)->xattr_prefix_count = 1;
	super_of(img)->xattr_prefix_start = erofs_put32(TABLES / 4);
	memcpy(img->bytes + TABLES, record, sizeof(record) - 1);
	put_user_k(img);
	put_xattr(img, EROFS_XATTR_LONG_PREFIX, "", "w", 1);
}

static void hidden_by_filter(struct image *img)
{
	super_of(img)->feature_compat = erofs_put32(EROFS_COMPAT_MTIME | EROFS_COMPAT_XATTR_FILTER);
	put_user_k(img);
	header_of(img)->h_name_filter = erofs_put32(1u << 14); /* the bit of "k", section 15.7 */
}

const struct reject_case xattr_cases[] = {
	{ "xattr-count", "", bare_header },
	{ "xattr-bounds", "body", body_past_the_end },
	{ "xattr-bounds", "entry", entry_past_the_body },
	{ "xattr-bounds", "ids", ids_past_the_body },
	{ "xattr-shared", "id", id_past_the_end },
	{ "xattr-shared", "value", shared_value_past_the_end },
	{ "xattr-index", "short", unknown_index },
	{ "xattr-index", "long", unknown_long_prefix },
	{ "xattr-name", "prefix", name_is_a_prefix },
	{ "xattr-name", "nul", name_with_nul },
	{ "xattr-name", "long", long_name },
	{ "xattr-name", "acl", acl_with_suffix },
	{ "xattr-acl", "version", acl_of_version_1 },
	{ "xattr-acl", "size", acl_cut_off },
	{ "xattr-acl", "tag", acl_with_unknown_tag },
	{ "xattr-acl", "order", acl_out_of_order },
	{ "xattr-acl", "permissions", acl_with_odd_permissions },
	{ "xattr-acl", "others", acl_without_others },
	{ "xattr-acl", "mask", acl_without_mask },
	{ "xattr-acl", "default", default_acl_on_file },
	{ "xattr-acl", "shared", shared_acl_of_version_1 },
	{ "xattr-duplicate", "inline", same_name },
	{ "xattr-duplicate", "shared", same_name_shared },
	{ "xattr-duplicate", "prefix", same_name_spelt_otherwise },
	{ "xattr-filter", "", hidden_by_filter },
	{ NULL, NULL, NULL },
};
