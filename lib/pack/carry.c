/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Files that stay compressed as their source has them: their pieces are fetched, and decoded only where the content
 * matters: for a digest, or to go to the packed inode. What is digested is what is stored.
 *
 * A segment has the pieces that begin in it. Pieces are known by where they lie in the source, so what files share
 * there they share here; and where content is digested by their bytes, since a source that is changed meanwhile may
 * give others to the next file that has them. */
#include "pack/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/report.h"
#include "format/endian.h"

/* Origins that no other piece has: of what takes no place behind others, or does. */
#define NOWHERE UINT64_MAX
#define UNSHARED (UINT64_MAX - 1)

/* Stored bytes of a source that have, or are going to have, a place. */
struct pack_piece {
	uint64_t image, at;
	uint8_t digest[CONTENT_DIGEST_BYTES];
	uint64_t start;
	uint32_t bytes;
	bool placed;
	struct pack_piece *next;	/* of the large file in hand */
};

/* Of a file while it is prepared. */
struct carrying {
	struct pack_worker *pw;
	struct pack_slot *slot;
	struct erofs_content *content;
	bool decode;			/* all of it, not just fragments */
};

/* ---- pieces, out of turn ---- */

static int no_memory(const struct pack_worker *pw)
{
	return erofs_fail_errno(pw->hashing.w->report, -ENOMEM, "cannot note compressed pieces");
}

static int add_piece(struct carrying *c, const struct plan_extent *extent, uint64_t origin)
{
	struct pack_worker *pw = c->pw;
	int r = erofs_pack_add_extent(pw, extent);

	if (r == 0 && pw->origin_capacity < pw->extent_capacity) {
		struct pack_origin *origins = realloc(pw->origins, pw->extent_capacity * sizeof(*origins));

		if (!origins)
			return no_memory(pw);
		pw->origins = origins;
		pw->origin_capacity = pw->extent_capacity;
	}
	if (r == 0)
		pw->origins[pw->extent_count - 1] = (struct pack_origin){ .at = origin };
	return r;
}

static uint8_t *content_at(const struct carrying *c, uint64_t logical)
{
	return c->pw->in + c->slot->in_at + (logical - c->slot->from);
}

/* Room for the content of @extent and for what is stored of it, or of a block. */
static int make_room(struct carrying *c, const struct erofs_extent *extent)
{
	uint64_t block = c->pw->hashing.w->plan->block_size;
	uint64_t in = c->slot->in_at + (extent->logical - c->slot->from) + extent->length;
	uint64_t out = c->slot->out_at + c->slot->stored_bytes +
		(extent->kind == EROFS_EXTENT_ENCODED ? extent->physical_bytes : 0) + block;

	return erofs_pack_extend_buffer(c->pw, (size_t)erofs_round_up(in > out ? in : out, block));
}

/* Where the same bytes are the same piece. An interlaced one is turned by where it begins in its block. */
static uint64_t origin_of(const struct carrying *c, const struct erofs_extent *extent)
{
	uint64_t turn = extent->logical & (c->pw->hashing.w->plan->block_size - 1);

	return extent->interlaced ? (extent->physical + turn) << 1 | 1 : extent->physical << 1;
}

/* The end of the file behind its index, or in a block of its own if it might not find a place there. */
static int carry_inline(struct carrying *c, const struct erofs_extent *extent, struct plan_extent *piece)
{
	struct pack_slot *slot = c->slot;
	size_t n = (size_t)extent->physical_bytes, block = c->pw->hashing.w->plan->block_size;
	uint8_t *out = c->pw->out + slot->out_at + slot->stored_bytes;
	int r;

	piece->stored_bytes = (uint32_t)block;
	if (n <= block - EROFS_SLOT_SIZE) {
		r = erofs_pack_add_tail(c->pw, slot, out, n);
		return r < 0 ? r : add_piece(c, piece, NOWHERE);
	}
	if (n > block)
		return -EUCLEAN;
	memmove(extent->raw ? out : out + block - n, out, n);
	memset(extent->raw ? out + n : out, 0, block - n);
	slot->stored_bytes += block;
	return add_piece(c, piece, UNSHARED);
}

static int carry_stored(struct carrying *c, const struct erofs_extent *extent, struct plan_extent *piece)
{
	struct pack_slot *slot = c->slot;
	uint8_t *out = c->pw->out + slot->out_at + slot->stored_bytes;
	uint64_t block_mask = c->pw->hashing.w->plan->block_size - 1;
	int r = erofs_content_fetch(c->content, extent, out);

	if (r == 0 && c->decode)
		r = erofs_content_decode(c->content, extent, out, content_at(c, extent->logical));
	if (r < 0)
		return r;
	if (extent->inline_pcluster)
		return carry_inline(c, extent, piece);
	piece->stored_bytes = (uint32_t)extent->physical_bytes;
	slot->stored_bytes += piece->stored_bytes;
	slot->aligned &= !((extent->physical | extent->physical_bytes) & block_mask);
	r = add_piece(c, piece, origin_of(c, extent));
	if (r < 0 || !c->decode)
		return r;
	return erofs_pack_digest_bytes(c->pw, out, piece->stored_bytes, c->pw->origins[c->pw->extent_count - 1].digest);
}

/* The end of the file, for the packed inode. Only its length is of use in records. */
static int carry_fragment(struct carrying *c, const struct erofs_extent *extent, struct plan_extent *piece)
{
	const struct erofs_plan *plan = c->pw->hashing.w->plan;
	int r = erofs_content_read(c->content, extent->logical, content_at(c, extent->logical),
		(size_t)extent->length);

	if (erofs_pack_result(c->pw, c->slot)->form != PLAN_INDEX_RECORDS)
		piece->stored_bytes = plan->block_size;
	c->slot->fragment_bytes = (size_t)extent->length;
	return r < 0 ? r : add_piece(c, piece, NOWHERE);
}

static int carry_piece(struct carrying *c, const struct erofs_extent *extent)
{
	struct plan_extent piece = { .start = c->slot->stored_bytes, .bytes = (uint32_t)extent->length,
		.format = extent->raw ? 0 : (uint8_t)(1 + extent->algorithm), .partial = extent->partial };
	int r = make_room(c, extent);

	if (r < 0)
		return r;
	switch (extent->kind) {
	case EROFS_EXTENT_ENCODED:
		return carry_stored(c, extent, &piece);
	case EROFS_EXTENT_FRAGMENT:
		piece.format = 0;
		return carry_fragment(c, extent, &piece);
	default:
		piece.format = 0;
		memset(content_at(c, extent->logical), 0, (size_t)extent->length);
		return add_piece(c, &piece, NOWHERE);
	}
}

/* All pieces from slot->from on that begin before @end. */
static int carry_pieces(struct carrying *c, uint64_t end)
{
	struct pack_slot *slot = c->slot;
	struct erofs_extent extent;
	uint64_t at = slot->from;
	int r = 0;

	slot->first_extent = c->pw->extent_count;
	slot->aligned = true;
	while (r == 0 && at < end) {
		r = erofs_content_map(c->content, at, &extent);
		if (r == 0 && extent.logical != at)
			r = erofs_plan_fail(c->pw->hashing.w->plan, slot->node, -ESTALE, "changed while being read");
		if (r == 0)
			r = carry_piece(c, &extent);
		at = extent.logical + extent.length;
	}
	if (r < 0)
		return r;
	slot->size = (size_t)(at - slot->from);
	slot->total_bytes = slot->stored_bytes;
	slot->extent_count = c->pw->extent_count - slot->first_extent;
	slot->blocks = erofs_ceil_div(slot->stored_bytes, c->pw->hashing.w->plan->block_size);
	slot->compressed = true;
	return 0;
}

static bool is_trusted(const struct pack_worker *pw, const struct pack_slot *slot)
{
	return !(erofs_pack_inode(pw, slot)->flags & PLAN_TAGGED) || slot->node->trusted_fingerprint;
}

static int start(struct carrying *c, struct pack_worker *pw, struct pack_slot *slot)
{
	const struct writer *w = pw->hashing.w;

	*c = (struct carrying){ .pw = pw, .slot = slot, .decode = !is_trusted(pw, slot) };
	slot->carried = true;
	slot->by_form = !c->decode;
	return erofs_content_open(w->plan->tree, slot->node, w->report, &c->content);
}

static int end(struct carrying *c, int r)
{
	if (r == 0)
		r = erofs_content_finish(c->content);
	erofs_content_close(c->content);
	return r;
}

/* ---- digests ---- */

static int digest_form(const struct pack_worker *pw, const struct pack_slot *slot, const struct file_hash *fh)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < slot->extent_count; i++) {
		const struct plan_extent *extent = &pw->extents[slot->first_extent + i];
		const erofs_le32 record[] = { erofs_put32(extent->bytes), erofs_put32(extent->stored_bytes),
			erofs_put32(extent->format | (uint32_t)extent->partial << 8) };

		r = erofs_file_hash_update(fh, record, sizeof(record));
	}
	if (r == 0)
		r = erofs_file_hash_update(fh, pw->out + slot->out_at, slot->stored_bytes);
	if (r == 0 && slot->tail_bytes)
		r = erofs_file_hash_update(fh, pw->tails + slot->tail_at, slot->tail_bytes);
	if (r == 0 && slot->fragment_bytes)
		r = erofs_file_hash_update(fh, pw->in + slot->in_at + slot->size - slot->fragment_bytes,
			slot->fragment_bytes);
	return r;
}

int erofs_pack_start_hash(struct write_worker *hashing, const struct pack_worker *pw,
	const struct pack_slot *slot, struct file_hash *ret)
{
	uint8_t flags = erofs_pack_inode(pw, slot)->flags;

	return erofs_file_hash_start(hashing, flags & PLAN_TAGGED && !slot->by_form, flags & PLAN_SIZE_SHARED, ret);
}

int erofs_pack_hash_carried(const struct pack_worker *pw, const struct pack_slot *slot,
	const struct file_hash *fh)
{
	if (!slot->by_form)
		return erofs_file_hash_update(fh, pw->in + slot->in_at, slot->size);
	return fh->content ? digest_form(pw, slot, fh) : 0;
}

int erofs_pack_finish_hash(const struct pack_worker *pw, struct pack_slot *slot, const struct file_hash *fh)
{
	if (slot->by_form && slot->node->trusted_fingerprint)
		memcpy(slot->fingerprint, slot->node->trusted_fingerprint,
			pw->hashing.w->plan->xattrs.fingerprint_bytes);
	return erofs_file_hash_finish(fh, slot->fingerprint, slot->digest);
}

/* ---- files and segments ---- */

int erofs_pack_carry_file(struct pack_worker *pw, struct pack_slot *slot)
{
	struct file_hash fh;
	struct carrying c;
	int r = start(&c, pw, slot);

	if (r < 0)
		return r;
	r = end(&c, carry_pieces(&c, slot->node->size_bytes));
	if (r == 0)
		r = erofs_pack_start_hash(&pw->hashing, pw, slot, &fh);
	if (r == 0)
		r = erofs_pack_hash_carried(pw, slot, &fh);
	if (r == 0)
		r = erofs_pack_finish_hash(pw, slot, &fh);
	return r < 0 || slot->by_form ? r : erofs_pack_claim(pw, slot);
}

/* Where the first piece begins that begins at or behind @from. */
static int find_start(struct carrying *c, uint64_t from)
{
	struct erofs_extent extent = { 0 };
	int r = from ? erofs_content_map(c->content, from, &extent) : 0;

	c->slot->from = from;
	if (r == 0 && extent.logical < from)
		c->slot->from = extent.logical + extent.length;
	return r;
}

int erofs_pack_carry_part(struct pack_worker *pw, struct pack_slot *slot, uint64_t end_bytes)
{
	struct carrying c;
	int r = start(&c, pw, slot);

	if (r < 0)
		return r;
	r = find_start(&c, slot->from);
	if (r == 0)
		r = carry_pieces(&c, end_bytes);
	return end(&c, r);
}

uint64_t erofs_pack_carried_segments(const struct erofs_node *node)
{
	return (node->size_bytes - node->carried_tail) / PACK_SEGMENT_BYTES + 1;
}

/* ---- in turn ---- */

struct piece_key {
	uint64_t image, at;
	const uint8_t *digest;
	uint32_t bytes;
};

static bool is_piece(const void *entry, const void *key)
{
	const struct pack_piece *piece = entry;
	const struct piece_key *k = key;

	return piece->image == k->image && piece->at == k->at && piece->bytes == k->bytes &&
	       !memcmp(piece->digest, k->digest, sizeof(piece->digest));
}

void erofs_pack_pieces_init(struct pack *pack)
{
	erofs_table_init(&pack->pieces, is_piece);
	erofs_arena_init(&pack->piece_arena);
}

void erofs_pack_pieces_fini(struct pack *pack)
{
	erofs_table_fini(&pack->pieces);
	erofs_arena_fini(&pack->piece_arena);
}

static int new_piece(struct pack_worker *pw, const struct piece_key *key, uint64_t hash,
	struct pack_piece **ret)
{
	struct pack *pack = pw->pack;
	struct pack_piece *piece = erofs_arena_alloc(&pack->piece_arena, sizeof(*piece));

	if (!piece)
		return no_memory(pw);
	*piece = (struct pack_piece){ .image = key->image, .at = key->at, .bytes = key->bytes,
		.next = pack->fresh };
	memcpy(piece->digest, key->digest, sizeof(piece->digest));
	pack->fresh = *ret = piece;
	return erofs_table_add(&pack->pieces, hash, piece) < 0 ? no_memory(pw) : 0;
}

/* Whether extent @number of the worker is stored already or is going to be by this slot. */
static int look_up(struct pack_worker *pw, const struct pack_slot *slot, size_t number, bool *ret_known)
{
	struct pack_origin *origin = &pw->origins[number];
	const struct piece_key key = { slot->node->source_device, origin->at, origin->digest,
		pw->extents[number].stored_bytes };
	uint64_t hash = erofs_hash_pair(key.at, key.image << 32 | key.bytes);

	*ret_known = false;
	if (origin->at == UNSHARED)
		return 0;
	origin->piece = erofs_table_find(&pw->pack->pieces, hash, &key);
	*ret_known = origin->piece != NULL;
	return *ret_known ? 0 : new_piece(pw, &key, hash, &origin->piece);
}

int erofs_pack_settle_pieces(struct pack_worker *pw, struct pack_slot *slot)
{
	uint8_t *out = pw->out + slot->out_at;
	size_t to = 0;

	for (size_t i = slot->first_extent; i < slot->first_extent + slot->extent_count; i++) {
		struct plan_extent *extent = &pw->extents[i];
		bool known;
		int r;

		if (pw->origins[i].at == NOWHERE)
			continue;
		r = look_up(pw, slot, i, &known);
		if (r < 0)
			return r;
		if (known) {
			pw->hashing.w->summary.deduplicated_bytes += extent->bytes;
			continue;
		}
		memmove(out + to, out + extent->start, extent->stored_bytes);
		extent->start = to;
		to += extent->stored_bytes;
	}
	slot->stored_bytes = to;
	slot->blocks = erofs_ceil_div(to, pw->hashing.w->plan->block_size);
	return 0;
}

uint64_t erofs_pack_place_piece(const struct pack_worker *pw, const struct pack_slot *slot, size_t number)
{
	struct pack_piece *piece = pw->origins[number].piece;
	uint64_t start = slot->start + pw->extents[number].start;

	if (!piece)
		return start;
	if (!piece->placed)
		piece->start = start;
	piece->placed = true;
	return piece->start;
}

void erofs_pack_forget_pieces(struct pack *pack)
{
	for (struct pack_piece *piece = pack->fresh; piece; piece = piece->next)
		piece->image = UINT64_MAX;
	pack->fresh = NULL;
}

/* The compact form counts blocks, and knows nothing of pieces that hold more than they should. */
static bool can_be_compact(const struct erofs_plan *plan, const struct plan_packed *packed, bool tail)
{
	const struct plan_extent *extents = plan->extents + packed->first_extent;

	for (uint64_t i = 0; i < packed->extent_count - tail; i++)
		if (extents[i].partial ||
		    (i && extents[i].start != extents[i - 1].start + extents[i - 1].stored_bytes))
			return false;
	return true;
}

void erofs_pack_set_carried(struct pack_worker *pw, const struct pack_slot *slot)
{
	struct erofs_plan *plan = pw->hashing.w->plan;
	struct plan_packed *packed = erofs_pack_result(pw, slot);
	bool tail = slot->tail_bytes || slot->fragment_bytes;

	if (packed->form == PLAN_INDEX_COMPACT && !can_be_compact(plan, packed, tail))
		packed->form = PLAN_INDEX_FULL;
	erofs_pack_inode(pw, slot)->layout = packed->form == PLAN_INDEX_COMPACT ?
		EROFS_LAYOUT_COMPRESSED_COMPACT : EROFS_LAYOUT_COMPRESSED_FULL;
	packed->inline_bytes = slot->tail_bytes;
	if (packed->form != PLAN_INDEX_RECORDS)
		plan->compression.used_algorithms |= 1u << packed->choice.encoder;
	for (uint64_t i = packed->first_extent; i < packed->first_extent + packed->extent_count; i++) {
		packed->linked |= plan->extents[i].partial;
		if (plan->extents[i].format)
			plan->compression.used_algorithms |= 1u << (plan->extents[i].format - 1);
	}
}
