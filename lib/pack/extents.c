/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Extents of different files, or of one, that came out of the encoder alike are stored once. Workers digest what
 * they have compressed; in turn, what is there already is taken out of the slot's output, and the extent refers to
 * it. How a file is cut does not depend on that. */
#include "pack/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/report.h"

#define FULL_COST 6u	/* bytes for each block of a file: the full index takes 8, the compact one 2 */

/* Whether equal extents are stored once: the feature that kernels need for that is there anyway. What is carried over
 * has other means, and beside it nothing is compressed. */
static bool shares_extents(const struct erofs_plan *plan)
{
	return !plan->carries && (plan->opt.dedupe || (plan->fragments && !plan->opt.no_dedupe_files));
}

/* Of the slot's extents those with a place of their own: neither links nor what is stored elsewhere. */
static bool is_own(const struct pack_slot *slot, const struct pack_worker *pw, size_t number)
{
	const struct plan_extent *extent = &pw->extents[slot->first_extent + number];
	bool elsewhere = number + 1 == slot->extent_count && (slot->tail_bytes || slot->fragment_bytes);

	return extent->format != PACK_LINK && !elsewhere;
}

/* ---- out of turn ---- */

static int grow(struct pack_worker *pw)
{
	struct pack_stored *stored;

	if (pw->stored_capacity >= pw->extent_count)
		return 0;
	stored = realloc(pw->stored, pw->extent_capacity * sizeof(*stored));
	if (!stored)
		return erofs_fail_errno(pw->hashing.w->report, -ENOMEM, "digests of extents");
	pw->stored = stored;
	pw->stored_capacity = pw->extent_capacity;
	return 0;
}

int erofs_pack_digest_bytes(struct pack_worker *pw, const uint8_t *bytes, size_t size, uint8_t *ret)
{
	struct erofs_digest *content = pw->hashing.content;
	int r = erofs_digest_start(content);

	if (r == 0)
		r = erofs_digest_update(content, bytes, size);
	if (r == 0)
		r = erofs_digest_finish(content, ret);
	return r < 0 ? erofs_fail_errno(pw->hashing.w->report, r, "cannot compute a digest") : 0;
}

static int digest(struct pack_worker *pw, const struct pack_slot *slot, size_t number)
{
	const struct plan_extent *extent = &pw->extents[slot->first_extent + number];

	return erofs_pack_digest_bytes(pw, pw->out + slot->out_at + extent->start, extent->stored_bytes,
		pw->stored[slot->first_extent + number].digest);
}

int erofs_pack_digest_extents(struct pack_worker *pw, const struct pack_slot *slot)
{
	int r = shares_extents(pw->hashing.w->plan) ? grow(pw) : 0;

	if (!shares_extents(pw->hashing.w->plan))
		return 0;
	for (size_t i = 0; r == 0 && i < slot->extent_count; i++)
		if (is_own(slot, pw, i))
			r = digest(pw, slot, i);
	return r;
}

/* ---- in turn ---- */

/* Looks all extents up, and adds those that are new. *ret_saved: stored bytes of the others. */
static int look_up(struct pack_worker *pw, const struct pack_slot *slot, uint64_t *ret_saved)
{
	struct erofs_extent_table *all = &pw->pack->known_extents;

	*ret_saved = 0;
	for (size_t i = 0; i < slot->extent_count; i++) {
		const struct plan_extent *extent = &pw->extents[slot->first_extent + i];
		struct pack_stored *stored = &pw->stored[slot->first_extent + i];

		stored->entry = NULL;
		stored->again = false;
		if (!is_own(slot, pw, i))
			continue;
		stored->entry = erofs_extent_table_find(all, stored->digest, extent);
		stored->again = stored->entry != NULL;
		*ret_saved += stored->again ? extent->stored_bytes : 0;
		if (!stored->entry)
			stored->entry = erofs_extent_table_add(all, stored->digest, extent);
		if (!stored->entry)
			return erofs_fail_errno(pw->hashing.w->report, -ENOMEM, "cannot note an extent");
	}
	return 0;
}

static bool pays(const struct pack_worker *pw, const struct pack_slot *slot, uint64_t saved)
{
	const struct plan_packed *packed = erofs_pack_result(pw, slot);
	uint64_t blocks = erofs_ceil_div(slot->node->size_bytes, pw->hashing.w->plan->block_size);

	return saved && (packed->form != PLAN_INDEX_COMPACT || packed->linked || saved > blocks * FULL_COST);
}

/* Takes what is stored again out of the slot's output. */
static void close_gaps(struct pack_worker *pw, struct pack_slot *slot)
{
	uint8_t *out = pw->out + slot->out_at;
	size_t end = 0;

	for (size_t i = 0; i < slot->extent_count; i++) {
		struct plan_extent *extent = &pw->extents[slot->first_extent + i];
		size_t size = extent->stored_bytes;

		if (!is_own(slot, pw, i) || pw->stored[slot->first_extent + i].again)
			continue;
		memmove(out + end, out + extent->start, size);
		extent->start = end;
		end += size;
	}
	slot->stored_bytes = end;
	slot->blocks = erofs_ceil_div(end, pw->hashing.w->plan->block_size);
}

int erofs_pack_share_extents(struct pack_worker *pw, struct pack_slot *slot)
{
	uint64_t saved;
	int r;

	slot->shares = false;
	if (!shares_extents(pw->hashing.w->plan))
		return 0;
	r = look_up(pw, slot, &saved);
	if (r < 0 || !pays(pw, slot, saved))
		return r;
	slot->shares = true;
	close_gaps(pw, slot);
	erofs_pack_result(pw, slot)->linked = true;
	return 0;
}

void erofs_pack_settle_extent(struct pack_worker *pw, const struct pack_slot *slot, size_t number,
	struct plan_extent *extent)
{
	struct pack_stored *stored;

	extent->start += slot->start;
	if (!shares_extents(pw->hashing.w->plan))
		return;
	stored = &pw->stored[slot->first_extent + number];
	if (stored->entry && !stored->again)
		stored->entry->start = extent->start;
	if (!slot->shares || !stored->again)
		return;
	extent->start = stored->entry->start;
	pw->hashing.w->summary.deduplicated_bytes += extent->bytes;
}
