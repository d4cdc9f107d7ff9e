/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The writing job: the items of the plan and the workers that write them. */
#include "build/build.h"

#include <errno.h>
#include <stdlib.h>

#include "base/math.h"
#include "base/report.h"
#include "base/workers.h"

/* All of them write to one file, which the kernel does one at a time: more only take memory. */
#define MAX_WORKERS 16u

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
	struct writer *w = &((struct build *)user)->w;
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
	struct build *b = user;
	uint64_t step;
	const struct plan_item *item = item_of(b->w.plan, number, &step);

	if (item->kind == PLAN_BATCH)
		return erofs_batch_prepare(state, item);
	if (item->kind == PLAN_CHUNKED)
		return erofs_chunks_prepare(state, item, step);
	return 0;
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
	struct writer *w = &((struct build *)user)->w;
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
	struct build *b = user;
	uint64_t step;
	const struct plan_item *item = item_of(b->w.plan, number, &step);

	if (item->kind == PLAN_ROOT)
		return erofs_append_root(b, state, item);
	if (b->w.plan->data_first)
		return erofs_data_first_finish(state, item);
	if (item->kind == PLAN_BATCH)
		return erofs_batch_finish(state, item);
	if (item->kind == PLAN_CHUNKED)
		return erofs_chunks_finish(state, item, step);
	return erofs_large_finish(state, item);
}

int erofs_build_write_items(struct build *b)
{
	const struct erofs_plan *plan = b->w.plan;
	struct erofs_workers_job job = { .user = b, .parked_per_worker = 1, .open = open_worker, .close = close_worker,
		.prepare = prepare, .commit = commit, .finish = finish };
	unsigned int workers = plan->opt.workers;

	/* Files are stored already, and metadata has its place. */
	if (plan->data_first)
		job.prepare = job.commit = NULL;
	if (!workers)
		workers = erofs_workers_default();
	return erofs_workers_run(&job, plan->step_count,
		workers < MAX_WORKERS ? workers : MAX_WORKERS);
}
