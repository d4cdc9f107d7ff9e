/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The base image is read only where directories of it change: those in the new tree, and what is below them. */
#include "source/base.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <erofs/dir.h>
#include <erofs/ishare.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/report.h"
#include "image/nidset.h"
#include "source/base_facts.h"
#include "source/base_guard.h"
#include "source/base_links.h"
#include "tree/order.h"
#include "source/xattr_image.h"

#define NSEC_PER_SEC 1000000000u

/* A directory of the tree and the one of the image that it goes over. */
struct pair {
	struct erofs_node *node;
	uint64_t nid;
};

struct merge {
	struct erofs_loader *loader;
	struct erofs_image *img;
	struct erofs_reader *rd;
	struct erofs_base_links links;
	struct erofs_nidset entered;	/* each directory once, whatever the image says */
	struct pair *pairs;
	size_t count, capacity;
	struct erofs_edge *more;	/* edges that the image adds to the directory in hand */
	size_t more_count, more_capacity;
};

static int push_pair(struct merge *m, struct erofs_node *node, uint64_t nid)
{
	if (m->count == m->capacity) {
		size_t capacity = 2 * m->capacity + 64;
		void *pairs = reallocarray(m->pairs, capacity, sizeof(*m->pairs));

		if (!pairs)
			return -ENOMEM;
		m->pairs = pairs;
		m->capacity = capacity;
	}
	m->pairs[m->count++] = (struct pair){ node, nid };
	return 0;
}

static int add_edge(struct merge *m, const struct erofs_dir_entry *entry, struct erofs_node *node)
{
	char *name = erofs_arena_string(&m->loader->tree->arena, entry->name, entry->name_bytes);

	if (m->more_count == m->more_capacity) {
		size_t capacity = 2 * m->more_capacity + 64;
		void *more = reallocarray(m->more, capacity, sizeof(*m->more));

		if (!more)
			return -ENOMEM;
		m->more = more;
		m->more_capacity = capacity;
	}
	if (!name)
		return -ENOMEM;
	m->more[m->more_count++] = (struct erofs_edge){ name, node, entry->name_bytes };
	return 0;
}

/* ---- nodes for what the image has ---- */

static uint16_t mode_of(enum erofs_file_type type)
{
	static const uint16_t modes[] = { [EROFS_TYPE_REGULAR] = S_IFREG, [EROFS_TYPE_DIRECTORY] = S_IFDIR,
		[EROFS_TYPE_CHAR] = S_IFCHR, [EROFS_TYPE_BLOCK] = S_IFBLK, [EROFS_TYPE_FIFO] = S_IFIFO,
		[EROFS_TYPE_SOCKET] = S_IFSOCK, [EROFS_TYPE_SYMLINK] = S_IFLNK };

	return (unsigned int)type < sizeof(modes) / sizeof(modes[0]) ? modes[type] : 0;
}

static int keep(struct merge *m, const struct erofs_dir_entry *entry)
{
	struct erofs_node *node = erofs_arena_alloc(&m->loader->tree->arena, sizeof(*node));

	if (!node)
		return -ENOMEM;
	node->kept = true;
	node->kept_nid = entry->nid;
	node->mode = mode_of(entry->type);
	if (!node->mode)
		return erofs_fail(m->loader->tree->report, -EUCLEAN, "%s: nid %" PRIu64
			": file of unknown type %d", erofs_image_path(m->img), entry->nid, (int)entry->type);
	return add_edge(m, entry, node);
}

/* A directory whose parent gets another nid is copied, since its ".." has to follow. */
static int copy_directory(struct merge *m, const struct erofs_dir_entry *entry)
{
	struct erofs_tree *tree = m->loader->tree;
	struct erofs_node *node = erofs_arena_alloc(&tree->arena, sizeof(*node));
	struct erofs_inode inode;
	bool opaque;
	int r;

	if (!node)
		return -ENOMEM;
	r = erofs_inode_read(m->rd, entry->nid, &inode);
	if (r < 0)
		return r;
	if (tree->node_count == UINT32_MAX)
		return -EFBIG;
	tree->node_count++;
	if (inode.mtime_nsec >= NSEC_PER_SEC)
		return erofs_fail(tree->report, -EUCLEAN, "%s: nid %" PRIu64 ": time with %" PRIu32 " nanoseconds",
			erofs_image_path(m->img), entry->nid, inode.mtime_nsec);
	node->mode = (uint16_t)inode.mode;
	node->uid = inode.uid;
	node->gid = inode.gid;
	node->mtime_seconds = inode.mtime_seconds;
	node->mtime_nsec = inode.mtime_nsec;
	r = erofs_image_xattrs(m->loader, m->rd, &inode, entry->name, &opaque);
	if (r == 0)
		r = erofs_loader_set_xattrs(m->loader, node);
	if (r == 0)
		r = add_edge(m, entry, node);
	return r < 0 ? r : push_pair(m, node, entry->nid);
}

/* ---- directories ---- */

static const struct erofs_edge *find_edge(const struct erofs_node *node,
	const struct erofs_dir_entry *entry)
{
	struct erofs_edge key = { entry->name, NULL, entry->name_bytes };

	return erofs_edges_find(node->edges, node->edge_count, &key);
}

static bool is_opaque(const struct erofs_node *node)
{
	for (uint32_t i = 0; node->xattrs && i < node->xattrs->count; i++) {
		const struct erofs_node_xattr *xattr = &node->xattrs->list[i];

		if (erofs_xattr_is_opaque(xattr->name, xattr->value, xattr->value_bytes))
			return true;
	}
	return false;
}

static bool is_dots(const struct erofs_dir_entry *entry)
{
	return !strcmp(entry->name, ".") || !strcmp(entry->name, "..");
}

/* Whether directories in @node need another "..". */
static bool is_moved(const struct merge *m, const struct erofs_node *node)
{
	return node != m->loader->tree->root || m->loader->tree->base->root_moves;
}

static int merge_entry(struct merge *m, const struct erofs_node *node, const struct erofs_dir_entry *entry)
{
	const struct erofs_edge *edge = find_edge(node, entry);
	bool directory = entry->type == EROFS_TYPE_DIRECTORY;

	if (is_dots(entry))
		return 0;
	if (edge && directory && S_ISDIR(edge->node->mode) && !is_opaque(edge->node))
		return push_pair(m, edge->node, entry->nid);
	if (edge)
		return erofs_base_links_lose(&m->links, entry->nid, directory);
	return directory && is_moved(m, node) ? copy_directory(m, entry) : keep(m, entry);
}

static int merge_entries(struct merge *m, const struct erofs_node *node, const struct erofs_inode *inode)
{
	struct erofs_dir_entry entry;
	struct erofs_dir *dir;
	int r = erofs_dir_open(m->rd, inode, &dir);

	if (r < 0)
		return r;
	while ((r = erofs_dir_next(dir, &entry)) > 0) {
		r = merge_entry(m, node, &entry);
		if (r < 0)
			break;
	}
	erofs_dir_close(dir);
	return r;
}

static int join_edges(struct merge *m, struct erofs_node *node)
{
	size_t count = node->edge_count + m->more_count;
	struct erofs_edge *edges = erofs_arena_alloc(&m->loader->tree->arena, count * sizeof(*edges));

	if (!edges)
		return -ENOMEM;
	if (count > UINT32_MAX)
		return -EFBIG;
	if (node->edge_count)
		memcpy(edges, node->edges, node->edge_count * sizeof(*edges));
	if (m->more_count)
		memcpy(edges + node->edge_count, m->more, m->more_count * sizeof(*edges));
	node->edges = edges;
	node->edge_count = (uint32_t)count;
	erofs_edges_sort(edges, count);
	for (size_t i = 1; i < count; i++)
		if (!strcmp(edges[i - 1].name, edges[i].name))
			return erofs_fail(m->loader->tree->report, -EUCLEAN,
				"%s: a directory has a name twice", erofs_image_path(m->img));
	return 0;
}

static int merge_directory(struct merge *m, struct pair pair)
{
	struct erofs_inode inode;
	int r = erofs_inode_read(m->rd, pair.nid, &inode);

	if (r == 0)
		r = erofs_nidset_add(&m->entered, pair.nid);
	if (r == 0)
		return erofs_fail(m->loader->tree->report, -ELOOP, "%s: nid %" PRIu64
			": the directory is in two places", erofs_image_path(m->img), pair.nid);
	m->more_count = 0;
	if (r > 0)
		r = merge_entries(m, pair.node, &inode);
	return r < 0 ? r : join_edges(m, pair.node);
}

static int merge_all(struct merge *m)
{
	uint64_t root = m->loader->tree->base->root.nid;
	int r;

	if (is_opaque(m->loader->tree->root))
		return 0;
	r = push_pair(m, m->loader->tree->root, root);
	while (r == 0 && m->count)
		r = merge_directory(m, m->pairs[--m->count]);
	return r;
}

static int run(struct merge *m)
{
	struct erofs_loader *loader = m->loader;
	int r = erofs_reader_new(m->img, &m->rd);

	if (r < 0)
		return r;
	erofs_nidset_init(&m->entered);
	erofs_base_links_init(&m->links, m->rd);
	r = erofs_base_facts(loader->tree, m->rd);
	if (r == 0)
		r = merge_all(m);
	if (r == 0)
		r = erofs_base_links_settle(&m->links, loader->tree);
	if (r == 0)
		r = erofs_base_guard(m->rd, loader->tree);
	if (r == 0 && loader->strip_late)
		r = erofs_base_strip(loader);
	erofs_nidset_fini(&m->entered);
	erofs_base_links_fini(&m->links);
	erofs_reader_free(m->rd);
	free(m->pairs);
	free(m->more);
	return r;
}

int erofs_base_merge(struct erofs_loader *loader)
{
	const struct erofs_tree_options *options = loader->options;
	struct erofs_image_options image = { .struct_size = sizeof(image),
		.offset_bytes = options->base_offset_bytes };
	struct merge m = { .loader = loader };
	int r = erofs_image_open(options->base_image, &image, loader->tree->report, &m.img);

	if (r < 0)
		return r;
	r = run(&m);
	erofs_image_close(m.img);
	return r;
}
