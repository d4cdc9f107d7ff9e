/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Which byte ranges of a block device were written, so that the rest can be zeroed. Thread-safe. */
#ifndef EROFS_IO_COVERAGE_H
#define EROFS_IO_COVERAGE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct erofs_coverage {
	pthread_mutex_t lock;
	struct erofs_coverage_range {
		uint64_t start, end;
	} *ranges; /* sorted, neither touching nor overlapping */
	size_t count, capacity;
};

void erofs_coverage_init(struct erofs_coverage *c);
void erofs_coverage_fini(struct erofs_coverage *c);
/* 0 or -ENOMEM. */
int erofs_coverage_add(struct erofs_coverage *c, uint64_t start, uint64_t end);
/* The first uncovered range at or after @at below @limit: true and [start, end). */
bool erofs_coverage_gap(struct erofs_coverage *c, uint64_t at, uint64_t limit,
	struct erofs_coverage_range *ret);

#endif
