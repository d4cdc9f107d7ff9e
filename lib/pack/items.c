/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Dividing the files of a tree into segments. */
#include "pack/pack.h"

#include <errno.h>
#include <stdlib.h>

#include "base/math.h"
#include "base/report.h"

static int add_item(struct pack *pack, struct pack_item **ret)
{
	if (pack->item_count == pack->item_capacity) {
		size_t capacity = pack->item_capacity ? 2 * pack->item_capacity : 64;
		struct pack_item *items = realloc(pack->items, capacity * sizeof(*items));

		if (!items)
			return erofs_fail_errno(pack->w->report, -ENOMEM, "%zu groups of files", capacity);
		pack->items = items;
		pack->item_capacity = capacity;
	}
	*ret = &pack->items[pack->item_count++];
	return 0;
}

/* Nodes without content between files belong to the batch: they cost nothing there. */
static bool fits(const struct pack_item *batch, uint64_t bytes)
{
	return batch && batch->segments == 1 && batch->count < PACK_BATCH_INODES &&
	       batch->bytes + bytes <= PACK_BATCH_BYTES;
}

/* What a file takes of a worker's buffers. Pieces that are carried over may be stored in more than they hold: parts of
 * what others store, too. */
static uint64_t bytes_of(const struct erofs_plan *plan, const struct erofs_node *node)
{
	uint64_t bytes = erofs_round_up(node->size_bytes, plan->block_size);

	return erofs_plan_is_carried(plan, node) && bytes < node->carried_total ? node->carried_total : bytes;
}

/* The same of a segment of a large one. */
static uint64_t segment_bytes(const struct erofs_plan *plan, const struct erofs_node *node)
{
	_Static_assert(PACK_SEGMENT_BYTES == EROFS_CARRIED_STRETCH, "carried_beyond is about something else");
	return PACK_SEGMENT_BYTES +
	       (erofs_plan_is_carried(plan, node) ? erofs_round_up(node->carried_beyond, plan->block_size) : 0);
}

static uint64_t segments_of(const struct erofs_plan *plan, const struct erofs_node *node)
{
	if (node->size_bytes <= PACK_SEGMENT_BYTES)
		return 1;
	return erofs_plan_is_carried(plan, node) ? erofs_pack_carried_segments(node) :
						   erofs_ceil_div(node->size_bytes, PACK_SEGMENT_BYTES);
}

int erofs_pack_plan_items(struct pack *pack)
{
	const struct erofs_plan *plan = pack->w->plan;
	struct pack_item *item = NULL;

	for (uint32_t i = 0; i < plan->tree->node_count; i++) {
		const struct erofs_node *node = plan->tree->nodes[i];
		uint64_t bytes = 0;
		int r;

		if (erofs_plan_is_file(node))
			bytes = bytes_of(plan, node);
		if (!fits(item, bytes)) {
			r = add_item(pack, &item);
			if (r < 0)
				return r;
			*item = (struct pack_item){ .first = i,
				.segments = erofs_plan_is_file(node) ? segments_of(plan, node) : 1 };
		}
		item->count++;
		item->files += erofs_plan_is_file(node);
		item->bytes += bytes;
		if (item->segments > 1)
			item->bytes = segment_bytes(plan, node);
	}
	return 0;
}

size_t erofs_pack_input_bytes(const struct pack_item *item)
{
	return item->twin ? 0 : (size_t)item->bytes;
}

uint64_t erofs_pack_weight(const struct pack *pack, uint64_t number)
{
	uint64_t segment;
	const struct pack_item *item = erofs_pack_item_of(pack, number, &segment);

	return item->twin ? 0 : erofs_pack_buffer_bytes(item->bytes);
}

void erofs_pack_count_segments(struct pack *pack)
{
	for (size_t i = 0; i < pack->item_count; i++) {
		pack->items[i].first_segment = pack->segment_count;
		pack->segment_count += pack->items[i].segments;
	}
}

const struct pack_item *erofs_pack_item_of(const struct pack *pack, uint64_t number,
	uint64_t *ret_segment)
{
	size_t next = EROFS_BISECT(pack->item_count, i, pack->items[i].first_segment <= number);
	const struct pack_item *item = &pack->items[next - 1];

	*ret_segment = number - item->first_segment;
	return item;
}
