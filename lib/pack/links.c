/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* -Ededupe while packing. A pass before finds links (dedupe.h). Who compresses a file with some looks where extents of their
 * sources begin (resolve.c). A file whose range is a source digests it as it compresses it; a file with a link digests
 * what it has read. In turn, when the source has its place, the digests are compared, and the link becomes the
 * extents of the source, the last one in part. Nothing else is trusted: not the pass before, nor times of
 * modification.
 *
 * A link that leads nowhere (the source is flat after all, or its end stands inline) is shortened or dropped,
 * and the slot compressed again, in its turn. */
#include "pack/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/report.h"

#define MIN_BLOCKS 2u	/* of a file with links, or that others refer to */
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

/* Measured on root file systems: other values make images larger. Where clusters are single blocks, one that ends early for
 * a link costs half a block, and so would a cut in its source. Where they have several, the last one just gets
 * fewer, and to wait for extents of the source to begin would cost more. */
static void choose_links(const struct erofs_plan *plan, struct erofs_dedupe *d)
{
	d->block_size = plan->block_size;
	d->cut_sources = plan->opt.pcluster_bytes > plan->block_size;
	d->min_bytes = d->cut_sources ? 3 * plan->block_size : plan->block_size;
	d->min_used_bytes = d->cut_sources ? plan->block_size : plan->block_size / 2;
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
	pack->dedupe = (struct erofs_dedupe){ .tree = plan->tree, .segment_bytes = PACK_SEGMENT_BYTES };
	choose_links(plan, &pack->dedupe);
	erofs_dedupe_init(&pack->dedupe);
	r = erofs_workers_run(&job, pack->segment_count, plan->opt.workers);
	if (r < 0)
		return r;
	r = erofs_dedupe_plan(&pack->dedupe);
	if (r == 0 && pack->dedupe.link_count)
		r = erofs_heads_open(&pack->heads, pack->segment_count);
	return r < 0 ? erofs_fail_errno(pack->w->report, r, "links between files") : 0;
}

/* ---- out of turn ---- */

static bool is_of(const struct pack_worker *pw, const struct pack_slot *slot, const struct dedupe_link *link)
{
	const struct erofs_dedupe *d = &pw->pack->dedupe;

	return link && link < d->links + d->link_count && link->node == slot->node->index &&
	       link->from < slot->from + slot->size;
}

struct dedupe_link *erofs_pack_first_link(const struct pack_worker *pw, const struct pack_slot *slot, size_t from)
{
	const struct erofs_dedupe *d = &pw->pack->dedupe;
	uint64_t at = slot->from + from;
	struct dedupe_link *link = d->link_count ? erofs_dedupe_link(d, slot->node->index, at) : NULL;
	struct dedupe_link *before = link ? link : d->links + d->link_count;

	/* Links do not overlap. */
	if (from && before > d->links && is_of(pw, slot, before - 1) && before[-1].from + before[-1].bytes > at)
		return before - 1;
	return is_of(pw, slot, link) ? link : NULL;
}

struct dedupe_link *erofs_pack_next_link(const struct pack_worker *pw, const struct pack_slot *slot,
	struct dedupe_link *link)
{
	return is_of(pw, slot, link + 1) ? link + 1 : NULL;
}

bool erofs_pack_is_within(const struct pack_slot *slot, const struct dedupe_link *link)
{
	return link->source == slot->node->index && link->source_at >= slot->from &&
	       link->source_at < slot->from + slot->size;
}

static int digest(struct pack_worker *pw, const struct pack_slot *slot, uint64_t from, size_t size,
	uint8_t *ret)
{
	return erofs_pack_digest_bytes(pw, pw->in + slot->in_at + (from - slot->from), size, ret);
}

/* Many files may refer to one range. */
static bool is_same_source(const struct dedupe_link *a, const struct dedupe_link *b)
{
	return a->source == b->source && a->source_at == b->source_at && a->bytes == b->bytes;
}

static int digest_sources(struct pack_worker *pw, const struct pack_slot *slot)
{
	const struct erofs_dedupe *d = &pw->pack->dedupe;
	const struct dedupe_link *last = NULL;
	int r = 0;

	for (size_t i = erofs_dedupe_source(d, slot->node->index, slot->from); r == 0 && i < d->link_count; i++) {
		struct dedupe_link *by = d->by_source[i];

		if (by->source != slot->node->index || by->source_at >= slot->from + slot->size)
			break;
		if (by->node == by->source && by->from < slot->from + slot->size)
			continue;
		if (last && is_same_source(last, by))
			memcpy(by->stored, last->stored, sizeof(by->stored));
		else
			r = digest(pw, slot, by->source_at, by->bytes, by->stored);
		last = by;
	}
	return r;
}

int erofs_pack_digest_links(struct pack_worker *pw, const struct pack_slot *slot)
{
	struct dedupe_link *link = erofs_pack_first_link(pw, slot, 0);
	int r = digest_sources(pw, slot);

	for (; r == 0 && link; link = erofs_pack_next_link(pw, slot, link))
		if (link->used && !link->dropped && !erofs_pack_is_within(slot, link))
			r = digest(pw, slot, link->from, link->bytes, link->claimed);
	return r;
}

/* ---- in turn ---- */

/* A link while it is followed. */
struct following {
	const struct dedupe_link *link;
	uint64_t extent, end;		/* of the source, in the plan */
	const struct plan_packed *source;
	uint64_t at, stop;		/* of the link's file */
};

/* The number of the extent where a link within @slot begins. */
static uint64_t find_within(const struct pack_worker *pw, const struct pack_slot *slot, const struct dedupe_link *link)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	uint64_t number = slot->first_in_plan, at = slot->from, start = link->source_at + link->skip;

	for (; at < start && number < plan->extent_count; number++)
		at += plan->extents[number].bytes;
	return at == start ? number : HEADS_NO_EXTENT;
}

/* That of the extent which the source has @from bytes behind the start of the link's range, and has published. */
static uint64_t find_elsewhere(struct pack_worker *pw, const struct dedupe_link *link, uint64_t from)
{
	const struct pack_heads *heads = erofs_heads_await(&pw->pack->heads,
		erofs_pack_segment_of(pw->pack, link->source, link->source_at));
	uint64_t at = link->source_at + from;
	size_t found = erofs_heads_find(heads->list, heads->count, link->source, at);

	if (found == heads->count || heads->list[found].node != link->source || heads->list[found].at != at)
		return HEADS_NO_EXTENT;
	return heads->list[found].extent;
}

/* False: the source has no extent there. */
static bool follow(struct pack_worker *pw, const struct pack_slot *slot, const struct dedupe_link *link,
	struct following *ret)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	const struct plan_packed *source = &plan->packed[link->source];

	*ret = (struct following){ .link = link, .source = source, .at = link->from + link->skip,
		.end = source->first_extent + source->extent_count };
	ret->stop = ret->at + link->used;
	/* Of the same file, of which a part is stored. */
	if (link->source == link->node)
		ret->end = plan->extent_count;
	else if (!erofs_plan_is_compressed(&plan->inodes[link->source]))
		return false;
	ret->extent = erofs_pack_is_within(slot, link) ? find_within(pw, slot, link) :
		find_elsewhere(pw, link, link->skip);
	return ret->extent >= source->first_extent && ret->extent < ret->end;
}

/* The part of the next extent that the link has. False: there is none that it can have. *ret_tail: it is
 * inline, or a fragment. */
static bool next_extent(const struct pack_worker *pw, struct following *f, struct plan_extent *ret,
	bool *ret_tail)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	uint64_t end = f->stop, block = plan->block_size;
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

/* How many bytes of the link lead somewhere; with *ret_tail the end of the source's file is among them. Where the
 * source was compressed again in its turn, its extents may be others than were published, and links within the slot
 * rely on these. */
static uint32_t sound_bytes(struct pack_worker *pw, const struct pack_slot *slot, const struct dedupe_link *link,
	bool *ret_tail)
{
	struct plan_extent extent;
	struct following f;
	uint64_t sound = 0;

	*ret_tail = false;
	if (memcmp(link->stored, link->claimed, CONTENT_DIGEST_BYTES) || !follow(pw, slot, link, &f))
		return 0;
	while (sound < link->used && find_elsewhere(pw, link, link->skip + sound) == f.extent &&
	       next_extent(pw, &f, &extent, ret_tail))
		sound = f.at - link->from - link->skip;
	*ret_tail = *ret_tail && sound == link->used;
	return (uint32_t)sound;
}

/* Its digests remain those of the whole: where they are equal, so are the bytes of each part. */
static bool settle_link(struct pack_worker *pw, const struct pack_slot *slot, struct dedupe_link *link)
{
	bool tail;
	uint32_t sound = sound_bytes(pw, slot, link, &tail);

	if (sound == link->used)
		return true;
	link->dropped = sound < pw->pack->dedupe.min_used_bytes;
	link->used = sound;
	return false;
}

/* The end of the file as it stands in the inode of the source. */
static int take_tail(struct pack_worker *pw, struct pack_slot *slot, const struct dedupe_link *link)
{
	const struct plan_packed *source = &pw->hashing.w->plan->packed[link->source];
	bool tail;

	sound_bytes(pw, slot, link, &tail);
	if (!tail)
		return 0;
	if (source->fragment_bytes) {
		slot->fragment_bytes = (size_t)source->fragment_bytes;
		return 0;
	}
	return erofs_pack_add_tail(pw, slot, source->tail, source->inline_bytes);
}

/* Nothing is looked for in turn that was not found before. */
static int fill_again(struct pack_worker *pw, struct pack_slot *slot)
{
	struct dedupe_link *link = erofs_pack_first_link(pw, slot, 0);
	int r;

	for (; link; link = erofs_pack_next_link(pw, slot, link)) {
		if (erofs_pack_is_within(slot, link))
			continue;
		link->settled = link->used;
		link->dropped |= !link->used;
	}
	r = erofs_pack_refill(pw, slot);
	return r < 0 ? r : erofs_pack_digest_extents(pw, slot);
}

static bool is_in_use(const struct dedupe_link *link)
{
	return link->used && !link->dropped;
}

int erofs_pack_settle_links(struct pack_worker *pw, struct pack_slot *slot)
{
	struct dedupe_link *link = erofs_pack_first_link(pw, slot, 0);
	bool settled = true;
	int r = 0;

	for (; link; link = erofs_pack_next_link(pw, slot, link))
		if (is_in_use(link) && !erofs_pack_is_within(slot, link))
			settled &= settle_link(pw, slot, link);
	if (!settled)
		r = fill_again(pw, slot);
	link = erofs_pack_first_link(pw, slot, 0);
	for (; r == 0 && link; link = erofs_pack_next_link(pw, slot, link)) {
		if (!is_in_use(link))
			continue;
		if (!erofs_pack_is_within(slot, link))
			r = take_tail(pw, slot, link);
		erofs_pack_result(pw, slot)->linked = true;
		pw->hashing.w->summary.deduplicated_bytes += link->used;
	}
	return r;
}

int erofs_pack_follow_link(struct pack_worker *pw, const struct pack_slot *slot, uint64_t number)
{
	const struct dedupe_link *link = &pw->pack->dedupe.links[number];
	uint64_t at = link->from + link->skip;
	struct plan_extent extent;
	struct following f;
	bool tail, found = follow(pw, slot, link, &f);
	int r = 0;

	while (r == 0 && found && f.at < f.stop && next_extent(pw, &f, &extent, &tail)) {
		erofs_pack_place_head(pw, slot, at, extent.bytes);
		r = erofs_pack_push_extent(pw->hashing.w->plan, &extent);
		at = f.at;
	}
	/* Nothing is known that leads here; rather no image than a wrong one. */
	if (r == 0 && f.at != f.stop)
		r = erofs_plan_fail(pw->hashing.w->plan, slot->node, -EIO, "extents of a range are not where they were");
	return r;
}
