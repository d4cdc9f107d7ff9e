/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories that break a rule. /dir is the victim: it has ".", ".." and the second name of TWICE, whose
 * link count stays too high where that name is lost, and excused. */
#include "reject.h"

#include <string.h>

static void too_small(struct image *img)
{
	compact_of(img, DIR)->i_size = erofs_put32(12);
}

static uint8_t *victim(struct image *img)
{
	return block_of(img, DIR_BLOCK);
}

static void no_records(struct image *img)
{
	record_of(victim(img), 0)->nameoff = erofs_put16(0);
}

static void odd_records(struct image *img)
{
	record_of(victim(img), 0)->nameoff = erofs_put16(37);
}

static void records_past_the_end(struct image *img)
{
	record_of(victim(img), 0)->nameoff = erofs_put16(504);
}

static void name_past_the_end(struct image *img)
{
	record_of(victim(img), 2)->nameoff = erofs_put16(500);
}

static void names_overlap(struct image *img)
{
	record_of(victim(img), 2)->nameoff = erofs_put16(36);
}

/* Three entries, the last of which is what a case is about. */
static void put_third(struct image *img, uint64_t nid, const char *name, uint8_t type)
{
	const struct entry entries[] = { { DIR, ".", 2 }, { ROOT, "..", 2 }, { nid, name, type },
		{ 0, NULL, 0 } };

	put_dir(img, entries);
}

static void name_with_slash(struct image *img)
{
	put_third(img, TWICE, "../x", 1);
}

static void name_with_nul(struct image *img)
{
	static const struct entry entries[] = { { DIR, ".", 2 }, { ROOT, "..", 2 },
		{ TWICE, "two", 1 }, { TWICE, "v", 1 }, { 0, NULL, 0 } };

	put_dir(img, entries);
	victim(img)[4 * 12 + 1 + 2 + 1] = '\0'; /* "t?o": names before the last have no other end */
}

static void empty_name(struct image *img)
{
	static const struct entry entries[] = { { DIR, ".", 2 }, { ROOT, "..", 2 },
		{ TWICE, "", 1 }, { TWICE, "v", 1 }, { 0, NULL, 0 } };

	put_dir(img, entries);
}

static void long_name(struct image *img)
{
	char name[257];

	memset(name, 'n', 256);
	name[256] = '\0';
	put_third(img, TWICE, name, 1);
}

static void unknown_type(struct image *img)
{
	put_third(img, TWICE, "twice", 8);
}

static void wrong_type(struct image *img)
{
	put_third(img, TWICE, "twice", 7);
}

static void descending(struct image *img)
{
	static const struct entry entries[] = { { DIR, ".", 2 }, { ROOT, "..", 2 },
		{ TWICE, "twice", 1 }, { TWICE, "thrice", 1 }, { 0, NULL, 0 } };

	compact_of(img, TWICE)->i_nb = erofs_put16(3);
	put_dir(img, entries);
}

/* In order within each of two blocks, but not across them. */
static void descending_across_blocks(struct image *img)
{
	static const struct entry first[] = { { DIR, ".", 2 }, { ROOT, "..", 2 },
		{ TWICE, "twice", 1 }, { 0, NULL, 0 } };
	static const struct entry second[] = { { TWICE, "thrice", 1 }, { 0, NULL, 0 } };

	compact_of(img, TWICE)->i_nb = erofs_put16(3);
	compact_of(img, DIR)->i_u = erofs_put32(FREE_BLOCK);
	put_entries(block_of(img, FREE_BLOCK), first);
	compact_of(img, DIR)->i_size =
		erofs_put32(BLOCK + (uint32_t)put_entries(block_of(img, FREE_BLOCK + 1), second));
}

static void same_name(struct image *img)
{
	static const struct entry entries[] = { { DIR, ".", 2 }, { ROOT, "..", 2 },
		{ TWICE, "twice", 1 }, { TWICE, "twice", 1 }, { 0, NULL, 0 } };

	compact_of(img, TWICE)->i_nb = erofs_put16(3);
	put_dir(img, entries);
}

/* A link out of the tree, and a directory of the same name with a file for it. */
static void escape(struct image *img)
{
	static const struct entry entries[] = { { ROOT, ".", 2 }, { ROOT, "..", 2 },
		{ LINK, "evil", 7 }, { DIR, "evil", 2 }, { 0, NULL, 0 } };
	static const struct entry in_dir[] = { { DIR, ".", 2 }, { ROOT, "..", 2 },
		{ EMPTY, "file", 1 }, { 0, NULL, 0 } };
	static const char target[] = "../../outside";

	put_root(img, entries);
	put_dir(img, in_dir);
	memcpy(compact_of(img, LINK) + 1, target, sizeof(target) - 1);
	compact_of(img, LINK)->i_size = erofs_put32(sizeof(target) - 1);
}

/* More than anyone wants to read. */
static void everything_wrong(struct image *img)
{
	static struct entry entries[36];
	static char names[33][2];

	entries[0] = (struct entry){ DIR, ".", 2 };
	entries[1] = (struct entry){ ROOT, "..", 2 };
	for (unsigned int i = 0; i < 33; i++) {
		names[i][0] = (char)('A' + i);
		entries[2 + i] = (struct entry){ TWICE, names[i], 5 };
	}
	compact_of(img, TWICE)->i_nb = erofs_put16(34);
	put_dir(img, entries);
}

static void no_dot(struct image *img)
{
	static const struct entry entries[] = { { ROOT, "..", 2 }, { TWICE, "twice", 1 },
		{ 0, NULL, 0 } };

	put_dir(img, entries);
}

static void wrong_dot(struct image *img)
{
	record_of(victim(img), 0)->nid = erofs_put64(ROOT);
}

static void two_dots(struct image *img)
{
	static const struct entry entries[] = { { DIR, ".", 2 }, { DIR, ".", 2 },
		{ ROOT, "..", 2 }, { TWICE, "twice", 1 }, { 0, NULL, 0 } };

	put_dir(img, entries);
}

static void dot_is_a_file(struct image *img)
{
	record_of(victim(img), 0)->file_type = EROFS_TYPE_REGULAR;
}

static void dot_although_omitted(struct image *img)
{
	super_of(img)->feature_incompat = erofs_put32(EROFS_INCOMPAT_48BIT);
	compact_of(img, DIR)->i_format = erofs_put16(EROFS_I_BIT4);
}

static void no_dotdot(struct image *img)
{
	static const struct entry entries[] = { { DIR, ".", 2 }, { TWICE, "twice", 1 },
		{ 0, NULL, 0 } };

	put_dir(img, entries);
}

static void wrong_dotdot(struct image *img)
{
	record_of(victim(img), 1)->nid = erofs_put64(DIR);
}

static void root_has_a_parent(struct image *img)
{
	record_of(block_of(img, ROOT_BLOCK), 1)->nid = erofs_put64(DIR);
}

static void leads_up(struct image *img)
{
	compact_of(img, TWICE)->i_nb = erofs_put16(1);
	put_third(img, ROOT, "up", 2);
}

static void leads_to_itself(struct image *img)
{
	compact_of(img, TWICE)->i_nb = erofs_put16(1);
	put_third(img, DIR, "self", 2);
}

/* Two names of one directory that is not above either. */
static void second_name(struct image *img)
{
	static const struct entry entries[] = { { ROOT, ".", 2 }, { ROOT, "..", 2 },
		{ DIR, "dir", 2 }, { DIR, "dir2", 2 }, { TWICE, "twice", 1 }, { 0, NULL, 0 } };

	put_root(img, entries);
}

/* Two long names to a block, all of them /twice: what every one of many directories holds. */
static uint32_t put_shared_entries(struct image *img, unsigned int first_block, unsigned int blocks)
{
	static char names[2][201];
	uint32_t used = 0;

	for (unsigned int i = 0; i < blocks; i++) {
		const struct entry names_only[] = { { TWICE, names[0], 1 }, { TWICE, names[1], 1 },
			{ 0, NULL, 0 } };
		const struct entry parent[] = { { DIR, "..", 2 }, { 0, NULL, 0 } };

		for (unsigned int k = 0; k < 2; k++) {
			memset(names[k], 'n', 200);
			names[k][0] = (char)('a' + i / 100);
			names[k][1] = (char)('0' + i / 10 % 10);
			names[k][2] = (char)('0' + i % 10);
			names[k][3] = (char)('a' + k);
		}
		used = i * BLOCK + (uint32_t)put_entries(block_of(img, first_block + i),
					   i ? names_only : parent);
	}
	return used;
}

/* Hundreds of directories share one mebibyte of entries: nothing else is wrong with them, but nobody
 * stores so much in so little. */
static void one_content_for_all(struct image *img)
{
	enum { DIRS = 200, PER_BLOCK = 20, SHARED = 2000, INODES = SLOT(BLOCKS) };
	const unsigned int list = BLOCKS + (DIRS + SLOT(1) - 1) / SLOT(1);
	const unsigned int shared = list + DIRS / PER_BLOCK;
	static struct entry entries[PER_BLOCK + 3];
	static char names[DIRS][8];
	uint32_t size;

	image_grow(img, (size_t)(shared + SHARED) * BLOCK);
	super_of(img)->feature_incompat = erofs_put32(EROFS_INCOMPAT_48BIT);
	size = put_shared_entries(img, shared, SHARED);
	for (unsigned int i = 0; i < DIRS; i++) {
		struct erofs_inode_compact *c = compact_of(img, INODES + i);

		*c = *compact_of(img, DIR);
		c->i_format = erofs_put16(EROFS_I_BIT4);
		c->i_size = erofs_put32(size);
		c->i_u = erofs_put32(shared);
		names[i][0] = (char)('a' + i / 100);
		names[i][1] = (char)('0' + i / 10 % 10);
		names[i][2] = (char)('0' + i % 10);
	}
	for (unsigned int i = 0; i < DIRS; i += PER_BLOCK) {
		unsigned int n = 0;

		if (!i)
			entries[n++] = (struct entry){ DIR, ".", 2 };
		if (!i)
			entries[n++] = (struct entry){ ROOT, "..", 2 };
		for (unsigned int k = 0; k < PER_BLOCK; k++)
			entries[n++] = (struct entry){ INODES + i + k, names[i + k], 2 };
		entries[n] = (struct entry){ 0, NULL, 0 };
		size = i / PER_BLOCK * BLOCK +
		       (uint32_t)put_entries(block_of(img, list + i / PER_BLOCK), entries);
	}
	compact_of(img, DIR)->i_u = erofs_put32(list);
	compact_of(img, DIR)->i_size = erofs_put32(size);
}

const struct reject_case dir_cases[] = {
	{ "dir-size", "", too_small },
	{ "dir-block", "none", no_records },
	{ "dir-block", "odd", odd_records },
	{ "dir-block", "past", records_past_the_end },
	{ "dir-block", "name", name_past_the_end },
	{ "dir-block", "overlap", names_overlap },
	{ "dir-name", "slash", name_with_slash },
	{ "dir-name", "nul", name_with_nul },
	{ "dir-name", "empty", empty_name },
	{ "dir-name", "long", long_name },
	{ "dir-type", "unknown", unknown_type },
	{ "dir-type", "wrong", wrong_type },
	{ "dir-order", "block", descending },
	{ "dir-order", "across", descending_across_blocks },
	{ "dir-duplicate", "", same_name },
	{ "dir-duplicate", "escape", escape },
	{ "dir-dot", "none", no_dot },
	{ "dir-dot", "wrong", wrong_dot },
	{ "dir-dot dir-duplicate", "two", two_dots },
	{ "dir-dot", "type", dot_is_a_file },
	{ "dir-dot", "omitted", dot_although_omitted },
	{ "dir-dotdot", "none", no_dotdot },
	{ "dir-dotdot", "wrong", wrong_dotdot },
	{ "dir-dotdot", "root", root_has_a_parent },
	{ "dir-loop", "up", leads_up },
	{ "dir-loop", "self", leads_to_itself },
	{ "dir-loop", "second", second_name },
	{ "limit-work", "", one_content_for_all },
	{ "dir-type limit-findings", "many", everything_wrong },
	{ NULL, NULL, NULL },
};
