/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Telling where the data belongs that blocks were only reserved for: each range of an archive once, in the order of
 * blocks. */
#include "build/build.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/report.h"

struct start {
	uint64_t block;
	const struct erofs_node *node;
};

static int compare_starts(const void *a, const void *b)
{
	const struct start *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return x->node->index < y->node->index ? -1 : x->node->index > y->node->index;
}

static size_t list_starts(const struct erofs_plan *plan, struct start *starts)
{
	size_t count = 0;

	for (uint32_t i = 0; i < plan->tree->node_count; i++) {
		const struct erofs_node *node = plan->tree->nodes[i];
		const struct plan_inode *pi = &plan->inodes[i];

		if (erofs_plan_is_file(node) && pi->start_block != PLAN_NO_BLOCK && !(pi->flags & PLAN_HOLE))
			starts[count++] = (struct start){ pi->start_block, node };
	}
	qsort(starts, count, sizeof(*starts), compare_starts);
	return count;
}

static int tell_range(const struct writer *w, const struct start *start, struct erofs_content *content,
	uint64_t from, uint64_t to)
{
	const struct erofs_plan *plan = w->plan;
	uint64_t size = plan->block_size;
	struct erofs_content_place place;
	struct erofs_located_range range = { .start_block = start->block + (from >> plan->block_bits),
		.blocks = erofs_ceil_div(to - from, size) };
	int r;

	if (from % size || (to % size && to != start->node->size_bytes))
		return erofs_plan_fail(plan, start->node, -EOPNOTSUPP, "holes that are not multiples of "
			"%" PRIu32 " bytes: blocks cannot be told of this sparse file", plan->block_size);
	r = erofs_content_locate(content, from, &place);
	if (r < 0)
		return r;
	range.source_offset = place.offset;
	range.padding_bytes = (uint32_t)(range.blocks * size - (to - from));
	plan->opt.located(plan->opt.located_user, &range);
	return 0;
}

static int tell_file(const struct writer *w, const struct start *start)
{
	struct erofs_content *content;
	uint64_t at = 0, from, to;
	int r = erofs_content_open(w->plan->tree, start->node, w->report, &content);

	if (r < 0)
		return r;
	while ((r = erofs_content_next_data(content, at, &from, &to)) > 0) {
		r = tell_range(w, start, content, from, to);
		if (r < 0)
			break;
		at = to;
	}
	erofs_content_close(content);
	return r;
}

int erofs_located_tell(const struct writer *w)
{
	auto_free struct start *starts = NULL;
	size_t count;
	int r = 0;

	if (!w->plan->opt.located)
		return 0;
	starts = calloc(w->plan->tree->node_count, sizeof(*starts));
	if (!starts)
		return erofs_fail_errno(w->report, -ENOMEM, "places of %" PRIu32 " inodes",
			w->plan->tree->node_count);
	count = list_starts(w->plan, starts);
	for (size_t i = 0; r == 0 && i < count; i++)
		if (!i || starts[i].block != starts[i - 1].block)
			r = tell_file(w, &starts[i]);
	return r;
}
