/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Stored bytes whose content was had once: a file of 100 GB that refers to the same megabyte again and
 * again takes as long to check as that megabyte. All workers share one; bounded, so it may forget. */
#ifndef EROFS_CHECK_SEEN_H
#define EROFS_CHECK_SEEN_H

#include <erofs/map.h>
#include <pthread.h>

struct erofs_seen {
	pthread_mutex_t lock;
	struct erofs_seen_slot *slots;
};

/* 0 or -ENOMEM; to be ended by erofs_seen_fini either way. */
int erofs_seen_init(struct erofs_seen *seen);
void erofs_seen_fini(struct erofs_seen *seen);

/* Whether at least as much of what @extent refers to was added before. Inline data never is. */
bool erofs_seen_has(struct erofs_seen *seen, const struct erofs_extent *extent);
void erofs_seen_add(struct erofs_seen *seen, const struct erofs_extent *extent);

#endif
