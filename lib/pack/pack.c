/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The packing job and its workers. */
#include "pack/pack.h"

#include <errno.h>
#include <stdlib.h>

#include "base/report.h"
#include "base/workers.h"

/* With these, a worker that compresses the slowest segment still leaves the others enough to do. Input is what
 * bounds memory: there is as much again for output. */
#define PARKED_PER_WORKER 16u
#define INPUT_PER_WORKER (3ull * PACK_SEGMENT_BYTES)

/* ---- encoders ---- */

/* What is needed only while compressing, and large: one per worker, however many items wait. */
struct pack_tool {
	struct pack_tool *next;
	struct erofs_encoder *encoders[PLAN_MAX_ENCODERS];	/* made when first needed */
	uint8_t *pcluster;
};

static void free_tool(struct pack_tool *tool)
{
	for (size_t i = 0; i < PLAN_MAX_ENCODERS; i++)
		erofs_encoder_free(tool->encoders[i]);
	free(tool->pcluster);
	free(tool);
}

static int new_tool(const struct erofs_plan *plan, struct pack_tool **ret)
{
	struct pack_tool *tool = calloc(1, sizeof(*tool));

	if (tool)
		tool->pcluster = malloc(plan->compression.max_pcluster_bytes);
	if (tool && tool->pcluster) {
		*ret = tool;
		return 0;
	}
	free(tool);
	return erofs_fail_errno(plan->report, -ENOMEM, "cannot start to compress");
}

/* The one that was left last, since its memory is still in the processor's cache. */
static int take_tool(struct pack_worker *pw, struct pack_tool **ret)
{
	struct pack *pack = pw->pack;
	int r = 0;

	pthread_mutex_lock(&pack->lock);
	*ret = pack->tools;
	if (*ret)
		pack->tools = (*ret)->next;
	pthread_mutex_unlock(&pack->lock);
	if (!*ret)
		r = new_tool(pack->w->plan, ret);
	if (r < 0)
		return r;
	pw->encoders = (*ret)->encoders;
	pw->pcluster = (*ret)->pcluster;
	return 0;
}

static void leave_tool(struct pack *pack, struct pack_tool *tool)
{
	pthread_mutex_lock(&pack->lock);
	tool->next = pack->tools;
	pack->tools = tool;
	pthread_mutex_unlock(&pack->lock);
}

static void free_tools(struct pack *pack)
{
	while (pack->tools) {
		struct pack_tool *tool = pack->tools;

		pack->tools = tool->next;
		free_tool(tool);
	}
}

/* ---- the job ---- */

static void close_worker(void *user, void *state)
{
	struct pack_worker *pw = state;

	(void)user;
	erofs_pack_leave_buffer(pw);
	erofs_file_hash_close(&pw->hashing);
	free(pw->tails);
	free(pw->extents);
	free(pw->heads.list);
	free(pw->stored);
	free(pw->slots);
	free(pw->origins);
	free(pw->pieces);
	free(pw);
}

static int open_worker(void *user, void **ret)
{
	struct pack *pack = user;
	struct pack_worker *pw = calloc(1, sizeof(*pw));
	int r = -ENOMEM;

	if (pw) {
		pw->pack = pack;
		pw->hashing.w = pack->w;
		r = erofs_file_hash_open(&pw->hashing);
	}
	if (r < 0) {
		if (pw)
			close_worker(user, pw);
		erofs_heads_stop(&pack->heads);
		return erofs_fail_errno(pack->w->report, r, "cannot start a worker");
	}
	*ret = pw;
	return 0;
}

/* Also of a segment that failed: others may wait. */
static int publish(struct pack_worker *pw)
{
	struct pack *pack = pw->pack;
	int r = pack->heads.segments ? erofs_heads_publish(&pack->heads, pw->number, &pw->heads) : 0;

	return r < 0 ? erofs_fail_errno(pack->w->report, r, "cannot note extents that are shared") : 0;
}

static int prepare(void *user, void *state, uint64_t number)
{
	struct pack_worker *pw = state;
	uint64_t segment;
	const struct pack_item *item = erofs_pack_item_of(user, number, &segment);
	struct pack_tool *tool = NULL;
	int r = take_tool(pw, &tool), published;

	pw->number = number;
	pw->heads.count = 0;
	if (r == 0)
		r = erofs_pack_prepare(pw, item, segment);
	if (tool)
		leave_tool(pw->pack, tool);
	published = publish(pw);
	return r < 0 ? r : published;
}

int erofs_pack_refill(struct pack_worker *pw, struct pack_slot *slot)
{
	struct pack_tool *tool = NULL;
	int r = take_tool(pw, &tool);

	if (r < 0)
		return r;
	r = erofs_pack_fill_again(pw, slot);
	leave_tool(pw->pack, tool);
	return r;
}

static int commit(void *user, void *state, uint64_t number)
{
	struct pack *pack = user;
	struct pack_worker *pw = state;
	uint64_t segment, bytes = 0;
	const struct pack_item *item = erofs_pack_item_of(pack, number, &segment);
	int r;

	if (item->twin)
		r = erofs_pack_commit_twin(pw, item);
	else if (item->segments > 1 && erofs_pack_is_fragment(pw, &pw->slots[0]))
		r = erofs_pack_commit_fragment(pw, item, segment);
	else if (item->segments > 1)
		r = erofs_pack_commit_part(pw, item, segment);
	else
		r = erofs_pack_commit_files(pw);
	for (uint32_t i = 0; r == 0 && i < pw->slot_count; i++)
		bytes += pw->slots[i].size;
	erofs_write_advance(pack->w, bytes);
	return r;
}

static int finish(void *user, void *state, uint64_t number)
{
	uint64_t segment;
	const struct pack_item *item = erofs_pack_item_of(user, number, &segment);
	int r = item->segments > 1 ? 0 : erofs_pack_write(state);

	erofs_pack_leave_buffer(state);
	return r;
}

static uint64_t weigh(void *user, uint64_t number)
{
	return erofs_pack_weight(user, number);
}

static int pack_items(struct pack *pack)
{
	struct erofs_workers_job job = { .user = pack, .parked_per_worker = PARKED_PER_WORKER,
		.weight = weigh, .weight_per_worker = INPUT_PER_WORKER, .open = open_worker,
		.close = close_worker, .prepare = prepare, .commit = commit, .finish = finish };
	unsigned int workers = pack->w->plan->opt.workers;
	int r = erofs_pack_plan_items(pack);

	pack->buffers.max_bytes = INPUT_PER_WORKER * (workers ? workers : erofs_workers_default());
	if (r == 0)
		r = erofs_pack_digest_large(pack, &job);
	if (r < 0)
		return r;
	erofs_pack_count_segments(pack);
	r = erofs_pack_find_links(pack, &job);
	return r < 0 ? r : erofs_workers_run(&job, pack->segment_count, pack->w->plan->opt.workers);
}

int erofs_pack_files(struct writer *w, struct erofs_fragments *fragments)
{
	struct pack pack = { .w = w, .fragments = fragments, .hashing = { .w = w } };
	int r = erofs_file_hash_open(&pack.hashing);

	if (r < 0)
		return erofs_fail_errno(w->report, r, "cannot start to compress");
	pthread_mutex_init(&pack.lock, NULL);
	erofs_content_table_init(&pack.claims);
	erofs_pack_pieces_init(&pack);
	erofs_extent_table_init(&pack.known_extents);
	r = pack_items(&pack);
	erofs_dedupe_fini(&pack.dedupe);
	erofs_heads_close(&pack.heads, pack.segment_count);
	erofs_extent_table_fini(&pack.known_extents);
	erofs_pack_pieces_fini(&pack);
	erofs_content_table_fini(&pack.claims);
	pthread_mutex_destroy(&pack.lock);
	free_tools(&pack);
	erofs_pack_free_buffers(&pack);
	free(pack.candidates);
	free(pack.items);
	erofs_file_hash_close(&pack.hashing);
	return r < 0 ? r : erofs_write_clear_given_back(w);
}
