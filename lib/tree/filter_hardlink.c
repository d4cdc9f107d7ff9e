/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Only files whose source counts more than one link are put in the table, so it stays small. */

#include "tree/filter_hardlink.h"

struct file_id {
	uint64_t device, inode;
};

static bool same_file(const void *entry, const void *key)
{
	const struct erofs_node *node = entry;
	const struct file_id *id = key;

	return node->source_inode == id->inode && node->source_device == id->device;
}

void erofs_hardlinks_init(struct erofs_table *links)
{
	erofs_table_init(links, same_file);
}

struct erofs_node *erofs_hardlinks_find(const struct erofs_table *links, uint64_t device,
	uint64_t inode)
{
	struct file_id id = { device, inode };

	return erofs_table_find(links, erofs_hash_pair(device, inode), &id);
}

int erofs_hardlinks_add(struct erofs_table *links, struct erofs_node *node)
{
	return erofs_table_add(links, erofs_hash_pair(node->source_device, node->source_inode),
		node);
}
