/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Encoded extents (section 12.4): every piece of a file is compressed by itself and takes as many bytes
 * as it needs. Nothing is padded, neither between pieces nor between files. */
#include "pack/pack.h"

#include <string.h>

#include "base/report.h"

/* Less than that is not worth the time of those who read. */
#define MIN_GAIN(bytes) ((bytes) / 64 + 1)
/* So many times what a piece may take in the image it may have of a file: who wants one byte waits for all. */
#define MAX_RATE 4u

/* As much as encodes well of the @left bytes at @in, to @out, where there is room for as many. */
static int encode(struct pack_worker *pw, struct pack_slot *slot, const uint8_t *in, size_t left,
	struct plan_extent *ret)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	const struct plan_choice *choice = &erofs_pack_result(pw, slot)->choice;
	size_t limit = plan->opt.max_extent_bytes, most = MAX_RATE * (size_t)choice->pcluster_bytes;
	size_t capacity = left < choice->pcluster_bytes ? left : choice->pcluster_bytes;
	uint8_t *out = pw->out + slot->out_at + slot->stored_bytes;
	size_t consumed, produced;
	int r;

	if (limit && limit < most)
		most = limit;
	if (most > left)
		most = left;
	r = erofs_encoder_piece(pw->encoder, (struct erofs_span){ in, most }, out, capacity, &consumed,
		&produced);
	if (r < 0)
		return erofs_fail_errno(pw->hashing.w->report, r, "cannot compress");
	if (produced + MIN_GAIN(consumed) <= consumed) {
		ret->bytes = (uint32_t)consumed;
		ret->stored_bytes = (uint32_t)produced;
		ret->format = (uint8_t)(1 + erofs_encoder_algorithm(
			plan->compression.encoders[choice->encoder].kind));
		return 0;
	}
	ret->bytes = ret->stored_bytes = (uint32_t)(capacity < most ? capacity : most);
	memcpy(out, in, ret->bytes);
	return 0;
}

static int put(struct pack_worker *pw, struct pack_slot *slot, size_t *at)
{
	struct plan_extent extent = { .start = slot->stored_bytes };
	int r = encode(pw, slot, pw->in + slot->in_at + *at, slot->size - *at, &extent);

	if (r < 0)
		return r;
	slot->stored_bytes += extent.stored_bytes;
	*at += extent.bytes;
	return erofs_pack_add_extent(pw, &extent);
}

/* The end of the file, which goes to the packed inode. */
static int put_fragment(struct pack_worker *pw, struct pack_slot *slot, size_t n)
{
	struct plan_extent extent = { .start = slot->stored_bytes, .bytes = (uint32_t)n };

	slot->fragment_bytes = n;
	return erofs_pack_add_extent(pw, &extent);
}

int erofs_pack_fill_records(struct pack_worker *pw, struct pack_slot *slot)
{
	const struct erofs_plan *plan = pw->hashing.w->plan;
	bool fragment = plan->fragments && slot->from + slot->size == slot->node->size_bytes;
	size_t end = erofs_pack_result(pw, slot)->choice.pcluster_bytes, at = 0;
	int r = 0;

	while (r == 0 && at < slot->size) {
		if (fragment && slot->size - at <= end)
			return put_fragment(pw, slot, slot->size - at);
		r = put(pw, slot, &at);
	}
	return r;
}
