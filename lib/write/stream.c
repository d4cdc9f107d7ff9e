/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Streaming a range of a file through digest and output, one buffer at a time. */
#include "write/write.h"

#include <string.h>

#include "base/math.h"

/* The blocks of file range [@start, @end) that need zeros written. */
static int write_hole(const struct stream *s, uint64_t start, uint64_t end)
{
	uint32_t bits = s->ww->w->plan->block_bits;
	uint64_t first = s->block + ((start - s->from) >> bits);
	uint64_t last = s->block + erofs_ceil_div(end - s->from, s->ww->w->plan->block_size);

	if (last > s->block + s->blocks)
		last = s->block + s->blocks;
	if (last > s->dirty_end)
		last = s->dirty_end;
	return first < last ? erofs_write_zeros(s->ww->w, s->target, first, last) : 0;
}

/* One piece that starts at a block and is read as a whole. What is behind the file's end in its last
 * block is zeroed. */
static int copy_piece(const struct stream *s, uint64_t at, size_t size)
{
	struct write_worker *ww = s->ww;
	const struct erofs_plan *plan = ww->w->plan;
	uint64_t index = (at - s->from) >> plan->block_bits;
	uint64_t room = (s->blocks - index) << plan->block_bits;
	size_t padded = (size_t)erofs_round_up(size, plan->block_size);
	int r = erofs_content_read(s->content, at, ww->data, size);

	if (r == 0)
		r = erofs_file_hash_update(s->hash, ww->data, size);
	if (r < 0)
		return r;
	memset(ww->data + size, 0, padded - size);
	/* An inline tail is less than a block and starts one, so it lies in a single piece. */
	if (size > room)
		memcpy(s->tail, ww->data + room, size - (size_t)room);
	if (padded > room)
		padded = (size_t)room;
	return padded ? erofs_write_data(ww->w, s->target, s->block + index, ww->data, padded) : 0;
}

/* The next range to copy, widened to whole blocks; 0 when only a hole follows. */
static int next_range(const struct stream *s, uint64_t at, uint64_t *ret_start, uint64_t *ret_end)
{
	uint64_t size = s->ww->w->plan->block_size;
	int r = erofs_content_next_data(s->content, at, ret_start, ret_end);

	if (r <= 0)
		return r;
	if (*ret_start >= s->to)
		return 0;
	*ret_start = s->from + erofs_round_down(*ret_start - s->from, size);
	if (*ret_start < at)
		*ret_start = at;
	if (*ret_end >= s->to || s->to - *ret_end < size)
		*ret_end = s->to;
	else
		*ret_end = s->from + erofs_round_up(*ret_end - s->from, size);
	return 1;
}

/* So much between two signs of life. */
#define ZEROS_AT_ONCE (UINT64_C(64) << 20)

int erofs_stream_zeros(struct writer *w, const struct file_hash *fh, uint64_t size)
{
	uint64_t n, at = 0;
	int r = 0;

	if (!fh->tag && !fh->content) {
		erofs_write_advance(w, size);
		return 0;
	}
	for (; r == 0 && at < size; at += n) {
		n = size - at < ZEROS_AT_ONCE ? size - at : ZEROS_AT_ONCE;
		r = erofs_file_hash_zeros(fh, n);
		erofs_write_advance(w, n);
	}
	return r;
}

static int pass_hole(const struct stream *s, uint64_t start, uint64_t end)
{
	int r = erofs_stream_zeros(s->ww->w, s->hash, end - start);

	return r < 0 ? r : write_hole(s, start, end);
}

static int copy_range(const struct stream *s, uint64_t at, uint64_t end)
{
	while (at < end) {
		size_t n = end - at < WRITE_BUFFER_BYTES ? (size_t)(end - at) : WRITE_BUFFER_BYTES;
		int r = copy_piece(s, at, n);

		if (r < 0)
			return r;
		erofs_write_advance(s->ww->w, n);
		at += n;
	}
	return 0;
}

int erofs_stream_run(const struct stream *s)
{
	uint64_t at = s->from, start, end;

	while (at < s->to) {
		int r = next_range(s, at, &start, &end);

		if (r < 0)
			return r;
		if (r == 0)
			start = end = s->to;
		r = start > at ? pass_hole(s, at, start) : 0;
		if (r == 0)
			r = copy_range(s, start, end);
		if (r < 0)
			return r;
		at = end;
	}
	return 0;
}
