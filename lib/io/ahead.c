/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The thread fills slots of a ring, which the user of the input empties. */
#include "io/ahead.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SLOT_BYTES (256u << 10)
#define SLOTS 4u

struct ahead {
	struct erofs_input base;
	struct erofs_ahead_maker maker;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t filled, emptied;	/* slots, counted from the start */
	size_t used[SLOTS];		/* bytes in a slot; 0 = the end */
	int error;
	bool stop;			/* nobody wants the rest */
	bool holds;			/* the slot at @emptied is lent out */
	int wake;			/* readable when @stop is set */
	uint8_t slots[SLOTS][SLOT_BYTES];
};

/* ---- the thread ---- */

/* Waits for a slot to fill; NULL when nobody wants more. */
static uint8_t *claim_slot(struct ahead *a)
{
	uint8_t *slot = NULL;

	pthread_mutex_lock(&a->lock);
	while (!a->stop && a->filled - a->emptied == SLOTS)
		pthread_cond_wait(&a->changed, &a->lock);
	if (!a->stop)
		slot = a->slots[a->filled % SLOTS];
	pthread_mutex_unlock(&a->lock);
	return slot;
}

static void hand_over(struct ahead *a, size_t used, int error)
{
	pthread_mutex_lock(&a->lock);
	a->used[a->filled % SLOTS] = used;
	a->error = error;
	a->filled++;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

/* What is there is handed over at once: to wait for more could take for ever. */
static void *make_all(void *user)
{
	struct ahead *a = user;
	uint8_t *slot;
	size_t used = 1;
	int r = 0;

	while (r == 0 && used && (slot = claim_slot(a))) {
		r = a->maker.fill(a->maker.user, slot, SLOT_BYTES, &used);
		hand_over(a, r < 0 ? 0 : used, r);
	}
	return NULL;
}

/* ---- the input ---- */

static int ahead_fetch(struct erofs_input *base, const uint8_t **ret, size_t *ret_size)
{
	struct ahead *a = (struct ahead *)base;
	size_t slot;
	int r = 0;

	pthread_mutex_lock(&a->lock);
	if (a->holds) {
		a->emptied++;
		pthread_cond_signal(&a->changed);
	}
	while (a->emptied == a->filled)
		pthread_cond_wait(&a->changed, &a->lock);
	slot = a->emptied % SLOTS;
	*ret = a->slots[slot];
	*ret_size = a->used[slot];
	/* The last one stays: whoever asks again gets the same answer. */
	a->holds = a->used[slot] > 0;
	if (!a->holds)
		r = a->error;
	pthread_mutex_unlock(&a->lock);
	return r;
}

static void ahead_free(struct ahead *a)
{
	a->maker.close(a->maker.user);
	if (a->wake >= 0)
		close(a->wake);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

static void ahead_close(struct erofs_input *base)
{
	struct ahead *a = (struct ahead *)base;

	pthread_mutex_lock(&a->lock);
	a->stop = true;
	eventfd_write(a->wake, 1);
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	ahead_free(a);
}

static const struct erofs_input_ops ahead_ops = { ahead_fetch, NULL, NULL, ahead_close };

int erofs_ahead_open(const struct erofs_ahead_maker *maker, const char *name,
	const struct erofs_report *report, struct erofs_input **ret)
{
	struct ahead *a = calloc(1, sizeof(*a));
	int r;

	if (!a) {
		maker->close(maker->user);
		return -ENOMEM;
	}
	a->base = (struct erofs_input){ .ops = &ahead_ops, .report = report, .name = name };
	a->maker = *maker;
	a->maker.inner->wake = &a->wake;
	a->wake = eventfd(0, EFD_CLOEXEC);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	r = a->wake < 0 ? -errno : -pthread_create(&a->thread, NULL, make_all, a);
	if (r < 0) {
		ahead_free(a);
		return r;
	}
	*ret = &a->base;
	return 0;
}

/* ---- another input ---- */

static int fill_from_input(void *user, uint8_t *to, size_t room, size_t *ret_size)
{
	return erofs_input_read(user, to, room, ret_size);
}

static void close_input(void *user)
{
	erofs_input_close(user);
}

int erofs_ahead_open_input(struct erofs_input *inner, struct erofs_input **ret)
{
	const struct erofs_ahead_maker maker = { inner, inner, fill_from_input, close_input };

	return erofs_ahead_open(&maker, inner->name, inner->report, ret);
}
