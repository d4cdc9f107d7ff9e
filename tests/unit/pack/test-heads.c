/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where extents begin: lists, and segments that wait for each other. */

#include "tests/unit/build/fake.h"

#include <pthread.h>

#include "pack/heads.h"

#define SEGMENTS 64u

static void test_order(void **state)
{
	struct pack_heads heads = { 0 };

	(void)state;
	for (uint32_t node = 1; node < 4; node++)
		for (uint64_t at = 0; at < 500; at++)
			assert_int_equal(erofs_heads_add(&heads,
				&(struct pack_head){ .node = node, .at = at * 10, .bytes = 10 }), 0);
	assert_int_equal(erofs_heads_find(heads.list, heads.count, 1, 0), 0);
	assert_int_equal(erofs_heads_find(heads.list, heads.count, 2, 0), 500);
	assert_int_equal(erofs_heads_find(heads.list, heads.count, 2, 11), 502);
	assert_int_equal(erofs_heads_find(heads.list, heads.count, 2, 5000), 1000);
	assert_int_equal(erofs_heads_find(heads.list, heads.count, 4, 0), 1500);
	free(heads.list);
}

struct job {
	struct pack_head_board board;
	pthread_mutex_t lock;
	uint64_t next;
	uint64_t sums[SEGMENTS];
};

/* Segment N has the sum of the one before and N; each is taken when the one before it may not be done. */
static void *work(void *arg)
{
	struct job *job = arg;

	for (;;) {
		struct pack_heads heads = { 0 };
		struct pack_head head = { 0 };
		uint64_t number;

		pthread_mutex_lock(&job->lock);
		number = job->next++;
		pthread_mutex_unlock(&job->lock);
		if (number >= SEGMENTS)
			return NULL;
		head.at = number;
		if (number)
			head.at += erofs_heads_await(&job->board, number - 1)->list[0].at;
		job->sums[number] = head.at;
		if (erofs_heads_add(&heads, &head) == 0)
			erofs_heads_publish(&job->board, number, &heads);
		free(heads.list);
	}
}

static void test_waiting(void **state)
{
	struct job job = { .next = 0 };
	pthread_t threads[4];

	(void)state;
	pthread_mutex_init(&job.lock, NULL);
	assert_int_equal(erofs_heads_open(&job.board, SEGMENTS), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &job), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (uint64_t i = 0; i < SEGMENTS; i++)
		assert_int_equal(job.sums[i], i * (i + 1) / 2);
	erofs_heads_close(&job.board, SEGMENTS);
	pthread_mutex_destroy(&job.lock);
}

static void *await_last(void *arg)
{
	struct pack_head_board *board = arg;

	return (void *)(uintptr_t)(1 + erofs_heads_await(board, 1)->count);
}

/* Nobody waits for a segment that nobody will prepare. */
static void test_stop(void **state)
{
	struct pack_head_board board = { 0 }, closed = { 0 };
	struct pack_heads none = { 0 };
	pthread_t thread;
	void *found;

	(void)state;
	assert_int_equal(erofs_heads_open(&board, 2), 0);
	assert_int_equal(erofs_heads_publish(&board, 0, &none), 0);
	assert_int_equal(erofs_heads_await(&board, 0)->count, 0);
	assert_int_equal(pthread_create(&thread, NULL, await_last, &board), 0);
	erofs_heads_stop(&board);
	pthread_join(thread, &found);
	assert_int_equal((uintptr_t)found, 1);
	erofs_heads_close(&board, 2);
	erofs_heads_stop(&closed);
	erofs_heads_close(&closed, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
