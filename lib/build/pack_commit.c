/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The part of packing that happens in order: finding identical files, handing out blocks. */
#include "build/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

	erofs_pack_inode(pw, slot)->layout = packed->form == PLAN_INDEX_COMPACT ?
		EROFS_LAYOUT_COMPRESSED_COMPACT : EROFS_LAYOUT_COMPRESSED_FULL;
	packed->inline_bytes = slot->tail_bytes;
	plan->compression.used_algorithms |= 1u << erofs_encoder_algorithm(enc->kind);
	plan->compressed_count++;
	plan->inline_count += slot->tail_bytes != 0;
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
	if (pi->flags & PLAN_TAGGED)
		packed->fingerprint = erofs_arena_copy(&plan->kept, slot->fingerprint,
			plan->xattrs.fingerprint_bytes);
	if (tail)
		packed->tail = erofs_arena_copy(&plan->kept, bytes, tail);
	if ((pi->flags & PLAN_TAGGED && !packed->fingerprint) || (tail && !packed->tail))
		return erofs_fail_errno(plan->report, -ENOMEM, "cannot note a fingerprint or a tail");
	return 0;
}

int erofs_pack_add_extents(struct pack_worker *pw, const struct pack_slot *slot, uint64_t start_block)
{
	struct erofs_plan *plan = pw->hashing.w->plan;
	uint64_t needed = plan->extent_count + slot->extent_count;

	if (needed > plan->extent_capacity) {
		uint64_t capacity = 2 * needed + 4096;
		struct plan_extent *extents = NULL;

		if (capacity <= SIZE_MAX / sizeof(*extents))
			extents = realloc(plan->extents, (size_t)capacity * sizeof(*extents));
		if (!extents)
			return erofs_fail_errno(plan->report, -ENOMEM, "cannot note compressed extents");
		plan->extents = extents;
		plan->extent_capacity = capacity;
	}
	for (size_t i = 0; i < slot->extent_count; i++) {
		struct plan_extent *extent = &plan->extents[plan->extent_count + i];

		*extent = pw->extents[slot->first_extent + i];
		extent->start += start_block << plan->block_bits;
	}
	plan->extent_count = needed;
	return 0;
}

/* ---- whole files ---- */

/* The store names the node that has the content first. */
static bool take_from_twin(struct pack_worker *pw, struct pack_slot *slot,
	const struct erofs_content_key *key)
{
	struct writer *w = pw->hashing.w;
	struct plan_packed *packed = erofs_pack_result(pw, slot);
	uint64_t twin;

	if (!erofs_content_store_find(&w->files, key, &twin))
		return false;
	packed->first_extent = w->plan->packed[twin].first_extent;
	packed->extent_count = w->plan->packed[twin].extent_count;
	packed->blocks = w->plan->packed[twin].blocks;
	erofs_pack_take_fragment(pw, slot, twin);
	erofs_pack_inode(pw, slot)->start_block = w->plan->inodes[twin].start_block;
	w->summary.deduplicated_bytes += slot->compressed ? slot->size : erofs_write_stored_bytes(w, key);
	return true;
}

static int place_new(struct pack_worker *pw, struct pack_slot *slot)
{
	struct writer *w = pw->hashing.w;
	struct plan_packed *packed = erofs_pack_result(pw, slot);
	uint64_t *start = &erofs_pack_inode(pw, slot)->start_block;
	int r;

	/* One that stands inline as a whole needs no place, but its index has an address. */
	if (slot->blocks)
		r = erofs_write_allocate(w, &w->image, slot->blocks, start);
	else
		r = erofs_write_append(w, &w->image, 0, start);
	if (r < 0)
		return r;
	slot->written = slot->blocks != 0;
	packed->blocks = slot->blocks;
	if (!slot->compressed)
		return 0;
	packed->first_extent = w->plan->extent_count;
	packed->extent_count = slot->extent_count;
	r = erofs_pack_add_extents(pw, slot, *start);
	return r < 0 ? r : erofs_pack_store_fragment(pw, slot);
}

static int commit_file(struct pack_worker *pw, struct pack_slot *slot)
{
	struct writer *w = pw->hashing.w;
	struct plan_inode *pi = erofs_pack_inode(pw, slot);
	struct erofs_content_key key = { .size_bytes = slot->size, .blocks = slot->blocks };
	bool shared = pi->flags & PLAN_SIZE_SHARED;
	int r = 0;

	if (slot->compressed)
		erofs_pack_set_compressed(pw, slot);
	key.variant = erofs_plan_variant(&erofs_pack_result(pw, slot)->choice);
	memcpy(key.digest, slot->digest, sizeof(key.digest));
	if ((slot->blocks || slot->compressed) && !(shared && take_from_twin(pw, slot, &key))) {
		r = place_new(pw, slot);
		if (r < 0)
			return r;
		if (shared)
			r = erofs_content_store_add(&w->files, &key, slot->node->index);
		if (r < 0)
			return erofs_fail_errno(w->report, r, "cannot note stored content");
	}
	return erofs_pack_keep(pw, slot);
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
		uint64_t start = erofs_pack_inode(pw, slot)->start_block, end = start + slot->blocks;

		for (next = i + 1; slot->written && next < pw->slot_count && pw->slots[next].written &&
		     erofs_pack_inode(pw, &pw->slots[next])->start_block == end; next++)
			end += pw->slots[next].blocks;
		if (slot->written)
			r = erofs_write_blocks(w, &w->image, start, pw->out + slot->out_at,
				(size_t)((end - start) << w->plan->block_bits));
		i = next;
	}
	return r;
}
