/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The part of packing that happens in order: finding identical files, handing out blocks. */
#include "pack/pack.h"

#include <errno.h>
#include <stdlib.h>

#include "base/report.h"

struct plan_inode *erofs_pack_inode(const struct pack_worker *pw, const struct pack_slot *slot)
{
	return &pw->hashing.w->plan->inodes[slot->node->index];
}

struct plan_packed *erofs_pack_result(const struct pack_worker *pw, const struct pack_slot *slot)
{
	return &pw->hashing.w->plan->packed[slot->node->index];
}

void erofs_pack_set_compressed(struct pack_worker *pw, const struct pack_slot *slot)
{
	struct erofs_plan *plan = pw->hashing.w->plan;
	struct plan_packed *packed = erofs_pack_result(pw, slot);
	const struct erofs_encoder_options *enc = &plan->compression.encoders[packed->choice.encoder];

	if (packed->linked && packed->form == PLAN_INDEX_COMPACT)
		packed->form = PLAN_INDEX_FULL;
	erofs_pack_inode(pw, slot)->layout = packed->form == PLAN_INDEX_COMPACT ?
		EROFS_LAYOUT_COMPRESSED_COMPACT : EROFS_LAYOUT_COMPRESSED_FULL;
	packed->inline_bytes = slot->tail_bytes;
	plan->compression.used_algorithms |= 1u << erofs_encoder_algorithm(enc->kind);
}

int erofs_pack_keep_fingerprint(struct pack_worker *pw, const struct pack_slot *slot)
{
	struct erofs_plan *plan = pw->hashing.w->plan;
	const struct plan_inode *pi = erofs_pack_inode(pw, slot);
	struct plan_packed *packed = erofs_pack_result(pw, slot);

	plan->compressed_count += erofs_plan_is_compressed(pi);
	plan->inline_count += packed->inline_bytes != 0;
	plan->linked_count += erofs_plan_is_compressed(pi) && packed->linked;
	packed->fingerprint = NULL;
	if (!(pi->flags & PLAN_TAGGED))
		return 0;
	packed->fingerprint = erofs_arena_copy(&plan->kept, slot->fingerprint,
		plan->xattrs.fingerprint_bytes);
	return packed->fingerprint ? 0 : erofs_fail_errno(plan->report, -ENOMEM, "cannot note a fingerprint");
}

int erofs_pack_keep(struct pack_worker *pw, const struct pack_slot *slot)
{
	struct erofs_plan *plan = pw->hashing.w->plan;
	const struct plan_inode *pi = erofs_pack_inode(pw, slot);
	struct plan_packed *packed = erofs_pack_result(pw, slot);
	uint32_t tail = erofs_plan_tail_bytes(plan, pi);
	const uint8_t *bytes = pw->in + slot->in_at + slot->size - tail;

	if (slot->compressed)
		bytes = pw->tails + slot->tail_at;
	if (tail)
		packed->tail = erofs_arena_copy(&plan->kept, bytes, tail);
	if (tail && !packed->tail)
		return erofs_fail_errno(plan->report, -ENOMEM, "cannot note a tail");
	return erofs_pack_keep_fingerprint(pw, slot);
}

int erofs_pack_push_extent(struct erofs_plan *plan, const struct plan_extent *extent)
{
	if (plan->extent_count == plan->extent_capacity) {
		uint64_t capacity = 2 * plan->extent_capacity + 4096;
		struct plan_extent *extents = NULL;

		if (capacity <= SIZE_MAX / sizeof(*extents))
			extents = realloc(plan->extents, (size_t)capacity * sizeof(*extents));
		if (!extents)
			return erofs_fail_errno(plan->report, -ENOMEM, "cannot note compressed extents");
		plan->extents = extents;
		plan->extent_capacity = capacity;
	}
	plan->extents[plan->extent_count++] = *extent;
	return 0;
}

int erofs_pack_add_extents(struct pack_worker *pw, struct pack_slot *slot)
{
	struct erofs_plan *plan = pw->hashing.w->plan;
	uint64_t at = slot->from;
	int r = 0;

	slot->first_in_plan = plan->extent_count;
	for (size_t i = 0; r == 0 && i < slot->extent_count; i++) {
		struct plan_extent extent = pw->extents[slot->first_extent + i];

		if (extent.format == PACK_LINK) {
			r = erofs_pack_follow_link(pw, slot, extent.start);
		} else if (slot->carried) {
			extent.start = erofs_pack_place_piece(pw, slot, slot->first_extent + i);
			r = erofs_pack_push_extent(plan, &extent);
		} else {
			erofs_pack_settle_extent(pw, slot, i, &extent);
			erofs_pack_place_head(pw, slot, at, extent.bytes);
			r = erofs_pack_push_extent(plan, &extent);
		}
		at += extent.bytes;
	}
	return r;
}

/* ---- whole files ---- */

/* Whether the slot's output goes to the next byte, not to blocks. */
static bool is_bytewise(const struct pack_worker *pw, const struct pack_slot *slot)
{
	return slot->compressed && erofs_pack_result(pw, slot)->form == PLAN_INDEX_RECORDS &&
	       !(slot->carried && slot->aligned);
}

static int place_new(struct pack_worker *pw, struct pack_slot *slot)
{
	struct writer *w = pw->hashing.w;
	struct plan_packed *packed = erofs_pack_result(pw, slot);
	struct plan_inode *pi = erofs_pack_inode(pw, slot);
	bool bytewise = is_bytewise(pw, slot);
	int r;

	if (bytewise)
		r = erofs_write_allocate_bytes(w, &w->image, slot->stored_bytes, &slot->start);
	/* One that stands inline as a whole needs no place, but its index has an address. */
	else if (slot->blocks)
		r = erofs_write_allocate(w, &w->image, slot->blocks, &pi->start_block);
	else
		r = erofs_write_append(w, &w->image, 0, &pi->start_block);
	if (r < 0)
		return r;
	if (bytewise)
		pi->start_block = slot->start >> w->plan->block_bits;
	else
		slot->start = pi->start_block << w->plan->block_bits;
	slot->written = slot->blocks != 0;
	packed->stored_bytes = slot->carried ? slot->total_bytes : slot->stored_bytes;
	if (!slot->compressed)
		return 0;
	packed->first_extent = w->plan->extent_count;
	r = erofs_pack_add_extents(pw, slot);
	packed->extent_count = w->plan->extent_count - packed->first_extent;
	if (slot->carried)
		erofs_pack_set_carried(pw, slot);
	return r < 0 ? r : erofs_pack_store_fragment(pw, slot);
}

static int commit_file(struct pack_worker *pw, struct pack_slot *slot)
{
	bool adopted;
	int r = erofs_pack_settle_twin(pw, slot, &adopted);

	if (r < 0)
		return r;
	if (adopted)
		return erofs_pack_keep_fingerprint(pw, slot);
	if (slot->carried)
		r = erofs_pack_settle_pieces(pw, slot);
	else if (slot->compressed)
		r = erofs_pack_settle_links(pw, slot);
	if (r == 0 && slot->compressed && !slot->carried)
		r = erofs_pack_share_extents(pw, slot);
	if (r < 0)
		return r;
	if (slot->compressed && !slot->carried)
		erofs_pack_set_compressed(pw, slot);
	if (slot->blocks || slot->compressed)
		r = place_new(pw, slot);
	return r < 0 ? r : erofs_pack_keep(pw, slot);
}

int erofs_pack_commit_files(struct pack_worker *pw)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < pw->slot_count; i++)
		r = commit_file(pw, &pw->slots[i]);
	return r;
}

/* New files of a batch lie side by side in the output buffer as they do in the image, unless one between
 * them is a copy or the image has a gap. */
int erofs_pack_write(struct pack_worker *pw)
{
	struct writer *w = pw->hashing.w;
	uint32_t i = 0, next;
	int r = 0;

	while (r == 0 && i < pw->slot_count) {
		const struct pack_slot *slot = &pw->slots[i];
		uint64_t end = slot->start + slot->stored_bytes;

		for (next = i + 1; slot->written && next < pw->slot_count && pw->slots[next].written &&
		     pw->slots[next].start == end &&
		     pw->slots[next].out_at - slot->out_at == end - slot->start; next++)
			end += pw->slots[next].stored_bytes;
		if (slot->written)
			r = erofs_output_write(w->image.out, slot->start, pw->out + slot->out_at,
				(size_t)(end - slot->start));
		i = next;
	}
	return r;
}
