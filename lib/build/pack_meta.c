/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Metadata of a compressed image, from what packing has left in the plan. */
#include "build/pack.h"

#include <string.h>

static void fill_node(struct write_worker *ww, const struct plan_item *item,
	const struct erofs_node *node)
{
	const struct erofs_plan *plan = ww->w->plan;
	const struct plan_inode *pi = &plan->inodes[node->index];
	const struct plan_packed *packed = &plan->packed[node->index];
	uint8_t *inode = erofs_write_meta_at(ww, item, node);

	erofs_encode_xattr_body(plan, node, packed->fingerprint, inode + erofs_plan_inode_bytes(pi));
	if (packed->tail)
		memcpy(inode + erofs_plan_meta_bytes(plan, pi), packed->tail,
			erofs_plan_tail_bytes(plan, pi));
}

int erofs_pack_write_meta(struct write_worker *ww, const struct plan_item *item)
{
	int r = erofs_write_meta_room(ww, item);

	for (uint32_t i = 0; r == 0 && i < item->count; i++) {
		const struct erofs_node *node = ww->w->plan->tree->nodes[item->first + i];

		fill_node(ww, item, node);
		r = erofs_write_node(ww, item, node);
	}
	return r < 0 ? r : erofs_write_meta_out(ww, item);
}
