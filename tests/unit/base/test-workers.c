/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ordered workers: commits come in submission order whatever the number of threads, and so does the
 * error that is returned. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/workers.h"

#define ITEMS 400
#define NOTHING UINT64_MAX

/* What one run did. Commits are ordered by the pool, so they need no lock; that is part of the test
 * under ThreadSanitizer. */
struct run {
	uint64_t committed[ITEMS];
	uint64_t commits;
	atomic_uint prepared[ITEMS], finished[ITEMS];
	atomic_uint opened, closed;
	uint64_t fail_prepare, fail_commit, fail_finish, fail_open;
	unsigned int parked;
	uint64_t slow, awaited;	/* the first's prepare ends only after the second's */
	uint64_t (*weight)(void *user, uint64_t item);
	uint64_t weight_per_worker;
	atomic_uint_fast64_t in_flight;	/* weight */
	atomic_uint_fast64_t most;	/* of it, ever */
	atomic_uint beside_heavy;	/* items that were in flight together with the heavy one */
};

struct scratch {
	uint64_t value;
};

static int open_scratch(void *user, void **ret_state)
{
	struct run *run = user;
	unsigned int number = atomic_fetch_add(&run->opened, 1);

	if (number >= run->fail_open)
		return -EMFILE;
	*ret_state = calloc(1, sizeof(struct scratch));
	return *ret_state ? 0 : -ENOMEM;
}

static void close_scratch(void *user, void *state)
{
	struct run *run = user;

	atomic_fetch_add(&run->closed, 1);
	free(state);
}

/* ---- weights ---- */

#define HEAVY_ITEM 70
#define HEAVY 100000u

static uint64_t weigh_alike(void *user, uint64_t item)
{
	(void)user;
	(void)item;
	return 3;
}

static uint64_t weigh_by_number(void *user, uint64_t item)
{
	(void)user;
	return item % 10;
}

static uint64_t weigh_one_heavy(void *user, uint64_t item)
{
	return item == HEAVY_ITEM ? HEAVY : weigh_by_number(user, item) + 1;
}

static void lift(struct run *run, uint64_t item)
{
	uint64_t weight = run->weight(run, item), all = atomic_fetch_add(&run->in_flight, weight) + weight;
	uint64_t most = run->most;

	while (all > most && !atomic_compare_exchange_weak(&run->most, &most, all))
		;
	if (all >= HEAVY && all != HEAVY)
		atomic_fetch_add(&run->beside_heavy, 1);
}

static void put_down(struct run *run, uint64_t item)
{
	atomic_fetch_sub(&run->in_flight, run->weight(run, item));
}

/* ---- steps ---- */

/* Later items are often quicker than earlier ones. */
static int prepare(void *user, void *state, uint64_t item)
{
	struct run *run = user;
	struct scratch *s = state;
	uint64_t value = item;

	if (run->weight)
		lift(run, item);
	for (uint64_t i = 0; i < (item * 7919) % 2000; i++)
		value = value * 6364136223846793005u + 1;
	s->value = value;
	while (item == run->slow && !run->prepared[run->awaited])
		sched_yield();
	atomic_fetch_add(&run->prepared[item], 1);
	return item == run->fail_prepare ? -ESTALE : 0;
}

static int commit(void *user, void *state, uint64_t item)
{
	struct run *run = user;

	(void)state;
	if (item == run->fail_commit)
		return -ENOSPC;
	run->committed[run->commits++] = item;
	return 0;
}

static int finish(void *user, void *state, uint64_t item)
{
	struct run *run = user;

	(void)state;
	if (run->weight)
		put_down(run, item);
	atomic_fetch_add(&run->finished[item], 1);
	return item == run->fail_finish ? -EIO : 0;
}

static struct run *new_run(void)
{
	struct run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	run->fail_prepare = run->fail_commit = run->fail_finish = run->fail_open = NOTHING;
	run->slow = NOTHING;
	return run;
}

static int go(struct run *run, unsigned int workers)
{
	const struct erofs_workers_job job = { .user = run, .open = open_scratch,
		.close = close_scratch, .prepare = prepare, .commit = commit, .finish = finish,
		.parked_per_worker = run->parked, .weight = run->weight,
		.weight_per_worker = run->weight_per_worker };

	return erofs_workers_run(&job, ITEMS, workers);
}

static void expect_commits(const struct run *run, uint64_t count)
{
	assert_int_equal(run->commits, count);
	for (uint64_t i = 0; i < count; i++)
		assert_int_equal(run->committed[i], i);
}

static void every_item_once_and_in_order(void **state)
{
	(void)state;
	for (unsigned int workers = 0; workers <= 8; workers++) {
		struct run *run = new_run();

		assert_int_equal(go(run, workers), 0);
		expect_commits(run, ITEMS);
		for (unsigned int i = 0; i < ITEMS; i++) {
			assert_int_equal(run->prepared[i], 1);
			assert_int_equal(run->finished[i], 1);
		}
		assert_int_equal(run->opened, run->closed);
		if (workers)
			assert_in_range(run->opened, 1, workers);
		free(run);
	}
}

static void failed_prepare_stops_the_commits_before_it(void **state)
{
	(void)state;
	for (unsigned int workers = 1; workers <= 8; workers++) {
		struct run *run = new_run();

		run->fail_prepare = 137;
		assert_int_equal(go(run, workers), -ESTALE);
		expect_commits(run, 137);
		assert_int_equal(run->opened, run->closed);
		free(run);
	}
}

static void failed_commit_stops_the_ones_behind_it(void **state)
{
	(void)state;
	for (unsigned int workers = 1; workers <= 8; workers++) {
		struct run *run = new_run();

		run->fail_commit = 42;
		assert_int_equal(go(run, workers), -ENOSPC);
		expect_commits(run, 42);
		free(run);
	}
}

static void failed_finish_is_returned(void **state)
{
	(void)state;
	for (unsigned int workers = 1; workers <= 8; workers++) {
		struct run *run = new_run();

		run->fail_finish = ITEMS - 1;
		assert_int_equal(go(run, workers), -EIO);
		expect_commits(run, ITEMS);
		free(run);
	}
}

/* Item 100 fails late, item 101 early: which error is seen first is chance, which is returned is not. */
static void smallest_failed_item_wins(void **state)
{
	(void)state;
	for (unsigned int workers = 1; workers <= 8; workers++) {
		struct run *run = new_run();

		run->fail_commit = 100;
		run->fail_prepare = 101;
		assert_int_equal(go(run, workers), -ENOSPC);
		expect_commits(run, 100);
		free(run);
	}
}

static void no_scratch_no_job(void **state)
{
	(void)state;
	for (unsigned int workers = 1; workers <= 8; workers++) {
		struct run *run = new_run();

		run->fail_open = 0;
		assert_int_equal(go(run, workers), -EMFILE);
		assert_int_equal(run->commits, 0);
		assert_int_equal(run->closed, 0);
		free(run);
	}
}

/* All but the first worker fail to open theirs: an error, and an orderly end. */
static void some_scratch_is_not_enough(void **state)
{
	(void)state;
	for (unsigned int workers = 2; workers <= 8; workers++) {
		struct run *run = new_run();
		int r;

		run->fail_open = 1;
		r = go(run, workers);
		assert_true(r == -EMFILE || (r == 0 && run->opened == 1));
		expect_commits(run, run->commits);
		assert_int_equal(run->closed, 1);
		free(run);
	}
}

/* The slow item ends only when the last that may be in flight with it is prepared: with less parking this would
 * not end, with more of it there would be more states. */
static void others_go_on_behind_a_slow_item(void **state)
{
	(void)state;
	for (unsigned int workers = 2; workers <= 8; workers++) {
		struct run *run = new_run();

		run->parked = 3;
		run->slow = 50;
		run->awaited = 50 + 4 * workers - 1;
		assert_int_equal(go(run, workers), 0);
		expect_commits(run, ITEMS);
		assert_in_range(run->opened, workers + 1, 4 * workers);
		assert_int_equal(run->opened, run->closed);
		free(run);
	}
}

/* What is parked behind a failure is not committed, what is before it all is, and nothing is lost. */
static void failures_among_parked_items(void **state)
{
	(void)state;
	for (unsigned int workers = 2; workers <= 8; workers++) {
		struct run *run = new_run();

		run->parked = 2;
		run->slow = 80;
		run->awaited = run->fail_prepare = 83;
		assert_int_equal(go(run, workers), -ESTALE);
		expect_commits(run, 83);
		assert_int_equal(run->opened, run->closed);
		free(run);
	}
}

static void slow_failure_discards_what_is_parked(void **state)
{
	(void)state;
	for (unsigned int workers = 2; workers <= 8; workers++) {
		struct run *run = new_run();

		run->parked = 2;
		run->slow = run->fail_prepare = 80;
		run->awaited = 80 + 3 * workers - 1;
		assert_int_equal(go(run, workers), -ESTALE);
		expect_commits(run, 80);
		assert_int_equal(run->opened, run->closed);
		free(run);
	}
}

/* A single worker keeps one state however much may be parked. */
static void one_worker_parks_nothing(void **state)
{
	struct run *run = new_run();

	(void)state;
	run->parked = 5;
	assert_int_equal(go(run, 1), 0);
	expect_commits(run, ITEMS);
	assert_int_equal(run->opened, 1);
	free(run);
}

/* What is in flight comes close to the limit, and not beyond. */
static void items_weigh_no_more_than_they_may(void **state)
{
	(void)state;
	for (unsigned int workers = 1; workers <= 8; workers++) {
		struct run *run = new_run();

		run->parked = 16;
		run->weight = weigh_by_number;
		run->weight_per_worker = 9;
		assert_int_equal(go(run, workers), 0);
		expect_commits(run, ITEMS);
		assert_in_range(run->most, 9, 9 * workers);
		assert_int_equal(run->in_flight, 0);
		assert_int_equal(run->opened, run->closed);
		free(run);
	}
}

/* The slow item ends only when the last is prepared for which there is room by weight. */
static void weights_leave_no_room_unused(void **state)
{
	(void)state;
	for (unsigned int workers = 2; workers <= 8; workers++) {
		struct run *run = new_run();

		run->parked = 16;
		run->weight = weigh_alike;
		run->weight_per_worker = 12;
		run->slow = 50;
		run->awaited = 50 + 4 * workers - 1;
		assert_int_equal(go(run, workers), 0);
		expect_commits(run, ITEMS);
		assert_int_equal(run->most, 12 * workers);
		assert_in_range(run->opened, workers + 1, 4 * workers);
		free(run);
	}
}

static void too_heavy_item_is_alone(void **state)
{
	(void)state;
	for (unsigned int workers = 1; workers <= 8; workers++) {
		struct run *run = new_run();

		run->parked = 4;
		run->weight = weigh_one_heavy;
		run->weight_per_worker = 20;
		assert_int_equal(go(run, workers), 0);
		expect_commits(run, ITEMS);
		assert_int_equal(run->most, HEAVY);
		assert_int_equal(run->beside_heavy, 0);
		free(run);
	}
}

/* Nothing but heavy items, without any weight allowed: one after the other, by whomever. */
static void no_weight_allowed_is_no_deadlock(void **state)
{
	(void)state;
	for (unsigned int workers = 1; workers <= 8; workers++) {
		struct run *run = new_run();

		run->parked = 2;
		run->weight = weigh_alike;
		assert_int_equal(go(run, workers), 0);
		expect_commits(run, ITEMS);
		assert_int_equal(run->most, 3);
		assert_int_equal(run->opened, 1);
		free(run);
	}
}

static void failures_among_weights(void **state)
{
	(void)state;
	for (unsigned int workers = 1; workers <= 8; workers++) {
		struct run *run = new_run();

		run->parked = 4;
		run->weight = weigh_one_heavy;
		run->weight_per_worker = 20;
		run->fail_prepare = HEAVY_ITEM;
		run->fail_commit = HEAVY_ITEM + 1;
		assert_int_equal(go(run, workers), -ESTALE);
		expect_commits(run, HEAVY_ITEM);
		assert_int_equal(run->opened, run->closed);
		free(run);
	}
}

static void nothing_to_do(void **state)
{
	const struct erofs_workers_job job = { 0 };

	(void)state;
	assert_int_equal(erofs_workers_run(&job, 0, 4), 0);
	assert_int_equal(erofs_workers_run(&job, 10, 4), 0);
	assert_true(erofs_workers_default() >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_item_once_and_in_order),
		cmocka_unit_test(failed_prepare_stops_the_commits_before_it),
		cmocka_unit_test(failed_commit_stops_the_ones_behind_it),
		cmocka_unit_test(failed_finish_is_returned),
		cmocka_unit_test(smallest_failed_item_wins),
		cmocka_unit_test(no_scratch_no_job),
		cmocka_unit_test(some_scratch_is_not_enough),
		cmocka_unit_test(others_go_on_behind_a_slow_item),
		cmocka_unit_test(failures_among_parked_items),
		cmocka_unit_test(slow_failure_discards_what_is_parked),
		cmocka_unit_test(one_worker_parks_nothing),
		cmocka_unit_test(items_weigh_no_more_than_they_may),
		cmocka_unit_test(weights_leave_no_room_unused),
		cmocka_unit_test(too_heavy_item_is_alone),
		cmocka_unit_test(no_weight_allowed_is_no_deadlock),
		cmocka_unit_test(failures_among_weights),
		cmocka_unit_test(nothing_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
