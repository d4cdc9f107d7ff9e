/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Files of several segments. Their blocks are written in their turn: only the last segment tells whether the
 * file is a copy of another, or better stored flat, and then its blocks are given back or used again, which
 * no other worker may be writing to at that time. */
#include "pack/pack.h"

#include <string.h>

#include "base/math.h"
#include "base/report.h"
#include "plan/encode_index.h"

static int start_hash(struct pack_worker *pw, const struct pack_slot *slot)
{
	return erofs_pack_start_hash(&pw->pack->hashing, pw, slot, &pw->pack->hash);
}

static int begin(struct pack_worker *pw, const struct pack_slot *slot)
{
	struct pack *pack = pw->pack;
	struct writer *w = pack->w;
	struct plan_packed *packed = erofs_pack_result(pw, slot);

	pack->large = (struct pack_large){ .before = w->image.next_block,
		.loose_before = w->image.loose_end, .plain = !slot->carried,
		.newest_before = pack->known_extents.newest };
	pack->fresh = NULL;
	packed->first_extent = w->plan->extent_count;
	packed->stored_bytes = 0;
	return start_hash(pw, slot);
}

/* A place for the slot's @bytes behind those of the file so far. */
static int place(struct pack_worker *pw, struct pack_slot *slot, uint64_t bytes)
{
	struct writer *w = pw->hashing.w;
	uint64_t blocks = erofs_ceil_div(bytes, w->plan->block_size), start_block = 0;
	int r;

	if (erofs_pack_result(pw, slot)->form == PLAN_INDEX_RECORDS && !(slot->carried && slot->aligned)) {
		/* What may turn out to be flat has blocks of its own. */
		if (slot->from == 0 && pw->pack->large.plain)
			w->image.loose_end = w->image.next_block << w->plan->block_bits;
		return slot->from ? erofs_write_append_bytes(w, &w->image, bytes, &slot->start) :
			erofs_write_allocate_bytes(w, &w->image, bytes, &slot->start);
	}
	if (slot->from == 0)
		r = erofs_write_allocate(w, &w->image, blocks, &start_block);
	else
		r = erofs_write_append(w, &w->image, blocks, &start_block);
	slot->start = start_block << w->plan->block_bits;
	return r;
}

/* Flat files beside those that are carried over may be sparse, and very large: what was never written is zero. */
static bool is_hole(const struct writer *w, const struct pack_slot *slot, const uint8_t *bytes, uint64_t size)
{
	return w->plan->carries && slot->start >> w->plan->block_bits >= w->image.dirty_end &&
	       erofs_write_is_zero(bytes, (size_t)size);
}

/* Stores @size bytes at @bytes there. */
static int append(struct pack_worker *pw, struct pack_slot *slot, const uint8_t *bytes, uint64_t size)
{
	struct writer *w = pw->hashing.w;
	struct plan_packed *packed = erofs_pack_result(pw, slot);
	int r = place(pw, slot, size);

	if (r < 0)
		return r;
	if (slot->from == 0) {
		pw->pack->large.start = slot->start;
		erofs_pack_inode(pw, slot)->start_block = slot->start >> w->plan->block_bits;
	}
	packed->stored_bytes += size;
	if (is_hole(w, slot, bytes, size))
		return 0;
	return size ? erofs_output_write(w->image.out, slot->start, bytes, (size_t)size) : 0;
}

static bool is_plain(const struct pack_worker *pw, const struct pack_slot *slot)
{
	for (size_t i = 0; i < slot->extent_count; i++)
		if (pw->extents[slot->first_extent + i].format)
			return false;
	return true;
}

/* ---- flat after all ---- */

/* The blocks of a flat file in place of compressed ones; reads the source again, and digests it again: what
 * counts is what is stored. Only large files that compress in a few places need this. */
static int store_again(struct pack_worker *pw, const struct pack_slot *slot)
{
	struct writer *w = pw->hashing.w;
	uint64_t start = erofs_pack_inode(pw, slot)->start_block, size = slot->node->size_bytes;
	uint64_t stored = erofs_pack_result(pw, slot)->stored_bytes;
	struct erofs_content *content;
	int r = start_hash(pw, slot);

	if (r == 0)
		r = erofs_content_open(w->plan->tree, slot->node, w->report, &content);
	if (r < 0)
		return r;
	for (uint64_t at = 0; r == 0 && at < stored; at += PACK_SEGMENT_BYTES) {
		size_t room = stored - at < PACK_SEGMENT_BYTES ? (size_t)(stored - at) : PACK_SEGMENT_BYTES;
		size_t n = size - at < room ? (size_t)(size - at) : room;

		r = erofs_content_read(content, at, pw->out, n);
		memset(pw->out + n, 0, room - n);
		if (r == 0)
			r = erofs_file_hash_update(&pw->pack->hash, pw->out, n);
		if (r == 0)
			r = erofs_write_blocks(w, &w->image, start + (at >> w->plan->block_bits), pw->out, room);
	}
	if (r == 0)
		r = erofs_content_finish(content);
	erofs_content_close(content);
	/* An inline tail is taken from the first reading. */
	if (r == 0 && size > stored)
		r = erofs_file_hash_update(&pw->pack->hash, pw->in + slot->size - (size - stored),
			(size_t)(size - stored));
	return r;
}

static void give_back(struct pack *pack)
{
	struct write_target *image = &pack->w->image;

	if (image->dirty_end < image->next_block)
		image->dirty_end = image->next_block;
	image->next_block = pack->large.before;
	image->loose_end = pack->large.loose_before;
	erofs_extent_table_forget(&pack->known_extents, pack->large.newest_before);
}

/* What is plain lies there as it would in a flat file. */
static int settle_flat(struct pack_worker *pw, struct pack_slot *slot)
{
	struct writer *w = pw->hashing.w;
	struct plan_packed *packed = erofs_pack_result(pw, slot);
	struct plan_inode *pi = erofs_pack_inode(pw, slot);
	uint64_t blocks = erofs_plan_blocks(w->plan, pi), bytes = blocks << w->plan->block_bits;
	int r;

	w->plan->extent_count = packed->first_extent;
	packed->extent_count = 0;
	erofs_extent_table_forget(&pw->pack->known_extents, pw->pack->large.newest_before);
	if (pw->pack->large.plain)
		return append(pw, slot, pw->in, bytes - packed->stored_bytes);
	give_back(pw->pack);
	packed->stored_bytes = bytes;
	r = erofs_write_allocate(w, &w->image, blocks, &pi->start_block);
	return r < 0 ? r : store_again(pw, slot);
}

/* ---- the end ---- */

/* Gives back what was stored when it is there already. */
static int settle(struct pack_worker *pw, struct pack_slot *slot)
{
	struct writer *w = pw->hashing.w;
	uint64_t first_extent = erofs_pack_result(pw, slot)->first_extent;
	bool adopted;
	int r = erofs_pack_settle_twin(pw, slot, &adopted);

	if (r < 0)
		return r;
	if (!adopted && slot->carried)
		erofs_pack_set_carried(pw, slot);
	if (!adopted) {
		r = erofs_pack_store_fragment(pw, slot);
		return r < 0 ? r : erofs_pack_keep(pw, slot);
	}
	give_back(pw->pack);
	erofs_pack_forget_pieces(pw->pack);
	w->plan->extent_count = first_extent;
	return erofs_pack_keep_fingerprint(pw, slot);
}

static int end(struct pack_worker *pw, struct pack_slot *slot)
{
	struct erofs_plan *plan = pw->hashing.w->plan;
	struct plan_inode *pi = erofs_pack_inode(pw, slot);
	struct plan_packed *packed = erofs_pack_result(pw, slot);
	struct encode_index index;
	int r;

	slot->start = pw->pack->large.start + packed->stored_bytes;
	r = erofs_pack_add_extents(pw, slot);
	if (r < 0)
		return r;
	packed->extent_count = plan->extent_count - packed->first_extent;
	erofs_plan_index(plan, pi, &index);
	slot->compressed = erofs_plan_compression_gains(plan, &index,
		pi->size_bytes - (uint64_t)pw->pack->large.saved_bytes);
	if (slot->compressed) {
		erofs_pack_set_compressed(pw, slot);
		r = append(pw, slot, pw->out, slot->stored_bytes);
	} else {
		slot->fragment_bytes = 0;
		r = settle_flat(pw, slot);
	}
	if (r == 0)
		r = erofs_file_hash_finish(&pw->pack->hash, slot->fingerprint, slot->digest);
	return r < 0 ? r : settle(pw, slot);
}

/* ---- carried over ---- */

static int commit_carried(struct pack_worker *pw, struct pack_slot *slot, bool last)
{
	struct erofs_plan *plan = pw->hashing.w->plan;
	struct plan_packed *packed = erofs_pack_result(pw, slot);
	int r = erofs_pack_hash_carried(pw, slot, &pw->pack->hash);

	if (r == 0)
		r = erofs_pack_settle_pieces(pw, slot);
	if (r == 0)
		r = append(pw, slot, pw->out, slot->stored_bytes);
	if (r == 0)
		r = erofs_pack_add_extents(pw, slot);
	if (r < 0)
		return r;
	packed->stored_bytes += slot->total_bytes - slot->stored_bytes;
	packed->extent_count = plan->extent_count - packed->first_extent;
	if (!last)
		return 0;
	r = erofs_pack_finish_hash(pw, slot, &pw->pack->hash);
	return r < 0 ? r : settle(pw, slot);
}

int erofs_pack_commit_part(struct pack_worker *pw, const struct pack_item *item, uint64_t segment)
{
	struct pack_slot *slot = &pw->slots[0];
	int r = segment == 0 ? begin(pw, slot) : 0;

	if (r == 0 && slot->carried)
		return commit_carried(pw, slot, segment + 1 == item->segments);
	if (r == 0)
		r = erofs_file_hash_update(&pw->pack->hash, pw->in, slot->size);
	if (r == 0)
		r = erofs_pack_settle_links(pw, slot);
	if (r == 0)
		r = erofs_pack_share_extents(pw, slot);
	if (r < 0)
		return r;
	pw->pack->large.saved_bytes += slot->saved_bytes;
	pw->pack->large.plain &= is_plain(pw, slot) && !slot->shares;
	if (segment + 1 == item->segments)
		return end(pw, slot);
	r = append(pw, slot, pw->out, slot->stored_bytes);
	return r < 0 ? r : erofs_pack_add_extents(pw, slot);
}
