/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What the builder has to know of the base image, and marks that are not for the result. */
#include "source/base_facts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <erofs/ishare.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/report.h"
#include "format/erofs_fs.h"

/* Inodes whose number has 16 bits are so near to the first; what else is written may come before them. */
#define REACH_BYTES ((uint64_t)(UINT16_MAX + 1) * EROFS_SLOT_SIZE)
#define MARGIN_BYTES (128u << 10)

static int copy_prefixes(struct erofs_tree *tree, const struct erofs_image *img)
{
	struct erofs_tree_base *base = tree->base;
	uint32_t count = base->super.xattr_prefix_count;

	base->prefixes = erofs_arena_alloc(&tree->arena, count * sizeof(*base->prefixes));
	if (!base->prefixes)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		const struct erofs_xattr_prefix *prefix = erofs_image_xattr_prefix(img, i);

		base->prefixes[i] = (struct erofs_tree_prefix){ prefix->base_index, prefix->infix_bytes,
			erofs_arena_string(&tree->arena, prefix->infix, prefix->infix_bytes) };
		if (!base->prefixes[i].infix)
			return -ENOMEM;
	}
	return 0;
}

static bool is_device(const struct erofs_image *img)
{
	struct stat st;

	return stat(erofs_image_path(img), &st) == 0 && S_ISBLK(st.st_mode);
}

/* Behind the file, the blocks that the superblock counts, and what devices of a flattened image take. A block
 * device says nothing about where the image on it ends. */
static uint64_t find_end(const struct erofs_image *img)
{
	const struct erofs_super *super = erofs_image_super(img);
	uint64_t blocks = super->block_count;
	uint64_t file = erofs_ceil_div(erofs_image_size_bytes(img), super->block_size_bytes);

	for (uint32_t i = 0; i < super->device_count; i++) {
		const struct erofs_device *device = erofs_image_device(img, i);
		uint64_t end = device->unified_start_block + device->block_count;

		if (device->unified_start_block && end > blocks)
			blocks = end;
	}
	return blocks > file || is_device(img) ? blocks : file;
}

/* Bytes that the attributes take at most. */
static uint64_t xattr_bytes(const struct erofs_node *node)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; node->xattrs && i < node->xattrs->count; i++) {
		const struct erofs_node_xattr *xattr = &node->xattrs->list[i];
		uint32_t skip;

		erofs_xattr_index_of(xattr->name, &skip);
		bytes += erofs_round_up(sizeof(struct erofs_xattr_entry) + xattr->name_bytes - skip +
			xattr->value_bytes, 4);
	}
	return bytes ? EROFS_XATTR_IBODY_HEADER_SIZE + bytes : 0;
}

/* Whether the root inode of the image can become that of the tree where it is. */
static bool has_room(const struct erofs_inode *old, const struct erofs_node *root)
{
	bool small = root->uid <= UINT16_MAX && root->gid <= UINT16_MAX;

	return xattr_bytes(root) <= old->xattr_size_bytes && (old->extended || small);
}

/* Whether the superblock can name an inode behind the image instead (section 12.1). */
static bool can_move(const struct erofs_tree_base *base, uint64_t end)
{
	const struct erofs_super *super = &base->super;
	uint64_t first = end - (uint64_t)super->meta_start_block;

	return end >= (uint64_t)super->meta_start_block &&
	       (super->root_nid > UINT16_MAX ||
		first < (REACH_BYTES - MARGIN_BYTES) >> super->block_bits);
}

static uint64_t end_of(const struct erofs_inode *inode)
{
	return inode->metadata_offset + inode->inode_size_bytes + inode->xattr_size_bytes;
}

int erofs_base_facts(struct erofs_tree *tree, struct erofs_reader *rd)
{
	const struct erofs_image *img = erofs_reader_image(rd);
	struct erofs_tree_base *base = erofs_arena_alloc(&tree->arena, sizeof(*base));
	const char *name = erofs_ishare_xattr_name(img);
	uint64_t end = find_end(img);
	int r;

	if (!base)
		return -ENOMEM;
	tree->base = base;
	base->super = *erofs_image_super(img);
	r = erofs_inode_read(rd, base->super.root_nid, &base->root);
	if (r < 0)
		return r;
	base->root_moves = erofs_nid_in_metabox(base->root.nid) ||
		(!has_room(&base->root, tree->root) && can_move(base, end));
	if (base->super.meta_start_block < 0)
		return erofs_fail(tree->report, -EUCLEAN, "%s: metadata from block %" PRId32 " on",
			erofs_image_path(img), base->super.meta_start_block);
	if (end > (uint64_t)INT64_MAX >> base->super.block_bits)
		return erofs_fail(tree->report, -EUCLEAN, "%s: %" PRIu64 " blocks", erofs_image_path(img), end);
	if (end << base->super.block_bits < EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE ||
	    (!base->root_moves && end << base->super.block_bits <= base->root.metadata_offset))
		return erofs_fail(tree->report, -EUCLEAN, "%s: where the image ends is unknown",
			erofs_image_path(img));
	base->end_bytes = end << base->super.block_bits;
	/* It is written as long as it claims to be, and what is new comes right behind the image. */
	if (!base->root_moves && end_of(&base->root) > base->end_bytes)
		return erofs_fail(tree->report, -EUCLEAN, "%s: nid %" PRIu64 ": the root inode ends at byte %" PRIu64
			", behind the image", erofs_image_path(img), base->root.nid, end_of(&base->root));
	if (name) {
		base->ishare_xattr = erofs_arena_string(&tree->arena, name, strlen(name));
		if (!base->ishare_xattr)
			return -ENOMEM;
	}
	return copy_prefixes(tree, img);
}

/* ---- marks ---- */

static bool is_mark(const struct erofs_node_xattr *xattr)
{
	return !strcmp(xattr->name, EROFS_XATTR_OVERLAY_OPAQUE) ||
	       (!strcmp(xattr->name, EROFS_XATTR_OVERLAY_ORIGIN) && !xattr->value_bytes);
}

static int strip_xattrs(struct erofs_loader *loader, struct erofs_node *node)
{
	const struct erofs_node_xattrs *old = node->xattrs;
	int r = 0;

	erofs_xattr_draft_reset(&loader->draft);
	for (uint32_t i = 0; r == 0 && old && i < old->count; i++)
		if (!is_mark(&old->list[i]))
			r = erofs_xattr_draft_set(&loader->draft, old->list[i].name, old->list[i].value,
				old->list[i].value_bytes);
	return r < 0 ? r : erofs_loader_set_xattrs(loader, node);
}

static bool is_whiteout(const struct erofs_node *node)
{
	return !node->kept && S_ISCHR(node->mode) && !node->rdev_major && !node->rdev_minor;
}

static void strip_edges(struct erofs_node *node)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < node->edge_count; i++)
		if (!is_whiteout(node->edges[i].node))
			node->edges[left++] = node->edges[i];
	node->edge_count = left;
}

int erofs_base_strip(struct erofs_loader *loader)
{
	struct erofs_tree *tree = loader->tree;
	auto_free struct erofs_node **stack = malloc(tree->node_count * sizeof(*stack));
	size_t depth = 0;
	int r = stack ? 0 : -ENOMEM;

	if (r == 0)
		stack[depth++] = tree->root;
	while (r == 0 && depth) {
		struct erofs_node *node = stack[--depth];

		strip_edges(node);
		r = strip_xattrs(loader, node);
		for (uint32_t i = 0; i < node->edge_count; i++)
			if (S_ISDIR(node->edges[i].node->mode) && !node->edges[i].node->kept)
				stack[depth++] = node->edges[i].node;
	}
	return r;
}
