/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inodes that break a rule. */
#include "reject.h"

#include <string.h>
#include <sys/stat.h>

/* Points /empty somewhere else. */
static void point_empty(struct image *img, uint64_t nid)
{
	record_of(block_of(img, ROOT_BLOCK), 3)->nid = erofs_put64(nid);
}

static void inode_past_the_end(struct image *img)
{
	point_empty(img, SLOT(BLOCKS));
}

static void inode_cut_in_half(struct image *img)
{
	struct erofs_inode_compact *last = compact_of(img, SLOT(BLOCKS) - 1);

	*last = *compact_of(img, EMPTY);
	last->i_format = erofs_put16(EROFS_I_EXTENDED);
	point_empty(img, SLOT(BLOCKS) - 1);
}

static void inode_at_no_address(struct image *img)
{
	point_empty(img, 1ull << 62);
}

static void inode_in_no_metabox(struct image *img)
{
	point_empty(img, EROFS_NID_METABOX | EMPTY);
}

static void inode_before_the_start(struct image *img)
{
	super_of(img)->meta_blkaddr = erofs_put32((uint32_t)-1);
	super_of(img)->rootnid_2b = erofs_put16(ROOT + SLOT(1));
	for (unsigned int i = 0; i < 9; i++) {
		struct erofs_dirent *r = record_of(block_of(img, ROOT_BLOCK), i);

		r->nid = erofs_put64(i == 3 ? 0 : erofs_get64(r->nid) + SLOT(1));
	}
	for (unsigned int i = 0; i < 3; i++) {
		struct erofs_dirent *r = record_of(block_of(img, DIR_BLOCK), i);

		r->nid = erofs_put64(erofs_get64(r->nid) + SLOT(1));
	}
}

static void unknown_format_bit(struct image *img)
{
	compact_of(img, EMPTY)->i_format = erofs_put16(0x20);
}

static void unknown_layout(struct image *img)
{
	set_layout(img, EMPTY, 5);
}

static void wide_link_count(struct image *img)
{
	compact_of(img, EMPTY)->i_format = erofs_put16(EROFS_I_BIT4);
}

static void dot_left_out(struct image *img)
{
	static const struct entry entries[] = { { ROOT, "..", 2 }, { TWICE, "twice", 1 },
		{ 0, NULL, 0 } };

	compact_of(img, DIR)->i_format = erofs_put16(EROFS_I_BIT4);
	put_dir(img, entries);
}

static void no_type(struct image *img)
{
	compact_of(img, EMPTY)->i_mode = erofs_put16(0644);
}

static void unknown_type(struct image *img)
{
	compact_of(img, EMPTY)->i_mode = erofs_put16(0xF000 | 0644);
}

static void negative_size(struct image *img)
{
	extended_of(img, TAGGED)->i_size = erofs_put64(1ull << 63);
}

static void device_with_size(struct image *img)
{
	compact_of(img, DEVICE)->i_size = erofs_put32(1);
}

static void chunked_link(struct image *img)
{
	set_layout(img, LINK, EROFS_LAYOUT_CHUNK_BASED);
}

static void compressed_link(struct image *img)
{
	set_layout(img, LINK, EROFS_LAYOUT_COMPRESSED_FULL);
}

static void chunked_directory(struct image *img)
{
	set_layout(img, DIR, EROFS_LAYOUT_CHUNK_BASED);
	compact_of(img, TWICE)->i_nb = erofs_put16(2);
}

static void inline_device(struct image *img)
{
	set_layout(img, DEVICE, EROFS_LAYOUT_FLAT_INLINE);
}

static void late_nanoseconds(struct image *img)
{
	extended_of(img, TAGGED)->i_mtime_nsec = erofs_put32(UINT32_MAX);
}

static void too_many_links(struct image *img)
{
	compact_of(img, EMPTY)->i_nb = erofs_put16(2);
}

static void too_few_links(struct image *img)
{
	compact_of(img, TWICE)->i_nb = erofs_put16(1);
}

static void no_links(struct image *img)
{
	compact_of(img, EMPTY)->i_nb = erofs_put16(0);
}

static void directory_links(struct image *img)
{
	compact_of(img, ROOT)->i_nb = erofs_put16(2);
}

static void directory_does_not_count(struct image *img)
{
	compact_of(img, ROOT)->i_nb = erofs_put16(1);
}

static void empty_target(struct image *img)
{
	compact_of(img, LINK)->i_size = erofs_put32(0);
}

static void target_with_nul(struct image *img)
{
	memcpy(compact_of(img, LINK) + 1, "fi\0e", 4);
}

static void long_target(struct image *img)
{
	image_grow(img, img->size + 4096);
	memset(block_of(img, BLOCKS), 'x', 4096);
	set_layout(img, LINK, EROFS_LAYOUT_FLAT_PLAIN);
	compact_of(img, LINK)->i_size = erofs_put32(4096);
	compact_of(img, LINK)->i_u = erofs_put32(BLOCKS);
}

const struct reject_case inode_cases[] = {
	{ "inode-bounds", "past", inode_past_the_end },
	{ "inode-bounds", "half", inode_cut_in_half },
	{ "inode-bounds", "address", inode_at_no_address },
	{ "inode-bounds", "metabox", inode_in_no_metabox },
	{ "inode-bounds", "before", inode_before_the_start },
	{ "inode-format", "bit", unknown_format_bit },
	{ "inode-format", "layout", unknown_layout },
	{ "inode-format", "nlink", wide_link_count },
	{ "inode-format", "dot", dot_left_out },
	{ "inode-mode", "none", no_type },
	{ "inode-mode", "unknown", unknown_type },
	{ "inode-size", "negative", negative_size },
	{ "inode-size", "device", device_with_size },
	{ "inode-layout", "chunks", chunked_link },
	{ "inode-layout", "compressed", compressed_link },
	{ "inode-layout", "directory", chunked_directory },
	{ "inode-layout", "device", inline_device },
	{ "inode-nsec", "", late_nanoseconds },
	{ "inode-nlink-stale", "file", too_many_links },
	{ "inode-nlink-stale", "directory", directory_does_not_count },
	{ "inode-nlink", "few", too_few_links },
	{ "inode-nlink", "none", no_links },
	{ "inode-nlink", "directory", directory_links },
	{ "inode-symlink", "empty", empty_target },
	{ "inode-symlink", "nul", target_with_nul },
	{ "inode-symlink", "long", long_target },
	{ NULL, NULL, NULL },
};
