/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Lost names are counted by inode; what is left of the count is for the builder to write into the old inode. */
#include "source/base_links.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <sys/stat.h>
#include <erofs/walk.h>

#include "format/erofs_fs.h"
#include "image/reader.h"

struct base_link {
	uint64_t nid;
	uint32_t lost, nlink;
	uint64_t inode_at;
	bool extended;
	struct base_link *next;
};

static bool is_nid(const void *entry, const void *key)
{
	return ((const struct base_link *)entry)->nid == *(const uint64_t *)key;
}

void erofs_base_links_init(struct erofs_base_links *links, struct erofs_reader *rd)
{
	*links = (struct erofs_base_links){ .rd = rd };
	erofs_table_init(&links->by_nid, is_nid);
	erofs_arena_init(&links->arena);
	erofs_nidset_init(&links->entered);
}

void erofs_base_links_fini(struct erofs_base_links *links)
{
	erofs_table_fini(&links->by_nid);
	erofs_arena_fini(&links->arena);
	erofs_nidset_fini(&links->entered);
}

static int lose(struct erofs_base_links *links, const struct erofs_inode *inode)
{
	uint64_t hash = erofs_hash_pair(inode->nid, 0);
	struct base_link *link;

	if (inode->nlink < 2 || S_ISDIR(inode->mode))
		return 0;
	link = erofs_table_find(&links->by_nid, hash, &inode->nid);
	if (link) {
		link->lost++;
		return 0;
	}
	link = erofs_arena_alloc(&links->arena, sizeof(*link));
	if (!link)
		return -ENOMEM;
	*link = (struct base_link){ .nid = inode->nid, .lost = 1, .nlink = inode->nlink,
		.inode_at = inode->metadata_offset, .extended = inode->extended, .next = links->first };
	links->first = link;
	return erofs_table_add(&links->by_nid, hash, link);
}

static int visit(void *user, const struct erofs_walk_entry *entry)
{
	struct erofs_base_links *links = user;
	int r;

	if (!S_ISDIR(entry->inode->mode))
		return lose(links, entry->inode);
	r = erofs_nidset_add(&links->entered, entry->nid);
	return r < 0 ? r : r ? EROFS_WALK_CONTINUE : EROFS_WALK_SKIP;
}

static int go_on(void *user, const struct erofs_walk_entry *entry, int error)
{
	(void)user;
	(void)entry;
	return error == -ENOMEM ? error : 0;
}

int erofs_base_links_lose(struct erofs_base_links *links, uint64_t nid, bool directory)
{
	const struct erofs_report *report = links->rd->report;
	struct erofs_walk_visitor visitor = { .user = links, .entry = visit, .error = go_on };
	struct erofs_inode inode;
	int r = 0;

	links->rd->report = NULL;
	if (directory)
		r = erofs_walk(links->rd, nid, &visitor);
	else if (erofs_inode_read(links->rd, nid, &inode) == 0)
		r = lose(links, &inode);
	links->rd->report = report;
	return r == -ENOMEM ? r : 0;
}

/* What a device has behind the image is overwritten, names or not. */
static bool is_left(const struct base_link *link, const struct erofs_tree_base *base)
{
	return link->nlink > link->lost &&
	       (erofs_nid_in_metabox(link->nid) || link->inode_at < base->end_bytes);
}

static size_t count(const struct erofs_base_links *links, const struct erofs_tree_base *base)
{
	size_t n = 0;

	for (const struct base_link *link = links->first; link; link = link->next)
		n += is_left(link, base);
	return n;
}

static int describe(const struct erofs_reader *rd, const struct base_link *link, struct erofs_tree_link *ret)
{
	size_t field = link->extended ? offsetof(struct erofs_inode_extended, i_nlink) :
					offsetof(struct erofs_inode_compact, i_nb);

	/* A metabox may be compressed, and nothing that leads to others in it may change. */
	if (erofs_nid_in_metabox(link->nid))
		return erofs_nid_fail(rd, link->nid, -EOPNOTSUPP, "would have %" PRIu32 " names and a count of %" PRIu32
			": inodes in a metabox cannot be changed", link->nlink - link->lost, link->nlink);
	*ret = (struct erofs_tree_link){ .at = link->inode_at + field,
		.bytes = link->extended ? sizeof(erofs_le32) : sizeof(erofs_le16),
		.nlink = link->nlink - link->lost };
	return 0;
}

int erofs_base_links_settle(struct erofs_base_links *links, struct erofs_tree *tree)
{
	struct erofs_tree_base *base = tree->base;
	int r = 0;

	base->links = erofs_arena_alloc(&tree->arena, count(links, base) * sizeof(*base->links));
	if (!base->links)
		return -ENOMEM;
	for (const struct base_link *link = links->first; r == 0 && link; link = link->next)
		if (is_left(link, base))
			r = describe(links->rd, link, &base->links[base->link_count++]);
	return r;
}
