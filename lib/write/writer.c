/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The writing job: hands the planned items to the workers, and what all kinds of items need. */
#include "write/write.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/report.h"
#include "base/workers.h"
#include "write/pack.h"

/* All of them write to one file, which the kernel does one at a time: more only take memory. */
#define MAX_WORKERS 16u
#define DEFAULT_DIRECTORY "/tmp" /* of temporary files */

int erofs_write_image(struct writer *w, uint64_t at, const void *bytes, size_t size)
{
	if (at < w->head_bytes) {
		size_t n = w->head_bytes - at < size ? (size_t)(w->head_bytes - at) : size;

		/* Ranges of different writers do not overlap, so this needs no lock. */
		memcpy(w->head + at, bytes, n);
		at += n;
		bytes = (const uint8_t *)bytes + n;
		size -= n;
	}
	return size ? erofs_output_write(w->out, at, bytes, size) : 0;
}

int erofs_write_area(struct writer *w, uint64_t offset, const void *bytes, size_t size)
{
	if (w->plan->metabox)
		return erofs_spool_write(w->metabox_spool, offset, bytes, size);
	return erofs_write_image(w, w->plan->inode_area_at + offset, bytes, size);
}

const char *erofs_write_temporary_directory(const struct writer *w)
{
	return w->plan->opt.temporary_directory ? w->plan->opt.temporary_directory : DEFAULT_DIRECTORY;
}

int erofs_write_blocks(struct writer *w, const struct write_target *target, uint64_t block,
	const void *bytes, size_t size)
{
	return erofs_output_write(target->out, block << w->plan->block_bits, bytes, size);
}

int erofs_write_data(struct writer *w, const struct write_target *target, uint64_t block,
	const void *bytes, size_t size)
{
	return w->plan->opt.reserve_only ? 0 : erofs_write_blocks(w, target, block, bytes, size);
}

int erofs_write_zeros(struct writer *w, const struct write_target *target, uint64_t start,
	uint64_t end)
{
	static const uint8_t zeros[64 << 10];
	uint64_t at = start << w->plan->block_bits, limit = end << w->plan->block_bits;

	while (at < limit) {
		size_t n = limit - at < sizeof(zeros) ? (size_t)(limit - at) : sizeof(zeros);
		int r = erofs_output_write(target->out, at, zeros, n);

		if (r < 0)
			return r;
		at += n;
	}
	return 0;
}

int erofs_write_clear_given_back(struct writer *w)
{
	if (w->image.dirty_end <= w->image.next_block)
		return 0;
	return erofs_write_zeros(w, &w->image, w->image.next_block, w->image.dirty_end);
}

static uint64_t align_up(uint64_t block, uint32_t align)
{
	return erofs_ceil_div(block, align) * align;
}

int erofs_write_append(struct writer *w, struct write_target *target, uint64_t blocks, uint64_t *ret)
{
	uint64_t limit = w->plan->wide ? EROFS_NULL_ADDR48 : EROFS_NULL_ADDR;
	uint64_t start = target->next_block;

	if (start > limit || blocks > limit - start)
		return erofs_fail(w->report, -EFBIG, "more than %" PRIu64 " blocks of %" PRIu32 " bytes%s",
			limit, w->plan->block_size, w->plan->opt.use_48bit ? "" : ": needs 48-bit addresses");
	*ret = start;
	target->next_block = start + blocks;
	return 0;
}

int erofs_write_allocate(struct writer *w, struct write_target *target, uint64_t blocks,
	uint64_t *ret)
{
	uint64_t before = target->next_block, start = align_up(before, target->align_blocks);
	uint64_t skipped = start < target->dirty_end ? start : target->dirty_end;
	int r;

	target->next_block = start;
	r = erofs_write_append(w, target, blocks, ret);
	return r == 0 && skipped > before ? erofs_write_zeros(w, target, before, skipped) : r;
}

int erofs_write_append_bytes(struct writer *w, struct write_target *target, uint64_t bytes,
	uint64_t *ret)
{
	uint32_t bits = w->plan->block_bits;
	uint64_t start = target->loose_end, block;
	int r;

	if (erofs_ceil_div(start, w->plan->block_size) != target->next_block)
		start = target->next_block << bits;
	r = erofs_write_append(w, target, erofs_ceil_div(start + bytes, w->plan->block_size) -
		target->next_block, &block);
	*ret = start;
	target->loose_end = start + bytes;
	return r;
}

int erofs_write_allocate_bytes(struct writer *w, struct write_target *target, uint64_t bytes,
	uint64_t *ret)
{
	uint64_t block = 0;
	int r = 0;

	if (target->align_blocks > 1) {
		r = erofs_write_allocate(w, target, 0, &block);
		target->loose_end = block << w->plan->block_bits;
	}
	return r < 0 ? r : erofs_write_append_bytes(w, target, bytes, ret);
}

uint64_t erofs_write_stored_bytes(const struct writer *w, const struct erofs_content_key *key)
{
	uint64_t blocks = key->blocks << w->plan->block_bits;

	return blocks < key->size_bytes ? blocks : key->size_bytes;
}

/* ---- metadata of one item ---- */

static size_t meta_bytes(const struct write_worker *ww, const struct plan_item *item)
{
	const struct erofs_plan *plan = ww->w->plan;
	const struct plan_inode *pi = &plan->inodes[item->first];

	/* The array of a large chunked file is written piece by piece. */
	if (item->kind == PLAN_CHUNKED)
		return (size_t)(pi->offset - item->meta_start) + erofs_plan_inode_bytes(pi) +
		       pi->xattr_bytes;
	return (size_t)(item->meta_end - item->meta_start);
}

int erofs_write_meta_room(struct write_worker *ww, const struct plan_item *item)
{
	size_t bytes = meta_bytes(ww, item);

	if (bytes > ww->meta_capacity) {
		uint8_t *meta = realloc(ww->meta, bytes);

		if (!meta)
			return erofs_fail_errno(ww->w->report, -ENOMEM, "%zu bytes of metadata", bytes);
		ww->meta = meta;
		ww->meta_capacity = bytes;
	}
	memset(ww->meta, 0, bytes);
	return 0;
}

int erofs_write_meta_out(struct write_worker *ww, const struct plan_item *item)
{
	return erofs_write_area(ww->w, item->meta_start, ww->meta, meta_bytes(ww, item));
}

uint8_t *erofs_write_meta_at(struct write_worker *ww, const struct plan_item *item,
	const struct erofs_node *node)
{
	return ww->meta + (ww->w->plan->inodes[node->index].offset - item->meta_start);
}

bool erofs_write_is_zero(const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	/* Equal to itself shifted by one, and the first is zero: memcmp does it fast. */
	return size == 0 || (p[0] == 0 && !memcmp(p, p + 1, size - 1));
}

/* ---- workers ---- */

static void close_worker(void *user, void *state)
{
	struct write_worker *ww = state;

	(void)user;
	erofs_file_hash_close(ww);
	free(ww->data);
	free(ww->meta);
	free(ww->files);
	free(ww->chunks);
	free(ww);
}

/* Each file of a batch has at least one chunk, and each block of the buffer at most one more. */
static size_t max_chunks(const struct erofs_plan *plan)
{
	return PLAN_BATCH_INODES + (PLAN_STEP_BYTES >> plan->block_bits);
}

static int open_buffers(struct write_worker *ww)
{
	const struct erofs_plan *plan = ww->w->plan;

	ww->data = malloc(WRITE_BUFFER_BYTES);
	ww->files = calloc(PLAN_BATCH_INODES, sizeof(*ww->files));
	if (plan->chunked_count)
		ww->chunks = calloc(max_chunks(plan), sizeof(*ww->chunks));
	return ww->data && ww->files && (ww->chunks || !plan->chunked_count) ? 0 : -ENOMEM;
}

static int open_worker(void *user, void **ret)
{
	struct writer *w = user;
	struct write_worker *ww = calloc(1, sizeof(*ww));
	int r = -ENOMEM;

	if (ww) {
		ww->w = w;
		r = erofs_file_hash_open(ww);
		if (r == 0)
			r = open_buffers(ww);
	}
	if (r < 0) {
		if (ww)
			close_worker(user, ww);
		return erofs_fail_errno(w->report, r, "cannot start a worker");
	}
	*ret = ww;
	return 0;
}

/* The item that step @number belongs to. */
static const struct plan_item *item_of(const struct erofs_plan *plan, uint64_t number,
	uint64_t *ret_step)
{
	size_t next = EROFS_BISECT(plan->item_count, i, plan->items[i].first_step <= number);
	const struct plan_item *item = &plan->items[next - 1];

	*ret_step = number - item->first_step;
	return item;
}

static int prepare(void *user, void *state, uint64_t number)
{
	struct writer *w = user;
	uint64_t step;
	const struct plan_item *item = item_of(w->plan, number, &step);

	if (item->kind == PLAN_BATCH)
		return erofs_batch_prepare(state, item);
	if (item->kind == PLAN_CHUNKED)
		return erofs_chunks_prepare(state, item, step);
	return 0;
}

void erofs_write_advance(struct writer *w, uint64_t bytes)
{
	pthread_mutex_lock(&w->progress_lock);
	w->done_bytes += bytes;
	erofs_progress(w->report, w->plan->opt.compression_count ? "compressing" : "writing", w->done_bytes,
		w->plan->tree->summary.content_bytes);
	pthread_mutex_unlock(&w->progress_lock);
}

/* What is not streamed advances by itself as it is written. */
static void advance_batch(struct writer *w, const struct plan_item *item)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < item->count; i++)
		if (erofs_plan_is_file(w->plan->tree->nodes[item->first + i]))
			bytes += w->plan->inodes[item->first + i].size_bytes;
	erofs_write_advance(w, bytes);
}

static int commit(void *user, void *state, uint64_t number)
{
	struct writer *w = user;
	uint64_t step;
	const struct plan_item *item = item_of(w->plan, number, &step);
	int r = 0;

	if (item->kind == PLAN_BATCH)
		r = erofs_batch_commit(state, item);
	else if (item->kind == PLAN_CHUNKED)
		r = erofs_chunks_commit(state, item, step);
	else if (item->kind != PLAN_ROOT)
		r = erofs_large_commit(state, item);
	if (r == 0 && item->kind == PLAN_BATCH)
		advance_batch(w, item);
	return r;
}

static int finish(void *user, void *state, uint64_t number)
{
	struct writer *w = user;
	uint64_t step;
	const struct plan_item *item = item_of(w->plan, number, &step);

	if (item->kind == PLAN_ROOT)
		return erofs_append_root(state, item);
	if (w->plan->data_first)
		return erofs_pack_write_meta(state, item);
	if (item->kind == PLAN_BATCH)
		return erofs_batch_finish(state, item);
	if (item->kind == PLAN_CHUNKED)
		return erofs_chunks_finish(state, item, step);
	return erofs_large_finish(state, item);
}

int erofs_write_items(struct writer *w)
{
	struct erofs_workers_job job = { .user = w, .parked_per_worker = 1, .open = open_worker, .close = close_worker,
		.prepare = prepare, .commit = commit, .finish = finish };
	unsigned int workers = w->plan->opt.workers;

	/* Files are stored already, and metadata has its place. */
	if (w->plan->data_first)
		job.prepare = job.commit = NULL;
	if (!workers)
		workers = erofs_workers_default();
	return erofs_workers_run(&job, w->plan->step_count,
		workers < MAX_WORKERS ? workers : MAX_WORKERS);
}
