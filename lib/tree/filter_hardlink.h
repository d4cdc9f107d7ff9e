/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Several names, one inode: nodes by the device and inode number of their source. */
#ifndef EROFS_TREE_FILTER_HARDLINK_H
#define EROFS_TREE_FILTER_HARDLINK_H

#include "base/table.h"
#include "tree/node.h"

void erofs_hardlinks_init(struct erofs_table *links);
struct erofs_node *erofs_hardlinks_find(const struct erofs_table *links, uint64_t device,
	uint64_t inode);
/* Remembers @node by its source_device and source_inode. 0 or -ENOMEM. */
int erofs_hardlinks_add(struct erofs_table *links, struct erofs_node *node);

#endif
