/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The parallel part of packing: reading a segment, digesting it, filling pclusters (section 12.3). */
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

/* ---- extents ---- */

/* What is left of a slot's input, and where its next block goes. */
struct filling {
	const uint8_t *in;
	size_t left;
	uint8_t *out;
	struct pack_slot *slot;
	size_t pcluster_bytes;
	uint8_t format;		/* of extents that are not plain */
	bool fragment;		/* the end of the file is here and goes to the packed inode */
	uint32_t inline_max;	/* what the end of the file may have to stand inline; 0 = not here */
	size_t behind;		/* input of the slot that follows what is left */
	uint64_t enough;	/* saved bytes after which it may end; 0 = not before all is done */
};

/* What filling returns when the range cannot end where it should. */
#define CANNOT_END 1

/* Notes that @consumed bytes of input are in the next @stored bytes of output. */
static int consume(struct pack_worker *pw, struct filling *f, size_t consumed, size_t stored, bool plain)
{
	struct plan_extent extent = { .start = (uint64_t)(f->out - (pw->out + f->slot->out_at)),
		.bytes = (uint32_t)consumed, .stored_bytes = (uint32_t)stored,
		.format = plain ? 0 : f->format };
	int r = erofs_pack_note_head(pw, f->slot, (size_t)(f->in - (pw->in + f->slot->in_at)), &extent);

	f->in += consumed;
	f->left -= consumed;
	return r < 0 ? r : erofs_pack_add_extent(pw, &extent);
}

/* The last two of a range share what is left, so that the last one is a whole block. */
static size_t plain_bytes(const struct filling *f, size_t at, size_t block)
{
	if (f->behind && f->left > block && f->left < 2 * block && at + f->left >= 2 * block)
		return f->left - block;
	return f->left < block ? f->left : block;
}

/* A block that is not compressed: extents but the last reach to the next lcluster, so that none gets two
 * heads. The output never grows beyond the input, rounded up to blocks. */
static int put_plain(struct pack_worker *pw, struct filling *f)
{
	size_t block = pw->hashing.w->plan->block_size;
	size_t at = (size_t)(f->in - (pw->in + f->slot->in_at)) & (block - 1);
	size_t n = plain_bytes(f, at, block);
	int r;

	if (f->behind && at + n < block)
		return CANNOT_END;
	memcpy(f->out, f->in, n);
	memset(f->out + n, 0, block - n);
	r = consume(pw, f, n, block, true);
	f->out += block;
	return r;
}

/* As many blocks as a pcluster has, before it is worth trying again. */
static int put_plain_run(struct pack_worker *pw, struct filling *f)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	size_t blocks = f->pcluster_bytes >> plan->block_bits;
	int r = 0;

	for (size_t i = 0; r == 0 && f->left && i < blocks; i++)
		r = put_plain(pw, f);
	return r;
}

/* Streams stand at the end of their pclusters, behind zeros (section 9.2). */
static int put_compressed(struct pack_worker *pw, struct filling *f, size_t consumed, size_t produced)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	size_t stored = (size_t)erofs_round_up(produced, plan->block_size);
	int r;

	memset(f->out, 0, stored - produced);
	memcpy(f->out + stored - produced, pw->pcluster, produced);
	r = consume(pw, f, consumed, stored, false);
	f->out += stored;
	return r;
}

/* The end of the file behind its index (section 8.6). */
static int put_inline(struct pack_worker *pw, struct filling *f, const uint8_t *bytes, size_t size,
	bool plain)
{
	int r = erofs_pack_add_tail(pw, f->slot, bytes, size);

	return r < 0 ? r : consume(pw, f, f->left, pw->hashing.w->plan->block_size, plain);
}

/* The end of the file, of which nothing goes to blocks, so it counts as plain. */
static int put_fragment(struct pack_worker *pw, struct filling *f)
{
	f->slot->fragment_bytes = f->left;
	return consume(pw, f, f->left, pw->hashing.w->plan->block_size, true);
}

static int fill(struct pack_worker *pw, const struct filling *f, size_t capacity, size_t *ret_consumed,
	size_t *ret_produced)
{
	size_t limit = pw->hashing.w->plan->opt.max_extent_bytes;
	size_t size = limit && limit < f->left ? limit : f->left;
	int r = erofs_encoder_fill(pw->encoder, (struct erofs_span){ f->in, size }, pw->pcluster, capacity,
		ret_consumed, ret_produced);

	return r < 0 ? erofs_fail_errno(pw->hashing.w->report, r, "cannot compress") : 0;
}

/* The end of a file took several blocks, the last of them in part: fill one less, so that the rest may
 * stand inline. Takes the first result where that gains nothing. */
static int fill_less(struct pack_worker *pw, const struct filling *f, size_t *consumed, size_t *produced)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	size_t less = *produced & ~(size_t)(plan->block_size - 1);
	int r;

	if (!f->inline_max || *consumed < f->left || !less || less == *produced)
		return 0;
	r = fill(pw, f, less, consumed, produced);
	if (r < 0 || erofs_round_up(*produced, plan->block_size) < *consumed)
		return r;
	return fill(pw, f, f->pcluster_bytes, consumed, produced);
}

/* A range that ends before the file does is not left with too little to end well. Two blocks can be stored whatever
 * they hold, in pieces of any length; more than that in halves, if it shrinks at all. */
static int fill_before_end(struct pack_worker *pw, const struct filling *f, size_t *consumed,
	size_t *produced)
{
	size_t least = 2 * (size_t)pw->hashing.w->plan->block_size;
	struct filling less = *f;

	if (!f->behind || !*consumed || *consumed == f->left || f->left - *consumed >= least)
		return 0;
	if (f->left <= least) {
		*consumed = *produced = 0;
		return 0;
	}
	less.left = f->left < 2 * least ? (f->left + 1) / 2 : f->left - least;
	return fill(pw, &less, f->pcluster_bytes, consumed, produced);
}

static int put_next(struct pack_worker *pw, struct filling *f)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	size_t consumed = 0, produced = 0;
	int r = 0;

	if (f->fragment && f->left <= f->pcluster_bytes)
		return put_fragment(pw, f);
	if (f->left > plan->block_size || f->inline_max)
		r = fill(pw, f, f->pcluster_bytes, &consumed, &produced);
	/* Together with others it fills its cluster. */
	if (r == 0 && f->fragment && consumed == f->left && produced < f->pcluster_bytes)
		return put_fragment(pw, f);
	if (r == 0 && consumed == f->left && produced <= f->inline_max)
		return put_inline(pw, f, pw->pcluster, produced, false);
	if (r == 0 && !consumed && f->left <= f->inline_max && !plan->no_plain_tail)
		return put_inline(pw, f, f->in, f->left, true);
	if (r == 0)
		r = fill_less(pw, f, &consumed, &produced);
	if (r == 0)
		r = fill_before_end(pw, f, &consumed, &produced);
	if (r < 0)
		return r;
	if (erofs_round_up(produced, plan->block_size) >= consumed)
		return put_plain_run(pw, f);
	return put_compressed(pw, f, consumed, produced);
}

/* The encoder of the slot's file, as if the slot were the first thing that it sees. */
static int choose_encoder(struct pack_worker *pw, const struct pack_slot *slot)
{
	const struct writer *w = pw->hashing.w;
	size_t number = erofs_pack_result(pw, slot)->choice.encoder;
	int r = 0;

	if (!pw->encoders[number])
		r = erofs_encoder_new(&w->plan->compression.encoders[number], &pw->encoders[number]);
	if (r < 0)
		return erofs_fail_errno(w->report, r, "cannot start to compress");
	pw->encoder = pw->encoders[number];
	erofs_encoder_reset(pw->encoder);
	return 0;
}

static size_t input_done(const struct pack_worker *pw, const struct filling *f)
{
	return (size_t)(f->in - (pw->in + f->slot->in_at));
}

static int64_t saved(const struct pack_worker *pw, const struct filling *f)
{
	const struct pack_slot *slot = f->slot;

	return (int64_t)input_done(pw, f) - (f->out - (pw->out + slot->out_at)) - slot->tail_bytes -
	       (int64_t)slot->fragment_bytes;
}

/* Fills up to @end of the slot's input. */
static int fill_range(struct pack_worker *pw, const struct filling *file, struct filling *f, size_t end)
{
	int r = 0;

	f->left = end - input_done(pw, f);
	f->behind = f->slot->size - end;
	f->fragment = !f->behind && file->fragment;
	f->inline_max = f->behind ? 0 : file->inline_max;
	while (r == 0 && f->left && !(f->enough && saved(pw, f) > (int64_t)f->enough))
		r = f->pcluster_bytes ? put_next(pw, f) : put_plain(pw, f);
	return r;
}

static int put_link(struct pack_worker *pw, struct filling *f, const struct dedupe_link *link)
{
	struct plan_extent extent = { .start = (uint64_t)(link - pw->pack->dedupe.links),
		.bytes = link->used, .format = PACK_LINK };
	int r = erofs_pack_note_link(pw, f->slot, link);

	f->in += link->used;
	return r < 0 ? r : erofs_pack_add_extent(pw, &extent);
}

/* From stop to stop. A link that cannot begin where it should is none; a cut that cannot be is not made. */
static int fill_ranges(struct pack_worker *pw, const struct filling *file)
{
	struct filling f = *file;
	size_t done = 0;
	int r = 0;

	while (r == 0 && f.left == 0 && done < f.slot->size) {
		struct pack_stop stop = erofs_pack_next_stop(pw, f.slot, done);

		r = fill_range(pw, file, &f, stop.at);
		done = input_done(pw, &f);
		if (r == CANNOT_END) {
			if (stop.link)
				stop.link->dropped = true;
			else
				done = stop.at;
			f.left = 0;
			r = 0;
		} else if (r == 0 && f.left == 0 && stop.link) {
			r = put_link(pw, &f, stop.link);
			done = input_done(pw, &f);
		}
	}
	f.slot->stored_bytes = (size_t)(f.out - (pw->out + f.slot->out_at));
	if (f.slot->alone || pw->hashing.w->plan->free_layout)
		f.slot->saved_bytes = saved(pw, &f);
	return r;
}

/* Fills the slot's output with whole blocks. */
static int fill_pclusters(struct pack_worker *pw, struct pack_slot *slot, uint64_t enough)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	const struct plan_choice *choice = &erofs_pack_result(pw, slot)->choice;
	struct filling f = { .in = pw->in + slot->in_at, .out = pw->out + slot->out_at, .slot = slot,
		.pcluster_bytes = choice->pcluster_bytes, .enough = enough,
		.format = (uint8_t)(1 + erofs_encoder_algorithm(
			plan->compression.encoders[choice->encoder].kind)) };
	bool last = slot->from + slot->size == slot->node->size_bytes;

	f.fragment = last && plan->fragments && f.pcluster_bytes;
	/* With a slot less than a block there is a place for it behind any index. */
	if (last && f.pcluster_bytes && plan->opt.tail_packing && !f.fragment)
		f.inline_max = plan->block_size - EROFS_SLOT_SIZE;
	return fill_ranges(pw, &f);
}

/* Each segment is compressed by itself, as if it were a file. */
static int fill_slot(struct pack_worker *pw, struct pack_slot *slot, uint64_t enough)
{
	const struct plan_packed *packed = erofs_pack_result(pw, slot);
	int r = packed->choice.pcluster_bytes ? choose_encoder(pw, slot) : 0;

	if (r < 0)
		return r;
	slot->tail_bytes = 0;
	slot->fragment_bytes = slot->stored_bytes = 0;
	slot->first_extent = pw->extent_count;
	erofs_pack_begin_links(pw, slot);
	if (packed->form == PLAN_INDEX_RECORDS)
		r = erofs_pack_fill_records(pw, slot);
	else
		r = fill_pclusters(pw, slot, enough);
	slot->extent_count = pw->extent_count - slot->first_extent;
	slot->head_count = pw->heads.count - slot->first_head;
	slot->blocks = erofs_ceil_div(slot->stored_bytes, pw->hashing.w->plan->block_size);
	return r;
}

int erofs_pack_fill_again(struct pack_worker *pw, struct pack_slot *slot)
{
	return fill_slot(pw, slot, 0);
}

/* The gain of compression decides on a file's layout, so it is that of the file alone, unless nothing depends on the
 * layout. With links or cuts in it, the file is compressed twice, but the first time only as far as it takes to know. */
static int compress_slot(struct pack_worker *pw, struct pack_slot *slot)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	bool twice = erofs_pack_has_stops(pw, slot) && !plan->free_layout;
	struct encode_index index = { .form = plan->compression.form, .size_bytes = slot->node->size_bytes,
		.block_bits = plan->block_bits };
	int r = 0;

	slot->alone = twice;
	if (twice)
		r = fill_slot(pw, slot, erofs_encode_index_bytes(&index, 0) + plan->block_size);
	slot->alone = false;
	if (r == 0)
		r = fill_slot(pw, slot, 0);
	if (!twice)
		slot->saved_bytes = (int64_t)slot->size - (int64_t)(slot->stored_bytes + slot->tail_bytes +
			slot->fragment_bytes);
	return r < 0 ? r : erofs_pack_digest_extents(pw, slot);
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
		r = compress_slot(pw, slot);
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
	r = compress_slot(pw, slot);
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
