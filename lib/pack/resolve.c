/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Which extents a link refers to, out of turn: those of its source that begin in its range, as the encoder has cut them.
 * What is before the first of them is compressed like the rest of the file, so a source is not cut, and pays
 * nothing, for being one. */
#include "pack/pack.h"

#include <errno.h>
#include <string.h>

#include "base/math.h"
#include "base/report.h"

/* Heads of one slot, in the order of its file. */
struct head_list {
	const struct pack_head *list;
	size_t count;
};

uint64_t erofs_pack_segment_of(const struct pack *pack, uint32_t node, uint64_t at)
{
	size_t next = EROFS_BISECT(pack->item_count, i, pack->items[i].first <= node);
	const struct pack_item *item = &pack->items[next - 1];

	return item->first_segment + (item->segments > 1 ? at / PACK_SEGMENT_BYTES : 0);
}

/* ---- what is noted of the slot in hand ---- */

static bool is_source(const struct pack_worker *pw, const struct pack_slot *slot)
{
	const struct erofs_dedupe *d = &pw->pack->dedupe;
	size_t at = erofs_dedupe_source(d, slot->node->index, slot->from);

	return at < d->link_count && d->by_source[at]->source == slot->node->index &&
	       d->by_source[at]->source_at < slot->from + slot->size;
}

/* Heads that are the last are replaced; others stay, unused, so that the rest keep their numbers. */
void erofs_pack_begin_links(struct pack_worker *pw, struct pack_slot *slot)
{
	struct dedupe_link *link = erofs_pack_first_link(pw, slot, 0);

	slot->is_source = is_source(pw, slot);
	if (slot->first_head + slot->head_count == pw->heads.count)
		pw->heads.count = slot->first_head;
	slot->first_head = pw->heads.count;
	slot->head_count = 0;
	for (; link; link = erofs_pack_next_link(pw, slot, link))
		link->used = link->passed = 0;
}

static int note(struct pack_worker *pw, const struct pack_slot *slot, struct pack_head *head)
{
	head->node = slot->node->index;
	head->extent = HEADS_NO_EXTENT;
	return erofs_heads_add(&pw->heads, head) < 0 ?
		erofs_fail_errno(pw->hashing.w->report, -ENOMEM, "cannot note extents that are shared") : 0;
}

int erofs_pack_note_head(struct pack_worker *pw, const struct pack_slot *slot, size_t at,
	const struct plan_extent *extent)
{
	struct pack_head head = { .at = slot->from + at, .bytes = extent->bytes,
		.stored_bytes = extent->stored_bytes, .tail = slot->tail_bytes || slot->fragment_bytes };

	return slot->is_source ? note(pw, slot, &head) : 0;
}

/* ---- heads of sources ---- */

/* Those of a slot that the worker has in hand itself. */
static struct head_list own_heads(const struct pack_worker *pw, uint32_t node)
{
	size_t at = EROFS_BISECT(pw->slot_count, i, pw->slots[i].node->index < node);
	const struct pack_slot *slot = &pw->slots[at];

	if (at == pw->slot_count || slot->node->index != node)
		return (struct head_list){ 0 };
	return (struct head_list){ pw->heads.list + slot->first_head, slot->head_count };
}

/* Those of the link's source at or behind the @skip-th byte of the range. */
static struct head_list source_heads(struct pack_worker *pw, const struct pack_slot *slot,
	const struct dedupe_link *link, uint32_t skip)
{
	uint64_t number = erofs_pack_segment_of(pw->pack, link->source, link->source_at);
	struct head_list ret;
	size_t first;

	if (erofs_pack_is_within(slot, link)) {
		ret = (struct head_list){ pw->heads.list + slot->first_head,
			pw->heads.count - slot->first_head };
	} else if (number == pw->number) {
		ret = own_heads(pw, link->source);
	} else {
		const struct pack_heads *heads = erofs_heads_await(&pw->pack->heads, number);

		ret = (struct head_list){ heads->list, heads->count };
	}
	first = erofs_heads_find(ret.list, ret.count, link->source, link->source_at + skip);
	return (struct head_list){ ret.list + first, ret.count - first };
}

/* ---- resolving ---- */

/* How many bytes of the file, from @at on, the extents of @heads can have: each head needs an lcluster of its own, and
 * so does the number of blocks (section 8.3). A tail is the end of both files or of none. */
static uint64_t usable_bytes(const struct pack_worker *pw, const struct dedupe_link *link, uint64_t at,
	struct head_list heads)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	uint64_t block = plan->block_size, from = at, end = link->from + link->bytes;
	uint64_t file_end = plan->tree->nodes[link->node]->size_bytes;

	for (const struct pack_head *head = heads.list; head < heads.list + heads.count && at < end; head++) {
		uint64_t bytes = head->bytes < end - at ? head->bytes : end - at, reach = (at & (block - 1)) + bytes;

		if (head->node != link->source || head->at - link->source_at != at - link->from)
			break;
		if (head->tail && (bytes < head->bytes || at + bytes != file_end))
			break;
		if (!head->tail && head->stored_bytes > block && reach < 2 * block)
			break;
		if (reach < block && at + bytes != file_end)
			break;
		at += bytes;
	}
	return at - from;
}

/* What has less is not worth the cluster before it that ends early, unless it is the end. */
static bool is_enough(const struct pack_worker *pw, const struct dedupe_link *link, const struct pack_stop *stop)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	uint64_t end = link->from + stop->skip + stop->used;

	return stop->used >= pw->pack->dedupe.min_used_bytes ||
	       (stop->used && end == plan->tree->nodes[link->node]->size_bytes);
}

/* Within a slot, bytes are compared; among others, digests will be, in turn. */
static bool is_equal(const struct pack_worker *pw, const struct pack_slot *slot, const struct dedupe_link *link)
{
	const uint8_t *in = pw->in + slot->in_at;

	return !erofs_pack_is_within(slot, link) ||
	       !memcmp(in + (link->from - slot->from), in + (link->source_at - slot->from), link->bytes);
}

/* Finds what the link can have at or behind @at of the file, and puts it into @stop; between both, there must be enough for
 * an extent. */
static bool resolve(struct pack_worker *pw, const struct pack_slot *slot, struct dedupe_link *link, uint64_t at,
	struct pack_stop *stop)
{
	uint64_t block = pw->hashing.w->plan->block_size;
	uint32_t skip = at > link->from ? (uint32_t)(at - link->from) : 0;
	struct head_list heads = source_heads(pw, slot, link, skip > link->passed ? skip : link->passed);

	for (; heads.count; heads.list++, heads.count--) {
		uint64_t from = link->from + (heads.list->at - link->source_at);

		if (heads.list->node != link->source || from >= link->from + link->bytes)
			return false;
		if (from != at && from - at < block)
			continue;
		stop->skip = (uint32_t)(from - link->from);
		stop->used = (uint32_t)usable_bytes(pw, link, from, heads);
		return is_enough(pw, link, stop) && is_equal(pw, slot, link);
	}
	return false;
}

void erofs_pack_pass_link(const struct pack_stop *stop)
{
	stop->link->dropped = stop->link->settled != 0;
	stop->link->passed = stop->skip + 1;
}

/* In turn, links to other slots are those that have been found sound before. Such as have their source in the slot
 * wait until that is filled. */
static bool is_usable(struct pack_worker *pw, const struct pack_slot *slot, struct dedupe_link *link, uint64_t at,
	struct pack_stop *stop)
{
	if (link->dropped || link->used)
		return false;
	if (link->settled) {
		stop->skip = link->skip;
		stop->used = link->settled;
		return link->from + link->skip >= at;
	}
	if (erofs_pack_is_within(slot, link) && link->source_at + link->bytes > at) {
		if (link->source_at + link->bytes < slot->from + stop->again)
			stop->again = (size_t)(link->source_at + link->bytes - slot->from);
		return false;
	}
	return resolve(pw, slot, link, at, stop);
}

int erofs_pack_note_link(struct pack_worker *pw, const struct pack_slot *slot, const struct dedupe_link *link)
{
	uint64_t done = 0;
	int r = 0;

	for (size_t i = 0; slot->is_source && r == 0 && done < link->used; i++) {
		/* Adding may move what is in hand. */
		struct head_list heads = source_heads(pw, slot, link, link->skip);
		struct pack_head head = { .at = link->from + link->skip + done };

		if (i == heads.count)
			break;
		/* Its number in the plan may be written at this moment. */
		head.bytes = heads.list[i].bytes;
		head.stored_bytes = heads.list[i].stored_bytes;
		head.tail = heads.list[i].tail;
		if (head.bytes > link->used - done)
			head.bytes = (uint32_t)(link->used - done);
		done += head.bytes;
		r = note(pw, slot, &head);
	}
	return r;
}

/* ---- stops ---- */

bool erofs_pack_has_stops(const struct pack_worker *pw, const struct pack_slot *slot)
{
	const struct dedupe_cut *cut = erofs_dedupe_cut(&pw->pack->dedupe, slot->node->index, slot->from + 1);

	return erofs_pack_first_link(pw, slot, 0) ||
	       (cut && cut->node == slot->node->index && cut->at < slot->from + slot->size);
}

struct pack_stop erofs_pack_next_stop(struct pack_worker *pw, const struct pack_slot *slot, size_t from)
{
	struct pack_stop stop = { .at = slot->size, .again = slot->size };
	struct dedupe_link *link;
	const struct dedupe_cut *cut;

	if (slot->alone || !pw->pack->dedupe.link_count)
		return stop;
	cut = erofs_dedupe_cut(&pw->pack->dedupe, slot->node->index, slot->from + from + 1);
	if (cut && cut->node == slot->node->index && cut->at < slot->from + slot->size)
		stop.at = stop.again = (size_t)(cut->at - slot->from);
	link = erofs_pack_first_link(pw, slot, from);
	while (link && link->from <= slot->from + stop.at && !is_usable(pw, slot, link, slot->from + from, &stop))
		link = erofs_pack_next_link(pw, slot, link);
	/* Else the cut comes first, and it is to be seen from there. */
	if (link && link->from + stop.skip <= slot->from + stop.at) {
		stop.link = link;
		stop.at = (size_t)(link->from + stop.skip - slot->from);
	}
	if (stop.again > stop.at)
		stop.again = stop.at;
	return stop;
}

/* ---- in turn ---- */

void erofs_pack_place_head(struct pack_worker *pw, const struct pack_slot *slot, uint64_t at, uint32_t bytes)
{
	struct pack_head_board *board = &pw->pack->heads;
	const struct pack_heads *heads;
	struct pack_head *head;
	size_t found;

	if (!board->segments || !slot->is_source)
		return;
	heads = erofs_heads_await(board, pw->number);
	found = erofs_heads_find(heads->list, heads->count, slot->node->index, at);
	head = found < heads->count ? &heads->list[found] : NULL;
	if (head && head->node == slot->node->index && head->at == at && head->bytes == bytes)
		head->extent = pw->hashing.w->plan->extent_count;
}
