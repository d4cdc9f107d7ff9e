/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Regula falsi between the longest input that fits and the shortest that does not. The output buffer has
 * room for more than a pcluster, so that an attempt that misses tells by how much. */
#include "codec/encode_search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ONE 1024u		/* of a rate */
#define FIRST_RATE (3 * ONE)	/* an average file */
#define MAX_TRIES 12
#define MAX_GROWTH 16u
/* Misses in a row that prediction alone explains. */
#define USUAL_MISSES 3u
#define MAX_DOUBLINGS 7u
#define PARTS 128u

int erofs_search_init(struct erofs_search *search, erofs_compress_fn *compress, void *ctx,
	size_t max_capacity)
{
	*search = (struct erofs_search){
		.compress = compress,
		.ctx = ctx,
		.scratch_size = max_capacity + max_capacity / 2,
		.rate = FIRST_RATE,
		.parts = PARTS,
	};
	search->scratch = malloc(search->scratch_size);
	return search->scratch ? 0 : -ENOMEM;
}

void erofs_search_fini(struct erofs_search *search)
{
	free(search->scratch);
}

void erofs_search_reset(struct erofs_search *search)
{
	search->rate = FIRST_RATE;
}

/* The two attempts that enclose the result; @over is {0, 0} as long as everything fitted. */
struct bounds {
	struct erofs_fill fit, over;
	unsigned int missed;	/* attempts since something fitted */
	size_t tolerance;	/* bytes that may stay empty */
};

/* Input that costs more at its beginning would be missed by ever smaller steps, so these grow. */
static size_t get_aim(const struct bounds *b, size_t capacity)
{
	unsigned int doublings = b->missed < USUAL_MISSES ? 0 : b->missed - USUAL_MISSES + 1;

	if (doublings > MAX_DOUBLINGS)
		doublings = MAX_DOUBLINGS;
	return capacity - b->tolerance / 2 - (doublings ? (capacity / 512) << doublings : 0);
}

static size_t next_input(const struct bounds *b, size_t capacity)
{
	uint64_t aim = get_aim(b, capacity), n;
	const struct erofs_fill *fit = &b->fit, *over = &b->over;

	if (over->consumed) {
		if (aim < fit->produced)
			aim = fit->produced;
		n = fit->consumed + (aim - fit->produced) * (over->consumed - fit->consumed) /
			(over->produced - fit->produced);
	} else {
		n = fit->consumed * aim / fit->produced;
		if (n > (uint64_t)fit->consumed * MAX_GROWTH)
			n = (uint64_t)fit->consumed * MAX_GROWTH;
	}
	return (size_t)n;
}

/* The nearest length to @n that can still tell something. */
static size_t limit_input(const struct bounds *b, size_t n, size_t size)
{
	size_t last = b->over.consumed ? b->over.consumed - 1 : size;

	if (n <= b->fit.consumed)
		n = b->fit.consumed + 1;
	return n < last ? n : last;
}

static bool is_done(const struct bounds *b, size_t size, size_t capacity)
{
	if (b->fit.consumed == size || b->over.consumed == b->fit.consumed + 1)
		return true;
	/* Neither does less input gain anything. */
	if (b->over.consumed && b->over.consumed <= capacity)
		return true;
	return b->fit.consumed && capacity - b->fit.produced <= b->tolerance;
}

int erofs_search_fill(struct erofs_search *search, struct erofs_span in, uint8_t *out,
	size_t capacity, struct erofs_fill *ret)
{
	size_t room = capacity + capacity / 2, n = (size_t)(capacity * search->rate / ONE);
	struct bounds b = { .tolerance = capacity / search->parts };

	if (room > search->scratch_size)
		room = search->scratch_size;
	for (int try = 0; try < MAX_TRIES && !is_done(&b, in.size, capacity); try++) {
		struct erofs_span part = { in.data, limit_input(&b, n, in.size) };
		size_t size = search->compress(search->ctx, part, search->scratch, room);

		if (size && size <= capacity) {
			memcpy(out, search->scratch, size);
			b.fit = (struct erofs_fill){ part.size, size };
			b.missed = 0;
		} else {
			b.over = (struct erofs_fill){ part.size, size ? size : room + 1 };
			b.missed++;
		}
		n = next_input(&b, capacity);
	}
	if (b.fit.consumed)
		search->rate = (uint64_t)b.fit.consumed * ONE / b.fit.produced;
	*ret = b.fit;
	return 0;
}
