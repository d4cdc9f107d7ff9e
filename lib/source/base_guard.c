/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What an addition writes to is a few ranges and a sorted list of them; each file is held against it, with its inode,
 * attributes, index and data, and so is each directory: other bytes in one may lead to an inode that nobody has checked. */
#include "source/base_guard.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <erofs/map.h>
#include <erofs/walk.h>

#include "base/math.h"
#include "format/erofs_fs.h"
#include "image/device.h"
#include "image/nidset.h"
#include "image/reader.h"
#include "image/zheader.h"
#include "image/zmap.h"

struct range {
	uint64_t start, end;
};

struct guard {
	struct erofs_reader *rd;
	bool met;		/* what is changed */
	struct range super, root; /* an empty one where that stays as it is */
	struct range behind;	/* the image: a device may have bytes there */
	bool tagged;
	uint64_t root_nid;
	struct erofs_nidset checked;	/* whatever number of names they have */
	struct range *links;	/* in order; inodes begin at multiples of 32, so none overlaps another */
	size_t count;
};

static int compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int collect(struct guard *g, const struct erofs_tree_base *base)
{
	const struct erofs_inode *root = &base->root;

	g->links = calloc(base->link_count + 1, sizeof(*g->links));
	if (!g->links)
		return -ENOMEM;
	g->super = (struct range){ EROFS_SUPER_OFFSET, EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE };
	if (!base->root_moves)
		g->root = (struct range){ root->metadata_offset,
			root->metadata_offset + root->inode_size_bytes + root->xattr_size_bytes };
	g->behind = (struct range){ base->end_bytes, UINT64_MAX };
	g->tagged = base->ishare_xattr;
	g->root_nid = root->nid;
	for (size_t i = 0; i < base->link_count; i++)
		g->links[g->count++] = (struct range){ base->links[i].at,
			base->links[i].at + base->links[i].bytes };
	qsort(g->links, g->count, sizeof(*g->links), compare);
	return 0;
}

static bool meets(const struct range *range, uint64_t start, uint64_t end)
{
	return range->start < end && range->end > start;
}

/* A range that has a byte of [@start, @end), or NULL. */
static const struct range *find(const struct guard *g, uint64_t start, uint64_t end)
{
	if (meets(&g->super, start, end))
		return &g->super;
	if (meets(&g->root, start, end))
		return &g->root;
	if (meets(&g->behind, start, end))
		return &g->behind;
	for (size_t low = 0, high = g->count; low < high;) {
		size_t middle = low + (high - low) / 2;

		if (meets(&g->links[middle], start, end))
			return &g->links[middle];
		if (g->links[middle].start >= end)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static int check(struct guard *g, const struct erofs_inode *inode, uint64_t start, uint64_t end)
{
	const struct range *range = find(g, start, end);

	if (!range)
		return 0;
	g->met = true;
	return erofs_nid_fail(g->rd, inode->nid, -EUCLEAN, "bytes %" PRIu64 " to %" PRIu64
		" of the image belong to the file, and an addition changes %" PRIu64 " to %" PRIu64, start, end,
		range->start, range->end);
}

/* Behind the inode and its attributes. */
static int find_index_end(const struct guard *g, const struct erofs_inode *inode, uint64_t *ret)
{
	uint64_t end = inode->metadata_offset + inode->inode_size_bytes + inode->xattr_size_bytes, unit;
	struct erofs_zheader header = { 0 };
	int r = 0;

	if (inode->layout == EROFS_LAYOUT_COMPRESSED_FULL || inode->layout == EROFS_LAYOUT_COMPRESSED_COMPACT) {
		r = erofs_zmap_header(g->rd, inode, &header);
		end = header.form == EROFS_ZFORM_FRAGMENT ? erofs_zheader_offset(inode) + EROFS_ZHEADER_SIZE :
							     header.index_end;
	} else if (inode->layout == EROFS_LAYOUT_CHUNK_BASED) {
		unit = inode->chunk_format & EROFS_CHUNK_INDEXES ? sizeof(struct erofs_inode_chunk_index) :
								   sizeof(erofs_le32);
		end = erofs_round_up(end, unit) + unit * erofs_ceil_div(inode->size_bytes,
			(uint64_t)1 << (g->rd->img->super.block_bits + (inode->chunk_format & EROFS_CHUNK_BITS_MASK)));
	}
	if (r == 0)
		*ret = end;
	return r;
}

/* Its own link count may change. */
static int check_metadata(struct guard *g, const struct erofs_inode *inode)
{
	uint64_t at = inode->metadata_offset, field = at + (inode->extended ?
		offsetof(struct erofs_inode_extended, i_nlink) : offsetof(struct erofs_inode_compact, i_nb));
	uint64_t behind = field + (inode->extended ? sizeof(erofs_le32) : sizeof(erofs_le16)), end = 0;
	int r = find_index_end(g, inode, &end);

	if (r == 0)
		r = check(g, inode, at, field);
	return r < 0 ? r : check(g, inode, behind, end);
}

/* Entries that files share may hold fingerprints. */
static int check_shared(struct guard *g, const struct erofs_inode *inode)
{
	struct erofs_xattrs *it;
	struct erofs_xattr xattr;
	uint64_t at;
	int r = erofs_xattrs_open(g->rd, inode, &it);

	if (r < 0)
		return r;
	while ((r = erofs_xattrs_next(it, &xattr)) > 0) {
		if (xattr.shared && erofs_xattrs_place(it, &at))
			r = check(g, inode, at, at + sizeof(struct erofs_xattr_entry) + xattr.suffix_bytes +
				xattr.value_bytes);
		if (r < 0)
			break;
	}
	erofs_xattrs_close(it);
	return r;
}

/* Without files of their own extra devices are parts of the image, or cannot be read. */
static int check_extent(struct guard *g, const struct erofs_inode *inode, const struct erofs_extent *extent)
{
	struct erofs_place place;
	int r = erofs_device_resolve(g->rd->img, extent->device, extent->physical, &place);

	return r < 0 ? 0 : check(g, inode, place.offset, place.offset + extent->physical_bytes);
}

static int check_data(struct guard *g, const struct erofs_inode *inode)
{
	bool in_metabox = erofs_nid_in_metabox(inode->nid);
	struct erofs_extent extent;
	uint64_t at = 0;
	int r;

	while ((r = erofs_map_at(g->rd, inode, at, &extent)) > 0) {
		bool own_stream = extent.kind == EROFS_EXTENT_INLINE || extent.inline_pcluster;
		bool stored = extent.kind != EROFS_EXTENT_HOLE && extent.kind != EROFS_EXTENT_FRAGMENT;

		at = extent.logical + extent.length;
		if (!stored || (own_stream && in_metabox))
			continue;
		r = check_extent(g, inode, &extent);
		if (r < 0)
			return r;
	}
	return r;
}

static int check_file(struct guard *g, const struct erofs_inode *inode)
{
	int r = erofs_nid_in_metabox(inode->nid) ? 0 : check_metadata(g, inode);

	if (r == 0)
		r = check_shared(g, inode);
	return r < 0 ? r : check_data(g, inode);
}

static int check_once(struct guard *g, const struct erofs_inode *inode)
{
	int r = erofs_nidset_add(&g->checked, inode->nid);

	return r > 0 ? check_file(g, inode) : r;
}

/* Whatever becomes of the root is written by the addition itself. */
static bool matters(const struct guard *g, const struct erofs_inode *inode)
{
	if (S_ISDIR(inode->mode))
		return inode->nid != g->root_nid;
	return g->tagged && S_ISREG(inode->mode) && inode->size_bytes;
}

static int visit(void *user, const struct erofs_walk_entry *entry)
{
	struct guard *g = user;
	int r = matters(g, entry->inode) ? check_once(g, entry->inode) : 0;

	return S_ISDIR(entry->inode->mode) && !g->met && r != -ENOMEM ? 0 : r;
}

/* What cannot be read has no fingerprint that could be true, nor names. */
static int go_on(void *user, const struct erofs_walk_entry *entry, int error)
{
	(void)user;
	(void)entry;
	return error == -ENOMEM ? error : 0;
}

static int check_special(struct guard *g, uint64_t nid, enum erofs_stream stream)
{
	const struct erofs_inode *inode;
	int r = nid ? erofs_special_inode_get(g->rd, stream, &inode) : 0;

	return nid && r == 0 && inode->size_bytes ? check_file(g, inode) : r;
}

int erofs_base_guard(struct erofs_reader *rd, const struct erofs_tree *tree)
{
	const struct erofs_super *super = &tree->base->super;
	struct guard g = { .rd = rd };
	struct erofs_walk_visitor visitor = { .user = &g, .entry = visit, .error = go_on };
	int r = collect(&g, tree->base);

	erofs_nidset_init(&g.checked);
	if (r == 0 && g.tagged)
		r = check_special(&g, super->packed_nid, EROFS_STREAM_PACKED);
	if (r == 0)
		r = check_special(&g, super->metabox_nid, EROFS_STREAM_METABOX);
	if (r == 0)
		r = erofs_walk(rd, super->root_nid, &visitor);
	erofs_nidset_fini(&g.checked);
	free(g.links);
	return r;
}
