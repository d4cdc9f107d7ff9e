/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The structural check: every inode that a name leads to is judged once, directories are entered in the
 * order they are met, and links are counted at the end. */
#include "check/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/math.h"
#include "base/options.h"

/* A sound image is looked at about once. Compressed metadata and shared xattrs explain some more; many
 * inodes that point to the same megabytes do not. */
#define WORK_PER_BYTE 64
#define WORK_AT_LEAST (64ull << 20)
#define PROGRESS_STEP 256

/* A message of the reading layer, kept for the next finding; @user is the check. */
static void hear(void *user, enum erofs_level level, const char *text)
{
	struct check *chk = user;

	if (level != EROFS_LEVEL_ERROR)
		return;
	snprintf(chk->last_words, sizeof(chk->last_words), "%s", text);
	chk->spoke = true;
}

static bool nid_equal(const void *entry, const void *key)
{
	return ((const struct check_inode *)entry)->nid == *(const uint64_t *)key;
}

/* ---- one inode ---- */

static void enqueue(struct check *chk, struct check_inode *dir)
{
	*chk->queue_end = dir;
	chk->queue_end = &dir->next_dir;
}

static void count_inode(struct check *chk, const struct check_inode *node,
	const struct erofs_inode *inode, uint64_t blocks)
{
	struct erofs_check_summary *s = &chk->summary;

	s->inodes++;
	/* The metabox holds no content, the packed inode nothing but that of others. */
	s->physical_blocks += node->nid == chk->super->metabox_nid ? 0 : blocks;
	if (node->type == EROFS_TYPE_REGULAR && !node->special) {
		s->regular_files++;
		if (erofs_add_overflow(s->content_bytes, inode->size_bytes, &s->content_bytes))
			s->content_bytes = UINT64_MAX;
	}
	if (!node->special && node->type != EROFS_TYPE_UNKNOWN)
		s->logical_blocks += erofs_ceil_div(inode->size_bytes,
			chk->super->block_size_bytes);
	if (s->inodes % PROGRESS_STEP == 0)
		erofs_progress(chk->report, "checking inodes", s->inodes, chk->super->inode_count);
}

/* All rules about the inode at chk->at; what it holds is noted in @node. */
static int check_inode(struct check *chk, struct check_inode *node)
{
	struct erofs_inode inode;
	int r;

	chk->spoke = false;
	if (!erofs_check_inode_stored(chk, node->nid))
		return 0;
	if (erofs_inode_read(chk->rd, node->nid, &inode) < 0) {
		erofs_check_found(chk, RULE_INODE_BOUNDS, "%s", erofs_check_last_words(chk));
		return 0;
	}
	node->type = erofs_type_of_mode(inode.mode);
	node->nlink = inode.nlink;
	r = erofs_check_xattrs(chk, &inode);
	if (r < 0)
		return r;
	count_inode(chk, node, &inode, erofs_check_map(chk, &inode, node));
	if (node->type == EROFS_TYPE_SYMLINK && node->sound_map)
		erofs_check_symlink(chk, &inode);
	if (node->type == EROFS_TYPE_DIRECTORY && !node->special)
		enqueue(chk, node);
	return 0;
}

/* A node for @nid, which has none. */
static int add_node(struct check *chk, uint64_t nid, struct check_inode *parent,
	struct check_inode **ret)
{
	struct check_inode *node = erofs_arena_alloc(&chk->arena, sizeof(*node));

	if (!node || erofs_table_add(&chk->inodes, erofs_hash_pair(nid, 0), node) < 0)
		return -ENOMEM;
	node->nid = nid;
	node->parent = parent ? parent : node;
	*chk->end = node;
	chk->end = &node->next;
	*ret = node;
	return 0;
}

static struct check_inode *find_node(const struct check *chk, uint64_t nid)
{
	return erofs_table_find(&chk->inodes, erofs_hash_pair(nid, 0), &nid);
}

/* ---- names ---- */

/* Directories are parents of paths to come; the link count of others may be wrong, or their content. */
static bool needs_name(const struct check *chk, const struct check_inode *node)
{
	return node->type == EROFS_TYPE_DIRECTORY || node->nlink != 1 || node->names > 1 ||
	       (chk->options.decode_data && node->type == EROFS_TYPE_REGULAR);
}

static int keep_name(struct check *chk, struct check_inode *dir, struct check_inode *node)
{
	char *name = erofs_arena_string(&chk->arena, chk->at.name, chk->at.name_bytes);

	if (!name)
		return -ENOMEM;
	node->parent = dir;
	node->name = name;
	node->name_bytes = chk->at.name_bytes;
	return 0;
}

/* A directory that was met before has a second name, which is a loop if it leads up. */
static void found_loop(struct check *chk, const struct check_inode *dir,
	const struct check_inode *node)
{
	const struct check_inode *up = dir;

	/* Far enough for every tree that is not made to cost time. */
	for (int i = 0; i < 4096 && up != node && up->parent != up; i++)
		up = up->parent;
	erofs_check_found(chk, RULE_DIR_LOOP, up == node ?
		"the entry leads back up to directory %" PRIu64 :
		"the entry is a second name of directory %" PRIu64, node->nid);
}

/* What kind of child an entry has: the inode knows best, and where it cannot be read, the entry. */
static void count_name(struct check *chk, struct check_inode *dir, struct check_inode *node,
	enum erofs_file_type type)
{
	bool first = !node->names++;

	if (node->type == EROFS_TYPE_UNKNOWN) {
		dir->subdirs += first && type == EROFS_TYPE_DIRECTORY;
		chk->names_lost = true;
		return;
	}
	if (type != EROFS_TYPE_UNKNOWN && type != node->type)
		erofs_check_found(chk, RULE_DIR_TYPE, "file type %u, but the inode's is %u", type,
			node->type);
	if (node->type != EROFS_TYPE_DIRECTORY)
		return;
	if (first)
		dir->subdirs++;
	else
		found_loop(chk, dir, node);
}

static int meet_new(struct check *chk, struct check_inode *dir, uint64_t nid,
	struct check_inode **ret)
{
	uint32_t found_in_dir = chk->found_here;
	struct check_inode *node = NULL;
	int r = add_node(chk, nid, dir, &node);

	if (r < 0)
		return r;
	chk->found_here = 0;
	r = check_inode(chk, node);
	erofs_check_leave(chk, found_in_dir);
	*ret = node;
	return r;
}

/* What the superblock names may also have a name in the tree: strange, but then it is like others. */
static void make_ordinary(struct check *chk, struct check_inode *dir, struct check_inode *node)
{
	node->special = false;
	node->parent = dir;
	if (node->type == EROFS_TYPE_DIRECTORY)
		enqueue(chk, node);
}

int erofs_check_meet(struct check *chk, struct check_inode *dir, uint64_t nid,
	enum erofs_file_type type)
{
	struct check_inode *node = find_node(chk, nid);
	int r = 0;

	if (!node)
		r = meet_new(chk, dir, nid, &node);
	else if (node->special)
		make_ordinary(chk, dir, node);
	if (r < 0)
		return r;
	count_name(chk, dir, node, type);
	if (!node->name && needs_name(chk, node))
		r = keep_name(chk, dir, node);
	return r;
}

/* ---- the whole ---- */

static void stand_at(struct check *chk, const struct check_inode *node)
{
	chk->at = (struct check_place){ .nid = node->nid };
	if (!node->name) {
		chk->at.dir = node->type == EROFS_TYPE_DIRECTORY ? node : NULL;
		return;
	}
	chk->at.dir = node->parent;
	chk->at.name = node->name;
	chk->at.name_bytes = node->name_bytes;
}

static int enter(struct check *chk, struct check_inode *dir)
{
	struct erofs_inode inode;
	int r = 0;

	stand_at(chk, dir);
	chk->found_here = 0;
	chk->spoke = false;
	dir->incomplete = !dir->sound_map || dir->undecodable || !chk->work_left;
	if (!dir->incomplete && erofs_inode_read(chk->rd, dir->nid, &inode) == 0)
		r = erofs_check_directory(chk, dir, &inode);
	chk->names_lost = chk->names_lost || dir->incomplete;
	chk->at = (struct check_place){ .nid = dir->nid, .dir = dir };
	erofs_check_leave(chk, 0);
	return r;
}

static int enter_all(struct check *chk)
{
	int r = 0;

	while (r == 0 && chk->queue) {
		struct check_inode *dir = chk->queue;

		chk->queue = dir->next_dir;
		if (!chk->queue)
			chk->queue_end = &chk->queue;
		r = enter(chk, dir);
	}
	return r;
}

/* Section 3.4. A count that is too low makes programs miss names. One that is too high does not, and
 * writers that replace files leave such behind; nor does a directory's 1, by which file systems say that
 * they do not count, as compact inodes must from 65536 on. */
static void check_link_count(struct check *chk, const struct check_inode *n, bool names_lost)
{
	bool is_dir = n->type == EROFS_TYPE_DIRECTORY;
	uint64_t count = is_dir ? 2 + (uint64_t)n->subdirs : n->names;
	bool uncounted = is_dir && n->nlink == 1;

	if (n->nlink == count || (uncounted && count > UINT16_MAX) ||
	    (n->nlink > count && (is_dir ? n->incomplete : names_lost)))
		return;
	stand_at(chk, n);
	chk->found_here = 0;
	erofs_check_found(chk,
		n->nlink > count || uncounted ? RULE_INODE_NLINK_STALE : RULE_INODE_NLINK,
		"link count is %u, %" PRIu64 " expected", (unsigned int)n->nlink, count);
}

/* Names that could not be seen excuse a count that is too high; so does a start in the middle. */
static void check_links(struct check *chk)
{
	bool names_lost = chk->names_lost || chk->options.start_nid;

	for (const struct check_inode *n = chk->first; n && chk->work_left; n = n->next) {
		if (!n->special && n->type != EROFS_TYPE_UNKNOWN)
			check_link_count(chk, n, names_lost);
	}
}

/* The packed inode or the metabox, which no name leads to. */
static int check_special(struct check *chk, uint64_t nid, enum check_rule rule)
{
	struct check_inode *node = find_node(chk, nid);
	int r = 0;

	if (!nid)
		return 0;
	chk->at = (struct check_place){ .nid = nid };
	if (!node) {
		r = add_node(chk, nid, NULL, &node);
		if (r < 0)
			return r;
		node->special = true;
		r = check_inode(chk, node);
	}
	if (r == 0 && node->undecodable && nid == chk->super->metabox_nid)
		return erofs_fail(chk->report, -EOPNOTSUPP,
			"the metabox, nid %" PRIu64 ", is compressed by what this build cannot decode",
			nid);
	if (r == 0 && node->type != EROFS_TYPE_REGULAR)
		erofs_check_found(chk, rule, "the superblock's nid %" PRIu64 " is no regular file",
			nid);
	erofs_check_leave(chk, 0);
	return r;
}

static int check_start(struct check *chk, uint64_t nid)
{
	struct check_inode *start = NULL;
	int r = add_node(chk, nid, NULL, &start);

	if (r < 0)
		return r;
	chk->at = (struct check_place){ .nid = nid };
	r = check_inode(chk, start);
	start->names = 1;
	chk->names_lost = chk->names_lost || start->type == EROFS_TYPE_UNKNOWN;
	if (r == 0 && !chk->options.start_nid && start->type != EROFS_TYPE_DIRECTORY)
		erofs_check_found(chk, RULE_SUPER_ROOT, "the root, nid %" PRIu64 ", is no directory",
			nid);
	erofs_check_leave(chk, 0);
	return r;
}

static int run(struct check *chk)
{
	const struct erofs_super *super = chk->super;
	uint64_t start = chk->options.start_nid;
	int r = 0;

	if (!start) {
		r = check_special(chk, super->metabox_nid, RULE_SUPER_METABOX);
		if (r == 0)
			r = check_special(chk, super->packed_nid, RULE_SUPER_PACKED);
	}
	if (r == 0)
		r = check_start(chk, start ? start : super->root_nid);
	if (r == 0)
		r = enter_all(chk);
	/* The superblock's count was only a guess. */
	erofs_progress(chk->report, "checking inodes", chk->summary.inodes, chk->summary.inodes);
	if (r == 0)
		check_links(chk);
	if (r == 0 && chk->options.decode_data &&
	    (!chk->options.max_bytes || chk->summary.content_bytes <= chk->options.max_bytes))
		r = erofs_check_decode(chk);
	return r;
}

static uint64_t allowed_work(struct erofs_image *img)
{
	uint64_t work;

	if (erofs_mul_overflow(erofs_image_size_bytes(img), WORK_PER_BYTE, &work) ||
	    erofs_add_overflow(work, WORK_AT_LEAST, &work))
		return UINT64_MAX;
	return work;
}

int erofs_check(struct erofs_image *img, const struct erofs_check_options *options,
	const struct erofs_report *report, struct erofs_check_summary *ret)
{
	struct check chk = { .img = img, .super = erofs_image_super(img), .report = report };
	int r = erofs_options_take(options, EROFS_OPTIONS_BYTES(chk.options), "check options", report,
		&chk.options);

	if (r < 0)
		return r;
	chk.work_left = allowed_work(img);
	chk.packed_algorithms = chk.super->algorithms; /* until it is looked at */
	chk.end = &chk.first;
	chk.queue_end = &chk.queue;
	chk.heard = (struct erofs_report){ .user = &chk, .message = hear };
	erofs_arena_init(&chk.arena);
	erofs_table_init(&chk.inodes, nid_equal);
	r = erofs_reader_new(img, &chk.rd);
	if (r == 0) {
		erofs_reader_set_report(chk.rd, &chk.heard);
		r = run(&chk);
		erofs_reader_free(chk.rd);
	}
	erofs_table_fini(&chk.inodes);
	erofs_arena_fini(&chk.arena);
	free(chk.body);
	if (r == 0)
		*ret = chk.summary;
	return r;
}
