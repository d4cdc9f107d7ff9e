/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Large flat files. One of a size of its own cannot be a copy: commit hands out its blocks and finish
 * streams it beside other workers. One that shares its size is streamed in its turn, to the end of the
 * image; if it turns out to be a copy, the space is given back. */
#include "write/write.h"

#include <errno.h>
#include <string.h>

#include "base/report.h"

static const struct erofs_node *node_of(const struct write_worker *ww, const struct plan_item *item)
{
	return ww->w->plan->tree->nodes[item->first];
}

static struct plan_inode *inode_of(const struct write_worker *ww, const struct plan_item *item)
{
	return &ww->w->plan->inodes[item->first];
}

/* The plan has no place for data that came later. Some file systems tell nobody of bytes that came through a
 * mapping, so that time and size may be as they were. */
static int stream_hole(struct write_worker *ww, const struct plan_item *item,
	struct erofs_content *content, const struct file_hash *fh)
{
	uint64_t start, end;
	int r = erofs_content_next_data(content, 0, &start, &end);

	if (r > 0)
		return erofs_plan_fail(ww->w->plan, node_of(ww, item), -ESTALE,
			"changed while being read: what was a hole has data");
	return r < 0 ? r : erofs_stream_zeros(ww->w, fh, inode_of(ww, item)->size_bytes);
}

static int stream_opened(struct write_worker *ww, const struct plan_item *item,
	struct erofs_content *content, uint8_t *ret_digest)
{
	const struct erofs_plan *plan = ww->w->plan;
	const struct plan_inode *pi = inode_of(ww, item);
	struct file_hash fh;
	struct stream s = { .ww = ww, .content = content, .target = &ww->w->image, .hash = &fh,
		.to = pi->size_bytes, .block = pi->start_block,
		.blocks = erofs_plan_blocks(plan, pi),
		.dirty_end = ww->dirty_end,
		.tail = erofs_write_meta_at(ww, item, node_of(ww, item)) + erofs_plan_meta_bytes(plan, pi) };
	int r = erofs_file_hash_start(ww, pi->flags & PLAN_TAGGED, item->kind == PLAN_LARGE_SHARED, &fh);

	if (r == 0)
		r = pi->flags & PLAN_HOLE ? stream_hole(ww, item, content, &fh) : erofs_stream_run(&s);
	if (r == 0)
		r = erofs_content_finish(content);
	return r < 0 ? r : erofs_file_hash_finish(&fh, ww->fingerprint, ret_digest);
}

static int stream_file(struct write_worker *ww, const struct plan_item *item, uint8_t *ret_digest)
{
	struct erofs_content *content;
	int r = erofs_write_meta_room(ww, item);

	if (r == 0)
		r = erofs_content_open(ww->w->plan->tree, node_of(ww, item), ww->w->report, &content);
	if (r < 0)
		return r;
	r = stream_opened(ww, item, content, ret_digest);
	erofs_content_close(content);
	return r;
}

/* Keeps the blocks just written, or gives them back because the content is there already. */
static int settle(struct write_worker *ww, struct plan_inode *pi, const uint8_t *digest,
	uint64_t before)
{
	struct writer *w = ww->w;
	struct erofs_content_key key = { .size_bytes = pi->size_bytes,
		.blocks = erofs_plan_blocks(w->plan, pi) };
	int r;

	memcpy(key.digest, digest, sizeof(key.digest));
	if (erofs_content_table_find(&w->files, &key, &pi->start_block)) {
		if (w->image.dirty_end < w->image.next_block)
			w->image.dirty_end = w->image.next_block;
		w->image.next_block = before;
		w->summary.deduplicated_bytes += erofs_write_stored_bytes(w, &key);
		return 0;
	}
	r = erofs_content_table_add(&w->files, &key, pi->start_block);
	return r < 0 ? erofs_fail_errno(w->report, r, "cannot note stored content") : 0;
}

int erofs_large_commit(struct write_worker *ww, const struct plan_item *item)
{
	struct writer *w = ww->w;
	struct plan_inode *pi = inode_of(ww, item);
	uint64_t before = w->image.next_block;
	uint8_t digest[CONTENT_DIGEST_BYTES];
	int r;

	ww->dirty_end = w->image.dirty_end;
	if (pi->flags & PLAN_HOLE)
		return 0;
	r = erofs_write_allocate(w, &w->image, erofs_plan_blocks(w->plan, pi), &pi->start_block);
	if (r < 0 || item->kind == PLAN_LARGE)
		return r;
	r = stream_file(ww, item, digest);
	return r < 0 ? r : settle(ww, pi, digest, before);
}

int erofs_large_finish(struct write_worker *ww, const struct plan_item *item)
{
	const struct erofs_plan *plan = ww->w->plan;
	const struct erofs_node *node = node_of(ww, item);
	int r = item->kind == PLAN_LARGE ? stream_file(ww, item, NULL) : 0;

	if (r < 0)
		return r;
	erofs_encode_xattr_body(plan, node, ww->fingerprint,
		erofs_write_meta_at(ww, item, node) + erofs_plan_inode_bytes(inode_of(ww, item)));
	r = erofs_write_node(ww, item, node);
	return r < 0 ? r : erofs_write_meta_out(ww, item);
}
