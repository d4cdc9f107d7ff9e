/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Ordered workers: a counter hands out items, a turn counter orders their commits.
 *
 * Items are taken in order and each has a desk until it is finished, so there are never more items in
 * flight than desks, and the one whose turn it is is always among them, or can be taken: whoever waits is waiting
 * for a worker that works. Any worker may commit what another has prepared. */
#include "base/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* A state and the item that it is used for. */
struct desk {
	void *state;
	uint64_t item, weight;
};

struct pool {
	const struct erofs_workers_job *job;
	uint64_t count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct desk *desks;
	unsigned int desk_limit, desk_count; /* so many have a state */
	struct desk **idle;	/* stack: what was used last is still in the processor's cache */
	unsigned int idle_count;
	struct desk **parked;	/* prepared items, by item modulo @desk_limit */
	uint64_t weight, weight_limit;	/* of all items in flight */
	bool committing;	/* somebody has the item whose turn it is */
	uint64_t next;		/* first item that nobody has taken */
	uint64_t turn;		/* first item that is not committed */
	uint64_t failed_item;
	int error;		/* of failed_item */
};

unsigned int erofs_workers_default(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned int)n : 1;
}

/* Keeps the error of the smallest item, so that the outcome does not depend on timing. */
static void record_failure(struct pool *pool, uint64_t item, int error)
{
	if (!pool->error || item < pool->failed_item) {
		pool->error = error;
		pool->failed_item = item;
	}
}

/* Calls a step of the job without the lock, which is held before and after. */
static int call(struct pool *pool, int (*step)(void *, void *, uint64_t), const struct desk *desk)
{
	int r;

	if (!step)
		return 0;
	pthread_mutex_unlock(&pool->lock);
	r = step(pool->job->user, desk->state, desk->item);
	pthread_mutex_lock(&pool->lock);
	if (r < 0)
		record_failure(pool, desk->item, r);
	return r;
}

/* ---- desks ---- */

static struct desk *open_desk(struct pool *pool)
{
	const struct erofs_workers_job *job = pool->job;
	struct desk *desk = &pool->desks[pool->desk_count++];
	void *state = NULL;
	int r = 0;

	if (job->open) {
		pthread_mutex_unlock(&pool->lock);
		r = job->open(job->user, &state);
		pthread_mutex_lock(&pool->lock);
	}
	if (r < 0) {
		record_failure(pool, pool->turn, r);
		return NULL;
	}
	desk->state = state;
	return desk;
}

static void leave_desk(struct pool *pool, struct desk *desk)
{
	pool->weight -= desk->weight;
	pool->idle[pool->idle_count++] = desk;
}

static void close_desks(struct pool *pool)
{
	while (pool->job->close && pool->idle_count)
		pool->job->close(pool->job->user, pool->idle[--pool->idle_count]->state);
}

/* ---- items ---- */

static bool is_over(const struct pool *pool)
{
	if (!pool->job->commit)
		return pool->error || pool->next == pool->count;
	return pool->turn >= (pool->error ? pool->failed_item : pool->count);
}

/* Takes the item whose turn it is, when it is prepared and nobody else has it. */
static struct desk *take_parked(struct pool *pool)
{
	struct desk **slot = &pool->parked[pool->turn % pool->desk_limit], *desk = *slot;

	if (pool->committing)
		return NULL;
	*slot = NULL;
	return desk;
}

static void commit_item(struct pool *pool, struct desk *desk)
{
	int r;

	pool->committing = true;
	r = call(pool, pool->job->commit, desk);
	pool->committing = false;
	if (r == 0) {
		pool->turn++;
		pthread_cond_broadcast(&pool->changed);
		call(pool, pool->job->finish, desk);
	}
	leave_desk(pool, desk);
}

static uint64_t weight_of(const struct pool *pool, uint64_t item)
{
	return pool->job->weight ? pool->job->weight(pool->job->user, item) : 0;
}

/* With nothing in flight there is room for whatever is next, so somebody can always go on. */
static bool has_room(const struct pool *pool)
{
	if (pool->idle_count == pool->desk_count)
		return true;
	return pool->weight <= pool->weight_limit &&
	       weight_of(pool, pool->next) <= pool->weight_limit - pool->weight;
}

static bool can_take(const struct pool *pool)
{
	return !pool->error && pool->next < pool->count &&
	       (pool->idle_count || pool->desk_count < pool->desk_limit) && has_room(pool);
}

static void prepare_item(struct pool *pool)
{
	uint64_t item = pool->next++, weight = weight_of(pool, item);
	struct desk *desk;

	/* It counts from here on: opening a desk lets others in. */
	pool->weight += weight;
	desk = pool->idle_count ? pool->idle[--pool->idle_count] : open_desk(pool);
	if (!desk)
		return;
	desk->item = item;
	desk->weight = weight;
	if (call(pool, pool->job->prepare, desk) < 0) {
		leave_desk(pool, desk);
	} else if (pool->job->commit) {
		pool->parked[item % pool->desk_limit] = desk;
	} else {
		call(pool, pool->job->finish, desk);
		leave_desk(pool, desk);
	}
}

static void *work(void *arg)
{
	struct pool *pool = arg;

	pthread_mutex_lock(&pool->lock);
	while (!is_over(pool)) {
		struct desk *desk = take_parked(pool);

		if (desk) {
			commit_item(pool, desk);
		} else if (can_take(pool)) {
			prepare_item(pool);
		} else {
			pthread_cond_wait(&pool->changed, &pool->lock);
			continue;
		}
		pthread_cond_broadcast(&pool->changed);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* The calling thread is one of the workers; the others are extra. */
static int run_threads(struct pool *pool, unsigned int extra)
{
	pthread_t *threads = calloc(extra ? extra : 1, sizeof(*threads));
	unsigned int started = 0;

	if (!threads)
		return -ENOMEM;
	/* Fewer threads than wished is a slower run, not a failed one. */
	while (started < extra && !pthread_create(&threads[started], NULL, work, pool))
		started++;
	work(pool);
	for (unsigned int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	return 0;
}

/* What was prepared in vain goes back, too. */
static void clear_parked(struct pool *pool)
{
	for (unsigned int i = 0; i < pool->desk_limit; i++)
		if (pool->parked[i])
			leave_desk(pool, pool->parked[i]);
}

static int open_pool(struct pool *pool, unsigned int workers)
{
	/* One worker never parks. */
	pool->weight_limit = workers * pool->job->weight_per_worker;
	pool->desk_limit = workers * (workers > 1 ? 1 + pool->job->parked_per_worker : 1);
	pool->desks = calloc(pool->desk_limit, sizeof(*pool->desks));
	pool->idle = calloc(pool->desk_limit, sizeof(*pool->idle));
	pool->parked = calloc(pool->desk_limit, sizeof(*pool->parked));
	return pool->desks && pool->idle && pool->parked ? 0 : -ENOMEM;
}

int erofs_workers_run(const struct erofs_workers_job *job, uint64_t count, unsigned int workers)
{
	struct pool pool = { .job = job, .count = count };
	int r;

	if (!workers)
		workers = erofs_workers_default();
	if (workers > count)
		workers = count ? (unsigned int)count : 1;
	pthread_mutex_init(&pool.lock, NULL);
	pthread_cond_init(&pool.changed, NULL);
	r = open_pool(&pool, workers);
	if (r == 0) {
		r = run_threads(&pool, workers - 1);
		clear_parked(&pool);
		close_desks(&pool);
	}
	free(pool.parked);
	free(pool.idle);
	free(pool.desks);
	pthread_cond_destroy(&pool.changed);
	pthread_mutex_destroy(&pool.lock);
	return r < 0 ? r : pool.error;
}
