/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Ordered workers: a counter hands out items, a turn counter orders their commits.
 *
 * Items are taken in order, so the smallest uncommitted item is always in some worker's hands and the
 * wait for a turn cannot deadlock. */
#include "base/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct pool {
	const struct erofs_workers_job *job;
	uint64_t count;
	pthread_mutex_t lock;
	pthread_cond_t turned;
	uint64_t next;	/* first item that nobody has taken */
	uint64_t turn;	/* first item that is not committed */
	uint64_t failed_item;
	int error;	/* of failed_item */
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
	pthread_cond_broadcast(&pool->turned);
}

static bool take_item(struct pool *pool, uint64_t *ret)
{
	bool got;

	pthread_mutex_lock(&pool->lock);
	got = !pool->error && pool->next < pool->count;
	if (got)
		*ret = pool->next++;
	pthread_mutex_unlock(&pool->lock);
	return got;
}

/* Waits until all items before @item are committed. False: one of them failed. */
static bool await_turn(struct pool *pool, uint64_t item)
{
	bool mine;

	pthread_mutex_lock(&pool->lock);
	while (pool->turn != item && !(pool->error && pool->failed_item < item))
		pthread_cond_wait(&pool->turned, &pool->lock);
	mine = pool->turn == item;
	pthread_mutex_unlock(&pool->lock);
	return mine;
}

static void pass_turn(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->turn++;
	pthread_cond_broadcast(&pool->turned);
	pthread_mutex_unlock(&pool->lock);
}

static int run_item(struct pool *pool, void *state, uint64_t item)
{
	const struct erofs_workers_job *job = pool->job;
	int r = job->prepare ? job->prepare(job->user, state, item) : 0;

	if (r < 0)
		return r;
	if (job->commit) {
		if (!await_turn(pool, item))
			return 0; /* an earlier item failed; its error stands */
		r = job->commit(job->user, state, item);
		if (r < 0)
			return r;
		pass_turn(pool);
	}
	return job->finish ? job->finish(job->user, state, item) : 0;
}

static void *work(void *arg)
{
	struct pool *pool = arg;
	const struct erofs_workers_job *job = pool->job;
	void *state = NULL;
	uint64_t item;
	int r = job->open ? job->open(job->user, &state) : 0;

	if (r < 0) {
		pthread_mutex_lock(&pool->lock);
		record_failure(pool, pool->turn, r);
		pthread_mutex_unlock(&pool->lock);
		return NULL;
	}
	while (take_item(pool, &item)) {
		r = run_item(pool, state, item);
		if (r < 0) {
			pthread_mutex_lock(&pool->lock);
			record_failure(pool, item, r);
			pthread_mutex_unlock(&pool->lock);
		}
	}
	if (job->close)
		job->close(job->user, state);
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

int erofs_workers_run(const struct erofs_workers_job *job, uint64_t count, unsigned int workers)
{
	struct pool pool = { .job = job, .count = count };
	int r;

	if (!workers)
		workers = erofs_workers_default();
	if (workers > count)
		workers = count ? (unsigned int)count : 1;
	pthread_mutex_init(&pool.lock, NULL);
	pthread_cond_init(&pool.turned, NULL);
	r = run_threads(&pool, workers - 1);
	pthread_cond_destroy(&pool.turned);
	pthread_mutex_destroy(&pool.lock);
	return r < 0 ? r : pool.error;
}
