/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Superblocks that break a rule. */
#include "reject.h"

#include <string.h>

static void set_incompat(struct image *img, uint32_t bits)
{
	super_of(img)->feature_incompat = erofs_put32(bits);
}

static void set_compat(struct image *img, uint32_t bits)
{
	super_of(img)->feature_compat = erofs_put32(EROFS_COMPAT_MTIME | bits);
}

static void cut_off(struct image *img)
{
	super_of(img)->blocks_lo = erofs_put32(BLOCKS + 1);
}

static void wrong_checksum(struct image *img)
{
	image_seal(img);
	super_of(img)->checksum.b[0] ^= 1;
}

static void small_blocks(struct image *img)
{
	super_of(img)->blkszbits = 8;
}

static void huge_blocks(struct image *img)
{
	super_of(img)->blkszbits = 255;
}

static void too_many_slots(struct image *img)
{
	super_of(img)->sb_extslots = 255;
	super_of(img)->blocks_lo = erofs_put32(4);
	img->size = 4 * BLOCK;
}

static void large_directory_blocks(struct image *img)
{
	super_of(img)->dirblkbits = 1;
}

static void late_nanoseconds(struct image *img)
{
	super_of(img)->fixed_nsec = erofs_put32(1000000000);
}

/* Puts compression records behind the superblock: size, then @bytes of payload. */
static void put_record(struct image *img, uint16_t bitmap, uint16_t size, const void *payload,
	size_t bytes)
{
	uint8_t *at = img->bytes + EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE;
	erofs_le16 le = erofs_put16(size);

	set_incompat(img, EROFS_INCOMPAT_COMPR_CFGS);
	super_of(img)->available_compr_algs = erofs_put16(bitmap);
	memcpy(at, &le, sizeof(le));
	memcpy(at + sizeof(le), payload, bytes);
}

static void unknown_algorithm(struct image *img)
{
	put_record(img, 0x10, 0, "", 0);
}

static void short_record(struct image *img)
{
	put_record(img, 1, 13, "", 0);
}

static void record_outside(struct image *img)
{
	put_record(img, 1, 14, "", 0);
	super_of(img)->blocks_lo = erofs_put32(2);
	img->size = EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE + 8;
}

static void huge_lz4(struct image *img)
{
	put_record(img, 1, 14, "\xff\xff\x01\x08", 4); /* 2049 blocks of 512 bytes */
}

static void huge_lzma(struct image *img)
{
	put_record(img, 2, 14, "\x01\x00\x80\x00", 4); /* 8 MiB and 1 byte */
}

static void huge_deflate(struct image *img)
{
	put_record(img, 4, 6, "\x10", 1);
}

static void huge_zstd(struct image *img)
{
	put_record(img, 8, 6, "\x00\x0b", 2);
}

static void devices_outside(struct image *img)
{
	set_incompat(img, EROFS_INCOMPAT_DEVICE_TABLE);
	super_of(img)->extra_devices = erofs_put16(1);
	super_of(img)->devt_slotoff = erofs_put16(BLOCKS * BLOCK / EROFS_DEVT_SLOT_SIZE);
}

static void devices_overflow(struct image *img)
{
	struct erofs_deviceslot *slot = (struct erofs_deviceslot *)(img->bytes + TABLES);

	set_incompat(img, EROFS_INCOMPAT_DEVICE_TABLE);
	super_of(img)->extra_devices = erofs_put16(1);
	super_of(img)->devt_slotoff = erofs_put16(TABLES / EROFS_DEVT_SLOT_SIZE);
	slot->blocks_lo = erofs_put32(2);
	slot->uniaddr_lo = erofs_put32(0xFFFFFFFE);
}

/* One long prefix record with @size and @base, at byte @at. */
static void put_prefix(struct image *img, size_t at, uint16_t size, uint8_t base)
{
	struct erofs_xattr_long_prefix record = { erofs_put16(size), base };

	set_incompat(img, EROFS_INCOMPAT_XATTR_PREFIXES);
	set_compat(img, EROFS_COMPAT_PLAIN_XATTR_PFX);
	super_of(img)->xattr_prefix_count = 1;
	super_of(img)->xattr_prefix_start = erofs_put32((uint32_t)at / 4);
	if (at + sizeof(record) <= img->size)
		memcpy(img->bytes + at, &record, sizeof(record));
}

static void prefixes_outside(struct image *img)
{
	put_prefix(img, BLOCKS * BLOCK, 5, 1);
}

static void empty_prefix(struct image *img)
{
	put_prefix(img, TABLES, 0, 1);
}

static void long_prefix(struct image *img)
{
	put_prefix(img, TABLES, 257, 1);
}

static void prefix_of_unknown_base(struct image *img)
{
	put_prefix(img, TABLES, 4, 7);
}

static void too_many_prefixes(struct image *img)
{
	put_prefix(img, TABLES, 4, 1);
	super_of(img)->xattr_prefix_count = 129;
}

static void shared_without_metabox(struct image *img)
{
	set_compat(img, EROFS_COMPAT_SHARED_EA_IN_METABOX);
}

static void fingerprint_without_prefixes(struct image *img)
{
	set_compat(img, EROFS_COMPAT_ISHARE_XATTRS);
}

static void fingerprint_past_prefixes(struct image *img)
{
	put_prefix(img, TABLES, 4, 1);
	set_compat(img, EROFS_COMPAT_PLAIN_XATTR_PFX | EROFS_COMPAT_ISHARE_XATTRS);
	super_of(img)->ishare_xattr_prefix_id = 1;
}

/* What is wrong with this table shows only once the packed inode can be read. */
static void prefixes_in_packed_inode(struct image *img)
{
	set_incompat(img, EROFS_INCOMPAT_XATTR_PREFIXES | EROFS_INCOMPAT_FRAGMENTS);
	super_of(img)->xattr_prefix_count = 1;
	super_of(img)->packed_nid = erofs_put64(FILE_);
}

static void root_is_a_file(struct image *img)
{
	super_of(img)->rootnid_2b = erofs_put16(EMPTY);
}

static void packed_in_metabox(struct image *img)
{
	super_of(img)->packed_nid = erofs_put64(EROFS_NID_METABOX | FILE_);
}

static void packed_is_a_directory(struct image *img)
{
	set_incompat(img, EROFS_INCOMPAT_FRAGMENTS);
	super_of(img)->packed_nid = erofs_put64(DIR);
}

static void metabox_without_room(struct image *img)
{
	set_incompat(img, EROFS_INCOMPAT_METABOX);
}

static void put_metabox(struct image *img, uint64_t nid)
{
	set_incompat(img, EROFS_INCOMPAT_METABOX);
	super_of(img)->sb_extslots = 1;
	super_of(img)->metabox_nid = erofs_put64(nid);
}

static void metabox_in_itself(struct image *img)
{
	put_metabox(img, EROFS_NID_METABOX | FILE_);
}

static void no_metabox_nid(struct image *img)
{
	put_metabox(img, 0);
}

static void metabox_is_a_link(struct image *img)
{
	put_metabox(img, LINK);
}

/* /file is the metabox, and /empty is said to be behind its end. */
static void past_the_metabox(struct image *img)
{
	put_metabox(img, FILE_);
	record_of(block_of(img, ROOT_BLOCK), 3)->nid =
		erofs_put64(EROFS_NID_METABOX | (FILE_BYTES / EROFS_SLOT_SIZE + 1));
}

/* An inode in the metabox that says of itself to have the metabox' content. */
static void metabox_leads_to_metabox(struct image *img)
{
	put_metabox(img, LINK);
	super_of(img)->metabox_nid = erofs_put64(EROFS_NID_METABOX);
}

const struct reject_case super_cases[] = {
	{ "super-truncated", "", cut_off },
	{ "super-checksum", "", wrong_checksum },
	{ "super-block-size", "small", small_blocks },
	{ "super-block-size", "huge", huge_blocks },
	{ "super-size", "", too_many_slots },
	{ "super-dir-block", "", large_directory_blocks },
	{ "super-nsec", "", late_nanoseconds },
	{ "super-compression", "unknown", unknown_algorithm },
	{ "super-compression", "short", short_record },
	{ "super-compression", "outside", record_outside },
	{ "super-compression", "lz4", huge_lz4 },
	{ "super-compression", "lzma", huge_lzma },
	{ "super-compression", "deflate", huge_deflate },
	{ "super-compression", "zstd", huge_zstd },
	{ "super-devices", "outside", devices_outside },
	{ "super-devices", "overflow", devices_overflow },
	{ "super-prefixes", "outside", prefixes_outside },
	{ "super-prefixes", "empty", empty_prefix },
	{ "super-prefixes", "long", long_prefix },
	{ "super-prefixes", "base", prefix_of_unknown_base },
	{ "super-prefixes", "many", too_many_prefixes },
	{ "super-shared-xattrs", "", shared_without_metabox },
	{ "super-ishare", "none", fingerprint_without_prefixes },
	{ "super-ishare", "past", fingerprint_past_prefixes },
	{ "super-open", "", prefixes_in_packed_inode },
	{ "super-root", "", root_is_a_file },
	{ "super-packed", "metabox", packed_in_metabox },
	{ "super-packed", "directory", packed_is_a_directory },
	{ "super-metabox", "slots", metabox_without_room },
	{ "super-metabox", "self", metabox_in_itself },
	{ "super-metabox", "zero", no_metabox_nid },
	{ "super-metabox", "link", metabox_is_a_link },
	{ "super-metabox", "nested", metabox_leads_to_metabox },
	{ "inode-bounds", "metabox-past", past_the_metabox },
	{ NULL, NULL, NULL },
};
