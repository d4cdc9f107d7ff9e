/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The parallel part of packing: reading a segment, digesting it, compressing it (fill.c) if that is worth it. */
#include "pack/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/report.h"
#include "plan/encode_index.h"
#include "tree/content.h"

/* ---- what a segment consists of ---- */

static int no_memory(const struct pack_worker *pw, size_t bytes)
{
	return erofs_fail_errno(pw->hashing.w->report, -ENOMEM, "%zu bytes to compress files", bytes);
}

int erofs_pack_add_extent(struct pack_worker *pw, const struct plan_extent *extent)
{
	if (pw->extent_count == pw->extent_capacity) {
		size_t capacity = pw->extent_capacity ? 2 * pw->extent_capacity : 512;
		struct plan_extent *extents = realloc(pw->extents, capacity * sizeof(*extents));

		if (!extents)
			return no_memory(pw, capacity * sizeof(*extents));
		pw->extents = extents;
		pw->extent_capacity = capacity;
	}
	pw->extents[pw->extent_count++] = *extent;
	return 0;
}

int erofs_pack_add_tail(struct pack_worker *pw, struct pack_slot *slot, const void *bytes, size_t size)
{
	if (size > pw->tail_capacity - pw->tail_bytes) {
		size_t capacity = 2 * (pw->tail_bytes + size);
		uint8_t *tails = realloc(pw->tails, capacity);

		if (!tails)
			return no_memory(pw, capacity);
		pw->tails = tails;
		pw->tail_capacity = capacity;
	}
	memcpy(pw->tails + pw->tail_bytes, bytes, size);
	slot->tail_at = pw->tail_bytes;
	slot->tail_bytes = (uint32_t)size;
	pw->tail_bytes += size;
	return 0;
}

/* ---- slots ---- */

/* Reads nothing that is a hole as a whole, which only segments of large files are asked for. */
static int read_content(struct erofs_content *content, const struct pack_slot *slot, uint8_t *buffer)
{
	uint64_t start, end;
	int r = 1;

	if (slot->size == PACK_SEGMENT_BYTES)
		r = erofs_content_next_data(content, slot->from, &start, &end);
	if (r < 0)
		return r;
	if (r > 0 && (slot->size < PACK_SEGMENT_BYTES || start < slot->from + slot->size))
		return erofs_content_read(content, slot->from, buffer, slot->size);
	memset(buffer, 0, slot->size);
	return 0;
}

int erofs_pack_read_slot(struct pack_worker *pw, const struct pack_slot *slot)
{
	const struct writer *w = pw->hashing.w;
	size_t padded = (size_t)erofs_round_up(slot->size, w->plan->block_size);
	struct erofs_content *content;
	int r = erofs_content_open(w->plan->tree, slot->node, w->report, &content);

	if (r < 0)
		return r;
	r = read_content(content, slot, pw->in + slot->in_at);
	if (r == 0)
		r = erofs_content_finish(content);
	erofs_content_close(content);
	memset(pw->in + slot->in_at + slot->size, 0, padded - slot->size);
	return r;
}

static int hash_slot(struct pack_worker *pw, struct pack_slot *slot)
{
	struct file_hash fh;
	int r = erofs_pack_start_hash(&pw->hashing, pw, slot, &fh);

	if (r == 0)
		r = erofs_file_hash_update(&fh, pw->in + slot->in_at, slot->size);
	return r < 0 ? r : erofs_file_hash_finish(&fh, slot->fingerprint, slot->digest);
}

static bool gains(const struct pack_worker *pw, const struct pack_slot *slot)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	struct encode_index index;

	if (slot->fragment_bytes == slot->size)
		return true;
	if (!slot->extent_count)
		return false;
	erofs_plan_bare_index(plan, erofs_pack_inode(pw, slot), &index);
	index.extents = pw->extents + slot->first_extent;
	index.extent_count = slot->extent_count;
	return erofs_plan_compression_gains(plan, &index, slot->size - (uint64_t)slot->saved_bytes);
}

/* A file that fits a block is read fastest from behind its inode; -Eztailpacking asks for less space. */
static bool is_worth_a_try(const struct pack_worker *pw, const struct pack_slot *slot)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;

	return erofs_pack_result(pw, slot)->choice.pcluster_bytes && !slot->claimed &&
	       (slot->size > plan->block_size || plan->opt.tail_packing);
}

/* A whole file: compressed when that saves space, otherwise its bytes as they are. One that relies on a twin
 * is made ready to be stored flat, in case that is what the twin is. */
static int pack_file(struct pack_worker *pw, struct pack_slot *slot)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	int r = erofs_pack_read_slot(pw, slot);

	if (r == 0)
		r = hash_slot(pw, slot);
	if (r == 0)
		r = erofs_pack_claim(pw, slot);
	if (erofs_pack_is_fragment(pw, slot))
		slot->fragment_bytes = slot->size;
	else if (r == 0 && is_worth_a_try(pw, slot))
		r = erofs_pack_compress(pw, slot);
	if (r == 0 && slot->extent_count)
		r = erofs_pack_digest_links(pw, slot);
	slot->compressed = gains(pw, slot);
	if (r < 0 || slot->compressed)
		return r;
	slot->fragment_bytes = 0;
	slot->blocks = erofs_plan_blocks(plan, erofs_pack_inode(pw, slot));
	slot->stored_bytes = (size_t)(slot->blocks << plan->block_bits);
	memcpy(pw->out + slot->out_at, pw->in + slot->in_at, slot->stored_bytes);
	return 0;
}

/* What is carried over may take more than its content. */
static int make_slot(struct pack_worker *pw, struct pack_slot *slot)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	size_t at = slot->in_at > slot->out_at ? slot->in_at : slot->out_at;
	int r;

	if (erofs_plan_is_carried(plan, slot->node))
		return erofs_pack_carry_file(pw, slot);
	r = erofs_pack_extend_buffer(pw, at + (size_t)erofs_round_up(slot->size, plan->block_size));
	return r < 0 ? r : pack_file(pw, slot);
}

static int prepare_batch(struct pack_worker *pw, const struct pack_item *item)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	size_t in_at = 0, out_at = 0;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < item->count; i++) {
		const struct erofs_node *node = plan->tree->nodes[item->first + i];
		struct pack_slot *slot;

		if (!erofs_plan_is_file(node))
			continue;
		slot = &pw->slots[pw->slot_count++];
		*slot = (struct pack_slot){ .node = node, .size = (size_t)node->size_bytes,
			.in_at = in_at, .out_at = out_at, .first_head = pw->heads.count };
		r = make_slot(pw, slot);
		in_at += (size_t)erofs_round_up(slot->size, plan->block_size);
		/* A slot with links may have to be filled again, with more blocks. */
		out_at = plan->opt.dedupe ? in_at : out_at + slot->stored_bytes;
	}
	return r;
}

static int prepare_part(struct pack_worker *pw, const struct pack_item *item, uint64_t segment)
{
	const struct erofs_node *node = pw->hashing.w->plan->tree->nodes[item->first];
	uint64_t from = segment * PACK_SEGMENT_BYTES, left = node->size_bytes - from;
	struct pack_slot *slot = &pw->slots[0];
	int r;

	*slot = (struct pack_slot){ .node = node, .from = from,
		.size = left < PACK_SEGMENT_BYTES ? (size_t)left : PACK_SEGMENT_BYTES };
	pw->slot_count = 1;
	if (erofs_plan_is_carried(pw->hashing.w->plan, node))
		return erofs_pack_carry_part(pw, slot, segment + 1 == item->segments ? node->size_bytes :
			from + PACK_SEGMENT_BYTES);
	r = erofs_pack_read_slot(pw, slot);
	if (r < 0 || erofs_pack_is_fragment(pw, slot))
		return r;
	r = erofs_pack_compress(pw, slot);
	return r < 0 ? r : erofs_pack_digest_links(pw, slot);
}

/* So many that an item needs: most have few, and many may wait. */
static int make_slots(struct pack_worker *pw, uint32_t count)
{
	struct pack_slot *slots;

	if (count <= pw->slot_capacity)
		return 0;
	slots = realloc(pw->slots, count * sizeof(*slots));
	if (!slots)
		return no_memory(pw, count * sizeof(*slots));
	pw->slots = slots;
	pw->slot_capacity = count;
	return 0;
}

int erofs_pack_prepare(struct pack_worker *pw, const struct pack_item *item, uint64_t segment)
{
	int r = make_slots(pw, item->files);

	pw->slot_count = 0;
	pw->extent_count = 0;
	pw->tail_bytes = 0;
	if (r == 0)
		r = erofs_pack_take_buffer(pw, erofs_pack_input_bytes(item));
	if (r < 0)
		return r;
	if (item->twin) {
		pw->slots[0] = (struct pack_slot){ .node = pw->hashing.w->plan->tree->nodes[item->first] };
		pw->slots[0].size = (size_t)pw->slots[0].node->size_bytes; /* progress */
		pw->slot_count = 1;
		return 0;
	}
	return item->segments > 1 ? prepare_part(pw, item, segment) : prepare_batch(pw, item);
}
