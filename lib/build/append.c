/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Additions to an image. All that is new lies behind it and is on the disk before the image says so: first
 * the superblock, which is true of the old tree too, then the root inode, which leads to the new one; where that is
 * in a metabox, the superblock itself leads to another. A process that is killed leaves the old image or the
 * new one. Link counts of files that are left with fewer names come last: until then they are too large. */
#include "build/build.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"

static const struct erofs_tree_base *base_of(const struct writer *w)
{
	return w->plan->tree->base;
}

/* A root in the first block is replaced together with the superblock, whose checksum covers it. */
static bool root_in_head(const struct writer *w)
{
	return !base_of(w)->root_moves && base_of(w)->root.metadata_offset < w->head_bytes;
}

/* The destination is the image that the tree was added to, and nobody else has added to it since. */
static int check_head(const struct writer *w)
{
	const struct erofs_super *old = &base_of(w)->super;
	struct erofs_super_block super;

	memcpy(&super, w->head + EROFS_SUPER_OFFSET, EROFS_SUPER_BASE_SIZE);
	if (erofs_get32(super.magic) == EROFS_SUPER_MAGIC && erofs_get64(super.inos) == old->inode_count &&
	    erofs_get32(super.checksum) == old->checksum &&
	    erofs_get32(super.blocks_lo) == (uint32_t)old->block_count &&
	    !memcmp(super.uuid, old->uuid, sizeof(super.uuid)))
		return 0;
	return erofs_fail(w->report, -ESTALE, "the image to add to has changed meanwhile");
}

int erofs_append_load_head(struct writer *w)
{
	const struct erofs_inode *root = &base_of(w)->root;
	uint64_t root_end = root->metadata_offset + root->inode_size_bytes + root->xattr_size_bytes;
	size_t bytes = w->head_bytes;
	int r;

	if (root_in_head(w) && root_end > bytes)
		bytes = (size_t)root_end;
	w->head = calloc(1, bytes);
	if (!w->head)
		return erofs_fail_errno(w->report, -ENOMEM, "superblock");
	r = erofs_output_read(w->out, 0, w->head, bytes);
	return r < 0 ? r : check_head(w);
}

int erofs_append_root(struct build *b, struct write_worker *ww, const struct plan_item *item)
{
	const struct erofs_plan *plan = ww->w->plan;
	const struct erofs_node *node = plan->tree->root;
	const struct plan_inode *pi = &plan->inodes[node->index];
	struct plan_item whole = *item;
	int r;

	whole.meta_start = pi->offset;
	whole.meta_end = pi->offset + erofs_plan_meta_bytes(plan, pi);
	r = erofs_write_meta_room(ww, &whole);
	if (r < 0)
		return r;
	erofs_encode_xattr_body(plan, node, NULL, ww->meta + erofs_plan_inode_bytes(pi));
	r = erofs_write_node(ww, &whole, node);
	if (r < 0)
		return r;
	b->root_bytes = (size_t)(whole.meta_end - whole.meta_start);
	b->root = malloc(b->root_bytes);
	if (!b->root)
		return erofs_fail_errno(ww->w->report, -ENOMEM, "root inode");
	memcpy(b->root, ww->meta, b->root_bytes);
	return 0;
}

/* More than 2^32 blocks are counted where the root's number has 64 bits (section 1.1). */
static int set_blocks(struct writer *w, struct erofs_super_block *super, uint64_t blocks)
{
	const struct erofs_super *old = &base_of(w)->super;

	if (blocks > UINT32_MAX && !(old->incompat & EROFS_INCOMPAT_48BIT))
		return erofs_fail(w->report, -EFBIG, "%" PRIu64 " blocks: needs 48-bit addresses", blocks);
	super->blocks_lo = erofs_put32((uint32_t)blocks);
	if (blocks > UINT32_MAX || erofs_get64(super->rootnid_8b)) {
		super->rootnid_8b = erofs_put64(erofs_plan_nid(w->plan, w->plan->tree->root));
		super->rootnid_2b = erofs_put16((uint16_t)(blocks >> 32));
	}
	return 0;
}

static int set_root(struct writer *w, struct erofs_super_block *super)
{
	uint64_t nid = erofs_plan_nid(w->plan, w->plan->tree->root);

	if (!base_of(w)->root_moves || erofs_get64(super->rootnid_8b))
		return 0;
	if (nid > UINT16_MAX)
		return erofs_fail(w->report, -EFBIG, "the root directory needs a new inode, and its number %" PRIu64
			" does not fit into the superblock", nid);
	super->rootnid_2b = erofs_put16((uint16_t)nid);
	return 0;
}

static int set_prefixes(struct writer *w, struct erofs_super_block *super, uint32_t *compat)
{
	const struct erofs_plan *plan = w->plan;

	if (plan->xattrs.ishare_id >= 0) {
		*compat |= EROFS_COMPAT_ISHARE_XATTRS;
		super->ishare_xattr_prefix_id = (uint8_t)plan->xattrs.ishare_id;
	}
	if (!plan->xattrs.prefix_bytes)
		return 0;
	if (plan->prefixes_at / 4 > UINT32_MAX)
		return erofs_fail(w->report, -EFBIG, "xattr name prefixes at byte %" PRIu64
			" are out of reach", plan->prefixes_at);
	*compat |= EROFS_COMPAT_PLAIN_XATTR_PFX;
	super->xattr_prefix_count = (uint8_t)plan->xattrs.prefix_count;
	super->xattr_prefix_start = erofs_put32((uint32_t)(plan->prefixes_at / 4));
	return 0;
}

static int change_super(struct build *b, uint64_t blocks, struct erofs_super_block *super)
{
	struct writer *w = &b->w;
	uint32_t compat = erofs_get32(super->feature_compat);
	int r = set_blocks(w, super, blocks);

	if (r == 0)
		r = set_root(w, super);
	if (r == 0)
		r = set_prefixes(w, super, &compat);
	super->feature_compat = erofs_put32(compat);
	super->feature_incompat = erofs_put32(erofs_get32(super->feature_incompat) | erofs_super_incompat(b));
	super->inos = erofs_put64(erofs_get64(super->inos) + w->plan->tree->node_count - 1);
	super->checksum = erofs_put32(0);
	if (w->plan->opt.replace_uuid)
		memcpy(super->uuid, w->plan->opt.uuid, sizeof(super->uuid));
	return r;
}

static size_t encode_link(const struct erofs_tree_link *link, uint8_t ret[sizeof(erofs_le32)])
{
	erofs_le32 wide = erofs_put32(link->nlink);
	erofs_le16 narrow = erofs_put16((uint16_t)link->nlink);

	if (link->bytes == sizeof(wide))
		memcpy(ret, &wide, sizeof(wide));
	else
		memcpy(ret, &narrow, sizeof(narrow));
	return link->bytes;
}

/* Link counts that the superblock's check covers change with it. */
static void change_head_links(struct writer *w, size_t bytes)
{
	for (size_t i = 0; i < base_of(w)->link_count; i++) {
		const struct erofs_tree_link *link = &base_of(w)->links[i];

		if (link->at + link->bytes <= bytes)
			encode_link(link, w->head + link->at);
	}
}

static int change_links(struct writer *w, size_t head_bytes)
{
	const struct erofs_tree_base *base = base_of(w);
	uint8_t bytes[sizeof(erofs_le32)];
	int r = 0;

	for (size_t i = 0; r == 0 && i < base->link_count; i++)
		if (base->links[i].at + base->links[i].bytes > head_bytes)
			r = erofs_output_amend(w->out, base->links[i].at, bytes,
				encode_link(&base->links[i], bytes));
	return r == 0 && base->link_count ? erofs_output_sync(w->out) : r;
}

static int change_root(const struct build *b)
{
	const struct writer *w = &b->w;
	int r;

	if (root_in_head(w) || base_of(w)->root_moves)
		return 0;
	r = erofs_output_amend(w->out, base_of(w)->root.metadata_offset, b->root, b->root_bytes);
	return r < 0 ? r : erofs_output_sync(w->out);
}

int erofs_append_commit(struct build *b, uint64_t blocks)
{
	struct writer *w = &b->w;
	uint64_t root_at = base_of(w)->root.metadata_offset, size = blocks << w->plan->block_bits;
	uint8_t *at = w->head + EROFS_SUPER_OFFSET;
	struct erofs_super_block super;
	size_t bytes = w->head_bytes;
	int r;

	memcpy(&super, at, EROFS_SUPER_BASE_SIZE);
	r = change_super(b, blocks, &super);
	if (r < 0)
		return r;
	memcpy(at, &super, EROFS_SUPER_BASE_SIZE);
	if (root_in_head(w)) {
		memcpy(w->head + root_at, b->root, b->root_bytes);
		if (root_at + b->root_bytes > bytes)
			bytes = (size_t)root_at + b->root_bytes;
	}
	change_head_links(w, bytes);
	erofs_super_seal(w);
	r = erofs_output_commit(w->out, size, 0, w->head, bytes);
	if (r == 0)
		r = change_root(b);
	return r < 0 ? r : change_links(w, bytes);
}
