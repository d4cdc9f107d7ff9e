/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A sorted array of ranges. Writers fill an image nearly in order, so it stays short. */
#include "io/coverage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"

void erofs_coverage_init(struct erofs_coverage *c)
{
	*c = (struct erofs_coverage){ .ranges = NULL };
	pthread_mutex_init(&c->lock, NULL);
}

void erofs_coverage_fini(struct erofs_coverage *c)
{
	pthread_mutex_destroy(&c->lock);
	free(c->ranges);
}

/* The first range that ends at or after @at. */
static size_t find(const struct erofs_coverage *c, uint64_t at)
{
	return EROFS_BISECT(c->count, i, c->ranges[i].end < at);
}

static int make_room(struct erofs_coverage *c)
{
	size_t capacity = c->capacity ? 2 * c->capacity : 64;
	struct erofs_coverage_range *ranges;

	if (c->count < c->capacity)
		return 0;
	ranges = realloc(c->ranges, capacity * sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	c->ranges = ranges;
	c->capacity = capacity;
	return 0;
}

/* Puts [start, end) in place of the ranges @first to @last - 1, which it touches. */
static void replace(struct erofs_coverage *c, size_t first, size_t last,
	struct erofs_coverage_range range)
{
	if (first < last) {
		if (c->ranges[first].start < range.start)
			range.start = c->ranges[first].start;
		if (c->ranges[last - 1].end > range.end)
			range.end = c->ranges[last - 1].end;
	}
	memmove(&c->ranges[first + 1], &c->ranges[last], (c->count - last) * sizeof(range));
	c->ranges[first] = range;
	c->count = c->count + 1 - (last - first);
}

int erofs_coverage_add(struct erofs_coverage *c, uint64_t start, uint64_t end)
{
	size_t first, last;
	int r;

	if (start >= end)
		return 0;
	pthread_mutex_lock(&c->lock);
	r = make_room(c);
	if (r == 0) {
		first = find(c, start);
		for (last = first; last < c->count && c->ranges[last].start <= end;)
			last++;
		replace(c, first, last, (struct erofs_coverage_range){ start, end });
	}
	pthread_mutex_unlock(&c->lock);
	return r;
}

bool erofs_coverage_gap(struct erofs_coverage *c, uint64_t at, uint64_t limit,
	struct erofs_coverage_range *ret)
{
	size_t i;

	pthread_mutex_lock(&c->lock);
	i = find(c, at);
	if (i < c->count && c->ranges[i].start <= at)
		at = c->ranges[i++].end;
	*ret = (struct erofs_coverage_range){ at, limit };
	if (i < c->count && c->ranges[i].start < limit)
		ret->end = c->ranges[i].start;
	pthread_mutex_unlock(&c->lock);
	return at < limit;
}
