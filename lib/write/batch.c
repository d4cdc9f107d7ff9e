/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A batch: neighbouring inodes whose files fit one buffer. Prepare reads and hashes them, commit finds
 * identical ones and hands out blocks in order, finish writes few large pieces. */
#include "write/write.h"

#include <string.h>
#include <sys/stat.h>

#include "base/math.h"
#include "base/report.h"

static struct plan_inode *inode_of(const struct write_worker *ww, const struct erofs_node *node)
{
	return &ww->w->plan->inodes[node->index];
}

static const struct erofs_node *node_at(const struct write_worker *ww, const struct plan_item *item,
	uint32_t i)
{
	return ww->w->plan->tree->nodes[item->first + i];
}

/* ---- prepare ---- */

static int read_whole(struct write_worker *ww, const struct erofs_node *node, uint8_t *buffer)
{
	struct erofs_content *content;
	int r = erofs_content_open(ww->w->plan->tree, node, ww->w->report, &content);

	if (r < 0)
		return r;
	r = erofs_content_read(content, 0, buffer, (size_t)node->size_bytes);
	if (r == 0)
		r = erofs_content_finish(content);
	erofs_content_close(content);
	return r;
}

/* With 48-bit addresses a file of zeros takes no blocks (section 3.6). Its inline tail stays unused. */
static void detect_hole(struct write_worker *ww, struct plan_inode *pi, const uint8_t *bytes)
{
	if (!ww->w->plan->opt.use_48bit || pi->layout == EROFS_LAYOUT_CHUNK_BASED)
		return;
	if (erofs_plan_blocks(ww->w->plan, pi) == 0 || !erofs_write_is_zero(bytes, (size_t)pi->size_bytes))
		return;
	pi->flags |= PLAN_HOLE;
	pi->layout = EROFS_LAYOUT_FLAT_PLAIN;
}

static int hash_whole(struct write_worker *ww, const struct plan_inode *pi, const uint8_t *bytes,
	struct file_slot *slot, uint8_t *fingerprint)
{
	struct file_hash fh;
	int r = erofs_file_hash_start(ww, pi->flags & PLAN_TAGGED, pi->flags & PLAN_SIZE_SHARED, &fh);

	if (r == 0)
		r = erofs_file_hash_update(&fh, bytes, (size_t)pi->size_bytes);
	return r < 0 ? r : erofs_file_hash_finish(&fh, fingerprint, slot->digest);
}

static int prepare_file(struct write_worker *ww, const struct plan_item *item,
	const struct erofs_node *node, struct file_slot *slot)
{
	const struct erofs_plan *plan = ww->w->plan;
	struct plan_inode *pi = inode_of(ww, node);
	uint8_t *bytes = ww->data + slot->buffer_at, *meta = erofs_write_meta_at(ww, item, node);
	uint32_t tail = erofs_plan_tail_bytes(plan, pi);
	uint8_t fingerprint[EROFS_FINGERPRINT_MAX_BYTES];
	int r = read_whole(ww, node, bytes);

	if (r == 0)
		r = hash_whole(ww, pi, bytes, slot, fingerprint);
	if (r < 0)
		return r;
	erofs_encode_xattr_body(plan, node, fingerprint, meta + erofs_plan_inode_bytes(pi));
	memcpy(meta + erofs_plan_meta_bytes(plan, pi), bytes + pi->size_bytes - tail, tail);
	detect_hole(ww, pi, bytes);
	if (pi->layout == EROFS_LAYOUT_CHUNK_BASED)
		return erofs_chunks_scan(ww, node, slot->buffer_at);
	return 0;
}

/* The space that the blocks of a file take in the buffer; what is behind its end there is zeroed. */
static uint32_t keep_blocks(struct write_worker *ww, const struct plan_inode *pi, uint32_t at)
{
	const struct erofs_plan *plan = ww->w->plan;
	uint64_t kept = erofs_plan_blocks(plan, pi) << plan->block_bits;

	if (pi->layout == EROFS_LAYOUT_CHUNK_BASED)
		kept = erofs_round_up(pi->size_bytes, plan->block_size);
	else if (pi->flags & PLAN_HOLE)
		kept = 0;
	if (kept > pi->size_bytes)
		memset(ww->data + at + pi->size_bytes, 0, (size_t)(kept - pi->size_bytes));
	return (uint32_t)kept;
}

int erofs_batch_prepare(struct write_worker *ww, const struct plan_item *item)
{
	uint32_t at = 0;
	int r = erofs_write_meta_room(ww, item);

	ww->chunk_count = 0;
	for (uint32_t i = 0; r == 0 && i < item->count; i++) {
		const struct erofs_node *node = node_at(ww, item, i);
		struct plan_inode *pi = inode_of(ww, node);

		ww->files[i] = (struct file_slot){ .buffer_at = at };
		if (!erofs_plan_is_file(node)) {
			erofs_encode_xattr_body(ww->w->plan, node, NULL,
				erofs_write_meta_at(ww, item, node) + erofs_plan_inode_bytes(pi));
			continue;
		}
		if (erofs_plan_is_referred(node)) {
			r = erofs_referred_prepare(ww, item, node, ww->data + at);
			at += erofs_plan_referred_buffer(ww->w->plan, pi);
			continue;
		}
		r = prepare_file(ww, item, node, &ww->files[i]);
		at += keep_blocks(ww, pi, at);
	}
	return r;
}

/* ---- commit ---- */

static int commit_file(struct write_worker *ww, struct plan_inode *pi, struct file_slot *slot)
{
	struct writer *w = ww->w;
	struct erofs_content_key key = { .size_bytes = pi->size_bytes,
		.blocks = erofs_plan_blocks(w->plan, pi) };
	int r;

	if (!key.blocks || pi->flags & PLAN_HOLE)
		return 0;
	memcpy(key.digest, slot->digest, sizeof(key.digest));
	if (pi->flags & PLAN_SIZE_SHARED &&
	    erofs_content_table_find(&w->files, &key, &pi->start_block)) {
		w->summary.deduplicated_bytes += erofs_write_stored_bytes(w, &key);
		return 0;
	}
	r = erofs_write_allocate(w, &w->image, key.blocks, &pi->start_block);
	if (r < 0)
		return r;
	slot->written = true;
	if (pi->flags & PLAN_SIZE_SHARED)
		r = erofs_content_table_add(&w->files, &key, pi->start_block);
	return r < 0 ? erofs_fail_errno(w->report, r, "cannot note stored content") : 0;
}

int erofs_batch_commit(struct write_worker *ww, const struct plan_item *item)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < item->count; i++) {
		const struct erofs_node *node = node_at(ww, item, i);

		if (erofs_plan_is_file(node))
			r = commit_file(ww, inode_of(ww, node), &ww->files[i]);
	}
	return r == 0 && ww->chunk_count ? erofs_chunks_place(ww) : r;
}

/* ---- finish ---- */

/* Files that lie side by side in the buffer and in the image are written at once. */
struct run {
	uint64_t block;
	uint32_t buffer_at, bytes;
};

static int flush_run(struct write_worker *ww, struct run *run)
{
	int r = 0;

	if (run->bytes)
		r = erofs_write_data(ww->w, &ww->w->image, run->block, ww->data + run->buffer_at,
			run->bytes);
	run->bytes = 0;
	return r;
}

static int add_to_run(struct write_worker *ww, struct run *run, const struct plan_inode *pi,
	const struct file_slot *slot)
{
	const struct erofs_plan *plan = ww->w->plan;
	int r = 0;

	if (run->buffer_at + run->bytes != slot->buffer_at ||
	    run->block + (run->bytes >> plan->block_bits) != pi->start_block)
		r = flush_run(ww, run);
	if (!run->bytes)
		*run = (struct run){ .block = pi->start_block, .buffer_at = slot->buffer_at };
	run->bytes += (uint32_t)(erofs_plan_blocks(plan, pi) << plan->block_bits);
	return r;
}

static int write_files(struct write_worker *ww, const struct plan_item *item)
{
	struct run run = { .bytes = 0 };
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < item->count; i++)
		if (ww->files[i].written)
			r = add_to_run(ww, &run, inode_of(ww, node_at(ww, item, i)), &ww->files[i]);
	return r < 0 ? r : flush_run(ww, &run);
}

int erofs_batch_finish(struct write_worker *ww, const struct plan_item *item)
{
	int r = write_files(ww, item);

	if (r == 0 && ww->chunk_count)
		r = erofs_chunks_write(ww);
	if (r == 0 && ww->chunk_count)
		erofs_chunks_fill_arrays(ww, item);
	/* Directories use the data buffer, so they come after the files. */
	for (uint32_t i = 0; r == 0 && i < item->count; i++)
		r = erofs_write_node(ww, item, node_at(ww, item, i));
	return r < 0 ? r : erofs_write_meta_out(ww, item);
}
