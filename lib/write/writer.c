/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What all kinds of items need: places for data and metadata, and how they are written. */
#include "write/write.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/report.h"

#define DEFAULT_DIRECTORY "/tmp" /* of temporary files */

int erofs_write_image(struct writer *w, uint64_t at, const void *bytes, size_t size)
{
	if (at < w->head_bytes) {
		size_t n = w->head_bytes - at < size ? (size_t)(w->head_bytes - at) : size;

		/* Ranges of different writers do not overlap, so this needs no lock. */
		memcpy(w->head + at, bytes, n);
		at += n;
		bytes = (const uint8_t *)bytes + n;
		size -= n;
	}
	return size ? erofs_output_write(w->out, at, bytes, size) : 0;
}

int erofs_write_area(struct writer *w, uint64_t offset, const void *bytes, size_t size)
{
	if (w->plan->metabox)
		return erofs_spool_write(w->metabox_spool, offset, bytes, size);
	return erofs_write_image(w, w->plan->inode_area_at + offset, bytes, size);
}

const char *erofs_write_temporary_directory(const struct writer *w)
{
	return w->plan->opt.temporary_directory ? w->plan->opt.temporary_directory : DEFAULT_DIRECTORY;
}

int erofs_write_blocks(struct writer *w, const struct write_target *target, uint64_t block,
	const void *bytes, size_t size)
{
	return erofs_output_write(target->out, block << w->plan->block_bits, bytes, size);
}

int erofs_write_data(struct writer *w, const struct write_target *target, uint64_t block,
	const void *bytes, size_t size)
{
	return w->plan->opt.reserve_only ? 0 : erofs_write_blocks(w, target, block, bytes, size);
}

int erofs_write_zeros(struct writer *w, const struct write_target *target, uint64_t start,
	uint64_t end)
{
	return erofs_output_write_zeros(target->out, start << w->plan->block_bits, end << w->plan->block_bits);
}

int erofs_write_clear_given_back(struct writer *w)
{
	if (w->image.dirty_end <= w->image.next_block)
		return 0;
	return erofs_write_zeros(w, &w->image, w->image.next_block, w->image.dirty_end);
}

static uint64_t align_up(uint64_t block, uint32_t align)
{
	return erofs_ceil_div(block, align) * align;
}

int erofs_write_append(struct writer *w, struct write_target *target, uint64_t blocks, uint64_t *ret)
{
	uint64_t limit = w->plan->wide ? EROFS_NULL_ADDR48 : EROFS_NULL_ADDR;
	uint64_t start = target->next_block;

	if (start > limit || blocks > limit - start)
		return erofs_fail(w->report, -EFBIG, "more than %" PRIu64 " blocks of %" PRIu32 " bytes%s",
			limit, w->plan->block_size, w->plan->opt.use_48bit ? "" : ": needs 48-bit addresses");
	*ret = start;
	target->next_block = start + blocks;
	return 0;
}

int erofs_write_allocate(struct writer *w, struct write_target *target, uint64_t blocks,
	uint64_t *ret)
{
	uint64_t before = target->next_block, start = align_up(before, target->align_blocks);
	uint64_t skipped = start < target->dirty_end ? start : target->dirty_end;
	int r;

	target->next_block = start;
	r = erofs_write_append(w, target, blocks, ret);
	return r == 0 && skipped > before ? erofs_write_zeros(w, target, before, skipped) : r;
}

int erofs_write_append_bytes(struct writer *w, struct write_target *target, uint64_t bytes,
	uint64_t *ret)
{
	uint32_t bits = w->plan->block_bits;
	uint64_t start = target->loose_end, block;
	int r;

	if (erofs_ceil_div(start, w->plan->block_size) != target->next_block)
		start = target->next_block << bits;
	r = erofs_write_append(w, target, erofs_ceil_div(start + bytes, w->plan->block_size) -
		target->next_block, &block);
	*ret = start;
	target->loose_end = start + bytes;
	return r;
}

int erofs_write_allocate_bytes(struct writer *w, struct write_target *target, uint64_t bytes,
	uint64_t *ret)
{
	uint64_t block = 0;
	int r = 0;

	if (target->align_blocks > 1) {
		r = erofs_write_allocate(w, target, 0, &block);
		target->loose_end = block << w->plan->block_bits;
	}
	return r < 0 ? r : erofs_write_append_bytes(w, target, bytes, ret);
}

uint64_t erofs_write_stored_bytes(const struct writer *w, const struct erofs_content_key *key)
{
	uint64_t blocks = key->blocks << w->plan->block_bits;

	return blocks < key->size_bytes ? blocks : key->size_bytes;
}

/* ---- metadata of one item ---- */

static size_t meta_bytes(const struct write_worker *ww, const struct plan_item *item)
{
	const struct erofs_plan *plan = ww->w->plan;
	const struct plan_inode *pi = &plan->inodes[item->first];

	/* The array of a large chunked file is written piece by piece. */
	if (item->kind == PLAN_CHUNKED)
		return (size_t)(pi->offset - item->meta_start) + erofs_plan_inode_bytes(pi) +
		       pi->xattr_bytes;
	return (size_t)(item->meta_end - item->meta_start);
}

int erofs_write_meta_room(struct write_worker *ww, const struct plan_item *item)
{
	size_t bytes = meta_bytes(ww, item);

	if (bytes > ww->meta_capacity) {
		uint8_t *meta = realloc(ww->meta, bytes);

		if (!meta)
			return erofs_fail_errno(ww->w->report, -ENOMEM, "%zu bytes of metadata", bytes);
		ww->meta = meta;
		ww->meta_capacity = bytes;
	}
	memset(ww->meta, 0, bytes);
	return 0;
}

int erofs_write_meta_out(struct write_worker *ww, const struct plan_item *item)
{
	return erofs_write_area(ww->w, item->meta_start, ww->meta, meta_bytes(ww, item));
}

uint8_t *erofs_write_meta_at(struct write_worker *ww, const struct plan_item *item,
	const struct erofs_node *node)
{
	return ww->meta + (ww->w->plan->inodes[node->index].offset - item->meta_start);
}

bool erofs_write_is_zero(const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	/* Equal to itself shifted by one, and the first is zero: memcmp does it fast. */
	return size == 0 || (p[0] == 0 && !memcmp(p, p + 1, size - 1));
}

void erofs_write_advance(struct writer *w, uint64_t bytes)
{
	pthread_mutex_lock(&w->progress_lock);
	w->done_bytes += bytes;
	erofs_progress(w->report, w->plan->opt.compression_count ? "compressing" : "writing", w->done_bytes,
		w->plan->tree->summary.content_bytes);
	pthread_mutex_unlock(&w->progress_lock);
}
