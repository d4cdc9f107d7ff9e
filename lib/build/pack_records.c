/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Encoded extents (section 12.4): every piece of a file is compressed by itself, at once, and takes as many bytes
 * as it needs. Nothing is padded, neither between pieces nor between files. */
#include "build/pack.h"

#include <string.h>

#include "base/report.h"

/* Less than that is not worth the time of those who read. */
#define MIN_GAIN(bytes) ((bytes) / 64 + 1)

/* Input of one extent. */
static size_t extent_bytes(const struct erofs_plan *plan, const struct plan_choice *choice)
{
	uint32_t limit = plan->opt.max_extent_bytes;

	return limit && limit < choice->pcluster_bytes ? limit : choice->pcluster_bytes;
}

/* @n bytes at @in, to @out, where there is room for as many. */
static int put(struct pack_worker *pw, struct pack_slot *slot, const uint8_t *in, size_t n)
{
	const struct erofs_encoder_options *enc =
		&pw->hashing.w->plan->compression.encoders[erofs_pack_result(pw, slot)->choice.encoder];
	uint8_t *out = pw->out + slot->out_at + slot->stored_bytes;
	struct plan_extent extent = { .start = slot->stored_bytes, .bytes = (uint32_t)n,
		.stored_bytes = (uint32_t)n };
	size_t produced;
	int r = erofs_encoder_whole(pw->encoder, (struct erofs_span){ in, n }, out, n - MIN_GAIN(n),
		&produced);

	if (r < 0)
		return erofs_fail_errno(pw->hashing.w->report, r, "cannot compress");
	if (produced) {
		extent.stored_bytes = (uint32_t)produced;
		extent.format = (uint8_t)(1 + erofs_encoder_algorithm(enc->kind));
	} else {
		memcpy(out, in, n);
	}
	slot->stored_bytes += extent.stored_bytes;
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
	size_t most = extent_bytes(plan, &erofs_pack_result(pw, slot)->choice);
	bool fragment = plan->fragments && slot->from + slot->size == slot->node->size_bytes;
	int r = 0;

	for (size_t at = 0; r == 0 && at < slot->size; at += most) {
		size_t left = slot->size - at;

		if (fragment && left <= most)
			r = put_fragment(pw, slot, left);
		else
			r = put(pw, slot, pw->in + slot->in_at + at, left < most ? left : most);
	}
	return r;
}
