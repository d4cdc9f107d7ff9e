/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Metadata of an image whose files are stored first, from what packing has left in the plan, or from the intake. */
#include "write/write.h"

#include <string.h>

#include "tree/intake.h"

static void fill_node(struct write_worker *ww, const struct plan_item *item,
	const struct erofs_node *node)
{
	const struct erofs_plan *plan = ww->w->plan;
	const struct plan_inode *pi = &plan->inodes[node->index];
	const struct plan_packed *packed = plan->packed ? &plan->packed[node->index] : NULL;
	uint8_t *inode = erofs_write_meta_at(ww, item, node);
	const uint8_t *fingerprint = packed ? packed->fingerprint : NULL;

	if (plan->tree->intake && erofs_plan_is_file(node))
		fingerprint = plan->tree->intake->places[node->source_inode].fingerprint;
	erofs_encode_xattr_body(plan, node, fingerprint, inode + erofs_plan_inode_bytes(pi));
	if (packed && packed->tail)
		memcpy(inode + erofs_plan_meta_bytes(plan, pi), packed->tail,
			erofs_plan_tail_bytes(plan, pi));
}

int erofs_data_first_finish(struct write_worker *ww, const struct plan_item *item)
{
	int r = erofs_write_meta_room(ww, item);

	for (uint32_t i = 0; r == 0 && i < item->count; i++) {
		const struct erofs_node *node = ww->w->plan->tree->nodes[item->first + i];

		fill_node(ww, item, node);
		r = erofs_write_node(ww, item, node);
	}
	return r < 0 ? r : erofs_write_meta_out(ww, item);
}
