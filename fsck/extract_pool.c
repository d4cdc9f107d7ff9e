/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that fill files, and a ring of jobs that are retired in the order of submission: what is
 * printed does not depend on how many threads there are. */
#include "extract.h"

#include <stdlib.h>
#include <unistd.h>

#define MAX_WORKERS 64
#define JOBS_PER_WORKER 4

struct extract_pool {
	const struct extract_rules *rules;
	extract_retire retire;
	void *user;
	struct erofs_image *img;
	struct erofs_reader *rd;	/* for jobs of the main thread, if there are no others */
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	struct extract_job *ring;
	size_t size;
	/* Counts since the start: [retired, taken) is in work or done, [taken, submitted) waits. */
	uint64_t retired, taken, submitted;
	bool closing;
	pthread_t threads[MAX_WORKERS];
	unsigned int thread_count;
};

static struct extract_job *slot(struct extract_pool *pool, uint64_t number)
{
	return &pool->ring[number % pool->size];
}

static void *work(void *user)
{
	struct extract_pool *pool = user;
	struct erofs_reader *rd = NULL;

	if (erofs_reader_new(pool->img, &rd) < 0)
		return NULL; /* the main thread does what nobody takes */
	pthread_mutex_lock(&pool->lock);
	for (;;) {
		struct extract_job *job;

		while (pool->taken == pool->submitted && !pool->closing)
			pthread_cond_wait(&pool->work, &pool->lock);
		if (pool->taken == pool->submitted)
			break;
		job = slot(pool, pool->taken++);
		pthread_mutex_unlock(&pool->lock);
		extract_file(pool->rules, rd, job);
		pthread_mutex_lock(&pool->lock);
		job->done = true;
		pthread_cond_signal(&pool->done);
	}
	pthread_mutex_unlock(&pool->lock);
	erofs_reader_free(rd);
	return NULL;
}

/* Waits for the oldest job, does it here if no thread has taken it, and retires it. */
static void retire_oldest(struct extract_pool *pool)
{
	struct extract_job *job;

	pthread_mutex_lock(&pool->lock);
	job = slot(pool, pool->retired);
	if (pool->taken == pool->retired) {
		pool->taken++;
		pthread_mutex_unlock(&pool->lock);
		extract_file(pool->rules, pool->rd, job);
	} else {
		while (!job->done)
			pthread_cond_wait(&pool->done, &pool->lock);
		pthread_mutex_unlock(&pool->lock);
	}
	pool->retire(pool->user, job);
	free(job->path);
	free(job->said);
	pool->retired++;
}

static unsigned int count_workers(unsigned int workers)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (!workers)
		workers = online > 0 ? (unsigned int)online : 1;
	return workers < MAX_WORKERS ? workers : MAX_WORKERS;
}

struct extract_pool *extract_pool_new(struct erofs_image *img, const struct extract_rules *rules,
	unsigned int workers, extract_retire retire, void *user)
{
	struct extract_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	workers = count_workers(workers);
	*pool = (struct extract_pool){ .rules = rules, .retire = retire, .user = user, .img = img };
	pool->size = (size_t)workers * JOBS_PER_WORKER;
	pool->ring = calloc(pool->size, sizeof(*pool->ring));
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	pthread_cond_init(&pool->done, NULL);
	if (!pool->ring || erofs_reader_new(img, &pool->rd) < 0) {
		extract_pool_finish(pool);
		return NULL;
	}
	while (workers > 1 && pool->thread_count < workers &&
		pthread_create(&pool->threads[pool->thread_count], NULL, work, pool) == 0)
		pool->thread_count++;
	return pool;
}

void extract_pool_submit(struct extract_pool *pool, int fd, char *path,
	const struct erofs_inode *inode)
{
	if (pool->submitted - pool->retired == pool->size)
		retire_oldest(pool);
	pthread_mutex_lock(&pool->lock);
	*slot(pool, pool->submitted) = (struct extract_job){ .fd = fd, .path = path,
		.inode = *inode };
	pool->submitted++;
	pthread_cond_signal(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	if (!pool->thread_count)
		retire_oldest(pool);
}

void extract_pool_finish(struct extract_pool *pool)
{
	if (!pool)
		return;
	while (pool->retired < pool->submitted)
		retire_oldest(pool);
	pthread_mutex_lock(&pool->lock);
	pool->closing = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned int i = 0; i < pool->thread_count; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->done);
	erofs_reader_free(pool->rd);
	free(pool->ring);
	free(pool);
}
