/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* -Ededupe while packing. A pass before finds links (dedupe.h). A file whose range is a source begins an extent
 * there and digests the range as it compresses it; a file with a link digests what it has read. In turn,
 * when the source has its place, the digests are compared, and the link becomes the extents of the source, the
 * last one in part. Nothing else is trusted: not the pass before, nor times of modification.
 *
 * A link that leads nowhere (the source is flat after all, or its end stands inline) is shortened or dropped,
 * and the slot compressed again, in its turn. */
#include "pack/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/report.h"

#define MIN_BLOCKS 2u	/* of a link */
#define NOISE_SAMPLE 256u
#define NOISE_VALUES 140u	/* different ones: noise has 162 on average */

/* ---- the pass before ---- */

static int add_piece(struct pack_worker *pw, const struct dedupe_piece *piece)
{
	if (pw->piece_count == pw->piece_capacity) {
		size_t capacity = pw->piece_capacity ? 2 * pw->piece_capacity : 1024;
		struct dedupe_piece *pieces = realloc(pw->pieces, capacity * sizeof(*pieces));

		if (!pieces)
			return erofs_fail_errno(pw->hashing.w->report, -ENOMEM, "%zu pieces of files", capacity);
		pw->pieces = pieces;
		pw->piece_capacity = capacity;
	}
	pw->pieces[pw->piece_count++] = *piece;
	return 0;
}

/* Where extents hold not much more than they take, too few can begin in a range for it to end at any byte: each has
 * an lcluster of its own (section 8.3). What LZ4 gains is not enough, and of what looks like noise nobody gains. */
static bool shrinks_well(const struct erofs_plan *plan, const struct plan_choice *choice, const uint8_t *bytes,
	size_t size)
{
	uint64_t seen[4] = { 0 };
	unsigned int values = 0;

	if (erofs_encoder_algorithm(plan->compression.encoders[choice->encoder].kind) == EROFS_ALGORITHM_LZ4)
		return false;
	for (size_t i = 0; i < size && i < NOISE_SAMPLE; i++)
		seen[bytes[i] >> 6] |= 1ull << (bytes[i] & 63);
	for (unsigned int i = 0; i < 4; i++)
		values += (unsigned int)__builtin_popcountll(seen[i]);
	return values < NOISE_VALUES;
}

static int divide(struct pack_worker *pw, const struct pack_slot *slot)
{
	const struct plan_choice *choice = &erofs_pack_result(pw, slot)->choice;
	uint32_t variant = erofs_plan_variant(choice);
	bool any_byte = true;
	size_t at = 0;
	int r = 0;

	while (r == 0 && at < slot->size) {
		size_t n = erofs_dedupe_piece(&pw->pack->dedupe, pw->in + at, slot->size - at);
		const struct dedupe_piece piece = { .at = slot->from + at, .bytes = (uint32_t)n,
			.hash = erofs_hash_pair(erofs_hash_bytes(pw->in + at, n), variant),
			.node = slot->node->index, .variant = variant, .any_byte = any_byte };

		r = add_piece(pw, &piece);
		any_byte = shrinks_well(pw->hashing.w->plan, choice, pw->in + at, n);
		at += n;
	}
	return r;
}

static bool has_links(const struct pack_worker *pw, const struct pack_slot *slot)
{
	const struct plan_packed *packed = erofs_pack_result(pw, slot);

	return packed->choice.pcluster_bytes && packed->form != PLAN_INDEX_RECORDS &&
	       !erofs_pack_is_fragment(pw, slot) &&
	       slot->node->size_bytes >= (uint64_t)MIN_BLOCKS * pw->hashing.w->plan->block_size;
}

static int scan(void *user, void *state, uint64_t number)
{
	struct pack *pack = user;
	struct pack_worker *pw = state;
	const struct erofs_plan *plan = pack->w->plan;
	uint64_t segment;
	const struct pack_item *item = erofs_pack_item_of(pack, number, &segment);
	int r = erofs_pack_take_buffer(pw, erofs_pack_input_bytes(item));

	pw->piece_count = 0;
	for (uint32_t i = 0; r == 0 && !item->twin && i < item->count; i++) {
		const struct erofs_node *node = plan->tree->nodes[item->first + i];
		struct pack_slot slot = { .node = node, .from = segment * PACK_SEGMENT_BYTES };
		uint64_t left = node->size_bytes - slot.from;

		slot.size = left < PACK_SEGMENT_BYTES ? (size_t)left : PACK_SEGMENT_BYTES;
		if (!erofs_plan_is_file(node) || !has_links(pw, &slot))
			continue;
		r = erofs_pack_read_slot(pw, &slot);
		if (r == 0)
			r = divide(pw, &slot);
	}
	erofs_pack_leave_buffer(pw);
	return r;
}

static int collect(void *user, void *state, uint64_t number)
{
	struct pack *pack = user;
	struct pack_worker *pw = state;
	int r = erofs_dedupe_add(&pack->dedupe, pw->pieces, pw->piece_count);

	(void)number;
	return r < 0 ? erofs_fail_errno(pack->w->report, r, "pieces of files") : 0;
}

/* What does not reach another cluster goes to the packed inode, where no cluster is cut short for it. Measured on
 * root file systems: less makes images larger. */
static uint32_t least_link(const struct erofs_plan *plan)
{
	uint32_t least = MIN_BLOCKS * plan->block_size, cluster = plan->opt.pcluster_bytes;

	return plan->fragments && cluster + cluster / 2 > least ? cluster + cluster / 2 : least;
}

int erofs_pack_find_links(struct pack *pack, const struct erofs_workers_job *like)
{
	const struct erofs_plan *plan = pack->w->plan;
	struct erofs_workers_job job = *like;
	int r;

	if (!plan->opt.dedupe)
		return 0;
	job.prepare = scan;
	job.commit = collect;
	job.finish = NULL;
	pack->dedupe = (struct erofs_dedupe){ .tree = plan->tree, .block_size = plan->block_size,
		.segment_bytes = PACK_SEGMENT_BYTES, .min_bytes = least_link(plan) };
	erofs_dedupe_init(&pack->dedupe);
	r = erofs_workers_run(&job, pack->segment_count, plan->opt.workers);
	if (r < 0)
		return r;
	r = erofs_dedupe_plan(&pack->dedupe);
	return r < 0 ? erofs_fail_errno(pack->w->report, r, "links between files") : 0;
}

/* ---- out of turn ---- */

static struct dedupe_link *next_link(const struct pack_worker *pw, const struct pack_slot *slot, size_t from)
{
	const struct erofs_dedupe *d = &pw->pack->dedupe;
	struct dedupe_link *link = erofs_dedupe_link(d, slot->node->index, slot->from + from);

	while (link && link < d->links + d->link_count && link->node == slot->node->index &&
	       link->from < slot->from + slot->size) {
		if (!link->dropped)
			return link;
		link++;
	}
	return NULL;
}

struct pack_stop erofs_pack_next_stop(const struct pack_worker *pw, const struct pack_slot *slot,
	size_t from)
{
	struct dedupe_link *link;
	struct pack_stop stop = { .at = slot->size };
	const struct dedupe_cut *cut;

	if (slot->alone || !pw->pack->dedupe.link_count)
		return stop;
	cut = erofs_dedupe_cut(&pw->pack->dedupe, slot->node->index, slot->from + from + 1);
	if (cut && cut->node == slot->node->index && cut->at < slot->from + slot->size)
		stop.at = (size_t)(cut->at - slot->from);
	link = next_link(pw, slot, from);
	if (link && link->from - slot->from <= stop.at)
		stop = (struct pack_stop){ (size_t)(link->from - slot->from), link };
	return stop;
}

static int digest(struct pack_worker *pw, const struct pack_slot *slot, uint64_t from, size_t size,
	uint8_t *ret)
{
	return erofs_pack_digest_bytes(pw, pw->in + slot->in_at + (from - slot->from), size, ret);
}

int erofs_pack_digest_links(struct pack_worker *pw, const struct pack_slot *slot)
{
	const struct erofs_dedupe *d = &pw->pack->dedupe;
	uint64_t end = slot->from + slot->size;
	struct dedupe_link *link = next_link(pw, slot, 0);
	int r = 0;

	for (size_t i = erofs_dedupe_source(d, slot->node->index, slot->from); r == 0 && i < d->link_count; i++) {
		struct dedupe_link *by = d->by_source[i];

		if (by->source != slot->node->index || by->source_at >= end)
			break;
		r = digest(pw, slot, by->source_at, by->bytes, by->stored);
	}
	while (r == 0 && link) {
		r = digest(pw, slot, link->from, link->bytes, link->claimed);
		link = next_link(pw, slot, (size_t)(link->from - slot->from) + 1);
	}
	return r;
}

/* ---- in turn ---- */

/* A link while it is followed. */
struct following {
	const struct dedupe_link *link;
	uint64_t extent, end;		/* of the source, in the plan */
	const struct plan_packed *source;
	uint64_t at;			/* of the link's file */
};

/* False: the source has no extent there. */
static bool follow(const struct pack_worker *pw, const struct dedupe_link *link, struct following *ret)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	const struct dedupe_cut *cut = erofs_dedupe_cut(&pw->pack->dedupe, link->source, link->source_at);
	const struct plan_packed *source = &plan->packed[link->source];

	*ret = (struct following){ .link = link, .extent = cut->extent, .source = source,
		.at = link->from, .end = source->first_extent + source->extent_count };
	/* Of the same file, of which a part is stored. */
	if (link->source == link->node)
		ret->end = plan->extent_count;
	else if (!erofs_plan_is_compressed(&plan->inodes[link->source]))
		return false;
	return cut->extent >= source->first_extent && cut->extent < ret->end;
}

/* The part of the next extent that the link has. False: there is none that it can have. *ret_tail: it is
 * inline, or a fragment. */
static bool next_extent(const struct pack_worker *pw, struct following *f, struct plan_extent *ret,
	bool *ret_tail)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	uint64_t end = f->link->from + f->link->bytes, block = plan->block_size;
	uint64_t offset = f->at & (block - 1);

	if (f->extent == f->end)
		return false;
	*ret = plan->extents[f->extent++];
	*ret_tail = f->extent == f->end && f->link->source != f->link->node &&
		(f->source->inline_bytes || f->source->fragment_bytes);
	if (ret->bytes > end - f->at) {
		ret->bytes = (uint32_t)(end - f->at);
		ret->partial = true;
	}
	/* Both ends of files, or not. */
	if (*ret_tail && (ret->partial || end != plan->inodes[f->link->node].size_bytes))
		return false;
	f->at += ret->bytes;
	/* Each head has an lcluster of its own, and so has the number of blocks (section 8.3). */
	if (!*ret_tail && ret->stored_bytes > block && offset + ret->bytes < 2 * block)
		return false;
	return offset + ret->bytes >= block || f->at == plan->inodes[f->link->node].size_bytes;
}

/* How many bytes of the link lead somewhere; with *ret_tail the end of the source's file is among them. */
static uint64_t sound_bytes(const struct pack_worker *pw, const struct dedupe_link *link, bool *ret_tail)
{
	struct plan_extent extent;
	struct following f;
	uint64_t sound = 0;

	*ret_tail = false;
	if (memcmp(link->stored, link->claimed, CONTENT_DIGEST_BYTES) || !follow(pw, link, &f))
		return 0;
	while (sound < link->bytes && next_extent(pw, &f, &extent, ret_tail))
		sound = f.at - link->from;
	return sound;
}

/* What is left of a link must end with a block. Its digests remain those of the whole: where they are equal, so
 * are the bytes of each part. */
static bool shorten(const struct pack_worker *pw, struct dedupe_link *link, uint64_t sound)
{
	uint64_t block = pw->hashing.w->plan->block_size;
	uint64_t end = erofs_round_down(link->from + sound, block);

	link->dropped = end < link->from + 2 * block;
	if (!link->dropped)
		link->bytes = (uint32_t)(end - link->from);
	return !link->dropped;
}

static bool settle_link(const struct pack_worker *pw, struct dedupe_link *link)
{
	bool tail;
	uint64_t sound = sound_bytes(pw, link, &tail);

	if (sound == link->bytes)
		return true;
	if (shorten(pw, link, sound) && sound_bytes(pw, link, &tail) != link->bytes)
		link->dropped = true;
	return false;
}

/* The end of the file as it stands in the inode of the source. */
static int take_tail(struct pack_worker *pw, struct pack_slot *slot, const struct dedupe_link *link)
{
	const struct plan_packed *source = &pw->hashing.w->plan->packed[link->source];
	bool tail;

	sound_bytes(pw, link, &tail);
	if (!tail)
		return 0;
	if (source->fragment_bytes) {
		slot->fragment_bytes = (size_t)source->fragment_bytes;
		return 0;
	}
	return erofs_pack_add_tail(pw, slot, source->tail, source->inline_bytes);
}

int erofs_pack_settle_links(struct pack_worker *pw, struct pack_slot *slot)
{
	struct dedupe_link *link;
	bool settled = true;
	int r = 0;

	for (link = next_link(pw, slot, 0); link; link = next_link(pw, slot, (size_t)(link->from - slot->from) + 1))
		settled &= settle_link(pw, link);
	if (!settled)
		r = erofs_pack_refill(pw, slot);
	if (!settled && r == 0)
		r = erofs_pack_digest_extents(pw, slot);
	for (link = next_link(pw, slot, 0); r == 0 && link;
	     link = next_link(pw, slot, (size_t)(link->from - slot->from) + 1)) {
		r = take_tail(pw, slot, link);
		erofs_pack_result(pw, slot)->linked = true;
		pw->hashing.w->summary.deduplicated_bytes += link->bytes;
	}
	return r;
}

int erofs_pack_follow_link(struct pack_worker *pw, uint64_t number)
{
	const struct dedupe_link *link = &pw->pack->dedupe.links[number];
	struct plan_extent extent;
	struct following f;
	bool tail;
	int r = 0;

	follow(pw, link, &f);
	while (r == 0 && f.at < link->from + link->bytes && next_extent(pw, &f, &extent, &tail))
		r = erofs_pack_push_extent(pw->hashing.w->plan, &extent);
	return r;
}

void erofs_pack_note_cut(struct pack_worker *pw, const struct pack_slot *slot, uint64_t at,
	uint64_t number)
{
	struct dedupe_cut *cut;

	if (!pw->pack->dedupe.cut_count)
		return;
	cut = erofs_dedupe_cut(&pw->pack->dedupe, slot->node->index, at);
	if (cut && cut->node == slot->node->index && cut->at == at)
		cut->extent = number;
}
