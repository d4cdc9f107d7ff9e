/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Inodes, directories and symbolic links. */
#include "write/write.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/math.h"
#include "base/report.h"
#include "plan/encode_index.h"

/* i_u, and its upper bits where the form has them (sections 3.4 to 3.6). */
static uint64_t inode_u(const struct erofs_plan *plan, const struct erofs_node *node,
	const struct plan_inode *pi)
{
	uint32_t chunk_format = pi->chunk_bits;

	if (S_ISCHR(node->mode) || S_ISBLK(node->mode))
		return erofs_encode_rdev(node->rdev_major, node->rdev_minor);
	if (S_ISFIFO(node->mode) || S_ISSOCK(node->mode))
		return 0;
	if (pi->layout == EROFS_LAYOUT_CHUNK_BASED) {
		if (plan->unit == sizeof(struct erofs_inode_chunk_index))
			chunk_format |= EROFS_CHUNK_INDEXES | (plan->wide ? EROFS_CHUNK_48BIT : 0);
		return chunk_format;
	}
	if (erofs_plan_is_compressed(pi))
		return erofs_ceil_div(plan->packed[node->index].stored_bytes, plan->block_size);
	if (pi->start_block != PLAN_NO_BLOCK)
		return pi->start_block;
	return pi->flags & PLAN_HOLE ? EROFS_NULL_ADDR48 : EROFS_NULL_ADDR;
}

static void fill_inode(const struct erofs_plan *plan, const struct erofs_node *node,
	struct encode_inode *ret)
{
	const struct plan_inode *pi = &plan->inodes[node->index];
	bool extended = pi->flags & PLAN_EXTENDED;

	*ret = (struct encode_inode){
		.extended = extended,
		.layout = pi->layout,
		.mode = node->mode,
		.xattr_bytes = pi->xattr_bytes,
		.size_bytes = pi->size_bytes,
		.u = inode_u(plan, node, pi),
		.nlink = node->nlink,
		.uid = node->uid,
		.gid = node->gid,
		.ino = node->index + 1,
	};
	if (S_ISDIR(node->mode))
		ret->bit4 = plan->opt.dot_omitted;
	else
		ret->bit4 = !extended && plan->wide;
	erofs_plan_mtime(plan, node, &ret->mtime_seconds, &ret->mtime_nsec);
	if (!extended)
		ret->mtime_seconds -= plan->epoch_seconds;
}

static int finish_inode(struct write_worker *ww, const struct plan_item *item,
	const struct erofs_node *node)
{
	struct encode_inode in;

	fill_inode(ww->w->plan, node, &in);
	if (erofs_encode_inode(&in, erofs_write_meta_at(ww, item, node)) ==
	    erofs_plan_inode_bytes(&ww->w->plan->inodes[node->index]))
		return 0;
	return erofs_plan_fail(ww->w->plan, node, -EIO, "inode is not as planned");
}

/* Whole blocks gather in the data buffer, which finish does not need at the same time. */
struct dir_writer {
	struct write_worker *ww;
	const struct plan_inode *pi;
	uint64_t written;	/* blocks */
	size_t filled;		/* bytes in the buffer */
};

static int flush_dir(struct dir_writer *dw)
{
	struct writer *w = dw->ww->w;
	int r = erofs_write_blocks(w, &w->image, dw->pi->start_block + dw->written, dw->ww->data,
		dw->filled);

	dw->written += dw->filled >> w->plan->block_bits;
	dw->filled = 0;
	return r;
}

/* Takes the block of @used bytes that was encoded at the end of the buffer. */
static int take_dir_block(struct dir_writer *dw, uint64_t blocks, uint8_t *tail, size_t used)
{
	const struct erofs_plan *plan = dw->ww->w->plan;

	if (dw->written + (dw->filled >> plan->block_bits) == blocks) {
		memcpy(tail, dw->ww->data + dw->filled, used);
		return 0;
	}
	dw->filled += plan->block_size;
	return dw->filled + plan->block_size > WRITE_BUFFER_BYTES ? flush_dir(dw) : 0;
}

static int write_dir(struct write_worker *ww, const struct erofs_node *node, uint8_t *tail)
{
	const struct erofs_plan *plan = ww->w->plan;
	const struct plan_inode *pi = &plan->inodes[node->index];
	struct dir_writer dw = { .ww = ww, .pi = pi };
	uint64_t blocks = erofs_plan_blocks(plan, pi), size = 0;
	struct plan_dir dir;
	size_t used;
	int r = 0;

	erofs_plan_dir_start(plan, node, &dir);
	while (r == 0) {
		memset(ww->data + dw.filled, 0, plan->block_size);
		used = erofs_encode_dir_block(plan, &dir, ww->data + dw.filled);
		if (!used)
			break;
		size = erofs_round_up(size, plan->block_size) + used;
		r = take_dir_block(&dw, blocks, tail, used);
	}
	if (r == 0 && dw.filled)
		r = flush_dir(&dw);
	if (r == 0 && size != pi->size_bytes)
		return erofs_plan_fail(plan, node, -EIO, "directory of %" PRIu64
			" bytes, planned %" PRIu64, size, pi->size_bytes);
	return r;
}

static int write_symlink(struct write_worker *ww, const struct erofs_node *node, uint8_t *tail)
{
	struct writer *w = ww->w;
	const struct plan_inode *pi = &w->plan->inodes[node->index];
	size_t stored = (size_t)(erofs_plan_blocks(w->plan, pi) << w->plan->block_bits);
	size_t text = (size_t)pi->size_bytes;

	if (text > stored)
		memcpy(tail, node->target + stored, text - stored);
	if (!stored)
		return 0;
	memset(ww->data, 0, stored);
	memcpy(ww->data, node->target, text < stored ? text : stored);
	return erofs_write_blocks(w, &w->image, pi->start_block, ww->data, stored);
}

static void fill_index(const struct erofs_plan *plan, const struct plan_inode *pi, uint8_t *inode)
{
	uint32_t at = erofs_plan_index_at(plan, pi);
	struct encode_index in;

	erofs_plan_index(plan, pi, &in);
	/* Inodes are aligned to what the form of an index depends on. */
	erofs_encode_index(&in, at, inode + at);
}

int erofs_write_node(struct write_worker *ww, const struct plan_item *item,
	const struct erofs_node *node)
{
	const struct erofs_plan *plan = ww->w->plan;
	uint8_t *at = erofs_write_meta_at(ww, item, node);
	const struct plan_inode *pi = &plan->inodes[node->index];
	uint8_t *tail = at + erofs_plan_meta_bytes(plan, pi);
	int r = finish_inode(ww, item, node);

	/* Its content is stored already. */
	if (r == 0 && erofs_plan_is_compressed(pi))
		fill_index(plan, pi, at);
	else if (r == 0 && S_ISDIR(node->mode))
		r = write_dir(ww, node, tail);
	else if (r == 0 && S_ISLNK(node->mode))
		r = write_symlink(ww, node, tail);
	return r;
}
