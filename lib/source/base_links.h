/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Link counts of a base image: files of it that lose names to an addition but keep others. */
#ifndef EROFS_SOURCE_BASE_LINKS_H
#define EROFS_SOURCE_BASE_LINKS_H

#include <erofs/dir.h>
#include "base/arena.h"
#include "base/table.h"
#include "image/nidset.h"
#include "tree/node.h"

struct base_link;

struct erofs_base_links {
	struct erofs_reader *rd;
	struct erofs_table by_nid;
	struct erofs_arena arena;
	struct erofs_nidset entered;	/* directories that are gone */
	struct base_link *first;
};

void erofs_base_links_init(struct erofs_base_links *links, struct erofs_reader *rd);
void erofs_base_links_fini(struct erofs_base_links *links);
/* @nid, and what is below it, has lost a name. What cannot be read does not matter any more. 0 or -ENOMEM. */
int erofs_base_links_lose(struct erofs_base_links *links, uint64_t nid, bool directory);
/* Notes in tree->base what is to be changed. -EOPNOTSUPP, with a message: an inode in a metabox. */
int erofs_base_links_settle(struct erofs_base_links *links, struct erofs_tree *tree);

#endif
