/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Planning places: inodes are gathered into items, each of which gets one range of the inode area, then
 * the areas of the image follow each other. */
#include "plan/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/math.h"
#include "base/report.h"
#include "tree/intake.h"

/* Free space that an inline tail left at the end of a block. Kept within one item, so that its metadata
 * stays one range, and few: the last ones do. */
#define GAPS 32u
#define META_START_MAX INT32_MAX /* readers may take it for signed */

struct gap {
	uint64_t start, end;
};

struct placer {
	struct erofs_plan *plan;
	uint32_t base;		/* of the inode area within its block */
	uint64_t cursor;	/* end of what is placed */
	struct gap gaps[GAPS];
	uint32_t gap_count;
	uint64_t data_bytes;	/* buffer space that the open item's files take */
	uint64_t dir_blocks;
	bool open;		/* the last item takes more inodes */
};

/* ---- one inode ---- */

static bool fits_at(uint64_t block, uint64_t at, uint64_t meta, uint64_t tail)
{
	uint64_t in_block = at & (block - 1);

	/* Small inodes do not cross a block, so that a look-up reads one. */
	if (meta + tail <= block)
		return in_block + meta + tail <= block;
	return ((in_block + meta - 1) & (block - 1)) + 1 + tail <= block;
}

uint64_t erofs_plan_fit(uint64_t block, uint64_t at, uint64_t meta, uint64_t tail)
{
	at = erofs_round_up(at, EROFS_SLOT_SIZE);
	if (fits_at(block, at, meta, tail))
		return at;
	if (meta + tail <= block)
		return erofs_round_up(at, block);
	/* Just far enough that the metadata ends early in the next block. */
	return erofs_round_up(at + meta, block) + (meta - 1) % EROFS_SLOT_SIZE + 1 - meta;
}

static void add_gap(struct placer *p, uint64_t start, uint64_t end)
{
	start = erofs_round_up(start, EROFS_SLOT_SIZE);
	if (start + EROFS_SLOT_SIZE > end)
		return;
	if (p->gap_count == GAPS) {
		for (uint32_t i = 1; i < GAPS; i++)
			p->gaps[i - 1] = p->gaps[i];
		p->gap_count--;
	}
	p->gaps[p->gap_count++] = (struct gap){ start, end };
}

/* The tightest gap that takes the inode, or GAPS. Gaps lie within one block each. */
static uint32_t find_gap(const struct placer *p, uint64_t bytes)
{
	uint32_t best = GAPS;
	uint64_t best_room = UINT64_MAX;

	for (uint32_t i = 0; i < p->gap_count; i++) {
		uint64_t room = p->gaps[i].end - p->gaps[i].start;

		if (room >= bytes && room < best_room) {
			best = i;
			best_room = room;
		}
	}
	return best;
}

static void take_gap(struct placer *p, uint32_t i, uint64_t bytes)
{
	struct gap *g = &p->gaps[i];

	g->start = erofs_round_up(g->start + bytes, EROFS_SLOT_SIZE);
	if (g->start + EROFS_SLOT_SIZE <= g->end)
		return;
	for (p->gap_count--; i < p->gap_count; i++)
		p->gaps[i] = p->gaps[i + 1];
}

static void place_inode(struct placer *p, struct plan_inode *pi)
{
	uint64_t meta = erofs_plan_meta_bytes(p->plan, pi);
	uint64_t tail = erofs_plan_tail_bytes(p->plan, pi);
	uint32_t gap = find_gap(p, meta + tail);

	if (gap < GAPS) {
		pi->offset = p->gaps[gap].start;
		take_gap(p, gap, meta + tail);
		return;
	}
	pi->offset = erofs_plan_fit(p->plan->block_size, p->base + p->cursor, meta, tail) - p->base;
	if (meta + tail <= p->plan->block_size)
		add_gap(p, p->cursor, pi->offset);
	p->cursor = pi->offset + meta + tail;
}

/* ---- items ---- */

static enum plan_item_kind kind_of(const struct erofs_plan *plan, const struct erofs_node *node,
	const struct plan_inode *pi)
{
	if (erofs_plan_is_old_root(plan, node))
		return PLAN_ROOT;
	if (!S_ISREG(node->mode) || pi->size_bytes <= PLAN_SMALL_BYTES || plan->data_first ||
	    erofs_plan_is_referred(node))
		return PLAN_BATCH;
	if (pi->layout == EROFS_LAYOUT_CHUNK_BASED)
		return PLAN_CHUNKED;
	return pi->flags & PLAN_SIZE_SHARED ? PLAN_LARGE_SHARED : PLAN_LARGE;
}

/* What the file takes in the buffer of its batch. Files that are stored already are through with that. */
static uint64_t buffer_bytes(const struct erofs_plan *plan, const struct erofs_node *node,
	const struct plan_inode *pi)
{
	if (!S_ISREG(node->mode) || plan->data_first)
		return 0;
	if (erofs_plan_is_referred(node))
		return erofs_plan_referred_buffer(plan, pi);
	return erofs_round_up(pi->size_bytes, plan->block_size);
}

/* A referred file passes through a part of the buffer on its way to the digest. */
uint32_t erofs_plan_referred_buffer(const struct erofs_plan *plan, const struct plan_inode *pi)
{
	if (pi->size_bytes > PLAN_SMALL_BYTES)
		return PLAN_SMALL_BYTES;
	return (uint32_t)erofs_round_up(pi->size_bytes, plan->block_size);
}

static bool joins_batch(const struct placer *p, const struct erofs_node *node)
{
	const struct erofs_plan *plan = p->plan;
	const struct plan_inode *pi = &plan->inodes[node->index];
	const struct plan_item *item;

	if (!p->open || kind_of(plan, node, pi) != PLAN_BATCH)
		return false;
	item = &plan->items[plan->item_count - 1];
	return item->count < PLAN_BATCH_INODES &&
	       p->cursor - item->meta_start < PLAN_BATCH_META_BYTES &&
	       p->data_bytes + buffer_bytes(plan, node, pi) <= PLAN_SMALL_BYTES;
}

static int open_item(struct placer *p, const struct erofs_node *node)
{
	struct erofs_plan *plan = p->plan;
	struct plan_item *item;

	if (plan->item_count == plan->item_capacity) {
		size_t capacity = plan->item_capacity ? 2 * plan->item_capacity : 64;
		struct plan_item *items = realloc(plan->items, capacity * sizeof(*items));

		if (!items)
			return erofs_fail_errno(plan->report, -ENOMEM, "%zu groups of inodes", capacity);
		plan->items = items;
		plan->item_capacity = capacity;
	}
	item = &plan->items[plan->item_count++];
	*item = (struct plan_item){ .first = node->index,
		.kind = kind_of(plan, node, &plan->inodes[node->index]),
		.meta_start = erofs_round_up(p->cursor, EROFS_SLOT_SIZE) };
	p->open = item->kind == PLAN_BATCH;
	p->gap_count = 0;
	p->data_bytes = 0;
	return 0;
}

static int place_node(struct placer *p, const struct erofs_node *node)
{
	struct erofs_plan *plan = p->plan;
	struct plan_inode *pi = &plan->inodes[node->index];
	struct plan_item *item;

	if (!joins_batch(p, node)) {
		int r = open_item(p, node);

		if (r < 0)
			return r;
	}
	if (!erofs_plan_is_old_root(plan, node))
		place_inode(p, pi);
	item = &plan->items[plan->item_count - 1];
	item->count++;
	item->meta_end = p->cursor;
	p->data_bytes += buffer_bytes(plan, node, pi);
	if (p->cursor > INT64_MAX / 2)
		return erofs_fail(plan->report, -EFBIG, "metadata of this tree is too large for an image");
	if (S_ISREG(node->mode)) {
		plan->max_data_blocks += erofs_ceil_div(erofs_plan_stored_bytes(node), plan->block_size);
	} else {
		uint64_t blocks = erofs_plan_blocks(plan, pi);

		pi->start_block = blocks ? p->dir_blocks : PLAN_NO_BLOCK;
		p->dir_blocks += blocks;
	}
	return 0;
}

/* Large files of a size of their own only need space, so they come first, the largest at the very
 * start: they are streamed while the rest is handled, and none is left over for the end. */
static int compare_items(const void *a, const void *b)
{
	const struct plan_item *x = a, *y = b;
	bool x_large = x->kind == PLAN_LARGE, y_large = y->kind == PLAN_LARGE;

	if (x_large != y_large)
		return x_large ? -1 : 1;
	if (x_large && x->first_step != y->first_step)
		return x->first_step > y->first_step ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static void order_items(struct erofs_plan *plan)
{
	for (size_t i = 0; i < plan->item_count; i++) {
		struct plan_item *item = &plan->items[i];

		item->first_step = plan->inodes[item->first].size_bytes; /* for the sort only */
	}
	if (plan->item_count)
		qsort(plan->items, plan->item_count, sizeof(*plan->items), compare_items);
}

static uint64_t steps_of(const struct erofs_plan *plan, const struct plan_item *item)
{
	const struct plan_inode *pi = &plan->inodes[item->first];
	uint64_t chunk = (uint64_t)plan->block_size << pi->chunk_bits;

	if (item->kind != PLAN_CHUNKED)
		return 1;
	return erofs_ceil_div(pi->size_bytes, chunk > PLAN_STEP_BYTES ? chunk : PLAN_STEP_BYTES);
}

static void number_steps(struct erofs_plan *plan)
{
	for (size_t i = 0; i < plan->item_count; i++) {
		plan->items[i].first_step = plan->step_count;
		plan->step_count += steps_of(plan, &plan->items[i]);
	}
}

/* ---- areas ---- */

int erofs_plan_place_front(struct erofs_plan *plan)
{
	const struct erofs_intake *intake = plan->tree->intake;
	uint64_t at = erofs_plan_front(plan);

	plan->device_table_at = erofs_round_up(at, EROFS_DEVT_SLOT_SIZE);
	if (plan->device_count)
		at = plan->device_table_at + (uint64_t)plan->device_count * EROFS_DEVT_SLOT_SIZE;
	plan->shared_at = erofs_round_up(at, 4);
	plan->prefixes_at = erofs_round_up(plan->shared_at + plan->xattrs.shared_bytes, 4);
	at = plan->prefixes_packed ? plan->shared_at + plan->xattrs.shared_bytes :
	     plan->prefixes_at + plan->xattrs.prefix_bytes;
	plan->front_end = at;
	plan->inode_area_at = erofs_round_up(at, EROFS_SLOT_SIZE);
	/* Where data begins when it comes first. */
	plan->data_start_block = erofs_ceil_div(plan->inode_area_at, plan->block_size);
	if (intake && plan->data_start_block > intake->first_block)
		return erofs_fail(plan->report, -EINVAL, "no room in front of data that is there already");
	return 0;
}

/* Without 48-bit forms the root nid has 16 bits (section 12.1); nid 0 means "none" elsewhere. */
static void place_after_front(struct erofs_plan *plan)
{
	uint64_t area = plan->inode_area_at;

	/* The root may be moved on by a block to keep its tail whole. */
	if (plan->tree->base)
		plan->meta_start_block = (uint32_t)plan->tree->base->super.meta_start_block;
	else if ((area + 2 * plan->block_size) / EROFS_SLOT_SIZE > UINT16_MAX)
		plan->meta_start_block = (uint32_t)(area / plan->block_size - 1);
	plan->nid_shift_bytes = area - (uint64_t)plan->meta_start_block * plan->block_size;
	plan->dir_start_block = erofs_ceil_div(area + plan->inode_area_bytes, plan->block_size);
	plan->data_start_block = plan->dir_start_block + plan->dir_blocks;
}

static void place_in_zone(struct erofs_plan *plan)
{
	plan->dir_start_block = erofs_ceil_div(plan->inode_area_at, plan->block_size);
	plan->data_start_block = plan->dir_start_block + plan->dir_blocks;
	plan->inode_area_at = (plan->data_start_block + plan->max_data_blocks) * plan->block_size;
}

/* Behind all data, whose end is known: the zone needs no second place. */
static void place_behind(struct erofs_plan *plan, uint64_t data_end_block)
{
	uint64_t zone = data_end_block + plan->dir_blocks;

	plan->dir_start_block = data_end_block;
	plan->inode_area_at = zone << plan->block_bits;
	plan->meta_start_block = (uint32_t)zone - 1;
	if (!plan->tree->base)
		return;
	plan->meta_start_block = (uint32_t)plan->tree->base->super.meta_start_block;
	plan->nid_shift_bytes = plan->inode_area_at - ((uint64_t)plan->meta_start_block << plan->block_bits);
}

/* The area is no part of the image. In a compressed one data ends where it is known to end. */
static void place_in_metabox(struct erofs_plan *plan, uint64_t data_end_block)
{
	plan->dir_start_block = plan->compression.on ? data_end_block :
				erofs_ceil_div(plan->front_end, plan->block_size);
	plan->data_start_block = plan->dir_start_block + plan->dir_blocks;
	plan->inode_area_at = 0;
}

static void add_alignment(struct erofs_plan *plan)
{
	uint64_t files = 0;

	for (uint32_t i = 0; i < plan->tree->node_count; i++)
		files += S_ISREG(plan->tree->nodes[i]->mode);
	plan->max_data_blocks += files * (plan->opt.data_align_blocks - 1);
}

/* Of the packed inode, besides fragments. */
static void add_directories(struct erofs_plan *plan)
{
	uint64_t bytes = plan->xattrs.prefix_bytes;

	if (!plan->opt.compress_directories)
		return;
	for (uint32_t i = 0; i < plan->tree->node_count; i++)
		if (S_ISDIR(plan->tree->nodes[i]->mode))
			bytes += plan->inodes[i].size_bytes;
	plan->max_data_blocks += erofs_ceil_div(bytes, plan->block_size);
}

static void shift_directories(struct erofs_plan *plan)
{
	for (uint32_t i = 0; i < plan->tree->node_count; i++)
		if (plan->inodes[i].start_block != PLAN_NO_BLOCK && !S_ISREG(plan->tree->nodes[i]->mode))
			plan->inodes[i].start_block += plan->dir_start_block;
}

static int place_areas(struct erofs_plan *plan, uint64_t data_end_block)
{
	add_alignment(plan);
	add_directories(plan);
	if (plan->metabox)
		place_in_metabox(plan, data_end_block);
	else if (plan->data_first)
		place_behind(plan, data_end_block);
	else if (plan->opt.meta_zone)
		place_in_zone(plan);
	else
		place_after_front(plan);
	if (plan->data_first && !plan->tree->base && !plan->metabox &&
	    data_end_block + plan->dir_blocks > META_START_MAX)
		return erofs_fail(plan->report, -EFBIG, "metadata at block %" PRIu64 " is out of reach",
			data_end_block + plan->dir_blocks);
	if (plan->data_start_block >= EROFS_NULL_ADDR ||
	    plan->data_start_block + plan->max_data_blocks > (uint64_t)INT64_MAX >> plan->block_bits)
		return erofs_fail(plan->report, -EFBIG, "this tree is too large for an image");
	return 0;
}

bool erofs_plan_is_zone(const struct erofs_plan *plan)
{
	return !plan->metabox && (plan->opt.meta_zone || plan->data_first);
}

int erofs_plan_place_inodes(struct erofs_plan *plan)
{
	struct placer p = { .plan = plan };
	int r = erofs_plan_place_front(plan);

	if (r < 0)
		return r;
	if (erofs_plan_is_zone(plan))
		plan->nid_shift_bytes = plan->block_size;
	else if (!plan->metabox)
		p.base = (uint32_t)(plan->inode_area_at & (plan->block_size - 1));
	for (uint32_t i = 0; i < plan->tree->node_count; i++) {
		r = place_node(&p, plan->tree->nodes[i]);
		if (r < 0)
			return r;
	}
	plan->inode_area_bytes = p.cursor;
	plan->dir_blocks = p.dir_blocks;
	return 0;
}

int erofs_plan_place_areas(struct erofs_plan *plan, uint64_t data_end_block)
{
	int r = place_areas(plan, data_end_block);

	if (r < 0)
		return r;
	shift_directories(plan);
	order_items(plan);
	number_steps(plan);
	return 0;
}
