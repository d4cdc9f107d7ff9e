/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Threads that transform items in parallel and commit them in submission order, so that results do
 * not depend on how many there are.
 *
 * Items are the numbers 0..count-1. A worker takes the next number and runs `prepare` (parallel). Then the
 * item waits until all smaller ones are committed; as long as there is room for it to wait, its worker
 * goes on with others. Whichever worker is free when its turn comes runs `commit` (one at a time, in
 * order), then `finish` (parallel). Without a `commit` nobody waits for anybody. With one worker
 * everything happens on the calling thread, item by item.
 *
 * Two limits hold for the items in flight, from `prepare` to `finish`: their number, and what they weigh. */
#ifndef EROFS_BASE_WORKERS_H
#define EROFS_BASE_WORKERS_H

#include <stddef.h>
#include <stdint.h>

struct erofs_workers_job {
	void *user;
	/* So many prepared items, for each worker, may wait while all of them are busy with later ones. */
	unsigned int parked_per_worker;
	/* So much, for each worker, may all items in flight weigh together; one that is heavier than all that is in
	 * flight alone. `weight` tells the same whenever it is asked, quickly: nobody else can take an item
	 * meanwhile. NULL: items weigh nothing. */
	uint64_t (*weight)(void *user, uint64_t item);
	uint64_t weight_per_worker;
	/* What one item uses from `prepare` to `finish`: one per worker and one per parked item, opened when
	 * they are needed and used again. `open` may be NULL. */
	int (*open)(void *user, void **ret_state);
	void (*close)(void *user, void *state);
	/* Each may be NULL; without `commit` no item waits for another. The first error stops the job:
	 * no item after it is committed. */
	int (*prepare)(void *user, void *state, uint64_t item);
	int (*commit)(void *user, void *state, uint64_t item);
	int (*finish)(void *user, void *state, uint64_t item);
};

/* Runs @job over @count items with @workers threads (0 = as many as online processors). Returns 0 or
 * the error of the smallest item that failed, or -ENOMEM. Threads that cannot be started are done
 * without. */
int erofs_workers_run(const struct erofs_workers_job *job, uint64_t count, unsigned int workers);

/* What 0 workers means on this host. */
unsigned int erofs_workers_default(void);

#endif
