/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Filling pclusters with the content of a slot (section 12.3): from link to link and cut to cut, its end where that
 * takes the least. */
#include "pack/pack.h"

#include <string.h>

#include "base/math.h"
#include "base/report.h"
#include "plan/encode_index.h"

/* ---- one extent ---- */

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

static size_t input_done(const struct pack_worker *pw, const struct filling *f)
{
	return (size_t)(f->in - (pw->in + f->slot->in_at));
}

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
 * they hold, where each gets an lcluster to begin in; more than that in halves, if it shrinks at all. */
static int fill_before_end(struct pack_worker *pw, const struct filling *f, size_t *consumed,
	size_t *produced)
{
	size_t block = pw->hashing.w->plan->block_size, least = 2 * block;
	size_t at = input_done(pw, f) & (block - 1);
	struct filling less = *f;

	if (!f->behind || !*consumed || *consumed == f->left || f->left - *consumed >= least)
		return 0;
	if (f->left <= least) {
		*consumed = *produced = 0;
		return f->left > block && at + f->left < least ? CANNOT_END : 0;
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
	if (r)
		return r;
	if (erofs_round_up(produced, plan->block_size) >= consumed)
		return put_plain_run(pw, f);
	return put_compressed(pw, f, consumed, produced);
}

/* ---- ranges ---- */

static int64_t saved(const struct pack_worker *pw, const struct filling *f)
{
	const struct pack_slot *slot = f->slot;

	return (int64_t)input_done(pw, f) - (f->out - (pw->out + slot->out_at)) - slot->tail_bytes -
	       (int64_t)slot->fragment_bytes;
}

/* Fills up to the stop, or as far as where it is to be asked for again. */
static int fill_range(struct pack_worker *pw, const struct filling *file, struct filling *f,
	const struct pack_stop *stop)
{
	int r = 0;

	f->left = stop->at - input_done(pw, f);
	f->behind = f->slot->size - stop->at;
	f->fragment = !f->behind && file->fragment;
	f->inline_max = f->behind ? 0 : file->inline_max;
	while (r == 0 && f->left && input_done(pw, f) < stop->again &&
	       !(f->enough && saved(pw, f) > (int64_t)f->enough))
		r = f->pcluster_bytes ? put_next(pw, f) : put_plain(pw, f);
	return r;
}

static int put_link(struct pack_worker *pw, struct filling *f, const struct pack_stop *stop)
{
	struct plan_extent extent = { .start = (uint64_t)(stop->link - pw->pack->dedupe.links),
		.bytes = stop->used, .format = PACK_LINK };
	int r;

	stop->link->skip = stop->skip;
	stop->link->used = stop->used;
	r = erofs_pack_note_link(pw, f->slot, stop->link);
	f->in += stop->used;
	return r < 0 ? r : erofs_pack_add_extent(pw, &extent);
}

/* From stop to stop. A link that cannot begin where it should begins further on; a cut that cannot be is not made. */
static int fill_ranges(struct pack_worker *pw, const struct filling *file)
{
	struct filling f = *file;
	size_t done = 0;
	bool enough = false;
	int r = 0;

	while (r == 0 && !enough && done < f.slot->size) {
		struct pack_stop stop = erofs_pack_next_stop(pw, f.slot, done);

		r = fill_range(pw, file, &f, &stop);
		done = input_done(pw, &f);
		if (r == CANNOT_END) {
			if (stop.link)
				erofs_pack_pass_link(&stop);
			else
				done = stop.at;
			r = 0;
		} else if (r == 0 && done == stop.at && stop.link) {
			r = put_link(pw, &f, &stop);
			done = input_done(pw, &f);
		} else {
			enough = done < stop.again;
		}
	}
	f.slot->stored_bytes = (size_t)(f.out - (pw->out + f.slot->out_at));
	if (f.slot->alone || pw->hashing.w->plan->free_layout)
		f.slot->saved_bytes = saved(pw, &f);
	return r;
}

/* ---- slots ---- */

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
int erofs_pack_compress(struct pack_worker *pw, struct pack_slot *slot)
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
