/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Files whose content stays on a device of the tree: chunk indexes say where (section 4.3), and the
 * content is read only for its fingerprint. */
#include "write/write.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/report.h"

static int hash_range(const struct file_hash *fh, struct erofs_content *content, uint64_t at,
	uint64_t end, uint8_t *buffer)
{
	while (at < end) {
		size_t n = end - at < PLAN_SMALL_BYTES ? (size_t)(end - at) : PLAN_SMALL_BYTES;
		int r = erofs_content_read(content, at, buffer, n);

		if (r == 0)
			r = erofs_file_hash_update(fh, buffer, n);
		if (r < 0)
			return r;
		at += n;
	}
	return 0;
}

static int hash_content(const struct file_hash *fh, struct erofs_content *content, uint64_t size,
	uint8_t *buffer)
{
	uint64_t at = 0, start, end;

	while (at < size) {
		int r = erofs_content_next_data(content, at, &start, &end);

		if (r < 0)
			return r;
		if (r == 0)
			start = end = size;
		r = start > at ? erofs_file_hash_zeros(fh, start - at) : 0;
		if (r == 0)
			r = hash_range(fh, content, start, end, buffer);
		if (r < 0)
			return r;
		at = end;
	}
	return erofs_content_finish(content);
}

static int fingerprint(struct write_worker *ww, const struct erofs_node *node,
	struct erofs_content *content, uint8_t *buffer, uint8_t *ret)
{
	const struct erofs_plan *plan = ww->w->plan;
	struct file_hash fh;
	int r;

	if (!(plan->inodes[node->index].flags & PLAN_TAGGED))
		return 0;
	if (node->trusted_fingerprint) {
		memcpy(ret, node->trusted_fingerprint, plan->xattrs.fingerprint_bytes);
		return 0;
	}
	r = erofs_file_hash_start(ww, true, false, &fh);
	if (r == 0)
		r = hash_content(&fh, content, node->size_bytes, buffer);
	return r < 0 ? r : erofs_file_hash_finish(&fh, ret, NULL);
}

static int check_place(const struct erofs_plan *plan, const struct erofs_node *node,
	const struct erofs_content_place *place, uint64_t bytes)
{
	const struct erofs_tree *tree = plan->tree;

	if (place->device < 1 || place->device > tree->device_count)
		return erofs_plan_fail(plan, node, -EIO, "data on device %" PRIu32 " of %" PRIu32,
			place->device, tree->device_count);
	if (place->offset & (plan->block_size - 1))
		return erofs_plan_fail(plan, node, -EINVAL, "data at byte %" PRIu64
			" of its device does not start a block of %" PRIu32 " bytes", place->offset,
			plan->block_size);
	if (place->offset > tree->devices[place->device - 1].size_bytes ||
	    bytes > tree->devices[place->device - 1].size_bytes - place->offset)
		return erofs_plan_fail(plan, node, -EUCLEAN, "%" PRIu64 " bytes at %" PRIu64
			" are beyond the end of device %" PRIu32, bytes, place->offset, place->device);
	return 0;
}

static int fill_array(const struct erofs_plan *plan, const struct erofs_node *node,
	struct erofs_content *content, uint8_t *array)
{
	const struct plan_inode *pi = &plan->inodes[node->index];
	uint64_t chunk = (uint64_t)plan->block_size << pi->chunk_bits, at = 0;

	for (size_t i = 0; at < pi->size_bytes; i++, at += chunk) {
		uint64_t bytes = pi->size_bytes - at < chunk ? pi->size_bytes - at : chunk;
		struct erofs_content_place place;
		int r = erofs_content_locate(content, at, &place);

		if (r == 0 && !place.hole)
			r = check_place(plan, node, &place, bytes);
		if (r < 0)
			return r;
		erofs_encode_chunk(array, i, plan->unit,
			place.hole ? PLAN_NO_BLOCK : place.offset >> plan->block_bits,
			(uint16_t)(place.hole ? 0 : place.device));
	}
	return 0;
}

int erofs_referred_prepare(struct write_worker *ww, const struct plan_item *item,
	const struct erofs_node *node, uint8_t *buffer)
{
	const struct erofs_plan *plan = ww->w->plan;
	const struct plan_inode *pi = &plan->inodes[node->index];
	uint8_t *meta = erofs_write_meta_at(ww, item, node);
	uint8_t value[EROFS_FINGERPRINT_MAX_BYTES];
	struct erofs_content *content;
	int r = erofs_content_open(plan->tree, node, ww->w->report, &content);

	if (r < 0)
		return r;
	r = fingerprint(ww, node, content, buffer, value);
	if (r == 0)
		r = fill_array(plan, node, content, meta + erofs_plan_array_at(plan, pi));
	erofs_content_close(content);
	if (r == 0)
		erofs_encode_xattr_body(plan, node, value, meta + erofs_plan_inode_bytes(pi));
	return r;
}
