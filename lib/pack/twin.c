/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Identical files are found before they are compressed. Whoever has digested a file claims its content; all
 * but the first claimant in the order of commits rely on the first, whose result will be there in their
 * turn. Who is first among those that claim at the same time may depend on chance, and then a file is
 * compressed in vain; what is stored does not.
 *
 * A large file is not in memory when its digest is known, so those that may be identical are digested in
 * a pass before. That decides only which of them are not read again: what they refer to is found by the
 * digest of the bytes that were stored. */
#include "pack/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"
#include "base/workers.h"
#include "tree/content.h"

/* What identifies the content of a digested file, together with how it is to be stored. */
static struct erofs_content_key content_key(const struct pack_worker *pw, const struct pack_slot *slot)
{
	struct erofs_content_key key = { .size_bytes = slot->node->size_bytes,
		.variant = erofs_plan_variant(&erofs_pack_result(pw, slot)->choice) };

	/* How sources have stored it does not matter, if it is known to be equal. */
	if (pw->hashing.w->plan->carries && !slot->by_form)
		key.variant = 0;

	memcpy(key.digest, slot->digest, sizeof(key.digest));
	return key;
}

static int claim(struct pack_worker *pw, const struct pack_slot *slot, uint64_t *ret_first)
{
	struct pack *pack = pw->pack;
	struct erofs_content_key key = content_key(pw, slot);
	int r;

	pthread_mutex_lock(&pack->lock);
	r = erofs_content_table_claim(&pack->claims, &key, slot->node->index, ret_first);
	pthread_mutex_unlock(&pack->lock);
	return r < 0 ? erofs_fail_errno(pack->w->report, r, "cannot note a digest") : 0;
}

int erofs_pack_claim(struct pack_worker *pw, struct pack_slot *slot)
{
	uint64_t first;
	int r;

	if (!(erofs_pack_inode(pw, slot)->flags & PLAN_SIZE_SHARED))
		return 0;
	r = claim(pw, slot, &first);
	slot->claimed = r == 0 && first < slot->node->index;
	return r;
}

/* ---- in turn ---- */

/* A compressed file is where its twin is, and so is a flat one of as many blocks. */
static bool adopt(struct pack_worker *pw, struct pack_slot *slot, uint64_t twin)
{
	struct writer *w = pw->hashing.w;
	struct plan_inode *pi = erofs_pack_inode(pw, slot);
	const struct plan_inode *other = &w->plan->inodes[twin];
	struct erofs_content_key key = { .size_bytes = pi->size_bytes };

	slot->compressed = erofs_plan_is_compressed(other);
	if (!slot->compressed && erofs_plan_blocks(w->plan, pi) != erofs_plan_blocks(w->plan, other))
		return false;
	*erofs_pack_result(pw, slot) = w->plan->packed[twin];
	pi->layout = other->layout;
	pi->start_block = other->start_block;
	key.blocks = erofs_plan_blocks(w->plan, pi);
	w->summary.deduplicated_bytes += slot->compressed ? pi->size_bytes :
		erofs_write_stored_bytes(w, &key);
	return true;
}

int erofs_pack_settle_twin(struct pack_worker *pw, struct pack_slot *slot, bool *ret_adopted)
{
	struct writer *w = pw->hashing.w;
	struct erofs_content_key key = content_key(pw, slot);
	bool compressed = slot->compressed;
	uint64_t twin;
	int r;

	*ret_adopted = false;
	if (!(erofs_pack_inode(pw, slot)->flags & PLAN_SIZE_SHARED))
		return 0;
	if (erofs_content_table_find(&w->files, &key, &twin)) {
		*ret_adopted = adopt(pw, slot, twin);
		if (!*ret_adopted)
			slot->compressed = compressed;
		return 0;
	}
	r = erofs_content_table_add(&w->files, &key, slot->node->index);
	return r < 0 ? erofs_fail_errno(w->report, r, "cannot note stored content") : 0;
}

/* Of a large file that nobody has read since its digest was taken. */
int erofs_pack_commit_twin(struct pack_worker *pw, const struct pack_item *item)
{
	struct pack_slot *slot = &pw->slots[0];
	bool adopted;
	int r;

	memcpy(slot->digest, item->twin->digest, sizeof(slot->digest));
	memcpy(slot->fingerprint, item->twin->fingerprint, sizeof(slot->fingerprint));
	r = erofs_pack_settle_twin(pw, slot, &adopted);
	if (r < 0)
		return r;
	if (!adopted)
		return erofs_plan_fail(pw->hashing.w->plan, slot->node, -ESTALE,
			"changed while being read, or a file that had the same content");
	return erofs_pack_keep_fingerprint(pw, slot);
}

/* ---- the pass over large files ---- */

static int digest_file(struct pack_worker *pw, struct pack_slot *slot)
{
	const struct writer *w = pw->hashing.w;
	const struct plan_inode *pi = erofs_pack_inode(pw, slot);
	uint64_t size = slot->node->size_bytes;
	struct erofs_content *content;
	struct file_hash fh;
	int r = erofs_file_hash_start(&pw->hashing, pi->flags & PLAN_TAGGED, true, &fh);

	if (r == 0)
		r = erofs_content_open(w->plan->tree, slot->node, w->report, &content);
	if (r < 0)
		return r;
	for (uint64_t at = 0; r == 0 && at < size; at += PACK_BATCH_BYTES) {
		size_t n = size - at < PACK_BATCH_BYTES ? (size_t)(size - at) : PACK_BATCH_BYTES;

		r = erofs_content_read(content, at, pw->in, n);
		if (r == 0)
			r = erofs_file_hash_update(&fh, pw->in, n);
	}
	if (r == 0)
		r = erofs_content_finish(content);
	erofs_content_close(content);
	return r < 0 ? r : erofs_file_hash_finish(&fh, slot->fingerprint, slot->digest);
}

static int digest_item(void *user, void *state, uint64_t number)
{
	struct pack *pack = user;
	struct pack_worker *pw = state;
	struct pack_item *item = pack->candidates[number];
	struct pack_slot slot = { .node = pack->w->plan->tree->nodes[item->first] };
	uint64_t first;
	int r = erofs_pack_take_buffer(pw, PACK_BATCH_BYTES);

	if (r == 0)
		r = digest_file(pw, &slot);
	if (r == 0)
		r = claim(pw, &slot, &first);
	erofs_pack_leave_buffer(pw);
	if (r < 0)
		return r;
	memcpy(item->twin->digest, slot.digest, sizeof(slot.digest));
	memcpy(item->twin->fingerprint, slot.fingerprint, sizeof(slot.fingerprint));
	return 0;
}

/* Whether an earlier file has claimed the content of @item; all have been digested. */
static int judge(struct pack_worker *pw, struct pack_item *item)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	struct pack_slot slot = { .node = plan->tree->nodes[item->first] };
	uint64_t first;
	int r;

	memcpy(slot.digest, item->twin->digest, sizeof(slot.digest));
	r = claim(pw, &slot, &first);
	if (r < 0)
		return r;
	if (first < item->first && erofs_plan_blocks(plan, &plan->inodes[first]) ==
	    erofs_plan_blocks(plan, &plan->inodes[item->first]))
		item->segments = 1;
	else
		item->twin = NULL;
	return 0;
}

int erofs_pack_digest_large(struct pack *pack, const struct erofs_workers_job *like)
{
	struct erofs_workers_job job = { .user = pack, .open = like->open, .close = like->close,
		.prepare = digest_item };
	struct pack_worker pw = { .pack = pack, .hashing = { .w = pack->w } };
	uint64_t count = 0;
	int r;

	pack->candidates = calloc(pack->item_count ? pack->item_count : 1, sizeof(*pack->candidates));
	if (!pack->candidates)
		return erofs_fail_errno(pack->w->report, -ENOMEM, "%zu groups of files", pack->item_count);
	for (size_t i = 0; i < pack->item_count; i++) {
		struct pack_item *item = &pack->items[i];

		if (item->segments == 1 || !(pack->w->plan->inodes[item->first].flags & PLAN_SIZE_SHARED) ||
		    erofs_plan_is_carried(pack->w->plan, pack->w->plan->tree->nodes[item->first]))
			continue;
		item->twin = erofs_arena_alloc(&pack->w->plan->kept, sizeof(*item->twin));
		if (!item->twin)
			return erofs_fail_errno(pack->w->report, -ENOMEM, "cannot note a digest");
		pack->candidates[count++] = item;
	}
	r = erofs_workers_run(&job, count, pack->w->plan->opt.workers);
	for (uint64_t i = 0; r == 0 && i < count; i++)
		r = judge(&pw, pack->candidates[i]);
	return r;
}
