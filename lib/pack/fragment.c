/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Ends of files, and whole ones, on their way to the packed inode. Whether a file has such an end, and how much
 * of it, depends on the file and the options alone; where it goes is found out in commit order. */
#include "pack/pack.h"

#include "base/report.h"

bool erofs_pack_is_fragment(const struct pack_worker *pw, const struct pack_slot *slot)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	const struct plan_choice *choice = &erofs_pack_result(pw, slot)->choice;

	if (!plan->fragments || !choice->pcluster_bytes)
		return false;
	if (plan->carries)
		return slot->node->carried == EROFS_CARRIED_FRAGMENT;
	return plan->opt.all_fragments || slot->node->size_bytes <= choice->pcluster_bytes;
}

/* The offset of an end has 32 bits in the compact form (section 10). */
static void note(struct plan_inode *pi, struct plan_packed *packed, uint64_t bytes, uint64_t at)
{
	packed->fragment_bytes = bytes;
	packed->fragment_at = at;
	if (packed->form == PLAN_INDEX_COMPACT && (bytes == pi->size_bytes || at > UINT32_MAX)) {
		packed->form = PLAN_INDEX_FULL;
		pi->layout = EROFS_LAYOUT_COMPRESSED_FULL;
	}
}

int erofs_pack_store_fragment(struct pack_worker *pw, const struct pack_slot *slot)
{
	struct plan_inode *pi = erofs_pack_inode(pw, slot);
	uint64_t at;
	int r;

	if (!slot->fragment_bytes)
		return 0;
	r = erofs_fragments_add(pw->pack->fragments, pw->in + slot->in_at + slot->size - slot->fragment_bytes,
		slot->fragment_bytes, slot->fragment_bytes == pi->size_bytes, &at);
	if (r == 0)
		note(pi, erofs_pack_result(pw, slot), slot->fragment_bytes, at);
	return r;
}

/* ---- large files, as a whole ---- */

static int begin(struct pack_worker *pw, const struct pack_slot *slot)
{
	const struct plan_inode *pi = erofs_pack_inode(pw, slot);
	struct pack *pack = pw->pack;

	erofs_pack_result(pw, slot)->fragment_at = erofs_spool_size(pack->fragments->spool);
	return erofs_file_hash_start(&pack->hashing, pi->flags & PLAN_TAGGED, pi->flags & PLAN_SIZE_SHARED,
		&pack->hash);
}

/* Gives back what was stored when it is there already. */
static int settle(struct pack_worker *pw, struct pack_slot *slot)
{
	uint64_t before = erofs_pack_result(pw, slot)->fragment_at;
	bool adopted;
	int r = erofs_pack_settle_twin(pw, slot, &adopted);

	if (r < 0)
		return r;
	if (!adopted)
		return erofs_pack_keep(pw, slot);
	r = erofs_spool_resize(pw->pack->fragments->spool, before);
	return r < 0 ? r : erofs_pack_keep_fingerprint(pw, slot);
}

static int end(struct pack_worker *pw, struct pack_slot *slot)
{
	struct plan_inode *pi = erofs_pack_inode(pw, slot);
	struct plan_packed *packed = erofs_pack_result(pw, slot);
	int r = erofs_file_hash_finish(&pw->pack->hash, slot->fingerprint, slot->digest);

	slot->compressed = true;
	erofs_pack_set_compressed(pw, slot);
	note(pi, packed, pi->size_bytes, packed->fragment_at);
	return r < 0 ? r : settle(pw, slot);
}

int erofs_pack_commit_fragment(struct pack_worker *pw, const struct pack_item *item, uint64_t segment)
{
	struct pack_slot *slot = &pw->slots[0];
	int r = segment == 0 ? begin(pw, slot) : 0;

	if (r == 0)
		r = erofs_file_hash_update(&pw->pack->hash, pw->in, slot->size);
	if (r == 0)
		r = erofs_spool_append(pw->pack->fragments->spool, pw->in, slot->size);
	if (r < 0)
		return r;
	return segment + 1 == item->segments ? end(pw, slot) : 0;
}
