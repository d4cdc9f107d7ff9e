/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Chunk-based files (section 4.3): equal chunks are stored once, chunks of zeros not at all. Large files
 * are handled in steps, so that their chunks are hashed in parallel; a step is several chunks that fit
 * the buffer, or one that does not. */
#include "write/write.h"

#include <string.h>

#include "base/math.h"
#include "base/report.h"

static struct write_target *target_of(struct writer *w)
{
	return w->blob.out ? &w->blob : &w->image;
}

/* ---- chunks in the buffer ---- */

static int hash_chunk(struct write_worker *ww, struct chunk_slot *slot)
{
	struct file_hash fh;
	int r = erofs_file_hash_start(ww, false, true, &fh);

	if (r == 0)
		r = erofs_file_hash_update(&fh, ww->data + slot->buffer_at, slot->bytes);
	return r < 0 ? r : erofs_file_hash_finish(&fh, NULL, slot->digest);
}

/* Splits @bytes of a file at @buffer_at into chunks of @chunk bytes. */
static int scan_bytes(struct write_worker *ww, uint32_t buffer_at, uint64_t bytes, uint64_t chunk)
{
	int r = 0;

	for (uint64_t at = 0; r == 0 && at < bytes; at += chunk) {
		struct chunk_slot *slot = &ww->chunks[ww->chunk_count++];

		*slot = (struct chunk_slot){ .block = PLAN_NO_BLOCK,
			.buffer_at = buffer_at + (uint32_t)at,
			.bytes = (uint32_t)(bytes - at < chunk ? bytes - at : chunk) };
		if (erofs_write_is_zero(ww->data + slot->buffer_at, slot->bytes))
			continue;
		slot->written = true;
		r = hash_chunk(ww, slot);
	}
	return r;
}

int erofs_chunks_scan(struct write_worker *ww, const struct erofs_node *node, uint32_t buffer_at)
{
	const struct erofs_plan *plan = ww->w->plan;
	const struct plan_inode *pi = &plan->inodes[node->index];

	return scan_bytes(ww, buffer_at, pi->size_bytes,
		(uint64_t)plan->block_size << pi->chunk_bits);
}

static uint64_t blocks_of(const struct writer *w, uint64_t bytes)
{
	return erofs_ceil_div(bytes, w->plan->block_size);
}

static int place_chunk(struct writer *w, struct chunk_slot *slot)
{
	struct erofs_content_key key = { .size_bytes = slot->bytes, .blocks = blocks_of(w, slot->bytes) };
	int r;

	memcpy(key.digest, slot->digest, sizeof(key.digest));
	if (erofs_content_table_find(&w->chunks, &key, &slot->block)) {
		slot->written = false;
		w->summary.deduplicated_bytes += slot->bytes;
		return 0;
	}
	r = erofs_write_allocate(w, target_of(w), key.blocks, &slot->block);
	if (r < 0)
		return r;
	r = erofs_content_table_add(&w->chunks, &key, slot->block);
	return r < 0 ? erofs_fail_errno(w->report, r, "cannot note stored content") : 0;
}

int erofs_chunks_place(struct write_worker *ww)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < ww->chunk_count; i++)
		if (ww->chunks[i].written)
			r = place_chunk(ww->w, &ww->chunks[i]);
	return r;
}

/* Neighbours in buffer and target are written at once. */
int erofs_chunks_write(struct write_worker *ww)
{
	struct writer *w = ww->w;
	int r = 0;

	for (uint32_t i = 0, next; r == 0 && i < ww->chunk_count; i = next) {
		const struct chunk_slot *first = &ww->chunks[i];
		uint64_t blocks = blocks_of(w, first->bytes);

		for (next = i + 1; first->written && next < ww->chunk_count; next++) {
			const struct chunk_slot *slot = &ww->chunks[next];

			if (!slot->written || slot->block != first->block + blocks ||
			    slot->buffer_at != first->buffer_at + (blocks << w->plan->block_bits))
				break;
			blocks += blocks_of(w, slot->bytes);
		}
		if (first->written)
			r = erofs_write_data(w, target_of(w), first->block,
				ww->data + first->buffer_at, (size_t)(blocks << w->plan->block_bits));
	}
	return r;
}

/* Entries of @count chunks from slot @first on. */
static void encode_array(const struct write_worker *ww, uint32_t first, uint32_t count,
	uint8_t *array)
{
	struct writer *w = ww->w;

	for (uint32_t i = 0; i < count; i++)
		erofs_encode_chunk(array, i, w->plan->unit, ww->chunks[first + i].block,
			target_of(w)->device);
}

void erofs_chunks_fill_arrays(struct write_worker *ww, const struct plan_item *item)
{
	const struct erofs_plan *plan = ww->w->plan;
	uint32_t next = 0;

	for (uint32_t i = 0; i < item->count; i++) {
		const struct erofs_node *node = plan->tree->nodes[item->first + i];
		const struct plan_inode *pi = &plan->inodes[node->index];
		uint32_t count = (uint32_t)erofs_plan_chunk_count(plan, pi);

		if (pi->layout != EROFS_LAYOUT_CHUNK_BASED || erofs_plan_is_referred(node))
			continue;
		encode_array(ww, next, count,
			erofs_write_meta_at(ww, item, node) + erofs_plan_array_at(plan, pi));
		next += count;
	}
}

/* ---- large files, step by step ---- */

struct step {
	const struct erofs_node *node;
	const struct plan_inode *pi;
	uint64_t chunk_bytes;
	uint64_t from, to;	/* of the file */
	bool last;
	bool streamed;		/* one chunk that is larger than the buffer */
};

static struct step step_of(const struct write_worker *ww, const struct plan_item *item,
	uint64_t number)
{
	const struct erofs_plan *plan = ww->w->plan;
	const struct plan_inode *pi = &plan->inodes[item->first];
	uint64_t chunk = (uint64_t)plan->block_size << pi->chunk_bits;
	uint64_t bytes = chunk > PLAN_STEP_BYTES ? chunk : PLAN_STEP_BYTES;
	struct step s = { .node = plan->tree->nodes[item->first], .pi = pi, .chunk_bytes = chunk,
		.from = number * bytes, .streamed = chunk > PLAN_STEP_BYTES };

	s.last = pi->size_bytes - s.from <= bytes;
	s.to = s.last ? pi->size_bytes : s.from + bytes;
	return s;
}

/* The chunks of a step that lies in a hole. */
static void note_holes(struct write_worker *ww, const struct step *s)
{
	for (uint64_t at = s->from; at < s->to; at += s->chunk_bytes)
		ww->chunks[ww->chunk_count++] = (struct chunk_slot){ .block = PLAN_NO_BLOCK };
	ww->step_is_hole = true;
}

static int read_step(struct write_worker *ww, struct erofs_content *content, const struct step *s)
{
	size_t size = (size_t)(s->to - s->from);
	uint64_t start, end;
	int r = erofs_content_next_data(content, s->from, &start, &end);

	if (r < 0)
		return r;
	if (r == 0 || start >= s->to) {
		note_holes(ww, s);
		return 0;
	}
	r = erofs_content_read(content, s->from, ww->data, size);
	memset(ww->data + size, 0, (size_t)erofs_round_up(size, ww->w->plan->block_size) - size);
	return r < 0 ? r : scan_bytes(ww, 0, size, s->chunk_bytes);
}

int erofs_chunks_prepare(struct write_worker *ww, const struct plan_item *item, uint64_t number)
{
	struct step s = step_of(ww, item, number);
	struct erofs_content *content;
	int r;

	ww->chunk_count = 0;
	ww->step_is_hole = false;
	if (s.streamed)
		return 0;
	r = erofs_content_open(ww->w->plan->tree, s.node, ww->w->report, &content);
	if (r < 0)
		return r;
	r = read_step(ww, content, &s);
	if (r == 0)
		r = erofs_content_finish(content);
	erofs_content_close(content);
	return r;
}

/* The fingerprint of the whole file grows from step to step, in their order. */
static int feed_fingerprint(struct write_worker *ww, const struct step *s)
{
	struct writer *w = ww->w;
	struct file_hash fh = { .plan = w->plan, .tag = w->chunked_digest };
	int r = 0;

	if (!(s->pi->flags & PLAN_TAGGED))
		return 0;
	if (s->from == 0)
		r = erofs_digest_start(fh.tag);
	if (r < 0)
		return erofs_fail_errno(w->report, r, "cannot compute a digest");
	if (s->streamed) /* fed when it passes by */
		return 0;
	if (ww->step_is_hole)
		return erofs_file_hash_zeros(&fh, s->to - s->from);
	return erofs_file_hash_update(&fh, ww->data, (size_t)(s->to - s->from));
}

static int end_fingerprint(struct write_worker *ww, const struct step *s)
{
	struct file_hash fh = { .plan = ww->w->plan, .tag = ww->w->chunked_digest };

	if (!s->last || !(s->pi->flags & PLAN_TAGGED))
		return 0;
	return erofs_file_hash_finish(&fh, ww->fingerprint, NULL);
}

/* Writes one chunk to the end of the target while hashing it for the table of chunks and for the fingerprint. */
static int stream_chunk(struct write_worker *ww, const struct step *s, struct chunk_slot *slot,
	struct erofs_content *content)
{
	struct writer *w = ww->w;
	struct write_target *target = target_of(w);
	struct file_hash fh = { .plan = w->plan,
		.tag = s->pi->flags & PLAN_TAGGED ? w->chunked_digest : NULL, .content = ww->content };
	struct file_hash content_only = { .plan = w->plan, .content = ww->content };
	struct stream stream = { .ww = ww, .content = content, .target = target, .hash = &fh,
		.from = s->from, .to = s->to, .blocks = blocks_of(w, s->to - s->from),
		.dirty_end = target->dirty_end };
	int r = erofs_digest_start(ww->content);

	if (r < 0)
		return erofs_fail_errno(w->report, r, "cannot compute a digest");
	r = erofs_write_allocate(w, target, stream.blocks, &stream.block);
	if (r == 0)
		r = erofs_stream_run(&stream);
	if (r == 0)
		r = erofs_content_finish(content);
	if (r == 0)
		r = erofs_file_hash_finish(&content_only, NULL, slot->digest);
	slot->block = stream.block;
	return r;
}

static int settle_chunk(struct writer *w, const struct step *s, struct chunk_slot *slot,
	uint64_t before)
{
	struct write_target *target = target_of(w);
	struct erofs_content_key key = { .size_bytes = s->to - s->from,
		.blocks = blocks_of(w, s->to - s->from) };
	int r;

	memcpy(key.digest, slot->digest, sizeof(key.digest));
	if (erofs_content_table_find(&w->chunks, &key, &slot->block)) {
		if (target->dirty_end < target->next_block)
			target->dirty_end = target->next_block;
		target->next_block = before;
		w->summary.deduplicated_bytes += key.size_bytes;
		return 0;
	}
	r = erofs_content_table_add(&w->chunks, &key, slot->block);
	return r < 0 ? erofs_fail_errno(w->report, r, "cannot note stored content") : 0;
}

static int commit_streamed_opened(struct write_worker *ww, const struct step *s,
	struct erofs_content *content)
{
	struct writer *w = ww->w;
	struct chunk_slot *slot = &ww->chunks[0];
	struct file_hash fh = { .plan = w->plan,
		.tag = s->pi->flags & PLAN_TAGGED ? w->chunked_digest : NULL };
	uint64_t before = target_of(w)->next_block, start, end;
	int r = erofs_content_next_data(content, s->from, &start, &end);

	if (r < 0)
		return r;
	if (r == 0 || start >= s->to)
		return erofs_stream_zeros(w, &fh, s->to - s->from);
	r = stream_chunk(ww, s, slot, content);
	return r < 0 ? r : settle_chunk(w, s, slot, before);
}

static int commit_streamed(struct write_worker *ww, const struct step *s)
{
	struct erofs_content *content;
	int r = erofs_content_open(ww->w->plan->tree, s->node, ww->w->report, &content);

	if (r < 0)
		return r;
	ww->chunks[0] = (struct chunk_slot){ .block = PLAN_NO_BLOCK };
	ww->chunk_count = 1;
	r = commit_streamed_opened(ww, s, content);
	erofs_content_close(content);
	return r;
}

int erofs_chunks_commit(struct write_worker *ww, const struct plan_item *item, uint64_t number)
{
	struct step s = step_of(ww, item, number);
	int r = feed_fingerprint(ww, &s);

	if (r == 0)
		r = s.streamed ? commit_streamed(ww, &s) : erofs_chunks_place(ww);
	if (!s.streamed)
		erofs_write_advance(ww->w, s.to - s.from);
	return r < 0 ? r : end_fingerprint(ww, &s);
}

static int write_array(struct write_worker *ww, const struct step *s)
{
	const struct erofs_plan *plan = ww->w->plan;
	uint64_t at = s->pi->offset + erofs_plan_array_at(plan, s->pi) +
		s->from / s->chunk_bytes * plan->unit;

	/* The buffer's content is written by now. */
	encode_array(ww, 0, ww->chunk_count, ww->data);
	return erofs_write_area(ww->w, at, ww->data, ww->chunk_count * plan->unit);
}

static int write_inode(struct write_worker *ww, const struct plan_item *item, const struct step *s)
{
	int r = erofs_write_meta_room(ww, item);

	if (r < 0)
		return r;
	erofs_encode_xattr_body(ww->w->plan, s->node, ww->fingerprint,
		erofs_write_meta_at(ww, item, s->node) + erofs_plan_inode_bytes(s->pi));
	r = erofs_write_node(ww, item, s->node);
	return r < 0 ? r : erofs_write_meta_out(ww, item);
}

int erofs_chunks_finish(struct write_worker *ww, const struct plan_item *item, uint64_t number)
{
	struct step s = step_of(ww, item, number);
	int r = s.streamed ? 0 : erofs_chunks_write(ww);

	if (r == 0)
		r = write_array(ww, &s);
	if (r == 0 && s.last)
		r = write_inode(ww, item, &s);
	return r;
}
